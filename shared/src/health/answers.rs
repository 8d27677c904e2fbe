//! What a judge answers to the same question, time after time.
//!
//! Leaves out whether it is right: that takes people.

use serde::{Deserialize, Serialize};

use crate::judge::choice::{self, Choice};
use crate::score::{HIGHEST, Level};
use crate::stats::proportion::Proportion;
use crate::stats::repeats::{self, Passes};

/// What one judge answers to one question, time after time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Whether the response will do.
    passes: Vec<bool>,
    /// The levels; none of a comparison, which gives none.
    levels: Vec<u8>,
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
            None => {
                answers.passes.extend(given.iter().map(|(level, _)| *level >= Level::PASSING));
                answers.levels.extend(given.iter().map(|(level, _)| level.number()));
            }
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

/// Where the differences of repeated levels come from, as scores from 0 to 1: from the responses, or from the
/// judge. Where only answers at the border are asked for again, it is about those.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Noise {
    /// Questions that were asked as often as most.
    pub n: u64,
    /// How often each.
    pub repeats: u64,
    /// The judge's own variance.
    pub judge_variance: f64,
    /// The variance of what is judged; 0 when the judge's hides it.
    pub item_variance: f64,
    /// How alike two answers to the same question are, ICC(1): at most 1.
    pub icc: Option<f64>,
    /// How alike two means of as many answers are, ICC(1,K).
    pub icc_of_means: Option<f64>,
    /// How often to ask each question, at least once, for most to be known for the money.
    pub best_repeats: Option<f64>,
    /// What a response costs in judgements of it; taken as 1 when it is not known.
    pub target_cost: Option<f64>,
}

/// Takes the levels of repeated answers apart; none of fewer than two questions that were asked as often.
pub fn noise(answers: &[Answers], target_cost: Option<f64>) -> Option<Noise> {
    let asked = |repeats: usize| answers.iter().filter(move |answers| answers.levels.len() == repeats);
    let most = answers.iter().map(|answers| answers.levels.len()).filter(|repeats| *repeats > 1);
    let usual = most.max_by_key(|repeats| (asked(*repeats).count(), *repeats))?;
    let rows: Vec<Vec<u8>> = asked(usual).map(|answers| answers.levels.clone()).collect();
    let noise = repeats::Noise::of(HIGHEST, &rows)?;
    Some(Noise {
        n: rows.len() as u64,
        repeats: usual as u64,
        judge_variance: noise.within,
        item_variance: noise.items,
        icc: noise.icc(),
        icc_of_means: noise.icc_of_means(),
        best_repeats: noise.best_repeats(target_cost.unwrap_or(1.0)).map(|repeats| repeats.max(1.0)),
        target_cost,
    })
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

    fn check_noise(answers: &[Answers], target_cost: Option<f64>, expected: Expect) {
        let noise = noise(answers, target_cost);
        expected.assert_eq(&noise.map_or("none".to_owned(), |noise| {
            let Noise { n, repeats, judge_variance, item_variance, icc, best_repeats, .. } = noise;
            format!("{n} asked {repeats} times: {judge_variance:.4} {item_variance:.4}, {icc:.4?}, best {best_repeats:.2?}")
        }));
    }

    #[test]
    fn what_differs_is_taken_apart() {
        check_noise(&[], None, expect!["none"]);
        check_noise(&[levels(&[5]), levels(&[4])], None, expect!["none"]);
        check_noise(&[levels(&[5, 4, 5])], None, expect!["none"]);
        check_noise(
            &[choices(&[Choice::MuchBetter; 4]), choices(&[Choice::MuchWorse; 4])],
            None,
            expect!["none"],
        );
        // Within (2/3 + 2/3)/4/25 = .0133, between 3·((14/3 − 8/3)/√2)²/25 = .24: (.24 − .0133)/3 = .0756.
        let rows = [levels(&[5, 4, 5]), levels(&[3, 3, 2]), levels(&[1, 2])];
        check_noise(&rows, None, expect!["2 asked 3 times: 0.0133 0.0756, Some(0.8500), best Some(1.00)"]);
        check_noise(
            &rows,
            Some(100.0),
            expect!["2 asked 3 times: 0.0133 0.0756, Some(0.8500), best Some(4.20)"],
        );
    }
}
