//! Everything that is kept of a contact, exported and erased (R42).

use std::sync::Arc;

use frontdesk::message::Delivery;
use frontdesk::store::{
    Arrival, Arrived, AuditRow, Card, ContactId, Export, Fact, Happened, Identity, JobId, KnownBy, NewEntry, Outgoing,
    Received, Store, ThreadQuery, TimerRow, TurnCommit, TurnProblem, Who,
};

use crate::store::help::{
    NUMBER, about, at, claim, claimed, commit, entry, finish, job, known, load, message, receive, sent, status, turn,
};

fn erasure(contact: ContactId) -> AuditRow {
    AuditRow::erasure("Noa", contact, at(90))
}

async fn export(store: &Arc<dyn Store>, contact: ContactId) -> Export {
    store.export(contact).await.unwrap().unwrap()
}

/// A customer of whom something lies in every corner: what they wrote, what they were told and will be, a secret.
async fn served(store: &Arc<dyn Store>, wa_id: &str, id: &str) -> (ContactId, Vec<JobId>) {
    let who = Identity { name: Some(format!("name of {wa_id}")), ..known(wa_id, id) };
    let Arrived::Stored { contact, inbox } = receive(store, message(&who, &format!("m1.{wa_id}"), 1), 2).await else {
        panic!("it is new")
    };
    let told = entry(Who::Bot, &format!("\"told {wa_id}\""));
    let said = NewEntry { secret: true, message_id: Some(format!("m1.{wa_id}")), ..entry(Who::Customer, "\"S-17\"") };
    let detail = Some("order".to_owned());
    let fact = Fact { name: "handoff".into(), queue: Some("lab".into()), agent: None, detail };
    let jobs = commit(
        store,
        TurnCommit {
            taken: vec![inbox],
            card: Card { state: Some("waiting".into()), subject: Some("a box".into()), ..Card::default() },
            entries: vec![said, told],
            jobs: vec![job(&format!("one {wa_id}"), Some(1)), job(&format!("two {wa_id}"), None)],
            timers: vec![("promise".into(), at(600))],
            reasons: "[\"because\"]".into(),
            facts: vec![fact],
            ..turn(contact, 0)
        },
    )
    .await;
    receive(store, message(&who, &format!("m2.{wa_id}"), 20), 21).await;
    (contact, jobs)
}

pub async fn an_export_holds_everything_of_a_contact_and_nothing_of_another(store: Arc<dyn Store>) {
    let (ana, jobs) = served(&store, "1555", "US.1").await;
    served(&store, "1666", "US.2").await;
    let all = export(&store, ana).await;
    assert_eq!(all.contact, load(&store, ana).await.contact);
    assert_eq!(all.created_at, at(2));
    assert_eq!((all.card.state.as_deref(), all.card.subject.as_deref()), (Some("waiting"), Some("a box")));
    let by = |kind: &str, value: &str| KnownBy { kind: kind.into(), value: value.into(), left_at: None };
    assert_eq!(all.known_by, [by("user_id", "US.1"), by("wa_id", "1555")]);
    let received: Vec<_> = all
        .received
        .iter()
        .map(|Received { row, message_id, taken_by }| (row.payload.as_str(), message_id.as_deref(), *taken_by))
        .collect();
    assert_eq!(received, [("m1.1555", Some("m1.1555"), Some(1)), ("m2.1555", Some("m2.1555"), None)]);
    let thread: Vec<_> = all.thread.iter().map(|line| (line.message.as_str(), line.secret)).collect();
    assert_eq!(thread, [("\"S-17\"", true), ("\"told 1555\"", false)], "a secret answer is whole");
    assert_eq!(all.reasons.iter().map(|why| why.reasons.as_str()).collect::<Vec<_>>(), ["[\"because\"]"]);
    assert_eq!(all.timers, [TimerRow { kind: "promise".into(), due: at(600), armed_by: 1 }]);
    let outbox: Vec<_> =
        all.outbox.iter().map(|Outgoing { number, payload, .. }| (*number, payload.as_str())).collect();
    assert_eq!(outbox, [(jobs[0].number, "one 1555"), (jobs[1].number, "two 1555")]);
    assert!(all.outbox.iter().all(|job| (job.attempts, job.delivery) == (0, Delivery::Queued)));
    let facts: Vec<_> = all.facts.iter().map(|Happened { at, fact }| (*at, fact.name.as_str())).collect();
    assert_eq!(facts, [(at(10), "handoff")]);
    assert!(!serde_json::to_string(&all).unwrap().contains("1666"));
    assert_eq!(store.export(4711).await.unwrap(), None);
}

pub async fn a_long_thread_is_exported_whole(store: Arc<dyn Store>) {
    let (ana, _) = served(&store, "1555", "").await;
    let entries = (0..1_200).map(|n| entry(Who::Bot, &n.to_string())).collect();
    commit(&store, TurnCommit { entries, ..turn(ana, 1) }).await;
    assert_eq!(export(&store, ana).await.thread.len(), 1_202);
}

