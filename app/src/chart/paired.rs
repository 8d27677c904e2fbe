//! Pairs of scores as dots: how far to the right says what the base scored, how far up what the new run did.
//!
//! Pairs that are close together share a dot, which is the larger the more they are: however many pairs there are, the
//! dots stay few. What broke and what was fixed have shapes of their own.

use shared::compare::items::Flip;

use super::Rect;
use crate::wording::number::fixed;

/// Where everything of the chart stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The largest first, so that none hides another.
    pub dots: Vec<Dot>,
    pub plot: Rect,
    /// Where the scores 0, 0.2, … 1 stand on both axes: to the right, down, and the score.
    pub ticks: Vec<(f64, f64, f64)>,
    pub height: f64,
}

/// Some pairs that are close together and came out the same way.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    pub x: f64,
    pub y: f64,
    /// That of a circle of its size.
    pub radius: f64,
    pub flip: Flip,
    /// How many pairs it stands for.
    pub n: u64,
    /// Their mean score in the base, and in the new run.
    pub base: f64,
    pub candidate: f64,
}

const LEFT: f64 = 40.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 48.0;

/// Into how many parts each axis is divided: what is nearest to the same end of parts shares a dot.
const PARTS: usize = 20;

/// The radius of a dot that stands for one pair, where there is room for it, and the smallest there is.
const SINGLE: f64 = 4.0;
const SMALLEST: f64 = 2.0;

/// How large a dot may be, of the distance between neighbours.
const LARGEST: f64 = 0.75;

/// Lays the chart out, as high as the width makes it: both axes are equally long. Scores are from 0 to 1.
pub fn lay_out(pairs: impl Iterator<Item = (f64, f64, Flip)>, width: f64) -> Layout {
    let side = width - LEFT - RIGHT;
    let plot = Rect { x: LEFT, y: TOP, width: side, height: side };
    let mut dots: Vec<Option<Dot>> = vec![None; (PARTS + 1) * (PARTS + 1) * Flip::ALL.len()];
    let part = |score: f64| (score.clamp(0.0, 1.0) * PARTS as f64).round() as usize;
    for (base, candidate, flip) in pairs {
        let place = (part(base) * (PARTS + 1) + part(candidate)) * Flip::ALL.len() + flip as usize;
        let Some(dot) = dots.get_mut(place) else { continue };
        // Sums until all are counted.
        let dot =
            dot.get_or_insert(Dot { x: 0.0, y: 0.0, radius: 0.0, flip, n: 0, base: 0.0, candidate: 0.0 });
        dot.n += 1;
        dot.base += base;
        dot.candidate += candidate;
    }
    let mut dots: Vec<_> = dots.into_iter().flatten().collect();
    let most = dots.iter().map(|dot| dot.n).max().unwrap_or_default().max(1) as f64;
    let largest = side / PARTS as f64 * LARGEST;
    let each = SINGLE.min(largest / most.sqrt());
    for dot in &mut dots {
        let n = dot.n as f64;
        (dot.base, dot.candidate) = (dot.base / n, dot.candidate / n);
        dot.radius = (each * n.sqrt()).max(SMALLEST);
        (dot.x, dot.y) = plot.at(dot.base, dot.candidate);
    }
    dots.sort_by_key(|dot| std::cmp::Reverse(dot.n));
    let tick = |tick: u32| {
        let score = f64::from(tick) / 5.0;
        let (x, y) = plot.at(score, score);
        (x, y, score)
    };
    Layout { dots, plot, ticks: (0..=5).map(tick).collect(), height: TOP + side + BOTTOM }
}

impl Rect {
    /// Gives where a pair of scores stands, the first to the right and the second upwards.
    pub fn at(self, right: f64, up: f64) -> (f64, f64) {
        let share = |score: f64| score.clamp(0.0, 1.0);
        (self.x + self.width * share(right), self.y + self.height * (1.0 - share(up)))
    }
}

impl Dot {
    /// Gives the corners of the triangle that marks what broke, pointing down, or was fixed, pointing up; none for the
    /// others, which are circles. It is as large as the circle would be.
    pub fn corners(&self) -> Option<String> {
        let down = match self.flip {
            Flip::Broke => 1.0,
            Flip::Fixed => -1.0,
            Flip::BothFail | Flip::BothPass => return None,
        };
        // From the middle to a corner, of a triangle with equal sides and the area of the circle.
        let reach = self.radius * (4.0 * std::f64::consts::PI / 27.0_f64.sqrt()).sqrt();
        let (half, back) = (reach * 0.75_f64.sqrt(), reach / 2.0);
        let corners = [(0.0, reach * down), (-half, -back * down), (half, -back * down)]
            .map(|(x, y)| format!("{},{}", fixed(self.x + x, 1), fixed(self.y + y, 1)));
        Some(corners.join(" "))
    }
}

