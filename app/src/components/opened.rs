//! Which row of a list is open: kept in the address, stepped through with keys and buttons.

use leptos::prelude::*;

use super::shortcuts::{on_shortcut, panels};
use crate::address;
use crate::shortcut::Does;

/// The open row of a list.
#[derive(Clone, Copy)]
pub struct Opened {
    id: Memo<Option<String>>,
    /// The ids of the rows in their order.
    rows: StoredValue<Box<dyn Fn() -> Vec<String> + Send + Sync>>,
}

impl Opened {
    /// Follows the address. `rows` gives the ids of the list's rows in their order.
    pub fn of(rows: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Self {
        Self { id: address::parameter("open"), rows: StoredValue::new(Box::new(rows)) }
    }

    /// Gives the id of the open row, as it changes.
    pub fn id<T: TryFrom<String>>(self) -> Option<T> {
        self.id.get().and_then(|id| T::try_from(id).ok())
    }

    /// Gives the id of the row that is open now.
    pub fn id_untracked<T: TryFrom<String>>(self) -> Option<T> {
        untrack(|| self.id())
    }

    /// Shows a panel for as long as some row is open.
    pub fn show(self, panel: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
        let id = self.id;
        let open = Memo::new(move |_| id.with(Option::is_some));
        let shown = move || open.get().then(&panel);
        shown.into_any()
    }

    /// Opens the row so many further on, if there is one.
    pub fn step(self, by: isize) {
        let (rows, id) = (untrack(|| self.rows.with_value(|rows| rows())), self.id.get_untracked());
        let place = rows.iter().position(|row| Some(row) == id.as_ref());
        let next = place.and_then(|place| place.checked_add_signed(by)).and_then(|place| rows.get(place));
        if let Some(next) = next {
            address::replace(&address::here().with(&[("open", Some(next.clone()))]).href());
        }
    }

    /// Steps with the keys of lists for as long as what asks for it is there.
    pub fn listen(self) {
        on_shortcut(move |does| {
            let by = match does {
                Does::Next => 1,
                Does::Previous => -1,
                _ => return false,
            };
            // Under another panel nothing moves.
            if panels() == 1 {
                self.step(by);
            }
            true
        });
    }

    /// Shows the buttons that step.
    pub fn buttons(self) -> AnyView {
        any! {
            <button type="button" on:click=move |_| self.step(-1)>
                "↑ Previous " <kbd>"k"</kbd>
            </button>
            <button type="button" on:click=move |_| self.step(1)>
                "↓ Next " <kbd>"j"</kbd>
            </button>
        }
    }
}

/// Closes whatever row is open.
pub fn close() -> Callback<()> {
    Callback::new(|()| address::set(&[("open", None)]))
}
