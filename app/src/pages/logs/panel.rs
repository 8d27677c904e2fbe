//! One log, over the right side of the page.

use leptos::prelude::*;
use shared::api::logs::GetLog;
use shared::id::LogId;
use shared::log::filter::Filter;
use shared::log::{Detail, Outcome};

use super::add::{AddToSet, Picked};
use crate::components::conversation::{conversation, output};
use crate::components::dialog::{Dialog, Place, on_keys};
use crate::components::json::json;
use crate::components::loaded::{Load, loaded};
use crate::route::Route;
use crate::wording::{self, number};
use crate::{address, api, clock};

/// Shows the log with this id.
#[component]
pub fn LogPanel(
    id: Memo<Option<LogId>>,
    /// Opens the log so many rows further on.
    move_by: Callback<isize>,
) -> impl IntoView {
    let log = Load::new(move || {
        let log = id.get();
        async move {
            match log {
                Some(log) => api::read_from(&GetLog { log }).await.map(Some),
                None => Ok(None),
            }
        }
    });
    let adding = RwSignal::new(false);
    on_keys(move |key| match key {
        "j" => move_by.run(1),
        "k" => move_by.run(-1),
        _ => {}
    });
    let close = Callback::new(|()| address::set(&[("open", None)]));
    let tools = move || {
        view! {
            <button type="button" on:click=move |_| move_by.run(-1)>
                "↑ Previous " <kbd>"k"</kbd>
            </button>
            <button type="button" on:click=move |_| move_by.run(1)>
                "↓ Next " <kbd>"j"</kbd>
            </button>
            <button type="button" class="main" on:click=move |_| adding.set(true)>
                "Add to set…"
            </button>
        }
    };
    view! {
        <Dialog title="Log" place=Place::Side tools on_close=close>
            {loaded(log, |log| log.map(|log| detail(&log)).into_any())}
            {move || {
                adding
                    .get()
                    .then(|| {
                        let picked = Picked {
                            checked: id.get_untracked().into_iter().collect(),
                            filter: Filter::default(),
                            matching: 0,
                        };
                        let close = Callback::new(move |()| adding.set(false));
                        view! { <AddToSet picked close added=Callback::new(move |()| log.refetch()) /> }
                    })
            }}
        </Dialog>
    }
}

fn detail(detail: &Detail) -> AnyView {
    let log = &detail.log;
    let facts = [
        ("Time", Some(clock::full(log.created_at))),
        ("Outcome", Some(wording::log::outcome(log.outcome).to_owned())),
        ("Status", log.status.map(|status| status.to_string())),
        ("Feature", log.feature.clone()),
        ("Model", Some(log.model.clone())),
        ("Provider", log.provider.clone()),
        ("User", log.user.clone()),
        ("Session", log.session.clone()),
        ("Latency", log.latency_ms.map(|millis| number::took(Some(millis)))),
        ("First piece after", log.ttft_ms.map(|millis| number::took(Some(millis)))),
        ("Tokens in → out", Some(number::tokens(log.usage.input_tokens, log.usage.output_tokens))),
        ("Cost", Some(number::usd(log.cost_usd))),
        ("Streamed", Some(if log.streamed { "yes" } else { "no" }.to_owned())),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let tags = log.tags.iter().map(|(name, value)| (format!("Tag {name}"), value.clone()));
    let facts = facts.chain(tags).map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    let sets = detail.sets.iter().map(|set| {
        view! {
            <li>
                <a href=Route::Set(set.id.clone()).path()>{set.name.clone()}</a>
            </li>
        }
    });
    let sets = sets.collect_view();
    let sets = if sets.is_empty() {
        view! { <p class="quiet">"In no set yet."</p> }.into_any()
    } else {
        view! { <ul>{sets}</ul> }.into_any()
    };
    let answer = if log.outcome == Outcome::Success || !detail.output.is_empty() {
        output(&detail.output)
    } else {
        view! { <p class="mark odd">{wording::log::outcome(log.outcome)}</p> <p>{log.response_preview.clone()}</p> }
            .into_any()
    };
    view! {
        <section>
            <h3>"Request"</h3>
            {conversation(&detail.messages, &[])}
        </section>
        <section>
            <h3>"Response"</h3>
            {answer}
        </section>
        <section>
            <h3>"About it"</h3>
            <dl class="facts">{facts.collect_view()}</dl>
        </section>
        <section>
            <h3>"Sets"</h3>
            {sets}
        </section>
        <section>
            <h3>"Raw"</h3>
            {json("Request JSON", &detail.request)}
            {json("Response JSON", &detail.response)}
        </section>
    }
    .into_any()
}
