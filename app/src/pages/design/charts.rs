//! The charts, of numbers that were made up for them.

use leptos::prelude::*;
use shared::compare::pairs::{Pair, Pairs, Standing};
use shared::compare::{self, Unanswered};
use shared::score::{MeanLevel, Part, Score, Threshold, Weight};
use shared::share::Share;

use crate::cell::Derived;
use crate::components::distribution::DistributionChart;
use crate::components::held::held;
use crate::components::movable::Movable;
use crate::components::spark::spark;
use crate::rescore::Show;

const NEW: [u64; 10] = [1, 0, 2, 1, 3, 4, 6, 9, 24, 50];
const ORIGINAL: [u64; 10] = [0, 0, 1, 1, 2, 3, 8, 12, 30, 43];

/// Shows the charts.
pub fn charts() -> AnyView {
    let counts = Derived::new(|| (NEW.to_vec(), Some(ORIGINAL.to_vec())));
    let threshold = Movable::of_address(Threshold::default());
    let show = Derived::new(Show::default);
    any! {
        <section>
            <h3>"Charts"</h3>
            <p>{spark(&[0.62, 0.7, 0.66, 0.81, 0.84], "Pass rates of 5 runs: from 62% to 84%".to_owned())}</p>
            {held(&compare::of(&pairs(), Threshold::default(), Share::MARGIN, Unanswered::Dropped))}
            <DistributionChart counts threshold show />
        </section>
    }
}

/// A hundred items, of which six broke and four were fixed.
fn pairs() -> Pairs {
    let standing = |passes: bool| {
        let level = MeanLevel::of_quarters(if passes { 20 } else { 4 });
        let part = Part { level, weight: Weight::default(), required: false };
        Score::of(&[part]).map_or(Standing::Unscored, Standing::Scored)
    };
    let pair = |place: usize| Pair {
        base: standing(!(6..10).contains(&place)),
        candidate: standing(place >= 6),
        cluster: None,
    };
    Pairs { pairs: (0..100).map(pair).collect(), ..Pairs::default() }
}
