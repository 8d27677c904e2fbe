//! Randomness, from the platform's generator.

use worker::js_sys::Uint8Array;
use worker::wasm_bindgen;
use worker::wasm_bindgen::prelude::wasm_bindgen;

use super::Cloudflare;
use crate::ports::Random;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &Uint8Array);
}

/// The most bytes that the generator gives at once.
const AT_ONCE: usize = 65_536;

impl Random for Cloudflare {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(AT_ONCE) {
            let drawn = Uint8Array::new_with_length(part.len() as u32);
            get_random_values(&drawn);
            drawn.copy_to(part);
        }
    }
}
