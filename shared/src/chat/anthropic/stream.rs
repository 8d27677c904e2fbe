//! Assembling a streamed message into the body that the same message would have had unstreamed.

use serde_json::{Map, Value, json};

use crate::chat::body::kind;
use crate::chat::stream::{Assembled, Events, Marks, Said};

/// More blocks than any answer has: a hostile stream must not keep us searching.
const MOST_BLOCKS: usize = 256;

/// Puts a streamed message together.
#[derive(Debug, Default)]
pub struct Assembly {
    events: Events,
    /// The message as it began, and what was said of it since.
    message: Map<String, Value>,
    blocks: Vec<Block>,
    error: Option<Value>,
    done: bool,
    begun: bool,
}

#[derive(Debug)]
struct Block {
    number: u64,
    value: Value,
    /// The input of a tool, which comes as pieces of JSON.
    input: String,
}

impl Assembly {
    /// Takes the next bytes of the stream. Tells whether the first content has now been seen.
    pub fn push(&mut self, chunk: &[u8]) -> bool {
        for said in self.events.push(chunk) {
            match said {
                // No mark of this format, though some who pass it on write it.
                Said::Done => {}
                Said::Error(error) => self.error = Some(error_body(error)),
                Said::Piece(data) => self.take(&data),
            }
        }
        self.begun
    }

    /// Tells whether the mark of the end has come: what may still follow is no part of the answer.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Ends the stream, whose marks are `message_stop` and a reason to stop.
    pub fn finish(self) -> Assembled {
        let marks = Marks::of(self.done, self.message.get("stop_reason").is_some_and(Value::is_string));
        if let Some(error) = self.error {
            return self.events.end(error, marks);
        }
        let mut body = self.message;
        if body.is_empty() {
            body.insert("type".to_owned(), json!("message"));
            body.insert("role".to_owned(), json!("assistant"));
        }
        body.insert("content".to_owned(), self.blocks.into_iter().map(Block::close).collect());
        self.events.end(Value::Object(body), marks)
    }

    fn take(&mut self, data: &Value) {
        match kind(data) {
            "message_start" => {
                if let Some(message) = data.get("message").and_then(Value::as_object) {
                    self.message = message.clone();
                }
            }
            "content_block_start" => {
                let value = data.get("content_block").cloned().unwrap_or_default();
                self.begun |= matches!(kind(&value), "tool_use");
                if self.blocks.len() < MOST_BLOCKS && value.is_object() {
                    self.blocks.push(Block { number: number(data), value, input: String::new() });
                }
            }
            "content_block_delta" => self.delta(data),
            "message_delta" => self.message_delta(data),
            "message_stop" => self.done = true,
            // `ping`, `content_block_stop`, and whatever comes in years to come.
            _ => {}
        }
    }

    fn delta(&mut self, data: &Value) {
        let wanted = number(data);
        let Some(block) = self.blocks.iter_mut().rev().find(|block| block.number == wanted) else { return };
        let Some(delta) = data.get("delta") else { return };
        let part = |name: &str| delta.get(name).and_then(Value::as_str).unwrap_or_default();
        match kind(delta) {
            "text_delta" => {
                append(&mut block.value, "text", part("text"));
                self.begun |= !part("text").is_empty();
            }
            "input_json_delta" => block.input.push_str(part("partial_json")),
            "thinking_delta" => append(&mut block.value, "thinking", part("thinking")),
            "signature_delta" => append(&mut block.value, "signature", part("signature")),
            "citations_delta" => {
                let citation = delta.get("citation").cloned().unwrap_or_default();
                match block.value.get_mut("citations") {
                    Some(Value::Array(citations)) => citations.push(citation),
                    _ => block.value["citations"] = json!([citation]),
                }
            }
            _ => {}
        }
    }

    /// Takes what is said of the whole message; counts of tokens are totals, and those that are missing stay.
    fn message_delta(&mut self, data: &Value) {
        for (name, value) in data.get("delta").and_then(Value::as_object).into_iter().flatten() {
            self.message.insert(name.clone(), value.clone());
        }
        let Some(usage) = data.get("usage").and_then(Value::as_object) else { return };
        let known = self.message.entry("usage").or_insert_with(|| json!({}));
        let Some(known) = known.as_object_mut() else { return };
        known.extend(
            usage
                .iter()
                .filter(|(_, count)| !count.is_null())
                .map(|(name, count)| (name.clone(), count.clone())),
        );
    }
}

