//! Receiving (R2): durable, once, all or nothing, and in the order WhatsApp stamped.

use std::sync::Arc;

use frontdesk::store::{Arrival, Arrived, InboxKind, Store};

use crate::store::help::{NUMBER, at, commit, contact, known, load, message, receive, turn, waiting};

pub async fn what_arrives_waits_for_the_contact(store: Arc<dyn Store>) {
    let ana = known("1555", "US.1");
    let echo = Arrival::Message {
        number_id: NUMBER.into(),
        who: ana.clone(),
        kind: InboxKind::Echo,
        message_id: "b".into(),
        at: at(2),
        payload: "{\"echo\":1}".into(),
    };
    let arrived = store.receive(vec![message(&ana, "a", 1), echo], at(5)).await.unwrap();
    let [Arrived::Stored { contact, inbox: first }, Arrived::Stored { contact: same, inbox: second }] = arrived[..]
    else {
        panic!("{arrived:?}")
    };
    assert_eq!((contact, arrived[0].woken()), (same, Some(contact)));
    let loaded = load(&store, contact).await;
    assert_eq!(
        (loaded.contact.id, loaded.contact.number_id.as_str(), loaded.contact.row_version),
        (contact, NUMBER, 0)
    );
    assert_eq!((loaded.contact.who, loaded.contact.state), (ana, None));
    let rows: Vec<_> = loaded.inbox.iter().map(|row| (row.id, row.kind, row.at, row.payload.as_str())).collect();
    assert_eq!(rows, [(first, InboxKind::Message, at(1), "a"), (second, InboxKind::Echo, at(2), "{\"echo\":1}")]);
    assert!(loaded.inbox.iter().all(|row| row.received_at == at(5)));
}

pub async fn what_was_delivered_before_changes_nothing(store: Arc<dyn Store>) {
    let ana = known("1555", "");
    let Arrived::Stored { contact, inbox } = receive(&store, message(&ana, "a", 1), 1).await else { panic!() };
    assert_eq!(receive(&store, message(&ana, "a", 1), 2).await, Arrived::Duplicate { contact });
    commit(&store, frontdesk::store::TurnCommit { taken: vec![inbox], ..turn(contact, 0) }).await;
    assert_eq!(receive(&store, message(&ana, "a", 1), 3).await, Arrived::Duplicate { contact }, "a turn took it");
    assert_eq!(waiting(&store, contact).await, [""; 0]);
    let twice = store.receive(vec![message(&ana, "b", 4), message(&ana, "b", 4)], at(4)).await.unwrap();
    assert_eq!(twice[1], Arrived::Duplicate { contact }, "in one delivery");
    assert_eq!(twice[1].woken(), None);
}

pub async fn one_id_on_two_numbers_is_two_messages(store: Arc<dyn Store>) {
    let ana = known("1555", "");
    receive(&store, message(&ana, "a", 1), 1).await;
    let Arrival::Message { who, kind, message_id, at: stamped, payload, .. } = message(&ana, "a", 1) else { panic!() };
    let other = Arrival::Message { number_id: "200".into(), who, kind, message_id, at: stamped, payload };
    assert!(matches!(receive(&store, other, 1).await, Arrived::Stored { .. }));
}

pub async fn a_delivery_can_hold_many_customers(store: Arc<dyn Store>) {
    let (ana, ben) = (known("1555", ""), known("1666", ""));
    let arrived = store.receive(vec![message(&ana, "a", 1), message(&ben, "b", 1)], at(1)).await.unwrap();
    assert_eq!(arrived.len(), 2);
    assert_eq!(store.pending(0, 10).await.unwrap().len(), 2);
    assert_eq!(store.receive(vec![], at(1)).await.unwrap(), []);
}

pub async fn messages_wait_in_the_order_they_were_stamped(store: Arc<dyn Store>) {
    let ana = known("1555", "");
    for (id, stamped) in [("third", 30), ("first", 10), ("second", 20), ("second too", 20)] {
        receive(&store, message(&ana, id, stamped), 40).await;
    }
    let id = contact(&store, "1555").await;
    assert_eq!(waiting(&store, id).await, ["first", "second", "second too", "third"]);
}

pub async fn those_for_whom_something_waits_are_paged(store: Arc<dyn Store>) {
    let mut contacts = Vec::new();
    for (who, id, now) in [("1", "a", 1), ("2", "b", 2), ("1", "c", 5), ("3", "d", 6)] {
        receive(&store, message(&known(who, ""), id, now), now).await;
    }
    for who in ["1", "2", "3"] {
        contacts.push(contact(&store, who).await);
    }
    contact(&store, "4").await;
    let first = store.pending(0, 2).await.unwrap();
    let seen: Vec<_> = first.iter().map(|p| (p.contact, p.first, p.last, p.count)).collect();
    assert_eq!(seen, [(contacts[0], at(1), at(5), 2), (contacts[1], at(2), at(2), 1)]);
    let rest = store.pending(contacts[1], 2).await.unwrap();
    assert_eq!(rest.iter().map(|p| p.contact).collect::<Vec<_>>(), [contacts[2]]);
}
