//! Facts: completions and judgements, each under the hash of the question that it answers.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::canonical::Key;
use shared::chat::answerer::Answerer;
use shared::chat::{Output, Usage};
use shared::judge::Judgement;
use shared::judge::choice::Choice;
use shared::moment::Moment;
use shared::score::Level;

use super::access::moment;
use super::{countable, json as read_json, lists, rows};
use crate::bind;
use crate::ports::{Sql, SqlError, Statement};

/// What a call took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Took {
    pub usage: Usage,
    pub cost_usd: Option<f64>,
    pub latency_ms: u64,
    pub at: Moment,
}

/// What a target answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    pub key: Key,
    pub output: Output,
    pub took: Took,
}

/// What a judge said.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub key: Key,
    pub judge_version: Key,
    pub judgement: Judgement,
    /// None when no judge had to be asked.
    pub took: Took,
}

/// What is kept of a completion when it is read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub output: Output,
    pub latency_ms: u64,
    pub cost_usd: Option<f64>,
    /// When it was answered.
    pub at: Moment,
}

/// Finds the completions that are known among these keys.
pub async fn completions(sql: &impl Sql, keys: &[Key]) -> Result<HashMap<Key, Known>, SqlError> {
    #[derive(Deserialize)]
    struct Stored {
        key: Key,
        output: String,
        latency_ms: u64,
        cost_usd: Option<f64>,
        created_at: f64,
    }
    let text = "SELECT key, output, latency_ms, cost_usd, created_at FROM completion WHERE key IN (SELECT value FROM json_each(?))";
    let stored = rows::<Stored>(sql, Statement::new(text, bind![list(keys)])).await?.into_iter();
    stored
        .map(|row| {
            let known = Known {
                output: read_json(&row.output)?,
                latency_ms: row.latency_ms,
                cost_usd: row.cost_usd,
                at: moment(row.created_at),
            };
            Ok((row.key, known))
        })
        .collect()
}

/// Finds the judgements that are known among these keys.
pub async fn judgements(sql: &impl Sql, keys: &[Key]) -> Result<HashMap<Key, Judgement>, SqlError> {
    #[derive(Deserialize)]
    struct Stored {
        key: Key,
        level: Level,
        reasoning: String,
        evidence: String,
        flags: String,
        choice: Option<Choice>,
        model: Option<String>,
        system_fingerprint: Option<String>,
    }
    let text = "SELECT key, level, reasoning, evidence, flags, choice, model, system_fingerprint FROM judgement WHERE key IN (SELECT value FROM json_each(?))";
    let stored = rows::<Stored>(sql, Statement::new(text, bind![list(keys)])).await?.into_iter();
    let read = stored.map(|row| {
        let judgement = Judgement {
            level: row.level,
            reasoning: row.reasoning,
            evidence: read_json(&row.evidence)?,
            flags: read_json(&row.flags)?,
            choice: row.choice,
            answered_by: row
                .model
                .map(|model| Answerer { model, system_fingerprint: row.system_fingerprint }),
        };
        Ok((row.key, judgement))
    });
    read.collect()
}

/// Finds the levels, and what was chosen for them, of the judgements that are known among these keys.
pub async fn levels(sql: &impl Sql, keys: &[Key]) -> Result<HashMap<Key, (Level, Option<Choice>)>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        key: Key,
        level: Level,
        choice: Option<Choice>,
    }
    let text = "SELECT key, level, choice FROM judgement WHERE key IN (SELECT value FROM json_each(?))";
    let found = rows::<Found>(sql, Statement::new(text, bind![list(keys)])).await?;
    Ok(found.into_iter().map(|row| (row.key, (row.level, row.choice))).collect())
}

/// Writes completions; one that is there already stays as it is.
pub fn add_completions(completions: &[Completion]) -> Vec<Statement> {
    let rows = completions.iter().map(|fact| {
        let mut row = took(&fact.took);
        row["key"] = json!(fact.key);
        row["output"] = json!(json!(fact.output).to_string());
        row
    });
    let text = "INSERT INTO completion (key, output, input_tokens, output_tokens, cost_usd, latency_ms, created_at) \
                SELECT value->>'key', value->>'output', value->>'input_tokens', value->>'output_tokens', value->>'cost_usd', \
                value->>'latency_ms', value->>'created_at' FROM json_each(?) WHERE true ON CONFLICT DO NOTHING";
    lists(rows).into_iter().map(|list| Statement::new(text, bind![list])).collect()
}

/// Writes judgements; one that is there already stays as it is.
pub fn add_judgements(judgements: &[Judged]) -> Vec<Statement> {
    let rows = judgements.iter().map(|fact| {
        let mut row = took(&fact.took);
        row["key"] = json!(fact.key);
        row["judge_version"] = json!(fact.judge_version);
        row["level"] = json!(fact.judgement.level);
        row["reasoning"] = json!(fact.judgement.reasoning);
        row["evidence"] = json!(json!(fact.judgement.evidence).to_string());
        row["flags"] = json!(json!(fact.judgement.flags).to_string());
        row["choice"] = json!(fact.judgement.choice);
        let by = fact.judgement.answered_by.as_ref();
        row["model"] = json!(by.map(|by| &by.model));
        row["system_fingerprint"] = json!(by.and_then(|by| by.system_fingerprint.as_ref()));
        row
    });
    let text = "INSERT INTO judgement (key, judge_version, level, reasoning, evidence, flags, choice, model, system_fingerprint, \
                input_tokens, output_tokens, cost_usd, latency_ms, created_at) SELECT value->>'key', value->>'judge_version', value->>'level', value->>'reasoning', \
                value->>'evidence', value->>'flags', value->>'choice', value->>'model', value->>'system_fingerprint', value->>'input_tokens', value->>'output_tokens', value->>'cost_usd', \
                value->>'latency_ms', value->>'created_at' FROM json_each(?) WHERE true ON CONFLICT DO NOTHING";
    lists(rows).into_iter().map(|list| Statement::new(text, bind![list])).collect()
}

fn took(took: &Took) -> Value {
    json!({
        "input_tokens": countable(took.usage.input_tokens), "output_tokens": countable(took.usage.output_tokens),
        "cost_usd": took.cost_usd,
        "latency_ms": took.latency_ms, "created_at": took.at.millis(),
    })
}

fn list(keys: &[Key]) -> String {
    serde_json::to_string(keys).unwrap_or_default()
}
