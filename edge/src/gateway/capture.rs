//! Listening in on an answer while it passes: the text of a stream, or the whole of a body.
//!
//! What is held is bounded, since an instance has little memory for all that pass through it: a log is made of several
//! copies of its answer. Leaves out the passing itself, which does not wait for this.

use std::borrow::Cow;

use serde_json::{Value, json};
use shared::chat::sse;
use shared::chat::stream::{Assembled, Flaw};
use shared::chat::wire::{Assembly, Wire};
use shared::log::Outcome;

use super::problem::Refusal;

/// The most bytes of an answer that are looked at. Around each few words of a stream stand hundreds of bytes.
const LARGEST_SEEN: usize = 25 * 1024 * 1024;

/// The most bytes of an answer that are kept.
const LARGEST_KEPT: usize = 8 * 1024 * 1024;

/// An answer as far as it has come.
#[derive(Debug)]
pub struct Capture {
    is_success: bool,
    so_far: SoFar,
    bytes: usize,
    ttft_ms: Option<u64>,
}

#[derive(Debug)]
enum SoFar {
    Stream(Assembly),
    Body(Vec<u8>),
    /// It was larger than what is held, and none of it is.
    TooLarge {
        streamed: bool,
    },
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The provider closed it.
    Closed,
    /// The connection to the provider broke.
    Broken,
    /// The provider sent nothing for too long.
    Idle,
    /// The client went away.
    Left,
}

/// What a log says of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Captured {
    /// In the unstreamed form.
    pub response: Value,
    pub streamed: bool,
    /// It came to its end; of a stream, also that each event of it reads.
    pub complete: bool,
    pub ttft_ms: Option<u64>,
    /// How it ended, where more is known than status and body tell.
    pub outcome: Option<Outcome>,
}

impl Capture {
    /// Begins with an answer of this status and content type to a call in this format. An error is read as it is,
    /// whatever it calls itself.
    pub fn of(wire: Wire, status: u16, content_type: Option<&str>) -> Self {
        let is_success = (200..300).contains(&status);
        let so_far = if is_success && sse::is_stream(content_type) {
            SoFar::Stream(Assembly::of(wire))
        } else {
            SoFar::Body(Vec::new())
        };
        Self { is_success, so_far, bytes: 0, ttft_ms: None }
    }

    /// Takes the next bytes, which came so long after the request was sent. Of an answer that is too large only the bytes
    /// are counted.
    pub fn push(&mut self, chunk: &[u8], elapsed_ms: u64) {
        self.bytes += chunk.len();
        match &mut self.so_far {
            SoFar::TooLarge { .. } => {}
            SoFar::Body(_) if self.bytes > LARGEST_KEPT => self.so_far = SoFar::TooLarge { streamed: false },
            SoFar::Stream(_) if self.bytes > LARGEST_SEEN => self.so_far = SoFar::TooLarge { streamed: true },
            SoFar::Body(body) => body.extend_from_slice(chunk),
            SoFar::Stream(assembly) => {
                if assembly.push(chunk) {
                    self.ttft_ms.get_or_insert(elapsed_ms);
                }
            }
        }
    }

    /// Ends the answer.
    pub fn finish(self, ended: Ended) -> Captured {
        let (streamed, assembled) = match self.so_far {
            SoFar::Stream(assembly) => {
                (true, Some(assembly.finish()).filter(|assembled| is_kept(&assembled.body)))
            }
            SoFar::Body(body) => (false, Some(read(&body, self.is_success))),
            SoFar::TooLarge { streamed } => (streamed, None),
        };
        let is_kept = assembled.is_some();
        let Assembled { body: mut response, complete, flaw, unread } =
            assembled.unwrap_or_else(|| too_large(self.bytes));
        if let (Some(unread), Some(members)) = (unread, response.as_object_mut()) {
            members.insert("unread_event".to_owned(), Value::String(unread));
        }
        // Clients close the connection as soon as they have read the end of a stream, before the provider does.
        let is_whole_stream = streamed && is_kept && complete && flaw.is_none();
        let ended =
            if is_whole_stream && matches!(ended, Ended::Left | Ended::Idle) { Ended::Closed } else { ended };
        let does_not_read = matches!(flaw, Some(Flaw::NotText | Flaw::NotJson));
        let is_error = response.get("error").is_some_and(|error| !error.is_null());
        let outcome = match ended {
            // What an error inside a stream says is worth more than that the stream broke off, or does not read.
            _ if streamed && is_kept && is_error => None,
            Ended::Closed if !is_kept => Some(Outcome::Incomplete),
            Ended::Closed => does_not_read.then_some(Outcome::ParseError),
            Ended::Broken => Some(Outcome::Incomplete),
            Ended::Idle => Some(Outcome::Timeout),
            Ended::Left => Some(Outcome::ClientAbort),
        };
        Captured {
            response,
            streamed,
            complete: complete && flaw.is_none() && ended == Ended::Closed,
            ttft_ms: self.ttft_ms,
            outcome,
        }
    }
}

