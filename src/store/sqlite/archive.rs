//! A SQLite file as rows ([`Archive`]).

use std::path::Path;

use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::convert::{all, one, run};
use super::{SqliteSettings, SqliteStore, connect};
use crate::store::StoreError;
use crate::store::archive::{Archive, Cell, Purpose, Row, Step, Table};

/// A file that nobody else writes to until it is dropped.
pub struct File(Connection);

impl File {
    /// Opens the file, brought to this release's form.
    ///
    /// # Errors
    /// It cannot be opened, or another process writes to it.
    pub fn open(path: &Path, purpose: Purpose) -> Result<Self, StoreError> {
        let settings = SqliteSettings::file(path);
        drop(SqliteStore::open(&settings)?);
        let connection = connect(&settings)?;
        // Also for reading: what a server would write meanwhile would stay behind.
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|error| super::writer::with_patience(StoreError::from(error), settings.busy_timeout))?;
        if purpose == Purpose::Read {
            connection.pragma_update(None, "query_only", true)?;
        }
        Ok(Self(connection))
    }

    fn columns_of(&self, table: Table) -> Result<Vec<String>, StoreError> {
        all(&self.0, "SELECT name FROM pragma_table_info(?1)", [table.name], |row| row.get(0))
    }

    fn rows(
        &self,
        table: Table,
        columns: &[String],
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let (name, key, columns_named) = (table.name, table.key.join(", "), columns.join(", "));
        let places = vec!["?"; table.key.len()].join(", ");
        let above = after.map(|_| format!("WHERE ({key}) > ({places})")).unwrap_or_default();
        let sql = format!("SELECT {columns_named} FROM {name} {above} ORDER BY {key} LIMIT {limit}");
        let after = params_from_iter(after.into_iter().flatten());
        all(&self.0, &sql, after, |row| (0..columns.len()).map(|place| cell(row.get_ref(place)?)).collect())
    }

    fn add(&self, table: Table, columns: &[String], rows: &[Row]) -> Result<(), StoreError> {
        let (name, named, places) = (table.name, columns.join(", "), vec!["?"; columns.len()].join(", "));
        let sql = format!("INSERT INTO {name} ({named}) VALUES ({places})");
        for row in rows {
            run(&self.0, &sql, params_from_iter(row))?;
        }
        Ok(())
    }

    fn given(&self, table: Table) -> Result<i64, StoreError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        Ok(one(&self.0, sql, [table.name], |row| row.get(0))?.unwrap_or(0))
    }

    fn give_above(&self, table: Table, highest: i64) -> Result<(), StoreError> {
        let there = "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1";
        if run(&self.0, there, (table.name, highest))? == 0 {
            run(&self.0, "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table.name, highest))?;
        }
        Ok(())
    }
}

impl Archive for File {
    fn columns(&mut self, table: Table) -> Step<'_, Vec<String>> {
        now(self.columns_of(table))
    }

    fn count(&mut self, table: Table) -> Step<'_, u64> {
        let count = one(&self.0, &format!("SELECT count(*) FROM {}", table.name), (), |row| row.get::<_, i64>(0));
        now(count.map(|count| count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default()))
    }

    fn read(&mut self, table: Table, columns: Vec<String>, after: Option<Row>, limit: usize) -> Step<'_, Vec<Row>> {
        now(self.rows(table, &columns, after.as_ref(), limit))
    }

    fn write(&mut self, table: Table, columns: Vec<String>, rows: Vec<Row>) -> Step<'_, ()> {
        now(self.add(table, &columns, &rows))
    }

    fn highest(&mut self, table: Table) -> Step<'_, i64> {
        now(self.given(table))
    }

    fn go_on_from(&mut self, table: Table, highest: i64) -> Step<'_, ()> {
        now(self.give_above(table, highest))
    }

    fn commit(self: Box<Self>) -> Step<'static, ()> {
        now(self.0.execute_batch("COMMIT").map_err(StoreError::from))
    }
}

fn now<'a, T: Send + 'a>(done: Result<T, StoreError>) -> Step<'a, T> {
    Box::pin(std::future::ready(done))
}

fn cell(value: ValueRef<'_>) -> rusqlite::Result<Cell> {
    Ok(match Value::try_from(value)? {
        Value::Null => Cell::Null,
        Value::Integer(number) => Cell::Int(number),
        Value::Text(text) => Cell::Text(text),
        // Tables are strict, and have no other kind.
        Value::Real(_) | Value::Blob(_) => return Err(rusqlite::Error::InvalidQuery),
    })
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Int(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
        })
    }
}
