//! What a slice does about each thing that it waited for.

use std::collections::HashMap;

use shared::canonical::Key;
use shared::judge::{Judgement, Unscored};
use shared::moment::Moment;

use super::{Event, Kept, Refusal, Slice};
use crate::failure::Failure;
use crate::pipeline::step::claim::Claimed;
use crate::pipeline::step::desk::{Answer, Ask, Id, Stage};
use crate::pipeline::step::judging::{Refused, Reply};
use crate::pipeline::step::pause;
use crate::pipeline::step::work::ending::{self, Ended};
use crate::pipeline::step::work::{Fact, Subject, Work};
use crate::pipeline::wake;
use crate::ports::Ports;
use crate::store::fact::{Completion, Judged, Known, Took};
use crate::store::run::{self, Claim};
use crate::store::spend::Standing;
use crate::upstream::ask::{Asked, Failed};
use crate::upstream::paid::Paid;

/// The most bytes of an answer that are kept: a bound text ends at two million, and escaping may double it.
const LARGEST_OUTPUT: usize = 900_000;

impl<P: Ports> Slice<'_, P> {
    /// Takes what came of something that was waited for.
    pub(super) async fn take(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Tick => {
                self.ticking = false;
                self.due = true;
            }
            Event::Freed => self.listening = false,
            Event::Answered(ask, kept, paid, asked) => {
                self.ended();
                self.pay(&ask, kept, paid);
                self.answered(ask, *asked).await?;
            }
            Event::Looked(ids, known) => {
                self.looking = false;
                self.looked(&ids, &known?);
            }
            Event::Judged(ask, kept, reply) => {
                self.ended();
                self.pay(&ask, kept, reply.paid);
                self.judged(ask, *reply).await?;
            }
            Event::Written(written) => {
                self.writing = false;
                let written = written?;
                self.stands(&written.standing);
                if let Some(claimed) = written.claimed {
                    self.claimed(claimed);
                }
            }
        }
        if self.halted || self.changed {
            // Nor is what rests tried again before that is seen to.
            self.allowance.close();
        }
        Ok(())
    }

    /// Settles a question that so much money was kept for. A call that was paid for, and nobody knows how much, is taken to
    /// cost that: a budget holds all the same, and it is that of all shards.
    fn pay(&mut self, ask: &Ask, kept: Kept, paid: Paid) {
        let cost_usd = paid.reckoned_usd(kept);
        self.batch.spend.cost_usd += cost_usd.unwrap_or(0.0);
        self.batch.spend.unpriced += u64::from(paid.unpriced);
        self.purse.settle(self.desk.whom(ask), kept, cost_usd);
    }

    fn ended(&mut self) {
        self.calling -= 1;
        self.allowance.give_place();
    }

    fn claimed(&mut self, claimed: Claimed) {
        // Who is careful takes nothing new, and knows of no other item whether there is one.
        if claimed.items.is_empty() && !self.is_careful() {
            self.exhausted = true;
        }
        self.again |= claimed.again;
        self.start.share.took(claimed.new);
        for canary in claimed.canaries {
            match canary {
                Ok(work) => {
                    let id = self.desk.take(work);
                    self.completed(id);
                }
                Err((drawn, why)) => {
                    self.batch.canaries.push((drawn.position, ending::untried(self.plan, &drawn, why)));
                }
            }
        }
        for item in claimed.items {
            match item {
                Ok(work) => {
                    let is_known = work.completion.is_some();
                    let id = self.desk.take(work);
                    if is_known {
                        // The run itself may have paid for it a slice ago.
                        if claimed.again {
                            self.resumed.insert(id);
                        } else {
                            self.batch.spend.calls.memoised += 1;
                        }
                        self.completed(id);
                    } else {
                        self.desk.ask_target(id);
                    }
                }
                Err((claim, why)) => self.errored(&claim, &why),
            }
        }
    }

    fn errored(&mut self, claim: &Claim, why: &str) {
        self.batch.outcomes.push(ending::errored(self.plan, claim, why, self.ports.now()));
    }

    /// The target gave no answer, and will give none.
    fn fail(&mut self, id: Id, why: &str) {
        let Some(work) = self.desk.put_away(id) else { return };
        if let Subject::Item(claim) = &work.subject {
            self.errored(claim, why);
        }
    }

    async fn answered(&mut self, ask: Ask, asked: Result<Asked, Failed>) -> Result<(), Failure> {
        let asked = match asked {
            Ok(asked) => asked,
            Err(failed) => {
                self.batch.spend.calls.target += u64::from(failed.settled());
                self.batch.spend.calls.retried += u64::from(failed.repeated());
                return self.unanswered(ask, failed).await;
            }
        };
        self.accepted(&ask);
        let spend = &mut self.batch.spend;
        spend.calls.target += 1;
        spend.calls.retried += u64::from(asked.retried);
        let took = Took {
            usage: asked.response.usage,
            cost_usd: asked.cost_usd,
            latency_ms: asked.latency_ms,
            at: self.ports.now(),
        };
        let output = asked.response.output;
        let bytes = serde_json::to_string(&output).map_or(0, |json| json.len());
        if bytes > LARGEST_OUTPUT {
            let why = format!("the answer has {bytes} bytes; at most {LARGEST_OUTPUT} are kept and judged");
            self.desk.ended(&ask);
            self.fail(ask.id, &why);
            return Ok(());
        }
        let Some(key) = self.desk.work(ask.id).map(|work| work.completion_key.clone()) else { return Ok(()) };
        let known = Known {
            output: output.clone(),
            latency_ms: took.latency_ms,
            cost_usd: took.cost_usd,
            at: took.at,
        };
        let alike = self.desk.take_alike(&key);
        self.desk.ended(&ask);
        self.batch.completions.push(Completion { key, output, took });
        self.batch.spend.calls.memoised += alike.len() as u64;
        for id in std::iter::once(ask.id).chain(alike) {
            if let Some(work) = self.desk.change(id) {
                work.completion = Some(known.clone());
            }
            self.completed(id);
        }
        Ok(())
    }

    async fn unanswered(&mut self, ask: Ask, failed: Failed) -> Result<(), Failure> {
        match failed {
            Failed::Unanswered { why, .. } => {
                self.desk.ended(&ask);
                self.fail(ask.id, &why);
            }
            Failed::Pause { until, why, .. } => self.halt(why, until).await?,
            Failed::Rejected { why, .. } => self.refused(ask, why).await?,
            Failed::OutOfCalls { .. } => self.desk.ask_first(ask),
        }
        Ok(())
    }

    /// Keeps a refusal of key or model; some in a row pause the run, since every other call would fail alike.
    async fn refused(&mut self, ask: Ask, why: String) -> Result<(), Failure> {
        self.desk.ended(&ask);
        let is_item = self.desk.work(ask.id).is_some_and(|work| work.is_item());
        let refusal = Refusal { ask, is_item, why: why.clone() };
        if self.start.refusals.hold(self.desk.whom(&refusal.ask), refusal, self.ports.now()) {
            self.start.refusals.settle();
            return self.halt_refused(why).await;
        }
        Ok(())
    }

    /// A call came through: what the same refused before it was refused for its own sake.
    fn accepted(&mut self, ask: &Ask) {
        let settled = self.start.refusals.accepted(self.desk.whom(ask), self.ports.now());
        self.settle(settled);
    }

    pub(super) fn settle(&mut self, refused: Vec<Refusal>) {
        for Refusal { ask, why, .. } in refused {
            match ask.place {
                None => self.fail(ask.id, &why),
                Some(_) => self.answer(&ask, Err(Unscored::Unreachable { why })),
            }
        }
    }

    /// Has the judge's questions about a completed item looked up.
    fn completed(&mut self, id: Id) {
        let facts = self.desk.change(id).map(|work| work.question(self.plan)).unwrap_or_default();
        for fact in facts {
            self.note_judgement(fact, None);
        }
        self.desk.learn(self.plan, id);
        self.go_on(id);
    }

    fn looked(&mut self, ids: &[Id], known: &HashMap<Key, Judgement>) {
        for id in ids {
            let Some(work) = self.desk.change(*id) else { continue };
            let found = work.looked_up(self.plan, known);
            self.batch.spend.calls.memoised += if self.resumed.remove(id) { 0 } else { found };
            self.batch.spend.calls.memoised += self.desk.learn(self.plan, *id);
            self.go_on(*id);
        }
    }

    fn go_on(&mut self, id: Id) {
        if let Stage::Ended(work) = self.desk.go_on(id) {
            self.decide(&work);
        }
    }

    /// Takes what came of a question to a judge.
    pub(super) fn answer(&mut self, ask: &Ask, answer: Answer) {
        if self.desk.answer(self.plan, ask, answer) {
            self.desk.learn(self.plan, ask.id);
            self.go_on(ask.id);
        }
    }

    async fn judged(&mut self, ask: Ask, reply: Reply) -> Result<(), Failure> {
        let spend = &mut self.batch.spend;
        spend.calls.judge += reply.calls.judge;
        spend.calls.retried += reply.calls.retried;
        // A judge that gave no answer may have refused it as well.
        let is_answered = |answer| {
            !matches!(answer, &Err(Refused::Failed(_) | Refused::Unscored(Unscored::Unreachable { .. })))
        };
        if is_answered(&reply.answer) {
            self.accepted(&ask);
        }
        let answer = match reply.answer {
            Ok(judgement) => {
                let fact = ask.place.and_then(|place| self.desk.work(ask.id)?.fact(place, &judgement));
                if let Some(fact) = fact {
                    self.note_judgement(fact, Some(reply.took));
                }
                Ok(judgement)
            }
            Err(Refused::Unscored(unscored)) => Err(unscored),
            Err(Refused::Failed(Failed::Rejected { why, .. })) => return self.refused(ask, why).await,
            Err(Refused::Failed(Failed::OutOfCalls { .. })) => {
                self.desk.ask_first(ask);
                return Ok(());
            }
            Err(Refused::Failed(Failed::Pause { until, why, .. })) => return self.halt(why, until).await,
            Err(Refused::Failed(Failed::Unanswered { why, .. })) => Err(Unscored::Unreachable { why }),
        };
        self.desk.ended(&ask);
        self.answer(&ask, answer);
        Ok(())
    }

    fn note_judgement(&mut self, fact: Fact, took: Option<Took>) {
        let nothing = Took {
            usage: shared::chat::Usage::default(),
            cost_usd: Some(0.0),
            latency_ms: 0,
            at: self.ports.now(),
        };
        let Fact { key, criterion, judge, judgement } = fact;
        let version = self.plan.judges.get(judge).and_then(|seat| seat.versions.get(criterion));
        let Some(judge_version) = version.cloned() else { return };
        self.desk.remember(key.clone(), judgement.clone());
        self.batch.judgements.push(Judged { key, judge_version, judgement, took: took.unwrap_or(nothing) });
    }

    pub(super) fn decide(&mut self, work: &Work) {
        match work.finish(self.plan, self.ports.now()) {
            Ended::Item(outcome) => self.batch.outcomes.push(*outcome),
            Ended::Canary(position, tried) => self.batch.canaries.push((position, tried)),
        }
    }

    async fn halt(&mut self, reason: String, resumes_at: Option<Moment>) -> Result<(), Failure> {
        self.stop(run::Event::Paused { reason, resumes_at, refused: false }).await
    }

    pub(super) async fn halt_refused(&mut self, reason: String) -> Result<(), Failure> {
        self.stop(run::Event::Paused { reason, resumes_at: None, refused: true }).await
    }

    /// Pauses the run, and has the other shards look up why at once: what they would begin meanwhile would fail alike.
    async fn stop(&mut self, event: run::Event) -> Result<(), Failure> {
        self.halted = true;
        if pause(self.ports, self.plan.id(), event).await? {
            wake::tell(self.ports, &self.plan.run, Some(self.start.shard)).await;
        }
        Ok(())
    }

    /// Learns where the run stands.
    fn stands(&mut self, standing: &Standing) {
        self.asking = false;
        self.halted |= !standing.is_going();
        self.changed |= standing.changes != self.start.changes;
        self.purse.given(standing.reserved_usd, standing.spent_usd, self.batch.spend.cost_usd);
    }
}
