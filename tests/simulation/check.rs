//! What must be so of every history, whatever the weather was.
//!
//! It reads the record of the ports, the database and what the API says, and knows nothing of the engine.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;
use shared::moment::Moment;

use crate::support::World;
use crate::support::history::{Question, What};
use crate::support::scene::id;

/// How long a statement is on its way.
const SQL_MS: i64 = 2;
/// What each call costs.
const CALL_USD: f64 = 0.0002;
/// How many calls a slice may make before it notices that its run stands still: those under way, and as many
/// as bring the facts that it writes together.
const LATE: usize = 32;
/// How often a slice may put a question: its item's and a canary's may be the same, and neither knows of the other.
const ALIKE: usize = 2;

/// A run as the simulation started it.
#[derive(Debug, Clone)]
pub struct Started {
    pub id: String,
    pub is_fresh: bool,
    pub budget_usd: Option<f64>,
    pub concurrency: u64,
    pub criteria: usize,
    /// It was seen to end with a score for every item.
    pub is_scored: bool,
}

impl Started {
    pub fn of(run: &Value, criteria: usize) -> Self {
        Self {
            id: id(run),
            is_fresh: false,
            budget_usd: None,
            concurrency: run["concurrency"]["asked"].as_u64().unwrap(),
            criteria,
            is_scored: false,
        }
    }
}

/// What the target says to a request.
pub fn answer_to(request: &str) -> String {
    format!("An answer to: {request}")
}

/// The level that every judge gives a response on a criterion. Source of the hash: FNV-1a.
pub fn level_of(criterion: usize, response: &str) -> u8 {
    let hash = response.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ criterion as u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u8::try_from((hash >> 32) % 6).unwrap()
}

/// What the history tells of one slice.
#[derive(Default)]
struct Slice {
    run: String,
    began: usize,
    /// Calls under way.
    flying: usize,
    /// Calls since its run came to a halt.
    late: usize,
    /// How often each question was answered as it should be.
    good: HashMap<String, usize>,
    /// The calls that the provider answered, with when that arrived; and from when on what they came to is not stored.
    calls: Vec<(Option<(usize, Moment)>, Question)>,
    settled: usize,
    settled_at: Option<Moment>,
    is_troubled: bool,
}

/// Tells everything that is not as it must be.
pub fn check(world: &Arc<World>, runs: &[Started]) -> Vec<String> {
    let mut wrong = Vec::new();
    let slices = check_order(world, runs, &mut wrong);
    for run in runs {
        check_facts(world, run, &mut wrong);
        check_calls(world, run, &slices, &mut wrong);
    }
    wrong
}

