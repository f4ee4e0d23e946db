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
        self.moment(at, now, zone, &self.show_time(at, zone))
    }

    /// The next opening: "today at 14:00", "Sunday at 08:00", else with the date.
    #[must_use]
    pub fn show_opening(&self, at: Timestamp, now: Timestamp, zone: Tz) -> String {
        let time = self.show_time(at, zone);
        let today = match self.language.code() {
            "he" => format!("היום ב-{time}"),
            "lv" => format!("šodien plkst. {time}"),
            _ => format!("today at {time}"),
        };
        self.moment(at, now, zone, &today)
    }

    fn moment(&self, at: Timestamp, now: Timestamp, zone: Tz, today: &str) -> String {
        let (day, this) = (at.with_timezone(&zone).date_naive(), now.with_timezone(&zone).date_naive());
        let time = self.show_time(at, zone);
        let days = (day - this).num_days();
        if days == 0 {
            return today.to_owned();
        }
        let near = (1..=6).contains(&days);
        let names = dates::names(self.language);
        let weekday = names.weekdays[day.weekday().num_days_from_sunday() as usize];
        let date = if near { weekday.to_owned() } else { self.show_date(day, this) };
        match self.language.code() {
            "he" if near => format!("יום {date} ב-{time}"),
            "he" => format!("{date} ב-{time}"),
            "lv" => format!("{date} plkst. {time}"),
            _ => format!("{date} at {time}"),
        }
    }
}
