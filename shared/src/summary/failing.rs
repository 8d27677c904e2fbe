//! Where a run fails, at a threshold: by feature, by what its items have in common, by what the judge said of them, by
//! their lengths, and by their average.
//!
//! Each is a family of questions of its own. What the judge said is what makes an item fail: it tells what goes
//! wrong and not where, and no pattern is read from it.

use std::collections::BTreeMap;

use super::Scores;
use super::exact::Exact;
use crate::clusters::{self, Together};
use crate::score::{Score, Threshold};
use crate::slices::low::{self, Low};
use crate::slices::properties::{self, Columns};
use crate::slices::tested::Column;
use crate::slices::{self, Slice};
use crate::stats::proportion::Proportion;
use crate::stats::{Interval, Z_95};

/// Where a run fails at one threshold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Failing {
    /// How each item ended; none where it has no score.
    pub failed: Vec<Option<bool>>,
    pub failures: u64,
    pub slices: Vec<Slice>,
    pub judged: Vec<Slice>,
    pub numbers: Vec<Number>,
}

/// Finds where a run fails at a threshold.
pub fn of(scores: &Scores, exact: &Exact, threshold: Threshold) -> Failing {
    let failed = failed(exact, threshold);
    Failing {
        failures: failed.iter().filter(|failed| **failed == Some(true)).count() as u64,
        slices: slices(scores, &failed),
        judged: judged(scores, &failed),
        numbers: numbers(scores, &failed),
        failed,
    }
}

/// A number of the items that fail beside that of the items that pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    pub key: String,
    /// How often an item that fails has the larger number than one that passes, 0 to 1; a tie is half.
    pub share_larger: f64,
    /// How likely so large a difference would be by chance, either way: Mann and Whitney's.
    pub p: f64,
    /// How many items fail, and how many pass, with the number known.
    pub failing: u64,
    pub passing: u64,
}

/// Tells how each item ended; none where it has no score.
pub fn failed(exact: &Exact, threshold: Threshold) -> Vec<Option<bool>> {
    exact.new_scores().iter().map(|score| score.map(|score| !score.passes(threshold))).collect()
}

/// How the items of one feature do at a threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct OfFeature {
    /// None of the items that have no feature.
    pub feature: Option<String>,
    /// How many of them have a score.
    pub scored: u64,
    /// None where none has a score.
    pub pass_rate: Option<f64>,
    /// Wilson's, 95 %; wider where items belong together.
    pub interval: Option<Interval>,
}

/// Adds the items up by their features, the lowest pass rate first and what has none last.
pub fn by_feature(scores: &Scores, failed: &[Option<bool>]) -> Vec<OfFeature> {
    let mut of_features = BTreeMap::<Option<&str>, Vec<usize>>::new();
    for (place, feature) in scores.features.iter().enumerate() {
        of_features.entry(feature.as_deref()).or_default().push(place);
    }
    let add_up = |(feature, places): (Option<&str>, Vec<usize>)| {
        let passes = places.into_iter().filter_map(|place| {
            let passes = !failed.get(place).copied().flatten()?;
            Some((f64::from(u8::from(passes)), scores.clusters.get(place).copied().flatten()))
        });
        let (passes, clusters): (Vec<f64>, Vec<_>) = passes.unzip();
        let (scored, passed) =
            (passes.len() as u64, passes.iter().filter(|&&passes| passes > 0.0).count() as u64);
        let rate = Proportion { part: passed, rest: scored - passed };
        let effect = clusters::effect(Together::of(&clusters).map(|together| together.widen(&passes)));
        OfFeature {
            feature: feature.map(str::to_owned),
            scored,
            pass_rate: rate.rate(),
            interval: rate.interval_as_of(scored as f64 / effect, Z_95),
        }
    };
    let mut added_up: Vec<_> = of_features.into_iter().map(add_up).collect();
    added_up.sort_by(|one, other| match (one.pass_rate, other.pass_rate) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        (one, other) => other.is_some().cmp(&one.is_some()),
    });
    added_up
}

/// Finds the features, tags and properties whose items fail more often than the others.
///
/// Items without an answer, like those without a score, are in none.
pub fn slices(scores: &Scores, failed: &[Option<bool>]) -> Vec<Slice> {
    slices::find(failed, &own(scores))
}

