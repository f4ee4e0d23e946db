//! A conversation finishes on the version of the bot it started on (R19).

use super::world::{World, compiled, sources};

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
    world.says("15550001", "my box").await;
    for again in 0..5 {
        publish(&world, &format!("Box {again}.")).await;
    }
    assert_eq!(kept(&world).await, 3, "the newest, the one before, and the one somebody is on");
    world.says("15550001", "white").await;
    assert_eq!(world.last(), "15550001: It is White.");
    world.pass(3_600).await;
    publish(&world, "The last box.").await;
    assert_eq!(kept(&world).await, 2);
}
