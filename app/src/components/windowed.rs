//! Long lists and tables of which only the rows near the screen are in the page.
//!
//! The page itself scrolls, not a box in it: there is one scrollbar, a wheel or a thumb never gets stuck in a box, a
//! narrow screen is used whole, and what stands above the list goes away while one reads. Rows are in the flow, with
//! gaps in the place of those that are not drawn, so that a row that grows pushes the next ones by itself. Leaves out
//! which rows are drawn (`window`).

pub mod place;

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, HtmlElement, KeyboardEvent, MutationObserver, MutationObserverInit, MutationRecord,
    ResizeObserver, ResizeObserverEntry,
};

use crate::cell::{Cell, Derived};
use crate::window::heights::Heights;
use crate::window::{Piece, Reading, Window};

/// The rows of a list by their numbers: each row keeps its own, wherever it stands. Numbers are small.
pub type Numbers = Arc<Vec<usize>>;

/// How the place of a row is written, without a space, and found again when its number may be another.
pub struct Naming {
    pub write: Box<dyn Fn(usize) -> Option<String>>,
    pub find: Find,
}

type Find = Box<dyn Fn(&str) -> Option<usize>>;

impl Naming {
    /// By the number, where a row has the same whenever the list is shown.
    pub fn by_number() -> Self {
        Self { write: Box::new(|number| Some(number.to_string())), find: Box::new(|word| word.parse().ok()) }
    }
}

/// What is kept free above a row that is scrolled into sight, in pixels: the head of the page. And below it.
pub const HEAD: f64 = 64.0;
const FOOT: f64 = 16.0;

/// How often one goes to a place again as its rows are measured.
const STEPS: u32 = 2;

/// How long nothing is scrolled before all is still, in milliseconds, where the browser does not say so.
const STILL_MS: u64 = 200;

/// A long list; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Windowed {
    numbers: Derived<Numbers>,
    drawn: Cell<Arc<Vec<Slot>>>,
    shown: Cell<(usize, usize)>,
    list: StoredValue<Rc<RefCell<List>>, LocalStorage>,
}

/// A child of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Slot {
    /// The so-manieth gap.
    Gap {
        nth: usize,
        height: f64,
    },
    Row {
        number: usize,
        place: usize,
    },
}

impl Slot {
    /// Tells it from the other children: gaps are below zero.
    fn key(&self) -> isize {
        match *self {
            Self::Gap { nth, .. } => -1 - nth as isize,
            Self::Row { number, .. } => number as isize,
        }
    }
}

/// What is known of the list in the page. Nothing here is drawn by itself.
struct List {
    /// Tells its place in the history from that of another list.
    name: &'static str,
    naming: Naming,
    window: Window,
    numbers: Numbers,
    /// What rows measure, by their numbers; 0 where it is not known.
    known: Vec<f64>,
    estimate: f64,
    estimated: bool,
    /// The number of the row that has the focus.
    focused: Option<usize>,
    node: Option<Element>,
    width: f64,
    /// How far the list is from the top of the page.
    below: f64,
    scrolling: bool,
    /// On its way to a place: what the page scrolls meanwhile is not the reader's doing.
    going: bool,
    /// Counts how often it was gone somewhere: whoever goes elsewhere on the way does not arrive.
    journeys: u32,
    restored: bool,
    observers: Option<Observers>,
}

/// Kept for as long as the browser may call them.
struct Observers {
    sizes: ResizeObserver,
    children: MutationObserver,
    _sized: Closure<dyn FnMut(Vec<ResizeObserverEntry>)>,
    _changed: Closure<dyn FnMut(Vec<MutationRecord>)>,
}

/// Where to go.
#[derive(Clone, Copy)]
enum Goal {
    To(Reading),
    Last,
}

impl Windowed {
    /// Makes a list of these rows. What was not drawn yet is taken to be as tall as `estimate`, in pixels, until rows
    /// were measured.
    pub fn new(name: &'static str, naming: Naming, numbers: Derived<Numbers>, estimate: f64) -> Self {
        let list = List {
            name,
            naming,
            window: Window::new(Heights::of(std::iter::empty(), estimate), screen()),
            numbers: Numbers::default(),
            known: Vec::new(),
            estimate,
            estimated: false,
            focused: None,
            node: None,
            width: 0.0,
            below: 0.0,
            scrolling: false,
            going: false,
            journeys: 0,
            restored: false,
            observers: None,
        };
        let windowed = Self {
            numbers,
            drawn: Cell::new(Arc::default()),
            shown: Cell::new((0, 0)),
            list: StoredValue::new_local(Rc::new(RefCell::new(list))),
        };
        Effect::new(move || windowed.take(numbers.get()));
        windowed
    }

