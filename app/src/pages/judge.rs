//! One judge: how far it can be trusted, and what to label next to know better.

mod card;
mod queue;

use leptos::prelude::*;
use shared::api::labels::GetJudgeHealth;
use shared::canonical::Key;
use shared::health::Health;
use shared::id::RunId;

use crate::cell::Derived;
use crate::components::loaded::{Load, loaded};
use crate::wording::{judge, run};
use crate::{address, api};
use queue::ReviewQueue;

/// Shows a judge; with a run in the address, the results of that run to label next.
#[component]
pub fn JudgePage(version: Key) -> impl IntoView {
    let version = StoredValue::new(version);
    let asked = address::parameter("run");
    let of_run = Derived::new(move || asked.get().and_then(|run| RunId::try_from(run).ok()));
    let health = Load::new(move || {
        let judge_version = version.get_value();
        async move { api::read_from(&GetJudgeHealth { judge_version }).await }
    });
    let labelled = Callback::new(move |()| health.refetch());
    let failed =
        move || health.get().and_then(Result::err).map(|_| any! { <h1>"This judge cannot be shown"</h1> });
    any! {
        <p class="crumbs">
            <a href="/runs">"Runs"</a>
            {move || {
                of_run
                    .get()
                    .map(|run| {
                        let href = crate::route::Route::Run(run).path();
                        any! { " / " <a href=href>"Run"</a> }
                    })
            }}
        </p>
        {failed}
        {loaded(health, |health| show(&health))}
        {move || of_run.get().map(|run| any! { <ReviewQueue run labelled /> })}
    }
}

fn show(health: &Health) -> AnyView {
    let criteria = (!health.criteria.is_empty()).then(|| {
        any! {
            <section aria-labelledby="by-criterion-title">
                <h2 id="by-criterion-title">"By criterion"</h2>
                {card::by_criterion(&health.criteria)}
            </section>
        }
    });
    let canaries = health.canaries.as_ref();
    let missed = canaries.filter(|canaries| !canaries.missed.is_empty()).map(|canaries| {
        let missed = canaries.missed.iter().map(|missed| any! { <li>{judge::missed(missed)}</li> });
        any! {
            <div class="fault">
                <p>
                    <strong>{judge::unreliable_by_now(canaries)}</strong>
                </p>
                <ul>{missed.collect_view()}</ul>
            </div>
        }
    });
    any! {
        <h1>"Judge " <span class="name">{run::judge(&health.judge)}</span></h1>
        {card::standing(&health.overall)}
        {missed}
        {card::numbers(health)}
        <div class="beside even">
            {card::confusion(&health.overall)} {criteria}
        </div>
    }
}
