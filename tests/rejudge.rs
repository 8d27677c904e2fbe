//! Run → run: the completions of one run, judged anew.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::drive::Drive;
use crate::support::provider::{Asked, Reply, error, level, says, usual};
use crate::support::scene::id;

/// A target that cannot answer one question and answers the others differently each time.
fn forgetful() -> impl FnMut(&Asked) -> Reply + Send + 'static {
    move |asked| match asked.is_judge() {
        true => level(if asked.body["seed"] == 2 { 3 } else { 5 }),
        false if asked.last() == "Question 1?" => error(400, "no"),
        false => says(&format!("Answer {} to {}", asked.number, asked.last())),
    }
}

/// Runs a set, judges the run anew, and tells where both stand and what was asked for the second.
fn check(first: Value, change: Value, expected: Expect) -> Arc<World> {
    let world = World::new();
    world.connect();
    let set = world.set_of(4);
    world.provider.does(forgetful());
    let run = world.start(&set, first);
    world.drive();
    world.provider.forget();
    let made = world.post(&format!("/api/runs/{run}/rejudge"), &change);
    assert_eq!(made["rejudges"], json!(run));
    world.drive();
    let asked = world.provider.calls();
    let targets = asked.iter().filter(|asked| !asked.is_judge()).count();
    let again = id(&made);
    let responses = |run: &str| {
        let rows = world.all(&format!("/api/runs/{run}/results"), 200);
        let mut rows: Vec<_> =
            rows.iter().map(|row| format!("{} {}", row["item_id"], row["response_preview"])).collect();
        rows.retain(|row| row.contains("Answer"));
        rows.sort();
        rows
    };
    assert_eq!(responses(&run), responses(&again));
    let errors = world.all(&format!("/api/runs/{again}/results?verdict=error"), 200);
    let errors: Vec<_> =
        errors.iter().map(|row| row["response_preview"].as_str().unwrap().to_owned()).collect();
    let is_same = world.run(&run)["judge_version"] == made["judge_version"];
    expected.assert_eq(&format!(
        "{}\n{}\n{} target calls, {} judge; {}; {}",
        made["name"],
        world.standing(&again),
        targets,
        asked.len() - targets,
        if is_same { "the same judge" } else { "another judge" },
        errors.join(", "),
    ));
    world
}

