//! The one thread that writes. It takes whatever waits into one transaction, so that one fsync serves many; what fails in
//! it fails alone, behind a savepoint. Nobody hears of success before the transaction is committed.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::StoreError;

/// At most so many pieces of work share a transaction.
const BATCH_MAX: usize = 256;

/// Tells whoever waits how it went, once it is known whether the transaction was committed.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A piece of work: done within a transaction, or told why there is none. Says what went wrong with it.
pub struct Work(Box<Piece>);

type Piece = dyn FnOnce(Result<&Connection, StoreError>) -> (Answer, Option<StoreError>) + Send;

impl Work {
    /// Work that does `run` and tells `waiting` what came of it.
    pub fn new<T: Send + 'static>(
        run: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        waiting: oneshot::Sender<Result<T, StoreError>>,
    ) -> Self {
        Self(Box::new(move |connection| {
            let result = connection.and_then(|connection| within_savepoint(connection, run));
            let fault = result.as_ref().err().cloned();
            let answer = move |committed: Result<(), StoreError>| {
                // Whoever asked may have stopped waiting; the work stays done.
                let _ = waiting.send(result.and_then(|result| committed.map(|()| result)));
            };
            (Box::new(answer), fault)
        }))
    }
}

/// Does `run` whole or not at all, inside a transaction that goes on either way.
pub fn within_savepoint<T, E: From<StoreError>>(
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
pub fn write_until_closed(connection: &Connection, work: &Receiver<Work>, patience: Duration) {
    while let Ok(first) = work.recv() {
        let batch = std::iter::once(first).chain(work.try_iter().take(BATCH_MAX - 1)).collect();
        write_batch(connection, batch, patience);
    }
}

/// Does a batch in one transaction.
pub fn write_batch(connection: &Connection, batch: Vec<Work>, patience: Duration) {
    let mut standing = say(connection, "BEGIN IMMEDIATE").map_err(|error| with_patience(error, patience));
    let mut answers = Vec::with_capacity(batch.len());
    for Work(piece) in batch {
        let (answer, fault) = piece(standing.clone().map(|()| connection));
        answers.push(answer);
        // A full disk ends the whole transaction, also for those who thought they were done.
        if standing.is_ok() && connection.is_autocommit() {
            standing = Err(fault.unwrap_or(StoreError::Full));
        }
    }
    let committed = standing.and_then(|()| say(connection, "COMMIT"));
    if committed.is_err() && !connection.is_autocommit() {
        // Cannot fail in a way that matters: if it does, the next BEGIN fails and says so.
        let _ = say(connection, "ROLLBACK");
    }
    for answer in answers {
        answer(committed.clone());
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
