//! What can go wrong with a store as a whole, and what to do about it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Why an operation did not happen. It changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Another process holds the database, for longer than we wait.
    Busy {
        /// How long we waited.
        waited: Duration,
    },
    /// More waits to be written or read than may wait.
    Crowded,
    /// No room left to write.
    Full,
    /// The file cannot be written to by us.
    ReadOnly,
    /// Its disk does not let us read or write it; what the engine says of it.
    Disk(String),
    /// What is stored is damaged; what the engine says of it.
    Corrupt(String),
    /// A later release made this database.
    TooNew {
        /// The form it has.
        found: i64,
        /// The newest form that this release knows.
        known: i64,
    },
    /// The database is some other program's.
    Foreign {
        /// Where it is.
        path: PathBuf,
    },
    /// The database cannot be opened.
    Unopened {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The server of the database cannot be reached now.
    Unreachable {
        /// Where it should be.
        place: String,
        /// What the system says.
        reason: String,
    },
    /// The server of the database does not let us work with it.
    Refused {
        /// Where it is.
        place: String,
        /// Why.
        reason: String,
        /// What to do.
        help: String,
    },
    /// The store was shut, or its thread is gone.
    Closed,
    /// It was to be filled, and has something in it.
    NotEmpty {
        /// In which table.
        table: &'static str,
        /// How many rows.
        rows: u64,
    },
    /// Anything else, as the engine words it.
    Other(String),
}

impl StoreError {
    /// Whether the same operation can succeed a little later without anybody doing anything.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Crowded | Self::Unreachable { .. })
    }

    /// Whether it stands in everybody's way, and is over for all at the same moment; else something may be broken about
    /// what was asked for.
    #[must_use]
    pub const fn is_everybodys(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Crowded
            | Self::Full
            | Self::ReadOnly
            | Self::Disk(_)
            | Self::Unopened { .. }
            | Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::Closed => true,
            Self::Corrupt(_) | Self::TooNew { .. } | Self::Foreign { .. } | Self::NotEmpty { .. } | Self::Other(_) => {
                false
            }
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { waited } => write!(
                out,
                "another process has locked the database for more than {} ms; end it (a backup, a shell, a second \
                 `frontdesk serve` on the same file), nothing was changed",
                waited.as_millis()
            ),
            Self::Crowded => {
                write!(out, "too much waits for the database; nothing was changed, try again in a moment")
            }
            Self::Full => write!(
                out,
                "no room left for the database; free space on its disk, nothing was changed and nothing is lost"
            ),
            Self::ReadOnly => {
                write!(
                    out,
                    "the database cannot be written to; give this user the right to write it (a file: and its folder; a \
                     server: name the primary one, not a standby)"
                )
            }
            Self::Disk(what) => write!(
                out,
                "the disk of the database cannot be read or written ({what}); look in the system's log whether it fails or \
                 has become read-only, and at limits on the size of files; nothing was changed and nothing is lost"
            ),
            Self::Corrupt(what) => write!(
                out,
                "the database is damaged ({what}); stop, keep a copy of the file, and restore the last backup"
            ),
            Self::TooNew { found, known } => write!(
                out,
                "the database has form {found}, this release knows up to {known}; start the release that made it, or \
                 a later one"
            ),
            Self::Foreign { path } => write!(
                out,
                "`{}` is the database of another program; name another one with `FRONTDESK_DATABASE`",
                path.display()
            ),
            Self::Unopened { path, reason } => write!(
                out,
                "cannot open the database `{}`: {reason}; check that its folder exists and can be written to",
                path.display()
            ),
            Self::Unreachable { place, reason } => write!(
                out,
                "the database `{place}` cannot be reached: {reason}; start its server, or name another with \
                 `FRONTDESK_DATABASE`"
            ),
            Self::Refused { place, reason, help } => {
                write!(out, "the database `{place}` cannot be used: {reason}; {help}")
            }
            Self::NotEmpty { table, rows } => {
                write!(out, "it is not empty (`{table}` has {rows} rows); name a database with nothing in it")
            }
            Self::Closed => write!(out, "the store has been shut"),
            Self::Other(what) => write!(out, "the database refused: {what}"),
        }
    }
}

impl std::error::Error for StoreError {}
