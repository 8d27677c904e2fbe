//! Set → estimate: what a run would take, said before it is started.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::scene::{pair, with};
use crate::support::{Reply, Seat, World, drive, provider, shows};

/// Asks for an estimate of a run of a set by the scripted provider.
fn ask(world: &Arc<World>, set: &str, extra: Value) -> Reply {
    let new = json!({
        "set_id": set, "target": {"provider": "mock", "model": "new"}, "judge": {"provider": "mock", "model": "judge"},
        "concurrency": 6,
    });
    world.call("POST", "/api/runs/estimate", &with(new, extra))
}

/// Gives an estimate in one line, without the note.
fn line(estimate: &Value) -> String {
    let cost = estimate["cost_usd"].as_f64().map_or("unknown".to_owned(), |usd| format!("{usd:.5}"));
    format!(
        "{} items: {} target, {} judge, {} memoised, {cost} USD, {} s, tells {:.3}, unpriced {}",
        estimate["items"],
        estimate["target_calls"],
        estimate["judge_calls"],
        estimate["memoised_calls"],
        estimate["seconds"],
        estimate["detectable_margin"].as_f64().unwrap(),
        estimate["unpriced"],
    )
}

fn check(world: &Arc<World>, set: &str, extra: Value, expected: &Expect) {
    shows(&line(&ask(world, set, extra).succeeded()), expected);
}

/// Estimates a run, makes it, and compares the calls: to the target, to the judge, known already.
fn check_actual(world: &Arc<World>, set: &str, extra: Value) {
    let estimate = ask(world, set, extra.clone()).succeeded();
    let run = world.start(set, extra);
    world.drive();
    let calls = world.run(&run)["calls"].clone();
    let names = ["target_calls", "judge_calls", "memoised_calls"].map(|name| estimate[name].clone());
    assert_eq!(names, ["target", "judge", "memoised"].map(|name| calls[name].clone()), "{estimate}");
}

