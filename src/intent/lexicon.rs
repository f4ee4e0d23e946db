//! Keywords as an automaton: whole words and phrases, plural and prefix letters folded, small slips forgiven (R8).

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use fst::{IntoStreamer, Map, MapBuilder, Streamer};
use levenshtein_automata::LevenshteinAutomatonBuilder;

use crate::language::Language;
use crate::packed::{Packed, pack_bytes, unpack_bytes};
use crate::text::{slip, slips_allowed};

use super::Topic;
use super::features::{inflects, parted, split, stems, words};
use super::senses::differ;

/// Of one text, so many words are looked at for slips: one with more words that nobody knows is no text with slips, and each
/// look takes long.
pub(super) const SLIPS_MAX: usize = 12;

/// A keyword found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Whose keyword.
    pub topic: Topic,
    /// As the designer wrote it.
    pub keyword: String,
    /// Position of its first word in the text.
    pub from: usize,
    /// How many words.
    pub length: usize,
    /// A typing slip was forgiven.
    pub slipped: bool,
}

/// Words and phrases that stand for topics.
#[derive(Default)]
pub struct Lexicon {
    words: Map<Vec<u8>>,
    stems: HashMap<String, BTreeSet<u64>>,
    /// The words by number.
    spelled: Vec<String>,
    phrases: Vec<Phrase>,
    by_first: HashMap<u64, Vec<usize>>,
    /// In which words are inflected.
    languages: Vec<Language>,
}

#[derive(Debug)]
struct Phrase {
    topic: Topic,
    source: String,
    words: Vec<u64>,
}

/// Automata for one and two slips: neighbours swapped count as one.
static ONE_SLIP: LazyLock<LevenshteinAutomatonBuilder> = LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
static TWO_SLIPS: LazyLock<LevenshteinAutomatonBuilder> = LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lexicon").field("phrases", &self.phrases.len()).finish_non_exhaustive()
    }
}

