//! Words that mean much the same to any service desk, in the languages that frontdesk ships: who wrote "invoice" in an
//! example is understood by "bill", and by "חשבונית" where the bot speaks Hebrew too. A list that people wrote
//! (`senses.txt`), not learned from any data. Knows no bot and no intent.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::language::Language;
use crate::text::fold;

use super::features::stems;
use super::interner::{index, number};

/// A line for each meaning, and in it a column for each language.
const LIST: &str = include_str!("senses.txt");
const COLUMNS: [Language; 3] = [Language::EN, Language::HE, Language::LV];

/// The meanings of words without their endings.
type Column = HashMap<String, Vec<u32>>;

static MEANINGS: LazyLock<[Column; COLUMNS.len()]> = LazyLock::new(|| {
    let mut columns: [Column; COLUMNS.len()] = Default::default();
    for (meaning, line) in LINES.iter().enumerate() {
        for (column, words) in columns.iter_mut().zip(line.split('|')) {
            for word in words.split_whitespace() {
                let word = fold(word);
                let meanings = column.entry(stripped(&word).to_owned()).or_default();
                if !meanings.contains(&number(meaning)) {
                    meanings.push(number(meaning));
                }
            }
        }
    }
    columns
});

static LINES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect());

/// A folded word without its ending.
fn stripped(word: &str) -> &str {
    stems(word).into_iter().flatten().next().unwrap_or(word)
}

/// What every word with a digit in it means: a number of something.
const NUMBER: u32 = u32::MAX;

/// The meanings that a folded word has in these languages, as numbers of lines.
pub(super) fn of(word: &str, languages: &[Language]) -> impl Iterator<Item = u32> {
    let columns = MEANINGS.iter().zip(COLUMNS).filter(|(_, language)| languages.contains(language));
    let stems = stems(word);
    let meant = columns.flat_map(move |(column, _)| stems.into_iter().flatten().filter_map(|stem| column.get(stem)));
    let number = word.chars().any(char::is_numeric).then_some(NUMBER);
    meant.flatten().copied().chain(number)
}

/// A meaning in words, for people: one word of each of these languages, or two of the only one.
pub(super) fn name(meaning: u32, languages: &[Language]) -> Option<String> {
    if meaning == NUMBER {
        return Some("a number".to_owned());
    }
    let line = LINES.get(index(meaning))?;
    let spoken = line.split('|').zip(COLUMNS).filter(|(_, language)| languages.contains(language));
    let each = if spoken.clone().count() > 1 { 1 } else { 2 };
    let words: Vec<&str> = spoken.flat_map(|(words, _)| words.split_whitespace().take(each)).collect();
    Some(words.join(" ≈ "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn share(one: &str, other: &str, languages: &[Language]) -> bool {
        let meanings: BTreeSet<u32> = of(&fold(one), languages).collect();
        of(&fold(other), languages).any(|meaning| meanings.contains(&meaning))
    }

    #[test]
    fn words_meet_in_what_they_mean_whatever_their_form_and_language() {
        let all = Language::BUILT_IN;
        for (one, other) in [
            ("bill", "invoices"),
            ("stolen", "theft"),
            ("לחשבונית", "החשבון"),
            ("rēķinu", "rekina"),
            ("bill", "חשבונית"),
            ("שבור", "salūzis"),
        ] {
            assert!(share(one, other, &all), "{one} {other}");
        }
        assert!(!share("bill", "חשבונית", &[Language::EN]), "a bot that speaks English only");
        assert!(!share("bill", "router", &all));
        assert_eq!(of("kwyjibo", &all).count(), 0);
        assert!(share("A-17", "22nd", &[]), "numbers of something");
        let bill = of("bill", &all).next().unwrap();
        assert_eq!(name(bill, &[Language::EN]).unwrap(), "bill ≈ invoice");
        assert_eq!(name(bill, &all).unwrap(), "bill ≈ חשבונית ≈ rēķins");
    }

    #[test]
    fn the_list_is_in_order() {
        for line in LINES.iter() {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            assert_eq!(columns.len(), COLUMNS.len(), "{line}");
            let words: Vec<String> = line.split(['|', ' ']).map(fold).filter(|word| !word.is_empty()).collect();
            assert!(words.iter().all(|word| !word.contains(' ')), "{line}: one word each");
            assert!(words.len() > 1, "{line}");
        }
        for column in MEANINGS.iter() {
            let often: Vec<_> = column.iter().filter(|(_, meanings)| meanings.len() > 3).collect();
            assert!(often.is_empty(), "these mean everything: {often:?}");
        }
    }
}
