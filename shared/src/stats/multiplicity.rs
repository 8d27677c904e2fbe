//! P values of many tests at once: by chance alone, one in twenty would be small.

/// Gives each test's q value: the share of chance findings among those at least as good, if it counts as one.
///
/// For looking around. Source: Benjamini and Hochberg 1995.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let n = p.len() as f64;
    let mut order = by_size(p);
    order.reverse();
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (above, place) in order.into_iter().enumerate() {
        least = least.min(p[place] * n / (n - above as f64));
        q[place] = least;
    }
    q
}

/// Gives each test's p value corrected so that the chance of any false finding stays below it.
///
/// For claims. Source: Holm 1979.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let n = p.len() as f64;
    let mut corrected = vec![1.0; p.len()];
    let mut most = 0.0_f64;
    for (below, place) in by_size(p).into_iter().enumerate() {
        most = most.max(p[place] * (n - below as f64)).min(1.0);
        corrected[place] = most;
    }
    corrected
}

fn by_size(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&one, &other| p[one].total_cmp(&p[other]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(p: &[f64], expected: Expect) {
        expected.assert_eq(&format!("{:.3?} {:.3?}", benjamini_hochberg(p), holm(p)));
    }

    #[test]
    fn one_test_needs_no_correction() {
        check(&[], expect!["[] []"]);
        check(&[0.03], expect!["[0.030] [0.030]"]);
    }

    #[test]
    fn the_order_of_tests_stays() {
        check(&[0.6, 0.01], expect!["[0.600, 0.020] [0.600, 0.020]"]);
        check(&[0.04, 0.04, 0.04], expect!["[0.040, 0.040, 0.040] [0.120, 0.120, 0.120]"]);
        check(&[1.0, 1.0], expect!["[1.000, 1.000] [1.000, 1.000]"]);
    }
}
