//! Customers: each says a few words one after the other, mostly waits for the answer, and sometimes does not.

use std::sync::Arc;
use std::time::Duration;

use frontdesk::load::delivery::{self, Said};
use tokio::sync::watch;

use crate::shop::WORDS;
use crate::way_in::deliver;
use crate::world::World;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(800);
/// How often the next word comes without waiting for the answer.
const HASTY: f64 = 0.15;
/// How often a delivery comes again although it was taken.
const NEEDLESS: f64 = 0.1;

/// One customer after the other, until told to stop; what was said is delivered all the same.
pub async fn write(world: Arc<World>, stopping: watch::Receiver<bool>) {
    while !*stopping.borrow() {
        let (customer, person) = world.newcomer();
        for nth in 0..WORDS.len() {
            if *stopping.borrow() {
                break;
            }
            say(&world, customer, nth).await;
            if !world.chance.happens(HASTY) {
                // Who hears nothing goes on: the answer may wait for WhatsApp's word on the one before.
                drop(tokio::time::timeout(PATIENCE, person.heard.notified()).await);
            }
        }
        world.leaves(customer);
    }
}

async fn say(world: &Arc<World>, customer: usize, nth: usize) {
    let business = &world.numbers[customer % world.numbers.len()];
    let words = Said::Words(WORDS[nth].to_owned());
    let body = delivery::message(world.ids, business, customer, nth, &words, world.now());
    if !deliver(world, &body).await {
        return;
    }
    world.tally().accepted.push((customer, nth));
    if world.chance.happens(NEEDLESS) {
        world.tally().needless += 1;
        tokio::spawn(deliver_again(Arc::clone(world), body));
    }
}

/// WhatsApp sometimes delivers what was taken: at once, or when the server has been killed meanwhile.
async fn deliver_again(world: Arc<World>, body: String) {
    tokio::time::sleep(world.chance.millis(0, 4_000)).await;
    deliver(&world, &body).await;
}
