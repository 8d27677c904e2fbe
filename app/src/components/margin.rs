//! The field of a margin: how many points of pass rate a change may cost. It stands in the address.

use leptos::prelude::*;
use shared::decimal::Decimal;
use shared::share::Share;

use crate::address;
use crate::cell::Derived;
use crate::wording::compare::plain;

/// Shows the field; the usual margin where the address has none.
pub fn margin(label: &'static str, margin: Derived<Option<Share>>) -> AnyView {
    let value = move || plain(margin.get().unwrap_or(Share::MARGIN));
    any! {
        <label class="field">
            <span>{label}</span>
            <input
                class="short"
                type="number"
                min="0"
                max="100"
                step="any"
                prop:value=value
                on:change:target=move |event| {
                    let points = event.target().value().parse().ok();
                    let share = points.and_then(|Decimal(points)| Share::try_from(points / 100.0).ok());
                    address::set(&[("margin", share.map(|share| share.to_string()))]);
                }
            />
        </label>
    }
}
