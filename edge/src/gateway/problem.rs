//! Why the gateway itself refuses, in the words that the protocol's clients understand.

use serde_json::{Value, json};
use shared::auth::Scope;
use shared::chat::anthropic;
use shared::chat::wire::Wire;

use super::head::Head;
use crate::failure::Failure;
use crate::pace::TooEarly;
use crate::upload::TooSlow;

/// The most bytes of a request.
pub const LARGEST_REQUEST: usize = 25 * 1024 * 1024;

/// The shape of the errors that a caller understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Openai,
    Anthropic,
}

impl Dialect {
    /// Tells the shape by what was called. The list of models is there for both; `Anthropic`'s callers name a version.
    pub fn of(path: &str, head: &Head) -> Self {
        let is_version_named = || head.get("anthropic-version").is_some();
        match path {
            "/v1/messages" => Self::Anthropic,
            _ if path.starts_with("/v1/messages/") => Self::Anthropic,
            "/v1/models" if is_version_named() => Self::Anthropic,
            _ if path.starts_with("/v1/models/") && is_version_named() => Self::Anthropic,
            _ => Self::Openai,
        }
    }
}

impl From<Wire> for Dialect {
    fn from(wire: Wire) -> Self {
        if wire == Wire::Messages { Self::Anthropic } else { Self::Openai }
    }
}

/// A request that gets no provider's answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "send an Assay token with the scope \"ingest\" as \"Authorization: Bearer …\", in x-api-key or in x-assay-key"
    )]
    NoToken,
    #[error("the Assay token is unknown, expired or revoked")]
    BadToken,
    #[error("this needs the scope \"{}\", which the token does not have", .0.word())]
    Forbidden(Scope),
    /// Too many tokens that are nobody's came from this address.
    #[error("too many tokens from this address were nobody's; try again after {0} s")]
    TooOften(u64),
    /// Too many requests came with this token.
    #[error("this token sends requests too fast; try again after {0} s")]
    TooFast(u64),
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("{0}")]
    BadHeader(String),
    #[error("there is no {method} {path} here")]
    NoRoute { method: String, path: String },
    #[error("{0}")]
    NoProvider(String),
    #[error(
        "no provider lists a model \"{0}\"; models are listed as provider/model once they have a line in the settings"
    )]
    NoModel(String),
    #[error("the request is larger than {LARGEST_REQUEST} bytes")]
    TooLarge,
    #[error("{TooSlow}")]
    SlowRequest,
    #[error("the provider cannot be reached: {0}")]
    Unreached(String),
    #[error("the provider redirects ({0}); redirects are not followed")]
    Redirected(u16),
    #[error(
        "the provider answers with status {0}, which no answer can be passed on with; it must be from 200 to 599"
    )]
    OddStatus(u16),
    #[error("the provider did not answer within {0} ms")]
    TimedOut(u64),
    /// Nobody reads this but in the log.
    #[error("the caller left before the provider's answer began")]
    Left,
    #[error(
        "the request comes from a gateway or a run of Assay itself; an address of a provider must lead to the provider"
    )]
    Loop,
    #[error("{0}")]
    Unavailable(String),
    #[error("something went wrong here; the request id names it in the logs")]
    Internal(String),
}

impl Refusal {
    /// Tells why an answer of a provider is not passed on, if its status says so: it leads elsewhere, or is none that the
    /// platform can answer with.
    pub fn of_status(status: u16) -> Option<Self> {
        match status {
            300..400 => Some(Self::Redirected(status)),
            200..600 => None,
            _ => Some(Self::OddStatus(status)),
        }
    }

    /// Gives the status that the provider answered with, if it answered.
    pub fn provider_status(&self) -> Option<u16> {
        if let Self::Redirected(status) | Self::OddStatus(status) = self { Some(*status) } else { None }
    }

