//! The money that a slice may spend: kept for calls before they are begun, settled when they have ended.
//!
//! Pure. A budget may be exceeded by what the last calls cost more than was expected of them, never by calls that
//! were begun when nothing was left.

use shared::run::Budget;

/// Less than this is nothing, in US dollars: what sums of fractions leave over.
const CRUMB_USD: f64 = 1e-9;

/// What a slice may spend. Without a budget it may spend anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Purse<W> {
    budget: Option<Budget>,
    /// What the run has spent, as far as this shard knows.
    spent_usd: f64,
    /// What the shard was given and has not kept for a call.
    left_usd: f64,
    /// What it keeps for the calls under way.
    kept_usd: f64,
    /// It was given nothing the last time it asked.
    refused: bool,
    /// What the calls to each have cost, and how many those were.
    known: Vec<(W, f64, u32)>,
}

impl<W: Copy + PartialEq> Purse<W> {
    /// Begins with what the shard was given.
    pub fn of(budget: Option<Budget>, spent_usd: f64, given_usd: f64) -> Self {
        let refused = given_usd <= CRUMB_USD;
        Self { budget, spent_usd, left_usd: given_usd, kept_usd: 0.0, refused, known: Vec::new() }
    }

    /// Tells whether a call may be begun: something is left, if not all that it may cost.
    pub fn is_open(&self) -> bool {
        self.budget.is_none() || self.left_usd > CRUMB_USD
    }

    /// Tells whether to ask for more.
    pub fn wants_more(&self) -> bool {
        !self.is_open() && !self.refused
    }

    /// Tells whether the run has spent its budget.
    pub fn is_spent(&self) -> bool {
        self.budget.is_some_and(|budget| self.spent_usd > budget.usd() - CRUMB_USD)
    }

    /// Gives what the run has spent.
    pub fn spent_usd(&self) -> f64 {
        self.spent_usd
    }

    /// Keeps money for a call: what such calls have cost so far, or else what is expected of this one.
    pub fn keep(&mut self, whom: W, expected_usd: f64) -> f64 {
        let usual = self.usual(whom).unwrap_or(expected_usd);
        self.left_usd -= usual;
        self.kept_usd += usual;
        usual
    }

    fn usual(&self, whom: W) -> Option<f64> {
        let known = self.known.iter().find(|(other, ..)| *other == whom)?;
        Some(known.1 / f64::from(known.2.max(1)))
    }

    /// A call has ended that so much was kept for; none when it cost nothing.
    pub fn settle(&mut self, whom: W, kept_usd: f64, cost_usd: Option<f64>) {
        let cost = cost_usd.unwrap_or(0.0);
        self.kept_usd = (self.kept_usd - kept_usd).max(0.0);
        self.left_usd += kept_usd - cost;
        self.spent_usd += cost;
        self.refused = false;
        if cost <= 0.0 {
            return;
        }
        match self.known.iter_mut().find(|(other, ..)| *other == whom) {
            Some((_, sum, calls)) => {
                *sum += cost;
                *calls += 1;
            }
            None => self.known.push((whom, cost, 1)),
        }
    }

    /// Gives what to ask for: what is kept, and enough for so many calls more.
    pub fn wanted_usd(&self, calls: u32, expected_usd: f64) -> f64 {
        let dearest = self.known.iter().map(|(_, sum, calls)| sum / f64::from((*calls).max(1)));
        let each =
            dearest.fold(None, |most: Option<f64>, each| Some(most.map_or(each, |most| most.max(each))));
        self.kept_usd + each.unwrap_or(expected_usd) * f64::from(calls)
    }

    /// The shard was given so much in all. `since_usd` is what calls have cost since it asked, which is not written yet;
    /// `spent_usd` what the run had spent then.
    pub fn given(&mut self, given_usd: f64, spent_usd: f64, since_usd: f64) {
        self.left_usd = given_usd - self.kept_usd - since_usd;
        self.spent_usd = spent_usd + since_usd;
        self.refused = !self.is_open();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// A purse with 1 USD of a budget of 10, of which 4 are spent.
    fn purse() -> Purse<char> {
        Purse::of(Budget::try_from(10.0).ok(), 4.0, 1.0)
    }

    fn check(purse: &Purse<char>, expected: Expect) {
        let Purse { spent_usd, left_usd, kept_usd, .. } = purse;
        let words =
            [(purse.is_open(), "open"), (purse.wants_more(), "wants more"), (purse.is_spent(), "spent")];
        let words: Vec<_> = words.into_iter().filter(|(so, _)| *so).map(|(_, word)| word).collect();
        expected
            .assert_eq(&format!("spent {spent_usd} left {left_usd} kept {kept_usd}: {}", words.join(", ")));
    }

    #[test]
    fn money_is_kept_for_a_call_and_settled_after_it() {
        let mut purse = purse();
        let kept = purse.keep('t', 0.75);
        check(&purse, expect!["spent 4 left 0.25 kept 0.75: open"]);
        let more = purse.keep('t', 0.75);
        check(&purse, expect!["spent 4 left -0.5 kept 1.5: wants more"]);
        purse.settle('t', kept, Some(0.25));
        check(&purse, expect!["spent 4.25 left 0 kept 0.75: wants more"]);
        purse.settle('t', more, None);
        check(&purse, expect!["spent 4.25 left 0.75 kept 0: open"]);
        assert!((purse.keep('t', 9.0) - 0.25).abs() < 1e-9, "what such calls cost is known now");
    }

    #[test]
    fn who_is_given_nothing_does_not_ask_again_before_a_call_has_ended() {
        let mut purse = purse();
        let kept = purse.keep('t', 1.0);
        purse.given(1.0, 9.0, 0.0);
        check(&purse, expect!["spent 9 left 0 kept 1: "]);
        purse.settle('t', kept, Some(1.0));
        check(&purse, expect!["spent 10 left 0 kept 0: wants more, spent"]);
    }

    #[test]
    fn what_was_spent_since_comes_out_of_what_is_given() {
        let mut purse = purse();
        let kept = purse.keep('t', 0.5);
        purse.settle('t', kept, Some(0.5));
        purse.given(1.0, 4.0, 0.5);
        check(&purse, expect!["spent 4.5 left 0.5 kept 0: open"]);
        assert!((purse.wanted_usd(4, 9.0) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn what_sums_of_fractions_leave_over_is_nothing() {
        let budget = 3.0 * 0.0002;
        let mut purse =
            Purse::<char>::of(Budget::try_from(budget).ok(), 0.0002 + 0.0004, budget - 0.0002 - 0.0004);
        assert!(!purse.is_open() && purse.is_spent(), "{purse:?}");
        assert!(!purse.wants_more());
        purse.given(budget - 0.0002 - 0.0004, 0.0002 + 0.0004, 0.0);
        assert!(!purse.is_open() && !purse.wants_more());
    }

    #[test]
    fn without_a_budget_anything_goes() {
        let mut purse = Purse::of(None, 0.0, 0.0);
        purse.keep('t', 5.0);
        check(&purse, expect!["spent 0 left -5 kept 5: open"]);
    }
}
