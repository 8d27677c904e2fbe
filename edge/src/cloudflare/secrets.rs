//! What the operator configured: variables and secrets of the Worker.

use std::cell::OnceCell;

use shared::provider::ProviderName;
use worker::js_sys::Reflect;
use worker::wasm_bindgen;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::wasm_bindgen;

use super::Cloudflare;
use crate::ports::Secrets;
use crate::upload;
use crate::upstream::address::Allowed;
use crate::vault::Keyring;

#[wasm_bindgen]
extern "C" {
    /// Decodes base64 into a text of one character for each byte.
    #[wasm_bindgen(catch)]
    fn atob(text: &str) -> Result<String, JsValue>;
}

/// The most calls of a slice when nothing is configured: a few less than the free plan's fifty.
const SLICE_LIMIT: u32 = 45;

thread_local! {
    /// What every request asks for. The variables of an isolate are the same from its first request to its end.
    static BOUNDS: OnceCell<Bounds> = const { OnceCell::new() };
    static ALLOWED: OnceCell<Allowed> = const { OnceCell::new() };
}

/// What others may: how long they may take, in milliseconds, and how often they may come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) deadline_ms: Option<u64>,
    pub(super) idle_ms: Option<u64>,
    /// How long the next piece of a request's body may take.
    pub(super) upload_ms: u64,
    /// How often one token may send a request through the gateway.
    pub(super) passages_each_second: Option<u64>,
}

impl Cloudflare {
    /// Gives a variable; an empty one is none.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let value = Reflect::get(&self.env, &JsValue::from(name)).ok()?;
        value.as_string().filter(|text| !text.is_empty())
    }

    /// Gives what others may, as it is configured.
    pub(super) fn bounds(&self) -> Bounds {
        let read = || Bounds {
            deadline_ms: self.number("UPSTREAM_DEADLINE_MS"),
            idle_ms: self.number("UPSTREAM_IDLE_MS"),
            upload_ms: self.number("UPLOAD_PATIENCE_MS").unwrap_or(upload::PATIENCE_MS),
            passages_each_second: self.number("GATEWAY_CALLS_PER_SECOND"),
        };
        BOUNDS.with(|known| *known.get_or_init(read))
    }

    /// Gives a variable that is 32 bytes in base64.
    fn key(&self, name: &str) -> Option<[u8; 32]> {
        let decoded = atob(self.variable(name)?.trim()).ok()?;
        let bytes: Vec<u8> =
            decoded.chars().map(|character| u8::try_from(character).ok()).collect::<Option<_>>()?;
        bytes.try_into().ok()
    }

    /// Gives a variable that is a number above zero.
    fn number(&self, name: &str) -> Option<u64> {
        self.variable(name)?.trim().parse().ok().filter(|number| *number > 0)
    }
}

impl Secrets for Cloudflare {
    fn admin_token(&self) -> Option<String> {
        self.variable("ADMIN_TOKEN")
    }

    fn keyring(&self) -> Option<Keyring> {
        Some(Keyring { newest: self.key("ENCRYPTION_KEY")?, older: self.key("ENCRYPTION_KEY_OLD") })
    }

    fn provider_key(&self, provider: &ProviderName) -> Option<String> {
        match provider.as_str() {
            "openai" => self.variable("OPENAI_API_KEY"),
            "anthropic" => self.variable("ANTHROPIC_API_KEY"),
            "gemini" => self.variable("GEMINI_API_KEY"),
            _ => None,
        }
    }

    fn has_demo(&self) -> bool {
        self.variable("DEMO_PROVIDER").as_deref() == Some("1")
    }

    fn allowed(&self) -> Allowed {
        let read = || Allowed {
            loopback: self.variable("ALLOW_LOOPBACK_UPSTREAMS").as_deref() == Some("1"),
            origins: self.variable("ALLOWED_UPSTREAMS").unwrap_or_default().into(),
        };
        ALLOWED.with(|known| known.get_or_init(read).clone())
    }

    fn may_panic(&self) -> bool {
        self.variable("DEBUG_PANIC").as_deref() == Some("1")
    }

    fn slice_limit(&self) -> u32 {
        self.number("SLICE_LIMIT").and_then(|limit| u32::try_from(limit).ok()).unwrap_or(SLICE_LIMIT)
    }

    fn upload_patience_ms(&self) -> u64 {
        self.bounds().upload_ms
    }
}
