//! `Anthropic`'s messages, read into canonical conversations. A chat request is written as messages in `ask`, with `room`
//! for what is thought before it is answered; streamed answers are put together in `stream`.
//!
//! Pictures are kept as they came and never fetched; thinking has no canonical form and stays as it is.

pub mod ask;
mod model;
pub mod room;
mod schema;
pub mod stream;

use serde_json::{Map, Value, json};

use super::body::{kind, refuse_error, text_of};
use super::{Content, FinishReason, Message, Output, Part, Request, Response, Role, ToolCall, Usage};
use crate::mistake::Mistake;

/// The version of the protocol that is spoken, in the header `anthropic-version`.
pub const VERSION: &str = "2023-06-01";

/// Reads a request body.
///
/// # Errors
/// Names the first member without which it is no request: `messages`, or a message's `role` or `content`.
pub fn read_request(body: &Value) -> Result<Request, Mistake> {
    let Some(members) = body.as_object() else {
        return Err(Mistake::new("", "the request must be a JSON object with \"messages\""));
    };
    let model = match members.get("model") {
        Some(Value::String(model)) => model.clone(),
        None => String::new(),
        Some(_) => return Err(Mistake::new("/model", "model must be a text")),
    };
    let turns = match members.get("messages") {
        Some(Value::Array(turns)) if !turns.is_empty() => turns,
        Some(Value::Array(_)) => return Err(Mistake::new("/messages", "messages must not be empty")),
        Some(_) => return Err(Mistake::new("/messages", "messages must be a list")),
        None => {
            let detail = "messages is missing; it is the list of the conversation's turns";
            return Err(Mistake::new("/messages", detail));
        }
    };
    let mut messages = Vec::with_capacity(turns.len() + 1);
    if let Some(system) = members.get("system") {
        let content = read_content(system)
            .ok_or_else(|| Mistake::new("/system", "system must be a text or a list of text blocks"))?;
        messages.push(Message { role: Role::System, ..said(content) });
    }
    for (place, turn) in turns.iter().enumerate() {
        read_turn(place, turn, &mut messages)?;
    }
    let settings =
        members.iter().filter(|(name, _)| !matches!(name.as_str(), "model" | "messages" | "system"));
    let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(Request { model, messages, settings })
}

/// Reads one turn: more than one message when it holds results of tools.
fn read_turn(place: usize, turn: &Value, messages: &mut Vec<Message>) -> Result<(), Mistake> {
    let role = match turn.get("role").and_then(Value::as_str) {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        _ => {
            return Err(Mistake::new(
                format!("/messages/{place}/role"),
                "role must be one of user, assistant, system",
            ));
        }
    };
    let blocks = match turn.get("content") {
        Some(Value::String(text)) => {
            messages.push(Message::text(role, text.clone()));
            return Ok(());
        }
        Some(Value::Array(blocks)) => blocks,
        _ => {
            let detail = "content must be a text or a list of blocks";
            return Err(Mistake::new(format!("/messages/{place}/content"), detail));
        }
    };
    let mut message = Message { role, ..said(Content::Parts(Vec::new())) };
    let mut parts = Vec::new();
    for block in blocks {
        match kind(block) {
            "tool_use" => message.tool_calls.push(read_call(block)),
            "tool_result" => messages.push(read_result(block)),
            _ => parts.push(read_part(block)),
        }
    }
    let only_results = parts.is_empty() && message.tool_calls.is_empty() && !blocks.is_empty();
    if !only_results {
        message.content = content_of(parts);
        messages.push(message);
    }
    Ok(())
}

fn said(content: Content) -> Message {
    Message { role: Role::User, content, tool_calls: Vec::new(), tool_call_id: None }
}

fn read_call(block: &Value) -> ToolCall {
    let arguments = block.get("input").map_or_else(|| "{}".to_owned(), Value::to_string);
    ToolCall { id: text_of(block, "id"), name: text_of(block, "name"), arguments }
}

fn read_result(block: &Value) -> Message {
    let content = block.get("content").and_then(read_content).unwrap_or(Content::Text(String::new()));
    let tool_call_id = Some(text_of(block, "tool_use_id"));
    Message { role: Role::Tool, tool_call_id, ..said(content) }
}

fn read_content(content: &Value) -> Option<Content> {
    match content {
        Value::String(text) => Some(Content::Text(text.clone())),
        Value::Array(blocks) => Some(content_of(blocks.iter().map(read_part).collect())),
        Value::Null => Some(Content::Text(String::new())),
        _ => None,
    }
}

