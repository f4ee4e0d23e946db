//! PostgreSQL behind the seam: the contract, what can happen to a server, and what several nodes do at once.

use std::sync::Arc;
use std::time::Duration;

use frontdesk::store::postgres::Address;
use frontdesk::store::{
    Arrival, Arrived, Change, Identity, PostgresSettings, PostgresStore, Store, StoreError, TurnCommit, TurnProblem,
};

use super::help::{at, claim_as, claimed, commit, contact, finish, known, load, message, saying, sent, turn, waiting};
use crate::postgres_server::{Server, database, open, settings, shared};

/// A store of one test.
pub struct Stand {
    pub store: Arc<dyn Store>,
}

async fn fresh() -> Option<Stand> {
    let server = shared()?;
    let database = database(server).await;
    Some(Stand { store: Arc::new(open(server, &database).await) })
}

mod on_a_server {
    contract!(super::super::fresh);
}

/// Two nodes on one database.
async fn two_nodes() -> Option<[Arc<dyn Store>; 2]> {
    let server = shared()?;
    let database = database(server).await;
    Some([Arc::new(open(server, &database).await), Arc::new(open(server, &database).await)])
}

async fn refusal(settings: &PostgresSettings) -> StoreError {
    PostgresStore::open(settings).await.map(drop).unwrap_err()
}

fn at_url(server: &Server, user: &str, database: &str) -> PostgresSettings {
    let address: Address = server.url(user, database).parse().unwrap();
    PostgresSettings { patience: Duration::from_secs(2), ..PostgresSettings::at(address) }
}

