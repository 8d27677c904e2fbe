//! What is kept: one module per noun, each with its SQL and its row mapping.
//!
//! The only place that writes SQL. Leaves out decisions: what is stored was decided before.

pub mod access;
pub mod audit;
pub mod body;
pub mod canary;
pub mod complaint;
pub mod delivery;
pub mod fact;
pub mod health;
pub mod item;
pub mod known;
pub mod label;
pub mod log;
pub mod outcome;
pub mod page;
pub mod provider;
pub mod retention;
pub mod run;
pub mod schema;
pub mod sealed;
pub mod seen;
pub mod set;
pub mod settings;
pub mod sorted;
pub mod spend;
pub mod target;
pub mod together;
pub mod topic;
pub mod view;
pub mod webhook;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::moment::Moment;

use crate::bind;
use crate::ports::{Row, Sql, SqlError, Statement, read_row};

/// Runs a statement and reads every row as a `T`.
async fn rows<T: DeserializeOwned>(sql: &impl Sql, statement: Statement) -> Result<Vec<T>, SqlError> {
    sql.query(statement).await?.into_iter().map(read_row).collect()
}

/// Runs a statement and reads the first row, if there is one.
async fn first<T: DeserializeOwned>(sql: &impl Sql, statement: Statement) -> Result<Option<T>, SqlError> {
    sql.query(statement).await?.into_iter().next().map(read_row).transpose()
}

/// Deletes what has this id, and what hangs on it. Tells whether it was there.
///
/// It is looked for first: a deletion whose reply is lost is done again, and would find nothing then.
async fn delete(sql: &impl Sql, from: &str, hanging: &[&str], id: &str) -> Result<bool, SqlError> {
    if sql.query(Statement::new(format!("SELECT id FROM {from}"), bind![id])).await?.is_empty() {
        return Ok(false);
    }
    let all = hanging.iter().chain([&from]);
    let deletions = all.map(|from| Statement::new(format!("DELETE FROM {from}"), bind![id]));
    sql.batch(deletions.collect()).await.map(|_| true)
}

/// Takes what has this id off every list: its rows stay. Tells whether it was there; looked for first, as in [`delete`].
async fn take_off(sql: &impl Sql, table: &str, id: &str, now: Moment) -> Result<bool, SqlError> {
    let listed = format!("{table} WHERE id = ? AND deleted_at IS NULL");
    if sql.query(Statement::new(format!("SELECT id FROM {listed}"), bind![id])).await?.is_empty() {
        return Ok(false);
    }
    let text = format!("UPDATE {table} SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL");
    sql.query(Statement::new(text, bind![now, id])).await.map(|_| true)
}

/// Runs a statement that counts rows by feature.
async fn counts(sql: &impl Sql, statement: Statement) -> Result<Vec<(Option<String>, u64)>, SqlError> {
    #[derive(Deserialize)]
    struct Counted {
        feature: Option<String>,
        count: u64,
    }
    let counted = rows::<Counted>(sql, statement).await?;
    Ok(counted.into_iter().map(|row| (row.feature, row.count)).collect())
}

/// Reads a JSON column.
fn json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, SqlError> {
    serde_json::from_str(text).map_err(|error| SqlError::Broken(format!("a column does not read: {error}")))
}

/// Gives a whole number out of a column of the first row; 0 when there is no row.
fn number(rows: &[Row], column: &str) -> u64 {
    let value = rows.first().and_then(|row| row.get(column));
    value.and_then(|value| value.as_u64().or_else(|| value.as_f64().map(|number| number as u64))).unwrap_or(0)
}

/// Gives a number that a column of whole numbers takes and gives back as it was: up to 2^53. What others count beyond
/// that, nobody knows.
fn countable(number: Option<u64>) -> Option<u64> {
    number.filter(|number| *number <= 1 << 53)
}

/// Writes values as JSON lists of about a megabyte at most: a bound text ends at two.
fn lists(values: impl IntoIterator<Item = Value>) -> Vec<String> {
    const MOST: usize = 1_000_000;
    let mut lists: Vec<String> = Vec::new();
    let mut list = String::new();
    for value in values {
        let text = value.to_string();
        if !list.is_empty() && list.len() + text.len() > MOST {
            lists.push(format!("[{}]", std::mem::take(&mut list)));
        }
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&text);
    }
    if !list.is_empty() {
        lists.push(format!("[{list}]"));
    }
    lists
}
