//! Summaries: a run's outcomes added up, with how sure the numbers are.
//!
//! The Worker and the browser call the same function over the same columns, so a moved threshold is
//! worked out where it is moved; what takes more than adding up is the Worker's alone. Unscored items are
//! counted, never averaged.

pub mod beside;
pub mod exact;
pub mod failing;
pub mod scorers;
pub mod without;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::exact::Exact;
use self::scorers::ScorerSummary;
use crate::clusters::{self, Clusters, Together};
use crate::compare::pairs::{Entry, Pair, Pairs, Standing};
use crate::compare::{self, Comparison, Unanswered};
use crate::early::Early;
use crate::id::ItemId;
use crate::judge::Flag;
use crate::outcome;
use crate::score::{MeanLevel, Part, Score, Threshold, Weight};
use crate::scorer::result::Mark;
use crate::share::Share;
use crate::slices::Slice;
use crate::stats::proportion::Proportion;
use crate::stats::{Interval, Z_95, mean, sum};

/// A run's outcomes as columns: the n-th entry of each is the n-th item's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Scores {
    pub items: Vec<ItemId>,
    pub score: Vec<Option<f64>>,
    pub baseline: Vec<Option<f64>>,
    pub criteria: Vec<Column>,
    #[serde(default)]
    pub scorers: Vec<scorers::Column>,
    pub features: Vec<Option<String>>,
    /// By the name of a tag or property, its value on each item; an item's tag wins over a property of the same
    /// name.
    pub slices: BTreeMap<String, Vec<Option<String>>>,
    /// By the name of a property that is a number, what it is of each item; in `slices` it is in quarters.
    #[serde(default)]
    pub numbers: BTreeMap<String, Vec<Option<u64>>>,
    /// What the judge remarked on each item.
    #[serde(default)]
    pub flags: Vec<Vec<Flag>>,
    /// The number of the conversation, else the user, that the item's log is of. None when it says neither,
    /// without a log, and when the log was deleted; empty in columns that are older than clusters.
    #[serde(default)]
    pub clusters: Vec<Option<u32>>,
    /// The target gave no answer.
    pub errored: Vec<bool>,
    pub latency_ms: Vec<Option<u64>>,
    pub cost_usd: Vec<Option<f64>>,
}

/// One criterion's levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Column {
    pub name: String,
    pub weight: Weight,
    pub required: bool,
    pub levels: Vec<Option<MeanLevel>>,
    pub baseline_levels: Vec<Option<MeanLevel>>,
}

impl Scores {
    /// Works out the score of each item from the levels and the scorers' marks, exactly.
    pub fn exact(&self) -> Vec<Option<Score>> {
        self.score_by(|column| &column.levels, |column| &column.marks.0)
    }

    /// Works out the score of each item's original response, by the same scorers.
    pub fn exact_baseline(&self) -> Vec<Option<Score>> {
        self.score_by(|column| &column.baseline_levels, |column| &column.baseline_marks.0)
    }

    fn score_by(
        &self,
        levels: impl Fn(&Column) -> &[Option<MeanLevel>],
        marks: impl Fn(&scorers::Column) -> &[Mark],
    ) -> Vec<Option<Score>> {
        let score = |item: usize| {
            let parts = self.criteria.iter().map(|column| {
                let level = levels(column).get(item).copied().flatten()?;
                Some(Part { level, weight: column.weight, required: column.required })
            });
            let scorers = self
                .scorers
                .iter()
                .map(|column| (column.weight, marks(column).get(item).copied().unwrap_or(Mark::Skipped)));
            Score::with(&parts.collect::<Option<Vec<_>>>()?, &outcome::weighed(scorers)?)
        };
        (0..self.items.len()).map(score).collect()
    }

    /// Says how the new response to each item stands.
    pub fn standings(&self, exact: &Exact) -> Vec<Entry> {
        let stands = |(place, item): (usize, &ItemId)| Entry {
            item: item.clone(),
            standing: self.standing(exact, place),
            cluster: self.cluster(place),
        };
        self.items.iter().enumerate().map(stands).collect()
    }

