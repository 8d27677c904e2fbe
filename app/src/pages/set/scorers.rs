//! The editor of the scorers of a set: checks that need no model.

use leptos::prelude::*;
use shared::api::sets::PatchSet;
use shared::mistake::Mistake;
use shared::set;

use super::check::{self, Draft, Field, Form};
use crate::api;
use crate::cell::Cell;
use crate::components::doing::{Doing, NotDone};
use crate::components::toasts::Toasts;
use crate::wording::fault::{Fault, sentence};
use crate::wording::number::counted;
use crate::wording::{self, scorer};

/// What was wrong when it was last saved, by its place.
type Mistakes = Cell<Vec<Mistake>>;

/// Edits the scorers of a set.
#[component]
pub fn ScorersEditor(set: set::Set, changed: Callback<()>) -> impl IntoView {
    let drafts = set.scorers.as_slice().iter().zip(0..).map(|(scorer, number)| Draft::of(number, scorer));
    let drafts = Cell::new(drafts.collect::<Vec<_>>());
    let mistakes: Mistakes = Cell::new(Vec::new());
    let toasts = Toasts::of_app();
    let (id, version) = (set.id.clone(), set.version);
    let save = Doing::new(move || {
        let change = check::read(&drafts.get_untracked());
        let call = PatchSet { set: id.clone() };
        async move {
            mistakes.set(Vec::new());
            let change = change.map_err(|found| unfit(mistakes, found))?;
            let saved = api::submit(&call, &change).await.map_err(|error| match &error.fault {
                Fault::Refused(problem) if !problem.errors.is_empty() => {
                    unfit(mistakes, problem.errors.clone())
                }
                _ => NotDone::Failed(error),
            })?;
            toasts.done(wording::set::saved(version, saved.version));
            changed.try_run(());
            Ok(())
        }
    });
    let add = move |_| {
        mistakes.set(Vec::new());
        drafts.update(|drafts| {
            let number = drafts.iter().map(|draft| draft.number + 1).max().unwrap_or_default();
            drafts.push(Draft::empty(number));
        });
    };
    let remove = Callback::new(move |number: u32| {
        // The places that they name are others now.
        mistakes.set(Vec::new());
        drafts.update(|drafts| drafts.retain(|draft| draft.number != number));
    });
    let none = move || {
        drafts.with(Vec::is_empty).then(|| {
            any! { <p class="empty">"This set has no scorers. The judge alone decides."</p> }
        })
    };
    let all = move || {
        let drafts = drafts.get().into_iter().enumerate();
        drafts.map(|(place, draft)| scorer_fields(draft, place, mistakes, remove)).collect_view()
    };
    any! {
        <form
            class="criteria"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                save.start();
            }
        >
            <p class="quiet">
                "Scorers check each response without a model, beside the judge: at once, for nothing, and the same way every time. One with a weight counts in the score; one without is only shown."
            </p>
            {none}
            {all}
            <p>
                <button type="button" on:click=add>
                    "Add a scorer"
                </button>
            </p>
            {save.problem()}
            {save.submit("Save", "Saving…")}
        </form>
    }
}

fn unfit(mistakes: Mistakes, found: Vec<Mistake>) -> NotDone {
    let number = found.len() as u64;
    // What belongs to no scorer has no other place to be said.
    let elsewhere = found.iter().find(|mistake| !check::is_of_a_scorer(mistake));
    let words = elsewhere.map_or_else(
        || format!("Not saved: {}; see above.", counted(number, "scorer does not fit", "scorers do not fit")),
        |mistake| sentence(&mistake.detail),
    );
    mistakes.set(found);
    NotDone::Unfit(words)
}

