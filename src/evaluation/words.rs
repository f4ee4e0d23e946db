//! The report for a terminal: figures with what they mean, tables, and what to do next.

use std::fmt::Write;

use super::Answer;
use super::advice::{self, Advice};
use super::report::Report;

/// So many intents and pairs are listed; all are in the JSON and in the page.
const INTENTS_MAX: usize = 20;
const PAIRS_MAX: usize = 8;
const NAME_MAX: usize = 32;
/// Advice is broken into lines of so many signs.
const WIDTH: usize = 96;

/// The report as text.
#[must_use]
pub fn words(report: &Report, answers: &[Answer]) -> String {
    // Writing to a string cannot fail.
    let mut out = String::new();
    let _ = writeln!(out, "learned from  {}\nexamined on   {}\n", report.train, report.test);
    figures(&mut out, report);
    table(&mut out, report);
    pairs(&mut out, report, answers);
    out.push_str("\nWhat to do next\n");
    for Advice { finding, sentences, remedy } in advice::advice(report, answers) {
        let _ = writeln!(out, "\n{}", wrapped(&finding, "  "));
        for sentence in sentences {
            let place = sentence.place.map(|place| format!("{place}  ")).unwrap_or_default();
            let _ = writeln!(out, "    {place}“{}” → {}", sentence.text, sentence.taken);
        }
        let _ = writeln!(out, "{}", wrapped(&remedy, "  "));
    }
    out
}

fn figures(out: &mut String, report: &Report) {
    let Report { in_scope, out_of_scope, accepted, .. } = report;
    let mut line = |value: String, name: &str, meaning: &str| {
        let _ = writeln!(out, "{}", format!("  {value:>8}  {name:29}{meaning}").trim_end());
    };
    let whole = |count: usize| count.to_string();
    line(whole(in_scope.n), "texts in scope", "");
    line(percent(in_scope.accuracy), "accuracy", "the best guess is the right intent");
    line(percent(in_scope.macro_f1), "macro F1", "the same, every intent counting alike");
    line(percent(in_scope.confident_and_right), "right at once", "sure enough to act on it, and right");
    line(percent(in_scope.confident_and_wrong), "wrong at once", "sure enough to act on it, and wrong");
    line(
        percent(in_scope.torn),
        "asked \"Did you mean\"",
        &format!("the right one among the rows: {}", percent(in_scope.torn_with_right)),
    );
    line(
        percent(accepted.accuracy),
        "accuracy when sure",
        &format!("sure of {} of the texts in scope", percent(accepted.coverage)),
    );
    if out_of_scope.n > 0 {
        let some = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), percent);
        line(whole(out_of_scope.n), "texts out of scope", "");
        line(some(out_of_scope.recall), "recall out of scope", "not acted on");
        line(
            some(out_of_scope.precision),
            "precision out of scope",
            "of all that is not acted on, so much is out of scope",
        );
        line(
            some(out_of_scope.recall_unsure),
            "… and not even asked about",
            &format!("precision {}", some(out_of_scope.precision_unsure)),
        );
        line(some(out_of_scope.auroc), "AUROC", "how well probability tells the two apart (50 % is chance)");
        line(
            some(out_of_scope.recall_at_95),
            "recall at 95 % kept",
            "refused when 95 % of the texts in scope are kept",
        );
    } else {
        line("0".to_owned(), "texts out of scope", "");
    }
    line(
        format!("{:.3}", report.ece),
        "calibration error (ECE)",
        &format!("how far probabilities are off; {:.3} over all texts", report.ece_all),
    );
    line(seconds(report.train_seconds), "to learn", "");
    let micros = report.micros_per_message;
    line(
        format!("{:.0} µs", micros.p50),
        "a message (median)",
        &format!("99 of 100 take no more than {:.0} µs", micros.p99),
    );
}

fn table(out: &mut String, report: &Report) {
    let intents = advice::worst_first(report);
    let shown = intents.iter().take(INTENTS_MAX);
    let width = shown.clone().map(|of| of.intent.chars().count()).max().unwrap_or(6).clamp(6, NAME_MAX);
    let _ = writeln!(out, "\n  {:width$}  {:>5}  {:>9}  {:>7}  {:>7}", "intent", "n", "precision", "recall", "F1");
    for of in shown {
        let _ = writeln!(
            out,
            "  {:width$}  {:>5}  {:>9}  {:>7}  {:>7}",
            short(&of.intent),
            of.n,
            percent(of.precision),
            percent(of.recall),
            percent(of.f1)
        );
    }
    if intents.len() > INTENTS_MAX {
        let _ = writeln!(out, "  … and {} more, which do better", intents.len() - INTENTS_MAX);
    }
}

fn pairs(out: &mut String, report: &Report, answers: &[Answer]) {
    let pairs = advice::pairs(report);
    if pairs.is_empty() {
        return;
    }
    out.push_str("\nTaken for one another\n");
    for pair in pairs.iter().take(PAIRS_MAX) {
        let _ = writeln!(out, "  {:>4} ×  {} and {}", pair.n, pair.names.0, pair.names.1);
        if let Some(sentence) = advice::sentences(answers, pair).first() {
            let _ = writeln!(out, "          “{}” → {}", sentence.text, sentence.taken);
        }
    }
    if pairs.len() > PAIRS_MAX {
        let _ = writeln!(out, "  … and {} other pairs", pairs.len() - PAIRS_MAX);
    }
}

/// A share in per cent, with one digit behind the point.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A time in words.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.1} s") }
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.to_owned();
    }
    name.chars().take(NAME_MAX - 1).chain(std::iter::once('…')).collect()
}

/// A paragraph in lines.
fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = vec![indent.to_owned()];
    for word in text.split_whitespace() {
        let long = lines.last().is_some_and(|line| line.chars().count() + word.chars().count() >= WIDTH);
        if long {
            lines.push(indent.to_owned());
        }
        if let Some(line) = lines.last_mut() {
            if line.len() > indent.len() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}
