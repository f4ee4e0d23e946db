//! Folding of text for matching, words, slips and lengths. Knows no language's grammar and nothing of bots.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;

/// What stands where a secret answer is not shown (R42).
pub const MASK: &str = "••••••";
/// Longer texts are cut before they are folded: nobody's matter needs more, and a flood must not cost more.
const FOLD_MAX: usize = 8_000;
/// Longer words are never compared for slips.
const SLIP_WORD_MAX: usize = 40;

/// Brings a text into the one form in which everything is matched: compatibility forms and case folded, accents, niqqud,
/// direction marks and apostrophes dropped, Hebrew final letters made ordinary, doubled יי and וו single, digits of any
/// script to ASCII; runs of letters and digits joined by single spaces. A quotation mark between two Hebrew letters is what
/// nearly everybody types for gershayim (מע"מ), and is dropped as they are.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = Folded { text: String::with_capacity(text.len().min(FOLD_MAX)), gap: false, quoted: false };
    for c in text.chars().take(FOLD_MAX) {
        match c {
            // What stays what it is, in one step: most of what anybody writes.
            'A'..='Z' => folded.keep(c.to_ascii_lowercase()),
            '\0'..='\x7f' | 'א'..='ת' => folded.take(c),
            // The order of combining marks, which normal forms are strict about, makes no difference: none stays.
            _ => decompose_compatible(c, |part| part.to_lowercase().for_each(|part| folded.take(part))),
        }
    }
    folded.text
}

/// A text while it is folded.
struct Folded {
    text: String,
    /// Something came since the last letter that is neither letter nor digit.
    gap: bool,
    /// A quotation mark came behind a Hebrew letter, and nothing since.
    quoted: bool,
}

impl Folded {
    fn take(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            self.keep(c);
        } else if matches!(c, '"' | '”' | '“' | '„') {
            self.quoted = !self.gap && !self.quoted && self.text.ends_with(is_hebrew);
            self.gap |= !self.quoted;
        } else if !(is_apostrophe(c) || is_direction_mark(c) || !c.is_ascii() && is_combining_mark(c)) {
            match letter_or_digit(c) {
                Some(c) => self.keep(c),
                None => self.gap = true,
            }
        }
    }

    fn keep(&mut self, c: char) {
        self.gap |= std::mem::take(&mut self.quoted) && !is_hebrew(c);
        if std::mem::take(&mut self.gap) && !self.text.is_empty() {
            self.text.push(' ');
        }
        if !(matches!(c, 'י' | 'ו') && self.text.ends_with(c)) {
            self.text.push(c);
        }
    }
}

/// A name as it is compared: folded; where that leaves nothing, as with an emoji, its signs themselves, whatever the colour
/// of their skin.
#[must_use]
pub fn name(text: &str) -> String {
    let folded = fold(text);
    if !folded.is_empty() {
        return folded;
    }
    let kept = |c: &char| !(c.is_whitespace() || is_direction_mark(*c) || is_combining_mark(*c) || is_skin_tone(*c));
    text.chars().take(FOLD_MAX).filter(kept).collect()
}

/// The words of a text, folded.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    fold(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether `phrase` stands in `text` as whole words (both already split by [`words`]).
#[must_use]
pub fn contains_words<W: PartialEq<String>>(text: &[W], phrase: &[String]) -> bool {
    !phrase.is_empty() && text.windows(phrase.len()).any(|window| window == phrase)
}

/// Like [`contains_words`], where Hebrew letters that belong to the sentence may be stuck to the phrase: "בחיפה" and
/// "מחיפה" hold "חיפה".
#[must_use]
pub fn contains_name(text: &[String], phrase: &[String]) -> bool {
    let Some((first, others)) = phrase.split_first() else { return false };
    text.windows(phrase.len()).any(|window| {
        window.split_first().is_some_and(|(word, rest)| rest == others && (word == first || with_prefix(word, first)))
    })
}

