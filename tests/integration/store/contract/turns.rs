//! Turns: all of it or nothing (R38), each for itself.

use std::sync::Arc;

use frontdesk::store::{
    Arrived, AuditRow, Card, Fact, FactCount, NewEntry, OccurrenceQuery, Preview, Store, ThreadQuery, TurnCommit,
    TurnProblem, Who,
};

use crate::store::help::{
    at, claim, claimed, commit, contact, entry, job, known, load, message, receive, saying, standing, turn, waiting,
};

fn whole(contact: i64) -> ThreadQuery {
    ThreadQuery { contact, before: None, after: 0, limit: 100 }
}

fn fact(name: &str, queue: &str, detail: &str) -> Fact {
    Fact { name: name.into(), queue: Some(queue.into()), agent: Some("Noa".into()), detail: Some(detail.into()) }
}

fn audit(what: &str) -> AuditRow {
    AuditRow { at: at(10), who: "Noa".into(), what: what.into(), about: "contact 1".into() }
}

pub async fn a_turn_is_seen_whole(store: Arc<dyn Store>) {
    let ana = contact(&store, "1555").await;
    let card = Card {
        enquiry: Some(3),
        state: Some("waiting".into()),
        since: Some(at(1)),
        opened_at: Some(at(2)),
        version: Some("v1".into()),
        flow: Some("order".into()),
        question: Some("number".into()),
        queue: Some("lab".into()),
        agent: Some("Noa".into()),
        place: Some(at(3)),
        promise_at: Some(at(4)),
        reply_due: Some(at(5)),
        wrote_at: Some(at(6)),
        last_human_at: Some(at(7)),
        subject: Some("an order".into()),
        preview: Some(Preview { text: "שלום".into(), agent: Some("Noa".into()) }),
    };
    let came = NewEntry { message_id: Some("wamid.1".into()), secret: true, ..entry(Who::Customer, "\"hi\"") };
    let full = TurnCommit {
        card: card.clone(),
        entries: vec![came, entry(Who::Note(Some("Noa".into())), "n"), entry(Who::Agent("Noa".into()), "yes")],
        jobs: vec![job("read", None), job("yes", Some(2))],
        timers: vec![("reminder".into(), at(100)), ("close".into(), at(50))],
        reasons: "[\"R7\"]".into(),
        facts: vec![fact("handoff", "lab", "order")],
        audit: Some(audit("reply")),
        ..turn(ana, 0)
    };
    let committed = store.commit_turns(vec![full]).await.unwrap().remove(0).unwrap();
    assert_eq!((committed.contact, committed.row_version, committed.entries.as_slice()), (ana, 1, &[1, 2, 3][..]));
    assert_eq!(committed.jobs.len(), 2);

    let loaded = load(&store, ana).await;
    assert_eq!((loaded.contact.state.as_deref(), loaded.contact.form), (Some("{\"turn\":1}"), 1));
    assert_eq!(loaded.contact.row_version, 1);
    let timers: Vec<_> = loaded.timers.iter().map(|timer| (timer.kind.as_str(), timer.due, timer.armed_by)).collect();
    assert_eq!(timers, [("close", at(50), 1), ("reminder", at(100), 1)]);

    let thread = store.thread(whole(ana)).await.unwrap();
    let lines: Vec<_> =
        thread.iter().map(|line| (line.seq, line.turn, line.who.clone(), line.message.as_str())).collect();
    let note = Who::Note(Some("Noa".into()));
    assert_eq!(lines, [(1, 1, Who::Customer, "\"hi\""), (2, 1, note, "n"), (3, 1, Who::Agent("Noa".into()), "yes")]);
    assert_eq!((thread[0].message_id.as_deref(), thread[0].secret, thread[0].delivery), (Some("wamid.1"), true, None));
    assert_eq!((thread[0].at, thread[0].enquiry, thread[2].secret), (at(10), Some(1), false));

    let case = store.cases(frontdesk::store::CaseQuery { limit: 10, ..Default::default() }).await.unwrap().remove(0);
    assert_eq!((case.contact, case.row_version, case.card), (ana, 1, card));
    assert_eq!(store.why(ana, None, 10).await.unwrap()[0].reasons, "[\"R7\"]");
    assert_eq!(store.facts(at(0), at(11)).await.unwrap()[0].count, 1);
    assert_eq!(store.audit_log(None, 10).await.unwrap()[0].1, audit("reply"));
    assert_eq!(claim(&store, 10).await[0].id, committed.jobs[0]);
}

