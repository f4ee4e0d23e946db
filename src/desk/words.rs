//! Names of the machine in the words of the desk: states, reasons, times.

use chrono::Duration;

use crate::clock::Timestamp;
use crate::conversation::reason::HandoffReason;
use crate::conversation::state::{Ended, State};
use crate::language::Language;

/// A state in words, and its tone (`bad`, `caution`, `accent`, `good`, `warm` or none).
pub(super) const fn state(state: State) -> (&'static str, &'static str) {
    match state {
        State::Bot => ("with the bot", ""),
        State::Settled => ("answered by the bot", "good"),
        State::Waiting => ("waiting for anyone", "warm"),
        State::NeedsReply => ("needs a reply", "warm"),
        State::Promised => ("promised for later", "accent"),
        State::AwaitingCustomer => ("awaiting the customer", "accent"),
        State::Held => ("held until opening", ""),
        State::Asked => ("asked if still relevant", ""),
        State::Ended => ("ended", ""),
    }
}

/// Why a person was called (R21), as the rest of "Handed over because …".
pub(super) const fn reason(reason: HandoffReason) -> &'static str {
    match reason {
        HandoffReason::AskedForPerson => "the customer asked for a person",
        HandoffReason::SecondFailure => "the bot did not understand twice",
        HandoffReason::RepeatContact => "the customer came back within 36 hours",
        HandoffReason::RepeatIntent => "the customer asked the same again",
        HandoffReason::FlowOutcome => "the flow leads here",
        HandoffReason::LeadsToPerson => "this matter is for a person",
        HandoffReason::NotHelped => "the article did not help",
        HandoffReason::OpenHours => "people answer this in opening hours",
        HandoffReason::NoFlow => "the bot has nothing for this at this hour",
        HandoffReason::LookupFailed => "the shop's system did not answer",
        HandoffReason::Order => "the customer sent a shopping cart",
        HandoffReason::TakenOver => "a colleague wrote from the WhatsApp app",
        HandoffReason::Undeliverable => "a message could not be delivered",
        HandoffReason::Late => "the message reached us late",
        HandoffReason::Loop => "the bot went in circles",
        HandoffReason::BotError => "the bot had an error",
    }
}

/// How an enquiry ended.
pub(super) const fn ended(how: Ended) -> &'static str {
    match how {
        Ended::Answered => "answered by the bot",
        Ended::Abandoned => "left by the customer",
        Ended::Withdrawn => "no longer relevant",
        Ended::ByAgent => "ended by an agent",
        Ended::Closed => "closed after silence",
        Ended::ByPhone => "done by phone",
    }
}

/// What a language is called.
pub(super) fn language(language: Language) -> String {
    match language.code() {
        "en" => "English".to_owned(),
        "he" => "Hebrew".to_owned(),
        "lv" => "Latvian".to_owned(),
        "ru" => "Russian".to_owned(),
        "ar" => "Arabic".to_owned(),
        code => code.to_uppercase(),
    }
}

/// A length of time: "under a minute", "6 min", "2 h 5 min", "3 days". The script `clocks.js` says it likewise.
pub(super) fn length(length: Duration) -> String {
    let minutes = length.num_minutes();
    match minutes {
        ..1 => "under a minute".to_owned(),
        1..60 => format!("{minutes} min"),
        60..1440 if minutes % 60 == 0 => format!("{} h", minutes / 60),
        60..1440 => format!("{} h {} min", minutes / 60, minutes % 60),
        1440..2880 => "1 day".to_owned(),
        _ => format!("{} days", minutes / 1440),
    }
}

/// A wait, rounded up: "in 3 minutes".
pub(super) fn in_a_while(wait: Duration) -> String {
    match (wait.num_seconds() + 59) / 60 {
        ..=1 => "in a minute".to_owned(),
        minutes => format!("in {minutes} minutes"),
    }
}

/// How long ago something was.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    if now - at < Duration::minutes(1) { "just now".to_owned() } else { format!("{} ago", length(now - at)) }
}

/// What is left until `due`, or how late it is.
pub(super) fn left(due: Timestamp, now: Timestamp) -> String {
    if due > now { format!("in {}", length(due - now)) } else { format!("{} late", length(now - due)) }
}

/// A name of the machine as words: `restart_tv_box` is "restart tv box".
pub(super) fn spoken(name: &str) -> String {
    name.replace(['_', '-'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = [0, 5, 60, 65, 150, 1439, 1440, 2879, 5000].map(|minutes| length(Duration::minutes(minutes)));
        assert_eq!(
            said,
            ["under a minute", "5 min", "1 h", "1 h 5 min", "2 h 30 min", "23 h 59 min", "1 day", "1 day", "3 days"]
        );
        assert_eq!(in_a_while(Duration::seconds(61)), "in 2 minutes");
        let now = Timestamp::default();
        assert_eq!(left(now + Duration::minutes(8), now), "in 8 min");
        assert_eq!(left(now - Duration::minutes(3), now), "3 min late");
    }
}
