//! One contact, one thread (R1), whatever WhatsApp calls the customer.

use std::sync::Arc;

use frontdesk::store::{Arrival, Arrived, ContactId, Identity, InboxKind, Store};

use crate::store::help::{NUMBER, at, commit, contact, known, load, message, receive, turn, waiting};

/// The contact that a message by this identity lands with.
async fn writes(store: &Arc<dyn Store>, who: &Identity, id: &str, stamped: i64) -> ContactId {
    match receive(store, message(who, id, stamped), stamped).await {
        Arrived::Stored { contact, .. } => contact,
        other => panic!("{other:?}"),
    }
}

fn renamed(old: Identity, new: Identity, stamped: i64) -> Arrival {
    Arrival::Renamed { number_id: NUMBER.into(), old, new, at: at(stamped), payload: "renamed".into() }
}

pub async fn a_customer_is_known_by_number_by_id_and_by_both(store: Arc<dyn Store>) {
    let by_number = writes(&store, &known("1555", ""), "a", 1).await;
    assert_eq!(writes(&store, &known("1555", "US.1"), "b", 2).await, by_number, "the id is learnt beside the number");
    assert_eq!(writes(&store, &known("", "US.1"), "c", 3).await, by_number, "and is enough from then on");
    assert_eq!(load(&store, by_number).await.contact.who, known("1555", "US.1"));
    let by_id = writes(&store, &known("", "US.2"), "d", 4).await;
    assert_ne!(by_id, by_number);
    assert_eq!(writes(&store, &known("1666", "US.2"), "e", 5).await, by_id, "the number is learnt beside the id");
    assert_eq!(writes(&store, &known("1666", ""), "f", 6).await, by_id);
    assert_eq!(waiting(&store, by_id).await, ["d", "e", "f"]);
}

pub async fn the_same_customer_on_another_number_is_another_contact(store: Arc<dyn Store>) {
    let here = store.contact(NUMBER.into(), known("1555", "US.1"), at(1)).await.unwrap();
    let there = store.contact("200".into(), known("1555", "US.1"), at(1)).await.unwrap();
    assert_ne!(here.id, there.id);
    assert_eq!((here.number_id.as_str(), there.number_id.as_str()), (NUMBER, "200"));
}

pub async fn a_contact_is_made_once(store: Arc<dyn Store>) {
    assert_eq!(store.find_contact(NUMBER.into(), known("1555", ""), at(1)).await.unwrap(), None);
    let made = store.contact(NUMBER.into(), known("1555", ""), at(1)).await.unwrap();
    assert_eq!(store.contact(NUMBER.into(), known("1555", ""), at(2)).await.unwrap(), made);
    assert_eq!(store.find_contact(NUMBER.into(), known("1555", ""), at(2)).await.unwrap(), Some(made));
    assert_eq!(store.load(vec![999_999]).await.unwrap(), []);
}

pub async fn a_name_is_kept_up_to_date(store: Arc<dyn Store>) {
    let named = |name: &str| Identity { name: Some(name.to_owned()), ..known("1555", "") };
    let id = writes(&store, &named("Ana"), "a", 1).await;
    writes(&store, &named(""), "b", 2).await;
    writes(&store, &known("1555", ""), "c", 3).await;
    assert_eq!(load(&store, id).await.contact.who.name.as_deref(), Some("Ana"), "no name is no news");
    writes(&store, &named("Ana Maria"), "d", 4).await;
    assert_eq!(load(&store, id).await.contact.who.name.as_deref(), Some("Ana Maria"));
}

