//! The results of a run as they come, while it goes on. What is there stays where it is.

use leptos::prelude::*;
use shared::outcome::Row;

use super::watch::Watch;
use crate::cell::Derived;
use crate::components::marks;
use crate::wording::number::{count, score, score_or_none};

/// How many results are shown before the run is done.
const SHOWN: usize = 100;

/// Lists the results that have come, in the order in which they came.
#[component]
pub fn Arrived(watch: Watch) -> impl IntoView {
    let some = Memo::new(move |_| {
        let goes_on = watch.run.with(|run| run.as_ref().is_some_and(|run| !super::stands_still(run)));
        goes_on && watch.rows.with(|rows| !rows.is_empty())
    });
    // One place for each, drawn anew only when another result stands there.
    let places = move || {
        let places = (0..SHOWN).map(|place| {
            let row = Derived::new(move || watch.rows.with(|rows| rows.get(place).cloned()));
            move || row.get().map(|row| show(&row))
        });
        places.collect_view()
    };
    let more = move || {
        let more = watch.rows.with(|rows| rows.len()).saturating_sub(SHOWN);
        (more > 0)
            .then(|| format!("{} more have come; all are listed when the run is done.", count(more as u64)))
    };
    let list = move || {
        any! {
            <section aria-labelledby="arrived-title">
                <h2 id="arrived-title">"Results so far, as they came"</h2>
                <ol class="results arrived">{places()}</ol>
                <p class="foot quiet">{more}</p>
            </section>
        }
    };
    any! { {move || some.get().then(list)} }
}

fn show(row: &Row) -> AnyView {
    let request = if row.request_preview.is_empty() { "(no text)" } else { row.request_preview.as_str() };
    let original = row.baseline_score.map(|baseline| {
        any! { <span class="quiet number">{format!("original {}", score(baseline))}</span> }
    });
    any! {
        <li class="result">
            <p class="line">
                {marks::verdict(row.verdict)} <strong class="number">{score_or_none(row.score)}</strong> {original}
                {marks::change(row.change)} <span class="quiet">{row.feature.clone()}</span>
            </p>
            <p class="preview">{request.to_owned()}</p>
            <p class="preview quiet">{row.response_preview.clone()}</p>
        </li>
    }
}
