//! A bot that is taken from what was kept of it is the bot that its files make; anything else that lies there is no bot.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use frontdesk::bot::{Aids, Bot, Cache};
use frontdesk::cli::project;
use frontdesk::diagnostic::{Problem, Sources};

use super::BOT;

/// Bytes by their keys, and how often they were asked for and kept.
#[derive(Default)]
pub struct Kept {
    pub files: RefCell<BTreeMap<String, Vec<u8>>>,
    puts: RefCell<usize>,
}

impl Cache for Kept {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.files.borrow().get(key).cloned()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        *self.puts.borrow_mut() += 1;
        self.files.borrow_mut().insert(key.to_owned(), bytes.to_vec());
    }
}

impl Kept {
    fn compile(&self, sources: &Sources) -> (Bot, Vec<Problem>) {
        let (bot, problems) = Bot::compile_with(sources, &Aids { cache: Some(self), ..Aids::default() });
        (bot.unwrap(), problems)
    }

    pub fn puts(&self) -> usize {
        *self.puts.borrow()
    }

    /// Whether the bot is worked out anew when this lies under its key.
    fn is_void(&self, sources: &Sources, bytes: &[u8]) -> bool {
        let before = self.puts();
        self.files.borrow_mut().values_mut().for_each(|kept| *kept = bytes.to_vec());
        self.compile(sources);
        self.puts() > before
    }
}

/// A bot with articles in two languages, something amiss with one of them, and strays.
fn shop() -> Sources {
    let more = "\
== intents/strays.yaml
not_for_us: [can you book me a flight to rome, what does a pizza cost]
== knowledge/fibre.md
---
title: How fibre gets into the house
questions: [do you dig up the garden]
link: https://example.com/fibre
---
We dig a **trench** from the street.
== knowledge/fibre.he.md
---
language: he
---
חופרים תעלה מן הרחוב.
== knowledge/only-english.md
Only in *one* language.
";
    let mut sources = Sources::default();
    for part in format!("\n{BOT}\n{more}").split("\n== ").skip(1) {
        let (path, body) = part.split_once('\n').unwrap();
        sources.add(path.trim(), format!("{body}\n").as_bytes());
    }
    sources
}

/// Everything about a bot that can be seen, and what it makes of texts.
fn seen(bot: &Bot, problems: &[Problem], texts: &[String]) -> Vec<String> {
    let mut seen = vec![format!("{problems:#?} {:#?} {:#?} {:#?}", bot.articles, bot.intents, bot.flows)];
    let classifier = &bot.classifier;
    seen.push(format!("{} {:?} {:?}", bot.version, classifier.thresholds(), classifier.confusions()));
    seen.extend(texts.iter().map(|text| {
        let understood = classifier.classify(text, &|_| true);
        format!("{understood:?} {:?} {:?}", classifier.anytime(text), classifier.keyword_owner(text))
    }));
    seen
}

/// The lines of some files, as they stand, begun, and with letters swapped.
fn texts(sources: &Sources) -> Vec<String> {
    let lines = sources.0.keys().flat_map(|file| sources.text(file).lines());
    let lines = lines.map(|line| line.trim().trim_start_matches("- ")).filter(|line| line.contains(' '));
    let mut texts = Vec::new();
    for line in lines {
        let (mut slipped, letters) = (line.chars().collect::<Vec<char>>(), line.chars().count());
        slipped.swap(letters / 2, letters / 2 - 1);
        texts.extend([line.to_owned(), line.chars().take(letters / 2).collect(), slipped.into_iter().collect()]);
    }
    texts
}

#[test]
fn what_was_kept_answers_as_what_is_worked_out() {
    let (_, sample, _) = project::compile(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    for sources in [shop(), sample] {
        let texts = texts(&sources);
        assert!(texts.len() > 200, "{}", texts.len());
        let cache = Kept::default();
        let (bot, problems) = Bot::compile(&sources);
        let plain = seen(&bot.unwrap(), &problems, &texts);
        for round in 0..3 {
            let (bot, problems) = cache.compile(&sources);
            for (one, other) in plain.iter().zip(seen(&bot, &problems, &texts)) {
                assert_eq!(*one, other, "round {round}");
            }
        }
        assert_eq!(cache.puts(), 1);
    }
}

#[test]
fn the_same_files_make_the_same_bytes() {
    let kept = [(), ()].map(|()| {
        let cache = Kept::default();
        cache.compile(&shop());
        cache.files.take()
    });
    assert_eq!(kept[0], kept[1]);
}

#[test]
fn what_is_damaged_cut_or_another_bots_is_void() {
    let (sources, cache) = (shop(), Kept::default());
    cache.compile(&sources);
    let whole = cache.files.borrow().values().next().unwrap().clone();
    assert!(!cache.is_void(&sources, &whole));
    assert!(cache.is_void(&sources, &[]));
    for part in [1, 16, 40, 100, whole.len() / 2, whole.len() - 1] {
        assert!(cache.is_void(&sources, &whole[..part]), "{part} bytes of {}", whole.len());
    }
    for at in (0..whole.len()).step_by(whole.len() / 17) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        assert!(cache.is_void(&sources, &damaged), "byte {at} of {}", whole.len());
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(cache.is_void(&sources, &longer));
    // The very key of this bot above the bytes of another.
    let mut other = sources;
    other.add(
        "intents/more.yaml",
        b"intent: more\nlabel: More\nleads_to: { handoff: people }\nexamples: [a, b, c, d, e]\n",
    );
    cache.compile(&other);
    assert!(cache.is_void(&other, &whole));
}

#[test]
fn another_file_makes_another_key_and_tests_do_not() {
    let (sources, cache) = (shop(), Kept::default());
    cache.compile(&sources);
    let mut tested = sources.clone();
    tested.add("tests/hello.chat", b"test hello\n> hello\n< *\n");
    cache.compile(&tested);
    assert_eq!(cache.puts(), 1);
    for file in ["bot.yaml", "knowledge/fibre.md", "intents/strays.yaml"] {
        let mut changed = sources.clone();
        changed.add(file, format!("{}\n", sources.text(file)).as_bytes());
        let before = cache.puts();
        cache.compile(&changed);
        assert_eq!(cache.puts(), before + 1, "{file}");
    }
}

#[test]
fn a_bot_with_errors_is_not_kept() {
    let (mut sources, cache) = (shop(), Kept::default());
    sources.add("knowledge/bad.md", b"---\nleads_to: { flow: nowhere }\n---\nText.\n");
    let (bot, problems) = Bot::compile_with(&sources, &Aids { cache: Some(&cache), ..Aids::default() });
    assert!(bot.is_none() && !problems.is_empty());
    assert_eq!(cache.puts(), 0);
}
