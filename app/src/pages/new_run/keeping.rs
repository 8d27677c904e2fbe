//! Keeping the target that is written under a name, for everybody.

use leptos::prelude::*;
use shared::api::sets::{DeleteTarget, NewTarget, PatchTarget, PostTarget};
use shared::criteria::Name;
use shared::mistake::Mistake;

use super::target::TargetFields;
use crate::api;
use crate::cell::Cell;
use crate::components::caller::Caller;
use crate::components::dialog::Dialog;
use crate::components::doing::{Doing, NotDone};
use crate::components::mistakes::Mistakes;
use crate::components::toasts::Toasts;
use crate::wording::fault::unfit;
use crate::wording::run::target_saved;

/// What is asked of the targets that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// To save the one that is written.
    Save,
    /// To change those that are saved.
    Change,
}

/// Offers to save the target, and to change those that are saved, to whoever may; `keeping` is set then.
pub fn buttons(fields: TargetFields, keeping: Cell<Option<Keeping>>) -> AnyView {
    let caller = Caller::of_app();
    let may_save = Memo::new(move |_| caller.may::<PostTarget>());
    let some = Memo::new(move |_| !fields.saved().is_empty());
    let may_change =
        Memo::new(move |_| some.get() && caller.may::<PatchTarget>() && caller.may::<DeleteTarget>());
    let button = move |word: &'static str, what: Keeping| {
        any! {
            <button type="button" on:click=move |_| _ = keeping.set(Some(what))>
                {word}
            </button>
        }
    };
    any! {
        <div class="actions">
            {move || may_save.get().then(|| button("Save this target…", Keeping::Save))}
            {move || may_change.get().then(|| button("Saved targets…", Keeping::Change))}
        </div>
    }
}

/// Asks for the name, and saves the target as it is written.
#[component]
pub fn SaveTarget(fields: TargetFields, close: Callback<()>) -> impl IntoView {
    let toasts = Toasts::of_app();
    let mistakes = Mistakes::of("target");
    // What was taken again is most often what is made better.
    let taken = untrack(|| fields.taken()).map(|saved| saved.name.to_string());
    let name = RwSignal::new(taken.unwrap_or_default());
    let save = Doing::new(move || {
        mistakes.clear();
        let (name, target) = untrack(|| (name.get(), fields.typed().read()));
        async move {
            let name = Name::try_from(name)
                .map_err(|error| mistakes.found(vec![Mistake::new("/name", error.to_string())]))?;
            let target = target.map_err(|found| NotDone::Unfit(unfit(&found)))?;
            let before = fields.saved_as(&name);
            let new = NewTarget { name, target };
            let saved = match before {
                Some(target) => api::submit(&PatchTarget { target }, &new).await,
                None => api::submit(&PostTarget {}, &new).await,
            };
            let saved = saved.map_err(|error| mistakes.answered(error))?;
            toasts.done(target_saved(&saved));
            fields.learn(&saved);
            close.try_run(());
            Ok(())
        }
    });
    let help = "Everybody finds it where a run is set up. A name that is taken makes the next version of that target.";
    any! {
        <Dialog title="Save this target" on_close=close>
            <form
                data-guarded
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    save.start();
                }
            >
                {mistakes.at("/name").name(help, name)}
                {save.problem()}
                {save.submit("Save target", "Saving…")}
            </form>
        </Dialog>
    }
}