/// Whether `word` is the Hebrew `name` behind one to three of the letters that mean "in", "the", "and", "from" and so on.
fn with_prefix(word: &str, name: &str) -> bool {
    let hebrew = name.chars().count() > 1 && name.chars().all(|c| matches!(c, 'א'..='ת'));
    let prefix = word.strip_suffix(name).filter(|_| hebrew).unwrap_or_default();
    (1..=3).contains(&prefix.chars().count()) && prefix.chars().all(|c| "בהוכלמש".contains(c))
}

/// The text without the invisible marks that only steer its direction.
#[must_use]
pub fn without_direction_marks(text: &str) -> String {
    text.chars().filter(|c| !is_direction_mark(*c)).collect()
}

const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}' | '\u{fe0f}')
}

const fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´' | '׳' | '״')
}

const fn is_hebrew(c: char) -> bool {
    matches!(c, 'א'..='ת')
}

fn letter_or_digit(c: char) -> Option<char> {
    match c {
        'ך' => Some('כ'),
        'ם' => Some('מ'),
        'ן' => Some('נ'),
        'ף' => Some('פ'),
        'ץ' => Some('צ'),
        'א'..='ת' => Some(c),
        c if c.is_ascii_alphanumeric() || c.is_alphabetic() => Some(c),
        c if c.is_numeric() => Some(digit(c).unwrap_or(c)),
        _ => None,
    }
}

/// The zero of every script whose digits are written in tens, as Unicode has them (`Nd`), in order.
const ZEROS: [u32; 75] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50,
    0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0,
    0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950,
    0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce,
    0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// The ASCII digit that a digit of any script stands for.
#[must_use]
pub fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let code = c as u32;
    let zero = ZEROS.get(ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?)?;
    char::from_digit(code.checked_sub(*zero).filter(|value| *value < 10)?, 10)
}

/// The text with the digits of every script as ASCII ones.
#[must_use]
pub fn with_ascii_digits(text: &str) -> String {
    text.chars().map(|c| digit(c).unwrap_or(c)).collect()
}

/// What a folded text can be where somebody held a key ("heyyy", "yesss", "תודהה"): three and more of a letter cut to two, or
/// to one, where the last of each word is not doubled either. Nothing where no letter is repeated like that. Digits stay.
pub fn unstretched(folded: &str) -> impl Iterator<Item = String> {
    let mut last = None;
    let is_repeated = folded.chars().any(|c| last.replace(c) == Some(c));
    let form = |kept, ends| is_repeated.then(|| cut(folded, kept, ends)).filter(|form| form != folded);
    let (first, second) = (form(2, false), form(1, true));
    let second = second.filter(|form| first.as_ref() != Some(form));
    first.into_iter().chain(second)
}

/// The text with so many of a letter where there were three and more, and if that is wanted one at the end of each word.
fn cut(folded: &str, kept: usize, ends: bool) -> String {
    let mut cut = String::with_capacity(folded.len());
    let letters: Vec<char> = folded.chars().collect();
    for run in letters.chunk_by(PartialEq::eq) {
        let Some(letter) = run.first() else { continue };
        cut.extend(std::iter::repeat_n(
            *letter,
            if run.len() > 2 && letter.is_alphabetic() { kept } else { run.len() },
        ));
    }
    if !ends {
        return cut;
    }
    let single = |word: &str| {
        let last = word.chars().next_back().filter(|last| last.is_alphabetic());
        last.and_then(|last| word.strip_suffix(last).filter(|rest| rest.ends_with(last))).unwrap_or(word).to_owned()
    };
    cut.split(' ').map(single).collect::<Vec<_>>().join(" ")
}

/// How many single-letter changes (insert, delete, replace, swap neighbours) turn one text into the other; at most `max`,
/// else `None`.
#[must_use]
pub fn distance(a: &str, b: &str, max: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(200).collect(), b.chars().take(200).collect());
    if a.len().abs_diff(b.len()) > max {
        return None;
    }
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            row[j + 1] = cost;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= max)
}

