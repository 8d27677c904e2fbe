//! What a span says was asked and answered, by each of the conventions that there have been.
//!
//! The newest wins where a span follows several: `gen_ai.input.messages`, then numbered attributes
//! (`gen_ai.prompt.0.content`), then `gen_ai.prompt` as one text, then an event for each message.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::attributes;
use crate::import::{conversation, field};

/// What was asked and answered, as the span has it.
#[derive(Debug, Default)]
pub struct Said {
    pub asked: Value,
    pub answered: Value,
    pub settings: Map<String, Value>,
    pub finish_reason: Option<String>,
}

/// Reads what a span with these attributes says.
pub fn read(own: &Map<String, Value>, span: &Value) -> Said {
    let mut all = own.clone();
    let mut events = events(span);
    // Some keep the events as an attribute of the span.
    if let Some(Value::Array(list)) = own.get("events").map(field::unpack) {
        events.extend(list.into_iter().filter_map(|event| {
            let name = field::text(&event, &["event.name", "name"])?;
            event.as_object().cloned().map(|members| (name, members))
        }));
    }
    for (name, members) in &events {
        let whole = [
            "gen_ai.client.inference.operation.details",
            "gen_ai.content.prompt",
            "gen_ai.content.completion",
        ];
        if whole.contains(&name.as_str()) {
            for (name, value) in members {
                all.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    let about = Value::Object(all);
    let (mut asked, mut answered) = (
        field::unpacked(&about, &["gen_ai.input.messages"]).unwrap_or_default(),
        field::unpacked(&about, &["gen_ai.output.messages"]).unwrap_or_default(),
    );
    let or = |value: &mut Value, other: Option<Value>| {
        if value.is_null() {
            *value = other.unwrap_or_default();
        }
    };
    or(&mut asked, numbered(&about, "gen_ai.prompt."));
    or(&mut answered, numbered(&about, "gen_ai.completion."));
    or(&mut asked, field::unpacked(&about, &["gen_ai.prompt"]));
    or(&mut answered, field::unpacked(&about, &["gen_ai.completion"]));
    let (turns, choice) = told(&events);
    or(&mut asked, turns);
    or(&mut answered, choice);
    if let Some(system) = field::unpacked(&about, &["gen_ai.system_instructions"]) {
        let system = json!({"role": "system", "parts": system});
        asked = match asked {
            Value::Array(mut turns) => {
                turns.insert(0, system);
                Value::Array(turns)
            }
            Value::Null => asked,
            other => json!([system, {"role": "user", "content": other}]),
        };
    }
    let reasons = field::unpacked(&about, &["gen_ai.response.finish_reasons"]);
    let reason = reasons.as_ref().map(|reasons| reasons.get(0).unwrap_or(reasons));
    let finish_reason = reason.and_then(Value::as_str).map(str::to_owned);
    Said { asked, answered, settings: settings(&about), finish_reason }
}

/// Gives the events of a span with their attributes.
fn events(span: &Value) -> Vec<(String, Map<String, Value>)> {
    let list = span.get("events").and_then(Value::as_array).into_iter().flatten();
    let events = list.filter_map(|event| {
        let mut members = attributes::read(event.get("attributes"));
        if let Some(Value::Object(body)) = event.get("body").map(attributes::value) {
            members.extend(body);
        }
        Some((field::text(event, &["name", "event.name"])?, members))
    });
    events.collect()
}

/// Puts numbered attributes together: `{prefix}{n}.role`, `.content`, `.tool_calls.{n}.name`, ….
fn numbered(about: &Value, prefix: &str) -> Option<Value> {
    let mut turns: BTreeMap<u64, Map<String, Value>> = BTreeMap::new();
    let mut calls: BTreeMap<(u64, u64), Map<String, Value>> = BTreeMap::new();
    for (name, value) in field::members(Some(about)) {
        let Some((turn, rest)) = name.strip_prefix(prefix).and_then(|rest| rest.split_once('.')) else {
            continue;
        };
        let Ok(turn) = turn.parse() else { continue };
        let members = turns.entry(turn).or_default();
        match rest.strip_prefix("tool_calls.").and_then(|rest| rest.split_once('.')) {
            Some((call, member)) => {
                let Ok(call) = call.parse() else { continue };
                calls.entry((turn, call)).or_default().insert(member.to_owned(), value.clone());
            }
            None if rest == "content" => _ = members.insert(rest.to_owned(), content(value)),
            None => _ = members.insert(rest.to_owned(), value.clone()),
        }
    }
    for ((turn, _), call) in calls {
        let list = turns.entry(turn).or_default().entry("tool_calls").or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(Value::Object(call));
        }
    }
    if turns.is_empty() { None } else { Some(turns.into_values().map(Value::Object).collect()) }
}

/// Reads a content: a list of parts may be written as a text.
fn content(value: &Value) -> Value {
    let unpacked = field::unpack(value);
    let are_parts = unpacked
        .as_array()
        .is_some_and(|parts| !parts.is_empty() && parts.iter().all(|part| part.get("type").is_some()));
    if are_parts { unpacked } else { value.clone() }
}

/// Reads the events that tell of one message each: the turns, and the first choice.
fn told(events: &[(String, Map<String, Value>)]) -> (Option<Value>, Option<Value>) {
    let (mut turns, mut choice) = (Vec::new(), None);
    for (name, members) in events {
        let kind = name.strip_prefix("gen_ai.").unwrap_or_default();
        let mut message = members.clone();
        for name in ["tool_calls", "message", "content"] {
            if let Some(value) = message.get_mut(name) {
                *value = if name == "content" { content(value) } else { field::unpack(value) };
            }
        }
        if kind == "choice" {
            let mut inner = message.get("message").filter(|inner| inner.is_object()).cloned();
            if let (Some(inner), Some(calls)) = (inner.as_mut(), message.get("tool_calls")) {
                inner["tool_calls"] = calls.clone();
            }
            let mut answer = inner.unwrap_or_else(|| {
                if let Some(text) = message.get("message").cloned() {
                    message.insert("content".to_owned(), text);
                    message.shift_remove("message");
                }
                Value::Object(message.clone())
            });
            if let Some(reason) = message.get("finish_reason") {
                answer["finish_reason"] = reason.clone();
            }
            answer["role"] = json!("assistant");
            choice.get_or_insert_with(|| json!([answer]));
        } else if let Some(role) = kind.strip_suffix(".message") {
            message.entry("role").or_insert_with(|| json!(role));
            if role == "tool"
                && let Some(id) = message.shift_remove("id")
            {
                message.entry("tool_call_id").or_insert(id);
            }
            turns.push(Value::Object(message));
        }
    }
    (if turns.is_empty() { None } else { Some(Value::Array(turns)) }, choice)
}

/// Gives the settings that attributes name, and the tools.
fn settings(about: &Value) -> Map<String, Value> {
    let named = field::members(Some(about))
        .filter_map(|(name, value)| Some((name.strip_prefix("gen_ai.request.")?.to_owned(), value.clone())));
    let mut named: Map<_, _> = named.collect();
    let tools = field::any(about, &["gen_ai.tool.definitions", "gen_ai.request.tools"]).cloned();
    if let Some(tools) = tools.or_else(|| numbered(about, "llm.request.functions.")) {
        let tools = field::unpack(&tools);
        let unpacked = tools.as_array().into_iter().flatten().map(|tool| {
            let mut tool = tool.clone();
            if let Some(parameters) = tool.get("parameters").map(field::unpack) {
                tool["parameters"] = parameters;
            }
            tool
        });
        named.insert("tools".to_owned(), unpacked.collect());
    }
    conversation::settings(&Value::Object(named))
}
