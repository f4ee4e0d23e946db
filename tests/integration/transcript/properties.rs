//! Whatever stands in a `.chat` file, reading it gives an answer; and what is written reads back as it was.

use std::sync::Arc;

use chrono::{Duration, NaiveDate, NaiveTime, Weekday};
use frontdesk::language::Language;
use frontdesk::message::{Choice, MediaKind, Outbound};
use frontdesk::transcript::matching::{Pattern, show};
use frontdesk::transcript::script::{AgentAct, Check, CheckKind, Reply, Said, Step, When, Who};
use frontdesk::transcript::{parse, session, write};
use proptest::prelude::*;

use super::shop;

/// Lines that begin like lines of a transcript, with anything behind.
fn nearly_a_line() -> impl Strategy<Value = String> {
    let begin = prop::sample::select(vec![
        "test: ",
        "only",
        "skip: ",
        "at ",
        "wait ",
        "contact: ",
        "number: ",
        "> ",
        "> tap ",
        "> [",
        "< ",
        "  ",
        "= ",
        "= answer ",
        "agent ",
        "agent Noa> ",
        "agent Noa: ",
        "phone> ",
        "! alert ",
        "lookup ",
        "lookup order: ",
        "deliver: failed ",
        "bot: ",
        "# ",
        "",
    ]);
    (begin, "\\PC{0,12}").prop_map(|(begin, rest)| format!("{begin}{rest}"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_reads_or_says_why_not(text in any::<String>()) {
        drop(parse(&Arc::from("a.chat"), &text));
    }

    #[test]
    fn what_nearly_reads_reads_or_says_where_it_does_not(lines in prop::collection::vec(nearly_a_line(), 0..12)) {
        let text = lines.join("\n");
        if let Err(problems) = parse(&Arc::from("a.chat"), &text) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(text.get(problem.spot.range.start..problem.spot.range.end).is_some(), "{:?}", problem);
                prop_assert!(problem.help.is_some());
            }
        }
    }

    #[test]
    fn what_is_written_reads_back(steps in prop::collection::vec(step(), 1..12)) {
        let lines: Vec<String> = steps.iter().map(write::step).collect();
        let text = format!("test: all\n{}\n", lines.join("\n"));
        let script = parse(&Arc::from("a.chat"), &text);
        prop_assert!(script.is_ok(), "{text}\n{script:?}");
        let back: Vec<Step> = script.unwrap().tests.remove(0).steps.into_iter().map(|line| line.step).collect();
        prop_assert_eq!(back, steps, "{}", text);
    }

    #[test]
    fn a_message_shown_is_a_message_matched(words in "[ -~…אב\n]{0,60}", labels in prop::collection::vec("[!-~…א][ -~…א]{0,19}", 0..4), list in any::<bool>()) {
        let choices: Vec<Choice> =
            labels.into_iter().map(|title| Choice { id: String::new(), title, description: None }).collect();
        let message = match (choices.is_empty(), list) {
            (true, _) => Outbound::Text { text: words },
            (_, true) => Outbound::List { text: words, button: "Choose".to_owned(), rows: choices },
            (_, false) => Outbound::Buttons { text: words, buttons: choices },
        };
        let step = Step::Expect(show(&message));
        let text = format!("test: all\n{}\n", write::step(&step));
        let script = parse(&Arc::from("a.chat"), &text);
        prop_assert!(script.is_ok(), "{text}\n{script:?}");
        match script.unwrap().tests.remove(0).steps.remove(0).step {
            Step::Expect(lines) => prop_assert!(Pattern::read(&lines).matches(&message), "{message:?}\n{text}"),
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_transcript_plays_to_an_end_and_passes_once_it_is_updated(lines in prop::collection::vec(played(), 1..14)) {
        let text = format!("test: any\nat 2026-03-03 10:00\n{}\n", lines.join("\n"));
        let updated = shop::update(&text);
        let report = shop::play(&updated);
        let failure = report.tests[0].failure.as_ref();
        // What cannot be done stays a failure: there is no other reason left.
        let cannot = ["agent ", "> tap", "deliver: "];
        let stuck = failure.is_none_or(|failure| cannot.iter().any(|line| failure.expected.starts_with(line)));
        prop_assert!(stuck, "{text}\n---\n{updated}\n{failure:?}");
        prop_assert_eq!(shop::update(&updated), updated);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_conversation_is_written_down_as_a_test_that_passes(lines in prop::collection::vec(played(), 1..14)) {
        let mut session = shop::session();
        for line in &lines {
            // What cannot be done, or only expects something, is not written down.
            let happened = session::read(line).and_then(|step| session.take(&step));
            if happened.is_ok_and(|happened| happened.asked.is_some()) {
                let answer = session::read("lookup order: {\"found\": true}").unwrap();
                session.take(&answer).unwrap();
            }
        }
        shop::passes(&session.transcript("any"));
    }
}

/// Lines that play on the shop.
fn played() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "> buy",
        "> order A-10234",
        "> broken",
        "> hello",
        "> tap Red",
        "> tap Blue",
        "> person",
        "> menu",
        "> [voice]",
        "> what is the weather",
        "> thanks",
        "wait 1s",
        "wait 4m",
        "wait 5h",
        "wait 2d",
        "at Sun 08:20",
        "contact: Yossi",
        "contact: Dana",
        "number: lab",
        "agent Noa: online",
        "agent Noa: offline",
        "agent Noa: take",
        "agent Noa> hello",
        "agent Noa: end",
        "agent Noa: promise 2h",
        "agent Noa: flow lamp",
        "phone> it is me",
        "deliver: failed 131026",
        "lookup order: timeout",
        "lookup order: {\"found\": true}",
        "bot: later",
        "< *",
        "< …",
        "< Red it is.",
        "= state bot",
        "= queue lab failures 2",
        "= answer colour red",
        "! alert Noa assigned",
    ])
    .prop_map(str::to_owned)
}

