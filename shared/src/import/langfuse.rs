//! Langfuse: observations of its exports and of its API, traces with theirs, and events of its ingestion.
//!
//! Names come in camel case from the API and in snake case from exports to blob storage. Of observations
//! those that are generations count, and a trace that brings no observations counts as the call that its
//! input and output show. Leaves out scores.

use serde_json::Value;

use super::call::{self, Call};
use super::{MOST_CALLS, answer, conversation, field};
use crate::log::Labels;
use crate::mistake::Mistake;

/// Tells whether a record has the members of an observation, a trace, a score or an event of theirs.
pub fn recognises(record: &Value) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| record.get(*name).is_some());
    let is_event = has(&["body"])
        && field::text(record, &["type"])
            .is_some_and(|kind| kind.ends_with("-create") || kind.ends_with("-update"));
    let kind = field::text(record, &["type"]).unwrap_or_default();
    let is_observation =
        KINDS.contains(&kind.as_str()) && has(&["traceId", "trace_id", "startTime", "start_time"]);
    let has_trace = has(&["traceId", "trace_id"])
        && has(&[
            "startTime",
            "start_time",
            "dataType",
            "data_type",
            "parentObservationId",
            "parent_observation_id",
        ]);
    is_event
        || is_observation
        || has_trace
        || has(&["observations"])
        || has(&["input", "output"]) && has(&["sessionId", "projectId", "project_id", "htmlPath", "userId"])
}

const KINDS: [&str; 10] = [
    "GENERATION",
    "SPAN",
    "EVENT",
    "AGENT",
    "TOOL",
    "CHAIN",
    "RETRIEVER",
    "EVALUATOR",
    "EMBEDDING",
    "GUARDRAIL",
];

/// Reads the calls of a record.
pub fn read(record: &Value) -> Vec<Result<Call, Mistake>> {
    if let Some(body) = record.get("body").filter(|body| body.is_object()) {
        let kind = field::text(record, &["type"]).unwrap_or_default();
        if kind.starts_with("generation") {
            return vec![observation(body, None)];
        }
        return vec![Err(Mistake::new(
            "/type",
            format!("not a model call but an event of type {kind}; skipped"),
        ))];
    }
    let observations = record.get("observations").and_then(Value::as_array);
    let whole = observations.filter(|list| list.iter().any(Value::is_object));
    match whole {
        Some(list) => {
            list.iter().take(MOST_CALLS + 1).map(|inner| observation(inner, Some(record))).collect()
        }
        None => vec![observation(record, None)],
    }
}

fn observation(record: &Value, trace: Option<&Value>) -> Result<Call, Mistake> {
    let kind = field::text(record, &["type"]).unwrap_or_else(|| "GENERATION".to_owned());
    if field::any(record, &["dataType", "data_type"]).is_some() && record.get("value").is_some() {
        return Err(Mistake::new("", "not a model call but a score; skipped"));
    }
    if !kind.eq_ignore_ascii_case("generation") {
        return Err(Mistake::new(
            "/type",
            format!("not a model call but an observation of type {kind}; skipped"),
        ));
    }
    let at = field::time(record, &["startTime", "start_time", "timestamp"])?;
    let level = field::text(record, &["level"]);
    let failed = level.is_some_and(|level| level == "ERROR");
    let message = field::text(record, &["statusMessage", "status_message"]);
    let usage = field::unpacked(record, &["usageDetails", "usage_details", "usage"]);
    let costs = field::unpacked(record, &["costDetails", "cost_details"]);
    let costs = costs.as_ref().and_then(|costs| field::number(costs, &["total"]));
    let parameters = field::unpacked(record, &["modelParameters", "model_parameters"]);
    let seconds =
        |names: &[&str]| field::number(record, names).map(|seconds| (seconds * 1000.0).round() as u64);
    let (ended, first_piece) = (
        field::time(record, &["endTime", "end_time"])?,
        field::time(record, &["completionStartTime", "completion_start_time"])?,
    );
    Ok(Call {
        id: field::text(record, &["id"]),
        at,
        ended,
        first_piece,
        model: field::text(record, &["model", "providedModelName", "provided_model_name", "internalModelId"]),
        asked: field::any(record, &["input", "prompt"]).cloned().unwrap_or_default(),
        asked_at: "/input",
        settings: parameters.as_ref().map(conversation::settings).unwrap_or_default(),
        answered: field::any(record, &["output", "completion"]).cloned().unwrap_or_default(),
        answered_at: "/output",
        error: if failed {
            message.or_else(|| Some("an error of which nothing is said".to_owned()))
        } else {
            None
        },
        outcome: failed.then_some(crate::log::Outcome::ProviderError),
        streamed: first_piece.is_some(),
        latency_ms: if ended.is_some() { None } else { seconds(&["latency"]) },
        ttft_ms: if first_piece.is_some() {
            None
        } else {
            seconds(&["timeToFirstToken", "time_to_first_token"])
        },
        usage: answer::usage(usage.as_ref()),
        cost_usd: costs.or_else(|| {
            field::number(
                record,
                &["calculatedTotalCost", "totalCost", "total_cost", "calculated_total_cost"],
            )
        }),
        labels: labels(record, trace),
        ..Call::default()
    })
}

/// Reads labels; what an observation says of itself wins over its trace.
fn labels(record: &Value, trace: Option<&Value>) -> Labels {
    let mut labels = Labels::default();
    for record in trace.into_iter().chain([record]) {
        call::tag(&mut labels, field::any(record, &["tags", "trace_tags"]));
        call::label(&mut labels, field::any(record, &["metadata"]));
        labels.user = field::word(record, &["userId", "user_id"]).or(labels.user);
        labels.session = field::word(record, &["sessionId", "session_id"]).or(labels.session);
        labels.feature = field::word(record, &["feature"]).or(labels.feature);
        if let Some(environment) = field::word(record, &["environment"]).filter(|name| name != "default") {
            labels.set("environment", environment);
        }
    }
    labels
}
