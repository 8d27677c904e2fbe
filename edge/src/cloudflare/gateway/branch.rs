//! The way of an answer's body to its caller, beside which it is listened to.
//!
//! A short body of a known length is split in two by the platform, and the caller's branch passes by itself. All else
//! passes piece by piece, the next when the caller has taken the last: however slow the caller is, and however long the
//! answer, no more than a piece of it is held. The moving is done by `edge/passing.js`, which says why.

use worker::js_sys::futures::JsFuture;
use worker::js_sys::{Promise, Uint8Array};
use worker::wasm_bindgen;
use worker::wasm_bindgen::closure::Closure;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::web_sys::{ReadableStream, WritableStream};

use crate::gateway::capture::Ended;
use crate::gateway::head::Head;

/// The longest body that is split: of a caller who does not take its branch, as much is held.
const SHORT: usize = 256 * 1024;

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

    #[wasm_bindgen(js_name = passAnswer)]
    fn pass_answer(
        body: &ReadableStream,
        onward: Option<WritableStream>,
        idle_ms: f64,
        longest_ms: f64,
        heard: Option<&JsValue>,
    ) -> Promise;
}

/// The two branches of a body.
#[derive(Debug)]
pub(super) struct Branches {
    pub(super) to_caller: ReadableStream,
    /// What is listened to.
    pub(super) here: ReadableStream,
    /// Where each piece is to be handed on; none when the platform does so.
    pub(super) onward: Option<WritableStream>,
}

/// Splits the body of an answer with this head.
pub(super) fn split(body: ReadableStream, head: &Head) -> Result<Branches, JsValue> {
    let length = head.get("content-length").and_then(|length| length.parse().ok());
    // A packed body says the length of what comes in, not of what it comes to.
    let is_short =
        head.get("content-encoding").is_none() && length.is_some_and(|length: usize| length <= SHORT);
    if is_short {
        let two = body.tee();
        let (to_caller, here) = (two.get(0).unchecked_into(), two.get(1).unchecked_into());
        return Ok(Branches { to_caller, here, onward: None });
    }
    let pipe = IdentityTransformStream::new()?;
    Ok(Branches { to_caller: pipe.readable(), here: body, onward: Some(pipe.writable()) })
}

/// How long pieces of an answer may take, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// One of them.
    pub(super) idle_ms: u64,
    /// All of them.
    pub(super) longest_ms: u64,
}

/// Passes an answer on, or takes it for nobody, and shows each piece to whoever listens. Gives how it ended.
pub(super) async fn pass(
    body: &ReadableStream,
    onward: Option<WritableStream>,
    patience: Patience,
    heard: Option<impl FnMut(&[u8]) + 'static>,
) -> Ended {
    let heard = heard.map(|mut heard| {
        Closure::<dyn FnMut(Uint8Array)>::new(move |piece: Uint8Array| heard(&piece.to_vec()))
    });
    let Patience { idle_ms, longest_ms } = patience;
    let passed = pass_answer(
        body,
        onward,
        idle_ms as f64,
        longest_ms as f64,
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
