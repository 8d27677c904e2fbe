//! Which rows of a long list are drawn, and where: geometry alone.
//!
//! A list is as tall as its rows, or as tall as browsers lay out; then the scrollbar stands for more than it is. Places
//! among the rows and places on the scrollbar differ by a *shift*. It stays while somebody scrolls, so that rows move
//! as far as the wheel says, and takes up what measuring or inserting rows above would move: what is read stays where
//! it is, and nothing writes the scroll position under a moving finger. Once all is still, `settle` brings both
//! together again. Leaves out the page that it happens in (`components::windowed`).

pub mod heights;

use std::ops::Range;

use heights::Heights;

/// The tallest that a list is made, in pixels. Browsers clamp at 16.7 million pixels of the screen, of which one of
/// the page may be four: at 400 % zoom.
pub const TALLEST: f64 = 4_000_000.0;

/// How far above and below what is seen rows are drawn, in heights of the screen.
const AROUND: f64 = 0.5;

/// A list of no more rows is drawn whole: the browser's own search finds what is anywhere in it.
pub const WHOLE: usize = 100;

/// The most rows that are drawn in one go, whatever their heights.
const MOST_ROWS: usize = 150;

/// A scroll by more heights of the screen than this goes to a place on the scrollbar; less is a way.
const LEAP: f64 = 2.0;

/// So many heights of the screen at both ends of a list are as tall on the scrollbar as they are.
const ENDS: f64 = 10.0;

/// A list that is looked at through a window.
#[derive(Debug, Clone)]
pub struct Window {
    pub heights: Heights,
    /// The height of the screen.
    view: f64,
    /// How far the top of the screen is below the top of the list, on the scrollbar.
    scrolled: f64,
    /// What is added to a place on the scrollbar to have the place among the rows.
    shift: f64,
    /// The scrollbar was dragged since all was still.
    leapt: bool,
    /// The row that was gone to. It is the one that is read until somebody scrolls: another may begin above it on the
    /// screen, and grow once its text is there.
    held: Option<Reading>,
}

/// A row that is read, and how far below the top of the screen it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    pub row: usize,
    pub below: f64,
}

/// A piece of what is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Piece {
    /// So many pixels in the place of rows that are not drawn.
    Gap(f64),
    Row(usize),
}

impl Window {
    /// Looks at a list from its top.
    pub fn new(heights: Heights, view: f64) -> Self {
        Self { heights, view, scrolled: 0.0, shift: 0.0, leapt: false, held: None }
    }

    /// Gives how tall the list is made.
    pub fn height(&self) -> f64 {
        self.heights.total().min(TALLEST)
    }

    /// Follows the scrollbar to a place.
    pub fn scroll(&mut self, to: f64, view: f64) {
        self.view = view;
        let by = to - self.scrolled;
        self.scrolled = to;
        // Browsers round where they are scrolled to.
        if by.abs() >= 1.0 {
            self.held = None;
        }
        if by.abs() > LEAP * view {
            self.shift = self.place(to) - to;
            self.leapt = true;
        }
    }

    /// Brings the scrollbar to where it belongs. Gives the place that it must be scrolled to, if it must: the rows
    /// stay where they are on the screen.
    pub fn settle(&mut self) -> Option<f64> {
        let end = self.height() - self.view;
        let at_an_end = self.scrolled <= self.view || self.scrolled >= end - self.view;
        // Whoever drags the scrollbar to its end means the last row.
        if self.leapt && at_an_end {
            self.shift = self.place(self.scrolled) - self.scrolled;
        }
        self.leapt = false;
        let top = self.top();
        let to = self.on_scrollbar(top);
        if (to - self.scrolled).abs() < 1.0 {
            return None;
        }
        self.scrolled = to;
        self.shift = top - to;
        Some(to)
    }

    /// Tells whether rows would have to be drawn above the top of the list: then it must settle at once.
    pub fn is_cramped(&self) -> bool {
        self.heights.top(self.range().start) < self.shift
    }

    /// Keeps what rows measure. What is read stays where it is; at the end of the list that is the last row.
    pub fn measure(&mut self, rows: impl Iterator<Item = (usize, f64)>) {
        let reading = self.reading();
        // How far the bottom of the screen is past the last row.
        let past = self.top() + self.view - self.heights.total();
        for (row, height) in rows {
            self.heights.measure(row, height);
        }
        match reading {
            Some(_) if past > -1.0 => self.shift = self.heights.total() - self.view + past - self.scrolled,
            Some(reading) => self.keep(reading),
            None => {}
        }
    }

