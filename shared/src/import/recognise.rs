//! Which format a record is in, told by its members.
//!
//! Every record is looked at by itself, so that a file may mix formats. What only one tool writes is asked
//! for before what several might. Leaves out reading.

use serde_json::Value;

use super::{Format, braintrust, cloudflare, helicone, langfuse, litellm, opentelemetry};

/// Tells the format of a record, if it is any.
pub fn of(record: &Value) -> Option<Format> {
    let has = |name: &str| record.get(name).is_some();
    let format = match record {
        record if !record.is_object() => return None,
        record if opentelemetry::recognises(record) => Format::Opentelemetry,
        _ if has("custom_id") => Format::Batch,
        record if helicone::recognises(record) => Format::Helicone,
        record if litellm::recognises(record) => Format::Litellm,
        record if braintrust::recognises(record) => Format::Braintrust,
        record if cloudflare::recognises(record) => Format::Cloudflare,
        record if langfuse::recognises(record) => Format::Langfuse,
        _ if has("request") => Format::ChatPairs,
        _ if has("messages") || has("conversations") => Format::Messages,
        _ if has("input") || has("prompt") || has("question") || has("instruction") => Format::InputOutput,
        _ if has("response") => Format::ChatPairs,
        _ if has("output") => Format::InputOutput,
        _ => return None,
    };
    Some(format)
}

/// Gives the records that an object only wraps: what an API answered, saved as it was.
pub fn wrapped(record: &mut Value) -> Option<Vec<Value>> {
    let is_wrapper = |name: &str, list: &Value| {
        ["data", "result", "results", "events", "logs", "items", "objects"].contains(&name)
            && list.as_array().is_some_and(|list| list.iter().all(Value::is_object))
    };
    let members = record.as_object_mut()?;
    let name = members.iter().find(|(name, list)| is_wrapper(name, list)).map(|(name, _)| name.clone())?;
    match members.get_mut(&name).map(Value::take) {
        Some(Value::Array(list)) => Some(list),
        _ => None,
    }
}
