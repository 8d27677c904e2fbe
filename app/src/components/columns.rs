//! The columns of a table: which are shown, in which order, and how wide.
//!
//! Order and what is hidden are in the address, so that a link shows the same; widths are a matter of the screen, and
//! stay with the browser. Leaves out which columns a table has.

use leptos::prelude::*;
use shared::order::{self, Order};
use web_sys::{KeyboardEvent, PointerEvent};

use crate::address;
use crate::cell::{Cell, Derived};
use crate::components::sorting;

/// What a table has columns of.
pub trait Column: Copy + PartialEq + Send + Sync + 'static {
    /// What its rows are sorted by.
    type By: order::Column;
    /// All columns, as they are shown when the address says nothing.
    const ALL: &'static [Self];
    /// The one that leads to what a row is of: it cannot be hidden.
    const LEADS: Self;
    /// What the browser keeps widths under.
    const KEY: &'static str;

    /// Gives the word that stands for it in an address.
    fn word(self) -> &'static str;
    /// Gives its name on the screen.
    fn title(self) -> &'static str;
    /// Gives what rows are sorted by who press it; none where they cannot be.
    fn by(self) -> Option<Self::By>;
    /// Tells whether it holds numbers.
    fn is_number(self) -> bool;
    /// Gives its width in pixels before anybody made it another; none shares what is left.
    fn width(self) -> Option<f64>;
}

/// How narrow and how wide a column can be made, in pixels.
const NARROWEST: f64 = 48.0;
const WIDEST: f64 = 1_200.0;

/// What a press of an arrow key does to a width, in pixels.
const STEP: f64 = 16.0;

/// Reads the columns that an address asks for: those it names, in that order, and the one that leads to what a row is
/// of. Words that are not known, or stand twice, are left out.
fn read<C: Column>(words: Option<&str>) -> Vec<C> {
    let Some(words) = words else { return C::ALL.to_vec() };
    let mut columns = Vec::new();
    for word in words.split(',') {
        let column = C::ALL.iter().copied().find(|column| column.word() == word);
        columns.extend(column.filter(|column| !columns.contains(column)));
    }
    if !columns.contains(&C::LEADS) {
        columns.push(C::LEADS);
    }
    columns
}

/// Writes columns for an address; none for those that are shown when it says nothing.
fn write<C: Column>(columns: &[C]) -> Option<String> {
    let words: Vec<_> = columns.iter().map(|column| column.word()).collect();
    (columns != C::ALL).then(|| words.join(","))
}

/// Gives the columns with one moved by a place, if it is shown.
fn moved<C: Column>(columns: &[C], column: C, by: isize) -> Vec<C> {
    let mut columns = columns.to_vec();
    let place = columns.iter().position(|known| *known == column);
    let other = place.and_then(|place| place.checked_add_signed(by)).filter(|other| *other < columns.len());
    if let Some((place, other)) = place.zip(other) {
        columns.swap(place, other);
    }
    columns
}

/// Gives the columns with one shown, at the end, or hidden.
fn toggled<C: Column>(columns: &[C], column: C) -> Vec<C> {
    if columns.contains(&column) {
        return columns.iter().copied().filter(|known| *known != column).collect();
    }
    // What was hidden comes back before the first of those that usually stand after it.
    let after = C::ALL.iter().skip_while(|known| **known != column).skip(1);
    let place = after.filter_map(|next| columns.iter().position(|known| known == next)).min();
    let mut columns = columns.to_vec();
    columns.insert(place.unwrap_or(columns.len()), column);
    columns
}

/// The columns as they are shown; a handle that can be copied.
pub struct Columns<C> {
    shown: Derived<Vec<C>>,
    /// What somebody made of widths, by the places of the columns among all.
    widths: Cell<Vec<Option<f64>>>,
}

impl<C> Clone for Columns<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Columns<C> {}

impl<C: Column> Columns<C> {
    /// Follows the address.
    pub fn of_address() -> Self {
        let words = address::parameter("columns");
        let shown = Derived::new(move || words.with(|words| read(words.as_deref())));
        Self { shown, widths: Cell::new(stored(C::KEY, C::ALL.len())) }
    }

    /// Gives how many are shown, as that changes.
    pub fn count(self) -> usize {
        self.shown.with(Vec::len)
    }