    /// Gives the status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::NoToken | Self::BadToken => 401,
            Self::Forbidden(_) => 403,
            Self::NotJson(_) | Self::BadHeader(_) => 400,
            Self::NoRoute { .. } | Self::NoProvider(_) | Self::NoModel(_) => 404,
            Self::SlowRequest => 408,
            Self::TooLarge => 413,
            Self::TooOften(_) | Self::TooFast(_) => 429,
            Self::Left => 499,
            Self::Internal(_) => 500,
            Self::Unreached(_) | Self::Redirected(_) | Self::OddStatus(_) => 502,
            Self::Unavailable(_) => 503,
            Self::TimedOut(_) => 504,
            Self::Loop => 508,
        }
    }

    /// Gives the word that a program can tell it by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoToken | Self::BadToken => "invalid_api_key",
            Self::Forbidden(_) => "insufficient_scope",
            Self::TooOften(_) | Self::TooFast(_) => "rate_limit_exceeded",
            Self::NotJson(_) => "invalid_json",
            Self::BadHeader(_) => "invalid_header",
            Self::NoRoute { .. } => "unknown_url",
            Self::NoProvider(_) | Self::NoModel(_) => "model_not_found",
            Self::SlowRequest => "request_timeout",
            Self::TooLarge => "request_too_large",
            Self::Internal(_) => "internal_error",
            Self::Unreached(_) => "upstream_unreachable",
            Self::Redirected(_) => "redirect_blocked",
            Self::OddStatus(_) => "upstream_odd_status",
            Self::Unavailable(_) => "unavailable",
            Self::TimedOut(_) => "upstream_timeout",
            Self::Left => "client_abort",
            Self::Loop => "loop_detected",
        }
    }

    /// Gives after how many seconds to try again, where that is known.
    pub fn retry_after(&self) -> Option<u64> {
        if let Self::TooOften(seconds) | Self::TooFast(seconds) = self { Some(*seconds) } else { None }
    }

    /// Gives the body, in the shape that the caller understands.
    pub fn body(&self, dialect: Dialect) -> Value {
        match dialect {
            Dialect::Openai => self.openai(),
            Dialect::Anthropic => self.anthropic(),
        }
    }

    fn anthropic(&self) -> Value {
        let kind = match self.status() {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            400 | 408 => "invalid_request_error",
            504 => "timeout_error",
            _ => "api_error",
        };
        anthropic::error(kind, &self.to_string())
    }

    fn openai(&self) -> Value {
        let kind = match self.status() {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            408..=499 | 400 | 404 => "invalid_request_error",
            _ => "api_error",
        };
        json!({"error": {"message": self.to_string(), "type": kind, "param": null, "code": self.code()}})
    }
}

impl From<TooEarly> for Refusal {
    fn from(TooEarly(seconds): TooEarly) -> Self {
        Self::TooFast(seconds)
    }
}

