//! Carrying what was asked in any wire format over into a chat request, which every target takes.
//!
//! What a chat request has no place for is named, never dropped in silence. What says nothing of what is asked
//! (how the answer is to come, labels, caching) is left behind without a word.

use serde_json::{Map, Value, json};

use super::body::kind;
use super::wire::Wire;
use super::{Content, Message, Part, Request, Role, openai};
use crate::mistake::Mistake;

/// A request that was carried over.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// A chat request.
    pub request: Value,
    /// What could not be carried over, each in a word, in alphabetical order.
    pub lossy: Vec<String>,
}

/// Settings that say nothing of what is asked, besides those that never do.
const NOT_ASKED: [&str; 7] =
    ["background", "betas", "cache_control", "include", "inference_geo", "max_tool_calls", "truncation"];

/// Carries a request over.
///
/// # Errors
/// When it is no such request, or holds no conversation: embeddings, tokens instead of text, a conversation that only
/// the provider has.
pub fn to_chat(wire: Wire, body: &Value) -> Result<Carried, Mistake> {
    if wire == Wire::Chat {
        let read = openai::read_request(body)?;
        let lost = [(lacks_pictures(&read.messages), IMAGE), (asks_many(&read.settings), MANY)];
        let lossy = lost.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, word)| word.to_owned());
        return Ok(Carried { request: body.clone(), lossy: lossy.collect() });
    }
    if wire == Wire::Embeddings {
        return Err(Mistake::new("", "it asks for embeddings, which are no conversation"));
    }
    let read = wire.read_request(body)?;
    let mut carrying = Carrying::default();
    let messages: Vec<_> =
        read.messages.into_iter().filter_map(|message| carrying.message(message)).collect();
    if messages.iter().all(says_nothing) {
        let detail = match wire {
            Wire::Responses => "it holds no conversation of its own: the provider has it",
            _ => "it says nothing in words",
        };
        return Err(Mistake::new("", detail));
    }
    if lacks_pictures(&messages) {
        carrying.lose(IMAGE);
    }
    if asks_many(&read.settings) {
        carrying.lose(MANY);
    }
    for (name, value) in &read.settings {
        let is_silent = name == MANY
            || [&openai::NOT_ASKED[..], &NOT_ASKED].iter().any(|names| names.contains(&name.as_str()));
        if value.is_null() || is_silent {
            continue;
        }
        match wire {
            Wire::Messages => carrying.of_messages(name, value),
            Wire::Responses => carrying.of_responses(name, value),
            _ => carrying.of_completions(name, value),
        }
    }
    if wire == Wire::Messages && has_failed_results(body) {
        carrying.lose("is_error");
    }
    let Carrying { settings, mut lossy } = carrying;
    lossy.sort();
    lossy.dedup();
    let request = Request { model: read.model, messages, settings };
    Ok(Carried { request: openai::write_request(&request), lossy })
}

/// The word for a picture that is not there.
const IMAGE: &str = "image";

/// The word for more answers than one: an item has the first alone.
const MANY: &str = "n";

fn asks_many(settings: &Map<String, Value>) -> bool {
    settings.get(MANY).is_some_and(|count| !count.is_null() && count != 1)
}

/// Tells whether pictures were told by their hash alone: nobody can ask with those again.
fn lacks_pictures(messages: &[Message]) -> bool {
    messages.iter().any(|message| match &message.content {
        Content::Text(_) => false,
        Content::Parts(parts) => parts.iter().any(Part::is_hash),
    })
}

fn says_nothing(message: &Message) -> bool {
    let has_parts = matches!(&message.content, Content::Parts(parts) if !parts.is_empty());
    let is_empty = message.content.text().is_empty() && message.tool_calls.is_empty() && !has_parts;
    message.role == Role::System || is_empty
}

/// Tells whether some result of a tool is marked as a failure, for which a chat request has no mark.
fn has_failed_results(body: &Value) -> bool {
    let turns = body.get("messages").and_then(Value::as_array).into_iter().flatten();
    let mut blocks = turns.filter_map(|turn| turn.get("content").and_then(Value::as_array)).flatten();
    blocks.any(|block| kind(block) == "tool_result" && block.get("is_error") == Some(&Value::Bool(true)))
}

#[derive(Default)]
struct Carrying {
    settings: Map<String, Value>,
    lossy: Vec<String>,
}