    /// Takes another estimate for what was not measured. What is read stays where it is.
    pub fn estimate(&mut self, height: f64) {
        let reading = self.reading();
        self.heights.estimate(height);
        if let Some(reading) = reading {
            self.keep(reading);
        }
    }

    /// Takes other rows in the place of these. With `reading`, that row begins where it says; without, the list is
    /// looked at where the scrollbar is.
    pub fn replace(&mut self, heights: Heights, reading: Option<Reading>) {
        self.heights = heights;
        self.held = reading.filter(|_| self.held.is_some());
        match reading {
            Some(reading) => self.keep(reading),
            None => self.shift = self.place(self.scrolled) - self.scrolled,
        }
    }

    /// Takes more rows at the end. What is read stays where it is.
    pub fn append(&mut self, rows: impl Iterator<Item = Option<f64>>) {
        rows.for_each(|height| self.heights.push(height));
    }

    /// Tells whether nothing but the list is on the screen's upper part, so that one reads in it.
    pub fn fills_the_screen(&self) -> bool {
        self.scrolled > self.view
    }

    /// Gives the height of the screen.
    pub fn view(&self) -> f64 {
        self.view
    }

    /// Gives the row that is read: the one that was gone to, the first that begins on the screen, or the one that
    /// fills it. None while the list begins below the top of the screen: nothing above can move it.
    pub fn reading(&self) -> Option<Reading> {
        let top = self.top();
        if top <= 0.0 || self.heights.rows() == 0 {
            return None;
        }
        if self.held.is_some() {
            return self.held;
        }
        let first = self.heights.at(top);
        let next = first + 1;
        let begins = |row: usize| self.heights.top(row) - top;
        let starts = begins(first) < 0.0 && next < self.heights.rows() && begins(next) < self.view;
        let row = if starts { next } else { first };
        Some(Reading { row, below: begins(row) })
    }

    /// Has a row begin where it is read, without scrolling.
    pub fn keep(&mut self, reading: Reading) {
        self.shift = self.heights.top(reading.row) - reading.below - self.scrolled;
    }

    /// Goes to where a row is read. Gives the place on the scrollbar.
    pub fn go(&mut self, reading: Reading) -> f64 {
        let end = (self.heights.total() - self.view).max(0.0);
        let top = self.heights.top(reading.row) - reading.below;
        // At an end it is where the end leaves it.
        self.held = (0.0 < top && top < end).then_some(reading);
        let top = top.min(end);
        self.scrolled = self.on_scrollbar(top);
        self.shift = top - self.scrolled;
        self.leapt = false;
        self.scrolled
    }

    /// Gives where a row must be read to be seen whole between the head and the foot of the screen, which are as tall
    /// as said; none when it is.
    pub fn towards(&self, row: usize, head: f64, foot: f64) -> Option<Reading> {
        let begins = self.heights.top(row) - self.top();
        let lowest = (self.view - foot - self.heights.height(row)).max(head);
        let below = begins.clamp(head, lowest);
        (below != begins).then_some(Reading { row, below })
    }

    /// Gives the rows that are on the screen or near it.
    pub fn range(&self) -> Range<usize> {
        let rows = self.heights.rows();
        if rows <= WHOLE {
            return 0..rows;
        }
        let around = AROUND * self.view;
        let (from, to) = (self.top() - around, self.top() + self.view + around);
        if to < 0.0 {
            // What is far below the screen is not drawn, but for one row by which others are estimated.
            return 0..1;
        }
        let first = self.heights.at(from);
        let last = self.heights.at(to);
        first..(last + 1).min(first + MOST_ROWS)
    }

