//! The reader's clock: what time it is here, and waiting.

use js_sys::{Date, Promise};
use leptos::prelude::window;
use shared::moment::Moment;
use wasm_bindgen_futures::JsFuture;
use web_sys::wasm_bindgen::JsValue;

use crate::wording::time::{self, Local};

/// Tells the time.
pub fn now() -> Moment {
    Moment::from_millis(Date::now() as i64)
}

/// Gives a point in time on the reader's own clock.
pub fn local(moment: Moment) -> Local {
    let date = Date::new(&JsValue::from_f64(moment.millis() as f64));
    Local {
        year: date.get_full_year(),
        month: date.get_month() + 1,
        day: date.get_date(),
        hour: date.get_hours(),
        minute: date.get_minutes(),
        second: date.get_seconds(),
    }
}

/// Writes a point in time as shortly as it stays clear.
pub fn short(moment: Moment) -> String {
    time::short(local(moment), local(now()))
}

/// Writes a point in time in full.
pub fn full(moment: Moment) -> String {
    time::full(local(moment))
}

/// Writes how long ago something was.
pub fn ago(moment: Moment) -> String {
    time::ago(now().since(moment))
}

/// Waits.
pub async fn sleep(millis: i32) {
    let timeout = Promise::new(&mut |resolve, _| {
        // A window always takes a timeout; if not, the wait never ends, and nothing polls.
        _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
    });
    _ = JsFuture::from(timeout).await;
}

/// Draws a number that need not be hard to guess, below 2^32.
pub fn draw() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}
