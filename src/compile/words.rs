//! Customer-facing texts and conditions: read per language, checked against the names that are known where they stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::condition::{Condition, Types};
use crate::diagnostic::Code;
use crate::language::Language;
use crate::scope::{self, TextProblem, TextProblemKind};
use crate::template::LocalText;
use crate::text::{nearest, utf16_len};
use crate::yaml::{Node, NodeKind};

use super::Context;

/// What is known of a name at some point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// It always has a value there.
    pub certain: bool,
    /// How long it is at its longest, in UTF-16 units.
    pub longest: usize,
}

/// The names a text may use: `name` or `name.field`.
#[derive(Debug, Clone, Default)]
pub struct TextNames(pub BTreeMap<String, Known>);

impl TextNames {
    /// The names that every text may use.
    #[must_use]
    pub fn everywhere() -> Self {
        let mut names = Self::default();
        names.add("bot", true, 40);
        names.add("queue", true, 30);
        names.add("contact.name", true, 25);
        names.add("contact.language", true, 3);
        names.add("contact.phone", false, 16);
        names.add("hours.opens", false, 30);
        names
    }

    /// Adds a name. Uncertain beats certain when it is there already.
    pub fn add(&mut self, name: &str, certain: bool, longest: usize) {
        let known = self.0.entry(name.to_owned()).or_insert(Known { certain, longest });
        known.certain &= certain;
        known.longest = known.longest.max(longest);
    }

    /// Adds a name that always has a value there, whatever was known of it before.
    pub fn certain(&mut self, name: &str, longest: usize) {
        self.0.insert(name.to_owned(), Known { certain: true, longest });
    }

    fn look_up(&self, name: &str, field: Option<&str>) -> scope::Known {
        let full = field.map_or_else(|| name.to_owned(), |field| format!("{name}.{field}"));
        match self.0.get(&full) {
            Some(known) if known.certain => scope::Known::Certain,
            Some(_) => scope::Known::Maybe,
            None => scope::Known::Unknown(nearest(&full, self.0.keys().map(String::as_str)).map(str::to_owned)),
        }
    }

    /// The length of a text with its names at their longest, in UTF-16 units.
    #[must_use]
    pub fn longest(&self, source: &str) -> usize {
        let mut length = 0;
        let mut rest = source;
        while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
            let (before, inside) = rest.split_at(start);
            length += utf16_len(before);
            let end = if inside.starts_with("{%") { "%}" } else { "}}" };
            let Some(close) = inside.find(end) else { return length };
            let block = inside.get(2..close).unwrap_or_default();
            if end == "}}" {
                length += self.printed(block);
            }
            rest = inside.get(close + 2..).unwrap_or_default();
        }
        length + utf16_len(rest)
    }
}

impl TextNames {
    /// The length of what stands between `{{` and `}}`: the name's value, or what `default` puts in its place.
    fn printed(&self, block: &str) -> usize {
        let mut parts = block.split('|');
        let name = parts.next().unwrap_or_default().trim();
        let literal = |text: &str| {
            let inside = text.strip_prefix(['"', '\'']).and_then(|text| text.strip_suffix(['"', '\'']));
            inside.map(utf16_len)
        };
        let own = literal(name).unwrap_or_else(|| self.0.get(name).map_or(40, |known| known.longest));
        let instead = parts.filter_map(|part| {
            literal(part.trim().strip_prefix("default")?.trim().strip_prefix('(')?.strip_suffix(')')?.trim())
        });
        instead.fold(own, usize::max)
    }
}

/// A text and where its languages stand.
pub type Placed<'n> = Vec<(Language, &'n Node)>;

