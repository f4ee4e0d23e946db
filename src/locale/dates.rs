//! Dates as people write them, in English, Hebrew and Latvian.

use chrono::{Datelike, Duration, NaiveDate};

use crate::language::Language;
use crate::text::{fold, words};

use super::{Locale, Reading, TEXT_MAX};

/// Names of days (Sunday first) and months, as they are written in dates.
pub(super) struct Names {
    pub(super) weekdays: [&'static str; 7],
    pub(super) months: [&'static str; 12],
}

const EN: Names = Names {
    weekdays: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};
const HE: Names = Names {
    weekdays: ["ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת"],
    months: [
        "ינואר",
        "פברואר",
        "מרץ",
        "אפריל",
        "מאי",
        "יוני",
        "יולי",
        "אוגוסט",
        "ספטמבר",
        "אוקטובר",
        "נובמבר",
        "דצמבר",
    ],
};
const LV: Names = Names {
    weekdays: ["svētdiena", "pirmdiena", "otrdiena", "trešdiena", "ceturtdiena", "piektdiena", "sestdiena"],
    months: [
        "janvāris",
        "februāris",
        "marts",
        "aprīlis",
        "maijs",
        "jūnijs",
        "jūlijs",
        "augusts",
        "septembris",
        "oktobris",
        "novembris",
        "decembris",
    ],
};

pub(super) const fn names(language: Language) -> &'static Names {
    match language {
        Language::HE => &HE,
        Language::LV => &LV,
        _ => &EN,
    }
}

impl Locale {
    /// Reads a message that is a date and nothing else of weight. A weekday is the next one, never today; a date without
    /// a year the next one (R17).
    #[must_use]
    pub fn read_date(&self, text: &str, today: NaiveDate) -> Reading<NaiveDate> {
        Reading::of(self.dates_in(text, today, true))
    }

    /// The one unmistakable date in a longer text (R13).
    #[must_use]
    pub fn find_date(&self, text: &str, today: NaiveDate) -> Reading<NaiveDate> {
        Reading::of(self.dates_in(text, today, false))
    }

    fn dates_in(&self, text: &str, today: NaiveDate, whole: bool) -> Vec<NaiveDate> {
        let text = crate::text::with_ascii_digits(&text.chars().take(TEXT_MAX).collect::<String>());
        let mut found = self.numeric(&text, today);
        if found.is_empty() {
            found = in_words(&words(&text), today, whole);
        }
        found
    }

    /// `2026-04-03`, `3/4`, `3.4.26`.
    fn numeric(&self, text: &str, today: NaiveDate) -> Vec<NaiveDate> {
        let mut found = Vec::new();
        for token in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '?' | '!' | '(' | ')')) {
            let token = token.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_end_matches('.');
            let parts: Vec<&str> = token.split(['/', '.', '-']).collect();
            let numbers: Option<Vec<u32>> = parts.iter().map(|part| part.parse().ok()).collect();
            let Some(numbers) = numbers.filter(|_| token.len() <= 10) else { continue };
            let date = match numbers[..] {
                [year, month, day] if parts[0].len() == 4 => date(i32::try_from(year).ok(), month, day, today),
                [a, b, year] if a <= 31 && (parts[2].len() == 2 || parts[2].len() == 4) => {
                    let year = if year < 100 { year + 2000 } else { year };
                    self.day_month(a, b).and_then(|(day, month)| date(i32::try_from(year).ok(), month, day, today))
                }
                [a, b] if !token.contains('-') && a <= 31 && b <= 31 => {
                    self.day_month(a, b).and_then(|(day, month)| date(None, month, day, today))
                }
                _ => None,
            };
            found.extend(date);
        }
        found
    }

    fn day_month(&self, a: u32, b: u32) -> Option<(u32, u32)> {
        let (day, month) = if self.month_first() { (b, a) } else { (a, b) };
        if month <= 12 { Some((day, month)) } else { (day <= 12).then_some((month, day)) }
    }
}

/// A day; without a year the next one.
fn date(year: Option<i32>, month: u32, day: u32, today: NaiveDate) -> Option<NaiveDate> {
    match year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, day),
        None => (0..=8)
            .filter_map(|years| NaiveDate::from_ymd_opt(today.year() + years, month, day))
            .find(|date| *date >= today),
    }
}

