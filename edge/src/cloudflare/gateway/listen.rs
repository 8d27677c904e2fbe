//! Listening in on an answer until it ends, and writing the log.
//!
//! Runs beside the answer. Nothing that goes wrong here is seen by the caller.

use std::cell::RefCell;
use std::rc::Rc;

use shared::id::LogId;
use shared::log::Exchange;
use shared::policy::{LINGER_MS, Leave};
use worker::web_sys::{AbortController, ReadableStream, WritableStream};

use super::branch::{self, Patience};
use super::under_way::{self, UnderWay};
use crate::cloudflare::clock::Watch;
use crate::cloudflare::{Cloudflare, memory};
use crate::gateway::capture::{Capture, Ended};
use crate::gateway::exchange::Passage;
use crate::gateway::head::Head;
use crate::gateway::route::Keep;
use crate::pipeline::{ingest, keep};
use crate::ports::Journal;

/// How long a provider may send nothing when nothing is configured.
const IDLE_MS: u64 = 300_000;

/// The longest that an answer may take from its first byte to its last.
const LONGEST_MS: u64 = 1_800_000;

/// Whoever listens to an answer.
pub(super) struct Listener {
    pub(super) ports: Cloudflare,
    pub(super) id: LogId,
    pub(super) passage: Passage,
    pub(super) status: u16,
    pub(super) head: Head,
    /// Since the request was sent to the provider.
    pub(super) sent: Watch,
    /// Ends the call to the provider.
    pub(super) controller: AbortController,
    /// What is listened to; none when there is no body.
    pub(super) body: Option<ReadableStream>,
    /// Where each piece is to be handed on, unless the platform does so.
    pub(super) onward: Option<WritableStream>,
}

impl Listener {
    /// Listens to the end of the answer and writes the log, if there is to be one.
    pub(super) async fn listen(self) {
        let Self { ports, id, passage, status, head, sent, controller, body, onward } = self;
        let hearing = (passage.keep != Keep::Nothing).then(|| {
            let capture = Capture::of(passage.wire, status, head.get("content-type"));
            (UnderWay::begin(), Hearing { sent, capture: Rc::new(RefCell::new(Some(capture))) })
        });
        let patience =
            Patience { idle_ms: ports.bounds().idle_ms.unwrap_or(IDLE_MS), longest_ms: LONGEST_MS };
        let listener = || hearing.as_ref().map(|(_, hearing)| hearing.clone().listener());
        let ended = match &body {
            Some(body) => match branch::pass(body, onward, patience, listener()).await {
                Ended::Left if hearing.is_some() && keep::on_leave(&ports).await == Leave::Finish => {
                    linger(body, patience, listener()).await
                }
                ended => ended,
            },
            None => Ended::Closed,
        };
        if matches!(ended, Ended::Idle | Ended::Left) {
            controller.abort();
        }
        let Some((under_way, hearing)) = hearing else { return };
        let Some(capture) = hearing.capture.take() else { return };
        let exchange = passage.exchange(Some(status), capture.finish(ended), sent.whole_millis());
        write(&ports, id, exchange).await;
        drop(under_way);
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

/// Takes the rest for the log alone, as long as the platform lets it: what has not come by then does not come.
async fn linger(
    body: &ReadableStream,
    patience: Patience,
    heard: Option<impl FnMut(&[u8]) + 'static>,
) -> Ended {
    let patience = Patience { longest_ms: LINGER_MS, ..patience };
    match branch::pass(body, None, patience, heard).await {
        Ended::Idle => Ended::Left,
        ended => ended,
    }
}

/// Writes a log, together with others. One that cannot be written is counted, and the count is shown.
pub(super) async fn write(ports: &Cloudflare, id: LogId, exchange: Option<Exchange>) {
    let Some(exchange) = exchange else { return };
    match ingest::draft(ports, id.clone(), exchange).await {
        Ok(draft) => memory::write_log(ports, draft).await,
        Err(failure) => {
            ports.note(&format!("the log {id} is lost: {failure:?}"));
            memory::drop_logs(ports, 1).await;
        }
    }
    let lost = under_way::take_lost();
    if lost > 0 {
        memory::drop_logs(ports, lost).await;
    }
}