/// Finds the criteria and flags that go with failing more often than the others.
fn judged(scores: &Scores, failed: &[Option<bool>]) -> Vec<Slice> {
    slices::find(failed, &columns(&judged_columns(scores)).collect::<Vec<_>>())
}

fn judged_columns(scores: &Scores) -> Columns {
    let criteria = scores.criteria.iter().map(|column| (column.name.as_str(), column.levels.as_slice()));
    properties::judged(&criteria.collect::<Vec<_>>(), &scores.flags)
}

/// Compares the lengths of the items that fail with those of the items that pass.
fn numbers(scores: &Scores, failed: &[Option<bool>]) -> Vec<Number> {
    let compared = scores.numbers.iter().filter_map(|(key, numbers)| {
        let numbers: Vec<_> = numbers.iter().map(|number| number.map(|number| number as f64)).collect();
        let found = slices::separation(failed, &numbers)?;
        let known = |wanted: bool| {
            let both = failed.iter().zip(&numbers);
            both.filter(|(failed, number)| **failed == Some(wanted) && number.is_some()).count() as u64
        };
        let (failing, passing) = (known(true), known(false));
        Some(Number { key: key.clone(), share_larger: found.auc, p: found.p, failing, passing })
    });
    compared.collect()
}

/// Finds the features, tags and properties whose items score lower on average than the others.
pub fn low(scores: &Scores, exact: &Exact) -> Vec<Low> {
    let values: Vec<_> = exact.new_scores().iter().map(|score| score.map(Score::value)).collect();
    low::find(&values, &own(scores))
}

/// Tells which items are in all of these slices, each a key with its value as slices show them.
///
/// A quarter is found by the numbers in its name, as other items may have come since it was named.
pub fn within(scores: &Scores, conditions: &[(String, String)]) -> Vec<bool> {
    let judged = judged_columns(scores);
    let columns: Vec<_> = own(scores).into_iter().chain(columns(&judged)).collect();
    let mut within = vec![true; scores.items.len()];
    for (key, value) in conditions {
        let column = columns.iter().find(|column| column.key == key).map(|column| column.values);
        let numbers = scores.numbers.get(key).zip(properties::quarter(value));
        for (place, within) in within.iter_mut().enumerate() {
            let same = || column?.get(place)?.as_ref().map(|own| own == value);
            let inside = || {
                let (numbers, (from, to)) = numbers?;
                numbers.get(place)?.map(|number| (from..=to).contains(&number))
            };
            *within &= same() == Some(true) || inside() == Some(true);
        }
    }
    within
}

/// Gives what items have by themselves, and what is known of their responses without a judge.
fn own(scores: &Scores) -> Vec<Column<'_>> {
    let feature = Column { key: "feature", values: &scores.features };
    std::iter::once(feature).chain(columns(&scores.slices)).collect()
}

