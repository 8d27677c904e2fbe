//! Completions of before there were chats.

use serde_json::{Value, json};

use super::Said;

/// Writes an answer.
pub(super) fn whole(said: &Said) -> Value {
    let Said { id, model, text, input_tokens, output_tokens } = said;
    json!({
        "id": id, "object": "text_completion", "created": 0, "model": model,
        "choices": [{"index": 0, "text": text, "logprobs": null, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": input_tokens, "completion_tokens": output_tokens, "total_tokens": input_tokens + output_tokens},
    })
}

/// Writes an answer as chunks: the text in a few pieces, the end, the tokens.
pub(super) fn events(answer: &Value) -> Vec<String> {
    let text = answer.pointer("/choices/0/text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let said = Said { text, ..Said::of(answer) };
    let chunk = |choices: Value, usage: Value| {
        let written = json!({"id": answer["id"], "object": "text_completion", "created": 0, "model": answer["model"], "choices": choices, "usage": usage});
        format!("data: {written}\n\n")
    };
    let choice = |text: &str, reason: Value| {
        chunk(json!([{"index": 0, "text": text, "logprobs": null, "finish_reason": reason}]), Value::Null)
    };
    let pieces = said.pieces();
    let pieces = pieces.iter().map(|piece| choice(piece, Value::Null));
    let last =
        [choice("", json!("stop")), chunk(json!([]), answer["usage"].clone()), "data: [DONE]\n\n".to_owned()];
    pieces.chain(last).collect()
}
