//! Reading opening hours, with errors that teach: the library behind accepts some nonsense silently, which is caught here.

use std::fmt;

use opening_hours::{Context, OpeningHours};

use super::holidays::Country;

/// What is wrong with opening hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursError {
    /// Where in the text, in bytes.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl fmt::Display for HoursError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.help)
    }
}

impl std::error::Error for HoursError {}

/// What holds on one day instead of the weekly hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exception {
    /// Closed all day.
    Closed,
    /// Open at these times, in minutes after midnight.
    Open(Vec<(u32, u32)>),
}

impl Exception {
    /// Reads `closed`, `off` or times such as `08:00-12:00,13:00-15:00`.
    ///
    /// # Errors
    /// What is wrong, with the place and a way out.
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        if matches!(text.trim(), "closed" | "off") {
            return Ok(Self::Closed);
        }
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let at = part.as_ptr() as usize - text.as_ptr() as usize;
            let range = part.trim().split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
            match range.filter(|(from, to)| from < to) {
                Some(range) => ranges.push(range),
                None => {
                    return Err(HoursError {
                        at,
                        message: format!("`{}` is not a time range", part.trim()),
                        help: "write `closed`, or times like `08:00-12:00`".to_owned(),
                    });
                }
            }
        }
        Ok(Self::Open(ranges))
    }

    pub(super) fn ranges(&self) -> Vec<(u32, u32)> {
        match self {
            Self::Closed => Vec::new(),
            Self::Open(ranges) => ranges.clone(),
        }
    }
}

/// A time of day in minutes after midnight; `24:00` is the end of the day.
fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60 || hour == 24 && minute == 0).then_some(hour * 60 + minute)
}

/// The weekly hours with a country's holidays.
pub(super) fn weekly(open: &str, country: Option<Country>) -> Result<OpeningHours, HoursError> {
    lint(open)?;
    let parsed: OpeningHours = open.parse().map_err(|_| HoursError {
        at: 0,
        message: format!("`{open}` cannot be read as opening hours"),
        help: "write them like `Su-Th 08:00-18:00; Fr 08:00-13:00; PH off`: days in two letters, times as 08:00"
            .to_owned(),
    })?;
    let holidays = country.map(Country::holidays).unwrap_or_default();
    Ok(parsed.with_context(Context::default().with_holidays(holidays)))
}

const DAYS: [(&str, &str); 14] = [
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
    ("wed", "We"),
    ("thu", "Th"),
    ("fri", "Fr"),
    ("sat", "Sa"),
];

fn lint(open: &str) -> Result<(), HoursError> {
    let error = |at, message: String, help: String| Err(HoursError { at, message, help });
    if open.trim().is_empty() {
        return error(
            0,
            "the hours are empty".into(),
            "write them like `Mo-Fr 09:00-17:00`, or leave `open` out".into(),
        );
    }
    if let Some(at) = open.find(['–', '—']) {
        return error(at, "a long dash".into(), "write a plain `-` between days and times".into());
    }
    let words = open.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    for word in words {
        let at = word.as_ptr() as usize - open.as_ptr() as usize;
        if let Some((_, short)) = DAYS.iter().find(|(long, _)| *long == word.to_lowercase()) {
            return error(at, format!("`{word}` is not how days are written here"), format!("write `{short}`"));
        }
    }
    for word in open.split([' ', ';', ',']).filter(|word| word.contains(|c: char| c.is_ascii_digit())) {
        let at = word.as_ptr() as usize - open.as_ptr() as usize;
        let Some((from, to)) = word.split_once('-') else { continue };
        if from.chars().all(|c| c.is_ascii_digit()) && from.len() <= 2 && !from.is_empty() {
            return error(at, format!("`{word}` has no minutes"), format!("write `{from:0>2}:00`"));
        }
        match (minute(from), minute(to)) {
            (Some(from), Some(to)) if from == to => {
                return error(
                    at,
                    format!("`{word}` is no time at all"),
                    "write where it begins and where it ends".into(),
                );
            }
            (Some(_), None) if to.contains(':') && !to.ends_with('+') => {
                return error(at, format!("`{to}` is not a time of day"), "write times from 00:00 to 24:00".into());
            }
            _ => {}
        }
    }
    Ok(())
}
