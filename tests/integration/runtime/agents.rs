//! What agents do, and what is done for them (R22, R29, R30).

use std::collections::BTreeSet;

use frontdesk::conversation::effect::Alert;
use frontdesk::conversation::event::Act;
use frontdesk::runtime::{Live, Refused};

use super::world::{Plan, World, sources};

fn reply(text: &str) -> Act {
    Act::Reply { text: text.into(), file: None }
}

fn refusal(done: Result<(), Refused>) -> String {
    match done.unwrap_err() {
        Refused::Act(why) => why,
        Refused::Trouble(why) => panic!("{why}"),
    }
}

#[tokio::test]
async fn an_act_is_done_or_refused_with_a_reason() {
    let world = World::open().await;
    let ana = world.says("15550001", "person").await;
    assert_eq!(world.act(ana, "Noa", Act::Take).await, Ok(()));
    assert_eq!(refusal(world.act(ana, "Ben", Act::Take).await), "Noa has it already");
    assert_eq!(refusal(world.act(ana, "Noa", reply(" ")).await), "the reply is empty");
    assert_eq!(refusal(world.act(4711, "Noa", Act::Take).await), "there is no such contact");
    let before = world.case(ana).await.row_version;
    refusal(world.act(ana, "Ben", Act::Take).await);
    assert_eq!(world.case(ana).await.row_version, before, "a refusal changes nothing");
    assert_eq!(world.act(ana, "Noa", reply("Hello Ana")).await, Ok(()));
    assert_eq!(world.last(), "15550001: Hello Ana");
    assert_eq!(
        (world.state(ana).await.as_str(), world.case(ana).await.card.agent.as_deref()),
        ("awaiting_customer", Some("Noa"))
    );
    let done: Vec<_> = world.runtime.store().audit_log(None, 10).await.unwrap();
    let done: Vec<_> = done.iter().map(|(_, row)| (row.who.as_str(), row.what.as_str())).collect();
    assert_eq!(done, [("Noa", "reply"), ("Noa", "take")]);
}

#[tokio::test]
async fn of_two_who_take_at_once_one_gets_it() {
    let world = World::open().await;
    let ana = world.says("15550001", "person").await;
    let agents: Vec<String> = (0..10).map(|n| format!("agent{n}")).collect();
    let mut tries = tokio::task::JoinSet::new();
    for agent in agents {
        let runtime = world.runtime.clone();
        tries.spawn(async move { runtime.act(ana, &agent, Act::Take).await.map(|()| agent) });
    }
    let mut got = Vec::new();
    while let Some(tried) = tries.join_next().await {
        match tried.unwrap() {
            Ok(agent) => got.push(agent),
            Err(refused) => assert!(matches!(refused, Refused::Act(_)), "{refused:?}"),
        }
    }
    assert_eq!(got.len(), 1);
    assert_eq!(world.case(ana).await.card.agent.as_deref(), Some(got[0].as_str()));
}

#[tokio::test]
async fn work_is_handed_out_the_moment_somebody_comes() {
    let world = World::open().await;
    let (ana, ben) = (world.says("15550001", "person").await, world.says("15550002", "person").await);
    let mut live = world.runtime.live();
    world.presence("Noa", true).await;
    assert_eq!(world.runtime.online(), ["Noa"]);
    for contact in [ana, ben] {
        let card = world.case(contact).await.card;
        assert_eq!((card.state.as_deref(), card.agent.as_deref()), (Some("needs_reply"), Some("Noa")));
    }
    let mut alerts = Vec::new();
    while let Ok(told) = live.try_recv() {
        if let Live::Alert { contact, alert, name, .. } = told {
            alerts.push((contact, alert, name));
        }
    }
    assert_eq!(alerts, [(ana, Alert::Assigned, "Ana".to_owned()), (ben, Alert::Assigned, "Ana".to_owned())]);
}

#[tokio::test]
async fn nobody_is_given_what_is_not_their_queues() {
    let world = World::open().await;
    let ana = world.says("15550001", "person").await;
    world.runtime.presence("Noa", Some(BTreeSet::from(["another".to_owned()])), true).await.unwrap();
    world.runtime.settle().await;
    assert_eq!(world.state(ana).await, "waiting");
    world.runtime.presence("Noa", Some(BTreeSet::from(["help".to_owned()])), true).await.unwrap();
    world.runtime.settle().await;
    assert_eq!(world.state(ana).await, "needs_reply");
}

#[tokio::test]
async fn who_stays_away_gives_back_what_needs_a_reply() {
    let patient = |text: String| text.replace("when_open: flows", "when_open: flows\npolicy: { reassign_after: 30m }");
    let world = World::with(Plan { sources: sources("127.0.0.1:1", patient), ..Plan::default() }).await;
    world.presence("Noa", true).await;
    let ana = world.says("15550001", "person").await;
    let ben = world.says("15550002", "person").await;
    world.act(ben, "Noa", reply("Hello")).await.unwrap();
    world.presence("Noa", false).await;
    world.pass(10).await;
    world.presence("Noa", true).await;
    world.pass(111).await;
    assert_eq!(world.state(ana).await, "needs_reply", "back in time");
    world.presence("Noa", false).await;
    world.pass(119).await;
    assert_eq!(world.state(ana).await, "needs_reply");
    world.pass(1).await;
    let (hers, his) = (world.case(ana).await.card, world.case(ben).await.card);
    assert_eq!((hers.state.as_deref(), hers.agent), (Some("waiting"), None));
    assert_eq!((his.state.as_deref(), his.agent.as_deref()), (Some("awaiting_customer"), Some("Noa")));
}

#[tokio::test]
async fn promises_kept_and_broken_are_counted() {
    let world = World::open().await;
    let ana = world.says("15550001", "person").await;
    let ben = world.says("15550002", "person").await;
    world.act(ana, "Noa", reply("Hello")).await.unwrap();
    world.pass(1_800).await;
    assert!(world.heard().iter().filter(|line| line.starts_with("15550002")).count() > 1, "an apology came");
    let facts = world.runtime.store().facts(super::world::at(0), super::world::at(10_000)).await.unwrap();
    let count = |name: &str| facts.iter().filter(|fact| fact.name == name).map(|fact| fact.count).sum::<i64>();
    assert_eq!((count("handoff"), count("promise_kept")), (2, 1), "{facts:?}");
    assert!(count("promise_broken") >= 1, "{facts:?}");
    assert_eq!(facts.iter().find(|fact| fact.name == "handoff").unwrap().detail.as_deref(), Some("asked_for_person"));
    assert_eq!(world.state(ben).await, "waiting");
}
