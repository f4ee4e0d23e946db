//! Sentences are added in the style of the file, and not a sign else is touched.

use frontdesk::authoring::edit::add;
use frontdesk::yaml::{Node, parse};
use proptest::prelude::*;

/// The file with `new` and `no: 7` added to the examples of its first document.
fn added(file: &str) -> String {
    added_at(file, 0, "examples")
}

fn added_at(file: &str, document: usize, key: &str) -> String {
    let texts = ["new".to_owned(), "no: 7".to_owned()];
    let edited = add(file, document, key, &texts).unwrap_or_else(|why| panic!("{why}\n{file}"));
    let line = edited.text.lines().nth(edited.line - 1).unwrap_or_default();
    assert!(line.contains("new"), "line {} of\n{}", edited.line, edited.text);
    edited.text
}

#[test]
fn lines_follow_lines_in_their_own_indentation() {
    for (file, wanted) in [
        (
            "intent: a\nexamples:\n  - one # why\n  # two?\n",
            "intent: a\nexamples:\n  - one # why\n  - new\n  - \"no: 7\"\n  # two?\n",
        ),
        ("intent: a\nexamples:\n- one\nlabel: A\n", "intent: a\nexamples:\n- one\n- new\n- \"no: 7\"\nlabel: A\n"),
        ("intent: a\nexamples:\n    -   one", "intent: a\nexamples:\n    -   one\n    -   new\n    -   \"no: 7\""),
        ("intent: a\r\nexamples:\r\n  - one\r\n", "intent: a\r\nexamples:\r\n  - one\r\n  - new\r\n  - \"no: 7\"\r\n"),
        (
            "intent: a\nexamples:\n  - 'one'\n  - 'two'\n\n\n---\nintent: b\n",
            "intent: a\nexamples:\n  - 'one'\n  - 'two'\n  - 'new'\n  - 'no: 7'\n\n\n---\nintent: b\n",
        ),
        (
            "intent: a\nexamples:\n  - a long\n    text\nlabel: A\n",
            "intent: a\nexamples:\n  - a long\n    text\n  - new\n  - \"no: 7\"\nlabel: A\n",
        ),
        (
            "intent: a\nexamples:\n  - |\n    a block\n\nlabel: A\n",
            "intent: a\nexamples:\n  - |\n    a block\n  - new\n  - \"no: 7\"\n\nlabel: A\n",
        ),
    ] {
        assert_eq!(added(file), wanted);
    }
}

#[test]
fn brackets_stay_brackets() {
    for (file, wanted) in [
        ("intent: a\nexamples: [one, two] # so\n", "intent: a\nexamples: [one, two, new, \"no: 7\"] # so\n"),
        ("intent: a\nexamples: []\n", "intent: a\nexamples: [new, \"no: 7\"]\n"),
        (
            "intent: a\nexamples: [\n  one,\n  two,\n]\n",
            "intent: a\nexamples: [\n  one,\n  two,\n  new,\n  \"no: 7\",\n]\n",
        ),
        (
            "intent: a\nexamples:\n  [one,\n   two]\n",
            "intent: a\nexamples:\n  [one,\n   two,\n   new,\n   \"no: 7\"]\n",
        ),
        ("{ intent: a, examples: [\"one\"] }\n", "{ intent: a, examples: [\"one\", \"new\", \"no: 7\"] }\n"),
        ("{ intent: a }\n", "{ intent: a, examples: [new, \"no: 7\"] }\n"),
        ("{ intent: a, examples: one }\n", "{ intent: a, examples: [one, new, \"no: 7\"] }\n"),
    ] {
        assert_eq!(added(file), wanted);
    }
    let long = format!("intent: a\nexamples: [{}]\n", ["a sentence of some length"; 3].join(", "));
    assert!(added(&long).lines().all(|line| line.chars().count() <= 112), "{}", added(&long));
}

#[test]
fn a_list_is_made_where_there_is_none() {
    for (file, wanted) in [
        ("intent: a\nlabel: A\n# end\n", "intent: a\nlabel: A\nexamples:\n  - new\n  - \"no: 7\"\n# end\n"),
        (
            "intent: a\nkeywords:\n  - k\n# end\n---\nintent: b\n",
            "intent: a\nkeywords:\n  - k\nexamples:\n  - new\n  - \"no: 7\"\n# end\n---\nintent: b\n",
        ),
        ("intent: a\nexamples:\nlabel: A\n", "intent: a\nexamples:\n  - new\n  - \"no: 7\"\nlabel: A\n"),
        ("intent: a\nexamples: # none yet\n", "intent: a\nexamples: # none yet\n  - new\n  - \"no: 7\"\n"),
        ("intent: a\nexamples: ~\n", "intent: a\nexamples:\n  - new\n  - \"no: 7\"\n"),
        (
            "intent: a\nexamples: just one # so far\nlabel: A\n",
            "intent: a\nexamples:\n  - just one # so far\n  - new\n  - \"no: 7\"\nlabel: A\n",
        ),
        ("intent: a", "intent: a\nexamples:\n  - new\n  - \"no: 7\""),
    ] {
        assert_eq!(added(file), wanted);
    }
}

#[test]
fn another_document_and_another_key() {
    let file = "intent: a\nexamples: [x]\n---\n# others\nnot_for_us:\n  - one\n---\nintent: b\n";
    let wanted =
        "intent: a\nexamples: [x]\n---\n# others\nnot_for_us:\n  - one\n  - new\n  - \"no: 7\"\n---\nintent: b\n";
    assert_eq!(added_at(file, 1, "not_for_us"), wanted);
}

