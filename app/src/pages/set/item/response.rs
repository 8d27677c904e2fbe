//! Taking the response of an item away, and giving it back.

use leptos::prelude::{Callable, Callback};
use shared::api::sets::{GetItem, ItemChange, PatchItem};
use shared::id::{ItemId, SetId};

use crate::address;
use crate::api::{self, CallError};
use crate::components::toasts::Toasts;
use crate::wording;

/// Takes the response of an item away, says so, and offers to give it back; `changed` hears of either. Another item
/// stands in the place of the one that was open, and is open then.
///
/// # Errors
/// As every call.
pub async fn remove(set: SetId, id: ItemId, toasts: Toasts, changed: Callback<()>) -> Result<(), CallError> {
    let before = api::read_from(&GetItem { set: set.clone(), item: id.clone() }).await?;
    let change = ItemChange { remove_reference: true, ..ItemChange::default() };
    let now = api::submit(&PatchItem { set: set.clone(), item: id.clone() }, &change).await?;
    follow(&id, &now.row.id);
    changed.try_run(());
    let back = ItemChange {
        reference: before.reference,
        verified: Some(before.row.verified),
        ..ItemChange::default()
    };
    let without = now.row.id;
    let undo = move || give_back(set.clone(), without.clone(), back.clone(), changed);
    toasts.undoable(format!("response/{id}"), wording::set::RESPONSE_REMOVED, undo);
    Ok(())
}

async fn give_back(
    set: SetId,
    id: ItemId,
    change: ItemChange,
    changed: Callback<()>,
) -> Result<String, CallError> {
    let now = api::submit(&PatchItem { set, item: id.clone() }, &change).await?;
    follow(&id, &now.row.id);
    changed.try_run(());
    Ok(wording::set::RESPONSE_BACK.to_owned())
}

/// Has the item that stands in the place of another be open, if the other is.
fn follow(before: &ItemId, now: &ItemId) {
    let here = address::here();
    if here.parameter("open").as_deref() == Some(before.as_str()) {
        address::replace(&here.with(&[("open", Some(now.to_string()))]).href());
    }
}
