//! Files that no designer writes on purpose: whatever comes, problems with places, never a panic.

use frontdesk::bot::Bot;
use frontdesk::diagnostic::{Problem, Sources, human, json};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

const BOT: &str = "bot: Orbit\nlanguages: [en, he]\nhours: { zone: Asia/Jerusalem, open: \"Su-Th 08:00-18:00\" }\nqueues:\n  technical: { label: Technical }\nlookups:\n  order:\n    get: https://api.example.com/orders/{{ number }}\n    result: { found: \"$.found\", eta: \"$.eta\" }\nwording:\n  welcome: { en: \"Hello 😀 {{ contact.name }}\", he: שלום }\n";
const FLOW: &str = "flow: box\nsay: { en: Sorry!, he: סליחה }\nquestions:\n  number:\n    ask: { en: Which number?, he: איזה מספר }\n    accept: { pattern: 'A-?\\d{5}', example: A-10234, normalise: upper }\n    lookup: order\n    valid_when: order.found\n  kind:\n    ask: Which box?\n    options:\n      x1: X1\n      s2: { label: S2, hint: the small one, also: [white box] }\n    only_if: number != none\noutcomes:\n  - when: kind == \"x1\" and order.found\n    say: \"Number {{ number }} comes {{ order.eta | default('soon') }}\"\n  - otherwise:\n    handoff: { queue: technical, note: \"{{ kind | default('?') }}\" }\n";
const INTENT: &str = "intent: box\nlabel: { en: My box, he: הממיר שלי }\nleads_to: { flow: box }\nkeywords: [decoder, ממיר]\npatterns: ['\\bno (picture|signal)\\b']\nnever: [guide]\nexamples:\n  - my box is broken\n  - the screen stays black\n  - there is no sound\n  - הממיר לא עובד\n  - nothing on the tv\n";
const ARTICLE: &str = "---\narticle: restart\ntitle: { en: Restarting, he: הפעלה מחדש }\nleads_to: { flow: box }\nquestions: [box frozen]\nlink: https://example.com/help\n---\n# Restart\n\n1. Hold the **power** button for _10 seconds_\n\n- [more](https://example.com)\n";
const PATHS: [&str; 4] = ["bot.yaml", "flows/box.yaml", "intents/box.yaml", "knowledge/restart.md"];
const GOOD: [&str; 4] = [BOT, FLOW, INTENT, ARTICLE];

/// The good bot with one file replaced. Whatever is found has to be printable too.
fn with(position: usize, bytes: &[u8]) -> (Sources, Vec<Problem>) {
    let mut sources = Sources::default();
    for (path, text) in PATHS.iter().zip(GOOD) {
        sources.add(path, text.as_bytes());
    }
    sources.add("knowledge/restart.he.md", "לחיצה ארוכה על הכפתור\n".as_bytes());
    sources.add(PATHS[position], bytes);
    let (bot, problems) = Bot::compile(&sources);
    let shown = human(&problems, &sources, false);
    assert!(bot.is_some() || shown.contains("error"), "no bot and no reason:\n{shown}");
    assert!(json(&problems, &sources)["problems"].is_array());
    for problem in &problems {
        let place = sources.place(&problem.spot);
        assert!(place.line >= 1 && place.column >= 1);
    }
    (sources, problems)
}

fn first(position: usize, bytes: &[u8]) -> String {
    let (sources, problems) = with(position, bytes);
    let problem = problems.first().unwrap();
    format!("{} {} {}", sources.place(&problem.spot), problem.code.name(), problem.message)
}

#[test]
fn the_good_bot_is_good() {
    let (sources, problems) = with(0, BOT.as_bytes());
    assert_eq!(human(&problems, &sources, false), "No problems found\n");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    for (position, text) in GOOD.iter().enumerate() {
        let windows = text.replace('\n', "\r\n");
        let marked = format!("\u{feff}{windows}");
        for text in [windows, marked] {
            let (sources, problems) = with(position, text.as_bytes());
            assert_eq!(human(&problems, &sources, false), "No problems found\n", "{}", PATHS[position]);
        }
    }
}

