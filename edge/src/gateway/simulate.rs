//! The simulated provider's answers as they would come over the wire, in every format that the gateway passes.
//!
//! What is asked in another format is carried over into a chat, which `demo` answers, and the answer is written back. Leaves
//! out tools, pictures and thoughts: the simulated provider has none.

mod chat;
mod completions;
mod embeddings;
mod messages;
mod responses;

use serde_json::{Value, json};
use shared::chat::wire::Wire;
use shared::chat::{anthropic, carry};

use crate::upstream::demo;

/// The most pieces that the text of an answer is streamed in.
const PIECES: usize = 8;

/// What the simulated provider says, in no format.
struct Said {
    id: String,
    model: String,
    text: String,
    input_tokens: u64,
    output_tokens: u64,
}

impl Said {
    /// Takes what it says out of its answer to a chat.
    fn of(answer: &Value) -> Self {
        let text = |path: &str| answer.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let count = |path: &str| answer.pointer(path).and_then(Value::as_u64).unwrap_or(0);
        Self {
            id: text("/id"),
            model: text("/model"),
            text: text("/choices/0/message/content"),
            input_tokens: count("/usage/prompt_tokens"),
            output_tokens: count("/usage/completion_tokens"),
        }
    }

    /// Gives the text in at most [`PIECES`] pieces, cut between words.
    fn pieces(&self) -> Vec<String> {
        let words: Vec<_> = self.text.split_inclusive(' ').collect();
        words.chunks(words.len().div_ceil(PIECES).max(1)).map(<[_]>::concat).collect()
    }
}

/// Answers a call in a format with the body that a provider would send, unstreamed; an error body when what is asked or
/// the model is not known.
pub fn answer(wire: Wire, request: &Value) -> Value {
    if wire == Wire::Embeddings {
        return embeddings::answer(request);
    }
    let answer = match carry::to_chat(wire, request) {
        Ok(carried) => demo::answer(&carried.request),
        Err(mistake) => demo::error(&mistake.detail, "invalid_request_error"),
    };
    if answer.get("error").is_some() {
        return in_words_of(wire, answer);
    }
    match wire {
        Wire::Chat | Wire::Embeddings => answer,
        Wire::Messages => messages::whole(&Said::of(&answer)),
        Wire::Responses => responses::whole(&Said::of(&answer)),
        Wire::Completions => completions::whole(&Said::of(&answer)),
    }
}

/// Counts the tokens of a message without answering it, as the answer would count them.
pub fn count(request: &Value) -> Value {
    let answer = answer(Wire::Messages, request);
    match answer.pointer("/usage/input_tokens") {
        Some(tokens) => json!({"input_tokens": tokens}),
        None => answer,
    }
}

/// Writes an error in the words of a format.
fn in_words_of(wire: Wire, error: Value) -> Value {
    if wire != Wire::Messages {
        return error;
    }
    let message = error.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
    let kind = if status(&error) == 404 { "not_found_error" } else { "invalid_request_error" };
    anthropic::error(kind, message)
}

/// Gives the status of a simulated answer.
pub fn status(answer: &Value) -> u16 {
    let Some(error) = answer.get("error").filter(|error| !error.is_null()) else { return 200 };
    let word = |name: &str| error.get(name).and_then(Value::as_str);
    match (word("code"), word("type")) {
        (Some("model_not_found"), _) | (_, Some("not_found_error")) => 404,
        _ => 400,
    }
}

/// Tells whether an answer can be streamed. Embeddings never are.
pub fn streams(wire: Wire) -> bool {
    wire != Wire::Embeddings
}

/// Writes an answer that is no error as the events of a stream: how it begins, the text in a few pieces, how it ends.
pub fn events(wire: Wire, answer: &Value) -> Vec<String> {
    match wire {
        Wire::Chat | Wire::Embeddings => chat::events(answer),
        Wire::Messages => messages::events(answer),
        Wire::Responses => responses::events(answer),
        Wire::Completions => completions::events(answer),
    }
}

