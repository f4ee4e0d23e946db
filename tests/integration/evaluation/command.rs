//! `frontdesk eval`, as it is typed: what it prints and writes, and what it says of files that do not read.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{run, shop, write};
use crate::golden;

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (status, out, err) = run(folder, &[arguments, &["--json"]].concat());
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    let mut all: Value = serde_json::from_str(&out).unwrap();
    for time in ["train_seconds", "micros_per_message"] {
        assert!(all.as_object_mut().unwrap().remove(time).is_some(), "{time}");
    }
    all
}

fn lines(folder: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const TRAIN: &str = "text,intent\nhow do i pay,pay\ni want to pay now,pay\ncan i pay by card,pay\nwhere to pay,pay\npay please,pay\nhello there,greeting\nhi you,greeting\ngood day,greeting\nhey ho,greeting\nwelcome all,greeting\nwhat a strange cat,\nthe moon is blue,\n";
const TEST: &str = "{\"text\":\"i will pay by card\",\"intent\":\"pay\"}\n{\"text\":\"hello hello\",\"intent\":\"greeting\"}\n{\"text\":\"cats on the moon\",\"intent\":null}\n";

#[test]
fn a_bot_is_examined_by_its_own_examples_each_held_out_once() {
    let shop = shop();
    let all = json(shop.path(), &["FOLDER", "--predictions", "FOLDER/p.jsonl"]);
    assert_eq!((&all["in_scope"]["n"], &all["out_of_scope"]["n"]), (&16.into(), &4.into()));
    for (group, key) in [
        ("in_scope", "accuracy"),
        ("in_scope", "macro_f1"),
        ("out_of_scope", "recall"),
        ("out_of_scope", "precision"),
        ("out_of_scope", "auroc"),
        ("accepted", "coverage"),
        ("accepted", "accuracy"),
    ] {
        assert!(all[group][key].as_f64().is_some_and(|value| (0.0..=1.0).contains(&value)), "{group} {key}: {all:#}");
    }
    assert!(
        all["ece"].is_number() && all["confused"].is_array() && all["train"].is_string() && all["test"].is_string()
    );
    let intents: Vec<&str> =
        all["intents"].as_array().unwrap().iter().map(|of| of["intent"].as_str().unwrap()).collect();
    assert_eq!(intents, ["invoice", "parcel"]);

    let lines = lines(shop.path(), "p.jsonl");
    assert_eq!(lines.len(), 20);
    for line in &lines {
        assert!(["confident", "torn", "unsure"].contains(&line["decision"].as_str().unwrap()), "{line}");
        assert!(
            line["text"].is_string() && line["probability"].is_number() && line.get("predicted").is_some(),
            "{line}"
        );
    }
    assert_eq!(lines.iter().filter(|line| line["intent"].is_null()).count(), 4);
    assert_eq!(all, json(shop.path(), &["FOLDER"]), "the same again");
}

#[test]
fn texts_can_be_limited_to_a_language_and_mistyped() {
    let shop = shop();
    let latvian = json(shop.path(), &["FOLDER", "--language", "lv", "--predictions", "FOLDER/lv.jsonl"]);
    assert!(latvian["test"].as_str().unwrap().contains("in `lv` only"));
    let texts = lines(shop.path(), "lv.jsonl");
    assert!(!texts.is_empty() && texts.iter().all(|line| !line["text"].as_str().unwrap().contains("parcel")));
    let noisy = ["FOLDER", "--mistyped", "100", "--stripped", "--predictions", "FOLDER/noisy.jsonl"];
    let test = json(shop.path(), &noisy)["test"].as_str().unwrap().to_owned();
    assert_eq!(test, "each of them once, 100 % of the words mistyped, without marks on letters");
    let noisy = lines(shop.path(), "noisy.jsonl");
    let put = |text: &str| noisy.iter().find(|line| line["text"] == text).unwrap()["put"].as_str().unwrap().to_owned();
    assert!(!put("rēķins ir par lielu").contains('ē') && put("where is my parcel") != "where is my parcel");
}

#[test]
fn files_teach_and_examine_a_classifier_of_their_own() {
    let shop = shop();
    write(shop.path(), "train.csv", TRAIN);
    write(shop.path(), "test.jsonl", TEST);
    let both = ["--train", "FOLDER/train.csv", "--test", "FOLDER/test.jsonl", "--predictions", "FOLDER/p.jsonl"];
    let all = json(shop.path(), &both);
    assert_eq!((all["train"].as_str(), all["test"].as_str()), (Some("FOLDER/train.csv"), Some("FOLDER/test.jsonl")));
    assert_eq!((&all["in_scope"]["n"], &all["out_of_scope"]["n"]), (&2.into(), &1.into()));
    // A table's `greeting` is an intent of the table, whatever every bot has of that name; nothing else is an answer.
    for line in lines(shop.path(), "p.jsonl") {
        assert!(["greeting", "pay"].contains(&line["predicted"].as_str().unwrap_or("pay")), "{line}");
    }
    let alone = json(shop.path(), &["--train", "FOLDER/train.csv"]);
    assert_eq!((&alone["in_scope"]["n"], &alone["out_of_scope"]["n"]), (&10.into(), &2.into()));
}

#[test]
fn a_bot_is_examined_on_messages_of_a_file() {
    let shop = shop();
    write(shop.path(), "real.tsv", "intent\ttext\nparcel\twhere is that parcel of mine\n\tdo you like music\n");
    let all = json(shop.path(), &["FOLDER", "--test", "FOLDER/real.tsv"]);
    assert_eq!((&all["in_scope"]["n"], &all["out_of_scope"]["n"]), (&1.into(), &1.into()));
}

#[test]
fn the_page_stands_alone_and_shows_texts_in_their_own_direction() {
    let shop = shop();
    let (status, out, err) = run(shop.path(), &["FOLDER", "--html", "FOLDER/page.html"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.contains("What to do next"), "{out}");
    let page = fs::read_to_string(shop.path().join("page.html")).unwrap();
    assert!(page.contains("How well The shop understands") && page.contains("dir=\"auto\"") && page.contains("<svg"));
    for outside in ["<script", "http:", "https:", "src=", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn what_cannot_be_done_says_where_why_and_the_way_out() {
    let shop = shop();
    write(shop.path(), "train.csv", TRAIN);
    write(shop.path(), "wide.csv", "text,intent\nhello, you,greeting\n");
    write(shop.path(), "plain.csv", "hello\nyou\n");
    write(shop.path(), "broken.jsonl", "{\"text\":\"a\",\"intent\":\"pay\"}\n{\"text\":\n");
    write(shop.path(), "strange.csv", "text,intent\nplease pay,paying\n");
    write(shop.path(), "none.csv", "text,intent\na cat,\n");
    write(shop.path(), "bad/bot.yaml", "bot: Bad\nlanguages: [en]\nqueue: {}\n");
    let mut said = String::new();
    for arguments in [
        &["--train", "FOLDER/gone.csv"][..],
        &["--train", "FOLDER/wide.csv"],
        &["--train", "FOLDER/plain.csv"],
        &["--train", "FOLDER/broken.jsonl"],
        &["--train", "FOLDER/none.csv"],
        &["--train", "FOLDER/train.csv", "--test", "FOLDER/strange.csv"],
        &["FOLDER", "--test", "FOLDER/strange.csv"],
        &["FOLDER", "--language", "he"],
        &["FOLDER", "--html", "FOLDER/nowhere/page.html"],
        &["FOLDER/bad"],
        &["FOLDER/empty"],
    ] {
        let (status, out, err) = run(shop.path(), arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        said.push_str(&format!("$ frontdesk eval {}\n{err}\n", arguments.join(" ")));
    }
    golden::check("evaluation/errors.txt", &said);
}
