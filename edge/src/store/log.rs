//! Logs: rows, bodies apart, and full text.

pub mod facets;
pub mod list;

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Value, json};
use shared::api::logs::{Count, Lost};
use shared::chat::Usage;
use shared::id::{LogId, SetId};
use shared::import::Record;
use shared::log::filter::{Choice, Filter, match_expression};
use shared::log::{InSet, Log};
use shared::moment::Moment;

use super::access::moment;
use super::body::{self, Pair};
use super::{countable, counts, first, json as read_json, lists, number, rows};
use crate::bind;
use crate::ports::{Blobs, Bound, Row, Sql, SqlError, Statement, read_row};

/// A record on its way in: with its bodies where they belong.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub log: Log,
    /// The same for the same imported record; none for a request that the gateway saw.
    pub import_key: Option<String>,
    pub body: Pair,
    /// What full-text search sees.
    pub text: String,
    /// Its words found no room, which is counted when it is written.
    pub is_wordless: bool,
}

impl Draft {
    /// Gives about how many bytes it takes, waiting and on its way.
    pub fn bytes(&self) -> usize {
        let texts = [&self.body.first, &self.body.second].into_iter().flatten();
        self.text.len() + texts.map(String::len).sum::<usize>()
    }

    /// Gives what is left of it without the words.
    #[must_use]
    pub fn without_words(&self) -> Self {
        Self::wordless(self.log.clone(), self.import_key.clone())
    }

    /// Makes a draft with numbers and labels, which says that its words found no room.
    pub fn wordless(log: Log, import_key: Option<String>) -> Self {
        let request = json!({"model": log.model, "messages": [{"role": "user", "content": ""}]}).to_string();
        let message = json!({"role": "assistant", "content": ""});
        let choice = json!({"index": 0, "message": message, "finish_reason": null});
        let response = json!({"choices": [choice], "not_kept": NO_ROOM}).to_string();
        let body = Pair { first: Some(request), second: Some(response), blob: None };
        let log = Log { request_preview: String::new(), response_preview: NO_ROOM.to_owned(), ..log };
        Self { log, import_key, body, text: String::new(), is_wordless: true }
    }
}

/// What a log says whose words were not kept.
const NO_ROOM: &str = "the words of this log found no room";

/// Makes a draft of a record, putting a large body into the blob store.
///
/// # Errors
/// What the blob store or the database says of a large body.
pub async fn draft(
    ports: &(impl Sql + Blobs),
    record: &Record,
    import_key: Option<&str>,
    now: Moment,
) -> Result<Draft, SqlError> {
    let pair = (&record.request, &record.response);
    let body = body::put(ports, record.log.id.as_str(), pair, now).await?;
    let text = shared::log::searched_text(&record.request, &record.response);
    let import_key = import_key.map(str::to_owned);
    Ok(Draft { log: record.log.clone(), import_key, body, text, is_wordless: false })
}

