//! What must be so of every history, whatever the weather was: a list of laws.
//!
//! They read what the ports recorded, the database and what the API says, and know nothing of the engine.

use std::sync::Arc;

use super::past::{self, Call, Item, Run, Slice, Started, Write};
use super::truth;
use crate::support::World;

/// How long a statement is on its way, there or back, in milliseconds.
const SQL_MS: i64 = 2;
/// What each call costs.
const CALL_USD: f64 = 0.0002;
/// How many calls a shard may have under way at once: more would wait for each other's headers.
const AT_ONCE: usize = 6;
/// How many statements the platform allows above what a slice is told to keep to: 50 and 45.
const ROOM: usize = 5;
/// How long the platform lets an alarm be at work, in milliseconds.
const LONGEST_MS: i64 = 15 * 60 * 1000;
/// How many calls a slice may begin before it notices that its run was halted or changed: those under way, and as many
/// as bring the facts that it writes together.
const LATE: usize = 32;

/// What holds of everything of its kind.
enum Law {
    Run(fn(&Run) -> bool),
    Item(fn(&Run, &Item) -> bool),
    Slice(fn(&Run, &Slice) -> bool),
    Call(fn(&Run, &Slice, &Call) -> bool),
}

const LAWS: [(&str, Law); 16] = [
    (
        "a run comes to its end, or to that of its money",
        Law::Run(|run| run.is_over() || run.waits_for_money()),
    ),
    ("no item is lost, and each has one outcome for each attempt", Law::Item(has_its_outcomes)),
    ("an outcome rests on stored facts", Law::Item(|_, item| item.unknown == 0)),
    ("a score is what the levels come to", Law::Item(is_scored_by_its_levels)),
    ("progress counts the outcomes", Law::Run(|run| near(&run.progress(), &run.verdicts()))),
    (
        "a summary adds up the outcomes",
        Law::Run(|run| !run.is_done() || near(&run.summary(), &run.summed_up())),
    ),
    ("progress never falls", Law::Run(|run| run.looks.iter().all(|looks| does_not_fall(looks)))),
    (
        "the cost is the sum over the answers, those that a lost slice took with it among them",
        Law::Run(costs_its_answers),
    ),
    ("every call is in a count", Law::Run(counts_its_calls)),
    ("a budget is exceeded by no more than the calls under way", Law::Call(keeps_to_the_budget)),
    ("a shard has six calls under way at most, and no more than its part", Law::Call(keeps_to_the_window)),
    ("what is stored is not asked", Law::Call(|run, slice, call| run.stored_at(call) >= slice.began)),
    (
        "a slice asks each question once",
        Law::Call(|_, slice, call| !slice.calls.iter().any(|other| makes_needless(other, call))),
    ),
    ("who knows that a run was halted or changed begins nothing more", Law::Call(heeds_the_news)),
    ("a slice keeps to its calls and statements", Law::Slice(keeps_to_its_limit)),
    ("a slice ends before the platform ends it", Law::Slice(|_, slice| slice.took_ms < LONGEST_MS)),
];

fn has_its_outcomes(run: &Run, item: &Item) -> bool {
    let is_open = item.verdict.is_none() && !run.is_done();
    item.outcomes + u64::from(is_open) == item.attempt
}

fn is_scored_by_its_levels(run: &Run, item: &Item) -> bool {
    let expected = truth::score_of(&item.request_preview, run.started.criteria);
    match item.verdict.as_deref() {
        Some(verdict @ ("pass" | "fail")) => {
            let is_passed = expected > 0.8 - 1e-9;
            item.score.is_some_and(|score| near(&[score], &[expected])) && (verdict == "pass") == is_passed
        }
        _ => item.score.is_none(),
    }
}

fn does_not_fall(looks: &[(u64, Option<f64>)]) -> bool {
    looks.iter().is_sorted_by_key(|(done, _)| done) && looks.iter().filter_map(|(_, usd)| *usd).is_sorted()
}

/// What a lost call cost nobody knows: it is taken to cost what the others do, those among them that had no answer. What was
/// answered in vain costs what it says.
fn costs_its_answers(run: &Run) -> bool {
    let lost = run.paid().filter(|(slice, call)| is_lost(slice, call)).count();
    let in_vain = run.paid().filter(|(_, call)| call.question.is_in_vain).count();
    let (paid, duplicates, settled) =
        (run.paid().count(), run.duplicates(), run.counted(&["target", "judge"]));
    // Nobody knows what lost calls cost where there are no others.
    let Some(cost) = run.cost_usd() else { return duplicates > 0 && settled == 0 };
    // What was paid in vain is among what a question costs in the mean, which was taken when few were settled.
    let dearer = usd(duplicates * in_vain);
    let most = usd(settled + duplicates + in_vain) + dearer;
    let is_known = run.made() == paid && settled > 0 && dearer == 0.0;
    (usd(paid) - usd(lost) - 1e-9..usd(paid + duplicates) + dearer + 1e-9).contains(&cost)
        && cost < most + 1e-9
        && (!is_known || near(&[cost], &[usd(run.made())]))
}

