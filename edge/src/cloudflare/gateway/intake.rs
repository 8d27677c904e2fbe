//! Reading a request's body, with a limit on its size and on the patience for it.

use std::pin::pin;

use futures_util::future::{Either, select};
use worker::ByteStream;
use worker::js_sys::Uint8Array;
use worker::js_sys::futures::JsFuture;
use worker::web_sys::Request;

use crate::cloudflare::Cloudflare;
use crate::cloudflare::clock;
use crate::gateway::head::Head;
use crate::gateway::problem::{LARGEST_REQUEST, Refusal};
use crate::ports::Secrets;
use crate::upload::Upload;

/// The most bytes of a body that is taken in before anything is decided.
const SMALL: usize = 64 * 1024;

/// The most bytes of a body that is too large which are taken in before that is said.
const MOST_LET_GO: usize = 4 * LARGEST_REQUEST;

/// Takes in the body of a request that says it is small; none when it does not.
///
/// The runtime closes a connection whose request was answered with its body unread, and a client that was
/// about to use it again sees a fault that nobody asked for. A large body waits: whoever may not send it is
/// told so without it.
///
/// # Errors
/// When it does not come: nobody can read it a second time.
pub(super) async fn small(
    ports: &Cloudflare,
    request: &Request,
    head: &Head,
) -> Result<Option<Vec<u8>>, Refusal> {
    let length = announced(head);
    if length == 0 || length > SMALL {
        return Ok(None);
    }
    let buffer = request.array_buffer().map_err(|_| Refusal::SlowRequest)?;
    match select(pin!(JsFuture::from(buffer)), clock::delay(ports.upload_patience_ms())).await {
        Either::Left((Ok(buffer), _)) => Ok(Some(Uint8Array::new(&buffer).to_vec())),
        Either::Left((Err(_), _)) | Either::Right(_) => Err(Refusal::SlowRequest),
    }
}

/// Reads the body. One that is too large is taken in and let go before it is refused, within bounds: a client that is
/// still sending when its connection ends sees a fault, and not why.
pub(super) async fn read(ports: &Cloudflare, request: &Request, head: &Head) -> Result<Vec<u8>, Refusal> {
    let announced = announced(head);
    if announced > MOST_LET_GO {
        return Err(Refusal::TooLarge);
    }
    // No room is made for what is only announced.
    let mut body = Vec::new();
    let Some(stream) = request.body() else { return Ok(body) };
    let mut upload = Upload::of(ports, ByteStream::from(stream));
    while upload.bytes() <= MOST_LET_GO {
        match upload.next().await? {
            None if upload.bytes() > LARGEST_REQUEST => return Err(Refusal::TooLarge),
            None => return Ok(body),
            Some(Err(_)) => return Err(Refusal::SlowRequest),
            Some(Ok(_)) if upload.bytes().max(announced) > LARGEST_REQUEST => body = Vec::new(),
            Some(Ok(piece)) => body.extend(piece),
        }
    }
    Err(Refusal::TooLarge)
}

/// Gives the length that a request says its body has; 0 when it says none.
fn announced(head: &Head) -> usize {
    head.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
}
