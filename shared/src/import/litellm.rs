//! `LiteLLM`: rows of its spend logs, and the payload that its callbacks log.
//!
//! Bodies are in them only where the proxy was told to keep them. Leaves out the hashes of keys and all
//! else that the proxy says of itself.

use serde_json::{Map, Value};

use super::call::{self, Call};
use super::{conversation, field};
use crate::log::Labels;
use crate::mistake::Mistake;

/// Tells whether a record has members that only theirs have.
pub fn recognises(record: &Value) -> bool {
    let has = |name: &str| record.get(name).is_some();
    has("call_type") && (has("startTime") || has("request_id") || has("response_cost") || has("spend"))
        || has("custom_llm_provider") && has("startTime")
        || has("response_cost") && has("startTime")
        || has("standard_logging_object")
}

/// Reads a call.
///
/// # Errors
/// Says that it is no chat call, that the messages were not kept, or names a time that is none.
pub fn read(record: &Value) -> Result<Call, Mistake> {
    let record = field::any(record, &["standard_logging_object"]).unwrap_or(record);
    let kind = field::text(record, &["call_type"]).unwrap_or_default();
    let others = ["embedding", "image", "moderation", "transcription", "speech", "rerank"];
    if others.iter().any(|other| kind.contains(other)) {
        return Err(Mistake::new("/call_type", format!("not a chat call but {kind}; skipped")));
    }
    let is_empty = |value: &Value| match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::String(text) => text.is_empty() || text == "redacted-by-litellm",
        _ => false,
    };
    let body =
        field::unpacked(record, &["proxy_server_request"]).filter(|body| body.get("messages").is_some());
    let asked = field::unpacked(record, &["messages"]).filter(|asked| !is_empty(asked));
    let Some(asked) = asked.or(body).or_else(|| field::unpacked(record, &["input"])) else {
        let detail =
            "messages is missing; let the proxy keep prompts (store_prompts_in_spend_logs) and export again";
        return Err(Mistake::new("/messages", detail));
    };
    let failed = field::text(record, &["status"]).is_some_and(|status| status == "failure");
    let metadata = field::unpacked(record, &["metadata"]);
    let information = field::any(record, &["error_information"])
        .or_else(|| metadata.as_ref().and_then(|metadata| field::any(metadata, &["error_information"])));
    let error = field::text(record, &["error_str"])
        .or_else(|| information.and_then(|error| field::text(error, &["error_message", "error_class"])));
    let parameters = field::unpacked(record, &["model_parameters"]);
    let provider = field::text(record, &["custom_llm_provider"]);
    let model = field::text(record, &["model", "model_group"]);
    let answered = field::unpacked(record, &["response"]).filter(|response| !is_empty(response));
    let usage = (field::count(record, &["prompt_tokens"]), field::count(record, &["completion_tokens"]));
    let streamed = field::any(record, &["stream"]) == Some(&Value::Bool(true));
    Ok(Call {
        id: field::text(record, &["request_id", "id"]),
        at: field::time(record, &["startTime", "start_time"])?,
        ended: field::time(record, &["endTime", "end_time"])?,
        // Of a call that was not streamed this is its end.
        first_piece: field::time(record, &["completionStartTime"])?.filter(|_| streamed && !failed),
        provider,
        model,
        asked,
        asked_at: "/messages",
        settings: parameters.as_ref().map(conversation::settings).unwrap_or_default(),
        answered: answered.unwrap_or_default(),
        answered_at: "/response",
        status: information.and_then(|error| field::status(error, &["error_code"])),
        error: if failed {
            error.or_else(|| Some("an error of which nothing is said".to_owned()))
        } else {
            None
        },
        streamed,
        usage,
        cost_usd: field::number(record, &["response_cost", "spend"]),
        labels: labels(record, metadata.as_ref()),
        ..Call::default()
    })
}

fn labels(record: &Value, metadata: Option<&Value>) -> Labels {
    let mut labels = Labels::default();
    let own = field::members(metadata).filter(|(name, _)| {
        !name.starts_with("user_api_key") && !name.contains("litellm") && !STATED.contains(&name.as_str())
    });
    let own: Map<_, _> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    call::label(&mut labels, Some(&Value::Object(own)));
    for name in ["spend_logs_metadata", "requester_metadata"] {
        call::label(&mut labels, metadata.and_then(|metadata| metadata.get(name)));
    }
    call::tag(&mut labels, field::any(record, &["request_tags"]));
    labels.user = field::word(record, &["end_user", "user"]).or(labels.user);
    labels.session = field::word(record, &["session_id"]).or(labels.session);
    labels
}

/// What the proxy says of the call in its metadata, which is no label.
const STATED: [&str; 6] = [
    "status",
    "requester_ip_address",
    "batch_models",
    "cold_storage_object_key",
    "usage_object",
    "additional_usage_values",
];
