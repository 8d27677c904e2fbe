//! Taking items and canaries to work on, with what is known of them.

use std::collections::{BTreeSet, HashMap};

use shared::chat::Output;
use shared::id::{ItemId, LogId};
use shared::set::Item;

use super::plan::Plan;
use super::work::Work;
use crate::ports::{Blobs, Ports, Sql, SqlError};
use crate::store;
use crate::store::canary::{self, Drawn};
use crate::store::fact;
use crate::store::log::Measured;
use crate::store::run::{self, Claim};

/// An item that was claimed: ready to be worked on, or impossible to ask about.
pub type Taken = Result<Work, (Claim, String)>;

/// What a claim brings.
pub struct Claimed {
    pub items: Vec<Taken>,
    /// The canaries that have no answer: only the first claim of the first shard's slices brings any.
    pub canaries: Vec<Result<Work, Drawn>>,
    /// The last position of an item that was taken just now.
    pub last: Option<u64>,
    /// Some of it was taken by the slice before, which did not come to its end.
    pub again: bool,
}

/// Takes items and what is known of them: in a slice's first claim what the shard had taken before.
pub async fn take<P: Ports>(
    ports: &P,
    plan: &Plan,
    shard: u32,
    first: bool,
    most: usize,
) -> Result<Claimed, SqlError> {
    let canaries = if first && shard == 0 { take_canaries(ports, plan).await? } else { Vec::new() };
    let mut claims = if first { run::unfinished(ports, plan.id(), shard).await? } else { Vec::new() };
    let again = !claims.is_empty() || !canaries.is_empty();
    let mut last = None;
    if claims.is_empty() {
        (claims, last) = run::claim(ports, plan.id(), shard, most).await?;
    }
    if claims.is_empty() {
        return Ok(Claimed { items: Vec::new(), canaries, last, again });
    }
    let ids: Vec<_> = claims.iter().map(|claim| claim.item_id.clone()).collect();
    let items = store::item::whole_of(ports, &ids).await?;
    let originals = measured(ports, plan, &items).await?;
    let mut items: HashMap<_, _> = items.into_iter().map(|item| (item.row.id.clone(), item)).collect();
    let mut taken: Vec<Taken> = claims
        .into_iter()
        .map(|claim| match items.remove(&claim.item_id) {
            Some(item) => {
                let original = item.row.log_id.as_ref().and_then(|log| originals.get(log));
                Work::begin(plan, claim, item, original.copied().unwrap_or_default())
            }
            None => Err((claim, "the item is gone".to_owned())),
        })
        .collect();
    let keys: Vec<_> = taken.iter().flatten().map(|work| work.completion_key.clone()).collect();
    let known = fact::completions(ports, &keys).await?;
    for work in taken.iter_mut().flatten() {
        work.completion = known.get(&work.completion_key).cloned();
    }
    Ok(Claimed { items: taken, canaries, last, again })
}

/// Finds how long the original calls took and what they cost, if a scorer wants to know.
async fn measured(sql: &impl Sql, plan: &Plan, items: &[Item]) -> Result<HashMap<LogId, Measured>, SqlError> {
    let logs: Vec<_> = items.iter().filter_map(|item| item.row.log_id.as_ref()).collect();
    if logs.is_empty() || !plan.scorers.measure_calls() {
        return Ok(HashMap::new());
    }
    store::log::measured(sql, &logs).await
}

/// Takes the canaries that have no answer.
async fn take_canaries<P: Ports>(ports: &P, plan: &Plan) -> Result<Vec<Result<Work, Drawn>>, SqlError> {
    let open = canary::open(ports, plan.id()).await?;
    if open.is_empty() { Ok(Vec::new()) } else { begin_canaries(ports, plan, open).await }
}

/// Takes up canaries with the items that they are made of.
pub async fn begin_canaries(
    ports: &(impl Sql + Blobs),
    plan: &Plan,
    open: Vec<Drawn>,
) -> Result<Vec<Result<Work, Drawn>>, SqlError> {
    let ids = open.iter().flat_map(|drawn| std::iter::once(&drawn.item_id).chain(&drawn.other_id));
    let ids: Vec<_> = ids.cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let items = store::item::whole_of(ports, &ids).await?;
    let find = |id: &ItemId| items.iter().find(|item| item.row.id == *id).cloned();
    let canaries = open.into_iter().map(|drawn| {
        let other = drawn.other_id.as_ref().and_then(find).and_then(|item| item.reference).map(Output::from);
        match find(&drawn.item_id) {
            Some(item) => Work::begin_canary(drawn, item, other.as_ref(), plan.run.created_at),
            None => Err(drawn),
        }
    });
    Ok(canaries.collect())
}