/// How many bands of scores the table has on each side.
pub const BANDS: usize = 5;

/// Counts the pairs by both scores, in fifths: a row for each of the base, the lowest first, in it a number for each
/// of the new run. The last fifth has its end too.
pub fn bands(pairs: impl Iterator<Item = (f64, f64)>) -> [[u64; BANDS]; BANDS] {
    let mut counts = [[0; BANDS]; BANDS];
    // What lies on an edge belongs to the band above it, also where the number is a hair below.
    let band = |score: f64| ((score * BANDS as f64 + 1e-9) as usize).min(BANDS - 1);
    for (base, candidate) in pairs {
        if let Some(count) = counts.get_mut(band(base)).and_then(|row| row.get_mut(band(candidate))) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const WIDTH: f64 = 358.0;

    fn flip(base: f64, candidate: f64) -> Flip {
        Flip::of(base >= 0.8, candidate >= 0.8)
    }

    fn laid_out(pairs: &[(f64, f64)]) -> Layout {
        lay_out(pairs.iter().map(|&(base, candidate)| (base, candidate, flip(base, candidate))), WIDTH)
    }

    fn check(pairs: &[(f64, f64)], expected: Expect) {
        let dots = laid_out(pairs).dots.into_iter().map(|dot| {
            let shape = dot.corners().unwrap_or_else(|| "circle".to_owned());
            format!(
                "{} {} at {:.0},{:.0} of {:.1}: {shape}",
                dot.n,
                dot.flip.word(),
                dot.x,
                dot.y,
                dot.radius
            )
        });
        expected.assert_eq(&dots.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn the_base_is_to_the_right_and_the_new_run_upwards() {
        check(
            &[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.2, 0.8)],
            expect![[r#"
            1 both_fail at 40,330 of 4.0: circle
            1 fixed at 100,90 of 4.0: 100.0,83.8 94.6,93.1 105.4,93.1
            1 broke at 340,330 of 4.0: 340.0,336.2 334.6,326.9 345.4,326.9
            1 both_pass at 340,30 of 4.0: circle"#]],
        );
    }

    #[test]
    fn pairs_that_are_close_share_a_dot_at_their_mean() {
        check(
            &[(0.5, 0.6), (0.51, 0.6), (0.49, 0.62), (0.5, 0.7)],
            expect![[r#"
            3 both_fail at 190,148 of 6.9: circle
            1 both_fail at 190,120 of 4.0: circle"#]],
        );
    }

    #[test]
    fn what_came_out_another_way_has_a_dot_of_its_own() {
        check(
            &[(0.79, 0.8), (0.81, 0.8)],
            expect![[r#"
            1 fixed at 277,90 of 4.0: 277.0,83.8 271.6,93.1 282.4,93.1
            1 both_pass at 283,90 of 4.0: circle"#]],
        );
    }

    #[test]
    fn ten_thousand_pairs_make_few_dots_that_keep_apart() {
        let pairs: Vec<_> =
            (0_u32..10_000).map(|n| (f64::from(n % 101) / 100.0, f64::from(n * 37 % 211) / 210.0)).collect();
        let layout = laid_out(&pairs);
        let (largest, apart) = (layout.dots.iter().map(|dot| dot.radius).fold(0.0, f64::max), 300.0 / 20.0);
        assert!(layout.dots.len() <= 600, "{} dots", layout.dots.len());
        assert_eq!(layout.dots.iter().map(|dot| dot.n).sum::<u64>(), 10_000, "each pair is in a dot");
        assert!(largest <= apart * LARGEST + 1e-9, "{largest}");
    }

    #[test]
    fn nothing_has_axes_too() {
        let layout = laid_out(&[]);
        let ticks = layout.ticks.iter().map(|(x, y, score)| format!("{score}@{x:.0},{y:.0}"));
        expect!["0@40,330 0.2@100,270 0.4@160,210 0.6@220,150 0.8@280,90 1@340,30 | 378"]
            .assert_eq(&format!("{} | {}", ticks.collect::<Vec<_>>().join(" "), layout.height));
    }

    #[test]
    fn the_table_counts_every_pair_once() {
        let counts = bands([(0.0, 0.2), (0.6, 0.6), (0.59, 1.0), (1.0, 1.0), (0.8, 0.79)].into_iter());
        expect![[r#"
            0 1 0 0 0
            0 0 0 0 0
            0 0 0 0 1
            0 0 0 1 0
            0 0 0 1 1"#]]
        .assert_eq(&counts.map(|row| row.map(|n| n.to_string()).join(" ")).join("\n"));
    }
}
