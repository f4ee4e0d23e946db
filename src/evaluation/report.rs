//! What an examination says, in figures: computed once, shown as JSON, as words and as a page. JSON keeps its keys; more may
//! come.

use std::collections::BTreeMap;

use serde::Serialize;

use super::examine::Examined;
use super::figures::{self, Bin, OfIntent};
use super::{Answer, share};

/// Steps of the curve over thresholds.
const STEPS: u8 = 50;
/// Out-of-scope texts are counted at the threshold that keeps so many texts in scope.
const KEPT: f64 = 0.95;

/// All figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// From what it learned, in words.
    pub train: String,
    /// On what it was examined, in words.
    pub test: String,
    /// Texts that have an intent.
    pub in_scope: InScope,
    /// Texts that have none.
    pub out_of_scope: OutOfScope,
    /// Texts in scope on which the bot would act at once.
    pub accepted: Accepted,
    /// How far probabilities are off, over texts in scope (expected calibration error, 15 bins).
    pub ece: f64,
    /// The same over all texts; out of scope nothing is right.
    pub ece_all: f64,
    /// How long learning took.
    pub train_seconds: f64,
    /// How long a message took.
    pub micros_per_message: Micros,
    /// What is taken for what, and how often; the most frequent first.
    pub confused: Vec<(String, String, usize)>,
    /// How well each intent is recognised, by name.
    pub intents: Vec<OfIntent>,
    /// From which probability on the bot is confident.
    pub confident_from: f64,
    /// Probabilities and what came of them, over texts in scope.
    pub reliability: Vec<Bin>,
    /// What other thresholds would come to.
    pub curve: Vec<Point>,
}

/// Texts that have an intent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct InScope {
    /// How many.
    pub n: usize,
    /// The share whose best candidate is right, whatever the decision.
    pub accuracy: f64,
    /// The intents' F1 on average.
    pub macro_f1: f64,
    /// The share that is understood at once: confident, and right.
    pub confident_and_right: f64,
    /// The share that is misunderstood at once: confident, and wrong.
    pub confident_and_wrong: f64,
    /// The share about which the customer is asked ("Did you mean").
    pub torn: f64,
    /// The share whose right intent is among the rows that the customer is asked about.
    pub torn_with_right: f64,
}

/// Texts that have no intent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OutOfScope {
    /// How many.
    pub n: usize,
    /// The share on which the bot would not act at once; nothing where there are none.
    pub recall: Option<f64>,
    /// The share of the texts on which it would not act at once that are out of scope.
    pub precision: Option<f64>,
    /// How well the best candidate's probability tells the two apart.
    pub auroc: Option<f64>,
    /// The share about which it would not even ask.
    pub recall_unsure: Option<f64>,
    /// The share of the texts about which it would not even ask that are out of scope.
    pub precision_unsure: Option<f64>,
    /// The share that is refused at the threshold that keeps 95 % of the texts in scope.
    pub recall_at_95: Option<f64>,
}

/// Texts on which the bot would act at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Accepted {
    /// The share of the texts in scope.
    pub coverage: f64,
    /// The share of these that is right.
    pub accuracy: f64,
    /// The share of all texts.
    pub coverage_of_all: f64,
    /// The share of these that is right; out of scope nothing is.
    pub accuracy_of_all: f64,
}

/// How long a message took, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Micros {
    /// Half took no longer.
    pub p50: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
}

/// What a threshold would come to, if probability alone decided.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// From this probability on the bot acts.
    pub threshold: f64,
    /// The share of the texts in scope on which it acts.
    pub answered: f64,
    /// The share of these that is right; nothing where there are none.
    pub right: Option<f64>,
    /// The share of the texts out of scope on which it acts.
    pub strays: Option<f64>,
}

impl Report {
    /// The figures of an examination; `train` and `test` say what it was.
    #[must_use]
    pub fn of(examined: &Examined, train: &str, test: &str) -> Self {
        let (ours, strays): (Vec<&Answer>, Vec<&Answer>) = examined.answers.iter().partition(|a| a.in_scope());
        let trial = |answer: &&Answer| (f64::from(answer.probability()), answer.right());
        let trials: Vec<(f64, bool)> = ours.iter().map(trial).collect();
        let all: Vec<(f64, bool)> = ours.iter().chain(&strays).map(trial).collect();
        let micros: Vec<f64> = examined.answers.iter().map(|answer| answer.judged.micros).collect();
        let pairs = ours.iter().filter_map(|answer| Some((answer.text.intent.as_deref()?, answer.predicted())));
        let intents = figures::per_intent(pairs);
        Self {
            train: train.to_owned(),
            test: test.to_owned(),
            in_scope: in_scope(&ours, &intents),
            out_of_scope: out_of_scope(&ours, &strays),
            accepted: accepted(&ours, &strays),
            ece: figures::calibration_error(&trials),
            ece_all: figures::calibration_error(&all),
            train_seconds: examined.train_seconds,
            micros_per_message: Micros {
                p50: figures::percentile(&micros, 0.5),
                p99: figures::percentile(&micros, 0.99),
            },
            confused: confused(&ours),
            confident_from: examined.confident,
            reliability: figures::bins(&trials),
            curve: curve(&trials, &strays),
            intents,
        }
    }
}

