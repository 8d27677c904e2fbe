//! The results of a run as they come, while it goes on. What is there stays where it is, all of it is there, and each
//! can be opened.

use std::sync::Arc;

use leptos::prelude::*;
use shared::id::{ItemId, RunId};
use shared::outcome::Row;
use shared::unseen::seen;

use super::watch::Watch;
use crate::address;
use crate::cell::Derived;
use crate::components::marks;
use crate::components::opened::Opened;
use crate::components::result::ResultPanel;
use crate::components::windowed::{Naming, Numbers, Windowed};
use crate::wording::number::{score, score_or_none};
use crate::wording::preview;

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 80.0;

/// Lists the results that have come, in the order in which they came.
#[component]
pub fn Arrived(run: RunId, watch: Watch) -> impl IntoView {
    let run = StoredValue::new(run);
    let some = Memo::new(move |_| {
        let goes_on = watch.run.with(|run| run.as_ref().is_some_and(|run| !super::stands_still(run)));
        goes_on && watch.came.count() > 0
    });
    let list = move || {
        let numbers: Derived<Numbers> = Derived::new(move || Arc::new((0..watch.came.count()).collect()));
        let list = Windowed::new("arrived", Naming::by_number(), numbers, ESTIMATE);
        let name = move |place: usize| {
            let row = untrack(|| watch.came.row(place));
            row.map(|row| format!("item-{}", row.item_id)).unwrap_or_default()
        };
        // Drawn anew only when another result stands there.
        let row = move |place: usize| {
            let row = Derived::new(move || watch.came.row(place));
            let shown = move || row.get().map(|row| show(&row));
            shown.into_any()
        };
        let opened = Opened::of(move || {
            let rows = (0..watch.came.count()).filter_map(|place| watch.came.row(place));
            rows.map(|row| row.item_id.to_string()).collect()
        });
        opened.revealed_by(Callback::new(move |place| list.reveal(place)));
        // The threshold is the run's own as long as it goes on.
        let panel = move || {
            let judged = Arc::new(|_: &ItemId| None);
            any! { <ResultPanel run=run.get_value() opened judged /> }
        };
        any! {
            <section aria-labelledby="arrived-title">
                <h2 id="arrived-title">"Results so far, as they came"</h2>
                {list.list("results arrived", name, row)}
            </section>
            {opened.show(panel)}
        }
    };
    any! { {move || some.get().then(list)} }
}

fn show(row: &Row) -> AnyView {
    let original = row.baseline_score.map(|baseline| {
        any! { <span class="quiet number">{format!("original {}", score(baseline))}</span> }
    });
    let href = address::link_with("open", Some(row.item_id.to_string()));
    any! {
        <p class="line">
            {marks::verdict(row.verdict)} <strong class="number">{score_or_none(row.score)}</strong> {original}
            {marks::change(row.change)} <span class="quiet">{row.feature.as_deref().map(seen)}</span>
        </p>
        <p class="preview">
            <a class="open" href=href>
                {preview::leading(&row.request_preview)}
            </a>
        </p>
        <p class="preview quiet">{preview::of(&row.response_preview)}</p>
    }
}
