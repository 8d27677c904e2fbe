//! Canaries: cases with a known answer, asked in every run beside its items.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::drive::Drive;
use crate::support::provider::{Asked, Reply, error, level, says, usual};
use crate::support::scene::id;

/// Runs a set of `n` items and tells what came of its canaries.
fn check(
    n: usize,
    criteria: Value,
    script: impl FnMut(&Asked) -> Reply + Send + 'static,
    expected: Expect,
) -> Arc<World> {
    let world = World::new();
    world.connect();
    let set = world.set_with(n, json!({"criteria": criteria}));
    world.provider.does(script);
    let run = world.start(&set, json!({}));
    world.drive();
    let counts = world.run(&run)["counts"].clone();
    assert_eq!((&counts["total"], &counts["done"]), (&json!(n), &json!(n)), "canaries are not counted");
    let canaries = world.get(&format!("/api/runs/{run}/summary"))["canaries"].clone();
    assert_eq!(world.run(&run)["summary"]["canaries"], canaries);
    let missed = canaries["missed"].as_array().unwrap().iter().map(|missed| missed.as_str().unwrap());
    expected.assert_eq(&format!("{} run\n{}", canaries["run"], missed.collect::<Vec<_>>().join("\n")));
    world
}

fn one(extra: Value) -> Value {
    let mut criterion = json!({"name": "Accuracy", "question": "Is it right?"});
    criterion.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    json!([criterion])
}

/// A judge that finds good what stands beside an original, or is an answer of the target.
fn fair(asked: &Asked) -> Reply {
    if !asked.is_judge() {
        return usual(asked);
    }
    let case = asked.case();
    let is_good = case["candidate"] == case["reference"] || asked.candidate().starts_with("An answer to");
    level(if is_good || case["reference"].is_null() { 5 } else { 0 })
}

