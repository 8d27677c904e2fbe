//! What can be said of a run before it is over: a verdict that no remaining item can change.
//!
//! To say so is always allowed, since it is what the whole run would have said; anything else read from half a
//! run would find a difference by chance, the more often somebody looks. Leaves out what a gate checks (`gate`).

use serde::{Deserialize, Serialize};

use crate::compare::Comparison;
use crate::share::Share;
use crate::stats::margin::Decision;
use crate::stats::paired::Table;
use crate::stats::sequential::{self, ENOUGH};

/// What a run that is not over can no longer come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuledOut {
    /// It cannot pass: it will fail, or nothing can be told.
    Pass,
    /// It cannot fail: it will pass, or nothing can be told.
    Fail,
}

/// What can be said of a run before it is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Early {
    /// What the gate can no longer come to, whatever the remaining items do; none while all is open.
    pub ruled_out: Option<RuledOut>,
    /// More broke than were fixed, by so much that it is no chance, however often somebody looks.
    pub worse: bool,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub passed: u64,
    /// Items with a score or without an answer, which count as failed.
    pub counted: u64,
    /// Items that are not done.
    pub remaining: u64,
}

/// Says what can be said of a run that is held to a pass rate, to a comparison, or to both.
///
/// The comparison is of the items that are done, at the margin that the run is held to.
pub fn of(progress: Progress, least: Option<Share>, comparison: Option<&Comparison>) -> Early {
    let table = comparison.map(table);
    let by_rate = least.and_then(|least| by_rate(progress, least));
    let by_margin = comparison.zip(table).and_then(|(comparison, table)| {
        let margin = comparison.margin.value();
        sequential::settled_as(&table, progress.remaining, margin, Decision::ships)
    });
    let checks: Vec<_> =
        [least.map(|_| by_rate), comparison.map(|_| by_margin)].into_iter().flatten().collect();
    let ruled_out = if checks.contains(&Some(false)) {
        Some(RuledOut::Pass)
    } else if !checks.is_empty() && checks.iter().all(|check| *check == Some(true)) {
        Some(RuledOut::Fail)
    } else {
        None
    };
    let worse =
        |table: Table| table.broke > table.fixed && sequential::evidence(table.broke, table.fixed) >= ENOUGH;
    Early { ruled_out, worse: table.is_some_and(worse) }
}

/// Tells whether a pass rate will be reached; none while that is open, and of no items.
fn by_rate(Progress { passed, counted, remaining }: Progress, least: Share) -> Option<bool> {
    let all = counted + remaining;
    if all == 0 || !least.is_reached(passed + remaining, all) {
        return (all > 0).then_some(false);
    }
    // A run without a score fails, whatever it is held to.
    (counted > 0 && passed > 0 && least.is_reached(passed, all)).then_some(true)
}

fn table(comparison: &Comparison) -> Table {
    let Comparison { both_pass, broke, fixed, both_fail, .. } = *comparison;
    Table { both_pass, broke, fixed, both_fail }
}

/// Says it in words; nothing while all is open.
pub fn words(early: Early) -> Vec<&'static str> {
    let ruled_out = early.ruled_out.map(|ruled_out| match ruled_out {
        RuledOut::Pass => "it can no longer pass, whatever the remaining items come to",
        RuledOut::Fail => "it can no longer fail, whatever the remaining items come to",
    });
    let worse = early.worse.then_some("more broke than were fixed, and not by chance");
    ruled_out.into_iter().chain(worse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::pairs::Pairs;
    use crate::compare::{self, Unanswered};
    use crate::score::Threshold;
    use expect_test::{Expect, expect};

    /// Looks at a run held to a pass rate of 0.8.
    fn check(passed: u64, counted: u64, remaining: u64, expected: Expect) {
        let least = Share::try_from(0.8).expect("a share");
        let early = of(Progress { passed, counted, remaining }, Some(least), None);
        expected.assert_eq(&format!("{:?}", early.ruled_out));
    }

    #[test]
    fn a_pass_rate_is_settled_by_its_best_and_its_worst_case() {
        check(0, 0, 0, expect!["None"]);
        check(0, 0, 10, expect!["None"]);
        check(0, 2, 8, expect!["None"]);
        check(0, 3, 7, expect!["Some(Pass)"]);
        check(7, 7, 3, expect!["None"]);
        check(8, 8, 2, expect!["Some(Fail)"]);
        check(8, 9, 0, expect!["Some(Fail)"]);
    }

    /// Looks at a run of which so many broke and were fixed, held to a margin of five points.
    fn check_margin(broke: u64, fixed: u64, both_pass: u64, remaining: u64, expected: Expect) {
        let nothing = compare::of(&Pairs::default(), Threshold::default(), Share::MARGIN, Unanswered::Fails);
        let comparison = Comparison { broke, fixed, both_pass, ..nothing };
        let counted = broke + fixed + both_pass;
        let progress = Progress { passed: fixed + both_pass, counted, remaining };
        let early = of(progress, None, Some(&comparison));
        expected.assert_eq(&words(early).join("; "));
    }

    #[test]
    fn a_comparison_is_settled_when_no_end_of_it_ships() {
        check_margin(0, 0, 0, 10, expect![""]);
        check_margin(3, 2, 40, 60, expect![""]);
        check_margin(
            40,
            1,
            50,
            9,
            expect![
                "it can no longer pass, whatever the remaining items come to; more broke than were fixed, and not by chance"
            ],
        );
        check_margin(20, 1, 20, 200, expect!["more broke than were fixed, and not by chance"]);
        check_margin(1, 60, 40, 5, expect!["it can no longer fail, whatever the remaining items come to"]);
    }

    #[test]
    fn every_check_must_be_settled_to_pass_and_one_to_fail() {
        let nothing = compare::of(&Pairs::default(), Threshold::default(), Share::MARGIN, Unanswered::Fails);
        let disaster = Comparison { broke: 40, both_pass: 40, ..nothing };
        let least = Share::try_from(0.1).expect("a share");
        let progress = Progress { passed: 40, counted: 80, remaining: 5 };
        let ruled_out = |comparison| of(progress, Some(least), comparison).ruled_out;
        assert_eq!(ruled_out(None), Some(RuledOut::Fail));
        assert_eq!(ruled_out(Some(&disaster)), Some(RuledOut::Pass));
    }
}
