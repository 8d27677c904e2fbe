//! The items of a run, the worst first, as the filter chooses them.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::runs::{GetResults, ResultsQuery};
use shared::id::{ItemId, RunId};
use shared::outcome::{CriterionRow, Row};
use shared::query::{LARGEST_PAGE, Page};
use shared::summary::failing;

use super::filter;
use super::report::Report;
use crate::address;
use crate::api::{self, CallError};
use crate::cell::{Cell, Derived};
use crate::components::fault::fault;
use crate::components::loaded::Load;
use crate::components::marks;
use crate::components::opened::Opened;
use crate::components::result::{ResultPanel, scorers};
use crate::rescore::{self, Item, Show};
use crate::wording::number::{count, level, score, score_or_none};
use crate::wording::run;

/// How many items are shown at first, and how many more at a time.
const STEP: usize = 50;

/// What is known of the items beyond their scores. It grows as pages are read, worst items first.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Which slices the pages are of.
    slices: Vec<(String, String)>,
    rows: Arc<Vec<Row>>,
    next_cursor: Option<String>,
    /// There is no page after these.
    whole: bool,
}

/// Lists the items.
#[component]
pub fn ResultList(report: Report) -> impl IntoView {
    let Report { run, scores, rescored, show, slices, .. } = report;
    let within = Derived::new(move || {
        scores.with_value(|scores| slices.with(|slices| failing::within(scores, slices)))
    });
    let listed = Derived::new(move || {
        let listed = rescored.with(|rescored| rescore::list(&rescored.items, show.get()));
        within.with(|within| listed.into_iter().filter(|&place| is_within(within, place)).collect::<Vec<_>>())
    });
    let ids = move |places: &[usize]| {
        scores.with_value(|scores| {
            places.iter().filter_map(|&place| scores.items.get(place).cloned()).collect::<Vec<_>>()
        })
    };
    // How many are shown, of which filter: another filter starts from the top.
    let filter = move || (show.get(), slices.get());
    let more = Cell::new(((Show::default(), Vec::new()), STEP));
    let room = move || {
        let (of, room) = more.get();
        if of == filter() { room } else { STEP }
    };
    let shown =
        Derived::new(move || listed.with(|listed| listed.iter().copied().take(room()).collect::<Vec<_>>()));
    let known = StoredValue::new(Known::default());
    let rows = Load::new(move || {
        let (needed, slices) = (shown.with(|shown| ids(shown)), slices.get());
        async move { read_until(run.get_value(), slices, known, &needed).await }
    });
    let items = move || {
        let texts = rows.get().and_then(Result::ok).unwrap_or_default();
        let places = shown.get();
        if places.is_empty() {
            let filtered = slices.with(|slices| !slices.is_empty());
            let nothing = if filtered { run::NOTHING_IN_SLICE } else { run::nothing_to_show(show.get()) };
            return any! { <p class="empty">{nothing}</p> };
        }
        let ids = ids(&places);
        let rows = places.iter().zip(ids).filter_map(|(&place, id)| {
            let item = rescored.with(|rescored| rescored.items.get(place).copied())?;
            let feature = scores.with_value(|scores| scores.features.get(place).cloned().flatten());
            Some(row(&id, item, feature, of_item(&texts, &id)))
        });
        any! { <ol class="results">{rows.collect_view()}</ol> }
    };
    let left = move || listed.with(Vec::len).saturating_sub(room());
    let opened =
        Opened::of(move || listed.with(|listed| ids(listed)).into_iter().map(String::from).collect());
    // As the page judges it: its threshold may have been moved since the run was made.
    let judged = Arc::new(move |id: &ItemId| {
        let place = scores.with_value(|scores| scores.items.iter().position(|item| item == id))?;
        rescored.with(|rescored| rescored.items.get(place).copied())
    });
    any! {
        <section aria-labelledby="items-title">
            <h2 id="items-title">"Items, the worst first"</h2>
            <Filters report within />
            {filter::chips(report)}
            {move || rows.get().and_then(Result::err).map(|error| fault(&error, Some(Callback::new(move |()| rows.refetch()))))}
            {items}
            <p class="foot" class:gone=move || left() == 0>
                <button type="button" on:click=move |_| _ = more.set((untrack(filter), untrack(room) + STEP))>
                    {move || format!("Show {} more of {}", count(left().min(STEP) as u64), count(listed.with(Vec::len) as u64))}
                </button>
            </p>
        </section>
        {opened.show(move || any! { <ResultPanel run=run.get_value() opened judged=judged.clone() /> })}
    }
}

/// Reads pages until what is needed is known, and gives all that is.
async fn read_until(
    run: RunId,
    slices: Vec<(String, String)>,
    known: StoredValue<Known>,
    needed: &[ItemId],
) -> Result<Arc<Vec<Row>>, CallError> {
    if known.try_with_value(|known| known.slices != slices).unwrap_or_default() {
        known.set_value(Known { slices: slices.clone(), ..Known::default() });
    }
    loop {
        let Some(Known { slices: of, rows, next_cursor, whole }) = known.try_get_value() else {
            return Ok(Arc::default());
        };
        // The reader has gone on to other slices: what is read for these is no longer asked for.
        if of != slices {
            return Ok(Arc::default());
        }
        if whole || needed.iter().all(|id| of_item(&rows, id).is_some()) {
            return Ok(rows);
        }
        let query = ResultsQuery {
            page: Page { limit: Some(LARGEST_PAGE), cursor: next_cursor },
            slices: slices.clone(),
            ..ResultsQuery::default()
        };
        let page = api::call(&GetResults { run: run.clone() }, &query, &()).await?;
        _ = known.try_update_value(|known| {
            if known.slices != slices {
                return;
            }
            known.whole = page.next_cursor.is_none();
            known.next_cursor = page.next_cursor;
            Arc::make_mut(&mut known.rows).extend(page.data);
        });
    }
}

fn is_within(within: &[bool], place: usize) -> bool {
    within.get(place).copied().unwrap_or_default()
}

fn of_item<'a>(rows: &'a [Row], id: &ItemId) -> Option<&'a Row> {
    rows.iter().find(|row| row.item_id == *id)
}

#[component]
fn Filters(report: Report, within: Derived<Vec<bool>>) -> impl IntoView {
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
        let number = Derived::new(move || {
            rescored.with(|rescored| {
                within.with(|within| {
                    let within = |place: usize| is_within(within, place);
                    let items = rescored.items.iter().enumerate();
                    items.filter(|(place, item)| which.holds(item) && within(*place)).count() as u64
                })
            })
        });
        let of_pairs = matches!(which, Show::Broke | Show::Fixed | Show::Same);
        let gone = move || of_pairs && rescored.with(|rescored| rescored.pairs.is_none());
        let choose = move |_| {
            let word = (which != Show::default()).then(|| which.word());
            address::set(&[("show", word), ("open", None)]);
        };
        any! {
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
    any! {
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
        any! {
            <p class="reason">
                <strong>{format!("{}, {level}: ", criterion.name)}</strong>
                {criterion.reasoning_preview.clone()}
            </p>
        }
    });
    let original = item.baseline.map(|baseline| {
        any! { <span class="quiet number">{format!("original {}", score(baseline))}</span> }
    });
    any! {
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
            {text.and_then(|row| scorers::against(&row.scorers))}
        </li>
    }
}

/// Gives the criterion that did worst; one that is unscored before any other.
fn weakest(criteria: &[CriterionRow]) -> Option<&CriterionRow> {
    criteria.iter().min_by_key(|criterion| criterion.level)
}
