//! How a server ends when it is asked to.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use frontdesk::whatsapp::signature;

use super::crashes::says;
use super::server::{Place, SECRET};
use crate::fake_graph::FakeGraph;

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
async fn a_second_signal_ends_it_at_once() {
    let mut server = Place::new().serve(&[]);
    // Half a request keeps the first signal waiting.
    let mut half = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
    half.write_all(b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n12").unwrap();
    server.signal("TERM");
    server.wait_for("ending");
    assert_eq!(server.end("INT").0, Some(0));
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
