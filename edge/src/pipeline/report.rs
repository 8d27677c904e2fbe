//! Outcome → summary → view: what came of runs, for people and programs.

use std::collections::HashMap;

use shared::api::runs::ResultsQuery;
use shared::canonical::Key;
use shared::criteria::Criterion;
use shared::gate::checks;
use shared::id::{ItemId, RunId};
use shared::judge::Judgement;
use shared::moment::Moment;
use shared::outcome::{CriterionOutcome, Detail, Judged, Row};
use shared::provider::Protocol;
use shared::run::{Pace, Run, Status, eta_seconds};
use shared::score::Threshold;
use shared::scorer::Scorers;
use shared::summary::exact::Exact;
use shared::summary::{self, Scores, Summary};
use shared::target;

use super::{decide, label, launch, steer};
use crate::failure::Failure;
use crate::ports::{Blobs, Clock, Secrets, Sql};
use crate::store::outcome::Asked;
use crate::store::run::{Event, State};
use crate::store::{self, canary, fact, outcome, provider};
use crate::upstream::form::Form;

/// Reads a run with its progress; a finished one with its summary.
///
/// # Errors
/// Not found.
pub async fn run(ports: &(impl Sql + Clock), id: &RunId) -> Result<Run, Failure> {
    Ok(view(steer::find(ports, id).await?, ports.now()))
}

/// Reads a run as it was when it was made: whoever starts it again under the same key reads what they read first.
///
/// # Errors
/// Not found.
pub async fn made(sql: &impl Sql, id: &RunId) -> Result<Run, Failure> {
    let state = store::run::made(sql, id).await?.ok_or(Failure::NotFound("run"))?;
    let then = state.run.created_at;
    Ok(view(state, then))
}

/// Derives a run's status and progress from its facts.
pub fn view(state: State, now: Moment) -> Run {
    let State { run, set_name, last, worked_from, counts, calls, duplicate_calls, cost_usd, window, .. } =
        state;
    let at = last.as_ref().map(|last| last.at);
    let mut view = Run {
        simulated: std::iter::once(&run.config.target.provider)
            .chain(run.config.judge.members().iter().map(|member| &member.provider))
            .any(|name| name.as_str() == shared::provider::ProviderName::DEMO),
        rejudges: run.rejudges,
        id: run.id,
        name: run.name,
        set_id: run.set_id,
        set_name,
        set_version: run.set_version,
        threshold: run.config.threshold.unwrap_or_default(),
        budget_usd: run.config.budget_usd,
        baseline: run.config.baseline,
        concurrency: Pace { asked: run.config.concurrency.number(), now: 0 },
        target: run.config.target,
        judge: run.config.judge,
        judge_version: run.judge_version,
        status: Status::Queued,
        reason: None,
        resumes_at: None,
        counts,
        calls,
        duplicate_calls,
        cost_usd,
        eta_seconds: None,
        created_at: run.created_at,
        finished_at: None,
        summary: None,
    };
    match last.map(|last| last.event) {
        None => {}
        Some(Event::Started | Event::Resumed | Event::Retried) => {
            view.status = Status::Running;
            view.concurrency.now = window.min(view.concurrency.asked);
            view.eta_seconds = eta_seconds(&view.counts, worked_from.unwrap_or(view.created_at), now);
        }
        Some(Event::Paused { reason, resumes_at, .. }) => {
            view.status = Status::Paused;
            view.reason = Some(reason);
            view.resumes_at = resumes_at;
        }
        Some(Event::Cancelled) => {
            view.status = Status::Cancelled;
            view.reason = Some("cancelled by hand".to_owned());
            view.finished_at = at;
        }
        Some(Event::Done { summary }) => {
            view.status = Status::Done;
            view.finished_at = at;
            // A summary of an older shape is left out, not an error: it can be added up anew.
            view.summary = serde_json::from_value(*summary).ok();
        }
    }
    view
}

/// Reads a run's outcomes as columns.
///
/// # Errors
/// Not found.
pub async fn scores(sql: &impl Sql, id: &RunId) -> Result<Scores, Failure> {
    let state = steer::find(sql, id).await?;
    let (criteria, scorers) = launch::measures(sql, &state.run).await?;
    Ok(outcome::scores(sql, id, &criteria, &scorers).await?)
}

