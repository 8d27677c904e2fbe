//! What a slice of a run may still do: calls, every try counted, how many at once, and for how long it may begin any.
//!
//! Leaves out how wide the window is, and how long a question rests.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use shared::moment::Moment;

use super::window::{Turn, Window};

/// How long after a slice begins no more questions it may still begin tries of those that it has, in milliseconds: as long
/// as one takes that need not wait for a place, nearly.
const TRIES_GO_ON_MS: i64 = 570_000;

/// What a slice may still do. Shared by the questions that are under way at once.
///
/// A question takes a place in the window and gives it back when it has ended. While it rests before its next try,
/// another may have the place: it comes back before anything new is begun.
///
/// A question that failed has its further tries kept for it, so that it comes to its end in this slice: the next would begin
/// it anew, and where a provider is gone no question would ever end. What failed first is served first.
#[derive(Debug)]
pub struct Allowance {
    calls: Cell<u32>,
    /// The tries that are kept for questions that failed, the first to fail first.
    kept: RefCell<BTreeMap<u64, u32>>,
    /// How many questions failed so far.
    failed: Cell<u64>,
    window: Cell<Window>,
    /// How many tries came through.
    through: Cell<u64>,
    until: Moment,
    /// Questions that have a place.
    taken: Cell<u32>,
    /// Questions that have rested and wait for a place.
    rested: Cell<u32>,
    /// No more tries are to be begun.
    closed: Cell<bool>,
    /// A place was given back that nobody has been told of.
    freed: Cell<bool>,
    /// Who waits for a place.
    waiting: RefCell<Vec<Waker>>,
}

impl Allowance {
    /// Allows so many calls, questions begun before `until`, at most a window of them at once.
    pub fn of(calls: u32, window: Window, until: Moment) -> Self {
        Self {
            calls: Cell::new(calls),
            kept: RefCell::default(),
            failed: Cell::new(0),
            window: Cell::new(window),
            through: Cell::new(0),
            until,
            taken: Cell::new(0),
            rested: Cell::new(0),
            closed: Cell::new(false),
            freed: Cell::new(false),
            waiting: RefCell::default(),
        }
    }

    /// Gives how many calls are left for what is new: they are not kept for questions that failed.
    pub fn left(&self) -> u32 {
        let kept = self.kept.borrow().values().sum();
        self.calls.get().saturating_sub(kept)
    }

    /// Tells whether a question may be begun now, if there is a place for it.
    pub fn is_open(&self, now: Moment) -> bool {
        self.left() > 0 && now < self.until && !self.closed.get()
    }

    /// Tells whether a try of a question that was begun comes too late then.
    pub(super) fn is_over(&self, then: Moment) -> bool {
        then >= self.until.plus(TRIES_GO_ON_MS)
    }

    /// Begins a question, none of whose tries has failed.
    pub(super) fn question(&self) -> Tried<'_> {
        Tried { allowance: self, place: None }
    }

    /// Gives how many calls may be under way.
    pub fn window(&self) -> u32 {
        self.window.get().now()
    }

    /// Tells whether there is a place for another question.
    pub fn has_place(&self) -> bool {
        self.taken.get() + self.rested.get() < self.window()
    }

    /// Takes a place for a question.
    pub fn take_place(&self) {
        self.taken.set(self.taken.get() + 1);
    }

    /// A question has ended: its place is free.
    pub fn give_place(&self) {
        self.taken.set(self.taken.get().saturating_sub(1));
        self.tell();
    }

    /// Has no more tries begun: what rests is told at once.
    pub fn close(&self) {
        self.closed.set(true);
        self.tell();
    }

    /// Waits until a place has become free by itself: a question rests.
    pub async fn freed(&self) {
        poll_fn(|context| if self.freed.take() { Poll::Ready(()) } else { self.wait(context) }).await;
    }

    /// Rests before the next try of a question: gives its place back and takes one again afterwards. Ends early when no
    /// more tries are to be begun.
    pub(super) async fn rest(&self, sleep: impl Future<Output = ()>) {
        self.freed.set(true);
        self.give_place();
        let mut sleep = pin!(sleep);
        poll_fn(|context| match sleep.as_mut().poll(context) {
            Poll::Pending if !self.closed.get() => self.wait(context),
            _ => Poll::Ready(()),
        })
        .await;
        self.rested.set(self.rested.get() + 1);
        poll_fn(|context| {
            let is_free = self.taken.get() < self.window() || self.closed.get();
            if is_free { Poll::Ready(()) } else { self.wait(context) }
        })
        .await;
        self.rested.set(self.rested.get().saturating_sub(1));
        self.take_place();
    }

    /// Gives how many tries came through so far.
    pub(super) fn through(&self) -> u64 {
        self.through.get()
    }

    /// A try came through.
    pub(super) fn clean(&self, begun: Turn) {
        self.through.set(self.through.get() + 1);
        self.window.set(self.window.get().clean(begun));
    }

    /// A try was turned away for coming too fast: the others are to know before it is tried again.
    pub(super) fn busy(&self, begun: Turn) {
        self.window.set(self.window.get().busy(begun));
    }

    fn wait<T>(&self, context: &Context<'_>) -> Poll<T> {
        let mut waiting = self.waiting.borrow_mut();
        if !waiting.iter().any(|other| other.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
        Poll::Pending
    }

    fn tell(&self) {
        for waiting in self.waiting.take() {
            waiting.wake();
        }
    }
}

