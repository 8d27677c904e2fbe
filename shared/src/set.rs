//! Eval sets: real requests with their original responses, and what is asked of a new response.
//!
//! A version is frozen when it is made: what a run judged can always be read again. Leaves out storage.

pub mod coverage;
pub mod near;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use self::near::Sketch;
use crate::canonical::{self, Key};
use crate::chat::{Output, Request, openai};
use crate::criteria::{Criteria, Name};
use crate::id::{ItemId, LogId, SetId};
use crate::json::{self, Object};
use crate::log;
use crate::mistake::Mistake;
use crate::moment::Moment;
use crate::score::Threshold;
use crate::scorer::Scorers;

/// A set in one of its versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Set {
    pub id: SetId,
    pub name: Name,
    pub description: String,
    pub criteria: Criteria,
    /// Checks that need no model.
    pub scorers: Scorers,
    pub threshold: Threshold,
    /// From 1; a change of what is judged makes the next.
    pub version: u32,
    pub item_count: u64,
    pub created_at: Moment,
    pub updated_at: Moment,
}

/// What changed when a version was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Version {
    pub version: u32,
    pub created_at: Moment,
    /// What the version changed, in a few words.
    pub change: String,
    pub item_count: u64,
}

/// An item as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemRow {
    pub id: ItemId,
    /// The log that it was made from, if any.
    pub log_id: Option<LogId>,
    pub feature: Option<String>,
    pub tags: BTreeMap<String, String>,
    /// A person has checked that the reference is right.
    pub verified: bool,
    pub request_preview: String,
    pub reference_preview: Option<String>,
    /// What of the logged request has no place in a chat request, each in a word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lossy: Vec<String>,
    /// The version that it came with.
    pub added_in: u32,
}

/// An item with its bodies.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Item {
    #[serde(flatten)]
    pub row: ItemRow,
    pub request: Value,
    pub reference: Option<Reference>,
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        Ok(Self {
            request: object.take("request")?,
            reference: object.take("reference")?,
            row: object.rest()?,
        })
    }
}

/// The original response: a text when it is nothing more, else an output with its tool calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Reference {
    Text(String),
    Output(Output),
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Text(text)),
            output => json::of(output).map(Self::Output),
        }
    }
}

impl From<Output> for Reference {
    fn from(output: Output) -> Self {
        if output.tool_calls.is_empty() && !output.refused {
            Self::Text(output.text)
        } else {
            Self::Output(output)
        }
    }
}

impl From<Reference> for Output {
    fn from(reference: Reference) -> Self {
        match reference {
            Reference::Text(text) => Self { text, ..Self::default() },
            Reference::Output(output) => output,
        }
    }
}

impl Reference {
    /// Writes it as one text, tool calls included.
    pub fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Output(output) => output.plain(),
        }
    }
}

/// An item written by hand or read from an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    /// A chat request, or a text that stands for one user message.
    pub request: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_id: Option<LogId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// What of the logged request has no place in `request`, each in a word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lossy: Vec<String>,
}

/// Gives what makes the same item again.
impl From<Item> for NewItem {
    fn from(item: Item) -> Self {
        let Item { row, request, reference } = item;
        Self {
            request,
            reference,
            tags: row.tags,
            feature: row.feature,
            log_id: row.log_id,
            verified: row.verified,
            lossy: row.lossy,
        }
    }
}

/// An item that is ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub log_id: Option<LogId>,
    pub feature: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub verified: bool,
    pub request: Value,
    pub lossy: Vec<String>,
    pub reference: Option<Reference>,
    pub request_preview: String,
    pub reference_preview: Option<String>,
    /// The same for the same conversation: what an exact duplicate is.
    pub key: Key,
    /// Alike for nearly the same words: what a near duplicate is.
    pub sketch: Sketch,
}

/// Checks an item and describes it.
///
/// # Errors
/// Names the member of the request that keeps it from being a chat request.
pub fn draft(item: NewItem) -> Result<Draft, Mistake> {
    let request = match item.request {
        Value::String(text) => serde_json::json!({"messages": [{"role": "user", "content": text}]}),
        body => body,
    };
    let read = openai::read_request(&request)
        .map_err(|mistake| Mistake::new(format!("/request{}", mistake.pointer), mistake.detail))?;
    Ok(Draft {
        log_id: item.log_id,
        feature: item.feature,
        tags: item.tags,
        verified: item.verified,
        lossy: item.lossy,
        request_preview: log::preview(&read.last_user().unwrap_or_default()),
        reference_preview: item.reference.as_ref().map(|reference| log::preview(&reference.plain())),
        key: identity(&read),
        sketch: Sketch::of(&read),
        request,
        reference: item.reference,
    })
}

/// Gives the key of what a model is asked, whoever asks and whichever model: messages and tools.
fn identity(request: &Request) -> Key {
    canonical::key(&(&request.messages, request.settings.get("tools")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(item: Value, expected: Expect) {
        let item = serde_json::from_value::<NewItem>(item).map_err(|error| error.to_string());
        let drafted = item.and_then(|item| {
            draft(item).map_err(|mistake| format!("{} {}", mistake.pointer, mistake.detail))
        });
        let shown = drafted.map(|draft| {
            format!("{} -> {:?} {}", draft.request_preview, draft.reference_preview, &draft.key.as_str()[..8])
        });
        expected.assert_eq(&shown.unwrap_or_else(|error| error));
    }

    #[test]
    fn the_same_question_is_the_same_item_whatever_the_model() {
        check(
            json!({"request": {"model": "a", "messages": [{"role": "user", "content": "Hi"}]}, "reference": "Hello"}),
            expect![[r#"Hi -> Some("Hello") 07dfed21"#]],
        );
        check(
            json!({"request": {"model": "b", "temperature": 1, "messages": [{"role": "user", "content": "Hi"}]}}),
            expect!["Hi -> None 07dfed21"],
        );
        check(
            json!({"request": "Hi", "reference": {"text": "", "tool_calls": [{"id": "1", "name": "greet", "arguments": "{}"}]}}),
            expect![[r#"Hi -> Some("greet({})") 07dfed21"#]],
        );
    }

    #[test]
    fn what_is_no_request_is_refused() {
        check(json!({"request": {"messages": []}}), expect!["/request/messages messages must not be empty"]);
        check(
            json!({"request": "Hi", "answer": "x"}),
            expect![
                "unknown field `answer`, expected one of `request`, `reference`, `tags`, `feature`, `log_id`, `verified`, `lossy`"
            ],
        );
    }
}
