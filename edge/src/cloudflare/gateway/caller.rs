//! Whether the caller is still there, and how long an answer goes on without.
//!
//! The platform tells it of a request with `enable_request_signal`, also while nothing is written to the caller. The local
//! runtime does so of a connection that was reset; of one that was only closed it finds out when it writes.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures_util::task::AtomicWaker;
use shared::policy::{LINGER_MS, Leave};
use worker::wasm_bindgen::JsCast;
use worker::wasm_bindgen::closure::Closure;
use worker::web_sys::AbortSignal;

use crate::cloudflare::Cloudflare;
use crate::cloudflare::clock::Watch;
use crate::pipeline::keep;

/// Whoever made a request.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    ports: Cloudflare,
    signal: AbortSignal,
    /// There is a log for which the answer may be finished.
    is_logged: bool,
    /// Since it was seen to have left.
    left: Rc<Cell<Option<Watch>>>,
}

impl Caller {
    /// Finds the caller of a request, by its signal.
    pub(super) fn of(ports: &Cloudflare, signal: AbortSignal, is_logged: bool) -> Self {
        Self { ports: ports.clone(), signal, is_logged, left: Rc::default() }
    }

    /// Tells for how many milliseconds more the answer goes on, once the caller has left. Nobody asks before: what was
    /// decided may have to be read.
    pub(super) async fn linger_ms(&self) -> u64 {
        let left = self.left.get().unwrap_or_else(Watch::start);
        self.left.set(Some(left));
        if !self.is_logged || keep::on_leave(&self.ports).await == Leave::Cancel {
            return 0;
        }
        LINGER_MS.saturating_sub(left.whole_millis())
    }

    /// Gives the signal that tells that the caller has left.
    pub(super) fn signal(&self) -> &AbortSignal {
        &self.signal
    }

    /// Returns when the caller has left, which may be never.
    pub(super) async fn left(&self) {
        let waker = Rc::new(AtomicWaker::new());
        let wakes = Rc::clone(&waker);
        let wake = Closure::<dyn FnMut()>::new(move || wakes.wake());
        self.signal.set_onabort(Some(wake.as_ref().unchecked_ref()));
        // Dropped before what it takes off.
        let _told = Told(&self.signal);
        poll_fn(|context| {
            waker.register(context.waker());
            if self.signal.aborted() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Takes off who is told, also when nobody waits any more.
struct Told<'a>(&'a AbortSignal);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.0.set_onabort(None);
    }
}
