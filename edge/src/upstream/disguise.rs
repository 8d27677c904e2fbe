//! Errors in the clothes of an answer: with a status of success, or in the middle of a stream.
//!
//! Each counts as the status that it carries, so that it is waited for, given up or pauses a run as if it had come
//! openly. Leaves out what is done about it, which is decided in `retry`.

use serde_json::Value;

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

/// Gives the status that an error body carries, as a number or by the word that a provider has for it; none when
/// it is no error, or carries none.
fn carried(body: &str) -> Option<u16> {
    let body: Value = serde_json::from_str(body).ok()?;
    let error = body.get("error")?;
    let members = ["code", "status", "type"].map(|name| error.get(name).unwrap_or(&Value::Null));
    members.into_iter().find_map(|member| match member {
        Value::Number(number) => number.as_u64().and_then(status),
        Value::String(word) => word.parse().ok().and_then(status).or_else(|| named(word)),
        _ => None,
    })
}

fn status(number: u64) -> Option<u16> {
    u16::try_from(number).ok().filter(|status| (400..600).contains(status))
}

/// The words of `OpenAI`, Anthropic and Google for what went wrong.
fn named(word: &str) -> Option<u16> {
    Some(match word.to_ascii_lowercase().as_str() {
        "invalid_request_error" | "invalid_argument" | "context_length_exceeded" => 400,
        "invalid_api_key" | "authentication_error" | "unauthenticated" => 401,
        "billing_error" => 402,
        "permission_error" | "permission_denied" => 403,
        "model_not_found" | "not_found_error" | "not_found" => 404,
        "rate_limit_exceeded" | "rate_limit_error" | "resource_exhausted" | "insufficient_quota" => 429,
        "server_error" | "api_error" | "internal_server_error" | "internal" => 500,
        "overloaded_error" | "overloaded" | "unavailable" => 503,
        "timeout_error" | "deadline_exceeded" => 504,
        _ => return None,
    })
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
        check(
            r#"{"error":{"message":"Slow.","code":429,"status":"RESOURCE_EXHAUSTED"}}"#,
            expect![[
                r#"429 Some("2") {"error":{"message":"Slow.","code":429,"status":"RESOURCE_EXHAUSTED"}}"#
            ]],
        );
        check(
            r#"{"error":{"message":"Full.","type":"overloaded_error"}}"#,
            expect![[r#"503 Some("2") {"error":{"message":"Full.","type":"overloaded_error"}}"#]],
        );
        check(
            r#"{"error":{"message":"Full.","code":"503"}}"#,
            expect![[r#"503 Some("2") {"error":{"message":"Full.","code":"503"}}"#]],
        );
        check(
            r#"{"error":{"message":"Oops.","type":"server_error","code":null}}"#,
            expect![[r#"500 Some("2") {"error":{"message":"Oops.","type":"server_error","code":null}}"#]],
        );
        check(
            r#"{"error":{"message":"Who?","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            expect![[
                r#"401 Some("2") {"error":{"message":"Who?","type":"invalid_request_error","code":"invalid_api_key"}}"#
            ]],
        );
        check(
            r#"{"error":{"message":"Pay.","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            expect![[
                r#"429 Some("2") {"error":{"message":"Pay.","type":"insufficient_quota","code":"insufficient_quota"}}"#
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
