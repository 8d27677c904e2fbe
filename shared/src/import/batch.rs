//! Batch files: lines of what was asked joined to lines of what was answered by their `custom_id`.
//!
//! Both kinds may come in one file, in any order; a line waits as text until its partner comes. A call
//! that failed is a log of its error. Leaves out calls that are no conversations.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Rejected;
use super::call::Call;
use super::field;
use crate::mistake::Mistake;

/// The most lines that wait for their partners at once: twice what a batch may have.
const MOST_WAITING: usize = 100_000;

/// Lines whose partners have not come.
#[derive(Debug, Default)]
pub struct Waiting {
    lines: HashMap<String, Half>,
    held: usize,
}

#[derive(Debug)]
struct Half {
    line: u64,
    is_request: bool,
    text: Box<str>,
}

/// Two lines that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    pub asked: Value,
    pub answered: Value,
}

impl Waiting {
    /// Takes a line. Gives it with its partner if that was there already.
    ///
    /// # Errors
    /// Says what keeps it from being half of a call.
    pub fn take(&mut self, line: u64, half: Value) -> Result<Option<Joined>, Mistake> {
        let Some(id) = half.get("custom_id").and_then(Value::as_str).map(str::to_owned) else {
            return Err(Mistake::new("/custom_id", "custom_id is missing; it joins a request to its answer"));
        };
        let is_request = half.get("body").is_some_and(Value::is_object);
        if !is_request && half.get("response").is_none() && half.get("error").is_none() {
            let detail =
                "neither body (of a line of batch input) nor response or error (of batch output) is there";
            return Err(Mistake::new("", detail));
        }
        match self.lines.remove(&id) {
            Some(other) if other.is_request == is_request => {
                let kind = if is_request { "requests" } else { "answers" };
                let detail = format!("custom_id \"{id}\" is on line {} too, and both are {kind}", other.line);
                self.lines.insert(id, other);
                Err(Mistake::new("/custom_id", detail))
            }
            Some(other) => {
                self.held -= other.text.len();
                let partner = serde_json::from_str(&other.text).unwrap_or_default();
                let (asked, answered) = if is_request { (half, partner) } else { (partner, half) };
                Ok(Some(Joined { asked, answered }))
            }
            None if self.lines.len() >= MOST_WAITING => {
                let detail = format!(
                    "{MOST_WAITING} lines wait for their partners already; import fewer batches at once"
                );
                Err(Mistake::new("/custom_id", detail))
            }
            None => {
                let text = half.to_string().into_boxed_str();
                self.held += text.len();
                self.lines.insert(id, Half { line, is_request, text });
                Ok(None)
            }
        }
    }

    /// Gives the bytes that are held.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Rejects, in the order of their lines, those whose partners never came.
    pub fn give_up(&mut self) -> Vec<Rejected> {
        let alone = std::mem::take(&mut self.lines).into_iter().map(|(id, half)| {
            let missing = if half.is_request {
                "no line of batch output has it; import the output (and error) file together with this one"
            } else {
                "no line of batch input has it; import the input file together with this one"
            };
            Rejected { line: half.line, reason: format!("/custom_id: \"{id}\" stands alone: {missing}") }
        });
        let mut alone: Vec<_> = alone.collect();
        alone.sort_by_key(|rejected| rejected.line);
        self.held = 0;
        alone
    }
}

/// Reads a call out of both its lines.
///
/// # Errors
/// Says that it is no conversation.
pub fn read(joined: &Joined) -> Result<Call, Mistake> {
    let Joined { asked, answered } = joined;
    let url = field::text(asked, &["url"]).unwrap_or_default();
    if url.ends_with("/embeddings") || url.ends_with("/moderations") || url.contains("/images") {
        return Err(Mistake::new("/url", format!("not a chat call but {url}; skipped")));
    }
    let response = field::any(answered, &["response"]);
    let error = field::any(answered, &["error"]);
    let body = response.and_then(|response| field::any(response, &["body"])).cloned().unwrap_or_default();
    let failed = body.get("error").is_some_and(|error| !error.is_null());
    let status = response.and_then(|response| field::status(response, &["status_code"]));
    Ok(Call {
        at: field::time(&body, &["created", "created_at"])?,
        asked: field::any(asked, &["body"]).cloned().unwrap_or_default(),
        asked_at: "/body",
        answered: if failed { json!({"error": body["error"]}) } else { body },
        answered_at: "/response/body",
        error: error.map(crate::chat::openai::error_message),
        status,
        ..Call::default()
    })
}
