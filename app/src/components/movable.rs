//! The threshold of a page while somebody moves it: by its line in the chart, or by the slider below.
//!
//! While it is dragged it is here; once it is let go of it is in the address, and Back undoes it.

use leptos::prelude::*;
use shared::moment::Moment;
use shared::score::Threshold;

use crate::cell::{Cell, Derived};
use crate::wording::number::score;
use crate::{address, clock};

/// Keys that are pressed no further apart than this, in milliseconds, are one series: Back undoes it as a whole.
const SERIES: i64 = 1_000;

/// A threshold that can be moved; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Movable {
    /// The one that it started from, and goes back to.
    judged_at: Threshold,
    dragged: Cell<Option<Threshold>>,
    /// As it was let go of last.
    pub settled: Derived<Threshold>,
    /// As it is now.
    pub now: Derived<Threshold>,
    /// When a key last moved it, and the word that the address has had for it since.
    pressed: StoredValue<Option<(Moment, Option<String>)>>,
    /// Whether the slider was last touched by key.
    by_key: StoredValue<bool>,
}

impl Movable {
    /// Follows the address; where it names none, the threshold is as it was judged.
    pub fn of_address(judged_at: Threshold) -> Self {
        let asked = address::parameter("threshold");
        let dragged = Cell::new(None::<Threshold>);
        let settled =
            Derived::new(move || asked.get().and_then(|asked| asked.parse().ok()).unwrap_or(judged_at));
        let now = Derived::new(move || dragged.get().unwrap_or_else(|| settled.get()));
        Self {
            judged_at,
            dragged,
            settled,
            now,
            pressed: StoredValue::new(None),
            by_key: StoredValue::new(false),
        }
    }

    /// Moves it, for as long as it is held.
    pub fn drag(self, to: Threshold) {
        self.dragged.set(Some(to));
    }

    /// Leaves it as it was before it was held.
    pub fn drop_back(self) {
        self.dragged.set(None);
    }

    /// Lets it go where it is held.
    pub fn let_go(self) {
        if let Some(to) = self.dragged.get_untracked() {
            self.settle(to);
        }
    }

    fn settle(self, to: Threshold) {
        let here = address::here();
        let before = here.parameter("threshold");
        let word = (to != self.judged_at).then(|| to.to_string());
        if word != before {
            let now = clock::now();
            let goes_on = self.by_key.get_value()
                && self
                    .pressed
                    .get_value()
                    .is_some_and(|(at, left)| now.since(at) < SERIES as u64 && left == before);
            let href = here.with(&[("threshold", word.clone())]).href();
            if goes_on {
                address::replace(&href);
            } else {
                address::go(&href);
            }
            self.pressed.set_value(self.by_key.get_value().then_some((now, word)));
        }
        self.dragged.set(None);
    }

    /// Shows the slider, where the chart has it begin and as wide as it is to be, in pixels.
    pub fn slider(
        self,
        from: impl Fn() -> f64 + Send + 'static,
        width: impl Fn() -> f64 + Send + 'static,
    ) -> AnyView {
        let moved = move || self.now.get() != self.judged_at;
        let pixels = |number: f64| format!("{number}px");
        any! {
            <div class="threshold">
                <input
                    id="threshold"
                    type="range"
                    min="0"
                    max="1"
                    step="0.01"
                    style:margin-left=move || pixels(from())
                    style:width=move || pixels(width())
                    prop:value=move || self.now.get().to_string()
                    on:keydown=move |_| self.by_key.set_value(true)
                    on:pointerdown=move |_| self.by_key.set_value(false)
                    on:input:target=move |event| {
                        if let Ok(to) = event.target().value().parse() {
                            self.drag(to);
                        }
                    }
                    on:change:target=move |event| {
                        if let Ok(to) = event.target().value().parse() {
                            self.settle(to);
                        }
                    }
                />
                <p class="line">
                    <label for="threshold">
                        "Threshold "
                        <output for="threshold" class="number">
                            {move || score(self.now.get().value())}
                        </output>
                    </label>
                    <button
                        type="button"
                        class:gone=move || !moved()
                        on:click=move |_| {
                            self.by_key.set_value(false);
                            self.settle(self.judged_at);
                        }
                    >
                        "As judged: "
                        {score(self.judged_at.value())}
                    </button>
                </p>
            </div>
        }
    }
}
