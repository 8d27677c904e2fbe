//! The entries of the audit. There is no way to change one.

use serde::Deserialize;
use shared::api::List;
use shared::audit::Entry;
use shared::id::{AuditId, KeyId};
use shared::moment::Moment;
use shared::query::Page;

use super::access::moment;
use super::page::{self, Place};
use super::rows;
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Sql, SqlError, Statement};

/// A call that is to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The id of the request, as its reply carries it.
    pub id: AuditId,
    pub subject: String,
    /// The hash of the token that was shown.
    pub token_hash: Option<String>,
    /// The hash of the session's own token.
    pub session_hash: Option<String>,
    /// A browser sent by itself what shows who it was.
    pub session: bool,
    pub method: &'static str,
    pub route: &'static str,
    pub thing: Option<String>,
    pub status: u16,
}

/// Writes down a call.
pub async fn add(sql: &impl Sql, deed: &Deed, now: Moment) -> Result<(), SqlError> {
    let text = "INSERT INTO audit (id, created_at, subject, key_id, session, method, route, thing, status) VALUES (?, ?, ?, \
                coalesce((SELECT id FROM api_key WHERE token_hash = ?), (SELECT api_key.id FROM session JOIN api_key \
                ON api_key.token_hash = session.granted_by WHERE session.token_hash = ? AND session.subject = ?)), ?, ?, ?, ?, ?)";
    let values = bind![
        deed.id.as_str(),
        now,
        deed.subject.as_str(),
        deed.token_hash.as_deref(),
        deed.session_hash.as_deref(),
        // A session that is over shows nothing: somebody else vouched for whoever still sends it.
        deed.subject.as_str(),
        deed.session,
        deed.method,
        deed.route,
        deed.thing.as_deref(),
        u32::from(deed.status)
    ];
    sql.query(Statement::new(text, values)).await.map(|_| ())
}

#[derive(Deserialize)]
struct Stored {
    id: AuditId,
    created_at: f64,
    subject: String,
    key_id: Option<KeyId>,
    session: u8,
    method: String,
    route: String,
    thing: Option<String>,
    status: u16,
}

/// Lists the entries, the newest first.
///
/// # Errors
/// Invalid when the cursor is not one that the list gave.
pub async fn list(sql: &impl Sql, page: &Page) -> Result<List<Entry>, Failure> {
    let place = page::start(page)?;
    let (after, mut values) = page::after(("created_at", "id"), place.as_ref());
    let text = format!(
        "SELECT id, created_at, subject, key_id, session, method, route, thing, status FROM audit WHERE {after} \
         ORDER BY created_at DESC, id DESC LIMIT ?"
    );
    values.push(page::ask(page).into());
    let stored = rows::<Stored>(sql, Statement::new(text, values)).await?;
    let entries = stored.into_iter().map(|row| Entry {
        id: row.id,
        created_at: moment(row.created_at),
        subject: row.subject,
        key_id: row.key_id,
        session: row.session == 1,
        method: row.method,
        route: row.route,
        thing: row.thing,
        status: row.status,
    });
    let place = |entry: &Entry| Place { sort: entry.created_at.millis() as f64, id: entry.id.to_string() };
    Ok(page::cut(entries.collect(), page, place))
}