/// How many slips a word or phrase of so many letters is forgiven.
#[must_use]
pub const fn slips_allowed(letters: usize) -> usize {
    match letters {
        0..5 => 0,
        5..9 => 1,
        _ => 2,
    }
}

/// Whether `said` is `meant` (both folded) with a forgivable typing slip. Digits never slip.
#[must_use]
pub fn slip(meant: &str, said: &str) -> bool {
    let letters = meant.chars().count();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    letters <= SLIP_WORD_MAX
        && said != meant
        && digits(meant) == digits(said)
        && distance(meant, said, slips_allowed(letters)).is_some()
}

/// The nearest of `names` to `name`, if it is near enough to be what was meant.
#[must_use]
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let max = (name.chars().count() / 3).clamp(1, 3);
    let by_distance = names.into_iter().filter_map(|known| {
        let distance = distance(&name.to_lowercase(), &known.to_lowercase(), max)?;
        Some((distance, known))
    });
    by_distance.min().map(|(_, known)| known)
}

/// The length in UTF-16 units: never less than what WhatsApp may count.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The text cut to `max` UTF-16 units at a grapheme boundary, with `…`; and whether it was cut.
#[must_use]
pub fn cut_utf16(text: &str, max: usize) -> (String, bool) {
    if utf16_len(text) <= max {
        return (text.to_owned(), false);
    }
    let mut cut = String::new();
    let mut length = 1;
    for grapheme in text.graphemes(true) {
        length += utf16_len(grapheme);
        if length > max {
            break;
        }
        cut.push_str(grapheme);
    }
    if max > 0 {
        cut.truncate(cut.trim_end().len());
        cut.push('…');
    }
    (cut, true)
}

/// Whether a host names this machine or a private network, which lookups never call unless the operator lists it (R18).
#[must_use]
pub fn is_private_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse::<IpAddr>() {
        return is_private_address(address);
    }
    let host = host.to_ascii_lowercase();
    let private = [".local", ".internal", ".lan", ".home", ".localhost"];
    host == "localhost" || !host.contains('.') || private.iter().any(|suffix| host.ends_with(suffix))
}

/// Whether an address is anything but a place on the public internet: the machine itself, its network, its provider's
/// own services, or a range kept for special use.
#[must_use]
pub fn is_private_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
}

