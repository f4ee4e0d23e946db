//! What the lines of a transcript mean: matching, turns, customers, numbers, time, lookups, versions, alerts.

use frontdesk::transcript::coverage::Coverage;
use frontdesk::transcript::outcome::Status;

use super::shop::{self, fails, passes, play};

const OPEN: &str = "test: a lamp\nat 2026-03-03 10:00\n";

fn open(rest: &str) -> String {
    format!("{OPEN}{rest}")
}

#[test]
fn words_are_strict_and_dots_stand_for_any_text() {
    let after = |expected: &str| open(&format!("> buy\n{expected}\n"));
    let whole = "< Hello, this is the automatic assistant.\n  Light will come.\n  Which colour?\n  [Red] [Blue]";
    passes(&after(whole));
    passes(&after(
        "< Hello, this is the automatic assistant.   \n  Light will come.\n\n  Which colour?\n  [Red]   [Blue]",
    ));
    passes(&after("< …colour?\n  [Red] [Blue]"));
    passes(&after("< Hello…"));
    passes(&after("< Hello…light…\n").replace("light", "Light"));
    passes(&after("< …"));
    passes(&after("< *"));
    passes(&after("< …\n  [Red] […]"));
    fails(&after("< Hello"));
    fails(&after("< …colour?"));
    fails(&after("< …\n  [Red]"));
    fails(&after("< …\n  \\[Red] [Blue]"));
    fails(&after("< \\…"));
    fails(&after("< \\*"));
    fails(&after(&format!("{whole}\n< …")));
    fails(&open("> buy\n"));
}

#[test]
fn direction_marks_are_not_seen_and_templates_are_no_words() {
    let held = "test: held\ncontact: Dana he\nat 2026-03-05 20:00\n> המנורה שבורה\n< *\nat 2026-03-08 08:20\n";
    passes(&format!("{held}< [template still_relevant]\n  [כן] [לא]\n"));
    passes(&format!("{held}< [template still_relevant]\n  [\u{200f}כן] [לא]\n"));
    passes(&format!("{held}< *\n"));
    fails(&format!("{held}< …\n"));
    fails(&format!("{held}< [template closing]\n  [כן] [לא]\n"));
}

#[test]
fn customer_lines_with_nothing_between_are_one_turn() {
    let question = "< …Which colour?…\n";
    passes(&open(&format!("> hello\n> buy\n{question}> tap Red\n< Red it is.\n")));
    passes(&open(&format!("> hello\nwait 2s\n> buy\n{question}")));
    fails(&open(&format!("> hello\nwait 3s\n> buy\n{question}")));
    passes(&open("> hello\n< …\nwait 3s\n> buy\n< …\n  [Red] [Blue]\n"));
    // Media is gathered a second longer.
    passes(&open(&format!("> [image]\nwait 3s\n> buy\n{question}")));
    // A tap is never delayed: what follows it is another turn.
    passes(&open(&format!("> buy\n{question}> tap Red\n< Red it is.\n> thanks\n< …\n")));
}

#[test]
fn several_customers_and_numbers_have_threads_of_their_own() {
    passes(&open(
        "contact: Dana +972501234567\n> buy\n< …Which colour?…\n\
         contact: Yossi +972507654321 he\n> buy\n< …איזה צבע?…\n= language he answer colour none\n> tap כחול\n< …\n= answer colour blue\n\
         contact: Dana +972501234567\n= flow lamp\n> tap Red\n< Red it is.\n= settled answer colour red\n\
         number: lab\n= ended\n> person\n< …The lab will answer you here by 10:10.\n= queue lab promise 10:10\n\
         number: 100\n= settled\n",
    ));
    // A label is looked for among the messages to the one who taps.
    fails(&open("contact: Dana\n> buy\n< *\ncontact: Yossi\n> tap Red\n< *\n"));
}

#[test]
fn timers_fire_in_order_as_the_clock_moves() {
    passes(&open("> buy\n< *\nwait 3h\nwait 1h\n< …Which colour?…\nwait 1d\n= ended\n"));
    passes("test: the night is quiet\nat 2026-03-03 19:00\n> buy\n< *\nat 07:59\nat 08:00\n< …\n");
    passes("test: a day, a weekday, a time\nat 2026-03-03\nat Fri 09:00\nat 10:30\n> buy\n< *\n");
    fails("test: backwards\nat 2026-03-03 10:00\nat 2026-03-03 09:59\n");
    fails("test: before the beginning\nat 2025-12-31 10:00\n");
}

