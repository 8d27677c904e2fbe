//! Handing the answer to whoever waits for it, out of work that goes on without.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::Poll;

use futures_util::task::AtomicWaker;

/// A place for one thing that is given once and taken once.
#[derive(Debug)]
pub(super) struct Handover<T> {
    given: RefCell<Option<T>>,
    waker: AtomicWaker,
}

impl<T> Default for Handover<T> {
    fn default() -> Self {
        Self { given: RefCell::default(), waker: AtomicWaker::new() }
    }
}

impl<T> Handover<T> {
    /// Gives it.
    pub(super) fn give(&self, thing: T) {
        self.given.replace(Some(thing));
        self.waker.wake();
    }

    /// Waits until it is given.
    pub(super) async fn take(&self) -> T {
        poll_fn(|context| {
            self.waker.register(context.waker());
            self.given.take().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
