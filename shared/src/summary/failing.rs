//! Where a run fails, at a threshold: by what its items have in common, by what the judge said of them, by
//! their lengths, and by their average.
//!
//! Each is a family of questions of its own. What the judge said is what makes an item fail: it tells what goes
//! wrong and not where, and no pattern is read from it.

use super::Scores;
use crate::score::{Score, Threshold};
use crate::slices::low::{self, Low};
use crate::slices::tested::Column;
use crate::slices::{self, Slice, properties};

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
pub fn failed(scores: &Scores, threshold: Threshold) -> Vec<Option<bool>> {
    scores.exact().into_iter().map(|score| score.map(|score| !score.passes(threshold))).collect()
}

/// Finds the features, tags and properties whose items fail more often than the others.
///
/// Items without an answer, like those without a score, are in none.
pub fn slices(scores: &Scores, failed: &[Option<bool>]) -> Vec<Slice> {
    slices::find(failed, &own(scores))
}

/// Finds the criteria and flags that go with failing more often than the others.
pub fn judged(scores: &Scores, failed: &[Option<bool>]) -> Vec<Slice> {
    let criteria = scores.criteria.iter().map(|column| (column.name.as_str(), column.levels.as_slice()));
    let columns = properties::judged(&criteria.collect::<Vec<_>>(), &scores.flags);
    let columns = columns.iter().map(|(key, values)| Column { key, values });
    slices::find(failed, &columns.collect::<Vec<_>>())
}

/// Compares the lengths of the items that fail with those of the items that pass.
pub fn numbers(scores: &Scores, failed: &[Option<bool>]) -> Vec<Number> {
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
pub fn low(scores: &Scores) -> Vec<Low> {
    let values: Vec<_> = scores.exact().into_iter().map(|score| score.map(Score::value)).collect();
    low::find(&values, &own(scores))
}

/// Gives what items have by themselves, and what is known of their responses without a judge.
fn own(scores: &Scores) -> Vec<Column<'_>> {
    let feature = Column { key: "feature", values: &scores.features };
    let others = scores.slices.iter().map(|(key, values)| Column { key, values });
    std::iter::once(feature).chain(others).collect()
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
    fn check(items: &str, expected: Expect) {
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
        let scores = Scores {
            items: vec![crate::id::ItemId::try_from("i".to_owned()).expect("an id"); items.len()],
            criteria: vec![column("a", 0), column("b", 1)],
            features: items.iter().map(|item| Some(item[2].to_lowercase().to_string())).collect(),
            numbers: [("output_length".to_owned(), items.iter().map(long).collect())].into(),
            flags: items.iter().map(raised).collect(),
            ..Scores::default()
        };
        let failed = failed(&scores, Threshold::default());
        let slice =
            |slice: &Slice| format!("{}={} {} of {}", slice.key, slice.value, slice.failures, slice.items);
        let mut shown: Vec<_> = slices(&scores, &failed).iter().map(slice).collect();
        shown.push("judged:".to_owned());
        shown.extend(judged(&scores, &failed).iter().map(slice));
        shown.extend(numbers(&scores, &failed).iter().map(|number| {
            let Number { key, share_larger, p, failing, passing } = number;
            format!("{key}: {share_larger:.3} of {failing} by {passing}, p {p:.4}")
        }));
        shown.extend(
            low(&scores).iter().map(|low| format!("low {}={} {:.2}", low.key, low.value, low.average)),
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
}
