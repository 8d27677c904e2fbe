//! A look at a request body: the model and where it stands, and nothing else.
//!
//! Bodies are passed on as they came. Only the model's name is replaced, when it carries the prefix of a
//! provider, and then no other byte changes.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::problem::Refusal;

/// What routing needs of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek {
    /// The model, if the body names one as a text.
    pub model: Option<String>,
    /// The bytes of the model's name, with its quotes; empty when there is none.
    place: Range<usize>,
}

/// Looks at a body.
///
/// # Errors
/// Says where the body is not JSON.
pub fn at(body: &[u8]) -> Result<Peek, Refusal> {
    #[derive(Deserialize)]
    #[serde(expecting = "a JSON object")]
    struct Members<'a> {
        #[serde(borrow, default)]
        model: Option<&'a RawValue>,
    }
    let members: Members =
        serde_json::from_slice(body).map_err(|error| Refusal::NotJson(error.to_string()))?;
    let Some(raw) = members.model.map(RawValue::get) else { return Ok(Peek { model: None, place: 0..0 }) };
    // The raw value borrows from the body, so the difference of their addresses is its place in it.
    let start = raw.as_ptr().addr().saturating_sub(body.as_ptr().addr());
    Ok(Peek { model: serde_json::from_str(raw).ok(), place: start..start + raw.len() })
}

impl Peek {
    /// Writes the body with another model in it.
    pub fn with_model(&self, body: &[u8], model: &str) -> Vec<u8> {
        let name = serde_json::Value::from(model).to_string();
        let before = body.get(..self.place.start).unwrap_or_default();
        let after = body.get(self.place.end..).unwrap_or_default();
        [before, name.as_bytes(), after].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(body: &str, expected: Expect) {
        let shown = at(body.as_bytes()).map(|peek| match &peek.model {
            Some(model) => {
                format!("{model} → {}", String::from_utf8_lossy(&peek.with_model(body.as_bytes(), "m\"2")))
            }
            None => "no model".to_owned(),
        });
        expected.assert_eq(&shown.unwrap_or_else(|refusal| format!("{}\n{refusal}", refusal.status())));
    }

    #[test]
    fn only_the_bytes_of_the_model_change() {
        check(
            r#" {"a" : 1.0, "model" : "openai\/gpt" ,"é":[{"model":"x"}]}"#,
            expect![[r#"openai/gpt →  {"a" : 1.0, "model" : "m\"2" ,"é":[{"model":"x"}]}"#]],
        );
    }

    #[test]
    fn a_body_without_a_model_is_the_providers_to_refuse() {
        check("{}", expect!["no model"]);
        check(r#"{"model": 3}"#, expect!["no model"]);
        check(r#"{"model": null}"#, expect!["no model"]);
    }

    #[test]
    fn what_is_not_json_is_refused_with_the_place() {
        check(
            "",
            expect![[r#"
            400
            the body is not JSON: EOF while parsing a value at line 1 column 0"#]],
        );
        check(
            r#"{"model": "a""#,
            expect![[r#"
                400
                the body is not JSON: EOF while parsing an object at line 1 column 13"#]],
        );
        check(
            r#"{"model": "a", "model": "b"}"#,
            expect![[r#"
                400
                the body is not JSON: duplicate field `model` at line 1 column 22"#]],
        );
        check(
            r#""text""#,
            expect![[r#"
                400
                the body is not JSON: invalid type: string "text", expected a JSON object at line 1 column 6"#]],
        );
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!(r#"{{"x": {}{}, "model": "m"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(at(deep.as_bytes()).map(|peek| peek.model), Ok(Some("m".to_owned())));
    }
}
