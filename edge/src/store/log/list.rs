//! Lists of logs, page by page, in the order that is asked for.
//!
//! Each order is an index: a page walks it from where the last one ended, and stops when it is full. Where few logs match,
//! they are gathered and sorted instead. Logs without the number that the list is sorted by are a walk of their own, which
//! comes last, the newest first.

use shared::api::List;
use shared::api::logs::{By, LogsQuery, Order};
use shared::log::Log;
use shared::log::filter::Filter;

use super::super::page::{self, Cursors, Place};
use super::{COLUMNS, Condition, Use, condition, log_of};
use crate::failure::Failure;
use crate::ports::{Bound, Row, Secrets, Sql, SqlError, Statement};

/// Stands in a cursor where a log has no number: those that logs have are not below 0.
const LACKING: f64 = -1.0;

/// Lists logs.
///
/// # Errors
/// Invalid when the cursor does not read.
pub async fn list(ports: &(impl Sql + Secrets), query: &LogsQuery) -> Result<List<Log>, Failure> {
    let LogsQuery { filter, order, page } = query;
    let order = order.unwrap_or_default();
    let cursors = Cursors::of(ports.cursor_keys(), "logs", order.word());
    let mut logs = Vec::new();
    for walk in walks(order, cursors.start(page)?) {
        let left = page::ask(page).saturating_sub(u32::try_from(logs.len()).unwrap_or(u32::MAX));
        if left == 0 {
            break;
        }
        for row in found(ports, filter, order, &walk, left).await? {
            logs.push(log_of(row)?);
        }
    }
    let place = |log: &Log| Place { sort: number(log, order.by).unwrap_or(LACKING), id: log.id.to_string() };
    Ok(cursors.cut(logs, page, place))
}

/// Gives the number that a log is sorted by.
fn number(log: &Log, by: By) -> Option<f64> {
    match by {
        By::Time => Some(log.created_at.millis() as f64),
        By::Latency => log.latency_ms.map(|latency| latency as f64),
        By::Cost => log.cost_usd,
        By::Tokens => match (log.usage.input_tokens, log.usage.output_tokens) {
            (None, None) => None,
            (input, output) => Some((input.unwrap_or_default() + output.unwrap_or_default()) as f64),
        },
    }
}

/// A part of the list that comes out of an index as it is.
enum Walk {
    /// Logs with the number, after a place.
    Having(Option<Place>),
    /// Logs without it, after an id.
    Lacking(Option<String>),
}

/// Gives what is to be walked from a place on.
fn walks(order: Order, start: Option<Place>) -> Vec<Walk> {
    match start {
        // Every log has a time.
        start if order.by == By::Time => vec![Walk::Having(start)],
        Some(place) if place.sort < 0.0 => vec![Walk::Lacking(Some(place.id))],
        start => vec![Walk::Having(start), Walk::Lacking(None)],
    }
}

/// How many logs are walked past in search of those that match, before all that match are gathered and sorted instead.
const NEAR: u32 = 10_000;

/// Finds so many logs of a walk. Where most logs match, a few steps of it suffice; where few do, or only those at its far
/// end, it would go through all that there are.
async fn found(
    sql: &impl Sql,
    filter: &Filter,
    order: Order,
    walk: &Walk,
    most: u32,
) -> Result<Vec<Row>, SqlError> {
    // What one person or one session has, or what holds some words, is little: the database finds it first, and sorts it.
    let is_little = filter.q.is_some() || filter.user.is_some() || filter.session.is_some();
    let Some(index) = index(order.by).filter(|_| !is_little) else {
        return sql.query(walked(filter, order, walk, "log", most)).await;
    };
    if *filter == Filter::default() {
        return sql.query(walked(filter, order, walk, &format!("log INDEXED BY {index}"), most)).await;
    }
    let near = sql.query(near(filter, order, walk, index, most)).await?;
    if near.len() >= most as usize {
        return Ok(near);
    }
    sql.query(gathered(filter, order, walk, most)).await
}

/// Gives the index that is walked; none for times, which the database chooses by the filter.
fn index(by: By) -> Option<&'static str> {
    match by {
        By::Time => None,
        By::Latency => Some("log_by_latency"),
        By::Cost => Some("log_by_cost"),
        By::Tokens => Some("log_by_tokens"),
    }
}

