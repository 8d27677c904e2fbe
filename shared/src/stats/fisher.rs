//! Fisher's exact test: do items fail more often inside a slice than outside it?
//!
//! All totals of the table are taken as given, so the failures inside the slice are drawn
//! hypergeometrically. Probabilities are summed as multiples of the most likely one, each found from its
//! neighbour by a quotient of integers: no factorial is ever taken, and 100,000 items are as exact as ten.

use std::iter::successors;

/// How many items fail and pass inside a slice, and how many outside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub slice_fail: u64,
    pub slice_pass: u64,
    pub rest_fail: u64,
    pub rest_pass: u64,
}

impl Table {
    /// Gives the number of items inside the slice.
    pub fn slice(&self) -> u64 {
        self.slice_fail + self.slice_pass
    }

    /// Gives the number of items outside the slice.
    pub fn rest(&self) -> u64 {
        self.rest_fail + self.rest_pass
    }

    /// Gives the number of items that fail.
    pub fn failures(&self) -> u64 {
        self.slice_fail + self.rest_fail
    }

    /// Gives the share of the slice's items that fail; none when it has none.
    pub fn rate(&self) -> Option<f64> {
        share(self.slice_fail, self.slice())
    }

    /// Gives the share of the other items that fail; none when there are none.
    pub fn rate_elsewhere(&self) -> Option<f64> {
        share(self.rest_fail, self.rest())
    }

    /// Gives how many times as often the slice fails as all items do; none when nothing fails.
    pub fn lift(&self) -> Option<f64> {
        share(self.slice_fail * (self.slice() + self.rest()), self.slice() * self.failures())
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    if whole == 0 { None } else { Some(part as f64 / whole as f64) }
}

/// A weight is left out of a sum when it is smaller than this part of it.
const NEGLIGIBLE: f64 = 1e-20;
/// Weights count as equal that differ by less than this part: rounding must not split a symmetric table.
const SAME: f64 = 1e-7;

/// Gives how likely so many failures in the slice, or more, would be by chance: above 0, at most 1.
///
/// Source: Fisher 1935; `spec/results.md` D.2.
pub fn greater(table: &Table) -> f64 {
    let (mut all, mut tail) = (0.0, 0.0);
    for (failures, weight) in rising(table) {
        all += weight;
        if failures >= table.slice_fail {
            tail += weight;
            if weight < NEGLIGIBLE * tail {
                break;
            }
        }
    }
    for (failures, weight) in falling(table).take_while(|&(_, weight)| weight >= NEGLIGIBLE) {
        all += weight;
        if failures >= table.slice_fail {
            tail += weight;
        }
    }
    probability(tail, all)
}

/// Gives how likely a table that is no likelier than this one would be by chance: above 0, at most 1.
///
/// Source: Fisher 1935.
pub fn two_sided(table: &Table) -> f64 {
    let weights: Vec<_> = rising(table).chain(falling(table)).collect();
    let own = weights.iter().find(|(failures, _)| *failures == table.slice_fail);
    let most = own.map_or(0.0, |(_, weight)| weight * (1.0 + SAME));
    let add = |limit: f64| weights.iter().map(|(_, weight)| weight).filter(|&&weight| weight <= limit).sum();
    probability(add(most), add(f64::INFINITY))
}

/// A probability too small for a float is still above 0.
fn probability(part: f64, all: f64) -> f64 {
    (part / all).clamp(f64::MIN_POSITIVE, 1.0)
}

/// Gives the most likely number of failures in the slice.
fn mode(table: &Table) -> u64 {
    let ways = u128::from(table.slice() + 1) * u128::from(table.failures() + 1);
    (ways / u128::from(table.slice() + table.rest() + 2)) as u64
}

/// Gives the weights of the most likely number of failures, which is 1, and of those above it.
fn rising(table: &Table) -> impl Iterator<Item = (u64, f64)> {
    let most = table.slice().min(table.failures());
    successors(Some((mode(table), 1.0)), move |&(failures, weight)| {
        let next = (failures < most).then(|| weight * rise(table, failures))?;
        (next > 0.0).then_some((failures + 1, next))
    })
}

/// Gives the weights of the numbers of failures below the most likely one.
fn falling(table: &Table) -> impl Iterator<Item = (u64, f64)> {
    let least = table.slice().saturating_sub(table.slice_pass + table.rest_pass);
    let next = move |&(failures, weight): &(u64, f64)| {
        let next = (failures > least).then(|| weight / rise(table, failures - 1))?;
        (next > 0.0).then_some((failures - 1, next))
    };
    successors(Some((mode(table), 1.0)), next).skip(1)
}

/// Gives how many times as likely one failure more is.
fn rise(table: &Table, failures: u64) -> f64 {
    let more = (table.failures() - failures) as f64 * (table.slice() - failures) as f64;
    let passing = table.slice_pass + table.rest_pass;
    let fewer = (failures + 1) as f64 * (passing + failures + 1 - table.slice()) as f64;
    more / fewer
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(counts: [u64; 4], expected: Expect) {
        let [slice_fail, slice_pass, rest_fail, rest_pass] = counts;
        let table = Table { slice_fail, slice_pass, rest_fail, rest_pass };
        let lift = table.lift();
        expected.assert_eq(&format!("{:.10e} {:.10e} {lift:?}", greater(&table), two_sided(&table)));
    }

    #[test]
    fn nothing_is_no_surprise() {
        check([0, 0, 0, 0], expect!["1.0000000000e0 1.0000000000e0 None"]);
        check([1, 0, 0, 0], expect!["1.0000000000e0 1.0000000000e0 Some(1.0)"]);
        check([1, 0, 0, 1], expect!["5.0000000000e-1 1.0000000000e0 Some(2.0)"]);
        check([0, 5, 0, 5], expect!["1.0000000000e0 1.0000000000e0 None"]);
        check([5, 0, 5, 0], expect!["1.0000000000e0 1.0000000000e0 Some(1.0)"]);
    }

    /// Source: the same sums in `mpmath` with 40 digits.
    #[test]
    fn many_items_are_as_exact_as_few() {
        check([4150, 15850, 15850, 64150], expect!["1.6107419557e-3 3.1285126196e-3 Some(1.0375)"]);
        check([4000, 16000, 16000, 64000], expect!["5.0346926585e-1 1.0000000000e0 Some(1.0)"]);
        check([300, 700, 20000, 79000], expect!["1.8254080547e-13 2.6641437940e-13 Some(1.477832512315271)"]);
        check([3, 97, 20000, 79900], expect!["9.9999993260e-1 1.0159613861e-6 Some(0.14997750337449384)"]);
        check([60, 0, 40, 99900], expect!["1.1642523519e-190 1.1642523519e-190 Some(1000.0)"]);
    }

    #[test]
    fn what_is_too_unlikely_for_a_float_is_not_impossible() {
        check([20000, 0, 0, 80000], expect!["2.2250738585e-308 2.2250738585e-308 Some(5.0)"]);
    }
}
