//! What one turn must be, whatever happens in it: no end while it is our turn (R33), never silence (R21), no promise dropped
//! (R22), the version it began on (R19), what staff and agents did (R5, R29, R30).

use frontdesk::conversation::laws::BROKEN;
use frontdesk::conversation::state::{Conversation, Enquiry, Promise, State};
use frontdesk::conversation::tap::Tap;
use frontdesk::message::Content;
use frontdesk::runtime::payload::Line;
use frontdesk::store::{TurnCommit, Who};

use super::super::shop;
use super::law;

/// A turn, and what it took.
pub struct Taken<'a> {
    pub turn: &'a TurnCommit,
    pub before: Option<&'a Conversation>,
    pub after: &'a Conversation,
    /// A customer's message that asks for something.
    pub means: bool,
    /// Staff's message.
    pub echo: bool,
}

/// Checks a turn.
pub fn lawful(taken: &Taken<'_>) -> Result<(), String> {
    let Taken { turn, before, after, .. } = *taken;
    law(!turn.reasons.contains(BROKEN), || format!("{BROKEN} in a turn: {}", turn.reasons))?;
    law(!turn.reasons.contains("bot_error"), || "R21: a bot that checks fell over".to_owned())?;
    ends(taken)?;
    if taken.means {
        speaks(taken)?;
    }
    promises(taken)?;
    version(before, after, turn)?;
    if taken.echo {
        let silent = after.state() == State::AwaitingCustomer && !says(turn, |who| *who == Who::Bot);
        law(silent, || format!("R5: staff answered, and the enquiry is {}", after.state().name()))?;
    }
    acts(taken)
}

/// An agent's act, if it is one.
pub fn act(turn: &TurnCommit) -> Option<(&str, &str)> {
    turn.audit.as_ref().map(|audit| (audit.who.as_str(), audit.what.as_str()))
}

fn state(conversation: Option<&Conversation>) -> State {
    conversation.map_or(State::Ended, Conversation::state)
}

fn enquiry(conversation: Option<&Conversation>) -> Option<&Enquiry> {
    conversation.and_then(|conversation| conversation.enquiry.as_ref())
}

/// What a conversation promises.
pub fn promise(conversation: &Conversation) -> Option<&Promise> {
    enquiry(Some(conversation)).and_then(|enquiry| enquiry.promise.as_ref())
}

fn says(turn: &TurnCommit, who: impl Fn(&Who) -> bool) -> bool {
    turn.entries.iter().any(|entry| who(&entry.who))
}

fn ends(Taken { turn, before, after, .. }: &Taken<'_>) -> Result<(), String> {
    let ended = after.state() == State::Ended && state(*before).is_our_turn();
    let by_agent = act(turn).is_some_and(|(_, what)| what == "end");
    law(!ended || by_agent, || format!("R33: an end from {}", state(*before).name()))
}

/// A customer's turn that the bot serves comes to something.
fn speaks(Taken { turn, before, after, .. }: &Taken<'_>) -> Result<(), String> {
    let served = matches!(state(*before), State::Bot | State::Settled | State::Asked | State::Ended);
    let run = after.enquiry.as_ref().and_then(|enquiry| enquiry.run.as_ref());
    let looks = run.is_some_and(|run| run.pending.is_some());
    let people = after.state().is_with_people() || after.state() == State::Held;
    law(!served || says(turn, |who| *who == Who::Bot) || looks || people, || "R21: silence".to_owned())
}

/// A promise that was told goes only because a person or the customer acted, or the morning check asks instead.
fn promises(Taken { turn, before, after, .. }: &Taken<'_>) -> Result<(), String> {
    let Some(was) = before.and_then(promise).filter(|promise| promise.told && !promise.over) else { return Ok(()) };
    let is = promise(after);
    let stands = is.is_some_and(|is| is.told || is.over);
    let acted = turn.audit.is_some() || !turn.taken.is_empty();
    let asks = after.state() == State::Asked;
    law(stands || acted || asks, || format!("R22: the promise {was:?} was dropped, there is {is:?}"))
}

