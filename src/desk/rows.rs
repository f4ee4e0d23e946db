//! The lines of a thread as a page shows them: days and enquiries set apart, and what happened told apart from what was
//! said.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::conversation::reason::HandoffReason;
use crate::language::Language;
use crate::locale::Locale;
use crate::store::Entry;
use crate::web::bubble::Bubble;

use super::view::{Line, Row, Why};
use super::words;

/// The thread as rows: days, enquiries and lines, each turn's reasons at its last line. `files` is where files are, if they
/// are kept.
pub(super) fn rows(
    entries: &[Entry],
    whys: &mut BTreeMap<i64, Why>,
    reveal: bool,
    now: Timestamp,
    zone: Tz,
    files: Option<&str>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    let (mut day, mut enquiry, mut side) = (None, None, None);
    for (place, entry) in entries.iter().enumerate() {
        let Some(mut bubble) = Bubble::of(entry, reveal) else { continue };
        let at = entry.at.with_timezone(&zone);
        if day != Some(at.date_naive()) {
            day = Some(at.date_naive());
            side = None;
            rows.push(Row::Day(day_words(at.date_naive(), now.with_timezone(&zone).date_naive())));
        }
        if entry.enquiry.is_some() && entry.enquiry != enquiry {
            enquiry = entry.enquiry;
            side = None;
            rows.push(Row::Enquiry(enquiry.unwrap_or_default()));
        }
        let event = event_words(&bubble);
        if let Some(words) = &event {
            bubble.text.clone_from(words);
        }
        let speaker = (bubble.side, bubble.author.clone());
        let ends_turn = entries.get(place + 1).is_none_or(|next| next.turn != entry.turn);
        rows.push(Row::Line(Box::new(Line {
            time: at.format("%H:%M").to_string(),
            follows: event.is_none() && side.as_ref() == Some(&speaker),
            event: event.is_some(),
            file: files.filter(|_| bubble.file).map(|files| format!("{files}/{}", bubble.seq)),
            why: if ends_turn { whys.remove(&entry.turn) } else { None },
            bubble,
        })));
        side = event.is_none().then_some(speaker);
    }
    rows
}

fn day_words(day: chrono::NaiveDate, today: chrono::NaiveDate) -> String {
    match (today - day).num_days() {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        _ => Locale::for_language(Language::EN).show_date(day, today),
    }
}

/// What a note says that is no colleague's own words: something that happened. The machine writes these sentences.
fn event_words(bubble: &Bubble) -> Option<String> {
    if bubble.side != "note" {
        return None;
    }
    let Some(author) = &bubble.author else {
        let handed = HandoffReason::ALL.into_iter().find_map(|reason| {
            let rest = bubble.text.strip_prefix("Handed off (")?.strip_prefix(reason.name())?.strip_prefix(')')?;
            Some(format!("Handed over: {}{rest}", words::reason(reason)))
        });
        return Some(handed.unwrap_or_else(|| bubble.text.clone()));
    };
    let known = ["took the enquiry", "put it aside", "transferred to "];
    known.iter().any(|known| bubble.text.starts_with(known)).then(|| format!("{author} {}", bubble.text))
}
