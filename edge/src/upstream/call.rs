//! Writing the call of a question: where it goes, who asks, and how the answer is to come.
//!
//! How the answer comes is no part of the question: what is known stays known whether it was streamed or not, since
//! its key is over the body as it is before this. Leaves out sending.

use serde_json::{Value, json};

use super::form::Form;
use crate::ports::{Answer, Call, Unreached};
use crate::store::provider::Reach;

/// The header of every call to a provider and of every message to a webhook: what bears it is taken in by no gateway, so that
/// nothing goes round.
pub const HOP: (&str, &str) = ("x-assay-hop", "1");

/// Tells whether the answer is to be asked for as a stream. What the body itself says of it counts more than what its
/// provider does: such a body is sent as it is.
pub fn streams(reach: &Reach, body: &Value) -> bool {
    reach.streams() && body.get("stream").is_none()
}

/// Writes the call.
pub fn write(reach: &Reach, body: &Value, streams: bool, deadline_ms: u64) -> Call {
    let mut headers = reach.headers();
    let ours = [("content-type", "application/json"), HOP];
    headers.extend(ours.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let form = reach.form();
    let (url, body) = match form {
        Form::Chat if streams => (reach.chat_url(), streamed(body).to_string()),
        Form::Chat => (reach.chat_url(), body.to_string()),
        Form::Messages if streams => (reach.messages_url(), with(body, "stream", json!(true)).to_string()),
        Form::Messages => (reach.messages_url(), body.to_string()),
        Form::Gemini => {
            let (model, body) = without_model(body);
            (reach.gemini_url(&model, streams), body.to_string())
        }
    };
    Call { url, headers, body, form, deadline_ms }
}

/// Takes the model out of a body that is sent without it.
fn without_model(body: &Value) -> (String, Value) {
    let mut body = body.clone();
    let model = body.as_object_mut().and_then(|members| members.shift_remove("model"));
    (model.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(), body)
}

/// Asks for a stream that ends with the count of its tokens, as the same answer unstreamed would have it.
fn streamed(body: &Value) -> Value {
    let options = body.get("stream_options").cloned().unwrap_or_else(|| json!({"include_usage": true}));
    with(&with(body, "stream", json!(true)), "stream_options", options)
}

/// Gives a body with a member that has this value.
fn with(body: &Value, name: &str, value: Value) -> Value {
    let mut body = body.clone();
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
    body
}

/// Tells whether a provider refuses to stream what it was asked to: some models are streamed only to organisations
/// that are verified, and some services know nothing of the options of a stream.
pub fn is_refused_stream(tried: &Result<Answer, Unreached>) -> bool {
    tried.as_ref().is_ok_and(|answer| matches!(answer.status, 400 | 422) && answer.body.contains("stream"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(body: &Value, expected: Expect) {
        expected.assert_eq(&streamed(body).to_string());
    }

    #[test]
    fn a_stream_is_asked_for_with_its_tokens() {
        check(
            &json!({"model": "m", "messages": [], "temperature": 0}),
            expect![[
                r#"{"model":"m","messages":[],"temperature":0,"stream":true,"stream_options":{"include_usage":true}}"#
            ]],
        );
        check(
            &json!({"model": "m", "stream_options": {"include_usage": false}}),
            expect![[r#"{"model":"m","stream_options":{"include_usage":false},"stream":true}"#]],
        );
    }

    #[test]
    fn only_a_refusal_of_the_stream_is_one() {
        let answered = |status, body: &str| Ok(Answer { status, retry_after: None, body: body.to_owned() });
        let unverified = r#"{"error":{"message":"Your organization must be verified to stream this model.","param":"stream"}}"#;
        assert!(is_refused_stream(&answered(400, unverified)));
        assert!(is_refused_stream(&answered(422, r#"{"detail":[{"loc":["body","stream_options"]}]}"#)));
        assert!(!is_refused_stream(&answered(400, "no such parameter")));
        assert!(!is_refused_stream(&answered(429, unverified)));
        assert!(!is_refused_stream(&Err(Unreached::TimedOut(1))));
    }
}
