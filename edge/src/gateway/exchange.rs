//! What is logged of a request that passed.

use serde_json::{Map, Value, json};
use shared::chat::Usage;
use shared::chat::wire::Wire;
use shared::log::{Exchange, Labels, Outcome};
use shared::moment::Moment;
use shared::provider::Provider;
use shared::redact;

use super::capture::Captured;
use super::labels;
use super::route::Keep;

/// A request on its way: all that is known before the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    pub at: Moment,
    /// The format of the call.
    pub wire: Wire,
    pub provider: Provider,
    /// The body as it was sent.
    pub request: Vec<u8>,
    /// The labels of the head.
    pub labels: Labels,
    /// What was shown to the provider to pay with. A provider that refuses it may repeat it.
    pub paid_with: Vec<String>,
    pub keep: Keep,
}

impl Passage {
    /// Describes the request with its answer; none when nothing is to be kept.
    pub fn exchange(&self, status: Option<u16>, mut captured: Captured, latency_ms: u64) -> Option<Exchange> {
        if self.keep == Keep::Nothing {
            return None;
        }
        let mut request: Value = serde_json::from_slice(&self.request).unwrap_or_default();
        for secret in &self.paid_with {
            redact::hush_all(&mut request, secret);
            redact::hush_all(&mut captured.response, secret);
        }
        let labels = labels::of(&self.labels, &request);
        let usage =
            self.wire.read_response(&captured.response).map(|answer| answer.usage).unwrap_or_default();
        let price = request.get("model").and_then(Value::as_str).and_then(|model| self.provider.price(model));
        let outcome = captured.outcome.or_else(|| {
            Some(Outcome::of(self.wire, status.unwrap_or(502), captured.complete, &captured.response))
        });
        // Whoever reads the log recognises the format by the bodies, and must find one that reads.
        let seen = Wire::of(&request, &captured.response);
        let (request, response) = match self.keep {
            Keep::Everything if seen.read_logged(&request).is_ok() => (request, captured.response),
            // A log is of a conversation. Of a request that is none, the answer says what was wrong with it.
            Keep::Everything => (without_words(&request), captured.response),
            Keep::Metadata | Keep::Nothing => {
                (without_words(&request), answer_without_words(self.wire, &captured.response))
            }
        };
        let wanted_stream = request.get("stream").and_then(Value::as_bool).unwrap_or(false);
        Some(Exchange {
            at: self.at,
            provider: Some(self.provider.name.to_string()),
            request,
            response,
            status,
            outcome,
            streamed: captured.streamed || (status.is_none() && wanted_stream),
            complete: captured.complete,
            latency_ms: Some(latency_ms),
            ttft_ms: captured.ttft_ms,
            cost_usd: price.and_then(|price| price.cost_usd(usage)),
            labels,
        })
    }
}

/// Writes a request with its numbers and without its words.
fn without_words(request: &Value) -> Value {
    let is_number = |value: &Value| value.is_number() || value.is_boolean();
    let members = request.as_object().into_iter().flatten();
    let numbers =
        members.filter(|(_, value)| is_number(value)).map(|(name, value)| (name.clone(), value.clone()));
    let mut written = Map::new();
    let model = request.get("model").and_then(Value::as_str).unwrap_or_default();
    written.insert("model".to_owned(), json!(model));
    written.insert("messages".to_owned(), json!([{"role": "user", "content": ""}]));
    written.extend(numbers.filter(|(name, _)| name != "model" && name != "messages"));
    Value::Object(written)
}

