//! The trained model of a bot: what it learns from, and how what it says compares to likeness to examples. Intents
//! alone are told apart by it: articles are found by what they say.

use std::collections::{BTreeMap, BTreeSet};

use crate::packed::{Packed, pack_numbers, unpack_numbers};
use crate::parallel;

use super::classifier::Lessons;
use super::examples::{Lines, Role};
use super::features::split;
use super::interner::{index, number};
use super::learner::Learner;
use super::linear::Linear;
use super::merged::Merged;
use super::semantic::Meaning;
use super::terms::{Row, Terms};
use super::{Topic, is_built_in};

/// So many words that weighed most are told.
const WEIGHED_MAX: usize = 3;
/// Words that say less for a topic are not told.
const WEIGHED_MIN: f32 = 0.7;

/// What a text means weighs so much beside its words, which together weigh one.
const MEANING: f32 = 1.0;

/// The number of a text that is an intent's name.
const NAME: u32 = u32::MAX;

/// A model with what it needs to read a text.
#[derive(Debug, Default)]
pub(super) struct Trained {
    terms: Terms,
    pub(super) model: Linear,
    /// The topic of each class.
    topics: Vec<u32>,
    pub(super) blend: Blend,
}

/// What a model is trained with.
#[derive(Debug)]
pub(super) struct Course {
    merged: Merged,
    /// The class of each row, and the number of the text it was made of.
    classes: Vec<u32>,
    texts: Vec<u32>,
    count: usize,
}

impl Course {
    /// Trains the model that is kept, and for each of these sets of texts one that has not learned from them.
    pub(super) fn train(&self, without: &[BTreeSet<u32>]) -> (Linear, Vec<Linear>) {
        let learner = Learner::new(&self.merged, &self.classes, self.count);
        let is_out = |out: &BTreeSet<u32>, row: usize| self.texts.get(row).is_some_and(|text| out.contains(text));
        (learner.model(), parallel::map(without, |out| learner.without(&|row| is_out(out, row))))
    }

    /// How many texts there are to learn from.
    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }
}

impl Trained {
    /// Reads what there is to learn from; the model is still to be trained.
    pub(super) fn course(
        lines: &[Lines<'_>],
        topics: &[Topic],
        meanings: &[Option<Meaning>],
        beside: &Lessons,
    ) -> (Self, Course) {
        let semantic = beside.semantic.as_deref();
        let lesson = |(text, line): (usize, &Lines<'_>)| {
            let topic = line.topic.filter(|_| line.role != Role::Body)?;
            matches!(topics.get(topic), Some(Topic::Intent(_))).then_some((number(text), number(topic)))
        };
        let mut lessons: Vec<(u32, u32)> = lines.iter().enumerate().filter_map(lesson).collect();
        let of: BTreeSet<u32> = lessons.iter().map(|(_, topic)| *topic).collect();
        let names: Vec<(u32, String)> =
            of.iter().filter_map(|topic| Some((*topic, name(topics.get(index(*topic))?)?))).collect();
        let folded = lessons.iter().filter_map(|(text, _)| lines.get(index(*text))).map(|line| line.folded.as_str());
        let folded: Vec<&str> = folded.chain(names.iter().map(|(_, name)| name.as_str())).collect();
        let (terms, mut rows) = Terms::learn(&folded, &beside.languages);
        let called: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
        let called = Meaning::of_all(&called, semantic);
        let meant = lessons.iter().map(|(text, _)| meanings.get(index(*text)).and_then(Option::as_ref));
        for (row, meaning) in rows.iter_mut().zip(meant.chain(called.iter().map(Option::as_ref))) {
            extend(row, terms.len(), meaning);
        }
        let dimensions = meanings.iter().flatten().map(Meaning::dimensions).next().unwrap_or_default();
        lessons.extend(names.iter().map(|(topic, _)| (NAME, *topic)));
        let class: BTreeMap<u32, u32> = of.iter().copied().zip(0..).collect();
        let course = Course {
            merged: Merged::of(&rows, terms.len() + dimensions),
            classes: lessons.iter().filter_map(|(_, topic)| class.get(topic).copied()).collect(),
            texts: lessons.iter().map(|(text, _)| *text).collect(),
            count: of.len(),
        };
        (Self { terms, topics: of.into_iter().collect(), ..Self::default() }, course)
    }

    /// A text as the model sees it; one that it learned from as if it had not.
    pub(super) fn read(&self, words: &[&str], meaning: Option<&Meaning>, is_held_out: bool) -> Row {
        let row = self.terms.read(words);
        let mut row = if is_held_out { self.terms.held_out(row) } else { row };
        extend(&mut row, self.terms.len(), meaning);
        row
    }

    /// What a model says for each topic it knows; nothing when the text holds nothing it ever saw.
    pub(super) fn logits<'a>(&'a self, row: &Row, model: &Linear) -> impl Iterator<Item = (usize, f32)> + use<'a> {
        let scores = if row.is_empty() { Vec::new() } else { model.scores(row) };
        self.topics.iter().map(|topic| index(*topic)).zip(scores)
    }

    /// The words of a text that said most for a topic.
    pub(super) fn weighed(&self, topic: usize, row: &Row) -> Vec<String> {
        let Some(class) = self.topics.iter().position(|of| index(*of) == topic) else { return Vec::new() };
        let told = row.iter().filter(|(term, _)| self.terms.is_told(*term));
        let mut shares: Vec<(f32, u32)> =
            told.map(|(term, value)| (self.model.share(*term, *value, class), *term)).collect();
        shares.retain(|(share, _)| *share >= WEIGHED_MIN);
        shares.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut names: Vec<String> = Vec::new();
        for name in shares.into_iter().filter_map(|(_, term)| self.terms.name(term)) {
            if names.len() < WEIGHED_MAX && !names.iter().any(|told| told.contains(&name) || name.contains(told)) {
                names.push(name);
            }
        }
        names
    }
}

