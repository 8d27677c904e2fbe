//! The way out: every call to a provider leaves from here, what is read of anybody else, and what webhooks are told.
//!
//! Addresses are checked again at each use, and redirects come back as they are.

use std::pin::pin;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use worker::ByteStream;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{self, Reflect, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::web_sys::{self, AbortController, AbortSignal, Headers, RequestInit, RequestRedirect};
use worker::worker_sys::Fetcher;

use super::{Cloudflare, clock, words};
use crate::ports::{Answer, Call, Post, Secrets, Unreached, Upstream};
use crate::upstream::address;
use crate::upstream::form::Form;
use crate::upstream::incoming::{self, Incoming};

/// The binding that carries the calls, where there is one, in place of the platform's own way out: a client certificate,
/// a private network, a Worker that all calls of a company leave by.
const WAY_OUT: &str = "OUTWARD";

/// What goes out: a body is posted, and without one there is only a question.
struct Outgoing<'a> {
    url: &'a str,
    headers: &'a [(String, String)],
    body: Option<&'a [u8]>,
    /// How the answer is to be read, should it be a stream.
    form: Form,
}

impl Upstream for Cloudflare {
    async fn send(&self, call: &Call) -> Result<Answer, Unreached> {
        let Call { url, headers, body, form, deadline_ms } = call;
        let outgoing = Outgoing { url, headers, body: Some(body.as_bytes()), form: *form };
        self.answer_to(&outgoing, *deadline_ms).await
    }

    async fn read_at(&self, url: &str, deadline_ms: u64) -> Result<Answer, Unreached> {
        self.answer_to(&Outgoing { url, headers: &[], body: None, form: Form::Chat }, deadline_ms).await
    }

    async fn post(&self, post: &Post) -> Result<u16, Unreached> {
        let Post { url, headers, body, deadline_ms } = post;
        let controller = controller()?;
        let signal = controller.signal();
        let opened = self.open(url, headers, Some(body.as_bytes()), &signal);
        let answer = self.within(*deadline_ms, opened).await;
        // Nobody takes the rest of it.
        controller.abort();
        answer.map(|answer| answer.status())
    }
}

impl Cloudflare {
    async fn answer_to(&self, outgoing: &Outgoing<'_>, deadline_ms: u64) -> Result<Answer, Unreached> {
        let controller = controller()?;
        let answer = self.within(deadline_ms, self.exchange(outgoing, &controller)).await;
        if answer.is_err() {
            controller.abort();
        }
        answer
    }

    /// Waits for an answer for so long, or for as long as is configured if that is shorter.
    async fn within<T>(
        &self,
        deadline_ms: u64,
        answer: impl Future<Output = Result<T, Unreached>>,
    ) -> Result<T, Unreached> {
        let deadline_ms = deadline_ms.min(self.bounds().deadline_ms.unwrap_or(u64::MAX));
        match select(pin!(answer), clock::delay(deadline_ms)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(Unreached::TimedOut(deadline_ms)),
        }
    }

    async fn exchange(
        &self,
        outgoing: &Outgoing<'_>,
        controller: &AbortController,
    ) -> Result<Answer, Unreached> {
        let Outgoing { url, headers, body, form } = *outgoing;
        let response = self.open(url, headers, body, &controller.signal()).await?;
        let headers = response.headers();
        let header = |name: &str| headers.get(name).ok().flatten();
        let content_type = header("content-type");
        let retry_after = header("retry-after");
        let mut incoming = Incoming::of(form, response.status(), retry_after, content_type.as_deref());
        let (length, encoding) = (header("content-length"), header("content-encoding"));
        let ended = if incoming.is_of_length(length.as_deref(), encoding.as_deref()) {
            take_whole(&mut incoming, &response).await
        } else {
            let idle_ms = self.bounds().idle_ms.unwrap_or(incoming::IDLE_MS);
            match response.body() {
                Some(body) => take(&mut incoming, ByteStream::from(body), idle_ms).await,
                None => Ok(()),
            }
        };
        // The answer may be whole although its connection does not end.
        if ended.is_err() {
            controller.abort();
        }
        incoming.finish(ended)
    }

    /// Posts a body, or asks without one, and gives the answer as soon as its head is there.
    pub(super) async fn open(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Option<&[u8]>,
        signal: &AbortSignal,
    ) -> Result<web_sys::Response, Unreached> {
        address::check_call(url, &self.allowed()).map_err(|error| Unreached::Reset(error.to_string()))?;
        self.request(url, headers, body, signal).await.map_err(|thrown| Unreached::Reset(words(&thrown)))
    }

    async fn request(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Option<&[u8]>,
        signal: &AbortSignal,
    ) -> Result<web_sys::Response, JsValue> {
        let sent = Headers::new()?;
        for (name, value) in headers {
            sent.append(name, value)?;
        }
        let init = RequestInit::new();
        if let Some(body) = body {
            init.set_method("POST");
            init.set_body(&Uint8Array::from(body));
        }
        init.set_headers(&sent);
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(signal));
        JsFuture::from(self.way_out()?.fetch_with_str_and_init(url, &init)?).await?.dyn_into()
    }

    fn way_out(&self) -> Result<Fetcher, JsValue> {
        let bound = Reflect::get(&self.env, &WAY_OUT.into())?;
        let way = if bound.is_undefined() { js_sys::global().into() } else { bound };
        Ok(way.unchecked_into())
    }
}

fn controller() -> Result<AbortController, Unreached> {
    AbortController::new().map_err(|thrown| Unreached::Reset(words(&thrown)))
}

/// Takes an answer at once: a sixth of the work of taking it in pieces.
async fn take_whole(incoming: &mut Incoming, response: &web_sys::Response) -> Result<(), Unreached> {
    let broken = |thrown: JsValue| Unreached::Reset(words(&thrown));
    let body = JsFuture::from(response.array_buffer().map_err(broken)?).await.map_err(broken)?;
    incoming.push(&Uint8Array::new(&body).to_vec())
}

/// Takes the pieces of an answer until it ends.
async fn take(incoming: &mut Incoming, mut chunks: ByteStream, idle_ms: u64) -> Result<(), Unreached> {
    loop {
        let chunk = match incoming.patience_ms(idle_ms) {
            None => chunks.next().await,
            Some(patience_ms) => match select(chunks.next(), clock::delay(patience_ms)).await {
                Either::Left((chunk, _)) => chunk,
                Either::Right(_) => return Err(Unreached::Stalled(patience_ms)),
            },
        };
        match chunk {
            None => return Ok(()),
            Some(chunk) => incoming.push(&chunk.map_err(|error| Unreached::Reset(error.to_string()))?)?,
        }
    }
}
