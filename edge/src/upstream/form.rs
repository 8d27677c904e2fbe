//! The forms in which runs ask providers.
//!
//! Nearly all take `OpenAI`'s chat completions. Anthropic and Gemini are asked in their own forms, since what they take of
//! the other is less than what they can: schemas, safety, thinking, why they stopped. What passes the gateway has the
//! caller's form instead, and is none of this.

use serde_json::Value;
use shared::chat::carry::Carried;
use shared::chat::stream::Assembled;
use shared::chat::{Response, Usage, anthropic, gemini, openai};
use shared::mistake::Mistake;
use shared::provider::Protocol;

/// A form in which a question is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `OpenAI`'s chat completions.
    Chat,
    /// Anthropic's messages.
    Messages,
    /// Gemini's `generateContent`. The body has the model, too, until it is sent: its place is the address.
    Gemini,
}

impl Form {
    /// Gives the form that providers of a protocol are asked in.
    pub fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Gemini => Self::Gemini,
            Protocol::Anthropic => Self::Messages,
            Protocol::Openai | Protocol::Demo => Self::Chat,
        }
    }

    /// Writes a chat request in this form, and names what it has no words for.
    ///
    /// # Errors
    /// Names what keeps the body from being a chat request.
    pub fn write(self, chat: Value) -> Result<Carried, Mistake> {
        match self {
            Self::Chat => Ok(Carried { request: chat, lossy: Vec::new() }),
            Self::Messages => anthropic::ask::of_chat(&chat),
            Self::Gemini => gemini::ask::of_chat(&chat),
        }
    }

    /// Makes room for a bounded answer, where the form counts what a model thinks within the bound.
    pub fn make_room(self, request: &mut Value) {
        match self {
            Self::Chat => {}
            Self::Messages => anthropic::room::make(request),
            Self::Gemini => gemini::room::make(request),
        }
    }

    /// Gives the most tokens that a request allows its answer, if it bounds it.
    pub fn bound(self, request: &Value) -> Option<u64> {
        let places: &[&str] = match self {
            Self::Chat => &["/max_completion_tokens", "/max_tokens"],
            Self::Messages => &["/max_tokens"],
            Self::Gemini => &["/generationConfig/maxOutputTokens"],
        };
        places.iter().find_map(|place| request.pointer(place)?.as_u64())
    }

    /// Reads the body of an answer.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn read(self, body: &Value) -> Result<Response, String> {
        if body.get("choices").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            return Err("its list of choices is empty".to_owned());
        }
        let read = match self {
            Self::Chat => openai::read_response(body),
            Self::Messages => anthropic::read_response(body),
            Self::Gemini => gemini::read_response(body),
        };
        read.map_err(|mistake| mistake.detail)
    }

    /// Reads how many tokens a body took, whether or not it is an answer.
    pub fn usage(self, body: &Value) -> Usage {
        match self {
            Self::Chat => openai::read_usage(body),
            Self::Messages => anthropic::read_usage(body),
            Self::Gemini => gemini::read_usage(body),
        }
    }
}

/// Puts a streamed answer together, whichever its form.
#[derive(Debug)]
pub enum Assembly {
    Chat(Box<openai::Assembly>),
    Messages(Box<anthropic::stream::Assembly>),
    Gemini(Box<gemini::stream::Assembly>),
}

impl Assembly {
    /// Begins a stream of this form.
    pub fn of(form: Form) -> Self {
        match form {
            Form::Chat => Self::Chat(Box::default()),
            Form::Messages => Self::Messages(Box::default()),
            Form::Gemini => Self::Gemini(Box::default()),
        }
    }

    /// Takes the next bytes of the stream. Tells whether the first content has now been seen.
    pub fn push(&mut self, chunk: &[u8]) -> bool {
        match self {
            Self::Chat(assembly) => assembly.push(chunk),
            Self::Messages(assembly) => assembly.push(chunk),
            Self::Gemini(assembly) => assembly.push(chunk),
        }
    }

    /// Tells whether the answer has ended: what may still follow is no part of it.
    pub fn is_done(&self) -> bool {
        match self {
            Self::Chat(assembly) => assembly.is_done(),
            Self::Messages(assembly) => assembly.is_done(),
            Self::Gemini(assembly) => assembly.is_done(),
        }
    }

    /// Ends the stream.
    pub fn finish(self) -> Assembled {
        match self {
            Self::Chat(assembly) => assembly.finish(),
            Self::Messages(assembly) => assembly.finish(),
            Self::Gemini(assembly) => assembly.finish(),
        }
    }
}
