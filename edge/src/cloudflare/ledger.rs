//! The number of calls that a shard has begun, kept in its own storage.
//!
//! It is stored as the calls are begun, so that of a shard that is lost everybody can tell how many there were. Nothing
//! waits for it, neither the slice nor the calls.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use futures_util::task::AtomicWaker;
use worker::js_sys::{Function, Object, Reflect};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{State, console_error};

use super::{Cloudflare, words};
use crate::ports::Ledger;

/// Where the object keeps it.
const KEY: &str = "calls";

/// How many calls a shard has begun, and who is to store that.
#[derive(Debug, Default)]
pub(super) struct Calls {
    begun: AtomicU64,
    keeper: AtomicWaker,
}

impl Ledger for Cloudflare {
    fn note_call(&self) {
        self.calls.begun.fetch_add(1, Ordering::Relaxed);
        self.calls.keeper.wake();
    }

    fn calls_begun(&self) -> u64 {
        self.calls.begun.load(Ordering::Relaxed)
    }
}

impl Calls {
    /// Reads what was stored last.
    pub(super) async fn of(state: &State) -> worker::Result<Self> {
        let begun = state.storage().get::<f64>(KEY).await?.unwrap_or(0.0);
        Ok(Self { begun: AtomicU64::new(begun as u64), keeper: AtomicWaker::new() })
    }

    /// Stores the number whenever it has grown.
    pub(super) async fn keep(&self, state: &State) -> Infallible {
        let mut stored = self.begun.load(Ordering::Relaxed);
        poll_fn(|context| {
            self.keeper.register(context.waker());
            let begun = self.begun.load(Ordering::Relaxed);
            if begun != stored {
                stored = begun;
                if let Err(thrown) = put(state, begun) {
                    console_error!("the calls of a shard cannot be counted: {}", words(&thrown));
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// Stores it at once. Unconfirmed, since otherwise every call would wait for the disk.
fn put(state: &State, begun: u64) -> Result<(), JsValue> {
    let storage = state.as_raw().storage()?;
    let options = Object::new();
    Reflect::set(&options, &"allowUnconfirmed".into(), &true.into())?;
    let put: Function = Reflect::get(&storage, &"put".into())?.dyn_into()?;
    put.call3(&storage, &KEY.into(), &JsValue::from_f64(begun as f64), &options).map(|_| ())
}
