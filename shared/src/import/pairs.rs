//! Pairs without a tool: `{"input", "output"}`, and `{"messages"}` whose last message is the answer.
//!
//! The first are what people write by hand and what data sets have, the second what models are tuned
//! with. Both may carry `model`, `id`, a time and labels. Leaves out pairs of whole bodies.

use serde_json::Value;

use super::call::{self, Call};
use super::{conversation, field};
use crate::log::Labels;
use crate::mistake::Mistake;

const TIMES: [&str; 4] = ["created", "created_at", "timestamp", "startTime"];

const ANSWERS: [&str; 7] =
    ["output", "completion", "response", "expected", "expected_output", "ideal", "answer"];

/// Reads an input with its output; each is a text, a message, a list of messages or a body.
///
/// # Errors
/// Names a time that is none.
pub fn read_input_output(record: &Value) -> Result<Call, Mistake> {
    let input = field::any(record, &["input", "prompt", "question"]);
    let asked = match (field::text(record, &["instruction"]), input) {
        // Data sets for tuning give the instruction and what it is about apart.
        (Some(instruction), Some(Value::String(about))) if !about.is_empty() => {
            Value::from(format!("{instruction}\n\n{about}"))
        }
        (Some(instruction), None | Some(Value::String(_))) => Value::from(instruction),
        (_, input) => input.cloned().unwrap_or_default(),
    };
    let answered = field::any(record, &ANSWERS).cloned().unwrap_or_default();
    Ok(Call { asked, answered, asked_at: "/input", answered_at: "/output", ..with_rest(record)? })
}

/// Reads a conversation that ends with the answer.
///
/// # Errors
/// Says that there is no conversation, or that it does not end with the assistant.
pub fn read_messages(record: &Value) -> Result<Call, Mistake> {
    let Some(messages) = field::any(record, &["messages", "conversations"]).and_then(Value::as_array) else {
        return Err(Mistake::new(
            "/messages",
            "messages is missing; it is the conversation, the answer last",
        ));
    };
    if let (Some(answer), false) = (field::any(record, &ANSWERS), messages.is_empty()) {
        let asked = Value::Array(messages.clone());
        return Ok(Call { asked, answered: answer.clone(), asked_at: "/messages", ..with_rest(record)? });
    }
    let Some((answer, asked)) = messages.split_last() else {
        return Err(Mistake::new("/messages", "messages must not be empty"));
    };
    // Conversations of people who share data sets have `from` and `value` in place of `role` and `content`.
    let turn = |message: &Value| match (message.get("from"), message.get("value")) {
        (Some(from), Some(value)) => {
            let role = match from.as_str() {
                Some("gpt") => &Value::from("assistant"),
                _ => from,
            };
            serde_json::json!({"role": role, "content": value})
        }
        _ => message.clone(),
    };
    let (answer, asked): (Value, Vec<Value>) = (turn(answer), asked.iter().map(turn).collect());
    let role = field::text(&answer, &["role"]).and_then(|word| conversation::role(&word));
    if role != Some("assistant") {
        let place = messages.len() - 1;
        let detail = "the last message must be the assistant's: it is the answer that a run is compared with";
        return Err(Mistake::new(format!("/messages/{place}/role"), detail));
    }
    if asked.is_empty() {
        return Err(Mistake::new(
            "/messages",
            "messages has the answer alone; what was asked must come before it",
        ));
    }
    Ok(Call {
        asked: Value::Array(asked),
        answered: Value::Array(vec![answer]),
        asked_at: "/messages",
        answered_at: "/messages",
        ..with_rest(record)?
    })
}

/// Reads what may stand beside a pair of either kind.
fn with_rest(record: &Value) -> Result<Call, Mistake> {
    let mut labels = Labels::default();
    call::label(&mut labels, field::any(record, &["metadata"]));
    call::tag(&mut labels, field::any(record, &["tags"]));
    labels.feature = field::word(record, &["feature"]).or(labels.feature);
    labels.user = field::word(record, &["user", "user_id"]).or(labels.user);
    labels.session = field::word(record, &["session", "session_id"]).or(labels.session);
    Ok(Call {
        at: field::time(record, &TIMES)?,
        provider: field::text(record, &["provider"]),
        model: field::text(record, &["model"]),
        settings: conversation::settings(record),
        status: field::status(record, &["status"]),
        latency_ms: field::count(record, &["latency_ms"]),
        ttft_ms: field::count(record, &["ttft_ms"]),
        usage: super::answer::usage(field::any(record, &["usage"])),
        cost_usd: field::number(record, &["cost_usd"]),
        error: field::any(record, &["error"]).map(crate::chat::openai::error_message),
        labels,
        ..Call::default()
    })
}
