//! A line through a few shares, drawn, and as a table for those who do not see it.

use leptos::prelude::*;
use shared::unseen::seen;

use crate::chart::spark;

/// A share on the line.
pub struct Point {
    /// What the share is of.
    pub name: String,
    pub share: f64,
    /// The share in words, with how sure it is.
    pub said: String,
}

/// Draws shares, the oldest first; `label` says in words what is to be seen.
pub fn spark(points: &[Point], label: String) -> AnyView {
    let shares: Vec<_> = points.iter().map(|point| point.share).collect();
    let drawn = spark::lay_out(&shares, 160.0, 28.0);
    let (x, y) = drawn.last().copied().unwrap_or_default();
    let rows = points.iter().map(|point| {
        any! {
            <tr>
                <th scope="row">{seen(&point.name)}</th>
                <td>{point.said.clone()}</td>
            </tr>
        }
    });
    any! {
        <svg class="spark" viewBox="0 0 160 28" width="160" height="28" role="img" aria-label=label.clone()>
            <polyline points=spark::points(&drawn) />
            <circle cx=x.to_string() cy=y.to_string() r="2.5" />
        </svg>
        // Hidden from eyes alone, which see the line. A table itself would keep its size.
        <div class="hidden">
            <table>
                <caption>{label}</caption>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
