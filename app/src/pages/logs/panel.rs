//! One log, over the right side of the page.

use leptos::prelude::*;
use shared::api::logs::GetLog;
use shared::id::LogId;
use shared::log::{Detail, Outcome};
use shared::unseen::seen;

use super::again::send_again;
use crate::components::add_to_set::{Adding, Picked};
use crate::components::conversation::{conversation, output};
use crate::components::dialog::{Dialog, Place};
use crate::components::json::json;
use crate::components::loaded::{Load, loaded};
use crate::components::opened::{Opened, close};
use crate::route::Route;
use crate::wording::{self, number};
use crate::{api, clock};

/// Shows the open log.
#[component]
pub fn LogPanel(
    /// The open one of the listed logs.
    opened: Opened,
) -> impl IntoView {
    let log = Load::new(move || {
        let log = opened.id::<LogId>();
        async move {
            match log {
                Some(log) => api::read_from(&GetLog { log }).await.map(Some),
                None => Ok(None),
            }
        }
    });
    opened.listen();
    let adding = Adding::start();
    let picked = move || opened.id_untracked().map(|log| Picked { checked: vec![log], ..Picked::default() });
    any! {
        <Dialog title="Log" place=Place::Side tools=move || adding.tools(opened) back=opened.back() on_close=close()>
            {loaded(log, |log| log.map(|log| detail(&log)).into_any())}
            {adding.form(picked, Callback::new(move |()| log.refetch()))}
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
    let facts = facts
        .chain(tags)
        .map(|(name, value)| any! { <div><dt>{seen(&name)}</dt><dd>{seen(&value)}</dd></div> });
    let sets = detail.sets.iter().map(|set| {
        any! {
            <li>
                <a href=Route::Set(set.id.clone()).path()>{seen(&set.name)}</a>
            </li>
        }
    });
    let sets = sets.collect_view();
    let sets = if sets.is_empty() {
        any! { <p class="quiet">"In no set yet."</p> }
    } else {
        any! { <ul>{sets}</ul> }
    };
    let answer = if log.outcome == Outcome::Success || !detail.output.is_empty() {
        output(&detail.output)
    } else {
        any! { <p class="mark odd">{wording::log::outcome(log.outcome)}</p> <p>{wording::preview::of(&log.response_preview)}</p> }
    };
    any! {
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
        {send_again(detail)}
        <section>
            <h3>"Raw"</h3>
            {json("Request JSON", &detail.request)}
            {json("Response JSON", &detail.response)}
        </section>
    }
}
