//! The one thread that writes. It takes whatever waits into one transaction, so that one fsync serves many. As a rule all of
//! it goes well; when something fails, the transaction is taken back and everything is done once more, each piece behind a
//! savepoint, so that what fails fails alone. Nobody hears of success before the transaction is committed.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::StoreError;

/// At most so many pieces of work share a transaction.
const BATCH_MAX: usize = 256;

/// The transaction that a piece of work writes in.
pub struct Writing<'a> {
    connection: &'a Connection,
    apart: bool,
    wiping: &'a Cell<bool>,
}

impl Deref for Writing<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Writing<'_> {
    /// Whether what fails is taken back alone. If not, a failure must be told, and all is done once more.
    pub const fn is_apart(&self) -> bool {
        self.apart
    }

    /// Has the write-ahead log emptied once this is committed: what was removed must not lie there any longer.
    pub fn wipe_log(&self) {
        self.wiping.set(true);
    }

    /// Does `run` whole or not at all, inside a transaction that goes on either way; if not apart, its failure must end it.
    pub fn whole<T, E: From<StoreError>>(&self, run: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        if self.apart { within_savepoint(self.connection, run) } else { run(self.connection) }
    }
}

/// A piece of work, which can be done more than once until its transaction is committed.
pub trait Work: Send {
    /// Does it, or keeps in mind why there is no transaction; what went wrong.
    fn run(&mut self, writing: Result<&Writing<'_>, StoreError>) -> Option<StoreError>;

    /// Tells whoever waits how it went, now that it is known whether the transaction was committed.
    fn tell(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Asked<T, F> {
    run: F,
    result: Result<T, StoreError>,
    waiting: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: Fn(&Writing<'_>) -> Result<T, StoreError> + Send> Work for Asked<T, F> {
    fn run(&mut self, writing: Result<&Writing<'_>, StoreError>) -> Option<StoreError> {
        self.result = writing.and_then(|writing| {
            if writing.apart {
                within_savepoint(writing.connection, |_| (self.run)(writing))
            } else {
                (self.run)(writing)
            }
        });
        self.result.as_ref().err().cloned()
    }

    fn tell(self: Box<Self>, committed: Result<(), StoreError>) {
        // Whoever asked may have stopped waiting; the work stays done.
        let _ = self.waiting.send(self.result.and_then(|result| committed.map(|()| result)));
    }
}

/// Work that does `run` and tells `waiting` what came of it.
pub fn work<T: Send + 'static>(
    run: impl Fn(&Writing<'_>) -> Result<T, StoreError> + Send + 'static,
    waiting: oneshot::Sender<Result<T, StoreError>>,
) -> Box<dyn Work> {
    Box::new(Asked { run, result: Err(StoreError::Closed), waiting })
}

/// Does `run` whole or not at all, inside a transaction that goes on either way.
fn within_savepoint<T, E: From<StoreError>>(
    connection: &Connection,
    run: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    say(connection, "SAVEPOINT piece")?;
    let result = run(connection);
    // Some errors (a full disk) end the whole transaction; then there is nothing left to go back in.
    if !connection.is_autocommit() {
        if result.is_err() {
            say(connection, "ROLLBACK TO piece")?;
        }
        say(connection, "RELEASE piece")?;
    }
    result
}

/// Writes until nobody can ask any more.
pub fn write_until_closed(connection: &Connection, work: &Receiver<Box<dyn Work>>, patience: Duration) {
    let wiping = Cell::new(false);
    while let Ok(first) = work.recv() {
        let batch = std::iter::once(first).chain(work.try_iter().take(BATCH_MAX - 1)).collect();
        write_with(connection, &wiping, batch, patience);
    }
}

/// Does a batch in one transaction.
pub fn write_batch(connection: &Connection, batch: Vec<Box<dyn Work>>, patience: Duration) {
    write_with(connection, &Cell::new(false), batch, patience);
}

/// The same; `wiping` is whether the write-ahead log is still to be emptied.
fn write_with(connection: &Connection, wiping: &Cell<bool>, mut batch: Vec<Box<dyn Work>>, patience: Duration) {
    let again = wiping.get();
    let written = match write_together(connection, wiping, &mut batch, patience) {
        Ok(true) => Ok(()),
        Ok(false) => write_apart(connection, wiping, &mut batch, patience),
        Err(error) => {
            for piece in &mut batch {
                piece.run(Err(error.clone()));
            }
            Err(error)
        }
    };
    let committed = written.and_then(|()| say(connection, "COMMIT"));
    if committed.is_err() {
        roll_back(connection);
    } else if wiping.get() {
        wiping.set(!wipe_log(connection, if again { Duration::ZERO } else { patience }, patience));
    }
    for piece in batch {
        piece.tell(committed.clone());
    }
}

/// Does all pieces, or takes all of it back at the first failure; whether it went well.
fn write_together(
    connection: &Connection,
    wiping: &Cell<bool>,
    batch: &mut [Box<dyn Work>],
    patience: Duration,
) -> Result<bool, StoreError> {
    begin(connection, patience)?;
    let writing = Writing { connection, apart: false, wiping };
    if batch.iter_mut().all(|piece| piece.run(Ok(&writing)).is_none()) {
        return Ok(true);
    }
    roll_back(connection);
    Ok(false)
}

/// Does each piece behind a savepoint.
fn write_apart(
    connection: &Connection,
    wiping: &Cell<bool>,
    batch: &mut [Box<dyn Work>],
    patience: Duration,
) -> Result<(), StoreError> {
    let mut standing = begin(connection, patience);
    let writing = Writing { connection, apart: true, wiping };
    for piece in batch {
        let fault = piece.run(standing.clone().map(|()| &writing));
        // A full disk ends the whole transaction, also for those who thought they were done.
        if standing.is_ok() && connection.is_autocommit() {
            standing = Err(fault.unwrap_or(StoreError::Full));
        }
    }
    standing
}

/// Moves what the write-ahead log holds into the database, and empties it; whether it did. Waits for readers as for any
/// lock. After one that reads for longer it is tried again with every batch, without waiting.
fn wipe_log(connection: &Connection, wait: Duration, patience: Duration) -> bool {
    // Neither fails: they only set numbers.
    drop(connection.busy_timeout(wait));
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, bool>(0));
    drop(connection.busy_timeout(patience));
    let wiped = matches!(busy, Ok(false));
    if !wiped && !wait.is_zero() {
        tracing::warn!("what was erased is removed, but lies in the write-ahead log until somebody stops reading");
    }
    wiped
}

fn begin(connection: &Connection, patience: Duration) -> Result<(), StoreError> {
    say(connection, "BEGIN IMMEDIATE").map_err(|error| with_patience(error, patience))
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        // Cannot fail in a way that matters: if it does, the next BEGIN fails and says so.
        let _ = say(connection, "ROLLBACK");
    }
}

fn say(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute(())?;
    Ok(())
}

/// How long SQLite waited before it gave up is known only here.
pub fn with_patience(error: StoreError, patience: Duration) -> StoreError {
    if matches!(error, StoreError::Busy { .. }) { StoreError::Busy { waited: patience } } else { error }
}
