//! What a message is about (R6–R10): builds the scorer from a bot's own sentences, learns from them how far to trust it, and
//! reads messages. The same sources give the same answers on every machine.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::language::Language;
use crate::packed::Packed;
use crate::text::{fold, unstretched};

use super::anytime::AnytimeWords;
use super::calibration::Calibration;
use super::deciding::decide;
use super::features::{split, words};
use super::passage::{Answering, Passage, answering};
use super::scoring::{Message, Scorer, mended};
use super::semantic::{Embedder, Meaning};
use super::{Anytime, BuiltIn, Lesson, Topic, Understanding, builtin, is_built_in, layout, trials};

/// Longer texts are not typed without a look at the screen.
const LAYOUT_BYTES_MAX: usize = 800;
/// Longer texts are no greeting, however long a key was held.
const GREETING_BYTES_MAX: usize = 80;

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
    /// Leaves out what every bot knows (R10): to measure with sentences that are no bot's.
    pub alone: bool,
    /// A model of sentences, if there is one.
    pub semantic: Option<Arc<dyn Embedder>>,
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
    /// A few of them.
    pub such_as: Vec<String>,
}

/// Recognises what a message is about.
#[derive(Debug)]
pub struct Classifier {
    anytime: AnytimeWords,
    languages: Vec<Language>,
    owners: BTreeMap<String, Topic>,
    /// Folded.
    greetings: BTreeSet<String>,
    semantic: Option<Arc<dyn Embedder>>,
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
        self.such_as.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            of: Packed::unpack(from)?,
            with: Packed::unpack(from)?,
            examples: Packed::unpack(from)?,
            out_of: Packed::unpack(from)?,
            such_as: Packed::unpack(from)?,
        })
    }
}

impl Classifier {
    /// Builds a classifier. Patterns that do not compile are left out: `check` has reported them.
    #[must_use]
    pub fn build(lessons: &Lessons) -> Self {
        let all = if lessons.alone { lessons.topics.clone() } else { with_built_in(&lessons.topics) };
        let background = background(lessons);
        let (mut scorer, course) = Scorer::new(&all, lessons, &background);
        let (calibration, confusions) = trials::train(&mut scorer, &course, lessons, &background);
        let learned = Learned { scorer, calibration, confusions };
        Self::of(learned, &lessons.words, &lessons.languages, lessons.semantic.clone())
    }

