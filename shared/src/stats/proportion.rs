//! The interval of a pass rate.

use super::Interval;

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    pub part: u64,
    /// What of the whole is not in the part.
    pub rest: u64,
}

impl Proportion {
    /// Takes a part of a whole; none when it is more.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        Some(Self { part, rest: whole.checked_sub(part)? })
    }

    /// Gives the whole.
    pub fn whole(self) -> u64 {
        self.part + self.rest
    }

    /// Gives the part of 1; none of nothing.
    pub fn rate(self) -> Option<f64> {
        if self.whole() == 0 { None } else { Some(self.part as f64 / self.whole() as f64) }
    }

    /// Gives Wilson's interval; none of nothing.
    ///
    /// `z` is the normal quantile ([`super::Z_95`]). The ends are exactly 0 when nothing passed and exactly
    /// 1 when everything did. Source: Wilson 1927; `spec/statistics.md` B.1.
    pub fn interval(self, z: f64) -> Option<Interval> {
        self.interval_as_of(self.whole() as f64, z)
    }

    /// Gives Wilson's interval as if the rate were that of `n` observations, above 0 and not always whole.
    pub fn interval_as_of(self, n: f64, z: f64) -> Option<Interval> {
        let rate = self.rate().filter(|_| n > 0.0)?;
        let Interval(low, high) = wilson_of_share(rate, n, z);
        Some(Interval(if self.part == 0 { 0.0 } else { low }, if self.rest == 0 { 1.0 } else { high }))
    }
}

/// Gives Wilson's interval of `passed` in `n`; none of nothing, and of fewer than passed.
pub fn wilson(passed: u64, n: u64, z: f64) -> Option<Interval> {
    Proportion::of(passed, n)?.interval(z)
}

/// Gives Wilson's interval of a share (0 to 1) of `n` observations, above 0 and not always whole.
pub(super) fn wilson_of_share(share: f64, n: f64, z: f64) -> Interval {
    let z2 = z * z;
    let shrink = 1.0 + z2 / n;
    let centre = (share + z2 / (2.0 * n)) / shrink;
    let half = wilson_half(share, n, z);
    Interval((centre - half).max(0.0), (centre + half).min(1.0))
}

/// Gives how far Wilson's interval reaches to either side of its centre.
pub(super) fn wilson_half(share: f64, n: f64, z: f64) -> f64 {
    let z2 = z * z;
    z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt()
}

/// Gives the highest share of failures that is likely when none of `n` failed; none of nothing.
///
/// One-sided: at a truth above it, no failure would be seen in a share `alpha` of samples at most.
/// Source: 1 − alpha^(1/n), exact.
pub fn most_failures(n: u64, alpha: f64) -> Option<f64> {
    if n == 0 { None } else { Some(-libm::expm1(libm::log(alpha) / n as f64)) }
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
    use crate::stats::Z_95;

    #[test]
    fn nothing_has_no_interval() {
        assert_eq!(wilson(0, 0, Z_95), None);
        assert_eq!(bounds(0, 0, 0), None);
        assert_eq!(most_failures(0, 0.05), None);
    }

    #[test]
    fn unscored_items_widen_the_bounds() {
        assert_eq!(bounds(8, 9, 1), Some(Interval(0.8, 0.9)));
    }
}
