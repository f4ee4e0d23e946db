//! Lessons from a table of texts and intents alone: a bot without keywords, labels, articles, and without the intents that
//! every bot has.

use std::collections::{BTreeMap, BTreeSet};

use super::Text;
use crate::intent::classifier::{Classifier, Lessons};
use crate::intent::{BuiltIn, Lesson, Topic};
use crate::language::Language;

/// So many texts tell the language.
const TEXTS_FOR_LANGUAGE: usize = 400;
/// A language in which fewer of a hundred of them are written, or fewer at all, is chance.
const LANGUAGE_SHARE: usize = 10;
const LANGUAGE_MIN: usize = 3;

/// The topic of an intent of a table. The names of intents that every bot has get a sign that no name has: a table's
/// `greeting` is learned from the table's rows alone.
#[must_use]
pub fn topic(intent: &str) -> Topic {
    let built_in = BuiltIn::ALL.iter().any(|built_in| built_in.name() == intent);
    Topic::Intent(if built_in { format!("{intent} ") } else { intent.to_owned() })
}

/// What there is to learn from these texts; those out of scope are not for us.
#[must_use]
pub fn lessons(texts: &[Text], languages: &[Language]) -> Lessons {
    let mut topics: BTreeMap<Topic, Lesson> = BTreeMap::new();
    let mut not_for_us = Vec::new();
    for text in texts {
        match &text.intent {
            Some(intent) => topics.entry(topic(intent)).or_default().examples.push(text.text.clone()),
            None => not_for_us.push(text.text.clone()),
        }
    }
    Lessons { topics, not_for_us, languages: languages.to_vec(), alone: true, ..Lessons::default() }
}

/// The topics of a table: nothing else is an answer.
#[must_use]
pub fn topics(texts: &[Text]) -> BTreeSet<Topic> {
    texts.iter().filter_map(|text| text.intent.as_deref().map(topic)).collect()
}

/// In which of the languages that frontdesk ships texts seem to be written; English when they do not tell.
#[must_use]
pub fn languages(texts: &[Text]) -> Vec<Language> {
    let step = texts.len().div_ceil(TEXTS_FOR_LANGUAGE).max(1);
    let known = Classifier::build(&Lessons { languages: Language::BUILT_IN.to_vec(), ..Lessons::default() });
    let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
    for text in texts.iter().step_by(step) {
        if let Some(language) = known.guess_language(&text.text) {
            *counts.entry(language).or_default() += 1;
        }
    }
    let all: usize = counts.values().sum();
    let most = counts.values().copied().max().unwrap_or_default();
    counts.retain(|_, count| *count == most || *count >= LANGUAGE_MIN && *count * 100 >= all * LANGUAGE_SHARE);
    if counts.is_empty() { vec![Language::EN] } else { counts.into_keys().collect() }
}
