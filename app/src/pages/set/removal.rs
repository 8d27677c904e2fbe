//! Taking items out of a set, one or many at once, and putting them back.

use leptos::prelude::*;
use shared::api::sets::{
    AddItems, Dedupe, DeleteItems, GetItems, ItemIds, ItemsQuery, PostItemDelete, PostItems,
};
use shared::id::{ItemId, SetId};

use crate::api::{self, CallError};
use crate::cell::Cell;
use crate::components::checked;
use crate::components::doing::Doing;
use crate::components::toasts::Toasts;
use crate::wording::number::{count, counted};
use crate::{clock, wording};

/// Takes items out of a set, says so, and offers to put them back; `changed` hears of either. What does not fit into
/// one call takes several, each with a version of its own.
///
/// # Errors
/// As every call. What was taken out before can be put back.
pub async fn take_out(
    set: SetId,
    ids: Vec<ItemId>,
    toasts: Toasts,
    changed: Callback<()>,
) -> Result<(), CallError> {
    let (mut gone, mut removed, mut ended) = (Vec::new(), 0, Ok(()));
    for ids in ItemIds::parts(&ids) {
        match api::submit(&PostItemDelete { set: set.clone() }, &DeleteItems { ids: ids.clone() }).await {
            Ok(reply) => {
                removed += reply.deleted;
                gone.push(ids);
            }
            Err(error) => {
                ended = Err(error);
                break;
            }
        }
    }
    if removed > 0 {
        let undo = move || put_back(set.clone(), gone.clone(), changed);
        toasts.undoable(format!("item/{}", clock::draw()), wording::set::removed(removed), undo);
    } else if ended.is_ok() {
        toasts.done(wording::set::removed(0));
    }
    changed.try_run(());
    ended
}

/// Puts items that were taken out into their set again, and says so.
async fn put_back(set: SetId, gone: Vec<ItemIds>, changed: Callback<()>) -> Result<String, CallError> {
    let (mut back, mut version) = (0, 0);
    // The newest stand first in the list: they are to be the newest again.
    for ids in gone.into_iter().rev() {
        // Whatever is like them meanwhile: they were there before.
        let again = AddItems::Again { ids, dedupe: Dedupe::None };
        let added = api::submit(&PostItems { set: set.clone() }, &again).await?;
        (back, version) = (back + added.added, added.version);
    }
    changed.try_run(());
    Ok(wording::set::items_back(back, version))
}

/// Says how many items are checked, and offers to check all that the set has, so many, or all that have the `words`,
/// and to remove them. What stands `beside` the buttons comes last.
pub fn bar(
    set: StoredValue<SetId>,
    ids: Cell<Vec<ItemId>>,
    of: u64,
    words: Memo<Option<String>>,
    changed: Callback<()>,
    beside: AnyView,
) -> AnyView {
    let toasts = Toasts::of_app();
    let remove = Doing::new(move || {
        let (set, ids) = (set.get_value(), ids.get_untracked());
        async move { Ok(take_out(set, ids, toasts, changed).await?) }
    });
    let check = Doing::new(move || async move {
        let words = words.get_untracked();
        let every = api::every(|page| {
            let call = GetItems { set: set.get_value() };
            let query = ItemsQuery { q: words.clone(), page, ..ItemsQuery::default() };
            async move { api::call(&call, &query, &()).await }
        });
        ids.set(every.await?.into_iter().map(|item| item.id).collect());
        Ok(())
    });
    let number = Memo::new(move |_| ids.with(Vec::len) as u64);
    let said = move || match number.get() {
        0 => checked::HELP.to_owned(),
        number => format!("{} checked.", counted(number, "item", "items")),
    };
    let all = move || {
        (1..of).contains(&number.get()).then(|| {
            any! {
                <button
                    type="button"
                    aria-disabled=move || check.is_under_way().then_some("true")
                    on:click=move |_| check.start()
                >
                    {move || match words.get() {
                        Some(_) => "Check all that match".to_owned(),
                        None => format!("Check all {} of the set", count(of)),
                    }}
                </button>
            }
        })
    };
    let some = Memo::new(move |_| number.get() > 0);
    any! {
        <div class="spread bar">
            <p role="status" class="quiet small">
                {said}
            </p>
            <div class="actions">
                {all}
                {move || some.get().then(|| remove.button("danger", "Remove what is checked", "Removing…", None))} {beside}
            </div>
        </div>
        {check.problem()}
        {remove.problem()}
    }
}
