//! The items of a set, or those with some words: rows near the screen are drawn, and the next page is loaded before one comes to its end.

use leptos::prelude::*;
use shared::api::sets::{GetItems, ItemsQuery, PostItemDelete};
use shared::id::{ItemId, SetId};
use shared::query::{LARGEST_PAGE, Page};
use shared::set::ItemRow;
use shared::unseen::seen;

use super::columns::Column;
use super::coverage::CoverageOf;
use super::item::ItemPanel;
use super::removal;
use crate::cell::{Cell, Derived};
use crate::components::caller::Caller;
use crate::components::checked::Checked;
use crate::components::columns::Columns;
use crate::components::listed::Listed;
use crate::components::opened::Opened;
use crate::components::paged::paged;
use crate::components::search::{self, Search};
use crate::components::sorting;
use crate::wording::{preview, set as wording};
use crate::{address, api};

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 50.0;

/// Lists the items of a version.
#[component]
pub fn ItemList(
    set: SetId,
    /// How many items that version has.
    of: u64,
    /// The version to read; the newest when there is none.
    version: Derived<Option<u32>>,
    /// Called when the set has another version.
    changed: Callback<()>,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let order = sorting::of_page();
    let words = address::parameter(search::PARAMETER);
    let items = paged(move |cursor| {
        let call = GetItems { set: set.get_value() };
        let page = Page { limit: Some(LARGEST_PAGE), cursor };
        let query = ItemsQuery { version: version.get(), order: Some(order.get()), q: words.get(), page };
        async move { api::call(&call, &query, &()).await }
    });
    let listed = Listed::of("items", items, |item: &ItemRow| item.id.to_string(), ESTIMATE);
    let (list, numbers) = (listed.list(), listed.numbers());
    let id = move |number: usize| listed.row(number).map(|item| item.id.clone());
    let opened = Opened::of(move || listed.ids());
    opened.revealed_by(Callback::new(move |place| list.reveal(place)));
    let columns = Columns::of_address();
    let ids = Cell::new(Vec::<ItemId>::new());
    let check = Checked::of(ids, numbers, list, id);
    let caller = Caller::of_app();
    // An old version stays as it is.
    let may_remove = Memo::new(move |_| version.get().is_none() && caller.may::<PostItemDelete>());
    let is_empty = Memo::new(move |_| items.count() == 0);
    let rows = move || {
        if is_empty.get() {
            return if words.get().is_some() { nothing_found() } else { empty() };
        }
        let checks = may_remove.get();
        let bar = if checks {
            removal::bar(set, ids, of, words, changed, columns.choice())
        } else {
            any! {
                <div class="spread bar">
                    <p></p>
                    <div class="actions">{columns.choice()}</div>
                </div>
            }
        };
        let name = move |number: usize| id(number).map(|id| format!("item-{id}")).unwrap_or_default();
        any! {
            {bar}
            <table class="rows fixed sorts" aria-label="Items" aria-rowcount=move || listed.row_count()>
                <colgroup>{checks.then(|| any! { <col class="check" /> })} {columns.cols()}</colgroup>
                <thead>
                    <tr aria-rowindex="1">
                        {checks.then(|| check.head())}
                        {columns.heads(order)}
                    </tr>
                </thead>
                {list.body(
                    move || columns.count() + usize::from(checks),
                    name,
                    move |number| {
                        listed.row(number).map(|item| {
                            let boxed = checks.then(|| check.cell(number, &item.request_preview));
                            any! { {boxed} {columns.cells(move |column| cell(&item, column))} }
                        }).into_any()
                    },
                )}
            </table>
        }
    };
    any! {
        {move || {
            version
                .get()
                .map(|version| {
                    any! {
                        <p class="notice">
                            "This is version " {version} ". "
                            <a href=address::link_with("version", None)>"Show the newest"</a>
                        </p>
                    }
                })
        }}
        {move || {
            // It is of the set as it is now.
            version.get().is_none().then(|| any! { <CoverageOf set=set.get_value() changed /> })
        }}
        {(of > 0).then(searching)}
        {move || {
            let found = words.get().and(items.of()).map(|_| wording::found(items.count() as u64, items.has_more()));
            found.map(|found| any! { <p role="status" class="matches">{found}</p> })
        }}
        {items.around(move || any! { {rows} })}
        {opened.show(move || {
            let editable = untrack(|| version.get()).is_none();
            any! { <ItemPanel set=set.get_value() opened editable changed /> }
        })}
    }
}

/// Shows the field that searches the items.
fn searching() -> AnyView {
    let where_it_looks = "Words at the beginning of the request or the response, in the feature or a tag";
    Search::of_address().form(where_it_looks, ())
}

fn nothing_found() -> AnyView {
    any! {
        <div class="empty">
            <p class="quiet">"Of long requests and responses only the beginning is searched."</p>
            <p>
                <a href=address::link_with(search::PARAMETER, None)>"Show all items"</a>
            </p>
        </div>
    }
}

fn empty() -> AnyView {
    any! {
        <div class="empty">
            <p>"No items yet."</p>
            <p class="quiet">
                <a href="/logs">"Choose logs"</a> " and add them to this set."
            </p>
        </div>
    }
}

fn cell(item: &ItemRow, column: Column) -> AnyView {
    match column {
        Column::Request => any! {
            <td class="preview">
                <a class="open" href=address::link_with("open", Some(item.id.to_string()))>
                    {preview::leading(&item.request_preview)}
                </a>
            </td>
        },
        Column::Original => any! {
            <td class="preview" data-label="original response">
                <p>{item.reference_preview.as_deref().map_or_else(|| "none".to_owned(), preview::of)}</p>
            </td>
        },
        Column::Feature => any! {
            <td class="feature" data-label="feature">{item.feature.as_deref().map_or_else(|| "–".to_owned(), seen)}</td>
        },
        Column::Verified => {
            any! { <td data-label="verified">{if item.verified { "✓ yes" } else { "no" }}</td> }
        }
        Column::Added => any! { <td class="number" data-label="since version">{item.added_in}</td> },
    }
}
