//! The slices that a run's list is filtered by: kept in the address, as the results of the API are asked for them.

use leptos::prelude::*;
use shared::slices::{Condition, Slice};
use shared::unseen::seen;

use super::report::Report;
use crate::address::{self, Address};
use crate::wording::slice;

const PREFIX: &str = "slice.";

/// Reads what an address filters by: keys with their values.
pub fn read(address: &Address) -> Vec<(String, String)> {
    let of_slice =
        |(name, value): &(String, String)| Some((name.strip_prefix(PREFIX)?.to_owned(), value.clone()));
    address.query.iter().filter_map(of_slice).collect()
}

/// Gives an address that filters by these slices and no others.
pub fn to(address: Address, conditions: &[(String, String)]) -> Address {
    let mut address = address.with(&[("open", None)]);
    address.query.retain(|(name, _)| !name.starts_with(PREFIX));
    let parameters = conditions.iter().map(|(key, value)| (format!("{PREFIX}{key}"), value.clone()));
    address.query.extend(parameters);
    address
}

/// Gives what a slice filters by.
pub fn conditions(slice: &Slice) -> Vec<(String, String)> {
    let second = slice.and.iter().map(|Condition { key, value }| (key.clone(), value.clone()));
    std::iter::once((slice.key.clone(), slice.value.clone())).chain(second).collect()
}

/// Shows the name of a slice as a link that has the list below show its items, or all again.
pub fn link(report: Report, conditions: Vec<(String, String)>, name: String) -> AnyView {
    let here = address::current();
    let wanted = conditions.clone();
    let chosen = move || report.slices.with(|slices| *slices == wanted);
    let is_chosen = chosen.clone();
    let href = move || to(here.get(), if chosen() { &[] } else { &conditions }).href();
    let follow = move |_| {
        if let Some(list) = document().get_element_by_id("items-title") {
            list.scroll_into_view();
        }
    };
    any! {
        <a class="slice" href=href title="Show its items below" aria-current=move || is_chosen().then_some("true") on:click=follow>
            {seen(&name)}
        </a>
    }
}

/// Shows what the list is filtered by, each with a way to take it away.
pub fn chips(report: Report) -> impl IntoView {
    let chip = move |(place, (key, value)): (usize, (String, String))| {
        let name = slice::condition(&key, &value);
        let label = format!("Do not filter by {name}");
        let remove = move |_| {
            let mut left = report.slices.get_untracked();
            if place < left.len() {
                left.remove(place);
            }
            address::go(&to(address::here(), &left).href());
        };
        any! {
            <button type="button" class="chip" aria-pressed="true" aria-label=label on:click=remove>
                {name}
                " ✕"
            </button>
        }
    };
    move || {
        let slices = report.slices.get();
        (!slices.is_empty()).then(|| {
            let chips = slices.into_iter().enumerate().map(chip).collect_view();
            any! {
                <div class="chips" role="group" aria-label="Only these">
                    {chips}
                </div>
            }
        })
    }
}