/// Only 2000::/3 is public. Within it, addresses that carry an IPv4 address, or lead to tunnels, are looked into.
fn is_private_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, .., seventh, eighth] = address.segments();
    let carried = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_private_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_private_v4(mapped);
    }
    match (first, second) {
        (0x64, 0xff9b) => address.segments().get(2..6) != Some(&[0; 4]) || carried(seventh, eighth),
        (0x2002, _) => carried(second, third),
        (0x2001, 0 | 0xdb8) | (0x3fff, _) => true,
        _ => !(0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_one_form() {
        for (text, folded) in [
            ("  Hello,  WORLD! ", "hello world"),
            ("isn't", "isnt"),
            ("Rēķins", "rekins"),
            ("שָׁלוֹם", "שלומ"),
            ("הממיר שלכם", "הממיר שלכמ"),
            ("צה״ל", "צהל"),
            ("צה\"ל", "צהל"),
            ("כולל מע\"מ", "כולל מעמ"),
            ("בחו”ל", "בחול"),
            ("אמר \"שלום\" והלך", "אמר שלומ והלכ"),
            ("מס\"2", "מס 2"),
            ("the \"best\"one", "the best one"),
            ("١٢٣", "123"),
            ("ＡＢＣ１", "abc1"),
            ("a\u{200f}b", "ab"),
            ("👍", ""),
            ("1️⃣", "1"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn folding_goes_through_the_normal_form() {
        use unicode_normalization::UnicodeNormalization;
        let all: Vec<char> = (0..=u32::from(char::MAX)).filter_map(char::from_u32).collect();
        for some in all.chunks(64) {
            let text: String = some.iter().flat_map(|c| [*c, 'x', *c, '\u{301}']).collect();
            let normal: String = text.nfkd().collect();
            assert_eq!(fold(&text), fold(&normal), "{some:?}");
            assert_eq!(fold(&text), fold(&text.nfkc().collect::<String>()), "{some:?}");
        }
    }

    #[test]
    fn a_held_key_is_let_go() {
        let forms = |text: &str| unstretched(text).collect::<Vec<_>>();
        assert_eq!(forms("heyyy"), ["heyy", "hey"]);
        assert_eq!(forms("hellllo"), ["hello", "helo"]);
        assert_eq!(forms("thankssss"), ["thankss", "thanks"]);
        assert_eq!(forms("תודהה רבה"), ["תודה רבה"]);
        assert_eq!(forms("goooood"), ["good", "god"]);
        for plain in ["", "hello", "1000", "needed", "a b"] {
            assert_eq!(forms(plain), [""; 0], "{plain}");
        }
    }

    #[test]
    fn a_name_of_signs_alone_is_these_signs() {
        for (text, same) in
            [("Yes!", "yes"), ("👍🏽", "👍"), (" 👍\u{fe0f} ", "👍"), ("👍 Good", "good"), (" \u{200f}", "")]
        {
            assert_eq!(name(text), same, "{text}");
        }
        assert_ne!(name("⭐⭐"), name("⭐⭐⭐"));
    }

    #[test]
    fn digits_of_every_script_are_digits() {
        let all: String = (0..=u32::from(char::MAX)).filter_map(char::from_u32).collect();
        let known: String = all.chars().filter(|c| digit(*c).is_some()).collect();
        let decimal = regex::Regex::new(r"\p{Nd}").unwrap();
        let wanted: String = decimal.find_iter(&all).map(|found| found.as_str()).collect();
        assert_eq!(known, wanted);
        assert_eq!(with_ascii_digits(&known), "0123456789".repeat(known.chars().count() / 10));
        assert_eq!(with_ascii_digits("A-١٢٣ ½"), "A-123 ½");
    }

    #[test]
    fn hebrew_prefixes_belong_to_the_sentence() {
        let holds = |text: &str, name: &str| contains_name(&words(text), &words(name));
        assert!(holds("אין אינטרנט בחיפה", "חיפה") && holds("ושבתל אביב", "תל אביב") && holds("the box", "box"));
        assert!(!holds("בחיפההה", "חיפה") && !holds("אחיפה", "חיפה") && !holds("בחיפה", "") && !holds("abox", "box"));
    }

    #[test]
    fn slips_are_forgiven_in_long_words_only() {
        assert!(slip("decoder", "decoedr"));
        assert!(slip("decoder", "decodr"));
        assert!(!slip("box", "bax"));
        assert!(!slip("a10234", "a10235"));
        assert!(!slip("decoder", "encoders"));
    }

    #[test]
    fn cutting_keeps_graphemes_whole() {
        assert_eq!(cut_utf16("short", 5), ("short".into(), false));
        assert_eq!(cut_utf16("👨‍👩‍👧‍👦 family", 10), ("…".into(), true));
        assert_eq!(cut_utf16("a family", 4), ("a f…".into(), true));
    }

    #[test]
    fn private_hosts_are_known() {
        for host in ["localhost", "10.0.0.1", "[::1]", "db", "printer.local", "169.254.1.1", "::ffff:127.0.0.1"] {
            assert!(is_private_host(host), "{host}");
        }
        assert!(!is_private_host("api.example.com"));
    }

    #[test]
    fn private_addresses_are_known_in_every_disguise() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::8.8.8.8",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(is_private_address(private.parse().unwrap()), "{private}");
        }
        for public in [
            "8.8.8.8",
            "100.128.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::",
        ] {
            assert!(!is_private_address(public.parse().unwrap()), "{public}");
        }
    }
}