fn scorer_fields(draft: Draft, place: usize, mistakes: Mistakes, remove: Callback<u32>) -> AnyView {
    let wrong = move |member: &'static str| {
        mistakes.with(|mistakes| check::at(mistakes, place, member)).map(|detail| sentence(&detail))
    };
    let heading = move || match draft.name.get() {
        name if name.trim().is_empty() => format!("Scorer {}", place + 1),
        name => name,
    };
    let fields = move || {
        let fields = check::fields(draft.kind.get()).iter();
        fields.map(|field| field_of(draft, *field, wrong)).collect_view()
    };
    let general = move || wrong("").map(|words| any! { <p class="mistake" role="alert">{words}</p> });
    any! {
        <fieldset class="criterion">
            <legend>{heading}</legend>
            <div class="fields">
                {kinds(draft)} {text(draft, "name", "Name (optional)", draft.name, "", wrong)}
                {text(draft, "weight", "Weight in the score", draft.weight, "none", wrong)}
            </div>
            {fields}
            <label class="choice">
                <input type="checkbox" bind:checked=draft.not />
                "The other way round: passes when this does not hold"
            </label>
            {general}
            <button type="button" on:click=move |_| remove.run(draft.number)>
                "Remove this scorer"
            </button>
        </fieldset>
    }
}

fn kinds(draft: Draft) -> AnyView {
    let groups = scorer::GROUPS.iter().map(|(title, kinds)| {
        let options = kinds.iter().map(|(kind, words)| any! { <option value=kind.word()>{*words}</option> });
        any! { <optgroup label=*title>{options.collect_view()}</optgroup> }
    });
    let choose = move |chosen: String| {
        let kinds = scorer::GROUPS.iter().flat_map(|(_, kinds)| kinds.iter());
        let chosen = kinds.map(|(kind, _)| *kind).find(|kind| kind.word() == chosen);
        if let Some(kind) = chosen {
            draft.kind.set(kind);
        }
    };
    any! {
        <label class="field grow">
            <span>"The response"</span>
            <select
                prop:value=move || draft.kind.get().word()
                on:change:target=move |event| choose(event.target().value())
            >
                {groups.collect_view()}
            </select>
        </label>
    }
}

fn field_of(
    draft: Draft,
    field: Field,
    wrong: impl Fn(&'static str) -> Option<String> + Copy + Send + Sync + 'static,
) -> AnyView {
    let Some(typed) = draft.typed(field.member) else { return ().into_any() };
    match field.form {
        Form::Yes => {
            let is = move || !typed.get().is_empty();
            let choose =
                move |checked: bool| typed.set(if checked { "true".to_owned() } else { String::new() });
            any! {
                <label class="choice">
                    <input type="checkbox" prop:checked=is on:change:target=move |event| choose(event.target().checked()) />
                    {field.title}
                </label>
            }
        }
        Form::Number => {
            any! { <div class="fields">{text(draft, field.member, field.title, typed, field.usual, wrong)}</div> }
        }
        Form::Text | Form::Lines | Form::Json => {
            let id = format!("scorer-{}-{}", draft.number, field.member);
            let mistake_id = format!("{id}-mistake");
            let described = mistake_id.clone();
            let rows = if field.form == Form::Text { "2" } else { "3" };
            any! {
                <div class="field">
                    <label for=id.clone()>
                        {field.title}
                    </label>
                    <textarea
                        id=id
                        rows=rows
                        placeholder=field.usual
                        aria-invalid=move || wrong(field.member).map(|_| "true")
                        aria-describedby=described
                        bind:value=typed
                    ></textarea>
                    <p id=mistake_id class="mistake">
                        {move || wrong(field.member)}
                    </p>
                </div>
            }
        }
    }
}

fn text(
    draft: Draft,
    member: &'static str,
    title: &'static str,
    typed: RwSignal<String>,
    usual: &'static str,
    wrong: impl Fn(&'static str) -> Option<String> + Copy + Send + Sync + 'static,
) -> AnyView {
    let id = format!("scorer-{}-{member}", draft.number);
    let mistake_id = format!("{id}-mistake");
    let described = mistake_id.clone();
    let is_name = member == "name";
    any! {
        <div class=if is_name { "field grow" } else { "field" }>
            <label for=id.clone()>
                {title}
            </label>
            <input
                id=id
                class:short=!is_name
                inputmode=(!is_name).then_some("decimal")
                placeholder=usual
                aria-invalid=move || wrong(member).map(|_| "true")
                aria-describedby=described
                bind:value=typed
            />
            <p id=mistake_id class="mistake">
                {move || wrong(member)}
            </p>
        </div>
    }
}
