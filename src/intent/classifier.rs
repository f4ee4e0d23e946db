//! What a message is about (R6–R10): builds the scorer from a bot's own sentences, learns from them how far to trust it, and
//! reads messages. The same sources give the same answers on every machine.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::Language;
use crate::text::fold;

use super::anytime::AnytimeWords;
use super::calibration::Calibration;
use super::deciding::{by_value, decide, trial};
use super::features::split;
use super::scoring::Scorer;
use super::{Anytime, BuiltIn, Lesson, Topic, Understanding, builtin, is_built_in};

/// Larger bots are held out by a regular sample of so many texts.
const TRIALS_MAX: usize = 1_500;

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

/// Recognises what a message is about.
#[derive(Debug)]
pub struct Classifier {
    anytime: AnytimeWords,
    languages: Vec<Language>,
    owners: BTreeMap<String, Topic>,
    greetings: BTreeSet<Vec<String>>,
    scorer: Scorer,
    calibration: Calibration,
    confusions: Vec<Confusion>,
}

impl Classifier {
    /// Builds a classifier. Patterns that do not compile are left out: `check` has reported them.
    #[must_use]
    pub fn build(lessons: &Lessons) -> Self {
        let all = with_built_in(&lessons.topics);
        let background: Vec<Vec<String>> = builtin::background(&lessons.languages).map(split).collect();
        let scorer = Scorer::new(&all, &lessons.not_for_us, &background);
        let (calibration, confusions) = calibrate(&scorer, lessons, &background);
        let own = all.iter().filter(|(topic, _)| !is_built_in(topic));
        Self {
            anytime: AnytimeWords::new(&lessons.words),
            languages: lessons.languages.clone(),
            owners: own.flat_map(|(topic, l)| l.keywords.iter().map(|word| (fold(word), topic.clone()))).collect(),
            greetings: builtin::texts(BuiltIn::Greeting).map(split).collect(),
            scorer,
            calibration,
            confusions,
        }
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
        let scores = self.scorer.score(text, &rest, None, wanted);
        let mut understanding = decide(self.scorer.topics(), &scores, &self.calibration);
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
}

/// Holds examples out one by one, and learns thresholds and confusions from what then happens.
fn calibrate(scorer: &Scorer, lessons: &Lessons, background: &[Vec<String>]) -> (Calibration, Vec<Confusion>) {
    let mut trials = Vec::new();
    let mut taken: Vec<(usize, usize, f32)> = Vec::new();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let step = scorer.examples().len().div_ceil(TRIALS_MAX).max(1);
    let all = || scorer.examples().iter().enumerate();
    let ours = all().filter(|(_, example)| example.topic.is_some()).step_by(step).filter(|(_, e)| e.is_a_message());
    let others = all().filter(|(_, example)| example.topic.is_none()).take(TRIALS_MAX);
    for (id, example) in ours.chain(others) {
        let scores = scorer.score(&example.text, &example.words, Some(id), &|_| true);
        trials.push(trial(&scores, example.topic));
        let Some(of) = example.topic else { continue };
        *counts.entry(of).or_insert(0) += 1;
        taken.extend(by_value(&scores.of).first().map(|(best, value)| (of, *best, *value)));
    }
    for words in background {
        trials.push(trial(&scorer.score(&words.join(" "), words, None, &|_| true), None));
    }
    let mut calibration = Calibration::learn(&trials);
    calibration.confident = lessons.confident.unwrap_or(calibration.confident);
    calibration.torn = lessons.torn.unwrap_or(calibration.torn);
    // What is too unlike to be asked about is taken for nothing.
    let wrong = taken.into_iter().filter(|(of, best, value)| of != best && *value >= calibration.torn);
    let mut confused: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    wrong.for_each(|(of, best, _)| *confused.entry((of, best)).or_insert(0) += 1);
    let topic = |number: usize| scorer.topics().get(number).cloned();
    let confusion = |((of, with), examples): ((usize, usize), usize)| {
        let out_of = counts.get(&of).copied().unwrap_or_default();
        Some(Confusion { of: topic(of)?, with: topic(with)?, examples, out_of })
    };
    (calibration, confused.into_iter().filter_map(confusion).collect())
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
