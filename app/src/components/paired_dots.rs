//! The items of two runs as dots, by their scores in both, with the threshold that both are held to.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use shared::compare::items::{Flip, ItemPairs};

use super::movable::Movable;
use super::room;
use crate::cell::Derived;
use crate::chart::Rect;
use crate::chart::paired::{self, BANDS, Dot, Layout};
use crate::wording::compare::{band, dot, dots};
use crate::wording::number::{count, fixed};

/// How wide the chart is at least and at most, in pixels.
const NARROWEST: f64 = 280.0;
const WIDEST: f64 = 400.0;

/// How wide the slider's knob is: its middle is at the score that it stands for.
const KNOB: f64 = 16.0;

/// Draws the items.
#[component]
pub fn PairedDots(
    pairs: StoredValue<Arc<ItemPairs>>,
    /// How each of them came out, in their order.
    flips: Derived<Arc<Vec<Flip>>>,
    threshold: Movable,
) -> impl IntoView {
    let figure = NodeRef::<html::Figure>::new();
    let room = room::width_of(figure, WIDEST);
    let width = move || room.get().clamp(NARROWEST, WIDEST);
    // It changes only where an item comes out another way, not with every move of the threshold.
    let layout = Derived::new(move || {
        let width = width();
        flips.with(|flips| {
            pairs.with_value(|pairs| {
                let scores = pairs.scores.iter().zip(flips.iter());
                let scores = scores.map(|((base, new), flip)| (base.value(), new.value(), *flip));
                paired::lay_out(scores, width)
            })
        })
    });
    let plot = move || layout.with(|layout| layout.plot);
    let height = move || layout.with(|layout| layout.height);
    let label = move || flips.with(|flips| dots(flips));
    let drawn = move || {
        layout.with(|layout| {
            any! {
                {frame(layout)}
                {layout.dots.iter().map(mark).collect_view()}
            }
        })
    };
    any! {
        <figure class="paired" node_ref=figure>
            <p class="legend">
                <span class="mark bad">"▼ broke"</span>
                " "
                <span class="mark good">"▲ fixed"</span>
                " "
                <span class="mark">"● as before"</span>
                " The larger a mark, the more items it stands for."
            </p>
            <svg
                viewBox=move || format!("0 0 {} {}", width(), height())
                width=move || width().to_string()
                height=move || height().to_string()
                role="img"
                aria-label=label
            >
                {grounds(threshold, plot)}
                {drawn}
                {lines(threshold, plot)}
            </svg>
            {threshold.slider(move || plot().x - KNOB / 2.0, move || plot().width + KNOB)}
            <details>
                <summary>"As a table"</summary>
                {pairs.with_value(|pairs| table(pairs))}
            </details>
        </figure>
    }
}

/// Draws where items stand that broke, below to the right, and that were fixed, above to the left.
fn grounds(threshold: Movable, plot: impl Fn() -> Rect + Copy + Send + Sync + 'static) -> AnyView {
    let at = move || {
        let threshold = threshold.now.get().value();
        plot().at(threshold, threshold)
    };
    let end = move || (plot().x + plot().width, plot().y + plot().height);
    any! {
        <rect
            class="broke"
            x=move || at().0.to_string()
            y=move || at().1.to_string()
            width=move || (end().0 - at().0).to_string()
            height=move || (end().1 - at().1).to_string()
        />
        <rect
            class="fixed"
            x=move || plot().x.to_string()
            y=move || plot().y.to_string()
            width=move || (at().0 - plot().x).to_string()
            height=move || (at().1 - plot().y).to_string()
        />
    }
}

/// Draws the threshold on both axes.
fn lines(threshold: Movable, plot: impl Fn() -> Rect + Copy + Send + Sync + 'static) -> AnyView {
    let at = move || {
        let threshold = threshold.now.get().value();
        plot().at(threshold, threshold)
    };
    any! {
        <line
            class="at"
            x1=move || at().0.to_string()
            x2=move || at().0.to_string()
            y1=move || plot().y.to_string()
            y2=move || (plot().y + plot().height).to_string()
        />
        <line
            class="at"
            x1=move || plot().x.to_string()
            x2=move || (plot().x + plot().width).to_string()
            y1=move || at().1.to_string()
            y2=move || at().1.to_string()
        />
    }
}

fn frame(layout: &Layout) -> AnyView {
    let plot = layout.plot;
    let (right, bottom) = (plot.x + plot.width, plot.y + plot.height);
    let ticks = layout.ticks.iter().map(|(x, y, score)| {
        let score = fixed(*score, 1);
        any! {
            <line class="grid" x1=x.to_string() x2=x.to_string() y1=plot.y.to_string() y2=bottom.to_string() />
            <line class="grid" x1=plot.x.to_string() x2=right.to_string() y1=y.to_string() y2=y.to_string() />
            <text x=x.to_string() y=(bottom + 24.0).to_string() text-anchor="middle">
                {score.clone()}
            </text>
            <text x=(plot.x - 14.0).to_string() y=(y + 4.0).to_string() text-anchor="end">
                {score}
            </text>
        }
    });
    any! {
        {ticks.collect_view()}
        <line class="even" x1=plot.x.to_string() y1=bottom.to_string() x2=right.to_string() y2=plot.y.to_string() />
        <text x="0" y="12">"↑ score in the new run"</text>
        <text x=right.to_string() y=(bottom + 42.0).to_string() text-anchor="end">
            "score in the base →"
        </text>
    }
}

fn mark(of: &Dot) -> AnyView {
    let title = dot(of);
    let (x, y, radius) = (of.x.to_string(), of.y.to_string(), of.radius.to_string());
    let class = match of.flip {
        Flip::Broke => "dot bad",
        Flip::Fixed => "dot good",
        Flip::BothFail | Flip::BothPass => "dot",
    };
    match of.corners() {
        Some(corners) => any! {
            <polygon class=class points=corners>
                <title>{title}</title>
            </polygon>
        },
        None => any! {
            <circle class=class cx=x cy=y r=radius>
                <title>{title}</title>
            </circle>
        },
    }
}

/// Counts the items by both scores.
fn table(pairs: &ItemPairs) -> AnyView {
    let counts = paired::bands(pairs.scores.iter().map(|(base, new)| (base.value(), new.value())));
    let heads = (0..BANDS).map(|place| any! { <th scope="col" class="number">{band(place)}</th> });
    let rows = counts.iter().enumerate().map(|(place, counts)| {
        let cells = counts.iter().map(|number| any! { <td class="number">{count(*number)}</td> });
        any! {
            <tr>
                <th scope="row">{band(place)}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    any! {
        <table class="plain bands">
            <caption>"Items by both scores: a row for what the base scores, a column for what the new run does"</caption>
            <thead>
                <tr>
                    <td></td>
                    {heads.collect_view()}
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
