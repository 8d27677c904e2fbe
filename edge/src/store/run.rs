//! Runs: what was asked for, what happened to them, which shard works on what.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::api::List;
use shared::api::runs::{RunBy, RunOrder, RunsQuery};
use shared::canonical::Key;
use shared::criteria::{Criteria, Name};
use shared::id::{ItemId, RunId, SetId};
use shared::moment::Moment;
use shared::query::Page;
use shared::run::{Budget, Calls, Concurrency, Counts, NewRun, RunChange};

use super::access::moment;
use super::canary::{self, Drawn};
use super::page::{self, Cursors, Place};
use super::sorted::Sorted;
use super::{body, item};
use super::{first, json as read_json, number, rows};
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Row, Secrets, Sql, SqlError, Statement, read_row};

/// A run as it was frozen when it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Frozen {
    pub id: RunId,
    pub name: Name,
    pub set_id: SetId,
    pub set_version: u32,
    /// What was asked for, with every choice made.
    pub config: NewRun,
    pub judge_version: Key,
    pub total: u64,
    pub created_at: Moment,
    /// The run whose completions it judges anew.
    pub rejudges: Option<RunId>,
    /// What it judges by, where that is not what its set's version says.
    pub criteria: Option<Criteria>,
}

/// Where a new run's items come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Items<'a> {
    /// These, in this order.
    Of(&'a [ItemId]),
    /// Those of another run in its order, each with its completion there.
    AsIn(&'a RunId),
}

/// What sends a run again: the caller's key and what it sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Idempotency {
    pub key: Option<String>,
    pub body_hash: String,
}

/// Something that happened to a run as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A shard took up the work.
    Started,
    Paused {
        reason: String,
        /// When it goes on by itself; never, unless told.
        resumes_at: Option<Moment>,
        /// Calls were refused for their key or model.
        #[serde(default)]
        refused: bool,
    },
    Resumed,
    /// What was unscored or errored is tried again.
    Retried,
    Cancelled,
    /// Every item has an outcome; the summary at that time.
    Done {
        summary: Box<Value>,
    },
}

impl Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Paused { .. } => "paused",
            Self::Resumed => "resumed",
            Self::Retried => "retried",
            Self::Cancelled => "cancelled",
            Self::Done { .. } => "done",
        }
    }
}

/// The newest event of a run, and when it happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Last {
    pub event: Event,
    pub at: Moment,
}

/// A run with all that its progress is derived from.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub run: Frozen,
    pub set_name: Name,
    pub last: Option<Last>,
    /// When its work began, had it never stood still since.
    pub worked_from: Option<Moment>,
    pub counts: Counts,
    pub calls: Calls,
    /// Of `calls.retried` those that were lost with a slice.
    pub duplicate_calls: u64,
    /// What the calls cost; none when the cost of one is not known.
    pub cost_usd: Option<f64>,
    /// The windows of the shards, added up.
    pub window: u32,
    /// How often it was changed while under way; the changes are in `run`.
    pub changes: u64,
    /// How often it was paused because calls were refused for their key or model.
    pub refused: u32,
}

/// Keeps a new run with its items in their order.
///
/// # Errors
/// Taken when the idempotency key has been used.
pub async fn add(
    sql: &impl Sql,
    run: &Frozen,
    idempotency: &Idempotency,
    items: Items<'_>,
    canaries: &[Drawn],
) -> Result<(), SqlError> {
    let head = "INSERT INTO run (id, name, set_id, set_version, config, judge_version, total, created_at, idempotency_key, body_hash, \
                rejudges, criteria) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let config = serde_json::to_string(&run.config).unwrap_or_default();
    let criteria = run.criteria.as_ref().map(|criteria| json!(criteria).to_string());
    let values = bind![
        run.id.as_str(),
        run.name.as_str(),
        run.set_id.as_str(),
        run.set_version,
        config,
        run.judge_version.as_str(),
        run.total,
        run.created_at,
        idempotency.key.clone(),
        idempotency.body_hash.as_str(),
        run.rejudges.as_ref().map(RunId::as_str),
        criteria
    ];
    let mut statements = vec![Statement::new(head, values)];
    match items {
        // A bound text ends at 2 MB: 20,000 ids are about 0.8.
        Items::Of(items) => {
            for (chunk, ids) in (0_u64..).zip(items.chunks(20_000)) {
                let text = "INSERT INTO run_item (run_id, position, item_id, attempt) SELECT ?, key + ?, value, 1 FROM json_each(?)";
                let ids = serde_json::to_string(ids).unwrap_or_default();
                statements.push(Statement::new(text, bind![run.id.as_str(), chunk * 20_000, ids]));
            }
        }
        Items::AsIn(source) => {
            let text = "INSERT INTO run_item (run_id, position, item_id, attempt, completion_key) \
                        SELECT ?, run_item.position, run_item.item_id, 1, outcome.completion_key FROM run_item \
                        LEFT JOIN outcome ON outcome.run_id = run_item.run_id AND outcome.item_id = run_item.item_id \
                        AND outcome.attempt = run_item.attempt WHERE run_item.run_id = ?";
            statements.push(Statement::new(text, bind![run.id.as_str(), source.as_str()]));
        }
    }
    statements.push(canary::add(&run.id, canaries));
    sql.batch(statements).await.map(|_| ())
}

