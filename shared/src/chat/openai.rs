//! `OpenAI`'s chat completions, to and from canonical conversations; streamed answers are assembled.

use serde_json::{Map, Value, json};

use super::body::refuse_error;
use super::stream::{self, Assembled, Events, Marks, Said};
use super::{Content, FinishReason, Message, Output, Part, Request, Response, Role, ToolCall, Usage, length};
use crate::mistake::Mistake;

/// Settings that say nothing of what is asked, whoever is asked: labels, caching, how the answer comes.
pub const NOT_ASKED: [&str; 9] = [
    "metadata",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "user",
];

/// Reads a request body.
///
/// # Errors
/// Names the first member without which it is not a chat request: `model`, `messages`, or a message's
/// `role` or `content`; or tells that there are too many messages.
pub fn read_request(body: &Value) -> Result<Request, Mistake> {
    let Some(members) = body.as_object() else {
        return Err(Mistake::new("", "the request must be a JSON object with \"messages\""));
    };
    let model = match members.get("model") {
        Some(Value::String(model)) => model.clone(),
        None => String::new(),
        Some(_) => return Err(Mistake::new("/model", "model must be a text")),
    };
    let Some(messages) = members.get("messages") else {
        return Err(Mistake::new(
            "/messages",
            "messages is missing; it is the list of the conversation's turns",
        ));
    };
    let Some(messages) = messages.as_array() else {
        return Err(Mistake::new("/messages", "messages must be a list"));
    };
    if messages.is_empty() {
        return Err(Mistake::new("/messages", "messages must not be empty"));
    }
    length::check(messages.len(), "messages")?;
    let messages = messages.iter().enumerate().map(|(place, message)| read_message(place, message));
    let messages = messages.collect::<Result<_, _>>()?;
    let settings = members.iter().filter(|(name, _)| !matches!(name.as_str(), "model" | "messages"));
    let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(Request { model, messages, settings })
}

fn read_message(place: usize, message: &Value) -> Result<Message, Mistake> {
    let role = match message.get("role").and_then(Value::as_str) {
        Some("system" | "developer") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("tool" | "function") => Role::Tool,
        _ => {
            let detail = "role must be one of system, developer, user, assistant, tool";
            return Err(Mistake::new(format!("/messages/{place}/role"), detail));
        }
    };
    let content = match message.get("content") {
        Some(Value::String(text)) => Content::Text(text.clone()),
        // Who declines may say so beside the content.
        None | Some(Value::Null) => {
            Content::Text(message.get("refusal").and_then(Value::as_str).unwrap_or_default().to_owned())
        }
        Some(Value::Array(parts)) => read_parts(parts),
        Some(_) => {
            return Err(Mistake::new(
                format!("/messages/{place}/content"),
                "content must be a text or a list of parts",
            ));
        }
    };
    let tool_call_id = message.get("tool_call_id").and_then(Value::as_str).map(str::to_owned);
    Ok(Message { role, content, tool_calls: read_tool_calls(message), tool_call_id })
}

fn read_parts(parts: &[Value]) -> Content {
    let parts: Vec<_> = parts.iter().map(read_part).collect();
    match parts.as_slice() {
        [Part::Text { text }] => Content::Text(text.clone()),
        _ => Content::Parts(parts),
    }
}

fn read_part(part: &Value) -> Part {
    let text = part.get("text").and_then(Value::as_str);
    let url = part.pointer("/image_url/url").and_then(Value::as_str);
    match (part.get("type").and_then(Value::as_str), text, url) {
        (Some("text"), Some(text), _) => Part::Text { text: text.to_owned() },
        (Some("image_url"), _, Some(url)) => Part::Image { url: url.to_owned() },
        _ => Part::Other { value: part.clone() },
    }
}

fn read_tool_calls(message: &Value) -> Vec<ToolCall> {
    let calls = message.get("tool_calls").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let text = |value: &Value, paths: &[&str]| {
        let found = paths.iter().find_map(|path| value.pointer(path).and_then(Value::as_str));
        found.unwrap_or_default().to_owned()
    };
    let calls = calls.iter().map(|call| ToolCall {
        id: text(call, &["/id"]),
        name: text(call, &["/function/name", "/custom/name"]),
        arguments: text(call, &["/function/arguments", "/custom/input"]),
    });
    // There was one, and it had no name of its own, before there were tools.
    let first = message.get("function_call").filter(|call| call.is_object()).map(|call| ToolCall {
        id: String::new(),
        name: text(call, &["/name"]),
        arguments: text(call, &["/arguments"]),
    });
    calls.chain(first).collect()
}

