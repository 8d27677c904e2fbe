//! `OpenAI`'s responses, read into canonical conversations.
//!
//! Leaves out what only the provider knows: the conversation that a `previous_response_id` or an
//! `item_reference` stands for. Leaves out writing: what was asked in this form is asked again as a chat request
//! (`carry`).

pub mod stream;

use serde_json::{Value, json};

use super::body::{error_of, kind, refuse_error, text_of};
use super::{Content, FinishReason, Message, Output, Part, Request, Response, Role, ToolCall, Usage};
use crate::mistake::Mistake;

/// Reads a request body.
///
/// # Errors
/// Names the first member that keeps it from being a request: `model`, or an item of `input`.
pub fn read_request(body: &Value) -> Result<Request, Mistake> {
    let Some(members) = body.as_object() else {
        return Err(Mistake::new("", "the request must be a JSON object with \"input\""));
    };
    let model = match members.get("model") {
        Some(Value::String(model)) => model.clone(),
        None | Some(Value::Null) => String::new(),
        Some(_) => return Err(Mistake::new("/model", "model must be a text")),
    };
    let mut messages = Vec::new();
    if let Some(instructions) = members.get("instructions").and_then(Value::as_str) {
        messages.push(Message::text(Role::System, instructions));
    }
    match members.get("input") {
        Some(Value::String(text)) => messages.push(Message::text(Role::User, text.clone())),
        Some(Value::Array(items)) => {
            for (place, item) in items.iter().enumerate() {
                read_item(place, item, &mut messages)?;
            }
        }
        None | Some(Value::Null) => {}
        Some(_) => return Err(Mistake::new("/input", "input must be a text or a list of items")),
    }
    let settings =
        members.iter().filter(|(name, _)| !matches!(name.as_str(), "model" | "input" | "instructions"));
    let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(Request { model, messages, settings })
}

fn read_item(place: usize, item: &Value, messages: &mut Vec<Message>) -> Result<(), Mistake> {
    if !item.is_object() {
        return Err(Mistake::new(format!("/input/{place}"), "an item of input must be an object"));
    }
    match kind(item) {
        "" | "message" => messages.push(read_message(place, item)?),
        "function_call" | "custom_tool_call" => {
            // The calls of one turn stand one by one; the text before them, if any, is of the same turn.
            let call = read_call(item);
            match messages.last_mut().filter(|last| last.role == Role::Assistant) {
                Some(last) => last.tool_calls.push(call),
                None => {
                    messages.push(Message { tool_calls: vec![call], ..Message::text(Role::Assistant, "") });
                }
            }
        }
        "function_call_output" | "custom_tool_call_output" => {
            let content = item.get("output").and_then(read_content).unwrap_or(Content::Text(String::new()));
            let tool_call_id = Some(text_of(item, "call_id"));
            messages.push(Message { content, tool_call_id, ..Message::text(Role::Tool, "") });
        }
        _ => {
            let content = Content::Parts(vec![Part::Other { value: item.clone() }]);
            messages.push(Message { content, ..Message::text(Role::Assistant, "") });
        }
    }
    Ok(())
}

fn read_message(place: usize, item: &Value) -> Result<Message, Mistake> {
    let role = match item.get("role").and_then(Value::as_str) {
        Some("system" | "developer") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        _ => {
            let detail = "role must be one of system, developer, user, assistant";
            return Err(Mistake::new(format!("/input/{place}/role"), detail));
        }
    };
    let content = item.get("content").and_then(read_content).ok_or_else(|| {
        Mistake::new(format!("/input/{place}/content"), "content must be a text or a list of parts")
    })?;
    Ok(Message { content, ..Message::text(role, "") })
}

fn read_content(content: &Value) -> Option<Content> {
    match content {
        Value::String(text) => Some(Content::Text(text.clone())),
        Value::Array(parts) => {
            let parts: Vec<_> = parts.iter().map(read_part).collect();
            Some(match parts.as_slice() {
                [Part::Text { text }] => Content::Text(text.clone()),
                _ => Content::Parts(parts),
            })
        }
        _ => None,
    }
}

