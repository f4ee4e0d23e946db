//! Changed bot files: picked up as they are saved in local mode, by SIGHUP elsewhere; a broken edit changes nothing.

use super::crashes::says;
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

    place.edit("flows/parcel.yaml", "when: fragile", "when: fragil");
    server.signal("HUP");
    let said = server.wait_for("The version before goes on");
    assert!(said.contains("flows/parcel.yaml:") && said.contains("fragil"), "drawn: {said}");
    assert_eq!(version(&server).await, second);

    std::fs::remove_file(place.path().join("bot.yaml")).unwrap();
    server.signal("HUP");
    server.wait_for("The version before goes on");
    assert_eq!(version(&server).await, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_files_bring_the_old_version_back() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let mut server = place.serve_live(&graph, &[]);
    let first = version(&server).await;
    place.edit("flows/parcel.yaml", "We carry it fast.", "We carry it very fast.");
    server.signal("HUP");
    server.wait_for("The changed bot is served");
    assert_eq!(server.deliver(&says("wamid.1", "my parcel")).await, 200);
    graph.wait_for_taken(1).await;

    place.edit("flows/parcel.yaml", "We carry it very fast.", "We carry it fast.");
    server.signal("HUP");
    let said = server.wait_for("The changed bot is served");
    assert!(said.ends_with("1 person finishes what they began on the version before."), "{said}");
    assert_eq!(version(&server).await, first);
    for (wamid, answer) in [("wamid.2", "small"), ("wamid.3", "no")] {
        let before = graph.taken().len();
        assert_eq!(server.deliver(&says(wamid, answer)).await, 200);
        graph.wait_for_taken(before + 1).await;
    }
    let last = graph.taken().pop().unwrap();
    assert_eq!(last.body["text"]["body"], "We carry it very fast.", "they finish on the version that was taken back");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_from_a_customer_who_is_on_an_older_version() {
    let (place, graph) = (Place::asking_a_shop(), FakeGraph::start().await);
    let mut server = place.serve_live(&graph, &[]);
    let first = version(&server).await;
    assert_eq!(server.deliver(&says("wamid.1", "my order")).await, 200);
    graph.wait_for_taken(1).await;

    for file in ["flows/order.yaml", "intents/order.yaml"] {
        std::fs::remove_file(place.path().join(file)).unwrap();
    }
    let bot = std::fs::read_to_string(place.path().join("bot.yaml")).unwrap();
    place.write("bot.yaml", bot.split("lookups:").next().unwrap());
    server.signal("HUP");
    let said = server.wait_for("The version before goes on");
    let words = "1 person is on an older version of the bot, which uses what the new one lacks: the lookup `order`";
    assert!(said.contains(words), "{said}");
    assert_eq!(version(&server).await, first);

    // A new start publishes all the same, and says so.
    assert_eq!(server.end("TERM").0, Some(0));
    let mut server = place.serve_live(&graph, &[]);
    server.wait_for(words);
    assert_ne!(version(&server).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_said_who_stands_on_a_question_that_changes() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let mut server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&says("wamid.1", "my parcel")).await, 200);
    graph.wait_for_taken(1).await;

    place.edit("flows/parcel.yaml", "We carry it fast.", "We carry it very fast.");
    server.signal("HUP");
    let said = server.wait_for("The changed bot is served");
    assert!(said.ends_with("1 person finishes what they began on the version before."), "{said}");

    place.edit("flows/parcel.yaml", "small: Small", "small: Tiny");
    server.signal("HUP");
    let said = server.wait_for("The changed bot is served");
    let where_they_are = "before; 1 person stands on a question that changes or goes away: 1 on `size` of `parcel`.";
    assert!(said.ends_with(where_they_are), "{said}");

    // And they do finish on it.
    assert_eq!(server.deliver(&says("wamid.2", "small")).await, 200);
    graph.wait_for_taken(2).await;
    assert_eq!(server.deliver(&says("wamid.3", "no")).await, 200);
    let last = graph.wait_for_taken(3).await.remove(2);
    assert_eq!(last.body["text"]["body"], "We carry it fast.");
}
