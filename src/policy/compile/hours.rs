//! `hours:` of `bot.yaml` or of a queue, with everything that is wrong in it told at once.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::compile::Context;
use crate::diagnostic::Code;
use crate::hours::{Country, Exception, Hours};
use crate::text::nearest;
use crate::yaml::Node;

/// Reads hours; `None` when they cannot be told.
pub(super) fn hours(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<(Hours, Option<Country>)> {
    let zone = zone(context, file, node);
    let country = country(context, file, node);
    let exceptions = exceptions(context, file, node);
    let open_node = node.get("open").filter(|node| !node.is_empty())?;
    let open = open_node.scalar()?;
    match Hours::parse(open, zone.unwrap_or(Tz::UTC), country.flatten(), &exceptions) {
        Ok(hours) => {
            no_holidays(context, file, node, open_node);
            zone.zip(country).map(|(_, country)| (hours, country))
        }
        Err(error) => {
            let range = within(context, file, open_node, error.at, error.length);
            context.problem(Code::BadHours, file, &range, error.message).help = Some(error.help);
            None
        }
    }
}

/// Some bytes of a value as it stands in the file, quotes left out.
fn within(context: &Context<'_>, file: &Arc<str>, node: &Node, at: usize, length: usize) -> std::ops::Range<usize> {
    let written = context.sources.text(file).get(node.range.clone()).unwrap_or_default();
    let start = node.range.start + usize::from(written.starts_with(['"', '\''])) + at;
    start.min(node.range.end)..(start + length).min(node.range.end)
}

fn zone(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<Tz> {
    let Some(zone_node) = node.get("zone") else { return Some(Tz::UTC) };
    let name = zone_node.scalar().filter(|_| !zone_node.is_empty())?;
    if let Ok(zone) = name.parse::<Tz>() {
        return Some(zone);
    }
    let all = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let city = name.trim().replace(' ', "_").to_lowercase();
    let by_city = || all().find(|zone| zone.rsplit('/').next().is_some_and(|last| last.to_lowercase() == city));
    let help = by_city().or_else(|| nearest(name, all())).map_or_else(
        || "zones are named by region and city, such as `Europe/Riga`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let message = format!("there is no time zone `{name}`");
    context.problem(Code::UnknownZone, file, &zone_node.range, message).help = Some(help);
    None
}

/// The country of the holidays: `Some(None)` when none is named, `None` when it is not known.
fn country(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<Option<Country>> {
    let Some(country_node) = node.get("holidays") else { return Some(None) };
    let code = country_node.scalar().filter(|_| !country_node.is_empty())?;
    if let Some(country) = Country::from_code(code) {
        return Some(Some(country));
    }
    let upper = Country::from_code(&code.trim().to_uppercase()).map(Country::code);
    let help = upper.map_or_else(
        || "write the two capital letters of a country, such as `IL`, `LV` or `IE`".to_owned(),
        |code| format!("write `{code}`"),
    );
    let message = format!("no holidays are known for `{code}`");
    context.problem(Code::UnknownCountry, file, &country_node.range, message).help = Some(help);
    None
}

fn exceptions(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Vec<(NaiveDate, Exception)> {
    let mut exceptions = Vec::new();
    for (day, times) in node.get("exceptions").map(Node::entries).unwrap_or_default() {
        let text = day.scalar().unwrap_or_default();
        let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") else {
            context.problem(Code::BadHours, file, &day.range, format!("`{text}` is not a date")).help =
                Some("write year, month and day: `2026-12-31`".to_owned());
            continue;
        };
        match Exception::parse(times.scalar().unwrap_or_default()) {
            Ok(exception) => exceptions.push((date, exception)),
            Err(error) => {
                let range = within(context, file, times, error.at, error.length);
                context.problem(Code::BadHours, file, &range, error.message).help = Some(error.help);
            }
        }
    }
    exceptions
}

/// `PH` without a country means nothing: the shop would be thought open on every holiday.
fn no_holidays(context: &mut Context<'_>, file: &Arc<str>, node: &Node, open_node: &Node) {
    let open = open_node.scalar().unwrap_or_default();
    let at = open.match_indices("PH").map(|(at, _)| at).find(|at| {
        let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        let before = open.get(..*at).and_then(|before| before.chars().next_back());
        !letter(before) && !letter(open.get(at + 2..).and_then(|after| after.chars().next()))
    });
    if let Some(at) = at
        && node.get("holidays").is_none()
    {
        let range = within(context, file, open_node, at, 2);
        let message = "`PH` means public holidays, and no country says which days these are";
        context.problem(Code::NoHolidays, file, &range, message).help =
            Some("add the country beside it: `holidays: IL`".to_owned());
    }
}
