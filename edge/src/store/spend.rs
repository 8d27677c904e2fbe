//! What the shards of a run have spent, what they may spend next, and how many calls each has under way.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::id::RunId;
use shared::run::{Budget, Calls};

use super::run::{GOING, OF_SHARDS, UNFINISHED};
use crate::bind;
use crate::ports::{Row, Sql, SqlError, Statement, read_row};

/// What calls came to since it was last written, and what a shard wants next.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spend {
    pub calls: Calls,
    /// Answered calls whose cost is not known.
    pub unpriced: u64,
    pub cost_usd: f64,
    /// How many calls the shard allows itself at once, now.
    pub window: u32,
    /// What it wants to keep for the calls under way and for the next.
    pub wanted_usd: f64,
    /// What a call is expected to cost, while nobody knows what lost ones did.
    pub expected_usd: f64,
    /// What the shard has seen of whom it asks, in its slice: JSON, for the other shards.
    pub seen: Value,
}

/// What a shard finds when it takes up a slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Begun {
    /// Its window, as it left it.
    pub window: u32,
    /// What it may spend.
    pub reserved_usd: f64,
    /// Before this position no item is open to it; none of a shard's first slice.
    pub open_from: Option<u64>,
    /// What it had seen of whom it asks, as JSON; empty of a shard's first slice.
    pub seen: String,
}

/// What a shard wants that takes up a slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wants {
    /// The most calls that it may have under way.
    pub widest: u32,
    pub budget: Option<Budget>,
    /// Money for the first of them.
    pub usd: f64,
    /// What a call is expected to cost.
    pub expected_usd: f64,
}

/// Where a run stands when a shard has written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Standing {
    /// The kind of its newest event.
    #[serde(default)]
    pub kind: Option<String>,
    /// How often it was changed while under way.
    #[serde(default)]
    pub changes: u64,
    /// What this shard may spend from now on.
    #[serde(default)]
    pub reserved_usd: f64,
    /// What all shards have spent, lost calls of unknown cost among it as others are expected to; only of a run with a
    /// budget.
    #[serde(default)]
    pub spent_usd: f64,
}

impl Standing {
    /// Tells whether the run's items are to be worked on.
    pub fn is_going(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| GOING.contains(&kind))
    }
}

/// What a shard has spent: what its calls cost, and its lost ones, each as much as is expected where nobody knows yet.
fn spent_usd(expected_usd: &str) -> String {
    format!("cost_usd + CASE WHEN lost_usd = 0 THEN lost * {expected_usd} ELSE lost_usd END")
}

/// What a shard is given of the money it wants: what is left of the budget, less what the others keep. Of a run without a
/// budget nothing has to be kept.
///
/// Parameters: run, shard, wanted, budget, what is about to be added to the cost, and what a call is expected to cost.
fn granted_usd() -> String {
    let spent = spent_usd("?6");
    format!(
        "coalesce(max(0, min(?3, ?4 - ?5 - (SELECT coalesce(sum({spent} + CASE WHEN shard = ?2 THEN 0 ELSE reserved_usd END), 0) \
         FROM run_spend WHERE run_id = ?1))), 0)"
    )
}

/// Where the open items of a shard begin, as the migration says. Parameters: run and shard.
///
/// Items are claimed in their order, so that none before the first that nobody has can become this shard's: but what is
/// given back, which moves the value back.
fn open_from() -> String {
    let first = |which: &str| {
        format!(
            "coalesce((SELECT position FROM {OF_SHARDS} WHERE {which} ORDER BY position LIMIT 1), (SELECT total FROM run WHERE id = ?1))"
        )
    };
    format!("min({}, {})", first(UNFINISHED), first("run_id = ?1 AND shard IS NULL"))
}

