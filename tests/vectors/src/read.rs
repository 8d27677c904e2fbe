//! Reading what goes into a vector.

use serde_json::Value;

pub fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

pub fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// Works out an answer to each of a list of inputs.
pub fn each(values: &Value, answer: impl FnMut(&Value) -> Value) -> Value {
    list(values).iter().map(answer).collect()
}
