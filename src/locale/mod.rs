//! How people of a locale write and read dates, numbers, phone numbers and e-mail addresses (R17), and how moments are
//! said to them. Total and bounded: whatever is written, it reads as something or as nothing.

mod dates;
mod numbers;
mod when;

pub use when::{duration, moment, time_of_day};

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::language::Language;

/// What was found in a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<T> {
    /// Nothing.
    None,
    /// Exactly this.
    One(T),
    /// Several that differ.
    Many,
}

impl<T: PartialEq> Reading<T> {
    /// What a list of finds comes to.
    pub(crate) fn of(finds: impl IntoIterator<Item = T>) -> Self {
        finds.into_iter().fold(Self::None, |found, next| match found {
            Self::None => Self::One(next),
            Self::One(first) if first == next => Self::One(first),
            _ => Self::Many,
        })
    }
}

/// One locale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    language: Language,
    region: String,
}

/// Longer texts are not looked through.
const TEXT_MAX: usize = 2_000;

impl Locale {
    /// The locale of a language where `bot.yaml` names none: en-GB, he-IL, lv-LV, else the language alone.
    #[must_use]
    pub fn for_language(language: Language) -> Self {
        let region = match language.code() {
            "en" => "GB",
            "he" => "IL",
            "lv" => "LV",
            _ => "",
        };
        Self { language, region: region.to_owned() }
    }

    /// Reads a tag such as `en-IE`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let (language, region) = tag.split_once('-').unwrap_or((tag, ""));
        let fits = region.is_empty() || region.len() == 2 && region.chars().all(|c| c.is_ascii_uppercase());
        Some(Self { language: language.parse().ok().filter(|_| fits)?, region: region.to_owned() })
    }

    /// Its language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    fn month_first(&self) -> bool {
        self.region == "US"
    }

    fn decimal_comma(&self) -> bool {
        !matches!(self.language.code(), "en" | "he" | "ar" | "zh" | "ja" | "ko" | "th" | "hi")
    }

    /// "Tuesday 3 March"; with the year when it is not this year's.
    #[must_use]
    pub fn show_date(&self, date: NaiveDate, today: NaiveDate) -> String {
        let names = dates::names(self.language);
        let weekday = names.weekdays[date.weekday().num_days_from_sunday() as usize];
        let month = names.months[date.month0() as usize];
        let year = if date.year() == today.year() { String::new() } else { format!(" {}", date.year()) };
        match self.language.code() {
            "he" => format!("יום {weekday} {} ב{month}{year}", date.day()),
            "lv" => format!("{weekday}, {}. {month}{year}", date.day()),
            _ if self.month_first() => format!("{weekday} {month} {}{year}", date.day()),
            _ => format!("{weekday} {} {month}{year}", date.day()),
        }
    }

    /// A clock time, "08:23".
    #[must_use]
    pub fn show_time(&self, at: Timestamp, zone: Tz) -> String {
        at.with_timezone(&zone).format("%H:%M").to_string()
    }

    /// A moment after "by": "08:23" today, "Sunday at 08:00" within six days, else with the date.
    #[must_use]
    pub fn show_deadline(&self, at: Timestamp, now: Timestamp, zone: Tz) -> String {
        self.moment(at, now, zone, Saying::By).unwrap_or_else(|| self.show_time(at, zone))
    }

    /// The next opening: "today at 14:00", "Sunday at 08:00", else with the date.
    #[must_use]
    pub fn show_opening(&self, at: Timestamp, now: Timestamp, zone: Tz) -> String {
        let time = self.show_time(at, zone);
        self.moment(at, now, zone, Saying::On).unwrap_or_else(|| match self.language.code() {
            "he" => format!("היום ב-{time}"),
            "lv" => format!("šodien plkst. {time}"),
            _ => format!("today at {time}"),
        })
    }

    /// A moment on another day than today; none when it is today.
    fn moment(&self, at: Timestamp, now: Timestamp, zone: Tz, saying: Saying) -> Option<String> {
        let (day, this) = (at.with_timezone(&zone).date_naive(), now.with_timezone(&zone).date_naive());
        let days = (day - this).num_days();
        if days == 0 {
            return None;
        }
        let weekday = dates::names(self.language).weekdays[day.weekday().num_days_from_sunday() as usize];
        let near = (1..=6).contains(&days);
        let date = match self.language.code() {
            "he" if near => format!("יום {weekday}"),
            "lv" if near => latvian(weekday, saying),
            _ if near => weekday.to_owned(),
            _ => self.show_date(day, this),
        };
        let time = self.show_time(at, zone);
        Some(match self.language.code() {
            "he" if saying == Saying::On => format!("ב{date} ב-{time}"),
            "he" => format!("{date} ב-{time}"),
            "lv" => format!("{date} plkst. {time}"),
            _ => format!("{date} at {time}"),
        })
    }
}

/// Where a moment stands in a sentence: languages other than English bend the day by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saying {
    /// "We are back (on) Sunday".
    On,
    /// "By Sunday".
    By,
}

/// "svētdiena" as "on Sunday" and as "by Sunday".
fn latvian(weekday: &str, saying: Saying) -> String {
    match saying {
        Saying::On => weekday.strip_suffix('a').unwrap_or(weekday).to_owned(),
        Saying::By => format!("{weekday}i"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(local: &str) -> Timestamp {
        let local = chrono::NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").unwrap();
        moment(local, chrono_tz::Asia::Jerusalem).unwrap()
    }

    #[test]
    fn moments_are_said_as_each_language_bends_them() {
        let (now, zone) = (at("2026-03-06 19:40"), chrono_tz::Asia::Jerusalem);
        let cases = [
            ("en", "today at 20:00", "20:00", "Sunday at 08:00", "Sunday at 08:00", "Sunday 15 March at 08:00"),
            ("he", "היום ב-20:00", "20:00", "ביום ראשון ב-08:00", "יום ראשון ב-08:00", "ביום ראשון 15 במרץ ב-08:00"),
            (
                "lv",
                "šodien plkst. 20:00",
                "20:00",
                "svētdien plkst. 08:00",
                "svētdienai plkst. 08:00",
                "svētdiena, 15. marts plkst. 08:00",
            ),
        ];
        for (language, opens_today, by_today, opens, by, opens_later) in cases {
            let locale = Locale::for_language(language.parse().unwrap());
            let opening = |day: &str| locale.show_opening(at(day), now, zone);
            let deadline = |day: &str| locale.show_deadline(at(day), now, zone);
            assert_eq!(opening("2026-03-06 20:00"), opens_today);
            assert_eq!(deadline("2026-03-06 20:00"), by_today);
            assert_eq!(opening("2026-03-08 08:00"), opens);
            assert_eq!(deadline("2026-03-08 08:00"), by);
            assert_eq!(opening("2026-03-15 08:00"), opens_later);
        }
    }
}