#[test]
fn a_first_run_calls_for_everything_and_a_second_for_nothing() {
    let world = World::new();
    world.connect();
    let set = world.set_of(5);
    check(
        &world,
        &set,
        json!({}),
        &expect![[r#"
        5 items: 5 target, 16 judge, 0 memoised, 0.04192 USD, 11 s, tells 0.352, unpriced []
    "#]],
    );
    check_actual(&world, &set, json!({}));
    check(
        &world,
        &set,
        json!({}),
        &expect![[r#"
        5 items: 0 target, 0 judge, 21 memoised, 0.00000 USD, 0 s, tells 0.497, unpriced []
    "#]],
    );
    check_actual(&world, &set, json!({}));
}

#[test]
fn the_calls_are_those_that_the_run_makes() {
    let world = World::new();
    world.connect();
    let criteria = json!([
        {"name": "Accuracy", "question": "Is it right?"},
        {"name": "Better", "question": "Which is better?", "kind": "compare"},
        {"name": "Facts", "question": "Do the facts agree?", "kind": "factuality"},
    ]);
    let set = world.set_with(4, json!({"criteria": criteria}));
    let panel = json!({"provider": "mock", "model": "judge", "repeats": 3, "panel": [{"provider": "mock", "model": "judge-2"}]});
    world.provider.does(|asked| {
        if asked.body["model"] == "new" {
            return provider::usual(asked);
        }
        let system = asked.body["messages"][0]["content"].as_str().unwrap();
        let answer = match system {
            text if text.contains("1_much") => json!({"choice": "equal"}),
            text if text.contains("A:") || text.contains("(A)") => json!({"choice": "C"}),
            _ => json!({"level": 5}),
        };
        let flags = json!({"instruction_in_data": false, "cannot_judge": false});
        provider::says(
            &with(json!({"evidence": [], "reasoning": "So it is.", "flags": flags}), answer).to_string(),
        )
    });
    check_actual(&world, &set, json!({}));
    check_actual(&world, &set, json!({"baseline": false, "sample": {"n": 2, "seed": 7}}));
    check_actual(&world, &set, json!({"judge": panel}));
    check_actual(&world, &set, json!({"fresh": true}));
}

#[test]
fn another_target_leaves_the_judgements_of_the_originals_known() {
    let world = World::new();
    world.connect();
    let set = world.set_of(3);
    world.provider.does(|asked| match asked.is_judge() {
        true => provider::usual(asked),
        false => provider::says(&format!("{} at {}", asked.last(), asked.body["temperature"])),
    });
    world.start(&set, json!({}));
    world.drive();
    let other = json!({"target": {"provider": "mock", "model": "new", "params": {"temperature": 0.5}}});
    check(
        &world,
        &set,
        other.clone(),
        &expect![[r#"
            3 items: 3 target, 3 judge, 9 memoised, 0.00092 USD, 1 s, tells 0.829, unpriced []
        "#]],
    );
    check_actual(&world, &set, other);
}

#[test]
fn a_price_that_is_not_known_is_named_and_leaves_no_cost() {
    let world = World::new();
    world.connect();
    let set = world.set_of(2);
    let unpriced = json!({"target": {"provider": "mock", "model": "mock/large"}});
    check(
        &world,
        &set,
        unpriced,
        &expect![[r#"
            2 items: 2 target, 10 judge, 0 memoised, unknown USD, 6 s, tells 0.556, unpriced ["mock/large"]
        "#]],
    );
}

#[test]
fn tokens_are_those_of_the_logs_where_they_are_known() {
    let world = World::new();
    world.connect();
    world.import([pair("Hi", "Hello.", json!({}))]);
    let set = world.set_of(0);
    world.sql("UPDATE log SET input_tokens = 1000000, output_tokens = 100000, latency_ms = 8000");
    world.post(&format!("/api/sets/{set}/items"), &json!({"filter": {}}));
    // A dollar goes in and one comes out; of the latter the target may say a tenth.
    let judge = json!({"provider": "mock", "model": "judge", "params": {"max_tokens": 10}});
    check(
        &world,
        &set,
        json!({"judge": judge}),
        &expect![[r#"
            1 items: 1 target, 8 judge, 0 memoised, 1.88620 USD, 11 s, tells 0.786, unpriced []
        "#]],
    );
    let short = json!({"target": {"provider": "mock", "model": "new", "params": {"max_tokens": 10000}}, "judge": judge});
    check(
        &world,
        &set,
        short,
        &expect![[r#"
            1 items: 1 target, 8 judge, 0 memoised, 1.26979 USD, 11 s, tells 0.786, unpriced []
        "#]],
    );
}

#[test]
fn the_note_rests_on_the_last_run_of_the_set() {
    let world = World::new();
    world.connect();
    let set = world.set_of(4);
    let note = |extra| ask(&world, &set, extra).succeeded()["note"].as_str().unwrap().replace(". ", ".\n");
    shows(
        &note(json!({})),
        &expect![[r#"
            With 4 items this run can tell a difference of 39.3 points; 5 points need about 248.
            The chance that it lets an equally good target ship at a margin of 5 points is below 1 %.
            10.0 % of the items are taken to change, since no run of the set has told yet.
            No call to mock/new, mock/judge has been seen yet: its time is a guess of 3 s a call.
        "#]],
    );
    // Half of the new answers fail where every original passes.
    let mut turn = 0;
    world.provider.does(move |asked| {
        let is_new = asked.is_judge() && asked.candidate().starts_with("An answer to");
        turn += u8::from(is_new);
        if is_new && turn % 2 == 0 { provider::level(0) } else { provider::usual(asked) }
    });
    world.start(&set, json!({}));
    world.drive();
    shows(
        &note(json!({})),
        &expect![[r#"
        With 4 items this run can tell a difference of 87.9 points; 5 points need about 1237.
        The chance that it lets an equally good target ship at a margin of 5 points is about 4 %.
        50.0 % of the items are taken to change, as in the last run of the set.
    "#]],
    );
}

#[test]
fn a_large_set_is_estimated_from_a_part() {
    let world = World::new();
    world.connect();
    let set = world.set_of(2_500);
    let estimate = ask(&world, &set, json!({})).succeeded();
    shows(
        &line(&estimate),
        &expect![[r#"
            2500 items: 2500 target, 5006 judge, 0 memoised, 13.18727 USD, 3753 s, tells 0.016, unpriced []
        "#]],
    );
    assert!(estimate["note"].as_str().unwrap().contains("a random sample of 2000 items"), "{estimate}");
    let target = json!({"provider": "mock", "model": "new"});
    let new = json!({"set_id": set, "target": target, "judge": {"provider": "mock", "model": "judge"}});
    let (seat, new) = (Seat::of_router(&world), serde_json::from_value(new).unwrap());
    drive::finish(&world, edge::pipeline::estimate::of(&seat, new)).unwrap();
    assert!(seat.statements() <= 45, "{} statements, more than one invocation may make", seat.statements());
}

#[test]
fn what_cannot_start_cannot_be_estimated() {
    let world = World::new();
    world.connect();
    let (set, empty) = (world.set_of(1), world.set_of(0));
    for (set, extra) in [
        (&empty, json!({})),
        (&set, json!({"target": {"provider": "nobody", "model": "m"}})),
        (&set, json!({"set_version": 9})),
        (&set, json!({"sample": {"n": 0}})),
        (&set, json!({"budget_usd": 1, "target": {"provider": "mock", "model": "unpriced"}})),
    ] {
        let estimated = ask(&world, set, extra.clone());
        assert_eq!(estimated.status, 422);
        assert_eq!(estimated.problem(), world.ask_run(set, extra).problem());
    }
}

#[test]
fn what_a_run_can_be_made_of_is_of_one_set_or_of_all() {
    let world = World::new();
    world.connect();
    let (first, second) = (world.set_of(1), world.set_of(1));
    let target = json!({"provider": "mock", "model": "new", "prompt": {"system": "Be kind."}});
    world.post("/api/targets", &json!({"name": "Kind", "target": target}));
    for (set, name) in [(&first, "One"), (&second, "Two"), (&first, "Three")] {
        world.start(set, json!({"name": name}));
    }
    let names = |rows: &Value| {
        let names = rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>().join(", ")
    };
    let shown = ["".to_owned(), format!("?set_id={first}")].map(|query| {
        let choices = world.get(&format!("/api/choices{query}"));
        let lists = ["sets", "providers", "targets"].map(|list| names(&choices[list]["data"]));
        format!("{} | runs {}", lists.join(" | "), names(&choices["runs"]))
    });
    expect![[r#"
        Set 2, Set 1 | mock, demo | Kind | runs Three, Two, One
        Set 2, Set 1 | mock, demo | Kind | runs Three, One"#]]
    .assert_eq(&shown.join("\n"));
    expect![[r#"422 ?set unknown parameter "set"; known are set_id"#]]
        .assert_eq(&world.call("GET", "/api/choices?set=1", &Value::Null).problem());
}
