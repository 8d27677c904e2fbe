//! Runs in words: where they stand, what came of them, how an item changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::chat::answerer::Answerer;
use shared::criteria::Name;
use shared::early::{self, Early};
use shared::judge::{Flag, Judge, Unscored};
use shared::outcome::{Change, Row, Verdict};
use shared::run::{Calls, Counts, Run, Status};
use shared::stats::Interval;
use shared::summary::{Side, Summary};
use shared::target::{SavedTarget, Target};
use shared::unseen::seen;

use super::fault;
use super::number::{count, counted, fixed, percent, percent_range, points, points_range, score, usd};
use crate::rescore::{Pairs, Rescored, Show, Standing};
use crate::result_order::First;

/// Says what it means to cancel a run that is so far.
pub fn cancelling(counts: &Counts) -> String {
    let done = format!("{} of {} done", count(counts.done), counted(counts.total, "item is", "items are"));
    format!(
        "{done}. It ends where it stands, and cannot go on afterwards. What is scored so far stays to be read; a new run of the same pays for nothing that was answered."
    )
}

/// Says how far a run was when it was cancelled, and what it took.
pub fn until_cancelled(counts: &Counts, calls: &Calls, cost_usd: Option<f64>) -> String {
    format!(
        "{} of {} done by then, with {} to the target and {} to the judge; cost {}.",
        count(counts.done),
        counted(counts.total, "item was", "items were"),
        counted(calls.target, "call", "calls"),
        count(calls.judge),
        usd(cost_usd)
    )
}

/// Says that the reader weighs the criteria otherwise than the run was judged with.
pub const WEIGHED: &str = "The criteria are weighed as set here, not as the run was judged. CI, reports and other pages hold the run to its own weights.";

/// Says that the reader leaves items out of the numbers.
pub fn left_out(items: u64) -> String {
    format!("{} left out of every number on this page.", counted(items, "item is", "items are"))
}

/// Says who counts them all the same.
pub const LEFT_OUT: &str = "CI, reports and other pages count them.";

/// Says that so many items are left out as an address holds.
pub fn most_left_out(items: u64) -> String {
    format!(
        "{} left out already, and the address of a page holds no more. Filter the list, or run a set without these items.",
        counted(items, "item is", "items are")
    )
}

/// Names the button that leaves an item out.
pub fn leave_out(request: &str) -> String {
    format!("Leave out: {request}")
}

/// Names the button that takes an item in again.
pub fn count_again(request: &str) -> String {
    format!("Count it again: {request}")
}

/// Says that something typed is no weight.
pub const NO_WEIGHT: &str =
    "A weight is a number up to 1000; 0 leaves the criterion out, and one must be left.";

/// Says where a run stands.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Queued => "waiting to start",
        Status::Running => "running",
        Status::Paused => "paused",
        Status::Done => "done",
        Status::Cancelled => "cancelled",
    }
}

/// Says what of a request the target's provider has no words for.
pub fn unsaid(lossy: &[String]) -> String {
    format!("The request asks more than the target's provider can be told; left out: {}.", lossy.join(", "))
}

/// Says how an item ended, with a mark that does not need colour.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓ pass",
        Verdict::Fail => "✗ fail",
        Verdict::Unscored => "? unscored",
        Verdict::Error => "! no answer",
    }
}

/// Says how an item changed against the original response, with a mark that does not need colour.
pub fn change(change: Change) -> &'static str {
    match change {
        Change::Broke => "▼ broke",
        Change::Fixed => "▲ fixed",
        Change::Same => "= same",
    }
}

/// Says what a person should know about a judgement.
pub fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::InstructionInData => "The response contains instructions to the judge; they were set aside.",
        Flag::Prefilter => "Too short or empty to need a judge.",
        Flag::Truncated => "Part of the text was too long to show the judge whole.",
        Flag::UnverifiedQuote => "The judge quotes what is not in the text.",
        Flag::SuspectedInjection => "The response looks as if it talks to the judge.",
        Flag::OrderInconsistent => "Asked in the other order, the judge prefers the other response.",
        Flag::PanelDisagrees => "Two judges are two levels or more apart.",
        Flag::AnswersDiffer => "Asked twice about it, the judge gives levels that are two or more apart.",
        Flag::SchemaRefused => {
            "The provider takes no form for the verdict; the judge was asked for it in words."
        }
        Flag::TemperatureRefused => "The provider takes no temperature; the judge answered at its usual one.",
    }
}

