//! What happens to a run, told as it happens: server-sent events.
//!
//! A Worker holds nothing, so it looks again and again, closes within a minute, and the listener comes back
//! with the id of the last event. What is told is decided in `pipeline::watch`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use futures_util::stream;
use serde::Serialize;
use shared::api::Method;
use shared::api::runs::EVENTS;
use shared::auth::Scope;
use shared::id::RunId;
use shared::moment::Moment;
use worker::send::SendFuture;

use super::{Incoming, Route, Table, bodies, request};
use crate::failure::Failure;
use crate::pipeline::steer;
use crate::pipeline::watch::{Event, Listener, News, Told};
use crate::ports::Ports;

/// Milliseconds for which a stream stays open: below a minute, whatever the last look takes.
const OPEN_MS: u64 = 55_000;
/// Milliseconds between two looks, and one more for so many items of the run: what a look reads grows with it.
const LOOK_MS: u64 = 1_000;
const ITEMS_A_MS: u64 = 5;
const SELDOM_MS: u64 = 5_000;
/// After so many milliseconds without a word something is said, so that nobody on the way takes it for dead.
const SILENT_MS: u64 = 10_000;
/// How many statements a look takes when there is something new, and when there is nothing.
const A_LOOK: u32 = 3;
const A_GLANCE: u32 = 1;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    let ports = Arc::clone(&table.ports);
    let route = Route { method: Method::Get, path: EVENTS, scope: Some(Scope::Read) };
    // The stream outlives the call, and needs ports of its own.
    table.on_raw(route, async move |_: &P, incoming| listen(Arc::clone(&ports), incoming).await)
}

async fn listen<P: Ports>(ports: Arc<P>, incoming: Incoming) -> Result<Response<Body>, Failure> {
    let last = request::text(incoming.request.headers(), "last-event-id");
    let id = incoming.params.into_iter().next().map(|(_, value)| value).unwrap_or_default();
    let run = RunId::try_from(id).map_err(|_| Failure::NotFound("run"))?;
    let state = steer::find(&*ports, &run).await?;
    let now = ports.now();
    let stream = Stream {
        listener: Listener::after(last.as_deref()),
        opened: now,
        spoke: now,
        left: ports.slice_limit(),
        wait_ms: 0,
        items: state.counts.total,
        next: Next::Greet,
        ports,
        run,
    };
    let chunks = stream::unfold(stream, |stream| SendFuture::new(stream.next()));
    Ok(bodies::stream("text/event-stream", Body::from_stream(chunks)))
}

/// What a stream does next.
enum Next {
    /// Says when to come back: the listener sees at once that it is heard.
    Greet,
    Look,
    End,
}

struct Stream<P> {
    ports: Arc<P>,
    run: RunId,
    listener: Listener,
    opened: Moment,
    /// When it last said something.
    spoke: Moment,
    /// How many statements it may still make.
    left: u32,
    /// How long it waits before the next look, in milliseconds.
    wait_ms: u64,
    items: u64,
    next: Next,
}

impl<P: Ports> Stream<P> {
    async fn next(mut self) -> Option<(Result<String, Infallible>, Self)> {
        loop {
            let said = match self.next {
                Next::Greet => {
                    self.next = Next::Look;
                    "retry: 1000\n\n".to_owned()
                }
                Next::Look => self.look().await,
                Next::End => return None,
            };
            if !said.is_empty() {
                self.spoke = self.ports.now();
                return Some((Ok(said), self));
            }
        }
    }

    /// Waits, looks, and gives what is to be said; empty when that is nothing.
    async fn look(&mut self) -> String {
        let open_ms = self.ports.now().since(self.opened);
        if open_ms + self.wait_ms > OPEN_MS || self.left < A_LOOK {
            self.next = Next::End;
            return String::new();
        }
        if self.wait_ms > 0 {
            self.ports.sleep(self.wait_ms).await;
        }
        match self.listener.look(&*self.ports, &self.run).await {
            Ok(News { told, more, over, items }) => {
                self.left -= if items.is_some() { A_LOOK } else { A_GLANCE };
                self.items = items.unwrap_or(self.items);
                self.wait_ms = if more { 0 } else { (LOOK_MS + self.items / ITEMS_A_MS).min(SELDOM_MS) };
                if over {
                    self.next = Next::End;
                }
                if told.is_empty() && self.ports.now().since(self.spoke) >= SILENT_MS {
                    return ": still here\n\n".to_owned();
                }
                told.iter().map(write).collect()
            }
            Err(failure) => {
                // The listener comes back, and hears then what it did not hear now.
                self.ports.note(&format!("a listener to run {} is left: {failure:?}", self.run));
                self.next = Next::End;
                String::new()
            }
        }
    }
}

fn write(told: &Told) -> String {
    match &told.event {
        Event::Progress(progress) => event("progress", &told.id, progress),
        Event::Outcome(row) => event("outcome", &told.id, row),
    }
}

/// Writes an event; JSON has no line ends in it.
fn event(name: &str, id: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\nid: {id}\ndata: {data}\n\n")
}
