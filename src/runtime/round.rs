//! One round: whose turn it is, their turns decided one after the other, all committed together (group commit), and what
//! they want carried out. A turn that cannot be taken hurts none of its neighbours. While a round is being committed the
//! next is decided, for others.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinHandle;
use tracing::Span;
use tracing::field::Empty;

use crate::clock::Timestamp;
use crate::conversation::effect::Effect;
use crate::conversation::event::Event;
use crate::conversation::state::{Conversation, TimerKind};
use crate::conversation::{Editions, Step};
use crate::message::Media;
use crate::store::{Committed, ContactId, Loaded, StoreError, TimerClaim, TurnCommit, TurnProblem};

use super::alias::Aliases;
use super::counts::event_name;
use super::inbox::{self, Next};
use super::marks::Mark;
use super::turn;
use super::worker::{Queued, Worker};
use super::{Live, Refused, calls, elsewhere, files, locked};

/// At most so many contacts a round.
const ROUND_MAX: usize = 128;
/// A turn that keeps being overtaken is tried so often.
const TRIES_MAX: u8 = 8;
/// How long timers are ours. After a crash they wait for its end, so it is short.
const LEASE: Duration = Duration::from_secs(30);
/// How long a conversation of which something is broken is left alone.
const BROKEN_WAIT: chrono::Duration = chrono::Duration::seconds(60);

/// A turn that is about to be committed.
struct Prepared {
    contact: ContactId,
    before: Conversation,
    step: Step,
    queued: Option<Queued>,
    /// What happened, by name.
    event: &'static str,
    /// When the first of what it takes was received.
    received: Option<Timestamp>,
    /// The files that came with it.
    files: Vec<Media>,
    span: Span,
}

/// A round that is being committed.
pub(super) struct Flight {
    prepared: Vec<Prepared>,
    /// When the first timer is due that its turns arm.
    armed: Option<Timestamp>,
    now: Timestamp,
    began: Timestamp,
    committing: JoinHandle<Result<Vec<Result<Committed, TurnProblem>>, StoreError>>,
}

impl Flight {
    pub(super) fn has(&self, contact: ContactId) -> bool {
        self.prepared.iter().any(|prepared| prepared.contact == contact)
    }
}

/// What happens in a turn.
struct Chosen {
    event: Event,
    taken: Vec<i64>,
    queued: Option<Queued>,
}

impl Worker {
    /// One round: whether anything was done.
    pub(super) async fn round(&mut self) -> Result<bool, StoreError> {
        let now = self.inner.clock.now();
        self.see_leave(now).await;
        self.take_back(now);
        self.hand_out();
        let due = self.agenda.take_due(now, ROUND_MAX);
        let done = self.turns_of(&due, now).await;
        if done.is_err() {
            for (at, contact) in due {
                self.agenda.note(contact, at);
            }
        }
        done
    }

    async fn turns_of(&mut self, noted: &[(Timestamp, ContactId)], now: Timestamp) -> Result<bool, StoreError> {
        let timers = self.timers_due(now).await?;
        let mut contacts = in_order(noted, timers);
        // Whoever has a turn under way is looked at again when it is committed.
        contacts.retain(|contact| !self.flight.as_ref().is_some_and(|flight| flight.has(*contact)));
        if contacts.is_empty() {
            return self.land().await;
        }
        let loaded = self.inner.store.load(contacts.clone()).await?;
        self.forget_strangers(&contacts, &loaded);
        let editions = self.inner.editions.load_full();
        let mut batch = Vec::new();
        for loaded in loaded {
            match self.unknown_version(&editions, &loaded) {
                Some(version) => self.look_for_version(&version, loaded.contact.id, now),
                None => batch.extend(self.prepare(&editions, &loaded, now)),
            }
        }
        if let Err(error) = self.land().await {
            for (prepared, _) in batch {
                self.put_back(prepared, &nothing_done(&error), now);
            }
            return Err(error);
        }
        self.begin_commit(batch, now);
        Ok(true)
    }

    /// The version that a contact's enquiry is on, if another node published it and it was not looked for yet.
    fn unknown_version(&self, editions: &Editions, loaded: &Loaded) -> Option<String> {
        if !self.inner.shared {
            return None;
        }
        let conversation = turn::conversation(loaded).ok()?;
        let version = conversation.enquiry?.version;
        let known = editions.version(&version).is_some() || self.lost_versions.contains(&version);
        (!known).then_some(version)
    }

