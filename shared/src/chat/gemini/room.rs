//! Room for an answer that is bounded: Gemini counts what a model thinks within the bound.
//!
//! Leaves out which answers are bounded, and to how much.

use serde_json::{Value, json};

/// The tokens that are left for thinking: what Gemini's own table has for a medium effort.
const THOUGHTS: u64 = 8_192;

/// Makes room for the answer to a request: thinking is turned off where it can be, and has room of its own where it
/// cannot. What the request says of thinking itself stays.
///
/// Source: Gemini's page on thinking, its table of budgets. Models without a version in their name may think.
pub fn make(request: &mut Value) {
    let model = request.get("model").and_then(Value::as_str).unwrap_or_default();
    let name = model.rsplit('/').next().unwrap_or(model).to_owned();
    let is = |kinds: &[&str]| kinds.iter().any(|kind| name.starts_with(kind));
    let (thinks, can_be_off) = (!is(&["gemini-1", "gemini-2.0", "gemma"]), is(&["gemini-2.5-flash"]));
    let Some(config) = request.get_mut("generationConfig").and_then(Value::as_object_mut) else { return };
    if can_be_off && !config.contains_key("thinkingConfig") {
        config.insert("thinkingConfig".to_owned(), json!({"thinkingBudget": 0}));
    }
    let budget = config.get("thinkingConfig").and_then(|thinking| thinking.get("thinkingBudget")?.as_u64());
    let thoughts = budget.unwrap_or(if thinks { THOUGHTS } else { 0 });
    if let Some(bound) = config.get_mut("maxOutputTokens")
        && let Some(most) = bound.as_u64()
    {
        *bound = json!(most.saturating_add(thoughts));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(model: &str, config: Value, expected: Expect) {
        let mut request = json!({"model": model, "generationConfig": config});
        make(&mut request);
        expected.assert_eq(&request["generationConfig"].to_string());
    }

    fn bounded() -> Value {
        json!({"maxOutputTokens": 700})
    }

    #[test]
    fn thinking_is_off_where_it_can_be() {
        check(
            "models/gemini-2.5-flash",
            bounded(),
            expect![[r#"{"maxOutputTokens":700,"thinkingConfig":{"thinkingBudget":0}}"#]],
        );
        check("gemini-2.5-flash-lite", json!({}), expect![[r#"{"thinkingConfig":{"thinkingBudget":0}}"#]]);
        check("gemini-2.0-flash", bounded(), expect![[r#"{"maxOutputTokens":700}"#]]);
        check("gemma-3-27b-it", bounded(), expect![[r#"{"maxOutputTokens":700}"#]]);
    }

    #[test]
    fn thinking_has_room_of_its_own_where_it_cannot_be_off() {
        check("gemini-2.5-pro", bounded(), expect![[r#"{"maxOutputTokens":8892}"#]]);
        check("gemini-3-pro-preview", bounded(), expect![[r#"{"maxOutputTokens":8892}"#]]);
        check("gemini-flash-latest", bounded(), expect![[r#"{"maxOutputTokens":8892}"#]]);
        check("gemini-3-pro", json!({"maxOutputTokens": null}), expect![[r#"{"maxOutputTokens":null}"#]]);
    }

    #[test]
    fn what_is_said_of_thinking_stays() {
        check(
            "gemini-2.5-flash",
            json!({"maxOutputTokens": 700, "thinkingConfig": {"thinkingBudget": 1_024}}),
            expect![[r#"{"maxOutputTokens":1724,"thinkingConfig":{"thinkingBudget":1024}}"#]],
        );
        check(
            "gemini-2.5-flash",
            json!({"maxOutputTokens": 700, "thinkingConfig": {"thinkingBudget": -1}}),
            expect![[r#"{"maxOutputTokens":8892,"thinkingConfig":{"thinkingBudget":-1}}"#]],
        );
        check(
            "gemini-3-pro",
            json!({"maxOutputTokens": 700, "thinkingConfig": {"thinkingLevel": "low"}}),
            expect![[r#"{"maxOutputTokens":8892,"thinkingConfig":{"thinkingLevel":"low"}}"#]],
        );
    }
}
