//! From raw scores to probabilities and thresholds, learned from a bot's own examples held out one by one (R8).

use crate::packed::Packed;

use super::exact::exp;

/// What speaks for a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// Its score.
    pub score: f32,
    /// How far it is ahead of the others; negative: behind.
    pub margin: f32,
    /// How like its examples the text is.
    pub likeness: f32,
    /// How much of the text is known.
    pub coverage: f32,
}

impl Evidence {
    const fn seen(&self) -> Weights {
        let sureness = self.score + LIKENESS_PART * self.likeness + COVERAGE_PART * self.coverage;
        [1.0, sureness, self.margin]
    }
}

/// What a held-out text looked like to the classifier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// What speaks for the best candidate.
    pub best: Evidence,
    /// Whether the best was right.
    pub right: bool,
    /// Whether any candidate should have been right (false for `not_for_us` and background texts).
    pub in_scope: bool,
}

/// A logistic curve over what speaks for a candidate, and the two thresholds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    weights: Weights,
    /// From this probability on the best candidate is picked.
    pub confident: f32,
    /// From this probability on, but below `confident`, the customer is asked which.
    pub torn: f32,
}

/// What a constant weighs, what speaks for the candidate, and the margin.
type Weights = [f32; SIDES];
const SIDES: usize = 3;
/// How much likeness and coverage count beside the score: what the model never saw it may be very sure of.
const LIKENESS_PART: f32 = 1.0;
const COVERAGE_PART: f32 = 0.5;

/// Before any example is seen: half a match with a fair lead is even odds. Bots of a handful of examples stay near it.
const PRIOR: Weights = [-6.0, 6.0, 4.0];
/// How strongly the prior holds against the trials.
const PRIOR_STRENGTH: f32 = 1.0;
const ROUNDS: usize = 25;
/// Texts that are not for us count together for no more than this part of the others: of what customers of a small bot
/// write, they are no larger a part than of a large one's.
const STRAY_PART_MAX: f32 = 0.25;
/// Of the texts that are picked, so many must be right …
const RIGHT_SHARE: f32 = 0.95;
/// … and of the texts that are not for us, at most so many may be picked.
const STRAY_SHARE: f32 = 0.05;
/// However that turns out, no more than so many of the right ones are given up: held-out examples of small bots look
/// worse than what customers write, and a menu that nobody needed is a failure too.
const RIGHT_LOST_SHARE: f32 = 0.15;
/// Less is never picked: a matter that was not meant costs four times a question back.
const CONFIDENT_MIN: f32 = 0.8;
/// Of the texts whose best candidate is right, at least and at most so many are not even asked about.
const RIGHT_UNASKED: (f32, f32) = (0.02, 0.05);

impl Packed for Calibration {
    fn pack(&self, to: &mut Vec<u8>) {
        self.weights.pack(to);
        self.confident.pack(to);
        self.torn.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self { weights: Packed::unpack(from)?, confident: Packed::unpack(from)?, torn: Packed::unpack(from)? })
    }
}

impl Default for Calibration {
    fn default() -> Self {
        Self { weights: PRIOR, confident: 0.6, torn: 0.3 }
    }
}

impl Calibration {
    /// Learns from trials. The same trials give the same curve.
    #[must_use]
    pub fn learn(trials: &[Trial]) -> Self {
        let mut learned = Self { weights: fit(trials), ..Self::default() };
        learned.confident = learned.confident_threshold(trials);
        learned.torn = learned.torn_threshold(trials);
        learned
    }

    /// The probability that a candidate for which this speaks is right.
    #[must_use]
    pub fn probability(&self, evidence: &Evidence) -> f32 {
        sigmoid(dot(self.weights, evidence.seen())).clamp(0.001, 0.999)
    }

    /// The lowest threshold at which what is picked is right and little is picked that is not for us.
    fn confident_threshold(&self, trials: &[Trial]) -> f32 {
        let stray = trials.iter().filter(|trial| !trial.in_scope).count() as f32;
        let good_at = |threshold: f32| {
            let picked: Vec<&Trial> =
                trials.iter().filter(|trial| self.probability(&trial.best) >= threshold).collect();
            let in_scope = picked.iter().filter(|trial| trial.in_scope).count() as f32;
            let right = picked.iter().filter(|trial| trial.right).count() as f32;
            let strayed = picked.len() as f32 - in_scope;
            right >= RIGHT_SHARE * in_scope && strayed <= STRAY_SHARE * stray
        };
        let wanted = (8..=18).map(|step| step as f32 * 0.05).find(|threshold| good_at(*threshold)).unwrap_or(0.9);
        wanted.min(self.affordable(trials)).max(CONFIDENT_MIN)
    }

