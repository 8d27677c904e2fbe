//! The same responses judged twice: how noisy a judge is, and whether it still judges as it did.
//!
//! Only a run that asks everything anew judges a response twice. Leaves out repeats within one run
//! (`answers`). Source: `spec/judging.md` A.5 and A.7.

use serde::{Deserialize, Serialize};

use crate::share::Share;
use crate::stats::agreement::Confusion;
use crate::stats::power::Aim;
use crate::stats::proportion::Proportion;
use crate::stats::{Interval, Z_95};

/// How often a judge that is asked anew about the same responses says otherwise: what any two runs differ by
/// when nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Again {
    /// Responses that were judged twice.
    pub n: u64,
    /// The share of which one judgement passes and the other does not.
    pub rate: f64,
    /// Wilson's, 95 %.
    pub interval: Interval,
    /// How many items a gate with a margin of five points needs because of it; none when nothing differs.
    pub items_for_margin: Option<u64>,
}

/// Counts how often two judgements of the same response differ; none when nothing was judged twice.
pub fn again(passes: &[(bool, bool)]) -> Option<Again> {
    let differ = passes.iter().filter(|(one, other)| one != other).count() as u64;
    let share = Proportion { part: differ, rest: passes.len() as u64 - differ };
    let rate = share.rate()?;
    let items_for_margin = Aim::default().items_for_margin(rate, Share::MARGIN.value());
    Some(Again { n: share.whole(), rate, interval: share.interval(Z_95)?, items_for_margin })
}

/// How well a judge agreed with people when it first judged some responses, and when it was last asked anew.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Drift {
    /// Labelled questions that were judged then and anew.
    pub n: u64,
    pub kappa_before: f64,
    pub kappa_now: f64,
    /// Kappa fell by more than it may, on enough questions to say so.
    pub drifted: bool,
}

/// How much kappa may fall.
pub const MOST_FALL: f64 = 0.15;
/// The fewest questions on which a fall says anything.
pub const FEWEST_AGAIN: u64 = 20;

/// One question that people answered and the judge was asked twice: whether the response will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twice {
    pub before: bool,
    pub now: bool,
    pub people: bool,
}

/// Compares how well a judge agrees with people on the same questions; none where kappa is not defined.
pub fn drift(questions: &[Twice]) -> Option<Drift> {
    let kappa = |judge: fn(&Twice) -> bool| {
        Confusion::of(questions.iter().map(|question| (judge(question), question.people))).kappa()
    };
    let (kappa_before, kappa_now) = kappa(|twice| twice.before).zip(kappa(|twice| twice.now))?;
    let n = questions.len() as u64;
    let drifted = n >= FEWEST_AGAIN && kappa_before - kappa_now > MOST_FALL;
    Some(Drift { n, kappa_before, kappa_now, drifted })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(differ: usize, same: usize, expected: Expect) {
        let pairs = std::iter::repeat_n((true, false), differ).chain(std::iter::repeat_n((true, true), same));
        let again = again(&pairs.collect::<Vec<_>>());
        expected.assert_eq(&again.map_or("none".to_owned(), |again| {
            let Interval(low, high) = again.interval;
            format!("{:.3} of {} in {low:.3} to {high:.3}, {:?}", again.rate, again.n, again.items_for_margin)
        }));
    }

    #[test]
    fn what_is_judged_twice_shows_the_noise() {
        check(0, 0, expect!["none"]);
        check(0, 1, expect!["0.000 of 1 in 0.000 to 0.793, None"]);
        check(1, 1, expect!["0.500 of 2 in 0.095 to 0.905, Some(1237)"]);
        // The design's figure: a share of .117 and a margin of .05 take 290 items.
        check(117, 883, expect!["0.117 of 1000 in 0.099 to 0.138, Some(290)"]);
    }

    /// Compares so many questions: of each kind, what the judge said before and now, and what people say.
    fn check_drift(kinds: &[(usize, bool, bool, bool)], expected: Expect) {
        let questions = kinds.iter().flat_map(|&(count, before, now, people)| {
            std::iter::repeat_n(Twice { before, now, people }, count)
        });
        let drift = drift(&questions.collect::<Vec<_>>());
        expected.assert_eq(&drift.map_or("none".to_owned(), |drift| {
            let Drift { n, kappa_before, kappa_now, drifted } = drift;
            format!("{kappa_before:.3} then, {kappa_now:.3} now, of {n}: {drifted}")
        }));
    }

    #[test]
    fn a_judge_that_agrees_less_than_it_did_has_drifted() {
        check_drift(&[], expect!["none"]);
        check_drift(&[(20, true, true, true)], expect!["none"]);
        check_drift(
            &[(10, true, true, true), (10, false, false, false)],
            expect!["1.000 then, 1.000 now, of 20: false"],
        );
        check_drift(
            &[(10, true, true, true), (8, false, false, false), (2, false, true, false)],
            expect!["1.000 then, 0.800 now, of 20: true"],
        );
        check_drift(
            &[(10, true, true, true), (7, false, false, false), (2, false, true, false)],
            expect!["1.000 then, 0.787 now, of 19: false"],
        );
        check_drift(
            &[(10, true, true, true), (9, false, false, false), (1, false, true, false)],
            expect!["1.000 then, 0.900 now, of 20: false"],
        );
        check_drift(
            &[(10, true, true, true), (8, false, false, false), (2, true, false, false)],
            expect!["0.800 then, 1.000 now, of 20: false"],
        );
    }
}
