//! What the target of a run answered.

use serde::Deserialize;
use shared::chat::Output;
use shared::id::{ItemId, RunId};
use shared::moment::Moment;

use super::super::access::moment;
use super::super::{body, json as read_json, rows};
use crate::bind;
use crate::ports::{Sql, SqlError, Statement};

/// What became of the question to the target about one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The place of the item in the run.
    pub position: u64,
    pub item_id: ItemId,
    pub output: Option<Output>,
    /// Why there is no answer.
    pub error: Option<String>,
    pub latency_ms: Option<u64>,
    pub cost_usd: Option<f64>,
    /// When it was answered.
    pub at: Option<Moment>,
}

/// Reads some of the items of a run that have an outcome, from a place in its order on: no more than are held at once
/// with the items themselves.
pub async fn page(sql: &impl Sql, run: &RunId, from: u64) -> Result<Vec<Answer>, SqlError> {
    #[derive(Deserialize)]
    struct Sized {
        position: u64,
        size: u64,
    }
    let text = format!(
        "SELECT position, coalesce(octet_length(output), 0) + {} AS size FROM run_item \
         JOIN outcome ON outcome.run_id = run_item.run_id AND outcome.item_id = run_item.item_id \
         AND outcome.attempt = run_item.attempt JOIN set_item ON set_item.id = run_item.item_id \
         LEFT JOIN completion ON completion.key = outcome.completion_key \
         WHERE run_item.run_id = ? AND position >= ? ORDER BY position LIMIT ?",
        body::SIZE
    );
    let values = bind![run.as_str(), from, body::MOST_ROWS];
    let found = rows::<Sized>(sql, Statement::new(text, values)).await?;
    let positions = body::page_of(found.into_iter().map(|row| (row.position, row.size)).collect());
    match positions.last() {
        Some(last) => between(sql, run, from, *last).await,
        None => Ok(Vec::new()),
    }
}

async fn between(sql: &impl Sql, run: &RunId, from: u64, last: u64) -> Result<Vec<Answer>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        position: u64,
        item_id: ItemId,
        output: Option<String>,
        error: Option<String>,
        latency_ms: Option<u64>,
        cost_usd: Option<f64>,
        created_at: Option<f64>,
    }
    let text = "SELECT position, run_item.item_id AS item_id, output, error, completion.latency_ms AS latency_ms, \
                completion.cost_usd AS cost_usd, completion.created_at AS created_at FROM run_item \
                JOIN outcome ON outcome.run_id = run_item.run_id AND outcome.item_id = run_item.item_id \
                AND outcome.attempt = run_item.attempt LEFT JOIN completion ON completion.key = outcome.completion_key \
                WHERE run_item.run_id = ? AND position BETWEEN ? AND ? ORDER BY position";
    let found = rows::<Found>(sql, Statement::new(text, bind![run.as_str(), from, last])).await?;
    let answers = found.into_iter().map(|row| {
        Ok(Answer {
            position: row.position,
            item_id: row.item_id,
            output: row.output.as_deref().map(read_json).transpose()?,
            error: row.error,
            latency_ms: row.latency_ms,
            cost_usd: row.cost_usd,
            at: row.created_at.map(moment),
        })
    });
    answers.collect()
}
