//! What was asked, in any of the shapes that tools write, as an `OpenAI` chat request.
//!
//! Bodies of `OpenAI`'s own protocol stay as they are. Of others what has a counterpart is kept: the
//! conversation, tools and common settings. Leaves out answers.

use serde_json::{Map, Value, json};

use super::{field, piece};
use crate::mistake::Mistake;

/// Settings of a chat request that mean the same wherever they are logged.
const SETTINGS: [&str; 17] = [
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "seed",
    "n",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "response_format",
    "reasoning_effort",
    "verbosity",
    "parallel_tool_calls",
    "tool_choice",
];

/// Reads what was asked: a text, a message, a list of messages, or a body of any known protocol.
///
/// # Errors
/// Says that there is no conversation in it.
pub fn read(input: Value) -> Result<Map<String, Value>, Mistake> {
    match field::unpack_whole(input) {
        Value::String(text) if !text.is_empty() => Ok(of_messages(vec![user(&text)])),
        Value::Array(list) if !list.is_empty() => Ok(of_messages(messages(&list))),
        value @ Value::Object(_) => of_object(value),
        _ => Err(missing()),
    }
}

fn missing() -> Mistake {
    Mistake::new("", "what was asked is missing; it is a text, a list of messages or a request body")
}

fn of_messages(messages: Vec<Value>) -> Map<String, Value> {
    Map::from_iter([("messages".to_owned(), Value::Array(messages))])
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn of_object(value: Value) -> Result<Map<String, Value>, Mistake> {
    match value {
        // A body may be megabytes: it is not copied.
        Value::Object(body) if is_openai(&body) => Ok(body),
        value => of_foreign(&value),
    }
}

fn of_foreign(value: &Value) -> Result<Map<String, Value>, Mistake> {
    let is_turn = field::text(value, &["type"]).is_some_and(|kind| role(&kind).is_some());
    if is_turn || value.get("role").is_some() || value.get("lc").is_some() {
        return Ok(of_messages(messages(std::slice::from_ref(value))));
    }
    // `args` and `kwargs` are how some tools write the arguments of the function that was called.
    if let Some(kwargs) = value.get("kwargs").filter(|kwargs| kwargs.is_object()) {
        return of_object(kwargs.clone());
    }
    let asked = ["messages", "input", "contents", "prompt", "question", "query"];
    let asked = field::any(value, &asked).map(field::unpack);
    let mut turns = match &asked {
        Some(Value::Array(list)) if !list.is_empty() => messages(list),
        Some(Value::String(text)) if !text.is_empty() => vec![user(text)],
        Some(object @ Value::Object(_)) => messages(std::slice::from_ref(object)),
        // An object that says nothing of a conversation is what the application asked, as it is.
        None if value.as_object().is_some_and(|members| !members.is_empty()) => {
            vec![user(&value.to_string())]
        }
        _ => return Err(missing()),
    };
    let system = field::any(value, &["system", "instructions", "systemInstruction", "system_instruction"]);
    if let Some(system) = system {
        let content = field::any(system, &["parts"]).unwrap_or(system);
        turns.insert(0, json!({"role": "system", "content": piece::read(content).content()}));
    }
    let mut request = Map::new();
    if let Some(model) = field::text(value, &["model"]) {
        request.insert("model".to_owned(), json!(model));
    }
    request.extend(of_messages(turns));
    if let Some(user) =
        field::text(value, &["user"]).or_else(|| field::text(value.get("metadata")?, &["user_id"]))
    {
        request.insert("user".to_owned(), json!(user));
    }
    request.extend(settings(value));
    Ok(request)
}

/// Tells whether a body is a chat request of `OpenAI`'s protocol throughout.
fn is_openai(body: &Map<String, Value>) -> bool {
    let foreign = ["system", "anthropic_version", "stop_sequences", "thinking", "instructions", "prompt"];
    let Some(messages) = body.get("messages").and_then(Value::as_array) else { return false };
    let tools = body.get("tools").and_then(Value::as_array).into_iter().flatten();
    !messages.is_empty()
        && messages.iter().all(is_openai_message)
        && foreign.iter().all(|name| body.get(*name).is_none_or(Value::is_null))
        && tools.into_iter().all(|tool| tool.get("function").is_some())
}

fn is_openai_message(message: &Value) -> bool {
    let known = ["system", "developer", "user", "assistant", "tool", "function"];
    let has_role = message.get("role").and_then(Value::as_str).is_some_and(|role| known.contains(&role));
    let is_part = |part: &Value| match part.get("type").and_then(Value::as_str) {
        Some("text") => part.get("text").is_some_and(Value::is_string),
        Some("image_url") => part.get("image_url").is_some_and(Value::is_object),
        Some("input_audio" | "file" | "refusal") => true,
        _ => false,
    };
    let content = match message.get("content") {
        None => message.get("tool_calls").is_some() || message.get("function_call").is_some(),
        Some(Value::String(_) | Value::Null) => true,
        Some(Value::Array(parts)) => !parts.is_empty() && parts.iter().all(is_part),
        Some(_) => false,
    };
    let mut calls = message.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
    has_role && content && calls.all(|call| call.pointer("/function/arguments").is_some_and(Value::is_string))
}

/// Gives the role of a speaker by any tool's name for it.
pub fn role(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "system" | "developer" | "systemmessage" => Some("system"),
        "user" | "human" | "humanmessage" => Some("user"),
        "assistant" | "ai" | "model" | "bot" | "chatbot" | "aimessage" | "aimessagechunk" => {
            Some("assistant")
        }
        "tool" | "function" | "toolmessage" => Some("tool"),
        _ => None,
    }
}

