//! A conversation saved as a test. What was recorded is written down so that it passes when it is played: to the minute if
//! that is enough, else to the second; and if neither is, the file says so itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use serde_json::{Map, Value as Json, json};

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::reason::Reason;
use crate::conversation::state::Conversation;
use crate::flow::program::Accept;
use crate::message::{Content, Fields, Value};
use crate::runtime::Runtime;
use crate::runtime::payload::Line;
use crate::store::{ContactId, Entry, Loaded, ThreadQuery, Who, Why};
use crate::text::MASK;
use crate::transcript::script::{Check, CheckKind, Reply, Step};
use crate::transcript::write::{Recorded, Recording, recording};
use crate::transcript::{RunOptions, parse, run};
use crate::web::problem::Problem;

/// The longest conversation that is saved, in lines.
const LINES_MAX: u32 = 1_000;
/// A turn in which the customer says nothing, so soon after the one before, belongs to it: a lookup answered.
const AT_ONCE: chrono::Duration = chrono::Duration::seconds(20);

/// The customer's whole thread as a `.chat` file.
pub(super) async fn chat(runtime: &Runtime, loaded: &Loaded, conversation: &Conversation) -> Result<String, Problem> {
    let contact = loaded.contact.id;
    let query = ThreadQuery { contact, before: None, after: 0, limit: LINES_MAX };
    let entries = runtime.store().thread(query).await?;
    match entries.first() {
        None => return Err(Problem::conflict("nothing was said yet; write something first, then save it as a test")),
        Some(first) if first.seq > 1 => {
            return Err(Problem::conflict(format!(
                "a test has at most {LINES_MAX} messages; start over for a new one"
            )));
        }
        Some(_) => {}
    }
    let whys = whys(runtime, contact).await?;
    let bot = runtime.bot();
    let conversation = conversation.clone();
    let written = tokio::task::spawn_blocking(move || write(&bot, &conversation, &entries, &whys)).await;
    written.map_err(|error| {
        tracing::error!(%error, "a test could not be written");
        Problem::later("the test could not be written because of an error of ours")
    })
}

async fn whys(runtime: &Runtime, contact: ContactId) -> Result<Vec<Why>, Problem> {
    let mut whys: Vec<Why> = Vec::new();
    loop {
        let page = runtime.store().why(contact, whys.last().map(|why| why.turn), LINES_MAX).await?;
        if page.is_empty() {
            return Ok(whys);
        }
        whys.extend(page);
    }
}

fn write(bot: &Arc<Bot>, conversation: &Conversation, entries: &[Entry], whys: &[Why]) -> String {
    let zone = bot.hours.zone();
    let mut recorded = Recording {
        name: name(conversation, entries, zone),
        contact: conversation.contact.name.clone(),
        phone: conversation.contact.phone(),
        // The bot was not told the language either: it recognised what was written.
        language: None,
        before: before(bot, conversation, whys),
        events: events(entries, whys),
        after: after(conversation),
        exact: false,
        masked: masked(bot, conversation, entries),
    };
    let chat = recording(&recorded, zone);
    if failure(bot, &chat).is_none() {
        return chat;
    }
    recorded.exact = true;
    let exact = recording(&recorded, zone);
    match failure(bot, &exact) {
        None => exact,
        Some(why) => format!("# Not all of this could be recorded, so it does not pass yet: {why}\n{chat}"),
    }
}

/// Why the transcript does not pass; none when it does.
fn failure(bot: &Arc<Bot>, chat: &str) -> Option<String> {
    let script = match parse(&Arc::from("simulator.chat"), chat) {
        Ok(script) => script,
        Err(problems) => return Some(problems.first().map(|problem| problem.message.clone()).unwrap_or_default()),
    };
    let options = RunOptions { bot: Arc::clone(bot), version: &|_| Err("no other version is recorded".to_owned()) };
    let failure = script.tests.iter().find_map(|test| run(&script, test, &options).failure)?;
    Some(format!("line {}: {}", failure.line, failure.message.replace('\n', " ")))
}

fn name(conversation: &Conversation, entries: &[Entry], zone: Tz) -> String {
    let began = entries.first().map(|first| first.at.with_timezone(&zone).format("%A %-d %B %Y at %H:%M").to_string());
    format!("{} in the simulator, {}", conversation.contact.name, began.unwrap_or_default())
}

/// The times are those of the turns: what was gathered was taken together, and what follows from a turn at once has its time.
fn events(entries: &[Entry], whys: &[Why]) -> Vec<(Timestamp, Recorded)> {
    let turns: BTreeMap<i64, Timestamp> = whys.iter().map(|why| (why.turn, why.at)).collect();
    let mut events: Vec<(Timestamp, Recorded)> = Vec::new();
    for entry in entries {
        let at = turns.get(&entry.turn).copied().unwrap_or(entry.at);
        let at = up_to_second(at);
        let Some(event) = event(entry) else { continue };
        let by_itself = matches!(event, Recorded::Sent { agent: None, .. });
        let last = events.last().map(|(at, _)| *at).filter(|last| by_itself && at - *last < AT_ONCE);
        events.push((last.unwrap_or(at), event));
    }
    events
}

