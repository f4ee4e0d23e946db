//! The report as one HTML file for people who know no statistics: no script, nothing loaded from anywhere, light or dark as
//! the reader likes it, texts in the direction they are written in.

use askama::Template;

use crate::evaluation::Answer;
use crate::evaluation::advice::{self, Advice};
use crate::evaluation::figures::OfIntent;
use crate::evaluation::report::Report;
use crate::evaluation::words::{percent, seconds};
use crate::intent::Decision;
use crate::web::asset::STYLE;

use super::charts;
use super::matrix::Matrix;

/// So many mistakes are shown.
const MISTAKES_MAX: usize = 40;

#[derive(Template)]
#[template(path = "cli/eval/page.html", config = ".askama.toml")]
struct Page<'a> {
    style: &'a str,
    title: &'a str,
    report: &'a Report,
    verdict: String,
    ours: Vec<Part>,
    strays: Vec<Part>,
    tiles: Vec<Tile>,
    advice: Vec<Advice>,
    reliability: String,
    calibration: String,
    thresholds: String,
    threshold_words: String,
    matrix: Matrix,
    mistakes: Vec<Mistake<'a>>,
    mistakes_more: usize,
    intents: Vec<Row<'a>>,
    figures: Vec<(&'static str, String, &'static str)>,
}

/// A part of a bar.
struct Part {
    class: &'static str,
    name: &'static str,
    /// Of a hundred.
    share: f64,
    shown: String,
}

/// A figure on its own.
struct Tile {
    value: String,
    meaning: &'static str,
}

/// A text that was taken for something else.
struct Mistake<'a> {
    text: &'a str,
    put: Option<&'a str>,
    about: &'a str,
    taken: &'a str,
    probability: String,
    /// What the bot would have done.
    would: &'static str,
    class: &'static str,
    reasons: Vec<Quoting<'a>>,
    place: Option<String>,
}

/// A reason that quotes somebody: what is quoted may be written from right to left.
struct Quoting<'a> {
    before: &'a str,
    quoted: &'a str,
    after: &'a str,
}

impl<'a> Quoting<'a> {
    fn of(reason: &'a str) -> Self {
        let found = ['"', '`'].into_iter().find_map(|mark| {
            let (start, end) = (reason.find(mark)?, reason.rfind(mark)?);
            Some((reason.get(..=start)?, reason.get(start + 1..end)?, reason.get(end..)?))
        });
        let (before, quoted, after) = found.unwrap_or((reason, "", ""));
        Self { before, quoted, after }
    }
}

/// Words in which names stand between backticks: every second part is a name.
fn names(text: &str) -> Vec<&str> {
    text.split('`').collect()
}

/// An intent's line in the table.
struct Row<'a> {
    of: &'a OfIntent,
    precision: String,
    recall: String,
    f1: String,
    bar: f64,
}

/// The page.
///
/// # Errors
/// The template cannot be filled, which is an error of ours.
pub fn page(title: &str, report: &Report, answers: &[Answer]) -> Result<String, String> {
    let wrong = advice::mistakes(answers);
    let page = Page {
        style: std::str::from_utf8(STYLE.bytes).unwrap_or_default(),
        title,
        report,
        verdict: verdict(report),
        ours: ours(report),
        strays: strays(report, answers),
        tiles: tiles(report),
        advice: advice::advice(report, answers),
        reliability: charts::reliability(report),
        calibration: calibration(report),
        thresholds: charts::thresholds(report),
        threshold_words: threshold_words(report),
        matrix: Matrix::of(report),
        mistakes: wrong.iter().take(MISTAKES_MAX).map(|answer| mistake(answer)).collect(),
        mistakes_more: wrong.len().saturating_sub(MISTAKES_MAX),
        intents: advice::worst_first(report).into_iter().map(row).collect(),
        figures: figures(report),
    };
    page.render().map_err(|error| error.to_string())
}

fn hundred(share: f64) -> String {
    let number = share * 100.0;
    if number > 0.0 && number < 1.0 || number > 99.0 && number < 100.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.0}")
    }
}

fn verdict(report: &Report) -> String {
    let in_scope = &report.in_scope;
    format!(
        "Of 100 messages that are for the bot, it understands {} at once and does the wrong thing for {}.",
        hundred(in_scope.confident_and_right),
        hundred(in_scope.confident_and_wrong)
    )
}

fn part(class: &'static str, name: &'static str, share: f64) -> Part {
    Part { class, name, share: share * 100.0, shown: hundred(share) }
}

fn ours(report: &Report) -> Vec<Part> {
    let of = &report.in_scope;
    let unsure = 1.0 - of.confident_and_right - of.confident_and_wrong - of.torn;
    let parts = [
        part("right", "understood at once", of.confident_and_right),
        part("asked", "asked “Did you mean”, the right one among the rows", of.torn_with_right),
        part("asked-wrong", "asked, and the right one is not there", of.torn - of.torn_with_right),
        part("unsure", "not understood: the menu, then a person", unsure.max(0.0)),
        part("wrong", "taken for something else at once", of.confident_and_wrong),
    ];
    parts.into_iter().filter(|part| part.share > 0.0).collect()
}

