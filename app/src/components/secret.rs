//! A secret that is shown once, where it was made.

use leptos::html;
use leptos::prelude::*;
use web_sys::HtmlElement;
use web_sys::wasm_bindgen::JsCast;

use super::copy::copy;

/// Shows a secret, with what to do about it and a way on.
pub fn once(name: &'static str, words: &'static str, secret: String, close: Callback<()>) -> AnyView {
    let copied = secret.clone();
    let actions = NodeRef::<html::P>::new();
    Effect::new(move |_| {
        // The button that had the focus is gone.
        let Some(actions) = actions.get() else { return };
        request_animation_frame(move || {
            let copy = actions.query_selector("button").ok().flatten();
            _ = copy.and_then(|copy| copy.dyn_into::<HtmlElement>().ok()).map(|copy| copy.focus());
        });
    });
    any! {
        <p role="status">
            <strong>{words}</strong>
        </p>
        <pre class="command" tabindex="0" aria-label=name>
            {secret}
        </pre>
        <p class="actions" node_ref=actions>
            {copy("Copy", move || copied.clone())} <button type="button" class="main" on:click=move |_| close.run(())>
                "Done"
            </button>
        </p>
    }
}
