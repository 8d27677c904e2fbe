//! Shares that people ask for: a margin, a pass rate to reach, a threshold. Held in millionths.
//!
//! Leaves out shares that are measured: those are floats with an interval.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;

const MICRO: u32 = 1_000_000;

/// A share from 0 to 1, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(u32);

/// The number is not a share of one.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a share; a share is from 0 to 1, such as 0.05 for five points")]
pub struct NotAShare(f64);

impl Share {
    /// How many points of pass rate a change may cost, unless somebody says otherwise: five.
    pub const MARGIN: Self = Self(50_000);

    /// All of it.
    pub const WHOLE: Self = Self(MICRO);

    /// The score from which an item passes, unless somebody says otherwise.
    pub const THRESHOLD: Self = Self(800_000);

    /// Gives millionths.
    pub fn micro(self) -> u32 {
        self.0
    }

    /// Gives the share as a number from 0 to 1.
    pub fn value(self) -> f64 {
        f64::from(self.0) / f64::from(MICRO)
    }

    /// Gives the share in points of a hundred: 5 for 0.05.
    pub fn points(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// Tells whether `part` of `whole` is this share or more; in integers, so that 83 of 100 reach 0.83.
    pub fn is_reached(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(MICRO) >= u128::from(self.0) * u128::from(whole)
    }
}

impl TryFrom<f64> for Share {
    type Error = NotAShare;

    fn try_from(value: f64) -> Result<Self, NotAShare> {
        let fits = (0.0..=1.0).contains(&value);
        if fits { Ok(Self((value * f64::from(MICRO)).round() as u32)) } else { Err(NotAShare(value)) }
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        share.value()
    }
}

impl std::str::FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Decimal(value) = text.parse().map_err(|_| format!("\"{text}\" is not a number from 0 to 1"))?;
        Self::try_from(value).map_err(|error| error.to_string())
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, part: u64, whole: u64, expected: Expect) {
        let share: Result<Share, _> = text.parse();
        expected.assert_eq(&share.map_or_else(
            |error| error,
            |share| format!("{share} {}", if share.is_reached(part, whole) { "reached" } else { "missed" }),
        ));
    }

    #[test]
    fn a_share_is_reached_to_the_last_item() {
        check("0.83", 83, 100, expect!["0.83 reached"]);
        check("0.830001", 83, 100, expect!["0.830001 missed"]);
        check("0.7", 7, 10, expect!["0.7 reached"]);
        check("1", 9, 10, expect!["1 missed"]);
        check("0", 0, 10, expect!["0 reached"]);
    }

    #[test]
    fn what_is_not_a_share_is_refused() {
        check("80", 1, 1, expect!["80 is not a share; a share is from 0 to 1, such as 0.05 for five points"]);
        check("NaN", 1, 1, expect![[r#""NaN" is not a number from 0 to 1"#]]);
    }
}