/// What stands in a statement for a walk.
struct Path {
    /// Which logs are on it.
    on: String,
    values: Vec<Bound>,
    sorted: String,
}

/// Writes a walk; a sign before its columns keeps their indexes out of it.
fn path(order: Order, walk: &Walk, sign: &str) -> Path {
    let (column, id) = (format!("{sign}{}", column(order.by)), format!("{sign}log.id"));
    let (way, after) = if order.falls { ("DESC", "<") } else { ("ASC", ">") };
    let (by_number, by_id) = (format!("{column} {way}, {id} {way}"), format!("{id} DESC"));
    let (on, sorted, values) = match walk {
        Walk::Having(None) => (format!("{column} IS NOT NULL"), by_number, Vec::new()),
        Walk::Having(Some(Place { sort, id: last })) => (
            format!("({column}, {id}) {after} (?, ?)"),
            by_number,
            vec![Bound::from(*sort), last.as_str().into()],
        ),
        Walk::Lacking(None) => (format!("{column} IS NULL"), by_id, Vec::new()),
        Walk::Lacking(Some(last)) => {
            (format!("{column} IS NULL AND {id} < ?"), by_id, vec![last.as_str().into()])
        }
    };
    Path { on, values, sorted }
}

/// Asks for logs of a walk as they come out of an index.
fn walked(filter: &Filter, order: Order, walk: &Walk, from: &str, most: u32) -> Statement {
    let Condition { sql, values } = condition(filter, Use::List);
    let path = path(order, walk, "");
    let text =
        format!("SELECT {COLUMNS} FROM {from} WHERE {sql} AND {} ORDER BY {} LIMIT ?", path.on, path.sorted);
    Statement::new(text, values.into_iter().chain(path.values).chain([most.into()]))
}

/// Asks for logs of the first steps of a walk. The walk is of what the filter leaves of its index.
fn near(filter: &Filter, order: Order, walk: &Walk, index: &str, most: u32) -> Statement {
    let Condition { sql, values } = condition(filter, Use::List);
    let Path { on, values: mut place, sorted } = path(order, walk, "");
    let least = match order.by {
        By::Latency => filter.min_latency_ms.map(Bound::from),
        By::Cost => filter.min_cost_usd.map(Bound::from),
        By::Time | By::Tokens => None,
    };
    let column = column(order.by);
    let on = least.map_or(on.clone(), |least| {
        place.push(least);
        format!("{on} AND {column} >= ?")
    });
    // Where fewer steps are left, what stands for the last is beyond all that there are.
    let (steps, within, beyond) = match walk {
        Walk::Having(_) if order.falls => {
            (format!("{column}, id"), format!("({column}, log.id) >="), "-1, ''")
        }
        Walk::Having(_) => (format!("{column}, id"), format!("({column}, log.id) <="), "9e999, ''"),
        Walk::Lacking(_) => ("id".to_owned(), "log.id >=".to_owned(), "''"),
    };
    let text = format!(
        "SELECT {COLUMNS} FROM log INDEXED BY {index} WHERE {sql} AND {on} AND {within} (SELECT {steps} FROM (SELECT * FROM \
         (SELECT {steps} FROM log INDEXED BY {index} WHERE {on} ORDER BY {sorted} LIMIT 1 OFFSET ?) \
         UNION ALL SELECT {beyond}) LIMIT 1) ORDER BY {sorted} LIMIT ?"
    );
    let again = place.clone();
    Statement::new(text, values.into_iter().chain(place).chain(again).chain([NEAR.into(), most.into()]))
}

/// Asks for logs of a walk out of all that match.
fn gathered(filter: &Filter, order: Order, walk: &Walk, most: u32) -> Statement {
    let Condition { sql, values } = condition(filter, Use::All);
    let path = path(order, walk, "+");
    let text = format!(
        "SELECT {COLUMNS} FROM log WHERE log.seq IN (SELECT log.seq FROM log WHERE {sql}) AND {} ORDER BY {} LIMIT ?",
        path.on, path.sorted
    );
    Statement::new(text, values.into_iter().chain(path.values).chain([most.into()]))
}

/// Gives the column that a list is sorted by.
fn column(by: By) -> &'static str {
    match by {
        By::Time => "log.created_at",
        By::Latency => "latency_ms",
        By::Cost => "cost_usd",
        By::Tokens => "tokens",
    }
}
