//! The score distribution, drawn: bars that choose which items are listed, and a line that is the threshold.

use leptos::html;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

use super::movable::Movable;
use super::room;
use crate::address;
use crate::cell::Derived;
use crate::chart::Rect;
use crate::chart::distribution::{self, Bin, Layout};
use crate::rescore::Show;
use crate::wording::number::{count, fixed};
use crate::wording::run;

/// How wide the chart is at least and at most, and how high, in pixels.
const NARROWEST: f64 = 280.0;
const WIDEST: f64 = 760.0;
const HEIGHT: f64 = 190.0;

/// How wide the handle of the threshold's line is, for a pointer to find it, in pixels.
const HANDLE: f64 = 18.0;

/// How wide the slider's knob is: its middle is at the score that it stands for.
const KNOB: f64 = 16.0;

/// Draws the distribution of the new scores, and of the original ones beside them.
#[component]
pub fn DistributionChart(
    /// How many scores are in each of ten bins: the new ones, and the original ones where they are known.
    counts: Derived<(Vec<u64>, Option<Vec<u64>>)>,
    threshold: Movable,
    /// What is listed.
    show: Derived<Show>,
) -> impl IntoView {
    let figure = NodeRef::<html::Figure>::new();
    let room = room::width_of(figure, WIDEST);
    let width = move || room.get().clamp(NARROWEST, WIDEST);
    let layout = move |threshold: f64| {
        let width = width();
        counts
            .with(|(new, original)| distribution::lay_out(new, original.as_deref(), threshold, width, HEIGHT))
    };
    let bins = move || {
        let layout = layout(0.0);
        let (new, original) = counts.get();
        let bars = layout.bins.iter().enumerate().map(|(place, bin)| {
            let number = |counts: &[u64]| counts.get(place).copied().unwrap_or_default();
            bar(bin, place, number(&new), original.as_deref().map(number), show)
        });
        any! {
            {frame(&layout)}
            {bars.collect_view()}
        }
    };
    let at = move || layout(threshold.now.get().value()).threshold;
    let plot = move || layout(0.0).plot;
    let legend = move || {
        counts.with(|(_, original)| original.is_some()).then(|| {
            any! {
                <p class="legend">
                    <span class="swatch new"></span>
                    "New responses "
                    <span class="swatch original"></span>
                    "Original responses"
                </p>
            }
        })
    };
    any! {
        <figure class="distribution" node_ref=figure>
            {legend}
            <svg
                viewBox=move || format!("0 0 {} {HEIGHT}", width())
                width=move || width().to_string()
                height=HEIGHT.to_string()
                role="group"
                aria-label="Score distribution; each bar shows its items below"
            >
                {bins}
                {handle(threshold, at, plot)}
            </svg>
            {threshold.slider(move || plot().x - KNOB / 2.0, move || plot().width + KNOB)}
            <details>
                <summary>"As a table"</summary>
                {move || counts.with(|(new, original)| table(new, original.as_deref()))}
            </details>
        </figure>
    }
}

