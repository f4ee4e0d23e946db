//! The words of the rules as people read them: states, reasons of handoffs, what timers wait for, how enquiries ended. In
//! English, for agents and designers; customers never see them.

use crate::conversation::reason::HandoffReason;
use crate::conversation::state::{Ended, State, TimerKind};

/// What a state means: who must act.
#[must_use]
pub const fn state(state: State) -> &'static str {
    match state {
        State::Bot => "the bot serves it",
        State::Settled => "the bot has answered, nobody needs to act",
        State::Waiting => "waits for an agent of the queue",
        State::NeedsReply => "an agent has it and must reply",
        State::Promised => "an agent comes back at the promised time",
        State::AwaitingCustomer => "the agent wrote last, the customer acts next",
        State::Held => "held until the queue opens",
        State::Asked => "the morning check went out, the customer acts next",
        State::Ended => "it is over",
    }
}

/// Why it was handed to a person (R21).
#[must_use]
pub const fn handoff(reason: HandoffReason) -> &'static str {
    match reason {
        HandoffReason::AskedForPerson => "the customer asked for a person",
        HandoffReason::SecondFailure => "the bot did not understand twice",
        HandoffReason::RepeatContact => "the customer came back soon after the end",
        HandoffReason::RepeatIntent => "the same matter again: the answer did not help",
        HandoffReason::FlowOutcome => "the flow says so",
        HandoffReason::LeadsToPerson => "this matter is for a person",
        HandoffReason::NotHelped => "the article did not help",
        HandoffReason::OpenHours => "people are there now, and they come first",
        HandoffReason::NoFlow => "the flow does not exist at this hour or for this department",
        HandoffReason::LookupFailed => "the shop's system did not answer",
        HandoffReason::Order => "a shopping cart is for a person",
        HandoffReason::TakenOver => "staff answered in the WhatsApp app",
        HandoffReason::Undeliverable => "a message could not be delivered",
        HandoffReason::Late => "the message came a day late",
        HandoffReason::Loop => "the bot would have repeated itself",
        HandoffReason::BotError => "an error of ours",
    }
}

/// What happens when a timer is due.
#[must_use]
pub const fn timer(kind: TimerKind) -> &'static str {
    match kind {
        TimerKind::LookupLost => "the lookup counts as lost",
        TimerKind::QuestionReminder => "the customer is reminded of the question",
        TimerKind::Abandon => "the window shuts, the enquiry counts as abandoned",
        TimerKind::SittingOver => "the sitting is over, the enquiry ends",
        TimerKind::SentSilent => "the flow an agent sent comes back to the agent",
        TimerKind::PromiseDue => "the promise is due",
        TimerKind::TargetWarn => "the queue is warned of the reply target",
        TimerKind::TargetBreach => "the reply target is missed",
        TimerKind::Reassign => "the agent loses it to the next one",
        TimerKind::WindowAlert => "the window is about to shut, the queue is alerted",
        TimerKind::QueueCloses => "the queue closes",
        TimerKind::QueueOpens => "the queue opens",
        TimerKind::MorningCheck => "the morning check goes out",
        TimerKind::MorningSilent => "without an answer it joins the queue",
        TimerKind::PromiseNear => "the agent's time is near, it needs a reply",
        TimerKind::Reminder => "the customer is reminded",
        TimerKind::SecondReminder => "the customer is reminded again",
        TimerKind::ClosingNotice => "the closing notice goes out",
        TimerKind::Close => "the enquiry ends silently",
    }
}

/// How an enquiry ended.
#[must_use]
pub const fn ended(how: Ended) -> &'static str {
    match how {
        Ended::Answered => "answered by the bot",
        Ended::Abandoned => "the customer went away",
        Ended::Withdrawn => "the customer no longer needs it",
        Ended::ByAgent => "ended by an agent",
        Ended::Closed => "closed after the notice",
        Ended::ByPhone => "done by phone",
    }
}
