//! What the trained model sees of a text: words, what they are without endings and prefixes, neighbouring words, words that
//! stand in one text wherever, pieces of two to four letters, and what words mean where that is known. Each term of the texts
//! that were learned from has a number, and weighs the more, the fewer of them have it. Knows nothing of topics.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::language::Language;
use crate::packed::{Packed, pack_floats, unpack_floats};
use crate::parallel;

use super::exact::{ln, square};
use super::features::{pieces, stems, words};
use super::interner::{Interner, index, number};
use super::rows::Rows;
use super::senses;

/// Kinds of term.
const WORD: u8 = 0;
const STEM: u8 = 1;
const PIECE: u8 = 2;
const NEXT: u8 = 3;
const TOGETHER: u8 = 4;
const SENSE: u8 = 5;
const KINDS: usize = 6;
/// What a term of each kind weighs before its rarity.
const WEIGHTS: [f32; KINDS] = [1.0, 0.7, 1.0, 1.0, 1.0, 2.5];
/// Pieces have so many letters, with a space before and behind the word.
const LETTERS: std::ops::RangeInclusive<usize> = 2..=4;
/// Of longer texts, so many words are looked at for which stand together.
const TOGETHER_MAX: usize = 24;
/// Terms that no text has which was learned from weigh this part of one that a single text has: a text of which little is
/// known says little.
const STRANGE: f32 = 0.8;
/// Two words tell something together when so many texts have both.
const TEXTS_MIN: u32 = 2;

/// A text as the model sees it: numbers of terms, each once, in their order, with what each weighs; of length one together
/// with what of it was never seen.
pub(super) type Row = Vec<(u32, f32)>;

/// The terms of the texts that were learned from.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    known: Interner,
    rarity: Vec<f32>,
    /// How rare a term is that one text has.
    once: f32,
    /// Of each known word what it tells, and then its terms; nothing of other terms.
    of_words: Rows,
    /// The languages in which words are known to mean something.
    languages: Vec<Language>,
}

/// The terms of one word.
struct Parts<'a> {
    word: Option<u32>,
    /// What it means, or where that is not known the word without its ending.
    told: Option<u32>,
    all: Cow<'a, [u32]>,
    /// What its terms that are not known weigh before their rarity, squared.
    strange: f32,
}

impl Terms {
    /// Learns the terms of folded texts in these languages, and gives the texts as the model sees them.
    pub(super) fn learn(texts: &[&str], languages: &[Language]) -> (Self, Vec<Row>) {
        let mut terms = Self { languages: languages.to_vec(), ..Self::default() };
        let mut of_word: HashMap<&str, u32> = HashMap::new();
        let mut parts: Vec<Parts<'_>> = Vec::new();
        let said: Vec<Vec<u32>> = texts
            .iter()
            .map(|text| {
                let id = |word| {
                    *of_word.entry(word).or_insert_with(|| {
                        parts.push(Parts::of(word, languages, &mut |kind, key| Some(terms.known.intern(kind, key))));
                        number(parts.len() - 1)
                    })
                };
                words(text).map(id).collect()
            })
            .collect();
        terms.keep(&parts);
        let parts_of =
            |said: &Vec<u32>| said.iter().filter_map(|id| parts.get(index(*id))).collect::<Vec<&Parts<'_>>>();
        let mut texts_with: HashMap<(u8, [u8; 8]), u32> = HashMap::new();
        let mut in_order = Vec::new();
        for said in &said {
            for pair in pairs(&parts_of(said)) {
                let texts = texts_with.entry(pair).or_insert(0);
                *texts += 1;
                if *texts == TEXTS_MIN {
                    in_order.push(pair);
                }
            }
        }
        for (kind, key) in in_order {
            terms.known.intern(kind, &key);
        }
        let counted = parallel::map(&said, |said| terms.counted(&parts_of(said)));
        terms.weigh(&counted);
        let rows = parallel::map(&counted, |counted| terms.row(counted, 0.0));
        (terms, rows)
    }

    /// A text that may never have been seen.
    pub(super) fn read(&self, words: &[&str]) -> Row {
        let parts: Vec<Parts<'_>> = words.iter().map(|word| self.parts(word)).collect();
        self.row(&self.counted(&parts.iter().collect::<Vec<_>>()), parts.iter().map(|parts| parts.strange).sum())
    }