/// Checks what must be so of each thing that happens, given what happened before.
fn check_order(world: &World, runs: &[Started], wrong: &mut Vec<String>) -> Vec<Slice> {
    let limit = world.settings.lock().unwrap().slice_limit as usize;
    let mut slices: BTreeMap<usize, Slice> = BTreeMap::new();
    // When each question's answer was first stored, where each run stands and since when, and what was seen of it.
    let mut stored: HashMap<(&str, String), usize> = HashMap::new();
    let mut stands: HashMap<String, (String, usize)> = HashMap::new();
    let mut seen: HashMap<String, (u64, f64)> = HashMap::new();
    let entries = world.history.entries();
    for (place, entry) in entries.iter().enumerate() {
        let mut complain = |words: String| wrong.push(format!("{place}: {words}"));
        let slice = slices.entry(entry.slice).or_default();
        let run = entry.shard.as_ref().map(|shard| shard.run.as_str()).unwrap_or_default();
        // A fresh run's questions are its own.
        let scope = runs.iter().find(|one| one.is_fresh && one.id == run).map_or("", |one| one.id.as_str());
        match &entry.what {
            What::Began => (slice.run, slice.began) = (run.to_owned(), place),
            What::Asked(question) => {
                let known = stored.get(&(scope, question.mark.clone()));
                if known.is_some_and(|stored| *stored < slice.began) {
                    complain(format!("{} is asked, and was stored", question.mark));
                }
                let before = slice.good.get(&question.mark).copied().unwrap_or_default();
                if before >= ALIKE {
                    complain(format!("{} is asked again, and was answered {before} times", question.mark));
                }
                if let Some((kind, since)) =
                    stands.get(run).filter(|(kind, _)| !GOING.contains(&kind.as_str()))
                {
                    slice.late += 1;
                    if slice.began > *since || slice.late > LATE {
                        complain(format!("a call of a run that is {kind}"));
                    }
                }
                slice.flying += 1;
                if slice.flying > 6 {
                    complain(format!("{} calls at once", slice.flying));
                }
                slice.calls.push((None, question.clone()));
            }
            What::Missed(_) => slice.flying -= 1,
            What::Answered(asked) => {
                slice.flying -= 1;
                let What::Asked(question) = &entries[*asked].what else { panic!("{asked} is no call") };
                if question.is_good {
                    *slice.good.entry(question.mark.clone()).or_default() += 1;
                }
                let mut open =
                    slice.calls.iter_mut().filter(|(arrived, call)| arrived.is_none() && call == question);
                open.next().expect("a call").0 = Some((place, entry.at));
            }
            What::Stored(marks) => {
                for mark in marks {
                    stored.entry((scope, mark.clone())).or_insert(place);
                }
            }
            What::Settled(sent) => {
                (slice.settled, slice.settled_at) = (*sent, Some(entry.at.plus(-SQL_MS)));
            }
            What::Turned(run, kind) => {
                if kind == "retried" {
                    seen.remove(run);
                }
                _ = stands.insert(run.clone(), (kind.clone(), place));
            }
            What::SqlStruck(_) | What::WakeStruck(_) | What::Lost => slice.is_troubled = true,
            What::CallStruck(_) | What::Did(_) => {}
            What::Ended(calls, statements, widest) => {
                // The platform's 50 leave room above what a slice is told to keep to.
                if *calls > limit || *statements > limit + 5 || *widest > 6 {
                    complain(format!(
                        "a slice of {calls} calls and {statements} statements, {widest} at once"
                    ));
                }
            }
            What::Looked(run, done, usd) => {
                let before = seen.insert(run.clone(), (*done, *usd)).unwrap_or_default();
                if *done < before.0 || *usd < before.1 {
                    complain(format!("progress falls from {before:?} to {:?}", (done, usd)));
                }
            }
        }
    }
    slices.into_values().collect()
}

/// The kinds of event after which a run goes on.
const GOING: [&str; 3] = ["started", "resumed", "retried"];

/// Checks that a run counts the calls that were made, but for those that a lost slice took with it.
fn check_calls(world: &Arc<World>, started: &Started, slices: &[Slice], wrong: &mut Vec<String>) {
    let run = world.run(&started.id);
    let own: Vec<_> = slices.iter().filter(|slice| slice.run == started.id).collect();
    let mut all_lost = 0;
    for (name, is_judge) in [("target", false), ("judge", true)] {
        let (mut sent, mut arrived, mut lost) = (0, 0, 0);
        for slice in &own {
            for (arrives, call) in
                slice.calls.iter().filter(|(_, call)| call.is_judge == is_judge && call.is_answered)
            {
                sent += 1;
                let Some((place, at)) = arrives else { continue };
                arrived += 1;
                // What arrived at the moment of writing may have been too late for it, and a judge that gave no
                // verdict is asked once more before any of it is stored.
                let is_late = slice.settled_at.is_none_or(|settled| *at >= settled);
                if *place >= slice.settled || is_late || !call.is_good {
                    lost += u64::from(slice.is_troubled);
                    if !slice.is_troubled && *place >= slice.settled {
                        wrong.push(format!("the call answered at {place} was never counted"));
                    }
                }
            }
        }
        let counted = run["calls"][name].as_u64().unwrap();
        if counted > sent || counted + lost < arrived {
            wrong.push(format!(
                "{counted} {name} calls are counted; {sent} were made, {arrived} answered, {lost} lost"
            ));
        }
        all_lost += lost;
    }
    let calls =
        ["target", "judge"].map(|name| run["calls"][name].as_u64().unwrap()).iter().sum::<u64>() as f64;
    let cost = run["cost_usd"].as_f64().unwrap();
    if (cost - calls * CALL_USD).abs() > 1e-9 {
        wrong.push(format!("{calls} calls cost {cost}"));
    }
    if let Some(budget) = started.budget_usd {
        let most = budget + (started.concurrency + all_lost) as f64 * CALL_USD;
        if cost > most + 1e-9 {
            wrong.push(format!(
                "{cost} USD of a budget of {budget} are spent, with {} at once",
                started.concurrency
            ));
        }
    }
}

