//! What was not understood is found again in what is kept of turns; what was answered, and what is secret, is not (R8, R42).

use frontdesk::clock::Timestamp;
use frontdesk::evaluation::misses::Miss;
use frontdesk::runtime::misses::misses;
use frontdesk::store::AuditRow;

use super::world::{World, at};

const STRANGE: &str = "purple elephants dance";

async fn missed(world: &World) -> Vec<Miss> {
    let to = Timestamp::from_timestamp(4_000_000_000, 0).unwrap();
    misses(world.runtime.store().as_ref(), at(0), to).await.unwrap()
}

fn shown(misses: &[Miss]) -> Vec<(&str, bool)> {
    misses.iter().map(|miss| (miss.shown.as_str(), miss.asked)).collect()
}

#[tokio::test]
async fn messages_that_were_not_understood_are_found_in_their_order() {
    let world = World::open().await;
    world.says("15550001", STRANGE).await;
    world.says("15550002", "opening hours").await;
    world.says("15550002", "my parcel or my box").await;
    world.writes("15550003", "Ana again,").await;
    world.pass(1).await;
    world.writes("15550003", "call 0501234567 about zebras").await;
    world.pass(3).await;
    let found = missed(&world).await;
    assert_eq!(shown(&found)[..2], [(STRANGE, false), ("my parcel or my box", true)]);
    assert_eq!(found[2].shown, "••• again, call ••• about zebras", "nobody is told by what is shown");
    assert_eq!(found[2].words, "Ana again,\ncall 0501234567 about zebras", "the classifier reads what it read");
    assert!(found.windows(2).all(|pair| pair[0].number < pair[1].number && pair[0].at <= pair[1].at));
    let again = missed(&world.restart().await).await;
    assert_eq!(again, found);
}

#[tokio::test]
async fn answers_to_questions_and_secrets_are_no_misses() {
    let world = World::open().await;
    for opening in ["my box", "my code", "my parcel"] {
        let who = format!("1555{}", opening.len());
        world.says(&who, opening).await;
        world.says(&who, STRANGE).await;
    }
    assert_eq!(missed(&world).await, []);
}

#[tokio::test]
async fn what_an_erased_customer_wrote_is_gone() {
    let world = World::open().await;
    let ana = world.says("15550001", STRANGE).await;
    let ben = world.says("15550002", "green giraffes sleep").await;
    assert_eq!(missed(&world).await.len(), 2);
    let audit = AuditRow::erasure("somebody", ana, at(10));
    assert!(world.runtime.store().erase(ana, audit).await.unwrap());
    assert_eq!(shown(&missed(&world).await), [("green giraffes sleep", false)]);
    assert_ne!(ana, ben);
}