/// A question's hold on the calls that are left. What was kept for it is free again when it ends.
#[derive(Debug)]
pub(super) struct Tried<'a> {
    allowance: &'a Allowance,
    /// Its place among the questions that failed.
    place: Option<u64>,
}

impl Tried<'_> {
    /// Begins a try, if there is time for it and a call is left that is not kept for a question that failed sooner.
    pub(super) fn begin(&self, now: Moment) -> Option<Turn> {
        let Allowance { calls, kept, closed, window, .. } = self.allowance;
        let mut kept = kept.borrow_mut();
        let sooner: u32 = kept.range(..self.place.unwrap_or(u64::MAX)).map(|(_, tries)| tries).sum();
        if closed.get() || calls.get() <= sooner || self.allowance.is_over(now) {
            return None;
        }
        calls.set(calls.get() - 1);
        if let Some(tries) = self.place.and_then(|place| kept.get_mut(&place)) {
            *tries = tries.saturating_sub(1);
        }
        Some(window.get().turn())
    }

    /// A try failed, and so many more may follow it.
    pub(super) fn failed(&mut self, more: u32) {
        let Allowance { kept, failed, .. } = self.allowance;
        let place = *self.place.get_or_insert_with(|| failed.replace(failed.get() + 1));
        kept.borrow_mut().insert(place, more);
    }
}

impl Drop for Tried<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.allowance.kept.borrow_mut().remove(&place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    fn early() -> Moment {
        Moment::from_millis(0)
    }

    /// An allowance of ten calls, so many of them at once.
    fn allowance(window: u32) -> Allowance {
        Allowance::of(10, Window::of(window, None), Moment::from_millis(1_000))
    }

    fn is_over(future: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn what_rests_has_no_place_and_comes_back_before_anything_new() {
        let allowance = allowance(1);
        allowance.take_place();
        let mut freed = pin!(allowance.freed());
        assert!(!allowance.has_place() && !is_over(freed.as_mut()));
        let mut long = pin!(allowance.rest(pending()));
        assert!(!is_over(long.as_mut()));
        assert!(allowance.has_place() && is_over(freed.as_mut()), "another may be asked, and is told so");
        // The other takes the place and rests, too, for a moment: nothing has the place, and it wants it back.
        allowance.take_place();
        let mut short = pin!(allowance.rest(ready(())));
        assert!(is_over(short.as_mut()) && !allowance.has_place());
        let mut next = pin!(allowance.rest(ready(())));
        allowance.take_place();
        assert!(!is_over(next.as_mut()), "the other has the only place");
        assert!(!allowance.has_place());
        allowance.give_place();
        assert!(is_over(next.as_mut()) && !allowance.has_place());
    }

    #[test]
    fn closing_ends_every_rest_and_begins_nothing_more() {
        let allowance = allowance(2);
        allowance.take_place();
        let mut rest = pin!(allowance.rest(pending()));
        assert!(!is_over(rest.as_mut()));
        allowance.close();
        assert!(is_over(rest.as_mut()));
        assert!(allowance.question().begin(early()).is_none() && !allowance.is_open(early()));
        assert_eq!(allowance.left(), 10, "no call was made");
    }

    #[test]
    fn calls_and_time_run_out() {
        let allowance = allowance(2);
        assert!(
            allowance.is_open(Moment::from_millis(999)) && !allowance.is_open(Moment::from_millis(1_000))
        );
        assert_eq!((0..12).filter(|_| allowance.question().begin(early()).is_some()).count(), 10);
        assert!(!allowance.is_open(early()));
    }

    #[test]
    fn what_was_begun_is_tried_for_a_while_after_nothing_new_is_begun() {
        let allowance = allowance(2);
        let question = allowance.question();
        let begins = |at| question.begin(Moment::from_millis(at)).is_some();
        assert_eq!([1_000, 570_999, 571_000].map(begins), [true, true, false]);
    }

    #[test]
    fn what_failed_first_comes_to_its_end_first() {
        let allowance = allowance(6);
        let mut all = [allowance.question(), allowance.question(), allowance.question()];
        assert!(all.iter().all(|question| question.begin(early()).is_some()));
        all.iter_mut().for_each(|question| question.failed(4));
        assert!(!allowance.is_open(early()), "of seven calls, twelve are wanted");
        let [first, second, third] = all;
        assert!(third.begin(early()).is_none() && second.begin(early()).is_some());
        assert_eq!(
            (0..5).filter(|_| first.begin(early()).is_some()).count(),
            5,
            "its own, and one that another has not taken"
        );
        drop(first);
        assert!(third.begin(early()).is_none());
        drop(second);
        assert!(third.begin(early()).is_some() && third.begin(early()).is_none());
    }
}
