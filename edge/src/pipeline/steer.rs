//! Pausing, resuming, cancelling and retrying runs. Each is an event; the shards read the newest.

use shared::id::RunId;
use shared::run::{NewRun, RunChange};

use super::{launch, wake};
use crate::failure::Failure;
use crate::ports::{Clock, Journal, Schedule, Secrets, Sql};
use crate::store::run::{self, Event, Frozen, GOING, Last, State};

/// Reads a run.
///
/// # Errors
/// Not found.
pub async fn find(sql: &impl Sql, id: &RunId) -> Result<State, Failure> {
    run::get(sql, id).await?.ok_or(Failure::NotFound("run"))
}

/// Pauses a run: calls under way end, no more are made. A run that does not go on stays as it is.
///
/// # Errors
/// Not found.
pub async fn pause(ports: &(impl Sql + Clock + Schedule + Journal), id: &RunId) -> Result<(), Failure> {
    let state = find(ports, id).await?;
    let mut from = [&GOING[..], &[""]].concat();
    // One that would go on by itself stays paused from now on.
    if let Some(Last { event: Event::Paused { resumes_at: Some(_), .. }, .. }) = &state.last {
        from.push("paused");
    }
    let event = Event::Paused { reason: "paused by hand".to_owned(), resumes_at: None, refused: false };
    run::event_after(ports, id, &from, &event, ports.now()).await?;
    wake::all(ports, &state.run).await;
    Ok(())
}

/// Lets a paused run go on.
///
/// # Errors
/// Not found; conflict when it is not paused.
pub async fn resume(ports: &(impl Sql + Clock + Schedule + Journal), id: &RunId) -> Result<(), Failure> {
    let state = find(ports, id).await?;
    let resumed = run::event_after(ports, id, &["paused"], &Event::Resumed, ports.now()).await?;
    let last = state.last.map(|last| last.event);
    if !resumed && matches!(last, Some(Event::Cancelled | Event::Done { .. })) {
        return Err(Failure::Conflict("the run is over; start a new one".to_owned()));
    }
    wake::all(ports, &state.run).await;
    Ok(())
}

/// Ends a run where it stands. A run that is over stays as it is.
///
/// # Errors
/// Not found.
pub async fn cancel(ports: &(impl Sql + Clock + Schedule + Journal), id: &RunId) -> Result<(), Failure> {
    let state = find(ports, id).await?;
    run::event_after(ports, id, &[&GOING[..], &["", "paused"]].concat(), &Event::Cancelled, ports.now())
        .await?;
    wake::all(ports, &state.run).await;
    Ok(())
}

/// Changes a run that is not over. One that is paused stays paused.
///
/// # Errors
/// Not found; conflict when it is over; invalid when a budget cannot be kept.
pub async fn change(
    ports: &(impl Sql + Clock + Schedule + Journal + Secrets),
    id: &RunId,
    change: RunChange,
) -> Result<(), Failure> {
    let state = find(ports, id).await?;
    if matches!(state.last.as_ref().map(|last| &last.event), Some(Event::Cancelled | Event::Done { .. })) {
        return Err(Failure::Conflict("the run is over; start a new one".to_owned()));
    }
    if change == RunChange::default() {
        return Ok(());
    }
    let config = NewRun {
        budget_usd: change.budget_usd.or(state.run.config.budget_usd),
        concurrency: change.concurrency.unwrap_or(state.run.config.concurrency),
        ..state.run.config.clone()
    };
    launch::check_budget_of(ports, &config, state.run.rejudges.is_none()).await?;
    run::change(ports, id, change, ports.now()).await?;
    wake::all(ports, &state.run).await;
    wake::all(ports, &Frozen { config, ..state.run }).await;
    Ok(())
}

/// Tries again what is unscored or errored.
///
/// # Errors
/// Not found; conflict while the run is under way or after it was cancelled.
pub async fn retry(ports: &(impl Sql + Clock + Schedule + Journal), id: &RunId) -> Result<(), Failure> {
    let state = find(ports, id).await?;
    if !run::retry(ports, id, ports.now()).await? {
        let why = match state.last.map(|last| last.event) {
            Some(Event::Cancelled) => "the run was cancelled; start a new one",
            _ => "the run is still under way; retry when it is done",
        };
        return Err(Failure::Conflict(why.to_owned()));
    }
    wake::all(ports, &state.run).await;
    Ok(())
}