/// Finds the run that was made with this idempotency key, and the hash of what was sent then.
pub async fn by_idempotency_key(sql: &impl Sql, key: &str) -> Result<Option<(RunId, String)>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        id: RunId,
        body_hash: String,
    }
    let found = first::<Found>(
        sql,
        Statement::new("SELECT id, body_hash FROM run WHERE idempotency_key = ?", bind![key]),
    )
    .await?;
    Ok(found.map(|found| (found.id, found.body_hash)))
}

#[derive(Deserialize)]
struct Stored {
    id: RunId,
    name: Name,
    set_id: SetId,
    set_version: u32,
    config: String,
    judge_version: Key,
    total: u64,
    created_at: f64,
    rejudges: Option<RunId>,
    criteria: Option<String>,
    set_name: Name,
    event: Option<String>,
    event_at: Option<f64>,
    worked_from: Option<f64>,
    passed: u64,
    failed: u64,
    unscored: u64,
    errored: u64,
    target_calls: u64,
    judge_calls: u64,
    memoised: u64,
    retried: u64,
    lost: u64,
    unpriced: u64,
    cost_usd: f64,
    window: u32,
    changes: u64,
    refused: u32,
    budget_usd: Option<Budget>,
    concurrency: Option<Concurrency>,
}

/// Reads the runs of a list, which is the first parameter.
///
/// A few rows of each, however many items it has: the database keeps a tally of the outcomes that count.
const STATES: &str = "SELECT run.id AS id, run.name AS name, run.set_id AS set_id, set_version, config, judge_version, total, \
    run.created_at AS created_at, rejudges, criteria, eval_set.name AS set_name, \
    (SELECT detail FROM run_event WHERE run_id = run.id ORDER BY seq DESC LIMIT 1) AS event, \
    (SELECT at FROM run_event WHERE run_id = run.id ORDER BY seq DESC LIMIT 1) AS event_at, \
    (SELECT min(at) + coalesce(sum(next - at) FILTER (WHERE kind IN ('paused', 'cancelled', 'done')), 0) FROM \
      (SELECT kind, at, lead(at) OVER (ORDER BY seq) AS next FROM run_event WHERE run_id = run.id)) AS worked_from, \
    coalesce((SELECT outcomes FROM run_tally WHERE run_id = run.id AND verdict = 'pass'), 0) AS passed, \
    coalesce((SELECT outcomes FROM run_tally WHERE run_id = run.id AND verdict = 'fail'), 0) AS failed, \
    coalesce((SELECT outcomes FROM run_tally WHERE run_id = run.id AND verdict = 'unscored'), 0) AS unscored, \
    coalesce((SELECT outcomes FROM run_tally WHERE run_id = run.id AND verdict = 'error'), 0) AS errored, \
    coalesce(target_calls, 0) AS target_calls, coalesce(judge_calls, 0) AS judge_calls, coalesce(memoised, 0) AS memoised, \
    coalesce(retried, 0) AS retried, coalesce(lost, 0) AS lost, coalesce(unpriced, 0) AS unpriced, coalesce(cost_usd, 0) AS cost_usd, \
    coalesce(window, 0) AS window, \
    (SELECT coalesce(max(seq), 0) FROM run_change WHERE run_id = run.id) AS changes, \
    (SELECT count(*) FROM run_event WHERE run_id = run.id AND kind = 'paused' AND detail ->> 'refused') AS refused, \
    (SELECT budget_usd FROM run_change WHERE run_id = run.id AND budget_usd IS NOT NULL ORDER BY seq DESC LIMIT 1) AS budget_usd, \
    (SELECT concurrency FROM run_change WHERE run_id = run.id AND concurrency IS NOT NULL ORDER BY seq DESC LIMIT 1) AS concurrency \
    FROM run JOIN eval_set ON eval_set.id = run.set_id \
    LEFT JOIN (SELECT run_id AS by_run, sum(target_calls) AS target_calls, sum(judge_calls) AS judge_calls, \
      sum(memoised) AS memoised, sum(retried) AS retried, sum(lost) AS lost, sum(unpriced) AS unpriced, \
      sum(cost_usd + lost_usd) AS cost_usd, sum(window) AS window \
      FROM run_spend WHERE run_id IN (SELECT value FROM json_each(?1)) GROUP BY run_id) ON by_run = run.id \
    WHERE run.id IN (SELECT value FROM json_each(?1))";

