//! Writing a chat request as `Anthropic`'s messages.
//!
//! What has no place there is named, never dropped in silence, as when a log is carried over. A target may name what only
//! `Anthropic` knows (`top_k`, `thinking`, `output_config`) among its parameters. What each model takes is its own
//! (`model`).
//!
//! Source: `Anthropic`'s reference of its messages.

use serde_json::{Map, Value, json};

use super::model::Model;
use super::schema;
use crate::chat::body::embedded;
use crate::chat::carry::Carried;
use crate::chat::{Content, Message, Part, Request, Role, ToolCall, openai};
use crate::mistake::Mistake;

/// Settings that are taken as they are.
const KEPT: [&str; 2] = ["thinking", "inference_geo"];

/// Settings that say nothing where they have this value: it is what is done without them.
fn is_usual(name: &str, value: &Value) -> bool {
    match name {
        "n" => value == 1,
        "temperature" | "top_p" => value.as_f64() == Some(1.0),
        "frequency_penalty" | "presence_penalty" | "top_logprobs" => value.as_f64() == Some(0.0),
        "logprobs" => value == false,
        "logit_bias" => value == &json!({}),
        "modalities" => value == &json!(["text"]),
        "parallel_tool_calls" => value == true,
        _ => false,
    }
}

/// The kinds of pictures that are taken as they are.
const PICTURES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// The least share of the likeliest words that may be drawn from while a model thinks.
const LEAST_TOP_P: f64 = 0.95;

/// Members of a tool's schema that may not stand at its top.
const NOT_AT_THE_TOP: [&str; 3] = ["oneOf", "anyOf", "allOf"];

/// Writes the body that a chat request is asked with.
///
/// # Errors
/// Names what keeps the body from being a chat request, or from being asked: a conversation that says nothing, or one that
/// ends with the assistant, of a model that does not go on with what it is said to have begun.
pub fn of_chat(body: &Value) -> Result<Carried, Mistake> {
    let Request { model, messages, settings } = openai::read_request(body)?;
    let kind = Model::of(&model);
    let is_asked_to_think = settings
        .get("thinking")
        .is_some_and(|thinking| matches!(thinking["type"].as_str(), Some("enabled" | "adaptive")));
    let mut writing = Writing { kind, is_asked_to_think, lossy: openai::unread(body), ..Writing::default() };
    for message in &messages {
        writing.message(message);
    }
    for (name, value) in settings.iter().filter(|(_, value)| !value.is_null()) {
        writing.setting(name, value);
    }
    writing.finish(model, &messages)
}

#[derive(Default)]
struct Writing {
    kind: Model,
    is_asked_to_think: bool,
    system: Vec<Value>,
    turns: Vec<Value>,
    /// The last turn holds results of tools: those that follow belong to it.
    answers_calls: bool,
    /// The calls so far: what each was named, and what it is named here.
    calls: Vec<(String, String)>,
    /// Bounds an answer, in tokens.
    bound: Option<Value>,
    settings: Map<String, Value>,
    /// What is said of the answer in its own words, and what a chat request says of its form.
    config: Map<String, Value>,
    form: Option<Value>,
    tools: Vec<Value>,
    choice: Option<Value>,
    /// No more than one tool may be called at a time.
    one_call: bool,
    lossy: Vec<String>,
}

impl Writing {
    fn lose(&mut self, what: impl Into<String>) {
        self.lossy.push(what.into());
    }

