//! Models of sentences: what a text means, as a direction in a space of many dimensions, in which texts that mean the same
//! point the same way whatever their words. Knows what such a model must do and how directions are kept and compared; where
//! a model comes from and how it is run is the affair of whoever hands one over. Without one, nothing here does anything.

use std::fmt;

use crate::packed::{Packed, pack_bytes, pack_floats, unpack_bytes, unpack_floats};
use crate::parallel;

use super::interner::{index, number};

/// So many texts tell how like two texts are that have nothing to do with each other …
const USUAL_TEXTS_MAX: usize = 300;
/// … which is never so much that nothing would be left between that and the same.
const USUAL_MAX: f32 = 0.9;

/// A model of sentences.
pub trait Embedder: fmt::Debug + Send + Sync {
    /// Which model it is: another digest, another model. What was learned with one is of no use with another.
    fn digest(&self) -> [u8; 32];

    /// The direction of a text, of any length; nothing, or noughts alone, where it means nothing to the model. The same text
    /// has the same direction every time, and all directions have as many dimensions.
    fn embed(&self, text: &str) -> Vec<f32>;
}

/// A direction: numbers from -127 to 127, and what makes their length one. A quarter the size, and compared by whole
/// numbers, whose sums are the same in every order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Meaning {
    steps: Vec<i8>,
    scale: f32,
}

impl Meaning {
    /// What a text means to a model, if anything.
    pub(super) fn of(text: &str, embedder: &dyn Embedder) -> Option<Self> {
        Self::towards(&embedder.embed(text))
    }

    /// What texts mean, on all cores; nothing without a model.
    pub(super) fn of_all(texts: &[&str], embedder: Option<&dyn Embedder>) -> Vec<Option<Self>> {
        let Some(embedder) = embedder else { return texts.iter().map(|_| None).collect() };
        parallel::map(texts, |text| Self::of(text, embedder))
    }

    fn towards(direction: &[f32]) -> Option<Self> {
        let largest = direction.iter().fold(0.0_f32, |largest, part| largest.max(part.abs()));
        if !largest.is_finite() || largest <= 0.0 || direction.iter().any(|part| part.is_nan()) {
            return None;
        }
        let unit = f32::from(i8::MAX) / largest;
        let steps: Vec<i8> = direction.iter().map(|part| (part * unit).round() as i8).collect();
        let scale = 1.0 / (dot(&steps, &steps) as f32).sqrt();
        Some(Self { steps, scale })
    }

    /// How like another direction is, from -1 to 1.
    fn cosine(&self, steps: &[i8], scale: f32) -> f32 {
        dot(&self.steps, steps) as f32 * self.scale * scale
    }

    /// How many numbers it has.
    pub(super) fn dimensions(&self) -> u32 {
        number(self.steps.len())
    }

    /// The numbers of a direction of length one.
    pub(super) fn parts(&self) -> impl Iterator<Item = f32> {
        self.steps.iter().map(|step| f32::from(*step) * self.scale)
    }
}

/// The sum of the products, exactly: no text has so many dimensions that it could be too large.
fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b))).sum()
}

/// What the texts mean that a bot learns from, in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Meanings {
    dimensions: usize,
    steps: Vec<i8>,
    /// Nought for a text that means nothing.
    scales: Vec<f32>,
    /// How like two texts are that have nothing to do with each other: that is no likeness.
    usual: f32,
}

impl Meanings {
    /// Takes what texts mean. A direction with other dimensions than the first is none.
    pub(super) fn new(texts: &[Option<Meaning>]) -> Self {
        let dimensions = texts.iter().flatten().map(|meaning| meaning.steps.len()).next().unwrap_or_default();
        let mut meanings = Self { dimensions, ..Self::default() };
        for text in texts {
            let fitting = text.as_ref().filter(|meaning| meaning.steps.len() == dimensions);
            match fitting {
                Some(meaning) => meanings.steps.extend(&meaning.steps),
                None => meanings.steps.resize(meanings.steps.len() + dimensions, 0),
            }
            meanings.scales.push(fitting.map_or(0.0, |meaning| meaning.scale));
        }
        meanings.usual = meanings.learn_usual();
        meanings
    }

    /// Whether there is a model by which texts mean anything.
    pub(super) const fn are_known(&self) -> bool {
        self.dimensions > 0
    }

    /// What a text means.
    pub(super) fn of(&self, text: u32) -> Option<Meaning> {
        let scale = self.scales.get(index(text)).copied().filter(|scale| *scale > 0.0)?;
        let start = index(text).checked_mul(self.dimensions)?;
        let steps = self.steps.get(start..start.checked_add(self.dimensions)?)?;
        Some(Meaning { steps: steps.to_vec(), scale })
    }

    /// How like each text is: 1 for one that means the same, 0 for one that has nothing to do with it.
    pub(super) fn likenesses(&self, to: &Meaning) -> impl Iterator<Item = (u32, f32)> {
        let rows = self.steps.chunks_exact(self.dimensions.max(1)).zip(&self.scales);
        let likeness = |(steps, scale): (&[i8], &f32)| {
            ((to.cosine(steps, *scale) - self.usual) / (1.0 - self.usual)).clamp(0.0, 1.0)
        };
        (0..).zip(rows.map(likeness))
    }

    /// The cosine between two texts out of many, on average.
    fn learn_usual(&self) -> f32 {
        let step = self.scales.len().div_ceil(USUAL_TEXTS_MAX).max(1);
        let sample: Vec<Meaning> =
            (0..number(self.scales.len())).step_by(step).filter_map(|text| self.of(text)).collect();
        let (mut sum, mut pairs) = (0.0_f32, 0.0_f32);
        for (place, one) in sample.iter().enumerate() {
            for other in sample.iter().skip(place + 1) {
                sum += one.cosine(&other.steps, other.scale);
                pairs += 1.0;
            }
        }
        (sum / pairs.max(1.0)).clamp(0.0, USUAL_MAX)
    }
}

impl Packed for Meanings {
    fn pack(&self, to: &mut Vec<u8>) {
        self.dimensions.pack(to);
        pack_bytes(&self.steps.iter().map(|step| step.to_le_bytes()[0]).collect::<Vec<u8>>(), to);
        pack_floats(&self.scales, to);
        self.usual.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            dimensions: Packed::unpack(from)?,
            steps: unpack_bytes(from)?.iter().map(|byte| i8::from_le_bytes([*byte])).collect(),
            scales: unpack_floats(from)?,
            usual: Packed::unpack(from)?,
        })
    }
}
