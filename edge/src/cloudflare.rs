//! The platform: the ports over bindings, and the ways in.
//!
//! The only module that names a binding or a JavaScript value. It moves values and decides nothing of the
//! domain.

mod clock;
mod d1;
mod fetch;
pub mod gateway;
mod journal;
mod kv;
mod ledger;
mod memory;
mod pace;
pub mod pages;
mod random;
mod rules;
mod schedule;
pub mod sweep;
mod secrets;
pub mod shard;
mod vouched;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ledger::Calls;
use worker::Env;
use worker::js_sys::Error;
use worker::wasm_bindgen::{JsCast, JsValue};

/// All ports, over the bindings of an invocation.
#[derive(Debug, Clone)]
pub struct Cloudflare {
    env: Env,
    /// The shard whose slice this is was woken.
    woken: Arc<AtomicBool>,
    /// The calls of the shard whose slice this is.
    calls: Arc<Calls>,
    /// What the isolate knows of keys and providers is not asked again.
    remembers: bool,
}

impl Cloudflare {
    /// Takes the bindings.
    pub fn new(env: Env) -> Self {
        Self { env, woken: Arc::default(), calls: Arc::default(), remembers: false }
    }
}

/// Gives the words of whatever was thrown.
fn words(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    }
}
