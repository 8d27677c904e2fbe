//! Two groups of numbers by their ranks: is one of them larger than the other?

use super::correlation;
use super::special::normal_p;

/// How two groups of numbers lie to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Separation {
    /// How many pairs the first group wins; a tie is half a win.
    pub u: f64,
    /// The share of pairs that the first group wins, 0 to 1; 0.5 is no difference.
    pub auc: f64,
    /// How likely so large a difference would be by chance, either way.
    pub p: f64,
}

/// Compares two groups of numbers by the test of Mann and Whitney; none when one of them is empty.
///
/// The p-value is the normal one, corrected for ties and continuity, and 1 when all numbers are equal.
/// Source: Mann and Whitney 1947; `slice.length_mannwhitney` of the reference vectors.
pub fn separation(first: &[f64], second: &[f64]) -> Option<Separation> {
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let ranks = correlation::ranks(&[first, second].concat());
    let (m, n, all) = (first.len() as f64, second.len() as f64, ranks.len() as f64);
    // Ranks are halves and their squares quarters: the sums are exact, whatever their order.
    let u = ranks[..first.len()].iter().sum::<f64>() - m * (m + 1.0) / 2.0;
    let spread: f64 = ranks.iter().map(|rank| (rank - (all + 1.0) / 2.0).powi(2)).sum();
    let variance = m * n / (all * (all - 1.0)) * spread;
    let distance = ((u - m * n / 2.0).abs() - 0.5).max(0.0);
    let p = if variance > 0.0 { normal_p(distance / variance.sqrt()) } else { 1.0 };
    Some(Separation { u, auc: u / (m * n), p })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(first: &[f64], second: &[f64], expected: Expect) {
        let found = separation(first, second);
        expected.assert_eq(
            &found.map_or("none".to_owned(), |Separation { u, auc, p }| format!("{u} {auc} {p:.6}")),
        );
    }

    #[test]
    fn an_empty_group_cannot_be_compared() {
        check(&[], &[], expect!["none"]);
        check(&[1.0], &[], expect!["none"]);
    }

    #[test]
    fn few_and_equal_numbers_show_nothing() {
        check(&[1.0], &[2.0], expect!["0 0 1.000000"]);
        check(&[3.0, 3.0], &[3.0, 3.0], expect!["2 0.5 1.000000"]);
    }

    #[test]
    fn larger_numbers_win_pairs() {
        check(&[6.0, 7.0, 8.0, 9.0], &[1.0, 2.0, 3.0, 6.0], expect!["15.5 0.96875 0.042066"]);
    }
}
