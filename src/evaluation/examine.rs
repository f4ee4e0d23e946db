//! Puts texts to classifiers: to one that has learned from other texts, or to as many as there are parts, each of which has
//! not seen the part it is asked about.

use std::collections::BTreeSet;
use std::time::Duration;

use super::folds::deal;
use super::noise::Noise;
use super::{Answer, Judged, Text, shown};
use crate::intent::classifier::{Classifier, Lessons};
use crate::intent::{Topic, Understanding};
use crate::text::fold;

/// Into so many parts texts are dealt.
pub const PARTS: usize = 5;
/// So many candidates are kept.
const CANDIDATES: usize = 3;

/// How texts are examined.
pub struct Examiner<'a> {
    /// What can be an answer.
    pub wanted: &'a dyn Fn(&Topic) -> bool,
    /// What is done to texts before.
    pub noise: Noise,
    /// A stopwatch: how long it has run.
    pub watch: &'a dyn Fn() -> Duration,
    /// Hears which part of how many begins.
    pub told: &'a mut dyn FnMut(usize, usize),
}

/// What an examination came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Examined {
    /// Every text, in the order given, and what came of it.
    pub answers: Vec<Answer>,
    /// How long it took to learn, in seconds: of one classifier, on average.
    pub train_seconds: f64,
    /// From which probability on the classifiers were confident, on average.
    pub confident: f64,
    /// How many classifiers were asked.
    pub parts: usize,
}

impl Examiner<'_> {
    /// Builds one classifier and puts these texts to it.
    pub fn judge(&mut self, lessons: &Lessons, texts: Vec<Text>) -> Examined {
        (self.told)(1, 1);
        let (classifier, train_seconds) = self.build(lessons);
        let judged: Vec<Judged> =
            texts.iter().enumerate().map(|(number, text)| self.ask(&classifier, &text.text, number)).collect();
        let answers = texts.into_iter().zip(judged).map(|(text, judged)| Answer { text, judged }).collect();
        Examined { answers, train_seconds, confident: f64::from(classifier.thresholds().0), parts: 1 }
    }

    /// Deals the texts into parts, and puts each part to a classifier that has learned from `lessons` without it. What else
    /// is in the lessons stays. `topic` is an intent as the lessons know it.
    pub fn cross_validate(&mut self, lessons: &Lessons, topic: &dyn Fn(&str) -> Topic, texts: Vec<Text>) -> Examined {
        let part_of = deal(&texts, PARTS);
        let mut judged: Vec<Option<Judged>> = vec![None; texts.len()];
        let mut all = Examined { parts: PARTS, ..Examined::default() };
        for part in 0..PARTS {
            (self.told)(part + 1, PARTS);
            let held: Vec<&Text> =
                texts.iter().zip(&part_of).filter(|(_, of)| **of == part).map(|(text, _)| text).collect();
            let (classifier, seconds) = self.build(&without(lessons, topic, &held));
            all.train_seconds += seconds / super::real(PARTS);
            all.confident += f64::from(classifier.thresholds().0) / super::real(PARTS);
            for (number, (text, slot)) in texts.iter().zip(&mut judged).enumerate() {
                if part_of.get(number) == Some(&part) {
                    *slot = Some(self.ask(&classifier, &text.text, number));
                }
            }
        }
        let pairs = texts.into_iter().zip(judged);
        all.answers = pairs.filter_map(|(text, judged)| Some(Answer { text, judged: judged? })).collect();
        all
    }

    fn build(&self, lessons: &Lessons) -> (Classifier, f64) {
        let before = (self.watch)();
        let classifier = Classifier::build(lessons);
        (classifier, (self.watch)().saturating_sub(before).as_secs_f64())
    }

    fn ask(&self, classifier: &Classifier, text: &str, number: usize) -> Judged {
        let put = (!self.noise.is_none()).then(|| self.noise.put(text, number)).filter(|put| put != text);
        let text = put.as_deref().unwrap_or(text);
        let before = (self.watch)();
        let understood = classifier.classify(text, self.wanted);
        let micros = (self.watch)().saturating_sub(before).as_secs_f64() * 1e6;
        judged(&understood, put, micros)
    }
}

fn judged(understood: &Understanding, put: Option<String>, micros: f64) -> Judged {
    let reasons = understood.best().map(|best| best.reasons.clone()).unwrap_or_default();
    let best = understood.candidates.iter().take(CANDIDATES);
    let candidates = best.map(|candidate| (shown(&candidate.topic), candidate.probability)).collect();
    Judged { put, candidates, decision: understood.decision, reasons, micros }
}

/// The lessons without the texts that are held out.
fn without(lessons: &Lessons, topic: &dyn Fn(&str) -> Topic, held: &[&Text]) -> Lessons {
    let of = |intent: Option<&str>| -> BTreeSet<String> {
        held.iter().filter(|text| text.intent.as_deref() == intent).map(|text| fold(&text.text)).collect()
    };
    let mut topics = lessons.topics.clone();
    let intents: BTreeSet<&str> = held.iter().filter_map(|text| text.intent.as_deref()).collect();
    for intent in intents {
        let held = of(Some(intent));
        if let Some(lesson) = topics.get_mut(&topic(intent)) {
            lesson.examples.retain(|example| !held.contains(&fold(example)));
        }
    }
    let strays = of(None);
    Lessons {
        topics,
        not_for_us: lessons.not_for_us.iter().filter(|text| !strays.contains(&fold(text))).cloned().collect(),
        words: lessons.words.clone(),
        languages: lessons.languages.clone(),
        confident: lessons.confident,
        torn: lessons.torn,
        alone: lessons.alone,
        semantic: lessons.semantic.clone(),
    }
}
