//! Tables that come page by page: the rows near the screen are in the page, and the next page is loaded before what is
//! loaded comes to its end.
//!
//! Rows of every type share one machinery, as pages do. Leaves out how a row looks, and what stands beside the table.

use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;
use std::sync::Arc;

use leptos::prelude::*;

use super::paged::Paged;
use super::windowed::{Naming, Numbers, Windowed};
use crate::cell::{AnyValue, Derived, cast, share};

/// So many rows before the end of what is loaded, more is asked for.
const AHEAD: usize = 40;

/// The rows of a list as they come; a handle that can be copied.
pub struct Listed<T> {
    pages: Paged<T>,
    rows: AnyListed,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Listed<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Listed<T> {}

#[derive(Clone, Copy)]
struct AnyListed {
    known: StoredValue<Known>,
    numbers: Derived<Numbers>,
    list: Windowed,
}

/// How a table looks around its rows.
pub struct Frame {
    /// What it is called.
    pub label: &'static str,
    pub class: &'static str,
    /// How wide its columns are, in pixels; none shares what is left.
    pub widths: Vec<Option<f64>>,
    pub heads: AnyView,
}

/// The rows that were listed so far by their numbers. A row keeps its own wherever it stands, until something in it
/// changes.
struct Known {
    id: Box<dyn Fn(&AnyValue) -> String + Send + Sync>,
    same: fn(&AnyValue, &AnyValue) -> bool,
    rows: Vec<AnyValue>,
    numbers: HashMap<String, usize>,
    /// What tells the list as it is now from others, how many of its rows were taken, and which stand in it.
    of: Option<u32>,
    taken: usize,
    listed: Numbers,
    stand: HashSet<String>,
}

impl Known {
    /// Gives the numbers of a list, which `from` gives from a place on. Of the same one, only what is new is looked at.
    fn follow(&mut self, of: Option<u32>, from: &dyn Fn(usize) -> Vec<AnyValue>) -> Numbers {
        if of.is_none() || of != self.of {
            (self.of, self.taken, self.listed) = (of, 0, Numbers::default());
            self.stand.clear();
        }
        let more = from(self.taken);
        self.taken += more.len();
        let numbers: Vec<_> = more.into_iter().filter_map(|row| self.number(row)).collect();
        if !numbers.is_empty() {
            Arc::make_mut(&mut self.listed).extend(numbers);
        }
        self.listed.clone()
    }

    /// Gives the number of a row; none of one that stands in the list already, and moved while its pages came.
    fn number(&mut self, row: AnyValue) -> Option<usize> {
        let id = (self.id)(&row);
        if !self.stand.insert(id.clone()) {
            return None;
        }
        let known = self.numbers.get(&id).copied();
        let known =
            known.filter(|&number| self.rows.get(number).is_some_and(|known| (self.same)(known, &row)));
        Some(known.unwrap_or_else(|| {
            self.rows.push(row);
            self.numbers.insert(id, self.rows.len() - 1);
            self.rows.len() - 1
        }))
    }

