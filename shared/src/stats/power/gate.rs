//! What the gate on pass rates will say, before it is asked.

use super::super::Z_90;
use super::super::paired::Table;
use super::super::special::{beta_below, ln_choose};

/// A comparison of pass rates as it is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    pub items: u64,
    /// The share of items that pass on one side only: above 0 and below 1.
    pub discordance: f64,
    /// The candidate's true pass rate minus the base's; between minus the discordance and it.
    pub difference: f64,
    /// Above 0.
    pub margin: f64,
}

impl Plan {
    /// Gives the chance that the gate lets the candidate through: that the interval lies above minus the margin.
    ///
    /// Exact: over the number of items that change, and how many of them are fixed. None of no items, and
    /// when the numbers do not fit each other. Source: `spec/statistics.md` B.2.
    pub fn chance_to_ship(&self) -> Option<f64> {
        let psi = self.discordance;
        let fits = psi > 0.0 && psi < 1.0 && self.difference.abs() <= psi && self.margin > 0.0;
        if self.items == 0 || !fits {
            return None;
        }
        let fixed = f64::midpoint(psi, self.difference) / psi;
        let chance = |changed: u64| {
            let n = self.items;
            let ln = ln_choose(n, changed)
                + changed as f64 * libm::log(psi)
                + (n - changed) as f64 * libm::log1p(-psi);
            libm::exp(ln) * self.least_fixed(changed).map_or(0.0, |least| at_least(least, changed, fixed))
        };
        Some((0..=self.items).map(chance).sum::<f64>().min(1.0))
    }

    /// Finds how many of the changed items must be fixed for the gate to open; none when all are too few.
    fn least_fixed(&self, changed: u64) -> Option<u64> {
        let opens = |fixed: u64| {
            let table =
                Table { both_pass: self.items - changed, broke: changed - fixed, fixed, both_fail: 0 };
            table.standard_errors_above(-self.margin) > Z_90
        };
        let (mut too_few, mut enough) = (0, changed);
        if opens(0) {
            return Some(0);
        }
        if !opens(changed) {
            return None;
        }
        while enough - too_few > 1 {
            let middle = u64::midpoint(too_few, enough);
            if opens(middle) {
                enough = middle;
            } else {
                too_few = middle;
            }
        }
        Some(enough)
    }
}

/// Gives the chance of at least `least` among `n`, each with a chance of its own.
fn at_least(least: u64, n: u64, chance: f64) -> f64 {
    if least == 0 { 1.0 } else { beta_below(least as f64, (n - least) as f64 + 1.0, chance) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(discordance: f64, difference: f64, expected: Expect) {
        let chances = [50, 100, 200, 400, 800].map(|items| {
            let plan = Plan { items, discordance, difference, margin: 0.05 };
            plan.chance_to_ship().map_or("-".to_owned(), |chance| format!("{chance:.3}"))
        });
        expected.assert_eq(&chances.join(" "));
    }

    #[test]
    fn a_hundred_items_mostly_say_not_enough_data() {
        // `spec/statistics.md` B.2: .26 .58 .89 .99 1.0, .24 .43 .69 .92 1.0, .22 .35 .56 .82 .98.
        check(0.05, 0.0, expect!["0.260 0.584 0.885 0.994 1.000"]);
        check(0.10, 0.0, expect!["0.241 0.436 0.695 0.925 0.997"]);
        check(0.15, 0.0, expect!["0.219 0.348 0.556 0.818 0.976"]);
    }

    #[test]
    fn what_is_worse_by_the_margin_hardly_ever_ships() {
        // `spec/statistics.md` B.2: .034 to .049.
        check(0.10, -0.05, expect!["0.034 0.045 0.049 0.049 0.048"]);
        check(0.15, -0.05, expect!["0.048 0.050 0.049 0.050 0.050"]);
    }

    #[test]
    fn what_does_not_fit_has_no_chance() {
        check(0.0, 0.0, expect!["- - - - -"]);
        check(0.05, 0.1, expect!["- - - - -"]);
        let one = Plan { items: 1, discordance: 0.1, difference: 0.0, margin: 0.05 };
        assert_eq!((one.chance_to_ship(), Plan { items: 0, ..one }.chance_to_ship()), (Some(0.0), None));
    }
}
