//! The trained model: a linear one over the terms of a text, in as few numbers as say the same. Reads what a
//! [`super::learner`] has learned; knows numbers of classes and terms only.

use crate::packed::{Packed, pack_floats, pack_numbers, unpack_floats, unpack_numbers};

use super::interner::{index, number};
use super::merged::Merged;
use super::terms::Row;

/// Weights below this share of a term's largest are left out: they change nothing that could be measured.
const KEPT_SHARE: f32 = 0.05;
/// A model: for each term, what it says for and against classes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Linear {
    bias: Vec<f32>,
    /// What a unit of a kept weight is.
    unit: f32,
    /// Where the weights of each term end.
    ends: Vec<u32>,
    /// The class in the upper half, the weight in the lower.
    weights: Vec<u32>,
}

impl Linear {
    /// The weights that matter, of the terms that were merged. `bias` has one for each class, `all` the weights of merged
    /// terms, so many a term.
    pub(super) fn kept(bias: Vec<f32>, all: &[f32], width: usize, merged: &Merged) -> Self {
        let largest_of = |weights: &[f32]| weights.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
        let largest: Vec<f32> = all.chunks(width.max(1)).map(largest_of).collect();
        let largest_of = |(of, part): &(u32, f32)| part * largest.get(index(*of)).copied().unwrap_or_default();
        let most = merged.parts.iter().map(largest_of).fold(0.0_f32, f32::max);
        let unit = (most / f32::from(i16::MAX)).max(f32::MIN_POSITIVE);
        let mut kept = Self { unit, bias, ..Self::default() };
        for (of, part) in &merged.parts {
            let least = largest_of(&(*of, *part)) * KEPT_SHARE;
            let start = index(*of) * width;
            let weights = all.get(start..start + width).unwrap_or_default();
            for (place, weight) in weights.iter().enumerate().take(usize::from(u16::MAX)) {
                let weight = weight * part;
                let amount = (weight / unit).round() as i16;
                if weight.abs() > least && amount != 0 {
                    kept.weights.push(number(place) << 16 | u32::from(amount as u16));
                }
            }
            kept.ends.push(number(kept.weights.len()));
        }
        kept
    }

    /// What speaks for each class: the logarithm of its odds, up to what is added to all, and how far it is ahead of its
    /// others.
    pub(super) fn scores(&self, row: &Row) -> Vec<f32> {
        let mut scores = self.bias.clone();
        for (term, value) in row {
            let value = value * self.unit;
            for weight in self.of(*term) {
                if let Some(score) = scores.get_mut(class(*weight)) {
                    *score += value * f32::from(amount(*weight));
                }
            }
        }
        scores
    }

    /// What a term of a row says for a class.
    pub(super) fn share(&self, term: u32, value: f32, of: usize) -> f32 {
        let weights = self.of(term);
        let found = weights.binary_search_by_key(&of, |weight| class(*weight)).ok().and_then(|at| weights.get(at));
        found.map_or(0.0, |weight| value * self.unit * f32::from(amount(*weight)))
    }

    fn of(&self, term: u32) -> &[u32] {
        let at = index(term);
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let (Some(start), Some(end)) = (start, self.ends.get(at)) else { return &[] };
        self.weights.get(index(start)..index(*end)).unwrap_or_default()
    }
}

const fn class(weight: u32) -> usize {
    (weight >> 16) as usize
}

const fn amount(weight: u32) -> i16 {
    (weight & 0xffff) as u16 as i16
}

impl Packed for Linear {
    fn pack(&self, to: &mut Vec<u8>) {
        pack_floats(&self.bias, to);
        self.unit.pack(to);
        pack_numbers(&self.ends, to);
        pack_numbers(&self.weights, to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            bias: unpack_floats(from)?,
            unit: Packed::unpack(from)?,
            ends: unpack_numbers(from)?,
            weights: unpack_numbers(from)?,
        })
    }
}