#[test]
fn lookups_answer_what_their_line_says() {
    let asked = "test: x\nat 2026-03-03 10:00\n";
    let body = r#"lookup order: {"found": true, "eta": "2026-03-05"}"#;
    passes(&format!("{asked}{body}\n> order A-10234\n< *\n< …It comes on …\n= settled answer number A-10234\n"));
    passes(&format!(
        "{asked}lookup order: status 404\n> order A-10234\n< *\n< …There is no such order.…\n= failures 1\n"
    ));
    for failure in ["timeout", "status 500"] {
        passes(&format!("{asked}lookup order: {failure}\n> order A-10234\n< *\n< …\n= handoff lookup_failed\n"));
    }
    passes(&format!(
        "{asked}lookup order: status 404\n> order A-10234\n< *\n< …There is no such order.…\n{body}\n> A-10235\n< …It comes on …\n"
    ));
}

#[test]
fn whoever_is_on_an_older_version_finishes_on_it() {
    passes(&open(
        "contact: Dana\n> buy\n< …Which colour?…\nbot: later\n> tap Red\n< Red it is.\n\
         contact: Yossi\n> buy\n< …Which colour now?…\n> tap Red\n< Red now.\n",
    ));
}

#[test]
fn only_the_bot_that_the_test_begins_with_is_covered() {
    let report = play(&open("bot: later\n> buy\n< *\n> tap Red\n< *\n"));
    assert_eq!((report.passed(), report.coverage.reached()), (1, 0));
}

#[test]
fn what_fails_to_arrive_goes_to_a_person() {
    passes(&open("> buy\n< *\ndeliver: failed 131047\n= handoff undeliverable\n"));
}

#[test]
fn staff_in_the_app_take_over_and_agents_act() {
    passes(&open("> buy\n< *\nphone> I am here\n  myself\n= handoff taken_over\n"));
    passes(&open(
        "> person\n< …\nagent Noa: online\n= agent Noa state needs_reply\nagent Noa> Hi Dana,\n  here I am\n\
         < Hi Dana,\n  here I am\n= state awaiting_customer\nagent Noa: promise 2h\n< *\n= state promised\n\
         agent Noa: transfer lab\n= queue lab\n",
    ));
    passes(&open(
        "> person\n< …\nagent Noa Levi: take\n= agent Noa Levi state needs_reply\nagent Noa Levi: flow lamp\n< …\n= flow lamp\n",
    ));
}

#[test]
fn alerts_are_strict_where_a_test_names_one() {
    passes(&open("agent Noa Levi: online\n> broken\n< *\n"));
    passes(&open("agent Noa Levi: online\n> broken\n< *\n! alert Noa Levi assigned\n"));
    fails(&open("agent Noa Levi: online\n> broken\n< *\nwait 3m\n! alert Noa Levi assigned\n"));
}

#[test]
fn checks_say_what_must_hold() {
    passes(&open(
        "> buy\n< *\n= flow lamp intent buy_lamp state bot failures 0 queue none agent none handoff none promise none\n> tap Blue\n< *\n= article lamp-care answer colour \"blue\" settled\n",
    ));
    passes(&open("> broken\n< *\n= promise 10:10\n= promise Tue 10:10 queue lab\n"));
    fails(&open("> broken\n< *\n= promise Wed 10:10\n"));
    fails(&open("> buy\n< *\n= settled\n"));
}

#[test]
fn every_kind_of_message_can_be_sent() {
    for kind in [
        "[voice]",
        "[video: look]",
        "[document: bill.pdf]",
        "[sticker]",
        "[location: 32.08,34.78]",
        "[contact]",
        "[unsupported]",
    ] {
        passes(&open(&format!("> {kind}\n< …\n")));
    }
    passes(&open("> [image: buy]\n< …Which colour?…\n"));
    passes(&open("> [order]\n< …\n= handoff order\n"));
    passes(&open("> buy\n< *\n> [reaction: 👍]\n= flow lamp\n"));
    passes(&open("> \\[buy]\n< …Which colour?…\n"));
}

#[test]
fn each_test_begins_fresh_and_shares_what_stands_first() {
    passes(
        "at 2026-03-03 10:00\n> buy\n\ntest: the first\n< …Hello…\n> tap Red\n< Red it is.\n\n\
         test: the second\n< Hello…\n> tap Blue\n< …\n= article lamp-care\n",
    );
}

#[test]
fn skipped_tests_are_counted_with_their_reason() {
    let text = "test: a\nskip: the lamps are gone\n> nonsense\ntest: b\n> buy\n< *\n";
    let report = play(text);
    assert_eq!((report.passed(), report.failed(), report.skipped()), (1, 0, 1));
    assert_eq!(report.tests[0].status, Status::Skipped("the lamps are gone".to_owned()));
}

