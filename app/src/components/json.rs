//! Raw JSON, folded away until it is asked for.

use leptos::prelude::*;
use serde_json::Value;

use super::long_text::long_text;

/// Shows JSON under a title, folded away, with a button that copies it.
pub fn json(title: &'static str, value: &Value) -> AnyView {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let copied = RwSignal::new(false);
    let (shown, copy) = (text.clone(), text);
    let opened = RwSignal::new(false);
    any! {
        <details class="raw" on:toggle=move |_| opened.set(true)>
            <summary>{title}</summary>
            <button
                type="button"
                class="copy"
                on:click=move |_| {
                    // Where the browser refuses, the text can still be selected.
                    _ = window().navigator().clipboard().write_text(&copy);
                    copied.set(true);
                }
            >
                {move || if copied.get() { "Copied" } else { "Copy" }}
            </button>
            {move || opened.get().then(|| long_text(&shown))}
        </details>
    }
}
