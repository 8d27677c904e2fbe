//! The entries of the audit, and those that wait for their place in the chain. There is no way to change one.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::api::List;
use shared::audit::{Entry, Link};
use shared::canonical::Key;
use shared::id::{AuditId, KeyId};
use shared::moment::Moment;
use shared::query::Page;

use super::access::moment;
use super::page::{self, Cursors, Place};
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Row, Secrets, Sql, SqlError, Statement, read_row};

/// A call that is to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The id of the request, as its reply carries it.
    pub id: AuditId,
    /// Whoever was found out to call; else the holder of what was shown is looked up.
    pub subject: Option<String>,
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
    pub address_hash: Option<String>,
}

/// The most refusals that are written down within a day: whoever is refused again and again fills no database.
pub const MOST_REFUSALS: u32 = 200;

/// How long that day is, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The most entries that are read, and chained, in one transaction.
pub const LOT: u32 = 200;

/// The end of the chain, and what waits to be chained to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    pub end: Link,
    pub waiting: Vec<Waiting>,
}

/// An entry without a place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Waiting {
    pub id: AuditId,
    pub created_at: Moment,
    pub subject: String,
    pub key_id: Option<KeyId>,
    pub session: bool,
    pub method: String,
    pub route: String,
    pub thing: Option<String>,
    pub status: u16,
    pub address_hash: Option<String>,
}

/// Writes down a call, to be chained, and gives what then waits. A refusal beyond the most of a day is left out.
///
/// Safe to repeat, even once the entry has its place.
pub async fn add(sql: &impl Sql, deed: &Deed, now: Moment) -> Result<Tail, SqlError> {
    // A session that is over shows nothing: somebody else vouched for whoever still sends it.
    let text = "INSERT INTO audit_waiting (id, created_at, subject, key_id, session, method, route, thing, status, address_hash) \
                SELECT ?1, ?2, \
                coalesce(?3, (SELECT 'key:' || name FROM api_key WHERE token_hash = ?4), \
                (SELECT subject FROM session WHERE token_hash = ?5), 'anybody'), \
                coalesce((SELECT id FROM api_key WHERE token_hash = ?4), (SELECT api_key.id FROM session JOIN api_key \
                ON api_key.token_hash = session.granted_by \
                WHERE session.token_hash = ?5 AND session.subject = coalesce(?3, session.subject))), \
                ?6, ?7, ?8, ?9, ?10, ?11 \
                WHERE NOT EXISTS (SELECT 1 FROM audit WHERE id = ?1) \
                AND (?10 < 400 OR (SELECT count(*) FROM audit WHERE status >= 400 AND created_at > ?12) \
                + (SELECT count(*) FROM audit_waiting WHERE status >= 400) < ?13) \
                ON CONFLICT (id) DO NOTHING";
    let values = bind![
        deed.id.as_str(),
        now,
        deed.subject.as_deref(),
        deed.token_hash.as_deref(),
        deed.session_hash.as_deref(),
        deed.session,
        deed.method,
        deed.route,
        deed.thing.as_deref(),
        u32::from(deed.status),
        deed.address_hash.as_deref(),
        now.plus(-DAY_MS),
        MOST_REFUSALS
    ];
    let mut statements = vec![Statement::new(text, values)];
    statements.extend(reading_the_tail());
    let mut found = sql.batch(statements).await?.into_iter().skip(1);
    read_tail(&mut found)
}

/// Gives the end of the chain, and what waits.
pub async fn tail(sql: &impl Sql) -> Result<Tail, SqlError> {
    let mut found = sql.batch(reading_the_tail().to_vec()).await?.into_iter();
    read_tail(&mut found)
}

fn reading_the_tail() -> [Statement; 2] {
    let waiting = "SELECT id, created_at, subject, key_id, session, method, route, thing, status, address_hash \
                   FROM audit_waiting ORDER BY turn LIMIT ?";
    [end(), Statement::new(waiting, bind![LOT])]
}

/// Reads where the chain ends: the entry of the last place, and what is noted beside the chain, whichever is further.
fn end() -> Statement {
    let text = "SELECT place, hash FROM audit_head UNION ALL \
                SELECT place, hash FROM audit WHERE place = (SELECT max(place) FROM audit)";
    Statement::new(text, [])
}

fn read_tail(found: &mut impl Iterator<Item = Vec<Row>>) -> Result<Tail, SqlError> {
    let ends = found.next().unwrap_or_default().into_iter().map(read_row::<Link>);
    let ends = ends.collect::<Result<Vec<_>, _>>()?;
    let end = ends.into_iter().max_by_key(|link| link.place).unwrap_or_else(Link::before_all);
    let waiting = found.next().unwrap_or_default().into_iter().map(read::<Waiting>);
    Ok(Tail { end, waiting: waiting.collect::<Result<_, _>>()? })
}

