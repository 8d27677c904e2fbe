//! The way of an answer's body to its caller, beside which it is listened to.
//!
//! It passes piece by piece, the next when the caller has taken the last: however slow the caller is, and however long the
//! answer, no more than a piece of it is held. The platform could split it in two by itself, but then nobody is told when
//! the caller leaves. The moving is done by `edge/passing.js`, which says why.

use std::panic::AssertUnwindSafe;

use worker::js_sys::futures::{JsFuture, future_to_promise};
use worker::js_sys::{Promise, Uint8Array};
use worker::wasm_bindgen;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::closure::Closure;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::web_sys::{AbortSignal, ReadableStream, WritableStream};

use super::caller::Caller;
use crate::gateway::capture::Ended;
use crate::gateway::head::Head;

#[wasm_bindgen]
extern "C" {
    /// The platform's own pipe: whoever writes to it waits until the far end has read.
    type IdentityTransformStream;

    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<IdentityTransformStream, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &IdentityTransformStream) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &IdentityTransformStream) -> WritableStream;

    /// The same for a body of a known length, which the caller is told.
    #[wasm_bindgen(extends = IdentityTransformStream)]
    type FixedLengthStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(length: f64) -> Result<FixedLengthStream, JsValue>;

    #[wasm_bindgen(js_name = passAnswer)]
    fn pass_answer(
        body: &ReadableStream,
        onward: WritableStream,
        signal: &AbortSignal,
        idle_ms: f64,
        longest_ms: f64,
        linger: &JsValue,
        heard: Option<&JsValue>,
    ) -> Promise;
}

/// A body, and the way that its pieces go.
#[derive(Debug)]
pub(super) struct Branches {
    pub(super) to_caller: ReadableStream,
    /// What comes from the provider.
    here: ReadableStream,
    /// Where each piece is to be handed on.
    onward: WritableStream,
}

impl Branches {
    /// Lays the way of the body of an answer with this head.
    pub(super) fn of(here: ReadableStream, head: &Head) -> Result<Self, JsValue> {
        let length = head.get("content-length").and_then(|length| length.parse::<u32>().ok());
        // A packed body says the length of what comes in, not of what it comes to.
        let pipe = match length.filter(|_| head.get("content-encoding").is_none()) {
            Some(length) => FixedLengthStream::new(length.into())?.into(),
            None => IdentityTransformStream::new()?,
        };
        Ok(Self { to_caller: pipe.readable(), here, onward: pipe.writable() })
    }
}

/// How long pieces of an answer may take, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// One of them.
    pub(super) idle_ms: u64,
    /// All of them.
    pub(super) longest_ms: u64,
}

/// Passes an answer on, and shows each piece to whoever listens. Gives how it ended.
pub(super) async fn pass(
    branches: Branches,
    caller: &Caller,
    patience: Patience,
    heard: Option<impl FnMut(&[u8]) + 'static>,
) -> Ended {
    let heard = heard.map(|mut heard| {
        Closure::<dyn FnMut(Uint8Array)>::new(move |piece: Uint8Array| heard(&piece.to_vec()))
    });
    let Branches { here, onward, .. } = branches;
    let Patience { idle_ms, longest_ms } = patience;
    let lingering = caller.clone();
    let linger = Closure::<dyn FnMut() -> Promise>::new(move || {
        let caller = lingering.clone();
        future_to_promise(AssertUnwindSafe(
            async move { Ok(JsValue::from_f64(caller.linger_ms().await as f64)) },
        ))
    });
    let passed = pass_answer(
        &here,
        onward,
        caller.signal(),
        idle_ms as f64,
        longest_ms as f64,
        linger.as_ref(),
        heard.as_ref().map(|heard| heard.as_ref()),
    );
    let ended = JsFuture::from(passed).await.ok().and_then(|ended| ended.as_string());
    match ended.as_deref() {
        Some("closed") => Ended::Closed,
        Some("idle") => Ended::Idle,
        Some("left") => Ended::Left,
        _ => Ended::Broken,
    }
}
