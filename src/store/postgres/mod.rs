//! A [`Store`] in PostgreSQL, for several nodes. Whole operations are functions of the database, so that each is one round
//! trip and no lock waits for a network; a row lock per contact keeps turns in order; what others change is heard of.
//! Knows no conversation.

mod address;
mod archive;
mod contacts;
mod export;
mod fault;
mod group;
mod link;
mod listen;
mod migrate;
mod outbox;
mod param;
mod people;
mod thread;
mod timers;
mod tls;
mod turns;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::AbortHandle;

use super::{
    AgentRow, Arrival, Arrived, AuditRow, Case, CaseQuery, Change, Claim, Committed, ContactId, ContactRow, Depths,
    DueTimer, Entry, Export, FactCount, Finished, Identity, Job, Later, Loaded, Occurrence, OccurrenceQuery, Pending,
    Session, Standing, Store, StoreError, ThreadQuery, TimerClaim, TurnCommit, TurnProblem, Version, Why,
};
use crate::clock::Timestamp;
use group::Call;
use link::Link;

pub use address::{Address, BadAddress, Tls};
pub use archive::Database as PostgresArchive;

/// At most so many deliveries wait to be written down; what comes on top is refused ([`StoreError::Crowded`]).
const WAITING_MAX: usize = 4_096;
/// Whoever hears of changes and lags behind further than this looks at everything anew.
const CHANGES_MAX: usize = 1_024;

/// How a PostgreSQL store is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresSettings {
    /// Where the database is.
    pub address: Address,
    /// How many connections at most; one more listens.
    pub connections: usize,
    /// How long a connection, a lock and a statement are waited for.
    pub patience: Duration,
}

impl PostgresSettings {
    /// A database at this address.
    #[must_use]
    pub const fn at(address: Address) -> Self {
        Self { address, connections: 10, patience: Duration::from_secs(10) }
    }
}

/// A [`Store`] in PostgreSQL.
#[derive(Debug)]
pub struct PostgresStore {
    link: Arc<Link>,
    receiving: mpsc::Sender<Call>,
    changes: broadcast::Sender<Change>,
    listening: AbortHandle,
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        // The task that writes ends by itself, when all that was asked for is written.
        self.listening.abort();
    }
}

impl PostgresStore {
    /// Connects, and brings the database to this release's form.
    ///
    /// # Errors
    /// When the server cannot be reached or does not let us in, or the database is another program's or a later release's.
    pub async fn open(settings: &PostgresSettings) -> Result<Self, StoreError> {
        let link = Arc::new(Link::new(settings)?);
        migrate::migrate(&link).await?;
        let (receiving, calls) = mpsc::channel(WAITING_MAX);
        tokio::spawn(group::write_until_closed(Arc::clone(&link), calls));
        let changes = broadcast::channel(CHANGES_MAX).0;
        let (ready, listens) = oneshot::channel();
        let listening = tokio::spawn(listen::listen(Arc::clone(&link), changes.clone(), ready)).abort_handle();
        // Where it cannot listen, looking around finds everything later.
        drop(listens.await);
        Ok(Self { link, receiving, changes, listening })
    }
}

/// An operation over the link, as a future that borrows nothing.
macro_rules! over {
    ($store:ident, |$link:ident| $work:expr) => {{
        let $link = Arc::clone(&$store.link);
        Box::pin(async move { $work.await })
    }};
}

