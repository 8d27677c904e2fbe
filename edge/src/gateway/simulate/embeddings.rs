//! Embeddings: where the words of a text point, so that texts with the same words are near each other.
//!
//! Each word adds to one number, which its hash chooses, and the whole is of length 1. They mean nothing beyond that.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::canonical::digest;

use crate::upstream::demo;

/// The one model that makes them.
const MODEL: &str = "embed";

/// How many numbers there are when nobody asks for another number of them, and the most that are given.
const USUAL: usize = 64;
const MOST: usize = 3_072;

/// The most numbers of one answer: each takes some bytes of what all requests of an isolate share.
const MOST_IN_ALL: usize = 200_000;

/// Answers a request; an error body when it or its model is not known.
pub(super) fn answer(request: &Value) -> Value {
    let model = request.get("model").and_then(Value::as_str).unwrap_or_default();
    if model != MODEL {
        let message = format!("there is no model \"{model}\" for embeddings; known is {MODEL}");
        return demo::error(&message, "model_not_found");
    }
    let Some(texts) = request.get("input").and_then(texts) else {
        let message = "input must be a text, a list of texts, or such in tokens, and not empty";
        return demo::error(message, "invalid_request_error");
    };
    let length = match request.get("dimensions").filter(|given| !given.is_null()) {
        None => USUAL,
        Some(given) => {
            match given
                .as_u64()
                .and_then(|length| usize::try_from(length).ok())
                .filter(|length| (1..=MOST).contains(length))
            {
                Some(length) => length,
                None => {
                    let message = format!("dimensions must be a whole number from 1 to {MOST}");
                    return demo::error(&message, "invalid_request_error");
                }
            }
        }
    };
    if texts.len().saturating_mul(length) > MOST_IN_ALL {
        let most = MOST_IN_ALL / length;
        let message = format!(
            "there are {} texts; at most {most} of {length} dimensions are taken at once",
            texts.len()
        );
        return demo::error(&message, "invalid_request_error");
    }
    let packed = request.get("encoding_format").and_then(Value::as_str) == Some("base64");
    let data: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(index, words)| {
            let numbers = embed(words, length);
            let embedding = if packed { json!(pack(&numbers)) } else { json!(numbers) };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let tokens: usize = texts.iter().map(Vec::len).sum();
    json!({"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}})
}

/// Gives the words of each text; tokens are taken for words.
fn texts(input: &Value) -> Option<Vec<Vec<String>>> {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    let tokens = |list: &[Value]| -> Option<Vec<String>> {
        list.iter().map(|token| token.as_u64().map(|token| token.to_string())).collect()
    };
    match input {
        Value::String(text) => Some(vec![words(text)]),
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) if list.iter().all(Value::is_number) => Some(vec![tokens(list)?]),
        Value::Array(list) => {
            let texts = list.iter().map(|one| match one {
                Value::String(text) => Some(words(text)),
                Value::Array(list) => tokens(list),
                _ => None,
            });
            texts.collect()
        }
        _ => None,
    }
}

fn embed(words: &[String], length: usize) -> Vec<f32> {
    let mut numbers = vec![0.0_f32; length];
    for word in words {
        let [a, b, c, d, sign, ..] = digest(word.as_bytes());
        let place = u32::from_be_bytes([a, b, c, d]) as usize % length;
        if let Some(number) = numbers.get_mut(place) {
            *number += if sign % 2 == 0 { 1.0 } else { -1.0 };
        }
    }
    let size = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    match numbers.first_mut() {
        // A text without words has a direction, too: so that nobody divides by zero.
        Some(first) if size == 0.0 => *first = 1.0,
        _ => numbers.iter_mut().for_each(|number| *number /= size),
    }
    numbers
}

/// Writes numbers as clients ask for them to save room: four bytes each, the lowest first, in base64.
fn pack(numbers: &[f32]) -> String {
    STANDARD.encode(numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(request: &Value, expected: Expect) {
        expected.assert_eq(&answer(request).to_string());
    }

    #[test]
    fn each_text_has_its_numbers() {
        check(
            &json!({"model": "embed", "input": ["Where is it?", ""], "dimensions": 4}),
            expect![[
                r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.0,0.0,-1.0,0.0]},{"object":"embedding","index":1,"embedding":[1.0,0.0,0.0,0.0]}],"model":"embed","usage":{"prompt_tokens":3,"total_tokens":3}}"#
            ]],
        );
        check(
            &json!({"model": "embed", "input": [[1, 2], [3]], "dimensions": 2, "encoding_format": "float"}),
            expect![[
                r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.7071067690849304,-0.7071067690849304]},{"object":"embedding","index":1,"embedding":[0.0,1.0]}],"model":"embed","usage":{"prompt_tokens":3,"total_tokens":3}}"#
            ]],
        );
        check(
            &json!({"model": "embed", "input": "Where is it?", "dimensions": 4, "encoding_format": "base64"}),
            expect![[
                r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAAAAAAAAAAIC/AAAAAA=="}],"model":"embed","usage":{"prompt_tokens":3,"total_tokens":3}}"#
            ]],
        );
        assert_eq!(
            answer(&json!({"model": "embed", "input": "Hi"}))["data"][0]["embedding"]
                .as_array()
                .map(Vec::len),
            Some(USUAL)
        );
    }

    #[test]
    fn texts_with_the_same_words_are_near_each_other() {
        let near = |one: &str, other: &str| {
            let numbers = |text: &str| embed(&text.split(' ').map(str::to_owned).collect::<Vec<_>>(), USUAL);
            numbers(one).iter().zip(numbers(other)).map(|(a, b)| a * b).sum::<f32>()
        };
        assert!((near("where is my parcel", "where is my parcel") - 1.0).abs() < 1e-6);
        assert!(near("where is my parcel", "where is my order") > 0.5);
        assert!(near("where is my parcel", "mix flour with eggs") < 0.5);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        check(
            &json!({"model": "embed", "input": []}),
            expect![[
                r#"{"error":{"message":"input must be a text, a list of texts, or such in tokens, and not empty","type":"invalid_request_error","code":"invalid_request_error"}}"#
            ]],
        );
        check(
            &json!({"model": "embed", "input": vec!["a"; 66], "dimensions": MOST}),
            expect![[
                r#"{"error":{"message":"there are 66 texts; at most 65 of 3072 dimensions are taken at once","type":"invalid_request_error","code":"invalid_request_error"}}"#
            ]],
        );
        check(
            &json!({"model": "embed", "input": "Hi", "dimensions": 0}),
            expect![[
                r#"{"error":{"message":"dimensions must be a whole number from 1 to 3072","type":"invalid_request_error","code":"invalid_request_error"}}"#
            ]],
        );
    }
}
