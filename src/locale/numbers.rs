//! Numbers, phone numbers, e-mail addresses, yes and no, as people write them.

use std::sync::LazyLock;

use regex::Regex;

use crate::hours::Country;
use crate::text::{fold, slip, unstretched, with_ascii_digits};

use super::{Locale, Reading, TEXT_MAX};

#[expect(clippy::unwrap_used, reason = "the pattern is a constant, compiled by a test")]
static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[a-z0-9][a-z0-9._%+\-]{0,63}@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}").unwrap()
});
#[expect(clippy::unwrap_used, reason = "the pattern is a constant, compiled by a test")]
static PHONE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\+?\(?[0-9][0-9\s().\-/]{5,22}[0-9]").unwrap());

impl Locale {
    /// Reads a message as a number: digits of any script, decimal mark and thousands by locale, a few words.
    #[must_use]
    pub fn read_number(&self, text: &str) -> Reading<f64> {
        let (decimal, thousands) = self.marks();
        let text = with_ascii_digits(&text.chars().take(TEXT_MAX).collect::<String>());
        // The marks that go with Arabic digits say which they are, whatever the locale.
        let text: String = text
            .chars()
            .map(|c| {
                if c == '٫' {
                    decimal
                } else if c == '٬' {
                    thousands
                } else {
                    c
                }
            })
            .collect();
        let mut found = Vec::new();
        for token in text.split_whitespace() {
            let token = token.trim_matches(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+')));
            if token.contains(|c: char| c.is_ascii_digit()) {
                match self.number(token) {
                    Some(number) => found.push(number),
                    None => return Reading::None,
                }
            }
        }
        if found.is_empty() {
            found.extend(fold(&text).split(' ').filter_map(number_word));
        }
        Reading::of(found)
    }

    /// The decimal mark and the mark between thousands.
    fn marks(&self) -> (char, char) {
        if self.decimal_comma() { (',', '.') } else { ('.', ',') }
    }

    fn number(&self, token: &str) -> Option<f64> {
        let (decimal, thousands) = self.marks();
        let body = token.strip_prefix(['-', '+']).unwrap_or(token);
        let count = |mark: char| body.matches(mark).count();
        // One foreign mark with other than three digits behind it is a decimal mark all the same: "1,5" in English.
        let foreign = count(thousands) == 1
            && count(decimal) == 0
            && body.split_once(thousands).is_some_and(|(_, after)| after.len() != 3);
        let plain: String = if foreign {
            body.replace(thousands, ".")
        } else {
            body.chars().filter(|c| *c != thousands).map(|c| if c == decimal { '.' } else { c }).collect()
        };
        if plain.len() > 18 || !plain.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return None;
        }
        let number: f64 = plain.parse().ok()?;
        Some(if token.starts_with('-') { -number } else { number })
    }

    /// A number as the locale writes it.
    #[must_use]
    pub fn show_number(&self, number: f64) -> String {
        let shown = number.to_string();
        if self.decimal_comma() { shown.replace('.', ",") } else { shown }
    }

    /// Reads the one phone number in a message, in E.164 (R13, R17). A local number (with a leading 0) belongs to `country`, else to the
    /// country of the business's number, else of the writer's.
    #[must_use]
    pub fn read_phone(
        &self,
        text: &str,
        country: Option<Country>,
        business: Option<&str>,
        writer: Option<&str>,
    ) -> Reading<String> {
        let text = with_ascii_digits(&text.chars().take(TEXT_MAX).collect::<String>());
        let home = country
            .and_then(Country::dialling_code)
            .or_else(|| business.and_then(dialling_code_of))
            .or_else(|| writer.and_then(dialling_code_of));
        Reading::of(PHONE.find_iter(&text).filter_map(|found| e164(found.as_str(), home)))
    }

    /// Reads the one e-mail address in a message, in lower case (R13, R17).
    #[must_use]
    pub fn read_email(&self, text: &str) -> Reading<String> {
        let text: String = text.chars().take(TEXT_MAX).collect();
        Reading::of(EMAIL.find_iter(&text).map(|found| found.as_str().to_lowercase()))
    }

    /// Whether a message is a yes or a no, in every shipped language.
    #[must_use]
    pub fn read_yes_no(&self, text: &str) -> Option<bool> {
        let text = text.trim();
        if text.chars().count() > 40 {
            return None;
        }
        if text.starts_with(['👍', '✅', '👌']) {
            return Some(true);
        }
        if text.starts_with(['👎', '❌']) {
            return Some(false);
        }
        let said = fold(text);
        self.read_folded(&said).or_else(|| unstretched(&said).find_map(|said| self.read_folded(&said)))
    }

    fn read_folded(&self, said: &str) -> Option<bool> {
        let is = |words: &[&str]| words.iter().any(|word| *word == said || slip(word, said));
        match (is(&YES), is(&NO)) {
            (true, false) => return Some(true),
            (false, true) => return Some(false),
            _ => {}
        }
        let first = said.split(' ').next().unwrap_or_default();
        let short = said.split(' ').count() <= 4;
        match (short && YES_FIRST.contains(&first), short && NO_FIRST.contains(&first)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }
}

const YES: [&str; 36] = [
    "yes",
    "y",
    "yep",
    "yeah",
    "yea",
    "yup",
    "sure",
    "ok",
    "okay",
    "of course",
    "correct",
    "right",
    "definitely",
    "absolutely",
    "it did",
    "it does",
    "it is",
    "i do",
    "yes please",
    "כנ",
    "כנ בבקשה",
    "בטח",
    "ברור",
    "נכונ",
    "אוקי",
    "אוקיי",
    "בסדר",
    "סבבה",
    "ja",
    "ja ludzu",
    "protams",
    "labi",
    "da",
    "si",
    "oui",
    "so",
];
const NO: [&str; 26] = [
    "no",
    "n",
    "nope",
    "nah",
    "not really",
    "it didnt",
    "it doesnt",
    "it isnt",
    "i dont",
    "no thanks",
    "not yet",
    "never",
    "still not",
    "didnt help",
    "לא",
    "לא תודה",
    "ממש לא",
    "עדיינ לא",
    "לא עזר",
    "לא נכונ",
    "ne",
    "ne paldies",
    "vel ne",
    "nepalidzeja",
    "net",
    "non",
];
const YES_FIRST: [&str; 6] = ["yes", "yep", "yeah", "כנ", "ja", "yup"];
const NO_FIRST: [&str; 5] = ["no", "nope", "לא", "ne", "not"];

fn number_word(word: &str) -> Option<f64> {
    const WORDS: [[&str; 3]; 11] = [
        ["zero", "אפס", "nulle"],
        ["one", "אחד", "viens"],
        ["two", "שתים", "divi"],
        ["three", "שלוש", "tris"],
        ["four", "ארבע", "cetri"],
        ["five", "חמש", "pieci"],
        ["six", "שש", "sesi"],
        ["seven", "שבע", "septini"],
        ["eight", "שמונה", "astoni"],
        ["nine", "תשע", "devini"],
        ["ten", "עשר", "desmit"],
    ];
    let at = WORDS.iter().position(|words| words.iter().any(|known| fold(known) == word))?;
    u32::try_from(at).ok().map(f64::from)
}

/// A number in E.164, if it can be one.
fn e164(text: &str, home: Option<&str>) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = if text.starts_with('+') {
        digits
    } else if let Some(abroad) = digits.strip_prefix("00") {
        abroad.to_owned()
    } else if let Some(local) = digits.strip_prefix('0') {
        format!("{}{local}", home?)
    } else if home.is_some_and(|home| digits.starts_with(home) && digits.len() > home.len() + 7) {
        digits
    } else if digits.len() == 8 && home == Some("371") {
        format!("371{digits}")
    } else if digits.len() == 10 && home == Some("1") {
        format!("1{digits}")
    } else if digits.len() == 9 && home == Some("972") {
        format!("972{digits}")
    } else {
        digits
    };
    ((8..=15).contains(&number.len()) && !number.starts_with('0')).then(|| format!("+{number}"))
}

/// The dialling code that a number in international form begins with.
fn dialling_code_of(number: &str) -> Option<&'static str> {
    const CODES: [&str; 12] = ["972", "371", "370", "372", "353", "44", "49", "33", "34", "39", "48", "1"];
    CODES.into_iter().find(|code| number.starts_with(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn numbers_by_locale() {
        let (en, lv) = (Locale::for_language(Language::EN), Locale::for_language(Language::LV));
        for (locale, text, number) in [
            (&en, "1.5", 1.5),
            (&en, "1,5", 1.5),
            (&en, "1,500", 1500.0),
            (&lv, "1.500,25", 1500.25),
            (&lv, "1,5", 1.5),
            (&en, "about 12 please", 12.0),
            (&en, "-3", -3.0),
            (&en, "٣", 3.0),
            (&en, "١٬٥٠٠٫٢٥", 1500.25),
            (&lv, "١٬٥٠٠٫٢٥", 1500.25),
            (&en, "୧୨", 12.0),
            (&en, "three", 3.0),
            (&en, "שלוש", 3.0),
        ] {
            assert_eq!(locale.read_number(text), Reading::One(number), "{text}");
        }
        assert_eq!(en.read_number("2 or 3"), Reading::Many);
        assert_eq!(en.read_number("many"), Reading::None);
    }

    #[test]
    fn phones_in_one_form() {
        let he = Locale::for_language(Language::HE);
        let il = Country::from_code("IL");
        for (text, number) in [
            ("050-123-4567", "+972501234567"),
            ("+371 2612 3456", "+37126123456"),
            ("00972 50 1234567", "+972501234567"),
            ("call me at 0501234567 thanks", "+972501234567"),
            ("٠٥٠-١٢٣-٤٥٦٧", "+972501234567"),
            ("០៥០ ១២៣ ៤៥៦៧", "+972501234567"),
        ] {
            assert_eq!(he.read_phone(text, il, None, None), Reading::One(number.into()), "{text}");
        }
        assert_eq!(he.read_phone("0501234567", None, None, Some("972541111111")), Reading::One("+972501234567".into()));
        assert_eq!(he.read_phone("12", il, None, None), Reading::None);
        assert_eq!(he.read_email("Write to Dana@Example.COM."), Reading::One("dana@example.com".into()));
    }

    #[test]
    fn yes_and_no() {
        let en = Locale::for_language(Language::EN);
        for text in ["Yes", "yes please", "👍", "כן", "Jā!", "ok", "yes it works", "yesss", "כןןן", "Okkk"] {
            assert_eq!(en.read_yes_no(text), Some(true), "{text}");
        }
        for text in ["no", "No thanks", "לא", "nē", "👎", "not working", "no it did not", "nooo!", "לאאא"] {
            assert_eq!(en.read_yes_no(text), Some(false), "{text}");
        }
        for text in ["maybe", "", "the yes album by the band", "november"] {
            assert_eq!(en.read_yes_no(text), None, "{text}");
        }
    }
}