/// Checks that the items of a run came to what their answers and their levels come to, each once.
fn check_facts(world: &Arc<World>, started: &Started, wrong: &mut Vec<String>) {
    let run = world.run(&started.id);
    let mut complain = |words: String| wrong.push(format!("run {}: {words}", started.id));
    let status = run["status"].as_str().unwrap();
    let is_spent = run["reason"].as_str().is_some_and(|reason| reason.starts_with("the budget"));
    if !(["done", "cancelled"].contains(&status) || (status == "paused" && is_spent)) {
        complain(format!("it stands still, {status} {}", run["reason"]));
    }
    let sql = format!(
        "SELECT run_item.attempt AS attempt, request_preview, reference_preview, verdict, score, baseline_score, questions, \
         outcome.completion_key AS completion_key, \
         (SELECT count(*) FROM outcome AS any WHERE any.run_id = run_item.run_id AND any.item_id = run_item.item_id) AS outcomes \
         FROM run_item JOIN set_item ON set_item.id = run_item.item_id LEFT JOIN outcome ON outcome.run_id = run_item.run_id \
         AND outcome.item_id = run_item.item_id AND outcome.attempt = run_item.attempt WHERE run_item.run_id = '{}'",
        started.id
    );
    let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
    let mut sum = 0.0;
    for row in world.sql(&sql) {
        let attempts = row["attempt"].as_u64().unwrap();
        let Some(verdict) = row["verdict"].as_str() else {
            if status == "done" || row["outcomes"] != attempts - 1 {
                complain(format!("an item has {} outcomes of {attempts}", row["outcomes"]));
            }
            continue;
        };
        *verdicts.entry(verdict.to_owned()).or_default() += 1;
        if row["outcomes"] != attempts {
            complain(format!("an item has {} outcomes of {attempts}", row["outcomes"]));
        }
        let questions: Value = serde_json::from_str(row["questions"].as_str().unwrap()).unwrap();
        let keys = keys(&questions);
        let stored =
            format!("judgement WHERE key IN ('{}')", keys.iter().cloned().collect::<Vec<_>>().join("', '"));
        if world.count(&stored) != keys.len() as u64 {
            complain(format!("an outcome rests on judgements that are not stored: {keys:?}"));
        }
        if row["completion_key"]
            .as_str()
            .is_some_and(|key| world.count(&format!("completion WHERE key = '{key}'")) != 1)
        {
            complain("an outcome rests on a completion that is not stored".to_owned());
        }
        if !["pass", "fail"].contains(&verdict) {
            continue;
        }
        let answer = answer_to(row["request_preview"].as_str().unwrap());
        let levels: u64 =
            (0..started.criteria).map(|criterion| u64::from(level_of(criterion, &answer))).sum();
        let score = levels as f64 / (5 * started.criteria) as f64;
        sum += score;
        let is_passed = levels >= 4 * started.criteria as u64;
        if (row["score"].as_f64().unwrap() - score).abs() > 1e-9 || (verdict == "pass") != is_passed {
            complain(format!("{answer} is a {verdict} with {}, not {score}", row["score"]));
        }
    }
    let of = |verdict: &str| verdicts.get(verdict).copied().unwrap_or_default();
    let counts = [("passed", "pass"), ("failed", "fail"), ("unscored", "unscored"), ("errored", "error")];
    if counts.iter().any(|(name, verdict)| run["counts"][name] != of(verdict)) {
        complain(format!("the facts {verdicts:?} are counted as {}", run["counts"]));
    }
    let scored = of("pass") + of("fail");
    if status == "done" {
        let summary = &run["summary"];
        let average = if scored == 0 { None } else { Some(sum / scored as f64) };
        let pass_rate = if scored == 0 { None } else { Some(of("pass") as f64 / scored as f64) };
        let is_near = |name: &str, number: Option<f64>| match (summary[name].as_f64(), number) {
            (Some(shown), Some(number)) => (shown - number).abs() < 1e-9,
            (shown, number) => shown.is_none() && number.is_none(),
        };
        let counts = [
            ("scored", scored),
            ("passed", of("pass")),
            ("unscored", of("unscored")),
            ("errored", of("error")),
        ];
        let is_same = counts.iter().all(|(name, number)| summary[name] == *number);
        if !is_same || !is_near("average", average) || !is_near("pass_rate", pass_rate) {
            complain(format!("the facts {verdicts:?} with {average:?} are summed up as {summary}"));
        }
    }
}

/// Gives every key in what an outcome says was asked.
fn keys(questions: &Value) -> BTreeSet<String> {
    match questions {
        Value::String(text) if text.len() == 64 => BTreeSet::from([text.clone()]),
        Value::Array(list) => list.iter().flat_map(keys).collect(),
        Value::Object(object) => object.values().flat_map(keys).collect(),
        _ => BTreeSet::new(),
    }
}
