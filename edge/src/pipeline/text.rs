//! Outcome → view: what the items of a run say, for finding what failures have in common.

use std::collections::HashMap;

use shared::api::runs::{InCommon, TextsQuery};
use shared::canonical::Key;
use shared::id::RunId;
use shared::outcome::CriterionRow;
use shared::topics::texts::{self, Texts};

use super::{report, steer};
use crate::failure::Failure;
use crate::ports::Sql;
use crate::store::outcome::Questions;
use crate::store::outcome::text::{self, Said};
use crate::store::topic;

/// Reads the texts of a run, with what is said against the responses below a threshold, and what else they are grouped by.
///
/// # Errors
/// Not found.
pub async fn of(sql: &impl Sql, id: &RunId, query: &TextsQuery) -> Result<InCommon, Failure> {
    let state = steer::find(sql, id).await?;
    let threshold = query.threshold.or(state.run.config.threshold).unwrap_or_default();
    let items = text::of(sql, id, threshold.value()).await?;
    let keys: Vec<_> = items.iter().flat_map(|item| failed(item).map(|(_, key)| key.clone())).collect();
    let judgements = text::judgements(sql, &keys).await?;
    let mut texts = Texts { outcomes: state.counts.done, ..Texts::default() };
    for item in items {
        texts.said.push(item.against.as_ref().map(|_| said(&item, &judgements)));
        texts.items.push(item.item_id);
        texts.requests.push(item.request_preview);
    }
    let topics = topic::of_set(sql, &state.run.set_id).await?;
    let scores = if query.scores == Some(true) { Some(report::scores(sql, id).await?) } else { None };
    Ok(InCommon { texts, topics, scores })
}

fn said(item: &Said, judgements: &HashMap<Key, [String; 2]>) -> String {
    texts::join(failed(item).filter_map(|(_, key)| judgements.get(key)).flatten().cloned())
}

/// Gives the criteria that a response fails, each with its first judgement; the worst when it fails none.
fn failed(item: &Said) -> impl Iterator<Item = (&CriterionRow, &Key)> {
    let asked = item.against.iter().flatten();
    let judged: Vec<_> =
        asked.filter_map(|(row, Questions { candidate, .. })| Some((row, candidate.keys.first()?))).collect();
    let worst = judged.iter().filter_map(|(row, _)| row.level).min();
    let is_failed =
        move |row: &CriterionRow| row.level.is_some_and(|level| !level.passes() || Some(level) == worst);
    judged.into_iter().filter(move |(row, _)| is_failed(row))
}
