//! A conversation finishes on the version of the bot it started on (R19).

use super::world::{Plan, World, compiled, sources};

async fn publish(world: &World, box_is: &str) {
    let newer = sources("127.0.0.1:1", |text| text.replace("It is {{ kind }}.", box_is));
    world.runtime.publish(compiled(&newer), &newer).await.unwrap();
}

async fn kept(world: &World) -> i64 {
    world.sql().query_row("SELECT count(*) FROM versions", (), |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn who_stands_on_an_older_version_finishes_on_it() {
    let world = World::open().await;
    world.says("15550001", "my box").await;
    publish(&world, "So it is {{ kind }}!").await;
    world.says("15550002", "my box").await;
    for who in ["15550001", "15550002"] {
        world.says(who, "white").await;
    }
    assert_eq!(world.heard()[2..], ["15550001: It is White.", "15550002: So it is White!"]);
}

#[tokio::test]
async fn older_versions_are_there_after_a_restart() {
    let world = World::open().await;
    world.says("15550001", "my box").await;
    publish(&world, "So it is {{ kind }}!").await;
    world.says("15550002", "my box").await;
    // The files on the disk are those of the first version again; those who came meanwhile are on the second.
    let world = world.restart().await;
    for who in ["15550001", "15550002"] {
        world.says(who, "white").await;
    }
    assert_eq!(world.heard()[2..], ["15550001: It is White.", "15550002: So it is White!"]);
}

#[tokio::test]
async fn versions_that_nobody_is_on_are_forgotten() {
    let world = World::open().await;
    for again in 0..5 {
        publish(&world, &format!("Box {again}.")).await;
    }
    assert_eq!(kept(&world).await, 6, "another server may have been slow to hear of each");
    world.pass(86_401).await;
    world.says("15550001", "my box").await;
    publish(&world, "Another box.").await;
    assert_eq!(kept(&world).await, 2, "the newest, and the one before");
    world.pass(50_000).await;
    world.says("15550001", "mauve").await;
    world.pass(36_401).await;
    publish(&world, "Yet another box.").await;
    assert_eq!(kept(&world).await, 3, "the newest, the one before, and the one somebody is on");
    world.says("15550001", "white").await;
    assert_eq!(world.last(), "15550001: Box 4.");
    world.pass(2 * 86_400).await;
    publish(&world, "The last box.").await;
    assert_eq!(kept(&world).await, 2);
}

fn opening_at(time: &str) -> frontdesk::diagnostic::Sources {
    let hours = format!("open: \"Mo-Su {time}-18:00\"");
    sources("127.0.0.1:1", |text| text.replace("open: \"24/7\"", &hours))
}

#[tokio::test]
async fn what_is_held_follows_the_newest_hours() {
    let world = World::with(Plan { sources: opening_at("09:00"), ..Plan::default() }).await;
    let ana = world.says("15550001", "person").await;
    let ben = world.says("15550002", "opening hours").await;
    assert_eq!(world.state(ana).await, "held");
    let turns = world.conversation(ben).await.turn;
    let newer = opening_at("08:30");
    world.runtime.publish(compiled(&newer), &newer).await.unwrap();
    world.pass(1_700).await;
    assert_eq!(world.state(ana).await, "held");
    assert_eq!(world.conversation(ben).await.turn, turns, "nothing is due at another time for whoever is served");
    world.pass(96).await;
    assert_eq!(world.state(ana).await, "waiting");
}

#[tokio::test]
async fn what_is_held_follows_the_hours_that_a_start_brings() {
    let world = World::with(Plan { sources: opening_at("08:30"), ..Plan::default() }).await;
    let newer = opening_at("09:00");
    world.runtime.publish(compiled(&newer), &newer).await.unwrap();
    let ana = world.says("15550001", "person").await;
    // The files on the disk are those of the first version.
    let world = world.restart().await;
    world.pass(1_700).await;
    assert_eq!(world.state(ana).await, "held");
    world.pass(100).await;
    assert_eq!(world.state(ana).await, "waiting");
}
