//! Opening hours through their public door: time counted in them, clocks that change, holidays, long closures (R24).

use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use frontdesk::hours::{Country, Exception, Hours};
use proptest::prelude::*;

const OPEN: [&str; 6] = [
    "Su-Th 08:00-18:00; Fr 08:00-13:00; PH off",
    "Mo-Fr 09:00-12:00,13:00-17:30",
    "Fr-Sa 22:00-03:00",
    "Mo-Fr 01:00-04:00; Su 01:15-02:45",
    "Mo,We 10:00-12:07",
    "Mo-Tu 00:00-24:00",
];
const ZONES: [Tz; 5] =
    [Tz::Asia__Jerusalem, Tz::Europe__Riga, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::UTC];

fn hours(open: &str, zone: Tz, country: Option<&str>, exceptions: &[(&str, &str)]) -> Hours {
    let exceptions: Vec<(NaiveDate, Exception)> =
        exceptions.iter().map(|(day, times)| (day.parse().unwrap(), Exception::parse(times).unwrap())).collect();
    Hours::parse(open, zone, country.and_then(Country::from_code), &exceptions).unwrap()
}

fn at(zone: Tz, local: &str) -> DateTime<Utc> {
    let local = chrono::NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").unwrap();
    zone.from_local_datetime(&local).earliest().unwrap().with_timezone(&Utc)
}

/// The minutes of opening time between two moments, counted one by one.
fn open_minutes(hours: &Hours, from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    let minutes = (to - from).num_minutes();
    (0..minutes).filter(|minute| hours.is_open(from + Duration::minutes(*minute))).count().try_into().unwrap()
}

fn any_hours() -> impl Strategy<Value = Hours> {
    let closed = prop::bool::ANY;
    (prop::sample::select(OPEN.to_vec()), prop::sample::select(ZONES.to_vec()), closed).prop_map(
        |(open, zone, closed)| {
            let days =
                [("2026-03-27", "08:00-12:00"), ("2026-03-29", "closed"), ("2026-10-25", "00:30-05:00,20:00-24:00")];
            hours(open, zone, Some("IL"), if closed { &days } else { &[] })
        },
    )
}

