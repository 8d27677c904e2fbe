//! The headline numbers, each with its interval and n.

use leptos::prelude::*;
use shared::stats::Interval;
use shared::summary::Side;

use crate::cell::Derived;
use crate::components::span_bar::{difference_bar, span_bar};
use crate::rescore::Rescored;
use crate::wording::number::{
    count, counted, percent, percent_range, points, points_range, score, score_range,
};

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
    let rate = shown(summary.pass_rate, summary.pass_rate_interval, summary.scored, percent, percent_range);
    let mean = shown(summary.average, summary.average_interval, summary.scored, score, score_range);
    let of_items = format!("of {}", counted(summary.items, "item", "items"));
    let missing = |title, number| tile(title, count(number), &of_items, None);
    let rate = tile_of("Pass rate", rate, span_bar);
    let mean = tile_of("Average score", mean, span_bar);
    let unscored = missing("Unscored", summary.unscored);
    let errored = missing("No answer", summary.errored);
    match &summary.baseline {
        None => any! { {rate} {mean} {unscored} {errored} },
        Some(original) => {
            let Side { pass_rate, pass_rate_interval, average, average_interval, scored, .. } = *original;
            let original = shown(pass_rate, pass_rate_interval, scored, percent, percent_range);
            let of_original = shown(average, average_interval, scored, score, score_range);
            let pairs = rescored.pairs;
            let (gain, interval) = (pairs.map(|pairs| pairs.difference), pairs.map(|pairs| pairs.interval));
            let n = pairs.map_or(0, |pairs| pairs.n);
            let difference = shown(gain, interval, n, points, points_range);
            any! {
                {rate}
                {tile_of("Original pass rate", original, span_bar)}
                {tile_of("Difference", difference, difference_bar)}
                {unscored}
                {mean}
                {tile_of("Original average", of_original, span_bar)}
                {errored}
            }
        }
    }
}

/// A number in words, what stands below it, and the number itself with its interval.
type Shown = (String, String, Option<(f64, Interval)>);

fn shown(
    value: Option<f64>,
    interval: Option<Interval>,
    n: u64,
    write: fn(f64) -> String,
    range: fn(Interval) -> String,
) -> Shown {
    let n = format!("n {}", count(n));
    match value.zip(interval) {
        Some((value, interval)) => {
            (write(value), format!("{}, {n}", range(interval)), Some((value, interval)))
        }
        None => ("–".to_owned(), n, None),
    }
}

fn tile_of(title: &'static str, (big, below, span): Shown, draw: fn(f64, Interval) -> AnyView) -> AnyView {
    tile(title, big, &below, span.map(|(value, interval)| draw(value, interval)))
}

fn tile(title: &'static str, big: String, below: &str, bar: Option<AnyView>) -> AnyView {
    any! {
        <div class="tile">
            <h3>{title}</h3>
            <p class="big number">{big}</p>
            {bar}
            <p class="quiet number">{below.to_owned()}</p>
        </div>
    }
}
