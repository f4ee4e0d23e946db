//! A PostgreSQL database as rows ([`Archive`]).

use deadpool_postgres::Object;
use serde_json::{Map, Value};
use tokio_postgres::types::{ToSql, Type};

use super::fault::Fault;
use super::link::Link;
use super::param::{Param, params};
use super::{PostgresSettings, migrate};
use crate::store::StoreError;
use crate::store::archive::{Archive, Cell, Purpose, Row, Step, TABLES, Table};

/// A database that nobody else writes to until it is dropped.
pub struct Database {
    client: Object,
    link: Link,
}

impl Database {
    /// Connects, and brings the database to this release's form.
    ///
    /// # Errors
    /// It cannot be reached or worked with, or others write to it.
    pub async fn open(settings: &PostgresSettings, purpose: Purpose) -> Result<Self, StoreError> {
        let link = Link::new(settings)?;
        migrate::migrate(&link).await?;
        let client = link.connection().await?;
        let mut archive = Self { client, link };
        let tables: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        // Also for reading: what a server would write meanwhile would stay behind.
        let mode = if purpose == Purpose::Read { "SHARE" } else { "EXCLUSIVE" };
        archive
            .say(&format!(
                "SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; BEGIN; \
                 LOCK TABLE {} IN {mode} MODE",
                tables.join(", ")
            ))
            .await?;
        Ok(archive)
    }

    async fn say(&mut self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).await.map_err(|error| self.told(&error))
    }

    async fn ask(&mut self, sql: &str, params: Vec<Param>) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
        self.client.query(sql, &params).await.map_err(|error| self.told(&error))
    }

    async fn number(&mut self, sql: &str) -> Result<i64, StoreError> {
        let rows = self.ask(sql, params![]).await?;
        rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
    }

    fn told(&self, error: &tokio_postgres::Error) -> StoreError {
        Fault::of(error, self.link.patience()).told(self.link.address.place())
    }

    async fn rows(
        &mut self,
        table: Table,
        columns: Vec<String>,
        after: Option<Row>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let (name, key) = (table.name, table.key.join(", "));
        let places: Vec<String> = (1..=table.key.len()).map(|place| format!("${place}")).collect();
        let above = after.as_ref().map(|_| format!("WHERE ({key}) > ({})", places.join(", "))).unwrap_or_default();
        let sql = format!("SELECT {} FROM {name} {above} ORDER BY {key} LIMIT {limit}", columns.join(", "));
        let after = after.into_iter().flatten().map(param).collect();
        self.ask(&sql, after).await?.iter().map(row).collect()
    }

    async fn add(&mut self, table: Table, columns: Vec<String>, rows: Vec<Row>) -> Result<(), StoreError> {
        let kinds = "SELECT column_name::TEXT, data_type::TEXT FROM information_schema.columns \
                     WHERE table_schema = current_schema() AND table_name::TEXT = $1";
        let mut typed = Vec::new();
        for kind in self.ask(kinds, params![table.name]).await? {
            let (name, kind): (String, String) = (kind.try_get(0)?, kind.try_get(1)?);
            if columns.contains(&name) {
                typed.push(format!("{name} {kind}"));
            }
        }
        let objects = rows.into_iter().map(|row| {
            let fields = columns.iter().cloned().zip(row.into_iter().map(value));
            Value::Object(fields.collect::<Map<String, Value>>())
        });
        let sql = format!(
            "INSERT INTO {name} ({named}) SELECT {named} FROM jsonb_to_recordset($1) AS r ({typed})",
            name = table.name,
            named = columns.join(", "),
            typed = typed.join(", ")
        );
        self.ask(&sql, params![Value::Array(objects.collect())]).await.map(drop)
    }

    async fn give_above(&mut self, table: Table, highest: i64) -> Result<(), StoreError> {
        let Some(column) = table.counted else { return Ok(()) };
        let sql = "SELECT setval(pg_get_serial_sequence($1, $2), greatest($3::BIGINT, 1), $3 > 0)";
        self.ask(sql, params![table.name, column, highest]).await.map(drop)
    }

    async fn finish(mut self) -> Result<(), StoreError> {
        // Versions are counted beside their table, so that the newest can be told from those that were put back.
        let ordinals =
            "SELECT setval('versions_ordinals', greatest(max(ordinal), 1), max(ordinal) IS NOT NULL) FROM versions";
        self.ask(ordinals, params![]).await?;
        self.say("COMMIT; RESET statement_timeout; RESET idle_in_transaction_session_timeout").await
    }
}

impl Archive for Database {
    fn columns(&mut self, table: Table) -> Step<'_, Vec<String>> {
        let sql = "SELECT column_name::TEXT FROM information_schema.columns \
                   WHERE table_schema = current_schema() AND table_name::TEXT = $1 ORDER BY ordinal_position";
        Box::pin(
            async move { self.ask(sql, params![table.name]).await?.iter().map(|row| Ok(row.try_get(0)?)).collect() },
        )
    }

    fn count(&mut self, table: Table) -> Step<'_, u64> {
        Box::pin(async move {
            let count = self.number(&format!("SELECT count(*) FROM {}", table.name)).await?;
            Ok(u64::try_from(count).unwrap_or_default())
        })
    }

    fn read(&mut self, table: Table, columns: Vec<String>, after: Option<Row>, limit: usize) -> Step<'_, Vec<Row>> {
        Box::pin(self.rows(table, columns, after, limit))
    }

    fn write(&mut self, table: Table, columns: Vec<String>, rows: Vec<Row>) -> Step<'_, ()> {
        Box::pin(self.add(table, columns, rows))
    }

    fn highest(&mut self, table: Table) -> Step<'_, i64> {
        Box::pin(async move {
            let column = table.counted.unwrap_or_default();
            let sequence = "SELECT pg_get_serial_sequence($1, $2)::TEXT";
            let rows = self.ask(sequence, params![table.name, column]).await?;
            let Some(sequence) = rows.first().map(|row| row.try_get::<_, Option<String>>(0)).transpose()?.flatten()
            else {
                return Ok(0);
            };
            self.number(&format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")).await
        })
    }

    fn go_on_from(&mut self, table: Table, highest: i64) -> Step<'_, ()> {
        Box::pin(self.give_above(table, highest))
    }

    fn commit(self: Box<Self>) -> Step<'static, ()> {
        Box::pin(self.finish())
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let cell = |(place, column): (usize, &tokio_postgres::Column)| {
        Ok(if *column.type_() == Type::INT8 {
            row.try_get::<_, Option<i64>>(place)?.map_or(Cell::Null, Cell::Int)
        } else {
            row.try_get::<_, Option<String>>(place)?.map_or(Cell::Null, Cell::Text)
        })
    };
    row.columns().iter().enumerate().map(cell).collect()
}

fn param(cell: Cell) -> Param {
    match cell {
        Cell::Null => Param::Null,
        Cell::Int(number) => number.into(),
        Cell::Text(text) => text.into(),
    }
}

fn value(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => number.into(),
        Cell::Text(text) => text.into(),
    }
}