impl Stored {
    /// Takes away all that happened to the run since it was made.
    fn when_made(self) -> Self {
        Self {
            event: None,
            event_at: None,
            worked_from: None,
            passed: 0,
            failed: 0,
            unscored: 0,
            errored: 0,
            target_calls: 0,
            judge_calls: 0,
            memoised: 0,
            retried: 0,
            lost: 0,
            unpriced: 0,
            cost_usd: 0.0,
            window: 0,
            changes: 0,
            refused: 0,
            budget_usd: None,
            concurrency: None,
            ..self
        }
    }

    fn state(self) -> Result<State, SqlError> {
        let event: Option<Event> = self.event.as_deref().map(read_json).transpose()?;
        let done = self.passed + self.failed + self.unscored + self.errored;
        // What is lost is taken to cost what others do; where there are none, nobody knows.
        let is_lost_alone = self.lost > 0 && self.target_calls + self.judge_calls == 0;
        let mut config: NewRun = read_json(&self.config)?;
        config.budget_usd = self.budget_usd.or(config.budget_usd);
        config.concurrency = self.concurrency.unwrap_or(config.concurrency);
        Ok(State {
            run: Frozen {
                id: self.id,
                name: self.name,
                set_id: self.set_id,
                set_version: self.set_version,
                config,
                judge_version: self.judge_version,
                total: self.total,
                created_at: moment(self.created_at),
                rejudges: self.rejudges,
                criteria: self.criteria.as_deref().map(read_json).transpose()?,
            },
            set_name: self.set_name,
            last: event.zip(self.event_at).map(|(event, at)| Last { event, at: moment(at) }),
            worked_from: self.worked_from.map(moment),
            counts: Counts {
                total: self.total,
                done,
                passed: self.passed,
                failed: self.failed,
                unscored: self.unscored,
                errored: self.errored,
            },
            calls: Calls {
                target: self.target_calls,
                judge: self.judge_calls,
                memoised: self.memoised,
                retried: self.retried + self.lost,
            },
            duplicate_calls: self.lost,
            cost_usd: if self.unpriced == 0 && !is_lost_alone { Some(self.cost_usd) } else { None },
            window: self.window,
            changes: self.changes,
            refused: self.refused,
        })
    }
}

/// Reads a run with all that its progress is derived from.
pub async fn get(sql: &impl Sql, id: &RunId) -> Result<Option<State>, SqlError> {
    read(sql.query(one(id)).await?)
}

/// Reads a run as it was when it was made, however far it is by now.
pub async fn made(sql: &impl Sql, id: &RunId) -> Result<Option<State>, SqlError> {
    first::<Stored>(sql, one(id)).await?.map(|stored| stored.when_made().state()).transpose()
}

/// Tells whether there is such a run.
pub async fn exists(sql: &impl Sql, id: &RunId) -> Result<bool, SqlError> {
    Ok(!sql.query(Statement::new("SELECT 1 FROM run WHERE id = ?", bind![id.as_str()])).await?.is_empty())
}

