//! Outcome → view: what the newest run of a set was answered, in full, to try scorers on.

use std::collections::HashMap;

use shared::api::runs::RunsQuery;
use shared::id::SetId;
use shared::outcome::Answered;
use shared::set::Item;
use shared::target::Target;

use super::export::Pages;
use super::report;
use crate::failure::Failure;
use crate::ports::{Blobs, Clock, Secrets, Sql};
use crate::store;
use crate::store::outcome::answer::{self, Answer};
use crate::store::run::State;

/// The answers of one run, one a line; nothing of none.
pub struct Answers {
    state: Option<State>,
    /// The place in the run's order where the next page begins.
    from: u64,
}

/// Begins the answers of the newest run of a set that is over and has any.
///
/// # Errors
/// Not found.
pub async fn newest(ports: &(impl Sql + Clock + Secrets), set: &SetId) -> Result<Answers, Failure> {
    store::set::get(ports, set, None).await?.ok_or(Failure::NotFound("eval set"))?;
    let of_set = RunsQuery { set_id: Some(set.clone()), ..RunsQuery::default() };
    let runs = store::run::list(ports, &of_set).await?.data;
    let has_answers = |state: &State| {
        let run = report::view(state.clone(), ports.now());
        run.status.is_final() && run.counts.done > run.counts.errored
    };
    Ok(Answers { state: runs.into_iter().find(has_answers), from: 0 })
}

impl<P: Sql + Blobs> Pages<P> for Answers {
    async fn next(&mut self, ports: &P) -> Result<Option<String>, Failure> {
        let Some(state) = &self.state else { return Ok(None) };
        let answers = answer::page(ports, &state.run.id, self.from).await?;
        let Some(last) = answers.last() else { return Ok(None) };
        self.from = last.position + 1;
        let ids: Vec<_> = answers.iter().map(|answer| answer.item_id.clone()).collect();
        let items = store::item::whole_of(ports, &ids).await?.into_iter();
        let mut items: HashMap<_, _> = items.map(|item| (item.row.id.clone(), item)).collect();
        let mut lines = String::new();
        for answer in answers {
            let Some(item) = items.remove(&answer.item_id) else { continue };
            lines.push_str(&serde_json::to_string(&answered(state, item, answer)).unwrap_or_default());
            lines.push('\n');
        }
        Ok(Some(lines))
    }
}

fn answered(state: &State, item: Item, answer: Answer) -> Answered {
    Answered {
        run_id: state.run.id.clone(),
        item_id: answer.item_id,
        request: asked(item.request, &state.run.config.target),
        reference: item.reference,
        response: answer.output,
        error: answer.error,
        latency_ms: answer.latency_ms,
        cost_usd: answer.cost_usd,
        cached: answer.at.is_some_and(|at| at < state.run.created_at),
    }
}

/// Gives the request with the tools that the target was given: it may have some of its own.
fn asked(mut request: serde_json::Value, target: &Target) -> serde_json::Value {
    if let Some(tools) = target.prompt.as_ref().and_then(|prompt| prompt.tools.clone()) {
        request["tools"] = tools.into();
    }
    request
}
