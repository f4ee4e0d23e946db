//! How deliveries get in: posted, and posted again until they are taken, as WhatsApp does. Sometimes the answer is not waited
//! for; then nobody knows whether it was taken, and it is posted again.

use std::sync::Arc;
use std::time::Duration;

use frontdesk::load::Connection;
use frontdesk::whatsapp::signature;

use crate::node::SECRET;
use crate::world::World;

/// How often the answer is not waited for.
const IMPATIENT: f64 = 0.03;
const FIRST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_millis(160);

/// A connection to each server; as many of them are kept as deliver at the same time.
pub type Ways = Vec<Connection>;

/// Delivers, again and again until it is taken. Whether it was: what is refused for good is not sent again.
pub async fn deliver(world: &World, body: &str) -> bool {
    let kept = world.ways().pop();
    let mut ways =
        kept.unwrap_or_else(|| world.doors.iter().map(|door| Connection::new(Arc::clone(&door.target))).collect());
    let taken = deliver_over(world, &mut ways, body).await;
    world.ways().push(ways);
    taken
}

async fn deliver_over(world: &World, ways: &mut Ways, body: &str) -> bool {
    let signature = signature::sign(SECRET.as_bytes(), body.as_bytes());
    let mut door = world.chance.below(ways.len());
    let mut wait = FIRST_WAIT;
    loop {
        match post(world, ways, door, &signature, body).await {
            Some(200) => {
                taken(world, door);
                return true;
            }
            None | Some(429 | 500..) => {}
            Some(status) => {
                world.tally().strange.push(format!("a delivery was answered with {status}: {body}"));
                return false;
            }
        }
        world.tally().again += 1;
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
        door = (door + 1) % ways.len();
    }
}

async fn post(world: &World, ways: &mut Ways, door: usize, signature: &str, body: &str) -> Option<u16> {
    let posting = ways[door].post(signature, body.as_bytes());
    if !world.chance.happens(IMPATIENT) {
        return posting.await.ok();
    }
    let answer = tokio::time::timeout(world.chance.millis(0, 10), posting).await;
    if answer.is_err() {
        ways[door] = Connection::new(Arc::clone(&world.doors[door].target));
    }
    answer.ok()?.ok()
}

fn taken(world: &World, door: usize) {
    world.delivery_taken.notify_waiters();
    if let Some(since) = world.doors[door].started.lock().unwrap().take() {
        world.tally().first_200.push(since.elapsed());
    }
}
