//! Braintrust: rows of a project's logs, each a span.
//!
//! Spans of type `llm` are model calls, and so is a row that has no type but says what model it asked.
//! Leaves out spans of other types, scores and what was expected.

use serde_json::{Map, Value};

use super::call::{self, Call};
use super::{conversation, field};
use crate::log::Labels;
use crate::mistake::Mistake;

/// Tells whether a record has members that only theirs have.
pub fn recognises(record: &Value) -> bool {
    let has = |name: &str| record.get(name).is_some();
    has("span_attributes") || has("root_span_id") || has("_xact_id")
}

/// Reads a span.
///
/// # Errors
/// Says that it is no model call, or names a time that is none.
pub fn read(record: &Value) -> Result<Call, Mistake> {
    let kind = record.pointer("/span_attributes/type").and_then(Value::as_str);
    let metadata = field::unpacked(record, &["metadata"]);
    let about = |names: &[&str]| metadata.as_ref().and_then(|metadata| field::text(metadata, names));
    let model = about(&["model"]);
    match kind {
        Some("llm") => {}
        Some(kind) => {
            let detail = format!("not a model call but a span of type {kind}; skipped");
            return Err(Mistake::new("/span_attributes/type", detail));
        }
        // A row that somebody logged by hand has no type.
        None if field::any(record, &["span_parents"]).is_some() && model.is_none() => {
            return Err(Mistake::new("/span_attributes/type", "not a model call but an inner span; skipped"));
        }
        None => {}
    }
    let metrics = field::any(record, &["metrics"]).cloned().unwrap_or_default();
    let at = field::time(&metrics, &["start"])?;
    let at = if at.is_some() { at } else { field::time(record, &["created"])? };
    let millis =
        |names: &[&str]| field::number(&metrics, names).map(|seconds| (seconds * 1000.0).round() as u64);
    let ttft_ms = millis(&["time_to_first_token"]);
    let mut labels = Labels::default();
    let plain: Map<String, Value> = field::members(metadata.as_ref())
        .filter(|(name, _)| !matches!(name.as_str(), "model" | "provider" | "stream"))
        .filter(|(name, _)| !conversation::is_setting(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    call::label(&mut labels, Some(&Value::Object(plain)));
    call::tag(&mut labels, field::any(record, &["tags"]));
    Ok(Call {
        id: field::text(record, &["id", "span_id"]),
        at,
        ended: field::time(&metrics, &["end"])?,
        provider: about(&["provider"]),
        model,
        asked: field::any(record, &["input"]).cloned().unwrap_or_default(),
        asked_at: "/input",
        settings: metadata.as_ref().map(conversation::settings).unwrap_or_default(),
        answered: field::any(record, &["output"]).cloned().unwrap_or_default(),
        answered_at: "/output",
        error: field::any(record, &["error"]).map(crate::chat::openai::error_message),
        streamed: ttft_ms.is_some(),
        ttft_ms,
        usage: (
            field::count(&metrics, &["prompt_tokens", "input_tokens"]),
            field::count(&metrics, &["completion_tokens", "output_tokens"]),
        ),
        cost_usd: field::number(&metrics, &["estimated_cost", "cost"]),
        labels,
        ..Call::default()
    })
}
