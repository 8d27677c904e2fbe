//! Agreement of two raters on categories, from the table of who said what.

use super::super::Interval;

/// How often one rater (rows) said one thing and the other (columns) another: a square of counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// At least two.
    categories: usize,
    /// Row by row.
    counts: Vec<u64>,
}

/// How bad a disagreement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// As bad as any other.
    Nominal,
    /// By how far the categories are apart.
    Linear,
    /// By the square of that.
    Quadratic,
}

impl<const N: usize> From<[[u64; N]; N]> for Matrix {
    fn from(rows: [[u64; N]; N]) -> Self {
        const { assert!(N > 1, "one category tells nothing") };
        Self { categories: N, counts: rows.concat() }
    }
}

impl Matrix {
    /// Counts pairs of levels from 0 to `highest`, at least 1; pairs that are not such levels are left out.
    pub fn of(highest: u8, pairs: &[(u8, u8)]) -> Self {
        let categories = usize::from(highest.max(1)) + 1;
        let mut counts = vec![0; categories * categories];
        for &(one, other) in pairs {
            if one.max(other) <= highest {
                counts[usize::from(one) * categories + usize::from(other)] += 1;
            }
        }
        Self { categories, counts }
    }

    /// Gives Cohen's kappa: 1 − Σ w·seen / Σ w·expected. None when no disagreement could be expected.
    pub fn kappa(&self, weights: Weights) -> Option<f64> {
        let shares = Shares::of(self)?;
        let weight = |row: usize, column: usize| {
            let apart = row.abs_diff(column) as f64 / (self.categories as f64 - 1.0);
            match weights {
                Weights::Nominal => f64::from(row != column),
                Weights::Linear => apart,
                Weights::Quadratic => apart * apart,
            }
        };
        let (mut seen, mut expected) = (0.0, 0.0);
        for (row, column, share) in self.cells(&shares) {
            seen += weight(row, column) * share;
            expected += weight(row, column) * shares.rows[row] * shares.columns[column];
        }
        if expected > 0.0 { Some(1.0 - seen / expected) } else { None }
    }

    /// Gives the interval of the unweighted kappa; none where it has no standard error.
    pub fn kappa_interval(&self, z: f64) -> Option<Interval> {
        let (kappa, half) = (self.kappa(Weights::Nominal)?, z * self.kappa_error()?);
        Some(Interval((kappa - half).max(-1.0), (kappa + half).min(1.0)))
    }

    /// Gives the standard error of the unweighted kappa.
    ///
    /// None where there is no kappa, and where it comes out as 0: that raters always agree, or never, does
    /// not make kappa certain. Source: Fleiss, Cohen and Everitt 1969.
    pub fn kappa_error(&self) -> Option<f64> {
        let kappa = self.kappa(Weights::Nominal)?;
        let shares = Shares::of(self)?;
        let chance: f64 = shares.rows.iter().zip(&shares.columns).map(|(row, column)| row * column).sum();
        let mut variance = -(kappa - chance * (1.0 - kappa)).powi(2);
        for (row, column, share) in self.cells(&shares) {
            variance += share
                * if row == column {
                    (1.0 - (shares.rows[row] + shares.columns[row]) * (1.0 - kappa)).powi(2)
                } else {
                    ((1.0 - kappa) * (shares.columns[row] + shares.rows[column])).powi(2)
                };
        }
        if variance > 0.0 { Some((variance / shares.n).sqrt() / (1.0 - chance)) } else { None }
    }

    /// Gives Gwet's AC1; none of nothing.
    pub fn ac1(&self) -> Option<f64> {
        let shares = Shares::of(self)?;
        let seen: f64 =
            self.cells(&shares).filter(|(row, column, _)| row == column).map(|(_, _, share)| share).sum();
        let both = shares.rows.iter().zip(&shares.columns).map(|(row, column)| f64::midpoint(*row, *column));
        let chance = both.map(|share| share * (1.0 - share)).sum::<f64>() / (self.categories as f64 - 1.0);
        Some((seen - chance) / (1.0 - chance))
    }

    /// Gives every cell's row, column and share of all.
    fn cells(&self, shares: &Shares) -> impl Iterator<Item = (usize, usize, f64)> {
        let cell = |(place, &count): (usize, &u64)| {
            (place / self.categories, place % self.categories, count as f64 / shares.n)
        };
        self.counts.iter().enumerate().map(cell)
    }
}

/// How much of all is in each row and column.
struct Shares {
    /// Above 0.
    n: f64,
    rows: Vec<f64>,
    columns: Vec<f64>,
}

impl Shares {
    fn of(matrix: &Matrix) -> Option<Self> {
        let n = matrix.counts.iter().sum::<u64>();
        if n == 0 {
            return None;
        }
        let n = n as f64;
        let share = |cells: &mut dyn Iterator<Item = &u64>| cells.sum::<u64>() as f64 / n;
        let rows = matrix.counts.chunks(matrix.categories);
        let column = |place: usize| matrix.counts.iter().skip(place).step_by(matrix.categories);
        Some(Self {
            n,
            rows: rows.map(|row| share(&mut row.iter())).collect(),
            columns: (0..matrix.categories).map(|place| share(&mut column(place))).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(pairs: &[(u8, u8)], expected: Expect) {
        let matrix = Matrix::of(5, pairs);
        let kappas = [Weights::Nominal, Weights::Linear, Weights::Quadratic].map(|w| matrix.kappa(w));
        expected.assert_eq(&format!("{kappas:.3?}, AC1 {:.3?}", matrix.ac1()));
    }

    #[test]
    fn what_does_not_vary_has_no_kappa() {
        check(&[], expect!["[None, None, None], AC1 None"]);
        check(&[(4, 4)], expect!["[None, None, None], AC1 Some(1.000)"]);
        check(&[(4, 4), (4, 4)], expect!["[None, None, None], AC1 Some(1.000)"]);
    }

    #[test]
    fn a_near_miss_counts_less_than_a_far_one() {
        check(&[(5, 4), (0, 0)], expect!["[Some(0.333), Some(0.800), Some(0.952)], AC1 Some(0.429)"]);
        check(&[(5, 0), (0, 5)], expect!["[Some(-1.000), Some(-1.000), Some(-1.000)], AC1 Some(-0.111)"]);
    }
}