/// Names what messages say that no message here has, each in a word: who of several users speaks, how closely a picture
/// is looked at, a voice that was heard before. Nothing of what is no request.
pub fn unread(body: &Value) -> Vec<String> {
    let messages = body.get("messages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let parts = || messages.iter().filter_map(|message| message.get("content")?.as_array()).flatten();
    let says = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    let is_close = |part: &Value| {
        part.pointer("/image_url/detail").is_some_and(|detail| says(Some(detail)) && detail != "auto")
    };
    let found = [
        (messages.iter().any(|message| says(message.get("audio"))), "audio"),
        (parts().any(is_close), "image_url.detail"),
        (messages.iter().any(|message| message["role"] != "function" && says(message.get("name"))), "name"),
    ];
    found.into_iter().filter(|(is_there, _)| *is_there).map(|(_, word)| word.to_owned()).collect()
}

/// Writes a request body. Reading it again gives the same request.
pub fn write_request(request: &Request) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(request.model));
    body.insert("messages".to_owned(), request.messages.iter().map(write_message).collect());
    body.extend(request.settings.iter().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(body)
}

fn write_message(message: &Message) -> Value {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let content = match &message.content {
        Content::Text(text) if text.is_empty() && !message.tool_calls.is_empty() => Value::Null,
        Content::Text(text) => json!(text),
        Content::Parts(parts) => parts.iter().map(write_part).collect(),
    };
    let mut written = json!({"role": role, "content": content});
    if !message.tool_calls.is_empty() {
        written["tool_calls"] = message.tool_calls.iter().map(write_tool_call).collect();
    }
    if let Some(id) = &message.tool_call_id {
        written["tool_call_id"] = json!(id);
    }
    written
}

fn write_part(part: &Part) -> Value {
    match part {
        Part::Text { text } => json!({"type": "text", "text": text}),
        Part::Image { url } => json!({"type": "image_url", "image_url": {"url": url}}),
        Part::Other { value } => value.clone(),
    }
}

fn write_tool_call(call: &ToolCall) -> Value {
    json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
}

/// Reads a response body that answers (not an error).
///
/// # Errors
/// Names what keeps it from being an answer: an `error`, or no `choices`.
pub fn read_response(body: &Value) -> Result<Response, Mistake> {
    refuse_error(body)?;
    let Some(choices) = body.get("choices").and_then(Value::as_array) else {
        return Err(Mistake::new("/choices", "choices is missing; it is the list of answers"));
    };
    let usage = read_usage(body);
    let Some(choice) = choices.first() else { return Ok(Response { output: Output::default(), usage }) };
    let Some(message) = choice.get("message").filter(|message| message.is_object()) else {
        return Err(Mistake::new("/choices/0/message", "message is missing; it is the answer"));
    };
    let refusal = message.get("refusal").and_then(Value::as_str).filter(|text| !text.is_empty());
    let text = match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => read_parts(parts).text(),
        _ => String::new(),
    };
    let output = Output {
        text: refusal.map_or(text, str::to_owned),
        tool_calls: read_tool_calls(message),
        finish_reason: choice.get("finish_reason").and_then(Value::as_str).map(FinishReason::read),
        refused: refusal.is_some(),
    };
    Ok(Response { output, usage })
}

/// Gives the words of an error object, whichever of the known shapes it has.
pub fn error_message(error: &Value) -> String {
    let message = error.get("message").and_then(Value::as_str).or(error.as_str());
    message.map_or_else(|| error.to_string(), str::to_owned)
}

/// Reads the counts of tokens of an answer; none of what it does not say.
pub fn read_usage(body: &Value) -> Usage {
    let usage = body.get("usage");
    let count = |name: &str| usage.and_then(|usage| usage.get(name)).and_then(Value::as_u64);
    let cached = usage.and_then(|usage| usage.pointer("/prompt_tokens_details/cached_tokens"));
    Usage {
        input_tokens: count("prompt_tokens"),
        output_tokens: count("completion_tokens"),
        cached_tokens: cached.and_then(Value::as_u64),
    }
}