    /// Gives the places of the rows on the screen or near it, as they change; none before it is known where the reader
    /// is.
    pub fn shown(self) -> Range<usize> {
        let (first, end) = self.shown.get();
        first..end
    }

    /// Shows it as a list. `id` names a row in the page, `show` draws it.
    pub fn list(
        self,
        class: &'static str,
        id: impl Fn(usize) -> String + Clone + Send + Sync + 'static,
        show: impl Fn(usize) -> AnyView + Clone + Send + Sync + 'static,
    ) -> AnyView {
        let node = NodeRef::<html::Ol>::new();
        Effect::new(move || {
            if let Some(node) = node.get() {
                self.mount(node.into());
            }
        });
        let child = move |slot: Slot| match slot {
            Slot::Gap { nth, .. } => {
                any! { <li class="gap" aria-hidden="true" style:height=self.gap(nth)></li> }
            }
            Slot::Row { number, .. } => any! {
                <li
                    class="result"
                    id=id(number)
                    tabindex="-1"
                    data-row=number.to_string()
                    aria-posinset=move || self.place(number).map(|place| (place + 1).to_string())
                    aria-setsize=move || self.numbers.with(|numbers| numbers.len()).to_string()
                >
                    {show(number)}
                </li>
            },
        };
        any! {
            <ol
                class=class
                node_ref=node
                on:focusin=move |event| self.focus(event.target())
                on:focusout=move |_| self.blur()
                on:keydown=move |event| self.press(&event)
            >
                <For each=move || self.drawn.get().to_vec() key=Slot::key children=child />
            </ol>
        }
    }

    /// Shows it as the body of a table of so many columns. `id` names a row in the page, `show` draws its cells.
    pub fn body(
        self,
        columns: impl Fn() -> usize + Clone + Send + Sync + 'static,
        id: impl Fn(usize) -> String + Clone + Send + Sync + 'static,
        show: impl Fn(usize) -> AnyView + Clone + Send + Sync + 'static,
    ) -> AnyView {
        let node = NodeRef::<html::Tbody>::new();
        Effect::new(move || {
            if let Some(node) = node.get() {
                self.mount(node.into());
            }
        });
        let child = move |slot: Slot| match slot {
            Slot::Gap { nth, .. } => {
                let columns = columns.clone();
                any! {
                    <tr class="gap" aria-hidden="true" style:height=self.gap(nth)>
                        <td colspan=move || columns().to_string()></td>
                    </tr>
                }
            }
            Slot::Row { number, .. } => any! {
                <tr
                    id=id(number)
                    tabindex="-1"
                    data-row=number.to_string()
                    // The head is the first row.
                    aria-rowindex=move || self.place(number).map(|place| (place + 2).to_string())
                >
                    {show(number)}
                </tr>
            },
        };
        any! {
            <tbody
                node_ref=node
                on:focusin=move |event| self.focus(event.target())
                on:focusout=move |_| self.blur()
                on:keydown=move |event| self.press(&event)
            >
                <For each=move || self.drawn.get().to_vec() key=Slot::key children=child />
            </tbody>
        }
    }

