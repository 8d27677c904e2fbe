//! Assembling a streamed response into the body that the same response would have had unstreamed.
//!
//! The last event holds the whole response. What came before it counts only when it does not come.

use serde_json::{Map, Value, json};

use crate::chat::body::kind;
use crate::chat::stream::{self, Assembled, Events, Marks, Said};

/// More items, and parts of one, than any answer has: a hostile stream must not keep us searching.
const MOST: u64 = 256;

/// Puts a streamed response together.
#[derive(Debug, Default)]
pub struct Assembly {
    events: Events,
    /// The response as it was last told.
    response: Map<String, Value>,
    /// The items so far, by their place.
    items: Vec<Value>,
    error: Option<Value>,
    done: bool,
    begun: bool,
}

impl Assembly {
    /// Takes the next bytes of the stream. Tells whether the first content has now been seen.
    pub fn push(&mut self, chunk: &[u8]) -> bool {
        for said in self.events.push(chunk) {
            match said {
                // No mark of this format, though some who pass it on write it.
                Said::Done => {}
                Said::Error(error) => self.error = Some(stream::error_in(error)),
                Said::Piece(data) => self.take(data),
            }
        }
        self.begun
    }

    /// Ends the stream, whose mark is `response.completed` or `response.incomplete`.
    pub fn finish(self) -> Assembled {
        let marks = Marks::of(self.done, self.done);
        if let Some(error) = self.error {
            return self.events.end(json!({"error": error}), marks);
        }
        let mut body = self.response;
        let has_output =
            body.get("output").and_then(Value::as_array).is_some_and(|output| !output.is_empty());
        if !has_output {
            let items: Vec<_> = self.items.into_iter().filter(Value::is_object).collect();
            body.insert("output".to_owned(), Value::Array(items));
        }
        body.entry("object").or_insert_with(|| json!("response"));
        self.events.end(Value::Object(body), marks)
    }

    fn take(&mut self, mut data: Value) {
        let what = kind(&data).to_owned();
        match what.as_str() {
            "response.created" | "response.queued" | "response.in_progress" => self.take_response(&mut data),
            "response.completed" | "response.incomplete" => {
                self.take_response(&mut data);
                self.done = true;
            }
            "response.failed" => self.take_response(&mut data),
            "response.output_item.added" | "response.output_item.done" => {
                let item = data.get_mut("item").map(Value::take).unwrap_or_default();
                self.begun |= matches!(kind(&item), "function_call" | "custom_tool_call");
                if let Some(place) = place_in(&mut self.items, data.get("output_index")) {
                    *place = item;
                }
            }
            "response.output_text.delta" => self.text(&data, "output_text", "text"),
            "response.refusal.delta" => self.text(&data, "refusal", "refusal"),
            "response.function_call_arguments.delta" => self.argument(&data, "arguments"),
            "response.custom_tool_call_input.delta" => self.argument(&data, "input"),
            _ => {}
        }
    }

    fn take_response(&mut self, data: &mut Value) {
        if let Some(Value::Object(response)) = data.get_mut("response").map(Value::take) {
            self.response = response;
        }
    }

    fn text(&mut self, data: &Value, part: &str, member: &str) {
        let delta = data.get("delta").and_then(Value::as_str).unwrap_or_default();
        self.begun |= !delta.is_empty();
        let Some(item) = place_in(&mut self.items, data.get("output_index")) else { return };
        if !item.is_object() {
            *item = json!({"type": "message", "role": "assistant", "content": []});
        }
        let Some(Value::Array(parts)) = item.get_mut("content") else { return };
        let Some(place) = place_in(parts, data.get("content_index")) else { return };
        match place.get_mut(member) {
            Some(Value::String(text)) => text.push_str(delta),
            _ => *place = json!({"type": part, member: delta}),
        }
    }

    fn argument(&mut self, data: &Value, member: &str) {
        let delta = data.get("delta").and_then(Value::as_str).unwrap_or_default();
        let Some(item) = place_in(&mut self.items, data.get("output_index")) else { return };
        if let Some(Value::String(text)) = item.get_mut(member) {
            text.push_str(delta);
        }
    }
}

