//! Long lists: the first page is loaded, the next ones when they are asked for.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::List;

use super::fault::fault;
use super::loaded::{Load, Loaded, loading};
use crate::api::CallError;

/// The rows of a list as far as they are loaded. `K` is what they were asked by.
pub struct Paged<K: 'static, T: 'static> {
    first: Load<(K, List<T>)>,
    later: RwSignal<Later<K, T>>,
    more: Callback<String>,
}

/// Copies whatever the rows are: all parts are handles.
impl<K, T> Clone for Paged<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, T> Copy for Paged<K, T> {}

/// The pages after the first. They belong to the list that was asked for by `of`, and to no other.
#[derive(Clone)]
struct Later<K, T> {
    of: Option<K>,
    rows: Vec<T>,
    next_cursor: Option<String>,
    busy: bool,
    error: Option<CallError>,
}

/// Lists what `fetch` gives for a key and a cursor.
pub fn paged<K, T, Fut>(
    key: impl Fn() -> K + Copy + Send + Sync + 'static,
    fetch: impl Fn(K, Option<String>) -> Fut + Copy + Send + Sync + 'static,
) -> Paged<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
    Fut: Future<Output = Loaded<List<T>>> + 'static,
{
    let first = Load::new(move || {
        let key = key();
        async move { fetch(key.clone(), None).await.map(|list| (key, list)) }
    });
    let none = Later { of: None, rows: Vec::new(), next_cursor: None, busy: false, error: None };
    let later = RwSignal::new(none.clone());
    let more = Callback::new(move |cursor: String| {
        let key = untrack(key);
        later.update(|later| {
            if later.of.as_ref() != Some(&key) {
                *later = Later { of: Some(key.clone()), ..none.clone() };
            }
            later.busy = true;
            later.error = None;
        });
        spawn_local(async move {
            let page = fetch(key.clone(), Some(cursor)).await;
            // The list may be gone, or another one be asked for by now.
            _ = later.try_update(|later| {
                if later.of.as_ref() != Some(&key) {
                    return;
                }
                later.busy = false;
                match page {
                    Ok(page) => {
                        later.rows.extend(page.data);
                        later.next_cursor = page.next_cursor;
                    }
                    Err(error) => later.error = Some(error),
                }
            });
        });
    });
    Paged { first, later, more }
}

impl<K, T> Paged<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Gives the rows that are loaded; none before the first page is, or when it failed.
    pub fn rows(self) -> Option<Vec<T>> {
        let (key, list) = self.first.get()?.ok()?;
        let mut rows = list.data;
        self.later.with(|later| {
            if later.of.as_ref() == Some(&key) {
                rows.extend(later.rows.iter().cloned());
            }
        });
        Some(rows)
    }

    /// Loads the list again from its start.
    pub fn reload(self) {
        self.later.update(|later| later.of = None);
        self.first.refetch();
    }

    /// Shows the rows, and a button for more of them.
    pub fn show(self, rows: impl Fn(Vec<T>) -> AnyView + Send + Sync + 'static) -> AnyView {
        let retry = Callback::new(move |()| self.reload());
        let shown = move || {
            self.first.get().map(|first| match first {
                Ok((key, list)) => {
                    let all = self.rows().unwrap_or_default();
                    view! {
                        {rows(all)}
                        {self.foot(&key, &list)}
                    }
                    .into_any()
                }
                Err(error) => fault(&error, Some(retry)),
            })
        };
        view! { <Transition fallback=loading>{shown}</Transition> }.into_any()
    }

    fn foot(self, key: &K, first: &List<T>) -> Option<AnyView> {
        let (cursor, busy, error) = self.later.with(|later| {
            if later.of.as_ref() == Some(key)
                && (!later.rows.is_empty() || later.busy || later.error.is_some())
            {
                let cursor = if later.rows.is_empty() { &first.next_cursor } else { &later.next_cursor };
                (cursor.clone(), later.busy, later.error.clone())
            } else {
                (first.next_cursor.clone(), false, None)
            }
        });
        let cursor = cursor?;
        let more = self.more;
        Some(
            view! {
                <div class="foot">
                    {error.map(|error| fault(&error, None))}
                    <button type="button" disabled=busy on:click=move |_| more.run(cursor.clone())>
                        {if busy { "Loading…" } else { "Load more" }}
                    </button>
                </div>
            }
            .into_any(),
        )
    }
}
