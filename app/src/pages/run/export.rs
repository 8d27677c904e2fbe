//! Saving the items that are listed as a file: in their order, and at the threshold and the weights of the page.
//!
//! Leaves out the reports, which tell of all items as the run was judged (`shipping`).

use leptos::prelude::*;
use shared::report::items::{self, Items};

use super::report::Report;
use crate::cell::Derived;
use crate::components::doing::{Doing, NotDone};
use crate::components::windowed::Numbers;
use crate::{clock, saved};

/// What is written: the end of the file's name, its kind, and how.
type Written = (&'static str, &'static str, fn(Items<'_>, &[usize]) -> String);

const CSV: Written = ("csv", "text/csv;charset=utf-8", items::csv);
const JSONL: Written = ("jsonl", "application/jsonl", items::jsonl);

/// Shows the buttons that save.
pub fn buttons(report: Report, listed: Derived<Numbers>) -> AnyView {
    let Report { scores, exact, threshold, .. } = report;
    let save = move |(end, kind, write): Written| {
        Doing::new(move || async move {
            let (places, threshold) = (listed.get_untracked(), threshold.get_untracked());
            let text = scores.with_value(|scores| {
                exact.with_value(|exact| write(Items { scores, exact, threshold }, &places))
            });
            let name = format!("run-{}.{end}", clock::now().to_string().replace(':', "-"));
            saved::save(&name, kind, &text)
                .map_err(|_| NotDone::unfit("the browser has no room for the file; list fewer items"))
        })
    };
    let (table, lines) = (save(CSV), save(JSONL));
    any! {
        <p class="links">
            "Save the items listed here as " {table.button("plain", "CSV", "CSV", None)} " "
            {lines.button("plain", "JSON lines", "JSON lines", None)}
        </p>
        {table.problem()}
        {lines.problem()}
    }
}