fn strays(report: &Report, answers: &[Answer]) -> Vec<Part> {
    let n = report.out_of_scope.n;
    let count = |is: &dyn Fn(Decision) -> bool| {
        answers.iter().filter(|answer| !answer.in_scope() && is(answer.judged.decision)).count()
    };
    let share = |is: &dyn Fn(Decision) -> bool| crate::evaluation::share(count(is), n);
    let parts = [
        part("right", "not understood, as it should be", share(&|decision| decision == Decision::Unsure)),
        part("asked", "asked “Did you mean”", share(&|decision| matches!(decision, Decision::Torn(_)))),
        part("wrong", "acted on as if it were for the bot", share(&|decision| decision == Decision::Confident)),
    ];
    parts.into_iter().filter(|part| part.share > 0.0).collect()
}

fn tiles(report: &Report) -> Vec<Tile> {
    let tile = |value: String, meaning: &'static str| Tile { value, meaning };
    let mut tiles = vec![
        tile(percent(report.in_scope.accuracy), "its best guess is right"),
        tile(percent(report.accepted.accuracy), "right when it is sure"),
    ];
    tiles.extend(report.out_of_scope.recall.map(|recall| tile(percent(recall), "of strangers’ messages not acted on")));
    tiles.push(tile(format!("{:.0} µs", report.micros_per_message.p50), "to read a message"));
    tiles
}

fn calibration(report: &Report) -> String {
    let off = report.ece * 100.0;
    let words = match off {
        _ if off < 5.0 => "That is honest.",
        _ if off < 10.0 => "That is fair.",
        _ => "Do not take its probabilities at their word.",
    };
    format!("On average it is off by {off:.1} points of 100. {words}")
}

fn threshold_words(report: &Report) -> String {
    let at = report.confident_from;
    let nearest = report.curve.iter().min_by(|a, b| (a.threshold - at).abs().total_cmp(&(b.threshold - at).abs()));
    let Some(point) = nearest else { return String::new() };
    let right = point.right.map(|right| format!(", {} of 100 of them rightly", hundred(right))).unwrap_or_default();
    let strays = point
        .strays
        .map(|strays| format!(", and on {} of 100 that are not for the bot", hundred(strays)))
        .unwrap_or_default();
    format!("At {at:.2} it acts on {} of 100 messages{right}{strays}.", hundred(point.answered))
}

fn mistake(answer: &Answer) -> Mistake<'_> {
    let (would, class) = match answer.judged.decision {
        Decision::Confident => ("would act on it", "bad"),
        Decision::Torn(_) => ("would ask", "caution"),
        Decision::Unsure => ("would not act on it", "calm"),
    };
    Mistake {
        text: &answer.text.text,
        put: answer.judged.put.as_deref(),
        about: answer.text.intent.as_deref().unwrap_or("not for the bot"),
        taken: answer.predicted().unwrap_or("nothing"),
        probability: percent(f64::from(answer.probability())),
        would,
        class,
        reasons: answer.judged.reasons.iter().map(|reason| Quoting::of(reason)).collect(),
        place: answer.text.place.as_ref().map(|place| format!("{}:{}", place.file, place.line)),
    }
}

fn row(of: &OfIntent) -> Row<'_> {
    Row {
        of,
        precision: percent(of.precision),
        recall: percent(of.recall),
        f1: percent(of.f1),
        bar: (of.f1 * 100.0).clamp(0.0, 100.0),
    }
}

fn figures(report: &Report) -> Vec<(&'static str, String, &'static str)> {
    let some = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), percent);
    let (ours, strays, accepted) = (&report.in_scope, &report.out_of_scope, &report.accepted);
    let micros = report.micros_per_message;
    vec![
        ("Accuracy in scope", percent(ours.accuracy), "the best guess is the right intent, however sure the bot is"),
        ("Macro F1", percent(ours.macro_f1), "the same, small intents counting as much as large ones"),
        ("Coverage", percent(accepted.coverage), "of the texts in scope, so many are acted on at once"),
        ("Accuracy when sure", percent(accepted.accuracy), "of these, so many are right"),
        ("Right at once", percent(ours.confident_and_right), "both together"),
        ("Out-of-scope recall", some(strays.recall), "of the texts that are not for the bot, so many are not acted on"),
        (
            "Out-of-scope precision",
            some(strays.precision),
            "of all texts that are not acted on, so many are not for the bot",
        ),
        (
            "Recall, strictly",
            some(strays.recall_unsure),
            "of the texts that are not for the bot, about so many it does not even ask",
        ),
        (
            "Precision, strictly",
            some(strays.precision_unsure),
            "of all about which it does not even ask, so many are not for the bot",
        ),
        (
            "AUROC",
            some(strays.auroc),
            "given one text of each kind, how often the one for the bot is the more probable; 50 % is chance",
        ),
        ("Recall at 95 % kept", some(strays.recall_at_95), "refused, if the threshold kept 95 % of the texts in scope"),
        (
            "Calibration error",
            format!("{:.3}", report.ece),
            "how far probabilities are from what comes of them, 0 is best (ECE, 15 bins, in scope)",
        ),
        ("The same over all texts", format!("{:.3}", report.ece_all), "texts that are not for the bot count as wrong"),
        ("Learning", seconds(report.train_seconds), "once, when the bot starts"),
        ("A message", format!("{:.0} µs", micros.p50), "half take no longer"),
        ("A slow message", format!("{:.0} µs", micros.p99), "99 of 100 take no longer"),
    ]
}
