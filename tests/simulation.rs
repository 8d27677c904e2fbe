//! Runs in every weather: a seed decides what they are, what goes wrong outside and what people do meanwhile,
//! and the history of each is checked.
//!
//! `make test` tries a thousand seeds. `SEEDS=100000` tries more, `SEED=1234` one, and prints its history.

mod check;
mod past;
mod truth;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use edge::pipeline::wake;
use serde_json::{Value, json};
use shared::moment::Moment;

use self::past::Started;
use crate::support::dice::Dice;
use crate::support::drive::{Drive, finish};
use crate::support::history::{self, What};
use crate::support::plant::{self, Plant};
use crate::support::provider::{Asked, Reply, error, says, verdict};
use crate::support::scene::id;
use crate::support::weather::Weather;
use crate::support::{Seat, Trouble, World};

const SEEDS: u64 = 1_000;

/// More turns than any of these runs takes.
const MOST_TURNS: u64 = 100_000;

/// Calls at once that divide into shards in every way.
const CONCURRENCIES: [u32; 7] = [1, 4, 6, 8, 12, 13, 20];

/// Draws what a run may cost: a few calls, or more than it takes.
fn some_budget(dice: &mut Dice) -> f64 {
    dice.between(1, 60) as f64 * 0.0002
}

/// What the provider says when nothing is wrong: the same to the same question.
fn good(asked: &Asked) -> Reply {
    let mark = history::mark(&asked.body);
    if !asked.is_judge() {
        return says(&format!("{} {mark}", truth::answer_to(&asked.last())));
    }
    let system = asked.body["messages"][0]["content"].as_str().unwrap_or_default();
    let criterion = if system.contains("Is it 1?") { 1 } else { 0 };
    verdict(truth::level_of(criterion, history::unmarked(&asked.candidate())), &mark)
}

/// A world that a seed decides, and the runs that were started in it.
struct Simulation {
    world: Arc<World>,
    dice: Dice,
    set: String,
    criteria: usize,
    runs: Vec<Started>,
}

impl Simulation {
    fn of(seed: u64, plant: Option<Plant>) -> Self {
        let mut dice = Dice::of(seed);
        let items = usize::try_from(dice.between(1, 4)).unwrap();
        let criteria = if dice.chance(20) { 2 } else { 1 };
        let mut simulation = Self::with(items, criteria, dice);
        let limit = if simulation.dice.chance(60) { 45 } else { 1000 };
        simulation.world.configure(|settings| settings.slice_limit = limit);
        *simulation.world.plant.lock().unwrap() = plant;
        simulation
    }

    /// Makes a world with a set of so many items and criteria.
    fn with(items: usize, criteria: usize, dice: Dice) -> Self {
        let mut dice = dice;
        let world = World::seeded(dice.below(u64::MAX));
        world.connect();
        let asked = |n| json!({"name": format!("c{n}"), "question": format!("Is it {n}?")});
        let listed: Vec<_> = (0..criteria).map(asked).collect();
        let set = world.set_with(items, json!({"criteria": listed}));
        world.provider.does(good);
        Self { world, dice, set, criteria, runs: Vec::new() }
    }

