//! Names and labels made from what other tools call their intents.

use std::collections::BTreeSet;

use crate::compile::{NAME_MAX, is_name};
use crate::text::{cut_utf16, utf16_len};
use unicode_normalization::UnicodeNormalization;

/// A row of the menu holds so much.
const LABEL_MAX: usize = 24;
/// What other tools call what every bot knows, or what is not for it.
const USUAL: [(&str, &str); 14] = [
    ("greet", "greeting"),
    ("greetings", "greeting"),
    ("hello", "greeting"),
    ("bye", "goodbye"),
    ("good_bye", "goodbye"),
    ("thank", "thanks"),
    ("thankyou", "thanks"),
    ("thank_you", "thanks"),
    ("affirm", "yes"),
    ("deny", "no"),
    ("human_handoff", "person"),
    ("out_of_scope", NOT_FOR_US),
    ("nlu_fallback", NOT_FOR_US),
    ("oos", NOT_FOR_US),
];
/// Not an intent: the list of what the bot must not pretend to understand.
pub const NOT_FOR_US: &str = "not_for_us";

/// What the bot calls an intent that another tool calls so: small letters, digits and `_`.
#[must_use]
pub fn fitting(name: &str) -> Option<String> {
    let plain: String = name.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).collect();
    let mut fitted = String::new();
    let mut small = false;
    for c in plain.chars() {
        if c.is_ascii_alphanumeric() {
            // `checkBalance` is two words.
            if c.is_ascii_uppercase() && small {
                fitted.push('_');
            }
            small = c.is_ascii_lowercase() || c.is_ascii_digit();
            fitted.push(c.to_ascii_lowercase());
        } else if c != '\'' {
            small = false;
            fitted.push('_');
        }
    }
    let words: Vec<&str> = fitted.split('_').filter(|word| !word.is_empty()).collect();
    let joined = words.join("_");
    let joined = joined.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let fitted: String = joined.chars().take(NAME_MAX).collect();
    let fitted = fitted.trim_end_matches('_').to_owned();
    is_name(&fitted).then_some(fitted)
}

/// The name under which the bot has what others call so.
#[must_use]
pub fn usual(name: &str) -> Option<&'static str> {
    USUAL.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

/// A name that is not taken yet.
#[must_use]
pub fn free(name: &str, taken: &BTreeSet<String>) -> String {
    let numbered = |number: u32| {
        let ending = format!("_{number}");
        let begin: String = name.chars().take(NAME_MAX - ending.len()).collect();
        format!("{begin}{ending}")
    };
    let others = (2..).map(numbered);
    std::iter::once(name.to_owned()).chain(others).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// A name in words, the first with a capital.
#[must_use]
pub fn spoken(called: &str) -> String {
    let keeps = |c: char| c.is_alphanumeric() || "'’?!&+-".contains(c);
    let spaced: String = called.chars().map(|c| if keeps(c) { c } else { ' ' }).collect();
    let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The label of an intent, from what it was called: words, the first with a capital, as many as a row holds; another than
/// those that are taken.
#[must_use]
pub fn label(called: &str, taken: &BTreeSet<String>) -> String {
    let whole = spoken(called);
    let fits = |text: &str, room: usize| -> String {
        if utf16_len(text) <= room {
            return text.to_owned();
        }
        let mut short = String::new();
        for word in text.split(' ') {
            let longer = if short.is_empty() { word.to_owned() } else { format!("{short} {word}") };
            if utf16_len(&longer) > room {
                break;
            }
            short = longer;
        }
        if short.is_empty() { cut_utf16(text, room).0 } else { short }
    };
    let first = fits(&whole, LABEL_MAX);
    if !taken.contains(&first) {
        return first;
    }
    let others = (2_u32..).map(|number| format!("{} {number}", fits(&whole, LABEL_MAX - 3)));
    others.into_iter().find(|label| !taken.contains(label)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_made_fit() {
        for (name, fitted) in [
            ("card_arrival", Some("card_arrival")),
            ("faq/ask_howold", Some("faq_ask_howold")),
            ("checkBalance", Some("check_balance")),
            ("Refund_not_showing_up", Some("refund_not_showing_up")),
            ("  Don't know! ", Some("dont_know")),
            ("rēķins", Some("rekins")),
            ("2fa-reset", Some("fa_reset")),
            ("חשבון", None),
            ("", None),
        ] {
            assert_eq!(fitting(name).as_deref(), fitted, "{name}");
        }
        let taken = BTreeSet::from(["a".to_owned(), "a_2".to_owned()]);
        assert_eq!(free("a", &taken), "a_3");
        assert_eq!(usual("affirm"), Some("yes"));
    }

    #[test]
    fn labels_fit_a_row_and_differ() {
        let none = BTreeSet::new();
        assert_eq!(label("card_arrival", &none), "Card arrival");
        assert_eq!(label("balance_not_updated_after_bank_transfer", &none), "Balance not updated");
        assert_eq!(label("faq/ask_x", &none), "Faq ask x");
        let taken = BTreeSet::from(["Balance not updated".to_owned()]);
        assert_eq!(label("balance_not_updated_after_cheque", &taken), "Balance not updated 2");
    }

    proptest! {
        #[test]
        fn whatever_it_was_called_it_fits(name in "\\PC{0,80}") {
            prop_assert!(fitting(&name).is_none_or(|fitted| is_name(&fitted)));
            prop_assert!(utf16_len(&label(&name, &BTreeSet::new())) <= LABEL_MAX);
        }
    }
}