/// Draws the line, and what it is dragged by. The keyboard has the slider.
fn handle(
    threshold: Movable,
    at: impl Fn() -> f64 + Copy + Send + Sync + 'static,
    plot: impl Fn() -> Rect + Copy + Send + Sync + 'static,
) -> AnyView {
    // Where on the screen it was taken hold of, and what the threshold was then.
    let held = StoredValue::new(None::<(f64, f64)>);
    let take = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        // No text is selected by it.
        event.prevent_default();
        let handle = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(handle) = handle {
            // A pointer that is gone by now drags nothing.
            _ = handle.set_pointer_capture(event.pointer_id());
        }
        held.set_value(Some((f64::from(event.client_x()), threshold.now.get_untracked().value())));
    };
    let drag = move |event: PointerEvent| {
        let Some((x, from)) = held.get_value() else { return };
        let by = f64::from(event.client_x()) - x;
        let to = distribution::dragged(from, by, untrack(plot).width);
        if let Ok(to) = to.try_into() {
            threshold.drag(to);
        }
    };
    let top = move || plot().y - 10.0;
    let bottom = move || plot().y + plot().height;
    any! {
        <g
            class="threshold-line"
            aria-hidden="true"
            on:pointerdown=take
            on:pointermove=drag
            on:pointerup=move |_| {
                held.set_value(None);
                threshold.let_go();
            }
            on:pointercancel=move |_| {
                held.set_value(None);
                threshold.drop_back();
            }
        >
            <line
                x1=move || at().to_string()
                x2=move || at().to_string()
                y1=move || top().to_string()
                y2=move || bottom().to_string()
            />
            <rect
                class="grip"
                x=move || (at() - 4.0).to_string()
                y=move || (top() - 6.0).to_string()
                width="8"
                height="14"
                rx="2"
            />
            <rect
                class="area"
                x=move || (at() - HANDLE / 2.0).to_string()
                y=move || (top() - 6.0).to_string()
                width=HANDLE.to_string()
                height=move || (bottom() - top() + 6.0).to_string()
            />
        </g>
    }
}

fn frame(layout: &Layout) -> AnyView {
    let right = layout.plot.x + layout.plot.width;
    let bottom = layout.plot.y + layout.plot.height;
    let lines = layout.lines.iter().map(|(y, number)| {
        any! {
            <line class="grid" x1=layout.plot.x.to_string() x2=right.to_string() y1=y.to_string() y2=y.to_string() />
            <text x=(layout.plot.x - 6.0).to_string() y=(y + 4.0).to_string() text-anchor="end">
                {count(*number)}
            </text>
        }
    });
    let ticks = layout.ticks.iter().map(|(x, score)| {
        any! {
            <text x=x.to_string() y=(bottom + 16.0).to_string() text-anchor="middle">
                {fixed(*score, 1)}
            </text>
        }
    });
    any! {
        {lines.collect_view()}
        {ticks.collect_view()}
    }
}

fn bar(bin: &Bin, place: usize, new: u64, original: Option<u64>, show: Derived<Show>) -> AnyView {
    let of_original = original.map(|number| format!(", {} original", count(number))).unwrap_or_default();
    let label = format!("{}: {} new{of_original}", run::show(Show::Bin(place)), count(new));
    let chosen = move || show.get() == Show::Bin(place);
    let toggle = move || {
        let word = (!chosen()).then(|| Show::Bin(place).word());
        address::set(&[("show", word), ("open", None)]);
    };
    let rect = |class: &'static str, rect: &Rect| {
        any! {
            <rect
                class=class
                x=rect.x.to_string()
                y=rect.y.to_string()
                width=rect.width.to_string()
                height=rect.height.to_string()
            />
        }
    };
    let name = label.clone();
    any! {
        <g
            class="bin"
            role="button"
            tabindex="0"
            aria-label=name
            aria-pressed=move || chosen().to_string()
            on:click=move |_| untrack(toggle)
            on:keydown=move |event| {
                if matches!(event.key().as_str(), "Enter" | " ") {
                    event.prevent_default();
                    untrack(toggle);
                }
            }
        >
            <title>{label}</title>
            {rect("area", &bin.area)}
            {bin.original.as_ref().map(|original| rect("original", original))}
            {rect("new", &bin.new)}
        </g>
    }
}

fn table(new: &[u64], original: Option<&[u64]>) -> AnyView {
    let rows = new.iter().enumerate().map(|(place, number)| {
        let original = original.map(|original| {
            any! { <td class="number">{count(original.get(place).copied().unwrap_or_default())}</td> }
        });
        any! {
            <tr>
                <th scope="row">{run::show(Show::Bin(place))}</th>
                <td class="number">{count(*number)}</td>
                {original}
            </tr>
        }
    });
    any! {
        <table class="plain">
            <thead>
                <tr>
                    <th scope="col">"Score"</th>
                    <th scope="col" class="number">"New"</th>
                    {original.map(|_| any! { <th scope="col" class="number">"Original"</th> })}
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
