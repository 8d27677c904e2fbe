//! `OpenAI`'s completions of before there were chats, and embeddings: calls that hold no conversation.
//!
//! The prompt of a completion stands as what the user says; so do the texts that are embedded, for reading and
//! searching alone. The numbers of an embedding are no text.

use serde_json::{Map, Value, json};

use super::body::refuse_error;
use super::stream::{self, Assembled, Events, Marks, Said};
use super::{Content, FinishReason, Message, Output, Part, Request, Response, Role, Usage};
use crate::mistake::Mistake;

/// Reads the request for a completion.
///
/// # Errors
/// When it is no object with a `prompt`.
pub fn read_prompt(body: &Value) -> Result<Request, Mistake> {
    read(body, "prompt")
}

/// Reads the request for embeddings.
///
/// # Errors
/// When it is no object with an `input`.
pub fn read_input(body: &Value) -> Result<Request, Mistake> {
    read(body, "input")
}

fn read(body: &Value, member: &str) -> Result<Request, Mistake> {
    let Some(members) = body.as_object() else {
        return Err(Mistake::new("", format!("the request must be a JSON object with \"{member}\"")));
    };
    let Some(given) = members.get(member) else {
        return Err(Mistake::new(
            format!("/{member}"),
            format!("{member} is missing; it is a text or a list of texts"),
        ));
    };
    let model = members.get("model").and_then(Value::as_str).unwrap_or_default().to_owned();
    let settings = members.iter().filter(|(name, _)| !matches!(name.as_str(), "model" | "prompt" | "input"));
    let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
    let message = Message { content: texts(given), ..Message::text(Role::User, "") };
    Ok(Request { model, messages: vec![message], settings })
}

/// Reads one text or several; numbers of tokens are no text.
fn texts(given: &Value) -> Content {
    match given {
        Value::String(text) => Content::Text(text.clone()),
        Value::Array(list) => {
            let texts: Vec<_> = list.iter().filter_map(Value::as_str).collect();
            match texts.as_slice() {
                [] => Content::Text(String::new()),
                [text] => Content::Text((*text).to_owned()),
                _ => Content::Parts(
                    texts.into_iter().map(|text| Part::Text { text: text.to_owned() }).collect(),
                ),
            }
        }
        _ => Content::Text(String::new()),
    }
}

fn read_usage(body: &Value) -> Usage {
    let count = |name: &str| body.get("usage").and_then(|usage| usage.get(name)).and_then(Value::as_u64);
    Usage {
        input_tokens: count("prompt_tokens"),
        output_tokens: count("completion_tokens"),
        cached_tokens: None,
    }
}

/// Reads a completion: of several the first.
///
/// # Errors
/// Names what keeps it from being an answer: an `error`, or no `choices`.
pub fn read_completion(body: &Value) -> Result<Response, Mistake> {
    refuse_error(body)?;
    let Some(choices) = body.get("choices").and_then(Value::as_array) else {
        return Err(Mistake::new("/choices", "choices is missing; it is the list of answers"));
    };
    let text = |name: &str| choices.first().and_then(|choice| choice.get(name)).and_then(Value::as_str);
    let output = Output {
        text: text("text").unwrap_or_default().to_owned(),
        finish_reason: text("finish_reason").map(FinishReason::read),
        ..Output::default()
    };
    Ok(Response { output, usage: read_usage(body) })
}

/// Reads embeddings: an answer without a text. What was embedded went in, and nothing came out that is paid for.
///
/// # Errors
/// Names what keeps it from being an answer: an `error`, or no `data`.
pub fn read_embeddings(body: &Value) -> Result<Response, Mistake> {
    refuse_error(body)?;
    if !body.get("data").is_some_and(Value::is_array) {
        return Err(Mistake::new("/data", "data is missing; it is the list of embeddings"));
    }
    let usage = read_usage(body);
    let output_tokens = usage.output_tokens.or(usage.input_tokens.map(|_| 0));
    Ok(Response { output: Output::default(), usage: Usage { output_tokens, ..usage } })
}

/// Puts a streamed completion together into the body that the same completion would have had unstreamed.
#[derive(Debug, Default)]
pub struct Assembly {
    events: Events,
    head: Map<String, Value>,
    text: String,
    finish_reason: Option<String>,
    usage: Option<Value>,
    error: Option<Value>,
    done: bool,
}

impl Assembly {
    /// Takes the next bytes of the stream. Tells whether the first content has now been seen.
    pub fn push(&mut self, chunk: &[u8]) -> bool {
        for said in self.events.push(chunk) {
            match said {
                Said::Done => self.done = true,
                Said::Error(error) => self.error = Some(stream::error_in(error)),
                Said::Piece(chunk) => self.take(&chunk),
            }
        }
        !self.text.is_empty()
    }

