//! Krippendorff's alpha: agreement of any number of raters, with ratings missing.

use std::collections::BTreeSet;

/// What the distance of two ratings means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Different is different.
    Nominal,
    /// By how many ratings lie between.
    Ordinal,
    /// By the difference.
    Interval,
    /// By the difference against the sum.
    Ratio,
}

/// Gives alpha of what each unit was rated; none when nothing was rated twice, and when ratings do not vary.
///
/// 1 is full agreement, 0 what chance gives. Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability.
pub fn alpha(units: &[Vec<u8>], scale: Scale) -> Option<f64> {
    let pairable: Vec<&Vec<u8>> = units.iter().filter(|ratings| ratings.len() > 1).collect();
    let values: Vec<u8> = pairable
        .iter()
        .flat_map(|ratings| ratings.iter().copied())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let count = |ratings: &[u8], value: u8| ratings.iter().filter(|&&rating| rating == value).count() as f64;
    let totals: Vec<f64> =
        values.iter().map(|&value| pairable.iter().map(|ratings| count(ratings, value)).sum()).collect();
    let n: f64 = totals.iter().sum();

    let (mut seen, mut expected) = (0.0, 0.0);
    for (higher, &high) in values.iter().enumerate() {
        for (lower, &low) in values.iter().enumerate().take(higher) {
            let between: f64 = totals[lower..=higher].iter().sum();
            let (one, other) = (f64::from(low), f64::from(high));
            let distance = match scale {
                Scale::Nominal => 1.0,
                Scale::Ordinal => between - f64::midpoint(totals[lower], totals[higher]),
                Scale::Interval => other - one,
                Scale::Ratio => (other - one) / (other + one),
            };
            let together = |ratings: &&Vec<u8>| {
                count(ratings, low) * count(ratings, high) / (ratings.len() as f64 - 1.0)
            };
            seen += distance * distance * pairable.iter().map(together).sum::<f64>();
            expected += distance * distance * totals[lower] * totals[higher];
        }
    }
    if expected > 0.0 { Some(1.0 - (n - 1.0) * seen / expected) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(units: &[&[u8]], expected: Expect) {
        let units: Vec<Vec<u8>> = units.iter().map(|ratings| ratings.to_vec()).collect();
        let scales = [Scale::Nominal, Scale::Ordinal, Scale::Interval, Scale::Ratio];
        expected.assert_eq(&format!("{:.3?}", scales.map(|scale| alpha(&units, scale))));
    }

    #[test]
    fn what_nobody_rated_twice_has_no_alpha() {
        check(&[], expect!["[None, None, None, None]"]);
        check(&[&[], &[1], &[2]], expect!["[None, None, None, None]"]);
    }

    #[test]
    fn what_does_not_vary_has_no_alpha() {
        check(&[&[4, 4], &[4, 4]], expect!["[None, None, None, None]"]);
    }

    #[test]
    fn full_agreement_is_one() {
        check(&[&[0, 0], &[5, 5, 5]], expect!["[Some(1.000), Some(1.000), Some(1.000), Some(1.000)]"]);
        check(&[&[0, 5], &[5, 0]], expect!["[Some(-0.500), Some(-0.500), Some(-0.500), Some(-0.500)]"]);
    }
}