/// Writes logs, all or none. Gives how many were new: a record that is there already stays as it is.
///
/// Those without words are counted in the same transaction, before they are there: each once, however often it is written.
pub async fn add(sql: &impl Sql, drafts: &[Draft], now: Moment) -> Result<u64, SqlError> {
    let wordless = "INSERT INTO tally (name, count, counted_at) SELECT ?, count(*), ? FROM json_each(?) \
                    WHERE NOT EXISTS (SELECT 1 FROM log WHERE log.id = value) HAVING count(*) > 0 \
                    ON CONFLICT (name) DO UPDATE SET count = count + excluded.count, counted_at = excluded.counted_at";
    // The row first: body and text join to it, so that a record that is not taken leaves none.
    let log = "INSERT INTO log (id, created_at, import_key, feature, provider, model, status, outcome, streamed, \
               complete, latency_ms, ttft_ms, input_tokens, output_tokens, cached_tokens, cost_usd, user, session, tags, \
               request_preview, response_preview) \
               SELECT value->>'id', value->>'created_at', value->>'import_key', value->>'feature', \
               value->>'provider', value->>'model', value->>'status', value->>'outcome', value->>'streamed', \
               value->>'complete', value->>'latency_ms', value->>'ttft_ms', value->>'input_tokens', \
               value->>'output_tokens', value->>'cached_tokens', value->>'cost_usd', value->>'user', value->>'session', value->>'tags', \
               value->>'request_preview', value->>'response_preview' \
               FROM json_each(?) WHERE true ON CONFLICT DO NOTHING RETURNING id";
    let body = "INSERT INTO log_body (log_id, request, response, blob) \
                SELECT value->>'id', value->>'request', value->>'response', value->>'blob' \
                FROM json_each(?) JOIN log ON log.id = value->>'id' WHERE true ON CONFLICT DO NOTHING";
    // The table of words has no rule for conflicts: a record that is listed twice must come to one row here.
    let text = "INSERT INTO log_text (rowid, text) SELECT log.seq, min(value->>'text') FROM json_each(?) \
                JOIN log ON log.id = value->>'id' WHERE NOT EXISTS (SELECT 1 FROM log_text WHERE rowid = log.seq) \
                GROUP BY log.seq";
    // Each with its own list: a statement reads all that it is given.
    let added = lists(drafts.iter().map(row_of));
    let rows = added.len();
    let bodies = lists(drafts.iter().map(body_of));
    let texts = lists(drafts.iter().map(|draft| json!({"id": draft.log.id, "text": draft.text})));
    let counted = drafts.iter().filter(|draft| draft.is_wordless).map(|draft| json!(draft.log.id));
    let count = |list| Statement::new(wordless, bind![WORDLESS, now, list]);
    let mut statements: Vec<_> = lists(counted).into_iter().map(count).collect();
    let counts = statements.len();
    let parts = [(log, added), (body, bodies), (text, texts)];
    let stored = parts.into_iter().flat_map(|(sql, lists)| {
        lists.into_iter().map(move |list| Statement::new(sql, bind![list.as_str()]))
    });
    statements.extend(stored);
    let written = sql.batch(statements).await?;
    Ok(written.iter().skip(counts).take(rows).map(|rows| rows.len() as u64).sum())
}

fn row_of(draft: &Draft) -> Value {
    let log = &draft.log;
    json!({
        "id": log.id, "created_at": log.created_at.millis(), "import_key": draft.import_key,
        "feature": log.feature, "provider": log.provider, "model": log.model, "status": log.status,
        "outcome": log.outcome, "streamed": u8::from(log.streamed), "complete": u8::from(log.complete),
        "latency_ms": countable(log.latency_ms), "ttft_ms": countable(log.ttft_ms),
        "input_tokens": countable(log.usage.input_tokens), "output_tokens": countable(log.usage.output_tokens),
        "cached_tokens": countable(log.usage.cached_tokens), "cost_usd": log.cost_usd, "user": log.user,
        "session": log.session, "tags": json!(log.tags).to_string(), "request_preview": log.request_preview,
        "response_preview": log.response_preview,
    })
}

fn body_of(draft: &Draft) -> Value {
    let Pair { first, second, blob } = &draft.body;
    json!({"id": draft.log.id, "request": first, "response": second, "blob": blob})
}

const COLUMNS: &str = "log.id, log.created_at, feature, provider, model, status, outcome, streamed, complete, latency_ms, \
                       ttft_ms, input_tokens, output_tokens, cached_tokens, cost_usd, user, session, tags, request_preview, response_preview";

#[derive(Deserialize)]
struct Stored {
    id: LogId,
    created_at: f64,
    tags: String,
    streamed: u8,
    complete: u8,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cached_tokens: Option<u64>,
    #[serde(flatten)]
    rest: Row,
}

fn log_of(row: Row) -> Result<Log, SqlError> {
    let stored: Stored = read_row(row)?;
    let mut log = stored.rest;
    log.insert("id".to_owned(), json!(stored.id));
    log.insert("created_at".to_owned(), json!(moment(stored.created_at)));
    log.insert("tags".to_owned(), read_json(&stored.tags)?);
    log.insert("streamed".to_owned(), json!(stored.streamed == 1));
    log.insert("complete".to_owned(), json!(stored.complete == 1));
    log.insert(
        "usage".to_owned(),
        json!({"input_tokens": stored.input_tokens, "output_tokens": stored.output_tokens, "cached_tokens": stored.cached_tokens}),
    );
    read_row(log)
}

/// A filter as a condition with its values.
struct Condition {
    sql: String,
    values: Vec<Bound>,
}

/// What a condition is for, which tells how rows are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A list falls by time, however many values are chosen: it comes out of the index of times.
    List,
    /// All that match are wanted, in no order that an index has.
    All,
}