    /// Who has a timer that is due, and since when (R40).
    async fn timers_due(&mut self, now: Timestamp) -> Result<Vec<(Timestamp, ContactId)>, StoreError> {
        if self.next_timer.is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        let limit = u32::try_from(ROUND_MAX).unwrap_or(u32::MAX);
        let (worker, except) = (self.name.clone(), self.agenda.alone());
        let claim = TimerClaim { worker, now, lease: LEASE, except, limit };
        let due = self.inner.store.claim_timers(claim).await?;
        if due.is_empty() {
            self.next_timer = self.inner.store.next_timer(now).await?;
        }
        Ok(due.into_iter().map(|due| (due.timer.due, due.contact)).collect())
    }

    fn forget_strangers(&mut self, asked: &[ContactId], loaded: &[Loaded]) {
        let known: BTreeSet<ContactId> = loaded.iter().map(|loaded| loaded.contact.id).collect();
        for stranger in asked.iter().filter(|contact| !known.contains(contact)) {
            self.forget(*stranger);
        }
    }

    /// There is no such contact, or not any more (R42).
    pub(super) fn forget(&mut self, contact: ContactId) {
        self.refuse_all(contact, &Refused::Act("there is no such contact".to_owned()));
        locked(&self.inner.floor).forget(contact);
        if self.inner.channel.files().is_some() {
            let inner = Arc::clone(&self.inner);
            tokio::spawn(async move { files::forget(&inner, contact).await });
        }
        // Nobody may be listening.
        drop(self.inner.live.send(Live::Changed(contact)));
    }

    /// Nothing of what waits to happen to a contact can happen.
    fn refuse_all(&mut self, contact: ContactId, why: &Refused) {
        while let Some(queued) = self.next_event(contact) {
            queued.tell(Err(why.clone()));
        }
        self.handed_out.remove(&contact);
    }

    /// The next turn of a contact, if there is one now.
    fn prepare(&mut self, editions: &Editions, loaded: &Loaded, now: Timestamp) -> Option<(Prepared, TurnCommit)> {
        let contact = loaded.contact.id;
        let before = match turn::conversation(loaded) {
            Ok(before) => before,
            Err(error) => {
                tracing::error!(contact, error, "a stored conversation cannot be read; left alone for a while");
                self.give_up(contact, now);
                return None;
            }
        };
        let Chosen { event, taken, queued } = self.choose(editions, loaded, &before, now)?;
        let (name, received) = (event_name(&event), received(loaded, &taken));
        let span = span(&self.inner.aliases, contact, &event);
        let began = self.inner.clock.now();
        let planned = span.in_scope(|| {
            let floor = locked(&self.inner.floor);
            turn::plan(editions, &floor, loaded, &before, &event, taken, now)
        });
        locked(&self.inner.counts).took("decide", self.inner.clock.now() - began);
        match planned {
            Ok((step, commit)) if step.refused.is_none() => {
                // The turns of a round see each other: places and promises count those before them (R22).
                locked(&self.inner.floor).update(contact, &step.after);
                let files = files::files_of(&event);
                Some((Prepared { contact, before, step, queued, event: name, received, files, span }, commit))
            }
            Ok((step, _)) => {
                self.refused(contact, queued, step.refused.unwrap_or_default(), now);
                None
            }
            Err(error) => {
                tracing::error!(contact, error, "a turn cannot be taken; left alone for a while");
                if let Some(queued) = queued {
                    queued.tell(Err(broken()));
                }
                self.give_up(contact, now);
                None
            }
        }
    }

    /// What happens next: what was received, else what somebody wants, else what is due. What is still gathered is taken at
    /// once when something is due that presumes the customer's silence: nothing ends over a message that is here (R33).
    fn choose(
        &mut self,
        editions: &Editions,
        loaded: &Loaded,
        before: &Conversation,
        now: Timestamp,
    ) -> Option<Chosen> {
        let contact = loaded.contact.id;
        let due = turn::due_timer(before, now);
        let hurry = due.is_some_and(TimerKind::presumes_silence);
        match inbox::next_of_inbox(loaded, &editions.newest().policy, now, hurry) {
            Next::Event(event, taken) => return Some(Chosen { event: *event, taken, queued: None }),
            Next::Wait(at) => self.agenda.note(contact, at),
            Next::Nothing => {}
        }
        if let Some(queued) = self.next_event(contact) {
            return Some(Chosen { event: queued.event.clone(), taken: Vec::new(), queued: Some(queued) });
        }
        let stale = loaded.timers.iter().any(|timer| timer.due <= now);
        // A timer that the conversation does not know does nothing (R40); its turn makes the store's timers the
        // conversation's again. It would be found due for ever otherwise.
        let due = due.or_else(|| stale.then_some(TimerKind::LookupLost))?;
        Some(Chosen { event: Event::Timer(due), taken: Vec::new(), queued: None })
    }

