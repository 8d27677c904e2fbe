//! Panels over the page: in its middle, or sliding over its right side.
//!
//! The browser's own `<dialog>` keeps the focus inside and gives it back afterwards. Who would leave what is not saved in
//! it is asked first (`unsaved`).

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDialogElement, HtmlElement};

use super::toasts::ToastList;
use super::unsaved::Unsaved;

/// Where a panel stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Middle,
    Side,
}

/// A panel over the page. It is open for as long as it is in the page.
#[component]
pub fn Dialog(
    /// What the panel is about; its accessible name.
    #[prop(into)]
    title: Signal<String>,
    #[prop(optional)] place: Place,
    /// What stands beside the title.
    #[prop(optional, into)]
    tools: ViewFn,
    /// Gives what has the focus once it is closed, where that is not what opened it.
    #[prop(optional)]
    back: Option<Callback<(), Option<HtmlElement>>>,
    /// Closes it: takes it out of the page.
    on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let opener = StoredValue::new_local(document().active_element());
    Effect::new(move |_| {
        if node.get().is_some() {
            open(node, TRIES, on_close);
        }
    });
    on_cleanup(move || {
        if let Some(dialog) = node.try_get_untracked().flatten() {
            dialog.close();
        }
        let opener =
            opener.try_get_value().flatten().and_then(|opener| opener.dyn_into::<HtmlElement>().ok());
        let other = back.and_then(|back| back.try_run(())).flatten();
        if let Some(opener) = other.or(opener).filter(|opener| opener.is_connected()) {
            _ = opener.focus();
        }
    });
    let unsaved = Unsaved::of_app();
    let leave = move || node.get_untracked().is_some_and(|dialog| unsaved.close(&dialog, on_close));
    let cancelled = move |event: Event| {
        // An event of a control inside, such as a file chooser that was left, bubbles up to here.
        // One that cannot be kept from closing the panel is followed by its close.
        if is_dialog(&event) && event.cancelable() {
            event.prevent_default();
            leave();
        }
    };
    let closed = move |event: Event| {
        let there = node.get_untracked().filter(|dialog| is_dialog(&event) && dialog.is_connected());
        // Pressed again and again, Escape closes it without a word.
        if let Some(dialog) = there
            && unsaved.close(&dialog, on_close)
        {
            _ = dialog.show_modal();
        }
    };
    let pressed = move |event: ev::MouseEvent| {
        // Inside there is no gap: what is pressed there is another element.
        if place == Place::Side && is_dialog(&event) {
            leave();
        }
    };
    any! {
        <dialog
            class=if place == Place::Side { "side" } else { "middle" }
            aria-label=title
            node_ref=node
            on:cancel=cancelled
            on:close=closed
            on:mousedown=pressed
        >
            <div class="panel">
                <header>
                    <h2>{title}</h2>
                    {tools.run()}
                    <button type="button" class="icon" aria-label="Close" on:click=move |_| _ = leave()>
                        "✕"
                    </button>
                </header>
                <div class="body">{children()}</div>
            </div>
            // What is under a panel can be neither seen nor reached.
            <ToastList />
        </dialog>
    }
}

/// How many frames a panel may take to come into the page.
const TRIES: u32 = 10;

/// Opens a panel as soon as it is in the page. One that cannot be opened is taken out again: what is there and not
/// seen could be neither used nor closed.
fn open(node: NodeRef<html::Dialog>, tries: u32, on_close: Callback<()>) {
    // It may be gone by now.
    let Some(dialog) = node.try_get_untracked().flatten() else { return };
    // The browser opens only what is in the page; whether it did is looked at.
    _ = dialog.show_modal();
    if dialog.open() {
        return;
    }
    match tries.checked_sub(1) {
        Some(tries) => request_animation_frame(move || open(node, tries, on_close)),
        None => _ = on_close.try_run(()),
    }
}

fn is_dialog(event: &Event) -> bool {
    event.target().is_some_and(|target| target.dyn_ref::<HtmlDialogElement>().is_some())
}
