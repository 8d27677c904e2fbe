//! Slices: groups of items that share a property and fail more often than the others.
//!
//! Every value of every property is tested, pairs of the most suspicious ones too, and only what stands
//! out beyond chance is shown. Source of the rules: `spec/results.md` D.2. Leaves out what the properties
//! are (`properties`) and what the items' texts say (`topics`).

pub mod low;
pub mod members;
pub mod properties;
pub mod tested;

use serde::{Deserialize, Serialize};

use self::members::Members;
use self::tested::{Candidate, Column, Tested};
use crate::stats::fisher::Table;
use crate::stats::ranks::{self, Separation};
use crate::stats::{Interval, Z_95, proportion};

/// The largest share of chance finds among what is shown.
const FALSE_SHARE: f64 = 0.1;
/// The most slices that are shown: nobody reads more, and each is compared with all before it.
const MOST_SHOWN: usize = 50;
/// With fewer failures nothing can be said about where they are.
const ENOUGH_FAILURES: u64 = 10;
/// The p-value from which on failures count as lying close together.
const CLOSE_P: f64 = 0.05;

/// A property and the value that all items of a slice have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Condition {
    pub key: String,
    pub value: String,
}

/// A group of items that fails more often than the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Slice {
    pub key: String,
    pub value: String,
    /// The second condition of a slice that has two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub and: Option<Condition>,
    /// Scored items in the slice.
    pub items: u64,
    pub failures: u64,
    pub pass_rate: f64,
    /// Wilson's of the pass rate, 95 %.
    pub interval: Interval,
    /// The share of the other scored items that pass.
    pub pass_rate_elsewhere: f64,
    /// How many times as often it fails as all items do.
    pub lift: f64,
    /// The share of all failures that is in the slice.
    pub share_of_failures: f64,
    /// The share of chance finds to expect among slices at least as clear as this one.
    pub q: f64,
}

/// Whether failures lie together or everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Fewer than ten failures: nobody can tell.
    TooFew,
    Clustered,
    Spread,
}

/// Tells whether failures lie together, by the slices that were found and by the p-value of the test of
/// neighbours, if it was made.
///
/// The slices must be of properties that items have by themselves. What the judge said of an item is no
/// place where failures lie: it is what makes them failures.
pub fn pattern(failures: u64, slices: &[Slice], neighbours_p: Option<f64>) -> Pattern {
    if failures < ENOUGH_FAILURES {
        return Pattern::TooFew;
    }
    if holding(failures, slices).is_some() || neighbours_p.is_some_and(|p| p <= CLOSE_P) {
        Pattern::Clustered
    } else {
        Pattern::Spread
    }
}

/// Gives the slice that holds the most of the failures, if it holds three in ten of them.
pub fn holding(failures: u64, slices: &[Slice]) -> Option<&Slice> {
    let many = slices.iter().filter(|slice| 10 * slice.failures >= 3 * failures);
    // Of equal ones the first, which is the clearest.
    many.rev().max_by_key(|slice| slice.failures)
}

