//! Asking once more before something is gone.

use leptos::prelude::*;
use shared::unseen::seen;

use super::dialog::Dialog;
use super::doing::Doing;

/// Asks before something is deleted. What is done closes it.
#[component]
pub fn Confirm(
    title: &'static str,
    /// What will happen, as a sentence.
    text: String,
    /// The word on the button.
    word: &'static str,
    /// The word on the button that leaves everything as it is.
    #[prop(default = "Cancel")]
    leave: &'static str,
    act: Doing,
    close: Callback<()>,
) -> impl IntoView {
    any! {
        <Dialog title on_close=close>
            <p>{seen(&text)}</p>
            {act.problem()}
            <p class="actions">
                {act.button("danger", word, "One moment…", None)}
                <button type="button" on:click=move |_| close.run(())>
                    {leave}
                </button>
            </p>
        </Dialog>
    }
}
