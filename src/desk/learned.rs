//! What the bot learned about an enquiry, for the agent who has it (R23).

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::state::{Conversation, Enquiry};
use crate::language::Language;
use crate::locale::Locale;
use crate::message::Value;
use crate::store::{ContactId, ContactRow, StoreError};
use crate::text::MASK;

use super::list::{clock_words, name, queue_label, state_words};
use super::view::{Earlier, Learned, Other, Said};
use super::{Desk, why, words};

/// The side of the case page.
pub(super) async fn learned(
    desk: &Desk,
    contact: &ContactRow,
    conversation: &Conversation,
    reveal: bool,
) -> Result<Learned, StoreError> {
    let (bot, now) = (desk.runtime().bot(), desk.now());
    let zone = bot.hours.zone();
    let enquiry = conversation.enquiry.as_ref();
    let answers: Vec<Said> = enquiry.map(|enquiry| answers(enquiry, reveal)).unwrap_or_default();
    let handoff = enquiry.and_then(|enquiry| enquiry.handoff.as_ref());
    let matched = enquiry.and_then(|enquiry| enquiry.topic.as_ref());
    Ok(Learned {
        name: name(contact.who.name.as_deref(), contact.who.wa_id.as_deref()),
        phone: conversation.contact.phone(),
        language: conversation.contact.language.map(words::language),
        stopped: conversation.stopped,
        number: enquiry.map(|enquiry| enquiry.number),
        opened: enquiry.map(|enquiry| clock_or_day(enquiry.opened_at, now, zone)),
        subject: matched.map(|matched| why::topic(&bot, &matched.topic)),
        percent: matched.map(|matched| why::percent(matched.probability)),
        handoff: handoff.map(|handoff| words::reason(handoff.reason)),
        note: handoff.and_then(|handoff| handoff.note.clone()),
        queue: enquiry.and_then(|enquiry| enquiry.queue.as_deref()).map(|queue| queue_label(&bot, queue)),
        promise: enquiry.and_then(|enquiry| promise(enquiry, now, zone)),
        unanswered_check: enquiry.is_some_and(|enquiry| enquiry.unanswered_check),
        held_reply: enquiry.and_then(|enquiry| enquiry.held_reply.clone()).map(|(by, text)| format!("{by}: {text}")),
        stays_open: enquiry.and_then(|e| e.agent_wrote.as_ref()).is_some_and(|wrote| wrote.stays_open),
        secrets: !reveal && answers.iter().any(|answer| answer.secret),
        answers,
        results: enquiry.map(|enquiry| results(enquiry, now, zone)).unwrap_or_default(),
        earlier: earlier(&bot, conversation, now),
        others: others(desk, &bot, contact).await?,
    })
}

fn answers(enquiry: &Enquiry, reveal: bool) -> Vec<Said> {
    let answer = |answer: &crate::conversation::state::Answer| Said {
        called: answer.called.clone(),
        value: if answer.secret && !reveal { MASK.to_owned() } else { answer.shown.clone() },
        secret: answer.secret,
    };
    enquiry.answers.iter().map(answer).collect()
}

fn results(enquiry: &Enquiry, now: Timestamp, zone: chrono_tz::Tz) -> Vec<Said> {
    let fields = enquiry.results.iter().flat_map(|(lookup, fields)| {
        fields.iter().map(move |(field, value)| Said {
            called: format!("{} {}", words::spoken(lookup), words::spoken(field)),
            value: shown(value, now, zone),
            secret: false,
        })
    });
    fields.collect()
}

fn shown(value: &Value, now: Timestamp, zone: chrono_tz::Tz) -> String {
    match value {
        Value::None => "–".to_owned(),
        Value::Text(text) | Value::Phone(text) | Value::Email(text) | Value::Choice(text) => text.clone(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Date(day) => Locale::for_language(Language::EN).show_date(*day, now.with_timezone(&zone).date_naive()),
        Value::Media(media) => media.filename.clone().unwrap_or_else(|| media.kind.name().to_owned()),
        Value::Location(place) => {
            place.name.clone().unwrap_or_else(|| format!("{:.5}, {:.5}", place.latitude, place.longitude))
        }
    }
}

fn promise(enquiry: &Enquiry, now: Timestamp, zone: chrono_tz::Tz) -> Option<String> {
    let promise = enquiry.promise.as_ref()?;
    let who = if promise.by_agent { "by an agent" } else { "by the bot" };
    let told = if promise.told { "" } else { ", not told" };
    let renewed = match promise.renewals {
        0 => String::new(),
        1 => ", renewed once".to_owned(),
        times => format!(", renewed {times} times"),
    };
    Some(format!("{} {who}{told}{renewed}", clock_words(promise.at, now, zone)))
}

/// The time today, else the day.
pub(super) fn clock_or_day(at: Timestamp, now: Timestamp, zone: chrono_tz::Tz) -> String {
    let (at, today) = (at.with_timezone(&zone), now.with_timezone(&zone).date_naive());
    if at.date_naive() == today { at.format("%H:%M").to_string() } else { at.format("%-d %b %Y, %H:%M").to_string() }
}

fn earlier(bot: &Bot, conversation: &Conversation, now: Timestamp) -> Vec<Earlier> {
    let zone = bot.hours.zone();
    let one = |earlier: &crate::conversation::state::Earlier| Earlier {
        number: earlier.number,
        when: clock_or_day(earlier.ended_at, now, zone),
        subject: earlier.topic.as_ref().map(|topic| why::topic(bot, topic)),
        how: words::ended(earlier.how),
        agent: earlier.agent.clone(),
    };
    conversation.earlier.iter().map(one).collect()
}

/// Open enquiries of the same person on the business's other numbers (R23).
async fn others(desk: &Desk, bot: &Bot, contact: &ContactRow) -> Result<Vec<Other>, StoreError> {
    let (store, now) = (desk.runtime().store(), desk.now());
    let mut found: Vec<ContactId> = Vec::new();
    for number in bot.numbers.iter().filter(|number| number.id != contact.number_id) {
        let row = store.find_contact(number.id.clone(), contact.who.clone(), now).await?;
        found.extend(row.map(|row| row.id));
    }
    let mut others = Vec::new();
    for loaded in store.load(found).await? {
        let state = loaded.contact.state.as_deref().and_then(|state| serde_json::from_str::<Conversation>(state).ok());
        let Some(enquiry) = state.and_then(|state| state.enquiry) else { continue };
        if enquiry.ended.is_none() {
            let number = bot.number(&loaded.contact.number_id);
            others.push(Other {
                contact: loaded.contact.id,
                number: number.and_then(|n| n.department.clone()).unwrap_or_else(|| loaded.contact.number_id.clone()),
                state: state_words(bot, &enquiry, now),
            });
        }
    }
    Ok(others)
}
