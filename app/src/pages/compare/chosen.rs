//! The two runs themselves: those of the list where it has them, else asked for.

use shared::api::runs::GetRun;
use shared::id::RunId;
use shared::run::Run;

use super::choice::Choice;
use crate::api::{self, CallError};
use crate::components::paged::Paged;

/// Finds the runs that are chosen.
#[derive(Clone, Copy)]
pub struct Chosen {
    pub listed: Paged<Run>,
    pub choice: Choice,
}

impl Chosen {
    /// Gives the base and the new run, as the choice changes; none while one is not chosen or the list not there.
    pub fn find(self) -> Option<impl Future<Output = Result<(Run, Run), CallError>>> {
        let (base, candidate) = (self.choice.base.get()?, self.choice.candidate.get()?);
        let listed = self.listed.rows()?;
        let known = |id: &RunId| listed.iter().find(|run| run.id == *id).map(|run| Run::clone(run));
        let known = (known(&base), known(&candidate));
        Some(async move { Ok((run(known.0, base).await?, run(known.1, candidate).await?)) })
    }
}

async fn run(known: Option<Run>, run: RunId) -> Result<Run, CallError> {
    match known {
        Some(run) => Ok(run),
        None => api::read_from(&GetRun { run }).await,
    }
}
