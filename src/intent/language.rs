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
            "im", "be", "was", "good", "morning", "evening", "help", "working", "work", "no",
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

/// Those of them that are words of other languages, too (*was* is German, *is* Dutch, *ir* Lithuanian): beside a language
/// without a list they tell nothing.
const ELSEWHERE: &[&str] = &[
    "is", "are", "i", "not", "to", "of", "have", "has", "do", "a", "an", "in", "on", "am", "im", "be", "was", "want",
    "for", "hello", "hi", "hey", "help", "no", "es", "man", "mana", "ir", "un", "ka", "kas", "kad", "kur", "ja", "ne",
    "par", "ar", "uz", "jus", "mums", "mes", "var", "lai", "bet", "tas", "ta", "manu", "kada", "kads", "sveiki",
];

/// Letters that English does not have and Latvian does.
const LATVIAN_LETTERS: &str = "āčēģīķļņšūž";

/// Languages that have some of these letters, too.
const SHARED_LETTERS: [(&str, &str); 11] = [
    ("lt", "čšūž"),
    ("et", "šž"),
    ("fi", "šž"),
    ("cs", "čšž"),
    ("sk", "čšž"),
    ("sl", "čšž"),
    ("hr", "čšž"),
    ("bs", "čšž"),
    ("sr", "čšž"),
    ("mi", "āēīū"),
    ("haw", "āēīū"),
];

/// Languages that are not written in Latin letters: for a text that is, they do not come into question.
const NOT_LATIN: [&str; 29] = [
    "am", "ar", "be", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "km", "ko", "ky", "mk", "mr",
    "my", "ne", "ps", "ru", "ta", "th", "uk", "ur", "yi", "zh",
];

/// Too short a text tells nothing of languages that share an alphabet.
const WHATLANG_MIN: usize = 20;
/// Shorter ones are asked about where there is little else to go by.
const WHATLANG_ALONE_MIN: usize = 10;
/// What statistics say of a longer one holds whatever single words say.
const WHATLANG_LONG: usize = 60;
/// How sure it has to be.
const SURE: f64 = 0.5;
/// How sure it has to be that a text is in a language without a list, where words of a list would have been expected and
/// there are none.
const LEANING: f64 = 0.2;
/// A sentence of so many words mostly has one of its language's list.
const WORDS_EXPECTED: usize = 4;

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
    } else if has_latvian_letters(&text, languages) {
        Some(Language::LV)
    } else if languages.iter().all(|language| has_list(*language) || !is_latin(*language)) {
        let words = crate::text::words(&text);
        by_words(&words, languages, &[]).or_else(|| {
            let (language, confidence) = by_statistics(&text, languages, WHATLANG_MIN)?;
            (confidence > SURE || languages.len() == 1).then_some(language)
        })
    } else {
        among_more(&text, letters, languages)
    };
    found.filter(|language| languages.contains(language))
}

/// Where some of the languages have no list, the words of the others would always win: statistics are asked first.
fn among_more(text: &str, letters: usize, languages: &[Language]) -> Option<Language> {
    let words = crate::text::words(text);
    let told = by_words(&words, languages, ELSEWHERE);
    let Some((likely, confidence)) = by_statistics(text, languages, WHATLANG_ALONE_MIN) else { return told };
    if confidence > SURE {
        // Where the two differ about a short text, nobody knows.
        return Some(likely).filter(|_| letters >= WHATLANG_LONG || told.is_none_or(|told| told == likely));
    }
    let lacks_words = !has_list(likely) && words.len() >= WORDS_EXPECTED;
    told.or_else(|| (lacks_words && confidence > LEANING).then_some(likely))
}

/// Whether a text has letters that among these languages only Latvian has.
fn has_latvian_letters(text: &str, languages: &[Language]) -> bool {
    let shared = |c| {
        let mut others = SHARED_LETTERS.iter().filter(|(_, letters)| letters.contains(c));
        others.any(|(code, _)| languages.iter().any(|language| language.code() == *code))
    };
    let mut letters = text.chars().flat_map(char::to_lowercase).filter(|c| LATVIAN_LETTERS.contains(*c));
    languages.contains(&Language::LV) && letters.any(|c| !shared(c))
}

fn has_list(language: Language) -> bool {
    TELLING.iter().any(|(listed, _)| *listed == language)
}

fn is_latin(language: Language) -> bool {
    !NOT_LATIN.contains(&language.code())
}

/// Whether a folded word tells a language: such words are so common that they tell nothing else.
pub(super) fn is_common(word: &str) -> bool {
    TELLING.iter().any(|(_, telling)| telling.contains(&word))
}

/// The language of whose list most words are, those `besides` not counted.
fn by_words(words: &[String], languages: &[Language], besides: &[&str]) -> Option<Language> {
    let telling = |word: &str, list: &[&str]| list.contains(&word) && !besides.contains(&word);
    let mut votes: Vec<(usize, Language)> = TELLING
        .iter()
        .filter(|(language, _)| languages.contains(language))
        .map(|(language, list)| (words.iter().filter(|word| telling(word, list)).count(), *language))
        .collect();
    votes.sort_by_key(|(votes, _)| std::cmp::Reverse(*votes));
    match votes.as_slice() {
        [(first, language), (second, _), ..] if first > second => Some(*language),
        [(first, language)] if *first > 0 => Some(*language),
        _ => None,
    }
}

