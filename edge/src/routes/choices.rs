//! What a new run can be made of.

use shared::api::choices::{Choices, GetChoices};
use shared::api::runs::RunsQuery;
use shared::query::{LARGEST_PAGE, Page};

use super::{Call, Table};
use crate::failure::Failure;
use crate::pipeline::report;
use crate::ports::Ports;
use crate::store::{provider, run, set, target};

/// So many of the newest runs can be taken again.
const RUNS: u32 = 20;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(choices)
}

async fn choices<P: Ports>(ports: &P, call: Call<GetChoices>) -> Result<Choices, Failure> {
    let first = |limit| Page { limit: Some(limit), cursor: None };
    let whole = first(LARGEST_PAGE);
    let newest = RunsQuery { set_id: call.query.set_id, order: None, page: first(RUNS) };
    let runs = run::list(ports, &newest).await?;
    let now = ports.now();
    Ok(Choices {
        sets: set::list(ports, &whole).await?,
        providers: provider::list(ports, &whole).await?,
        targets: target::list(ports, &whole).await?,
        runs: runs.data.into_iter().map(|state| report::view(state, now)).collect(),
    })
}
