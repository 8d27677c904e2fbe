//! Which wire format a call is in, and reading it whichever it is.
//!
//! A stored call does not say its format: it is recognised by its bodies, which do.

use serde_json::Value;

use super::stream::Assembled;
use super::{Request, Response, anthropic, legacy, openai, responses};
use crate::mistake::Mistake;

/// The formats that calls are made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// `OpenAI`'s chat completions, which most others speak too.
    Chat,
    /// `Anthropic`'s messages.
    Messages,
    /// `OpenAI`'s responses.
    Responses,
    /// `OpenAI`'s completions of before there were chats.
    Completions,
    /// `OpenAI`'s embeddings.
    Embeddings,
}

impl Wire {
    /// Every format.
    pub const ALL: [Self; 5] =
        [Self::Chat, Self::Messages, Self::Responses, Self::Completions, Self::Embeddings];

    /// Gives the path of such calls, below the address of a provider and below `/v1` of the gateway.
    pub fn path(self) -> &'static str {
        match self {
            Self::Chat => "chat/completions",
            Self::Messages => "messages",
            Self::Responses => "responses",
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
        }
    }

    /// Recognises the format of a call: by its response, which names what it is, else by its request. What could be
    /// several is a chat.
    pub fn of(request: &Value, response: &Value) -> Self {
        Self::of_response(request, response).unwrap_or_else(|| Self::of_request(request, response))
    }

    fn of_response(request: &Value, response: &Value) -> Option<Self> {
        let word = |name: &str| response.get(name).and_then(Value::as_str);
        let list = |name: &str| response.get(name).and_then(Value::as_array);
        match (word("type"), word("object")) {
            (Some("message"), _) if list("content").is_some() => Some(Self::Messages),
            (_, Some("response")) => Some(Self::Responses),
            (_, Some("text_completion")) => Some(Self::Completions),
            _ if list("data").is_some_and(|data| data.iter().any(|one| one.get("embedding").is_some())) => {
                Some(Self::Embeddings)
            }
            _ if list("choices").is_some() && request.get("messages").is_some() => Some(Self::Chat),
            _ => None,
        }
    }

    fn of_request(request: &Value, response: &Value) -> Self {
        let Some(members) = request.as_object() else { return Self::Chat };
        let has = |name: &str| members.contains_key(name);
        let says_embed =
            || members.get("model").and_then(Value::as_str).is_some_and(|model| model.contains("embed"));
        let is_number_list = |input: &Value| {
            let first = input.as_array().and_then(|list| list.first());
            first.is_some_and(|first| first.is_number() || first.is_array())
        };
        if has("messages") {
            let is_error = response.get("type").and_then(Value::as_str) == Some("error");
            return if is_error || anthropic::is_request(members) { Self::Messages } else { Self::Chat };
        }
        match (members.get("input"), members.get("prompt")) {
            (Some(_), _) if has("encoding_format") || has("dimensions") || says_embed() => Self::Embeddings,
            (Some(input), _) if is_number_list(input) => Self::Embeddings,
            (Some(_), _) => Self::Responses,
            (None, Some(Value::String(_) | Value::Array(_))) => Self::Completions,
            _ if has("instructions")
                || has("previous_response_id")
                || has("conversation")
                || has("prompt") =>
            {
                Self::Responses
            }
            _ => Self::Chat,
        }
    }

    /// Reads a request body.
    ///
    /// # Errors
    /// Names the member that keeps it from being such a request.
    pub fn read_request(self, body: &Value) -> Result<Request, Mistake> {
        match self {
            Self::Chat => openai::read_request(body),
            Self::Messages => anthropic::read_request(body),
            Self::Responses => responses::read_request(body),
            Self::Completions => legacy::read_prompt(body),
            Self::Embeddings => legacy::read_input(body),
        }
    }

    /// Reads a response body that answers (not an error).
    ///
    /// # Errors
    /// Names what keeps it from being an answer: `/error` when it is an error.
    pub fn read_response(self, body: &Value) -> Result<Response, Mistake> {
        match self {
            Self::Chat => openai::read_response(body),
            Self::Messages => anthropic::read_response(body),
            Self::Responses => responses::read_response(body),
            Self::Completions => legacy::read_completion(body),
            Self::Embeddings => legacy::read_embeddings(body),
        }
    }

    /// Tells whether an answer says something: one of embeddings does not, and is an answer all the same.
    pub fn has_words(self) -> bool {
        self != Self::Embeddings
    }
}