    /// A classifier of what was learned before, from the same lessons and with the same model of sentences.
    #[must_use]
    pub fn of(
        learned: Learned,
        words: &[(Anytime, String)],
        languages: &[Language],
        semantic: Option<Arc<dyn Embedder>>,
    ) -> Self {
        let own = learned.scorer.keywords().filter(|(topic, _)| !is_built_in(topic));
        Self {
            anytime: AnytimeWords::new(words),
            languages: languages.to_vec(),
            owners: own.map(|(topic, keyword)| (fold(keyword), topic.clone())).collect(),
            greetings: builtin::texts(BuiltIn::Greeting).map(split).collect(),
            semantic,
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
        self.anytime.whole(&self.as_meant(text))
    }

    /// The bot's intent that has the whole message for a keyword: it comes before `menu`, `cancel` and `stop` (R6).
    #[must_use]
    pub fn keyword_owner(&self, text: &str) -> Option<Topic> {
        self.owners.get(&fold(&self.as_meant(text))).cloned()
    }

    /// Which of the bot's languages a text seems to be written in.
    #[must_use]
    pub fn guess_language(&self, text: &str) -> Option<Language> {
        super::language::guess(&self.as_meant(text), &self.languages)
    }

    /// A text as it was meant: what was typed with the keyboard set to the wrong language, on the other layout. Only where
    /// nothing in it means anything as it stands, and half of it does on the other.
    fn as_meant<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.languages.contains(&Language::HE) || text.len() > LAYOUT_BYTES_MAX {
            return Cow::Borrowed(text);
        }
        let known = |text: &str| {
            let folded = split(text);
            let known = words(&folded).filter(|word| self.learned.scorer.knows(word)).count();
            (known, words(&folded).count())
        };
        if self.anytime.whole(text).is_some() || known(text).0 > 0 {
            return Cow::Borrowed(text);
        }
        let meant = layout::other(text).filter(|other| {
            let (known, all) = known(other);
            self.anytime.whole(other).is_some() || known > 0 && 2 * known >= all
        });
        meant.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// Topics whose examples are taken for another's when held out.
    #[must_use]
    pub fn confusions(&self) -> &[Confusion] {
        &self.learned.confusions
    }

    /// The thresholds in force: probabilities to be confident and to be torn.
    #[must_use]
    pub const fn thresholds(&self) -> (f32, f32) {
        (self.learned.calibration.confident, self.learned.calibration.torn)
    }

    /// Ranks topics for a text. `wanted` limits them (departments).
    #[must_use]
    pub fn classify(&self, text: &str, wanted: &dyn Fn(&Topic) -> bool) -> Understanding {
        let meant = self.as_meant(text);
        let text = meant.as_ref();
        let folded = split(text);
        let (greeted, folded) = self.without_greeting(&folded);
        let Learned { scorer, calibration, .. } = &self.learned;
        let mends = scorer.mends(folded);
        let meaning = self.semantic.as_deref().and_then(|semantic| Meaning::of(&as_mended(text, &mends), semantic));
        let message = Message { text, folded, mends: &mends, meaning: meaning.as_ref() };
        let scores = scorer.score(&message, None, wanted);
        let mut understanding = decide(scorer, &scores, calibration);
        understanding.greeted = greeted;
        understanding.language = super::language::guess(text, &self.languages);
        if let (Cow::Owned(meant), Some(best)) = (&meant, understanding.candidates.first_mut()) {
            best.reasons.push(format!("typed on another keyboard layout, and read as `{meant}`"));
        }
        understanding
    }

    /// The passage of an article that answers a text, if one clearly does.
    #[must_use]
    pub fn passage(&self, text: &str, introduction: &str, passages: &[Passage<'_>]) -> Option<Answering> {
        let folded = split(&self.as_meant(text));
        let (_, folded) = self.without_greeting(&folded);
        let scorer = &self.learned.scorer;
        let mends = scorer.mends(folded);
        let said: Vec<&str> = words(folded).map(|word| mended(word, &mends)).collect();
        answering(scorer.vocabulary(), &said, introduction, passages)
    }

    /// A folded text without a greeting in front of a matter (R10). A greeting alone stays.
    fn without_greeting<'t>(&self, folded: &'t str) -> (bool, &'t str) {
        let is_listed = |text: &str| self.greetings.contains(text);
        let greets = |text: &str| {
            text.len() <= GREETING_BYTES_MAX && (is_listed(text) || unstretched(text).any(|text| is_listed(&text)))
        };
        if greets(folded) {
            return (false, folded);
        }
        let gaps = folded.rmatch_indices(' ').map(|(gap, _)| gap);
        let heads = gaps.filter_map(|gap| Some((folded.get(..gap)?, folded.get(gap + 1..)?)));
        match heads.into_iter().find(|(head, _)| greets(head)) {
            Some((_, rest)) if greets(rest) => (false, folded),
            Some((_, rest)) => (true, self.without_greeting(rest).1),
            None => (false, folded),
        }
    }
}

/// An everyday sentence, which is not for a service desk.
#[derive(Debug)]
pub(super) struct Everyday {
    pub(super) folded: String,
    pub(super) meaning: Option<Meaning>,
}

/// Everyday sentences in the bot's languages.
fn background(lessons: &Lessons) -> Vec<Everyday> {
    let texts: Vec<&str> = builtin::background(&lessons.languages).collect();
    let meanings = Meaning::of_all(&texts, lessons.semantic.as_deref());
    texts.into_iter().zip(meanings).map(|(text, meaning)| Everyday { folded: split(text), meaning }).collect()
}

/// A text with its slips mended, for a model that knows whole words.
fn as_mended<'t>(text: &'t str, mends: &[(String, String)]) -> Cow<'t, str> {
    if mends.is_empty() {
        return Cow::Borrowed(text);
    }
    let mended = |word: &'t str| {
        let folded = split(word);
        mends.iter().find(|(said, _)| *said == folded).map_or(word, |(_, meant)| meant.as_str()).to_owned()
    };
    Cow::Owned(text.split_whitespace().map(mended).collect::<Vec<String>>().join(" "))
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
