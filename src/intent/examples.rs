//! The texts that a bot learns from, in flat arrays: whose each is, what its words are, how it reads as a vector. Finds those
//! that are nearest to a text: by the words in common which few texts have, then by the angle between the vectors. The same
//! texts in the same order give the same answers; every sum is taken in a fixed order.

use std::cell::RefCell;

use crate::packed::{Packed, pack_floats, pack_numbers, unpack_floats, unpack_numbers};
use crate::parallel;

use super::features::{Entry, Text, Vocabulary};
use super::interner::{index, number};
use super::rows::Rows;
use super::wanted::Wanted;

/// So many texts that have words in common are compared closely.
const NEAREST: usize = 24;
/// So many places where a word stands are looked at to find them. The rarest words come first; of those that stand
/// everywhere, only the texts that hold little else. Twice as many find nothing better.
const READ_MAX: usize = 2_048;
/// What an article says counts less than how customers put it.
const BODY_WEIGHT: f32 = 0.75;
/// Whose a text is that is not for us.
const NOBODYS: u32 = u32::MAX;

/// What a text is to its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Written as an example: whoever writes the very same means it.
    Example,
    /// A label or a keyword.
    Name,
    /// A line of an article.
    Body,
}

impl Role {
    pub(super) const fn weight(self) -> f32 {
        match self {
            Self::Example | Self::Name => 1.0,
            Self::Body => BODY_WEIGHT,
        }
    }
}

impl Packed for Role {
    fn pack(&self, to: &mut Vec<u8>) {
        to.push(*self as u8);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let role = u8::unpack(from)?;
        [Self::Example, Self::Name, Self::Body].into_iter().find(|known| *known as u8 == role)
    }
}

/// A text to learn from.
#[derive(Debug, Clone)]
pub(super) struct Lines<'a> {
    /// Whose it is; `None` is what is not for us.
    pub(super) topic: Option<usize>,
    pub(super) role: Role,
    /// What its words mean counts in its likeness: no model learns from it.
    pub(super) by_sense: bool,
    pub(super) text: &'a str,
    /// The text folded.
    pub(super) folded: String,
}

/// The texts, numbered in the order given.
#[derive(Debug, Clone, Default)]
pub(super) struct Examples {
    topics: Vec<u32>,
    roles: Vec<Role>,
    by_sense: Vec<bool>,
    texts: Vec<String>,
    words: Rows,
    /// Features, packed.
    entries: Rows,
    /// One over the length of each vector.
    scales: Vec<f32>,
    /// The roots of these: how much a short text comes before a long one with the same words in common.
    shorts: Vec<f32>,
    /// For each stem, and each meaning of a word, the texts that have it, the shortest vectors first.
    with: Rows,
    /// Those that decide, in the order of their words.
    deciding: Vec<u32>,
}

impl Packed for Examples {
    fn pack(&self, to: &mut Vec<u8>) {
        pack_numbers(&self.topics, to);
        self.roles.pack(to);
        self.by_sense.pack(to);
        self.texts.pack(to);
        self.words.pack(to);
        self.entries.pack(to);
        pack_floats(&self.scales, to);
        self.with.pack(to);
        pack_numbers(&self.deciding, to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let (topics, roles, by_sense) = (unpack_numbers(from)?, Packed::unpack(from)?, Packed::unpack(from)?);
        let texts = Packed::unpack(from)?;
        let (words, entries, scales) = (Packed::unpack(from)?, Packed::unpack(from)?, unpack_floats(from)?);
        Some(Self {
            topics,
            roles,
            by_sense,
            texts,
            words,
            entries,
            shorts: roots(&scales),
            scales,
            with: Packed::unpack(from)?,
            deciding: unpack_numbers(from)?,
        })
    }
}

/// A text that is near to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Near {
    /// Its number.
    pub(super) example: u32,
    /// The cosine of the angle between the two, times what its role weighs: 1 for the same words, 0 for none in common.
    pub(super) likeness: f32,
}

