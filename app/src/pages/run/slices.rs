//! Where a run fails: the groups of items that fail more often than the others.

use leptos::prelude::*;
use shared::slices::{self, Slice};
use shared::summary::Summary;

use crate::chart::span;
use crate::wording::number::{fixed, score};
use crate::wording::slice;

/// Shows the groups of items that stand out, at the threshold that the run was made with.
pub fn slices(summary: &Summary) -> AnyView {
    let failures = summary.scored - summary.passed;
    let pattern = slices::pattern(failures, &summary.slices, None);
    let said = slice::pattern(failures, summary.slices.len(), pattern);
    let threshold = score(summary.threshold.value());
    let found = summary.slices.iter().map(found).collect_view();
    let list = (!summary.slices.is_empty()).then(|| any! { <ol class="slices">{found}</ol> });
    any! {
        <section aria-labelledby="slices-title">
            <h2 id="slices-title">"Where it fails"</h2>
            <p>
                {said} " " <span class="quiet">{format!("By feature and tags, at threshold {threshold}.")}</span>
            </p>
            {list}
        </section>
    }
}

fn found(found: &Slice) -> AnyView {
    let rate = 1.0 - found.pass_rate;
    let span = span::lay_out(rate, slice::fails(found.interval), 0.0, 1.0);
    let percent = |value: f64| fixed(value, 2) + "%";
    let elsewhere = percent(100.0 * (1.0 - found.pass_rate_elsewhere));
    any! {
        <li>
            <strong>{slice::name(found)}</strong>
            <svg class="span" width="100%" height="14" aria-hidden="true">
                <line class="axis" x1="0" x2="100%" y1="7" y2="7" />
                <line class="interval" x1=percent(span.from) x2=percent(span.to) y1="7" y2="7" />
                <circle cx=percent(span.value) cy="7" r="3.5" />
                <line class="elsewhere" x1=elsewhere.clone() x2=elsewhere y1="1" y2="13" />
            </svg>
            <p>{slice::found(found)}</p>
        </li>
    }
}
