//! Single items that the reader leaves out of the numbers: kept in the address, taken back one by one or all at once.
//!
//! Leaves out what the numbers are without them, which `shared` works out.

use leptos::ev;
use leptos::prelude::*;
use shared::api::runs::{Items, MOST_ITEMS};
use shared::id::ItemId;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::results::LIST;
use crate::address;
use crate::cell::Derived;
use crate::components::texts::Texts;
use crate::components::toasts::Toasts;
use crate::components::windowed::place;
use crate::wording::{preview, run};

const PARAMETER: &str = "without";

/// Gives the items that the address leaves out, as it changes.
pub fn of_address() -> Derived<Vec<ItemId>> {
    let word = address::parameter(PARAMETER);
    Derived::new(move || word.with(|word| word.as_deref().map(read).unwrap_or_default()))
}

/// Reads the items of an address. What are no items leaves nothing out.
fn read(word: &str) -> Vec<ItemId> {
    word.parse::<Items>().map(|items| items.ids().to_vec()).unwrap_or_default()
}

fn now() -> Vec<ItemId> {
    address::here().parameter(PARAMETER).map(|word| read(&word)).unwrap_or_default()
}

fn set(items: Vec<ItemId>) {
    let word = (!items.is_empty()).then(|| Items::of(items).to_string());
    address::set(&[(PARAMETER, word), ("open", None)]);
}

/// Shows the button that leaves an item out; `next` gives the item that is read on with.
pub fn button(
    id: ItemId,
    name: impl Fn() -> String + Send + Sync + 'static,
    next: impl Fn() -> Option<ItemId> + 'static,
) -> AnyView {
    let toasts = Toasts::of_app();
    let leave_out = move |event: ev::MouseEvent| {
        let mut items = now();
        if items.contains(&id) {
            return;
        }
        if items.len() >= MOST_ITEMS {
            return toasts.done(run::most_left_out(MOST_ITEMS as u64));
        }
        let (next, top) = (next(), top_of_row(&event));
        items.push(id.clone());
        set(items);
        // The next one comes to stand where this one stood, whatever is drawn anew above.
        place::keep(LIST, next.clone().map(String::from).zip(top));
        go_on_at(next.map(|id| format!("#item-{id} .leave-out")), TRIES);
    };
    any! {
        <button
            type="button"
            class="plain leave-out"
            aria-label=move || run::leave_out(&name())
            on:click=leave_out
        >
            "Leave out"
        </button>
    }
}

/// Gives where on the screen the row begins that was clicked in.
fn top_of_row(event: &ev::MouseEvent) -> Option<f64> {
    let row = event.target()?.dyn_into::<Element>().ok()?.closest("[data-row]").ok()??;
    Some(row.get_bounding_client_rect().top())
}

/// How many frames a row may take to be drawn.
const TRIES: u32 = 10;

/// Gives the focus to what goes on, once it is drawn; else to what says that items are left out.
fn go_on_at(selector: Option<String>, tries: u32) {
    request_animation_frame(move || {
        let find = |selector: &str| document().query_selector(selector).ok().flatten();
        let found = selector.as_deref().and_then(find);
        if found.is_none() && selector.is_some() && tries > 0 {
            return go_on_at(selector, tries - 1);
        }
        let found = found.or_else(|| find("#left-out"));
        if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            _ = found.focus();
        }
    });
}

/// Says how many items are left out, and which, each with a way back; nothing when none is.
pub fn notice(items: &[ItemId], texts: Texts) -> Option<AnyView> {
    if items.is_empty() {
        return None;
    }
    let each = items.iter().cloned().enumerate().map(|(place, id)| {
        let (of_text, number) = (id.clone(), place + 1);
        let name = move || {
            let text = texts.get(&of_text).map(|row| preview::leading(&row.request_preview));
            text.unwrap_or_else(|| format!("Item {number}"))
        };
        let href = address::link_with("open", Some(id.to_string()));
        let of_label = name.clone();
        let count_again = move |_| {
            let mut items = now();
            items.retain(|item| *item != id);
            set(items);
            go_on_at(None, TRIES);
        };
        any! {
            <li class="line">
                <a href=href>{name}</a>
                <button type="button" aria-label=move || run::count_again(&of_label()) on:click=count_again>
                    "Count it again"
                </button>
            </li>
        }
    });
    Some(any! {
        <div class="notice left-out">
            <p class="line">
                <strong id="left-out" tabindex="-1">{run::left_out(items.len() as u64)}</strong>
                <button type="button" on:click=move |_| set(Vec::new())>
                    "Count all items again"
                </button>
            </p>
            <p>{run::LEFT_OUT}</p>
            <details>
                <summary>"Which they are"</summary>
                <ul>{each.collect_view()}</ul>
            </details>
        </div>
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_items_or_leaves_nothing_out() {
        let shown = |word: &str| read(word).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(["a,b", "a", "a,,b", "", "a b"].map(shown), ["a b", "a", "", "", ""]);
    }
}
