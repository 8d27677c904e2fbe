//! Access keys and sessions.

use serde::Deserialize;
use shared::api::List;
use shared::auth::{AccessKey, Caller, Scope};
use shared::criteria::Name;
use shared::id::KeyId;
use shared::moment::Moment;
use shared::query::Page;

use super::page::{self, Cursors, Place};
use super::{first, json, rows};
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Secrets, Sql, SqlError, Statement};

#[derive(Deserialize)]
struct Holder {
    subject: String,
    scopes: String,
}

impl Holder {
    fn caller(self) -> Result<Caller, SqlError> {
        Ok(Caller { subject: self.subject, scopes: json(&self.scopes)? })
    }
}

/// Finds whose session has this token hash; none when it is over, or the token that it was opened with is
/// neither the operator's, whose hash is `admin`, nor that of an access key that still holds.
pub async fn session(
    sql: &impl Sql,
    hash: &str,
    admin: Option<&str>,
    now: Moment,
) -> Result<Option<Caller>, SqlError> {
    let text = "SELECT subject, scopes FROM session WHERE token_hash = ? AND expires_at > ? AND (granted_by = ? OR EXISTS \
                (SELECT 1 FROM api_key WHERE api_key.token_hash = granted_by AND (api_key.expires_at IS NULL OR api_key.expires_at > ?)))";
    let values = bind![hash, now, admin, now];
    first::<Holder>(sql, Statement::new(text, values)).await?.map(Holder::caller).transpose()
}

/// A session that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession<'a> {
    pub token_hash: &'a str,
    pub caller: &'a Caller,
    /// The hash of the token that it was opened with.
    pub granted_by: &'a str,
    pub until: Moment,
}

/// Keeps a session; those that are over go.
pub async fn keep_session(sql: &impl Sql, session: &NewSession<'_>, now: Moment) -> Result<(), SqlError> {
    let keep = "INSERT INTO session (token_hash, subject, scopes, granted_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)";
    let values = bind![
        session.token_hash,
        session.caller.subject.as_str(),
        words(&session.caller.scopes),
        session.granted_by,
        now,
        session.until
    ];
    let statements = vec![
        Statement::new("DELETE FROM session WHERE expires_at <= ?", bind![now]),
        Statement::new(keep, values),
    ];
    sql.batch(statements).await.map(|_| ())
}

/// Ends a session.
pub async fn end_session(sql: &impl Sql, hash: &str) -> Result<(), SqlError> {
    sql.query(Statement::new("DELETE FROM session WHERE token_hash = ?", bind![hash])).await.map(|_| ())
}

/// How often the time of last use is written, at most: once a minute for each key.
const USE_NOTED_EVERY_MS: i64 = 60_000;

/// Whoever holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    pub caller: Caller,
    /// The key, if its use is to be noted again.
    pub unnoted: Option<KeyId>,
}

/// Finds who holds the key with this token hash; none when it is expired or gone.
pub async fn key_holder(sql: &impl Sql, hash: &str, now: Moment) -> Result<Option<KeyHolder>, SqlError> {
    #[derive(Deserialize)]
    struct Key {
        id: KeyId,
        name: String,
        scopes: String,
        expires_at: Option<f64>,
        last_used_at: Option<f64>,
    }
    // Whether it is over is asked of the row: what is bound says nothing of the time, so that the answer may be kept.
    let text = "SELECT id, name, scopes, expires_at, last_used_at FROM api_key WHERE token_hash = ?";
    let found = first::<Key>(sql, Statement::new(text, bind![hash])).await?;
    let Some(key) = found.filter(|key| key.expires_at.is_none_or(|end| moment(end) > now)) else {
        return Ok(None);
    };
    let is_noted = key.last_used_at.is_some_and(|used| moment(used) >= now.plus(-USE_NOTED_EVERY_MS));
    let caller = Caller { subject: format!("key:{}", key.name), scopes: json(&key.scopes)? };
    Ok(Some(KeyHolder { caller, unnoted: Some(key.id).filter(|_| !is_noted) }))
}

/// Notes that a key was used.
pub async fn note_use(sql: &impl Sql, key: &KeyId, now: Moment) -> Result<(), SqlError> {
    let text = "UPDATE api_key SET last_used_at = ? WHERE id = ?";
    sql.query(Statement::new(text, bind![now, key.as_str()])).await.map(|_| ())
}

/// Keeps a new key.
pub async fn add_key(sql: &impl Sql, key: &AccessKey, hash: &str) -> Result<(), SqlError> {
    let text = "INSERT INTO api_key (id, name, token_hash, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)";
    let values =
        bind![key.id.as_str(), key.name.as_str(), hash, words(&key.scopes), key.created_at, key.expires_at];
    sql.query(Statement::new(text, values)).await.map(|_| ())
}

/// Lists the keys, the newest first.
///
/// # Errors
/// Invalid when the cursor is not one that the list gave.
pub async fn keys(ports: &(impl Sql + Secrets), page: &Page) -> Result<List<AccessKey>, Failure> {
    #[derive(Deserialize)]
    struct Key {
        id: KeyId,
        name: Name,
        scopes: String,
        created_at: f64,
        expires_at: Option<f64>,
        last_used_at: Option<f64>,
    }
    let cursors = Cursors::of(ports.cursor_keys(), "keys", "");
    let start = cursors.start(page)?;
    let (after, values) = page::after(("created_at", "id"), start.as_ref());
    let text = format!(
        "SELECT id, name, scopes, created_at, expires_at, last_used_at FROM api_key WHERE {after} ORDER BY created_at DESC, id DESC LIMIT ?"
    );
    let values = values.into_iter().chain([page::ask(page).into()]);
    let keys = rows::<Key>(ports, Statement::new(text, values)).await?.into_iter().map(|key| {
        Ok(AccessKey {
            id: key.id,
            name: key.name,
            scopes: json(&key.scopes)?,
            created_at: moment(key.created_at),
            expires_at: key.expires_at.map(moment),
            last_used_at: key.last_used_at.map(moment),
        })
    });
    let keys = keys.collect::<Result<Vec<_>, SqlError>>()?;
    Ok(cursors.cut(keys, page, |key| Place { sort: key.created_at.millis() as f64, id: key.id.to_string() }))
}

/// Revokes a key. Tells whether there was one.
pub async fn revoke_key(sql: &impl Sql, id: &KeyId) -> Result<bool, SqlError> {
    super::delete(sql, "api_key WHERE id = ?", &[], id.as_str()).await
}

fn words(scopes: &[Scope]) -> String {
    serde_json::to_string(scopes).unwrap_or_default()
}

/// Reads a column of milliseconds.
pub(super) fn moment(millis: f64) -> Moment {
    Moment::from_millis(millis as i64)
}
