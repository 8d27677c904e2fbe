//! A provider that does as it is told, and keeps a record of every call.

use std::sync::Mutex;

use edge::gateway::simulate;
use edge::ports::{Answer, Call, Unreached};
use edge::upstream::form::Form;
use edge::upstream::incoming::Incoming;
use serde_json::{Value, json};
use shared::chat::wire::Wire;
use shared::moment::Moment;

/// One call as the provider saw it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How many calls came before it.
    pub number: usize,
    pub at: Moment,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

/// What the provider does about a call.
#[derive(Debug, Clone)]
pub struct Reply {
    pub result: Result<Answer, Unreached>,
    pub after_ms: u64,
}

type Script = Box<dyn FnMut(&Asked) -> Reply + Send>;

pub struct Provider {
    script: Mutex<Script>,
    calls: Mutex<Vec<Asked>>,
}

impl Provider {
    pub fn new() -> Self {
        Self { script: Mutex::new(Box::new(usual)), calls: Mutex::new(Vec::new()) }
    }

    /// Tells it what to do from now on.
    pub fn does(&self, script: impl FnMut(&Asked) -> Reply + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// Gives every call so far.
    pub fn calls(&self) -> Vec<Asked> {
        self.calls.lock().unwrap().clone()
    }

    /// Forgets the calls so far.
    pub fn forget(&self) {
        self.calls.lock().unwrap().clear();
    }

    /// Takes a call: gives it as it is in the record, and what is done about it.
    pub fn take(&self, call: &Call, at: Moment) -> (Asked, Reply) {
        let mut calls = self.calls.lock().unwrap();
        let body = serde_json::from_str(&call.body).expect("a call's body is JSON");
        let asked =
            Asked { number: calls.len(), at, url: call.url.clone(), headers: call.headers.clone(), body };
        calls.push(asked.clone());
        drop(calls);
        let reply = (self.script.lock().unwrap())(&asked);
        (asked, reply)
    }
}

impl Asked {
    /// Tells whether it is a question to the judge.
    pub fn is_judge(&self) -> bool {
        self.body["model"].as_str().is_some_and(|model| model.ends_with("judge"))
    }

    /// The text of the last message.
    pub fn last(&self) -> String {
        let messages = self.body["messages"].as_array().unwrap();
        messages.last().unwrap()["content"].as_str().unwrap().to_owned()
    }

    /// What the judge is shown.
    pub fn case(&self) -> Value {
        let text = self.body["messages"][1]["content"].as_str().unwrap();
        serde_json::Deserializer::from_str(text).into_iter().next().unwrap().unwrap()
    }

    /// Tells whether it is a question to the judge about this response.
    pub fn is_about(&self, candidate: &str) -> bool {
        self.is_judge() && self.case()["candidate"] == candidate
    }

    /// The response that the judge is to grade.
    pub fn candidate(&self) -> String {
        self.case()["candidate"].as_str().unwrap().to_owned()
    }
}

impl Reply {
    pub fn after(self, millis: u64) -> Self {
        Self { after_ms: millis, ..self }
    }

    /// Asks the caller to wait.
    pub fn retry_after(mut self, wish: &str) -> Self {
        if let Ok(answer) = &mut self.result {
            answer.retry_after = Some(wish.to_owned());
        }
        self
    }
}

/// Answers with a whole body.
pub fn body(status: u16, body: &Value) -> Reply {
    Reply { result: Ok(Answer { status, retry_after: None, body: body.to_string() }), after_ms: 100 }
}

/// Streams these events, and ends like this.
pub fn streamed(events: &[impl AsRef<[u8]>], ended: Result<(), Unreached>) -> Reply {
    streamed_as(Form::Chat, events, ended)
}

/// Streams these events to a call in this form, and ends like this.
pub fn streamed_as(form: Form, events: &[impl AsRef<[u8]>], ended: Result<(), Unreached>) -> Reply {
    let mut incoming = Incoming::of(form, 200, None, Some("text/event-stream"));
    let taken = events.iter().try_for_each(|event| incoming.push(event.as_ref()));
    Reply { result: incoming.finish(taken.and(ended)), after_ms: 100 }
}

/// Writes an answer of some text as the events of a stream.
pub fn events(text: &str) -> Vec<String> {
    simulate::events(Wire::Chat, &completion(text))
}

/// Answers with a text.
pub fn says(text: &str) -> Reply {
    body(200, &completion(text))
}

/// An answer of some text, as the provider writes it.
pub fn completion(text: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "m", "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    })
}

/// Answers with a verdict.
pub fn level(number: u8) -> Reply {
    verdict(number, "It was judged.")
}

/// Answers with a verdict and its reasons.
pub fn verdict(number: u8, reasoning: &str) -> Reply {
    let flags = json!({"instruction_in_data": false, "cannot_judge": false});
    says(&json!({"evidence": [], "reasoning": reasoning, "flags": flags, "level": number}).to_string())
}

/// Answers with an error.
pub fn error(status: u16, message: &str) -> Reply {
    body(status, &json!({"error": {"message": message}}))
}

/// Breaks the connection.
pub fn reset() -> Reply {
    Reply { result: Err(Unreached::Reset("connection reset by peer".to_owned())), after_ms: 50 }
}

/// Never answers.
pub fn hangs() -> Reply {
    Reply { result: Err(Unreached::TimedOut(0)), after_ms: u64::MAX }
}

/// A target that repeats what it was asked, and a judge that finds everything good.
pub fn usual(asked: &Asked) -> Reply {
    if asked.is_judge() { level(5) } else { says(&format!("An answer to: {}", asked.last())) }
}
