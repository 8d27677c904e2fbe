//! Quantiles: what a share of the numbers lies below.

/// Gives the number that this share (0 to 1) of the numbers lies below, in between where none is there.
///
/// None of nothing. Source: type 7 of Hyndman and Fan 1996.
pub fn of(numbers: &[f64], share: f64) -> Option<f64> {
    of_owned(numbers.to_vec(), share)
}

/// Gives the middle of the numbers; none of nothing.
pub fn median(numbers: &[f64]) -> Option<f64> {
    of(numbers, 0.5)
}

/// Gives a quantile of numbers that nobody else needs. Only the places that matter are put in order.
pub(crate) fn of_owned(mut numbers: Vec<f64>, share: f64) -> Option<f64> {
    let place = share.clamp(0.0, 1.0) * numbers.len().checked_sub(1)? as f64;
    let (_, &mut below, rest) = numbers.select_nth_unstable_by(place.floor() as usize, f64::total_cmp);
    let above = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
    Some(below + (place - place.floor()) * (above - below))
}

/// Gives a quantile of numbers that are in order already.
pub(super) fn of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share.clamp(0.0, 1.0) * sorted.len().saturating_sub(1) as f64;
    let below = *sorted.get(place.floor() as usize)?;
    let above = sorted.get(place.floor() as usize + 1).copied().unwrap_or(below);
    Some(below + (place - place.floor()) * (above - below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(numbers: &[f64], expected: Expect) {
        expected.assert_eq(&format!("{:?}", [0.0, 0.25, 0.5, 1.0].map(|share| of(numbers, share))));
    }

    #[test]
    fn few_numbers_have_quantiles_in_between() {
        check(&[], expect!["[None, None, None, None]"]);
        check(&[3.0], expect!["[Some(3.0), Some(3.0), Some(3.0), Some(3.0)]"]);
        check(&[4.0, 2.0], expect!["[Some(2.0), Some(2.5), Some(3.0), Some(4.0)]"]);
        check(&[0.1; 5], expect!["[Some(0.1), Some(0.1), Some(0.1), Some(0.1)]"]);
    }
}
