//! What happened in a world, arranged by runs, slices and calls, with what the runs came to.
//!
//! Leaves out what must be so of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::moment::Moment;
use shared::run::Concurrency;

use crate::support::World;
use crate::support::history::{Entry, Question, What};
use crate::support::scene::id;

/// A run as the simulation started it.
#[derive(Debug, Clone)]
pub struct Started {
    pub id: String,
    pub is_fresh: bool,
    pub budget_usd: Option<f64>,
    pub concurrency: u32,
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
            concurrency: u32::try_from(run["concurrency"]["asked"].as_u64().unwrap()).unwrap(),
            criteria,
            is_scored: false,
        }
    }
}

/// A run, and what it came to. Places are those of entries in the history.
pub struct Run {
    pub started: Started,
    /// What the API says of it.
    pub shown: Value,
    pub items: Vec<Item>,
    pub slices: Vec<Slice>,
    /// What people were shown, one after the other: how many items are done, what they cost. A retry begins another list.
    pub looks: Vec<Vec<(u64, Option<f64>)>>,
    /// How many calls, and how many statements, a slice is told to keep to.
    pub limit: usize,
    /// Where facts were first stored that may answer its questions, by their marks.
    stored: BTreeMap<String, usize>,
    /// Its events, by their kinds.
    turns: Vec<(usize, String)>,
    /// Its budgets and its concurrencies, each with the place from which on it was in force.
    budgets: Vec<(usize, Option<f64>)>,
    concurrencies: Vec<(usize, u32)>,
}

/// An item with the outcome that counts.
#[derive(Debug, Deserialize)]
pub struct Item {
    pub attempt: u64,
    /// How many outcomes it has, of whatever attempts.
    pub outcomes: u64,
    pub request_preview: String,
    /// None when it has no outcome yet.
    pub verdict: Option<String>,
    pub score: Option<f64>,
    /// How many facts its outcome rests on that are not stored.
    pub unknown: u64,
}

/// One slice of a shard.
#[derive(Default)]
pub struct Slice {
    pub number: usize,
    pub shard: u32,
    pub began: usize,
    /// How long it took, in milliseconds; of one that is lost, until it was.
    pub took_ms: i64,
    began_at: Option<Moment>,
    pub calls: Vec<Call>,
    /// Where and when it made calls and what they asked, those among them that did not reach the provider.
    pub tries: Vec<(usize, Moment, String)>,
    pub statements: usize,
    /// When it wrote down what its calls came to.
    pub writes: Vec<Write>,
    /// Something went wrong with its statements, or it was lost.
    pub is_troubled: bool,
}

pub struct Write {
    pub sent: usize,
    pub committed: usize,
    pub at: Moment,
}

/// A call that reached the provider.
pub struct Call {
    pub question: Question,
    pub asked: usize,
    pub ended: Option<usize>,
    /// When the answer reached the slice.
    pub answered_at: Option<Moment>,
}

/// Arranges what happened in a world, by its runs.
pub fn of(world: &Arc<World>, runs: &[Started]) -> Vec<Run> {
    let entries = world.history.entries();
    let mut runs: Vec<_> = runs.iter().map(|started| Run::of(world, started, &entries)).collect();
    let mut slices: BTreeMap<usize, (String, Slice)> = BTreeMap::new();
    for (place, entry) in entries.iter().enumerate() {
        let Some(shard) = &entry.shard else { continue };
        let (run, slice) = slices.entry(entry.slice).or_default();
        (*run, slice.number, slice.shard) = (shard.run.to_string(), entry.slice, shard.number);
        slice.take(place, entry);
        if let What::Stored(marks) = &entry.what {
            store(&mut runs, run, place, marks);
        }
    }
    for (id, slice) in slices.into_values() {
        let run = runs.iter_mut().find(|run| run.started.id == id);
        run.expect("a run that was started").slices.push(slice);
    }
    runs
}

/// Notes facts of a run for those that they may answer: a fresh run's are its own.
fn store(runs: &mut [Run], id: &str, place: usize, marks: &[String]) {
    let is_fresh = runs.iter().any(|run| run.started.is_fresh && run.started.id == id);
    for run in runs.iter_mut().filter(|run| run.started.id == id || !is_fresh && !run.started.is_fresh) {
        for mark in marks {
            run.stored.entry(mark.clone()).or_insert(place);
        }
    }
}

