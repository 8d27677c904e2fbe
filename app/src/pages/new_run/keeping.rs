//! Keeping the target that is written under a name, for everybody.

use leptos::prelude::*;
use shared::api::sets::{NewTarget, PatchTarget, PostTarget};
use shared::criteria::Name;
use shared::mistake::Mistake;

use super::target::TargetFields;
use crate::api;
use crate::components::caller::Caller;
use crate::components::dialog::Dialog;
use crate::components::doing::{Doing, NotDone};
use crate::components::mistakes::Mistakes;
use crate::components::toasts::Toasts;
use crate::wording::fault::unfit;
use crate::wording::run::target_saved;

/// Offers to save the target to whoever may; `saving` is set then.
pub fn button(saving: RwSignal<bool>) -> AnyView {
    let caller = Caller::ask(|| true);
    let may_save = Memo::new(move |_| caller.may::<PostTarget>());
    let shown = move || {
        may_save.get().then(|| {
            any! {
                <button type="button" on:click=move |_| saving.set(true)>
                    "Save this target…"
                </button>
            }
        })
    };
    shown.into_any()
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
    let of_name = mistakes.at("/name");
    let field = any! {
        <input
            id=of_name.id.clone()
            maxlength="200"
            required
            autofocus
            aria-invalid=of_name.invalid()
            aria-describedby=of_name.described_after("target-name-help")
            bind:value=name
        />
    };
    any! {
        <Dialog title="Save this target" on_close=close>
            <form
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    save.start();
                }
            >
                {of_name.field("field", "Name", field)}
                <p id="target-name-help" class="quiet small">
                    "Everybody finds it where a run is set up. A name that is taken makes the next version of that target."
                </p>
                {save.problem()}
                {save.submit("Save target", "Saving…")}
            </form>
        </Dialog>
    }
}
