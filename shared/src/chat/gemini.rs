//! Gemini's own `generateContent`: how its answers are read. What is asked is written in `ask`, with `room` for what is
//! thought before it is answered; streamed answers are put together in `stream`.
//!
//! Leaves out reading what was asked: nothing is asked of the gateway in this form.

pub mod ask;
pub mod room;
pub mod stream;

use serde_json::Value;

use super::body::{refuse_error, text_of};
use super::{FinishReason, Output, Response, ToolCall, Usage};
use crate::mistake::Mistake;

/// Reads a response body that answers (not an error).
///
/// What was blocked is an answer: the provider declined, with its own words for why where the model has none.
///
/// # Errors
/// Names what keeps it from being an answer: an `error`, or no candidate where nothing was blocked.
pub fn read_response(body: &Value) -> Result<Response, Mistake> {
    refuse_error(body)?;
    let usage = read_usage(body);
    if let Some(candidate) = body.pointer("/candidates/0") {
        return Ok(Response { output: read_candidate(candidate), usage });
    }
    let blocked = body.get("promptFeedback").and_then(|feedback| {
        let reason = feedback.get("blockReason").and_then(Value::as_str)?;
        let words = feedback.get("blockReasonMessage").and_then(Value::as_str);
        Some(words.map_or_else(|| format!("The prompt was blocked: {reason}"), str::to_owned))
    });
    match blocked {
        Some(text) => {
            let finish_reason = Some(FinishReason::ContentFilter);
            let output = Output { text, finish_reason, refused: true, tool_calls: Vec::new() };
            Ok(Response { output, usage })
        }
        None => Err(Mistake::new("/candidates", "candidates is missing; it is the list of answers")),
    }
}

fn read_candidate(candidate: &Value) -> Output {
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let said = |part: &&Value| part.get("thought") != Some(&Value::Bool(true));
    let text: String =
        parts.iter().filter(said).filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
    let tool_calls: Vec<_> =
        parts.iter().filter_map(|part| part.get("functionCall")).map(read_call).collect();
    let word = candidate.get("finishReason").and_then(Value::as_str);
    let finish_reason = word.map(|word| read_reason(word, !tool_calls.is_empty()));
    let refused = finish_reason == Some(FinishReason::ContentFilter);
    let why = || {
        let words = candidate.get("finishMessage").and_then(Value::as_str).map(str::to_owned);
        words.unwrap_or_else(|| format!("The answer was blocked: {}", word.unwrap_or_default()))
    };
    let text = if refused && text.is_empty() && tool_calls.is_empty() { why() } else { text };
    Output { text, tool_calls, finish_reason, refused }
}

fn read_call(call: &Value) -> ToolCall {
    let arguments = call.get("args").map_or_else(|| "{}".to_owned(), Value::to_string);
    ToolCall { id: text_of(call, "id"), name: text_of(call, "name"), arguments }
}

/// Reads why it stopped. An answer of calls stops for no reason of its own.
fn read_reason(word: &str, calls: bool) -> FinishReason {
    match word {
        "STOP" if calls => FinishReason::ToolCalls,
        "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => FinishReason::ContentFilter,
        word => FinishReason::read(word),
    }
}

