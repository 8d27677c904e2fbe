//! The only place where a run advances: one shard's slice of it.
//!
//! Take items that have no outcome; for each *complete → judge → decide*; append facts; stop when the
//! slice has made its calls. It knows nothing of what drives it. A crash at any point loses no fact that
//! was stored and stores none twice: the next slice asks again, and what is known is not paid for twice.
//!
//! Several things wait at once (calls, a claim, a look-up, a write); each ends as an event, and one
//! loop takes the events one by one. Facts are written in batches and looked up in batches, never one
//! statement for one item.

pub(super) mod claim;
mod judging;
pub(super) mod plan;
pub(super) mod work;

use std::collections::{HashMap, VecDeque};

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use shared::canonical::Key;
use shared::id::RunId;
use shared::judge::canary::Tried;
use shared::judge::{Judgement, Unscored};
use shared::moment::Moment;
use shared::score::Threshold;
use shared::summary::Summary;

use self::claim::Claimed;
use self::judging::{Refused, Reply};
use self::plan::Plan;
use self::work::ending::{self, Ended};
use self::work::{Fact, Subject, Work};
use super::wake;
use crate::failure::Failure;
use crate::ports::{Ports, SqlError, Statement};
use crate::store::canary;
use crate::store::fact::{self, Completion, Judged, Known, Took};
use crate::store::outcome::{self, Finished};
use crate::store::run::{self, Claim, GOING, Last, Spend};
use crate::upstream::ask::{self, Asked, Calls, Failed};

/// What the driver is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Take another slice at once.
    Again,
    /// Take another slice then.
    At(Moment),
    /// Nothing is left to do here until somebody wakes the shard.
    Stop,
}

/// How long a shard rests after something went wrong here, in milliseconds: shortly when it may pass, and
/// longer when calls that were paid for could not be stored.
const BUSY_MS: i64 = 5_000;
const BROKEN_MS: i64 = 60_000;

/// Takes one slice of a run on one shard. Never fails outward: trouble is a later slice.
pub async fn step<P: Ports>(ports: &P, id: &RunId, shard: u32) -> Next {
    match slice(ports, id, shard).await {
        Ok(next) => next,
        // The run is gone: there is nothing to come back for.
        Err(Failure::NotFound(_)) => Next::Stop,
        Err(Failure::Unavailable(reason)) => match pause(ports, id, reason, None).await {
            Ok(()) => Next::Stop,
            Err(error) => rest(ports, id, &error.into()),
        },
        Err(failure) => rest(ports, id, &failure),
    }
}

fn rest<P: Ports>(ports: &P, id: &RunId, failure: &Failure) -> Next {
    ports.note(&format!("run {id} rests: {failure:?}"));
    Next::At(ports.now().plus(if *failure == Failure::Busy { BUSY_MS } else { BROKEN_MS }))
}

async fn slice<P: Ports>(ports: &P, id: &RunId, shard: u32) -> Result<Next, Failure> {
    let mut state = super::steer::find(ports, id).await?;
    if let Some(Last { event: run::Event::Paused { resumes_at: Some(at), .. }, .. }) = &state.last {
        if *at > ports.now() {
            return Ok(Next::At(*at));
        }
        if run::event_after(ports, id, &["paused"], &run::Event::Resumed, ports.now()).await? {
            // The others may have stopped when there was nothing to take.
            wake::others(ports, &state.run, Some(shard)).await?;
        }
        state = super::steer::find(ports, id).await?;
    }
    match state.last.map(|last| last.event) {
        None => _ = run::event_after(ports, id, &[""], &run::Event::Started, ports.now()).await?,
        Some(run::Event::Started | run::Event::Resumed | run::Event::Retried) => {}
        Some(run::Event::Paused { .. } | run::Event::Cancelled | run::Event::Done { .. }) => {
            return Ok(Next::Stop);
        }
    }
    let plan = Plan::of(ports, state.run).await?;
    let calls = Calls::of(ports.slice_limit());
    Slice::new(ports, &plan, &calls, shard, state.cost_usd.unwrap_or(0.0)).run().await
}

async fn pause<P: Ports>(
    ports: &P,
    id: &RunId,
    reason: String,
    resumes_at: Option<Moment>,
) -> Result<(), SqlError> {
    let event = run::Event::Paused { reason, resumes_at };
    run::event_after(ports, id, &[&GOING[..], &[""]].concat(), &event, ports.now()).await.map(|_| ())
}

