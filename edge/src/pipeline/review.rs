//! Outcome → label: which results of a run a person should label next.

use std::collections::HashMap;

use shared::api::List;
use shared::api::labels::Picked;
use shared::canonical::Key;
use shared::criteria::Criterion;
use shared::id::{ItemId, RunId};
use shared::judge::choice::Choice;
use shared::label::Lot;
use shared::outcome::{self, CriterionRow};
use shared::review::{self, Scored, Seen};
use shared::score::{Level, MeanLevel, Score, Threshold};

use super::{launch, steer};
use crate::failure::Failure;
use crate::ports::Sql;
use crate::store::outcome::{Asked, Look};
use crate::store::{self, fact};

/// Picks results to label next, with previews alone. The same labels give the same picks.
///
/// # Errors
/// Not found.
pub async fn to_label(sql: &impl Sql, id: &RunId) -> Result<List<Picked>, Failure> {
    let run = steer::find(sql, id).await?.run;
    let looks = store::outcome::looks(sql, id).await?;
    let labels = said(store::label::of_run(sql, id, &run.set_id).await?);
    let levels = levels(sql, &looks).await?;
    let criteria = launch::criteria(sql, &run).await?;
    let threshold = run.config.threshold.unwrap_or_default();
    let seen = |look| Seen { label: said_of(&labels, look), ..seen(look, &levels, &criteria, threshold) };
    let seen: Vec<_> = looks.iter().map(seen).collect();
    let lots: Vec<_> = looks.iter().map(|look| Lot::of(&run.set_id, &look.item_id)).collect();
    let picks = review::sample(&seen, &lots);
    let picked: Vec<_> =
        picks.iter().filter_map(|pick| Some((pick, &looks.get(pick.place)?.item_id))).collect();
    let ids: Vec<_> = picked.iter().map(|(_, item)| *item).collect();
    let rows = store::outcome::rows_of(sql, id, &ids).await?;
    let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.item_id.clone(), row)).collect();
    let data = picked.into_iter().filter_map(|(pick, item)| {
        Some(Picked { why: pick.kind, drawn: pick.drawn, weight: pick.weight, row: rows.remove(item)? })
    });
    Ok(List { data: data.collect(), next_cursor: None })
}

/// Gives whether people let a response pass: nobody fails any of it.
fn said(labels: Vec<(ItemId, shared::label::Opinion)>) -> HashMap<ItemId, bool> {
    let mut said = HashMap::new();
    for (item, opinion) in labels {
        let passes = said.entry(item).or_insert(true);
        *passes &= opinion.passes();
    }
    said
}

type Levels = HashMap<Key, (Level, Option<Choice>)>;

/// How many judgements are looked at: a bound text ends at 2 MB, and a key has 64 digits.
const MOST: usize = 20_000;

/// Finds the levels where a question was answered more than once, as far as there is room.
async fn levels(sql: &impl Sql, looks: &[Look]) -> Result<Levels, Failure> {
    let asked = looks.iter().flat_map(|look| &look.questions).map(|questions| keys(&questions.candidate));
    let mut repeated = Vec::new();
    for keys in asked.filter(|keys| keys.len() > 1) {
        if repeated.len() + keys.len() > MOST {
            break;
        }
        repeated.extend(keys.into_iter().cloned());
    }
    if repeated.is_empty() { Ok(Levels::new()) } else { Ok(fact::levels(sql, &repeated).await?) }
}

/// Gives the keys of every answer to a question: of each repeat, and of each judge.
fn keys(asked: &Asked) -> Vec<&Key> {
    asked.keys.iter().chain(asked.panel.iter().flatten()).collect()
}

fn said_of(labels: &HashMap<ItemId, bool>, look: &Look) -> Option<bool> {
    labels.get(&look.item_id).copied()
}

/// Tells what is known of an item but for its label. Its scores are the judge's alone, without scorers: the
/// two are to be held against each other.
fn seen(look: &Look, levels: &Levels, criteria: &[Criterion], threshold: Threshold) -> Seen {
    let given = |asked: &Asked| {
        let known = keys(asked).into_iter().filter_map(|key| levels.get(key));
        // The two orders of a comparison are no repeats; a flag tells when they disagree.
        let is_comparison =
            |choice: &Option<Choice>| choice.is_some_and(|choice| choice.quarters().is_some());
        known.filter(|(_, choice)| !is_comparison(choice)).map(|(level, _)| *level).collect()
    };
    let judged = |level: fn(&CriterionRow) -> Option<MeanLevel>| {
        outcome::score(criteria.iter().zip(look.criteria.iter().map(level)))
    };
    let scored = judged(|row| row.level).filter(|_| look.score.is_some());
    let missed = |(criterion, row): (&Criterion, &CriterionRow)| {
        criterion.required && row.level.is_some_and(|level| !level.passes())
    };
    Seen {
        scored: scored.map(|score| Scored { score: score.value(), passes: score.passes(threshold) }),
        baseline: judged(|row| row.baseline_level).map(Score::value),
        change: look.change,
        required_failed: criteria.iter().zip(&look.criteria).any(missed),
        levels: look.questions.iter().map(|questions| given(&questions.candidate)).collect(),
        label: None,
        checks: review::checks(&look.scorers),
        flags: look.flags.clone(),
    }
}