    /// Gives what is drawn, from the top to the bottom of the list.
    ///
    /// The row that has the focus is drawn wherever it is, so that it keeps it, and those beside it, so that the next
    /// press of Tab leads there.
    pub fn drawn(&self, focused: Option<usize>) -> Vec<Piece> {
        let range = self.range();
        let beside = focused.map_or(0..0, |row| row.saturating_sub(1)..(row + 2).min(self.heights.rows()));
        let rows: std::collections::BTreeSet<_> = range.chain(beside).collect();
        let mut pieces = Vec::with_capacity(rows.len() + 4);
        // Where the piece before ends, on the scrollbar.
        let mut end = 0.0;
        let mut next = 0;
        for row in rows {
            let begins = self.heights.top(row) - self.shift;
            if row > next {
                pieces.push(Piece::Gap((begins - end).max(0.0)));
                end = begins.max(end);
            } else if row == 0 {
                // Rows that are shorter than was thought leave room above the first until all is still.
                if begins > 0.0 {
                    pieces.push(Piece::Gap(begins));
                }
                end = begins.max(0.0);
            }
            pieces.push(Piece::Row(row));
            end += self.heights.height(row);
            next = row + 1;
        }
        if next < self.heights.rows() {
            // However far things are shifted, there is room to scroll to what is left.
            let left = self.heights.total() - self.heights.top(next);
            pieces.push(Piece::Gap((self.height() - end).max(left.min(self.view))));
        }
        pieces
    }

    /// Gives how far the top of the screen is below the top of the first row.
    fn top(&self) -> f64 {
        self.scrolled + self.shift
    }

    /// Gives the place among the rows that a place on the scrollbar stands for: what is above and below the list is
    /// as tall as it is, and so are its first and last screens, where there is no room to shift rows.
    fn place(&self, scrolled: f64) -> f64 {
        let (bar, rows) = self.ways();
        let ends = ENDS * self.view;
        if bar >= rows || scrolled <= ends {
            scrolled
        } else if scrolled >= bar - ends {
            scrolled - bar + rows
        } else {
            ends + (scrolled - ends) * (rows - 2.0 * ends) / (bar - 2.0 * ends)
        }
    }

    fn on_scrollbar(&self, place: f64) -> f64 {
        let (bar, rows) = self.ways();
        let ends = ENDS * self.view;
        if bar >= rows || place <= ends {
            place
        } else if place >= rows - ends {
            place - rows + bar
        } else {
            ends + (place - ends) * (bar - 2.0 * ends) / (rows - 2.0 * ends)
        }
    }

