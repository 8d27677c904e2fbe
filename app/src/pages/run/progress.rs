//! A run that goes on: how far it is, what it came to so far, what it costs.

use leptos::prelude::*;
use shared::api::runs::{GetSummary, SummaryQuery};
use shared::run::{Run, Status, cost_to_go};

use super::watch::Watch;
use crate::components::loaded::Load;
use crate::wording::number::{count, percent, percent_range, seconds, usd};
use crate::wording::run::{lost, outcomes, progress, settled};
use crate::{api, clock, rescore};

/// Shows the progress of a run that is not finished.
#[component]
pub fn Progress(watch: Watch) -> impl IntoView {
    let going = move || watch.run.get().filter(|run| !run.status.is_final());
    // Told in tenths: a screen reader must not be interrupted twice a second.
    let tenth = Memo::new(move |_| {
        let run = going()?;
        (run.counts.done * 10).checked_div(run.counts.total)
    });
    let told = move || tenth.get().map(|tenth| format!("{}% done", tenth * 10));
    // What is settled takes all outcomes to tell: it is asked for once in each tenth that is begun here.
    let is_running = Memo::new(move |_| going().is_some_and(|run| run.status == Status::Running));
    let early = Load::new(move || {
        let run = watch.run.get_untracked().map(|run| run.id);
        let asks = is_running.get() && tenth.get().is_some_and(|tenth| tenth > 0);
        async move {
            match run.filter(|_| asks) {
                Some(run) => api::call(&GetSummary { run }, &SummaryQuery::default(), &())
                    .await
                    .map(|summary| summary.early),
                None => Ok(None),
            }
        }
    });
    let settled = Memo::new(move |_| early.get()?.ok()?.and_then(settled));
    any! {
        <p class="hidden" role="status">
            {told}
        </p>
        {move || going().map(|run| show(&run))}
        <p class="notice" role="status" class:gone=move || settled.with(Option::is_none)>
            {settled}
        </p>
    }
}

fn show(run: &Run) -> AnyView {
    let standing = rescore::standing(&run.counts);
    let (rate, range) = match standing {
        Some(standing) => (
            percent(standing.rate),
            format!("{}, n {}", percent_range(standing.interval), count(standing.scored)),
        ),
        None => ("–".to_owned(), "nothing scored yet".to_owned()),
    };
    let calls = [
        ("To the target", count(run.calls.target)),
        ("To the judge", count(run.calls.judge)),
        ("From memory", count(run.calls.memoised)),
        ("Retries", count(run.calls.retried)),
    ];
    let calls =
        calls.map(|(name, number)| any! { <div><dt>{name}</dt><dd class="number">{number}</dd></div> });
    let pace = match run.status {
        Status::Queued => "about to start".to_owned(),
        Status::Paused => "no calls while paused".to_owned(),
        _ => format!(
            "{} of {} calls at once",
            count(run.concurrency.now.into()),
            count(run.concurrency.asked.into())
        ),
    };
    let goes_on = run.status == Status::Running;
    let budget = run.budget_usd.map(|budget| format!("of {}", usd(Some(budget.usd()))));
    let cost_left = match (run.cost_usd, cost_to_go(run.cost_usd, &run.counts)) {
        (None, _) => Some(any! {
            <span>"a price is not known: "</span>
            <a href="/settings">"set prices"</a>
        }),
        (_, left) => {
            left.filter(|_| goes_on).map(|left| format!("about {} to go", usd(Some(left))).into_any())
        }
    };
    let spent_seconds = clock::now().since(run.created_at) / 1000;
    let time_left =
        run.eta_seconds.filter(|_| goes_on).map(|left| format!("about {} to go", seconds(left.max(1))));
    any! {
        <section class="progress" aria-labelledby="progress-title">
            <h2 id="progress-title" class="hidden">
                "Progress"
            </h2>
            <progress
                max=run.counts.total.max(1).to_string()
                value=run.counts.done.to_string()
                aria-label="Items done"
            ></progress>
            <p class="number">{progress(&run.counts, run.eta_seconds)}</p>
            <div class="tiles">
                <div class="tile">
                    <h3>"Pass rate so far"</h3>
                    <p class="big number">{rate}</p>
                    <p class="quiet number">{range}</p>
                </div>
                <div class="tile">
                    <h3>"Items"</h3>
                    <p class="big number">{count(run.counts.done)}</p>
                    <p class="quiet number">{outcomes(&run.counts)}</p>
                </div>
                <div class="tile">
                    <h3>"Cost so far"</h3>
                    <p class="big number">{usd(run.cost_usd)}</p>
                    <p class="quiet number">{budget}</p>
                    <p class="quiet number">{cost_left}</p>
                </div>
                <div class="tile">
                    <h3>"Time since the start"</h3>
                    <p class="big number">{seconds(spent_seconds)}</p>
                    <p class="quiet number">{time_left}</p>
                </div>
                <div class="tile">
                    <h3>"Calls"</h3>
                    <dl class="facts">{calls.collect_view()}</dl>
                    <p class="quiet number">{pace}</p>
                    {lost(run.duplicate_calls).map(|lost| any! { <p class="quiet">{lost}</p> })}
                </div>
            </div>
        </section>
    }
}
