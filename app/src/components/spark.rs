//! A line through a few shares, drawn.

use leptos::prelude::*;

use crate::chart::spark;

/// Draws shares, the oldest first; `label` says in words what is to be seen.
pub fn spark(shares: &[f64], label: String) -> AnyView {
    let points = spark::lay_out(shares, 160.0, 28.0);
    let (x, y) = points.last().copied().unwrap_or_default();
    any! {
        <svg class="spark" viewBox="0 0 160 28" width="160" height="28" role="img" aria-label=label>
            <polyline points=spark::points(&points) />
            <circle cx=x.to_string() cy=y.to_string() r="2.5" />
        </svg>
    }
}
