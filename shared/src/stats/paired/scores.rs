//! How much the scores of the same items differ on the mean.

use std::collections::BTreeMap;

use super::signs;
use crate::stats::Interval;
use crate::stats::cluster::Clustered;
use crate::stats::mean;
use crate::stats::special::{t_p, t_quantile};

/// What each item gained against the base, in whole steps, so that a gain of nothing is exactly that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gains {
    steps: Vec<i64>,
    /// How many steps a score of 1 has: above 0, 5 for single levels.
    per_point: u64,
}

/// How the mean gain compares with its standard error: Student's test for pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct T {
    pub t: f64,
    /// Two-sided.
    pub p: f64,
}

/// From how many items on the t test is as good as trying all signs.
const MANY: usize = 50;

impl Gains {
    /// Takes the gains, in steps of which a score of 1 has `per_point`; none when that is 0.
    pub fn of(steps: Vec<i64>, per_point: u64) -> Option<Self> {
        if per_point == 0 { None } else { Some(Self { steps, per_point }) }
    }

    /// Gives the gains in steps, in the order of the items.
    pub fn steps(&self) -> &[i64] {
        &self.steps
    }

    /// Gives the mean gain, as a score; none of no items.
    pub fn mean(&self) -> Option<f64> {
        if self.steps.is_empty() {
            return None;
        }
        let sum: i128 = self.steps.iter().map(|&step| i128::from(step)).sum();
        Some(sum as f64 / (self.steps.len() as f64 * self.per_point as f64))
    }

    /// Gives the standard deviation of the gains, as a score; none of fewer than two items.
    pub fn deviation(&self) -> Option<f64> {
        mean::deviation(&self.scores())
    }

    /// Gives the gains as scores, -1 to 1, in the order of the items.
    pub fn scores(&self) -> Vec<f64> {
        self.steps.iter().map(|&step| step as f64 / self.per_point as f64).collect()
    }

    /// Gives the mean gain by cluster, where items belong together; as [`Clustered::of`].
    pub fn clustered<K: Ord>(&self, clusters: &[K]) -> Option<Clustered> {
        Clustered::of(&self.scores(), clusters)
    }

    /// Gives the standard error of the mean gain; none of fewer than two items and when all gained the same.
    ///
    /// That nothing varied among a few items does not make the mean certain.
    pub fn standard_error(&self) -> Option<f64> {
        let error = self.deviation()? / (self.steps.len() as f64).sqrt();
        if error > 0.0 { Some(error) } else { None }
    }

