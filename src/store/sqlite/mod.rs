//! A [`Store`] in one SQLite file: one thread writes, a few read. WAL with `synchronous=FULL`, so what was answered is on
//! the disk. In memory there is no disk to wait for: whoever asks does the work, at once and in the order of asking. Knows
//! no conversation and sleeps for nobody.

mod archive;
mod contacts;
mod convert;
mod export;
mod inbox;
mod migrate;
mod outbox;
mod people;
mod reader;
mod status;
mod thread;
mod timers;
mod turns;
mod versions;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::{
    AgentRow, Arrival, Arrived, AuditRow, Case, CaseQuery, Claim, Committed, ContactId, ContactRow, Depths, DueTimer,
    Entry, Export, FactCount, Finished, Identity, Job, Later, Loaded, Occurrence, OccurrenceQuery, Pending, Session,
    Standing, Store, StoreError, ThreadQuery, TimerClaim, TurnCommit, TurnProblem, Version, Why,
};
use crate::clock::Timestamp;
use writer::Writing;

pub use archive::File as SqliteArchive;

/// At most so many pieces of work wait; what comes on top is refused ([`StoreError::Crowded`]).
const WAITING_MAX: usize = 4_096;

/// How a SQLite store is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteSettings {
    /// The database file; `None` keeps everything in memory and forgets it (tests, simulations, the sandbox).
    pub path: Option<PathBuf>,
    /// How long a lock of another process is waited for.
    pub busy_timeout: Duration,
    /// How many threads read.
    pub readers: usize,
    /// The most pages (of 4 KiB) the database may have, where it must not fill its disk.
    pub pages_max: Option<u32>,
}

impl SqliteSettings {
    /// A database in this file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), busy_timeout: Duration::from_secs(5), readers: 2, pages_max: None }
    }

    /// A database in memory.
    #[must_use]
    pub const fn memory() -> Self {
        Self { path: None, busy_timeout: Duration::from_secs(5), readers: 0, pages_max: None }
    }
}

/// A [`Store`] in SQLite. Dropping it waits until everything that was asked for is written.
#[derive(Debug)]
pub struct SqliteStore {
    writing: Option<Arc<SyncSender<Box<dyn writer::Work>>>>,
    reading: Option<SyncSender<reader::Work>>,
    /// The database in memory.
    here: Option<Mutex<Connection>>,
    writer: Option<JoinHandle<()>>,
    readers: Vec<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens the database, makes it if there is none, and brings it to this release's form.
    ///
    /// # Errors
    /// When the file cannot be opened, is locked, damaged, another program's or a later release's.
    pub fn open(settings: &SqliteSettings) -> Result<Self, StoreError> {
        let mut connection = connect(settings)?;
        let named = settings.path.as_deref().unwrap_or_else(|| Path::new(":memory:"));
        migrate::migrate(&mut connection, named)
            .map_err(|error| writer::with_patience(error, settings.busy_timeout))?;
        if settings.path.is_none() {
            let here = Some(Mutex::new(connection));
            return Ok(Self { writing: None, reading: None, here, writer: None, readers: Vec::new() });
        }
        let mut readers = Vec::new();
        for _ in 0..settings.readers {
            let connection = connect(settings)?;
            connection.pragma_update(None, "query_only", true)?;
            readers.push(connection);
        }
        Self::start(connection, readers, settings.busy_timeout)
    }

    fn start(connection: Connection, readers: Vec<Connection>, patience: Duration) -> Result<Self, StoreError> {
        let (writing, work) = sync_channel(WAITING_MAX);
        let writer = spawn("store-write", move || writer::write_until_closed(&connection, &work, patience))?;
        let (mut reading, mut reads) = (None, Vec::new());
        if !readers.is_empty() {
            let (asking, work) = sync_channel(WAITING_MAX);
            let work = Arc::new(Mutex::new(work));
            for connection in readers {
                let work = Arc::clone(&work);
                reads.push(spawn("store-read", move || reader::read_until_closed(&connection, &work))?);
            }
            reading = Some(asking);
        }
        Ok(Self { writing: Some(Arc::new(writing)), reading, here: None, writer: Some(writer), readers: reads })
    }

