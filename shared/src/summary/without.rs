//! A run's columns without some of its items: as if the run had never had them.

use super::{Column, Scores, scorers};
use crate::id::ItemId;
use crate::scorer::result::Marks;

impl Scores {
    /// Gives the columns of the other items. What is named and not there changes nothing.
    #[must_use]
    pub fn without(&self, left_out: &[ItemId]) -> Self {
        let stays: Vec<_> = self.items.iter().map(|item| !left_out.contains(item)).collect();
        let of = |column: &Column| Column {
            levels: kept(&column.levels, &stays),
            baseline_levels: kept(&column.baseline_levels, &stays),
            ..column.clone()
        };
        let of_scorer = |column: &scorers::Column| scorers::Column {
            marks: Marks(kept(&column.marks.0, &stays)),
            baseline_marks: Marks(kept(&column.baseline_marks.0, &stays)),
            ..column.clone()
        };
        let slices = self.slices.iter();
        let numbers = self.numbers.iter();
        Self {
            items: kept(&self.items, &stays),
            score: kept(&self.score, &stays),
            baseline: kept(&self.baseline, &stays),
            criteria: self.criteria.iter().map(of).collect(),
            scorers: self.scorers.iter().map(of_scorer).collect(),
            features: kept(&self.features, &stays),
            slices: slices.map(|(name, values)| (name.clone(), kept(values, &stays))).collect(),
            numbers: numbers.map(|(name, values)| (name.clone(), kept(values, &stays))).collect(),
            flags: kept(&self.flags, &stays),
            clusters: kept(&self.clusters, &stays),
            errored: kept(&self.errored, &stays),
            latency_ms: kept(&self.latency_ms, &stays),
            cost_usd: kept(&self.cost_usd, &stays),
        }
    }
}

/// Gives the entries of the items that stay; a column that is older than its entries stays empty.
fn kept<T: Clone>(column: &[T], stays: &[bool]) -> Vec<T> {
    column.iter().zip(stays).filter(|(_, stays)| **stays).map(|(entry, _)| entry.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Threshold;
    use crate::summary;
    use expect_test::{Expect, expect};
    use serde_json::json;

    /// Three items: passed, failed, without an answer.
    fn scores() -> Scores {
        let marks = json!({"statuses": ["ok", "ok", "skipped"], "scores": [1.0, 0.5, null], "passed": [true, false, null]});
        let scores = json!({
            "items": ["a", "b", "c"], "score": [1.0, 0.4, null], "baseline": [null, null, null],
            "criteria": [{
                "name": "x", "weight": 1.0, "required": false, "levels": [5.0, 2.0, null], "baseline_levels": [4.0, 4.0, 4.0],
            }],
            "scorers": [{"name": "s", "weight": null, "marks": marks, "baseline_marks": marks}],
            "features": ["f", null, "g"], "slices": {"plan": ["pro", "free", null]}, "numbers": {"turns": [1, 2, 3]},
            "flags": [[], ["truncated"], []], "clusters": [], "errored": [false, false, true],
            "latency_ms": [10, 20, null], "cost_usd": [0.1, 0.2, null],
        });
        serde_json::from_value(scores).expect("scores")
    }

    fn check(left_out: &[&str], expected: Expect) {
        let left_out: Vec<_> =
            left_out.iter().map(|id| ItemId::try_from((*id).to_owned()).expect("an id")).collect();
        expected.assert_eq(&serde_json::to_string(&scores().without(&left_out)).expect("JSON"));
    }

    #[test]
    fn every_column_loses_the_same_items() {
        check(
            &["b"],
            expect![[
                r#"{"items":["a","c"],"score":[1.0,null],"baseline":[null,null],"criteria":[{"name":"x","weight":1.0,"required":false,"levels":[5.0,null],"baseline_levels":[4.0,4.0]}],"scorers":[{"name":"s","weight":null,"marks":{"statuses":["ok","skipped"],"scores":[1.0,null],"passed":[true,null]},"baseline_marks":{"statuses":["ok","skipped"],"scores":[1.0,null],"passed":[true,null]}}],"features":["f","g"],"slices":{"plan":["pro",null]},"numbers":{"turns":[1,3]},"flags":[[],[]],"clusters":[],"errored":[false,true],"latency_ms":[10,null],"cost_usd":[0.1,null]}"#
            ]],
        );
        check(
            &["a", "b", "c"],
            expect![[
                r#"{"items":[],"score":[],"baseline":[],"criteria":[{"name":"x","weight":1.0,"required":false,"levels":[],"baseline_levels":[]}],"scorers":[{"name":"s","weight":null,"marks":{"statuses":[],"scores":[],"passed":[]},"baseline_marks":{"statuses":[],"scores":[],"passed":[]}}],"features":[],"slices":{"plan":[]},"numbers":{"turns":[]},"flags":[],"clusters":[],"errored":[],"latency_ms":[],"cost_usd":[]}"#
            ]],
        );
    }

    #[test]
    fn what_is_not_there_changes_nothing() {
        let other = ItemId::try_from("z".to_owned()).expect("an id");
        assert_eq!(scores().without(&[]), scores());
        assert_eq!(scores().without(&[other]), scores());
    }

    #[test]
    fn what_is_left_out_counts_nowhere() {
        let failed = ItemId::try_from("b".to_owned()).expect("an id");
        let summary = summary::of(&scores().without(&[failed]), Threshold::default());
        assert_eq!((summary.items, summary.scored, summary.passed, summary.errored), (2, 1, 1, 1));
    }
}
