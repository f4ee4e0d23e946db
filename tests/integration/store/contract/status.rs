//! What WhatsApp says became of a message: twice, late and out of order, and yet it settles the job (R39).

use std::sync::Arc;

use frontdesk::message::Delivery;
use frontdesk::store::{Arrived, ContactId, InboxKind, JobId, SendOutcome, Store, ThreadQuery};

use crate::store::help::{
    LEASE, SETTLE, about, at, claim, claimed, commit, contact, finish, load, passing, receive, saying, sent, status,
};

/// A contact with one message that went out as `wamid.1`.
async fn one_sent(store: &Arc<dyn Store>) -> (ContactId, JobId) {
    let (ana, job) = one_leased(store).await;
    finish(store, job, sent("wamid.1"), 11).await;
    (ana, job)
}

/// A contact with one message under way, and one behind it.
async fn one_leased(store: &Arc<dyn Store>) -> (ContactId, JobId) {
    let ana = contact(store, "1").await;
    commit(store, saying(ana, 0, &["one", "two"])).await;
    let job = claim(store, 10).await.remove(0);
    (ana, job.id)
}

async fn delivery(store: &Arc<dyn Store>, contact: ContactId) -> (Option<Delivery>, Option<String>) {
    let query = ThreadQuery { contact, before: None, after: 0, limit: 1 };
    let query = ThreadQuery { before: Some(2), ..query };
    let line = store.thread(query).await.unwrap().remove(0);
    (line.delivery, line.failure)
}

pub async fn a_status_goes_forward_only(store: Arc<dyn Store>) {
    let (ana, job) = one_sent(&store).await;
    let settled = |delivery| Arrived::Settled { job, delivery };
    let duplicate = Arrived::Duplicate { contact: ana };
    for (told, comes_to) in [
        (Delivery::Sent, duplicate),
        (Delivery::Delivered, settled(Delivery::Delivered)),
        (Delivery::Delivered, duplicate),
        (Delivery::Read, settled(Delivery::Read)),
        (Delivery::Delivered, duplicate),
        (Delivery::Sent, duplicate),
    ] {
        assert_eq!(receive(&store, status("wamid.1", told), 20).await, comes_to, "{told:?}");
    }
    assert_eq!(delivery(&store, ana).await, (Some(Delivery::Read), None));
}

pub async fn a_status_before_our_own_answer_settles_the_job(store: Arc<dyn Store>) {
    let (ana, job) = one_leased(&store).await;
    let early = about(job, status("wamid.1", Delivery::Delivered));
    assert_eq!(receive(&store, early, 10).await, Arrived::Settled { job, delivery: Delivery::Delivered });
    assert_eq!(claimed(&store, 10).await, ["two"], "the next one may go");
    finish(&store, job, sent("wamid.1"), 11).await;
    assert_eq!(delivery(&store, ana).await.0, Some(Delivery::Delivered), "our own answer comes too late to undo it");
    assert_eq!(claimed(&store, 9999).await, [""; 0], "and it is not sent again");
}

pub async fn a_status_settles_a_send_of_unknown_outcome(store: Arc<dyn Store>) {
    let (ana, job) = one_leased(&store).await;
    finish(&store, job, SendOutcome::Unknown { until: at(50), failure: "silence".into() }, 12).await;
    let told = about(job, status("wamid.9", Delivery::Sent));
    assert_eq!(receive(&store, told, 20).await, Arrived::Settled { job, delivery: Delivery::Sent });
    assert_eq!(claimed(&store, 9999).await, ["two"]);
    receive(&store, status("wamid.9", Delivery::Read), 21).await;
    assert_eq!(delivery(&store, ana).await, (Some(Delivery::Read), None), "the id was learnt from the status");
}

