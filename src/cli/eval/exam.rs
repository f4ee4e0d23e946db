//! What is learned from and what is asked about: the bot's own sentences, files, or one of each.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::bot::Taught;
use crate::diagnostic::{Place, Problem, Severity, Sources, human};
use crate::evaluation::examine::{Examined, Examiner};
use crate::evaluation::noise::Noise;
use crate::evaluation::{Text, data};
use crate::intent::Topic;
use crate::intent::classifier::{Classifier, Lessons};
use crate::intent::compile::Placed;
use crate::intent::semantic::Embedder;
use crate::language::Language;
use crate::samples;
use crate::text::nearest;

use super::super::{CouldNotRun, project};

/// What an examination needs.
pub struct Exam {
    /// What is told, as a title.
    pub title: String,
    /// From what is learned, in words.
    pub train: String,
    test: String,
    lessons: Lessons,
    texts: Vec<Text>,
    /// The texts are those that the lessons are from: parts of them are held out.
    held_out: bool,
    /// Only these are answers; all there are, if none are named.
    topics: Option<BTreeSet<Topic>>,
}

impl Exam {
    /// A bot, on its own sentences or on those of a file.
    pub fn of_bot(folder: &Path, test: Option<&Path>, language: Option<Language>) -> Result<Self, CouldNotRun> {
        let sources = project::read(folder)?;
        let (taught, problems) = Taught::by(&sources);
        let Some(taught) = taught else { return Err(errors(folder, problems, &sources)) };
        let languages = taught.lessons.languages.clone();
        if let Some(unknown) = language.filter(|language| !languages.contains(language)) {
            let known: Vec<&str> = languages.iter().map(Language::code).collect();
            return Err(CouldNotRun(format!(
                "the bot does not speak `{unknown}`; its languages are: {}",
                known.join(", ")
            )));
        }
        let examples: usize = taught.examples.values().map(Vec::len).sum();
        let intents = taught.examples.values().filter(|examples| !examples.is_empty()).count();
        let learned = format!("{examples} examples of {intents} intents");
        let (train, test_words, mut texts) = match test {
            None => {
                let train = format!("{learned}, less a fifth that is asked about, five times");
                (train, "each of them once".to_owned(), own(&taught, &sources))
            }
            Some(file) => {
                let texts = texts(file)?;
                known_intents(
                    file,
                    &texts,
                    "the bot has no intent",
                    &|name| taught.lessons.topics.contains_key(&named(name)),
                    taught.lessons.topics.keys(),
                )?;
                (learned, file.display().to_string(), texts)
            }
        };
        if let Some(language) = language {
            let reader = Classifier::build(&Lessons { languages, ..Lessons::default() });
            texts.retain(|text| reader.guess_language(&text.text) == Some(language));
        }
        if texts.iter().all(|text| text.intent.is_none()) {
            let of = language.map(|language| format!(" in the language `{language}`")).unwrap_or_default();
            return Err(CouldNotRun(format!(
                "there is nothing to examine: no text{of} has an intent; write `examples:` under the intents, or name a file with --test"
            )));
        }
        Ok(Self {
            title: format!("How well {} understands", taught.name),
            train,
            test: format!(
                "{test_words}{}",
                language.map(|language| format!(", in `{language}` only")).unwrap_or_default()
            ),
            lessons: taught.lessons,
            texts,
            held_out: test.is_none(),
            topics: None,
        })
    }

    /// A classifier that learns from a file alone, on another file or on parts of the same.
    pub fn of_files(train: &Path, test: Option<&Path>, language: Option<Language>) -> Result<Self, CouldNotRun> {
        let learned = texts(train)?;
        if learned.iter().all(|text| text.intent.is_none()) {
            return Err(CouldNotRun(format!(
                "`{}`: no row has an intent, so there is nothing to learn; write it in the column `intent`",
                train.display()
            )));
        }
        let asked = test.map(texts).transpose()?;
        let topics = data::topics(&learned);
        if let (Some(test), Some(asked)) = (test, &asked) {
            let missing = format!("`{}` has no row of an intent", train.display());
            known_intents(test, asked, &missing, &|name| topics.contains(&data::topic(name)), topics.iter())?;
        }
        let languages = language.map_or_else(|| data::languages(&learned), |language| vec![language]);
        Ok(Self {
            title: format!("How well {} is understood", file_name(test.unwrap_or(train))),
            train: match asked {
                Some(_) => train.display().to_string(),
                None => format!("{}, less a fifth that is asked about, five times", train.display()),
            },
            test: test.map_or_else(|| "each of its rows once".to_owned(), |test| test.display().to_string()),
            lessons: data::lessons(&learned, &languages),
            held_out: asked.is_none(),
            texts: asked.unwrap_or(learned),
            topics: Some(topics),
        })
    }

