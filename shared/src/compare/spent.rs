//! What the answers of two runs took: time and money, over the items that both have it of.
//!
//! A ratio says more than a difference: answers that take a fifth longer do so whether they are short or long.
//! An answer that was known already took what it took when it was made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::clusters::Together;
use crate::id::RunId;
use crate::stats::bootstrap::{self, Bootstrap};
use crate::stats::{Interval, quantile, sum};

/// What the answer to one item took on either side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Took {
    pub base: f64,
    pub candidate: f64,
    pub cluster: Option<u32>,
}

/// How long the answers of both runs took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Latencies {
    /// Items that both runs answered.
    pub items: u64,
    /// The middle one, in milliseconds, when it was asked: of a memoised answer too.
    pub base_p50: f64,
    pub candidate_p50: f64,
    /// Candidate by base, below 1 when it is quicker; none when the base's is 0.
    pub ratio: Option<f64>,
    /// By the bootstrap, of whole clusters where items belong together. None when it cannot be told.
    pub interval_95: Option<Interval>,
}

/// What the answers of both runs cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Costs {
    /// Items of which it is known what the answers of both runs cost.
    pub items: u64,
    /// In US dollars, all together, when they were asked: of memoised answers too.
    pub base: f64,
    pub candidate: f64,
    /// Candidate by base, below 1 when it is cheaper; none when the base's is 0.
    pub ratio: Option<f64>,
    /// By the bootstrap, of whole clusters where items belong together. None when it cannot be told.
    pub interval_95: Option<Interval>,
}

/// Gives what redrawn items are drawn with: two runs compare the same whenever they are compared.
pub fn seed(base: &RunId, candidate: &RunId) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = canonical::digest(format!("{base} {candidate}").as_bytes());
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Compares how long answers took, in milliseconds; none of no items.
pub fn latencies(took: &[Took], seed: u64) -> Option<Latencies> {
    let middle = |side: fn(&Took) -> f64, places: &mut dyn Iterator<Item = usize>| {
        quantile::of_owned(places.filter_map(|place| took.get(place)).map(side).collect(), 0.5)
    };
    let [base_p50, candidate_p50] = [BASE, CANDIDATE].map(|side| middle(side, &mut (0..took.len())));
    let of_places = |places: &[usize]| {
        let [base, candidate] = [BASE, CANDIDATE].map(|side| middle(side, &mut places.iter().copied()));
        base.zip(candidate).map_or(f64::NAN, |(base, candidate)| candidate / base)
    };
    Some(Latencies {
        items: took.len() as u64,
        base_p50: base_p50?,
        candidate_p50: candidate_p50?,
        ratio: ratio(base_p50?, candidate_p50?),
        interval_95: interval(took, seed, of_places),
    })
}

/// Compares what answers cost, in US dollars; none of no items.
pub fn costs(took: &[Took], seed: u64) -> Option<Costs> {
    if took.is_empty() {
        return None;
    }
    let [base, candidate] = [BASE, CANDIDATE].map(|side| sum(took.iter().map(side)));
    let of_places = |places: &[usize]| {
        let drawn = || places.iter().filter_map(|&place| took.get(place));
        drawn().map(CANDIDATE).sum::<f64>() / drawn().map(BASE).sum::<f64>()
    };
    let interval_95 = interval(took, seed, of_places);
    Some(Costs { items: took.len() as u64, base, candidate, ratio: ratio(base, candidate), interval_95 })
}

const BASE: fn(&Took) -> f64 = |took| took.base;
const CANDIDATE: fn(&Took) -> f64 = |took| took.candidate;

fn ratio(base: f64, candidate: f64) -> Option<f64> {
    Some(candidate / base).filter(|ratio| ratio.is_finite())
}

