//! What speaks for each topic in a text: keywords, patterns, examples, the trained model, a clear wish for a person; and what
//! speaks against all of them. Gives scores and reasons; decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use regex::{RegexSet, RegexSetBuilder};

use crate::packed::Packed;
use crate::parallel;
use crate::text::{contains_words, unstretched};

use super::classifier::{Everyday, Lessons};
use super::examples::{Examples, Lines, Near, Role};
use super::features::{Text, Vocabulary, split, words};
use super::lexicon::{Hit, Lexicon, SLIPS_MAX, Speller};
use super::linear::Linear;
use super::semantic::{Meaning, Meanings};
use super::terms::Row;
use super::trained::{Blend, Course, Trained};
use super::{BuiltIn, Lesson, Topic, is_built_in, wish};

/// Less likeness is none.
const LIKENESS_MIN: f32 = 0.05;
/// How much a keyword inside a longer text adds, beside its share of the text.
const KEYWORD_BONUS: f32 = 0.38;
const KEYWORD_SHARE: f32 = 0.25;
const PATTERN_BONUS: f32 = 0.5;
/// More than a keyword and an example together.
const WISH_BONUS: f32 = 2.0;
/// Compiled patterns together may take so much memory.
const PATTERNS_SIZE_MAX: usize = 20_000_000;

/// A word that had to be read as another counts for half a known one.
const MENDED_PART: f32 = 0.5;

/// An example that is tried as if a customer had written it: it does not count, and the model has not learned from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldOut<'a> {
    pub(super) example: u32,
    pub(super) model: &'a Linear,
}

/// A message as it is scored.
#[derive(Debug)]
pub(super) struct Message<'t> {
    /// As it was written.
    pub(super) text: &'t str,
    /// Folded, without a greeting in front.
    pub(super) folded: &'t str,
    /// Its words with slips, and what they are read as.
    pub(super) mends: &'t [(String, String)],
    /// What it means to the model of sentences, if there is one.
    pub(super) meaning: Option<&'t Meaning>,
}

/// What speaks for one topic; 1 is as good as a text gets without a keyword.
#[derive(Debug, Clone, Default)]
pub(super) struct Score {
    pub(super) value: f32,
    /// What the whole message is: that decides (R8).
    pub(super) whole: Option<Whole>,
    /// A keyword stands in it.
    pub(super) keyword: bool,
    /// How like its examples the text is.
    pub(super) likeness: f32,
    /// What the model says for it.
    pub(super) logit: Option<f32>,
    /// The last found comes first, but likeness behind all.
    why: Vec<Why>,
    like: Option<Near>,
    /// The example that it means the like of, where that says more.
    meant: Option<Near>,
}

/// What a whole message can be, by how much it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whole {
    /// An example to the letter.
    Example,
    /// A keyword.
    Keyword,
    /// A clear wish for a person (R6).
    Wish,
}

/// Something that speaks for a topic, beside likeness; put into words for those topics only that are kept.
#[derive(Debug, Clone)]
enum Why {
    Keyword(Hit),
    Pattern(String),
    Wish,
}

/// What speaks for each topic, and for none.
#[derive(Debug, Default)]
pub(super) struct Scores {
    pub(super) of: BTreeMap<usize, Score>,
    pub(super) not_for_us: NotForUs,
    /// How much of the text the bot has seen before, by how rare its words are: 0 to 1.
    pub(super) coverage: f32,
    /// Words read as others.
    mends: Vec<(String, String)>,
    /// The text as the model sees it.
    row: Row,
}

/// How much a text is like what is not for us.
#[derive(Debug, Default)]
pub(super) struct NotForUs {
    pub(super) value: f32,
    /// It is one of those very sentences.
    pub(super) whole: bool,
    like: Option<Near>,
    meant: Option<Near>,
}

