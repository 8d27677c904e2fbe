//! The only place where a run advances: one shard's slice of it.
//!
//! Take items that have no outcome; for each *complete → judge → decide*; append facts; stop when the
//! slice has made its calls. It knows nothing of what drives it. A crash at any point loses no fact that
//! was stored and stores none twice: the next slice asks again, and what is known is not paid for twice.
//!
//! Several things wait at once (calls, a claim, a look-up, a write); each ends as an [`Event`], and one
//! loop takes the events one by one. Facts are written in batches and looked up in batches, never one
//! statement for one item.

mod judging;
mod plan;
mod work;

use std::collections::{HashMap, VecDeque};

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use shared::canonical::Key;
use shared::id::RunId;
use shared::judge::{Judgement, Unscored};
use shared::moment::Moment;
use shared::score::Threshold;

use self::judging::{Refused, Reply};
use self::plan::Plan;
use self::work::Work;
use crate::failure::Failure;
use crate::ports::{Ports, SqlError};
use crate::store;
use crate::store::fact::{self, Completion, Judged, Known, Took};
use crate::store::outcome::{self, Finished};
use crate::store::run::{self, Claim, GOING, Last, Spend};
use crate::upstream::ask::{self, Asked, Failed};

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

/// How long a shard rests after something went wrong here, in milliseconds.
const REST_MS: i64 = 5_000;

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
    Next::At(ports.now().plus(REST_MS))
}

