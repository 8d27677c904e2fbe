//! The only place where a run advances: one shard's slice of it.
//!
//! Take items that have no outcome; for each *complete → judge → decide*; append facts; stop when the
//! slice has made its calls. It knows nothing of what drives it. A crash at any point loses no fact that
//! was stored and stores none twice: the next slice asks again, and what is known is not paid for twice.
//!
//! Several things wait at once (calls, a claim, a look-up, a write); each ends as an event, and one
//! loop takes the events one by one. Facts are written in batches and looked up in batches, never one
//! statement for one item.

mod batch;
pub(super) mod caution;
pub(super) mod claim;
mod desk;
pub(super) mod judging;
mod lot;
pub(super) mod plan;
mod purse;
mod refusals;
mod share;
mod slice;
pub(super) mod work;
mod write;

use futures_util::future::{TryFutureExt, try_join, try_join3};
use shared::id::RunId;
use shared::moment::Moment;

use self::caution::Caution;
use self::plan::Plan;
use self::purse::Purse;
use self::refusals::Refusals;
use self::share::Share;
use self::slice::{Slice, Start};
use super::{deliver, steer, wake};
use crate::failure::Failure;
use crate::ports::{Ports, SqlError};
use crate::store::run::{self, GOING, Last};
use crate::store::spend::{self, Wants};
use crate::store::together::Together;
use crate::upstream::allowance::Allowance;
use crate::upstream::window::Window;

/// What the driver is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Take another slice at once.
    Again,
    /// Take another slice at once, as carefully as this: more is left of what lost slices had in hand.
    AsCarefully,
    /// Take another slice then.
    At(Moment),
    /// Nothing is left to do here until somebody wakes the shard.
    Stop,
}

/// How long a shard rests after something went wrong here, in milliseconds: shortly when it may pass, and
/// longer when calls that were paid for could not be stored.
const BUSY_MS: i64 = 5_000;
const BROKEN_MS: i64 = 60_000;

/// How long a slice may begin questions, in milliseconds. It may begin tries of them for nine and a half minutes more, and
/// a try takes two at most. So a slice ends before the platform ends it, after fifteen.
const LONGEST_MS: i64 = 180_000;

/// Takes one slice of a run on one shard. Never fails outward: trouble is a later slice.
pub async fn step<P: Ports>(ports: &P, id: &RunId, shard: u32, caution: Caution) -> Next {
    match slice(ports, id, shard, caution).await {
        Ok(next) => next,
        // The run is gone: there is nothing to come back for.
        Err(Failure::NotFound(_)) => Next::Stop,
        Err(Failure::Unavailable(reason)) => match pause(ports, id, for_good(reason)).await {
            Ok(true) => Next::Again,
            Ok(false) => Next::Stop,
            Err(error) => rest(ports, id, &error.into()),
        },
        Err(failure) => rest(ports, id, &failure),
    }
}

fn rest<P: Ports>(ports: &P, id: &RunId, failure: &Failure) -> Next {
    ports.note(&format!("run {id} rests: {failure:?}"));
    Next::At(ports.now().plus(if *failure == Failure::Busy { BUSY_MS } else { BROKEN_MS }))
}

async fn slice<P: Ports>(ports: &P, id: &RunId, shard: u32, caution: Caution) -> Result<Next, Failure> {
    let mut state = steer::find(ports, id).await?;
    if shard >= state.run.config.concurrency.shards() {
        // Fewer calls at once are wanted than when the shard was woken. It gives back what it has even while the run is
        // paused: whoever lets it go on wakes the others alone. They are to look even when nothing is given back: it may
        // have ended the last item, and the run is ended by one of them.
        spend::count_lost(ports, id, shard, ports.calls_begun()).await?;
        spend::give_back(ports, id, shard).await?;
        wake::others(ports, &state.run, Some(shard)).await?;
        return Ok(Next::Stop);
    }
    if let Some(Last { event: run::Event::Paused { resumes_at: Some(at), .. }, .. }) = &state.last {
        if *at > ports.now() {
            spend::count_lost(ports, id, shard, ports.calls_begun()).await?;
            return Ok(match tell(ports, id).await {
                Next::At(sooner) => Next::At(sooner.min(*at)),
                _ => Next::At(*at),
            });
        }
        if run::resume_due(ports, id, ports.now()).await? {
            // The others may have stopped when there was nothing to take.
            wake::others(ports, &state.run, Some(shard)).await?;
        }
        state = steer::find(ports, id).await?;
    }
    let since = state.last.as_ref().filter(|last| last.event != run::Event::Started).map(|last| last.at);
    let is_new = match state.last.map(|last| last.event) {
        None => true,
        Some(run::Event::Started | run::Event::Resumed | run::Event::Retried) => false,
        Some(run::Event::Paused { .. } | run::Event::Cancelled | run::Event::Done { .. }) => {
            spend::count_lost(ports, id, shard, ports.calls_begun()).await?;
            return Ok(tell(ports, id).await);
        }
    };
    let widest = state.run.config.concurrency.window(shard);
    let budget = state.run.config.budget_usd;
    let mut wants = Wants { widest, budget, usd: 0.0, expected_usd: 0.0 };
    // A run waits for its slowest shard to begin.
    let sql = Together::of(ports);
    let started = async {
        if is_new {
            run::event_after(&sql, id, &[""], &run::Event::Started, ports.now()).await?;
        }
        Ok(())
    };
    let plan = Plan::of(&sql, state.run);
    let (plan, begun) = if budget.is_some() {
        let (plan, ()) = sql.run(try_join(plan, started)).await?;
        wants.expected_usd = plan.expected_usd();
        wants.usd = wants.expected_usd * f64::from(widest);
        let begun = spend::begin(ports, id, shard, ports.calls_begun(), wants).await?;
        (plan, begun)
    } else {
        let begin = spend::begin(&sql, id, shard, ports.calls_begun(), wants).map_err(Failure::from);
        let (plan, begun, ()) = sql.run(try_join3(plan, begin, started)).await?;
        (plan, begun)
    };
    let window = Window::of(widest, Some(begun.window));
    let allowance = Allowance::of(ports.slice_limit(), window, ports.now().plus(LONGEST_MS));
    let purse = Purse::of(budget, state.cost_usd.unwrap_or(0.0), begun.reserved_usd);
    let open = plan.run.total.saturating_sub(begun.open_from.unwrap_or(0));
    let share = Share::of(open, widest, plan.run.config.concurrency.number());
    let refusals = Refusals::begin(state.refused, &begun.seen, ports.now());
    let start = Start { shard, changes: state.changes, share, since, refusals, caution };
    Slice::new(ports, &plan, &allowance, purse, start).run().await
}

/// Tells webhooks how a run stands that does not go on. It costs the run nothing: whatever goes wrong is a later slice.
async fn tell<P: Ports>(ports: &P, id: &RunId) -> Next {
    match deliver::deliver(ports, id).await {
        Ok(Some(due)) => Next::At(due),
        Ok(None) => Next::Stop,
        Err(failure) => rest(ports, id, &failure),
    }
}

/// Something that a run waits for until somebody has seen to it.
fn for_good(reason: String) -> run::Event {
    run::Event::Paused { reason, resumes_at: None, refused: false }
}

/// Pauses a run that goes on. Tells whether it did.
async fn pause<P: Ports>(ports: &P, id: &RunId, event: run::Event) -> Result<bool, SqlError> {
    run::event_after(ports, id, &[&GOING[..], &[""]].concat(), &event, ports.now()).await
}
