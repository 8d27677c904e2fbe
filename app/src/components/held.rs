//! A difference of pass rates with its interval, held against a margin.

use leptos::prelude::*;
use shared::compare::Comparison;

use crate::chart::held::{self, Held};
use crate::wording::compare::plain;
use crate::wording::number::fixed;

/// Draws what a comparison came to; nothing when no item is compared.
///
/// What it shows is said in words beside it.
pub fn held(comparison: &Comparison) -> Option<AnyView> {
    let (difference, interval) = comparison.pass_rate.difference.zip(comparison.pass_rate.interval_90)?;
    let Held { span, margin } = held::lay_out(difference, interval, comparison.margin.value());
    let at = |place: f64| fixed(place, 2) + "%";
    let allowed = format!("margin −{}", plain(comparison.margin));
    Some(any! {
        <svg class="held" width="100%" height="62" aria-hidden="true">
            <rect class="beyond" x="0" y="18" width=at(margin) height="26" />
            <line class="axis" x1="0" x2="100%" y1="31" y2="31" />
            <line class="zero" x1="50%" x2="50%" y1="18" y2="44" />
            <line class="margin" x1=at(margin) x2=at(margin) y1="18" y2="44" />
            <line class="interval" x1=at(span.from) x2=at(span.to) y1="31" y2="31" />
            <circle cx=at(span.value) cy="31" r="5" />
            <text x=at(margin) y="12">{allowed}</text>
            <text x="0" y="59">"◀ worse"</text>
            <text x="50%" y="59" text-anchor="middle">"no difference"</text>
            <text x="100%" y="59" text-anchor="end">"better ▶"</text>
        </svg>
    })
}
