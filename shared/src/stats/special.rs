//! The functions that tests and intervals are made of: normal, Student's t, beta and gamma.
//!
//! Their inputs are checked where they come from: here, what has no answer gives none or an end of the
//! range. All are right to 1e-9 or better.

use std::f64::consts::SQRT_2;

/// How often an interval is halved until it is as narrow as a float can tell.
const HALVINGS: usize = 100;

/// Gives the share of a standard normal distribution that lies below `x`.
pub fn normal_below(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// Gives the two-sided p value of a standard normal statistic.
pub fn normal_p(z: f64) -> f64 {
    libm::erfc(z.abs() / SQRT_2)
}

/// Gives the number that a share of a standard normal distribution lies below; none unless 0 < `share` < 1.
pub fn normal_quantile(share: f64) -> Option<f64> {
    quantile(share, |x| normal_below(-x))
}

/// Gives the two-sided p value of Student's t; `freedom` is above 0 and need not be whole.
pub fn t_p(t: f64, freedom: f64) -> f64 {
    beta_below(freedom / 2.0, 0.5, freedom / (freedom + t * t))
}

/// Gives the number that a share of Student's distribution lies below; none unless 0 < `share` < 1 and
/// `freedom` is above 0.
pub fn t_quantile(share: f64, freedom: f64) -> Option<f64> {
    if freedom > 0.0 { quantile(share, |x| t_p(x, freedom) / 2.0) } else { None }
}

/// Finds where a symmetric distribution has this share below it. `above` gives the share above an x of 0 or more.
fn quantile(share: f64, above: impl Fn(f64) -> f64) -> Option<f64> {
    if !(share > 0.0 && share < 1.0) {
        return None;
    }
    if share == 0.5 {
        return Some(0.0);
    }
    // The smaller tail, which a float holds to more digits.
    let tail = share.min(1.0 - share);
    let mut high = 1.0;
    while above(high) > tail {
        high *= 2.0;
    }
    let size = crossing(0.0, high, |x| above(x) > tail);
    Some(if share < 0.5 { -size } else { size })
}

/// Finds where a condition that holds at the low end and not at the high end stops to hold.
pub(super) fn crossing(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if middle == low || middle == high {
            break;
        }
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Gives the logarithm of the gamma function; `x` is above 0.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Gives the logarithm of the number of ways to choose `k` of `n`; `k` is at most `n`.
pub fn ln_choose(n: u64, k: u64) -> f64 {
    let ln_factorial = |n: u64| ln_gamma(n as f64 + 1.0);
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// Gives the logarithm of the beta function; `a` and `b` are above 0.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// Gives the share of a beta distribution that lies below `x`: the regularised incomplete beta function.
///
/// `a` and `b` are above 0. Source: its continued fraction, DLMF 8.17.22, evaluated by Lentz's method.
pub fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else if x <= (a + 1.0) / (a + b + 2.0) {
        front(a, b, x) * fraction(a, b, x) / a
    } else {
        // The fraction converges fast only on the other side of the mean.
        1.0 - front(a, b, x) * fraction(b, a, 1.0 - x) / b
    }
}

fn front(a: f64, b: f64, x: f64) -> f64 {
    libm::exp(a * libm::log(x) + b * libm::log1p(-x) - ln_beta(a, b))
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut numerator = 1.0;
    let mut denominator = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = denominator;
    // The terms needed grow with the root of the larger parameter: a few dozen, for a million items a thousand.
    for step in 1..10_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            denominator = 1.0 / away_from_zero(1.0 + term * denominator);
            numerator = away_from_zero(1.0 + term / numerator);
            change = numerator * denominator;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(values: &[Option<f64>], expected: Expect) {
        expected.assert_eq(&format!("{values:?}"));
    }

    #[test]
    fn the_ends_have_no_quantile() {
        check(
            &[normal_quantile(0.0), normal_quantile(1.0), normal_quantile(f64::NAN)],
            expect!["[None, None, None]"],
        );
        check(
            &[t_quantile(0.0, 3.0), t_quantile(0.9, 0.0), t_quantile(0.5, 3.0)],
            expect!["[None, None, Some(0.0)]"],
        );
    }

    #[test]
    fn far_tails_are_small_and_never_negative() {
        check(
            &[Some(normal_below(-50.0)), Some(normal_p(50.0)), Some(t_p(1e9, 100_000.0))],
            expect!["[Some(0.0), Some(0.0), Some(0.0)]"],
        );
        check(
            &[Some(beta_below(3.0, 2.0, -1.0)), Some(beta_below(3.0, 2.0, 2.0))],
            expect!["[Some(0.0), Some(1.0)]"],
        );
    }
}
