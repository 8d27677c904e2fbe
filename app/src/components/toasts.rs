//! Short messages about what was done, and what could not be. They stay until they are dismissed; one about something
//! that was taken away undoes it.

use std::pin::Pin;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::unseen::seen;

use super::fault::fault;
use crate::address;
use crate::api::CallError;
use crate::cell::Cell;
use crate::clock;

/// The messages that stand on the screen.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: Cell<Vec<Toast>>,
    /// Where messages are shown: in the page, and in each panel that lies over it. The last one has them, as nothing
    /// below a panel can be reached.
    layers: Cell<Vec<u32>>,
}

#[derive(Clone)]
struct Toast {
    number: u32,
    /// The page that it is about.
    path: String,
    what: Message,
}

#[derive(Clone)]
enum Message {
    Done(String),
    Failed(CallError),
    /// What was done and can be undone.
    Undoable {
        subject: String,
        text: String,
        undo: Undo,
        under_way: bool,
    },
}

type Undone = Pin<Box<dyn Future<Output = Result<String, CallError>>>>;

/// Undoes something, and gives what to say then.
type Undo = Arc<dyn Fn() -> Undone + Send + Sync>;

impl Toast {
    /// Tells whether it is shown on a page: what was done is of interest where it was done; what failed, everywhere.
    fn is_for(&self, path: &str) -> bool {
        self.path == path || matches!(self.what, Message::Failed(_))
    }

    /// Tells whether it offers to undo something of a subject that is wanted.
    fn is_about(&self, wanted: impl Fn(&str) -> bool) -> bool {
        matches!(&self.what, Message::Undoable { subject, .. } if wanted(subject))
    }
}

impl Toasts {
    /// Makes the messages available to every page.
    pub fn provide() -> Self {
        let toasts = Self::new();
        provide_context(toasts);
        toasts
    }

    /// Gives the messages of the app.
    pub fn of_app() -> Self {
        // Provided before anything is shown.
        use_context().unwrap_or_else(Self::new)
    }

    fn new() -> Self {
        Self { list: Cell::new(Vec::new()), layers: Cell::new(Vec::new()) }
    }

    /// Says what was done.
    pub fn done(self, text: impl Into<String>) {
        self.push(Message::Done(text.into()));
    }

    /// Says what could not be done.
    pub fn failed(self, error: CallError) {
        self.push(Message::Failed(error));
    }

    /// Says what was done, and offers to undo it once. What was offered of the same subject before is offered no
    /// more: it would undo something else by now. `undo` gives what to say then.
    pub fn undoable<Fut>(
        self,
        subject: impl Into<String>,
        text: impl Into<String>,
        undo: impl Fn() -> Fut + Send + Sync + 'static,
    ) where
        Fut: Future<Output = Result<String, CallError>> + 'static,
    {
        let subject = subject.into();
        self.list.update(|toasts| toasts.retain(|toast| !toast.is_about(|known| known == subject)));
        let undo: Undo = Arc::new(move || Box::pin(undo()));
        self.push(Message::Undoable { subject, text: text.into(), undo, under_way: false });
    }

    /// Offers no more to undo anything whose subject begins like this.
    pub fn forget(self, beginning: &str) {
        self.list
            .update(|toasts| toasts.retain(|toast| !toast.is_about(|known| known.starts_with(beginning))));
    }

    /// Undoes what was done last, if that is offered here. Tells whether it is.
    pub fn undo_last(self) -> bool {
        let here = address::here().path;
        let toasts = self.list.get_untracked();
        let last = toasts.iter().rfind(|toast| toast.is_for(&here) && toast.is_about(|_| true));
        last.map(|toast| self.undo(toast.number)).is_some()
    }

    fn undo(self, number: u32) {
        let mut wanted = None;
        self.change(number, |what| match what {
            Message::Undoable { undo, under_way, .. } if !*under_way => {
                *under_way = true;
                wanted = Some(undo.clone());
            }
            _ => {}
        });
        let Some(undo) = wanted else { return };
        spawn_local(async move {
            match undo().await {
                Ok(text) => self.change(number, |what| *what = Message::Done(text)),
                Err(error) => {
                    self.change(number, |what| {
                        if let Message::Undoable { under_way, .. } = what {
                            *under_way = false;
                        }
                    });
                    self.failed(error);
                }
            }
        });
    }

    fn change(self, number: u32, change: impl FnOnce(&mut Message)) {
        self.list.update(|toasts| {
            if let Some(toast) = toasts.iter_mut().find(|toast| toast.number == number) {
                change(&mut toast.what);
            }
        });
    }

    fn push(self, what: Message) {
        let toast = Toast { number: clock::draw(), path: address::here().path, what };
        self.list.update(|toasts| toasts.push(toast));
    }

    /// Has the messages shown by who asks, for as long as it is there and nothing is laid over it.
    fn lay(self) -> u32 {
        let layer = clock::draw();
        self.layers.update(|layers| layers.push(layer));
        on_cleanup(move || self.layers.update(|layers| layers.retain(|known| *known != layer)));
        layer
    }
}

/// Shows the messages, unless a panel lies over this.
#[component]
pub fn ToastList() -> impl IntoView {
    let toasts = Toasts::of_app();
    let layer = toasts.lay();
    let address = address::current();
    let shown = move || {
        let on_top = toasts.layers.with(|layers| layers.last() == Some(&layer));
        let mut shown = if on_top { toasts.list.get() } else { Vec::new() };
        address.with(|address| shown.retain(|toast| toast.is_for(&address.path)));
        shown
    };
    any! {
        <ul class="toasts" aria-live="polite">
            {move || shown().into_iter().map(|toast| show(toasts, toast)).collect_view()}
        </ul>
    }
}

fn show(toasts: Toasts, Toast { number, what, .. }: Toast) -> AnyView {
    let dismiss = NodeRef::<html::Button>::new();
    let undo = move |under_way: bool| {
        let start = move |_| {
            // The button goes when it has done its work, and the focus must not go with it.
            if let Some(dismiss) = dismiss.get_untracked() {
                _ = dismiss.focus();
            }
            toasts.undo(number);
        };
        any! {
            <button type="button" disabled=under_way on:click=start>
                {if under_way { "Undoing…" } else { "Undo" }}
            </button>
        }
    };
    let what = match what {
        Message::Done(text) => any! { <p>{seen(&text)}</p> },
        Message::Failed(error) => fault(&error, None),
        Message::Undoable { text, under_way, .. } => any! { <p>{seen(&text)}</p> {undo(under_way)} },
    };
    any! {
        <li>
            {what}
            <button
                type="button"
                class="icon"
                aria-label="Dismiss"
                node_ref=dismiss
                on:click=move |_| toasts.list.update(|toasts| toasts.retain(|toast| toast.number != number))
            >
                "✕"
            </button>
        </li>
    }
}
