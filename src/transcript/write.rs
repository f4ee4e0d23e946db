//! Writes transcripts: steps back to lines, and recorded conversations as tests, with names and numbers masked on wish.

use chrono::Timelike;
use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::message::{Content, MediaKind, Outbound};

use super::matching::show;
use super::script::{AgentAct, Reply, Said, Step, When};
use super::stage::duration;

/// One thing of a recorded conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// The customer wrote.
    Customer(Content),
    /// We wrote.
    Sent {
        /// What.
        message: Outbound,
        /// The agent who wrote it; none for the bot.
        agent: Option<String>,
    },
    /// Staff answered in the WhatsApp app (R5).
    Phone(String),
}

/// A conversation on record.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The test's name.
    pub name: String,
    /// What the customer calls themselves.
    pub contact: String,
    /// Their number, with plus.
    pub phone: Option<String>,
    /// The language they write.
    pub language: Option<crate::language::Language>,
    /// Lines before all that: the business number, what lookups answer.
    pub before: Vec<Step>,
    /// What happened, in order of time. What follows from another thing at once has its time.
    pub events: Vec<(Timestamp, Recorded)>,
    /// Lines after all that: how things stand.
    pub after: Vec<Step>,
    /// The clock is moved to the second, not only to the minute.
    pub exact: bool,
    /// Texts to mask (R42): names and secret answers with what stands for them.
    pub masked: Vec<(String, String)>,
}

/// The recording as a `.chat` file in the zone of the bot.
#[must_use]
pub fn recording(recording: &Recording, zone: Tz) -> String {
    let mut out = format!("test: {}\ncontact: {}", one_line(&recording.name), one_line(&recording.contact));
    if let Some(phone) = &recording.phone {
        out.push_str(&format!(" {phone}"));
    }
    if let Some(language) = recording.language {
        out.push_str(&format!(" {language}"));
    }
    out.push('\n');
    let mut add = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    recording.before.iter().for_each(|before| add(&step(before)));
    let (mut minute, mut second) = (String::new(), 0);
    for (at, event) in &recording.events {
        let local = at.with_timezone(&zone);
        let now = local.format("%Y-%m-%d %H:%M").to_string();
        if now > minute {
            add(&format!("at {now}"));
            (minute, second) = (now, 0);
        }
        if recording.exact && local.second() > second {
            add(&format!("wait {}s", local.second() - second));
            second = local.second();
        }
        recorded(event).iter().for_each(|line| add(line));
    }
    recording.after.iter().for_each(|after| add(&step(after)));
    recording
        .masked
        .iter()
        .filter(|(text, _)| !text.trim().is_empty())
        .fold(out, |out, (text, mask)| out.replace(text, mask))
}

fn recorded(event: &Recorded) -> Vec<String> {
    match event {
        Recorded::Customer(content) => vec![customer(content)],
        Recorded::Phone(text) => vec![format!("phone> {}", words(text))],
        Recorded::Sent { message, agent } => {
            let expected = expected(&show(message));
            match agent {
                Some(agent) if !message.text().is_empty() => {
                    vec![format!("agent {}> {}", one_line(agent), words(message.text())), expected]
                }
                _ => vec![expected],
            }
        }
    }
}

