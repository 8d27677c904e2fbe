//! Search and dates above the table.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::query::RANGES;
use crate::{address, clock};

/// So long after the last letter words are searched for without being asked to, in milliseconds.
const PAUSE: i32 = 300;

/// Full-text search, a range of dates, and a way back to everything.
#[component]
pub fn FilterBar() -> impl IntoView {
    let address = address::current();
    let (search, range) = (address::parameter("q"), address::parameter("range"));
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
    let input = NodeRef::<leptos::html::Input>::new();
    // Counts what was typed: only the last of it is searched for.
    let typed = StoredValue::new(0_u32);
    // Whether the history has an entry of what was typed since the field was entered; more changes that one.
    let entered = StoredValue::new(false);
    let submit = move |replace: bool| {
        typed.update_value(|typed| *typed += 1);
        let words = input.get_untracked().map(|input| input.value()).filter(|words| !words.is_empty());
        let here = address::here();
        if words == here.parameter("q") {
            return;
        }
        let href = here.with(&[("q", words), ("open", None)]).href();
        if replace {
            address::replace(&href);
        } else {
            address::go(&href);
        }
        entered.set_value(true);
    };
    let wait = move || {
        typed.update_value(|typed| *typed += 1);
        let mine = typed.get_value();
        spawn_local(async move {
            clock::sleep(PAUSE).await;
            if typed.try_get_value() == Some(mine) {
                submit(entered.get_value());
            }
        });
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
    any! {
        <form
            class="filters"
            role="search"
            on:submit=move |event| {
                event.prevent_default();
                submit(entered.get_value());
            }
        >
            <label class="field grow">
                <span>"Search"</span>
                <input
                    type="search"
                    name="q"
                    placeholder="Words in the request or the response"
                    node_ref=input
                    prop:value=move || search.get().unwrap_or_default()
                    on:focus=move |_| entered.set_value(false)
                    on:input=move |_| wait()
                    on:change=move |_| submit(entered.get_value())
                />
            </label>
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
        </form>
    }
}
