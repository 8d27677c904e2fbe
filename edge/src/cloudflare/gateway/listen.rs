//! Listening in on an answer until it ends, and writing the log.
//!
//! Runs beside the answer. Nothing that goes wrong here is seen by the caller.

use std::cell::RefCell;
use std::rc::Rc;

use shared::id::LogId;
use shared::log::Exchange;
use worker::web_sys::AbortController;

use super::branch::{self, Branches, Patience};
use super::caller::Caller;
use super::under_way;
use crate::cloudflare::clock::Watch;
use crate::cloudflare::{Cloudflare, memory};
use crate::gateway::capture::{Capture, Ended};
use crate::gateway::exchange::Passage;
use crate::gateway::head::Head;
use crate::gateway::route::Keep;

/// How long a provider may send nothing when nothing is configured.
const IDLE_MS: u64 = 300_000;

/// The longest that an answer may take from its first byte to its last.
const LONGEST_MS: u64 = 1_800_000;

/// Whoever listens to an answer.
pub(super) struct Listener {
    pub(super) ports: Cloudflare,
    pub(super) id: LogId,
    pub(super) passage: Passage,
    pub(super) answer: Answer,
    /// Since the request was sent to the provider.
    pub(super) sent: Watch,
    pub(super) caller: Caller,
}

/// What is listened to: an answer that was handed over.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: Head,
    /// Ends the call to the provider.
    pub(super) controller: AbortController,
    /// The way of the body; none when there is none.
    pub(super) branches: Option<Branches>,
}

impl Listener {
    /// Listens to the end of the answer and writes the log, if there is to be one.
    pub(super) async fn listen(self) {
        let Self { ports, id, passage, answer, sent, caller } = self;
        let Answer { status, head, controller, branches } = answer;
        let hearing = (passage.keep != Keep::Nothing).then(|| {
            let capture = Capture::of(passage.wire, status, head.get("content-type"));
            Hearing { sent, capture: Rc::new(RefCell::new(Some(capture))) }
        });
        let idle_ms = ports.bounds().idle_ms.unwrap_or(IDLE_MS);
        let patience = Patience { idle_ms, longest_ms: LONGEST_MS };
        let ended = match branches {
            Some(branches) => {
                let listener = hearing.as_ref().map(|hearing| hearing.clone().listener());
                branch::pass(branches, &caller, patience, listener).await
            }
            None => Ended::Closed,
        };
        if matches!(ended, Ended::Idle | Ended::Left) {
            controller.abort();
        }
        let Some(hearing) = hearing else { return };
        let Some(capture) = hearing.capture.take() else { return };
        let exchange = passage.exchange(Some(status), capture.finish(ended), sent.whole_millis());
        write(&ports, id, exchange).await;
    }
}

/// What was heard of an answer so far.
#[derive(Clone)]
struct Hearing {
    /// Since the request was sent to the provider.
    sent: Watch,
    capture: Rc<RefCell<Option<Capture>>>,
}

impl Hearing {
    fn listener(self) -> impl FnMut(&[u8]) + 'static {
        move |piece| {
            if let Some(capture) = &mut *self.capture.borrow_mut() {
                capture.push(piece, self.sent.whole_millis());
            }
        }
    }
}

/// Writes a log, together with others. One that cannot be written is counted, and the count is shown.
pub(super) async fn write(ports: &Cloudflare, id: LogId, exchange: Option<Exchange>) {
    let Some(exchange) = exchange else { return };
    memory::record_log(ports, id, exchange).await;
    let lost = under_way::take_lost();
    if lost > 0 {
        memory::drop_logs(ports, lost).await;
    }
}
