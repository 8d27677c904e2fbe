//! The editor of what a set is judged on.

use leptos::prelude::*;
use shared::api::sets::PatchSet;
use shared::criteria::{Anchors, Kind, UseReference};
use shared::set;

use super::draft::{self, Draft};
use crate::api;
use crate::cell::Cell;
use crate::components::doing::{Doing, NotDone};
use crate::components::toasts::Toasts;
use crate::wording;

/// Edits name, threshold and criteria of a set.
#[component]
pub fn CriteriaEditor(set: set::Set, changed: Callback<()>) -> impl IntoView {
    let name = RwSignal::new(set.name.to_string());
    let description = RwSignal::new(set.description.clone());
    let threshold = RwSignal::new(set.threshold.to_string());
    let drafts =
        set.criteria.as_slice().iter().zip(0..).map(|(criterion, number)| Draft::of(number, criterion));
    let drafts = Cell::new(drafts.collect::<Vec<_>>());
    let toasts = Toasts::of_app();
    let (id, version) = (set.id.clone(), set.version);
    let save = Doing::new(move || {
        let change = draft::read(
            name.get_untracked(),
            description.get_untracked(),
            &threshold.get_untracked(),
            &drafts.get_untracked(),
        );
        let call = PatchSet { set: id.clone() };
        async move {
            let change = change.map_err(NotDone::Unfit)?;
            let saved = api::submit(&call, &change).await?;
            toasts.done(wording::set::saved(version, saved.version));
            changed.try_run(());
            Ok(())
        }
    });
    let add = move |_| {
        drafts.update(|drafts| {
            let number = drafts.iter().map(|draft| draft.number + 1).max().unwrap_or_default();
            drafts.push(Draft::empty(number));
        });
    };
    let remove = Callback::new(move |number: u32| {
        drafts.update(|drafts| drafts.retain(|draft| draft.number != number));
    });
    let only_one = Signal::derive(move || drafts.with(Vec::len) < 2);
    any! {
        <form
            class="criteria"
            on:submit=move |event| {
                event.prevent_default();
                save.start();
            }
        >
            <div class="fields">
                <label class="field grow">
                    <span>"Name of the set"</span>
                    <input required maxlength="200" bind:value=name />
                </label>
                <label class="field">
                    <span>"Threshold"</span>
                    <input class="short" inputmode="decimal" required aria-describedby="threshold-help" bind:value=threshold />
                </label>
            </div>
            <p id="threshold-help" class="quiet small">
                "An item passes when its score, from 0 to 1, is at or above the threshold."
            </p>
            <label class="field">
                <span>"Description"</span>
                <textarea rows="2" bind:value=description></textarea>
            </label>
            <h2>"What is a good response?"</h2>
            <p class="quiet">
                "The judge answers each question about each response on its own. The score is the weighted average of the answers."
            </p>
            {move || drafts.get().into_iter().map(|draft| criterion_fields(draft, remove, only_one)).collect_view()}
            <p>
                <button type="button" on:click=add>
                    "Add a criterion"
                </button>
            </p>
            {save.problem()}
            {save.submit("Save", "Saving…")}
        </form>
    }
}

fn criterion_fields(draft: Draft, remove: Callback<u32>, only_one: Signal<bool>) -> AnyView {
    let heading = move || match draft.name.get() {
        name if name.trim().is_empty() => "New criterion".to_owned(),
        name => name,
    };
    let weight_help = format!("weight-help-{}", draft.number);
    any! {
        <fieldset class="criterion">
            <legend>{heading}</legend>
            <div class="fields">
                <label class="field grow">
                    <span>"Name"</span>
                    <input required maxlength="200" placeholder="Accurate" bind:value=draft.name />
                </label>
                <label class="field">
                    <span>"Weight"</span>
                    <input class="short" inputmode="decimal" required aria-describedby=weight_help.clone() bind:value=draft.weight />
                </label>
            </div>
            <label class="field">
                <span>"Question, in plain words"</span>
                <textarea
                    required
                    rows="3"
                    maxlength="4000"
                    placeholder="Is every statement in the response right, as far as the request lets one tell?"
                    bind:value=draft.question
                ></textarea>
            </label>
            <p id=weight_help class="quiet small">"A criterion of weight 2 counts twice as much as one of weight 1."</p>
            <div class="fields">
                {kinds(draft)} {uses(draft)}
            </div>
            <label class="choice">
                <input type="checkbox" bind:checked=draft.required />
                "Required: a response below level 4 here fails, whatever its score"
            </label>
            {levels(draft)}
            <button
                type="button"
                disabled=only_one
                on:click=move |_| remove.run(draft.number)
            >
                "Remove this criterion"
            </button>
        </fieldset>
    }
}

fn kinds(draft: Draft) -> AnyView {
    const KINDS: [(&str, Kind); 4] = [
        ("levels", Kind::Levels),
        ("binary", Kind::Binary),
        ("factuality", Kind::Factuality),
        ("compare", Kind::Compare),
    ];
    let word = move || KINDS.iter().find(|(_, kind)| *kind == draft.kind.get()).map(|(word, _)| *word);
    let choose = move |chosen: String| {
        if let Some((_, kind)) = KINDS.iter().find(|(word, _)| *word == chosen) {
            draft.kind.set(*kind);
        }
    };
    let options = KINDS.map(|(word, kind)| any! { <option value=word>{wording::set::kind(kind)}</option> });
    any! {
        <label class="field grow">
            <span>"Answered by"</span>
            <select
                prop:value=word
                on:change:target=move |event| choose(event.target().value())
            >
                {options.collect_view()}
            </select>
        </label>
    }
}

fn uses(draft: Draft) -> AnyView {
    const USES: [(&str, UseReference); 3] =
        [("context", UseReference::Context), ("gold", UseReference::Gold), ("none", UseReference::None)];
    let word =
        move || USES.iter().find(|(_, used)| *used == draft.use_reference.get()).map(|(word, _)| *word);
    let choose = move |chosen: String| {
        if let Some((_, used)) = USES.iter().find(|(word, _)| *word == chosen) {
            draft.use_reference.set(*used);
        }
    };
    let options =
        USES.map(|(word, used)| any! { <option value=word>{wording::set::use_reference(used)}</option> });
    any! {
        <label class="field grow">
            <span>"The original response is"</span>
            <select prop:value=word on:change:target=move |event| choose(event.target().value())>
                {options.collect_view()}
            </select>
        </label>
    }
}

fn levels(draft: Draft) -> AnyView {
    let usual = Anchors::default();
    let fields = usual.all().filter_map(|(level, text)| {
        let anchor = *draft.anchors.get(usize::from(level))?;
        let hidden = move || match draft.kind.get() {
            Kind::Levels => false,
            Kind::Binary => !matches!(level, 0 | 5),
            Kind::Factuality | Kind::Compare => true,
        };
        let title = move || match (draft.kind.get(), level) {
            (Kind::Binary, 5) => "Yes means".to_owned(),
            (Kind::Binary, _) => "No means".to_owned(),
            (_, level) => format!("Level {level} means"),
        };
        let placeholder = text.to_owned();
        Some(any! {
            <label class="field" class:gone=hidden>
                <span>{title}</span>
                <input placeholder=placeholder bind:value=anchor />
            </label>
        })
    });
    any! {
        <details>
            <summary>"What each level means"</summary>
            <p class="quiet small">"Leave a field empty to use the words shown in it."</p>
            {fields.collect_view()}
        </details>
    }
}
