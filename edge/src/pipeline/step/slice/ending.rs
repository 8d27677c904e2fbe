//! How a slice ends: what nothing could settle any more, what is left to write, and how the shard goes on.

use futures_util::future::try_join;
use serde_json::json;
use shared::run::Budget;
use shared::score::Threshold;
use shared::summary::Summary;

use super::{PATIENCE_MS, Slice};
use crate::failure::Failure;
use crate::pipeline::steer;
use crate::pipeline::step::lot::Lot;
use crate::pipeline::step::plan::Plan;
use crate::pipeline::step::{Next, for_good, pause};
use crate::ports::Ports;
use crate::store::run::{self, GOING};
use crate::store::together::Together;
use crate::store::{canary, outcome, spend};

impl<P: Ports> Slice<'_, P> {
    /// Settles what nothing that is still to come could settle. Tells whether there was any.
    pub(super) async fn settle_what_is_left(&mut self) -> Result<bool, Failure> {
        if self.halted {
            return Ok(false);
        }
        // The shard has no other item to tell whether the key is wrong. Where all shards have been refused less often in a
        // row than stops a run, it counts as the items' own.
        if self.exhausted && self.start.refusals.held().next().is_some() {
            if let Some(why) = self.everybodys().await? {
                self.start.refusals.settle();
                self.halt_refused(why).await?;
                return Ok(false);
            }
            let settled = self.start.refusals.settle();
            self.settle(settled);
            return Ok(true);
        }
        // All calls of the slice went into questions that stay without an answer, and the next slice's would.
        if self.allowance.left() == 0 && !self.progressed && self.batch.len() == 0 {
            let why = "too many of its questions could not be answered to ask the others";
            let stuck = self.desk.give_up(self.plan, why);
            let any = !stuck.is_empty();
            for work in stuck {
                self.decide(&work);
            }
            return Ok(any);
        }
        Ok(false)
    }

    /// Says why every other call would be refused, if all shards together were refused so often in a row.
    async fn everybodys(&self) -> Result<Option<String>, Failure> {
        // What the others were answered just now is written by then.
        self.ports.sleep(Lot::USUAL.age_ms).await;
        let seen = json!(self.start.refusals.sight(self.start.since));
        let others = spend::share_seen(self.ports, self.plan.id(), self.start.shard, &seen).await?;
        Ok(self.start.refusals.everybodys(&others, self.start.since).map(|refusal| refusal.why.clone()))
    }

    /// Decides how it goes on after the slice, and ends the run if this was the last of it.
    pub(super) async fn next(mut self) -> Result<Next, Failure> {
        // Even when there are no facts: nothing is under way any more, and no money is kept.
        let last = self.take_batch(0, None);
        let sql = Together::of(self.ports);
        let is_over = run::is_complete(&sql, self.plan.id());
        let (standing, is_over) = sql.run(try_join(last.last(&sql), is_over)).await?;
        // Even of a run that was paused while its last calls were under way.
        if is_over {
            end(self.ports, self.plan).await?;
            return Ok(Next::Again);
        }
        // The next slice looks why a run stands still, and tells those who are to hear of it.
        if self.halted || !standing.is_going() || self.changed || standing.changes != self.start.changes {
            return Ok(Next::Again);
        }
        self.purse.given(standing.reserved_usd, standing.spent_usd, 0.0);
        let left = self.desk.items() > 0 || self.desk.canaries() > 0 || !self.exhausted || self.again;
        if left && !self.purse.is_spent() {
            // What is left of the budget is kept by others: they may give some of it back.
            let waits = self.plan.run.config.budget_usd.is_some() && !self.progressed;
            let again = if self.is_careful() && self.again { Next::AsCarefully } else { Next::Again };
            return Ok(if waits { Next::At(self.ports.now().plus(PATIENCE_MS)) } else { again });
        }
        if self.purse.is_spent() {
            let reason = self.spent().await?;
            pause(self.ports, self.plan.id(), for_good(reason)).await?;
            return Ok(Next::Again);
        }
        if standing.changes > 0 {
            self.wake_unwanted().await?;
        }
        Ok(Next::Stop)
    }

    /// Wakes the shards that are no longer wanted and have items all the same: they did not hear that the run was changed,
    /// and nobody else would take what they have.
    async fn wake_unwanted(&self) -> Result<(), Failure> {
        let wanted = self.plan.run.config.concurrency.shards();
        for shard in run::unfinished_from(self.ports, self.plan.id(), wanted).await? {
            self.ports.wake(self.plan.id(), shard).await?;
        }
        Ok(())
    }

    /// Says how far the budget got.
    async fn spent(&self) -> Result<String, Failure> {
        let state = steer::find(self.ports, self.plan.id()).await?;
        let (spent, budget) = (self.purse.spent_usd(), state.run.config.budget_usd.map_or(0.0, Budget::usd));
        let counts = state.counts;
        Ok(format!(
            "the budget is spent: stopped at {spent:.4} of {budget} USD after {} of {} items",
            counts.done, counts.total
        ))
    }
}

/// Ends a run, unless it was cancelled: every item has its outcome and every canary its answer.
async fn end<P: Ports>(ports: &P, plan: &Plan) -> Result<(), Failure> {
    let sql = Together::of(ports);
    let scores = outcome::scores(&sql, plan.id(), &plan.criteria, &plan.scorers);
    let (scores, canaries) = sql.run(try_join(scores, canary::summed(&sql, plan.id()))).await?;
    let threshold: Threshold = plan.threshold();
    let summary = Summary { canaries, ..shared::summary::of(&scores, threshold) };
    let under_way = [&GOING[..], &["paused"]].concat();
    run::event_after(ports, plan.id(), &under_way, &run::done(&summary), ports.now()).await?;
    Ok(())
}