    fn standing(&self, exact: &Exact, place: usize) -> Standing {
        match exact.new_scores().get(place).copied().flatten() {
            _ if self.errored.get(place).copied().unwrap_or_default() => Standing::Unanswered,
            Some(score) => Standing::Scored(score),
            None => Standing::Unscored,
        }
    }

    fn cluster(&self, place: usize) -> Option<u32> {
        self.clusters.get(place).copied().flatten()
    }

    /// Puts the original response to each item beside the new one; none when no original has a score.
    pub fn beside_originals(&self, exact: &Exact) -> Option<Pairs> {
        let originals = exact.original_scores();
        if originals.iter().all(Option::is_none) {
            return None;
        }
        let pairs = originals.iter().enumerate().map(|(place, original)| Pair {
            base: original.map_or(Standing::Unscored, Standing::Scored),
            candidate: self.standing(exact, place),
            cluster: self.cluster(place),
        });
        Some(Pairs { pairs: pairs.collect(), alone: 0 })
    }
}

/// A run in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// Items with an outcome.
    pub items: u64,
    pub scored: u64,
    /// Answered but not judged.
    pub unscored: u64,
    /// Not answered.
    pub errored: u64,
    pub passed: u64,
    /// The share of scored items that pass; none when nothing is scored.
    pub pass_rate: Option<f64>,
    /// Wilson's, 95 %; wider where items belong together.
    pub pass_rate_interval: Option<Interval>,
    /// What the pass rate could still be, whatever the unscored items are.
    pub pass_rate_bounds: Option<Interval>,
    pub average: Option<f64>,
    /// Dispersion-scaled Wilson's, 95 %; wider where items belong together.
    pub average_interval: Option<Interval>,
    /// None when no two items with a score belong together.
    #[serde(default)]
    pub clusters: Option<Clusters>,
    pub threshold: Threshold,
    pub distribution: Distribution,
    pub baseline: Option<Side>,
    /// The paired comparison with the original responses.
    pub versus_baseline: Option<Comparison>,
    pub criteria: Vec<CriterionSummary>,
    #[serde(default)]
    pub scorers: Vec<ScorerSummary>,
    /// What items that fail have in common: of the features, tags and properties that stand out, the clearest
    /// first.
    pub slices: Vec<Slice>,
    pub canaries: Canaries,
    /// While the run is not over, what can be said already of what the gate asks for when nothing else is; none after.
    #[serde(default)]
    pub early: Option<Early>,
    /// None when the price of a call is not known.
    pub cost_usd: Option<f64>,
    pub latency_ms: Latency,
}

/// How many scores fall where: ten bins, half-open but for the last, which is closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Distribution {
    /// Eleven ends of bins: 0, 0.1, …, 1.
    pub edges: Vec<f64>,
    /// Ten counts.
    pub counts: Vec<u64>,
    pub baseline_counts: Option<Vec<u64>>,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Side {
    pub scored: u64,
    pub unscored: u64,
    pub passed: u64,
    pub pass_rate: Option<f64>,
    pub pass_rate_interval: Option<Interval>,
    pub average: Option<f64>,
    pub average_interval: Option<Interval>,
}

/// One criterion over the whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CriterionSummary {
    pub name: String,
    /// The share of items at level 4 or above.
    pub pass_rate: Option<f64>,
    /// Wilson's, 95 %; none where nothing is scored, and in summaries that are older than it.
    #[serde(default)]
    pub pass_rate_interval: Option<Interval>,
    pub average: Option<f64>,
    /// 95 %; none where nothing is scored, and in summaries that are older than it.
    #[serde(default)]
    pub average_interval: Option<Interval>,
    pub unscored: u64,
}

/// Items with a known answer that show whether the judge can be trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Canaries {
    pub run: u64,
    pub missed: Vec<String>,
}

/// How long answers took, in milliseconds; none when no item was answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Latency {
    pub p50: Option<u64>,
    pub p95: Option<u64>,
}

const BINS: usize = 10;

/// Adds a run up at a threshold, compared with the original responses, with the slices that fail.
pub fn of(scores: &Scores, threshold: Threshold) -> Summary {
    of_exact(scores, &Exact::of(scores), threshold)
}

