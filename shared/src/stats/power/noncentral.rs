//! Student's t when there is something to find.

use std::f64::consts::LN_2;

use super::super::special::{ln_gamma, normal_below};

/// In how many steps to integrate: even.
const STEPS: u32 = 400;
/// How many standard deviations of the spread to integrate over, to either side.
const REACH: f64 = 10.0;

/// Gives the chance that a t statistic shifted by so many standard errors is above a limit.
///
/// Right to 1e-9: the normal chance given the spread s that a sample has, Φ(shift − limit·s), integrated
/// over the distribution of s by Simpson's rule.
pub fn above(limit: f64, freedom: f64, shift: f64) -> f64 {
    let half = freedom / 2.0;
    let density = |s: f64| {
        let ln =
            LN_2 + half * libm::log(half) - ln_gamma(half) + (freedom - 1.0) * libm::log(s) - half * s * s;
        if s > 0.0 { libm::exp(ln) } else { 0.0 }
    };
    let reach = REACH / (2.0 * freedom).sqrt();
    let low = (1.0 - reach).max(0.0);
    let step = (1.0 + reach - low) / f64::from(STEPS);
    let term = |place: u32| {
        let s = low + f64::from(place) * step;
        let weight = match place {
            0 | STEPS => 1.0,
            odd if odd % 2 == 1 => 4.0,
            _ => 2.0,
        };
        weight * normal_below(shift - limit * s) * density(s)
    };
    (0..=STEPS).map(term).sum::<f64>() * step / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::special::t_p;

    #[test]
    fn without_a_shift_it_is_students() {
        for (limit, freedom) in [(2.0, 9.0), (1.0, 39.0), (2.5, 999.0)] {
            let difference = above(limit, freedom, 0.0) - t_p(limit, freedom) / 2.0;
            assert!(difference.abs() < 1e-9, "{limit} {freedom}: {difference}");
        }
    }
}
