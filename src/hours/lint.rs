//! What people write for opening hours, and how it is written here: caught where the library behind would accept nonsense
//! in silence, and explained where it would only say that it cannot read.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::HoursError;

const DAYS: [(&str, &str); 18] = [
    ("sunday", "Su"),
    ("monday", "Mo"),
    ("tuesday", "Tu"),
    ("wednesday", "We"),
    ("thursday", "Th"),
    ("friday", "Fr"),
    ("saturday", "Sa"),
    ("sun", "Su"),
    ("mon", "Mo"),
    ("tue", "Tu"),
    ("tues", "Tu"),
    ("wed", "We"),
    ("thu", "Th"),
    ("thur", "Th"),
    ("thurs", "Th"),
    ("fri", "Fr"),
    ("sat", "Sa"),
    ("holidays", "PH"),
];
/// Days of each month, in a leap year.
const MONTHS: [(&str, u32); 12] = [
    ("jan", 31),
    ("feb", 29),
    ("mar", 31),
    ("apr", 30),
    ("may", 31),
    ("jun", 30),
    ("jul", 31),
    ("aug", 31),
    ("sep", 30),
    ("oct", 31),
    ("nov", 30),
    ("dec", 31),
];

macro_rules! pattern {
    ($name:ident $source:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($source).unwrap());
    };
}

