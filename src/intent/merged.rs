//! Terms that stand in the same texts, each weighing the same part there: a rare word with its stem and its letters. What is
//! learned of one is what is learned of all, so that they are learned as one term and told apart afterwards. What comes out
//! is the same; it takes less time. Knows nothing of what terms are.

use std::collections::HashMap;

use super::exact::square;
use super::interner::{index, number};
use super::terms::Row;

/// How far from the same part a weight may be, as a part of it: what rounding does.
const ROUNDING: f32 = 1e-4;

/// Rows with fewer terms.
#[derive(Debug)]
pub(super) struct Merged {
    /// The rows, of merged terms.
    pub(super) rows: Vec<Row>,
    /// How many merged terms there are.
    pub(super) count: u32,
    /// Of each term the merged one it is in, and its part of what that weighs.
    pub(super) parts: Vec<(u32, f32)>,
}

/// Where a term stands, and what it weighs there.
#[derive(Debug, Clone, Default)]
struct Column {
    rows: Vec<u32>,
    weights: Vec<f32>,
}

impl Column {
    /// The root of its weights' squares.
    fn length(&self) -> f32 {
        self.weights.iter().map(|weight| square(*weight)).sum::<f32>().sqrt()
    }

    /// Whether another that stands in the same rows weighs the same part of this one in each; both with their lengths.
    fn is_like(&self, length: f32, other: &Self, its: f32) -> bool {
        let mut pairs = self.weights.iter().zip(&other.weights);
        (length > 0.0) == (its > 0.0)
            && pairs.all(|(ours, theirs)| {
                let (one, two) = (ours * its, theirs * length);
                (one - two).abs() <= ROUNDING * one.abs().max(two.abs())
            })
    }
}

/// A merged term while terms are added to it.
struct Group<'c> {
    first: &'c Column,
    length: f32,
    /// What all of it has for a length, squared.
    whole: f32,
}

impl Merged {
    /// Merges the terms of rows; they are counted from 0.
    pub(super) fn of(rows: &[Row], terms: u32) -> Self {
        let columns = columns(rows, terms);
        let mut parts: Vec<(u32, f32)> = Vec::with_capacity(columns.len());
        let mut groups: Vec<Group<'_>> = Vec::new();
        let mut in_rows: HashMap<&[u32], Vec<u32>> = HashMap::new();
        for column in &columns {
            let length = column.length();
            let same = in_rows.entry(&column.rows).or_default();
            let like = |at: &&u32| {
                groups.get(index(**at)).is_some_and(|group| group.first.is_like(group.length, column, length))
            };
            let at = same.iter().find(like).copied().unwrap_or_else(|| {
                same.push(number(groups.len()));
                number(groups.len())
            });
            match groups.get_mut(index(at)) {
                Some(group) => group.whole += square(length),
                None => groups.push(Group { first: column, length, whole: square(length) }),
            }
            parts.push((at, length));
        }
        for (at, part) in &mut parts {
            let whole = groups.get(index(*at)).map_or(0.0, |group| group.whole.sqrt());
            *part /= whole.max(f32::MIN_POSITIVE);
        }
        let count = number(groups.len());
        Self { rows: rows.iter().map(|row| merged(row, &parts)).collect(), count, parts }
    }
}

fn columns(rows: &[Row], terms: u32) -> Vec<Column> {
    let mut columns = vec![Column::default(); index(terms)];
    for (at, row) in (0..).zip(rows) {
        for (term, weight) in row {
            if let Some(column) = columns.get_mut(index(*term)) {
                column.rows.push(at);
                column.weights.push(*weight);
            }
        }
    }
    columns
}

/// A row of merged terms: each weighs what its terms do together.
fn merged(row: &Row, parts: &[(u32, f32)]) -> Row {
    let share = |(term, weight): &(u32, f32)| parts.get(index(*term)).map(|(at, part)| (*at, part * weight));
    let mut all: Row = row.iter().filter_map(share).collect();
    all.sort_by_key(|(at, _)| *at);
    let sum = |same: &[(u32, f32)]| Some((same.first()?.0, same.iter().map(|(_, share)| share).sum::<f32>()));
    all.chunk_by(|one, other| one.0 == other.0).filter_map(sum).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terms_of_the_same_texts_are_one() {
        let rows = vec![vec![(0, 0.6), (1, 0.8)], vec![(0, 0.3), (1, 0.4), (2, 0.5)], vec![(2, 1.0), (3, 1.0)]];
        let merged = Merged::of(&rows, 5);
        assert_eq!(merged.count, 4, "0 and 1 are one, and what stands nowhere is one");
        let of: Vec<u32> = merged.parts.iter().map(|(of, _)| *of).collect();
        assert_eq!(of, [0, 0, 1, 2, 3]);
        assert_eq!(merged.rows[0], [(0, 1.0)]);
        assert!((merged.parts[0].1 - 0.6).abs() < 1e-6 && (merged.parts[1].1 - 0.8).abs() < 1e-6);
        let apart = Merged::of(&[vec![(0, 0.6), (1, 0.8)], vec![(0, 0.6), (1, 0.7)]], 2);
        assert_eq!(apart.count, 2, "they weigh another part in each text");
    }

    fn product(one: &Row, other: &Row) -> f32 {
        let same = |(term, weight): &(u32, f32)| {
            other.iter().find(|(other, _)| other == term).map_or(0.0, |(_, other)| weight * other)
        };
        one.iter().map(same).sum()
    }

    proptest! {
        /// All that learning sees of rows is their products, which stay: of words, and of what a model of sentences says,
        /// which has either sign and is nothing now and then.
        #[test]
        fn rows_are_as_near_to_one_another_as_before(
            sets in prop::collection::vec(0_u8..64, 1..8),
            meanings in prop::collection::vec(prop::collection::vec(-2_i8..=2, 3), 8),
            scales in prop::collection::vec(0.1_f32..2.0, 8),
        ) {
            let row = |((set, meaning), scale): ((&u8, &Vec<i8>), &f32)| -> Row {
                let words = (0..6).filter(|bit| set >> bit & 1 == 1).map(|bit| (bit, scale * (bit + 1) as f32));
                words.chain((6..).zip(meaning.iter().map(|part| f32::from(*part)))).collect()
            };
            let rows: Vec<Row> = sets.iter().zip(&meanings).zip(&scales).map(row).collect();
            let merged = Merged::of(&rows, 9);
            for (one, its) in rows.iter().zip(&merged.rows) {
                for (other, theirs) in rows.iter().zip(&merged.rows) {
                    let (before, after) = (product(one, other), product(its, theirs));
                    prop_assert!((before - after).abs() <= 1e-3 * before.abs().max(1.0), "{before} {after}");
                }
            }
            for (row, its) in rows.iter().zip(&merged.rows) {
                for (term, weight) in row {
                    let (at, part) = merged.parts[index(*term)];
                    let whole = its.iter().find(|(other, _)| *other == at).map_or(0.0, |(_, whole)| *whole);
                    prop_assert!((part * whole - weight).abs() <= 1e-3 * weight.abs().max(1.0), "{part} of {whole}: {weight}");
                }
            }
        }
    }
}
