//! Slices that score lower than the rest: for readers of averages, where [`super::find`] is for pass rates.
//!
//! Leaves out pairs of properties: few runs have the items to tell them by their averages.

use std::collections::BTreeMap;

use super::members::Members;
use super::tested::{Column, FEWEST_ITEMS, MOST_VALUES};
use super::{FALSE_SHARE, MOST_SHOWN};
use crate::stats::{mean, multiplicity, welch::Welch};

/// A smaller effect, in standard deviations, is not shown: between what Cohen calls small and medium.
const LEAST_EFFECT: f64 = 0.4;

/// A group of items that scores lower than the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Low {
    pub key: String,
    pub value: String,
    /// Scored items in the slice.
    pub items: u64,
    pub average: f64,
    pub average_elsewhere: f64,
    /// How much lower it scores, in standard deviations.
    pub effect: f64,
    /// The share of chance finds to expect among slices at least as clear as this one.
    pub q: f64,
}

/// Finds the slices whose average score is lower than that of the other items, the clearest first.
///
/// Every value that five items have is tested with Welch's t, one-sided, beside all other scored items;
/// Benjamini and Hochberg's correction is over all of them. Items without a score count nowhere. Source:
/// `spec/results.md` D.2, after Slice Finder (Chung et al. 2020).
pub fn find(scores: &[Option<f64>], columns: &[Column<'_>]) -> Vec<Low> {
    let tested: Vec<_> = columns.iter().flat_map(|column| values(scores, column)).collect();
    let p: Vec<_> = tested.iter().map(|tested| tested.welch.p_lower()).collect();
    let mut found: Vec<_> = tested.into_iter().zip(&p).zip(multiplicity::benjamini_hochberg(&p)).collect();
    found.retain(|((tested, _), q)| *q <= FALSE_SHARE && tested.welch.effect <= -LEAST_EFFECT);
    found.sort_by(|((_, one), _), ((_, other), _)| one.total_cmp(other));
    let mut kept: Vec<(Members, Low)> = Vec::new();
    for ((tested, _), q) in found {
        if kept.len() < MOST_SHOWN && !kept.iter().any(|(better, _)| better.is_near(&tested.members)) {
            kept.push((tested.members.clone(), tested.low(q)));
        }
    }
    kept.into_iter().map(|(_, low)| low).collect()
}

struct Tested<'a> {
    key: &'a str,
    value: &'a str,
    members: Members,
    average: f64,
    average_elsewhere: f64,
    welch: Welch,
}

impl Tested<'_> {
    fn low(&self, q: f64) -> Low {
        Low {
            key: self.key.to_owned(),
            value: self.value.to_owned(),
            items: self.members.count(),
            average: self.average,
            average_elsewhere: self.average_elsewhere,
            effect: -self.welch.effect,
            q,
        }
    }
}

/// Tests the values of one property; nothing when it has too many to be one of groups.
fn values<'a>(scores: &[Option<f64>], column: &Column<'a>) -> Vec<Tested<'a>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, (value, score)) in column.values.iter().zip(scores).enumerate() {
        if let (Some(value), Some(_)) = (value, score) {
            places.entry(value).or_default().push(place);
        }
    }
    if places.len() > MOST_VALUES {
        return Vec::new();
    }
    let grown = places.into_iter().filter(|(_, places)| places.len() as u64 >= FEWEST_ITEMS);
    grown.filter_map(|(value, places)| test(scores, column.key, value, &places)).collect()
}

fn test<'a>(scores: &[Option<f64>], key: &'a str, value: &'a str, places: &[usize]) -> Option<Tested<'a>> {
    let members = Members::of(scores.len(), places.iter().copied());
    let within: Vec<f64> = places.iter().filter_map(|&place| scores.get(place).copied().flatten()).collect();
    let mut inside = places.iter().peekable();
    let outside = scores.iter().enumerate().filter(|(place, _)| inside.next_if_eq(&place).is_none());
    let elsewhere: Vec<f64> = outside.filter_map(|(_, score)| *score).collect();
    let welch = Welch::of(&within, &elsewhere)?;
    let (average, average_elsewhere) = (mean::of(&within)?, mean::of(&elsewhere)?);
    Some(Tested { key, value, members, average, average_elsewhere, welch })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Finds slices among items written as a digit, the tenths of its score ("-" for none), and letters, the
    /// values of its properties.
    fn check(items: &str, expected: Expect) {
        let items: Vec<&str> = items.split_whitespace().collect();
        let letter = |place: usize| items.iter().map(move |item| item.chars().nth(place));
        let tenths = |letter: Option<char>| Some(f64::from(letter?.to_digit(10)?) / 10.0);
        let scores: Vec<_> = letter(0).map(tenths).collect();
        let values: [Vec<_>; 2] =
            std::array::from_fn(|place| letter(place + 1).map(|letter| letter.map(String::from)).collect());
        let columns = ["one", "two"].iter().zip(&values).map(|(key, values)| Column { key, values });
        let found = find(&scores, &columns.collect::<Vec<_>>());
        let shown: Vec<_> = found
            .iter()
            .map(|low| {
                let Low { key, value, items, average, average_elsewhere, effect, q } = low;
                format!("{key}={value}: {items} at {average:.2}, else {average_elsewhere:.2}, d {effect:.2}, q {q:.1e}")
            })
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn nothing_and_few_items_have_no_low_slices() {
        check("", expect![""]);
        check("1a 9b", expect![""]);
        check(&"1a ".repeat(4), expect![""]);
    }

    #[test]
    fn a_planted_slice_is_found_and_not_its_opposite() {
        check(
            &format!("{}{}", "2a 4a 6a ".repeat(4), "8b 9b 7b ".repeat(10)),
            expect!["one=a: 12 at 0.40, else 0.80, d 2.98, q 2.9e-6"],
        );
    }

    #[test]
    fn items_without_a_score_count_nowhere() {
        check(
            &format!("{}{}{}", "2a 4a 6a ".repeat(4), "-a ".repeat(40), "8b 9b 7b ".repeat(10)),
            expect!["one=a: 12 at 0.40, else 0.80, d 2.98, q 2.9e-6"],
        );
    }

    #[test]
    fn a_small_effect_is_not_shown_however_many_items_tell_it() {
        check(&format!("{}{}", "7a 8a 9a 7a ".repeat(300), "7b 8b 9b 8b ".repeat(300)), expect![""]);
    }

    #[test]
    fn of_the_same_items_one_slice_is_shown() {
        check(
            &format!("{}{}", "2ax 4ax 6ax ".repeat(4), "8by 9by 7by ".repeat(10)),
            expect!["one=a: 12 at 0.40, else 0.80, d 2.98, q 2.9e-6"],
        );
    }
}
