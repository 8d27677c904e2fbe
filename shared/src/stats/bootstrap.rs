//! The bootstrap: intervals of medians, percentiles, ratios and costs, by drawing the items again.
//!
//! Means and rates have better intervals of their own.

use super::rng::Rng;
use super::special::{normal_below, normal_quantile};
use super::{Interval, correlation, mean, quantile};

/// How often to draw for a screen, and for an export.
pub const DRAWS: usize = 2000;
pub const EXPORT_DRAWS: usize = 10_000;
/// Replicates that differ by less are the same: scores on a grid tie often, and sums of floats hide it.
const TIE: f64 = 1e-12;

/// A statistic of a run, and what it was in each of many redrawn ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    estimate: f64,
    /// In the order drawn.
    replicates: Vec<f64>,
    /// The statistic without each of the units in turn.
    jackknife: Vec<f64>,
}

/// An interval that is corrected for bias and skew, with the corrections.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corrected {
    /// The bias, as a normal quantile.
    pub z0: f64,
    /// The acceleration: how fast the standard error changes with the statistic.
    pub a: f64,
    /// The shares of the replicates that lie below the ends.
    pub shares: [f64; 2],
    pub interval: Interval,
}

impl Bootstrap {
    /// Works the statistic out on all of `n` items, and on `n` drawn with replacement, again and again.
    ///
    /// The statistic gets the places of the items, at least one, repeated as drawn. None of fewer than two
    /// items or one draw, and when the statistic is not always a finite number.
    pub fn of(n: usize, draws: usize, seed: u64, statistic: &dyn Fn(&[usize]) -> f64) -> Option<Self> {
        if n < 2 || draws == 0 {
            return None;
        }
        let all: Vec<usize> = (0..n).collect();
        let mut rng = Rng::seeded(seed);
        let mut places = all.clone();
        let mut replicates = Vec::with_capacity(draws);
        for _ in 0..draws {
            places.fill_with(|| rng.below(n));
            replicates.push(statistic(&places));
        }
        let without = |left_out: usize| {
            let rest: Vec<usize> = all.iter().copied().filter(|&place| place != left_out).collect();
            statistic(&rest)
        };
        let bootstrap =
            Self { estimate: statistic(&all), replicates, jackknife: (0..n).map(without).collect() };
        let mut numbers = bootstrap.replicates.iter().chain(&bootstrap.jackknife);
        if bootstrap.estimate.is_finite() && numbers.all(|number| number.is_finite()) {
            Some(bootstrap)
        } else {
            None
        }
    }

    /// Works the statistic out on whole clusters of items drawn with replacement; otherwise as [`Bootstrap::of`].
    pub fn of_clusters(
        clusters: &[Vec<usize>],
        draws: usize,
        seed: u64,
        statistic: &dyn Fn(&[usize]) -> f64,
    ) -> Option<Self> {
        let of_items = |drawn: &[usize]| {
            let items: Vec<usize> =
                drawn.iter().filter_map(|&place| clusters.get(place)).flatten().copied().collect();
            statistic(&items)
        };
        Self::of(clusters.len(), draws, seed, &of_items)
    }

    /// Gives the statistic of the run itself.
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// Gives the statistic of each draw, in the order drawn.
    pub fn replicates(&self) -> &[f64] {
        &self.replicates
    }

    /// Gives the standard error: the replicates' standard deviation. None of a single draw.
    pub fn standard_error(&self) -> Option<f64> {
        mean::deviation(&self.replicates)
    }

    /// Gives the interval that holds this share of the replicates; none when they do not vary.
    pub fn percentile(&self, confidence: f64) -> Option<Interval> {
        self.between([(1.0 - confidence) / 2.0, f64::midpoint(1.0, confidence)])
    }

    fn between(&self, shares: [f64; 2]) -> Option<Interval> {
        if !correlation::varies(&self.replicates) {
            return None;
        }
        let mut sorted = self.replicates.clone();
        sorted.sort_by(f64::total_cmp);
        let [low, high] = shares.map(|share| quantile::of_sorted(&sorted, share));
        Some(Interval(low?, high?))
    }

    /// Gives the interval corrected for bias and skew, (bias-corrected, accelerated).
    ///
    /// None when the replicates do not vary, or all lie on one side of the estimate. Source: Efron 1987.
    pub fn corrected(&self, confidence: f64) -> Option<Corrected> {
        let weigh = |replicate: &f64| {
            let apart = replicate - self.estimate;
            if apart.abs() <= TIE {
                0.5
            } else if apart < 0.0 {
                1.0
            } else {
                0.0
            }
        };
        let below: f64 = self.replicates.iter().map(weigh).sum();
        let z0 = normal_quantile(below / self.replicates.len() as f64)?;
        let a = self.acceleration()?;
        let z = normal_quantile(f64::midpoint(1.0, confidence))?;
        let shares = [-z, z].map(|z| normal_below(z0 + (z0 + z) / (1.0 - a * (z0 + z))));
        Some(Corrected { z0, a, shares, interval: self.between(shares)? })
    }

    fn acceleration(&self) -> Option<f64> {
        let mean = mean::of(&self.jackknife)?;
        let power = |power: i32| self.jackknife.iter().map(|value| (mean - value).powi(power)).sum::<f64>();
        let spread = 6.0 * power(2) * power(2).sqrt();
        Some(if spread > 0.0 { power(3) / spread } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(numbers: &[f64], expected: Expect) {
        let median = |places: &[usize]| {
            let drawn: Vec<f64> = places.iter().map(|&place| numbers[place]).collect();
            quantile::median(&drawn).expect("at least one")
        };
        let bootstrap = Bootstrap::of(numbers.len(), 200, 1, &median);
        expected.assert_eq(&format!(
            "{:.3?}, {:.3?}, {:.3?}",
            bootstrap.as_ref().map(Bootstrap::estimate),
            bootstrap.as_ref().and_then(|bootstrap| bootstrap.percentile(0.95)),
            bootstrap.as_ref().and_then(|bootstrap| bootstrap.corrected(0.95)).map(|bca| bca.interval)
        ));
    }

    #[test]
    fn what_does_not_vary_has_no_interval() {
        check(&[], expect!["None, None, None"]);
        check(&[0.3], expect!["None, None, None"]);
        check(&[0.3; 5], expect!["Some(0.300), None, None"]);
    }

    #[test]
    fn few_numbers_have_wide_intervals() {
        check(
            &[0.2, 0.8],
            expect!["Some(0.500), Some(Interval(0.200, 0.800)), Some(Interval(0.200, 0.800))"],
        );
        check(
            &[0.2, 0.4, 0.6, 0.8, 0.9],
            expect!["Some(0.600), Some(Interval(0.200, 0.900)), Some(Interval(0.200, 0.900))"],
        );
    }

    #[test]
    fn clusters_are_drawn_whole() {
        let share =
            |places: &[usize]| places.iter().filter(|&&place| place < 2).count() as f64 / places.len() as f64;
        let bootstrap =
            Bootstrap::of_clusters(&[vec![0, 1], vec![2, 3]], 100, 1, &share).expect("two clusters");
        assert!(bootstrap.replicates().iter().all(|share| [0.0, 0.5, 1.0].contains(share)));
        assert_eq!(Bootstrap::of_clusters(&[vec![0, 1]], 100, 1, &share), None);
    }

    #[test]
    fn a_statistic_that_is_no_number_has_no_interval() {
        assert_eq!(
            Bootstrap::of(3, 10, 1, &|places| 1.0 / (places.iter().sum::<usize>() as f64 - 3.0)),
            None
        );
    }
}
