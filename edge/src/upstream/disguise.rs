//! Errors in the clothes of an answer: with a status of success, or in the middle of a stream.
//!
//! Each counts as the status that it carries, so that it is waited for, given up or pauses a run as if it had come
//! openly. Leaves out what is done about it, which is decided in `retry`.

use serde_json::Value;
use shared::chat::error;

use crate::ports::Answer;

/// What an answer that is none counts as when it does not say what went wrong.
const UNKNOWN: u16 = 502;

/// Gives what an answer that does not read is in truth. `why` says why it does not.
pub fn lift(answer: Answer, why: String) -> Answer {
    match carried(&answer.body) {
        Some(status) => Answer { status, ..answer },
        None => Answer { status: UNKNOWN, retry_after: None, body: why },
    }
}

/// Gives the status that an error body carries; none when it is no error, or carries none.
fn carried(body: &str) -> Option<u16> {
    let body: Value = serde_json::from_str(body).ok()?;
    error::status(body.get("error")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(body: &str, expected: Expect) {
        let answer = Answer { status: 200, retry_after: Some("2".to_owned()), body: body.to_owned() };
        let Answer { status, retry_after, body } = lift(answer, "it is none".to_owned());
        expected.assert_eq(&format!("{status} {retry_after:?} {body}"));
    }

    #[test]
    fn an_error_counts_as_the_status_that_it_carries() {
        check(
            r#"{"error":{"message":"Slow.","type":"requests","code":"rate_limit_exceeded"}}"#,
            expect![[
                r#"429 Some("2") {"error":{"message":"Slow.","type":"requests","code":"rate_limit_exceeded"}}"#
            ]],
        );
    }

    #[test]
    fn what_carries_none_is_a_bad_gateway() {
        check(r#"{"error":{"message":"overloaded"}}"#, expect!["502 None it is none"]);
        check(r#"{"error":"overloaded"}"#, expect!["502 None it is none"]);
        check(r#"{"error":{"code":200,"type":"odd"}}"#, expect!["502 None it is none"]);
        check("<html>It works!</html>", expect!["502 None it is none"]);
    }
}
