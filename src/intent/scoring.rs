//! What speaks for each topic in a text: keywords, patterns, examples, a clear wish for a person; and what speaks against
//! all of them. Gives scores and reasons; decides nothing. A trained model takes its place beside the examples here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use regex::{RegexSet, RegexSetBuilder};

use crate::text::contains_words;

use super::examples::Search;
use super::features::{Vector, Vocabulary, split, stems};
use super::lexicon::{Hit, Lexicon, Speller};
use super::{BuiltIn, Lesson, Topic, is_built_in, wish};

/// So many of the nearest texts are compared closely.
const NEAREST: usize = 24;
/// Less likeness is none.
const LIKENESS_MIN: f32 = 0.05;
/// How much a keyword inside a longer text adds, beside its share of the text.
const KEYWORD_BONUS: f32 = 0.38;
const KEYWORD_SHARE: f32 = 0.25;
const PATTERN_BONUS: f32 = 0.5;
/// More than a keyword and an example together.
const WISH_BONUS: f32 = 2.0;
/// What an article says counts less than how customers put it.
const BODY_WEIGHT: f32 = 0.75;
/// Compiled patterns together may take so much memory.
const PATTERNS_SIZE_MAX: usize = 20_000_000;

/// A text that the bot learns from.
#[derive(Debug)]
pub(super) struct Example {
    /// Whose it is; `None` is what is not for us.
    pub(super) topic: Option<usize>,
    pub(super) text: String,
    pub(super) words: Vec<String>,
    /// 1 for how customers put it, less for what an article says.
    pub(super) weight: f32,
    /// Written as an example: whoever writes the very same means it.
    decides: bool,
    vector: Vector,
}

impl Example {
    /// Whether it is held out to learn from (an article's lines are nobody's message).
    pub(super) fn is_a_message(&self) -> bool {
        self.weight >= 1.0
    }
}

/// What speaks for one topic; 1 is as good as a text gets without a keyword.
#[derive(Debug, Clone, Default)]
pub(super) struct Score {
    pub(super) value: f32,
    /// What the whole message is: that decides (R8).
    pub(super) whole: Option<Whole>,
    /// A keyword stands in it.
    pub(super) keyword: bool,
    pub(super) reasons: Vec<String>,
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

/// What speaks for each topic, and for none.
#[derive(Debug, Default)]
pub(super) struct Scores {
    pub(super) of: BTreeMap<usize, Score>,
    pub(super) not_for_us: NotForUs,
}

/// How much a text is like what is not for us.
#[derive(Debug, Default)]
pub(super) struct NotForUs {
    pub(super) value: f32,
    /// It is one of those very sentences.
    pub(super) whole: bool,
    pub(super) reason: String,
}

/// Scores texts against what a bot has learned.
#[derive(Debug)]
pub(super) struct Scorer {
    topics: Vec<Topic>,
    examples: Vec<Example>,
    /// The examples that decide, by their words.
    by_words: HashMap<Vec<String>, Vec<usize>>,
    /// Of each intent that every bot has, the words and pairs of words that everyday sentences do not have: "there" alone is
    /// no greeting.
    own_phrases: BTreeMap<usize, BTreeSet<String>>,
    lexicon: Lexicon,
    patterns: RegexSet,
    pattern_of: Vec<(usize, String)>,
    never: Vec<Vec<Vec<String>>>,
    vocabulary: Vocabulary,
    speller: Speller,
    search: Search,
}

impl Scorer {
    /// Learns what there is to learn. Patterns that do not compile are left out: `check` has reported them.
    pub(super) fn new(lessons: &BTreeMap<Topic, Lesson>, not_for_us: &[String], background: &[Vec<String>]) -> Self {
        let texts = texts(lessons, not_for_us);
        let known = texts.iter().map(|text| text.words.as_slice());
        let vocabulary = Vocabulary::new(known.chain(background.iter().map(Vec::as_slice)));
        let keywords =
            lessons.iter().flat_map(|(topic, lesson)| lesson.keywords.iter().map(move |k| (topic, k.as_str())));
        let (patterns, pattern_of) = pattern_set(lessons.values());
        let examples: Vec<Example> =
            texts.into_iter().map(|text| Example { vector: vocabulary.vector(&text.words), ..text }).collect();
        let mut by_words: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
        for (id, example) in examples.iter().enumerate().filter(|(_, example)| example.decides) {
            by_words.entry(example.words.clone()).or_default().push(id);
        }
        let everyday: BTreeSet<String> = background.iter().flat_map(|words| phrases(words)).collect();
        let mut own_phrases: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (topic, _) in lessons.keys().enumerate().filter(|(_, name)| is_built_in(name)) {
            let of = examples.iter().filter(|example| example.topic == Some(topic));
            let own = of.flat_map(|example| phrases(&example.words)).filter(|phrase| !everyday.contains(phrase));
            own_phrases.insert(topic, own.collect());
        }
        Self {
            topics: lessons.keys().cloned().collect(),
            own_phrases,
            lexicon: Lexicon::new(keywords),
            patterns,
            pattern_of,
            never: lessons.values().map(|lesson| lesson.never.iter().map(|word| split(word)).collect()).collect(),
            speller: Speller::new(&vocabulary.words()),
            search: Search::new(examples.iter().map(|example| example.words.as_slice())),
            examples,
            by_words,
            vocabulary,
        }
    }

