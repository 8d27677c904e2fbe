//! Search and dates above the table.

use leptos::prelude::*;

use super::query::RANGES;
use crate::address;
use crate::components::search::Search;

/// Full-text search, a range of dates, and a way back to everything.
#[component]
pub fn FilterBar() -> impl IntoView {
    let address = address::current();
    let (search, range) = (Search::of_address(), address::parameter("range"));
    let (from, until) = (address::parameter("from"), address::parameter("until"));
    let exact = move || from.with(Option::is_some) || until.with(Option::is_some);
    let chosen = move || if exact() { "exact".to_owned() } else { range.get().unwrap_or_default() };
    let choosing = RwSignal::new(false);
    let choose = move |word: String| {
        choosing.set(word == "exact");
        if word != "exact" {
            address::set(&[("range", Some(word)), ("from", None), ("until", None), ("open", None)]);
        }
    };
    let day = |name: &'static str, label: &'static str, value: Memo<Option<String>>| {
        any! {
            <label class="field">
                <span>{label}</span>
                <input
                    type="date"
                    prop:value=move || value.get().unwrap_or_default()
                    on:change:target=move |event| {
                        address::set(&[(name, Some(event.target().value())), ("range", None), ("open", None)]);
                    }
                />
            </label>
        }
    };
    let filtered =
        Memo::new(move |_| address.with(|address| !super::query::asked(&address.query).is_empty()));
    let dates = Memo::new(move |_| exact() || choosing.get());
    let more = any! {
            <label class="field">
                <span>"When"</span>
                <select prop:value=chosen on:change:target=move |event| choose(event.target().value())>
                    <option value="">"Any time"</option>
                    {RANGES
                        .iter()
                        .map(|(word, title, _)| any! { <option value=*word>{*title}</option> })
                        .collect_view()}
                    <option value="exact">"Exact dates…"</option>
                </select>
            </label>
            {move || {
                dates
                    .get()
                    .then(|| {
                        any! {
                            {day("from", "From (UTC)", from)}
                            {day("until", "To (UTC)", until)}
                        }
                    })
            }}
            {move || {
                filtered
                    .get()
                    .then(|| {
                        any! {
                            <a class="button" href="/logs">
                                "Clear filters"
                            </a>
                        }
                    })
            }}
    };
    search.form("Words in the request or the response", more)
}