/// Sets what of a shard's calls is lost: at least those of the calls that it has begun so far that are in no other count.
/// They went with slices that did not come to write them, and are taken to cost as much as the run's other calls do in the
/// mean. The first parameter is the run.
fn set_lost(begun: &str) -> String {
    let lost = format!("max(lost, {begun} - target_calls - judge_calls - retried)");
    let mean =
        "(SELECT sum(cost_usd) / max(1, sum(target_calls + judge_calls)) FROM run_spend WHERE run_id = ?1)";
    format!(
        "lost = {lost}, lost_usd = lost_usd + ({lost} - CASE WHEN lost_usd = 0 THEN 0 ELSE lost END) * {mean}"
    )
}

/// What lost calls cost once an answer came, if none had come when they were lost: the mean is that of what is about to be
/// added. The first parameter is the run. It is settled once, so that the cost of a run neither falls nor keeps to the
/// dearest mean that there ever was.
const LOST_BEFORE_ANY: &str = "CASE WHEN lost > 0 AND lost_usd = 0 THEN lost * (SELECT (sum(other.cost_usd) + excluded.cost_usd) / \
                               max(1, sum(other.target_calls + other.judge_calls) + excluded.target_calls + excluded.judge_calls) \
                               FROM run_spend AS other WHERE other.run_id = ?1) ELSE lost_usd END";

/// Takes up a slice of a shard that has begun so many calls so far.
///
/// # Errors
/// What the database says.
pub async fn begin(
    sql: &impl Sql,
    run: &RunId,
    shard: u32,
    begun: u64,
    wants: Wants,
) -> Result<Begun, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        window: u32,
        #[serde(default)]
        reserved_usd: f64,
        #[serde(default)]
        open_from: u64,
        #[serde(default)]
        seen: String,
    }
    let granted = granted_usd();
    // What was lost is counted before money is given: it was spent.
    let text = format!(
        "INSERT INTO run_spend (run_id, shard, target_calls, judge_calls, memoised, retried, lost, unpriced, cost_usd, window, \
         reserved_usd) VALUES (?1, ?2, 0, 0, 0, 0, ?8, 0, 0, ?7, {granted}) ON CONFLICT (run_id, shard) DO UPDATE SET \
         window = CASE WHEN window BETWEEN 1 AND excluded.window THEN window ELSE excluded.window END, \
         reserved_usd = excluded.reserved_usd, open_from = {} RETURNING window, reserved_usd, open_from",
        open_from()
    );
    let Wants { widest, budget, usd, expected_usd } = wants;
    let budget = budget.map(Budget::usd);
    let statements = vec![
        lose(run, shard, begun),
        Statement::new(text, bind![run.as_str(), shard, usd, budget, 0.0, expected_usd, widest, begun]),
    ];
    let mut found = sql.batch(statements).await?.into_iter().map(|rows| {
        let read = rows.into_iter().next().map(read_row::<Found>);
        read.transpose()
    });
    let before = found.next().transpose()?.flatten();
    let now = found.next().transpose()?.flatten();
    Ok(Begun {
        open_from: before.as_ref().and(now.as_ref()).map(|now| now.open_from),
        window: now.as_ref().map_or(widest, |now| now.window),
        reserved_usd: now.map_or(0.0, |now| now.reserved_usd),
        seen: before.map_or_else(String::new, |before| before.seen),
    })
}

