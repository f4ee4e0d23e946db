//! A contact is erased beside the running whole (R42): nothing of theirs is left in its memory, and nothing comes back.

use std::sync::Arc;
use std::time::Duration;

use frontdesk::conversation::event::Act;
use frontdesk::runtime::Refused;
use frontdesk::store::{AuditRow, ContactId, Store};

use super::balky::{Balky, Faults};
use super::world::{Plan, World, at};

async fn erase(world: &World, contact: ContactId) {
    let row = AuditRow::erasure("command line", contact, at(0));
    assert!(world.runtime.store().erase(contact, row).await.unwrap());
}

#[tokio::test]
async fn their_case_is_nobodys_any_more() {
    let world = World::open().await;
    let ana = world.says("15550001", "person").await;
    assert_eq!(world.act(ana, "Noa", Act::Take).await, Ok(()));
    erase(&world, ana).await;
    assert_eq!(
        world.act(ana, "Noa", Act::Reply { text: "Hello".into(), file: None }).await,
        Err(Refused::Act("there is no such contact".to_owned()))
    );
    let again = world.says("15550001", "opening hours").await;
    assert_ne!(again, ana);
    assert_eq!(world.last(), "15550001: Hi!\nWe never close.");
}

#[tokio::test]
async fn their_place_on_the_floor_goes_to_the_next_without_anybody_asking() {
    let world = World::open().await;
    world.presence("Noa", true).await;
    // More than anybody is given at once.
    let mut contacts = Vec::new();
    for n in 0..40 {
        contacts.push(world.says(&format!("1555{n:04}"), "person").await);
    }
    let mut given = Vec::new();
    for contact in &contacts {
        given.push(world.state(*contact).await == "needs_reply");
    }
    let first = contacts[given.iter().position(|given| *given).unwrap()];
    let next = contacts[given.iter().position(|given| !given).unwrap()];
    erase(&world, first).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    for _ in 0..500 {
        world.runtime.settle().await;
        if world.state(next).await == "needs_reply" {
            return;
        }
    }
    panic!("the erased enquiry still counts as Noa's");
}

#[tokio::test]
async fn a_turn_under_way_comes_to_nothing() {
    let faults = Faults::none();
    let shared = Arc::clone(&faults);
    let before_store =
        move |store: Arc<dyn Store>| -> Arc<dyn Store> { Arc::new(Balky { store, faults: Arc::clone(&shared) }) };
    let world = World::with(Plan { before_store: Box::new(before_store), ..Plan::default() }).await;
    let ana = world.says("15550001", "my box").await;
    let said = world.heard().len();
    *faults.erased_before_commit.lock().unwrap() = Some(ana);
    world.writes("15550001", "white").await;
    world.pass(2).await;
    assert!(faults.erased_before_commit.lock().unwrap().is_none(), "there was a turn");
    assert_eq!(world.heard().len(), said, "nothing is sent");
    assert!(world.runtime.store().load(vec![ana]).await.unwrap().is_empty());
    world.says("15550001", "my box").await;
    assert_eq!(world.heard().len(), said + 1, "the next word of theirs is a new contact's");
}