pub async fn what_a_turn_took_is_gone_from_the_inbox(store: Arc<dyn Store>) {
    let ana = known("1555", "");
    let Arrived::Stored { contact, inbox } = receive(&store, message(&ana, "a", 1), 1).await else { panic!() };
    receive(&store, message(&ana, "b", 2), 2).await;
    commit(&store, TurnCommit { taken: vec![inbox], ..turn(contact, 0) }).await;
    assert_eq!(waiting(&store, contact).await, ["b"]);
}

pub async fn a_turn_that_was_overtaken_leaves_no_trace(store: Arc<dyn Store>) {
    let Arrived::Stored { contact, inbox } = receive(&store, message(&known("1555", ""), "a", 1), 1).await else {
        panic!()
    };
    commit(&store, turn(contact, 0)).await;
    let late = TurnCommit {
        taken: vec![inbox],
        timers: vec![("close".into(), at(1))],
        facts: vec![fact("handoff", "lab", "x")],
        audit: Some(audit("take")),
        card: standing(contact, 0, "waiting").card,
        ..saying(contact, 0, &["late"])
    };
    let answer = store.commit_turns(vec![late.clone()]).await.unwrap().remove(0);
    assert_eq!(answer, Err(TurnProblem::Moved { found: 1 }));
    let future = TurnCommit { expected: 7, ..late };
    assert_eq!(store.commit_turns(vec![future]).await.unwrap().remove(0), Err(TurnProblem::Moved { found: 1 }));
    let loaded = load(&store, contact).await;
    assert_eq!((loaded.contact.row_version, loaded.inbox.len(), loaded.timers.len()), (1, 1, 0));
    assert_eq!(store.thread(whole(contact)).await.unwrap(), []);
    assert_eq!(store.facts(at(0), at(100)).await.unwrap(), []);
    assert_eq!(store.audit_log(None, 10).await.unwrap(), []);
    assert_eq!(store.depths().await.unwrap().open, 0);
    assert_eq!(claimed(&store, 100).await, [""; 0]);
}

pub async fn a_row_is_taken_once(store: Arc<dyn Store>) {
    let Arrived::Stored { contact: ana, inbox } = receive(&store, message(&known("1", ""), "a", 1), 1).await else {
        panic!()
    };
    let ben = contact(&store, "2").await;
    let stolen = TurnCommit { taken: vec![inbox], ..turn(ben, 0) };
    assert_eq!(store.commit_turns(vec![stolen]).await.unwrap().remove(0), Err(TurnProblem::Taken { inbox }));
    commit(&store, TurnCommit { taken: vec![inbox], ..turn(ana, 0) }).await;
    let again = TurnCommit { taken: vec![inbox], ..turn(ana, 1) };
    assert_eq!(store.commit_turns(vec![again]).await.unwrap().remove(0), Err(TurnProblem::Taken { inbox }));
    assert_eq!(load(&store, ana).await.contact.row_version, 1);
    assert_eq!(load(&store, ben).await.contact.row_version, 0);
}

pub async fn nobodys_turn_is_refused(store: Arc<dyn Store>) {
    assert_eq!(store.commit_turns(vec![turn(4711, 0)]).await.unwrap().remove(0), Err(TurnProblem::NoContact));
    assert_eq!(store.commit_turns(vec![]).await.unwrap(), []);
}

pub async fn a_job_without_its_entry_is_refused(store: Arc<dyn Store>) {
    let ana = contact(&store, "1555").await;
    let broken = TurnCommit { jobs: vec![job("x", Some(1))], ..saying(ana, 0, &["one"]) };
    assert_eq!(store.commit_turns(vec![broken]).await.unwrap().remove(0), Err(TurnProblem::NoEntry { entry: 1 }));
    assert_eq!(store.thread(whole(ana)).await.unwrap(), []);
    assert_eq!(load(&store, ana).await.contact.row_version, 0);
}

