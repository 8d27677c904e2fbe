//! Listening in on an answer while it passes: the text of a stream, or the whole of a body.
//!
//! What is kept is bounded. Leaves out the passing itself, which does not wait for this.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde_json::{Value, json};
use shared::chat::sse;
use shared::chat::stream::{Assembled, Flaw};
use shared::chat::wire::{Assembly, Wire};
use shared::log::Outcome;

use super::problem::Refusal;

/// The most bytes of an answer that are looked at.
pub const LARGEST_ANSWER: usize = 25 * 1024 * 1024;

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
    /// It is larger than what is looked at; the rest passed unseen.
    Unseen,
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

    /// Takes the next bytes, which came so long after the request was sent. Breaks when no more are looked at.
    pub fn push(&mut self, chunk: &[u8], elapsed_ms: u64) -> ControlFlow<Ended> {
        self.bytes += chunk.len();
        if self.bytes > LARGEST_ANSWER {
            return ControlFlow::Break(Ended::Unseen);
        }
        match &mut self.so_far {
            SoFar::Body(body) => body.extend_from_slice(chunk),
            SoFar::Stream(assembly) => {
                if assembly.push(chunk) {
                    self.ttft_ms.get_or_insert(elapsed_ms);
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Ends the answer.
    pub fn finish(self, ended: Ended) -> Captured {
        let streamed = matches!(self.so_far, SoFar::Stream(_));
        let Assembled { body, complete, flaw, unread } = match self.so_far {
            SoFar::Stream(assembly) => assembly.finish(),
            SoFar::Body(_) if ended == Ended::Unseen => too_large(),
            SoFar::Body(body) => read(&body, self.is_success),
        };
        let mut response = body;
        if let (Some(unread), Some(members)) = (unread, response.as_object_mut()) {
            members.insert("unread_event".to_owned(), Value::String(unread));
        }
        let does_not_read = matches!(flaw, Some(Flaw::NotText | Flaw::NotJson));
        let outcome = match ended {
            // What an error inside a stream says is worth more than that the stream broke off, or does not read.
            _ if streamed && response.get("error").is_some_and(|error| !error.is_null()) => None,
            Ended::Closed => does_not_read.then_some(Outcome::ParseError),
            Ended::Broken | Ended::Unseen => Some(Outcome::Incomplete),
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
            Refusal::Redirected(_) => Outcome::ProviderError,
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

fn too_large() -> Assembled {
    let message = format!("the answer is larger than {LARGEST_ANSWER} bytes and was not kept");
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
            assert_eq!(capture.push(chunk, place * 10), ControlFlow::Continue(()));
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
        assert_eq!(capture.push(stream.as_bytes(), 10), ControlFlow::Continue(()));
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
        assert_eq!(capture.push(deep.as_bytes(), 0), ControlFlow::Continue(()));
        assert_eq!(capture.finish(Ended::Closed).response, Value::String(deep));
    }

    #[test]
    fn what_is_too_large_passes_unseen() {
        let mut capture = Capture::of(Wire::Chat, 200, Some("application/json"));
        let megabyte = vec![b'a'; 1024 * 1024];
        let seen = (0..200).find(|_| capture.push(&megabyte, 0).is_break());
        assert_eq!(seen, Some(25));
        let captured = capture.finish(Ended::Unseen);
        assert_eq!(captured.response["error"]["code"], "answer_too_large");
        assert_eq!(captured.outcome, Some(Outcome::Incomplete));
    }
}