/// An enquiry stays on the version it began on, unless the customer taps a button of another (R16, R19), and what the bot
/// says is that version's. One that began and moved in this very turn does not show what it began on.
fn version(before: Option<&Conversation>, after: &Conversation, turn: &TurnCommit) -> Result<(), String> {
    let Some(is) = after.enquiry.as_ref() else { return Ok(()) };
    let was = enquiry(before).filter(|was| was.number == is.number);
    let tapped: Vec<String> = turn.entries.iter().filter_map(|entry| tapped(&entry.message)).collect();
    let moved = was.filter(|was| was.version != is.version && !tapped.contains(&is.version));
    law(moved.is_none(), || format!("R19: enquiry {} began on another version", is.number))?;
    if was.is_none() && tapped.contains(&is.version) {
        return Ok(());
    }
    let may: Vec<usize> = [Some(is.version.as_str()), was.map(|was| was.version.as_str())]
        .into_iter()
        .filter_map(|version| shop::edition(version?))
        .collect();
    for entry in turn.entries.iter().filter(|entry| entry.who == Who::Bot) {
        let Ok(Line::Sent(message)) = serde_json::from_str(&entry.message) else { continue };
        let said = shop::marks(message.text());
        law(said.iter().all(|mark| may.contains(mark)), || {
            format!("R19: an enquiry on version {may:?} says {:?}", message.text())
        })?;
    }
    Ok(())
}

/// The version behind a button that the customer tapped.
fn tapped(line: &str) -> Option<String> {
    let Ok(Line::Came(Content::Tap { id, .. })) = serde_json::from_str(line) else { return None };
    match Tap::read(&id)? {
        Tap::Option { version, .. } => Some(version),
        _ => None,
    }
}

/// What an agent's act comes to.
fn acts(Taken { turn, before, after, .. }: &Taken<'_>) -> Result<(), String> {
    let Some((who, what)) = act(turn) else { return Ok(()) };
    let had = enquiry(*before).filter(|enquiry| enquiry.state != State::Ended).and_then(|e| e.agent.as_deref());
    let has = after.enquiry.as_ref().and_then(|enquiry| enquiry.agent.as_deref());
    match what {
        "take" => law(had.is_none_or(|had| had == who) && has == Some(who), || {
            format!("R29: {who} took what {had:?} has; {has:?} has it now")
        }),
        "promise" => {
            let told = promise(after).is_some_and(|promise| promise.told && promise.by_agent);
            let said = says(turn, |who| matches!(who, Who::Bot | Who::Agent(_)));
            law(told && said && after.state() == State::Promised, || {
                format!("R30: {who} promised a time, and the enquiry is {}", after.state().name())
            })
        }
        "reply" => {
            law(after.state() == State::AwaitingCustomer && says(turn, |by| *by == Who::Agent(who.to_owned())), || {
                format!("R31: {who} replied, and the enquiry is {}", after.state().name())
            })
        }
        "end" => law(after.state() == State::Ended, || format!("R30: ended, and it is {}", after.state().name())),
        "transfer" => {
            let started = |e: &Enquiry| e.clock.as_ref().map(|clock| clock.started);
            let (was, is) = (enquiry(*before).and_then(started), after.enquiry.as_ref().and_then(started));
            law(was.is_none() || is.is_none() || was == is, || {
                format!("R31: a transfer set the clock from {was:?} to {is:?}")
            })
        }
        _ => Ok(()),
    }
}

/// What a turn says, for the trace.
pub fn words(turn: &TurnCommit) -> String {
    let texts = turn.entries.iter().filter_map(|entry| match serde_json::from_str(&entry.message).ok()? {
        Line::Sent(message) => Some(format!("< {:?}", message.text())),
        Line::Came(Content::Text(text)) => Some(format!("> {text:?}")),
        Line::Came(other) => Some(format!("> {other:?}")),
        Line::Note { note } => Some(format!("# {note}")),
    });
    texts.collect::<Vec<_>>().join(" ")
}
