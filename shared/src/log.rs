//! Logs: requests as they were really made, with what was answered.
//!
//! The row of a log is narrow, so that lists and facets never read a body. Leaves out where logs come
//! from (`import`, the edge's gateway) and how they are stored.

pub mod again;
pub mod filter;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::chat::wire::Wire;
use crate::chat::{self, Message, Output, Usage, error};
use crate::id::LogId;
use crate::json::Object;
use crate::mistake::Mistake;
use crate::moment::Moment;

/// The most characters of a preview.
pub const PREVIEW: usize = 200;

/// The row of a log: all that lists and facets show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Log {
    pub id: LogId,
    pub created_at: Moment,
    /// The caller's name for the use case.
    pub feature: Option<String>,
    pub provider: Option<String>,
    pub model: String,
    /// The HTTP status that the provider answered with; none when it never did.
    pub status: Option<u16>,
    pub outcome: Outcome,
    pub streamed: bool,
    /// The answer arrived whole; of a stream, also that each event of it reads.
    pub complete: bool,
    pub latency_ms: Option<u64>,
    /// Time to the first piece of a streamed answer.
    pub ttft_ms: Option<u64>,
    pub usage: Usage,
    pub cost_usd: Option<f64>,
    pub user: Option<String>,
    pub session: Option<String>,
    pub tags: BTreeMap<String, String>,
    /// The last user message, at most [`PREVIEW`] characters.
    pub request_preview: String,
    pub response_preview: String,
}

/// How a logged request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There is an answer.
    Success,
    /// The provider answered with nothing.
    EmptyOutput,
    /// The provider found the request wrong (4xx).
    InvalidRequest,
    /// The provider did not accept the key (401, 403).
    Unauthorized,
    RateLimited,
    /// The provider failed (5xx), or answered 200 with an error that is worth none of the others.
    ProviderError,
    /// The connection ended before the answer did.
    Incomplete,
    /// The deadline passed, or the stream stood still.
    Timeout,
    /// The body is not what the protocol says.
    ParseError,
    /// The client went away.
    ClientAbort,
}

impl Outcome {
    /// Every outcome, for messages and menus.
    pub const ALL: [Self; 10] = [
        Self::Success,
        Self::EmptyOutput,
        Self::InvalidRequest,
        Self::Unauthorized,
        Self::RateLimited,
        Self::ProviderError,
        Self::Incomplete,
        Self::Timeout,
        Self::ParseError,
        Self::ClientAbort,
    ];

    /// Gives the word on the wire and in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::EmptyOutput => "empty_output",
            Self::InvalidRequest => "invalid_request",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate_limited",
            Self::ProviderError => "provider_error",
            Self::Incomplete => "incomplete",
            Self::Timeout => "timeout",
            Self::ParseError => "parse_error",
            Self::ClientAbort => "client_abort",
        }
    }

    /// Classes an answer by its format, status and body. An error in the place of an answer, or inside its stream, counts
    /// as the status that it carries: it says more than that the answer is not whole.
    pub fn of(wire: Wire, status: u16, complete: bool, response: &Value) -> Self {
        if !(200..300).contains(&status) {
            return Self::of_failure(status);
        }
        match wire.read_response(response) {
            Err(mistake) if mistake.pointer == "/error" => {
                let carried = response.get("error").and_then(error::status);
                carried.map_or(Self::ProviderError, Self::of_failure)
            }
            _ if !complete => Self::Incomplete,
            Ok(answer) if answer.output.is_empty() && wire.has_words() => Self::EmptyOutput,
            Ok(_) => Self::Success,
            Err(_) => Self::ParseError,
        }
    }

    fn of_failure(status: u16) -> Self {
        match status {
            401 | 403 => Self::Unauthorized,
            408 | 504 => Self::Timeout,
            429 => Self::RateLimited,
            400..=499 => Self::InvalidRequest,
            _ => Self::ProviderError,
        }
    }
}

impl std::str::FromStr for Outcome {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|outcome| outcome.word() == word);
        known.ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|outcome| outcome.word()).collect();
            format!("\"{word}\" is no outcome; known are {}", words.join(", "))
        })
    }
}

/// A request and its answer, as whoever saw it pass can describe it: what a log is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    pub at: Moment,
    pub provider: Option<String>,
    /// The request body as it was sent.
    pub request: Value,
    /// The response body in its unstreamed form; an error body if it failed.
    pub response: Value,
    pub status: Option<u16>,
    /// How it ended, where more is known than status and body tell.
    pub outcome: Option<Outcome>,
    pub streamed: bool,
    pub complete: bool,
    pub latency_ms: Option<u64>,
    pub ttft_ms: Option<u64>,
    pub cost_usd: Option<f64>,
    pub labels: Labels,
}

