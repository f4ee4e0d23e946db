//! Everything a store keeps, as plain rows, so that it can move from one engine to another. Knows tables and keys, no
//! conversation; what is moved is moved as it stands.

use std::future::Future;
use std::pin::Pin;

use super::StoreError;

/// So many rows are moved at a time.
const PAGE: usize = 500;

/// A value of a column: neither engine keeps anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
}

/// The values of some columns, in their order.
pub type Row = Vec<Cell>;

/// A table that moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns that tell its rows apart.
    pub key: &'static [&'static str],
    /// The column that the engine counts up, so that no number is ever given twice.
    pub counted: Option<&'static str>,
}

const fn table(name: &'static str, key: &'static [&'static str]) -> Table {
    Table { name, key, counted: None }
}

const fn counted(name: &'static str, key: &'static [&'static str]) -> Table {
    Table { name, key, counted: Some(key[0]) }
}

/// All tables that move. Who is online where is found out anew.
pub const TABLES: [Table; 13] = [
    counted("contacts", &["id"]),
    table("contact_identities", &["number_id", "kind", "value"]),
    counted("inbox", &["id"]),
    table("entries", &["contact", "seq"]),
    table("turns", &["contact", "turn"]),
    counted("outbox", &["number"]),
    table("timers", &["contact", "kind"]),
    counted("facts", &["id"]),
    table("versions", &["hash"]),
    table("agents", &["name"]),
    table("sessions", &["token_hash"]),
    counted("audit", &["id"]),
    table("settings", &["key"]),
];

/// What an archive is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To read it; nobody writes to the store meanwhile.
    Read,
    /// To fill it, all or nothing.
    Fill,
}

/// One step of an archive's work.
pub type Step<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store as rows, within one transaction. What is not committed was never written.
pub trait Archive: Send {
    /// The columns of a table.
    fn columns(&mut self, table: Table) -> Step<'_, Vec<String>>;

    /// How many rows a table has.
    fn count(&mut self, table: Table) -> Step<'_, u64>;

    /// Rows in the order of the key, after the one with this key.
    fn read(&mut self, table: Table, columns: Vec<String>, after: Option<Row>, limit: usize) -> Step<'_, Vec<Row>>;

    /// Adds rows.
    fn write(&mut self, table: Table, columns: Vec<String>, rows: Vec<Row>) -> Step<'_, ()>;

    /// The highest number that a counted table has given.
    fn highest(&mut self, table: Table) -> Step<'_, i64>;

    /// Has a counted table go on above this number.
    fn go_on_from(&mut self, table: Table, highest: i64) -> Step<'_, ()>;

    /// Ends the transaction; what was written stays.
    fn commit(self: Box<Self>) -> Step<'static, ()>;
}

/// How much of a table was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Its name.
    pub table: &'static str,
    /// How many rows.
    pub rows: u64,
}

/// Copies everything from one store into another, which must be empty, and counts it there again. `told` hears of each table.
///
/// # Errors
/// One of them cannot be read or written, or the other is not empty; then nothing was written.
pub async fn copy(
    mut from: Box<dyn Archive>,
    mut to: Box<dyn Archive>,
    mut told: impl FnMut(Moved),
) -> Result<(), StoreError> {
    for table in TABLES {
        let there = to.count(table).await?;
        if there > 0 {
            return Err(StoreError::NotEmpty { table: table.name, rows: there });
        }
    }
    for table in TABLES {
        let rows = copy_table(from.as_mut(), to.as_mut(), table).await?;
        let there = to.count(table).await?;
        if rows != there {
            let words = format!("`{}` has {rows} rows, of which only {there} arrived", table.name);
            return Err(StoreError::Corrupt(words));
        }
        told(Moved { table: table.name, rows });
    }
    // The other was only read: it is let go as it is, and what arrived stays whatever becomes of it.
    to.commit().await
}

async fn copy_table(from: &mut dyn Archive, to: &mut dyn Archive, table: Table) -> Result<u64, StoreError> {
    let known = to.columns(table).await?;
    // What only one engine has for itself (a token of its own) stays behind.
    let columns: Vec<String> = from.columns(table).await?.into_iter().filter(|name| known.contains(name)).collect();
    let key: Vec<usize> = table.key.iter().filter_map(|key| columns.iter().position(|name| name == key)).collect();
    let (mut after, mut moved) = (None, 0);
    loop {
        let rows = from.read(table, columns.clone(), after, PAGE).await?;
        let Some(last) = rows.last() else { break };
        after = Some(key.iter().filter_map(|place| last.get(*place).cloned()).collect());
        moved += u64::try_from(rows.len()).unwrap_or_default();
        to.write(table, columns.clone(), rows).await?;
    }
    if table.counted.is_some() {
        let highest = from.highest(table).await?;
        to.go_on_from(table, highest).await?;
    }
    Ok(moved)
}
