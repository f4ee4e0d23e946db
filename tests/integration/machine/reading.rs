//! What answers are read from messages in every shipped language, as tables (R13, R15, R17).

use std::sync::LazyLock;

use chrono::NaiveDate;
use frontdesk::bot::Bot;
use frontdesk::conversation::reading::{Reader, Reading, contained, read, words_only};
use frontdesk::diagnostic::Sources;
use frontdesk::language::Language;
use frontdesk::locale::Locale;
use frontdesk::message::Value;

const FLOWS: &str = r"
flow: box
questions:
  kind:
    ask: Which?
    options:
      x1: { label: { en: Black box, he: ממיר שחור, lv: Melnā kaste }, also: [old box] }
      s2: { label: { en: White box, he: ממיר לבן, lv: Baltā kaste } }
      none: { label: { en: Neither, he: אף אחד, lv: Neviena } }
  day: { ask: When?, accept: date }
outcomes: [{ otherwise: , say: Thanks. }]
---
flow: numbers
questions:
  amount: { ask: How many?, accept: number }
  phone: { ask: Which phone?, accept: phone }
outcomes: [{ otherwise: , say: Thanks. }]
---
flow: marks
questions:
  mail: { ask: Which address?, accept: email }
  code: { ask: Which code?, accept: { pattern: 'A-?\d{5}', example: A-10234, normalise: upper } }
outcomes: [{ otherwise: , say: Thanks. }]
---
flow: words
questions:
  sure: { ask: Sure?, accept: yes_no }
  note: { ask: Anything else?, accept: text }
outcomes: [{ otherwise: , say: Thanks. }]
";

static BOT: LazyLock<Bot> = LazyLock::new(|| {
    let mut sources = Sources::default();
    sources.add("bot.yaml", b"bot: Reading\nlanguages: [en, he, lv]\n");
    sources.add("flows/all.yaml", FLOWS.as_bytes());
    let (bot, problems) = Bot::compile(&sources);
    bot.unwrap_or_else(|| panic!("{problems:#?}"))
});

const LANGUAGES: [(&str, Language, &str); 3] =
    [("en", Language::EN, "447911000000"), ("he", Language::HE, "972541111111"), ("lv", Language::LV, "37120000000")];

/// A Tuesday.
fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 3).unwrap()
}

