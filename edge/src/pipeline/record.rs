//! Exchange → log → row, together with the logs of other requests: each waits until its own is written, or dropped and counted.
//!
//! Leaves out what waits and who writes it, which `gateway::lots` decides, and the making and the writing themselves.

use std::cell::RefCell;

use shared::id::LogId;
use shared::log::Exchange;

use crate::gateway::lots::{Lots, Step};
use crate::pipeline::ingest;
use crate::ports::{Blobs, Clock, Journal, Rules, Sql};
use crate::store;
use crate::store::log::Draft;

/// How long the count of what was lost may take to be kept.
const PATIENCE_MS: u64 = 5_000;

/// Makes a log of one exchange and writes it, and returns when it is written, or dropped and counted.
pub async fn record(
    ports: &(impl Sql + Blobs + Rules + Journal + Clock),
    lots: &RefCell<Lots>,
    id: LogId,
    exchange: Exchange,
) {
    match ingest::draft(ports, id.clone(), exchange).await {
        Ok(draft) => write(ports, lots, draft).await,
        Err(failure) => {
            ports.note(&format!("the log {id} is lost: {failure:?}"));
            count_lost(ports, lots, 1).await;
        }
    }
}

/// Writes a log with those that wait, and returns when it is written, or dropped and counted.
///
/// Each request looks by timers of its own, and writes with bindings of its own.
pub async fn write(ports: &(impl Sql + Journal + Clock), lots: &RefCell<Lots>, draft: Draft) {
    let ticket = lots.borrow_mut().add(draft, ports.now());
    let Some(ticket) = ticket else { return ports.note("a log is lost: too many wait to be written") };
    loop {
        let step = lots.borrow_mut().next(ticket, ports.now());
        let job = match step {
            Step::Done => return,
            Step::Wait(millis) => {
                ports.sleep(millis).await;
                continue;
            }
            Step::Write(job) => job,
        };
        match ingest::write(ports, &job.drafts).await {
            Ok(dropped) => {
                lots.borrow_mut().wrote(&job, dropped, ports.now());
                keep_count(ports, lots).await;
            }
            Err(busy) => {
                ports.note(&format!("{} logs wait: {busy}", job.drafts.len()));
                lots.borrow_mut().put_off(&job, ports.now());
            }
        }
    }
}

/// Counts logs that could not even be put together.
pub async fn count_lost(ports: &(impl Sql + Journal + Clock), lots: &RefCell<Lots>, count: u64) {
    lots.borrow_mut().drop(count);
    keep_count(ports, lots).await;
}

/// Adds the logs that were dropped to the count that is kept. What cannot be added now is added after a later write.
async fn keep_count(ports: &(impl Sql + Journal + Clock), lots: &RefCell<Lots>) {
    let dropped = lots.borrow_mut().take_dropped();
    if dropped == 0 {
        return;
    }
    let tally = store::log::tally(ports, store::log::DROPPED, dropped, ports.now());
    if let Err(error) = ports.in_time(PATIENCE_MS, tally).await {
        ports.note(&format!("that {dropped} logs are lost is not counted yet: {error}"));
        lots.borrow_mut().drop(dropped);
    }
}