/// Scores texts against what a bot has learned.
#[derive(Debug)]
pub(super) struct Scorer {
    topics: Vec<Topic>,
    examples: Examples,
    meanings: Meanings,
    /// Of each intent that every bot has, the words and pairs of words that everyday sentences do not have: "there" alone is
    /// no greeting.
    own_phrases: BTreeMap<usize, BTreeSet<u32>>,
    lexicon: Lexicon,
    patterns: RegexSet,
    pattern_of: Vec<(usize, String)>,
    never: Vec<Vec<Vec<String>>>,
    vocabulary: Vocabulary,
    speller: Speller,
    trained: Trained,
}

impl Scorer {
    /// Learns what there is to learn, but for the model, which takes a course. `lessons` are those of the bot's topics and of
    /// what every bot knows; from `beside` comes what is no topic's. Patterns that do not compile are left out:
    /// `check` has reported them.
    pub(super) fn new(lessons: &BTreeMap<Topic, Lesson>, beside: &Lessons, background: &[Everyday]) -> (Self, Course) {
        let semantic = beside.semantic.as_deref();
        let lines = lines(lessons, &beside.not_for_us);
        let texts: Vec<&str> = lines.iter().map(|line| line.folded.as_str()).collect();
        let others: Vec<&str> = background.iter().map(|everyday| everyday.folded.as_str()).collect();
        let (vocabulary, read) = Vocabulary::new(&texts, &others, &beside.languages);
        let (own, everyday) = read.split_at(lines.len());
        let examples = Examples::new(&lines, own, &vocabulary);
        let keywords =
            lessons.iter().flat_map(|(topic, lesson)| lesson.keywords.iter().map(move |k| (topic, k.as_str())));
        let (patterns, pattern_of) = patterns(lessons.values());
        let never = |lesson: &Lesson| lesson.never.iter().map(|phrase| crate::text::words(phrase)).collect();
        let topics: Vec<Topic> = lessons.keys().cloned().collect();
        let written: Vec<&str> = lines.iter().map(|line| line.text).collect();
        let meanings = Meaning::of_all(&written, semantic);
        let (trained, course) = Trained::course(&lines, &topics, &meanings, beside);
        let scorer = Self {
            topics,
            own_phrases: own_phrases(lessons, &lines, own, everyday, &vocabulary),
            lexicon: Lexicon::new(keywords, &beside.languages),
            patterns,
            pattern_of,
            never: lessons.values().map(never).collect(),
            speller: Speller::new(&vocabulary.words()),
            examples,
            meanings: Meanings::new(&meanings),
            vocabulary,
            trained,
        };
        (scorer, course)
    }

    /// What a text that it learned from means.
    pub(super) fn meaning(&self, example: u32) -> Option<Meaning> {
        self.meanings.of(example)
    }

    /// The model.
    pub(super) const fn model(&self) -> &Linear {
        &self.trained.model
    }

    /// Takes the model that was trained.
    pub(super) fn take(&mut self, model: Linear) {
        self.trained.model = model;
    }

    /// Takes how the model and the examples go together.
    pub(super) fn mix(&mut self, blend: Blend) {
        self.trained.blend = blend;
    }

    /// The words it knows.
    pub(super) const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The topics, in the order of their numbers.
    pub(super) fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The texts it learned from.
    pub(super) const fn examples(&self) -> &Examples {
        &self.examples
    }

    /// All keywords, with whose they are.
    pub(super) fn keywords(&self) -> impl Iterator<Item = (&Topic, &str)> {
        self.lexicon.keywords()
    }

