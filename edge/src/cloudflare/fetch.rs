//! The way out: every call to a provider leaves from here.
//!
//! Addresses are checked again at each use, and redirects come back as they are.

use std::pin::pin;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use worker::ByteStream;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{self, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::web_sys::{self, AbortController, AbortSignal, Headers, RequestInit, RequestRedirect};

use super::{Cloudflare, clock, words};
use crate::ports::{Answer, Call, Secrets, Unreached, Upstream};
use crate::upstream::address;

/// The most bytes of an answer that is read whole.
const LARGEST_ANSWER: usize = 25 * 1024 * 1024;

impl Upstream for Cloudflare {
    async fn send(&self, call: &Call) -> Result<Answer, Unreached> {
        let controller = AbortController::new().map_err(|thrown| Unreached::Reset(words(&thrown)))?;
        let signal = controller.signal();
        let answer = {
            let exchange = pin!(self.exchange(call, &signal));
            let configured = self.number("UPSTREAM_DEADLINE_MS").unwrap_or(u64::MAX);
            let deadline_ms = call.deadline_ms.min(configured);
            match select(exchange, clock::delay(deadline_ms)).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => Err(Unreached::TimedOut(deadline_ms)),
            }
        };
        if answer.is_err() {
            controller.abort();
        }
        answer
    }
}

impl Cloudflare {
    async fn exchange(&self, call: &Call, signal: &AbortSignal) -> Result<Answer, Unreached> {
        let response = self.open(&call.url, &call.headers, call.body.as_bytes(), signal).await?;
        let retry_after = response.headers().get("retry-after").ok().flatten();
        let body = match response.body() {
            Some(body) => read(ByteStream::from(body)).await?,
            None => Vec::new(),
        };
        let body = String::from_utf8(body).map_err(|_| Unreached::NotText)?;
        Ok(Answer { status: response.status(), retry_after, body })
    }

    /// Posts a body and gives the answer as soon as its head is there.
    pub(super) async fn open(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
        signal: &AbortSignal,
    ) -> Result<web_sys::Response, Unreached> {
        address::check(url, self.allows_loopback()).map_err(|error| Unreached::Reset(error.to_string()))?;
        post(url, headers, body, signal).await.map_err(|thrown| Unreached::Reset(words(&thrown)))
    }
}

async fn post(
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
    signal: &AbortSignal,
) -> Result<web_sys::Response, JsValue> {
    let sent = Headers::new()?;
    for (name, value) in headers {
        sent.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&sent);
    init.set_body(&Uint8Array::from(body));
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(signal));
    let global: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    JsFuture::from(global.fetch_with_str_and_init(url, &init)).await?.dyn_into()
}

async fn read(mut chunks: ByteStream) -> Result<Vec<u8>, Unreached> {
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        body.extend(chunk.map_err(|error| Unreached::Reset(error.to_string()))?);
        if body.len() > LARGEST_ANSWER {
            return Err(Unreached::TooLarge(LARGEST_ANSWER));
        }
    }
    Ok(body)
}