#[test]
fn anchors_are_allowed() {
    let intent = INTENT.replace("[decoder, ממיר]", "&words [decoder]")
        + "---\nintent: other\nlabel: Other\nleads_to: &to { handoff: technical }\nexamples: [a b, c d, e f, g h, i j]\n---\nintent: third\nlabel: Third\nleads_to: { handoff: &team technical }\nkeywords: [three]\npatterns: ['\\d three']\n";
    let (sources, problems) = with(2, intent.as_bytes());
    let errors: Vec<_> = problems.iter().filter(|p| p.severity().name() == "error").collect();
    assert!(errors.is_empty(), "{}", human(&problems, &sources, false));
}

#[test]
fn wrong_encodings_are_named() {
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(BOT.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(first(0, &utf16), "bot.yaml:1:1 encoding this file is saved as UTF-16");
    assert!(first(0, b"bot: Caf\xe9\nlanguages: [en]\n").starts_with("bot.yaml:1:9 encoding "));
    assert!(first(1, b"flow: box\nsay: \xff\n").starts_with("flows/box.yaml:2:6 encoding "));
    assert!(first(2, b"\xfe\xff\0i\0n").contains("UTF-16"));
    assert!(first(3, b"# Caf\xe9\n").starts_with("knowledge/restart.md:1:6 encoding "));
}

#[test]
fn what_is_too_big_or_too_deep_is_refused_at_once() {
    for position in 0..PATHS.len() {
        let big = GOOD[position].bytes().cycle().take(10_000_000).collect::<Vec<_>>();
        assert!(first(position, &big).contains("too-large"), "{}", PATHS[position]);
    }
    for open in ["[", "{a: ", "- ", "? "] {
        assert!(!with(0, open.repeat(10_000).as_bytes()).1.is_empty(), "{open}");
    }
    let stairs: String = (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth.min(300)))).collect();
    assert!(!with(1, stairs.as_bytes()).1.is_empty());
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", ")));
    }
    assert!(first(0, bomb.as_bytes()).contains("too many values"));
    let parentheses = format!("{}kind{}", "(".repeat(10_000), ")".repeat(10_000));
    let flow = FLOW.replace("order.found\n  kind", &format!("{parentheses}\n  kind"));
    assert!(!with(1, flow.as_bytes()).1.is_empty());
    for nested in ["{{ ((((", "{% if a %}", "{{ [[[[", "{{ not not ", "{{ a|b|c|"] {
        let text = FLOW.replace("Which box?", &format!("\"{}\"", nested.repeat(5_000)));
        assert!(!with(1, text.as_bytes()).1.is_empty(), "{nested}");
    }
    let pattern = format!("intent: box\nlabel: Box\nleads_to: {{ flow: box }}\npatterns: ['{}']\n", "(a{1000}){1000}");
    assert!(!with(2, pattern.as_bytes()).1.is_empty());
    assert!(!with(3, "> ".repeat(10_000).as_bytes()).0.0.is_empty());
}

#[test]
fn empty_files_say_what_is_missing() {
    for empty in ["", "\n\n", "---\n", "# nothing\n", "---\n---\n", "\u{feff}", "~", "null\n"] {
        let problem = first(0, empty.as_bytes());
        assert!(problem.starts_with("bot.yaml:1:1 missing-"), "{empty:?}: {problem}");
        with(1, empty.as_bytes());
        with(2, empty.as_bytes());
        with(3, empty.as_bytes());
    }
    for empty in ["", "\n\n", "\u{feff}", "---\ntitle: Restart\n---\n"] {
        assert!(first(3, empty.as_bytes()).contains("missing-key"), "{empty:?}");
    }
}

