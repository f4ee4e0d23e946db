//! Changed bot files: picked up as they are saved in local mode, by SIGHUP elsewhere; a broken edit changes nothing.

use super::server::{Place, Server};
use crate::fake_graph::FakeGraph;

async fn version(server: &Server) -> String {
    let (status, text) = server.get("/readyz").await;
    assert_eq!(status, 200, "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn local_mode_picks_up_what_is_saved() {
    let place = Place::new();
    let mut server = place.serve(&[]);
    let first = version(&server).await;

    place.edit("flows/parcel.yaml", "Can it break?", "Is it fragile?");
    server.wait_for("The changed bot is served");
    let second = version(&server).await;
    assert_ne!(first, second);

    place.edit("flows/parcel.yaml", "when: fragile", "when: fragil");
    let said = server.wait_for("The version before goes on");
    assert!(said.contains("flows/parcel.yaml:") && said.contains("^"), "drawn: {said}");
    assert_eq!(version(&server).await, second);

    place.edit("flows/parcel.yaml", "when: fragil", "when: fragile");
    place.write("knowledge/opening.md", "---\ntitle: Opening hours\nquestions: [when are you open]\n---\nAlways.\n");
    server.wait_for("The changed bot is served");
    assert_ne!(version(&server).await, second);

    std::fs::remove_file(place.path().join("knowledge/opening.md")).unwrap();
    server.wait_for("The changed bot is served");
    assert_eq!(version(&server).await, second, "the same files are the same version");
}

#[tokio::test(flavor = "multi_thread")]
async fn live_mode_waits_for_sighup() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let mut server = place.serve_live(&graph, &[]);
    let first = version(&server).await;
    server.signal("HUP");
    server.wait_for("say what they said before");

    place.edit("flows/parcel.yaml", "Can it break?", "Is it fragile?");
    assert_eq!(version(&server).await, first);
    server.signal("HUP");
    server.wait_for("The changed bot is served");
    let second = version(&server).await;
    assert_ne!(second, first);

    std::fs::remove_file(place.path().join("bot.yaml")).unwrap();
    server.signal("HUP");
    server.wait_for("The version before goes on");
    assert_eq!(version(&server).await, second);
}
