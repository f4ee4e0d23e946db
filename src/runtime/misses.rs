//! What customers wrote and the bot did not understand, out of what is kept of their turns: the words, without whose they are.
//! What holds a secret answer, or answers a question, is not among them. Changes nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::payload::Line;
use crate::clock::Timestamp;
use crate::conversation::reason::Reason;
use crate::evaluation::misses::{MASK, Miss};
use crate::message::Content;
use crate::store::{ContactId, Entry, Occurrence, OccurrenceQuery, Store, StoreError, ThreadQuery, Who, Why};
use crate::text::words;

/// What a miss is counted as.
pub const FACT: &str = "not_understood";
/// So much is read at a time.
const PAGE: u32 = 1_000;
/// Shorter parts of a name are words of every language.
const NAME_MIN: usize = 3;

/// What was not understood from `from` until before `to`, in the order in which it happened.
///
/// # Errors
/// The store cannot be read.
pub async fn misses(store: &dyn Store, from: Timestamp, to: Timestamp) -> Result<Vec<Miss>, StoreError> {
    let mut by_contact: BTreeMap<ContactId, Vec<Occurrence>> = BTreeMap::new();
    let mut after = 0;
    loop {
        let query = OccurrenceQuery { name: FACT.to_owned(), from, to, after, limit: PAGE };
        let page = store.occurrences(query).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        page.into_iter().for_each(|found| by_contact.entry(found.contact).or_default().push(found));
    }
    let mut all = Vec::new();
    for (contact, found) in by_contact {
        all.extend(of_contact(store, contact, &found).await?);
    }
    all.sort_by_key(|miss| miss.number);
    Ok(all)
}

async fn of_contact(store: &dyn Store, contact: ContactId, found: &[Occurrence]) -> Result<Vec<Miss>, StoreError> {
    let Some(first) = found.first().map(|found| found.at) else { return Ok(Vec::new()) };
    let turns = turns(store, contact, first).await?;
    let Some(earliest) = turns.last().map(|why| why.turn) else { return Ok(Vec::new()) };
    let thread = thread(store, contact, earliest).await?;
    let name = store.load(vec![contact]).await?.pop().and_then(|loaded| loaded.contact.who.name).unwrap_or_default();
    let mut misses = Vec::new();
    let mut left: BTreeMap<Timestamp, Vec<&Occurrence>> = BTreeMap::new();
    found.iter().rev().for_each(|found| left.entry(found.at).or_default().push(found));
    for why in turns.iter().rev() {
        let reasons: Vec<Reason> = serde_json::from_str(&why.reasons).unwrap_or_default();
        for reason in reasons {
            let Reason::NotUnderstood { message, asked } = reason else { continue };
            let Some(counted) = left.get_mut(&why.at).and_then(Vec::pop) else { continue };
            if let Some(words) = said(&thread, &message) {
                let shown = masked(&words, &name);
                misses.push(Miss { number: counted.number, at: why.at, words, shown, asked });
            }
        }
    }
    Ok(misses)
}

/// A contact's turns from this moment on, the latest first.
async fn turns(store: &dyn Store, contact: ContactId, from: Timestamp) -> Result<Vec<Why>, StoreError> {
    let mut turns: Vec<Why> = Vec::new();
    loop {
        let page = store.why(contact, turns.last().map(|why| why.turn), PAGE).await?;
        let done = page.last().is_none_or(|why| why.at < from);
        turns.extend(page.into_iter().take_while(|why| why.at >= from));
        if done {
            return Ok(turns);
        }
    }
}

/// A contact's lines, from before this turn on, in their order. What a turn was about may have come with the turn before.
async fn thread(store: &dyn Store, contact: ContactId, earliest: i64) -> Result<Vec<Entry>, StoreError> {
    let mut lines: Vec<Entry> = Vec::new();
    loop {
        let before = lines.first().map(|line| line.seq);
        let mut page = store.thread(ThreadQuery { contact, before, after: 0, limit: PAGE }).await?;
        let done = page.first().is_none_or(|line| line.turn < earliest - 1);
        page.append(&mut lines);
        lines = page;
        if done {
            return Ok(lines);
        }
    }
}

/// The words that one input was made of, by the id of its last message; none where they hold a secret.
fn said(thread: &[Entry], message: &str) -> Option<String> {
    let last = thread.iter().position(|line| line.message_id.as_deref() == Some(message))?;
    let turn = thread.get(last)?.turn;
    let before = thread.get(..=last)?.iter().rev();
    let group = before.take_while(|line| line.turn == turn && line.who == Who::Customer);
    let mut words = Vec::new();
    for line in group {
        match serde_json::from_str(&line.message).ok()? {
            Line::Came(Content::Tap { .. } | Content::Order { .. }) => break,
            _ if line.secret => return None,
            Line::Came(Content::Text(text)) => words.push(text),
            Line::Came(Content::Media(media)) => words.extend(media.caption),
            _ => {}
        }
    }
    words.reverse();
    Some(words.join("\n").trim().to_owned()).filter(|words| !words.is_empty())
}

#[expect(clippy::unwrap_used, reason = "the pattern is a constant, compiled by a test")]
static TELLING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\S+@\S+\.\S+|https?://\S+|\B@\w[\w.]+|\+?\d(?:[\s().\p{Pd}/_]*\d){5,}").unwrap());

/// The words without what tells who wrote them.
fn masked(text: &str, name: &str) -> String {
    let text = TELLING.replace_all(text, MASK);
    let names: Vec<String> = words(name).into_iter().filter(|part| part.chars().count() >= NAME_MIN).collect();
    let plain = |word: &str| {
        let said = words(word);
        if said.iter().any(|part| names.contains(part)) { MASK.to_owned() } else { word.to_owned() }
    };
    text.split_whitespace().map(plain).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_by_what_is_shown() {
        for (text, shown) in [
            ("I'm Ana, call me: +44 7700 900-123 now", "I'm ••• call me: ••• now"),
            ("write to ana.k@example.com please", "write to ••• please"),
            ("see https://example.com/o/77?x=1", "see •••"),
            ("my order 12345 of 2026", "my order 12345 of 2026"),
            ("call 052\u{2011}123\u{2011}4567 or 052/1234567, 052_123–4567", "call ••• or •••, •••"),
            ("I am @ana.k on Instagram, 2 @ 5 euro", "I am ••• on Instagram, 2 @ 5 euro"),
            ("אני אנה כהן\nוהטלפון 052-1234567", "אני אנה כהן והטלפון •••"),
            ("Analysis of the bill", "Analysis of the bill"),
        ] {
            assert_eq!(masked(text, "Ana K."), shown);
        }
        assert_eq!(masked("זאת דנה", "דנה"), "זאת •••");
    }
}
