//! Wilcoxon's signed-rank test: how large gains and losses are beside one another.

use crate::stats::special::normal_p;

/// The ranks of gains against those of losses. Gains of nothing are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wilcoxon {
    /// How many gains are not zero; above 0.
    pub n: u64,
    /// The sum of the ranks of what was gained, and of what was lost.
    pub gained: f64,
    pub lost: f64,
    /// Two-sided, by the normal distribution, corrected for ties and not for continuity.
    pub p: f64,
    /// From -1 (only losses) to 1 (only gains).
    pub rank_biserial: f64,
}

/// Ranks gains, in whole steps; none when none of them differs from zero.
///
/// Source: `spec/statistics.md` B.2.
pub fn wilcoxon(gains: &[i64]) -> Option<Wilcoxon> {
    let mut moved: Vec<i64> = gains.iter().copied().filter(|&gain| gain != 0).collect();
    moved.sort_unstable_by_key(|gain| gain.unsigned_abs());
    let (mut gained, mut lost, mut ties, mut before) = (0.0, 0.0, 0.0, 0.0);
    for tied in moved.chunk_by(|one, other| one.unsigned_abs() == other.unsigned_abs()) {
        let size = tied.len() as f64;
        let rank = before + (size + 1.0) / 2.0;
        let up = tied.iter().filter(|&&gain| gain > 0).count() as f64;
        gained += up * rank;
        lost += (size - up) * rank;
        ties += size * size * size - size;
        before += size;
    }
    let n = moved.len() as f64;
    if moved.is_empty() {
        return None;
    }
    let all = n * (n + 1.0) / 2.0;
    let variance = all * (2.0 * n + 1.0) / 12.0 - ties / 48.0;
    Some(Wilcoxon {
        n: moved.len() as u64,
        gained,
        lost,
        p: normal_p((gained - all / 2.0) / variance.sqrt()),
        rank_biserial: (gained - lost) / all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(gains: &[i64], expected: Expect) {
        let shown = wilcoxon(gains).map(|test| format!("{} to {}, p {:.4}", test.gained, test.lost, test.p));
        expected.assert_eq(&format!("{shown:?}"));
    }

    #[test]
    fn few_gains_tell_little() {
        check(&[], expect!["None"]);
        check(&[0, 0], expect!["None"]);
        check(&[2], expect![[r#"Some("1 to 0, p 0.3173")"#]]);
        check(&[2, -2], expect![[r#"Some("1.5 to 1.5, p 1.0000")"#]]);
    }

    #[test]
    fn gains_that_are_all_the_same_share_a_rank() {
        check(&[1; 6], expect![[r#"Some("21 to 0, p 0.0143")"#]]);
    }
}