    /// Does something, and tells what is wrong with the history then.
    fn judge(&mut self, act: impl FnOnce(&mut Self)) -> Vec<String> {
        let went = std::panic::catch_unwind(AssertUnwindSafe(|| act(self)));
        let Err(panic) = went else { return check::check(&self.world, &self.runs) };
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|&words| words.to_owned()));
        vec![words.unwrap_or_else(|| "it panicked".to_owned())]
    }

    /// Does all that the seed decides.
    fn go(&mut self, seed: u64) {
        let parts = if self.dice.chance(30) { 2 } else { 1 };
        for part in 0..parts {
            let weather = Arc::new(Weather::of(seed * 2 + part));
            *self.world.weather.lock().unwrap() = Some(Arc::clone(&weather));
            let blowing = Arc::clone(&weather);
            self.world.provider.does(move |asked| blowing.blows(asked.is_judge(), good(asked)));
            // In one seed of eight the answer about an item ends every instance that it comes to, or all at once.
            self.world.configure(|settings| {
                settings.fatal = seed.is_multiple_of(8).then_some("An answer to: Question 1?");
                settings.is_shared = seed.is_multiple_of(16);
            });
            self.start(part > 0);
            let mut drive = Drive::new(&self.world);
            self.storm(&mut drive);
            weather.clear();
            self.world.configure(|settings| settings.fatal = None);
            *self.world.overloaded.lock().unwrap() = None;
            self.settle(&mut drive);
        }
    }

    /// Starts a run of the set: the same again, or whatever the dice say.
    fn start(&mut self, is_second: bool) {
        let first = self.runs.first().filter(|run| is_second && run.is_scored);
        if let Some(first) = first
            && self.dice.chance(30)
        {
            let judge = json!({"provider": "mock", "model": "judge", "params": {"seed": self.dice.below(3)}});
            let run = self.world.post(&format!("/api/runs/{}/rejudge", first.id), &json!({"judge": judge}));
            self.runs.push(Started { id: id(&run), ..Started::of(&run, self.criteria) });
            return;
        }
        let dice = &mut self.dice;
        let mut judge = json!({"provider": "mock", "model": "judge"});
        if dice.chance(15) {
            judge["repeats"] = json!(3);
        } else if dice.chance(15) {
            judge["border_repeats"] = json!(3);
        }
        if dice.chance(15) {
            judge["panel"] = json!([{"provider": "mock", "model": "judge", "params": {"seed": 7}}]);
        }
        let budget = if dice.chance(20) { Some(some_budget(dice)) } else { None };
        let extra = json!({
            "judge": judge, "baseline": dice.chance(60), "fresh": dice.chance(20),
            "concurrency": dice.pick(&CONCURRENCIES), "budget_usd": budget,
        });
        self.ask(extra);
    }

    /// Starts a run as it is asked for.
    fn ask(&mut self, extra: Value) {
        let run = self.world.ask_run(&self.set, extra.clone()).succeeded();
        let (budget_usd, is_fresh) = (extra["budget_usd"].as_f64(), extra["fresh"] == true);
        self.runs.push(Started { budget_usd, is_fresh, ..Started::of(&run, self.criteria) });
    }

    /// Lets the storm pass, while people do what the dice say.
    fn storm(&mut self, drive: &mut Drive) {
        for _ in 0..self.dice.below(9) {
            for _ in 0..self.dice.between(1, 150) {
                if !drive.turn() {
                    return;
                }
            }
            self.act(drive);
        }
        self.wait(drive);
    }

    fn act(&mut self, drive: &mut Drive) {
        let acts = [
            "look", "look", "look", "overload", "crash", "lose", "lose", "pause", "resume", "resume",
            "retry", "cancel", "change", "change", "change", "start",
        ];
        let act = self.dice.pick(&acts);
        let which = usize::try_from(self.dice.below(self.runs.len() as u64)).unwrap();
        let run = self.runs[which].id.clone();
        let rarely = self.dice.chance(20);
        match act {
            "look" => self.look(&run),
            "overload" if !rarely => {}
            "overload" => {
                let until = self.world.clock.now().plus(i64::try_from(self.dice.between(1, 60_000)).unwrap());
                *self.world.overloaded.lock().unwrap() = Some(until);
                self.write(What::Did(format!("overloads the database until {until}")));
            }
            "crash" => drive.crash(),
            "lose" => {
                drive.lose_one(|n| usize::try_from(self.dice.below(n as u64)).unwrap());
            }
            "change" => self.change(&run),
            "cancel" if !rarely => {}
            "start" if self.runs.len() > 1 || self.world.is_overloaded() => {}
            "start" => self.start(false),
            verb => self.steer(&run, verb),
        }
    }

    fn steer(&self, run: &str, verb: &str) {
        let reply = self.world.call("POST", &format!("/api/runs/{run}/{verb}"), &Value::Null);
        self.write(What::Did(format!("{verb} {run}: {}", reply.status)));
    }

    /// Changes what a run may cost, how many calls it may have under way, or both.
    fn change(&mut self, run: &str) {
        let dice = &mut self.dice;
        let budget = if dice.chance(50) { Some(some_budget(dice)) } else { None };
        let concurrency =
            if budget.is_none() || dice.chance(50) { Some(dice.pick(&CONCURRENCIES)) } else { None };
        self.patch(run, budget, concurrency);
    }

    fn patch(&self, run: &str, budget: Option<f64>, concurrency: Option<u32>) {
        let change = json!({"budget_usd": budget, "concurrency": concurrency});
        match self.world.call("PATCH", &format!("/api/runs/{run}"), &change).status {
            200 => self.write(What::Changed(run.to_owned(), budget, concurrency)),
            status => self.write(What::Did(format!("change {run}: {status}"))),
        }
    }

    fn look(&self, run: &str) {
        if self.world.is_overloaded() {
            return;
        }
        let seen = self.world.run(run);
        let done = seen["counts"]["done"].as_u64().unwrap();
        self.write(What::Looked(run.to_owned(), done, seen["cost_usd"].as_f64()));
    }

    fn write(&self, what: What) {
        self.world.history.add(self.world.clock.now(), 0, None, what);
    }

    /// Lets the shards work until none has anything left to do.
    fn wait(&self, drive: &mut Drive) {
        for _ in 0..MOST_TURNS {
            if !drive.turn() {
                return;
            }
        }
        self.write(What::Did("gives up waiting for the runs to end".to_owned()));
    }

    /// Brings every run to its end in fair weather: what waits for a person gets one.
    fn settle(&mut self, drive: &mut Drive) {
        for place in 0..self.runs.len() {
            let id = self.runs[place].id.clone();
            for _ in 0..6 {
                self.wait(drive);
                self.look(&id);
                let run = self.world.run(&id);
                let (unscored, errored) = (&run["counts"]["unscored"], &run["counts"]["errored"]);
                let is_scored = unscored == 0 && errored == 0;
                match run["status"].as_str().unwrap() {
                    "paused" if run["reason"].as_str().unwrap().starts_with("the budget") => {
                        if self.dice.chance(50) {
                            break;
                        }
                        self.patch(&id, Some(1.0), None);
                        self.steer(&id, "resume");
                    }
                    "paused" => self.steer(&id, "resume"),
                    "done" if !is_scored => self.steer(&id, "retry"),
                    status => {
                        self.runs[place].is_scored = status == "done";
                        break;
                    }
                }
            }
        }
    }
}

