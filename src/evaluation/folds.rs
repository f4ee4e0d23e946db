//! Which texts are held out together: parts of equal size, each with its share of every intent. Texts that are the same but
//! for their spelling are held out together, so that none is asked about while its twin is learned from.

use std::collections::BTreeMap;

use super::Text;
use super::dice::Dice;
use crate::text::fold;

/// Texts are dealt out in the same order on every run.
const SEED: u64 = 5;

/// The part of each text, from 0 to below `parts`.
pub(super) fn deal(texts: &[Text], parts: usize) -> Vec<usize> {
    let mut by_intent: BTreeMap<Option<&str>, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    for (at, text) in texts.iter().enumerate() {
        let same = by_intent.entry(text.intent.as_deref()).or_default();
        same.entry(fold(&text.text)).or_default().push(at);
    }
    let mut part_of = vec![0; texts.len()];
    let (mut dice, mut next) = (Dice::new(SEED), 0);
    for same in by_intent.into_values() {
        let mut groups: Vec<Vec<usize>> = same.into_values().collect();
        dice.shuffle(&mut groups);
        for group in groups {
            for at in group {
                if let Some(part) = part_of.get_mut(at) {
                    *part = next;
                }
            }
            // Goes on from intent to intent: small intents do not all fall into the first part.
            next = (next + 1) % parts.max(1);
        }
    }
    part_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_share_of_every_intent_and_twins_stay_together() {
        let text = |text: &str, intent: &str| Text {
            text: text.to_owned(),
            intent: (intent != "-").then(|| intent.to_owned()),
            place: None,
        };
        let mut texts: Vec<Text> =
            (0..23).flat_map(|n| ["a", "b", "-"].map(|intent| text(&format!("{intent} number {n}"), intent))).collect();
        texts.push(text("A, number 7!", "a"));
        let parts = deal(&texts, 5);
        for intent in ["a", "b", "-"] {
            for part in 0..5 {
                let of = texts
                    .iter()
                    .zip(&parts)
                    .filter(|(text, at)| **at == part && text.intent.as_deref().unwrap_or("-") == intent);
                assert!((4..=6).contains(&of.count()), "{parts:?}");
            }
        }
        let of = |wanted: &str| texts.iter().position(|text| text.text == wanted).map(|at| parts[at]);
        assert_eq!(of("a number 7"), of("A, number 7!"));
        assert_eq!(parts, deal(&texts, 5));
        assert!(deal(&[], 5).is_empty());
    }
}
