//! Where everything is kept: one seam, with SQLite behind it for one machine and PostgreSQL for several nodes.
//!
//! A [`Store`] has whole operations, not tables, so that each engine uses its best statement. It knows no conversation:
//! states, messages and jobs are JSON that the runtime writes and reads, beside the columns that lists are made of
//! ([`Card`]). It decides nothing and reads no clock; every time is passed in. All times are kept to the millisecond.
//!
//! The contact is the key that every row belongs to, so that a larger store can be split by it.

pub mod archive;
mod contact;
mod error;
mod export;
mod inbox;
mod names;
mod outbox;
mod people;
pub mod postgres;
pub mod sqlite;
mod thread;
mod turn;
mod version;

use std::future::Future;
use std::pin::Pin;

pub use contact::{Card, Case, CaseQuery, ContactRow, Identity, Loaded, Preview, Sort};
pub use error::StoreError;
pub use export::{Export, Happened, KnownBy, Outgoing, Received};
pub use inbox::{Arrival, Arrived, InboxKind, InboxRow, Pending};
pub use outbox::{Claim, Finished, Job, JobId, SendOutcome};
pub use people::{AgentRow, AuditRow, Session};
pub use postgres::{PostgresSettings, PostgresStore};
pub use sqlite::{SqliteSettings, SqliteStore};
pub use thread::{Entry, NewEntry, ThreadQuery, Who, Why};
pub use turn::{
    Committed, Depths, DueTimer, Fact, FactCount, NewJob, Occurrence, OccurrenceQuery, TimerClaim, TimerRow,
    TurnCommit, TurnProblem,
};
pub use version::{Standing, Version};

use tokio::sync::broadcast;

use crate::clock::Timestamp;

/// A contact by number: the key that every row belongs to.
pub type ContactId = i64;

/// Something that another node changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Turns of these contacts, or how far their messages have come.
    Contacts(Vec<ContactId>),
    /// Agents: who they are, or who is online.
    People,
    /// A version was published.
    Version,
    /// What another node told ([`Store::tell`]).
    Told(String),
    /// Nobody knows what, because the news may have been missed.
    Anything,
}

