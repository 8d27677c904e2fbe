//! Raw JSON, folded away until it is asked for.

use leptos::prelude::*;
use serde_json::Value;

use super::copy::copy;
use super::long_text::long_text;

/// Shows JSON under a title, folded away, with a button that copies it.
pub fn json(title: &'static str, value: &Value) -> AnyView {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let shown = text.clone();
    let opened = RwSignal::new(false);
    any! {
        <details class="raw" on:toggle=move |_| opened.set(true)>
            <summary>{title}</summary>
            {copy("Copy", move || text.clone())}
            {move || opened.get().then(|| long_text(&shown))}
        </details>
    }
}
