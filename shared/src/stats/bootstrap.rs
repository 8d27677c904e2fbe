//! The bootstrap: intervals of medians, percentiles, ratios and costs, by drawing the items again.
//!
//! Means and rates have better intervals of their own.

use super::rng::Rng;
use super::special::{normal_below, normal_quantile};
use super::{Interval, correlation, mean, quantile};

/// How often to draw, and how often at least where there are many items.
pub const DRAWS: usize = 2000;
const FEWEST_DRAWS: usize = 200;
/// How many items are drawn in all before there are fewer draws: as many as a Worker draws within seconds.
const MOST_DRAWN: usize = 20_000_000;
/// Replicates that differ by less are the same: scores on a grid tie often, and sums of floats hide it.
const TIE: f64 = 1e-12;

/// Works out a number from the places of the items it is of.
type Statistic<'a> = dyn Fn(&[usize]) -> f64 + 'a;

/// A statistic of a run, and what it was in each of many redrawn ones.
pub struct Bootstrap<'a> {
    /// How many units there are to draw: at least two.
    n: usize,
    statistic: Box<Statistic<'a>>,
    estimate: f64,
    /// In the order drawn.
    replicates: Vec<f64>,
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

/// Gives how often to draw so many items: 2000 times up to ten thousand of them, 200 times from a hundred thousand on.
pub fn draws(items: usize) -> usize {
    (MOST_DRAWN / items.max(1)).clamp(FEWEST_DRAWS, DRAWS)
}

impl<'a> Bootstrap<'a> {
    /// Works the statistic out on all of `n` items, and on `n` drawn with replacement, again and again.
    ///
    /// The statistic gets the places of the items, at least one, repeated as drawn. None of fewer than two
    /// items or one draw, and when the statistic is not always a finite number.
    pub fn of(n: usize, draws: usize, seed: u64, statistic: impl Fn(&[usize]) -> f64 + 'a) -> Option<Self> {
        if n < 2 || draws == 0 {
            return None;
        }
        let mut places: Vec<usize> = (0..n).collect();
        let estimate = statistic(&places);
        let mut rng = Rng::seeded(seed);
        let mut replicates = Vec::with_capacity(draws);
        for _ in 0..draws {
            places.fill_with(|| rng.below(n));
            replicates.push(statistic(&places));
        }
        if estimate.is_finite() && replicates.iter().all(|replicate| replicate.is_finite()) {
            Some(Self { n, statistic: Box::new(statistic), estimate, replicates })
        } else {
            None
        }
    }

    /// Works the statistic out on whole clusters of items drawn with replacement; otherwise as [`Bootstrap::of`].
    pub fn of_clusters(
        clusters: &'a [Vec<usize>],
        draws: usize,
        seed: u64,
        statistic: impl Fn(&[usize]) -> f64 + 'a,
    ) -> Option<Self> {
        let of_items = move |drawn: &[usize]| {
            let items: Vec<usize> =
                drawn.iter().filter_map(|&place| clusters.get(place)).flatten().copied().collect();
            statistic(&items)
        };
        Self::of(clusters.len(), draws, seed, of_items)
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
    /// None when the replicates do not vary, or all lie on one side of the estimate, and when the statistic is
    /// not a finite number without some unit. Works it out once for each unit. Source: Efron 1987.
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
        let jackknife = self.jackknife()?;
        let mean = mean::of(&jackknife)?;
        let power = |power: i32| jackknife.iter().map(|value| (mean - value).powi(power)).sum::<f64>();
        let spread = 6.0 * power(2) * power(2).sqrt();
        Some(if spread > 0.0 { power(3) / spread } else { 0.0 })
    }

    /// Works the statistic out without each of the units in turn.
    fn jackknife(&self) -> Option<Vec<f64>> {
        let without = |left_out: usize| {
            let rest: Vec<usize> = (0..self.n).filter(|&place| place != left_out).collect();
            Some((self.statistic)(&rest)).filter(|number| number.is_finite())
        };
        (0..self.n).map(without).collect()
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
        let bootstrap = Bootstrap::of(numbers.len(), 200, 1, median);
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
        let clusters = [vec![0, 1], vec![2, 3]];
        let bootstrap = Bootstrap::of_clusters(&clusters, 100, 1, share).expect("two clusters");
        assert!(bootstrap.replicates().iter().all(|share| [0.0, 0.5, 1.0].contains(share)));
        assert!(Bootstrap::of_clusters(&[vec![0, 1]], 100, 1, share).is_none());
    }

    #[test]
    fn a_statistic_that_is_no_number_has_no_interval() {
        let statistic = |places: &[usize]| 1.0 / (places.iter().sum::<usize>() as f64 - 3.0);
        assert!(Bootstrap::of(3, 10, 1, statistic).is_none());
    }

    #[test]
    fn many_items_are_drawn_less_often() {
        assert_eq!([0, 1, 10_000, 20_000, 100_000, 1_000_000].map(draws), [2000, 2000, 2000, 1000, 200, 200]);
    }
}