/// Something that was waited for.
enum Event {
    Claimed(Result<Claimed, SqlError>),
    Answered(Box<Work>, Result<Asked, Failed>),
    Looked(Vec<Work>, Result<HashMap<Key, Judgement>, SqlError>),
    Judged(Box<Work>, usize, Reply),
    Stored(Result<Option<String>, SqlError>),
    Tick,
}

/// Facts that wait to be written together.
#[derive(Default)]
struct Batch {
    completions: Vec<Completion>,
    judgements: Vec<Judged>,
    outcomes: Vec<Finished>,
    canaries: Vec<(u32, Tried)>,
    spend: Spend,
}

impl Batch {
    fn len(&self) -> usize {
        self.completions.len() + self.judgements.len() + self.outcomes.len() + self.canaries.len()
    }

    /// Writes it as one transaction: facts before the outcomes that rest on them. The last statement gives
    /// where the run stands.
    fn statements(&self, id: &RunId, shard: u32) -> Vec<Statement> {
        let mut statements = fact::add_completions(&self.completions);
        statements.extend(fact::add_judgements(&self.judgements));
        statements.extend(outcome::add(id, &self.outcomes));
        statements.extend(canary::answer(id, &self.canaries));
        statements.push(run::spend(id, shard, &self.spend));
        statements
    }
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
/// So many refusals of key or model, one after another, pause the run.
const REFUSALS: usize = 3;
/// The most bytes of an answer that are kept: a bound text ends at two million, and escaping may double it.
const LARGEST_OUTPUT: usize = 900_000;

struct Slice<'a, P> {
    ports: &'a P,
    plan: &'a Plan,
    shard: u32,
    /// The most calls at once, and how many that is now.
    widest: u32,
    window: u32,
    /// Calls that came through since the window last changed.
    clean: u32,
    /// The calls that the slice may still make.
    calls: &'a Calls,
    /// The statements that it has made, or must make to end.
    statements: u32,
    /// What the run has spent, as far as this shard knows.
    spent_usd: f64,
    calling: u32,
    /// Items taken that have no outcome yet.
    in_hand: u32,
    /// Canaries taken that have no answer yet. They are asked beside the items.
    canaries: u32,
    /// Items that want a call: those begun first.
    ready: VecDeque<Work>,
    /// Items whose questions are to be looked up.
    unread: Vec<Work>,
    batch: Batch,
    /// Judgements made here, which may not be written yet.
    fresh: HashMap<Key, Judgement>,
    /// Calls that were refused for their key or model: for their own sake, or as every call would be.
    refused: Vec<Refusal>,
    /// Who refused, for key or model, since a call to it came through.
    refusals: Vec<Whom>,
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

/// A call that was refused: to the target, or the question at a place to the judge.
struct Refusal {
    work: Work,
    place: Option<usize>,
    why: String,
}

/// Whom a call is for: that one is accepted tells nothing about another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    Target,
    /// The judge at this place.
    Judge(usize),
}

impl Whom {
    fn of(work: &Work, place: Option<usize>) -> Self {
        let question = place.and_then(|place| work.questions.get(place));
        question.map_or(Self::Target, |question| Self::Judge(question.judge))
    }
}

type Waiting<'a> = FuturesUnordered<LocalBoxFuture<'a, Event>>;