/// Says which model gave a judgement.
pub fn judged_by(answerer: &Answerer) -> String {
    format!("Judged by {answerer}.")
}

/// Says why a criterion has no level.
pub fn unscored(why: &Unscored) -> String {
    fault::sentence(&why.to_string())
}

/// Names a target in one line.
pub fn target(target: &Target) -> String {
    let prompt = target.prompt.as_ref().map_or("", |_| ", with its own prompt");
    format!("{}{prompt}", model(target.provider.as_str(), target.provider.own_model(&target.model)))
}

/// Names a saved target where one is chosen.
pub fn saved(saved: &SavedTarget) -> String {
    format!("{}, version {}: {}", seen(saved.name.as_str()), saved.version, target(&saved.target))
}

/// Says that a target was saved, and as which version.
pub fn target_saved(saved: &SavedTarget) -> String {
    format!("The target “{}” is saved for everybody, as version {}.", saved.name, saved.version)
}

/// Says that a saved target has another name.
pub fn target_renamed(before: &Name, saved: &SavedTarget) -> String {
    format!("The target “{before}” is called “{}” for everybody, as version {}.", saved.name, saved.version)
}

/// Says that a saved target was taken away.
pub fn target_gone(name: &Name) -> String {
    format!("The target “{name}” is gone for everybody. Runs that were started with it keep it.")
}

/// Names the target of an earlier run where one is chosen.
pub fn used(run: &Run) -> String {
    let target = target(&run.target);
    if run.name.as_str() == target { target } else { format!("{target} ({})", seen(run.name.as_str())) }
}

/// Names a judge in one line.
pub fn judge(judge: &Judge) -> String {
    let others = judge.panel.as_slice().iter();
    let others =
        others.map(|member| model(member.provider.as_str(), member.provider.own_model(&member.model)));
    let first = model(judge.provider.as_str(), judge.provider.own_model(&judge.model));
    let name = std::iter::once(first).chain(others).collect::<Vec<_>>().join(" + ");
    match judge.repeats.number() {
        1 => name,
        times => format!("{name}, asked {times} times"),
    }
}

fn model(provider: &str, model: &str) -> String {
    format!("{provider}/{}", seen(model))
}

/// The most models that are named.
const NAMED: usize = 8;

/// Warns that a provider lists other models than the one that is typed; none when it does, lists none, or nothing is typed.
///
/// A simulated provider has what it lists and no more; another may have models that nobody gave a price.
pub fn not_listed(provider: &str, simulated: bool, typed: &str, known: &[&str]) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() || known.is_empty() || known.contains(&typed) {
        return None;
    }
    let more = match known.len().saturating_sub(NAMED) as u64 {
        0 => String::new(),
        more => format!(" and {} more", count(more)),
    };
    let names = known.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ") + &more;
    Some(if simulated {
        format!("{provider} has no model {typed}. It has {names}.")
    } else {
        format!("Settings list no model {typed} of {provider}. Listed are {names}.")
    })
}

/// Names the criteria that a set has now.
pub fn newest_criteria(newest: u32) -> String {
    format!("those that the set has now, in version {newest}")
}

/// Says what a list of items shows.
pub fn show(show: Show) -> String {
    match show {
        Show::Low => "Low-scoring".to_owned(),
        Show::All => "All".to_owned(),
        Show::Passed => "Passed".to_owned(),
        Show::Broke => "▼ Broke".to_owned(),
        Show::Fixed => "▲ Fixed".to_owned(),
        Show::BothFail => "✗ Both fail".to_owned(),
        Show::BothPass => "✓ Both pass".to_owned(),
        Show::Same => "= Same".to_owned(),
        Show::Unscored => "? Unscored".to_owned(),
        Show::Errored => "! No answer".to_owned(),
        Show::Bin(bin) => {
            let end = |bin: usize| fixed(bin as f64 / 10.0, 1);
            format!("Score {} to {}{}", end(bin), if bin < 9 { "under " } else { "" }, end(bin + 1))
        }
    }
}

