//! Writing the answer to the caller.

use serde_json::Value;
use shared::id::LogId;
use worker::wasm_bindgen::JsValue;
use worker::web_sys::{self, ReadableStream, Response, ResponseInit};

use crate::gateway::head::Head;
use crate::gateway::headers;
use crate::gateway::problem::{Dialect, Refusal};
use crate::policy;

/// What an answer can be found by again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) id: LogId,
    /// There is, or will be, a log of this id.
    pub(super) logged: bool,
}

impl Tag {
    /// Gives the headers, unless the provider has named the request itself.
    fn headers(&self, head: &Head) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        if head.get("x-request-id").is_none() {
            headers.push(("x-request-id".to_owned(), self.id.to_string()));
        }
        if self.logged {
            headers.push(("x-assay-log-id".to_owned(), self.id.to_string()));
        }
        headers
    }
}

/// Where the time went until the answer began, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timing {
    pub(super) gateway_ms: f64,
    pub(super) upstream_ms: f64,
}

/// Passes a provider's answer on: its status and its body as they are, of its headers those that may pass.
pub(super) fn pass_on(
    status: u16,
    head: &Head,
    body: Option<ReadableStream>,
    tag: &Tag,
    timing: Timing,
) -> worker::Result<Response> {
    let mut headers = headers::inbound(head);
    headers.extend(tag.headers(head));
    let Timing { gateway_ms, upstream_ms } = timing;
    let timing = format!("gateway;dur={gateway_ms:.1}, upstream;dur={upstream_ms:.1}");
    headers.push(("server-timing".to_owned(), timing));
    let init = init(status, headers)?;
    Ok(Response::new_with_opt_readable_stream_and_init(body.as_ref(), &init)?)
}

/// Tells why the gateway refuses.
pub(super) fn refuse(refusal: &Refusal, dialect: Dialect, tag: &Tag) -> worker::Result<Response> {
    let after = refusal.retry_after().map(|seconds| ("retry-after".to_owned(), seconds.to_string()));
    own(refusal.status(), &refusal.body(dialect), after, tag)
}

/// Answers with something of the gateway's own.
pub(super) fn json(value: &Value, tag: &Tag) -> worker::Result<Response> {
    own(200, value, None, tag)
}

/// Tells browsers that nothing of an answer runs or is kept, whatever a provider says of it; over TLS, to come by it alone.
pub(super) fn guard(response: &Response, is_secure: bool) -> worker::Result<()> {
    let headers = response.headers();
    for (name, value) in policy::OF_GATEWAY.into_iter().chain(is_secure.then_some(policy::TLS_ALONE)) {
        headers.set(name, value)?;
    }
    Ok(())
}

fn own(status: u16, value: &Value, more: Option<(String, String)>, tag: &Tag) -> worker::Result<Response> {
    let mut headers = tag.headers(&Head::default());
    headers.extend(more);
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    let init = init(status, headers)?;
    Ok(Response::new_with_opt_str_and_init(Some(&value.to_string()), &init)?)
}

fn init(status: u16, headers: Vec<(String, String)>) -> Result<ResponseInit, JsValue> {
    let written = web_sys::Headers::new()?;
    for (name, value) in headers {
        written.append(&name, &value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&written);
    Ok(init)
}