/// The most runs that are looked at for having been forgotten.
const MOST_GOING: u32 = 50;

/// Gives the runs made since a moment that are queued or should be going by now, the newest first, `MOST_GOING` at most.
pub async fn going_since(sql: &impl Sql, since: Moment, now: Moment) -> Result<Vec<RunId>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        id: RunId,
    }
    // Moments are written so that their texts sort as they do.
    let text = "SELECT id FROM run WHERE created_at >= ?1 AND coalesce((SELECT kind IN (SELECT value FROM json_each(?2)) \
                OR kind = 'paused' AND coalesce(detail ->> 'resumes_at' < ?3, 0) FROM run_event WHERE run_id = run.id \
                ORDER BY seq DESC LIMIT 1), 1) ORDER BY created_at DESC, id DESC LIMIT ?4";
    let going = serde_json::to_string(&GOING).unwrap_or_default();
    let found = sql.query(Statement::new(text, bind![since, going, now.to_string(), MOST_GOING])).await?;
    found.into_iter().map(|row| Ok(read_row::<Found>(row)?.id)).collect()
}

/// Asks for a run.
pub fn one(id: &RunId) -> Statement {
    Statement::new(STATES, bind![serde_json::to_string(&[id]).unwrap_or_default()])
}

/// Reads what [`one`] gave.
pub fn read(found: Vec<Row>) -> Result<Option<State>, SqlError> {
    found.into_iter().next().map(|row| read_row::<Stored>(row)?.state()).transpose()
}

/// What changes when anything about a run does. Each number only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub batch: u64,
    pub event: u64,
    pub change: u64,
    pub calls: u64,
}

/// Reads a run's stamp: a few rows, however many items it has.
pub async fn stamp(sql: &impl Sql, run: &RunId) -> Result<Stamp, SqlError> {
    let text = "SELECT coalesce((SELECT max(batch) FROM outcome WHERE run_id = ?1), 0) AS batch, \
                coalesce((SELECT max(seq) FROM run_event WHERE run_id = ?1), 0) AS event, \
                coalesce((SELECT max(seq) FROM run_change WHERE run_id = ?1), 0) AS change, \
                coalesce((SELECT sum(target_calls + judge_calls + memoised + retried + lost) FROM run_spend WHERE run_id = ?1), 0) AS calls";
    let found = sql.query(Statement::new(text, bind![run.as_str()])).await?;
    let number = |column| number(&found, column);
    Ok(Stamp {
        batch: number("batch"),
        event: number("event"),
        change: number("change"),
        calls: number("calls"),
    })
}

/// Lists runs of one set or of all, in the order that is asked for.
///
/// # Errors
/// Invalid when the cursor is not one that the list gave.
pub async fn list(
    ports: &(impl Sql + Secrets),
    RunsQuery { set_id, order, page }: &RunsQuery,
) -> Result<List<State>, Failure> {
    let (set, order) = (set_id.as_ref(), order.unwrap_or_default());
    let cursors = Cursors::of(
        ports.cursor_keys(),
        "runs",
        &format!("{}|{}", set.map_or("", SetId::as_str), order.word()),
    );
    let List { data: ids, next_cursor } = if order == RunOrder::default() {
        newest(ports, &cursors, set, page).await?
    } else {
        let of = set.map_or(("1", Vec::new()), |set| ("run.set_id = ?", bind![set.as_str()].to_vec()));
        sorted(order).page(ports, &cursors, of, page).await?
    };
    let wanted = serde_json::to_string(&ids).unwrap_or_default();
    let stored = rows::<Stored>(ports, Statement::new(STATES, bind![wanted])).await?;
    let mut data = stored.into_iter().map(Stored::state).collect::<Result<Vec<_>, _>>()?;
    data.sort_by_key(|state| ids.iter().position(|id| *id == state.run.id.as_str()));
    Ok(List { data, next_cursor })
}

