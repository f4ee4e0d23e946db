//! Where the servers keep everything, and how it is read beside them: with statements of our own, not through the code that
//! is under test.

use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use tokio_postgres::SimpleQueryMessage;

use crate::StoreKind;
use crate::postgres_server::Server;

/// A store, made for this run.
pub enum Kept {
    Sqlite(PathBuf),
    Postgres { server: Server, database: String },
}

impl Kept {
    /// An empty one.
    pub async fn make(kind: StoreKind, folder: &Path) -> Result<Self, String> {
        match kind {
            StoreKind::Sqlite => Ok(Self::Sqlite(folder.join("frontdesk.db"))),
            StoreKind::Postgres => {
                let server =
                    Server::own().ok_or("PostgreSQL is not installed (Debian: `apt-get install postgresql`)")?;
                let database = server.empty().await;
                Ok(Self::Postgres { server, database })
            }
        }
    }

    /// What to give `FRONTDESK_DATABASE`.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite:{}", file.display()),
            Self::Postgres { server, database } => server.url("frontdesk", database),
        }
    }

    /// Ends the store's own server as a power cut does, and starts it again. SQLite has none.
    pub fn crash(&self) {
        if let Self::Postgres { server, .. } = self {
            tokio::task::block_in_place(|| {
                server.stop();
                server.start();
            });
        }
    }

    /// The processes of the store's own server, with the one that starts them.
    pub async fn processes(&self) -> Vec<String> {
        if matches!(self, Self::Sqlite(_)) {
            return Vec::new();
        }
        let rows = self.rows("SELECT pid FROM pg_stat_activity").await;
        let mut all: Vec<String> = rows.into_iter().filter_map(|row| row.into_iter().next()).collect();
        let parent = all.first().and_then(|process| {
            let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
            status.lines().find_map(|line| line.strip_prefix("PPid:")).map(|parent| parent.trim().to_owned())
        });
        all.extend(parent);
        // Whoever asked may be gone by now.
        all.retain(|process| Path::new("/proc").join(process).exists());
        all
    }

    /// What a statement answers, each value as text; what is missing is empty.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Self::Sqlite(file) => tokio::task::block_in_place(|| in_file(file, sql)).unwrap(),
            Self::Postgres { server, database } => {
                let answers = server.sql(database).await.simple_query(sql).await.unwrap();
                let rows = answers.into_iter().filter_map(|answer| match answer {
                    SimpleQueryMessage::Row(row) => Some(row),
                    _ => None,
                });
                rows.map(|row| (0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect()).collect()
            }
        }
    }

    /// A count.
    pub async fn count(&self, sql: &str) -> u64 {
        self.rows(sql).await[0][0].parse().unwrap()
    }
}

fn in_file(file: &Path, sql: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let connection = rusqlite::Connection::open(file)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    let mut statement = connection.prepare(sql)?;
    let width = statement.column_count();
    let text = |value: ValueRef<'_>| match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    };
    let rows = statement.query_map((), |row| (0..width).map(|at| row.get_ref(at).map(text)).collect())?;
    rows.collect()
}
