//! Welch's t: do two groups of numbers have different means, whatever each group's variance is?

use super::mean;
use super::special::t_p;

/// How the means of two groups differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Welch {
    /// The first mean less the second.
    pub difference: f64,
    pub t: f64,
    /// Student's degrees of freedom, by Welch and Satterthwaite.
    pub freedom: f64,
    /// The difference in standard deviations: the root of the mean of both groups' variances.
    pub effect: f64,
}

impl Welch {
    /// Compares two groups of numbers.
    ///
    /// None when a group has fewer than two, and when neither varies: that what was seen does not vary does
    /// not make a difference certain. Sources: Welch 1947; the effect is that of Slice Finder, Chung et al. 2020.
    pub fn of(first: &[f64], second: &[f64]) -> Option<Self> {
        let difference = mean::of(first)? - mean::of(second)?;
        let variances = [mean::deviation(first)?.powi(2), mean::deviation(second)?.powi(2)];
        let counts = [first.len() as f64, second.len() as f64];
        let [one, other] = [variances[0] / counts[0], variances[1] / counts[1]];
        let both = one + other;
        if both <= 0.0 {
            return None;
        }
        Some(Self {
            difference,
            t: difference / both.sqrt(),
            freedom: both.powi(2) / (one.powi(2) / (counts[0] - 1.0) + other.powi(2) / (counts[1] - 1.0)),
            effect: difference / f64::midpoint(variances[0], variances[1]).sqrt(),
        })
    }

    /// Gives how likely so large a difference would be by chance, either way.
    pub fn p(&self) -> f64 {
        t_p(self.t, self.freedom)
    }

    /// Gives how likely it would be by chance that the first mean is so much lower.
    pub fn p_lower(&self) -> f64 {
        let tail = self.p() / 2.0;
        if self.t < 0.0 { tail } else { 1.0 - tail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(first: &[f64], second: &[f64], expected: Expect) {
        let shown = Welch::of(first, second).map_or("none".to_owned(), |welch| {
            let Welch { t, freedom, effect, .. } = welch;
            format!(
                "t {t:.4}, df {freedom:.3}, p {:.5}, lower {:.5}, d {effect:.4}",
                welch.p(),
                welch.p_lower()
            )
        });
        expected.assert_eq(&shown);
    }

    /// Student's data of sleep (1908), as `t.test(extra ~ group, data = sleep)` of R's manual gives them:
    /// t = -1.8608, df = 17.776, p-value = 0.07939.
    #[test]
    fn a_published_example_comes_out() {
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        check(&first, &second, expect!["t -1.8608, df 17.776, p 0.07939, lower 0.03970, d -0.8322"]);
        check(&second, &first, expect!["t 1.8608, df 17.776, p 0.07939, lower 0.96030, d 0.8322"]);
    }

    #[test]
    fn too_few_numbers_tell_nothing() {
        check(&[], &[], expect!["none"]);
        check(&[0.2], &[0.4, 0.8], expect!["none"]);
    }

    #[test]
    fn what_does_not_vary_is_not_certain() {
        check(&[0.2, 0.2], &[0.8, 0.8], expect!["none"]);
        check(&[0.2, 0.2], &[0.2, 0.2], expect!["none"]);
        check(
            &[0.2, 0.2, 0.2],
            &[0.8, 1.0],
            expect!["t -7.0000, df 1.000, p 0.09033, lower 0.04517, d -7.0000"],
        );
    }

    #[test]
    fn two_and_two_tell_little() {
        check(&[0.2, 0.4], &[0.6, 0.8], expect!["t -2.8284, df 2.000, p 0.10557, lower 0.05279, d -2.8284"]);
    }
}
