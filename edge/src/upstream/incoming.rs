//! An answer as it comes in, piece by piece: a body is kept as it is, a stream of events is put together at once.
//!
//! What is only a part of an answer never leaves here. Leaves out the moving of the bytes, and what the answer
//! means.

use shared::chat::sse;
use shared::chat::stream::Flaw;

use super::form::{Assembly, Form};
use crate::ports::{Answer, Unreached};

/// The most bytes of a whole answer that is read: six may come at once where all memory is 128 MB, and of an answer no more
/// than a fifth of this is kept.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// The most bytes of a stream, whose words are a small part of it: some fifty bytes come with each of a word.
const LARGEST_STREAM: usize = 25 * 1024 * 1024;

/// How long a stream may stand still between two pieces when nothing is configured, in milliseconds.
pub const IDLE_MS: u64 = 60_000;

/// How long the end of a connection is waited for after the end of the stream, in milliseconds.
const END_MS: u64 = 1_000;

/// An answer as far as it has come.
#[derive(Debug)]
pub struct Incoming {
    status: u16,
    retry_after: Option<String>,
    so_far: SoFar,
    bytes: usize,
}

#[derive(Debug)]
enum SoFar {
    Body(Vec<u8>),
    Stream {
        assembly: Assembly,
        /// The first words have come.
        begun: bool,
    },
}

impl Incoming {
    /// Begins with the head of an answer to a call in this form. Its content type tells whether it is a stream, whatever
    /// was asked for; an error is read as it is.
    pub fn of(form: Form, status: u16, retry_after: Option<String>, content_type: Option<&str>) -> Self {
        let so_far = if (200..300).contains(&status) && sse::is_stream(content_type) {
            SoFar::Stream { assembly: Assembly::of(form), begun: false }
        } else {
            SoFar::Body(Vec::new())
        };
        Self { status, retry_after, so_far, bytes: 0 }
    }

    /// Tells whether it is a body of a length that is known and not too large, by its headers `content-length` and
    /// `content-encoding`: then it need not be watched while it comes. What is packed may be larger than it says.
    pub fn is_of_length(&self, length: Option<&str>, encoding: Option<&str>) -> bool {
        let length = length.and_then(|length| length.parse::<usize>().ok());
        let is_body = matches!(self.so_far, SoFar::Body(_));
        is_body && encoding.is_none() && length.is_some_and(|length| length <= LARGEST_BODY)
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// Too large when there are more than are read.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Unreached> {
        self.bytes += chunk.len();
        let largest = match self.so_far {
            SoFar::Body(_) => LARGEST_BODY,
            SoFar::Stream { .. } => LARGEST_STREAM,
        };
        if self.bytes > largest {
            return Err(Unreached::TooLarge(largest));
        }
        match &mut self.so_far {
            SoFar::Body(body) => body.extend_from_slice(chunk),
            SoFar::Stream { assembly, begun } => *begun = assembly.push(chunk),
        }
        Ok(())
    }

    /// Gives how long the next piece may take, in milliseconds, if not as long as the whole answer.
    ///
    /// A model may think for long before its first word, but not between words.
    pub fn patience_ms(&self, idle_ms: u64) -> Option<u64> {
        match &self.so_far {
            SoFar::Stream { assembly, .. } if assembly.is_done() => Some(idle_ms.min(END_MS)),
            SoFar::Stream { begun: true, .. } => Some(idle_ms),
            SoFar::Stream { begun: false, .. } | SoFar::Body(_) => None,
        }
    }