/// Gives the interval that holds 95 % of the statistics of redrawn items, of fewer draws where there are many.
fn interval(took: &[Took], seed: u64, statistic: impl Fn(&[usize]) -> f64) -> Option<Interval> {
    let draws = bootstrap::draws(took.len());
    let together = Together::of(&took.iter().map(|took| took.cluster).collect::<Vec<_>>());
    let Some(keys) = together.as_ref().and_then(Together::keys) else {
        return Bootstrap::of(took.len(), draws, seed, statistic)?.percentile(0.95);
    };
    let mut clusters: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, key) in keys.iter().enumerate() {
        clusters.entry(*key).or_default().push(place);
    }
    let clusters: Vec<_> = clusters.into_values().collect();
    Bootstrap::of_clusters(&clusters, draws, seed, statistic)?.percentile(0.95)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn took(pairs: &[(f64, f64)], each: usize) -> Vec<Took> {
        let pairs = pairs.iter().enumerate();
        let took = pairs.map(|(place, &(base, candidate))| Took {
            base,
            candidate,
            cluster: u32::try_from(place / each).ok(),
        });
        took.collect()
    }

    fn check(pairs: &[(f64, f64)], expected: Expect) {
        let took = took(pairs, 1);
        expected.assert_eq(&format!("{:.6?}\n{:.6?}", latencies(&took, 1), costs(&took, 1)));
    }

    const MIXED: [(f64, f64); 7] = [
        (100.0, 80.0),
        (200.0, 210.0),
        (300.0, 240.0),
        (400.0, 350.0),
        (500.0, 300.0),
        (800.0, 780.0),
        (900.0, 600.0),
    ];

    #[test]
    fn nothing_took_nothing() {
        check(
            &[],
            expect![[r#"
            None
            None"#]],
        );
    }

    #[test]
    fn few_items_have_no_interval_and_nothing_no_ratio() {
        check(
            &[(100.0, 50.0)],
            expect![[r#"
            Some(Latencies { items: 1, base_p50: 100.000000, candidate_p50: 50.000000, ratio: Some(0.500000), interval_95: None })
            Some(Costs { items: 1, base: 100.000000, candidate: 50.000000, ratio: Some(0.500000), interval_95: None })"#]],
        );
        check(
            &[(0.0, 50.0), (0.0, 70.0)],
            expect![[r#"
            Some(Latencies { items: 2, base_p50: 0.000000, candidate_p50: 60.000000, ratio: None, interval_95: None })
            Some(Costs { items: 2, base: 0.000000, candidate: 120.000000, ratio: None, interval_95: None })"#]],
        );
        check(
            &[(100.0, 50.0), (100.0, 50.0)],
            expect![[r#"
            Some(Latencies { items: 2, base_p50: 100.000000, candidate_p50: 50.000000, ratio: Some(0.500000), interval_95: None })
            Some(Costs { items: 2, base: 200.000000, candidate: 100.000000, ratio: Some(0.500000), interval_95: None })"#]],
        );
    }

    /// The intervals are those of a program in Python that draws, takes quantiles and adds up by itself.
    #[test]
    fn ratios_have_intervals() {
        check(
            &MIXED,
            expect![[r#"
            Some(Latencies { items: 7, base_p50: 400.000000, candidate_p50: 300.000000, ratio: Some(0.750000), interval_95: Some(Interval(0.600000, 1.050000)) })
            Some(Costs { items: 7, base: 3200.000000, candidate: 2560.000000, ratio: Some(0.800000), interval_95: Some(Interval(0.682037, 0.941948)) })"#]],
        );
    }

    #[test]
    fn items_of_one_conversation_are_drawn_together() {
        let interval = |each: usize| costs(&took(&MIXED, each), 1).and_then(|costs| costs.interval_95);
        expect!["Some(Interval(0.682, 0.942)) Some(Interval(0.703, 0.886)) Some(Interval(0.764, 0.880))"]
            .assert_eq(&format!("{:.3?} {:.3?} {:.3?}", interval(1), interval(2), interval(4)));
        assert_eq!(interval(7), interval(1), "all are of one conversation, which tells nothing of others");
    }

    #[test]
    fn the_seed_is_of_both_runs() {
        let run = |id: &str| RunId::try_from(id.to_owned()).expect("an id");
        // printf 'a b' | sha256sum
        assert_eq!(seed(&run("a"), &run("b")), 0xc868_7a08_aa5d_6ed2);
        assert_ne!(seed(&run("a"), &run("b")), seed(&run("b"), &run("a")));
    }
}
