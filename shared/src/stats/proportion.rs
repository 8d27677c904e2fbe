//! The interval of a pass rate.

use super::Interval;

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// At most the whole.
    pub part: u64,
    pub whole: u64,
}

impl Share {
    /// Gives the part of 1; none of nothing.
    pub fn rate(self) -> Option<f64> {
        if self.whole == 0 { None } else { Some(self.part as f64 / self.whole as f64) }
    }

    /// Gives Wilson's interval, as [`wilson`] does.
    pub fn interval(self, z: f64) -> Option<Interval> {
        wilson(self.part, self.whole, z)
    }
}

/// Gives Wilson's interval of `passed` in `n`; none of nothing.
///
/// `z` is the normal quantile ([`super::Z_95`]). The ends are exactly 0 when nothing passed and exactly
/// 1 when everything did. Source: Wilson 1927; `spec/statistics.md` B.1.
pub fn wilson(passed: u64, n: u64, z: f64) -> Option<Interval> {
    if n == 0 || passed > n {
        return None;
    }
    let share = passed as f64 / n as f64;
    let Interval(low, high) = wilson_of_share(share, n as f64, z);
    Some(Interval(if passed == 0 { 0.0 } else { low }, if passed == n { 1.0 } else { high }))
}

/// Gives Wilson's interval of a share (0 to 1) of `n` observations, where `n` is above 0 and need not be whole.
pub(super) fn wilson_of_share(share: f64, n: f64, z: f64) -> Interval {
    let z2 = z * z;
    let shrink = 1.0 + z2 / n;
    let centre = (share + z2 / (2.0 * n)) / shrink;
    let half = z / shrink * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    Interval((centre - half).max(0.0), (centre + half).min(1.0))
}

/// Gives the worst and the best pass rate that `unscored` items could still make of `passed` in `n` scored.
///
/// None when there are no items at all. Source: Manski bounds; `spec/statistics.md` B.1.
pub fn bounds(passed: u64, n: u64, unscored: u64) -> Option<Interval> {
    let all = (n + unscored) as f64;
    if all == 0.0 { None } else { Some(Interval(passed as f64 / all, (passed + unscored) as f64 / all)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Z_90, Z_95, vectors};

    #[test]
    fn wilson_vectors() {
        let named = [
            "prop.k83_n100",
            "prop.k0_n10",
            "prop.k10_n10",
            "prop.k1_n1",
            "prop.k50_n100",
            "prop.k400_n500",
            "prop.k1_n30",
        ];
        for id in named {
            let vector = vectors::named(id);
            let count = |name: &str| vector.inputs[name].as_u64().expect("a count");
            for (name, z) in [("wilson95", Z_95), ("wilson90", Z_90)] {
                let Interval(low, high) = wilson(count("k"), count("n"), z).expect("n is above 0");
                vector.near(&[low, high], &vector.expected[name]);
            }
        }
    }

    #[test]
    fn nothing_has_no_interval() {
        assert_eq!(wilson(0, 0, Z_95), None);
        assert_eq!(bounds(0, 0, 0), None);
    }

    #[test]
    fn unscored_items_widen_the_bounds() {
        assert_eq!(bounds(8, 9, 1), Some(Interval(0.8, 0.9)));
    }
}