/// Adds a run up, at its own threshold when none is given.
///
/// # Errors
/// Not found.
pub async fn summary(
    ports: &(impl Sql + Clock),
    id: &RunId,
    threshold: Option<Threshold>,
) -> Result<Summary, Failure> {
    let state = steer::find(ports, id).await?;
    let added = add_up(ports, &state, threshold).await?;
    let run = view(state, ports.now());
    let early = (!run.status.is_final()).then(|| {
        let run = Run { threshold: added.summary.threshold, ..run };
        let checks = checks::choose(None, None, None, run.baseline, run.threshold);
        decide::look_ahead(&run, &checks, &added)
    });
    Ok(Summary { early, ..added.summary })
}

/// A run added up, with what that was worked out of.
pub struct AddedUp {
    pub measures: (Vec<Criterion>, Scorers),
    pub scores: Scores,
    pub exact: Exact,
    pub summary: Summary,
}

/// Reads a run's outcomes and adds them up, at its own threshold when none is given.
///
/// # Errors
/// What the database says.
pub async fn add_up(sql: &impl Sql, state: &State, threshold: Option<Threshold>) -> Result<AddedUp, Failure> {
    let measures = launch::measures(sql, &state.run).await?;
    let scores = outcome::scores(sql, &state.run.id, &measures.0, &measures.1).await?;
    let threshold = threshold.or(state.run.config.threshold).unwrap_or_default();
    let canaries = canary::summed(sql, &state.run.id).await?;
    let exact = Exact::of(&scores);
    let summary = Summary { canaries, ..summary::of_exact(&scores, &exact, threshold) };
    Ok(AddedUp { measures, scores, exact, summary })
}

/// Lists a run's results.
///
/// # Errors
/// Not found; invalid when the cursor does not read.
pub async fn results(
    ports: &(impl Sql + Secrets),
    id: &RunId,
    query: &ResultsQuery,
) -> Result<shared::api::List<Row>, Failure> {
    if !store::run::exists(ports, id).await? {
        return Err(Failure::NotFound("run"));
    }
    outcome::results::list(ports, id, query).await
}

/// Reads one result with everything.
///
/// # Errors
/// Not found while the item has no outcome.
pub async fn result(
    ports: &(impl Sql + Blobs + Secrets),
    id: &RunId,
    item: &ItemId,
) -> Result<Detail, Failure> {
    let state = steer::find(ports, id).await?;
    let whole = outcome::get(ports, id, item).await?.ok_or(Failure::NotFound("result"))?;
    let item = store::item::get(ports, &state.run.set_id, item).await?.ok_or(Failure::NotFound("item"))?;
    let completion_keys: Vec<_> = whole.completion_key.iter().cloned().collect();
    let completion = fact::completions(ports, &completion_keys).await?.into_values().next();
    let asked = whole
        .questions
        .iter()
        .flat_map(|questions| [Some(&questions.candidate), questions.baseline.as_ref()]);
    let keys = asked.flatten().flat_map(|asked| asked.keys.iter().chain(asked.panel.iter().flatten()));
    let keys: Vec<_> = keys.cloned().collect();
    let known = fact::judgements(ports, &keys).await?;
    let names = launch::criteria(ports, &state.run).await?;
    let labels = label::of_response(ports, &names, &item.row.id, whole.completion_key.as_ref()).await?;
    let judgements = names.iter().zip(&whole.questions).map(|(criterion, questions)| CriterionOutcome {
        name: criterion.name.to_string(),
        kind: criterion.kind,
        candidate: judged(&questions.candidate, &known),
        baseline: questions.baseline.as_ref().map(|asked| judged(asked, &known)),
    });
    let target = &state.run.config.target;
    let provider = provider::all(ports).await?.into_iter().find(|provider| provider.name == target.provider);
    // Of a provider that is gone nobody knows its protocol.
    let protocol = provider.map_or(Protocol::Openai, |provider| provider.protocol);
    let chat = target::apply(target, &item.request, &item.row.tags);
    let sent = chat.and_then(|chat| Form::of(protocol).write(chat)).ok();
    let (sent, lossy) = sent.map(|carried| (carried.request, carried.lossy)).unzip();
    Ok(Detail {
        judgements: judgements.collect(),
        row: whole.row,
        sent,
        lossy: lossy.unwrap_or_default(),
        request: item.request,
        reference: item.reference,
        baseline_scorers: whole.baseline_scorers,
        response: completion.map(|known| known.output),
        error: whole.error,
        labels,
    })
}

fn judged(asked: &Asked, known: &HashMap<Key, Judgement>) -> Judged {
    let of = |keys: &Vec<Key>| keys.iter().filter_map(|key| known.get(key).cloned()).collect();
    Judged {
        judgements: of(&asked.keys),
        panel: asked.panel.iter().map(of).collect(),
        unscored: asked.unscored.clone(),
    }
}
