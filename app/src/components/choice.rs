//! Choosing one of a few values by their words.

use leptos::prelude::*;

use crate::cell::Cell;

/// What can be chosen: a value, the word that stands for it in the page, and what people read.
pub type Choices<T> = Vec<(T, &'static str, &'static str)>;

/// Shows a field that chooses one of some values. `help` is the id of what describes it.
pub fn choice<T: Copy + PartialEq + Send + Sync + 'static>(
    class: &'static str,
    title: &'static str,
    help: Option<&'static str>,
    choices: Choices<T>,
    chosen: Cell<T>,
) -> AnyView {
    let options = choices.clone().into_iter().map(|(value, word, title)| {
        any! {
            <option value=word selected=move || chosen.get() == value>
                {title}
            </option>
        }
    });
    let options = options.collect_view();
    let choose = move |word: String| {
        if let Some((value, ..)) = choices.iter().find(|(_, known, _)| *known == word) {
            chosen.set(*value);
        }
    };
    any! {
        <label class=class>
            <span>{title}</span>
            <select aria-describedby=help on:change:target=move |event| choose(event.target().value())>
                {options}
            </select>
        </label>
    }
}
