//! The items of a run as a file: a line each, as they came out at one threshold.
//!
//! Leaves out what they say: where a threshold is moved nothing but their scores is known.

use serde_json::{Value, json};

use super::csv::{line, number, text};
use super::millionths;
use crate::compare::items::Flip;
use crate::id::ItemId;
use crate::outcome::{self, Verdict};
use crate::score::{Score, Threshold};
use crate::summary::exact::Exact;
use crate::summary::{Column, Scores};

/// The columns of every table, before and after those of the criteria.
const BEFORE: [&str; 6] = ["item_id", "feature", "verdict", "score", "baseline_score", "change"];
const AFTER: [&str; 3] = ["latency_ms", "cost_usd", "threshold"];

/// The items of a run, held to a threshold.
#[derive(Debug, Clone, Copy)]
pub struct Items<'a> {
    pub scores: &'a Scores,
    /// Worked out of these columns.
    pub exact: &'a Exact,
    pub threshold: Threshold,
}

/// Writes the items at these places as a table, below a line of names. A criterion has two columns.
pub fn csv(items: Items<'_>, places: &[usize]) -> String {
    let criteria = &items.scores.criteria;
    let mut table = String::new();
    let of_criterion = |column: &Column| [text(&column.name), text(&format!("{}, baseline", column.name))];
    let names = BEFORE.map(str::to_owned).into_iter().chain(criteria.iter().flat_map(of_criterion));
    line(&mut table, names.chain(AFTER.map(str::to_owned)));
    for item in places.iter().filter_map(|&place| items.at(place)) {
        let before = [
            item.id.to_string(),
            text(item.feature.unwrap_or_default()),
            item.verdict.word().to_owned(),
            number(item.score),
            number(item.baseline),
            item.change.unwrap_or_default().to_owned(),
        ];
        let levels = criteria.iter().flat_map(|column| levels(column, item.place).map(number));
        let after = [number(item.latency_ms), number(item.cost_usd), items.threshold.to_string()];
        line(&mut table, before.into_iter().chain(levels).chain(after));
    }
    table
}

/// Writes the items at these places as JSON, each on a line of its own.
pub fn jsonl(items: Items<'_>, places: &[usize]) -> String {
    let line = |item: Item<'_>| {
        let criterion = |column: &Column| {
            let [level, baseline] = levels(column, item.place);
            json!({ "name": column.name, "level": level, "baseline_level": baseline })
        };
        let criteria: Vec<Value> = items.scores.criteria.iter().map(criterion).collect();
        let line = json!({
            "item_id": item.id.as_str(), "feature": item.feature, "verdict": item.verdict.word(),
            "score": item.score, "baseline_score": item.baseline, "change": item.change, "criteria": criteria,
            "latency_ms": item.latency_ms, "cost_usd": item.cost_usd, "threshold": items.threshold.value(),
        });
        line.to_string() + "\n"
    };
    places.iter().filter_map(|&place| items.at(place)).map(line).collect()
}

/// What is written of an item.
struct Item<'a> {
    place: usize,
    id: &'a ItemId,
    feature: Option<&'a str>,
    verdict: Verdict,
    score: Option<f64>,
    baseline: Option<f64>,
    change: Option<&'static str>,
    latency_ms: Option<u64>,
    cost_usd: Option<f64>,
}

impl<'a> Items<'a> {
    fn at(self, place: usize) -> Option<Item<'a>> {
        let Self { scores, exact, threshold } = self;
        let of = |scores: &[Option<Score>]| scores.get(place).copied().flatten();
        let (new, original) = (of(exact.new_scores()), of(exact.original_scores()));
        let written = |score: Option<Score>| score.map(|score| millionths(score.value()));
        let flip =
            |(original, new): (Score, Score)| Flip::of(original.passes(threshold), new.passes(threshold));
        Some(Item {
            place,
            id: scores.items.get(place)?,
            feature: scores.features.get(place).and_then(Option::as_deref),
            verdict: match scores.errored.get(place) {
                Some(true) => Verdict::Error,
                _ => outcome::verdict(new, threshold),
            },
            score: written(new),
            baseline: written(original),
            change: original.zip(new).map(|both| flip(both).word()),
            latency_ms: scores.latency_ms.get(place).copied().flatten(),
            cost_usd: scores.cost_usd.get(place).copied().flatten(),
        })
    }
}