/// What a slice began is counted even when the slice is lost: by the next one of its shard.
fn counts_its_calls(run: &Run) -> bool {
    run.counted(&["target", "judge", "retried"]) == run.made()
}

/// What is asked again of what was begun is not begun.
fn keeps_to_the_budget(run: &Run, slice: &Slice, call: &Call) -> bool {
    let Some(budget) = run.budget(slice, call.asked) else { return true };
    let is_paid = |other: &Call| other.is_answered(call.asked) || other.is_under_way(call.asked);
    let paid = run.calls().filter(|(_, other)| is_paid(other)).count();
    // What a question is answered in vain it has cost when it has ended.
    let is_unknown = |slice: &Slice, other: &Call| is_lost(slice, other) || other.question.is_in_vain;
    let unknown = run.calls().filter(|(slice, other)| is_unknown(slice, other)).count();
    slice.has_tried(call, call.asked) || usd(paid) <= budget + usd(run.widest() + unknown) + 1e-9
}

fn keeps_to_the_window(run: &Run, slice: &Slice, call: &Call) -> bool {
    let under_way = slice.calls.iter().filter(|other| other.is_under_way(call.asked)).count();
    under_way <= run.window(slice, call.asked).min(AT_ONCE)
}

/// Of two shards each may ask a question: neither knows of the other's answer before that is stored.
fn makes_needless(other: &Call, call: &Call) -> bool {
    let is_alike = other.asked < call.asked && other.question.mark == call.question.mark;
    is_alike && (other.is_under_way(call.asked) || other.question.is_good && other.is_answered(call.asked))
}

/// What is asked again of what was begun is not begun.
fn heeds_the_news(run: &Run, slice: &Slice, call: &Call) -> bool {
    let halted = run.halted(call.asked);
    let Some(news) = halted.max(run.changed(slice, call.asked)) else { return true };
    let told = slice.writes.iter().find(|write| write.committed > news).map(|write| write.at.plus(SQL_MS));
    let since = told.and_then(|told| slice.tries.iter().find(|(_, at, _)| *at > told));
    let told = since.map(|(place, ..)| *place).filter(|place| *place <= call.asked);
    // A slice that began after its run was halted knew it from the beginning.
    match halted.filter(|halted| *halted < slice.began).map(|_| slice.began).or(told) {
        Some(known) => slice.has_tried(call, known),
        None => slice.calls.iter().filter(|other| (news..=call.asked).contains(&other.asked)).count() <= LATE,
    }
}

fn keeps_to_its_limit(run: &Run, slice: &Slice) -> bool {
    slice.tries.len() <= run.limit && slice.statements <= run.limit + ROOM
}

/// Tells whether an answer went with its slice: it came after the slice's last write, or while that was on its way, or was
/// no verdict, for which the judge is asked once more before any of it is written.
fn is_lost(slice: &Slice, call: &Call) -> bool {
    let Some(at) = call.answered_at else { return false };
    let is_before = |write: &Write| call.ended < Some(write.sent) && at < write.at.plus(-SQL_MS);
    slice.is_troubled && !(call.question.is_good && slice.writes.last().is_some_and(is_before))
}

fn usd(calls: usize) -> f64 {
    calls as f64 * CALL_USD
}

fn near(these: &[f64], those: &[f64]) -> bool {
    these.iter().zip(those).all(|(this, that)| (this - that).abs() < 1e-9)
}

/// Tells everything that is not as it must be.
pub fn check(world: &Arc<World>, runs: &[Started]) -> Vec<String> {
    let runs = past::of(world, runs);
    let broken = |(words, law): &(&str, Law)| -> Vec<String> {
        let places = runs.iter().flat_map(|run| law.broken(run));
        places.map(|place| format!("{words}: {place}")).collect()
    };
    LAWS.iter().flat_map(broken).collect()
}

impl Law {
    /// Says where a run breaks it.
    fn broken(&self, run: &Run) -> Vec<String> {
        match self {
            Self::Run(holds) => Some(run).filter(|run| !holds(run)).map(Run::to_string).into_iter().collect(),
            Self::Item(holds) => {
                let broken = run.items.iter().filter(|item| !holds(run, item));
                broken.map(|item| format!("{item:?}")).collect()
            }
            Self::Slice(holds) => {
                let broken = run.slices.iter().filter(|slice| !holds(run, slice));
                broken.map(Slice::to_string).collect()
            }
            Self::Call(holds) => {
                let broken = run.calls().filter(|(slice, call)| !holds(run, slice, call));
                broken.map(|(slice, call)| format!("the call at {} in {slice}", call.asked)).collect()
            }
        }
    }
}
