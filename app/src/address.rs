//! The browser's address: what can be shared or returned to is kept here and nowhere else.
//!
//! Leaves out what the paths mean (`route`).

use leptos::prelude::*;
use leptos::{ev, wasm_bindgen::JsCast};
use web_sys::wasm_bindgen::JsValue;
use web_sys::{Element, Event, HtmlAnchorElement, MouseEvent, ScrollRestoration, UrlSearchParams};

use crate::cell::{Cell, Derived};
use crate::route::Route;

/// The parameters that say which panel is open, and on what.
pub const OPENING: [&str; 3] = ["open", "add", "import"];

/// A path with its query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    pub path: String,
    pub query: Vec<(String, String)>,
}

impl Address {
    /// Reads a link of this app.
    pub fn of(href: &str) -> Self {
        let (path, search) = href.split_once('?').unwrap_or((href, ""));
        Self { path: path.to_owned(), query: read(search) }
    }

    /// Gives the value of a parameter; an empty one is none.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    }

    /// Writes it as a link.
    pub fn href(&self) -> String {
        write(&self.path, &self.query)
    }

    /// Gives it with some parameters changed; none removes one.
    #[must_use]
    pub fn with(mut self, changes: &[(&str, Option<String>)]) -> Self {
        for (name, value) in changes {
            self.query.retain(|(known, _)| known != name);
            if let Some(value) = value.clone().filter(|value| !value.is_empty()) {
                self.query.push(((*name).to_owned(), value));
            }
        }
        self
    }
}

/// Writes a path with a query as a link.
pub fn write(path: &str, query: &[(String, String)]) -> String {
    let Ok(parameters) = UrlSearchParams::new() else { return path.to_owned() };
    for (name, value) in query {
        parameters.append(name, value);
    }
    match String::from(parameters.to_string()) {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// Reads where the browser is.
pub fn here() -> Address {
    let location = window().location();
    let query = read(&location.search().unwrap_or_default());
    Address { path: location.pathname().unwrap_or_default(), query }
}

fn read(search: &str) -> Vec<(String, String)> {
    let mut query = Vec::new();
    if let Ok(parameters) = UrlSearchParams::new_with_str(search) {
        for pair in parameters.entries().into_iter().flatten() {
            let pair = js_sys::Array::from(&pair);
            query.extend(pair.get(0).as_string().zip(pair.get(1).as_string()));
        }
    }
    query
}

/// Goes to a link of this app; Back leads back.
pub fn go(href: &str) {
    move_to(href, false);
}

/// Goes to a link of this app in the place of this one.
pub fn replace(href: &str) {
    move_to(href, true);
}

/// Changes parameters of the address; Back undoes it.
pub fn set(changes: &[(&str, Option<String>)]) {
    go(&here().with(changes).href());
}

fn move_to(href: &str, replace: bool) {
    let Ok(history) = window().history() else { return };
    let before = here().path;
    // Where somebody is in a list goes along for as long as the page is the same.
    let same = href.split('?').next() == Some(before.as_str());
    let state = history.state().ok().filter(|_| same).unwrap_or(JsValue::NULL);
    let moved = if replace {
        history.replace_state_with_url(&state, "", Some(href))
    } else {
        history.push_state_with_url(&state, "", Some(href))
    };
    // Only an address of another origin is refused; there is no such link.
    if moved.is_err() {
        return;
    }
    if here().path != before {
        // A new entry takes this over from the one before.
        _ = history.set_scroll_restoration(ScrollRestoration::Auto);
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
    if let Ok(event) = Event::new("popstate") {
        _ = window().dispatch_event(&event);
    }
}

/// Follows the address for as long as the app runs. Links of this app are followed without loading a page. `go` goes to
/// one that was clicked; `holds_back` tells whether Back or Forward, which lead to the first address, must not lead away
/// from the second.
pub fn follow(
    go: impl Fn(&str) + 'static,
    holds_back: impl Fn(&Address, &Address) -> bool + 'static,
) -> Cell<Address> {
    let address = Cell::new(here());
    provide_context(address);
    let popped = window_event_listener(ev::popstate, move |event| {
        let (to, from) = (here(), address.get_untracked());
        // What the app says itself is no step of the reader's.
        if event.is_trusted() && holds_back(&to, &from) {
            // The step is taken back by one forward: Back leads to the same place then.
            let history = window().history();
            _ = history
                .and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(&from.href())));
            return;
        }
        address.set(to);
    });
    let clicked = window_event_listener(ev::click, move |event| {
        if let Some(href) = link(&event) {
            event.prevent_default();
            go(&href);
        }
    });
    on_cleanup(move || {
        popped.remove();
        clicked.remove();
    });
    address
}

/// Gives the link of this app that an event is in, if it is in one.
pub fn linked(event: &Event) -> Option<HtmlAnchorElement> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let anchor: HtmlAnchorElement = target.closest("a[href]").ok()??.dyn_into().ok()?;
    (anchor.origin() == window().location().origin().ok()?).then_some(anchor)
}

/// Gives the link of this app that a click is meant to follow here, if it is.
fn link(event: &MouseEvent) -> Option<String> {
    let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || elsewhere {
        return None;
    }
    let anchor = linked(event)?;
    let kept = anchor.target().is_empty() && !anchor.has_attribute("download") && anchor.hash().is_empty();
    kept.then(|| format!("{}{}", anchor.pathname(), anchor.search()))
}

/// Gives the address as it changes.
pub fn current() -> Cell<Address> {
    // Provided before anything is shown.
    use_context().unwrap_or_else(|| Cell::new(here()))
}

/// Gives the page as it changes.
pub fn route() -> Derived<Route> {
    let address = current();
    Derived::new(move || address.with(|address| Route::read(&address.path)))
}

/// Gives a parameter as it changes.
pub fn parameter(name: &'static str) -> Memo<Option<String>> {
    let address = current();
    Memo::new(move |_| address.with(|address| address.parameter(name)))
}

/// Gives a link to here with one parameter changed, as the address changes.
pub fn link_with(name: &'static str, value: Option<String>) -> impl Fn() -> String + Clone + Send + Sync {
    let address = current();
    move || address.get().with(&[(name, value.clone())]).href()
}