/// Moments around the days on which clocks change, and any others of the year, on the minute.
fn any_moment() -> impl Strategy<Value = DateTime<Utc>> {
    let minute = |day: &str| at(Tz::UTC, &format!("{day} 00:00"));
    let near = prop::sample::select(vec![
        minute("2026-03-06"),
        minute("2026-03-26"),
        minute("2026-04-04"),
        minute("2026-10-24"),
    ]);
    prop_oneof![
        (near, 0_i64..4_320).prop_map(|(day, minutes)| day + Duration::minutes(minutes)),
        (0_i64..525_600).prop_map(move |minutes| at(Tz::UTC, "2026-01-01 00:00") + Duration::minutes(minutes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn opening_time_that_is_added_is_the_opening_time_that_has_passed(
        hours in any_hours(), from in any_moment(), minutes in 1_i64..90
    ) {
        let end = hours.add_open_time(from, Duration::minutes(minutes));
        prop_assert!((end - from) < Duration::days(30), "{from} + {minutes} = {end}");
        prop_assert_eq!(open_minutes(&hours, from, end), minutes, "{} to {}", from, end);
        prop_assert!(hours.is_open(end - Duration::minutes(1)), "ends inside opening time or as it closes: {}", end);
    }

    #[test]
    fn more_time_and_a_later_start_never_end_earlier(
        hours in any_hours(), from in any_moment(), later in 0_i64..900, minutes in 0_i64..200, more in 1_i64..200
    ) {
        let end = hours.add_open_time(from, Duration::minutes(minutes));
        let sum = hours.add_open_time(from, Duration::minutes(minutes + more));
        prop_assert!(end <= sum);
        prop_assert_eq!(hours.add_open_time(end, Duration::minutes(more)), sum);
        prop_assert!(end <= hours.add_open_time(from + Duration::minutes(later), Duration::minutes(minutes)));
    }

    #[test]
    fn the_next_opening_and_closing_are_where_it_turns(hours in any_hours(), from in any_moment()) {
        if let Some(opening) = hours.next_opening(from) {
            prop_assert!(opening > from && hours.is_open(opening) && !hours.is_open(opening - Duration::seconds(1)));
        }
        if let Some(closing) = hours.next_closing(from) {
            prop_assert!(closing > from && !hours.is_open(closing) && hours.is_open(closing - Duration::seconds(1)));
        }
        prop_assert_eq!(hours.closure_length(from).is_none(), hours.is_open(from));
    }
}

#[test]
fn a_long_closure_is_long_up_to_its_end() {
    let zone = Tz::Asia__Jerusalem;
    let hours = hours("Mo 08:00-18:00", zone, None, &[]);
    let length = hours.closure_length(at(zone, "2026-03-09 07:00")).unwrap();
    assert!(length > Duration::days(4), "one hour before it opens: {length}");
    let lunch = self::hours("Mo 08:00-12:00,13:00-18:00", zone, None, &[]);
    assert_eq!(lunch.closure_length(at(zone, "2026-03-09 12:20")), Some(Duration::hours(1)));
}

#[test]
fn holidays_and_exceptions_close_the_days_they_name() {
    let zone = Tz::Asia__Jerusalem;
    let open = "Su-Th 08:00-18:00; PH off";
    let israel = hours(open, zone, Some("IL"), &[("2026-04-01", "08:00-12:00"), ("2026-05-24", "closed")]);
    for (local, is_open) in [
        ("2026-04-02 10:00", false),
        ("2026-04-05 10:00", true),
        ("2026-04-22 10:00", false),
        ("2026-09-13 10:00", false),
        ("2026-04-01 11:59", true),
        ("2026-04-01 12:00", false),
        ("2026-05-24 10:00", false),
        ("2026-12-25 10:00", false),
    ] {
        assert_eq!(israel.is_open(at(zone, local)), is_open, "{local}");
    }
    let weekdays = "Mo-Fr 09:00-17:00; PH off";
    for (country, zone, holiday) in [
        ("LV", Tz::Europe__Riga, "2026-06-24 10:00"),
        ("LV", Tz::Europe__Riga, "2026-11-18 10:00"),
        ("GB", Tz::Europe__London, "2026-12-25 10:00"),
        ("IE", Tz::Europe__Dublin, "2026-03-17 10:00"),
        ("DE", Tz::Europe__Berlin, "2026-05-01 10:00"),
        ("US", Tz::America__New_York, "2026-07-03 10:00"),
    ] {
        let hours = hours(weekdays, zone, Some(country), &[]);
        assert!(!hours.is_open(at(zone, holiday)), "{country}: {holiday}");
        assert!(hours.is_open(at(zone, "2026-02-10 10:00")), "{country}: an ordinary Tuesday");
    }
}

#[test]
fn clocks_that_change_neither_lose_nor_double_time() {
    let zone = Tz::Europe__Riga;
    let hours = hours("Mo-Su 01:00-06:00", zone, None, &[]);
    let night = |day: &str| {
        let opening = hours.next_opening(at(zone, &format!("{day} 00:30"))).unwrap();
        (hours.next_closing(opening).unwrap() - opening).num_hours()
    };
    assert_eq!((night("2026-03-28"), night("2026-03-29"), night("2026-10-25")), (5, 4, 6));
}

#[test]
fn what_never_opens_says_so_and_what_never_closes_too() {
    let (zone, now) = (Tz::UTC, at(Tz::UTC, "2026-03-06 10:00"));
    let never = hours("off", zone, None, &[]);
    assert!(!never.is_open(now) && never.next_opening(now).is_none() && never.has_hours());
    let always = Hours::always(zone);
    assert!(always.is_open(now) && always.next_closing(now).is_none() && !always.has_hours());
    assert_eq!(always.add_open_time(now, Duration::hours(100)), now + Duration::hours(100));
}

#[test]
fn hours_that_hardly_ever_change_are_as_quick_as_others() {
    #[expect(clippy::disallowed_methods, reason = "a bound on how long it takes, far above what it should")]
    let started = std::time::Instant::now();
    let (zone, now) = (Tz::Asia__Jerusalem, at(Tz::UTC, "2026-03-06 10:00"));
    for open in ["24/7", "Mo-Su 00:00-24:00", "off", "Feb 29 08:00-09:00"] {
        let hours = hours(open, zone, Some("IL"), &[("2026-05-24", "closed")]);
        let due = hours.add_open_time(now, Duration::minutes(8));
        assert!(due >= now + Duration::minutes(8), "{open}");
        hours
            .next_opening(now)
            .into_iter()
            .chain(hours.next_closing(now))
            .for_each(|turn| assert!(turn > now, "{open}"));
    }
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
