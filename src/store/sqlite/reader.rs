//! The threads that read. Each read sees what was committed when it began.

use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::StoreError;

/// One question.
pub type Work = Box<dyn FnOnce(&Connection) + Send>;

/// A question answered by `run`, to be told to `waiting`.
pub fn work<T: Send + 'static>(
    run: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    waiting: oneshot::Sender<Result<T, StoreError>>,
) -> Work {
    Box::new(move |connection| {
        let result = snapshot(connection, run);
        // Whoever asked may have stopped waiting.
        let _ = waiting.send(result);
    })
}

/// All statements of one question see the same moment.
fn snapshot<T>(
    connection: &Connection,
    run: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.unchecked_transaction()?;
    run(&transaction)
}

/// Answers questions until nobody can ask any more.
pub fn read_until_closed(connection: &Connection, work: &Mutex<Receiver<Work>>) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(question) => question(connection),
            Err(_) => return,
        }
    }
}
