//! Each criterion over the whole run, with what it counts: a weight that is typed here weighs the run anew.

use std::sync::Arc;

use leptos::prelude::*;
use shared::score::Threshold;
use shared::stats::Interval;
use shared::summary::exact::Exact;
use shared::summary::{CriterionSummary, Scores};
use shared::unseen::seen;

use crate::address;
use crate::components::span_bar::span_bar;
use crate::weights::Weights;
use crate::wording::number::{count, level, percent_or_none, percent_range, score_or_none, score_range};
use crate::wording::run::NO_WEIGHT;

/// Shows how the responses did on each criterion; nothing when there is only one.
#[component]
pub fn CriterionTable(
    /// The columns as the run was judged: what is left out is here too.
    judged: Arc<Scores>,
    weights: Weights,
) -> impl IntoView {
    if judged.criteria.len() < 2 {
        return ().into_any();
    }
    // How it did on a criterion depends on no threshold and no weight.
    let criteria = Exact::of(&judged).at(Threshold::default()).criteria;
    let wrong = RwSignal::new(false);
    let is_changed = weights.word(&judged.criteria).is_some();
    let known = StoredValue::new((judged, weights));
    let rows = criteria.into_iter().enumerate().map(|(place, criterion)| row(place, criterion, known, wrong));
    let rows = rows.collect_view();
    any! {
        <section aria-labelledby="criteria-title">
            <div class="spread">
                <h2 id="criteria-title">"By criterion"</h2>
                <button
                    type="button"
                    class:gone=!is_changed
                    on:click=move |_| address::set(&[("weights", None)])
                >
                    "Weights as judged"
                </button>
            </div>
            <table class="rows" aria-labelledby="criteria-title">
                <thead>
                    <tr>
                        <th scope="col">"Criterion"</th>
                        <th scope="col">"Weight"</th>
                        <th scope="col" class="number">"At level 4 or above"</th>
                        <th scope="col" class="number">"Average"</th>
                        <th scope="col" class="number">"Unscored"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p id="weight-mistake" class="mistake" role="status">
                {move || wrong.get().then_some(NO_WEIGHT)}
            </p>
        </section>
    }
}

fn row(
    place: usize,
    criterion: CriterionSummary,
    known: StoredValue<(Arc<Scores>, Weights)>,
    wrong: RwSignal<bool>,
) -> AnyView {
    let read = move |typed: &str| known.with_value(|(_, weights)| weights.with(place, typed));
    let shown = known.with_value(|(_, weights)| level(weights.at(place)));
    let before = shown.clone();
    let name = seen(&criterion.name);
    let label = format!("Weight of {name}");
    any! {
        <tr>
            <th scope="row">{name}</th>
            <td data-label="weight">
                <input
                    id=format!("weight-{place}")
                    class="short"
                    inputmode="decimal"
                    aria-label=label
                    aria-describedby="weight-mistake"
                    prop:value=shown
                    on:input:target=move |event| wrong.set(read(&event.target().value()).is_none())
                    on:change:target=move |event| {
                        let word = read(&event.target().value())
                            .map(|weights| known.with_value(|(judged, _)| weights.word(&judged.criteria)));
                        match word {
                            Some(word) => address::set(&[("weights", word)]),
                            None => event.target().set_value(&before),
                        }
                    }
                    on:blur=move |_| wrong.set(false)
                />
            </td>
            <td class="number measured" data-label="at level 4 or above">
                {percent_or_none(criterion.pass_rate)}
                {measured(criterion.pass_rate, criterion.pass_rate_interval, percent_range)}
            </td>
            <td class="number measured" data-label="average">
                {score_or_none(criterion.average)}
                {measured(criterion.average, criterion.average_interval, score_range)}
            </td>
            <td class="number" data-label="unscored">{count(criterion.unscored)}</td>
        </tr>
    }
}

/// Says how sure a number is, and draws it; nothing where that is not known.
fn measured(
    value: Option<f64>,
    interval: Option<Interval>,
    words: fn(Interval) -> String,
) -> Option<AnyView> {
    let (value, interval) = value.zip(interval)?;
    Some(any! {
        " " <span class="quiet small">{words(interval)}</span>
        {span_bar(value, interval)}
    })
}
