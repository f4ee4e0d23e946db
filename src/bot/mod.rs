//! The compiled whole: an immutable value in which every name resolves and every text exists.

pub mod change;
mod compile;
mod kept;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Problem, Sources};
use crate::flow::program::{Program, Question};
use crate::hours::{Country, Hours};
use crate::intent::classifier::{Classifier, Lessons};
use crate::intent::{Intent, compile::Placed, semantic::Embedder};
use crate::knowledge::Article;
use crate::language::Language;
use crate::locale::Locale;
use crate::policy::{Lookup, MessageTemplate, Number, Policy, Queue, WhenOpen, wording::Wording};

pub use kept::Cache;

/// What helps to compile a bot, beside its files.
#[derive(Clone, Default)]
pub struct Aids<'a> {
    /// What an earlier start worked out of the very same files, and keeps what this one does.
    pub cache: Option<&'a dyn Cache>,
    /// A model of sentences.
    pub semantic: Option<Arc<dyn Embedder>>,
}

/// What a bot's files give its classifier to learn from, and where the sentences stand.
#[derive(Debug)]
pub struct Taught {
    /// What the bot is called.
    pub name: String,
    /// What there is to learn.
    pub lessons: Lessons,
    /// The examples that intents give, by the intent's name; what articles add to them is not among them.
    pub examples: BTreeMap<String, Vec<Placed>>,
    /// What is not for the bot.
    pub not_for_us: Vec<Placed>,
    /// How many rows the menu has, where every intent with a label gets one; none where `menu:` names them.
    pub menu_rows: Option<usize>,
}

impl Taught {
    /// What these files give to learn from; nothing when there are errors among the problems.
    #[must_use]
    pub fn by(sources: &Sources) -> (Option<Self>, Vec<Problem>) {
        compile::taught(sources)
    }
}

/// A bot, ready to run.
#[derive(Debug)]
pub struct Bot {
    /// Hash of the sources; names this version (R19).
    pub version: String,
    /// What it is called.
    pub name: String,
    /// The languages it speaks, the default first; never empty.
    pub languages: Vec<Language>,
    /// How dates and numbers are read and written, for each of `languages` (R17).
    pub locales: BTreeMap<Language, Locale>,
    /// The business numbers; one without id (`local`) where none is declared.
    pub numbers: Vec<Number>,
    /// The number's own hours come from its queue; these are for flows of bots whose queues have none.
    pub hours: Hours,
    /// The country of `holidays`: local phone numbers belong to it (R17).
    pub country: Option<Country>,
    /// What happens in business hours (R24).
    pub when_open: WhenOpen,
    /// The queues by name; never empty.
    pub queues: BTreeMap<String, Queue>,
    /// The numbers the rules name (`behaviour.md`).
    pub policy: Policy,
    /// Built-in texts with the bot's own over them.
    pub wording: Wording,
    /// Approved templates by occasion (R32).
    pub templates: BTreeMap<String, MessageTemplate>,
    /// Declared lookups by name (R18).
    pub lookups: BTreeMap<String, Lookup>,
    /// Flows by name.
    pub flows: BTreeMap<String, Program>,
    /// Intents by name, built-in ones included.
    pub intents: BTreeMap<String, Intent>,
    /// Articles by name.
    pub articles: BTreeMap<String, Article>,
    /// Names of intents in the order of the menu's rows (R8), before hours and departments are looked at.
    pub menu: Vec<String>,
    /// Text to ranked topics.
    pub classifier: Classifier,
}

impl Bot {
    /// The default language.
    #[must_use]
    pub fn default_language(&self) -> Language {
        self.languages.first().copied().unwrap_or(Language::EN)
    }

    /// The language to speak to someone who seems to speak `language`.
    #[must_use]
    pub fn speak(&self, language: Option<Language>) -> Language {
        language.filter(|l| self.languages.contains(l)).unwrap_or_else(|| self.default_language())
    }

    /// The business number with this id.
    #[must_use]
    pub fn number(&self, id: &str) -> Option<&Number> {
        self.numbers.iter().find(|number| number.id == id)
    }

    /// A question by the names in a button's id (R16).
    #[must_use]
    pub fn question(&self, flow: &str, question: &str) -> Option<&Question> {
        self.flows.get(flow)?.questions.iter().find(|q| q.name == question)
    }
}
