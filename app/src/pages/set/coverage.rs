//! Which part of last week's traffic a set stands for, and taking in a sample of what it has nothing of.

use leptos::prelude::*;
use shared::api::sets::{AddItems, Dedupe, GetCoverage, PostItems};
use shared::id::SetId;
use shared::log::filter::{Choice, Filter};
use shared::run::Sample;
use shared::set::coverage::{Coverage, Represented};
use shared::unseen::seen;

use crate::api::CallError;
use crate::components::caller;
use crate::components::doing::Doing;
use crate::components::loaded::Load;
use crate::components::opened::Uncovered;
use crate::components::toasts::Toasts;
use crate::route::Route;
use crate::wording::number::{count, percent};
use crate::wording::set;
use crate::{address, api, clock, wording};

/// The size of a sample that is taken in.
const SAMPLE: u32 = 10;

/// Says what the set stands for.
#[component]
pub fn CoverageOf(
    set: SetId,
    /// Called when the set has another version.
    changed: Callback<()>,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let uncovered = Uncovered::of_page();
    let coverage = Load::new(move || {
        let (set, uncovered) = (set.get_value(), uncovered.reached());
        async move {
            uncovered.await;
            api::read_from(&GetCoverage { set }).await
        }
    });
    let changed = Callback::new(move |()| {
        coverage.refetch();
        changed.run(());
    });
    let shown = move || match coverage.get()? {
        Ok(coverage) => Some(show(&coverage, set, changed)),
        Err(error) => Some(failed(&error, coverage.retry())),
    };
    any! { {shown} }
}

/// Says that it did not load, without a word louder than the items: they are what the page is about.
fn failed(error: &CallError, retry: Callback<()>) -> AnyView {
    any! {
        <p class="quiet">
            {set::no_coverage(&error.fault)} " "
            <button type="button" class="plain" on:click=move |_| retry.run(())>
                "Try again"
            </button>
        </p>
    }
}

fn show(coverage: &Coverage, set: StoredValue<SetId>, changed: Callback<()>) -> AnyView {
    if coverage.logs() == 0 {
        return any! { <p class="quiet">{set::NO_TRAFFIC}</p> };
    }
    let logs = coverage.logs();
    let items: u64 = coverage.features.iter().map(|feature| feature.items).sum();
    let missing = set::missing(coverage);
    let from = coverage.from.to_string();
    let rows = coverage.features.iter().map(|feature| row(feature, logs, items, &from, set, changed));
    any! {
        <section class="coverage" aria-label="Coverage">
            <p>
                <strong>{set::covered(coverage)}</strong>
                " "
                {missing.clone()}
            </p>
            <details>
                <summary>{if missing.is_some() { "By feature, and what to add" } else { "By feature" }}</summary>
                <div class="scroll">
                    <table class="plain">
                        <thead>
                            <tr>
                                <th scope="col">"Feature"</th>
                                <th scope="col" class="number">"Logs, 7 days"</th>
                                <th scope="col" class="number">"Of the traffic"</th>
                                <th scope="col" class="number">"Items"</th>
                                <th scope="col" class="number">"Of the set"</th>
                                <th scope="col">"What to add"</th>
                            </tr>
                        </thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
}

fn row(
    feature: &Represented,
    logs: u64,
    items: u64,
    from: &str,
    set: StoredValue<SetId>,
    changed: Callback<()>,
) -> AnyView {
    let share = |part: u64, whole: u64| {
        if whole == 0 { "–".to_owned() } else { percent(part as f64 / whole as f64) }
    };
    let Represented { feature: name, logs: of_logs, items: of_items } = feature.clone();
    let add = (of_items == 0 && of_logs > 0).then(|| add(name.clone(), of_logs, from, set, changed));
    let title = name.as_deref().map_or_else(|| wording::log::without("feature"), seen);
    let query = [("feature".to_owned(), name.unwrap_or_default()), ("range".to_owned(), "7d".to_owned())];
    let href = address::write(&Route::Logs.path(), &query);
    any! {
        <tr>
            <th scope="row">
                <a href=href>{title}</a>
            </th>
            <td class="number">{count(of_logs)}</td>
            <td class="number">{share(of_logs, logs)}</td>
            <td class="number">{count(of_items)}</td>
            <td class="number">{share(of_items, items)}</td>
            <td>{add}</td>
        </tr>
    }
}

/// A button that takes in a sample of the logs of a feature, or of those without one.
fn add(
    feature: Option<String>,
    logs: u64,
    from: &str,
    set: StoredValue<SetId>,
    changed: Callback<()>,
) -> AnyView {
    let toasts = Toasts::of_app();
    let n = SAMPLE.min(u32::try_from(logs).unwrap_or(SAMPLE));
    let filter =
        Filter { feature: Choice::of(feature.clone()), from: from.parse().ok(), ..Filter::default() };
    let adding = Doing::new(move || {
        let sample = Some(Sample { n, seed: u64::from(clock::draw()) });
        let items = AddItems::Matching { filter: Box::new(filter.clone()), sample, dedupe: Dedupe::Exact };
        let call = PostItems { set: set.get_value() };
        async move {
            let added = api::submit(&call, &items).await?;
            toasts.done(set::sample_added(&added));
            changed.try_run(());
            Ok(())
        }
    });
    let name = set::add_sample(feature.as_deref(), n);
    caller::offered::<PostItems>(move || {
        any! {
            {adding.button("", set::ADD_SAMPLE, "Adding…", Some(name.clone()))}
            {adding.problem()}
        }
    })
}