impl<'a, P: Ports> Slice<'a, P> {
    fn new(ports: &'a P, plan: &'a Plan, calls: &'a Calls, shard: u32, spent_usd: f64) -> Self {
        let widest = plan.run.config.concurrency.window(shard).max(1);
        Self {
            ports,
            plan,
            shard,
            widest,
            window: widest,
            clean: 0,
            calls,
            // Each judge of a panel has its provider looked up.
            statements: TO_BEGIN + TO_END + u32::try_from(plan.judges.len()).unwrap_or(0),
            spent_usd,
            calling: 0,
            in_hand: 0,
            canaries: 0,
            ready: VecDeque::new(),
            unread: Vec::new(),
            batch: Batch { spend: Spend { window: widest, ..Spend::default() }, ..Batch::default() },
            fresh: HashMap::new(),
            refused: Vec::new(),
            refusals: Vec::new(),
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

    async fn run(mut self) -> Result<Next, Failure> {
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
            waiting.push(Box::pin(claim(self.ports, self.plan, self.shard, !self.begun, most)));
            self.begun = true;
        }
        while self.calling < self.window && self.may_call() {
            let Some(work) = self.ready.pop_front() else { break };
            self.calling += 1;
            waiting.push(self.call(work));
        }
        let nothing_to_call = self.ready.is_empty() || !self.may_call();
        // There is no hurry while every call that may be under way is: what comes meanwhile is read along.
        if !self.looking && self.may_look() && nothing_to_call && self.calling < self.window {
            self.looking = true;
            self.statements += 1;
            waiting.push(Box::pin(look_up(self.ports, std::mem::take(&mut self.unread))));
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
        !self.halted && !self.is_over_budget() && self.calls.left() > 0
    }

    /// Tells whether there is something to look up, and a statement left to do it.
    fn may_look(&self) -> bool {
        !self.unread.is_empty() && !self.halted && self.statements_left() > 0
    }

    fn is_over_budget(&self) -> bool {
        self.plan.run.config.budget_usd.is_some_and(|budget| self.spent_usd >= budget.usd())
    }

    fn statements_left(&self) -> u32 {
        self.ports.slice_limit().saturating_sub(self.statements)
    }

    fn take_batch(&mut self) -> Vec<Statement> {
        let next = Batch { spend: Spend { window: self.window, ..Spend::default() }, ..Batch::default() };
        let batch = std::mem::replace(&mut self.batch, next);
        self.progressed |= batch.len() > 0;
        batch.statements(self.plan.id(), self.shard)
    }

    /// Gives how many items to claim now; none when there is enough in hand or the slice has done its part.
    fn wants_claim(&self) -> Option<usize> {
        // What was refused waits for the others to tell why.
        let refused = self.refused.iter().filter(|refusal| refusal.work.is_item()).count();
        let in_hand = self.in_hand.saturating_sub(u32::try_from(refused).unwrap_or(u32::MAX));
        if self.claiming || self.exhausted || !self.may_call() || in_hand > self.window {
            return None;
        }
        let each = self.plan.calls_for_item();
        let promised =
            in_hand.saturating_mul(each) + self.canaries.saturating_mul(self.plan.calls_for_canary());
        let affordable = self.calls.left().saturating_sub(promised) / each.max(1);
        let wanted = (self.window + self.window / 2).saturating_sub(in_hand).min(affordable);
        // At least one item for each slice, however many calls it takes.
        let first = !self.begun;
        let may = first || (wanted > 0 && self.statements_left() >= self.to_claim() + TO_STORE);
        if may { Some(usize::try_from(wanted.max(1)).unwrap_or(1)) } else { None }
    }

    fn to_claim(&self) -> u32 {
        if self.plan.scorers.measure_calls() { TO_CLAIM + TO_LOOK_AT_LOGS } else { TO_CLAIM }
    }

    /// Puts the next question about an item: to the target first, then to the judge.
    fn call(&self, work: Work) -> LocalBoxFuture<'a, Event> {
        let (ports, plan, calls) = (self.ports, self.plan, self.calls);
        Box::pin(async move {
            let Some(place) = work.next_question().filter(|_| work.completion.is_some()) else {
                let asked = match &plan.target {
                    Some(target) => ask::ask(ports, target, &work.body, calls).await,
                    None => Err(Failed::Unanswered { why: "the answer is gone".to_owned(), retried: 0 }),
                };
                return Event::Answered(Box::new(work), asked);
            };
            let reply = question(ports, plan, calls, &work, place).await;
            Event::Judged(Box::new(work), place, reply)
        })
    }

    fn is_idle(&self) -> bool {
        let nothing_under_way = self.calling == 0 && !self.claiming && !self.looking && !self.storing;
        nothing_under_way
            && self.batch.len() == 0
            && !self.may_look()
            && (self.ready.is_empty() || !self.may_call())
    }

    /// Settles what nothing that is still to come could settle. Tells whether there was any.
    fn settle_what_is_left(&mut self) -> bool {
        if self.halted {
            return false;
        }
        // No other item is left to tell whether the key is wrong: fewer refusals than stop a run count as
        // the items' own.
        if self.exhausted && !self.refused.is_empty() {
            self.settle_refused(|_| true);
            return true;
        }
        // All calls of the slice went into questions that stay without an answer, and the next slice's would.
        if self.calls.left() == 0 && !self.progressed {
            let ready = std::mem::take(&mut self.ready);
            let (mut stuck, rest): (VecDeque<_>, VecDeque<_>) =
                ready.into_iter().partition(Work::is_unscored);
            self.ready = rest;
            for work in &mut stuck {
                work.give_up("too many of its questions could not be answered to ask the others");
                self.decide(work);
            }
            return !stuck.is_empty();
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
            Event::Answered(work, asked) => {
                self.calling -= 1;
                self.answered(*work, asked).await?;
            }
            Event::Looked(works, known) => {
                self.looking = false;
                self.looked(works, &known?);
            }
            Event::Judged(work, place, reply) => {
                self.calling -= 1;
                self.judged(*work, place, reply).await?;
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
            self.canaries += 1;
            match canary {
                Ok(work) => self.completed(work),
                Err(drawn) => self.ended(Ended::Canary(drawn.position, ending::untried(self.plan, &drawn))),
            }
        }
        for item in claimed.items {
            self.in_hand += 1;
            match item {
                Ok(work) if work.completion.is_some() => {
                    self.batch.spend.calls.memoised += 1;
                    self.completed(work);
                }
                Ok(work) => self.ready.push_back(work),
                Err((claim, why)) => self.errored(&claim, &why),
            }
        }
    }

    fn errored(&mut self, claim: &Claim, why: &str) {
        let outcome = ending::errored(self.plan, claim, why, self.ports.now());
        self.ended(Ended::Item(Box::new(outcome)));
    }

    /// The target gave no answer, and will give none.
    fn fail(&mut self, mut work: Work, why: &str) {
        match &work.subject {
            Subject::Item(claim) => {
                let claim = claim.clone();
                self.errored(&claim, why);
            }
            Subject::Canary(_) => {
                work.give_up(why);
                self.decide(&work);
            }
        }
    }

    async fn answered(&mut self, mut work: Work, asked: Result<Asked, Failed>) -> Result<(), Failure> {
        let asked = match asked {
            Ok(asked) => asked,
            Err(failed) => {
                self.batch.spend.calls.retried += judging::retried(&failed);
                return self.unanswered(work, failed).await;
            }
        };
        self.count(asked.rate_limited);
        self.came_through(Whom::Target);
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
            self.fail(work, &why);
            return Ok(());
        }
        work.completion = Some(Known {
            output: output.clone(),
            latency_ms: took.latency_ms,
            cost_usd: took.cost_usd,
            at: took.at,
        });
        self.batch.completions.push(Completion { key: work.completion_key.clone(), output, took });
        self.completed(work);
        Ok(())
    }

    async fn unanswered(&mut self, work: Work, failed: Failed) -> Result<(), Failure> {
        match failed {
            Failed::Unanswered { why, .. } => self.fail(work, &why),
            Failed::Pause { until, why } => self.halt(why, Some(until)).await?,
            Failed::Rejected { why, .. } => self.refused(Refusal { work, place: None, why }).await?,
            Failed::OutOfCalls { .. } => self.ready.push_front(work),
        }
        Ok(())
    }

    /// Keeps a refusal of key or model; some in a row pause the run, since every other call would fail alike.
    async fn refused(&mut self, refusal: Refusal) -> Result<(), Failure> {
        let whom = Whom::of(&refusal.work, refusal.place);
        self.refusals.push(whom);
        if self.refusals.iter().filter(|refused| **refused == whom).count() >= REFUSALS {
            self.refused.clear();
            return self.halt(refusal.why, None).await;
        }
        self.refused.push(refusal);
        Ok(())
    }

    /// A call came through: what the same refused before it was refused for its own sake.
    fn came_through(&mut self, whom: Whom) {
        self.refusals.retain(|refused| *refused != whom);
        self.settle_refused(|refusal| Whom::of(&refusal.work, refusal.place) == whom);
    }

    fn settle_refused(&mut self, which: impl Fn(&Refusal) -> bool) {
        let (settled, kept) = std::mem::take(&mut self.refused).into_iter().partition(which);
        self.refused = kept;
        let settled: Vec<Refusal> = settled;
        for Refusal { mut work, place, why } in settled {
            match place {
                None => self.fail(work, &why),
                Some(place) => {
                    work.answer(self.plan, place, Err(Unscored::Unreachable { why }));
                    self.go_on(work);
                }
            }
        }
    }

    /// Has the judge's questions about a completed item looked up.
    fn completed(&mut self, mut work: Work) {
        for fact in work.question(self.plan) {
            self.note_judgement(fact, None);
        }
        let _ = work.learn(self.plan, &self.fresh);
        self.go_on(work);
    }

    fn looked(&mut self, works: Vec<Work>, known: &HashMap<Key, Judgement>) {
        for mut work in works {
            self.batch.spend.calls.memoised += work.looked_up(self.plan, known);
            self.batch.spend.calls.memoised += work.learn(self.plan, &self.fresh);
            self.go_on(work);
        }
    }

    /// An item with open questions comes before one that is not begun.
    fn go_on(&mut self, work: Work) {
        if work.next_question().is_none() {
            self.decide(&work);
        } else if work.unread_keys().next().is_some() {
            self.unread.push(work);
        } else {
            self.ready.push_front(work);
        }
    }

    async fn judged(&mut self, mut work: Work, place: usize, reply: Reply) -> Result<(), Failure> {
        let spend = &mut self.batch.spend;
        spend.calls.judge += reply.calls.judge;
        spend.calls.retried += reply.calls.retried;
        spend.unpriced += reply.unpriced;
        spend.cost_usd += reply.took.cost_usd.unwrap_or(0.0);
        self.spent_usd += reply.took.cost_usd.unwrap_or(0.0);
        self.count(reply.rate_limited);
        if !matches!(reply.answer, Err(Refused::Failed(_))) {
            self.came_through(Whom::of(&work, Some(place)));
        }
        let answer = match reply.answer {
            Ok(judgement) => {
                if let Some(fact) = work.fact(place, &judgement) {
                    self.note_judgement(fact, Some(reply.took));
                }
                Ok(judgement)
            }
            Err(Refused::Unscored(unscored)) => Err(unscored),
            Err(Refused::Failed(Failed::Rejected { why, .. })) => {
                return self.refused(Refusal { work, place: Some(place), why }).await;
            }
            Err(Refused::Failed(Failed::OutOfCalls { .. })) => {
                self.ready.push_front(work);
                return Ok(());
            }
            Err(Refused::Failed(Failed::Pause { until, why })) => return self.halt(why, Some(until)).await,
            Err(Refused::Failed(Failed::Unanswered { why, .. })) => Err(Unscored::Unreachable { why }),
        };
        work.answer(self.plan, place, answer);
        let _ = work.learn(self.plan, &self.fresh);
        self.go_on(work);
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
        self.fresh.insert(key.clone(), judgement.clone());
        self.batch.judgements.push(Judged { key, judge_version, judgement, took: took.unwrap_or(nothing) });
    }

    fn decide(&mut self, work: &Work) {
        self.ended(work.finish(self.plan, self.ports.now()));
    }

    fn ended(&mut self, ended: Ended) {
        match ended {
            Ended::Item(outcome) => {
                self.in_hand -= 1;
                self.batch.outcomes.push(*outcome);
            }
            Ended::Canary(position, tried) => {
                self.canaries -= 1;
                self.batch.canaries.push((position, tried));
            }
        }
    }

    /// Lets the window breathe: halved when calls come too fast, one more after a clean round.
    fn count(&mut self, rate_limited: bool) {
        self.clean += 1;
        if rate_limited {
            self.window = (self.window / 2).max(1);
            self.clean = 0;
        } else if self.clean >= self.window {
            self.window = (self.window + 1).min(self.widest);
            self.clean = 0;
        }
        self.batch.spend.window = self.window;
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
        if self.batch.spend.calls != shared::run::Calls::default() {
            let statements = self.take_batch();
            store(self.ports, statements).await?;
        }
        if self.halted {
            let state = super::steer::find(self.ports, self.plan.id()).await?;
            return Ok(match state.last.map(|last| last.event) {
                Some(run::Event::Paused { resumes_at: Some(at), .. }) => Next::At(at),
                Some(run::Event::Started | run::Event::Resumed | run::Event::Retried) => Next::Again,
                _ => Next::Stop,
            });
        }
        let over_budget = self.is_over_budget();
        if (self.in_hand > 0 || self.canaries > 0 || !self.exhausted) && !over_budget {
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

async fn claim<P: Ports>(ports: &P, plan: &Plan, shard: u32, first: bool, most: usize) -> Event {
    Event::Claimed(claim::take(ports, plan, shard, first, most).await)
}

async fn look_up<P: Ports>(ports: &P, works: Vec<Work>) -> Event {
    let keys: Vec<_> = works.iter().flat_map(|work| work.unread_keys().cloned()).collect();
    let known = fact::judgements(ports, &keys).await;
    Event::Looked(works, known)
}

async fn question<P: Ports>(ports: &P, plan: &Plan, calls: &Calls, work: &Work, place: usize) -> Reply {
    let asked = work.questions.get(place);
    let found = asked.and_then(|question| {
        let criterion = plan.criteria.get(question.criterion)?;
        let seat = plan.judges.get(question.judge)?;
        Some((question, seat, criterion, work.case_of(question, criterion)?))
    });
    match found {
        Some((question, seat, criterion, case)) => {
            judging::judge(ports, seat, calls, criterion, &case, &question.key).await
        }
        None => judging::impossible(ports.now()),
    }
}

/// Writes a batch, and gives the kind of the run's newest event.
async fn store<P: Ports>(ports: &P, statements: Vec<Statement>) -> Result<Option<String>, SqlError> {
    let rows = ports.batch(statements).await?;
    Ok(rows.last().and_then(|rows| rows.first()?.get("kind")?.as_str().map(str::to_owned)))
}
