//! The opening times of single days, worked out of the weekly hours when they are first asked for and then remembered: turns
//! ask for the same few days again and again. What they say never changes, so that it makes no difference who asked before.

use std::ops::Range;
use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use opening_hours::{OpeningHours, RuleKind};

/// The years whose days are remembered.
const YEARS: Range<i32> = 2000..2200;
const DAYS_OF_YEAR: usize = 366;
const MINUTES: u32 = 24 * 60;

/// When a day is open: from the first minute after midnight to the second, in order.
pub(super) type Spans = Box<[(u32, u32)]>;

type Year = Box<[OnceLock<Spans>]>;

/// The days of some weekly hours.
#[derive(Debug)]
pub(super) struct Days {
    weekly: OpeningHours,
    years: Box<[OnceLock<Year>]>,
}

impl Days {
    /// The days of these hours.
    pub(super) fn new(weekly: OpeningHours) -> Self {
        Self { weekly, years: YEARS.map(|_| OnceLock::new()).collect() }
    }

    /// Tells `reader` when a day is open.
    pub(super) fn read<R>(&self, day: NaiveDate, reader: impl FnOnce(&[(u32, u32)]) -> R) -> R {
        match self.place(day) {
            Some(place) => reader(place.get_or_init(|| self.spans(day))),
            None => reader(&self.spans(day)),
        }
    }

    /// Where a day is remembered.
    fn place(&self, day: NaiveDate) -> Option<&OnceLock<Spans>> {
        let year = self.years.get(usize::try_from(day.year() - YEARS.start).ok()?)?;
        let days = year.get_or_init(|| (0..DAYS_OF_YEAR).map(|_| OnceLock::new()).collect());
        days.get(usize::try_from(day.ordinal0()).ok()?)
    }

    fn spans(&self, day: NaiveDate) -> Spans {
        let midnight = |day: NaiveDate| day.and_hms_opt(0, 0, 0);
        let (Some(start), Some(end)) = (midnight(day), day.succ_opt().and_then(midnight)) else {
            return Spans::default();
        };
        let minute = |at: NaiveDateTime| if at >= end { MINUTES } else { at.hour() * 60 + at.minute() };
        let open = self.weekly.iter_range(start, end).filter(|span| span.kind == RuleKind::Open);
        open.map(|span| (minute(span.range.start), minute(span.range.end))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_say_what_the_weekly_hours_say_at_every_minute() {
        for (open, first) in [
            ("Su-Th 08:00-18:00; Fr 08:00-13:00; PH off", "2026-03-01"),
            ("Fr-Sa 22:00-03:00; Mo 10:00-12:07,12:30-24:00", "2026-12-28"),
            ("24/7; Tu off", "2199-12-30"),
            ("Mo-Fr 09:00-12:00 unknown, 12:00-13:00", "1999-12-30"),
            ("Feb 29 08:00-09:00", "2028-02-26"),
        ] {
            let weekly: OpeningHours = open.parse().unwrap();
            let days = Days::new(weekly.clone());
            let first: NaiveDate = first.parse().unwrap();
            for day in first.iter_days().take(8) {
                for minute in (0..MINUTES).step_by(7) {
                    let at = day.and_hms_opt(minute / 60, minute % 60, 59).unwrap();
                    let is_open = days.read(day, |spans| spans.iter().any(|(from, to)| (*from..*to).contains(&minute)));
                    assert_eq!(is_open, weekly.is_open(at), "{open}: {at}");
                    assert!(days.read(day, |spans| spans.iter().all(|(from, to)| from < to && *to <= MINUTES)));
                }
            }
        }
    }
}