/// Gives what runs stand by in an order.
fn sorted(order: RunOrder) -> Sorted {
    let key = match order.by {
        RunBy::Started => "run.created_at",
        RunBy::Name => "lower(run.name)",
        RunBy::Set => "lower(eval_set.name)",
        RunBy::PassRate => {
            "(SELECT total(outcomes) FILTER (WHERE verdict = 'pass') / nullif(sum(outcomes), 0) FROM run_tally \
             WHERE run_id = run.id AND verdict IN ('pass', 'fail'))"
        }
        // As `Stored::state` has it: none where something has no price.
        RunBy::Cost => {
            "(SELECT CASE WHEN total(unpriced) = 0 AND NOT (total(lost) > 0 AND total(target_calls + judge_calls) = 0) \
             THEN total(cost_usd + lost_usd) END FROM run_spend WHERE run_id = run.id)"
        }
    };
    let from = "run JOIN eval_set ON eval_set.id = run.set_id";
    Sorted { from, id: "run.id", key, falls: order.falls }
}

/// Gives the ids of the newest runs.
async fn newest(
    sql: &impl Sql,
    cursors: &Cursors,
    set: Option<&SetId>,
    page: &Page,
) -> Result<List<String>, Failure> {
    #[derive(Deserialize)]
    struct Found {
        id: String,
        created_at: f64,
    }
    let start = cursors.start(page)?;
    let (after, place) = page::after(("created_at", "id"), start.as_ref());
    let of_set = if set.is_some() { "set_id = ?" } else { "1" };
    let text = format!(
        "SELECT id, created_at FROM run WHERE {of_set} AND {after} ORDER BY created_at DESC, id DESC LIMIT ?"
    );
    let values = set.map(|set| set.as_str().into()).into_iter().chain(place).chain([page::ask(page).into()]);
    let found = rows::<Found>(sql, Statement::new(text, values)).await?;
    let List { data, next_cursor } =
        cursors.cut(found, page, |run| Place { sort: run.created_at, id: run.id.clone() });
    Ok(List { data: data.into_iter().map(|run| run.id).collect(), next_cursor })
}

/// Writes an event after the others.
pub fn event(run: &RunId, event: &Event, at: Moment) -> Statement {
    let text = "INSERT INTO run_event (run_id, seq, kind, at, detail) \
                SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ? FROM run_event WHERE run_id = ?";
    let detail = serde_json::to_string(event).unwrap_or_default();
    Statement::new(text, bind![run.as_str(), event.kind(), at, detail, run.as_str()])
}

/// Writes an event, but only while the newest is another of these kinds: two at once make one.
///
/// `""` stands for there being none yet. Tells whether it was written.
pub async fn event_after(
    sql: &impl Sql,
    run: &RunId,
    allowed: &[&str],
    event: &Event,
    at: Moment,
) -> Result<bool, SqlError> {
    let text = "INSERT INTO run_event (run_id, seq, kind, at, detail) \
                SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4 FROM run_event WHERE run_id = ?1 \
                HAVING coalesce((SELECT kind FROM run_event WHERE run_id = ?1 ORDER BY seq DESC LIMIT 1), '') \
                IN (SELECT value FROM json_each(?5)) RETURNING seq";
    let detail = serde_json::to_string(event).unwrap_or_default();
    let allowed = serde_json::to_string(allowed).unwrap_or_default();
    Ok(!sql
        .query(Statement::new(text, bind![run.as_str(), event.kind(), at, detail, allowed]))
        .await?
        .is_empty())
}

/// Lets a run go on whose wait is over: its newest event is still a pause, and one that ends by itself, by now. Tells whether
/// it did.
pub async fn resume_due(sql: &impl Sql, run: &RunId, now: Moment) -> Result<bool, SqlError> {
    let text = "INSERT INTO run_event (run_id, seq, kind, at, detail) \
                SELECT ?1, max(seq) + 1, ?2, ?3, ?4 FROM run_event WHERE run_id = ?1 \
                HAVING (SELECT detail ->> 'resumes_at' FROM run_event WHERE run_id = ?1 ORDER BY seq DESC LIMIT 1) <= ?5 RETURNING seq";
    let event = Event::Resumed;
    let detail = serde_json::to_string(&event).unwrap_or_default();
    let due = serde_json::to_value(now).unwrap_or_default();
    let values = bind![run.as_str(), event.kind(), now, detail, due.as_str().unwrap_or_default()];
    Ok(!sql.query(Statement::new(text, values)).await?.is_empty())
}

