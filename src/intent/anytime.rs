//! The words that are obeyed at any moment as the whole message, in every shipped language (R6, R34).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::text::{fold, unstretched};

use super::Anytime;

const WORDS: [(Anytime, &[&str]); 6] = [
    (
        Anytime::Person,
        &[
            "person",
            "human",
            "agent",
            "real person",
            "talk to a person",
            "talk to a human",
            "representative",
            "operator",
            "a person please",
            "human please",
            "נציג",
            "נציגה",
            "בן אדם",
            "נציג בבקשה",
            "נציג אנושי",
            "לדבר עם נציג",
            "אנושי",
            "cilvēks",
            "operators",
            "cilvēku",
            "darbinieks",
            "dzīvs cilvēks",
            "speciālists",
            "konsultants",
        ],
    ),
    (Anytime::Menu, &["menu", "main menu", "תפריט", "תפריט ראשי", "izvēlne", "izvēlni", "galvenā izvēlne"]),
    (Anytime::Cancel, &["cancel", "ביטול", "בטל", "בטלי", "לבטל", "atcelt"]),
    (Anytime::Stop, &["stop", "unsubscribe", "הפסק", "הפסיקו", "עצור", "stopp", "pārtraukt"]),
    (Anytime::Start, &["start", "התחל", "sākt"]),
    (Anytime::Record, &["record", "תיעוד", "ieraksts"]),
];

static BUILT_IN: LazyLock<AnytimeWords> = LazyLock::new(|| {
    let words = WORDS.iter().flat_map(|(anytime, words)| words.iter().map(|word| (fold(word), *anytime)));
    AnytimeWords(words.collect())
});

/// Anytime words by their folded form.
#[derive(Debug, Clone, Default)]
pub struct AnytimeWords(BTreeMap<String, Anytime>);

impl AnytimeWords {
    /// The built-in words of every shipped language, and those a bot adds.
    #[must_use]
    pub fn new(added: &[(Anytime, String)]) -> Self {
        let added = added.iter().map(|(anytime, word)| (fold(word), *anytime)).filter(|(word, _)| !word.is_empty());
        let mut words: BTreeMap<String, Anytime> = added.collect();
        words.extend(Self::built_in().0.clone());
        Self(words)
    }

    /// The built-in words alone.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The word that a whole message is, case, punctuation and accents folded, and letters that a held key repeated.
    #[must_use]
    pub fn whole(&self, text: &str) -> Option<Anytime> {
        if text.len() > 400 {
            return None;
        }
        let said = fold(text);
        let word = self.0.get(&said).copied();
        word.or_else(|| unstretched(&said).find_map(|said| self.0.get(&said).copied()))
    }
}
