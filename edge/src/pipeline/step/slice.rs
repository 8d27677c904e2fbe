//! One slice: the loop that starts what can start and takes what comes of it.
//!
//! Several things wait at once (calls, a claim, a look-up, a write); each ends as an event, and the loop takes
//! the events one by one. What is decided about them is in the modules beside this one.

mod ending;
mod taking;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::json;
use shared::canonical::Key;
use shared::judge::Judgement;
use shared::moment::Moment;

use super::Next;
use super::batch::Batch;
use super::caution::Caution;
use super::desk::{Ask, Desk, Id, Whom};
use super::judging::{self, Reply};
use super::lot::Lot;
use super::plan::Plan;
use super::purse::Purse;
use super::refusals::Refusals;
use super::share::Share;
use super::work::Work;
use super::write::{Wanted, Write, Written};
use crate::failure::Failure;
use crate::ports::{Ports, SqlError};
use crate::store::fact;
use crate::store::run::LOT_BYTES;
use crate::upstream::allowance::Allowance;
use crate::upstream::ask::{self, Asked, Failed};
use crate::upstream::paid::Paid;
use crate::upstream::patience::Patience;

/// Something that was waited for.
enum Event {
    Answered(Ask, Kept, Paid, Box<Result<Asked, Failed>>),
    Looked(Vec<Id>, Result<HashMap<Key, Judgement>, SqlError>),
    Judged(Ask, Kept, Box<Reply>),
    Written(Result<Written, SqlError>),
    /// A question rests: another may be asked.
    Freed,
    Tick,
}

/// The money that is kept for a call, in US dollars.
type Kept = f64;

/// So many windows of questions are looked up before anybody waits for it.
const TOGETHER: u32 = 2;
/// How many statements find a run and its plan, take items, and write a batch; and how many end a slice.
const TO_BEGIN: u32 = 8;
const TO_CLAIM: u32 = 3;
const TO_LOOK_AT_LOGS: u32 = 1;
const TO_TAKE_CANARIES: u32 = 2;
const TO_STORE: u32 = 7;
const TO_END: u32 = 13;
/// After so many milliseconds a shard asks again for money that others keep.
const PATIENCE_MS: i64 = 1_000;

/// A slice of one shard's part of a run.
pub struct Slice<'a, P> {
    ports: &'a P,
    plan: &'a Plan,
    start: Start,
    allowance: &'a Allowance,
    purse: Purse<Whom>,
    /// The statements that it may make, and those that it has made or must make to end.
    limit: u32,
    statements: u32,
    calling: u32,
    desk: Desk,
    batch: Batch,
    /// When the batch is written: the first of a slice sooner than the others.
    lot: Lot,
    /// The slice came to something that is stored.
    progressed: bool,
    begun: bool,
    looking: bool,
    writing: bool,
    /// The slice is told when a question rests.
    listening: bool,
    ticking: bool,
    due: bool,
    /// No item is left to claim.
    exhausted: bool,
    /// It began with items that its shard had taken before: there may be more of those.
    again: bool,
    /// What it had an answer for and may have had judged.
    resumed: HashSet<Id>,
    /// Nothing more is to be begun: the run stands still.
    halted: bool,
    /// Nothing more is to be begun in this slice: the run was changed.
    changed: bool,
    /// The shard was woken: nothing more is to be begun before it is known why.
    woken: bool,
    /// It is being looked up.
    asking: bool,
    /// Nothing more is to be begun in this slice: it has no statements left to write down what would come of it.
    written_out: bool,
    /// What a call is expected to cost before any was made.
    expected_usd: f64,
}

/// What a slice begins with.
pub struct Start {
    pub shard: u32,
    /// How often the run had been changed.
    pub changes: u64,
    /// What falls to it of the items that nobody has.
    pub share: Share,
    /// When somebody let the run go on last.
    pub since: Option<Moment>,
    pub refusals: Refusals<Whom, Refusal>,
    pub caution: Caution,
}

/// A question that was refused for its key or model.
pub struct Refusal {
    ask: Ask,
    is_item: bool,
    why: String,
}

type Waiting<'a> = FuturesUnordered<LocalBoxFuture<'a, Event>>;

impl<'a, P: Ports> Slice<'a, P> {
    /// Makes a slice that has done nothing yet.
    pub fn new(
        ports: &'a P,
        plan: &'a Plan,
        allowance: &'a Allowance,
        purse: Purse<Whom>,
        start: Start,
    ) -> Self {
        Self {
            ports,
            plan,
            allowance,
            purse,
            limit: ports.slice_limit(),
            // Each judge of a panel has its provider looked up.
            statements: TO_BEGIN + TO_END + u32::try_from(plan.judges.len()).unwrap_or(0),
            calling: 0,
            desk: Desk::default(),
            batch: Batch::default(),
            lot: Lot::first(start.shard, plan.run.config.concurrency.shards()),
            start,
            progressed: false,
            begun: false,
            looking: false,
            writing: false,
            listening: false,
            ticking: false,
            due: false,
            exhausted: false,
            again: false,
            resumed: HashSet::new(),
            halted: false,
            changed: false,
            woken: false,
            asking: false,
            written_out: false,
            expected_usd: plan.expected_usd(),
        }
    }

