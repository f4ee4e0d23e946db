//! From raw scores to probabilities and thresholds, learned from a bot's own examples held out one by one (R8).

use crate::packed::Packed;

use super::exact::exp;

/// What a held-out text looked like to the classifier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Score of the best candidate.
    pub best: f32,
    /// How far the best is ahead of the second.
    pub margin: f32,
    /// Whether the best was right.
    pub right: bool,
    /// Whether any candidate should have been right (false for `not_for_us` and background texts).
    pub in_scope: bool,
    /// Whether the right one was among the first three.
    pub in_three: bool,
}

/// A logistic curve over score and margin, and the two thresholds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    weights: [f32; 3],
    /// From this probability on the best candidate is picked.
    pub confident: f32,
    /// From this score on, but below `confident`, the customer is asked which.
    pub torn: f32,
}

/// Before any example is seen: half a match with a fair lead is even odds. Bots of a handful of examples stay near it.
const PRIOR: [f32; 3] = [-4.5, 9.0, 4.0];
/// How strongly the prior holds: as much as so many trials.
const PRIOR_STRENGTH: f32 = 4.0;
const ROUNDS: usize = 400;
const RATE: f32 = 0.6;
/// Of the texts that are picked, so many must be right …
const RIGHT_SHARE: f32 = 0.95;
/// … and of the texts that are not for us, at most so many may be picked.
const STRAY_SHARE: f32 = 0.05;
/// However that turns out, no more than so many of the right ones are given up: held-out examples of small bots look
/// worse than what customers write, and a menu that nobody needed is a failure too.
const RIGHT_LOST_SHARE: f32 = 0.15;
/// Less is never picked: a matter that was not meant costs four times a question back.
const CONFIDENT_MIN: f32 = 0.8;
/// Of the texts that are not for us, at most so many may be asked about.
const STRAY_TORN_SHARE: f32 = 0.25;

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
        learned.torn = torn_threshold(trials);
        learned
    }

    /// The probability that a candidate with this score, so far ahead of the others (negative: behind), is right.
    #[must_use]
    pub fn probability(&self, score: f32, margin: f32) -> f32 {
        sigmoid(dot(self.weights, [1.0, score, margin])).clamp(0.001, 0.999)
    }

    /// The lowest threshold at which what is picked is right and little is picked that is not for us.
    fn confident_threshold(&self, trials: &[Trial]) -> f32 {
        let stray = trials.iter().filter(|trial| !trial.in_scope).count() as f32;
        let good_at = |threshold: f32| {
            let picked: Vec<&Trial> =
                trials.iter().filter(|trial| self.probability(trial.best, trial.margin) >= threshold).collect();
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
        let right = trials.iter().filter(|trial| trial.right);
        let mut right: Vec<f32> = right.map(|trial| self.probability(trial.best, trial.margin)).collect();
        right.sort_by(f32::total_cmp);
        right.get((right.len() as f32 * RIGHT_LOST_SHARE) as usize).copied().unwrap_or(0.9)
    }
}

/// The lowest score at which asking helps more than it strays.
fn torn_threshold(trials: &[Trial]) -> f32 {
    let mut stray: Vec<f32> = trials.iter().filter(|trial| !trial.in_scope).map(|trial| trial.best).collect();
    stray.sort_by(f32::total_cmp);
    let keep = (stray.len() as f32 * (1.0 - STRAY_TORN_SHARE)).floor() as usize;
    let over_strays = stray.get(keep).copied().unwrap_or(0.25);
    over_strays.clamp(0.2, 0.45)
}

fn fit(trials: &[Trial]) -> [f32; 3] {
    let mut weights = PRIOR;
    let total = trials.len() as f32 + PRIOR_STRENGTH;
    let scale = [1.0, 4.0, 4.0];
    for _ in 0..ROUNDS {
        let mut gradient = [0.0; 3];
        for trial in trials {
            let x = [1.0, trial.best, trial.margin];
            let error = f32::from(u8::from(trial.right)) - sigmoid(dot(weights, x));
            for (slot, value) in gradient.iter_mut().zip(x) {
                *slot += error * value;
            }
        }
        for (((weight, slope), prior), scale) in weights.iter_mut().zip(gradient).zip(PRIOR).zip(scale) {
            let pull = (prior - *weight) * PRIOR_STRENGTH * 0.05;
            *weight += RATE * scale * (slope + pull) / total;
        }
    }
    [weights[0], weights[1].max(0.5), weights[2].max(0.5)]
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}