    /// Gives the interval of the mean gain that holds the truth with this confidence (0 to 1).
    ///
    /// None where there is no standard error.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let (mean, error) = (self.mean()?, self.standard_error()?);
        let half = t_quantile(f64::midpoint(1.0, confidence), self.freedom())? * error;
        Some(Interval(mean - half, mean + half))
    }

    /// Compares the mean gain with its standard error; none where there is none.
    pub fn t(&self) -> Option<T> {
        let t = self.mean()? / self.standard_error()?;
        Some(T { t, p: t_p(t, self.freedom()) })
    }

    fn freedom(&self) -> f64 {
        self.steps.len() as f64 - 1.0
    }

    /// Gives the p value to show: of flipped signs for fewer than 50 items, of the t test for more. None of no items.
    ///
    /// The seed is of the draws. Source: `spec/statistics.md` B.2.
    pub fn p(&self, seed: u64) -> Option<f64> {
        let by_signs = || signs::p(&self.steps, seed);
        if self.steps.len() < MANY { by_signs() } else { self.t().map(|t| t.p).or_else(by_signs) }
    }

    /// Gives the p value to show where items belong together: clusters gain and lose as wholes.
    ///
    /// Of flipped signs for fewer than 50 clusters, of the t test for more; none of no items, and when the
    /// lists are not equally long.
    pub fn p_by_cluster<K: Ord>(&self, clusters: &[K], seed: u64) -> Option<f64> {
        let sums = self.sums(clusters)?;
        let by_signs = || signs::p(&sums, seed);
        if sums.len() < MANY { by_signs() } else { self.p_of_t_by_cluster(clusters).or_else(by_signs) }
    }

    /// Gives the p value of the t test by cluster; none of fewer than two clusters, and when they do not differ.
    pub fn p_of_t_by_cluster<K: Ord>(&self, clusters: &[K]) -> Option<f64> {
        let clustered = self.clustered(clusters).filter(|clustered| clustered.standard_error > 0.0)?;
        Some(t_p(clustered.mean / clustered.standard_error, clustered.freedom()))
    }

    /// Gives the p value of flipping the signs of whole clusters; none as in [`Self::p_by_cluster`].
    pub fn p_of_signs_by_cluster<K: Ord>(&self, clusters: &[K], seed: u64) -> Option<f64> {
        signs::p(&self.sums(clusters)?, seed)
    }

    /// Adds up what each cluster gained; none when the lists are not equally long.
    fn sums<K: Ord>(&self, clusters: &[K]) -> Option<Vec<i64>> {
        if clusters.len() != self.steps.len() {
            return None;
        }
        let mut sums: BTreeMap<&K, i64> = BTreeMap::new();
        for (cluster, step) in clusters.iter().zip(&self.steps) {
            let sum = sums.entry(cluster).or_default();
            *sum = sum.saturating_add(*step);
        }
        let mut sums: Vec<i64> = sums.into_values().collect();
        // The order of clusters is that in which they came, and must not matter.
        sums.sort_unstable_by_key(|sum| (std::cmp::Reverse(sum.unsigned_abs()), *sum));
        Some(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(steps: &[i64], expected: Expect) {
        let gains = Gains::of(steps.to_vec(), 5).expect("five steps");
        let interval = gains.interval(0.95).map(|Interval(low, high)| format!("{low:.3} to {high:.3}"));
        expected.assert_eq(&format!("{:?} in {interval:?}, p {:.4?}", gains.mean(), gains.p(1)));
    }

    #[test]
    fn no_items_have_no_mean_gain() {
        check(&[], expect!["None in None, p None"]);
        assert_eq!(Gains::of(vec![1], 0), None);
    }

    #[test]
    fn what_does_not_vary_has_no_interval() {
        check(&[-5], expect!["Some(-1.0) in None, p Some(1.0000)"]);
        check(&[0, 0], expect!["Some(0.0) in None, p Some(1.0000)"]);
        check(&[1; 60], expect!["Some(0.2) in None, p Some(0.0002)"]);
        check(&[0; 60], expect!["Some(0.0) in None, p Some(1.0000)"]);
    }

    #[test]
    fn clusters_gain_as_wholes() {
        let by_cluster = |steps: &[i64], clusters: &[u64]| {
            Gains::of(steps.to_vec(), 5).expect("five steps").p_by_cluster(clusters, 1)
        };
        assert_eq!(by_cluster(&[1; 8], &[0, 1, 2, 3, 4, 5, 6, 7]), Some(2.0 / 256.0));
        assert_eq!(by_cluster(&[1; 8], &[0, 0, 0, 0, 1, 1, 1, 1]), Some(0.5));
        assert_eq!(by_cluster(&[1, -1], &[0, 0]), Some(1.0));
        assert_eq!(by_cluster(&[1], &[]), None);
        let (steps, clusters): (Vec<i64>, Vec<u64>) = (0..120).map(|n| (n % 3, n as u64 / 2)).unzip();
        let p = by_cluster(&steps, &clusters).expect("sixty clusters");
        assert!(p < 1e-9, "{p}");
    }

    #[test]
    fn two_items_tell_little() {
        check(&[1, 2], expect![[r#"Some(0.3) in Some("-0.971 to 1.571"), p Some(0.5000)"#]]);
    }
}
