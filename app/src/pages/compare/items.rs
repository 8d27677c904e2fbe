//! The items that came out one way in both runs: those that broke, were fixed, fail or pass in both. All of them are
//! there; those near the screen are drawn, and their texts read.

use std::sync::Arc;

use leptos::prelude::*;
use shared::compare::items::{Flip, ItemPair, ItemPairs};
use shared::id::RunId;
use shared::outcome::Row;

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

/// Two runs with the items that they are compared over.
#[derive(Clone, PartialEq)]
pub struct Paired {
    pub base: RunId,
    pub candidate: RunId,
    pub pairs: Arc<ItemPairs>,
}

/// Lists the items that the address asks for.
#[component]
pub fn FlipList(paired: Paired, flip: Derived<Option<Flip>>) -> impl IntoView {
    let Paired { base, candidate, pairs } = paired;
    let word = address::parameter("sort");
    let order =
        Derived::new(move || Order::read(word.with(|word| word.clone().unwrap_or_default()).as_str()));
    let pairs = StoredValue::new(pairs);
    let listed: Derived<Numbers> = Derived::new(move || {
        let listed = |flip| pairs.with_value(|pairs| paired::list(pairs, flip, order.get()));
        Arc::new(flip.get().map(listed).unwrap_or_default())
    });
    let id = move |place: usize| pairs.with_value(|pairs| pairs.items.get(place).cloned());
    let texts = Texts::of(StoredValue::new(candidate.clone()));
    let list = Windowed::new("pairs", Naming::by_number(), listed, ESTIMATE);
    texts.follow(list, listed, id);
    let is_empty = Memo::new(move |_| listed.with(|listed| listed.is_empty()));
    let name = move |place: usize| id(place).map(|id| format!("item-{id}")).unwrap_or_default();
    let items = move || {
        if is_empty.get() {
            return flip.get().map(|flip| any! { <p class="empty">{nothing(flip)}</p> });
        }
        Some(list.list("results", name, move |place| {
            let row = pairs.with_value(|pairs| pairs.at(place).map(|pair| row(pair, texts)));
            row.into_any()
        }))
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
        {opened.show(move || {
            any! { <ItemPanel base=base.clone() candidate=candidate.clone() opened pairs /> }
        })}
    }
}

/// Draws what a row shows; its texts come once they are read.
fn row(pair: ItemPair<'_>, texts: Texts) -> AnyView {
    let item = pair.item.clone();
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
            {standing(pair)} <span class="quiet">{pair.feature.map(str::to_owned)}</span>
        </p>
        <p class="preview">
            <a class="open" href=address::link_with("open", Some(pair.item.to_string()))>
                {request}
            </a>
        </p>
        {response}
    }
}

/// Says how both runs did on an item.
pub fn standing(pair: ItemPair<'_>) -> AnyView {
    let class = match pair.flip {
        Flip::Broke | Flip::BothFail => "mark bad",
        Flip::Fixed | Flip::BothPass => "mark good",
    };
    any! {
        <span class=class>{broke_or_fixed(pair.flip)}</span>
        <strong class="number">{score(pair.candidate)}</strong>
        <span class="quiet number">{format!("base {}, {}", score(pair.base), gain(pair.gain()))}</span>
    }
}