#[test]
fn another_judge_reads_the_same_completions() {
    let judge = json!({"provider": "mock", "model": "judge", "params": {"seed": 2}});
    check(
        json!({}),
        json!({"judge": judge}),
        expect![[r#"
        "mock/new, judged anew"
        done: 4 of 4 done, 0 pass, 3 fail, 0 unscored, 1 errored
        0 target, 12 judge, 3 memoised, 0 retried calls
        0 target calls, 12 judge; another judge; the run that is judged anew has no answer to this item"#]],
    );
    check(
        json!({"fresh": true}),
        json!({"judge": judge}),
        expect![[r#"
        "mock/new, judged anew"
        done: 4 of 4 done, 0 pass, 3 fail, 0 unscored, 1 errored
        0 target, 12 judge, 3 memoised, 0 retried calls
        0 target calls, 12 judge; another judge; the run that is judged anew has no answer to this item"#]],
    );
}

#[test]
fn a_judge_does_not_decide_what_the_run_does() {
    let world = World::new();
    world.connect();
    let set = world.set_of(1);
    let run = world.start(&set, json!({}));
    world.drive();
    let judge = json!({"provider": "mock", "model": "judge", "params": {"model": "hack"}});
    expect!["422 /judge/params/model model is no parameter: the model is named beside the parameters; leave it out"]
        .assert_eq(&world.call("POST", &format!("/api/runs/{run}/rejudge"), &json!({"judge": judge})).problem());
}

#[test]
fn the_same_judge_is_asked_nothing_twice() {
    check(
        json!({}),
        json!({}),
        expect![[r#"
        "mock/new, judged anew"
        done: 4 of 4 done, 3 pass, 0 fail, 0 unscored, 1 errored
        0 target, 0 judge, 15 memoised, 0 retried calls
        0 target calls, 0 judge; the same judge; the run that is judged anew has no answer to this item"#]],
    );
}

#[test]
fn the_same_judge_is_asked_anew_when_it_is_to_show_how_steady_it_is() {
    check(
        json!({}),
        json!({"fresh": true}),
        expect![[r#"
        "mock/new, judged anew"
        done: 4 of 4 done, 3 pass, 0 fail, 0 unscored, 1 errored
        0 target, 12 judge, 3 memoised, 0 retried calls
        0 target calls, 12 judge; the same judge; the run that is judged anew has no answer to this item"#]],
    );
}

#[test]
fn other_criteria_are_the_runs_own() {
    let criteria =
        json!([{"name": "Kind", "question": "Is it kind?"}, {"name": "Short", "question": "Is it short?"}]);
    let world = check(
        json!({"baseline": false}),
        json!({"criteria": criteria}),
        expect![[r#"
        "mock/new, judged anew"
        done: 4 of 4 done, 3 pass, 0 fail, 0 unscored, 1 errored
        0 target, 12 judge, 3 memoised, 0 retried calls
        0 target calls, 12 judge; another judge; the run that is judged anew has no answer to this item"#]],
    );
    let again = id(&world.get("/api/runs")["data"][0]);
    let named = |path: &str| {
        let criteria = world.get(&format!("/api/runs/{again}/{path}"))["criteria"].clone();
        let names = criteria
            .as_array()
            .unwrap()
            .iter()
            .map(|criterion| criterion["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(named("scores"), ["Kind", "Short"]);
    assert_eq!(named("summary"), ["Kind", "Short"]);
    let set = &world.get("/api/sets")["data"][0].clone();
    assert_eq!(set["criteria"][0]["name"], "Accuracy", "the set stays as it is");
    // Judged anew once more, it keeps them.
    let third = id(&world.post(&format!("/api/runs/{again}/rejudge"), &json!({})));
    world.drive();
    let scores = world.get(&format!("/api/runs/{third}/scores"));
    assert_eq!(scores["criteria"][1]["name"], "Short");
    assert_eq!(world.run(&third)["name"], "mock/new, judged anew");
}

#[test]
fn a_run_under_way_is_not_judged_anew() {
    let world = World::new();
    world.connect();
    let set = world.set_of(30);
    let run = world.start(&set, json!({}));
    let rejudge = |body: &Value| world.call("POST", &format!("/api/runs/{run}/rejudge"), body);
    let mut drive = Drive::new(&world);
    drive.until(|world| world.provider.calls().len() >= 20);
    expect!["409 the run is still under way; judge it anew when it is done, or cancel it"]
        .assert_eq(&rejudge(&json!({})).problem());
    world.post(&format!("/api/runs/{run}/cancel"), &Value::Null);
    drive.finish();
    let unknown = json!({"judge": {"provider": "nobody", "model": "m"}});
    expect![[r#"422 /judge/provider there is no provider "nobody"; known are mock, demo"#]]
        .assert_eq(&rejudge(&unknown).problem());
    expect![
        "422 /criteria criteria must not be empty; write at least one question about what a good response is"
    ]
    .assert_eq(&rejudge(&json!({"criteria": []})).problem());
    expect!["422 /target target is not known here; known are judge, criteria, fresh"]
        .assert_eq(&rejudge(&json!({"target": 1})).problem());
    let nowhere = world.call("POST", "/api/runs/01a1ab0b-0000-7998-ba18-0a45e75ea62e/rejudge", &json!({}));
    expect!["404 there is no such run"].assert_eq(&nowhere.problem());
    world.provider.forget();
    let again = id(&rejudge(&json!({})).succeeded());
    world.drive();
    expect![[r#"
        done: 30 of 30 done, 4 pass, 0 fail, 0 unscored, 26 errored
        0 target, 6 judge, 12 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&again));
    assert!(world.provider.calls().iter().all(Asked::is_judge));
}

#[test]
fn the_target_may_be_gone() {
    let world = World::new();
    world.connect();
    let provider = json!({"name": "other", "protocol": "openai", "base_url": "http://127.0.0.1:9100/v1", "api_key": "sk-0123456789abcd"});
    let other = id(&world.post("/api/providers", &provider));
    let set = world.set_of(2);
    let run = world.start(&set, json!({"target": {"provider": "other", "model": "m"}}));
    world.drive();
    world.delete(&format!("/api/providers/{other}"));
    let again = id(&world.post(&format!("/api/runs/{run}/rejudge"), &json!({})));
    world.drive();
    assert!(world.standing(&again).starts_with("done: 2 of 2 done, 2 pass"), "{}", world.standing(&again));
}

#[test]
fn the_same_key_judges_anew_once() {
    let world = World::new();
    world.connect();
    let set = world.set_of(2);
    world.provider.does(usual);
    let run = world.start(&set, json!({}));
    world.drive();
    let send = |body: &Value| {
        let mut request = crate::support::as_operator("POST", &format!("/api/runs/{run}/rejudge"), body);
        request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        world.send(request)
    };
    let made = send(&json!({}));
    made.succeeded();
    assert_eq!(send(&json!({})).text, made.text);
    let judge = json!({"provider": "mock", "model": "other"});
    expect![
        "422 Idempotency-Key this Idempotency-Key was used for another body; draw a new key for a new run"
    ]
    .assert_eq(&send(&json!({"judge": judge})).problem());
    world.drive();
    assert_eq!(send(&json!({})).text, made.text, "when it is done, too");
    assert_eq!(world.count("run"), 2);
}
