//! How many calls a shard has under way at once, adapted to what the provider bears.
//!
//! Pure: it counts what it is told.

/// How many calls may be under way.
///
/// Never above `widest`, never below one. Halved when a provider turns a call away for coming too fast, once
/// for all calls that were begun before that was known; one more after as many calls as it is wide came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    widest: u32,
    now: u32,
    /// Calls that came through since it last changed.
    clean: u32,
    /// How often it was halved.
    halved: u32,
}

/// When a try was begun, as the window counts time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn(u32);

impl Window {
    /// Opens as wide as it was before, or as wide as it may be.
    pub fn of(widest: u32, before: Option<u32>) -> Self {
        let widest = widest.max(1);
        Self { widest, now: before.unwrap_or(widest).clamp(1, widest), clean: 0, halved: 0 }
    }

    /// Gives how many calls may be under way.
    pub fn now(self) -> u32 {
        self.now
    }

    /// Gives what a try that begins now is to be counted by.
    pub fn turn(self) -> Turn {
        Turn(self.halved)
    }

    /// A try came through.
    #[must_use]
    pub fn clean(mut self, begun: Turn) -> Self {
        // What was begun before it was halved says nothing of its width since.
        if begun == self.turn() {
            self.clean += 1;
        }
        if self.clean >= self.now {
            self.clean = 0;
            self.now = (self.now + 1).min(self.widest);
        }
        self
    }

    /// A try was turned away for coming too fast.
    #[must_use]
    pub fn busy(mut self, begun: Turn) -> Self {
        if begun == self.turn() {
            self.now = (self.now / 2).max(1);
            self.clean = 0;
            self.halved += 1;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Begins a try at each `(`, and ends the oldest: `.` it came through, `!` it was turned away. Gives the
    /// widths after each end.
    fn check(widest: u32, before: Option<u32>, history: &str, expected: Expect) {
        let mut window = Window::of(widest, before);
        let mut begun = std::collections::VecDeque::new();
        let mut widths = vec![window.now()];
        for step in history.chars() {
            if step == '(' {
                begun.push_back(window.turn());
                continue;
            }
            let turn = begun.pop_front().unwrap_or(window.turn());
            window = if step == '!' { window.busy(turn) } else { window.clean(turn) };
            widths.push(window.now());
        }
        expected.assert_eq(&format!("{widths:?}"));
    }

    #[test]
    fn one_burst_halves_it_once() {
        check(6, None, "((((((!!!!!!", expect!["[6, 3, 3, 3, 3, 3, 3]"]);
        check(6, None, "((((((!(!!!!!!", expect!["[6, 3, 3, 3, 3, 3, 3, 1]"]);
    }

    #[test]
    fn it_never_closes() {
        check(2, None, "!!!!", expect!["[2, 1, 1, 1, 1]"]);
    }

    #[test]
    fn a_clean_round_widens_it_by_one() {
        check(6, Some(2), "..........", expect!["[2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5]"]);
        check(2, None, "....", expect!["[2, 2, 2, 2, 2]"]);
    }

    #[test]
    fn what_was_begun_before_does_not_widen_it() {
        check(6, None, "((((((!.....", expect!["[6, 3, 3, 3, 3, 3, 3]"]);
    }

    #[test]
    fn it_opens_as_wide_as_it_was_and_may_be() {
        check(4, Some(6), "", expect!["[4]"]);
        check(4, Some(0), "", expect!["[1]"]);
    }
}
