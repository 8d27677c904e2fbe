//! Items side by side: how each stands on either side.

use std::collections::BTreeMap;

use crate::id::ItemId;
use crate::score::Score;

/// How one side stands on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Scored(Score),
    /// There is a response, but no score of it.
    Unscored,
    /// The target gave no answer.
    Unanswered,
}

impl Standing {
    /// Gives the score, where there is one.
    pub fn score(self) -> Option<Score> {
        match self {
            Self::Scored(score) => Some(score),
            Self::Unscored | Self::Unanswered => None,
        }
    }
}

/// How a run stands on one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub item: ItemId,
    pub standing: Standing,
    /// The number of its cluster in this run: see [`crate::clusters`].
    pub cluster: Option<u32>,
}

/// One item on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    pub base: Standing,
    pub candidate: Standing,
    pub cluster: Option<u32>,
}

/// The items of two sides, side by side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    pub pairs: Vec<Pair>,
    /// Items that only one of the sides has.
    pub alone: u64,
}

impl Pairs {
    /// Puts the items of two runs side by side.
    pub fn of(base: &[Entry], candidate: &[Entry]) -> Self {
        let by_item: BTreeMap<_, _> = base.iter().map(|entry| (&entry.item, entry.standing)).collect();
        let found = candidate.iter().filter_map(|entry| {
            let (base, candidate) = (*by_item.get(&entry.item)?, entry.standing);
            Some(Pair { base, candidate, cluster: entry.cluster })
        });
        let pairs: Vec<_> = found.collect();
        let alone = base.len() + candidate.len() - 2 * pairs.len();
        Self { pairs, alone: alone as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_paired_by_their_id() {
        let item = |name: &str, standing| Entry {
            item: ItemId::try_from(name.to_owned()).expect("an id"),
            standing,
            cluster: (name == "a").then_some(7),
        };
        let base =
            [item("a", Standing::Unscored), item("b", Standing::Unanswered), item("c", Standing::Unscored)];
        let candidate =
            [item("d", Standing::Unscored), item("b", Standing::Unscored), item("a", Standing::Unanswered)];
        let pairs = [
            Pair { base: Standing::Unanswered, candidate: Standing::Unscored, cluster: None },
            Pair { base: Standing::Unscored, candidate: Standing::Unanswered, cluster: Some(7) },
        ];
        assert_eq!(Pairs::of(&base, &candidate), Pairs { pairs: pairs.to_vec(), alone: 2 });
    }
}
