//! The clock: what it shows, and where it can be moved. It goes forward only.

use chrono::{Datelike, Duration, NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::Serialize;

use crate::bot::Bot;
use crate::clock::{Clock, Timestamp};
use crate::hours::Hours;
use crate::language::Language;
use crate::locale::{Locale, duration, moment, time_of_day};
use crate::runtime::Runtime;
use crate::web::problem::Problem;

/// The furthest move.
const FURTHEST: Duration = Duration::days(366);

/// The clock as the page shows it.
#[derive(Debug, Serialize)]
pub(super) struct ClockView {
    now: Timestamp,
    /// The zone's IANA name: all times are shown in it.
    zone: &'static str,
    /// It stands still until it is moved.
    still: bool,
    desk: DeskHours,
    /// When the next timer of any customer is due.
    next_timer: Option<Timestamp>,
}

/// Whether people are there.
#[derive(Debug, Serialize)]
struct DeskHours {
    queue: String,
    open: bool,
    /// Never closes.
    always: bool,
    opens_at: Option<Timestamp>,
    closes_at: Option<Timestamp>,
}

/// The hours of a business number: its queue's.
pub(super) fn hours<'a>(bot: &'a Bot, number: Option<&str>) -> (&'a str, &'a Hours) {
    let number = number.and_then(|id| bot.number(id)).or(bot.numbers.first());
    let queue = number.and_then(|number| bot.queues.get(&number.queue));
    queue.map_or(("", &bot.hours), |queue| (queue.label.get(Language::EN), &queue.hours))
}

/// What the clock shows to whoever looks at a customer of this business number.
pub(super) async fn view(runtime: &Runtime, number: Option<&str>) -> Result<ClockView, Problem> {
    let bot = runtime.bot();
    let now = runtime.clock().now();
    let (queue, hours) = hours(&bot, number);
    let open = hours.is_open(now);
    Ok(ClockView {
        now,
        zone: hours.zone().name(),
        still: matches!(runtime.clock().as_ref(), Clock::Manual(_)),
        desk: DeskHours {
            queue: queue.to_owned(),
            open,
            always: !hours.has_hours(),
            opens_at: hours.next_opening(now).filter(|_| !open),
            closes_at: hours.next_closing(now).filter(|_| open),
        },
        next_timer: runtime.store().next_timer(now).await?,
    })
}

/// Moves the clock to where `text` says, and fires what is due on the way in order. What was just written is first gathered
/// and answered at its own time (R3).
pub(super) async fn go(runtime: &Runtime, number: Option<&str>, text: &str) -> Result<(), Problem> {
    let bot = runtime.bot();
    let now = runtime.clock().now();
    let next_timer = runtime.store().next_timer(now).await?;
    let to = target(text, now, hours(&bot, number).1, next_timer).map_err(Problem::wrong)?;
    let gathering = runtime.store().pending(0, 1_000).await?;
    let gather = bot.policy.gather.max(bot.policy.gather_media);
    if let Some(last) = gathering.iter().map(|pending| pending.last).max() {
        runtime.advance_to((last + gather).min(to)).await?;
    }
    runtime.advance_to(to).await?;
    Ok(())
}

/// The moment that `text` names: `+4h`, `08:20`, `Fri 19:40`, `tomorrow 09:00`, `2026-03-06 19:40`, the same with zone (RFC 3339), `opening`, `closing` or
/// `timer`.
fn target(text: &str, now: Timestamp, hours: &Hours, next_timer: Option<Timestamp>) -> Result<Timestamp, String> {
    let zone = hours.zone();
    let text = text.trim();
    let to = match text {
        "opening" => hours.next_opening(now).ok_or("the desk never turns from closed to open: it has no hours")?,
        "closing" => hours.next_closing(now).ok_or("the desk never closes: it has no hours")?,
        "timer" => next_timer.filter(|at| *at > now).ok_or("nothing is due: no customer waits for anything")?,
        text => read(text, now, zone).ok_or_else(|| {
            format!("“{text}” is no time: write “+4h”, “08:20”, “Fri 19:40”, “tomorrow 09:00” or “2026-12-24 19:40”")
        })?,
    };
    if to < now {
        let show = |at: Timestamp| at.with_timezone(&zone).format("%a %-d %b %Y, %H:%M");
        return Err(format!("{} has passed: it is {} now, and the clock only goes forward", show(to), show(now)));
    }
    if to - now > FURTHEST {
        return Err("that is more than a year away; go there in smaller steps".to_owned());
    }
    Ok(to)
}

fn read(text: &str, now: Timestamp, zone: Tz) -> Option<Timestamp> {
    if let Some(by) = duration(text.strip_prefix('+').unwrap_or(text)) {
        return now.checked_add_signed(by);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Some((day, time)) = text.rsplit_once(' ')
        && let Ok(weekday) = day.trim().parse::<Weekday>()
    {
        return next_weekday(weekday, time, now, zone);
    }
    Locale::for_language(Language::EN).parse_when(text, now, zone)
}

/// The next such moment; today's if it is still to come.
fn next_weekday(weekday: Weekday, time: &str, now: Timestamp, zone: Tz) -> Option<Timestamp> {
    let time = time_of_day(time)?;
    let today: NaiveDate = now.with_timezone(&zone).date_naive();
    let days = today.iter_days().take(8).filter(|day| day.weekday() == weekday);
    days.filter_map(|day| moment(day.and_time(time), zone)).find(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Result<String, String> {
        let zone = chrono_tz::Asia::Jerusalem;
        let hours = Hours::parse("Su-Th 08:00-18:00; Fr 08:00-13:00", zone, None, &[]).unwrap();
        let now =
            Locale::for_language(Language::EN).parse_when("2026-03-06 12:00", Timestamp::UNIX_EPOCH, zone).unwrap();
        target(text, now, &hours, None).map(|at| at.with_timezone(&zone).format("%a %F %H:%M").to_string())
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, expected) in [
            ("+4h", "Fri 2026-03-06 16:00"),
            ("30m", "Fri 2026-03-06 12:30"),
            ("Fri 19:40", "Fri 2026-03-06 19:40"),
            ("Friday 11:00", "Fri 2026-03-13 11:00"),
            ("sun 08:20", "Sun 2026-03-08 08:20"),
            ("08:20", "Sat 2026-03-07 08:20"),
            ("tomorrow 09:00", "Sat 2026-03-07 09:00"),
            ("2026-12-24 19:40", "Thu 2026-12-24 19:40"),
            ("closing", "Fri 2026-03-06 13:00"),
            ("opening", "Sun 2026-03-08 08:00"),
        ] {
            assert_eq!(at(text), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_clock_never_goes_back_nor_too_far_and_says_why() {
        assert_eq!(
            at("2026-03-05 10:00"),
            Err("Thu 5 Mar 2026, 10:00 has passed: it is Fri 6 Mar 2026, 12:00 now, and the clock only goes forward"
                .to_owned())
        );
        assert!(at("+400d").unwrap_err().contains("smaller steps"));
        assert!(at("soon").unwrap_err().contains("write “+4h”"));
        assert!(at("-2h").is_err());
        assert!(at("timer").unwrap_err().contains("nothing is due"));
    }
}