    /// The highest threshold that gives up no more of the right ones than may be.
    fn affordable(&self, trials: &[Trial]) -> f32 {
        let right = self.sorted(trials, |trial| trial.right);
        at_share(&right, RIGHT_LOST_SHARE).unwrap_or(0.9)
    }

    /// The probability at which most right ones are asked about and most that are not for us are not.
    fn torn_threshold(&self, trials: &[Trial]) -> f32 {
        let right = self.sorted(trials, |trial| trial.right);
        let stray = self.sorted(trials, |trial| !trial.in_scope);
        let below = |sorted: &[f32], threshold: f32| {
            sorted.partition_point(|value| *value < threshold) as f32 / sorted.len().max(1) as f32
        };
        let (Some(lowest), Some(highest)) = (at_share(&right, RIGHT_UNASKED.0), at_share(&right, RIGHT_UNASKED.1))
        else {
            return Self::default().torn;
        };
        let thresholds = right.iter().copied().filter(|value| (lowest..=highest).contains(value));
        let gain = |threshold: f32| below(&stray, threshold) - below(&right, threshold);
        thresholds.max_by(|a, b| gain(*a).total_cmp(&gain(*b)).then(b.total_cmp(a))).unwrap_or(lowest)
    }

    /// The probabilities of these trials, the lowest first.
    fn sorted(&self, trials: &[Trial], which: impl Fn(&Trial) -> bool) -> Vec<f32> {
        let mut all: Vec<f32> =
            trials.iter().filter(|trial| which(trial)).map(|trial| self.probability(&trial.best)).collect();
        all.sort_by(f32::total_cmp);
        all
    }
}

/// The value below which such a share of sorted values lies.
fn at_share(sorted: &[f32], share: f32) -> Option<f32> {
    sorted.get((sorted.len() as f32 * share) as usize).copied()
}

/// The weights that make the trials most likely, held near the prior: Newton's method.
fn fit(trials: &[Trial]) -> Weights {
    let mut weights = PRIOR;
    let strays = trials.iter().filter(|trial| !trial.in_scope).count() as f32;
    let stray_weight = ((trials.len() as f32 - strays) * STRAY_PART_MAX / strays.max(1.0)).min(1.0);
    for _ in 0..ROUNDS {
        let mut slope = [0.0_f32; SIDES];
        let mut bend = [[0.0_f32; SIDES]; SIDES];
        for (place, (weight, prior)) in weights.iter().zip(PRIOR).enumerate() {
            slope[place] = PRIOR_STRENGTH * (prior - weight);
            bend[place][place] = PRIOR_STRENGTH;
        }
        for trial in trials {
            let x = trial.best.seen();
            let odds = sigmoid(dot(weights, x));
            let weight = if trial.in_scope { 1.0 } else { stray_weight };
            let error = (f32::from(u8::from(trial.right)) - odds) * weight;
            let sureness = odds * (1.0 - odds) * weight;
            for (row, (slope, bend)) in slope.iter_mut().zip(&mut bend).enumerate() {
                *slope += error * x[row];
                bend.iter_mut().zip(x).for_each(|(cell, other)| *cell += sureness * x[row] * other);
            }
        }
        let step = solved(bend, slope);
        weights.iter_mut().zip(step).for_each(|(weight, step)| *weight += step.clamp(-2.0, 2.0));
    }
    let [constant, sureness, margin] = weights;
    [constant, sureness.max(0.5), margin.max(0.5)]
}

/// Solves `matrix · x = right` for a symmetric matrix with a positive diagonal, by elimination.
fn solved(mut matrix: [[f32; SIDES]; SIDES], mut right: Weights) -> Weights {
    for pivot in 0..SIDES {
        let row = matrix[pivot];
        for below in pivot + 1..SIDES {
            let factor = matrix[below][pivot] / row[pivot];
            matrix[below].iter_mut().zip(row).for_each(|(cell, above)| *cell -= factor * above);
            right[below] -= factor * right[pivot];
        }
    }
    for pivot in (0..SIDES).rev() {
        let known: f32 = (pivot + 1..SIDES).map(|place| matrix[pivot][place] * right[place]).sum();
        right[pivot] = (right[pivot] - known) / matrix[pivot][pivot];
    }
    right
}

fn dot(a: Weights, b: Weights) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}