#[test]
fn what_is_shared_or_does_not_read_is_left_alone() {
    let shared = "intent: a\nkeywords: &k [x, y]\nexamples: *k\n";
    assert!(add(shared, 0, "examples", &["new".to_owned()]).unwrap_err().contains("only its author"));
    assert!(add("intent: [\n", 0, "examples", &["new".to_owned()]).unwrap_err().contains("does not read"));
    assert!(add("intent: a\n", 3, "examples", &["new".to_owned()]).is_err());
}

/// Files as people write them: an intent with a list in one of many styles.
fn file() -> impl Strategy<Value = String> {
    let text = "[a-zא-ת ,:'\"#!-]{1,20}";
    let list = prop::collection::vec(text, 1..5);
    (list, 0_u8..6, any::<bool>(), any::<bool>()).prop_map(|(texts, style, comment, more)| {
        use frontdesk::authoring::scalar::{Within, written};
        let texts: Vec<String> = texts.iter().map(|text| frontdesk::authoring::example(text)).collect();
        let quote = [None, Some('"'), Some('\'')][usize::from(style) % 3];
        let within = if style < 3 { Within::Lines } else { Within::Brackets };
        let items: Vec<String> = texts.iter().map(|text| written(text, within, quote)).collect();
        let list = match style {
            0..=2 => items.iter().map(|item| format!("\n  - {item}")).collect::<String>(),
            3 => format!(" [{}]", items.join(", ")),
            4 => format!("\n  [{}]", items.join(",\n   ")),
            _ => format!(" [\n    {},\n  ]", items.join(",\n    ")),
        };
        let comment = if comment { " # mine\n# and more" } else { "" };
        let more = if more { "\nlabel: A # last" } else { "" };
        format!("# head\nintent: a\nexamples:{list}{comment}{more}\n---\nintent: b\n")
    })
}

proptest! {
    #[test]
    fn whatever_the_style_the_new_stands_last_and_the_old_stays_sign_for_sign(
        file in file(),
        texts in prop::collection::vec("\\PC{1,20}", 1..4),
    ) {
        let texts: Vec<String> =
            texts.iter().map(|text| frontdesk::authoring::example(text)).filter(|text| !text.is_empty()).collect();
        prop_assume!(!texts.is_empty() && parse(&file).1.is_empty());
        let edited = add(&file, 0, "examples", &texts).map_err(TestCaseError::fail)?.text;
        let read = |text: &str| -> Vec<String> {
            let list = parse(text).0[0].get("examples").map(Node::items).unwrap_or_default().to_vec();
            list.iter().filter_map(Node::scalar).map(str::to_owned).collect()
        };
        prop_assert_eq!(read(&edited), [read(&file), texts].concat());
        // One piece was put in, and nothing taken out.
        let same = |a: &mut dyn Iterator<Item = (u8, u8)>| a.take_while(|(x, y)| x == y).count();
        let before = same(&mut file.bytes().zip(edited.bytes()));
        let behind = same(&mut file.bytes().rev().zip(edited.bytes().rev()));
        prop_assert!(before + behind >= file.len(), "{}\n{}", file, edited);
    }
}

#[test]
fn every_intent_of_the_sample_bot_takes_a_sentence_and_keeps_every_line() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("intents");
    let mut documents = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for (number, node) in parse(&file).0.iter().enumerate() {
            let key = if node.get("intent").is_some() { "examples" } else { "not_for_us" };
            let edited = add(&file, number, key, &["a new: sentence".to_owned()]).unwrap();
            let mut new = edited.text.lines();
            let kept = file.lines().all(|line| new.any(|other| other == line));
            assert!(kept && edited.text.lines().count() == file.lines().count() + 1, "{}", edited.text);
            assert_eq!(edited.text.lines().nth(edited.line - 1), Some("  - \"a new: sentence\""));
            documents += 1;
        }
    }
    assert!(documents > 10);
}

proptest! {
    #[test]
    fn whatever_a_file_holds_it_is_added_to_or_left_alone(
        file in "(intent: a\n)?((examples|keywords|x):( [\\[{]|\n  - | \\||\n- | &b | \\*b )?[a-z\"',:#\\]} \n-]{0,24}\n){0,4}",
        text in "\\PC{1,12}",
    ) {
        let text = frontdesk::authoring::example(&text);
        prop_assume!(!text.is_empty());
        if let Ok(edited) = add(&file, 0, "examples", std::slice::from_ref(&text)) {
            let (documents, problems) = parse(&edited.text);
            prop_assert!(problems.is_empty());
            let list = documents[0].get("examples").map(Node::items).unwrap_or_default();
            prop_assert_eq!(list.last().and_then(Node::scalar), Some(text.as_str()));
        }
    }

    #[test]
    fn no_file_of_another_tool_makes_it_fall_over(text in "(nlu:\n)?((- |  )(intent|examples|synonym|text|x):( \\||\n)?[\\PC]{0,20}\n){0,5}", bytes in any::<Vec<u8>>()) {
        let _ = frontdesk::authoring::rasa::read("nlu.yml", &text);
        for name in ["a.csv", "a.jsonl", "a"] {
            let _ = frontdesk::samples::read(name, text.as_bytes());
            let _ = frontdesk::samples::read(name, &bytes);
            let table = format!("text,intent\n{text}");
            for sample in frontdesk::samples::read(name, table.as_bytes()).into_iter().flatten() {
                prop_assert!(!sample.text.trim().is_empty() && sample.line > 0);
            }
        }
    }
}
