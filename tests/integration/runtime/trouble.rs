//! A store in trouble, more than fits, and conversations that are broken: nothing is lost, nobody else is hurt, and nothing
//! spins.

use std::sync::Arc;

use frontdesk::conversation::event::Act;
use frontdesk::message::Content;
use frontdesk::runtime::Refused;
use frontdesk::store::{Arrived, Store, StoreError};

use super::balky::{Balky, Faults};
use super::world::{Plan, World, arrival};

async fn balky() -> (World, Arc<Faults>) {
    let faults = Faults::none();
    let shared = Arc::clone(&faults);
    let before_store =
        move |store: Arc<dyn Store>| -> Arc<dyn Store> { Arc::new(Balky { store, faults: Arc::clone(&shared) }) };
    (World::with(Plan { before_store: Box::new(before_store), ..Plan::default() }).await, faults)
}

fn trouble(done: Result<(), Refused>) -> String {
    match done.unwrap_err() {
        Refused::Trouble(why) => why,
        Refused::Act(why) => panic!("{why}"),
    }
}

#[tokio::test]
async fn what_the_store_could_not_take_is_done_when_it_can_again() {
    let (world, faults) = balky().await;
    let ana = world.says("15550001", "person").await;
    *faults.commits.lock().unwrap() = Some(StoreError::Full);
    world.writes("15550001", "hello?").await;
    world.writes("15550002", "opening hours").await;
    world.clock.advance(chrono::TimeDelta::seconds(2));
    world.runtime.presence("Noa", None, true).await.unwrap();
    let said = trouble(world.runtime.act(ana, "Noa", Act::Take).await);
    assert_eq!(said, format!("nothing was done: {}", StoreError::Full));
    let refused = *faults.refused.lock().unwrap();
    assert!((1..20).contains(&refused), "{refused} tries: it waits longer each time");
    *faults.commits.lock().unwrap() = None;
    world.runtime.settle().await;
    assert!(world.heard().contains(&"15550002: Hi!\nWe never close.".to_owned()), "{:?}", world.heard());
    assert_eq!(world.words(ana).await.iter().filter(|line| line.contains("hello?")).count(), 1);
    let card = world.case(ana).await.card;
    assert_eq!(card.agent.as_deref(), Some("Noa"), "what the floor had handed out is handed out");
}

/// The store had it, and the answer to WhatsApp was lost on its way, and with it the wake.
#[tokio::test]
async fn a_message_that_comes_again_is_served_though_nobody_heard_of_the_first() {
    let world = World::open().await;
    let message = world.message("15550001", "wamid.1", "opening hours");
    world.runtime.store().receive(vec![message.clone()], world.clock.now()).await.unwrap();
    world.pass(2).await;
    assert_eq!(world.heard(), [""; 0], "nobody heard of it");
    let again = world.runtime.receive(vec![message]).await.unwrap();
    assert!(matches!(again[..], [Arrived::Duplicate { .. }]), "{again:?}");
    world.pass(2).await;
    assert_eq!(world.heard(), ["15550001: Hi!\nWe never close."]);
}

#[tokio::test]
async fn one_turn_that_found_no_room_is_taken_when_there_is_some() {
    let (world, faults) = balky().await;
    let ana = world.says("15550001", "my box").await;
    world.says("15550002", "my box").await;
    *faults.one_turn.lock().unwrap() = Some((ana, StoreError::Full));
    world.writes("15550001", "black").await;
    world.writes("15550002", "white").await;
    world.clock.advance(chrono::TimeDelta::seconds(2));
    world.runtime.settle().await;
    assert_eq!(*faults.one_turn.lock().unwrap(), None);
    let heard = world.heard();
    assert_eq!(&heard[2..], ["15550002: It is White.", "15550001: It is Black."], "and nobody waited a minute");
}

#[tokio::test]
async fn a_job_whose_lease_is_nearly_over_is_not_begun() {
    let (world, faults) = balky().await;
    let permits = faults.claims.available_permits();
    faults.claims.forget_permits(permits);
    world.writes("15550001", "opening hours").await;
    world.clock.advance(chrono::TimeDelta::seconds(2));
    world.runtime.presence("Noa", None, true).await.unwrap();
    drop(faults.claimed.subscribe().wait_for(|claimed| *claimed == 1).await.unwrap());
    world.clock.advance(chrono::TimeDelta::seconds(20));
    faults.claims.add_permits(permits);
    world.runtime.settle().await;
    assert_eq!(*faults.claimed.borrow(), 2, "the answer is claimed twice");
    assert_eq!(world.heard(), ["15550001: Hi!\nWe never close."]);
}

