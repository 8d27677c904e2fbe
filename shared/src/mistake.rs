//! What was wrong with a value that came from outside, and where.
//!
//! Leaves out how it is answered: the HTTP status is the edge's.

mod plain;

pub use plain::plain;
use serde::{Deserialize, Serialize};

/// One wrong value: where it stands and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{detail}")]
pub struct Mistake {
    /// A JSON pointer into the body (`/criteria/0/weight`), or `?name` for a query parameter.
    pub pointer: String,
    /// What was wrong and what would be right; starts lower case, ends without a full stop.
    pub detail: String,
}

impl Mistake {
    /// Names a wrong value.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }

    /// Says the same of a value that stands below `place`.
    #[must_use]
    pub fn under(self, place: &str) -> Self {
        Self { pointer: format!("{place}{}", self.pointer), detail: self.detail }
    }
}