impl Carrying {
    fn lose(&mut self, what: impl Into<String>) {
        self.lossy.push(what.into());
    }

    fn keep(&mut self, name: &str, value: Value) {
        self.settings.insert(name.to_owned(), value);
    }

    /// Carries one message over; none when nothing of it is left.
    fn message(&mut self, message: Message) -> Option<Message> {
        let Content::Parts(parts) = message.content else { return Some(message) };
        let mut kept = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Part::Other { value } => self.lose(lost_part(&value)),
                // Of results only texts are taken everywhere.
                Part::Image { .. } if message.role == Role::Tool => self.lose("tool_result.image"),
                part => kept.push(part),
            }
        }
        let content = match kept.as_slice() {
            [] if message.tool_calls.is_empty() && message.role != Role::Tool => return None,
            [] => Content::Text(String::new()),
            [Part::Text { text }] => Content::Text(text.clone()),
            _ => Content::Parts(kept),
        };
        Some(Message { content, ..message })
    }

    fn of_messages(&mut self, name: &str, value: &Value) {
        match name {
            "max_tokens" => self.keep("max_completion_tokens", value.clone()),
            "temperature" | "top_p" => self.keep(name, value.clone()),
            "stop_sequences" => self.keep("stop", value.clone()),
            "tools" => self.tools(value, |tool| {
                let schema = tool.get("input_schema")?;
                let mut function = json!({"name": tool.get("name")?, "parameters": schema});
                for member in ["description", "strict"] {
                    if let Some(value) = tool.get(member) {
                        function[member] = value.clone();
                    }
                }
                Some(json!({"type": "function", "function": function}))
            }),
            "tool_choice" => {
                if value.get("disable_parallel_tool_use") == Some(&Value::Bool(true)) {
                    self.keep("parallel_tool_calls", json!(false));
                }
                match (kind(value), value.get("name")) {
                    ("auto", _) => self.keep(name, json!("auto")),
                    ("any", _) => self.keep(name, json!("required")),
                    ("none", _) => self.keep(name, json!("none")),
                    ("tool", Some(tool)) => {
                        self.keep(name, json!({"type": "function", "function": {"name": tool}}));
                    }
                    _ => self.lose(name),
                }
            }
            "output_format" => self.format_of_messages(value),
            "output_config" => {
                for (member, value) in
                    value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null())
                {
                    match member.as_str() {
                        "format" => self.format_of_messages(value),
                        member => self.lose(format!("output_config.{member}")),
                    }
                }
            }
            "thinking" if kind(value) == "disabled" => {}
            _ => self.lose(name),
        }
    }

    fn format_of_messages(&mut self, format: &Value) {
        match (kind(format), format.get("schema")) {
            ("json_schema", Some(schema)) => {
                let schema = json!({"name": "answer", "strict": true, "schema": schema});
                self.keep("response_format", json!({"type": "json_schema", "json_schema": schema}));
            }
            _ => self.lose("output_format"),
        }
    }

    fn of_responses(&mut self, name: &str, value: &Value) {
        match name {
            "max_output_tokens" => self.keep("max_completion_tokens", value.clone()),
            "temperature"
            | "top_p"
            | "parallel_tool_calls"
            | "presence_penalty"
            | "frequency_penalty"
            | "seed" => {
                self.keep(name, value.clone());
            }
            "reasoning" => {
                for (member, value) in
                    value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null())
                {
                    match member.as_str() {
                        "effort" => self.keep("reasoning_effort", value.clone()),
                        // Whether the thoughts are told does not change the answer.
                        "summary" | "generate_summary" => {}
                        member => self.lose(format!("reasoning.{member}")),
                    }
                }
            }
            "text" => {
                for (member, value) in
                    value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null())
                {
                    match (member.as_str(), kind(value)) {
                        ("verbosity", _) => self.keep("verbosity", value.clone()),
                        ("format", "text") => {}
                        ("format", "json_object") => self.keep("response_format", value.clone()),
                        ("format", "json_schema") => {
                            let schema = within(value);
                            self.keep(
                                "response_format",
                                json!({"type": "json_schema", "json_schema": schema}),
                            );
                        }
                        (member, _) => self.lose(format!("text.{member}")),
                    }
                }
            }
            "tools" => self.tools(value, |tool| match kind(tool) {
                "function" => Some(json!({"type": "function", "function": within(tool)})),
                "custom" => Some(json!({"type": "custom", "custom": within(tool)})),
                _ => None,
            }),
            "tool_choice" => match (value, kind(value), value.get("name")) {
                (Value::String(_), ..) => self.keep(name, value.clone()),
                (_, "function", Some(tool)) => {
                    self.keep(name, json!({"type": "function", "function": {"name": tool}}));
                }
                _ => self.lose(name),
            },
            _ => self.lose(name),
        }
    }

    fn of_completions(&mut self, name: &str, value: &Value) {
        match name {
            "max_tokens" => self.keep("max_completion_tokens", value.clone()),
            "temperature" | "top_p" | "stop" | "seed" | "presence_penalty" | "frequency_penalty" => {
                self.keep(name, value.clone());
            }
            "echo" if value == &Value::Bool(false) => {}
            _ => self.lose(name),
        }
    }

    /// Carries tools over; those that only the provider knows are lost.
    fn tools(&mut self, tools: &Value, write: impl Fn(&Value) -> Option<Value>) {
        let mut kept = Vec::new();
        for tool in tools.as_array().into_iter().flatten() {
            match write(tool) {
                Some(tool) => kept.push(tool),
                None => self.lose(format!("tools.{}", kind(tool))),
            }
        }
        // Providers refuse an empty list.
        if !kept.is_empty() {
            self.keep("tools", Value::Array(kept));
        }
    }
}

