//! One slice: the loop that starts what can start and takes what comes of it.
//!
//! Several things wait at once (calls, a claim, a look-up, a write); each ends as an event, and the loop takes
//! the events one by one. What is decided about them is in the modules beside this one.

use std::collections::HashMap;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use shared::canonical::Key;
use shared::judge::{Judgement, Unscored};
use shared::moment::Moment;
use shared::score::Threshold;
use shared::summary::Summary;

use super::batch::Batch;
use super::claim::{self, Claimed};
use super::desk::{Answer, Ask, Desk, Id, Stage, Whom};
use super::judging::{self, Refused, Reply};
use super::plan::Plan;
use super::refusals::Refusals;
use super::work::ending::{self, Ended};
use super::work::{Fact, Subject, Work};
use super::{Next, pause};
use crate::failure::Failure;
use crate::pipeline::steer;
use crate::ports::{Ports, SqlError, Statement};
use crate::store::fact::{self, Completion, Judged, Known, Took};
use crate::store::run::{self, Claim, GOING, Spend};
use crate::store::{canary, outcome};
use crate::upstream::allowance::Allowance;
use crate::upstream::ask::{self, Asked, Failed};

/// Something that was waited for.
enum Event {
    Claimed(Result<Claimed, SqlError>),
    Answered(Ask, Box<Result<Asked, Failed>>),
    Looked(Vec<Id>, Result<HashMap<Key, Judgement>, SqlError>),
    Judged(Ask, Box<Reply>),
    Stored(Result<Option<String>, SqlError>),
    Tick,
}

/// A batch is written when it has so many facts, or its oldest is so many milliseconds old.
const FACTS: usize = 16;
const AGE_MS: u64 = 500;
/// How many statements find a run and its plan, take items, and write a batch; and how many end a slice.
const TO_BEGIN: u32 = 6;
const TO_CLAIM: u32 = 4;
const TO_LOOK_AT_LOGS: u32 = 1;
const TO_TAKE_CANARIES: u32 = 2;
const TO_STORE: u32 = 6;
const TO_END: u32 = 12;
/// The most bytes of an answer that are kept: a bound text ends at two million, and escaping may double it.
const LARGEST_OUTPUT: usize = 900_000;

/// A slice of one shard's part of a run.
pub struct Slice<'a, P> {
    ports: &'a P,
    plan: &'a Plan,
    shard: u32,
    allowance: &'a Allowance,
    /// The statements that it has made, or must make to end.
    statements: u32,
    /// What the run has spent, as far as this shard knows.
    spent_usd: f64,
    calling: u32,
    desk: Desk,
    batch: Batch,
    refusals: Refusals<Whom, Refusal>,
    /// The slice came to something that is stored.
    progressed: bool,
    begun: bool,
    claiming: bool,
    looking: bool,
    storing: bool,
    ticking: bool,
    due: bool,
    /// No item is left to claim.
    exhausted: bool,
    /// Nothing more is to be begun: the run stands still.
    halted: bool,
}

/// A question that was refused for its key or model.
struct Refusal {
    ask: Ask,
    is_item: bool,
    why: String,
}

type Waiting<'a> = FuturesUnordered<LocalBoxFuture<'a, Event>>;

impl<'a, P: Ports> Slice<'a, P> {
    /// Makes a slice that has done nothing yet. `spent_usd` is what the run has spent before it.
    pub fn new(ports: &'a P, plan: &'a Plan, allowance: &'a Allowance, shard: u32, spent_usd: f64) -> Self {
        Self {
            ports,
            plan,
            shard,
            allowance,
            // Each judge of a panel has its provider looked up.
            statements: TO_BEGIN + TO_END + u32::try_from(plan.judges.len()).unwrap_or(0),
            spent_usd,
            calling: 0,
            desk: Desk::default(),
            batch: Batch::default(),
            refusals: Refusals::none(),
            progressed: false,
            begun: false,
            claiming: false,
            looking: false,
            storing: false,
            ticking: false,
            due: false,
            exhausted: false,
            halted: false,
        }
    }

    /// Takes the slice, and tells how the shard goes on.
    ///
    /// # Errors
    /// What the database says: what was not stored is done again.
    pub async fn run(mut self) -> Result<Next, Failure> {
        let mut waiting = Waiting::new();
        loop {
            self.start(&mut waiting);
            if self.is_idle() {
                if self.settle_what_is_left() {
                    continue;
                }
                break;
            }
            match waiting.next().await {
                Some(event) => self.take(event).await?,
                None => break,
            }
        }
        self.next().await
    }

