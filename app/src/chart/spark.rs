//! A line through a few shares, oldest first, to see where they go.

use crate::wording::number::fixed;

/// Gives the points of the line, in the order of the values; each value is from 0 to 1.
///
/// The scale is the whole of 0 to 1: a small change must not look like a large one.
pub fn lay_out(values: &[f64], width: f64, height: f64) -> Vec<(f64, f64)> {
    let margin = 2.0;
    let step = (width - 2.0 * margin) / values.len().saturating_sub(1).max(1) as f64;
    let y = |value: f64| margin + (height - 2.0 * margin) * (1.0 - value.clamp(0.0, 1.0));
    values.iter().enumerate().map(|(place, &value)| (margin + step * place as f64, y(value))).collect()
}

/// Writes points for the `points` of a polyline.
pub fn points(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{},{}", fixed(*x, 1), fixed(*y, 1))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(values: &[f64], expected: Expect) {
        expected.assert_eq(&points(&lay_out(values, 84.0, 24.0)));
    }

    #[test]
    fn values_spread_from_the_left_to_the_right() {
        check(&[0.0, 0.5, 1.0], expect!["2.0,22.0 42.0,12.0 82.0,2.0"]);
        check(&[0.5], expect!["2.0,12.0"]);
        check(&[], expect![""]);
    }
}