/// Says that a list has no items.
pub fn nothing_to_show(show: Show) -> &'static str {
    match show {
        Show::Low => "No item scores below the threshold.",
        Show::All => "The run has no items.",
        Show::Passed => "No item passes.",
        Show::Broke => "Nothing broke: no item that passed with the original response fails now.",
        Show::Fixed => "Nothing was fixed: no item that failed with the original response passes now.",
        Show::BothFail => "No item fails with both responses, the original and the new one.",
        Show::BothPass => "No item passes with both responses, the original and the new one.",
        Show::Same => "No item kept its verdict.",
        Show::Unscored => "Every answered item is scored.",
        Show::Errored => "Every item was answered.",
        Show::Bin(_) => "No item scores in this range.",
    }
}

/// Says that a list has no items that are in the slices it is filtered by.
pub const NOTHING_IN_SLICE: &str = "No such item is in this group. Take the filter away, or show all items.";

/// Names what stands first in a list of results.
pub fn first(first: First) -> &'static str {
    match first {
        First::Usual => "worst",
        First::Best => "best",
        First::Drop => "biggest drop",
        First::Gain => "biggest gain",
        First::Slowest => "slowest",
        First::Fastest => "fastest",
        First::Dearest => "dearest",
        First::Cheapest => "cheapest",
    }
}

/// Whether the new responses are better or worse, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaning {
    Better,
    Worse,
    CannotTell,
}

/// Reads the interval of a difference: it tells something when it does not hold 0.
pub fn leaning(Interval(low, high): Interval) -> Leaning {
    match (low > 0.0, high < 0.0) {
        (true, _) => Leaning::Better,
        (_, true) => Leaning::Worse,
        _ => Leaning::CannotTell,
    }
}

/// The verdict on a run in one sentence, and what qualifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    pub verdict: String,
    pub details: Vec<String>,
}

/// Sums a run up: the verdict first, with its numbers.
pub fn headline(rescored: &Rescored) -> Headline {
    let summary = &rescored.summary;
    let mut details = Vec::new();
    let verdict = match (summary.pass_rate, summary.pass_rate_interval, rescored.pairs, &summary.baseline) {
        (Some(rate), Some(interval), None, _) => format!(
            "{} of {} pass: {} at {} (95% interval {}).",
            count(summary.passed),
            counted(summary.scored, "scored item", "scored items"),
            percent(rate),
            threshold(summary),
            percent_range(interval)
        ),
        (Some(rate), Some(_), Some(pairs), Some(original)) => {
            details.push(changes(&pairs));
            compared(rate, original, &pairs)
        }
        _ => "Nothing could be scored, so there is no pass rate.".to_owned(),
    };
    details.extend(gaps(summary));
    details.extend(super::compare::together(summary.scored, summary.clusters));
    Headline { verdict, details }
}

fn threshold(summary: &Summary) -> String {
    format!("threshold {}", score(summary.threshold.value()))
}

fn compared(rate: f64, original: &Side, pairs: &Pairs) -> String {
    let head = match leaning(pairs.interval) {
        Leaning::Better => "Better than the original responses",
        Leaning::Worse => "Worse than the original responses",
        Leaning::CannotTell => "Cannot tell whether better or worse than the original responses",
    };
    let against = original.pass_rate.map(|rate| format!(" against {}", percent(rate))).unwrap_or_default();
    format!(
        "{head}: {} pass{against}, a difference of {} points (95% interval {}) over {}.",
        percent(rate),
        points(pairs.difference),
        points_range(pairs.interval),
        counted(pairs.n, "item", "items"),
    )
}

fn changes(pairs: &Pairs) -> String {
    let broke = match pairs.broke {
        0 => "Nothing broke".to_owned(),
        n => format!("{} broke", counted(n, "item", "items")),
    };
    let fixed = match pairs.fixed {
        0 => "nothing was fixed".to_owned(),
        1 => "1 was fixed".to_owned(),
        n => format!("{} were fixed", count(n)),
    };
    format!("{broke}, {fixed}.")
}

