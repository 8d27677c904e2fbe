//! Waking the shards that drive a run.

use crate::failure::Failure;
use crate::ports::{Clock, Journal, Schedule, Sql};
use crate::store::run::{self, Frozen};

/// Runs that were made longer ago than that are left to people, in milliseconds.
const LONGEST_AGO_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Wakes every shard of a run, after something was stored that they are to look up. What was stored is not undone because
/// one does not hear: of a run under way it learns when it next writes, and else the sweep wakes it.
pub async fn all(ports: &(impl Schedule + Journal), run: &Frozen) {
    tell(ports, run, None).await;
}

/// Wakes every shard of a run but one that is awake, as [`all`] does.
pub async fn tell(ports: &(impl Schedule + Journal), run: &Frozen, awake: Option<u32>) {
    if let Err(failure) = others(ports, run, awake).await {
        ports.note(&format!("a shard of run {} does not hear: {failure:?}", run.id));
    }
}

/// Wakes every shard of a run but one that is awake.
///
/// # Errors
/// What the scheduler says.
pub async fn others(ports: &impl Schedule, run: &Frozen, awake: Option<u32>) -> Result<(), Failure> {
    let shards = run.config.concurrency.shards().min(u32::try_from(run.total).unwrap_or(u32::MAX));
    let others = (0..shards.max(1)).filter(|shard| Some(*shard) != awake);
    let woken = others.map(|shard| ports.wake(&run.id, shard));
    for woken in futures_util::future::join_all(woken).await {
        woken?;
    }
    Ok(())
}

/// Wakes every shard of each run that should be going, of the newest: a wake may have been lost, or what a shard had
/// taken, or when it was to go on. One that is awake only looks how its run stands.
///
/// # Errors
/// What the database says; the next time tries again.
pub async fn sweep(ports: &(impl Sql + Clock + Schedule + Journal)) -> Result<(), Failure> {
    for id in run::going_since(ports, ports.now().plus(-LONGEST_AGO_MS), ports.now()).await? {
        if let Some(state) = run::get(ports, &id).await? {
            all(ports, &state.run).await;
        }
    }
    Ok(())
}
