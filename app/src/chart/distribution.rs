//! The score distribution: ten bins, each with a bar for the new and one for the original responses.

use super::Rect;

/// Where everything of the chart stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub bins: Vec<Bin>,
    /// Where the scale's lines are, with the counts that they stand for.
    pub lines: Vec<(f64, u64)>,
    /// Where the scores 0, 0.2, … 1 stand on the axis.
    pub ticks: Vec<(f64, f64)>,
    pub threshold: f64,
    pub plot: Rect,
}

/// One bin.
#[derive(Debug, Clone, PartialEq)]
pub struct Bin {
    /// The whole height of the bin, for pointing at it.
    pub area: Rect,
    pub new: Rect,
    pub original: Option<Rect>,
}

const LEFT: f64 = 34.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 24.0;
/// The part of a bin that is left empty on each side.
const GAP: f64 = 0.1;

/// Lays the chart out. `counts` and `original` are those of ten bins; `threshold` is from 0 to 1.
pub fn lay_out(counts: &[u64], original: Option<&[u64]>, threshold: f64, width: f64, height: f64) -> Layout {
    let plot = Rect { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height: height - TOP - BOTTOM };
    let highest = counts.iter().chain(original.unwrap_or_default()).copied().max().unwrap_or_default();
    let step = step(highest);
    let top = highest.div_ceil(step).max(1) * step;
    let y = |count: u64| plot.y + plot.height * (1.0 - count as f64 / top as f64);
    let each = plot.width / counts.len().max(1) as f64;
    let bar = |x: f64, width: f64, count: u64| Rect {
        x,
        y: y(count),
        width,
        height: plot.y + plot.height - y(count),
    };
    let bins = counts.iter().enumerate().map(|(place, &count)| {
        let x = plot.x + each * place as f64;
        let (inner, room) = (x + each * GAP, each * (1.0 - 2.0 * GAP));
        let share = if original.is_some() { room / 2.0 } else { room };
        Bin {
            area: Rect { x, y: plot.y, width: each, height: plot.height },
            original: original
                .map(|counts| bar(inner, share, counts.get(place).copied().unwrap_or_default())),
            new: bar(inner + room - share, share, count),
        }
    });
    Layout {
        bins: bins.collect(),
        lines: (0..=top / step).map(|line| (y(line * step), line * step)).collect(),
        ticks: (0..=5).map(|tick| f64::from(tick) / 5.0).map(|at| (plot.x + plot.width * at, at)).collect(),
        threshold: plot.x + plot.width * threshold.clamp(0.0, 1.0),
        plot,
    }
}

/// Gives where a threshold is that is dragged so many pixels to the right, in hundredths; `width` is that of the plot.
pub fn dragged(from: f64, by: f64, width: f64) -> f64 {
    ((from + by / width.max(1.0)) * 100.0).round().clamp(0.0, 100.0) / 100.0
}

/// Gives the distance of the scale's lines: 1, 2 or 5 times a power of ten, at most four of them.
fn step(highest: u64) -> u64 {
    let mut scale = 1;
    loop {
        for step in [scale, 2 * scale, 5 * scale] {
            if step * 4 >= highest {
                return step;
            }
        }
        scale *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(counts: &[u64], original: Option<&[u64]>, expected: Expect) {
        let layout = lay_out(counts, original, 0.8, 448.0, 142.0);
        let rect = |rect: &Rect| format!("{:.0},{:.0} {:.0}×{:.0}", rect.x, rect.y, rect.width, rect.height);
        let bins: Vec<_> = layout
            .bins
            .iter()
            .map(|bin| format!("{} {}", bin.original.as_ref().map_or("-".to_owned(), rect), rect(&bin.new)))
            .collect();
        let lines: Vec<_> = layout.lines.iter().map(|(y, count)| format!("{count}@{y:.0}")).collect();
        expected.assert_eq(&format!("{} | {} | {:.0}", bins.join("; "), lines.join(" "), layout.threshold));
    }

    #[test]
    fn bars_stand_on_the_axis_beside_each_other() {
        check(
            &[0, 10],
            Some(&[5, 0]),
            expect!["54,68 80×50 134,118 80×0; 254,118 80×0 334,18 80×100 | 0@118 5@68 10@18 | 354"],
        );
    }

    #[test]
    fn without_originals_a_bar_has_the_whole_bin() {
        check(&[3, 1], None, expect!["- 54,18 160×100; - 254,85 160×33 | 0@118 1@85 2@51 3@18 | 354"]);
    }

    #[test]
    fn nothing_has_a_scale_too() {
        check(&[0], None, expect!["- 74,118 320×0 | 0@118 1@18 | 354"]);
    }

    #[test]
    fn a_threshold_is_dragged_in_hundredths_and_no_further_than_the_axis() {
        assert_eq!(dragged(0.8, -40.0, 400.0), 0.7);
        assert_eq!(dragged(0.8, 1.0, 400.0), 0.8);
        assert_eq!(dragged(0.8, 3.0, 400.0), 0.81);
        assert_eq!([-900.0, 900.0].map(|by| dragged(0.8, by, 400.0)), [0.0, 1.0]);
        assert_eq!(dragged(0.5, 1.0, 0.0), 1.0, "a chart without room");
    }

    #[test]
    fn the_scale_has_at_most_four_steps() {
        assert_eq!([0, 4, 5, 9, 37, 1200].map(step), [1, 1, 2, 5, 10, 500]);
    }
}
