//! Tests that only ask whether gains and losses could as well have had the other sign.

use super::Table;
use crate::stats::rng::Rng;

/// How often signs are drawn, up to ten thousand gains.
pub const DRAWS: u32 = 5000;
/// How many signs are drawn in all before there are fewer draws: as many as a Worker draws within a second.
const MOST_DRAWN: u32 = 50_000_000;
/// The most gains of which every combination of signs is tried: fewer than would be drawn.
const FEW: usize = 12;

/// Gives the two-sided p value of the summed gains under flipped signs; none of no gains.
///
/// All combinations of signs are tried while they are fewer than [`DRAWS`]; of a hundred thousand gains, signs
/// are drawn 500 times.
pub fn p(gains: &[i64], seed: u64) -> Option<f64> {
    exact(gains).or_else(|| drawn(gains, draws(gains.len()), seed))
}

fn draws(gains: usize) -> u32 {
    let gains = u32::try_from(gains).unwrap_or(u32::MAX).max(1);
    (MOST_DRAWN / gains).clamp(1, DRAWS)
}

/// Tries every combination of signs; none of no gains, and when more than twelve are not zero.
///
/// The p value is the share of combinations whose sum is as far from zero as the one seen.
pub fn exact(gains: &[i64]) -> Option<f64> {
    // Either sign of a gain of nothing gives the same sum.
    let moving: Vec<i64> = gains.iter().copied().filter(|&gain| gain != 0).collect();
    if gains.is_empty() || moving.len() > FEW {
        return None;
    }
    let seen = sum(gains);
    let combinations = 1_u32 << moving.len();
    let as_far = (0..combinations).filter(|signs| {
        let signed = moving.iter().enumerate().map(|(place, &gain)| (gain, signs >> place & 1 == 1));
        flipped(signed) >= seen.abs()
    });
    Some(as_far.count() as f64 / f64::from(combinations))
}

/// Draws signs for every gain in its order, again and again; none of no gains.
///
/// The p value is (k + 1) / (draws + 1) where k sums are as far from zero as the one seen.
pub fn drawn(gains: &[i64], draws: u32, seed: u64) -> Option<f64> {
    if gains.is_empty() {
        return None;
    }
    let mut rng = Rng::seeded(seed);
    let seen = sum(gains);
    let as_far = (0..draws).filter(|_| {
        let signed = gains.iter().map(|&gain| (gain, rng.sign()));
        flipped(signed) >= seen.abs()
    });
    Some((as_far.count() as f64 + 1.0) / (f64::from(draws) + 1.0))
}

fn sum(gains: &[i64]) -> i128 {
    gains.iter().map(|&gain| i128::from(gain)).sum()
}

/// How far the sum is from zero with these signs.
fn flipped(signed: impl Iterator<Item = (i64, bool)>) -> i128 {
    signed.map(|(gain, plus)| if plus { i128::from(gain) } else { -i128::from(gain) }).sum::<i128>().abs()
}

/// Gives the two-sided p value of as many gains against as many losses; ties are left out by the caller.
pub fn sign_test(gains: u64, losses: u64) -> f64 {
    Table { fixed: gains, broke: losses, ..Table::default() }.mcnemar().exact
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(gains: &[i64], expected: Expect) {
        expected.assert_eq(&format!("{:.4?}, drawn {:.4?}", p(gains, 1), drawn(gains, 999, 1)));
    }

    #[test]
    fn few_gains_tell_little() {
        check(&[], expect!["None, drawn None"]);
        check(&[0], expect!["Some(1.0000), drawn Some(1.0000)"]);
        check(&[3], expect!["Some(1.0000), drawn Some(1.0000)"]);
        check(&[3, 3], expect!["Some(0.5000), drawn Some(0.5040)"]);
    }

    #[test]
    fn signs_of_many_gains_are_drawn_less_often() {
        assert_eq!([0, 50, 10_000, 100_000].map(draws), [5000, 5000, 5000, 500]);
    }

    #[test]
    fn gains_of_one_sign_are_rare_by_chance() {
        check(&[1; 8], expect!["Some(0.0078), drawn Some(0.0130)"]);
        check(&[1; 40], expect!["Some(0.0002), drawn Some(0.0010)"]);
    }
}
