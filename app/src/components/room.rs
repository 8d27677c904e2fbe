//! How much room there is for something that is drawn to fit: followed as the window or what is beside it changes.

use leptos::html;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver};

use crate::cell::Cell;

/// Gives how wide a figure is, in pixels, as it changes; `guess` until it is in the page.
pub fn width_of(figure: NodeRef<html::Figure>, guess: f64) -> Cell<f64> {
    let width = Cell::new(guess);
    Effect::new(move || {
        if let Some(figure) = figure.get() {
            follow(figure.into(), width);
        }
    });
    width
}

fn follow(element: Element, width: Cell<f64>) {
    let of_element = element.clone();
    let sized = Closure::<dyn FnMut()>::new(move || {
        let now = f64::from(of_element.client_width());
        // Nothing that is hidden is drawn to fit.
        if now > 0.0 && now != width.get_untracked() {
            width.set(now);
        }
    });
    // Every browser that runs the app has it.
    let Ok(observer) = ResizeObserver::new(sized.as_ref().unchecked_ref()) else { return };
    observer.observe(&element);
    let kept = StoredValue::new_local((observer, sized));
    on_cleanup(move || _ = kept.try_with_value(|(observer, _)| observer.disconnect()));
}
