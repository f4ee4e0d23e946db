//! The outbox: in order per contact, under a lease, until it is settled (R39).

use std::sync::Arc;
use std::time::Duration;

use frontdesk::message::Delivery;
use frontdesk::store::{Arrived, Card, Claim, Finished, Identity, InboxKind, NewJob, SendOutcome, Store, TurnCommit};

use crate::store::help::{
    LEASE, SETTLE, at, claim, claim_as, claimed, commit, contact, finish, job, known, load, receive, saying, sent,
    status, turn, waiting, wish,
};

pub async fn jobs_go_out_one_by_one_in_order(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one", "two"])).await;
    commit(&store, saying(ana, 1, &["three"])).await;
    for expected in ["one", "two", "three"] {
        let jobs = claim(&store, 10).await;
        assert_eq!(jobs.iter().map(|job| job.payload.as_str()).collect::<Vec<_>>(), [expected]);
        assert_eq!(claimed(&store, 10).await, [""; 0], "nothing overtakes it");
        finish(&store, jobs[0].id, sent(expected), 10).await;
    }
    assert_eq!(claimed(&store, 10).await, [""; 0]);
    assert_eq!(store.next_job(vec![], vec![]).await.unwrap(), None);
}

pub async fn contacts_do_not_wait_for_one_another(store: Arc<dyn Store>) {
    for (who, texts) in [("1", ["a1", "a2"]), ("2", ["b1", "b2"])] {
        let contact = contact(&store, who).await;
        commit(&store, saying(contact, 0, &texts)).await;
    }
    let jobs = claim(&store, 10).await;
    assert_eq!(jobs.iter().map(|job| job.payload.as_str()).collect::<Vec<_>>(), ["a1", "b1"]);
    finish(&store, jobs[1].id, sent("x"), 10).await;
    assert_eq!(claimed(&store, 10).await, ["b2"]);
}

pub async fn a_job_is_leased_to_one_worker(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one"])).await;
    assert_eq!(claim_as(&store, "w", 10).await.len(), 1);
    assert_eq!(claim_as(&store, "another", 10).await, []);
    assert_eq!(store.next_job(vec![], vec![]).await.unwrap(), Some(at(10 + LEASE)), "when the lease ends");
    assert_eq!(store.claim_jobs(wish()).await.unwrap(), []);
}

pub async fn who_is_excepted_waits(store: Arc<dyn Store>) {
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    commit(&store, saying(ana, 0, &["one"])).await;
    let except = vec![ana];
    assert_eq!(store.next_job(except.clone(), vec![]).await.unwrap(), None);
    commit(&store, saying(ben, 0, &["two"])).await;
    assert_eq!(store.next_job(except.clone(), vec![]).await.unwrap(), Some(at(10)));
    let jobs = store.claim_jobs(Claim { limit: 9, except, ..wish() }).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.id.contact).collect::<Vec<_>>(), [ben]);
    assert_eq!(claimed(&store, 10).await, ["one"]);
}

pub async fn a_number_that_is_held_waits(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    let who = Identity { wa_id: Some("2".into()), ..Identity::default() };
    let ben = store.contact("another".into(), who, at(0)).await.unwrap().id;
    commit(&store, saying(ana, 0, &["one"])).await;
    let held = vec![load(&store, ana).await.contact.number_id];
    assert_eq!(store.next_job(vec![], held.clone()).await.unwrap(), None);
    let none_of_it = Claim { limit: 9, rooms: held.iter().map(|number| (number.clone(), 0)).collect(), ..wish() };
    assert_eq!(store.claim_jobs(none_of_it.clone()).await.unwrap(), []);
    commit(&store, saying(ben, 0, &["two"])).await;
    assert_eq!(store.next_job(vec![], held.clone()).await.unwrap(), Some(at(10)));
    let jobs = store.claim_jobs(none_of_it).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.id.contact).collect::<Vec<_>>(), [ben]);
    assert_eq!(claimed(&store, 10).await, ["one"]);
}

pub async fn a_job_waits_until_its_time(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    let later = NewJob { not_before: Some(at(100)), ..job("later", None) };
    commit(&store, TurnCommit { jobs: vec![later], ..turn(ana, 0) }).await;
    assert_eq!(claimed(&store, 99).await, [""; 0]);
    assert_eq!(store.next_job(vec![], vec![]).await.unwrap(), Some(at(100)));
    assert_eq!(claimed(&store, 100).await, ["later"]);
}

pub async fn a_retry_comes_back_when_it_is_due(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one", "two"])).await;
    let job = claim(&store, 10).await.remove(0);
    assert_eq!((job.attempt, job.uncertain, job.created_at), (1, false, at(10)));
    finish(&store, job.id, SendOutcome::Retry { at: at(20), failure: "busy".into() }, 10).await;
    assert_eq!(claimed(&store, 19).await, [""; 0], "and the next one waits behind it");
    let again = claim(&store, 20).await.remove(0);
    assert_eq!((again.id, again.attempt, again.uncertain), (job.id, 2, false));
}