/// Puts a streamed answer together into the body that the same answer would have had unstreamed.
#[derive(Debug, Default)]
pub struct Assembly {
    events: Events,
    /// The members that every chunk repeats (`id`, `model`, …), from the first that has them.
    head: Map<String, Value>,
    text: String,
    refusal: String,
    /// Each with the number that the provider gives it.
    tool_calls: Vec<(Option<u64>, ToolCall)>,
    finish_reason: Option<String>,
    usage: Option<Value>,
    error: Option<Value>,
    done: bool,
    begun: bool,
}

impl Assembly {
    /// Takes the next bytes of the stream. Tells whether the first content has now been seen.
    pub fn push(&mut self, chunk: &[u8]) -> bool {
        for said in self.events.push(chunk) {
            match said {
                Said::Done => self.done = true,
                Said::Error(error) => self.error = Some(stream::error_in(error)),
                Said::Piece(chunk) => self.take(chunk),
            }
        }
        self.begun
    }

    /// Tells whether `[DONE]` has come: what may still follow is no part of the answer.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Ends the stream, whose marks are `[DONE]` and a finish reason. Where nothing was said there is none for it.
    pub fn finish(self) -> Assembled {
        let is_empty = self.done && !self.begun;
        let marks = Marks::of(self.done, self.finish_reason.is_some() || is_empty);
        if let Some(error) = self.error {
            return self.events.end(json!({"error": error}), marks);
        }
        let mut message = json!({"role": "assistant", "content": self.text});
        if self.text.is_empty() && (!self.tool_calls.is_empty() || !self.refusal.is_empty()) {
            message["content"] = Value::Null;
        }
        if !self.tool_calls.is_empty() {
            message["tool_calls"] = self.tool_calls.iter().map(|(_, call)| write_tool_call(call)).collect();
        }
        if !self.refusal.is_empty() {
            message["refusal"] = json!(self.refusal);
        }
        let mut body = self.head;
        body.insert("object".to_owned(), json!("chat.completion"));
        let choice = json!({"index": 0, "message": message, "finish_reason": self.finish_reason});
        body.insert(
            "choices".to_owned(),
            if self.begun || self.finish_reason.is_some() { json!([choice]) } else { json!([]) },
        );
        if let Some(usage) = self.usage {
            body.insert("usage".to_owned(), usage);
        }
        self.events.end(Value::Object(body), marks)
    }

