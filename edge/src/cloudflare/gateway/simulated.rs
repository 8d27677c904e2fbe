//! The simulated provider, answering as one over the wire would.

use std::collections::VecDeque;

use futures_util::stream;
use serde_json::Value;
use shared::chat::wire::Wire;
use worker::web_sys;
use worker::{Response, ResponseBuilder};

use crate::cloudflare::clock;
use crate::gateway::problem::Refusal;
use crate::gateway::simulate;
use crate::upstream::demo;

/// Answers a request in a format after its time, streamed if it asks for that; or counts its tokens.
pub(super) async fn answer(wire: Wire, request: &[u8], counts: bool) -> Result<web_sys::Response, Refusal> {
    let request: Value =
        serde_json::from_slice(request).map_err(|error| Refusal::NotJson(error.to_string()))?;
    let answer = if counts { simulate::count(&request) } else { simulate::answer(wire, &request) };
    let latency_ms = demo::latency_ms(&request);
    let status = simulate::status(&answer);
    let wanted = request.get("stream").and_then(Value::as_bool) == Some(true);
    let streams = wanted && status == 200 && !counts && simulate::streams(wire);
    let made =
        if streams { stream(wire, &answer, latency_ms) } else { whole(&answer, status, latency_ms).await };
    Ok(made.map_err(|error| Refusal::Internal(error.to_string()))?.into())
}

async fn whole(answer: &Value, status: u16, latency_ms: u64) -> worker::Result<Response> {
    clock::delay(latency_ms).await;
    let builder =
        ResponseBuilder::new().with_status(status).with_header("content-type", "application/json")?;
    Ok(builder.fixed(answer.to_string().into_bytes()))
}

/// Streams an answer, with an equal wait before each event.
fn stream(wire: Wire, answer: &Value, latency_ms: u64) -> worker::Result<Response> {
    let events = VecDeque::from(simulate::events(wire, answer));
    let wait_ms = latency_ms / events.len().max(1) as u64;
    let chunks = stream::unfold(events, move |mut events| async move {
        let event = events.pop_front()?;
        clock::delay(wait_ms).await;
        Some((Ok::<_, worker::Error>(event.into_bytes()), events))
    });
    ResponseBuilder::new().with_header("content-type", "text/event-stream")?.from_stream(chunks)
}
