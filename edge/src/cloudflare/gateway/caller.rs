//! Whether the caller is still there.
//!
//! The platform tells it of a request with `enable_request_signal`, also while nothing is written to the caller. The local
//! runtime does so of a connection that was reset; of one that was only closed it finds out when it writes.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures_util::task::AtomicWaker;
use worker::wasm_bindgen::JsCast;
use worker::wasm_bindgen::closure::Closure;
use worker::web_sys::{AbortSignal, Request};

/// Whoever made a request.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    signal: AbortSignal,
}

impl Caller {
    /// Finds the caller of a request.
    pub(super) fn of(request: &Request) -> Self {
        Self { signal: request.signal() }
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
