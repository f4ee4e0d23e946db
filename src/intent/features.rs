//! Texts as numbers: words, what words are without endings and prefixes, letter trigrams and pairs of words: what makes
//! "רובוט" near "הרובוט" and "bills" near "bill"; and what words mean, where that is known. Each feature of the bot's own
//! texts has a number, found once per text; what else is computed of texts works on these numbers alone.

use crate::language::Language;
use crate::packed::{Packed, pack_floats, pack_numbers, unpack_floats, unpack_numbers};
use crate::parallel;
use crate::text::fold;

use super::exact::{ln, square};
use super::interner::{Interner, index, number};
use super::rows::Rows;
use super::senses;

/// Longer texts are read so far only.
pub(super) const WORDS_MAX: usize = 60;
/// Of longer words, so many letters with the space before them count for trigrams.
const LETTERS_MAX: usize = 42;
/// Features that no text of the bot has weigh this part of what the rarest known one would.
const STRANGE_LEXICAL: f32 = 0.6;
const STRANGE_OTHER: f32 = 0.25;

/// Kinds of feature, in the order of their numbers: all words come before all stems, and so on.
const WORD: u8 = 0;
const STEM: u8 = 1;
const GRAM: u8 = 2;
const PAIR: u8 = 3;
const SENSE: u8 = 4;
const KINDS: usize = 5;
/// What a feature of each kind weighs when it stands in a text once, before its rarity.
const WEIGHTS: [f32; KINDS] = [1.0, 0.9, 0.35, 0.6, 1.2];

/// A feature of a text: its number and how often it stands there, up to [`Entry::COUNT_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u32);

impl Entry {
    const COUNT_MAX: u32 = 15;
    const ID_BITS: u32 = 28;

    fn new(id: u32, count: usize) -> Self {
        Self((number(count).min(Self::COUNT_MAX) << Self::ID_BITS) | (id & ((1 << Self::ID_BITS) - 1)))
    }

    /// As it is kept in flat arrays.
    pub(super) const fn packed(self) -> u32 {
        self.0
    }

    /// From a flat array.
    pub(super) const fn unpacked(packed: u32) -> Self {
        Self(packed)
    }

    /// The feature's number.
    pub(super) const fn id(self) -> u32 {
        self.0 & ((1 << Self::ID_BITS) - 1)
    }

    const fn count(self) -> usize {
        (self.0 >> Self::ID_BITS) as usize
    }
}

/// A text as numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Text {
    /// Its words in their order; those that no text of the bot has are numbered behind all features.
    pub(super) words: Vec<u32>,
    /// Its features that some text of the bot has, by number, each once, but for what its words mean.
    pub(super) entries: Vec<Entry>,
    /// What its words mean, likewise.
    pub(super) senses: Vec<Entry>,
    /// What its other features weigh, squared.
    strange: f32,
}

/// The features of all texts of a bot, and how rare each is.
#[derive(Debug, Clone, Default)]
pub(super) struct Vocabulary {
    features: Interner,
    /// Where the numbers of each kind end.
    ends: [u32; KINDS],
    /// The words of the bot's own texts come before all others.
    own_words: u32,
    /// The stems and trigrams of each word, as often as it has them.
    stems: Rows,
    grams: Rows,
    rarity: Vec<f32>,
    unknown: f32,
    /// How rare a feature is that one text has.
    once: f32,
    /// The languages in which words are known to mean something.
    languages: Vec<Language>,
    factors: Factors,
}

/// What a feature weighs by its kind and how often it stands in a text: more often is more, but ever less so.
#[derive(Debug, Clone)]
struct Factors([[f32; 16]; KINDS]);

impl Factors {
    fn of(&self, kind: u8, entry: Entry) -> f32 {
        self.0.get(usize::from(kind)).and_then(|row| row.get(entry.count())).copied().unwrap_or_default()
    }
}

impl Default for Factors {
    fn default() -> Self {
        let mut factors = [[0.0; 16]; KINDS];
        for (row, weight) in factors.iter_mut().zip(WEIGHTS) {
            for (count, factor) in row.iter_mut().enumerate() {
                let sum = weight * count as f32;
                *factor = if sum > 1.0 { 1.0 + ln(sum) } else { sum };
            }
        }
        Self(factors)
    }
}