#[test]
fn only_skips_the_others_in_every_file_that_is_played() {
    let one = shop::parse("test: a\n> buy\n< *\ntest: b\nonly\n> buy\n< *\ntest: c\nonly\nskip: not now\n> buy\n< *\n");
    let other = shop::parse("test: d\n> buy\n< *\n");
    let scripts = [one, other];
    let skips = |filter: Option<&str>| -> Vec<(String, bool)> {
        let planned = frontdesk::transcript::plan(&scripts, filter);
        planned.iter().map(|p| (p.test.name.clone(), p.skip.is_some())).collect()
    };
    let all = [("a", true), ("b", false), ("c", true), ("d", true)].map(|(name, skip)| (name.to_owned(), skip));
    assert_eq!(skips(None), all);
    // Whoever asks for a test by name gets it.
    assert_eq!(skips(Some("D")), [("d".to_owned(), false)]);
}

#[test]
fn coverage_knows_everything_that_can_be_reached() {
    let report = play("test: nothing\nat 2026-03-03 10:00\n");
    let missing: Vec<String> =
        report.coverage.missing().map(|p| format!("{}:{} {}", p.place.file, p.place.line, p.what)).collect();
    let expected = [
        "flows/lamp.yaml:1 flow `lamp`",
        "flows/lamp.yaml:4 question `colour` of `lamp`",
        "flows/lamp.yaml:7 option `red` of `lamp.colour`",
        "flows/lamp.yaml:8 option `blue` of `lamp.colour`",
        "flows/lamp.yaml:10 outcome 1 of `lamp`",
        "flows/lamp.yaml:12 outcome 2 of `lamp`",
        "flows/order.yaml:1 flow `order`",
        "flows/order.yaml:3 question `number` of `order`",
        "flows/order.yaml:9 `if_unclear` of `order.number`",
        "flows/order.yaml:10 `if_invalid` of `order.number`",
        "flows/order.yaml:12 outcome 1 of `order`",
        "flows/order.yaml:14 outcome 2 of `order`",
        "intents/all.yaml:1 intent `order_status`",
        "intents/all.yaml:7 intent `buy_lamp`",
        "intents/all.yaml:13 intent `broken_lamp`",
        "knowledge/lamp-care.en.md:2 article `lamp-care`",
    ];
    assert_eq!(missing, expected);
    assert!(report.coverage.percent() == 0.0 && report.coverage.is_at_least(0) && !report.coverage.is_at_least(1));
}

#[test]
fn coverage_is_whole_when_everything_was_reached() {
    let found = r#"lookup order: {"found": true, "eta": "Monday"}"#;
    let all = format!(
        "at 2026-03-03 10:00\n\
         test: red\n> buy\n< *\n> tap Red\n< *\n\
         test: blue\n> buy\n< *\n> tap Blue\n< *\n\
         test: found\n{found}\n> order\n< *\n> no idea\n< *\n> A-10234\n< *\n\
         test: lost\nlookup order: status 404\n> order A-10234\n< *\n< *\nlookup order: {{\"found\": true}}\n> A-10235\n< *\n\
         test: broken\n> broken\n< *\n"
    );
    passes(&all);
    let coverage = play(&all).coverage;
    assert_eq!(coverage.missing().collect::<Vec<_>>(), Vec::<&frontdesk::transcript::coverage::Part>::new());
    assert!(coverage.percent() == 100.0 && coverage.is_at_least(100));
}

#[test]
fn a_hundred_per_cent_means_everything() {
    let mut coverage: Coverage = play("test: nothing\n").coverage;
    let part = coverage.parts[0].clone();
    coverage.parts = vec![frontdesk::transcript::coverage::Part { reached: true, ..part }; 1999];
    coverage.parts[0].reached = false;
    assert!(coverage.percent() == 99.9 && coverage.is_at_least(99) && !coverage.is_at_least(100));
}

#[test]
fn ten_thousand_turns_are_no_trouble() {
    // A thread that grows must not make its turns slower: this takes minutes where anything is quadratic.
    let day = "> thanks\n< *\nwait 1m\n".repeat(2_500);
    let report = play(&open(&format!("> buy\n< *\n> tap Red\n< *\nwait 1h\n{day}")));
    assert_eq!(report.failed(), 0, "{:?}", report.tests[0].failure);
    assert!(report.tests[0].turns >= 2_500);
}
