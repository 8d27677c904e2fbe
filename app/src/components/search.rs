//! A field that searches a list: the words are in the address, and are searched for while one types.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::{address, clock};

/// So long after the last letter words are searched for without being asked to, in milliseconds.
const PAUSE: i32 = 300;

/// The parameter of the address that the words are in.
pub const PARAMETER: &str = "q";

/// What is typed into a search field; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Search {
    input: NodeRef<html::Input>,
    /// Counts what was typed: only the last of it is searched for.
    typed: StoredValue<u32>,
    /// Whether the history has an entry of what was typed since the field was entered; more changes that one.
    entered: StoredValue<bool>,
}

impl Search {
    /// Starts with what the address says.
    pub fn of_address() -> Self {
        Self { input: NodeRef::new(), typed: StoredValue::new(0), entered: StoredValue::new(false) }
    }

    /// Searches for what is typed.
    fn submit(self) {
        self.typed.update_value(|typed| *typed += 1);
        let words = self.input.get_untracked().map(|input| input.value()).filter(|words| !words.is_empty());
        let here = address::here();
        if words == here.parameter(PARAMETER) {
            return;
        }
        let href = here.with(&[(PARAMETER, words), ("open", None)]).href();
        if self.entered.get_value() {
            address::replace(&href);
        } else {
            address::go(&href);
        }
        self.entered.set_value(true);
    }

    /// Searches once nothing more is typed for a moment.
    fn wait(self) {
        self.typed.update_value(|typed| *typed += 1);
        let mine = self.typed.get_value();
        spawn_local(async move {
            clock::sleep(PAUSE).await;
            if self.typed.try_get_value() == Some(mine) {
                self.submit();
            }
        });
    }

    /// Shows the field in a form, before what else there is to choose; `placeholder` says where the words are looked for.
    pub fn form(self, placeholder: &'static str, more: impl IntoView) -> AnyView {
        any! {
            <form
                class="filters"
                role="search"
                on:submit=move |event| {
                    event.prevent_default();
                    self.submit();
                }
            >
                {self.field(placeholder)} {more.into_any()}
            </form>
        }
    }

    fn field(self, placeholder: &'static str) -> AnyView {
        let words = address::parameter(PARAMETER);
        any! {
            <label class="field grow">
                <span>"Search"</span>
                <input
                    type="search"
                    name=PARAMETER
                    placeholder=placeholder
                    node_ref=self.input
                    prop:value=move || words.get().unwrap_or_default()
                    on:focus=move |_| self.entered.set_value(false)
                    on:input=move |_| self.wait()
                    on:change=move |_| self.submit()
                />
            </label>
        }
    }
}
