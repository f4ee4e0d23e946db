//! What a message is about (R6–R10): builds the scorer from a bot's own sentences, learns from them how far to trust it, and
//! reads messages. The same sources give the same answers on every machine.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::Language;
use crate::packed::Packed;
use crate::parallel;
use crate::text::fold;

use super::anytime::AnytimeWords;
use super::calibration::{Calibration, Trial};
use super::deciding::{by_value, decide, trial};
use super::examples::Role;
use super::features::split;
use super::scoring::{Message, Scorer};
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
    /// Folded.
    greetings: BTreeSet<String>,
    learned: Learned,
}

/// What is learned from a bot's sentences.
#[derive(Debug)]
pub struct Learned {
    scorer: Scorer,
    calibration: Calibration,
    confusions: Vec<Confusion>,
}

impl Packed for Learned {
    fn pack(&self, to: &mut Vec<u8>) {
        self.scorer.pack(to);
        self.calibration.pack(to);
        self.confusions.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            scorer: Packed::unpack(from)?,
            calibration: Packed::unpack(from)?,
            confusions: Packed::unpack(from)?,
        })
    }
}

impl Packed for Confusion {
    fn pack(&self, to: &mut Vec<u8>) {
        self.of.pack(to);
        self.with.pack(to);
        self.examples.pack(to);
        self.out_of.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            of: Packed::unpack(from)?,
            with: Packed::unpack(from)?,
            examples: Packed::unpack(from)?,
            out_of: Packed::unpack(from)?,
        })
    }
}

impl Classifier {
    /// Builds a classifier. Patterns that do not compile are left out: `check` has reported them.
    #[must_use]
    pub fn build(lessons: &Lessons) -> Self {
        let all = with_built_in(&lessons.topics);
        let background: Vec<String> = builtin::background(&lessons.languages).map(split).collect();
        let scorer = Scorer::new(&all, &lessons.not_for_us, &background);
        let (calibration, confusions) = calibrate(&scorer, lessons, &background);
        Self::of(Learned { scorer, calibration, confusions }, &lessons.words, &lessons.languages)
    }

    /// A classifier of what was learned before, from the same lessons.
    #[must_use]
    pub fn of(learned: Learned, words: &[(Anytime, String)], languages: &[Language]) -> Self {
        let own = learned.scorer.keywords().filter(|(topic, _)| !is_built_in(topic));
        Self {
            anytime: AnytimeWords::new(words),
            languages: languages.to_vec(),
            owners: own.map(|(topic, keyword)| (fold(keyword), topic.clone())).collect(),
            greetings: builtin::texts(BuiltIn::Greeting).map(split).collect(),
            learned,
        }
    }

    /// What was learned: what takes long, and can be kept.
    #[must_use]
    pub const fn learned(&self) -> &Learned {
        &self.learned
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
        &self.learned.confusions
    }

    /// The thresholds in force: probability to be confident, score to be torn.
    #[must_use]
    pub const fn thresholds(&self) -> (f32, f32) {
        (self.learned.calibration.confident, self.learned.calibration.torn)
    }

    /// Ranks topics for a text. `wanted` limits them (departments).
    #[must_use]
    pub fn classify(&self, text: &str, wanted: &dyn Fn(&Topic) -> bool) -> Understanding {
        let folded = split(text);
        let (greeted, folded) = self.without_greeting(&folded);
        let Learned { scorer, calibration, .. } = &self.learned;
        let scores = scorer.score(&Message { text, folded }, None, wanted);
        let mut understanding = decide(scorer, &scores, calibration);
        understanding.greeted = greeted;
        understanding.language = self.guess_language(text);
        understanding
    }

    /// A folded text without a greeting in front of a matter (R10). A greeting alone stays.
    fn without_greeting<'t>(&self, folded: &'t str) -> (bool, &'t str) {
        if self.greetings.contains(folded) {
            return (false, folded);
        }
        let gaps = folded.rmatch_indices(' ').map(|(gap, _)| gap);
        let heads = gaps.filter_map(|gap| Some((folded.get(..gap)?, folded.get(gap + 1..)?)));
        match heads.into_iter().find(|(head, _)| self.greetings.contains(*head)) {
            Some((_, rest)) if self.greetings.contains(rest) => (false, folded),
            Some((_, rest)) => (true, self.without_greeting(rest).1),
            None => (false, folded),
        }
    }
}

/// Holds examples out one by one, and learns thresholds and confusions from what then happens.
fn calibrate(scorer: &Scorer, lessons: &Lessons, background: &[String]) -> (Calibration, Vec<Confusion>) {
    let mut taken: Vec<(usize, usize, f32)> = Vec::new();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let held_out = held_out(scorer);
    let tried = parallel::map(&held_out, |id| {
        let (text, of) = (scorer.examples().text(*id), scorer.examples().topic(*id));
        let scores = scorer.score(&Message { text, folded: &split(text) }, Some(*id), &|_| true);
        (of, by_value(&scores.of).first().copied(), trial(&scores, of))
    });
    let mut trials: Vec<Trial> = tried.iter().map(|(.., trial)| *trial).collect();
    for (of, best, _) in tried {
        let Some(of) = of else { continue };
        *counts.entry(of).or_insert(0) += 1;
        taken.extend(best.map(|(best, value)| (of, best, value)));
    }
    trials.extend(parallel::map(background, |text| {
        trial(&scorer.score(&Message { text, folded: text }, None, &|_| true), None)
    }));
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

/// The texts that are held out: of large bots a regular sample. An article's lines are nobody's message.
fn held_out(scorer: &Scorer) -> Vec<u32> {
    let examples = scorer.examples();
    let messages = (0..examples.len()).filter(|id| examples.role(*id) != Role::Body);
    let (ours, others): (Vec<u32>, Vec<u32>) = messages.partition(|id| examples.topic(*id).is_some());
    let sample = |all: Vec<u32>| {
        let step = all.len().div_ceil(TRIALS_MAX).max(1);
        all.into_iter().step_by(step).collect::<Vec<u32>>()
    };
    [sample(ours), sample(others)].concat()
}

/// A bot's lessons with what every bot knows (R10), less what the bot claims for a matter of its own.
fn with_built_in(topics: &BTreeMap<Topic, Lesson>) -> BTreeMap<Topic, Lesson> {
    let own = topics.iter().filter(|(topic, _)| !is_built_in(topic));
    let claimed: BTreeSet<String> =
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
