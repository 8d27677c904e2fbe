//! Two pass rates over the same items.

use super::Interval;

/// Gives Tango's score interval of the difference of pass rates, new minus original; none of no items.
///
/// `broke` items passed and no longer do, `fixed` items did not and now do, out of `n` that are scored on
/// both sides. `z` is the normal quantile ([`super::Z_95`]). Source: Tango 1998; `spec/statistics.md` B.2.
pub fn difference(broke: u64, fixed: u64, n: u64, z: f64) -> Option<Interval> {
    if n == 0 || broke + fixed > n {
        return None;
    }
    let (b, c, n) = (broke as f64, fixed as f64, n as f64);
    let observed = (c - b) / n;
    // The statistic falls as the assumed difference grows.
    let low = crossing(-1.0, observed, |delta| statistic(b, c, n, delta) > z);
    let high = crossing(observed, 1.0, |delta| statistic(b, c, n, delta) > -z);
    Some(Interval(low, high))
}

/// How many standard errors the observed difference lies above the assumed one.
fn statistic(b: f64, c: f64, n: f64, delta: f64) -> f64 {
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

/// Finds where a condition that holds at the low end and not at the high end stops to hold.
fn crossing(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Z_95, vectors};

    #[test]
    fn tango_vectors() {
        let named = ["36_12_2_0", "150_10_20_20", "80_5_5_10", "90_0_0_10", "100_0_0_0"];
        for name in named {
            let vector = vectors::named(&format!("pairdiff.{name}"));
            let count = |name: &str| vector.inputs[name].as_u64().expect("a count");
            let (broke, fixed) = (count("b_old_only"), count("c_new_only"));
            let n = count("a_both_pass") + broke + fixed + count("d_both_fail");
            let Interval(low, high) = difference(broke, fixed, n, Z_95).expect("n is above 0");
            vector.near(&[low, high], &vector.expected["tango_95"]);
        }
    }

    #[test]
    fn one_item_tells_little_and_none_tells_nothing() {
        assert_eq!(difference(0, 0, 0, Z_95), None);
        let Interval(low, high) = difference(1, 0, 1, Z_95).expect("one item");
        assert!(low == -1.0 && high > 0.0, "{low} {high}");
    }
}
