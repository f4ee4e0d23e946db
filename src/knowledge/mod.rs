//! Articles: what the bot knows. Found by search (`intent`), sent as answers, shown inside flows.

pub mod compile;
mod markdown;
pub mod passages;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Place;
use crate::language::Language;
use crate::packed::Packed;
use crate::template::LocalText;
use crate::text::utf16_len;

use markdown::paragraphs;
use passages::Passages;

/// What a message holds, in UTF-16 units.
const MESSAGE_MAX: usize = 4096;

/// An article, its Markdown already turned into WhatsApp's marks.
#[derive(Debug, Clone)]
pub struct Article {
    /// Its name, unique in the bot.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Its title.
    pub title: LocalText,
    /// Its text in one to three messages.
    pub parts: Vec<LocalText>,
    /// At which paragraphs its passages begin, in the languages it is written in; none where they keep their places.
    pub passages: BTreeMap<Language, Vec<u32>>,
    /// Where to read more.
    pub link: Option<String>,
    /// The flow it leads to; `None`: the article is the answer, followed by "Did that help?".
    pub leads_to: Option<String>,
    /// How customers put it.
    pub questions: Vec<String>,
    /// The departments it is limited to; `None` is all (R36).
    pub departments: Option<BTreeSet<String>>,
}

impl Article {
    /// What it says to those who speak a language, apart; `None` where its passages keep their places.
    #[must_use]
    pub fn passages(&self, language: Language) -> Option<Passages> {
        let written = self.parts.first()?.languages();
        let language = written.iter().find(|written| **written == language).or_else(|| written.first())?;
        let begin = self.passages.get(language).filter(|begin| !begin.is_empty())?;
        let text = self.parts.iter().flat_map(|part| paragraphs(part.get(*language)));
        Some(Passages::new(text, begin))
    }
}

/// A text as messages: longer than one, it is split at paragraphs.
fn messages(text: &str) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for paragraph in paragraphs(text) {
        match messages.last_mut() {
            Some(last) if utf16_len(last) + 2 + utf16_len(paragraph) <= MESSAGE_MAX => {
                last.push_str("\n\n");
                last.push_str(paragraph);
            }
            _ => messages.push(paragraph.to_owned()),
        }
    }
    messages
}

impl Packed for Article {
    fn pack(&self, to: &mut Vec<u8>) {
        self.name.pack(to);
        self.place.pack(to);
        self.title.pack(to);
        self.parts.pack(to);
        self.passages.pack(to);
        self.link.pack(to);
        self.leads_to.pack(to);
        self.questions.pack(to);
        self.departments.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            name: Packed::unpack(from)?,
            place: Packed::unpack(from)?,
            title: Packed::unpack(from)?,
            parts: Packed::unpack(from)?,
            passages: Packed::unpack(from)?,
            link: Packed::unpack(from)?,
            leads_to: Packed::unpack(from)?,
            questions: Packed::unpack(from)?,
            departments: Packed::unpack(from)?,
        })
    }
}