/// What an operation of the store comes back with, once it is done. It borrows nothing, so it can be spawned.
pub type Later<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// Where everything is kept. An operation that returned without an error is durable; one that returned with an error
/// changed nothing.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Takes what WhatsApp delivered, all or nothing, and says for each arrival in turn what came of it (R1, R2). What was
    /// delivered before changes nothing.
    fn receive(&self, arrivals: Vec<Arrival>, now: Timestamp) -> Later<Vec<Arrived>>;

    /// The contact of this customer on this number, made if there is none (R1).
    fn contact(&self, number_id: String, who: Identity, now: Timestamp) -> Later<ContactRow>;

    /// The contact of this customer on this number, if there is one.
    fn find_contact(&self, number_id: String, who: Identity, now: Timestamp) -> Later<Option<ContactRow>>;

    /// The contacts on any number that are known by this now: a number in digits, or a business-scoped id.
    fn known_as(&self, value: String) -> Later<Vec<ContactRow>>;

    /// Everything that is kept of a contact (R42), if there is one.
    fn export(&self, contact: ContactId) -> Later<Option<Export>>;

    /// Removes everything that is kept of a contact and records that it was done, all or nothing (R42). What is counted
    /// stays counted, as nobody's. Answers whether there was such a contact. A turn of theirs that is under way is refused
    /// ([`TurnProblem::NoContact`]), a send under way is noted nowhere, and who writes again is a new contact.
    fn erase(&self, contact: ContactId, audit: AuditRow) -> Later<bool>;

    /// These contacts with what waits for their next turn; those that do not exist are left out.
    fn load(&self, contacts: Vec<ContactId>) -> Later<Vec<Loaded>>;

    /// Contacts above `after` for whom something was received that no turn has taken, in the order of their numbers.
    fn pending(&self, after: ContactId, limit: u32) -> Later<Vec<Pending>>;

    /// Commits turns together, each for itself all or nothing (R38), in the order given. The answers are in that order; a
    /// turn with a problem left no trace and its neighbours are not touched.
    fn commit_turns(&self, turns: Vec<TurnCommit>) -> Later<Vec<Result<Committed, TurnProblem>>>;

    /// Leases timers that are due, the longest due first (R40). One that another has is left to them until their lease ends;
    /// what is ours already comes again. A turn of the contact ends the lease.
    fn claim_timers(&self, claim: TimerClaim) -> Later<Vec<DueTimer>>;

    /// When [`Store::claim_timers`] has more to do after this moment: the next timer is due, or a lease ends.
    fn next_timer(&self, after: Timestamp) -> Later<Option<Timestamp>>;

    /// Leases jobs that may be sent now: of each contact the first unfinished one only (R39). A job whose lease ended
    /// without a word is not handed out again before its status had `settle` to arrive.
    fn claim_jobs(&self, claim: Claim) -> Later<Vec<Job>>;

    /// Notes what became of leased jobs. A job whose lease was lost, or that a status settled meanwhile, stays as it is.
    fn finish_jobs(&self, finished: Vec<Finished>, now: Timestamp) -> Later<()>;

    /// When [`Store::claim_jobs`] has something to do next for others than these, from other business numbers than the held.
    fn next_job(&self, except: Vec<ContactId>, held: Vec<String>) -> Later<Option<Timestamp>>;

    /// A piece of a contact's thread, in the order it was written.
    fn thread(&self, query: ThreadQuery) -> Later<Vec<Entry>>;

    /// Why turns of a contact went as they did (R41), the latest first, below the turn `before`.
    fn why(&self, contact: ContactId, before: Option<i64>, limit: u32) -> Later<Vec<Why>>;

    /// Enquiries for the desk's lists.
    fn cases(&self, query: CaseQuery) -> Later<Vec<Case>>;

    /// Contacts above `after` with an enquiry that has not ended, in the order of their numbers.
    fn open_contacts(&self, after: ContactId, limit: u32) -> Later<Vec<ContactRow>>;

    /// What the reports count, by name, queue and detail, from `from` until before `to`.
    fn facts(&self, from: Timestamp, to: Timestamp) -> Later<Vec<FactCount>>;

    /// To whom something that the reports count happened, by its name, from `from` until before `to`; in the order of
    /// counting, above the number `after`. What happened to who was erased is nobody's, and left out.
    fn occurrences(&self, query: OccurrenceQuery) -> Later<Vec<Occurrence>>;

    /// Keeps a version of the bot and makes it the newest (R19).
    fn publish(&self, version: Version) -> Later<()>;

    /// A version by its hash.
    fn version(&self, hash: String) -> Later<Option<Version>>;

    /// The version that was published last.
    fn newest_version(&self) -> Later<Option<Version>>;

    /// Forgets versions that no open enquiry is on (R19), if another was published after them before this moment: whoever
    /// works on one still may open an enquiry on it.
    fn forget_versions(&self, replaced_before: Timestamp) -> Later<()>;

    /// How many open enquiries stand where, by version (R19).
    fn standing(&self) -> Later<Vec<Standing>>;

    /// Makes an agent, or replaces one of the same name.
    fn put_agent(&self, agent: AgentRow) -> Later<()>;

    /// An agent by name.
    fn agent(&self, name: String) -> Later<Option<AgentRow>>;

    /// All agents, by name.
    fn agents(&self) -> Later<Vec<AgentRow>>;

    /// Notes that an agent was seen at `at`, and whether they can be given work. Answers whether there is such an agent.
    fn set_presence(&self, name: String, online: bool, at: Timestamp) -> Later<bool>;

    /// Signs an agent in.
    fn open_session(&self, session: Session) -> Later<()>;

    /// The session with this hash, unless it has expired at `now`.
    fn session(&self, token_hash: String, now: Timestamp) -> Later<Option<Session>>;

    /// Signs out.
    fn close_session(&self, token_hash: String) -> Later<()>;

    /// Signs an agent out everywhere.
    fn close_sessions_of(&self, agent: String) -> Later<()>;

    /// Records who did what.
    fn audit(&self, row: AuditRow) -> Later<()>;

    /// What was done, the latest first, below the row `before`.
    fn audit_log(&self, before: Option<i64>, limit: u32) -> Later<Vec<(i64, AuditRow)>>;

    /// A setting.
    fn setting(&self, key: String) -> Later<Option<String>>;

    /// Changes a setting if it is still `from`, in one step, so that a one-time link works once. Answers whether it did.
    fn change_setting(&self, key: String, from: Option<String>, to: Option<String>) -> Later<bool>;

    /// How much waits, for metrics.
    fn depths(&self) -> Later<Depths>;

    /// Whether it can be written to, for readiness. Waits for its turn like any other write.
    fn check(&self) -> Later<()>;

    /// What other nodes change from now on; whoever lags behind has missed [`Change::Anything`]. Nothing where there is only
    /// one node.
    fn changes(&self) -> Option<broadcast::Receiver<Change>> {
        None
    }

    /// Tells other nodes something short that is kept nowhere.
    fn tell(&self, news: String) -> Later<()> {
        drop(news);
        Box::pin(async { Ok(()) })
    }
}
