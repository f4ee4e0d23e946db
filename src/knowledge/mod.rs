//! Articles: what the bot knows. Found by search (`intent`), sent as answers, shown inside flows.

pub mod compile;
mod markdown;

use std::collections::BTreeSet;

use crate::diagnostic::Place;
use crate::packed::Packed;
use crate::template::LocalText;

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
    /// Where to read more.
    pub link: Option<String>,
    /// The flow it leads to; `None`: the article is the answer, followed by "Did that help?".
    pub leads_to: Option<String>,
    /// How customers put it.
    pub questions: Vec<String>,
    /// The departments it is limited to; `None` is all (R36).
    pub departments: Option<BTreeSet<String>>,
}

impl Packed for Article {
    fn pack(&self, to: &mut Vec<u8>) {
        self.name.pack(to);
        self.place.pack(to);
        self.title.pack(to);
        self.parts.pack(to);
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
            link: Packed::unpack(from)?,
            leads_to: Packed::unpack(from)?,
            questions: Packed::unpack(from)?,
            departments: Packed::unpack(from)?,
        })
    }
}
