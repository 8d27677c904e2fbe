//! Server-sent events: the framing of streamed answers, read as the bytes arrive.
//!
//! Chunks may end anywhere, inside a character too. Leaves out what the events mean.

use std::borrow::Cow;

use serde_json::Value;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The `event:` line; empty when there is none.
    pub name: String,
    /// The `data:` lines, joined by newlines.
    pub data: String,
}

impl Event {
    /// Reads the data as JSON; none when it is not.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(self.data.trim()).ok()
    }
}

/// Reads events out of chunks of bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Bytes since the last line end.
    rest: Vec<u8>,
    name: String,
    data: Option<String>,
    /// The last line ended in `\r`: a `\n` right after it belongs to it.
    after_return: bool,
    /// Some bytes were not UTF-8.
    garbled: bool,
}

/// Tells whether an answer of this content type is a stream of events.
pub fn is_stream(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/event-stream"))
}

impl Decoder {
    /// Takes the next chunk and gives the events that it completes.
    ///
    /// Bytes that are not UTF-8 become replacement characters; comments and other fields are passed over.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in chunk {
            let joined = std::mem::take(&mut self.after_return) && byte == b'\n';
            if joined {
                continue;
            }
            match byte {
                b'\n' | b'\r' => {
                    self.after_return = byte == b'\r';
                    let line = std::mem::take(&mut self.rest);
                    let line = String::from_utf8_lossy(&line);
                    // Only what was mended is a text of its own.
                    self.garbled |= matches!(line, Cow::Owned(_));
                    events.extend(self.line(&line));
                }
                other => self.rest.push(other),
            }
        }
        events
    }

    /// Tells whether the stream ends between events; if not, its last event was cut off.
    pub fn is_at_rest(&self) -> bool {
        self.rest.is_empty() && self.data.is_none()
    }

    /// Tells whether some of the bytes so far were not UTF-8.
    pub fn is_garbled(&self) -> bool {
        self.garbled
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            return self.data.take().map(|data| Event { name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(chunks: &[&[u8]], expected: Expect) {
        let mut decoder = Decoder::default();
        let events: Vec<_> = chunks.iter().flat_map(|chunk| decoder.push(chunk)).collect();
        let lines: Vec<_> = events.iter().map(|event| format!("{}|{}", event.name, event.data)).collect();
        let garbled = if decoder.is_garbled() { " garbled" } else { "" };
        expected.assert_eq(&format!("{} rest={}{garbled}", lines.join(" "), decoder.is_at_rest()));
    }

    #[test]
    fn any_line_end_serves_and_comments_are_passed_over() {
        check(
            &[b": hello\r\ndata: a\r\n\r\nevent: x\rdata:b\r\rdata: c\n\n"],
            expect!["|a x|b |c rest=true"],
        );
    }

    #[test]
    fn a_chunk_may_end_inside_a_character_or_a_line_end() {
        check(&[b"data: \xe2\x82", b"\xac\r", b"\n\r", b"\n"], expect!["|€ rest=true"]);
    }

    #[test]
    fn data_lines_are_joined_by_newlines() {
        check(&[b"data: a\ndata\ndata: b\n\n"], expect!["|a\n\nb rest=true"]);
    }

    #[test]
    fn a_cut_off_event_is_not_an_event() {
        check(&[b"data: a\n\ndata: {\"x\":"], expect!["|a rest=false"]);
    }

    #[test]
    fn bytes_that_are_not_text_do_not_stop_it() {
        check(&[b"data: \xff\xfe!\n\n"], expect!["|��! rest=true garbled"]);
    }
}
