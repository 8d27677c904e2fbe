//! The items of two runs side by side: how each did on both, and which of them a list shows.
//!
//! Pure. Leaves out what the comparison tells (`shared::compare`).

use std::cmp::Ordering;
use std::collections::HashMap;

use shared::id::ItemId;
use shared::score::Threshold;
use shared::summary::Scores;

/// How both runs did on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flip {
    /// The base passes, the new run fails.
    Broke,
    /// The base fails, the new run passes.
    Fixed,
    BothFail,
    BothPass,
}

impl Flip {
    /// Gives the word that stands for it in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Broke => "broke",
            Self::Fixed => "fixed",
            Self::BothFail => "both_fail",
            Self::BothPass => "both_pass",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Broke, Self::Fixed, Self::BothFail, Self::BothPass]
            .into_iter()
            .find(|flip| flip.word() == word)
    }

    /// Tells whether the new run passes.
    pub fn passes(self) -> bool {
        matches!(self, Self::Fixed | Self::BothPass)
    }

    fn of(base: bool, candidate: bool) -> Self {
        match (base, candidate) {
            (true, false) => Self::Broke,
            (false, true) => Self::Fixed,
            (false, false) => Self::BothFail,
            (true, true) => Self::BothPass,
        }
    }
}

/// What stands first in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// What lost most.
    #[default]
    Drop,
    /// What gained most.
    Gain,
    /// What the new run does worst on.
    New,
    /// What the base does worst on.
    Base,
}

impl Order {
    /// Gives all of them.
    pub const ALL: [Self; 4] = [Self::Drop, Self::Gain, Self::New, Self::Base];

    /// Gives the word that stands for it in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Gain => "gain",
            Self::New => "new",
            Self::Base => "base",
        }
    }

    /// Reads the word; what lost most stands first where it is not known.
    pub fn read(word: &str) -> Self {
        Self::ALL.into_iter().find(|order| order.word() == word).unwrap_or_default()
    }
}

/// One item that both runs have a score of.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub item: ItemId,
    pub feature: Option<String>,
    pub base: f64,
    pub candidate: f64,
    pub flip: Flip,
}

impl Pair {
    /// Gives by how much the new run scores higher.
    pub fn gain(&self) -> f64 {
        self.candidate - self.base
    }
}

/// Puts the items of two runs side by side that both have a score of, at a threshold.
pub fn of(base: &Scores, candidate: &Scores, threshold: Threshold) -> Vec<Pair> {
    let scored = base.items.iter().zip(base.exact());
    let known: HashMap<_, _> = scored.filter_map(|(item, score)| Some((item, score?))).collect();
    let items = candidate.items.iter().zip(candidate.exact()).enumerate();
    let pairs = items.filter_map(|(place, (item, score))| {
        let (base, score) = (*known.get(item)?, score?);
        Some(Pair {
            item: item.clone(),
            feature: candidate.features.get(place).cloned().flatten(),
            base: base.value(),
            candidate: score.value(),
            flip: Flip::of(base.passes(threshold), score.passes(threshold)),
        })
    });
    pairs.collect()
}

/// Gives the pairs that a list shows, in its order.
pub fn list(pairs: &[Pair], flip: Flip, order: Order) -> Vec<Pair> {
    let mut listed: Vec<_> = pairs.iter().filter(|pair| pair.flip == flip).cloned().collect();
    let key = |pair: &Pair| match order {
        Order::Drop => pair.gain(),
        Order::Gain => -pair.gain(),
        Order::New => pair.candidate,
        Order::Base => pair.base,
    };
    // Stable: what is alike stays in the order of the run.
    listed.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap_or(Ordering::Equal));
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::score::{MeanLevel, Weight};
    use shared::summary::Column;

    /// A run of items by their names, each with its level; `?` is unscored.
    fn run(items: &[&str], levels: &str) -> Scores {
        let level = |level: char| MeanLevel::try_from(f64::from(level.to_digit(10)?)).ok();
        let item = |name: &&str| ItemId::try_from((*name).to_owned()).expect("an id");
        Scores {
            items: items.iter().map(item).collect(),
            criteria: vec![Column {
                name: "a".to_owned(),
                weight: Weight::default(),
                required: false,
                levels: levels.chars().map(level).collect(),
                baseline_levels: Vec::new(),
            }],
            ..Scores::default()
        }
    }

    fn check(flip: Flip, order: Order, expected: Expect) {
        let base = run(&["a", "b", "c", "d", "e", "only"], "5444?5");
        let candidate = run(&["new", "e", "d", "c", "b", "a"], "553120");
        let listed = list(&of(&base, &candidate, Threshold::default()), flip, order);
        let shown = listed.iter().map(|pair| format!("{} {} {}", pair.item, pair.base, pair.candidate));
        expected.assert_eq(&shown.collect::<Vec<_>>().join(", "));
    }

    #[test]
    fn what_lost_most_stands_first() {
        check(Flip::Broke, Order::Drop, expect!["a 1 0, c 0.8 0.2, b 0.8 0.4, d 0.8 0.6"]);
        check(Flip::Broke, Order::Gain, expect!["d 0.8 0.6, b 0.8 0.4, c 0.8 0.2, a 1 0"]);
        check(Flip::Broke, Order::New, expect!["a 1 0, c 0.8 0.2, b 0.8 0.4, d 0.8 0.6"]);
        check(Flip::Broke, Order::Base, expect!["d 0.8 0.6, c 0.8 0.2, b 0.8 0.4, a 1 0"]);
    }

    #[test]
    fn items_without_two_scores_are_in_no_list() {
        check(Flip::BothPass, Order::Drop, expect![]);
        check(Flip::Fixed, Order::Drop, expect![]);
    }

    #[test]
    fn words_read_back() {
        for flip in [Flip::Broke, Flip::Fixed, Flip::BothFail, Flip::BothPass] {
            assert_eq!(Flip::read(flip.word()), Some(flip));
        }
        assert_eq!(Order::ALL.map(|order| Order::read(order.word())), Order::ALL);
        assert_eq!((Flip::read("all"), Order::read("")), (None, Order::Drop));
    }
}
