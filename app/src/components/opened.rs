//! Which row of a list is open: kept in the address, stepped through with keys and buttons.

use leptos::prelude::*;
use web_sys::HtmlElement;
use web_sys::wasm_bindgen::JsCast;

use super::shortcuts::{on_shortcut, panels};
use super::unsaved::Unsaved;
use super::windowed::HEAD;
use crate::address;
use crate::shortcut::Does;

/// The open row of a list.
#[derive(Clone, Copy)]
pub struct Opened {
    id: Memo<Option<String>>,
    /// The ids of the rows in their order.
    rows: StoredValue<Box<dyn Fn() -> Vec<String> + Send + Sync>>,
    /// Scrolls the row at a place into sight, where the list draws only some of its rows.
    reveal: StoredValue<Option<Callback<usize>>>,
    /// The id of the row that was stepped to last.
    reached: StoredValue<Option<String>>,
    unsaved: Unsaved,
}

impl Opened {
    /// Follows the address. `rows` gives the ids of the list's rows in their order.
    pub fn of(rows: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Self {
        Self {
            id: address::parameter("open"),
            rows: StoredValue::new(Box::new(rows)),
            reveal: StoredValue::new(None),
            reached: StoredValue::new(None),
            unsaved: Unsaved::of_app(),
        }
    }

    /// Leaves it to a list that draws only some of its rows to scroll one into sight.
    pub fn revealed_by(self, reveal: Callback<usize>) {
        self.reveal.set_value(Some(reveal));
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

    /// Opens the row so many further on, if there is one; who would lose what is not saved is asked first.
    pub fn step(self, by: isize) {
        let (rows, id) = (untrack(|| self.rows.with_value(|rows| rows())), self.id.get_untracked());
        let place = rows.iter().position(|row| Some(row) == id.as_ref());
        let Some(next) = place.and_then(|place| place.checked_add_signed(by)) else { return };
        let Some(id) = rows.get(next).cloned() else { return };
        self.unsaved.step(Callback::new(move |()| self.show_at(next, &id)));
    }

    fn show_at(self, next: usize, id: &str) {
        address::replace(&address::here().with(&[("open", Some(id.to_owned()))]).href());
        self.reached.set_value(Some(id.to_owned()));
        // The list behind goes along, so that whoever closes the panel is where they have read.
        match self.reveal.get_value() {
            Some(reveal) => reveal.run(next),
            None => link_to(id).iter().for_each(show),
        }
    }

    /// Gives what has the focus once the panel is closed: the row that was stepped to last.
    pub fn back(self) -> Callback<(), Option<HtmlElement>> {
        Callback::new(move |()| link_to(&self.reached.try_update_value(Option::take)??))
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

/// Whether the page was seen yet without a panel over it. What is under a panel can be neither seen nor reached: what
/// it takes to show it is asked for once it can.
#[derive(Clone, Copy)]
pub struct Uncovered(Memo<bool>);

impl Uncovered {
    /// Follows the address for as long as the page is there.
    pub fn of_page() -> Self {
        Self::by("open")
    }

    /// As `of_page`, where another parameter of the address opens the panel.
    pub fn by(parameter: &'static str) -> Self {
        let open = address::parameter(parameter);
        let seen =
            move |before: Option<&bool>| before.is_some_and(|seen| *seen) || open.with(Option::is_none);
        Self(Memo::new(seen))
    }

    /// Tells whether it was, as that changes.
    pub fn is_so(self) -> bool {
        self.0.get()
    }

    /// Ends once it was; whoever loads with it loads again then.
    pub fn reached(self) -> impl Future<Output = ()> + use<> {
        let is_so = self.is_so();
        async move {
            if !is_so {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Finds the link in the list that opens a row, if the row is drawn.
fn link_to(id: &str) -> Option<HtmlElement> {
    let href = address::here().with(&[("open", Some(id.to_owned()))]).href();
    let links = document().query_selector_all("main a.open").ok()?;
    let mut links = (0..links.length()).filter_map(|place| links.get(place)?.dyn_into::<HtmlElement>().ok());
    links.find(|link| link.get_attribute("href").as_ref() == Some(&href))
}

/// Scrolls a link into sight, no further than that takes.
fn show(link: &HtmlElement) {
    let place = link.get_bounding_client_rect();
    let screen = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    if place.top() < HEAD {
        link.scroll_into_view_with_bool(true);
    } else if place.bottom() > screen {
        link.scroll_into_view_with_bool(false);
    }
}

/// Closes whatever row is open.
pub fn close() -> Callback<()> {
    Callback::new(|()| address::set(&[("open", None)]))
}
