//! What an isolate remembers from one request to the next: plain values only.
//!
//! What belongs to a request (streams, timers, promises, bindings) may not be touched by another, so none of it is here,
//! and nobody waits for anybody else: a future that another request wakes would run where its own objects are foreign.

use std::cell::RefCell;

use shared::id::KeyId;
use shared::moment::Moment;

use super::{Cloudflare, clock};
use crate::gateway::lots::{Lots, Step};
use crate::pipeline::ingest;
use crate::ports::{Clock, Journal, Row, SqlError, Statement};
use crate::store;
use crate::store::known::{self, Known};
use crate::store::log::Draft;

// Leaked, so that they can be held on to over a wait: an isolate has them from its first request to its end.
thread_local! {
    static KNOWN: &'static RefCell<Known> = Box::leak(Box::default());
    static LOTS: &'static RefCell<Lots> = Box::leak(Box::default());
}

/// Writes a log with those of other requests, and returns when it is written, or dropped and counted.
///
/// Each request looks by timers of its own, and writes with bindings of its own.
pub(super) async fn write_log(ports: &Cloudflare, draft: Draft) {
    let lots = LOTS.with(|lots| *lots);
    let ticket = lots.borrow_mut().add(draft, ports.now());
    let Some(ticket) = ticket else { return ports.note("a log is lost: too many wait to be written") };
    loop {
        let step = lots.borrow_mut().next(ticket, ports.now());
        let job = match step {
            Step::Done => return,
            Step::Wait(millis) => {
                clock::delay(millis).await;
                continue;
            }
            Step::Write(job) => job,
        };
        match ingest::write(ports, &job.drafts).await {
            Ok(dropped) => {
                lots.borrow_mut().wrote(&job, dropped, ports.now());
                keep_count(ports).await;
            }
            Err(busy) => {
                ports.note(&format!("{} logs wait: {busy}", job.drafts.len()));
                lots.borrow_mut().put_off(&job, ports.now());
            }
        }
    }
}

/// Counts a log that could not even be put together.
pub(super) async fn drop_log(ports: &Cloudflare) {
    LOTS.with(|lots| *lots).borrow_mut().drop(1);
    keep_count(ports).await;
}

/// Adds the logs that were dropped to the count that is kept. What cannot be added now is added after a later write.
async fn keep_count(ports: &Cloudflare) {
    let lots = LOTS.with(|lots| *lots);
    let dropped = lots.borrow_mut().take_dropped();
    if dropped == 0 {
        return;
    }
    if let Err(error) = store::log::tally(ports, store::log::DROPPED, dropped).await {
        ports.note(&format!("that {dropped} logs are lost is not counted yet: {error}"));
        lots.borrow_mut().drop(dropped);
    }
}

fn known() -> &'static RefCell<Known> {
    KNOWN.with(|known| *known)
}

/// Answers a statement from what is known, if it is.
pub(super) async fn query(
    now: Moment,
    statement: Statement,
    ask: impl AsyncFnOnce(Statement) -> Result<Vec<Row>, SqlError>,
) -> Result<Vec<Row>, SqlError> {
    known::query(known(), now, statement, ask).await
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
