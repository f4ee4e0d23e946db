//! What is to be written so that a bot has these examples: in which file what is added, which files are new, and what is left
//! alone and why. Nothing that stands there is written over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::known::{Known, Seat};
use super::naming::{self, NOT_FOR_US};
use super::scalar::{Within, written};
use super::{edit, example};
use crate::diagnostic::Sources;
use crate::intent::BuiltIn;
use crate::text::fold;

/// A menu with more rows is too long.
const MENU_GOOD: usize = 7;

/// Texts as another tool has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offered {
    /// The texts of each intent, under the name it has there, in its order.
    pub intents: Vec<(String, Vec<String>)>,
    /// Texts that are out of scope.
    pub strangers: Vec<String>,
}

/// What comes of one intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it was called, where that was something else.
    pub called: Option<String>,
    /// What the bot calls it.
    pub intent: String,
    /// The file, and the line of the first sentence added.
    pub place: Option<(Arc<str>, usize)>,
    /// Whether the intent was not there before.
    pub is_new: bool,
    /// How many examples are added.
    pub added: usize,
    /// How many are there already.
    pub there: usize,
}

/// An example that is left out, because another intent has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which.
    pub text: String,
    /// Whose it was to be.
    pub intent: String,
    /// Whose it is.
    pub owner: String,
}

/// What is to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What comes of each intent, in the order offered.
    pub steps: Vec<Step>,
    /// What is left out.
    pub taken: Vec<Taken>,
    /// The files that are written, whole.
    pub files: BTreeMap<Arc<str>, String>,
    /// New intents have no row in the menu, which would be too long.
    pub without_rows: bool,
}

/// Plans for one bot.
#[derive(Debug)]
pub struct Planner<'a> {
    sources: &'a Sources,
    known: Known,
    plan: Plan,
    /// Where texts come from, for the comment in new files.
    origin: &'a str,
}

impl<'a> Planner<'a> {
    /// Begins with what a bot has.
    #[must_use]
    pub fn new(sources: &'a Sources, known: Known, origin: &'a str) -> Self {
        Self { sources, known, plan: Plan::default(), origin }
    }

    /// Everything that is offered, made fit. The menu has so many `rows` already; none are said where its rows are named.
    ///
    /// # Errors
    /// A file cannot be added to, in words.
    pub fn import(mut self, offered: &Offered, rows: Option<usize>) -> Result<Plan, String> {
        let named = self.named(offered);
        let is_new = |(_, name, _): &&(String, String, Vec<String>)| {
            name != NOT_FOR_US && !is_built_in(name) && !self.known.intents.contains_key(name)
        };
        let fresh: BTreeSet<&str> = named.iter().filter(is_new).map(|(_, name, _)| name.as_str()).collect();
        self.plan.without_rows = !fresh.is_empty() && rows.is_some_and(|rows| rows + fresh.len() > MENU_GOOD);
        for (called, name, texts) in &named {
            let called = (called != name).then(|| called.clone());
            self.add(called, name, texts)?;
        }
        Ok(self.plan)
    }

    /// These sentences for one intent, or for [`NOT_FOR_US`]: one step more.
    ///
    /// # Errors
    /// A file cannot be added to, in words.
    pub fn assign(mut self, intent: &str, texts: &[String]) -> Result<Self, String> {
        self.add(None, intent, texts)?;
        Ok(self)
    }

    /// What was planned.
    #[must_use]
    pub fn plan(self) -> Plan {
        self.plan
    }

    /// The name of an intent that is called by no letters a name can have: of the one that an earlier import gave this label,
    /// or a new one.
    fn labelled(&self, called: &str, used: &BTreeMap<String, String>) -> String {
        let before = used.iter().find(|(_, other)| *other == called).map(|(name, _)| name);
        let label = naming::label(called, &BTreeSet::new());
        if let Some(name) = before.or_else(|| self.known.labelled.get(&label)) {
            return name.clone();
        }
        let taken: BTreeSet<String> = used.keys().chain(self.known.intents.keys()).cloned().collect();
        if taken.contains("intent") { naming::free("intent", &taken) } else { "intent".to_owned() }
    }

    /// What each intent is called there and here, with its texts; one that is called alike here is one.
    fn named(&self, offered: &Offered) -> Vec<(String, String, Vec<String>)> {
        let mut used: BTreeMap<String, String> = BTreeMap::new();
        let mut named: Vec<(String, String, Vec<String>)> = Vec::new();
        for (called, texts) in &offered.intents {
            let fitted = naming::fitting(called).unwrap_or_else(|| self.labelled(called, &used));
            let usual = naming::usual(&fitted).filter(|_| !self.known.intents.contains_key(&fitted));
            let name = match (usual, used.get(&fitted)) {
                (Some(usual), _) => usual.to_owned(),
                (None, Some(other)) if other != called => naming::free(&fitted, &used.keys().cloned().collect()),
                (None, _) => fitted,
            };
            if usual.is_none() {
                used.insert(name.clone(), called.clone());
            }
            match named.iter_mut().find(|(_, known, _)| *known == name) {
                Some((.., all)) => all.extend(texts.iter().cloned()),
                None => named.push((called.clone(), name, texts.clone())),
            }
        }
        if !offered.strangers.is_empty() {
            let strangers = offered.strangers.iter().cloned();
            match named.iter_mut().find(|(_, name, _)| name == NOT_FOR_US) {
                Some((.., all)) => all.extend(strangers),
                None => named.push((NOT_FOR_US.to_owned(), NOT_FOR_US.to_owned(), strangers.collect())),
            }
        }
        named
    }