/// What the caller said about a request beside the conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    pub feature: Option<String>,
    pub user: Option<String>,
    pub session: Option<String>,
    pub tags: BTreeMap<String, String>,
}

impl Labels {
    /// Reads what a request body says of itself: `metadata` and `user`.
    ///
    /// The members `feature`, `user` and `session` of the metadata are those labels; the rest are tags.
    pub fn of_body(body: &Value) -> Self {
        let mut labels = Self::default();
        for (name, value) in body.get("metadata").and_then(Value::as_object).into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            labels.set(name, text);
        }
        labels.user = labels.user.or_else(|| body.get("user").and_then(Value::as_str).map(str::to_owned));
        labels
    }

    /// Sets one label by its name; a name that is no label becomes a tag.
    pub fn set(&mut self, name: &str, text: String) {
        match name {
            "feature" => self.feature = Some(text),
            "user" | "user_id" => self.user = Some(text),
            "session" | "session_id" => self.session = Some(text),
            tag => _ = self.tags.insert(tag.to_owned(), text),
        }
    }

    /// Adds the labels of `other`, which win where both say something.
    #[must_use]
    pub fn overridden_by(mut self, other: Self) -> Self {
        self.tags.extend(other.tags);
        Self {
            feature: other.feature.or(self.feature),
            user: other.user.or(self.user),
            session: other.session.or(self.session),
            tags: self.tags,
        }
    }
}

/// Makes the row of a log out of an exchange.
///
/// # Errors
/// Names what keeps the request from being one of a known format.
pub fn describe(id: LogId, exchange: &Exchange) -> Result<Log, Mistake> {
    let wire = Wire::of(&exchange.request, &exchange.response);
    let request = wire.read_logged(&exchange.request)?;
    let answer = wire.read_response(&exchange.response);
    let response_preview = response_preview(&answer);
    let outcome = exchange.outcome.unwrap_or_else(|| {
        Outcome::of(wire, exchange.status.unwrap_or(200), exchange.complete, &exchange.response)
    });
    let labels = exchange.labels.clone();
    Ok(Log {
        id,
        created_at: exchange.at,
        feature: labels.feature,
        provider: exchange.provider.clone(),
        // Whoever asks may write what they like there, and lists hold it.
        model: preview(&request.model),
        status: exchange.status,
        outcome,
        streamed: exchange.streamed,
        complete: exchange.complete,
        latency_ms: exchange.latency_ms,
        ttft_ms: exchange.ttft_ms,
        usage: answer.map(|answer| answer.usage).unwrap_or_default(),
        cost_usd: exchange.cost_usd,
        user: labels.user,
        session: labels.session,
        tags: labels.tags,
        request_preview: preview(&request.last_user().unwrap_or_default()),
        response_preview,
    })
}

impl Log {
    /// Makes the previews again, after the bodies have changed.
    pub fn preview_again(&mut self, request: &Value, response: &Value) {
        let wire = Wire::of(request, response);
        let last_user = wire.read_logged(request).ok().and_then(|request| request.last_user());
        self.request_preview = preview(&last_user.unwrap_or_default());
        self.response_preview = response_preview(&wire.read_response(response));
    }
}

fn response_preview(answer: &Result<chat::Response, Mistake>) -> String {
    match answer {
        Ok(answer) => preview(&answer.output.plain()),
        Err(mistake) => preview(&mistake.detail),
    }
}

/// The most bytes of a log's text that full-text search sees.
const SEARCHED: usize = 64 * 1024;

/// Writes all text of an exchange, for full-text search; what lies beyond the first 64 kB is not found.
pub fn searched_text(request: &Value, response: &Value) -> String {
    let mut texts: Vec<String> = Vec::new();
    let wire = Wire::of(request, response);
    if let Ok(request) = wire.read_logged(request) {
        texts.extend(request.messages.iter().map(|message| message.content.text()));
    }
    match wire.read_response(response) {
        Ok(answer) => texts.push(answer.output.plain()),
        Err(mistake) => texts.push(mistake.detail),
    }
    let mut text = texts.join("\n");
    text.truncate(text.floor_char_boundary(SEARCHED));
    text
}

