//! The semantic stage, through its doors: folders of models that the tests make, what a bot understands with them, and what
//! is said of folders that are none.

#[cfg(feature = "semantic")]
mod folders;
#[cfg(feature = "semantic")]
mod models;
#[cfg(feature = "semantic")]
mod understanding;

use std::ffi::OsString;
use std::fs;

#[cfg(feature = "semantic")]
const BOT: &str = "\
== bot.yaml
bot: Parcel Post
languages: [en]
== intents/all.yaml
intent: parcel
label: My parcel
leads_to: { handoff: people }
examples:
  - where is my parcel
  - my parcel is late
  - when does the parcel come
  - the parcel has not come
  - i wait for a parcel
  - a parcel for me
---
intent: bill
label: A bill
leads_to: { handoff: people }
examples:
  - what is this bill
  - my bill is wrong
  - i got a bill twice
  - the bill has not come
  - a bill for what
  - who pays the bill
---
not_for_us: [is there a pizza, the pizza is cold]
";

/// What a command says, by exit status.
fn run(arguments: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("frontdesk").chain(arguments.iter().copied()).map(OsString::from);
    let status = frontdesk::cli::run(arguments, &mut out, &mut err);
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn every_command_that_compiles_a_bot_says_what_is_wrong_with_the_model() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("bot.yaml"), "bot: Shop\nlanguages: [en]\n").unwrap();
    let (bot, model) = (place.path().display().to_string(), place.path().join("nowhere").display().to_string());
    for command in [
        vec!["check"],
        vec!["chat"],
        vec!["classify", "hello"],
        vec!["test"],
        vec!["misses"],
        vec!["eval"],
        vec!["serve", "--listen", "127.0.0.1:0", "--database", "sqlite:nowhere/shop.db"],
    ] {
        let (status, _, said) = run(&[&command[..], &["--bot", &bot, "--semantic", &model]].concat());
        assert_eq!(status, 2, "{command:?}: {said}");
        assert!(said.contains("the model of sentences cannot be used: `") && said.contains(&model), "{said}");
        let reason = if cfg!(feature = "semantic") { "there is no such folder; name" } else { "no semantic stage" };
        assert!(said.contains(reason), "{said}");
    }
}

#[cfg(not(feature = "semantic"))]
#[test]
fn a_build_without_the_stage_says_how_to_get_one_with_it() {
    let trouble = frontdesk::semantic::open(std::path::Path::new("models/small")).unwrap_err().to_string();
    assert_eq!(
        trouble,
        "`models/small`: this build of frontdesk has no semantic stage, so that no model of sentences can be used; build \
         it with `cargo build --release --features semantic`, or leave out `--semantic` and `FRONTDESK_SEMANTIC`"
    );
}
