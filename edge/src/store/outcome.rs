//! Outcomes: one for each item of a run and each attempt; the newest attempt is the one that counts.

pub mod answer;
mod columns;
pub mod results;
mod slice;
pub mod text;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::canonical::Key;
use shared::criteria::Criterion;
use shared::id::{ItemId, LogId, RunId};
use shared::judge::Unscored;
use shared::moment::Moment;
use shared::outcome::{Change, CriterionRow, Row, Verdict};
use shared::scorer::Scorers;
use shared::scorer::result::ScorerResult;
use shared::slices::properties::Properties;
use shared::summary::Scores;

use self::columns::Gathered;
use super::{first, json as read_json, lists, rows};
use crate::bind;
use crate::ports::{Sql, SqlError, Statement, read_row};

/// An outcome that is ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    pub item_id: ItemId,
    pub attempt: u32,
    pub verdict: Verdict,
    pub score: Option<f64>,
    pub baseline_score: Option<f64>,
    pub change: Option<Change>,
    pub criteria: Vec<CriterionRow>,
    pub scorers: Vec<ScorerResult>,
    pub baseline_scorers: Vec<ScorerResult>,
    pub questions: Vec<Questions>,
    pub completion_key: Option<Key>,
    pub error: Option<String>,
    pub response_preview: String,
    pub flags: Vec<shared::judge::Flag>,
    /// None of an item without an answer.
    pub properties: Option<Properties>,
    pub latency_ms: Option<u64>,
    pub cost_usd: Option<f64>,
    pub at: Moment,
}

/// Where one criterion's judgements are found: the keys of what was asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Questions {
    pub candidate: Asked,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Asked>,
}

/// The questions about one response on one criterion, one for each repeat.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub keys: Vec<Key>,
    /// Those of each judge of the panel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panel: Vec<Vec<Key>>,
    /// Why a repeat has no judgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscored: Option<Unscored>,
}

/// Writes outcomes as the run's next batch; one that is there already stays as it is.
///
/// Writes come one after the other, so that what is stored later has a higher number, whoever decided it when.
pub fn add(run: &RunId, outcomes: &[Finished]) -> Vec<Statement> {
    let rows = outcomes.iter().map(|outcome| {
        json!({
            "item_id": outcome.item_id, "attempt": outcome.attempt, "verdict": outcome.verdict, "score": outcome.score,
            "baseline_score": outcome.baseline_score, "change": outcome.change, "criteria": json!(outcome.criteria).to_string(),
            "scorers": json!(outcome.scorers).to_string(), "baseline_scorers": json!(outcome.baseline_scorers).to_string(),
            "questions": json!(outcome.questions).to_string(), "completion_key": outcome.completion_key, "error": outcome.error,
            "response_preview": outcome.response_preview, "flags": json!(outcome.flags).to_string(),
            "properties": outcome.properties.as_ref().map(|properties| json!(properties).to_string()),
            "latency_ms": outcome.latency_ms, "cost_usd": outcome.cost_usd, "created_at": outcome.at.millis(),
        })
    });
    let text = "INSERT INTO outcome (run_id, item_id, attempt, verdict, score, baseline_score, change, criteria, scorers, \
                baseline_scorers, questions, \
                completion_key, error, response_preview, flags, properties, latency_ms, cost_usd, created_at, batch) \
                SELECT ?1, value->>'item_id', value->>'attempt', value->>'verdict', value->>'score', value->>'baseline_score', \
                value->>'change', value->>'criteria', value->>'scorers', value->>'baseline_scorers', value->>'questions', value->>'completion_key', value->>'error', \
                value->>'response_preview', value->>'flags', value->>'properties', value->>'latency_ms', value->>'cost_usd', value->>'created_at', \
                (SELECT coalesce(max(batch), 0) + 1 FROM outcome WHERE run_id = ?1) \
                FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING";
    lists(rows).into_iter().map(|list| Statement::new(text, bind![run.as_str(), list])).collect()
}

#[derive(Deserialize)]
struct Stored {
    item_id: ItemId,
    log_id: Option<LogId>,
    feature: Option<String>,
    verdict: Verdict,
    score: Option<f64>,
    baseline_score: Option<f64>,
    change: Option<Change>,
    criteria: String,
    /// None of an outcome that is older than scorers.
    scorers: Option<String>,
    request_preview: String,
    response_preview: String,
    latency_ms: Option<u64>,
    cost_usd: Option<f64>,
    flags: String,
    sort: f64,
}

