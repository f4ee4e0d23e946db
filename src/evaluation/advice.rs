//! What a designer should do next, said with the sentences that show it. The most useful comes first.

use std::collections::BTreeMap;

use super::report::Report;
use super::{Answer, share};

/// Fewer examples are too few to be recognised by.
const EXAMPLES_MIN: usize = 5;
/// Two intents that are taken for one another so often are worth a look.
const CONFUSED_MIN: usize = 2;
/// So many sentences show what is meant.
const SHOWN: usize = 2;
/// From this share of strays on that the bot would act on, something is to be done.
const STRAYS_MAX: f64 = 0.1;
/// Fewer sentences that are not for the bot say little about strangers.
const STRAYS_MIN: usize = 20;
/// So many things at once.
const ADVICE_MAX: usize = 3;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What is amiss.
    pub finding: String,
    /// The sentences that show it.
    pub sentences: Vec<Sentence>,
    /// What to do.
    pub remedy: String,
}

/// A sentence that shows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The sentence.
    pub text: String,
    /// What it was taken for.
    pub taken: String,
    /// Where it stands.
    pub place: Option<String>,
}

/// Two intents that are taken for one another, in both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The two, by name.
    pub names: (String, String),
    /// How often, in either way.
    pub n: usize,
}

/// Pairs of intents that are taken for one another, the most frequent first.
#[must_use]
pub fn pairs(report: &Report) -> Vec<Pair> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (about, taken, n) in &report.confused {
        let (a, b) = (about.as_str(), taken.as_str());
        *counts.entry((a.min(b), a.max(b))).or_default() += n;
    }
    let pair = |((a, b), n): ((&str, &str), usize)| Pair { names: (a.to_owned(), b.to_owned()), n };
    let mut pairs: Vec<Pair> = counts.into_iter().map(pair).collect();
    // Of those that are as frequent, two intents are easier to mend than an intent and an article.
    pairs.sort_by_key(|pair| (std::cmp::Reverse(pair.n), of_article(pair)));
    pairs
}

/// Whether one of the two is an article.
fn of_article(pair: &Pair) -> bool {
    pair.names.0.contains(':') || pair.names.1.contains(':')
}

/// The texts of one of the two that were taken for the other, the surest first.
#[must_use]
pub fn sentences(answers: &[Answer], pair: &Pair) -> Vec<Sentence> {
    let (a, b) = (pair.names.0.as_str(), pair.names.1.as_str());
    let is = |answer: &&Answer| match (answer.text.intent.as_deref(), answer.predicted()) {
        (Some(about), Some(taken)) => (about, taken) == (a, b) || (about, taken) == (b, a),
        _ => false,
    };
    let mut wrong: Vec<&Answer> = answers.iter().filter(is).collect();
    wrong.sort_by(|x, y| y.probability().total_cmp(&x.probability()));
    // One of each way, if there are both.
    let about = |intent: &str| wrong.iter().find(|answer| answer.text.intent.as_deref() == Some(intent)).copied();
    let mut shown: Vec<&Answer> = [about(a), about(b)].into_iter().flatten().collect();
    shown.extend(wrong.iter().filter(|answer| !shown.contains(*answer)).copied().collect::<Vec<_>>());
    shown.into_iter().take(SHOWN).map(sentence).collect()
}

fn sentence(answer: &Answer) -> Sentence {
    Sentence {
        text: answer.text.text.clone(),
        taken: answer.predicted().unwrap_or_default().to_owned(),
        place: answer.text.place.as_ref().map(|place| format!("{}:{}", place.file, place.line)),
    }
}

/// What to do next; something always.
#[must_use]
pub fn advice(report: &Report, answers: &[Answer]) -> Vec<Advice> {
    let found = [confused(report, answers), strayed(report, answers), no_strays(report), few(report), hesitant(report)];
    let mut all: Vec<Advice> = found.into_iter().flatten().take(ADVICE_MAX).collect();
    if all.is_empty() {
        all.push(Advice {
            finding: "Nothing stands out.".to_owned(),
            sentences: Vec::new(),
            remedy: "See what customers really write: `frontdesk misses` shows what was not understood.".to_owned(),
        });
    }
    all
}