    /// Shows the cells of a row, as they are chosen.
    pub fn cells(self, cell: impl Fn(C) -> AnyView + Send + Sync + 'static) -> AnyView {
        let cells = move || self.shown.get().into_iter().map(&cell).collect_view();
        any! { {cells} }
    }

    /// Shows how wide they are.
    pub fn cols(self) -> AnyView {
        self.cells(move |column| any! { <col style:width=move || self.width(column) /> })
    }

    /// Shows their heads.
    pub fn heads(self, order: Derived<Order<C::By>>) -> AnyView {
        self.cells(move |column| self.head(column, order))
    }

    /// Gives the width of a column for a style; empty where it shares what is left.
    fn width(self, column: C) -> String {
        self.pixels(column).map_or_else(String::new, |width| format!("{width}px"))
    }

    fn pixels(self, column: C) -> Option<f64> {
        self.widths.with(|widths| widths.get(place(column)).copied().flatten()).or_else(|| column.width())
    }

    fn resize(self, column: C, width: f64) {
        self.widths.update(|widths| {
            if let Some(own) = widths.get_mut(place(column)) {
                *own = Some(width.clamp(NARROWEST, WIDEST));
            }
        });
    }

    fn keep_widths(self) {
        let widths = self.widths.get_untracked();
        let word = |width: &Option<f64>| width.map_or_else(String::new, |width| format!("{width:.0}"));
        let words: Vec<_> = widths.iter().map(word).collect();
        if let Ok(Some(storage)) = window().local_storage() {
            // Where nothing can be stored, widths last as long as the page.
            _ = storage.set_item(C::KEY, &words.join(","));
        }
    }

    /// Shows the head of a column, which sorts where it can, with its edge to be dragged.
    fn head(self, column: C, order: Derived<Order<C::By>>) -> AnyView {
        let node = NodeRef::<leptos::html::Th>::new();
        // Where the pointer took hold of the edge, and how wide the column was then.
        let held = Cell::new(None::<(f64, f64)>);
        let now = move || {
            let node = untrack(|| node.get());
            node.map_or(NARROWEST, |node| node.get_bounding_client_rect().width())
        };
        let take = move |event: PointerEvent| {
            event.prevent_default();
            let target = event
                .target()
                .and_then(|target| leptos::wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(target).ok());
            // The edge hears of the pointer wherever it goes.
            _ = target.map(|target| target.set_pointer_capture(event.pointer_id()));
            held.set(Some((f64::from(event.client_x()), now())));
        };
        let drag = move |event: PointerEvent| {
            if let Some((from, width)) = held.get_untracked() {
                self.resize(column, width + f64::from(event.client_x()) - from);
            }
        };
        let release = move |_: PointerEvent| {
            held.set(None);
            self.keep_widths();
        };
        let press = move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowRight" => STEP,
                "ArrowLeft" => -STEP,
                _ => return,
            };
            event.prevent_default();
            self.resize(column, now() + by);
            self.keep_widths();
        };
        let title = match column.by() {
            None => column.title().into_any(),
            Some(by) => sorting::button(column.title(), order, by),
        };
        any! {
            <th scope="col" class:number=column.is_number() node_ref=node aria-sort=move || column.by().and_then(|by| sorting::said(order, by))>
                {title}
                <span
                    class="edge"
                    role="separator"
                    tabindex="0"
                    aria-orientation="vertical"
                    aria-label=format!("Width of {}", column.title())
                    aria-valuemin=NARROWEST.to_string()
                    aria-valuemax=WIDEST.to_string()
                    aria-valuenow=move || self.pixels(column).unwrap_or_else(now).round().to_string()
                    on:pointerdown=take
                    on:pointermove=drag
                    on:pointerup=release
                    on:pointercancel=release
                    on:keydown=press
                ></span>
            </th>
        }
    }

    /// Shows what columns there are, to be shown, hidden and moved.
    pub fn choice(self) -> AnyView {
        let set = |columns: &[C]| address::set(&[("columns", write(columns))]);
        let line = move |&column: &C| {
            let shown = move || self.shown.with(|shown| shown.contains(&column));
            let step = move |by: isize, sign: &'static str, way: &'static str| {
                let can = move || self.shown.with(|shown| moved(shown, column, by) != *shown);
                any! {
                    <button
                        type="button"
                        class="icon"
                        aria-label=format!("Move {} {way}", column.title())
                        disabled=move || !can()
                        on:click=move |_| set(&moved(&self.shown.get_untracked(), column, by))
                    >
                        {sign}
                    </button>
                }
            };
            any! {
                <li>
                    <label class="choice">
                        <input
                            type="checkbox"
                            disabled=column == C::LEADS
                            prop:checked=shown
                            on:change=move |_| set(&toggled(&self.shown.get_untracked(), column))
                        />
                        {column.title()}
                    </label>
                    {step(-1, "↑", "to the left")} {step(1, "↓", "to the right")}
                </li>
            }
        };
        let usual = move || self.shown.with(|shown| write(shown).is_none());
        any! {
            <details class="columns">
                <summary>"Columns"</summary>
                <div class="choices">
                    <ul>{C::ALL.iter().map(line).collect_view()}</ul>
                    <button type="button" disabled=usual on:click=move |_| set(C::ALL)>
                        "As usual"
                    </button>
                </div>
            </details>
        }
    }
}

