//! Log → nothing: logs that have grown too old are deleted, a bounded number at a time.

use shared::moment::Moment;

use crate::failure::Failure;
use crate::ports::{Blobs, Clock, Sql};
use crate::store::retention::{self, Deleted};
use crate::store::settings;

/// How many logs are deleted in one transaction.
const AT_ONCE: u32 = 120;

/// The most transactions of one sweep: with the reads around them fewer statements than the platform's free plan
/// allows. What is left over goes with the next sweep.
const MOST_TIMES: u32 = 8;

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
    let mut deleted = Deleted::default();
    let done = delete_before(ports, limit, &mut deleted).await;
    retention::note(ports, now, deleted).await?;
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
