//! The gate: whether a change may ship, by what was asked for. It fails closed.
//!
//! Four outcomes. A run that is not over is incomplete. One that cannot be relied on is inconclusive: more
//! than 5 % of its items are unscored, or the judge missed a canary. Items without an answer count as failed,
//! unscored ones neither way. Leaves out waiting, and what HTTP makes of the outcome.

pub mod checks;
pub mod findings;

use serde::{Deserialize, Serialize};

use self::checks::Checks;
use crate::compare::{Comparison, words};
use crate::early::{self, Early, Progress};
use crate::health::Card;
use crate::id::RunId;
use crate::run::{Run, Status};
use crate::summary::Summary;

/// What the gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// The run is not over.
    Incomplete,
    /// It cannot be told.
    Inconclusive,
}

/// The gate's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gate {
    pub verdict: Verdict,
    /// What was looked at and what was found, with the numbers.
    pub reasons: Vec<String>,
    /// What qualifies the verdict without changing it.
    #[serde(default)]
    pub notes: Vec<String>,
    pub run: RunId,
    pub status: Status,
    /// While the run is not over, what can be said already; none after, and while nothing is known of it.
    #[serde(default)]
    pub early: Option<Early>,
    /// None while the run is not over: a look at half of it must not decide.
    pub summary: Option<Summary>,
    /// The comparison that was asked for, in which items without an answer count as failed.
    pub comparison: Option<Comparison>,
}

/// Says that a run cannot be decided on yet: `unfinished` is not over, itself or the one it is compared with.
pub fn incomplete(run: &Run, unfinished: &Run) -> Gate {
    let counts = unfinished.counts;
    let which = if unfinished.id == run.id { "the run" } else { "the run to compare with" };
    let word = match unfinished.status {
        Status::Queued => "has not begun",
        Status::Paused => "is paused",
        Status::Running | Status::Done | Status::Cancelled => "is under way",
    };
    let why = unfinished.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    Gate {
        verdict: Verdict::Incomplete,
        reasons: vec![format!("{which} {word}{why}: {} of {} done", counts.done, words::items(counts.total))],
        notes: Vec::new(),
        run: run.id.clone(),
        status: run.status,
        early: None,
        summary: None,
        comparison: None,
    }
}

/// Says what can be said of a run before it is over; `summary` and `comparison` are of what is done, as for
/// [`decide`].
pub fn look_ahead(run: &Run, checks: &Checks, summary: &Summary, comparison: Option<&Comparison>) -> Early {
    let progress = Progress {
        passed: summary.passed,
        counted: summary.scored + summary.errored,
        remaining: run.counts.total.saturating_sub(summary.items),
    };
    // What nothing is known of cannot be settled.
    match (&checks.not_worse, comparison) {
        (Some(_), None) => Early::default(),
        (_, comparison) => early::of(progress, checks.min_pass_rate, comparison),
    }
}

impl Gate {
    /// Adds what can be said already to the answer that a run is not over.
    pub fn with_early(self, early: Early) -> Self {
        let notes = early::words(early).into_iter().map(str::to_owned).collect();
        Self { early: Some(early), notes, ..self }
    }
}