/// Reads an entry, whether it has its place yet or not: what it says of when and how is stored as numbers.
fn read<T: DeserializeOwned>(mut row: Row) -> Result<T, SqlError> {
    if let Some(at) = row.get("created_at").and_then(Value::as_f64) {
        row.insert("created_at".to_owned(), json!(moment(at)));
    }
    let session = row.get("session").and_then(Value::as_f64) == Some(1.0);
    row.insert("session".to_owned(), json!(session));
    read_row(row)
}

/// Puts entries in their places, and takes them from those that wait: all of it or nothing.
///
/// # Errors
/// Taken when somebody else has put entries there.
pub async fn chain(sql: &impl Sql, entries: &[Entry]) -> Result<(), SqlError> {
    let Some(last) = entries.last() else { return Ok(()) };
    let of = |name: &str| format!("value->>'{name}'");
    let columns = ["place", "id", "subject", "key_id", "method", "route", "thing", "status", "address_hash"];
    let read = columns.map(of).join(", ");
    let chain = format!(
        "INSERT INTO audit ({}, session, created_at, previous, hash) \
         SELECT {read}, value->>'session', value->>'millis', value->>'previous', value->>'hash' FROM json_each(?)",
        columns.join(", ")
    );
    let note = "INSERT INTO audit_head (id, place, hash) VALUES (1, ?, ?) \
                ON CONFLICT (id) DO UPDATE SET place = excluded.place, hash = excluded.hash";
    let forget = "DELETE FROM audit_waiting WHERE id IN (SELECT value->>'id' FROM json_each(?))";
    let written: Vec<_> = entries
        .iter()
        .map(|entry| {
            let mut row = serde_json::to_value(entry).unwrap_or_default();
            row["millis"] = entry.created_at.millis().into();
            row
        })
        .collect();
    let written = serde_json::to_string(&written).unwrap_or_default();
    let statements = vec![
        Statement::new(chain, bind![written.as_str()]),
        Statement::new(note, bind![last.place, last.hash.as_str()]),
        Statement::new(forget, bind![written.as_str()]),
    ];
    sql.batch(statements).await.map(|_| ())
}

const ENTRY: &str = "SELECT place, id, created_at, subject, key_id, session, method, route, thing, status, \
                     address_hash, previous, hash FROM audit";

/// Lists the entries, the newest first.
///
/// # Errors
/// Invalid when the cursor is not one that the list gave.
pub async fn list(ports: &(impl Sql + Secrets), page: &Page) -> Result<List<Entry>, Failure> {
    /// Beyond every place.
    const END: f64 = 9_007_199_254_740_992.0;
    let cursors = Cursors::of(ports.cursor_keys(), "audit", "");
    let before = cursors.start(page)?.map_or(END, |place| place.sort);
    let text = format!("{ENTRY} WHERE place < ? ORDER BY place DESC LIMIT ?");
    let found = ports.query(Statement::new(text, bind![before, page::ask(page)])).await?;
    let found = found.into_iter().map(read).collect::<Result<_, _>>()?;
    let place = |entry: &Entry| Place { sort: entry.place as f64, id: entry.id.to_string() };
    Ok(cursors.cut(found, page, place))
}

/// Gives the entries after a place in their order, and what is noted of the end beside the chain at the same moment.
pub async fn after(sql: &impl Sql, place: u64, most: u32) -> Result<(Vec<Entry>, Option<Link>), SqlError> {
    let entries = format!("{ENTRY} WHERE place > ? ORDER BY place LIMIT ?");
    let statements = vec![
        Statement::new("SELECT place, hash FROM audit_head", []),
        Statement::new(entries, bind![place, most]),
    ];
    let mut found = sql.batch(statements).await?.into_iter();
    let head = found.next().unwrap_or_default().into_iter().next().map(read_row).transpose()?;
    let entries = found.next().unwrap_or_default().into_iter();
    let entries = entries.map(read).collect::<Result<_, _>>()?;
    Ok((entries, head))
}

/// Tells whether there is an entry with a hash.
pub async fn has(sql: &impl Sql, hash: &Key) -> Result<bool, SqlError> {
    let found =
        sql.query(Statement::new("SELECT place FROM audit WHERE hash = ?", bind![hash.as_str()])).await?;
    Ok(!found.is_empty())
}