/// Tries a seed. Gives what is wrong with its history, and the simulation.
fn try_seed(seed: u64, plant: Option<Plant>) -> (Vec<String>, Simulation) {
    let mut simulation = Simulation::of(seed, plant);
    let wrong = simulation.judge(|simulation| simulation.go(seed));
    (wrong, simulation)
}

/// Writes down a failed seed: what is wrong, how it came to that, and how to run it alone.
fn report(seed: u64, wrong: &[String], simulation: &Simulation, most: usize) -> String {
    let entries = simulation.world.history.entries();
    let shown = entries.iter().enumerate().skip(entries.len().saturating_sub(most));
    let shown: Vec<_> = shown.map(|(place, entry)| format!("{place} {entry}")).collect();
    let runs: Vec<_> = simulation.runs.iter().map(|run| format!("{run:?}")).collect();
    format!(
        "seed {seed}: {}\n{}\n{}\nRun it alone: SEED={seed} cargo test -p tests simulation::histories",
        wrong.join("\nand "),
        runs.join("\n"),
        shown.join("\n"),
    )
}

/// Tries seeds until so many have failed. Gives their reports.
fn failures(seeds: u64, plant: Option<Plant>, most: usize) -> Vec<String> {
    let failed = AtomicUsize::new(0);
    together((1..=seeds).collect(), |seed| {
        if failed.load(Ordering::Relaxed) >= most {
            return None;
        }
        let (wrong, simulation) = try_seed(seed, plant);
        if wrong.is_empty() {
            return None;
        }
        failed.fetch_add(1, Ordering::Relaxed);
        Some(report(seed, &wrong, &simulation, 80))
    })
}

/// Tries cases on all processors. Gives what they say, in their order.
fn together<T: Copy + Sync>(cases: Vec<T>, check: impl Fn(T) -> Option<String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let said = Mutex::new(BTreeMap::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&case) = cases.get(place) else { return };
                    if let Some(words) = check(case) {
                        said.lock().unwrap().insert(place, words);
                    }
                }
            });
        }
    });
    said.into_inner().unwrap().into_values().collect()
}

