//! What earlier runs saw: how long calls took and how many tokens, and how many items changed.

use serde::Deserialize;
use shared::canonical::Key;
use shared::compare::Comparison;
use shared::id::{RunId, SetId};
use shared::run::NewRun;

use super::{first, json as read_json, rows};
use crate::bind;
use crate::ports::{Sql, SqlError, Statement};

/// An earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    pub id: RunId,
    pub set_id: SetId,
    /// What was asked for.
    pub config: NewRun,
    /// How it came out beside its baseline; none while it is not done, and without a baseline.
    pub beside_baseline: Option<Comparison>,
}

/// Lists the newest runs, of one set or of all.
pub async fn runs(sql: &impl Sql, set: Option<&SetId>, most: u32) -> Result<Vec<Before>, SqlError> {
    #[derive(Deserialize)]
    struct Stored {
        id: RunId,
        set_id: SetId,
        config: String,
        beside: Option<String>,
    }
    let of_set = if set.is_some() { "WHERE set_id = ?" } else { "" };
    let text = format!(
        "SELECT id, set_id, config, (SELECT json_extract(detail, '$.summary.versus_baseline') FROM run_event \
         WHERE run_id = run.id AND kind = 'done' ORDER BY seq DESC LIMIT 1) AS beside FROM run {of_set} \
         ORDER BY created_at DESC, id DESC LIMIT ?"
    );
    let values = set.map(|set| set.as_str().into()).into_iter().chain([most.into()]);
    let stored = rows::<Stored>(sql, Statement::new(text, values)).await?.into_iter();
    let read = stored.map(|row| {
        Ok(Before {
            id: row.id,
            set_id: row.set_id,
            config: read_json(&row.config)?,
            // A summary of an older shape tells nothing, and is no error.
            beside_baseline: row.beside.and_then(|beside| serde_json::from_str(&beside).ok()),
        })
    });
    read.collect()
}

/// What calls took on the average; none of what no provider told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct Mean {
    pub latency_ms: Option<f64>,
    pub input_tokens: Option<f64>,
    pub output_tokens: Option<f64>,
}

const MEANS: &str =
    "avg(latency_ms) AS latency_ms, avg(input_tokens) AS input_tokens, avg(output_tokens) AS output_tokens";

/// Averages the completions of a run, two hundred of them at most.
pub async fn completions(sql: &impl Sql, run: &RunId) -> Result<Mean, SqlError> {
    let text = format!(
        "SELECT {MEANS} FROM completion WHERE key IN \
         (SELECT completion_key FROM outcome WHERE run_id = ? AND completion_key IS NOT NULL LIMIT 200)"
    );
    Ok(first::<Mean>(sql, Statement::new(text, bind![run.as_str()])).await?.unwrap_or_default())
}

/// Averages those of these judgements for which a judge was asked.
pub async fn judgements(sql: &impl Sql, keys: &[&Key]) -> Result<Mean, SqlError> {
    let text = format!(
        "SELECT {MEANS} FROM judgement WHERE key IN (SELECT value FROM json_each(?)) AND latency_ms > 0"
    );
    let keys = serde_json::to_string(keys).unwrap_or_default();
    Ok(first::<Mean>(sql, Statement::new(text, bind![keys])).await?.unwrap_or_default())
}