impl Examples {
    /// Takes texts, each with what the vocabulary made of it.
    pub(super) fn new(lines: &[Lines<'_>], read: &[Text], vocabulary: &Vocabulary) -> Self {
        let lengths = parallel::map(read, |text| vocabulary.lengths(text));
        let length = |(line, (said, meant)): (&Lines<'_>, (f32, f32))| if line.by_sense { meant } else { said };
        let scales: Vec<f32> = lines.iter().zip(lengths).map(|both| 1.0 / length(both)).collect();
        let entries = |(line, text): (&Lines<'_>, &Text)| {
            let senses = text.senses.iter().filter(|_| line.by_sense);
            text.entries.iter().chain(senses).map(|entry| entry.packed()).collect()
        };
        let mut examples = Self {
            topics: lines.iter().map(|line| line.topic.map_or(NOBODYS, number)).collect(),
            roles: lines.iter().map(|line| line.role).collect(),
            by_sense: lines.iter().map(|line| line.by_sense).collect(),
            texts: lines.iter().map(|line| line.text.to_owned()).collect(),
            words: read.iter().map(|text| text.words.clone()).collect(),
            entries: lines.iter().zip(read).map(entries).collect(),
            shorts: roots(&scales),
            scales,
            with: Rows::default(),
            deciding: Vec::new(),
        };
        examples.with = examples.by_handle(vocabulary);
        let mut deciding: Vec<u32> = (0..examples.len()).filter(|id| examples.role(*id) == Role::Example).collect();
        deciding.sort_by_key(|id| examples.words.row(*id));
        examples.deciding = deciding;
        examples
    }

    /// For each stem and meaning, the texts that have it.
    fn by_handle(&self, vocabulary: &Vocabulary) -> Rows {
        let mut order: Vec<u32> = (0..self.len()).collect();
        order.sort_by(|a, b| self.scale(*b).total_cmp(&self.scale(*a)));
        let handles = |id: &u32| {
            let entries = self.entries.row(*id).iter().map(|packed| Entry::unpacked(*packed));
            entries.filter_map(|entry| vocabulary.as_handle(entry.id())).collect::<Vec<u32>>()
        };
        let rows: Rows = order.iter().map(handles).collect();
        rows.turned(vocabulary.handles()).mapped(|place| order.get(index(place)).copied().unwrap_or_default())
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        number(self.texts.len())
    }

    /// Whose a text is; `None` is what is not for us.
    pub(super) fn topic(&self, id: u32) -> Option<usize> {
        self.topics.get(index(id)).filter(|topic| **topic != NOBODYS).map(|topic| index(*topic))
    }

    /// What a text is to its topic.
    pub(super) fn role(&self, id: u32) -> Role {
        self.roles.get(index(id)).copied().unwrap_or(Role::Body)
    }

    /// A text as it was written.
    pub(super) fn text(&self, id: u32) -> &str {
        self.texts.get(index(id)).map(String::as_str).unwrap_or_default()
    }

    /// The words of a text.
    pub(super) fn words(&self, id: u32) -> &[u32] {
        self.words.row(id)
    }

    /// The examples that are these very words.
    pub(super) fn same(&self, words: &[u32]) -> &[u32] {
        let start = self.deciding.partition_point(|id| self.words.row(*id) < words);
        let rest = self.deciding.get(start..).unwrap_or_default();
        let length = rest.partition_point(|id| self.words.row(*id) == words);
        rest.get(..length).unwrap_or_default()
    }

    /// The texts nearest to another one, the nearest first, equals by their numbers. One that is held out is not among them.
    pub(super) fn nearest(&self, text: &Text, held_out: Option<u32>, vocabulary: &Vocabulary) -> Vec<Near> {
        let (said, meant) = vocabulary.lengths(text);
        let entries = text.entries.iter().chain(&text.senses);
        let weights: Vec<(u32, f32)> = entries.map(|entry| (entry.id(), vocabulary.weight(*entry) / said)).collect();
        let handle = |(id, weight): &(u32, f32)| Some((self.with.row(vocabulary.as_handle(*id)?), weight.sqrt()));
        let close = close(weights.iter().filter_map(handle).collect(), held_out, &self.shorts);
        let wanted = Wanted::new(&weights);
        let likeness = |example: u32| {
            let entries = self.entries.row(example).iter().map(|packed| Entry::unpacked(*packed));
            let products = entries.filter_map(|entry| Some(wanted.get(entry.id())? * vocabulary.factor(entry)));
            let scale = if self.by_sense.get(index(example)) == Some(&true) { said / meant } else { 1.0 };
            products.sum::<f32>() * scale * self.scale(example) * self.role(example).weight()
        };
        let mut near: Vec<Near> =
            close.into_iter().map(|example| Near { example, likeness: likeness(example) }).collect();
        near.sort_unstable_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.example.cmp(&b.example)));
        near
    }

    fn scale(&self, id: u32) -> f32 {
        self.scales.get(index(id)).copied().unwrap_or_default()
    }
}

fn roots(scales: &[f32]) -> Vec<f32> {
    scales.iter().map(|scale| scale.sqrt()).collect()
}

thread_local! {
    /// A sum for each text, all zero between two searches, and the texts whose sum is not.
    static SUMS: RefCell<(Vec<f32>, Vec<u32>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// The texts that may be nearest, by the stems in common alone. `stems` are the texts that have each, and what it weighs;
/// `shorts` what a text's shortness weighs.
fn close(mut stems: Vec<(&[u32], f32)>, held_out: Option<u32>, shorts: &[f32]) -> Vec<u32> {
    stems.sort_by_key(|(with, _)| with.len());
    SUMS.with_borrow_mut(|(sums, touched)| {
        if sums.len() < shorts.len() {
            sums.resize(shorts.len(), 0.0);
        }
        let mut left = READ_MAX;
        for (with, weight) in stems {
            let with = with.get(..left).unwrap_or(with);
            left -= with.len();
            for id in with {
                let Some(sum) = sums.get_mut(index(*id)) else { continue };
                if *sum == 0.0 {
                    touched.push(*id);
                }
                *sum += weight;
            }
        }
        let mut best = Best::default();
        for id in touched.drain(..) {
            let sum = sums.get_mut(index(id)).map(std::mem::take).unwrap_or_default();
            if Some(id) != held_out {
                best.take(id, sum * shorts.get(index(id)).copied().unwrap_or_default());
            }
        }
        best.0.into_iter().map(|(id, _)| id).collect()
    })
}

/// The few best of many, the best first, equals by their numbers.
#[derive(Default)]
struct Best(Vec<(u32, f32)>);

impl Best {
    fn take(&mut self, id: u32, value: f32) {
        let before = |(other, least): &(u32, f32)| *least > value || *least == value && *other < id;
        if self.0.len() == NEAREST && self.0.last().is_none_or(before) {
            return;
        }
        self.0.insert(self.0.partition_point(before), (id, value));
        self.0.truncate(NEAREST);
    }
}
