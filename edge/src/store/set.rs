//! Eval sets and their versions.

use serde::Deserialize;
use shared::criteria::Name;
use shared::id::SetId;
use shared::moment::Moment;
use shared::query::Page;
use shared::set::{Set, Version};

use super::access::moment;
use super::page::{self, Cursors, Place};
use super::{first, json, rows};
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Secrets, Sql, SqlError, Statement};

#[derive(Deserialize)]
struct Stored {
    id: SetId,
    name: Name,
    description: String,
    threshold: f64,
    created_at: f64,
    updated_at: f64,
    version: u32,
    criteria: String,
    scorers: String,
    item_count: u64,
}

impl Stored {
    fn set(self) -> Result<Set, SqlError> {
        let threshold = self.threshold.try_into();
        Ok(Set {
            id: self.id,
            name: self.name,
            description: self.description,
            criteria: json(&self.criteria)?,
            scorers: json(&self.scorers)?,
            threshold: threshold
                .map_err(|error| SqlError::Broken(format!("a threshold does not read: {error}")))?,
            version: self.version,
            item_count: self.item_count,
            created_at: moment(self.created_at),
            updated_at: moment(self.updated_at),
        })
    }
}

const COLUMNS: &str = "SELECT eval_set.id AS id, name, description, threshold, eval_set.created_at AS created_at, \
                       updated_at, version, criteria, scorers, item_count FROM eval_set JOIN set_version ON set_id = eval_set.id";

const NEWEST: &str = "version = (SELECT max(version) FROM set_version AS v WHERE v.set_id = eval_set.id)";

/// Keeps a new set with its first version.
///
/// # Errors
/// Conflict when the name is taken.
pub async fn add(sql: &impl Sql, set: &Set) -> Result<(), Failure> {
    let head = "INSERT INTO eval_set (id, name, description, threshold, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)";
    let values = bind![
        set.id.as_str(),
        set.name.as_str(),
        set.description.as_str(),
        set.threshold.value(),
        set.created_at,
        set.updated_at
    ];
    let statements = vec![Statement::new(head, values), version_statement(set, "made", 0)];
    named(sql.batch(statements).await.map(|_| ()), &set.name)
}

/// Writes the name, description and threshold of a set anew, and its next version if there is one.
///
/// # Errors
/// Conflict when the name is taken.
pub async fn change(sql: &impl Sql, set: &Set, next_version: Option<&str>) -> Result<(), Failure> {
    let text = "UPDATE eval_set SET name = ?, description = ?, threshold = ?, updated_at = ? WHERE id = ?";
    let values = bind![
        set.name.as_str(),
        set.description.as_str(),
        set.threshold.value(),
        set.updated_at,
        set.id.as_str()
    ];
    let mut statements = vec![Statement::new(text, values)];
    statements.extend(next_version.map(|change| version_statement(set, change, set.item_count)));
    named(sql.batch(statements).await.map(|_| ()), &set.name)
}

fn version_statement(set: &Set, change: &str, item_count: u64) -> Statement {
    let text = "INSERT INTO set_version (set_id, version, criteria, scorers, change, item_count, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let criteria = serde_json::to_string(&set.criteria).unwrap_or_default();
    let scorers = serde_json::to_string(&set.scorers).unwrap_or_default();
    Statement::new(
        text,
        bind![set.id.as_str(), set.version, criteria, scorers, change, item_count, set.updated_at],
    )
}

fn named(done: Result<(), SqlError>, name: &Name) -> Result<(), Failure> {
    match done {
        Err(SqlError::Taken(what)) if what.contains("set_version") => Err(Failure::Overtaken),
        Err(SqlError::Taken(_)) => {
            Err(Failure::Conflict(format!("the name \"{name}\" is taken by another set")))
        }
        other => Ok(other?),
    }
}

/// Reads a set in one of its versions, the newest when none is named; none when there is no such set.
pub async fn get(sql: &impl Sql, id: &SetId, version: Option<u32>) -> Result<Option<Set>, SqlError> {
    let statement = match version {
        None => Statement::new(
            format!("{COLUMNS} WHERE eval_set.id = ? AND deleted_at IS NULL AND {NEWEST}"),
            bind![id.as_str()],
        ),
        Some(version) => Statement::new(
            format!("{COLUMNS} WHERE eval_set.id = ? AND version = ?"),
            bind![id.as_str(), version],
        ),
    };
    first::<Stored>(sql, statement).await?.map(Stored::set).transpose()
}

/// Lists the sets, the last changed first.
pub async fn list(ports: &(impl Sql + Secrets), page: &Page) -> Result<shared::api::List<Set>, Failure> {
    let cursors = Cursors::of(ports.cursor_keys(), "sets", "");
    let start = cursors.start(page)?;
    let (after, values) = page::after(("updated_at", "eval_set.id"), start.as_ref());
    let text = format!(
        "{COLUMNS} WHERE deleted_at IS NULL AND {NEWEST} AND {after} ORDER BY updated_at DESC, eval_set.id DESC LIMIT ?"
    );
    let values = values.into_iter().chain([page::ask(page).into()]);
    let stored = rows::<Stored>(ports, Statement::new(text, values)).await?;
    let sets = stored.into_iter().map(Stored::set).collect::<Result<Vec<_>, _>>()?;
    Ok(cursors.cut(sets, page, |set| Place { sort: set.updated_at.millis() as f64, id: set.id.to_string() }))
}

/// Lists the versions of a set, the newest first.
pub async fn versions(
    ports: &(impl Sql + Secrets),
    id: &SetId,
    page: &Page,
) -> Result<shared::api::List<Version>, Failure> {
    #[derive(Deserialize)]
    struct Stored {
        version: u32,
        created_at: f64,
        change: String,
        item_count: u64,
    }
    let cursors = Cursors::of(ports.cursor_keys(), "versions", id.as_str());
    let start = cursors.start(page)?;
    let (after, values) = page::after(("version", "set_id"), start.as_ref());
    let text = format!(
        "SELECT version, created_at, change, item_count FROM set_version WHERE set_id = ? AND {after} ORDER BY version DESC LIMIT ?"
    );
    let values = bind![id.as_str()].into_iter().chain(values).chain([page::ask(page).into()]);
    let stored = rows::<Stored>(ports, Statement::new(text, values)).await?.into_iter();
    let versions: Vec<_> = stored
        .map(|row| Version {
            version: row.version,
            created_at: moment(row.created_at),
            change: row.change,
            item_count: row.item_count,
        })
        .collect();
    Ok(cursors.cut(versions, page, |version| Place { sort: f64::from(version.version), id: id.to_string() }))
}

/// Takes a set off every list; what it held still reads for the runs that used it.
pub async fn delete(sql: &impl Sql, id: &SetId, now: Moment) -> Result<bool, SqlError> {
    super::take_off(sql, "eval_set", id.as_str(), now).await
}