    /// An act was refused; nothing changed. There may be more for this contact.
    fn refused(&mut self, contact: ContactId, queued: Option<Queued>, why: String, now: Timestamp) {
        match queued {
            Some(queued) => {
                queued.tell(Err(Refused::Act(why)));
                self.agenda.note(contact, now);
            }
            None => {
                tracing::error!(contact, "something that nobody asked for was refused; left alone for a while");
                self.give_up(contact, now);
            }
        }
    }

    /// Something is broken about a contact.
    fn give_up(&mut self, contact: ContactId, now: Timestamp) {
        self.refuse_all(contact, &broken());
        self.agenda.leave_alone(contact, now + BROKEN_WAIT);
    }

    /// Begins to commit a round.
    fn begin_commit(&mut self, batch: Vec<(Prepared, TurnCommit)>, now: Timestamp) {
        if batch.is_empty() {
            return;
        }
        let (prepared, commits): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let armed = commits.iter().flat_map(|commit| &commit.timers).map(|(_, at)| *at).min();
        let began = self.inner.clock.now();
        let committing = tokio::spawn(self.inner.store.commit_turns(commits));
        self.flight = Some(Flight { prepared, armed, now, began, committing });
    }

    /// Waits for the round that is being committed, if there is one, and carries out what it wants; whether there was one.
    pub(super) async fn land(&mut self) -> Result<bool, StoreError> {
        let Some(Flight { prepared, armed, now, began, committing }) = self.flight.take() else { return Ok(false) };
        let committed = committing.await.unwrap_or_else(|error| Err(StoreError::Other(error.to_string())));
        locked(&self.inner.counts).took("commit", self.inner.clock.now() - began);
        match committed {
            Ok(results) => {
                self.next_timer = self.next_timer.into_iter().chain(armed).min();
                let mut trouble = None;
                for (prepared, result) in prepared.into_iter().zip(results) {
                    match result {
                        Ok(_) => self.committed(prepared, now),
                        Err(TurnProblem::Store(error)) if error.is_everybodys() => {
                            self.put_back(prepared, &nothing_done(&error), now);
                            trouble = Some(error);
                        }
                        Err(problem) => self.uncommitted(prepared, &problem, now),
                    }
                }
                self.inner.outbox.notify_one();
                trouble.map_or(Ok(true), Err)
            }
            Err(error) => {
                let why = match &error {
                    StoreError::Unreachable { .. } => {
                        format!("{error}. Perhaps it was done: look at the conversation before you do it again")
                    }
                    _ => nothing_done(&error),
                };
                for prepared in prepared {
                    self.put_back(prepared, &why, now);
                }
                Err(error)
            }
        }
    }

    fn committed(&mut self, prepared: Prepared, now: Timestamp) {
        let Prepared { contact, before, step, queued, event, received, files, span } = prepared;
        self.count(event, &before, &step, received);
        self.inner.done.fetch_add(1, Ordering::SeqCst);
        self.handed_out.remove(&contact);
        self.agenda.note(contact, now);
        log(&span, &step);
        self.carry_out(contact, &step);
        for media in files {
            let number_id = step.after.contact.number.clone();
            // When there is no room, it is fetched when somebody looks; where files are not kept, nobody listens.
            drop(self.inner.came.try_send(files::Came { contact, number_id, media }));
        }
        if let Some(queued) = queued {
            queued.tell(Ok(()));
        }
        // Nobody may be listening.
        drop(self.inner.live.send(Live::Changed(contact)));
    }

    fn count(&self, event: &'static str, before: &Conversation, step: &Step, received: Option<Timestamp>) {
        let mut counts = locked(&self.inner.counts);
        counts.turn(event, before, step);
        if let Some(received) = received {
            counts.took("wait", self.inner.clock.now() - received);
        }
    }

    /// One turn of a batch left no trace. What was overtaken is repeated from where the contact stands now.
    fn uncommitted(&mut self, prepared: Prepared, problem: &TurnProblem, now: Timestamp) {
        let Prepared { contact, before, queued, .. } = prepared;
        if *problem == TurnProblem::NoContact {
            if let Some(queued) = queued {
                self.queue_again(contact, queued);
            }
            self.forget(contact);
            return;
        }
        locked(&self.inner.floor).update(contact, &before);
        let overtaken = matches!(problem, TurnProblem::Moved { .. } | TurnProblem::Taken { .. });
        if overtaken {
            self.agenda.note(contact, now);
            // Where they stand now, the store knows; it may have nothing for a turn of ours.
            if self.inner.shared {
                self.elsewhere.insert(contact);
            }
        } else {
            tracing::error!(contact, %problem, "a turn could not be committed; left alone for a while");
            self.agenda.leave_alone(contact, now + BROKEN_WAIT);
        }
        let Some(mut queued) = queued else { return };
        queued.tries += 1;
        if queued.answer.is_none() || (overtaken && queued.tries < TRIES_MAX) {
            self.queue_again(contact, queued);
        } else {
            queued.tell(Err(Refused::Trouble(nothing_done(problem))));
        }
    }

