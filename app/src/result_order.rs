//! The orders that a reader can have a run's results in, beside the usual one (`rescore`).
//!
//! Pure. No threshold changes them.

use std::cmp::Ordering;

use shared::score::Score;
use shared::summary::Scores;
use shared::summary::exact::Exact;

/// What stands first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum First {
    /// The lowest score, and before it what has none; of what broke or was fixed, what changed most.
    #[default]
    Usual,
    Best,
    /// What lost most against the original response.
    Drop,
    /// What gained most.
    Gain,
    Slowest,
    Fastest,
    Dearest,
    Cheapest,
}

impl First {
    /// Gives all of them.
    pub const ALL: [Self; 8] = [
        Self::Usual,
        Self::Best,
        Self::Drop,
        Self::Gain,
        Self::Slowest,
        Self::Fastest,
        Self::Dearest,
        Self::Cheapest,
    ];

    /// Gives the word that stands for it in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Usual => "worst",
            Self::Best => "best",
            Self::Drop => "drop",
            Self::Gain => "gain",
            Self::Slowest => "slowest",
            Self::Fastest => "fastest",
            Self::Dearest => "dearest",
            Self::Cheapest => "cheapest",
        }
    }

    /// Reads the word; the usual order where it is not known.
    pub fn read(word: &str) -> Self {
        Self::ALL.into_iter().find(|first| first.word() == word).unwrap_or_default()
    }

    /// Gives the places of the items in this order; none for the usual one. What has no number to stand by stands last,
    /// and what is alike as it does in the run.
    pub fn sorted(self, scores: &Scores, exact: &Exact) -> Option<Vec<usize>> {
        let value = |scores: &[Option<Score>], place: usize| Some(scores.get(place).copied()??.value());
        let (new, original) = (exact.new_scores(), exact.original_scores());
        let gain = |place: usize| Some(value(new, place)? - value(original, place)?);
        let took = |place: usize| scores.latency_ms.get(place).copied()?.map(|millis| millis as f64);
        let cost = |place: usize| scores.cost_usd.get(place).copied()?;
        let number = |place: usize| match self {
            Self::Usual => None,
            Self::Best => value(new, place),
            Self::Drop | Self::Gain => gain(place),
            Self::Slowest | Self::Fastest => took(place),
            Self::Dearest | Self::Cheapest => cost(place),
        };
        let falls = matches!(self, Self::Best | Self::Gain | Self::Slowest | Self::Dearest);
        let order = |one: &Option<f64>, other: &Option<f64>| match (one, other) {
            (Some(one), Some(other)) => {
                let rising = one.partial_cmp(other).unwrap_or(Ordering::Equal);
                if falls { rising.reverse() } else { rising }
            }
            (one, other) => other.is_some().cmp(&one.is_some()),
        };
        if self == Self::Usual {
            return None;
        }
        let mut sorted: Vec<_> = (0..scores.items.len()).map(|place| (number(place), place)).collect();
        sorted.sort_by(|(one, _), (other, _)| order(one, other));
        Some(sorted.into_iter().map(|(_, place)| place).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::id::ItemId;
    use shared::score::{MeanLevel, Weight};
    use shared::summary::Column;

    /// Five items of one criterion: one broke, one gained, one kept its score, one has no score, one no original.
    fn scores() -> Scores {
        let levels = |numbers: [Option<f64>; 5]| {
            numbers.map(|number| number.and_then(|number| MeanLevel::try_from(number).ok())).to_vec()
        };
        Scores {
            items: (0..5).map(|n| ItemId::try_from(format!("i{n}")).expect("an id")).collect(),
            criteria: vec![Column {
                name: "a".to_owned(),
                weight: Weight::default(),
                required: false,
                levels: levels([Some(1.0), Some(4.0), Some(5.0), None, Some(2.0)]),
                baseline_levels: levels([Some(5.0), Some(1.0), Some(5.0), Some(5.0), None]),
            }],
            errored: vec![false; 5],
            latency_ms: vec![Some(300), None, Some(100), Some(200), Some(100)],
            cost_usd: vec![Some(0.2), Some(0.1), None, None, Some(0.3)],
            ..Scores::default()
        }
    }

    fn check(word: &str, expected: Expect) {
        let sorted = First::read(word).sorted(&scores(), &Exact::of(&scores()));
        expected.assert_eq(&format!("{sorted:?}"));
    }

    #[test]
    fn results_stand_by_what_is_asked_for_and_what_lacks_it_last() {
        check("", expect!["None"]);
        check("nonsense", expect!["None"]);
        check("best", expect!["Some([2, 1, 4, 0, 3])"]);
        check("drop", expect!["Some([0, 2, 1, 3, 4])"]);
        check("gain", expect!["Some([1, 2, 0, 3, 4])"]);
        check("slowest", expect!["Some([0, 3, 2, 4, 1])"]);
        check("fastest", expect!["Some([2, 4, 3, 0, 1])"]);
        check("dearest", expect!["Some([4, 0, 1, 2, 3])"]);
        check("cheapest", expect!["Some([1, 0, 4, 2, 3])"]);
    }

    #[test]
    fn words_read_back() {
        assert_eq!(First::ALL.map(|first| First::read(first.word())), First::ALL);
    }
}
