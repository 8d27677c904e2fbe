//! The items that came out one way in both runs: those that broke, were fixed, fail or pass in both.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::List;
use shared::api::runs::{GetResults, GetScores, ResultsQuery};
use shared::id::ItemId;
use shared::outcome::{Row, Verdict};
use shared::query::{LARGEST_PAGE, Page};
use shared::run::Run;

use super::both::Both;
use super::item::ItemPanel;
use crate::address;
use crate::api::{self, CallError};
use crate::cell::{Cell, Derived};
use crate::components::fault::fault;
use crate::components::loaded::{Load, loaded};
use crate::components::opened::Opened;
use crate::paired::{self, Flip, Order, Pair};
use crate::wording::compare::{broke_or_fixed, flips, gain, nothing, order_words};
use crate::wording::number::{count, score};

/// How many items are shown at first, and how many more at a time.
const STEP: usize = 50;

/// Shows the items that the address asks for; nothing while it asks for none.
#[component]
pub fn FlipList(both: Both, flip: Derived<Option<Flip>>) -> impl IntoView {
    let word = address::parameter("sort");
    let order =
        Derived::new(move || Order::read(word.with(|word| word.clone().unwrap_or_default()).as_str()));
    // Both runs' scores are fetched once somebody asks for items, and serve every list of them.
    let asked = Memo::new(move |_| flip.with(Option::is_some));
    let pairs = Load::new(move || {
        let found = both.find();
        let asked = asked.get();
        async move {
            let Some(found) = found.filter(|_| asked) else { return Ok(None) };
            let (base, candidate) = found.await?;
            let threshold = candidate.threshold;
            let of_base = api::read_from(&GetScores { run: base.id.clone() }).await?;
            let of_candidate = api::read_from(&GetScores { run: candidate.id.clone() }).await?;
            let pairs = paired::of(&of_base, &of_candidate, threshold);
            Ok(Some((base, candidate, Arc::new(pairs))))
        }
    });
    move || {
        flip.get().map(|flip| {
            loaded(pairs, move |pairs| {
                let list =
                    pairs.map(|(base, candidate, pairs)| any! { <Items base candidate pairs flip order /> });
                list.into_any()
            })
        })
    }
}

#[component]
fn Items(
    base: Run,
    candidate: Run,
    pairs: Arc<Vec<Pair>>,
    flip: Flip,
    order: Derived<Order>,
) -> impl IntoView {
    let listed = Derived::new(move || paired::list(&pairs, flip, order.get()));
    let room = Cell::new(STEP);
    let shown = Derived::new(move || {
        listed.with(|listed| listed.iter().take(room.get()).cloned().collect::<Vec<_>>())
    });
    let known = StoredValue::new(Known::default());
    let run = StoredValue::new(candidate.clone());
    let rows = Load::new(move || {
        let needed: Vec<_> = shown.with(|shown| shown.iter().map(|pair| pair.item.clone()).collect());
        async move { read_until(&run.get_value(), flip, known, &needed).await }
    });
    let opened =
        Opened::of(move || listed.with(|listed| listed.iter().map(|pair| pair.item.to_string()).collect()));
    let items = move || {
        let texts = rows.get().and_then(Result::ok).unwrap_or_default();
        let rows = shown.get().into_iter().map(|pair| row(&pair, of_item(&texts, &pair.item)));
        let rows = rows.collect_view();
        if rows.is_empty() {
            return any! { <p class="empty">{nothing(flip)}</p> };
        }
        any! { <ol class="results">{rows}</ol> }
    };
    let options = Order::ALL.map(|known| {
        any! { <option value=known.word() selected=move || order.get() == known>{order_words(known)}</option> }
    });
    let sort = move |word: String| {
        let word = Some(word).filter(|word| word != Order::default().word());
        address::set(&[("sort", word)]);
    };
    let left = move || listed.with(Vec::len).saturating_sub(room.get());
    let failed = move || {
        let again = Callback::new(move |()| rows.refetch());
        rows.get().and_then(Result::err).map(|error| fault(&error, Some(again)))
    };
    any! {
        <section aria-labelledby="flips-title">
            <div class="spread">
                <h2 id="flips-title">{move || flips(flip, listed.with(Vec::len) as u64)}</h2>
                <label class="choice">
                    <span>"First"</span>
                    <select on:change:target=move |event| sort(event.target().value())>{options.collect_view()}</select>
                </label>
            </div>
            {failed}
            {items}
            <p class="foot" class:gone=move || left() == 0>
                <button type="button" on:click=move |_| room.update(|room| *room += STEP)>
                    {move || format!("Show {} more of {}", count(left().min(STEP) as u64), count(listed.with(Vec::len) as u64))}
                </button>
            </p>
        </section>
        {opened.show(move || {
            any! { <ItemPanel base=base.clone() candidate=candidate.clone() opened pairs=listed /> }
        })}
    }
}

fn row(pair: &Pair, text: Option<&Row>) -> AnyView {
    let request = text.map_or("…", |row| row.request_preview.as_str());
    let request = if request.is_empty() { "(no text)" } else { request }.to_owned();
    any! {
        <li class="result">
            <p class="line">
                {mark(pair.flip)} <strong class="number">{score(pair.candidate)}</strong>
                <span class="quiet number">{format!("base {}, {}", score(pair.base), gain(pair.gain()))}</span>
                <span class="quiet">{pair.feature.clone()}</span>
            </p>
            <p class="preview">
                <a class="open" href=address::link_with("open", Some(pair.item.to_string()))>
                    {request}
                </a>
            </p>
            <p class="preview quiet">{text.map(|row| row.response_preview.clone())}</p>
        </li>
    }
}

/// Marks how both runs did.
pub fn mark(flip: Flip) -> AnyView {
    let class = match flip {
        Flip::Broke | Flip::BothFail => "mark bad",
        Flip::Fixed | Flip::BothPass => "mark good",
    };
    any! { <span class=class>{broke_or_fixed(flip)}</span> }
}

/// What is known of the new run's results beyond their scores. It grows as pages are read.
#[derive(Debug, Clone, Default)]
struct Known {
    rows: Arc<Vec<Row>>,
    next_cursor: Option<String>,
    /// There is no page after these.
    whole: bool,
}

/// Reads pages of those that pass, or fail, until what is needed is known, and gives all that is.
async fn read_until(
    run: &Run,
    flip: Flip,
    known: StoredValue<Known>,
    needed: &[ItemId],
) -> Result<Arc<Vec<Row>>, CallError> {
    loop {
        let Some(Known { rows, next_cursor, whole }) = known.try_get_value() else {
            return Ok(Arc::default());
        };
        if whole || needed.iter().all(|id| of_item(&rows, id).is_some()) {
            return Ok(rows);
        }
        let query = ResultsQuery {
            verdict: Some(if flip.passes() { Verdict::Pass } else { Verdict::Fail }),
            page: Page { limit: Some(LARGEST_PAGE), cursor: next_cursor },
            ..ResultsQuery::default()
        };
        let call = GetResults { run: run.id.clone() };
        let List { data, next_cursor } = api::call(&call, &query, &()).await?;
        _ = known.try_update_value(|known| {
            known.whole = next_cursor.is_none();
            known.next_cursor = next_cursor;
            Arc::make_mut(&mut known.rows).extend(data);
        });
    }
}

fn of_item<'a>(rows: &'a [Row], id: &ItemId) -> Option<&'a Row> {
    rows.iter().find(|row| row.item_id == *id)
}
