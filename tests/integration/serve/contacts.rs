//! `frontdesk export` and `frontdesk erase`, beside a server that runs on the same file (R42).

use serde_json::Value;

use super::crashes::says;
use super::server::Place;
use crate::fake_graph::FakeGraph;

/// The number that writes in `says`.
const ANA: &str = "15550100099";

/// Runs a command in the place: its exit status, what it prints, what it says on stderr.
fn run(place: &Place, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = place.program().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_exported_and_erased_beside_a_running_server() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&says("wamid.1", "my parcel")).await, 200);
    graph.wait_for_taken(1).await;

    for named in [ANA, "+1 (555) 010-0099", "001 555 010 0099", "#1"] {
        let (status, out, said) = run(&place, &["export", named]);
        assert_eq!(status, Some(0), "{named}: {said}");
        let all: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(all["contact"]["who"]["wa_id"], ANA);
        assert_eq!(all["contact"]["state"]["enquiry"]["number"], 1, "the conversation is no text in a text: {all:#}");
        assert_eq!(all["received"][0]["payload"]["content"]["text"], "my parcel", "{:#}", all["received"]);
        assert!(all["thread"].as_array().unwrap().len() > 1 && all["reasons"][0]["reasons"].is_array());
    }

    let (status, out, said) = run(&place, &["erase", ANA]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(said.contains("Nothing was removed; add `--yes`") && said.contains("an open enquiry (bot)"), "{said}");
    assert_eq!(run(&place, &["export", ANA]).0, Some(0));

    let (status, out, said) = run(&place, &["erase", "+1 555 0100099", "--yes"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(out.starts_with("Removed contact #1 on the number"), "{out}");
    let (status, out, said) = run(&place, &["export", ANA]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(said.contains(&format!("nobody is known as `{ANA}`")), "{said}");

    assert_eq!(server.deliver(&says("wamid.2", "my parcel")).await, 200);
    let again = graph.wait_for_taken(2).await.remove(1);
    assert!(again.body.to_string().contains("How large is the parcel?"), "they begin anew: {:#}", again.body);
    assert_eq!(run(&place, &["export", "#2"]).0, Some(0), "what they write makes a new contact");
    let (status, said) = server.end("TERM");
    assert!(status == Some(0) && !said.contains("ERROR"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_customer_is_in_the_files() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&says("wamid.1", "my parcel holds strawberries")).await, 200);
    graph.wait_for_taken(1).await;
    assert_eq!(server.end("TERM").0, Some(0));
    let lies_there = |words: &str| {
        let entries = std::fs::read_dir(place.database().parent().unwrap()).unwrap();
        let files = entries.filter(|entry| entry.as_ref().unwrap().path().is_file());
        let bytes = files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect::<Vec<u8>>();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    };
    assert!(lies_there("strawberries") && lies_there(ANA));
    let media = place.database().with_file_name("media");
    for contact in ["1", "2"] {
        std::fs::create_dir_all(media.join(contact)).unwrap();
        std::fs::write(media.join(contact).join("photo"), "the photo").unwrap();
    }
    let (_, exported, _) = run(&place, &["export", "#1"]);
    let exported: Value = serde_json::from_str(&exported).unwrap();
    assert!(exported["files"][0].as_str().unwrap().ends_with("media/1/photo"), "{}", exported["files"]);
    assert_eq!(run(&place, &["erase", "#1", "--yes"]).0, Some(0));
    assert!(!media.join("1").exists() && media.join("2").exists(), "their own files go with them");
    assert!(!lies_there("strawberries") && !lies_there(ANA));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_goes_into_a_new_file_only() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&says("wamid.1", "my parcel")).await, 200);
    graph.wait_for_taken(1).await;
    let (status, out, said) = run(&place, &["export", ANA, "--out", "ana.json"]);
    assert_eq!((status, out.as_str(), said.as_str()), (Some(0), "", ""));
    let written = std::fs::read_to_string(place.path().join("ana.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap()["contact"]["id"], 1);
    let (status, _, said) = run(&place, &["export", ANA, "--out", "ana.json"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("is there already; name another file"), "{said}");
}

#[test]
fn what_cannot_be_found_says_why_and_what_to_do() {
    let place = Place::new();
    let (status, _, said) = run(&place, &["erase", ANA, "--yes"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("there is no database `data/frontdesk.db`") && said.contains("--database"), "{said}");
    assert!(!place.database().exists(), "none is made");
    let (_, _, said) = run(&place, &["export", ANA, "--database", "mysql:x"]);
    assert!(said.contains("is no kind of database"), "{said}");

    place.make_database();
    for (named, why) in [
        ("#x", "is no number of a contact; write `#` and digits"),
        ("#7", "nobody is known as `#7`"),
        ("Ana", "write a phone number with its country"),
    ] {
        let (status, _, said) = run(&place, &["export", named]);
        assert!(status == Some(2) && said.contains(why), "{named}: {said}");
    }
}

#[tokio::test]
async fn a_customer_of_several_numbers_is_named_with_one() {
    use frontdesk::clock::Timestamp;
    use frontdesk::store::{Identity, SqliteSettings, SqliteStore, Store};
    let place = Place::new();
    place.make_database();
    let store = SqliteStore::open(&SqliteSettings::file(place.database())).unwrap();
    let who = Identity { wa_id: Some(ANA.to_owned()), user_id: Some("US.77".to_owned()), name: None };
    for number in ["100", "200"] {
        store.contact(number.to_owned(), who.clone(), Timestamp::UNIX_EPOCH).await.unwrap();
    }
    let (status, _, said) = run(&place, &["erase", "US.77", "--yes"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("#1 on the number 100, #2 on the number 200; name one with `--number ID`"), "{said}");
    let (status, out, said) = run(&place, &["erase", "US.77", "--number", "200", "--yes"]);
    assert!(status == Some(0) && out.contains("#2 on the number 200"), "{out}{said}");
    assert_eq!(run(&place, &["export", ANA]).0, Some(0), "now there is one only");
}