fn columns(columns: &Columns) -> impl Iterator<Item = Column<'_>> {
    columns.iter().map(|(key, values)| Column { key, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Flag;
    use crate::score::{MeanLevel, Weight};
    use crate::summary;
    use expect_test::{Expect, expect};

    /// A run of two criteria: an item a word of two levels ("-" for none) and a letter, its feature; in upper
    /// case its answer is long and the judge flagged it.
    fn run_of(items: &str) -> Scores {
        let items: Vec<Vec<char>> = items.split_whitespace().map(|item| item.chars().collect()).collect();
        let level = |place: usize| {
            items.iter().map(move |item| MeanLevel::try_from(f64::from(item[place].to_digit(10)?)).ok())
        };
        let column = |name: &str, place| summary::Column {
            name: name.to_owned(),
            weight: Weight::default(),
            required: false,
            levels: level(place).collect(),
            baseline_levels: Vec::new(),
        };
        let raised =
            |item: &Vec<char>| if item[2].is_uppercase() { vec![Flag::Prefilter] } else { Vec::new() };
        let long = |item: &Vec<char>| Some(if item[2].is_uppercase() { 100 } else { 10 });
        Scores {
            items: vec![crate::id::ItemId::try_from("i".to_owned()).expect("an id"); items.len()],
            criteria: vec![column("a", 0), column("b", 1)],
            features: items.iter().map(|item| Some(item[2].to_lowercase().to_string())).collect(),
            numbers: [("output_length".to_owned(), items.iter().map(long).collect())].into(),
            flags: items.iter().map(raised).collect(),
            ..Scores::default()
        }
    }

    fn check(items: &str, expected: Expect) {
        let scores = run_of(items);
        let exact = Exact::of(&scores);
        let Failing { slices, judged, numbers, .. } = of(&scores, &exact, Threshold::default());
        let slice =
            |slice: &Slice| format!("{}={} {} of {}", slice.key, slice.value, slice.failures, slice.items);
        let mut shown: Vec<_> = slices.iter().map(slice).collect();
        shown.push("judged:".to_owned());
        shown.extend(judged.iter().map(slice));
        shown.extend(numbers.iter().map(|number| {
            let Number { key, share_larger, p, failing, passing } = number;
            format!("{key}: {share_larger:.3} of {failing} by {passing}, p {p:.4}")
        }));
        shown.extend(
            low(&scores, &exact)
                .iter()
                .map(|low| format!("low {}={} {:.2}", low.key, low.value, low.average)),
        );
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn nothing_fails_nowhere() {
        check("", expect!["judged:"]);
        check("55x", expect!["judged:"]);
    }

    #[test]
    fn what_the_judge_said_is_told_apart_from_where_items_fail() {
        check(
            &format!("{}{}{}", "51E ".repeat(8), "55e ".repeat(12), "55s 54s 33s 55s 55s 55s ".repeat(8)),
            expect![[r#"
                feature=e 8 of 20
                judged:
                criterion.b=failed 16 of 16
                criterion.a=failed 8 of 8
                flag.prefilter=yes 8 of 8
                output_length: 0.750 of 16 by 52, p 0.0000"#]],
        );
    }

    #[test]
    fn unscored_items_are_in_no_slice() {
        check(
            &format!("{}{}", "-1E ".repeat(20), "33s 55s ".repeat(10)),
            expect![[r#"
            judged:
            criterion.a=failed 10 of 10
            output_length: 0.500 of 10 by 10, p 1.0000"#]],
        );
    }

    #[test]
    fn slices_say_which_items_are_in_them() {
        let scores = run_of("51E 55e 11s 55S");
        let check = |conditions: &[(&str, &str)], expected: Expect| {
            let conditions = conditions.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            let within = within(&scores, &conditions.collect::<Vec<_>>());
            let places = within.iter().enumerate().filter(|(_, within)| **within).map(|(place, _)| place);
            expected.assert_eq(&format!("{:?}", places.collect::<Vec<_>>()));
        };
        check(&[], expect!["[0, 1, 2, 3]"]);
        check(&[("feature", "e")], expect!["[0, 1]"]);
        check(&[("feature", "e"), ("output_length", "from 50")], expect!["[0]"]);
        check(&[("output_length", "up to 10")], expect!["[1, 2]"]);
        check(&[("criterion.b", "failed"), ("flag.prefilter", "yes")], expect!["[0]"]);
        check(&[("nothing", "x")], expect!["[]"]);
    }

    fn check_features(scores: &Scores, expected: Expect) {
        let failed = failed(&Exact::of(scores), Threshold::default());
        let said = by_feature(scores, &failed).into_iter().map(|of| {
            let interval = of.interval.map(|Interval(low, high)| format!("{low:.3} to {high:.3}"));
            format!("{:?} n {} {:?} {}", of.feature, of.scored, of.pass_rate, interval.unwrap_or_default())
        });
        expected.assert_eq(&said.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn every_feature_is_added_up_the_lowest_first_and_unscored_items_are_not() {
        let mut scores = run_of("55a 55b 11b -5b 55b 55c -1d");
        scores.features[5] = None;
        check_features(
            &scores,
            expect![[r#"
            Some("b") n 3 Some(0.6666666666666666) 0.208 to 0.939
            None n 1 Some(1.0) 0.207 to 1.000
            Some("a") n 1 Some(1.0) 0.207 to 1.000
            Some("d") n 0 None "#]],
        );
    }

    #[test]
    fn items_that_belong_together_make_the_interval_of_a_feature_wider() {
        let clusters = vec![Some(1), Some(1), Some(1), Some(2), Some(2), Some(2)];
        check_features(
            &Scores { clusters, ..run_of("55a 55a 55a 11a 11a 11a") },
            expect![[r#"Some("a") n 6 Some(0.5) 0.064 to 0.936"#]],
        );
        check_features(
            &run_of("55a 55a 55a 11a 11a 11a"),
            expect![[r#"Some("a") n 6 Some(0.5) 0.188 to 0.812"#]],
        );
    }
}