/// Promises are rounded up, so a moment inside a second counts as its end.
fn up_to_second(at: Timestamp) -> Timestamp {
    let over = i64::from(at.timestamp_subsec_millis());
    if over == 0 { at } else { at + chrono::Duration::milliseconds(1_000 - over) }
}

fn event(entry: &Entry) -> Option<Recorded> {
    match (serde_json::from_str(&entry.message).ok()?, &entry.who) {
        (Line::Came(content), Who::Customer) => Some(Recorded::Customer(content)),
        (Line::Came(Content::Text(text)), Who::Phone) => Some(Recorded::Phone(text)),
        (Line::Sent(message), Who::Agent(name)) => Some(Recorded::Sent { message, agent: Some(name.clone()) }),
        (Line::Sent(message), Who::Bot) => Some(Recorded::Sent { message, agent: None }),
        _ => None,
    }
}

/// Which number was written to, and what the lookups answered.
fn before(bot: &Bot, conversation: &Conversation, whys: &[Why]) -> Vec<Step> {
    let first = bot.numbers.first().map(|number| number.id.as_str());
    let own = conversation.contact.number.as_str();
    let number = (first != Some(own)).then(|| {
        let department = bot.number(own).and_then(|number| number.department.clone());
        Step::Number(department.unwrap_or_else(|| own.to_owned()))
    });
    let results = conversation.enquiry.iter().flat_map(|enquiry| &enquiry.results);
    let mut replies: BTreeMap<String, Reply> = results
        .filter_map(|(name, fields)| {
            let declared = bot.lookups.get(name)?;
            Some((name.clone(), reply(&declared.result, fields)))
        })
        .collect();
    for name in bot.lookups.keys() {
        if whys.iter().any(|why| failed(why, name)) {
            replies.insert(name.clone(), Reply::Timeout);
        }
    }
    let lookups = replies.into_iter().map(|(name, reply)| Step::Lookup { name, reply });
    number.into_iter().chain(lookups).collect()
}

/// Whether the turn was one in which this lookup failed.
fn failed(why: &Why, lookup: &str) -> bool {
    let reasons: Vec<Reason> = serde_json::from_str(&why.reasons).unwrap_or_default();
    let sentence = format!("lookup `{lookup}` failed");
    reasons
        .iter()
        .any(|reason| matches!(reason, Reason::Rule { rule, did } if rule == "R18" && did.starts_with(&sentence)))
}

/// A body from which the declared paths read these fields again. Paths beyond `$.a.b` are left out.
fn reply(declared: &BTreeMap<String, String>, fields: &Fields) -> Reply {
    let given = |name: &str| fields.get(name).filter(|value| **value != Value::None);
    if declared.keys().all(|name| name == "found" || given(name).is_none())
        && given("found") == Some(&Value::Bool(false))
    {
        return Reply::Status(404);
    }
    let mut body = Json::Object(Map::new());
    for (name, path) in declared {
        if let (Some(value), Some(path)) = (given(name).and_then(as_json), path.strip_prefix("$.")) {
            set(&mut body, path, value);
        }
    }
    Reply::Body(body)
}

fn set(body: &mut Json, path: &str, value: Json) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let plain = !first.is_empty() && first.chars().all(|c| c.is_alphanumeric() || c == '_');
    let Some(object) = body.as_object_mut().filter(|_| plain) else { return };
    match rest {
        None => {
            object.insert(first.to_owned(), value);
        }
        Some(rest) => set(object.entry(first).or_insert_with(|| json!({})), rest, value),
    }
}

fn as_json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Text(text) | Value::Phone(text) | Value::Email(text) | Value::Choice(text) => json!(text),
        Value::Bool(yes) => json!(yes),
        Value::Number(number) => json!(number),
        Value::Date(day) => json!(day),
        Value::None | Value::Media(_) | Value::Location(_) => return None,
    })
}

fn after(conversation: &Conversation) -> Vec<Step> {
    let check = |kind, value: &str| Check { kind, name: String::new(), value: value.to_owned() };
    let Some(enquiry) = &conversation.enquiry else { return Vec::new() };
    let handoff = enquiry.handoff.as_ref().map(|handoff| check(CheckKind::Handoff, handoff.reason.name()));
    let checks = std::iter::once(check(CheckKind::State, enquiry.state.name())).chain(handoff);
    vec![Step::Check(checks.collect())]
}

/// What was typed as a secret, and an answer of the same kind in its place (R42).
fn masked(bot: &Bot, conversation: &Conversation, entries: &[Entry]) -> Vec<(String, String)> {
    let answers = conversation.enquiry.iter().flat_map(|enquiry| &enquiry.answers).filter(|answer| answer.secret);
    let example = answers.clone().find_map(|answer| {
        let question = bot.question(&answer.flow, &answer.question)?;
        if let Accept::Pattern(pattern) = &question.accept { Some(pattern.example.clone()) } else { None }
    });
    let stands = example.unwrap_or_else(|| MASK.to_owned());
    let typed = entries.iter().filter(|entry| entry.secret && entry.who == Who::Customer).filter_map(|entry| {
        match serde_json::from_str(&entry.message).ok()? {
            Line::Came(Content::Text(text)) => Some(text.trim().to_owned()),
            _ => None,
        }
    });
    typed.chain(answers.map(|answer| answer.shown.clone())).map(|secret| (secret, stands.clone())).collect()
}
