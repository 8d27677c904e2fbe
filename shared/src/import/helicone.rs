//! Helicone: requests as its query API and its export tool give them.
//!
//! The bodies are the provider's own. Leaves out bodies that are only linked to: the export must hold
//! them.

use serde_json::Value;

use super::call::{self, Call};
use super::field;
use crate::log::Labels;
use crate::mistake::Mistake;

/// Tells whether a record has members that only theirs have.
pub fn recognises(record: &Value) -> bool {
    let has = |name: &str| record.get(name).is_some();
    has("request_body") && (has("response_body") || has("request_id") || has("request_created_at"))
        || has("request_created_at")
        || has("request_id") && has("request_path")
}

/// Reads a request with its response.
///
/// # Errors
/// Says that it is no chat call, that bodies are missing, or names a time that is none.
pub fn read(record: &Value) -> Result<Call, Mistake> {
    let asked = field::unpacked(record, &["request_body", "requestBody"]);
    let Some(asked) = asked.filter(|body| body.as_object().is_some_and(|members| !members.is_empty())) else {
        let detail = "request_body is missing; export with bodies (--include-body)";
        return Err(Mistake::new("/request_body", detail));
    };
    let path = field::text(record, &["request_path", "path"]).unwrap_or_default();
    if path.contains("/embeddings") || asked.get("_type").is_some() {
        return Err(Mistake::new("/request_path", "not a chat call; skipped"));
    }
    let mut labels = Labels::default();
    let properties = field::any(record, &["request_properties", "properties"]);
    let renamed = field::members(properties).map(|(name, value)| (name.to_ascii_lowercase(), value));
    for (name, value) in renamed {
        let Some(value) = value.as_str().filter(|value| !value.is_empty()) else { continue };
        match name.as_str() {
            "helicone-session-id" => labels.session = Some(value.to_owned()),
            "helicone-session-path" | "helicone-session-name" => labels.set(&name, value.to_owned()),
            _ => {}
        }
    }
    let plain =
        field::members(properties).filter(|(name, _)| !name.to_ascii_lowercase().starts_with("helicone-"));
    let plain = plain.map(|(name, value)| (name.clone(), value.clone())).collect();
    call::label(&mut labels, Some(&Value::Object(plain)));
    labels.user = field::word(record, &["request_user_id", "user_id", "helicone_user"]).or(labels.user);
    let at = field::time(record, &["request_created_at", "created_at"])?;
    let status = field::status(record, &["response_status", "status"]);
    let usage = (field::count(record, &["prompt_tokens"]), field::count(record, &["completion_tokens"]));
    Ok(Call {
        id: field::text(record, &["request_id", "response_id"]),
        at,
        ended: field::time(record, &["response_created_at"])?,
        provider: field::text(record, &["provider"]).map(|name| name.to_ascii_lowercase()),
        model: field::text(record, &["request_model", "model_override", "model", "response_model"]),
        asked,
        asked_at: "/request_body",
        answered: field::any(record, &["response_body", "responseBody"]).cloned().unwrap_or_default(),
        answered_at: "/response_body",
        status,
        latency_ms: field::count(record, &["delay_ms", "latency"]),
        ttft_ms: field::count(record, &["time_to_first_token"]),
        usage,
        cost_usd: field::number(record, &["costUSD", "cost_usd", "cost"]),
        labels,
        ..Call::default()
    })
}
