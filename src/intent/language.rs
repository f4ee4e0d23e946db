//! Which of a bot's languages a text seems to be written in. Says nothing when the text does not tell.

use crate::language::Language;

/// Words that tell one language from another; folded.
const TELLING: [(Language, &[&str]); 2] = [
    (
        Language::EN,
        &[
            "the", "is", "are", "my", "i", "you", "it", "not", "and", "to", "of", "have", "has", "do", "does", "what",
            "how", "when", "why", "where", "please", "hello", "hi", "hey", "thanks", "thank", "yes", "want", "need",
            "cant", "dont", "with", "for", "this", "that", "your", "can", "a", "an", "in", "on", "isnt", "wont", "am",
            "im", "be", "was", "good", "morning", "evening", "help", "working", "work",
        ],
    ),
    (
        Language::LV,
        &[
            "es", "man", "mans", "mana", "ir", "nav", "un", "ka", "kas", "kad", "kur", "kapec", "ludzu", "paldies",
            "sveiki", "labdien", "ja", "ne", "vai", "par", "ar", "uz", "no", "jus", "jusu", "mums", "mes", "gribu",
            "velos", "nestrada", "varu", "var", "labrit", "labvakar", "vajag", "lai", "bet", "tas", "ta", "cik",
            "manu", "kada", "kads", "esmu",
        ],
    ),
];

/// Letters that only one shipped language with a Latin alphabet has.
const LATVIAN_LETTERS: &str = "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ";

/// Too short a text tells nothing of languages that share an alphabet.
const WHATLANG_MIN: usize = 20;

/// The language among `languages` that `text` seems to be written in.
#[must_use]
pub fn guess(text: &str, languages: &[Language]) -> Option<Language> {
    let text: String = text.chars().take(1_000).collect();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let hebrew = text.chars().filter(|c| matches!(c, '\u{05d0}'..='\u{05ea}')).count();
    let found = if letters < 2 {
        None
    } else if hebrew * 2 >= letters {
        Some(Language::HE)
    } else if text.chars().any(|c| LATVIAN_LETTERS.contains(c)) {
        Some(Language::LV)
    } else {
        by_words(&text, languages).or_else(|| by_statistics(&text, languages))
    };
    found.filter(|language| languages.contains(language))
}

/// Whether a folded word tells a language: such words are so common that they tell nothing else.
pub(super) fn is_common(word: &str) -> bool {
    TELLING.iter().any(|(_, telling)| telling.contains(&word))
}

fn by_words(text: &str, languages: &[Language]) -> Option<Language> {
    let words = crate::text::words(text);
    let mut votes: Vec<(usize, Language)> = TELLING
        .iter()
        .filter(|(language, _)| languages.contains(language))
        .map(|(language, telling)| (words.iter().filter(|word| telling.contains(&word.as_str())).count(), *language))
        .collect();
    votes.sort_by_key(|(votes, _)| std::cmp::Reverse(*votes));
    match votes.as_slice() {
        [(first, language), (second, _), ..] if first > second => Some(*language),
        [(first, language)] if *first > 0 => Some(*language),
        _ => None,
    }
}

fn by_statistics(text: &str, languages: &[Language]) -> Option<Language> {
    if text.chars().filter(|c| c.is_alphabetic()).count() < WHATLANG_MIN {
        return None;
    }
    let known: Vec<(whatlang::Lang, Language)> =
        languages.iter().filter_map(|language| Some((iso(language.code())?, *language))).collect();
    let detector = whatlang::Detector::with_allowlist(known.iter().map(|(lang, _)| *lang).collect());
    let info = detector.detect(text)?;
    let sure = info.confidence() > 0.5 || known.len() == 1;
    known.iter().find(|(lang, _)| *lang == info.lang()).map(|(_, language)| *language).filter(|_| sure)
}

fn iso(code: &str) -> Option<whatlang::Lang> {
    use whatlang::Lang;
    let pairs = [
        ("en", Lang::Eng),
        ("he", Lang::Heb),
        ("lv", Lang::Lav),
        ("ru", Lang::Rus),
        ("ar", Lang::Ara),
        ("fr", Lang::Fra),
        ("de", Lang::Deu),
        ("es", Lang::Spa),
        ("pt", Lang::Por),
        ("it", Lang::Ita),
        ("uk", Lang::Ukr),
        ("pl", Lang::Pol),
        ("nl", Lang::Nld),
        ("lt", Lang::Lit),
        ("et", Lang::Est),
        ("fi", Lang::Fin),
        ("sv", Lang::Swe),
        ("da", Lang::Dan),
        ("nb", Lang::Nob),
        ("tr", Lang::Tur),
        ("ro", Lang::Ron),
        ("hu", Lang::Hun),
        ("cs", Lang::Ces),
        ("sk", Lang::Slk),
        ("el", Lang::Ell),
        ("bg", Lang::Bul),
        ("hr", Lang::Hrv),
        ("sr", Lang::Srp),
        ("ja", Lang::Jpn),
        ("ko", Lang::Kor),
        ("zh", Lang::Cmn),
        ("hi", Lang::Hin),
        ("fa", Lang::Pes),
        ("id", Lang::Ind),
        ("vi", Lang::Vie),
        ("th", Lang::Tha),
    ];
    pairs.iter().find(|(known, _)| *known == code).map(|(_, lang)| *lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart_or_not_at_all() {
        let all = [Language::EN, Language::HE, Language::LV];
        for (text, language) in [
            ("my tv isn't working", Some(Language::EN)),
            ("הטלוויזיה לא עובדת", Some(Language::HE)),
            ("televizors nestrādā", Some(Language::LV)),
            ("man nav interneta", Some(Language::LV)),
            ("X1", None),
            ("12345", None),
            ("ok", None),
            ("👍", None),
        ] {
            assert_eq!(guess(text, &all), language, "{text}");
        }
        assert_eq!(guess("הטלוויזיה לא עובדת", &[Language::EN]), None);
    }
}
