//! Saving what the page shows as a file: the items that are listed, in their order, or all of them.

use leptos::prelude::*;
use shared::compare::items::ItemPairs;
use shared::report::pairs;
use shared::score::Threshold;

use super::beside::Shown;
use crate::address;
use crate::components::doing::{Doing, NotDone};
use crate::paired::{self, Order};
use crate::{clock, saved};

/// What is written: the end of the file's name, its kind, and how.
type Written = (&'static str, &'static str, fn(&ItemPairs, &[usize], Threshold) -> String);

const CSV: Written = ("csv", "text/csv;charset=utf-8", pairs::csv);
const JSONL: Written = ("jsonl", "application/jsonl", pairs::jsonl);

/// Shows the buttons that save.
pub fn buttons(shown: Shown) -> AnyView {
    let save = move |(end, kind, write): Written| {
        Doing::new(move || async move {
            let places = untrack(|| places(shown));
            let threshold = shown.threshold.get_untracked();
            let text = shown.pairs.with_value(|pairs| write(pairs, &places, threshold));
            let name = format!("compare-{}.{end}", clock::now().to_string().replace(':', "-"));
            saved::save(&name, kind, &text)
                .map_err(|_| NotDone::unfit("the browser has no room for the file; list fewer items"))
        })
    };
    let (table, lines) = (save(CSV), save(JSONL));
    any! {
        <p class="links">
            "Save the items as " {table.button("plain", "CSV", "CSV", None)} " "
            {lines.button("plain", "JSON lines", "JSON lines", None)}
        </p>
        {table.problem()}
        {lines.problem()}
    }
}

/// Gives the places of the items that are on the screen, in their order.
fn places(shown: Shown) -> Vec<usize> {
    let word = address::here().parameter("sort").unwrap_or_default();
    let sorted = shown.pairs.with_value(|pairs| paired::sorted(pairs, Order::read(&word)));
    match shown.listed.get() {
        Some(flip) => shown.flips.with(|flips| paired::listed(&sorted, flips, flip)),
        None => sorted,
    }
}
