//! What a gate finds: each check by itself, in words.

use super::Verdict;
use super::checks::{Baseline, NotWorse};
use crate::clusters;
use crate::compare::{self, Comparison, words};
use crate::health::{self, Card, Status};
use crate::percent::{of as percent, range};
use crate::run::{self, Run};
use crate::share::Share;
use crate::stats::Z_95;
use crate::stats::margin::Decision;
use crate::stats::proportion::Proportion;
use crate::summary::Summary;

/// What was found by one check.
pub struct Finding {
    pub verdict: Verdict,
    /// With the numbers; starts lower case, ends without a full stop.
    pub reason: String,
}

/// Finds that a run was cancelled: what is left of it decides nothing.
pub fn cancelled(run: &Run) -> Option<Finding> {
    let counts = run.counts;
    let reason = format!("the run was cancelled with {} of {} done", counts.done, words::items(counts.total));
    (run.status == run::Status::Cancelled).then_some(Finding { verdict: Verdict::Fail, reason })
}

/// Finds unscored items; too many of them leave the others without a word.
pub fn unscored(summary: &Summary) -> Option<Finding> {
    if summary.unscored == 0 {
        return None;
    }
    let bounds = summary
        .pass_rate_bounds
        .map(|bounds| format!("; whatever they are, the pass rate is within {} %", range(bounds)));
    let many = compare::is_too_many(summary.unscored, summary.items);
    let reason = format!(
        "{} of {} unscored{}{}",
        summary.unscored,
        words::items(summary.items),
        if many { ", more than 5 %, so that the others cannot speak for all" } else { "" },
        bounds.unwrap_or_default()
    );
    Some(Finding { verdict: if many { Verdict::Inconclusive } else { Verdict::Pass }, reason })
}

/// Finds that the judge missed a canary.
pub fn canaries(summary: &Summary) -> Option<Finding> {
    let canaries = &summary.canaries;
    let reason = format!(
        "the judge cannot be relied on in this run: of {} canaries it missed {}",
        canaries.run,
        canaries.missed.join(", ")
    );
    (!canaries.missed.is_empty()).then_some(Finding { verdict: Verdict::Inconclusive, reason })
}

/// How many labels of each class it takes to say that a judge is not usable.
const ENOUGH_LABELS: u64 = 10;

/// Finds that people contradict the judge: its verdicts then tell nothing.
pub fn labels(judge: &Card) -> Option<Finding> {
    if judge.status != Status::NotUsable || !are_enough(judge) {
        return None;
    }
    let reason = format!("the judge is not usable for gates: {}", agreement(judge));
    Some(Finding { verdict: Verdict::Inconclusive, reason })
}

/// Says that the judge is not validated, where that decides nothing.
pub fn labels_note(judge: &Card) -> Option<String> {
    match judge.status {
        Status::Validated => None,
        Status::Weak => Some(format!("the judge is weak, not validated: {}", agreement(judge))),
        Status::NotUsable if are_enough(judge) => None,
        Status::NotUsable => {
            Some(format!("too few labels to tell whether the judge is right: {}", agreement(judge)))
        }
        Status::Unlabelled => Some(format!(
            "nobody has labelled what this judge judged; {} responses that pass and as many that fail would show whether it is right",
            health::FEWEST
        )),
    }
}

fn are_enough(judge: &Card) -> bool {
    let (sensitivity, specificity) = (judge.confusion.sensitivity(), judge.confusion.specificity());
    sensitivity.whole() >= ENOUGH_LABELS && specificity.whole() >= ENOUGH_LABELS
}

fn agreement(judge: &Card) -> String {
    let (sensitivity, specificity) = (judge.confusion.sensitivity(), judge.confusion.specificity());
    format!(
        "of {} that people pass it passes {}, of {} that they fail it fails {}",
        sensitivity.whole(),
        sensitivity.part,
        specificity.whole(),
        specificity.part
    )
}

/// Checks the pass rate as it was observed, items without an answer counted as failed.
pub fn pass_rate(summary: &Summary, least: Share) -> Finding {
    let (passed, items) = (summary.passed, summary.scored + summary.errored);
    let fewer = items as f64 / clusters::effect(summary.clusters);
    let rate = Proportion::of(passed, items).and_then(|rate| rate.interval_as_of(fewer, Z_95));
    let Some(interval) = rate else {
        return Finding {
            verdict: Verdict::Fail,
            reason: "nothing is scored, so there is no pass rate".to_owned(),
        };
    };
    let reached = least.is_reached(passed, items);
    let errored = match summary.errored {
        0 => String::new(),
        1 => ", 1 of them for want of an answer".to_owned(),
        errored => format!(", {errored} of them for want of an answer"),
    };
    let failed = items - passed;
    let reason = format!(
        "{passed} of {} pass and {failed} fail{errored}: {} (95 % interval {}) {} {}",
        words::items(items),
        percent(passed as f64 / items as f64),
        range(interval),
        if reached { "reaches" } else { "does not reach" },
        percent(least.value())
    );
    Finding { verdict: if reached { Verdict::Pass } else { Verdict::Fail }, reason }
}

/// Checks that a run is not worse than what it is compared with.
pub fn not_worse(check: &NotWorse, comparison: Option<&Comparison>) -> Finding {
    let than = match &check.than {
        Baseline::Original => "the original responses".to_owned(),
        Baseline::Run(run) => format!("run {run}"),
    };
    let Some(comparison) = comparison else {
        return Finding {
            verdict: Verdict::Inconclusive,
            reason: format!("there is nothing to compare with: the run has no scores of {than}"),
        };
    };
    if !comparison.comparable {
        let why = comparison.incomparable.join("; ");
        return Finding {
            verdict: Verdict::Inconclusive,
            reason: format!("it does not compare with {than}: {why}"),
        };
    }
    let Some(changes) = words::changes(comparison) else {
        return Finding {
            verdict: Verdict::Inconclusive,
            reason: format!("no item has a score both here and in {than}"),
        };
    };
    let found = match comparison.verdict {
        Decision::Better | Decision::NonInferior | Decision::WorseWithinMargin => Verdict::Pass,
        Decision::Fail | Decision::FailSignificantlyWorse => Verdict::Fail,
        Decision::Inconclusive => Verdict::Inconclusive,
    };
    let missing = match comparison.unscored {
        0 => String::new(),
        missing => format!("; {} more without a score on one side", words::items(missing)),
    };
    let needed = words::needed(comparison).filter(|_| found == Verdict::Inconclusive);
    let reason = format!(
        "against {than}, over {}: {changes}; at a margin of {} points: {}{missing}{}",
        words::items(comparison.items),
        check.margin.points(),
        words::verdict(comparison.verdict),
        needed.map(|needed| format!("; {needed}")).unwrap_or_default()
    );
    Finding { verdict: found, reason }
}