/// Writes turns as messages; one that mixes results of tools with words becomes several.
pub fn messages(turns: &[Value]) -> Vec<Value> {
    let mut messages: Vec<Value> = Vec::new();
    for turn in turns {
        // Lists of lists are batches of one.
        if let Value::Array(inner) = turn {
            messages.extend(self::messages(inner));
            continue;
        }
        for message in message(turn) {
            let calls = |message: &Value| {
                message["role"] == "assistant"
                    && message["content"].is_null()
                    && message["tool_calls"].is_array()
            };
            // Calls that were logged one by one belong to one turn.
            match (messages.last_mut().filter(|last| calls(last)), calls(&message)) {
                (Some(last), true) => {
                    let more =
                        message.get("tool_calls").and_then(Value::as_array).cloned().unwrap_or_default();
                    if let Some(known) = last.get_mut("tool_calls").and_then(Value::as_array_mut) {
                        known.extend(more);
                    }
                }
                _ => messages.push(message),
            }
        }
    }
    messages
}

/// Writes one turn as messages.
pub fn message(turn: &Value) -> Vec<Value> {
    if is_openai_message(turn) {
        return vec![turn.clone()];
    }
    // LangChain writes a message as its class and the arguments that make it.
    let turn =
        field::any(turn, &["kwargs", "data", "message"]).filter(|inner| inner.is_object()).map_or_else(
            || turn.clone(),
            |inner| {
                let mut inner = inner.clone();
                let kind = turn.get("id").and_then(Value::as_array).and_then(|path| path.last());
                let kind = kind.or_else(|| field::any(turn, &["role", "type"]));
                if inner.get("role").is_none()
                    && inner.get("type").is_none()
                    && let (Some(kind), Some(members)) = (kind, inner.as_object_mut())
                {
                    members.insert("role".to_owned(), kind.clone());
                }
                inner
            },
        );
    let kind = field::text(&turn, &["role", "type"]).and_then(|word| role(&word));
    let content = field::any(&turn, &["parts", "content", "text"]);
    let mut pieces = content.map(piece::read).unwrap_or_default();
    if content.is_none() && kind.is_none() {
        // An item that stands among the turns and is none: a call, or what a tool gave.
        pieces = piece::read(&turn);
    }
    for call in turn.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
        pieces.calls.push(piece::call(call));
    }
    let results = std::mem::take(&mut pieces.results).into_iter();
    let mut messages: Vec<_> =
        results.map(|(id, text)| json!({"role": "tool", "tool_call_id": id, "content": text})).collect();
    if pieces.parts.is_empty() && pieces.calls.is_empty() && !messages.is_empty() {
        return messages;
    }
    let role = kind.unwrap_or(if pieces.calls.is_empty() { "user" } else { "assistant" });
    let mut message = json!({"role": role, "content": pieces.content()});
    if !pieces.calls.is_empty() {
        message["tool_calls"] = Value::Array(pieces.calls);
    }
    if role == "tool" {
        let id = field::text(&turn, &["tool_call_id", "tool_use_id", "id", "name"]).unwrap_or_default();
        message["tool_call_id"] = json!(id);
    }
    messages.push(message);
    messages
}