impl Lexicon {
    /// A lexicon of keywords in these languages.
    #[must_use]
    pub fn new<'a>(keywords: impl IntoIterator<Item = (&'a Topic, &'a str)>, languages: &[Language]) -> Self {
        let keywords: Vec<(&Topic, &str, String)> =
            keywords.into_iter().map(|(topic, keyword)| (topic, keyword, split(keyword))).collect();
        let all: BTreeSet<&str> = keywords.iter().flat_map(|(_, _, folded)| words(folded)).collect();
        let ids: HashMap<&str, u64> = all.iter().copied().zip(0_u64..).collect();
        let spelled = all.iter().map(|word| (*word).to_owned()).collect();
        let languages = languages.to_vec();
        let mut lexicon = Self { words: sorted_map(all.iter().copied()), spelled, languages, ..Self::default() };
        for (word, id) in &ids {
            for stem in stems(word).into_iter().flatten() {
                lexicon.stems.entry(stem.to_owned()).or_default().insert(*id);
            }
        }
        for (topic, source, folded) in &keywords {
            let words: Vec<u64> = words(folded).filter_map(|word| ids.get(word).copied()).collect();
            let Some(first) = words.first().copied() else { continue };
            lexicon.by_first.entry(first).or_default().push(lexicon.phrases.len());
            lexicon.phrases.push(Phrase { topic: (*topic).clone(), source: (*source).to_owned(), words });
        }
        lexicon
    }

    /// The keywords, in the order given.
    pub fn keywords(&self) -> impl Iterator<Item = (&Topic, &str)> {
        self.phrases.iter().map(|phrase| (&phrase.topic, phrase.source.as_str()))
    }

    /// The keywords in a text, those inside a longer one left out. `known` tells whether a word is one the bot knows, so
    /// that it is not taken for a slip of another.
    #[must_use]
    pub fn find(&self, words: &[&str], known: &dyn Fn(&str) -> bool) -> Vec<Hit> {
        let mut slips_left = SLIPS_MAX;
        let read: Vec<(BTreeSet<u64>, bool)> =
            words.iter().map(|word| self.meanings(word, known, &mut slips_left)).collect();
        let mut hits = Vec::new();
        for from in 0..words.len() {
            let firsts = read.get(from).into_iter().flat_map(|(ids, _)| ids);
            for phrase in firsts.filter_map(|id| self.by_first.get(id)).flatten().filter_map(|p| self.phrases.get(*p)) {
                let Some(span) = read.get(from..from + phrase.words.len()) else { continue };
                if span.iter().zip(&phrase.words).all(|((ids, _), word)| ids.contains(word)) {
                    hits.push(Hit {
                        topic: phrase.topic.clone(),
                        keyword: phrase.source.clone(),
                        from,
                        length: phrase.words.len(),
                        slipped: span.iter().any(|(_, slipped)| *slipped),
                    });
                }
            }
        }
        let inside =
            |a: &Hit, b: &Hit| b.length > a.length && b.from <= a.from && a.from + a.length <= b.from + b.length;
        let kept = hits.iter().filter(|hit| !hits.iter().any(|other| inside(hit, other)));
        kept.cloned().collect()
    }

    /// Whether a word can be another form of one of a keyword's that it has a stem in common with: "wife" is none of "wifi".
    fn is_form(&self, keyword: &str, word: &str) -> bool {
        let ((stem, ending), (bare, said)) = (parted(keyword), parted(word));
        let forms = match () {
            () if keyword == bare => Some((bare, "", said)),
            () if word == stem => Some((stem, ending, "")),
            () if stem == bare => Some((stem, ending, said)),
            () => None,
        };
        let inflects = |(stem, ending, said)| {
            let mut latin = self.languages.iter().filter(|language| **language != Language::HE).peekable();
            latin.peek().is_none() || latin.any(|language| inflects(stem, ending, said, language))
        };
        // Hebrew prefix letters are no endings.
        let can_be = !keyword.starts_with(|c: char| c.is_ascii()) || forms.is_none_or(inflects);
        can_be && !differ(keyword, word, &self.languages)
    }

    /// The keyword words that a word of a text may stand for, and whether that took a slip.
    fn meanings(&self, word: &str, known: &dyn Fn(&str) -> bool, slips_left: &mut usize) -> (BTreeSet<u64>, bool) {
        if let Some(id) = self.words.get(word) {
            return (BTreeSet::from([id]), false);
        }
        let mut found = BTreeSet::new();
        for stem in std::iter::once(word).chain(stems(word).into_iter().flatten()) {
            found.extend(self.words.get(stem));
            found.extend(self.stems.get(stem).into_iter().flatten());
        }
        found.retain(|id| self.spelled.get(index(*id)).is_some_and(|keyword| self.is_form(keyword, word)));
        if !found.is_empty() {
            return (found, false);
        }
        if *slips_left == 0 || known(word) {
            return (found, false);
        }
        *slips_left -= 1;
        (near(&self.words, word, "").into_iter().map(|(id, _)| id).collect(), true)
    }
}

/// A number of a word as a place.
fn index(id: u64) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}

/// The words of a map that `word` may be a slip of and that begin like this, in the map's order.
fn near(words: &Map<Vec<u8>>, word: &str, beginning: &str) -> Vec<(u64, String)> {
    let letters = word.chars().count();
    let builder = match slips_allowed(letters + 1) {
        0 => return Vec::new(),
        1 => &ONE_SLIP,
        _ => &TWO_SLIPS,
    };
    if letters > 40 || words.is_empty() {
        return Vec::new();
    }
    let dfa = builder.build_dfa(word);
    // Whatever begins so comes before the same with its last byte one higher: there is always one, as no text holds 255.
    let mut behind = beginning.as_bytes().to_vec();
    behind.last_mut().into_iter().for_each(|last| *last = last.saturating_add(1));
    let search = words.search(&dfa).ge(beginning);
    let mut stream = if behind.is_empty() { search } else { search.lt(behind) }.into_stream();
    let mut found = Vec::new();
    while let Some((near, id)) = stream.next() {
        let near = String::from_utf8_lossy(near).into_owned();
        if slip(&near, word) {
            found.push((id, near));
        }
    }
    found
}

