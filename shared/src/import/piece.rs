//! What a message says, piece by piece, in whichever protocol's words: texts, pictures, calls, results.
//!
//! A piece is known by its members, not by its file's format, since tools log bodies as providers wrote
//! them. Leaves out who says it.

use serde_json::{Value, json};

use super::field;

/// The pieces of one message, in `OpenAI`'s words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pieces {
    /// Parts of the content.
    pub parts: Vec<Value>,
    /// Calls that the assistant asks for.
    pub calls: Vec<Value>,
    /// What tools gave: the call's id and the text.
    pub results: Vec<(String, String)>,
}

/// Reads the pieces of a content; thoughts are left out, since no request may repeat them.
pub fn read(content: &Value) -> Pieces {
    let mut pieces = Pieces::default();
    match content {
        Value::Array(list) => list.iter().for_each(|piece| pieces.take(piece)),
        Value::Null => {}
        piece => pieces.take(piece),
    }
    pieces
}

impl Pieces {
    fn take(&mut self, piece: &Value) {
        let text = |names: &[&str]| field::text(piece, names);
        if let Value::String(text) = piece {
            return self.parts.push(json!({"type": "text", "text": text}));
        }
        match piece.get("type").and_then(Value::as_str).unwrap_or_default() {
            "thinking" | "redacted_thinking" | "reasoning" => return,
            "tool_use" | "tool_call" | "tool-call" | "function_call" | "functionCall" | "server_tool_use" => {
                return self.calls.push(call(piece));
            }
            "tool_result" | "tool_call_response" | "tool-result" | "function_call_output" => {
                let id = text(&["tool_use_id", "call_id", "id", "toolCallId"]).unwrap_or_default();
                let result = field::any(piece, &["content", "output", "response", "result"]);
                return self.results.push((id, result.map(plain).unwrap_or_default()));
            }
            "image_url" | "input_audio" | "file" | "refusal"
                if piece.get("image_url").is_none_or(Value::is_object) =>
            {
                return self.parts.push(piece.clone());
            }
            _ => {}
        }
        if let Some(call_of) = field::any(piece, &["functionCall", "function_call"]) {
            self.calls.push(call(call_of));
        } else if let Some(given) = field::any(piece, &["functionResponse", "function_response"]) {
            let id = field::text(given, &["id", "name"]).unwrap_or_default();
            self.results.push((id, given.get("response").map(plain).unwrap_or_default()));
        } else if let Some(url) = picture(piece) {
            self.parts.push(json!({"type": "image_url", "image_url": {"url": url}}));
        } else if let Some(text) = piece.get("text").and_then(Value::as_str) {
            self.parts.push(json!({"type": "text", "text": text}));
        } else if let Some(text) = piece.get("content").and_then(Value::as_str) {
            self.parts.push(json!({"type": "text", "text": text}));
        } else if !piece.is_null() {
            self.parts.push(json!({"type": "text", "text": piece.to_string()}));
        }
    }

    /// Gives the content of a message with these parts: a text where there is nothing else.
    pub fn content(&self) -> Value {
        let texts: Option<Vec<_>> =
            self.parts.iter().map(|part| part.get("text").and_then(Value::as_str)).collect();
        match texts {
            Some(texts) if texts.is_empty() && !self.calls.is_empty() => Value::Null,
            Some(texts) => json!(texts.join("\n")),
            None => Value::Array(self.parts.clone()),
        }
    }
}

/// Writes a call, whoever asked for it, as `OpenAI` does: the arguments are a text.
pub fn call(call: &Value) -> Value {
    let function = call.get("function").filter(|function| function.is_object()).unwrap_or(call);
    let arguments = field::any(function, &["arguments", "args", "input", "parameters"]);
    let arguments = match arguments {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "{}".to_owned(),
    };
    let name = field::text(function, &["name", "toolName"]).unwrap_or_default();
    let id = field::text(call, &["call_id", "id", "toolCallId"]).unwrap_or_else(|| format!("call_{name}"));
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

/// Gives the address of a picture, as a `data:` URL if its bytes are there.
fn picture(piece: &Value) -> Option<String> {
    if let Some(url) = piece.get("image_url").and_then(Value::as_str) {
        return Some(url.to_owned());
    }
    let source = field::any(piece, &["source", "inlineData", "inline_data"])?;
    if let Some(url) = field::text(source, &["url"]) {
        return Some(url);
    }
    let kind = field::text(source, &["media_type", "mimeType", "mime_type"])?;
    let data = field::text(source, &["data"])?;
    kind.starts_with("image/").then(|| format!("data:{kind};base64,{data}"))
}

/// Writes a value as text: its texts, or else its JSON.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(list) if list.iter().all(|piece| piece.get("text").is_some_and(Value::is_string)) => {
            let texts = list.iter().filter_map(|piece| piece.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join("\n")
        }
        value => value.to_string(),
    }
}
