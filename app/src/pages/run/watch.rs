//! Following a run while something happens to it, and steering it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::runs::{EVENTS, GetRun, PostRunCancel, PostRunPause, PostRunResume, PostRunRetry};
use shared::id::RunId;
use shared::json;
use shared::outcome::Row;
use shared::run::{Progress, Run, Status};

use super::came::Came;
use crate::api::events::{Events, Heard};
use crate::api::{self, CallError};
use crate::cell::Cell;
use crate::clock;
use crate::components::connection::Connection;
use crate::components::toasts::Toasts;
use crate::wording::fault::Fault;

/// A run as it was last seen.
#[derive(Clone, Copy)]
pub struct Watch {
    pub run: Cell<Option<Run>>,
    /// The results that have come while it was followed.
    pub came: Came,
    /// Why it could not be looked at the last time.
    pub trouble: Cell<Option<CallError>>,
    /// One of the steps below is under way.
    pub busy: RwSignal<bool>,
    id: StoredValue<RunId>,
    /// Counts the loops that were begun: only the last one goes on.
    turn: StoredValue<u32>,
    /// The stream that tells about it; none while it is asked about again and again.
    events: StoredValue<Option<Events>, LocalStorage>,
    /// Streams do not work here.
    deaf: StoredValue<bool>,
    toasts: Toasts,
    connection: Connection,
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
        let watch = Self {
            run: Cell::new(None),
            came: Came::nothing(),
            trouble: Cell::new(None),
            busy: RwSignal::new(false),
            id: StoredValue::new(id),
            turn: StoredValue::new(0),
            events: StoredValue::new_local(None),
            deaf: StoredValue::new(false),
            toasts: Toasts::of_app(),
            connection: Connection::of_app(),
        };
        watch.connection.on_return(move || {
            if watch.trouble.with(Option::is_some) {
                watch.again();
            }
        });
        watch.again();
        watch
    }

    /// Steers the run, and says when that does not work.
    pub fn steer(self, act: Steer) {
        spawn_local(async move {
            if let Err(error) = self.steered(act).await {
                self.toasts.failed(error);
            }
        });
    }

    /// Steers the run, and shows what it is then.
    ///
    /// # Errors
    /// As a call has them.
    pub async fn steered(self, act: Steer) -> Result<(), CallError> {
        self.busy.set(true);
        let steered = steer(act, self.id.get_value()).await;
        let is_gone = self.busy.try_set(false).is_some();
        let run = steered?;
        if !is_gone {
            self.run.set(Some(run));
            self.again();
        }
        Ok(())
    }

    /// Looks again, now and from now on.
    pub fn again(self) {
        let Some(mine) = self.turn.try_get_value().map(|turn| turn + 1) else { return };
        self.turn.set_value(mine);
        _ = self.events.try_set_value(None);
        spawn_local(self.follow(mine));
    }

    /// Tells whether the page is there and no later loop has begun.
    fn is_mine(self, mine: u32) -> bool {
        self.turn.try_get_value() == Some(mine)
    }

    /// Looks at the run until nothing more happens by itself, or the page is gone. Where the server tells what
    /// happens, one look is enough, unless the run is paused.
    async fn follow(self, mine: u32) {
        let id = self.id.get_value();
        let mut failures = 0;
        while self.is_mine(mine) {
            let looked = api::read_from(&GetRun { run: id.clone() }).await;
            if !self.is_mine(mine) {
                return;
            }
            let wait = match looked {
                Ok(run) => {
                    failures = 0;
                    let status = run.status;
                    self.trouble.set(None);
                    self.run.set(Some(run));
                    // While it is paused nothing happens that a stream would tell.
                    let is_paused = status == Status::Paused;
                    if status.is_final() || (!is_paused && self.listen(mine, &id)) {
                        return;
                    }
                    if is_paused { SELDOM } else { OFTEN }
                }
                Err(error) => {
                    failures += 1;
                    self.connection.failed(&error.fault);
                    let hopeless = is_hopeless(&error);
                    self.trouble.set(Some(error));
                    if hopeless {
                        return;
                    }
                    OFTEN << i32::min(failures, 6)
                }
            };
            let hidden = leptos::prelude::document().hidden();
            clock::sleep(if hidden { wait.max(SELDOM) } else { wait }).await;
        }
    }

    /// Listens to what happens to the run. Tells whether that can be done.
    fn listen(self, mine: u32, id: &RunId) -> bool {
        if self.deaf.try_get_value().unwrap_or(true) {
            return false;
        }
        let path = EVENTS.replace("{run}", id.as_str());
        let events = Events::open(&path, &["progress", "outcome"], move |heard| self.hear(mine, heard));
        let listens = events.is_some();
        _ = self.events.try_set_value(events);
        listens
    }

    fn hear(self, mine: u32, heard: Heard) {
        if !self.is_mine(mine) {
            return;
        }
        match heard {
            Heard::Event("progress", data) => {
                let Ok(progress) = json::read::<Progress>(&data) else { return self.stop_listening() };
                if progress.status.is_final() {
                    // The summary is told by no event. The stream cannot be dropped in its own call.
                    spawn_local(async move { self.again() });
                } else {
                    self.run.update(|run| *run = run.take().map(|run| progress.put_into(run)));
                }
            }
            Heard::Event(_, data) => {
                let Ok(row) = json::read::<Row>(&data) else { return self.stop_listening() };
                self.came.keep(row);
            }
            Heard::Broken => self.stop_listening(),
        }
    }

    /// Asks again and again from now on.
    fn stop_listening(self) {
        _ = self.deaf.try_set_value(true);
        spawn_local(async move { self.again() });
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

/// Tells whether another look would come to the same.
fn is_hopeless(error: &CallError) -> bool {
    matches!(&error.fault, Fault::Refused(problem) if matches!(problem.status, 400..=407 | 409..=428))
}
