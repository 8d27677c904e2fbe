//! The database, D1.
//!
//! Rows cross from JavaScript as one JSON text, not value by value.

use serde::Deserialize;
use worker::D1PreparedStatement;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{Array, JSON, Promise};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::D1Database;

use super::{Cloudflare, memory, words};
use crate::ports::{Bound, Row, Sql, SqlError, Statement};
use crate::store::complaint;

const BINDING: &str = "DB";

impl Sql for Cloudflare {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, SqlError> {
        if self.remembers {
            return memory::query(self, statement, async |statement| self.ask(statement).await).await;
        }
        self.ask(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, SqlError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let changes = memory::note_changes(&statements);
        let found =
            complaint::patiently(self, &statements, async || self.several(&statements).await.map_err(said))
                .await;
        if changes {
            memory::note_changes(&statements);
        }
        Ok(found?.into_iter().map(|found| found.results).collect())
    }
}

/// What the database gives for a statement.
#[derive(Debug, Deserialize)]
struct Found {
    #[serde(default)]
    results: Vec<Row>,
}

impl Cloudflare {
    async fn ask(&self, statement: Statement) -> Result<Vec<Row>, SqlError> {
        let statements = std::slice::from_ref(&statement);
        let changes = memory::note_changes(statements);
        let found =
            complaint::patiently(self, statements, async || self.one(&statement).await.map_err(said)).await;
        if changes {
            memory::note_changes(statements);
        }
        Ok(found?.results)
    }

    async fn one(&self, statement: &Statement) -> Result<Found, JsValue> {
        let database = self.env.d1(BINDING)?;
        let prepared = prepare(database.as_ref().unchecked_ref(), statement)?;
        read(prepared.inner().all()?).await
    }

    async fn several(&self, statements: &[Statement]) -> Result<Vec<Found>, JsValue> {
        let database = self.env.d1(BINDING)?;
        let database: &D1Database = database.as_ref().unchecked_ref();
        let prepared = statements.iter().map(|statement| Ok(prepare(database, statement)?.inner().clone()));
        let prepared: Array = prepared.collect::<Result<Vec<_>, JsValue>>()?.into_iter().collect();
        read(database.batch(prepared)?).await
    }
}

/// Gives the words of what the database threw.
fn said(thrown: JsValue) -> String {
    words(&thrown)
}

fn prepare(database: &D1Database, statement: &Statement) -> Result<D1PreparedStatement, JsValue> {
    let prepared = D1PreparedStatement::from(database.prepare(&statement.sql)?);
    let values: Vec<_> = statement.values.iter().map(bound).collect();
    Ok(prepared.bind(&values)?)
}

fn bound(value: &Bound) -> JsValue {
    match value {
        Bound::Null => JsValue::NULL,
        Bound::Number(number) => JsValue::from_f64(*number),
        Bound::Text(text) => JsValue::from_str(text),
    }
}

async fn read<T: for<'a> Deserialize<'a>>(promise: Promise) -> Result<T, JsValue> {
    let given = JsFuture::from(promise).await?;
    let text = String::from(JSON::stringify(&given)?);
    serde_json::from_str(&text).map_err(|error| JsValue::from_str(&format!("the rows do not read: {error}")))
}
