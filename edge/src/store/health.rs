//! What tells how steady a judge is: the runs that it judged, responses that it judged twice, what it costs.

use serde::Deserialize;
use shared::canonical::Key;
use shared::id::{RunId, SetId};
use shared::outcome::CriterionRow;

use super::{first, json as read_json, rows};
use crate::bind;
use crate::ports::{Sql, SqlError, Statement};

/// A run that a judge judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub id: RunId,
    pub set_id: SetId,
    /// Everything was asked anew.
    pub fresh: bool,
}

/// How many runs of a judge are looked at: the newest.
const RUNS: u32 = 50;

/// Lists the runs of a judge, the newest first.
pub async fn runs(sql: &impl Sql, judge_version: &Key) -> Result<Vec<Judged>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        id: RunId,
        set_id: SetId,
        fresh: Option<u8>,
    }
    let text = "SELECT id, set_id, config->>'fresh' AS fresh FROM run WHERE judge_version = ? \
                ORDER BY created_at DESC, id DESC LIMIT ?";
    let found = rows::<Found>(sql, Statement::new(text, bind![judge_version.as_str(), RUNS])).await?;
    let judged = |found: Found| Judged { id: found.id, set_id: found.set_id, fresh: found.fresh == Some(1) };
    Ok(found.into_iter().map(judged).collect())
}

/// An item that two runs judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Twice {
    /// Both judged the same new response, and not only the same original.
    pub same_response: bool,
    pub one: Vec<CriterionRow>,
    pub other: Vec<CriterionRow>,
}

/// Reads what two runs say of the first items of one of them, by its seeded order.
pub async fn twice(sql: &impl Sql, one: &RunId, other: &RunId, most: u32) -> Result<Vec<Twice>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        same_response: Option<u8>,
        one: String,
        other: String,
    }
    let text = "SELECT a.completion_key = b.completion_key AS same_response, a.criteria AS one, b.criteria AS other \
                FROM run_item AS mine JOIN outcome AS a ON a.run_id = mine.run_id AND a.item_id = mine.item_id \
                AND a.attempt = mine.attempt JOIN run_item AS theirs ON theirs.run_id = ? AND theirs.item_id = mine.item_id \
                JOIN outcome AS b ON b.run_id = theirs.run_id AND b.item_id = theirs.item_id AND b.attempt = theirs.attempt \
                WHERE mine.run_id = ? AND mine.position < ? ORDER BY mine.position";
    let found = rows::<Found>(sql, Statement::new(text, bind![other.as_str(), one.as_str(), most])).await?;
    let twice = found.into_iter().map(|found| {
        Ok(Twice {
            same_response: found.same_response == Some(1),
            one: read_json(&found.one)?,
            other: read_json(&found.other)?,
        })
    });
    twice.collect()
}

/// Gives what a response costs on the mean, in judgements of it, by the first items of a run; none when a price
/// is not known or is nothing.
pub async fn target_cost(
    sql: &impl Sql,
    run: &RunId,
    most: u32,
    judgements: &[Key],
) -> Result<Option<f64>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        of_target: Option<f64>,
        of_judge: Option<f64>,
    }
    let text = "SELECT (SELECT avg(completion.cost_usd) FROM run_item JOIN outcome ON outcome.run_id = run_item.run_id \
                AND outcome.item_id = run_item.item_id AND outcome.attempt = run_item.attempt \
                JOIN completion ON completion.key = outcome.completion_key \
                WHERE run_item.run_id = ? AND run_item.position < ?) AS of_target, \
                (SELECT avg(cost_usd) FROM judgement WHERE key IN (SELECT value FROM json_each(?))) AS of_judge";
    let keys = serde_json::to_string(judgements).unwrap_or_default();
    let found = first::<Found>(sql, Statement::new(text, bind![run.as_str(), most, keys])).await?;
    let costs = found.and_then(|found| found.of_target.zip(found.of_judge));
    Ok(costs.filter(|(_, judge)| *judge > 0.0).map(|(target, judge)| target / judge))
}
