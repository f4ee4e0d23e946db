//! The trained model: a linear one over the terms of a text, the sum of two that are learned by dual coordinate ascent.
//! Multinomial logistic regression (Yu, Huang and Lin, "Dual coordinate descent methods for logistic regression and maximum
//! entropy models", 2011, with a step of fixed length in place of their inner search) tells best how sure it is, and learns
//! most from few texts; one class against all others by squared hinge (Hsieh et al., "A dual coordinate descent method for
//! large-scale linear SVM", 2008) is right more often where there are many. The same rows in the same order give the same
//! weights on every machine: every sum is taken in a fixed order, and the shuffle is our own. Knows numbers of classes and
//! terms only.

use crate::packed::{Packed, pack_floats, pack_numbers, unpack_floats, unpack_numbers};

use super::exact::exp_row;
use super::interner::{index, number};
use super::terms::Row;

/// How much a wrong answer costs against large weights: the C of the literature.
const COST: f32 = 20.0;
/// How far each step goes towards where the dual variables belong.
const STEP: f32 = 0.08;
/// The same cost where each class is learned against all others, and how much that counts beside the first; of few texts
/// less.
const MARGIN_COST: f32 = 3.0;
const MARGIN_PART: f32 = 3.0;
const MARGIN_ROUNDS: usize = 6;
/// How much the bias counts as a term of every text.
const BIAS: f32 = 0.3;
/// So often every text is learned from; of few texts more often.
const ROUNDS: usize = 8;
const ROUNDS_OF_FEW: usize = 14;
const FEW: usize = 2_000;
/// Smaller steps of a dual variable are not taken.
const MOVE_MIN: f32 = 1e-3;
const MARGIN_MOVE_MIN: f32 = 1e-4;
/// Weights below this share of a term's largest are left out: they change nothing that could be measured.
const KEPT_SHARE: f32 = 0.05;
/// Weights of a term stand side by side, so many classes at once.
const LANES: usize = 8;

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

