//! Opening hours in the OpenStreetMap syntax, with holidays and dated exceptions (R24), and time counted in them. Knows
//! nothing of queues.

mod days;
mod holidays;
mod lint;
mod parse;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Duration, NaiveDate, NaiveDateTime, TimeZone, Timelike};
use chrono_tz::Tz;

use crate::clock::Timestamp;

use days::Days;

pub use holidays::Country;
pub use parse::{Exception, HoursError};

/// Searches for the next opening or closing go no further than this.
const HORIZON: Duration = Duration::days(370);
/// A search looks at no more changes than this.
const CHANGES_MAX: usize = 4_000;
/// Minutes.
const DAY: u32 = 24 * 60;

/// When a queue is open.
#[derive(Debug, Clone)]
pub struct Hours {
    zone: Tz,
    schedule: Option<Schedule>,
}

#[derive(Debug, Clone)]
struct Schedule {
    weekly: Arc<Days>,
    exceptions: Arc<BTreeMap<NaiveDate, Vec<(u32, u32)>>>,
}

impl Hours {
    /// Always open.
    #[must_use]
    pub const fn always(zone: Tz) -> Self {
        Self { zone, schedule: None }
    }

    /// Reads opening hours. `open` is an OpenStreetMap expression, `exceptions` replace single days.
    ///
    /// # Errors
    /// What is wrong with `open`, with the place in it and a way out.
    pub fn parse(
        open: &str,
        zone: Tz,
        country: Option<Country>,
        exceptions: &[(NaiveDate, Exception)],
    ) -> Result<Self, HoursError> {
        let weekly = Arc::new(Days::new(parse::weekly(open, country)?));
        let exceptions = exceptions.iter().map(|(day, exception)| (*day, exception.ranges())).collect();
        Ok(Self { zone, schedule: Some(Schedule { weekly, exceptions: Arc::new(exceptions) }) })
    }

    /// Whose clock the hours are told by.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Whether there are hours at all; without them it is always open.
    #[must_use]
    pub const fn has_hours(&self) -> bool {
        self.schedule.is_some()
    }

    /// Whether it is open at `at`.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let Some(schedule) = &self.schedule else { return true };
        schedule.is_open(at.with_timezone(&self.zone).naive_local())
    }

    /// The next moment after `at` when it turns open; none when it is always open or never opens within a year.
    #[must_use]
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        self.next_turn(at, true)
    }

    /// The next moment after `at` when it turns closed; none when it never does within a year.
    #[must_use]
    pub fn next_closing(&self, at: Timestamp) -> Option<Timestamp> {
        self.next_turn(at, false)
    }

    /// How long the closure that holds `at` lasts in all (one that began more than four days before: from there); none when
    /// it is open.
    #[must_use]
    pub fn closure_length(&self, at: Timestamp) -> Option<Duration> {
        if self.is_open(at) {
            return None;
        }
        let end = self.next_opening(at)?;
        let mut back = at - Duration::days(4);
        let mut start = back;
        while let Some(closing) = self.next_closing(back).filter(|closing| *closing <= at) {
            start = closing;
            back = closing;
        }
        Some(end - start)
    }

    /// The moment when `time` of opening time has passed since `from`.
    #[must_use]
    pub fn add_open_time(&self, from: Timestamp, time: Duration) -> Timestamp {
        let mut at = from;
        let mut left = time.max(Duration::zero());
        if self.schedule.is_none() {
            return at.checked_add_signed(left).unwrap_or(at);
        }
        for _ in 0..CHANGES_MAX {
            if !self.is_open(at) {
                match self.next_opening(at) {
                    Some(opening) => at = opening,
                    None => return at + left,
                }
            }
            let Some(closing) = self.next_closing(at) else { return at + left };
            let span = closing - at;
            if left <= span {
                return at + left;
            }
            left -= span;
            at = closing;
        }
        at
    }

    fn next_turn(&self, at: Timestamp, open: bool) -> Option<Timestamp> {
        let schedule = self.schedule.as_ref()?;
        let end = at + HORIZON;
        let mut moment = at;
        let mut was = self.is_open(at);
        for _ in 0..CHANGES_MAX {
            moment = self.next_change(schedule, moment)?;
            if moment > end {
                return None;
            }
            let is = self.is_open(moment);
            if is == open && was != open {
                return Some(moment);
            }
            was = is;
        }
        None
    }

    /// The next moment after `at` when anything may change, as the earlier of what the weekly hours, the exceptions and the
    /// clocks say.
    fn next_change(&self, schedule: &Schedule, at: Timestamp) -> Option<Timestamp> {
        let mut local = at.with_timezone(&self.zone).naive_local();
        for _ in 0..8 {
            local = schedule.next_change(local)?;
            if let Some(moment) = self.moment(local).filter(|moment| *moment > at) {
                return Some(moment);
            }
        }
        None
    }

    /// A local time as a moment: the earlier of two, and what the clocks skip is the moment they skip to.
    fn moment(&self, local: NaiveDateTime) -> Option<Timestamp> {
        let found = self.zone.from_local_datetime(&local).earliest();
        let found = found.or_else(|| self.zone.from_local_datetime(&(local + Duration::hours(1))).earliest())?;
        Some(found.with_timezone(&chrono::Utc))
    }
}

impl Schedule {
    fn is_open(&self, local: NaiveDateTime) -> bool {
        let minute = local.num_seconds_from_midnight() / 60;
        self.of_day(local.date(), |spans| spans.iter().any(|(from, to)| (*from..*to).contains(&minute)))
    }

    /// The next moment when it opens or closes, but no later than midnight.
    fn next_change(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let minute = local.num_seconds_from_midnight() / 60;
        let edge = self.of_day(local.date(), |spans| {
            let edges = spans.iter().flat_map(|(from, to)| [*from, *to]);
            edges.filter(|edge| *edge > minute && *edge < DAY).min()
        });
        match edge {
            Some(edge) => local.date().and_hms_opt(edge / 60, edge % 60, 0),
            None => local.date().succ_opt()?.and_hms_opt(0, 0, 0),
        }
    }

    /// Tells `reader` when a day is open, in minutes after midnight.
    fn of_day<R>(&self, day: NaiveDate, reader: impl FnOnce(&[(u32, u32)]) -> R) -> R {
        match self.exceptions.get(&day) {
            Some(ranges) => reader(ranges),
            None => self.weekly.read(day, reader),
        }
    }
}
