//! Deleting logs for good: rows, texts, and large bodies that nothing else uses.

use serde::Deserialize;
use shared::api::settings::Retention;
use shared::id::LogId;
use shared::moment::Moment;

use super::access::moment;
use super::{first, log, number, rows};
use crate::bind;
use crate::ports::{Blobs, Sql, SqlError, Statement};

/// How much was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deleted {
    pub logs: u64,
    pub bodies: u64,
}

/// One pass: how many logs had grown too old before it, what was deleted, and how many are left; none when it broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    pub before: u64,
    pub deleted: Deleted,
    pub after: Option<u64>,
}

/// Lists logs of before a moment, the oldest first.
pub async fn older(sql: &impl Sql, than: Moment, most: u32) -> Result<Vec<LogId>, SqlError> {
    #[derive(Deserialize)]
    struct Old {
        id: LogId,
    }
    let text = "SELECT id FROM log WHERE created_at < ? ORDER BY created_at, id LIMIT ?";
    let old = rows::<Old>(sql, Statement::new(text, bind![than, most])).await?;
    Ok(old.into_iter().map(|old| old.id).collect())
}

/// Counts logs of before a moment: no more of the index is walked than they take.
pub async fn count_older(sql: &impl Sql, than: Moment) -> Result<u64, SqlError> {
    let text = "SELECT count(*) AS n FROM log WHERE created_at < ?";
    Ok(number(&sql.query(Statement::new(text, bind![than])).await?, "n"))
}

/// Deletes logs that are there with everything that only they have. Items made from them have copies of their own.
///
/// Large bodies go first: if anything fails then, the logs are still found by whoever tries again.
pub async fn delete(ports: &(impl Sql + Blobs), ids: &[LogId]) -> Result<Deleted, SqlError> {
    let own = own_blobs(ports, ids).await?;
    for blob in &own {
        ports.delete_blob(blob).await?;
    }
    log::delete(ports, ids).await?;
    Ok(Deleted { logs: ids.len() as u64, bodies: own.len() as u64 })
}

async fn own_blobs(sql: &impl Sql, ids: &[LogId]) -> Result<Vec<String>, SqlError> {
    #[derive(Deserialize)]
    struct Own {
        blob: String,
    }
    let text = "SELECT DISTINCT blob FROM log_body AS mine \
                WHERE log_id IN (SELECT value FROM json_each(?)) AND blob IS NOT NULL \
                AND NOT EXISTS (SELECT 1 FROM log_body AS other WHERE other.blob = mine.blob \
                AND other.log_id NOT IN (SELECT value FROM json_each(?))) \
                AND NOT EXISTS (SELECT 1 FROM set_item WHERE set_item.blob = mine.blob)";
    let ids = serde_json::to_string(ids).unwrap_or_default();
    let own = rows::<Own>(sql, Statement::new(text, bind![ids.as_str(), ids.as_str()])).await?;
    Ok(own.into_iter().map(|own| own.blob).collect())
}

/// Writes down that old logs were looked for, and how many were deleted.
pub async fn note(sql: &impl Sql, at: Moment, pass: Pass) -> Result<(), SqlError> {
    let text = "INSERT INTO retention (id, checked_at, deleted_at, logs, bodies, logs_in_all, old_before, old_after) \
                VALUES (1, ?, CASE WHEN ? > 0 THEN ? END, ?, ?, ?, ?, ?) \
                ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at, \
                deleted_at = coalesce(excluded.deleted_at, deleted_at), \
                logs = CASE WHEN excluded.logs > 0 THEN excluded.logs ELSE logs END, \
                bodies = CASE WHEN excluded.logs > 0 THEN excluded.bodies ELSE bodies END, \
                old_before = CASE WHEN excluded.logs > 0 THEN excluded.old_before ELSE old_before END, \
                old_after = CASE WHEN excluded.logs > 0 THEN excluded.old_after ELSE old_after END, \
                logs_in_all = logs_in_all + excluded.logs";
    let Pass { before, deleted: Deleted { logs, bodies }, after } = pass;
    let values = bind![at, logs, at, logs, bodies, logs, before, after];
    sql.query(Statement::new(text, values)).await.map(|_| ())
}

/// Reads what became of old logs; none before they were looked for.
pub async fn last(sql: &impl Sql) -> Result<Option<Retention>, SqlError> {
    #[derive(Deserialize)]
    struct Stored {
        checked_at: f64,
        deleted_at: Option<f64>,
        logs: u64,
        bodies: u64,
        logs_in_all: u64,
        old_before: Option<u64>,
        old_after: Option<u64>,
        oldest: Option<f64>,
    }
    let text = "SELECT checked_at, deleted_at, logs, bodies, logs_in_all, old_before, old_after, \
                (SELECT min(created_at) FROM log) AS oldest FROM retention WHERE id = 1";
    let stored = first::<Stored>(sql, Statement::new(text, [])).await?;
    Ok(stored.map(|stored| Retention {
        checked_at: moment(stored.checked_at),
        deleted_at: stored.deleted_at.map(moment),
        logs: stored.logs,
        bodies: stored.bodies,
        before: stored.old_before,
        after: stored.old_after,
        logs_in_all: stored.logs_in_all,
        oldest: stored.oldest.map(moment),
    }))
}
