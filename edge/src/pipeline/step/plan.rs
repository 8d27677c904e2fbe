//! What a slice of a run needs to know before it begins.

use shared::canonical::{self, Key};
use shared::criteria::Criterion;
use shared::id::RunId;
use shared::judge;
use shared::score::Threshold;

use crate::failure::Failure;
use crate::pipeline::launch;
use crate::ports::{Secrets, Sql};
use crate::store;
use crate::store::provider::Reach;
use crate::store::run::Frozen;

/// A run with all that its items are worked on by.
pub struct Plan {
    pub run: Frozen,
    pub criteria: Vec<Criterion>,
    /// The judge's version on each criterion.
    pub versions: Vec<Key>,
    pub target: Reach,
    pub judge: Reach,
}

impl Plan {
    /// Looks up what a run needs.
    ///
    /// # Errors
    /// Unavailable when a provider is gone or its key cannot be opened.
    pub async fn of(ports: &(impl Sql + Secrets), run: Frozen) -> Result<Self, Failure> {
        let criteria = launch::criteria(ports, &run).await?;
        let versions =
            criteria.iter().map(|criterion| judge::version(&run.config.judge, criterion)).collect();
        let (target, judge) = (&run.config.target.provider, &run.config.judge.provider);
        let gone = |name| Failure::Unavailable(format!("the provider \"{name}\" is gone"));
        Ok(Self {
            target: store::provider::reach(ports, target).await?.ok_or_else(|| gone(target))?,
            judge: store::provider::reach(ports, judge).await?.ok_or_else(|| gone(judge))?,
            criteria,
            versions,
            run,
        })
    }

    /// Gives the score from which an item passes.
    pub fn threshold(&self) -> Threshold {
        self.run.config.threshold.unwrap_or_default()
    }

    /// Gives how many calls an item takes at most, when none has to be repeated.
    pub fn calls_for_item(&self) -> u32 {
        let sides = if self.run.config.baseline { 2 } else { 1 };
        let questions = u32::try_from(self.criteria.len()).unwrap_or(u32::MAX);
        questions
            .saturating_mul(u32::from(self.run.config.judge.repeats.number()))
            .saturating_mul(sides)
            .saturating_add(1)
    }

    /// Makes a fresh run's questions its own, so that what is known already does not answer them.
    pub fn salted(&self, key: Key) -> Key {
        if self.run.config.fresh { canonical::key(&(self.run.id.as_str(), key)) } else { key }
    }

    /// Gives the id of the run.
    pub fn id(&self) -> &RunId {
        &self.run.id
    }
}
