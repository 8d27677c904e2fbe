//! Choosing the results of a run by the slices that they are in.
//!
//! The keys and values are those that `shared::slices::properties` gives and summaries show.

use serde_json::{Value, json};
use shared::slices::properties;

/// Writes the condition that an outcome is in all of the slices of a list, which is a parameter; one part however many
/// they are.
///
/// A feature and a tag are the item's own, and a tag wins over a property of the same name. The others are
/// stored with the outcome: words as they are, lengths as numbers that lie in the quarter that is named, what
/// the judge said in the levels and flags. Where an outcome has no such property it is in no slice of it.
pub fn in_slices(list: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM json_each({list}) AS wanted WHERE NOT CASE \
    WHEN wanted.value->>'key' = 'feature' THEN feature IS wanted.value->>'value' ELSE coalesce( \
    (SELECT tag.value = wanted.value->>'value' FROM json_each(tags) AS tag WHERE tag.key = wanted.value->>'key'), \
    (SELECT own.value = wanted.value->>'value' FROM json_each(properties, '$.values') AS own WHERE own.key = wanted.value->>'key'), \
    CASE wanted.value->>'key' WHEN 'input_length' THEN properties->>'input_length' \
    WHEN 'output_length' THEN properties->>'output_length' END BETWEEN wanted.value->>'from' AND wanted.value->>'to', \
    (SELECT CASE WHEN judged.value->>'level' >= 4 THEN 'met' ELSE 'failed' END = wanted.value->>'value' FROM json_each(criteria) AS judged \
    WHERE 'criterion.' || (judged.value->>'name') = wanted.value->>'key' AND judged.value->>'level' IS NOT NULL), \
    (SELECT wanted.value->>'value' = 'yes' FROM json_each(flags) AS flag WHERE 'flag.' || flag.value = wanted.value->>'key'), 0) END)"
    )
}

/// Writes slices as the list that [`in_slices`] takes.
pub fn wanted(slices: &[(String, String)]) -> String {
    let wanted = slices.iter().map(|(key, value)| {
        let (from, to) = properties::quarter(value).unzip();
        json!({"key": key, "value": value, "from": from, "to": to})
    });
    Value::from_iter(wanted).to_string()
}
