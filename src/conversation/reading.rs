//! Reading a message as the answer to a question (R13, R15, R17), and showing values to people. Decides nothing.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::clock::Timestamp;
use crate::flow::program::{Accept, AnswerOption, DateBound, Normalise, Pattern};
use crate::hours::Country;
use crate::language::Language;
use crate::locale::{Locale, Reading as Found};
use crate::message::{Location, Media, MediaKind, Value};
use crate::template::LocalText;
use crate::text::{contains_name, fold, name, slip, with_ascii_digits, without_direction_marks, words};

/// What a message is as an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// This answer.
    Answer(Value),
    /// It was read, but it is not allowed; how it reads for people.
    NotAllowed(String),
    /// It cannot be read as an answer, or reads as several.
    Unclear,
}

/// What readers need to know of the contact.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    /// How they write.
    pub locale: Locale,
    /// Today where the queue is.
    pub today: NaiveDate,
    /// Whose local phone numbers are meant.
    pub country: Option<Country>,
    /// The business number, in digits.
    pub business: Option<&'a str>,
    /// The customer's number, in digits.
    pub writer: Option<&'a str>,
}

/// The words, files and place of one input.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Words; empty when there are none.
    pub text: &'a str,
    /// Files.
    pub media: &'a [Media],
    /// A place.
    pub location: Option<&'a Location>,
    /// A phone number from a contact card.
    pub phone: Option<&'a str>,
}

/// Reads an input as the answer to a question that accepts `accept`.
#[must_use]
pub fn read(accept: &Accept, given: Given<'_>, reader: &Reader<'_>) -> Reading {
    let text = without_direction_marks(given.text);
    let text = text.trim();
    match accept {
        Accept::Location => given.location.map_or(Reading::Unclear, |l| Reading::Answer(Value::Location(l.clone()))),
        Accept::Photo => file(given.media, |kind| kind == MediaKind::Image),
        Accept::Document => file(given.media, |kind| kind == MediaKind::Document),
        Accept::Media => file(given.media, |_| true),
        Accept::Phone => {
            let text = if text.is_empty() { given.phone.unwrap_or_default() } else { text };
            one(reader.locale.read_phone(text, reader.country, reader.business, reader.writer), Value::Phone)
        }
        _ if text.is_empty() => Reading::Unclear,
        Accept::Options(options) => option(options, text, reader.locale.language())
            .map_or(Reading::Unclear, |key| Reading::Answer(Value::Choice(key))),
        Accept::YesNo => {
            reader.locale.read_yes_no(text).map_or(Reading::Unclear, |yes| Reading::Answer(Value::Bool(yes)))
        }
        Accept::Text { min, max } => {
            let length = text.chars().count();
            if (*min..=*max).contains(&length) {
                Reading::Answer(Value::Text(text.to_owned()))
            } else {
                Reading::NotAllowed(text.chars().take(80).collect())
            }
        }
        Accept::Number { min, max, integer } => match reader.locale.read_number(text) {
            Found::One(number) => {
                let low = min.is_some_and(|min| number < min);
                let high = max.is_some_and(|max| number > max);
                if low || high || (*integer && number.fract() != 0.0) {
                    Reading::NotAllowed(reader.locale.show_number(number))
                } else {
                    Reading::Answer(Value::Number(number))
                }
            }
            _ => Reading::Unclear,
        },
        Accept::Date { from, to } => match reader.locale.read_date(text, reader.today) {
            Found::One(date) => {
                let early = from.is_some_and(|from| date < day(from, reader.today));
                let late = to.is_some_and(|to| date > day(to, reader.today));
                if early || late {
                    Reading::NotAllowed(reader.locale.show_date(date, reader.today))
                } else {
                    Reading::Answer(Value::Date(date))
                }
            }
            _ => Reading::Unclear,
        },
        Accept::Email => one(reader.locale.read_email(text), Value::Email),
        Accept::Pattern(pattern) => {
            matched(pattern, text).map_or(Reading::Unclear, |found| Reading::Answer(Value::Text(found)))
        }
    }
}