/// Shortens a text to one line of at most [`PREVIEW`] characters, the last being "…" if any were cut.
pub fn preview(text: &str) -> String {
    // Bounded before it is split: a megabyte in one word costs no more than a line.
    let head: String = text.chars().take(PREVIEW * 8).collect();
    let line = head.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= PREVIEW && head.len() == text.len() {
        return line;
    }
    let mut cut: String = line.chars().take(PREVIEW - 1).collect();
    cut.push('…');
    cut
}

/// One log with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Detail {
    #[serde(flatten)]
    pub log: Log,
    /// The request body as logged.
    pub request: Value,
    /// The response body as logged.
    pub response: Value,
    /// The request's conversation in canonical form, pictures by their hash, of more than 10,000 messages the newest; empty
    /// if it does not read as one.
    pub messages: Vec<Message>,
    pub output: Output,
    /// The sets that hold an item made from this log.
    pub sets: Vec<InSet>,
}

impl<'de> Deserialize<'de> for Detail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        Ok(Self {
            request: object.take("request")?,
            response: object.take("response")?,
            messages: object.take("messages")?,
            output: object.take("output")?,
            sets: object.take("sets")?,
            log: object.rest()?,
        })
    }
}

/// A set that a log is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InSet {
    pub id: crate::id::SetId,
    pub name: String,
}

impl Detail {
    /// Puts a log's row and bodies together, with their canonical reading.
    pub fn of(log: Log, request: Value, response: Value, sets: Vec<InSet>) -> Self {
        let wire = Wire::of(&request, &response);
        let mut messages = wire.read_logged(&request).map(|request| request.messages).unwrap_or_default();
        messages.iter_mut().for_each(Message::name_pictures);
        let output =
            wire.read_response(&response).map(|chat::Response { output, .. }| output).unwrap_or_default();
        Self { log, request, response, messages, output, sets }
    }
}

/// How often the values of each facet occur among the logs that a filter matches, most frequent first.
///
/// What the filter chooses by a facet itself does not count for that facet: each number is what would match if that
/// value were chosen instead. Tags are counted among the newest [`TAGGED`] that match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Facets {
    pub feature: Vec<Facet>,
    pub model: Vec<Facet>,
    pub provider: Vec<Facet>,
    pub outcome: Vec<Facet>,
    pub tags: Vec<TagFacet>,
}

/// The most logs whose tags are counted: tags lie in no index.
pub const TAGGED: u32 = 1_000;

