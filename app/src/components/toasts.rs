//! Short messages about what was done, and what could not be. A failure stays until it is dismissed.

use leptos::prelude::*;

use super::fault::fault;
use crate::address;
use crate::api::CallError;
use crate::cell::Cell;

/// The messages that stand on the screen.
#[derive(Clone, Copy)]
pub struct Toasts(Cell<Vec<Toast>>);

#[derive(Debug, Clone)]
struct Toast {
    number: u64,
    /// The page that it is about.
    path: String,
    what: Message,
}

#[derive(Debug, Clone)]
enum Message {
    Done(String),
    Failed(CallError),
}

impl Toasts {
    /// Makes the messages available to every page.
    pub fn provide() -> Self {
        let toasts = Self(Cell::new(Vec::new()));
        provide_context(toasts);
        toasts
    }

    /// Gives the messages of the app.
    pub fn of_app() -> Self {
        // Provided before anything is shown.
        use_context().unwrap_or_else(|| Self(Cell::new(Vec::new())))
    }

    /// Says what was done.
    pub fn done(self, text: impl Into<String>) {
        self.push(Message::Done(text.into()));
    }

    /// Says what could not be done.
    pub fn failed(self, error: CallError) {
        self.push(Message::Failed(error));
    }

    fn push(self, what: Message) {
        self.0.update(|toasts| {
            let number = toasts.last().map_or(0, |toast| toast.number + 1);
            toasts.push(Toast { number, path: address::here().path, what });
        });
    }
}

/// Shows the messages.
#[component]
pub fn ToastList(toasts: Toasts) -> impl IntoView {
    let toasts = toasts.0;
    let address = address::current();
    // What was done is of interest where it was done; what failed, everywhere.
    let shown = move || {
        let mut shown = toasts.get();
        address.with(|address| {
            shown.retain(|toast| toast.path == address.path || matches!(toast.what, Message::Failed(_)));
        });
        shown
    };
    let dismiss = move |number| toasts.update(|toasts| toasts.retain(|toast| toast.number != number));
    let show = move |toast: Toast| {
        let what = match toast.what {
            Message::Done(text) => any! { <p>{text}</p> },
            Message::Failed(error) => fault(&error, None),
        };
        any! {
            <li>
                {what}
                <button type="button" class="icon" aria-label="Dismiss" on:click=move |_| dismiss(toast.number)>
                    "✕"
                </button>
            </li>
        }
    };
    any! {
        <ul class="toasts" aria-live="polite">
            {move || shown().into_iter().map(show).collect_view()}
        </ul>
    }
}
