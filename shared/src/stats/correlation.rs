//! How closely two lists of numbers go together.

use super::sum;

/// Gives Pearson's correlation, -1 to 1, of the numbers at the same places.
///
/// None when the lists are not equally long, and when one of them does not vary.
pub fn pearson(one: &[f64], other: &[f64]) -> Option<f64> {
    if one.len() != other.len() || !varies(one) || !varies(other) {
        return None;
    }
    let n = one.len() as f64;
    let centred = |numbers: &[f64]| {
        let mean = sum(numbers.iter().copied()) / n;
        numbers.iter().map(|number| number - mean).collect::<Vec<_>>()
    };
    let (one, other) = (centred(one), centred(other));
    let product = |one: &[f64], other: &[f64]| sum(one.iter().zip(other).map(|(one, other)| one * other));
    let size = (product(&one, &one) * product(&other, &other)).sqrt();
    Some((product(&one, &other) / size).clamp(-1.0, 1.0))
}

/// Gives Spearman's correlation: that of the ranks.
///
/// None when the lists are not equally long, and when one of them does not vary.
pub fn spearman(one: &[f64], other: &[f64]) -> Option<f64> {
    pearson(&ranks(one), &ranks(other))
}

/// Tells whether there are two different numbers.
pub(super) fn varies(numbers: &[f64]) -> bool {
    numbers.windows(2).any(|pair| pair.first() != pair.last())
}

/// Gives the rank of each number, from 1; numbers that are the same share the mean of their ranks.
pub fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut places: Vec<(f64, usize)> =
        numbers.iter().enumerate().map(|(place, &number)| (number, place)).collect();
    places.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut ranks = vec![0.0; numbers.len()];
    let mut before = 0.0;
    for tied in places.chunk_by(|(one, _), (other, _)| one == other) {
        let size = tied.len() as f64;
        for &(_, place) in tied {
            ranks[place] = before + (size + 1.0) / 2.0;
        }
        before += size;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(one: &[f64], other: &[f64], expected: Expect) {
        expected.assert_eq(&format!("{:.3?} {:.3?}", pearson(one, other), spearman(one, other)));
    }

    #[test]
    fn what_does_not_vary_goes_with_nothing() {
        check(&[], &[], expect!["None None"]);
        check(&[1.0], &[2.0], expect!["None None"]);
        check(&[0.1, 0.1, 0.1], &[1.0, 2.0, 3.0], expect!["None None"]);
        check(&[1.0, 2.0], &[1.0], expect!["None None"]);
    }

    #[test]
    fn ranks_see_order_only() {
        check(&[1.0, 2.0], &[5.0, 4.0], expect!["Some(-1.000) Some(-1.000)"]);
        check(&[1.0, 2.0, 3.0], &[1.0, 2.0, 30.0], expect!["Some(0.881) Some(1.000)"]);
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }
}