pub async fn a_postponed_job_does_not_count_as_tried(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one"])).await;
    let job = claim(&store, 10).await.remove(0);
    finish(&store, job.id, SendOutcome::Postponed { until: at(15) }, 10).await;
    assert_eq!(store.next_job(vec![], vec![]).await.unwrap(), Some(at(15)));
    assert_eq!(claim(&store, 15).await[0].attempt, 1);
}

pub async fn a_failed_job_tells_the_conversation_and_frees_the_next(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one", "two"])).await;
    let job = claim(&store, 10).await.remove(0);
    let failed = SendOutcome::Failed { failure: "blocked".into(), payload: Some("{\"code\":1}".into()) };
    finish(&store, job.id, failed, 11).await;
    let inbox = load(&store, ana).await.inbox;
    assert_eq!((inbox.len(), inbox[0].kind, inbox[0].at), (1, InboxKind::Undeliverable, at(11)));
    assert_eq!(inbox[0].payload, "{\"code\":1}");
    assert_eq!(claimed(&store, 11).await, ["two"]);
}

pub async fn a_failure_nobody_needs_to_know_tells_nobody(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["read mark"])).await;
    let job = claim(&store, 10).await.remove(0);
    finish(&store, job.id, SendOutcome::Failed { failure: "no".into(), payload: None }, 10).await;
    assert_eq!(load(&store, ana).await.inbox, []);
    assert_eq!(store.depths().await.unwrap().outbox, 0);
}

pub async fn a_lost_lease_waits_for_the_status(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one", "two"])).await;
    let job = claim_as(&store, "dead", 10).await.remove(0);
    let ends = 10 + LEASE;
    assert_eq!(claimed(&store, ends - 1).await, [""; 0]);
    assert_eq!(claimed(&store, ends).await, [""; 0], "its status has time to come");
    assert_eq!(claimed(&store, ends + SETTLE - 1).await, [""; 0]);
    let again = claim(&store, ends + SETTLE).await.remove(0);
    assert_eq!((again.id, again.attempt, again.uncertain), (job.id, 2, true));
}

pub async fn a_number_gets_as_many_as_it_has_room_for(store: Arc<dyn Store>) {
    for (number, person) in ["a", "a", "a", "b", "b", "c"].into_iter().zip(1..) {
        let who = Identity { wa_id: Some(person.to_string()), ..Identity::default() };
        let contact = store.contact(number.into(), who, at(0)).await.unwrap().id;
        commit(&store, saying(contact, 0, &[&format!("{number}{person}")])).await;
    }
    let (now, lease) = (at(10), Duration::from_secs(5));
    let claimed = async |claim: Claim| {
        let jobs = store.claim_jobs(Claim { now, lease, ..claim }).await.unwrap();
        jobs.into_iter().map(|job| job.payload).collect::<Vec<_>>()
    };
    let after = |number: &str| Some(number.to_owned());
    assert_eq!(claimed(Claim { limit: 1, room: 1, after: after("a"), ..wish() }).await, ["b4"]);
    assert_eq!(
        claimed(Claim { limit: 2, room: 1, after: after("b"), ..wish() }).await,
        ["a1", "c6"],
        "and round again"
    );
    let rooms = [("a".to_owned(), 2), ("b".to_owned(), 0)].into();
    assert_eq!(claimed(Claim { limit: 9, room: 1, rooms, ..wish() }).await, ["a2", "a3"]);
    assert_eq!(claimed(Claim { limit: 9, room: 1, ..wish() }).await, ["b5"]);
}

pub async fn an_unknown_outcome_waits_for_the_status(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one"])).await;
    let job = claim(&store, 10).await.remove(0);
    finish(&store, job.id, SendOutcome::Unknown { until: at(50), failure: "silence".into() }, 12).await;
    assert_eq!(claimed(&store, 49).await, [""; 0]);
    assert_eq!(store.depths().await.unwrap().outbox, 1);
    let again = claim(&store, 50).await.remove(0);
    assert_eq!((again.attempt, again.uncertain), (2, true));
}

pub async fn a_lost_worker_cannot_undo_what_came_after(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one"])).await;
    let job = claim_as(&store, "slow", 10).await.remove(0);
    let second = 10 + LEASE + SETTLE;
    claim(&store, 10 + LEASE).await;
    claim(&store, second).await;
    let late = |outcome| Finished { job: job.id, worker: "slow".into(), outcome };
    let retry = SendOutcome::Retry { at: at(second), failure: "late".into() };
    store.finish_jobs(vec![late(retry)], at(second)).await.unwrap();
    assert_eq!(claimed(&store, second).await, [""; 0], "the lease is another's now");
    store.finish_jobs(vec![late(sent("wamid.late"))], at(second)).await.unwrap();
    // It stays the other's: what comes behind it would overtake the copy that is on its way.
    assert_eq!(store.depths().await.unwrap().outbox, 1, "the other has not said how it went");
    finish(&store, job.id, SendOutcome::Retry { at: at(second), failure: "busy".into() }, second).await;
    assert_eq!(store.depths().await.unwrap().outbox, 0, "but that it was sent is true whoever says it");
}

