//! Learns the trained model: the sum of two linear ones, each by dual coordinate ascent.
//! Multinomial logistic regression (Yu, Huang and Lin, "Dual coordinate descent methods for logistic regression and maximum
//! entropy models", 2011, with a step of fixed length in place of their inner search) tells best how sure it is, and learns
//! most from few texts; one class against all others by squared hinge (Hsieh et al., "A dual coordinate descent method for
//! large-scale linear SVM", 2008) is right more often where there are many. What a row has added can be taken away again: models
//! that have not seen some rows go on from the one that has (DeCoste and Wagstaff, "Alpha seeding for support vector machines",
//! 2000). The same rows in the same order give the same weights on every machine: every sum is taken in a fixed order, and the
//! shuffle is our own. Knows numbers of classes and terms only.

use crate::parallel;

use super::exact::exp_row;
use super::interner::index;
use super::linear::Linear;
use super::merged::Merged;
use super::terms::Row;

/// How much a wrong answer costs against large weights: the C of the literature.
const COST: f32 = 20.0;
/// How far each step goes towards where the dual variables belong, in a row of words alone. Longer rows move the scores by
/// more, and would be thrown to and fro.
const STEP: f32 = 0.13;
/// How long a row of words is, squared, with the bias.
const LENGTH: f32 = 1.0 + BIAS * BIAS;
/// The same cost where each class is learned against all others, and how much that counts beside the first; of few texts
/// less.
const MARGIN_COST: f32 = 3.0;
const MARGIN_PART: f32 = 3.0;
const MARGIN_ROUNDS: usize = 6;
/// How much the bias counts as a term of every text.
const BIAS: f32 = 0.3;
/// So often every text is learned from; of few texts more often.
const ROUNDS: usize = 5;
const ROUNDS_OF_FEW: usize = 8;
const FEW: usize = 2_000;
/// The last so many of these rounds a model goes that does not learn from some texts.
const ROUNDS_APART: usize = 3;
/// Smaller steps of a dual variable are not taken.
const MOVE_MIN: f32 = 1e-3;
const MARGIN_MOVE_MIN: f32 = 1e-4;
/// So many numbers of classes stand side by side, and are worked on at once.
const SIDE_BY_SIDE: usize = 8;
type Lanes = [f32; SIDE_BY_SIDE];

/// Learns models from rows of merged terms, each with its class; classes are counted from 0.
#[derive(Debug)]
pub(super) struct Learner<'a> {
    merged: &'a Merged,
    classes: &'a [u32],
    /// How many classes there are.
    count: usize,
    /// The rounds that are still to go.
    left: usize,
    /// What each rule has learned from all rows until then.
    learned: [Dense; 2],
}

/// What a rule has learned: weights, those of a term side by side, and what each row has added to them.
#[derive(Debug, Clone, Default)]
struct Dense {
    width: usize,
    weights: Vec<Lanes>,
    bias: Vec<Lanes>,
    /// The dual variables, those of a row side by side: the weights are the sum of all rows, each as often as these say.
    duals: Vec<f32>,
    /// Says in which order rows come.
    dice: Dice,
}

impl<'a> Learner<'a> {
    /// Learns from all rows, up to where models part.
    pub(super) fn new(merged: &'a Merged, classes: &'a [u32], count: usize) -> Self {
        let mut learner =
            Self { merged, classes, count, left: 0, learned: [(); 2].map(|()| Dense::new(merged, count)) };
        let all = learner.all();
        let longest = merged.rows.iter().map(length).fold(LENGTH, f32::max);
        // Smaller steps, more of them.
        let times = (longest / LENGTH).round() as usize;
        let rounds = if all.len() < FEW { ROUNDS_OF_FEW } else { ROUNDS };
        learner.learned =
            learner.taught(&all, [rounds, MARGIN_ROUNDS].map(|rounds| (rounds - ROUNDS_APART) * times), &[]);
        learner.left = ROUNDS_APART * times;
        learner
    }

    /// The model of all rows.
    pub(super) fn model(&self) -> Linear {
        let all = self.all();
        self.sum(&self.taught(&all, [self.left; 2], &[]))
    }

    /// A model like that, but not of some rows: what they have added is taken away, and the others alone are gone on with.
    pub(super) fn without(&self, is_out: &dyn Fn(usize) -> bool) -> Linear {
        let (out, left): (Vec<usize>, Vec<usize>) = self.all().into_iter().partition(|row| is_out(*row));
        self.sum(&self.taught(&left, [self.left; 2], &out))
    }

    fn all(&self) -> Vec<usize> {
        (0..self.merged.rows.len()).collect()
    }

