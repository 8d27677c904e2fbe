//! Log → nothing: logs that have grown too old are deleted, and large bodies whose logs never came, a bounded number at a
//! time.

use shared::moment::Moment;

use crate::failure::Failure;
use crate::ports::{Blobs, Clock, Sql};
use crate::store::retention::{self, Deleted, Pass};
use crate::store::{body, settings};

/// How many logs are deleted in one transaction.
const AT_ONCE: u32 = 120;

/// The most transactions of one sweep: with the reads around them fewer statements than the platform's free plan
/// allows. What is left over goes with the next sweep.
const MOST_TIMES: u32 = 8;

/// How long the row that points to a large body may take to come: far longer than a file takes that is read while it is sent.
const LOOSE_MS: i64 = 24 * 60 * 60 * 1000;

/// The most loose bodies that are looked at in one sweep.
const MOST_LOOSE: u32 = 25;

/// Deletes large bodies that were stored for a log or an item which was not written then. Gives how many.
///
/// # Errors
/// What the database or the blob store says; what is left goes with the next sweep.
pub async fn sweep_loose(ports: &(impl Sql + Blobs + Clock)) -> Result<u64, Failure> {
    Ok(body::delete_loose(ports, ports.now().plus(-LOOSE_MS), MOST_LOOSE).await?)
}

/// Deletes logs older than they may grow. When they may grow for ever, nothing is done and nothing noted.
///
/// # Errors
/// What the database says; what was deleted before is deleted, and noted.
pub async fn sweep(ports: &(impl Sql + Blobs + Clock)) -> Result<Deleted, Failure> {
    let Some(days) = settings::policy(ports).await?.log.retention_days else {
        return Ok(Deleted::default());
    };
    let now = ports.now();
    let limit = Moment::from_millis(now.millis() - days.millis());
    let before = retention::count_older(ports, limit).await?;
    let mut deleted = Deleted::default();
    let done = delete_before(ports, limit, &mut deleted).await;
    let after = if done.is_ok() { Some(retention::count_older(ports, limit).await?) } else { None };
    retention::note(ports, now, Pass { before, deleted, after }).await?;
    done.map(|()| deleted)
}

async fn delete_before(
    ports: &(impl Sql + Blobs),
    limit: Moment,
    deleted: &mut Deleted,
) -> Result<(), Failure> {
    for _ in 0..MOST_TIMES {
        let old = retention::older(ports, limit, AT_ONCE).await?;
        if old.is_empty() {
            break;
        }
        let Deleted { logs, bodies } = retention::delete(ports, &old).await?;
        deleted.logs += logs;
        deleted.bodies += bodies;
    }
    Ok(())
}
