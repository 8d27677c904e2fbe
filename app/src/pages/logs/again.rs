//! Sending a logged request again: as a command, or as a program.

use leptos::prelude::*;
use shared::log::Detail;
use shared::log::again::{self, Language};

use crate::cell::Cell;
use crate::components::copy::copy;
use crate::components::long_text::long_text;
use crate::wording;

/// Shows buttons that write the program, and the one that was asked for.
pub fn send_again(detail: &Detail) -> AnyView {
    let asked = Cell::new(None::<Language>);
    let detail = StoredValue::new(detail.clone());
    let write = move |language| {
        let origin = window().location().origin().unwrap_or_default();
        detail.with_value(|detail| again::write(language, &origin, detail))
    };
    let button = |language: Language| {
        let choose =
            move |_| _ = asked.set(Some(language).filter(|_| asked.get_untracked() != Some(language)));
        any! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || (asked.get() == Some(language)).to_string()
                on:click=choose
            >
                {wording::log::language(language)}
            </button>
        }
    };
    let program = move || {
        asked.get().map(|language| {
            let text = write(language);
            let shown = text.clone();
            any! {
                <div class="raw" role="group" aria-label="Program">
                    {copy(wording::log::copy_as(language), move || text.clone())}
                    {long_text(&shown)}
                </div>
            }
        })
    };
    any! {
        <section>
            <h3>"Send it again"</h3>
            <p class="quiet">
                "Through this gateway, as it was logged. Put an access key in " <code>"ASSAY_KEY"</code> "."
            </p>
            <div class="chips">{Language::ALL.map(button).collect_view()}</div>
            {program}
        </section>
    }
}