/// A contact with one message whose first try went astray and whose second, the worker `w`'s, is under way; one behind it.
async fn one_tried_again(store: &Arc<dyn Store>) -> (ContactId, JobId) {
    let (ana, job) = one_leased(store).await;
    finish(store, job, SendOutcome::Unknown { until: at(50), failure: "silence".into() }, 12).await;
    assert_eq!(claim(store, 50).await[0].attempt, 2);
    (ana, job)
}

pub async fn nothing_overtakes_the_second_copy_of_a_message(store: Arc<dyn Store>) {
    let (ana, job) = one_tried_again(&store).await;
    let first_copy = about(job, status("wamid.1", Delivery::Sent));
    assert_eq!(receive(&store, first_copy.clone(), 51).await, Arrived::Settled { job, delivery: Delivery::Sent });
    assert_eq!(receive(&store, first_copy, 51).await, Arrived::Duplicate { contact: ana });
    assert_eq!(claimed(&store, 51).await, [""; 0], "the second copy may be on its way");
    let read = about(job, status("wamid.1", Delivery::Read));
    assert_eq!(receive(&store, read, 52).await, Arrived::Settled { job, delivery: Delivery::Read });
    finish(&store, job, sent("wamid.2"), 53).await;
    assert_eq!(claimed(&store, 53).await, ["two"]);
    assert_eq!(delivery(&store, ana).await, (Some(Delivery::Read), None));
    let second_copy = about(job, status("wamid.2", Delivery::Delivered));
    assert_eq!(receive(&store, second_copy, 54).await, Arrived::Duplicate { contact: ana });
}

pub async fn a_failure_of_an_earlier_try_waits_for_the_end_of_the_last(store: Arc<dyn Store>) {
    let (_, job) = one_tried_again(&store).await;
    let failed = passing(about(job, status("wamid.1", Delivery::Failed)), 80);
    assert_eq!(receive(&store, failed, 51).await, Arrived::Settled { job, delivery: Delivery::Queued });
    assert_eq!(claimed(&store, 49 + LEASE).await, [""; 0], "the second copy may still go out");
    assert_eq!(claimed(&store, 50 + LEASE).await, ["one"]);
}

pub async fn a_copy_that_arrived_counts_however_the_next_try_ends(store: Arc<dyn Store>) {
    let refused = SendOutcome::Failed { failure: "no".into(), payload: Some("undeliverable".into()) };
    let unclear = SendOutcome::Unknown { until: at(90), failure: "silence".into() };
    let busy = SendOutcome::Retry { at: at(90), failure: "busy".into() };
    for (outcome, person) in [refused, unclear, busy].into_iter().zip(1..) {
        let ana = contact(&store, &person.to_string()).await;
        commit(&store, saying(ana, 0, &["one", "two"])).await;
        let job = claim(&store, 10).await.remove(0).id;
        finish(&store, job, SendOutcome::Unknown { until: at(50), failure: "silence".into() }, 12).await;
        claim(&store, 50).await;
        receive(&store, about(job, status("wamid.1", Delivery::Delivered)), 51).await;
        finish(&store, job, outcome, 53).await;
        assert_eq!(delivery(&store, ana).await, (Some(Delivery::Delivered), None));
        assert_eq!(load(&store, ana).await.inbox, []);
        let two = claim(&store, 53).await.remove(0);
        assert_eq!(two.payload, "two");
        finish(&store, two.id, sent(&format!("wamid.two.{person}")), 54).await;
    }
}

pub async fn a_copy_that_arrived_counts_when_the_next_try_never_ends(store: Arc<dyn Store>) {
    let (ana, job) = one_tried_again(&store).await;
    receive(&store, about(job, status("wamid.1", Delivery::Delivered)), 51).await;
    assert_eq!(claimed(&store, 49 + LEASE).await, [""; 0]);
    assert_eq!(claimed(&store, 50 + LEASE).await, ["two"]);
    assert_eq!(delivery(&store, ana).await, (Some(Delivery::Delivered), None));
}

