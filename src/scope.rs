//! The names that texts and conditions can use, with their values. Knows nothing of where they come from.

use std::collections::BTreeMap;

use crate::message::Value;

/// A value, and how it reads for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// What conditions compare.
    pub value: Value,
    /// What `{{ name }}` prints; never used when the value is `None`.
    pub shown: String,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// One value: `{{ box }}`.
    One(Named),
    /// Fields: `{{ order.eta }}`, `{{ contact.name }}`.
    Fields(BTreeMap<String, Named>),
}

/// Names and what they stand for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope(pub BTreeMap<String, Entry>);

impl Scope {
    /// Adds a name that stands for words.
    pub fn text(&mut self, name: &str, text: impl Into<String>) {
        let shown = text.into();
        self.0.insert(name.to_owned(), Entry::One(Named { value: Value::Text(shown.clone()), shown }));
    }

    /// Adds a name that stands for a value.
    pub fn value(&mut self, name: &str, value: Value, shown: impl Into<String>) {
        self.0.insert(name.to_owned(), Entry::One(Named { value, shown: shown.into() }));
    }

    /// Adds one field of a name.
    pub fn field(&mut self, name: &str, field: &str, value: Value, shown: impl Into<String>) {
        let named = Named { value, shown: shown.into() };
        match self.0.entry(name.to_owned()).or_insert_with(|| Entry::Fields(BTreeMap::new())) {
            Entry::Fields(fields) => {
                fields.insert(field.to_owned(), named);
            }
            entry @ Entry::One(_) => *entry = Entry::Fields(BTreeMap::from([(field.to_owned(), named)])),
        }
    }

    /// Adds a name whose fields have no values yet.
    pub fn declare(&mut self, name: &str) {
        self.0.entry(name.to_owned()).or_insert_with(|| Entry::Fields(BTreeMap::new()));
    }

    /// What `name` or `name.field` stands for; `None` when it is not set.
    #[must_use]
    pub fn get(&self, name: &str, field: Option<&str>) -> Option<&Named> {
        match (self.0.get(name)?, field) {
            (Entry::One(named), None) => Some(named),
            (Entry::Fields(fields), Some(field)) => fields.get(field),
            _ => None,
        }
    }
}

/// What is wrong inside a text or a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextProblem {
    /// Where, in bytes of the source.
    pub range: std::ops::Range<usize>,
    /// What kind of thing is wrong.
    pub kind: TextProblemKind,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// The kinds of [`TextProblem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextProblemKind {
    /// It does not read.
    Syntax,
    /// A name, filter or function that does not exist.
    Unknown,
    /// A name that may have no value there.
    MaybeUnset,
    /// Values of different kinds are compared, or an option that does not exist.
    Type,
}

/// What is known of a name at some point of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It always has a value there.
    Certain,
    /// It may have none.
    Maybe,
    /// There is no such name; the nearest one.
    Unknown(Option<String>),
}
