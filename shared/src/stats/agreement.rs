//! How well a judge agrees with people, beyond what chance would give.
//!
//! Leaves out what follows from it: whether a judge may gate, and how a rate is corrected.

pub mod alpha;
pub mod kappa;

use serde::{Deserialize, Serialize};

use super::Interval;
use super::proportion::Proportion;
use kappa::{Matrix, Weights};

/// How often a judge and people passed the same responses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Confusion {
    pub both_pass: u64,
    /// Passed by the judge and failed by people.
    pub judge_only: u64,
    /// Passed by people and failed by the judge.
    pub human_only: u64,
    pub both_fail: u64,
}

impl Confusion {
    /// Counts pairs of whether the judge and whether people passed a response.
    pub fn of(pairs: impl Iterator<Item = (bool, bool)>) -> Self {
        let mut confusion = Self::default();
        for pair in pairs {
            match pair {
                (true, true) => confusion.both_pass += 1,
                (true, false) => confusion.judge_only += 1,
                (false, true) => confusion.human_only += 1,
                (false, false) => confusion.both_fail += 1,
            }
        }
        confusion
    }

    /// Gives the responses that the judge got right, of all.
    pub fn accuracy(&self) -> Proportion {
        Proportion { part: self.both_pass + self.both_fail, rest: self.judge_only + self.human_only }
    }

    /// Gives what the judge passed, of what people passed.
    pub fn sensitivity(&self) -> Proportion {
        Proportion { part: self.both_pass, rest: self.human_only }
    }

    /// Gives what the judge failed, of what people failed.
    pub fn specificity(&self) -> Proportion {
        Proportion { part: self.both_fail, rest: self.judge_only }
    }

    /// Gives what people passed, of what the judge passed.
    pub fn precision(&self) -> Proportion {
        Proportion { part: self.both_pass, rest: self.judge_only }
    }

    /// Gives what people failed, of what the judge failed.
    pub fn negative_precision(&self) -> Proportion {
        Proportion { part: self.both_fail, rest: self.human_only }
    }

    /// Gives the harmonic mean of precision and sensitivity: F1. None when nobody passed anything.
    pub fn f1(&self) -> Option<f64> {
        Proportion { part: 2 * self.both_pass, rest: self.judge_only + self.human_only }.rate()
    }

    /// Gives the mean of sensitivity and specificity; none unless people passed some and failed some.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some(f64::midpoint(self.sensitivity().rate()?, self.specificity().rate()?))
    }

    /// Gives Youden's J, what the judge sees of a difference: sensitivity + specificity − 1, -1 to 1.
    ///
    /// None unless people passed some and failed some.
    pub fn j(&self) -> Option<f64> {
        Some(self.sensitivity().rate()? + self.specificity().rate()? - 1.0)
    }

    /// Gives Matthews' correlation, -1 to 1; none when one of both passed all or none.
    pub fn mcc(&self) -> Option<f64> {
        let [a, b, c, d] =
            [self.both_pass, self.judge_only, self.human_only, self.both_fail].map(|count| count as f64);
        let size = ((a + b) * (a + c) * (d + b) * (d + c)).sqrt();
        if size > 0.0 { Some((a * d - b * c) / size) } else { None }
    }

    /// Gives Cohen's kappa; none when both passed all, both passed none, and when there is nothing.
    pub fn kappa(&self) -> Option<f64> {
        self.matrix().kappa(Weights::Nominal)
    }

    /// Gives the interval of kappa; none where there is no kappa, and where all or none agree.
    pub fn kappa_interval(&self, z: f64) -> Option<Interval> {
        self.matrix().kappa_interval(z)
    }

    /// Gives Gwet's AC1, which a lopsided sample does not bring down; none of nothing.
    pub fn ac1(&self) -> Option<f64> {
        self.matrix().ac1()
    }

    /// Gives kappa as it were if both passed half: 2·accuracy − 1. None of nothing.
    pub fn pabak(&self) -> Option<f64> {
        Some(2.0 * self.accuracy().rate()? - 1.0)
    }

    /// Gives the counts as a matrix, passes first.
    pub fn matrix(&self) -> Matrix {
        Matrix::from([[self.both_pass, self.judge_only], [self.human_only, self.both_fail]])
    }
}

/// Gives how far the judge's levels are from people's on the mean, in levels; none of no pairs.
pub fn mean_error(pairs: &[(u8, u8)]) -> Option<f64> {
    mean(pairs.iter().map(|&(judge, human)| i64::from(judge.abs_diff(human))))
}

/// Gives how much higher the judge's levels are than people's on the mean, in levels; none of no pairs.
pub fn bias(pairs: &[(u8, u8)]) -> Option<f64> {
    mean(pairs.iter().map(|&(judge, human)| i64::from(judge) - i64::from(human)))
}

fn mean(numbers: impl ExactSizeIterator<Item = i64>) -> Option<f64> {
    let n = numbers.len();
    if n == 0 { None } else { Some(numbers.sum::<i64>() as f64 / n as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Z_95;
    use expect_test::{Expect, expect};

    fn check([both_pass, judge_only, human_only, both_fail]: [u64; 4], expected: Expect) {
        let confusion = Confusion { both_pass, judge_only, human_only, both_fail };
        let [low, high] =
            confusion.kappa_interval(Z_95).map_or([None; 2], |Interval(low, high)| [Some(low), Some(high)]);
        let (accuracy, kappa, ac1) = (confusion.accuracy().rate(), confusion.kappa(), confusion.ac1());
        let shown = [accuracy, confusion.j(), kappa, low, high, ac1, confusion.mcc(), confusion.f1()];
        let shown = shown.map(|value| value.map_or("-".to_owned(), |value| format!("{value:.4}")));
        expected.assert_eq(&shown.join(" "));
    }

    #[test]
    fn accuracy_without_agreement() {
        // `spec/statistics.md` B.3: kappa -.0246 and AC1 .9474.
        check([95, 3, 2, 0], expect!["0.9500 -0.0206 -0.0246 -0.0479 -0.0013 0.9474 -0.0251 0.9744"]);
    }

    #[test]
    fn what_one_class_cannot_tell_is_none() {
        check([0, 0, 0, 0], expect!["- - - - - - - -"]);
        check([1, 0, 0, 0], expect!["1.0000 - - - - 1.0000 - 1.0000"]);
        check([0, 2, 0, 0], expect!["0.0000 - 0.0000 - - -1.0000 - 0.0000"]);
        check([5, 0, 0, 5], expect!["1.0000 1.0000 1.0000 - - 1.0000 1.0000 1.0000"]);
    }

    #[test]
    fn no_pairs_have_no_bias() {
        assert_eq!((mean_error(&[]), bias(&[])), (None, None));
        assert_eq!((mean_error(&[(5, 3), (3, 5)]), bias(&[(5, 3), (3, 5)])), (Some(2.0), Some(0.0)));
    }
}
