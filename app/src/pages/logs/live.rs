//! New logs as they come in: asked for again and again, and shown so that what is being read stays where it is.

use std::collections::HashSet;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::logs::{GetLogs, LogsQuery, Order};
use shared::log::Log;
use shared::log::filter::Filter;
use shared::query::Page;

use super::start::Start;
use crate::cell::{Cell, Derived};
use crate::components::paged::Paged;
use crate::wording;
use crate::{address, api, clock};

/// From one request to the next, in milliseconds.
const PAUSE: i32 = 2_000;

/// The longest pause after requests that failed.
const LONGEST: i32 = 30_000;

/// A log is dated by when its request began, and comes in when its answer has ended: it is looked for so far back.
const LATE: i64 = 60_000;

/// The most logs that are asked for at once.
const MOST: u32 = 100;

/// How far down a page still counts as its top, in pixels.
const TOP: f64 = 120.0;

/// The logs that came in since the list was loaded.
#[derive(Clone, Copy)]
pub struct Live {
    on: Memo<bool>,
    /// What comes in has its place at the top: the newest stand first.
    can: Memo<bool>,
    /// Those that are shown.
    shown: Cell<Vec<Arc<Log>>>,
    /// Those that are not shown yet, so that nothing moves.
    waiting: Cell<Waiting>,
    reload: Callback<()>,
}

/// The logs of the table.
#[derive(Clone, Copy)]
pub struct Logs {
    rows: Paged<Log>,
    pub start: Start,
    /// All of them, once any came in or was read above the others; until then the list has them.
    merged: Derived<Option<Arc<Vec<Arc<Log>>>>>,
}

impl Logs {
    /// Gives how many there are so far.
    pub fn count(self) -> usize {
        self.merged.with(|merged| merged.as_ref().map(|logs| logs.len())).unwrap_or_else(|| self.rows.count())
    }

    /// Gives how many the list did not have when it was loaded.
    pub fn came(self) -> u64 {
        let listed = self.rows.count() + self.start.newer().len();
        self.merged.with(|merged| merged.as_ref().map_or(0, |logs| logs.len().saturating_sub(listed) as u64))
    }

    /// Gives one of them.
    pub fn row(self, place: usize) -> Option<Arc<Log>> {
        match self.merged.get() {
            Some(logs) => logs.get(place).cloned(),
            None => self.rows.row(place),
        }
    }

    /// Gives all of them, in their order.
    pub fn all(self) -> Vec<Arc<Log>> {
        self.all_from(0)
    }

    /// Gives those from a place on.
    pub fn all_from(self, place: usize) -> Vec<Arc<Log>> {
        match self.merged.get() {
            Some(logs) => logs.get(place..).unwrap_or_default().to_vec(),
            None => self.rows.rows_from(place),
        }
    }

    /// Gives what tells the list from every other that has more than new rows at its end; none where any may be new.
    pub fn of(self) -> Option<u32> {
        if self.merged.with(Option::is_some) { None } else { self.rows.of() }
    }

    /// Loads the next page of the list.
    pub fn ahead(self) {
        self.rows.ahead();
    }
}

#[derive(Debug, Clone, Default)]
struct Waiting {
    logs: Vec<Arc<Log>>,
    /// There were more than one request gives.
    more: bool,
}

impl Live {
    /// Looks for new logs for as long as the address asks for it, and the newest stand first. `listed` gives the logs of
    /// the list; `reload` loads it again.
    pub fn start(
        filter: impl Fn() -> Filter + Copy + Send + Sync + 'static,
        order: Derived<Order>,
        listed: impl Fn() -> Option<Vec<Arc<Log>>> + Copy + Send + Sync + 'static,
        reload: Callback<()>,
    ) -> Self {
        let asked = address::parameter("live");
        let can = Memo::new(move |_| order.get() == Order::default());
        let on = Memo::new(move |_| can.get() && asked.with(Option::is_some));
        let live =
            Self { on, can, shown: Cell::new(Vec::new()), waiting: Cell::new(Waiting::default()), reload };
        let turn = StoredValue::new(0_u32);
        let of = StoredValue::new(None::<(Filter, Order)>);
        Effect::new(move || {
            let filter = filter();
            let mine = turn.try_get_value().unwrap_or_default() + 1;
            turn.set_value(mine);
            // What came in stays when it is switched off: the list without it would be an older one.
            let now = Some((filter.clone(), order.get()));
            if of.with_value(|of| *of != now) {
                of.set_value(now);
                live.forget();
            }
            if on.get() {
                spawn_local(live.follow(filter, listed, move || turn.try_get_value() == Some(mine)));
            }
        });
        live
    }

    fn forget(self) {
        self.shown.set(Vec::new());
        self.waiting.set(Waiting::default());
    }

