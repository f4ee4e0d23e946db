//! The name of a human language, and which way it is written. Knows nothing of any bot.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::packed::Packed;

/// A language by its ISO 639 code of two or three lower-case letters: `en`, `he`, `lv`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language([u8; 3]);

impl Language {
    /// English.
    pub const EN: Self = Self(*b"en\0");
    /// Hebrew.
    pub const HE: Self = Self(*b"he\0");
    /// Latvian.
    pub const LV: Self = Self(*b"lv\0");

    /// The languages for which every built-in text and word exists.
    pub const BUILT_IN: [Self; 3] = [Self::EN, Self::HE, Self::LV];

    /// The code, as written in `bot.yaml`.
    #[must_use]
    pub fn code(&self) -> &str {
        let len = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..len]).unwrap_or("en")
    }

    /// Whether the language is written from right to left.
    #[must_use]
    pub fn is_right_to_left(&self) -> bool {
        matches!(self.code(), "he" | "ar" | "fa" | "ur" | "yi" | "ps" | "ckb" | "sd" | "ug" | "dv")
    }
}

impl Packed for Language {
    fn pack(&self, to: &mut Vec<u8>) {
        self.0.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let code = <[u8; 3]>::unpack(from)?;
        let length = if code.ends_with(&[0]) { 2 } else { 3 };
        std::str::from_utf8(code.get(..length)?).ok()?.parse().ok()
    }
}

/// What was given is not two or three lower-case letters.
#[derive(Debug, PartialEq, Eq)]
pub struct NotALanguage(pub String);

impl fmt::Display for NotALanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a language code of two or three lower-case letters such as `en`", self.0)
    }
}

impl std::error::Error for NotALanguage {}

impl FromStr for Language {
    type Err = NotALanguage;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        match *code.as_bytes() {
            [a, b] if a.is_ascii_lowercase() && b.is_ascii_lowercase() => Ok(Self([a, b, 0])),
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_lowercase) => Ok(Self([a, b, c])),
            _ => Err(NotALanguage(code.to_owned())),
        }
    }
}

impl TryFrom<String> for Language {
    type Error = NotALanguage;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        code.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.code().to_owned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