    fn take(&mut self, mut chunk: Value) {
        if let Some(usage) = chunk.get_mut("usage").map(Value::take).filter(Value::is_object) {
            self.usage = Some(usage);
        }
        if self.head.is_empty() {
            let kept = ["id", "created", "model", "system_fingerprint"];
            self.head =
                kept.iter().filter_map(|name| Some(((*name).to_owned(), chunk.get(name)?.clone()))).collect();
        }
        // Of several answers to one request the first counts, as it does unstreamed.
        let is_first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        let choices = chunk.get("choices").and_then(Value::as_array);
        let Some(choice) = choices.and_then(|choices| choices.iter().find(is_first)) else { return };
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.finish_reason = Some(reason.to_owned());
        }
        let Some(delta) = choice.get("delta") else { return };
        let part = |name: &str| delta.get(name).and_then(Value::as_str).unwrap_or_default();
        match delta.get("content") {
            Some(Value::Array(parts)) => self.text.push_str(&read_parts(parts).text()),
            _ => self.text.push_str(part("content")),
        }
        self.refusal.push_str(part("refusal"));
        for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.tool_call(call);
        }
        self.begun |= !self.text.is_empty() || !self.refusal.is_empty() || !self.tool_calls.is_empty();
    }

    /// Takes a piece of a call: by its number, and by its id where several calls have one number.
    fn tool_call(&mut self, delta: &Value) {
        /// More calls than any answer has; a hostile stream must not keep us searching.
        const MOST_CALLS: usize = 256;
        let number = delta.get("index").and_then(Value::as_u64);
        let part = |path: &str| delta.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (id, name) = (part("/id"), part("/function/name"));
        let fits = |(known, call): &(Option<u64>, ToolCall)| {
            let is_same = id.is_empty() || call.id.is_empty() || call.id == id;
            (number.is_none() || *known == number) && is_same
        };
        let place = match self.tool_calls.iter().rposition(fits) {
            Some(place) => place,
            None if self.tool_calls.len() >= MOST_CALLS => return,
            None => {
                let call = ToolCall { id: String::new(), name: String::new(), arguments: String::new() };
                self.tool_calls.push((number, call));
                self.tool_calls.len() - 1
            }
        };
        let Some((_, call)) = self.tool_calls.get_mut(place) else { return };
        if call.id.is_empty() {
            id.clone_into(&mut call.id);
        }
        if call.name.is_empty() {
            name.clone_into(&mut call.name);
        }
        call.arguments.push_str(part("/function/arguments"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check_request(body: &Value, expected: Expect) {
        let read = read_request(body);
        if let Ok(request) = &read {
            assert_eq!(
                read_request(&write_request(request)).as_ref(),
                Ok(request),
                "it reads back as it was written"
            );
        }
        let shown =
            read.map_or_else(|mistake| format!("{mistake:?}"), |request| write_request(&request).to_string());
        expected.assert_eq(&shown);
    }

    fn check_response(body: &Value, expected: Expect) {
        expected.assert_eq(&format!("{:?}", read_response(body)));
    }

    fn check_stream(events: &[&str], expected: Expect) {
        let mut assembly = Assembly::default();
        for event in events {
            assembly.push(format!("data: {event}\n\n").as_bytes());
        }
        let assembled = assembly.finish();
        let flaw = assembled.flaw.map(|flaw| format!(" {flaw:?}")).unwrap_or_default();
        expected.assert_eq(&format!("{} complete={}{flaw}", assembled.body, assembled.complete));
    }

    #[test]
    fn a_request_keeps_its_settings() {
        check_request(
            &json!({"model": "m", "temperature": 0, "messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}),
            expect![[
                r#"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],"temperature":0}"#
            ]],
        );
    }

    #[test]
    fn tool_calls_and_pictures_are_kept() {
        check_request(
            &json!({"model": "m", "messages": [
                {"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}, {"type": "input_audio"}]},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c1", "content": "a cat"}]}),
            expect![[
                r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}},{"type":"input_audio"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{}"}}]},{"role":"tool","content":"a cat","tool_call_id":"c1"}]}"#
            ]],
        );
    }

    #[test]
    fn what_is_not_a_chat_request_is_refused_by_the_member() {
        check_request(
            &json!([]),
            expect![[
                r#"Mistake { pointer: "", detail: "the request must be a JSON object with \"messages\"" }"#
            ]],
        );
        check_request(
            &json!({"model": "m"}),
            expect![[
                r#"Mistake { pointer: "/messages", detail: "messages is missing; it is the list of the conversation's turns" }"#
            ]],
        );
        check_request(
            &json!({"messages": "hi"}),
            expect![[r#"Mistake { pointer: "/messages", detail: "messages must be a list" }"#]],
        );
        check_request(
            &json!({"messages": [{"role": "robot"}]}),
            expect![[
                r#"Mistake { pointer: "/messages/0/role", detail: "role must be one of system, developer, user, assistant, tool" }"#
            ]],
        );
    }

    #[test]
    fn an_answer_is_read_with_its_tokens() {
        check_response(
            &json!({"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}),
            expect![[
                r#"Ok(Response { output: Output { text: "Hello", tool_calls: [], finish_reason: Some(Stop), refused: false }, usage: Usage { input_tokens: Some(3), output_tokens: Some(1), cached_tokens: None } })"#
            ]],
        );
    }

    #[test]
    fn a_refusal_is_marked_and_an_error_is_no_answer() {
        check_response(
            &json!({"choices": [{"message": {"content": null, "refusal": "No."}, "finish_reason": "stop"}]}),
            expect![[
                r#"Ok(Response { output: Output { text: "No.", tool_calls: [], finish_reason: Some(Stop), refused: true }, usage: Usage { input_tokens: None, output_tokens: None, cached_tokens: None } })"#
            ]],
        );
        check_response(
            &json!({"error": {"message": "overloaded"}}),
            expect![[
                r#"Err(Mistake { pointer: "/error", detail: "the provider answered with an error: overloaded" })"#
            ]],
        );
        check_response(
            &json!({"choices": []}),
            expect![[
                r#"Ok(Response { output: Output { text: "", tool_calls: [], finish_reason: None, refused: false }, usage: Usage { input_tokens: None, output_tokens: None, cached_tokens: None } })"#
            ]],
        );
    }

    #[test]
    fn a_stream_comes_to_the_body_of_the_same_answer_unstreamed() {
        check_stream(
            &[
                r#"{"id":"x","model":"m","choices":[{"delta":{"role":"assistant","content":""}}],"usage":null}"#,
                r#"{"id":"x","choices":[{"delta":{"content":"Hel"}}]}"#,
                r#"{"id":"x","choices":[{"delta":{"content":"lo"}}]}"#,
                r#"{"id":"x","choices":[{"delta":{},"finish_reason":"stop"}]}"#,
                r#"{"id":"x","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
                "[DONE]",
            ],
            expect![[
                r#"{"id":"x","model":"m","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}} complete=true"#
            ]],
        );
    }

    #[test]
    fn streamed_tool_calls_are_put_together_by_index() {
        check_stream(
            &[
                r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"look","arguments":""}}]}}]}"#,
                r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]}"#,
                r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}"#,
                "[DONE]",
            ],
            expect![[
                r#"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]} complete=true"#
            ]],
        );
    }

    #[test]
    fn streamed_tool_calls_of_one_number_or_none_are_told_apart_by_their_ids() {
        check_stream(
            &[
                r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"look","arguments":"{}"}},{"index":0,"id":"c2","function":{"name":"see","arguments":"{}"}}]}}]}"#,
                r#"{"choices":[{"delta":{"tool_calls":[{"id":"c3","function":{"name":"hear","arguments":"{\"a\""}}]}}]}"#,
                r#"{"choices":[{"delta":{"tool_calls":[{"id":"c3","function":{"arguments":":1}"}}]},"finish_reason":"stop"}]}"#,
                "[DONE]",
            ],
            expect![[
                r#"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"see","arguments":"{}"}},{"id":"c3","type":"function","function":{"name":"hear","arguments":"{\"a\":1}"}}]},"finish_reason":"stop"}]} complete=true"#
            ]],
        );
    }

    #[test]
    fn of_several_streamed_answers_the_first_counts() {
        check_stream(
            &[
                r#"{"choices":[{"index":1,"delta":{"content":"Bye"}},{"index":0,"delta":{"content":"Hel"}}]}"#,
                r#"{"choices":[{"index":1,"delta":{},"finish_reason":"length"}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"lo"}]},"finish_reason":"stop"}]}"#,
                "[DONE]",
            ],
            expect![[
                r#"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]} complete=true"#
            ]],
        );
    }

    #[test]
    fn a_stream_that_breaks_off_is_not_complete() {
        check_stream(
            &[r#"{"choices":[{"delta":{"content":"Hel"}}]}"#],
            expect![[
                r#"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":null}]} complete=false CutOff"#
            ]],
        );
    }

    #[test]
    fn a_stream_with_a_finish_reason_or_its_last_event_is_whole() {
        let hello = r#"{"choices":[{"delta":{"content":"Hello"}}]}"#;
        check_stream(
            &[hello, r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#],
            expect![[
                r#"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]} complete=false"#
            ]],
        );
        check_stream(
            &[hello, "", "[DONE]"],
            expect![[
                r#"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":null}]} complete=false"#
            ]],
        );
    }

    #[test]
    fn a_stream_that_says_nothing_needs_no_reason_for_its_end() {
        check_stream(
            &[r#"{"id":"x","choices":[]}"#, "[DONE]"],
            expect![[r#"{"id":"x","object":"chat.completion","choices":[]} complete=true"#]],
        );
        check_stream(
            &[r#"{"id":"x","choices":[]}"#],
            expect![[r#"{"id":"x","object":"chat.completion","choices":[]} complete=false CutOff"#]],
        );
    }

    #[test]
    fn a_stream_with_an_event_that_does_not_read_is_not_whole() {
        let hello = r#"{"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}"#;
        check_stream(
            &[r#"{"choices":[{"delta":{"conte"#, hello, "[DONE]"],
            expect![[
                r#"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]} complete=true NotJson"#
            ]],
        );
    }

    #[test]
    fn an_error_in_a_stream_is_an_error() {
        check_stream(
            &[r#"{"choices":[{"delta":{"content":"Hel"}}]}"#, r#"{"error":{"message":"overloaded"}}"#],
            expect![[r#"{"error":{"message":"overloaded"}} complete=false CutOff"#]],
        );
    }
}