/// Puts a streamed answer together, whichever its format.
#[derive(Debug)]
pub enum Assembly {
    Chat(Box<openai::Assembly>),
    Messages(Box<anthropic::stream::Assembly>),
    Responses(Box<responses::stream::Assembly>),
    Completions(Box<legacy::Assembly>),
}

impl Assembly {
    /// Begins a stream of this format. Embeddings are never streamed; what calls itself a stream of them is read as a
    /// chat's, and says nothing.
    pub fn of(wire: Wire) -> Self {
        match wire {
            Wire::Chat | Wire::Embeddings => Self::Chat(Box::default()),
            Wire::Messages => Self::Messages(Box::default()),
            Wire::Responses => Self::Responses(Box::default()),
            Wire::Completions => Self::Completions(Box::default()),
        }
    }

    /// Takes the next bytes of the stream. Tells whether the first content has now been seen.
    pub fn push(&mut self, chunk: &[u8]) -> bool {
        match self {
            Self::Chat(assembly) => assembly.push(chunk),
            Self::Messages(assembly) => assembly.push(chunk),
            Self::Responses(assembly) => assembly.push(chunk),
            Self::Completions(assembly) => assembly.push(chunk),
        }
    }

    /// Ends the stream.
    pub fn finish(self) -> Assembled {
        match self {
            Self::Chat(assembly) => assembly.finish(),
            Self::Messages(assembly) => assembly.finish(),
            Self::Responses(assembly) => assembly.finish(),
            Self::Completions(assembly) => assembly.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(request: Value, response: Value, expected: Wire) {
        assert_eq!(Wire::of(&request, &response), expected, "{request} {response}");
    }

    fn says(text: &str) -> Value {
        json!({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": text}]})
    }

    #[test]
    fn an_answer_names_its_format() {
        check(says("Hi"), json!({"choices": []}), Wire::Chat);
        check(says("Hi"), json!({"type": "message", "content": []}), Wire::Messages);
        check(json!({"input": "Hi"}), json!({"object": "response", "output": []}), Wire::Responses);
        check(
            json!({"prompt": "Hi"}),
            json!({"object": "text_completion", "choices": []}),
            Wire::Completions,
        );
        check(
            json!({"input": "Hi"}),
            json!({"object": "list", "data": [{"embedding": []}]}),
            Wire::Embeddings,
        );
    }

    #[test]
    fn without_an_answer_the_request_decides() {
        let error = json!({"error": {"message": "no"}});
        check(says("Hi"), error.clone(), Wire::Chat);
        check(says("Hi"), json!({"type": "error", "error": {}}), Wire::Messages);
        check(json!({"system": "x", "messages": []}), error.clone(), Wire::Messages);
        check(json!({"model": "gpt", "input": "Hi"}), error.clone(), Wire::Responses);
        check(json!({"previous_response_id": "r"}), error.clone(), Wire::Responses);
        check(json!({"prompt": {"id": "p"}}), error.clone(), Wire::Responses);
        check(json!({"prompt": "Once"}), error.clone(), Wire::Completions);
        check(json!({"model": "text-embedding-3-small", "input": "Hi"}), error.clone(), Wire::Embeddings);
        check(json!({"model": "m", "input": [[1, 2]]}), error.clone(), Wire::Embeddings);
        check(json!("text"), error.clone(), Wire::Chat);
        check(json!({}), json!("<b>bad gateway</b>"), Wire::Chat);
    }

    #[test]
    fn a_completion_without_its_name_is_one_by_its_prompt() {
        check(json!({"prompt": "Once"}), json!({"choices": [{"text": " upon"}]}), Wire::Completions);
    }
}
