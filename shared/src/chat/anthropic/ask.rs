//! What `Anthropic` leaves out of a chat request that it is asked with.
//!
//! It takes `OpenAI`'s chat completions, and passes over in silence what it has no words for. That is named here, so that
//! nobody takes an answer for one to the whole request. What says nothing of what is asked (labels, caching, how the answer
//! comes) is none of it.
//!
//! Source: `Anthropic`'s page on its compatibility with `OpenAI`'s SDK.

use serde_json::{Value, json};

use crate::chat::{Content, Part, Request, Role, openai};

/// Settings that it hears, whatever they say.
const HEARD: [&str; 9] = [
    "function_call",
    "functions",
    "max_completion_tokens",
    "max_tokens",
    "parallel_tool_calls",
    "thinking",
    "tool_choice",
    "tools",
    "top_p",
];

/// Names what a request asks that it does not hear, each in a word, in alphabetical order; nothing of what is no request.
pub fn unheard(body: &Value) -> Vec<String> {
    let Ok(request) = openai::read_request(body) else { return Vec::new() };
    let mut unheard = Vec::new();
    of_messages(&request, &mut unheard);
    let names =
        body["messages"].as_array().into_iter().flatten().filter(|message| !message["name"].is_null());
    unheard.extend(names.map(|_| "name".to_owned()));
    for (name, value) in &request.settings {
        if name == "tools" {
            of_tools(value, &mut unheard);
        } else if !is_heard(name, value) {
            unheard.push(name.clone());
        }
    }
    unheard.sort();
    unheard.dedup();
    unheard
}

fn of_messages(request: &Request, unheard: &mut Vec<String>) {
    let mut turns = request.messages.iter().skip_while(|message| message.role == Role::System);
    if turns.any(|message| message.role == Role::System) {
        // All of them are put before the first turn.
        unheard.push("system.place".to_owned());
    }
    for message in &request.messages {
        let Content::Parts(parts) = &message.content else { continue };
        let lost = parts.iter().filter_map(|part| of_part(message.role, part));
        unheard.extend(lost);
    }
}

fn of_part(role: Role, part: &Part) -> Option<String> {
    match part {
        Part::Text { .. } => None,
        Part::Image { url } if role == Role::User && is_seen(url) => None,
        Part::Image { .. } if role == Role::Tool => Some("tool_result.image".to_owned()),
        Part::Image { .. } => Some("image".to_owned()),
        Part::Other { value } => Some(value["type"].as_str().unwrap_or("part").to_owned()),
    }
}

/// Tells whether a picture is there, or can be fetched.
fn is_seen(url: &str) -> bool {
    let is_file = url.strip_prefix("data:").is_some_and(|rest| rest.contains(";base64,"));
    is_file || url.starts_with("https://") || url.starts_with("http://")
}

fn of_tools(tools: &Value, unheard: &mut Vec<String>) {
    for tool in tools.as_array().into_iter().flatten() {
        match tool["type"].as_str() {
            Some("function") if tool["function"]["strict"] == true => unheard.push("tools.strict".to_owned()),
            Some("function") => {}
            kind => unheard.push(format!("tools.{}", kind.unwrap_or("tool"))),
        }
    }
}

/// Tells whether a setting is heard, or asks what would be without it.
fn is_heard(name: &str, value: &Value) -> bool {
    match name {
        _ if value.is_null() || HEARD.contains(&name) || openai::NOT_ASKED.contains(&name) => true,
        // It is cut down to 1.
        "temperature" => value.as_f64().is_none_or(|temperature| temperature <= 1.0),
        "stop" => {
            let stops = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            stops.iter().all(|stop| stop.as_str().is_some_and(|stop| !stop.trim().is_empty()))
        }
        "n" => value == 1,
        "frequency_penalty" | "presence_penalty" | "top_logprobs" => value.as_f64() == Some(0.0),
        "logprobs" => value == false,
        "logit_bias" => value == &json!({}),
        "modalities" => value == &json!(["text"]),
        "response_format" => value["type"] == "text",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &Value, expected: &str) {
        assert_eq!(unheard(body).join(" "), expected, "{body}");
    }

    fn with(settings: Value) -> Value {
        let mut body = json!({"model": "claude", "messages": [{"role": "user", "content": "Hi"}]});
        for (name, value) in settings.as_object().expect("settings") {
            body[name] = value.clone();
        }
        body
    }

    fn said(messages: Value) -> Value {
        json!({"model": "claude", "messages": messages})
    }

    #[test]
    fn settings_that_it_passes_over_are_named() {
        check(
            &with(
                json!({"n": 2, "logprobs": true, "top_logprobs": 3, "seed": 7, "response_format": {"type": "json_object"},
                "frequency_penalty": 0.5, "presence_penalty": -1, "logit_bias": {"5": 1}, "reasoning_effort": "low",
                "prediction": {}, "audio": {}, "modalities": ["text", "audio"], "verbosity": "low", "top_k": 40}),
            ),
            "audio frequency_penalty logit_bias logprobs modalities n prediction presence_penalty reasoning_effort response_format seed top_k top_logprobs verbosity",
        );
        check(&with(json!({"temperature": 1.5, "stop": ["\n", "END"]})), "stop temperature");
    }

    #[test]
    fn what_it_hears_and_what_changes_nothing_is_not_named() {
        check(
            &with(
                json!({"n": 1, "logprobs": false, "top_logprobs": 0, "seed": null, "response_format": {"type": "text"},
                "frequency_penalty": 0, "presence_penalty": 0.0, "logit_bias": {}, "modalities": ["text"], "temperature": 1,
                "top_p": 0.5, "stop": "END", "max_tokens": 9, "parallel_tool_calls": false, "tool_choice": "auto",
                "user": "u", "metadata": {"a": "b"}, "store": true, "stream": true, "service_tier": "flex"}),
            ),
            "",
        );
    }

    #[test]
    fn parts_and_places_that_it_passes_over_are_named() {
        let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
        check(
            &said(json!([
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "What is it?"}, image("data:image/png;base64,AA"), image("https://example.com/a.png")]},
            ])),
            "",
        );
        check(
            &said(json!([
                {"role": "user", "name": "ada", "content": [image("data:image/png;sha256,ab"), {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
                    {"type": "file", "file": {"file_id": "f"}}]},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c", "content": [image("https://example.com/a.png")]},
                {"role": "developer", "content": "Now be long."},
            ])),
            "file image input_audio name system.place tool_result.image",
        );
    }

    #[test]
    fn tools_that_it_takes_otherwise_are_named() {
        let tools = json!([{"type": "function", "function": {"name": "look", "parameters": {}}},
            {"type": "function", "function": {"name": "see", "strict": true}}, {"type": "custom", "custom": {"name": "x"}}]);
        check(&with(json!({"tools": tools})), "tools.custom tools.strict");
        check(&json!("no request"), "");
    }
}