/// Decides about a run that is over.
///
/// `comparison` is the one that the checks ask for, with [`crate::compare::Unanswered::Fails`]; none when there is
/// nothing to compare with. `judge` is what people's labels say of the judge; none when that is not known.
pub fn decide(
    run: &Run,
    checks: &Checks,
    summary: Summary,
    comparison: Option<Comparison>,
    judge: Option<&Card>,
) -> Gate {
    let mut found = vec![
        findings::cancelled(run),
        findings::unscored(&summary),
        findings::canaries(&summary),
        judge.and_then(findings::labels),
    ];
    let doubtful = found.iter().flatten().any(|finding| finding.verdict == Verdict::Inconclusive);
    found.push(checks.min_pass_rate.map(|least| findings::pass_rate(&summary, least)));
    found.push(checks.not_worse.as_ref().map(|check| findings::not_worse(check, comparison.as_ref())));
    let found: Vec<_> = found.into_iter().flatten().collect();
    let any = |verdict| found.iter().any(|finding| finding.verdict == verdict);
    let verdict = match () {
        // Nothing was scored: there is nothing to doubt.
        () if run.status == Status::Cancelled || summary.scored == 0 => Verdict::Fail,
        () if doubtful => Verdict::Inconclusive,
        () if any(Verdict::Fail) => Verdict::Fail,
        () if any(Verdict::Inconclusive) => Verdict::Inconclusive,
        () => Verdict::Pass,
    };
    Gate {
        verdict,
        reasons: found.into_iter().map(|finding| finding.reason).collect(),
        notes: notes(&summary, judge),
        run: run.id.clone(),
        status: run.status,
        early: None,
        summary: Some(summary),
        comparison,
    }
}

