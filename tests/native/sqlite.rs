//! SQLite as D1 runs it: the same limits, one transaction for each batch. What D1 refuses fails here too, and so does a batch
//! that writes what its audit rows do not tell.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use lead_store::statement::{Database, DatabaseError, Outcome, Row, Statement, Value};
use rusqlite::limits::Limit;
use rusqlite::types::{Value as Stored, ValueRef};
use rusqlite::{Connection, params_from_iter};

use crate::trail::Watch;

/// What D1 allows: its documentation names the first four, its runtime sets them all.
const LIMITS: [(Limit, i32); 8] = [
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
];

/// Whole numbers beyond this do not survive the way through a double.
const LARGEST: i64 = 1 << 53;

/// The migrations by name, in their order.
pub(crate) fn migrations() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    assert!(!files.is_empty(), "there are no migrations");
    let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|file| (name(file), fs::read_to_string(file).unwrap())).collect()
}

/// A migrated database in memory.
pub(crate) struct Sqlite {
    connection: RefCell<Connection>,
    /// None where many thousand batches are run, whose trail other tests hold.
    watch: Option<Watch>,
}

impl Sqlite {
    pub(crate) fn new() -> Self {
        Self::unwatched().watched()
    }

    fn watched(self) -> Self {
        let watch = Watch::on(&self.connection.borrow(), "TEMP");
        Self { watch: Some(watch), ..self }
    }

    /// The same without a look at the trail.
    pub(crate) fn unwatched() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        for (limit, most) in LIMITS {
            connection.set_limit(limit, most).unwrap();
        }
        connection.set_prepared_statement_cache_capacity(1024);
        for (name, text) in migrations() {
            connection.execute_batch(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        Self { connection: RefCell::new(connection), watch: None }
    }

    /// Rows of a query of the test's own.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Row> {
        run(&self.connection.borrow(), sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// A change that the tests make behind the commands' back.
    pub(crate) fn change(&self, sql: &str) {
        let connection = self.connection.borrow();
        connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        self.watch.iter().for_each(|watch| watch.skip(&connection));
    }

    /// What the audit trail leaves out of such a change, or tells wrongly.
    pub(crate) fn unexplained(&self, sql: &str) -> Vec<String> {
        let connection = self.connection.borrow();
        connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        self.watch.as_ref().map(|watch| watch.unexplained(&connection).0).unwrap_or_default()
    }

    /// The steps of a query's plan; nothing is run.
    pub(crate) fn explain(&self, sql: &str) -> Vec<String> {
        let connection = self.connection.borrow();
        let text = format!("EXPLAIN QUERY PLAN {sql}");
        let mut statement = connection.prepare(&text).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        steps
    }
}

impl Database for Sqlite {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        assert!(!statements.is_empty(), "D1 refuses an empty batch");
        let mut connection = self.connection.borrow_mut();
        let transaction = connection.transaction().unwrap();
        let mut outcomes = Vec::new();
        for Statement { sql, params } in statements {
            match run(&transaction, sql, &params) {
                Ok(rows) => outcomes.push(Outcome { rows, ..Outcome::default() }),
                // The words by which the worker knows a collision.
                Err(error) if error.to_string().contains("UNIQUE constraint failed") => {
                    return Err(DatabaseError::Collision);
                }
                Err(error) => panic!("{sql}: {error}"),
            }
        }
        transaction.commit().unwrap();
        let unexplained = self.watch.as_ref().map(|watch| watch.unexplained(&connection).0).unwrap_or_default();
        assert!(unexplained.is_empty(), "not as the audit trail tells: {unexplained:#?}");
        Ok(outcomes)
    }
}

fn run(connection: &Connection, sql: &str, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    assert_eq!(statement.parameter_count(), params.len(), "D1 binds as many values as the highest ?N: {sql}");
    let values = params.iter().map(|value| match value {
        Value::Null => Stored::Null,
        Value::Int(number) => {
            assert!(number.abs() <= LARGEST, "{number} does not survive the way through a double");
            // As D1 binds it: a column of whole numbers makes it whole again, JSON does not.
            Stored::Real(*number as f64)
        }
        Value::Text(text) => Stored::Text(text.clone()),
    });
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut found = statement.query(params_from_iter(values))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut columns = Row::new();
        for (at, name) in names.iter().enumerate() {
            let value = match row.get_ref(at)? {
                ValueRef::Null => serde_json::Value::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap().into(),
                ValueRef::Blob(_) => panic!("no column holds bytes: {name}"),
            };
            columns.insert(name.clone(), value);
        }
        rows.push(columns);
    }
    Ok(rows)
}

fn refusal(sql: &str) -> String {
    run(&Connection::open_in_memory().map(limited).unwrap(), sql, &[]).unwrap_err().to_string()
}

fn limited(connection: Connection) -> Connection {
    for (limit, most) in LIMITS {
        connection.set_limit(limit, most).unwrap();
    }
    connection
}

#[test]
fn what_d1_refuses_is_refused() {
    let long_pattern = format!("SELECT 'a' LIKE '{}'", "a".repeat(51));
    assert!(refusal(&long_pattern).contains("LIKE or GLOB pattern too complex"));
    let six_terms = ["SELECT 1"; 6].join(" UNION ALL ");
    assert!(refusal(&six_terms).contains("too many terms in compound SELECT"));
    assert!(refusal("SELECT ?101").contains("variable number must be between ?1 and ?100"));
    let long_text = format!("SELECT '{}'", "a".repeat(100_000));
    assert!(!refusal(&long_text).is_empty());
}