/// Somebody who writes `language`, from their country.
fn reader(language: &str) -> Reader<'static> {
    let (_, language, writer) = LANGUAGES.into_iter().find(|(name, ..)| *name == language).unwrap();
    Reader {
        locale: Locale::for_language(language),
        today: today(),
        country: None,
        business: None,
        writer: Some(writer),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Choice(text) | Value::Text(text) | Value::Phone(text) | Value::Email(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Bool(yes) => yes.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Reads `text` as the answer to a question; `-` when it cannot be read.
fn answer(language: &str, flow: &str, question: &str, text: &str) -> String {
    match read(&BOT.question(flow, question).unwrap().accept, words_only(text), &reader(language)) {
        Reading::Answer(value) => shown(&value),
        Reading::NotAllowed(shown) => panic!("{shown}"),
        Reading::Unclear => "-".to_owned(),
    }
}

/// What a message that opens a flow says about a question already; `-` when nothing, or not unmistakably.
fn said_already(language: &str, flow: &str, question: &str, text: &str) -> String {
    let value = contained(&BOT.question(flow, question).unwrap().accept, text, &reader(language));
    value.map_or_else(|| "-".to_owned(), |value| shown(&value))
}

type Read = fn(&str, &str, &str, &str) -> String;

fn holds(read: Read, flow: &str, question: &str, table: &[(&str, &str, &str)]) {
    for (language, text, expected) in table {
        assert_eq!(read(language, flow, question, text), *expected, "{language}: {text}");
    }
}

#[test]
fn r15_options_by_number_label_synonym_and_slip() {
    let table = [
        ("en", "1", "x1"),
        ("en", "black box!", "x1"),
        ("en", "old box", "x1"),
        ("en", "blakc box", "x1"),
        ("en", "the white box please", "s2"),
        ("en", "Melnā kaste", "x1"),
        ("en", "4", "-"),
        ("en", "0", "-"),
        ("en", "box", "-"),
        ("en", "black box or white box", "-"),
        ("he", "2", "s2"),
        ("he", "ממיר לבן", "s2"),
        ("he", "ממיר שחו", "x1"),
        ("he", "אף אחד מהם", "none"),
        ("he", "white box", "s2"),
        ("he", "ממיר", "-"),
        ("he", "ממיר שחור או ממיר לבן", "-"),
        ("lv", "3", "none"),
        ("lv", "melna kaste", "x1"),
        ("lv", "balta kste", "s2"),
        ("lv", "baltā kaste, lūdzu", "s2"),
        ("lv", "kaste", "-"),
        ("lv", "melnā kaste vai baltā kaste", "-"),
    ];
    holds(answer, "box", "kind", &table);
}

#[test]
fn r17_dates() {
    let table = [
        ("en", "3/4", "2026-04-03"),
        ("en", "4 April", "2026-04-04"),
        ("en", "tomorrow", "2026-03-04"),
        ("en", "Tuesday", "2026-03-10"),
        ("en", "Wednesday", "2026-03-04"),
        ("en", "2/3", "2027-03-02"),
        ("en", "31/2", "-"),
        ("en", "3/4 or 4/4", "-"),
        ("he", "3.4", "2026-04-03"),
        ("he", "4 באפריל", "2026-04-04"),
        ("he", "מחר", "2026-03-04"),
        ("he", "יום שלישי", "2026-03-10"),
        ("he", "ביום רביעי", "2026-03-04"),
        ("he", "2/3", "2027-03-02"),
        ("he", "לא יודע", "-"),
        ("lv", "3.4.", "2026-04-03"),
        ("lv", "4. aprīlī", "2026-04-04"),
        ("lv", "rīt", "2026-03-04"),
        ("lv", "otrdien", "2026-03-10"),
        ("lv", "trešdien", "2026-03-04"),
        ("lv", "2.3.", "2027-03-02"),
        ("lv", "nezinu", "-"),
    ];
    holds(answer, "box", "day", &table);
}

#[test]
fn r17_numbers() {
    let table = [
        ("en", "1.5", "1.5"),
        ("en", "1,500", "1500"),
        ("en", "three", "3"),
        ("en", "about 12 please", "12"),
        ("en", "2 or 3", "-"),
        ("en", "many", "-"),
        ("he", "1.5", "1.5"),
        ("he", "1,500", "1500"),
        ("he", "שלוש", "3"),
        ("he", "הרבה", "-"),
        ("lv", "1,5", "1.5"),
        ("lv", "1.500,25", "1500.25"),
        ("lv", "trīs", "3"),
        ("lv", "daudz", "-"),
    ];
    holds(answer, "numbers", "amount", &table);
}

#[test]
fn r17_phone_numbers() {
    let table = [
        ("en", "07911 123456", "+447911123456"),
        ("en", "+371 26 123 456", "+37126123456"),
        ("en", "call 07911123456 thanks", "+447911123456"),
        ("en", "12", "-"),
        ("he", "050-123-4567", "+972501234567"),
        ("he", "00972 50 1234567", "+972501234567"),
        ("he", "אין לי", "-"),
        ("lv", "+371 2612 3456", "+37126123456"),
        ("lv", "0037126123456", "+37126123456"),
        ("lv", "nav", "-"),
    ];
    holds(answer, "numbers", "phone", &table);
}

#[test]
fn r17_addresses_patterns_and_yes_or_no() {
    for language in ["en", "he", "lv"] {
        assert_eq!(answer(language, "marks", "mail", "Dana@Example.COM."), "dana@example.com");
        assert_eq!(answer(language, "marks", "mail", "a@example.com, b@example.com"), "-");
        assert_eq!(answer(language, "marks", "code", "a-10234"), "A-10234");
        assert_eq!(answer(language, "marks", "code", "XA-102345"), "-");
        assert_eq!(answer(language, "marks", "code", "A-10234 A-10235"), "-");
    }
    assert_eq!(answer("he", "marks", "code", "המספר הוא a-10234, תודה"), "A-10234");
    let table = [("en", "yes please", "true"), ("en", "no thanks", "false"), ("en", "maybe", "-")];
    holds(answer, "words", "sure", &table);
    let table = [("he", "כן", "true"), ("he", "לא", "false"), ("he", "אולי", "-")];
    holds(answer, "words", "sure", &table);
    let table = [("lv", "jā", "true"), ("lv", "nē", "false"), ("lv", "varbūt", "-")];
    holds(answer, "words", "sure", &table);
}

#[test]
fn r13_what_the_opening_message_says_unmistakably() {
    let kinds = [
        ("en", "my white box is dead", "s2"),
        ("en", "my old box is dead", "x1"),
        ("en", "my whte box is dead", "-"),
        ("en", "the black box or the white box", "-"),
        ("en", "my boxes", "-"),
        ("en", "1", "-"),
        ("he", "יש לי ממיר לבן והוא לא עובד", "s2"),
        ("he", "ממיר שחור או ממיר לבן", "-"),
        ("he", "הממיר לא עובד", "-"),
        ("lv", "mana baltā kaste nestrādā", "s2"),
        ("lv", "mana balta kaste nestrada", "s2"),
        ("lv", "melnā kaste vai baltā kaste", "-"),
    ];
    holds(said_already, "box", "kind", &kinds);
    let days = [
        ("en", "send somebody on 10/4/2026 please", "2026-04-10"),
        ("en", "on 10/4/2026 or 11/4/2026", "-"),
        ("he", "תשלחו מישהו ב-10.4.2026", "2026-04-10"),
        ("lv", "atsūtiet kādu 10.4.2026", "2026-04-10"),
    ];
    holds(said_already, "box", "day", &days);
    for language in ["en", "he", "lv"] {
        assert_eq!(said_already(language, "marks", "code", "? a-10234 !"), "A-10234");
        assert_eq!(said_already(language, "marks", "code", "a-10234, a-10235"), "-");
        assert_eq!(said_already(language, "marks", "mail", "write to Dana@example.com"), "dana@example.com");
        assert_eq!(said_already(language, "numbers", "phone", "call +371 26123456"), "+37126123456");
        for (flow, question) in [("numbers", "amount"), ("words", "sure"), ("words", "note")] {
            assert_eq!(said_already(language, flow, question, "yes, כן, jā: 5"), "-", "never of {question}");
        }
    }
}