/// Gives the place with this number, making room for it.
fn place_in<'a>(list: &'a mut Vec<Value>, number: Option<&Value>) -> Option<&'a mut Value> {
    let number = number.and_then(Value::as_u64).unwrap_or(0);
    let number = usize::try_from(number).ok().filter(|_| number < MOST)?;
    if list.len() <= number {
        list.resize(number + 1, Value::Null);
    }
    list.get_mut(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const CREATED: &str = r#"{"type":"response.created","response":{"id":"resp_1","object":"response","status":"in_progress","model":"m","output":[],"error":null,"usage":null}}"#;
    const ADDED: &str = r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}"#;
    const HEL: &str = r#"{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hel"}"#;
    const LO: &str = r#"{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"lo"}"#;

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
    fn the_last_event_is_the_response() {
        check(
            &[
                CREATED,
                ADDED,
                HEL,
                LO,
                r#"{"type":"response.completed","response":{"id":"resp_1","object":"response","status":"completed","error":null,"output":[{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}],"usage":{"input_tokens":3,"output_tokens":2}}}"#,
            ],
            expect![[
                r#"{"id":"resp_1","object":"response","status":"completed","error":null,"output":[{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}],"usage":{"input_tokens":3,"output_tokens":2}} complete=true None first=Some(2)"#
            ]],
        );
        check(
            &[
                CREATED,
                ADDED,
                HEL,
                r#"{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}}"#,
            ],
            expect![[
                r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[{"type":"output_text","text":"Hel"}]}],"object":"response"} complete=true None first=Some(2)"#
            ]],
        );
    }

    #[test]
    fn a_stream_that_breaks_off_keeps_what_came() {
        check(
            &[CREATED, ADDED, HEL, LO],
            expect![[
                r#"{"id":"resp_1","object":"response","status":"in_progress","model":"m","output":[{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}],"error":null,"usage":null} complete=false Some(CutOff) first=Some(2)"#
            ]],
        );
        check(
            &[HEL],
            expect![[
                r#"{"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hel"}]}],"object":"response"} complete=false Some(CutOff) first=Some(0)"#
            ]],
        );
        check(
            &[
                CREATED,
                r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c1","name":"look","arguments":""}}"#,
                r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"a\""}"#,
                r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":":1}"}"#,
            ],
            expect![[
                r#"{"id":"resp_1","object":"response","status":"in_progress","model":"m","output":[{"type":"function_call","call_id":"c1","name":"look","arguments":"{\"a\":1}"}],"error":null,"usage":null} complete=false Some(CutOff) first=Some(1)"#
            ]],
        );
    }

    #[test]
    fn a_response_that_failed_is_not_complete() {
        check(
            &[
                CREATED,
                r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"oops"},"output":[]}}"#,
            ],
            expect![[
                r#"{"status":"failed","error":{"code":"server_error","message":"oops"},"output":[],"object":"response"} complete=false Some(CutOff) first=None"#
            ]],
        );
    }

    #[test]
    fn an_error_in_a_stream_is_an_error() {
        check(
            &[CREATED, r#"{"type":"error","code":"server_error","message":"oops","param":null}"#],
            expect![[
                r#"{"error":{"type":"error","code":"server_error","message":"oops","param":null}} complete=false Some(CutOff) first=None"#
            ]],
        );
    }

    #[test]
    fn a_stream_with_an_event_that_does_not_read_is_not_whole() {
        check(
            &[CREATED, r#"{"type":"response.outp"#, r#"{"type":"response.completed"}"#],
            expect![[
                r#"{"id":"resp_1","object":"response","status":"in_progress","model":"m","output":[],"error":null,"usage":null} complete=true Some(NotJson) first=None"#
            ]],
        );
    }

    #[test]
    fn a_place_beyond_any_answer_is_passed_over() {
        check(
            &[r#"{"type":"response.output_text.delta","output_index":9999999999,"delta":"x"}"#],
            expect![[r#"{"output":[],"object":"response"} complete=false Some(CutOff) first=Some(0)"#]],
        );
    }
}