pub async fn nothing_overtakes_a_copy_when_it_is_said_late_that_an_earlier_one_went_out(store: Arc<dyn Store>) {
    let again = |at| SendOutcome::Retry { at, failure: "busy".into() };
    let unclear = |until| SendOutcome::Unknown { until, failure: "silence".into() };
    let refused = SendOutcome::Failed { failure: "no".into(), payload: Some("undeliverable".into()) };
    // The last of them is never heard of again.
    let ends = [Some(sent("copy")), Some(again(at(9_999))), Some(unclear(at(9_999))), Some(refused), None];
    for (end, person) in ends.into_iter().zip(1..) {
        let ana = contact(&store, &person.to_string()).await;
        commit(&store, saying(ana, 0, &["one", "two"])).await;
        let first = 1_000 * person;
        let job = claim_as(&store, "slow", first).await.remove(0);
        assert_eq!(claimed(&store, first + LEASE).await, [""; 0]);
        let second = first + LEASE + SETTLE;
        assert_eq!(claimed(&store, second).await, ["one"]);
        let late = Finished { job: job.id, worker: "slow".into(), outcome: sent(&format!("wamid.{person}")) };
        for _ in 0..2 {
            store.finish_jobs(vec![late.clone()], at(second + 1)).await.unwrap();
            assert_eq!(claimed(&store, second + 1).await, [""; 0], "the copy may be on its way");
        }
        let ended = if end.is_some() { second + 2 } else { second + LEASE };
        if let Some(end) = end {
            finish(&store, job.id, end, ended).await;
        }
        let two = claim(&store, ended).await.remove(0);
        assert_eq!(two.payload, "two");
        assert_eq!(waiting(&store, ana).await, [""; 0], "one arrived, and nobody hears of a failure");
        finish(&store, two.id, sent(&format!("wamid.two.{person}")), ended).await;
        let read = status(&format!("wamid.{person}"), Delivery::Read);
        let settled = Arrived::Settled { job: job.id, delivery: Delivery::Read };
        assert_eq!(receive(&store, read, ended).await, settled, "the id of the first is the one that is kept");
    }
}

pub async fn a_worker_whose_lease_ended_may_still_say_how_it_went(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one", "two"])).await;
    let job = claim_as(&store, "slow", 10).await.remove(0);
    assert_eq!(claimed(&store, 10 + LEASE).await, [""; 0], "to another, whose clock is ahead, the lease has ended");
    let refused = SendOutcome::Failed { failure: "no".into(), payload: Some("undeliverable".into()) };
    let late = Finished { job: job.id, worker: "slow".into(), outcome: refused };
    store.finish_jobs(vec![late], at(12)).await.unwrap();
    assert_eq!(waiting(&store, ana).await, ["undeliverable"]);
    assert_eq!(claimed(&store, 12).await, ["two"], "nobody tries the first again");
}

pub async fn what_a_slow_worker_sent_is_not_sent_again(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one"])).await;
    let job = claim_as(&store, "slow", 10).await.remove(0);
    let second = 10 + LEASE + SETTLE;
    claim(&store, 10 + LEASE).await;
    claim(&store, second).await;
    finish(&store, job.id, SendOutcome::Retry { at: at(second + 9), failure: "busy".into() }, second).await;
    let late = Finished { job: job.id, worker: "slow".into(), outcome: sent("wamid.late") };
    store.finish_jobs(vec![late], at(second + 1)).await.unwrap();
    assert_eq!(claimed(&store, second + 9).await, [""; 0], "it waited for another try, and was sent all the time");
}

pub async fn what_the_channel_knows_of_the_recipient_is_kept(store: Arc<dyn Store>) {
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    commit(&store, saying(ana, 0, &["one"])).await;
    let job = claim(&store, 10).await.remove(0);
    let recipient = Identity { wa_id: Some("2".into()), user_id: Some("US.1".into()), name: None };
    finish(&store, job.id, SendOutcome::Sent { message_id: "m".into(), recipient }, 10).await;
    assert_eq!(load(&store, ana).await.contact.who, known("1", "US.1"), "what is new is added");
    assert_eq!(load(&store, ben).await.contact.who, known("2", ""), "what is somebody else's is not taken");
    assert_eq!(contact(&store, "2").await, ben);
}

pub async fn a_job_carries_what_its_sender_needs(store: Arc<dyn Store>) {
    let named = Identity { name: Some("Ana".into()), ..known("1", "US.1") };
    let ana = store.contact("200".into(), named.clone(), at(0)).await.unwrap().id;
    let card = Card { wrote_at: Some(at(5)), ..Card::default() };
    let ids = commit(&store, TurnCommit { card, ..saying(ana, 0, &["one"]) }).await;
    let job = claim(&store, 10).await.remove(0);
    assert_eq!((job.id, job.number_id.as_str(), job.wrote_at), (ids[0], "200", Some(at(5))));
    assert_eq!(job.to, named);
    assert_eq!(job.id.to_string().parse(), Ok(job.id), "its text names it");
}
