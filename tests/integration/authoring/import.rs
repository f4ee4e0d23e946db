//! `frontdesk import`, as it is typed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use frontdesk::cli;
use tempfile::TempDir;

use crate::golden;

const NLU: &str = r#"version: "3.1"
nlu:
- intent: greet
  examples: |
    - ahoy there
- intent: card_arrival
  examples: |
    - where is my card
    - my [Visa](card) has not come to [Riga]{"entity": "city"}
    - how long does a card take
    - is my card on its way
    - card still not here
- intent: faq/ask_fees
  examples: |
    - what does it cost
    - no
    - "how much": that is the question
    - are there fees
    - fees?
- intent: out_of_scope
  examples: |
    - order me a pizza
- synonym: credit
  examples: |
    - plastic
- regex: zip
  examples: |
    - \d{5}
"#;

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> (u8, String, String) {
    let place = folder.to_string_lossy().into_owned();
    let all = ["frontdesk"].into_iter().chain(arguments.iter().copied());
    let all = all.map(|word| OsString::from(word.replace("FOLDER", &place)));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = cli::run(all, &mut out, &mut err);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&place, "FOLDER");
    (status, text(out), text(err))
}

/// Every YAML file of a folder, by path.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for inside in ["", "intents"] {
        for entry in fs::read_dir(folder.join(inside)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn shown(files: &BTreeMap<String, String>) -> String {
    files.iter().map(|(name, text)| format!("== {name}\n{text}")).collect()
}

/// No errors, by `frontdesk check` itself.
fn checks(folder: &Path) {
    let (status, out, err) = run(folder, &["check", "FOLDER/bot"]);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
}

fn bank() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "nlu.yml", NLU);
    write(folder.path(), "bot/bot.yaml", "bot: The bank\nlanguages: [en]\nqueues: { cards: { label: Cards } }\n");
    write(
        folder.path(),
        "bot/intents/cards.yaml",
        "# Cards, and where they are.\nintent: card_arrival\nleads_to: { handoff: cards }\nlabel: My card\nexamples:\n  - Where is my card? # the usual\n  - has my card been sent\n---\nintent: fees\nleads_to: { handoff: cards }\nlabel: Fees\nexamples: [are there fees, what do you charge, any costs, is it free, how much]\n",
    );
    folder
}

#[test]
fn a_new_bot_is_made_of_a_training_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "nlu.yml", NLU);
    let (status, out, err) = run(folder.path(), &["import", "rasa", "FOLDER/nlu.yml", "--into", "FOLDER/bot"]);
    assert_eq!((status, err.as_str()), (0, ""));
    golden::check("authoring/new_bot.txt", &format!("{out}\n{}", shown(&files(&folder.path().join("bot")))));
    checks(folder.path());
    let before = files(&folder.path().join("bot"));
    let (status, out, _) = run(folder.path(), &["import", "rasa", "FOLDER/nlu.yml", "--into", "FOLDER/bot"]);
    assert_eq!((status, files(&folder.path().join("bot"))), (0, before), "a second time changes nothing: {out}");
}

#[test]
fn what_is_there_is_added_to_and_never_written_over() {
    let bank = bank();
    let (status, out, err) = run(bank.path(), &["import", "rasa", "FOLDER/nlu.yml", "--bot", "FOLDER/bot"]);
    assert_eq!((status, err.as_str()), (0, ""));
    golden::check("authoring/merged.txt", &format!("{out}\n{}", shown(&files(&bank.path().join("bot")))));
    checks(bank.path());
}

#[test]
fn a_file_that_could_not_be_read_is_not_written_over() {
    let folder = TempDir::new().unwrap();
    let kept = "intent: parcel\nlabel: My own\nleads_to: { handoff: people }\n";
    write(folder.path(), "intents/parcel.yaml", kept);
    write(folder.path(), "rows.csv", "text,intent\nwhere is it,parcel\n");
    let (code, _, err) = run(folder.path(), &["import", "csv", "FOLDER/rows.csv", "--into", "FOLDER"]);
    assert!(code != 0 && err.contains("would be overwritten"), "{code} {err}");
    assert_eq!(fs::read_to_string(folder.path().join("intents/parcel.yaml")).unwrap(), kept);
    assert!(!folder.path().join("bot.yaml").exists(), "and nothing else is written");

    write(folder.path(), "bot.yaml", "bot: Shop\nlanguages: [en]\n");
    let mut mixed = kept.as_bytes().to_vec();
    mixed.extend(b"examples:\n  - it is late\n# \xe0\n");
    fs::write(folder.path().join("intents/parcel.yaml"), &mixed).unwrap();
    let (code, _, err) = run(folder.path(), &["import", "csv", "FOLDER/rows.csv", "--into", "FOLDER"]);
    assert!(code != 0, "{err}");
    assert_eq!(fs::read(folder.path().join("intents/parcel.yaml")).unwrap(), mixed);
}

