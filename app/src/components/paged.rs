//! Long lists: the first page is loaded, the next ones when they are asked for.
//!
//! Rows of every type share one machinery, as replies do. They are shared, never copied: one more page costs the same
//! however many there are.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::List;

use super::connection::Connection;
use super::fault::fault;
use super::focus;
use super::loaded::{Load, Loaded, loading};
use crate::api::CallError;
use crate::cell::{AnyValue, Cell, cast, share};
use crate::clock;
use crate::rows::Rows;

/// The rows of a list as far as they are loaded; a handle that can be copied.
pub struct Paged<T> {
    rows: AnyPaged,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Paged<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Paged<T> {}

#[derive(Clone, Copy)]
struct AnyPaged {
    first: Load<First>,
    later: Cell<Later>,
    fetch: StoredValue<Fetch, LocalStorage>,
}

/// Shows the rows that were read.
type ShowRows = Box<dyn Fn(&[AnyValue]) -> AnyView + Send + Sync>;

type Fetch = Box<dyn Fn(Option<String>) -> Pin<Box<dyn Future<Output = Loaded<Page>>>>>;

/// One page, of rows of any type.
#[derive(Clone)]
struct Page {
    rows: Arc<Vec<AnyValue>>,
    next_cursor: Option<String>,
}

/// The first page, with a number that tells it from every other first page.
#[derive(Clone)]
struct First {
    number: u32,
    page: Page,
}

/// The pages after the first. They belong to one first page, and to no other.
#[derive(Clone, Default)]
struct Later {
    of: u32,
    rows: Rows<AnyValue>,
    next_cursor: Option<String>,
    busy: bool,
    error: Option<CallError>,
}

/// Lists what `fetch` gives for a cursor; again from the start when a signal that it reads changes.
pub fn paged<T, Fut>(fetch: impl Fn(Option<String>) -> Fut + 'static) -> Paged<T>
where
    T: Clone + Send + Sync + 'static,
    Fut: Future<Output = Loaded<List<T>>> + 'static,
{
    let fetch: Fetch = Box::new(move |cursor| {
        let list = fetch(cursor);
        Box::pin(async move {
            let List { data, next_cursor } = list.await?;
            let rows = data.into_iter().map(|row| Arc::new(row) as AnyValue).collect();
            Ok(Page { rows: Arc::new(rows), next_cursor })
        })
    });
    Paged { rows: AnyPaged::new(fetch), kind: PhantomData }
}

impl<T: Clone + Send + Sync + 'static> Paged<T> {
    /// Gives the rows that are loaded; none before the first page is, or when it failed.
    pub fn rows(self) -> Option<Vec<Arc<T>>> {
        self.of().map(|_| self.rows_from(0))
    }

    /// Gives the rows from a place on, without a walk over those before.
    pub fn rows_from(self, place: usize) -> Vec<Arc<T>> {
        self.rows.rows_from(place).iter().map(share).collect()
    }

    /// Gives what tells the list from every other: for as long as it is the same, rows come at its end alone. None before
    /// the first page is there, or when it failed.
    pub fn of(self) -> Option<u32> {
        self.rows.first.get()?.ok().map(|first| first.number)
    }

    /// Tells whether there are rows that are not loaded.
    pub fn has_more(self) -> bool {
        self.rows
            .first
            .get()
            .and_then(Result::ok)
            .is_some_and(|first| self.rows.later_than(&first).next_cursor.is_some())
    }

    /// Gives how many rows are loaded.
    pub fn count(self) -> usize {
        self.rows.count()
    }

    /// Gives one of the rows that are loaded.
    pub fn row(self, place: usize) -> Option<Arc<T>> {
        self.rows.row(place).map(|row| share(&row))
    }

    /// Loads the next page, if there is one and it is not on its way. After a failure only the button does.
    pub fn ahead(self) {
        let Some(Ok(first)) = untrack(|| self.rows.first.get()) else { return };
        let later = untrack(|| self.rows.later_than(&first));
        if !later.busy && later.error.is_none() {
            self.rows.more(later);
        }
    }

    /// Shows what draws the rows by itself, once for each list, and a button for more of them.
    pub fn around(self, list: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
        self.rows.around("Load more", Box::new(list))
    }

    /// Loads the list again whenever the reader comes back after a while, unless more than its first page is loaded: what
    /// is read further down stays.
    #[must_use]
    pub fn fresh(self) -> Self {
        Connection::of_app().on_wake(move || {
            let Some(Ok(first)) = self.rows.first.get() else { return };
            if self.rows.later_than(&first).rows.is_empty() {
                self.reload();
            }
        });
        self
    }

    /// Loads the list again from its start.
    pub fn reload(self) {
        self.rows.first.refetch();
    }

    /// Shows the rows, and a button for more of them.
    pub fn show(self, show: impl Fn(Vec<T>) -> AnyView + Send + Sync + 'static) -> AnyView {
        self.show_with("Load more", show)
    }

    /// As `show`, with this word on the button.
    pub fn show_with(
        self,
        more: &'static str,
        show: impl Fn(Vec<T>) -> AnyView + Send + Sync + 'static,
    ) -> AnyView {
        let show = move |rows: &[AnyValue]| show(rows.iter().map(|row| cast::<T>(row).clone()).collect());
        self.rows.show(more, Box::new(show))
    }
}

impl AnyPaged {
    fn new(fetch: Fetch) -> Self {
        let fetch = StoredValue::new_local(fetch);
        let first = Load::new(move || {
            let page = fetch.with_value(|fetch| fetch(None));
            async move { page.await.map(|page| First { number: clock::draw(), page }) }
        });
        Self { first, later: Cell::new(Later::default()), fetch }
    }

