//! A value with its interval on a line from 0 to 1.

use shared::stats::Interval;

/// Where the parts stand, as percentages of the line's width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    pub from: f64,
    pub to: f64,
    pub value: f64,
}

/// Lays out a value between `low` and `high`, the ends of the line.
pub fn lay_out(value: f64, Interval(from, to): Interval, low: f64, high: f64) -> Span {
    let place = |value: f64| ((value - low) / (high - low)).clamp(0.0, 1.0) * 100.0;
    Span { from: place(from), to: place(to), value: place(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(value: f64, interval: Interval, low: f64, high: f64, expected: Expect) {
        let Span { from, to, value } = lay_out(value, interval, low, high);
        expected.assert_eq(&format!("{from:.1} {value:.1} {to:.1}"));
    }

    #[test]
    fn shares_stand_on_the_line() {
        check(0.64, Interval(0.52, 0.75), 0.0, 1.0, expect!["52.0 64.0 75.0"]);
    }

    #[test]
    fn differences_stand_around_the_middle_and_never_outside() {
        check(-0.1, Interval(-0.4, 0.05), -0.2, 0.2, expect!["0.0 25.0 62.5"]);
    }
}
