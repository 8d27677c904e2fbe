//! Room for an answer that is bounded: `Anthropic` counts what a model thinks within the bound.
//!
//! Leaves out which answers are bounded, and to how much.

use serde_json::{Value, json};

use super::model::Model;

/// The tokens that are left for thinking where nobody knows how much there will be.
const THOUGHTS: u64 = 8_192;

/// Makes room for the answer to a request beside what is thought: as much as the request allows for it, or what is left
/// for it where the model decides. What the request says of thinking itself stays.
///
/// Source: `Anthropic`'s page on extended thinking, and on adaptive thinking.
pub fn make(request: &mut Value) {
    let model = Model::of(request.get("model").and_then(Value::as_str).unwrap_or_default());
    let thinking = request.get("thinking").and_then(|thinking| thinking.get("type")?.as_str());
    let budget = request.pointer("/thinking/budget_tokens").and_then(Value::as_u64);
    let thoughts = match (thinking, budget) {
        (Some("enabled"), Some(budget)) => budget,
        (Some("enabled" | "adaptive"), _) => THOUGHTS,
        (None, _) if model.thinks() => THOUGHTS,
        _ => 0,
    };
    if let Some(bound) = request.get_mut("max_tokens")
        && let Some(most) = bound.as_u64()
    {
        let longest = model.most().unwrap_or(u64::MAX);
        *bound = json!(most.saturating_add(thoughts).min(longest.max(most)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(model: &str, thinking: Value, expected: u64) {
        let mut request = json!({"model": model, "max_tokens": 700, "thinking": thinking});
        if request["thinking"].is_null() {
            request.as_object_mut().expect("an object").shift_remove("thinking");
        }
        make(&mut request);
        assert_eq!(request["max_tokens"], expected, "{request}");
    }

    #[test]
    fn what_is_thought_is_added() {
        check("claude-haiku-4-5", json!(null), 700);
        check("claude-haiku-4-5", json!({"type": "disabled"}), 700);
        check("claude-haiku-4-5", json!({"type": "enabled", "budget_tokens": 2_000}), 2_700);
        check("claude-opus-4-8", json!({"type": "adaptive"}), 8_892);
        check("claude-fable-5", json!(null), 8_892);
        check("claude-opus-5-5", json!(null), 8_892);
        check("claude-opus-5-5", json!({"type": "disabled"}), 700);
        check("claude-3-7-sonnet", json!({"type": "enabled", "budget_tokens": 64_000}), 64_000);
    }
}
