//! The items of a set.

use leptos::prelude::*;
use shared::api::sets::{GetItems, ItemsQuery};
use shared::id::SetId;
use shared::query::Page;
use shared::set::ItemRow;

use super::coverage::CoverageOf;
use super::item::ItemPanel;
use crate::cell::Derived;
use crate::components::opened::Opened;
use crate::components::paged::paged;
use crate::wording::preview;
use crate::{address, api};

/// Lists the items of a version.
#[component]
pub fn ItemList(
    set: SetId,
    /// The version to read; the newest when there is none.
    version: Derived<Option<u32>>,
    /// Called when the set has another version.
    changed: Callback<()>,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let items = paged(move |cursor| {
        let call = GetItems { set: set.get_value() };
        let query = ItemsQuery { version: version.get(), page: Page { limit: None, cursor } };
        async move { api::call(&call, &query, &()).await }
    });
    let ids = move || Some(items.rows()?.iter().map(|item| item.id.to_string()).collect::<Vec<_>>());
    let opened = Opened::of(move || ids().unwrap_or_default());
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
        {items.show(|items| table(&items))}
        {opened.show(move || {
            let editable = untrack(|| version.get()).is_none();
            any! { <ItemPanel set=set.get_value() opened editable changed /> }
        })}
    }
}

fn table(items: &[ItemRow]) -> AnyView {
    if items.is_empty() {
        return any! {
            <div class="empty">
                <p>"No items yet."</p>
                <p class="quiet">
                    <a href="/logs">"Choose logs"</a> " and add them to this set."
                </p>
            </div>
        };
    }
    let rows = items.iter().map(row).collect_view();
    any! {
        <table class="rows">
            <thead>
                <tr>
                    <th scope="col">"Request"</th>
                    <th scope="col">"Original response"</th>
                    <th scope="col">"Feature"</th>
                    <th scope="col">"Verified"</th>
                    <th scope="col" class="number">"Since version"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(item: &ItemRow) -> AnyView {
    any! {
        <tr>
            <td class="preview">
                <a class="open" href=address::link_with("open", Some(item.id.to_string()))>
                    {preview::leading(&item.request_preview)}
                </a>
            </td>
            <td class="preview" data-label="original response">
                <p>{item.reference_preview.as_deref().map_or_else(|| "none".to_owned(), preview::of)}</p>
            </td>
            <td class="feature" data-label="feature">{item.feature.clone().unwrap_or_else(|| "–".to_owned())}</td>
            <td data-label="verified">{if item.verified { "✓ yes" } else { "no" }}</td>
            <td class="number" data-label="since version">{item.added_in}</td>
        </tr>
    }
}
