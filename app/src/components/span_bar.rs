//! A share with its interval on a line from 0 to 1, and a difference of two around the middle of one.

use leptos::prelude::*;
use shared::stats::Interval;

use crate::chart::span::{self, Span};
use crate::wording::number::fixed;

/// Draws a share; what it shows is said in words beside it.
pub fn span_bar(value: f64, interval: Interval) -> AnyView {
    bar(span::lay_out(value, interval, 0.0, 1.0), None)
}

/// Draws a difference of shares, from -1 to 1 with 0 marked; what it shows is said in words beside it.
pub fn difference_bar(value: f64, interval: Interval) -> AnyView {
    let zero = any! { <line class="zero" x1="50%" x2="50%" y1="0" y2="10" /> };
    bar(span::lay_out(value, interval, -1.0, 1.0), Some(zero))
}

fn bar(span: Span, zero: Option<AnyView>) -> AnyView {
    let percent = |value: f64| fixed(value, 2) + "%";
    any! {
        <svg class="span" width="100%" height="10" aria-hidden="true">
            <line class="axis" x1="0" x2="100%" y1="5" y2="5" />
            {zero}
            <line class="interval" x1=percent(span.from) x2=percent(span.to) y1="5" y2="5" />
            <circle cx=percent(span.value) cy="5" r="3.5" />
        </svg>
    }
}
