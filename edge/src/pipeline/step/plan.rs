//! What a slice of a run needs to know before it begins.

use std::cell::Cell;

use futures_util::future::{try_join, try_join_all};
use shared::canonical::{self, Key};
use shared::criteria::{Criterion, Kind};
use shared::id::RunId;
use shared::judge;
use shared::judge::omitted::Omitted;
use shared::judge::panel::{BorderRepeats, Member};
use shared::provider::ProviderName;
use shared::score::Threshold;
use shared::scorer::Scorers;

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
    pub scorers: Scorers,
    /// None of a run that judges completions anew.
    pub target: Option<Reach>,
    /// The judge, then its panel.
    pub judges: Vec<Seat>,
}

/// One judge of a run.
pub struct Seat {
    pub member: Member,
    pub reach: Reach,
    /// Its version on each criterion.
    pub versions: Vec<Key>,
    /// What its provider has refused in this slice.
    pub omitted: Cell<Omitted>,
}

impl Seat {
    /// Seats a judge that is asked by these criteria.
    pub fn of(member: Member, reach: Reach, criteria: &[Criterion]) -> Self {
        let versions = criteria.iter().map(|criterion| judge::version(&member, criterion)).collect();
        Self { member, reach, versions, omitted: Cell::default() }
    }
}

impl Plan {
    /// Looks up what a run needs.
    ///
    /// # Errors
    /// Unavailable when a provider is gone or its key cannot be opened.
    pub async fn of(ports: &(impl Sql + Secrets), run: Frozen) -> Result<Self, Failure> {
        let members = run.config.judge.members();
        let mut names: Vec<_> = members.iter().map(|member| &member.provider).collect();
        if run.rejudges.is_none() {
            names.push(&run.config.target.provider);
        }
        names.sort();
        names.dedup();
        let reaches = try_join_all(names.into_iter().map(|name| reach(ports, name)));
        let ((criteria, scorers), reaches) = try_join(launch::measures(ports, &run), reaches).await?;
        let find = |name: &ProviderName| {
            let found = reaches.iter().find(|reach| reach.provider.name == *name).cloned();
            found.ok_or_else(|| gone(name))
        };
        let target = match &run.rejudges {
            Some(_) => None,
            None => Some(find(&run.config.target.provider)?),
        };
        let seats = members.into_iter().map(|member| {
            let reach = find(&member.provider)?;
            Ok(Seat::of(member, reach, &criteria))
        });
        let judges = seats.collect::<Result<_, Failure>>()?;
        Ok(Self { target, judges, criteria, scorers, run })
    }

    /// Gives the score from which an item passes.
    pub fn threshold(&self) -> Threshold {
        self.run.config.threshold.unwrap_or_default()
    }

    /// Gives how many calls an item takes at most, when none has to be repeated and its answer is not suspected of
    /// talking to the judge: few are, and calls kept back for every item would make slices short.
    pub fn calls_for_item(&self) -> u32 {
        let sides = if self.run.config.baseline { 2 } else { 1 };
        let judge = &self.run.config.judge;
        let repeats = judge.repeats.number().max(judge.border_repeats.map_or(1, BorderRepeats::number));
        let questions = self.criteria.iter().map(|criterion| match criterion.kind {
            // In both orders; the original is not compared with itself.
            Kind::Compare => 2,
            Kind::Factuality => 1,
            Kind::Levels | Kind::Binary => sides,
        });
        let judges = u32::try_from(self.judges.len()).unwrap_or(u32::MAX);
        let each = questions.fold(0, u32::saturating_add).saturating_mul(judges);
        each.saturating_mul(u32::from(repeats)).saturating_add(1)
    }

    /// Gives how often a question about a response is asked that may be talking to the judge: a panel gives
    /// more than one answer anyway, and a judge alone gives another.
    pub fn repeats_of_suspected(&self) -> u8 {
        let usual = self.run.config.judge.repeats.number();
        if self.judges.len() > 1 { usual } else { usual.max(2) }
    }

    /// Gives how many calls a canary takes at most, when none has to be repeated.
    pub fn calls_for_canary(&self) -> u32 {
        let compares = self.criteria.iter().any(|criterion| criterion.kind == Kind::Compare);
        u32::try_from(self.judges.len()).unwrap_or(u32::MAX).saturating_mul(if compares { 2 } else { 1 })
    }

    /// Gives what a call is expected to cost at most, in US dollars, before any was made: 0 when no price is known.
    pub fn expected_usd(&self) -> f64 {
        /// A request with its reference and the question about them.
        const USUAL_BYTES: usize = 6_000;
        let target = self.target.iter().map(|target| (target, &self.run.config.target.model));
        let judges = self.judges.iter().map(|seat| (&seat.reach, &seat.member.model));
        let prices = target.chain(judges).filter_map(|(reach, model)| reach.provider.price(model));
        prices.map(|price| price.expected_usd(USUAL_BYTES, None)).fold(0.0, f64::max)
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

async fn reach(ports: &(impl Sql + Secrets), name: &ProviderName) -> Result<Reach, Failure> {
    let found = store::provider::reach(ports, name).await?;
    found.ok_or_else(|| gone(name))
}

fn gone(name: &ProviderName) -> Failure {
    Failure::Unavailable(format!("the provider \"{name}\" is gone"))
}
