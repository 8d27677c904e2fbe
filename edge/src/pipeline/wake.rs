//! Waking the shards that drive a run.

use crate::failure::Failure;
use crate::ports::Schedule;
use crate::store::run::Frozen;

/// Wakes every shard of a run.
///
/// # Errors
/// What the scheduler says.
pub async fn all(ports: &impl Schedule, run: &Frozen) -> Result<(), Failure> {
    others(ports, run, None).await
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
