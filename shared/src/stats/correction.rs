//! What a pass rate is once the judge's known mistakes are taken out of it.
//!
//! Two ways: from how often the judge is right on labelled passes and fails of before ([`Calibration`]), and
//! from labels of a random part of this very run ([`Estimate`]), which is to be preferred.

use super::proportion::Proportion;
use super::{Interval, mean};

/// How often a judge is right on what people pass, and on what they fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    pub sensitivity: f64,
    pub specificity: f64,
}

impl Accuracy {
    /// Gives Youden's J: how much of a true difference the judge shows, when it is as accurate on both sides.
    pub fn j(&self) -> f64 {
        self.sensitivity + self.specificity - 1.0
    }

    /// Gives the pass rate that the judge shows of a true one.
    pub fn seen(&self, truth: f64) -> f64 {
        truth * self.sensitivity + (1.0 - truth) * (1.0 - self.specificity)
    }

    /// Gives the true pass rate behind the one that the judge shows; none unless it tells passes from fails.
    ///
    /// It may lie outside of 0 to 1. Source: Rogan and Gladen 1978.
    pub fn truth(&self, seen: f64) -> Option<f64> {
        if self.j() > 0.0 { Some((seen + self.specificity - 1.0) / self.j()) } else { None }
    }

    /// Gives the margin to hold what the judge shows to, so that the truth keeps to the given one.
    pub fn seen_margin(&self, margin: f64) -> f64 {
        self.j().max(0.0) * margin
    }

    /// Gives how many times more items a difference needs than with a judge without mistakes.
    ///
    /// None unless the judge tells passes from fails.
    pub fn items_factor(&self) -> Option<f64> {
        if self.j() > 0.0 { Some(1.0 / self.j().powi(2)) } else { None }
    }
}

/// What a judge got right among labelled responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calibration {
    /// Of what people passed.
    pub sensitivity: Proportion,
    /// Of what people failed.
    pub specificity: Proportion,
}

/// A corrected pass rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corrected {
    pub rate: f64,
    pub interval: Interval,
}

/// Why a pass rate cannot be corrected: the calibration does not match the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("there is nothing to correct, or nothing labelled on one side")]
    Nothing,
    #[error("the judge hardly tells passes from fails")]
    Blind,
    #[error("the judge passes more than it would if everything were right")]
    MoreThanAll,
    #[error("the judge passes less than it would if nothing were right")]
    LessThanNone,
}

/// The least J with which correcting is worth anything.
const SEEING: f64 = 0.2;

impl Calibration {
    /// Gives the shares; none when nothing is labelled on one side.
    pub fn accuracy(&self) -> Option<Accuracy> {
        Some(Accuracy { sensitivity: self.sensitivity.rate()?, specificity: self.specificity.rate()? })
    }

    /// Corrects what the judge passed.
    ///
    /// # Errors
    /// Says why this calibration must not be used on these passes.
    pub fn correct(&self, passed: Proportion, z: f64) -> Result<Corrected, Mismatch> {
        let (seen, accuracy) = passed.rate().zip(self.accuracy()).ok_or(Mismatch::Nothing)?;
        if accuracy.j() < SEEING {
            return Err(Mismatch::Blind);
        }
        if seen > accuracy.sensitivity {
            return Err(Mismatch::MoreThanAll);
        }
        if seen < 1.0 - accuracy.specificity {
            return Err(Mismatch::LessThanNone);
        }
        let (rate, interval) = accuracy.truth(seen).zip(self.interval(passed, z)).ok_or(Mismatch::Blind)?;
        Ok(Corrected { rate: rate.clamp(0.0, 1.0), interval })
    }

    /// Gives the interval of the true pass rate, whether or not the calibration matches.
    ///
    /// None when there is nothing, or the judge does not tell passes from fails. Source: Lee and others
    /// 2025, arXiv 2511.21140.
    pub fn interval(&self, passed: Proportion, z: f64) -> Option<Interval> {
        self.accuracy().filter(|_| passed.whole() > 0)?;
        // Each share is moved towards a half, by which the interval holds for few items too.
        let moved = |share: Proportion, by: f64| {
            let whole = share.whole() as f64 + by;
            ((share.part as f64 + by / 2.0) / whole, whole)
        };
        let (seen, n) = moved(passed, z * z);
        let (sensitivity, passes) = moved(self.sensitivity, 2.0);
        let (specificity, fails) = moved(self.specificity, 2.0);
        let accuracy = Accuracy { sensitivity, specificity };
        let truth = accuracy.truth(seen)?;
        let of_passes = sensitivity * (1.0 - sensitivity) / passes;
        let of_fails = specificity * (1.0 - specificity) / fails;
        let centre = truth + 2.0 * z * z * (truth * of_passes - (1.0 - truth) * of_fails);
        let variance = seen * (1.0 - seen) / n + (1.0 - truth).powi(2) * of_fails + truth.powi(2) * of_passes;
        let half = z * variance.sqrt() / accuracy.j();
        Some(Interval((centre - half).clamp(0.0, 1.0), (centre + half).clamp(0.0, 1.0)))
    }
}