impl Run {
    fn of(world: &Arc<World>, started: &Started, entries: &[Entry]) -> Self {
        let sql = format!(
            "SELECT run_item.attempt AS attempt, request_preview, verdict, score, \
             (SELECT count(*) FROM outcome AS any WHERE any.run_id = run_item.run_id AND any.item_id = run_item.item_id) AS outcomes, \
             (SELECT count(*) FROM json_tree(questions) WHERE length(atom) = 64 AND atom NOT IN (SELECT key FROM judgement)) \
             + (outcome.completion_key IS NOT NULL AND outcome.completion_key NOT IN (SELECT key FROM completion)) AS unknown \
             FROM run_item JOIN set_item ON set_item.id = run_item.item_id LEFT JOIN outcome ON outcome.run_id = run_item.run_id \
             AND outcome.item_id = run_item.item_id AND outcome.attempt = run_item.attempt WHERE run_item.run_id = '{}'",
            started.id
        );
        let items =
            world.sql(&sql).into_iter().map(|row| serde_json::from_value(json!(row)).expect("an item"));
        let mut run = Self {
            started: started.clone(),
            shown: world.run(&started.id),
            items: items.collect(),
            slices: Vec::new(),
            looks: vec![Vec::new()],
            limit: world.settings.lock().unwrap().slice_limit as usize,
            stored: BTreeMap::new(),
            turns: Vec::new(),
            budgets: vec![(0, started.budget_usd)],
            concurrencies: vec![(0, started.concurrency)],
        };
        for (place, entry) in entries.iter().enumerate() {
            run.take(place, &entry.what);
        }
        run
    }

    fn take(&mut self, place: usize, what: &What) {
        match what {
            What::Turned(id, kind) if *id == self.started.id => {
                self.turns.push((place, kind.clone()));
                if kind == "retried" {
                    self.looks.push(Vec::new());
                }
            }
            What::Changed(id, budget, concurrency) if *id == self.started.id => {
                self.budgets.extend(budget.map(|budget| (place, Some(budget))));
                self.concurrencies.extend(concurrency.map(|concurrency| (place, concurrency)));
            }
            What::Looked(id, done, usd) if *id == self.started.id => {
                self.looks.last_mut().expect("a list").push((*done, *usd));
            }
            _ => {}
        }
    }

    pub fn is_done(&self) -> bool {
        self.shown["status"] == "done"
    }

    pub fn is_over(&self) -> bool {
        self.is_done() || self.shown["status"] == "cancelled"
    }

    pub fn waits_for_money(&self) -> bool {
        let reason = self.shown["reason"].as_str().unwrap_or_default();
        self.shown["status"] == "paused" && reason.starts_with("the budget")
    }

    pub fn cost_usd(&self) -> Option<f64> {
        self.shown["cost_usd"].as_f64()
    }

    /// Gives how many of its calls were lost.
    pub fn duplicates(&self) -> usize {
        self.shown["duplicate_calls"].as_u64().expect("a count") as usize
    }

    /// Gives what the summary says: scored, passed, unscored, errored, average, pass rate. -1 is none.
    pub fn summary(&self) -> [f64; 6] {
        let names = ["scored", "passed", "unscored", "errored", "average", "pass_rate"];
        names.map(|name| self.shown["summary"][name].as_f64().unwrap_or(-1.0))
    }

    /// Gives the same as its items have it.
    pub fn summed_up(&self) -> [f64; 6] {
        let [passed, failed, unscored, errored] = self.verdicts();
        let scored = passed + failed;
        let mean = |sum: f64| if scored == 0.0 { -1.0 } else { sum / scored };
        let sum = self.items.iter().filter_map(|item| item.score).sum();
        [scored, passed, unscored, errored, mean(sum), mean(passed)]
    }

    /// Gives how many of its items passed, failed, are unscored and errored.
    pub fn verdicts(&self) -> [f64; 4] {
        ["pass", "fail", "unscored", "error"].map(|verdict| {
            let of = self.items.iter().filter(|item| item.verdict.as_deref() == Some(verdict));
            of.count() as f64
        })
    }

    /// Gives the same as its progress says.
    pub fn progress(&self) -> [f64; 4] {
        let names = ["passed", "failed", "unscored", "errored"];
        names.map(|name| self.shown["counts"][name].as_f64().expect("a number"))
    }

    /// Gives how many calls it says that it made, by the names of its counts.
    pub fn counted(&self, names: &[&str]) -> usize {
        let counts = names.iter().map(|name| self.shown["calls"][name].as_u64().expect("a number"));
        usize::try_from(counts.sum::<u64>()).unwrap()
    }

    /// Gives how many calls it made, those among them that did not reach the provider.
    pub fn made(&self) -> usize {
        self.slices.iter().map(|slice| slice.tries.len()).sum()
    }

    /// Gives every call that the provider answered well enough to be paid for, if the answer reached its slice.
    pub fn paid(&self) -> impl Iterator<Item = (&Slice, &Call)> {
        self.calls().filter(|(_, call)| call.question.is_answered && call.answered_at.is_some())
    }

    /// Gives every call of it.
    pub fn calls(&self) -> impl Iterator<Item = (&Slice, &Call)> {
        self.slices.iter().flat_map(|slice| slice.calls.iter().map(move |call| (slice, call)))
    }

