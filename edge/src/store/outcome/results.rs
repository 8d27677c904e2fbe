//! Results: the outcomes of a run that count, page by page, the worst first.
//!
//! The orders are columns of the table, each with an index: a page walks it from where the last one ended and stops
//! when it is full, however many outcomes there are. Only a choice of slices has to look at what it leaves out.

use std::collections::HashMap;

use shared::api::runs::{Items, Order, ResultsQuery};
use shared::id::RunId;
use shared::outcome::{Row, Verdict};

use super::super::page::{self, Cursors, Place};
use super::super::rows;
use super::{COLUMNS, Stored, slice};
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Bound, Secrets, Sql, Statement};

/// The verdicts whose walks are merged when none is asked for.
const ALL: [Verdict; 4] = [Verdict::Error, Verdict::Unscored, Verdict::Fail, Verdict::Pass];

/// Lists the results of a run.
///
/// # Errors
/// Invalid when the cursor does not read.
pub async fn list(
    ports: &(impl Sql + Secrets),
    run: &RunId,
    query: &ResultsQuery,
) -> Result<shared::api::List<Row>, Failure> {
    if let Some(items) = &query.items {
        return Ok(shared::api::List { data: named(ports, run, items).await?, next_cursor: None });
    }
    let order = query.order.unwrap_or_default();
    let cursors = Cursors::of(ports.cursor_keys(), "results", &format!("{run}|{order}"));
    let start = cursors.start(&query.page)?;
    let stored = rows::<Stored>(ports, asked(run, query, start.as_ref())).await?;
    let found = cursors.cut(stored, &query.page, |row| Place { sort: row.sort, id: row.item_id.to_string() });
    let data = found.data.into_iter().map(Stored::row).collect::<Result<_, _>>()?;
    Ok(shared::api::List { data, next_cursor: found.next_cursor })
}

/// Reads the results of some items, in their order; what has none is left out.
async fn named(sql: &impl Sql, run: &RunId, items: &Items) -> Result<Vec<Row>, Failure> {
    let ids: Vec<_> = items.ids().iter().collect();
    let mut known: HashMap<_, _> =
        super::rows_of(sql, run, &ids).await?.into_iter().map(|row| (row.item_id.clone(), row)).collect();
    Ok(ids.into_iter().filter_map(|id| known.remove(id)).collect())
}

/// Asks for the results that come after a place.
///
/// Each verdict is a walk of its own, since the index has it before the order; the walks are merged as they go. What
/// a walk needs to choose is in the index, and the rows are read of what it chose alone.
fn asked(run: &RunId, query: &ResultsQuery, start: Option<&Place>) -> Statement {
    let order = match query.order.unwrap_or_default() {
        Order::Score => "score_order",
        Order::Delta => "delta_order",
    };
    let mut values: Vec<Bound> = bind![run.as_str(), page::ask(&query.page)].to_vec();
    let mut bound = |value: Bound| {
        values.push(value);
        format!("?{}", values.len())
    };
    let after = start.map_or_else(String::new, |place| {
        let (sort, id) = (bound(place.sort.into()), bound(place.id.as_str().into()));
        format!("AND ({order}, item_id) > ({sort}, {id}) ")
    });
    let chosen = if query.slices.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", slice::in_slices(&bound(slice::wanted(&query.slices).into())))
    };
    let verdicts = query.verdict.as_ref().map_or(&ALL[..], std::slice::from_ref);
    let walks = verdicts.iter().map(|verdict| {
        let verdict = bound(verdict.word().into());
        format!(
            "SELECT {COLUMNS}, place.sort AS sort, place.item_id AS item FROM \
             (SELECT run_id, item_id, attempt, {order} AS sort FROM outcome WHERE run_id = ?1 AND verdict = {verdict} \
             {after}AND superseded IS NULL) AS place \
             CROSS JOIN outcome ON outcome.run_id = place.run_id AND outcome.item_id = place.item_id \
             AND outcome.attempt = place.attempt CROSS JOIN set_item ON set_item.id = outcome.item_id{chosen}"
        )
    });
    let text = format!("{} ORDER BY sort, item LIMIT ?2", walks.collect::<Vec<_>>().join(" UNION ALL "));
    Statement::new(text, values)
}
