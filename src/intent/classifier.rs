//! Text to ranked topics: keywords, patterns, examples and articles, in that order of authority. Built from a bot's own
//! sentences; the same sources give the same answers on every machine. A trained model takes its place among the scores
//! of `Classifier::rank`, between patterns and examples, when there is one.

use std::collections::{BTreeMap, BTreeSet};

use regex::{RegexSet, RegexSetBuilder};

use crate::language::Language;
use crate::text::{contains_words, fold};

use super::anytime::AnytimeWords;
use super::calibration::{Calibration, Trial};
use super::examples::Search;
use super::features::{Vector, Vocabulary, split};
use super::lexicon::{Lexicon, Speller};
use super::{Anytime, BuiltIn, Candidate, Decision, Lesson, Topic, Understanding, builtin, wish};

/// So many of the nearest texts are compared closely.
const NEAREST: usize = 24;
/// So many candidates are kept.
const CANDIDATES_MAX: usize = 5;
/// Larger bots are held out by a regular sample of so many texts.
const TRIALS_MAX: usize = 1_500;
/// How much a keyword inside a longer text adds, beside its share of the text.
const KEYWORD_BONUS: f32 = 0.38;
const PATTERN_BONUS: f32 = 0.5;
/// More than a keyword and an example together.
const WISH_BONUS: f32 = 2.0;
/// What an article says counts less than how customers put it.
const BODY_WEIGHT: f32 = 0.75;
/// Candidates this near to the best are what the customer is asked about.
const TORN_SHARE: f32 = 0.6;
/// Compiled patterns together may take so much memory.
const PATTERNS_SIZE_MAX: usize = 20_000_000;

/// What a classifier is built from.
#[derive(Debug, Default)]
pub struct Lessons {
    /// What each topic gives to learn from.
    pub topics: BTreeMap<Topic, Lesson>,
    /// What customers ask that is not for us.
    pub not_for_us: Vec<String>,
    /// Anytime words that the bot adds.
    pub words: Vec<(Anytime, String)>,
    /// The bot's languages.
    pub languages: Vec<Language>,
    /// Overrides of what cross-validation chose (R8).
    pub confident: Option<f32>,
    /// Overrides of what cross-validation chose (R8).
    pub torn: Option<f32>,
}

/// Two topics that the classifier takes for one another when their examples are held out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    /// The right one.
    pub of: Topic,
    /// The one chosen.
    pub with: Topic,
    /// How many examples.
    pub examples: usize,
    /// Of how many.
    pub out_of: usize,
}

#[derive(Debug)]
struct Example {
    topic: usize,
    text: String,
    vector: Vector,
    words: Vec<String>,
    weight: f32,
}

/// Recognises what a message is about.
#[derive(Debug)]
pub struct Classifier {
    anytime: AnytimeWords,
    languages: Vec<Language>,
    topics: Vec<Topic>,
    owners: BTreeMap<String, Topic>,
    lexicon: Lexicon,
    patterns: RegexSet,
    pattern_of: Vec<(usize, String)>,
    never: Vec<Vec<Vec<String>>>,
    vocabulary: Vocabulary,
    speller: Speller,
    examples: Vec<Example>,
    search: Search,
    greetings: BTreeSet<Vec<String>>,
    calibration: Calibration,
    confusions: Vec<Confusion>,
}

#[derive(Debug, Clone, Default)]
struct Score {
    value: f32,
    whole: bool,
    keyword: bool,
    reasons: Vec<String>,
}

