//! Two pass rates over the same items, of which only those scored on both sides count.
//!
//! Leaves out the scores themselves: how much they differ is in the modules below.

pub mod ranks;
pub mod scores;
pub mod signs;

use serde::{Deserialize, Serialize};

use super::Interval;
use super::special::{beta_below, crossing, ln_choose, normal_below};

/// How many items passed before, after, both or neither.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Table {
    pub both_pass: u64,
    /// Passed in the base and no longer does.
    pub broke: u64,
    /// Did not pass in the base and now does.
    pub fixed: u64,
    pub both_fail: u64,
}

/// How surprising a table is if no side is better: two-sided p values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surprise {
    /// From the binomial distribution: never too small, often too large.
    pub exact: f64,
    /// With half of what was seen: the one to show.
    pub mid: f64,
}

impl Table {
    /// Counts pairs of whether an item passes in the base and in the candidate.
    pub fn of(pairs: impl Iterator<Item = (bool, bool)>) -> Self {
        let mut table = Self::default();
        for pair in pairs {
            match pair {
                (true, true) => table.both_pass += 1,
                (true, false) => table.broke += 1,
                (false, true) => table.fixed += 1,
                (false, false) => table.both_fail += 1,
            }
        }
        table
    }

    /// Gives the number of items.
    pub fn n(&self) -> u64 {
        self.both_pass + self.broke + self.fixed + self.both_fail
    }

    /// Gives the share of items that pass in the base; none of no items.
    pub fn base_rate(&self) -> Option<f64> {
        self.share((self.both_pass + self.broke) as f64)
    }

    /// Gives the share of items that pass in the candidate; none of no items.
    pub fn candidate_rate(&self) -> Option<f64> {
        self.share((self.both_pass + self.fixed) as f64)
    }

    /// Gives the candidate's pass rate minus the base's; none of no items.
    pub fn difference(&self) -> Option<f64> {
        self.share(self.fixed as f64 - self.broke as f64)
    }

    /// Gives the share of items that pass on one side only; none of no items.
    pub fn discordance(&self) -> Option<f64> {
        self.share((self.broke + self.fixed) as f64)
    }

    fn share(&self, of: f64) -> Option<f64> {
        if self.n() == 0 { None } else { Some(of / self.n() as f64) }
    }

    /// Gives Tango's score interval of the difference; none of no items.
    ///
    /// `z` is the normal quantile ([`super::Z_95`]). Source: Tango 1998; `spec/statistics.md` B.2.
    pub fn interval(&self, z: f64) -> Option<Interval> {
        let observed = self.difference()?;
        // The statistic falls as the assumed difference grows.
        let low = crossing(-1.0, observed, |delta| self.standard_errors_above(delta) > z);
        let high = crossing(observed, 1.0, |delta| self.standard_errors_above(delta) > -z);
        Some(Interval(low, high))
    }

    /// Gives the one-sided p value of the candidate being worse by the margin (above 0) or more; none of no items.
    ///
    /// Source: Tango 1998; `gate.noninferiority` of the reference vectors.
    pub fn p_worse_by(&self, margin: f64) -> Option<f64> {
        if self.n() == 0 { None } else { Some(normal_below(-self.standard_errors_above(-margin))) }
    }

    /// How many standard errors the observed difference lies above the assumed one; of at least one item.
    pub(super) fn standard_errors_above(&self, delta: f64) -> f64 {
        let (b, c, n) = (self.broke as f64, self.fixed as f64, self.n() as f64);
        let distance = c - b - n * delta;
        let linear = -b - c + (2.0 * n - c + b) * delta;
        let constant = -b * delta * (1.0 - delta);
        let root = (linear * linear - 8.0 * n * constant).max(0.0).sqrt();
        let q = (root - linear) / (4.0 * n);
        let variance = n * (2.0 * q + delta * (1.0 - delta));
        if variance > 0.0 {
            distance / variance.sqrt()
        } else if distance == 0.0 {
            0.0
        } else {
            distance * f64::INFINITY
        }
    }

    /// Tests whether one side is better; 1 when no item changed.
    ///
    /// Source: Fagerland, Lydersen and Laake 2013; `spec/statistics.md` B.2.
    pub fn mcnemar(&self) -> Surprise {
        let changed = self.broke + self.fixed;
        let fewer = self.broke.min(self.fixed);
        if changed == 0 {
            return Surprise { exact: 1.0, mid: 1.0 };
        }
        // Of as many fair coins as items changed: this many heads, and at most this many.
        let this = libm::exp(ln_choose(changed, fewer) - changed as f64 * std::f64::consts::LN_2);
        let at_most = beta_below((changed - fewer) as f64, fewer as f64 + 1.0, 0.5);
        if self.broke == self.fixed {
            Surprise { exact: 1.0, mid: 1.0 - this }
        } else {
            Surprise { exact: (2.0 * at_most).min(1.0), mid: (2.0 * at_most - this).clamp(0.0, 1.0) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Z_95;
    use expect_test::{Expect, expect};

    fn check(table: Table, expected: Expect) {
        let Surprise { exact, mid } = table.mcnemar();
        let Some(Interval(low, high)) = table.interval(Z_95) else {
            return expected.assert_eq(&format!("no interval, p {mid} ({exact})"));
        };
        let worse = table.p_worse_by(0.05).expect("some items");
        expected.assert_eq(&format!("{low:.3} to {high:.3}, p {mid} ({exact}), worse {worse:.3}"));
    }

    #[test]
    fn no_items_tell_nothing() {
        check(Table::default(), expect!["no interval, p 1 (1)"]);
    }

    #[test]
    fn few_items_tell_little() {
        check(Table { broke: 1, ..Table::default() }, expect!["-1.000 to 0.587, p 0.5 (1), worse 0.829"]);
        check(Table { fixed: 1, ..Table::default() }, expect!["-0.587 to 1.000, p 0.5 (1), worse 0.147"]);
        check(Table { both_fail: 2, ..Table::default() }, expect!["-0.658 to 0.658, p 1 (1), worse 0.373"]);
    }

    #[test]
    fn many_items_that_all_changed_are_no_overflow() {
        check(
            Table { broke: 100_000, ..Table::default() },
            expect!["-1.000 to -1.000, p 0 (0), worse 1.000"],
        );
    }
}
