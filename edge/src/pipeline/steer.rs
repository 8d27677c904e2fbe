//! Pausing, resuming, cancelling and retrying runs. Each is an event; the shards read the newest.

use shared::id::RunId;

use super::wake;
use crate::failure::Failure;
use crate::ports::{Clock, Schedule, Sql};
use crate::store::run::{self, Event, GOING, Last, State};

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
pub async fn pause(ports: &(impl Sql + Clock), id: &RunId) -> Result<(), Failure> {
    let state = find(ports, id).await?;
    let mut from = [&GOING[..], &[""]].concat();
    // One that would go on by itself stays paused from now on.
    if let Some(Last { event: Event::Paused { resumes_at: Some(_), .. }, .. }) = state.last {
        from.push("paused");
    }
    let event = Event::Paused { reason: "paused by hand".to_owned(), resumes_at: None };
    run::event_after(ports, id, &from, &event, ports.now()).await?;
    Ok(())
}

/// Lets a paused run go on.
///
/// # Errors
/// Not found; conflict when it is not paused.
pub async fn resume(ports: &(impl Sql + Clock + Schedule), id: &RunId) -> Result<(), Failure> {
    let state = find(ports, id).await?;
    let resumed = run::event_after(ports, id, &["paused"], &Event::Resumed, ports.now()).await?;
    let last = state.last.map(|last| last.event);
    if !resumed && matches!(last, Some(Event::Cancelled | Event::Done { .. })) {
        return Err(Failure::Conflict("the run is over; start a new one".to_owned()));
    }
    wake::all(ports, &state.run).await
}

/// Ends a run where it stands. A run that is over stays as it is.
///
/// # Errors
/// Not found.
pub async fn cancel(ports: &(impl Sql + Clock), id: &RunId) -> Result<(), Failure> {
    find(ports, id).await?;
    run::event_after(ports, id, &[&GOING[..], &["", "paused"]].concat(), &Event::Cancelled, ports.now())
        .await?;
    Ok(())
}

/// Tries again what is unscored or errored.
///
/// # Errors
/// Not found; conflict while the run is under way or after it was cancelled.
pub async fn retry(ports: &(impl Sql + Clock + Schedule), id: &RunId) -> Result<(), Failure> {
    let state = find(ports, id).await?;
    match state.last.map(|last| last.event) {
        Some(Event::Done { .. }) => {}
        Some(Event::Cancelled) => {
            return Err(Failure::Conflict("the run was cancelled; start a new one".to_owned()));
        }
        _ => return Err(Failure::Conflict("the run is still under way; retry when it is done".to_owned())),
    }
    run::retry(ports, id, ports.now()).await?;
    wake::all(ports, &state.run).await
}
