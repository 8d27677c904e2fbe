//! Canonical conversations: what was asked of a model and what it answered, in no provider's words.
//!
//! Each wire format has a module that reads into these types and writes out of them. Leaves out every
//! transport matter but the framing of event streams.

pub mod sse;
pub mod error;
mod body;
pub mod length;
pub mod stream;
pub mod openai;
pub mod anthropic;
pub mod responses;
pub mod legacy;
pub mod wire;
pub mod carry;
pub mod gemini;
pub mod answerer;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::canonical::{digest, hex};
use crate::json::{self, Object};

/// A request to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Request {
    /// The model as the caller named it, possibly with a provider's prefix.
    pub model: String,
    /// The conversation so far, oldest first; system text is a message like any other.
    pub messages: Vec<Message>,
    /// Everything else that was asked (temperature, tools, response format, …), in the words of the
    /// format that the request was read from.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions of the application; `OpenAI`'s `developer` too.
    System,
    User,
    Assistant,
    /// The result of a tool call.
    Tool,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    pub role: Role,
    pub content: Content,
    /// What the assistant wants called; empty for every other role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Which call this is the result of; only for [`Role::Tool`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

/// What a message says: nearly always text alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Content {
    Text(String),
    Parts(Vec<Part>),
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Text(text)),
            parts => json::of(parts).map(Self::Parts),
        }
    }
}

/// A piece of a message that mixes text with other things.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    Text {
        text: String,
    },
    /// A picture, by its address or as a `data:` URL; never fetched.
    Image {
        url: String,
    },
    /// A part that has no canonical form, as it came.
    Other {
        value: Value,
    },
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        match object.take::<String, D::Error>("kind")?.as_str() {
            "text" => Ok(Self::Text { text: object.take("text")? }),
            "image" => Ok(Self::Image { url: object.take("url")? }),
            "other" => Ok(Self::Other { value: object.take("value")? }),
            kind => Err(D::Error::unknown_variant(kind, &["text", "image", "other"])),
        }
    }
}

/// A call that a model asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    #[serde(default)]
    pub id: String,
    pub name: String,
    /// JSON as the model wrote it, not checked.
    pub arguments: String,
}

impl ToolCall {
    /// Gives the arguments as an object, empty where there are none; none when they are no object.
    pub fn object(&self) -> Option<Value> {
        if self.arguments.trim().is_empty() {
            return Some(Value::Object(Map::new()));
        }
        serde_json::from_str(&self.arguments).ok().filter(Value::is_object)
    }
}

/// What a model answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Output {
    /// The text; empty when the answer is tool calls alone, or nothing.
    pub text: String,
    #[serde(default)]
    pub tool_calls: Vec<ToolCall>,
    #[serde(default)]
    pub finish_reason: Option<FinishReason>,
    /// The provider says that the model declined; `text` then holds its words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    Stop,
    Length,
    ContentFilter,
    ToolCalls,
    /// A word that no table knows.
    Other,
}

/// Counts of tokens, as the provider states them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    /// Those of the input that were read from the provider's cache; none when it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
}

/// A whole answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    pub output: Output,
    pub usage: Usage,
}

impl FinishReason {
    /// Reads any provider's word for it.
    ///
    /// Source of the table: `sc.finish_reason_map` of the reference vectors.
    pub fn read(word: &str) -> Self {
        match word.to_ascii_lowercase().replace('-', "_").as_str() {
            "stop" | "end_turn" | "stop_sequence" => Self::Stop,
            "length" | "max_tokens" | "model_context_window_exceeded" => Self::Length,
            "content_filter" | "refusal" | "safety" => Self::ContentFilter,
            "tool_calls" | "tool_use" | "function_call" => Self::ToolCalls,
            _ => Self::Other,
        }
    }
}

impl Content {
    /// Gives the text alone; parts that are not text are left out.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parts(parts) => {
                let texts = parts.iter().filter_map(|part| match part {
                    Part::Text { text } => Some(text.as_str()),
                    Part::Image { .. } | Part::Other { .. } => None,
                });
                texts.collect::<Vec<_>>().join("\n")
            }
        }
    }
}

impl Part {
    /// Tells whether it is a picture of which the hash alone is left.
    pub fn is_hash(&self) -> bool {
        matches!(self, Self::Image { url } if url.strip_prefix("data:").is_some_and(|rest| rest.contains(HASHED)))
    }
}

/// What follows the type of a picture of which the hash alone is left.
const HASHED: &str = ";sha256,";

impl Message {
    /// Makes a message of text alone.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self { role, content: Content::Text(text.into()), tool_calls: Vec::new(), tool_call_id: None }
    }

    /// Puts the hash of a picture in the place of its bytes: who reads along needs to tell pictures apart, and
    /// nothing more. An address stays.
    pub fn name_pictures(&mut self) {
        let Content::Parts(parts) = &mut self.content else { return };
        for part in parts {
            if let Part::Image { url } = part
                && let Some((kind, data)) =
                    url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"))
            {
                *url = format!("data:{kind}{HASHED}{}", hex(&digest(data.as_bytes())));
            }
        }
    }
}

impl Request {
    /// Gives the text of the last thing the user said, if the user said anything.
    pub fn last_user(&self) -> Option<String> {
        let said = self.messages.iter().rev().find(|message| message.role == Role::User);
        said.map(|message| message.content.text())
    }
}

impl Output {
    /// Tells whether there is nothing in it to judge.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.tool_calls.is_empty()
    }

    /// Writes it as one text for reading, searching and previews: the text, then a line for each call.
    pub fn plain(&self) -> String {
        let calls = self.tool_calls.iter().map(|call| format!("{}({})", call.name, call.arguments));
        let text = Some(self.text.clone()).filter(|text| !text.is_empty());
        text.into_iter().chain(calls).collect::<Vec<_>>().join("\n")
    }
}