    /// What each rule makes of what it has learned, less some rows, after so many rounds more over others.
    fn taught(&self, rows: &[usize], rounds: [usize; 2], less: &[usize]) -> [Dense; 2] {
        const RULES: [Rule; 2] = [odds, margin];
        let each: Vec<_> = self.learned.iter().zip(rounds).zip(RULES).collect();
        let mut taught = parallel::map(&each, |((learned, rounds), rule)| {
            let mut dense = Dense::clone(learned);
            less.iter().for_each(|row| dense.forget(*row, self));
            dense.learn(self, rows, *rounds, *rule);
            dense
        })
        .into_iter();
        [(); 2].map(|()| taught.next().unwrap_or_default())
    }

    /// What either rule learned, as one model.
    fn sum(&self, [odds, margins]: &[Dense; 2]) -> Linear {
        let part = MARGIN_PART * (self.merged.rows.len() as f32 / FEW as f32).min(1.0);
        let sum = |odds: &[Lanes], margins: &[Lanes]| -> Vec<f32> {
            let pairs = odds.as_flattened().iter().zip(margins.as_flattened());
            pairs.map(|(odds, margin)| odds + part * margin).collect()
        };
        let bias = sum(&odds.bias, &margins.bias).into_iter().take(self.count).map(|bias| bias * BIAS);
        Linear::kept(bias.collect(), &sum(&odds.weights, &margins.weights), odds.width * SIDE_BY_SIDE, self.merged)
    }
}

