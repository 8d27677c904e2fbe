//! Set → trial: a judge tried on one item, before what it is asked is saved.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::provider::{Asked, Reply, error, level, says, verdict};
use crate::support::scene::{id, with};

const ORIGINAL: &str = "The original answer to question 1.";

/// A set of one item, and a judge that does this.
fn scene(judge: impl FnMut(&Asked) -> Reply + Send + 'static) -> (Arc<World>, String, String) {
    let world = World::new();
    world.connect();
    let set = world.set_of(1);
    world.provider.does(judge);
    let item = id(&world.get(&format!("/api/sets/{set}/items"))["data"][0]);
    let path = format!("/api/sets/{set}/items/{item}/trial");
    (world, set, path)
}

fn new(extra: Value) -> Value {
    let criteria = json!([{"name": "Short", "question": "Is it short?"}]);
    with(json!({"judge": {"provider": "mock", "model": "judge"}, "criteria": criteria}), extra)
}

/// Tells in a few lines what a trial comes to.
fn shown(trial: &Value) -> String {
    let criteria = trial["criteria"].as_array().unwrap().iter().map(|criterion| {
        let said = &criterion["candidate"];
        let levels: Vec<_> =
            said["judgements"].as_array().unwrap().iter().map(|given| given["level"].to_string()).collect();
        let panel = said["panel"].as_array().map_or(0, Vec::len);
        format!("{} {} + {panel} {}", criterion["name"], levels.join(" "), said["unscored"])
    });
    format!(
        "{} {}, {} calls, {} known, {} tokens, {} USD\n{}",
        trial["verdict"],
        trial["score"],
        trial["calls"],
        trial["memoised"],
        trial["usage"],
        trial["cost_usd"],
        criteria.collect::<Vec<_>>().join("\n")
    )
}

fn check(judge: fn(&Asked) -> Reply, extra: Value, expected: Expect) {
    let (world, _, path) = scene(judge);
    expected.assert_eq(&shown(&world.post(&path, &new(extra))));
}

