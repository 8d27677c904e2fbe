//! Which model really answered, as its provider says: an alias may stand for another model tomorrow.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who gave an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Answerer {
    pub model: String,
    /// What changes with the set-up that the provider runs the model in; not every one has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_fingerprint: Option<String>,
}

/// The most characters that are kept of a name: who writes it may write a megabyte there.
const LONGEST: usize = 200;

impl Answerer {
    /// Reads it out of the body of an answer in any format; none when the body does not say.
    pub fn read(body: &Value) -> Option<Self> {
        let named = |name: &str| {
            let name = body.get(name).and_then(Value::as_str)?.trim();
            let seen = name.chars().filter(|character| !character.is_control());
            Some(seen.take(LONGEST).collect::<String>()).filter(|name| !name.is_empty())
        };
        let model = named("model").or_else(|| named("modelVersion"))?;
        Some(Self { model, system_fingerprint: named("system_fingerprint") })
    }
}

impl std::fmt::Display for Answerer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.model)?;
        self.system_fingerprint.iter().try_for_each(|fingerprint| write!(f, " ({fingerprint})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(bodies: &[Value], expected: Expect) {
        let read = bodies.iter().map(Answerer::read);
        let lines = read.map(|by| by.map_or("nobody says".to_owned(), |by| by.to_string()));
        expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn each_format_says_who_answered_in_its_own_words() {
        check(
            &[
                json!({"object": "chat.completion", "model": "gpt-4o-2024-08-06", "system_fingerprint": "fp_44709d6fcb", "choices": []}),
                json!({"object": "response", "model": "gpt-4o-2024-08-06", "output": []}),
                json!({"type": "message", "model": "claude-sonnet-4-20250514", "content": []}),
                json!({"candidates": [], "modelVersion": "gemini-2.5-flash"}),
            ],
            expect![[r#"
                gpt-4o-2024-08-06 (fp_44709d6fcb)
                gpt-4o-2024-08-06
                claude-sonnet-4-20250514
                gemini-2.5-flash"#]],
        );
    }

    #[test]
    fn what_is_no_name_is_none() {
        let long = Answerer::read(&json!({"model": "x".repeat(5000)}));
        assert_eq!(long.map(|by| by.model.len()), Some(LONGEST));
        check(
            &[
                json!({"model": ""}),
                json!({"model": 4, "system_fingerprint": "fp"}),
                json!({"model": "a\u{1b}[31m\u{0}", "system_fingerprint": null}),
                json!([]),
            ],
            expect![[r#"
                nobody says
                nobody says
                a[31m
                nobody says"#]],
        );
    }
}