fn condition(filter: &Filter, of: Use) -> Condition {
    let Condition { sql: chosen, mut values } = choices(filter, of);
    let mut parts = vec![chosen.as_str()];
    let mut add = |sql, bound: Option<Bound>| {
        if let Some(bound) = bound {
            parts.push(sql);
            values.push(bound);
        }
    };
    let status = if of == Use::List { "+status = ?" } else { "status = ?" };
    add(status, filter.status.map(|status| u32::from(status).into()));
    add("user = ?", filter.user.clone().map(Bound::from));
    add("session = ?", filter.session.clone().map(Bound::from));
    add("log.created_at >= ?", filter.from.map(Bound::from));
    add("log.created_at < ?", filter.to.map(Bound::from));
    add("latency_ms >= ?", filter.min_latency_ms.map(Bound::from));
    add("cost_usd >= ?", filter.min_cost_usd.map(Bound::from));
    tagged(&filter.tags, (WITH_TAG, WITH_TAGS), &mut parts, &mut values);
    tagged(&filter.without_tags, (WITHOUT_TAG, WITHOUT_TAGS), &mut parts, &mut values);
    if let Some(q) = &filter.q {
        search(q, &mut parts, &mut values);
    }
    Condition { sql: parts.join(" AND "), values }
}

/// What a filter chooses by facets.
fn choices(filter: &Filter, of: Use) -> Condition {
    let mut parts: Vec<&str> = Vec::new();
    let mut values: Vec<Bound> = Vec::new();
    let outcome = texts(&filter.outcome, |outcome| outcome.word().to_owned());
    choose(FEATURE, &filter.feature, of, &mut parts, &mut values);
    choose(MODEL, &texts(&filter.model, String::clone), of, &mut parts, &mut values);
    choose(PROVIDER, &filter.provider, of, &mut parts, &mut values);
    choose(OUTCOME, &outcome, of, &mut parts, &mut values);
    let sql = if parts.is_empty() { "1".to_owned() } else { parts.join(" AND ") };
    Condition { sql, values }
}

/// Writes a choice of what every log has.
fn texts<T>(choice: &Choice<T>, text: impl Fn(&T) -> String) -> Choice<Option<String>> {
    let texts = |values: &[T]| values.iter().map(|value| Some(text(value))).collect();
    Choice { any: texts(&choice.any), none: texts(&choice.none) }
}

/// The conditions on a column.
struct Conditions {
    one: &'static str,
    /// No value at all.
    lacking: &'static str,
    several: &'static str,
    /// As `several`, without the index of the column.
    unsorted: &'static str,
    several_or_lacking: &'static str,
    unsorted_or_lacking: &'static str,
    none_of: &'static str,
    none_of_nor_lacking: &'static str,
}

macro_rules! conditions {
    ($column:literal) => {
        Conditions {
            one: concat!($column, " = ?"),
            lacking: concat!($column, " IS NULL"),
            several: concat!($column, " IN (SELECT value FROM json_each(?))"),
            unsorted: concat!("+", $column, " IN (SELECT value FROM json_each(?))"),
            several_or_lacking: concat!(
                "(",
                $column,
                " IN (SELECT value FROM json_each(?)) OR ",
                $column,
                " IS NULL)"
            ),
            unsorted_or_lacking: concat!(
                "(+",
                $column,
                " IN (SELECT value FROM json_each(?)) OR +",
                $column,
                " IS NULL)"
            ),
            none_of: concat!(
                "(",
                $column,
                " IS NULL OR ",
                $column,
                " NOT IN (SELECT value FROM json_each(?)))"
            ),
            none_of_nor_lacking: concat!(
                "(",
                $column,
                " IS NOT NULL AND ",
                $column,
                " NOT IN (SELECT value FROM json_each(?)))"
            ),
        }
    };
}

const FEATURE: Conditions = conditions!("feature");
const MODEL: Conditions = conditions!("model");
const PROVIDER: Conditions = conditions!("provider");
const OUTCOME: Conditions = conditions!("outcome");

fn choose(
    conditions: Conditions,
    choice: &Choice<Option<String>>,
    of: Use,
    parts: &mut Vec<&str>,
    values: &mut Vec<Bound>,
) {
    let list = |values: &[Option<String>]| {
        let values: Vec<_> = values.iter().flatten().collect();
        Bound::from(serde_json::to_string(&values).unwrap_or_default())
    };
    match choice.any.as_slice() {
        [] => {}
        [None] => parts.push(conditions.lacking),
        [Some(value)] => {
            parts.push(conditions.one);
            values.push(value.clone().into());
        }
        many => {
            parts.push(match (of, many.contains(&None)) {
                (Use::List, false) => conditions.unsorted,
                (Use::List, true) => conditions.unsorted_or_lacking,
                (Use::All, false) => conditions.several,
                (Use::All, true) => conditions.several_or_lacking,
            });
            values.push(list(many));
        }
    }
    if !choice.none.is_empty() {
        let lacking = choice.none.contains(&None);
        parts.push(if lacking { conditions.none_of_nor_lacking } else { conditions.none_of });
        values.push(list(&choice.none));
    }
}

