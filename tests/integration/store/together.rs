//! What arrives or is committed together comes to the same as one after another: PostgreSQL, which writes a whole batch by
//! one statement a table, beside SQLite, which goes one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use frontdesk::store::{
    Arrival, Arrived, ContactId, Identity, SqliteSettings, SqliteStore, Store, TurnCommit, TurnProblem,
};
use proptest::prelude::*;

use crate::postgres_server::{database, open, shared};

use super::help::{NUMBER, at, contact, known, load, message, saying, waiting};

/// Who writes, which message, when: of few customers and few messages, so that they meet.
#[derive(Debug, Clone)]
enum Coming {
    Message { who: (u8, u8), named: bool, id: u8, stamped: i64 },
    Renamed { old: u8, new: u8, stamped: i64 },
}

fn coming() -> impl Strategy<Value = Coming> {
    let who = (0..4_u8, 0..4_u8).prop_filter("by something", |who| *who != (0, 0));
    prop_oneof![
        9 => (who, any::<bool>(), 0..20_u8, 0..3_i64)
            .prop_map(|(who, named, id, stamped)| Coming::Message { who, named, id, stamped }),
        1 => (1..4_u8, 1..4_u8, 0..3_i64).prop_map(|(old, new, stamped)| Coming::Renamed { old, new, stamped }),
    ]
}

fn part(kind: &str, number: u8) -> String {
    if number == 0 { String::new() } else { format!("{kind}{number}") }
}

fn arrival(coming: &Coming) -> Arrival {
    match *coming {
        Coming::Message { who: (wa_id, user_id), named, id, stamped } => {
            let name = named.then(|| format!("{wa_id} {user_id}"));
            let who = Identity { name, ..known(&part("w", wa_id), &part("u", user_id)) };
            message(&who, &format!("m{id}"), stamped)
        }
        Coming::Renamed { old, new, stamped } => Arrival::Renamed {
            number_id: NUMBER.into(),
            old: known(&part("w", old), ""),
            new: known(&part("w", new), ""),
            at: at(stamped),
            payload: format!("w{old} w{new}"),
        },
    }
}

/// What came, with contacts counted in the order in which they were first told of.
fn seen(came: &[Arrived], order: &mut Vec<ContactId>) -> Vec<(String, usize)> {
    let mut place = |contact: ContactId| {
        order.iter().position(|known| *known == contact).unwrap_or_else(|| {
            order.push(contact);
            order.len() - 1
        })
    };
    let told = |came: &Arrived| match *came {
        Arrived::Stored { contact, .. } => ("stored".to_owned(), place(contact)),
        Arrived::Duplicate { contact } => ("duplicate".to_owned(), place(contact)),
        ref other => (format!("{other:?}"), 0),
    };
    came.iter().map(told).collect()
}

/// What each contact has waiting, and is known by; none where two proved to be one, and this one is gone.
async fn kept(store: &Arc<dyn Store>, order: &[ContactId]) -> Vec<Option<(Vec<String>, Identity)>> {
    let mut kept = Vec::new();
    for contact in order {
        let loaded = store.load(vec![*contact]).await.unwrap().pop();
        kept.push(loaded.map(|loaded| (loaded.inbox.into_iter().map(|row| row.payload).collect(), loaded.contact.who)));
    }
    kept
}

async fn two_stores() -> Option<[Arc<dyn Store>; 2]> {
    let server = shared()?;
    let name = database(server).await;
    let sqlite = SqliteStore::open(&SqliteSettings::memory()).unwrap();
    Some([Arc::new(open(server, &name).await), Arc::new(sqlite)])
}

async fn arrives_as_one_by_one(batches: &[Vec<Coming>]) {
    let Some([together, alone]) = two_stores().await else { return };
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for batch in batches {
        let arrivals: Vec<Arrival> = batch.iter().map(arrival).collect();
        let came = together.receive(arrivals.clone(), at(5)).await.unwrap();
        let mut one_by_one = Vec::new();
        for arrival in arrivals {
            one_by_one.extend(alone.receive(vec![arrival], at(5)).await.unwrap());
        }
        assert_eq!(seen(&came, &mut here), seen(&one_by_one, &mut there), "{batch:?} of {batches:?}");
        assert_eq!(kept(&together, &here).await, kept(&alone, &there).await, "{batch:?} of {batches:?}");
    }
}