pub async fn a_bad_neighbour_hurts_nobody(store: Arc<dyn Store>) {
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    let bad = TurnCommit { jobs: vec![job("x", Some(9))], ..saying(ben, 0, &["never"]) };
    let turns = vec![saying(ana, 0, &["first"]), bad, turn(4711, 0), saying(ben, 0, &["second"])];
    let answers = store.commit_turns(turns).await.unwrap();
    let well: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(well, [true, false, false, true]);
    assert_eq!(claimed(&store, 10).await, ["first", "second"]);
}

pub async fn two_turns_of_one_contact_in_one_batch_follow_each_other(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    let answers = store.commit_turns(vec![saying(ana, 0, &["one"]), saying(ana, 1, &["two"])]).await.unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let lines: Vec<_> = store.thread(whole(ana)).await.unwrap().into_iter().map(|line| (line.seq, line.turn)).collect();
    assert_eq!(lines, [(1, 1), (2, 2)]);
}

pub async fn facts_are_counted_by_name_queue_and_detail(store: Arc<dyn Store>) {
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    let handoff = fact("handoff", "lab", "order");
    for (contact, expected, facts) in [
        (ana, 0, vec![handoff.clone(), fact("handoff", "lab", "late")]),
        (ben, 0, vec![handoff.clone(), fact("promise_kept", "lab", "")]),
    ] {
        commit(&store, TurnCommit { facts, ..turn(contact, expected) }).await;
    }
    commit(&store, TurnCommit { facts: vec![handoff], at: at(500), ..turn(ana, 1) }).await;
    let count = |name: &str, detail: &str, count| FactCount {
        name: name.into(),
        queue: Some("lab".into()),
        detail: Some(detail.into()),
        count,
    };
    let expected = [count("handoff", "late", 1), count("handoff", "order", 2), count("promise_kept", "", 1)];
    assert_eq!(store.facts(at(10), at(500)).await.unwrap(), expected);
    assert_eq!(store.facts(at(11), at(501)).await.unwrap(), [count("handoff", "order", 1)]);
}

pub async fn what_happened_is_found_with_to_whom_it_did(store: Arc<dyn Store>) {
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    let missed = |detail: &str| fact("missed", "lab", detail);
    commit(&store, TurnCommit { facts: vec![missed("a"), fact("handoff", "lab", "x")], ..turn(ana, 0) }).await;
    commit(&store, TurnCommit { facts: vec![missed("b")], at: at(20), ..turn(ben, 0) }).await;
    commit(&store, TurnCommit { facts: vec![missed("c"), missed("d")], at: at(30), ..turn(ana, 1) }).await;
    let query =
        |from, to, after, limit| OccurrenceQuery { name: "missed".into(), from: at(from), to: at(to), after, limit };
    let found = async |query: OccurrenceQuery| {
        let found = store.occurrences(query).await.unwrap();
        found.into_iter().map(|found| (found.contact, found.at, found.detail.unwrap())).collect::<Vec<_>>()
    };
    let [a, b, c, d] = [(ana, at(10), "a"), (ben, at(20), "b"), (ana, at(30), "c"), (ana, at(30), "d")]
        .map(|(contact, at, detail)| (contact, at, detail.to_owned()));
    assert_eq!(found(query(0, 100, 0, 10)).await, [a.clone(), b.clone(), c.clone(), d.clone()]);
    assert_eq!(found(query(20, 30, 0, 10)).await, std::slice::from_ref(&b));
    assert_eq!(found(query(0, 100, 0, 2)).await, [a, b.clone()]);
    let second = store.occurrences(query(0, 100, 0, 2)).await.unwrap()[1].number;
    assert_eq!(found(query(0, 100, second, 2)).await, [c, d]);
    assert!(store.erase(ana, AuditRow::erasure("Noa", ana, at(40))).await.unwrap());
    assert_eq!(found(query(0, 100, 0, 10)).await, [b], "what happened to who was erased is nobody's");
}
