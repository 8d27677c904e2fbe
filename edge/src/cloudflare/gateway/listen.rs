//! Listening in on an answer until it ends, and writing the log.
//!
//! Runs beside the answer. Nothing that goes wrong here is seen by the caller.

use std::future;
use std::ops::ControlFlow;
use std::pin::pin;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use shared::id::LogId;
use shared::log::Exchange;
use shared::policy::{LINGER_MS, Leave};
use worker::ByteStream;
use worker::js_sys::futures::JsFuture;
use worker::web_sys::{AbortController, ReadableStream};

use crate::cloudflare::clock::{self, Watch};
use crate::cloudflare::{Cloudflare, memory};
use crate::gateway::capture::{Capture, Ended};
use crate::gateway::exchange::Passage;
use crate::gateway::head::Head;
use crate::pipeline::{ingest, keep};
use crate::ports::Journal;

/// How long a provider may send nothing when nothing is configured.
const IDLE_MS: u64 = 300_000;

/// The longest that an answer may take from its first byte to its last.
const LONGEST_MS: u64 = 1_800_000;

/// How much later than the caller's pipe the provider's stream may break for it to be the cause.
const GRACE_MS: u64 = 20;

/// Whoever listens to an answer.
pub(super) struct Listener {
    pub(super) ports: Cloudflare,
    pub(super) id: LogId,
    pub(super) passage: Passage,
    pub(super) status: u16,
    pub(super) head: Head,
    /// Since the request was sent to the provider.
    pub(super) sent: Watch,
    /// Ends the call to the provider, and with it the caller's branch.
    pub(super) controller: AbortController,
    /// The log's branch of the body; none when there is no body.
    pub(super) body: Option<ReadableStream>,
    /// The pipe to the caller, if it goes through one.
    pub(super) piped: Option<JsFuture>,
}

impl Listener {
    /// Listens to the end of the answer and writes the log.
    pub(super) async fn listen(self) {
        let Self { ports, id, passage, status, head, sent, controller, body, piped } = self;
        let mut capture = Capture::of(passage.wire, head.get("content-type"));
        let ended = match body {
            Some(body) => {
                let idle_ms = ports.bounds().idle_ms.unwrap_or(IDLE_MS);
                let mut chunks = ByteStream::from(body);
                match take(&mut capture, &mut chunks, severed(piped), sent, idle_ms).await {
                    Ended::Left if keep::on_leave(&ports).await == Leave::Finish => {
                        linger(&mut capture, &mut chunks, sent, idle_ms).await
                    }
                    ended => ended,
                }
            }
            None => Ended::Closed,
        };
        if matches!(ended, Ended::Idle | Ended::Left) {
            controller.abort();
        }
        let exchange = passage.exchange(Some(status), capture.finish(ended), sent.whole_millis());
        write(&ports, id, exchange).await;
    }
}

/// Takes the pieces of an answer one by one: asking for all of it at once would hold up the caller's branch.
async fn take(
    capture: &mut Capture,
    chunks: &mut ByteStream,
    severed: impl Future<Output = ()>,
    sent: Watch,
    idle_ms: u64,
) -> Ended {
    let mut severed = pin!(severed);
    let mut heard_ms = sent.whole_millis();
    // One timer for many pieces: when it goes off, it is seen how long ago the last one came.
    let mut patience = pin!(clock::delay(idle_ms));
    loop {
        let chunk = match select(chunks.next(), select(severed.as_mut(), patience.as_mut())).await {
            Either::Left((chunk, _)) => chunk,
            Either::Right((Either::Left(_), _)) => return parted(capture, chunks, sent).await,
            Either::Right((Either::Right(_), _)) => {
                let until_ms = (heard_ms + idle_ms).min(LONGEST_MS);
                match until_ms.saturating_sub(sent.whole_millis()) {
                    0 => return Ended::Idle,
                    left_ms => patience.set(clock::delay(left_ms)),
                }
                continue;
            }
        };
        heard_ms = sent.whole_millis();
        let chunk = match chunk {
            None => return Ended::Closed,
            Some(Err(_)) => return Ended::Broken,
            Some(Ok(chunk)) => chunk,
        };
        if let ControlFlow::Break(ended) = capture.push(&chunk, sent.whole_millis()) {
            return ended;
        }
    }
}

/// Waits until the pipe to the caller breaks; for ever, if it does not.
async fn severed(piped: Option<JsFuture>) {
    let broke = match piped {
        Some(piped) => piped.await.is_err(),
        None => false,
    };
    if !broke {
        future::pending::<()>().await;
    }
}

/// Tells a caller who left from a provider who broke off: the latter breaks this branch, too.
async fn parted(capture: &mut Capture, chunks: &mut ByteStream, sent: Watch) -> Ended {
    match select(chunks.next(), clock::delay(GRACE_MS)).await {
        Either::Left((None, _)) => Ended::Closed,
        Either::Left((Some(Err(_)), _)) => Ended::Broken,
        Either::Left((Some(Ok(chunk)), _)) => match capture.push(&chunk, sent.whole_millis()) {
            ControlFlow::Break(ended) => ended,
            ControlFlow::Continue(()) => Ended::Left,
        },
        Either::Right(_) => Ended::Left,
    }
}

/// Takes the rest for the log alone, as long as the platform lets it: what has not come by then does not come.
async fn linger(capture: &mut Capture, chunks: &mut ByteStream, sent: Watch, idle_ms: u64) -> Ended {
    let rest = pin!(take(capture, chunks, future::pending(), sent, idle_ms));
    match select(rest, clock::delay(LINGER_MS)).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => Ended::Left,
    }
}

/// Writes a log, together with others. One that cannot be written is counted, and the count is shown.
pub(super) async fn write(ports: &Cloudflare, id: LogId, exchange: Option<Exchange>) {
    let Some(exchange) = exchange else { return };
    match ingest::draft(ports, id.clone(), exchange).await {
        Ok(draft) => memory::write_log(ports, draft).await,
        Err(failure) => {
            ports.note(&format!("the log {id} is lost: {failure:?}"));
            memory::drop_log(ports).await;
        }
    }
}
