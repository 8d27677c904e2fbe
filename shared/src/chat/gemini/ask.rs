//! Writing a chat request in the words of Gemini's `generateContent`.
//!
//! What has no place there is named, never dropped in silence, as when a log is carried over. A target may name what only
//! Gemini knows (`top_k`, `safetySettings`, `thinkingConfig`) among its parameters.

use serde_json::{Map, Value, json};

use crate::chat::body::embedded;
use crate::chat::carry::Carried;
use crate::chat::{Content, Message, Part, Request, Role, openai};
use crate::mistake::Mistake;

/// Settings that say nothing of what is asked, besides those that never do: what is told beside the answer.
const NOT_ASKED: [&str; 3] = ["logprobs", "n", "top_logprobs"];

/// Settings that only change their name, and stand in `generationConfig`.
const RENAMED: [(&str, &str); 11] = [
    ("temperature", "temperature"),
    ("top_p", "topP"),
    ("top_k", "topK"),
    ("topK", "topK"),
    ("max_tokens", "maxOutputTokens"),
    ("max_completion_tokens", "maxOutputTokens"),
    ("seed", "seed"),
    ("presence_penalty", "presencePenalty"),
    ("frequency_penalty", "frequencyPenalty"),
    ("thinkingConfig", "thinkingConfig"),
    ("thinking_config", "thinkingConfig"),
];

/// What stands in the place of a signature under a call that another model made, or whose thoughts nobody kept. From
/// Gemini 3 on a call without a signature is refused; this one is said to be taken.
///
/// Source: the questions and answers of Gemini's page on thought signatures.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// Writes the body that a chat request is asked with.
///
/// The model stands in the body as `model`, although its place is the address: so the body says all that is asked.
///
/// # Errors
/// Names what keeps the body from being a chat request.
pub fn of_chat(body: &Value) -> Result<Carried, Mistake> {
    let Request { model, messages, settings } = openai::read_request(body)?;
    let mut writing = Writing { is_old: is_old(&model), lossy: openai::unread(body), ..Writing::default() };
    for message in &messages {
        writing.message(message, &messages);
    }
    for (name, value) in settings.iter().filter(|(_, value)| !value.is_null()) {
        writing.setting(name, value);
    }
    Ok(writing.finish(&model))
}

/// Tells whether a model is of before Gemini 3: it is told how much to think in tokens, and needs no signatures.
fn is_old(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    ["gemini-1", "gemini-2", "gemma"].iter().any(|old| name.starts_with(old))
}

#[derive(Default)]
struct Writing {
    is_old: bool,
    system: Vec<Value>,
    contents: Vec<Value>,
    /// The last turn holds results of tools: those that follow belong to it.
    answers_calls: bool,
    config: Map<String, Value>,
    tools: Vec<Value>,
    calling: Option<Value>,
    safety: Option<Value>,
    lossy: Vec<String>,
}

impl Writing {
    fn lose(&mut self, what: impl Into<String>) {
        self.lossy.push(what.into());
    }