impl Classifier {
    /// Builds a classifier. Patterns that do not compile are left out: `check` has reported them.
    #[must_use]
    pub fn build(lessons: &Lessons) -> Self {
        let lessons_of = with_built_in(&lessons.topics);
        let topics: Vec<Topic> = lessons_of.keys().cloned().collect();
        let mut examples = Vec::new();
        for (topic, lesson) in lessons_of.values().enumerate() {
            let mut seen = BTreeSet::new();
            let own = lesson.examples.iter().chain(&lesson.labels).chain(&lesson.keywords).map(|text| (text, 1.0));
            for (text, weight) in own.chain(lesson.body.iter().map(|text| (text, BODY_WEIGHT))) {
                let words = split(text);
                if !words.is_empty() && seen.insert(words.clone()) {
                    examples.push((topic, text.clone(), words, weight));
                }
            }
        }
        let background: Vec<Vec<String>> = builtin::background(&lessons.languages).map(split).collect();
        let vocabulary = Vocabulary::new(
            examples.iter().map(|(_, _, words, _)| words.as_slice()).chain(background.iter().map(Vec::as_slice)),
        );
        let keywords =
            lessons_of.iter().flat_map(|(topic, lesson)| lesson.keywords.iter().map(move |k| (topic, k.as_str())));
        let (patterns, pattern_of) = pattern_set(lessons_of.values());
        let owners = lessons_of
            .iter()
            .filter(|(topic, _)| !is_built_in(topic))
            .flat_map(|(topic, lesson)| lesson.keywords.iter().map(move |keyword| (fold(keyword), topic.clone())))
            .collect();
        let mut built = Self {
            anytime: AnytimeWords::new(&lessons.words),
            languages: lessons.languages.clone(),
            owners,
            lexicon: Lexicon::new(keywords),
            patterns,
            pattern_of,
            never: lessons_of.values().map(|lesson| lesson.never.iter().map(|word| split(word)).collect()).collect(),
            speller: Speller::new(&vocabulary.words()),
            search: Search::new(examples.iter().map(|(_, _, words, _)| words.as_slice())),
            examples: examples
                .into_iter()
                .map(|(topic, text, words, weight)| Example {
                    topic,
                    text,
                    vector: vocabulary.vector(&words),
                    words,
                    weight,
                })
                .collect(),
            greetings: builtin::texts(BuiltIn::Greeting).map(split).collect(),
            topics,
            vocabulary,
            calibration: Calibration::default(),
            confusions: Vec::new(),
        };
        built.calibrate(lessons, &background);
        built
    }

    /// The anytime word that a whole message is (R6).
    #[must_use]
    pub fn anytime(&self, text: &str) -> Option<Anytime> {
        self.anytime.whole(text)
    }

    /// The bot's intent that has the whole message for a keyword: it comes before `menu`, `cancel` and `stop` (R6).
    #[must_use]
    pub fn keyword_owner(&self, text: &str) -> Option<Topic> {
        self.owners.get(&fold(text)).cloned()
    }

    /// Which of the bot's languages a text seems to be written in.
    #[must_use]
    pub fn guess_language(&self, text: &str) -> Option<Language> {
        super::language::guess(text, &self.languages)
    }

    /// Topics whose examples are taken for another's when held out.
    #[must_use]
    pub fn confusions(&self) -> &[Confusion] {
        &self.confusions
    }

    /// The thresholds in force: probability to be confident, score to be torn.
    #[must_use]
    pub const fn thresholds(&self) -> (f32, f32) {
        (self.calibration.confident, self.calibration.torn)
    }

    /// Ranks topics for a text. `wanted` limits them (departments).
    #[must_use]
    pub fn classify(&self, text: &str, wanted: &dyn Fn(&Topic) -> bool) -> Understanding {
        let words = split(text);
        let (greeted, rest) = self.without_greeting(&words);
        let scores = self.rank(text, &rest, None, wanted);
        let mut understanding = self.decide(&scores);
        understanding.greeted = greeted;
        understanding.language = self.guess_language(text);
        understanding
    }

