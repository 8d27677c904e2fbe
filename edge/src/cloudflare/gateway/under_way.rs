//! Logs on their way to the database, counted outside this instance of the Wasm: when a panic ends it, nobody here can tell
//! any more what went with it.

use worker::wasm_bindgen;
use worker::wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = logBegins)]
    fn log_begins();

    #[wasm_bindgen(js_name = logEnds)]
    fn log_ends();

    #[wasm_bindgen(js_name = takeLostLogs)]
    fn take_lost_logs() -> f64;
}

/// A log that is to be written.
pub(super) struct UnderWay(());

impl UnderWay {
    /// Counts it.
    pub(super) fn begin() -> Self {
        log_begins();
        Self(())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        log_ends();
    }
}

/// Gives how many logs went with earlier instances and are not counted yet, for whoever asks to count them.
pub(super) fn take_lost() -> u64 {
    take_lost_logs() as u64
}