pub async fn what_was_left_behind_is_in_the_export_and_finds_nobody(store: Arc<dyn Store>) {
    let (ana, _) = served(&store, "1555", "US.1").await;
    let renamed = Arrival::Renamed {
        number_id: NUMBER.into(),
        old: known("1555", ""),
        new: known("1777", ""),
        at: at(30),
        payload: "{}".into(),
    };
    receive(&store, renamed, 30).await;
    let left = KnownBy { kind: "wa_id".into(), value: "1555".into(), left_at: Some(at(30)) };
    assert!(export(&store, ana).await.known_by.contains(&left));
    assert_eq!(store.known_as("1555".into()).await.unwrap(), [], "it may be somebody else's by now");
    for name in ["1777", "US.1"] {
        let found: Vec<_> = store.known_as(name.into()).await.unwrap().into_iter().map(|row| row.id).collect();
        assert_eq!(found, [ana], "{name}");
    }
}

pub async fn a_customer_of_two_numbers_is_two_contacts(store: Arc<dyn Store>) {
    let (ana, _) = served(&store, "1555", "").await;
    let other = store.contact("200".into(), known("1555", ""), at(5)).await.unwrap().id;
    let found: Vec<_> = store.known_as("1555".into()).await.unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(found, [ana, other]);
    assert!(store.erase(ana, erasure(ana)).await.unwrap());
    assert_eq!(store.export(ana).await.unwrap(), None);
    assert_eq!(export(&store, other).await.known_by.len(), 1, "each is erased for itself");
}

pub async fn nothing_of_an_erased_contact_is_left(store: Arc<dyn Store>) {
    let (ana, _) = served(&store, "1555", "US.1").await;
    let (ben, _) = served(&store, "1666", "US.2").await;
    let (before, counted) = (export(&store, ben).await, store.facts(at(0), at(99)).await.unwrap());
    assert!(store.erase(ana, erasure(ana)).await.unwrap());

    assert_eq!(store.export(ana).await.unwrap(), None);
    assert_eq!(store.load(vec![ana]).await.unwrap(), []);
    for name in ["1555", "US.1"] {
        assert_eq!(store.known_as(name.into()).await.unwrap(), []);
    }
    let whole = ThreadQuery { contact: ana, before: None, after: 0, limit: 10 };
    assert_eq!(store.thread(whole).await.unwrap(), []);
    assert_eq!(store.why(ana, None, 10).await.unwrap(), []);
    assert!(store.pending(0, 10).await.unwrap().iter().all(|pending| pending.contact == ben));
    assert_eq!(claimed(&store, 50).await, ["one 1666"]);
    let depths = store.depths().await.unwrap();
    assert_eq!((depths.timers, depths.open, depths.inbox), (1, 1, 1));

    assert_eq!(store.facts(at(0), at(99)).await.unwrap(), counted, "what is counted stays counted");
    let audit: Vec<_> = store.audit_log(None, 10).await.unwrap().into_iter().map(|(_, row)| row).collect();
    assert_eq!(audit, [erasure(ana)]);
    assert_eq!(audit[0].erased(), Some(ana));
    assert!(!audit[0].about.contains("1555"), "it is not said whom");
    let after = export(&store, ben).await;
    assert_eq!((after.received, after.thread, after.facts), (before.received, before.thread, before.facts));
}

pub async fn nobody_is_erased_once_more(store: Arc<dyn Store>) {
    let (ana, _) = served(&store, "1555", "").await;
    assert!(store.erase(ana, erasure(ana)).await.unwrap());
    for nobody in [ana, 4711, 0, -1] {
        assert!(!store.erase(nobody, erasure(nobody)).await.unwrap());
    }
    assert_eq!(store.audit_log(None, 10).await.unwrap().len(), 1, "what was not done is not recorded");
}

pub async fn what_was_under_way_for_an_erased_contact_comes_to_nothing(store: Arc<dyn Store>) {
    let (ana, jobs) = served(&store, "1555", "").await;
    assert_eq!(claim(&store, 50).await.len(), 1);
    assert!(store.erase(ana, erasure(ana)).await.unwrap());

    let late = store.commit_turns(vec![turn(ana, 1)]).await.unwrap().remove(0);
    assert_eq!(late, Err(TurnProblem::NoContact));
    finish(&store, jobs[0], sent("wamid.1"), 51).await;
    let read = about(jobs[0], status("wamid.1", Delivery::Read));
    assert_eq!(receive(&store, read, 52).await, Arrived::Unknown);
    assert_eq!(store.export(ana).await.unwrap(), None);
    assert_eq!(claimed(&store, 500).await, [] as [&str; 0]);
}

pub async fn who_writes_after_an_erasure_is_a_new_contact(store: Arc<dyn Store>) {
    let (ana, _) = served(&store, "1555", "US.1").await;
    assert!(store.erase(ana, erasure(ana)).await.unwrap());
    let who = known("1555", "US.1");
    let Arrived::Stored { contact, .. } = receive(&store, message(&who, "m3", 95), 95).await else {
        panic!("it is new")
    };
    assert_ne!(contact, ana, "no number is given twice");
    let all = export(&store, contact).await;
    assert_eq!((all.contact.row_version, all.contact.who.name, all.thread.len(), all.facts.len()), (0, None, 0, 0));
}
