//! What is committed to be sent is sent: in order per contact, within the rates and the window, again by the kind of
//! error, and not twice (R32, R39).

use frontdesk::conversation::event::Act;
use frontdesk::message::Delivery;
use frontdesk::store::Arrived;

use super::world::{Plan, World, at};
use crate::fake_graph::Reply;

fn error(code: u32) -> Reply {
    Reply::Error { status: 400, code, title: "No" }
}

/// A world in which the answer to a customer's first message met these replies.
async fn met(replies: &[Reply]) -> World {
    let world = World::open().await;
    world.graph.script(replies.iter().cloned());
    world.says("15550001", "opening hours").await;
    world
}

const ANSWER: &str = "15550001: Hi!\nWe never close.";

/// Messages sent or tried to be sent, without read marks.
fn tries(world: &World) -> usize {
    world.graph.requests().iter().filter(|request| request.body["type"].is_string()).count()
}

#[tokio::test]
async fn passing_trouble_is_tried_again_a_little_later() {
    for code in [131_000, 131_016, 131_056, 130_429, 80_007] {
        let world = met(&[error(code)]).await;
        assert_eq!((tries(&world), world.heard().len()), (1, 0), "{code}");
        world.pass(10).await;
        assert_eq!((tries(&world), world.heard()), (2, vec![ANSWER.to_owned()]), "{code}");
        assert_eq!(world.thread(1).await[1].failure, None);
    }
}

#[tokio::test]
async fn trouble_that_does_not_pass_is_shown_to_a_person_in_the_end() {
    let world = met(&[error(131_000), error(131_000), error(131_000)]).await;
    world.pass(60).await;
    assert_eq!((tries(&world), world.heard().len()), (3, 0));
    assert_eq!(world.thread(1).await[1].delivery, Some(Delivery::Failed));
    assert_eq!(world.state(1).await, "waiting");
}

#[tokio::test]
async fn what_can_never_arrive_is_shown_to_a_person_at_once() {
    for code in [131_026, 131_047, 100] {
        let world = met(&[error(code)]).await;
        assert_eq!(world.state(1).await, "waiting", "{code}");
        let thread = world.thread(1).await;
        assert_eq!(thread[1].delivery, Some(Delivery::Failed));
        assert!(thread[1].failure.as_ref().unwrap().contains(&code.to_string()), "{thread:?}");
        assert!(thread[2].message.contains(&format!("Undeliverable ({code})")), "{thread:?}");
        world.pass(3_000).await;
        assert_eq!(world.conversation(1).await.enquiry.unwrap().handoff.unwrap().reason.name(), "undeliverable");
    }
}

#[tokio::test]
async fn trouble_with_the_account_waits_until_it_is_mended() {
    let world = met(&[error(190)]).await;
    world.says("15550002", "opening hours").await;
    assert_eq!(tries(&world), 1, "nothing more is tried from that number");
    world.pass(400).await;
    assert_eq!(world.heard().len(), 2, "and nobody is forgotten");
}

#[tokio::test]
async fn a_limit_of_one_customer_holds_up_nobody_else() {
    let world = met(&[error(131_056)]).await;
    world.writes("15550002", "opening hours").await;
    world.clock.advance(chrono::TimeDelta::milliseconds(900));
    world.writes("15550001", "what is my box").await;
    world.runtime.settle().await;
    assert_eq!(world.heard(), [""; 0]);
    world.pass(3).await;
    let heard = world.heard();
    assert_eq!((heard.len(), heard.iter().any(|line| line.starts_with("15550002"))), (3, true), "{heard:?}");
}

#[tokio::test]
async fn the_rate_of_a_number_is_kept() {
    let world = World::open().await;
    for who in 0..12 {
        world.writes(&format!("1555000{who:02}"), "opening hours").await;
    }
    world.clock.advance(chrono::TimeDelta::seconds(2));
    world.runtime.settle().await;
    assert_eq!(world.heard().len(), 8, "a tenth of a second's worth at once");
    world.pass(1).await;
    assert_eq!(world.heard().len(), 12);
}

#[tokio::test]
async fn an_unknown_outcome_is_settled_by_the_status_and_not_sent_again() {
    for lost in [Reply::Break, Reply::Silence, Reply::Raw { status: 502, body: "Bad gateway" }] {
        let taken = !matches!(lost, Reply::Raw { .. });
        let world = met(&[lost]).await;
        world.says("15550001", "and my box").await;
        assert_eq!(tries(&world), 1, "what comes after waits");
        if taken {
            assert!(matches!(world.status(0, Delivery::Sent).await, Arrived::Settled { .. }));
            world.runtime.settle().await;
            assert_eq!(world.heard(), [ANSWER, "15550001: Which box?"]);
        } else {
            world.pass(60).await;
            assert_eq!(world.heard(), [ANSWER, "15550001: Which box?"], "no status came: it is sent again");
        }
        world.pass(600).await;
        assert_eq!(world.heard().len(), 2);
    }
}