/// The condition that a tag, by the path of its name, has one of some values; and that each tag of an object has one of
/// its values. The first is several times as fast, which counts where every log is looked at.
const WITH_TAG: &str = "tags ->> ? IN (SELECT value FROM json_each(?))";
const WITH_TAGS: &str = "NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE NOT EXISTS \
                         (SELECT 1 FROM json_each(tags) AS tag WHERE tag.key = wanted.key \
                         AND tag.value IN (SELECT value FROM json_each(wanted.value))))";

/// The conditions that a tag, and that no tag of an object, has one of its values.
const WITHOUT_TAG: &str = "NOT coalesce(tags ->> ? IN (SELECT value FROM json_each(?)), 0)";
const WITHOUT_TAGS: &str = "NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted JOIN json_each(tags) AS tag ON tag.key = wanted.key \
                            WHERE tag.value IN (SELECT value FROM json_each(wanted.value)))";

/// The most names of tags that are looked for by their paths: each takes two of the hundred values of a statement.
const MOST_PATHS: usize = 5;

/// Writes the conditions on tags: each name with all of its values.
fn tagged<'a>(
    tags: &[(String, String)],
    (one, several): (&'a str, &'a str),
    parts: &mut Vec<&'a str>,
    values: &mut Vec<Bound>,
) {
    let mut names = BTreeMap::<&str, Vec<&str>>::new();
    for (name, value) in tags {
        names.entry(name).or_default().push(value);
    }
    // What else a name may hold has a meaning in a path.
    let is_plain =
        |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter));
    let plain: Vec<_> = names.keys().copied().filter(|name| is_plain(name)).take(MOST_PATHS).collect();
    for name in plain {
        parts.push(one);
        values.extend([format!("$.\"{name}\"").into(), json!(names.remove(name)).to_string().into()]);
    }
    if !names.is_empty() {
        parts.push(several);
        values.push(json!(names).to_string().into());
    }
}

/// Words are looked up in the index; what has no letter or digit is not in it and is looked for in the text.
fn search(q: &str, parts: &mut Vec<&str>, values: &mut Vec<Bound>) {
    if let Some(expression) = match_expression(q) {
        parts.push("log.seq IN (SELECT rowid FROM log_text WHERE log_text MATCH ?)");
        values.push(expression.into());
    }
    let signs: Vec<_> =
        q.split_whitespace().filter(|word| !word.chars().any(char::is_alphanumeric)).collect();
    if !signs.is_empty() {
        parts.push(
            "NOT EXISTS (SELECT 1 FROM json_each(?) WHERE instr((SELECT text FROM log_text WHERE rowid = log.seq), value) = 0)",
        );
        values.push(serde_json::to_string(&signs).unwrap_or_default().into());
    }
}

/// Counts the logs that match, and tells what is in no count.
pub async fn count(sql: &impl Sql, filter: &Filter) -> Result<Count, SqlError> {
    #[derive(Deserialize)]
    struct Tally {
        name: String,
        count: u64,
        counted_at: Option<f64>,
    }
    let condition = condition(filter, Use::All);
    let text = format!("SELECT count(*) AS n FROM log WHERE {}", condition.sql);
    let tallies = "SELECT name, count, counted_at FROM tally WHERE name IN (?, ?)";
    let statements =
        vec![Statement::new(text, condition.values), Statement::new(tallies, bind![DROPPED, WORDLESS])];
    let mut found = sql.batch(statements).await?.into_iter();
    let count = number(&found.next().unwrap_or_default(), "n");
    let mut lost = Lost::default();
    for row in found.next().unwrap_or_default() {
        let tally: Tally = read_row(row)?;
        let of_name = if tally.name == DROPPED { &mut lost.logs } else { &mut lost.words };
        *of_name = tally.count;
        lost.last_at = lost.last_at.max(tally.counted_at.map(moment));
    }
    Ok(Count { count, lost })
}

/// A log with its bodies.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    pub log: Log,
    pub request: Value,
    pub response: Value,
}

/// A log as its rows have it: a large body is still to be fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct Shut {
    pub log: Log,
    body: Pair,
}