/// What a text means, as further terms of its row, behind the words'.
fn extend(row: &mut Row, terms: u32, meaning: Option<&Meaning>) {
    let parts = meaning.into_iter().flat_map(Meaning::parts);
    row.extend((terms..).zip(parts).map(|(term, part)| (term, part * MEANING)));
}

/// The words of an intent's name: designers call things as customers do.
fn name(topic: &Topic) -> Option<String> {
    let Topic::Intent(name) = topic else { return None };
    let words = split(&name.replace(|c: char| !c.is_alphanumeric(), " "));
    (!words.is_empty() && !is_built_in(topic)).then_some(words)
}

impl Packed for Trained {
    fn pack(&self, to: &mut Vec<u8>) {
        self.terms.pack(to);
        self.model.pack(to);
        pack_numbers(&self.topics, to);
        self.blend.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            terms: Packed::unpack(from)?,
            model: Packed::unpack(from)?,
            topics: unpack_numbers(from)?,
            blend: Packed::unpack(from)?,
        })
    }
}

/// How what the model says is put on the scale of likeness, on which articles and what is not for us stand: as far from what
/// is usual for texts that mean the topic on the one as on the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Blend {
    logit: Usual,
    likeness: Usual,
}

/// What is usual: mean and standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Usual {
    mean: f32,
    deviation: f32,
}

impl Default for Blend {
    fn default() -> Self {
        Self { logit: Usual { mean: 3.5, deviation: 2.5 }, likeness: Usual { mean: 0.45, deviation: 0.2 } }
    }
}

impl Blend {
    /// Learns from what texts that were held out got for the topic they mean: what the model said, and likeness.
    pub(super) fn learn(seen: &[(f32, f32)]) -> Self {
        let before = Self::default();
        let logits: Vec<f32> = seen.iter().map(|(logit, _)| *logit).collect();
        let likenesses: Vec<f32> = seen.iter().map(|(_, likeness)| *likeness).collect();
        Self { logit: before.logit.learn(&logits), likeness: before.likeness.learn(&likenesses) }
    }

    /// What the model says, as a likeness.
    pub(super) fn value(&self, logit: f32) -> f32 {
        self.likeness.mean + self.likeness.deviation * (logit - self.logit.mean) / self.logit.deviation
    }
}

impl Usual {
    /// What it was taken for holds as much as so many values.
    const STRENGTH: f32 = 5.0;

    fn learn(self, values: &[f32]) -> Self {
        let count = values.len() as f32 + Self::STRENGTH;
        let mean = (values.iter().sum::<f32>() + self.mean * Self::STRENGTH) / count;
        let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>();
        let deviation = ((squares + self.deviation * self.deviation * Self::STRENGTH) / count).sqrt();
        Self { mean, deviation: deviation.max(0.05) }
    }
}

impl Packed for Blend {
    fn pack(&self, to: &mut Vec<u8>) {
        for value in [self.logit.mean, self.logit.deviation, self.likeness.mean, self.likeness.deviation] {
            value.pack(to);
        }
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let mut usual = || Some(Usual { mean: Packed::unpack(from)?, deviation: Packed::unpack(from)? });
        Some(Self { logit: usual()?, likeness: usual()? })
    }
}