    fn finish(self, model: &str) -> Carried {
        let Self { system, mut contents, config, tools, calling, safety, mut lossy, .. } = self;
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(model));
        if contents.is_empty() {
            // There must be a turn: what is only told to the model is then asked of it.
            contents.push(json!({"role": "user", "parts": system}));
        } else if !system.is_empty() {
            body.insert("systemInstruction".to_owned(), json!({"parts": system}));
        }
        body.insert("contents".to_owned(), Value::Array(contents));
        if !tools.is_empty() {
            body.insert("tools".to_owned(), json!([{"functionDeclarations": tools}]));
            if let Some(calling) = calling {
                body.insert("toolConfig".to_owned(), json!({"functionCallingConfig": calling}));
            }
        }
        if !config.is_empty() {
            body.insert("generationConfig".to_owned(), Value::Object(config));
        }
        if let Some(safety) = safety {
            body.insert("safetySettings".to_owned(), safety);
        }
        lossy.sort();
        lossy.dedup();
        Carried { request: Value::Object(body), lossy }
    }

    fn message(&mut self, message: &Message, all: &[Message]) {
        let answers_calls = message.role == Role::Tool;
        match message.role {
            Role::System => {
                if !self.contents.is_empty() {
                    self.lose("system.place");
                }
                let parts = self.parts(message);
                self.system.extend(parts);
                return;
            }
            Role::User => {
                let parts = self.parts(message);
                self.contents.push(json!({"role": "user", "parts": parts}));
            }
            Role::Assistant => self.answer(message),
            Role::Tool => {
                let result = self.result(message, all);
                // As many results as there were calls make one turn.
                let last = self.contents.last_mut().filter(|_| self.answers_calls);
                match last.and_then(|turn| turn.get_mut("parts")?.as_array_mut()) {
                    Some(parts) => parts.push(result),
                    None => self.contents.push(json!({"role": "user", "parts": [result]})),
                }
            }
        }
        self.answers_calls = answers_calls;
    }

    /// Writes what a message says; never nothing.
    fn parts(&mut self, message: &Message) -> Vec<Value> {
        let parts: Vec<_> = match &message.content {
            Content::Text(text) => vec![json!({"text": text})],
            Content::Parts(parts) => parts.iter().filter_map(|part| self.part(part)).collect(),
        };
        if parts.is_empty() { vec![json!({"text": ""})] } else { parts }
    }

    fn part(&mut self, part: &Part) -> Option<Value> {
        let (written, what) = match part {
            Part::Text { text } => return Some(json!({"text": text})),
            Part::Image { url } => (inline(url).or_else(|| linked(url)), "image"),
            Part::Other { value } => {
                let text = |path: &str| value.pointer(path).and_then(Value::as_str);
                let kind = text("/type").unwrap_or("part");
                let written = match kind {
                    "input_audio" => text("/input_audio/data").map(|data| {
                        let format = text("/input_audio/format").unwrap_or("wav");
                        json!({"inlineData": {"mimeType": format!("audio/{format}"), "data": data}})
                    }),
                    "file" => text("/file/file_data").and_then(inline),
                    "refusal" => text("/refusal").map(|words| json!({"text": words})),
                    _ => None,
                };
                (written, kind)
            }
        };
        if written.is_none() {
            self.lose(what);
        }
        written
    }

    fn answer(&mut self, message: &Message) {
        let says_nothing = matches!(&message.content, Content::Text(text) if text.is_empty());
        let mut parts =
            if says_nothing && !message.tool_calls.is_empty() { Vec::new() } else { self.parts(message) };
        for (place, call) in message.tool_calls.iter().enumerate() {
            let args = call.object().unwrap_or_else(|| {
                self.lose("tool_calls.arguments");
                json!({"arguments": call.arguments})
            });
            let mut written = json!({"functionCall": {"name": call.name, "args": args}});
            if !call.id.is_empty() {
                written["functionCall"]["id"] = json!(call.id);
            }
            // The first call of a turn is signed for all.
            if place == 0 && !self.is_old {
                written["thoughtSignature"] = json!(NO_SIGNATURE);
            }
            parts.push(written);
        }
        self.contents.push(json!({"role": "model", "parts": parts}));
    }

    /// Writes the result of a tool, with the name of its call.
    fn result(&mut self, message: &Message, all: &[Message]) -> Value {
        let id = message.tool_call_id.as_deref().unwrap_or_default();
        let call = all.iter().flat_map(|message| &message.tool_calls).rfind(|call| call.id == id);
        let name = call.map_or(id, |call| call.name.as_str());
        if let Content::Parts(parts) = &message.content
            && parts.iter().any(|part| !matches!(part, Part::Text { .. }))
        {
            self.lose("tool_result.image");
        }
        let text = message.content.text();
        let response = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
        let response = response.unwrap_or_else(|| json!({"output": text}));
        let mut written = json!({"functionResponse": {"name": name, "response": response}});
        if !id.is_empty() {
            written["functionResponse"]["id"] = json!(id);
        }
        written
    }

    fn setting(&mut self, name: &str, value: &Value) {
        if openai::NOT_ASKED.contains(&name) || NOT_ASKED.contains(&name) {
            return;
        }
        if let Some((_, own)) = RENAMED.iter().find(|(known, _)| *known == name) {
            self.config.insert((*own).to_owned(), value.clone());
            return;
        }
        match name {
            "stop" => {
                let stops = if value.is_array() { value.clone() } else { json!([value]) };
                self.config.insert("stopSequences".to_owned(), stops);
            }
            "response_format" => self.format(value),
            "reasoning_effort" => self.effort(value),
            "safetySettings" | "safety_settings" => self.safety = Some(value.clone()),
            "tools" => {
                for tool in value.as_array().into_iter().flatten() {
                    self.tool(tool);
                }
            }
            "tool_choice" => self.choice(value),
            "parallel_tool_calls" if value == &Value::Bool(true) => {}
            "modalities" if value == &json!(["text"]) => {}
            _ => self.lose(name),
        }
    }

    fn format(&mut self, format: &Value) {
        let schema = format.pointer("/json_schema/schema");
        match (format.get("type").and_then(Value::as_str), schema) {
            (Some("text"), _) => return,
            (Some("json_object"), _) => {}
            (Some("json_schema"), Some(schema)) => {
                self.config.insert("responseJsonSchema".to_owned(), schema.clone());
            }
            _ => return self.lose("response_format"),
        }
        self.config.insert("responseMimeType".to_owned(), json!("application/json"));
    }

    /// Says how much to think.
    ///
    /// Source of the tokens: Gemini's page on what it takes in `OpenAI`'s words, which has the same table.
    fn effort(&mut self, effort: &Value) {
        let thinking = match (effort.as_str().unwrap_or_default(), self.is_old) {
            ("none", true) => json!({"thinkingBudget": 0}),
            ("minimal" | "low", true) => json!({"thinkingBudget": 1_024}),
            ("medium", true) => json!({"thinkingBudget": 8_192}),
            ("high", true) => json!({"thinkingBudget": 24_576}),
            (level @ ("minimal" | "low" | "medium" | "high"), false) => json!({"thinkingLevel": level}),
            _ => return self.lose("reasoning_effort"),
        };
        self.config.entry("thinkingConfig").or_insert(thinking);
    }

    fn tool(&mut self, tool: &Value) {
        let kind = tool.get("type").and_then(Value::as_str).unwrap_or("tool");
        let Some(function) = tool.get("function").filter(|_| kind == "function") else {
            return self.lose(format!("tools.{kind}"));
        };
        let mut declared = Map::new();
        let members =
            [("name", "name"), ("description", "description"), ("parameters", "parametersJsonSchema")];
        for (name, own) in members {
            if let Some(value) = function.get(name).filter(|value| !value.is_null()) {
                declared.insert(own.to_owned(), value.clone());
            }
        }
        if function.get("strict") == Some(&Value::Bool(true)) {
            self.lose("tools.strict");
        }
        self.tools.push(Value::Object(declared));
    }

    fn choice(&mut self, choice: &Value) {
        let name = choice.pointer("/function/name");
        self.calling = match (choice.as_str(), name) {
            (Some("auto"), _) => Some(json!({"mode": "AUTO"})),
            (Some("none"), _) => Some(json!({"mode": "NONE"})),
            (Some("required"), _) => Some(json!({"mode": "ANY"})),
            (None, Some(name)) => Some(json!({"mode": "ANY", "allowedFunctionNames": [name]})),
            _ => return self.lose("tool_choice"),
        };
    }
}

