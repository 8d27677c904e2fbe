//! Which wire format a call is in, and reading it whichever it is.
//!
//! A stored call does not say its format: it is recognised by its bodies, which do.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::length::MOST_MESSAGES;
use super::stream::Assembled;
use super::{Request, Response, anthropic, legacy, length, openai, responses};
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

    /// Reads a request body that is to be asked again.
    ///
    /// # Errors
    /// Names the member that keeps it from being such a request, or tells that there are too many messages.
    pub fn read_request(self, body: &Value) -> Result<Request, Mistake> {
        let request = self.read(body)?;
        length::check(request.messages.len(), self.conversation())?;
        Ok(request)
    }

    /// Reads a request body that was sent, however long: of too many messages only the newest.
    ///
    /// # Errors
    /// Names the member that keeps it from being such a request.
    pub fn read_logged(self, body: &Value) -> Result<Request, Mistake> {
        let mut request = self.read(&self.newest(body))?;
        // One turn may be several messages.
        length::bound(&mut request.messages);
        Ok(request)
    }

    /// Gives a body with no more turns than are read.
    fn newest(self, body: &Value) -> Cow<'_, Value> {
        let member = self.conversation();
        match (body.as_object(), body.get(member)) {
            (Some(members), Some(Value::Array(turns))) if self.has_turns() && turns.len() > MOST_MESSAGES => {
                let others = members.iter().filter(|(name, _)| *name != member);
                let mut bounded: Map<_, _> =
                    others.map(|(name, value)| (name.clone(), value.clone())).collect();
                bounded.insert(member.to_owned(), Value::Array(length::newest(turns).to_vec()));
                Cow::Owned(Value::Object(bounded))
            }
            _ => Cow::Borrowed(body),
        }
    }

    /// Gives the member of a request that holds what is asked.
    fn conversation(self) -> &'static str {
        match self {
            Self::Chat | Self::Messages => "messages",
            Self::Responses | Self::Embeddings => "input",
            Self::Completions => "prompt",
        }
    }

    /// Tells whether what is asked is a list of turns, and not all one message.
    fn has_turns(self) -> bool {
        matches!(self, Self::Chat | Self::Messages | Self::Responses)
    }

    fn read(self, body: &Value) -> Result<Request, Mistake> {
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
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(request: Value, response: Value, expected: Wire) {
        assert_eq!(Wire::of(&request, &response), expected, "{request} {response}");
    }

    fn says(text: &str) -> Value {
        json!({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": text}]})
    }

    /// Reads so many turns as they are to be asked again, and as they were sent.
    fn check_length(
        wire: Wire,
        body: impl Fn(&[Value]) -> Value,
        turn: Value,
        turns: usize,
        expected: Expect,
    ) {
        let mut all = vec![turn; turns];
        all.push(json!({"role": "user", "content": "At last?"}));
        let body = body(&all);
        let again = wire
            .read_request(&body)
            .map_or_else(|mistake| mistake.detail, |read| read.messages.len().to_string());
        let sent = wire.read_logged(&body).expect("it reads");
        let last = sent.last_user().unwrap_or_default();
        expected.assert_eq(&format!("{again} / {}, the last: {last}", sent.messages.len()));
    }

    #[test]
    fn a_conversation_is_as_long_as_can_be_asked_again_or_read() {
        let chat = |turns: &[Value]| json!({"messages": turns});
        let said = json!({"role": "user", "content": "Hi"});
        check_length(Wire::Chat, chat, said.clone(), 9_999, expect!["10000 / 10000, the last: At last?"]);
        check_length(
            Wire::Chat,
            chat,
            said.clone(),
            12_000,
            expect!["it has 12,001 messages; an item may have at most 10,000 / 10000, the last: At last?"],
        );
        let message = |turns: &[Value]| json!({"system": "Be brief.", "messages": turns});
        check_length(
            Wire::Messages,
            message,
            said.clone(),
            9_999,
            expect!["it has 10,001 messages; an item may have at most 10,000 / 10000, the last: At last?"],
        );
        let result = json!({"type": "tool_result", "tool_use_id": "t", "content": "4"});
        let results = json!({"role": "user", "content": vec![result; 2_000]});
        check_length(
            Wire::Messages,
            message,
            results,
            6,
            expect!["it has 12,002 messages; an item may have at most 10,000 / 10000, the last: At last?"],
        );
        let response = |turns: &[Value]| json!({"input": turns});
        check_length(
            Wire::Responses,
            response,
            said,
            12_000,
            expect!["it has 12,001 messages; an item may have at most 10,000 / 10000, the last: At last?"],
        );
        // The calls of one turn are one message.
        let call = json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"});
        check_length(Wire::Responses, response, call, 12_000, expect!["2 / 2, the last: At last?"]);
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