fn confused(report: &Report, answers: &[Answer]) -> Option<Advice> {
    let pair = pairs(report).into_iter().find(|pair| pair.n >= CONFUSED_MIN)?;
    let (a, b) = &pair.names;
    let remedy = if of_article(&pair) {
        "Let the intent lead to the article, or the article to the intent's flow: then it does not matter which is found. \
         Otherwise give the intent examples that the article does not speak of."
    } else {
        "Move sentences that stand under the wrong one, and give each some examples in which they differ. If customers \
         mean the same by both, make one intent of the two, and ask which in its flow."
    };
    Some(Advice {
        finding: format!("`{a}` and `{b}` are taken for one another most: {} times.", pair.n),
        sentences: sentences(answers, &pair),
        remedy: remedy.to_owned(),
    })
}

fn strayed(report: &Report, answers: &[Answer]) -> Option<Advice> {
    let recall = report.out_of_scope.recall?;
    let mut strays: Vec<&Answer> = answers.iter().filter(|answer| !answer.in_scope() && answer.accepted()).collect();
    if 1.0 - recall < STRAYS_MAX || strays.is_empty() {
        return None;
    }
    strays.sort_by(|x, y| y.probability().total_cmp(&x.probability()));
    let (count, n) = (strays.len(), report.out_of_scope.n);
    Some(Advice {
        finding: format!("{count} of {n} texts that are not for the bot would start something all the same."),
        sentences: strays.into_iter().take(SHOWN).map(sentence).collect(),
        remedy: "Write more such sentences under `not_for_us:`, and take words out of `keywords:` that others use too."
            .to_owned(),
    })
}

fn no_strays(report: &Report) -> Option<Advice> {
    let n = report.out_of_scope.n;
    let count = match n {
        0 => "No text here is".to_owned(),
        1 => "One text here is".to_owned(),
        n => format!("{n} texts here are"),
    };
    (n < STRAYS_MIN).then(|| Advice {
        finding: format!("{count} out of scope: too few to tell how the bot treats strangers."),
        sentences: Vec::new(),
        remedy: format!(
            "Write at least {STRAYS_MIN} sentences under `not_for_us:` that people also write to a business like this, and that it does nothing about."
        ),
    })
}

fn few(report: &Report) -> Option<Advice> {
    let poor: Vec<&str> = report.intents.iter().filter(|of| of.n < EXAMPLES_MIN).map(|of| of.intent.as_str()).collect();
    let (first, others) = poor.split_first()?;
    let names = match others {
        [] => format!("`{first}` has"),
        [second] => format!("`{first}` and `{second}` have"),
        [second, rest @ ..] => format!("`{first}`, `{second}` and {} more have", rest.len()),
    };
    Some(Advice {
        finding: format!("{names} fewer than {EXAMPLES_MIN} texts here."),
        sentences: Vec::new(),
        remedy: "Write a dozen each, as customers would: short ones, long ones, with the words they use.".to_owned(),
    })
}

fn hesitant(report: &Report) -> Option<Advice> {
    let (right, at_once) = (report.in_scope.accuracy, report.in_scope.confident_and_right);
    (right - at_once > 0.25).then(|| Advice {
        finding: format!("{:.0} of 100 texts are recognised, and not acted on.", 100.0 * (right - at_once)),
        sentences: Vec::new(),
        remedy: "More examples make it surer, and `keywords:` for words that only one intent has.".to_owned(),
    })
}

/// The share of texts that were taken for something else, by intent: where to look first.
#[must_use]
pub fn worst_first(report: &Report) -> Vec<&super::figures::OfIntent> {
    let mut intents: Vec<_> = report.intents.iter().collect();
    intents.sort_by(|a, b| a.f1.total_cmp(&b.f1).then_with(|| a.intent.cmp(&b.intent)));
    intents
}

/// The surest mistakes: what the bot would do wrong at once comes first.
#[must_use]
pub fn mistakes(answers: &[Answer]) -> Vec<&Answer> {
    let mut wrong: Vec<&Answer> = answers.iter().filter(|answer| wrong(answer)).collect();
    wrong.sort_by(|a, b| b.accepted().cmp(&a.accepted()).then_with(|| b.probability().total_cmp(&a.probability())));
    wrong
}

/// In scope and taken for something else, or out of scope and acted on.
fn wrong(answer: &Answer) -> bool {
    if answer.in_scope() { !answer.right() } else { answer.accepted() }
}

/// How often the bot acts on the wrong thing, of all texts.
#[must_use]
pub fn wrong_at_once(answers: &[Answer]) -> f64 {
    share(answers.iter().filter(|answer| answer.accepted() && wrong(answer)).count(), answers.len())
}
