//! The items of two runs that compare, one by one: how each did on both sides.
//!
//! Leaves out what they say, which is read for those that are looked at.

use serde::{Deserialize, Serialize};

use crate::id::ItemId;

/// How both sides did on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Flip {
    /// The base passes, the candidate does not.
    Broke,
    /// The candidate passes, the base does not.
    Fixed,
    BothFail,
    BothPass,
}

impl Flip {
    /// Gives all of them.
    pub const ALL: [Self; 4] = [Self::Broke, Self::Fixed, Self::BothFail, Self::BothPass];

    /// Tells which it is by who passes.
    pub fn of(base: bool, candidate: bool) -> Self {
        match (base, candidate) {
            (true, false) => Self::Broke,
            (false, true) => Self::Fixed,
            (false, false) => Self::BothFail,
            (true, true) => Self::BothPass,
        }
    }

    /// Gives the word that stands for it.
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
        Self::ALL.into_iter().find(|flip| flip.word() == word)
    }
}

/// The items that are compared, as columns: the n-th entry of each is the n-th item's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemPairs {
    pub items: Vec<ItemId>,
    pub features: Vec<Option<String>>,
    /// The score of the base, from 0 to 1.
    pub base: Vec<f64>,
    /// The score of the candidate.
    pub candidate: Vec<f64>,
    pub flips: Vec<Flip>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemPair<'a> {
    pub item: &'a ItemId,
    pub feature: Option<&'a str>,
    pub base: f64,
    pub candidate: f64,
    pub flip: Flip,
}

impl ItemPair<'_> {
    /// Gives by how much the candidate scores higher.
    pub fn gain(&self) -> f64 {
        self.candidate - self.base
    }
}

impl ItemPairs {
    /// Gives the pair at a place.
    pub fn at(&self, place: usize) -> Option<ItemPair<'_>> {
        Some(ItemPair {
            item: self.items.get(place)?,
            feature: self.features.get(place).and_then(Option::as_deref),
            base: *self.base.get(place)?,
            candidate: *self.candidate.get(place)?,
            flip: *self.flips.get(place)?,
        })
    }

    /// Adds one behind the others.
    pub fn push(&mut self, pair: ItemPair<'_>) {
        self.items.push(pair.item.clone());
        self.features.push(pair.feature.map(str::to_owned));
        self.base.push(pair.base);
        self.candidate.push(pair.candidate);
        self.flips.push(pair.flip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_are_those_of_the_columns() {
        for flip in Flip::ALL {
            assert_eq!(Flip::read(flip.word()), Some(flip));
            assert_eq!(serde_json::to_value(flip).expect("JSON"), flip.word());
        }
        assert_eq!(Flip::read("all"), None);
    }
}