    /// Gives the height of a gap, as it changes.
    fn gap(self, wanted: usize) -> impl Fn() -> String + Clone + Send + Sync + 'static {
        move || {
            self.drawn.with(|drawn| {
                let height = drawn.iter().find_map(|slot| match slot {
                    Slot::Gap { nth, height } if *nth == wanted => Some(*height),
                    _ => None,
                });
                format!("{}px", height.unwrap_or_default())
            })
        }
    }

    /// Gives the place of a row that is drawn, as it changes.
    fn place(self, wanted: usize) -> Option<usize> {
        self.drawn.with(|drawn| {
            drawn.iter().find_map(|slot| match slot {
                Slot::Row { number, place } if *number == wanted => Some(*place),
                _ => None,
            })
        })
    }

    /// Changes the list; nothing when the page that it belongs to is gone.
    fn with<T>(self, change: impl FnOnce(&mut List) -> T) -> Option<T> {
        let list = self.list.try_get_value()?;
        let mut list = list.try_borrow_mut().ok()?;
        Some(change(&mut list))
    }

    /// Takes other rows in the place of these.
    fn take(self, numbers: Numbers) {
        self.with(|list| list.take(numbers));
        self.restore();
        self.draw();
    }

    /// Draws what is on the screen now.
    fn draw(self) {
        let Some((slots, shown)) = self.with(|list| list.drawn()) else { return };
        if self.shown.get_untracked() != shown {
            self.shown.set(shown);
        }
        if *self.drawn.get_untracked() != slots {
            self.drawn.set(Arc::new(slots));
        }
    }

    /// Begins with the list in the page.
    fn mount(self, node: Element) {
        let sized =
            Closure::<dyn FnMut(Vec<ResizeObserverEntry>)>::new(move |entries: Vec<_>| self.sized(&entries));
        let changed = Closure::<dyn FnMut(Vec<MutationRecord>)>::new(move |_| self.observe());
        let observers = ResizeObserver::new(sized.as_ref().unchecked_ref())
            .and_then(|sizes| Ok((sizes, MutationObserver::new(changed.as_ref().unchecked_ref())?)));
        // Every browser that runs the app has both.
        let Ok((sizes, children)) = observers else { return };
        let init = MutationObserverInit::new();
        init.set_child_list(true);
        _ = children.observe_with_options(&node, &init);
        if let Some(body) = document().body() {
            sizes.observe(&body);
        }
        let observers = Observers { sizes, children, _sized: sized, _changed: changed };
        self.with(|list| {
            list.node = Some(node);
            list.observers = Some(observers);
            list.look();
        });
        self.observe();
        self.restore();
        self.draw();
        let says_end = js_sys::Reflect::has(&window(), &JsValue::from_str("onscrollend")).unwrap_or_default();
        let still = StoredValue::new(None::<TimeoutHandle>);
        let scrolled = window_event_listener(ev::scroll, move |_| {
            self.scrolled();
            if !says_end {
                let waits = set_timeout_with_handle(
                    move || self.settle(),
                    std::time::Duration::from_millis(STILL_MS),
                );
                let before = still.try_update_value(|still| std::mem::replace(still, waits.ok()));
                before.flatten().inspect(TimeoutHandle::clear);
            }
        });
        let ended = window_event_listener(ev::scrollend, move |_| self.settle());
        let resized = window_event_listener(ev::resize, move |_| self.scrolled());
        on_cleanup(move || {
            scrolled.remove();
            ended.remove();
            resized.remove();
            self.with(|list| {
                if let Some(observers) = list.observers.take() {
                    observers.sizes.disconnect();
                    observers.children.disconnect();
                }
            });
        });
    }

    /// Watches the sizes of the rows that are in the page now, and of no others.
    fn observe(self) {
        self.with(|list| {
            let (Some(node), Some(observers)) = (&list.node, &list.observers) else { return };
            let children = node.children();
            for child in (0..children.length()).filter_map(|place| children.item(place)) {
                // A row that is watched stays so; one that is gone is let go with its element.
                if child.has_attribute("data-row") && !child.has_attribute("data-sized") {
                    _ = child.set_attribute("data-sized", "");
                    observers.sizes.observe(&child);
                }
            }
        });
    }

    /// Takes what rows measure now. This happens before anything of it is seen.
    fn sized(self, entries: &[ResizeObserverEntry]) {
        let moved = self.with(|list| {
            let rows: Vec<_> = entries.iter().map(ResizeObserverEntry::target).collect();
            list.stay_below();
            list.measure(&rows);
            list.look();
            !list.scrolling || list.window.is_cramped()
        });
        if moved == Some(true) {
            self.bring_together();
        }
        self.draw();
        // Texts that come late may move what is read without a scroll.
        self.with(|list| {
            if list.restored && !list.scrolling && !list.going {
                list.keep_place();
            }
        });
    }

    fn scrolled(self) {
        self.with(|list| {
            list.scrolling = true;
            list.look();
        });
        self.draw();
        if self.with(|list| list.window.is_cramped()) == Some(true) {
            self.bring_together();
            self.draw();
        }
    }

    /// All is still.
    fn settle(self) {
        self.with(|list| list.scrolling = false);
        self.bring_together();
        self.draw();
        self.with(|list| {
            // Before that, where the reader was is still to be read.
            if list.restored {
                list.keep_place();
            }
        });
    }

    fn bring_together(self) {
        self.with(|list| {
            if list.going {
                return;
            }
            if let Some(to) = list.window.settle() {
                list.scroll_to(to);
            }
        });
    }

    fn focus(self, target: Option<web_sys::EventTarget>) {
        let target = target.and_then(|target| target.dyn_into::<Element>().ok());
        let row = target.and_then(|target| number_of(&target));
        self.with(|list| list.focused = row);
        self.draw();
    }

    fn blur(self) {
        // Whoever goes to another window comes back to the same row.
        if document().has_focus().unwrap_or(true) {
            self.with(|list| list.focused = None);
            // What has the focus next is told of after this.
            request_animation_frame(move || self.draw());
        }
    }

    fn press(self, event: &KeyboardEvent) {
        let of_field = event.target().is_some_and(|target| target.has_type::<web_sys::HtmlInputElement>());
        if of_field || event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key() {
            return;
        }
        let goal = match event.key().as_str() {
            "Home" => Goal::To(Reading { row: 0, below: screen() / 3.0 }),
            "End" => Goal::Last,
            _ => return,
        };
        event.prevent_default();
        // The list may grow on the way.
        let place = move || {
            self.with(|list| match goal {
                Goal::To(reading) => reading.row,
                Goal::Last => list.numbers.len().saturating_sub(1),
            })
        };
        let first_meant = place();
        self.with(|list| {
            list.focused = first_meant.and_then(|place| list.numbers.get(place).copied());
        });
        self.go(goal, move || {
            if let Some(place) = place() {
                self.focus_at(place);
            }
        });
    }

    /// Goes to the first row, and nowhere else that it was on its way to.
    pub fn to_first(self) {
        self.go(Goal::To(Reading { row: 0, below: screen() / 3.0 }), || {});
    }

    /// Scrolls the row at a place into sight, unless it is seen.
    pub fn reveal(self, place: usize) {
        let towards = self.with(|list| list.window.towards(place, HEAD, FOOT)).flatten();
        if let Some(reading) = towards {
            self.go(Goal::To(reading), || {});
        }
    }

    /// Gives the number of the row that has the focus, itself or something in it.
    pub fn focused(self) -> Option<usize> {
        self.with(|list| list.focused).flatten()
    }

    /// Gives the row at a place the focus, once it is drawn.
    pub fn focus_at(self, place: usize) {
        let number = self.with(|list| list.numbers.get(place).copied()).flatten();
        self.with(|list| list.focused = number);
        self.draw();
        request_animation_frame(move || self.focus_on(number));
    }

    /// Gives a row that is drawn the focus: its link, or itself.
    fn focus_on(self, number: Option<usize>) {
        let row = self.with(|list| {
            let selector = format!("[data-row='{}']", number?);
            list.node.as_ref()?.query_selector(&selector).ok()?
        });
        let Some(row) = row.flatten() else { return };
        let link = row.query_selector("a[href]").ok().flatten().unwrap_or(row);
        if let Ok(link) = link.dyn_into::<HtmlElement>() {
            _ = link.focus();
        }
    }

    /// Goes back to where this entry of the history was left, once.
    fn restore(self) {
        let reading = self.with(|list| {
            if list.restored || list.node.is_none() || list.numbers.is_empty() {
                return None;
            }
            list.restored = true;
            let (word, below) = place::read(list.name)?;
            let number = (list.naming.find)(&word)?;
            let row = list.numbers.iter().position(|known| *known == number)?;
            Some(Reading { row, below })
        });
        if let Some(reading) = reading.flatten() {
            self.go(Goal::To(reading), || {});
        }
    }

    /// Goes somewhere, and again once the rows there were measured.
    fn go(self, goal: Goal, then: impl FnOnce() + 'static) {
        let journey = self.with(|list| {
            list.going = true;
            list.journeys += 1;
            list.journeys
        });
        if let Some(journey) = journey {
            self.step(goal, journey, STEPS, then);
        }
    }

    fn step(self, goal: Goal, journey: u32, left: u32, then: impl FnOnce() + 'static) {
        let to = self.with(|list| {
            let reading = match goal {
                Goal::To(reading) => reading,
                // No further than the end.
                Goal::Last => Reading { row: list.numbers.len().saturating_sub(1), below: 0.0 },
            };
            (list.journeys == journey).then(|| list.window.go(reading))
        });
        let Some(to) = to.flatten() else { return };
        self.draw();
        request_animation_frame(move || {
            self.with(|list| {
                if list.journeys == journey {
                    list.scroll_to(to);
                }
            });
            request_animation_frame(move || {
                if left > 0 {
                    return self.step(goal, journey, left - 1, then);
                }
                let arrived = self.with(|list| {
                    if list.journeys != journey {
                        return false;
                    }
                    list.going = false;
                    list.look();
                    true
                });
                if arrived == Some(true) {
                    self.draw();
                    then();
                }
            });
        });
    }
}