/// Gives the settings that a body or a list of parameters names, tools with them.
pub fn settings(body: &Value) -> Map<String, Value> {
    let mut settings = Map::new();
    for name in SETTINGS {
        if let Some(value) = field::any(body, &[name]).map(|value| as_setting(name, value)) {
            settings.insert(name.to_owned(), value);
        }
    }
    let stop = field::any(body, &["stop_sequences"]).filter(|stop| stop.is_array());
    if let Some(stop) = stop {
        settings.insert("stop".to_owned(), stop.clone());
    }
    let tools = field::unpacked(body, &["tools"]);
    let tools = tools.as_ref().and_then(Value::as_array).map(|tools| tools.iter().filter_map(tool).collect());
    if let Some(tools) = tools.filter(|tools: &Vec<Value>| !tools.is_empty()) {
        settings.insert("tools".to_owned(), Value::Array(tools));
    } else {
        settings.shift_remove("tool_choice");
        settings.shift_remove("parallel_tool_calls");
    }
    settings
}

/// Tells whether a name is that of a setting.
pub fn is_setting(name: &str) -> bool {
    SETTINGS.contains(&name) || matches!(name, "tools" | "stop_sequences")
}

/// Numbers that were logged as texts are numbers.
fn as_setting(name: &str, value: &Value) -> Value {
    let is_text = matches!(name, "stop" | "reasoning_effort" | "verbosity" | "tool_choice");
    match value {
        Value::String(text) if !is_text => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        // Anthropic names the kind of choice in an object.
        Value::Object(choice) if name == "tool_choice" && !choice.contains_key("function") => {
            match (choice.get("type").and_then(Value::as_str), choice.get("name")) {
                (Some("tool" | "function"), Some(chosen)) => {
                    json!({"type": "function", "function": {"name": chosen}})
                }
                (Some("any"), _) => json!("required"),
                (Some("none"), _) => json!("none"),
                _ => json!("auto"),
            }
        }
        value => value.clone(),
    }
}