    fn id(&self, number: usize) -> Option<String> {
        self.rows.get(number).map(|row| (self.id)(row))
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Listed<T> {
    /// Lists the rows of pages. `name` tells its place in the history from that of another list, `id` one of its rows
    /// from the others. A row is taken to be as tall as `estimate`, in pixels, until rows were measured.
    pub fn of(name: &'static str, pages: Paged<T>, id: fn(&T) -> String, estimate: f64) -> Self {
        let known = Known {
            id: Box::new(move |row| id(cast(row))),
            same: |one, other| cast::<T>(one) == cast::<T>(other),
            rows: Vec::new(),
            numbers: HashMap::new(),
            of: None,
            taken: 0,
            listed: Numbers::default(),
            stand: HashSet::new(),
        };
        let from = move |place| pages.rows_from(place).into_iter().map(|row| row as AnyValue).collect();
        let rows = AnyListed::start(
            name,
            known,
            // They come at the end alone for as long as the list is the same.
            Box::new(move || (pages.of(), pages.count())),
            Box::new(from),
            Box::new(move || pages.ahead()),
            estimate,
        );
        Self { pages, rows, kind: PhantomData }
    }

    /// Gives the row with a number.
    pub fn row(self, number: usize) -> Option<Arc<T>> {
        self.rows.known.with_value(|known| known.rows.get(number).map(share))
    }

    /// Gives the numbers of the rows in their order, as they come.
    pub fn numbers(self) -> Derived<Numbers> {
        self.rows.numbers
    }

    /// Gives the ids of the rows in their order, as they come.
    pub fn ids(self) -> Vec<String> {
        let numbers = self.rows.numbers.get();
        self.rows.known.with_value(|known| numbers.iter().filter_map(|&number| known.id(number)).collect())
    }

    /// Gives what draws the rows near the screen.
    pub fn list(self) -> Windowed {
        self.rows.list
    }

    /// Gives how many rows a table of them has with its head, as it says so; -1 while more may come.
    pub fn row_count(self) -> String {
        if self.pages.has_more() { "-1".to_owned() } else { (self.pages.count() + 1).to_string() }
    }

    /// Shows a table with a row for each, whose cells `cells` draws; what `empty` gives where there is none.
    pub fn table(
        self,
        frame: impl Fn() -> Frame + Clone + Send + Sync + 'static,
        empty: impl Fn() -> AnyView + Clone + Send + Sync + 'static,
        cells: impl Fn(&T) -> AnyView + Clone + Send + Sync + 'static,
    ) -> AnyView {
        let is_empty = Memo::new(move |_| self.pages.count() == 0);
        let cells = move |number: usize| self.row(number).map(|row| cells(&row)).into_any();
        let table = move || {
            if is_empty.get() {
                return empty();
            }
            self.rows.table(frame(), Box::new(move || self.row_count()), cells.clone())
        };
        self.pages.around(move || any! { {table.clone()} })
    }
}

impl AnyListed {
    fn start(
        name: &'static str,
        known: Known,
        came: Box<dyn Fn() -> (Option<u32>, usize) + Send + Sync>,
        from: Box<dyn Fn(usize) -> Vec<AnyValue> + Send + Sync>,
        ahead: Box<dyn Fn()>,
        estimate: f64,
    ) -> Self {
        let known = StoredValue::new(known);
        let came = StoredValue::new(came);
        let numbers = Derived::new(move || {
            let (of, _) = came.with_value(|came| came());
            known.try_update_value(|known| known.follow(of, &from)).unwrap_or_default()
        });
        let id = move |number| known.with_value(|known| known.id(number));
        let naming = Naming {
            write: Box::new(id),
            find: Box::new(move |word| {
                let numbers = numbers.get_untracked();
                numbers.iter().copied().find(|&number| id(number).is_some_and(|id| id == word))
            }),
        };
        let list = Windowed::new(name, naming, numbers, estimate);
        Effect::new(move || {
            let ((_, loaded), shown) = (came.with_value(|came| came()), list.shown());
            if !shown.is_empty() && shown.end + AHEAD >= loaded {
                ahead();
            }
        });
        Self { known, numbers, list }
    }

    fn table(
        self,
        Frame { label, class, widths, heads }: Frame,
        row_count: Box<dyn Fn() -> String + Send + Sync>,
        cells: impl Fn(usize) -> AnyView + Clone + Send + Sync + 'static,
    ) -> AnyView {
        let columns = widths.len();
        let name = move |number: usize| {
            self.known.with_value(|known| known.id(number)).map(|id| format!("row-{id}")).unwrap_or_default()
        };
        any! {
            <table class=format!("rows fixed {class}") aria-label=label aria-rowcount=row_count>
                {cols(widths)}
                <thead>
                    <tr aria-rowindex="1">{heads}</tr>
                </thead>
                {self.list.body(move || columns, name, cells)}
            </table>
        }
    }
}

fn cols(widths: Vec<Option<f64>>) -> AnyView {
    let col = |width: Option<f64>| {
        any! { <col style:width=width.map_or_else(String::new, |width| format!("{width}px")) /> }
    };
    any! { <colgroup>{widths.into_iter().map(col).collect_view()}</colgroup> }
}