/// Weights while they are learned: those of a term side by side.
struct Dense {
    width: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    /// Learns to tell classes apart from rows, each with its class. Terms and classes are counted from 0.
    pub(super) fn train(rows: &[(u32, &Row)], terms: u32, classes: usize) -> Self {
        let rounds = if rows.len() < FEW { ROUNDS_OF_FEW } else { ROUNDS };
        let mut dense = Dense::new(terms, classes);
        dense.learn(rows, classes, rounds, odds);
        let mut margins = Dense::new(terms, classes);
        margins.learn(rows, classes, MARGIN_ROUNDS, margin);
        dense.add(&margins, MARGIN_PART * (rows.len() as f32 / FEW as f32).min(1.0));
        dense.kept(classes)
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

/// A row to learn from.
struct Lesson<'a> {
    /// What speaks for each class so far.
    scores: &'a mut [f32],
    /// The place of the right one.
    class: usize,
    /// The row's length, squared, with the bias.
    length: f32,
}

/// Moves the dual variables of a row, and says how far.
type Rule = fn(Lesson<'_>, &mut [f32], &mut Vec<(usize, f32)>);

/// Logistic regression: each dual variable goes towards how far the odds are from right.
fn odds(Lesson { scores, class, .. }: Lesson<'_>, duals: &mut [f32], moves: &mut Vec<(usize, f32)>) {
    let total = exp_row(scores);
    for (place, (odds, dual)) in scores.iter().zip(duals).enumerate() {
        let right = if place == class { 1.0 } else { 0.0 };
        let step = STEP * (COST * (right - odds / total) - *dual);
        if step.abs() > MOVE_MIN {
            *dual += step;
            moves.push((place, step));
        }
    }
}

/// Squared hinge: each class is to be ahead of zero by one where it is right, and behind by one where it is not.
fn margin(Lesson { scores, class, length }: Lesson<'_>, duals: &mut [f32], moves: &mut Vec<(usize, f32)>) {
    const SOFT: f32 = 0.5 / MARGIN_COST;
    for (place, (score, dual)) in scores.iter().zip(duals).enumerate() {
        let side = if place == class { 1.0 } else { -1.0 };
        let slope = side * score - 1.0 + SOFT * *dual;
        let moved = (*dual - slope / (length + SOFT)).max(0.0);
        let step = moved - *dual;
        if step.abs() > MARGIN_MOVE_MIN {
            *dual = moved;
            moves.push((place, side * step));
        }
    }
}

impl Dense {
    fn new(terms: u32, classes: usize) -> Self {
        let width = classes.div_ceil(LANES) * LANES;
        Self { width, weights: vec![0.0; index(terms) * width], bias: vec![0.0; width] }
    }

    /// Goes over the rows again and again, each time in another order.
    fn learn(&mut self, rows: &[(u32, &Row)], classes: usize, rounds: usize, rule: Rule) {
        let mut duals = vec![0.0_f32; rows.len() * self.width];
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut dice = Dice(7);
        let mut scores = vec![0.0_f32; self.width];
        let mut moves: Vec<(usize, f32)> = Vec::new();
        for _ in 0..rounds {
            dice.shuffle(&mut order);
            for at in &order {
                let Some((class, row)) = rows.get(*at) else { continue };
                let Some(duals) = duals.get_mut(at * self.width..(at + 1) * self.width) else { continue };
                self.score(row, &mut scores);
                moves.clear();
                let length = row.iter().map(|(_, value)| value * value).sum::<f32>() + BIAS * BIAS;
                let lesson =
                    Lesson { scores: scores.get_mut(..classes).unwrap_or_default(), class: index(*class), length };
                rule(lesson, duals, &mut moves);
                self.step(row, &moves);
            }
        }
        self.bias.iter_mut().for_each(|bias| *bias *= BIAS);
    }

    fn add(&mut self, other: &Self, part: f32) {
        let add = |(weight, other): (&mut f32, &f32)| *weight += part * other;
        self.weights.iter_mut().zip(&other.weights).for_each(add);
        self.bias.iter_mut().zip(&other.bias).for_each(add);
    }

    fn score(&self, row: &Row, scores: &mut [f32]) {
        for (score, bias) in scores.iter_mut().zip(&self.bias) {
            *score = bias * BIAS;
        }
        for (term, value) in row {
            let start = index(*term) * self.width;
            let weights = self.weights.get(start..start + self.width).unwrap_or_default();
            for (score, weight) in scores.iter_mut().zip(weights) {
                *score += value * weight;
            }
        }
    }

    fn step(&mut self, row: &Row, moves: &[(usize, f32)]) {
        for (place, step) in moves {
            if let Some(bias) = self.bias.get_mut(*place) {
                *bias += step * BIAS;
            }
        }
        for (term, value) in row {
            let start = index(*term) * self.width;
            let weights = self.weights.get_mut(start..start + self.width).unwrap_or_default();
            for (place, step) in moves {
                if let Some(weight) = weights.get_mut(*place) {
                    *weight += value * step;
                }
            }
        }
    }

    /// The weights that matter.
    fn kept(&self, classes: usize) -> Linear {
        let largest = self.weights.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
        let unit = (largest / f32::from(i16::MAX)).max(f32::MIN_POSITIVE);
        let mut kept =
            Linear { unit, bias: self.bias.get(..classes).unwrap_or_default().to_vec(), ..Linear::default() };
        for weights in self.weights.chunks(self.width.max(1)) {
            let largest = weights.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
            for (place, weight) in weights.iter().enumerate().take(usize::from(u16::MAX)) {
                let amount = (weight / unit).round() as i16;
                if weight.abs() > largest * KEPT_SHARE && amount != 0 {
                    kept.weights.push(number(place) << 16 | u32::from(amount as u16));
                }
            }
            kept.ends.push(number(kept.weights.len()));
        }
        kept
    }
}

/// Numbers that look random and are the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            let other = self.below(last + 1);
            order.swap(last, other);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(terms: &[u32]) -> Row {
        let value = 1.0 / (terms.len() as f32).sqrt();
        terms.iter().map(|term| (*term, value)).collect()
    }

    #[test]
    fn it_learns_what_speaks_for_what() {
        let rows = [row(&[0, 1]), row(&[0, 2]), row(&[3, 1]), row(&[3, 2]), row(&[4, 5])];
        let classes = [0, 0, 1, 1, 2];
        let lessons: Vec<(u32, &Row)> = classes.into_iter().zip(&rows).collect();
        let model = Linear::train(&lessons, 6, 3);
        for (class, row) in &lessons {
            let scores = model.scores(row);
            let best = (0..3).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
            assert_eq!(best, Some(index(*class)), "{scores:?}");
        }
        assert!(model.share(0, 1.0, 0) > 1.0 && model.share(0, 1.0, 1) < 0.0);
        let everywhere = model.share(1, 1.0, 0).abs();
        assert!(everywhere < model.share(0, 1.0, 0) / 4.0, "what stands everywhere says little: {everywhere}");
        assert_eq!(model, Linear::train(&lessons, 6, 3));
    }

    #[test]
    fn nothing_to_learn_from_is_no_class() {
        let model = Linear::train(&[], 0, 0);
        assert_eq!(model.scores(&row(&[7])), [0.0; 0]);
    }
}