#[tokio::test]
async fn a_failure_told_by_status_is_shown_to_a_person() {
    let world = met(&[]).await;
    assert_eq!(world.heard(), [ANSWER]);
    let told = world.status(0, Delivery::Failed).await;
    assert_eq!(told.woken(), Some(1));
    world.runtime.settle().await;
    assert_eq!(world.state(1).await, "waiting");
    assert_eq!(world.thread(1).await[1].delivery, Some(Delivery::Failed));
    assert!(matches!(world.status(0, Delivery::Failed).await, Arrived::Duplicate { .. }));
    world.runtime.settle().await;
    let notes = world.words(1).await.iter().filter(|line| line.contains("Undeliverable")).count();
    assert_eq!(notes, 1);
}

#[tokio::test]
async fn a_read_mark_that_fails_is_nobodys_loss() {
    let world = World::open().await;
    world.graph.script_marks([error(131_000)]);
    world.says("15550001", "opening hours").await;
    assert_eq!(world.heard(), [ANSWER]);
    world.pass(600).await;
    assert_eq!(world.graph.requests().len(), 2, "and it is not tried again");
    assert_eq!(world.state(1).await, "settled");
}

#[tokio::test]
async fn a_read_mark_holds_up_nobody() {
    let world = World::open().await;
    world.graph.script_marks([Reply::Silence, Reply::Error { status: 400, code: 100, title: "No" }]);
    world.writes("15550001", "opening hours").await;
    world.writes("15550002", "my box").await;
    world.clock.advance(chrono::TimeDelta::seconds(2));
    let settling = tokio::spawn({
        let runtime = world.runtime.clone();
        async move { runtime.settle().await }
    });
    world.graph.wait_for_taken(2).await;
    settling.await.unwrap();
    assert_eq!(world.heard().len(), 2);
    assert_eq!(world.graph.requests().len(), 4, "and is not sent again");
}

#[tokio::test]
async fn free_text_is_not_even_attempted_after_the_window() {
    let world = World::open().await;
    let ana = world.says("15550001", "person").await;
    world.graph.script([error(190)]);
    world.act(ana, "Noa", Act::Reply { text: "Yes?".into(), file: None }).await.unwrap();
    let before = tries(&world);
    world.clock.advance(chrono::TimeDelta::hours(24));
    world.runtime.settle().await;
    assert_eq!(tries(&world), before, "WhatsApp would refuse it");
    let reply = world.thread(ana).await.into_iter().find(|line| line.message.contains("Yes?")).unwrap();
    assert_eq!(reply.delivery, Some(Delivery::Failed));
    assert!(reply.failure.unwrap().contains("only a template may go"));
    assert!(world.words(ana).await.iter().any(|line| line.contains("Undeliverable (131047)")));
}

#[tokio::test]
async fn one_slow_send_holds_up_only_its_own_customer() {
    let world = World::open().await;
    world.writes("15550001", "opening hours").await;
    world.graph.script([Reply::Silence]);
    world.clock.advance(chrono::TimeDelta::seconds(2));
    let first = tokio::spawn({
        let runtime = world.runtime.clone();
        async move { runtime.settle().await }
    });
    world.graph.wait_for_taken(1).await;
    world.writes("15550002", "my box").await;
    world.clock.advance(chrono::TimeDelta::seconds(2));
    let second = tokio::spawn({
        let runtime = world.runtime.clone();
        async move { runtime.settle().await }
    });
    world.graph.wait_for_taken(2).await;
    assert!(!first.is_finished() || world.heard()[1].starts_with("15550002"), "before the first was given up");
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(world.heard(), [ANSWER, "15550002: Hi!\nWhich box?"]);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_back_is_shown_to_a_person() {
    let world = World::with(Plan::default()).await;
    world.graph.script([error(130_429)]);
    let ana = world.says("15550001", "opening hours").await;
    world.sql().execute("UPDATE outbox SET payload = '{' || payload WHERE status = 'queued'", ()).unwrap();
    world.pass(60).await;
    assert_eq!(world.heard(), [""; 0]);
    assert_eq!(world.state(ana).await, "waiting");
    assert_eq!(world.clock.now(), at(62));
}