    /// Gives how far one can scroll from the first row at the top of the screen to the last at its bottom: on the
    /// scrollbar, and among the rows.
    fn ways(&self) -> (f64, f64) {
        let view = |height: f64| (height - self.view).max(0.0);
        (view(self.height()), view(self.heights.total()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const VIEW: f64 = 600.0;

    fn list(rows: usize) -> Window {
        Window::new(Heights::of((0..rows).map(|_| None), 50.0), VIEW)
    }

    /// Writes what is drawn: rows in a range, gaps in pixels.
    fn drawn(window: &Window, focused: Option<usize>) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut run: Option<Range<usize>> = None;
        for piece in window.drawn(focused).into_iter().chain([Piece::Gap(f64::NAN)]) {
            match (piece, &mut run) {
                (Piece::Row(row), Some(run)) if run.end == row => run.end += 1,
                (Piece::Row(row), _) => {
                    words.extend(run.take().map(|run| format!("{run:?}")));
                    run = Some(row..row + 1);
                }
                (Piece::Gap(pixels), _) => {
                    words.extend(run.take().map(|run| format!("{run:?}")));
                    words.extend((!pixels.is_nan()).then(|| format!("{pixels}px")));
                }
            }
        }
        words.join(" ")
    }

    /// Gives where on the screen a row begins, by what is drawn.
    fn on_screen(window: &Window, wanted: usize) -> Option<f64> {
        let mut below = -window.scrolled;
        for piece in window.drawn(None) {
            match piece {
                Piece::Row(row) if row == wanted => return Some(below),
                Piece::Row(row) => below += window.heights.height(row),
                Piece::Gap(pixels) => below += pixels,
            }
        }
        None
    }

    fn check(window: &Window, focused: Option<usize>, expected: Expect) {
        expected.assert_eq(&drawn(window, focused));
    }

    #[test]
    fn a_short_list_is_drawn_whole() {
        check(&list(0), None, expect![""]);
        let mut window = list(100);
        check(&window, None, expect!["0..100"]);
        window.scroll(3_000.0, VIEW);
        check(&window, Some(3), expect!["0..100"]);
    }

    #[test]
    fn what_is_on_the_screen_or_near_it_is_drawn() {
        let mut window = list(1_000);
        check(&window, None, expect!["0..19 49050px"]);
        window.scroll(10_000.0, VIEW);
        check(&window, None, expect!["9700px 194..219 39050px"]);
        window.scroll(-5_000.0, VIEW);
        check(&window, None, expect!["0..1 49950px"]);
        window.scroll(window.height() - VIEW, VIEW);
        check(&window, None, expect!["49100px 982..1000"]);
    }

    #[test]
    fn the_row_with_the_focus_is_drawn_with_those_beside_it() {
        let mut window = list(1_000);
        window.scroll(10_000.0, VIEW);
        check(&window, Some(0), expect!["0..2 9600px 194..219 39050px"]);
        check(&window, Some(500), expect!["9700px 194..219 14000px 499..502 24900px"]);
        check(&window, Some(219), expect!["9700px 194..221 38950px"]);
        check(&window, Some(999), expect!["9700px 194..219 38950px 998..1000"]);
    }

    #[test]
    fn a_list_is_never_taller_than_browsers_lay_out_and_its_last_row_is_reached() {
        let mut window = list(1_000_000);
        assert_eq!(window.height(), TALLEST);
        window.scroll(TALLEST - VIEW, VIEW);
        check(&window, None, expect!["3999100px 999982..1000000"]);
        window.scroll(TALLEST / 2.0, VIEW);
        check(&window, None, expect!["1999689.0981592014px 500063..500088 1999060.9018407986px"]);
    }

    #[test]
    fn a_wheel_moves_rows_as_far_as_it_says_and_the_scrollbar_follows_once_all_is_still() {
        let mut window = list(1_000_000);
        window.scroll(TALLEST / 2.0, VIEW);
        window.settle();
        let row = window.reading().expect("a row").row;
        let before = on_screen(&window, row).expect("a row");
        for step in 1..=2 {
            window.scroll(TALLEST / 2.0 + 100.0 * f64::from(step), VIEW);
        }
        let moved = |window: &Window| before - on_screen(window, row).expect("a row");
        assert!((moved(&window) - 200.0).abs() < 1e-6);
        let to = window.settle().expect("a place");
        // A twelfth of the way: the rows are 12.5 times as tall as the list.
        assert!((to - TALLEST / 2.0 - 16.0).abs() < 0.1, "{to}");
        assert!((moved(&window) - 200.0).abs() < 1e-6);
    }

    #[test]
    fn whoever_drags_the_scrollbar_to_its_end_sees_the_last_row_though_the_end_of_the_way_was_slow() {
        let mut window = list(1_000_000);
        let end = TALLEST - VIEW;
        for to in [end - 90_000.0, end - 1_000.0, end - 300.0, end] {
            window.scroll(to, VIEW);
        }
        window.settle();
        check(&window, None, expect!["3999100px 999982..1000000"]);
    }

    #[test]
    fn measuring_rows_above_moves_nothing_that_is_read() {
        let mut window = list(1_000);
        window.scroll(10_010.0, VIEW);
        let reading = window.reading().expect("a row");
        assert_eq!((reading.row, reading.below), (201, 40.0));
        window.measure((150..201).map(|row| (row, 80.0)));
        assert_eq!(on_screen(&window, 201), Some(40.0));
        assert_eq!(window.settle(), Some(11_540.0));
        assert_eq!(on_screen(&window, 201), Some(40.0));
    }

    #[test]
    fn the_last_row_stays_on_the_screen_when_those_above_it_grow() {
        let mut window = list(1_000);
        window.go(Reading { row: 999, below: 0.0 });
        window.measure((985..1_000).map(|row| (row, 150.0)));
        assert_eq!(on_screen(&window, 999), Some(VIEW - 150.0));
        window.settle();
        assert_eq!(on_screen(&window, 999), Some(VIEW - 150.0));
    }

    #[test]
    fn rows_that_come_above_move_nothing_that_is_read() {
        let mut window = list(1_000);
        window.scroll(10_010.0, VIEW);
        let reading = window.reading().expect("a row");
        let more = Heights::of((0..1_030).map(|_| None), 50.0);
        window.replace(more, Some(Reading { row: reading.row + 30, ..reading }));
        assert_eq!(on_screen(&window, 231), Some(40.0));
    }

    #[test]
    fn a_list_that_begins_on_the_screen_stays_where_it_begins() {
        let mut window = list(1_000);
        window.scroll(-200.0, VIEW);
        window.measure([(0, 500.0)].into_iter());
        assert_eq!(on_screen(&window, 0), Some(200.0));
        assert_eq!(window.settle(), None);
    }

    #[test]
    fn the_row_that_was_gone_to_stays_where_it_is_until_somebody_scrolls() {
        let mut window = list(1_000);
        let goal = Reading { row: 500, below: 70.0 };
        window.go(goal);
        // Row 499 begins above it on the screen.
        window.measure((490..500).map(|row| (row, 80.0)));
        assert_eq!(on_screen(&window, 500), Some(70.0));
        assert_eq!(window.reading(), Some(goal));
        let scrolled = window.scrolled;
        window.scroll(scrolled + 0.5, VIEW);
        assert_eq!(window.reading(), Some(goal));
        window.scroll(scrolled - 20.0, VIEW);
        assert_eq!(window.reading(), Some(Reading { row: 499, below: 10.0 }));
    }

    #[test]
    fn a_row_that_is_not_seen_whole_is_gone_to_as_far_as_it_takes() {
        let mut window = list(1_000);
        window.scroll(10_000.0, VIEW);
        let below = |row| window.towards(row, 60.0, 20.0).map(|reading| reading.below);
        assert_eq!(
            [200, 201, 202, 210, 211, 999].map(below),
            [Some(60.0), Some(60.0), None, None, Some(530.0), Some(530.0)]
        );
    }

    #[test]
    fn one_goes_to_a_row_and_no_further_than_the_last() {
        let mut window = list(1_000);
        assert_eq!(window.go(Reading { row: 500, below: -10.0 }), 25_010.0);
        assert_eq!(window.go(Reading { row: 999, below: 0.0 }), 50_000.0 - VIEW);
    }

    /// Scrolls, measures, settles and goes as a seed says. The screen is always full, of few rows.
    fn wander(rows: usize, seed: u64) {
        let mut state = seed;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut window = list(rows);
        for _ in 0..400 {
            let height = window.height();
            match draw(5) {
                0 => {
                    let to = draw(1_000) as f64 / 1_000.0 * (height - VIEW).max(0.0);
                    window.scroll(to, VIEW);
                }
                1 | 2 => {
                    let by = draw(600) as f64 - 300.0;
                    window.scroll((window.scrolled + by).clamp(0.0, (height - VIEW).max(0.0)), VIEW);
                }
                3 => {
                    let measured: Vec<_> = window.range().map(|row| (row, 20.0 + draw(300) as f64)).collect();
                    window.measure(measured.into_iter());
                }
                _ => {}
            }
            if window.is_cramped() || draw(3) == 0 {
                let reading = window.reading().map(|reading| reading.row);
                let before = reading.and_then(|row| on_screen(&window, row));
                let cramped = window.is_cramped() || window.leapt;
                window.settle();
                let after = reading.and_then(|row| on_screen(&window, row));
                if let (false, Some(before), Some(after)) = (cramped, before, after) {
                    assert!((before - after).abs() < 1.0, "settling moves {before} to {after}");
                }
            }
            let pieces = window.drawn(Some(draw(rows as u64) as usize));
            let drawn = pieces.iter().filter(|piece| matches!(piece, Piece::Row(_))).count();
            assert!(drawn <= MOST_ROWS + 3, "{drawn} rows");
            let (mut bottom, mut empty) = (-window.scrolled, 0.0);
            for piece in &pieces {
                let (is_gap, height) = match piece {
                    Piece::Gap(pixels) => (true, *pixels),
                    Piece::Row(row) => (false, window.heights.height(*row)),
                };
                assert!(height >= 0.0);
                let seen = (bottom + height).min(VIEW) - bottom.max(0.0);
                empty += if is_gap { seen.max(0.0) } else { 0.0 };
                bottom += height;
            }
            // Before all is still there may be room above the first row, or below the last.
            let inside = window.top() >= 0.0 && window.top() + VIEW <= window.heights.total();
            assert!(!inside || empty < 1.0, "{empty} pixels of the screen are empty");
        }
    }

    #[test]
    fn rows_that_come_at_the_end_move_nothing() {
        for scrolled in [0.0, 900.0, 25_000.0] {
            let mut window = list(1_000);
            window.scroll(scrolled, VIEW);
            let (top, range) = (window.top(), window.range());
            window.append(std::iter::repeat_n(None, 100_000));
            assert_eq!((window.top(), window.range()), (top, range), "{scrolled}");
            assert_eq!(window.heights.rows(), 101_000);
        }
    }

    #[test]
    fn the_screen_is_full_of_rows_wherever_one_scrolls() {
        for (rows, seed) in [(1, 1), (5, 2), (40, 3), (1_000, 4), (100_000, 5), (1_000_000, 6), (200_000, 7)]
        {
            wander(rows, seed);
        }
    }
}