#[test]
fn a_second_import_finds_the_intents_of_names_without_latin_letters() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "bot.yaml", "bot: Shop\nlanguages: [he]\n");
    let import = |rows: &str| {
        write(folder.path(), "rows.csv", &format!("text,intent\n{rows}"));
        let (code, _, err) = run(folder.path(), &["import", "csv", "FOLDER/rows.csv", "--into", "FOLDER"]);
        assert_eq!(code, 0, "{err}");
    };
    import("איפה החבילה שלי,משלוח\nכמה עולה,תשלום\n");
    import("אפשר בביט,תשלום\nאני רוצה זיכוי,החזר\n");
    let of = |name: &str| fs::read_to_string(folder.path().join(format!("intents/{name}.yaml"))).unwrap();
    assert!(of("intent").contains("איפה החבילה") && !of("intent").contains("אפשר בביט"));
    assert!(of("intent_2").contains("כמה עולה") && of("intent_2").contains("אפשר בביט"));
    assert!(of("intent_3").contains("זיכוי"));
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let bank = bank();
    let before = files(&bank.path().join("bot"));
    let dry = ["import", "rasa", "FOLDER/nlu.yml", "--bot", "FOLDER/bot", "--dry-run"];
    let (status, out, _) = run(bank.path(), &dry);
    assert!(status == 0 && out.contains("Would be written:\n"), "{out}");
    assert_eq!(files(&bank.path().join("bot")), before);
}

#[test]
fn a_table_of_many_intents_gets_no_rows_in_the_menu() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "text\tintent\nsing for me\t\n".to_owned();
    for intent in 0..12 {
        for example in ["alpha", "beta", "gamma", "delta", "epsilon"] {
            table.push_str(&format!(
                "{example} of matter {intent}\tThe matter number {intent} of many matters, at length\n"
            ));
        }
    }
    table.push_str("שאלה על החשבון\tחשבון\n");
    write(folder.path(), "table.tsv", &table);
    let (status, out, err) = run(folder.path(), &["import", "csv", "FOLDER/table.tsv", "--into", "FOLDER/bot"]);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    checks(folder.path());
    let files = files(&folder.path().join("bot"));
    assert_eq!(files.len(), 15, "{:?}", files.keys());
    let labels: Vec<&str> =
        files.values().filter_map(|text| text.lines().find(|line| line.starts_with("label:"))).collect();
    assert!(labels.contains(&"label: The matter number 11 of") && labels.contains(&"label: חשבון"), "{labels:?}");
    assert!(files.values().filter(|text| text.contains("\nmenu: false\n")).count() == 13, "{out}");
}

#[test]
fn what_cannot_be_done_says_where_why_and_the_way_out() {
    let bank = bank();
    write(bank.path(), "stories.yml", "version: '3.1'\nstories: []\n");
    write(bank.path(), "old.md", "## intent:greet\n- hey\n");
    write(bank.path(), "odd.yml", "nlu:\n- intent: a\n  examples: |\n    - b\n- intend: c\n");
    write(bank.path(), "tab.yml", "nlu:\n- intent: a\n\texamples: b\n");
    write(bank.path(), "none.yml", "nlu:\n- synonym: a\n  examples: |\n    - b\n");
    write(bank.path(), "short.csv", "text,intent\nhello\n");
    write(bank.path(), "shared/bot.yaml", "bot: Shared\nlanguages: [en]\n");
    write(
        bank.path(),
        "shared/intents/a.yaml",
        "intent: card_arrival\nleads_to: { say: Soon. }\nlabel: A\nkeywords: &list [a card, b card]\nexamples: *list\n",
    );
    let mut said = String::new();
    for arguments in [
        &["rasa", "FOLDER/gone.yml", "--bot", "FOLDER/bot"][..],
        &["rasa", "FOLDER/stories.yml", "--bot", "FOLDER/bot"],
        &["rasa", "FOLDER/old.md", "--bot", "FOLDER/bot"],
        &["rasa", "FOLDER/odd.yml", "--bot", "FOLDER/bot"],
        &["rasa", "FOLDER/tab.yml", "--bot", "FOLDER/bot"],
        &["rasa", "FOLDER/none.yml", "--bot", "FOLDER/bot"],
        &["csv", "FOLDER/short.csv", "--bot", "FOLDER/bot"],
        &["rasa", "FOLDER/nlu.yml", "--bot", "FOLDER/nowhere"],
        &["rasa", "FOLDER/nlu.yml", "--bot", "FOLDER/shared"],
    ] {
        let (status, out, err) = run(bank.path(), &[&["import"], arguments].concat());
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        said.push_str(&format!("$ frontdesk import {}\n{err}\n", arguments.join(" ")));
    }
    golden::check("authoring/errors.txt", &said);
}
