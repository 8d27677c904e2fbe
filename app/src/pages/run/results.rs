//! The items of a run, the worst first unless the address says otherwise, as the filter chooses them. All of them are there; those near the screen are
//! drawn, and their texts read.

use std::sync::Arc;

use leptos::prelude::*;
use shared::id::ItemId;
use shared::outcome::CriterionRow;
use shared::summary::failing;
use shared::unseen::seen;

use super::export;
use super::filter;
use super::left_out;
use super::report::Report;
use crate::address;
use crate::cell::Derived;
use crate::components::marks;
use crate::components::opened::Opened;
use crate::components::result::{ResultPanel, scorers};
use crate::components::texts::Texts;
use crate::components::views::Views;
use crate::components::windowed::{Naming, Numbers, Windowed};
use crate::rescore::{self, Counted, Item, Show};
use crate::result_order::First;
use crate::wording::number::{count, level, score, score_or_none};
use crate::wording::{preview, run};

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 96.0;

/// What the list is called where it is kept how far it was read.
pub const LIST: &str = "results";

/// Lists the items.
#[component]
pub fn ResultList(report: Report) -> impl IntoView {
    let Report { run, scores, exact, order, rescored, show, slices, texts, .. } = report;
    let word = address::parameter("sort");
    let first = Derived::new(move || word.with(|word| First::read(word.as_deref().unwrap_or_default())));
    // Nothing is sorted while a threshold is dragged.
    let sorted = Derived::new(move || {
        let first = first.get();
        scores.with_value(|scores| exact.with_value(|exact| first.sorted(scores, exact))).map(Arc::new)
    });
    let within = Derived::new(move || {
        scores.with_value(|scores| slices.with(|slices| failing::within(scores, slices)))
    });
    let listed: Derived<Numbers> = Derived::new(move || {
        let within = within.get();
        let listed = rescored.with(|rescored| match sorted.get() {
            Some(sorted) => rescore::shown(&sorted, &rescored.items, show.get()),
            None => order.with_value(|order| order.list(&rescored.items, show.get())),
        });
        Arc::new(listed.into_iter().filter(|&place| is_within(&within, place)).collect())
    });
    let id = move |place: usize| scores.with_value(|scores| scores.items.get(place).cloned());
    // By the item: its number is another once one before it is left out.
    let find = move |word: &str| {
        scores.with_value(|scores| scores.items.iter().position(|item| item.as_str() == word))
    };
    let naming = Naming { write: Box::new(move |number| id(number).map(String::from)), find: Box::new(find) };
    let list = Windowed::new(LIST, naming, listed, ESTIMATE);
    texts.follow(list, listed, id);
    let nothing = Memo::new(move |_| listed.with(|listed| listed.is_empty()));
    let name = move |place: usize| id(place).map(|id| format!("item-{id}")).unwrap_or_default();
    let items = move || {
        if nothing.get() {
            let filtered = slices.with(|slices| !slices.is_empty());
            let nothing = if filtered { run::NOTHING_IN_SLICE } else { run::nothing_to_show(show.get()) };
            return any! { <p class="empty">{nothing}</p> };
        }
        list.list("results", name, move |place| row(report, listed, texts, place))
    };
    let opened = Opened::of(move || {
        let ids = listed.with(|listed| listed.iter().filter_map(|&place| id(place)).collect::<Vec<_>>());
        ids.into_iter().map(String::from).collect()
    });
    opened.revealed_by(Callback::new(move |place| list.reveal(place)));
    // As the page judges it: its threshold may have been moved since the run was made.
    let judged = Arc::new(move |id: &ItemId| {
        let place = scores.with_value(|scores| scores.items.iter().position(|item| item == id))?;
        rescored.with(|rescored| rescored.items.get(place).copied())
    });
    let options = First::ALL.map(|known| {
        any! { <option value=known.word() selected=move || first.get() == known>{run::first(known)}</option> }
    });
    let sort = move |word: String| {
        address::set(&[("sort", Some(word).filter(|word| word != First::default().word()))]);
    };
    any! {
        <section aria-labelledby="items-title">
            <div class="spread">
                <h2 id="items-title">{move || format!("Items, the {} first", run::first(first.get()))}</h2>
                <div class="actions">
                    <label class="choice">
                        <span>"First"</span>
                        <select prop:value=move || first.get().word() on:change:target=move |event| sort(event.target().value())>{options.collect_view()}</select>
                    </label>
                    <Views />
                </div>
            </div>
            <Filters report within />
            {filter::chips(report)}
            {export::buttons(report, listed)}
            {texts.failed()}
            {items}
        </section>
        {opened.show(move || any! { <ResultPanel run=run.get_value() opened judged=judged.clone() /> })}
    }
}

