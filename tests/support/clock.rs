//! A clock that stands still until somebody moves it on.
//!
//! Those who sleep wake in the order of their deadlines, one at a time.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use shared::moment::Moment;

/// 2026-11-05T09:30:00Z: when every test begins.
const BEGIN: i64 = 1_793_871_000_000;

/// Who sleeps: by deadline, then by who lay down first.
type Place = (i64, u64);

pub struct Clock {
    state: Mutex<State>,
}

struct State {
    now: i64,
    laid_down: u64,
    sleepers: BTreeMap<Place, Waker>,
}

impl Clock {
    pub fn new() -> Self {
        Self { state: Mutex::new(State { now: BEGIN, laid_down: 0, sleepers: BTreeMap::new() }) }
    }

    pub fn now(&self) -> Moment {
        Moment::from_millis(self.state.lock().unwrap().now)
    }

    /// Sleeps so many milliseconds.
    pub fn sleep(&self, millis: u64) -> Sleep<'_> {
        self.sleep_until(self.now().plus(i64::try_from(millis).unwrap()))
    }

    /// Sleeps until a moment; one that has passed is waited for no longer than one turn.
    pub fn sleep_until(&self, at: Moment) -> Sleep<'_> {
        Sleep { clock: self, deadline: at.millis(), place: None }
    }

    /// Moves on to the next deadline and wakes its sleeper. Tells whether there was one.
    pub fn advance(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        let Some(((deadline, _), waker)) = state.sleepers.pop_first() else { return false };
        state.now = state.now.max(deadline);
        drop(state);
        waker.wake();
        true
    }

    /// Moves on by so many milliseconds, waking nobody.
    pub fn skip(&self, millis: i64) {
        self.state.lock().unwrap().now += millis;
    }
}

pub struct Sleep<'a> {
    clock: &'a Clock,
    deadline: i64,
    place: Option<Place>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state.lock().unwrap();
        if let Some(place) = self.place {
            state.sleepers.remove(&place);
            if state.now >= self.deadline {
                return Poll::Ready(());
            }
        }
        // Even a sleep of no length lets the others have a turn.
        state.laid_down += 1;
        let place = (self.deadline, state.laid_down);
        state.sleepers.insert(place, context.waker().clone());
        drop(state);
        self.place = Some(place);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.clock.state.lock().unwrap().sleepers.remove(&place);
        }
    }
}
