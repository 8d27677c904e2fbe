//! Two runs side by side: how they compare at any threshold, which items a list shows, and in which order.
//!
//! Pure. What the comparison tells is `shared`'s.

use std::cmp::Ordering;
use std::sync::Arc;

use shared::api::decide::BothScores;
use shared::compare::criteria::CriterionGain;
use shared::compare::items::{Flip, ItemPair, ItemPairs};
use shared::compare::pairs::Pairs;
use shared::compare::{Comparison, Sides, Unanswered};
use shared::score::Threshold;
use shared::share::Share;
use shared::summary::beside::Beside;
use shared::summary::exact::Exact;

/// Two runs that compare.
#[derive(Debug, Clone, PartialEq)]
pub struct Both {
    /// As the service compares them: what of it no threshold and no margin changes is taken from here.
    as_judged: Comparison,
    sides: Sides,
    /// The items that have a score in both.
    pub pairs: Arc<ItemPairs>,
    /// The threshold that both were made with.
    pub judged_at: Threshold,
}

impl Both {
    /// Puts two runs side by side; the comparison is of these scores.
    pub fn of(as_judged: Comparison, scores: &BothScores) -> Self {
        let BothScores { threshold, base, candidate } = scores;
        let (exact_base, exact) = (Exact::of(base), Exact::of(candidate));
        let sides = Pairs::of(&base.standings(&exact_base), &candidate.standings(&exact));
        Self {
            as_judged,
            sides: Sides::of(sides, Unanswered::Dropped),
            pairs: Arc::new(Beside::of(base, candidate).pairs(&exact_base, &exact)),
            judged_at: *threshold,
        }
    }

    /// Gives what each criterion gained.
    pub fn criteria(&self) -> &[CriterionGain] {
        &self.as_judged.criteria
    }

    /// Compares them at a threshold, with the margin that is allowed; the criteria are left out.
    pub fn at(&self, threshold: Threshold, allowed: Share) -> Comparison {
        Comparison {
            latency_ms: self.as_judged.latency_ms,
            cost_usd: self.as_judged.cost_usd,
            ..self.sides.at(threshold, allowed)
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

/// Gives the places of all pairs in an order. No threshold changes it: what is listed at one is chosen out of it.
pub fn sorted(pairs: &ItemPairs, order: Order) -> Vec<usize> {
    let key = |pair: ItemPair| match order {
        Order::Drop => pair.gain(),
        Order::Gain => -pair.gain(),
        Order::New => pair.candidate.value(),
        Order::Base => pair.base.value(),
    };
    let places = (0..pairs.items.len()).filter_map(|place| Some((place, key(pairs.at(place)?))));
    let mut places: Vec<_> = places.collect();
    // Stable: what is alike stays in the order of the run.
    places.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    places.into_iter().map(|(place, _)| place).collect()
}

/// Chooses those that came out one way; `flips` says of each pair how it came out.
pub fn listed(sorted: &[usize], flips: &[Flip], flip: Flip) -> Vec<usize> {
    sorted.iter().filter(|&&place| flips.get(place) == Some(&flip)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::compare;
    use shared::id::ItemId;
    use shared::score::{MeanLevel, Part, Score, Weight};
    use shared::summary::{Column, Scores};

    fn level(digit: char) -> Option<MeanLevel> {
        Some(MeanLevel::of_quarters(u8::try_from(digit.to_digit(10)?).ok()? * 4))
    }

    /// Items by their names, each with its levels in the base and the new run.
    fn pairs(items: &[&str]) -> ItemPairs {
        let score = |digit: char| {
            let level = level(digit).expect("a level");
            Score::of(&[Part { level, weight: Weight::default(), required: false }]).expect("a part")
        };
        let mut pairs = ItemPairs::default();
        for item in items {
            let (name, levels) = item.split_once(' ').expect("a name and levels");
            let scores: Vec<_> = levels.chars().map(score).collect();
            let item = &ItemId::try_from(name.to_owned()).expect("an id");
            pairs.push(ItemPair { item, feature: None, base: scores[0], candidate: scores[1] });
        }
        pairs
    }

    fn check(flip: Flip, order: Order, expected: Expect) {
        let pairs = pairs(&["d 43", "c 41", "e 55", "b 42", "a 50"]);
        let flips = pairs.flips(Threshold::default());
        let shown = listed(&sorted(&pairs, order), &flips, flip);
        let shown = shown.into_iter().filter_map(|place| pairs.at(place));
        let shown =
            shown.map(|pair| format!("{} {} {}", pair.item, pair.base.value(), pair.candidate.value()));
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

    /// The scores of a run of one criterion over items named by their places; `?` is unscored.
    fn scores(levels: &str) -> Scores {
        let item = |place: usize| ItemId::try_from(format!("i{place}")).expect("an id");
        let column = Column {
            name: "a".to_owned(),
            weight: Weight::default(),
            required: false,
            levels: levels.chars().map(level).collect(),
            baseline_levels: vec![None; levels.len()],
        };
        Scores {
            items: (0..levels.len()).map(item).collect(),
            criteria: vec![column],
            errored: vec![false; levels.len()],
            ..Scores::default()
        }
    }

    #[test]
    fn a_moved_threshold_judges_both_sides_anew() {
        let scores =
            BothScores { threshold: Threshold::default(), base: scores("5431?"), candidate: scores("3542") };
        let as_judged = Comparison { cost_usd: None, ..compare::refused(Vec::new(), Share::MARGIN) };
        let both = Both::of(as_judged, &scores);
        let at = |threshold: f64| {
            let compared = both.at(Threshold::try_from(threshold).expect("a threshold"), Share::MARGIN);
            let Comparison { items, dropped, both_pass, broke, fixed, both_fail, .. } = compared;
            format!("{items} of which {both_pass} {broke} {fixed} {both_fail}, {dropped} dropped")
        };
        expect![[r#"
            4 of which 1 1 1 1, 1 dropped
            4 of which 3 0 0 1, 1 dropped
            4 of which 0 1 1 2, 1 dropped"#]]
        .assert_eq(&[0.8, 0.6, 0.9].map(at).join("\n"));
    }
}