    fn finish(mut self, model: String, messages: &[Message]) -> Result<Carried, Mistake> {
        if self.turns.is_empty() && !self.system.is_empty() {
            // There must be a turn: what is only told to the model is then asked of it.
            self.turns.push(json!({"role": "user", "content": plain(std::mem::take(&mut self.system))}));
        }
        if self.turns.is_empty() {
            return Err(Mistake::new("/messages", "the conversation says nothing that can be asked"));
        }
        self.end_with_a_question()?;
        self.declare_what_was_called(messages);
        self.settle_what_goes_together();
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(model));
        let bound = self.bounded();
        body.insert("max_tokens".to_owned(), bound);
        if !self.system.is_empty() {
            body.insert("system".to_owned(), plain(self.system));
        }
        body.insert("messages".to_owned(), Value::Array(self.turns));
        body.extend(self.settings);
        if !self.config.is_empty() {
            body.insert("output_config".to_owned(), Value::Object(self.config));
        }
        if !self.tools.is_empty() {
            body.insert("tools".to_owned(), Value::Array(self.tools));
        }
        if let Some(choice) = self.choice {
            body.insert("tool_choice".to_owned(), choice);
        }
        self.lossy.sort();
        self.lossy.dedup();
        Ok(Carried { request: Value::Object(body), lossy: self.lossy })
    }

    /// Sees to it that the last turn can be answered. What the assistant is said to have begun may not end in white space.
    fn end_with_a_question(&mut self) -> Result<(), Mistake> {
        let Some(last) = self.turns.last_mut().filter(|turn| turn["role"] == "assistant") else {
            return Ok(());
        };
        if !self.kind.goes_on() {
            let detail = "the conversation ends with the assistant, and this model does not go on with that; end it with a user";
            return Err(Mistake::new("/messages", detail));
        }
        if let Some(text) = last["content"].as_str().map(|text| text.trim_end().to_owned()) {
            last["content"] = json!(text);
        }
        Ok(())
    }

    /// Gives the bound of the answer, above what may be thought.
    fn bounded(&mut self) -> Value {
        let asked = self.bound.take();
        let budget =
            self.settings.get("thinking").and_then(|thinking| thinking.get("budget_tokens")?.as_u64());
        let Some(tokens) = asked.as_ref().map_or(Some(self.kind.usual()), Value::as_u64) else {
            // What is no number is the provider's to refuse.
            return asked.unwrap_or_default();
        };
        let tokens = match budget {
            Some(budget) if budget >= tokens => tokens.saturating_add(budget),
            _ => tokens,
        };
        match self.kind.most() {
            Some(most) if most < tokens => {
                self.lose("max_tokens");
                json!(most)
            }
            _ => json!(tokens),
        }
    }

    /// Declares the tools that were called before, where none is offered any more: a conversation with calls is refused
    /// without them.
    fn declare_what_was_called(&mut self, messages: &[Message]) {
        if !self.tools.is_empty() {
            return;
        }
        for call in messages.iter().flat_map(|message| &message.tool_calls) {
            if self.tools.iter().all(|tool| tool["name"] != json!(call.name)) {
                self.tools.push(json!({"name": call.name, "input_schema": {"type": "object"}}));
            }
        }
        self.choice = (!self.tools.is_empty()).then(|| json!({"type": "none"}));
        self.one_call = false;
    }

    /// Leaves out what is refused beside something else.
    fn settle_what_goes_together(&mut self) {
        if self.settings.contains_key("temperature")
            && self.settings.contains_key("top_p")
            && !self.kind.takes_both()
        {
            self.settings.shift_remove("top_p");
            self.lose("top_p");
        }
        let is_ordered =
            self.choice.as_ref().is_some_and(|choice| choice["type"] == "any" || choice["type"] == "tool");
        if is_ordered && (self.is_asked_to_think || !self.kind.takes_orders()) {
            self.lose("tool_choice");
            self.choice = None;
        }
        if self.one_call && !self.tools.is_empty() {
            let choice = self.choice.get_or_insert_with(|| json!({"type": "auto"}));
            if choice["type"] != "none" {
                choice["disable_parallel_tool_use"] = json!(true);
            }
        }
        match self.form.take() {
            Some(_) if self.config.contains_key("format") => self.lose("response_format"),
            Some(form) => _ = self.config.insert("format".to_owned(), form),
            None => {}
        }
    }

    fn message(&mut self, message: &Message) {
        let answers_calls = message.role == Role::Tool;
        match message.role {
            Role::System => {
                if !self.turns.is_empty() {
                    self.lose("system.place");
                }
                let blocks = self.blocks(message);
                self.system.extend(blocks);
                return;
            }
            Role::User | Role::Assistant => {
                let mut blocks = self.blocks(message);
                for call in &message.tool_calls {
                    let input = self.input(call);
                    let id = self.name_call(&call.id);
                    blocks.push(json!({"type": "tool_use", "id": id, "name": call.name, "input": input}));
                }
                // A turn that says nothing is refused, and is none.
                if blocks.is_empty() {
                    return;
                }
                let role = if message.role == Role::User { "user" } else { "assistant" };
                self.turns.push(json!({"role": role, "content": plain(blocks)}));
            }
            Role::Tool => {
                let result = self.result(message);
                // The results of all calls of a turn make one turn.
                let last = self.turns.last_mut().filter(|_| self.answers_calls);
                match last.and_then(|turn| turn.get_mut("content")?.as_array_mut()) {
                    Some(blocks) => blocks.push(result),
                    None => self.turns.push(json!({"role": "user", "content": [result]})),
                }
            }
        }
        self.answers_calls = answers_calls;
    }

    /// Writes what a message says, no text of which may be blank.
    fn blocks(&mut self, message: &Message) -> Vec<Value> {
        let blocks: Vec<_> = match &message.content {
            Content::Text(text) => vec![words(text)],
            Content::Parts(parts) => parts.iter().filter_map(|part| self.block(message.role, part)).collect(),
        };
        let is_blank = |block: &Value| block["text"].as_str().is_some_and(|text| text.trim().is_empty());
        blocks.into_iter().filter(|block| !is_blank(block)).collect()
    }

    fn block(&mut self, role: Role, part: &Part) -> Option<Value> {
        let shows = matches!(role, Role::User | Role::Tool);
        let (written, what) = match part {
            Part::Text { text } => return Some(words(text)),
            Part::Image { url } => (picture(url).filter(|_| shows), "image"),
            Part::Other { value } => {
                let text = |path: &str| value.pointer(path).and_then(Value::as_str);
                let kind = text("/type").unwrap_or("part");
                let written = match kind {
                    "file" => text("/file/file_data").and_then(document).filter(|_| shows),
                    "refusal" => text("/refusal").map(words),
                    _ => None,
                };
                (written, kind)
            }
        };
        if written.is_none() {
            self.lose(if role == Role::Tool { format!("tool_result.{what}") } else { what.to_owned() });
        }
        written
    }

    fn input(&mut self, call: &ToolCall) -> Value {
        call.object().unwrap_or_else(|| {
            self.lose("tool_calls.arguments");
            json!({"arguments": call.arguments})
        })
    }

    /// Names a call in the letters that are taken, as no other is named.
    fn name_call(&mut self, id: &str) -> String {
        let taken = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
        let plain = if id.is_empty() { "call".to_owned() } else { id.chars().map(taken).collect() };
        let is_used = |name: &String| self.calls.iter().any(|(_, used)| used == name);
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let name =
            std::iter::once(plain.clone()).chain(numbered).find(|name| !is_used(name)).unwrap_or_default();
        self.calls.push((id.to_owned(), name.clone()));
        name
    }

    /// Writes the result of the last call of its name; as words where there was no such call, since it would be refused.
    fn result(&mut self, message: &Message) -> Value {
        let asked = message.tool_call_id.as_deref().unwrap_or_default();
        let blocks = self.blocks(message);
        let Some((_, id)) = self.calls.iter().rfind(|(id, _)| id == asked) else {
            self.lose("tool_call_id");
            let text = message.content.text();
            return words(if text.trim().is_empty() { "(no result)" } else { &text });
        };
        let mut written = json!({"type": "tool_result", "tool_use_id": id});
        // A tool may well have said nothing.
        if !blocks.is_empty() {
            written["content"] = plain(blocks);
        }
        written
    }

    fn setting(&mut self, name: &str, value: &Value) {
        if KEPT.contains(&name) {
            self.settings.insert(name.to_owned(), value.clone());
            return;
        }
        if openai::NOT_ASKED.contains(&name) || is_usual(name, value) {
            return;
        }
        match name {
            "max_tokens" | "max_completion_tokens" => self.bound = Some(value.clone()),
            "temperature" | "top_p" | "top_k" => self.sampling(name, value),
            "stop" => self.stop(value),
            "response_format" => self.format(value),
            "output_config" => match value.as_object() {
                Some(config) => self.config.extend(config.clone()),
                None => self.lose(name),
            },
            "tools" => {
                for tool in value.as_array().into_iter().flatten() {
                    self.tool(tool);
                }
            }
            "tool_choice" => self.choose(value),
            "parallel_tool_calls" => self.one_call = true,
            _ => self.lose(name),
        }
    }

    fn sampling(&mut self, name: &str, value: &Value) {
        let is_thought_over = self.is_asked_to_think
            && !(name == "top_p" && value.as_f64().is_some_and(|share| share >= LEAST_TOP_P));
        if !self.kind.is_sampled() || is_thought_over {
            return self.lose(name);
        }
        let mut value = value.clone();
        if name == "temperature" && value.as_f64().is_some_and(|temperature| temperature > 1.0) {
            // It ends at 1.
            self.lose(name);
            value = json!(1);
        }
        self.settings.insert(name.to_owned(), value);
    }

    fn stop(&mut self, value: &Value) {
        let stops = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let (kept, blank): (Vec<_>, Vec<_>) =
            stops.iter().partition(|stop| stop.as_str().is_some_and(|stop| !stop.trim().is_empty()));
        if !blank.is_empty() {
            self.lose("stop");
        }
        if !kept.is_empty() {
            self.settings.insert("stop_sequences".to_owned(), json!(kept));
        }
    }

    fn format(&mut self, format: &Value) {
        if format["type"] == "text" {
            return;
        }
        let form = format.pointer("/json_schema/schema").filter(|form| schema::is_taken(form));
        match form {
            Some(form) if self.kind.takes_schemas() => {
                self.form = Some(json!({"type": "json_schema", "schema": form}));
            }
            _ => self.lose("response_format"),
        }
    }

    fn tool(&mut self, tool: &Value) {
        let kind = tool.get("type").and_then(Value::as_str).unwrap_or("tool");
        let Some(function) = tool.get("function").filter(|_| kind == "function") else {
            return self.lose(format!("tools.{kind}"));
        };
        let mut declared = Map::new();
        for name in ["name", "description"] {
            if let Some(value) = function.get(name).filter(|value| !value.is_null()) {
                declared.insert(name.to_owned(), value.clone());
            }
        }
        let mut form = function.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
        // A form without a type is none of a tool's.
        form.entry("type").or_insert_with(|| json!("object"));
        let before = form.len();
        form.retain(|name, _| !NOT_AT_THE_TOP.contains(&name.as_str()));
        if form.len() < before {
            self.lose("tools.parameters");
        }
        let form = Value::Object(form);
        if function.get("strict") == Some(&Value::Bool(true)) {
            if self.kind.takes_schemas() && schema::is_taken(&form) {
                declared.insert("strict".to_owned(), json!(true));
            } else {
                self.lose("tools.strict");
            }
        }
        declared.insert("input_schema".to_owned(), form);
        self.tools.push(Value::Object(declared));
    }

    fn choose(&mut self, choice: &Value) {
        let name = choice.pointer("/function/name");
        self.choice = match (choice.as_str(), name) {
            (Some("auto"), _) => Some(json!({"type": "auto"})),
            (Some("none"), _) => Some(json!({"type": "none"})),
            (Some("required"), _) => Some(json!({"type": "any"})),
            (None, Some(name)) => Some(json!({"type": "tool", "name": name})),
            _ => return self.lose("tool_choice"),
        };
    }
}

