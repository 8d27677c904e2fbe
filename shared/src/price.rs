//! What calls cost. An unknown price is unknown, not zero.

use serde::{Deserialize, Serialize};

use crate::chat::Usage;

/// The price of a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Price {
    /// US dollars per million tokens that go in, not negative.
    pub input_usd_per_mtok: f64,
    /// US dollars per million tokens that come out, not negative.
    pub output_usd_per_mtok: f64,
}

impl Price {
    /// Gives the cost of a call in US dollars, or none when the provider did not say its tokens.
    pub fn cost_usd(self, usage: Usage) -> Option<f64> {
        let (input, output) = (usage.input_tokens?, usage.output_tokens?);
        // Exact up to 2^53 tokens, far above any call.
        let usd = |tokens: u64, per_mtok: f64| tokens as f64 * per_mtok / 1e6;
        Some(usd(input, self.input_usd_per_mtok) + usd(output, self.output_usd_per_mtok))
    }

    /// Estimates what a call will cost in US dollars, from the bytes of its prompt and the most tokens that it may
    /// answer: a token is about four bytes of English or JSON, and few answers are longer than a page.
    pub fn expected_usd(self, prompt_bytes: usize, max_tokens: Option<u64>) -> f64 {
        const BYTES_PER_TOKEN: u64 = 4;
        const PAGE_TOKENS: u64 = 500;
        let input_tokens = Some((prompt_bytes as u64).div_ceil(BYTES_PER_TOKEN));
        let output_tokens = Some(max_tokens.map_or(PAGE_TOKENS, |most| most.min(PAGE_TOKENS)));
        self.cost_usd(Usage { input_tokens, output_tokens, cached_tokens: None }).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(input: Option<u64>, output: Option<u64>, expected: Expect) {
        let price = Price { input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.6 };
        let cost = price.cost_usd(Usage { input_tokens: input, output_tokens: output, cached_tokens: None });
        expected.assert_eq(&format!("{cost:?}"));
    }

    #[test]
    fn tokens_of_both_kinds_are_paid() {
        check(Some(1_000_000), Some(500_000), expect!["Some(0.44999999999999996)"]);
    }

    #[test]
    fn a_call_is_expected_to_answer_a_page_at_most() {
        let price = Price { input_usd_per_mtok: 1.0, output_usd_per_mtok: 10.0 };
        let expected = |bytes, most| format!("{:.6}", price.expected_usd(bytes, most));
        assert_eq!(expected(4000, None), "0.006000");
        assert_eq!(expected(4000, Some(10)), "0.001100");
        assert_eq!(expected(0, Some(100_000)), "0.005000");
    }

    #[test]
    fn unknown_tokens_have_no_cost() {
        check(Some(10), None, expect!["None"]);
    }
}
