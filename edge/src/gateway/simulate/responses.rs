//! `OpenAI`'s responses.

use serde_json::{Value, json};

use super::{Said, named};

/// Writes an answer.
pub(super) fn whole(said: &Said) -> Value {
    let Said { id, model, text, input_tokens, output_tokens } = said;
    let part = json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []});
    json!({
        "id": format!("resp_{id}"), "object": "response", "created_at": 0, "status": "completed", "error": null,
        "incomplete_details": null, "instructions": null, "metadata": {}, "model": model,
        "output": [{"id": format!("msg_{id}"), "type": "message", "status": "completed", "role": "assistant", "content": [part]}],
        "parallel_tool_calls": true, "tool_choice": "auto", "tools": [],
        "usage": {
            "input_tokens": input_tokens, "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output_tokens, "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input_tokens + output_tokens,
        },
    })
}

/// Writes an answer as numbered events: the response, its one item with its one part in a few pieces, the whole response.
pub(super) fn events(answer: &Value) -> Vec<String> {
    let item = answer.pointer("/output/0").cloned().unwrap_or_default();
    let part = item.pointer("/content/0").cloned().unwrap_or_default();
    let text = part.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let said = Said { text, ..Said::of(answer) };
    let mut begun = answer.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    begun["usage"] = Value::Null;
    let mut empty_item = item.clone();
    empty_item["status"] = json!("in_progress");
    empty_item["content"] = json!([]);
    let mut empty_part = part.clone();
    empty_part["text"] = json!("");
    let at = |kind: &str, member: &str, value: &Value| {
        let mut event = json!({"type": kind, "item_id": item["id"], "output_index": 0, "content_index": 0});
        event[member] = value.clone();
        event
    };
    let first = [
        json!({"type": "response.created", "response": begun}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": empty_item}),
        at("response.content_part.added", "part", &empty_part),
    ];
    let pieces = said.pieces();
    let pieces = pieces.iter().map(|piece| at("response.output_text.delta", "delta", &json!(piece)));
    let last = [
        at("response.output_text.done", "text", &part["text"]),
        at("response.content_part.done", "part", &part),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({"type": "response.completed", "response": answer}),
    ];
    let events = first.into_iter().chain(pieces).chain(last).enumerate();
    events
        .map(|(number, mut event)| {
            event["sequence_number"] = json!(number);
            named(&event)
        })
        .collect()
}
