//! Mean scores, compared by what each item gained.
//!
//! In whole steps of the scores' own fractions: what gains nothing gains exactly nothing.

use serde::{Deserialize, Serialize};

use super::pairs::{Pair, Standing};
use crate::clusters::Together;
use crate::score::Score;
use crate::stats::paired::scores::Gains;
use crate::stats::paired::{ranks, signs};
use crate::stats::{Interval, mean};

/// What the flips of signs are drawn with: the same scores have the same p.
const SEED: u64 = 1;

/// Mean scores over the items that both sides have a score of. All is none when there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Means {
    pub base: Option<f64>,
    pub candidate: Option<f64>,
    /// Candidate minus base.
    pub difference: Option<f64>,
    /// Student's, of the difference; by cluster where items belong together. None of one item.
    pub interval_95: Option<Interval>,
    /// Two-sided: by flips of the signs below 50 items or clusters, Student's from there on.
    pub p: Option<f64>,
    /// Only where two runs are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<Tests>,
}

/// The p values of every test of the mean difference, two-sided: for exports, beside the one that is shown.
///
/// None where a test has nothing to go by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tests {
    /// Student's for pairs; by cluster where items belong together. None when all gained the same.
    pub t: Option<f64>,
    /// Of flipped signs, of whole clusters where items belong together.
    pub sign_flip: Option<f64>,
    /// Wilcoxon's signed ranks, as of independent items. None when no item gained or lost.
    pub wilcoxon: Option<f64>,
}

/// Compares the scores of the items that both sides have one of; all is none when there are none.
pub fn of(pairs: &[Pair]) -> Means {
    let mean = |side: fn(&Pair) -> Standing| {
        let scored = pairs.iter().filter(|pair| scores(pair).is_some());
        mean::of(&scored.filter_map(|pair| Some(side(pair).score()?.value())).collect::<Vec<_>>())
    };
    let gained = Gained::of(pairs);
    let (interval_95, p) = match gained.as_ref().map(|gained| (&gained.gains, gained.clusters())) {
        None => (None, None),
        Some((gains, None)) => (gains.interval(0.95), gains.p(SEED)),
        Some((gains, Some(clusters))) => (
            gains.clustered(clusters).and_then(|clustered| clustered.interval(0.95)),
            gains.p_by_cluster(clusters, SEED),
        ),
    };
    Means {
        base: mean(|pair| pair.base),
        candidate: mean(|pair| pair.candidate),
        difference: gained.and_then(|gained| gained.gains.mean()),
        interval_95,
        p,
        tests: None,
    }
}

/// Tests the mean difference in every way; none when no item has two scores.
pub fn tests(pairs: &[Pair]) -> Option<Tests> {
    let gained = Gained::of(pairs)?;
    let (gains, clusters) = (&gained.gains, gained.clusters());
    Some(Tests {
        t: match clusters {
            None => gains.t().map(|t| t.p),
            Some(clusters) => gains.p_of_t_by_cluster(clusters),
        },
        sign_flip: match clusters {
            None => signs::p(gains.steps(), SEED),
            Some(clusters) => gains.p_of_signs_by_cluster(clusters, SEED),
        },
        wilcoxon: ranks::wilcoxon(gains.steps()).map(|wilcoxon| wilcoxon.p),
    })
}

fn scores(pair: &Pair) -> Option<(Score, Score)> {
    pair.base.score().zip(pair.candidate.score())
}

/// What items gained, and which of them belong together.
struct Gained {
    gains: Gains,
    together: Option<Together>,
}

impl Gained {
    /// Takes the items that both sides have a score of; none when there are none.
    fn of(pairs: &[Pair]) -> Option<Self> {
        let scored: Vec<_> = pairs.iter().filter_map(|pair| Some((scores(pair)?, pair.cluster))).collect();
        let (gains, clusters) = gains(&scored)?;
        Some(Self { gains, together: Together::of(&clusters) })
    }

    /// Gives the cluster of each item; none when they are independent, or all of one cluster.
    fn clusters(&self) -> Option<&[u64]> {
        self.together.as_ref().and_then(Together::keys)
    }
}

/// Takes what each item gained in whole steps with its cluster, in an order of their own: that of a run is
/// drawn by lot.
///
/// None of scores that have no common steps: those of different criteria, which nobody compares.
fn gains(scored: &[((Score, Score), Option<u32>)]) -> Option<(Gains, Vec<Option<u32>>)> {
    let ((first, _), _) = scored.first()?;
    let per_point = first.fraction().1;
    let step = |&((base, candidate), cluster): &((Score, Score), Option<u32>)| {
        let ((before, a), (after, b)) = (base.fraction(), candidate.fraction());
        if a == per_point && b == per_point {
            Some((i128::try_from(after).ok()? - i128::try_from(before).ok()?, cluster))
        } else {
            None
        }
    };
    let mut steps = scored.iter().map(step).collect::<Option<Vec<_>>>()?;
    steps.sort_unstable_by_key(|(step, _)| (std::cmp::Reverse(step.unsigned_abs()), *step));
    let (steps, clusters): (Vec<i128>, Vec<_>) = steps.into_iter().unzip();
    let common = steps.iter().fold(per_point, |common, step| greatest_common(common, step.unsigned_abs()));
    let whole = |step: i128| i64::try_from(step / i128::try_from(common).ok()?).ok();
    let steps = steps.into_iter().map(whole).collect::<Option<_>>()?;
    Some((Gains::of(steps, u64::try_from(per_point / common).ok()?)?, clusters))
}

fn greatest_common(mut one: u128, mut other: u128) -> u128 {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}