    fn add(&mut self, called: Option<String>, intent: &str, texts: &[String]) -> Result<(), String> {
        let (fresh, there) = self.fresh(intent, texts);
        let seat =
            if intent == NOT_FOR_US { self.known.not_for_us.clone() } else { self.known.intents.get(intent).cloned() };
        let is_new = seat.is_none();
        let place = match seat {
            _ if fresh.is_empty() => None,
            Some(seat) => Some(self.extend(&seat, intent, &fresh)?),
            None => Some(self.create(called.as_deref(), intent, &fresh)),
        };
        let is_new = is_new && place.is_some();
        self.plan.steps.push(Step { called, intent: intent.to_owned(), place, is_new, added: fresh.len(), there });
        Ok(())
    }

    /// The texts that nobody has yet, and how many the intent itself has.
    fn fresh(&mut self, intent: &str, texts: &[String]) -> (Vec<String>, usize) {
        let (mut fresh, mut there) = (Vec::new(), 0);
        for text in texts.iter().map(|text| example(text)) {
            let folded = fold(&text);
            match self.known.owners.get(&folded) {
                _ if text.is_empty() => {}
                Some(owner) if owner == intent => there += 1,
                Some(owner) => {
                    self.plan.taken.push(Taken { text, intent: intent.to_owned(), owner: owner.clone() });
                }
                None => {
                    // Signs alone are nobody's words: each is told apart by itself.
                    let key = if folded.is_empty() { text.clone() } else { folded };
                    if self.known.owners.insert(key, intent.to_owned()).is_none() {
                        fresh.push(text);
                    }
                }
            }
        }
        (fresh, there)
    }

    fn extend(&mut self, seat: &Seat, intent: &str, texts: &[String]) -> Result<(Arc<str>, usize), String> {
        let key = if intent == NOT_FOR_US { NOT_FOR_US } else { "examples" };
        let now = self.plan.files.get(&seat.file).map_or_else(|| self.sources.text(&seat.file), String::as_str);
        let edited = edit::add(now, seat.document, key, texts)
            .map_err(|why| format!("{}: nothing can be added to `{intent}` there: {why}; add it by hand", seat.file))?;
        self.plan.files.insert(Arc::clone(&seat.file), edited.text);
        Ok((Arc::clone(&seat.file), edited.line))
    }

    /// A file of its own.
    fn create(&mut self, called: Option<&str>, intent: &str, texts: &[String]) -> (Arc<str>, usize) {
        let mut text = String::new();
        let origin = self.origin;
        if intent == NOT_FOR_US {
            text.push_str(&format!("# What the bot must not pretend to understand ({origin}).\nnot_for_us:\n"));
        } else if is_built_in(intent) {
            text.push_str(&format!("# Added to what every bot knows ({origin}).\nintent: {intent}\nexamples:\n"));
        } else {
            let label = naming::label(called.unwrap_or(intent), &self.known.labels);
            self.known.labels.insert(label.clone());
            let label = written(&label, Within::Lines, None);
            let note = written(&naming::spoken(called.unwrap_or(intent)), Within::Brackets, Some('"'));
            let menu = if self.plan.without_rows { "menu: false\n" } else { "" };
            text.push_str(&format!(
                "# {origin}. It leads to a person until you say where else: a flow, an article or a sentence.\nintent: {intent}\nleads_to: {{ handoff: {{ note: {note} }} }}\nlabel: {label}\n{menu}examples:\n"
            ));
        }
        let line = text.lines().count() + 1;
        texts.iter().for_each(|sentence| text.push_str(&format!("  - {}\n", written(sentence, Within::Lines, None))));
        let file = self.free_file(intent);
        self.plan.files.insert(Arc::clone(&file), text);
        (file, line)
    }

    fn free_file(&self, intent: &str) -> Arc<str> {
        let is_free =
            |file: &String| !self.sources.0.contains_key(file.as_str()) && !self.plan.files.contains_key(file.as_str());
        let numbered = (2_u32..).map(|number| format!("intents/{intent}-{number}.yaml"));
        let mut names = std::iter::once(format!("intents/{intent}.yaml")).chain(numbered);
        Arc::from(names.find(is_free).unwrap_or_default())
    }
}

/// Whether every bot has an intent of this name.
#[must_use]
pub fn is_built_in(name: &str) -> bool {
    BuiltIn::ALL.iter().any(|built_in| built_in.name() == name)
}
