//! One item of a set, over the right side of the page.

mod change;
mod form;
mod response;

use leptos::prelude::*;
use shared::api::sets::{GetItem, ItemChange, PatchItem, PostItemDelete};
use shared::chat::{Output, openai};
use shared::id::{ItemId, SetId};
use shared::set::Item;
use shared::unseen::seen;

use super::removal;
use crate::api;
use crate::components::caller::{self, Caller};
use crate::components::conversation::{conversation, output};
use crate::components::dialog::{Dialog, Place};
use crate::components::doing::Doing;
use crate::components::json::json;
use crate::components::loaded::{Load, loaded};
use crate::components::opened::{Opened, close};
use crate::components::toasts::Toasts;
use crate::route::Route;
use crate::{address, wording};
use form::ItemForm;

/// Shows the open item.
#[component]
pub fn ItemPanel(
    set: SetId,
    /// The open one of the listed items.
    opened: Opened,
    /// It is of the newest version: only that one can be changed.
    editable: bool,
    /// Called when the set has another version.
    changed: Callback<()>,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let item = Load::new(move || {
        let (set, item) = (set.get_value(), opened.id::<ItemId>());
        async move {
            match item {
                Some(item) => api::read_from(&GetItem { set, item }).await.map(Some),
                None => Ok(None),
            }
        }
    });
    opened.listen();
    let toasts = Toasts::of_app();
    let remove = Doing::new(move || {
        let (set, item) = (set.get_value(), opened.id_untracked());
        async move {
            let Some(item) = item else { return Ok(()) };
            removal::take_out(set, vec![item], toasts, changed).await?;
            address::set(&[("open", None)]);
            Ok(())
        }
    });
    let editing = RwSignal::new(None::<String>);
    // Whoever steps to another item reads that one.
    let is_edited = move || editing.with(|editing| editing.is_some() && *editing == opened.id::<String>());
    let edit = move || {
        any! {
            <button type="button" disabled=is_edited on:click=move |_| editing.set(opened.id_untracked())>
                "Edit"
            </button>
        }
    };
    let tools = move || {
        any! {
            {opened.buttons()}
            {editable.then(|| caller::offered::<PatchItem>(edit))}
            {editable.then(|| caller::offered::<PostItemDelete>(move || remove.button("", "Remove", "Removing…", None)))}
        }
    };
    let verify = Callback::new(move |verified: bool| {
        let Some(item) = opened.id_untracked() else { return };
        let call = PatchItem { set: set.get_value(), item };
        leptos::task::spawn_local(async move {
            let change = ItemChange { verified: Some(verified), ..ItemChange::default() };
            match api::submit(&call, &change).await {
                Ok(_) => _ = changed.try_run(()),
                Err(error) => toasts.failed(error),
            }
        });
    });
    let saved = Callback::new(move |now: ItemId| {
        editing.set(None);
        // The one that is there now stands in the place of the one that was opened.
        address::replace(&address::here().with(&[("open", Some(now.to_string()))]).href());
        changed.try_run(());
    });
    let left = Callback::new(move |()| editing.set(None));
    let take_away = Doing::new(move || {
        let (set, id) = (set.get_value(), opened.id_untracked::<ItemId>());
        async move {
            let Some(id) = id else { return Ok(()) };
            Ok(response::remove(set, id, toasts, changed).await?)
        }
    });
    let caller = Caller::of_app();
    let may_change = Memo::new(move |_| editable && caller.may::<PatchItem>());
    let shown = move |item: Item| {
        if is_edited() {
            any! { <ItemForm set=set.get_value() item saved left /> }
        } else {
            detail(&item, may_change.get().then_some(Changing { verify, take_away }))
        }
    };
    any! {
        <Dialog title="Item" place=Place::Side tools back=opened.back() on_close=close()>
            {remove.problem()} {take_away.problem()}
            {loaded(item, move |item| any! { {move || item.clone().map(shown)} })}
        </Dialog>
    }
}

/// What can be done with the response of an item by whoever may change it.
#[derive(Clone, Copy)]
struct Changing {
    /// Says whether a person has checked it.
    verify: Callback<bool>,
    /// Takes it away.
    take_away: Doing,
}

fn detail(item: &Item, changing: Option<Changing>) -> AnyView {
    let messages = openai::read_request(&item.request).map(|request| request.messages).unwrap_or_default();
    let reference = match item.reference.clone() {
        Some(reference) => output(&Output::from(reference)),
        None => {
            any! { <p class="quiet">"None: the new response is judged by the request alone. What needs an original to compare with leaves it unscored."</p> }
        }
    };
    let row = &item.row;
    let tags = row.tags.iter().map(
        |(name, value)| any! { <div><dt>{seen(&format!("Tag {name}"))}</dt><dd>{seen(value)}</dd></div> },
    );
    let log = row.log_id.clone().map(|log| {
        let href = address::write(&Route::Logs.path(), &[("open".to_owned(), log.to_string())]);
        any! { <a href=href>"Open the log it came from"</a> }
    });
    let lossy =
        (!row.lossy.is_empty()).then(|| any! { <p class="quiet">{wording::set::lossy(&row.lossy)}</p> });
    let verified = row.verified;
    let verified = item.reference.is_some().then(|| match changing {
        Some(Changing { verify, take_away }) => any! {
            <div class="spread">
                <label class="choice">
                    <input
                        type="checkbox"
                        prop:checked=verified
                        on:change:target=move |event| verify.run(event.target().checked())
                    />
                    "A person has checked that this response is right"
                </label>
                {take_away.button("", "Remove the response", "Removing…", None)}
            </div>
        },
        None => {
            any! { <p>{if verified { "✓ A person has checked that it is right." } else { "Not checked by a person." }}</p> }
        }
    });
    any! {
        <section>
            <h3>"Request"</h3>
            {lossy} {conversation(&messages, &[])}
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
                    <dd>{row.feature.as_deref().map_or_else(|| "–".to_owned(), seen)}</dd>
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
}
