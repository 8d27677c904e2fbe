//! What a judge chooses where it gives no level, and the level that comes of it.

use serde::{Deserialize, Serialize};

use crate::score::{Level, MeanLevel};

/// A choice out of a few words, from the point of view of the response that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Its facts are a part of the original's.
    #[serde(rename = "A")]
    A,
    /// It has all of the original's facts, and more.
    #[serde(rename = "B")]
    B,
    /// It has the same facts.
    #[serde(rename = "C")]
    C,
    /// It contradicts the original.
    #[serde(rename = "D")]
    D,
    /// It differs, but in nothing that matters for the facts.
    #[serde(rename = "E")]
    E,
    MuchBetter,
    SlightlyBetter,
    Equal,
    SlightlyWorse,
    MuchWorse,
}

/// The level of each option of a factuality question. Part of the judge's version: other tools have other maps.
pub const FACTUALITY: [(Choice, Level); 5] = [
    (Choice::A, Level::of(2)),
    (Choice::B, Level::of(4)),
    (Choice::C, Level::of(5)),
    (Choice::D, Level::of(0)),
    (Choice::E, Level::of(5)),
];

impl Choice {
    /// Gives the level of the choice alone.
    ///
    /// For a comparison it is that of two orders that agree on it, rounded down.
    pub fn level(self) -> Level {
        match (FACTUALITY.iter().find(|(choice, _)| *choice == self), self) {
            (Some((_, level)), _) => *level,
            (None, Self::MuchBetter) => Level::of(5),
            (None, Self::SlightlyBetter | Self::Equal) => Level::of(4),
            (None, Self::SlightlyWorse) => Level::of(2),
            (None, _) => Level::of(0),
        }
    }

    /// Gives the score of a comparison in quarters, 0 to 4; none for other choices.
    pub fn quarters(self) -> Option<u8> {
        match self {
            Self::MuchBetter => Some(4),
            Self::SlightlyBetter => Some(3),
            Self::Equal => Some(2),
            Self::SlightlyWorse => Some(1),
            Self::MuchWorse => Some(0),
            Self::A | Self::B | Self::C | Self::D | Self::E => None,
        }
    }

    /// Gives the same choice as the other response sees it.
    pub fn turned(self) -> Self {
        match self {
            Self::MuchBetter => Self::MuchWorse,
            Self::SlightlyBetter => Self::SlightlyWorse,
            Self::SlightlyWorse => Self::SlightlyBetter,
            Self::MuchWorse => Self::MuchBetter,
            other => other,
        }
    }
}

/// Gives the level of a comparison in both orders, from the quarters of each.
///
/// Piecewise linear, so that "not worse than today" (a mean of one half) is exactly level 4: with k eighths,
/// the level is k up to 4, and 4 + (k - 4) / 4 above.
pub fn level_of_orders(first: u8, second: u8) -> MeanLevel {
    let eighths = first.min(4) + second.min(4);
    let quarters = if eighths <= 4 { eighths * 4 } else { 12 + eighths };
    MeanLevel::of_quarters(quarters)
}

/// Tells whether two orders pick different responses.
pub fn is_inconsistent(first: u8, second: u8) -> bool {
    (first > 2 && second < 2) || (first < 2 && second > 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(levels: impl Iterator<Item = f64>, expected: Expect) {
        expected.assert_eq(&format!("{:?}", levels.collect::<Vec<_>>()));
    }

    #[test]
    fn not_worse_than_today_is_exactly_the_passing_level() {
        let levels = (0..=8).map(|eighths: u8| level_of_orders(eighths.min(4), eighths.saturating_sub(4)));
        check(levels.map(MeanLevel::value), expect!["[0.0, 1.0, 2.0, 3.0, 4.0, 4.25, 4.5, 4.75, 5.0]"]);
        assert!(level_of_orders(2, 2).passes() && level_of_orders(4, 0).passes());
        assert!(!level_of_orders(2, 1).passes());
    }

    #[test]
    fn a_choice_has_the_level_of_two_orders_that_agree_rounded_down() {
        use Choice::{Equal, MuchBetter, MuchWorse, SlightlyBetter, SlightlyWorse};
        for choice in [MuchBetter, SlightlyBetter, Equal, SlightlyWorse, MuchWorse] {
            let quarters = choice.quarters().expect("a comparison");
            let level = level_of_orders(quarters, quarters).value().floor();
            assert_eq!(f64::from(choice.level().number()), level, "{choice:?}");
            assert_eq!(choice.turned().quarters(), Some(4 - quarters), "{choice:?}");
        }
    }

    #[test]
    fn orders_that_pick_different_responses_are_inconsistent() {
        assert!(is_inconsistent(4, 1) && is_inconsistent(0, 3));
        assert!(!is_inconsistent(2, 0) && !is_inconsistent(3, 4) && !is_inconsistent(2, 2));
    }
}
