//! The columns of two runs side by side, and of one run beside its originals: what a comparison needs of them.

use std::collections::BTreeMap;

use super::exact::Exact;
use super::{Column, Scores};
use crate::compare::criteria::{Item, Levels};
use crate::compare::items::{ItemPair, ItemPairs};
use crate::compare::spent::Took;
use crate::score::MeanLevel;

/// The columns of two runs that compare, by the items that both have.
#[derive(Debug)]
pub struct Beside<'a> {
    base: &'a Scores,
    candidate: &'a Scores,
    /// The places of each such item in the columns of the base and of the candidate.
    places: Vec<(usize, usize)>,
}

impl<'a> Beside<'a> {
    /// Finds the items that both runs have.
    pub fn of(base: &'a Scores, candidate: &'a Scores) -> Self {
        let of_base: BTreeMap<_, _> =
            base.items.iter().enumerate().map(|(place, item)| (item, place)).collect();
        let items = candidate.items.iter().enumerate();
        let places = items.filter_map(|(place, item)| Some((*of_base.get(item)?, place)));
        Self { base, candidate, places: places.collect() }
    }

    /// Gives the levels on the criteria that both runs have by the same name.
    ///
    /// Runs that compare were asked the same questions in the same order (see [`crate::compare::terms`]), so
    /// that the place tells the question.
    pub fn criteria(&self) -> Vec<Levels> {
        let columns = self.base.criteria.iter().zip(&self.candidate.criteria);
        let levels =
            columns.filter(|(base, candidate)| base.name == candidate.name).map(|(base, candidate)| {
                let item = |&(before, after): &(usize, usize)| Item {
                    base: level(&base.levels, before),
                    candidate: level(&candidate.levels, after),
                    cluster: self.candidate.cluster(after),
                };
                Levels { name: base.name.clone(), items: self.places.iter().map(item).collect() }
            });
        levels.collect()
    }

    /// Gives the items that have a score in both runs. The exact scores are of these columns.
    pub fn pairs(&self, base: &Exact, candidate: &Exact) -> ItemPairs {
        let mut pairs = ItemPairs::default();
        for &(before, after) in &self.places {
            let of_base = self.base.standing(base, before).score();
            let scores = of_base.zip(self.candidate.standing(candidate, after).score());
            let (Some((base, candidate)), Some(item)) = (scores, self.candidate.items.get(after)) else {
                continue;
            };
            let feature = self.candidate.features.get(after).and_then(Option::as_deref);
            pairs.push(ItemPair { item, feature, base, candidate });
        }
        pairs
    }

    /// Gives how long the answers took, in milliseconds, of the items that both runs answered.
    pub fn latencies(&self) -> Vec<Took> {
        self.took(|scores, place| scores.latency_ms.get(place).copied().flatten().map(|millis| millis as f64))
    }

    /// Gives what the answers cost, in US dollars, of the items of which both are known.
    pub fn costs(&self) -> Vec<Took> {
        self.took(|scores, place| scores.cost_usd.get(place).copied().flatten())
    }

    fn took(&self, of: fn(&Scores, usize) -> Option<f64>) -> Vec<Took> {
        let took = self.places.iter().filter_map(|&(base, candidate)| {
            Some(Took {
                base: of(self.base, base)?,
                candidate: of(self.candidate, candidate)?,
                cluster: self.candidate.cluster(candidate),
            })
        });
        took.collect()
    }
}

/// Gives the levels of a run's originals and of its own responses on each criterion.
pub fn originals(scores: &Scores) -> Vec<Levels> {
    let levels = |column: &Column| {
        let item = |place: usize| Item {
            base: level(&column.baseline_levels, place),
            candidate: level(&column.levels, place),
            cluster: scores.cluster(place),
        };
        Levels { name: column.name.clone(), items: (0..scores.items.len()).map(item).collect() }
    };
    scores.criteria.iter().map(levels).collect()
}

fn level(levels: &[Option<MeanLevel>], place: usize) -> Option<MeanLevel> {
    levels.get(place).copied().flatten()
}