fn notes(summary: &Summary, judge: Option<&Card>) -> Vec<String> {
    let clusters = summary.clusters.map(words::together);
    clusters.into_iter().chain(judge.and_then(findings::labels_note)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{self, Unanswered};
    use crate::gate::checks::{Baseline, NotWorse};
    use crate::health;
    use crate::health::pair::{Pair, Pairs, Verdict as Said};
    use crate::id::ItemId;
    use crate::score::{MeanLevel, Weight};
    use crate::share::Share;
    use crate::summary::exact::Exact;
    use crate::summary::{self, Column, Scores};
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn run(status: &str) -> Run {
        let model = json!({"provider": "demo", "model": "echo"});
        let run = json!({
            "id": "r", "name": "n", "set_id": "s", "set_name": "s", "set_version": 1, "target": model, "judge": model,
            "judge_version": "0".repeat(64), "threshold": 0.8, "budget_usd": null, "baseline": true, "status": status,
            "reason": null, "resumes_at": null, "calls": {"target": 0, "judge": 0, "memoised": 0, "retried": 0},
            "counts": {"total": 9, "done": 4, "passed": 2, "failed": 2, "unscored": 0, "errored": 0}, "cost_usd": null,
            "concurrency": {"asked": 1, "now": 1}, "eta_seconds": null, "simulated": false,
            "created_at": "2026-11-01T00:00:00.000Z", "finished_at": null, "summary": null,
        });
        serde_json::from_value(run).expect("a run")
    }

    /// Makes the columns of items, a line of new levels above a line of the originals'; see [`crate::compare`].
    fn scores(new: &str, originals: &str) -> Scores {
        let levels = |line: &str| {
            let level = |letter: char| MeanLevel::try_from(f64::from(letter.to_digit(6)?)).ok();
            line.chars().map(level).collect()
        };
        let item = |n: usize| ItemId::try_from(format!("i{n}")).expect("an id");
        Scores {
            items: (0..new.len()).map(item).collect(),
            criteria: vec![Column {
                name: "a".to_owned(),
                weight: Weight::default(),
                required: false,
                levels: levels(new),
                baseline_levels: levels(originals),
            }],
            errored: new.chars().map(|letter| letter == '!').collect(),
            ..Scores::default()
        }
    }

    fn rate(least: f64) -> Checks {
        Checks { min_pass_rate: Share::try_from(least).ok(), not_worse: None }
    }

    fn originals_within(margin: f64) -> Checks {
        let margin = Share::try_from(margin).expect("a share");
        Checks { min_pass_rate: None, not_worse: Some(NotWorse { than: Baseline::Original, margin }) }
    }

    fn shown(gate: &Gate) -> String {
        format!("{:?}\n{}\n", gate.verdict, gate.reasons.join("\n"))
    }

    /// Holds a run that is done to a pass rate of 0.8.
    fn check_rate(new: &str, expected: Expect) {
        let checks = rate(0.8);
        let summary = summary::of(&scores(new, new), run("done").threshold);
        expected.assert_eq(&shown(&decide(&run("done"), &checks, summary, None, None)));
    }

    /// Holds a run that is done to not being worse than the originals by more than a margin.
    fn check_margin(new: &str, originals: &str, margin: f64, expected: Expect) {
        let run = run("done");
        let checks = originals_within(margin);
        let scores = scores(new, originals);
        let margin = Share::try_from(margin).expect("a share");
        let comparison = scores
            .beside_originals(&Exact::of(&scores))
            .map(|pairs| compare::of(&pairs, run.threshold, margin, Unanswered::Fails));
        let summary = summary::of(&scores, run.threshold);
        expected.assert_eq(&shown(&decide(&run, &checks, summary, comparison, None)));
    }

    #[test]
    fn the_pass_rate_is_the_one_observed() {
        check_rate(
            &("5".repeat(83) + &"3".repeat(17)),
            expect![[r#"
            Pass
            83 of 100 items pass and 17 fail: 83.0 % (95 % interval 74.5 to 89.1) reaches 80.0 %
        "#]],
        );
        check_rate(
            &("5".repeat(8) + "33"),
            expect![[r#"
            Pass
            8 of 10 items pass and 2 fail: 80.0 % (95 % interval 49.0 to 94.3) reaches 80.0 %
        "#]],
        );
        check_rate(
            &("5".repeat(79) + &"3".repeat(21)),
            expect![[r#"
            Fail
            79 of 100 items pass and 21 fail: 79.0 % (95 % interval 70.0 to 85.8) does not reach 80.0 %
        "#]],
        );
    }

    #[test]
    fn items_without_an_answer_count_as_failed() {
        check_rate(
            &("5".repeat(80) + &"!".repeat(21)),
            expect![[r#"
            Fail
            80 of 101 items pass and 21 fail, 21 of them for want of an answer: 79.2 % (95 % interval 70.3 to 86.0) does not reach 80.0 %
        "#]],
        );
        check_rate(
            "!!",
            expect![[r#"
            Fail
            0 of 2 items pass and 2 fail, 2 of them for want of an answer: 0.0 % (95 % interval 0.0 to 65.8) does not reach 80.0 %
        "#]],
        );
    }

    #[test]
    fn unscored_items_count_neither_way_until_they_are_too_many() {
        check_rate(
            &("5".repeat(95) + "?????"),
            expect![[r#"
                Pass
                5 of 100 items unscored; whatever they are, the pass rate is within 95.0 to 100.0 %
                95 of 95 items pass and 0 fail: 100.0 % (95 % interval 96.1 to 100.0) reaches 80.0 %
            "#]],
        );
        check_rate(
            &("5".repeat(94) + "??????"),
            expect![[r#"
                Inconclusive
                6 of 100 items unscored, more than 5 %, so that the others cannot speak for all; whatever they are, the pass rate is within 94.0 to 100.0 %
                94 of 94 items pass and 0 fail: 100.0 % (95 % interval 96.1 to 100.0) reaches 80.0 %
            "#]],
        );
    }

    #[test]
    fn a_run_without_a_score_fails() {
        check_rate(
            "",
            expect![[r#"
            Fail
            nothing is scored, so there is no pass rate
        "#]],
        );
        check_rate(
            "???",
            expect![[r#"
                Fail
                3 of 3 items unscored, more than 5 %, so that the others cannot speak for all; whatever they are, the pass rate is within 0.0 to 100.0 %
                nothing is scored, so there is no pass rate
            "#]],
        );
    }

    #[test]
    fn a_judge_that_missed_a_canary_decides_nothing() {
        let mut summary = summary::of(&scores("555", "555"), run("done").threshold);
        summary.canaries.run = 8;
        summary.canaries.missed = vec!["empty".to_owned()];
        let checks = rate(0.8);
        expect![[r#"
            Inconclusive
            the judge cannot be relied on in this run: of 8 canaries it missed empty
            3 of 3 items pass and 0 fail: 100.0 % (95 % interval 43.9 to 100.0) reaches 80.0 %
        "#]]
        .assert_eq(&shown(&decide(&run("done"), &checks, summary, None, None)));
    }

    #[test]
    fn a_cancelled_run_fails() {
        let run = run("cancelled");
        let checks = rate(0.5);
        let summary = summary::of(&scores("5555", "5555"), run.threshold);
        expect![[r#"
            Fail
            the run was cancelled with 4 of 9 items done
            4 of 4 items pass and 0 fail: 100.0 % (95 % interval 51.0 to 100.0) reaches 50.0 %
        "#]]
        .assert_eq(&shown(&decide(&run, &checks, summary, None, None)));
    }

    #[test]
    fn a_run_that_is_not_over_is_incomplete() {
        let (queued, running, paused) = (run("queued"), run("running"), run("paused"));
        let paused = Run { reason: Some("the budget is spent".to_owned()), ..paused };
        let other = Run { id: RunId::try_from("other".to_owned()).expect("an id"), ..running.clone() };
        let gates = [(&queued, &queued), (&running, &running), (&paused, &paused), (&queued, &other)]
            .map(|(run, unfinished)| shown(&incomplete(run, unfinished)));
        expect![[r#"
            Incomplete
            the run has not begun: 4 of 9 items done
            Incomplete
            the run is under way: 4 of 9 items done
            Incomplete
            the run is paused (the budget is spent): 4 of 9 items done
            Incomplete
            the run to compare with is under way: 4 of 9 items done
        "#]]
        .assert_eq(&gates.concat());
    }

    #[test]
    fn a_run_must_not_be_worse_by_more_than_the_margin() {
        check_margin(
            &"5".repeat(100),
            &"5".repeat(100),
            0.05,
            expect![[r#"
            Pass
            against the original responses, over 100 items: 0 broke, 0 fixed. Difference 0.0 points (90 % interval -2.6 to 2.6); at a margin of 5 points: not worse by more than the margin
        "#]],
        );
        check_margin(
            &("3".repeat(7) + "55"),
            &("5".repeat(7) + "33"),
            0.05,
            expect![[r#"
            Fail
            against the original responses, over 9 items: 7 broke, 2 fixed. Difference -55.6 points (90 % interval -84.7 to -0.7); at a margin of 5 points: significantly worse - do not ship
        "#]],
        );
        check_margin(
            &"3".repeat(40),
            &"5".repeat(40),
            0.05,
            expect![[r#"
            Fail
            against the original responses, over 40 items: 40 broke, 0 fixed. Difference -100.0 points (90 % interval -100.0 to -87.3); at a margin of 5 points: worse by more than the margin - do not ship
        "#]],
        );
        check_margin(
            &"5".repeat(40),
            &"3".repeat(40),
            0.05,
            expect![[r#"
            Pass
            against the original responses, over 40 items: 0 broke, 40 fixed. Difference 100.0 points (90 % interval 87.3 to 100.0); at a margin of 5 points: better
        "#]],
        );
    }

    #[test]
    fn a_run_that_gives_no_answers_is_worse() {
        check_margin(
            &("5".repeat(60) + &"!".repeat(20)),
            &("5".repeat(60) + &"?".repeat(20)),
            0.05,
            expect![[r#"
                Fail
                against the original responses, over 80 items: 20 broke, 0 fixed. Difference -25.0 points (90 % interval -33.7 to -17.9); at a margin of 5 points: worse by more than the margin - do not ship
            "#]],
        );
    }

    #[test]
    fn a_comparison_without_numbers_tells_nothing() {
        check_margin(
            "55",
            "??",
            0.05,
            expect![[r#"
            Inconclusive
            there is nothing to compare with: the run has no scores of the original responses
        "#]],
        );
        let run = run("done");
        let checks = originals_within(0.05);
        let refused = compare::refused(vec!["they differ".to_owned()], Share::MARGIN);
        let summary = summary::of(&scores("5", "5"), run.threshold);
        expect![[r#"
            Inconclusive
            it does not compare with the original responses: they differ
        "#]]
        .assert_eq(&shown(&decide(&run, &checks, summary, Some(refused), None)));
    }

    #[test]
    fn every_check_that_was_asked_for_must_pass() {
        let run = run("done");
        let checks = Checks { min_pass_rate: rate(0.9).min_pass_rate, ..originals_within(0.05) };
        let scores = scores(&("5".repeat(80) + &"3".repeat(20)), &("5".repeat(80) + &"3".repeat(20)));
        let comparison = scores
            .beside_originals(&Exact::of(&scores))
            .map(|pairs| compare::of(&pairs, run.threshold, Share::MARGIN, Unanswered::Fails));
        let summary = summary::of(&scores, run.threshold);
        expect![[r#"
            Fail
            80 of 100 items pass and 20 fail: 80.0 % (95 % interval 71.1 to 86.7) does not reach 90.0 %
            against the original responses, over 100 items: 0 broke, 0 fixed. Difference 0.0 points (90 % interval -2.6 to 2.6); at a margin of 5 points: not worse by more than the margin
        "#]].assert_eq(&shown(&decide(&run, &checks, summary, comparison, None)));
    }
    /// Holds a run that passes to what people's labels say of its judge: so many right and wrong passes, wrong
    /// and right fails.
    fn check_labels([both_pass, judge_only, human_only, both_fail]: [usize; 4], expected: Expect) {
        let verdict = |passes| Said { passes, level: None };
        let pairs = [(both_pass, true, true), (judge_only, true, false)]
            .into_iter()
            .chain([(human_only, false, true), (both_fail, false, false)])
            .flat_map(|(count, judge, people)| {
                let (judge, people) = (verdict(judge), verdict(people));
                std::iter::repeat_n(
                    Pair { judge, people, length_ratio: None, own_family: None, stands: true },
                    count,
                )
            });
        let card = health::card(&Pairs { pairs: pairs.collect(), disputed: 0 });
        let summary = summary::of(&scores("55555", "55555"), run("done").threshold);
        let gate = decide(&run("done"), &rate(0.8), summary, None, Some(&card));
        expected.assert_eq(&format!("{}{:?}", shown(&gate), gate.notes));
    }

    #[test]
    fn a_judge_that_people_contradict_decides_nothing() {
        check_labels(
            [10, 9, 10, 11],
            expect![[r#"
            Inconclusive
            the judge is not usable for gates: of 20 that people pass it passes 10, of 20 that they fail it fails 11
            5 of 5 items pass and 0 fail: 100.0 % (95 % interval 56.6 to 100.0) reaches 80.0 %
            []"#]],
        );
    }

    #[test]
    fn a_judge_that_is_not_validated_is_named() {
        check_labels(
            [0, 0, 0, 0],
            expect![[r#"
            Pass
            5 of 5 items pass and 0 fail: 100.0 % (95 % interval 56.6 to 100.0) reaches 80.0 %
            ["nobody has labelled what this judge judged; 30 responses that pass and as many that fail would show whether it is right"]"#]],
        );
        check_labels(
            [4, 4, 4, 4],
            expect![[r#"
                Pass
                5 of 5 items pass and 0 fail: 100.0 % (95 % interval 56.6 to 100.0) reaches 80.0 %
                ["too few labels to tell whether the judge is right: of 8 that people pass it passes 4, of 8 that they fail it fails 4"]"#]],
        );
        check_labels(
            [20, 5, 5, 20],
            expect![[r#"
            Pass
            5 of 5 items pass and 0 fail: 100.0 % (95 % interval 56.6 to 100.0) reaches 80.0 %
            ["the judge is weak, not validated: of 25 that people pass it passes 20, of 25 that they fail it fails 20"]"#]],
        );
        check_labels(
            [40, 0, 0, 40],
            expect![[r#"
            Pass
            5 of 5 items pass and 0 fail: 100.0 % (95 % interval 56.6 to 100.0) reaches 80.0 %
            []"#]],
        );
    }
}
