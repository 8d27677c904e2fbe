//! Statistics of runs and of judges. Formulas and reference values: `spec/statistics.md` of the design.
//!
//! Leaves out everything about items: numbers in, numbers out.

pub mod special;
pub mod rng;
pub mod proportion;
pub mod correlation;
pub mod mean;
pub mod quantile;
pub mod cluster;
pub mod bootstrap;
pub mod paired;
pub mod margin;
pub mod sequential;
pub mod agreement;
pub mod repeats;
pub mod power;
pub mod multiplicity;
pub mod correction;
pub mod logprob;
pub mod fisher;
pub mod ranks;
pub mod welch;

use serde::{Deserialize, Serialize};

/// The normal quantile of .975: two-sided 95 %.
pub const Z_95: f64 = 1.959_963_984_540_054;
/// The normal quantile of .95: two-sided 90 %, one-sided 95 %.
pub const Z_90: f64 = 1.644_853_626_951_472_6;

/// Adds numbers up so that their order does not matter.
///
/// Two runs with the same scores must have the same mean to the last digit. Numbers of everyday size are added
/// as integers of 2⁻⁸⁰, which is exact for all but the smallest; others are sorted, and the rounding is carried
/// along. Source of the latter: Neumaier 1974.
pub fn sum(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    if numbers.iter().all(|number| number.abs() <= EVERYDAY) {
        return sum_in_integers(&numbers);
    }
    numbers.sort_by(f64::total_cmp);
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for number in numbers {
        let next = sum + number;
        lost += if sum.abs() >= number.abs() { (sum - next) + number } else { (number - next) + sum };
        sum = next;
    }
    sum + lost
}

/// The largest number that is added as an integer: 2²⁰.
const EVERYDAY: f64 = 1_048_576.0;
/// 2⁴⁰: twice this shift makes an everyday number an integer, in halves that processors can take.
const SHIFT: f64 = 1_099_511_627_776.0;

fn sum_in_integers(numbers: &[f64]) -> f64 {
    let (mut wholes, mut rests) = (0_i128, 0_i128);
    for number in numbers {
        let shifted = number * SHIFT;
        let whole = shifted as i64;
        wholes += i128::from(whole);
        rests += i128::from(((shifted - whole as f64) * SHIFT) as i64);
    }
    ((wholes << 40) + rests) as f64 / (SHIFT * SHIFT)
}

/// The two ends of an interval, the lower first; a pair on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interval(pub f64, pub f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_numbers_does_not_matter() {
        for numbers in [[0.1, 0.7, 1e16, 0.2, -1e16, 0.3], [0.1, 0.7, 1e6, 0.2, -1e6, 1e-30]] {
            let reversed = numbers.iter().rev().copied();
            assert_eq!(sum(numbers.into_iter()).to_bits(), sum(reversed).to_bits());
        }
        assert_eq!(sum([0.1; 10].into_iter()), 1.0);
        // Exactly: in floats, a tenth and two are more than three.
        assert_eq!(sum([0.1, 0.2, -0.3].into_iter()), 2_f64.powi(-55));
        assert_eq!(sum(std::iter::empty()), 0.0);
    }
}