pattern!(RANGE r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})");
pattern!(NO_MINUTES r"(?:^|[\s,;])((\d{1,2})-(\d{1,2}))(?:$|[\s,;])");
pattern!(MONTH_DAY r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s+(\d{1,2})(?:\s*-\s*(\d{1,2}))?(?:$|[\s,;-])");
pattern!(TWELVE_HOURS r"(?i)\b(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m\b");
pattern!(DOTS r"\b(\d{1,2})\.(\d{2})\b");
pattern!(NO_COLON r"\b([01]\d|2[0-4])([0-5]\d)\s*-\s*([01]\d|2[0-4])([0-5]\d)\b");
pattern!(DAY_COLON r"\b((?:Mo|Tu|We|Th|Fr|Sa|Su|PH):)");
pattern!(NO_SEMICOLON r"\d\s+((?:PH|SH|Mo|Tu|We|Th|Fr|Sa|Su)\b)");
pattern!(NO_END r"(?:^|[\s,;])(\d{1,2}:\d{2})(?:$|[\s,;])");
pattern!(MINUTES r"(\d{1,2}:[6-9]\d)");
pattern!(UNKNOWN_HERE r"(?i)\b(sunrise|sunset|dawn|dusk|SH)\b");

fn at(found: regex::Match<'_>, message: String, help: impl Into<String>) -> HoursError {
    HoursError { at: found.start(), length: found.len(), message, help: help.into() }
}

/// Finds what must not be there, whether the library would read it or not.
pub(super) fn lint(open: &str) -> Result<(), HoursError> {
    let all = |message: &str, help: &str| HoursError {
        at: 0,
        length: open.len(),
        message: message.to_owned(),
        help: help.to_owned(),
    };
    if open.trim().is_empty() {
        return Err(all("the hours are empty", "write them like `Mo-Fr 09:00-17:00`, or leave `open` out"));
    }
    let found = long_dash(open)
        .or_else(|| day(open))
        .or_else(|| no_minutes(open))
        .or_else(|| RANGE.captures_iter(open).find_map(|range| empty_range(&range)))
        .or_else(|| MONTH_DAY.captures_iter(open).find_map(|day| no_such_day(&day)))
        .or_else(|| unknown_here(open));
    found.map_or(Ok(()), Err)
}

/// Why hours cannot be read.
pub(super) fn explain(open: &str) -> HoursError {
    let found = twelve_hours(open)
        .or_else(|| dots(open))
        .or_else(|| no_colon(open))
        .or_else(|| {
            let colon = DAY_COLON.captures(open)?.get(1)?;
            let day = colon.as_str().trim_end_matches(':');
            Some(at(colon, format!("no colon stands after `{day}`"), "write a space between days and times"))
        })
        .or_else(|| {
            let minutes = MINUTES.find(open)?;
            Some(at(minutes, format!("`{}` is not a time of day", minutes.as_str()), "write times from 00:00 to 24:00"))
        })
        .or_else(|| {
            let day = NO_SEMICOLON.captures(open)?.get(1)?;
            let message = format!("a `;` is missing in front of `{}`", day.as_str());
            Some(at(day, message, format!("write `; {}`", day.as_str())))
        })
        .or_else(|| {
            let time = NO_END.captures(open)?.get(1)?;
            let message = format!("`{}` has no end", time.as_str());
            Some(at(time, message, format!("write from when to when: `{}-18:00`", time.as_str())))
        });
    found.unwrap_or_else(|| HoursError {
        at: 0,
        length: open.len(),
        message: format!("`{open}` cannot be read as opening hours"),
        help: "write them like `Su-Th 08:00-18:00; Fr 08:00-13:00; PH off`: days in two letters, times as 08:00"
            .to_owned(),
    })
}

fn long_dash(open: &str) -> Option<HoursError> {
    let (start, dash) = open.char_indices().find(|(_, c)| matches!(c, '–' | '—' | '−' | '‑'))?;
    let help = "write a plain `-` between days and times".to_owned();
    Some(HoursError { at: start, length: dash.len_utf8(), message: "a long dash".to_owned(), help })
}

fn day(open: &str) -> Option<HoursError> {
    let words = open.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.into_iter().find_map(|word| {
        let start = word.as_ptr() as usize - open.as_ptr() as usize;
        let error = |help: String| {
            let message = format!("`{word}` is not how days are written here");
            Some(HoursError { at: start, length: word.len(), message, help })
        };
        if let Some((_, short)) = DAYS.iter().find(|(long, _)| *long == word.to_lowercase()) {
            return error(format!("write `{short}`"));
        }
        let comment = open.get(..start).is_some_and(|before| before.matches('"').count() % 2 == 1);
        (!word.is_ascii() && !comment)
            .then(|| error("write days in two English letters: Su, Mo, Tu, We, Th, Fr, Sa".to_owned()))
            .flatten()
    })
}

fn no_minutes(open: &str) -> Option<HoursError> {
    NO_MINUTES.captures_iter(open).find_map(|range| {
        let (whole, from, to) = (range.get(1)?, range.get(2)?.as_str(), range.get(3)?.as_str());
        let before = open.get(..whole.start())?.trim_end();
        let month = MONTHS.iter().any(|(month, _)| {
            before.get(before.len().saturating_sub(3)..).is_some_and(|last| last.eq_ignore_ascii_case(month))
        });
        let hours = [from, to].iter().all(|hour| hour.parse().is_ok_and(|hour: u32| hour <= 24));
        (hours && !month && !before.ends_with("week")).then(|| {
            at(whole, format!("`{}` has no minutes", whole.as_str()), format!("write `{from:0>2}:00-{to:0>2}:00`"))
        })
    })
}

fn empty_range(range: &Captures<'_>) -> Option<HoursError> {
    let number = |group: usize| range.get(group).and_then(|found| found.as_str().parse::<u32>().ok());
    let (from, to) = ((number(1)?, number(2)?), (number(3)?, number(4)?));
    let whole = range.get(0)?;
    if from == to {
        let help = "write where it begins and where it ends; the whole day is `00:00-24:00`";
        return Some(at(whole, format!("`{}` is no time at all", whole.as_str()), help));
    }
    [(from, 1, 2), (to, 3, 4)].into_iter().find_map(|((hour, minute), first, last)| {
        let good = hour < 24 && minute < 60 || hour == 24 && minute == 0;
        let (first, last) = (range.get(first)?, range.get(last)?);
        let time = range.get(0)?.as_str().get(first.start() - whole.start()..last.end() - whole.start())?;
        (!good).then(|| HoursError {
            at: first.start(),
            length: time.len(),
            message: format!("`{time}` is not a time of day"),
            help: "write times from 00:00 to 24:00".to_owned(),
        })
    })
}

fn no_such_day(found: &Captures<'_>) -> Option<HoursError> {
    let month = found.get(1)?;
    let (_, last) = MONTHS.iter().find(|(name, _)| name.eq_ignore_ascii_case(month.as_str()))?;
    [found.get(2), found.get(3)].into_iter().flatten().find_map(|day| {
        let number: u32 = day.as_str().parse().ok()?;
        (number == 0 || number > *last).then(|| {
            let message = format!("there is no {} {}", month.as_str(), day.as_str());
            at(day, message, format!("{} has {last} days", month.as_str()))
        })
    })
}

fn unknown_here(open: &str) -> Option<HoursError> {
    let word = UNKNOWN_HERE.find(open)?;
    let help = if word.as_str().eq_ignore_ascii_case("SH") {
        "write the days themselves under `exceptions`"
    } else {
        "write times of the clock"
    };
    Some(at(word, format!("`{}` is not known here", word.as_str()), help))
}

fn twelve_hours(open: &str) -> Option<HoursError> {
    let found = TWELVE_HOURS.captures(open)?;
    let whole = found.get(0)?;
    let hour: u32 = found.get(1)?.as_str().parse().ok()?;
    let minute = found.get(2).map_or("00", |minute| minute.as_str());
    let afternoon = found.get(3)?.as_str().eq_ignore_ascii_case("p");
    let hour = hour % 12 + if afternoon { 12 } else { 0 };
    let message = format!("`{}` is not how times are written here", whole.as_str());
    Some(at(whole, message, format!("write `{hour:02}:{minute}`")))
}

fn dots(open: &str) -> Option<HoursError> {
    let found = DOTS.captures(open)?;
    let (whole, hour, minute) = (found.get(0)?, found.get(1)?.as_str(), found.get(2)?.as_str());
    let message = format!("`{}` is not how times are written here", whole.as_str());
    Some(at(whole, message, format!("write `{hour:0>2}:{minute}`")))
}

fn no_colon(open: &str) -> Option<HoursError> {
    let found = NO_COLON.captures(open)?;
    let part = |group: usize| found.get(group).map(|part| part.as_str());
    let help = format!("write `{}:{}-{}:{}`", part(1)?, part(2)?, part(3)?, part(4)?);
    let whole = found.get(0)?;
    Some(at(whole, format!("`{}` is not how times are written here", whole.as_str()), help))
}

#[cfg(test)]
mod tests {
    use crate::hours::{Exception, Hours};

    #[test]
    fn what_people_write_is_explained() {
        for (open, spot, help) in [
            ("Sun-Thu 08:00-18:00", "Sun", "write `Su`"),
            ("Monday to Friday 9 to 5", "Monday", "write `Mo`"),
            ("Mo–Fr 08:00-18:00", "–", "write a plain `-` between days and times"),
            ("Mo-Fr 08:00–18:00", "–", "write a plain `-` between days and times"),
            ("Mo-Fr 8-18", "8-18", "write `08:00-18:00`"),
            ("8-18", "8-18", "write `08:00-18:00`"),
            ("Feb 30 08:00-18:00", "30", "Feb has 29 days"),
            ("Apr 28-31 08:00-18:00", "31", "Apr has 30 days"),
            (
                "Mo-Fr 10:00-10:00",
                "10:00-10:00",
                "write where it begins and where it ends; the whole day is `00:00-24:00`",
            ),
            ("Mo-Fr 08:00-25:00", "25:00", "write times from 00:00 to 24:00"),
            ("Mo-Fr 08:60-18:00", "08:60", "write times from 00:00 to 24:00"),
            ("Mo-Fr 9am-5pm", "9am", "write `09:00`"),
            ("Mo-Fr 12pm-5pm", "12pm", "write `12:00`"),
            ("Mo-Fr 9.30-17.00", "9.30", "write `09:30`"),
            ("Mo-Fr 0800-1800", "0800-1800", "write `08:00-18:00`"),
            ("Mo-Fr: 09:00-17:00", "Fr:", "write a space between days and times"),
            ("Su-Th 08:00-18:00 PH off", "PH", "write `; PH`"),
            ("Su-Th 08:00", "08:00", "write from when to when: `08:00-18:00`"),
            ("א-ה 08:00-18:00", "א", "write days in two English letters: Su, Mo, Tu, We, Th, Fr, Sa"),
            ("Mo-Fr sunrise-sunset", "sunrise", "write times of the clock"),
            ("SH off", "SH", "write the days themselves under `exceptions`"),
        ] {
            let error = Hours::parse(open, chrono_tz::Tz::UTC, None, &[]).expect_err(open);
            let marked = open.get(error.at..error.at + error.length);
            assert_eq!((marked, error.help.as_str()), (Some(spot), help), "{open}: {}", error.message);
        }
    }

    #[test]
    fn good_hours_are_let_through() {
        for open in [
            "24/7",
            "Su-Th 08:00-18:00; Fr 08:00-13:00; PH off",
            "Mo-Fr 8:00-12:00, 13:00-18:00",
            "Su-Th 08:00 - 18:00",
            "Mo-Fr 22:00-02:00",
            "Mo-Su 00:00-24:00",
            "2026 Dec 24-26 off; Mo-Fr 09:00-17:00",
            "Dec 31 09:00-12:00; Mo-Fr 09:00-17:00",
            "Feb 29 off; Mo-Fr 09:00-17:00",
            "week 1-12 Mo-Fr 09:00-17:00",
            "Mo[1] 09:00-12:00",
            "Mo-Fr 09:00-17:00 \"לפי תיאום\"",
            "off",
        ] {
            let read = Hours::parse(open, chrono_tz::Tz::UTC, None, &[]);
            assert!(read.is_ok(), "{open}: {read:?}");
        }
    }

    #[test]
    fn exceptions_say_where_they_do_not_read() {
        for (text, spot) in [("8-12", "8-12"), ("08:00-12:00, 22:00-02:00", "22:00-02:00"), ("", ""), ("open", "open")]
        {
            let error = Exception::parse(text).expect_err(text);
            assert_eq!(text.get(error.at..error.at + error.length), Some(spot), "{text}");
        }
    }
}
