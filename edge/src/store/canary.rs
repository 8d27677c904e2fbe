//! Canaries: which cases with a known answer a run has, and what came of them.

use serde::Deserialize;
use serde_json::json;
use shared::id::{ItemId, RunId};
use shared::judge::canary::{Name, Tried};
use shared::summary::Canaries;

use super::{json as read_json, rows};
use crate::bind;
use crate::ports::{Sql, SqlError, Statement};

/// A canary of a run: what it tries, on which criterion, with which items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Drawn {
    pub position: u32,
    pub name: Name,
    /// The place of the criterion in the run's list.
    pub criterion: usize,
    pub item_id: ItemId,
    /// Whose reference is an answer to something else.
    pub other_id: Option<ItemId>,
}

/// Writes the canaries of a new run.
pub fn add(run: &RunId, canaries: &[Drawn]) -> Statement {
    let text = "INSERT INTO canary (run_id, position, name, criterion, item_id, other_id) SELECT ?, value->>'position', \
                value->>'name', value->>'criterion', value->>'item_id', value->>'other_id' FROM json_each(?)";
    let rows = canaries.iter().map(|canary| {
        json!({
            "position": canary.position, "name": canary.name, "criterion": canary.criterion,
            "item_id": canary.item_id, "other_id": canary.other_id,
        })
    });
    Statement::new(text, bind![run.as_str(), json!(rows.collect::<Vec<_>>()).to_string()])
}

/// Gives the canaries of a run that have no answer.
pub async fn open(sql: &impl Sql, run: &RunId) -> Result<Vec<Drawn>, SqlError> {
    let text = "SELECT position, name, criterion, item_id, other_id FROM canary WHERE run_id = ? AND answer IS NULL \
                ORDER BY position";
    rows(sql, Statement::new(text, bind![run.as_str()])).await
}

/// Writes what came of canaries; an answer that is there already stays as it is.
pub fn answer(run: &RunId, answers: &[(u32, Tried)]) -> Option<Statement> {
    let text = "UPDATE canary SET answer = given.value->>'answer' FROM json_each(?) AS given \
                WHERE canary.run_id = ? AND canary.position = given.value->>'position' AND canary.answer IS NULL";
    let rows = answers
        .iter()
        .map(|(position, tried)| json!({"position": position, "answer": json!(tried).to_string()}));
    let list = json!(rows.collect::<Vec<_>>()).to_string();
    if answers.is_empty() { None } else { Some(Statement::new(text, bind![list, run.as_str()])) }
}

/// Opens what the judge gave no answer to for another try.
pub fn retry(run: &RunId) -> Statement {
    let text = "UPDATE canary SET answer = NULL WHERE run_id = ?1 AND answer->>'level' IS NULL \
                AND (SELECT kind FROM run_event WHERE run_id = ?1 ORDER BY seq DESC LIMIT 1) = 'retried'";
    Statement::new(text, bind![run.as_str()])
}

/// Adds up what came of a run's canaries.
pub async fn summed(sql: &impl Sql, run: &RunId) -> Result<Canaries, SqlError> {
    #[derive(Deserialize)]
    struct Stored {
        answer: String,
    }
    let text = "SELECT answer FROM canary WHERE run_id = ? AND answer IS NOT NULL ORDER BY position";
    let stored = rows::<Stored>(sql, Statement::new(text, bind![run.as_str()])).await?;
    let tried: Vec<Tried> = stored.iter().map(|row| read_json(&row.answer)).collect::<Result<_, _>>()?;
    Ok(Canaries {
        run: tried.iter().filter(|tried| tried.level.is_some()).count() as u64,
        missed: tried.iter().filter_map(Tried::missed).collect(),
    })
}
