//! Time.

use std::time::Duration;

use shared::moment::Moment;
use worker::js_sys::{self, Date};
use worker::wasm_bindgen::JsCast;
use worker::{Delay, web_sys};

use super::Cloudflare;
use crate::ports::Clock;

/// The longest wait of the platform's timer: 2^31 - 1 milliseconds.
const LONGEST_WAIT_MS: u64 = i32::MAX as u64;

impl Clock for Cloudflare {
    fn now(&self) -> Moment {
        Moment::from_millis(Date::now() as i64)
    }

    fn ticks_ms(&self) -> u64 {
        monotonic() as u64
    }

    async fn sleep(&self, millis: u64) {
        delay(millis).await;
    }
}

/// Gives a wait that can be given up.
pub(super) fn delay(millis: u64) -> Delay {
    Delay::from(Duration::from_millis(millis.min(LONGEST_WAIT_MS)))
}

/// A watch for fractions of milliseconds. On the platform it stands still between one wait and the next; it goes by the
/// clock, and leaps when that is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    started: f64,
}

impl Watch {
    pub(super) fn start() -> Self {
        Self { started: monotonic() }
    }

    /// Gives the milliseconds since it was started, with fractions.
    pub(super) fn millis(self) -> f64 {
        (monotonic() - self.started).max(0.0)
    }

    /// Gives the whole milliseconds since it was started.
    pub(super) fn whole_millis(self) -> u64 {
        self.millis().round() as u64
    }
}

fn monotonic() -> f64 {
    let global: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    global.performance().map_or_else(Date::now, |performance| performance.now())
}
