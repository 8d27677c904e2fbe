//! How much a judge that is asked again says something else.

use super::sum;

/// Where the variance of repeated scores comes from: one-way random effects.
///
/// Source: `spec/judging.md` A.5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    pub mean: f64,
    /// The mean square between items.
    pub between: f64,
    /// The mean square within items: the judge's own variance.
    pub within: f64,
    /// The items' own variance; 0 when the judge's hides it.
    pub items: f64,
    /// How many times each item was scored; at least two.
    pub repeats: usize,
    /// The standard error of the mean, the judge's noise included.
    pub standard_error: f64,
}

impl Noise {
    /// Takes apart the levels, 0 to `highest`, of at least two items (rows), each judged equally often and at
    /// least twice. Scores are levels by the highest, from 0 to 1.
    pub fn of(highest: u8, rows: &[Vec<u8>]) -> Option<Self> {
        let repeats = rows.first()?.len();
        if highest == 0 || rows.len() < 2 || repeats < 2 || rows.iter().any(|row| row.len() != repeats) {
            return None;
        }
        // In whole numbers, so that what does not vary has exactly no variance.
        let (n, k) = (rows.len() as u64, repeats as u64);
        let items: Vec<u64> = rows.iter().map(|row| row.iter().copied().map(u64::from).sum()).collect();
        let all: u64 = items.iter().sum();
        let of_items: u64 = items.iter().map(|item| item * item).sum();
        let of_levels: u64 = rows.iter().flatten().map(|&level| u64::from(level).pow(2)).sum();
        let scale = f64::from(highest).powi(2) * k as f64;
        let between = (n * of_items - all * all) as f64 / (scale * n as f64 * (n - 1) as f64);
        let within = (k * of_levels - of_items) as f64 / (scale * n as f64 * (k - 1) as f64);
        Some(Self {
            mean: all as f64 / (n as f64 * k as f64 * f64::from(highest)),
            between,
            within,
            items: ((between - within) / k as f64).max(0.0),
            repeats,
            standard_error: (between / (n as f64 * k as f64)).sqrt(),
        })
    }

    /// Gives how alike two scores of the same item are, ICC(1): at most 1. None when nothing varies.
    pub fn icc(&self) -> Option<f64> {
        let whole = self.between + (self.repeats as f64 - 1.0) * self.within;
        if whole > 0.0 { Some((self.between - self.within) / whole) } else { None }
    }

    /// Gives how alike two means of as many repeats are, ICC(1,K). None when items do not differ.
    pub fn icc_of_means(&self) -> Option<f64> {
        Some(1.0 - self.judge_share()?)
    }

    /// Gives how much of the squared standard error is the judge's. None when items do not differ.
    pub fn judge_share(&self) -> Option<f64> {
        if self.between > 0.0 { Some(self.within / self.between) } else { None }
    }

    /// Gives the F statistic: how many times more items differ than repeats. None when repeats do not.
    pub fn f(&self) -> Option<f64> {
        if self.within > 0.0 { Some(self.between / self.within) } else { None }
    }

    /// Gives the number of repeats that tells most for the money; below 1, more items tell more.
    ///
    /// `target_cost` is what an answer costs, in judge calls. None when items do not differ.
    pub fn best_repeats(&self, target_cost: f64) -> Option<f64> {
        if self.items > 0.0 { Some((target_cost * self.within / self.items).sqrt()) } else { None }
    }
}

/// How often one item passed among its repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passes {
    pub passed: u64,
    pub repeats: u64,
}

/// Gives the chance that two repeats of an item disagree on its passing; none when no item was repeated.
///
/// Source: the mean of 2·p·(1 − p)·K / (K − 1).
pub fn flip_rate(items: &[Passes]) -> Option<f64> {
    let repeated = items.iter().filter(|item| item.repeats > 1);
    let flips: Vec<f64> = repeated
        .map(|item| {
            let (passed, repeats) = (item.passed as f64, item.repeats as f64);
            2.0 * passed * (repeats - passed) / (repeats * (repeats - 1.0))
        })
        .collect();
    if flips.is_empty() { None } else { Some(sum(flips.iter().copied()) / flips.len() as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(rows: &[&[u8]], expected: Expect) {
        let rows: Vec<Vec<u8>> = rows.iter().map(|row| row.to_vec()).collect();
        let shown = Noise::of(5, &rows).map(|noise| {
            [noise.icc(), noise.icc_of_means(), noise.judge_share(), noise.f(), noise.best_repeats(1.0)]
        });
        expected.assert_eq(&format!("{shown:.3?}"));
    }

    #[test]
    fn noise_needs_two_items_and_two_repeats() {
        check(&[], expect!["None"]);
        check(&[&[3, 4]], expect!["None"]);
        check(&[&[3], &[4]], expect!["None"]);
        check(&[&[3, 3], &[4]], expect!["None"]);
    }

    #[test]
    fn what_does_not_vary_has_no_share() {
        check(&[&[4, 4, 4], &[4, 4, 4]], expect!["Some([None, None, None, None, None])"]);
        check(
            &[&[0, 0], &[5, 5]],
            expect!["Some([Some(1.000), Some(1.000), Some(0.000), None, Some(0.000)])"],
        );
        check(&[&[0, 5], &[5, 0]], expect!["Some([Some(-1.000), None, None, Some(0.000), None])"]);
    }

    #[test]
    fn items_asked_once_do_not_flip() {
        let once = Passes { passed: 1, repeats: 1 };
        assert_eq!(flip_rate(&[once]), None);
        assert_eq!(flip_rate(&[once, Passes { passed: 1, repeats: 2 }]), Some(1.0));
    }
}