/// Dates in words. In a longer text only a day with its month, or *today* and *tomorrow* and weekdays by their full name.
fn in_words(words: &[String], today: NaiveDate, whole: bool) -> Vec<NaiveDate> {
    if whole && words.len() > 8 {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(word) = words.get(position) {
        let next = words.get(position + 1).map(String::as_str);
        let after = words.get(position + 2).map(String::as_str);
        let phrase = [Some(word.as_str()), next, after].into_iter().flatten().collect::<Vec<_>>().join(" ");
        if let Some((days, used)) = relative(&phrase) {
            found.extend(today.checked_add_signed(Duration::days(days)));
            position += used;
            continue;
        }
        if let Some(day) = day_number(word)
            && let Some((month, skip)) = next.and_then(month).map(|m| (m, 2)).or_else(|| {
                next.filter(|of| matches!(*of, "of" | "ב" | "ל")).and(after).and_then(month).map(|m| (m, 3))
            })
        {
            let year =
                words.get(position + skip).and_then(|year| year.parse().ok()).filter(|y| (2000..2100).contains(y));
            found.extend(date(year, month, day, today));
            position += skip + usize::from(year.is_some());
            continue;
        }
        if let Some(month) = month(word)
            && let Some(day) = next.and_then(day_number)
        {
            let year = after.and_then(|year| year.parse().ok()).filter(|y| (2000..2100).contains(y));
            found.extend(date(year, month, day, today));
            position += 2 + usize::from(year.is_some());
            continue;
        }
        if let Some(weekday) = weekday(word, whole) {
            let ahead = (7 + weekday - i64::from(today.weekday().num_days_from_sunday())) % 7;
            let ahead = if ahead == 0 { 7 } else { ahead };
            let date = today + Duration::days(ahead);
            if !found.contains(&date) && found.is_empty() {
                found.push(date);
            } else if !found.contains(&date) && weekday_fits(&found, weekday) {
                // "Tuesday 3 March": the weekday belongs to the date beside it.
            } else if !found.contains(&date) {
                found.push(date);
            }
        }
        position += 1;
    }
    drop_weekday_of_date(words, found, today)
}

fn weekday_fits(found: &[NaiveDate], weekday: i64) -> bool {
    found.iter().any(|date| i64::from(date.weekday().num_days_from_sunday()) == weekday)
}

/// "Tuesday 3 March" names one day, not two.
fn drop_weekday_of_date(words: &[String], found: Vec<NaiveDate>, today: NaiveDate) -> Vec<NaiveDate> {
    let has_month = words.iter().any(|word| month(word).is_some());
    if !has_month || found.len() < 2 {
        return found;
    }
    let week = today + Duration::days(7);
    let dates: Vec<NaiveDate> = found
        .iter()
        .enumerate()
        .filter(|(at, date)| {
            !(*at == 0 && **date <= week && found[1..].iter().any(|other| other.weekday() == date.weekday()))
        })
        .map(|(_, date)| *date)
        .collect();
    dates
}

/// Words that count days from today, and how many words they take.
fn relative(phrase: &str) -> Option<(i64, usize)> {
    const RELATIVE: [(&str, i64); 24] = [
        ("day after tomorrow", 2),
        ("the day after", 2),
        ("today", 0),
        ("tonight", 0),
        ("tomorrow", 1),
        ("tomorow", 1),
        ("tommorow", 1),
        ("היומ", 0),
        ("מחרתימ", 2),
        ("מחר", 1),
        ("sodien", 0),
        ("parit", 2),
        ("rit", 1),
        ("in a week", 7),
        ("בעוד שבוע", 7),
        ("עוד שבוע", 7),
        ("pec nedelas", 7),
        ("בעוד יומיימ", 2),
        ("בעוד יומימ", 2),
        ("בעוד שבועיימ", 14),
        ("בעוד שבועימ", 14),
        ("in two days", 2),
        ("in two weeks", 14),
        ("yesterday", -1),
    ];
    let starts = |known: &str| phrase == known || phrase.strip_prefix(known).is_some_and(|rest| rest.starts_with(' '));
    if let Some((known, days)) = RELATIVE.iter().find(|(known, _)| starts(known)) {
        return Some((*days, known.split(' ').count()));
    }
    let mut parts = phrase.split(' ');
    let (lead, count, unit) = (parts.next()?, parts.next()?, parts.next()?);
    let count: i64 = count.parse().ok().filter(|count| (0..=366).contains(count))?;
    let lead = matches!(lead, "in" | "בעוד" | "עוד" | "pec");
    let days = match unit {
        "day" | "days" | "ימימ" | "יומ" | "dienam" | "dienas" => count,
        "week" | "weeks" | "שבועות" | "nedelam" => count * 7,
        _ => return None,
    };
    lead.then_some((days, 3))
}

fn day_number(word: &str) -> Option<u32> {
    let digits: String =
        word.chars().skip_while(|c| matches!(c, 'ב' | 'ה' | 'ל')).take_while(char::is_ascii_digit).collect();
    let rest: String = word.chars().skip_while(|c| matches!(c, 'ב' | 'ה' | 'ל')).skip(digits.len()).collect();
    let fits = matches!(rest.as_str(), "" | "st" | "nd" | "rd" | "th");
    digits.parse().ok().filter(|day| fits && (1..=31).contains(day))
}

fn month(word: &str) -> Option<u32> {
    let known = |stem: &str, word: &str| {
        word == stem || stem.len() >= 3 && word.starts_with(stem) && word.len() <= stem.len() + 8
    };
    let english = EN.months.iter().position(|name| {
        let name = name.to_lowercase();
        word == name || word == &name[..3] || word == "sept" && name == "september"
    });
    let hebrew = || {
        let bare = word.strip_prefix('ב').unwrap_or(word);
        HE.months.iter().position(|name| fold(name) == bare || fold(name) == word)
    };
    let latvian = || {
        LV.months.iter().position(|name| {
            let stem = fold(name);
            let stem = stem.trim_end_matches('s').trim_end_matches(['i', 'a']).to_owned();
            known(&stem, word) && word.len() >= 4
        })
    };
    english.or_else(hebrew).or_else(latvian).and_then(|at| u32::try_from(at + 1).ok())
}

/// 0 is Sunday.
fn weekday(word: &str, whole: bool) -> Option<i64> {
    let english = EN.weekdays.iter().position(|name| {
        let name = name.to_lowercase();
        word == name
            || whole
                && (word == &name[..3] || word == "tues" && name == "tuesday" || word == "thurs" && name == "thursday")
    });
    let hebrew = || {
        let bare = word.strip_prefix('ב').filter(|bare| bare.chars().count() > 2).unwrap_or(word);
        HE.weekdays.iter().position(|name| fold(name) == bare && (whole || *name != "שני"))
    };
    let latvian = || {
        LV.weekdays.iter().position(|name| {
            let stem = fold(name);
            let stem = stem.trim_end_matches('a');
            word.starts_with(stem) && word.len() <= stem.len() + 2
        })
    };
    english.or_else(hebrew).or_else(latvian).and_then(|at| i64::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let today = day(2026, 3, 6);
        let en = Locale::for_language(Language::EN);
        for (text, date) in [
            ("tomorrow", day(2026, 3, 7)),
            ("today please", today),
            ("Sunday", day(2026, 3, 8)),
            ("next friday", day(2026, 3, 13)),
            ("3/4", day(2026, 4, 3)),
            ("3.4.27", day(2027, 4, 3)),
            ("2026-04-03", day(2026, 4, 3)),
            ("٢٠٢٦-٠٤-٠٣", day(2026, 4, 3)),
            ("០៣/០៤", day(2026, 4, 3)),
            ("๓ April", day(2026, 4, 3)),
            ("3rd of April", day(2026, 4, 3)),
            ("April 3", day(2026, 4, 3)),
            ("Tuesday 10 March", day(2026, 3, 10)),
            ("in 3 days", day(2026, 3, 9)),
            ("5/3", day(2027, 3, 5)),
            ("מחר", day(2026, 3, 7)),
            ("ביום ראשון", day(2026, 3, 8)),
            ("ב-3 באפריל", day(2026, 4, 3)),
            ("rīt", day(2026, 3, 7)),
            ("3. aprīlī", day(2026, 4, 3)),
            ("svētdien", day(2026, 3, 8)),
        ] {
            assert_eq!(en.read_date(text, today), Reading::One(date), "{text}");
        }
        let us = Locale::from_tag("en-US").unwrap();
        assert_eq!(us.read_date("4/3", today), Reading::One(day(2026, 4, 3)));
        for text in ["", "31/2", "hello", "99/99", "12345678901"] {
            assert_eq!(en.read_date(text, today), Reading::None, "{text}");
        }
    }

    #[test]
    fn what_is_shown_reads_back() {
        let today = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        for language in Language::BUILT_IN {
            let locale = Locale::for_language(language);
            for date in today.iter_days().take(800) {
                let shown = locale.show_date(date, today);
                assert_eq!(locale.read_date(&shown, today), Reading::One(date), "{shown}");
            }
        }
    }
}
