//! What can be broken on purpose on the way between a server and the store, so that it is seen that the laws would tell.

use clap::ValueEnum;
use frontdesk::conversation::state::{Conversation, State};
use frontdesk::store::{Arrival, Finished, Identity, Job, Loaded, SendOutcome, TurnCommit};

/// One thing that a store must never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Flaw {
    /// The last of what waits for a turn is not there.
    Loses,
    /// Nobody hears of anything that waits.
    Withholds,
    /// What waits comes in the wrong order.
    Reverses,
    /// What a turn took waits on.
    Repeats,
    /// Every message is a stranger's.
    Estranges,
    /// An enquiry is over when something was due in it.
    Ends,
    /// Nothing becomes due because of a promise.
    Forgets,
    /// Nothing is there to be sent.
    Hoards,
    /// What was sent is there to be sent.
    Resends,
}

impl Flaw {
    /// What is received.
    pub fn received(self, arrivals: &mut [Arrival]) {
        for arrival in arrivals {
            if let (Self::Estranges, Arrival::Message { who, message_id, .. }) = (self, arrival) {
                *who = Identity { wa_id: Some(message_id.clone()), ..Identity::default() };
            }
        }
    }

    /// What is loaded.
    pub fn loaded(self, loaded: &mut Vec<Loaded>) {
        loaded.retain(|_| self != Self::Withholds);
        for loaded in loaded {
            match self {
                Self::Loses => drop(loaded.inbox.pop()),
                Self::Reverses => loaded.inbox.reverse(),
                _ => {}
            }
        }
    }

    /// What a turn comes to.
    pub fn turned(self, turns: &mut [TurnCommit]) {
        for turn in turns.iter_mut().filter(|turn| self == Self::Ends && turn.taken.is_empty()) {
            let Ok(mut after) = serde_json::from_str::<Conversation>(&turn.state) else { continue };
            if let Some(enquiry) = &mut after.enquiry {
                enquiry.state = State::Ended;
            }
            turn.state = serde_json::to_string(&after).unwrap_or_default();
        }
    }

    /// What the store keeps of a turn.
    pub fn kept(self, turns: &mut [TurnCommit]) {
        for turn in turns {
            match self {
                Self::Repeats => turn.taken.clear(),
                Self::Forgets => turn.timers.retain(|(kind, _)| kind != "promise_due"),
                _ => {}
            }
        }
    }

    /// What is to be sent.
    pub fn claimed(self, jobs: &mut Vec<Job>) {
        jobs.retain(|_| self != Self::Hoards);
    }

    /// What is kept of what was sent.
    pub fn finished(self, finished: &mut Vec<Finished>) {
        finished.retain(|finished| self != Self::Resends || !matches!(finished.outcome, SendOutcome::Sent { .. }));
    }
}
