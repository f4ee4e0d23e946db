//! What a restart or a crash leaves behind is taken up where it stood (R39, R40).

use frontdesk::conversation::event::Act;
use frontdesk::message::Delivery;
use frontdesk::store::Arrived;

use super::world::{Plan, World};
use crate::fake_graph::Reply;

#[tokio::test]
async fn a_conversation_goes_on_where_it_was() {
    let world = World::open().await;
    let ana = world.says("15550001", "my box").await;
    let world = world.restart().await;
    assert_eq!(world.says("15550001", "black").await, ana);
    assert_eq!(world.heard(), ["15550001: Hi!\nWhich box?", "15550001: It is Black."]);
}

#[tokio::test]
async fn what_was_gathered_is_answered_by_the_next_start() {
    let world = World::open().await;
    world.writes("15550001", "my box").await;
    let world = world.restart().await;
    world.runtime.settle().await;
    assert_eq!(world.heard(), [""; 0], "there may be more");
    world.pass(2).await;
    assert_eq!(world.heard(), ["15550001: Hi!\nWhich box?"]);
}

#[tokio::test]
async fn what_was_to_be_sent_is_sent_by_the_next_start() {
    let world = World::open().await;
    world.graph.script([Reply::Error { status: 400, code: 130_429, title: "Slow" }]);
    world.says("15550001", "my box").await;
    assert_eq!(world.heard(), [""; 0]);
    let world = world.restart_after(60).await;
    world.runtime.settle().await;
    assert_eq!(world.heard(), ["15550001: Hi!\nWhich box?"]);
}

#[tokio::test]
async fn overdue_timers_run_once_and_late() {
    let world = World::open().await;
    let (ana, ben) = (world.says("15550001", "person").await, world.says("15550002", "person").await);
    let before = world.heard().len();
    let world = world.restart_after(1_200).await;
    world.runtime.settle().await;
    let late = world.heard().split_off(before);
    let apologies = |who: &str| late.iter().filter(|line| line.starts_with(who)).count();
    assert_eq!((apologies("15550001"), apologies("15550002")), (1, 1), "{late:?}");
    for contact in [ana, ben] {
        assert!(world.case(contact).await.card.promise_at.unwrap() > world.clock.now(), "a new time was told");
    }
    let before = world.heard().len();
    let world = world.restart().await;
    world.runtime.settle().await;
    assert_eq!(world.heard().len(), before, "and once only");
}

#[tokio::test]
async fn a_timer_fires_at_its_time_whatever_restarts_in_between() {
    let mut world = World::open().await;
    world.says("15550001", "my box").await;
    for _ in 0..4 {
        world = world.restart_after(3_500).await;
        world.runtime.settle().await;
        assert_eq!(world.heard().len(), 1);
    }
    world.pass(500).await;
    assert_eq!(world.heard().len(), 2, "the reminder after four hours: {:?}", world.heard());
    let world = world.restart_after(60).await;
    world.pass(3_600).await;
    assert_eq!(world.heard().len(), 2, "once");
}

#[tokio::test]
async fn a_send_that_a_crash_hid_is_settled_by_its_status() {
    let doomed = World::doomed(Plan::default()).await;
    let world = &doomed.world;
    world.graph.script([Reply::Silence]);
    world.writes("15550001", "my box").await;
    world.clock.advance(chrono::TimeDelta::seconds(2));
    let runtime = world.runtime.clone();
    let settling = tokio::spawn(async move { runtime.settle().await });
    world.graph.wait_for_taken(1).await;
    settling.abort();
    let world = doomed.die(0).await;
    world.says("15550001", "black").await;
    assert_eq!(world.heard().len(), 1, "nothing goes out before it is known what became of the first");
    assert!(matches!(world.status(0, Delivery::Sent).await, Arrived::Settled { .. }));
    world.runtime.settle().await;
    assert_eq!(world.heard(), ["15550001: Hi!\nWhich box?", "15550001: It is Black."]);
    world.pass(600).await;
    assert_eq!(world.heard().len(), 2, "never again");
}

#[tokio::test]
async fn a_send_that_a_crash_hid_is_sent_again_when_no_status_comes() {
    let doomed = World::doomed(Plan::default()).await;
    let world = &doomed.world;
    world.graph.script([Reply::Silence]);
    world.writes("15550001", "my box").await;
    world.clock.advance(chrono::TimeDelta::seconds(2));
    let runtime = world.runtime.clone();
    let settling = tokio::spawn(async move { runtime.settle().await });
    world.graph.wait_for_taken(1).await;
    settling.abort();
    let world = doomed.die(0).await;
    world.pass(89).await;
    assert_eq!(world.heard().len(), 1);
    world.pass(2).await;
    let taken = world.graph.taken();
    assert_eq!((taken.len(), &taken[0].body), (2, &taken[1].body), "the same job, by which WhatsApp's word is known");
}

#[tokio::test]
async fn what_a_rate_held_up_at_a_crash_goes_out_at_once() {
    let doomed = World::doomed(Plan::default()).await;
    let world = &doomed.world;
    for who in 0..30 {
        world.writes(&format!("155500{who:02}"), "my box").await;
    }
    world.clock.advance(chrono::TimeDelta::seconds(2));
    world.runtime.settle().await;
    assert_eq!(world.heard().len(), 8, "a tenth of a second's worth at once");
    let world = doomed.die(0).await;
    world.pass(2).await;
    let mut heard = world.heard();
    heard.sort();
    heard.dedup();
    assert_eq!((heard.len(), world.heard().len()), (30, 30), "{heard:?}");
}

#[tokio::test]
async fn many_crashes_lose_nothing_and_repeat_nothing() {
    let mut doomed = World::doomed(Plan::default()).await;
    let mut world;
    for round in 0..4 {
        for who in 0..5 {
            let who = format!("1555{round}{who:03}");
            doomed.world.writes(&who, "my box").await;
        }
        doomed.world.clock.advance(chrono::TimeDelta::seconds(2));
        // Killed at whatever it was doing.
        world = doomed.die(0).await;
        if round == 3 {
            world.pass(600).await;
            let mut heard = world.heard();
            heard.sort();
            heard.dedup();
            assert_eq!(heard.len(), 20, "{heard:?}");
            assert_eq!(world.runtime.store().depths().await.unwrap().inbox, 0);
            assert_eq!(world.runtime.store().depths().await.unwrap().outbox, 0);
            let twice: i64 =
                world.sql().query_row("SELECT count(*) FROM entries WHERE who = 'bot'", (), |row| row.get(0)).unwrap();
            assert_eq!(twice, 20, "no turn was taken twice");
            return;
        }
        doomed = world.again().await;
    }
}

#[tokio::test]
async fn who_does_not_come_back_after_a_restart_gives_back_what_needs_a_reply() {
    let world = World::open().await;
    world.presence("Noa", true).await;
    world.presence("Ben", true).await;
    let ana = world.says("15550001", "person").await;
    let other = world.says("15550002", "person").await;
    world.act(other, "Noa", Act::Take).await.ok();
    let owner = world.case(ana).await.card.agent.unwrap();
    let world = world.restart().await;
    world.pass(100).await;
    assert_eq!(world.case(ana).await.card.agent, Some(owner), "they have two minutes");
    world.pass(30).await;
    let card = world.case(ana).await.card;
    assert_eq!((card.state.as_deref(), card.agent), (Some("waiting"), None));
}
