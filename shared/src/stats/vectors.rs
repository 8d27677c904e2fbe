//! The reference values that statistics are tested against, made outside this code.

use serde::Deserialize;
use serde_json::Value;

/// One reference value with what went in.
#[derive(Debug, Deserialize)]
pub struct Vector {
    pub id: String,
    #[serde(default)]
    pub inputs: Value,
    #[serde(default)]
    pub expected: Value,
    #[serde(default)]
    tol: f64,
}

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

/// Gives the vector of this id.
pub fn named(id: &str) -> Vector {
    let file: File =
        serde_json::from_str(include_str!("../../../tests/fixtures/vectors.json")).expect("the file reads");
    file.vectors.into_iter().find(|vector| vector.id == id).expect("the vector is there")
}

/// Reads a list of numbers.
pub fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

impl Vector {
    /// Asserts that the values are the expected ones, to the vector's own tolerance.
    pub fn near(&self, values: &[f64], expected: &Value) {
        let expected = numbers(expected);
        assert_eq!(values.len(), expected.len(), "{}", self.id);
        for (value, expected) in values.iter().zip(expected) {
            assert!((value - expected).abs() <= self.tol, "{}: {value} is not {expected}", self.id);
        }
    }
}
