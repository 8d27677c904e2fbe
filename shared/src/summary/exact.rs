//! A run's scores worked out exactly, once, with everything about them that no threshold changes.
//!
//! So that a threshold that somebody moves costs no more than counting what passes.

use super::{BINS, Canaries, Distribution, Scores, Side, Summary, criterion, latency, scorers, total_cost};
use crate::clusters::{self, Clusters, Together};
use crate::score::{Score, Threshold};
use crate::stats::proportion::{self, Proportion};
use crate::stats::{Interval, Z_95, mean};

/// The scores of a run, new and original, to be held to any threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Exact {
    new: Scored,
    original: Scored,
    /// Everything else, as at the default threshold.
    rest: Summary,
}

/// The scores of one side, and what they are on the mean.
#[derive(Debug, Clone, PartialEq)]
struct Scored {
    /// One for each item, in the order of the columns.
    scores: Vec<Option<Score>>,
    scored: u64,
    average: Option<f64>,
    average_interval: Option<Interval>,
    /// Of the items with a score, where some of them belong together.
    together: Option<Together>,
}

impl Exact {
    /// Works the scores out.
    pub fn of(scores: &Scores) -> Self {
        let (new, original) =
            (Scored::of(scores.exact(), scores), Scored::of(scores.exact_baseline(), scores));
        let items = scores.items.len() as u64;
        let errored = scores.errored.iter().filter(|&&errored| errored).count() as u64;
        let has_baseline = original.scored > 0;
        let rest = Summary {
            items,
            scored: new.scored,
            unscored: items - new.scored - errored,
            errored,
            passed: 0,
            pass_rate: None,
            pass_rate_interval: None,
            pass_rate_bounds: None,
            average: new.average,
            average_interval: new.average_interval,
            clusters: None,
            threshold: Threshold::default(),
            distribution: Distribution {
                edges: (0..=BINS).map(|edge| edge as f64 / BINS as f64).collect(),
                counts: histogram(&new.scores),
                baseline_counts: has_baseline.then(|| histogram(&original.scores)),
            },
            baseline: None,
            versus_baseline: None,
            criteria: scores
                .criteria
                .iter()
                .map(|column| criterion(column, &scores.errored, &scores.clusters))
                .collect(),
            scorers: scores.scorers.iter().map(scorers::of).collect(),
            slices: Vec::new(),
            canaries: Canaries::default(),
            early: None,
            cost_usd: total_cost(&scores.cost_usd, &scores.errored),
            latency_ms: latency(&scores.latency_ms),
        };
        Self { new, original, rest }
    }

    /// Gives the score of each item, in the order of the columns.
    pub fn new_scores(&self) -> &[Option<Score>] {
        &self.new.scores
    }

    /// Gives the score of each item's original response, in the order of the columns.
    pub fn original_scores(&self) -> &[Option<Score>] {
        &self.original.scores
    }

    /// Adds the run up at a threshold; what takes more than adding up is left empty.
    pub fn at(&self, threshold: Threshold) -> Summary {
        let (new, clusters) = self.new.at(threshold);
        Summary {
            passed: new.passed,
            pass_rate: new.pass_rate,
            pass_rate_interval: new.pass_rate_interval,
            pass_rate_bounds: proportion::bounds(new.passed, new.scored, self.rest.unscored),
            clusters,
            threshold,
            baseline: (self.original.scored > 0).then(|| self.original.at(threshold).0),
            ..self.rest.clone()
        }
    }
}

impl Scored {
    fn of(exact: Vec<Option<Score>>, columns: &Scores) -> Self {
        let values: Vec<f64> = exact.iter().flatten().map(|score| score.value()).collect();
        let clusters = exact.iter().zip(&columns.clusters).filter(|(score, _)| score.is_some());
        let together = Together::of(&clusters.map(|(_, cluster)| *cluster).collect::<Vec<_>>());
        let effect = clusters::effect(together.as_ref().map(|together| together.widen(&values)));
        Self {
            scored: values.len() as u64,
            average: mean::of(&values),
            average_interval: mean::interval_as_of_fewer(&values, effect, Z_95),
            together,
            scores: exact,
        }
    }

    /// Adds the side up, and says what it does to its pass rate that items belong together.
    fn at(&self, threshold: Threshold) -> (Side, Option<Clusters>) {
        let passes = || self.scores.iter().flatten().map(|score| score.passes(threshold));
        let passed = passes().filter(|passes| *passes).count() as u64;
        let clusters = self.together.as_ref().map(|together| {
            together.widen(&passes().map(|passes| f64::from(u8::from(passes))).collect::<Vec<_>>())
        });
        let n = self.scored;
        let rate = Proportion { part: passed, rest: n - passed };
        let side = Side {
            scored: n,
            unscored: self.scores.len() as u64 - n,
            passed,
            pass_rate: rate.rate(),
            pass_rate_interval: rate.interval_as_of(n as f64 / clusters::effect(clusters), Z_95),
            average: self.average,
            average_interval: self.average_interval,
        };
        (side, clusters)
    }
}

fn histogram(scores: &[Option<Score>]) -> Vec<u64> {
    let mut counts = vec![0; BINS];
    for score in scores.iter().flatten() {
        let bin = score.tenth().min(BINS - 1);
        if let Some(count) = counts.get_mut(bin) {
            *count += 1;
        }
    }
    counts
}