    /// Takes the slice, and tells how the shard goes on.
    ///
    /// # Errors
    /// What the database says: what was not stored is done again.
    pub async fn run(mut self) -> Result<Next, Failure> {
        let mut waiting = Waiting::new();
        loop {
            self.woken |= self.ports.was_woken();
            self.start(&mut waiting);
            if self.is_idle() {
                if self.settle_what_is_left().await? {
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
        while self.allowance.has_place() && self.may_call() {
            let Some((ask, known)) = self.desk.next() else { break };
            match known {
                Some(judgement) => self.answer(&ask, Ok(judgement)),
                None => {
                    self.calling += 1;
                    self.allowance.take_place();
                    waiting.push(self.call(ask));
                }
            }
        }
        let nothing_to_call = !self.desk.wants_call() || !self.may_call();
        // There is no hurry while every call that may be under way is: what comes meanwhile is read along.
        let hurry = nothing_to_call && self.allowance.has_place();
        let many = self.desk.unread() >= TOGETHER * self.allowance.window();
        if !self.looking && self.may_look() && (hurry || many) {
            self.looking = true;
            self.statements += 1;
            let ports = self.ports;
            let (ids, keys) = self.desk.take_unread();
            waiting.push(Box::pin(async move { Event::Looked(ids, fact::judgements(ports, &keys).await) }));
        }
        if !self.writing {
            let rest = self.waits_for_money() && self.calling == 0 && nothing_to_call && !self.looking;
            // Only the last write is among what ends a slice. One that waits for money would go on after each, call by call.
            self.written_out |= (rest || self.woken) && self.statements_left() < TO_STORE;
            let wanted = self.wants_claim();
            if wanted.is_some() || self.wants_write(rest) {
                waiting.push(self.write(wanted));
            }
        }
        if !self.ticking && !self.due && self.batch.len() > 0 {
            self.ticking = true;
            let (ports, age_ms) = (self.ports, self.lot.age_ms);
            waiting.push(Box::pin(async move {
                ports.sleep(age_ms).await;
                Event::Tick
            }));
        }
        if !self.listening && self.calling > 0 {
            self.listening = true;
            let allowance = self.allowance;
            waiting.push(Box::pin(async move {
                allowance.freed().await;
                Event::Freed
            }));
        }
    }

    /// Tells whether to write what there is, or to ask where the run stands.
    fn wants_write(&self, rest: bool) -> bool {
        let full = self.batch.len() >= self.lot.facts && self.statements_left() >= TO_STORE;
        // What is merely old waits when there are few statements left for what is more.
        let due = self.due && self.statements_left() > self.limit / 3;
        let broke = self.purse.wants_more() && !self.written_out && self.statements_left() >= TO_STORE;
        (self.batch.len() > 0 && (rest || full || due)) || (!self.halted && (broke || self.woken))
    }

    /// Writes what there is, and takes what is wanted.
    fn write(&mut self, wanted: Option<Wanted>) -> LocalBoxFuture<'a, Event> {
        self.writing = true;
        self.due = false;
        self.asking = std::mem::take(&mut self.woken);
        let write = self.take_batch(self.allowance.window(), wanted);
        self.statements += write.len() + wanted.map_or(0, |wanted| self.to_read(wanted));
        self.begun |= wanted.is_some();
        let (ports, plan) = (self.ports, self.plan);
        Box::pin(async move { Event::Written(write.run(ports, plan).await) })
    }

    /// Gives how many statements read what is taken.
    fn to_read(&self, wanted: Wanted) -> u32 {
        let logs = if self.plan.scorers.measure_calls() { TO_LOOK_AT_LOGS } else { 0 };
        1 + logs + if wanted.first { TO_TAKE_CANARIES } else { 0 }
    }

    /// Tells whether calls may be begun: the run goes on, its budget is not spent, the slice has calls left.
    fn may_call(&self) -> bool {
        let goes_on = !self.halted && !self.changed && !self.woken && !self.asking && !self.written_out;
        goes_on && self.purse.is_open() && self.allowance.is_open(self.ports.now())
    }

    /// Tells whether slices before were lost, so that it takes no more than it must.
    fn is_careful(&self) -> bool {
        self.start.caution != Caution::Needless
    }

    /// Tells whether there is something to look up, and a statement left to do it.
    fn may_look(&self) -> bool {
        self.desk.unread() > 0 && !self.halted && self.statements_left() > 0
    }

    fn statements_left(&self) -> u32 {
        self.limit.saturating_sub(self.statements)
    }

    /// Takes what is to be written. Until the next time so many calls may be under way, for which money is kept.
    fn take_batch(&mut self, under_way: u32, wanted: Option<Wanted>) -> Write {
        let mut batch = std::mem::take(&mut self.batch);
        // After a change it opens as wide as it then may.
        batch.spend.window = if self.changed { 0 } else { self.allowance.window() };
        batch.spend.seen = json!(self.start.refusals.sight(self.start.since));
        batch.spend.expected_usd = self.expected_usd;
        if under_way > 0 {
            batch.spend.wanted_usd = self.purse.wanted_usd(under_way, self.expected_usd);
        }
        self.progressed |= batch.len() > 0;
        if batch.len() > 0 {
            self.lot = Lot::USUAL;
        }
        Write::of(self.plan, self.start.shard, &batch, wanted)
    }

    /// Gives what to claim now; none when there is enough in hand or the slice has done its part.
    fn wants_claim(&self) -> Option<Wanted> {
        if self.exhausted || !self.may_call() {
            return None;
        }
        let caution = self.start.caution;
        if self.is_careful() {
            return (!self.begun).then_some(Wanted { most: 0, first: true, caution });
        }
        // What was refused waits for the others to tell why.
        let refused = self.start.refusals.held().filter(|refusal| refusal.is_item).count();
        let in_hand = self.desk.items().saturating_sub(u32::try_from(refused).unwrap_or(u32::MAX));
        let each = self.plan.calls_for_item();
        let canaries = self.desk.canaries().saturating_mul(self.plan.calls_for_canary());
        let promised = in_hand.saturating_mul(each) + canaries;
        let affordable = self.allowance.left().saturating_sub(promised) / each.max(1);
        let wanted = self.start.share.wanted(in_hand, self.allowance.window()).min(affordable);
        // At least one item for each slice, however many calls it takes; and one more where what is in hand was refused, as
        // it would be in the next slice.
        let first = !self.begun;
        let only_refused = refused > 0 && in_hand == 0 && self.calling == 0 && !self.looking;
        let may = first
            || (wanted > 0
                && self.desk.bytes() < LOT_BYTES
                && self.statements_left() >= TO_CLAIM + TO_LOOK_AT_LOGS + TO_STORE)
            || (only_refused && self.statements_left() >= TO_CLAIM + TO_LOOK_AT_LOGS);
        if may {
            Some(Wanted { most: usize::try_from(wanted.max(1)).unwrap_or(1), first, caution })
        } else {
            None
        }
    }

    /// Asks the target, or a judge.
    fn call(&mut self, ask: Ask) -> LocalBoxFuture<'a, Event> {
        let (ports, plan, allowance) = (self.ports, self.plan, self.allowance);
        let work = self.desk.work(ask.id).map(Rc::clone);
        let patience = self.desk.patience(ask.id);
        let kept = self.purse.keep(self.desk.whom(&ask), self.expected_usd);
        Box::pin(async move {
            let Some(place) = ask.place else {
                let mut paid = Paid::default();
                let asked = match plan.target.as_ref().zip(work) {
                    Some((target, work)) => {
                        ask::ask(ports, target, &work.body, (allowance, &patience), &mut paid).await
                    }
                    None => Err(Failed::Unanswered { why: "the answer is gone".to_owned(), tries: 0 }),
                };
                return Event::Answered(ask, kept, paid, Box::new(asked));
            };
            let reply = match work {
                Some(work) => question(ports, plan, (allowance, &patience), &work, place).await,
                None => judging::impossible(ports.now()),
            };
            Event::Judged(ask, kept, Box::new(reply))
        })
    }

    fn is_idle(&self) -> bool {
        let nothing_under_way = self.calling == 0 && !self.looking && !self.writing;
        nothing_under_way
            && (self.batch.len() == 0 || !self.waits_for_money())
            && !self.may_look()
            && (!self.desk.wants_call() || !self.may_call())
    }

    /// Tells whether there may be money for more calls once it has written. Else the last write takes what there is.
    fn waits_for_money(&self) -> bool {
        self.plan.run.config.budget_usd.is_some()
    }
}

async fn question<P: Ports>(
    ports: &P,
    plan: &Plan,
    means: (&Allowance, &Patience),
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
            judging::judge(ports, seat, means, criterion, &case, &question.key).await
        }
        None => judging::impossible(ports.now()),
    }
}