impl Shut {
    /// Reads the bodies, and fetches them first if they are large.
    pub async fn open(self, blobs: &impl Blobs) -> Result<Whole, SqlError> {
        let (request, response) = body::get(blobs, &self.body).await?;
        Ok(Whole { log: self.log, request, response })
    }
}

/// Reads a log with its bodies.
pub async fn whole(ports: &(impl Sql + Blobs), id: &LogId) -> Result<Option<Whole>, SqlError> {
    match stored(ports, std::slice::from_ref(id)).await?.pop() {
        Some(stored) => stored.open(ports).await.map(Some),
        None => Ok(None),
    }
}

/// Reads the rows of the logs with these ids, with the bodies that are in them, in no order.
pub async fn stored(sql: &impl Sql, ids: &[LogId]) -> Result<Vec<Shut>, SqlError> {
    let text = format!(
        "SELECT {COLUMNS}, request AS first, response AS second, blob FROM log JOIN log_body ON log_id = log.id \
         WHERE log.id IN (SELECT value FROM json_each(?))"
    );
    let wanted = serde_json::to_string(ids).unwrap_or_default();
    let stored = sql.query(Statement::new(text, bind![wanted])).await?.into_iter().map(|mut row| {
        let mut take =
            |name: &str| row.shift_remove(name).and_then(|value| value.as_str().map(str::to_owned));
        let body = Pair { first: take("first"), second: take("second"), blob: take("blob") };
        Ok(Shut { log: log_of(row)?, body })
    });
    stored.collect()
}

/// Gives of how many bytes the bodies are that the rows of these logs hold: none of those that are in the blob store.
pub async fn sizes(sql: &impl Sql, ids: &[LogId]) -> Result<HashMap<LogId, usize>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        id: LogId,
        bytes: usize,
    }
    let text = "SELECT log_id AS id, coalesce(length(CAST(request AS BLOB)), 0) + coalesce(length(CAST(response AS BLOB)), 0) \
                AS bytes FROM log_body WHERE log_id IN (SELECT value FROM json_each(?))";
    let wanted = serde_json::to_string(ids).unwrap_or_default();
    let found = rows::<Found>(sql, Statement::new(text, bind![wanted])).await?;
    Ok(found.into_iter().map(|found| (found.id, found.bytes)).collect())
}

/// A log that matches, by its place among the others.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Matching {
    created_at: f64,
    pub id: LogId,
}

/// Gives the logs that match after a place, the oldest first, so many at most.
pub async fn matching_after(
    sql: &impl Sql,
    filter: &Filter,
    after: Option<&Matching>,
    most: usize,
) -> Result<Vec<Matching>, SqlError> {
    let Condition { sql: matches, mut values } = condition(filter, Use::All);
    let mut comes_after = "";
    if let Some(Matching { created_at, id }) = after {
        comes_after = " AND (log.created_at, log.id) > (?, ?)";
        values.extend(bind![*created_at, id.as_str()]);
    }
    let text = format!(
        "SELECT log.created_at AS created_at, log.id AS id FROM log WHERE {matches}{comes_after} \
         ORDER BY log.created_at, log.id LIMIT ?"
    );
    values.push((most as u64).into());
    rows(sql, Statement::new(text, values)).await
}

/// Gives which of these logs are there, each once.
pub async fn known(sql: &impl Sql, ids: &[LogId]) -> Result<Vec<LogId>, SqlError> {
    #[derive(Deserialize)]
    struct Known {
        id: LogId,
    }
    let text = "SELECT id FROM log WHERE id IN (SELECT value FROM json_each(?))";
    let wanted = serde_json::to_string(ids).unwrap_or_default();
    let known = rows::<Known>(sql, Statement::new(text, bind![wanted])).await?;
    Ok(known.into_iter().map(|row| row.id).collect())
}

/// Lists the sets that hold an item made from a log.
pub async fn sets_with(sql: &impl Sql, id: &LogId) -> Result<Vec<InSet>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        id: SetId,
        name: String,
    }
    let text = "SELECT DISTINCT eval_set.id AS id, name FROM set_item JOIN eval_set ON eval_set.id = set_id \
                WHERE log_id = ? AND removed_version IS NULL AND deleted_at IS NULL ORDER BY name";
    let found = rows::<Found>(sql, Statement::new(text, bind![id.as_str()])).await?;
    Ok(found.into_iter().map(|found| InSet { id: found.id, name: found.name }).collect())
}

