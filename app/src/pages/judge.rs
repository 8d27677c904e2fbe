//! One judge: how far it can be trusted, and what to label next to know better.

mod card;
mod corrected;
mod queue;

use leptos::prelude::*;
use shared::api::labels::{GetCorrected, GetJudgeHealth};
use shared::canonical::Key;
use shared::health::Health;
use shared::id::RunId;

use crate::cell::Derived;
use crate::components::loaded::{Load, loaded};
use crate::components::opened::Uncovered;
use crate::wording::{judge, run, steady};
use crate::{address, api};
use queue::ReviewQueue;

/// Shows a judge; with a run in the address, the results of that run to label next.
#[component]
pub fn JudgePage(version: Key) -> impl IntoView {
    let version = StoredValue::new(version);
    let asked = address::parameter("run");
    let of_run = Derived::new(move || asked.get().and_then(|run| RunId::try_from(run).ok()));
    let uncovered = Uncovered::of_page();
    let health = Load::new(move || {
        let (judge_version, uncovered) = (version.get_value(), uncovered.reached());
        async move {
            uncovered.await;
            api::read_from(&GetJudgeHealth { judge_version }).await
        }
    });
    let rates = Load::new(move || {
        let (run, uncovered) = (of_run.get(), uncovered.reached());
        async move {
            uncovered.await;
            match run {
                Some(run) => api::read_from(&GetCorrected { run }).await.map(Some),
                None => Ok(None),
            }
        }
    });
    let labelled = Callback::new(move |()| {
        health.refetch();
        rates.refetch();
    });
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
        {move || {
            uncovered
                .is_so()
                .then(|| {
                    any! {
                        {loaded(health, |health| show(&health))}
                        {loaded(rates, |rates| rates.as_ref().map(corrected::rates).into_any())}
                    }
                })
        }}
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
    let drifted = steady::drifted(health).map(|drifted| {
        any! {
            <div class="fault">
                <p>
                    <strong>{drifted}</strong>
                </p>
            </div>
        }
    });
    any! {
        <h1>"Judge " <span class="name">{run::judge(&health.judge)}</span></h1>
        {card::standing(&health.overall)}
        {missed}
        {drifted}
        {card::numbers(health)}
        <div class="beside even">
            {card::confusion(&health.overall)} {criteria}
        </div>
        {steadiness(health)}
    }
}

/// Says how steady the judge is, and what sways it.
fn steadiness(health: &Health) -> AnyView {
    let list = |known: Vec<String>| {
        let each = known.into_iter().map(|sentence| any! { <li>{sentence}</li> });
        any! { <ul class="bullets">{each.collect_view()}</ul> }
    };
    let steady = match steady::steadiness(health) {
        known if known.is_empty() => any! { <p class="quiet">{steady::UNKNOWN}</p> },
        known => list(known),
    };
    let sway = steady::sway(health);
    let sway = (!sway.is_empty()).then(|| {
        any! {
            <section aria-labelledby="sway-title">
                <h2 id="sway-title">"What sways it"</h2>
                {list(sway)}
            </section>
        }
    });
    any! {
        <section aria-labelledby="steady-title">
            <h2 id="steady-title">"How steady it is"</h2>
            {steady}
        </section>
        {sway}
    }
}