impl Stored {
    fn row(self) -> Result<Row, SqlError> {
        Ok(Row {
            item_id: self.item_id,
            log_id: self.log_id,
            feature: self.feature,
            verdict: self.verdict,
            score: self.score,
            baseline_score: self.baseline_score,
            change: self.change,
            criteria: read_json(&self.criteria)?,
            scorers: results(self.scorers.as_deref())?,
            request_preview: self.request_preview,
            response_preview: self.response_preview,
            latency_ms: self.latency_ms,
            cost_usd: self.cost_usd,
            flags: read_json(&self.flags)?,
        })
    }
}

fn results(stored: Option<&str>) -> Result<Vec<ScorerResult>, SqlError> {
    stored.map_or_else(|| Ok(Vec::new()), read_json)
}

const COLUMNS: &str = "outcome.item_id AS item_id, log_id, feature, verdict, score, baseline_score, change, criteria, scorers, \
                       request_preview, response_preview, latency_ms, cost_usd, flags";

const JOINED: &str = "FROM outcome JOIN run_item ON run_item.run_id = outcome.run_id AND run_item.item_id = outcome.item_id \
                      AND run_item.attempt = outcome.attempt JOIN set_item ON set_item.id = outcome.item_id WHERE outcome.run_id = ?";

/// One outcome with the keys of its facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    pub row: Row,
    pub baseline_scorers: Vec<ScorerResult>,
    pub questions: Vec<Questions>,
    pub completion_key: Option<Key>,
    pub error: Option<String>,
}

/// Reads one outcome of a run.
pub async fn get(sql: &impl Sql, run: &RunId, item: &ItemId) -> Result<Option<Whole>, SqlError> {
    #[derive(Deserialize)]
    struct StoredWhole {
        #[serde(flatten)]
        row: Stored,
        baseline_scorers: Option<String>,
        questions: String,
        completion_key: Option<Key>,
        error: Option<String>,
    }
    let text = format!(
        "SELECT {COLUMNS}, 0 AS sort, baseline_scorers, questions, outcome.completion_key AS completion_key, error {JOINED} AND outcome.item_id = ?"
    );
    let found = first::<StoredWhole>(sql, Statement::new(text, bind![run.as_str(), item.as_str()])).await?;
    let whole = found.map(|stored| {
        Ok(Whole {
            row: stored.row.row()?,
            baseline_scorers: results(stored.baseline_scorers.as_deref())?,
            questions: read_json(&stored.questions)?,
            completion_key: stored.completion_key,
            error: stored.error,
        })
    });
    whole.transpose()
}

/// Reads some outcomes of a run as lists show them, in no order.
pub async fn rows_of(sql: &impl Sql, run: &RunId, items: &[&ItemId]) -> Result<Vec<Row>, SqlError> {
    let text = format!(
        "SELECT {COLUMNS}, 0 AS sort {JOINED} AND outcome.item_id IN (SELECT value FROM json_each(?))"
    );
    let wanted = serde_json::to_string(items).unwrap_or_default();
    let stored = rows::<Stored>(sql, Statement::new(text, bind![run.as_str(), wanted])).await?;
    stored.into_iter().map(Stored::row).collect()
}

/// Where a listener stands among a run's outcomes, in the order in which they were stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    pub batch: u64,
    /// The last item of that batch; empty before the first.
    pub item: String,
}

/// Asks for the outcomes that were stored after those that were heard, so many at most.
pub fn after(run: &RunId, heard: &Heard, most: u32) -> Statement {
    // The index is the order: the other table must not lead.
    let text = format!(
        "SELECT {COLUMNS}, batch AS sort FROM outcome CROSS JOIN set_item ON set_item.id = outcome.item_id \
         WHERE outcome.run_id = ? AND superseded IS NULL AND (outcome.batch, outcome.item_id) > (?, ?) ORDER BY outcome.batch, outcome.item_id LIMIT ?"
    );
    Statement::new(text, bind![run.as_str(), heard.batch, heard.item.as_str(), most])
}

/// Reads what [`after`] gave: each outcome, and where a listener stands who has heard it.
pub fn read_after(found: Vec<crate::ports::Row>) -> Result<Vec<(Heard, Row)>, SqlError> {
    let read = found.into_iter().map(|row| {
        let stored: Stored = read_row(row)?;
        let heard = Heard { batch: stored.sort as u64, item: stored.item_id.to_string() };
        Ok((heard, stored.row()?))
    });
    read.collect()
}