/// One value of a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TagFacet {
    pub name: String,
    pub value: String,
    pub count: u64,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Facet {
    /// Null counts the logs that have none.
    pub value: Option<String>,
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(request: Value, response: Value, status: Option<u16>, expected: Expect) {
        let exchange = Exchange {
            at: Moment::from_millis(0),
            provider: None,
            labels: Labels::of_body(&request),
            request,
            response,
            status,
            outcome: None,
            streamed: false,
            complete: true,
            latency_ms: None,
            ttft_ms: None,
            cost_usd: None,
        };
        let log = describe(LogId::make(exchange.at, &[0; 10]), &exchange);
        expected.assert_eq(&log.map_or_else(
            |mistake| mistake.to_string(),
            |log| {
                format!(
                    "{} | {:?} {:?} {:?} | {} | {}",
                    log.outcome.word(),
                    log.feature,
                    log.user,
                    log.tags,
                    log.request_preview,
                    log.response_preview
                )
            },
        ));
    }

    fn ask(metadata: Value) -> Value {
        json!({"model": "m", "messages": [{"role": "user", "content": "Where is\n my order?"}], "metadata": metadata, "user": "u1"})
    }

    fn answer(text: &str) -> Value {
        json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})
    }

    #[test]
    fn labels_come_from_the_body() {
        check(
            ask(json!({"feature": "support", "plan": "pro", "seats": 3})),
            answer("On its way."),
            Some(200),
            expect![[
                r#"success | Some("support") Some("u1") {"plan": "pro", "seats": "3"} | Where is my order? | On its way."#
            ]],
        );
    }

    #[test]
    fn outcomes_are_classed_by_status_and_body() {
        check(
            ask(json!({})),
            answer(" "),
            Some(200),
            expect![[r#"empty_output | None Some("u1") {} | Where is my order? | "#]],
        );
        check(
            ask(json!({})),
            json!({"error": {"message": "slow down"}}),
            Some(429),
            expect![[
                r#"rate_limited | None Some("u1") {} | Where is my order? | the provider answered with an error: slow down"#
            ]],
        );
        check(
            ask(json!({})),
            json!({"error": {"message": "oops"}}),
            Some(200),
            expect![[
                r#"provider_error | None Some("u1") {} | Where is my order? | the provider answered with an error: oops"#
            ]],
        );
        check(
            ask(json!({})),
            json!({}),
            Some(200),
            expect![[
                r#"parse_error | None Some("u1") {} | Where is my order? | choices is missing; it is the list of answers"#
            ]],
        );
    }

    #[test]
    fn an_error_in_place_of_an_answer_is_classed_as_it_says() {
        for (error, expected) in [
            (
                json!({"message": "Slow.", "code": "rate_limit_exceeded"}),
                expect![[
                    r#"rate_limited | None Some("u1") {} | Where is my order? | the provider answered with an error: Slow."#
                ]],
            ),
            (
                json!({"message": "Who?", "type": "authentication_error"}),
                expect![[
                    r#"unauthorized | None Some("u1") {} | Where is my order? | the provider answered with an error: Who?"#
                ]],
            ),
            (
                json!({"message": "Late.", "status": "DEADLINE_EXCEEDED"}),
                expect![[
                    r#"timeout | None Some("u1") {} | Where is my order? | the provider answered with an error: Late."#
                ]],
            ),
            (
                json!({"message": "No.", "code": 422}),
                expect![[
                    r#"invalid_request | None Some("u1") {} | Where is my order? | the provider answered with an error: No."#
                ]],
            ),
        ] {
            check(ask(json!({})), json!({"error": error}), Some(200), expected);
        }
    }

    #[test]
    fn a_log_is_read_in_the_format_that_it_is_in() {
        check(
            json!({"model": "claude", "max_tokens": 9, "metadata": {"user_id": "u2"}, "messages": [{"role": "user", "content": "Hi"}]}),
            json!({"type": "message", "content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn"}),
            Some(200),
            expect![[r#"success | None Some("u2") {} | Hi | Hello"#]],
        );
        check(
            json!({"model": "gpt", "input": "Hi"}),
            json!({"object": "response", "status": "failed", "error": {"message": "oops"}, "output": []}),
            Some(200),
            expect!["provider_error | None None {} | Hi | the provider answered with an error: oops"],
        );
        check(
            json!({"model": "m", "prompt": "Once"}),
            json!({"choices": [{"text": " upon"}]}),
            Some(200),
            expect!["success | None None {} | Once | upon"],
        );
        check(
            json!({"model": "e", "input": ["a", "b"]}),
            json!({"data": [{"embedding": [0.5]}]}),
            Some(200),
            expect!["success | None None {} | a b | "],
        );
    }

    #[test]
    fn a_log_shows_its_conversation_with_pictures_by_their_hash() {
        let picture =
            json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}});
        let request = json!({"model": "claude", "messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, picture]}]});
        let response = json!({"type": "message", "content": [{"type": "text", "text": "A cat"}], "stop_reason": "end_turn"});
        let exchange = Exchange {
            at: Moment::from_millis(0),
            provider: None,
            request: request.clone(),
            response: response.clone(),
            status: Some(200),
            outcome: None,
            streamed: false,
            complete: true,
            latency_ms: None,
            ttft_ms: None,
            cost_usd: None,
            labels: Labels::default(),
        };
        let log = describe(LogId::make(exchange.at, &[0; 10]), &exchange).expect("a log");
        let Detail { messages, output, .. } = Detail::of(log, request, response, Vec::new());
        expect![[r#"[[{"role":"user","content":[{"kind":"text","text":"What is it?"},{"kind":"image","url":"data:image/png;sha256,58bb119c35513a451d24dc20ef0e9031ec85b35bfc919d263e7e5d9868909cb5"}]}],{"text":"A cat","tool_calls":[],"finish_reason":"stop"}]"#]].assert_eq(&json!([messages, output]).to_string());
    }

    #[test]
    fn a_preview_is_one_line_of_two_hundred_characters() {
        assert_eq!(preview(" a\n\n b "), "a b");
        assert_eq!(preview(&"é".repeat(200)).chars().count(), 200);
        assert_eq!(preview(&"é".repeat(201)).chars().last(), Some('…'));
        assert_eq!(preview(&"x".repeat(1_000_000)).chars().count(), 200);
        assert_eq!(preview(&format!("a{}b", " ".repeat(5000))), "a…");
    }
}