#[tokio::test]
async fn several_nodes_that_start_at_once_make_one_database() {
    let Some(server) = shared() else { return };
    let name = server.empty().await;
    let starts: Vec<_> = (0..5)
        .map(|_| {
            let settings = settings(server, &name);
            tokio::spawn(async move { PostgresStore::open(&settings).await.map(drop) })
        })
        .collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    let forms = server.sql(&name).await.query("SELECT version FROM schema_versions", &[]).await.unwrap();
    assert_eq!(forms.iter().map(|row| row.get(0)).collect::<Vec<i64>>(), [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn a_database_of_a_later_release_or_of_another_program_is_refused_and_left_alone() {
    let Some(server) = shared() else { return };
    let name = database(server).await;
    let sql = server.sql(&name).await;
    sql.batch_execute("INSERT INTO schema_versions VALUES (99)").await.unwrap();
    let refused = refusal(&settings(server, &name)).await;
    assert_eq!(refused, StoreError::TooNew { found: 99, known: 7 });

    let name = server.empty().await;
    server.sql(&name).await.batch_execute("CREATE TABLE recipes (name TEXT)").await.unwrap();
    let refused = refusal(&settings(server, &name)).await;
    assert!(matches!(refused, StoreError::Foreign { .. }), "{refused:?}");
    assert!(refused.to_string().contains(&format!("/{name}` is the database of another program")), "{refused}");
}

#[tokio::test]
async fn a_database_of_an_earlier_release_is_brought_up_to_date() {
    let Some(server) = shared() else { return };
    let name = server.empty().await;
    let sql = server.sql(&name).await;
    let functions = "CREATE TYPE frontdesk_came AS (gone BIGINT); \
                     CREATE FUNCTION frontdesk_claim_jobs(worker TEXT) RETURNS frontdesk_came LANGUAGE sql \
                     AS 'SELECT NULL::frontdesk_came'; \
                     CREATE TABLE schema_versions (version BIGINT PRIMARY KEY); INSERT INTO schema_versions VALUES (1)";
    sql.batch_execute(include_str!("../../../src/store/postgres/migrations/0001_start.sql")).await.unwrap();
    sql.batch_execute(functions).await.unwrap();
    sql.batch_execute("INSERT INTO contacts (number_id, created_at) VALUES ('100', 0)").await.unwrap();
    for (payload, once) in [(r#"{"read":{"message":"wamid.1","typing":true}}"#, 1), ("one", 0)] {
        let row = "(contact, number_id, payload, created_at, ready_at, once) VALUES (1, '100', $1, 0, 0, $2)";
        sql.execute(&format!("INSERT INTO outbox {row}"), &[&payload, &i64::from(once)]).await.unwrap();
    }
    let store: Arc<dyn Store> = Arc::new(PostgresStore::open(&settings(server, &name)).await.unwrap());
    assert_eq!(claimed(&store, 10).await, ["one"], "what waited to be sent waits, but not for a read mark any more");
}

#[tokio::test]
async fn why_a_server_does_not_let_us_in_is_said_and_no_password() {
    let Some(server) = shared() else { return };
    let name = server.empty().await;
    let admin = server.sql(&name).await;
    admin.batch_execute("CREATE ROLE stranger LOGIN PASSWORD 'right'").await.unwrap();

    let refused = refusal(&at_url(server, "frontdesk", "nowhere")).await.to_string();
    assert!(refused.contains("there is no database `nowhere`; make it with `createdb nowhere`"), "{refused}");
    let refused = refusal(&at_url(server, "stranger", &name)).await.to_string();
    assert!(refused.contains("it asks for a password"), "{refused}");
    let refused = refusal(&at_url(server, "stranger:wr0ng", &name)).await.to_string();
    assert!(refused.contains("does not let the user `stranger` in") && !refused.contains("wr0ng"), "{refused}");
    let refused = refusal(&at_url(server, "stranger:right", &name)).await.to_string();
    assert!(refused.contains("may not make tables there; let it: `ALTER DATABASE"), "{refused}");

    let latin = format!("{name}_latin");
    let make = format!("CREATE DATABASE {latin} ENCODING 'LATIN1' TEMPLATE template0");
    admin.batch_execute(&make).await.unwrap();
    let refused = refusal(&at_url(server, "frontdesk", &latin)).await.to_string();
    assert!(refused.contains("keeps texts as LATIN1") && refused.contains("--encoding=UTF8"), "{refused}");

    let address: Address = "postgres://me:s3cret@127.0.0.1:1/shop".parse().unwrap();
    let refused = refusal(&PostgresSettings::at(address)).await;
    assert!(matches!(refused, StoreError::Unreachable { .. }) && refused.is_temporary(), "{refused:?}");
    let said = refused.to_string();
    assert!(said.contains("`postgres://127.0.0.1:1/shop` cannot be reached") && !said.contains("s3cret"), "{said}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_in_the_open() {
    let Some(server) = shared() else { return };
    let name = server.empty().await;
    let address: Address = format!("{}?sslmode=require", server.url("frontdesk", &name)).parse().unwrap();
    let refused = refusal(&PostgresSettings::at(address)).await;
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    assert!(refused.to_string().contains("check `sslmode` in the URL"), "{refused}");
}

#[tokio::test]
async fn a_server_that_crashed_is_found_again_and_has_lost_nothing() {
    let Some(server) = Server::own() else { return };
    let name = server.empty().await;
    let store: Arc<dyn Store> = Arc::new(open(&server, &name).await);
    let mut changes = store.changes().unwrap();
    let ana = contact(&store, "1").await;
    assert_eq!(store.receive(vec![message(&known("1", ""), "a", 1)], at(1)).await.unwrap().len(), 1);
    commit(&store, saying(ana, 0, &["one"])).await;
    server.stop();
    let error = store.receive(vec![message(&known("1", ""), "b", 1)], at(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }) && error.is_temporary(), "{error:?}");
    assert!(store.check().await.is_err());
    server.start();
    store.receive(vec![message(&known("1", ""), "b", 1)], at(1)).await.unwrap();
    assert_eq!(waiting(&store, ana).await, ["a", "b"], "what was answered for is there");
    assert_eq!(load(&store, ana).await.contact.row_version, 1);
    assert_eq!(store.check().await, Ok(()));
    while changes.recv().await.unwrap() != Change::Anything {}
}

#[tokio::test]
async fn a_turn_whose_answer_is_lost_with_the_connection_is_not_made_twice() {
    let Some(server) = shared() else { return };
    let name = database(server).await;
    let store: Arc<dyn Store> = Arc::new(open(server, &name).await);
    let ana = contact(&store, "1").await;
    let sql = server.sql(&name).await;
    // The commit has been made and waits, with its answer, in the middle of the last statement.
    sql.batch_execute("BEGIN; LOCK TABLE outbox IN EXCLUSIVE MODE").await.unwrap();
    let committing = tokio::spawn(store.commit_turns(vec![saying(ana, 0, &["one"])]));
    let busy = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let pid: i32 = loop {
        if let Some(row) = sql.query_opt(busy, &[]).await.unwrap() {
            break row.get(0);
        }
    };
    sql.execute("SELECT pg_terminate_backend($1)", &[&pid]).await.unwrap();
    sql.batch_execute("COMMIT").await.unwrap();
    let committed = committing.await.unwrap().unwrap().remove(0).unwrap();
    assert_eq!((committed.row_version, committed.entries, committed.jobs.len()), (1, vec![1], 1));

    // The same token again, as after an answer that was lost on its way.
    let again = "SELECT problem, number FROM frontdesk_commit_all(ARRAY[$3::BIGINT], $1::TEXT::JSONB, ARRAY[$2], 'x')";
    let token: String = sql.query_one("SELECT token FROM turns", &[]).await.unwrap().get(0);
    let spelt = format!(r#"[{{"contact": {ana}, "expected": 0}}]"#);
    let row = sql.query_one(again, &[&spelt, &token, &ana]).await.unwrap();
    assert_eq!((row.get::<_, Option<String>>(0), row.get(1)), (None, 1_i64));
    let row = sql.query_one(again, &[&spelt, &"another", &ana]).await.unwrap();
    assert_eq!((row.get::<_, Option<String>>(0).as_deref(), row.get(1)), (Some("moved"), 1_i64));
}

#[tokio::test]
async fn what_cannot_be_kept_hurts_no_neighbour() {
    let Some(Stand { store }) = fresh().await else { return };
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    // No index holds a key of this length, however it is packed.
    let long: String =
        (0..40_000_u32).map(|n| char::from_u32(0x4E00 + n.wrapping_mul(2_654_435_761) % 20_000).unwrap()).collect();
    let arrivals =
        [message(&known("1", ""), "a", 1), message(&known("2", ""), &long, 1), message(&known("3", ""), "c", 1)];
    let answers: Vec<_> = arrivals.into_iter().map(|arrival| store.receive(vec![arrival], at(1))).collect();
    let mut came = Vec::new();
    for answer in answers {
        came.push(answer.await.is_ok());
    }
    assert_eq!(came, [true, false, true]);
    let bad = TurnCommit { timers: vec![(long, at(1))], ..saying(ben, 0, &["two"]) };
    let results = store.commit_turns(vec![saying(ana, 0, &["one"]), bad, saying(ana, 1, &["three"])]).await.unwrap();
    assert!(results[0].is_ok() && results[2].is_ok());
    assert!(matches!(results[1], Err(TurnProblem::Store(_))), "{:?}", results[1]);
    assert_eq!(load(&store, ben).await.contact.row_version, 0, "it left no trace");
    assert_eq!(claim_as(&store, "w", 10).await.len(), 1);
}

#[tokio::test]
async fn a_nul_in_a_text_is_kept_as_a_stranger() {
    let Some(Stand { store }) = fresh().await else { return };
    let who = Identity { name: Some("A\0na".into()), ..known("1\0", "") };
    let first = store.receive(vec![message(&who, "m\0", 1)], at(1)).await.unwrap()[0];
    let Arrived::Stored { contact, .. } = first else { panic!("{first:?}") };
    assert_eq!(store.receive(vec![message(&who, "m\0", 1)], at(1)).await.unwrap(), [Arrived::Duplicate { contact }]);
    assert_eq!(load(&store, contact).await.contact.who.name.as_deref(), Some("A\u{FFFD}na"));
    assert_eq!(store.contact("100".into(), who, at(2)).await.unwrap().id, contact);
    let bad = TurnCommit { state: "a\0".into(), reasons: "\0".into(), ..saying(contact, 0, &["x\0y"]) };
    assert!(store.commit_turns(vec![bad]).await.unwrap()[0].is_ok());
    assert_eq!(store.setting("\0".into()).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_new_to_two_nodes_at_once_is_one_contact() {
    let Some(nodes) = two_nodes().await else { return };
    let mut asked = Vec::new();
    for who in 0..30 {
        for (place, node) in nodes.iter().enumerate() {
            let both = known(&format!("1{who}"), &format!("US.{who}"));
            // One node hears of them by number, the other by both, and each hears twice of the same message.
            let known_as = if place == 0 { known(&format!("1{who}"), "") } else { both };
            asked.push(tokio::spawn(node.receive(vec![message(&known_as, &format!("{who}"), 1)], at(1))));
            asked.push(tokio::spawn(node.receive(vec![message(&known_as, &format!("{who}.{place}"), 1)], at(1))));
        }
    }
    for answer in asked {
        answer.await.unwrap().unwrap();
    }
    for who in 0..30 {
        let ana = contact(&nodes[0], &format!("1{who}")).await;
        assert_eq!(waiting(&nodes[1], ana).await.len(), 3, "each message once, and all with one contact");
        assert_eq!(load(&nodes[0], ana).await.contact.who, known(&format!("1{who}"), &format!("US.{who}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_turns_at_once_one_is_overtaken() {
    let Some(nodes) = two_nodes().await else { return };
    let mut contacts = Vec::new();
    for who in 0..20 {
        contacts.push(contact(&nodes[0], &format!("1{who}")).await);
    }
    let turns = |text: &str| contacts.iter().map(|contact| saying(*contact, 0, &[text])).collect::<Vec<_>>();
    let backwards = turns("b").into_iter().rev().collect();
    let (a, b) =
        tokio::join!(tokio::spawn(nodes[0].commit_turns(turns("a"))), tokio::spawn(nodes[1].commit_turns(backwards)));
    let (a, mut b) = (a.unwrap().unwrap(), b.unwrap().unwrap());
    b.reverse();
    for (one, other) in a.iter().zip(&b) {
        assert_eq!(one.is_ok(), other.is_err(), "{one:?} {other:?}");
        let lost = [one, other].into_iter().find_map(|answer| answer.clone().err());
        assert_eq!(lost, Some(TurnProblem::Moved { found: 1 }));
    }
    assert_eq!(nodes[0].depths().await.unwrap().outbox, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_the_work_and_neither_does_the_others() {
    let Some(nodes) = two_nodes().await else { return };
    for who in 0..40 {
        let contact = contact(&nodes[0], &format!("1{who}")).await;
        let turn = TurnCommit { timers: vec![("close".into(), at(5))], ..saying(contact, 0, &["one", "two"]) };
        commit(&nodes[0], turn).await;
    }
    let mut sent_texts = Vec::new();
    for _ in 0..20 {
        let (a, b) = tokio::join!(claim_as(&nodes[0], "w", 10), claim_as(&nodes[1], "w", 10));
        for job in a.into_iter().chain(b) {
            finish(&nodes[1], job.id, sent(&job.id.to_string()), 10).await;
            sent_texts.push((job.id.contact, job.payload));
        }
    }
    assert_eq!(sent_texts.len(), 80, "each once");
    for who in &sent_texts {
        let texts: Vec<_> = sent_texts.iter().filter(|(contact, _)| *contact == who.0).map(|(_, text)| text).collect();
        assert_eq!(texts, ["one", "two"], "in order");
    }
    let wish = |worker: &str| frontdesk::store::TimerClaim {
        worker: worker.into(),
        now: at(10),
        lease: Duration::from_secs(30),
        except: vec![],
        limit: 30,
    };
    let (a, b) = tokio::join!(nodes[0].claim_timers(wish("a")), nodes[1].claim_timers(wish("b")));
    let mut all: Vec<_> = a.unwrap().into_iter().chain(b.unwrap()).map(|due| due.contact).collect();
    all.sort_unstable();
    let claimed = all.len();
    all.dedup();
    assert_eq!(claimed, all.len(), "nobody's twice");
    assert!(claimed >= 30, "{claimed}");
}

#[tokio::test]
async fn what_one_node_changes_the_other_hears_of() {
    let Some([here, there]) = two_nodes().await else { return };
    let (mut heard, mut own) = (there.changes().unwrap(), here.changes().unwrap());
    let (ana, ben) = (contact(&here, "1").await, contact(&here, "2").await);
    here.commit_turns(vec![turn(ben, 0), saying(ana, 0, &["one"])]).await.unwrap();
    assert_eq!(heard.recv().await.unwrap(), Change::Contacts(vec![ana, ben]));
    let job = claim_as(&here, "w", 10).await.remove(0);
    finish(&here, job.id, sent("m"), 10).await;
    assert_eq!(heard.recv().await.unwrap(), Change::Contacts(vec![ana]));
    let status = super::help::status("m", frontdesk::message::Delivery::Read);
    here.receive(vec![status], at(11)).await.unwrap();
    assert_eq!(heard.recv().await.unwrap(), Change::Contacts(vec![ana]));
    let version = frontdesk::store::Version { hash: "v".into(), sources: "{}".into(), published_at: at(1) };
    here.publish(version).await.unwrap();
    assert_eq!(heard.recv().await.unwrap(), Change::Version);
    assert!(own.try_recv().is_err(), "nobody is told what they did themselves");
}

#[tokio::test]
async fn an_agent_is_online_where_any_node_says_so() {
    let Some([here, there]) = two_nodes().await else { return };
    let noa = frontdesk::store::AgentRow {
        name: "Noa".into(),
        password_hash: String::new(),
        role: "agent".into(),
        queues: None,
        online: false,
        capacity: None,
        last_seen: None,
        active: true,
    };
    here.put_agent(noa).await.unwrap();
    let seen = || async {
        let noa = here.agent("Noa".into()).await.unwrap().unwrap();
        (noa.online, noa.last_seen)
    };
    here.set_presence("Noa".into(), true, at(1)).await.unwrap();
    there.set_presence("Noa".into(), true, at(2)).await.unwrap();
    here.set_presence("Noa".into(), false, at(3)).await.unwrap();
    assert_eq!(seen().await, (true, Some(at(2))), "the other node still has a page of theirs");
    here.set_presence("Noa".into(), false, at(500)).await.unwrap();
    assert_eq!(seen().await, (false, Some(at(500))), "a node that is silent for long is gone");
}

#[tokio::test]
async fn a_lock_of_another_is_waited_for_and_then_said() {
    let Some(server) = shared() else { return };
    let name = database(server).await;
    let store: Arc<dyn Store> = Arc::new(open(server, &name).await);
    let ana = contact(&store, "1").await;
    let hasty = PostgresSettings { patience: Duration::from_millis(200), ..settings(server, &name) };
    let hasty = PostgresStore::open(&hasty).await.unwrap();
    let sql = server.sql(&name).await;
    sql.batch_execute("BEGIN; SELECT 1 FROM contacts FOR UPDATE").await.unwrap();
    let error = hasty.commit_turns(vec![saying(ana, 0, &["one"])]).await.unwrap_err();
    assert_eq!(error, StoreError::Busy { waited: Duration::from_millis(200) });
    assert_eq!(load(&store, ana).await.contact.row_version, 0, "reading goes on");
    sql.batch_execute("ROLLBACK").await.unwrap();
    commit(&store, saying(ana, 0, &["one"])).await;
}

#[tokio::test]
async fn too_much_at_once_is_refused_and_not_kept() {
    let Some(server) = shared() else { return };
    let name = database(server).await;
    let store: Arc<dyn Store> = Arc::new(open(server, &name).await);
    let sql = server.sql(&name).await;
    sql.batch_execute("BEGIN; LOCK TABLE inbox IN EXCLUSIVE MODE").await.unwrap();
    let arrival = |n: usize| -> Arrival { message(&known("1", ""), &n.to_string(), 1) };
    let asked: Vec<_> = (0..6_000).map(|n| store.receive(vec![arrival(n)], at(1))).collect();
    sql.batch_execute("ROLLBACK").await.unwrap();
    let mut crowded = 0;
    for answer in asked {
        match answer.await {
            Ok(_) => {}
            Err(StoreError::Crowded) => crowded += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!((1_000..2_000).contains(&crowded), "{crowded} of 6,000 were refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_while_they_are_erased_leaves_nothing_behind() {
    let Some([here, there]) = two_nodes().await else { return };
    for round in 0..30 {
        let who = known(&format!("1{round}"), "");
        let before = contact(&here, &format!("1{round}")).await;
        let audit = frontdesk::store::AuditRow::erasure("Noa", before, at(1));
        let arriving = there.receive(vec![message(&who, &format!("m{round}"), 1)], at(1));
        let (erased, arrived) = tokio::join!(tokio::spawn(here.erase(before, audit)), tokio::spawn(arriving));
        assert!(erased.unwrap().unwrap());
        arrived.unwrap().unwrap();
    }
    for pending in here.pending(0, 1_000).await.unwrap() {
        assert_eq!(here.load(vec![pending.contact]).await.unwrap().len(), 1, "nobody's message is left");
    }
}

#[tokio::test]
async fn who_is_known_as_somebody_who_is_gone_is_a_new_contact() {
    let Some(server) = shared() else { return };
    let name = database(server).await;
    let store: Arc<dyn Store> = Arc::new(open(server, &name).await);
    // As left behind where a message of ours was noted as sent while its recipient was erased.
    let left = "INSERT INTO contact_identities (number_id, kind, value, contact) VALUES ('100', $1, $2, 4711)";
    let sql = server.sql(&name).await;
    for (kind, value) in [("wa_id", "1"), ("wa_id", "2"), ("user_id", "US.3"), ("wa_id", "4")] {
        sql.execute(left, &[&kind, &value]).await.unwrap();
    }
    assert_eq!(store.find_contact("100".into(), known("1", ""), at(1)).await.unwrap(), None);
    let renamed = Arrival::Renamed {
        number_id: "100".into(),
        old: known("4", ""),
        new: known("5", ""),
        at: at(1),
        payload: "".into(),
    };
    assert_eq!(store.receive(vec![renamed], at(1)).await.unwrap(), [Arrived::Unknown]);
    let two = contact(&store, "2").await;
    assert_eq!(load(&store, two).await.contact.who, known("2", ""));
    let three = contact(&store, "3").await;
    for (who, text) in [(known("1", ""), "a"), (known("1", ""), "b"), (known("2", ""), "c"), (known("3", "US.3"), "d")]
    {
        let Arrived::Stored { contact, .. } = store.receive(vec![message(&who, text, 2)], at(2)).await.unwrap()[0]
        else {
            panic!("it is new")
        };
        assert_eq!(load(&store, contact).await.inbox.last().unwrap().payload, text, "it is served");
    }
    assert_eq!(waiting(&store, contact(&store, "1").await).await, ["a", "b"]);
    assert_eq!(waiting(&store, two).await, ["c"]);
    assert_eq!(load(&store, three).await.contact.who, known("3", "US.3"), "the id is theirs now");
}

/// Waits until somebody waits for a lock on this database.
async fn until_somebody_waits(sql: &tokio_postgres::Client) {
    let busy = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sql.query_opt(busy, &[]).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_became_of_a_message_while_its_recipient_is_erased_leaves_nothing_behind() {
    let Some(server) = shared() else { return };
    let name = database(server).await;
    let store: Arc<dyn Store> = Arc::new(open(server, &name).await);
    let ana = contact(&store, "1").await;
    let jobs = commit(&store, saying(ana, 0, &["one", "two"])).await;
    finish(&store, claim_as(&store, "w", 10).await[0].id, sent("wamid.1"), 11).await;
    assert_eq!(claim_as(&store, "w", 12).await.len(), 1);
    let (sql, beside) = (server.sql(&name).await, server.sql(&name).await);
    sql.batch_execute("BEGIN; SELECT 1 FROM outbox FOR UPDATE").await.unwrap();
    let audit = frontdesk::store::AuditRow::erasure("Noa", ana, at(20));
    let erasing = tokio::spawn(store.erase(ana, audit));
    until_somebody_waits(&beside).await;
    // WhatsApp says that the first will never arrive, and knows more of the recipient of the second.
    let failed =
        r#"[{"is": "status", "number": "100", "id": "wamid.1", "delivery": "failed", "payload": "", "now": 20}]"#;
    let done = format!(
        r#"[{{"contact": {ana}, "job": {}, "worker": "w", "status": "sent", "delivery": "sent", "uncertain": 0,
             "taken_back": 0, "message_id": "wamid.2", "user_id": "US.1"}}]"#,
        jobs[1].number
    );
    let told = format!("SELECT frontdesk_receive('{failed}', 'x'); SELECT frontdesk_finish('{done}', 20, 'x'); COMMIT");
    sql.batch_execute(&told).await.unwrap();
    assert!(erasing.await.unwrap().unwrap());
    for table in ["inbox", "outbox", "contact_identities", "contacts"] {
        let left = sql.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap();
        assert_eq!(left.get::<_, i64>(0), 0, "{table}");
    }
}

#[tokio::test]
async fn nobody_waits_while_a_long_table_is_looked_through_for_who_is_erased() {
    let Some(server) = shared() else { return };
    let name = database(server).await;
    let store: Arc<dyn Store> = Arc::new(open(server, &name).await);
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    let fact = || frontdesk::store::Fact { name: "handoff".into(), queue: None, agent: None, detail: None };
    commit(&store, TurnCommit { facts: vec![fact()], ..saying(ana, 0, &["one"]) }).await;
    commit(&store, TurnCommit { facts: (0..100).map(|_| fact()).collect(), ..turn(ben, 0) }).await;
    // Every row that is looked at takes its time, as if there were very many.
    let sql = server.sql(&name).await;
    sql.batch_execute(
        "ALTER TABLE facts RENAME TO all_facts; \
         CREATE FUNCTION slowly(BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql COST 0.0001 AS \
             'BEGIN PERFORM pg_sleep(0.01); RETURN TRUE; END'; \
         CREATE VIEW facts AS SELECT * FROM all_facts WHERE slowly(id)",
    )
    .await
    .unwrap();
    let hasty = PostgresSettings { patience: Duration::from_millis(400), ..settings(server, &name) };
    let hasty = PostgresStore::open(&hasty).await.unwrap();
    assert_eq!(hasty.export(ana).await.unwrap().unwrap().facts.len(), 1, "it is read however long it takes");

    let erasing = tokio::spawn(hasty.erase(ana, frontdesk::store::AuditRow::erasure("Noa", ana, at(20))));
    tokio::time::sleep(Duration::from_millis(200)).await;
    store.receive(vec![message(&known("1", ""), "m", 21)], at(21)).await.unwrap();
    let taken = load(&store, ana).await.inbox.into_iter().map(|row| row.id).collect();
    commit(&store, TurnCommit { taken, facts: vec![fact()], ..saying(ana, 1, &["two"]) }).await;
    store.receive(vec![message(&known("1", ""), "n", 22)], at(22)).await.unwrap();
    assert!(!erasing.is_finished(), "what they write meanwhile does not wait for it");
    assert!(erasing.await.unwrap().unwrap());
    for table in ["inbox", "outbox", "entries", "turns", "contact_identities", "all_facts"] {
        let left = sql.query_one(&format!("SELECT count(*) FROM {table} WHERE contact = $1"), &[&ana]).await.unwrap();
        assert_eq!(left.get::<_, i64>(0), 0, "{table}");
    }
    let counted = sql.query_one("SELECT count(*) FROM all_facts WHERE contact = 0", &[]).await.unwrap();
    assert_eq!(counted.get::<_, i64>(0), 2, "what is counted stays counted");
}
