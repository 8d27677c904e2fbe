//! Average linkage: groups joined from the bottom up, always the two that are nearest on average.
//!
//! Leaves out the hierarchy itself: what is asked for is where it is cut.

use super::terms::Weights;

/// Two groups joined: an item of each, and how far apart the groups are on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Join {
    pub items: (usize, usize),
    /// One less the cosine, 0 to 1.
    pub distance: f64,
}

/// Joins texts until they are one group, the nearest first.
///
/// It follows chains of nearest neighbours, so its time and space grow with the square of the texts.
/// Source: Murtagh 1983; average linkage as in `cl.average_linkage` of the reference vectors.
pub fn join(texts: &[Weights]) -> Vec<Join> {
    let mut distances = Distances::between(texts);
    // Each group goes by the first of its items.
    let mut groups: Vec<usize> = (0..texts.len()).collect();
    let mut sizes = vec![1.0; texts.len()];
    let mut joins = Vec::new();
    let mut chain: Vec<usize> = Vec::new();
    while groups.len() > 1 {
        let last = chain.last().copied().unwrap_or(groups[0]);
        if chain.is_empty() {
            chain.push(last);
        }
        let before = chain.len().checked_sub(2).map(|place| chain[place]);
        // Of equally near ones the one before, so that a chain comes to its end.
        let rank = |group: usize| (distances.get(last, group), Some(group) != before, group);
        let others = groups.iter().copied().filter(|&group| group != last).map(rank);
        let nearest = others.min_by(|one, other| {
            one.0.total_cmp(&other.0).then_with(|| (one.1, one.2).cmp(&(other.1, other.2)))
        });
        let Some((distance, is_new, nearest)) = nearest else { break };
        if is_new {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let (kept, gone) = (last.min(nearest), last.max(nearest));
        joins.push(Join { items: (kept, gone), distance });
        groups.retain(|&group| group != gone);
        for &group in groups.iter().filter(|&&group| group != kept) {
            let both = sizes[kept] * distances.get(kept, group) + sizes[gone] * distances.get(gone, group);
            distances.set(kept, group, both / (sizes[kept] + sizes[gone]));
        }
        sizes[kept] += sizes[gone];
    }
    joins.sort_by(|one, other| one.distance.total_cmp(&other.distance));
    joins
}

/// Gives the group of each of `count` items when only groups at most `cut` apart are joined.
///
/// Groups are numbered from 0 in the order of their first items.
pub fn groups(joins: &[Join], count: usize, cut: f64) -> Vec<usize> {
    let mut firsts: Vec<usize> = (0..count).collect();
    for Join { items: (one, other), .. } in joins.iter().filter(|join| join.distance <= cut) {
        let (one, other) = (firsts[*one], firsts[*other]);
        for first in firsts.iter_mut().filter(|first| **first == one.max(other)) {
            *first = one.min(other);
        }
    }
    number(&firsts)
}

/// Numbers groups from 0 in the order of their first items, whatever they were called.
pub fn number(names: &[usize]) -> Vec<usize> {
    let mut known: Vec<usize> = Vec::new();
    let numbers = names.iter().map(|name| {
        known.iter().position(|known| known == name).unwrap_or_else(|| {
            known.push(*name);
            known.len() - 1
        })
    });
    numbers.collect()
}

/// The distance between every two of some things.
struct Distances {
    count: usize,
    all: Vec<f64>,
}

impl Distances {
    fn between(texts: &[Weights]) -> Self {
        let mut distances = Self { count: texts.len(), all: vec![0.0; texts.len() * texts.len()] };
        for (one, text) in texts.iter().enumerate() {
            for (other, beside) in texts.iter().enumerate().skip(one + 1) {
                distances.set(one, other, (1.0 - text.nearness(beside)).max(0.0));
            }
        }
        distances
    }

    fn get(&self, one: usize, other: usize) -> f64 {
        self.all[one * self.count + other]
    }

    fn set(&mut self, one: usize, other: usize, distance: f64) {
        self.all[one * self.count + other] = distance;
        self.all[other * self.count + one] = distance;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::terms;
    use expect_test::{Expect, expect};

    fn check(texts: &[&str], expected: Expect) {
        let corpus = terms::read(texts, &[]);
        let joins = join(&corpus.texts);
        let distances: Vec<_> = joins.iter().map(|join| format!("{:.3}", join.distance)).collect();
        expected.assert_eq(&format!("{:?} {}", groups(&joins, texts.len(), 0.75), distances.join(" ")));
    }

    #[test]
    fn few_texts_are_few_groups() {
        check(&[], expect!["[] "]);
        check(&["late order"], expect!["[0] "]);
        check(&["late order", "wrong date"], expect!["[0, 1] 1.000"]);
        check(&["late order", "late order", "late order"], expect!["[0, 0, 0] 0.000 0.000"]);
    }

    #[test]
    fn near_texts_are_one_group_wherever_they_stand() {
        check(
            &["wrong date", "late order", "date is wrong", "order too late"],
            expect!["[0, 1, 0, 1] 0.256 0.256 1.000"],
        );
    }
}
