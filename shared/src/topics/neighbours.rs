//! Neighbours: do failing requests say similar things?
//!
//! It finds structure where items have no properties at all. Source: the join count of spatial statistics,
//! Cliff and Ord 1973; `spec/results.md` D.2.

use serde::{Deserialize, Serialize};

use super::terms::{Corpus, Weights};
use crate::stats::rng::Rng;

/// How many of the nearest count as neighbours.
const COUNT: usize = 5;
/// How often the outcomes are shuffled.
pub const SHUFFLES: u32 = 999;
/// Nearness is compared to this many parts of one, so that rounding decides nothing.
const PARTS: f64 = 1e9;

/// The nearest other texts of each text; made once, whatever counts as a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbours(Vec<Vec<usize>>);

/// How many of a failure's neighbours fail too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Closeness {
    /// The mean share of failing items among the neighbours of a failing one.
    pub share: f64,
    /// What the share would be if failures were spread.
    pub expected: f64,
    /// How likely such a share, or a larger one, would be if they were.
    pub p: f64,
}

impl Neighbours {
    /// Finds the five nearest other texts of each text, of equally near ones the first.
    ///
    /// Each two texts are compared once, and only in the terms that they share: time grows with the square
    /// of the texts and with their length, so a text is best what the user says last, not the conversation.
    pub fn of(corpus: &Corpus) -> Self {
        let mut having: Vec<Vec<(usize, f64)>> = vec![Vec::new(); corpus.terms.len()];
        let mut nearest = vec![Nearest::default(); corpus.texts.len()];
        let mut nearness = vec![0.0; corpus.texts.len()];
        for (place, Weights(weights)) in corpus.texts.iter().enumerate() {
            let before = &mut nearness[..place];
            before.fill(0.0);
            for &(term, weight) in weights {
                for &(other, its) in &having[term] {
                    before[other] += weight * its;
                }
                having[term].push((place, weight));
            }
            for (other, nearness) in before.iter().enumerate() {
                let parts = (nearness * PARTS).round() as i64;
                nearest[place].offer(other, parts);
                nearest[other].offer(place, parts);
            }
        }
        let places = |Nearest(best)| best.into_iter().map(|(_, place): (i64, usize)| place).collect();
        Self(nearest.into_iter().map(places).collect())
    }

    /// Tests whether failures have more failing neighbours than chance gives them.
    ///
    /// `failed` tells of each text whether its item fails. None when there are fewer than two texts, or no
    /// failures. The p-value is from 999 shuffles: (1 + as large shares) / 1000.
    pub fn closeness(&self, failed: &[bool], rng: &mut Rng) -> Option<Closeness> {
        let others = self.0.len().checked_sub(1).filter(|&others| others > 0)?;
        let failures = failed.iter().filter(|failed| **failed).count();
        if failures == 0 || failed.len() != self.0.len() {
            return None;
        }
        let found = self.failing_neighbours(failed);
        let mut shuffled = failed.to_vec();
        let mut as_many = 0;
        for _ in 0..SHUFFLES {
            // Each shuffle is of the outcomes as they are, as in the reference, not of the one before.
            shuffled.copy_from_slice(failed);
            for place in (1..shuffled.len()).rev() {
                shuffled.swap(place, rng.below(place + 1));
            }
            as_many += u32::from(self.failing_neighbours(&shuffled) >= found);
        }
        Some(Closeness {
            share: found as f64 / (failures * COUNT.min(others)) as f64,
            expected: (failures - 1) as f64 / others as f64,
            p: f64::from(1 + as_many) / f64::from(1 + SHUFFLES),
        })
    }

    fn failing_neighbours(&self, failed: &[bool]) -> usize {
        let failing = self.0.iter().zip(failed).filter(|(_, failed)| **failed);
        failing.map(|(near, _)| near.iter().filter(|&&other| failed[other]).count()).sum()
    }
}

/// The nearest texts so far with how near they are, the nearest first.
#[derive(Debug, Clone, Default)]
struct Nearest(Vec<(i64, usize)>);

impl Nearest {
    /// Takes a text in if it is nearer than one of those so far; texts are offered in their order.
    fn offer(&mut self, place: usize, parts: i64) {
        let Self(best) = self;
        if best.len() < COUNT || best.last().is_some_and(|&(last, _)| last < parts) {
            best.insert(best.partition_point(|&(better, _)| better >= parts), (parts, place));
            best.truncate(COUNT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::terms;
    use expect_test::{Expect, expect};

    /// Tests texts that are one word each, a failing item's in upper case.
    fn check(texts: &str, expected: Expect) {
        let texts: Vec<&str> = texts.split_whitespace().collect();
        let failed: Vec<_> = texts.iter().map(|text| text.chars().all(char::is_uppercase)).collect();
        let found = Neighbours::of(&terms::read(&texts, &[])).closeness(&failed, &mut Rng::seeded(1));
        expected.assert_eq(&format!("{found:?}"));
    }

    #[test]
    fn without_other_items_or_failures_nothing_is_said() {
        check("", expect!["None"]);
        check("AA", expect!["None"]);
        check("aa aa", expect!["None"]);
    }

    #[test]
    fn when_every_item_fails_it_is_no_surprise() {
        check("AA BB", expect!["Some(Closeness { share: 1.0, expected: 1.0, p: 1.0 })"]);
        check("AA AA AA BB BB BB", expect!["Some(Closeness { share: 1.0, expected: 1.0, p: 1.0 })"]);
    }

    #[test]
    fn failures_that_say_the_same_lie_close() {
        check(
            &format!("{}{}", "AA ".repeat(8), "bb cc ".repeat(20)),
            expect!["Some(Closeness { share: 1.0, expected: 0.14893617021276595, p: 0.001 })"],
        );
    }

    #[test]
    fn failures_among_the_same_words_as_others_are_spread() {
        check(
            &"AA BB aa bb aa bb ".repeat(8),
            expect!["Some(Closeness { share: 0.35, expected: 0.3191489361702128, p: 0.44 })"],
        );
    }
}
