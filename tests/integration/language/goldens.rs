//! What `check` says: a file per code (or `code--variant`) below `tests/golden/check`, which holds a bot's files and, after
//! `==== problems`, the text that people read. `UPDATE_GOLDENS=1` writes that text again; read the difference.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use frontdesk::bot::Bot;
use frontdesk::diagnostic::{Code, Problem, Sources, human, json, sarif};
use frontdesk::transcript;

use crate::golden;

const DIVIDER: &str = "==== problems\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/check")
}

/// The names of the goldens, without `.txt`, in order.
fn names() -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.filter_map(|file| file.strip_suffix(".txt").map(str::to_owned)).collect()
}

/// The bot's files: each begins with a line `== path`; ` as utf-16`, ` as latin-1` or ` up to N bytes` may follow.
fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    for part in format!("\n{text}").split("\n== ").skip(1) {
        let (heading, body) = part.split_once('\n').unwrap();
        let body = format!("{body}\n");
        let form_at = [" as ", " up to "].iter().find_map(|form| heading.find(form)).unwrap_or(heading.len());
        let (path, form) = heading.split_at(form_at);
        let bytes = match form.trim_start() {
            "" => body.into_bytes(),
            "as utf-16" => [0xff, 0xfe].into_iter().chain(body.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
            "as latin-1" => body.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
            form => {
                let size: usize = form.strip_prefix("up to ").unwrap().strip_suffix(" bytes").unwrap().parse().unwrap();
                body.bytes().cycle().take(size).collect()
            }
        };
        sources.add(path, &bytes);
    }
    sources
}

fn compile(bot: &str) -> (Sources, Vec<Problem>) {
    let sources = sources(bot.trim_end_matches('\n'));
    let (bot, mut problems) = Bot::compile(&sources);
    problems.extend(transcript::check(&sources, bot.as_ref()));
    (sources, problems)
}

#[test]
fn every_problem_is_told_as_its_golden_says_and_alone() {
    let mut noisy = Vec::new();
    for name in names() {
        let path = format!("check/{name}.txt");
        let text = fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap();
        let bot = text.split(DIVIDER).next().unwrap();
        let (sources, problems) = compile(bot);
        golden::check(&path, &format!("{bot}{DIVIDER}{}", human(&problems, &sources, false)));
        let code = name.split("--").next().unwrap();
        let found: BTreeSet<&str> = problems.iter().map(|problem| problem.code.name()).collect();
        if found != BTreeSet::from([code]) {
            noisy.push(format!("{name}: {found:?}"));
        }
    }
    assert!(noisy.is_empty(), "other problems than the one it is about:\n{}", noisy.join("\n"));
}

#[test]
fn every_code_has_a_golden_and_every_golden_a_code() {
    let told: BTreeSet<String> = names().iter().map(|name| name.split("--").next().unwrap().to_owned()).collect();
    let codes = Code::ALL.iter().map(|code| code.name().to_owned());
    assert_eq!(codes.collect::<BTreeSet<_>>(), told);
}

#[test]
fn every_problem_shows_a_way_out() {
    let mut poor = Vec::new();
    for name in names() {
        let text = fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap();
        let (_, problems) = compile(text.split(DIVIDER).next().unwrap());
        for problem in problems {
            if problem.help.is_none() || problem.message.ends_with('.') {
                poor.push(format!("{name}: {}", problem.message));
            }
        }
    }
    assert!(poor.is_empty(), "no way out, or a full stop:\n{}", poor.join("\n"));
}

#[test]
fn json_has_stable_keys_and_the_order_of_places() {
    let bot = "== bot.yaml
bot: Shop
languages: [en, he]
hours: { zone: Asia/Jerusalm, open: \"Su-Th 08:00-18:00\" }
== flows/bill.yaml
flow: bill
questions:
  number:
    ask: { en: Which bill? }
    accept: text
outcomes:
  - when: number = 3
    say: Thanks
== intents/bill.yaml
intent: bill
label: { en: My bill is really far too long, he: החשבון שלי }
leads_to: { flow: bil }
keywords: [bill]
";
    let (sources, problems) = compile(bot);
    golden::check("check.json", &format!("{:#}\n", json(&problems, &sources)));
    let mut scanned = sarif(&problems, &sources);
    let rules = scanned["runs"][0]["tool"]["driver"]["rules"].take();
    assert_eq!(rules.as_array().map(Vec::len), Some(Code::ALL.len()));
    golden::check("check.sarif", &format!("{:#}\n", scanned["runs"][0]["results"]));
    let places: Vec<_> = problems.iter().map(|problem| sources.place(&problem.spot)).collect();
    assert!(places.is_sorted(), "{places:?}");
}