/// Gives the place of a column among all.
fn place<C: Column>(column: C) -> usize {
    C::ALL.iter().position(|known| *known == column).unwrap_or_default()
}

fn stored(key: &str, columns: usize) -> Vec<Option<f64>> {
    let storage = window().local_storage().ok().flatten();
    let words = storage.and_then(|storage| storage.get_item(key).ok()?).unwrap_or_default();
    let read = |word: &str| word.parse().ok().filter(|width| (NARROWEST..=WIDEST).contains(width));
    let mut widths: Vec<_> = words.split(',').map(read).collect();
    widths.resize(columns, None);
    widths
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::api::logs::By;

    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Known(&'static str);

    const TIME: Known = Known("time");
    const FEATURE: Known = Known("feature");
    const MODEL: Known = Known("model");
    const REQUEST: Known = Known("request");
    const COST: Known = Known("cost");
    const TOKENS: Known = Known("tokens");

    impl Column for Known {
        type By = By;
        const ALL: &'static [Self] = &[TIME, FEATURE, MODEL, REQUEST, COST, TOKENS];
        const LEADS: Self = REQUEST;
        const KEY: &'static str = "known";

        fn word(self) -> &'static str {
            self.0
        }
        fn title(self) -> &'static str {
            self.0
        }
        fn by(self) -> Option<By> {
            None
        }
        fn is_number(self) -> bool {
            false
        }
        fn width(self) -> Option<f64> {
            None
        }
    }

    fn words(columns: &[Known]) -> String {
        write(columns).unwrap_or_else(|| "as usual".to_owned())
    }

    fn check(address: Option<&str>, expected: Expect) {
        expected.assert_eq(&words(&read::<Known>(address)));
    }

    #[test]
    fn an_address_names_columns_in_their_order() {
        check(None, expect!["as usual"]);
        check(Some("cost,request"), expect!["cost,request"]);
        check(Some("time,feature,model,request,cost,tokens"), expect!["as usual"]);
    }

    #[test]
    fn what_leads_to_a_row_is_always_shown_and_nothing_twice() {
        check(Some("cost,unknown,cost"), expect!["cost,request"]);
        check(Some(""), expect!["request"]);
    }

    #[test]
    fn columns_move_by_a_place_and_no_further() {
        let columns = [TIME, REQUEST, COST];
        expect!["time,cost,request"].assert_eq(&words(&moved(&columns, COST, -1)));
        expect!["time,request,cost"].assert_eq(&words(&moved(&columns, COST, 1)));
        expect!["time,request,cost"].assert_eq(&words(&moved(&columns, MODEL, 1)));
    }

    #[test]
    fn what_was_hidden_comes_back_where_it_usually_stands() {
        expect!["request,cost"].assert_eq(&words(&toggled(&[TIME, REQUEST, COST], TIME)));
        expect!["time,feature,request"].assert_eq(&words(&toggled(&[TIME, REQUEST], FEATURE)));
        expect!["cost,request,tokens"].assert_eq(&words(&toggled(&[COST, REQUEST], TOKENS)));
        for &column in Known::ALL {
            assert_eq!(toggled(&toggled(Known::ALL, column), column), Known::ALL, "{column:?}");
        }
    }
}
