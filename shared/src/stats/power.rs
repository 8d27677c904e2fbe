//! How many items a question needs, and what so many items can tell.
//!
//! Variances are those of an item's difference between two runs: squared, the deviation of score
//! differences; for pass rates, the share of items that change.

pub mod gate;
mod noncentral;

use super::proportion::wilson_half;
use super::special::{crossing, normal_quantile, t_quantile};
use super::{Z_90, Z_95};

/// How often a test may be wrong, and how often it must find what is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aim {
    /// The chance of finding what is not there, and of finding what is. Both above 0 and below 1.
    alpha: f64,
    power: f64,
    /// Their normal quantiles: two-sided, one-sided, and of the power.
    two_sided: f64,
    one_sided: f64,
    found: f64,
}

impl Default for Aim {
    /// Wrong in 5 % of cases, right in 80 %.
    fn default() -> Self {
        Self { alpha: 0.05, power: 0.8, two_sided: Z_95, one_sided: Z_90, found: 0.841_621_233_572_914_3 }
    }
}

/// A source of noise, averaged over repeats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Averaged {
    pub variance: f64,
    /// Above 0.
    pub repeats: u64,
}

/// Gives the variance of an item's difference, its own and the noise of both runs.
///
/// Source: Miller 2024.
pub fn variance(items: f64, base: Averaged, candidate: Averaged) -> f64 {
    let noise = |run: Averaged| run.variance / run.repeats.max(1) as f64;
    items + noise(base) + noise(candidate)
}

impl Aim {
    /// Takes the chance of a false finding and that of a true one; none unless both are above 0 and below 1.
    pub fn of(alpha: f64, power: f64) -> Option<Self> {
        Some(Self {
            alpha,
            power,
            two_sided: normal_quantile(1.0 - alpha / 2.0)?,
            one_sided: normal_quantile(1.0 - alpha)?,
            found: normal_quantile(power)?,
        })
    }

    /// Gives how many items show a mean difference; none when there is no difference or nothing varies.
    pub fn items(&self, variance: f64, difference: f64) -> Option<u64> {
        whole((self.two_sided + self.found).powi(2) * variance / difference.powi(2))
    }

    /// Gives how many items show a mean difference by Student's test, as few items need.
    ///
    /// None when there is no difference or nothing varies.
    pub fn items_by_t(&self, variance: f64, difference: f64) -> Option<u64> {
        let least = self.items(variance, difference)?.max(2);
        let effect = difference.abs() / variance.sqrt();
        // The normal answer falls short by two or three items, and for very few by some more.
        (least..least.saturating_add(100))
            .find(|&n| self.power_by_t(effect, n).is_some_and(|power| power >= self.power))
    }

    fn power_by_t(&self, effect: f64, n: u64) -> Option<f64> {
        let freedom = n as f64 - 1.0;
        let limit = t_quantile(1.0 - self.alpha / 2.0, freedom)?;
        let shift = effect * (n as f64).sqrt();
        Some(noncentral::above(limit, freedom, shift) + noncentral::above(limit, freedom, -shift))
    }

    /// Gives how many items show that a candidate as good as the base is not worse by the margin.
    ///
    /// None when there is no margin or nothing varies.
    pub fn items_for_margin(&self, variance: f64, margin: f64) -> Option<u64> {
        whole((self.one_sided + self.found).powi(2) * variance / margin.powi(2))
    }

    /// Gives how many items show a difference of pass rates, by the share of items that change.
    ///
    /// None when there is no difference, or it is larger than that share. Source: Connor 1987.
    pub fn items_for_rates(&self, discordance: f64, difference: f64) -> Option<u64> {
        if difference.abs() > discordance {
            return None;
        }
        let squared = difference.powi(2);
        let root = self.two_sided * discordance.sqrt() + self.found * (discordance - squared).sqrt();
        whole(root.powi(2) / squared)
    }

    /// Gives the smallest mean difference that so many items show.
    ///
    /// None of no items, and when nothing varies.
    pub fn detectable(&self, variance: f64, n: u64) -> Option<f64> {
        Some((self.two_sided + self.found) * error(variance, n)?)
    }

    /// Gives the smallest difference of pass rates that so many items show.
    ///
    /// None when they show none that is possible.
    pub fn detectable_rates(&self, discordance: f64, n: u64) -> Option<f64> {
        let enough =
            |difference: f64| self.items_for_rates(discordance, difference).is_some_and(|items| items <= n);
        if enough(discordance) {
            Some(crossing(0.0, discordance, |difference| !enough(difference)))
        } else {
            None
        }
    }

    /// Gives the smallest margin that so many items can hold a candidate as good as the base to.
    ///
    /// None of no items, and when nothing varies.
    pub fn detectable_margin(&self, variance: f64, n: u64) -> Option<f64> {
        Some((self.one_sided + self.found) * error(variance, n)?)
    }
}

/// Gives how many items make Wilson's interval of a pass rate at most so wide to either side.
///
/// None unless the rate is from 0 to 1 and the width above 0.
pub fn items_for_width(rate: f64, half_width: f64, z: f64) -> Option<u64> {
    if !((0.0..=1.0).contains(&rate) && half_width > 0.0) {
        return None;
    }
    let wide = |n: u64| wilson_half(rate, n as f64, z) > half_width;
    let mut high = 1_u64;
    while wide(high) {
        high = high.checked_mul(2)?;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if wide(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

/// The standard error of a mean; none of no items, and when nothing varies.
fn error(variance: f64, n: u64) -> Option<f64> {
    if n > 0 && variance > 0.0 { Some((variance / n as f64).sqrt()) } else { None }
}

fn whole(items: f64) -> Option<u64> {
    if items > 0.0 && items.is_finite() { Some(items.ceil() as u64) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(variance: f64, n: u64, expected: Expect) {
        let aim = Aim::default();
        let told = [
            aim.detectable(variance, n),
            aim.detectable_rates(variance, n),
            aim.detectable_margin(variance, n),
        ];
        expected.assert_eq(&format!("{told:.3?}"));
    }

    #[test]
    fn no_items_tell_nothing() {
        check(0.1, 0, expect!["[None, None, None]"]);
        check(0.1, 1, expect!["[Some(0.886), None, Some(0.786)]"]);
        check(0.1, 2, expect!["[Some(0.626), None, Some(0.556)]"]);
    }

    #[test]
    fn what_does_not_vary_tells_nothing() {
        check(0.0, 10, expect!["[None, None, None]"]);
    }

    #[test]
    fn no_difference_is_never_shown() {
        let aim = Aim::default();
        assert_eq!((aim.items(0.0, 0.1), aim.items_by_t(0.0, 0.1)), (None, None));
        assert_eq!((aim.items(0.1, 0.0), aim.items_by_t(0.1, 0.0)), (None, None));
        assert_eq!((aim.items_for_margin(0.1, 0.0), aim.items_for_rates(0.1, 0.0)), (None, None));
        assert_eq!((aim.items_for_rates(0.1, 0.2), items_for_width(0.5, 0.0, Z_95)), (None, None));
        assert_eq!(items_for_width(0.5, 1e-30, Z_95), None);
        assert_eq!((Aim::of(0.0, 0.8), Aim::of(0.05, 1.0)), (None, None));
    }
}
