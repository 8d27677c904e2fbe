//! One item of a set, over the right side of the page.

use leptos::prelude::*;
use shared::api::sets::{DeleteItem, GetItem, ItemChange, PatchItem};
use shared::chat::{Output, openai};
use shared::id::{ItemId, SetId};
use shared::set::Item;

use crate::components::confirm::Confirm;
use crate::components::conversation::{conversation, output};
use crate::components::dialog::{Dialog, Place, on_keys};
use crate::components::doing::Doing;
use crate::components::json::json;
use crate::components::loaded::{Load, loaded};
use crate::components::toasts::Toasts;
use crate::route::Route;
use crate::{address, api};

/// Shows the item with this id.
#[component]
pub fn ItemPanel(
    set: SetId,
    id: Memo<Option<ItemId>>,
    /// Opens the item so many rows further on.
    move_by: Callback<isize>,
    /// It is of the newest version: only that one can be changed.
    editable: bool,
    /// Called when the set has another version.
    changed: Callback<()>,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let item = Load::new(move || {
        let (set, item) = (set.get_value(), id.get());
        async move {
            match item {
                Some(item) => api::read_from(&GetItem { set, item }).await.map(Some),
                None => Ok(None),
            }
        }
    });
    on_keys(move |key| match key {
        "j" => move_by.run(1),
        "k" => move_by.run(-1),
        _ => {}
    });
    let deleting = RwSignal::new(false);
    let delete = Doing::new(move || {
        let call = id.get_untracked().map(|item| DeleteItem { set: set.get_value(), item });
        async move {
            if let Some(call) = call {
                api::read_from(&call).await?;
                address::set(&[("open", None)]);
                changed.try_run(());
            }
            Ok(())
        }
    });
    let close = Callback::new(|()| address::set(&[("open", None)]));
    let tools = move || {
        view! {
            <button type="button" on:click=move |_| move_by.run(-1)>
                "↑ Previous " <kbd>"k"</kbd>
            </button>
            <button type="button" on:click=move |_| move_by.run(1)>
                "↓ Next " <kbd>"j"</kbd>
            </button>
            <Show when=move || editable>
                <button type="button" on:click=move |_| deleting.set(true)>
                    "Remove…"
                </button>
            </Show>
        }
    };
    let toasts = Toasts::of_app();
    let verify = Callback::new(move |verified: bool| {
        let Some(id) = id.get_untracked() else { return };
        let call = PatchItem { set: set.get_value(), item: id };
        leptos::task::spawn_local(async move {
            let change = ItemChange { verified: Some(verified), ..ItemChange::default() };
            match api::submit(&call, &change).await {
                Ok(_) => _ = changed.try_run(()),
                Err(error) => toasts.failed(error),
            }
        });
    });
    view! {
        <Dialog title="Item" place=Place::Side tools on_close=close>
            {loaded(item, move |item| item.map(|item| detail(&item, editable.then_some(verify))).into_any())}
            {move || {
                deleting
                    .get()
                    .then(|| {
                        let text = "It is gone from the next version on. Older versions and their runs keep it.".to_owned();
                        view! {
                            <Confirm
                                title="Remove the item?"
                                text
                                word="Remove item"
                                act=delete
                                close=Callback::new(move |()| deleting.set(false))
                            />
                        }
                    })
            }}
        </Dialog>
    }
}

fn detail(item: &Item, verify: Option<Callback<bool>>) -> AnyView {
    let messages = openai::read_request(&item.request).map(|request| request.messages).unwrap_or_default();
    let reference = match item.reference.clone() {
        Some(reference) => output(&Output::from(reference)),
        None => {
            view! { <p class="quiet">"None: the new response is judged by the request alone."</p> }.into_any()
        }
    };
    let row = &item.row;
    let tags = row
        .tags
        .iter()
        .map(|(name, value)| view! { <div><dt>{format!("Tag {name}")}</dt><dd>{value.clone()}</dd></div> });
    let log = row.log_id.clone().map(|log| {
        let href = address::write(&Route::Logs.path(), &[("open".to_owned(), log.to_string())]);
        view! { <a href=href>"Open the log it came from"</a> }
    });
    let verified = row.verified;
    let verified = match verify {
        Some(verify) => view! {
            <label class="choice">
                <input
                    type="checkbox"
                    prop:checked=verified
                    on:change:target=move |event| verify.run(event.target().checked())
                />
                "A person has checked that this response is right"
            </label>
        }
        .into_any(),
        None => view! { <p>{if verified { "✓ A person has checked that it is right." } else { "Not checked by a person." }}</p> }.into_any(),
    };
    view! {
        <section>
            <h3>"Request"</h3>
            {conversation(&messages, &[])}
        </section>
        <section>
            <h3>"Original response"</h3>
            {reference} {verified}
        </section>
        <section>
            <h3>"About it"</h3>
            <dl class="facts">
                <div>
                    <dt>"Feature"</dt>
                    <dd>{row.feature.clone().unwrap_or_else(|| "–".to_owned())}</dd>
                </div>
                <div>
                    <dt>"In the set since"</dt>
                    <dd>"version " {row.added_in}</dd>
                </div>
                {tags.collect_view()}
            </dl>
            {log}
        </section>
        <section>
            <h3>"Raw"</h3>
            {json("Request JSON", &item.request)}
        </section>
    }
    .into_any()
}