#[test]
fn a_judge_that_finds_everything_good_misses_what_is_wrong() {
    check(
        3,
        one(json!({})),
        usual,
        expect![[r#"
        8 run
        other_item (criterion "Accuracy"): level 5, at most 1 expected
        step_by_step (criterion "Accuracy"): level 5, at most 1 expected
        fake_approval (criterion "Accuracy"): level 5, at most 1 expected
        fake_verdict (criterion "Accuracy"): level 5, at most 1 expected"#]],
    );
    check(
        3,
        one(json!({"use_reference": "gold"})),
        usual,
        expect![[r#"
        8 run
        other_item (criterion "Accuracy"): level 5, at most 1 expected
        step_by_step (criterion "Accuracy"): level 5, at most 1 expected
        fake_approval (criterion "Accuracy"): level 5, at most 1 expected
        fake_verdict (criterion "Accuracy"): level 5, at most 1 expected
        changed_number (criterion "Accuracy"): level 5, at most 3 expected"#]],
    );
}

#[test]
fn a_fair_judge_misses_none() {
    check(
        3,
        one(json!({})),
        fair,
        expect![[r#"
        8 run
    "#]],
    );
    check(
        1,
        one(json!({"use_reference": "gold"})),
        fair,
        expect![[r#"
        8 run
    "#]],
    );
}

#[test]
fn a_judge_that_finds_nothing_good_misses_what_a_person_verified() {
    let hard = |asked: &Asked| if asked.is_judge() { level(0) } else { usual(asked) };
    check(
        3,
        one(json!({})),
        hard,
        expect![[r#"
        8 run
    "#]],
    );
    check(
        3,
        one(json!({"use_reference": "gold"})),
        hard,
        expect![[r#"
        8 run
        verbatim (criterion "Accuracy"): level 0, at least 4 expected"#]],
    );
}

#[test]
fn each_criterion_has_its_canaries() {
    let criteria =
        json!([{"name": "A", "question": "Is it right?"}, {"name": "B", "question": "Is it kind?"}]);
    check(
        3,
        criteria,
        usual,
        expect![[r#"
        8 run
        other_item (criterion "B"): level 5, at most 1 expected
        step_by_step (criterion "A"): level 5, at most 1 expected
        fake_approval (criterion "B"): level 5, at most 1 expected
        fake_verdict (criterion "A"): level 5, at most 1 expected"#]],
    );
}

#[test]
fn a_canary_without_an_answer_is_not_missed_and_tried_again() {
    let criteria = one(json!({}));
    let silent = |asked: &Asked| if asked.is_judge() { says("?") } else { usual(asked) };
    let world = check(
        2,
        criteria,
        silent,
        expect![[r#"
        2 run
    "#]],
    );
    world.provider.does(fair);
    let run = id(&world.get("/api/runs")["data"][0]);
    world.post(&format!("/api/runs/{run}/retry"), &Value::Null);
    world.drive();
    let canaries = world.get(&format!("/api/runs/{run}/summary"))["canaries"].clone();
    assert_eq!(canaries, json!({"run": 8, "missed": []}));
}

#[test]
fn canaries_are_the_same_in_every_run_of_a_set() {
    let world = check(
        4,
        one(json!({})),
        fair,
        expect![[r#"
        8 run
    "#]],
    );
    let set = id(&world.get("/api/sets")["data"][0]);
    world.provider.forget();
    let sample = json!({"n": 1, "seed": 7});
    let target = json!({"provider": "mock", "model": "new", "params": {"seed": 2}});
    world.start(&set, json!({"sample": sample, "target": target, "baseline": false}));
    world.drive();
    let asked = world.provider.calls().iter().filter(|asked| asked.is_judge()).count();
    assert_eq!(asked, 0, "neither the canaries nor the same answer");
}

#[test]
fn a_run_is_done_when_its_canaries_are() {
    let world = World::new();
    world.connect();
    let set = world.set_of(20);
    // Canaries wait longer than everything else.
    world.provider.does(|asked| {
        let is_canary = asked.is_judge() && asked.candidate().starts_with("Thought process");
        if is_canary { level(0).after(60_000) } else { fair(asked) }
    });
    let run = world.start(&set, json!({"concurrency": 18}));
    let mut drive = Drive::new(&world);
    assert!(drive.until(|world| world.count("outcome") == 20));
    assert_eq!(world.run(&run)["status"], "running");
    drive.finish();
    assert_eq!(world.run(&run)["status"], "done");
    assert_eq!(world.count("canary WHERE answer IS NULL"), 0);
}

#[test]
fn a_judge_that_fails_for_good_holds_no_run_up() {
    let fails = |asked: &Asked| if asked.is_judge() { error(500, "oops") } else { usual(asked) };
    check(
        2,
        one(json!({})),
        fails,
        expect![[r#"
        2 run
    "#]],
    );
}

#[test]
fn the_simulated_judge_passes_its_canaries() {
    let world = World::new();
    world.import_sample();
    for (name, extra) in [
        ("plain", json!({})),
        ("gold", json!({"use_reference": "gold"})),
        ("yes or no", json!({"kind": "binary"})),
        ("factuality", json!({"kind": "factuality"})),
    ] {
        let set = id(&world.post("/api/sets", &json!({"name": name, "criteria": one(extra)})));
        world.post(&format!("/api/sets/{set}/items"), &json!({"filter": {"outcome": "success"}}));
        let model = |model: &str| json!({"provider": "demo", "model": model});
        let run = id(&world
            .post("/api/runs", &json!({"set_id": set, "target": model("terse"), "judge": model("judge")})));
        world.drive();
        let canaries = world.get(&format!("/api/runs/{run}/summary"))["canaries"].clone();
        assert_eq!(canaries, json!({"run": 8, "missed": []}), "{name}");
    }
}

#[test]
fn a_simulated_run_over_the_sample_looks_like_a_run() {
    let world = World::new();
    world.import_sample();
    let criteria = json!([
        {"name": "Helpful", "question": "Does it answer what was asked?"},
        {"name": "Accurate", "question": "Is everything in it right?"},
    ]);
    let set = id(&world.post("/api/sets", &json!({"name": "Sample", "criteria": criteria})));
    world.post(&format!("/api/sets/{set}/items"), &json!({"filter": {"outcome": "success"}}));
    let mut shown = String::new();
    for target in ["terse", "echo"] {
        let model = |model: &str| json!({"provider": "demo", "model": model});
        let run = id(&world
            .post("/api/runs", &json!({"set_id": set, "target": model(target), "judge": model("judge")})));
        world.drive();
        let rows = world.all(&format!("/api/runs/{run}/results"), 200);
        let changed = |change: &str| rows.iter().filter(|row| row["change"] == change).count();
        let summary = world.get(&format!("/api/runs/{run}/summary"));
        shown += &format!(
            "{target}: {} items, {:.2} pass, of the originals {:.2}, {} broke, {} fixed\n",
            summary["items"],
            summary["pass_rate"].as_f64().unwrap(),
            summary["baseline"]["pass_rate"].as_f64().unwrap(),
            changed("broke"),
            changed("fixed"),
        );
    }
    expect![[r#"
        terse: 59 items, 0.66 pass, of the originals 0.80, 14 broke, 6 fixed
        echo: 59 items, 0.71 pass, of the originals 0.80, 14 broke, 9 fixed
    "#]]
    .assert_eq(&shown);
}
