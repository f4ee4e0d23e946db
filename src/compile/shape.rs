//! The shapes of the author's files as data: which keys a map has, what each holds and what it is for. One description
//! checks files, suggests the nearest key, and is printed as JSON Schema for editors.

use std::sync::Arc;

use crate::diagnostic::Code;
use crate::text::nearest;
use crate::yaml::{Node, NodeKind};

use super::Context;

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Words, as they stand.
    Words,
    /// Customer-facing text: words, or a map from language to words.
    Text,
    /// A name: small letters, digits and `_`.
    Name,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// `30s`, `8m`, `4h`, `2d`.
    Duration,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of these; one alone will do.
    List(&'static Kind),
    /// A map from the author's own names to these.
    MapOf(&'static Kind),
    /// A map with known keys.
    Shape(&'static Shape),
    /// Any of these, told apart by being words, a list or a map.
    Either(&'static [Kind]),
    /// Nothing: the key alone says it.
    Nothing,
}

/// A map with known keys.
#[derive(Debug)]
pub struct Shape {
    /// What it is called in messages: "a flow".
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A key of a map.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it is for, in a sentence.
    pub about: &'static str,
}

/// A handoff: a queue's name, or a queue and a note.
pub const HANDOFF: Kind = Kind::Either(&[Kind::Shape(&HANDOFF_MAP), Kind::Words]);

const HANDOFF_MAP: Shape = Shape {
    name: "`handoff`",
    keys: &[
        key("queue", Kind::Words, "to whom; left out: the number's own queue"),
        key("note", Kind::Text, "what the agent should know"),
    ],
};

/// A key that may be left out.
#[must_use]
pub const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: false, about }
}

/// A key that must be there.
#[must_use]
pub const fn must(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: true, about }
}

