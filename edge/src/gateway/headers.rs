//! Which headers pass, each way. What is not on a list stays behind.

use shared::chat::anthropic;
use shared::chat::wire::Wire;

use super::credentials::Credentials;
use super::head::Head;
use crate::upstream::call::HOP;

/// What passes from the caller to the provider as it came.
const OUTBOUND: [&str; 8] = [
    "accept",
    "openai-organization",
    "openai-project",
    "openai-beta",
    "anthropic-version",
    "anthropic-beta",
    "idempotency-key",
    "traceparent",
];

/// What passes from the provider to the caller.
const INBOUND: [&str; 9] = [
    "content-type",
    "content-language",
    "retry-after",
    "retry-after-ms",
    "request-id",
    "x-request-id",
    "x-should-retry",
    "openai-processing-ms",
    "openai-version",
];

/// What passes from the provider to the caller, by how the name begins.
const INBOUND_FAMILIES: [&str; 2] = ["x-ratelimit-", "anthropic-ratelimit-"];

/// Gives the headers of the request to the provider: those of the list that hold no secret of Assay's, those that show the
/// key, and ours.
///
/// The body is asked for unpacked, since a packed stream arrives in lumps.
pub fn outbound(
    head: &Head,
    wire: Wire,
    credentials: &Credentials,
    key: Vec<(String, String)>,
) -> Vec<(String, String)> {
    let may_pass = |value: &&str| !credentials.is_ours(value);
    let passed = head.iter().filter(|(name, value)| OUTBOUND.contains(name) && may_pass(value));
    let content_type = head.get("content-type").filter(may_pass);
    let ours = [
        ("content-type", content_type.unwrap_or("application/json")),
        ("user-agent", concat!("assay-gateway/", env!("CARGO_PKG_VERSION"))),
        ("accept-encoding", "identity"),
        HOP,
    ];
    let lacks_version = wire == Wire::Messages && head.get("anthropic-version").is_none();
    let version = lacks_version.then_some(("anthropic-version", anthropic::VERSION));
    passed
        .chain(version)
        .chain(ours)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .chain(key)
        .collect()
}

/// Gives the headers of the answer to the caller, without those that the gateway adds.
pub fn inbound(head: &Head) -> Vec<(String, String)> {
    let passes = |name: &str| {
        INBOUND.contains(&name) || INBOUND_FAMILIES.iter().any(|family| name.starts_with(family))
    };
    let passed = head.iter().filter(|(name, _)| passes(name));
    passed.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn sent(head: &Head, wire: Wire, key: (&str, &str)) -> Vec<(String, String)> {
        let credentials = Credentials::of(&Head::of("x-assay-key: team"), Some("sesame".to_owned()));
        outbound(head, wire, &credentials.expect("credentials"), vec![(key.0.to_owned(), key.1.to_owned())])
    }

    fn check(headers: Vec<(String, String)>, expected: Expect) {
        let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn nothing_of_the_caller_goes_out_but_what_is_listed() {
        let head = Head::of(
            "Authorization: Bearer asy_1
            Cookie: a=b
            X-Assay-Feature: chat
            X-Forwarded-For: 10.0.0.1
            CF-Connecting-IP: 10.0.0.1
            Helicone-Auth: Bearer x
            Connection: keep-alive
            User-Agent: OpenAI/JS
            Accept-Encoding: gzip
            OpenAI-Beta: assistants=v2
            Content-Type: application/json; charset=utf-8",
        );
        check(
            sent(&head, Wire::Chat, ("authorization", "Bearer sk-1")),
            expect![[r#"
                openai-beta: assistants=v2
                content-type: application/json; charset=utf-8
                user-agent: assay-gateway/0.1.0
                accept-encoding: identity
                x-assay-hop: 1
                authorization: Bearer sk-1"#]],
        );
    }

    #[test]
    fn a_message_is_never_sent_without_the_version_of_the_protocol() {
        let key = ("x-api-key", "sk-1");
        check(
            sent(&Head::of("x-api-key: asy_1"), Wire::Messages, key),
            expect![[r#"
            anthropic-version: 2023-06-01
            content-type: application/json
            user-agent: assay-gateway/0.1.0
            accept-encoding: identity
            x-assay-hop: 1
            x-api-key: sk-1"#]],
        );
        let head = Head::of("anthropic-version: 2024-01-01\nanthropic-beta: a,b");
        check(
            sent(&head, Wire::Messages, key),
            expect![[r#"
            anthropic-version: 2024-01-01
            anthropic-beta: a,b
            content-type: application/json
            user-agent: assay-gateway/0.1.0
            accept-encoding: identity
            x-assay-hop: 1
            x-api-key: sk-1"#]],
        );
    }

    #[test]
    fn no_secret_of_ours_goes_out_in_any_header() {
        let head = Head::of(
            "Content-Type: application/json; x=asy_1
            Idempotency-Key: asy_1
            Traceparent: 00-team-01
            OpenAI-Organization: team
            OpenAI-Project: me:sesame
            OpenAI-Beta: teamwork",
        );
        check(
            sent(&head, Wire::Chat, ("authorization", "Bearer sk-1")),
            expect![[r#"
                traceparent: 00-team-01
                openai-beta: teamwork
                content-type: application/json
                user-agent: assay-gateway/0.1.0
                accept-encoding: identity
                x-assay-hop: 1
                authorization: Bearer sk-1"#]],
        );
    }

    #[test]
    fn nothing_of_the_provider_comes_back_but_what_is_listed() {
        let head = Head::of(
            "Content-Type: text/event-stream
            Content-Length: 12
            Content-Encoding: gzip
            Set-Cookie: a=b
            Access-Control-Allow-Origin: *
            Strict-Transport-Security: max-age=1
            Content-Security-Policy: default-src *
            Server: x
            Location: http://169.254.169.254
            Retry-After: 2
            X-Request-Id: req_1
            X-RateLimit-Remaining-Tokens: 5
            OpenAI-Organization: acme",
        );
        check(
            inbound(&head),
            expect![[r#"
                content-type: text/event-stream
                retry-after: 2
                x-request-id: req_1
                x-ratelimit-remaining-tokens: 5"#]],
        );
    }
}
