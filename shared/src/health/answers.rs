//! What a judge answers to the same question, time after time.
//!
//! Leaves out whether it is right: that takes people.

use serde::{Deserialize, Serialize};

use crate::judge::choice::{self, Choice};
use crate::score::Level;
use crate::stats::proportion::Proportion;
use crate::stats::repeats::{self, Passes};

/// What one judge answers to one question, time after time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Whether the response will do.
    passes: Vec<bool>,
    /// Of a comparison, whether both orders pick the same side.
    consistent: Vec<bool>,
}

impl Answers {
    /// Reads levels with what was chosen for them, in the order of the repeats; of a comparison, both orders
    /// of one repeat after the other.
    pub fn of(given: &[(Level, Option<Choice>)]) -> Self {
        let quarters: Option<Vec<u8>> = given.iter().map(|(_, choice)| choice.as_ref()?.quarters()).collect();
        let mut answers = Self::default();
        match quarters {
            None => answers.passes.extend(given.iter().map(|(level, _)| *level >= Level::PASSING)),
            Some(quarters) => {
                for orders in quarters.chunks(2) {
                    if let [first, second] = *orders {
                        answers.passes.push(choice::level_of_orders(first, second).passes());
                        answers.consistent.push(!choice::is_inconsistent(first, second));
                    }
                }
            }
        }
        answers
    }
}

/// How often a judge contradicts itself. Where only answers at the border are asked for again, it is about
/// those.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Flips {
    /// Questions that were asked more than once.
    pub n: u64,
    /// How often two answers to the same question differ in whether it will do.
    pub rate: f64,
}

/// Counts how often answers differ; none when nothing was asked twice.
pub fn flips(answers: &[Answers]) -> Option<Flips> {
    let asked = answers.iter().filter(|answers| answers.passes.len() > 1).map(|answers| Passes {
        passed: answers.passes.iter().filter(|passes| **passes).count() as u64,
        repeats: answers.passes.len() as u64,
    });
    let asked: Vec<_> = asked.collect();
    Some(Flips { n: asked.len() as u64, rate: repeats::flip_rate(&asked)? })
}

/// Gives how often both orders of a comparison pick the same side; none without comparisons.
pub fn order_consistency(answers: &[Answers]) -> Option<f64> {
    let pairs = answers.iter().flat_map(|answers| &answers.consistent);
    let (consistent, rest): (Vec<bool>, Vec<bool>) = pairs.partition(|consistent| **consistent);
    Proportion { part: consistent.len() as u64, rest: rest.len() as u64 }.rate()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn level(number: u8) -> Level {
        Level::try_from(number).expect("a level")
    }

    fn levels(numbers: &[u8]) -> Answers {
        Answers::of(&numbers.iter().map(|&number| (level(number), None)).collect::<Vec<_>>())
    }

    fn choices(choices: &[Choice]) -> Answers {
        Answers::of(&choices.iter().map(|&choice| (choice.level(), Some(choice))).collect::<Vec<_>>())
    }

    fn check(answers: &[Answers], expected: Expect) {
        let flips = flips(answers).map(|flips| (flips.n, flips.rate));
        expected.assert_eq(&format!("{flips:.3?} {:.3?}", order_consistency(answers)));
    }

    #[test]
    fn a_judge_that_contradicts_itself_flips() {
        check(&[], expect!["None None"]);
        check(&[levels(&[4])], expect!["None None"]);
        check(&[levels(&[4, 5, 4]), levels(&[3, 4, 5]), levels(&[1])], expect!["Some((2, 0.333)) None"]);
        check(&[choices(&[Choice::A, Choice::C])], expect!["Some((1, 1.000)) None"]);
    }

    #[test]
    fn a_comparison_is_one_answer_in_both_orders() {
        let (better, worse) = (Choice::MuchBetter, Choice::MuchWorse);
        check(&[choices(&[better, better])], expect!["None Some(1.000)"]);
        check(
            &[choices(&[better, worse]), choices(&[Choice::Equal, Choice::Equal])],
            expect!["None Some(0.500)"],
        );
        check(&[choices(&[better, better, worse, worse])], expect!["Some((1, 1.000)) Some(1.000)"]);
    }
}
