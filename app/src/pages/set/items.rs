//! The items of a set.

use leptos::prelude::*;
use shared::api::sets::{GetItems, ItemsQuery};
use shared::id::{ItemId, SetId};
use shared::query::Page;
use shared::set::ItemRow;

use super::item::ItemPanel;
use crate::components::paged::paged;
use crate::{address, api};

/// Lists the items of a version.
#[component]
pub fn ItemList(
    set: SetId,
    /// The version to read; the newest when there is none.
    version: Memo<Option<u32>>,
    /// Called when the set has another version.
    changed: Callback<()>,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let items = paged(
        move || (set.get_value(), version.get()),
        |(set, version), cursor| async move {
            let query = ItemsQuery { version, page: Page { limit: None, cursor } };
            api::call(&GetItems { set }, &query, &()).await
        },
    );
    let open = address::parameter("open");
    let id = Memo::new(move |_| open.get().and_then(|id| ItemId::try_from(id).ok()));
    let move_by = Callback::new(move |step: isize| {
        let (Some(rows), Some(id)) = (untrack(|| items.rows()), id.get_untracked()) else { return };
        let place =
            rows.iter().position(|item| item.id == id).and_then(|place| place.checked_add_signed(step));
        if let Some(next) = place.and_then(|place| rows.get(place)) {
            address::replace(&address::here().with(&[("open", Some(next.id.to_string()))]).href());
        }
    });
    let shown = Memo::new(move |_| id.with(Option::is_some));
    let reload = Callback::new(move |()| {
        items.reload();
        changed.run(());
    });
    view! {
        {move || {
            version
                .get()
                .map(|version| {
                    view! {
                        <p class="notice">
                            "This is version " {version} ". "
                            <a href=address::link_with("version", None)>"Show the newest"</a>
                        </p>
                    }
                })
        }}
        {items.show(|items| table(&items))}
        {move || {
            shown
                .get()
                .then(|| view! { <ItemPanel set=set.get_value() id move_by editable={version.get().is_none()} changed=reload /> })
        }}
    }
}

fn table(items: &[ItemRow]) -> AnyView {
    if items.is_empty() {
        return view! {
            <div class="empty">
                <p>"No items yet."</p>
                <p class="quiet">
                    <a href="/logs">"Choose logs"</a> " and add them to this set."
                </p>
            </div>
        }
        .into_any();
    }
    let rows = items.iter().map(row).collect_view();
    view! {
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
    .into_any()
}

fn row(item: &ItemRow) -> AnyView {
    let preview =
        if item.request_preview.is_empty() { "(no text)".to_owned() } else { item.request_preview.clone() };
    view! {
        <tr>
            <td class="preview">
                <a class="open" href=address::link_with("open", Some(item.id.to_string()))>
                    {preview}
                </a>
            </td>
            <td class="preview">
                <p>{item.reference_preview.clone().unwrap_or_else(|| "none".to_owned())}</p>
            </td>
            <td class="feature">{item.feature.clone().unwrap_or_else(|| "–".to_owned())}</td>
            <td>{if item.verified { "✓ yes" } else { "no" }}</td>
            <td class="number">{item.added_in}</td>
        </tr>
    }
    .into_any()
}
