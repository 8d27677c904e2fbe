//! Splitting an answer in two: one branch for the caller, one for the log.
//!
//! A caller who leaves takes only its own branch along, and the platform tells nobody. So a streamed answer
//! goes to the caller through a pipe, which breaks when its far end is gone.

use worker::js_sys::futures::JsFuture;
use worker::wasm_bindgen;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::web_sys::{ReadableStream, WritableStream};

#[wasm_bindgen]
extern "C" {
    /// The platform's own pipe: bytes pass it without passing JavaScript.
    type IdentityTransformStream;

    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<IdentityTransformStream, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &IdentityTransformStream) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &IdentityTransformStream) -> WritableStream;
}

/// The two branches of a body.
#[derive(Debug)]
pub(super) struct Branches {
    pub(super) to_caller: ReadableStream,
    pub(super) to_log: ReadableStream,
    /// Ends with the pipe to the caller, if there is one: with an error when the caller has gone away, or when
    /// the provider's stream broke.
    pub(super) piped: Option<JsFuture>,
}

/// Splits a body.
pub(super) fn split(body: &ReadableStream, is_stream: bool) -> Result<Branches, JsValue> {
    let two = body.tee();
    let (to_caller, to_log): (ReadableStream, _) = (two.get(0).unchecked_into(), two.get(1).unchecked_into());
    if !is_stream {
        return Ok(Branches { to_caller, to_log, piped: None });
    }
    let pipe = IdentityTransformStream::new()?;
    let piped = JsFuture::from(to_caller.pipe_to(&pipe.writable()));
    Ok(Branches { to_caller: pipe.readable(), to_log, piped: Some(piped) })
}