    /// Starts everything that can start now.
    fn start(&mut self, waiting: &mut Waiting<'a>) {
        if let Some(most) = self.wants_claim() {
            self.claiming = true;
            self.statements += self.to_claim() + if self.begun { 0 } else { TO_TAKE_CANARIES };
            let (ports, plan, shard, first) = (self.ports, self.plan, self.shard, !self.begun);
            waiting.push(Box::pin(async move {
                Event::Claimed(claim::take(ports, plan, shard, first, most).await)
            }));
            self.begun = true;
        }
        while self.calling < self.allowance.window() && self.may_call() {
            let Some((ask, known)) = self.desk.next() else { break };
            match known {
                Some(judgement) => self.answer(&ask, Ok(judgement)),
                None => {
                    self.calling += 1;
                    waiting.push(self.call(ask));
                }
            }
        }
        let nothing_to_call = !self.desk.wants_call() || !self.may_call();
        // There is no hurry while every call that may be under way is: what comes meanwhile is read along.
        if !self.looking && self.may_look() && nothing_to_call && self.calling < self.allowance.window() {
            self.looking = true;
            self.statements += 1;
            let ports = self.ports;
            let (ids, keys) = self.desk.take_unread();
            waiting.push(Box::pin(async move { Event::Looked(ids, fact::judgements(ports, &keys).await) }));
        }
        let rest = self.calling == 0 && nothing_to_call && !self.claiming && !self.looking;
        let full = self.batch.len() >= FACTS && self.statements_left() >= TO_STORE;
        // What is merely old waits when there are few statements left for what is more.
        let due = self.due && self.statements_left() > self.ports.slice_limit() / 3;
        if !self.storing && self.batch.len() > 0 && (rest || full || due) {
            self.storing = true;
            self.due = false;
            let statements = self.take_batch();
            self.statements += u32::try_from(statements.len()).unwrap_or(u32::MAX);
            let ports = self.ports;
            waiting.push(Box::pin(async move { Event::Stored(store(ports, statements).await) }));
        }
        if !self.ticking && !self.due && self.batch.len() > 0 {
            self.ticking = true;
            let ports = self.ports;
            waiting.push(Box::pin(async move {
                ports.sleep(AGE_MS).await;
                Event::Tick
            }));
        }
    }

    /// Tells whether calls may be begun: the run goes on, its budget is not spent, the slice has calls left.
    fn may_call(&self) -> bool {
        !self.halted && !self.is_over_budget() && self.allowance.is_open(self.ports.now())
    }

    /// Tells whether there is something to look up, and a statement left to do it.
    fn may_look(&self) -> bool {
        self.desk.has_unread() && !self.halted && self.statements_left() > 0
    }

    fn is_over_budget(&self) -> bool {
        self.plan.run.config.budget_usd.is_some_and(|budget| self.spent_usd >= budget.usd())
    }

    fn statements_left(&self) -> u32 {
        self.ports.slice_limit().saturating_sub(self.statements)
    }

    fn take_batch(&mut self) -> Vec<Statement> {
        let mut batch = std::mem::take(&mut self.batch);
        batch.spend.window = self.allowance.window();
        self.progressed |= batch.len() > 0;
        batch.statements(self.plan.id(), self.shard)
    }

    /// Gives how many items to claim now; none when there is enough in hand or the slice has done its part.
    fn wants_claim(&self) -> Option<usize> {
        // What was refused waits for the others to tell why.
        let refused = self.refusals.held().filter(|refusal| refusal.is_item).count();
        let in_hand = self.desk.items().saturating_sub(u32::try_from(refused).unwrap_or(u32::MAX));
        let window = self.allowance.window();
        if self.claiming || self.exhausted || !self.may_call() || in_hand > window {
            return None;
        }
        let each = self.plan.calls_for_item();
        let canaries = self.desk.canaries().saturating_mul(self.plan.calls_for_canary());
        let promised = in_hand.saturating_mul(each) + canaries;
        let affordable = self.allowance.left().saturating_sub(promised) / each.max(1);
        let wanted = (window + window / 2).saturating_sub(in_hand).min(affordable);
        // At least one item for each slice, however many calls it takes.
        let first = !self.begun;
        let may = first || (wanted > 0 && self.statements_left() >= self.to_claim() + TO_STORE);
        if may { Some(usize::try_from(wanted.max(1)).unwrap_or(1)) } else { None }
    }

    fn to_claim(&self) -> u32 {
        if self.plan.scorers.measure_calls() { TO_CLAIM + TO_LOOK_AT_LOGS } else { TO_CLAIM }
    }