/// The language that is likeliest by the text's letters, and how sure that is. Says nothing of texts with fewer letters than
/// `min`, unless only one of the languages is written in these, nor where it does not know all that are.
fn by_statistics(text: &str, languages: &[Language], min: usize) -> Option<(Language, f64)> {
    use whatlang::{Detector, Lang, Script};
    let known: Vec<(Lang, Language)> =
        languages.iter().filter_map(|language| Some((iso(language.code())?, *language))).collect();
    let script = whatlang::detect_script(text)?;
    let is_unknown = |language: &Language| iso(language.code()).is_none();
    if script == Script::Latin {
        if languages.iter().any(|language| is_latin(*language) && is_unknown(language)) {
            return None;
        }
    } else if !languages.iter().any(is_unknown) {
        let written: Vec<&(Lang, Language)> = known.iter().filter(|(lang, _)| script.langs().contains(lang)).collect();
        if let [(_, language)] = written.as_slice() {
            return Some((*language, 1.0));
        }
    }
    if text.chars().filter(|c| c.is_alphabetic()).count() < min {
        return None;
    }
    let detector = Detector::with_allowlist(known.iter().map(|(lang, _)| *lang).collect());
    let info = detector.detect(text)?;
    let (_, language) = known.iter().find(|(lang, _)| *lang == info.lang())?;
    Some((*language, info.confidence()))
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
        ("sl", Lang::Slv),
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

    /// Texts with the codes of a bot's languages and the one they are in; none where nobody can tell.
    fn told(texts: &[(&str, &str, &str)]) {
        for (languages, text, wanted) in texts {
            let languages: Vec<Language> = languages.split(' ').map(|code| code.parse().unwrap()).collect();
            let found = guess(text, &languages).map(|language| language.code().to_owned());
            assert_eq!(found.unwrap_or_default(), *wanted, "{languages:?}: {text}");
        }
    }

    #[test]
    fn a_word_of_both_languages_tells_neither() {
        told(&[
            ("en lv", "no", ""),
            ("en lv", "No internet", ""),
            ("en lv", "No signal", ""),
            ("en lv", "there is no signal", "en"),
            ("en lv", "no rīta nestrādā", "lv"),
            ("en he lv", "labdien", "lv"),
            ("en he lv", "kur ir mans sūtījums", "lv"),
            ("en he lv", "kur ir mans sutijums", "lv"),
            ("en he lv", "where is my parcel", "en"),
            ("en he lv", "איפה החבילה שלי", "he"),
        ]);
    }

    #[test]
    fn a_single_english_word_makes_no_other_language_english() {
        told(&[
            ("de en", "Was kostet das", "de"),
            ("de en", "Wann kommt mein Paket an?", "de"),
            ("de en", "Ich habe kein Signal", "de"),
            ("en es", "Quiero cambiar a otro plan", "es"),
            ("en es", "no", ""),
            ("en nl", "Waar is mijn pakket", "nl"),
            ("en fr", "il y a un problème", "fr"),
            ("en pt", "Onde está a minha encomenda?", "pt"),
            ("en pl", "gdzie jest moja paczka", "pl"),
            ("en pl", "co to jest", ""),
            ("de en", "my tv isn't working", "en"),
            ("de en", "where is my parcel", "en"),
            ("en es", "my parcel seems to be lost", "en"),
            ("en ga", "Cá bhfuil mo bheart anois le do thoil", ""),
        ]);
    }

    #[test]
    fn letters_of_several_languages_are_not_only_latvian() {
        told(&[
            ("lv lt", "Norėčiau pakeisti planą", "lt"),
            ("lv lt", "Televizorius neveikia, ačiū už pagalbą", "lt"),
            ("lv lt", "kur ir mans sūtījums", "lv"),
            ("lv lt", "Kāpēc tik ilgi?", "lv"),
            ("lv lt", "ačiū", ""),
            ("en lt", "Šiandien neveikia internetas", "lt"),
            ("en cs", "Kde je můj balíček?", "cs"),
            ("cs en", "děkuji, už to funguje", "cs"),
            ("en sk", "Kde je môj balíček?", "sk"),
            ("en hr", "Gdje je moja pošiljka?", "hr"),
            ("en lv et", "Žetoon ei tööta, palun aidake", "et"),
            ("en lv et", "Kur ir mans sūtījums", "lv"),
            ("en", "I lost my Škoda key", "en"),
        ]);
    }

    #[test]
    fn an_alphabet_that_one_language_has_tells_at_any_length() {
        told(&[
            ("en lv ru", "нет интернета", "ru"),
            ("en ru", "привет", "ru"),
            ("en ru", "where is my parcel", "en"),
            ("ru uk", "привет", ""),
        ]);
    }
}
