//! The columns of the table of logs: which there are, in which order, and how wide.
//!
//! Order and what is hidden are in the address, so that a link shows the same; widths are a matter of the screen, and
//! stay with the browser.

use leptos::prelude::*;
use shared::api::logs::{By, Order};
use web_sys::{KeyboardEvent, PointerEvent};

use crate::address;
use crate::cell::{Cell, Derived};
use crate::components::sorting;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Time,
    Feature,
    Model,
    Request,
    Response,
    Latency,
    Cost,
    Tokens,
}

use Column::{Cost, Feature, Latency, Model, Request, Response, Time, Tokens};

/// The columns as they are shown when the address says nothing.
const ALL: [Column; 8] = [Time, Feature, Model, Request, Response, Latency, Cost, Tokens];

/// How narrow and how wide a column can be made, in pixels.
const NARROWEST: f64 = 48.0;
const WIDEST: f64 = 1_200.0;

/// What a press of an arrow key does to a width, in pixels.
const STEP: f64 = 16.0;

const KEY: &str = "log-columns";

impl Column {
    /// Gives the word that stands for it in an address.
    pub fn word(self) -> &'static str {
        match self {
            Time => "time",
            Feature => "feature",
            Model => "model",
            Request => "request",
            Response => "response",
            Latency => "latency",
            Cost => "cost",
            Tokens => "tokens",
        }
    }

    /// Gives its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Time => "Time",
            Feature => "Feature",
            Model => "Model",
            Request => "Request",
            Response => "Response",
            Latency => "Latency",
            Cost => "Cost",
            Tokens => "Tokens",
        }
    }

    /// Gives what logs are sorted by who press it; none where they cannot be.
    fn by(self) -> Option<By> {
        match self {
            Time => Some(By::Time),
            Latency => Some(By::Latency),
            Cost => Some(By::Cost),
            Tokens => Some(By::Tokens),
            Feature | Model | Request | Response => None,
        }
    }

    /// Tells whether it holds numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Latency | Cost | Tokens)
    }

    /// Gives its width in pixels before anybody made it another; none shares what is left.
    fn width(self) -> Option<f64> {
        match self {
            Time => Some(116.0),
            Feature | Model => Some(150.0),
            Request | Response => None,
            Latency | Cost => Some(84.0),
            Tokens => Some(108.0),
        }
    }
}

/// Reads the columns that an address asks for: those it names, in that order. The request leads to the log, so it
/// cannot be hidden; words that are not known, or stand twice, are left out.
pub fn read(words: Option<&str>) -> Vec<Column> {
    let Some(words) = words else { return ALL.to_vec() };
    let mut columns = Vec::new();
    for word in words.split(',') {
        let column = ALL.into_iter().find(|column| column.word() == word);
        columns.extend(column.filter(|column| !columns.contains(column)));
    }
    if !columns.contains(&Request) {
        columns.push(Request);
    }
    columns
}

/// Writes columns for an address; none for those that are shown when it says nothing.
pub fn write(columns: &[Column]) -> Option<String> {
    let words: Vec<_> = columns.iter().map(|column| column.word()).collect();
    (columns != ALL).then(|| words.join(","))
}

/// Gives the columns with one moved by a place, if it is shown.
fn moved(columns: &[Column], column: Column, by: isize) -> Vec<Column> {
    let mut columns = columns.to_vec();
    let place = columns.iter().position(|known| *known == column);
    let other = place.and_then(|place| place.checked_add_signed(by)).filter(|other| *other < columns.len());
    if let Some((place, other)) = place.zip(other) {
        columns.swap(place, other);
    }
    columns
}

/// Gives the columns with one shown, at the end, or hidden.
fn toggled(columns: &[Column], column: Column) -> Vec<Column> {
    if columns.contains(&column) {
        return columns.iter().copied().filter(|known| *known != column).collect();
    }
    // What was hidden comes back before the first of those that usually stand after it.
    let after = ALL.iter().skip_while(|known| **known != column).skip(1);
    let place = after.filter_map(|next| columns.iter().position(|known| known == next)).min();
    let mut columns = columns.to_vec();
    columns.insert(place.unwrap_or(columns.len()), column);
    columns
}