    /// A score for every topic that has one. An example that is held out does not count.
    pub(super) fn score(
        &self,
        message: &Message<'_>,
        held_out: Option<HeldOut<'_>>,
        wanted: &dyn Fn(&Topic) -> bool,
    ) -> Scores {
        let words: Vec<&str> = words(message.folded).collect();
        let mut scores = Scores { mends: message.mends.to_vec(), ..Scores::default() };
        let said = self.vocabulary.read(&words);
        scores.coverage = self.coverage(&said, message.mends, held_out);
        let (meant, mended) = if message.mends.is_empty() {
            (words.clone(), None)
        } else {
            let meant: Vec<&str> = words.iter().map(|word| mended(word, message.mends)).collect();
            let mended = self.vocabulary.read(&meant);
            (meant, Some(mended))
        };
        let read = mended.as_ref().unwrap_or(&said);
        self.score_examples(read, held_out, &mut scores);
        self.score_meaning(message.meaning, read, held_out, &mut scores);
        scores.row = self.trained.read(&meant, message.meaning, held_out.is_some());
        self.score_model(read, held_out, &mut scores);
        self.mark_the_same(&said, held_out, &mut scores);
        self.score_keywords(&words, &said, held_out, &mut scores);
        self.score_wish(message, &said, held_out, &mut scores);
        self.score_patterns(message.text, &mut scores.of);
        scores.of.retain(|topic, _| !self.is_ruled_out(*topic, &words) && self.topics.get(*topic).is_some_and(wanted));
        scores
    }

