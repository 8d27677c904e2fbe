//! Which schemas `Anthropic` holds an answer to: it refuses a request with any other.
//!
//! Leaves out which models do so.
//!
//! Source: `Anthropic`'s page on structured outputs, its section on what of JSON Schema is taken.

use serde_json::Value;

/// Members that no schema may have.
const REFUSED: [&str; 12] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "maxItems",
    "uniqueItems",
    "patternProperties",
    "$ref",
];

/// More schemas in each other than any form has.
const DEEPEST: usize = 32;

/// Tells whether a schema is taken as it is: each of its objects has named members alone, and nothing bounds a number, a
/// text or a list. What refers to another place is not followed, so it is not known to be taken.
pub fn is_taken(schema: &Value) -> bool {
    is_taken_within(schema, DEEPEST)
}

fn is_taken_within(schema: &Value, depth: usize) -> bool {
    let Some(members) = schema.as_object() else { return false };
    if depth == 0 || REFUSED.iter().any(|name| members.contains_key(*name)) {
        return false;
    }
    let is_object =
        members.get("type").is_some_and(|kind| kind == "object") || members.contains_key("properties");
    if is_object && members.get("additionalProperties") != Some(&Value::Bool(false)) {
        return false;
    }
    if members.get("minItems").is_some_and(|least| least.as_u64().is_none_or(|least| least > 1)) {
        return false;
    }
    let of_members =
        members.get("properties").and_then(Value::as_object).into_iter().flat_map(|named| named.values());
    let any = ["anyOf", "allOf", "oneOf"];
    let of_choices = any.iter().filter_map(|name| members.get(*name)?.as_array()).flatten();
    of_members.chain(of_choices).chain(members.get("items")).all(|within| is_taken_within(within, depth - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(schema: Value, expected: bool) {
        assert_eq!(is_taken(&schema), expected, "{schema}");
    }

    fn object(member: Value) -> Value {
        json!({"type": "object", "properties": {"a": member}, "required": ["a"], "additionalProperties": false})
    }

    #[test]
    fn members_that_are_named_are_taken() {
        check(object(json!({"type": "string", "enum": ["x"]})), true);
        check(
            object(json!({"type": "array", "items": object(json!({"type": "integer"})), "minItems": 1})),
            true,
        );
        check(object(json!({"anyOf": [{"type": "string"}, {"type": "null"}]})), true);
    }

    #[test]
    fn open_objects_bounds_and_references_are_not() {
        check(json!({"type": "object", "properties": {}}), false);
        check(object(json!({"type": "object"})), false);
        check(object(json!({"type": "integer", "minimum": 0})), false);
        check(object(json!({"type": "array", "items": {"type": "string", "maxLength": 9}})), false);
        check(object(json!({"type": "array", "minItems": 2})), false);
        check(object(json!({"anyOf": [{"type": "string", "pattern": "^a"}]})), false);
        check(object(json!({"$ref": "#"})), false);
        check(json!("no schema"), false);
    }

    #[test]
    fn what_is_nested_without_end_is_not() {
        let deep =
            (0..1_000).fold(json!({"type": "string"}), |within, _| json!({"type": "array", "items": within}));
        check(deep, false);
    }
}