    /// The store could not take it: it waits for better times, but people are told now.
    fn put_back(&mut self, prepared: Prepared, why: &str, now: Timestamp) {
        let Prepared { contact, before, queued, .. } = prepared;
        locked(&self.inner.floor).update(contact, &before);
        self.agenda.note(contact, now);
        match queued {
            Some(queued) if queued.answer.is_none() => self.queue_again(contact, queued),
            Some(queued) => queued.tell(Err(Refused::Trouble(why.to_owned()))),
            None => {}
        }
    }

    /// What a committed turn wants besides sending.
    fn carry_out(&self, contact: ContactId, step: &Step) {
        for (position, effect) in step.effects.iter().enumerate() {
            match effect {
                Effect::MarkRead { message, .. } if marked_again(message, &step.effects[position + 1..]) => {}
                Effect::MarkRead { message, typing } => {
                    let (number_id, message) = (step.after.contact.number.clone(), message.clone());
                    // When there is no room for it, it is lost, which is nobody's loss.
                    drop(self.inner.marks.try_send(Mark { contact, number_id, message, typing: *typing }));
                }
                Effect::Lookup { call, lookup, names, results } => {
                    calls::make(&self.inner, contact, *call, lookup, names.clone(), results.clone());
                }
                Effect::Alert { to, alert } => {
                    let name = step.after.contact.name.clone();
                    elsewhere::pass_on(&self.inner, contact, &name, to, *alert);
                    drop(self.inner.live.send(Live::Alert { contact, name, to: to.clone(), alert: *alert }));
                }
                Effect::Send { .. } | Effect::Note { .. } => {}
            }
        }
    }
}

/// Whether the same message is marked again later in the turn: one mark says both.
fn marked_again(message: &str, later: &[Effect]) -> bool {
    later.iter().any(|effect| matches!(effect, Effect::MarkRead { message: again, .. } if again == message))
}

/// What the log says of everything in a turn: about whom and which message, under names that tell neither (R42).
fn span(aliases: &Aliases, contact: ContactId, event: &Event) -> Span {
    let message_id = match event {
        Event::Messages(messages) => messages.first().map(|message| aliases.name(&message.id)),
        Event::Echo(message) => Some(aliases.name(&message.id)),
        _ => None,
    };
    let (contact, event) = (aliases.name(&contact.to_string()), event_name(event));
    tracing::info_span!("turn", contact, message_id, event, flow = Empty, reason = Empty)
}

/// When the first of these rows was received.
fn received(loaded: &Loaded, taken: &[i64]) -> Option<Timestamp> {
    loaded.inbox.iter().filter(|row| taken.contains(&row.id)).map(|row| row.received_at).min()
}

/// Says what a turn came to, without a word of the customer's (R42); the reasons are in the store.
fn log(span: &Span, step: &Step) {
    let enquiry = step.after.enquiry.as_ref();
    let flow = enquiry.and_then(|enquiry| enquiry.run.as_ref()).map(|run| run.flow.as_str());
    let handoff = enquiry.and_then(|enquiry| enquiry.handoff.as_ref()).map(|handoff| handoff.reason.name());
    span.record("flow", flow);
    span.record("reason", handoff);
    let (turn, state) = (step.after.turn, step.after.state().name());
    span.in_scope(|| tracing::debug!(turn, state, effects = step.effects.len(), "a turn was committed"));
}

/// For people who wanted something done.
pub(super) fn nothing_done(why: &impl std::fmt::Display) -> String {
    format!("nothing was done: {why}")
}

fn broken() -> Refused {
    Refused::Trouble("something about this conversation is broken; nothing was done, and the log says more".to_owned())
}

/// Everybody once, the longest due first.
fn in_order(noted: &[(Timestamp, ContactId)], timers: Vec<(Timestamp, ContactId)>) -> Vec<ContactId> {
    let mut all: Vec<_> = noted.iter().copied().chain(timers).collect();
    all.sort_unstable();
    let mut seen = BTreeSet::new();
    all.into_iter().map(|(_, contact)| contact).filter(|contact| seen.insert(*contact)).collect()
}
