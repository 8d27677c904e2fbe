//! Runs: one set version, one target, one judge. Frozen when it starts.
//!
//! Status and progress are derived from which facts exist; here are the words for them. Leaves out the
//! engine that makes the facts.

use serde::{Deserialize, Serialize};

use crate::canonical::Key;
use crate::criteria::{Criteria, Name};
use crate::id::{RunId, SetId};
use crate::judge::Judge;
use crate::moment::Moment;
use crate::score::Threshold;
use crate::summary::Summary;
use crate::target::Target;

/// What starts a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    pub set_id: SetId,
    /// The newest when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    pub target: Target,
    pub judge: Judge,
    /// The set's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
    #[serde(default)]
    pub concurrency: Concurrency,
    /// The most that the run may spend, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_usd: Option<Budget>,
    /// Judge the original responses too.
    #[serde(default = "yes")]
    pub baseline: bool,
    /// Ask everything anew, whatever is known already.
    #[serde(default)]
    pub fresh: bool,
    /// Take a random part of the items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
}

/// What judges the completions of a run anew: what is left out stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rejudge {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<Judge>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    /// Ask the judge anew what it has answered already: that shows how steady it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fresh: bool,
}

/// What is changed of a run while it is under way: what is left out stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunChange {
    /// What it may cost in all, what was spent already among it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_usd: Option<Budget>,
    /// How many calls may be under way at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
}

fn yes() -> bool {
    true
}

/// A seeded random part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// How many; all when there are fewer.
    pub n: u32,
    #[serde(default)]
    pub seed: u64,
}

/// How many calls may be under way at once: 1 to 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u32", into = "u32")]
pub struct Concurrency(u32);

/// The number of calls at once does not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a concurrency of {0} is not possible; it is from 1 to 200")]
pub struct NotConcurrency(u32);

/// The most calls of one shard that may be waiting for an answer's headers at once.
///
/// The platform lets an invocation wait for six.
pub const SHARD_WINDOW: u32 = 6;

impl Concurrency {
    /// Gives the number.
    pub fn number(self) -> u32 {
        self.0
    }

    /// Gives how many shards drive such a run.
    pub fn shards(self) -> u32 {
        self.0.div_ceil(SHARD_WINDOW)
    }

    /// Gives the window of one shard (from 0): the windows of all shards add up to the concurrency.
    pub fn window(self, shard: u32) -> u32 {
        let shards = self.shards();
        self.0 / shards + u32::from(shard < self.0 % shards)
    }
}

impl Default for Concurrency {
    fn default() -> Self {
        Self(16)
    }
}

impl TryFrom<u32> for Concurrency {
    type Error = NotConcurrency;

    fn try_from(number: u32) -> Result<Self, NotConcurrency> {
        if (1..=200).contains(&number) { Ok(Self(number)) } else { Err(NotConcurrency(number)) }
    }
}

impl From<Concurrency> for u32 {
    fn from(concurrency: Concurrency) -> Self {
        concurrency.0
    }
}

/// An amount in US dollars, above 0.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "f64", into = "f64")]
pub struct Budget(f64);

/// The number is not a budget.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a budget; it is an amount in US dollars above 0")]
pub struct NotABudget(f64);

impl Budget {
    /// Gives US dollars.
    pub fn usd(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Budget {
    type Error = NotABudget;

    fn try_from(usd: f64) -> Result<Self, NotABudget> {
        if usd.is_finite() && usd > 0.0 { Ok(Self(usd)) } else { Err(NotABudget(usd)) }
    }
}

impl From<Budget> for f64 {
    fn from(budget: Budget) -> Self {
        budget.0
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// No shard has begun.
    Queued,
    Running,
    Paused,
    /// Every item has an outcome.
    Done,
    Cancelled,
}

impl Status {
    /// Tells whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

/// How many items have which outcome. `done` is the sum of the last four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    pub total: u64,
    pub done: u64,
    pub passed: u64,
    pub failed: u64,
    pub unscored: u64,
    pub errored: u64,
}

/// How many calls were made, and how many were not needed. `target`, `judge` and `retried` add up to what the providers
/// saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Calls {
    /// Calls to the target that were answered, or after which no more were made.
    pub target: u64,
    /// Calls to the judge that were answered, or after which no more were made.
    pub judge: u64,
    /// Answers that were known already.
    pub memoised: u64,
    /// Calls that had to be made again, those that were lost among them.
    pub retried: u64,
}

/// Calls at once: what was asked for and what the shards allow themselves now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pace {
    pub asked: u32,
    pub now: u32,
}

/// A run with its progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    pub id: RunId,
    pub name: Name,
    pub set_id: SetId,
    pub set_name: Name,
    pub set_version: u32,
    pub target: Target,
    pub judge: Judge,
    pub judge_version: Key,
    pub threshold: Threshold,
    pub budget_usd: Option<Budget>,
    pub baseline: bool,
    pub status: Status,
    /// Why it is paused or was cancelled.
    pub reason: Option<String>,
    /// When a paused run goes on by itself.
    pub resumes_at: Option<Moment>,
    pub counts: Counts,
    pub calls: Calls,
    /// Of `calls.retried` those that the service was stopped in the middle of: their answers, if there were any, are lost
    /// and were paid for.
    #[serde(default)]
    pub duplicate_calls: u64,
    /// What its calls cost; none when a price is not known. Calls whose answers were lost are taken to cost what the others
    /// do in the mean.
    pub cost_usd: Option<f64>,
    pub concurrency: Pace,
    /// Seconds to go, by the pace so far; none before there is one.
    pub eta_seconds: Option<u64>,
    /// The run whose completions it judges anew; none when it asks a target itself.
    #[serde(default)]
    pub rejudges: Option<RunId>,
    /// Answers are made up: the target or the judge is simulated.
    pub simulated: bool,
    pub created_at: Moment,
    pub finished_at: Option<Moment>,
    /// None until the run is done.
    pub summary: Option<Summary>,
}

