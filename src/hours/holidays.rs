//! Public holidays by country. Israel's are computed from the Hebrew calendar, since the library's table has none; all
//! others come from that table.

use std::sync::{Arc, LazyLock};

use chrono::{Datelike, Duration, NaiveDate, Weekday};
use compact_calendar::CompactCalendar;
use icu_calendar::Date;
use icu_calendar::cal::Hebrew;
use opening_hours::ContextHolidays;
use opening_hours::localization::Country as Listed;

/// A country whose public holidays are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Country {
    /// Israel.
    Israel,
    /// One of the library's table.
    Listed(Listed),
}

/// The years for which Israel's holidays are computed.
const YEARS: std::ops::RangeInclusive<i32> = 2020..=2060;

static ISRAEL: LazyLock<Arc<CompactCalendar>> = LazyLock::new(|| {
    let mut calendar = CompactCalendar::default();
    for year in YEARS {
        let first = NaiveDate::from_ymd_opt(year, 1, 1);
        for day in first.into_iter().flat_map(|first| first.iter_days()).take_while(|day| day.year() == year) {
            if let Some(holiday) = israeli_holiday(day) {
                calendar.insert(holiday);
            }
        }
    }
    Arc::new(calendar)
});

impl Country {
    /// The country with this ISO 3166 code (`IL`, `LV`), if its holidays are known.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "IL" => Some(Self::Israel),
            code => code.parse().ok().map(Self::Listed),
        }
    }

    /// Its ISO 3166 code.
    #[must_use]
    pub fn code(self) -> String {
        match self {
            Self::Israel => "IL".to_owned(),
            Self::Listed(country) => format!("{country:?}"),
        }
    }

    pub(super) fn holidays(self) -> ContextHolidays {
        match self {
            Self::Israel => ContextHolidays::new(Arc::clone(&ISRAEL), Arc::default()),
            Self::Listed(country) => country.holidays(),
        }
    }

    /// The digits that a phone number of the country begins with abroad, where they are known here.
    #[must_use]
    pub fn dialling_code(self) -> Option<&'static str> {
        let code = self.code();
        DIALLING.iter().find(|(country, _)| *country == code).map(|(_, digits)| *digits)
    }
}

/// The public holiday that falls on this day of the Hebrew calendar (or is kept on another day near it).
fn israeli_holiday(day: NaiveDate) -> Option<NaiveDate> {
    let iso = Date::try_new_iso(day.year(), u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?).ok()?;
    let hebrew = iso.to_calendar(Hebrew);
    let month = hebrew.month().to_input().code().0;
    match (month.as_str(), hebrew.day_of_month().0) {
        // Rosh Hashana, Yom Kippur, Sukkot, Simchat Torah; Pesach's first and last day; Shavuot.
        ("M01", 1 | 2 | 10 | 15 | 22) | ("M07", 15 | 21) | ("M09", 6) => Some(day),
        // Independence Day, 5 Iyar, is moved away from the Sabbath and from the eve that would follow it.
        ("M08", 5) => Some(match day.weekday() {
            Weekday::Fri => day - Duration::days(1),
            Weekday::Sat => day - Duration::days(2),
            Weekday::Mon => day + Duration::days(1),
            _ => day,
        }),
        _ => None,
    }
}

const DIALLING: [(&str, &str); 42] = [
    ("IL", "972"),
    ("LV", "371"),
    ("LT", "370"),
    ("EE", "372"),
    ("GB", "44"),
    ("IE", "353"),
    ("US", "1"),
    ("CA", "1"),
    ("DE", "49"),
    ("AT", "43"),
    ("CH", "41"),
    ("FR", "33"),
    ("BE", "32"),
    ("NL", "31"),
    ("LU", "352"),
    ("ES", "34"),
    ("PT", "351"),
    ("IT", "39"),
    ("PL", "48"),
    ("CZ", "420"),
    ("SK", "421"),
    ("HU", "36"),
    ("RO", "40"),
    ("BG", "359"),
    ("GR", "30"),
    ("CY", "357"),
    ("HR", "385"),
    ("SI", "386"),
    ("RS", "381"),
    ("SE", "46"),
    ("NO", "47"),
    ("DK", "45"),
    ("FI", "358"),
    ("IS", "354"),
    ("UA", "380"),
    ("TR", "90"),
    ("BR", "55"),
    ("MX", "52"),
    ("AR", "54"),
    ("AU", "61"),
    ("NZ", "64"),
    ("ZA", "27"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn israeli_holidays_of_known_years() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        for holiday in [
            day(2025, 4, 13),
            day(2025, 4, 19),
            day(2025, 5, 1),
            day(2025, 6, 2),
            day(2025, 9, 23),
            day(2025, 9, 24),
            day(2025, 10, 2),
            day(2025, 10, 7),
            day(2025, 10, 14),
            day(2026, 4, 2),
            day(2026, 4, 8),
            day(2026, 4, 22),
            day(2026, 5, 22),
            day(2026, 9, 12),
            day(2026, 9, 21),
            day(2027, 5, 12),
        ] {
            assert!(ISRAEL.contains(holiday), "{holiday}");
        }
        assert_eq!(ISRAEL.iter().filter(|day| day.year() == 2026).count(), 9);
    }
}