    /// The terms of a word, known or not.
    fn parts(&self, word: &str) -> Parts<'_> {
        let itself = self.known.find(WORD, word.as_bytes());
        match itself.map(|id| self.of_words.row(id)) {
            Some([told, all @ ..]) => Parts { word: itself, told: Some(*told), all: Cow::Borrowed(all), strange: 0.0 },
            _ => Parts::of(word, &self.languages, &mut |kind, key| self.known.find(kind, key)),
        }
    }

    /// Keeps the terms of words, so that they need not be found one by one again.
    fn keep(&mut self, parts: &[Parts<'_>]) {
        let by_word: HashMap<u32, &Parts<'_>> = parts.iter().filter_map(|parts| Some((parts.word?, parts))).collect();
        for id in 0..self.known.len() {
            let parts = by_word.get(&id).into_iter();
            self.of_words.push(parts.flat_map(|parts| parts.told.into_iter().chain(parts.all.iter().copied())));
        }
    }

    /// A row as if its text had not been learned from: what no other text has is not known.
    pub(super) fn held_out(&self, mut row: Row) -> Row {
        let mut strange = 0.0;
        row.retain(|(id, weight)| {
            let is_known = self.rarity.get(index(*id)).is_some_and(|rarity| *rarity < self.once);
            if !is_known {
                strange += square(STRANGE * weight);
            }
            is_known
        });
        scaled(row, strange)
    }

    /// How many terms there are.
    pub(super) fn len(&self) -> u32 {
        self.known.len()
    }

    /// Whether a term can be told in words: pieces of words cannot.
    pub(super) fn is_told(&self, id: u32) -> bool {
        self.known.get(id).is_some_and(|(kind, _)| kind != PIECE)
    }

    /// A term in words, for people.
    pub(super) fn name(&self, id: u32) -> Option<String> {
        let (kind, key) = self.known.get(id)?;
        let pair = |between: &str| {
            let part = |id: &[u8]| self.name_alone(u32::from_le_bytes(id.try_into().ok()?));
            Some(format!("{}{between}{}", part(key.get(..4)?)?, part(key.get(4..)?)?))
        };
        match kind {
            NEXT => pair(" "),
            TOGETHER => pair(" … "),
            _ => self.name_alone(id),
        }
    }

    /// A term that is no pair, in words. What lies in a cache cannot lead in a circle.
    fn name_alone(&self, id: u32) -> Option<String> {
        match self.known.get(id)? {
            (WORD | STEM, key) => std::str::from_utf8(key).ok().map(str::to_owned),
            (SENSE, key) => senses::name(u32::from_le_bytes(key.try_into().ok()?), &self.languages),
            _ => None,
        }
    }

    /// The numbers of a text's terms, each with how often it stands there.
    fn counted(&self, parts: &[&Parts<'_>]) -> Vec<(u32, u32)> {
        let mut ids: Vec<u32> = parts.iter().flat_map(|parts| parts.all.iter()).copied().collect();
        ids.extend(pairs(parts).into_iter().filter_map(|(kind, key)| self.known.find(kind, &key)));
        ids.sort_unstable();
        ids.chunk_by(PartialEq::eq).filter_map(|same| Some((*same.first()?, number(same.len())))).collect()
    }

    /// How rare each term is: the inverse document frequency, smoothed.
    fn weigh(&mut self, texts: &[Vec<(u32, u32)>]) {
        let mut counts = vec![0_u32; index(self.known.len())];
        for (id, _) in texts.iter().flatten() {
            if let Some(count) = counts.get_mut(index(*id)) {
                *count += 1;
            }
        }
        let total = texts.len() as f32;
        let rarity = |count: u32| ln((1.0 + total) / (1.0 + count as f32)) + 1.0;
        self.rarity = counts.into_iter().map(rarity).collect();
        self.once = rarity(1);
    }

    fn row(&self, counted: &[(u32, u32)], strange: f32) -> Row {
        let weight = |(id, count): &(u32, u32)| {
            let kind = self.known.get(*id).map_or(PIECE, |(kind, _)| kind);
            let rarity = self.rarity.get(index(*id)).copied().unwrap_or_default();
            let often = if *count == 1 { 1.0 } else { 1.0 + ln(*count as f32) };
            (*id, WEIGHTS.get(usize::from(kind)).copied().unwrap_or_default() * often * rarity)
        };
        scaled(counted.iter().map(weight).collect(), strange * square(STRANGE * self.once))
    }
}

/// A row made to have length one, together with what in it is not known.
fn scaled(mut row: Row, strange: f32) -> Row {
    let known = row.iter().map(|(_, weight)| weight * weight).sum::<f32>();
    let length = (known + strange).sqrt().max(f32::EPSILON);
    row.iter_mut().for_each(|(_, weight)| *weight /= length);
    row
}

impl Parts<'_> {
    fn of(word: &str, languages: &[Language], find: &mut dyn FnMut(u8, &[u8]) -> Option<u32>) -> Self {
        let mut strange = 0.0;
        let mut id = |kind: u8, key: &[u8]| {
            let found = find(kind, key);
            if found.is_none() {
                strange += WEIGHTS.get(usize::from(kind)).map_or(0.0, |weight| weight * weight);
            }
            found
        };
        let itself = id(WORD, word.as_bytes());
        let mut all: Vec<u32> = itself.into_iter().collect();
        let mut first = None;
        for (place, stem) in stems(word).into_iter().flatten().enumerate() {
            let stem = id(STEM, stem.as_bytes());
            if place == 0 {
                first = stem;
            }
            all.extend(stem);
        }
        let mut told = first;
        for sense in senses::of(word, languages) {
            let sense = id(SENSE, &sense.to_le_bytes());
            told = sense.or(told);
            all.extend(sense);
        }
        for letters in LETTERS {
            pieces(word, letters, &mut |piece| all.extend(id(PIECE, piece.as_bytes())));
        }
        Self { word: itself, told, all: Cow::Owned(all), strange }
    }
}

