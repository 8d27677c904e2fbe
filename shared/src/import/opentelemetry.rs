//! OpenTelemetry: spans of model calls by the conventions for generative AI.
//!
//! A line is an export in OTLP JSON (`resourceSpans`), or one span by itself as console exporters write it.
//! Spans of agents, tools and everything else are passed over. Leaves out metrics and log records.

mod attributes;
mod said;

use serde_json::{Map, Value};

use super::call::{self, Call};
use super::{MOST_CALLS, field};
use crate::log::Labels;
use crate::mistake::Mistake;

/// Tells whether a record is an export or a span.
pub fn recognises(record: &Value) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| record.get(*name).is_some());
    let is_span = has(&["attributes"])
        && (has(&[
            "traceId",
            "trace_id",
            "context",
            "spanId",
            "span_id",
            "startTimeUnixNano",
            "spanContext",
        ]));
    has(&["resourceSpans", "resource_spans", "scopeSpans", "gen_ai.request.model", "gen_ai.operation.name"])
        || is_span
}

/// Reads the calls of an export, or of the one span that a record is.
pub fn read(record: &Value) -> Vec<Result<Call, Mistake>> {
    let exported = ["resourceSpans", "resource_spans"];
    let resources = match field::any(record, &exported) {
        Some(_) => list(record, &exported),
        None if field::any(record, &SCOPES).is_some() => std::slice::from_ref(record),
        None => return vec![span(record, &Value::Null)],
    };
    let mut calls = Vec::new();
    let mut others = 0_u64;
    for resource in resources {
        let about = Value::Object(attributes::read(resource.pointer("/resource/attributes")));
        for inner in list(resource, &SCOPES).iter().flat_map(|scope| list(scope, &["spans"])) {
            if calls.len() > MOST_CALLS {
                break;
            }
            if is_call(&attributes::read(inner.get("attributes"))) {
                calls.push(span(inner, &about));
            } else {
                others += 1;
            }
        }
    }
    // An export is mostly other spans; one line about all of them is enough.
    if others > 0 || calls.is_empty() {
        let detail =
            format!("{others} spans are no model calls (gen_ai.operation.name chat or the like); skipped");
        calls.push(Err(Mistake::new("/resourceSpans", detail)));
    }
    calls
}

const SCOPES: [&str; 3] = ["scopeSpans", "scope_spans", "instrumentationLibrarySpans"];

fn list<'a>(value: &'a Value, names: &[&str]) -> &'a [Value] {
    field::any(value, names).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Tells whether the attributes are those of a call to a model that converses.
fn is_call(attributes: &Map<String, Value>) -> bool {
    let word = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::to_ascii_lowercase);
    match (word("gen_ai.operation.name"), word("llm.request.type")) {
        (Some(operation), _) => {
            matches!(operation.as_str(), "chat" | "text_completion" | "generate_content" | "completion")
        }
        (None, Some(kind)) => matches!(kind.as_str(), "chat" | "completion"),
        (None, None) => {
            attributes.contains_key("gen_ai.request.model")
                || attributes.contains_key("gen_ai.response.model")
        }
    }
}

