//! Attributes as plain JSON: OTLP writes each as a list entry with a typed value.

use serde_json::{Map, Value};

use crate::import::field;

/// Reads attributes, from OTLP's list or from an object.
pub fn read(attributes: Option<&Value>) -> Map<String, Value> {
    match attributes {
        Some(Value::Object(members)) => members.clone(),
        Some(Value::Array(list)) => pairs(list),
        Some(text @ Value::String(_)) => field::unpack(text).as_object().cloned().unwrap_or_default(),
        _ => Map::new(),
    }
}

fn pairs(list: &[Value]) -> Map<String, Value> {
    let pairs =
        list.iter().filter_map(|pair| Some((field::text(pair, &["key"])?, value(pair.get("value")?))));
    pairs.collect()
}

/// Reads a value; one that has no type is what it is.
pub fn value(typed: &Value) -> Value {
    let Some((kind, inner)) = field::members(Some(typed)).next() else { return typed.clone() };
    let list = |name: &str| field::any(inner, &[name]).and_then(Value::as_array).cloned().unwrap_or_default();
    match kind.as_str() {
        "stringValue" | "string_value" | "boolValue" | "bool_value" | "doubleValue" | "double_value" => {
            inner.clone()
        }
        // Whole numbers of 64 bits are written as texts.
        "intValue" | "int_value" => {
            let number = inner.as_str().and_then(|digits| digits.parse::<i64>().ok());
            number.map_or_else(|| inner.clone(), Value::from)
        }
        "arrayValue" | "array_value" => list("values").iter().map(value).collect(),
        "kvlistValue" | "kvlist_value" => Value::Object(pairs(&list("values"))),
        _ => typed.clone(),
    }
}