impl List {
    fn take(&mut self, numbers: Numbers) {
        let known = |number: &usize| self.known.get(*number).copied().filter(|height| *height > 0.0);
        if let Some(more) = numbers.strip_prefix(self.numbers.as_slice()).filter(|_| !self.numbers.is_empty())
        {
            self.window.append(more.iter().map(known));
            self.numbers = numbers;
            return;
        }
        let heights = Heights::of(numbers.iter().map(known), self.estimate);
        let reading = self.window.reading().filter(|_| self.window.fills_the_screen()).and_then(|reading| {
            let number = self.numbers.get(reading.row)?;
            let row = numbers.iter().position(|known| known == number)?;
            Some(Reading { row, ..reading })
        });
        self.window.replace(heights, reading);
        self.numbers = numbers;
    }

    fn drawn(&self) -> (Vec<Slot>, (usize, usize)) {
        let focused = self.focused.and_then(|number| self.numbers.iter().position(|known| *known == number));
        let mut gaps = 0;
        let slots = self.window.drawn(focused).into_iter().filter_map(|piece| match piece {
            Piece::Gap(height) => {
                gaps += 1;
                Some(Slot::Gap { nth: gaps, height })
            }
            Piece::Row(place) => Some(Slot::Row { number: *self.numbers.get(place)?, place }),
        });
        let slots = slots.collect();
        let range = if self.restored { self.window.range() } else { 0..0 };
        (slots, (range.start, range.end))
    }