    /// Ends the answer, and tells what there is of it: all, or nothing. `ended` is how its connection did.
    ///
    /// # Errors
    /// How the connection ended, when the answer had not; the flaw of a stream that came to its end. An error
    /// inside a stream is an answer: it says more than how the stream broke off after it.
    pub fn finish(self, ended: Result<(), Unreached>) -> Result<Answer, Unreached> {
        let Self { status, retry_after, so_far, .. } = self;
        let body = match so_far {
            SoFar::Body(body) => {
                ended?;
                String::from_utf8(body).map_err(|_| Flaw::NotText)?
            }
            SoFar::Stream { assembly, .. } => {
                let assembled = assembly.finish();
                if assembled.body.get("error").is_none() {
                    if !assembled.complete {
                        ended?;
                    }
                    assembled.flaw.map_or(Ok(()), Err)?;
                }
                assembled.body.to_string()
            }
        };
        Ok(Answer { status, retry_after, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const STREAM: &str = "text/event-stream; charset=utf-8";
    const HALF: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n";
    const REST: &str =
        "data: {\"choices\":[{\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}]}\n\n";
    const DONE: &str = "data: [DONE]\n\n";

    /// Reads an answer, and tells before each piece, and at the end, how long the next may take.
    fn check(content_type: &str, chunks: &[&[u8]], ended: Result<(), Unreached>, expected: Expect) {
        let mut incoming = Incoming::of(Form::Chat, 200, None, Some(content_type));
        let mut patience = vec![incoming.patience_ms(5_000)];
        for chunk in chunks {
            incoming.push(chunk).unwrap();
            patience.push(incoming.patience_ms(5_000));
        }
        let finished = incoming.finish(ended);
        let shown = finished.map_or_else(|unreached| unreached.to_string(), |answer| answer.body);
        let patience: Vec<_> =
            patience.iter().map(|patience| patience.map_or("-".to_owned(), |ms| ms.to_string())).collect();
        expected.assert_eq(&format!("{shown}\npatience {}", patience.join(" ")));
    }

    fn check_stream(pieces: &[&str], ended: Result<(), Unreached>, expected: Expect) {
        let chunks: Vec<_> = pieces.iter().map(|piece| piece.as_bytes()).collect();
        check(STREAM, &chunks, ended, expected);
    }

    fn reset() -> Result<(), Unreached> {
        Err(Unreached::Reset("connection reset by peer".to_owned()))
    }

    #[test]
    fn a_stream_is_put_together() {
        check_stream(
            &[": hi\n\n", HALF, REST, DONE],
            Ok(()),
            expect![[r#"
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}
            patience - - 5000 5000 1000"#]],
        );
        check_stream(
            &[HALF, REST],
            Ok(()),
            expect![[r#"
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}
            patience - 5000 5000"#]],
        );
    }

    #[test]
    fn a_part_of_an_answer_is_no_answer() {
        check_stream(
            &[HALF],
            reset(),
            expect![[r#"
            the connection to the provider broke: connection reset by peer
            patience - 5000"#]],
        );
        check_stream(
            &[HALF],
            Err(Unreached::Stalled(5_000)),
            expect![[r#"
            the answer stood still for 5000 ms
            patience - 5000"#]],
        );
        check_stream(
            &[HALF],
            Ok(()),
            expect![[r#"
            the answer is not whole: its stream ended with neither a finish reason nor [DONE]; if all do, turn streaming off for the provider
            patience - 5000"#]],
        );
        check_stream(
            &[HALF, "data: {\"choi"],
            Ok(()),
            expect![[r#"
            the answer is not whole: its stream ended with neither a finish reason nor [DONE]; if all do, turn streaming off for the provider
            patience - 5000 5000"#]],
        );
        check_stream(
            &[],
            Ok(()),
            expect![[r#"
            the answer is not whole: its stream ended with neither a finish reason nor [DONE]; if all do, turn streaming off for the provider
            patience -"#]],
        );
        check(
            "application/json",
            &[b"{\"choices\""],
            reset(),
            expect![[r#"
            the connection to the provider broke: connection reset by peer
            patience - -"#]],
        );
    }

    #[test]
    fn an_answer_that_has_ended_does_not_wait_for_its_connection() {
        check_stream(
            &[HALF, REST, DONE],
            Err(Unreached::Stalled(1_000)),
            expect![[r#"
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}
            patience - 5000 5000 1000"#]],
        );
    }

    #[test]
    fn an_error_says_more_than_the_end_of_its_stream() {
        let error = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
        check_stream(
            &[HALF, error],
            reset(),
            expect![[r#"
            {"error":{"message":"overloaded"}}
            patience - 5000 5000"#]],
        );
        check_stream(
            &[HALF, error],
            Ok(()),
            expect![[r#"
            {"error":{"message":"overloaded"}}
            patience - 5000 5000"#]],
        );
    }

    #[test]
    fn what_does_not_read_is_no_answer() {
        check_stream(
            &["data: {\"choices\":[{\n\n", HALF, REST, DONE],
            Ok(()),
            expect![[r#"
            the answer is not whole: an event of its stream is not JSON
            patience - - 5000 5000 1000"#]],
        );
        check(
            STREAM,
            &[b"data: \xff\n\n", REST.as_bytes(), DONE.as_bytes()],
            Ok(()),
            expect![[r#"
            the answer is not text: its bytes are not UTF-8
            patience - - 5000 1000"#]],
        );
        check(
            "text/plain",
            &[b"\xff"],
            Ok(()),
            expect![[r#"
            the answer is not text: its bytes are not UTF-8
            patience - -"#]],
        );
    }

    #[test]
    fn any_other_body_is_kept_as_it_is() {
        check(
            "application/json",
            &[b"{\"a\":\xe2", b"\x82\xac}"],
            Ok(()),
            expect![[r#"
            {"a":€}
            patience - - -"#]],
        );
        let mut error = Incoming::of(Form::Chat, 500, Some("1".to_owned()), Some(STREAM));
        error.push(HALF.as_bytes()).unwrap();
        let answer = Answer { status: 500, retry_after: Some("1".to_owned()), body: HALF.to_owned() };
        assert_eq!(error.finish(Ok(())), Ok(answer));
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        for (content_type, largest) in [(STREAM, LARGEST_STREAM), ("application/json", LARGEST_BODY)] {
            let mut incoming = Incoming::of(Form::Chat, 200, None, Some(content_type));
            let event = format!(
                "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
                "a".repeat(1 << 20)
            );
            let refused = (0..200).find_map(|_| incoming.push(event.as_bytes()).err());
            assert_eq!(refused, Some(Unreached::TooLarge(largest)));
            assert_eq!(incoming.finish(reset()).err(), reset().err());
        }
    }

    #[test]
    fn a_body_of_a_known_length_need_not_be_watched() {
        let told = |content_type, length, encoding| {
            Incoming::of(Form::Chat, 200, None, Some(content_type)).is_of_length(length, encoding)
        };
        assert!(told("application/json", Some("120"), None));
        assert!(!told("application/json", None, None));
        assert!(!told("application/json", Some("-1"), None));
        assert!(!told("application/json", Some("99999999"), None));
        assert!(!told("application/json", Some("120"), Some("gzip")), "it may be larger unpacked");
        assert!(!told(STREAM, Some("120"), None), "its pieces have a deadline each");
    }
}
