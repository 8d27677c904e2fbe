//! Reading a request's body, with a limit on its size and on the patience for it.

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use worker::{ByteStream, Request};

use crate::cloudflare::clock;
use crate::gateway::head::Head;
use crate::gateway::problem::{LARGEST_REQUEST, Refusal};

/// How long the next piece of a body may take.
const PATIENCE_MS: u64 = 30_000;

/// Reads the body.
pub(super) async fn read(request: &Request, head: &Head) -> Result<Vec<u8>, Refusal> {
    let announced = head.get("content-length").and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LARGEST_REQUEST) {
        return Err(Refusal::TooLarge);
    }
    let mut body = Vec::with_capacity(announced.unwrap_or(0));
    let Some(stream) = request.inner().body() else { return Ok(body) };
    let mut chunks = ByteStream::from(stream);
    loop {
        let chunk = match select(chunks.next(), clock::delay(PATIENCE_MS)).await {
            Either::Left((chunk, _)) => chunk,
            Either::Right(_) => return Err(Refusal::SlowRequest),
        };
        match chunk {
            None => return Ok(body),
            Some(Err(_)) => return Err(Refusal::SlowRequest),
            Some(Ok(chunk)) => body.extend(chunk),
        }
        if body.len() > LARGEST_REQUEST {
            return Err(Refusal::TooLarge);
        }
    }
}
