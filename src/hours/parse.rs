//! Reading opening hours and exceptions. What is wrong with hours that do not read, `lint` says.

use std::fmt;

use opening_hours::{Context, OpeningHours};

use super::holidays::Country;
use super::lint::{explain, lint};

/// What is wrong with opening hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursError {
    /// Where in the text, in bytes.
    pub at: usize,
    /// How many bytes.
    pub length: usize,
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
            let trimmed = part.trim();
            let at = trimmed.as_ptr() as usize - text.as_ptr() as usize;
            let range = trimmed.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
            match range.filter(|(from, to)| from < to) {
                Some(range) => ranges.push(range),
                None => {
                    return Err(HoursError {
                        at,
                        length: trimmed.len(),
                        message: format!("`{trimmed}` is not a time range within the day"),
                        help: "write `closed`, or times like `08:00-12:00`, up to 24:00".to_owned(),
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
    let parsed: OpeningHours = open.parse().map_err(|_| explain(open))?;
    let holidays = country.map(Country::holidays).unwrap_or_default();
    Ok(parsed.with_context(Context::default().with_holidays(holidays)))
}
