//! Reading what goes into a vector.

use serde_json::Value;

use super::data;

pub fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

pub fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

pub fn numbers(values: &Value) -> Vec<f64> {
    list(values).iter().map(number).collect()
}

/// Works out an answer to each of a list of inputs.
pub fn each(values: &Value, answer: impl FnMut(&Value) -> Value) -> Value {
    list(values).iter().map(answer).collect()
}

/// Gives the levels of one of the two runs ("old", "new") that the vectors are about.
pub fn levels(run: &str) -> Vec<u8> {
    let levels = list(&data("data.paired40")[format!("levels_{run}")]);
    levels.iter().map(|level| u8::try_from(count(level)).expect("a level")).collect()
}

/// Gives the scores of one of the two runs.
pub fn scores(run: &str) -> Vec<f64> {
    levels(run).into_iter().map(|level| f64::from(level) / 5.0).collect()
}
