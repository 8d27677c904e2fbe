//! Means of items that belong together: of a user, a conversation or a template.
//!
//! Such items are alike, so that they tell less than as many independent ones would.

use std::collections::BTreeMap;

use super::special::t_quantile;
use super::{Interval, mean, sum};

/// Below as many clusters their interval is not to be relied on.
pub const FEW: u64 = 10;
/// What is less than this is what rounding leaves of nothing.
const NOTHING: f64 = 1e-12;

/// A mean and how sure it is, by cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clustered {
    pub mean: f64,
    /// How many there are: at least two.
    pub clusters: u64,
    pub standard_error: f64,
    /// How many times larger the squared standard error is than that of independent items.
    ///
    /// None when the items do not vary.
    pub design_effect: Option<f64>,
}

impl Clustered {
    /// Takes the mean of numbers, each of which belongs to the cluster at the same place.
    ///
    /// None of fewer than two clusters, and when the lists are not equally long. Source: Miller 2024,
    /// appendix A, times G / (G − 1); `spec/statistics.md` B.1.
    pub fn of<K: Ord>(numbers: &[f64], clusters: &[K]) -> Option<Self> {
        let mean = mean::of(numbers)?;
        let mut apart: BTreeMap<&K, Vec<f64>> = BTreeMap::new();
        for (number, cluster) in numbers.iter().zip(clusters) {
            apart.entry(cluster).or_default().push(number - mean);
        }
        if apart.len() < 2 || numbers.len() != clusters.len() {
            return None;
        }
        let g = apart.len() as f64;
        let squares = sum(apart.into_values().map(|apart| sum(apart.into_iter()).powi(2)));
        let error = (g / (g - 1.0) * squares).sqrt() / numbers.len() as f64;
        let standard_error = if error < NOTHING { 0.0 } else { error };
        let independent = mean::standard_error(numbers).filter(|&error| error > 0.0);
        let design_effect = independent.map(|independent| (standard_error / independent).powi(2));
        Some(Self { mean, clusters: g as u64, standard_error, design_effect })
    }

    /// Gives Student's degrees of freedom.
    pub fn freedom(&self) -> f64 {
        self.clusters as f64 - 1.0
    }

    /// Gives the interval of the mean that holds the truth with this confidence (0 to 1).
    ///
    /// None when clusters do not differ: that does not make the mean certain.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let half = t_quantile(f64::midpoint(1.0, confidence), self.freedom())? * self.standard_error;
        if half > 0.0 { Some(Interval(self.mean - half, self.mean + half)) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(numbers: &[f64], clusters: &[&str], expected: Expect) {
        let clustered = Clustered::of(numbers, clusters);
        expected.assert_eq(&format!(
            "{:.3?}, {:.3?}",
            clustered.map(|clustered| (clustered.standard_error, clustered.design_effect)),
            clustered.and_then(|clustered| clustered.interval(0.95))
        ));
    }

    #[test]
    fn one_cluster_tells_nothing() {
        check(&[], &[], expect!["None, None"]);
        check(&[1.0], &["a"], expect!["None, None"]);
        check(&[1.0, 0.0], &["a", "a"], expect!["None, None"]);
        check(&[1.0, 0.0], &["a"], expect!["None, None"]);
    }

    #[test]
    fn two_clusters_tell_little() {
        check(&[1.0, 0.0], &["a", "b"], expect!["Some((0.500, Some(1.000))), Some(Interval(-5.853, 6.853))"]);
    }

    #[test]
    fn clusters_that_do_not_differ_have_no_interval() {
        check(&[0.8; 4], &["a", "a", "b", "b"], expect!["Some((0.000, None)), None"]);
        check(&[0.2, 0.7, 0.7, 0.2], &["a", "a", "b", "b"], expect!["Some((0.000, Some(0.000))), None"]);
    }

    #[test]
    fn items_that_are_copies_count_once() {
        let numbers: Vec<f64> = (0..40).map(|place| f64::from(place / 4 % 2)).collect();
        let names: Vec<String> = (0..40).map(|place| format!("c{}", place / 4)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let clustered = Clustered::of(&numbers, &names).expect("ten clusters");
        expect!["Some(4.33)"].assert_eq(&format!("{:.2?}", clustered.design_effect));
    }
}