/// The columns as they are shown; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Columns {
    pub shown: Derived<Vec<Column>>,
    /// What somebody made of widths, by the places of the columns in `ALL`.
    widths: Cell<[Option<f64>; 8]>,
}

impl Columns {
    /// Follows the address.
    pub fn of_address() -> Self {
        let words = address::parameter("columns");
        let shown = Derived::new(move || words.with(|words| read(words.as_deref())));
        Self { shown, widths: Cell::new(stored()) }
    }

    /// Gives the width of a column for a style; empty where it shares what is left.
    pub fn width(self, column: Column) -> String {
        self.pixels(column).map_or_else(String::new, |width| format!("{width}px"))
    }

    fn pixels(self, column: Column) -> Option<f64> {
        self.widths.with(|widths| widths.get(column as usize).copied().flatten()).or_else(|| column.width())
    }

    fn resize(self, column: Column, width: f64) {
        self.widths.update(|widths| {
            if let Some(own) = widths.get_mut(column as usize) {
                *own = Some(width.clamp(NARROWEST, WIDEST));
            }
        });
    }

    fn keep_widths(self) {
        let widths = self.widths.get_untracked();
        let words = widths.map(|width| width.map_or_else(String::new, |width| format!("{width:.0}")));
        if let Ok(Some(storage)) = window().local_storage() {
            // Where nothing can be stored, widths last as long as the page.
            _ = storage.set_item(KEY, &words.join(","));
        }
    }

    /// Shows the head of a column, which sorts where it can, with its edge to be dragged.
    pub fn head(self, column: Column, order: Derived<Order>) -> AnyView {
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
        let set = |columns: &[Column]| address::set(&[("columns", write(columns))]);
        let line = move |column: Column| {
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
                            disabled=column == Request
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
                    <ul>{ALL.map(line).collect_view()}</ul>
                    <button type="button" disabled=usual on:click=move |_| set(&ALL)>
                        "As usual"
                    </button>
                </div>
            </details>
        }
    }
}

fn stored() -> [Option<f64>; 8] {
    let storage = window().local_storage().ok().flatten();
    let words = storage.and_then(|storage| storage.get_item(KEY).ok()?).unwrap_or_default();
    let mut widths = [None; 8];
    for (width, word) in widths.iter_mut().zip(words.split(',')) {
        *width = word.parse().ok().filter(|width| (NARROWEST..=WIDEST).contains(width));
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn words(columns: &[Column]) -> String {
        write(columns).unwrap_or_else(|| "as usual".to_owned())
    }

    fn check(address: Option<&str>, expected: Expect) {
        expected.assert_eq(&words(&read(address)));
    }

    #[test]
    fn an_address_names_columns_in_their_order() {
        check(None, expect!["as usual"]);
        check(Some("cost,request"), expect!["cost,request"]);
        check(Some("time,feature,model,request,response,latency,cost,tokens"), expect!["as usual"]);
    }

    #[test]
    fn what_leads_to_the_log_is_always_shown_and_nothing_twice() {
        check(Some("cost,unknown,cost"), expect!["cost,request"]);
        check(Some(""), expect!["request"]);
    }

    #[test]
    fn columns_move_by_a_place_and_no_further() {
        let columns = [Time, Request, Cost];
        expect!["time,cost,request"].assert_eq(&words(&moved(&columns, Cost, -1)));
        expect!["time,request,cost"].assert_eq(&words(&moved(&columns, Cost, 1)));
        expect!["time,request,cost"].assert_eq(&words(&moved(&columns, Model, 1)));
    }

    #[test]
    fn what_was_hidden_comes_back_where_it_usually_stands() {
        expect!["request,cost"].assert_eq(&words(&toggled(&[Time, Request, Cost], Time)));
        expect!["time,feature,request"].assert_eq(&words(&toggled(&[Time, Request], Feature)));
        expect!["cost,request,tokens"].assert_eq(&words(&toggled(&[Cost, Request], Tokens)));
        for column in ALL {
            assert_eq!(toggled(&toggled(&ALL, column), column), ALL, "{column:?}");
        }
    }
}