/// Notes a change of a run that is under way, after the others.
pub async fn change(sql: &impl Sql, run: &RunId, change: RunChange, at: Moment) -> Result<(), SqlError> {
    let text = "INSERT INTO run_change (run_id, seq, at, budget_usd, concurrency) \
                SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4 FROM run_change WHERE run_id = ?1";
    let budget = change.budget_usd.map(Budget::usd);
    let concurrency = change.concurrency.map(Concurrency::number);
    sql.query(Statement::new(text, bind![run.as_str(), at, budget, concurrency])).await.map(|_| ())
}

/// The kinds of newest event under which a run's items are worked on.
pub const GOING: [&str; 3] = ["started", "resumed", "retried"];

/// An item that a shard is to work on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claim {
    pub item_id: ItemId,
    pub attempt: u32,
    /// The completion that is judged anew.
    pub completion_key: Option<Key>,
}

/// A claim as the database gives it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Picked {
    #[serde(flatten)]
    pub claim: Claim,
    /// Its place in the order of the run.
    pub position: u64,
    /// About how many bytes it has.
    pub bytes: u64,
    /// The item as it is stored, for [`item::whole`] to read; none when it is gone.
    pub item: Option<String>,
}

/// About the most bytes of items that are taken together, if they are more than one: each is in memory several times while it
/// is asked, and all memory is 128 MB.
pub const LOT_BYTES: u64 = 6_000_000;

/// How many items a shard takes up again at once that it had taken: all that a slice has in hand, and more.
pub const MOST_TAKEN_UP: u32 = 100;

/// Takes up to `most` items that no shard has, and no more than [`LOT_BYTES`] of them, unless the run is to stand still. In a
/// shard's first claim of a slice it gives those that the shard had taken before and did not finish, up to `before` and as
/// many bytes, and takes others only if there are none. [`claims`] reads what the statements give.
pub fn claim(run: &RunId, shard: u32, most: usize, before: Option<u32>) -> Vec<Statement> {
    let bytes = format!("coalesce((SELECT {} FROM set_item WHERE set_item.id = item_id), 0)", body::SIZE);
    let read =
        format!("position, item_id, attempt, completion_key, {bytes} AS bytes, {} AS item", item::WHOLE);
    // A running sum: the first item whatever its size, and others while there is room.
    let lot = |of: &str| {
        format!(
            "SELECT position FROM (SELECT position, sum(bytes) OVER (ORDER BY position) - bytes AS before FROM \
             (SELECT position, {bytes} AS bytes FROM {of} ORDER BY position LIMIT ?3)) WHERE before < {LOT_BYTES}"
        )
    };
    let mine = lot(&format!("{OF_SHARDS} WHERE {UNFINISHED}"));
    let unfinished =
        format!("SELECT {read} FROM run_item WHERE run_id = ?1 AND position IN ({mine}) ORDER BY position");
    let others = if before.is_some() {
        format!("AND NOT EXISTS (SELECT 1 FROM {OF_SHARDS} WHERE {UNFINISHED}) ")
    } else {
        String::new()
    };
    let claim = format!(
        "UPDATE run_item SET shard = ?2 WHERE run_id = ?1 AND position IN ({}) \
         AND (SELECT kind FROM run_event WHERE run_id = ?1 ORDER BY seq DESC LIMIT 1) IN (SELECT value FROM json_each(?4)) \
         {others}RETURNING {read}",
        lot(&format!("{OF_SHARDS} WHERE run_id = ?1 AND shard IS NULL"))
    );
    let going = serde_json::to_string(&GOING).unwrap_or_default();
    let claim = Statement::new(claim, bind![run.as_str(), shard, most as u64, going]);
    let unfinished = before.map(|before| Statement::new(unfinished, bind![run.as_str(), shard, before]));
    unfinished.into_iter().chain([claim]).collect()
}

/// Reads what the statements of [`claim`] gave, in the order of the run: what was taken before, and what is taken now.
///
/// # Errors
/// Says which column does not fit.
pub fn claims(found: Vec<Vec<Row>>) -> Result<(Vec<Picked>, Vec<Picked>), SqlError> {
    let read = |rows: Vec<Row>| {
        let mut picked = rows.into_iter().map(read_row::<Picked>).collect::<Result<Vec<_>, _>>()?;
        picked.sort_by_key(|picked| picked.position);
        Ok::<_, SqlError>(picked)
    };
    let mut found = found.into_iter().rev();
    let now = read(found.next().unwrap_or_default())?;
    Ok((read(found.next().unwrap_or_default())?, now))
}

