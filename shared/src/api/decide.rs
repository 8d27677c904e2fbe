//! Deciding on runs: comparing two of them.

use super::endpoints;
use crate::auth::Scope;
use crate::compare::Comparison;
use crate::id::RunId;
use crate::mistake::Mistake;
use crate::query::{Pairs, Query, pair};
use crate::share::Share;

/// Which runs to compare. Both are needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompareQuery {
    pub base: Option<RunId>,
    pub candidate: Option<RunId>,
    /// How much of the pass rate the candidate may cost; five points when left out.
    pub margin: Option<Share>,
}

impl Query for CompareQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self {
            base: run(pairs, "base", "?base")?,
            candidate: run(pairs, "candidate", "?candidate")?,
            margin: pairs.take("margin")?,
        })
    }

    fn write(&self) -> Vec<(String, String)> {
        let runs = [pair("base", self.base.as_ref()), pair("candidate", self.candidate.as_ref())];
        runs.into_iter().chain([pair("margin", self.margin.as_ref())]).flatten().collect()
    }
}

fn run(pairs: &mut Pairs, name: &'static str, pointer: &str) -> Result<Option<RunId>, Mistake> {
    let run = pairs.take::<String>(name)?.map(RunId::try_from).transpose();
    run.map_err(|error| Mistake::new(pointer, error.to_string()))
}

endpoints! {
    /// Compares two runs over the items that both have.
    GetCompare {} Get "/api/compare" Some(Scope::Read), 200;
    CompareQuery, () => Comparison;
}
