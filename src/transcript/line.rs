//! Reads one line of a transcript. Says what is wrong with it and what would be right.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use crate::conversation::effect::Alert;
use crate::language::Language;
use crate::locale as when;
use crate::message::MediaKind;
use crate::text::nearest;

use super::checks;
use super::script::{AgentAct, Reply, Said, Step, When, Who};

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Wrong {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }
}

const WORDS: [&str; 14] =
    ["test:", "at", "wait", "contact:", "number:", ">", "<", "=", "agent", "phone>", "!", "lookup", "deliver:", "bot:"];

const ALERTS: [Alert; 6] =
    [Alert::Assigned, Alert::Warn, Alert::Breach, Alert::Window, Alert::Undeliverable, Alert::Back];

/// The name of an alert in transcripts.
pub(super) const fn alert_name(alert: Alert) -> &'static str {
    match alert {
        Alert::Assigned => "assigned",
        Alert::Warn => "warn",
        Alert::Breach => "breach",
        Alert::Window => "window",
        Alert::Undeliverable => "undeliverable",
        Alert::Back => "back",
    }
}

pub(super) fn read(content: &str) -> Result<Step, Wrong> {
    let content = content.trim_end();
    if let Some(rest) = content.strip_prefix('>') {
        return customer(rest.trim()).map(Step::Customer);
    }
    if let Some(rest) = content.strip_prefix('<') {
        return match rest.strip_prefix(' ').unwrap_or(rest) {
            "" => Err(Wrong::new("`<` needs a message", "write what is expected, or `< …` for any words")),
            text => Ok(Step::Expect(vec![text.to_owned()])),
        };
    }
    if let Some(rest) = content.strip_prefix('=') {
        return checks::read(rest).map(Step::Check);
    }
    if let Some(rest) = content.strip_prefix('!') {
        return alert(rest);
    }
    if let Some(rest) = content.strip_prefix("phone>") {
        return match rest.trim() {
            "" => Err(Wrong::new("`phone>` needs what staff answer", "write `phone> I will call you`")),
            text => Ok(Step::Phone(unescape_start(text))),
        };
    }
    let end = content.find([' ', ':', '>']).unwrap_or(content.len());
    let (word, rest) = content.split_at_checked(end).unwrap_or((content, ""));
    let value = rest.strip_prefix(':').unwrap_or(rest).trim();
    match word {
        "at" => moment(value).map(Step::At),
        "wait" => when::duration(value)
            .map(Step::Wait)
            .ok_or_else(|| Wrong::new(format!("`{value}` is not a duration"), "write `30s`, `8m`, `4h` or `2d`")),
        "contact" => contact(value).map(Step::Contact),
        "number" if !value.is_empty() => Ok(Step::Number(value.to_owned())),
        "agent" => agent(value),
        "lookup" => lookup(value),
        "deliver" => value
            .strip_prefix("failed")
            .and_then(|code| code.trim().parse().ok())
            .map(Step::Deliver)
            .ok_or_else(|| Wrong::new("a delivery status does not read", "write `deliver: failed 131047`")),
        "bot" if !value.is_empty() => Ok(Step::Bot(value.to_owned())),
        "number" | "bot" => Err(Wrong::new(format!("`{word}:` needs a value"), format!("write `{word}: NAME`"))),
        _ => Err(unknown(content, word)),
    }
}

fn unknown(content: &str, word: &str) -> Wrong {
    let first: String = content.chars().take(30).collect();
    let near = nearest(word, WORDS.map(|word| word.trim_end_matches([':', '>']))).filter(|near| !near.is_empty());
    let help = near.map_or_else(
        || format!("a line begins with one of {}; `#` begins a comment", WORDS.map(|w| format!("`{w}`")).join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Wrong::new(format!("a line cannot begin with `{first}`"), help)
}

/// A backslash in front of the first character makes what follows plain words.
pub(super) fn unescape_start(text: &str) -> String {
    text.strip_prefix('\\').unwrap_or(text).to_owned()
}

fn customer(text: &str) -> Result<Said, Wrong> {
    if text.is_empty() {
        return Err(Wrong::new("`>` needs what the customer writes", "write `> hello`"));
    }
    if let Some(label) = text.strip_prefix("tap ") {
        return Ok(Said::Tap(label.trim().to_owned()));
    }
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => special(inner),
        None => Ok(Said::Text(unescape_start(text))),
    }
}

const SPECIALS: [&str; 11] = [
    "image",
    "voice",
    "audio",
    "video",
    "document",
    "sticker",
    "location",
    "contact",
    "order",
    "reaction",
    "unsupported",
];

fn special(inner: &str) -> Result<Said, Wrong> {
    let (kind, value) = inner.split_once(':').unwrap_or((inner, ""));
    let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    Ok(match kind.trim() {
        "image" => Said::Media(MediaKind::Image, value),
        "voice" => Said::Media(MediaKind::Voice, None),
        "audio" => Said::Media(MediaKind::Audio, None),
        "video" => Said::Media(MediaKind::Video, value),
        "document" => Said::Media(MediaKind::Document, value),
        "sticker" => Said::Media(MediaKind::Sticker, None),
        "location" => {
            let place = value.as_deref().and_then(|value| {
                let (latitude, longitude) = value.split_once(',')?;
                Some((latitude.trim().parse().ok()?, longitude.trim().parse().ok()?))
            });
            let (latitude, longitude) =
                place.ok_or_else(|| Wrong::new("a location needs two numbers", "write `> [location: 32.08,34.78]`"))?;
            Said::Location(latitude, longitude)
        }
        "contact" => Said::Contact,
        "order" => Said::Order,
        "reaction" => Said::Reaction(value.unwrap_or_else(|| "👍".to_owned())),
        "unsupported" => Said::Unsupported,
        other => {
            let help = nearest(other, SPECIALS).map_or_else(
                || "for words that begin with a bracket write `> \\[…]`".to_owned(),
                |near| format!("did you mean `[{near}]`?"),
            );
            return Err(Wrong::new(format!("a customer cannot send `[{other}]`"), help));
        }
    })
}

fn moment(text: &str) -> Result<When, Wrong> {
    let wrong = || {
        let help = "write `at 2026-03-06 19:40`, `at Fri 19:40` or `at 19:40`";
        Wrong::new(format!("`{text}` is not a moment"), help)
    };
    let day = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M");
    let day = day.or_else(|_| NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)));
    if let Ok(day) = day {
        return if (2000..=2199).contains(&day.year()) { Ok(When::Day(day)) } else { Err(wrong()) };
    }
    let (day, time) = text.rsplit_once(' ').unwrap_or(("", text));
    let time = when::time_of_day(time).ok_or_else(wrong)?;
    if day.trim().is_empty() {
        return Ok(When::Time(time));
    }
    day.trim().parse::<Weekday>().map(|day| When::Weekday(day, time)).map_err(|_| wrong())
}

