//! How the work of the database grows: with a run as its items do, and not at all with what is read of one.
//!
//! Work is counted in steps of `SQLite`, so that no clock is asked. Leaves out what the sizes are that a deployment has:
//! see `bench/scale.mjs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::provider::{error, usual};

/// A statement that takes less than one step in so many is not looked at alone: slices do not divide evenly.
const SMALL: u64 = 100;

/// By how much the work for an item may be more in the larger run.
const MOST: f64 = 1.1;

/// Runs a set of so many items on two shards, and gives the world, the run and the steps of each statement.
fn run(items: usize, answers: bool) -> (Arc<World>, String, BTreeMap<String, u64>) {
    let world = World::new();
    world.connect();
    if !answers {
        world.provider.does(|asked| if asked.is_judge() { usual(asked) } else { error(400, "no") });
    }
    let set = world.set_of(items);
    world.steps();
    let run = world.start(&set, json!({"concurrency": 12}));
    world.drive();
    let steps = world.steps();
    assert_eq!(world.run(&run)["counts"]["done"], items);
    (world, run, steps)
}

#[test]
fn an_item_takes_no_more_work_in_a_larger_run() {
    let sizes: [u64; 3] = [100, 200, 500];
    let taken = sizes.map(|items| run(usize::try_from(items).unwrap(), true).2);
    // What a run takes beside its items falls out between two sizes.
    let each = |of: &dyn Fn(usize) -> u64, size: usize| {
        of(size).saturating_sub(of(size - 1)) as f64 / (sizes[size] - sizes[size - 1]) as f64
    };
    let grown = |of: &dyn Fn(usize) -> u64| {
        let (smaller, larger) = (each(of, 1), each(of, 2));
        if larger > smaller * MOST {
            Some(format!("{smaller:.1} to {larger:.1} steps an item"))
        } else {
            None
        }
    };
    let all = |size: usize| taken[size].values().sum::<u64>();
    let largest = taken[2].iter().filter(|(_, steps)| **steps * SMALL > all(2));
    let statements = largest.filter_map(|(sql, _)| {
        let grew = grown(&|size| taken[size].get(sql).copied().unwrap_or_default())?;
        Some(format!("{grew}: {sql}"))
    });
    let grew: Vec<_> = grown(&all).into_iter().chain(statements).collect();
    expect![""].assert_eq(&grew.join("\n"));
}

/// What is read again and again of a run.
const READ: [&str; 5] =
    ["", "/results", "/results?order=delta", "/results?verdict=error", "/results?verdict=pass"];

/// Gives the steps that each takes.
fn reads(world: &Arc<World>, run: &str) -> Vec<u64> {
    let steps = READ.iter().map(|path| {
        world.steps();
        world.get(&format!("/api/runs/{run}{path}"));
        world.steps().values().sum()
    });
    steps.collect()
}

#[test]
fn a_run_and_a_page_of_its_results_take_the_same_work_however_many_there_are() {
    let [few, many] = [100, 400].map(|items| {
        let (world, run, _) = run(items, false);
        let done = reads(&world, &run);
        // Every item is opened for another try, and none has its next outcome.
        world.post(&format!("/api/runs/{run}/retry"), &Value::Null);
        assert_eq!(world.run(&run)["counts"]["done"], 0);
        [done, reads(&world, &run)]
    });
    assert_eq!(few, many);
}