/// Says what is missing from the numbers, and what that leaves open.
fn gaps(summary: &Summary) -> Vec<String> {
    let mut gaps = Vec::new();
    if summary.unscored > 0 {
        let open = summary
            .pass_rate_bounds
            .map(|bounds| format!("; whatever they are, the pass rate is within {}", percent_range(bounds)));
        let are = if summary.unscored == 1 { "is" } else { "are" };
        gaps.push(format!(
            "{} {are} unscored and counted neither way{}.",
            counted(summary.unscored, "item", "items"),
            open.unwrap_or_default()
        ));
    }
    if summary.errored > 0 {
        gaps.push(format!("{} got no answer from the target.", counted(summary.errored, "item", "items")));
    }
    gaps
}

/// Says why a run has no score: the reason that most of the items have that are read so far; none before any is.
pub fn why_nothing(rows: &[Arc<Row>], items: u64) -> Option<String> {
    let mut reasons = BTreeMap::<&str, u64>::new();
    for row in rows {
        let unscored = row.criteria.iter().find(|criterion| criterion.level.is_none());
        let reason = match row.verdict {
            Verdict::Error => row.response_preview.as_str(),
            _ => unscored.map(|criterion| criterion.reasoning_preview.as_str()).unwrap_or_default(),
        };
        if !reason.is_empty() {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let (reason, number) = reasons.into_iter().max_by_key(|&(_, number)| number)?;
    let read = rows.len() as u64;
    let of = match read == items {
        true => counted(items, "item", "items"),
        false => format!("the first {}", counted(read, "item", "items")),
    };
    Some(format!("Most often, with {} of {of}: {}", count(number), fault::sentence(reason)))
}

/// Writes a pass rate with its interval and n, or says why there is none.
pub fn standing(standing: Option<Standing>, counts: &Counts, status: Status) -> String {
    match standing {
        Some(Standing { rate, interval, scored }) => {
            format!("{} ({}, n {})", percent(rate), percent_range(interval), count(scored))
        }
        None if counts.done > 0 => {
            let parts = [(counts.unscored, "unscored"), (counts.errored, "without an answer")];
            let parts = parts.into_iter().filter(|(n, _)| *n > 0);
            let parts: Vec<_> = parts.map(|(n, word)| format!("{} {word}", count(n))).collect();
            format!("no pass rate: {}", parts.join(", "))
        }
        None if status.is_final() => "no pass rate: no item was done".to_owned(),
        None => "nothing scored yet".to_owned(),
    }
}

/// Says that a set has changed since it was run; none while it has not.
pub fn set_changed(ran: u32, now: u32) -> Option<String> {
    (ran != now).then(|| format!("the set changed since: version {ran}, now {now}"))
}

/// Says how a pass rate changed against that of the run before.
pub fn since_before(rate: f64, before: f64) -> String {
    format!("{} points since the run before", points(rate - before))
}

/// Says how far a run is, for the progress bar.
pub fn progress(counts: &Counts, eta_seconds: Option<u64>) -> String {
    let done = format!("{} of {}", count(counts.done), counted(counts.total, "item", "items"));
    match eta_seconds {
        Some(seconds) if counts.done < counts.total => {
            format!("{done}, about {} to go", super::number::seconds(seconds.max(1)))
        }
        _ => done,
    }
}

/// Says that calls were lost, and what they count for; none when none were.
pub fn lost(calls: u64) -> Option<String> {
    (calls > 0).then(|| {
        let lost = counted(calls, "answer was", "answers were");
        format!("{lost} lost when the service stopped, and asked for again. The cost counts each as the mean of the others.")
    })
}

/// Says what no remaining item can change; none while all is open.
pub fn settled(early: Early) -> Option<String> {
    let words = early::words(early);
    (!words.is_empty()).then(|| format!("Settled before the end: {}.", words.join("; ")))
}

/// Says how the items that are done ended.
pub fn outcomes(counts: &Counts) -> String {
    let parts = [
        (counts.passed, "passed"),
        (counts.failed, "failed"),
        (counts.unscored, "unscored"),
        (counts.errored, "without an answer"),
    ];
    let parts = parts.into_iter().enumerate().filter(|(place, (n, _))| *place < 2 || *n > 0);
    parts.map(|(_, (n, word))| format!("{} {word}", count(n))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::id::ItemId;
    use shared::score::{MeanLevel, Threshold, Weight};
    use shared::summary::exact::Exact;
    use shared::summary::{Column, Scores};

    #[test]
    fn a_run_that_is_cancelled_says_how_far_it_is() {
        let counts = Counts { total: 59, done: 24, ..Counts::default() };
        let calls = Calls { target: 26, judge: 1_040, ..Calls::default() };
        expect!["24 of 59 items are done."]
            .assert_eq(cancelling(&counts).split_inclusive('.').next().unwrap_or_default());
        expect!["24 of 59 items were done by then, with 26 calls to the target and 1,040 to the judge; cost $0.500."].assert_eq(&until_cancelled(&counts, &calls, Some(0.5)));
    }

    #[test]
    fn calls_that_were_lost_are_told() {
        assert_eq!(lost(0), None);
        expect!["1 answer was lost when the service stopped, and asked for again. The cost counts each as the mean of the others."]
            .assert_eq(&lost(1).unwrap_or_default());
        expect!["12 answers were lost when the service stopped, and asked for again. The cost counts each as the mean of the others."]
            .assert_eq(&lost(12).unwrap_or_default());
    }

    #[test]
    fn why_nothing_was_scored_is_said_with_how_often() {
        let row = |verdict: &str, level: Option<f64>, reasoning: &str, answer: &str| {
            let row = serde_json::json!({
                "item_id": "i1", "verdict": verdict, "flags": [], "scorers": [],
                "request_preview": "", "response_preview": answer,
                "criteria": [{"name": "a", "level": level, "score": null, "reasoning_preview": reasoning}],
            });
            Arc::new(serde_json::from_value::<Row>(row).expect("a row"))
        };
        let prose = || row("unscored", None, "the judge gave no verdict", "Hello.");
        let refused = row("error", None, "", "the provider refused");
        let said = |rows: &[Arc<Row>], items| why_nothing(rows, items).unwrap_or_default();
        expect!["Most often, with 2 of 3 items: The judge gave no verdict."]
            .assert_eq(&said(&[prose(), refused.clone(), prose()], 3));
        expect!["Most often, with 1 of the first 1 item: The provider refused."]
            .assert_eq(&said(&[refused], 61));
        assert_eq!(why_nothing(&[], 3), None);
    }

    #[test]
    fn a_model_that_is_not_listed_is_warned_of() {
        let known = ["echo", "terse", "judge"];
        assert_eq!(not_listed("demo", true, " echo ", &known), None);
        assert_eq!(not_listed("demo", true, "", &known), None);
        assert_eq!(not_listed("openai", false, "m1", &[]), None);
        expect!["demo has no model m1. It has echo, terse, judge."]
            .assert_eq(&not_listed("demo", true, "m1", &known).unwrap_or_default());
        expect!["Settings list no model m1 of openai. Listed are a, a, a, a, a, a, a, a and 2 more."]
            .assert_eq(&not_listed("openai", false, "m1", &["a"; 10]).unwrap_or_default());
    }

    #[test]
    fn what_a_provider_has_no_words_for_is_named() {
        expect![
            "The request asks more than the target's provider can be told; left out: logit_bias, verbosity."
        ]
        .assert_eq(&unsaid(&["logit_bias".to_owned(), "verbosity".to_owned()]));
    }

    fn check(levels: &[Option<f64>], original: &[Option<f64>], errored: usize, expected: Expect) {
        let column = |levels: &[Option<f64>]| -> Vec<_> {
            levels.iter().map(|level| level.and_then(|level| MeanLevel::try_from(level).ok())).collect()
        };
        let scores = Scores {
            items: (0..levels.len()).map(|n| ItemId::try_from(format!("i{n}")).expect("an id")).collect(),
            criteria: vec![Column {
                name: "a".to_owned(),
                weight: Weight::default(),
                required: false,
                levels: column(levels),
                baseline_levels: column(original),
            }],
            errored: (0..levels.len()).map(|place| place < errored).collect(),
            ..Scores::default()
        };
        let exact = Exact::of(&scores);
        let both = crate::rescore::Scored::of(&scores, &exact);
        let headline = headline(&crate::rescore::at(&scores, &exact, &both, Threshold::default()));
        expected.assert_eq(&format!("{} {}", headline.verdict, headline.details.join(" ")));
    }

    #[test]
    fn a_run_without_baseline_tells_its_pass_rate() {
        check(
            &[Some(5.0), Some(4.0), Some(1.0)],
            &[None; 3],
            0,
            expect!["2 of 3 scored items pass: 66.7% at threshold 0.80 (95% interval 20.8–93.9%). "],
        );
    }

    #[test]
    fn a_clear_difference_is_named_and_an_unclear_one_is_not() {
        check(
            &[Some(1.0); 12],
            &[Some(5.0); 12],
            0,
            expect![
                "Worse than the original responses: 0.0% pass against 100.0%, a difference of −100.0 points (95% interval −100.0 to −51.5 points) over 12 items. 12 items broke, nothing was fixed."
            ],
        );
        check(
            &[Some(1.0), Some(5.0)],
            &[Some(5.0), Some(1.0)],
            0,
            expect![
                "Cannot tell whether better or worse than the original responses: 50.0% pass against 50.0%, a difference of 0.0 points (95% interval −81.1 to +81.1 points) over 2 items. 1 item broke, 1 was fixed."
            ],
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        check(
            &[None, None, Some(5.0), Some(5.0)],
            &[None; 4],
            1,
            expect![
                "2 of 2 scored items pass: 100.0% at threshold 0.80 (95% interval 34.2–100.0%). 1 item is unscored and counted neither way; whatever they are, the pass rate is within 66.7–100.0%. 1 item got no answer from the target."
            ],
        );
        check(
            &[None],
            &[Some(5.0)],
            0,
            expect![
                "Nothing could be scored, so there is no pass rate. 1 item is unscored and counted neither way; whatever they are, the pass rate is within 0.0–100.0%."
            ],
        );
    }

    #[test]
    fn progress_counts_what_is_done() {
        let counts = Counts { total: 64, done: 16, passed: 12, failed: 3, unscored: 1, errored: 0 };
        assert_eq!(progress(&counts, Some(75)), "16 of 64 items, about 1 min 15 s to go");
        assert_eq!(progress(&Counts { done: 64, ..counts }, Some(0)), "64 of 64 items");
        assert_eq!(outcomes(&counts), "12 passed, 3 failed, 1 unscored");
        let stands = |counts: &Counts, status| standing(crate::rescore::standing(counts), counts, status);
        assert_eq!(stands(&counts, Status::Running), "80.0% (54.8–93.0%, n 15)");
        let nothing = Counts { total: 64, done: 5, unscored: 3, errored: 2, ..Counts::default() };
        assert_eq!(stands(&nothing, Status::Done), "no pass rate: 3 unscored, 2 without an answer");
        let none = Counts { total: 64, ..Counts::default() };
        assert_eq!(stands(&none, Status::Queued), "nothing scored yet");
        assert_eq!(stands(&none, Status::Cancelled), "no pass rate: no item was done");
    }

    #[test]
    fn what_is_settled_before_the_end_is_said() {
        assert_eq!(settled(Early::default()), None);
        let lost = Early { ruled_out: Some(early::RuledOut::Pass), worse: true };
        let words = "Settled before the end: it can no longer pass, whatever the remaining items come to; more broke than \
                     were fixed, and not by chance.";
        assert_eq!(settled(lost).as_deref(), Some(words));
    }

    #[test]
    fn what_changed_since_the_last_run_is_said() {
        assert_eq!(set_changed(3, 3), None);
        assert_eq!(set_changed(3, 5).as_deref(), Some("the set changed since: version 3, now 5"));
        let since = [(0.641, 0.62), (0.5, 0.625), (0.5, 0.5)].map(|(now, before)| since_before(now, before));
        expect!["+2.1 points since the run before | −12.5 points since the run before | 0.0 points since the run before"]
            .assert_eq(&since.join(" | "));
    }

    #[test]
    fn what_kept_its_verdict_is_named_by_it() {
        expect!["✗ Both fail, ✓ Both pass, = Same"]
            .assert_eq(&[Show::BothFail, Show::BothPass, Show::Same].map(show).join(", "));
    }

    #[test]
    fn a_range_of_scores_says_which_end_it_holds() {
        assert_eq!([Show::Bin(3), Show::Bin(9)].map(show), ["Score 0.3 to under 0.4", "Score 0.9 to 1.0"]);
    }
}
