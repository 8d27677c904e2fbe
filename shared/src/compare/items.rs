//! The items of two runs that compare, one by one: how each did on both sides.
//!
//! Leaves out what they say, which is read for those that are looked at.

use crate::id::ItemId;
use crate::score::{Score, Threshold};

/// How both sides did on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// The items that are compared, as columns: the n-th entry of each is the n-th item's. No threshold changes them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemPairs {
    pub items: Vec<ItemId>,
    pub features: Vec<Option<String>>,
    /// The score of the base, then that of the candidate.
    pub scores: Vec<(Score, Score)>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemPair<'a> {
    pub item: &'a ItemId,
    pub feature: Option<&'a str>,
    pub base: Score,
    pub candidate: Score,
}

impl ItemPair<'_> {
    /// Gives by how much the candidate scores higher.
    pub fn gain(&self) -> f64 {
        self.candidate.value() - self.base.value()
    }
}

impl ItemPairs {
    /// Gives the pair at a place.
    pub fn at(&self, place: usize) -> Option<ItemPair<'_>> {
        let (base, candidate) = *self.scores.get(place)?;
        let feature = self.features.get(place).and_then(Option::as_deref);
        Some(ItemPair { item: self.items.get(place)?, feature, base, candidate })
    }

    /// Adds one behind the others.
    pub fn push(&mut self, pair: ItemPair<'_>) {
        self.items.push(pair.item.clone());
        self.features.push(pair.feature.map(str::to_owned));
        self.scores.push((pair.base, pair.candidate));
    }

    /// Tells of each how both sides did at a threshold.
    pub fn flips(&self, threshold: Threshold) -> Vec<Flip> {
        let flip = |(base, candidate): &(Score, Score)| {
            Flip::of(base.passes(threshold), candidate.passes(threshold))
        };
        self.scores.iter().map(flip).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{MeanLevel, Part, Weight};
    use expect_test::expect;

    #[test]
    fn another_threshold_turns_items_over() {
        let score = |fifths: u8| {
            let level = MeanLevel::of_quarters(4 * fifths);
            Score::of(&[Part { level, weight: Weight::default(), required: false }]).expect("a part")
        };
        let item = ItemId::try_from("i".to_owned()).expect("an id");
        let mut pairs = ItemPairs::default();
        for (base, candidate) in [(5, 3), (4, 4), (2, 4), (3, 1)] {
            let (base, candidate) = (score(base), score(candidate));
            pairs.push(ItemPair { item: &item, feature: None, base, candidate });
        }
        let at = |threshold: f64| {
            let flips = pairs.flips(Threshold::try_from(threshold).expect("a threshold"));
            flips.into_iter().map(Flip::word).collect::<Vec<_>>().join(" ")
        };
        expect!["broke both_pass fixed both_fail; both_pass both_pass fixed broke; broke both_fail both_fail both_fail"]
            .assert_eq(&[0.8, 0.6, 0.9].map(at).join("; "));
    }

    #[test]
    fn words_read_back() {
        for flip in Flip::ALL {
            assert_eq!(Flip::read(flip.word()), Some(flip));
        }
        assert_eq!(Flip::read("all"), None);
    }
}
