//! What a tool's record says of one model call, and the exchange that it makes.
//!
//! Every format fills in what it has. Leaves out recognising formats, and chat pairs, which are
//! exchanges as they stand.

use serde_json::{Map, Value, json};

use super::{answer, conversation, field};
use crate::log::{Exchange, Labels, Outcome};
use crate::mistake::Mistake;
use crate::moment::Moment;

/// One model call, as a record tells of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Call {
    /// The tool's own name for it, the same in every export.
    pub id: Option<String>,
    pub at: Option<Moment>,
    pub ended: Option<Moment>,
    /// When the first piece of the answer came.
    pub first_piece: Option<Moment>,
    pub provider: Option<String>,
    pub model: Option<String>,
    /// What was asked, as logged, and where that stands in the record.
    pub asked: Value,
    pub asked_at: &'static str,
    /// Settings that stand beside what was asked.
    pub settings: Map<String, Value>,
    /// What was answered, as logged.
    pub answered: Value,
    pub answered_at: &'static str,
    pub error: Option<String>,
    pub finish_reason: Option<String>,
    pub status: Option<u16>,
    pub outcome: Option<Outcome>,
    pub streamed: bool,
    pub latency_ms: Option<u64>,
    pub ttft_ms: Option<u64>,
    pub usage: (Option<u64>, Option<u64>),
    pub cost_usd: Option<f64>,
    pub labels: Labels,
}

impl Call {
    /// Makes the exchange; `now` is the time of a call that names none.
    ///
    /// # Errors
    /// Says that there is nothing that was asked, or nothing that was answered.
    pub fn exchange(self, now: Moment) -> Result<Exchange, Mistake> {
        let mut request = conversation::read(self.asked).map_err(|mistake| {
            Mistake::new(format!("{}{}", self.asked_at, mistake.pointer), mistake.detail)
        })?;
        if request.get("model").and_then(Value::as_str).is_none_or(str::is_empty)
            && let Some(model) = &self.model
        {
            request.shift_remove("model");
            request.shift_insert(0, "model".to_owned(), json!(model));
        }
        for (name, value) in self.settings {
            request.entry(name).or_insert(value);
        }
        let streamed = self.streamed || request.get("stream") == Some(&Value::Bool(true));
        let request = Value::Object(request);
        let response = match (&self.error, answer::read(&self.answered)) {
            (Some(error), None) => json!({"error": {"message": error}}),
            (_, Some(body)) => body,
            (None, None) if self.status.is_some_and(|status| status >= 400) => {
                json!({"error": {"message": "the file does not say what went wrong"}})
            }
            (None, None) => {
                let detail = "what was answered is missing; it is a text, a message or a response body";
                return Err(Mistake::new(self.answered_at, detail));
            }
        };
        let mut response = answer::with_usage(response, self.usage);
        if let (Some(reason), Some(choice)) = (self.finish_reason, response.pointer_mut("/choices/0"))
            && choice.get("finish_reason").is_none_or(Value::is_null)
        {
            choice["finish_reason"] = json!(reason);
        }
        let labels = bounded(self.labels);
        let since_start = |end: Option<Moment>| Some(end?.since(self.at?));
        Ok(Exchange {
            at: self.at.unwrap_or(now),
            provider: self.provider,
            labels: Labels::of_body(&request).overridden_by(labels),
            request,
            response,
            status: self.status,
            outcome: self.outcome,
            streamed,
            complete: true,
            latency_ms: self.latency_ms.or_else(|| since_start(self.ended)),
            ttft_ms: self.ttft_ms.or_else(|| since_start(self.first_piece)),
            cost_usd: self.cost_usd,
        })
    }
}

/// The most tags that metadata gives a call.
const MOST_TAGS: usize = 32;

/// Leaves out labels that are too long to be one.
fn bounded(labels: Labels) -> Labels {
    let fits = |text: &String| field::is_word(text);
    Labels {
        feature: labels.feature.filter(fits),
        user: labels.user.filter(fits),
        session: labels.session.filter(fits),
        tags: labels.tags.into_iter().filter(|(name, value)| fits(name) && fits(value)).collect(),
    }
}

/// Adds the members of an object of metadata to some labels; objects and lists in it are no tags.
pub fn label(labels: &mut Labels, metadata: Option<&Value>) {
    let metadata = metadata.map(field::unpack);
    for (name, value) in field::members(metadata.as_ref()) {
        let text = match value {
            Value::String(text) if text.is_empty() => continue,
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
        };
        if !field::is_word(&text) || labels.tags.len() >= MOST_TAGS {
            continue;
        }
        match name.as_str() {
            "userId" | "end_user_id" => labels.user = Some(text),
            "sessionId" | "conversation_id" => labels.session = Some(text),
            name if name.eq_ignore_ascii_case("feature") => labels.feature = Some(text),
            name => labels.set(name, text),
        }
    }
}

/// Adds a list of tags: `name:value` and `name=value` are that, and a word alone is a tag that is `true`.
pub fn tag(labels: &mut Labels, tags: Option<&Value>) {
    let tags = tags.map(field::unpack);
    match &tags {
        Some(Value::Array(list)) => {
            let words = list.iter().filter_map(Value::as_str).filter(|word| !word.is_empty());
            for word in words.filter(|word| field::is_word(word)).take(MOST_TAGS) {
                let (name, value) = word.split_once([':', '=']).unwrap_or((word, "true"));
                labels.set(name.trim(), value.trim().to_owned());
            }
        }
        tags => label(labels, tags.as_ref()),
    }
}
