//! Which passage of an article answers a text: the one in which most of the text's telling words stand. Says so only where
//! one clearly does; what is done about it is not its affair.

use std::collections::{BTreeMap, BTreeSet};

use super::exact::{ln, square};
use super::features::{Roots, Vocabulary, words};
use super::language;

/// What a passage opens with says what it is about: a word there weighs so much more than in its text.
const LEAD_WEIGHT: f32 = 2.0;
/// How much more must speak for the best passage than for any other.
const CLEAR: f32 = 1.5;
/// Of the text's words by their rarity, so much must stand in the passage: a story in which one word happens to fit is no
/// question about it.
const SHARE_MIN: f32 = 0.25;
/// A word is telling that is at least so rare, of what a word is that one text has, and not one of those that are in every
/// other sentence: "is" and "the" alone tell nothing.
const TELLING: f32 = 0.6;

/// A passage as it is looked at: what it opens with, and what follows.
#[derive(Debug, Clone, Copy)]
pub struct Passage<'a> {
    /// Its heading, or the phrase in bold.
    pub lead: &'a str,
    /// The rest.
    pub text: &'a str,
}

/// The passage that answers, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answering {
    /// Which one, from 0.
    pub position: usize,
    /// The words of the text that stand in it and tell it from the others, the most telling first.
    pub words: Vec<String>,
}

/// A word of the text.
struct Said<'t> {
    word: &'t str,
    rarity: f32,
    /// Where it stands: in what opens the section, or only in what follows.
    sections: BTreeMap<usize, bool>,
}

/// The passage that answers these words, if one clearly does. The introduction answers what it has the words of; then no
/// passage is the better.
pub(super) fn answering(
    vocabulary: &Vocabulary,
    said: &[&str],
    introduction: &str,
    passages: &[Passage<'_>],
) -> Option<Answering> {
    let sections: Vec<Passage<'_>> =
        std::iter::once(Passage { lead: "", text: introduction }).chain(passages.iter().copied()).collect();
    let said = read(vocabulary, said, &sections);
    let written = sections.iter().filter(|section| !(section.lead.is_empty() && section.text.is_empty())).count();
    let mut scores: Vec<(f32, usize)> =
        (0..sections.len()).map(|at| (said.iter().map(|word| word.speaks_for(at, written)).sum(), at)).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let [(best, at), (second, _), ..] = scores.as_slice() else { return None };
    let position = at.checked_sub(1)?;
    let mut found: Vec<&Said<'_>> = said.iter().filter(|word| word.speaks_for(*at, written) > 0.0).collect();
    found.sort_by(|a, b| b.speaks_for(*at, written).total_cmp(&a.speaks_for(*at, written)));
    let telling = vocabulary.once() * TELLING;
    found.retain(|word| word.rarity >= telling && !language::is_common(word.word));
    let weight = |words: &mut dyn Iterator<Item = f32>| words.map(square).sum::<f32>();
    let all = weight(&mut said.iter().map(|word| word.rarity));
    let share = weight(&mut found.iter().map(|word| word.rarity));
    let is_clear = !found.is_empty() && *best >= CLEAR * second && share >= SHARE_MIN * all;
    is_clear.then(|| Answering { position, words: found.iter().map(|word| word.word.to_owned()).collect() })
}

impl Said<'_> {
    /// What the word says for a section: less, the more sections it stands in, and nothing where it stands in all.
    fn speaks_for(&self, section: usize, sections: usize) -> f32 {
        let Some(in_lead) = self.sections.get(&section) else { return 0.0 };
        let among = ln(sections as f32 / self.sections.len() as f32) / ln(sections as f32);
        square(self.rarity) * among * if *in_lead { LEAD_WEIGHT } else { 1.0 }
    }
}

/// The words of a text, each once, with where they stand.
fn read<'t>(vocabulary: &Vocabulary, said: &[&'t str], sections: &[Passage<'_>]) -> Vec<Said<'t>> {
    let mut roots = Roots::new(vocabulary);
    let mut of_root: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    let mut read: Vec<Said<'t>> = Vec::new();
    for word in said {
        if read.iter().any(|before| before.word == *word) {
            continue;
        }
        let mut rarity = None;
        roots.of(word, &mut |root| {
            rarity.get_or_insert(vocabulary.rarity(root));
            of_root.entry(root).or_default().insert(read.len());
        });
        read.push(Said { word, rarity: rarity.unwrap_or_default(), sections: BTreeMap::new() });
    }
    for (at, section) in sections.iter().enumerate() {
        for (text, in_lead) in [(section.lead, true), (section.text, false)] {
            for word in words(&crate::text::fold(text)) {
                roots.of(word, &mut |root| {
                    for said in of_root.get(&root).into_iter().flatten() {
                        if let Some(said) = read.get_mut(*said) {
                            *said.sections.entry(at).or_default() |= in_lead;
                        }
                    }
                });
            }
        }
    }
    read
}
