//! What is logged of a request that passed.

use serde_json::{Map, Value, json};
use shared::chat::openai;
use shared::log::{Exchange, Labels, Outcome};
use shared::moment::Moment;
use shared::provider::Provider;

use super::capture::Captured;
use super::labels;
use super::route::Keep;

/// A request on its way: all that is known before the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    pub at: Moment,
    pub provider: Provider,
    /// The body as it was sent.
    pub request: Vec<u8>,
    /// The labels of the head.
    pub labels: Labels,
    pub keep: Keep,
}

impl Passage {
    /// Describes the request with its answer; none when nothing is to be kept.
    pub fn exchange(&self, status: Option<u16>, captured: Captured, latency_ms: u64) -> Option<Exchange> {
        if self.keep == Keep::Nothing {
            return None;
        }
        let request: Value = serde_json::from_slice(&self.request).unwrap_or_default();
        let labels = labels::of(&self.labels, &request);
        let usage = openai::read_response(&captured.response).map(|answer| answer.usage).unwrap_or_default();
        let price = request.get("model").and_then(Value::as_str).and_then(|model| self.provider.price(model));
        let outcome = captured
            .outcome
            .or_else(|| Some(Outcome::of(status.unwrap_or(502), captured.complete, &captured.response)));
        let (request, response) = match self.keep {
            Keep::Everything if openai::read_request(&request).is_ok() => (request, captured.response),
            // A log is of a conversation. Of a request that is none, the answer says what was wrong with it.
            Keep::Everything => (without_words(&request), captured.response),
            Keep::Metadata | Keep::Nothing => {
                (without_words(&request), answer_without_words(&captured.response))
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

/// Writes an answer with its numbers and without its words.
fn answer_without_words(response: &Value) -> Value {
    if response.get("error").is_some_and(|error| !error.is_null()) {
        let code =
            response.pointer("/error/code").filter(|code| code.as_str().is_none_or(|code| code.len() <= 64));
        return json!({"error": {"message": "", "code": code}});
    }
    let reason = response.pointer("/choices/0/finish_reason").cloned().unwrap_or_default();
    let message = json!({"role": "assistant", "content": ""});
    let mut written = json!({"choices": [{"index": 0, "message": message, "finish_reason": reason}]});
    if let (Some(usage), Value::Object(members)) = (response.get("usage"), &mut written) {
        members.insert("usage".to_owned(), usage.clone());
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(request: &str, response: Value, status: Option<u16>, keep: Keep, expected: Expect) {
        let provider = json!({"id": "p", "name": "acme", "protocol": "openai", "base_url": null, "key_hint": null, "simulated": false,
            "models": [{"id": "m", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0}]});
        let passage = Passage {
            at: Moment::from_millis(0),
            provider: serde_json::from_value(provider).expect("a provider"),
            request: request.as_bytes().to_vec(),
            labels: Labels { feature: Some("chat".to_owned()), ..Labels::default() },
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
    fn a_request_that_is_no_conversation_is_logged_with_its_answer() {
        check(
            r#"{"model": "m", "prompt": "x"}"#,
            json!({"error": {"message": "no messages"}}),
            Some(400),
            Keep::Everything,
            expect![[r#"
            {"model":"m","messages":[{"role":"user","content":""}]}
            {"error":{"message":"no messages"}}
            Some(InvalidRequest) None Some("chat") None"#]],
        );
    }
}
