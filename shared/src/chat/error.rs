//! The status that an error is worth which a provider tells in a body: in the place of an answer, or inside a stream.
//!
//! Leaves out its words, and what is made of it.

use serde_json::Value;

/// Gives the status that an error carries, as a number or by the word that a provider has for it; none when it carries
/// none.
pub fn status(error: &Value) -> Option<u16> {
    let members = ["code", "status", "type"].map(|name| error.get(name).unwrap_or(&Value::Null));
    members.into_iter().find_map(|member| match member {
        Value::Number(number) => number.as_u64().and_then(failed),
        Value::String(word) => word.parse().ok().and_then(failed).or_else(|| named(word)),
        _ => None,
    })
}

fn failed(number: u64) -> Option<u16> {
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
    use serde_json::json;

    fn check(errors: &[Value], expected: Expect) {
        let lines: Vec<_> = errors.iter().map(|error| format!("{:?} {error}", status(error))).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn an_error_is_worth_what_its_number_or_its_word_says() {
        check(
            &[
                json!({"code": "rate_limit_exceeded", "type": "requests"}),
                json!({"code": 429, "status": "RESOURCE_EXHAUSTED"}),
                json!({"type": "overloaded_error"}),
                json!({"code": "503"}),
                json!({"code": null, "type": "server_error"}),
                json!({"code": "invalid_api_key", "type": "invalid_request_error"}),
                json!({"code": "insufficient_quota", "type": "insufficient_quota"}),
            ],
            expect![[r#"
                Some(429) {"code":"rate_limit_exceeded","type":"requests"}
                Some(429) {"code":429,"status":"RESOURCE_EXHAUSTED"}
                Some(503) {"type":"overloaded_error"}
                Some(503) {"code":"503"}
                Some(500) {"code":null,"type":"server_error"}
                Some(401) {"code":"invalid_api_key","type":"invalid_request_error"}
                Some(429) {"code":"insufficient_quota","type":"insufficient_quota"}"#]],
        );
    }

    #[test]
    fn an_error_without_either_is_worth_none() {
        check(
            &[json!({"message": "overloaded"}), json!("overloaded"), json!({"code": 200, "type": "odd"})],
            expect![[r#"
                None {"message":"overloaded"}
                None "overloaded"
                None {"code":200,"type":"odd"}"#]],
        );
    }
}