/// Writes what stands in a `data:` address; none when its bytes are not there.
fn inline(url: &str) -> Option<Value> {
    let (kind, data) = embedded(url)?;
    Some(json!({"inlineData": {"mimeType": kind, "data": data}}))
}

/// Writes what the provider is to fetch by itself.
fn linked(url: &str) -> Option<Value> {
    if !["https://", "http://", "gs://"].iter().any(|scheme| url.starts_with(scheme)) {
        return None;
    }
    let path = url.split(['?', '#']).next().unwrap_or(url).to_ascii_lowercase();
    let kinds = [
        (".png", "image/png"),
        (".jpg", "image/jpeg"),
        (".jpeg", "image/jpeg"),
        (".webp", "image/webp"),
        (".heic", "image/heic"),
        (".heif", "image/heif"),
    ];
    let mut data = json!({"fileUri": url});
    if let Some((_, kind)) = kinds.iter().find(|(ending, _)| path.ends_with(ending)) {
        data["mimeType"] = json!(kind);
    }
    Some(json!({"fileData": data}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(body: &Value, expected: Expect) {
        let shown = of_chat(body).map(|Carried { request, lossy }| {
            let members = request.as_object().into_iter().flatten();
            let lines: Vec<_> = members.map(|(name, value)| format!("{name}: {value}")).collect();
            format!("{}\nlossy={}", lines.join("\n"), lossy.join(","))
        });
        expected.assert_eq(&shown.unwrap_or_else(|mistake| format!("{}: {mistake}", mistake.pointer)));
    }

    #[test]
    fn a_conversation_is_told_in_turns_and_the_system_apart() {
        check(
            &json!({"model": "gemini-2.5-flash", "messages": [
                {"role": "system", "content": "Be brief."}, {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
                {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "Bye"}]}),
            expect![[r#"
                model: "gemini-2.5-flash"
                systemInstruction: {"parts":[{"text":"Be brief."},{"text":"Be kind."}]}
                contents: [{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"text":"Hello"}]},{"role":"user","parts":[{"text":"Bye"}]}]
                lossy="#]],
        );
        check(
            &json!({"model": "m", "messages": [{"role": "system", "content": "Tell a joke."}]}),
            expect![[r#"
                model: "m"
                contents: [{"role":"user","parts":[{"text":"Tell a joke."}]}]
                lossy="#]],
        );
    }

    #[test]
    fn settings_have_other_names() {
        check(
            &json!({"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0, "top_p": 0.9, "top_k": 40,
                "max_completion_tokens": 9, "stop": "END", "seed": 7, "presence_penalty": 0.1, "frequency_penalty": 0.2, "reasoning_effort": "low",
                "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": {"type": "object", "additionalProperties": false}}},
                "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}], "logprobs": true, "stream": false}),
            expect![[r#"
                model: "gemini-2.5-flash"
                contents: [{"role":"user","parts":[{"text":"Hi"}]}]
                generationConfig: {"temperature":0,"topP":0.9,"topK":40,"maxOutputTokens":9,"stopSequences":["END"],"seed":7,"presencePenalty":0.1,"frequencyPenalty":0.2,"thinkingConfig":{"thinkingBudget":1024},"responseJsonSchema":{"type":"object","additionalProperties":false},"responseMimeType":"application/json"}
                safetySettings: [{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}]
                lossy="#]],
        );
        check(
            &json!({"model": "gemini-3-pro", "messages": [{"role": "user", "content": "Hi"}], "stop": ["A", "B"], "max_tokens": null,
                "response_format": {"type": "json_object"}, "reasoning_effort": "high", "parallel_tool_calls": true}),
            expect![[r#"
                model: "gemini-3-pro"
                contents: [{"role":"user","parts":[{"text":"Hi"}]}]
                generationConfig: {"stopSequences":["A","B"],"responseMimeType":"application/json","thinkingConfig":{"thinkingLevel":"high"}}
                lossy="#]],
        );
    }

    #[test]
    fn tools_their_calls_and_their_results_are_carried() {
        let body = |model: &str| {
            json!({"model": model, "messages": [
                {"role": "user", "content": "Weather?"},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Oslo\"}"}},
                    {"id": "c2", "type": "function", "function": {"name": "time", "arguments": ""}}]},
                {"role": "tool", "tool_call_id": "c1", "content": "Rain"},
                {"role": "tool", "tool_call_id": "c2", "content": "{\"hour\":12}"},
                {"role": "user", "content": "And tomorrow?"}],
            "tools": [{"type": "function", "function": {"name": "weather", "description": "d", "parameters": {"type": "object"}}}],
            "tool_choice": {"type": "function", "function": {"name": "weather"}}})
        };
        check(
            &body("gemini-2.5-flash"),
            expect![[r#"
            model: "gemini-2.5-flash"
            contents: [{"role":"user","parts":[{"text":"Weather?"}]},{"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Oslo"},"id":"c1"}},{"functionCall":{"name":"time","args":{},"id":"c2"}}]},{"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"output":"Rain"},"id":"c1"}},{"functionResponse":{"name":"time","response":{"hour":12},"id":"c2"}}]},{"role":"user","parts":[{"text":"And tomorrow?"}]}]
            tools: [{"functionDeclarations":[{"name":"weather","description":"d","parametersJsonSchema":{"type":"object"}}]}]
            toolConfig: {"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["weather"]}}
            lossy="#]],
        );
        let signed = of_chat(&body("gemini-3-flash-preview")).unwrap().request;
        let signatures =
            signed["contents"][1]["parts"].as_array().unwrap().iter().map(|part| &part["thoughtSignature"]);
        expect![[r#"["skip_thought_signature_validator",null]"#]]
            .assert_eq(&json!(signatures.collect::<Vec<_>>()).to_string());
    }

    #[test]
    fn pictures_sound_and_files_go_along() {
        check(
            &json!({"model": "m", "messages": [{"role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.JPG?x=1"}},
                {"type": "input_audio", "input_audio": {"data": "BB", "format": "mp3"}},
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,CC", "filename": "a.pdf"}}]}]}),
            expect![[r#"
                model: "m"
                contents: [{"role":"user","parts":[{"text":"What is this?"},{"inlineData":{"mimeType":"image/png","data":"AA"}},{"fileData":{"fileUri":"https://example.com/a.JPG?x=1","mimeType":"image/jpeg"}},{"inlineData":{"mimeType":"audio/mp3","data":"BB"}},{"inlineData":{"mimeType":"application/pdf","data":"CC"}}]}]
                lossy="#]],
        );
    }

    #[test]
    fn what_it_has_no_words_for_is_named() {
        check(
            &json!({"model": "gemini-3-pro", "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;sha256,ab"}}, {"type": "file", "file": {"file_id": "f"}}]},
                {"role": "system", "content": "Now be brief."},
                {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "no JSON"}}]},
                {"role": "tool", "tool_call_id": "c9", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}],
                "logit_bias": {"5": -100}, "verbosity": "low", "parallel_tool_calls": false, "reasoning_effort": "none",
                "response_format": {"type": "grammar"}, "tool_choice": {"type": "allowed_tools"},
                "tools": [{"type": "custom", "custom": {"name": "x"}}, {"type": "function", "function": {"name": "look", "strict": true}}]}),
            expect![[r#"
                model: "gemini-3-pro"
                systemInstruction: {"parts":[{"text":"Now be brief."}]}
                contents: [{"role":"user","parts":[{"text":""}]},{"role":"model","parts":[{"functionCall":{"name":"look","args":{"arguments":"no JSON"},"id":"c1"},"thoughtSignature":"skip_thought_signature_validator"}]},{"role":"user","parts":[{"functionResponse":{"name":"c9","response":{"output":""},"id":"c9"}}]}]
                tools: [{"functionDeclarations":[{"name":"look"}]}]
                lossy=file,image,logit_bias,parallel_tool_calls,reasoning_effort,response_format,system.place,tool_calls.arguments,tool_choice,tool_result.image,tools.custom,tools.strict,verbosity"#]],
        );
    }

    #[test]
    fn what_is_no_chat_request_is_refused_by_the_member() {
        check(&json!({"model": "m", "messages": []}), expect!["/messages: messages must not be empty"]);
    }
}