    /// Whether a word is one of the bot's, or another form of one.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.vocabulary.knows_stem(word)
    }

    /// Whether a `never` word stands in the text.
    fn is_ruled_out(&self, topic: usize, words: &[&str]) -> bool {
        self.never.get(topic).is_some_and(|never| never.iter().any(|phrase| contains_words(words, phrase)))
    }

    /// How much of a text is known, by how rare its words are.
    fn coverage(&self, said: &Text, mends: &[(String, String)], held_out: Option<HeldOut<'_>>) -> f32 {
        let own = held_out.is_some();
        let (mut known, mut all) = (0.0, 0.0);
        for word in &said.words {
            let rarity = self.vocabulary.rarity(*word);
            all += rarity;
            if self.vocabulary.is_known(*word, own) {
                known += rarity;
            }
        }
        let mended = mends.len() as f32 * MENDED_PART * self.vocabulary.rarity(u32::MAX);
        if all > 0.0 { ((known + mended) / all).min(1.0) } else { 0.0 }
    }

    /// What the model says for each topic: it takes the place of likeness.
    fn score_model(&self, said: &Text, held_out: Option<HeldOut<'_>>, scores: &mut Scores) {
        let model = held_out.map_or(&self.trained.model, |held_out| held_out.model);
        for (topic, logit) in self.trained.logits(&scores.row, model) {
            if !self.has_own_phrase(topic, said) {
                continue;
            }
            let likeness = scores.of.get(&topic).map_or(0.0, |score| score.likeness);
            let value = self.trained.blend.value(logit);
            if value < LIKENESS_MIN && likeness == 0.0 {
                continue;
            }
            let score = scores.of.entry(topic).or_default();
            score.value += value.max(LIKENESS_MIN) - likeness;
            score.logit = Some(logit);
        }
    }

    /// The words of a folded text with slips, and what they are read as.
    pub(super) fn mends(&self, folded: &str) -> Vec<(String, String)> {
        let strange = words(folded).filter(|word| !self.vocabulary.knows_stem(word)).take(SLIPS_MAX);
        let rarity = |near: &str| self.vocabulary.find(near).map_or(f32::MAX, |id| self.vocabulary.rarity(id));
        let meant = |word: &str| {
            let stretched = unstretched(word).find(|form| self.vocabulary.find(form).is_some());
            stretched.or_else(|| self.speller.mend(word, &rarity))
        };
        strange.filter_map(|word| Some((word.to_owned(), meant(word)?))).collect()
    }

    fn score_examples(&self, said: &Text, held_out: Option<HeldOut<'_>>, scores: &mut Scores) {
        let mut by_topic: BTreeMap<Option<usize>, Vec<Near>> = BTreeMap::new();
        for near in self.examples.nearest(said, held_out.map(|held_out| held_out.example), &self.vocabulary) {
            by_topic.entry(self.examples.topic(near.example)).or_default().push(near);
        }
        by_topic.retain(|topic, _| topic.is_none_or(|topic| self.has_own_phrase(topic, said)));
        for (topic, nearest) in by_topic {
            let at = |place: usize| nearest.get(place).map_or(0.0, |near| near.likeness);
            let value = joined(at(0), at(1), at(2));
            if value < LIKENESS_MIN {
                continue;
            }
            let like = nearest.first().copied();
            match topic {
                Some(topic) => {
                    let score = scores.of.entry(topic).or_default();
                    score.value += value;
                    score.likeness = value;
                    score.like = like;
                }
                None => scores.not_for_us = NotForUs { value, like, ..NotForUs::default() },
            }
        }
    }

    /// Joins likeness in what is meant to likeness in words: each counts half.
    fn score_meaning(
        &self,
        meaning: Option<&Meaning>,
        said: &Text,
        held_out: Option<HeldOut<'_>>,
        scores: &mut Scores,
    ) {
        let Some(meaning) = meaning else { return };
        for (topic, nearest) in self.nearest_in_meaning(meaning, held_out) {
            let [first, second, third] = nearest;
            let meant = joined(first.likeness, second.likeness, third.likeness);
            let Some(topic) = topic else {
                let stray = &mut scores.not_for_us;
                stray.meant = (meant > stray.value).then_some(first);
                stray.value = f32::midpoint(stray.value, meant);
                continue;
            };
            let words = scores.of.get(&topic).map_or(0.0, |score| score.likeness);
            let likeness = f32::midpoint(words, meant);
            let is_something = words > 0.0 || likeness >= LIKENESS_MIN && self.has_own_phrase(topic, said);
            if is_something {
                let score = scores.of.entry(topic).or_default();
                score.value += likeness - words;
                score.likeness = likeness;
                score.meant = (meant > words).then_some(first);
            }
        }
    }

    /// The texts of each topic, and of those that are not for us, that mean the likest; no text where there are fewer.
    fn nearest_in_meaning(
        &self,
        meaning: &Meaning,
        held_out: Option<HeldOut<'_>>,
    ) -> impl Iterator<Item = (Option<usize>, [Near; 3])> {
        let mut nearest = vec![[Near { example: 0, likeness: 0.0 }; 3]; self.topics.len() + 1];
        for (example, likeness) in self.meanings.likenesses(meaning) {
            if held_out.is_some_and(|held_out| held_out.example == example) {
                continue;
            }
            let likeness = likeness * self.examples.role(example).weight();
            let place = self.examples.topic(example).unwrap_or(self.topics.len());
            if let Some(nearest) = nearest.get_mut(place).filter(|[.., last]| likeness > last.likeness) {
                nearest[2] = Near { example, likeness };
                nearest.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
            }
        }
        let topics = (0..self.topics.len()).map(Some).chain([None]);
        topics.zip(nearest)
    }

    /// Whether a text has something that speaks for an intent which every bot has, and not for everyday sentences.
    fn has_own_phrase(&self, topic: usize, said: &Text) -> bool {
        let own = self.own_phrases.get(&topic);
        own.is_none_or(|own| said.entries.iter().any(|entry| own.contains(&entry.id())))
    }

    /// Whose example these very words are.
    fn mark_the_same(&self, said: &Text, held_out: Option<HeldOut<'_>>, scores: &mut Scores) {
        for example in self
            .examples
            .same(&said.words)
            .iter()
            .copied()
            .filter(|id| held_out.is_none_or(|held_out| held_out.example != *id))
        {
            match self.examples.topic(example) {
                Some(topic) => {
                    let score = scores.of.entry(topic).or_default();
                    score.whole = Some(Whole::Example);
                    score.like.get_or_insert(Near { example, likeness: 1.0 });
                }
                None => {
                    scores.not_for_us.whole = true;
                    scores.not_for_us.like.get_or_insert(Near { example, likeness: 1.0 });
                }
            }
        }
    }

    /// A clear wish for a person comes before whatever else the sentence is about (R6), also where a bot calls it not for us.
    fn score_wish(&self, message: &Message<'_>, said: &Text, held_out: Option<HeldOut<'_>>, scores: &mut Scores) {
        let person = Topic::Intent(BuiltIn::Person.name().to_owned());
        let Ok(topic) = self.topics.binary_search(&person) else { return };
        if held_out.is_some()
            || !wish::is_clear(message.text, message.folded)
            || self.is_example_of_another(topic, said)
        {
            return;
        }
        let score = scores.of.entry(topic).or_default();
        score.value += WISH_BONUS;
        score.whole = Some(Whole::Wish);
        score.why.insert(0, Why::Wish);
        scores.not_for_us = NotForUs::default();
    }

    /// Whether the bot gives these very words as an example of a matter of its own.
    fn is_example_of_another(&self, topic: usize, said: &Text) -> bool {
        let mut owners = self.examples.same(&said.words).iter().filter_map(|id| self.examples.topic(*id));
        owners.any(|of| of != topic)
    }

    /// Keywords in a text. One that stands as well in what the text is like and is not for us does not decide between the two.
    fn score_keywords(&self, words: &[&str], said: &Text, held_out: Option<HeldOut<'_>>, scores: &mut Scores) {
        let hits = self.hits(words);
        if hits.is_empty() {
            return;
        }
        let stray = scores.not_for_us.like.map(|near| split(self.examples.text(near.example)));
        let in_stray = stray.map(|text| self.hits(&text.split(' ').collect::<Vec<_>>())).unwrap_or_default();
        let own = held_out.map(|held_out| self.examples.words(held_out.example));
        let rarity = |of: &[u32]| of.iter().map(|word| self.vocabulary.rarity(*word)).sum::<f32>();
        let total = rarity(&said.words).max(f32::EPSILON);
        let mut best: BTreeMap<usize, (f32, Hit)> = BTreeMap::new();
        for hit in hits {
            if own.is_some_and(|own| self.is_text(own, &hit.keyword)) {
                continue;
            }
            let Ok(topic) = self.topics.binary_search(&hit.topic) else { continue };
            let share = rarity(said.words.get(hit.from..hit.from + hit.length).unwrap_or_default()) / total;
            let whole = hit.length == words.len();
            let value = if whole { 1.0 } else { KEYWORD_BONUS + KEYWORD_SHARE * share };
            let value = if hit.slipped { value * 0.9 } else { value };
            if best.get(&topic).is_none_or(|(before, _)| value > *before) {
                best.insert(topic, (value, hit));
            }
        }
        let mut shared = 0.0_f32;
        for (topic, (value, hit)) in best {
            if in_stray.iter().any(|stray| stray.topic == hit.topic && stray.keyword == hit.keyword) {
                shared = shared.max(value);
            }
            let score = scores.of.entry(topic).or_default();
            score.value += value;
            score.whole = score.whole.max((hit.length == words.len()).then_some(Whole::Keyword));
            score.keyword = true;
            score.why.insert(0, Why::Keyword(hit));
        }
        scores.not_for_us.value += shared;
    }

    fn hits(&self, words: &[&str]) -> Vec<Hit> {
        self.lexicon.find(words, &|word| self.vocabulary.find(word).is_some())
    }

    /// Whether these are the words of a text.
    fn is_text(&self, ids: &[u32], text: &str) -> bool {
        words(&split(text)).map(|word| self.vocabulary.find(word)).eq(ids.iter().map(|id| Some(*id)))
    }

    fn score_patterns(&self, text: &str, scores: &mut BTreeMap<usize, Score>) {
        if self.pattern_of.is_empty() {
            return;
        }
        let plain = crate::text::without_direction_marks(text);
        for (topic, pattern) in self.patterns.matches(&plain).into_iter().filter_map(|hit| self.pattern_of.get(hit)) {
            let score = scores.entry(*topic).or_default();
            score.value += PATTERN_BONUS;
            score.why.insert(0, Why::Pattern(pattern.clone()));
        }
    }

    /// What speaks for a topic, for people.
    pub(super) fn reasons(&self, topic: &Topic, score: &Score, scores: &Scores) -> Vec<String> {
        let found = score.why.iter().map(|why| match why {
            Why::Keyword(Hit { keyword, slipped, .. }) => {
                format!("keyword `{keyword}`{}", if *slipped { " with a slip" } else { "" })
            }
            Why::Pattern(pattern) => format!("pattern `{pattern}`"),
            Why::Wish => "a clear wish for a person".to_owned(),
        });
        let mends = scores.mends.iter().map(|(said, meant)| format!("`{said}` read as `{meant}`"));
        let like = score.like.map(|near| self.like(near));
        let meant = score.meant.map(|near| self.meant(near));
        let mut reasons: Vec<String> =
            found.chain(meant).chain(like).chain(self.weighed(topic, score, scores)).chain(mends).collect();
        if reasons.is_empty() {
            let what = if self.meanings.are_known() { "letters or meaning" } else { "letters" };
            reasons.push(format!("{what} in common with its examples"));
        }
        reasons
    }

    /// The words that weighed most for a topic, for people.
    fn weighed(&self, topic: &Topic, score: &Score, scores: &Scores) -> Option<String> {
        let words = self.trained.weighed(self.topics.binary_search(topic).ok()?, &scores.row);
        let told =
            |word: &str| score.why.iter().any(|why| matches!(why, Why::Keyword(hit) if split(&hit.keyword) == word));
        let words: Vec<String> = words.into_iter().filter(|word| !told(word)).map(|word| format!("`{word}`")).collect();
        (!words.is_empty()).then(|| format!("words {}", words.join(", ")))
    }

    /// What speaks for a text being none of our business, for people.
    pub(super) fn stray_reason(&self, not_for_us: &NotForUs) -> String {
        let meant = not_for_us.meant.map(|near| self.meant(near));
        let like = meant.or_else(|| not_for_us.like.map(|near| self.like(near))).unwrap_or_default();
        format!("but more {like}, which is not for us")
    }

    fn meant(&self, near: Near) -> String {
        format!("meaning the like of \"{}\" ({:.0} %)", self.examples.text(near.example), near.likeness * 100.0)
    }

    fn like(&self, near: Near) -> String {
        format!("like \"{}\" ({:.0} %)", self.examples.text(near.example), near.likeness * 100.0)
    }
}

