//! Scoring the original response by the scorers of a new one: the baseline that the new one is compared with.

use super::Scorers;
use super::result::{Mark, ScorerResult};
use super::run::{self, Context, Original};
use crate::chat::Request;

/// Scores the original response by the same scorers, as if it were the new one.
///
/// What compares with the original compares it with itself: at its best, or turned around at its worst. `new`
/// is what the scorers say of the new response. One that skips it skips the original too, or the two were
/// measured by different things; one that finds nothing to look at in the original does not count for it.
pub fn of(
    scorers: &Scorers,
    request: &Request,
    original: Original<'_>,
    new: &[ScorerResult],
) -> Vec<ScorerResult> {
    let Original { output, latency_ms, cost_usd } = original;
    let context = Context {
        request,
        candidate: Ok(output),
        latency_ms,
        cost_usd,
        cached: false,
        original: Some(original),
    };
    let mut results = run::all(scorers, &context);
    for (result, _) in results.iter_mut().zip(new).filter(|(_, new)| new.mark == Mark::Skipped) {
        result.mark = Mark::Skipped;
        result.reason = "it is skipped for the new response".to_owned();
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Output;
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    /// Scores a new response of 200 ms, and the original of 100, by a scorer. `cached`: the new one was stored.
    fn check(scorer: Value, cached: bool, expected: Expect) {
        let scorers: Scorers = serde_json::from_value(json!([scorer])).expect("a scorer");
        let request = serde_json::from_value(json!({"model": "m", "messages": []})).expect("a request");
        let [new, original] = ["On its way.", "It is on its way."]
            .map(|text| Output { text: text.to_owned(), ..Output::default() });
        let original = Original { output: &original, latency_ms: Some(100), cost_usd: None };
        let context = Context {
            request: &request,
            candidate: Ok(&new),
            latency_ms: Some(200),
            cost_usd: Some(0.5),
            cached,
            original: Some(original),
        };
        let new = run::all(&scorers, &context);
        let original = of(&scorers, &request, original, &new);
        let shown = |results: &[ScorerResult]| match results {
            [ScorerResult { mark: Mark::Scored { score, .. }, .. }] => score.value().to_string(),
            [ScorerResult { reason, .. }] => reason.clone(),
            _ => "not one result".to_owned(),
        };
        expected.assert_eq(&format!("{} | {}", shown(&new), shown(&original)));
    }

    #[test]
    fn the_original_is_like_itself() {
        check(json!({"type": "levenshtein"}), false, expect!["0.588235 | 1"]);
        check(json!({"type": "levenshtein", "not": true}), false, expect!["0.411765 | 0"]);
        check(json!({"type": "length-ratio"}), false, expect!["0.647059 | 1"]);
        check(json!({"type": "latency-ratio", "max": 1.5}), false, expect!["0 | 1"]);
    }

    #[test]
    fn what_stands_for_itself_is_scored_for_itself() {
        check(json!({"type": "starts-with", "value": "It is"}), false, expect!["0 | 1"]);
        check(json!({"type": "latency", "max_ms": 100}), false, expect!["0 | 1"]);
    }

    #[test]
    fn what_is_skipped_for_the_new_response_is_skipped_for_the_original() {
        check(
            json!({"type": "latency", "max_ms": 100}),
            true,
            expect![[
                r#"the response was stored before: its latency says nothing | it is skipped for the new response"#
            ]],
        );
        check(json!({"type": "cost", "max_usd": 1}), false, expect!["1 | the cost is not known"]);
    }
}