/// Reads the counts of tokens. Results of the provider's own tools went in, and thoughts came out: both are paid for.
pub fn read_usage(body: &Value) -> Usage {
    let usage = body.get("usageMetadata");
    let count = |name: &str| usage.and_then(|usage| usage.get(name)).and_then(Value::as_u64);
    let sum = |names: [&str; 2]| {
        let counts = names.map(count);
        counts.iter().any(Option::is_some).then(|| counts.into_iter().flatten().fold(0, u64::saturating_add))
    };
    Usage {
        input_tokens: sum(["promptTokenCount", "toolUsePromptTokenCount"]),
        output_tokens: sum(["candidatesTokenCount", "thoughtsTokenCount"]),
        cached_tokens: count("cachedContentTokenCount"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(body: &Value, expected: Expect) {
        let shown = read_response(body)
            .map(|Response { output, usage }| format!("{} {}", json!(output), json!(usage)));
        expected.assert_eq(&shown.unwrap_or_else(|mistake| format!("{}: {mistake}", mistake.pointer)));
    }

    #[test]
    fn an_answer_is_read_without_its_thoughts_and_with_all_that_is_paid_for() {
        check(
            &json!({"candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [
                    {"text": "The user greets.", "thought": true}, {"text": "Hel"}, {"text": "lo", "thoughtSignature": "c2ln"}]}}],
                "usageMetadata": {"promptTokenCount": 30, "cachedContentTokenCount": 20, "candidatesTokenCount": 2, "thoughtsTokenCount": 40,
                    "toolUsePromptTokenCount": 5, "totalTokenCount": 77},
                "modelVersion": "gemini-2.5-flash"}),
            expect![[
                r#"{"text":"Hello","tool_calls":[],"finish_reason":"stop"} {"input_tokens":35,"output_tokens":42,"cached_tokens":20}"#
            ]],
        );
        check(
            &json!({"candidates": [{"finishReason": "MAX_TOKENS", "content": {"role": "model"}}], "usageMetadata": {"promptTokenCount": 3, "thoughtsTokenCount": 9}}),
            expect![[
                r#"{"text":"","tool_calls":[],"finish_reason":"length"} {"input_tokens":3,"output_tokens":9}"#
            ]],
        );
    }

    #[test]
    fn calls_of_tools_are_what_it_stopped_for() {
        check(
            &json!({"candidates": [{"finishReason": "STOP", "content": {"parts": [
                {"text": "I look."}, {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}, {"functionCall": {"id": "c2", "name": "time"}}]}}]}),
            expect![[
                r#"{"text":"I look.","tool_calls":[{"id":"","name":"weather","arguments":"{\"city\":\"Oslo\"}"},{"id":"c2","name":"time","arguments":"{}"}],"finish_reason":"tool_calls"} {"input_tokens":null,"output_tokens":null}"#
            ]],
        );
        check(
            &json!({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "Malformed function call: x("}]}),
            expect![[
                r#"{"text":"","tool_calls":[],"finish_reason":"other"} {"input_tokens":null,"output_tokens":null}"#
            ]],
        );
    }

    #[test]
    fn what_was_blocked_is_a_refusal() {
        check(
            &json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 9}}),
            expect![[
                r#"{"text":"The prompt was blocked: PROHIBITED_CONTENT","tool_calls":[],"finish_reason":"content_filter","refused":true} {"input_tokens":9,"output_tokens":null}"#
            ]],
        );
        check(
            &json!({"candidates": [{"finishReason": "SAFETY", "safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH"}]}]}),
            expect![[
                r#"{"text":"The answer was blocked: SAFETY","tool_calls":[],"finish_reason":"content_filter","refused":true} {"input_tokens":null,"output_tokens":null}"#
            ]],
        );
        check(
            &json!({"candidates": [{"finishReason": "RECITATION", "finishMessage": "It recites.", "content": {"parts": [{"text": "Shall I"}]}}]}),
            expect![[
                r#"{"text":"Shall I","tool_calls":[],"finish_reason":"content_filter","refused":true} {"input_tokens":null,"output_tokens":null}"#
            ]],
        );
    }

    #[test]
    fn what_answers_nothing_is_no_answer() {
        check(
            &json!({"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}}),
            expect!["/error: the provider answered with an error: Slow down."],
        );
        check(
            &json!({"usageMetadata": {"promptTokenCount": 3}}),
            expect!["/candidates: candidates is missing; it is the list of answers"],
        );
        check(
            &json!({"candidates": []}),
            expect!["/candidates: candidates is missing; it is the list of answers"],
        );
    }
}