#[test]
fn the_original_response_is_judged_unless_another_is_given() {
    let judge = |asked: &Asked| if asked.is_about(ORIGINAL) { level(4) } else { level(1) };
    check(
        judge,
        json!({}),
        expect![[r#"
        "pass" 0.8, 1 calls, 0 known, {"input_tokens":100,"output_tokens":10} tokens, 0.0002 USD
        "Short" 4 + 0 null"#]],
    );
    check(
        judge,
        json!({"response": "Another answer to it, in some words."}),
        expect![[r#"
        "fail" 0.2, 1 calls, 0 known, {"input_tokens":100,"output_tokens":10} tokens, 0.0002 USD
        "Short" 1 + 0 null"#]],
    );
}

#[test]
fn a_run_that_asks_the_same_knows_what_a_trial_was_told() {
    let (world, set, path) = scene(|asked| if asked.is_judge() { level(4) } else { says("A new answer.") });
    let criteria = world.get(&format!("/api/sets/{set}"))["criteria"].clone();
    let tried = |criteria: &Value| shown(&world.post(&path, &new(json!({"criteria": criteria}))));
    let first = tried(&criteria);
    expect![[r#"
        "pass" 0.8, 1 calls, 0 known, {"input_tokens":100,"output_tokens":10} tokens, 0.0002 USD
        "Accuracy" 4 + 0 null
        "pass" 0.8, 0 calls, 1 known, {"input_tokens":0,"output_tokens":0} tokens, 0.0 USD
        "Accuracy" 4 + 0 null"#]]
    .assert_eq(&format!("{first}\n{}", tried(&criteria)));
    let run = world.start(&set, json!({}));
    world.drive();
    let judged = world.provider.calls().iter().filter(|asked| asked.is_about(ORIGINAL)).count();
    assert_eq!(judged, 2, "once for the trial, once for a canary that repeats it");
    assert_eq!(world.run(&run)["counts"]["done"], 1);
}

#[test]
fn repeats_panels_and_both_orders_are_asked_as_a_run_asks_them() {
    let judge = |_: &Asked| verdict(3, "So so.");
    let panel = json!([{"provider": "mock", "model": "new"}]);
    check(
        judge,
        json!({"judge": {"provider": "mock", "model": "judge", "repeats": 3, "panel": panel}}),
        expect![[r#"
            "fail" 0.6, 6 calls, 0 known, {"input_tokens":600,"output_tokens":60} tokens, 0.0012000000000000001 USD
            "Short" 3 3 3 + 1 null"#]],
    );
    let compare = json!([{"name": "Better", "question": "Which is better?", "kind": "compare"}]);
    check(
        judge,
        json!({"criteria": compare}),
        expect![[r#"
        "pass" 0.8, 0 calls, 0 known, {"input_tokens":0,"output_tokens":0} tokens, 0.0 USD
        "Better" 4 4 + 0 null"#]],
    );
}

#[test]
fn a_judge_that_gives_no_level_leaves_it_unscored() {
    check(
        |_| says("Looks fine to me."),
        json!({}),
        expect![[r#"
        "unscored" null, 2 calls, 0 known, {"input_tokens":100,"output_tokens":10} tokens, 0.0004 USD
        "Short"  + 0 {"kind":"unreadable","why":"it ends with no JSON object that gives a level","reply":"Looks fine to me."}"#]],
    );
    check(
        |_| error(401, "no such key"),
        json!({}),
        expect![[r#"
        "unscored" null, 1 calls, 0 known, {"input_tokens":null,"output_tokens":null} tokens, 0.0 USD
        "Short"  + 0 {"kind":"unreachable","why":"the provider answered 401: no such key"}"#]],
    );
}

#[test]
fn a_trial_is_no_run_and_changes_nothing_in_the_set() {
    let (world, set, path) = scene(|_| level(5));
    let before = world.get(&format!("/api/sets/{set}"));
    world.post(&path, &new(json!({})));
    assert_eq!(world.get(&format!("/api/sets/{set}")), before);
    assert_eq!([world.count("run"), world.count("outcome")], [0, 0]);
}

#[test]
fn what_cannot_be_tried_is_named() {
    let (world, set, path) = scene(|_| level(5));
    let refused = |path: &str, body: &Value| world.call("POST", path, body).problem();
    let items = json!({"items": [{"request": "No answer"}], "dedupe": "none"});
    world.post(&format!("/api/sets/{set}/items"), &items);
    let rows = world.get(&format!("/api/sets/{set}/items"))["data"].clone();
    let bare = rows.as_array().unwrap().iter().find(|row| row["reference_preview"].is_null()).unwrap();
    let bare = format!("/api/sets/{set}/items/{}/trial", id(bare));
    let criterion = |n: usize| json!({"name": format!("c{n}"), "question": "Is it?"});
    let many: Vec<_> = (0..12).map(criterion).collect();
    let nobody = json!({"provider": "nobody", "model": "m"});
    let lines = [
        refused(&path, &new(json!({"judge": nobody}))),
        refused(&path, &new(json!({"criteria": []}))),
        refused(
            &path,
            &new(json!({"criteria": many, "judge": {"provider": "mock", "model": "judge", "repeats": 9}})),
        ),
        refused(&bare, &new(json!({}))),
        refused(&format!("/api/sets/{set}/items/nothing/trial"), &new(json!({}))),
    ];
    expect![[r#"
        422 /judge/provider there is no provider "nobody"; known are mock, demo
        422 /criteria criteria must not be empty; write at least one question about what a good response is
        422 /judge this would take 108 calls, and a trial at most 100; choose fewer judges, answers or criteria, or start a run
        422 /response the item has no original response; give the response to judge
        404 there is no such item"#]].assert_eq(&lines.join("\n"));
    assert_eq!(world.call("POST", &bare, &new(json!({"response": "Yes, here it is."}))).status, 200);
}
