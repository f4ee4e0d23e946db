//! The figures against what their definitions say, counted the slow way.

use frontdesk::evaluation::figures::{BINS, auroc, calibration_error, keeping, macro_f1, per_intent, percentile};
use proptest::prelude::*;

/// Scores with many ties.
fn scores() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((0_u8..=20).prop_map(|score| f64::from(score) / 20.0), 0..60)
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

proptest! {
    #[test]
    fn auroc_is_how_often_a_positive_is_above_a_negative(positives in scores(), negatives in scores()) {
        let pairs = positives.iter().flat_map(|p| negatives.iter().map(move |n| (p, n)));
        let won: f64 = pairs.map(|(p, n)| if p > n { 1.0 } else if p < n { 0.0 } else { 0.5 }).sum();
        let all = real(positives.len() * negatives.len());
        match auroc(&positives, &negatives) {
            None => prop_assert!(all == 0.0),
            Some(area) => {
                prop_assert!((area - won / all).abs() < 1e-9);
                let mirrored = auroc(&negatives, &positives).unwrap();
                prop_assert!((area + mirrored - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_calibration_error_is_the_gap_of_each_bin_by_its_size(
        trials in prop::collection::vec(((0.0..=1.0_f64), any::<bool>()), 0..200),
    ) {
        let mut expected = 0.0;
        for bin in 0..BINS {
            let (low, high) = (real(bin) / real(BINS), real(bin + 1) / real(BINS));
            let inside = |p: f64| p >= low && (p < high || bin + 1 == BINS);
            let members: Vec<&(f64, bool)> = trials.iter().filter(|(p, _)| inside(*p)).collect();
            let said: f64 = members.iter().map(|(p, _)| p).sum();
            let right = real(members.iter().filter(|(_, right)| *right).count());
            expected += (said - right).abs();
        }
        let error = calibration_error(&trials);
        // A probability on the very edge of two bins may fall to either.
        prop_assert!((error - expected / real(trials.len().max(1))).abs() < 0.02, "{error}");
        prop_assert!((0.0..=1.0).contains(&error));
    }

    #[test]
    fn a_threshold_keeps_what_it_promises_and_no_higher_one_does(scores in scores(), percent in 1_u8..=100) {
        prop_assume!(!scores.is_empty());
        let kept = f64::from(percent) / 100.0;
        let threshold = keeping(&scores, kept);
        let share = |at: f64| real(scores.iter().filter(|score| **score >= at).count()) / real(scores.len());
        prop_assert!(share(threshold) >= kept - 1e-9);
        if let Some(next) = scores.iter().copied().filter(|score| *score > threshold).min_by(f64::total_cmp) {
            prop_assert!(share(next) < kept + 1e-9, "{next} keeps {}", share(next));
        }
    }

    #[test]
    fn intents_are_counted_as_precision_and_recall_are_defined(
        pairs in prop::collection::vec((0_usize..4, prop::option::of(0_usize..5)), 0..80),
    ) {
        const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
        let named: Vec<(&str, Option<&str>)> =
            pairs.iter().map(|(about, taken)| (NAMES[*about], taken.map(|taken| NAMES[taken]))).collect();
        let rows = per_intent(named.iter().copied());
        for row in &rows {
            let name = row.intent.as_str();
            let about = named.iter().filter(|(about, _)| *about == name).count();
            let taken = named.iter().filter(|(_, taken)| *taken == Some(name)).count();
            let right = named.iter().filter(|pair| **pair == (name, Some(name))).count();
            prop_assert_eq!(row.n, about);
            prop_assert!((row.recall * real(about) - real(right)).abs() < 1e-9);
            prop_assert!((row.precision * real(taken) - real(right)).abs() < 1e-9);
            let both = row.precision + row.recall;
            let f1 = if both == 0.0 { 0.0 } else { 2.0 * row.precision * row.recall / both };
            prop_assert!((row.f1 - f1).abs() < 1e-9);
        }
        prop_assert!((0.0..=1.0).contains(&macro_f1(&rows)));
    }

    #[test]
    fn a_percentile_is_one_of_the_values(values in scores(), part in 0.0..=1.0_f64) {
        prop_assume!(!values.is_empty());
        let found = percentile(&values, part);
        let below = real(values.iter().filter(|value| **value <= found).count());
        prop_assert!(values.contains(&found) && below >= part * real(values.len()) - 1e-9);
    }
}

#[test]
fn figures_of_nothing_are_nothing() {
    assert_eq!(auroc(&[], &[0.5]), None);
    assert!(calibration_error(&[]).abs() < f64::EPSILON && macro_f1(&[]).abs() < f64::EPSILON);
    assert!(percentile(&[], 0.5).abs() < f64::EPSILON && keeping(&[], 0.95).abs() < f64::EPSILON);
    assert_eq!(auroc(&[0.9, 0.8], &[0.1]), Some(1.0));
}
