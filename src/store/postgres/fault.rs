//! What PostgreSQL's errors mean to us. A password never gets into one.

use std::time::Duration;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::store::StoreError;

/// What went wrong with a statement.
#[derive(Debug)]
pub enum Fault {
    /// The connection is gone; nobody knows whether the statement was carried out.
    Lost(String),
    /// The server ended the statement because another waited for it, or the other way round; nothing was done.
    Deadlock,
    /// What was handed over cannot be kept; nothing was done.
    Data(StoreError),
    /// Anything else; nothing was done.
    Other(StoreError),
}

impl Fault {
    /// What a statement's error means.
    pub fn of(error: &Error, patience: Duration) -> Self {
        let Some(code) = error.code() else {
            return if error.is_closed() || has_io(error) {
                Self::Lost(words(error))
            } else {
                Self::Other(StoreError::Other(words(error)))
            };
        };
        match code {
            &SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE => Self::Deadlock,
            _ if ends_connection(code) => Self::Lost(words(error)),
            _ if matches!(code.code().get(..2), Some("22" | "23" | "54")) => {
                Self::Data(StoreError::from_postgres(error))
            }
            &SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED => {
                Self::Other(StoreError::Busy { waited: patience })
            }
            _ => Self::Other(StoreError::from_postgres(error)),
        }
    }

    /// As whoever asked is told, of the server at `place`.
    pub fn told(self, place: &str) -> StoreError {
        match self {
            Self::Lost(reason) => StoreError::Unreachable { place: place.to_owned(), reason },
            Self::Deadlock => StoreError::Crowded,
            Self::Data(error) | Self::Other(error) => error,
        }
    }
}

impl StoreError {
    /// What an error means that the server gave its reason for.
    fn from_postgres(error: &Error) -> Self {
        match error.code() {
            Some(&SqlState::DISK_FULL) => Self::Full,
            Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => Self::ReadOnly,
            Some(&SqlState::IO_ERROR) => Self::Disk(words(error)),
            Some(&SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED) => Self::Corrupt(words(error)),
            Some(&SqlState::OUT_OF_MEMORY | &SqlState::TOO_MANY_CONNECTIONS) => Self::Crowded,
            _ => Self::Other(words(error)),
        }
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self::from_postgres(&error)
    }
}

/// Why a connection could not be made: whether that can pass by itself, why, and what to do.
pub fn unopened(error: &Error, place: &str, user: &str, database: &str) -> StoreError {
    let refused = |reason: String, help: String| StoreError::Refused { place: place.to_owned(), reason, help };
    match error.code() {
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => refused(
            format!("the server does not let the user `{user}` in ({})", words(error)),
            "check the user and the password in the URL (`postgres://USER:PASSWORD@HOST/DATABASE`; signs such as `@` \
             and `/` in it are written as %40 and %2F)"
                .to_owned(),
        ),
        Some(&SqlState::INVALID_CATALOG_NAME) => refused(
            format!("there is no database `{database}`"),
            format!("make it with `createdb {database}`, or name another in the URL"),
        ),
        Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS || ends_connection(code) => {
            StoreError::Unreachable { place: place.to_owned(), reason: words(error) }
        }
        Some(_) => refused(words(error), "see the server's log".to_owned()),
        None if words(error).contains("password missing") => refused(
            "it asks for a password, and the URL has none".to_owned(),
            "write `postgres://USER:PASSWORD@HOST/DATABASE`".to_owned(),
        ),
        None if words(error).contains("TLS") => refused(
            words(error),
            "check `sslmode` in the URL: `verify-full` needs a server with a certificate that this machine trusts (or \
             that `sslrootcert=FILE` in the URL does), `disable` goes without"
                .to_owned(),
        ),
        None => StoreError::Unreachable { place: place.to_owned(), reason: words(error) },
    }
}

fn ends_connection(code: &SqlState) -> bool {
    matches!(code.code(), "57P01" | "57P02" | "57P03" | "57P05" | "25P03") || code.code().starts_with("08")
}

fn has_io(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if inner.is::<std::io::Error>() {
            return true;
        }
        source = inner.source();
    }
    false
}

/// An error with its causes, in one line. Details are left out: they quote what is stored.
fn words(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let inner_words = inner.to_string();
        if !words.contains(&inner_words) {
            words = format!("{words}: {inner_words}");
        }
        source = inner.source();
    }
    words
}
