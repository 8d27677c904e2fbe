//! What was decided about logs, as one JSON value of what differs from how it is at first.

use serde::Deserialize;
use shared::api::settings::SettingsChange;
use shared::policy::Policy;

use super::{first, json as read_json};
use crate::bind;
use crate::ports::{Clock, Sql, SqlError, Statement};

/// The row that holds the policy.
const NAME: &str = "logs";

/// How long it may take to come: requests that pass wait for it.
const PATIENCE_MS: u64 = 3_000;

/// Reads the policy.
///
/// # Errors
/// What the database says; busy when it does not answer.
pub async fn policy(ports: &(impl Sql + Clock)) -> Result<Policy, SqlError> {
    #[derive(Deserialize)]
    struct Stored {
        value: String,
    }
    let statement = Statement::new("SELECT value FROM setting WHERE name = ?", bind![NAME]);
    match ports.in_time(PATIENCE_MS, first::<Stored>(ports, statement)).await? {
        Some(stored) => read_json(&stored.value),
        None => Ok(Policy::default()),
    }
}

/// Writes a change into what is there: of two changes made at once, both hold.
pub async fn change(sql: &impl Sql, change: &SettingsChange) -> Result<(), SqlError> {
    let text = "INSERT INTO setting (name, value) VALUES (?, json_patch('{}', ?)) \
                ON CONFLICT (name) DO UPDATE SET value = json_patch(value, ?)";
    let change = serde_json::to_string(change).unwrap_or_default();
    sql.query(Statement::new(text, bind![NAME, change.as_str(), change.as_str()])).await.map(|_| ())
}
