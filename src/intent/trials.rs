//! Trying a classifier with its own sentences: some are held out, a model learns from the others, and what it then makes of
//! them teaches how far to trust it, and which topics it takes for one another.

use std::collections::{BTreeMap, BTreeSet};

use crate::parallel;

use super::calibration::{Calibration, Trial};
use super::classifier::{Confusion, Everyday, Lessons};
use super::deciding::{by_value, trial};
use super::examples::Role;
use super::features::split;
use super::linear::Linear;
use super::scoring::{HeldOut, Message, Scorer, Scores};
use super::trained::{Blend, Course};

/// Larger bots are tried with a regular sample of so many texts.
const TRIALS_MAX: usize = 1_500;
/// Each text is held out of one of so many models …
const FOLDS: usize = 5;
/// … but where there is so much to learn that training takes long, all of the sample out of one.
const FOLDS_TEXTS_MAX: usize = 4_000;

/// So many texts tell what is usual.
const BLEND_MAX: usize = 400;

/// Below `confident` there is always room to ask: where held-out examples all did well, as well.
const TORN_PART_MAX: f32 = 0.8;
/// So many examples show that two topics are taken for one another.
const SUCH_AS_MAX: usize = 3;

/// Trains the scorer's model, and learns from trials how to read it.
pub(super) fn train(
    scorer: &mut Scorer,
    course: &Course,
    lessons: &Lessons,
    background: &[Everyday],
) -> (Calibration, Vec<Confusion>) {
    let (ours, others) = held_out(scorer);
    let folds = if course.len() <= FOLDS_TEXTS_MAX { FOLDS } else { 1 };
    let mut out: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); folds];
    for (id, fold) in ours.iter().zip((0..folds).cycle()) {
        out.get_mut(fold).map(|out| out.insert(*id));
    }
    let (model, models) = course.train(&out);
    scorer.take(model);
    let ours: Vec<(u32, &Linear)> = ours.into_iter().zip(models.iter().cycle()).collect();
    blend(scorer, &ours);
    let tried = tried(scorer, &ours, &others, background);
    let mut calibration = Calibration::learn(&tried.iter().map(|tried| tried.trial).collect::<Vec<Trial>>());
    calibration.confident = lessons.confident.unwrap_or(calibration.confident);
    calibration.torn = lessons.torn.unwrap_or(calibration.torn.min(calibration.confident * TORN_PART_MAX));
    let confusions = confusions(scorer, &tried, &calibration);
    (calibration, confusions)
}

/// The texts that are held out, ours and those that are not for us: of large bots a regular sample. Labels, keywords and an
/// article's lines are nobody's message.
fn held_out(scorer: &Scorer) -> (Vec<u32>, Vec<u32>) {
    let examples = scorer.examples();
    let messages = (0..examples.len()).filter(|id| examples.role(*id) == Role::Example);
    let (ours, others): (Vec<u32>, Vec<u32>) = messages.partition(|id| examples.topic(*id).is_some());
    let sample = |all: Vec<u32>| {
        let step = all.len().div_ceil(TRIALS_MAX).max(1);
        all.into_iter().step_by(step).collect::<Vec<u32>>()
    };
    (sample(ours), sample(others))
}

fn scores(scorer: &Scorer, example: u32, model: &Linear) -> Scores {
    let text = scorer.examples().text(example);
    let (folded, meaning) = (split(text), scorer.meaning(example));
    let message = Message { text, folded: &folded, mends: &scorer.mends(&folded), meaning: meaning.as_ref() };
    scorer.score(&message, Some(HeldOut { example, model }), &|_| true)
}

/// Learns how the model and likeness go together, of some of the texts.
fn blend(scorer: &mut Scorer, ours: &[(u32, &Linear)]) {
    let step = ours.len().div_ceil(BLEND_MAX).max(1);
    let some: Vec<(u32, &Linear)> = ours.iter().step_by(step).copied().collect();
    let seen = parallel::map(&some, |(example, model)| {
        let score = scores(scorer, *example, model).of.remove(&scorer.examples().topic(*example)?)?;
        Some((score.logit?, score.likeness))
    });
    let seen: Vec<(f32, f32)> = seen.into_iter().flatten().collect();
    scorer.mix(Blend::learn(&seen));
}

/// What a text that was held out came to.
struct Tried {
    /// Its number; none for an everyday sentence.
    example: Option<u32>,
    /// Whose it is; none for what is not for us.
    of: Option<usize>,
    /// What it was taken for.
    best: Option<usize>,
    trial: Trial,
}

fn tried(scorer: &Scorer, ours: &[(u32, &Linear)], others: &[u32], background: &[Everyday]) -> Vec<Tried> {
    let took = |example: Option<u32>, of: Option<usize>, scores: &Scores| Tried {
        example,
        of,
        best: by_value(&scores.of).first().map(|(best, _)| *best),
        trial: trial(scores, of),
    };
    let model = scorer.model();
    let examples: Vec<(u32, &Linear)> =
        ours.iter().copied().chain(others.iter().map(|example| (*example, model))).collect();
    let mut tried = parallel::map(&examples, |(example, model)| {
        took(Some(*example), scorer.examples().topic(*example), &scores(scorer, *example, model))
    });
    tried.extend(parallel::map(background, |Everyday { folded, meaning }| {
        let message = Message { text: folded, folded, mends: &scorer.mends(folded), meaning: meaning.as_ref() };
        took(None, None, &scorer.score(&message, None, &|_| true))
    }));
    tried
}

/// Which topics are taken for one another. What is too unlike to be asked about is taken for nothing.
fn confusions(scorer: &Scorer, tried: &[Tried], calibration: &Calibration) -> Vec<Confusion> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut confused: BTreeMap<(usize, usize), Vec<u32>> = BTreeMap::new();
    for Tried { example, of, best, trial } in tried {
        let Some(of) = of else { continue };
        *counts.entry(*of).or_insert(0) += 1;
        if let (Some(example), Some(best)) =
            (example, best.filter(|best| best != of && calibration.probability(&trial.best) >= calibration.torn))
        {
            confused.entry((*of, best)).or_default().push(*example);
        }
    }
    let topic = |number: usize| scorer.topics().get(number).cloned();
    let confusion = |((of, with), examples): ((usize, usize), Vec<u32>)| {
        let out_of = counts.get(&of).copied().unwrap_or_default();
        let such_as =
            examples.iter().take(SUCH_AS_MAX).map(|example| scorer.examples().text(*example).to_owned()).collect();
        Some(Confusion { of: topic(of)?, with: topic(with)?, examples: examples.len(), out_of, such_as })
    };
    confused.into_iter().filter_map(confusion).collect()
}
