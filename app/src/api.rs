//! Calls of the API. The only module that names the transport.
//!
//! What calls exist is in `shared::api`; how a failure reads is in `wording`.

pub mod events;

use gloo_net::http::{RequestBuilder, Response};
use shared::api::logs::{IMPORT, ImportQuery, ImportReport};
use shared::api::{Endpoint, List, Method, Problem};
use shared::json;
use shared::query::{LARGEST_PAGE, Page, Query};

use crate::address;
use crate::route::Route;
use crate::wording::fault::Fault;

/// Why a call has no reply, and which request it was.
#[derive(Debug, Clone, PartialEq)]
pub struct CallError {
    pub fault: Fault,
    /// What the service calls the request, for finding it in its log.
    pub request_id: Option<String>,
}

/// Makes a call.
///
/// # Errors
/// Says why there is no reply. Whoever is not signed in is led to the sign-in page as well.
pub async fn call<E: Endpoint>(
    endpoint: &E,
    query: &E::Query,
    body: &E::Body,
) -> Result<E::Reply, CallError> {
    let request = Request { method: E::METHOD, path: endpoint.path(), query: query.write(), key: None };
    read(send(request, write(body)).await?)
}

/// Makes a call that takes no query.
///
/// # Errors
/// As [`call`].
pub async fn submit<E: Endpoint<Query = ()>>(endpoint: &E, body: &E::Body) -> Result<E::Reply, CallError> {
    call(endpoint, &(), body).await
}

/// Makes a call that takes neither query nor body.
///
/// # Errors
/// As [`call`].
pub async fn read_from<E: Endpoint<Query = (), Body = ()>>(endpoint: &E) -> Result<E::Reply, CallError> {
    call(endpoint, &(), &()).await
}

/// Makes a call that does its work once, however often it is sent with this key.
///
/// # Errors
/// As [`call`].
pub async fn call_once<E: Endpoint>(
    endpoint: &E,
    body: &E::Body,
    key: String,
) -> Result<E::Reply, CallError> {
    let request = Request { method: E::METHOD, path: endpoint.path(), query: Vec::new(), key: Some(key) };
    read(send(request, write(body)).await?)
}