pub async fn a_changed_number_leads_to_the_same_thread(store: Arc<dyn Store>) {
    let id = writes(&store, &known("1555", ""), "a", 1).await;
    let told = receive(&store, renamed(known("1555", ""), known("1777", ""), 5), 5).await;
    assert_eq!(told.woken(), Some(id), "the conversation hears of it");
    assert_eq!(load(&store, id).await.contact.who.wa_id.as_deref(), Some("1777"), "where answers go");
    assert_eq!(writes(&store, &known("1777", ""), "b", 6).await, id);
    let kinds: Vec<_> = load(&store, id).await.inbox.into_iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [InboxKind::Message, InboxKind::Renamed, InboxKind::Message]);
    let told = receive(&store, renamed(known("1777", ""), known("", "US.9"), 7), 7).await;
    assert_eq!(told.woken(), Some(id));
    assert_eq!(load(&store, id).await.contact.who, known("1777", "US.9"), "parts that are missing stay");
}

pub async fn what_overtook_the_notice_of_a_change_comes_into_the_thread(store: Arc<dyn Store>) {
    let ana = writes(&store, &known("1555", "US.1"), "a", 1).await;
    let early = writes(&store, &Identity { name: Some("Ana B".into()), ..known("1777", "US.2") }, "b", 6).await;
    assert_ne!(early, ana, "nobody said who that is");
    let told = receive(&store, renamed(known("1555", ""), known("1777", ""), 5), 7).await;
    assert_eq!(told.woken(), Some(ana));
    assert_eq!(waiting(&store, ana).await, ["a", "renamed", "b"]);
    assert_eq!(store.load(vec![early]).await.unwrap(), [], "the second thread is gone");
    let who = Identity { name: Some("Ana B".into()), ..known("1777", "US.2") };
    assert_eq!(load(&store, ana).await.contact.who, who, "where answers go");
    assert_eq!(receive(&store, message(&who, "b", 6), 8).await, Arrived::Duplicate { contact: ana });
    for (who, id) in [(known("", "US.2"), "c"), (known("1777", ""), "d")] {
        assert_eq!(writes(&store, &who, id, 9).await, ana, "{who:?}");
    }
    assert_eq!(writes(&store, &known("", "US.1"), "late", 2).await, ana, "a message from before the change");
}

pub async fn who_had_the_number_before_the_change_is_somebody_else(store: Arc<dyn Store>) {
    let ana = writes(&store, &known("1555", ""), "a", 1).await;
    let ben = writes(&store, &known("1777", "US.2"), "b", 2).await;
    receive(&store, renamed(known("1555", ""), known("1777", ""), 5), 6).await;
    assert_eq!(waiting(&store, ana).await, ["a", "renamed"]);
    assert_eq!(waiting(&store, ben).await, ["b"]);
    assert_eq!(load(&store, ana).await.contact.who, known("1777", ""));
    assert_eq!(writes(&store, &known("", "US.2"), "c", 7).await, ben);
}

pub async fn a_thread_that_was_answered_before_the_notice_keeps_what_was_said(store: Arc<dyn Store>) {
    let ana = writes(&store, &known("1555", ""), "a", 1).await;
    let early = writes(&store, &known("1777", ""), "b", 6).await;
    commit(&store, turn(early, 0)).await;
    writes(&store, &known("1777", ""), "c", 7).await;
    receive(&store, renamed(known("1555", ""), known("1777", ""), 5), 8).await;
    assert_eq!(waiting(&store, early).await, ["b", "c"]);
    assert_eq!(writes(&store, &known("1777", ""), "d", 9).await, ana);
}

pub async fn a_change_told_again_changes_nothing(store: Arc<dyn Store>) {
    let id = writes(&store, &known("1555", ""), "a", 1).await;
    let change = renamed(known("1555", ""), known("1777", ""), 5);
    receive(&store, change.clone(), 5).await;
    assert_eq!(receive(&store, change.clone(), 6).await, Arrived::Duplicate { contact: id });
    assert_eq!(receive(&store, change, 600).await, Arrived::Duplicate { contact: id });
    assert_eq!(waiting(&store, id).await, ["a", "renamed"]);
}

