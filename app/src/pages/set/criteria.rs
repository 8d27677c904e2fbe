//! The editor of what a set is judged on.

use leptos::prelude::*;
use shared::criteria::{Anchors, Kind, UseReference};
use shared::set;
use shared::unseen::seen;

use super::draft::{self, Draft, Head};
use super::editor::Editor;
use super::tryout::TryOut;
use crate::components::choice::choice;
use crate::components::mistakes::Mistakes;
use crate::wording;

/// Edits name, threshold and criteria of a set.
#[component]
pub fn CriteriaEditor(set: set::Set, changed: Callback<()>) -> impl IntoView {
    let head = Head {
        name: RwSignal::new(set.name.to_string()),
        description: RwSignal::new(set.description.clone()),
        threshold: RwSignal::new(set.threshold.to_string()),
    };
    let mistakes = Mistakes::of("set");
    let drafts =
        set.criteria.as_slice().iter().zip(0..).map(|(criterion, number)| Draft::of(number, criterion));
    let editor =
        Editor::new(&set, mistakes, drafts.collect(), move |drafts| draft::read(head, drafts), changed);
    let form = editor.form(above(head, mistakes), "Add a criterion", move |draft, place| {
        criterion_fields(draft, place, editor)
    });
    let typed = Callback::new(move |()| draft::read(head, &editor.drafts.get()));
    any! {
        {form}
        <TryOut set=set.id typed />
    }
}

fn above(head: Head, mistakes: Mistakes) -> AnyView {
    let [name, threshold, description] =
        ["/name", "/threshold", "/description"].map(|place| mistakes.at(place));
    let of_name = any! {
        <input
            id=name.id.clone()
            required
            maxlength="200"
            aria-invalid=name.invalid()
            aria-describedby=name.described()
            bind:value=head.name
        />
    };
    let of_threshold = any! {
        <input
            id=threshold.id.clone()
            class="short"
            inputmode="decimal"
            required
            aria-invalid=threshold.invalid()
            aria-describedby=threshold.described_after("threshold-help")
            bind:value=head.threshold
        />
    };
    any! {
        <div class="fields">
            {name.field("field grow", "Name of the set", of_name)}
            {threshold.field("field", "Threshold", of_threshold)}
        </div>
        <p id="threshold-help" class="quiet small">
            "An item passes when its score, from 0 to 1, is at or above the threshold."
        </p>
        {description.text("Description", "2", head.description)}
        <h2>"What is a good response?"</h2>
        <p class="quiet">
            "The judge answers each question about each response on its own. The score is the weighted average of the answers."
        </p>
    }
}

fn criterion_fields(draft: Draft, place: usize, editor: Editor<Draft>) -> AnyView {
    let heading = move || match draft.name.get() {
        name if name.trim().is_empty() => "New criterion".to_owned(),
        name => seen(&name),
    };
    let only_one = move || editor.drafts.with(Vec::len) < 2;
    let at = |member: &str| editor.mistakes.at(format!("/criteria/{place}/{member}"));
    let [name, weight, question, anchors] = ["name", "weight", "question", "anchors"].map(at);
    let pointer = format!("/criteria/{place}");
    let whole = editor.mistakes.beside(pointer.clone(), |member| {
        matches!(member, "name" | "weight" | "question" | "anchors" | "checks" | "examples")
    });
    let weight_help = format!("{}-help", weight.id);
    let of_name = any! {
        <input
            id=name.id.clone()
            required
            maxlength="200"
            placeholder="Accurate"
            aria-invalid=name.invalid()
            aria-describedby=name.described()
            bind:value=draft.name
        />
    };
    let of_weight = any! {
        <input
            id=weight.id.clone()
            class="short"
            inputmode="decimal"
            required
            aria-invalid=weight.invalid()
            aria-describedby=weight.described_after(&weight_help)
            bind:value=draft.weight
        />
    };
    let of_question = any! {
        <textarea
            id=question.id.clone()
            required
            rows="3"
            maxlength="4000"
            placeholder="Is every statement in the response right, as far as the request lets one tell?"
            aria-invalid=question.invalid()
            aria-describedby=question.described()
            bind:value=draft.question
        ></textarea>
    };
    any! {
        <fieldset class="criterion">
            <legend>{heading}</legend>
            <div class="fields">
                {name.field("field grow", "Name", of_name)}
                {weight.field("field", "Weight", of_weight)}
            </div>
            {question.field("field", "Question, in plain words", of_question)}
            <p id=weight_help class="quiet small">"A criterion of weight 2 counts twice as much as one of weight 1."</p>
            <div class="fields">
                {kinds(draft)} {uses(draft)}
            </div>
            <label class="choice">
                <input type="checkbox" bind:checked=draft.required />
                "Required: a response below level 4 here fails, whatever its score"
            </label>
            {levels(draft)}
            {anchors.alert()}
            {draft.help.fields(draft.kind, editor.mistakes, &pointer)}
            {whole.alert()}
            <button
                type="button"
                disabled=only_one
                on:click=move |_| editor.remove(draft)
            >
                "Remove this criterion"
            </button>
        </fieldset>
    }
}

fn kinds(draft: Draft) -> AnyView {
    let kinds = [
        ("levels", Kind::Levels),
        ("binary", Kind::Binary),
        ("factuality", Kind::Factuality),
        ("compare", Kind::Compare),
    ];
    let kinds = kinds.map(|(word, kind)| (kind, word, wording::set::kind(kind)));
    choice("field grow", "Answered by", None, kinds.to_vec(), draft.kind)
}

fn uses(draft: Draft) -> AnyView {
    let uses =
        [("context", UseReference::Context), ("gold", UseReference::Gold), ("none", UseReference::None)];
    let uses = uses.map(|(word, used)| (used, word, wording::set::use_reference(used)));
    choice("field grow", "The original response is", None, uses.to_vec(), draft.use_reference)
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
