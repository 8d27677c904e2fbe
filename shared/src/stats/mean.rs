//! The mean of scores and its interval.

use super::correlation::varies;
use super::proportion::wilson_of_share;
use super::special::t_quantile;
use super::{Interval, sum};

/// Gives the mean; none of nothing.
pub fn of(scores: &[f64]) -> Option<f64> {
    if scores.is_empty() { None } else { Some(sum(scores.iter().copied()) / scores.len() as f64) }
}

/// Gives the standard deviation; none of fewer than two.
pub fn deviation(scores: &[f64]) -> Option<f64> {
    let mean = of(scores)?;
    if scores.len() < 2 {
        return None;
    }
    // The mean of equal numbers need not be that number, to the last digit.
    if !varies(scores) {
        return Some(0.0);
    }
    let squares = sum(scores.iter().map(|score| (score - mean).powi(2)));
    Some((squares / (scores.len() as f64 - 1.0)).sqrt())
}

/// Gives the standard error of the mean; none of fewer than two.
pub fn standard_error(scores: &[f64]) -> Option<f64> {
    Some(deviation(scores)? / (scores.len() as f64).sqrt())
}

/// Gives Student's interval of the mean that holds the truth with this confidence (0 to 1).
///
/// None of fewer than two, and when all are equal: that nothing varied does not make the mean certain. For
/// scores from 0 to 1 use [`interval`], which is right for few and for near-perfect ones too.
pub fn t_interval(scores: &[f64], confidence: f64) -> Option<Interval> {
    let (mean, error) = (of(scores)?, standard_error(scores)?);
    let quantile = t_quantile(f64::midpoint(1.0, confidence), scores.len() as f64 - 1.0)?;
    if error > 0.0 { Some(Interval(mean - quantile * error, mean + quantile * error)) } else { None }
}

/// Gives the dispersion-scaled Wilson interval of the mean of scores from 0 to 1; none of nothing.
///
/// On scores that are all 0 or 1 it is Wilson's interval. Source: `spec/statistics.md` B.1.
pub fn interval(scores: &[f64], z: f64) -> Option<Interval> {
    interval_as_of_fewer(scores, 1.0, z)
}

/// Gives that interval as if the scores were so many times fewer, by their design effect of 1 or more.
pub fn interval_as_of_fewer(scores: &[f64], times: f64, z: f64) -> Option<Interval> {
    let mean = of(scores)?;
    let n = scores.len() as f64 / times;
    let phi = dispersion(scores);
    let Interval(low, high) = wilson_of_share(mean.clamp(0.0, 1.0), n / phi, z);
    // Rounding must not keep a perfect run from its exact end.
    let all = |end: f64| scores.iter().all(|&score| score == end);
    Some(Interval(if all(0.0) { 0.0 } else { low }, if all(1.0) { 1.0 } else { high }))
}

/// Gives how much less the scores spread than coins of the same mean would: above 0, at most 1.
pub fn dispersion(scores: &[f64]) -> f64 {
    let n = scores.len() as f64;
    let shrunk = (sum(scores.iter().copied()) + 1.0) / (n + 2.0);
    let squares = sum(scores.iter().map(|score| (score - shrunk).powi(2)));
    let variance = (squares + shrunk.powi(2) + (1.0 - shrunk).powi(2)) / (n + 1.0);
    (variance / (shrunk * (1.0 - shrunk))).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Z_95;
    use expect_test::{Expect, expect};

    fn check(scores: &[f64], expected: Expect) {
        let within = |interval: Option<Interval>| {
            interval.map_or("no interval".to_owned(), |Interval(low, high)| format!("{low:.3} to {high:.3}"))
        };
        let (wilson, t) = (within(interval(scores, Z_95)), within(t_interval(scores, 0.95)));
        expected.assert_eq(&format!("{:?} ± {:.3?}, {wilson}, t {t}", of(scores), deviation(scores)));
    }

    #[test]
    fn nothing_has_no_mean() {
        check(&[], expect!["None ± None, no interval, t no interval"]);
    }

    #[test]
    fn one_score_does_not_spread() {
        check(&[0.8], expect!["Some(0.8) ± None, 0.133 to 0.990, t no interval"]);
    }

    #[test]
    fn what_does_not_vary_is_not_certain() {
        check(&[0.8; 3], expect!["Some(0.8000000000000002) ± Some(0.000), 0.349 to 0.968, t no interval"]);
        check(&[1.0; 2], expect!["Some(1.0) ± Some(0.000), 0.342 to 1.000, t no interval"]);
        check(&[0.0; 2], expect!["Some(0.0) ± Some(0.000), 0.000 to 0.658, t no interval"]);
    }

    #[test]
    fn two_scores_tell_little() {
        check(&[0.6, 0.8], expect!["Some(0.7) ± Some(0.141), 0.206 to 0.955, t -0.571 to 1.971"]);
    }
}