/// Writes an answer with its numbers and without its words, as a chat's: without words all formats are alike.
fn answer_without_words(wire: Wire, response: &Value) -> Value {
    if response.get("error").is_some_and(|error| !error.is_null()) {
        let code = response.pointer("/error/code").or(response.pointer("/error/type"));
        let code = code.filter(|code| code.as_str().is_none_or(|code| code.len() <= 64));
        return json!({"error": {"message": "", "code": code}});
    }
    let answer = wire.read_response(response).unwrap_or_default();
    let message = json!({"role": "assistant", "content": ""});
    let mut written =
        json!({"choices": [{"index": 0, "message": message, "finish_reason": answer.output.finish_reason}]});
    let Usage { input_tokens, output_tokens, cached_tokens } = answer.usage;
    if input_tokens.or(output_tokens).is_some() {
        written["usage"] = json!({"prompt_tokens": input_tokens, "completion_tokens": output_tokens});
    }
    if let Some(cached) = cached_tokens {
        written["usage"]["prompt_tokens_details"] = json!({"cached_tokens": cached});
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(request: &str, response: Value, status: Option<u16>, keep: Keep, expected: Expect) {
        check_wire(Wire::Chat, request, response, status, keep, expected);
    }

    fn check_wire(
        wire: Wire,
        request: &str,
        response: Value,
        status: Option<u16>,
        keep: Keep,
        expected: Expect,
    ) {
        let provider = json!({"id": "p", "name": "acme", "protocol": "openai", "base_url": null, "key_hint": null, "simulated": false,
            "models": [{"id": "m", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0, "cached_input_usd_per_mtok": 0.1}]});
        let passage = Passage {
            at: Moment::from_millis(0),
            wire,
            provider: serde_json::from_value(provider).expect("a provider"),
            request: request.as_bytes().to_vec(),
            labels: Labels { feature: Some("chat".to_owned()), ..Labels::default() },
            paid_with: vec!["7f3c9a0b12d44e5f".to_owned()],
            keep,
        };
        let captured = Captured { response, streamed: false, complete: true, ttft_ms: None, outcome: None };
        let Some(exchange) = passage.exchange(status, captured, 12) else {
            return expected.assert_eq("nothing");
        };
        let Exchange { request, response, outcome, cost_usd, labels, .. } = exchange;
        expected.assert_eq(&format!(
            "{request}\n{response}\n{outcome:?} {cost_usd:?} {:?} {:?}",
            labels.feature, labels.user
        ));
    }

    const ASKED: &str = r#"{"model": "m", "temperature": 0.5, "user": "u1", "tools": [{"x": "y"}], "messages": [{"role": "user", "content": "My secret"}]}"#;

    fn answer() -> Value {
        json!({"id": "x", "choices": [{"message": {"content": "Your secret"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1000, "completion_tokens": 500}})
    }

    #[test]
    fn everything_is_kept_with_its_cost() {
        check(
            ASKED,
            answer(),
            Some(200),
            Keep::Everything,
            expect![[r#"
            {"model":"m","temperature":0.5,"user":"u1","tools":[{"x":"y"}],"messages":[{"role":"user","content":"My secret"}]}
            {"id":"x","choices":[{"message":{"content":"Your secret"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":500}}
            Some(Success) Some(0.002) Some("chat") Some("u1")"#]],
        );
    }

    #[test]
    fn what_was_paid_with_is_not_kept_however_it_looks() {
        check(
            r#"{"model": "m", "messages": [{"role": "user", "content": "Why does 7f3c9a0b12d44e5f not work?"}]}"#,
            json!({"error": {"message": "Who is 7f3c9a0b12d44e5f?", "keys": ["7f3c9a0b12d44e5f7f3c9a0b12d44e5f", 7]}}),
            Some(401),
            Keep::Everything,
            expect![[r#"
                {"model":"m","messages":[{"role":"user","content":"Why does [key] not work?"}]}
                {"error":{"message":"Who is [key]?","keys":["[key][key]",7]}}
                Some(Unauthorized) None Some("chat") None"#]],
        );
    }

    #[test]
    fn metadata_has_the_numbers_and_no_words() {
        check(
            ASKED,
            answer(),
            Some(200),
            Keep::Metadata,
            expect![[r#"
            {"model":"m","messages":[{"role":"user","content":""}],"temperature":0.5}
            {"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":500}}
            Some(Success) Some(0.002) Some("chat") Some("u1")"#]],
        );
        check(
            ASKED,
            json!({"error": {"message": "secret", "code": "bad"}}),
            Some(400),
            Keep::Metadata,
            expect![[r#"
            {"model":"m","messages":[{"role":"user","content":""}],"temperature":0.5}
            {"error":{"message":"","code":"bad"}}
            Some(InvalidRequest) None Some("chat") Some("u1")"#]],
        );
    }

    #[test]
    fn off_keeps_nothing() {
        check(ASKED, answer(), Some(200), Keep::Nothing, expect!["nothing"]);
    }

    #[test]
    fn calls_of_other_formats_are_kept_with_their_cost() {
        let asked =
            r#"{"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "My secret"}]}"#;
        let message = json!({"type": "message", "content": [{"type": "text", "text": "Your secret"}], "stop_reason": "max_tokens", "usage": {"input_tokens": 900, "cache_read_input_tokens": 100, "output_tokens": 500}});
        check_wire(
            Wire::Messages,
            asked,
            message.clone(),
            Some(200),
            Keep::Everything,
            expect![[r#"
                {"model":"m","max_tokens":9,"messages":[{"role":"user","content":"My secret"}]}
                {"type":"message","content":[{"type":"text","text":"Your secret"}],"stop_reason":"max_tokens","usage":{"input_tokens":900,"cache_read_input_tokens":100,"output_tokens":500}}
                Some(Success) Some(0.00191) Some("chat") None"#]],
        );
        check_wire(
            Wire::Messages,
            asked,
            message,
            Some(200),
            Keep::Metadata,
            expect![[r#"
                {"model":"m","messages":[{"role":"user","content":""}],"max_tokens":9}
                {"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"length"}],"usage":{"prompt_tokens":1000,"completion_tokens":500,"prompt_tokens_details":{"cached_tokens":100}}}
                Some(Success) Some(0.00191) Some("chat") None"#]],
        );
        let embedded = json!({"object": "list", "data": [{"embedding": [0.5]}], "usage": {"prompt_tokens": 1000, "total_tokens": 1000}});
        let input = r#"{"model": "m", "input": ["a", "b"]}"#;
        check_wire(
            Wire::Embeddings,
            input,
            embedded.clone(),
            Some(200),
            Keep::Everything,
            expect![[r#"
            {"model":"m","input":["a","b"]}
            {"object":"list","data":[{"embedding":[0.5]}],"usage":{"prompt_tokens":1000,"total_tokens":1000}}
            Some(Success) Some(0.001) Some("chat") None"#]],
        );
        check_wire(
            Wire::Embeddings,
            input,
            embedded,
            Some(200),
            Keep::Metadata,
            expect![[r#"
            {"model":"m","messages":[{"role":"user","content":""}]}
            {"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":1000,"completion_tokens":0}}
            Some(Success) Some(0.001) Some("chat") None"#]],
        );
    }

    #[test]
    fn an_error_in_any_format_is_kept_by_its_kind() {
        let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "secret"}});
        check_wire(
            Wire::Messages,
            ASKED,
            error,
            Some(529),
            Keep::Metadata,
            expect![[r#"
            {"model":"m","messages":[{"role":"user","content":""}],"temperature":0.5}
            {"error":{"message":"","code":"overloaded_error"}}
            Some(ProviderError) None Some("chat") Some("u1")"#]],
        );
    }

    #[test]
    fn a_request_that_is_no_conversation_is_logged_with_its_answer() {
        check(
            r#"{"model": "m", "prompt": "x"}"#,
            json!({"error": {"message": "no messages"}}),
            Some(400),
            Keep::Everything,
            expect![[r#"
                {"model":"m","prompt":"x"}
                {"error":{"message":"no messages"}}
                Some(InvalidRequest) None Some("chat") None"#]],
        );
    }
}