fn is_within(within: &[bool], place: usize) -> bool {
    within.get(place).copied().unwrap_or_default()
}

#[component]
fn Filters(report: Report, within: Derived<Vec<bool>>) -> impl IntoView {
    let Report { rescored, show, usual, .. } = report;
    let all = [
        Show::Low,
        Show::Broke,
        Show::Fixed,
        Show::BothFail,
        Show::BothPass,
        Show::Unscored,
        Show::Errored,
        Show::Passed,
        Show::All,
    ];
    let numbers = Derived::new(move || {
        rescored.with(|rescored| within.with(|within| Counted::of(&rescored.items, within)))
    });
    let button = move |which: Show| {
        let number = Memo::new(move |_| numbers.with(|numbers| count(numbers.shown(which))));
        let of_pairs = matches!(which, Show::Broke | Show::Fixed | Show::BothFail | Show::BothPass);
        let gone = move || of_pairs && rescored.with(|rescored| rescored.pairs.is_none());
        let choose = move |_| {
            let word = (which != usual).then(|| which.word());
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
                {run::show(which)} " " <span class="number">{number}</span>
            </button>
        }
    };
    // What an address asks for is among them, too.
    let asked = move || Some(show.get()).filter(|show| !all.contains(show)).map(button);
    any! {
        <div class="chips" role="group" aria-label="Show">
            {all.map(button).collect_view()} {asked}
        </div>
    }
}

/// Draws what a row shows. Its scores follow the threshold, its texts come once they are read.
fn row(report: Report, listed: Derived<Numbers>, texts: Texts, place: usize) -> AnyView {
    let Report { scores, rescored, .. } = report;
    // Who leaves an item out reads on at the next one, or at the one before the last.
    let next = move || {
        let next = listed.with(|listed| {
            let here = listed.iter().position(|&other| other == place)?;
            listed.get(here + 1).or_else(|| listed.get(here.checked_sub(1)?)).copied()
        });
        scores.with_value(|scores| scores.items.get(next?).cloned())
    };
    let item = Derived::new(move || rescored.with(|rescored| rescored.items.get(place).copied()));
    let (id, feature) = scores.with_value(|scores| {
        (scores.items.get(place).cloned(), scores.features.get(place).cloned().flatten())
    });
    let line = move || item.get().map(line);
    let of_text = id.clone();
    let text = move || of_text.as_ref().and_then(|id| texts.get(id));
    let of_button = id.clone();
    let href = address::link_with("open", id.map(String::from));
    let name = {
        let text = text.clone();
        move || text().map_or_else(|| "…".to_owned(), |row| preview::leading(&row.request_preview))
    };
    let request = {
        let text = text.clone();
        move || text().map_or_else(|| "…".to_owned(), |row| preview::leading(&row.request_preview))
    };
    let more = move || {
        text().map(|row| {
            any! {
                <p class="preview quiet">{preview::of(&row.response_preview)}</p>
                {weakest(&row.criteria).map(reason)}
                {scorers::against(&row.scorers)}
            }
        })
    };
    let leave_out = of_button.map(|id| left_out::button(id, name, move || untrack(next)));
    any! {
        <p class="line">{line} <span class="quiet">{feature.as_deref().map(seen)}</span> {leave_out}</p>
        <p class="preview">
            <a class="open" href=href>
                {request}
            </a>
        </p>
        {more}
    }
}

fn line(item: Item) -> AnyView {
    let original = item.baseline.map(|baseline| {
        any! { <span class="quiet number">{format!("original {}", score(baseline))}</span> }
    });
    any! {
        {marks::verdict(item.verdict)} <strong class="number">{score_or_none(item.score)}</strong> {original}
        {marks::change(item.change)}
    }
}

fn reason(criterion: &CriterionRow) -> AnyView {
    let level = criterion
        .level
        .map_or_else(|| "unscored".to_owned(), |mean| format!("level {}", level(mean.value())));
    any! {
        <p class="reason">
            <strong>{format!("{}, {level}: ", seen(&criterion.name))}</strong>
            {preview::of(&criterion.reasoning_preview)}
        </p>
    }
}

/// Gives the criterion that did worst; one that is unscored before any other.
fn weakest(criteria: &[CriterionRow]) -> Option<&CriterionRow> {
    criteria.iter().min_by_key(|criterion| criterion.level)
}