/// What one outcome says of whether a person should look at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub item_id: ItemId,
    /// None when it has no score.
    pub score: Option<f64>,
    pub change: Option<Change>,
    pub criteria: Vec<CriterionRow>,
    pub scorers: Vec<ScorerResult>,
    pub flags: Vec<shared::judge::Flag>,
    pub questions: Vec<Questions>,
}

/// Looks at all outcomes of a run, in the run's order.
pub async fn looks(sql: &impl Sql, run: &RunId) -> Result<Vec<Look>, SqlError> {
    #[derive(Deserialize)]
    struct StoredLook {
        item_id: ItemId,
        score: Option<f64>,
        change: Option<Change>,
        criteria: String,
        scorers: Option<String>,
        flags: String,
        questions: String,
    }
    let text = "SELECT run_item.item_id AS item_id, score, change, criteria, scorers, flags, questions \
                FROM run_item JOIN outcome ON outcome.run_id = run_item.run_id AND outcome.item_id = run_item.item_id \
                AND outcome.attempt = run_item.attempt WHERE run_item.run_id = ? ORDER BY position";
    let stored = rows::<StoredLook>(sql, Statement::new(text, bind![run.as_str()])).await?;
    let looks = stored.into_iter().map(|row| {
        Ok(Look {
            item_id: row.item_id,
            score: row.score,
            change: row.change,
            criteria: read_json(&row.criteria)?,
            scorers: results(row.scorers.as_deref())?,
            flags: read_json(&row.flags)?,
            questions: read_json(&row.questions)?,
        })
    });
    looks.collect()
}

/// How one item ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub item_id: ItemId,
    /// None when it has no score.
    pub passes: Option<bool>,
    pub completion_key: Option<Key>,
}

/// Tells how each item of a run ended.
pub async fn verdicts(sql: &impl Sql, run: &RunId) -> Result<Vec<Ended>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        item_id: ItemId,
        verdict: Verdict,
        completion_key: Option<Key>,
    }
    let text = "SELECT run_item.item_id AS item_id, verdict, outcome.completion_key AS completion_key \
                FROM run_item JOIN outcome ON outcome.run_id = run_item.run_id AND outcome.item_id = run_item.item_id \
                AND outcome.attempt = run_item.attempt WHERE run_item.run_id = ?";
    let found = rows::<Found>(sql, Statement::new(text, bind![run.as_str()])).await?;
    let ended = found.into_iter().map(|row| Ended {
        item_id: row.item_id,
        passes: row.verdict.passes(),
        completion_key: row.completion_key,
    });
    Ok(ended.collect())
}

/// Gives what the judge was asked about the first items of a run, by its seeded order.
pub async fn asked(sql: &impl Sql, run: &RunId, most: u32) -> Result<Vec<Vec<Questions>>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        questions: String,
    }
    let text = "SELECT questions FROM run_item JOIN outcome ON outcome.run_id = run_item.run_id AND outcome.item_id = run_item.item_id \
                AND outcome.attempt = run_item.attempt WHERE run_item.run_id = ? AND position < ? ORDER BY position";
    let found = rows::<Found>(sql, Statement::new(text, bind![run.as_str(), most])).await?;
    found.iter().map(|row| read_json(&row.questions)).collect()
}

/// Reads all outcomes of a run as columns, in the run's order.
///
/// They are read in pages, so that no more than the columns and a page is held at once, however many there are.
pub async fn scores(
    sql: &impl Sql,
    run: &RunId,
    criteria: &[Criterion],
    scorers: &Scorers,
) -> Result<Scores, SqlError> {
    /// Some megabytes of text.
    const PAGE: usize = 5_000;
    let with_scorers = !scorers.named().is_empty();
    let mut gathered = Gathered::default();
    let mut last = String::new();
    loop {
        let page = columns::asked(run, &last, PAGE, criteria.len(), with_scorers);
        let stored = rows::<columns::Stored>(sql, page).await?;
        for outcome in &stored {
            last = gathered.take(outcome)?.to_string();
        }
        if stored.len() < PAGE {
            return Ok(gathered.columns(criteria, scorers));
        }
    }
}
