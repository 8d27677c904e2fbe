//! A share with its interval on a line from 0 to 1.

use leptos::prelude::*;
use shared::stats::Interval;

use crate::chart::span;
use crate::wording::number::fixed;

/// Draws a share; what it shows is said in words beside it.
pub fn span_bar(value: f64, interval: Interval) -> AnyView {
    let span = span::lay_out(value, interval, 0.0, 1.0);
    let percent = |value: f64| fixed(value, 2) + "%";
    any! {
        <svg class="span" width="100%" height="10" aria-hidden="true">
            <line class="axis" x1="0" x2="100%" y1="5" y2="5" />
            <line class="interval" x1=percent(span.from) x2=percent(span.to) y1="5" y2="5" />
            <circle cx=percent(span.value) cy="5" r="3.5" />
        </svg>
    }
}
