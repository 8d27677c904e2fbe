//! The database, D1.
//!
//! Rows cross from JavaScript as one JSON text, not value by value.

use serde::Deserialize;
use worker::D1PreparedStatement;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{Array, JSON, Promise};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::D1Database;

use super::{Cloudflare, clock, memory, words};
use crate::ports::{Bound, Clock, Random, Row, Sql, SqlError, Statement};

const BINDING: &str = "DB";

/// How often a statement is tried that may pass next time.
const TRIES: u32 = 3;

impl Sql for Cloudflare {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, SqlError> {
        if self.remembers {
            return memory::query(self.now(), statement, async |statement| self.ask(statement).await).await;
        }
        self.ask(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, SqlError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let changes = memory::note_changes(&statements);
        let found = self.patiently(async || self.several(&statements).await).await;
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
        let found = self.patiently(async || self.one(&statement).await).await;
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

    /// Tries again what may pass next time, after a short wait that is drawn anew for each.
    async fn patiently<T>(&self, attempt: impl AsyncFn() -> Result<T, JsValue>) -> Result<T, SqlError> {
        let mut tried = 1;
        loop {
            let error = match attempt().await {
                Ok(found) => return Ok(found),
                Err(thrown) => class(words(&thrown)),
            };
            if tried == TRIES || !may_pass(&error) {
                return Err(error);
            }
            let [jitter] = self.bytes();
            clock::delay(u64::from(jitter) * u64::from(tried)).await;
            tried += 1;
        }
    }
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

/// Classes what the database says.
fn class(message: String) -> SqlError {
    /// What its documentation says may pass on a second try, and that it has too much to do.
    const PASSING: [&str; 4] = [
        "Network connection lost",
        "storage caused object to be reset",
        "reset because its code was updated",
        "D1 DB is overloaded",
    ];
    /// What it says when it has no more room: the platform's limit, and that of the file.
    const FULL: [&str; 2] = ["Exceeded maximum DB size", "database or disk is full"];
    if message.contains("UNIQUE constraint failed") {
        return SqlError::Taken(message);
    }
    if FULL.iter().any(|known| message.contains(known)) {
        return SqlError::Full(message);
    }
    let passes = PASSING.iter().any(|known| message.contains(known));
    if passes { SqlError::Busy(message) } else { SqlError::Broken(message) }
}

/// Tells whether to try again. A database that has too much to do gets no more of it from here.
fn may_pass(error: &SqlError) -> bool {
    matches!(error, SqlError::Busy(message) if !message.contains("overloaded"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(message: &str, expected: Expect) {
        let error = class(message.to_owned());
        let kind = match error {
            SqlError::Taken(_) => "taken",
            SqlError::Busy(_) => "busy",
            SqlError::Full(_) => "full",
            SqlError::Broken(_) => "broken",
        };
        expected.assert_eq(&format!("{kind} again={}", may_pass(&error)));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        check("D1_ERROR: Network connection lost.", expect!["busy again=true"]);
        check("D1_ERROR: D1 DB reset because its code was updated.", expect!["busy again=true"]);
        check("Internal error in D1 DB storage caused object to be reset.", expect!["busy again=true"]);
        check("D1_ERROR: D1 DB is overloaded. Too many requests queued.", expect!["busy again=false"]);
        check(
            "D1_ERROR: UNIQUE constraint failed: provider.name: SQLITE_CONSTRAINT",
            expect!["taken again=false"],
        );
        check("D1_ERROR: Exceeded maximum DB size", expect!["full again=false"]);
        check("D1_ERROR: database or disk is full: SQLITE_FULL", expect!["full again=false"]);
        check("D1_ERROR: no such table: log: SQLITE_ERROR", expect!["broken again=false"]);
    }
}
