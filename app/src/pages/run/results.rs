//! The items of a run, the worst first, as the filter chooses them.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use shared::api::runs::{GetResults, ResultsQuery};
use shared::id::{ItemId, RunId};
use shared::outcome::{CriterionRow, Row};
use shared::query::{LARGEST_PAGE, Page};

use super::item::ResultPanel;
use super::report::Report;
use crate::address;
use crate::api::{self, CallError};
use crate::components::fault::fault;
use crate::components::loaded::Load;
use crate::components::marks;
use crate::rescore::{self, Item, Show};
use crate::wording::number::{count, level, score_or_none};
use crate::wording::run;

/// How many items are shown at first, and how many more at a time.
const STEP: usize = 50;

/// What is known of the items beyond their scores. It grows as pages are read, worst items first.
#[derive(Debug, Clone, Default)]
struct Known {
    rows: Arc<HashMap<ItemId, Row>>,
    next_cursor: Option<String>,
    /// There is no page after these.
    whole: bool,
}

/// Lists the items.
#[component]
pub fn ResultList(report: Report) -> impl IntoView {
    let Report { run, scores, rescored, show, .. } = report;
    let listed = Memo::new(move |_| rescored.with(|rescored| rescore::list(&rescored.items, show.get())));
    let ids = move |places: &[usize]| {
        scores.with_value(|scores| {
            places.iter().filter_map(|&place| scores.items.get(place).cloned()).collect::<Vec<_>>()
        })
    };
    // How many are shown, of which filter: another filter starts from the top.
    let more = RwSignal::new((Show::default(), STEP));
    let room = move || {
        let (of, room) = more.get();
        if of == show.get() { room } else { STEP }
    };
    let shown =
        Memo::new(move |_| listed.with(|listed| listed.iter().copied().take(room()).collect::<Vec<_>>()));
    let known = StoredValue::new(Known::default());
    let rows = Load::new(move || {
        let needed = shown.with(|shown| ids(shown));
        async move { read_until(run.get_value(), known, &needed).await }
    });
    let items = move || {
        let texts = rows.get().and_then(Result::ok).unwrap_or_default();
        let places = shown.get();
        if places.is_empty() {
            return view! { <p class="empty">{run::nothing_to_show(show.get())}</p> }.into_any();
        }
        let ids = ids(&places);
        let rows = places.iter().zip(ids).filter_map(|(&place, id)| {
            let item = rescored.with(|rescored| rescored.items.get(place).copied())?;
            let feature = scores.with_value(|scores| scores.features.get(place).cloned().flatten());
            Some(row(&id, item, feature, texts.get(&id)))
        });
        view! { <ol class="results">{rows.collect_view()}</ol> }.into_any()
    };
    let left = move || listed.with(Vec::len).saturating_sub(room());
    let open = address::parameter("open");
    let id = Memo::new(move |_| open.get().and_then(|id| ItemId::try_from(id).ok()));
    let move_by = Callback::new(move |step: isize| {
        let (ids, Some(id)) = (listed.with_untracked(|listed| ids(listed)), id.get_untracked()) else {
            return;
        };
        let place =
            ids.iter().position(|known| *known == id).and_then(|place| place.checked_add_signed(step));
        if let Some(next) = place.and_then(|place| ids.get(place)) {
            address::replace(&address::here().with(&[("open", Some(next.to_string()))]).href());
        }
    });
    let is_open = Memo::new(move |_| id.with(Option::is_some));
    view! {
        <section aria-labelledby="items-title">
            <h2 id="items-title">"Items, the worst first"</h2>
            <Filters report />
            {move || rows.get().and_then(Result::err).map(|error| fault(&error, Some(Callback::new(move |()| rows.refetch()))))}
            {items}
            <p class="foot" class:gone=move || left() == 0>
                <button type="button" on:click=move |_| more.set((show.get_untracked(), untrack(room) + STEP))>
                    {move || format!("Show {} more of {}", count(left().min(STEP) as u64), count(listed.with(Vec::len) as u64))}
                </button>
            </p>
        </section>
        {move || is_open.get().then(|| view! { <ResultPanel run=run.get_value() id move_by /> })}
    }
}