/// Names a part that has no canonical form.
fn lost_part(part: &Value) -> String {
    match kind(part) {
        "redacted_thinking" => "thinking".to_owned(),
        "" => "part".to_owned(),
        kind => kind.to_owned(),
    }
}

/// Gives the members of an object but for its type.
fn within(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten().filter(|(name, _)| name.as_str() != "type");
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(wire: Wire, body: Value, expected: Expect) {
        let carried = to_chat(wire, &body);
        if let Ok(carried) = &carried {
            let read = openai::read_request(&carried.request);
            assert!(read.is_ok_and(|request| !request.messages.is_empty()), "it is a chat request");
        }
        let shown = carried.map(|carried| format!("{} lossy={}", carried.request, carried.lossy.join(",")));
        expected.assert_eq(&shown.unwrap_or_else(|mistake| mistake.detail));
    }

    #[test]
    fn a_chat_request_stays_as_it_is() {
        check(
            Wire::Chat,
            json!({"messages": [{"role": "user", "content": "Hi", "name": "Ada"}], "model": "m", "top_k": 1}),
            expect![[
                r#"{"messages":[{"role":"user","content":"Hi","name":"Ada"}],"model":"m","top_k":1} lossy="#
            ]],
        );
    }

    #[test]
    fn more_answers_than_one_are_named() {
        let asked = |n: Value| json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}], "n": n});
        check(
            Wire::Chat,
            asked(json!(3)),
            expect![[r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"n":3} lossy=n"#]],
        );
        check(
            Wire::Chat,
            asked(json!(1)),
            expect![[r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"n":1} lossy="#]],
        );
        check(
            Wire::Completions,
            json!({"model": "m", "prompt": "Hi", "n": 2}),
            expect![[r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]} lossy=n"#]],
        );
    }

    #[test]
    fn pictures_of_which_the_hash_alone_is_left_are_named() {
        let asked = |url: &str| json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]});
        for (url, lossy) in [
            ("data:image/png;sha256,ab", "image"),
            ("data:image/png;base64,AA", ""),
            ("https://example.com/a.png", ""),
        ] {
            assert_eq!(
                to_chat(Wire::Chat, &asked(url)).map(|carried| carried.lossy.join(" ")),
                Ok(lossy.to_owned())
            );
        }
        check(
            Wire::Responses,
            json!({"model": "m", "input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;sha256,ab"}]}]}),
            expect![[
                r#"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;sha256,ab"}}]}]} lossy=image"#
            ]],
        );
    }

    #[test]
    fn messages_are_asked_again_as_a_chat() {
        check(
            Wire::Messages,
            json!({"model": "claude", "max_tokens": 9, "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
                "temperature": 0.5, "stop_sequences": ["END"], "stream": true, "metadata": {"user_id": "u"},
                "tools": [{"name": "weather", "description": "d", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}],
                "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
                "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "Weather here?"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}}]},
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}}]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "Rain"}]}]}]}),
            expect![[
                r#"{"model":"claude","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Weather here?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]},{"role":"tool","content":"Rain","tool_call_id":"t1"}],"max_completion_tokens":9,"temperature":0.5,"stop":["END"],"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"},"description":"d"}}],"parallel_tool_calls":false,"tool_choice":"required","response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object"}}}} lossy="#
            ]],
        );
    }

    #[test]
    fn what_only_messages_can_say_is_named() {
        check(
            Wire::Messages,
            json!({"model": "claude", "max_tokens": 9, "top_k": 5, "thinking": {"type": "enabled", "budget_tokens": 1024},
                "output_config": {"effort": "high"},
                "tools": [{"type": "web_search_20250305", "name": "web_search"}], "tool_choice": {"type": "tool", "name": "look"},
                "messages": [
                    {"role": "user", "content": [{"type": "document", "source": {"type": "text", "data": "x"}}, {"type": "text", "text": "Sum up."}]},
                    {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm", "signature": "s"}]},
                    {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "x"}, {"type": "tool_use", "id": "t1", "name": "look", "input": {}}]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": [{"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}]}]}]}),
            expect![[
                r#"{"model":"claude","messages":[{"role":"user","content":"Sum up."},{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"look","arguments":"{}"}}]},{"role":"tool","content":"","tool_call_id":"t1"}],"max_completion_tokens":9,"tool_choice":{"type":"function","function":{"name":"look"}}} lossy=document,is_error,output_config.effort,thinking,tool_result.image,tools.web_search_20250305,top_k"#
            ]],
        );
    }

    #[test]
    fn responses_are_asked_again_as_a_chat() {
        check(
            Wire::Responses,
            json!({"model": "gpt", "instructions": "Be brief.", "max_output_tokens": 9, "temperature": 0, "store": false, "user": "u",
                "tools": [{"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": true}],
                "tool_choice": {"type": "function", "name": "weather"}, "reasoning": {"effort": "low", "summary": "auto"},
                "text": {"format": {"type": "json_schema", "name": "answer", "schema": {"type": "object"}, "strict": true}, "verbosity": "low"},
                "input": [
                    {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
                    {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
                    {"type": "function_call_output", "call_id": "c1", "output": "Rain"}]}),
            expect![[
                r#"{"model":"gpt","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{}"}}]},{"role":"tool","content":"Rain","tool_call_id":"c1"}],"max_completion_tokens":9,"temperature":0,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"},"strict":true}}],"tool_choice":{"type":"function","function":{"name":"weather"}},"reasoning_effort":"low","response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},"strict":true}},"verbosity":"low"} lossy="#
            ]],
        );
    }

    #[test]
    fn what_only_responses_can_say_is_named() {
        check(
            Wire::Responses,
            json!({"model": "gpt", "previous_response_id": "resp_1", "tools": [{"type": "web_search"}], "tool_choice": {"type": "web_search"},
                "input": [{"type": "reasoning", "summary": []}, {"type": "item_reference", "id": "x"}, {"role": "user", "content": [{"type": "input_file", "file_id": "f"}, {"type": "input_text", "text": "Hi"}]}]}),
            expect![[
                r#"{"model":"gpt","messages":[{"role":"user","content":"Hi"}]} lossy=input_file,item_reference,previous_response_id,reasoning,tool_choice,tools.web_search"#
            ]],
        );
    }

    #[test]
    fn a_completion_becomes_what_the_user_says() {
        check(
            Wire::Completions,
            json!({"model": "m", "prompt": "Once", "max_tokens": 3, "stop": "\n", "echo": false, "suffix": "end", "logprobs": null}),
            expect![[
                r#"{"model":"m","messages":[{"role":"user","content":"Once"}],"max_completion_tokens":3,"stop":"\n"} lossy=suffix"#
            ]],
        );
    }

    #[test]
    fn what_holds_no_conversation_is_refused() {
        check(
            Wire::Embeddings,
            json!({"model": "m", "input": "Hi"}),
            expect!["it asks for embeddings, which are no conversation"],
        );
        check(
            Wire::Completions,
            json!({"model": "m", "prompt": [1, 2]}),
            expect!["it says nothing in words"],
        );
        check(
            Wire::Responses,
            json!({"model": "m", "previous_response_id": "r", "instructions": "x"}),
            expect!["it holds no conversation of its own: the provider has it"],
        );
    }
}
