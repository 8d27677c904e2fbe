//! The review queue: the results of a run whose labels say most of the judge.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::labels::{GetReview, Picked};
use shared::id::{ItemId, RunId};
use shared::label::{Draw, Drawn};

use crate::components::loaded::{Load, loaded};
use crate::components::marks;
use crate::components::opened::Opened;
use crate::components::result::{DrawnAs, ResultPanel};
use crate::wording::judge;
use crate::wording::number::score_or_none;
use crate::wording::preview;
use crate::{address, api};

/// Lists what to label next; each opens over the page, where it is labelled.
#[component]
pub fn ReviewQueue(
    run: RunId,
    /// Hears of every label.
    labelled: Callback<()>,
) -> impl IntoView {
    let run = StoredValue::new(run);
    let queue = Load::new(move || {
        let run = run.get_value();
        async move { api::read_from(&GetReview { run }).await.map(|list| Arc::new(list.data)) }
    });
    let ids = move || {
        let picked = queue.get().and_then(Result::ok).unwrap_or_default();
        picked.iter().map(|picked| picked.row.item_id.to_string()).collect()
    };
    let drawn: DrawnAs = Arc::new(move |item: &ItemId| {
        let picked = untrack(|| queue.get()).and_then(Result::ok)?;
        let picked = picked.iter().find(|picked| picked.row.item_id == *item)?;
        Some(Draw { drawn: picked.drawn, weight: Some(picked.weight) })
    });
    let opened = Opened::of(ids);
    any! {
        <section aria-labelledby="queue-title">
            <div class="spread">
                <h2 id="queue-title">"Label these next"</h2>
                <button type="button" on:click=move |_| queue.refetch()>
                    "Draw again"
                </button>
            </div>
            <p class="quiet">
                {judge::HOW_DRAWN} " Open the first, label it, and go on with " <kbd>"j"</kbd> "."
            </p>
            {loaded(queue, |queue| list(&queue))}
        </section>
        {opened.show(move || {
            let drawn = Arc::clone(&drawn);
            any! { <ResultPanel run=run.get_value() opened judged=Arc::new(|_| None) labelled drawn /> }
        })}
    }
}

fn list(queue: &[Picked]) -> AnyView {
    if queue.is_empty() {
        return any! { <p class="empty">"Everything in this run that can be labelled is."</p> };
    }
    let rows = queue.iter().map(|picked| {
        let row = &picked.row;
        any! {
            <li class="result">
                <p class="line">
                    {marks::verdict(row.verdict)} <strong class="number">{score_or_none(row.score)}</strong>
                    <span class="quiet">{judge::why(picked.why)} {by_lot(picked)}</span>
                </p>
                <p class="preview">
                    <a class="open" href=address::link_with("open", Some(row.item_id.to_string()))>
                        {preview::leading(&row.request_preview)}
                    </a>
                </p>
                <p class="preview quiet">{preview::of(&row.response_preview)}</p>
            </li>
        }
    });
    any! { <ol class="results">{rows.collect_view()}</ol> }
}

/// Says that the lot picked what is odd as well.
fn by_lot(picked: &Picked) -> Option<&'static str> {
    (picked.drawn == Drawn::Random && picked.why.is_some()).then_some("; drawn by lot too")
}