fn read_part(part: &Value) -> Part {
    let url = part.get("image_url").and_then(Value::as_str);
    match (kind(part), url) {
        ("input_text" | "output_text" | "text", _) => Part::Text { text: text_of(part, "text") },
        ("refusal", _) => Part::Text { text: text_of(part, "refusal") },
        ("input_image", Some(url)) => Part::Image { url: url.to_owned() },
        _ => Part::Other { value: part.clone() },
    }
}

fn read_call(item: &Value) -> ToolCall {
    let arguments = if kind(item) == "custom_tool_call" { "input" } else { "arguments" };
    ToolCall {
        id: text_of(item, "call_id"),
        name: text_of(item, "name"),
        arguments: text_of(item, arguments),
    }
}

/// Reads a response body that answers (not an error).
///
/// # Errors
/// Names what keeps it from being an answer: an `error`, or no `output`.
pub fn read_response(body: &Value) -> Result<Response, Mistake> {
    refuse_error(body)?;
    if body.get("status").and_then(Value::as_str) == Some("failed") {
        return Err(error_of(&json!("it does not say which")));
    }
    let Some(items) = body.get("output").and_then(Value::as_array) else {
        return Err(Mistake::new("/output", "output is missing; it is the list of the answer's items"));
    };
    let of_kind = |wanted: &'static str| items.iter().filter(move |item| kind(item) == wanted);
    let parts: Vec<&Value> = of_kind("message")
        .flat_map(|item| item.get("content").and_then(Value::as_array).into_iter().flatten())
        .collect();
    let refusal: String =
        parts.iter().filter(|part| kind(part) == "refusal").map(|part| text_of(part, "refusal")).collect();
    let text =
        parts.iter().filter(|part| kind(part) == "output_text").map(|part| text_of(part, "text")).collect();
    let calls = items.iter().filter(|item| matches!(kind(item), "function_call" | "custom_tool_call"));
    let tool_calls: Vec<_> = calls.map(read_call).collect();
    let output = Output {
        finish_reason: finish_reason(body, !tool_calls.is_empty()),
        refused: !refusal.is_empty(),
        text: if refusal.is_empty() { text } else { refusal },
        tool_calls,
    };
    Ok(Response { output, usage: read_usage(body.get("usage")) })
}

fn finish_reason(body: &Value, calls: bool) -> Option<FinishReason> {
    match body.get("status").and_then(Value::as_str)? {
        "completed" if calls => Some(FinishReason::ToolCalls),
        "completed" => Some(FinishReason::Stop),
        "incomplete" => Some(match body.pointer("/incomplete_details/reason").and_then(Value::as_str) {
            Some("max_output_tokens") => FinishReason::Length,
            Some(word) => FinishReason::read(word),
            None => FinishReason::Other,
        }),
        "in_progress" | "queued" => None,
        _ => Some(FinishReason::Other),
    }
}