async fn slice<P: Ports>(ports: &P, id: &RunId, shard: u32) -> Result<Next, Failure> {
    let mut state = super::steer::find(ports, id).await?;
    if let Some(Last { event: run::Event::Paused { resumes_at: Some(at), .. }, .. }) = &state.last {
        if *at > ports.now() {
            return Ok(Next::At(*at));
        }
        run::event_after(ports, id, &["paused"], &run::Event::Resumed, ports.now()).await?;
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
    Slice::new(ports, &plan, shard).run().await
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
    Claimed(Result<Vec<Taken>, SqlError>),
    Answered(Box<Work>, Result<Asked, Failed>),
    Looked(Vec<Work>, Result<HashMap<Key, Judgement>, SqlError>),
    Judged(Box<Work>, usize, Reply),
    Stored(Result<Option<String>, SqlError>),
    Tick,
}

/// An item that was claimed: ready to be worked on, or impossible to ask about.
type Taken = Result<Work, (Claim, String)>;

/// Facts that wait to be written together.
#[derive(Default)]
struct Batch {
    completions: Vec<Completion>,
    judgements: Vec<Judged>,
    outcomes: Vec<Finished>,
    spend: Spend,
}

impl Batch {
    fn len(&self) -> usize {
        self.completions.len() + self.judgements.len() + self.outcomes.len()
    }
}

/// A batch is written when it has so many facts, or its oldest is so many milliseconds old.
const FACTS: usize = 16;
const AGE_MS: u64 = 500;
/// How many statements a claim with its look-ups and its share of writing takes.
const STATEMENTS_PER_CLAIM: u32 = 10;
/// So many refusals of key or model, one after another, pause the run.
const REFUSALS: usize = 3;

struct Slice<'a, P> {
    ports: &'a P,
    plan: &'a Plan,
    shard: u32,
    /// The most calls at once, and how many that is now.
    widest: u32,
    window: u32,
    /// Calls that came through since the window last changed.
    clean: u32,
    calls: u32,
    statements: u32,
    calling: u32,
    /// Items taken that have no outcome yet.
    in_hand: u32,
    /// Items that want a call: those begun first.
    ready: VecDeque<Work>,
    /// Items whose questions are to be looked up.
    unread: Vec<Work>,
    batch: Batch,
    /// Judgements made here, which may not be written yet.
    fresh: HashMap<Key, Judgement>,
    /// Items whose target refused key or model: theirs alone, or every item's.
    refused: Vec<(Claim, String)>,
    /// Refusals of key or model since a call came through.
    refusals: usize,
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

type Waiting<'a> = FuturesUnordered<LocalBoxFuture<'a, Event>>;

impl<'a, P: Ports> Slice<'a, P> {
    fn new(ports: &'a P, plan: &'a Plan, shard: u32) -> Self {
        let widest = plan.run.config.concurrency.window(shard).max(1);
        Self {
            ports,
            plan,
            shard,
            widest,
            window: widest,
            clean: 0,
            calls: 0,
            statements: 5, // Those that found the run and its plan.
            calling: 0,
            in_hand: 0,
            ready: VecDeque::new(),
            unread: Vec::new(),
            batch: Batch { spend: Spend { window: widest, ..Spend::default() }, ..Batch::default() },
            fresh: HashMap::new(),
            refused: Vec::new(),
            refusals: 0,
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
            self.statements += STATEMENTS_PER_CLAIM;
            waiting.push(Box::pin(claim(self.ports, self.plan, self.shard, !self.begun, most)));
            self.begun = true;
        }
        while self.calling < self.window && !self.halted {
            let Some(work) = self.ready.pop_front() else { break };
            self.calling += 1;
            waiting.push(self.call(work));
        }
        if !self.looking && !self.unread.is_empty() {
            self.looking = true;
            waiting.push(Box::pin(look_up(self.ports, std::mem::take(&mut self.unread))));
        }
        let nothing_ready = self.ready.is_empty() || self.halted;
        let rest = self.calling == 0 && nothing_ready && !self.claiming && !self.looking;
        if !self.storing && self.batch.len() > 0 && (self.due || rest || self.batch.len() >= FACTS) {
            self.storing = true;
            self.due = false;
            let next = Batch { spend: Spend { window: self.window, ..Spend::default() }, ..Batch::default() };
            waiting.push(Box::pin(store_batch(
                self.ports,
                self.plan.id(),
                self.shard,
                std::mem::replace(&mut self.batch, next),
            )));
        }
        if !self.ticking && self.batch.len() > 0 {
            self.ticking = true;
            let ports = self.ports;
            waiting.push(Box::pin(async move {
                ports.sleep(AGE_MS).await;
                Event::Tick
            }));
        }
    }

    /// Gives how many items to claim now; none when there is enough in hand or the slice has done its part.
    fn wants_claim(&self) -> Option<usize> {
        if self.claiming || self.exhausted || self.halted || self.in_hand > self.window {
            return None;
        }
        let limit = self.ports.slice_limit();
        let each = self.plan.calls_for_item();
        let promised = self.calls.saturating_add(self.in_hand.saturating_mul(each));
        let affordable = limit.saturating_sub(promised) / each.max(1);
        let wanted = (self.window + self.window / 2).saturating_sub(self.in_hand).min(affordable);
        // At least one item for each slice, however many calls it takes.
        let first = !self.begun;
        let may = first || (wanted > 0 && self.statements + STATEMENTS_PER_CLAIM <= limit);
        if may { Some(usize::try_from(wanted.max(1)).unwrap_or(1)) } else { None }
    }

    /// Puts the next question about an item: to the target first, then to the judge.
    fn call(&self, work: Work) -> LocalBoxFuture<'a, Event> {
        let (ports, plan) = (self.ports, self.plan);
        Box::pin(async move {
            let Some(place) = work.next_question().filter(|_| work.completion.is_some()) else {
                let asked = ask::ask(ports, &plan.target, &work.body).await;
                return Event::Answered(Box::new(work), asked);
            };
            let reply = question(ports, plan, &work, place).await;
            Event::Judged(Box::new(work), place, reply)
        })
    }

    fn is_idle(&self) -> bool {
        let nothing_under_way = self.calling == 0 && !self.claiming && !self.looking && !self.storing;
        nothing_under_way
            && self.batch.len() == 0
            && self.unread.is_empty()
            && (self.ready.is_empty() || self.halted)
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

    fn claimed(&mut self, taken: Vec<Taken>) {
        self.claiming = false;
        if taken.is_empty() {
            self.exhausted = true;
        }
        for item in taken {
            self.in_hand += 1;
            match item {
                Ok(work) if work.completion.is_some() => {
                    self.batch.spend.calls.memoised += 1;
                    self.completed(work);
                }
                Ok(work) => self.ready.push_back(work),
                Err((claim, why)) => self.finished(work::errored(&claim, &why, self.ports.now())),
            }
        }
    }

    async fn answered(&mut self, mut work: Work, asked: Result<Asked, Failed>) -> Result<(), Failure> {
        let asked = match asked {
            Ok(asked) => asked,
            Err(failed) => {
                self.calls += 1;
                self.batch.spend.calls.retried += judging::retried(&failed);
                return self.unanswered(work, failed).await;
            }
        };
        self.count(asked.retried, asked.rate_limited);
        self.settle_refused();
        let spend = &mut self.batch.spend;
        spend.calls.target += 1;
        spend.calls.retried += u64::from(asked.retried);
        spend.unpriced += u64::from(asked.cost_usd.is_none());
        spend.cost_usd += asked.cost_usd.unwrap_or(0.0);
        let took = Took {
            usage: asked.response.usage,
            cost_usd: asked.cost_usd,
            latency_ms: asked.latency_ms,
            at: self.ports.now(),
        };
        let output = asked.response.output;
        work.completion =
            Some(Known { output: output.clone(), latency_ms: took.latency_ms, cost_usd: took.cost_usd });
        self.batch.completions.push(Completion { key: work.completion_key.clone(), output, took });
        self.completed(work);
        Ok(())
    }

    async fn unanswered(&mut self, work: Work, failed: Failed) -> Result<(), Failure> {
        match failed {
            Failed::Unanswered { why, .. } => {
                self.finished(work::errored(&work.claim, &why, self.ports.now()))
            }
            Failed::Pause { until, why } => self.halt(why, Some(until)).await?,
            Failed::Rejected { why, .. } => {
                self.refused.push((work.claim, why.clone()));
                self.refused(why).await?;
            }
        }
        Ok(())
    }

    /// Counts a refusal of key or model; some in a row pause the run, since every other call would fail alike.
    async fn refused(&mut self, why: String) -> Result<(), Failure> {
        self.refusals += 1;
        if self.refusals >= REFUSALS {
            self.refused.clear();
            self.halt(why, None).await?;
        }
        Ok(())
    }

    /// A call came through: what was refused before it was refused for its own sake.
    fn settle_refused(&mut self) {
        self.refusals = 0;
        for (claim, why) in std::mem::take(&mut self.refused) {
            self.finished(work::errored(&claim, &why, self.ports.now()));
        }
    }

    /// Has the judge's questions about a completed item looked up.
    fn completed(&mut self, mut work: Work) {
        for (key, criterion, judgement) in work.question(self.plan) {
            self.note_judgement(key, criterion, judgement, None);
        }
        let _ = work.learn(&self.fresh);
        if work.next_question().is_some() { self.unread.push(work) } else { self.decide(&work) }
    }

    fn looked(&mut self, works: Vec<Work>, known: &HashMap<Key, Judgement>) {
        for mut work in works {
            self.batch.spend.calls.memoised += work.learn(known) + work.learn(&self.fresh);
            self.go_on(work);
        }
    }

    /// An item with open questions comes before one that is not begun.
    fn go_on(&mut self, work: Work) {
        if work.next_question().is_some() { self.ready.push_front(work) } else { self.decide(&work) }
    }

    async fn judged(&mut self, mut work: Work, place: usize, reply: Reply) -> Result<(), Failure> {
        let spend = &mut self.batch.spend;
        spend.calls.judge += reply.calls.judge;
        spend.calls.retried += reply.calls.retried;
        spend.unpriced += reply.unpriced;
        spend.cost_usd += reply.took.cost_usd.unwrap_or(0.0);
        let tries = u32::try_from(reply.calls.judge + reply.calls.retried).unwrap_or(u32::MAX).max(1);
        self.count(tries - 1, reply.rate_limited);
        if !matches!(reply.answer, Err(Refused::Failed(_))) {
            self.settle_refused();
        }
        let answer = match reply.answer {
            Ok(judgement) => {
                if let Some(question) = work.questions.get(place) {
                    self.note_judgement(
                        question.key.clone(),
                        question.criterion,
                        judgement.clone(),
                        Some(reply.took),
                    );
                }
                Ok(judgement)
            }
            Err(Refused::Unscored(unscored)) => Err(unscored),
            Err(Refused::Failed(Failed::Rejected { why, .. })) => {
                self.refused(why.clone()).await?;
                if self.halted {
                    return Ok(());
                }
                Err(Unscored::Unreachable { why })
            }
            Err(Refused::Failed(Failed::Pause { until, why })) => return self.halt(why, Some(until)).await,
            Err(Refused::Failed(Failed::Unanswered { why, .. })) => Err(Unscored::Unreachable { why }),
        };
        work.answer(place, answer);
        let _ = work.learn(&self.fresh);
        self.go_on(work);
        Ok(())
    }

    fn note_judgement(&mut self, key: Key, criterion: usize, judgement: Judgement, took: Option<Took>) {
        let nothing = Took {
            usage: shared::chat::Usage::default(),
            cost_usd: Some(0.0),
            latency_ms: 0,
            at: self.ports.now(),
        };
        let Some(judge_version) = self.plan.versions.get(criterion).cloned() else { return };
        self.fresh.insert(key.clone(), judgement.clone());
        self.batch.judgements.push(Judged { key, judge_version, judgement, took: took.unwrap_or(nothing) });
    }

    fn decide(&mut self, work: &Work) {
        self.finished(work.finish(self.plan, self.ports.now()));
    }

    fn finished(&mut self, outcome: Finished) {
        self.in_hand -= 1;
        self.batch.outcomes.push(outcome);
    }

    /// Counts a call, and lets the window breathe: halved when calls come too fast, one more after a clean round.
    fn count(&mut self, retried: u32, rate_limited: bool) {
        self.calls += 1 + retried;
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
        let Some(budget) = self.plan.run.config.budget_usd.filter(|_| !self.halted) else { return Ok(()) };
        let spent = run::spent_usd(self.ports, self.plan.id()).await?;
        if spent >= budget.usd() {
            let reason = format!("the budget of {} USD is spent ({spent:.4} USD)", budget.usd());
            self.halt(reason, None).await?;
        }
        Ok(())
    }

    /// Decides how it goes on after the slice, and ends the run if this was the last of it.
    async fn next(mut self) -> Result<Next, Failure> {
        // Fewer refusals than stop a run are these items' own.
        self.settle_refused();
        if self.batch.len() > 0 || self.batch.spend.calls != shared::run::Calls::default() {
            let batch = std::mem::take(&mut self.batch);
            if let Event::Stored(stored) = store_batch(self.ports, self.plan.id(), self.shard, batch).await {
                stored?;
            }
        }
        if self.halted {
            let state = super::steer::find(self.ports, self.plan.id()).await?;
            return Ok(match state.last.map(|last| last.event) {
                Some(run::Event::Paused { resumes_at: Some(at), .. }) => Next::At(at),
                Some(run::Event::Started | run::Event::Resumed | run::Event::Retried) => Next::Again,
                _ => Next::Stop,
            });
        }
        if !self.exhausted {
            return Ok(Next::Again);
        }
        end(self.ports, self.plan).await?;
        Ok(Next::Stop)
    }
}

/// Ends a run if every item has its outcome.
async fn end<P: Ports>(ports: &P, plan: &Plan) -> Result<(), Failure> {
    if !run::is_complete(ports, plan.id()).await? {
        return Ok(());
    }
    let scores = outcome::scores(ports, plan.id(), &plan.criteria).await?;
    let threshold: Threshold = plan.threshold();
    let summary = shared::summary::of(&scores, threshold);
    run::event_after(ports, plan.id(), &GOING, &run::done(&summary), ports.now()).await?;
    Ok(())
}

/// Takes items and what is known of them: in a slice's first claim what the shard had taken before.
async fn claim<P: Ports>(ports: &P, plan: &Plan, shard: u32, first: bool, most: usize) -> Event {
    Event::Claimed(claim_items(ports, plan, shard, first, most).await)
}

async fn claim_items<P: Ports>(
    ports: &P,
    plan: &Plan,
    shard: u32,
    first: bool,
    most: usize,
) -> Result<Vec<Taken>, SqlError> {
    let mut claims = if first { run::unfinished(ports, plan.id(), shard).await? } else { Vec::new() };
    if claims.is_empty() {
        claims = run::claim(ports, plan.id(), shard, most).await?;
    }
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = claims.iter().map(|claim| claim.item_id.clone()).collect();
    let mut items: HashMap<_, _> = store::item::whole_of(ports, &ids)
        .await?
        .into_iter()
        .map(|item| (item.row.id.clone(), item))
        .collect();
    let mut taken: Vec<Taken> = claims
        .into_iter()
        .map(|claim| match items.remove(&claim.item_id) {
            Some(item) => Work::begin(plan, claim, item),
            None => Err((claim, "the item is gone".to_owned())),
        })
        .collect();
    let keys: Vec<_> = taken.iter().flatten().map(|work| work.completion_key.clone()).collect();
    let known = fact::completions(ports, &keys).await?;
    for work in taken.iter_mut().flatten() {
        work.completion = known.get(&work.completion_key).cloned();
    }
    Ok(taken)
}

async fn look_up<P: Ports>(ports: &P, works: Vec<Work>) -> Event {
    let keys: Vec<_> = works.iter().flat_map(|work| work.open_keys().cloned()).collect();
    let known = fact::judgements(ports, &keys).await;
    Event::Looked(works, known)
}

async fn question<P: Ports>(ports: &P, plan: &Plan, work: &Work, place: usize) -> Reply {
    let asked = work.questions.get(place);
    let found = asked.and_then(|question| {
        Some((question, plan.criteria.get(question.criterion)?, work.case_of(question)?))
    });
    match found {
        Some((question, criterion, case)) => {
            judging::judge(ports, plan, criterion, &case, &question.key).await
        }
        None => judging::impossible(ports.now()),
    }
}

/// Writes a batch in one transaction, facts before the outcomes that rest on them, and reads where the run stands.
async fn store_batch<P: Ports>(ports: &P, id: &RunId, shard: u32, batch: Batch) -> Event {
    let mut statements = Vec::new();
    if !batch.completions.is_empty() {
        statements.push(fact::add_completions(&batch.completions));
    }
    if !batch.judgements.is_empty() {
        statements.push(fact::add_judgements(&batch.judgements));
    }
    if !batch.outcomes.is_empty() {
        statements.push(outcome::add(id, &batch.outcomes));
    }
    statements.push(run::spend(id, shard, &batch.spend));
    statements.push(run::newest_kind(id));
    let stored = ports.batch(statements).await.map(|rows| {
        let newest = rows
            .last()
            .and_then(|rows| rows.first())
            .and_then(|row| row.get("kind")?.as_str().map(str::to_owned));
        newest
    });
    Event::Stored(stored)
}
