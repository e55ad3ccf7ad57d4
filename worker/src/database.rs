//! D1 as a [`Database`].

use lead_store::statement::{Database, DatabaseError, Outcome, Row, Statement, Value};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, Env};

/// The binding `DB`.
#[derive(Clone)]
pub(crate) struct D1(Rc<D1Database>);

impl D1 {
    pub(crate) fn of(env: &Env) -> worker::Result<Self> {
        env.d1("DB").map(|database| Self(Rc::new(database)))
    }

    fn prepare(&self, statement: &Statement) -> worker::Result<D1PreparedStatement> {
        let values: Vec<JsValue> = statement.params.iter().map(to_js).collect();
        let prepared = self.0.prepare(statement.sql);
        if values.is_empty() { Ok(prepared) } else { prepared.bind(&values) }
    }

    async fn send(&self, statements: &[Statement]) -> worker::Result<Vec<Outcome>> {
        let prepared = statements.iter().map(|statement| self.prepare(statement)).collect::<worker::Result<_>>()?;
        let results = self.0.batch(prepared).await?;
        results
            .iter()
            .map(|result| {
                let meta = result.meta()?;
                let count = |of: Option<usize>| of.and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
                Ok(Outcome {
                    rows: result.results::<Row>()?,
                    rows_read: count(meta.as_ref().and_then(|meta| meta.rows_read)),
                    rows_written: count(meta.as_ref().and_then(|meta| meta.rows_written)),
                })
            })
            .collect()
    }
}

impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        self.send(&statements).await.map_err(|error| {
            let text = error.to_string();
            if text.contains("UNIQUE constraint failed") {
                DatabaseError::Collision
            } else {
                DatabaseError::Unavailable(text)
            }
        })
    }
}

/// D1 refuses `BigInt`, so whole numbers travel as doubles, which hold them exactly up to 2^53.
fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Int(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}
