//! Call → entry: what an operator did and who was refused, as a chain that cannot fork.
//!
//! A call is written down in one statement, without a place, and lost by nobody from then on. Then whoever wrote it
//! chains all that waits: hashes are worked out here, since the database knows none, and go to the database with their
//! places. A place can be taken once; whoever comes second reads again, and finds their entry chained by the first. So
//! writers at the same time need a few rounds, however many they are.

use shared::api::List;
use shared::api::access::{AuditCheck, AuditCheckQuery};
use shared::audit::{Break, Entry, Link};
use shared::query::Page;

use crate::failure::Failure;
use crate::ports::{Clock, Journal, Secrets, Sql, SqlError};
use crate::store::audit::{self, Deed, Tail, Waiting};
use crate::store::page::{self, Cursors, Place};

/// How often somebody tries to chain what waits. What is left then is chained by the next who does.
const ROUNDS: u32 = 20;

/// How many entries are followed in one call.
const FOLLOWED: u32 = 1000;

/// Writes down a call. It has happened: that it cannot be written is noted, and fails nothing.
pub async fn write(ports: &(impl Sql + Clock + Journal), deed: &Deed) {
    let (method, route) = (deed.method, deed.route);
    let by = deed.subject.as_deref().unwrap_or("somebody");
    match audit::add(ports, deed, ports.now()).await {
        Ok(tail) => {
            if let Err(error) = chain(ports, tail).await {
                ports.note(&format!("{method} {route} by {by} waits to be chained: {error}"));
            }
        }
        Err(error) => ports.note(&format!("{method} {route} by {by} is not in the audit: {error}")),
    }
}

/// Chains what waits.
async fn chain(sql: &impl Sql, mut tail: Tail) -> Result<(), SqlError> {
    for _ in 0..ROUNDS {
        if tail.waiting.is_empty() {
            break;
        }
        let entries = linked(tail);
        match audit::chain(sql, &entries).await {
            Ok(()) if entries.len() < audit::LOT as usize => break,
            Ok(()) | Err(SqlError::Taken(_)) => tail = audit::tail(sql).await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Gives what waits its places after the end.
fn linked(tail: Tail) -> Vec<Entry> {
    let mut end = tail.end;
    let link = |waiting: Waiting| {
        let mut entry = Entry {
            place: end.place + 1,
            id: waiting.id,
            created_at: waiting.created_at,
            subject: waiting.subject,
            key_id: waiting.key_id,
            session: waiting.session,
            method: waiting.method,
            route: waiting.route,
            thing: waiting.thing,
            status: waiting.status,
            address_hash: waiting.address_hash,
            previous: end.hash.clone(),
            hash: end.hash.clone(),
        };
        entry.hash = entry.digest();
        end = Link { place: entry.place, hash: entry.hash.clone() };
        entry
    };
    tail.waiting.into_iter().map(link).collect()
}

/// Lists the entries, the newest first, those that waited among them.
///
/// # Errors
/// Invalid when the cursor is not one that the list gave.
pub async fn list(ports: &(impl Sql + Secrets), page: &Page) -> Result<List<Entry>, Failure> {
    if page.cursor.is_none() {
        chain(ports, audit::tail(ports).await?).await?;
    }
    audit::list(ports, page).await
}

/// Follows the chain from where a cursor says, so far as one call goes.
///
/// # Errors
/// Invalid when the cursor is not one that a check gave.
pub async fn check(ports: &(impl Sql + Secrets), query: &AuditCheckQuery) -> Result<AuditCheck, Failure> {
    let cursors = Cursors::of(ports.cursor_keys(), "audit check", "");
    let mut at = match cursors.start(&Page { limit: None, cursor: query.cursor.clone() })? {
        None => Link::before_all(),
        Some(Place { sort, id }) => {
            Link { place: sort as u64, hash: id.parse().map_err(|_| page::not_given())? }
        }
    };
    let has_noted = match &query.noted {
        Some(hash) => Some(audit::has(ports, hash).await?),
        None => None,
    };
    let (entries, head) = audit::after(ports, at.place, FOLLOWED).await?;
    let broken = follow(&mut at, &entries, head.as_ref());
    let goes_on = broken.is_none() && entries.len() == FOLLOWED as usize;
    let next_cursor =
        goes_on.then(|| cursors.write(&Place { sort: at.place as f64, id: at.hash.to_string() }));
    Ok(AuditCheck {
        holds: broken.is_none(),
        broken,
        last: Some(at).filter(|at| at.place > 0),
        has_noted,
        next_cursor,
    })
}

/// Follows entries, and compares the end with what is noted of it where they are the last.
fn follow(at: &mut Link, entries: &[Entry], head: Option<&Link>) -> Option<Break> {
    for entry in entries {
        match at.follow(entry) {
            Ok(next) => *at = next,
            Err(broken) => return Some(broken),
        }
    }
    if entries.len() < FOLLOWED as usize { at.end(head).err() } else { None }
}
