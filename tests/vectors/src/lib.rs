//! The reference vectors of the design, made outside this code, and how each is tried.
//!
//! A case works out from a vector's inputs what the vector expects, with the functions of `shared`, and
//! gives it in the vector's own shape; one comparison serves them all. The same cases run natively and in
//! Wasm. Leaves out rules that no vector has: those are tested where they are written.

mod agreement;
mod compare;
mod correction;
mod judging;
mod mean;
mod paired;
mod power;
mod proportion;
mod read;
mod scorer;
mod sequential;
mod slices;
mod special;
mod topics;
#[cfg(target_family = "wasm")]
mod wasm;

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// One reference value with what went in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Vector {
    id: String,
    inputs: Value,
    expected: Value,
    /// How far a number may be from the expected one.
    tol: f64,
}

/// How a vector is tried.
struct Case {
    id: &'static str,
    /// Works out what is expected, from the inputs.
    answer: fn(&Value) -> Value,
    /// What the vector gives beside, and the product has no use for.
    unused: &'static [&'static str],
}

/// Says how the vector of this id is tried.
const fn case(id: &'static str, answer: fn(&Value) -> Value) -> Case {
    Case { id, answer, unused: &[] }
}

impl Case {
    /// Names what the vector gives beside, and the product has no use for.
    const fn without(self, unused: &'static [&'static str]) -> Self {
        Self { unused, ..self }
    }
}

/// Every case there is, by topic.
fn cases() -> impl Iterator<Item = &'static Case> {
    [
        agreement::CASES,
        correction::CASES,
        judging::CASES,
        mean::CASES,
        paired::CASES,
        power::CASES,
        proportion::CASES,
        scorer::CASES,
        sequential::CASES,
        slices::CASES,
        special::CASES,
        topics::CASES,
    ]
    .into_iter()
    .flatten()
}

static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File {
        vectors: Vec<Vector>,
    }
    let file: File =
        serde_json::from_str(include_str!("../../fixtures/vectors.json")).expect("the file of vectors reads");
    file.vectors
});

/// Gives what the vector of this id expects, for vectors that are the data of others.
fn data(id: &str) -> &'static Value {
    &VECTORS.iter().find(|vector| vector.id == id).expect("the data is among the vectors").expected
}

/// Gives the id of every vector.
pub fn ids() -> Vec<String> {
    VECTORS.iter().map(|vector| vector.id.clone()).collect()
}

/// Tries the vector of this id.
///
/// # Errors
/// Says which number is not the expected one, or that nothing tries the vector.
pub fn check(id: &str) -> Result<(), String> {
    let vector = VECTORS.iter().find(|vector| vector.id == id).ok_or("there is no such vector")?;
    let case = cases().find(|case| case.id == id).ok_or("no case tries this vector")?;
    compare::compare(&(case.answer)(&vector.inputs), &vector.expected, case.unused, vector.tol)
}
