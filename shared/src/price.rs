//! What calls cost. An unknown price is unknown, not zero.

use serde::{Deserialize, Serialize};

use crate::chat::Usage;

/// The price of a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Price {
    /// US dollars per million tokens that go in, not negative.
    pub input_usd_per_mtok: f64,
    /// US dollars per million tokens of the input that the provider reads from its cache, not negative. When it is
    /// not known they cost what others do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input_usd_per_mtok: Option<f64>,
    /// US dollars per million tokens that come out, not negative.
    pub output_usd_per_mtok: f64,
}

impl Price {
    /// Gives the cost of a call in US dollars, or none when the provider did not say its tokens.
    ///
    /// The input of every usage holds what was read from a cache, whatever the provider's own words. What was written
    /// to one costs what other input does: a surcharge for it is in no price here.
    pub fn cost_usd(self, usage: Usage) -> Option<f64> {
        let (input, output) = (usage.input_tokens?, usage.output_tokens?);
        // No more can have been read from a cache than went in.
        let cached = usage.cached_tokens.unwrap_or_default().min(input);
        let cached_usd = self.cached_input_usd_per_mtok.unwrap_or(self.input_usd_per_mtok);
        // Exact up to 2^53 tokens, far above any call.
        let usd = |tokens: u64, per_mtok: f64| tokens as f64 * per_mtok / 1e6;
        let input_usd = usd(input - cached, self.input_usd_per_mtok) + usd(cached, cached_usd);
        Some(input_usd + usd(output, self.output_usd_per_mtok))
    }

    /// Estimates what a call will cost in US dollars, from the bytes of its prompt and the most tokens that it may
    /// answer: a token is about four bytes of English or JSON, and few answers are longer than a page. Nobody knows
    /// beforehand what a cache will have.
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

    const PRICE: Price =
        Price { input_usd_per_mtok: 0.15, cached_input_usd_per_mtok: None, output_usd_per_mtok: 0.6 };

    fn check(input: Option<u64>, output: Option<u64>, expected: Expect) {
        let cost = PRICE.cost_usd(Usage { input_tokens: input, output_tokens: output, cached_tokens: None });
        expected.assert_eq(&format!("{cost:?}"));
    }

    #[test]
    fn what_comes_from_a_cache_has_a_price_of_its_own_if_it_is_known() {
        let usage = |cached| Usage {
            input_tokens: Some(1_000_000),
            output_tokens: Some(0),
            cached_tokens: Some(cached),
        };
        let known = Price { cached_input_usd_per_mtok: Some(0.05), ..PRICE };
        let cost = |price: Price, cached| price.cost_usd(usage(cached)).map(|usd| format!("{usd:.4}"));
        expect![[r#"Some("0.1500") Some("0.1500") Some("0.1100") Some("0.0500")"#]].assert_eq(&format!(
            "{:?} {:?} {:?} {:?}",
            cost(PRICE, 400_000),
            cost(known, 0),
            cost(known, 400_000),
            cost(known, 2_000_000)
        ));
    }

    #[test]
    fn tokens_of_both_kinds_are_paid() {
        check(Some(1_000_000), Some(500_000), expect!["Some(0.44999999999999996)"]);
    }

    #[test]
    fn a_call_is_expected_to_answer_a_page_at_most() {
        let price = Price { input_usd_per_mtok: 1.0, output_usd_per_mtok: 10.0, ..PRICE };
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