impl Captured {
    /// Describes an answer that never came.
    pub fn refused(refusal: &Refusal, wire: Wire) -> Self {
        let outcome = match refusal {
            Refusal::TimedOut(_) => Outcome::Timeout,
            Refusal::Redirected(_) | Refusal::OddStatus(_) => Outcome::ProviderError,
            Refusal::Left => Outcome::ClientAbort,
            _ => Outcome::Incomplete,
        };
        Self {
            response: refusal.body(wire.into()),
            streamed: false,
            complete: false,
            ttft_ms: None,
            outcome: Some(outcome),
        }
    }
}

/// Reads a body as JSON, and as a text when it is none. Bytes that are not text become replacement characters, which is a
/// flaw of an answer, and none of the page of an error.
fn read(body: &[u8], is_answer: bool) -> Assembled {
    let text = String::from_utf8_lossy(body);
    let is_mended = matches!(text, Cow::Owned(_));
    let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()));
    let flaw = (is_answer && is_mended).then_some(Flaw::NotText);
    Assembled { body, complete: true, flaw, unread: None }
}

/// Tells whether the texts of a body are not too large to be kept.
fn is_kept(body: &Value) -> bool {
    fn length(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            Value::Array(values) => values.iter().map(length).sum(),
            Value::Object(members) => members.iter().map(|(name, value)| name.len() + length(value)).sum(),
            _ => 0,
        }
    }
    length(body) <= LARGEST_KEPT
}