#[test]
fn a_name_that_was_left_is_not_somebody_elses_before_its_time() {
    let message = |id, stamped| Coming::Message { who: (1, 0), named: false, id, stamped };
    let batches =
        [vec![message(0, 0)], vec![Coming::Renamed { old: 1, new: 2, stamped: 2 }], vec![message(1, 1), message(2, 3)]];
    block_on(arrives_as_one_by_one(&batches));
}

#[test]
fn what_two_who_prove_to_be_one_wrote_in_one_second_stays_in_order() {
    let message = |wa_id, named, id, stamped| Coming::Message { who: (wa_id, 0), named, id, stamped };
    // There is something to learn of who wrote first, and nothing of the other.
    let batches = [
        vec![message(3, false, 0, 0), message(2, false, 1, 2)],
        vec![message(2, true, 2, 2), message(3, false, 3, 2)],
        vec![Coming::Renamed { old: 3, new: 2, stamped: 1 }],
    ];
    block_on(arrives_as_one_by_one(&batches));
}

/// A turn of one of three contacts that builds on so many before it, and takes the rows of these places of the inbox.
type Turning = (usize, i64, Vec<usize>, usize);

fn answered(answer: &Result<frontdesk::store::Committed, TurnProblem>, rows: &BTreeMap<i64, usize>) -> String {
    match answer {
        Ok(done) => format!("{} {:?} {}", done.row_version, done.entries, done.jobs.len()),
        Err(TurnProblem::Taken { inbox }) => format!("taken {:?}", rows.get(inbox)),
        Err(other) => format!("{other:?}"),
    }
}

async fn turns_as_one_by_one(turns: &[Turning]) {
    let Some(stores) = two_stores().await else { return };
    let mut told = Vec::new();
    for (store, batch) in stores.iter().zip([usize::MAX, 1]) {
        let mut contacts = Vec::new();
        for name in ["w1", "w2", "w3"] {
            contacts.push(contact(store, name).await);
        }
        // One more that there is not.
        contacts.push(999);
        let said = ["a", "b"].map(|id| message(&known("w1", ""), id, 1));
        store.receive(said.to_vec(), at(1)).await.unwrap();
        let rows: Vec<i64> = load(store, contacts[0]).await.inbox.iter().map(|row| row.id).collect();
        let place_of: BTreeMap<i64, usize> = rows.iter().copied().zip(0..).collect();
        let commit = |(who, expected, taken, jobs): &Turning| {
            let texts: Vec<String> = (0..*jobs).map(|job| format!("{who} {expected} {job}")).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let taken = taken.iter().map(|place| rows[*place]).collect();
            TurnCommit { taken, ..saying(contacts[*who], *expected, &texts) }
        };
        let commits: Vec<TurnCommit> = turns.iter().map(commit).collect();
        let mut answers = Vec::new();
        for batch in commits.chunks(batch.min(commits.len())) {
            answers.extend(store.commit_turns(batch.to_vec()).await.unwrap());
        }
        let mut left = Vec::new();
        for contact in &contacts[..3] {
            let loaded = load(store, *contact).await;
            left.push((loaded.contact.row_version, loaded.contact.state, waiting(store, *contact).await));
        }
        told.push((answers.iter().map(|answer| answered(answer, &place_of)).collect::<Vec<_>>(), left));
    }
    assert_eq!(told[0], told[1], "{turns:?}");
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_arrives_together_comes_to_the_same_as_one_by_one(
        batches in prop::collection::vec(prop::collection::vec(coming(), 1..12), 1..4)
    ) {
        block_on(arrives_as_one_by_one(&batches));
    }

    #[test]
    fn turns_that_are_committed_together_come_to_the_same_as_one_by_one(
        turns in prop::collection::vec((0..4_usize, 0..3_i64, prop::collection::vec(0..2_usize, 0..2), 0..3_usize), 1..8)
    ) {
        block_on(turns_as_one_by_one(&turns));
    }
}