fn customer(content: &Content) -> String {
    let said = match content {
        Content::Text(text) | Content::Edit { text: Some(text), .. } => Said::Text(text.clone()),
        Content::Tap { title, .. } => Said::Tap(title.clone()),
        Content::Media(media) => {
            let words = if media.kind == MediaKind::Document { &media.filename } else { &media.caption };
            Said::Media(media.kind, words.clone())
        }
        Content::Location(place) => Said::Location(place.latitude, place.longitude),
        Content::ContactCard { .. } => Said::Contact,
        Content::Order { .. } => Said::Order,
        Content::Reaction { emoji, .. } => Said::Reaction(emoji.clone().unwrap_or_default()),
        Content::Edit { .. } | Content::Revoke { .. } | Content::Unsupported { .. } => Said::Unsupported,
    };
    step(&Step::Customer(said))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words after `>`: what begins like something special is escaped, further lines are indented, blank ones stay blank.
fn words(text: &str) -> String {
    let escaped = |line: &str, first: bool| {
        let special = line.starts_with('\\') || first && (line.starts_with('[') || line.starts_with("tap "));
        format!("{}{line}", if special { "\\" } else { "" })
    };
    let mut lines = text.trim().lines().map(str::trim_end);
    let mut out = escaped(lines.next().unwrap_or_default(), true);
    for line in lines {
        out.push_str(if line.is_empty() { "\n" } else { "\n  " });
        out.push_str(&escaped(line, false));
    }
    out
}

/// The lines of an expected message.
#[must_use]
pub fn expected(lines: &[String]) -> String {
    let mut out = String::from("<");
    for (index, line) in lines.iter().enumerate() {
        out.push_str(match index {
            0 => " ",
            _ if line.is_empty() => "\n",
            _ => "\n  ",
        });
        out.push_str(line);
    }
    out
}

/// A step as a transcript writes it, without line end.
#[must_use]
pub fn step(step: &Step) -> String {
    match step {
        Step::At(When::Day(day)) => format!("at {}", day.format("%Y-%m-%d %H:%M")),
        Step::At(When::Weekday(day, time)) => format!("at {day} {}", time.format("%H:%M")),
        Step::At(When::Time(time)) => format!("at {}", time.format("%H:%M")),
        Step::Wait(time) => format!("wait {}", duration(*time)),
        Step::Contact(who) => {
            let number = who.number.as_ref().map(|number| format!(" +{number}")).unwrap_or_default();
            let language = who.language.map(|language| format!(" {language}")).unwrap_or_default();
            format!("contact: {}{number}{language}", who.name)
        }
        Step::Number(number) => format!("number: {number}"),
        Step::Customer(said) => format!("> {}", customer_said(said)),
        Step::Expect(lines) => expected(lines),
        Step::Check(checks) => {
            format!("= {}", checks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        }
        Step::Agent { name, act: AgentAct::Write(text) } => format!("agent {name}> {}", words(text)),
        Step::Agent { name, act } => format!("agent {name}: {}", agent_act(act)),
        Step::Phone(text) => format!("phone> {}", words(text)),
        Step::Alert { to, event } => format!("! alert {to} {event}"),
        Step::Lookup { name, reply: Reply::Body(body) } => format!("lookup {name}: {body}"),
        Step::Lookup { name, reply: Reply::Timeout } => format!("lookup {name}: timeout"),
        Step::Lookup { name, reply: Reply::Status(status) } => format!("lookup {name}: status {status}"),
        Step::Deliver(code) => format!("deliver: failed {code}"),
        Step::Bot(dir) => format!("bot: {dir}"),
    }
}

fn customer_said(said: &Said) -> String {
    let with = |kind: &str, value: &Option<String>| match value {
        Some(value) => format!("[{kind}: {}]", one_line(value)),
        None => format!("[{kind}]"),
    };
    match said {
        Said::Text(text) => words(text),
        Said::Tap(label) => format!("tap {label}"),
        Said::Media(kind, value) => with(kind.name(), value),
        Said::Location(latitude, longitude) => format!("[location: {latitude},{longitude}]"),
        Said::Contact => "[contact]".to_owned(),
        Said::Order => "[order]".to_owned(),
        Said::Reaction(emoji) => with("reaction", &Some(emoji.clone()).filter(|emoji| !emoji.is_empty())),
        Said::Unsupported => "[unsupported]".to_owned(),
    }
}

fn agent_act(act: &AgentAct) -> String {
    match act {
        AgentAct::Write(text) => words(text),
        AgentAct::Take => "take".to_owned(),
        AgentAct::Promise(time) => format!("promise {time}"),
        AgentAct::Flow(flow) => format!("flow {flow}"),
        AgentAct::Article(article) => format!("article {article}"),
        AgentAct::Note(text) => format!("note {text}"),
        AgentAct::Transfer(queue) => format!("transfer {queue}"),
        AgentAct::Snooze(time) => format!("snooze {time}"),
        AgentAct::End => "end".to_owned(),
        AgentAct::Offline => "offline".to_owned(),
        AgentAct::Online(queues) => format!("online {}", queues.join(" ")).trim_end().to_owned(),
    }
}
