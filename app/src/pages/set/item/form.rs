//! The form of an item: its original response, its tags and its request.

use leptos::prelude::*;
use shared::api::sets::PatchItem;
use shared::id::{ItemId, SetId};
use shared::set::Item;

use super::change::{self, Typed};
use crate::api;
use crate::cell::Cell;
use crate::components::doing::Doing;
use crate::components::mistakes::Mistakes;
use crate::components::toasts::Toasts;
use crate::wording;

/// A tag while it is written, with a number that tells it from the others.
#[derive(Clone, Copy)]
struct Tag {
    number: u32,
    name: RwSignal<String>,
    value: RwSignal<String>,
}

/// Everything that can be typed of an item.
#[derive(Clone, Copy)]
struct Fields {
    request: RwSignal<String>,
    reference: RwSignal<String>,
    tags: Cell<Vec<Tag>>,
}

impl Fields {
    fn of(item: &Item) -> Self {
        let Typed { request, reference, tags } = Typed::of(item);
        let tags = tags.into_iter().zip(0..).map(|((name, value), number)| Tag {
            number,
            name: RwSignal::new(name),
            value: RwSignal::new(value),
        });
        Self {
            request: RwSignal::new(request),
            reference: RwSignal::new(reference),
            tags: Cell::new(tags.collect()),
        }
    }

    fn typed(self) -> Typed {
        let tags = self.tags.get().into_iter();
        Typed {
            request: self.request.get(),
            reference: self.reference.get(),
            tags: tags.map(|tag| (tag.name.get(), tag.value.get())).collect(),
        }
    }

    fn add_tag(self, mistakes: Mistakes) {
        mistakes.clear();
        self.tags.update(|tags| {
            let number = tags.iter().map(|tag| tag.number + 1).max().unwrap_or_default();
            tags.push(Tag { number, name: RwSignal::default(), value: RwSignal::default() });
        });
    }

    /// Takes a tag out. The places that mistakes name are others then.
    fn remove_tag(self, number: u32, mistakes: Mistakes) {
        mistakes.clear();
        self.tags.update(|tags| tags.retain(|tag| tag.number != number));
    }
}

/// Changes an item.
#[component]
pub fn ItemForm(
    set: SetId,
    item: Item,
    /// Called when the item is changed, with the one that is there now.
    saved: Callback<ItemId>,
    /// Called when nothing is to be changed.
    left: Callback<()>,
) -> impl IntoView {
    let fields = Fields::of(&item);
    let mistakes = Mistakes::of("item");
    let toasts = Toasts::of_app();
    let is_more = change::is_more(&item);
    let call = PatchItem { set, item: item.row.id.clone() };
    let save = Doing::new(move || {
        let change = untrack(|| fields.typed().read(&item));
        let (call, before) = (call.clone(), item.row.id.clone());
        async move {
            mistakes.clear();
            let change = change.map_err(|found| mistakes.found(found))?;
            let now = api::submit(&call, &change).await.map_err(|error| mistakes.answered(error))?;
            toasts.done(wording::set::item_changed(&before, &now.row));
            saved.try_run(now.row.id);
            Ok(())
        }
    });
    let reference = mistakes.at("/reference").text(
        if is_more { "Original response, as JSON" } else { "Original response" },
        "10",
        fields.reference,
    );
    any! {
        <form
            data-guarded
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                save.start();
            }
        >
            {reference}
            {tags(fields, mistakes)}
            {mistakes.at("/request").text("Request, as JSON", "12", fields.request)}
            <p class="quiet small">
                "Another response or request makes the next version of the set. Older versions and their runs keep the item as it was."
            </p>
            {save.problem()}
            <div class="line">
                {save.submit("Save item", "Saving…")} <button type="button" on:click=move |_| left.run(())>
                    "Leave it as it was"
                </button>
            </div>
        </form>
    }
}

fn tags(fields: Fields, mistakes: Mistakes) -> AnyView {
    let rows = move || {
        let tags = fields.tags.get().into_iter().enumerate();
        tags.map(|(place, tag)| row(tag, place, fields, mistakes)).collect_view()
    };
    any! {
        <fieldset class="tags">
            <legend>"Tags"</legend>
            {rows}
            <button type="button" on:click=move |_| fields.add_tag(mistakes)>
                "Add a tag"
            </button>
        </fieldset>
    }
}

fn row(tag: Tag, place: usize, fields: Fields, mistakes: Mistakes) -> AnyView {
    let wrong = mistakes.at(format!("/tags/{place}"));
    let number = place + 1;
    any! {
        <div class="line" role="group" aria-label=format!("Tag {number}")>
            <input
                id=wrong.id.clone()
                class="name"
                aria-label="Name"
                placeholder="plan"
                aria-invalid=wrong.invalid()
                aria-describedby=wrong.described()
                bind:value=tag.name
            />
            <input aria-label="Value" placeholder="pro" bind:value=tag.value />
            <button
                type="button"
                class="icon"
                aria-label=format!("Remove tag {number}")
                on:click=move |_| fields.remove_tag(tag.number, mistakes)
            >
                "✕"
            </button>
            {wrong.note()}
        </div>
    }
}