impl Packed for Scorer {
    fn pack(&self, to: &mut Vec<u8>) {
        self.topics.pack(to);
        self.examples.pack(to);
        self.meanings.pack(to);
        self.own_phrases.pack(to);
        let keywords: Vec<(Topic, String)> =
            self.lexicon.keywords().map(|(topic, keyword)| (topic.clone(), keyword.to_owned())).collect();
        keywords.pack(to);
        self.pattern_of.pack(to);
        self.never.pack(to);
        self.vocabulary.pack(to);
        self.speller.pack(to);
        self.trained.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let (topics, examples) = (Packed::unpack(from)?, Packed::unpack(from)?);
        let (meanings, own_phrases) = (Packed::unpack(from)?, Packed::unpack(from)?);
        let keywords: Vec<(Topic, String)> = Packed::unpack(from)?;
        let pattern_of: Vec<(usize, String)> = Packed::unpack(from)?;
        let (never, vocabulary) = (Packed::unpack(from)?, Vocabulary::unpack(from)?);
        let spelled = keywords.iter().map(|(topic, keyword)| (topic, keyword.as_str()));
        Some(Self {
            topics,
            examples,
            meanings,
            own_phrases,
            lexicon: Lexicon::new(spelled, vocabulary.languages()),
            patterns: pattern_set(&pattern_of)?,
            pattern_of,
            never,
            vocabulary,
            speller: Packed::unpack(from)?,
            trained: Packed::unpack(from)?,
        })
    }
}