fn span(span: &Value, resource: &Value) -> Result<Call, Mistake> {
    let mut attributes = attributes::read(span.get("attributes"));
    if attributes.is_empty() {
        // Some write the attributes as members of the span itself.
        let own = field::members(Some(span)).filter(|(name, _)| name.starts_with("gen_ai."));
        attributes = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    }
    if !is_call(&attributes) {
        let detail = "not a model call: gen_ai.operation.name is not chat, text_completion or generate_content; skipped";
        return Err(Mistake::new("/attributes", detail));
    }
    let said = said::read(&attributes, span);
    let about = Value::Object(attributes);
    let ids = field::any(span, &["context", "spanContext"]).unwrap_or(span);
    let span_id = field::text(ids, &["spanId", "span_id"]).or_else(|| field::text(span, &["id"]));
    let trace_id = field::text(ids, &["traceId", "trace_id"]);
    let status = field::any(span, &["status"]).cloned().unwrap_or_default();
    let code = field::any(&status, &["code", "status_code"]).or(field::any(span, &["status_code"]));
    let failed = code.is_some_and(|code| {
        code.as_u64() == Some(2) || code.as_str().is_some_and(|word| word.ends_with("ERROR"))
    });
    let seconds =
        |names: &[&str]| field::number(&about, names).map(|seconds| (seconds * 1000.0).round() as u64);
    let ttft_ms = seconds(&["gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token"]);
    let message = field::text(&status, &["message", "description"])
        .or_else(|| field::text(&about, &["error.message", "exception.message", "error.type"]));
    Ok(Call {
        id: span_id.map(|span| format!("{}/{span}", trace_id.unwrap_or_default())),
        at: field::time(
            span,
            &["startTimeUnixNano", "start_time_unix_nano", "startTime", "start_time", "timestamp"],
        )?,
        ended: field::time(span, &["endTimeUnixNano", "end_time_unix_nano", "endTime", "end_time"])?,
        provider: field::text(&about, &["gen_ai.provider.name", "gen_ai.system"])
            .map(|name| name.to_ascii_lowercase()),
        model: field::text(&about, &["gen_ai.request.model", "gen_ai.response.model"]),
        asked: said.asked,
        asked_at: "/attributes/gen_ai.input.messages",
        settings: said.settings,
        answered: said.answered,
        answered_at: "/attributes/gen_ai.output.messages",
        error: failed.then(|| message.unwrap_or_else(|| "an error of which nothing is said".to_owned())),
        finish_reason: said.finish_reason,
        status: field::status(&about, &["http.response.status_code", "http.status_code"]),
        streamed: ttft_ms.is_some()
            || field::any(&about, &["llm.is_streaming", "gen_ai.request.stream"]) == Some(&Value::Bool(true)),
        ttft_ms,
        usage: (
            field::count(&about, &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"]),
            field::count(&about, &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"]),
        ),
        cost_usd: field::number(&about, &["gen_ai.usage.cost", "operation.cost", "gen_ai.cost.total"]),
        labels: labels(&about, resource),
        ..Call::default()
    })
}

/// Namespaces whose attributes tell of the call or of the machinery, not of its purpose.
const NO_TAGS: [&str; 19] = [
    "gen_ai.",
    "llm.",
    "openai.",
    "http.",
    "url.",
    "server.",
    "client.",
    "network.",
    "net.",
    "thread.",
    "code.",
    "telemetry.",
    "otel.",
    "process.",
    "logfire.",
    "input.",
    "output.",
    "error.",
    "exception.",
];

fn labels(about: &Value, resource: &Value) -> Labels {
    let prefixes = ["metadata.", "traceloop.association.properties.", "langfuse.trace.metadata.", "app."];
    let own =
        field::members(Some(about)).filter(|(name, _)| !NO_TAGS.iter().any(|space| name.starts_with(space)));
    let own = own.map(|(name, value)| {
        let short = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        (short.to_owned(), value.clone())
    });
    let services = [
        ("service", "service.name"),
        ("environment", "deployment.environment.name"),
        ("environment", "deployment.environment"),
    ];
    let mut labels = Labels::default();
    for (tag, name) in services {
        if let Some(text) = field::word(resource, &[name]) {
            labels.set(tag, text);
        }
    }
    call::label(&mut labels, Some(&Value::Object(own.collect())));
    for name in ["user.id", "enduser.id", "session.id"] {
        labels.tags.remove(name);
    }
    labels.user = field::word(about, &["user.id", "enduser.id", "gen_ai.user.id"]).or(labels.user);
    labels.session = field::word(about, &["gen_ai.conversation.id", "session.id"]).or(labels.session);
    labels
}
