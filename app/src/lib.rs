//! The web app.
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Mounts the app.
#[wasm_bindgen(start)]
pub fn start() {
    mount_to_body(|| view! { <p>"hello"</p> });
}
