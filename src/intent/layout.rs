//! Texts typed with the keyboard set to the wrong language: the keys of the Hebrew layout (SI 1452) and those of the English
//! one, letter by letter. Knows keys only; whether the other reading means anything is for others to tell.

/// The English key and the Hebrew letter on it, where the two differ and one is a letter.
const KEYS: [(char, char); 31] = [
    ('q', '/'),
    ('w', '\''),
    ('e', 'ק'),
    ('r', 'ר'),
    ('t', 'א'),
    ('y', 'ט'),
    ('u', 'ו'),
    ('i', 'ן'),
    ('o', 'ם'),
    ('p', 'פ'),
    ('a', 'ש'),
    ('s', 'ד'),
    ('d', 'ג'),
    ('f', 'כ'),
    ('g', 'ע'),
    ('h', 'י'),
    ('j', 'ח'),
    ('k', 'ל'),
    ('l', 'ך'),
    (';', 'ף'),
    ('\'', ','),
    ('z', 'ז'),
    ('x', 'ס'),
    ('c', 'ב'),
    ('v', 'ה'),
    ('b', 'נ'),
    ('n', 'מ'),
    ('m', 'צ'),
    (',', 'ת'),
    ('.', 'ץ'),
    ('/', '.'),
];
/// Longer texts are not typed without a look at the screen.
const LETTERS_MAX: usize = 200;

/// What the same keys write on the other layout; nothing for a text that holds letters of both, or of neither.
pub(super) fn other(text: &str) -> Option<String> {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    let count = letters().take(LETTERS_MAX + 1).count();
    let is_latin = letters().all(|c| c.is_ascii_alphabetic());
    let is_hebrew = letters().all(|c| matches!(c, 'א'..='ת'));
    if count == 0 || count > LETTERS_MAX || !(is_latin || is_hebrew) {
        return None;
    }
    let key = |c: char| {
        let c = c.to_ascii_lowercase();
        let pair = KEYS.iter().find(|(english, hebrew)| c == if is_latin { *english } else { *hebrew });
        pair.map_or(c, |(english, hebrew)| if is_latin { *hebrew } else { *english })
    };
    Some(text.chars().map(key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_keys_on_the_other_layout() {
        for (english, hebrew) in [("vykuuhzhv kt gucs,", "הטלוויזיה לא עובדת"), ("bmhd", "נציג")] {
            assert_eq!(other(english).as_deref(), Some(hebrew));
            assert_eq!(other(hebrew).as_deref(), Some(english));
        }
        assert_eq!(other("NV vjacui? 12").as_deref(), Some("מה החשבון? 12"));
        assert_eq!(other("ןמאקרמקא").as_deref(), Some("internet"));
        for neither in ["", "12", "הממיר tv", "ļoti", "תודה kt"] {
            assert_eq!(other(neither), None, "{neither}");
        }
        assert_eq!(other(&"a".repeat(201)), None);
    }
}
