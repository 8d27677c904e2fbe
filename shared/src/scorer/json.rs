//! JSON in and as responses: found, compared, and how alike two values are.
//!
//! Source of the likeness: `sc.json_diff` of the reference vectors. Leaves out schemas.

use std::collections::BTreeSet;

use serde_json::{Deserializer, Map, Number, Value};

use super::{edit, text};

/// Reads a whole text, white space around it aside, as one value.
pub fn whole(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// Gives what stands between a code fence's lines when the whole text is one fence; else the text.
pub fn unfenced(text: &str) -> &str {
    let inner = text.trim().strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inner.and_then(|inner| inner.split_once('\n')).map_or(text, |(_, inner)| inner)
}

/// Gives the first object or list in a text that reads.
pub fn first(text: &str) -> Option<Value> {
    text.match_indices(['{', '[']).find_map(|(start, _)| {
        // A bracket is one byte, so the rest begins at a character.
        Deserializer::from_str(&text[start..]).into_iter::<Value>().next()?.ok()
    })
}

/// Tells whether two values are equal: numbers by their value, members in any order.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64() && !both_whole(one, other)
        }
        (Value::String(one), Value::String(other)) => text::normal(one) == text::normal(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// Whole numbers are compared as such: 2⁵³ and 2⁵³ + 1 are the same `f64`.
fn both_whole(one: &Number, other: &Number) -> bool {
    !one.is_f64() && !other.is_f64()
}

/// Tells how near two numbers are: 1 − |a − b| / (|a| + |b|), and 1 for two zeros.
pub fn nearness(one: f64, other: f64) -> f64 {
    let size = one.abs() + other.abs();
    if size == 0.0 { 1.0 } else { 1.0 - (one - other).abs() / size }
}

/// Tells how alike two values are, 0 to 1; none when a text has more than `most` characters.
///
/// Objects: the mean over all names, 0 where one side lacks it. Lists: place by place, over the longer
/// length. Texts by edit distance, numbers by nearness; different kinds are 0.
pub fn likeness(one: &Value, other: &Value, most: usize) -> Option<f64> {
    Some(match (one, other) {
        (Value::Object(one), Value::Object(other)) => return members(one, other, most),
        (Value::Array(one), Value::Array(other)) => {
            let pairs = one.iter().zip(other).map(|(one, other)| likeness(one, other, most));
            mean(pairs.sum::<Option<f64>>()?, one.len().max(other.len()))
        }
        (Value::Number(one), Value::Number(other)) => nearness(one.as_f64()?, other.as_f64()?),
        (Value::String(one), Value::String(other)) => {
            let characters =
                |text: &str| Some(edit::characters(&text::normal(text))).filter(|all| all.len() <= most);
            edit::similarity(&characters(one)?, &characters(other)?)
        }
        _ => f64::from(u8::from(one == other)),
    })
}

fn members(one: &Map<String, Value>, other: &Map<String, Value>, most: usize) -> Option<f64> {
    let shared = one.iter().filter_map(|(name, value)| Some((value, other.get(name)?)));
    let (mut alike, mut count) = (0.0, 0);
    for (one, other) in shared {
        alike += likeness(one, other, most)?;
        count += 1;
    }
    Some(mean(alike, one.len() + other.len() - count))
}

fn mean(sum: f64, count: usize) -> f64 {
    if count == 0 { 1.0 } else { sum / count as f64 }
}

/// Tells how much of two values' shape is the same: the share of places that both have with the same kind
/// of value, whatever the index in a list.
pub fn shape_likeness(one: &Value, other: &Value) -> f64 {
    let (one, other) = (shape(one), shape(other));
    one.intersection(&other).count() as f64 / one.union(&other).count() as f64
}

/// Gives the places of a value with the kind of what stands there; never none.
fn shape(value: &Value) -> BTreeSet<(String, &'static str)> {
    let mut places = BTreeSet::new();
    walk(value, String::new(), &mut places);
    places
}

fn walk(value: &Value, place: String, places: &mut BTreeSet<(String, &'static str)>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, format!("{place}[]"), places)),
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| walk(value, format!("{place}/{name}"), places));
        }
        _ => {}
    }
    places.insert((place, kind(value)));
}

/// Names the kind of a value, as JSON Schema does.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(one: &str, other: &str, expected: Expect) {
        let (one, other) = (whole(one).expect("JSON"), whole(other).expect("JSON"));
        expected.assert_eq(&format!(
            "same {}, alike {:?}, shape {}",
            same(&one, &other),
            likeness(&one, &other, 10),
            shape_likeness(&one, &other)
        ));
    }

    #[test]
    fn values_are_compared_by_what_they_mean() {
        check(
            r#"{"a": 1, "b": [2]}"#,
            r#"{"b": [2.0], "a": 1.0}"#,
            expect!["same true, alike Some(1.0), shape 1"],
        );
        check("9007199254740992", "9007199254740993", expect!["same false, alike Some(1.0), shape 1"]);
        check("[1]", "[1, 2]", expect!["same false, alike Some(0.5), shape 1"]);
        check("null", "null", expect!["same true, alike Some(1.0), shape 1"]);
        check(r#"{"a": 1}"#, r#"{"a": "1", "b": 1}"#, expect!["same false, alike Some(0.0), shape 0.25"]);
        check(r#""a long text""#, r#""a""#, expect!["same false, alike None, shape 1"]);
    }

    #[test]
    fn json_is_found_in_a_text() {
        assert_eq!(
            first("see {this} and [1, {\"a\": 2}]").map(|value| value.to_string()),
            Some("[1,{\"a\":2}]".to_owned())
        );
        assert_eq!(first("{\"a\": 1"), None);
        assert_eq!(first(&"[".repeat(10_000)), None);
        assert_eq!(unfenced("```json\n{}\n```"), "{}\n");
        assert_eq!(unfenced("```{}```"), "```{}```");
    }
}