/// As [`of`], for whoever has the exact scores and needs them again.
pub fn of_exact(scores: &Scores, exact: &Exact, threshold: Threshold) -> Summary {
    let originals = scores.beside_originals(exact);
    let versus_baseline = originals.map(|pairs| Comparison {
        criteria: compare::criteria::of(&beside::originals(scores)),
        ..compare::of(&pairs, threshold, Share::MARGIN, Unanswered::Dropped)
    });
    let slices = failing::slices(scores, &failing::failed(exact, threshold));
    Summary { versus_baseline, slices, ..exact.at(threshold) }
}

fn criterion(column: &Column, errored: &[bool], clusters: &[Option<u32>]) -> CriterionSummary {
    let scored = column.levels.iter().enumerate();
    let scored =
        scored.filter_map(|(place, level)| Some(((*level)?, clusters.get(place).copied().flatten())));
    let (levels, clusters): (Vec<MeanLevel>, Vec<_>) = scored.unzip();
    let scores: Vec<f64> = levels.iter().map(|level| level.score()).collect();
    let passes: Vec<f64> = levels.iter().map(|level| f64::from(u8::from(level.passes()))).collect();
    let passed = levels.iter().filter(|level| level.passes()).count() as u64;
    let answered = errored.iter().filter(|&&errored| !errored).count();
    let n = levels.len() as u64;
    let rate = Proportion { part: passed, rest: n - passed };
    let together = Together::of(&clusters);
    let effect =
        |numbers: &[f64]| clusters::effect(together.as_ref().map(|together| together.widen(numbers)));
    CriterionSummary {
        name: column.name.clone(),
        pass_rate: rate.rate(),
        pass_rate_interval: rate.interval_as_of(n as f64 / effect(&passes), Z_95),
        average: mean::of(&scores),
        average_interval: mean::interval_as_of_fewer(&scores, effect(&scores), Z_95),
        unscored: answered.saturating_sub(levels.len()) as u64,
    }
}

/// Adds up the costs; none when an answered item's is not known. An item without an answer costs nothing here.
fn total_cost(costs: &[Option<f64>], errored: &[bool]) -> Option<f64> {
    let answered = costs.iter().zip(errored).filter(|(_, errored)| !**errored);
    let known: Vec<f64> = answered.map(|(cost, _)| *cost).collect::<Option<_>>()?;
    if costs.is_empty() { None } else { Some(sum(known.into_iter())) }
}