impl Vocabulary {
    /// Learns the features of texts, each folded by [`split`], and how many texts have each: of the bot's own, and of others
    /// that only tell what is common. Gives the texts as numbers too. What words mean is known in these languages.
    pub(super) fn new(own: &[&str], others: &[&str], languages: &[Language]) -> (Self, Vec<Text>) {
        let mut vocabulary = Self { languages: languages.to_vec(), ..Self::default() };
        let mut words = vocabulary.intern_words(own);
        vocabulary.own_words = vocabulary.features.len();
        words.extend(vocabulary.intern_words(others));
        vocabulary.ends = [vocabulary.features.len(); KINDS];
        vocabulary.stems = vocabulary.parts(STEM, |word, take| stems(word).into_iter().flatten().for_each(take));
        vocabulary.ends[usize::from(STEM)] = vocabulary.features.len();
        vocabulary.grams = vocabulary.parts(GRAM, |word, take| grams(word, take));
        vocabulary.ends[usize::from(GRAM)] = vocabulary.features.len();
        let pairs: Vec<Vec<u32>> = words.iter().map(|words| vocabulary.intern_pairs(words)).collect();
        vocabulary.ends[usize::from(PAIR)] = vocabulary.features.len();
        let meant =
            |word: &str, take: &mut dyn FnMut(&str)| senses::of(word, languages).for_each(|of| take(&of.to_string()));
        let senses = vocabulary.parts(SENSE, meant);
        vocabulary.ends[usize::from(SENSE)] = vocabulary.features.len();
        let both: Vec<(Vec<u32>, Vec<u32>)> = words.into_iter().zip(pairs).collect();
        let texts = parallel::map(&both, |(words, pairs)| vocabulary.known(words, pairs, &senses));
        vocabulary.count(&texts);
        (vocabulary, texts)
    }

    fn intern_words(&mut self, texts: &[&str]) -> Vec<Vec<u32>> {
        let mut intern = |word: &str| self.features.intern(WORD, word.as_bytes());
        texts.iter().map(|text| words(text).map(&mut intern).collect()).collect()
    }

    /// What each word has of a kind, with numbers of its own.
    fn parts(&mut self, kind: u8, parts: impl Fn(&str, &mut dyn FnMut(&str))) -> Rows {
        let mut rows = Rows::default();
        let mut word = String::new();
        for id in 0..self.ends[usize::from(WORD)] {
            word.clear();
            word.push_str(self.word(id).unwrap_or_default());
            let mut row = Vec::new();
            parts(&word, &mut |part| row.push(self.features.intern(kind, part.as_bytes())));
            rows.push(row);
        }
        rows
    }

    fn intern_pairs(&mut self, words: &[u32]) -> Vec<u32> {
        pairs(words).map(|pair| self.features.intern(PAIR, &pair)).collect()
    }

    fn known(&self, words: &[u32], pairs: &[u32], senses: &Rows) -> Text {
        let mut ids: Vec<u32> = words.iter().chain(pairs).copied().collect();
        for word in words {
            ids.extend(self.stems.row(*word));
            ids.extend(self.grams.row(*word));
        }
        let senses = counted(words.iter().flat_map(|word| senses.row(*word)).copied().collect());
        Text { words: words.to_vec(), entries: counted(ids), senses, strange: 0.0 }
    }

    /// How rare each feature is.
    fn count(&mut self, texts: &[Text]) {
        let mut counts = vec![0_u32; index(self.features.len())];
        for entry in texts.iter().flat_map(|text| text.entries.iter().chain(&text.senses)) {
            if let Some(count) = counts.get_mut(index(entry.id())) {
                *count += 1;
            }
        }
        let total = number(texts.len());
        let rarity = |count: u32| ln((1.0 + total as f32) / (1.0 + count as f32)) + 1.0;
        self.rarity = counts.into_iter().map(rarity).collect();
        self.unknown = rarity(0);
        self.once = rarity(1);
    }

