//! The headline numbers, each with its interval and n.

use leptos::prelude::*;
use shared::stats::Interval;

use crate::cell::Derived;
use crate::components::span_bar::span_bar;
use crate::rescore::Rescored;
use crate::wording::number::{count, counted, percent, percent_range, score, score_range};

/// Shows the headline numbers.
#[component]
pub fn Tiles(rescored: Derived<Rescored>) -> impl IntoView {
    any! {
        <section class="tiles" aria-label="Numbers">
            {move || rescored.with(tiles)}
        </section>
    }
}

fn tiles(rescored: &Rescored) -> AnyView {
    let summary = &rescored.summary;
    let n = format!("n {}", count(summary.scored));
    let original = summary.baseline.as_ref();
    let share = |value: Option<f64>, interval: Option<Interval>, n: &str| match value.zip(interval) {
        Some((value, interval)) => {
            (percent(value), format!("{}, {n}", percent_range(interval)), Some((value, interval)))
        }
        None => ("–".to_owned(), n.to_owned(), None),
    };
    let average = match summary.average.zip(summary.average_interval) {
        Some((value, interval)) => {
            (score(value), format!("{}, {n}", score_range(interval)), Some((value, interval)))
        }
        None => ("–".to_owned(), n.clone(), None),
    };
    let plain = |title, (big, below, value): (String, String, Option<(f64, Interval)>)| {
        tile(title, big, &below, value)
    };
    let original = original.map(|original| {
        let n = format!("n {}", count(original.scored));
        plain("Original pass rate", share(original.pass_rate, original.pass_rate_interval, &n))
    });
    let missing = [("Unscored", summary.unscored), ("No answer", summary.errored)].map(|(title, number)| {
        tile(title, count(number), &format!("of {}", counted(summary.items, "item", "items")), None)
    });
    any! {
        {plain("Pass rate", share(summary.pass_rate, summary.pass_rate_interval, &n))}
        {original}
        {plain("Average score", average)}
        {missing.collect_view()}
    }
}

fn tile(title: &'static str, big: String, below: &str, span: Option<(f64, Interval)>) -> AnyView {
    any! {
        <div class="tile">
            <h3>{title}</h3>
            <p class="big number">{big}</p>
            {span.map(|(value, interval)| span_bar(value, interval))}
            <p class="quiet number">{below.to_owned()}</p>
        </div>
    }
}
