//! How long an item's calls may still take: each has its deadline, the tries of a question have one, and so has the item.
//!
//! Pure: it is told how long calls took. What a provider wished to be waited for is not counted. Leaves out earlier
//! slices: what they were answered is stored, and what they were not is asked with new patience.

use std::cell::Cell;

/// How long one try may take, all tries of a question, and all questions of an item, in milliseconds. An item has less than
/// its questions together, so that one that is slow throughout does not hold a slice up until the platform ends it.
pub const OF_A_TRY_MS: u64 = 120_000;
const OF_A_QUESTION_MS: u64 = 300_000;
const OF_AN_ITEM_MS: u64 = 420_000;

/// What an item's calls have taken so far.
#[derive(Debug, Default)]
pub struct Patience {
    spent_ms: Cell<u64>,
}

/// What one question of an item has taken. Of questions that are asked at once, the slowest counts.
#[derive(Debug)]
pub struct Question<'a> {
    item: &'a Patience,
    before_ms: u64,
    spent_ms: u64,
}

impl Patience {
    /// Begins a question.
    pub fn question(&self) -> Question<'_> {
        Question { item: self, before_ms: self.spent_ms.get(), spent_ms: 0 }
    }
}

impl Question<'_> {
    /// Gives how long the next try may take; 0 when there is no time for one.
    pub fn deadline_ms(&self) -> u64 {
        OF_A_TRY_MS.min(self.most_ms().saturating_sub(self.spent_ms))
    }

    /// Something took so long.
    pub fn took(&mut self, ms: u64) {
        self.spent_ms += ms;
        self.item.spent_ms.set(self.item.spent_ms.get().max(self.before_ms + self.spent_ms));
    }

    /// Says that the time is up.
    pub fn why(&self) -> String {
        let most_ms = self.most_ms();
        if most_ms < OF_A_QUESTION_MS {
            format!("the calls of its item took {OF_AN_ITEM_MS} ms, as long as they may")
        } else {
            format!("there was no answer within {most_ms} ms")
        }
    }

    fn most_ms(&self) -> u64 {
        OF_A_QUESTION_MS.min(OF_AN_ITEM_MS.saturating_sub(self.before_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Asks questions one after the other, each a list of seconds that its tries take.
    fn check(questions: &[&[u64]], expected: Expect) {
        let patience = Patience::default();
        let told = questions.iter().map(|tries| {
            let mut question = patience.question();
            let tries = tries.iter().map(|seconds| {
                let deadline_ms = question.deadline_ms();
                question.took((seconds * 1_000).min(deadline_ms));
                format!("{}", deadline_ms / 1_000)
            });
            let tries = tries.collect::<Vec<_>>().join(" ");
            if question.deadline_ms() > 0 { tries } else { format!("{tries}: {}", question.why()) }
        });
        expected.assert_eq(&told.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_try_a_question_and_an_item_have_their_deadlines() {
        check(
            &[&[1, 5], &[3]],
            expect![[r#"
            120 120
            120"#]],
        );
        check(&[&[200, 200, 200, 200]], expect!["120 120 60 0: there was no answer within 300000 ms"]);
        check(
            &[&[100, 100], &[100, 100, 100], &[1]],
            expect![[r#"
                120 120
                120 120 20: the calls of its item took 420000 ms, as long as they may
                0: the calls of its item took 420000 ms, as long as they may"#]],
        );
    }

    #[test]
    fn of_questions_that_are_asked_at_once_the_slowest_counts() {
        let patience = Patience::default();
        let mut both = [patience.question(), patience.question()];
        both[0].took(90_000);
        both[1].took(60_000);
        assert_eq!(patience.spent_ms.get(), 90_000);
    }
}
