//! Words that mean much the same to any service desk, in the languages that frontdesk ships: who wrote "invoice" in an
//! example is understood by "bill", and by "חשבונית" where the bot speaks Hebrew too. A list that people wrote
//! (`senses.txt`), not learned from any data. Knows no bot and no intent.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::language::Language;
use crate::text::fold;

use super::features::{inflects, parted, stems};
use super::interner::{index, number};

/// A line for each meaning, and in it a column for each language.
const LIST: &str = include_str!("senses.txt");
/// Words behind it mean nothing here.
const NOTHING: char = '!';
const COLUMNS: [Language; 3] = [Language::EN, Language::HE, Language::LV];

/// What the words of a language mean: as they are listed, and without their endings.
#[derive(Default)]
struct Column {
    listed: HashMap<String, Vec<u32>>,
    /// By what is left of them: their endings, and what they mean.
    stripped: HashMap<String, Vec<(String, u32)>>,
}

impl Column {
    fn add(&mut self, word: &str, meaning: u32, by_stem: bool) {
        let word = fold(word);
        if by_stem {
            let (stem, ending) = parted(&word);
            self.stripped.entry(stem.to_owned()).or_default().push((ending.to_owned(), meaning));
        }
        let meanings = self.listed.entry(word).or_default();
        meanings.extend(Some(meaning).filter(|meaning| !meanings.contains(meaning)));
    }

    /// What the listed words mean of which a word may be another form.
    fn of_form(&self, word: &str, language: &Language) -> Vec<u32> {
        let (stem, said) = parted(word);
        let alike = self.stripped.get(stem).into_iter().flatten();
        let mut meanings: Vec<u32> =
            alike.filter(|(ending, _)| inflects(stem, ending, said, language)).map(|(_, meaning)| *meaning).collect();
        meanings.sort_unstable();
        meanings.dedup();
        meanings
    }
}

static MEANINGS: LazyLock<[Column; COLUMNS.len()]> = LazyLock::new(|| {
    let mut columns: [Column; COLUMNS.len()] = Default::default();
    for (meaning, line) in LINES.iter().enumerate() {
        for ((column, words), language) in columns.iter_mut().zip(line.split('|')).zip(COLUMNS) {
            // Without their endings, words of Hebrew are too short to be told apart.
            let by_stem = language != Language::HE;
            words.split_whitespace().for_each(|word| column.add(word, number(meaning), by_stem));
        }
    }
    for word in LIST.lines().filter_map(|line| line.strip_prefix(NOTHING)).flat_map(str::split_whitespace) {
        for column in &mut columns {
            column.listed.entry(fold(word)).or_default();
        }
    }
    columns
});

static LINES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| LIST.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', NOTHING])).collect());

/// What every word with a digit in it means: a number of something.
const NUMBER: u32 = u32::MAX;

/// The meanings that a folded word has in these languages, as numbers of lines: as it is listed in any of them, else as the
/// word it is a form of is, with a prefix or without, else of what it is without its ending.
pub(super) fn of<'w>(word: &'w str, languages: &'w [Language]) -> impl Iterator<Item = u32> + use<'w> {
    let columns = || MEANINGS.iter().zip(COLUMNS).filter(|(_, language)| languages.contains(language));
    let listed = |form: &str| -> Option<Vec<u32>> {
        let mut found = columns().filter_map(|(column, _)| column.listed.get(form)).peekable();
        found.peek()?;
        Some(found.flatten().copied().collect())
    };
    let [_, bare, barer] = stems(word);
    let forms = || [Some(word), bare, barer].into_iter().flatten();
    let meanings = forms().find_map(listed).or_else(|| forms().flat_map(form_of).find_map(|form| listed(&form)));
    let meanings = meanings.unwrap_or_else(|| {
        let alike = columns().flat_map(|(column, language)| column.of_form(word, &language));
        alike.collect()
    });
    let number = word.chars().any(char::is_numeric).then_some(NUMBER);
    meanings.into_iter().chain(number)
}

/// Whether two folded words are known to be different ones: one of them is listed, and they have no meaning in common.
pub(super) fn differ(one: &str, other: &str, languages: &[Language]) -> bool {
    let mut columns = MEANINGS.iter().zip(COLUMNS).filter(|(_, language)| languages.contains(language));
    let meanings = |word| of(word, languages).collect::<Vec<u32>>();
    columns.any(|(column, _)| [one, other].iter().any(|word| column.listed.contains_key(*word)))
        && !meanings(one).iter().any(|meaning| meanings(other).contains(meaning))
}

/// What a word can be the plural of, or the feminine.
fn form_of(word: &str) -> Vec<String> {
    /// Endings, and what stands there instead.
    const FORMS: [(&str, &[&str]); 6] = [
        ("ות", &["ה", "ת", ""]),
        ("ימ", &["", "י", "ה"]),
        ("ה", &[""]),
        ("ת", &["", "ה"]),
        ("es", &[""]),
        ("s", &[""]),
    ];
    let mut forms = Vec::new();
    for (ending, instead) in FORMS {
        let rest = word.strip_suffix(ending).filter(|rest| rest.chars().count() >= 3);
        forms.extend(rest.into_iter().flat_map(|rest| instead.iter().map(move |end| format!("{rest}{end}"))));
    }
    forms
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
            ("לחשבוניות", "חשבונית"),
            ("problems", "problem"),
            ("cenas", "cena"),
            ("התקלות", "תקלה"),
            ("הלקוחות", "לקוח"),
            ("המנויים", "מנוי"),
            ("שבורה", "שבור"),
            ("מקולקלת", "מקולקל"),
            ("אישית", "אישי"),
            ("nepieciešama", "nepieciešams"),
            ("modemu", "modems"),
            ("plans", "plan"),
            ("rēķinu", "rekina"),
            ("cenu", "cenas"),
            ("moved", "moving"),
            ("מע\"מ", "tax"),
            ("bill", "חשבונית"),
            ("שבור", "salūzis"),
        ] {
            assert!(share(one, other, &all), "{one} {other}");
        }
        assert!(!share("bill", "חשבונית", &[Language::EN]), "a bot that speaks English only");
        for (one, other) in [
            ("bill", "router"),
            ("data", "date"),
            ("plan", "plane"),
            ("wifi", "wife"),
            ("move", "movie"),
            ("close", "near"),
            ("שירות", "שיר"),
            ("החברה", "חבר"),
            ("אישית", "אישה"),
            ("בערב", "ערבית"),
            ("חובה", "חוב"),
            ("הנחיות", "הנחה"),
            ("שליחה", "שליח"),
            ("בתים", "בת"),
            ("plans", "flight"),
            ("אחרי", "אחריות"),
            ("viss", "paypal"),
            ("zāles", "zaļš"),
            ("par", "Paris"),
            ("vēl", "vēlos"),
            ("dēļ", "dēls"),
            ("cits", "city"),
            ("savs", "savings"),
            ("sit", "site"),
            ("quite", "quit"),
            ("even", "evening"),
            ("close", "cancel"),
            ("frozen", "blocked"),
            ("מס", "מע\"מ"),
        ] {
            assert!(!share(one, other, &all), "{one} {other}");
        }
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
            let often: Vec<_> = column.listed.iter().filter(|(_, meanings)| meanings.len() > 2).collect();
            assert!(often.is_empty(), "these mean everything: {often:?}");
        }
    }
}