/// How long a row is, squared, with the bias.
fn length(row: &Row) -> f32 {
    row.iter().map(|(_, value)| value * value).sum::<f32>() + BIAS * BIAS
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
type Rule = fn(Lesson<'_>, &mut [f32], &mut Moves);

/// How far the dual variables of a row move: so many side by side, where any of them does.
#[derive(Debug, Default)]
struct Moves(Vec<(usize, Lanes)>);

impl Moves {
    /// Adds one; they come in their order.
    fn push(&mut self, place: usize, step: f32) {
        let at = place / SIDE_BY_SIDE;
        if self.0.last().is_none_or(|(last, _)| *last != at) {
            self.0.push((at, Lanes::default()));
        }
        if let Some(kept) = self.0.last_mut().and_then(|(_, lanes)| lanes.get_mut(place % SIDE_BY_SIDE)) {
            *kept = step;
        }
    }
}

/// Logistic regression: each dual variable goes towards how far the odds are from right.
fn odds(Lesson { scores, class, length }: Lesson<'_>, duals: &mut [f32], moves: &mut Moves) {
    let total = exp_row(scores);
    let part = STEP * LENGTH / length.max(LENGTH);
    for (place, (odds, dual)) in scores.iter().zip(duals).enumerate() {
        let right = if place == class { 1.0 } else { 0.0 };
        let step = part * (COST * (right - odds / total) - *dual);
        if step.abs() > MOVE_MIN {
            *dual += step;
            moves.push(place, step);
        }
    }
}

/// Squared hinge: each class is to be ahead of zero by one where it is right, and behind by one where it is not.
fn margin(Lesson { scores, class, length }: Lesson<'_>, duals: &mut [f32], moves: &mut Moves) {
    const SOFT: f32 = 0.5 / MARGIN_COST;
    for (place, (score, dual)) in scores.iter().zip(duals).enumerate() {
        let side = if place == class { 1.0 } else { -1.0 };
        let before = side * *dual;
        let slope = side * score - 1.0 + SOFT * before;
        let step = (before - slope / (length + SOFT)).max(0.0) - before;
        if step.abs() > MARGIN_MOVE_MIN {
            *dual += side * step;
            moves.push(place, side * step);
        }
    }
}

impl Dense {
    fn new(merged: &Merged, classes: usize) -> Self {
        let width = classes.div_ceil(SIDE_BY_SIDE);
        let none = |count: usize| vec![Lanes::default(); count];
        let weights = none(index(merged.count) * width);
        Self { width, weights, bias: none(width), duals: vec![0.0; merged.rows.len() * classes], dice: Dice(7) }
    }

    /// Goes over rows again and again, each time in another order.
    fn learn(&mut self, of: &Learner<'_>, rows: &[usize], rounds: usize, rule: Rule) {
        let mut order = rows.to_vec();
        let mut scores = vec![Lanes::default(); self.width];
        let mut moves = Moves::default();
        for _ in 0..rounds {
            self.dice.shuffle(&mut order);
            for at in &order {
                let (Some(row), Some(class)) = (of.merged.rows.get(*at), of.classes.get(*at)) else { continue };
                self.score(row, &mut scores);
                moves.0.clear();
                let length = length(row);
                let scores = scores.as_flattened_mut().get_mut(..of.count).unwrap_or_default();
                rule(Lesson { scores, class: index(*class), length }, self.duals_of(*at, of.count), &mut moves);
                self.step(row, &moves);
            }
        }
    }

    /// Takes away what a row has added.
    fn forget(&mut self, at: usize, of: &Learner<'_>) {
        let Some(row) = of.merged.rows.get(at) else { return };
        let mut moves = Moves::default();
        for (place, dual) in self.duals_of(at, of.count).iter_mut().enumerate().filter(|(_, dual)| **dual != 0.0) {
            moves.push(place, -*dual);
            *dual = 0.0;
        }
        self.step(row, &moves);
    }

    fn duals_of(&mut self, row: usize, classes: usize) -> &mut [f32] {
        self.duals.get_mut(row * classes..(row + 1) * classes).unwrap_or_default()
    }

    fn score(&self, row: &Row, scores: &mut [Lanes]) {
        for (scores, bias) in scores.iter_mut().zip(&self.bias) {
            *scores = bias.map(|bias| bias * BIAS);
        }
        let scores = scores.as_flattened_mut();
        for (term, value) in row {
            let weights = self.of(*term).as_flattened();
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += value * weight);
        }
    }

    /// The weights of a term.
    fn of(&self, term: u32) -> &[Lanes] {
        let start = index(term) * self.width;
        self.weights.get(start..start + self.width).unwrap_or_default()
    }

    /// Moves the weights of a row's terms.
    fn step(&mut self, row: &Row, Moves(moves): &Moves) {
        for (at, steps) in moves {
            self.bias.get_mut(*at).into_iter().for_each(|bias| add(bias, BIAS, steps));
        }
        for (term, value) in row {
            let start = index(*term) * self.width;
            let weights = self.weights.get_mut(start..start + self.width).unwrap_or_default();
            for (at, steps) in moves {
                weights.get_mut(*at).into_iter().for_each(|weights| add(weights, *value, steps));
            }
        }
    }
}

/// Adds a part of others.
fn add(lanes: &mut Lanes, part: f32, others: &Lanes) {
    // Copies, so that the compiler need not fear that one is the other.
    let (mut sum, others) = (*lanes, *others);
    sum.iter_mut().zip(others).for_each(|(lane, other)| *lane += part * other);
    *lanes = sum;
}

/// Numbers that look random and are the same on every machine.
#[derive(Debug, Clone, Default)]
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
        let merged = Merged::of(&rows, 6);
        let learner = Learner::new(&merged, &classes, 3);
        let model = learner.model();
        for (class, row) in classes.iter().zip(&rows) {
            let scores = model.scores(row);
            let best = (0..3).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
            assert_eq!(best, Some(index(*class)), "{scores:?}");
        }
        assert!(model.share(0, 1.0, 0) > 1.0 && model.share(0, 1.0, 1) < 0.0);
        let everywhere = model.share(1, 1.0, 0).abs();
        assert!(everywhere < model.share(0, 1.0, 0) / 4.0, "what stands everywhere says little: {everywhere}");
        assert_eq!(model, Learner::new(&merged, &classes, 3).model());
    }

    #[test]
    fn what_some_rows_added_can_be_taken_away() {
        let rows = [row(&[0, 1]), row(&[0, 2]), row(&[3, 1]), row(&[3, 2]), row(&[4, 1])];
        let classes = [0, 0, 1, 1, 1];
        let merged = Merged::of(&rows, 5);
        let learner = Learner::new(&merged, &classes, 2);
        let (all, less) = (learner.model(), learner.without(&|row| row == 4));
        assert!(all.share(4, 1.0, 1) > 1.0, "{}", all.share(4, 1.0, 1));
        assert!(less.share(4, 1.0, 1).abs() < 1e-3, "{}", less.share(4, 1.0, 1));
        let few = Merged::of(&rows[..4], 5);
        let never = Learner::new(&few, &classes[..4], 2).model();
        for term in 0..5 {
            let (less, never) = (less.share(term, 1.0, 1), never.share(term, 1.0, 1));
            assert!(
                (less - never).abs() < 0.15 * never.abs().max(1.0),
                "{term}: {less}, and {never} of one that never had it"
            );
        }
    }

    #[test]
    fn long_rows_are_learned_as_surely_as_short_ones() {
        // As a text with its meaning: two thirds of it the same in all.
        let long = |term: u32| vec![(term, 1.0), (2, 0.8), (3, -0.6)];
        let rows = [long(0), long(1), long(0), long(1)];
        let classes = [0, 1, 0, 1];
        let merged = Merged::of(&rows, 4);
        let model = Learner::new(&merged, &classes, 2).model();
        for (class, row) in classes.iter().zip(&rows) {
            let scores = model.scores(row);
            assert!(scores[index(*class)] > scores[1 - index(*class)] + 2.0, "{scores:?}");
        }
    }

    #[test]
    fn nothing_to_learn_from_is_no_class() {
        let merged = Merged::of(&[], 0);
        let model = Learner::new(&merged, &[], 0).model();
        assert_eq!(model.scores(&row(&[7])), [0.0; 0]);
    }
}
