//! From scores to a decision (R8): candidates with probabilities, and whether one is picked, a few are asked about, or none.

use std::collections::BTreeMap;

use super::calibration::{Calibration, Evidence, Trial};
use super::scoring::{NotForUs, Score, Scorer, Scores};
use super::{Candidate, Decision, Topic, Understanding, is_built_in};

/// So many candidates are kept.
const CANDIDATES_MAX: usize = 5;
/// The customer is asked about so many at most (R8).
const ASKED_MAX: usize = 3;
/// Behind the best, the customer is asked about what is likely enough to be meant. Of the held-out examples of the sample
/// bot, what has six per cent and little more is meant in one case of eight, and what has less in one of twenty-five: a row to
/// read for nothing.
const PLAUSIBLE_MIN: f32 = 0.06;
/// What the whole message decides for is at least this probable.
const WHOLE_MIN: f32 = 0.99;

/// Candidates with probabilities, and how sure.
pub(super) fn decide(scorer: &Scorer, scores: &Scores, calibration: &Calibration) -> Understanding {
    let ranked = ranked(scorer.topics(), scores);
    let candidates = candidates(&ranked, scorer, scores, calibration);
    let decision = decision(&ranked, &candidates, &scores.not_for_us, calibration);
    Understanding { candidates, decision, greeted: false, language: None }
}

/// What a held-out text comes to. `of` is the right topic; none for what is not for us.
pub(super) fn trial(scores: &Scores, of: Option<usize>) -> Trial {
    let ranked = by_value(&scores.of);
    let value = |place: usize| ranked.get(place).map_or(0.0, |(_, value)| *value);
    Trial {
        best: Evidence {
            score: value(0),
            margin: value(0) - value(1).max(scores.not_for_us.value),
            likeness: ranked.first().and_then(|(best, _)| scores.of.get(best)).map_or(0.0, |best| best.likeness),
            coverage: scores.coverage,
        },
        right: of.is_some() && ranked.first().map(|(best, _)| *best) == of,
        in_scope: of.is_some(),
    }
}

/// Topics by their scores alone, best first; equals by topic.
pub(super) fn by_value(scores: &BTreeMap<usize, Score>) -> Vec<(usize, f32)> {
    let mut ranked: Vec<(usize, f32)> = scores.iter().map(|(topic, score)| (*topic, score.value)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked
}

type Ranked<'a> = Vec<(&'a Topic, &'a Score)>;

/// The best few: what is the whole message first, then what has one of several keywords, then by score.
fn ranked<'a>(topics: &'a [Topic], scores: &'a Scores) -> Ranked<'a> {
    let mut ranked: Ranked<'_> =
        scores.of.iter().filter_map(|(topic, score)| Some((topics.get(*topic)?, score))).collect();
    let several = with_keywords(&ranked) > 1;
    let order = |of: &(&Topic, &Score)| (of.1.whole, several && claims(of));
    ranked.sort_by(|a, b| order(b).cmp(&order(a)).then(b.1.value.total_cmp(&a.1.value)).then_with(|| a.0.cmp(b.0)));
    ranked.truncate(CANDIDATES_MAX);
    ranked
}

/// Whether an intent of the bot has a keyword in the text.
fn claims((topic, score): &(&Topic, &Score)) -> bool {
    score.keyword && !is_built_in(topic)
}

fn with_keywords(ranked: &[(&Topic, &Score)]) -> usize {
    ranked.iter().filter(|of| claims(of)).count()
}

/// Whether what the whole message is decides for the first: for it alone, that is, and not for what is not for us.
fn decided(ranked: &[(&Topic, &Score)], not_for_us: &NotForUs) -> bool {
    let Some(whole) = ranked.first().and_then(|(_, score)| score.whole) else { return false };
    !not_for_us.whole && ranked.iter().filter(|(_, score)| score.whole == Some(whole)).count() == 1
}

fn candidates(
    ranked: &[(&Topic, &Score)],
    scorer: &Scorer,
    scores: &Scores,
    calibration: &Calibration,
) -> Vec<Candidate> {
    let not_for_us = &scores.not_for_us;
    let mut last = if not_for_us.whole { 1.0 - WHOLE_MIN } else { 1.0 };
    let mut candidates = Vec::new();
    for (place, (topic, score)) in ranked.iter().enumerate() {
        let others = ranked.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, (_, other))| other.value);
        let rival = others.fold(not_for_us.value, f32::max);
        let probability = calibration.probability(&Evidence {
            score: score.value,
            margin: score.value - rival,
            likeness: score.likeness,
            coverage: scores.coverage,
        });
        last =
            if place == 0 && decided(ranked, not_for_us) { probability.max(WHOLE_MIN) } else { probability }.min(last);
        let mut reasons = scorer.reasons(topic, score, scores);
        if place == 0 && (not_for_us.whole || not_for_us.value >= score.value) {
            reasons.push(scorer.stray_reason(not_for_us));
        }
        candidates.push(Candidate { topic: (*topic).clone(), probability: last, reasons });
    }
    candidates
}

fn decision(
    ranked: &[(&Topic, &Score)],
    candidates: &[Candidate],
    not_for_us: &NotForUs,
    calibration: &Calibration,
) -> Decision {
    let (Some((_, best)), Some(first)) = (ranked.first(), candidates.first()) else { return Decision::Unsure };
    if not_for_us.whole {
        return Decision::Unsure;
    }
    if decided(ranked, not_for_us) {
        return Decision::Confident;
    }
    let claiming = with_keywords(ranked);
    if claiming > 1 {
        return torn(claiming);
    }
    if not_for_us.value >= best.value {
        return Decision::Unsure;
    }
    if first.probability >= calibration.confident {
        Decision::Confident
    } else if first.probability >= calibration.torn {
        torn(asked_about(candidates))
    } else {
        Decision::Unsure
    }
}

/// One alone is asked about too: better than to claim that nothing was understood.
fn asked_about(candidates: &[Candidate]) -> usize {
    candidates.iter().take_while(|candidate| candidate.probability >= PLAUSIBLE_MIN).count().max(1)
}

fn torn(count: usize) -> Decision {
    Decision::Torn(u8::try_from(count.min(ASKED_MAX)).unwrap_or(1))
}
