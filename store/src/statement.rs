//! A statement with its values, and the rows that come back. The one place that knows what D1 can bind.

use serde::de::DeserializeOwned;

/// A value that D1 binds: no booleans (0 and 1), no fractions, whole numbers within 2^53.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
}

macro_rules! from {
    ($($from:ty, $value:ident => $to:expr;)*) => {
        $(impl From<$from> for Value { fn from($value: $from) -> Self { $to } })*
    };
}

from! {
    i64, value => Self::Int(value);
    i32, value => Self::Int(value.into());
    u8, value => Self::Int(value.into());
    bool, value => Self::Int(value.into());
    String, value => Self::Text(value);
    &str, value => Self::Text(value.into());
    &String, value => Self::Text(value.clone());
    lead_core::time::Instant, value => Self::Int(value.ms());
    &lead_core::id::Id, value => Self::Text(value.as_str().into());
    lead_core::id::Id, value => Self::Text(value.as_str().into());
    serde_json::Value, value => Self::Text(value.to_string());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One SQL statement with its values in order: `?1` is the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The text; never put together from input.
    pub sql: &'static str,
    /// The values.
    pub params: Vec<Value>,
}

/// A statement from its text and values.
macro_rules! statement {
    ($sql:expr $(, $value:expr)* $(,)?) => {
        $crate::statement::Statement { sql: $sql, params: vec![$($crate::statement::Value::from($value)),*] }
    };
}
pub(crate) use statement;

impl Statement {
    /// The statement with its values written into it, for a tool that takes SQL text only.
    #[must_use]
    pub fn literal(&self) -> String {
        let mut out = String::with_capacity(self.sql.len() * 2);
        let mut rest = self.sql;
        while let Some(at) = rest.find('?') {
            out.push_str(&rest[..at]);
            let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
            let index: usize = rest[at + 1..=at + digits].parse().unwrap_or(0);
            match index.checked_sub(1).and_then(|index| self.params.get(index)) {
                Some(Value::Int(number)) => out.push_str(&number.to_string()),
                Some(Value::Text(text)) => out.push_str(&format!("'{}'", text.replace('\'', "''"))),
                Some(Value::Null) | None => out.push_str("NULL"),
            }
            rest = &rest[at + 1 + digits..];
        }
        out.push_str(rest);
        out
    }
}

/// One row by column name.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// What one statement gave back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Rows the database read for it, as D1 bills them.
    pub rows_read: u64,
    /// Rows the database wrote for it, index entries included, as D1 bills them.
    pub rows_written: u64,
}

/// Why a batch did not commit, or why nobody knows.
#[derive(Clone, Debug, PartialEq)]
pub enum DatabaseError {
    /// A unique index collided: somebody else was first. Nothing was written.
    Collision,
    /// Anything else: the outcome is unknown.
    Unavailable(String),
}

/// A database that runs a batch of statements as one transaction.
#[allow(async_fn_in_trait, reason = "the edge is single-threaded: its futures are not Send")]
pub trait Database {
    /// Runs the statements in order, all or none.
    ///
    /// # Errors
    /// [`DatabaseError`]: a collision, or an unknown outcome.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError>;
}

/// What is stored does not have the shape this code wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Corrupt(pub String);

/// Reads a row into a struct of the same column names.
pub(crate) fn read_row<T: DeserializeOwned>(row: &Row) -> Result<T, Corrupt> {
    serde_json::from_value(serde_json::Value::Object(row.clone())).map_err(|error| Corrupt(error.to_string()))
}

/// Reads every row.
pub(crate) fn read_rows<T: DeserializeOwned>(rows: &[Row]) -> Result<Vec<T>, Corrupt> {
    rows.iter().map(read_row).collect()
}

/// Reads the first row, if there is one.
pub(crate) fn read_first<T: DeserializeOwned>(rows: &[Row]) -> Result<Option<T>, Corrupt> {
    rows.first().map(read_row).transpose()
}

#[cfg(test)]
mod tests {
    #[test]
    fn literals_are_quoted() {
        let statement = statement!("INSERT INTO t VALUES (?1, ?2, ?3, ?2, ?10)", "O'Neil?1", 7_i64, None::<i64>);
        assert_eq!(statement.literal(), "INSERT INTO t VALUES ('O''Neil?1', 7, NULL, 7, NULL)");
    }
}