/// Finds the slices that stand out, the clearest first.
///
/// `failed` says how each item ended, none if it is unscored: such items count nowhere. The columns are one
/// family of questions: what the judge said must not be among them, or it makes chance finds look clear.
pub fn find(failed: &[Option<bool>], columns: &[Column<'_>]) -> Vec<Slice> {
    let mut tested = tested::all(failed, columns);
    tested.retain(|tested| tested.candidate.is_some() && tested.q <= FALSE_SHARE);
    tested.sort_by(Tested::rank);
    let mut kept: Vec<(Members, Slice)> = Vec::new();
    for tested in tested {
        let (Some(members), Some(slice)) =
            (tested.candidate.as_ref().map(Candidate::members), slice(&tested))
        else {
            continue;
        };
        if !kept.iter().any(|(better, _)| better.is_near(&members)) {
            kept.push((members, slice));
        }
        if kept.len() == MOST_SHOWN {
            break;
        }
    }
    kept.into_iter().map(|(_, slice)| slice).collect()
}

/// Describes what was tested for people to read.
fn slice(tested: &Tested<'_>) -> Option<Slice> {
    let condition = |(key, value): (&str, &str)| Condition { key: key.to_owned(), value: value.to_owned() };
    let Table { slice_fail, slice_pass, .. } = tested.table;
    Some(Slice {
        key: tested.key.to_owned(),
        value: tested.value.to_owned(),
        and: tested.and.map(condition),
        items: tested.table.slice(),
        failures: slice_fail,
        pass_rate: slice_pass as f64 / tested.table.slice() as f64,
        interval: proportion::wilson(slice_pass, tested.table.slice(), Z_95)?,
        pass_rate_elsewhere: 1.0 - tested.table.rate_elsewhere()?,
        lift: tested.table.lift()?,
        share_of_failures: slice_fail as f64 / tested.table.failures() as f64,
        q: tested.q,
    })
}

/// Compares a number of the items that fail with that of those that pass; none when either are none.
///
/// Items without an outcome or without the number count nowhere.
pub fn separation(failed: &[Option<bool>], numbers: &[Option<f64>]) -> Option<Separation> {
    let of = |wanted: bool| {
        let both = failed.iter().zip(numbers).filter(|(failed, _)| **failed == Some(wanted));
        both.filter_map(|(_, number)| *number).collect::<Vec<_>>()
    };
    ranks::separation(&of(true), &of(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Finds slices among items written as one text: a word for each, its first letter the outcome (F failed,
    /// P passed, U unscored), each other letter the value of the property in that place ("-" for none).
    fn check(items: &str, expected: Expect) {
        let items: Vec<&str> = items.split_whitespace().collect();
        let letter = |place: usize| items.iter().map(move |item| item.chars().nth(place));
        let failed: Vec<_> =
            letter(0).map(|letter| (letter != Some('U')).then_some(letter == Some('F'))).collect();
        let value = |letter: Option<char>| letter.filter(|&letter| letter != '-').map(String::from);
        let values: [Vec<_>; 3] = std::array::from_fn(|place| letter(place + 1).map(value).collect());
        let columns = ["one", "two", "three"].iter().zip(&values);
        let columns: Vec<_> = columns.map(|(key, values)| Column { key, values }).collect();
        let slices = find(&failed, &columns);
        let failures = failed.iter().filter(|failed| **failed == Some(true)).count() as u64;
        let mut shown = format!("{:?}", pattern(failures, &slices, None));
        for slice in &slices {
            let and = slice.and.as_ref().map(|and| format!(" and {}={}", and.key, and.value));
            shown += &format!(
                "\n{}={}{}: {} of {}, lift {:.2}, q {:.1e}",
                slice.key,
                slice.value,
                and.unwrap_or_default(),
                slice.failures,
                slice.items,
                slice.lift,
                slice.q,
            );
        }
        expected.assert_eq(&shown);
    }

    /// Writes items again and again.
    fn many(counts: &[(usize, &str)]) -> String {
        counts.iter().map(|(count, item)| format!("{item} ").repeat(*count)).collect()
    }

    #[test]
    fn nothing_has_no_slices() {
        check("", expect!["TooFew"]);
        check("Fa", expect!["TooFew"]);
        check("Fa Pb", expect!["TooFew"]);
    }

    #[test]
    fn when_all_items_end_alike_no_slice_stands_out() {
        check(&many(&[(20, "Fa"), (20, "Fb")]), expect!["Spread"]);
        check(&many(&[(20, "Pa"), (20, "Pb")]), expect!["TooFew"]);
    }

    #[test]
    fn a_planted_slice_is_found() {
        check(
            &many(&[(8, "Fa"), (12, "Pa"), (10, "Fb"), (70, "Pb")]),
            expect![[r#"
                Clustered
                one=a: 8 of 20, lift 2.22, q 1.6e-2"#]],
        );
    }

    #[test]
    fn spread_failures_are_in_no_slice() {
        check(&many(&[(8, "Fa"), (12, "Pa"), (30, "Fb"), (40, "Pb")]), expect!["Spread"]);
    }

    #[test]
    fn unscored_items_count_nowhere() {
        check(
            &many(&[(8, "Fa"), (12, "Pa"), (50, "Ua"), (10, "Fb"), (70, "Pb")]),
            expect![[r#"
                Clustered
                one=a: 8 of 20, lift 2.22, q 1.6e-2"#]],
        );
    }

    #[test]
    fn a_tag_that_few_items_have_is_a_slice() {
        check(
            &many(&[(8, "Fa"), (12, "Pa"), (10, "F-"), (70, "P-")]),
            expect![[r#"
                Clustered
                one=a: 8 of 20, lift 2.22, q 8.2e-3"#]],
        );
    }

    #[test]
    fn a_value_of_fewer_than_five_items_is_not_tested() {
        check(&many(&[(4, "Fa"), (10, "Fb"), (90, "Pb")]), expect!["Spread"]);
    }

    #[test]
    fn a_property_of_more_than_thirty_values_is_left_out() {
        let letters: Vec<String> = ('A'..='Z').chain('a'..='e').map(|value| format!("P{value}")).collect();
        let others = |count: usize| letters[..count].join(" ");
        check(
            &format!("{} {}", many(&[(6, "F1"), (4, "F2"), (40, "P2")]), others(28)),
            expect![[r#"
                Clustered
                one=1: 6 of 6, lift 7.80, q 1.6e-6"#]],
        );
        check(&format!("{} {}", many(&[(6, "F1"), (4, "F2"), (40, "P2")]), others(29)), expect!["Spread"]);
    }

    #[test]
    fn a_pair_must_beat_both_of_its_parents() {
        let both = [
            (12, "Fax"),
            (2, "Pax"),
            (3, "Fay"),
            (20, "Pay"),
            (3, "Fbx"),
            (20, "Pbx"),
            (2, "Fby"),
            (60, "Pby"),
        ];
        check(
            &many(&both),
            expect![[r#"
                Clustered
                one=a and two=x: 12 of 14, lift 5.23, q 3.1e-9
                one=a: 15 of 37, lift 2.47, q 1.6e-5
                two=x: 15 of 37, lift 2.47, q 1.6e-5"#]],
        );
        check(
            &many(&[
                (14, "Fax"),
                (2, "Pax"),
                (2, "Fay"),
                (2, "Pay"),
                (3, "Fbx"),
                (60, "Pbx"),
                (2, "Fby"),
                (60, "Pby"),
            ]),
            expect![[r#"
                Clustered
                one=a: 16 of 20, lift 5.52, q 4.4e-13"#]],
        );
    }

    #[test]
    fn of_nearly_the_same_items_the_clearer_slice_is_kept() {
        check(
            &many(&[(9, "Fax"), (9, "Pax"), (1, "Pay"), (1, "Fbx"), (80, "Pby")]),
            expect![[r#"
                Clustered
                two=x: 10 of 19, lift 5.26, q 2.1e-8"#]],
        );
        check(
            &many(&[(9, "Fax"), (9, "Pax"), (80, "Pby")]),
            expect![[r#"
                TooFew
                one=a: 9 of 18, lift 5.44, q 6.2e-8"#]],
        );
    }

    #[test]
    fn failures_are_clustered_by_a_slice_or_by_their_neighbours() {
        assert_eq!(pattern(9, &[], Some(0.001)), Pattern::TooFew);
        assert_eq!(pattern(10, &[], Some(0.05)), Pattern::Clustered);
        assert_eq!(pattern(10, &[], Some(0.051)), Pattern::Spread);
        let slice: Slice = serde_json::from_str(SLICE).expect("a slice");
        assert_eq!(pattern(40, std::slice::from_ref(&slice), None), Pattern::Clustered);
        assert_eq!(pattern(41, std::slice::from_ref(&slice), None), Pattern::Spread);
        let larger = Slice { failures: 20, ..slice.clone() };
        let slices = [slice.clone(), larger.clone(), Slice { q: 0.02, ..larger.clone() }];
        assert_eq!(holding(40, &slices), Some(&larger));
        assert_eq!(holding(67, &slices), None);
    }

    const SLICE: &str = r#"{"key":"plan","value":"pro","and":{"key":"json","value":"yes"},"items":14,"failures":12,"pass_rate":0.125,"interval":[0.0,0.5],"pass_rate_elsewhere":0.5,"lift":2.5,"share_of_failures":0.25,"q":0.01}"#;

    #[test]
    fn a_slice_reads_back_as_it_was_written() {
        let slice: Slice = serde_json::from_str(SLICE).expect("a slice");
        assert_eq!(serde_json::to_string(&slice).expect("JSON"), SLICE);
    }

    #[test]
    fn numbers_are_compared_where_there_are_both() {
        let failed = [Some(true), Some(true), Some(false), None, Some(false)];
        let numbers = [Some(3.0), Some(4.0), Some(1.0), Some(9.0), None];
        assert_eq!(separation(&failed, &numbers).map(|found| found.auc), Some(1.0));
        assert_eq!(separation(&[None], &[Some(1.0)]), None);
    }
}
