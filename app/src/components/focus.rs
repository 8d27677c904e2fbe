//! Keeping the focus while what has it is drawn anew: whoever works by keyboard goes on where they were.

use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What tells an element from the others, however often it is drawn.
#[derive(PartialEq)]
struct Known {
    tag: String,
    id: String,
    /// The name that people read.
    name: String,
}

impl Known {
    fn of(element: &Element) -> Self {
        let words =
            || element.closest("label").ok().flatten().unwrap_or_else(|| element.clone()).text_content();
        let name = element.get_attribute("aria-label").or_else(words).unwrap_or_default();
        Self { tag: element.tag_name(), id: element.id(), name }
    }

    /// Finds it among what is there now.
    fn find(&self) -> Option<HtmlElement> {
        let alike = document().query_selector_all(&self.tag).ok()?;
        let mut alike =
            (0..alike.length()).filter_map(|place| alike.get(place)?.dyn_into::<HtmlElement>().ok());
        alike.find(|element| Self::of(element) == *self)
    }
}

/// Gives what has the focus.
fn focused() -> Option<Element> {
    document().active_element().filter(|element| element.tag_name() != "BODY")
}

/// Has what has the focus now keep it when it is drawn anew with the next frame.
pub fn keep() {
    let Some(known) = focused().map(|element| Known::of(&element)) else { return };
    request_animation_frame(move || {
        if focused().is_none()
            && let Some(element) = known.find()
        {
            _ = element.focus();
        }
    });
}
