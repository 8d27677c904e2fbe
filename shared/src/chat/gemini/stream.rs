//! Assembling a streamed answer of Gemini into the body that the same answer would have had unstreamed.
//!
//! Each event is a part of the body; no event marks the end, but the last has the reason for it.

use serde_json::{Map, Value, json};

use crate::chat::stream::{self, Assembled, Events, Marks, Said};

/// Puts a streamed answer together.
#[derive(Debug, Default)]
pub struct Assembly {
    events: Events,
    /// What the events say beside the candidates, each as it was last told.
    head: Map<String, Value>,
    /// What they say of the first candidate beside its parts; none before there is one.
    candidate: Option<Map<String, Value>>,
    parts: Vec<Value>,
    error: Option<Value>,
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
                Said::Piece(chunk) => self.take(chunk),
            }
        }
        self.begun
    }

    /// Tells whether the answer has ended: with its reason, or before it began.
    pub fn is_done(&self) -> bool {
        let finished = self.candidate.as_ref().is_some_and(|candidate| {
            candidate
                .get("finishReason")
                .is_some_and(|reason| reason.as_str().is_some_and(|word| !word.is_empty()))
        });
        let feedback = self.head.get("promptFeedback");
        finished || feedback.is_some_and(|feedback| feedback.get("blockReason").is_some_and(Value::is_string))
    }

    /// Ends the stream, whose mark is a reason for the end.
    pub fn finish(self) -> Assembled {
        let is_done = self.is_done();
        let marks = Marks::of(is_done, is_done);
        if let Some(error) = self.error {
            return self.events.end(json!({"error": error}), marks);
        }
        let mut body = Map::new();
        if let Some(mut candidate) = self.candidate {
            candidate.insert("content".to_owned(), json!({"role": "model", "parts": self.parts}));
            body.insert("candidates".to_owned(), json!([candidate]));
        }
        body.extend(self.head);
        self.events.end(Value::Object(body), marks)
    }

    fn take(&mut self, chunk: Value) {
        let Value::Object(mut chunk) = chunk else { return };
        let candidates = chunk.shift_remove("candidates").unwrap_or_default();
        self.head.extend(chunk);
        // Of several answers to one request the first counts, as it does unstreamed.
        let is_first = |one: &&Value| one.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        let first = candidates.as_array().and_then(|candidates| candidates.iter().find(is_first));
        for (name, value) in first.and_then(Value::as_object).into_iter().flatten() {
            let candidate = self.candidate.get_or_insert_default();
            if name == "content" {
                let parts = value.get("parts").and_then(Value::as_array);
                parts.into_iter().flatten().for_each(|part| self.part(part));
            } else {
                candidate.insert(name.clone(), value.clone());
            }
        }
    }

    /// Takes a part: more of the text before it, or one of its own.
    fn part(&mut self, part: &Value) {
        let is_thought = |part: &Value| part.get("thought") == Some(&Value::Bool(true));
        let text = part.get("text").and_then(Value::as_str);
        let says = text.is_some_and(|text| !text.is_empty()) && !is_thought(part);
        self.begun |= says || part.get("functionCall").is_some();
        let last = self.parts.last_mut().filter(|last| is_thought(last) == is_thought(part));
        match (text, last.and_then(|last| last.get_mut("text"))) {
            (Some(more), Some(Value::String(text))) => text.push_str(more),
            _ => self.parts.push(part.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const HEL: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"}]},"index":0}],"usageMetadata":{"promptTokenCount":3},"modelVersion":"gemini-2.5-flash"}"#;
    const LO: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"lo"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2},"modelVersion":"gemini-2.5-flash"}"#;

    fn check(events: &[&str], expected: Expect) {
        let mut assembly = Assembly::default();
        let mut first = None;
        let mut done = None;
        for (place, event) in events.iter().enumerate() {
            if assembly.push(format!("data: {event}\r\n\r\n").as_bytes()) {
                first.get_or_insert(place);
            }
            if assembly.is_done() {
                done.get_or_insert(place);
            }
        }
        let Assembled { body, complete, flaw, .. } = assembly.finish();
        expected
            .assert_eq(&format!("{body}\ncomplete={complete} flaw={flaw:?} first={first:?} done={done:?}"));
    }

    #[test]
    fn a_stream_comes_to_the_body_of_the_same_answer_unstreamed() {
        check(
            &[HEL, LO],
            expect![[r#"
            {"candidates":[{"index":0,"finishReason":"STOP","content":{"role":"model","parts":[{"text":"Hello"}]}}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2},"modelVersion":"gemini-2.5-flash"}
            complete=true flaw=None first=Some(0) done=Some(1)"#]],
        );
    }

    #[test]
    fn thoughts_and_calls_are_parts_of_their_own() {
        check(
            &[
                r#"{"candidates":[{"content":{"parts":[{"text":"Hm","thought":true}]}}]}"#,
                r#"{"candidates":[{"content":{"parts":[{"text":"m","thought":true}]}}]}"#,
                r#"{"candidates":[{"content":{"parts":[{"text":"I look."},{"functionCall":{"name":"look","args":{}},"thoughtSignature":"c2ln"}]}}]}"#,
                r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"see","args":{}}}]},"finishReason":"STOP"}]}"#,
            ],
            expect![[r#"
                {"candidates":[{"finishReason":"STOP","content":{"role":"model","parts":[{"text":"Hmm","thought":true},{"text":"I look."},{"functionCall":{"name":"look","args":{}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"see","args":{}}}]}}]}
                complete=true flaw=None first=Some(2) done=Some(3)"#]],
        );
    }

    #[test]
    fn of_several_streamed_answers_the_first_counts() {
        check(
            &[
                r#"{"candidates":[{"index":1,"content":{"parts":[{"text":"Bye"}]},"finishReason":"STOP"}]}"#,
                HEL,
                LO,
            ],
            expect![[r#"
                {"candidates":[{"index":0,"finishReason":"STOP","content":{"role":"model","parts":[{"text":"Hello"}]}}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2},"modelVersion":"gemini-2.5-flash"}
                complete=true flaw=None first=Some(1) done=Some(2)"#]],
        );
    }

    #[test]
    fn what_was_blocked_has_ended() {
        check(
            &[r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}}"#],
            expect![[r#"
                {"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}}
                complete=true flaw=None first=None done=Some(0)"#]],
        );
        check(
            &[HEL, r#"{"candidates":[{"finishReason":"SAFETY","index":0}]}"#],
            expect![[r#"
            {"candidates":[{"index":0,"finishReason":"SAFETY","content":{"role":"model","parts":[{"text":"Hel"}]}}],"usageMetadata":{"promptTokenCount":3},"modelVersion":"gemini-2.5-flash"}
            complete=true flaw=None first=Some(0) done=Some(1)"#]],
        );
    }

    #[test]
    fn a_stream_that_breaks_off_or_does_not_read_is_no_answer() {
        check(
            &[HEL],
            expect![[r#"
            {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hel"}]}}],"usageMetadata":{"promptTokenCount":3},"modelVersion":"gemini-2.5-flash"}
            complete=false flaw=Some(CutOff) first=Some(0) done=None"#]],
        );
        check(
            &[r#"{"candidates":[{"cont"#, LO],
            expect![[r#"
            {"candidates":[{"finishReason":"STOP","index":0,"content":{"role":"model","parts":[{"text":"lo"}]}}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2},"modelVersion":"gemini-2.5-flash"}
            complete=true flaw=Some(NotJson) first=Some(1) done=Some(1)"#]],
        );
        check(
            &[HEL, "[]"],
            expect![[r#"
            {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hel"}]}}],"usageMetadata":{"promptTokenCount":3},"modelVersion":"gemini-2.5-flash"}
            complete=false flaw=Some(NotJson) first=Some(0) done=None"#]],
        );
        check(
            &[],
            expect![[r#"
            {}
            complete=false flaw=Some(CutOff) first=None done=None"#]],
        );
    }

    #[test]
    fn an_error_in_a_stream_is_an_error() {
        let error = r#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#;
        check(
            &[HEL, error],
            expect![[r#"
            {"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}
            complete=false flaw=Some(CutOff) first=Some(0) done=None"#]],
        );
    }
}
