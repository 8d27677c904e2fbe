//! What Node calls of this crate in Wasm (`wasm.mjs`).

use wasm_bindgen::prelude::wasm_bindgen;

/// Gives the id of every vector, and from now on says in words where it panics.
#[wasm_bindgen]
pub fn ids() -> Vec<String> {
    console_error_panic_hook::set_once();
    super::ids()
}

/// Tries the vector of this id; gives what is wrong, if anything is.
#[wasm_bindgen]
pub fn check(id: &str) -> Option<String> {
    super::check(id).err()
}
