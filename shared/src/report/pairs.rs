//! The items of two runs as a file: a line each, as they came out at one threshold.

use serde_json::json;

use super::csv::{line, text};
use super::millionths;
use crate::compare::items::{Flip, ItemPair, ItemPairs};
use crate::score::Threshold;

/// The columns of the table.
const COLUMNS: [&str; 7] =
    ["item_id", "feature", "base_score", "candidate_score", "difference", "change", "threshold"];

/// Writes the items at these places as a table, below a line of names.
pub fn csv(pairs: &ItemPairs, places: &[usize], threshold: Threshold) -> String {
    let mut table = String::new();
    line(&mut table, COLUMNS.into_iter().map(str::to_owned));
    for pair in places.iter().filter_map(|&place| pairs.at(place)) {
        let Written { base, candidate, difference, change } = written(&pair, threshold);
        let cells = [
            pair.item.to_string(),
            text(pair.feature.unwrap_or_default()),
            base.to_string(),
            candidate.to_string(),
            difference.to_string(),
            change.to_owned(),
            threshold.to_string(),
        ];
        line(&mut table, cells.into_iter());
    }
    table
}

/// Writes the items at these places as JSON, each on a line of its own.
pub fn jsonl(pairs: &ItemPairs, places: &[usize], threshold: Threshold) -> String {
    let line = |pair: ItemPair<'_>| {
        let Written { base, candidate, difference, change } = written(&pair, threshold);
        let line = json!({
            "item_id": pair.item.as_str(), "feature": pair.feature, "base_score": base, "candidate_score": candidate,
            "difference": difference, "change": change, "threshold": threshold.value(),
        });
        line.to_string() + "\n"
    };
    places.iter().filter_map(|&place| pairs.at(place)).map(line).collect()
}

/// What is written of a pair at a threshold.
struct Written {
    base: f64,
    candidate: f64,
    difference: f64,
    change: &'static str,
}

fn written(pair: &ItemPair<'_>, threshold: Threshold) -> Written {
    Written {
        base: millionths(pair.base.value()),
        candidate: millionths(pair.candidate.value()),
        difference: millionths(pair.gain()),
        change: Flip::of(pair.base.passes(threshold), pair.candidate.passes(threshold)).word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ItemId;
    use crate::score::{MeanLevel, Part, Score, Weight};
    use expect_test::expect;

    fn pairs() -> ItemPairs {
        let score = |quarters: u8| {
            let level = MeanLevel::of_quarters(quarters);
            Score::of(&[Part { level, weight: Weight::default(), required: false }]).expect("a part")
        };
        let mut pairs = ItemPairs::default();
        for (name, feature, base, candidate) in
            [("a", Some("=1+1"), 20, 16), ("b", None, 16, 12), ("c", Some("chat"), 7, 7)]
        {
            let item = ItemId::try_from(name.to_owned()).expect("an id");
            pairs.push(ItemPair { item: &item, feature, base: score(base), candidate: score(candidate) });
        }
        pairs
    }

    #[test]
    fn a_table_has_a_line_for_each_item_in_their_order_and_no_formula() {
        expect![[r#"
            "item_id","feature","base_score","candidate_score","difference","change","threshold"\r
            "b","","0.8","0.6","-0.2","broke","0.8"\r
            "a","'=1+1","1","0.8","-0.2","both_pass","0.8"\r
            "c","chat","0.35","0.35","0","both_fail","0.8"\r
        "#]]
        .assert_eq(&csv(&pairs(), &[1, 0, 2], Threshold::default()).replace('\r', "\\r"));
    }

    #[test]
    fn lines_of_json_say_the_same() {
        expect![[r#"
            {"item_id":"b","feature":null,"base_score":0.8,"candidate_score":0.6,"difference":-0.2,"change":"broke","threshold":0.8}
            {"item_id":"a","feature":"=1+1","base_score":1.0,"candidate_score":0.8,"difference":-0.2,"change":"both_pass","threshold":0.8}
        "#]].assert_eq(&jsonl(&pairs(), &[1, 0], Threshold::default()));
    }
}
