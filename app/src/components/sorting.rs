//! The order of a list, as the address has it, and the heads of columns that change it.
//!
//! The service sorts: of long lists only some rows are here. Leaves out what the orders are.

use leptos::prelude::*;
use shared::order::{Column, Order};

use crate::address;
use crate::cell::Derived;

/// Gives the order that the address names, as it changes; the usual one where it names none that is known.
pub fn of_page<C: Column>() -> Derived<Order<C>> {
    let word = address::parameter("sort");
    Derived::new(move || word.get().and_then(|word| word.parse().ok()).unwrap_or_default())
}

/// Gives what is said of a column whose rows fall or rise; none where they are not sorted by it.
pub fn said<C: Column>(order: Derived<Order<C>>, by: C) -> Option<&'static str> {
    falls(order, by).map(|falls| if falls { "descending" } else { "ascending" })
}

fn falls<C: Column>(order: Derived<Order<C>>, by: C) -> Option<bool> {
    order.with(|order| (order.by == by).then_some(order.falls))
}

/// Shows the name of a column as a button that sorts by it.
pub fn button<C: Column>(title: &'static str, order: Derived<Order<C>>, by: C) -> AnyView {
    let mark = move || {
        let sign = |falls| if falls { " ▼" } else { " ▲" };
        falls(order, by).map(|falls| any! { <span aria-hidden="true">{sign(falls)}</span> })
    };
    let press = move |_| {
        let order = order.get_untracked().pressed(by);
        let word = (order != Order::default()).then(|| order.word().to_owned());
        // What was opened may not be on the first page any more.
        address::set(&[("sort", word), ("open", None)]);
    };
    any! {
        <button type="button" class="plain" on:click=press>
            {title}
            {mark}
        </button>
    }
}

/// Shows the head of a column that sorts.
pub fn head<C: Column>(title: &'static str, class: &'static str, order: Derived<Order<C>>, by: C) -> AnyView {
    any! {
        <th scope="col" class=class aria-sort=move || said(order, by)>
            {button(title, order, by)}
        </th>
    }
}