impl From<TooSlow> for Refusal {
    fn from(_: TooSlow) -> Self {
        Self::SlowRequest
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unauthorized => Self::BadToken,
            Failure::Forbidden(scope) => Self::Forbidden(scope),
            Failure::TooOften(seconds) => Self::TooOften(seconds),
            Failure::Unavailable(why) => Self::Unavailable(why),
            Failure::Busy => Self::Unavailable(failure.to_string()),
            Failure::Internal(cause) => Self::Internal(cause),
            other => Self::Internal(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(refusal: Refusal, expected: Expect) {
        expected.assert_eq(&format!("{}\n{}", refusal.status(), refusal.body(Dialect::Openai)));
    }

    #[test]
    fn a_caller_of_messages_reads_another_shape() {
        let check = |refusal: Refusal, expected: Expect| {
            expected.assert_eq(&format!("{} {}", refusal.status(), refusal.body(Dialect::Anthropic)));
        };
        check(
            Refusal::BadToken,
            expect![[
                r#"401 {"type":"error","error":{"type":"authentication_error","message":"the Assay token is unknown, expired or revoked"}}"#
            ]],
        );
        check(
            Refusal::NoProvider("nobody".to_owned()),
            expect![[r#"404 {"type":"error","error":{"type":"not_found_error","message":"nobody"}}"#]],
        );
        check(
            Refusal::TooLarge,
            expect![[
                r#"413 {"type":"error","error":{"type":"request_too_large","message":"the request is larger than 26214400 bytes"}}"#
            ]],
        );
        check(
            Refusal::TooFast(2),
            expect![[
                r#"429 {"type":"error","error":{"type":"rate_limit_error","message":"this token sends requests too fast; try again after 2 s"}}"#
            ]],
        );
        check(
            Refusal::TimedOut(5),
            expect![[
                r#"504 {"type":"error","error":{"type":"timeout_error","message":"the provider did not answer within 5 ms"}}"#
            ]],
        );
        check(
            Refusal::Loop,
            expect![[
                r#"508 {"type":"error","error":{"type":"api_error","message":"the request comes from a gateway or a run of Assay itself; an address of a provider must lead to the provider"}}"#
            ]],
        );
    }

    #[test]
    fn the_shape_is_told_by_what_is_called() {
        let of = |path, head| Dialect::of(path, &Head::of(head));
        assert_eq!(of("/v1/messages", ""), Dialect::Anthropic);
        assert_eq!(of("/v1/messages/batches", ""), Dialect::Anthropic);
        assert_eq!(of("/v1/models", "anthropic-version: 2023-06-01"), Dialect::Anthropic);
        assert_eq!(of("/v1/models/a/b", "anthropic-version: 2023-06-01"), Dialect::Anthropic);
        assert_eq!(of("/v1/models", ""), Dialect::Openai);
        assert_eq!(of("/v1/models/a/b", ""), Dialect::Openai);
        assert_eq!(of("/v1/chat/completions", "anthropic-version: 2023-06-01"), Dialect::Openai);
    }

    #[test]
    fn a_refusal_has_the_shape_that_clients_read() {
        check(
            Refusal::NoToken,
            expect![[r#"
            401
            {"error":{"message":"send an Assay token with the scope \"ingest\" as \"Authorization: Bearer …\", in x-api-key or in x-assay-key","type":"authentication_error","param":null,"code":"invalid_api_key"}}"#]],
        );
        check(
            Refusal::Forbidden(Scope::Ingest),
            expect![[r#"
            403
            {"error":{"message":"this needs the scope \"ingest\", which the token does not have","type":"permission_error","param":null,"code":"insufficient_scope"}}"#]],
        );
        check(
            Refusal::from(Failure::TooOften(3)),
            expect![[r#"
            429
            {"error":{"message":"too many tokens from this address were nobody's; try again after 3 s","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}}"#]],
        );
        check(
            Refusal::from(TooEarly(2)),
            expect![[r#"
            429
            {"error":{"message":"this token sends requests too fast; try again after 2 s","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}}"#]],
        );
        check(
            Refusal::Redirected(302),
            expect![[r#"
            502
            {"error":{"message":"the provider redirects (302); redirects are not followed","type":"api_error","param":null,"code":"redirect_blocked"}}"#]],
        );
    }

    #[test]
    fn an_answer_is_passed_on_if_its_status_can_be() {
        let refused = |status| {
            Refusal::of_status(status).map_or("passes".to_owned(), |refusal| refusal.code().to_owned())
        };
        let all = [0, 100, 199, 200, 299, 300, 304, 399, 400, 599, 600, 999]
            .map(|status| format!("{status} {}", refused(status)));
        expect![[r#"
            0 upstream_odd_status
            100 upstream_odd_status
            199 upstream_odd_status
            200 passes
            299 passes
            300 redirect_blocked
            304 redirect_blocked
            399 redirect_blocked
            400 passes
            599 passes
            600 upstream_odd_status
            999 upstream_odd_status"#]]
        .assert_eq(&all.join("\n"));
        check(
            Refusal::OddStatus(999),
            expect![[r#"
            502
            {"error":{"message":"the provider answers with status 999, which no answer can be passed on with; it must be from 200 to 599","type":"api_error","param":null,"code":"upstream_odd_status"}}"#]],
        );
    }

    #[test]
    fn a_busy_database_is_said_to_be_busy() {
        check(
            Refusal::from(Failure::Busy),
            expect![[r#"
            503
            {"error":{"message":"the database is busy; try again in a moment","type":"api_error","param":null,"code":"unavailable"}}"#]],
        );
    }

    #[test]
    fn a_cause_inside_is_not_sent_out() {
        check(
            Refusal::from(Failure::Internal("no such table: provider".to_owned())),
            expect![[r#"
            500
            {"error":{"message":"something went wrong here; the request id names it in the logs","type":"api_error","param":null,"code":"internal_error"}}"#]],
        );
    }
}
