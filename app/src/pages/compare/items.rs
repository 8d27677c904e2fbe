//! The items that came out one way in both runs: those that broke, were fixed, fail or pass in both. All of them are
//! there; those near the screen are drawn, and their texts read.

use std::sync::Arc;

use leptos::prelude::*;
use shared::compare::items::Flip;
use shared::outcome::Row;
use shared::unseen::seen;

use super::beside::Shown;
use super::item::ItemPanel;
use crate::address;
use crate::cell::Derived;
use crate::components::opened::Opened;
use crate::components::texts::Texts;
use crate::components::windowed::{Naming, Numbers, Windowed};
use crate::paired::{self, Order};
use crate::wording::compare::{broke_or_fixed, flips, gain, nothing, order_words};
use crate::wording::number::score;
use crate::wording::preview;

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 84.0;

/// Lists the items that the address asks for.
#[component]
pub fn FlipList(shown: Shown) -> impl IntoView {
    let Shown { pairs, listed: flip, .. } = shown;
    let word = address::parameter("sort");
    let order =
        Derived::new(move || Order::read(word.with(|word| word.clone().unwrap_or_default()).as_str()));
    // Nothing is sorted while the threshold is dragged.
    let sorted = Derived::new(move || Arc::new(pairs.with_value(|pairs| paired::sorted(pairs, order.get()))));
    let listed: Derived<Numbers> = Derived::new(move || {
        let listed =
            |flip| sorted.with(|sorted| shown.flips.with(|flips| paired::listed(sorted, flips, flip)));
        Arc::new(flip.get().map(listed).unwrap_or_default())
    });
    let id = move |place: usize| pairs.with_value(|pairs| pairs.items.get(place).cloned());
    let texts = Texts::of(shown.candidate);
    let list = Windowed::new("pairs", Naming::by_number(), listed, ESTIMATE);
    texts.follow(list, listed, id);
    let is_empty = Memo::new(move |_| listed.with(|listed| listed.is_empty()));
    let name = move |place: usize| id(place).map(|id| format!("item-{id}")).unwrap_or_default();
    let items = move || {
        if is_empty.get() {
            return flip.get().map(|flip| any! { <p class="empty">{nothing(flip)}</p> });
        }
        Some(list.list("results", name, move |place| row(shown, texts, place)))
    };
    let opened = Opened::of(move || {
        let ids = listed.with(|listed| listed.iter().filter_map(|&place| id(place)).collect::<Vec<_>>());
        ids.into_iter().map(String::from).collect()
    });
    let options = Order::ALL.map(|known| {
        any! { <option value=known.word() selected=move || order.get() == known>{order_words(known)}</option> }
    });
    let sort = move |word: String| {
        let word = Some(word).filter(|word| word != Order::default().word());
        address::set(&[("sort", word)]);
    };
    let title = move || flip.get().map(|flip| flips(flip, listed.with(|listed| listed.len()) as u64));
    any! {
        <section aria-labelledby="flips-title">
            <div class="spread">
                <h2 id="flips-title">{title}</h2>
                <label class="choice">
                    <span>"First"</span>
                    <select on:change:target=move |event| sort(event.target().value())>{options.collect_view()}</select>
                </label>
            </div>
            {texts.failed()}
            {items}
        </section>
        {opened.show(move || any! { <ItemPanel shown opened /> })}
    }
}

/// Draws what a row shows. How it came out follows the threshold; its texts come once they are read.
fn row(shown: Shown, texts: Texts, place: usize) -> AnyView {
    let Some((item, feature)) = shown.pairs.with_value(|pairs| {
        let pair = pairs.at(place)?;
        Some((pair.item.clone(), pair.feature.map(seen)))
    }) else {
        return ().into_any();
    };
    let href = address::link_with("open", Some(item.to_string()));
    let text = move || texts.get(&item);
    let request = {
        let text = text.clone();
        move || match text() {
            None => "…".to_owned(),
            Some(row) => preview::leading(&row.request_preview),
        }
    };
    let response = move || {
        text().map(|row: Arc<Row>| any! { <p class="preview quiet">{preview::of(&row.response_preview)}</p> })
    };
    any! {
        <p class="line">
            {standing(shown, place)} <span class="quiet">{feature}</span>
        </p>
        <p class="preview">
            <a class="open" href=href>
                {request}
            </a>
        </p>
        {response}
    }
}

/// Says how both runs did on the item at a place, as the threshold changes.
pub fn standing(shown: Shown, place: usize) -> AnyView {
    let flip = Derived::new(move || shown.flips.with(|flips| flips.get(place).copied()));
    let mark = move || {
        flip.get().map(|flip| {
            let class = match flip {
                Flip::Broke | Flip::BothFail => "mark bad",
                Flip::Fixed | Flip::BothPass => "mark good",
            };
            any! { <span class=class>{broke_or_fixed(flip)}</span> }
        })
    };
    let scores = shown.pairs.with_value(|pairs| {
        pairs.at(place).map(|pair| (pair.base.value(), pair.candidate.value(), pair.gain()))
    });
    let scores = scores.map(|(base, candidate, gained)| {
        any! {
            <strong class="number">{score(candidate)}</strong>
            <span class="quiet number">{format!("base {}, {}", score(base), gain(gained))}</span>
        }
    });
    any! {
        {mark}
        {scores}
    }
}
