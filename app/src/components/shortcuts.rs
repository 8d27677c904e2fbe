//! Listening to the keyboard: what a shortcut does is told to whoever asked last, then to the page.
//!
//! Leaves out which keys do what (`shortcut`).

use leptos::ev;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

use crate::clock;
use crate::shortcut::{self, Does, Heard, Press, Shortcut};

/// Where it is kept that single keys are off.
const KEY: &str = "shortcuts";
const OFF: &str = "off";

/// How long the second key of a shortcut is waited for, in milliseconds.
const PATIENCE: i64 = 1_500;

/// Does something, if it can; tells whether.
type Handle = Box<dyn Fn(&Does) -> bool>;

/// The shortcuts of the app; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Shortcuts {
    /// Single keys are shortcuts.
    single: RwSignal<bool>,
    /// Who asks to be told, with a number to be taken out by.
    asked: StoredValue<Vec<(u32, Handle)>, LocalStorage>,
}

impl Shortcuts {
    /// Listens for as long as the app runs. `otherwise` does what nobody who asked has done.
    pub fn provide(otherwise: impl Fn(&Does) -> bool + 'static) -> Self {
        let shortcuts = Self {
            single: RwSignal::new(kept().as_deref() != Some(OFF)),
            asked: StoredValue::new_local(vec![(0, Box::new(otherwise) as Handle)]),
        };
        provide_context(shortcuts);
        let begun = StoredValue::new(None::<(&'static str, i64)>);
        let listener = window_event_listener(ev::keydown, move |event| shortcuts.hear(&event, begun));
        on_cleanup(move || listener.remove());
        shortcuts
    }

    /// Gives the shortcuts of the app; none outside of its frame.
    pub fn of_app() -> Option<Self> {
        use_context()
    }

    /// Tells whether single keys are shortcuts, as that changes.
    pub fn single(self) -> bool {
        self.single.get()
    }

    /// Switches single keys on or off, for good.
    pub fn switch(self, on: bool) {
        self.single.set(on);
        if let Ok(Some(storage)) = window().local_storage() {
            // Blocked storage only means that the choice is not remembered.
            _ = if on { storage.remove_item(KEY) } else { storage.set_item(KEY, OFF) };
        }
    }

    fn hear(self, event: &KeyboardEvent, begun: StoredValue<Option<(&'static str, i64)>>) {
        // A key of an input method has no meaning of its own.
        if event.default_prevented() || event.is_composing() {
            return;
        }
        let key = shortcut::name(&event.key(), event.shift_key());
        let press = Press {
            key: &key,
            held: event.ctrl_key() || event.meta_key(),
            alt: event.alt_key(),
            typing: is_typing(event),
        };
        let now = clock::now().millis();
        let before = begun.get_value().filter(|(_, at)| now - at < PATIENCE).map(|(key, _)| key);
        let heard = shortcut::read(before, press, self.single.get_untracked());
        begun.set_value(match heard {
            Heard::Waits(key) => Some((key, now)),
            _ => None,
        });
        let Heard::Does(does) = heard else { return };
        let done = self.asked.with_value(|asked| asked.iter().rev().any(|(_, handle)| handle(does)));
        if done {
            event.prevent_default();
        }
    }
}

/// Asks to be told of shortcuts before the page is, for as long as what asks is there. `handle` tells whether it did
/// something.
pub fn on_shortcut(handle: impl Fn(&Does) -> bool + 'static) {
    let Some(Shortcuts { asked, .. }) = Shortcuts::of_app() else { return };
    let number = clock::draw();
    asked.update_value(|asked| asked.push((number, Box::new(handle))));
    on_cleanup(move || {
        _ = asked.try_update_value(|asked| asked.retain(|(other, _)| *other != number));
    });
}

/// Does what the pages leave to the frame; tells whether there was anything to do.
pub fn on_page(does: &Does) -> bool {
    match does {
        Does::Search => search(),
        Does::Next => step(1),
        Does::Previous => step(-1),
        Does::Check => press_in_row("input[type='checkbox']"),
        Does::LeaveOut => press_in_row(".leave-out"),
        // Only a list knows which rows it has.
        Does::CheckNext | Does::CheckPrevious | Does::First | Does::Last => false,
        Does::Help | Does::Palette | Does::Undo | Does::Go(_) | Does::Open | Does::Page | Does::Close => {
            false
        }
    }
}

fn kept() -> Option<String> {
    window().local_storage().ok()??.get_item(KEY).ok()?
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    target.is_some_and(|target| {
        let kind = target.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::type_).unwrap_or_default();
        target.is_content_editable() || shortcut::takes_keys(&target.tag_name(), &kind)
    })
}

/// Finds what is seen of what a selector finds, in the panel that lies on top or else in the page.
fn seen(selector: &str) -> Vec<HtmlElement> {
    let all = |selector: &str| {
        let found = document().query_selector_all(selector).ok();
        let found =
            found.into_iter().flat_map(|list| (0..list.length()).filter_map(move |place| list.get(place)));
        found.filter_map(|node| node.dyn_into::<HtmlElement>().ok()).collect::<Vec<_>>()
    };
    let panels = all("dialog[open]");
    let found = match panels.last() {
        Some(panel) => {
            let mut found = all(&format!("dialog[open] {selector}"));
            found.retain(|element| panel.contains(Some(element)));
            found
        }
        None => all(&format!("main {selector}")),
    };
    found.into_iter().filter(takes_room).collect()
}

/// Tells whether something takes room: what is folded away or hidden does not.
fn takes_room(element: &HtmlElement) -> bool {
    let room = element.get_bounding_client_rect();
    room.width() > 0.0 && room.height() > 0.0
}

fn search() -> bool {
    let Some(field) = seen("input[type='search']").into_iter().next() else { return false };
    _ = field.focus();
    if let Some(field) = field.dyn_ref::<HtmlInputElement>() {
        field.select();
    }
    true
}

/// The links that open rows.
const ROWS: &str = "a.open";

/// Gives the row that has the focus, itself or something in it.
fn focused_row() -> Option<Element> {
    document().active_element()?.closest("tr, li").ok()?
}

/// Moves the focus to another row, so many further on; to the first when none has it.
fn step(by: isize) -> bool {
    let rows = seen(ROWS);
    let focused = focused_row();
    let place =
        rows.iter().position(|row| focused.as_ref().is_some_and(|focused| focused.contains(Some(row))));
    let next = match place {
        Some(place) => place.checked_add_signed(by).and_then(|place| rows.get(place)),
        None => rows.first(),
    };
    next.is_some_and(|row| row.focus().is_ok())
}

/// Presses what a selector finds in the row that has the focus, such as its box.
fn press_in_row(selector: &str) -> bool {
    let found = focused_row().and_then(|row| row.query_selector(selector).ok().flatten());
    let found = found.and_then(|field| field.dyn_into::<HtmlElement>().ok());
    found.map(|field| field.click()).is_some()
}

/// Counts the panels that are open, one over the other.
pub fn panels() -> u32 {
    document().query_selector_all("dialog[open]").map_or(0, |panels| panels.length())
}

/// Tells whether the keyboard is a Mac's.
pub fn is_mac() -> bool {
    window()
        .navigator()
        .platform()
        .is_ok_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}

/// Shows the keys of a shortcut.
pub fn keys(shortcut: &Shortcut) -> AnyView {
    let keys = shortcut::written(shortcut, is_mac()).into_iter().enumerate();
    let keys = keys.map(|(place, key)| any! { {(place > 0).then_some(" then ")} <kbd>{key}</kbd> });
    keys.collect_view().into_any()
}
