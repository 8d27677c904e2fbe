//! The items of two runs side by side: which of them a list shows, and in which order.
//!
//! Pure. Leaves out what the comparison tells (`shared::compare`).

use std::cmp::Ordering;

use shared::compare::items::{Flip, ItemPair, ItemPairs};

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

/// Gives the places of the pairs that a list shows, in its order.
pub fn list(pairs: &ItemPairs, flip: Flip, order: Order) -> Vec<usize> {
    let key = |pair: ItemPair| match order {
        Order::Drop => pair.gain(),
        Order::Gain => -pair.gain(),
        Order::New => pair.candidate,
        Order::Base => pair.base,
    };
    let listed = (0..pairs.items.len()).filter_map(|place| Some((place, pairs.at(place)?)));
    let listed = listed.filter(|(_, pair)| pair.flip == flip);
    let mut listed: Vec<_> = listed.map(|(place, pair)| (place, key(pair))).collect();
    // Stable: what is alike stays in the order of the run.
    listed.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    listed.into_iter().map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::id::ItemId;

    /// Items by their names, each with its levels in the base and the new run.
    fn pairs(items: &[&str]) -> ItemPairs {
        let mut pairs = ItemPairs::default();
        for item in items {
            let (name, levels) = item.split_once(' ').expect("a name and levels");
            let levels: Vec<_> = levels.chars().filter_map(|level| level.to_digit(10)).collect();
            let (base, candidate) = (f64::from(levels[0]) / 5.0, f64::from(levels[1]) / 5.0);
            pairs.push(ItemPair {
                item: &ItemId::try_from(name.to_owned()).expect("an id"),
                feature: None,
                base,
                candidate,
                flip: Flip::of(base >= 0.8, candidate >= 0.8),
            });
        }
        pairs
    }

    fn check(flip: Flip, order: Order, expected: Expect) {
        let pairs = pairs(&["d 43", "c 41", "e 55", "b 42", "a 50"]);
        let shown = list(&pairs, flip, order).into_iter().filter_map(|place| pairs.at(place));
        let shown = shown.map(|pair| format!("{} {} {}", pair.item, pair.base, pair.candidate));
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
    fn a_list_shows_what_came_out_one_way() {
        check(Flip::BothPass, Order::Drop, expect!["e 1 1"]);
        check(Flip::Fixed, Order::Drop, expect![]);
    }

    #[test]
    fn words_read_back() {
        assert_eq!(Order::ALL.map(|order| Order::read(order.word())), Order::ALL);
        assert_eq!(Order::read(""), Order::Drop);
    }
}
