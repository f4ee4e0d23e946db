//! The laws as runtime invariants (R12, R14, R33, and never silence): a turn that would break one is not committed; a
//! person takes over instead. `check` refuses bots that could get here; this is the second lock.

use super::asking::QUESTIONS_MAX;
use super::effect::Effect;
use super::event::{Act, Event, PhoneAct};
use super::state::{Conversation, State};
use super::turn::Turn;

/// How a reason begins that tells of a law that a turn would have broken.
pub const BROKEN: &str = "a law would have been broken: ";

/// The laws that the turn would break, with their rules; none for any bot that `check` accepts.
pub(super) fn broken(turn: &Turn<'_>, before: &Conversation, event: &Event) -> Vec<(&'static str, &'static str)> {
    let laws = [
        ("R12", "a third question", at_most_two_questions(turn)),
        ("R14", "a third chance", at_most_one_second_chance(turn)),
        ("R21", "silence", never_silent(turn, before, event)),
        ("R33", "an end while it is our turn", never_ends_on_our_turn(turn, before, event)),
    ];
    laws.into_iter().filter(|(_, _, kept)| !kept).map(|(rule, what, _)| (rule, what)).collect()
}

fn at_most_two_questions(turn: &Turn<'_>) -> bool {
    let run = turn.open().and_then(|enquiry| enquiry.run.as_ref());
    run.is_none_or(|run| run.asked.len() <= QUESTIONS_MAX)
}

fn at_most_one_second_chance(turn: &Turn<'_>) -> bool {
    turn.open().is_none_or(|enquiry| enquiry.failures < 2 || enquiry.state != State::Bot)
}

/// Every customer turn that the bot serves ends in a message, a handoff, or a lookup that will.
fn never_silent(turn: &Turn<'_>, before: &Conversation, event: &Event) -> bool {
    let Event::Messages(messages) = event else { return true };
    // What came too late may find the window shut, in which `stop` and `start` are obeyed without a word (R2, R6, R32).
    let obeyed = turn.only_obeyed && messages.iter().all(|message| turn.is_late(message));
    let meant = !obeyed && messages.iter().any(|message| !super::input::starts_nothing(&message.content));
    if !meant || turn.state() != State::Bot && before.state() != State::Bot {
        return true;
    }
    let answered = turn.effects.iter().any(|effect| matches!(effect, Effect::Send { .. } | Effect::Lookup { .. }));
    let handed_off = turn.state().is_with_people() || turn.state() == State::Held;
    let looking_up = turn.open().and_then(|e| e.run.as_ref()).is_some_and(|run| run.pending.is_some());
    answered || handed_off || looking_up
}

fn never_ends_on_our_turn(turn: &Turn<'_>, before: &Conversation, event: &Event) -> bool {
    let by_person = matches!(event, Event::Agent { act: Act::End, .. } | Event::Phone { act: PhoneAct::Done, .. });
    !(before.state().is_our_turn() && turn.state() == State::Ended) || by_person
}
