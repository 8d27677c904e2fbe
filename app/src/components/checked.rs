//! The rows of a list that are checked: one by one, a range by a click with Shift or by keys, or all that are loaded.
//!
//! Leaves out what is done with them.

use std::collections::HashSet;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use leptos::prelude::*;
use web_sys::MouseEvent;

use super::shortcuts::on_shortcut;
use super::windowed::{Numbers, Windowed};
use crate::cell::{Cell, Derived};
use crate::shortcut::Does;
use crate::wording::preview;

/// Says how more than one row is checked at once.
pub const HELP: &str = "Shift-click checks a range, and so does Shift with an arrow.";

/// Checks rows of a list; a handle that can be copied.
pub struct Checked<Id> {
    /// Those that are checked, in the order in which they were.
    ids: Cell<Vec<Id>>,
    /// The same, to look one up.
    marked: Derived<Arc<HashSet<Id>>>,
    numbers: Derived<Numbers>,
    /// Gives the id of the row with a number.
    id: StoredValue<Box<dyn Fn(usize) -> Option<Id> + Send + Sync>>,
    /// The number of the row that was checked last: a click with Shift checks all from there.
    last: StoredValue<Option<usize>>,
    /// The number of the row from which keys check a range, and that of the row up to which they do.
    stretch: StoredValue<Option<(usize, usize)>>,
}

impl<Id> Clone for Checked<Id> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Id> Copy for Checked<Id> {}

impl<Id: Clone + Eq + Hash + Send + Sync + 'static> Checked<Id> {
    /// Checks the rows with these numbers, for as long as the list is there; `id` gives the id of one.
    pub fn of(
        ids: Cell<Vec<Id>>,
        numbers: Derived<Numbers>,
        list: Windowed,
        id: impl Fn(usize) -> Option<Id> + Send + Sync + 'static,
    ) -> Self {
        let checked = Self {
            ids,
            marked: Derived::new(move || Arc::new(ids.with(|ids| ids.iter().cloned().collect()))),
            numbers,
            id: StoredValue::new(Box::new(id)),
            last: StoredValue::new(None),
            stretch: StoredValue::new(None),
        };
        on_shortcut(move |does| match does {
            Does::CheckNext => checked.step(list, 1),
            Does::CheckPrevious => checked.step(list, -1),
            _ => false,
        });
        checked
    }

    fn id(self, number: usize) -> Option<Id> {
        self.id.with_value(|id| id(number))
    }

    /// Checks the rows at some places, or no longer.
    fn range(self, places: Range<usize>, on: bool) {
        let numbers = self.numbers.get_untracked();
        let rows = numbers.get(places).unwrap_or_default();
        let ids: Vec<_> = rows.iter().filter_map(|number| self.id(*number)).collect();
        let known: HashSet<_> = ids.iter().collect();
        self.ids.update(|checked| {
            checked.retain(|id| !known.contains(id));
            if on {
                checked.extend(ids.iter().cloned());
            }
        });
    }

    fn place(self, number: usize) -> Option<usize> {
        self.numbers.get_untracked().iter().position(|other| *other == number)
    }

    /// Follows a click on a row's box, which is as it will be then.
    fn click(self, number: usize, event: &MouseEvent, on: bool) {
        let Some(to) = self.place(number) else { return };
        let before = self.last.get_value().filter(|_| event.shift_key());
        let from = before.and_then(|number| self.place(number)).unwrap_or(to);
        self.last.set_value(Some(number));
        self.range(from.min(to)..from.max(to) + 1, on);
    }

    /// Goes on to the next row, so many further on, and checks both. Tells whether a row had the focus.
    fn step(self, list: Windowed, by: isize) -> bool {
        let Some(here) = list.focused().and_then(|number| self.place(number)) else { return false };
        let numbers = self.numbers.get_untracked();
        let next = here.checked_add_signed(by).and_then(|there| Some((there, *numbers.get(there)?)));
        let Some((there, reached)) = next else { return true };
        let going_on = self.stretch.get_value().filter(|(_, reached)| *reached == numbers[here]);
        let began = going_on.and_then(|(began, _)| self.place(began)).unwrap_or(here);
        let (places, on) = stretched(began, here, there);
        self.range(places, on);
        self.last.set_value(Some(reached));
        self.stretch.set_value(Some((numbers[began], reached)));
        list.focus_at(there);
        true
    }

    /// Shows the head of the column of boxes, which checks all rows that are loaded.
    pub fn head(self) -> AnyView {
        let all = move || {
            self.numbers.with(|numbers| {
                self.marked.with(|marked| {
                    // As long as fewer are checked there is nothing to look for.
                    let is_marked = |number: &usize| self.id(*number).is_some_and(|id| marked.contains(&id));
                    marked.len() >= numbers.len() && numbers.iter().all(is_marked)
                })
            })
        };
        let check = move |on: bool| self.range(0..self.numbers.get_untracked().len(), on);
        any! {
            <th scope="col" class="check">
                <input
                    type="checkbox"
                    aria-label="Check all rows that are loaded"
                    prop:checked=all
                    on:change:target=move |event| check(event.target().checked())
                />
            </th>
        }
    }

    /// Shows the box of a row; `text` is how the row begins.
    pub fn cell(self, number: usize, text: &str) -> AnyView {
        let id = self.id(number);
        let is_checked =
            Memo::new(move |_| self.marked.with(|marked| id.as_ref().is_some_and(|id| marked.contains(id))));
        any! {
            <td class="check">
                <input
                    type="checkbox"
                    aria-label=format!("Check: {}", preview::leading(text))
                    prop:checked=is_checked
                    on:click:target=move |event| {
                        let on = event.target().checked();
                        self.click(number, &event, on);
                    }
                />
            </td>
        }
    }
}

/// Tells what a step by keys comes to, from the place `here` to the next one of a range that began somewhere: which
/// places are checked, or no longer. Who goes back takes back.
fn stretched(began: usize, here: usize, there: usize) -> (Range<usize>, bool) {
    if began.abs_diff(there) < began.abs_diff(here) {
        (here..here + 1, false)
    } else {
        (here.min(there)..here.max(there) + 1, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Steps through ten rows from the fourth on, and tells which are checked after each step.
    fn check(steps: &[isize], expected: Expect) {
        let (mut here, mut checked) = (3_usize, HashSet::new());
        let after = steps.iter().map(|by| {
            let there = here.checked_add_signed(*by).expect("a place");
            let (places, on) = stretched(3, here, there);
            for place in places {
                if on {
                    checked.insert(place)
                } else {
                    checked.remove(&place)
                };
            }
            here = there;
            (0..10).map(|place| if checked.contains(&place) { 'x' } else { '.' }).collect::<String>()
        });
        expected.assert_eq(&after.collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn keys_check_a_range_and_take_back_what_they_leave() {
        check(&[1, 1, -1, -1], expect!["...xx..... ...xxx.... ...xx..... ...x......"]);
        check(&[-1, -1, 1], expect!["..xx...... .xxx...... ..xx......"]);
        check(&[1, -1, -1, 1, 1], expect!["...xx..... ...x...... ..xx...... ...x...... ...xx....."]);
    }
}
