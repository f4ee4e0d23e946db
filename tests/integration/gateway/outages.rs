//! PostgreSQL ends as it does in a power cut, and comes back, while deliveries go on: they are put off meanwhile, nothing
//! that was taken is lost, and everybody is answered once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use frontdesk::runtime::{Channel, Whatsapp};
use frontdesk::store::Store;

use super::front::{Front, NUMBER};
use crate::fake_graph::{FakeGraph, text_delivery};
use crate::postgres_server::{Server, open};

const CUSTOMERS: usize = 12;
/// How long a test waits for what ought to happen soon.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the customers who write all the while have seen.
#[derive(Default)]
struct Seen {
    taken: AtomicUsize,
    put_off: AtomicUsize,
    over: AtomicBool,
}

impl Seen {
    /// Waits until more of these have been counted than by now.
    async fn more(count: &AtomicUsize, than: usize) {
        let before = count.load(Ordering::SeqCst);
        let more = async {
            while count.load(Ordering::SeqCst) <= before + than {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, more).await.is_ok(), "{before} and no more than {than} since");
    }
}

fn number(customer: usize) -> String {
    format!("1555{customer:07}")
}

/// Writes until it is over, each message again until it is taken; how many.
async fn writes(front: Arc<Front>, seen: Arc<Seen>, customer: usize) -> usize {
    let mut nth = 0;
    while !seen.over.load(Ordering::SeqCst) {
        let id = format!("wamid.{customer}.{nth}");
        let body = text_delivery(NUMBER, &number(customer), &id, Front::noon().timestamp(), "parcel").to_string();
        loop {
            match front.deliver(body.as_bytes()).await.status {
                StatusCode::OK => break,
                StatusCode::SERVICE_UNAVAILABLE => seen.put_off.fetch_add(1, Ordering::SeqCst),
                other => panic!("{other}"),
            };
            tokio::task::yield_now().await;
        }
        seen.taken.fetch_add(1, Ordering::SeqCst);
        nth += 1;
    }
    nth
}

/// Ends or starts the server of the database, which takes its time, beside everything else.
async fn server(postgres: &Arc<Server>, what: fn(&Server)) {
    let postgres = Arc::clone(postgres);
    tokio::task::spawn_blocking(move || what(&postgres)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_restarted_under_load_loses_nothing() {
    let Some(postgres) = Server::own() else { return };
    let (postgres, graph) = (Arc::new(postgres), FakeGraph::start().await);
    let name = postgres.empty().await;
    let store: Arc<dyn Store> = Arc::new(open(&postgres, &name).await);
    let channel = Channel::Whatsapp(Box::new(Whatsapp::new(graph.client(Duration::from_secs(5)))));
    let front = Arc::new(Front::on(Front::noon(), store, channel).await);
    let seen = Arc::new(Seen::default());
    let writers: Vec<_> =
        (0..CUSTOMERS).map(|customer| tokio::spawn(writes(Arc::clone(&front), Arc::clone(&seen), customer))).collect();
    for _ in 0..2 {
        Seen::more(&seen.taken, 50).await;
        server(&postgres, Server::stop).await;
        Seen::more(&seen.put_off, 50).await;
        assert_eq!(front.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(front.get("/healthz").await.status, StatusCode::OK);
        server(&postgres, Server::start).await;
    }
    Seen::more(&seen.taken, 50).await;
    seen.over.store(true, Ordering::SeqCst);
    assert_eq!(front.get("/readyz").await.status, StatusCode::OK);

    let mut wrote = Vec::new();
    for writer in writers {
        wrote.push(writer.await.unwrap());
    }
    // Longer than what a worker had in hand when the database ended is theirs.
    front.runtime.advance_to(front.clock.now() + Duration::from_secs(300)).await.unwrap();
    answered(&postgres, &name, &graph, &wrote).await;
}

/// Every message is in its thread once, in order, and what the bot said came to WhatsApp once.
async fn answered(postgres: &Server, name: &str, graph: &FakeGraph, wrote: &[usize]) {
    let sql = postgres.sql(name).await;
    let said = "SELECT c.wa_id, e.message_id FROM entries AS e JOIN contacts AS c ON c.id = e.contact \
                WHERE e.who = 'customer' ORDER BY e.contact, e.seq";
    let mut lines: Vec<(String, String)> =
        sql.query(said, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    lines.sort_by(|one, other| one.0.cmp(&other.0));
    let all = wrote.iter().enumerate();
    let expected = all.flat_map(|(who, count)| (0..*count).map(move |nth| (number(who), format!("wamid.{who}.{nth}"))));
    assert_eq!(lines, expected.collect::<Vec<_>>());

    let left = "SELECT count(*) FROM outbox WHERE status <> 'sent'";
    assert_eq!(sql.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
    let jobs = "SELECT count(*) FROM outbox";
    let jobs = usize::try_from(sql.query_one(jobs, &[]).await.unwrap().get::<_, i64>(0)).unwrap();
    let taken = graph.taken();
    let once: BTreeSet<String> = taken.iter().map(|sent| sent.body["biz_opaque_callback_data"].to_string()).collect();
    assert_eq!((once.len(), taken.len()), (jobs, jobs), "each once");
    let heard: BTreeSet<String> = taken.iter().map(|sent| sent.body["to"].to_string()).collect();
    assert_eq!(heard.len(), CUSTOMERS, "everybody was answered");
}