fn content_of(parts: Vec<Part>) -> Content {
    match parts.as_slice() {
        [] => Content::Text(String::new()),
        [Part::Text { text }] => Content::Text(text.clone()),
        _ => Content::Parts(parts),
    }
}

fn read_part(block: &Value) -> Part {
    let source = |name: &str| block.pointer(&format!("/source/{name}")).and_then(Value::as_str);
    match (kind(block), source("type")) {
        ("text", _) => Part::Text { text: text_of(block, "text") },
        ("image", Some("base64")) => {
            let (media, data) =
                (source("media_type").unwrap_or("image/png"), source("data").unwrap_or_default());
            Part::Image { url: format!("data:{media};base64,{data}") }
        }
        ("image", Some("url")) => Part::Image { url: source("url").unwrap_or_default().to_owned() },
        _ => Part::Other { value: block.clone() },
    }
}

/// Reads a response body that answers (not an error).
///
/// # Errors
/// Names what keeps it from being an answer: an `error`, or no `content`.
pub fn read_response(body: &Value) -> Result<Response, Mistake> {
    refuse_error(body)?;
    let Some(blocks) = body.get("content").and_then(Value::as_array) else {
        return Err(Mistake::new("/content", "content is missing; it is the list of the answer's blocks"));
    };
    let of_kind = |wanted: &'static str| blocks.iter().filter(move |block| kind(block) == wanted);
    let reason = body.get("stop_reason").and_then(Value::as_str);
    let output = Output {
        // A text with citations is cut into blocks where they stand: it is one text all the same.
        text: of_kind("text").map(|block| text_of(block, "text")).collect(),
        tool_calls: of_kind("tool_use").map(read_call).collect(),
        finish_reason: reason.map(FinishReason::read),
        refused: reason == Some("refusal"),
    };
    Ok(Response { output, usage: read_usage(body) })
}

/// Reads the counts of tokens. What was read from a cache or written to one went in, too.
pub fn read_usage(body: &Value) -> Usage {
    let usage = body.get("usage");
    let count = |name: &str| usage.and_then(|usage| usage.get(name)).and_then(Value::as_u64);
    let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"].map(count);
    let input =
        count("input_tokens").map(|fresh| cached.into_iter().flatten().fold(fresh, u64::saturating_add));
    Usage {
        input_tokens: input,
        output_tokens: count("output_tokens"),
        cached_tokens: count("cache_read_input_tokens"),
    }
}

/// Writes the body of an error.
pub fn error(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}})
}