/// Reads a list to its end: what somebody chooses from must have everything there is.
///
/// # Errors
/// As [`call`].
pub async fn every<T, Fut>(read: impl Fn(Page) -> Fut) -> Result<Vec<T>, CallError>
where
    Fut: Future<Output = Result<List<T>, CallError>>,
{
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = read(Page { limit: Some(LARGEST_PAGE), cursor }).await?;
        rows.extend(page.data);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

/// Imports a file of logs.
///
/// # Errors
/// As [`call`].
pub async fn import(file: String) -> Result<ImportReport, CallError> {
    let query = ImportQuery { format: Some("auto".to_owned()), feature: None };
    let request = Request { method: Method::Post, path: IMPORT.to_owned(), query: query.write(), key: None };
    let body = Body { text: file, kind: "application/jsonl" };
    read(send(request, Some(body)).await?)
}

/// Fetches a text file of this app.
///
/// # Errors
/// As [`call`].
pub async fn asset(path: &str) -> Result<String, CallError> {
    let request = Request { method: Method::Get, path: path.to_owned(), query: Vec::new(), key: None };
    Ok(send(request, None).await?.text)
}

struct Request {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    /// The idempotency key.
    key: Option<String>,
}

struct Body {
    text: String,
    kind: &'static str,
}

struct Reply {
    status: u16,
    text: String,
    request_id: Option<String>,
}

fn write(body: &impl serde::Serialize) -> Option<Body> {
    // By way of a value, as paths are written: one way of writing is less to load than two.
    let body = serde_json::to_value(body).unwrap_or_default();
    // The body of a call that sends nothing is `()`.
    (!body.is_null()).then(|| Body { text: body.to_string(), kind: "application/json" })
}

fn read<T: serde::de::DeserializeOwned>(reply: Reply) -> Result<T, CallError> {
    let text = if reply.text.is_empty() { "null" } else { &reply.text };
    json::read(text).map_err(|error| {
        let fault = Fault::Unreadable { status: reply.status, detail: error.to_string() };
        CallError { fault, request_id: reply.request_id }
    })
}

async fn send(request: Request, body: Option<Body>) -> Result<Reply, CallError> {
    let repeats = request.method != Method::Post || request.key.is_some();
    let unreachable = |_| CallError {
        fault: if repeats { Fault::Unreachable } else { Fault::Unanswered },
        request_id: None,
    };
    let builder = RequestBuilder::new(&request.path)
        .method(match request.method {
            Method::Get => gloo_net::http::Method::GET,
            Method::Post => gloo_net::http::Method::POST,
            Method::Put => gloo_net::http::Method::PUT,
            Method::Patch => gloo_net::http::Method::PATCH,
            Method::Delete => gloo_net::http::Method::DELETE,
        })
        .query(request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let builder = match &request.key {
        Some(key) => builder.header("idempotency-key", key),
        None => builder,
    };
    let sent = match body {
        Some(body) => builder.header("content-type", body.kind).body(body.text).map_err(unreachable)?.send(),
        None => builder.build().map_err(unreachable)?.send(),
    };
    let response = sent.await.map_err(unreachable)?;
    let request_id = response.headers().get("x-request-id");
    let text = response.text().await.map_err(unreachable)?;
    if response.ok() {
        return Ok(Reply { status: response.status(), text, request_id });
    }
    if response.status() == 401 {
        lead_to_sign_in();
    }
    Err(CallError { fault: refusal(&response, &text), request_id })
}

fn refusal(response: &Response, text: &str) -> Fault {
    match json::read::<Problem>(text) {
        Ok(problem) => Fault::Refused(Box::new(problem)),
        Err(_) => Fault::Refused(Box::new(Problem {
            kind: "about:blank".to_owned(),
            title: response.status_text(),
            status: response.status(),
            detail: format!("the service answered with status {}", response.status()),
            errors: Vec::new(),
        })),
    }
}

/// Leads to the sign-in page, which leads back.
fn lead_to_sign_in() {
    let here = address::here();
    if Route::read(&here.path) != Route::SignIn {
        address::go(&address::write(&Route::SignIn.path(), &[("next".to_owned(), here.href())]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde::de::DeserializeOwned;
    use serde_json::Value;
    use serde_json::json;
    use shared::api::Deleted;
    use shared::log::Log;
    use shared::outcome::Detail;
    use shared::summary::Scores;

    fn check<T: DeserializeOwned + serde::Serialize>(reply: Value, expected: Expect) {
        let read = json::read::<T>(&reply.to_string()).map_err(|error| error.to_string());
        let same = read.as_ref().ok().map(|read| serde_json::to_value(read).unwrap_or_default() == reply);
        expected.assert_eq(&match (read, same) {
            (Err(error), _) => error,
            (Ok(_), Some(true)) => "reads and writes back".to_owned(),
            (Ok(read), _) => serde_json::to_string(&read).unwrap_or_default(),
        });
    }

    fn log() -> Value {
        json!({
            "id": "l1", "created_at": "2026-11-01T09:30:00.000Z", "feature": "support", "provider": null, "model": "m",
            "status": 200, "outcome": "success", "streamed": false, "complete": true, "latency_ms": 12, "ttft_ms": null,
            "usage": {"input_tokens": 3, "output_tokens": null}, "cost_usd": 0.5, "user": null, "session": null,
            "tags": {"plan": "pro"}, "request_preview": "Hi", "response_preview": "Hello"
        })
    }

    #[test]
    fn replies_read_as_they_were_written() {
        check::<List<Log>>(json!({"data": [log()], "next_cursor": "c"}), expect!["reads and writes back"]);
        check::<Scores>(
            json!({
                "items": ["i1"], "score": [0.8], "baseline": [null], "features": [null], "slices": {"a": ["b"]},
                "numbers": {"input_length": [3]}, "flags": [["truncated"]], "clusters": [null],
                "criteria": [{"name": "c", "weight": 1.0, "required": true, "levels": [4.0], "baseline_levels": [null]}],
                "scorers": [{
                    "name": "s", "weight": 2.0,
                    "marks": {"statuses": ["ok"], "scores": [0.25], "passed": [false]},
                    "baseline_marks": {"statuses": ["skipped"], "scores": [null], "passed": [null]}
                }],
                "errored": [false], "latency_ms": [5], "cost_usd": [null]
            }),
            expect!["reads and writes back"],
        );
        check::<Deleted>(json!({"deleted": 3}), expect!["reads and writes back"]);
        check::<()>(Value::Null, expect!["reads and writes back"]);
    }

    #[test]
    fn a_result_with_everything_reads() {
        check::<Detail>(
            json!({
                "item_id": "i1", "log_id": null, "feature": null, "verdict": "fail", "score": 0.4, "baseline_score": null,
                "change": "broke", "criteria": [], "scorers": [{"name": "Cost", "type": "cost", "status": "skipped", "score": null, "passed": null, "reason": "r"}], "request_preview": "",
                "response_preview": "", "latency_ms": null, "cost_usd": null, "flags": ["truncated"],
                "request": {"messages": []}, "sent": null, "reference": "text",
                "baseline_scorers": [{"name": "Cost", "type": "cost", "status": "ok", "score": 1.0, "passed": true, "reason": "r"}], "response": {"text": "t", "tool_calls": [], "finish_reason": "stop"},
                "error": null,
                "judgements": [{
                    "name": "c",
                    "kind": "levels",
                    "candidate": {"judgements": [{"level": 2, "reasoning": "r", "evidence": [{"from": "candidate", "quote": "q"}], "flags": [], "answered_by": {"model": "gpt-4o-2024-08-06", "system_fingerprint": "fp_1"}}]},
                    "baseline": {"judgements": [], "unscored": {"kind": "refused", "words": "No."}}
                }],
                "labels": [{
                    "id": "l1", "run_id": "r1", "item_id": "i1", "criterion": null, "pass": false, "note": "Wrong.", "author": "admin",
                    "drawn": "random", "weight": 2.0, "created_at": "2026-11-22T10:00:00.000Z"
                }]
            }),
            expect!["reads and writes back"],
        );
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let mut wrong = log();
        wrong["latency_ms"] = json!("soon");
        check::<Log>(wrong, expect![[r#""soon" stands where a number should"#]]);
        check::<List<Log>>(json!({"data": []}), expect![[r#"{"data":[],"next_cursor":null}"#]]);
        check::<List<Log>>(json!([[], null]), expect!["[[],null] stands where an object should"]);
    }
}
