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
use crate::components::sorting;
use crate::item_order::{By, Order};
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
    let word = address::parameter("sort");
    let order = Derived::new(move || word.with(|word| Order::read(word.as_deref().unwrap_or_default())));
    // What is next to an open item is what stands next to it in the list.
    let opened = Opened::of(move || {
        let mut items: Vec<_> =
            items.rows().unwrap_or_default().iter().map(|item| ItemRow::clone(item)).collect();
        order.get().sort(&mut items);
        items.into_iter().map(|item| String::from(item.id)).collect()
    });
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
        {items.show(move |mut rows| {
            let order = order.get();
            order.sort(&mut rows);
            let partly = (order != Order::default() && items.has_more()).then(|| sorting::partly(rows.len()));
            any! {
                {partly}
                {table(&rows, order)}
            }
        })}
        {opened.show(move || {
            let editable = untrack(|| version.get()).is_none();
            any! { <ItemPanel set=set.get_value() opened editable changed /> }
        })}
    }
}

/// Shows what heads a column that the items can be sorted by.
fn head(title: &'static str, class: &'static str, by: By, order: Order) -> AnyView {
    let falls = (order.by == by).then_some(order.falls());
    any! {
        <th scope="col" class=class aria-sort=sorting::said(falls)>
            {sorting::button(title, move || falls, move || address::set(&[("sort", order.pressed(by).word())]))}
        </th>
    }
}

fn table(items: &[ItemRow], order: Order) -> AnyView {
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
        <table class="rows sorts">
            <thead>
                <tr>
                    <th scope="col">"Request"</th>
                    <th scope="col">"Original response"</th>
                    {head("Feature", "", By::Feature, order)}
                    {head("Verified", "", By::Verified, order)}
                    {head("Since version", "number", By::Added, order)}
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