/// Words that stand next to one another, and those that stand together wherever, each once.
fn pairs(parts: &[&Parts<'_>]) -> Vec<(u8, [u8; 8])> {
    let key = |first: u32, second: u32| (u64::from(second) << 32 | u64::from(first)).to_le_bytes();
    let next = parts.windows(2).filter_map(|pair| match pair {
        [first, second] => Some((NEXT, key(first.word?, second.word?))),
        _ => None,
    });
    let mut pairs: Vec<(u8, [u8; 8])> = next.collect();
    let mut told: Vec<u32> = parts.iter().take(TOGETHER_MAX).filter_map(|parts| parts.told).collect();
    told.sort_unstable();
    told.dedup();
    for (place, first) in told.iter().enumerate() {
        pairs.extend(told.iter().skip(place + 1).map(|second| (TOGETHER, key(*first, *second))));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

impl Packed for Terms {
    fn pack(&self, to: &mut Vec<u8>) {
        self.known.pack(to);
        pack_floats(&self.rarity, to);
        self.once.pack(to);
        self.of_words.pack(to);
        self.languages.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            known: Packed::unpack(from)?,
            rarity: unpack_floats(from)?,
            once: Packed::unpack(from)?,
            of_words: Packed::unpack(from)?,
            languages: Packed::unpack(from)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(terms: &Terms, row: &Row) -> Vec<String> {
        row.iter().filter_map(|(id, _)| terms.name(*id)).collect()
    }

    #[test]
    fn words_count_alone_next_to_one_another_and_together() {
        let (terms, rows) = Terms::learn(&["pay my bill", "my bill is high", "pay less"], &[]);
        assert_eq!(
            names(&terms, &rows[0]),
            ["pay", "pay", "my", "my", "bill", "bill", "my bill", "my … bill"],
            "what only one text has together is left out"
        );
        let again = terms.read(&["pay", "my", "bill"]);
        assert_eq!(again, rows[0]);
        assert!((again.iter().map(|(_, weight)| weight * weight).sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_was_never_seen_is_nothing() {
        let (terms, _) = Terms::learn(&["pay my bill"], &[]);
        assert_eq!(terms.read(&["תודה"]), []);
        assert_eq!(terms.read(&[]), []);
        assert!(!terms.read(&["bills"]).is_empty(), "it has the stem and letters in common");
    }
}
