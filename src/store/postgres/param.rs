//! Between our values and PostgreSQL's. Owned, so that an operation borrows nothing; PostgreSQL keeps no NUL in a text, so
//! that every text loses it here.

use bytes::BytesMut;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::clock::Timestamp;
use crate::store::StoreError;
use crate::store::names::ROWS_MAX;

/// A value for a statement.
#[derive(Debug, Clone)]
pub enum Param {
    Null,
    Int(i64),
    Text(String),
    Ints(Vec<i64>),
    Texts(Vec<String>),
    /// JSON, for a function that takes many rows.
    Json(Value),
}

type Written = Result<IsNull, Box<dyn std::error::Error + Sync + Send>>;

impl ToSql for Param {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Written {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Ints(numbers) => numbers.to_sql(kind, out),
            Self::Texts(texts) => texts.to_sql(kind, out),
            Self::Json(value) => {
                // The form of a JSONB that is sent: one byte, and then its text.
                out.extend_from_slice(&[1]);
                out.extend_from_slice(value.to_string().as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::INT8_ARRAY, Type::TEXT_ARRAY, Type::JSONB].contains(kind)
    }

    to_sql_checked!();
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Param {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Param {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}

impl From<Timestamp> for Param {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.timestamp_millis())
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(without_nul(text))
    }
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<Vec<i64>> for Param {
    fn from(numbers: Vec<i64>) -> Self {
        Self::Ints(numbers)
    }
}

impl From<Vec<String>> for Param {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts.into_iter().map(without_nul).collect())
    }
}

impl From<Value> for Param {
    fn from(mut value: Value) -> Self {
        clean(&mut value);
        Self::Json(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Values for a statement, in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::postgres::param::Param::from($value)),*]
    };
}
pub(super) use params;

/// A text as PostgreSQL can keep it.
pub fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

fn clean(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{FFFD}"),
        Value::Array(values) => values.iter_mut().for_each(clean),
        Value::Object(fields) => fields.values_mut().for_each(clean),
        _ => {}
    }
}

/// A column by name.
pub fn get<'a, T: FromSql<'a>>(row: &'a Row, column: &str) -> Result<T, StoreError> {
    Ok(row.try_get(column)?)
}

/// A column with a small number.
pub fn get_u32(row: &Row, column: &str) -> Result<u32, StoreError> {
    Ok(u32::try_from(get::<i64>(row, column)?).unwrap_or_default())
}

/// A column with a small number that may be missing.
pub fn maybe_u32(row: &Row, column: &str) -> Result<Option<u32>, StoreError> {
    Ok(get::<Option<i64>>(row, column)?.and_then(|number| u32::try_from(number).ok()))
}

/// A flag.
pub fn get_flag(row: &Row, column: &str) -> Result<bool, StoreError> {
    Ok(get::<i64>(row, column)? != 0)
}

/// A time.
pub fn get_time(row: &Row, column: &str) -> Result<Timestamp, StoreError> {
    Ok(time(get(row, column)?))
}

/// A time that may be missing.
pub fn maybe_time(row: &Row, column: &str) -> Result<Option<Timestamp>, StoreError> {
    Ok(get::<Option<i64>>(row, column)?.map(time))
}

/// A stored time. What no calendar holds cannot have been written by us; it reads as 1970.
pub fn time(millis: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(millis).unwrap_or_default()
}

/// At most so many rows come back from one query.
pub fn at_most(limit: u32) -> i64 {
    i64::from(limit.min(ROWS_MAX))
}

/// A duration in milliseconds.
pub fn span(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_holds_a_nul() {
        let Param::Json(value) = Param::from(serde_json::json!({ "a": ["x\0y", { "b": "\0" }], "c": 1 })) else {
            panic!("it is JSON");
        };
        assert_eq!(value, serde_json::json!({ "a": ["x\u{FFFD}y", { "b": "\u{FFFD}" }], "c": 1 }));
        assert!(matches!(Param::from("a\0b"), Param::Text(text) if text == "a\u{FFFD}b"));
    }
}
