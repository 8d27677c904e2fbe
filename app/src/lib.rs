//! The web app: shows what `shared` decides and the Worker stores.
//!
//! Pages load through typed calls and keep what can be shared in the address. Statistics are `shared`'s,
//! worked out in the browser; words and chart geometry are pure and tested apart from the page.

/// Builds a view, as `leptos::view!` does, of the one type that all views of the app have.
///
/// The machinery of views is compiled anew for every type of view: one type keeps the program small.
macro_rules! any {
    ($($view:tt)*) => {
        leptos::prelude::IntoAny::into_any(leptos::prelude::view! { $($view)* })
    };
}

pub mod wording;
pub mod chart;
pub mod passage;
pub mod markdown;
pub mod rescore;
pub mod result_order;
pub mod paired;
pub mod weights;
pub mod trial;
pub mod rows;
pub mod window;
pub mod route;
pub mod shortcut;
pub mod command;
pub mod clock;
pub mod saved;
pub mod signed_in;
pub mod cell;
pub mod address;
pub mod api;
pub mod components;
pub mod pages;
pub mod part;

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

use components::shell::Shell;

/// Starts the app in the page.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    mount_to_body(|| any! { <Shell /> });
}