/// Gives the levels of an item on a criterion, the new one and the original's.
fn levels(column: &Column, place: usize) -> [Option<f64>; 2] {
    [&column.levels, &column.baseline_levels]
        .map(|levels| levels.get(place).copied().flatten().map(|level| millionths(level.value())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{MeanLevel, Weight};
    use expect_test::{Expect, expect};

    /// Four items: one broke, one passes with both responses, one is unscored, one has no answer.
    fn check(write: fn(Items<'_>, &[usize]) -> String, places: &[usize], threshold: f64, expected: Expect) {
        let levels = |numbers: [Option<f64>; 4]| {
            numbers.map(|number| number.and_then(|number| MeanLevel::try_from(number).ok())).to_vec()
        };
        let scores = Scores {
            items: ["a", "b", "c", "d"].map(|id| ItemId::try_from(id.to_owned()).expect("an id")).to_vec(),
            criteria: vec![Column {
                name: "=Tone".to_owned(),
                weight: Weight::default(),
                required: false,
                levels: levels([Some(11.0 / 3.0), Some(5.0), None, None]),
                baseline_levels: levels([Some(5.0), Some(4.0), Some(4.0), None]),
            }],
            features: vec![Some("=1+1".to_owned()), None, Some("chat".to_owned()), None],
            errored: vec![false, false, false, true],
            latency_ms: vec![Some(120), None, Some(80), None],
            cost_usd: vec![Some(0.0002), None, None, None],
            ..Scores::default()
        };
        let exact = Exact::of(&scores);
        let threshold = Threshold::try_from(threshold).expect("a threshold");
        let written = write(Items { scores: &scores, exact: &exact, threshold }, places);
        expected.assert_eq(&written.replace('\r', "\\r"));
    }

    #[test]
    fn a_table_has_a_line_for_each_item_in_their_order_and_no_formula() {
        check(
            csv,
            &[3, 2, 0, 1],
            0.8,
            expect![[r#"
            "item_id","feature","verdict","score","baseline_score","change","'=Tone","'=Tone, baseline","latency_ms","cost_usd","threshold"\r
            "d","","error","","","","","","","","0.8"\r
            "c","chat","unscored","","0.8","","","4","80","","0.8"\r
            "a","'=1+1","fail","0.733333","1","broke","3.666667","5","120","0.0002","0.8"\r
            "b","","pass","1","0.8","both_pass","5","4","","","0.8"\r
        "#]],
        );
    }

    #[test]
    fn another_threshold_makes_other_verdicts() {
        check(
            csv,
            &[0],
            0.7,
            expect![[r#"
            "item_id","feature","verdict","score","baseline_score","change","'=Tone","'=Tone, baseline","latency_ms","cost_usd","threshold"\r
            "a","'=1+1","pass","0.733333","1","both_pass","3.666667","5","120","0.0002","0.7"\r
        "#]],
        );
    }

    #[test]
    fn lines_of_json_say_the_same() {
        check(
            jsonl,
            &[3, 0],
            0.8,
            expect![[r#"
            {"item_id":"d","feature":null,"verdict":"error","score":null,"baseline_score":null,"change":null,"criteria":[{"name":"=Tone","level":null,"baseline_level":null}],"latency_ms":null,"cost_usd":null,"threshold":0.8}
            {"item_id":"a","feature":"=1+1","verdict":"fail","score":0.733333,"baseline_score":1.0,"change":"broke","criteria":[{"name":"=Tone","level":3.666667,"baseline_level":5.0}],"latency_ms":120,"cost_usd":0.0002,"threshold":0.8}
        "#]],
        );
    }
}