    /// Asks the target, or a judge.
    fn call(&self, ask: Ask) -> LocalBoxFuture<'a, Event> {
        let (ports, plan, allowance) = (self.ports, self.plan, self.allowance);
        let work = self.desk.work(ask.id).map(Rc::clone);
        Box::pin(async move {
            let Some(place) = ask.place else {
                let asked = match plan.target.as_ref().zip(work) {
                    Some((target, work)) => ask::ask(ports, target, &work.body, allowance).await,
                    None => Err(Failed::Unanswered { why: "the answer is gone".to_owned(), retried: 0 }),
                };
                return Event::Answered(ask, Box::new(asked));
            };
            let reply = match work {
                Some(work) => question(ports, plan, allowance, &work, place).await,
                None => judging::impossible(ports.now()),
            };
            Event::Judged(ask, Box::new(reply))
        })
    }

    fn is_idle(&self) -> bool {
        let nothing_under_way = self.calling == 0 && !self.claiming && !self.looking && !self.storing;
        nothing_under_way
            && self.batch.len() == 0
            && !self.may_look()
            && (!self.desk.wants_call() || !self.may_call())
    }

    /// Settles what nothing that is still to come could settle. Tells whether there was any.
    fn settle_what_is_left(&mut self) -> bool {
        if self.halted {
            return false;
        }
        // No other item is left to tell whether the key is wrong: fewer refusals than stop a run count as
        // the items' own.
        if self.exhausted {
            let settled = self.refusals.settle();
            let any = !settled.is_empty();
            self.settle(settled);
            if any {
                return true;
            }
        }
        // All calls of the slice went into questions that stay without an answer, and the next slice's would.
        if self.allowance.left() == 0 && !self.progressed {
            let why = "too many of its questions could not be answered to ask the others";
            let stuck = self.desk.give_up(self.plan, why);
            let any = !stuck.is_empty();
            for work in stuck {
                self.decide(&work);
            }
            return any;
        }
        false
    }

    async fn take(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Tick => {
                self.ticking = false;
                self.due = true;
            }
            Event::Claimed(claimed) => self.claimed(claimed?),
            Event::Answered(ask, asked) => {
                self.calling -= 1;
                self.answered(ask, *asked).await?;
            }
            Event::Looked(ids, known) => {
                self.looking = false;
                self.looked(&ids, &known?);
            }
            Event::Judged(ask, reply) => {
                self.calling -= 1;
                self.judged(ask, *reply).await?;
            }
            Event::Stored(newest) => {
                self.storing = false;
                self.stored(newest?).await?;
            }
        }
        Ok(())
    }

    fn claimed(&mut self, claimed: Claimed) {
        self.claiming = false;
        if claimed.items.is_empty() {
            self.exhausted = true;
        }
        for canary in claimed.canaries {
            match canary {
                Ok(work) => {
                    let id = self.desk.take(work);
                    self.completed(id);
                }
                Err(drawn) => self.batch.canaries.push((drawn.position, ending::untried(self.plan, &drawn))),
            }
        }
        for item in claimed.items {
            match item {
                Ok(work) => {
                    let is_known = work.completion.is_some();
                    let id = self.desk.take(work);
                    if is_known {
                        self.batch.spend.calls.memoised += 1;
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
                self.batch.spend.calls.retried += judging::retried(&failed);
                return self.unanswered(ask, failed).await;
            }
        };
        self.accepted(&ask);
        let spend = &mut self.batch.spend;
        spend.calls.target += 1;
        spend.calls.retried += u64::from(asked.retried);
        spend.unpriced += u64::from(asked.cost_usd.is_none());
        spend.cost_usd += asked.cost_usd.unwrap_or(0.0);
        self.spent_usd += asked.cost_usd.unwrap_or(0.0);
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
        if self.refusals.hold(self.desk.whom(&refusal.ask), refusal) {
            self.refusals.settle();
            return self.halt(why, None).await;
        }
        Ok(())
    }

    /// A call came through: what the same refused before it was refused for its own sake.
    fn accepted(&mut self, ask: &Ask) {
        let settled = self.refusals.accepted(self.desk.whom(ask));
        self.settle(settled);
    }

    fn settle(&mut self, refused: Vec<Refusal>) {
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
            self.batch.spend.calls.memoised += work.looked_up(self.plan, known);
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
    fn answer(&mut self, ask: &Ask, answer: Answer) {
        if self.desk.answer(self.plan, ask, answer) {
            self.desk.learn(self.plan, ask.id);
            self.go_on(ask.id);
        }
    }

    async fn judged(&mut self, ask: Ask, reply: Reply) -> Result<(), Failure> {
        let spend = &mut self.batch.spend;
        spend.calls.judge += reply.calls.judge;
        spend.calls.retried += reply.calls.retried;
        spend.unpriced += reply.unpriced;
        spend.cost_usd += reply.took.cost_usd.unwrap_or(0.0);
        self.spent_usd += reply.took.cost_usd.unwrap_or(0.0);
        if !matches!(reply.answer, Err(Refused::Failed(_))) {
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

    fn decide(&mut self, work: &Work) {
        match work.finish(self.plan, self.ports.now()) {
            Ended::Item(outcome) => self.batch.outcomes.push(*outcome),
            Ended::Canary(position, tried) => self.batch.canaries.push((position, tried)),
        }
    }

    async fn halt(&mut self, reason: String, resumes_at: Option<Moment>) -> Result<(), Failure> {
        self.halted = true;
        pause(self.ports, self.plan.id(), reason, resumes_at).await?;
        Ok(())
    }

    async fn stored(&mut self, newest: Option<String>) -> Result<(), Failure> {
        let going = newest.is_some_and(|kind| GOING.contains(&kind.as_str()));
        self.halted |= !going;
        if self.plan.run.config.budget_usd.is_some() {
            self.statements += 1;
            let stored = run::spent_usd(self.ports, self.plan.id()).await?;
            self.spent_usd = stored + self.batch.spend.cost_usd;
        }
        Ok(())
    }

    /// Decides how it goes on after the slice, and ends the run if this was the last of it.
    async fn next(mut self) -> Result<Next, Failure> {
        if self.batch.spend != Spend::default() {
            let statements = self.take_batch();
            store(self.ports, statements).await?;
        }
        if self.halted {
            let state = steer::find(self.ports, self.plan.id()).await?;
            return Ok(match state.last.map(|last| last.event) {
                Some(run::Event::Paused { resumes_at: Some(at), .. }) => Next::At(at),
                Some(run::Event::Started | run::Event::Resumed | run::Event::Retried) => Next::Again,
                _ => Next::Stop,
            });
        }
        let over_budget = self.is_over_budget();
        let left = self.desk.items() > 0 || self.desk.canaries() > 0 || !self.exhausted;
        if left && !over_budget {
            return Ok(Next::Again);
        }
        if !end(self.ports, self.plan).await? && over_budget {
            let budget = self.plan.run.config.budget_usd.map_or(0.0, shared::run::Budget::usd);
            let reason = format!("the budget of {budget} USD is spent ({:.4} USD)", self.spent_usd);
            pause(self.ports, self.plan.id(), reason, None).await?;
        }
        Ok(Next::Stop)
    }
}

/// Ends a run if every item has its outcome and every canary its answer. Tells whether that is so.
async fn end<P: Ports>(ports: &P, plan: &Plan) -> Result<bool, Failure> {
    if !run::is_complete(ports, plan.id()).await? {
        return Ok(false);
    }
    let scores = outcome::scores(ports, plan.id(), &plan.criteria, &plan.scorers).await?;
    let threshold: Threshold = plan.threshold();
    let canaries = canary::summed(ports, plan.id()).await?;
    let summary = Summary { canaries, ..shared::summary::of(&scores, threshold) };
    run::event_after(ports, plan.id(), &GOING, &run::done(&summary), ports.now()).await?;
    Ok(true)
}

async fn question<P: Ports>(
    ports: &P,
    plan: &Plan,
    allowance: &Allowance,
    work: &Work,
    place: usize,
) -> Reply {
    let asked = work.questions.get(place);
    let found = asked.and_then(|question| {
        let criterion = plan.criteria.get(question.criterion)?;
        let seat = plan.judges.get(question.judge)?;
        Some((question, seat, criterion, work.case_of(question, criterion)?))
    });
    match found {
        Some((question, seat, criterion, case)) => {
            judging::judge(ports, seat, allowance, criterion, &case, &question.key).await
        }
        None => judging::impossible(ports.now()),
    }
}

/// Writes a batch, and gives the kind of the run's newest event.
async fn store<P: Ports>(ports: &P, statements: Vec<Statement>) -> Result<Option<String>, SqlError> {
    let rows = ports.batch(statements).await?;
    Ok(rows.last().and_then(|rows| rows.first()?.get("kind")?.as_str().map(str::to_owned)))
}