    /// A text that the bot may never have seen, as numbers.
    pub(super) fn read(&self, words: &[&str]) -> Text {
        let mut reader = Reader { known: &self.features, own: Interner::default() };
        let mut ids = Vec::new();
        let (mut numbers, mut senses) = (Vec::new(), Vec::new());
        for word in words.iter().take(WORDS_MAX) {
            senses.extend(
                senses::of(word, &self.languages).filter_map(|of| self.features.find(SENSE, of.to_string().as_bytes())),
            );
            let id = reader.id(WORD, word.as_bytes());
            if self.is_word(id) {
                ids.extend(self.stems.row(id));
                ids.extend(self.grams.row(id));
            } else {
                stems(word).into_iter().flatten().for_each(|stem| ids.push(reader.id(STEM, stem.as_bytes())));
                grams(word, &mut |gram| ids.push(reader.id(GRAM, gram.as_bytes())));
            }
            numbers.push(id);
        }
        ids.extend(&numbers);
        ids.extend(pairs(&numbers).map(|pair| reader.id(PAIR, &pair)));
        let mut entries = counted(ids);
        let strange = entries.split_off(entries.partition_point(|entry| entry.id() < self.features.len()));
        let square = |entry: &Entry| {
            let kind = reader.own.get(entry.id() - self.features.len()).map_or(PAIR, |(kind, _)| kind);
            let part = if is_lexical(kind) { STRANGE_LEXICAL } else { STRANGE_OTHER };
            square(self.factors.of(kind, *entry) * self.unknown * part)
        };
        Text { words: numbers, entries, senses: counted(senses), strange: strange.iter().map(square).sum() }
    }

    /// How long the text is as a vector of weights: what the bot never saw makes everything else weigh less. Without what its
    /// words mean, and with it.
    pub(super) fn lengths(&self, text: &Text) -> (f32, f32) {
        let squares = |entries: &[Entry]| -> f32 {
            entries.iter().map(|entry| square(self.factor(*entry) * self.rarity(entry.id()))).sum()
        };
        let said = squares(&text.entries) + text.strange;
        let length = |square: f32| square.sqrt().max(f32::EPSILON);
        (length(said), length(said + squares(&text.senses)))
    }

    /// What a feature of a text counts for with its rarity on both sides: here, and in the text it is compared to.
    pub(super) fn weight(&self, entry: Entry) -> f32 {
        let rarity = self.rarity(entry.id());
        self.factor(entry) * rarity * rarity
    }

    /// What a feature weighs in a text, before its rarity.
    pub(super) fn factor(&self, entry: Entry) -> f32 {
        let kind = self.ends.iter().take_while(|end| **end <= entry.id()).count();
        self.factors.of(u8::try_from(kind).unwrap_or(PAIR), entry)
    }

    /// How rare a feature is; unknown ones are rarest.
    pub(super) fn rarity(&self, id: u32) -> f32 {
        self.rarity.get(index(id)).copied().unwrap_or(self.unknown)
    }

    /// The number of a word, if the bot knows it.
    pub(super) fn find(&self, word: &str) -> Option<u32> {
        self.features.find(WORD, word.as_bytes())
    }

    /// Whether a word of a text is one that the bot's texts have; `own` says that the text is one of them, and does not count.
    pub(super) fn is_known(&self, word: u32, own: bool) -> bool {
        word < self.own_words && !(own && self.rarity(word) >= self.once)
    }

    /// Whether the bot knows the word, or another with a stem in common.
    pub(super) fn knows_stem(&self, word: &str) -> bool {
        let known = |stem: &str| self.features.find(STEM, stem.as_bytes()).is_some();
        self.find(word).is_some() || stems(word).into_iter().flatten().any(known)
    }

    /// Whether a number is a word's.
    pub(super) const fn is_word(&self, id: u32) -> bool {
        id < self.ends[WORD as usize]
    }

    /// The languages in which words are known to mean something.
    pub(super) fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// How rare a feature is that one text has.
    pub(super) const fn once(&self) -> f32 {
        self.once
    }

    /// The number of a feature among those by which texts are looked up, stems and what words mean, if it is one.
    pub(super) const fn as_handle(&self, id: u32) -> Option<u32> {
        if id < self.ends[STEM as usize] {
            return id.checked_sub(self.ends[WORD as usize]);
        }
        match id.checked_sub(self.ends[PAIR as usize]) {
            Some(sense) => Some(self.stems() + sense),
            None => None,
        }
    }

