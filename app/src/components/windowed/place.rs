//! Where somebody is in a long list, kept with the entry of the browser's history: Back leads to the same row.

use leptos::prelude::window;
use web_sys::ScrollRestoration;
use web_sys::wasm_bindgen::JsValue;

/// Keeps a word for the row that is read, and how far below the top of the screen it begins; none at the top.
pub fn keep(list: &str, place: Option<(String, f64)>) {
    let Ok(history) = window().history() else { return };
    let kept = history.state().unwrap_or_default().as_string();
    let place = place.map(|(row, below)| format!("{list} {row} {below:.1}"));
    if kept != place {
        let state = place.map_or(JsValue::NULL, |place| JsValue::from_str(&place));
        // The browser knows only how far the page was scrolled, which leads to another row, and may come late.
        let by_browser = if state.is_null() { ScrollRestoration::Auto } else { ScrollRestoration::Manual };
        _ = history.set_scroll_restoration(by_browser);
        // A browser that is asked too often refuses; the place before is as good.
        _ = history.replace_state_with_url(&state, "", None);
    }
}

/// Gives what was kept of this list.
pub fn read(list: &str) -> Option<(String, f64)> {
    let state = window().history().ok()?.state().ok()?.as_string()?;
    let mut words = state.split(' ');
    if words.next() != Some(list) {
        return None;
    }
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}