    /// Gives what follows a first page.
    fn later_than(self, first: &First) -> Later {
        let later = self.later.get();
        if later.of == first.number {
            return later;
        }
        Later { of: first.number, next_cursor: first.page.next_cursor.clone(), ..Later::default() }
    }

    fn count(self) -> usize {
        let Some(Ok(First { number, page })) = self.first.get() else { return 0 };
        page.rows.len() + self.later.with(|later| if later.of == number { later.rows.len() } else { 0 })
    }

    fn rows_from(self, place: usize) -> Vec<AnyValue> {
        let Some(Ok(first)) = self.first.get() else { return Vec::new() };
        let listed = &first.page.rows;
        let later = self.later_than(&first);
        let of_first = listed.get(place..).unwrap_or_default();
        of_first.iter().chain(later.rows.from(place.saturating_sub(listed.len()))).cloned().collect()
    }

    fn row(self, place: usize) -> Option<AnyValue> {
        let First { number, page } = self.first.get()?.ok()?;
        let later = |later: &Later| {
            let place = place.checked_sub(page.rows.len()).filter(|_| later.of == number)?;
            later.rows.get(place).cloned()
        };
        page.rows.get(place).cloned().or_else(|| self.later.with(later))
    }

    fn around(self, more: &'static str, list: Box<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
        let retry = self.first.retry();
        // Another first page does not draw the list anew: its rows follow it.
        let is_there = Memo::new(move |_| matches!(self.first.get(), Some(Ok(_))));
        let shown = move || {
            if is_there.get() {
                return list();
            }
            self.first.get().map_or_else(loading, |first| match first {
                Ok(_) => ().into_any(),
                Err(error) => fault(&error, Some(retry)),
            })
        };
        let foot = move || {
            focus::keep();
            let first = self.first.get()?.ok()?;
            self.foot(more, self.later_than(&first))
        };
        any! {
            {shown}
            {foot}
        }
    }

    fn more(self, before: Later) {
        if before.busy {
            return;
        }
        let Some(cursor) = before.next_cursor.clone() else { return };
        let number = before.of;
        let page = untrack(|| self.fetch.with_value(|fetch| fetch(Some(cursor))));
        self.later.set(Later { busy: true, error: None, ..before });
        spawn_local(async move {
            let page = page.await;
            self.later.update(|later| {
                // Another list may have been asked for by now.
                if later.of != number {
                    return;
                }
                later.busy = false;
                match page {
                    Ok(page) => {
                        later.rows.push(page.rows);
                        later.next_cursor = page.next_cursor;
                    }
                    Err(error) => later.error = Some(error),
                }
            });
        });
    }

    fn show(self, more: &'static str, rows: ShowRows) -> AnyView {
        let retry = self.first.retry();
        let shown = move || {
            focus::keep();
            self.first.get().map_or_else(loading, |first| match first {
                Ok(first) => {
                    any! {
                        {rows(&self.rows_from(0))}
                        {self.foot(more, self.later_than(&first))}
                    }
                }
                Err(error) => fault(&error, Some(retry)),
            })
        };
        shown.into_any()
    }

    fn foot(self, more: &'static str, later: Later) -> Option<AnyView> {
        later.next_cursor.as_ref()?;
        let busy = later.busy;
        let error = later.error.as_ref().map(|error| fault(error, None));
        Some(any! {
            <div class="foot">
                {error}
                <button type="button" aria-disabled=busy.then_some("true") on:click=move |_| self.more(later.clone())>
                    {if busy { "Loading…" } else { more }}
                </button>
            </div>
        })
    }
}