    /// Has the writing thread do `run`, in a transaction shared with whatever else waits.
    fn write<T: Send + 'static>(
        &self,
        run: impl Fn(&Writing<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Later<T> {
        let Some(here) = &self.here else { return written(self.writing.as_deref(), run) };
        let (waiting, told) = oneshot::channel();
        let connection = here.lock().unwrap_or_else(PoisonError::into_inner);
        writer::write_batch(&connection, vec![writer::work(run, waiting)], Duration::ZERO);
        Box::pin(async move { told.await.unwrap_or(Err(StoreError::Closed)) })
    }

    /// Has a reading thread do `run`, if there is one.
    fn read<T: Send + 'static>(&self, run: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static) -> Later<T> {
        if self.reading.is_none() {
            return self.write(move |writing| run(writing));
        }
        let (waiting, told) = oneshot::channel();
        let sent = hand_over(self.reading.as_ref(), reader::work(run, waiting));
        Box::pin(async move {
            sent?;
            told.await.unwrap_or(Err(StoreError::Closed))
        })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Those who read end first: whoever closes last, and alone, empties the write-ahead log.
        // A thread that panicked has nothing more to do.
        self.reading = None;
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        self.writing = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Has the writing thread do `run`.
fn written<T: Send + 'static>(
    writing: Option<&SyncSender<Box<dyn writer::Work>>>,
    run: impl Fn(&Writing<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Later<T> {
    let (waiting, told) = oneshot::channel();
    let sent = hand_over(writing, writer::work(run, waiting));
    Box::pin(async move {
        sent?;
        told.await.unwrap_or(Err(StoreError::Closed))
    })
}

fn hand_over<W>(to: Option<&SyncSender<W>>, work: W) -> Result<(), StoreError> {
    to.ok_or(StoreError::Closed)?.try_send(work).map_err(|refused| match refused {
        TrySendError::Full(_) => StoreError::Crowded,
        TrySendError::Disconnected(_) => StoreError::Closed,
    })
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(|error| StoreError::Other(error.to_string()))
}

fn connect(settings: &SqliteSettings) -> Result<Connection, StoreError> {
    let connection = match &settings.path {
        None => Connection::open_in_memory()?,
        Some(path) => {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
            Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
                .map_err(|error| StoreError::Unopened { path: path.clone(), reason: error.to_string() })?
        }
    };
    prepare(&connection, settings).map_err(|error| match error {
        StoreError::Other(reason) if settings.path.is_some() => {
            StoreError::Unopened { path: settings.path.clone().unwrap_or_default(), reason }
        }
        other => writer::with_patience(other, settings.busy_timeout),
    })?;
    Ok(connection)
}

fn prepare(connection: &Connection, settings: &SqliteSettings) -> Result<(), StoreError> {
    connection.busy_timeout(settings.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(128);
    // A plan that peeks at bound values (every `LIMIT ?`) is thrown away when they change: each use would plan anew.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let journal: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if settings.path.is_some() && journal != "wal" {
        return Err(StoreError::Other(
            "its disk does not allow a write-ahead log (a network drive does not)".to_owned(),
        ));
    }
    connection.pragma_update(None, "synchronous", "full")?;
    // What is removed or replaced is overwritten, so that an erased customer's words are in no gap of the file (R42).
    connection.pragma_update(None, "secure_delete", true)?;
    // What a savepoint may have to bring back is kept in memory.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    if let Some(pages) = settings.pages_max {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(())
}

impl Store for SqliteStore {
    fn receive(&self, arrivals: Vec<Arrival>, now: Timestamp) -> Later<Vec<Arrived>> {
        self.write(move |connection| inbox::receive(connection, &arrivals, now))
    }

    fn contact(&self, number_id: String, who: Identity, now: Timestamp) -> Later<ContactRow> {
        self.write(move |connection| contacts::find_or_make_row(connection, &number_id, &who, now))
    }

    fn find_contact(&self, number_id: String, who: Identity, now: Timestamp) -> Later<Option<ContactRow>> {
        self.read(move |connection| contacts::find_row(connection, &number_id, &who, now))
    }

    fn known_as(&self, value: String) -> Later<Vec<ContactRow>> {
        self.read(move |connection| export::known_as(connection, &value))
    }

    fn export(&self, contact: ContactId) -> Later<Option<Export>> {
        self.read(move |connection| export::export(connection, contact))
    }

    fn erase(&self, contact: ContactId, audit: AuditRow) -> Later<bool> {
        let Some(writing) = &self.writing else {
            return self.write(move |connection| {
                let found = export::find(connection, contact)?;
                export::erase(connection, contact, &found, &audit)
            });
        };
        // Whoever asks must not keep the writing thread from its end.
        let writing = Arc::downgrade(writing);
        let found = self.read(move |connection| export::find(connection, contact));
        Box::pin(async move {
            let found = found.await?;
            let done = written(writing.upgrade().as_deref(), move |connection| {
                export::erase(connection, contact, &found, &audit)
            });
            done.await
        })
    }

    fn load(&self, contacts: Vec<ContactId>) -> Later<Vec<Loaded>> {
        self.read(move |connection| contacts::load(connection, &contacts))
    }

    fn pending(&self, after: ContactId, limit: u32) -> Later<Vec<Pending>> {
        self.read(move |connection| inbox::pending(connection, after, limit))
    }

    fn commit_turns(&self, turns: Vec<TurnCommit>) -> Later<Vec<Result<Committed, TurnProblem>>> {
        self.write(move |connection| turns::commit(connection, &turns))
    }

    fn claim_timers(&self, claim: TimerClaim) -> Later<Vec<DueTimer>> {
        self.write(move |connection| timers::claim(connection, &claim))
    }

    fn next_timer(&self, after: Timestamp) -> Later<Option<Timestamp>> {
        self.read(move |connection| timers::next(connection, after))
    }

    fn claim_jobs(&self, claim: Claim) -> Later<Vec<Job>> {
        self.write(move |connection| outbox::claim(connection, &claim))
    }

    fn finish_jobs(&self, finished: Vec<Finished>, now: Timestamp) -> Later<()> {
        self.write(move |connection| outbox::finish(connection, &finished, now))
    }

    fn next_job(&self, except: Vec<ContactId>, held: Vec<String>) -> Later<Option<Timestamp>> {
        self.read(move |connection| outbox::next(connection, &except, &held))
    }

    fn thread(&self, query: ThreadQuery) -> Later<Vec<Entry>> {
        self.read(move |connection| thread::read(connection, &query))
    }

    fn why(&self, contact: ContactId, before: Option<i64>, limit: u32) -> Later<Vec<Why>> {
        self.read(move |connection| thread::why(connection, contact, before, limit))
    }

    fn cases(&self, query: CaseQuery) -> Later<Vec<Case>> {
        self.read(move |connection| contacts::cases(connection, &query))
    }

    fn open_contacts(&self, after: ContactId, limit: u32) -> Later<Vec<ContactRow>> {
        self.read(move |connection| contacts::open(connection, after, limit))
    }

    fn facts(&self, from: Timestamp, to: Timestamp) -> Later<Vec<FactCount>> {
        self.read(move |connection| turns::facts(connection, from, to))
    }

    fn occurrences(&self, query: OccurrenceQuery) -> Later<Vec<Occurrence>> {
        self.read(move |connection| turns::occurrences(connection, &query))
    }

    fn publish(&self, version: Version) -> Later<()> {
        self.write(move |connection| versions::publish(connection, &version))
    }

    fn version(&self, hash: String) -> Later<Option<Version>> {
        self.read(move |connection| versions::by_hash(connection, &hash))
    }

    fn newest_version(&self) -> Later<Option<Version>> {
        self.read(versions::newest)
    }

    fn forget_versions(&self, replaced_before: Timestamp) -> Later<()> {
        self.write(move |connection| versions::forget(connection, replaced_before))
    }

    fn standing(&self) -> Later<Vec<Standing>> {
        self.read(versions::standing)
    }

    fn put_agent(&self, agent: AgentRow) -> Later<()> {
        self.write(move |connection| people::put_agent(connection, &agent))
    }

    fn agent(&self, name: String) -> Later<Option<AgentRow>> {
        self.read(move |connection| people::agent(connection, &name))
    }

    fn agents(&self) -> Later<Vec<AgentRow>> {
        self.read(people::agents)
    }

    fn set_presence(&self, name: String, online: bool, at: Timestamp) -> Later<bool> {
        self.write(move |connection| people::set_presence(connection, &name, online, at))
    }

    fn open_session(&self, session: Session) -> Later<()> {
        self.write(move |connection| people::open_session(connection, &session))
    }

    fn session(&self, token_hash: String, now: Timestamp) -> Later<Option<Session>> {
        self.read(move |connection| people::session(connection, &token_hash, now))
    }

    fn close_session(&self, token_hash: String) -> Later<()> {
        self.write(move |connection| people::close_session(connection, &token_hash))
    }

    fn close_sessions_of(&self, agent: String) -> Later<()> {
        self.write(move |connection| people::close_sessions_of(connection, &agent))
    }

    fn audit(&self, row: AuditRow) -> Later<()> {
        self.write(move |connection| people::audit(connection, &row))
    }

    fn audit_log(&self, before: Option<i64>, limit: u32) -> Later<Vec<(i64, AuditRow)>> {
        self.read(move |connection| people::audit_log(connection, before, limit))
    }

    fn setting(&self, key: String) -> Later<Option<String>> {
        self.read(move |connection| people::setting(connection, &key))
    }

    fn change_setting(&self, key: String, from: Option<String>, to: Option<String>) -> Later<bool> {
        self.write(move |connection| people::change_setting(connection, &key, from.as_deref(), to.as_deref()))
    }

    fn depths(&self) -> Later<Depths> {
        self.read(turns::depths)
    }

    fn check(&self) -> Later<()> {
        self.write(|writing| migrate::touch(writing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_is_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let settings = SqliteSettings::file(folder.path().join("desk.db"));
        let connection = connect(&settings).unwrap();
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
        assert_eq!(pragma("journal_mode"), Ok(rusqlite::types::Value::Text("wal".into())));
        assert_eq!(pragma("synchronous"), Ok(rusqlite::types::Value::Integer(2)), "2 is FULL");
    }

    #[test]
    fn a_statement_is_planned_once_whatever_it_is_asked() {
        let connection = connect(&SqliteSettings::memory()).unwrap();
        connection.execute_batch("CREATE TABLE t (x INTEGER); CREATE INDEX t_x ON t (x)").unwrap();
        let mut statement = connection.prepare("SELECT x FROM t WHERE x <= ?1 ORDER BY x LIMIT ?2").unwrap();
        for limit in [1, 7, 1_000] {
            assert!(!statement.exists([limit * 3, limit]).unwrap());
        }
        assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
    }

    #[test]
    fn a_store_without_readers_reads_where_it_writes() {
        let folder = tempfile::tempdir().unwrap();
        let settings = SqliteSettings { readers: 0, ..SqliteSettings::file(folder.path().join("desk.db")) };
        assert!(SqliteStore::open(&settings).unwrap().reading.is_none());
    }
}