impl Context<'_> {
    /// Reads a customer-facing text (its shape has been checked) with the names it may use.
    pub fn text(&mut self, file: &Arc<str>, node: &Node, names: &TextNames) -> Option<LocalText> {
        let text = self.text_with_gaps(file, node, names)?;
        if let NodeKind::Map(_) = node.kind {
            let placed = self.by_language(file, node)?;
            self.missing_languages(file, node, &placed);
        }
        Some(text)
    }

    /// The same where a language may be left out: another text stands behind it.
    pub fn text_with_gaps(&mut self, file: &Arc<str>, node: &Node, names: &TextNames) -> Option<LocalText> {
        let default = self.default_language();
        let placed = self.by_language(file, node)?;
        let mut texts = BTreeMap::new();
        for (language, words) in &placed {
            let source = words.scalar()?.trim_end().to_owned();
            self.check_text(file, words, &source, names);
            texts.insert(*language, source);
        }
        if let NodeKind::Map(_) = node.kind {
            return Some(LocalText::new(default, texts));
        }
        let source = texts.into_values().next()?;
        let all = self.languages.iter().map(|language| (*language, source.clone())).collect();
        Some(LocalText::new(default, all))
    }

    /// A list of texts, or one.
    pub fn texts(&mut self, file: &Arc<str>, node: Option<&Node>, names: &TextNames) -> Vec<LocalText> {
        let items = node.map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| self.text(file, item, names)).collect()
    }

    /// The nodes of a text by language; a plain text stands under the default language.
    pub fn by_language<'n>(&mut self, file: &Arc<str>, node: &'n Node) -> Option<Placed<'n>> {
        match &node.kind {
            NodeKind::Scalar { .. } => Some(vec![(self.default_language(), node)]),
            NodeKind::List(_) => None,
            NodeKind::Map(_) if self.written(file, node).starts_with("{{") => None,
            NodeKind::Map(entries) => {
                let mut placed = Vec::new();
                for (key, value) in entries {
                    let code = key.scalar().unwrap_or_default();
                    match code.parse::<Language>().ok().filter(|language| self.languages.contains(language)) {
                        Some(language) if value.scalar().is_some() => placed.push((language, value)),
                        Some(_) => {
                            self.fits(file, value, super::shape::Kind::Words, code);
                        }
                        None => self.unknown_language(file, key),
                    }
                }
                (!placed.is_empty()).then_some(placed)
            }
        }
    }

    fn written(&self, file: &Arc<str>, node: &Node) -> &str {
        self.sources.text(file).get(node.range.clone()).unwrap_or_default()
    }

    fn unknown_language(&mut self, file: &Arc<str>, key: &Node) {
        if self.languages_doubtful {
            return;
        }
        let code = key.scalar().unwrap_or_default().to_owned();
        let languages: Vec<String> = self.languages.iter().map(ToString::to_string).collect();
        let message = format!("`{code}` is not a language of this bot");
        self.problem(Code::UnknownLanguage, file, &key.range, message).help = Some(format!(
            "`languages:` in bot.yaml has {}; add it there, or write the text under one of these",
            languages.join(", ")
        ));
    }

    fn missing_languages(&mut self, file: &Arc<str>, node: &Node, placed: &Placed<'_>) {
        let missing: Vec<String> = self
            .languages
            .iter()
            .filter(|language| !placed.iter().any(|(has, _)| has == *language))
            .map(ToString::to_string)
            .collect();
        if !missing.is_empty() && !self.languages_doubtful {
            let message = format!("this text is missing in `{}`", missing.join("` and `"));
            let default = self.default_language();
            let help =
                format!("add `{}: …`; until then those customers read it in `{default}`", missing.join(": …` and `"));
            self.problem(Code::MissingLanguage, file, &node.range, message).help = Some(help);
        }
    }

    /// Notes everything that is wrong with a text's names and syntax.
    pub fn check_text(&mut self, file: &Arc<str>, node: &Node, source: &str, names: &TextNames) {
        if crate::template::is_plain(source) {
            return;
        }
        let all: Vec<String> = names.0.keys().cloned().collect();
        let found = crate::template::check(source, &|name, field| names.look_up(name, field), &all);
        for problem in found {
            let code = match problem.kind {
                TextProblemKind::Syntax | TextProblemKind::Type => Code::TextSyntax,
                TextProblemKind::Unknown => Code::UnknownName,
                TextProblemKind::MaybeUnset => Code::MayBeUnset,
            };
            self.text_problem(file, node, source, problem, code);
        }
    }

    fn text_problem(&mut self, file: &Arc<str>, node: &Node, source: &str, problem: TextProblem, code: Code) {
        let range = self.within(file, node, source, &problem.range);
        self.problem(code, file, &range, problem.message).help = problem.help;
    }

    /// Where some bytes of a value stand in the file: a value with escapes or folded lines stands there differently.
    fn within(
        &self,
        file: &Arc<str>,
        node: &Node,
        source: &str,
        range: &std::ops::Range<usize>,
    ) -> std::ops::Range<usize> {
        let written = self.written(file, node);
        let Some(piece) = source.get(range.clone()).filter(|piece| !piece.is_empty()) else {
            return node.range.clone();
        };
        let earlier = source.get(..range.start).map_or(0, |before| before.matches(piece).count());
        match written.match_indices(piece).nth(earlier) {
            Some((at, _)) => node.range.start + at..node.range.start + at + piece.len(),
            None => node.range.clone(),
        }
    }

    /// Reads a condition with the names and types it may use.
    pub fn condition(&mut self, file: &Arc<str>, node: &Node, types: &Types) -> Option<Condition> {
        let source = node.scalar().filter(|_| !node.is_empty())?.trim().to_owned();
        match Condition::parse(&source, types) {
            Ok(condition) => Some(condition),
            Err(problems) => {
                for problem in problems {
                    let code = match problem.kind {
                        TextProblemKind::Syntax => Code::ConditionSyntax,
                        TextProblemKind::Unknown | TextProblemKind::MaybeUnset => Code::UnknownName,
                        TextProblemKind::Type => Code::ConditionType,
                    };
                    self.text_problem(file, node, &source, problem, code);
                }
                None
            }
        }
    }

    /// Notes texts that are longer than WhatsApp allows, per language, with names at their longest. `what` is what holds
    /// it: "a button".
    pub fn at_most(&mut self, file: &Arc<str>, node: &Node, names: &TextNames, max: usize, what: &str) {
        let Some(placed) = self.by_language(file, node) else { return };
        for (language, words) in placed {
            let source = words.scalar().unwrap_or_default();
            let length = names.longest(source);
            if length > max {
                let with = if source.contains("{{") { " with its values at their longest" } else { "" };
                let message = format!("{what} may have {max} characters, and this has {length} in `{language}`{with}");
                self.problem(Code::TooLong, file, &words.range, message).help = Some("make it shorter".to_owned());
            }
        }
    }
}
