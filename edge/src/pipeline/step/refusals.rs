//! Calls that were refused for their key or model: for their own sake, or as every call would be.
//!
//! Pure: it holds what was refused until that is known, and what the shards of a run have seen of whom they ask.

use serde::{Deserialize, Serialize};
use shared::moment::Moment;

/// So many refusals of one, with nothing accepted between, are everybody's.
const MOST: usize = 3;

/// What a shard has seen of somebody in its slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen<W> {
    whom: W,
    /// When a call came through last.
    accepted_at: Option<Moment>,
    /// When calls were refused since.
    refused_at: Vec<Moment>,
}

/// What was refused, by whom.
#[derive(Debug)]
pub struct Refusals<W, T> {
    seen: Vec<Seen<W>>,
    held: Vec<(W, T)>,
}

impl<W: Copy + PartialEq, T> Refusals<W, T> {
    /// Begins with none.
    pub fn none() -> Self {
        Self { seen: Vec::new(), held: Vec::new() }
    }

    /// Holds a refusal back. Tells whether every other call would fail alike.
    pub fn hold(&mut self, whom: W, what: T, now: Moment) -> bool {
        self.held.push((whom, what));
        let refused_at = &mut self.seen_of(whom).refused_at;
        refused_at.push(now);
        refused_at.len() >= MOST
    }

    /// Gives what was refused for its own sake, now that the same accepted another call.
    pub fn accepted(&mut self, whom: W, now: Moment) -> Vec<T> {
        let seen = self.seen_of(whom);
        seen.accepted_at = Some(now);
        seen.refused_at.clear();
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

    /// Gives what the shard has seen, for the others.
    pub fn seen(&self) -> &[Seen<W>] {
        &self.seen
    }

    /// Tells whether what is held is everybody's, by what the other shards have seen too. What they saw before `since`
    /// counts no more: somebody let the run go on then.
    pub fn are_everybodys(&self, others: &[Seen<W>], since: Moment) -> bool {
        self.held.iter().any(|(whom, _)| {
            let of_whom = || self.seen.iter().chain(others).filter(|seen| seen.whom == *whom);
            let accepted_at = of_whom().filter_map(|seen| seen.accepted_at).max();
            let in_a_row = of_whom().flat_map(|seen| &seen.refused_at);
            in_a_row.filter(|at| **at >= since && Some(**at) >= accepted_at).count() >= MOST
        })
    }

    fn seen_of(&mut self, whom: W) -> &mut Seen<W> {
        let place = self.seen.iter().position(|seen| seen.whom == whom).unwrap_or(self.seen.len());
        if place == self.seen.len() {
            self.seen.push(Seen { whom, accepted_at: None, refused_at: Vec::new() });
        }
        &mut self.seen[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn at(place: usize) -> Moment {
        Moment::from_millis(place as i64)
    }

    /// Lives through what one shard sees, a letter for each millisecond: a lower-case one is refused, an upper-case one
    /// accepted, a dot nothing. Gives what each step tells.
    fn live(history: &str) -> (Refusals<char, usize>, Vec<String>) {
        let mut refusals = Refusals::none();
        let mut told = Vec::new();
        for (place, letter) in history.chars().enumerate().filter(|(_, letter)| *letter != '.') {
            let whom = letter.to_ascii_lowercase();
            if letter == whom {
                let stops = refusals.hold(whom, place, at(place));
                told.push(if stops { "stop".to_owned() } else { "hold".to_owned() });
            } else {
                told.push(format!("{:?}", refusals.accepted(whom, at(place))));
            }
        }
        (refusals, told)
    }

    /// Gives what each step of a shard tells, and what is left.
    fn check(history: &str, expected: Expect) {
        let (mut refusals, mut told) = live(history);
        told.push(format!("left {:?}", refusals.settle()));
        expected.assert_eq(&told.join(" "));
    }

    /// Tells for each shard of a run whether what it holds at last is everybody's.
    fn check_shards(since: usize, histories: &[&str], expected: Expect) {
        let shards: Vec<_> = histories.iter().map(|history| live(history).0).collect();
        let told = shards.iter().enumerate().map(|(place, shard)| {
            let others = shards.iter().enumerate().filter(|(other, _)| *other != place);
            let others: Vec<_> = others.flat_map(|(_, other)| other.seen().to_vec()).collect();
            if shard.are_everybodys(&others, at(since)) { "stop" } else { "own" }
        });
        expected.assert_eq(&told.collect::<Vec<_>>().join(" "));
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

    #[test]
    fn three_in_a_row_of_several_shards_stop_the_run() {
        check_shards(0, &["aa", "a"], expect!["stop stop"]);
        check_shards(0, &["aa"], expect!["own"]);
        check_shards(0, &["a", "b", "a"], expect!["own own own"]);
    }

    #[test]
    fn what_one_shard_had_accepted_another_was_refused_for_its_own_sake() {
        check_shards(0, &["aa", "..A", "a"], expect!["own own own"]);
        check_shards(0, &["..aa", "A", "..a"], expect!["stop own stop"]);
        check_shards(0, &["aa", "..B", "a"], expect!["stop own stop"]);
    }

    #[test]
    fn what_was_refused_before_the_run_went_on_counts_no_more() {
        check_shards(2, &["aa", "..a"], expect!["own own"]);
        check_shards(2, &["..aa", "..a"], expect!["stop stop"]);
    }
}