/// Tells whether a chat request would not have these members or blocks.
pub(super) fn is_request(members: &Map<String, Value>) -> bool {
    fn list(value: Option<&Value>) -> &[Value] {
        value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
    let own_blocks = ["tool_use", "tool_result", "thinking", "redacted_thinking", "document"];
    let is_own_block = |block: &Value| {
        own_blocks.contains(&kind(block)) || (kind(block) == "image" && block.get("source").is_some())
    };
    members.contains_key("system")
        || list(members.get("tools")).iter().any(|tool| tool.get("input_schema").is_some())
        || list(members.get("messages")).iter().any(|turn| list(turn.get("content")).iter().any(is_own_block))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check_request(body: &Value, expected: Expect) {
        let shown = read_request(body).map(|request| {
            let lines: Vec<_> = request.messages.iter().map(|message| json!(message).to_string()).collect();
            format!("{} {}\n{}", request.model, json!(request.settings), lines.join("\n"))
        });
        expected.assert_eq(&shown.unwrap_or_else(|mistake| format!("{}: {mistake}", mistake.pointer)));
    }

    fn check_response(body: &Value, expected: Expect) {
        let shown = read_response(body)
            .map(|Response { output, usage }| format!("{} {}", json!(output), json!(usage)));
        expected.assert_eq(&shown.unwrap_or_else(|mistake| format!("{}: {mistake}", mistake.pointer)));
    }

    #[test]
    fn system_text_is_the_first_message() {
        check_request(
            &json!({"model": "m", "max_tokens": 9, "system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]}),
            expect![[r#"
                m {"max_tokens":9}
                {"role":"system","content":"Be brief."}
                {"role":"user","content":"Hi"}"#]],
        );
        check_request(
            &json!({"model": "m", "system": [{"type": "text", "text": "A", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "B"}], "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}),
            expect![[r#"
                m {}
                {"role":"system","content":[{"kind":"text","text":"A"},{"kind":"text","text":"B"}]}
                {"role":"user","content":"Hi"}"#]],
        );
    }

    #[test]
    fn calls_and_results_of_tools_are_messages_of_their_own() {
        check_request(
            &json!({"model": "m", "messages": [
                {"role": "user", "content": "Weather?"},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "Look it up.", "signature": "s"},
                    {"type": "text", "text": "Let me see."},
                    {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
                    {"type": "tool_use", "id": "t2", "name": "time", "input": {}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": "Rain"},
                    {"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "text", "text": "Noon"}], "is_error": false},
                    {"type": "text", "text": "And tomorrow?"}]}]}),
            expect![[r#"
                m {}
                {"role":"user","content":"Weather?"}
                {"role":"assistant","content":[{"kind":"other","value":{"type":"thinking","thinking":"Look it up.","signature":"s"}},{"kind":"text","text":"Let me see."}],"tool_calls":[{"id":"t1","name":"weather","arguments":"{\"city\":\"Oslo\"}"},{"id":"t2","name":"time","arguments":"{}"}]}
                {"role":"tool","content":"Rain","tool_call_id":"t1"}
                {"role":"tool","content":"Noon","tool_call_id":"t2"}
                {"role":"user","content":"And tomorrow?"}"#]],
        );
    }

    #[test]
    fn pictures_are_kept_and_other_blocks_stay_as_they_are() {
        check_request(
            &json!({"model": "m", "messages": [{"role": "user", "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AA"}},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {"type": "document", "source": {"type": "file", "file_id": "f"}}]}]}),
            expect![[r#"
                m {}
                {"role":"user","content":[{"kind":"image","url":"data:image/jpeg;base64,AA"},{"kind":"image","url":"https://example.com/a.png"},{"kind":"other","value":{"type":"document","source":{"type":"file","file_id":"f"}}}]}"#]],
        );
    }

    #[test]
    fn what_is_no_request_is_refused_by_the_member() {
        check_request(&json!("Hi"), expect![[r#": the request must be a JSON object with "messages""#]]);
        check_request(
            &json!({"model": "m"}),
            expect!["/messages: messages is missing; it is the list of the conversation's turns"],
        );
        check_request(&json!({"messages": []}), expect!["/messages: messages must not be empty"]);
        check_request(
            &json!({"messages": [{"role": "tool", "content": "x"}]}),
            expect!["/messages/0/role: role must be one of user, assistant, system"],
        );
        check_request(
            &json!({"messages": [{"role": "user", "content": 3}]}),
            expect!["/messages/0/content: content must be a text or a list of blocks"],
        );
        check_request(
            &json!({"system": 3, "messages": [{"role": "user", "content": "x"}]}),
            expect!["/system: system must be a text or a list of text blocks"],
        );
    }

    #[test]
    fn an_answer_is_read_with_all_tokens_that_went_in() {
        check_response(
            &json!({"type": "message", "role": "assistant", "stop_reason": "end_turn",
                "content": [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}],
                "usage": {"input_tokens": 3, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 100, "output_tokens": 2}}),
            expect![[
                r#"{"text":"Hello","tool_calls":[],"finish_reason":"stop"} {"input_tokens":113,"output_tokens":2,"cached_tokens":100}"#
            ]],
        );
        check_response(
            &json!({"type": "message", "stop_reason": "tool_use", "content": [{"type": "tool_use", "id": "t1", "name": "look", "input": {"a": 1}}]}),
            expect![[
                r#"{"text":"","tool_calls":[{"id":"t1","name":"look","arguments":"{\"a\":1}"}],"finish_reason":"tool_calls"} {"input_tokens":null,"output_tokens":null}"#
            ]],
        );
        check_response(
            &json!({"type": "message", "stop_reason": "refusal", "content": [{"type": "text", "text": "No."}]}),
            expect![[
                r#"{"text":"No.","tool_calls":[],"finish_reason":"content_filter","refused":true} {"input_tokens":null,"output_tokens":null}"#
            ]],
        );
    }

    #[test]
    fn an_error_is_no_answer() {
        check_response(
            &error("overloaded_error", "Overloaded"),
            expect!["/error: the provider answered with an error: Overloaded"],
        );
        check_response(
            &json!({"choices": []}),
            expect!["/content: content is missing; it is the list of the answer's blocks"],
        );
    }

    #[test]
    fn it_is_told_from_a_chat_request_by_what_only_it_has() {
        let is = |body: Value| body.as_object().is_some_and(is_request);
        assert!(is(json!({"system": "x", "messages": []})));
        assert!(is(json!({"tools": [{"name": "a", "input_schema": {}}]})));
        assert!(is(json!({"messages": [{"content": [{"type": "tool_result"}]}]})));
        assert!(!is(json!({"max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]})));
        assert!(!is(
            json!({"messages": [{"content": [{"type": "image_url"}]}], "tools": [{"type": "function"}]})
        ));
    }
}