    /// How many of these there are.
    pub(super) const fn handles(&self) -> u32 {
        self.stems() + self.ends[SENSE as usize].saturating_sub(self.ends[PAIR as usize])
    }

    const fn stems(&self) -> u32 {
        self.ends[STEM as usize].saturating_sub(self.ends[WORD as usize])
    }

    /// Whether a number is a word's or a pair's of words: what a phrase is made of.
    pub(super) const fn is_phrase(&self, id: u32) -> bool {
        self.is_word(id) || (id >= self.ends[GRAM as usize] && id < self.ends[PAIR as usize])
    }

    /// All known words, sorted.
    pub(super) fn words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = (0..self.ends[usize::from(WORD)]).filter_map(|id| self.word(id)).collect();
        words.sort_unstable();
        words
    }

    fn word(&self, id: u32) -> Option<&str> {
        self.features.get(id).and_then(|(_, word)| std::str::from_utf8(word).ok())
    }
}

impl Packed for Vocabulary {
    fn pack(&self, to: &mut Vec<u8>) {
        self.features.pack(to);
        pack_numbers(&self.ends, to);
        self.own_words.pack(to);
        self.stems.pack(to);
        self.grams.pack(to);
        pack_floats(&self.rarity, to);
        self.unknown.pack(to);
        self.once.pack(to);
        self.languages.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            features: Interner::unpack(from)?,
            ends: unpack_numbers(from)?.try_into().ok()?,
            own_words: u32::unpack(from)?,
            stems: Rows::unpack(from)?,
            grams: Rows::unpack(from)?,
            rarity: unpack_floats(from)?,
            unknown: f32::unpack(from)?,
            once: f32::unpack(from)?,
            languages: Packed::unpack(from)?,
            factors: Factors::default(),
        })
    }
}

/// Numbers features of a text: those of the bot as it does, others behind them.
struct Reader<'a> {
    known: &'a Interner,
    own: Interner,
}

impl Reader<'_> {
    fn id(&mut self, kind: u8, key: &[u8]) -> u32 {
        self.known.find(kind, key).unwrap_or_else(|| self.known.len() + self.own.intern(kind, key))
    }
}

/// What words are without endings and prefixes, as numbers: words with one in common are forms of the same word, also where
/// the bot's vocabulary has neither.
pub(super) struct Roots<'a> {
    vocabulary: &'a Vocabulary,
    reader: Reader<'a>,
}

impl<'a> Roots<'a> {
    pub(super) fn new(vocabulary: &'a Vocabulary) -> Self {
        Self { vocabulary, reader: Reader { known: &vocabulary.features, own: Interner::default() } }
    }

    /// The roots of a folded word, the one without endings first.
    pub(super) fn of(&mut self, word: &str, take: &mut dyn FnMut(u32)) {
        match self.vocabulary.find(word) {
            Some(id) => self.vocabulary.stems.row(id).iter().copied().for_each(take),
            None => stems(word).into_iter().flatten().for_each(|stem| take(self.reader.id(STEM, stem.as_bytes()))),
        }
    }
}

/// Each number once, with how often it is there.
fn counted(mut ids: Vec<u32>) -> Vec<Entry> {
    ids.sort_unstable();
    ids.chunk_by(PartialEq::eq).filter_map(|same| Some(Entry::new(*same.first()?, same.len()))).collect()
}

const fn is_lexical(kind: u8) -> bool {
    matches!(kind, WORD | STEM)
}

/// Neighbouring words as keys.
fn pairs(words: &[u32]) -> impl Iterator<Item = [u8; 8]> {
    words.windows(2).filter_map(|pair| {
        let [first, second] = pair else { return None };
        Some((u64::from(*first) << 32 | u64::from(*second)).to_le_bytes())
    })
}

/// The trigrams inside a word with a space around it.
fn grams(word: &str, take: &mut dyn FnMut(&str)) {
    pieces(word, 3, take);
}

