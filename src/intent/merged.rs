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
    /// Whether another that stands in the same rows weighs the same part of this one in each.
    fn is_like(&self, other: &Self) -> bool {
        let (Some(first), Some(its)) = (self.weights.first(), other.weights.first()) else { return true };
        let mut pairs = self.weights.iter().zip(&other.weights);
        pairs.all(|(ours, theirs)| {
            let (one, two) = (ours * its, theirs * first);
            (one - two).abs() <= ROUNDING * one.abs()
        })
    }
}

impl Merged {
    /// Merges the terms of rows; they are counted from 0.
    pub(super) fn of(rows: &[Row], terms: u32) -> Self {
        let columns = columns(rows, terms);
        let mut parts: Vec<(u32, f32)> = Vec::with_capacity(columns.len());
        // The first term of each merged one, and what all of it weighs in its first row, squared.
        let mut firsts: Vec<(&Column, f32)> = Vec::new();
        let mut in_rows: HashMap<&[u32], Vec<u32>> = HashMap::new();
        for column in &columns {
            let same = in_rows.entry(&column.rows).or_default();
            let like = |group: &&u32| firsts.get(index(**group)).is_some_and(|(first, _)| first.is_like(column));
            let group = same.iter().find(like).copied().unwrap_or_else(|| {
                same.push(number(firsts.len()));
                number(firsts.len())
            });
            let weight = column.weights.first().copied().unwrap_or_default();
            match firsts.get_mut(index(group)) {
                Some((_, whole)) => *whole += square(weight),
                None => firsts.push((column, square(weight))),
            }
            parts.push((group, weight));
        }
        for (group, part) in &mut parts {
            let whole = firsts.get(index(*group)).map_or(0.0, |(_, whole)| whole.sqrt());
            *part /= whole.max(f32::MIN_POSITIVE);
        }
        let count = number(firsts.len());
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
    let group = |(term, weight): &(u32, f32)| Some((parts.get(index(*term))?.0, square(*weight)));
    let mut all: Row = row.iter().filter_map(group).collect();
    all.sort_by_key(|(group, _)| *group);
    let sum = |same: &[(u32, f32)]| Some((same.first()?.0, same.iter().map(|(_, square)| square).sum::<f32>().sqrt()));
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
        /// All that learning sees of rows is their products, which stay.
        #[test]
        fn rows_are_as_near_to_one_another_as_before(sets in prop::collection::vec(0_u8..64, 1..8), scale in 0.1_f32..2.0) {
            let row = |set: &u8| (0..6).filter(|bit| set >> bit & 1 == 1).map(|bit| (bit, scale * (bit + 1) as f32)).collect();
            let rows: Vec<Row> = sets.iter().map(row).collect();
            let merged = Merged::of(&rows, 6);
            for (one, its) in rows.iter().zip(&merged.rows) {
                for (other, theirs) in rows.iter().zip(&merged.rows) {
                    let (before, after) = (product(one, other), product(its, theirs));
                    prop_assert!((before - after).abs() <= 1e-3 * before.max(1.0), "{before} {after}");
                }
            }
        }
    }
}
