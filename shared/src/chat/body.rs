//! What the bodies of several formats have in common: how a member is looked at, and how an error stands in an answer.
//!
//! Leaves out what the members mean, which each format says for itself.

use serde_json::Value;

use super::openai::error_message;
use crate::mistake::Mistake;

/// Gives what kind of thing it is, where a format tells by `type`; empty when it does not say.
pub(super) fn kind(value: &Value) -> &str {
    value.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// Gives a member that is a text; empty when it is not there or none.
pub(super) fn text_of(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Gives the kind and the bytes of what stands in a `data:` address; none when its bytes are not there.
pub(super) fn embedded(url: &str) -> Option<(&str, &str)> {
    let (kind, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
    Some((kind.split(';').next().unwrap_or(kind), data))
}

/// Refuses a body that tells of an error.
///
/// # Errors
/// When it does, with its words.
pub(super) fn refuse_error(body: &Value) -> Result<(), Mistake> {
    match body.get("error").filter(|error| !error.is_null()) {
        Some(error) => Err(error_of(error)),
        None => Ok(()),
    }
}

/// Tells of an error that stands in the place of an answer.
pub(super) fn error_of(error: &Value) -> Mistake {
    Mistake::new("/error", format!("the provider answered with an error: {}", error_message(error)))
}