/// Words without line ends, not at the edge, that no field of a line takes for something else.
fn words() -> impl Strategy<Value = String> {
    "[A-Za-zא-ת0-9\\[\\]\\\\…*#?-][A-Za-zא-ת0-9 \\[\\]\\\\:…*#?-]{0,20}[A-Za-zא-ת0-9\\]…*?]"
}

/// Lines of a message.
fn lines() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![4 => words(), 1 => Just(String::new())], 1..4)
        .prop_map(|lines| lines.join("\n").trim_matches('\n').to_owned())
        .prop_filter("something is said", |text| !text.is_empty())
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_]{3,10}"
}

fn person() -> impl Strategy<Value = String> {
    "[A-Z][a-z]{2,8}( [A-Z][a-z]{3,8})?"
}

fn time() -> impl Strategy<Value = NaiveTime> {
    (0_u32..24, 0_u32..60).prop_map(|(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap())
}

fn when() -> impl Strategy<Value = When> {
    let day = (2026_i32..2100, 1_u32..13, 1_u32..29).prop_map(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d).unwrap());
    let weekday = prop::sample::select(vec![Weekday::Mon, Weekday::Thu, Weekday::Sat, Weekday::Sun]);
    prop_oneof![
        (day, time()).prop_map(|(day, time)| When::Day(day.and_time(time))),
        (weekday, time()).prop_map(|(day, time)| When::Weekday(day, time)),
        time().prop_map(When::Time),
    ]
}

fn said() -> impl Strategy<Value = Said> {
    let caption = || prop::option::of("[A-Za-z0-9.]{1,8}");
    prop_oneof![
        4 => lines().prop_map(Said::Text),
        2 => words().prop_map(Said::Tap),
        1 => caption().prop_map(|words| Said::Media(MediaKind::Image, words)),
        1 => caption().prop_map(|words| Said::Media(MediaKind::Document, words)),
        1 => Just(Said::Media(MediaKind::Voice, None)),
        1 => (-90.0_f64..90.0, -180.0_f64..180.0).prop_map(|(lat, lon)| Said::Location(lat, lon)),
        1 => Just(Said::Reaction("👍".to_owned())),
        1 => prop::sample::select(vec![Said::Contact, Said::Order, Said::Unsupported]),
    ]
}

fn check() -> impl Strategy<Value = Check> {
    let kinds: Vec<CheckKind> = CheckKind::ALL.iter().map(|(_, kind)| *kind).collect();
    let value = prop_oneof![name(), Just("state".to_owned()), Just("a \"quoted\" queue".to_owned())];
    (prop::sample::select(kinds), value, name()).prop_map(|(kind, value, name)| {
        let several = matches!(kind, CheckKind::Answer | CheckKind::Agent);
        let value = match kind {
            CheckKind::Settled | CheckKind::Ended => String::new(),
            CheckKind::Promise => "Tue 08:35".to_owned(),
            _ if several => value,
            _ => value.split(' ').next().unwrap().to_owned(),
        };
        Check { kind, value, name: if kind == CheckKind::Answer { name } else { String::new() } }
    })
}

fn act() -> impl Strategy<Value = AgentAct> {
    prop_oneof![
        lines().prop_map(AgentAct::Write),
        prop::sample::select(vec![AgentAct::Take, AgentAct::End, AgentAct::Offline, AgentAct::Online(Vec::new())]),
        Just(AgentAct::Promise("tomorrow 09:00".to_owned())),
        Just(AgentAct::Snooze("2h".to_owned())),
        name().prop_map(AgentAct::Flow),
        name().prop_map(AgentAct::Article),
        words().prop_map(AgentAct::Note),
        person().prop_map(AgentAct::Transfer),
        prop::collection::vec(name(), 1..3).prop_map(AgentAct::Online),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        Just(Reply::Timeout),
        (100_u16..600).prop_map(Reply::Status),
        words().prop_map(|text| Reply::Body(serde_json::json!({ "text": text, "list": [1, null] }))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let expect = lines().prop_map(|text| Step::Expect(text.split('\n').map(str::to_owned).collect()));
    let who = (person(), prop::option::of("[1-9][0-9]{7,12}"), prop::option::of(Just(Language::HE)));
    prop_oneof![
        when().prop_map(Step::At),
        (1_i64..100_000).prop_map(|seconds| Step::Wait(Duration::seconds(seconds))),
        who.prop_map(|(name, number, language)| Step::Contact(Who { name, number, language })),
        name().prop_map(Step::Number),
        said().prop_map(Step::Customer),
        expect,
        prop::collection::vec(check(), 1..4).prop_map(Step::Check),
        (person(), act()).prop_map(|(name, act)| Step::Agent { name, act }),
        lines().prop_map(Step::Phone),
        person().prop_map(|to| Step::Alert { to, event: "assigned".to_owned() }),
        (name(), reply()).prop_map(|(name, reply)| Step::Lookup { name, reply }),
        any::<u32>().prop_map(Step::Deliver),
        name().prop_map(Step::Bot),
    ]
}
