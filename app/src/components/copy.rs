//! A button that copies a text.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// Shows a button that copies what `text` gives; it says when that is done, and when the browser refuses.
pub fn copy(word: &'static str, text: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    let said = RwSignal::new(None::<String>);
    let click = move |_| {
        let copying = JsFuture::from(window().navigator().clipboard().write_text(&text()));
        spawn_local(async move {
            let done = copying.await.is_ok();
            said.try_set(Some(if done { "Copied" } else { "Not copied: select it instead" }.to_owned()));
        });
    };
    any! {
        <button type="button" class="copy" on:click=click>
            {move || said.get().unwrap_or_else(|| word.to_owned())}
        </button>
    }
}
