//! Lists of logs, page by page, in the order that is asked for.
//!
//! Each order is an index: a page walks it from where the last one ended, and stops when it is full. Logs without the
//! number that the list is sorted by are a walk of their own, which comes last, the newest first.

use shared::api::List;
use shared::api::logs::{By, LogsQuery, Order};
use shared::log::Log;
use shared::log::filter::Filter;

use super::super::page::{self, Place};
use super::{COLUMNS, Use, condition, log_of};
use crate::failure::Failure;
use crate::ports::{Bound, Sql, Statement};

/// Stands in a cursor where a log has no number: those that logs have are not below 0.
const LACKING: f64 = -1.0;

/// Lists logs.
///
/// # Errors
/// Invalid when the cursor does not read.
pub async fn list(sql: &impl Sql, query: &LogsQuery) -> Result<List<Log>, Failure> {
    let LogsQuery { filter, order, page } = query;
    let order = order.unwrap_or_default();
    let mut logs = Vec::new();
    for walk in walks(order, page::start(page)?) {
        let left = page::ask(page).saturating_sub(u32::try_from(logs.len()).unwrap_or(u32::MAX));
        if left == 0 {
            break;
        }
        for row in sql.query(asked(filter, order, walk, left)).await? {
            logs.push(log_of(row)?);
        }
    }
    let place = |log: &Log| Place { sort: number(log, order.by).unwrap_or(LACKING), id: log.id.to_string() };
    Ok(page::cut(logs, page, place))
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

/// Asks for so many logs of a walk.
fn asked(filter: &Filter, order: Order, walk: Walk, most: u32) -> Statement {
    let (column, index) = match order.by {
        By::Time => ("log.created_at", None),
        By::Latency => ("latency_ms", Some("log_by_latency")),
        By::Cost => ("cost_usd", Some("log_by_cost")),
        By::Tokens => ("tokens", Some("log_by_tokens")),
    };
    // What one person or one session has, or what holds some words, is little: it is found first, and then sorted. Of
    // anything else the database must not sort all that matches for each page.
    let is_little = filter.q.is_some() || filter.user.is_some() || filter.session.is_some();
    let indexed =
        index.filter(|_| !is_little).map_or_else(String::new, |index| format!(" INDEXED BY {index}"));
    let condition = condition(filter, Use::List);
    let (way, sign) = if order.falls { ("DESC", "<") } else { ("ASC", ">") };
    let by_number = format!("{column} {way}, log.id {way}");
    let by_id = "log.id DESC".to_owned();
    let (of_walk, sorted, place) = match walk {
        Walk::Having(None) => (format!("{column} IS NOT NULL"), by_number, Vec::new()),
        Walk::Having(Some(Place { sort, id })) => {
            (format!("({column}, log.id) {sign} (?, ?)"), by_number, vec![Bound::from(sort), id.into()])
        }
        Walk::Lacking(None) => (format!("{column} IS NULL"), by_id, Vec::new()),
        Walk::Lacking(Some(id)) => (format!("{column} IS NULL AND log.id < ?"), by_id, vec![id.into()]),
    };
    let text = format!(
        "SELECT {COLUMNS} FROM log{indexed} WHERE {} AND {of_walk} ORDER BY {sorted} LIMIT ?",
        condition.sql
    );
    Statement::new(text, condition.values.into_iter().chain(place).chain([most.into()]))
}
