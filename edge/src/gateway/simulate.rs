//! The simulated provider's answers as they would come over the wire.

use serde_json::{Value, json};

/// The most pieces that the text of an answer is streamed in.
const PIECES: usize = 8;

/// Gives the status of a simulated answer.
pub fn status(answer: &Value) -> u16 {
    match answer.get("error").map(|error| error.get("code").and_then(Value::as_str)) {
        None => 200,
        Some(Some("model_not_found")) => 404,
        Some(_) => 400,
    }
}

/// Writes an answer as the events of a stream: the role, the text in a few pieces, the end, the tokens.
pub fn events(answer: &Value) -> Vec<String> {
    let text = answer.pointer("/choices/0/message/content").and_then(Value::as_str).unwrap_or_default();
    let reason = answer.pointer("/choices/0/finish_reason").cloned().unwrap_or_default();
    let chunk = |choices: Value, usage: Value| {
        let written = json!({"id": answer["id"], "object": "chat.completion.chunk", "created": 0, "model": answer["model"], "choices": choices, "usage": usage});
        format!("data: {written}\n\n")
    };
    let delta = |delta: Value, reason: Value| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": reason}]), Value::Null)
    };
    let first = delta(json!({"role": "assistant", "content": ""}), Value::Null);
    let middle = pieces(text).into_iter().map(|piece| delta(json!({"content": piece}), Value::Null));
    let last =
        [delta(json!({}), reason), chunk(json!([]), answer["usage"].clone()), "data: [DONE]\n\n".to_owned()];
    std::iter::once(first).chain(middle).chain(last).collect()
}

/// Cuts a text into at most [`PIECES`] pieces, between words.
fn pieces(text: &str) -> Vec<String> {
    let words: Vec<_> = text.split_inclusive(' ').collect();
    words.chunks(words.len().div_ceil(PIECES).max(1)).map(<[_]>::concat).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use shared::chat::openai::{self, Assembly};

    fn answer(text: &str) -> Value {
        json!({"id": "demo-1", "object": "chat.completion", "model": "echo",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}})
    }

    #[test]
    fn a_streamed_answer_reads_as_the_unstreamed_one() {
        let long = "word ".repeat(1000);
        for text in ["", "Hi", "It is on its way, é.", " two  spaces ", &long] {
            let mut assembly = Assembly::default();
            let events = events(&answer(text));
            assert!(events.len() <= PIECES + 4, "{}", events.len());
            for event in events {
                assembly.push(event.as_bytes());
            }
            let assembled = assembly.finish();
            assert!(assembled.complete);
            assert_eq!(openai::read_response(&assembled.body), openai::read_response(&answer(text)));
        }
    }

    #[test]
    fn events_are_chunks() {
        expect![[r#"
            data: {"id":"demo-1","object":"chat.completion.chunk","created":0,"model":"echo","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}

            data: {"id":"demo-1","object":"chat.completion.chunk","created":0,"model":"echo","choices":[{"index":0,"delta":{"content":"Hi "},"finish_reason":null}],"usage":null}

            data: {"id":"demo-1","object":"chat.completion.chunk","created":0,"model":"echo","choices":[{"index":0,"delta":{"content":"you"},"finish_reason":null}],"usage":null}

            data: {"id":"demo-1","object":"chat.completion.chunk","created":0,"model":"echo","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

            data: {"id":"demo-1","object":"chat.completion.chunk","created":0,"model":"echo","choices":[],"usage":{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5}}

            data: [DONE]

        "#]].assert_eq(&events(&answer("Hi you")).concat());
    }

    #[test]
    fn an_error_has_its_status() {
        assert_eq!(status(&answer("x")), 200);
        assert_eq!(status(&json!({"error": {"code": "model_not_found"}})), 404);
        assert_eq!(status(&json!({"error": {"message": "no"}})), 400);
    }
}
