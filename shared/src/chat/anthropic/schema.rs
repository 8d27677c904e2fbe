//! Which schemas `Anthropic` holds an answer or a call to: it refuses a request with any other.
//!
//! Leaves out which models do so.
//!
//! Source: `Anthropic`'s page on structured outputs, its section on what of JSON Schema is taken.

use serde_json::{Map, Value};

/// Members that say nothing of what is taken.
const WORDS: [&str; 5] = ["title", "description", "default", "$schema", "$id"];

/// The formats of texts that are known.
const FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6"];

/// More schemas than any form has, however often a definition is used.
const MOST: usize = 2_000;

/// More schemas in each other than any form has: one that holds itself is deeper.
const DEEPEST: usize = 32;

/// Tells whether a schema is taken as it is: each of its objects has named members alone, nothing bounds a number, a text
/// or a list, and no definition holds itself. What is not known to be taken is not.
pub fn is_taken(schema: &Value) -> bool {
    Walk { whole: schema, left: MOST }.takes(schema, DEEPEST)
}

struct Walk<'a> {
    whole: &'a Value,
    left: usize,
}

impl Walk<'_> {
    fn takes(&mut self, schema: &Value, depth: usize) -> bool {
        let Some(members) = schema.as_object() else { return false };
        if depth == 0 || self.left == 0 {
            return false;
        }
        self.left -= 1;
        let says_kind = ["type", "enum", "const", "anyOf", "allOf", "$ref"];
        says_kind.iter().any(|name| members.contains_key(*name))
            && is_closed(members)
            && members.iter().all(|(name, value)| self.takes_member(name, value, depth))
    }

    fn takes_member(&mut self, name: &str, value: &Value, depth: usize) -> bool {
        let is_plain = |value: &Value| !value.is_object() && !value.is_array();
        match name {
            _ if WORDS.contains(&name) => true,
            "type" => value.is_string() || value.is_array(),
            "required" => value.is_array(),
            "additionalProperties" => value == false,
            "enum" => value.as_array().is_some_and(|values| values.iter().all(is_plain)),
            "const" => is_plain(value),
            "format" => value.as_str().is_some_and(|format| FORMATS.contains(&format)),
            "minItems" => matches!(value.as_u64(), Some(0 | 1)),
            "items" => self.takes(value, depth - 1),
            "anyOf" | "allOf" => {
                value.as_array().is_some_and(|all| all.iter().all(|one| self.takes(one, depth - 1)))
            }
            "properties" => {
                value.as_object().is_some_and(|named| named.values().all(|one| self.takes(one, depth - 1)))
            }
            // They are looked at where they are used.
            "$defs" | "definitions" => value.is_object(),
            "$ref" => {
                let whole = self.whole;
                let found = value.as_str().and_then(|place| whole.pointer(place.strip_prefix('#')?));
                found.is_some_and(|found| self.takes(found, depth - 1))
            }
            _ => false,
        }
    }
}

/// Tells whether an object has no other members than those that are named; so has what is none.
fn is_closed(members: &Map<String, Value>) -> bool {
    let is_object = |kind: &Value| kind == "object";
    let may_be = members.get("type").is_some_and(|kind| {
        is_object(kind) || kind.as_array().is_some_and(|kinds| kinds.iter().any(is_object))
    });
    let is_object = may_be || members.contains_key("properties");
    !is_object || members.get("additionalProperties") == Some(&Value::Bool(false))
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
        check(object(json!({"type": "string", "enum": ["x"], "description": "d"})), true);
        check(
            object(json!({"type": "array", "items": object(json!({"type": "integer"})), "minItems": 1})),
            true,
        );
        check(object(json!({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]})), true);
        check(object(json!({"type": ["string", "null"]})), true);
    }

    #[test]
    fn definitions_are_followed_and_none_holds_itself() {
        let mut schema = object(json!({"$ref": "#/$defs/city"}));
        schema["$defs"] = json!({"city": object(json!({"type": "string"}))});
        check(schema.clone(), true);
        schema["$defs"]["city"] = object(json!({"$ref": "#/$defs/city"}));
        check(schema.clone(), false);
        schema["$defs"] = json!({});
        check(schema, false);
        check(object(json!({"$ref": "https://example.com/a.json"})), false);
    }

    #[test]
    fn open_objects_bounds_and_what_is_not_known_are_not() {
        check(json!({"type": "object", "properties": {}}), false);
        check(object(json!({"type": ["object", "null"]})), false);
        check(object(json!({"type": "integer", "minimum": 0})), false);
        check(object(json!({"type": "array", "items": {"type": "string", "maxLength": 9}})), false);
        check(object(json!({"type": "array", "minItems": 2})), false);
        check(object(json!({"anyOf": [{"type": "string", "pattern": "^a"}]})), false);
        check(object(json!({"oneOf": [{"type": "string"}]})), false);
        check(object(json!({"type": "string", "format": "colour"})), false);
        check(object(json!({"enum": [{"a": 1}]})), false);
        check(object(json!({})), false);
        check(json!("no schema"), false);
    }

    #[test]
    fn what_is_nested_or_used_without_end_is_not() {
        let deep =
            (0..1_000).fold(json!({"type": "string"}), |within, _| json!({"type": "array", "items": within}));
        check(deep, false);
        let twice = |name: usize| json!({"anyOf": [{"$ref": format!("#/$defs/{name}")}, {"$ref": format!("#/$defs/{name}")}]});
        let mut defs: serde_json::Map<String, Value> =
            (0..30).map(|name| (name.to_string(), twice(name + 1))).collect();
        defs.insert("30".to_owned(), json!({"type": "string"}));
        let mut schema = twice(0);
        schema["$defs"] = Value::Object(defs);
        check(schema, false);
    }
}
