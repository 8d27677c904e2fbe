//! Statistics of one run. Formulas and reference values: `spec/statistics.md` of the design.
//!
//! Leaves out everything about items: numbers in, numbers out.

pub mod mean;
pub mod paired;
pub mod proportion;
#[cfg(test)]
pub mod vectors;

use serde::{Deserialize, Serialize};

/// The normal quantile of .975: two-sided 95 %.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// The two ends of an interval, the lower first; a pair on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interval(pub f64, pub f64);
