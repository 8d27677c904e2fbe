//! The editor of the scorers of a set: checks that need no model.

use leptos::prelude::*;
use shared::set;
use shared::unseen::seen;

use super::check::{self, Draft, Field, Form};
use super::editor::Editor;
use super::trial::Trial;
use crate::components::mistakes::{Mistakes, Wrong};
use crate::wording::scorer;

/// Edits the scorers of a set.
#[component]
pub fn ScorersEditor(set: set::Set, changed: Callback<()>) -> impl IntoView {
    let drafts = set.scorers.as_slice().iter().zip(0..).map(|(scorer, number)| Draft::of(number, scorer));
    let editor = Editor::new(&set, Mistakes::of("set"), drafts.collect(), check::read, changed);
    let trial = Trial::of(&set.id, set.version, set.item_count);
    let none = move || {
        editor.drafts.with(Vec::is_empty).then(|| {
            any! { <p class="empty">"This set has no scorers. The judge alone decides."</p> }
        })
    };
    let head = any! {
        <p class="quiet">
            "Scorers check each response without a model, beside the judge: at once, for nothing, and the same way every time. One with a weight counts in the score; one without is only shown."
        </p>
        {trial.bar()}
        {none}
    };
    editor.form(head, "Add a scorer", move |draft, place| scorer_fields(draft, place, editor, trial))
}

fn scorer_fields(draft: Draft, place: usize, editor: Editor<Draft>, trial: Trial) -> AnyView {
    let whole = editor.mistakes.beside(format!("/scorers/{place}"), check::has_field);
    let wrong = move |member: &str| editor.mistakes.at(format!("/scorers/{place}/{member}"));
    let heading = move || match draft.name.get() {
        name if name.trim().is_empty() => format!("Scorer {}", place + 1),
        name => seen(&name),
    };
    let fields = move || {
        let fields = check::fields(draft.kind.get()).iter();
        fields.map(|field| field_of(draft, *field, &wrong(field.member))).collect_view()
    };
    any! {
        <fieldset class="criterion">
            <legend>{heading}</legend>
            <div class="fields">
                {kinds(draft)} {text("field grow", "Name (optional)", draft.name, "", &wrong("name"))}
                {number("Weight in the score", draft.weight, "none", &wrong("weight"))}
            </div>
            {fields}
            <label class="choice">
                <input type="checkbox" bind:checked=draft.not />
                "The other way round: passes when this does not hold"
            </label>
            {whole.alert()}
            {trial.of_scorer(draft)}
            <button type="button" on:click=move |_| editor.remove(draft)>
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

fn field_of(draft: Draft, field: Field, wrong: &Wrong) -> AnyView {
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
            any! { <div class="fields">{number(field.title, typed, field.usual, wrong)}</div> }
        }
        Form::Text | Form::Lines | Form::Json => {
            let rows = if field.form == Form::Text { "2" } else { "3" };
            let control = any! {
                <textarea
                    id=wrong.id.clone()
                    rows=rows
                    placeholder=field.usual
                    aria-invalid=wrong.invalid()
                    aria-describedby=wrong.described()
                    bind:value=typed
                ></textarea>
            };
            wrong.field("field", field.title, control)
        }
    }
}

fn number(title: &'static str, typed: RwSignal<String>, usual: &'static str, wrong: &Wrong) -> AnyView {
    let control = any! {
        <input
            id=wrong.id.clone()
            class="short"
            inputmode="decimal"
            placeholder=usual
            aria-invalid=wrong.invalid()
            aria-describedby=wrong.described()
            bind:value=typed
        />
    };
    wrong.field("field", title, control)
}

fn text(
    class: &'static str,
    title: &'static str,
    typed: RwSignal<String>,
    usual: &'static str,
    wrong: &Wrong,
) -> AnyView {
    let control = any! {
        <input
            id=wrong.id.clone()
            placeholder=usual
            aria-invalid=wrong.invalid()
            aria-describedby=wrong.described()
            bind:value=typed
        />
    };
    wrong.field(class, title, control)
}
