//! The field of a margin: how many points of pass rate a change may cost. It stands in the address.

use leptos::prelude::*;
use shared::decimal::Decimal;
use shared::share::Share;

use crate::address;
use crate::cell::Derived;
use crate::wording::compare::plain;

/// What would be right, beside a margin that is none.
const RIGHT: &str = "A margin is a number of points from 0 to 100.";

/// Shows the field; the usual margin where the address has none. What is no margin is left as it was.
pub fn margin(label: &'static str, margin: Derived<Option<Share>>) -> AnyView {
    let value = move || plain(margin.get().unwrap_or(Share::MARGIN));
    let wrong = RwSignal::new(false);
    any! {
        <div class="field">
            <label for="margin">{label}</label>
            <input
                id="margin"
                class="short"
                type="number"
                min="0"
                max="100"
                step="any"
                aria-invalid=move || wrong.get().then_some("true")
                aria-describedby="margin-mistake"
                prop:value=value
                on:input:target=move |event| wrong.set(read(&event.target().value()).is_none())
                on:change:target=move |event| {
                    if let Some(share) = read(&event.target().value()) {
                        address::set(&[("margin", Some(share.to_string()))]);
                    }
                }
                on:blur:target=move |event| {
                    if wrong.get_untracked() {
                        event.target().set_value(&untrack(value));
                        wrong.set(false);
                    }
                }
            />
            <p id="margin-mistake" class="mistake" role="status">
                {move || wrong.get().then_some(RIGHT)}
            </p>
        </div>
    }
}

/// Reads a number of points; none when it is no margin.
fn read(typed: &str) -> Option<Share> {
    let Decimal(points) = typed.trim().parse().ok()?;
    Share::try_from(points / 100.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_from_0_to_100_points() {
        let points = |typed: &str| read(typed).map(plain);
        let read = ["5", " 2.5 ", "0", "100", "-3", "101", "", "five"].map(points);
        let [five, half, none, all, wrong @ ..] = &read;
        let right = [five, half, none, all].map(Option::as_deref);
        assert_eq!(right, [Some("5"), Some("2.5"), Some("0"), Some("100")]);
        assert_eq!(wrong, &[None, None, None, None]);
    }
}
