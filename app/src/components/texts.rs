//! What the items of a run say beyond their scores: read for the rows on the screen, many at a time.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::runs::{GetResults, Items, MOST_ITEMS, ResultsQuery};
use shared::id::{ItemId, RunId};
use shared::outcome::Row;

use super::fault::fault;
use super::opened::Uncovered;
use super::windowed::{Numbers, Windowed};
use crate::api::{self, CallError};
use crate::cell::{Cell, Derived};
use crate::clock;

/// The most texts that are kept. Whoever scrolls back past them has them read again.
const MOST_KEPT: usize = 2_000;

/// How many items before and after those that are drawn have their texts read with them.
const AHEAD: usize = 40;

/// How long a reader must stay before texts are read, in milliseconds: not while a scrollbar is dragged along.
const REST_MS: i32 = 90;

/// Texts as far as they are read; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Texts {
    run: StoredValue<RunId>,
    /// None of an item that has no result.
    known: StoredValue<HashMap<ItemId, Option<Arc<Row>>>>,
    /// Counts how often texts came.
    came: RwSignal<u32>,
    /// What is asked for next: items, those on the screen first.
    wanted: StoredValue<Vec<ItemId>>,
    busy: StoredValue<bool>,
    trouble: Cell<Option<CallError>>,
}

impl Texts {
    /// Knows nothing yet.
    pub fn of(run: StoredValue<RunId>) -> Self {
        Self {
            run,
            known: StoredValue::new(HashMap::new()),
            came: RwSignal::new(0),
            wanted: StoredValue::new(Vec::new()),
            busy: StoredValue::new(false),
            trouble: Cell::new(None),
        }
    }

    /// Gives what is known of an item, as it comes.
    pub fn get(self, item: &ItemId) -> Option<Arc<Row>> {
        self.came.get();
        self.known.try_with_value(|known| known.get(item).cloned().flatten()).flatten()
    }

    /// Gives what is known by now of these items, as it comes.
    pub fn of_all(self, items: &[ItemId]) -> Vec<Arc<Row>> {
        self.came.get();
        let known = |known: &HashMap<ItemId, Option<Arc<Row>>>| {
            items.iter().filter_map(|item| known.get(item).cloned().flatten()).collect()
        };
        self.known.try_with_value(known).unwrap_or_default()
    }

    /// Reads the texts of what a list shows, as it changes. `id` gives the item of a row by its number.
    pub fn follow(
        self,
        list: Windowed,
        listed: Derived<Numbers>,
        id: impl Fn(usize) -> Option<ItemId> + 'static,
    ) {
        let uncovered = Uncovered::of_page();
        Effect::new(move || {
            if !uncovered.is_so() {
                return;
            }
            let shown = list.shown();
            let (seen, around) = listed.with(|listed| {
                let ids = |from: usize, to: usize| {
                    let rows = listed.get(from..to.min(listed.len())).unwrap_or_default();
                    rows.iter().filter_map(|&row| id(row)).collect::<Vec<_>>()
                };
                (ids(shown.start, shown.end), ids(shown.start.saturating_sub(AHEAD), shown.end + AHEAD))
            });
            self.want(&seen, &around);
        });
    }

    /// Shows what went wrong when texts were read, with a way to try again.
    pub fn failed(self) -> AnyView {
        let failed = move || {
            let again = Callback::new(move |()| self.again());
            self.trouble.get().map(|error| fault(&error, Some(again)))
        };
        failed.into_any()
    }

    /// Wants the texts of the items on the screen, and with them those of the items around it.
    fn want(self, seen: &[ItemId], around: &[ItemId]) {
        let missing = |items: &[ItemId]| {
            let missing = |item: &&ItemId| self.known.with_value(|known| !known.contains_key(*item));
            items.iter().filter(missing).cloned().collect::<Vec<_>>()
        };
        let mut wanted = missing(seen);
        // One call brings the next screen too, but none is made for it alone.
        if !wanted.is_empty() {
            wanted.extend(missing(around).into_iter().filter(|item| !seen.contains(item)));
            wanted.truncate(MOST_ITEMS);
        }
        self.wanted.set_value(wanted);
        self.read();
    }

    /// Tries again what failed.
    fn again(self) {
        self.trouble.set(None);
        self.read();
    }

    fn read(self) {
        let nothing = self.wanted.with_value(Vec::is_empty);
        if nothing || self.busy.get_value() || self.trouble.get_untracked().is_some() {
            return;
        }
        self.busy.set_value(true);
        let first = self.known.with_value(HashMap::is_empty);
        spawn_local(async move {
            if !first {
                clock::sleep(REST_MS).await;
            }
            // The page may be gone by now.
            let Some(asked) = self.wanted.try_get_value() else { return };
            let Some(run) = self.run.try_get_value() else { return };
            let answer = if asked.is_empty() {
                Ok(Vec::new())
            } else {
                let items = Some(Items::of(asked.iter().cloned()));
                let query = ResultsQuery { items, ..ResultsQuery::default() };
                api::call(&GetResults { run }, &query, &()).await.map(|list| list.data)
            };
            if self.busy.try_set_value(false).is_some() {
                return;
            }
            match answer {
                Ok(rows) => self.keep(&asked, rows),
                Err(error) => _ = self.trouble.set(Some(error)),
            }
            self.read();
        });
    }

    fn keep(self, asked: &[ItemId], rows: Vec<Row>) {
        self.known.update_value(|known| {
            if known.len() > MOST_KEPT {
                known.clear();
            }
            known.extend(asked.iter().map(|item| (item.clone(), None)));
            known.extend(rows.into_iter().map(|row| (row.item_id.clone(), Some(Arc::new(row)))));
        });
        self.wanted.update_value(|wanted| wanted.retain(|item| !asked.contains(item)));
        self.came.update(|came| *came += 1);
    }
}