/// What people and the judge gave the same response, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labelled {
    pub human: f64,
    pub judge: f64,
}

/// A mean that leans on the judge's scores as far as labels show that they can be relied on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    /// How far: 0 (not at all) to 1 (fully).
    pub reliance: f64,
    pub standard_error: f64,
    pub interval: Interval,
}

impl Estimate {
    /// Estimates the mean that people would give, from labels of a random part of a run and the judge's
    /// scores of the rest.
    ///
    /// None of fewer than two labels, of nothing unlabelled, and when nothing varies. Source: Angelopoulos,
    /// Duchi and Zrnic 2023 (PPI++).
    pub fn of(labelled: &[Labelled], unlabelled: &[f64], z: f64) -> Option<Self> {
        let (n, rest) = (labelled.len() as f64, unlabelled.len() as f64);
        if labelled.len() < 2 || unlabelled.is_empty() {
            return None;
        }
        let judged: Vec<f64> = labelled.iter().map(|both| both.judge).collect();
        let human: Vec<f64> = labelled.iter().map(|both| both.human).collect();
        let all: Vec<f64> = judged.iter().chain(unlabelled).copied().collect();
        let spread = mean::deviation(&all)?.powi(2);
        let covariance = covariance(&human, &judged)?;
        let reliance =
            if spread > 0.0 { (covariance / ((1.0 + n / rest) * spread)).clamp(0.0, 1.0) } else { 0.0 };
        let corrections: Vec<f64> = labelled.iter().map(|both| both.human - reliance * both.judge).collect();
        let estimate = reliance * mean::of(unlabelled)? + mean::of(&corrections)?;
        let variance = reliance.powi(2) * self::covariance(unlabelled, unlabelled)? / rest
            + self::covariance(&corrections, &corrections)? / n;
        let standard_error = variance.sqrt();
        let interval = Interval(estimate - z * standard_error, estimate + z * standard_error);
        if standard_error > 0.0 {
            Some(Self { mean: estimate, reliance, standard_error, interval })
        } else {
            None
        }
    }
}

/// Gives how much two lists vary together, divided by their length; none of nothing.
fn covariance(one: &[f64], other: &[f64]) -> Option<f64> {
    let (centre, other_centre) = (mean::of(one)?, mean::of(other)?);
    let products: Vec<f64> =
        one.iter().zip(other).map(|(one, other)| (one - centre) * (other - other_centre)).collect();
    mean::of(&products)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Z_95;
    use expect_test::{Expect, expect};

    fn check(passed: (u64, u64), sensitivity: (u64, u64), specificity: (u64, u64), expected: Expect) {
        let share = |(part, whole)| Proportion::of(part, whole).expect("a part");
        let calibration = Calibration { sensitivity: share(sensitivity), specificity: share(specificity) };
        expected.assert_eq(&match calibration.correct(share(passed), Z_95) {
            Ok(Corrected { rate, interval: Interval(low, high) }) => {
                format!("{rate:.3} in {low:.3} to {high:.3}")
            }
            Err(mismatch) => mismatch.to_string(),
        });
    }

    #[test]
    fn a_judge_without_known_mistakes_is_still_not_certain() {
        check((80, 100), (30, 30), (30, 30), expect!["0.800 in 0.713 to 0.912"]);
        check((2, 2), (1, 1), (1, 1), expect!["1.000 in 0.000 to 1.000"]);
    }

    #[test]
    fn a_calibration_that_does_not_match_is_not_used() {
        check(
            (0, 0),
            (9, 10),
            (9, 10),
            expect!["there is nothing to correct, or nothing labelled on one side"],
        );
        check(
            (5, 10),
            (0, 0),
            (9, 10),
            expect!["there is nothing to correct, or nothing labelled on one side"],
        );
        check((5, 10), (5, 10), (5, 10), expect!["the judge hardly tells passes from fails"]);
        check(
            (99, 100),
            (8, 10),
            (9, 10),
            expect!["the judge passes more than it would if everything were right"],
        );
        check(
            (1, 100),
            (8, 10),
            (8, 10),
            expect!["the judge passes less than it would if nothing were right"],
        );
    }

    #[test]
    fn labels_that_tell_nothing_give_no_estimate() {
        let label = Labelled { human: 1.0, judge: 1.0 };
        assert_eq!(Estimate::of(&[], &[1.0], Z_95), None);
        assert_eq!(Estimate::of(&[label], &[1.0], Z_95), None);
        assert_eq!(Estimate::of(&[label; 2], &[], Z_95), None);
        assert_eq!(Estimate::of(&[label; 3], &[1.0; 3], Z_95), None);
    }

    #[test]
    fn half_the_judges_sight_needs_four_times_the_items() {
        let judge = Accuracy { sensitivity: 0.75, specificity: 0.75 };
        assert_eq!((judge.seen_margin(0.1), judge.items_factor()), (0.05, Some(4.0)));
        assert_eq!(Accuracy { sensitivity: 0.5, specificity: 0.5 }.items_factor(), None);
    }
}
