//! Asking before what was typed is lost: by a link, by Back, with the tab, or with the panel that it is in.
//!
//! A form that is marked `data-guarded` holds its reader from the first change on until it is done (`doing`); fields
//! that are only for trying out are marked `data-loose`. Where a form is shown is its page and the part of it, and in a
//! panel what is open there: other parameters of the address leave it where it is. Leaves out what the app does by itself, such as going to a run that
//! was started.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use super::dialog::Dialog;
use crate::address::{self, Address};
use crate::cell::Cell;

/// Marks a form in which something is not saved.
const CHANGED: &str = "data-changed";

/// Finds the forms in which something is not saved.
const FORMS: &str = "form[data-guarded][data-changed]";

/// Of those the ones in panels.
const IN_PANELS: &str = "dialog form[data-guarded][data-changed]";

/// What follows so soon comes of the same press.
const AT_ONCE: Duration = Duration::from_millis(100);

/// Where the reader wants to go.
#[derive(Clone)]
enum Way {
    /// A link, and which forms are lost by it.
    To(String, &'static str),
    /// Where Back or Forward would have led, and which forms are lost by it.
    Back(&'static str),
    /// Out of what a panel shows, by this.
    Out(Callback<()>),
}

/// What is not saved yet; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Unsaved {
    asked: Cell<Option<Way>>,
    /// The reader has just said to stay, and pressed nothing since.
    stays: StoredValue<bool>,
}

impl Unsaved {
    /// Watches every form for as long as the app runs.
    pub fn provide() -> Self {
        let unsaved = Self::new();
        provide_context(unsaved);
        let typed = window_event_listener(ev::input, |event| note(&event));
        let chosen = window_event_listener(ev::change, |event| note(&event));
        let closed = window_event_listener(ev::beforeunload, |event| {
            if any() {
                event.prevent_default();
            }
        });
        let pressed = window_event_listener(ev::keydown, move |_| unsaved.stays.set_value(false));
        let pointed = window_event_listener(ev::pointerdown, move |_| unsaved.stays.set_value(false));
        on_cleanup(move || {
            pressed.remove();
            pointed.remove();
            typed.remove();
            chosen.remove();
            closed.remove();
        });
        unsaved
    }

    /// Gives what the app knows.
    pub fn of_app() -> Self {
        // Provided before anything is shown.
        use_context().unwrap_or_else(Self::new)
    }

    fn new() -> Self {
        Self { asked: Cell::new(None), stays: StoredValue::new(false) }
    }

    /// Goes to a link of this app, once the reader agrees to lose what is not saved.
    pub fn go(self, href: &str) {
        if !self.holds(href) {
            address::go(href);
        }
    }

    /// Tells whether a link of this app must wait until the reader agrees; then they are asked.
    pub fn holds(self, href: &str) -> bool {
        let lost = lost(&address::here(), &Address::of(href));
        lost.is_some_and(|lost| self.ask(Way::To(href.to_owned(), lost)))
    }

    /// As `holds`, for Back and Forward, which led here already.
    pub fn holds_back(self, to: &Address, from: &Address) -> bool {
        lost(from, to).is_some_and(|lost| self.ask(Way::Back(lost)))
    }

    /// Shows something else in a panel, once the reader agrees to lose what is not saved in it.
    pub fn step(self, to: Callback<()>) {
        if forms(IN_PANELS).is_empty() {
            to.run(());
        } else {
            self.ask(Way::Out(to));
        }
    }

    /// Closes a panel, once the reader agrees to lose what is not saved in it; tells whether it stays until then. One
    /// press of Escape may close the question and the panel below it: who has just said to stay is not asked again.
    pub fn close(self, panel: &Element, close: Callback<()>) -> bool {
        if panel.query_selector(FORMS).is_ok_and(|form| form.is_some()) {
            return self.stays.get_value() || self.ask(Way::Out(close));
        }
        close.run(());
        false
    }

    fn ask(self, way: Way) -> bool {
        self.asked.set(Some(way));
        true
    }

