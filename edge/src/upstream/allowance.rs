//! What a slice of a run may still do: calls, every try counted, and for how long it may begin any.

use std::cell::Cell;

use shared::moment::Moment;

use super::window::{Turn, Window};

/// What a slice may still do. Shared by the calls that are under way at once.
#[derive(Debug)]
pub struct Allowance {
    calls: Cell<u32>,
    window: Cell<Window>,
    until: Moment,
}

impl Allowance {
    /// Allows so many calls, begun before `until`, at most a window of them at once.
    pub fn of(calls: u32, window: Window, until: Moment) -> Self {
        Self { calls: Cell::new(calls), window: Cell::new(window), until }
    }

    /// Gives how many calls are left.
    pub fn left(&self) -> u32 {
        self.calls.get()
    }

    /// Tells whether a question may be begun now.
    pub fn is_open(&self, now: Moment) -> bool {
        self.left() > 0 && now < self.until
    }

    /// Gives how many calls may be under way.
    pub fn window(&self) -> u32 {
        self.window.get().now()
    }

    /// Begins a try, if a call is left.
    pub(super) fn begin(&self) -> Option<Turn> {
        let left = self.calls.get().checked_sub(1)?;
        self.calls.set(left);
        Some(self.window.get().turn())
    }

    /// A try came through.
    pub(super) fn clean(&self, begun: Turn) {
        self.window.set(self.window.get().clean(begun));
    }

    /// A try was turned away for coming too fast: the others are to know before it is tried again.
    pub(super) fn busy(&self, begun: Turn) {
        self.window.set(self.window.get().busy(begun));
    }
}