#[test]
fn tabs_duplicates_and_nul_bytes_are_found_where_they_are() {
    assert_eq!(
        first(0, b"bot: Orbit\nlanguages: [en]\npolicy:\n\tgather: 2s\n"),
        "bot.yaml:4:1 yaml-syntax a tab stands where spaces must"
    );
    assert!(first(0, b"bot: Orbit\nbot: Other\n").starts_with("bot.yaml:2:1 duplicate-key "));
    let nul = first(0, b"bot: Or\0bit\nlanguages: [en]\n");
    assert!(nul.starts_with("bot.yaml:1:8 "), "{nul}");
}

#[test]
fn columns_count_characters_of_any_script() {
    let flow = FLOW.replace("he: סליחה", "he: \"😀😀 שלום {{ nmae }}\"");
    let line = flow.lines().nth(1).unwrap();
    let column = line[..line.find("nmae").unwrap()].chars().count() + 1;
    assert!(
        first(1, flow.as_bytes()).starts_with(&format!("flows/box.yaml:2:{column} unknown-name")),
        "{}",
        first(1, flow.as_bytes())
    );
}

fn run(cases: u32, input: impl Strategy<Value = (usize, Vec<u8>)>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&input, |(position, bytes)| {
        with(position, &bytes);
        Ok::<(), TestCaseError>(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Words of the language in any order: gets past the parser more often than letters do.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "flow: ",
        "intent: ",
        "bot: ",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "questions:",
        "outcomes:",
        "when: ",
        "otherwise:",
        "say: ",
        "ask: ",
        "options: ",
        "accept: ",
        "{{ ",
        " }}",
        "{% if ",
        "%}",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "a",
        "box",
        "text",
        "'",
        "\"",
        "&a ",
        "*a",
        "---",
        "languages: [en]",
        "leads_to: ",
        "hours: ",
        "|",
        ">",
        "==",
        " and ",
        "(",
        ")",
        "not ",
        "א",
        "😀",
        "\0",
        "\t",
        "#",
        "!!",
        "%",
        "?",
        "~",
        "start: ",
        "handoff: ",
        "pattern: ",
        "(?i",
        "\\d*",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

#[test]
fn any_text_as_any_file_compiles_to_problems() {
    let text =
        prop_oneof![pieces(), ".{0,200}".prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..200),];
    run(2_000, (0..PATHS.len(), text));
}

#[derive(Debug, Clone)]
enum Change {
    DeleteLine(usize),
    DoubleLine(usize),
    SwapLines(usize, usize),
    DeleteByte(usize),
    SetByte(usize, u8),
    DoubleByte(usize),
    Cut(usize),
}

fn changed(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for change in changes {
        let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        if bytes.is_empty() {
            return bytes;
        }
        let (line, byte) = (lines.len(), bytes.len());
        match *change {
            Change::DeleteLine(at) => drop(lines.remove(at % line)),
            Change::DoubleLine(at) => lines.insert(at % line, lines[at % line].clone()),
            Change::SwapLines(a, b) => lines.swap(a % line, b % line),
            Change::DeleteByte(at) => drop(bytes.remove(at % byte)),
            Change::SetByte(at, to) => bytes[at % byte] = to,
            Change::DoubleByte(at) => bytes.insert(at % byte, bytes[at % byte]),
            Change::Cut(at) => bytes.truncate(at % byte),
        }
        if matches!(change, Change::DeleteLine(_) | Change::DoubleLine(_) | Change::SwapLines(..)) {
            bytes = lines.concat();
        }
    }
    bytes
}

#[test]
fn any_slip_of_the_hand_compiles_to_problems() {
    let at = || any::<usize>();
    let change = prop_oneof![
        at().prop_map(Change::DeleteLine),
        at().prop_map(Change::DoubleLine),
        (at(), at()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        at().prop_map(Change::DeleteByte),
        (at(), any::<u8>()).prop_map(|(at, to)| Change::SetByte(at, to)),
        at().prop_map(Change::DoubleByte),
        at().prop_map(Change::Cut),
    ];
    let input = (0..PATHS.len(), prop::collection::vec(change, 1..5))
        .prop_map(|(position, changes)| (position, changed(GOOD[position], &changes)));
    run(2_000, input);
}
