//! The heads of columns that rows can be sorted by.
//!
//! Leaves out what the orders are, and who sorts.

use leptos::prelude::*;

use crate::wording::number::count;

/// Gives what is said of a column whose rows fall or rise; none where they are not sorted by it.
pub fn said(falls: Option<bool>) -> Option<&'static str> {
    falls.map(|falls| if falls { "descending" } else { "ascending" })
}

/// Shows the name of a column as a button that sorts by it.
pub fn button(
    title: &'static str,
    falls: impl Fn() -> Option<bool> + Send + Sync + 'static,
    press: impl Fn() + 'static,
) -> AnyView {
    let mark = move || {
        falls().map(|falls| any! { <span aria-hidden="true">{if falls { " ▼" } else { " ▲" }}</span> })
    };
    any! {
        <button type="button" class="plain" on:click=move |_| press()>
            {title}
            {mark}
        </button>
    }
}

/// Says that only the rows that are loaded are sorted, where there are more.
pub fn partly(loaded: usize) -> AnyView {
    any! {
        <p class="quiet small" role="status">
            {format!("Sorted among the {} that are loaded. There are more below: load them to have them sorted too.", count(loaded as u64))}
        </p>
    }
}
