//! Where everything is kept, as its URL says.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::store::postgres::{Address, BadAddress};

/// Where it is, when nobody says.
pub(super) const DEFAULT: &str = "sqlite:data/frontdesk.db";

/// Where everything is kept. Shown without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// In a SQLite file, for one machine.
    Sqlite(PathBuf),
    /// On a PostgreSQL server, for one node or several.
    Postgres(Address),
}

impl Default for Database {
    fn default() -> Self {
        Self::Sqlite(path(DEFAULT).unwrap_or_default())
    }
}

impl fmt::Display for Database {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(out, "sqlite:{}", path.display()),
            Self::Postgres(address) => out.write_str(address.place()),
        }
    }
}

impl FromStr for Database {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_lowercase());
        let message = match (scheme.as_deref(), path(text)) {
            (Some("sqlite"), Some(path)) => return Ok(Self::Sqlite(path)),
            (Some("sqlite"), None) => "`sqlite:` must be followed by the path of a file, without options".to_owned(),
            (Some("postgres" | "postgresql"), _) => return text.parse().map(Self::Postgres),
            (Some(scheme), _) if scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') => {
                format!("`{scheme}:` is no kind of database that can be used")
            }
            _ => "the kind of database is missing".to_owned(),
        };
        Err(BadAddress { message, help: format!("write `{DEFAULT}`, or `postgres://USER@HOST/DATABASE`") })
    }
}

/// `sqlite:path`, `sqlite://path` or `sqlite:///path`.
fn path(text: &str) -> Option<PathBuf> {
    let (_, path) = text.split_once(':')?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let good = !path.is_empty() && !path.contains(['?', '\0']) && path != ":memory:" && !path.ends_with('/');
    good.then(|| PathBuf::from(path))
}
