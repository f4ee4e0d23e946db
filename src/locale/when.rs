//! Times as agents and testers write them: `2h`, `14:00`, `tomorrow 09:00`, `Fri 19:40`, `2026-03-06 19:40`.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::clock::Timestamp;

use super::{Locale, Reading};

/// Reads `30s`, `8m`, `4h`, `2d`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.trim().parse().ok().filter(|count| (0..=1_000_000).contains(count))?;
    match unit {
        's' => Some(Duration::seconds(count)),
        'm' => Some(Duration::minutes(count)),
        'h' => Some(Duration::hours(count)),
        'd' => Some(Duration::days(count)),
        _ => None,
    }
}

/// A local time as a moment: the earlier of two, and what the clocks skip is the moment they skip to.
#[must_use]
pub fn moment(local: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    let found = zone.from_local_datetime(&local).earliest();
    let found = found.or_else(|| zone.from_local_datetime(&(local + Duration::hours(1))).earliest())?;
    Some(found.with_timezone(&chrono::Utc))
}

/// Reads a time of day, `08:30`.
#[must_use]
pub fn time_of_day(text: &str) -> Option<NaiveTime> {
    let (hour, minute) = text.trim().split_once(':')?;
    NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok().filter(|_| minute.len() == 2)?, 0)
}

impl Locale {
    /// Reads a moment after `now`, in the given zone.
    #[must_use]
    pub fn parse_when(&self, text: &str, now: Timestamp, zone: Tz) -> Option<Timestamp> {
        let text = text.trim();
        if let Some(duration) = duration(text) {
            return now.checked_add_signed(duration);
        }
        let today = now.with_timezone(&zone).date_naive();
        if let Some(time) = time_of_day(text) {
            let at = moment(today.and_time(time), zone)?;
            return if at > now { Some(at) } else { moment(today.succ_opt()?.and_time(time), zone) };
        }
        let (day, time) = text.rsplit_once(' ')?;
        let time = time_of_day(time)?;
        let day = match NaiveDate::parse_from_str(day, "%Y-%m-%d") {
            Ok(day) => day,
            Err(_) => match self.read_date(day, today) {
                Reading::One(day) => day,
                _ => return None,
            },
        };
        moment(day.and_time(time), zone)
    }
}
