//! Saved targets: each change is a version.

use serde::Deserialize;
use shared::api::List;
use shared::criteria::Name;
use shared::id::TargetId;
use shared::moment::Moment;
use shared::query::Page;
use shared::target::SavedTarget;

use super::access::moment;
use super::page::{Cursors, Place};
use super::{first, json, rows};
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Secrets, Sql, SqlError, Statement};

#[derive(Deserialize)]
struct Stored {
    id: TargetId,
    version: u32,
    name: Name,
    target: String,
    created_at: f64,
}

impl Stored {
    fn target(self) -> Result<SavedTarget, SqlError> {
        let target = json(&self.target)?;
        Ok(SavedTarget {
            id: self.id,
            name: self.name,
            version: self.version,
            target,
            created_at: moment(self.created_at),
        })
    }
}

const NEWEST: &str = "SELECT id, version, name, target, created_at FROM target AS t WHERE deleted_at IS NULL \
                      AND version = (SELECT max(version) FROM target AS v WHERE v.id = t.id)";

/// Keeps a version of a target.
pub async fn add(sql: &impl Sql, saved: &SavedTarget) -> Result<(), SqlError> {
    let target = serde_json::to_string(&saved.target).unwrap_or_default();
    let text = "INSERT INTO target (id, version, name, target, created_at) VALUES (?, ?, ?, ?, ?)";
    let values = bind![saved.id.as_str(), saved.version, saved.name.as_str(), target, saved.created_at];
    sql.query(Statement::new(text, values)).await.map(|_| ())
}

/// Reads a target in its newest version.
pub async fn get(sql: &impl Sql, id: &TargetId) -> Result<Option<SavedTarget>, SqlError> {
    let text = format!("{NEWEST} AND id = ?");
    first::<Stored>(sql, Statement::new(text, bind![id.as_str()])).await?.map(Stored::target).transpose()
}

/// Finds the target that has this name now.
pub async fn named(sql: &impl Sql, name: &Name) -> Result<Option<SavedTarget>, SqlError> {
    let text = format!("{NEWEST} AND name = ?");
    first::<Stored>(sql, Statement::new(text, bind![name.as_str()])).await?.map(Stored::target).transpose()
}

/// Lists the targets in their newest versions, by name. They are few, and read whole for each page.
///
/// # Errors
/// Invalid when the cursor is not one that the list gave.
pub async fn list(ports: &(impl Sql + Secrets), page: &Page) -> Result<List<SavedTarget>, Failure> {
    let cursors = Cursors::of(ports.cursor_keys(), "targets", "");
    let stored = rows::<Stored>(ports, Statement::new(format!("{NEWEST} ORDER BY name"), [])).await?;
    let targets = stored.into_iter().map(Stored::target).collect::<Result<_, _>>()?;
    cursors.rising(targets, page, |saved| Place { sort: 0.0, id: saved.name.to_string() })
}

/// Takes a target off every list. Tells whether there was one.
pub async fn delete(sql: &impl Sql, id: &TargetId, now: Moment) -> Result<bool, SqlError> {
    super::take_off(sql, "target", id.as_str(), now).await
}
