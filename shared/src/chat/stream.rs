//! What the streams of all formats have in common: events that are JSON objects, errors among them, and what keeps a
//! stream from being taken for a whole answer.
//!
//! Leaves out what the events mean, which each format says for itself.

use serde_json::{Value, json};

use super::body::kind;
use super::sse::{Decoder, Event};

/// The most bytes that are kept of an event that does not read.
const LONGEST_UNREAD: usize = 10_000;

/// What a stream came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    /// The body in the unstreamed form; an error body if the stream carried an error.
    pub body: Value,
    /// The stream ended as its protocol says.
    pub complete: bool,
    /// Why it cannot be taken for the whole answer.
    pub flaw: Option<Flaw>,
    /// The first event that is no JSON object, as it came, at most 10 kB of it.
    pub unread: Option<String>,
}

/// What keeps a stream from being taken for a whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("the answer is not text: its bytes are not UTF-8")]
    NotText,
    #[error("the answer is not whole: an event of its stream is not JSON")]
    NotJson,
    /// Either mark is enough: what a model says is all there when one of them comes.
    #[error(
        "the answer is not whole: its stream ended with neither a finish reason nor [DONE]; if all do, turn streaming off for the provider"
    )]
    CutOff,
}

/// Which of its marks a stream ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// All that its protocol has.
    All,
    /// Enough to tell that all was said.
    Some,
    None,
}

impl Marks {
    /// Counts two marks.
    pub(super) fn of(one: bool, other: bool) -> Self {
        match (one, other) {
            (true, true) => Self::All,
            (false, false) => Self::None,
            _ => Self::Some,
        }
    }
}

/// What an event says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// The mark that nothing follows, `[DONE]`.
    Done,
    /// A piece of the answer: an object.
    Piece(Value),
    /// What went wrong, with what stands around it.
    Error(Value),
}

/// Reads the events of a stream, and remembers what of it does not read.
#[derive(Debug, Default)]
pub(super) struct Events {
    decoder: Decoder,
    unread: Option<String>,
}

impl Events {
    /// Takes the next chunk and gives what the events say that it completes.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Vec<Said> {
        let events = self.decoder.push(chunk);
        events.into_iter().filter_map(|event| self.read(event)).collect()
    }

    /// Ends the stream, which came to this body and these marks.
    pub(super) fn end(self, body: Value, marks: Marks) -> Assembled {
        let is_error = body.get("error").is_some_and(|error| !error.is_null());
        let flaw = match (self.decoder.is_garbled(), &self.unread) {
            (true, _) => Some(Flaw::NotText),
            (false, Some(_)) => Some(Flaw::NotJson),
            (false, None) => (marks == Marks::None).then_some(Flaw::CutOff),
        };
        let complete = marks == Marks::All && !is_error && self.decoder.is_at_rest();
        Assembled { body, complete, flaw, unread: self.unread }
    }

    fn read(&mut self, event: Event) -> Option<Said> {
        let text = event.data.trim();
        match (event.json().filter(Value::is_object), event.name.as_str()) {
            // An event without data keeps the connection alive.
            _ if text.is_empty() => None,
            _ if text == "[DONE]" => Some(Said::Done),
            (Some(value), name) if name == "error" || is_error(&value) => Some(Said::Error(value)),
            (Some(value), _) => Some(Said::Piece(value)),
            (None, "error") => Some(Said::Error(json!({"message": text}))),
            (None, _) => {
                self.unread.get_or_insert_with(|| cut(text).to_owned());
                None
            }
        }
    }
}

/// Cuts a text to the length that is kept of it, before the word that the cut would go through: of a secret that is cut the
/// rest looks like none.
fn cut(text: &str) -> &str {
    let kept = &text[..text.floor_char_boundary(LONGEST_UNREAD)];
    if kept.len() == text.len() {
        return text;
    }
    kept.trim_end_matches(|mark: char| mark.is_alphanumeric() || "-_.+/=@".contains(mark))
}

fn is_error(value: &Value) -> bool {
    kind(value) == "error" || value.get("error").is_some_and(|error| !error.is_null())
}

/// Gives the error itself, without what stands around it in an event.
pub(super) fn error_in(mut value: Value) -> Value {
    match value.get_mut("error").map(Value::take) {
        Some(error) if !error.is_null() => error,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(stream: &[u8], expected: Expect) {
        let mut events = Events::default();
        let said: Vec<_> = events.push(stream).iter().map(|said| format!("{said:?}")).collect();
        let Assembled { complete, flaw, unread, .. } = events.end(json!({}), Marks::All);
        expected.assert_eq(&format!("{} complete={complete} {flaw:?} {unread:?}", said.join(" ")));
    }

    #[test]
    fn events_are_objects_and_one_without_data_says_nothing() {
        check(
            b": hi\n\ndata:\n\ndata: {\"a\":1}\n\nevent: x\ndata: {\"error\":null}\n\ndata: [DONE]\n\n",
            expect![[
                r#"Piece(Object {"a": Number(1)}) Piece(Object {"error": Null}) Done complete=true None None"#
            ]],
        );
    }

    #[test]
    fn an_error_is_one_by_its_name_its_type_or_its_member() {
        check(
            b"event: error\ndata: {\"message\":\"full\"}\n\n",
            expect![[r#"Error(Object {"message": String("full")}) complete=true None None"#]],
        );
        check(
            b"event: error\ndata: full\n\n",
            expect![[r#"Error(Object {"message": String("full")}) complete=true None None"#]],
        );
        check(
            b"data: {\"type\":\"error\",\"code\":\"full\"}\n\n",
            expect![[
                r#"Error(Object {"type": String("error"), "code": String("full")}) complete=true None None"#
            ]],
        );
        check(
            b"data: {\"error\":\"full\",\"choices\":[]}\n\n",
            expect![[
                r#"Error(Object {"error": String("full"), "choices": Array []}) complete=true None None"#
            ]],
        );
    }

    #[test]
    fn what_does_not_read_is_kept_as_it_came() {
        check(
            b"data: {\"a\":\n\ndata: [1]\n\n",
            expect![[r#" complete=true Some(NotJson) Some("{\"a\":")"#]],
        );
        check(b"data: [1]\n\n", expect![[r#" complete=true Some(NotJson) Some("[1]")"#]]);
        check(b"data: \xff\n\n", expect![[r#" complete=true Some(NotText) Some("�")"#]]);
        check(
            b"data: {\"a\":\"\xff\"}\n\n",
            expect![[r#"Piece(Object {"a": String("�")}) complete=true Some(NotText) None"#]],
        );
    }

    #[test]
    fn an_event_that_is_cut_off_makes_no_whole_stream() {
        check(
            b"data: {\"a\":1}\n\ndata: {\"a",
            expect![[r#"Piece(Object {"a": Number(1)}) complete=false None None"#]],
        );
    }

    #[test]
    fn depth_and_length_are_no_danger() {
        let deep = format!("data: {}\n\n", "[".repeat(100_000));
        let mut events = Events::default();
        assert_eq!(events.push(deep.as_bytes()), Vec::new());
        let assembled = events.end(json!({}), Marks::None);
        assert_eq!(assembled.flaw, Some(Flaw::NotJson));
        assert_eq!(assembled.unread.map(|text| text.len()), Some(LONGEST_UNREAD));
    }
}
