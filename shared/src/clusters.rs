//! Items that belong together: those whose logs are of one conversation, else of one user.
//!
//! Such items are alike, so that they tell less than as many independent ones would. Intervals are widened
//! for it where at least two items share a cluster; otherwise every number is what it is of independent
//! items. Leaves out what a cluster is called: items only know which number theirs has.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::stats::cluster::{Clustered, FEW};

/// That items belong together, and what it does to the interval of a pass rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Clusters {
    /// How many conversations and users there are; an item that shares with none counts as one.
    pub count: u64,
    /// There are fewer than ten, too few to rely on the intervals. With a single one they speak of that one alone.
    pub few: bool,
    /// How many times fewer independent items would tell as much, at least 1.
    pub design_effect: f64,
}

/// Some items, at least two of which share a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// The cluster of each item; one of its own where it shares with none.
    keys: Vec<u64>,
    count: u64,
}

impl Together {
    /// Takes the cluster of each item, where it has one; none when no two items share one.
    pub fn of(clusters: &[Option<u32>]) -> Option<Self> {
        let seen: BTreeSet<_> = clusters.iter().flatten().collect();
        let singles = clusters.iter().filter(|cluster| cluster.is_none()).count();
        if seen.len() + singles == clusters.len() {
            return None;
        }
        // Beyond every number that a cluster can have.
        let alone = |place: usize| u64::from(u32::MAX) + 1 + place as u64;
        let keys = clusters.iter().enumerate();
        let keys = keys.map(|(place, cluster)| cluster.map_or_else(|| alone(place), u64::from));
        Some(Self { keys: keys.collect(), count: (seen.len() + singles) as u64 })
    }

    /// Gives the cluster of each item, for means of theirs; none when all are of one, which tells nothing of others.
    pub fn keys(&self) -> Option<&[u64]> {
        (self.count > 1).then_some(&self.keys)
    }

    /// Says what it does to the interval of the mean of these numbers, one for each item.
    pub fn widen(&self, numbers: &[f64]) -> Clusters {
        let clustered = self.keys().and_then(|keys| Clustered::of(numbers, keys));
        let effect = clustered.and_then(|clustered| clustered.design_effect);
        Clusters { count: self.count, few: self.count < FEW, design_effect: effect.unwrap_or(1.0).max(1.0) }
    }
}

/// Gives how many times wider than independent items' the squared interval is; 1 where items share nothing.
pub fn effect(clusters: Option<Clusters>) -> f64 {
    clusters.map_or(1.0, |clusters| clusters.design_effect)
}

/// Numbers clusters in the order in which they come.
#[derive(Debug, Default)]
pub struct Numbering(BTreeMap<String, u32>);

impl Numbering {
    /// Gives the number of a cluster; none without a name, and after four thousand million.
    pub fn number(&mut self, name: Option<String>) -> Option<u32> {
        let next = u32::try_from(self.0.len()).ok()?;
        Some(*self.0.entry(name?).or_insert(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Widens for items that are each written as a cluster and whether they pass: `a1`; a dot has no cluster.
    fn check(items: &str, expected: Expect) {
        let mut numbering = Numbering::default();
        let name = |item: &str| Some(item[..1].to_owned()).filter(|name| name != ".");
        let clusters: Vec<_> = items.split_whitespace().map(|item| numbering.number(name(item))).collect();
        let numbers: Vec<f64> =
            items.split_whitespace().map(|item| f64::from(u8::from(item.ends_with('1')))).collect();
        let widened = Together::of(&clusters).map(|together| together.widen(&numbers));
        expected.assert_eq(&widened.map_or("independent".to_owned(), |widened| {
            let few = if widened.few { ", few" } else { "" };
            format!("{} clusters{few}, {:.3} times", widened.count, widened.design_effect)
        }));
    }

    #[test]
    fn items_that_share_nothing_are_independent() {
        check("", expect!["independent"]);
        check(".1 .0 .1", expect!["independent"]);
        check("a1 b0 .1", expect!["independent"]);
    }

    #[test]
    fn items_that_share_tell_less() {
        // `se.clustered_tiny` of the reference vectors: (.0962250449 / .2108185107)² is below 1.
        check("a0 a1 a1 b0 b1 c1", expect!["3 clusters, few, 1.000 times"]);
        check("a1 a1 b0 b0 c1 c1 d0 d0", expect!["4 clusters, few, 2.333 times"]);
        check("a1 a1 b0 b0 .1 .0", expect!["4 clusters, few, 1.852 times"]);
    }

    #[test]
    fn ten_clusters_are_enough() {
        let pairs: String = ('a'..='j').map(|name| format!("{name}1 {name}0 ")).collect();
        check(&pairs, expect!["10 clusters, 1.000 times"]);
    }

    #[test]
    fn one_cluster_alone_has_no_others_to_differ_from() {
        check("a1 a0 a1", expect!["1 clusters, few, 1.000 times"]);
    }

    #[test]
    fn what_does_not_vary_is_not_widened() {
        check("a1 a1 b1 b1", expect!["2 clusters, few, 1.000 times"]);
    }
}