/// Tells whether any log has this feature, and which features there are.
pub async fn features(sql: &impl Sql) -> Result<Vec<String>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        feature: String,
    }
    let text = "SELECT DISTINCT feature FROM log WHERE feature IS NOT NULL ORDER BY feature LIMIT 100";
    Ok(rows::<Found>(sql, Statement::new(text, [])).await?.into_iter().map(|found| found.feature).collect())
}

/// Counts the logs from a moment on by feature; none is a feature too.
///
/// The index has the feature before the time: it is gone through from one feature to the next, and of each no more is
/// walked than is counted.
pub async fn features_since(sql: &impl Sql, from: Moment) -> Result<Vec<(Option<String>, u64)>, SqlError> {
    let text = "WITH RECURSIVE each (feature) AS (SELECT min(feature) FROM log UNION ALL \
                SELECT (SELECT min(feature) FROM log WHERE feature > each.feature) FROM each WHERE each.feature IS NOT NULL) \
                SELECT NULL AS feature, (SELECT count(*) FROM log WHERE feature IS NULL AND created_at >= ?1) AS count UNION ALL \
                SELECT feature, (SELECT count(*) FROM log WHERE log.feature = each.feature AND created_at >= ?1) \
                FROM each WHERE feature IS NOT NULL";
    let mut counted = counts(sql, Statement::new(text, bind![from])).await?;
    counted.retain(|(_, count)| *count > 0);
    Ok(counted)
}

/// Deletes logs with their bodies and texts.
pub async fn delete(sql: &impl Sql, ids: &[LogId]) -> Result<(), SqlError> {
    let wanted = serde_json::to_string(ids).unwrap_or_default();
    let texts = [
        "DELETE FROM log_text WHERE rowid IN (SELECT seq FROM log WHERE id IN (SELECT value FROM json_each(?)))",
        "DELETE FROM log_body WHERE log_id IN (SELECT value FROM json_each(?))",
        "DELETE FROM log WHERE id IN (SELECT value FROM json_each(?))",
    ];
    sql.batch(texts.map(|text| Statement::new(text, bind![wanted.as_str()])).to_vec()).await.map(|_| ())
}

/// The name of the count of logs that could not be written.
pub const DROPPED: &str = "log_dropped";

/// The name of the count of logs whose words found no room.
pub const WORDLESS: &str = "log_wordless";

/// Adds to a small count that is shown, such as logs that could not be written.
pub async fn tally(sql: &impl Sql, name: &str, more: u64, now: Moment) -> Result<(), SqlError> {
    let text = "INSERT INTO tally (name, count, counted_at) VALUES (?, ?, ?) \
                ON CONFLICT (name) DO UPDATE SET count = count + excluded.count, counted_at = excluded.counted_at";
    sql.query(Statement::new(text, bind![name, more, now])).await.map(|_| ())
}

/// Reads such a count.
pub async fn tallied(sql: &impl Sql, name: &str) -> Result<u64, SqlError> {
    let text = "SELECT count FROM tally WHERE name = ?";
    Ok(number(&sql.query(Statement::new(text, bind![name])).await?, "count"))
}

/// How long a logged call took, and what it cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measured {
    pub latency_ms: Option<u64>,
    pub cost_usd: Option<f64>,
    pub usage: Usage,
}

/// Finds how long those of these calls took, and what they cost, whose logs are there.
pub async fn measured(sql: &impl Sql, ids: &[&LogId]) -> Result<HashMap<LogId, Measured>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        id: LogId,
        latency_ms: Option<u64>,
        cost_usd: Option<f64>,
        input_tokens: Option<u64>,
        output_tokens: Option<u64>,
    }
    let text = "SELECT id, latency_ms, cost_usd, input_tokens, output_tokens FROM log WHERE id IN (SELECT value FROM json_each(?))";
    let wanted = serde_json::to_string(ids).unwrap_or_default();
    let found = rows::<Found>(sql, Statement::new(text, bind![wanted])).await?.into_iter();
    let measured = |row: &Found| Measured {
        latency_ms: row.latency_ms,
        cost_usd: row.cost_usd,
        usage: Usage {
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            cached_tokens: None,
        },
    };
    Ok(found.map(|row| (row.id.clone(), measured(&row))).collect())
}

/// Tells whether a log is there.
pub async fn exists(sql: &impl Sql, id: &LogId) -> Result<bool, SqlError> {
    Ok(first::<Row>(sql, Statement::new("SELECT id FROM log WHERE id = ?", bind![id.as_str()]))
        .await?
        .is_some())
}