    /// Looks where the list is on the screen.
    fn look(&mut self) {
        // Else what has grown above would be taken for a scroll.
        self.stay_below();
        let Some(node) = self.node.as_ref().filter(|_| !self.going) else { return };
        let rect = node.get_bounding_client_rect();
        self.window.scroll(-rect.top(), screen());
        // Another width makes other heights: those that are not in the page are not known any more.
        if (rect.width() - self.width).abs() > 0.5 {
            self.width = rect.width();
            let drawn: HashSet<_> = self.window.range().filter_map(|row| self.numbers.get(row)).collect();
            let known = |(number, height)| if drawn.contains(&number) { height } else { 0.0 };
            self.known = self.known.iter().copied().enumerate().map(known).collect();
            self.estimated = false;
            self.take(self.numbers.clone());
        }
    }

    /// Keeps what is read where it is when something above the list has grown or shrunk.
    fn stay_below(&mut self) {
        let Some(node) = self.node.as_ref().filter(|_| !self.going) else { return };
        let below = node.get_bounding_client_rect().top() + scrolled();
        let by = below - self.below;
        if by != 0.0 && self.window.fills_the_screen() {
            window().scroll_by_with_x_and_y(0.0, by);
        }
        self.below = below;
    }

    fn measure(&mut self, rows: &[Element]) {
        let first = self.window.range().start;
        let last = self.window.range().end;
        let mut measured = Vec::new();
        for row in rows.iter().filter(|row| row.is_connected()) {
            let Some(number) = number_of(row) else { continue };
            let height = row.get_bounding_client_rect().height();
            if self.known.len() <= number {
                self.known.resize(number + 1, 0.0);
            }
            if let Some(known) = self.known.get_mut(number) {
                *known = height;
            }
            // It is drawn, so it is near; else it is the one with the focus.
            let near =
                self.numbers.get(first..last).and_then(|near| near.iter().position(|known| *known == number));
            let place = near.map(|near| first + near);
            let place = place.or_else(|| self.numbers.iter().position(|known| *known == number));
            measured.extend(place.map(|place| (place, height)));
        }
        if measured.is_empty() {
            return;
        }
        self.window.measure(measured.iter().copied());
        if !self.estimated {
            self.estimated = true;
            let sum: f64 = measured.iter().map(|(_, height)| height).sum();
            self.estimate = sum / measured.len() as f64;
            self.window.estimate(self.estimate);
        }
    }

    /// Scrolls the page so that its top is so far below the top of the list.
    fn scroll_to(&mut self, to: f64) {
        let Some(node) = &self.node else { return };
        let below = node.get_bounding_client_rect().top() + scrolled();
        // What has grown above the list until now is in it.
        self.below = below;
        window().scroll_to_with_x_and_y(0.0, below + to);
    }

    /// Keeps in the history where the reader is.
    fn keep_place(&self) {
        let reading = self.window.reading();
        let place = reading
            .and_then(|reading| Some(((self.naming.write)(*self.numbers.get(reading.row)?)?, reading.below)));
        place::keep(self.name, place);
    }
}

/// Gives the number of the row that an element is in.
fn number_of(element: &Element) -> Option<usize> {
    element.closest("[data-row]").ok()??.get_attribute("data-row")?.parse().ok()
}

/// Gives the height of the screen.
fn screen() -> f64 {
    window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(800.0)
}

/// Gives how far the page is scrolled.
fn scrolled() -> f64 {
    window().scroll_y().unwrap_or_default()
}
