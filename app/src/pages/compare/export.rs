//! Saving what the page shows as a file: the items that are listed, in their order, or all of them.

use leptos::prelude::*;
use shared::report::Format;
use shared::report::pairs::{self, Compared};

use super::beside::Shown;
use crate::address;
use crate::components::doing::{Doing, NotDone};
use crate::paired::{self, Order};
use crate::{clock, saved, wording};

/// Shows the buttons that save.
pub fn buttons(shown: Shown) -> AnyView {
    let save = move |format: Format| {
        Doing::new(move || async move {
            let text = untrack(|| written(shown, format));
            let name = format!("compare-{}.{}", clock::now().to_string().replace(':', "-"), format.ending());
            saved::save(&name, format.media_type(), &text)
                .map_err(|_| NotDone::unfit("the browser has no room for the file; list fewer items"))
        })
    };
    let saves = Format::ALL.map(|format| (save(format), wording::ship::format(format)));
    let buttons = saves.map(|(save, word)| any! { {save.button("plain", word, word, None)} " " });
    any! {
        <p class="links">"Save the comparison as " {buttons.collect_view()}</p>
        {saves.map(|(save, _)| save.problem()).collect_view()}
    }
}

fn written(shown: Shown, format: Format) -> String {
    let places = places(shown);
    let (base, candidate) = (shown.base.get_value(), shown.candidate.get_value());
    shown.pairs.with_value(|pairs| {
        shown.compared.with(|comparison| {
            let threshold = shown.threshold.get();
            let compared = Compared {
                base: &base,
                candidate: &candidate,
                comparison,
                threshold,
                pairs,
                places: &places,
            };
            pairs::write(&compared, format)
        })
    })
}

/// Gives the places of the items that are on the screen, in their order.
fn places(shown: Shown) -> Vec<usize> {
    let word = address::here().parameter("sort").unwrap_or_default();
    let sorted = shown.pairs.with_value(|pairs| paired::sorted(pairs, Order::read(&word)));
    match shown.listed.get() {
        Some(flip) => shown.flips.with(|flips| paired::listed(&sorted, flips, flip)),
        None => sorted,
    }
}
