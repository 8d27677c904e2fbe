//! Chat pairs: `{"request", "response"[, "id", "created", …]}`, bodies as `OpenAI`'s protocol has them.
//!
//! Beside the two bodies a record may carry what a gateway knows of the exchange: `status`,
//! `latency_ms`, `ttft_ms`, `streamed`, `provider`, `user`, `session`, `tags`. Other members are kept in
//! the record's key alone.

use serde_json::{Value, json};

use crate::log::{Exchange, Labels};
use crate::mistake::Mistake;
use crate::moment::Moment;

/// Reads one record. A `response` that is a text stands for an answer of that text.
///
/// # Errors
/// Names the member that is missing or does not fit.
pub fn read(record: &Value, now: Moment) -> Result<Exchange, Mistake> {
    if !record.is_object() {
        return Err(Mistake::new("", "a record is a JSON object with request and response"));
    }
    let request = record.get("request").filter(|request| request.is_object());
    let Some(request) = request else {
        return Err(Mistake::new("/request", "request is missing; it is the body that was sent"));
    };
    let response = match record.get("response") {
        Some(Value::String(text)) => {
            json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]})
        }
        Some(object @ Value::Object(_)) => object.clone(),
        _ => return Err(Mistake::new("/response", "response is missing; it is the provider's answer")),
    };
    let count = |name: &str| record.get(name).and_then(Value::as_u64);
    Ok(Exchange {
        at: read_time(record.get("created"))?.unwrap_or(now),
        provider: record.get("provider").and_then(Value::as_str).map(str::to_owned),
        request: request.clone(),
        response,
        status: count("status").and_then(|status| u16::try_from(status).ok()),
        outcome: None,
        streamed: record.get("streamed").and_then(Value::as_bool).unwrap_or(false),
        complete: true,
        latency_ms: count("latency_ms"),
        ttft_ms: count("ttft_ms"),
        cost_usd: record.get("cost_usd").and_then(Value::as_f64),
        labels: Labels::of_body(request).overridden_by(read_labels(record)),
    })
}

fn read_labels(record: &Value) -> Labels {
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let tags = record.get("tags").and_then(Value::as_object).into_iter().flatten();
    let tags = tags
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    Labels { feature: text("feature"), user: text("user"), session: text("session"), tags: tags.collect() }
}

fn read_time(created: Option<&Value>) -> Result<Option<Moment>, Mistake> {
    match created {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(seconds)) => {
            let seconds = seconds.as_f64().unwrap_or_default();
            // A float beyond the range saturates, and the moment is clamped.
            Ok(Some(Moment::from_millis((seconds * 1000.0).round() as i64)))
        }
        Some(Value::String(text)) => {
            text.parse().map(Some).map_err(|error| Mistake::new("/created", format!("{error}")))
        }
        Some(_) => Err(Mistake::new("/created", "created is in seconds since 1970, or a time in RFC 3339")),
    }
}
