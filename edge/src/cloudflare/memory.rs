//! What an isolate remembers from one request to the next: plain values only.
//!
//! What belongs to a request (streams, timers, promises, bindings) may not be touched by another, so none of it is here,
//! and nobody waits for anybody else: a future that another request wakes would run where its own objects are foreign.

use std::cell::RefCell;

use shared::id::{KeyId, LogId};
use shared::log::Exchange;
use shared::moment::Moment;

use super::Cloudflare;
use crate::gateway::lots::Lots;
use crate::pipeline::record;
use crate::ports::{Row, SqlError, Statement};
use crate::store::known::{self, Known};

// Leaked, so that they can be held on to over a wait: an isolate has them from its first request to its end.
thread_local! {
    static KNOWN: &'static RefCell<Known> = Box::leak(Box::default());
    static LOTS: &'static RefCell<Lots> = Box::leak(Box::default());
}

/// Makes a log and writes it with those of other requests, and returns when it is written, or dropped and counted.
pub(super) async fn record_log(ports: &Cloudflare, id: LogId, exchange: Exchange) {
    record::record(ports, LOTS.with(|lots| *lots), id, exchange).await;
}

/// Counts logs that were lost before they could be put together.
pub(super) async fn drop_logs(ports: &Cloudflare, count: u64) {
    record::count_lost(ports, LOTS.with(|lots| *lots), count).await;
}

fn known() -> &'static RefCell<Known> {
    KNOWN.with(|known| *known)
}

/// Answers a statement from what is known, if it is.
pub(super) async fn query(
    clock: &Cloudflare,
    statement: Statement,
    ask: impl AsyncFnOnce(Statement) -> Result<Vec<Row>, SqlError>,
) -> Result<Vec<Row>, SqlError> {
    known::query(known(), clock, statement, ask).await
}

/// Forgets what is known if any of these statements changes it: before they run and after, since what is read
/// meanwhile may be of either side.
pub(super) fn note_changes(statements: &[Statement]) -> bool {
    let changes = statements.iter().any(known::changes);
    if changes {
        known().borrow_mut().forget();
    }
    changes
}

impl Cloudflare {
    /// Answers from what is known of keys and providers, where it can.
    pub(super) fn remembering(self) -> Self {
        Self { remembers: true, ..self }
    }

    /// Tells whether a refusal is worth asking again, and sees to it that the database is asked.
    pub(super) fn doubt(now: Moment) -> bool {
        known().borrow_mut().doubt(now)
    }

    /// Tells whether the use of a key is to be noted now.
    pub(super) fn is_to_note(key: &KeyId, now: Moment) -> bool {
        known().borrow_mut().is_to_note(key, now)
    }
}
