//! A call that failed: what happened, what to do, and which request it was.

use leptos::prelude::*;

use super::connection;
use crate::api::CallError;
use crate::wording::fault::{self, Fault};

/// Shows why a call failed; with `retry`, offers to try again.
pub fn fault(error: &CallError, retry: Option<Callback<()>>) -> AnyView {
    let words = fault::words(&error.fault);
    let has_mistakes = !words.mistakes.is_empty();
    let mistakes = words.mistakes.into_iter().map(|mistake| any! { <li>{mistake}</li> }).collect_view();
    any! {
        <div class="fault" role="alert">
            <p>
                <strong>{words.what}</strong>
                " "
                {words.remedy}
            </p>
            {has_mistakes.then(|| any! { <ul>{mistakes}</ul> })}
            {error
                .request_id
                .clone()
                .map(|id| {
                    any! {
                        <p class="quiet small">
                            "Request " <code>{id}</code>
                        </p>
                    }
                })}
            {(error.fault == Fault::Missing)
                .then(|| {
                    any! {
                        <button type="button" on:click=|_| connection::reload()>
                            "Reload"
                        </button>
                    }
                })}
            {retry
                .map(|retry| {
                    any! {
                        <button type="button" on:click=move |_| retry.run(())>
                            "Try again"
                        </button>
                    }
                })}
        </div>
    }
}