/// How like a topic's three nearest texts make it: the nearest counts most.
fn joined(first: f32, second: f32, third: f32) -> f32 {
    0.8 * first + 0.12 * second + 0.08 * third
}

/// What a word is read as.
pub(super) fn mended<'t>(word: &'t str, mends: &'t [(String, String)]) -> &'t str {
    mends.iter().find(|(said, _)| said == word).map_or(word, |(_, meant)| meant)
}

/// Of each built-in intent the phrases that everyday sentences do not have.
fn own_phrases(
    lessons: &BTreeMap<Topic, Lesson>,
    lines: &[Lines<'_>],
    read: &[Text],
    everyday: &[Text],
    vocabulary: &Vocabulary,
) -> BTreeMap<usize, BTreeSet<u32>> {
    let phrases = |text: &Text| {
        let ids = text.entries.iter().map(|entry| entry.id());
        ids.filter(|id| vocabulary.is_phrase(*id)).collect::<Vec<u32>>()
    };
    let everyday: BTreeSet<u32> = everyday.iter().flat_map(phrases).collect();
    let built_in = lessons.keys().enumerate().filter(|(_, topic)| is_built_in(topic)).map(|(topic, _)| topic);
    let mut own: BTreeMap<usize, BTreeSet<u32>> = built_in.map(|topic| (topic, BTreeSet::new())).collect();
    for (line, text) in lines.iter().zip(read) {
        if let Some(own) = line.topic.and_then(|topic| own.get_mut(&topic)) {
            own.extend(phrases(text).into_iter().filter(|phrase| !everyday.contains(phrase)));
        }
    }
    own
}

/// Everything there is to learn from, each text once for its topic.
fn lines<'a>(lessons: &'a BTreeMap<Topic, Lesson>, not_for_us: &'a [String]) -> Vec<Lines<'a>> {
    let mut all: Vec<(Option<usize>, Role, bool, &str)> = Vec::new();
    for (topic, (name, lesson)) in lessons.iter().enumerate() {
        let is_article = matches!(name, Topic::Article(_));
        let texts = [
            (Role::Example, &lesson.examples),
            (Role::Name, &lesson.labels),
            (Role::Name, &lesson.keywords),
            (Role::Body, &lesson.body),
        ];
        for (role, texts) in texts {
            all.extend(texts.iter().map(|text| (Some(topic), role, is_article, text.as_str())));
        }
    }
    let mut strays: Vec<&str> = not_for_us.iter().map(String::as_str).collect();
    // What files they stand in makes no difference.
    strays.sort_unstable();
    all.extend(strays.into_iter().map(|text| (None, Role::Example, false, text)));
    let folded = parallel::map(&all, |(_, _, _, text)| split(text));
    let mut lines: Vec<Lines<'_>> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut of = None;
    for ((topic, role, by_sense, text), folded) in all.into_iter().zip(folded) {
        if of.replace(topic) != Some(topic) {
            seen.clear();
        }
        if !folded.is_empty() && seen.insert(folded.clone()) {
            lines.push(Lines { topic, role, by_sense, text, folded });
        }
    }
    lines
}

fn patterns<'a>(lessons: impl Iterator<Item = &'a Lesson>) -> (RegexSet, Vec<(usize, String)>) {
    let all = lessons.enumerate().flat_map(|(topic, lesson)| lesson.patterns.iter().map(move |p| (topic, p.clone())));
    let good: Vec<(usize, String)> = all.filter(|(_, pattern)| regex::Regex::new(pattern).is_ok()).collect();
    match pattern_set(&good) {
        Some(set) => (set, good),
        None => (RegexSet::empty(), Vec::new()),
    }
}

fn pattern_set(patterns: &[(usize, String)]) -> Option<RegexSet> {
    let patterns = patterns.iter().map(|(_, pattern)| pattern);
    RegexSetBuilder::new(patterns).case_insensitive(true).size_limit(PATTERNS_SIZE_MAX).build().ok()
}
