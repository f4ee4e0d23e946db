//! Texts as sparse vectors of words, stems and letter trigrams: what makes "רובוט" near "הרובוט" and "bills" near "bill".

use std::collections::{BTreeMap, HashMap};

use crate::text::words;

/// Longer texts are read so far only.
const WORDS_MAX: usize = 60;

/// The features of a text, each with its weight before idf: whole words, stems, and trigrams inside words.
#[must_use]
pub fn features(words: &[String]) -> BTreeMap<String, f32> {
    let mut found: BTreeMap<String, f32> = BTreeMap::new();
    for word in words.iter().take(WORDS_MAX) {
        *found.entry(word.clone()).or_insert(0.0) += 1.0;
        for stem in stems(word) {
            *found.entry(format!("~{stem}")).or_insert(0.0) += 0.9;
        }
        let spaced: Vec<char> = std::iter::once(' ').chain(word.chars()).chain(std::iter::once(' ')).take(42).collect();
        for gram in spaced.windows(3) {
            *found.entry(format!("#{}", gram.iter().collect::<String>())).or_insert(0.0) += 0.35;
        }
    }
    for pair in words.iter().take(WORDS_MAX).collect::<Vec<_>>().windows(2) {
        if let [a, b] = pair {
            *found.entry(format!("{a} {b}")).or_insert(0.0) += 0.6;
        }
    }
    for weight in found.values_mut() {
        *weight = if *weight > 1.0 { 1.0 + weight.ln() } else { *weight };
    }
    found
}

/// Whether a feature is a whole word or a stem: what the index holds.
#[must_use]
pub fn is_lexical(feature: &str) -> bool {
    !feature.starts_with('#') && !feature.contains(' ')
}

/// A word without what is stuck to it: Hebrew prefix letters, English plural and verb endings, Latvian endings. Always at
/// least one (the word itself), so that "bill" and "bills" meet.
#[must_use]
pub fn stems(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut stems = vec![ending_stripped(word)];
    let hebrew = letters.iter().any(|c| matches!(c, 'א'..='ת'));
    if hebrew && letters.len() >= 4 && matches!(letters.first(), Some('ב' | 'ה' | 'ו' | 'כ' | 'ל' | 'מ' | 'ש')) {
        stems.push(letters.iter().skip(1).collect());
        if letters.len() >= 5 && matches!(letters.get(1), Some('ב' | 'ה' | 'ל' | 'מ' | 'ש')) {
            stems.push(letters.iter().skip(2).collect());
        }
    }
    stems
}

fn ending_stripped(word: &str) -> String {
    const ENDINGS: [&str; 30] = [
        "ings", "ing", "ies", "ied", "es", "ed", "s", "ות", "ימ", "ami", "iem", "ajai", "ajam", "am", "as", "ai", "us",
        "os", "is", "ie", "im", "iu", "em", "a", "e", "i", "u", "o", "y", "",
    ];
    let length = word.chars().count();
    let stripped = ENDINGS.iter().find_map(|ending| {
        let left = length.checked_sub(ending.chars().count())?;
        word.strip_suffix(ending).filter(|_| left >= 3)
    });
    stripped.unwrap_or(word).to_owned()
}

/// The features of a whole bot and how rare each is.
#[derive(Debug, Default)]
pub struct Vocabulary {
    ids: HashMap<String, (u32, f32)>,
    unknown: f32,
}

/// A text as numbers: feature ids in order with weights; of length 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vector(Vec<(u32, f32)>);

impl Vocabulary {
    /// Counts in how many of `texts` (split into words) each feature stands.
    #[must_use]
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a [String]>) -> Self {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut total = 0_u32;
        for text in texts {
            total += 1;
            for feature in features(text).into_keys() {
                *counts.entry(feature).or_insert(0) += 1;
            }
        }
        let rarity = |count: u32| (((1 + total) as f32) / ((1 + count) as f32)).ln() + 1.0;
        let ids = (0_u32..).zip(counts).map(|(id, (feature, count))| (feature, (id, rarity(count)))).collect();
        Self { ids, unknown: rarity(0) }
    }

    /// A text as a vector; what the bot never saw makes everything else weigh less.
    #[must_use]
    pub fn vector(&self, words: &[String]) -> Vector {
        let mut norm = 0.0;
        let mut vector = Vec::new();
        for (feature, weight) in features(words) {
            match self.ids.get(&feature) {
                Some((id, idf)) => {
                    vector.push((*id, weight * idf));
                    norm += (weight * idf).powi(2);
                }
                None if is_lexical(&feature) => norm += (weight * self.unknown * 0.6).powi(2),
                None => norm += (weight * self.unknown * 0.25).powi(2),
            }
        }
        let norm = norm.sqrt().max(f32::EPSILON);
        for (_, weight) in &mut vector {
            *weight /= norm;
        }
        vector.sort_unstable_by_key(|(id, _)| *id);
        Vector(vector)
    }

    /// Whether a word is known.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        self.ids.contains_key(word)
    }

    /// How rare a word is; unknown words are rarest.
    #[must_use]
    pub fn rarity(&self, word: &str) -> f32 {
        self.ids.get(word).map_or(self.unknown, |(_, idf)| *idf)
    }

    /// All known whole words, sorted.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        let mut words: Vec<&str> =
            self.ids.keys().map(String::as_str).filter(|f| is_lexical(f) && !f.starts_with('~')).collect();
        words.sort_unstable();
        words
    }
}

impl Vector {
    /// The cosine of the angle between two texts: 1 for the same words, 0 for none in common.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut sum = 0.0;
        while let (Some((x, v)), Some((y, w))) = (a.peek(), b.peek()) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => {
                    a.next();
                }
                std::cmp::Ordering::Greater => {
                    b.next();
                }
                std::cmp::Ordering::Equal => {
                    sum += v * w;
                    a.next();
                    b.next();
                }
            }
        }
        sum
    }
}

/// A text as folded words, bounded.
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    let mut words = words(text);
    words.truncate(WORDS_MAX);
    words
}
