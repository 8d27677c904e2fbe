//! Shares as people read them: percent and points, to one decimal.
//!
//! For reports and reasons, which the edge writes; the browser has words of its own.

use crate::stats::Interval;

/// Writes a share: `83.0 %`.
pub fn of(share: f64) -> String {
    format!("{} %", points(share))
}

/// Writes a share without its unit, or a difference of shares in points: `-12.5`.
pub fn points(share: f64) -> String {
    let points = format!("{:.1}", share * 100.0);
    if points == "-0.0" { "0.0".to_owned() } else { points }
}

/// Writes an interval of shares without the unit: `74.5 to 89.1`.
pub fn range(Interval(low, high): Interval) -> String {
    format!("{} to {}", points(low), points(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_less_than_nothing() {
        assert_eq!(points(-0.0001), "0.0");
        assert_eq!(range(Interval(-0.125, 0.0)), "-12.5 to 0.0");
        assert_eq!(of(0.83), "83.0 %");
    }
}
