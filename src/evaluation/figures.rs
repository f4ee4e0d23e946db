//! The figures themselves, each as the field defines it: areas, errors, shares. Knows numbers only.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{real, share};

/// Probabilities are compared with what came of them in so many bins of equal width.
pub const BINS: usize = 15;

/// How likely a positive has a higher score than a negative, ties counting half: the area under the ROC curve. `None` when
/// one of the two is missing.
#[must_use]
pub fn auroc(positives: &[f64], negatives: &[f64]) -> Option<f64> {
    if positives.is_empty() || negatives.is_empty() {
        return None;
    }
    let mut all: Vec<(f64, bool)> = positives.iter().map(|score| (*score, true)).collect();
    all.extend(negatives.iter().map(|score| (*score, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0.0, 0.0);
    for ties in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let up = real(ties.iter().filter(|(_, positive)| *positive).count());
        let down = real(ties.len()) - up;
        won += up * (below + down / 2.0);
        below += down;
    }
    Some(won / (real(positives.len()) * real(negatives.len())))
}

/// A bin of probabilities, and what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Bin {
    /// How many.
    pub n: usize,
    /// Their probability, on average.
    pub probability: f64,
    /// The share of them that was right.
    pub right: f64,
}

/// Probabilities in bins of equal width; empty bins have no members.
#[must_use]
pub fn bins(trials: &[(f64, bool)]) -> Vec<Bin> {
    let mut bins = vec![(0, 0.0, 0); BINS];
    for (probability, right) in trials {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 15")]
        let at = (probability.clamp(0.0, 1.0) * real(BINS)) as usize;
        if let Some((n, sum, hits)) = bins.get_mut(at.min(BINS - 1)) {
            *n += 1;
            *sum += probability;
            *hits += usize::from(*right);
        }
    }
    let bin = |(n, sum, hits): (usize, f64, usize)| Bin {
        n,
        probability: if n == 0 { 0.0 } else { sum / real(n) },
        right: share(hits, n),
    };
    bins.into_iter().map(bin).collect()
}

/// The expected calibration error: how far probabilities are from what comes of them, on average over all texts.
#[must_use]
pub fn calibration_error(trials: &[(f64, bool)]) -> f64 {
    let off = bins(trials).iter().map(|bin| real(bin.n) * (bin.probability - bin.right).abs()).sum::<f64>();
    if trials.is_empty() { 0.0 } else { off / real(trials.len()) }
}

/// The highest threshold that keeps at least this share of the scores.
#[must_use]
pub fn keeping(scores: &[f64], kept: f64) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the number of scores")]
    let lost = ((1.0 - kept.clamp(0.0, 1.0)) * real(sorted.len()) + 1e-9) as usize;
    sorted.get(lost).copied().unwrap_or(0.0)
}

/// The value below which this part of all lies (nearest rank).
#[must_use]
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the number of values")]
    let rank = (part.clamp(0.0, 1.0) * real(sorted.len())).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// How well one intent is recognised.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfIntent {
    /// Which.
    pub intent: String,
    /// How many texts are about it.
    pub n: usize,
    /// The share of the texts taken for it that are about it.
    pub precision: f64,
    /// The share of the texts about it that are taken for it.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
}

/// How well each intent is recognised, by name. Pairs of what texts are about and what they are taken for.
#[must_use]
pub fn per_intent<'a>(pairs: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Vec<OfIntent> {
    let mut counts: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for (about, taken) in pairs {
        counts.entry(about).or_default().0 += 1;
        if let Some(taken) = taken {
            counts.entry(taken).or_default().1 += 1;
        }
        if taken == Some(about) {
            counts.entry(about).or_default().2 += 1;
        }
    }
    // What texts are taken for without any being about it has no row of its own: it costs others their recall.
    let rows = counts.into_iter().filter(|(_, (n, ..))| *n > 0);
    rows.map(|(intent, (n, taken, right))| {
        let f1 = share(2 * right, n + taken);
        OfIntent { intent: intent.to_owned(), n, precision: share(right, taken), recall: share(right, n), f1 }
    })
    .collect()
}

/// The mean of the intents' F1, each counting the same.
#[must_use]
pub fn macro_f1(intents: &[OfIntent]) -> f64 {
    if intents.is_empty() { 0.0 } else { intents.iter().map(|of| of.f1).sum::<f64>() / real(intents.len()) }
}