fn in_scope(ours: &[&Answer], intents: &[OfIntent]) -> InScope {
    use crate::intent::Decision;
    let part = |is: &dyn Fn(&Answer) -> bool| share(ours.iter().filter(|answer| is(answer)).count(), ours.len());
    let torn = |answer: &Answer| match answer.judged.decision {
        Decision::Torn(count) => Some(usize::from(count)),
        _ => None,
    };
    let among = |answer: &Answer, count: usize| {
        answer.judged.candidates.iter().take(count).any(|(name, _)| Some(name) == answer.text.intent.as_ref())
    };
    InScope {
        n: ours.len(),
        accuracy: part(&Answer::right),
        macro_f1: figures::macro_f1(intents),
        confident_and_right: part(&|answer| answer.accepted() && answer.right()),
        confident_and_wrong: part(&|answer| answer.accepted() && !answer.right()),
        torn: part(&|answer| torn(answer).is_some()),
        torn_with_right: part(&|answer| torn(answer).is_some_and(|count| among(answer, count))),
    }
}

fn out_of_scope(ours: &[&Answer], strays: &[&Answer]) -> OutOfScope {
    use crate::intent::Decision;
    let some = |value: f64| (!strays.is_empty()).then_some(value);
    let refused = |of: &[&Answer]| of.iter().filter(|answer| !answer.accepted()).count();
    let unsure = |of: &[&Answer]| of.iter().filter(|answer| answer.judged.decision == Decision::Unsure).count();
    let scores = |of: &[&Answer]| of.iter().map(|answer| f64::from(answer.probability())).collect::<Vec<_>>();
    let (mine, theirs) = (scores(ours), scores(strays));
    let kept = figures::keeping(&mine, KEPT);
    OutOfScope {
        n: strays.len(),
        recall: some(share(refused(strays), strays.len())),
        precision: some(share(refused(strays), refused(strays) + refused(ours))),
        auroc: figures::auroc(&mine, &theirs),
        recall_unsure: some(share(unsure(strays), strays.len())),
        precision_unsure: some(share(unsure(strays), unsure(strays) + unsure(ours))),
        recall_at_95: some(share(theirs.iter().filter(|score| **score < kept).count(), theirs.len()))
            .filter(|_| !mine.is_empty()),
    }
}

fn accepted(ours: &[&Answer], strays: &[&Answer]) -> Accepted {
    let taken = |of: &[&Answer]| of.iter().filter(|answer| answer.accepted()).count();
    let right = ours.iter().filter(|answer| answer.accepted() && answer.right()).count();
    let all = taken(ours) + taken(strays);
    Accepted {
        coverage: share(taken(ours), ours.len()),
        accuracy: share(right, taken(ours)),
        coverage_of_all: share(all, ours.len() + strays.len()),
        accuracy_of_all: share(right, all),
    }
}

/// What is taken for what, the most frequent first, then by name.
fn confused(ours: &[&Answer]) -> Vec<(String, String, usize)> {
    let mut pairs: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for answer in ours.iter().filter(|answer| !answer.right()) {
        if let (Some(about), Some(taken)) = (answer.text.intent.as_deref(), answer.predicted()) {
            *pairs.entry((about, taken)).or_default() += 1;
        }
    }
    let mut pairs: Vec<(String, String, usize)> =
        pairs.into_iter().map(|((about, taken), n)| (about.to_owned(), taken.to_owned(), n)).collect();
    pairs.sort_by_key(|(.., n)| std::cmp::Reverse(*n));
    pairs
}

fn curve(trials: &[(f64, bool)], strays: &[&Answer]) -> Vec<Point> {
    let point = |step: u8| {
        let threshold = f64::from(step) / f64::from(STEPS);
        let taken = trials.iter().filter(|(probability, _)| *probability >= threshold);
        let right = taken.clone().filter(|(_, right)| *right).count();
        let answered = taken.count();
        let strayed = strays.iter().filter(|answer| f64::from(answer.probability()) >= threshold).count();
        Point {
            threshold,
            answered: share(answered, trials.len()),
            right: (answered > 0).then(|| share(right, answered)),
            strays: (!strays.is_empty()).then(|| share(strayed, strays.len())),
        }
    };
    (0..=STEPS).map(point).collect()
}
