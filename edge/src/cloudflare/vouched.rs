//! Cloudflare Access: what is configured of it, the keys that this instance knows, and signatures.

use std::cell::RefCell;

use serde_json::json;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{Array, JSON, Promise, Uint8Array};
use worker::wasm_bindgen;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::wasm_bindgen;

use super::Cloudflare;
use crate::assertion::Team;
use crate::assertion::keys::{Key, Keys};
use crate::ports::Vouched;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        uses: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn verify(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &Uint8Array,
        signed: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

thread_local! {
    static KEYS: RefCell<Keys> = RefCell::default();
}

impl Vouched for Cloudflare {
    fn team(&self) -> Option<Team> {
        let [domain, audience, admins] =
            ["ACCESS_TEAM_DOMAIN", "ACCESS_AUD", "ACCESS_ADMINS"].map(|name| self.variable(name));
        Team::of(domain, audience, admins)
    }

    fn keys<T>(&self, use_them: impl FnOnce(&mut Keys) -> T) -> T {
        KEYS.with_borrow_mut(use_them)
    }

    async fn is_signed(&self, key: &Key, signed: &[u8], signature: &[u8]) -> bool {
        // A key that cannot be used has signed nothing.
        check(key, signed, signature).await.is_ok_and(|answer| answer == JsValue::TRUE)
    }
}

async fn check(key: &Key, signed: &[u8], signature: &[u8]) -> Result<JsValue, JsValue> {
    let written = json!({"kty": "RSA", "alg": "RS256", "n": key.modulus, "e": key.exponent});
    let algorithm = JSON::parse(&json!({"name": "RSASSA-PKCS1-v1_5", "hash": "SHA-256"}).to_string())?;
    let uses = Array::of1(&JsValue::from("verify"));
    let imported = import_key("jwk", &JSON::parse(&written.to_string())?, &algorithm, false, &uses)?;
    let key = JsFuture::from(imported).await?;
    JsFuture::from(verify(&algorithm, &key, &Uint8Array::from(signature), &Uint8Array::from(signed))?).await
}