fn read_usage(usage: Option<&Value>) -> Usage {
    let count = |name: &str| usage.and_then(|usage| usage.get(name)).and_then(Value::as_u64);
    let cached = usage.and_then(|usage| usage.pointer("/input_tokens_details/cached_tokens"));
    Usage {
        input_tokens: count("input_tokens"),
        output_tokens: count("output_tokens"),
        cached_tokens: cached.and_then(Value::as_u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

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
    fn a_text_is_what_the_user_says() {
        check_request(
            &json!({"model": "m", "instructions": "Be brief.", "input": "Hi", "max_output_tokens": 9}),
            expect![[r#"
                m {"max_output_tokens":9}
                {"role":"system","content":"Be brief."}
                {"role":"user","content":"Hi"}"#]],
        );
    }

    #[test]
    fn items_are_turns_and_calls_belong_to_the_turn_before() {
        check_request(
            &json!({"model": "m", "input": [
                {"role": "developer", "content": "Be kind."},
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Weather?"}, {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low"}]},
                {"type": "reasoning", "id": "rs_1", "summary": []},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look.", "annotations": []}]},
                {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
                {"type": "function_call", "call_id": "c2", "name": "time", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c1", "output": "Rain"},
                {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "Noon"}]}]}),
            expect![[r#"
                m {}
                {"role":"system","content":"Be kind."}
                {"role":"user","content":[{"kind":"text","text":"Weather?"},{"kind":"image","url":"data:image/png;base64,AA"}]}
                {"role":"assistant","content":[{"kind":"other","value":{"type":"reasoning","id":"rs_1","summary":[]}}]}
                {"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","name":"weather","arguments":"{}"},{"id":"c2","name":"time","arguments":"{}"}]}
                {"role":"tool","content":"Rain","tool_call_id":"c1"}
                {"role":"tool","content":"Noon","tool_call_id":"c2"}"#]],
        );
    }

    #[test]
    fn a_request_may_have_its_conversation_at_the_provider() {
        check_request(
            &json!({"model": "m", "previous_response_id": "resp_1"}),
            expect![[r#"
            m {"previous_response_id":"resp_1"}
        "#]],
        );
    }

    #[test]
    fn what_is_no_request_is_refused_by_the_member() {
        check_request(&json!([]), expect![[r#": the request must be a JSON object with "input""#]]);
        check_request(&json!({"input": 3}), expect!["/input: input must be a text or a list of items"]);
        check_request(&json!({"input": ["Hi"]}), expect!["/input/0: an item of input must be an object"]);
        check_request(
            &json!({"input": [{"role": "robot", "content": "Hi"}]}),
            expect!["/input/0/role: role must be one of system, developer, user, assistant"],
        );
        check_request(
            &json!({"input": [{"role": "user"}]}),
            expect!["/input/0/content: content must be a text or a list of parts"],
        );
    }

    #[test]
    fn an_answer_is_read_with_its_calls_and_tokens() {
        check_response(
            &json!({"object": "response", "status": "completed", "error": null, "output": [
                {"type": "reasoning", "summary": []},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hel"}, {"type": "output_text", "text": "lo"}]}],
                "usage": {"input_tokens": 3, "input_tokens_details": {"cached_tokens": 1}, "output_tokens": 2, "total_tokens": 5}}),
            expect![[
                r#"{"text":"Hello","tool_calls":[],"finish_reason":"stop"} {"input_tokens":3,"output_tokens":2,"cached_tokens":1}"#
            ]],
        );
        check_response(
            &json!({"status": "completed", "output": [{"type": "function_call", "call_id": "c1", "id": "fc_1", "name": "look", "arguments": "{\"a\":1}"}]}),
            expect![[
                r#"{"text":"","tool_calls":[{"id":"c1","name":"look","arguments":"{\"a\":1}"}],"finish_reason":"tool_calls"} {"input_tokens":null,"output_tokens":null}"#
            ]],
        );
    }

    #[test]
    fn an_answer_that_was_cut_or_declined_says_so() {
        check_response(
            &json!({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hel"}]}]}),
            expect![[
                r#"{"text":"Hel","tool_calls":[],"finish_reason":"length"} {"input_tokens":null,"output_tokens":null}"#
            ]],
        );
        check_response(
            &json!({"status": "completed", "output": [{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}]}),
            expect![[
                r#"{"text":"No.","tool_calls":[],"finish_reason":"stop","refused":true} {"input_tokens":null,"output_tokens":null}"#
            ]],
        );
    }

    #[test]
    fn an_error_is_no_answer() {
        check_response(
            &json!({"status": "failed", "error": {"code": "server_error", "message": "oops"}, "output": []}),
            expect!["/error: the provider answered with an error: oops"],
        );
        check_response(
            &json!({"error": {"message": "no such model"}}),
            expect!["/error: the provider answered with an error: no such model"],
        );
        check_response(
            &json!({"choices": []}),
            expect!["/output: output is missing; it is the list of the answer's items"],
        );
    }
}
