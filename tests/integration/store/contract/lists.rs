//! The desk's lists.

use std::sync::Arc;

use frontdesk::store::{Card, CaseQuery, ContactId, Depths, Preview, Sort, Store, TurnCommit};

use crate::store::help::{at, commit, contact, job, known, message, receive, standing, turn};

/// A contact by this number whose enquiry has this card.
async fn put(store: &Arc<dyn Store>, wa_id: &str, card: Card) -> ContactId {
    let id = contact(store, wa_id).await;
    commit(store, TurnCommit { card, ..turn(id, 0) }).await;
    id
}

fn card(state: &str, queue: &str, agent: &str) -> Card {
    let part = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty());
    Card { state: part(state), queue: part(queue), agent: part(agent), ..Card::default() }
}

async fn listed(store: &Arc<dyn Store>, query: CaseQuery) -> Vec<ContactId> {
    store.cases(CaseQuery { limit: 100, ..query }).await.unwrap().into_iter().map(|case| case.contact).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub async fn open_enquiries_are_listed_and_ended_ones_are_not(store: Arc<dyn Store>) {
    let waiting = put(&store, "1", card("waiting", "lab", "")).await;
    let ended = put(&store, "2", card("ended", "lab", "")).await;
    let new = put(&store, "3", Card::default()).await;
    contact(&store, "4").await;
    assert_eq!(listed(&store, CaseQuery::default()).await, [waiting]);
    assert_eq!(listed(&store, CaseQuery { states: words(&["ended"]), ..Default::default() }).await, [ended]);
    let both = CaseQuery { states: words(&["ended", "waiting"]), ..Default::default() };
    assert_eq!(listed(&store, both).await, [waiting, ended]);
    assert_ne!(new, waiting);
    commit(&store, standing(waiting, 1, "ended")).await;
    assert_eq!(listed(&store, CaseQuery::default()).await, [0; 0]);
}

pub async fn lists_are_narrowed(store: Arc<dyn Store>) {
    let lab = put(&store, "1", card("waiting", "lab", "")).await;
    let noa = put(&store, "2", card("needs_reply", "lab", "Noa")).await;
    let bill = put(&store, "3", card("needs_reply", "billing", "Ben")).await;
    let bot = put(&store, "4", card("bot", "", "")).await;
    let elsewhere = store.contact("200".into(), known("1", ""), at(0)).await.unwrap().id;
    commit(&store, standing(elsewhere, 0, "waiting")).await;
    for (query, expected) in [
        (CaseQuery { states: words(&["needs_reply"]), ..Default::default() }, vec![noa, bill]),
        (CaseQuery { queues: words(&["lab"]), ..Default::default() }, vec![lab, noa]),
        (CaseQuery { queues: words(&["lab", "billing"]), ..Default::default() }, vec![lab, noa, bill]),
        (CaseQuery { agent: Some("Noa".into()), ..Default::default() }, vec![noa]),
        (CaseQuery { agent: Some("Noa' OR 1=1 --".into()), ..Default::default() }, vec![]),
        (CaseQuery { number_id: Some("200".into()), ..Default::default() }, vec![elsewhere]),
        (CaseQuery::default(), vec![lab, noa, bill, bot, elsewhere]),
    ] {
        assert_eq!(listed(&store, query.clone()).await, expected, "{query:?}");
    }
}

pub async fn lists_are_sorted(store: Arc<dyn Store>) {
    let time = |seconds: i64| Some(at(seconds)).filter(|_| seconds > 0);
    let mut ids = Vec::new();
    for (who, place, since, promise, due, wrote, human) in
        [("1", 30, 1, 50, 90, 9, 5), ("2", 10, 2, 0, 40, 0, 7), ("3", 0, 20, 0, 0, 8, 6), ("4", 0, 0, 60, 0, 8, 0)]
    {
        let card = Card {
            state: Some("waiting".into()),
            place: time(place),
            since: time(since),
            promise_at: time(promise),
            reply_due: time(due),
            wrote_at: time(wrote),
            last_human_at: time(human),
            ..Card::default()
        };
        ids.push(put(&store, who, card).await);
    }
    for (sort, order) in [
        (Sort::Place, [2, 3, 1, 4]),
        (Sort::Due, [2, 1, 4, 3]),
        (Sort::LongestAgo, [3, 4, 1, 2]),
        (Sort::Latest, [2, 3, 1, 4]),
    ] {
        let listed = listed(&store, CaseQuery { sort, ..Default::default() }).await;
        assert_eq!(listed, order.map(|position| ids[position - 1]), "{sort:?}");
    }
}

pub async fn lists_are_paged(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for who in ["1", "2", "3"] {
        ids.push(put(&store, who, card("waiting", "", "")).await);
    }
    let page = |offset| CaseQuery { limit: 2, offset, ..Default::default() };
    let contacts = |cases: Vec<frontdesk::store::Case>| cases.iter().map(|case| case.contact).collect::<Vec<_>>();
    assert_eq!(contacts(store.cases(page(0)).await.unwrap()), ids[..2]);
    assert_eq!(contacts(store.cases(page(2)).await.unwrap()), ids[2..]);
    assert_eq!(contacts(store.cases(CaseQuery { limit: 0, ..Default::default() }).await.unwrap()), [0; 0]);
    let most = CaseQuery { limit: u32::MAX, ..Default::default() };
    assert_eq!(store.cases(most).await.unwrap().len(), 3);
}

pub async fn a_turn_without_a_word_leaves_the_last_one_shown(store: Arc<dyn Store>) {
    let said = |text: &str, agent: Option<&str>| Some(Preview { text: text.into(), agent: agent.map(str::to_owned) });
    let case = async || store.cases(CaseQuery { limit: 1, ..Default::default() }).await.unwrap().remove(0).card;
    let shown = Card { preview: said("hello", Some("Noa")), subject: Some("a bill".into()), ..card("bot", "", "") };
    let ana = put(&store, "1", shown).await;
    commit(&store, standing(ana, 1, "waiting")).await;
    assert_eq!((case().await.preview, case().await.subject), (said("hello", Some("Noa")), None));
    let standing = standing(ana, 2, "waiting");
    commit(&store, TurnCommit { card: Card { preview: said("hi", None), ..standing.card.clone() }, ..standing }).await;
    assert_eq!(case().await.preview, said("hi", None), "now the customer");
}

pub async fn open_contacts_are_paged(store: Arc<dyn Store>) {
    let first = put(&store, "1", card("waiting", "", "")).await;
    put(&store, "2", card("ended", "", "")).await;
    let third = put(&store, "3", card("bot", "", "")).await;
    let page = store.open_contacts(0, 1).await.unwrap();
    assert_eq!((page.len(), page[0].id, page[0].state.as_deref()), (1, first, Some("{\"turn\":1}")));
    let page = store.open_contacts(first, 10).await.unwrap();
    assert_eq!(page.iter().map(|contact| contact.id).collect::<Vec<_>>(), [third]);
}

pub async fn depths_count_what_waits(store: Arc<dyn Store>) {
    assert_eq!(store.depths().await.unwrap(), Depths::default());
    receive(&store, message(&known("1", ""), "a", 1), 1).await;
    let ana = contact(&store, "1").await;
    let busy = TurnCommit {
        jobs: vec![job("x", None), job("y", None)],
        timers: vec![("close".into(), at(1)), ("abandon".into(), at(2)), ("reminder".into(), at(3))],
        ..standing(ana, 0, "waiting")
    };
    commit(&store, busy).await;
    assert_eq!(store.depths().await.unwrap(), Depths { inbox: 1, outbox: 2, timers: 3, open: 1 });
}
