//! Cloudflare AI Gateway: log entries as its API gives them, and the events that Logpush writes.
//!
//! Bodies that Logpush wrote are encrypted until somebody decrypts them with their own key. Leaves out
//! doing that.

use serde_json::Value;

use super::call::{self, Call};
use super::field;
use crate::log::Labels;
use crate::mistake::Mistake;

const ASKED: [&str; 4] = ["RequestBody", "request_body", "request", "request_head"];
const ANSWERED: [&str; 4] = ["ResponseBody", "response_body", "response", "response_head"];

/// Tells whether a record has members that only theirs have.
pub fn recognises(record: &Value) -> bool {
    let has = |name: &str| record.get(name).is_some();
    has("RequestBody")
        || has("ResponseBody")
        || has("request_head")
        || has("response_head")
        || has("tokens_in")
        || has("tokens_out")
        || has("cached") && has("provider") && (has("status_code") || has("duration") || has("success"))
}

/// Reads a request with its response.
///
/// # Errors
/// Says that bodies are encrypted, missing or cut off, or names a time that is none.
pub fn read(record: &Value) -> Result<Call, Mistake> {
    let asked = body(record, &ASKED)?;
    let Some(asked) = asked else {
        let detail = "the request's body is missing; let the gateway collect payloads, and fetch each log with its request and response";
        return Err(Mistake::new("/request", detail));
    };
    if asked.is_string() && asked.as_str().is_some_and(|text| text.trim_start().starts_with(['{', '['])) {
        let detail =
            "the request's body is cut off or no JSON; fetch the log with its whole request and response";
        return Err(Mistake::new("/request", detail));
    }
    let endpoint = field::text(record, &["Endpoint", "path", "endpoint"]).unwrap_or_default();
    let kind = field::text(record, &["model_type", "request_type"]).unwrap_or_default();
    if endpoint.contains("embeddings") || kind.to_ascii_lowercase().contains("embedding") {
        return Err(Mistake::new("/path", "not a chat call but embeddings; skipped"));
    }
    let mut labels = Labels::default();
    call::label(&mut labels, body(record, &["Metadata", "metadata"])?.as_ref());
    let status = field::status(record, &["StatusCode", "status_code", "status"]);
    let success = field::any(record, &["success", "Success"]).and_then(Value::as_bool);
    if field::any(record, &["cached", "Cached"]).and_then(Value::as_bool) == Some(true) {
        labels.set("cached", "true".to_owned());
    }
    let failed = success == Some(false) || field::any(record, &["RateLimited"]) == Some(&Value::Bool(true));
    Ok(Call {
        id: field::text(record, &["id", "LogId", "log_id", "RayID"]),
        at: field::time(record, &["created_at", "Timestamp", "timestamp", "CreatedAt", "Datetime"])?,
        provider: field::text(record, &["provider", "Provider"]),
        model: field::text(record, &["model", "Model"]),
        asked,
        asked_at: "/request",
        answered: body(record, &ANSWERED)?.unwrap_or_default(),
        answered_at: "/response",
        error: failed.then(|| "the gateway logged that the call failed".to_owned()),
        status: match field::any(record, &["RateLimited"]) {
            Some(Value::Bool(true)) => status.or(Some(429)),
            _ => status,
        },
        latency_ms: field::count(record, &["duration", "Duration", "DurationMs"]),
        usage: (
            field::count(record, &["tokens_in", "TokensIn"]),
            field::count(record, &["tokens_out", "TokensOut"]),
        ),
        cost_usd: field::number(record, &["cost", "Cost"]),
        labels,
        ..Call::default()
    })
}

/// Gives a body, and reads one that is written as a text.
fn body(record: &Value, names: &[&str]) -> Result<Option<Value>, Mistake> {
    let body = field::unpacked(record, names);
    let is_encrypted = body.as_ref().is_some_and(|body| {
        ["iv", "key", "data"].iter().all(|name| body.get(*name).is_some_and(Value::is_string))
    });
    if is_encrypted {
        let name = names.iter().find(|name| record.get(**name).is_some()).unwrap_or(&"");
        let detail = "the body is encrypted; decrypt the file with the private key of your gateway first";
        return Err(Mistake::new(format!("/{name}"), detail));
    }
    Ok(body)
}
