//! The targets and runs that a new run can begin with: saved ones, and those of earlier runs.

use shared::api::choices::Choices;
use shared::run::Run;
use shared::target::SavedTarget;

use super::typed::TypedTarget;
use crate::wording;

/// A target that can be taken again.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub typed: TypedTarget,
    /// What it is called where one is chosen.
    pub name: String,
    /// What it was saved as; none of one that is known from a run.
    pub saved: Option<SavedTarget>,
}

impl Known {
    /// Knows a saved target.
    pub fn of(saved: &SavedTarget) -> Self {
        Self {
            typed: TypedTarget::from(&saved.target),
            name: wording::run::saved(saved),
            saved: Some(saved.clone()),
        }
    }
}

/// Gives the newest run that came to something: what came to nothing is no example.
pub fn last(runs: &[Run]) -> Option<&Run> {
    runs.iter().find(|run| run.counts.passed + run.counts.failed > 0)
}

/// Gives the saved targets by name, then those of the runs that are none of them, the newest first and each once.
pub fn known(choices: &Choices) -> Vec<Known> {
    let saved = choices.targets.data.iter().map(Known::of);
    let used = choices.runs.iter().map(|run| Known {
        typed: TypedTarget::from(&run.target),
        name: wording::run::used(run),
        saved: None,
    });
    let mut known: Vec<Known> = Vec::new();
    for one in saved.chain(used) {
        // Two may be saved alike: each has its name.
        if one.saved.is_some() || !known.iter().any(|other| other.typed == one.typed) {
            known.push(one);
        }
    }
    known
}