pub async fn a_change_of_somebody_unknown_is_nothing(store: Arc<dyn Store>) {
    assert_eq!(receive(&store, renamed(known("1", ""), known("2", ""), 1), 1).await, Arrived::Unknown);
    assert_eq!(store.find_contact(NUMBER.into(), known("2", ""), at(1)).await.unwrap(), None);
}

pub async fn a_number_given_to_somebody_else_is_theirs(store: Arc<dyn Store>) {
    let ana = writes(&store, &known("1555", ""), "a", 1).await;
    receive(&store, renamed(known("1555", ""), known("1777", ""), 5), 5).await;
    let ben = writes(&store, &known("1555", ""), "b", 10).await;
    assert_ne!(ben, ana, "the operator gave Ana's old number to Ben");
    assert_eq!(writes(&store, &known("1777", ""), "c", 11).await, ana);
    assert_eq!(contact(&store, "1555").await, ben);
}

pub async fn a_late_message_from_a_left_number_finds_the_old_thread(store: Arc<dyn Store>) {
    let ana = writes(&store, &known("1555", ""), "a", 1).await;
    receive(&store, renamed(known("1555", ""), known("1777", ""), 50), 50).await;
    assert_eq!(writes(&store, &known("1555", ""), "late", 20).await, ana);
    assert_eq!(load(&store, ana).await.contact.who.wa_id.as_deref(), Some("1777"));
}

pub async fn a_message_from_just_before_a_change_finds_the_old_thread_whatever_our_clock_says(store: Arc<dyn Store>) {
    let ana = writes(&store, &known("1555", ""), "a", 1).await;
    // The clock of whoever hears of it is 20 s behind that of WhatsApp.
    receive(&store, renamed(known("1555", ""), known("1777", ""), 50), 30).await;
    let late = receive(&store, message(&known("1555", ""), "late", 49), 31).await;
    assert_eq!(late.woken(), Some(ana));
    assert_eq!(load(&store, ana).await.contact.who.wa_id.as_deref(), Some("1777"), "where answers go");
    // They heard of it late: what was written from there meanwhile is the next owner's.
    receive(&store, renamed(known("1777", ""), known("1888", ""), 60), 300).await;
    assert_ne!(writes(&store, &known("1777", ""), "b", 70).await, ana);
}

pub async fn a_change_told_again_after_the_next_one_changes_nothing(store: Arc<dyn Store>) {
    let id = writes(&store, &known("1555", ""), "a", 1).await;
    let first = renamed(known("1555", ""), known("1777", ""), 5);
    receive(&store, first.clone(), 5).await;
    receive(&store, renamed(known("1777", ""), known("1888", ""), 10), 10).await;
    assert_eq!(receive(&store, first.clone(), 12).await, Arrived::Duplicate { contact: id });
    assert_eq!(load(&store, id).await.contact.who.wa_id.as_deref(), Some("1888"));
    receive(&store, renamed(known("1888", ""), known("1555", ""), 20), 20).await;
    assert_eq!(receive(&store, first, 22).await, Arrived::Duplicate { contact: id });
    assert_eq!(load(&store, id).await.contact.who.wa_id.as_deref(), Some("1555"), "they took their first number again");
}

pub async fn two_threads_that_prove_to_be_one_customers_go_on_in_that_of_the_id(store: Arc<dyn Store>) {
    let by_number = writes(&store, &known("1555", ""), "a", 1).await;
    let by_id = writes(&store, &known("", "US.1"), "b", 2).await;
    assert_ne!(by_number, by_id);
    for (who, id) in [(known("1555", "US.1"), "c"), (known("1555", ""), "d"), (known("", "US.1"), "e")] {
        assert_eq!(writes(&store, &who, id, 3).await, by_id, "{who:?}");
    }
    assert_eq!(load(&store, by_id).await.contact.who, known("1555", "US.1"));
    assert_eq!(waiting(&store, by_number).await, ["a"], "what was written to the other stays there");
}
