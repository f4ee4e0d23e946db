//! What every compiler of a kind of file needs: the author's files, the names declared in them, the problems found, and
//! readers for names, texts, conditions and plain values that note a problem instead of failing. Knows no kind of file.

pub mod json_schema;
pub mod shape;
pub mod values;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Place, Problem, Sources, Spot};
use crate::language::Language;
use crate::text::nearest;
use crate::yaml::Node;

pub use words::{Known, TextNames};

/// What a name can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A flow.
    Flow,
    /// An intent.
    Intent,
    /// An article.
    Article,
    /// A queue.
    Queue,
    /// A lookup.
    Lookup,
    /// A template's occasion.
    Template,
    /// A department.
    Department,
}

impl NameKind {
    /// As messages say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Intent => "intent",
            Self::Article => "article",
            Self::Queue => "queue",
            Self::Lookup => "lookup",
            Self::Template => "template",
            Self::Department => "department",
        }
    }
}

/// One compilation: what is known and what is wrong so far.
#[derive(Debug)]
pub struct Context<'s> {
    /// The author's files.
    pub sources: &'s Sources,
    /// The bot's languages, the default first.
    pub languages: Vec<Language>,
    /// A language does not read, so that nothing can be said about languages that are missing or unknown.
    pub languages_doubtful: bool,
    /// What is wrong so far.
    pub problems: Vec<Problem>,
    /// Fields of lookups by lookup (`found` included).
    pub fields: BTreeMap<String, Vec<String>>,
    names: BTreeMap<(NameKind, String), Spot>,
    used: BTreeSet<(NameKind, String)>,
}

impl<'s> Context<'s> {
    /// A compilation of these files.
    #[must_use]
    pub fn new(sources: &'s Sources) -> Self {
        Self {
            sources,
            languages: vec![Language::EN],
            languages_doubtful: false,
            problems: Vec::new(),
            fields: BTreeMap::new(),
            names: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    /// Notes a problem at some bytes of a file; the caller may add help and other places.
    pub fn problem(
        &mut self,
        code: Code,
        file: &Arc<str>,
        range: &Range<usize>,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.note(Problem::new(code, Spot::new(file, range.clone()), message))
    }

    /// Notes that `second` stands where only one of two keys may; `first` is the other, and `what` it is called.
    pub fn clash(&mut self, file: &Arc<str>, first: (&Node, &str), second: &Node, message: &str, help: &str) {
        let (other, what) = first;
        let spot = Spot::new(file, other.range.clone());
        let problem = self.problem(Code::UnknownKey, file, &second.range, message);
        problem.related = vec![(spot, what.to_owned())];
        problem.help = Some(help.to_owned());
    }

    /// Notes a problem.
    pub fn note(&mut self, problem: Problem) -> &mut Problem {
        self.problems.push(problem);
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    /// Line and column of a node.
    #[must_use]
    pub fn place(&self, file: &Arc<str>, node: &Node) -> Place {
        self.sources.place(&Spot::new(file, node.range.clone()))
    }

    /// The default language.
    #[must_use]
    pub fn default_language(&self) -> Language {
        self.languages.first().copied().unwrap_or(Language::EN)
    }

    // ── names ──

    /// Declares a name; a second one of the same kind is a problem.
    pub fn declare(&mut self, kind: NameKind, file: &Arc<str>, node: &Node) -> Option<String> {
        let Some(name) = self.name(file, node) else {
            // Whoever refers to it has done nothing wrong.
            let name = node.scalar()?.to_owned();
            self.used.insert((kind, name.clone()));
            self.names.entry((kind, name)).or_insert_with(|| Spot::new(file, node.range.clone()));
            return None;
        };
        self.declare_as(kind, name, Spot::new(file, node.range.clone()))
    }

    /// Declares a name that stands at `spot`.
    pub fn declare_as(&mut self, kind: NameKind, name: String, spot: Spot) -> Option<String> {
        if let Some(first) = self.names.get(&(kind, name.clone())).cloned() {
            let problem =
                Problem::new(Code::DuplicateName, spot, format!("there are two {}s named `{name}`", kind.word()));
            self.note(problem.and(first, "the first").help("give one of them another name"));
            return None;
        }
        self.names.insert((kind, name.clone()), spot);
        Some(name)
    }

    /// Whether something of this kind has this name.
    #[must_use]
    pub fn is_declared(&self, kind: NameKind, name: &str) -> bool {
        self.names.contains_key(&(kind, name.to_owned()))
    }

    /// The names of a kind.
    pub fn declared(&self, kind: NameKind) -> impl Iterator<Item = (&str, &Spot)> {
        self.names.iter().filter(move |((k, _), _)| *k == kind).map(|((_, name), spot)| (name.as_str(), spot))
    }

    /// Reads a reference; a name that leads nowhere is a problem, with the nearest that exists.
    pub fn refer(&mut self, kind: NameKind, file: &Arc<str>, node: &Node) -> Option<String> {
        let name = node.scalar().filter(|_| !node.is_empty())?.trim().to_owned();
        if self.is_declared(kind, &name) {
            self.used.insert((kind, name.clone()));
            return Some(name);
        }
        let near = nearest(&name, self.declared(kind).map(|(name, _)| name)).map(str::to_owned);
        if let Some(near) = &near {
            self.used.insert((kind, near.clone()));
        }
        let exists: Vec<&str> = self.declared(kind).map(|(name, _)| name).take(8).collect();
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if exists.is_empty() => format!("the bot has no {}s yet", kind.word()),
            None => format!("there are: {}", exists.join(", ")),
        };
        let message = format!("there is no {} named `{name}`", kind.word());
        self.problem(Code::UnknownReference, file, &node.range, message).help = Some(help);
        None
    }

    /// Notes that something is used without a reference in a file.
    pub fn mark_used(&mut self, kind: NameKind, name: &str) {
        self.used.insert((kind, name.to_owned()));
    }

    /// The names of a kind that something referred to.
    pub fn used(&self, kind: NameKind) -> impl Iterator<Item = &str> {
        self.used.iter().filter(move |(k, _)| *k == kind).map(|(_, name)| name.as_str())
    }

    /// What was declared and never referred to.
    #[must_use]
    pub fn unused(&self, kind: NameKind) -> Vec<(String, Spot)> {
        let of_kind = self.names.iter().filter(|((k, _), _)| *k == kind);
        of_kind
            .filter(|(key, _)| !self.used.contains(key))
            .map(|((_, name), spot)| (name.clone(), spot.clone()))
            .collect()
    }

    /// Reads a name: `[a-z][a-z0-9_]*`, at most 40 letters (button ids carry them, R16).
    pub fn name(&mut self, file: &Arc<str>, node: &Node) -> Option<String> {
        let name = node.scalar()?.to_owned();
        if is_name(&name) {
            return Some(name);
        }
        let help = match suggested_name(&name) {
            Some(better) => {
                format!("names have small letters, digits and `_`, begin with a letter and have at most 40: `{better}`")
            }
            None => "names have small letters, digits and `_`, begin with a letter and have at most 40".to_owned(),
        };
        self.problem(Code::BadName, file, &node.range, format!("`{name}` cannot be a name")).help = Some(help);
        None
    }
}

/// The longest name, in letters.
pub const NAME_MAX: usize = 40;

/// Whether a text is a name (`language.md`).
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= NAME_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn suggested_name(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let spaced: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name: String = spaced.trim_matches(|c: char| c == '_' || c.is_ascii_digit()).chars().take(NAME_MAX).collect();
    Some(name).filter(|name| is_name(name))
}