impl Store for PostgresStore {
    fn receive(&self, arrivals: Vec<Arrival>, now: Timestamp) -> Later<Vec<Arrived>> {
        let (waiting, told) = oneshot::channel();
        let sent = self.receiving.try_send(Call { arrivals, now, waiting });
        Box::pin(async move {
            sent.map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => StoreError::Crowded,
                mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
            })?;
            told.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    fn contact(&self, number_id: String, who: Identity, now: Timestamp) -> Later<ContactRow> {
        over!(self, |link| contacts::find_or_make(&link, &number_id, &who, now))
    }

    fn find_contact(&self, number_id: String, who: Identity, now: Timestamp) -> Later<Option<ContactRow>> {
        over!(self, |link| contacts::find(&link, &number_id, &who, now))
    }

    fn known_as(&self, value: String) -> Later<Vec<ContactRow>> {
        over!(self, |link| export::known_as(&link, value))
    }

    fn export(&self, contact: ContactId) -> Later<Option<Export>> {
        over!(self, |link| export::export(&link, contact))
    }

    fn erase(&self, contact: ContactId, audit: AuditRow) -> Later<bool> {
        over!(self, |link| export::erase(&link, contact, audit))
    }

    fn load(&self, contacts: Vec<ContactId>) -> Later<Vec<Loaded>> {
        over!(self, |link| contacts::load(&link, contacts))
    }

    fn pending(&self, after: ContactId, limit: u32) -> Later<Vec<Pending>> {
        over!(self, |link| contacts::pending(&link, after, limit))
    }

    fn commit_turns(&self, turns: Vec<TurnCommit>) -> Later<Vec<Result<Committed, TurnProblem>>> {
        over!(self, |link| turns::commit(&link, &turns))
    }

    fn claim_timers(&self, claim: TimerClaim) -> Later<Vec<DueTimer>> {
        over!(self, |link| timers::claim(&link, claim))
    }

    fn next_timer(&self, after: Timestamp) -> Later<Option<Timestamp>> {
        over!(self, |link| timers::next(&link, after))
    }

    fn claim_jobs(&self, claim: Claim) -> Later<Vec<Job>> {
        over!(self, |link| outbox::claim(&link, claim))
    }

    fn finish_jobs(&self, finished: Vec<Finished>, now: Timestamp) -> Later<()> {
        over!(self, |link| outbox::finish(&link, &finished, now))
    }

    fn next_job(&self, except: Vec<ContactId>, held: Vec<String>) -> Later<Option<Timestamp>> {
        over!(self, |link| outbox::next(&link, except, held))
    }

    fn thread(&self, query: ThreadQuery) -> Later<Vec<Entry>> {
        over!(self, |link| thread::read(&link, query))
    }

    fn why(&self, contact: ContactId, before: Option<i64>, limit: u32) -> Later<Vec<Why>> {
        over!(self, |link| thread::why(&link, contact, before, limit))
    }

    fn cases(&self, query: CaseQuery) -> Later<Vec<Case>> {
        over!(self, |link| contacts::cases(&link, query))
    }

    fn open_contacts(&self, after: ContactId, limit: u32) -> Later<Vec<ContactRow>> {
        over!(self, |link| contacts::open(&link, after, limit))
    }

    fn facts(&self, from: Timestamp, to: Timestamp) -> Later<Vec<FactCount>> {
        over!(self, |link| turns::facts(&link, from, to))
    }

    fn occurrences(&self, query: OccurrenceQuery) -> Later<Vec<Occurrence>> {
        over!(self, |link| turns::occurrences(&link, query))
    }

    fn publish(&self, version: Version) -> Later<()> {
        over!(self, |link| versions::publish(&link, version))
    }

    fn version(&self, hash: String) -> Later<Option<Version>> {
        over!(self, |link| versions::by_hash(&link, hash))
    }

    fn newest_version(&self) -> Later<Option<Version>> {
        over!(self, |link| versions::newest(&link))
    }

    fn forget_versions(&self, replaced_before: Timestamp) -> Later<()> {
        over!(self, |link| versions::forget(&link, replaced_before))
    }

    fn standing(&self) -> Later<Vec<Standing>> {
        over!(self, |link| versions::standing(&link))
    }

    fn put_agent(&self, agent: AgentRow) -> Later<()> {
        over!(self, |link| people::put_agent(&link, agent))
    }

    fn agent(&self, name: String) -> Later<Option<AgentRow>> {
        over!(self, |link| people::agent(&link, name))
    }

    fn agents(&self) -> Later<Vec<AgentRow>> {
        over!(self, |link| people::agents(&link))
    }

    fn set_presence(&self, name: String, online: bool, at: Timestamp) -> Later<bool> {
        over!(self, |link| people::set_presence(&link, name, online, at))
    }

    fn open_session(&self, session: Session) -> Later<()> {
        over!(self, |link| people::open_session(&link, session))
    }

    fn session(&self, token_hash: String, now: Timestamp) -> Later<Option<Session>> {
        over!(self, |link| people::session(&link, token_hash, now))
    }

    fn close_session(&self, token_hash: String) -> Later<()> {
        over!(self, |link| people::close_session(&link, token_hash))
    }

    fn close_sessions_of(&self, agent: String) -> Later<()> {
        over!(self, |link| people::close_sessions_of(&link, agent))
    }

    fn audit(&self, row: AuditRow) -> Later<()> {
        over!(self, |link| people::audit(&link, row))
    }

    fn audit_log(&self, before: Option<i64>, limit: u32) -> Later<Vec<(i64, AuditRow)>> {
        over!(self, |link| people::audit_log(&link, before, limit))
    }

    fn setting(&self, key: String) -> Later<Option<String>> {
        over!(self, |link| people::setting(&link, key))
    }

    fn change_setting(&self, key: String, from: Option<String>, to: Option<String>) -> Later<bool> {
        over!(self, |link| people::change_setting(&link, key, from, to))
    }

    fn depths(&self) -> Later<Depths> {
        over!(self, |link| turns::depths(&link))
    }

    fn check(&self) -> Later<()> {
        over!(self, |link| migrate::touch(&link))
    }

    fn changes(&self) -> Option<broadcast::Receiver<Change>> {
        Some(self.changes.subscribe())
    }

    fn tell(&self, news: String) -> Later<()> {
        over!(self, |link| listen::tell(&link, news))
    }
}
