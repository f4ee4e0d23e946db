//! Whether what a `=` line says holds, and what holds instead.

use chrono::{Datelike, Weekday};
use chrono_tz::Tz;

use crate::conversation::reason::Reached;
use crate::conversation::state::{Answer, Conversation, Enquiry, State};
use crate::intent::Topic;
use crate::message::Value;
use crate::text::fold;

use super::script::{Check, CheckKind};

/// What stands where nothing is.
const NONE: &str = "none";

/// `None` when the check holds, else the same check as it would hold.
pub(super) fn judge(check: &Check, conversation: &Conversation, trail: &[Reached], zone: Tz) -> Option<Check> {
    let enquiry = conversation.enquiry.as_ref();
    let is = |actual: &str| (actual != check.value).then(|| with(check, actual));
    match check.kind {
        CheckKind::State => is(conversation.state().name()),
        CheckKind::Settled | CheckKind::Ended => {
            let meant = if check.kind == CheckKind::Settled { State::Settled } else { State::Ended };
            let actual = conversation.state();
            let state = Check { kind: CheckKind::State, value: actual.name().to_owned(), name: String::new() };
            (actual != meant).then_some(state)
        }
        CheckKind::Intent => is(&intent(enquiry, trail)),
        CheckKind::Flow => is(&flow(enquiry, trail)),
        CheckKind::Article => article(check, enquiry, trail),
        CheckKind::Answer => answer(check, enquiry),
        CheckKind::Handoff => {
            is(enquiry.and_then(|e| e.handoff.as_ref()).map_or(NONE, |handoff| handoff.reason.name()))
        }
        CheckKind::Queue => is(enquiry.and_then(|e| e.queue.as_deref()).unwrap_or(NONE)),
        CheckKind::Agent => is(enquiry.and_then(|e| e.agent.as_deref()).unwrap_or(NONE)),
        CheckKind::Promise => promise(check, enquiry, zone),
        CheckKind::Failures => is(&enquiry.map_or(0, |e| e.failures).to_string()),
        CheckKind::Language => is(conversation.contact.language.as_ref().map_or(NONE, |language| language.code())),
    }
}

/// What holds of these kinds of check: only what there is, and of `answer` every one that was given.
pub(super) fn describe(kinds: &[CheckKind], conversation: &Conversation, trail: &[Reached], zone: Tz) -> Vec<Check> {
    let mut checks = Vec::new();
    for &kind in kinds {
        if kind == CheckKind::Answer {
            let answers = conversation.enquiry.iter().flat_map(|enquiry| &enquiry.answers);
            checks.extend(answers.map(|given| Check { kind, name: given.question.clone(), value: one_line(given) }));
            continue;
        }
        // What is asked for is nothing that could hold, but names the day where there is one to name.
        let value = if kind == CheckKind::Promise { "Mon ?" } else { "?" };
        let asked = Check { kind, value: value.to_owned(), name: String::new() };
        checks.extend(judge(&asked, conversation, trail, zone).filter(|check| check.value != NONE));
    }
    checks
}

fn with(check: &Check, value: &str) -> Check {
    Check { value: value.to_owned(), ..check.clone() }
}

/// What the enquiry is about, else the intent that was followed last.
fn intent(enquiry: Option<&Enquiry>, trail: &[Reached]) -> String {
    if let Some(Topic::Intent(name)) = enquiry.and_then(|e| e.topic.as_ref()).map(|matched| &matched.topic) {
        return name.clone();
    }
    let last = trail.iter().rev().find_map(|reached| match reached {
        Reached::Intent(name) => Some(name.clone()),
        _ => None,
    });
    last.unwrap_or_else(|| NONE.to_owned())
}

/// The flow that runs, else the one that began last in this enquiry.
fn flow(enquiry: Option<&Enquiry>, trail: &[Reached]) -> String {
    if let Some(run) = enquiry.and_then(|e| e.run.as_ref()) {
        return run.flow.clone();
    }
    let last = trail.iter().rev().find_map(|reached| match reached {
        Reached::Flow(name) => Some(name.clone()),
        _ => None,
    });
    last.unwrap_or_else(|| NONE.to_owned())
}

/// Any article that was shown in this enquiry holds.
fn article(check: &Check, enquiry: Option<&Enquiry>, trail: &[Reached]) -> Option<Check> {
    let topic = match enquiry.and_then(|e| e.topic.as_ref()).map(|matched| &matched.topic) {
        Some(Topic::Article(name)) => Some(name.as_str()),
        _ => None,
    };
    let shown: Vec<&str> = trail
        .iter()
        .filter_map(|reached| match reached {
            Reached::Article(name) => Some(name.as_str()),
            _ => None,
        })
        .chain(topic)
        .collect();
    let holds = shown.contains(&check.value.as_str()) || (shown.is_empty() && check.value == NONE);
    (!holds).then(|| with(check, shown.last().copied().unwrap_or(NONE)))
}

fn answer(check: &Check, enquiry: Option<&Enquiry>) -> Option<Check> {
    let given = enquiry.and_then(|e| e.answers.iter().rev().find(|answer| answer.question == check.name));
    let Some(given) = given else { return (check.value != NONE).then(|| with(check, NONE)) };
    let canonical = one_line(given);
    let holds = check.value == canonical || fold(&check.value) == fold(&given.shown);
    (!holds).then(|| with(check, &canonical))
}

/// An answer in its one written form, on one line.
fn one_line(answer: &Answer) -> String {
    canonical(answer).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn canonical(answer: &Answer) -> String {
    match &answer.value {
        Value::Media(_) => answer.shown.clone(),
        value => written(value),
    }
}

/// A value in its one written form.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::None => NONE.to_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
        Value::Text(text) | Value::Phone(text) | Value::Email(text) | Value::Choice(text) => text.clone(),
        Value::Location(place) => format!("{},{}", place.latitude, place.longitude),
        Value::Media(media) => media.filename.clone().unwrap_or_else(|| media.id.clone()),
    }
}

/// `08:35`, or with the weekday where the transcript names one.
fn promise(check: &Check, enquiry: Option<&Enquiry>, zone: Tz) -> Option<Check> {
    let Some(promise) = enquiry.and_then(|e| e.promise.as_ref()) else {
        return (check.value != NONE).then(|| with(check, NONE));
    };
    let at = promise.at.with_timezone(&zone);
    let time = at.format("%H:%M").to_string();
    let (day, written) = check.value.rsplit_once(' ').unwrap_or(("", &check.value));
    let right_time = written == time || written.trim_start_matches('0') == time.trim_start_matches('0');
    let right_day = day.is_empty() || day.parse::<Weekday>() == Ok(at.weekday());
    let actual = if day.is_empty() { time } else { format!("{} {time}", at.weekday()) };
    (!(right_time && right_day)).then(|| with(check, &actual))
}