    /// The same with a model of sentences.
    pub fn with(mut self, semantic: Option<Arc<dyn Embedder>>) -> Self {
        self.lessons.semantic = semantic;
        self
    }

    /// On what is examined, in words.
    pub fn asked(&self, noise: Noise) -> String {
        let mut words = self.test.clone();
        if noise.mistyped > 0 {
            words.push_str(&format!(", {} % of the words mistyped", noise.mistyped));
        }
        if noise.stripped {
            words.push_str(", without marks on letters");
        }
        words
    }

    /// Examines.
    pub fn take(&self, noise: Noise, told: &mut dyn FnMut(usize, usize)) -> Examined {
        #[expect(clippy::disallowed_methods, reason = "measures how long the classifier takes; decides nothing by it")]
        let started = std::time::Instant::now();
        let watch = || -> Duration { started.elapsed() };
        let wanted = |topic: &Topic| self.topics.as_ref().is_none_or(|topics| topics.contains(topic));
        let mut examiner = Examiner { wanted: &wanted, noise, watch: &watch, told };
        let texts = self.texts.clone();
        if !self.held_out {
            return examiner.judge(&self.lessons, texts);
        }
        let topic: &dyn Fn(&str) -> Topic =
            if self.topics.is_some() { &data::topic } else { &|name| Topic::Intent(name.to_owned()) };
        examiner.cross_validate(&self.lessons, topic, texts)
    }
}

/// A topic as files name it: an article says that it is one.
fn named(name: &str) -> Topic {
    let article = name.strip_prefix("article:");
    article.map_or_else(|| Topic::Intent(name.to_owned()), |article| Topic::Article(article.to_owned()))
}

/// The bot's own sentences.
fn own(taught: &Taught, sources: &Sources) -> Vec<Text> {
    let text = |placed: &Placed, intent: Option<&String>| Text {
        text: placed.text.clone(),
        intent: intent.cloned(),
        place: Some(sources.place(&placed.spot)),
    };
    let of = |(name, examples): (&String, &Vec<Placed>)| {
        examples.iter().map(|placed| text(placed, Some(name))).collect::<Vec<_>>()
    };
    let mut texts: Vec<Text> = taught.examples.iter().flat_map(of).collect();
    texts.extend(taught.not_for_us.iter().map(|placed| text(placed, None)));
    texts
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// The rows of a file.
fn texts(file: &Path) -> Result<Vec<Text>, CouldNotRun> {
    let bytes = std::fs::read(file).map_err(|error| CouldNotRun::file(file, "read", &error))?;
    let read = samples::read(&file.to_string_lossy(), &bytes)
        .map_err(|problem| CouldNotRun(format!("{}:{}: {problem}", file.display(), problem.line)))?;
    let name: Arc<str> = Arc::from(file_name(file));
    let text = |sample: samples::Sample| {
        let line = u32::try_from(sample.line).unwrap_or(u32::MAX);
        let place = Place { file: Arc::clone(&name), line, column: 1 };
        Text { text: sample.text, intent: sample.intent, place: Some(place) }
    };
    Ok(read.into_iter().map(text).collect())
}

/// Every text that has an intent has one that can be an answer.
fn known_intents<'a>(
    file: &Path,
    texts: &[Text],
    missing: &str,
    known: &dyn Fn(&str) -> bool,
    topics: impl Iterator<Item = &'a Topic>,
) -> Result<(), CouldNotRun> {
    let unknown = texts.iter().find_map(|text| Some((text, text.intent.as_deref().filter(|name| !known(name))?)));
    let Some((text, intent)) = unknown else { return Ok(()) };
    let names: Vec<&str> = topics
        .filter_map(|topic| match topic {
            Topic::Intent(name) => Some(name.trim_end()),
            Topic::Article(_) => None,
        })
        .collect();
    let near = nearest(intent, names).map(|near| format!("did you mean `{near}`? If not, ")).unwrap_or_default();
    let line = text.place.as_ref().map_or(1, |place| place.line);
    Err(CouldNotRun(format!(
        "{}:{line}: {missing} `{intent}`; {near}leave the intent empty (or null) where a text is out of scope",
        file.display()
    )))
}

fn errors(folder: &Path, problems: Vec<Problem>, sources: &Sources) -> CouldNotRun {
    let errors: Vec<Problem> = problems.into_iter().filter(|problem| problem.severity() == Severity::Error).collect();
    CouldNotRun(format!("the bot in `{}` has errors:\n\n{}", folder.display(), human(&errors, sources, false)))
}
