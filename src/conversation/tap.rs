//! What stands behind a button: the id comes back when it is tapped and carries the meaning (R16).

use crate::intent::{Anytime, Topic};

/// The meaning of a button or a list row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tap {
    /// An option of a question of a version: flow, question, option, version.
    Option {
        /// The flow.
        flow: String,
        /// The question.
        question: String,
        /// The option's key; `yes` and `no` for yes/no questions.
        option: String,
        /// The bot version it was shown by.
        version: String,
    },
    /// A row of the menu or of "Did you mean".
    Topic(Topic),
    /// A word that is obeyed at any moment.
    Word(Anytime),
    /// "Did that help?" after an article.
    Helped {
        /// The article.
        article: String,
        /// The answer.
        yes: bool,
    },
    /// "You want to …?" before an intent's flow.
    Confirm {
        /// The intent.
        intent: String,
        /// The answer.
        yes: bool,
    },
    /// The morning check (R28).
    StillRelevant(bool),
    /// "I still need you" (R33).
    StillNeed,
    /// The tap that sends a held reply (R32).
    HeldReply,
}

const SEPARATOR: char = '|';

impl Tap {
    /// The id to put behind the button. Names have no separator in them, and `check` keeps them short enough for
    /// WhatsApp's 200 characters.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Option { flow, question, option, version } => {
                [&"q".to_owned(), flow, question, version, option].map(String::as_str).join("|")
            }
            Self::Topic(Topic::Intent(name)) => format!("i|{name}"),
            Self::Topic(Topic::Article(name)) => format!("k|{name}"),
            Self::Word(word) => format!("w|{}", word_name(*word)),
            Self::Helped { article, yes } => format!("h|{}|{article}", yes_no(*yes)),
            Self::Confirm { intent, yes } => format!("c|{}|{intent}", yes_no(*yes)),
            Self::StillRelevant(yes) => format!("s|{}", yes_no(*yes)),
            Self::StillNeed => "need".to_owned(),
            Self::HeldReply => "held_reply".to_owned(),
        }
    }

    /// Reads an id back; `None` for what we never sent.
    #[must_use]
    pub fn read(id: &str) -> Option<Self> {
        let (kind, rest) = id.split_once(SEPARATOR).unwrap_or((id, ""));
        let tap = match kind {
            "q" => {
                let mut parts = rest.splitn(4, SEPARATOR).map(str::to_owned);
                let (flow, question, version) = (parts.next()?, parts.next()?, parts.next()?);
                Self::Option { flow, question, version, option: parts.next()? }
            }
            "i" => Self::Topic(Topic::Intent(rest.to_owned())),
            "k" => Self::Topic(Topic::Article(rest.to_owned())),
            "w" => Self::Word(WORDS.iter().find(|(_, name)| *name == rest)?.0),
            "h" => {
                let (answer, article) = rest.split_once(SEPARATOR)?;
                Self::Helped { article: article.to_owned(), yes: answer == "yes" }
            }
            "c" => {
                let (answer, intent) = rest.split_once(SEPARATOR)?;
                Self::Confirm { intent: intent.to_owned(), yes: answer == "yes" }
            }
            "s" => Self::StillRelevant(rest == "yes"),
            "need" => Self::StillNeed,
            "held_reply" => Self::HeldReply,
            _ => return None,
        };
        Some(tap)
    }
}

const WORDS: [(Anytime, &str); 6] = [
    (Anytime::Person, "person"),
    (Anytime::Menu, "menu"),
    (Anytime::Cancel, "cancel"),
    (Anytime::Stop, "stop"),
    (Anytime::Start, "start"),
    (Anytime::Record, "record"),
];

fn word_name(word: Anytime) -> &'static str {
    WORDS.iter().find(|(w, _)| *w == word).map_or("person", |(_, name)| name)
}

const fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tap_reads_back() {
        let taps = [
            Tap::Option {
                flow: "restart".into(),
                question: "box".into(),
                option: "a|b".into(),
                version: "0a1b".into(),
            },
            Tap::Topic(Topic::Intent("bill".into())),
            Tap::Topic(Topic::Article("restart-tv-box".into())),
            Tap::Word(Anytime::Record),
            Tap::Helped { article: "restart".into(), yes: false },
            Tap::Confirm { intent: "cancel_order".into(), yes: true },
            Tap::StillRelevant(true),
            Tap::StillNeed,
            Tap::HeldReply,
        ];
        for tap in taps {
            assert_eq!(Tap::read(&tap.id()).as_ref(), Some(&tap));
        }
        assert_eq!(Tap::read("callback_data"), None);
        assert_eq!(Tap::read("q|only|two"), None);
        assert_eq!(Tap::read("w|dance"), None);
    }
}