#[tokio::test]
async fn more_than_fits_is_refused_or_found_in_the_store_later() {
    let (world, faults) = balky().await;
    let permits = faults.loads.available_permits();
    faults.loads.forget_permits(permits);
    world.writes("15559999", "opening hours").await;
    let reaction = |n: usize| {
        let content = Content::Reaction { emoji: None, to: "wamid.0".to_owned() };
        arrival(&format!("1{n:06}"), &format!("wamid.{n}"), world.clock.now(), content)
    };
    let arrived = world.runtime.receive((0..4_500).map(reaction).collect()).await.unwrap();
    assert!(arrived.iter().all(|arrived| matches!(arrived, Arrived::Stored { .. })));
    let said = trouble(world.runtime.act(1, "Noa", Act::Take).await);
    assert_eq!(said, "frontdesk is very busy; nothing was done, try again in a moment");
    faults.loads.add_permits(permits);
    world.pass(4).await;
    assert_eq!(world.runtime.store().depths().await.unwrap().inbox, 0, "nothing accepted is lost");
    assert_eq!(world.heard(), ["15559999: Hi!\nWe never close."]);
}

#[tokio::test]
async fn a_conversation_that_cannot_be_read_hurts_no_neighbour() {
    let world = World::open().await;
    let ana = world.says("15550001", "my box").await;
    let ben = world.says("15550002", "my box").await;
    let whole: String =
        world.sql().query_row("SELECT state FROM contacts WHERE id = ?1", [ana], |row| row.get(0)).unwrap();
    world.sql().execute("UPDATE contacts SET state = '{\"form\":\"?\"}' WHERE id = ?1", [ana]).unwrap();
    world.writes("15550001", "black").await;
    world.says("15550002", "white").await;
    assert_eq!(world.last(), "15550002: It is White.");
    let said = trouble(world.act(ana, "Noa", Act::Take).await);
    assert!(said.contains("something about this conversation is broken"), "{said}");
    // Its reminder falls due and cannot be said; the loop sleeps all the same.
    world.clock.advance(chrono::TimeDelta::hours(5));
    world.runtime.settle().await;
    assert_eq!(world.state(ben).await, "ended", "the neighbour's timers run");
    world.sql().execute("UPDATE contacts SET state = ?2 WHERE id = ?1", rusqlite::params![ana, whole]).unwrap();
    world.pass(60).await;
    assert_eq!(world.last(), "15550001: It is Black.", "once it is mended, what waited is answered");
}

#[tokio::test]
async fn a_timer_that_the_conversation_does_not_know_does_not_spin() {
    let world = World::open().await;
    let ana = world.says("15550001", "my box").await;
    world
        .sql()
        .execute("INSERT INTO timers (contact, kind, due, armed_by) VALUES (?1, 'unheard_of', 0, 1)", [ana])
        .unwrap();
    let world = world.restart().await;
    world.runtime.settle().await;
    let left: i64 = world.sql().query_row("SELECT count(*) FROM timers WHERE due = 0", (), |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    world.says("15550001", "black").await;
    assert_eq!(world.heard(), ["15550001: Hi!\nWhich box?", "15550001: It is Black."]);
}

#[tokio::test]
async fn a_locked_database_is_waited_for() {
    let world = World::open().await;
    let lock = world.sql();
    world.writes("15550001", "opening hours").await;
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = world.runtime.receive(vec![world.message("15550002", "wamid.2", "my box")]).await.unwrap_err();
    assert!(refused.is_temporary(), "WhatsApp is told to send it again: {refused}");
    world.clock.advance(chrono::TimeDelta::seconds(2));
    let runtime = world.runtime.clone();
    let settling = tokio::spawn(async move { runtime.settle().await });
    lock.execute_batch("ROLLBACK").unwrap();
    settling.await.unwrap();
    assert_eq!(world.heard(), ["15550001: Hi!\nWe never close."]);
}

#[tokio::test]
async fn a_rush_of_deliveries_does_not_crowd_out_what_is_served() {
    let world = World::open().await;
    let ana = world.says("15550001", "person").await;
    let mut rush = tokio::task::JoinSet::new();
    for n in 0..5_000 {
        let content = Content::Reaction { emoji: None, to: "wamid.0".to_owned() };
        let arrival = arrival("15550002", &format!("wamid.{n}"), world.clock.now(), content);
        let runtime = world.runtime.clone();
        rush.spawn(async move { runtime.receive(vec![arrival]).await });
    }
    tokio::task::yield_now().await;
    assert_eq!(world.runtime.act(ana, "Noa", Act::Take).await, Ok(()));
    while let Some(received) = rush.join_next().await {
        assert!(matches!(received.unwrap().unwrap()[..], [Arrived::Stored { .. }]));
    }
}
