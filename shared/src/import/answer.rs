//! What was answered, in any of the shapes that tools write, as the body of a chat completion.
//!
//! Leaves out what was asked, and whether the answer is any good.

use serde_json::{Map, Value, json};

use super::{conversation, field, piece};
use crate::chat::openai::Assembly;

/// Reads an answer: a text, a message, messages of which the last counts, or a body of any protocol.
///
/// None when there is nothing; a body with an `error` stays as it is.
pub fn read(output: &Value) -> Option<Value> {
    let output = field::unpack(output);
    match &output {
        Value::Null => None,
        Value::String(text) => Some(stream(text).unwrap_or_else(|| of_text(text))),
        Value::Array(list) => of_list(list),
        Value::Object(_) => of_object(&output),
        scalar => Some(of_text(&scalar.to_string())),
    }
}

/// Writes a text as an answer.
pub fn of_text(text: &str) -> Value {
    of_message(json!({"role": "assistant", "content": text}), None)
}

fn of_message(message: Value, finish_reason: Option<String>) -> Value {
    json!({"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]})
}

/// Puts the events of a logged stream together.
fn stream(text: &str) -> Option<Value> {
    let start = text.trim_start();
    if !start.starts_with("data:") && !start.starts_with("event:") {
        return None;
    }
    let mut assembly = Assembly::default();
    assembly.push(start.as_bytes());
    assembly.push(b"\n\n");
    let body = assembly.finish().body;
    let is_answer = body.get("error").is_some() || body.pointer("/choices/0").is_some();
    is_answer.then_some(body)
}

fn of_list(list: &[Value]) -> Option<Value> {
    if list
        .first()
        .is_some_and(|first| first.get("delta").is_some() || first.pointer("/choices/0/delta").is_some())
    {
        let events = list.iter().map(|chunk| format!("data: {chunk}\n\n")).collect::<String>();
        return stream(&events);
    }
    // Choices without the body around them.
    if list.first().is_some_and(|first| first.get("message").is_some_and(Value::is_object)) {
        return Some(
            json!({"object": "chat.completion", "choices": list.iter().map(choice).collect::<Vec<_>>()}),
        );
    }
    let turn = |item: &Value| item.get("role").is_some() || item.get("kwargs").is_some();
    if let Some(last) = list.iter().rev().find(|item| turn(item)) {
        return Some(of_turn(last, field::text(last, &["finish_reason"])));
    }
    let pieces = piece::read(&Value::Array(list.to_vec()));
    if pieces == piece::Pieces::default() { None } else { Some(of_pieces(&pieces, None)) }
}

fn of_object(output: &Value) -> Option<Value> {
    if field::any(output, &["error"]).is_some()
        && field::any(output, &["choices", "content", "output"]).is_none()
    {
        return Some(json!({"error": output.get("error")}));
    }
    if let Some(streamed) = field::any(output, &["streamed_data"]) {
        return read(streamed);
    }
    let kept = |body: Value| {
        let mut body = body;
        for name in ["id", "model", "created", "usage"] {
            if let (Some(value), None) = (field::any(output, &[name]), body.get(name))
                && let Some(members) = body.as_object_mut()
            {
                members.insert(name.to_owned(), value.clone());
            }
        }
        with_usage(body, usage(field::any(output, &["usage", "usageMetadata"])))
    };
    if let Some(choices) = output.get("choices").and_then(Value::as_array) {
        let mut body = output.clone();
        body["choices"] = choices.iter().map(choice).collect();
        return Some(with_usage(body, usage(output.get("usage"))));
    }
    let reason = field::text(output, &["stop_reason", "finish_reason", "finishReason", "stopReason"]);
    // Gemini's candidates, the items of the Responses API, Workers AI's `response`, and other wrappings.
    if let Some(candidate) = output.pointer("/candidates/0") {
        let reason = field::text(candidate, &["finishReason"]).map(|word| word.to_ascii_lowercase());
        let content = candidate.get("content").cloned().unwrap_or_default();
        return Some(kept(of_turn(&content, reason)));
    }
    if let Some(items) = output.get("output").and_then(Value::as_array) {
        let mut pieces = piece::Pieces::default();
        for item in items {
            let inner = item.get("content").map_or_else(|| piece::read(item), piece::read);
            pieces.parts.extend(inner.parts);
            pieces.calls.extend(inner.calls);
        }
        return Some(kept(of_pieces(&pieces, reason)));
    }
    if ["role", "tool_calls", "content", "parts", "kwargs", "message"]
        .iter()
        .any(|name| output.get(*name).is_some())
    {
        return Some(kept(of_turn(output, reason)));
    }
    if let Some(generation) = output.pointer("/generations/0/0") {
        return read(field::any(generation, &["message", "text"])?);
    }
    let inner = ["response", "result", "completion", "output", "text", "output_text", "answer", "messages"];
    match field::any(output, &inner) {
        Some(inner) if output.as_object().is_some_and(|members| members.len() <= 3) => read(inner).map(kept),
        _ if output.as_object().is_some_and(Map::is_empty) => None,
        _ => Some(of_text(&output.to_string())),
    }
}

/// Writes a choice with a message that has its calls as `tool_calls`.
fn choice(choice: &Value) -> Value {
    let mut choice = choice.clone();
    if choice.get("message").is_none()
        && let Some(text) = field::text(&choice, &["text"])
    {
        choice["message"] = json!({"role": "assistant", "content": text});
    }
    let old = choice.pointer("/message/function_call").filter(|call| call.is_object()).map(piece::call);
    if let (Some(call), Some(message)) = (old, choice.get_mut("message").and_then(Value::as_object_mut))
        && message.get("tool_calls").is_none_or(Value::is_null)
    {
        message.insert("tool_calls".to_owned(), json!([call]));
    }
    choice
}

/// Writes the assistant's turn as an answer.
pub fn of_turn(turn: &Value, finish_reason: Option<String>) -> Value {
    let mut turn = turn.clone();
    if let Some(members) = turn.as_object_mut() {
        members.shift_remove("finish_reason");
    }
    let old = field::any(&turn, &["function_call"]).filter(|call| call.is_object()).map(piece::call);
    if let (Some(call), None) = (old, field::any(&turn, &["tool_calls"])) {
        turn["tool_calls"] = json!([call]);
    }
    let mut message =
        conversation::message(&turn).pop().unwrap_or_else(|| json!({"role": "assistant", "content": ""}));
    message["role"] = json!("assistant");
    of_message(message, finish_reason)
}

fn of_pieces(pieces: &piece::Pieces, finish_reason: Option<String>) -> Value {
    let mut message = json!({"role": "assistant", "content": pieces.content()});
    if !pieces.calls.is_empty() {
        message["tool_calls"] = Value::Array(pieces.calls.clone());
    }
    of_message(message, finish_reason)
}

/// Reads the tokens that went in and out, by any tool's names for them.
pub fn usage(usage: Option<&Value>) -> (Option<u64>, Option<u64>) {
    let Some(usage) = usage else { return (None, None) };
    let input = ["prompt_tokens", "input_tokens", "promptTokens", "inputTokens", "input", "promptTokenCount"];
    let output = [
        "completion_tokens",
        "output_tokens",
        "completionTokens",
        "outputTokens",
        "output",
        "candidatesTokenCount",
    ];
    (field::count(usage, &input), field::count(usage, &output))
}

/// Gives an answer its usage in `OpenAI`'s words, where it does not have it.
pub fn with_usage(mut body: Value, (input, output): (Option<u64>, Option<u64>)) -> Value {
    let Some(members) = body.as_object_mut() else { return body };
    if input.is_none() && output.is_none() || members.contains_key("error") {
        return body;
    }
    let usage = members.entry("usage").or_insert_with(|| json!({}));
    if !usage.is_object() {
        *usage = json!({});
    }
    for (name, count) in [("prompt_tokens", input), ("completion_tokens", output)] {
        if let (Some(count), None) = (count, usage.get(name).and_then(Value::as_u64)) {
            usage[name] = json!(count);
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::openai;
    use expect_test::{Expect, expect};

    fn check(output: Value, expected: Expect) {
        let shown = read(&output).map(|body| match openai::read_response(&body) {
            Ok(answer) => {
                let reason =
                    answer.output.finish_reason.map(|reason| format!(" {reason:?}")).unwrap_or_default();
                let usage = (answer.usage.input_tokens, answer.usage.output_tokens);
                let usage = if usage == (None, None) { String::new() } else { format!(" {usage:?}") };
                format!("{}{reason}{usage}", answer.output.plain())
            }
            Err(mistake) => mistake.detail,
        });
        expected.assert_eq(&shown.unwrap_or_else(|| "nothing".to_owned()));
    }

    #[test]
    fn texts_messages_and_lists_are_answers() {
        check(json!("Hello"), expect!["Hello"]);
        check(json!({"role": "assistant", "content": "Hello"}), expect!["Hello"]);
        check(
            json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]),
            expect!["Hello"],
        );
        check(json!({"completion": "Hello"}), expect!["Hello"]);
        check(json!({"verdict": "good", "points": 3}), expect![[r#"{"verdict":"good","points":3}"#]]);
        check(
            json!([{"finish_reason": "stop", "message": {"content": "Hello", "role": "assistant"}}]),
            expect!["Hello Stop"],
        );
        check(
            json!({"role": "assistant", "content": null, "function_call": {"name": "a", "arguments": "{}"}}),
            expect![[r#"
                a({})
                a({})"#]],
        );
        check(json!(null), expect!["nothing"]);
        check(json!({}), expect!["nothing"]);
    }

    #[test]
    fn bodies_of_every_protocol_are_answers() {
        check(
            json!({"id": "x", "choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}),
            expect!["Hello Stop (Some(3), Some(1))"],
        );
        check(
            json!({"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hello"}, {"type": "tool_use", "id": "t", "name": "a", "input": {"b": 1}}], "stop_reason": "tool_use", "usage": {"input_tokens": 3, "output_tokens": 1}}),
            expect![[r#"
                Hello
                a({"b":1}) ToolCalls (Some(3), Some(1))"#]],
        );
        check(
            json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "Hello"}]}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1}}),
            expect!["Hello Stop (Some(3), Some(1))"],
        );
        check(
            json!({"output": [{"type": "reasoning", "summary": []}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}, {"type": "function_call", "call_id": "c", "name": "a", "arguments": "{}"}], "usage": {"input_tokens": 3, "output_tokens": 1}}),
            expect![[r#"
                Hello
                a({}) (Some(3), Some(1))"#]],
        );
        check(json!({"result": {"response": "Hello"}, "success": true, "errors": []}), expect!["Hello"]);
        check(json!({"choices": [{"text": "Hello", "finish_reason": "length"}]}), expect!["Hello Length"]);
        check(json!({"error": {"message": "no"}}), expect!["the provider answered with an error: no"]);
    }

    #[test]
    fn a_logged_stream_is_put_together() {
        let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]";
        check(json!(stream), expect!["Hello Stop"]);
        check(
            json!({"streamed_data": [{"choices": [{"delta": {"content": "Hel"}}]}, {"choices": [{"delta": {"content": "lo"}}]}]}),
            expect!["Hello"],
        );
        check(json!("data: that is all"), expect!["data: that is all"]);
    }
}
