//! What the items of a run say, and what the judge said against their responses.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;
use shared::canonical::Key;
use shared::id::{ItemId, RunId};
use shared::outcome::CriterionRow;
use shared::topics::texts;

use super::super::{json as read_json, lists, rows};
use super::Questions;
use crate::bind;
use crate::ports::{Sql, SqlError, Statement};

/// The most characters of one judgement's reasoning, and of what it quotes.
const REASONING: u32 = 600;
const QUOTES: u32 = 400;

/// What one item says, and what was asked about its response if that scores below a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub item_id: ItemId,
    pub request_preview: String,
    pub against: Option<Vec<(CriterionRow, Questions)>>,
}

/// Reads the first items of a run that have an outcome, by its seeded order, which makes them a random sample.
pub async fn of(sql: &impl Sql, run: &RunId, below: f64) -> Result<Vec<Said>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        item_id: ItemId,
        request_preview: String,
        criteria: Option<String>,
        questions: Option<String>,
    }
    let text = "SELECT run_item.item_id AS item_id, request_preview, CASE WHEN score < ? THEN criteria END AS criteria, \
                CASE WHEN score < ? THEN questions END AS questions FROM run_item JOIN outcome ON outcome.run_id = run_item.run_id \
                AND outcome.item_id = run_item.item_id AND outcome.attempt = run_item.attempt \
                JOIN set_item ON set_item.id = run_item.item_id WHERE run_item.run_id = ? ORDER BY position LIMIT ?";
    let values = bind![below, below, run.as_str(), texts::MOST];
    let found = rows::<Found>(sql, Statement::new(text, values)).await?.into_iter();
    let said = found.map(|row| {
        let against = row.criteria.zip(row.questions).map(|(criteria, questions)| {
            let (criteria, questions): (Vec<_>, Vec<_>) = (read_json(&criteria)?, read_json(&questions)?);
            Ok(criteria.into_iter().zip(questions).collect())
        });
        Ok(Said { item_id: row.item_id, request_preview: row.request_preview, against: against.transpose()? })
    });
    said.collect()
}

/// Reads the heads of what judgements say and quote.
pub async fn judgements(sql: &impl Sql, keys: &[Key]) -> Result<HashMap<Key, [String; 2]>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        key: Key,
        reasoning: String,
        quotes: Option<String>,
    }
    let text = "SELECT key, substr(reasoning, 1, ?) AS reasoning, substr((SELECT group_concat(quote.value->>'quote', ' ') \
                FROM json_each(evidence) AS quote), 1, ?) AS quotes FROM judgement WHERE key IN (SELECT value FROM json_each(?))";
    let mut said = HashMap::new();
    for list in lists(keys.iter().map(|key| json!(key))) {
        let found = rows::<Found>(sql, Statement::new(text, bind![REASONING, QUOTES, list])).await?;
        said.extend(found.into_iter().map(|row| (row.key, [row.reasoning, row.quotes.unwrap_or_default()])));
    }
    Ok(said)
}