impl Context<'_> {
    /// Checks a value against what it may be; everything that does not fit is noted.
    pub fn fits(&mut self, file: &Arc<str>, node: &Node, kind: Kind, what: &str) -> bool {
        match kind {
            Kind::Words | Kind::Name => self.must_be_words(file, node, what),
            Kind::Text => match &node.kind {
                NodeKind::Scalar { .. } => !node.is_empty() || self.nothing(file, node, what),
                NodeKind::Map(_) => !self.is_unquoted_braces(file, node, what),
                NodeKind::List(_) => self.wrong(file, node, what, "text, or a map from language to text"),
            },
            Kind::Flag => self.must_be_true_or_false(file, node, what),
            Kind::OneOf(words) => self.must_be_one_of(file, node, what, words),
            Kind::Number => {
                let good = node.scalar().is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
                good || self.wrong(file, node, what, "a number")
            }
            Kind::Duration => {
                let good = node.scalar().is_some_and(|text| crate::locale::duration(text).is_some());
                good || self.bad_duration(file, node, what)
            }
            Kind::List(of) => match &node.kind {
                NodeKind::List(items) => {
                    let bad = items.iter().filter(|item| !self.fits(file, item, *of, what)).count();
                    bad == 0
                }
                NodeKind::Map(_) if !matches!(of, Kind::Text | Kind::Shape(_) | Kind::Either(_)) => {
                    self.wrong(file, node, what, "a list")
                }
                _ => self.fits(file, node, *of, what),
            },
            Kind::MapOf(of) => match &node.kind {
                NodeKind::Map(entries) => {
                    if self.stands_too_far_left(file, entries, *of) {
                        return false;
                    }
                    entries.iter().filter(|(_, value)| !self.fits(file, value, *of, what)).count() == 0
                }
                _ if node.is_empty() => true,
                _ => self.wrong(file, node, what, "a map"),
            },
            Kind::Shape(shape) => self.fits_shape(file, node, shape),
            Kind::Either(kinds) => match kinds.iter().find(|kind| kind.takes(node)) {
                Some(kind) => self.fits(file, node, *kind, what),
                None => {
                    let wanted: Vec<&str> = kinds.iter().map(Kind::word).collect();
                    self.wrong(file, node, what, &wanted.join(" or "))
                }
            },
            Kind::Nothing => match &node.kind {
                _ if node.is_empty() => true,
                NodeKind::Map(_) => {
                    let range = node.range.clone();
                    let problem = self.problem(
                        Code::KeysUnderOtherwise,
                        file,
                        &range,
                        format!("these keys are indented under `{what}:`, which holds nothing itself"),
                    );
                    problem.help = Some(format!("move them left, so that they begin in the same column as `{what}:`"));
                    false
                }
                _ => self.wrong(file, node, what, "nothing after the colon"),
            },
        }
    }

    fn fits_shape(&mut self, file: &Arc<str>, node: &Node, shape: &'static Shape) -> bool {
        let NodeKind::Map(entries) = &node.kind else {
            return self.no_map(file, node, shape);
        };
        let mut good = true;
        for (name, value) in entries {
            let word = name.scalar().unwrap_or_default();
            match shape.keys.iter().find(|key| key.name == word) {
                Some(key) => good &= self.fits(file, value, key.kind, key.name),
                None => {
                    good = false;
                    self.unknown_key(file, name, shape);
                }
            }
        }
        for key in shape.keys.iter().filter(|key| key.required && node.get(key.name).is_none()) {
            good = false;
            let range = entries.first().map_or(node.range.clone(), |(name, _)| name.range.clone());
            self.problem(Code::MissingKey, file, &range, format!("{} needs the key `{}`", shape.name, key.name)).help =
                Some(format!("add `{}:` — {}", key.name, key.about));
        }
        good
    }

    /// A text or a list where a map with known keys should stand: often a space or a colon is missing.
    fn no_map(&mut self, file: &Arc<str>, node: &Node, shape: &'static Shape) -> bool {
        let text = node.scalar().unwrap_or_default();
        let begun = shape.keys.iter().find(|key| text.strip_prefix(key.name).is_some_and(|rest| rest.starts_with(':')));
        if let Some(key) = begun {
            let rest = text.get(key.name.len() + 1..).unwrap_or_default().trim_start();
            let message = format!("a space is missing after `{}:`", key.name);
            self.problem(Code::WrongType, file, &node.range, message).help =
                Some(format!("write `{}: {rest}`", key.name));
            return false;
        }
        if let Some(key) = shape.keys.iter().find(|key| key.name == text) {
            self.problem(Code::WrongType, file, &node.range, format!("a colon is missing after `{}`", key.name)).help =
                Some(format!("write `{}:`", key.name));
            return false;
        }
        self.wrong(file, node, shape.name, "a map of keys");
        let key = shape.keys.iter().find(|key| key.required).or(shape.keys.first());
        if let (Some(problem), Some(key)) = (self.problems.last_mut(), key) {
            problem.help = Some(format!("write its keys with their values, such as `{{ {}: … }}`", key.name));
        }
        false
    }

    /// Keys that belong to the things of a map and stand beside their names, because they are not indented. One problem
    /// says it; what follows from it is not worth a word.
    fn stands_too_far_left(&mut self, file: &Arc<str>, entries: &[(Node, Node)], of: Kind) -> bool {
        let Some(shape) = of.shape() else { return false };
        let is_key = |(name, value): &&(Node, Node)| {
            let known = shape.keys.iter().any(|key| Some(key.name) == name.scalar());
            known && !matches!(value.kind, NodeKind::Map(_))
        };
        let empty = entries.iter().any(|(_, value)| value.is_empty());
        let Some((name, _)) = entries.iter().find(is_key).filter(|_| empty) else { return false };
        let word = name.scalar().unwrap_or_default();
        let message = format!("`{word}:` belongs to {} and stands beside its name", shape.name);
        self.problem(Code::WrongType, file, &name.range, message).help =
            Some(format!("indent `{word}:`, and the keys below it, by two more spaces"));
        true
    }

    fn unknown_key(&mut self, file: &Arc<str>, name: &Node, shape: &'static Shape) {
        let word = name.scalar().unwrap_or_default();
        let known = || shape.keys.iter().map(|key| key.name);
        let undashed = word.trim_start_matches(['-', '–', '—', '•', '*']).trim_start();
        let help = if undashed != word && known().any(|key| key == undashed) {
            format!("a list begins with `-` and a space: write `- {undashed}:`")
        } else if let Some(near) = nearest(word, known()) {
            format!("did you mean `{near}`?")
        } else {
            format!("{} may have: {}", shape.name, known().collect::<Vec<_>>().join(", "))
        };
        self.problem(Code::UnknownKey, file, &name.range, format!("{} has no key `{word}`", shape.name)).help =
            Some(help);
    }

    fn must_be_words(&mut self, file: &Arc<str>, node: &Node, what: &str) -> bool {
        if self.is_unquoted_braces(file, node, what) {
            return false;
        }
        match node.scalar() {
            Some(_) => !node.is_empty() || self.nothing(file, node, what),
            None => self.wrong(file, node, what, "one text"),
        }
    }

    /// Nothing stands after a key. Behind `#` YAML reads no further.
    fn nothing(&mut self, file: &Arc<str>, node: &Node, what: &str) -> bool {
        let rest = self.sources.text(file).get(node.range.start..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let comment = line.find('#').map(|at| line.get(at..).unwrap_or_default().trim_end().to_owned());
        let help = match comment {
            Some(text) => format!(
                "what stands after `#` is a comment; if it is the text, write {what}: {}",
                crate::yaml::in_quotes(&text)
            ),
            None if what == "handoff" => "name a queue, or write `handoff: {}` for the number's own queue".to_owned(),
            None => format!("write it after `{what}:`, or take the line away"),
        };
        self.problem(Code::WrongType, file, &node.range, format!("nothing stands after `{what}:`")).help = Some(help);
        false
    }

    fn must_be_true_or_false(&mut self, file: &Arc<str>, node: &Node, what: &str) -> bool {
        let word = match node.scalar().map(str::to_lowercase).as_deref() {
            Some("true" | "false") if matches!(node.scalar(), Some("true" | "false")) => return true,
            Some("yes" | "on" | "y" | "true") => "true",
            Some("no" | "off" | "n" | "false") => "false",
            _ => return self.must_be_one_of(file, node, what, &["true", "false"]),
        };
        let message = format!("`{what}` cannot be {}", shown(node));
        self.problem(Code::BadValue, file, &node.range, message).help = Some(format!("write `{what}: {word}`"));
        false
    }

    fn must_be_one_of(&mut self, file: &Arc<str>, node: &Node, what: &str, words: &[&str]) -> bool {
        let word = node.scalar().unwrap_or_default();
        if words.contains(&word) {
            return true;
        }
        let help = match nearest(word, words.iter().copied()).filter(|_| word.len() > 2) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of: {}", words.join(", ")),
        };
        self.problem(Code::BadValue, file, &node.range, format!("`{what}` cannot be {}", shown(node))).help =
            Some(help);
        false
    }

    fn bad_duration(&mut self, file: &Arc<str>, node: &Node, what: &str) -> bool {
        let message = format!("`{what}` wants a duration, and {} is none", shown(node));
        self.problem(Code::BadValue, file, &node.range, message).help =
            Some("write a number and a unit: `30s`, `8m`, `4h`, `2d`".to_owned());
        false
    }

    fn wrong(&mut self, file: &Arc<str>, node: &Node, what: &str, wanted: &str) -> bool {
        let what = what.trim_matches('`');
        let message = format!("`{what}` wants {wanted}, and this is {}", node.what());
        let help = match (wanted, &node.kind) {
            ("a map", _) => {
                "write names with a colon below it, indented by two spaces, without dashes: `name: …`".to_owned()
            }
            ("a list", _) => "write `[one, two]`, or one in each line after `- `".to_owned(),
            ("a number", _) => "write digits only, such as `8` or `0.5`".to_owned(),
            ("nothing after the colon", _) => format!("begin a new line after `{what}:`"),
            (_, NodeKind::Map(_)) => "write one text; a text with `{` or `: ` in it must be in \"quotes\"".to_owned(),
            (_, NodeKind::List(_)) => {
                "write one text; a text with `[` or `- ` in front must be in \"quotes\"".to_owned()
            }
            (_, NodeKind::Scalar { .. }) => format!("write it after `{what}:`, or take the line away"),
        };
        self.problem(Code::WrongType, file, &node.range, message).help = Some(help);
        false
    }

    /// `say: {{ name }}` without quotes: YAML reads a map.
    fn is_unquoted_braces(&mut self, file: &Arc<str>, node: &Node, what: &str) -> bool {
        let source = self.sources.text(file).get(node.range.clone()).unwrap_or_default();
        if !matches!(node.kind, NodeKind::Map(_)) || !source.starts_with("{{") {
            return false;
        }
        let first_line = source.lines().next().unwrap_or_default().trim_end().to_owned();
        let message = "a text that begins with `{{` must be in quotes: without them YAML reads a map";
        self.problem(Code::UnquotedBraces, file, &node.range, message).help =
            Some(format!("write {what}: {}", crate::yaml::in_quotes(&first_line)));
        true
    }
}

fn shown(node: &Node) -> String {
    match node.scalar() {
        Some("") => "empty".to_owned(),
        Some(text) => format!("`{}`", crate::text::cut_utf16(text, 40).0),
        None => node.what().to_owned(),
    }
}

impl Kind {
    fn takes(&self, node: &Node) -> bool {
        match self {
            Self::List(_) => matches!(node.kind, NodeKind::List(_)),
            Self::MapOf(_) | Self::Shape(_) => matches!(node.kind, NodeKind::Map(_)),
            Self::Text => !matches!(node.kind, NodeKind::List(_)),
            _ => matches!(node.kind, NodeKind::Scalar { .. }),
        }
    }

    /// The map with known keys that this is or may be.
    const fn shape(&self) -> Option<&'static Shape> {
        match self {
            Self::Shape(shape) | Self::Either([Self::Shape(shape), ..]) => Some(shape),
            _ => None,
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::List(_) => "a list",
            Self::MapOf(_) | Self::Shape(_) => "a map",
            _ => "text",
        }
    }
}