/// Reads pages until what is needed is known, and gives all that is.
async fn read_until(
    run: RunId,
    known: StoredValue<Known>,
    needed: &[ItemId],
) -> Result<Arc<HashMap<ItemId, Row>>, CallError> {
    loop {
        let Some(Known { rows, next_cursor, whole }) = known.try_get_value() else {
            return Ok(Arc::default());
        };
        if whole || needed.iter().all(|id| rows.contains_key(id)) {
            return Ok(rows);
        }
        let query = ResultsQuery {
            page: Page { limit: Some(LARGEST_PAGE), cursor: next_cursor },
            ..ResultsQuery::default()
        };
        let page = api::call(&GetResults { run: run.clone() }, &query, &()).await?;
        _ = known.try_update_value(|known| {
            known.whole = page.next_cursor.is_none();
            known.next_cursor = page.next_cursor;
            let rows = page.data.into_iter().map(|row| (row.item_id.clone(), row));
            Arc::make_mut(&mut known.rows).extend(rows);
        });
    }
}

#[component]
fn Filters(report: Report) -> impl IntoView {
    let Report { rescored, show, .. } = report;
    let all = [
        Show::Low,
        Show::Broke,
        Show::Fixed,
        Show::Same,
        Show::Unscored,
        Show::Errored,
        Show::Passed,
        Show::All,
    ];
    let button = move |which: Show| {
        let number = Memo::new(move |_| {
            rescored.with(|rescored| rescored.items.iter().filter(|item| which.holds(item)).count() as u64)
        });
        let of_pairs = matches!(which, Show::Broke | Show::Fixed | Show::Same);
        let gone = move || of_pairs && rescored.with(|rescored| rescored.pairs.is_none());
        let choose = move |_| {
            let word = (which != Show::default()).then(|| which.word());
            address::set(&[("show", word), ("open", None)]);
        };
        view! {
            <button
                type="button"
                class="chip"
                class:gone=gone
                aria-pressed=move || (show.get() == which).to_string()
                on:click=choose
            >
                {run::show(which)} " " <span class="number">{move || count(number.get())}</span>
            </button>
        }
    };
    let of_bin = move || match show.get() {
        bin @ Show::Bin(_) => Some(button(bin)),
        _ => None,
    };
    view! {
        <div class="chips" role="group" aria-label="Show">
            {all.map(button).collect_view()} {of_bin}
        </div>
    }
}

fn row(id: &ItemId, item: Item, feature: Option<String>, text: Option<&Row>) -> AnyView {
    let request = text.map_or("…", |row| row.request_preview.as_str());
    let request = if request.is_empty() { "(no text)" } else { request }.to_owned();
    let weakest = text.and_then(|row| weakest(&row.criteria)).map(|criterion| {
        let level = criterion
            .level
            .map_or_else(|| "unscored".to_owned(), |mean| format!("level {}", level(mean.value())));
        view! {
            <p class="reason">
                <strong>{format!("{}, {level}: ", criterion.name)}</strong>
                {criterion.reasoning_preview.clone()}
            </p>
        }
    });
    let original = item.baseline.map(|baseline| {
        view! { <span class="quiet number">{format!("original {baseline:.2}")}</span> }
    });
    view! {
        <li class="result">
            <p class="line">
                {marks::verdict(item.verdict)} <strong class="number">{score_or_none(item.score)}</strong> {original}
                {marks::change(item.change)} <span class="quiet">{feature}</span>
            </p>
            <p class="preview">
                <a class="open" href=address::link_with("open", Some(id.to_string()))>
                    {request}
                </a>
            </p>
            <p class="preview quiet">{text.map(|row| row.response_preview.clone())}</p>
            {weakest}
        </li>
    }
    .into_any()
}

/// Gives the criterion that did worst; one that is unscored before any other.
fn weakest(criteria: &[CriterionRow]) -> Option<&CriterionRow> {
    criteria.iter().min_by_key(|criterion| criterion.level)
}