/// Mends typing slips against the words a bot knows.
pub struct Speller {
    words: Map<Vec<u8>>,
}

impl std::fmt::Debug for Speller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Speller").field("words", &self.words.len()).finish_non_exhaustive()
    }
}

impl Speller {
    /// A speller for these words, sorted.
    #[must_use]
    pub fn new(words: &[&str]) -> Self {
        Self { words: sorted_map(words.iter().copied()) }
    }

    /// The one known word that `word` is a slip of; the nearest, and of equally near ones the commonest (`rarity`). The first
    /// letter is hardly ever the wrong one: "here" is not "there".
    #[must_use]
    pub fn mend(&self, word: &str, rarity: &dyn Fn(&str) -> f32) -> Option<String> {
        if word.chars().any(|c| c.is_ascii_digit()) {
            return None;
        }
        let first = word.chars().next().map_or(0, char::len_utf8);
        let near = near(&self.words, word, word.get(..first).unwrap_or_default());
        near.into_iter()
            .map(|(_, near)| (crate::text::distance(&near, word, 2).unwrap_or(3), rarity(&near), near))
            .min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then_with(|| a.2.cmp(&b.2)))
            .map(|(_, _, near)| near)
    }
}

impl Packed for Speller {
    fn pack(&self, to: &mut Vec<u8>) {
        pack_bytes(self.words.as_fst().as_bytes(), to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let words = Map::new(unpack_bytes(from)?.to_vec()).ok()?;
        words.as_fst().verify().ok()?;
        Some(Self { words })
    }
}

fn sorted_map<'a>(words: impl IntoIterator<Item = &'a str>) -> Map<Vec<u8>> {
    let mut builder = MapBuilder::memory();
    for (word, id) in words.into_iter().zip(0_u64..) {
        // Sorted and without repeats by the callers; a map without a word is only a keyword less.
        if builder.insert(word, id).is_err() {
            break;
        }
    }
    builder.into_map()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(text: &str) -> Vec<(String, bool)> {
        let (tv, bill) = (Topic::Intent("tv".into()), Topic::Intent("bill".into()));
        let lexicon = Lexicon::new(
            [
                (&tv, "tv box"),
                (&tv, "decoder"),
                (&tv, "ממיר"),
                (&bill, "invoice"),
                (&bill, "box"),
                (&tv, "wifi"),
                (&bill, "plan"),
                (&bill, "data"),
                (&bill, "rate"),
                (&tv, "שיר"),
            ],
            &[Language::EN, Language::HE],
        );
        let folded = split(text);
        let words: Vec<&str> = words(&folded).collect();
        lexicon.find(&words, &|_| false).into_iter().map(|hit| (hit.keyword, hit.slipped)).collect()
    }

    #[test]
    fn slips_are_mended_behind_the_first_letter() {
        let speller = Speller::new(&["parcel", "there"]);
        assert_eq!(speller.mend("parcle", &|_| 1.0).as_deref(), Some("parcel"));
        assert_eq!(speller.mend("thre", &|_| 1.0).as_deref(), Some("there"));
        assert_eq!(speller.mend("here", &|_| 1.0), None);
    }

    #[test]
    fn keywords_are_found_with_plural_prefix_and_slips() {
        assert_eq!(hits("My TV-box is dead"), [("tv box".to_owned(), false)]);
        assert_eq!(hits("two decoders"), [("decoder".to_owned(), false)]);
        assert_eq!(hits("the decoedr is off"), [("decoder".to_owned(), true)]);
        assert_eq!(hits("הממיר לא עובד"), [("ממיר".to_owned(), false)]);
        assert_eq!(hits("box invoice").len(), 2);
        assert_eq!(hits("bok"), []);
        assert_eq!(hits("plans and rates and rating").len(), 3);
        for other in ["my wife", "the plane", "change the date", "busy taxis", "שירות"] {
            assert_eq!(hits(other), [], "{other}");
        }
    }
}
