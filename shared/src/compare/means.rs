//! Mean scores, compared by what each item gained.
//!
//! In whole steps of the scores' own fractions: what gains nothing gains exactly nothing.

use serde::{Deserialize, Serialize};

use super::pairs::Pair;
use crate::clusters::Together;
use crate::score::Score;
use crate::stats::paired::scores::Gains;
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
}

/// Compares the scores of the items that both sides have one of; all is none when there are none.
pub fn of(pairs: &[Pair]) -> Means {
    let scored = pairs.iter().filter_map(|pair| pair.base.score().zip(pair.candidate.score()));
    let (base, candidate): (Vec<_>, Vec<_>) = scored.unzip();
    let scored = pairs.iter().filter(|pair| pair.base.score().and(pair.candidate.score()).is_some());
    let clusters: Vec<_> = scored.map(|pair| pair.cluster).collect();
    let mean = |scores: &[Score]| mean::of(&scores.iter().map(|score| score.value()).collect::<Vec<_>>());
    let gained = gains(&base, &candidate, &clusters);
    let gains = gained.as_ref().map(|(gains, _)| gains);
    let together = gained.as_ref().and_then(|(_, clusters)| Together::of(clusters));
    let (interval_95, p) = match (gains, together.as_ref().and_then(Together::keys)) {
        (None, _) => (None, None),
        (Some(gains), None) => (gains.interval(0.95), gains.p(SEED)),
        (Some(gains), Some(clusters)) => (
            gains.clustered(clusters).and_then(|clustered| clustered.interval(0.95)),
            gains.p_by_cluster(clusters, SEED),
        ),
    };
    Means {
        base: mean(&base),
        candidate: mean(&candidate),
        difference: gains.and_then(Gains::mean),
        interval_95,
        p,
    }
}

/// Takes what each item gained in whole steps with its cluster, in an order of their own: that of a run is
/// drawn by lot.
///
/// None of scores that have no common steps: those of different criteria, which nobody compares.
fn gains(base: &[Score], candidate: &[Score], clusters: &[Option<u32>]) -> Option<(Gains, Vec<Option<u32>>)> {
    let per_point = base.first()?.fraction().1;
    let step = |(base, candidate): (&Score, &Score)| {
        let ((before, a), (after, b)) = (base.fraction(), candidate.fraction());
        if a == per_point && b == per_point {
            Some(i128::try_from(after).ok()? - i128::try_from(before).ok()?)
        } else {
            None
        }
    };
    let steps = base.iter().zip(candidate).map(step).collect::<Option<Vec<_>>>()?;
    let mut steps: Vec<_> = steps.into_iter().zip(clusters.iter().copied()).collect();
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