fn contact(text: &str) -> Result<Who, Wrong> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let language = words.last().filter(|_| words.len() > 1).and_then(|word| word.parse::<Language>().ok());
    if language.is_some() {
        words.pop();
    }
    let digits = |word: &str| word.chars().filter(char::is_ascii_digit).collect::<String>();
    let number = words.last().filter(|word| word.starts_with('+')).map(|word| digits(word));
    if number.is_some() {
        words.pop();
    }
    if words.is_empty() {
        return Err(Wrong::new("a contact needs a name", "write `contact: Dana +972501234567 he`"));
    }
    Ok(Who { name: words.join(" "), number: number.filter(|number| !number.is_empty()), language })
}

fn agent(text: &str) -> Result<Step, Wrong> {
    let help = "write `agent Noa> words`, or `agent Noa: take`";
    let end = text.find(['>', ':']).ok_or_else(|| Wrong::new("this does not say what the agent does", help))?;
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let (name, value) = (name.trim(), rest.get(1..).unwrap_or_default().trim());
    if name.is_empty() {
        return Err(Wrong::new("the agent has no name", help));
    }
    let act = if rest.starts_with('>') { AgentAct::Write(unescape_start(value)) } else { agent_act(value)? };
    Ok(Step::Agent { name: name.to_owned(), act })
}

fn agent_act(text: &str) -> Result<AgentAct, Wrong> {
    const ACTS: [&str; 10] =
        ["take", "promise", "flow", "article", "note", "transfer", "snooze", "end", "offline", "online"];
    let (word, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let value = value.trim().to_owned();
    let needed = |example: &str| {
        if value.is_empty() {
            Err(Wrong::new(format!("`{word}` needs more"), format!("write `agent Noa: {word} {example}`")))
        } else {
            Ok(value.clone())
        }
    };
    Ok(match word {
        "take" => AgentAct::Take,
        "promise" => AgentAct::Promise(needed("2h")?),
        "flow" => AgentAct::Flow(needed("NAME")?),
        "article" => AgentAct::Article(needed("NAME")?),
        "note" => AgentAct::Note(needed("words for colleagues")?),
        "transfer" => AgentAct::Transfer(needed("QUEUE")?),
        "snooze" => AgentAct::Snooze(needed("2h")?),
        "end" => AgentAct::End,
        "offline" => AgentAct::Offline,
        "online" => AgentAct::Online(value.split([' ', ',']).filter(|q| !q.is_empty()).map(str::to_owned).collect()),
        _ => {
            let near = nearest(word, ACTS).map(|near| format!("did you mean `{near}`?"));
            let help =
                near.unwrap_or_else(|| format!("agents can {}; they write with `agent Noa> words`", ACTS.join(", ")));
            return Err(Wrong::new(format!("an agent cannot `{word}`"), help));
        }
    })
}

fn alert(rest: &str) -> Result<Step, Wrong> {
    let help = "write `! alert Noa assigned`";
    let who = rest.trim().strip_prefix("alert ").and_then(|rest| rest.trim().rsplit_once(char::is_whitespace));
    let Some((to, event)) = who else { return Err(Wrong::new("this alert does not read", help)) };
    let to = to.split_whitespace().collect::<Vec<_>>().join(" ");
    let names = ALERTS.map(alert_name);
    if !names.contains(&event) {
        let near = nearest(event, names).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| format!("alerts are {}", names.join(", ")));
        return Err(Wrong::new(format!("there is no alert `{event}`"), help));
    }
    Ok(Step::Alert { to, event: event.to_owned() })
}

fn lookup(text: &str) -> Result<Step, Wrong> {
    let help = "write `lookup NAME: {\"status\": \"sent\"}`, `lookup NAME: timeout` or `lookup NAME: status 500`";
    let (name, reply) = text.split_once(':').ok_or_else(|| Wrong::new("this lookup does not read", help))?;
    let reply = match reply.trim() {
        "timeout" => Reply::Timeout,
        other => match other.strip_prefix("status ").map(|code| code.trim().parse()) {
            Some(Ok(code)) => Reply::Status(code),
            Some(Err(_)) => return Err(Wrong::new(format!("`{other}` has no status"), help)),
            None => Reply::Body(
                serde_json::from_str(other).map_err(|e| Wrong::new(format!("the body is not JSON: {e}"), help))?,
            ),
        },
    };
    Ok(Step::Lookup { name: name.trim().to_owned(), reply })
}
