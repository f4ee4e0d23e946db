//! What is said of an examination: from answers that are given, so that no classifier has a part in it.

use std::sync::Arc;

use frontdesk::diagnostic::Place;
use frontdesk::evaluation::examine::Examined;
use frontdesk::evaluation::report::Report;
use frontdesk::evaluation::words::words;
use frontdesk::evaluation::{Answer, Judged, Text};
use frontdesk::intent::Decision;

use crate::golden;

fn answer(line: u32, text: &str, intent: &str, taken: &str, probability: f32, decision: Decision) -> Answer {
    let place = Place { file: Arc::from("intents/all.yaml"), line, column: 5 };
    let some = |name: &str| (name != "-").then(|| name.to_owned());
    Answer {
        text: Text { text: text.to_owned(), intent: some(intent), place: Some(place) },
        judged: Judged {
            put: None,
            candidates: some(taken).map(|taken| (taken, probability)).into_iter().collect(),
            decision,
            reasons: Vec::new(),
            micros: f64::from(line),
        },
    }
}

fn examined(answers: Vec<Answer>) -> Examined {
    Examined { answers, train_seconds: 0.25, confident: 0.8, parts: 5 }
}

fn many(count: u32, intent: &str) -> Vec<Answer> {
    (0..count).map(|n| answer(n, &format!("{intent} {n}"), intent, intent, 0.95, Decision::Confident)).collect()
}

#[test]
fn confusion_and_strangers_are_told_with_the_sentences_that_show_them() {
    let mut answers = [many(8, "bill"), many(6, "pay")].concat();
    answers.extend([
        answer(31, "why do I pay more this month", "bill", "pay", 0.91, Decision::Confident),
        answer(32, "למה אני משלם יותר", "bill", "pay", 0.52, Decision::Torn(2)),
        answer(44, "what do I owe on my bill", "pay", "bill", 0.64, Decision::Torn(2)),
        answer(45, "hm", "pay", "-", 0.0, Decision::Unsure),
        answer(61, "can I pay for a pizza here", "-", "pay", 0.88, Decision::Confident),
        answer(62, "will it rain", "-", "bill", 0.21, Decision::Unsure),
        answer(63, "sing a song", "-", "-", 0.0, Decision::Unsure),
        answer(64, "the bill of rights", "-", "bill", 0.55, Decision::Torn(1)),
    ]);
    let examined = examined(answers);
    let report = Report::of(&examined, "18 examples of 2 intents", "each of them once");
    golden::check("evaluation/confused.txt", &words(&report, &examined.answers));
    assert_eq!(report.confused, [("bill".to_owned(), "pay".to_owned(), 2), ("pay".to_owned(), "bill".to_owned(), 1)]);
    assert_eq!((report.in_scope.n, report.out_of_scope.n), (18, 4));
    let near = |value: Option<f64>, wanted: f64| value.is_some_and(|value| (value - wanted).abs() < 1e-9);
    assert!(near(Some(report.in_scope.accuracy), 14.0 / 18.0) && near(Some(report.accepted.coverage), 15.0 / 18.0));
    assert!(
        near(Some(report.accepted.accuracy), 14.0 / 15.0) && near(Some(report.accepted.accuracy_of_all), 14.0 / 16.0)
    );
    assert!(near(report.out_of_scope.recall, 0.75) && near(report.out_of_scope.precision, 0.5));
    assert!(near(report.out_of_scope.recall_unsure, 0.5));
}

#[test]
fn a_bot_that_does_well_is_told_to_look_at_real_messages() {
    let mut answers = [many(12, "bill"), many(12, "pay")].concat();
    answers.extend((0..24).map(|n| answer(n, &format!("stranger {n}"), "-", "bill", 0.1, Decision::Unsure)));
    let examined = examined(answers);
    golden::check("evaluation/well.txt", &words(&Report::of(&examined, "this", "that"), &examined.answers));
}

#[test]
fn few_texts_and_no_strangers_are_said_to_be_too_few() {
    let examined = examined([many(3, "bill"), many(7, "pay")].concat());
    let report = Report::of(&examined, "10 examples of 2 intents", "each of them once");
    golden::check("evaluation/few.txt", &words(&report, &examined.answers));
    assert_eq!((report.out_of_scope.recall, report.out_of_scope.auroc), (None, None));
}
