//! How tall the rows of a long list are: those that were measured, and an estimate for every other.
//!
//! Two binary indexed trees, one of what is measured and one of how many are, so that the estimate is in no node:
//! another estimate costs nothing, a measurement and a look-up some steps for each doubling of the rows.

/// The heights of rows, in pixels.
///
/// Kept in whole 64ths, which is what browsers lay out in: sums are exact, whatever was added and taken away before.
#[derive(Debug, Clone, PartialEq)]
pub struct Heights {
    /// What was measured; none where nothing was yet.
    own: Vec<Option<f64>>,
    /// Node `n` of a tree holds the sum over the rows below `n` that its lowest bit spans.
    sums: Vec<f64>,
    counts: Vec<u32>,
    estimate: f64,
}

impl Heights {
    /// Takes what is known of each row.
    pub fn of(rows: impl Iterator<Item = Option<f64>>, estimate: f64) -> Self {
        let own: Vec<_> = rows.map(|height| height.map(rounded)).collect();
        let mut sums = vec![0.0; own.len() + 1];
        let mut counts = vec![0; own.len() + 1];
        for (row, height) in own.iter().enumerate() {
            if let Some(height) = height {
                sums[row + 1] = *height;
                counts[row + 1] = 1;
            }
        }
        // Each node is added to the one above it once: linear.
        for node in 1..sums.len() {
            let above = node + lowest_bit(node);
            if above < sums.len() {
                sums[above] += sums[node];
                counts[above] += counts[node];
            }
        }
        Self { own, sums, counts, estimate: rounded(estimate) }
    }

    /// Takes one more row at the end, without a walk over the others.
    pub fn push(&mut self, height: Option<f64>) {
        let height = height.map(rounded);
        self.own.push(height);
        let node = self.own.len();
        let (mut sum, mut count) = (height.unwrap_or_default(), u32::from(height.is_some()));
        // The nodes that it spans beside its own row.
        let mut below = node - 1;
        while below > node - lowest_bit(node) {
            sum += self.sums[below];
            count += self.counts[below];
            below -= lowest_bit(below);
        }
        self.sums.push(sum);
        self.counts.push(count);
    }

    /// Gives the number of rows.
    pub fn rows(&self) -> usize {
        self.own.len()
    }

    /// Gives the height of a row, measured or not.
    pub fn height(&self, row: usize) -> f64 {
        self.own.get(row).copied().flatten().unwrap_or(self.estimate)
    }

    /// Keeps what a row measures. A row that does not exist changes nothing.
    pub fn measure(&mut self, row: usize, height: f64) {
        let Some(own) = self.own.get_mut(row) else { return };
        let height = rounded(height);
        let (more, new) = (height - own.unwrap_or_default(), u32::from(own.is_none()));
        *own = Some(height);
        let mut node = row + 1;
        while node < self.sums.len() {
            self.sums[node] += more;
            self.counts[node] += new;
            node += lowest_bit(node);
        }
    }

    /// Takes another estimate for what was not measured.
    pub fn estimate(&mut self, estimate: f64) {
        self.estimate = rounded(estimate);
    }

    /// Gives how far below the top of the list a row begins; past the last row, where the list ends.
    pub fn top(&self, row: usize) -> f64 {
        let row = row.min(self.rows());
        let (mut sum, mut count, mut node) = (0.0, 0, row);
        while node > 0 {
            sum += self.sums[node];
            count += self.counts[node] as usize;
            node -= lowest_bit(node);
        }
        sum + self.estimate * (row - count) as f64
    }

    /// Gives the height of all rows.
    pub fn total(&self) -> f64 {
        self.top(self.rows())
    }

    /// Finds the row at a place below the top of the list: above it the first, below it the last.
    pub fn at(&self, place: f64) -> usize {
        let (mut row, mut left) = (0, place);
        let mut step = (self.rows() + 1).next_power_of_two();
        while step > 0 {
            let node = row + step;
            if node < self.sums.len() {
                let unmeasured = step - self.counts[node] as usize;
                let height = self.sums[node] + self.estimate * unmeasured as f64;
                if height <= left {
                    row = node;
                    left -= height;
                }
            }
            step /= 2;
        }
        row.min(self.rows().saturating_sub(1))
    }
}

fn lowest_bit(node: usize) -> usize {
    node & node.wrapping_neg()
}

fn rounded(pixels: f64) -> f64 {
    (pixels * 64.0).round() / 64.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that are the same in every run.
    fn draw(state: &mut u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *state >> 33
    }

    /// Does the same to the trees and to a plain list, and compares whatever they tell.
    fn check(rows: usize, steps: usize) {
        let mut state = 7 + rows as u64;
        let mut known: Vec<_> = (0..rows).map(|row| (row % 5 == 0).then_some(20.25 + row as f64)).collect();
        let mut estimate = 40.0;
        let mut heights = Heights::of(known.iter().copied(), estimate);
        // One that grew row by row is no other.
        let mut grown = Heights::of(std::iter::empty(), estimate);
        known.iter().for_each(|height| grown.push(*height));
        assert_eq!(grown, heights);
        for _ in 0..steps {
            let row = draw(&mut state) as usize % (rows + 1);
            if draw(&mut state).is_multiple_of(9) {
                estimate = (draw(&mut state) % 90) as f64;
                heights.estimate(estimate);
            } else {
                let height = (draw(&mut state) % 6_400) as f64 / 64.0;
                heights.measure(row, height);
                if let Some(known) = known.get_mut(row) {
                    *known = Some(height);
                }
            }
            let height = |known: &Option<f64>| known.unwrap_or(estimate);
            assert_eq!(heights.top(row), known.iter().take(row).map(height).sum::<f64>());
            let total: f64 = known.iter().map(height).sum();
            assert_eq!(heights.total(), total);
            let place = total * (draw(&mut state) % 1_100) as f64 / 1_000.0 - 1.0;
            let mut bottom = 0.0;
            let at = known.iter().position(|known| {
                bottom += height(known);
                place < bottom
            });
            assert_eq!(heights.at(place), at.unwrap_or(rows.saturating_sub(1)), "{place} of {total}");
        }
    }

    #[test]
    fn trees_tell_what_a_plain_sum_tells() {
        for rows in [0, 1, 2, 3, 7, 8, 9, 64, 100] {
            check(rows, 300);
        }
    }

    #[test]
    fn a_measurement_of_many_rows_takes_no_walk_over_them() {
        let mut heights = Heights::of(std::iter::repeat_n(None, 1_000_000), 30.0);
        // A walk each time would be 2 * 10^11 steps.
        for row in 0..200_000 {
            heights.measure(row * 5, 31.5);
            assert_eq!(heights.at(heights.top(row * 5)), row * 5);
        }
        assert_eq!(heights.total(), 30.3 * 1_000_000.0);
    }
}