fn words(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// Writes blocks as short as they can be: a text alone as itself.
fn plain(blocks: Vec<Value>) -> Value {
    match blocks.as_slice() {
        [] => json!(""),
        [block] if block["type"] == "text" => block["text"].clone(),
        _ => Value::Array(blocks),
    }
}

/// Writes a picture that is there, or that the provider can fetch; none else.
fn picture(url: &str) -> Option<Value> {
    if url.starts_with("https://") {
        return Some(json!({"type": "image", "source": {"type": "url", "url": url}}));
    }
    let (kind, data) = embedded(url)?;
    // Many write it so.
    let kind = if kind == "image/jpg" { "image/jpeg" } else { kind };
    let source = json!({"type": "base64", "media_type": kind, "data": data});
    PICTURES.contains(&kind).then(|| json!({"type": "image", "source": source}))
}

/// Writes a document that is there; none of another kind than are read.
fn document(url: &str) -> Option<Value> {
    let (kind, data) = embedded(url)?;
    let source = json!({"type": "base64", "media_type": kind, "data": data});
    (kind == "application/pdf").then(|| json!({"type": "document", "source": source}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(body: &Value, expected: Expect) {
        let shown = of_chat(body).map(|Carried { request, lossy }| {
            let members = request.as_object().expect("an object").iter();
            let lines: Vec<_> = members.map(|(name, value)| format!("{name}: {value}")).collect();
            format!("{}\nlossy={}", lines.join("\n"), lossy.join(","))
        });
        expected.assert_eq(&shown.unwrap_or_else(|mistake| format!("{}: {mistake}", mistake.pointer)));
    }

    fn with(model: &str, settings: Value) -> Value {
        let mut body = json!({"model": model, "messages": [{"role": "user", "content": "Hi"}]});
        for (name, value) in settings.as_object().expect("settings") {
            body[name] = value.clone();
        }
        body
    }

    fn form(member: Value) -> Value {
        let schema = json!({"type": "object", "properties": {"a": member}, "additionalProperties": false});
        json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}})
    }

    #[test]
    fn the_system_stands_apart_and_a_bound_is_named() {
        check(
            &json!({"model": "claude-haiku-4-5", "messages": [
                {"role": "system", "content": "Be brief."}, {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
                {"role": "user", "content": "Hi"}, {"role": "assistant", "content": ""}, {"role": "assistant", "content": "Hello"},
                {"role": "user", "content": [{"type": "text", "text": "Bye"}]}]}),
            expect![[r#"
                model: "claude-haiku-4-5"
                max_tokens: 32000
                system: [{"type":"text","text":"Be brief."},{"type":"text","text":"Be kind."}]
                messages: [{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Bye"}]
                lossy="#]],
        );
        check(
            &json!({"model": "m", "max_completion_tokens": 9, "messages": [{"role": "system", "content": "Tell a joke."}]}),
            expect![[r#"
                model: "m"
                max_tokens: 9
                messages: [{"role":"user","content":"Tell a joke."}]
                lossy="#]],
        );
    }

    #[test]
    fn settings_have_other_names_and_what_changes_nothing_is_left_out() {
        check(
            &with(
                "claude-sonnet-4-5",
                json!({"temperature": 0, "top_p": 0.9, "top_k": 40, "max_tokens": 9, "stop": ["END", "\n"],
                "response_format": form(json!({"type": "string"})), "output_config": {"effort": "low"}, "stream": false, "n": 1, "logprobs": false, "presence_penalty": 0, "logit_bias": {}, "modalities": ["text"],
                "parallel_tool_calls": true, "user": "u", "metadata": {"a": "b"}, "seed": null}),
            ),
            expect![[r#"
                model: "claude-sonnet-4-5"
                max_tokens: 9
                messages: [{"role":"user","content":"Hi"}]
                temperature: 0
                top_k: 40
                stop_sequences: ["END"]
                output_config: {"effort":"low","format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}}}
                lossy=stop,top_p"#]],
        );
        check(
            &with("claude-sonnet-4-5", json!({"temperature": 1.5, "stop": "END"})),
            expect![[r#"
            model: "claude-sonnet-4-5"
            max_tokens: 32000
            messages: [{"role":"user","content":"Hi"}]
            temperature: 1
            stop_sequences: ["END"]
            lossy=temperature"#]],
        );
    }

    #[test]
    fn what_it_has_no_words_for_is_named() {
        check(
            &with(
                "claude-3-5-haiku-latest",
                json!({"n": 2, "logprobs": true, "top_logprobs": 3, "seed": 7, "response_format": form(json!({})), "frequency_penalty": 0.5,
                "presence_penalty": -1, "logit_bias": {"5": 1}, "reasoning_effort": "low", "prediction": {}, "audio": {},
                "modalities": ["text", "audio"], "verbosity": "low", "tool_choice": {"type": "allowed_tools"},
                "tools": [{"type": "custom", "custom": {"name": "x"}}, {"type": "function", "function": {"name": "look", "strict": true}}]}),
            ),
            expect![[r#"
                model: "claude-3-5-haiku-latest"
                max_tokens: 8192
                messages: [{"role":"user","content":"Hi"}]
                tools: [{"name":"look","input_schema":{"type":"object"}}]
                lossy=audio,frequency_penalty,logit_bias,logprobs,modalities,n,prediction,presence_penalty,reasoning_effort,response_format,seed,tool_choice,tools.custom,tools.strict,top_logprobs,verbosity"#]],
        );
        check(
            &with("claude-fable-5", json!({"temperature": 0, "top_p": 1, "top_k": 3})),
            expect![[r#"
            model: "claude-fable-5"
            max_tokens: 32000
            messages: [{"role":"user","content":"Hi"}]
            lossy=temperature,top_k"#]],
        );
        check(
            &with("claude-3-opus-latest", json!({"temperature": 0.5, "top_p": 0.9})),
            expect![[r#"
            model: "claude-3-opus-latest"
            max_tokens: 4096
            messages: [{"role":"user","content":"Hi"}]
            temperature: 0.5
            top_p: 0.9
            lossy="#]],
        );
        check(
            &with("claude-haiku-4-5", json!({"response_format": form(json!({"minimum": 0}))})),
            expect![[r#"
                model: "claude-haiku-4-5"
                max_tokens: 32000
                messages: [{"role":"user","content":"Hi"}]
                lossy=response_format"#]],
        );
        check(
            &with("claude-haiku-4-5", json!({"response_format": {"type": "json_object"}})),
            expect![[r#"
            model: "claude-haiku-4-5"
            max_tokens: 32000
            messages: [{"role":"user","content":"Hi"}]
            lossy=response_format"#]],
        );
    }

    #[test]
    fn tools_their_calls_and_their_results_are_carried() {
        let tool = json!({"type": "function", "function": {"name": "weather", "description": "d", "strict": true,
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": false}}});
        let mut body = json!({"model": "claude-haiku-4-5", "messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Oslo\"}"}},
                {"id": "functions.time:1", "type": "function", "function": {"name": "time", "arguments": ""}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "Rain"},
            {"role": "tool", "tool_call_id": "functions.time:1", "content": ""},
            {"role": "user", "content": "And tomorrow?"}]});
        check(
            &body,
            expect![[r#"
            model: "claude-haiku-4-5"
            max_tokens: 32000
            messages: [{"role":"user","content":"Weather?"},{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"weather","input":{"city":"Oslo"}},{"type":"tool_use","id":"functions_time_1","name":"time","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"Rain"},{"type":"tool_result","tool_use_id":"functions_time_1"}]},{"role":"user","content":"And tomorrow?"}]
            tools: [{"name":"weather","input_schema":{"type":"object"}},{"name":"time","input_schema":{"type":"object"}}]
            tool_choice: {"type":"none"}
            lossy="#]],
        );
        body["tools"] = json!([tool, {"type": "function", "function": {"name": "time"}}]);
        body["tool_choice"] = json!({"type": "function", "function": {"name": "weather"}});
        body["parallel_tool_calls"] = json!(false);
        check(
            &body,
            expect![[r#"
            model: "claude-haiku-4-5"
            max_tokens: 32000
            messages: [{"role":"user","content":"Weather?"},{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"weather","input":{"city":"Oslo"}},{"type":"tool_use","id":"functions_time_1","name":"time","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"Rain"},{"type":"tool_result","tool_use_id":"functions_time_1"}]},{"role":"user","content":"And tomorrow?"}]
            tools: [{"name":"weather","description":"d","strict":true,"input_schema":{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}},{"name":"time","input_schema":{"type":"object"}}]
            tool_choice: {"type":"tool","name":"weather","disable_parallel_tool_use":true}
            lossy="#]],
        );
        body["tool_choice"] = json!("none");
        body["messages"] = json!([{"role": "user", "content": "Hi"}]);
        check(
            &body,
            expect![[r#"
            model: "claude-haiku-4-5"
            max_tokens: 32000
            messages: [{"role":"user","content":"Hi"}]
            tools: [{"name":"weather","description":"d","strict":true,"input_schema":{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}},{"name":"time","input_schema":{"type":"object"}}]
            tool_choice: {"type":"none"}
            lossy="#]],
        );
    }

    #[test]
    fn what_its_own_words_say_of_the_form_counts_more() {
        let own = json!({"format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": false}}});
        check(
            &with(
                "claude-haiku-4-5",
                json!({"response_format": form(json!({"type": "string"})), "output_config": own}),
            ),
            expect![[r#"
                model: "claude-haiku-4-5"
                max_tokens: 32000
                messages: [{"role":"user","content":"Hi"}]
                output_config: {"format":{"type":"json_schema","schema":{"type":"object","additionalProperties":false}}}
                lossy=response_format"#]],
        );
        check(
            &with(
                "claude-haiku-4-5",
                json!({"output_config": "x", "response_format": form(json!({"type": "string"}))}),
            ),
            expect![[r#"
                model: "claude-haiku-4-5"
                max_tokens: 32000
                messages: [{"role":"user","content":"Hi"}]
                output_config: {"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}}}
                lossy=output_config"#]],
        );
    }

    #[test]
    fn who_thinks_is_not_sampled_nor_ordered_and_has_room() {
        let tools = json!([{"type": "function", "function": {"name": "look", "parameters": {"anyOf": [], "properties": {}}}}]);
        let settings = |thinking: Value| {
            json!({"temperature": 0, "top_p": 0.96, "top_k": 3, "max_tokens": 1_000, "tools": tools, "tool_choice": "required",
                "parallel_tool_calls": false, "thinking": thinking})
        };
        check(
            &with("claude-haiku-4-5", settings(json!({"type": "enabled", "budget_tokens": 2_000}))),
            expect![[r#"
                model: "claude-haiku-4-5"
                max_tokens: 3000
                messages: [{"role":"user","content":"Hi"}]
                top_p: 0.96
                thinking: {"type":"enabled","budget_tokens":2000}
                tools: [{"name":"look","input_schema":{"properties":{},"type":"object"}}]
                tool_choice: {"type":"auto","disable_parallel_tool_use":true}
                lossy=temperature,tool_choice,tools.parameters,top_k"#]],
        );
        check(
            &with("claude-opus-5-5", settings(json!(null))),
            expect![[r#"
            model: "claude-opus-5-5"
            max_tokens: 1000
            messages: [{"role":"user","content":"Hi"}]
            tools: [{"name":"look","input_schema":{"properties":{},"type":"object"}}]
            tool_choice: {"type":"auto","disable_parallel_tool_use":true}
            lossy=temperature,tool_choice,tools.parameters,top_k,top_p"#]],
        );
        check(
            &with("claude-3-opus-20240229", json!({"max_tokens": 16_384})),
            expect![[r#"
            model: "claude-3-opus-20240229"
            max_tokens: 4096
            messages: [{"role":"user","content":"Hi"}]
            lossy=max_tokens"#]],
        );
    }

    #[test]
    fn a_conversation_ends_with_a_question() {
        let body = |model: &str, last: &str| json!({"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": last}]});
        check(
            &body("claude-haiku-4-5", "Hel \n"),
            expect![[r#"
            model: "claude-haiku-4-5"
            max_tokens: 9
            messages: [{"role":"user","content":"Hi"},{"role":"assistant","content":"Hel"}]
            lossy="#]],
        );
        check(
            &body("claude-opus-4-6", "Hel"),
            expect![
                "/messages: the conversation ends with the assistant, and this model does not go on with that; end it with a user"
            ],
        );
        check(
            &body("claude-opus-4-6", " "),
            expect![[r#"
            model: "claude-opus-4-6"
            max_tokens: 9
            messages: [{"role":"user","content":"Hi"}]
            lossy="#]],
        );
        check(
            &json!({"model": "m", "messages": [{"role": "user", "content": " \n"}]}),
            expect!["/messages: the conversation says nothing that can be asked"],
        );
    }

    #[test]
    fn calls_of_old_are_named_and_results_without_a_call_are_words() {
        check(
            &json!({"model": "m", "max_tokens": 9, "messages": [
                {"role": "user", "content": "Weather?"},
                {"role": "assistant", "content": null, "function_call": {"name": "weather", "arguments": "{}"}},
                {"role": "function", "name": "weather", "content": "Rain"},
                {"role": "assistant", "content": null, "function_call": {"name": "time", "arguments": ""}},
                {"role": "function", "name": "time", "content": "Noon"},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "a.b", "type": "custom", "custom": {"name": "x", "input": "y"}},
                    {"id": "a_b", "type": "function", "function": {"name": "x", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "a_b", "content": "1"},
                {"role": "tool", "tool_call_id": "a.b", "content": "2"},
                {"role": "user", "content": "Well?"},
                {"role": "tool", "tool_call_id": "c", "content": "3"}]}),
            expect![[r#"
                model: "m"
                max_tokens: 9
                messages: [{"role":"user","content":"Weather?"},{"role":"assistant","content":[{"type":"tool_use","id":"call","name":"weather","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call","content":"Rain"}]},{"role":"assistant","content":[{"type":"tool_use","id":"call_2","name":"time","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_2","content":"Noon"}]},{"role":"assistant","content":[{"type":"tool_use","id":"a_b","name":"x","input":{"arguments":"y"}},{"type":"tool_use","id":"a_b_2","name":"x","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a_b_2","content":"1"},{"type":"tool_result","tool_use_id":"a_b","content":"2"}]},{"role":"user","content":"Well?"},{"role":"user","content":[{"type":"text","text":"3"}]}]
                tools: [{"name":"weather","input_schema":{"type":"object"}},{"name":"time","input_schema":{"type":"object"}},{"name":"x","input_schema":{"type":"object"}}]
                tool_choice: {"type":"none"}
                lossy=tool_call_id,tool_calls.arguments"#]],
        );
    }

    #[test]
    fn pictures_and_documents_go_along() {
        check(
            &json!({"model": "m", "max_tokens": 9, "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.JPG?x=1"}},
                    {"type": "file", "file": {"file_data": "data:application/pdf;base64,CC", "filename": "a.pdf"}}]},
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}],
                    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "look", "arguments": "no JSON"}}]},
                {"role": "tool", "tool_call_id": "c", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]}),
            expect![[r#"
                model: "m"
                max_tokens: 9
                messages: [{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}},{"type":"image","source":{"type":"url","url":"https://example.com/a.JPG?x=1"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"CC"}}]},{"role":"assistant","content":[{"type":"text","text":"No."},{"type":"tool_use","id":"c","name":"look","input":{"arguments":"no JSON"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]}]}]
                tools: [{"name":"look","input_schema":{"type":"object"}}]
                tool_choice: {"type":"none"}
                lossy=tool_calls.arguments"#]],
        );
    }

    #[test]
    fn parts_and_places_that_it_does_not_take_are_named() {
        let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
        check(
            &json!({"model": "m", "max_tokens": 9, "messages": [
                {"role": "user", "name": "ada", "content": [image("data:image/png;sha256,ab"), image("data:image/tiff;base64,AA"), image("http://example.com/a.png"),
                    {"type": "image_url", "image_url": {"url": "data:image/jpg;base64,AA", "detail": "high"}},
                    {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}, {"type": "file", "file": {"file_id": "f"}},
                    {"type": "text", "text": "Well?"}]},
                {"role": "assistant", "content": [image("https://example.com/a.png"), {"type": "text", "text": "Yes."}]},
                {"role": "tool", "tool_call_id": "c", "content": [image("data:image/png;sha256,ab")]},
                {"role": "developer", "content": "Now be long."}]}),
            expect![[r#"
                model: "m"
                max_tokens: 9
                system: "Now be long."
                messages: [{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA"}},{"type":"text","text":"Well?"}]},{"role":"assistant","content":"Yes."},{"role":"user","content":[{"type":"text","text":"(no result)"}]}]
                lossy=file,image,image_url.detail,input_audio,name,system.place,tool_call_id,tool_result.image"#]],
        );
    }

    #[test]
    fn what_is_no_chat_request_is_refused_by_the_member() {
        check(&json!({"model": "m", "messages": []}), expect!["/messages: messages must not be empty"]);
    }
}