impl Block {
    fn close(self) -> Value {
        let mut value = self.value;
        if !self.input.is_empty() {
            // An input that was cut off is kept as the text that came.
            let input = serde_json::from_str(&self.input).unwrap_or(Value::String(self.input));
            value["input"] = input;
        }
        value
    }
}

fn number(data: &Value) -> u64 {
    data.get("index").and_then(Value::as_u64).unwrap_or(0)
}

fn append(block: &mut Value, name: &str, more: &str) {
    match block.get_mut(name) {
        Some(Value::String(text)) => text.push_str(more),
        _ => block[name] = json!(more),
    }
}

/// Writes the body of an error as this format has it.
fn error_body(mut told: Value) -> Value {
    if told.get("error").is_none_or(Value::is_null) {
        return json!({"type": "error", "error": told});
    }
    told["type"] = json!("error");
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":7,"output_tokens":1}}}"#;
    const STOP: &str = r#"{"type":"message_stop"}"#;

    fn check(events: &[&str], expected: Expect) {
        let mut assembly = Assembly::default();
        let mut first = None;
        for (place, event) in events.iter().enumerate() {
            let name = event.split('"').nth(3).unwrap_or_default();
            if assembly.push(format!("event: {name}\ndata: {event}\n\n").as_bytes()) {
                first.get_or_insert(place);
            }
        }
        let Assembled { body, complete, flaw, .. } = assembly.finish();
        expected.assert_eq(&format!("{body} complete={complete} {flaw:?} first={first:?}"));
    }

    #[test]
    fn a_stream_comes_to_the_message_unstreamed() {
        check(
            &[
                START,
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                r#"{"type":"ping"}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}"#,
                r#"{"type":"content_block_stop","index":0}"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":12}}"#,
                STOP,
            ],
            expect![[
                r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":7,"output_tokens":12}} complete=true None first=Some(3)"#
            ]],
        );
    }

    #[test]
    fn thinking_and_the_input_of_a_tool_are_put_together() {
        check(
            &[
                START,
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}"#,
                r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"look","input":{}}}"#,
                r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}"#,
                r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}"#,
                r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":":1}"}}"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}"#,
                STOP,
            ],
            expect![[
                r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},{"type":"tool_use","id":"t1","name":"look","input":{"a":1}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":7,"output_tokens":9}} complete=true None first=Some(4)"#
            ]],
        );
    }

    #[test]
    fn a_stream_that_breaks_off_keeps_what_came() {
        check(
            &[
                START,
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#,
            ],
            expect![[
                r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hel"}],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":7,"output_tokens":1}} complete=false Some(CutOff) first=Some(2)"#
            ]],
        );
        check(
            &[],
            expect![[
                r#"{"type":"message","role":"assistant","content":[]} complete=false Some(CutOff) first=None"#
            ]],
        );
    }

    #[test]
    fn an_error_in_a_stream_is_an_error() {
        check(
            &[START, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#],
            expect![[
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}} complete=false Some(CutOff) first=None"#
            ]],
        );
    }

    #[test]
    fn an_error_in_the_words_of_others_is_one_too() {
        check(
            &[START, r#"{"error":{"message":"Overloaded"},"request_id":"r"}"#],
            expect![[
                r#"{"error":{"message":"Overloaded"},"request_id":"r","type":"error"} complete=false Some(CutOff) first=None"#
            ]],
        );
        check(
            &[START, r#"{"type":"error","message":"Overloaded"}"#],
            expect![[
                r#"{"type":"error","error":{"type":"error","message":"Overloaded"}} complete=false Some(CutOff) first=None"#
            ]],
        );
    }

    #[test]
    fn a_stream_with_an_event_that_does_not_read_is_not_whole() {
        check(
            &[
                START,
                r#"{"type":"content_block_sta"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
                STOP,
            ],
            expect![[
                r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":7,"output_tokens":1}} complete=true Some(NotJson) first=None"#
            ]],
        );
    }

    #[test]
    fn events_that_do_not_fit_are_passed_over() {
        check(
            &[
                r#"{"type":"content_block_delta","index":7,"delta":{"type":"text_delta","text":"x"}}"#,
                r#"{"type":"content_block_start","index":0,"content_block":"x"}"#,
                r#"{"type":"message_start","message":3}"#,
                r#"{"type":"message_delta","usage":3}"#,
                "[DONE]",
            ],
            expect![[
                r#"{"type":"message","role":"assistant","content":[]} complete=false Some(CutOff) first=None"#
            ]],
        );
    }
}
