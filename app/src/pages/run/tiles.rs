//! The headline numbers, each with its interval and n.

use leptos::prelude::*;
use shared::stats::Interval;

use crate::cell::Derived;
use crate::chart::span;
use crate::rescore::Rescored;
use crate::wording::number::{count, counted, fixed, percent, percent_range, score, score_range};

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
        let span = value.map(|(value, interval)| span::lay_out(value, interval, 0.0, 1.0));
        tile(title, big, &below, span)
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

fn tile(title: &'static str, big: String, below: &str, span: Option<span::Span>) -> AnyView {
    let line = span.map(|span| {
        let percent = |value: f64| fixed(value, 2) + "%";
        any! {
            <svg class="span" width="100%" height="10" aria-hidden="true">
                <line class="axis" x1="0" x2="100%" y1="5" y2="5" />
                <line class="interval" x1=percent(span.from) x2=percent(span.to) y1="5" y2="5" />
                <circle cx=percent(span.value) cy="5" r="3.5" />
            </svg>
        }
    });
    any! {
        <div class="tile">
            <h3>{title}</h3>
            <p class="big number">{big}</p>
            {line}
            <p class="quiet number">{below.to_owned()}</p>
        </div>
    }
}