    /// The words without a greeting in front of a matter (R10). A greeting alone stays.
    fn without_greeting(&self, words: &[String]) -> (bool, Vec<String>) {
        if self.greetings.contains(words) {
            return (false, words.to_vec());
        }
        let longest = (1..words.len())
            .rev()
            .find(|length| words.get(..*length).is_some_and(|head| self.greetings.contains(head)));
        match longest.and_then(|length| words.get(length..)) {
            Some(rest) if self.greetings.contains(rest) => (false, words.to_vec()),
            Some(rest) => (true, self.without_greeting(rest).1),
            None => (false, words.to_vec()),
        }
    }

    fn mended(&self, words: &[String]) -> (Vec<String>, Vec<(String, String)>) {
        let mut mends = Vec::new();
        let mended = words.iter().map(|word| {
            if self.vocabulary.knows(word)
                || super::features::stems(word).iter().any(|stem| self.vocabulary.knows(&format!("~{stem}")))
            {
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

    /// A score for every topic that has one; 1 is as good as a text gets without a keyword.
    fn rank(
        &self,
        text: &str,
        words: &[String],
        held_out: Option<usize>,
        wanted: &dyn Fn(&Topic) -> bool,
    ) -> BTreeMap<usize, Score> {
        let mut scores: BTreeMap<usize, Score> = BTreeMap::new();
        let (mended, mends) = self.mended(words);
        self.score_examples(&mended, held_out, &mut scores);
        self.score_keywords(words, held_out, &mut scores);
        self.score_wish(words, held_out, &mut scores);
        let plain = crate::text::without_direction_marks(text);
        for (topic, pattern) in self.patterns.matches(&plain).into_iter().filter_map(|hit| self.pattern_of.get(hit)) {
            let score = scores.entry(*topic).or_default();
            score.value += PATTERN_BONUS;
            score.reasons.insert(0, format!("pattern `{pattern}`"));
        }
        scores.retain(|topic, _| {
            let ruled_out =
                self.never.get(*topic).is_some_and(|never| never.iter().any(|phrase| contains_words(words, phrase)));
            !ruled_out && self.topics.get(*topic).is_some_and(wanted)
        });
        for (said, meant) in mends {
            for score in scores.values_mut() {
                score.reasons.push(format!("`{said}` read as `{meant}`"));
            }
        }
        scores
    }

    fn score_examples(&self, words: &[String], held_out: Option<usize>, scores: &mut BTreeMap<usize, Score>) {
        let vector = self.vocabulary.vector(words);
        let near = self.search.nearest(words, NEAREST).into_iter().filter_map(|id| usize::try_from(id).ok());
        let mut by_topic: BTreeMap<usize, Vec<(f32, usize)>> = BTreeMap::new();
        for id in near.filter(|id| Some(*id) != held_out) {
            let Some(example) = self.examples.get(id) else { continue };
            let likeness = example.vector.cosine(&vector) * example.weight;
            by_topic.entry(example.topic).or_default().push((likeness, id));
        }
        for (topic, mut likenesses) in by_topic {
            likenesses.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let at = |place: usize| likenesses.get(place).map_or(0.0, |(likeness, _)| *likeness);
            let value = 0.8 * at(0) + 0.12 * at(1) + 0.08 * at(2);
            if value < 0.05 {
                continue;
            }
            let score = scores.entry(topic).or_default();
            score.value += value;
            if let Some(example) = likenesses.first().and_then(|(_, id)| self.examples.get(*id)) {
                score.reasons.push(format!("like \"{}\" ({:.0} %)", example.text, at(0) * 100.0));
            }
        }
    }

    /// A clear wish for a person comes before whatever else the sentence is about (R6).
    fn score_wish(&self, words: &[String], held_out: Option<usize>, scores: &mut BTreeMap<usize, Score>) {
        let person = Topic::Intent(BuiltIn::Person.name().to_owned());
        let Ok(topic) = self.topics.binary_search(&person) else { return };
        if held_out.is_some() || !wish::is_clear(words) || self.examples_of_others(topic, words) {
            return;
        }
        let score = scores.entry(topic).or_default();
        score.value += WISH_BONUS;
        score.whole = true;
        score.reasons.insert(0, "a clear wish for a person".to_owned());
    }

    /// Whether the bot gives these very words as an example of a matter of its own.
    fn examples_of_others(&self, topic: usize, words: &[String]) -> bool {
        self.examples.iter().any(|example| example.topic != topic && example.words == words)
    }

    fn score_keywords(&self, words: &[String], held_out: Option<usize>, scores: &mut BTreeMap<usize, Score>) {
        let own = held_out.and_then(|id| self.examples.get(id)).map(|example| &example.words);
        let total: f32 = words.iter().map(|word| self.vocabulary.rarity(word)).sum::<f32>().max(f32::EPSILON);
        let mut best: BTreeMap<usize, (f32, bool, String)> = BTreeMap::new();
        for hit in self.lexicon.find(words, &|word| self.vocabulary.knows(word)) {
            if own.is_some_and(|own| split(&hit.keyword) == *own) {
                continue;
            }
            let Ok(topic) = self.topics.binary_search(&hit.topic) else { continue };
            let span = words.get(hit.from..hit.from + hit.length).unwrap_or_default();
            let share = span.iter().map(|word| self.vocabulary.rarity(word)).sum::<f32>() / total;
            let whole = hit.length == words.len();
            let slipped = if hit.slipped { " with a slip" } else { "" };
            let value = if whole { 1.0 } else { KEYWORD_BONUS + 0.25 * share };
            let value = if hit.slipped { value * 0.9 } else { value };
            let reason = format!("keyword `{}`{slipped}", hit.keyword);
            let entry = best.entry(topic).or_insert((0.0, false, String::new()));
            if value > entry.0 {
                *entry = (value, whole, reason);
            }
        }
        for (topic, (value, whole, reason)) in best {
            let score = scores.entry(topic).or_default();
            score.value += value;
            score.whole |= whole;
            score.keyword = true;
            score.reasons.insert(0, reason);
        }
    }

    /// Candidates with probabilities, and how sure (R8).
    fn decide(&self, scores: &BTreeMap<usize, Score>) -> Understanding {
        let mut ranked: Vec<(&Topic, &Score)> =
            scores.iter().filter_map(|(topic, score)| Some((self.topics.get(*topic)?, score))).collect();
        ranked.sort_by(|a, b| b.1.value.total_cmp(&a.1.value).then_with(|| a.0.cmp(b.0)));
        ranked.truncate(CANDIDATES_MAX);
        let value = |place: usize| ranked.get(place).map_or(0.0, |(_, score)| score.value);
        let candidates: Vec<Candidate> = ranked
            .iter()
            .enumerate()
            .map(|(place, (topic, score))| {
                let rival = if place == 0 { value(1) } else { value(0) };
                let probability = self.calibration.probability(score.value, score.value - rival);
                let whole = score.whole && place == 0;
                let probability = if whole { probability.max(0.99) } else { probability };
                Candidate { topic: (*topic).clone(), probability, reasons: score.reasons.clone() }
            })
            .collect();
        let decision = self.decision(&ranked, &candidates);
        Understanding { candidates, decision, greeted: false, language: None }
    }

    fn decision(&self, ranked: &[(&Topic, &Score)], candidates: &[Candidate]) -> Decision {
        let (Some((_, best)), Some(first)) = (ranked.first(), candidates.first()) else { return Decision::Unsure };
        let whole = ranked.iter().filter(|(_, score)| score.whole).count();
        let keywords = ranked.iter().filter(|(topic, score)| score.keyword && !is_built_in(topic)).count();
        if whole == 1 && best.whole {
            return Decision::Confident;
        }
        let near = ranked.iter().filter(|(_, score)| score.value >= TORN_SHARE * best.value).count().clamp(2, 3);
        // One alone is asked about too: better than to claim that nothing was understood.
        let torn = Decision::Torn(u8::try_from(near.min(ranked.len())).unwrap_or(3));
        if keywords >= 2 && best.keyword && ranked.len() >= 2 {
            return Decision::Torn(u8::try_from(keywords.clamp(2, 3)).unwrap_or(3));
        }
        if first.probability >= self.calibration.confident {
            Decision::Confident
        } else if best.value >= self.calibration.torn {
            torn
        } else {
            Decision::Unsure
        }
    }

    /// Holds examples out one by one, and learns thresholds and confusions from what then happens.
    fn calibrate(&mut self, lessons: &Lessons, background: &[Vec<String>]) {
        let step = self.examples.len().div_ceil(TRIALS_MAX).max(1);
        let mut trials = Vec::new();
        let mut confused: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for (id, example) in self.examples.iter().enumerate().step_by(step).filter(|(_, e)| e.weight >= 1.0) {
            let ranked = ranked(&self.rank(&example.text, &example.words, Some(id), &|_| true));
            *counts.entry(example.topic).or_insert(0) += 1;
            if let Some((best, _)) = ranked.first().filter(|(best, _)| *best != example.topic) {
                *confused.entry((example.topic, *best)).or_insert(0) += 1;
            }
            trials.push(trial(&ranked, Some(example.topic)));
        }
        let strangers = lessons.not_for_us.iter().map(|text| split(text)).chain(background.iter().cloned());
        for words in strangers.take(TRIALS_MAX) {
            trials.push(trial(&ranked(&self.rank(&words.join(" "), &words, None, &|_| true)), None));
        }
        self.calibration = Calibration::learn(&trials);
        self.calibration.confident = lessons.confident.unwrap_or(self.calibration.confident);
        self.calibration.torn = lessons.torn.unwrap_or(self.calibration.torn);
        self.confusions = confused
            .into_iter()
            .filter_map(|((of, with), examples)| {
                let out_of = counts.get(&of).copied().unwrap_or_default();
                let (of, with) = (self.topics.get(of)?.clone(), self.topics.get(with)?.clone());
                Some(Confusion { of, with, examples, out_of })
            })
            .collect();
    }
}

fn ranked(scores: &BTreeMap<usize, Score>) -> Vec<(usize, f32)> {
    let mut ranked: Vec<(usize, f32)> = scores.iter().map(|(topic, score)| (*topic, score.value)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked
}

fn trial(ranked: &[(usize, f32)], topic: Option<usize>) -> Trial {
    let value = |place: usize| ranked.get(place).map_or(0.0, |(_, value)| *value);
    Trial {
        best: value(0),
        margin: value(0) - value(1),
        right: topic.is_some() && ranked.first().map(|(best, _)| *best) == topic,
        in_scope: topic.is_some(),
        in_three: ranked.iter().take(3).any(|(candidate, _)| Some(*candidate) == topic),
    }
}

/// A bot's lessons with what every bot knows (R10), less what the bot claims for a matter of its own.
fn with_built_in(topics: &BTreeMap<Topic, Lesson>) -> BTreeMap<Topic, Lesson> {
    let own = topics.iter().filter(|(topic, _)| !is_built_in(topic));
    let claimed: BTreeSet<Vec<String>> =
        own.flat_map(|(_, lesson)| lesson.examples.iter().chain(&lesson.keywords)).map(|text| split(text)).collect();
    let mut all = topics.clone();
    for built_in in BuiltIn::ALL {
        let lesson = all.entry(Topic::Intent(built_in.name().to_owned())).or_default();
        lesson
            .examples
            .extend(builtin::texts(built_in).filter(|text| !claimed.contains(&split(text))).map(str::to_owned));
    }
    all
}

fn is_built_in(topic: &Topic) -> bool {
    matches!(topic, Topic::Intent(name) if BuiltIn::ALL.iter().any(|built_in| built_in.name() == name))
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
