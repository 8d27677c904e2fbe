//! Small bodies, taken in before anything is decided about their request.
//!
//! The runtime closes a connection whose request was answered with its body unread, and a client that was
//! about to use it again sees a fault that nobody asked for. A large body waits: whoever may not send it
//! is told so without it.

use std::pin::pin;

use futures_util::future::{Either, select};
use worker::Request;
use worker::js_sys::Uint8Array;
use worker::js_sys::futures::JsFuture;

use super::clock;

/// The most bytes of a body that is taken in at once.
const SMALL: usize = 64 * 1024;

/// How long a small body may take to arrive, in milliseconds.
const PATIENCE_MS: u64 = 10_000;

/// Takes in the body of a request if it says that it is small; none when it does not, or does not come.
pub async fn small_body(request: &Request) -> Option<Vec<u8>> {
    let length = request.headers().get("content-length").ok().flatten()?.parse::<usize>().ok()?;
    if length == 0 || length > SMALL {
        return None;
    }
    let buffer = pin!(JsFuture::from(request.inner().array_buffer().ok()?));
    match select(buffer, clock::delay(PATIENCE_MS)).await {
        Either::Left((Ok(buffer), _)) => Some(Uint8Array::new(&buffer).to_vec()),
        Either::Left((Err(_), _)) | Either::Right(_) => None,
    }
}
