//! Two responses beside each other, with the words that differ and what the judge quoted.

use leptos::prelude::*;

use super::long_text::reading;
use crate::passage::{self, Stretches};

/// One of the two.
#[derive(Clone)]
pub struct Side {
    pub title: &'static str,
    pub text: Option<String>,
    pub quotes: Vec<String>,
    /// What is said when there is none.
    pub none: &'static str,
}

/// Shows both, the newer one second; `differences` is whether the words that differ are marked.
pub fn sides(old: Side, new: Side, differences: RwSignal<bool>) -> AnyView {
    let compared = match (&old.text, &new.text) {
        (Some(old), Some(new)) => passage::differences(old, new),
        _ => None,
    };
    let both = old.text.is_some() && new.text.is_some();
    let too_long = both && compared.is_none();
    let can_compare = compared.is_some();
    let texts = move || {
        let marked = differences.get();
        let (only_old, only_new) = compared.clone().filter(|_| marked).unwrap_or_default();
        any! {
            <div class="sides">
                {side(&old, &only_old, "removed")} {side(&new, &only_new, "added")}
            </div>
        }
    };
    any! {
        <section>
            <div class="spread">
                <h3>"Responses"</h3>
                {can_compare
                    .then(|| {
                        any! {
                            <label class="choice">
                                <input type="checkbox" bind:checked=differences />
                                "Mark the words that differ"
                            </label>
                        }
                    })}
                {too_long.then(|| any! { <p class="quiet">"Too long to compare word by word."</p> })}
            </div>
            {texts}
        </section>
    }
}

fn side(side: &Side, differs: &Stretches, class: &'static str) -> AnyView {
    let text = match &side.text {
        Some(text) => {
            let quotes: Vec<_> = side.quotes.iter().map(String::as_str).collect();
            reading(text.clone(), passage::marked(text, differs, &quotes), class)
        }
        None => any! { <p class="quiet">{side.none}</p> },
    };
    any! {
        <div>
            <h4>{side.title}</h4>
            {text}
        </div>
    }
}
