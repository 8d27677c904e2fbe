//! Following a run while something happens to it, and steering it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::runs::{GetRun, PostRunCancel, PostRunPause, PostRunResume, PostRunRetry};
use shared::id::RunId;
use shared::run::{Run, Status};

use crate::api::{self, CallError};
use crate::cell::Cell;
use crate::clock;
use crate::components::toasts::Toasts;
use crate::wording::fault::Fault;

/// A run as it was last seen.
#[derive(Clone, Copy)]
pub struct Watch {
    pub run: Cell<Option<Run>>,
    /// Why it could not be looked at the last time.
    pub trouble: Cell<Option<CallError>>,
    /// One of the steps below is under way.
    pub busy: RwSignal<bool>,
    id: StoredValue<RunId>,
    /// Counts the loops that were begun: only the last one goes on.
    turn: StoredValue<u32>,
    toasts: Toasts,
}

/// What can be done with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steer {
    Pause,
    Resume,
    Cancel,
    Retry,
}

/// Milliseconds between two looks at a run that goes on, and at one that stands still.
const OFTEN: i32 = 700;
const SELDOM: i32 = 3_000;

impl Watch {
    /// Follows a run for as long as the page is there.
    pub fn start(id: RunId) -> Self {
        let (run, trouble) = (Cell::new(None), Cell::new(None));
        let (id, turn) = (StoredValue::new(id), StoredValue::new(0));
        let watch = Self { run, trouble, busy: RwSignal::new(false), id, turn, toasts: Toasts::of_app() };
        watch.again();
        watch
    }

    /// Steers the run, and shows what it is then.
    pub fn steer(self, act: Steer) {
        self.busy.set(true);
        spawn_local(async move {
            let steered = steer(act, self.id.get_value()).await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match steered {
                Ok(run) => {
                    self.run.set(Some(run));
                    self.again();
                }
                Err(error) => self.toasts.failed(error),
            }
        });
    }

    /// Looks again, now and from now on.
    pub fn again(self) {
        follow(self.id.get_value(), self.run, self.trouble, self.turn);
    }
}

async fn steer(act: Steer, run: RunId) -> Result<Run, CallError> {
    match act {
        Steer::Pause => api::read_from(&PostRunPause { run }).await,
        Steer::Resume => api::read_from(&PostRunResume { run }).await,
        Steer::Cancel => api::read_from(&PostRunCancel { run }).await,
        Steer::Retry => api::read_from(&PostRunRetry { run }).await,
    }
}

/// Looks at the run until nothing more happens by itself, or the page is gone.
fn follow(id: RunId, seen: Cell<Option<Run>>, trouble: Cell<Option<CallError>>, turn: StoredValue<u32>) {
    let mine = turn.try_get_value().map(|turn| turn + 1);
    let Some(mine) = mine else { return };
    turn.set_value(mine);
    spawn_local(async move {
        let mut failures = 0;
        // Gone with the page, or overtaken by a later loop.
        while turn.try_get_value() == Some(mine) {
            let looked = api::read_from(&GetRun { run: id.clone() }).await;
            if turn.try_get_value() != Some(mine) {
                return;
            }
            let wait = match looked {
                Ok(run) => {
                    failures = 0;
                    let status = run.status;
                    trouble.set(None);
                    seen.set(Some(run));
                    if status.is_final() {
                        return;
                    }
                    if status == Status::Paused { SELDOM } else { OFTEN }
                }
                Err(error) => {
                    failures += 1;
                    let hopeless = is_hopeless(&error);
                    trouble.set(Some(error));
                    if hopeless {
                        return;
                    }
                    OFTEN << i32::min(failures, 6)
                }
            };
            let hidden = leptos::prelude::document().hidden();
            clock::sleep(if hidden { wait.max(SELDOM) } else { wait }).await;
        }
    });
}

/// Tells whether another look would come to the same.
fn is_hopeless(error: &CallError) -> bool {
    matches!(&error.fault, Fault::Refused(problem) if matches!(problem.status, 400..=407 | 409..=428))
}
