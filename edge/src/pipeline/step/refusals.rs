//! Calls that were refused for their key or model: for their own sake, or as every call would be.
//!
//! Pure: it holds what was refused until that is known, and what the shards of a run have seen of whom they ask.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::moment::Moment;

/// So many refusals of one, with nothing accepted between, are everybody's. Each time that somebody lets the run go on
/// after them it takes as many times more: who has items that are refused for their own sake is not asked about them for ever,
/// and who forgot to change the key loses a few items to it.
const MOST: usize = 3;
const TIMES_MORE: usize = 4;
/// How often that is so.
const MOST_TIMES: u32 = 4;

/// What a shard has seen of somebody in its slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen<W> {
    whom: W,
    /// When a call came through last.
    accepted_at: Option<Moment>,
    /// When calls were refused since.
    refused_at: Vec<Moment>,
}

/// What a shard tells the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight<W> {
    /// When somebody had let the run go on last: what was refused before counts no more after.
    #[serde(default)]
    since: Option<Moment>,
    #[serde(default = "Vec::new")]
    seen: Vec<Seen<W>>,
}

/// What was refused, by whom.
#[derive(Debug)]
pub struct Refusals<W, T> {
    /// So many in a row are everybody's.
    most: usize,
    seen: Vec<Seen<W>>,
    held: Vec<(W, T)>,
}

impl<W: Copy + PartialEq + Serialize + DeserializeOwned, T> Refusals<W, T> {
    /// Begins a slice of a run that was paused for refusals so often. `before` is what the shard told in the slice before, as
    /// JSON: what was accepted then stays so, what was refused is asked again.
    pub fn begin(paused: u32, before: &str, now: Moment) -> Self {
        let before = serde_json::from_str::<Sight<W>>(before).map_or_else(|_| Vec::new(), |sight| sight.seen);
        let accepted = before.into_iter().filter(|seen| seen.accepted_at.is_some_and(|at| at <= now));
        Self {
            most: MOST * TIMES_MORE.pow(paused.min(MOST_TIMES)),
            seen: accepted.map(|seen| Seen { refused_at: Vec::new(), ..seen }).collect(),
            held: Vec::new(),
        }
    }

    /// Holds a refusal back. Tells whether every other call would fail alike.
    pub fn hold(&mut self, whom: W, what: T, now: Moment) -> bool {
        self.held.push((whom, what));
        let refused_at = &mut self.seen_of(whom).refused_at;
        refused_at.push(now);
        refused_at.len() >= self.most
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
    pub fn sight(&self, since: Option<Moment>) -> Sight<W> {
        Sight { since, seen: self.seen.clone() }
    }

    /// Gives what is held and everybody's, by what the other shards have seen too.
    pub fn everybodys(&self, others: &[Sight<W>], since: Option<Moment>) -> Option<&T> {
        let mine = self.seen.iter().map(|seen| (true, seen));
        let theirs =
            others.iter().flat_map(|sight| sight.seen.iter().map(|seen| (sight.since == since, seen)));
        let all: Vec<_> = mine.chain(theirs).collect();
        let is_everybodys = |whom: W| {
            let of_whom = || all.iter().filter(|(_, seen)| seen.whom == whom);
            let accepted_at = of_whom().filter_map(|(_, seen)| seen.accepted_at).max();
            let counts = of_whom().filter(|(counts, _)| *counts);
            let in_a_row =
                counts.flat_map(|(_, seen)| &seen.refused_at).filter(|at| Some(**at) >= accepted_at);
            in_a_row.count() >= self.most
        };
        self.held.iter().find(|(whom, _)| is_everybodys(*whom)).map(|(_, what)| what)
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
    fn live(history: &str, paused: u32, before: &str) -> (Refusals<char, usize>, Vec<String>) {
        let mut refusals = Refusals::begin(paused, before, at(100));
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

    /// Gives what each step of a shard tells, and what is left, of a run that was paused for refusals so often.
    fn check(paused: u32, history: &str, expected: Expect) {
        let (mut refusals, mut told) = live(history, paused, "");
        told.push(format!("left {:?}", refusals.settle()));
        expected.assert_eq(&told.join(" "));
    }

    /// Tells for each shard of a run whether what it holds at last is everybody's. A bar parts two slices of a shard.
    fn check_shards(histories: &[&str], expected: Expect) {
        let shards = histories.iter().map(|history| match history.split_once('|') {
            Some((before, now)) => {
                let before = serde_json::to_string(&live(before, 0, "").0.sight(None)).unwrap();
                live(now, 0, &before).0
            }
            None => live(history, 0, "").0,
        });
        let shards: Vec<_> = shards.collect();
        let told = shards.iter().enumerate().map(|(place, shard)| {
            let others = shards.iter().enumerate().filter(|(other, _)| *other != place);
            let others: Vec<_> = others.map(|(_, other)| other.sight(None)).collect();
            if shard.everybodys(&others, None).is_some() { "stop" } else { "own" }
        });
        expected.assert_eq(&told.collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn three_in_a_row_stop_the_run() {
        check(0, "aaa", expect!["hold hold stop left [0, 1, 2]"]);
        check(0, "aaAaa", expect!["hold hold [0, 1] hold hold left [3, 4]"]);
    }

    #[test]
    fn that_one_is_accepted_tells_nothing_about_another() {
        check(0, "aBaa", expect!["hold [] hold stop left [0, 2, 3]"]);
        check(0, "abab", expect!["hold hold hold hold left [0, 1, 2, 3]"]);
    }

    #[test]
    fn three_in_a_row_of_several_shards_stop_the_run() {
        check_shards(&["aa", "a"], expect!["stop stop"]);
        check_shards(&["aa"], expect!["own"]);
        check_shards(&["a", "b", "a"], expect!["own own own"]);
    }

    #[test]
    fn what_one_shard_had_accepted_another_was_refused_for_its_own_sake() {
        check_shards(&["aa", "..A", "a"], expect!["own own own"]);
        check_shards(&["..aa", "A", "..a"], expect!["stop own stop"]);
        check_shards(&["aa", "..B", "a"], expect!["stop own stop"]);
    }

    #[test]
    fn what_a_shard_had_accepted_in_an_earlier_slice_counts() {
        check_shards(&["a", "a", "..A|...a"], expect!["own own own"]);
        check_shards(&["a", "a", "|...a"], expect!["stop stop stop"]);
    }

    #[test]
    fn who_lets_a_run_go_on_after_three_is_asked_again_after_twelve() {
        check(
            1,
            "aaaaaaaaaaaa",
            expect![
                "hold hold hold hold hold hold hold hold hold hold hold stop left [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]"
            ],
        );
    }

    #[test]
    fn what_was_refused_before_the_run_went_on_counts_no_more() {
        let [one, other] = ["aa", "aa"].map(|history| live(history, 0, "").0);
        let went_on = Some(at(7));
        assert!(one.everybodys(&[other.sight(went_on)], went_on).is_some());
        assert!(one.everybodys(&[other.sight(None)], went_on).is_none());
    }
}
