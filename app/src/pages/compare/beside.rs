//! Two runs that compare, at the threshold and the margin that the reader holds them to: moving either asks for nothing.

use std::sync::Arc;

use leptos::prelude::*;
use shared::compare::Comparison;
use shared::compare::items::{Flip, ItemPairs};
use shared::id::RunId;
use shared::score::Threshold;
use shared::share::Share;

use super::choice::Choice;
use super::export;
use super::items::FlipList;
use super::outcome;
use crate::address;
use crate::cell::Derived;
use crate::components::movable::Movable;
use crate::components::paired_dots::PairedDots;
use crate::paired::Both;
use crate::wording::compare::moved;

/// Everything that the parts of the page show, as the threshold and the margin change.
#[derive(Clone, Copy)]
pub struct Shown {
    pub base: StoredValue<RunId>,
    pub candidate: StoredValue<RunId>,
    /// The items that have a score in both.
    pub pairs: StoredValue<Arc<ItemPairs>>,
    pub threshold: Derived<Threshold>,
    pub compared: Derived<Comparison>,
    /// How each item came out.
    pub flips: Derived<Arc<Vec<Flip>>>,
    /// Which items are listed.
    pub listed: Derived<Option<Flip>>,
}

/// Shows what two runs came to.
#[component]
pub fn Beside(base: RunId, candidate: RunId, both: Arc<Both>, choice: Choice) -> impl IntoView {
    let word = address::parameter("show");
    let judged_at = both.judged_at;
    let threshold = Movable::of_address(judged_at);
    let pairs = StoredValue::new(both.pairs.clone());
    let both = StoredValue::new(both);
    let shown = Shown {
        base: StoredValue::new(base),
        candidate: StoredValue::new(candidate),
        pairs,
        threshold: threshold.now,
        compared: Derived::new(move || {
            let margin = choice.margin.get().unwrap_or(Share::MARGIN);
            both.with_value(|both| both.at(threshold.now.get(), margin))
        }),
        flips: Derived::new(move || Arc::new(pairs.with_value(|pairs| pairs.flips(threshold.now.get())))),
        listed: Derived::new(move || word.with(|word| word.as_deref().and_then(Flip::read))),
    };
    // Whether an item has a score in both depends on no threshold.
    if pairs.with_value(|pairs| pairs.items.is_empty()) {
        return outcome::nothing(shown);
    }
    let is_moved = move || {
        let now = threshold.now.get();
        (now != judged_at).then(|| any! { <p class="quiet">{moved(now.value(), judged_at.value())}</p> })
    };
    let is_listed = Memo::new(move |_| shown.listed.with(Option::is_some));
    let criteria = both.with_value(|both| outcome::criteria(both.criteria()));
    any! {
        <div class="compared" aria-live="polite">
            {move || shown.compared.with(outcome::said)}
            {is_moved}
        </div>
        <div class="beside">
            <div>
                {move || shown.compared.with(outcome::numbers)}
                {criteria}
            </div>
            <div>
                {move || shown.compared.with(|compared| outcome::table(compared, shown.listed))}
                <PairedDots pairs flips=shown.flips threshold />
                {outcome::links(shown)}
                {export::buttons(shown)}
            </div>
        </div>
        {move || is_listed.get().then(|| any! { <FlipList shown /> })}
    }
}
