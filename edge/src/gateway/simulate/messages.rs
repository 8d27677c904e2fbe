//! `Anthropic`'s messages.

use serde_json::{Value, json};

use super::{Said, named};

/// Writes an answer.
pub(super) fn whole(said: &Said) -> Value {
    let Said { id, model, text, input_tokens, output_tokens } = said;
    json!({
        "id": format!("msg_{id}"), "type": "message", "role": "assistant", "model": model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": input_tokens, "output_tokens": output_tokens},
    })
}

/// Writes an answer as events: the message, its one block in a few pieces, its end.
pub(super) fn events(answer: &Value) -> Vec<String> {
    let text = answer.pointer("/content/0/text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let said = Said { text, ..Said::of(answer) };
    let mut message = answer.clone();
    message["content"] = json!([]);
    message["stop_reason"] = Value::Null;
    message["usage"]["output_tokens"] = json!(0);
    let first = [
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
    ];
    let pieces = said.pieces();
    let pieces = pieces.iter().map(|text| {
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})
    });
    let ended = json!({"stop_reason": answer["stop_reason"], "stop_sequence": null});
    let tokens = json!({"output_tokens": answer.pointer("/usage/output_tokens")});
    let last = [
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": ended, "usage": tokens}),
        json!({"type": "message_stop"}),
    ];
    first.into_iter().chain(pieces).chain(last).map(|event| named(&event)).collect()
}