    /// Ends the stream, whose marks are `[DONE]` and a finish reason.
    pub fn finish(self) -> Assembled {
        let marks = Marks::of(self.done, self.finish_reason.is_some());
        if let Some(error) = self.error {
            return self.events.end(json!({"error": error}), marks);
        }
        let mut body = self.head;
        body.insert("object".to_owned(), json!("text_completion"));
        let choice = json!({"index": 0, "text": self.text, "finish_reason": self.finish_reason});
        body.insert("choices".to_owned(), json!([choice]));
        body.extend(self.usage.map(|usage| ("usage".to_owned(), usage)));
        self.events.end(Value::Object(body), marks)
    }

    fn take(&mut self, chunk: &Value) {
        if self.head.is_empty() {
            let kept = ["id", "created", "model"];
            self.head =
                kept.iter().filter_map(|name| Some(((*name).to_owned(), chunk.get(name)?.clone()))).collect();
        }
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
            self.usage = Some(usage.clone());
        }
        let is_first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        let choices = chunk.get("choices").and_then(Value::as_array);
        let Some(choice) = choices.and_then(|choices| choices.iter().find(is_first)) else { return };
        self.text.push_str(choice.get("text").and_then(Value::as_str).unwrap_or_default());
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.finish_reason = Some(reason.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(body: &Value, expected: Expect) {
        let asked = if body.get("input").is_some() { read_input(body) } else { read_prompt(body) };
        let shown = asked.map(|request| json!([request.messages[0].content, request.settings]).to_string());
        expected.assert_eq(&shown.unwrap_or_else(|mistake| format!("{}: {mistake}", mistake.pointer)));
    }

    fn check_stream(events: &[&str], expected: Expect) {
        let mut assembly = Assembly::default();
        for event in events {
            assembly.push(format!("data: {event}\n\n").as_bytes());
        }
        let Assembled { body, complete, flaw, .. } = assembly.finish();
        expected.assert_eq(&format!("{body} complete={complete} {flaw:?}"));
    }

    #[test]
    fn texts_are_what_the_user_says_and_tokens_are_not() {
        check(
            &json!({"model": "m", "prompt": "Once", "max_tokens": 3}),
            expect![[r#"["Once",{"max_tokens":3}]"#]],
        );
        check(
            &json!({"model": "m", "input": ["a", "b"]}),
            expect![[r#"[[{"kind":"text","text":"a"},{"kind":"text","text":"b"}],{}]"#]],
        );
        check(&json!({"model": "m", "input": [[1, 2], [3]]}), expect![[r#"["",{}]"#]]);
        check(&json!({"model": "m"}), expect!["/prompt: prompt is missing; it is a text or a list of texts"]);
    }

    #[test]
    fn answers_are_read_with_their_tokens() {
        let completion = json!({"choices": [{"text": " upon", "finish_reason": "length"}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}});
        let embeddings =
            json!({"data": [{"embedding": [0.1]}], "usage": {"prompt_tokens": 4, "total_tokens": 4}});
        let shown = |read: Result<Response, Mistake>| match read {
            Ok(Response { output, usage }) => format!("{} {}", json!(output), json!(usage)),
            Err(mistake) => mistake.to_string(),
        };
        expect![[r#"{"text":" upon","tool_calls":[],"finish_reason":"length"} {"input_tokens":1,"output_tokens":2}"#]].assert_eq(&shown(read_completion(&completion)));
        expect![[r#"{"text":"","tool_calls":[],"finish_reason":null} {"input_tokens":4,"output_tokens":0}"#]]
            .assert_eq(&shown(read_embeddings(&embeddings)));
        expect!["the provider answered with an error: too long"]
            .assert_eq(&shown(read_embeddings(&json!({"error": {"message": "too long"}}))));
        expect!["choices is missing; it is the list of answers"]
            .assert_eq(&shown(read_completion(&embeddings)));
    }

    #[test]
    fn a_stream_comes_to_the_completion_unstreamed() {
        let once = r#"{"id":"c","model":"m","choices":[{"index":0,"text":"Once"}]}"#;
        let upon = r#"{"id":"c","choices":[{"index":1,"text":"x"},{"index":0,"text":" upon","finish_reason":"stop"}]}"#;
        let usage = r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
        check_stream(
            &[once, upon, usage, "[DONE]"],
            expect![[
                r#"{"id":"c","model":"m","object":"text_completion","choices":[{"index":0,"text":"Once upon","finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}} complete=true None"#
            ]],
        );
        check_stream(
            &[once],
            expect![[
                r#"{"id":"c","model":"m","object":"text_completion","choices":[{"index":0,"text":"Once","finish_reason":null}]} complete=false Some(CutOff)"#
            ]],
        );
        check_stream(
            &[once, r#"{"choices":[{"te"#, upon, "[DONE]"],
            expect![[
                r#"{"id":"c","model":"m","object":"text_completion","choices":[{"index":0,"text":"Once upon","finish_reason":"stop"}]} complete=true Some(NotJson)"#
            ]],
        );
        check_stream(
            &[once, r#"{"error":{"message":"overloaded"}}"#],
            expect![[r#"{"error":{"message":"overloaded"}} complete=false Some(CutOff)"#]],
        );
    }
}