pub async fn a_failure_that_came_before_our_own_answer_stays_one(store: Arc<dyn Store>) {
    let (_, job) = one_leased(&store).await;
    let failed = passing(about(job, status("wamid.1", Delivery::Failed)), 40);
    assert_eq!(receive(&store, failed, 11).await, Arrived::Settled { job, delivery: Delivery::Queued });
    finish(&store, job, sent("wamid.1"), 12).await;
    assert_eq!(claimed(&store, 40).await, ["one"], "it did not arrive, and is tried again");
}

pub async fn a_status_of_something_unknown_is_nothing(store: Arc<dyn Store>) {
    let (_, job) = one_sent(&store).await;
    assert_eq!(receive(&store, status("wamid.other", Delivery::Read), 20).await, Arrived::Unknown);
    let foreign = JobId { contact: job.contact + 1, number: job.number };
    assert_eq!(receive(&store, about(foreign, status("wamid.x", Delivery::Read)), 20).await, Arrived::Unknown);
    let stranger = about(foreign, status("wamid.1", Delivery::Read));
    assert_eq!(
        receive(&store, stranger, 20).await,
        Arrived::Settled { job, delivery: Delivery::Read },
        "the id counts"
    );
}

pub async fn a_final_failure_tells_the_conversation_once(store: Arc<dyn Store>) {
    let (ana, _) = one_sent(&store).await;
    assert_eq!(receive(&store, status("wamid.1", Delivery::Failed), 20).await.woken(), Some(ana));
    let again = receive(&store, status("wamid.1", Delivery::Failed), 21).await;
    assert_eq!(again, Arrived::Duplicate { contact: ana });
    let inbox = load(&store, ana).await.inbox;
    let rows: Vec<_> = inbox.iter().map(|row| (row.kind, row.payload.as_str())).collect();
    assert_eq!(rows, [(InboxKind::Undeliverable, "undeliverable")]);
    assert_eq!(delivery(&store, ana).await, (Some(Delivery::Failed), Some("no".into())));
    assert_eq!(claimed(&store, 20).await, ["two"]);
}

pub async fn a_passing_failure_is_sent_again(store: Arc<dyn Store>) {
    let (ana, job) = one_sent(&store).await;
    assert_eq!(claimed(&store, 12).await, ["two"]);
    let failed = passing(status("wamid.1", Delivery::Failed), 40);
    assert_eq!(receive(&store, failed.clone(), 20).await, Arrived::Settled { job, delivery: Delivery::Queued });
    assert_eq!(receive(&store, failed, 21).await, Arrived::Duplicate { contact: ana });
    assert_eq!(claimed(&store, 39).await, [""; 0]);
    assert_eq!(claim(&store, 40).await[0].attempt, 2);
    finish(&store, job, sent("wamid.2"), 41).await;
    receive(&store, status("wamid.2", Delivery::Delivered), 42).await;
    assert_eq!(delivery(&store, ana).await, (Some(Delivery::Delivered), None));
    assert_eq!(load(&store, ana).await.inbox, []);
}

pub async fn a_failure_after_delivery_is_old_news(store: Arc<dyn Store>) {
    let (ana, _) = one_sent(&store).await;
    receive(&store, status("wamid.1", Delivery::Delivered), 20).await;
    let failed = receive(&store, status("wamid.1", Delivery::Failed), 21).await;
    assert_eq!(failed, Arrived::Duplicate { contact: ana });
    assert_eq!(load(&store, ana).await.inbox, []);
}

pub async fn an_old_try_does_not_undo_a_new_one(store: Arc<dyn Store>) {
    let (ana, job) = one_leased(&store).await;
    let again = 10 + LEASE + SETTLE;
    claim(&store, 10 + LEASE).await;
    claim(&store, again).await;
    finish(&store, job, sent("wamid.new"), again).await;
    let old = about(job, status("wamid.old", Delivery::Failed));
    assert_eq!(receive(&store, old, again + 1).await, Arrived::Duplicate { contact: ana });
    assert_eq!(delivery(&store, ana).await, (Some(Delivery::Sent), None));
}