/// Reads a number from the environment.
fn wanted(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

#[test]
fn histories_are_as_they_must_be() {
    if let Some(seed) = wanted("SEED") {
        let (wrong, simulation) = try_seed(seed, None);
        println!("{}", report(seed, &wrong, &simulation, usize::MAX));
        assert_eq!(wrong, Vec::<String>::new());
        return;
    }
    let failures = failures(wanted("SEEDS").unwrap_or(SEEDS), None, 20);
    let heads: Vec<_> = failures.iter().filter_map(|report| report.lines().next()).collect();
    assert!(failures.is_empty(), "{}\n\nthe first of these:\n{}", heads.join("\n"), failures[0]);
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in [3, 11, 42] {
        let once = || {
            let (_, simulation) = try_seed(seed, None);
            let entries = simulation.world.history.entries();
            entries.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(once(), once());
    }
}

/// A run of 20 items that must wait once for longer than a slice does, so that every port is touched.
fn twenty_items() -> Simulation {
    let mut simulation = Simulation::with(20, 1, Dice::of(20));
    let mut waits = false;
    simulation.world.provider.does(move |asked| {
        match asked.is_judge() && !std::mem::replace(&mut waits, true) {
            true => error(429, "later").retry_after("400"),
            false => good(asked),
        }
    });
    simulation.ask(json!({"concurrency": 8, "baseline": false}));
    simulation
}

#[test]
fn whatever_goes_wrong_once_every_item_has_one_outcome() {
    let touches = {
        let mut simulation = twenty_items();
        simulation.settle(&mut Drive::new(&simulation.world));
        simulation.world.touches.load(Ordering::Relaxed)
    };
    assert!(touches > 60, "{touches}");
    let every = Trouble::ALL.into_iter().flat_map(|trouble| (0..touches).map(move |at| (at, trouble)));
    let wrong = together(every.collect(), |(at, trouble)| {
        let mut simulation = twenty_items();
        *simulation.world.trouble.lock().unwrap() = Some((at, trouble));
        let wrong = simulation.judge(|simulation| simulation.settle(&mut Drive::new(&simulation.world)));
        let is_done = simulation.runs[0].is_scored;
        if wrong.is_empty() && is_done {
            return None;
        }
        Some(format!("{trouble:?} at touch {at}: {}", report(20, &wrong, &simulation, 80)))
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn whichever_shard_does_not_hear_the_run_ends() {
    let wrong = together((0..8).collect(), |time| {
        let mut simulation = Simulation::with(20, 1, Dice::of(20));
        *simulation.world.deaf_at.lock().unwrap() = Some(time);
        let wrong = simulation.judge(|simulation| {
            simulation.ask(json!({"concurrency": 48, "baseline": false}));
            let mut drive = Drive::new(&simulation.world);
            simulation.wait(&mut drive);
            // Its items are anybody's; what only it does waits for the sweep.
            finish(&simulation.world, wake::sweep(&Seat::of_router(&simulation.world))).unwrap();
            simulation.settle(&mut drive);
        });
        let is_done = simulation.runs[0].is_scored;
        if wrong.is_empty() && is_done { None } else { Some(report(20, &wrong, &simulation, 80)) }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_wait_of_a_day_is_a_pause_that_ends_by_itself_or_by_hand() {
    for by_hand in [false, true] {
        let mut simulation = Simulation::with(12, 1, Dice::of(1));
        let mut asked_before = 0;
        simulation.world.provider.does(move |asked| {
            asked_before += 1;
            if asked_before == 9 {
                error(429, "come back tomorrow").retry_after("86400")
            } else {
                good(asked)
            }
        });
        simulation.ask(json!({"concurrency": 12}));
        let mut drive = Drive::new(&simulation.world);
        drive.until(|world| world.count("run_event WHERE kind = 'paused'") == 1);
        let paused_at = simulation.world.clock.now();
        drive.until_moment(paused_at.plus(60_000));
        let run = simulation.world.run(&simulation.runs[0].id);
        assert_eq!(
            [&run["status"], &run["reason"]],
            ["paused", "the provider answered 429: come back tomorrow"]
        );
        let resumes_at = Moment::try_from(run["resumes_at"].as_str().unwrap().to_owned()).unwrap();
        assert!((86_300_000..86_500_000).contains(&resumes_at.since(paused_at)), "{resumes_at}");
        if by_hand {
            simulation.steer(&simulation.runs[0].id, "resume");
        }
        while drive.turn() {}
        assert_eq!(simulation.world.clock.now() < resumes_at, by_hand);
        simulation.settle(&mut drive);
        assert!(simulation.runs[0].is_scored);
        assert_eq!(check::check(&simulation.world, &simulation.runs), Vec::<String>::new());
    }
}

#[test]
fn a_database_that_has_too_much_to_do_for_a_minute_holds_a_run_up_and_no_longer() {
    let mut simulation = Simulation::with(60, 1, Dice::of(1));
    simulation.ask(json!({"concurrency": 12}));
    let world = Arc::clone(&simulation.world);
    let run = format!("/api/runs/{}", simulation.runs[0].id);
    let mut drive = Drive::new(&world);
    drive.until(|world| world.provider.calls().len() >= 40);
    let until = world.clock.now().plus(60_000);
    *world.overloaded.lock().unwrap() = Some(until);
    let before = world.provider.calls().len();
    // Somebody who asks meanwhile is told to come back.
    let asked = world.call("GET", &run, &Value::Null);
    assert_eq!(asked.problem(), "503 the database is busy; try again in a moment");
    assert_eq!(asked.header("retry-after"), "5");
    drive.until_moment(until.plus(-1));
    let meanwhile = world.provider.calls().len() - before;
    // Those under way, and of each shard as many as bring together what it writes.
    assert!(meanwhile <= 12 + 2 * 16, "{meanwhile} calls were begun whose answers could not be stored");
    drive.finish();
    let late = world.clock.now().since(until);
    assert!(late < 30_000, "it ends {late} ms after the minute");
    let shown = world.get(&run);
    assert_eq!([&shown["status"], &shown["counts"]["done"]], [&json!("done"), &json!(60)]);
    assert_eq!(check::check(&world, &simulation.runs), Vec::<String>::new());
}

#[test]
fn every_planted_bug_is_found() {
    for plant in plant::ALL {
        let found = failures(SEEDS, Some(plant), 1);
        assert!(!found.is_empty(), "{plant:?} is not found in {SEEDS} seeds");
        println!("{plant:?}: {}", found[0].lines().next().unwrap_or_default());
    }
}