/// How far a run is: what of it changes while it goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Progress {
    pub status: Status,
    pub reason: Option<String>,
    pub resumes_at: Option<Moment>,
    pub counts: Counts,
    pub calls: Calls,
    #[serde(default)]
    pub duplicate_calls: u64,
    pub cost_usd: Option<f64>,
    pub concurrency: Pace,
    pub eta_seconds: Option<u64>,
    pub finished_at: Option<Moment>,
}

impl Progress {
    /// Takes it out of a run.
    pub fn of(run: Run) -> Self {
        let Run { status, reason, resumes_at, counts, calls, .. } = run;
        let Run { duplicate_calls, cost_usd, concurrency, eta_seconds, finished_at, .. } = run;
        Self {
            status,
            reason,
            resumes_at,
            counts,
            calls,
            duplicate_calls,
            cost_usd,
            concurrency,
            eta_seconds,
            finished_at,
        }
    }

    /// Gives the run as it is now.
    pub fn put_into(self, run: Run) -> Run {
        let Self { status, reason, resumes_at, counts, calls, .. } = self;
        let Self { duplicate_calls, cost_usd, concurrency, eta_seconds, finished_at, .. } = self;
        Run {
            status,
            reason,
            resumes_at,
            counts,
            calls,
            duplicate_calls,
            cost_usd,
            concurrency,
            eta_seconds,
            finished_at,
            ..run
        }
    }
}

/// Gives the seconds that are left, if the items to come take as long as those that are done.
pub fn eta_seconds(counts: &Counts, started_at: Moment, now: Moment) -> Option<u64> {
    let left = counts.total.checked_sub(counts.done)?;
    if counts.done == 0 {
        return None;
    }
    let each = now.since(started_at) as f64 / counts.done as f64;
    Some((each * left as f64 / 1000.0).ceil() as u64)
}

/// Gives what is still to be paid, in US dollars, if the items to come cost as much as those that are done.
pub fn cost_to_go(spent_usd: Option<f64>, counts: &Counts) -> Option<f64> {
    let left = counts.total.checked_sub(counts.done)?;
    if counts.done == 0 {
        return None;
    }
    Some(spent_usd? / counts.done as f64 * left as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(concurrency: u32, expected: Expect) {
        let windows = Concurrency::try_from(concurrency).map(|concurrency| {
            (0..concurrency.shards()).map(|shard| concurrency.window(shard)).collect::<Vec<_>>()
        });
        expected.assert_eq(&windows.map_or_else(|error| error.to_string(), |windows| format!("{windows:?}")));
    }

    #[test]
    fn windows_add_up_to_the_concurrency_and_none_is_above_six() {
        check(1, expect!["[1]"]);
        check(16, expect!["[6, 5, 5]"]);
        check(24, expect!["[6, 6, 6, 6]"]);
        check(201, expect!["a concurrency of 201 is not possible; it is from 1 to 200"]);
    }

    #[test]
    fn cost_to_go_needs_a_cost_so_far() {
        let counts = |done| Counts { total: 100, done, ..Counts::default() };
        assert_eq!(cost_to_go(Some(1.0), &counts(0)), None);
        assert_eq!(cost_to_go(None, &counts(25)), None);
        assert_eq!(cost_to_go(Some(1.0), &counts(25)), Some(3.0));
    }

    #[test]
    fn time_to_go_needs_a_pace() {
        let counts = |done| Counts { total: 100, done, ..Counts::default() };
        let (start, now) = (Moment::from_millis(0), Moment::from_millis(10_000));
        assert_eq!(eta_seconds(&counts(0), start, now), None);
        assert_eq!(eta_seconds(&counts(25), start, now), Some(30));
        assert_eq!(
            eta_seconds(&counts(25), now, start),
            Some(0),
            "a clock that leaps back makes it zero, not negative"
        );
    }
}