/// Whether a message names an option to the letter (label, number or synonym, no slips): what stands before the anytime
/// words *menu*, *cancel* and *stop* (R6).
#[must_use]
pub fn names_option(accept: &Accept, text: &str, language: Language) -> bool {
    match accept {
        Accept::Options(options) => exact(options, &name(text), language).is_some(),
        _ => false,
    }
}

/// An answer that stands unmistakably in a longer text (R13): never for free words, yes/no and numbers.
#[must_use]
pub fn contained(accept: &Accept, text: &str, reader: &Reader<'_>) -> Option<Value> {
    let text = &without_direction_marks(text);
    match accept {
        Accept::Options(options) => {
            let said = words(text);
            let found: BTreeSet<&str> = options
                .iter()
                .filter(|option| plain_names(option).iter().any(|name| contains_name(&said, &words(name))))
                .map(|option| option.key.as_str())
                .collect();
            single(found).map(|key| Value::Choice(key.to_owned()))
        }
        Accept::Pattern(pattern) => matched(pattern, text).map(Value::Text),
        Accept::Date { .. } => match reader.locale.find_date(text, reader.today) {
            Found::One(date) => match read(accept, words_only(&date.to_string()), reader) {
                Reading::Answer(value) => Some(value),
                _ => None,
            },
            _ => None,
        },
        Accept::Phone => {
            found(reader.locale.read_phone(text, reader.country, reader.business, reader.writer)).map(Value::Phone)
        }
        Accept::Email => found(reader.locale.read_email(text)).map(Value::Email),
        Accept::Text { .. }
        | Accept::YesNo
        | Accept::Number { .. }
        | Accept::Location
        | Accept::Photo
        | Accept::Document
        | Accept::Media => None,
    }
}

/// Words and nothing else.
#[must_use]
pub const fn words_only(text: &str) -> Given<'_> {
    Given { text, media: &[], location: None, phone: None }
}

/// Which of several labels a message names: its number from 1, the label, or the label with a typing slip, as long as it
/// is one only (R15).
#[must_use]
pub fn row(labels: &[String], text: &str) -> Option<usize> {
    let said = name(text);
    if let Some(number) = position(&said, labels.len()) {
        return Some(number);
    }
    let names: Vec<String> = labels.iter().map(|label| name(label)).collect();
    let by = |same: &dyn Fn(&str) -> bool| single(names.iter().enumerate().filter(|(_, l)| same(l)).map(|(i, _)| i));
    by(&|label| label == said).or_else(|| by(&|label| slip(label, &said)))
}

