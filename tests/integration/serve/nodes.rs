//! Two servers on one PostgreSQL, and a server whose PostgreSQL is not there.

use super::crashes::{now, says};
use super::server::Place;
use crate::fake_graph::{FakeGraph, status_delivery};
use crate::postgres_server::shared;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_began_the_other_goes_on_with() {
    let Some(postgres) = shared() else { return };
    let url = postgres.url("frontdesk", &postgres.empty().await);
    let settings = [("FRONTDESK_DATABASE", url.as_str())];
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let (first, second) = (place.serve_live(&graph, &settings), place.serve_live(&graph, &settings));
    assert_eq!(first.deliver(&says("wamid.1", "my parcel")).await, 200);
    let question = graph.wait_for_taken(1).await.remove(0);
    assert_eq!(second.deliver(&says("wamid.1", "my parcel")).await, 200, "delivered again, to the other one");
    first.kill();
    // Whether the first one noted that it sent is not known; the status settles it.
    assert_eq!(second.deliver(&status_delivery(&question, "delivered", now())).await, 200);
    assert_eq!(second.deliver(&says("wamid.2", "small")).await, 200);
    let sent = graph.wait_for_taken(2).await.remove(1);
    assert_eq!(sent.body["interactive"]["body"]["text"], "Can it break?");
    assert_eq!(second.end("TERM").0, Some(0));
    assert_eq!(graph.taken().len(), 2, "and nothing twice");
    assert!(!place.database().exists(), "no file was made");
}

#[test]
fn a_database_that_is_not_there_is_named_without_its_password() {
    let settings = [("FRONTDESK_DATABASE", "postgres://me:s3cret@127.0.0.1:1/shop")];
    let (status, said) = Place::new().refused(&settings);
    assert_eq!(status, Some(2));
    assert!(said.contains("the database `postgres://127.0.0.1:1/shop` cannot be reached"), "{said}");
    assert!(said.contains("start its server") && !said.contains("s3cret"), "{said}");
}