/// The table of items, read by the shards that have them: the planner takes positions to tell more than shards do.
pub(super) const OF_SHARDS: &str = "run_item INDEXED BY run_item_by_shard";

/// The condition that an item is one that a shard took and did not finish. Parameters: run and shard.
///
/// What the shard has is looked at from where its open items begin: all of it would be the more the further the run is.
pub(super) const UNFINISHED: &str = "run_id = ?1 AND shard = ?2 \
    AND position >= coalesce((SELECT open_from FROM run_spend WHERE run_id = ?1 AND shard = ?2), 0) \
    AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.run_id = run_item.run_id \
    AND outcome.item_id = run_item.item_id AND outcome.attempt = run_item.attempt)";

/// Gives the shards from `first` on that have items without an outcome.
pub async fn unfinished_from(sql: &impl Sql, run: &RunId, first: u32) -> Result<Vec<u32>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        shard: u32,
    }
    let text = format!(
        "SELECT of.shard AS shard FROM run_spend AS of WHERE of.run_id = ?1 AND of.shard >= ?2 AND EXISTS \
         (SELECT 1 FROM {OF_SHARDS} WHERE run_item.run_id = ?1 AND run_item.shard = of.shard \
         AND position >= coalesce(of.open_from, 0) AND NOT EXISTS (SELECT 1 FROM outcome \
         WHERE outcome.run_id = run_item.run_id AND outcome.item_id = run_item.item_id \
         AND outcome.attempt = run_item.attempt))"
    );
    let found = rows::<Found>(sql, Statement::new(text, bind![run.as_str(), first])).await?;
    Ok(found.into_iter().map(|found| found.shard).collect())
}

/// Tells whether every item has its outcome, and every canary its answer.
pub async fn is_complete(sql: &impl Sql, run: &RunId) -> Result<bool, SqlError> {
    let text = "SELECT (SELECT total FROM run WHERE id = ?1) - (SELECT coalesce(sum(outcomes), 0) FROM run_tally WHERE run_id = ?1) \
                + (SELECT count(*) FROM canary WHERE run_id = ?1 AND answer IS NULL) AS n";
    Ok(number(&sql.query(Statement::new(text, bind![run.as_str()])).await?, "n") == 0)
}

/// Opens what is unscored or errored of a run that is done for another try, as the next event. What has a score is never
/// tried again: counts rely on it. Tells whether it did.
pub async fn retry(sql: &impl Sql, run: &RunId, at: Moment) -> Result<bool, SqlError> {
    let newest = "(SELECT kind FROM run_event WHERE run_id = ?1 ORDER BY seq DESC LIMIT 1)";
    let event = format!(
        "INSERT INTO run_event (run_id, seq, kind, at, detail) SELECT ?1, max(seq) + 1, ?2, ?3, ?4 FROM run_event \
         WHERE run_id = ?1 HAVING {newest} = 'done' RETURNING seq"
    );
    let detail = serde_json::to_string(&Event::Retried).unwrap_or_default();
    let event = Statement::new(event, bind![run.as_str(), Event::Retried.kind(), at, detail]);
    let text = format!(
        "UPDATE run_item SET attempt = attempt + 1, shard = NULL WHERE run_id = ?1 AND {newest} = 'retried' AND EXISTS \
         (SELECT 1 FROM outcome WHERE outcome.run_id = run_item.run_id AND outcome.item_id = run_item.item_id \
         AND outcome.attempt = run_item.attempt AND verdict IN ('unscored', 'error'))"
    );
    let items = Statement::new(text, bind![run.as_str()]);
    let mut found = sql.batch(vec![event, items, canary::retry(run)]).await?.into_iter();
    Ok(found.next().is_some_and(|event| !event.is_empty()))
}

/// Writes a done event's summary.
pub fn done(summary: &impl Serialize) -> Event {
    Event::Done { summary: Box::new(json!(summary)) }
}
