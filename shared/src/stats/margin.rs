//! The gate: is the candidate at least not worse than the base by more than a margin?

use serde::{Deserialize, Serialize};

use super::Interval;

/// What the interval of a difference says about a margin that was chosen before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Better than the base.
    Better,
    /// Worse by less than the margin, if at all.
    NonInferior,
    /// Worse, by less than the margin.
    WorseWithinMargin,
    /// Worse by more than the margin.
    Fail,
    /// Worse, perhaps by more than the margin.
    FailSignificantlyWorse,
    /// There is not enough data to tell.
    Inconclusive,
}

/// Decides by the interval of the candidate's mean or rate minus the base's, and a margin of 0 or more.
///
/// The interval is two-sided 90 %, which is one-sided 95 % at each end. Source: `spec/statistics.md` B.2.
pub fn decide(Interval(low, high): Interval, margin: f64) -> Decision {
    let within = low > -margin;
    if low > 0.0 {
        Decision::Better
    } else if within && high < 0.0 {
        Decision::WorseWithinMargin
    } else if within {
        Decision::NonInferior
    } else if high < -margin {
        Decision::Fail
    } else if high < 0.0 {
        Decision::FailSignificantlyWorse
    } else {
        Decision::Inconclusive
    }
}

impl Decision {
    /// Tells whether the candidate may replace the base.
    pub fn ships(self) -> bool {
        matches!(self, Self::Better | Self::NonInferior | Self::WorseWithinMargin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(low: f64, high: f64, expected: Expect) {
        let decision = decide(Interval(low, high), 0.05);
        expected.assert_eq(&format!("{decision:?}, {}", if decision.ships() { "ship" } else { "do not" }));
    }

    #[test]
    fn an_interval_that_reaches_beyond_the_margin_decides_nothing() {
        check(-0.06, 0.01, expect!["Inconclusive, do not"]);
        check(-0.05, 0.01, expect!["Inconclusive, do not"]);
        check(-0.06, -0.01, expect!["FailSignificantlyWorse, do not"]);
        check(-0.09, -0.06, expect!["Fail, do not"]);
    }

    #[test]
    fn an_interval_within_the_margin_ships() {
        check(-0.04, 0.01, expect!["NonInferior, ship"]);
        check(-0.04, -0.01, expect!["WorseWithinMargin, ship"]);
        check(0.0, 0.0, expect!["NonInferior, ship"]);
        check(0.01, 0.02, expect!["Better, ship"]);
    }
}
