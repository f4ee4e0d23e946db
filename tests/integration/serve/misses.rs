//! `frontdesk misses`, beside a server that runs on the same file: what was not understood, and how it becomes an example.

use serde_json::{Value, json};

use super::crashes::now;
use super::server::{NUMBER, Place};
use crate::fake_graph::{FakeGraph, text_delivery};

/// Runs the command in the place: its exit status, what it prints, what it says on stderr.
fn run(place: &Place, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = place.program().arg("misses").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn listed(place: &Place) -> Value {
    let (status, out, said) = run(place, &["--json"]);
    assert_eq!((status, said.as_str()), (Some(0), ""));
    serde_json::from_str(&out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_understood_is_shown_and_taught() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    place.write("intents/others.yaml", "# Strangers.\nnot_for_us: [can you sing, 'is it raining']\n");
    let server = place.serve_live(&graph, &[]);
    let says = [
        ("15550100001", "do you sell zebra umbrellas"),
        ("15550100002", "Do you sell zebra umbrellas?"),
        ("15550100003", "do you sell a zebra umbrella, call me on 0501234567"),
        ("15550100004", "Ana wants purple giraffes"),
        ("15550100005", "where is my parcel"),
    ];
    for (number, (who, text)) in says.iter().enumerate() {
        let id = format!("wamid.{number}");
        assert_eq!(server.deliver(&text_delivery(NUMBER, who, &id, now(), text)).await, 200);
        graph.wait_for_taken(number + 1).await;
    }

    let (status, out, said) = run(&place, &[]);
    assert_eq!((status, said.as_str()), (Some(0), ""));
    assert!(out.starts_with("4 messages not understood in the last 30 days, in 2 groups\n"), "{out}");
    assert!(out.contains("“do you sell zebra umbrellas”") && out.contains("••• wants purple giraffes"), "{out}");
    for told in ["1555", "0501234567", "Ana"] {
        assert!(!out.contains(told), "{told} is told: {out}");
    }
    let all = listed(&place);
    let groups = all["misses"].as_array().unwrap();
    let counts: Vec<&Value> = groups.iter().map(|group| &group["count"]).collect();
    assert_eq!((counts, &all["messages"], &all["settled"]), (vec![&json!(3), &json!(1)], &json!(4), &json!(0)));
    let numbers: Vec<String> = groups.iter().map(|group| group["number"].to_string()).collect();

    let twice = run(&place, &["--assign", &numbers[0], "not_for_us", "--assign", &numbers[0], "parcel"]);
    assert!(twice.0 == Some(2) && twice.2.contains("is given to `not_for_us` and to `parcel`"), "{twice:?}");
    let assigned = run(&place, &["--assign", &numbers[0], "not_for_us", "--assign", &numbers[1], "parcel"]);
    assert_eq!((assigned.0, assigned.2.as_str()), (Some(0), ""));
    assert!(
        assigned.1.contains("intents/others.yaml:2: “do you sell zebra umbrellas” is an example of `not_for_us` now"),
        "{}",
        assigned.1
    );
    assert!(assigned.1.contains("“wants purple giraffes” is an example of `parcel` now"), "{}", assigned.1);
    let file = |name: &str| std::fs::read_to_string(place.path().join(name)).unwrap();
    let others = "# Strangers.\nnot_for_us: [can you sing, 'is it raining', do you sell zebra umbrellas]\n";
    assert_eq!(file("intents/others.yaml"), others);
    assert!(file("intents/parcel.yaml").ends_with("\n  - parcel delivery\n  - wants purple giraffes\n"));

    let (_, out, _) = run(&place, &[]);
    assert!(!out.contains("zebra umbrellas”"), "what was taught is not shown again: {out}");
    let gone = run(&place, &["--assign", &numbers[0], "parcel"]);
    assert!(gone.0 == Some(2) && gone.2.contains("there is no group"), "{gone:?}");
    assert_eq!(server.end("TERM").0, Some(0));
}

#[test]
fn without_a_database_or_a_miss_it_says_so() {
    let place = Place::new();
    let (status, _, said) = run(&place, &[]);
    assert!(status == Some(2) && said.contains("there is no database `data/frontdesk.db`"), "{said}");
    place.make_database();
    let nothing = run(&place, &["--since", "1d"]);
    assert_eq!(nothing, (Some(0), "Nothing was missed in the last day.\n".to_owned(), String::new()));
    assert!(run(&place, &["--since", "soon"]).2.contains("no time such as 12h, 7d or 4w"));
    let unknown = run(&place, &["--assign", "7", "parcels"]);
    assert!(unknown.0 == Some(2) && unknown.2.contains("there is no group 7"), "{unknown:?}");
}
