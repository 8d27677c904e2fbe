//! Taking items and canaries to work on, with what is known of them.

use std::collections::{BTreeSet, HashMap};

use shared::chat::Output;
use shared::id::{ItemId, LogId};
use shared::set::Item;

use super::caution::Caution;
use super::plan::Plan;
use super::work::{Subject, Work};
use crate::ports::{Blobs, Ports, Sql, SqlError};
use crate::store;
use crate::store::canary::{self, Drawn};
use crate::store::fact;
use crate::store::log::Measured;
use crate::store::run::{Claim, Picked};

/// An item that was claimed: ready to be worked on, or impossible to ask about.
pub type Taken = Result<Work, (Claim, String)>;

/// A canary: ready to be asked about, or made of an item that cannot be read.
type Canary = Result<Work, Drawn>;

/// What a claim brings.
pub struct Claimed {
    pub items: Vec<Taken>,
    /// The canaries that have no answer: only the first claim of the first shard's slices brings any.
    pub canaries: Vec<Result<Work, (Drawn, String)>>,
    /// How many of the items were taken just now.
    pub new: usize,
    /// The items were taken by a slice before, which did not come to their end.
    pub again: bool,
}

/// Reads the items that were picked, and what is known of them.
pub async fn begin<P: Ports>(
    ports: &P,
    plan: &Plan,
    caution: Caution,
    (before, now): (Vec<Picked>, Vec<Picked>),
    canaries: Vec<Canary>,
) -> Result<Claimed, SqlError> {
    let again = !before.is_empty();
    // Who is careful has them in hand by themselves.
    let canaries = if again && caution != Caution::Needless { Vec::new() } else { canaries };
    if let Some(why) = caution.gives_up() {
        let items = before.into_iter().map(|picked| Err((picked.claim, why.clone()))).collect();
        let canaries =
            canaries.into_iter().filter_map(drawn).map(|drawn| Err((drawn, why.clone()))).collect();
        return Ok(Claimed { items, canaries, new: 0, again });
    }
    let new = now.len();
    let mut found = Vec::new();
    for picked in before.into_iter().chain(now) {
        let item = match &picked.item {
            Some(stored) => store::item::whole(ports, stored).await,
            None => Err(SqlError::Lost("the item is gone".to_owned())),
        };
        let item = match item {
            Ok(item) => Ok(item),
            Err(SqlError::Lost(why)) => Err(why),
            Err(error) => return Err(error),
        };
        found.push((picked.claim, picked.bytes, item));
    }
    let originals = measured(ports, plan, found.iter().filter_map(|(.., item)| item.as_ref().ok())).await?;
    let mut taken: Vec<Taken> = found
        .into_iter()
        .map(|(claim, bytes, item)| match item {
            Ok(item) => {
                let original = item.row.log_id.as_ref().and_then(|log| originals.get(log));
                let mut work = Work::begin(plan, claim, item, original.copied().unwrap_or_default())?;
                work.bytes = bytes;
                Ok(work)
            }
            Err(why) => Err((claim, why)),
        })
        .collect();
    let keys: Vec<_> = taken.iter().flatten().map(|work| work.completion_key.clone()).collect();
    if !keys.is_empty() {
        let known = fact::completions(ports, &keys).await?;
        for work in taken.iter_mut().flatten() {
            work.completion = known.get(&work.completion_key).cloned();
        }
    }
    let unreadable = |drawn| (drawn, "the item that it is made of cannot be read".to_owned());
    let canaries = canaries.into_iter().map(|canary| canary.map_err(unreadable)).collect();
    Ok(Claimed { items: taken, canaries, new, again })
}

/// Gives what was drawn for a canary.
fn drawn(canary: Canary) -> Option<Drawn> {
    match canary.map(|work| work.subject) {
        Ok(Subject::Canary(drawn)) | Err(drawn) => Some(drawn),
        Ok(Subject::Item(_)) => None,
    }
}

/// Finds how long the original calls took and what they cost, if a scorer wants to know.
async fn measured(
    sql: &impl Sql,
    plan: &Plan,
    items: impl Iterator<Item = &Item>,
) -> Result<HashMap<LogId, Measured>, SqlError> {
    let logs: Vec<_> = items.filter_map(|item| item.row.log_id.as_ref()).collect();
    if logs.is_empty() || !plan.scorers.measure_calls() {
        return Ok(HashMap::new());
    }
    store::log::measured(sql, &logs).await
}

/// Takes the canaries that have no answer.
pub async fn take_canaries<P: Ports>(ports: &P, plan: &Plan) -> Result<Vec<Canary>, SqlError> {
    let open = canary::open(ports, plan.id()).await?;
    if open.is_empty() { Ok(Vec::new()) } else { begin_canaries(ports, plan, open).await }
}

/// Takes up canaries with the items that they are made of.
pub async fn begin_canaries(
    ports: &(impl Sql + Blobs),
    plan: &Plan,
    open: Vec<Drawn>,
) -> Result<Vec<Canary>, SqlError> {
    let ids = open.iter().flat_map(|drawn| std::iter::once(&drawn.item_id).chain(&drawn.other_id));
    let ids: Vec<_> = ids.cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let items = store::item::readable_of(ports, &ids).await?;
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