/// Writes an event that is named by its type.
fn named(event: &Value) -> String {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
    format!("event: {kind}\ndata: {event}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::chat::stream::Assembled;
    use shared::chat::wire::Assembly;

    const WIRES: [Wire; 4] = [Wire::Chat, Wire::Messages, Wire::Responses, Wire::Completions];

    /// Asks for a text in a format.
    fn asked(wire: Wire, model: &str, text: &str) -> Value {
        match wire {
            Wire::Chat => json!({"model": model, "messages": [{"role": "user", "content": text}]}),
            Wire::Messages => {
                json!({"model": model, "max_tokens": 9, "system": "Be brief.", "messages": [{"role": "user", "content": text}]})
            }
            Wire::Responses => json!({"model": model, "instructions": "Be brief.", "input": text}),
            Wire::Completions => json!({"model": model, "prompt": text}),
            Wire::Embeddings => json!({"model": model, "input": text}),
        }
    }

    fn check(wire: Wire, request: &Value, expected: Expect) {
        let answer = answer(wire, request);
        assert_eq!(super::answer(wire, request), answer, "the same every time");
        expected.assert_eq(&format!("{} {answer}", status(&answer)));
    }

    #[test]
    fn every_format_has_its_own_words() {
        check(
            Wire::Messages,
            &asked(Wire::Messages, "echo", "Where is it?"),
            expect![[
                r#"200 {"id":"msg_demo-fde5a753bf5e","type":"message","role":"assistant","model":"echo","content":[{"type":"text","text":"Where is it?"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":3}}"#
            ]],
        );
        check(
            Wire::Responses,
            &asked(Wire::Responses, "terse", "Where is it? Say."),
            expect![[
                r#"200 {"id":"resp_demo-45d64a46c3c7","object":"response","created_at":0,"status":"completed","error":null,"incomplete_details":null,"instructions":null,"metadata":{},"model":"terse","output":[{"id":"msg_demo-45d64a46c3c7","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Where is it?","annotations":[],"logprobs":[]}]}],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"usage":{"input_tokens":6,"input_tokens_details":{"cached_tokens":0},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":9}}"#
            ]],
        );
        check(
            Wire::Completions,
            &asked(Wire::Completions, "echo", "Once upon"),
            expect![[
                r#"200 {"id":"demo-04bc65088bb5","object":"text_completion","created":0,"model":"echo","choices":[{"index":0,"text":"Once upon","logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}}"#
            ]],
        );
    }

    #[test]
    fn what_is_not_known_is_refused_in_the_words_of_the_format() {
        check(
            Wire::Chat,
            &asked(Wire::Chat, "gpt", "Hi"),
            expect![[
                r#"404 {"error":{"message":"there is no model \"gpt\"; known are echo, terse, judge","type":"invalid_request_error","code":"model_not_found"}}"#
            ]],
        );
        check(
            Wire::Messages,
            &asked(Wire::Messages, "claude", "Hi"),
            expect![[
                r#"404 {"type":"error","error":{"type":"not_found_error","message":"there is no model \"claude\"; known are echo, terse, judge"}}"#
            ]],
        );
        check(
            Wire::Messages,
            &json!({"model": "echo"}),
            expect![[
                r#"400 {"type":"error","error":{"type":"invalid_request_error","message":"messages is missing; it is the list of the conversation's turns"}}"#
            ]],
        );
        check(
            Wire::Responses,
            &json!({"model": "echo", "previous_response_id": "r"}),
            expect![[
                r#"400 {"error":{"message":"it holds no conversation of its own: the provider has it","type":"invalid_request_error","code":"invalid_request_error"}}"#
            ]],
        );
        check(
            Wire::Embeddings,
            &asked(Wire::Embeddings, "echo", "Hi"),
            expect![[
                r#"404 {"error":{"message":"there is no model \"echo\" for embeddings; known is embed","type":"invalid_request_error","code":"model_not_found"}}"#
            ]],
        );
        check(
            Wire::Embeddings,
            &json!({"model": "embed"}),
            expect![[
                r#"400 {"error":{"message":"input must be a text, a list of texts, or such in tokens, and not empty","type":"invalid_request_error","code":"invalid_request_error"}}"#
            ]],
        );
    }

    #[test]
    fn a_streamed_answer_reads_as_the_unstreamed_one() {
        let long = "word ".repeat(1000);
        for wire in WIRES {
            for text in ["Hi", "It is on its way, é.", " two  spaces ", &long] {
                let whole = answer(wire, &asked(wire, "echo", text));
                let events = events(wire, &whole);
                assert!(events.len() <= PIECES + 9, "{}", events.len());
                let mut assembly = Assembly::of(wire);
                for event in events {
                    assembly.push(event.as_bytes());
                }
                let Assembled { body, complete, .. } = assembly.finish();
                assert!(complete, "{wire:?}");
                assert_eq!(wire.read_response(&body), wire.read_response(&whole), "{wire:?}");
                assert_eq!(
                    wire.read_response(&whole).map(|read| read.output.text),
                    Ok(text.to_owned()),
                    "{wire:?}"
                );
            }
        }
    }

    #[test]
    fn events_are_those_of_the_format() {
        let events = |wire: Wire| events(wire, &answer(wire, &asked(wire, "echo", "Hi you"))).concat();
        expect![[r#"
            data: {"id":"demo-35d08150a544","object":"chat.completion.chunk","created":0,"model":"echo","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}

            data: {"id":"demo-35d08150a544","object":"chat.completion.chunk","created":0,"model":"echo","choices":[{"index":0,"delta":{"content":"Hi "},"finish_reason":null}],"usage":null}

            data: {"id":"demo-35d08150a544","object":"chat.completion.chunk","created":0,"model":"echo","choices":[{"index":0,"delta":{"content":"you"},"finish_reason":null}],"usage":null}

            data: {"id":"demo-35d08150a544","object":"chat.completion.chunk","created":0,"model":"echo","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

            data: {"id":"demo-35d08150a544","object":"chat.completion.chunk","created":0,"model":"echo","choices":[],"usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}}

            data: [DONE]

        "#]].assert_eq(&events(Wire::Chat));
        expect![[r#"
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_demo-5b7dc45c4aee","type":"message","role":"assistant","model":"echo","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":4,"output_tokens":0}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi "}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"you"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}

            event: message_stop
            data: {"type":"message_stop"}

        "#]].assert_eq(&events(Wire::Messages));
        expect![[r#"
            event: response.created
            data: {"type":"response.created","response":{"id":"resp_demo-9601e6af0156","object":"response","created_at":0,"status":"in_progress","error":null,"incomplete_details":null,"instructions":null,"metadata":{},"model":"echo","output":[],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"usage":null},"sequence_number":0}

            event: response.output_item.added
            data: {"type":"response.output_item.added","output_index":0,"item":{"id":"msg_demo-9601e6af0156","type":"message","status":"in_progress","role":"assistant","content":[]},"sequence_number":1}

            event: response.content_part.added
            data: {"type":"response.content_part.added","item_id":"msg_demo-9601e6af0156","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]},"sequence_number":2}

            event: response.output_text.delta
            data: {"type":"response.output_text.delta","item_id":"msg_demo-9601e6af0156","output_index":0,"content_index":0,"delta":"Hi ","sequence_number":3}

            event: response.output_text.delta
            data: {"type":"response.output_text.delta","item_id":"msg_demo-9601e6af0156","output_index":0,"content_index":0,"delta":"you","sequence_number":4}

            event: response.output_text.done
            data: {"type":"response.output_text.done","item_id":"msg_demo-9601e6af0156","output_index":0,"content_index":0,"text":"Hi you","sequence_number":5}

            event: response.content_part.done
            data: {"type":"response.content_part.done","item_id":"msg_demo-9601e6af0156","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Hi you","annotations":[],"logprobs":[]},"sequence_number":6}

            event: response.output_item.done
            data: {"type":"response.output_item.done","output_index":0,"item":{"id":"msg_demo-9601e6af0156","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi you","annotations":[],"logprobs":[]}]},"sequence_number":7}

            event: response.completed
            data: {"type":"response.completed","response":{"id":"resp_demo-9601e6af0156","object":"response","created_at":0,"status":"completed","error":null,"incomplete_details":null,"instructions":null,"metadata":{},"model":"echo","output":[{"id":"msg_demo-9601e6af0156","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi you","annotations":[],"logprobs":[]}]}],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"usage":{"input_tokens":4,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":6}},"sequence_number":8}

        "#]].assert_eq(&events(Wire::Responses));
        expect![[r#"
            data: {"id":"demo-35d08150a544","object":"text_completion","created":0,"model":"echo","choices":[{"index":0,"text":"Hi ","logprobs":null,"finish_reason":null}],"usage":null}

            data: {"id":"demo-35d08150a544","object":"text_completion","created":0,"model":"echo","choices":[{"index":0,"text":"you","logprobs":null,"finish_reason":null}],"usage":null}

            data: {"id":"demo-35d08150a544","object":"text_completion","created":0,"model":"echo","choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}],"usage":null}

            data: {"id":"demo-35d08150a544","object":"text_completion","created":0,"model":"echo","choices":[],"usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}}

            data: [DONE]

        "#]].assert_eq(&events(Wire::Completions));
    }

    #[test]
    fn tokens_are_counted_as_in_the_answer() {
        expect![[r#"{"input_tokens":5}"#]]
            .assert_eq(&count(&asked(Wire::Messages, "echo", "Where is it?")).to_string());
        expect![[r#"{"type":"error","error":{"type":"not_found_error","message":"there is no model \"claude\"; known are echo, terse, judge"}}"#]].assert_eq(&count(&asked(Wire::Messages, "claude", "Hi")).to_string());
    }
}