    /// The topics, in the order of their numbers.
    pub(super) fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The texts it learned from, in the order of their numbers.
    pub(super) fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// A score for every topic that has one. An example that is held out does not count.
    pub(super) fn score(
        &self,
        text: &str,
        words: &[String],
        held_out: Option<usize>,
        wanted: &dyn Fn(&Topic) -> bool,
    ) -> Scores {
        let mut scores = Scores::default();
        let (mended, mends) = self.mended(words);
        self.score_examples(&mended, held_out, &mut scores);
        self.mark_the_same(words, held_out, &mut scores);
        self.score_keywords(words, held_out, &mut scores.of);
        self.score_wish(words, held_out, &mut scores);
        self.score_patterns(text, &mut scores.of);
        scores.of.retain(|topic, _| !self.is_ruled_out(*topic, words) && self.topics.get(*topic).is_some_and(wanted));
        for (said, meant) in mends {
            for score in scores.of.values_mut() {
                score.reasons.push(format!("`{said}` read as `{meant}`"));
            }
        }
        scores
    }

    /// Whether a `never` word stands in the text.
    fn is_ruled_out(&self, topic: usize, words: &[String]) -> bool {
        self.never.get(topic).is_some_and(|never| never.iter().any(|phrase| contains_words(words, phrase)))
    }

    /// The words with slips mended, and which were.
    fn mended(&self, words: &[String]) -> (Vec<String>, Vec<(String, String)>) {
        let mut mends = Vec::new();
        let mended = words.iter().map(|word| {
            let known = |stem: &String| self.vocabulary.knows(&format!("~{stem}"));
            if self.vocabulary.knows(word) || stems(word).iter().any(known) {
                return word.clone();
            }
            match self.speller.mend(word, &|near| self.vocabulary.rarity(near)) {
                Some(near) => {
                    mends.push((word.clone(), near.clone()));
                    near
                }
                None => word.clone(),
            }
        });
        (mended.collect(), mends)
    }