/// Tells in the place of an answer that it is not kept.
fn too_large(bytes: usize) -> Assembled {
    let message = format!("the answer has {bytes} bytes and was not kept; at most {LARGEST_KEPT} are");
    let body = json!({"error": {"message": message, "type": "api_error", "param": null, "code": "answer_too_large"}});
    Assembled { body, complete: false, flaw: None, unread: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const STREAM: &str = "text/event-stream; charset=utf-8";
    const HELLO: &[u8] = b"data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n";
    const END: &[u8] = b"data: {\"choices\":[{\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    fn check(content_type: &str, chunks: &[&[u8]], ended: Ended, expected: Expect) {
        check_status(200, content_type, chunks, ended, expected);
    }

    /// Hears an answer, and shows what is logged of it.
    fn check_status(status: u16, content_type: &str, chunks: &[&[u8]], ended: Ended, expected: Expect) {
        let mut capture = Capture::of(Wire::Chat, status, Some(content_type));
        for (place, chunk) in (1..).zip(chunks) {
            capture.push(chunk, place * 10);
        }
        let Captured { response, streamed, complete, ttft_ms, outcome } = capture.finish(ended);
        let outcome = outcome.unwrap_or_else(|| Outcome::of(Wire::Chat, status, complete, &response)).word();
        expected.assert_eq(&format!(
            "{response}\nstreamed={streamed} complete={complete} ttft={ttft_ms:?} {outcome}"
        ));
    }

    #[test]
    fn a_stream_comes_to_its_text() {
        check(
            STREAM,
            &[b": hi\n\n", HELLO, END],
            Ended::Closed,
            expect![[r#"
                {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}
                streamed=true complete=true ttft=Some(20) success"#]],
        );
    }

    #[test]
    fn a_stream_that_breaks_off_keeps_what_came() {
        check(
            STREAM,
            &[HELLO],
            Ended::Broken,
            expect![[r#"
                {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":null}]}
                streamed=true complete=false ttft=Some(10) incomplete"#]],
        );
        check(
            STREAM,
            &[HELLO],
            Ended::Closed,
            expect![[r#"
                {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":null}]}
                streamed=true complete=false ttft=Some(10) incomplete"#]],
        );
        check(
            STREAM,
            &[HELLO],
            Ended::Idle,
            expect![[r#"
                {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":null}]}
                streamed=true complete=false ttft=Some(10) timeout"#]],
        );
        check(
            STREAM,
            &[HELLO],
            Ended::Left,
            expect![[r#"
                {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":null}]}
                streamed=true complete=false ttft=Some(10) client_abort"#]],
        );
    }

    #[test]
    fn who_leaves_at_the_end_of_a_stream_has_all_of_it() {
        for ended in [Ended::Left, Ended::Idle] {
            check(
                STREAM,
                &[HELLO, END],
                ended,
                expect![[r#"
                    {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}
                    streamed=true complete=true ttft=Some(10) success"#]],
            );
        }
    }

    #[test]
    fn an_error_in_a_stream_is_what_is_told() {
        check(
            STREAM,
            &[HELLO, b"data: {\"error\":{\"message\":\"overloaded\"}}\n\n"],
            Ended::Closed,
            expect![[r#"
                {"error":{"message":"overloaded"}}
                streamed=true complete=false ttft=Some(10) provider_error"#]],
        );
    }

    #[test]
    fn an_error_in_a_stream_is_classed_as_it_says() {
        for (error, expected) in [
            (
                r#"{"message":"Slow.","type":"requests","code":"rate_limit_exceeded"}"#,
                expect![[r#"
                {"error":{"message":"Slow.","type":"requests","code":"rate_limit_exceeded"}}
                streamed=true complete=false ttft=Some(10) rate_limited"#]],
            ),
            (
                r#"{"message":"No.","code":400}"#,
                expect![[r#"
                {"error":{"message":"No.","code":400}}
                streamed=true complete=false ttft=Some(10) invalid_request"#]],
            ),
            (
                r#""overloaded""#,
                expect![[r#"
                {"error":"overloaded"}
                streamed=true complete=false ttft=Some(10) provider_error"#]],
            ),
        ] {
            let event = format!("data: {{\"error\":{error}}}\n\n");
            check(STREAM, &[HELLO, event.as_bytes()], Ended::Broken, expected);
        }
        check(
            STREAM,
            &[HELLO, b"event: error\ndata: Too many.\n\n"],
            Ended::Closed,
            expect![[r#"
            {"error":{"message":"Too many."}}
            streamed=true complete=false ttft=Some(10) provider_error"#]],
        );
    }

    #[test]
    fn a_stream_that_does_not_read_is_no_success() {
        let broken = b"data: {\"choices\":[{\"delta\":{\"content\":\"half}}\n\n";
        check(
            STREAM,
            &[HELLO, broken, END],
            Ended::Closed,
            expect![[r#"
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"unread_event":"{\"choices\":[{\"delta\":{\"content\":\"half}}"}
            streamed=true complete=false ttft=Some(10) parse_error"#]],
        );
        check(
            STREAM,
            &[HELLO, b"data: {\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}\n\n", END],
            Ended::Closed,
            expect![[r#"
                {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel�lo"},"finish_reason":"stop"}]}
                streamed=true complete=false ttft=Some(10) parse_error"#]],
        );
        check(
            STREAM,
            &[HELLO, broken],
            Ended::Idle,
            expect![[r#"
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":null}],"unread_event":"{\"choices\":[{\"delta\":{\"content\":\"half}}"}
            streamed=true complete=false ttft=Some(10) timeout"#]],
        );
    }

    #[test]
    fn a_stream_without_its_end_is_not_whole() {
        let reason = b"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
        check(
            STREAM,
            &[HELLO, b"data: {\"choices\":[{\"de"],
            Ended::Closed,
            expect![[r#"
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":null}]}
            streamed=true complete=false ttft=Some(10) incomplete"#]],
        );
        check(
            STREAM,
            &[HELLO, reason],
            Ended::Closed,
            expect![[r#"
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":"stop"}]}
            streamed=true complete=false ttft=Some(10) incomplete"#]],
        );
        check(
            STREAM,
            &[HELLO, reason, b"data: [DONE]\n\ndata: {\"us"],
            Ended::Closed,
            expect![[r#"
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":"stop"}]}
            streamed=true complete=false ttft=Some(10) incomplete"#]],
        );
        check(
            STREAM,
            &[HELLO, b"data: [DONE]\n\n"],
            Ended::Closed,
            expect![[r#"
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":null}]}
            streamed=true complete=false ttft=Some(10) incomplete"#]],
        );
    }

    #[test]
    fn a_body_is_json_or_text() {
        check(
            "application/json",
            &[b"{\"a\":", b"1}"],
            Ended::Closed,
            expect![[r#"
                {"a":1}
                streamed=false complete=true ttft=None parse_error"#]],
        );
        check(
            "text/html",
            &[b"<b>bad \xff gateway</b>"],
            Ended::Closed,
            expect![[r#"
                "<b>bad � gateway</b>"
                streamed=false complete=false ttft=None parse_error"#]],
        );
        check(
            "application/json",
            &[b"{\"a\":"],
            Ended::Broken,
            expect![[r#"
                "{\"a\":"
                streamed=false complete=false ttft=None incomplete"#]],
        );
    }

    #[test]
    fn a_body_whose_bytes_are_not_text_is_no_success() {
        let garbled = b"{\"choices\":[{\"message\":{\"content\":\"H\xff\"}}]}";
        check(
            "application/json",
            &[garbled],
            Ended::Closed,
            expect![[r#"
            {"choices":[{"message":{"content":"H�"}}]}
            streamed=false complete=false ttft=None parse_error"#]],
        );
        check_status(
            502,
            "text/html",
            &[b"<b>bad \xff gateway</b>"],
            Ended::Closed,
            expect![[r#"
            "<b>bad � gateway</b>"
            streamed=false complete=true ttft=None provider_error"#]],
        );
    }

    #[test]
    fn an_error_that_calls_itself_a_stream_is_kept_as_it_is() {
        check_status(
            429,
            STREAM,
            &[b"{\"error\":{\"message\":\"Slow.\"}}"],
            Ended::Closed,
            expect![[r#"
            {"error":{"message":"Slow."}}
            streamed=false complete=true ttft=None rate_limited"#]],
        );
    }

    /// Streams a call of this format in one piece.
    fn check_wire(wire: Wire, stream: &str, expected: Expect) {
        let mut capture = Capture::of(wire, 200, Some(STREAM));
        capture.push(stream.as_bytes(), 10);
        let Captured { response, complete, ttft_ms, outcome, .. } = capture.finish(Ended::Closed);
        let outcome = outcome.unwrap_or_else(|| Outcome::of(wire, 200, complete, &response)).word();
        expected.assert_eq(&format!("complete={complete} ttft={ttft_ms:?} {outcome}"));
    }

    #[test]
    fn each_format_ends_its_streams_in_its_own_way() {
        let text =
            r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}}"#;
        let said =
            r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#;
        let why = r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#;
        let stop = r#"data: {"type":"message_stop"}"#;
        let error = r#"data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
        check_wire(
            Wire::Messages,
            &format!("{text}\n\n{said}\n\n{why}\n\n{stop}\n\n"),
            expect!["complete=true ttft=Some(10) success"],
        );
        check_wire(
            Wire::Messages,
            &format!("{text}\n\n{said}\n\n"),
            expect!["complete=false ttft=Some(10) incomplete"],
        );
        check_wire(
            Wire::Messages,
            &format!("{text}\n\n{said}\n\n{error}\n\n"),
            expect!["complete=false ttft=Some(10) provider_error"],
        );
        check_wire(
            Wire::Messages,
            &format!("{text}\n\n{said}\n\ndata: {{\"ty\n\n{why}\n\n{stop}\n\n"),
            expect!["complete=false ttft=Some(10) parse_error"],
        );
        let delta = r#"data: {"type":"response.output_text.delta","delta":"Hi"}"#;
        let end = |status: &str, error: &str| {
            format!(
                r#"data: {{"type":"response.{status}","response":{{"status":"{status}","error":{error},"output":[]}}}}"#
            )
        };
        check_wire(
            Wire::Responses,
            &format!("{delta}\n\n{}\n\n", end("completed", "null")),
            expect!["complete=true ttft=Some(10) success"],
        );
        check_wire(
            Wire::Responses,
            &format!("{delta}\n\n{}\n\n", end("failed", "{}")),
            expect!["complete=false ttft=Some(10) provider_error"],
        );
        check_wire(
            Wire::Responses,
            &format!("{delta}\n\ndata: {{\"ty\n\n{}\n\n", end("completed", "null")),
            expect!["complete=false ttft=Some(10) parse_error"],
        );
        let once = r#"data: {"choices":[{"text":"Once","finish_reason":"stop"}]}"#;
        check_wire(
            Wire::Completions,
            &format!("{once}\n\ndata: [DONE]\n\n"),
            expect!["complete=true ttft=Some(10) success"],
        );
        check_wire(
            Wire::Completions,
            &format!("{once}\n\ndata: {{\"ch\n\ndata: [DONE]\n\n"),
            expect!["complete=false ttft=Some(10) parse_error"],
        );
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = "[".repeat(100_000);
        let mut capture = Capture::of(Wire::Chat, 200, None);
        capture.push(deep.as_bytes(), 0);
        assert_eq!(capture.finish(Ended::Closed).response, Value::String(deep));
    }

    /// Hears pieces of this size with words of that size in them, and shows the error that is kept in the place of so much.
    fn check_large(
        content_type: &str,
        words: usize,
        around: &str,
        pieces: usize,
        ended: Ended,
        expected: Expect,
    ) {
        let piece = around.replace('%', &"a".repeat(words));
        let mut capture = Capture::of(Wire::Chat, 200, Some(content_type));
        (0..pieces).for_each(|_| capture.push(piece.as_bytes(), 0));
        let Captured { response, streamed, complete, outcome, .. } = capture.finish(ended);
        let error = response.pointer("/error/message");
        expected.assert_eq(&format!("{error:?} streamed={streamed} complete={complete} {outcome:?}"));
    }

    #[test]
    fn what_is_too_large_is_counted_and_not_kept() {
        const MEGABYTE: usize = 1024 * 1024;
        const EVENT: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"%\"}}]}\n\n";
        const JSON: &str = "application/json";
        check_large(JSON, MEGABYTE, "%", 8, Ended::Closed, expect!["None streamed=false complete=true None"]);
        check_large(
            JSON,
            MEGABYTE,
            "%",
            200,
            Ended::Closed,
            expect![[
                r#"Some(String("the answer has 209715200 bytes and was not kept; at most 8388608 are")) streamed=false complete=false Some(Incomplete)"#
            ]],
        );
        check_large(
            JSON,
            MEGABYTE,
            "%",
            200,
            Ended::Left,
            expect![[
                r#"Some(String("the answer has 209715200 bytes and was not kept; at most 8388608 are")) streamed=false complete=false Some(ClientAbort)"#
            ]],
        );
        check_large(
            JSON,
            MEGABYTE,
            "%",
            9,
            Ended::Idle,
            expect![[
                r#"Some(String("the answer has 9437184 bytes and was not kept; at most 8388608 are")) streamed=false complete=false Some(Timeout)"#
            ]],
        );
        check_large(
            STREAM,
            MEGABYTE,
            EVENT,
            7,
            Ended::Broken,
            expect!["None streamed=true complete=false Some(Incomplete)"],
        );
        check_large(
            STREAM,
            MEGABYTE,
            EVENT,
            9,
            Ended::Closed,
            expect![[
                r#"Some(String("the answer has 9437598 bytes and was not kept; at most 8388608 are")) streamed=true complete=false Some(Incomplete)"#
            ]],
        );
        check_large(
            STREAM,
            MEGABYTE,
            EVENT,
            200,
            Ended::Closed,
            expect![[
                r#"Some(String("the answer has 209724400 bytes and was not kept; at most 8388608 are")) streamed=true complete=false Some(Incomplete)"#
            ]],
        );
        // Words are few among the bytes around them.
        check_large(
            STREAM,
            10,
            &format!(": {}\n\n{EVENT}", "-".repeat(MEGABYTE)),
            20,
            Ended::Broken,
            expect!["None streamed=true complete=false Some(Incomplete)"],
        );
    }
}