    /// Gives where the answer to a call's question was first stored; past every place when it never was.
    pub fn stored_at(&self, call: &Call) -> usize {
        self.stored.get(&call.question.mark).copied().unwrap_or(usize::MAX)
    }

    /// Gives where it was halted, if it does not go on at a place.
    pub fn halted(&self, at: usize) -> Option<usize> {
        const GOING: [&str; 3] = ["started", "resumed", "retried"];
        let (place, kind) = self.turns.iter().rfind(|(place, _)| *place < at)?;
        (!GOING.contains(&kind.as_str())).then_some(*place)
    }

    /// Gives where it was changed last before a place, since a slice made its first call.
    pub fn changed(&self, slice: &Slice, before: usize) -> Option<usize> {
        let first = slice.calls.first()?.asked;
        let budgets = self.budgets.iter().map(|(place, _)| *place);
        let places = budgets.chain(self.concurrencies.iter().map(|(place, _)| *place));
        places.filter(|place| (first..before).contains(place)).max()
    }

    /// Gives the most that it may have cost by what a slice can know at a place; none when anything is right.
    pub fn budget(&self, slice: &Slice, place: usize) -> Option<f64> {
        let budgets: Option<Vec<_>> = in_force(&self.budgets, slice.began, place).into_iter().collect();
        budgets.map(|budgets| budgets.into_iter().fold(0.0, f64::max))
    }

    /// Gives the most calls that a slice may have under way by what it can know at a place.
    pub fn window(&self, slice: &Slice, place: usize) -> usize {
        let asked = in_force(&self.concurrencies, slice.began, place).into_iter();
        let windows = asked.map(|asked| Concurrency::try_from(asked).expect("a concurrency"));
        let windows = windows
            .map(|asked| if slice.shard < asked.shards() { asked.window(slice.shard) as usize } else { 0 });
        windows.max().expect("one is always in force")
    }

    /// Gives the most calls that it was ever allowed at once.
    pub fn widest(&self) -> usize {
        self.concurrencies.iter().map(|(_, asked)| *asked).max().expect("one is always in force") as usize
    }
}

/// Gives what was in force at any time between two places.
fn in_force<T: Copy>(values: &[(usize, T)], from: usize, to: usize) -> Vec<T> {
    let begins = values.iter().rposition(|(place, _)| *place <= from).unwrap_or_default();
    values[begins..].iter().filter(|(place, _)| *place <= to).map(|(_, value)| *value).collect()
}

impl Slice {
    /// Tells whether it had asked a call's question before a place, or tried to.
    pub fn has_tried(&self, call: &Call, before: usize) -> bool {
        self.tries.iter().any(|(place, _, mark)| *place < before && *mark == call.question.mark)
    }

    fn take(&mut self, place: usize, entry: &Entry) {
        let at = entry.at;
        self.took_ms = self.began_at.map_or(0, |began| at.millis() - began.millis());
        match &entry.what {
            What::Began => (self.began, self.began_at) = (place, Some(at)),
            What::Asked(question) => {
                let question = question.clone();
                self.tries.push((place, at, question.mark.clone()));
                self.calls.push(Call { question, asked: place, ended: None, answered_at: None });
            }
            What::Answered(asked) => self.end(place, |call| call.asked == *asked, Some(at)),
            What::Missed(asked) => self.end(place, |call| call.asked == *asked, None),
            What::CallStruck(trouble, mark) if !trouble.reaches() => {
                self.tries.push((place, at, mark.clone()));
            }
            What::Ran(statements) => self.statements += statements.len(),
            What::Settled(sent) => self.writes.push(Write { sent: *sent, committed: place, at }),
            What::SqlStruck(_) | What::WakeStruck(_) => self.is_troubled = true,
            What::Lost => {
                self.is_troubled = true;
                self.end(place, |_| true, None);
            }
            What::Ended => self.end(place, |_| true, None),
            _ => {}
        }
    }

    fn end(&mut self, place: usize, which: impl Fn(&Call) -> bool, answered_at: Option<Moment>) {
        for call in self.calls.iter_mut().filter(|call| call.ended.is_none() && which(call)) {
            (call.ended, call.answered_at) = (Some(place), answered_at);
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |name: &str| format!("{name} {}", self.shown[name]);
        write!(f, "{}", ["id", "status", "reason", "counts", "calls", "cost_usd"].map(shown).join(", "))
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "slice {} of shard {}, of {} calls and {} statements",
            self.number,
            self.shard,
            self.tries.len(),
            self.statements
        )
    }
}

impl Call {
    pub fn is_under_way(&self, place: usize) -> bool {
        self.asked <= place && self.ended.is_none_or(|ended| ended > place)
    }

    /// Tells whether its answer reached the slice before a place.
    pub fn is_answered(&self, before: usize) -> bool {
        self.question.is_answered && self.answered_at.is_some() && self.ended < Some(before)
    }
}
