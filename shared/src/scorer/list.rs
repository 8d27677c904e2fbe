//! How well two lists of texts agree when their order does not matter.
//!
//! Each text is paired with one of the other list so that the pairs are as alike as can be. Source: Kuhn 1955
//! in the form with potentials, by rows (Jonker and Volgenant 1987).

/// Gives the largest sum of a pairing; `alike[row][column]` from 0 to 1, with no more rows than columns.
pub fn best_pairing(alike: &[Vec<f64>]) -> f64 {
    let columns = alike.first().map_or(0, Vec::len);
    // Row and column 0 stand for "none": column 0 holds the row that is being placed.
    let (mut of_row, mut of_column) = (vec![0.0; alike.len() + 1], vec![0.0; columns + 1]);
    let mut row_at = vec![0; columns + 1];
    for row in 1..=alike.len() {
        row_at[0] = row;
        let mut column = 0;
        let mut least = vec![f64::INFINITY; columns + 1];
        let (mut came_from, mut seen) = (vec![0; columns + 1], vec![false; columns + 1]);
        while row_at[column] != 0 {
            seen[column] = true;
            let row = row_at[column];
            let (mut step, mut next) = (f64::INFINITY, 0);
            for other in (1..=columns).filter(|&other| !seen[other]) {
                let cost = 1.0 - alike[row - 1][other - 1] - of_row[row] - of_column[other];
                if cost < least[other] {
                    (least[other], came_from[other]) = (cost, column);
                }
                if least[other] < step {
                    (step, next) = (least[other], other);
                }
            }
            for other in 0..=columns {
                if seen[other] {
                    of_row[row_at[other]] += step;
                    of_column[other] -= step;
                } else {
                    least[other] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            row_at[column] = row_at[came_from[column]];
            column = came_from[column];
        }
    }
    let pairs = row_at.iter().enumerate().skip(1).filter(|(_, row)| **row > 0);
    // Not `sum`: that of none is −0.
    pairs.map(|(column, row)| alike[row - 1][column - 1]).fold(0.0, |sum, alike| sum + alike)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(alike: &[&[f64]], expected: Expect) {
        let rows: Vec<_> = alike.iter().map(|row| row.to_vec()).collect();
        expected.assert_eq(&best_pairing(&rows).to_string());
    }

    #[test]
    fn the_pairs_are_as_alike_as_can_be() {
        check(&[], expect!["0"]);
        check(&[&[0.25]], expect!["0.25"]);
        // Taking the best first would give 0.75 + 0.
        check(&[&[0.75, 0.5], &[0.5, 0.0]], expect!["1"]);
        check(&[&[0.0, 0.5, 1.0], &[0.0, 0.25, 1.0]], expect!["1.5"]);
    }
}
