//! The targets that are saved for everybody: giving one another name, and taking one away.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::sets::{DeleteTarget, NewTarget, PatchTarget, PostTarget};
use shared::criteria::Name;
use shared::id::TargetId;
use shared::mistake::Mistake;
use shared::target::SavedTarget;
use shared::unseen::seen;
use web_sys::HtmlElement;
use web_sys::wasm_bindgen::JsCast;

use super::target::TargetFields;
use crate::api;
use crate::cell::Cell;
use crate::components::dialog::Dialog;
use crate::components::doing::Doing;
use crate::components::focus;
use crate::components::mistakes::Mistakes;
use crate::components::toasts::Toasts;
use crate::wording::run;

/// Lists the saved targets.
#[component]
pub fn SavedTargets(fields: TargetFields, close: Callback<()>) -> impl IntoView {
    let toasts = Toasts::of_app();
    let renaming = Cell::new(None::<TargetId>);
    let row = move |saved: SavedTarget| {
        if renaming.with(|renaming| *renaming == Some(saved.id.clone())) {
            return any! { <Rename saved fields renaming /> };
        }
        let (id, said) = (saved.id.clone(), run::saved(&saved));
        let [rename, delete] =
            ["Rename", "Delete"].map(|word| format!("{word} the target {}", seen(saved.name.as_str())));
        any! {
            <span>{said}</span>
            <span class="actions">
                <button
                    type="button"
                    id=button(&id)
                    aria-label=rename
                    on:click=move |_| {
                        renaming.set(Some(id.clone()));
                        focus_on(NAME.to_owned());
                    }
                >
                    "Rename"
                </button>
                <button
                    type="button"
                    aria-label=delete
                    on:click=move |_| spawn_local(remove(saved.clone(), fields, toasts))
                >
                    "Delete"
                </button>
            </span>
        }
    };
    let list = move || {
        focus::keep();
        let saved = fields.saved();
        if saved.is_empty() {
            return any! { <p class="quiet">"No target is saved any more."</p> };
        }
        let rows = saved.into_iter().map(|saved| any! { <li class="spread">{row(saved)}</li> });
        any! { <ul class="rowed">{rows.collect_view()}</ul> }
    };
    any! {
        <Dialog title="Saved targets" on_close=close>
            <p class="quiet small">
                "Everybody finds them where a run is set up. Runs keep the target that they were started with."
            </p>
            {list}
        </Dialog>
    }
}

/// The id of the field of another name.
const NAME: &str = "rename-name";

/// Gives the id of the button that asks for another name.
fn button(target: &TargetId) -> String {
    format!("rename-{target}")
}

/// Gives something with an id the focus, once it is drawn.
fn focus_on(id: String) {
    request_animation_frame(move || {
        let found = document().get_element_by_id(&id);
        if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            _ = found.focus();
        }
    });
}

/// Asks for another name.
#[component]
fn Rename(saved: SavedTarget, fields: TargetFields, renaming: Cell<Option<TargetId>>) -> impl IntoView {
    let toasts = Toasts::of_app();
    let mistakes = Mistakes::of("rename");
    let name = RwSignal::new(saved.name.to_string());
    let of_button = button(&saved.id);
    let leave = Callback::new(move |()| {
        renaming.set(None);
        focus_on(of_button.clone());
    });
    let save = Doing::new(move || {
        mistakes.clear();
        let (before, wanted) = (saved.clone(), Name::try_from(name.get_untracked()));
        async move {
            let name =
                wanted.map_err(|error| mistakes.found(vec![Mistake::new("/name", error.to_string())]))?;
            let call = PatchTarget { target: before.id };
            let now = api::submit(&call, &NewTarget { name, target: before.target }).await;
            let now = now.map_err(|error| mistakes.answered(error))?;
            toasts.done(run::target_renamed(&before.name, &now));
            fields.relearn(&now);
            leave.try_run(());
            Ok(())
        }
    });
    any! {
        <form
            data-guarded
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                save.start();
            }
        >
            {mistakes.at("/name").name("Everybody finds it by this name from then on. It is its next version.", name)}
            {save.problem()}
            <p class="actions">
                {save.submit("Save name", "Saving…")}
                <button type="button" on:click=move |_| leave.run(())>
                    "Leave it as it was"
                </button>
            </p>
        </form>
    }
}

/// Takes a target away from everybody, and offers to save it again.
async fn remove(saved: SavedTarget, fields: TargetFields, toasts: Toasts) {
    if let Err(error) = api::read_from(&DeleteTarget { target: saved.id.clone() }).await {
        return toasts.failed(error);
    }
    fields.forget(&saved.id);
    let (subject, text) = (format!("target/{}", saved.id), run::target_gone(&saved.name));
    let new = NewTarget { name: saved.name, target: saved.target };
    toasts.undoable(subject, text, move || {
        let new = new.clone();
        async move {
            let saved = api::submit(&PostTarget {}, &new).await?;
            fields.relearn(&saved);
            Ok(run::target_saved(&saved))
        }
    });
}
