//! How often a group of items fails, on a line from never to always, beside how often the others do.

use leptos::prelude::*;
use shared::slices::Slice;

use crate::chart::span;
use crate::wording::number::fixed;
use crate::wording::slice::fails;

/// Draws a group; what it shows is said in words beside it.
pub fn slice_bar(found: &Slice) -> AnyView {
    let span = span::lay_out(1.0 - found.pass_rate, fails(found.interval), 0.0, 1.0);
    let percent = |value: f64| fixed(value, 2) + "%";
    let elsewhere = percent(100.0 * (1.0 - found.pass_rate_elsewhere));
    any! {
        <svg class="span" width="100%" height="14" aria-hidden="true">
            <line class="axis" x1="0" x2="100%" y1="7" y2="7" />
            <line class="interval" x1=percent(span.from) x2=percent(span.to) y1="7" y2="7" />
            <circle cx=percent(span.value) cy="7" r="3.5" />
            <line class="elsewhere" x1=elsewhere.clone() x2=elsewhere y1="1" y2="13" />
        </svg>
    }
}
