//! Chat completions, streamed. Unstreamed they are the simulated provider's own words.

use serde_json::{Value, json};

use super::Said;

/// Writes an answer as chunks: the role, the text in a few pieces, the end, the tokens.
pub(super) fn events(answer: &Value) -> Vec<String> {
    let said = Said::of(answer);
    let reason = answer.pointer("/choices/0/finish_reason").cloned().unwrap_or_default();
    let chunk = |choices: Value, usage: Value| {
        let written = json!({"id": answer["id"], "object": "chat.completion.chunk", "created": 0, "model": answer["model"], "choices": choices, "usage": usage});
        format!("data: {written}\n\n")
    };
    let delta = |delta: Value, reason: Value| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": reason}]), Value::Null)
    };
    let first = delta(json!({"role": "assistant", "content": ""}), Value::Null);
    let middle = said.pieces().into_iter().map(|piece| delta(json!({"content": piece}), Value::Null));
    let last =
        [delta(json!({}), reason), chunk(json!([]), answer["usage"].clone()), "data: [DONE]\n\n".to_owned()];
    std::iter::once(first).chain(middle).chain(last).collect()
}
