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
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(input: Option<u64>, output: Option<u64>, expected: Expect) {
        let price = Price { input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.6 };
        let cost = price.cost_usd(Usage { input_tokens: input, output_tokens: output });
        expected.assert_eq(&format!("{cost:?}"));
    }

    #[test]
    fn tokens_of_both_kinds_are_paid() {
        check(Some(1_000_000), Some(500_000), expect!["Some(0.44999999999999996)"]);
    }

    #[test]
    fn unknown_tokens_have_no_cost() {
        check(Some(10), None, expect!["None"]);
    }
}