    async fn follow(
        self,
        filter: Filter,
        listed: impl Fn() -> Option<Vec<Arc<Log>>>,
        is_wanted: impl Fn() -> bool,
    ) {
        let mut pause = PAUSE;
        loop {
            clock::sleep(pause).await;
            if !is_wanted() {
                return;
            }
            if document().hidden() || !window().navigator().on_line() {
                continue;
            }
            // Before the list is there, nothing is new.
            let Some(listed) = untrack(&listed) else { continue };
            let known = || untrack(|| self.all(listed.clone()));
            let newest = known().iter().map(|log| log.created_at).max();
            let from = newest.unwrap_or_else(clock::now).plus(-LATE);
            let filter = Filter { from: filter.from.max(Some(from)), ..filter.clone() };
            let query = LogsQuery { filter, order: None, page: Page { limit: Some(MOST), cursor: None } };
            let found = api::call(&GetLogs {}, &query, &()).await;
            if !is_wanted() {
                return;
            }
            pause = if found.is_ok() { PAUSE } else { (pause * 2).min(LONGEST) };
            let Ok(found) = found else { continue };
            let known = known();
            // Nothing older was asked for.
            let known: HashSet<_> =
                known.iter().filter(|log| log.created_at >= from).map(|log| &log.id).collect();
            let is_new = |log: &Log| !known.contains(&log.id);
            let more = found.next_cursor.is_some() && found.data.iter().all(is_new);
            let new: Vec<_> = found.data.into_iter().filter(is_new).map(Arc::new).collect();
            self.waiting.update(|waiting| {
                waiting.more |= more;
                waiting.logs.extend(new);
            });
            if !self.waiting.with(|waiting| waiting.logs.is_empty()) && !is_read() {
                self.show();
            }
        }
    }

    /// Gives the logs of the list with those that came in, as the table takes them.
    pub fn over(self, rows: Paged<Log>, start: Start) -> Logs {
        let merged = Derived::new(move || {
            let newer = start.newer();
            let came = self.shown.with(|shown| !shown.is_empty());
            (came || !newer.is_empty())
                .then(|| Arc::new(self.with([newer, rows.rows().unwrap_or_default()].concat())))
        });
        Logs { rows, start, merged }
    }

    /// Gives all logs that are known: listed, shown and waiting.
    fn all(self, listed: Vec<Arc<Log>>) -> Vec<Arc<Log>> {
        let mut all = self.with(listed);
        all.extend(self.waiting.get().logs);
        all
    }

    /// Puts those that came in to the logs of the list, the newest first.
    fn with(self, mut listed: Vec<Arc<Log>>) -> Vec<Arc<Log>> {
        let order =
            |one: &Arc<Log>, other: &Arc<Log>| (other.created_at, &other.id).cmp(&(one.created_at, &one.id));
        let is_new = |log: &Arc<Log>| listed.binary_search_by(|known| order(known, log)).is_err();
        let new: Vec<_> = self.shown.get().into_iter().filter(is_new).collect();
        if !new.is_empty() {
            listed.extend(new);
            listed.sort_by(order);
        }
        listed
    }

    /// Shows the logs that wait.
    fn show(self) {
        let Waiting { logs, more } = self.waiting.get_untracked();
        self.waiting.set(Waiting::default());
        if more {
            // There is a gap below them.
            self.forget();
            self.reload.run(());
        } else {
            self.shown.update(|shown| shown.extend(logs));
        }
    }

    /// Shows the switch, and how many logs wait.
    pub fn switch(self) -> AnyView {
        let waiting = move || {
            let said = self.waiting.with(|waiting| {
                let number = waiting.logs.len() as u64;
                (number > 0).then(|| wording::log::new_logs(number, waiting.more))
            });
            said.map(|said| {
                let show = move |_| {
                    self.show();
                    window().scroll_to_with_x_and_y(0.0, 0.0);
                };
                any! {
                    <button type="button" class="chip" on:click=show>
                        "↑ "
                        {said}
                    </button>
                }
            })
        };
        any! {
            <label class="choice">
                <input
                    type="checkbox"
                    role="switch"
                    disabled=move || !self.can.get()
                    prop:checked=move || self.on.get()
                    on:change:target=move |event| {
                        let on = event.target().checked().then(|| "1".to_owned());
                        address::replace(&address::here().with(&[("live", on)]).href());
                    }
                />
                {move || if self.can.get() { "Live" } else { "Live (only with the newest first)" }}
            </label>
            <span role="status" class="news">{waiting}</span>
        }
    }
}

/// Tells whether something of the list is being read or used, so that it may not move.
fn is_read() -> bool {
    let scrolled = window().scroll_y().is_ok_and(|y| y > TOP);
    let in_table = || {
        let active = document().active_element();
        active.is_some_and(|active| {
            active.closest("table, [role=table], [role=grid], dialog").ok().flatten().is_some()
        })
    };
    scrolled || in_table() || document().query_selector("dialog[open]").ok().flatten().is_some()
}
