//! Whether a part of the page was near the screen yet: what takes long to read is asked for once it was.

use leptos::html;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use crate::cell::Cell;

/// Where a part is near: above the screen, on it, or little below.
const NEAR: &str = "10000000px 0px 200px 0px";

/// Tells whether a section came near the screen, or was left behind above it. Once it was, it stays so.
pub fn came_near(section: NodeRef<html::Section>) -> Cell<bool> {
    let near = Cell::new(false);
    Effect::new(move || {
        if let Some(section) = section.get().filter(|_| !near.get_untracked()) {
            follow(&section.into(), near);
        }
    });
    near
}

fn follow(element: &Element, near: Cell<bool>) {
    let seen = Closure::<dyn FnMut(Vec<IntersectionObserverEntry>, IntersectionObserver)>::new(
        move |entries: Vec<IntersectionObserverEntry>, observer: IntersectionObserver| {
            if entries.iter().any(IntersectionObserverEntry::is_intersecting) {
                observer.disconnect();
                near.set(true);
            }
        },
    );
    let init = IntersectionObserverInit::new();
    init.set_root_margin(NEAR);
    // Every browser that runs the app has it.
    let of_it = seen.as_ref().unchecked_ref();
    let Ok(observer) = IntersectionObserver::new_with_options(of_it, &init) else { return };
    observer.observe(element);
    let kept = StoredValue::new_local((observer, seen));
    on_cleanup(move || _ = kept.try_with_value(|(observer, _)| observer.disconnect()));
}