fn latency(latencies: &[Option<u64>]) -> Latency {
    let mut known: Vec<u64> = latencies.iter().copied().flatten().collect();
    known.sort_unstable();
    // The nearest rank: the smallest value that at least this share of the values does not exceed.
    let rank =
        |share: f64| known.get(((known.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied();
    Latency { p50: rank(0.5), p95: rank(0.95) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn scores(levels: &[Option<f64>], baseline: &[Option<f64>]) -> Scores {
        let column = |levels: &[Option<f64>]| {
            levels.iter().map(|level| level.and_then(|level| MeanLevel::try_from(level).ok())).collect()
        };
        Scores {
            items: (0..levels.len()).map(|n| ItemId::try_from(format!("i{n}")).expect("an id")).collect(),
            criteria: vec![Column {
                name: "a".to_owned(),
                weight: Weight::default(),
                required: false,
                levels: column(levels),
                baseline_levels: column(baseline),
            }],
            errored: vec![false; levels.len()],
            latency_ms: vec![Some(100); levels.len()],
            cost_usd: vec![Some(0.25); levels.len()],
            ..Scores::default()
        }
    }

    fn check(levels: &[Option<f64>], expected: Expect) {
        let summary = of(&scores(levels, &vec![None; levels.len()]), Threshold::default());
        expected.assert_eq(&format!(
            "{}/{} passed, {} unscored, rate {:?} in {:?}, average {:?}, {:?}",
            summary.passed,
            summary.scored,
            summary.unscored,
            summary.pass_rate,
            summary.pass_rate_bounds,
            summary.average,
            summary.distribution.counts
        ));
    }

    #[test]
    fn unscored_items_are_counted_not_averaged() {
        check(
            &[Some(5.0), Some(4.0), None, Some(3.0)],
            expect![
                "2/3 passed, 1 unscored, rate Some(0.6666666666666666) in Some(Interval(0.5, 0.75)), average Some(0.7999999999999999), [0, 0, 0, 0, 0, 0, 1, 0, 1, 1]"
            ],
        );
    }

    #[test]
    fn an_empty_run_has_no_mean() {
        check(
            &[],
            expect![
                "0/0 passed, 0 unscored, rate None in None, average None, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
            ],
        );
        check(
            &[None],
            expect![
                "0/0 passed, 1 unscored, rate None in Some(Interval(0.0, 1.0)), average None, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
            ],
        );
    }

    #[test]
    fn a_criterion_has_the_intervals_of_its_own_items() {
        let check = |levels: &[Option<f64>], clusters: Vec<Option<u32>>, expected: Expect| {
            let scores = Scores { clusters, ..scores(levels, &vec![None; levels.len()]) };
            let round = |Interval(low, high): Interval| format!("{low:.3} to {high:.3}");
            let criterion = of(&scores, Threshold::default()).criteria.remove(0);
            let CriterionSummary { pass_rate_interval, average_interval, unscored, .. } = criterion;
            expected.assert_eq(&format!(
                "{:?}, {:?}, {unscored} unscored",
                pass_rate_interval.map(round),
                average_interval.map(round)
            ));
        };
        // Wilson's of 2 of 3, whatever has no level.
        check(
            &[Some(5.0), Some(4.0), None, Some(3.0)],
            Vec::new(),
            expect![[r#"Some("0.208 to 0.939"), Some("0.328 to 0.970"), 1 unscored"#]],
        );
        check(&[None], Vec::new(), expect!["None, None, 1 unscored"]);
        check(
            &[Some(5.0)],
            Vec::new(),
            expect![[r#"Some("0.207 to 1.000"), Some("0.207 to 1.000"), 0 unscored"#]],
        );
        // Two conversations of two items each tell less than four items.
        let levels = [Some(5.0), Some(5.0), Some(1.0), Some(1.0)];
        check(
            &levels,
            Vec::new(),
            expect![[r#"Some("0.150 to 0.850"), Some("0.212 to 0.893"), 0 unscored"#]],
        );
        check(
            &levels,
            vec![Some(0), Some(0), Some(1), Some(1)],
            expect![[r#"Some("0.069 to 0.931"), Some("0.102 to 0.952"), 0 unscored"#]],
        );
    }

    #[test]
    fn an_unknown_cost_makes_the_sum_unknown() {
        assert_eq!(total_cost(&[Some(0.5), None], &[false, false]), None);
        assert_eq!(total_cost(&[Some(0.5), Some(0.25), None], &[false, false, true]), Some(0.75));
    }

    #[test]
    fn a_summary_finds_the_slices_that_fail() {
        // 8 of 20 fail in one feature, 10 of 80 elsewhere: `fisher.8_12_10_70` of the reference vectors.
        let level = |fails: bool| Some(if fails { 3.0 } else { 5.0 });
        let levels: Vec<_> = (0..100).map(|n| level(n < 8 || (20..30).contains(&n))).collect();
        let feature = |n| Some(if n < 20 { "export" } else { "search" }.to_owned());
        let scores = Scores {
            features: (0..100).map(feature).collect(),
            ..scores(&levels, &vec![None; levels.len()])
        };
        let threshold = Threshold::default();
        let found = of(&scores, threshold).slices;
        let shown: Vec<_> =
            found.iter().map(|slice| (slice.value.as_str(), slice.failures, slice.items)).collect();
        assert_eq!(shown, [("export", 8, 20)]);
        assert_eq!(Exact::of(&scores).at(threshold).slices, []);
        assert_eq!(of(&scores, Threshold::try_from(0.1).expect("a threshold")).slices, []);
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let latencies: Vec<_> = (1..=20).map(Some).collect();
        assert_eq!(latency(&latencies), Latency { p50: Some(10), p95: Some(19) });
        assert_eq!(latency(&[None]), Latency { p50: None, p95: None });
    }
}
