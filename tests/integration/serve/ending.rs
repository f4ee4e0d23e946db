//! How a server ends when it is asked to.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use frontdesk::whatsapp::signature;

use super::crashes::{now, says};
use super::server::{NUMBER, Place, SECRET};
use crate::fake_graph::{FakeGraph, Reply, text_delivery};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_and_ctrl_c_end_it_cleanly() {
    let place = Place::new();
    let graph = FakeGraph::start().await;
    for signal in ["TERM", "INT"] {
        for live in [true, false] {
            let server = if live { place.serve_live(&graph, &[]) } else { place.serve(&[]) };
            assert_eq!(server.get("/healthz").await.0, 200);
            let (status, said) = server.end(signal);
            assert_eq!(status, Some(0), "{signal}: {said}");
            assert!(!said.contains("ERROR") && !said.contains("WARN"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_nobody_closes_does_not_keep_it() {
    let server = Place::new().serve(&[]);
    let mut idle = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
    idle.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert_eq!(server.end("TERM").0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_wait_for_changes_do_not_keep_it() {
    let server = Place::new().serve(&[]);
    let mut live = server.listen("/simulator/api/live").await;
    live.next().await;
    assert_eq!(server.end("TERM").0, Some(0));
    live.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_terminal_ends_local_mode() {
    let server = Place::new().serve(&[]);
    assert_eq!(server.end("HUP").0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_any_more_does_not_end_it() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let mut server = place.serve_live(&graph, &[("RUST_LOG", "trace")]);
    server.stop_reading();
    for n in 0..3 {
        assert_eq!(server.deliver(&says(&format!("wamid.{n}"), "person")).await, 200);
    }
    graph.wait_for_taken(1).await;
    assert_eq!(server.get("/healthz").await.0, 200);
    assert_eq!(server.end("TERM").0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_under_way_is_still_kept() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let mut server = place.serve_live(&graph, &[]);
    let body = says("wamid.1", "my parcel").to_string();
    let (first, rest) = body.split_at(body.len() / 2);
    let signature = signature::sign(SECRET.as_bytes(), body.as_bytes());
    let mut meta = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
    meta.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!(
        "POST /webhooks/whatsapp HTTP/1.1\r\nHost: here\r\nContent-Length: {}\r\n{}: {signature}\r\n\r\n{first}",
        body.len(),
        signature::HEADER,
    );
    meta.write_all(head.as_bytes()).unwrap();
    // An answer on another connection shows that the server has had time to see this one.
    assert_eq!(server.get("/healthz").await.0, 200);
    server.signal("TERM");
    server.wait_for("ending");
    meta.write_all(rest.as_bytes()).unwrap();
    let mut answer = [0; 12];
    meta.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert_eq!(server.ended().0, Some(0));

    let server = place.serve_live(&graph, &[]);
    graph.wait_for_taken(1).await;
    assert_eq!(server.end("TERM").0, Some(0));
    assert_eq!(graph.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_ends_it_is_not_ready_and_keeps_what_arrives() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    graph.script_marks([Reply::Silence]);
    let mut server = place.serve_live(&graph, &[]);
    assert_eq!(server.get("/readyz").await.0, 200);
    assert_eq!(server.deliver(&says("wamid.1", "my parcel")).await, 200);
    // A request to WhatsApp that hangs keeps the first signal waiting: the read mark, whether or not the answer goes out first.
    graph.wait_for_marks(1).await;
    server.signal("TERM");
    server.wait_for("ending");
    let (status, words) = server.get("/readyz").await;
    assert_eq!((status, words.as_str()), (503, "not ready: the server is being ended\n"));
    assert_eq!(server.get("/healthz").await.0, 200);
    assert_eq!(server.deliver(&text_delivery(NUMBER, "15550100088", "wamid.2", now(), "my parcel")).await, 200);
    assert_eq!(server.end("TERM").0, Some(0));

    let _server = place.serve_live(&graph, &[]);
    let mut told: Vec<String> =
        graph.wait_for_taken(2).await.iter().map(|taken| taken.body["to"].as_str().unwrap().to_owned()).collect();
    told.sort();
    assert_eq!(
        told,
        ["+15550100088", "+15550100099"],
        "what waited, and what arrived last, is answered by the next start"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_loses_nothing_and_says_nothing_twice() {
    const CUSTOMERS: usize = 60;
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[]);
    let client = crate::fake_graph::reqwest_client();
    let deliver = |customer: usize| {
        let delivery =
            text_delivery(NUMBER, &format!("1555020{customer:04}"), &format!("wamid.{customer}"), now(), "my parcel");
        let body = delivery.to_string();
        let signature = signature::sign(SECRET.as_bytes(), body.as_bytes());
        client.post(server.webhook()).header(signature::HEADER, signature).body(body).send()
    };
    let mut under_way = tokio::task::JoinSet::new();
    for customer in 0..CUSTOMERS {
        let delivered = deliver(customer);
        under_way.spawn(async move { (customer, delivered.await.is_ok_and(|answer| answer.status() == 200)) });
    }
    let mut accepted = Vec::new();
    while let Some(told) = under_way.join_next().await {
        let (customer, kept) = told.unwrap();
        accepted.extend(kept.then_some(format!("+1555020{customer:04}")));
        if accepted.len() == CUSTOMERS / 4 {
            server.signal("TERM");
        }
    }
    assert!(accepted.len() >= CUSTOMERS / 4);
    let (status, said) = server.ended();
    assert!(status == Some(0) && !said.contains("ERROR"), "{said}");

    let server = place.serve_live(&graph, &[]);
    graph.wait_for_taken(accepted.len()).await;
    assert_eq!(server.end("TERM").0, Some(0));
    let mut told: Vec<String> =
        graph.taken().iter().map(|taken| taken.body["to"].as_str().unwrap().to_owned()).collect();
    let all = told.len();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), all, "somebody was told twice");
    accepted.sort();
    assert!(accepted.iter().all(|customer| told.contains(customer)), "{accepted:?} {told:?}");
}