    fn leave(self) {
        let way = self.asked.get_untracked();
        self.asked.set(None);
        match way {
            Some(Way::To(href, lost)) => {
                forget(lost);
                address::go(&href);
            }
            Some(Way::Back(lost)) => {
                forget(lost);
                _ = window().history().and_then(|history| history.back());
            }
            // Its forms go with it. What is written in the page stays.
            Some(Way::Out(close)) => _ = close.try_run(()),
            None => {}
        }
    }

    /// Shows the question while it is asked.
    pub fn question(self) -> AnyView {
        let close = Callback::new(move |()| {
            self.asked.set(None);
            self.stays.set_value(true);
            set_timeout(move || _ = self.stays.try_set_value(false), AT_ONCE);
        });
        let asked = Memo::new(move |_| self.asked.with(Option::is_some));
        let shown = move || {
            asked.get().then(|| {
                any! {
                    <Dialog title="Leave without saving?" on_close=close>
                        <p>"What you changed here is not saved yet. It is lost if you leave."</p>
                        <p class="actions">
                            <button type="button" class="main" on:click=move |_| close.run(())>
                                "Stay here"
                            </button>
                            <button type="button" class="danger" on:click=move |_| self.leave()>
                                "Leave without saving"
                            </button>
                        </p>
                    </Dialog>
                }
            })
        };
        shown.into_any()
    }
}

/// Lets go of these forms.
fn forget(lost: &str) {
    forms(lost).iter().for_each(|form| _ = form.remove_attribute(CHANGED));
}

/// Tells whether something is not saved.
pub fn any() -> bool {
    !forms(FORMS).is_empty()
}

/// Notes that a form is saved, by something in it.
pub fn saved(inside: &Element) {
    if let Ok(Some(form)) = inside.closest("form[data-guarded]") {
        _ = form.remove_attribute(CHANGED);
    }
}

/// Notes that a form has changed without a key, such as by a part that was taken out of it.
pub fn changed_in(form: &str) {
    if let Ok(Some(form)) = document().query_selector(form) {
        changed(&form);
    }
}

fn changed(inside: &Element) {
    if let Ok(Some(form)) = inside.closest("form[data-guarded]") {
        // Only a name that is no name is refused.
        _ = form.set_attribute(CHANGED, "");
    }
}

fn note(event: &Event) {
    let Some(field) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    if field.closest("[data-loose]").is_ok_and(|loose| loose.is_none()) {
        changed(&field);
    }
}

/// Finds forms in which something is not saved.
fn forms(which: &str) -> Vec<Element> {
    let Ok(found) = document().query_selector_all(which) else {
        return Vec::new();
    };
    (0..found.length()).filter_map(|place| found.get(place)?.dyn_into().ok()).collect()
}

/// Gives which forms are at one address and not at another, if something in them is not saved.
fn lost(from: &Address, to: &Address) -> Option<&'static str> {
    gone(from, to).filter(|gone| !forms(gone).is_empty())
}

/// Finds the forms that are at one address and not at another; none when all of them stay.
fn gone(from: &Address, to: &Address) -> Option<&'static str> {
    let differs = |parameter: &&str| from.parameter(parameter) != to.parameter(parameter);
    if from.path != to.path || differs(&"part") {
        return Some(FORMS);
    }
    address::OPENING.iter().any(differs).then_some(IN_PANELS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_goes_with_its_page_its_part_or_its_panel() {
        let at = |path: &str, query: &[(&str, &str)]| Address {
            path: path.to_owned(),
            query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let opened = at("/sets/1", &[("open", "a")]);
        assert_eq!(gone(&at("/sets/1", &[]), &at("/sets/2", &[])), Some(FORMS));
        assert_eq!(gone(&at("/sets/1", &[]), &at("/sets/1", &[("part", "runs")])), Some(FORMS));
        assert_eq!(gone(&opened, &at("/sets/1", &[])), Some(IN_PANELS));
        assert_eq!(gone(&opened, &at("/sets/1", &[("open", "b")])), Some(IN_PANELS));
        assert_eq!(gone(&at("/logs", &[("add", "1")]), &at("/logs", &[])), Some(IN_PANELS));
        assert_eq!(gone(&opened, &at("/sets/1", &[("open", "a"), ("diff", "raw")])), None);
    }
}
