//! Facts that wait to be written together.

use shared::id::RunId;
use shared::judge::canary::Tried;

use crate::ports::Statement;
use crate::store::canary;
use crate::store::fact::{self, Completion, Judged};
use crate::store::outcome::{self, Finished};
use crate::store::spend::Spend;

/// Facts that wait to be written together, with what they took.
#[derive(Default)]
pub struct Batch {
    pub completions: Vec<Completion>,
    pub judgements: Vec<Judged>,
    pub outcomes: Vec<Finished>,
    /// Canaries by their position.
    pub canaries: Vec<(u32, Tried)>,
    pub spend: Spend,
}

impl Batch {
    /// Gives the number of facts.
    pub fn len(&self) -> usize {
        self.completions.len() + self.judgements.len() + self.outcomes.len() + self.canaries.len()
    }

    /// Writes it: facts before the outcomes that rest on them.
    pub fn statements(&self, id: &RunId) -> Vec<Statement> {
        let mut statements = fact::add_completions(&self.completions);
        statements.extend(fact::add_judgements(&self.judgements));
        statements.extend(outcome::add(id, &self.outcomes));
        statements.extend(canary::answer(id, &self.canaries));
        statements
    }
}
