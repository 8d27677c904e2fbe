//! The charts, of numbers that were made up for them.

use std::sync::Arc;

use leptos::prelude::*;
use shared::compare::items::{ItemPair, ItemPairs};
use shared::compare::pairs::{Pair, Pairs, Standing};
use shared::compare::{self, Unanswered};
use shared::id::ItemId;
use shared::score::{MeanLevel, Part, Score, Threshold, Weight};
use shared::share::Share;
use shared::slices::Slice;
use shared::stats::Interval;

use crate::cell::Derived;
use crate::components::distribution::DistributionChart;
use crate::components::held::held;
use crate::components::movable::Movable;
use crate::components::paired_dots::PairedDots;
use crate::components::slice_bar::slice_bar;
use crate::components::spark::{Point, spark};
use crate::rescore::Show;
use crate::wording::number::percent;

const NEW: [u64; 10] = [1, 0, 2, 1, 3, 4, 6, 9, 24, 50];
const ORIGINAL: [u64; 10] = [0, 0, 1, 1, 2, 3, 8, 12, 30, 43];

/// Shows the charts.
pub fn charts() -> AnyView {
    let counts = Derived::new(|| (NEW.to_vec(), Some(ORIGINAL.to_vec())));
    let threshold = Movable::of_address(Threshold::default());
    let show = Derived::new(Show::default);
    let items = StoredValue::new(Arc::new(scored()));
    let flips = Derived::new(move || Arc::new(items.with_value(|items| items.flips(threshold.now.get()))));
    any! {
        <section>
            <h3>"Charts"</h3>
            <p>{spark(&runs(), "Pass rates of 5 runs: from 62% to 84%".to_owned())}</p>
            {held(&compare::of(&pairs(), Threshold::default(), Share::MARGIN, Unanswered::Dropped))}
            <DistributionChart counts threshold show />
            <PairedDots pairs=items flips threshold />
            {slice_bar(&failing())}
        </section>
    }
}

/// The pass rates of a few runs.
fn runs() -> Vec<Point> {
    let point = |(place, share): (usize, f64)| Point {
        name: format!("Run {}", place + 1),
        share,
        said: percent(share),
    };
    [0.62, 0.7, 0.66, 0.81, 0.84].into_iter().enumerate().map(point).collect()
}

/// Scores of a level in quarters, 0 to 20.
fn score(quarters: u8) -> Option<Score> {
    let level = MeanLevel::of_quarters(quarters);
    Score::of(&[Part { level, weight: Weight::default(), required: false }])
}

/// A hundred items with their scores in two runs, of which many did as before.
fn scored() -> ItemPairs {
    let mut pairs = ItemPairs::default();
    for place in 0..100_u8 {
        let base = 4 + place * 7 % 17;
        let candidate = if place % 3 > 0 { base } else { 2 + place * 5 % 19 };
        let item = ItemId::try_from(format!("i{place}"));
        if let (Ok(item), Some((base, candidate))) = (item, score(base).zip(score(candidate))) {
            pairs.push(ItemPair { item: &item, feature: None, base, candidate });
        }
    }
    pairs
}

/// A feature that fails far more often than the others.
fn failing() -> Slice {
    Slice {
        key: "feature".to_owned(),
        value: "export".to_owned(),
        and: None,
        items: 20,
        failures: 12,
        pass_rate: 0.4,
        interval: Interval(0.22, 0.61),
        pass_rate_elsewhere: 0.9,
        lift: 3.0,
        share_of_failures: 0.6,
        q: 0.01,
    }
}

/// A hundred items, of which six broke and four were fixed.
fn pairs() -> Pairs {
    let standing =
        |passes: bool| score(if passes { 20 } else { 4 }).map_or(Standing::Unscored, Standing::Scored);
    let pair = |place: usize| Pair {
        base: standing(!(6..10).contains(&place)),
        candidate: standing(place >= 6),
        cluster: None,
    };
    Pairs { pairs: (0..100).map(pair).collect(), ..Pairs::default() }
}
