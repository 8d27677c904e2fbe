//! A difference with its interval around zero, held against a margin.

use shared::stats::Interval;

use super::span::{self, Span};

/// Where the parts stand, as percentages of the line's width. Zero is in its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    pub span: Span,
    /// The margin, on the side of the worse.
    pub margin: f64,
}

/// How much more of the line there is than what stands on it.
const ROOM: f64 = 1.15;

/// Lays out a difference of shares; `margin` is how much may be lost, 0 or more.
pub fn lay_out(difference: f64, interval: Interval, margin: f64) -> Held {
    let farthest = [difference.abs(), interval.0.abs(), interval.1.abs(), margin];
    // Nothing at all stands in the middle of a line of some length.
    let end = farthest.into_iter().fold(0.01, f64::max) * ROOM;
    let margin = span::lay_out(-margin, interval, -end, end).value;
    Held { span: span::lay_out(difference, interval, -end, end), margin }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(difference: f64, interval: Interval, margin: f64, expected: Expect) {
        let Held { span, margin } = lay_out(difference, interval, margin);
        expected.assert_eq(&format!("{:.1} {:.1} {:.1}, {margin:.1}", span.from, span.value, span.to));
    }

    #[test]
    fn what_reaches_farthest_is_near_the_end() {
        check(-0.125, Interval(-0.255, -0.002), 0.05, expect!["6.5 28.7 49.7, 41.5"]);
        check(0.01, Interval(-0.01, 0.03), 0.05, expect!["41.3 58.7 76.1, 6.5"]);
    }

    #[test]
    fn no_difference_stands_in_the_middle() {
        check(0.0, Interval(0.0, 0.0), 0.0, expect!["50.0 50.0 50.0, 50.0"]);
    }
}
