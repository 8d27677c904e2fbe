//! What may be said before all items are in: looking often must not make chance look like a difference.

use std::f64::consts::LN_2;

use super::Interval;
use super::Z_90;
use super::margin::{self, Decision};
use super::paired::Table;
use super::special::ln_beta;

/// The evidence from which a run may stop as "different", valid however often it is looked at.
pub const ENOUGH: f64 = 20.0;

/// Gives the evidence that the sides differ: how many times likelier the changes are than under fair coins.
///
/// Source: a Beta(½, ½) mixture against ½; `spec/statistics.md` B.2.
pub fn evidence(broke: u64, fixed: u64) -> f64 {
    let (b, c) = (broke as f64 + 0.5, fixed as f64 + 0.5);
    libm::exp(ln_beta(b, c) - ln_beta(0.5, 0.5) + (broke + fixed) as f64 * LN_2).min(f64::MAX)
}

/// Gives a p value that stays valid however often it is looked at.
pub fn anytime_p(broke: u64, fixed: u64) -> f64 {
    (1.0 / evidence(broke, fixed)).min(1.0)
}

/// Gives the interval of a mean that holds at every look; none of nothing.
///
/// `variance` is that of the values, 0 or more, `alpha` the chance of ever missing, above 0 and at most a
/// half, or there is no interval; narrowest at 100 values. Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024.
pub fn interval(mean: f64, variance: f64, n: u64, alpha: f64) -> Option<Interval> {
    if n == 0 || !(alpha > 0.0 && alpha <= 0.5) {
        return None;
    }
    const NARROWEST_AT: f64 = 100.0;
    let doubt = -2.0 * libm::log(alpha);
    let rho2 = (doubt + libm::log(doubt) + 1.0) / NARROWEST_AT;
    let n = n as f64;
    let grown = n * variance * rho2 + 1.0;
    let half = (grown / (n * n * rho2) * libm::log(grown / (alpha * alpha))).sqrt();
    Some(Interval(mean - half, mean + half))
}

/// Gives the decision that no outcome of the remaining items can change, if there is one.
///
/// Tried are all of them broken, all fixed and all unchanged. Stopping then is always allowed: the
/// decision is the one that the whole run would have had.
pub fn settled(table: &Table, remaining: u64, margin: f64) -> Option<Decision> {
    settled_as(table, remaining, margin, |decision| decision)
}

/// Gives what is read from decisions, such as whether they ship, that no remaining item can change.
pub fn settled_as<T: PartialEq>(
    table: &Table,
    remaining: u64,
    margin: f64,
    read: impl Fn(Decision) -> T,
) -> Option<T> {
    let ends = [
        Table { broke: table.broke + remaining, ..*table },
        Table { fixed: table.fixed + remaining, ..*table },
        Table { both_pass: table.both_pass + remaining, ..*table },
    ];
    let decide = |table: &Table| Some(read(margin::decide(table.interval(Z_90)?, margin)));
    let [broken, fixed, unchanged] = ends.each_ref().map(decide);
    if broken == fixed && fixed == unchanged { broken } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(table: Table, remaining: u64, expected: Expect) {
        expected.assert_eq(&format!("{:?}", settled(&table, remaining, 0.05)));
    }

    #[test]
    fn a_run_stops_when_nothing_can_change_its_decision() {
        let disaster = Table { both_pass: 40, broke: 40, fixed: 1, both_fail: 10 };
        check(disaster, 9, expect!["Some(Fail)"]);
        check(disaster, 100, expect!["None"]);
    }

    /// Ends settle what lies between them: no other outcome of the remaining items ships when no end does.
    #[test]
    fn what_no_end_ships_nothing_between_them_does() {
        for (broke, fixed, both_pass, remaining) in
            [(0, 4, 0, 6), (3, 2, 5, 6), (1, 9, 4, 8), (2, 0, 30, 12), (6, 6, 6, 12), (5, 1, 10, 20)]
        {
            let table = Table { broke, fixed, both_pass, both_fail: 0 };
            for margin in [0.05, 0.2, 0.4] {
                let Some(ships) = settled_as(&table, remaining, margin, Decision::ships) else { continue };
                for more_broke in 0..=remaining {
                    for more_fixed in 0..=remaining - more_broke {
                        let end = Table {
                            broke: broke + more_broke,
                            fixed: fixed + more_fixed,
                            both_pass: both_pass + remaining - more_broke - more_fixed,
                            both_fail: 0,
                        };
                        let decision = margin::decide(end.interval(Z_90).expect("some items"), margin);
                        assert_eq!(decision.ships(), ships, "{table:?} {remaining} {margin} {end:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_is_settled_before_the_first_item() {
        check(Table::default(), 0, expect!["None"]);
        check(Table::default(), 1, expect!["Some(Inconclusive)"]);
        assert_eq!((interval(0.5, 0.0, 0, 0.05), interval(0.5, 0.0, 1, 1.0)), (None, None));
    }

    #[test]
    fn no_change_is_no_evidence() {
        assert!((evidence(0, 0) - 1.0).abs() < 1e-12);
        assert!((anytime_p(0, 1) - 1.0).abs() < 1e-12);
        assert_eq!((evidence(0, 100_000), anytime_p(0, 100_000) < 1e-300), (f64::MAX, true));
    }
}