/// The pieces of so many letters inside a word with a space around it.
pub(super) fn pieces(word: &str, letters: usize, take: &mut dyn FnMut(&str)) {
    let spaced = format!(" {word} ");
    let starts: Vec<usize> = spaced.char_indices().map(|(at, _)| at).take(LETTERS_MAX + 1).collect();
    let firsts = (starts.len().min(LETTERS_MAX) + 1).saturating_sub(letters);
    for first in 0..firsts {
        let end = starts.get(first + letters).copied().unwrap_or(spaced.len());
        if let Some(piece) = starts.get(first).and_then(|start| spaced.get(*start..end)) {
            take(piece);
        }
    }
}

/// A word without what is stuck to it: Hebrew prefix letters, English plural and verb endings, Latvian endings. Always at
/// least one (the word itself), so that "bill" and "bills" meet.
pub(super) fn stems(word: &str) -> [Option<&str>; 3] {
    let mut stems = [Some(ending_stripped(word)), None, None];
    let mut letters = word.chars();
    let (first, second) = (letters.next(), letters.next());
    let length = 2 + letters.count();
    if length >= 4
        && matches!(first, Some('ב' | 'ה' | 'ו' | 'כ' | 'ל' | 'מ' | 'ש'))
        && word.chars().any(|c| matches!(c, 'א'..='ת'))
    {
        stems[1] = without(word, 1);
        if length >= 5 && matches!(second, Some('ב' | 'ה' | 'ל' | 'מ' | 'ש')) {
            stems[2] = without(word, 2);
        }
    }
    stems
}

/// A word without its first letters.
fn without(word: &str, letters: usize) -> Option<&str> {
    word.char_indices().nth(letters).and_then(|(at, _)| word.get(at..))
}

/// A word without its ending; three letters at least are left. A double `s` is none, but behind an `o` of a longer word,
/// where it is Latvian (strādājošs).
fn ending_stripped(word: &str) -> &str {
    /// The longest of those that end alike first. Final letters of Hebrew are folded.
    const ENDINGS: [&str; 32] = [
        "ings", "ing", "ies", "ied", "ajai", "ajam", "ami", "iem", "es", "ed", "as", "us", "os", "is", "am", "ai",
        "ie", "im", "iu", "em", "s", "a", "e", "i", "u", "o", "y", "יות", "ות", "ית", "ימ", "ה",
    ];
    let length = word.chars().count();
    let stripped = ENDINGS.iter().find_map(|ending| {
        let left = length.checked_sub(ending.chars().count())?;
        let rest = word.strip_suffix(ending).filter(|_| left >= 3)?;
        let is_doubled = *ending == "s" && rest.ends_with('s');
        (!is_doubled || left >= 5 && rest.ends_with("os")).then_some(rest)
    });
    stripped.unwrap_or(word)
}

/// A word's stem and its ending.
pub(super) fn parted(word: &str) -> (&str, &str) {
    word.split_at(ending_stripped(word).len())
}

/// Whether two words of one stem, which have these endings, can be forms of one word in a language: "car" and "care" are none
/// of each other, nor are Latvian "par" and "Parīze". Of other languages than the shipped ones nothing is known, and all
/// can.
pub(super) fn inflects(stem: &str, one: &str, other: &str, language: &Language) -> bool {
    const ENGLISH: [&[&str]; 3] =
        [&["", "s", "es", "ed", "ing", "ings"], &["e", "es", "ed", "ing", "ings"], &["y", "ies", "ied"]];
    /// A stem as short as this is too little to know a word by that stands there without an ending.
    const SHORT: usize = 3;
    match language.code() {
        _ if one == other => true,
        "en" => ENGLISH.iter().any(|alike| alike.contains(&one) && alike.contains(&other)),
        "lv" => {
            stem.chars().count() > SHORT
                || [one, other].iter().all(|ending| !matches!(*ending, "" | "y" | "ing" | "ings"))
        }
        _ => true,
    }
}

/// A text folded, bounded to so many words.
pub(super) fn split(text: &str) -> String {
    let mut folded = fold(text);
    if let Some((end, _)) = folded.match_indices(' ').nth(WORDS_MAX - 1) {
        folded.truncate(end);
    }
    folded
}

/// The words of a folded text.
pub(super) fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(' ').filter(|word| !word.is_empty())
}
