//! What a form or a button does: at rest, under way, done, or why not.
//!
//! Everything that is done shares one machinery; what it comes to beside success is its own affair.

use std::pin::Pin;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::connection::Connection;
use super::fault::fault;
use super::unsaved;
use crate::api::CallError;
use crate::cell::Cell;
use crate::wording::fault::sentence;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq)]
pub enum NotDone {
    /// What was typed does not fit, as a sentence.
    Unfit(String),
    Failed(CallError),
}

impl NotDone {
    /// Says what does not fit.
    pub fn unfit(why: impl std::fmt::Display) -> Self {
        Self::Unfit(sentence(&why.to_string()))
    }
}

impl From<CallError> for NotDone {
    fn from(error: CallError) -> Self {
        Self::Failed(error)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    AtRest,
    UnderWay,
    Done,
    Not(NotDone),
}

type Ending = Pin<Box<dyn Future<Output = Result<(), NotDone>>>>;

/// Something that can be done, once at a time.
#[derive(Clone, Copy)]
pub struct Doing {
    state: Cell<State>,
    connection: Connection,
    act: StoredValue<Box<dyn Fn() -> Ending>, LocalStorage>,
}

impl Doing {
    /// Makes something that can be done out of how it is done.
    pub fn new<Fut>(act: impl Fn() -> Fut + 'static) -> Self
    where
        Fut: Future<Output = Result<(), NotDone>> + 'static,
    {
        Self::of(Box::new(move || Box::pin(act())))
    }

    fn of(act: Box<dyn Fn() -> Ending>) -> Self {
        Self {
            state: Cell::new(State::AtRest),
            connection: Connection::of_app(),
            act: StoredValue::new_local(act),
        }
    }

    /// Does it, unless it is under way.
    pub fn start(self) {
        if self.is_under_way() {
            return;
        }
        let Some(ending) = self.act.try_with_value(|act| act()) else { return };
        self.state.set(State::UnderWay);
        spawn_local(async move {
            let state = ending.await.map_or_else(State::Not, |()| State::Done);
            if let State::Not(NotDone::Failed(error)) = &state {
                self.connection.failed(&error.fault);
            }
            // The page may be gone by now.
            self.state.set(state);
        });
    }

    /// Tells whether it is under way, as that changes.
    pub fn is_under_way(self) -> bool {
        self.state.with(|state| *state == State::UnderWay)
    }

    /// Tells whether it is done, as that changes.
    pub fn is_done(self) -> bool {
        self.state.with(|state| *state == State::Done)
    }

    /// Shows why it was not done the last time, if it was not.
    pub fn problem(self) -> AnyView {
        let problem = move || match self.state.get() {
            State::Not(NotDone::Unfit(why)) => any! { <p class="fault" role="alert">{why}</p> },
            State::Not(NotDone::Failed(error)) => fault(&error, None),
            State::AtRest | State::UnderWay | State::Done => ().into_any(),
        };
        problem.into_any()
    }

    /// Says that a button waits. It is not disabled, which would take the focus from it: pressed again it does nothing.
    fn waits(self) -> Option<&'static str> {
        self.is_under_way().then_some("true")
    }

    /// Shows the button that submits the form it belongs to, which is saved once it is done.
    pub fn submit(self, word: &'static str, meanwhile: &'static str) -> AnyView {
        let button = NodeRef::<html::Button>::new();
        Effect::new(move || {
            if self.is_done()
                && let Some(button) = button.get_untracked()
            {
                unsaved::saved(&button);
            }
        });
        any! {
            <button type="submit" class="main" node_ref=button aria-disabled=move || self.waits()>
                {move || if self.is_under_way() { meanwhile } else { word }}
            </button>
        }
    }

    /// Shows a button that does it. `name` is its accessible name where the word alone is not enough.
    pub fn button(
        self,
        class: &'static str,
        word: &'static str,
        meanwhile: &'static str,
        name: Option<String>,
    ) -> AnyView {
        any! {
            <button
                type="button"
                class=class
                aria-label=name
                aria-disabled=move || self.waits()
                on:click=move |_| self.start()
            >
                {move || if self.is_under_way() { meanwhile } else { word }}
            </button>
        }
    }
}
