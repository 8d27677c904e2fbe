//! Whether Assay can be reached, and whether this page is still the current one; and the banner that says if not.
//!
//! What was asked in vain is asked again once it can be reached (`loaded`); what was to be done is not.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::GetHealth;

use super::shortcuts::panels;
use super::unsaved;
use crate::api;
use crate::cell::Cell;
use crate::clock;
use crate::wording::connection::{self, Reach};
use crate::wording::fault::Fault;

/// How long what was looked at counts, in milliseconds: when the reader comes back to the page later than that, it
/// looks again, for another version too.
const RECENT: i64 = 10 * 60 * 1000;

/// From one look at the clock to the next, in milliseconds. A machine that was asleep looks late.
const TICK: u64 = 60 * 1000;

/// The connection of the app; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Connection {
    reach: Cell<Reach>,
    /// How often the service was reached again.
    returns: Cell<u32>,
    /// The service has another version than this page.
    updated: RwSignal<bool>,
    /// How often the reader asked for what failed once more.
    retries: Cell<u32>,
    /// How often the reader came back after a while.
    wakes: Cell<u32>,
    /// When the page was last seen.
    awake: StoredValue<i64>,
    /// When another version was last looked for.
    looked: StoredValue<i64>,
    /// It is being looked for.
    looking: StoredValue<bool>,
}

impl Connection {
    fn new() -> Self {
        Self {
            reach: Cell::new(Reach::Well),
            returns: Cell::new(0),
            updated: RwSignal::new(false),
            retries: Cell::new(0),
            wakes: Cell::new(0),
            awake: StoredValue::new(clock::now().millis()),
            looked: StoredValue::new(clock::now().millis()),
            looking: StoredValue::new(false),
        }
    }

    /// Watches the connection for as long as the app runs.
    pub fn provide() -> Self {
        let connection = Self::new();
        provide_context(connection);
        let lost = window_event_listener(ev::offline, move |_| connection.lost());
        let back = window_event_listener(ev::online, move |_| {
            spawn_local(connection.ask());
        });
        let seen = window_event_listener_untyped("visibilitychange", move |_| connection.seen());
        let ticks =
            set_interval_with_handle(move || connection.seen(), std::time::Duration::from_millis(TICK)).ok();
        on_cleanup(move || {
            ticks.inspect(IntervalHandle::clear);
            lost.remove();
            back.remove();
            seen.remove();
        });
        if !is_online() {
            connection.lost();
        }
        connection
    }

    /// Gives the connection of the app.
    pub fn of_app() -> Self {
        // Provided before anything is shown.
        use_context().unwrap_or_else(Self::new)
    }

    /// Notes why a call failed.
    pub fn failed(self, fault: &Fault) {
        if matches!(fault, Fault::Unreachable | Fault::Unanswered) {
            self.lost();
        }
        if connection::may_be_of_age(fault) {
            spawn_local(self.look());
        }
    }

    /// Does something each time when Assay is reached again, for as long as what asks is there.
    pub fn on_return(self, act: impl Fn() + 'static) {
        Effect::new(move |before: Option<u32>| {
            let returns = self.returns.get();
            if before.is_some_and(|before| before != returns) {
                untrack(&act);
            }
            returns
        });
    }

    /// Loads everything on the page that failed once more.
    pub fn retry(self) {
        self.retries.update(|retries| *retries += 1);
    }

    /// Does something each time when the reader asks for what failed once more, for as long as what asks is there.
    pub fn on_retry(self, act: impl Fn() + 'static) {
        Effect::new(move |before: Option<u32>| {
            let retries = self.retries.get();
            if before.is_some_and(|before| before != retries) {
                untrack(&act);
            }
            retries
        });
    }

    /// Does something each time when the reader comes back after a while, for as long as what asks is there. What
    /// somebody is at is left as it is.
    pub fn on_wake(self, act: impl Fn() + 'static) {
        Effect::new(move |before: Option<u32>| {
            let wakes = self.wakes.get();
            if before.is_some_and(|before| before != wakes) && !unsaved::any() && panels() == 0 {
                untrack(&act);
            }
            wakes
        });
    }

    /// Waits until Assay is reached again.
    fn lost(self) {
        let reach = if is_online() { Reach::Silent } else { Reach::Offline };
        let before = self.reach.get_untracked();
        self.reach.set(reach);
        if before == Reach::Well {
            spawn_local(async move {
                let mut times = 0;
                while self.reach.get_untracked() != Reach::Well {
                    clock::sleep(connection::wait(times)).await;
                    times += 1;
                    self.ask().await;
                }
            });
        }
    }

    /// Asks whether Assay is there, unless that is known.
    async fn ask(self) {
        if self.reach.get_untracked() == Reach::Well || !is_online() {
            return;
        }
        let answered = match api::read_from(&GetHealth {}).await {
            Ok(_) => true,
            Err(error) => error.fault != Fault::Unreachable,
        };
        if answered && self.reach.get_untracked() != Reach::Well {
            self.reach.set(Reach::Well);
            self.returns.update(|returns| *returns += 1);
        } else if !answered {
            self.lost();
        }
    }

    /// Looks again, for another version too, when the reader comes back after a while.
    fn seen(self) {
        if document().hidden() {
            return;
        }
        let now = clock::now().millis();
        if now - self.awake.get_value() > RECENT {
            self.wakes.update(|wakes| *wakes += 1);
        }
        self.awake.set_value(now);
        if now - self.looked.get_value() > RECENT {
            spawn_local(self.look());
        }
    }

    /// Looks whether the document of the app names the files that this page was loaded from.
    async fn look(self) {
        if self.looking.get_value() {
            return;
        }
        self.looking.set_value(true);
        self.looked.set_value(clock::now().millis());
        let document = api::asset("/").await;
        self.looking.set_value(false);
        match (own_file(), document) {
            (Some(own), Ok(html)) if !html.contains(&own) => self.updated.set(true),
            (_, Err(error)) if error.fault == Fault::Unreachable => self.lost(),
            _ => {}
        }
    }
}

fn is_online() -> bool {
    window().navigator().on_line()
}

/// Gives the name of the file that started this page. It has another name in each version.
fn own_file() -> Option<String> {
    document().query_selector("script[type='module'][src]").ok()??.get_attribute("src")
}

/// Says what is wrong with the connection, above the page.
#[component]
pub fn ConnectionBanner(connection: Connection) -> impl IntoView {
    let updated = move || {
        connection.updated.get().then(|| {
            any! {
                <p>
                    {connection::UPDATED} " "
                    <button type="button" on:click=|_| reload()>
                        "Reload"
                    </button>
                </p>
            }
        })
    };
    any! {
        <div class="banner" role="status">
            {move || connection::reach(connection.reach.get()).map(|words| any! { <p>{words}</p> })}
            {updated}
        </div>
    }
}

/// Loads the page anew.
pub fn reload() {
    // The browser says by itself what keeps it from reloading.
    _ = window().location().reload();
}
