//! What the features of one text weigh, to be looked up for the features of many others. Most of those it does not have, and a
//! few bits tell so at once.

use super::interner::index;

const WORDS: usize = 64;

/// Weights of a few features out of very many.
#[derive(Debug)]
pub(super) struct Wanted {
    /// A bit for all numbers that end alike: where it is not set, none of them has a weight.
    bits: [u64; WORDS],
    /// Numbers plus one with their weights, with open addressing; 0 is a free place. At most half is taken.
    places: Vec<(u32, f32)>,
}

impl Wanted {
    /// Weights of features, each once.
    pub(super) fn new(weights: &[(u32, f32)]) -> Self {
        let size = (2 * weights.len() + 2).next_power_of_two();
        let mut wanted = Self { bits: [0; WORDS], places: vec![(0, 0.0); size] };
        for (id, weight) in weights {
            if let Some(bits) = wanted.bits.get_mut(word(*id)) {
                *bits |= bit(*id);
            }
            let mut at = start(*id) & (size - 1);
            while wanted.places.get(at).is_some_and(|(taken, _)| *taken != 0) {
                at = (at + 1) & (size - 1);
            }
            if let Some(place) = wanted.places.get_mut(at) {
                *place = (id.wrapping_add(1), *weight);
            }
        }
        wanted
    }

    /// What a feature weighs, if it has a weight.
    pub(super) fn get(&self, id: u32) -> Option<f32> {
        if self.bits.get(word(id)).is_none_or(|bits| bits & bit(id) == 0) {
            return None;
        }
        let mut at = start(id) & (self.places.len() - 1);
        loop {
            match self.places.get(at)? {
                (0, _) => return None,
                (taken, weight) if *taken == id.wrapping_add(1) => return Some(*weight),
                _ => at = (at + 1) & (self.places.len() - 1),
            }
        }
    }
}

const fn word(id: u32) -> usize {
    index(id >> 6) % WORDS
}

const fn bit(id: u32) -> u64 {
    1 << (id % 64)
}

const fn start(id: u32) -> usize {
    index(id.wrapping_mul(0x9e37_79b1) >> 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_is_found_and_nothing_else() {
        let weights: Vec<(u32, f32)> =
            (0..100_u16).map(|n| (u32::from(n) * 1_000_003 % 4_000_000, f32::from(n))).collect();
        let wanted = Wanted::new(&weights);
        for (id, weight) in &weights {
            assert_eq!(wanted.get(*id), Some(*weight));
        }
        let given = |id: u32| weights.iter().any(|(known, _)| *known == id);
        assert!((0..4_000_000).step_by(7).filter(|id| !given(*id)).all(|id| wanted.get(id).is_none()));
        assert_eq!(Wanted::new(&[]).get(7), None);
    }
}