    fn score_examples(&self, mended: &[String], held_out: Option<usize>, scores: &mut Scores) {
        let vector = self.vocabulary.vector(mended);
        let near = self.search.nearest(mended, NEAREST).into_iter().filter_map(|id| usize::try_from(id).ok());
        let mut by_topic: BTreeMap<Option<usize>, Vec<(f32, &Example)>> = BTreeMap::new();
        for id in near.filter(|id| Some(*id) != held_out) {
            let Some(example) = self.examples.get(id) else { continue };
            let likeness = example.vector.cosine(&vector) * example.weight;
            by_topic.entry(example.topic).or_default().push((likeness, example));
        }
        let said = phrases(mended);
        by_topic.retain(|topic, _| {
            topic.and_then(|topic| self.own_phrases.get(&topic)).is_none_or(|own| !own.is_disjoint(&said))
        });
        for (topic, mut likenesses) in by_topic {
            likenesses.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.text.cmp(&b.1.text)));
            let at = |place: usize| likenesses.get(place).map_or(0.0, |(likeness, _)| *likeness);
            let value = 0.8 * at(0) + 0.12 * at(1) + 0.08 * at(2);
            let Some((likeness, example)) = likenesses.first().filter(|_| value >= LIKENESS_MIN) else { continue };
            let reason = format!("like \"{}\" ({:.0} %)", example.text, likeness * 100.0);
            match topic {
                Some(topic) => {
                    let score = scores.of.entry(topic).or_default();
                    score.value += value;
                    score.reasons.push(reason);
                }
                None => scores.not_for_us = NotForUs { value, whole: false, reason },
            }
        }
    }

    /// Whose example these very words are.
    fn mark_the_same(&self, words: &[String], held_out: Option<usize>, scores: &mut Scores) {
        for example in self.the_same(words).filter(|(id, _)| Some(*id) != held_out).map(|(_, example)| example) {
            match example.topic {
                Some(topic) => {
                    let score = scores.of.entry(topic).or_default();
                    score.whole = Some(Whole::Example);
                    if score.reasons.is_empty() {
                        score.reasons.push(format!("like \"{}\" (100 %)", example.text));
                    }
                }
                None => scores.not_for_us.whole = true,
            }
        }
    }

    /// The examples that are these very words.
    fn the_same(&self, words: &[String]) -> impl Iterator<Item = (usize, &Example)> {
        let ids = self.by_words.get(words).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| Some((*id, self.examples.get(*id)?)))
    }

    /// A clear wish for a person comes before whatever else the sentence is about (R6), also where a bot calls it not for us.
    fn score_wish(&self, words: &[String], held_out: Option<usize>, scores: &mut Scores) {
        let person = Topic::Intent(BuiltIn::Person.name().to_owned());
        let Ok(topic) = self.topics.binary_search(&person) else { return };
        if held_out.is_some() || !wish::is_clear(words) || self.is_example_of_another(topic, words) {
            return;
        }
        let score = scores.of.entry(topic).or_default();
        score.value += WISH_BONUS;
        score.whole = Some(Whole::Wish);
        score.reasons.insert(0, "a clear wish for a person".to_owned());
        scores.not_for_us = NotForUs::default();
    }

    /// Whether the bot gives these very words as an example of a matter of its own.
    fn is_example_of_another(&self, topic: usize, words: &[String]) -> bool {
        self.the_same(words).any(|(_, example)| example.topic.is_some_and(|of| of != topic))
    }

    fn score_keywords(&self, words: &[String], held_out: Option<usize>, scores: &mut BTreeMap<usize, Score>) {
        let own = held_out.and_then(|id| self.examples.get(id)).map(|example| &example.words);
        let total: f32 = words.iter().map(|word| self.vocabulary.rarity(word)).sum::<f32>().max(f32::EPSILON);
        let mut best: BTreeMap<usize, (f32, Hit)> = BTreeMap::new();
        for hit in self.lexicon.find(words, &|word| self.vocabulary.knows(word)) {
            if own.is_some_and(|own| split(&hit.keyword) == *own) {
                continue;
            }
            let Ok(topic) = self.topics.binary_search(&hit.topic) else { continue };
            let span = words.get(hit.from..hit.from + hit.length).unwrap_or_default();
            let share = span.iter().map(|word| self.vocabulary.rarity(word)).sum::<f32>() / total;
            let whole = hit.length == words.len();
            let value = if whole { 1.0 } else { KEYWORD_BONUS + KEYWORD_SHARE * share };
            let value = if hit.slipped { value * 0.9 } else { value };
            if best.get(&topic).is_none_or(|(before, _)| value > *before) {
                best.insert(topic, (value, hit));
            }
        }
        for (topic, (value, hit)) in best {
            let score = scores.entry(topic).or_default();
            score.value += value;
            score.whole = score.whole.max((hit.length == words.len()).then_some(Whole::Keyword));
            score.keyword = true;
            let slipped = if hit.slipped { " with a slip" } else { "" };
            score.reasons.insert(0, format!("keyword `{}`{slipped}", hit.keyword));
        }
    }

    fn score_patterns(&self, text: &str, scores: &mut BTreeMap<usize, Score>) {
        let plain = crate::text::without_direction_marks(text);
        for (topic, pattern) in self.patterns.matches(&plain).into_iter().filter_map(|hit| self.pattern_of.get(hit)) {
            let score = scores.entry(*topic).or_default();
            score.value += PATTERN_BONUS;
            score.reasons.insert(0, format!("pattern `{pattern}`"));
        }
    }
}

/// The words and pairs of words of a text.
fn phrases(words: &[String]) -> BTreeSet<String> {
    words.iter().cloned().chain(words.windows(2).map(|pair| pair.join(" "))).collect()
}

/// Everything there is to learn from, each text once for its topic. Vectors come when all are known.
fn texts(lessons: &BTreeMap<Topic, Lesson>, not_for_us: &[String]) -> Vec<Example> {
    let mut texts = Vec::new();
    let mut add = |topic: Option<usize>, of: &mut dyn Iterator<Item = (&String, f32, bool)>| {
        let mut seen = BTreeSet::new();
        for (text, weight, decides) in of {
            let words = split(text);
            if !words.is_empty() && seen.insert(words.clone()) {
                let text = text.clone();
                texts.push(Example { topic, text, words, weight, decides, vector: Vector::default() });
            }
        }
    };
    for (topic, lesson) in lessons.values().enumerate() {
        let examples = lesson.examples.iter().map(|text| (text, 1.0, true));
        let names = lesson.labels.iter().chain(&lesson.keywords).map(|text| (text, 1.0, false));
        let body = lesson.body.iter().map(|text| (text, BODY_WEIGHT, false));
        add(Some(topic), &mut examples.chain(names).chain(body));
    }
    add(None, &mut not_for_us.iter().map(|text| (text, 1.0, true)));
    texts
}

fn pattern_set<'a>(lessons: impl Iterator<Item = &'a Lesson>) -> (RegexSet, Vec<(usize, String)>) {
    let all = lessons.enumerate().flat_map(|(topic, lesson)| lesson.patterns.iter().map(move |p| (topic, p.clone())));
    let good: Vec<(usize, String)> = all.filter(|(_, pattern)| regex::Regex::new(pattern).is_ok()).collect();
    let set = RegexSetBuilder::new(good.iter().map(|(_, pattern)| pattern))
        .case_insensitive(true)
        .size_limit(PATTERNS_SIZE_MAX)
        .build();
    match set {
        Ok(set) => (set, good),
        Err(_) => (RegexSet::empty(), Vec::new()),
    }
}