/// Adds to what a shard spent. [`read`] reads what the statements give.
pub fn add(run: &RunId, shard: u32, spend: &Spend, budget: Option<Budget>) -> Vec<Statement> {
    let granted = granted_usd();
    let text = format!(
        "INSERT INTO run_spend (run_id, shard, target_calls, judge_calls, memoised, retried, unpriced, cost_usd, window, \
         reserved_usd, seen) VALUES (?1, ?2, ?7, ?8, ?9, ?10, ?11, ?5, ?12, {granted}, ?13) ON CONFLICT (run_id, shard) DO UPDATE SET \
         target_calls = target_calls + excluded.target_calls, judge_calls = judge_calls + excluded.judge_calls, \
         memoised = memoised + excluded.memoised, retried = retried + excluded.retried, \
         unpriced = unpriced + excluded.unpriced, cost_usd = cost_usd + excluded.cost_usd, window = excluded.window, \
         reserved_usd = excluded.reserved_usd, seen = excluded.seen, lost_usd = {LOST_BEFORE_ANY} RETURNING reserved_usd, \
         (SELECT kind FROM run_event WHERE run_event.run_id = run_spend.run_id ORDER BY seq DESC LIMIT 1) AS kind, \
         (SELECT coalesce(max(seq), 0) FROM run_change WHERE run_change.run_id = run_spend.run_id) AS changes"
    );
    let calls = spend.calls;
    let values = bind![
        run.as_str(),
        shard,
        spend.wanted_usd,
        budget.map(Budget::usd),
        spend.cost_usd,
        spend.expected_usd,
        calls.target,
        calls.judge,
        calls.memoised,
        calls.retried,
        spend.unpriced,
        spend.window,
        spend.seen.to_string()
    ];
    let mut statements = vec![Statement::new(text, values)];
    if budget.is_some() {
        let spent = spent_usd("?2");
        let text = format!("SELECT coalesce(sum({spent}), 0) AS spent_usd FROM run_spend WHERE run_id = ?1");
        statements.push(Statement::new(text, bind![run.as_str(), spend.expected_usd]));
    }
    statements
}

/// Reads where the run stands out of what the statements of [`add`] gave.
///
/// # Errors
/// Says which column does not fit.
pub fn read(found: Vec<Vec<Row>>) -> Result<Standing, SqlError> {
    read_row(found.into_iter().flatten().flatten().collect())
}

/// Keeps what a shard has seen of whom it asks, and gives what the others have, one by one.
///
/// # Errors
/// What the database says.
pub async fn share_seen<T: DeserializeOwned>(
    sql: &impl Sql,
    run: &RunId,
    shard: u32,
    seen: &Value,
) -> Result<Vec<T>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        others: String,
    }
    let text = "UPDATE run_spend SET seen = ?3 WHERE run_id = ?1 AND shard = ?2 RETURNING (SELECT json_group_array(json(seen)) \
                FROM run_spend AS other WHERE other.run_id = ?1 AND other.shard <> ?2) AS others";
    let found = sql.query(Statement::new(text, bind![run.as_str(), shard, seen.to_string()])).await?;
    let Some(row) = found.into_iter().next() else { return Ok(Vec::new()) };
    let Found { others } = read_row(row)?;
    super::json(&others)
}

/// Counts the calls of a shard that were lost with a slice, when there is none to take up.
pub async fn count_lost(sql: &impl Sql, run: &RunId, shard: u32, begun: u64) -> Result<(), SqlError> {
    sql.query(lose(run, shard, begun)).await.map(|_| ())
}

/// Counts what was lost of a shard that has begun so many calls. Gives its window and what it has seen; nothing of one that has no slice yet.
fn lose(run: &RunId, shard: u32, begun: u64) -> Statement {
    let set = set_lost("?3");
    let text = format!("UPDATE run_spend SET {set} WHERE run_id = ?1 AND shard = ?2 RETURNING window, seen");
    Statement::new(text, bind![run.as_str(), shard, begun])
}

/// Gives back what a shard has that is no longer needed: its items are anybody's.
pub async fn give_back(sql: &impl Sql, run: &RunId, shard: u32) -> Result<(), SqlError> {
    let idle = "UPDATE run_spend SET window = 0, reserved_usd = 0 WHERE run_id = ? AND shard = ?";
    let items = format!("UPDATE {OF_SHARDS} SET shard = NULL WHERE {UNFINISHED}");
    let statements = [idle.to_owned(), items].map(|text| Statement::new(text, bind![run.as_str(), shard]));
    sql.batch(statements.into()).await.map(|_| ())
}