/// Writes a tool as `OpenAI` describes a function; none for a tool that is the provider's own.
fn tool(tool: &Value) -> Option<Value> {
    if tool.get("function").is_some_and(Value::is_object) {
        return Some(tool.clone());
    }
    let name = field::text(tool, &["name"])?;
    let parameters = field::any(tool, &["input_schema", "parameters", "inputSchema"])?;
    let mut function = json!({"name": name});
    if let Some(description) = field::any(tool, &["description"]) {
        function["description"] = description.clone();
    }
    function["parameters"] = parameters.clone();
    Some(json!({"type": "function", "function": function}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(input: Value, expected: Expect) {
        let read = read(input);
        if let Ok(request) = &read {
            let read = crate::chat::openai::read_request(&Value::Object(request.clone()));
            assert_eq!(read.err(), None, "it is a chat request");
        }
        expected.assert_eq(&read.map_or_else(|mistake| mistake.detail, |request| json!(request).to_string()));
    }

    #[test]
    fn texts_and_messages_are_conversations() {
        check(json!("Hi"), expect![[r#"{"messages":[{"role":"user","content":"Hi"}]}"#]]);
        check(
            json!({"role": "user", "content": "Hi"}),
            expect![[r#"{"messages":[{"role":"user","content":"Hi"}]}"#]],
        );
        check(
            json!("[{\"role\":\"human\",\"content\":\"Hi\"}]"),
            expect![[r#"{"messages":[{"role":"user","content":"Hi"}]}"#]],
        );
        check(
            json!({"question": "Why?", "temperature": "0.5"}),
            expect![[r#"{"messages":[{"role":"user","content":"Why?"}],"temperature":0.5}"#]],
        );
        check(
            json!({"city": "Bern"}),
            expect![[r#"{"messages":[{"role":"user","content":"{\"city\":\"Bern\"}"}]}"#]],
        );
    }

    #[test]
    fn a_body_of_openai_stays_as_it_is() {
        let body = json!({"model": "m", "top_k": 3, "messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}], "name": "n"}], "stream": true});
        check(
            body.clone(),
            expect![[
                r#"{"model":"m","top_k":3,"messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}],"name":"n"}],"stream":true}"#
            ]],
        );
    }

    #[test]
    fn a_body_of_anthropic_is_written_as_a_chat_request() {
        check(
            json!({"model": "claude", "system": [{"type": "text", "text": "Be brief."}], "max_tokens": 9, "stop_sequences": ["X"],
                "tools": [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}], "tool_choice": {"type": "any"},
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "What?"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}}]},
                    {"role": "assistant", "content": [{"type": "thinking", "thinking": "x"}, {"type": "text", "text": "I look."}, {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": 1}}]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "a cat"}]}, {"type": "text", "text": "Well?"}]}]}),
            expect![[
                r#"{"model":"claude","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]},{"role":"assistant","content":"I look.","tool_calls":[{"id":"t1","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}}]},{"role":"tool","tool_call_id":"t1","content":"a cat"},{"role":"user","content":"Well?"}],"max_tokens":9,"tool_choice":"required","stop":["X"],"tools":[{"type":"function","function":{"name":"look","description":"Looks.","parameters":{"type":"object"}}}]}"#
            ]],
        );
    }

    #[test]
    fn bodies_of_responses_and_gemini_are_written_as_chat_requests() {
        check(
            json!({"model": "m", "instructions": "Be brief.", "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "Hi"}, {"type": "input_image", "image_url": "https://x/y.png"}]},
                {"type": "function_call", "call_id": "c1", "name": "a", "arguments": "{}"}, {"type": "function_call", "call_id": "c2", "name": "b", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c1", "output": "1"}]}),
            expect![[
                r#"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"a","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"b","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"1"}]}"#
            ]],
        );
        check(
            json!({"systemInstruction": {"parts": [{"text": "Be brief."}]}, "contents": [
                {"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": [{"functionCall": {"name": "a", "args": {"b": 1}}}]},
                {"role": "user", "parts": [{"functionResponse": {"name": "a", "response": {"c": 2}}}]}]}),
            expect![[
                r#"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_a","type":"function","function":{"name":"a","arguments":"{\"b\":1}"}}]},{"role":"tool","tool_call_id":"a","content":"{\"c\":2}"}]}"#
            ]],
        );
    }

    #[test]
    fn messages_of_langchain_are_read() {
        check(
            json!([[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"], "kwargs": {"content": "Hi", "additional_kwargs": {}}},
                {"type": "ai", "content": "", "tool_calls": [{"name": "a", "args": {"b": 1}, "id": "c1"}]}, {"type": "tool", "content": "2", "tool_call_id": "c1"}]]),
            expect![[
                r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"a","arguments":"{\"b\":1}"}}]},{"role":"tool","content":"2","tool_call_id":"c1"}]}"#
            ]],
        );
    }

    #[test]
    fn nothing_is_no_conversation() {
        for nothing in [json!(null), json!(""), json!([]), json!({}), json!(3)] {
            check(
                nothing,
                expect!["what was asked is missing; it is a text, a list of messages or a request body"],
            );
        }
    }
}
