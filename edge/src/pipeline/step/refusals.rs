//! Calls that were refused for their key or model: for their own sake, or as every call would be.
//!
//! Pure: it holds what was refused until that is known.

/// So many refusals of one, with nothing accepted between, are everybody's.
const MOST: usize = 3;

/// What was refused, by whom.
#[derive(Debug)]
pub struct Refusals<W, T> {
    /// Who refused, since a call to it came through.
    refused: Vec<W>,
    held: Vec<(W, T)>,
}

impl<W: Copy + PartialEq, T> Refusals<W, T> {
    /// Begins with none.
    pub fn none() -> Self {
        Self { refused: Vec::new(), held: Vec::new() }
    }

    /// Holds a refusal back. Tells whether every other call would fail alike.
    pub fn hold(&mut self, whom: W, what: T) -> bool {
        self.refused.push(whom);
        self.held.push((whom, what));
        self.refused.iter().filter(|refused| **refused == whom).count() >= MOST
    }

    /// Gives what was refused for its own sake, now that the same accepted another call.
    pub fn accepted(&mut self, whom: W) -> Vec<T> {
        self.refused.retain(|refused| *refused != whom);
        let (settled, held) = std::mem::take(&mut self.held).into_iter().partition(|(held, _)| *held == whom);
        self.held = held;
        let settled: Vec<(W, T)> = settled;
        settled.into_iter().map(|(_, what)| what).collect()
    }

    /// Gives all that is held: nothing is left to come that could tell more.
    pub fn settle(&mut self) -> Vec<T> {
        std::mem::take(&mut self.held).into_iter().map(|(_, what)| what).collect()
    }

    /// Gives what is held.
    pub fn held(&self) -> impl Iterator<Item = &T> {
        self.held.iter().map(|(_, what)| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// A lower-case letter is refused, an upper-case one accepted. Gives what each step tells, and what is left.
    fn check(history: &str, expected: Expect) {
        let mut refusals = Refusals::none();
        let mut told = Vec::new();
        for (place, letter) in history.chars().enumerate() {
            let whom = letter.to_ascii_lowercase();
            if letter == whom {
                told.push(if refusals.hold(whom, place) { "stop".to_owned() } else { "hold".to_owned() });
            } else {
                told.push(format!("{:?}", refusals.accepted(whom)));
            }
        }
        told.push(format!("left {:?}", refusals.settle()));
        expected.assert_eq(&told.join(" "));
    }

    #[test]
    fn three_in_a_row_stop_the_run() {
        check("aaa", expect!["hold hold stop left [0, 1, 2]"]);
        check("aaAaa", expect!["hold hold [0, 1] hold hold left [3, 4]"]);
    }

    #[test]
    fn that_one_is_accepted_tells_nothing_about_another() {
        check("aBaa", expect!["hold [] hold stop left [0, 2, 3]"]);
        check("abab", expect!["hold hold hold hold left [0, 1, 2, 3]"]);
    }
}