/// How a value reads for people, without knowing the question.
#[must_use]
pub fn show(value: &Value, locale: &Locale, now: Timestamp) -> String {
    match value {
        Value::None => String::new(),
        Value::Text(text) | Value::Phone(text) | Value::Email(text) | Value::Choice(text) => text.clone(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => locale.show_number(*number),
        Value::Date(date) => locale.show_date(*date, now.date_naive()),
        Value::Media(media) => media.filename.clone().unwrap_or_else(|| media.kind.name().to_owned()),
        Value::Location(place) => {
            place.name.clone().unwrap_or_else(|| format!("{:.5},{:.5}", place.latitude, place.longitude))
        }
    }
}

fn option(options: &[AnswerOption], text: &str, language: Language) -> Option<String> {
    if let Some(key) = exact(options, &name(text), language) {
        return Some(key);
    }
    let said = fold(text);
    let by_slip = options.iter().filter(|option| names(option).iter().any(|name| slip(&fold(name), &said)));
    if let Some(key) = single(by_slip.map(|option| option.key.as_str())) {
        return Some(key.to_owned());
    }
    let said = words(text);
    let inside = options
        .iter()
        .filter(|option| names(option).iter().any(|name| contains_name(&said, &words(name))))
        .map(|option| option.key.as_str());
    single(inside.filter(|_| said.len() <= SHORT)).map(str::to_owned)
}

/// In a message of at most so many words an option's name may stand among others ("the white box, please").
const SHORT: usize = 6;

fn exact(options: &[AnswerOption], said: &str, language: Language) -> Option<String> {
    if let Some(number) = position(said, options.len()) {
        let claimed = options.iter().any(|option| names(option).iter().any(|called| name(called) == said));
        if !claimed {
            return options.get(number).map(|option| option.key.clone());
        }
    }
    let label = |option: &&AnswerOption| name(option.label.get(language)) == said;
    let by_label = single(options.iter().filter(label).map(|option| option.key.as_str()));
    let by_name = || {
        let named = options.iter().filter(|option| names(option).iter().any(|called| name(called) == said));
        single(named.map(|option| option.key.as_str()))
    };
    by_label.or_else(by_name).map(str::to_owned)
}

/// Everything an option may be called when it was asked for: what it is called anywhere, what stands in parentheses in its
/// labels, and its key.
fn names(option: &AnswerOption) -> Vec<String> {
    let mut names = plain_names(option);
    let inside = |label: &String| Some(label.split_once('(')?.1.split_once(')')?.0.trim().to_owned());
    names.extend(labels(&option.label).iter().filter_map(inside));
    names.push(option.key.clone());
    names.retain(|called| !name(called).is_empty());
    names
}

/// What an option is called anywhere: its synonyms and its labels in every language, also without what stands in
/// parentheses. "Black" alone is no name of "X1 (black)": in an opening message it may be the colour of the screen.
fn plain_names(option: &AnswerOption) -> Vec<String> {
    let labels = labels(&option.label);
    let before = labels.iter().filter_map(|label| Some(label.split_once('(')?.0.trim().to_owned()));
    let mut names: Vec<String> = option.also.iter().cloned().chain(before).chain(labels.iter().cloned()).collect();
    names.retain(|called| !name(called).is_empty());
    names
}

fn labels(label: &LocalText) -> Vec<String> {
    label.languages().into_iter().map(|language| label.get(language).to_owned()).collect()
}

/// A number from 1 to `count`, as a position from 0.
fn position(said: &str, count: usize) -> Option<usize> {
    let number: usize = said.parse().ok()?;
    (1..=count).contains(&number).then(|| number - 1)
}

/// Digits of every script are read as ASCII ones, so that an answer has one form, which lookups understand.
fn matched(pattern: &Pattern, text: &str) -> Option<String> {
    let found: BTreeSet<String> = pattern
        .regex
        .captures_iter(&with_ascii_digits(text))
        .filter_map(|captures| captures.get(1))
        .map(|found| normalised(found.as_str(), pattern.normalise))
        .collect();
    single(found)
}

fn normalised(text: &str, normalise: Normalise) -> String {
    match normalise {
        Normalise::Keep => text.to_owned(),
        Normalise::Upper => text.to_uppercase(),
        Normalise::Lower => text.to_lowercase(),
        Normalise::Digits => text.chars().filter(char::is_ascii_digit).collect(),
    }
}

/// The day a bound stands for.
#[must_use]
pub fn day(bound: DateBound, today: NaiveDate) -> NaiveDate {
    match bound {
        DateBound::Day(day) => day,
        DateBound::FromToday(days) => {
            chrono::TimeDelta::try_days(days).and_then(|days| today.checked_add_signed(days)).unwrap_or(today)
        }
    }
}

fn file(media: &[Media], fits: impl Fn(MediaKind) -> bool) -> Reading {
    let found = media.iter().find(|media| fits(media.kind));
    found.map_or(Reading::Unclear, |media| Reading::Answer(Value::Media(media.clone())))
}

fn one<T>(found: Found<T>, value: impl Fn(T) -> Value) -> Reading {
    match found {
        Found::One(found) => Reading::Answer(value(found)),
        _ => Reading::Unclear,
    }
}

fn found<T>(found: Found<T>) -> Option<T> {
    match found {
        Found::One(found) => Some(found),
        _ => None,
    }
}

fn single<T>(items: impl IntoIterator<Item = T>) -> Option<T> {
    let mut items = items.into_iter();
    let first = items.next()?;
    items.next().is_none().then_some(first)
}
