//! Completion → outcome: what the set's scorers say beside the judge, and how it counts.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use shared::id::ItemId;
use shared::outcome::{self, Verdict};
use shared::score::Score;
use shared::summary::exact::Exact;
use shared::summary::{self, Scores, Summary};

use crate::support::World;
use crate::support::drive::Drive;
use crate::support::provider::{Asked, Reply, error, level, says};
use crate::support::scene::{id, pair};

/// A target that always says the same, and a judge that always gives the same level.
fn saying(text: &'static str, number: u8) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    move |asked| if asked.is_judge() { level(number) } else { says(text) }
}

/// Writes a result of a run in a few lines: how it ended, and what each scorer says of it.
fn shown(detail: &Value) -> String {
    let results = |side: &str, name: &str| {
        let results = detail[name].as_array().unwrap().iter();
        let line = |result: &Value| {
            let passed = match result["passed"].as_bool() {
                Some(passed) => format!(" {} {}", result["score"], if passed { "pass" } else { "fail" }),
                None => String::new(),
            };
            let [name, status, reason] =
                ["name", "status", "reason"].map(|name| result[name].as_str().unwrap());
            format!("\n  {side} {name}: {status}{passed}, {reason}")
        };
        results.map(line).collect::<String>()
    };
    let of = |name: &str| detail[name].to_string().replace('"', "");
    format!(
        "{} {}, original {}, {}{}{}",
        of("verdict"),
        of("score"),
        of("baseline_score"),
        of("change"),
        results("new", "scorers"),
        results("original", "baseline_scorers"),
    )
}

/// Reads every result of a run; all ways to read them say the same.
fn results(world: &Arc<World>, run: &str) -> Vec<Value> {
    let rows = world.all(&format!("/api/runs/{run}/results"), 200);
    let details = rows.iter().map(|row| {
        let item = row["item_id"].as_str().unwrap();
        let detail = world.get(&format!("/api/runs/{run}/results/{item}"));
        assert_eq!(detail["scorers"], row["scorers"]);
        detail
    });
    let details: Vec<_> = details.collect();
    let scores: Scores = serde_json::from_value(world.get(&format!("/api/runs/{run}/scores"))).unwrap();
    let summary = world.call("GET", &format!("/api/runs/{run}/summary"), &Value::Null).text;
    let Summary { canaries, threshold, .. } = serde_json::from_str(&summary).unwrap();
    let rescored = Summary { canaries, ..summary::of(&scores, threshold) };
    // As texts: a number of seventeen digits may be read as its neighbour.
    assert_eq!(serde_json::to_string(&rescored).unwrap(), summary);
    let exact = Exact::of(&scores);
    let (new, original) = (exact.new_scores(), exact.original_scores());
    for detail in &details {
        let item: ItemId = serde_json::from_value(detail["item_id"].clone()).unwrap();
        let place = scores.items.iter().position(|known| *known == item).unwrap();
        assert_eq!(detail["score"], json!(new[place].map(Score::value)));
        assert_eq!(detail["baseline_score"], json!(original[place].map(Score::value)));
        let verdict = match scores.errored[place] {
            true => Verdict::Error,
            false => outcome::verdict(new[place], threshold),
        };
        assert_eq!(detail["verdict"], verdict.word());
    }
    details
}

/// Runs a set of one item with these scorers.
fn run(response: &'static str, number: u8, scorers: Value) -> (Arc<World>, String) {
    let world = World::new();
    world.connect();
    world.provider.does(saying(response, number));
    let set = world.set_with(1, json!({"scorers": scorers}));
    let run = world.start(&set, json!({}));
    world.drive();
    (world, run)
}

fn check(response: &'static str, number: u8, scorers: Value, expected: Expect) {
    let (world, run) = run(response, number, scorers);
    expected.assert_eq(&shown(&results(&world, &run)[0]));
}

#[test]
fn a_weighted_scorer_moves_the_score_exactly() {
    let contains = |weight: f64| json!([{"type": "contains", "value": "way", "weight": weight}]);
    check(
        "On its way.",
        3,
        contains(1.0),
        expect![[r#"
        pass 0.8, original 0.3, fixed
          new contains: ok 1.0 pass, it contains what is looked for
          original contains: ok 0.0 fail, it does not contain "way""#]],
    );
    check(
        "On its way.",
        3,
        contains(0.999_999),
        expect![[r#"
        fail 0.79999989999995, original 0.300000150000075, same
          new contains: ok 1.0 pass, it contains what is looked for
          original contains: ok 0.0 fail, it does not contain "way""#]],
    );
    check(
        "It is here.",
        5,
        contains(0.25),
        expect![[r#"
        pass 0.8, original 0.8, same
          new contains: ok 0.0 fail, it does not contain "way"
          original contains: ok 0.0 fail, it does not contain "way""#]],
    );
    check(
        "It is here.",
        5,
        contains(0.250_001),
        expect![[r#"
        fail 0.799999360000512, original 0.799999360000512, same
          new contains: ok 0.0 fail, it does not contain "way"
          original contains: ok 0.0 fail, it does not contain "way""#]],
    );
}

#[test]
fn a_check_stands_beside_the_score() {
    check(
        "It is here.",
        5,
        json!([{"type": "contains", "value": "way"}, {"type": "error"}]),
        expect![[r#"
            pass 1.0, original 1.0, same
              new contains: ok 0.0 fail, it does not contain "way"
              new error: ok 1.0 pass, there is a response
              original contains: ok 0.0 fail, it does not contain "way"
              original error: ok 1.0 pass, there is a response"#]],
    );
    check(
        "On its way.",
        3,
        json!([{"type": "contains", "value": "way"}]),
        expect![[r#"
        fail 0.6, original 0.6, same
          new contains: ok 1.0 pass, it contains what is looked for
          original contains: ok 0.0 fail, it does not contain "way""#]],
    );
}

#[test]
fn a_negated_scorer_is_turned_around() {
    let not = |weight: Value| json!([{"type": "contains", "value": "way", "not": true, "name": "No way", "weight": weight}]);
    check(
        "On its way.",
        5,
        not(json!(1)),
        expect![[r#"
        fail 0.5, original 1.0, broke
          new No way: ok 0.0 fail, it contains what is looked for
          original No way: ok 1.0 pass, it does not contain "way""#]],
    );
    check(
        "It is here.",
        5,
        not(json!(1)),
        expect![[r#"
        pass 1.0, original 1.0, same
          new No way: ok 1.0 pass, it does not contain "way"
          original No way: ok 1.0 pass, it does not contain "way""#]],
    );
}

#[test]
fn the_original_is_scored_as_if_it_were_new() {
    let scorers = json!([
        {"type": "rouge-1", "weight": 1}, {"type": "equals", "not": true}, {"type": "word-count", "max": 4, "weight": 1},
    ]);
    check(
        "The answer to question 1.",
        4,
        scorers,
        expect![[r#"
        fail 0.569697, original 0.6, same
          new rouge-1: ok 0.909091 pass, 0.909 is at or above 0.75
          new equals: ok 1.0 pass, they differ
          new word-count: ok 0.0 fail, 5 words
          original rouge-1: ok 1.0 pass, 1.000 is at or above 0.75
          original equals: ok 0.0 fail, they are equal
          original word-count: ok 0.0 fail, 6 words"#]],
    );
}

#[test]
fn what_is_skipped_counts_neither_way_and_an_error_leaves_no_score() {
    let schema = json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]});
    let scorers = json!([{"type": "finish-reason", "value": "stop", "weight": 1}, {"type": "latency-ratio", "max": 1, "weight": 5}]);
    check(
        r#"{"answer": "On its way."}"#,
        5,
        scorers,
        expect![[r#"
            pass 1.0, original 1.0, same
              new finish-reason: ok 1.0 pass, it stopped for stop
              new latency-ratio: skipped, the original's is not known
              original finish-reason: skipped, why the model stopped is not known
              original latency-ratio: skipped, it is skipped for the new response"#]],
    );
    check(
        r#"{"answer": "On its way."}"#,
        5,
        json!([{"type": "is-json", "schema": schema, "weight": 1}]),
        expect![[r#"
        unscored null, original 0.5, null
          new is-json: error, checking the schema takes too long
          original is-json: ok 0.0 fail, the response is no JSON"#]],
    );
    check(
        r#"{"answer": "On its way."}"#,
        5,
        json!([{"type": "is-json", "schema": schema}]),
        expect![[r#"
            pass 1.0, original 1.0, same
              new is-json: error, checking the schema takes too long
              original is-json: ok 0.0 fail, the response is no JSON"#]],
    );
}

#[test]
fn without_a_reference_nothing_is_compared() {
    let world = World::new();
    world.connect();
    let set = world
        .set_with(0, json!({"scorers": [{"type": "rouge-l", "weight": 3}, {"type": "error", "weight": 1}]}));
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": [{"request": "Where is it?"}]}));
    let run = world.start(&set, json!({}));
    world.drive();
    expect![[r#"
        pass 1.0, original null, null
          new rouge-l: skipped, there is no original response
          new error: ok 1.0 pass, there is a response"#]]
    .assert_eq(&shown(&results(&world, &run)[0]));
}

#[test]
fn an_item_without_an_answer_is_an_error_whatever_scorers_say() {
    let world = World::new();
    world.connect();
    world.provider.does(|asked| if asked.is_judge() { level(5) } else { error(400, "no such model") });
    let set = world.set_with(
        1,
        json!({"scorers": [{"type": "error", "weight": 1}, {"type": "contains", "value": "x"}]}),
    );
    let run = world.start(&set, json!({}));
    world.drive();
    expect![[r#"
        error null, original null, null
          new error: ok 0.0 fail, the provider answered 400: no such model
          new contains: skipped, there is no response"#]]
    .assert_eq(&shown(&results(&world, &run)[0]));
    expect![[r#"[{"name":"error","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0},{"name":"contains","pass_rate":null,"average":null,"skipped":1,"errors":0}]"#]].assert_eq(&world.get(&format!("/api/runs/{run}/summary"))["scorers"].to_string());
}

/// Scorers of time and money, the first with a weight.
fn measuring() -> Value {
    json!([
        {"type": "latency", "max_ms": 50, "weight": 1}, {"type": "cost", "max_usd": 1}, {"type": "latency-ratio", "max": 2},
        {"type": "cost-ratio", "max": 2},
    ])
}

#[test]
fn the_log_tells_what_the_original_took() {
    let world = World::new();
    world.connect();
    world.import([pair("Where is it?", "On its way.", json!({}))]);
    world.sql("UPDATE log SET latency_ms = 40, cost_usd = 0.0004");
    let set = world.set_with(0, json!({"scorers": measuring()}));
    world.post(&format!("/api/sets/{set}/items"), &json!({"filter": {}}));
    let run = world.start(&set, json!({}));
    world.drive();
    expect![[r#"
        fail 0.5, original 1.0, broke
          new latency: ok 0.0 fail, 100 ms, at most 50
          new cost: ok 1.0 pass, 0.0002 US dollars, at most 1
          new latency-ratio: ok 0.0 fail, 2.50 times the original's, at most 2
          new cost-ratio: ok 1.0 pass, 0.50 times the original's, at most 2
          original latency: ok 1.0 pass, 40 ms, at most 50
          original cost: ok 1.0 pass, 0.0004 US dollars, at most 1
          original latency-ratio: ok 1.0 pass, 1.00 times the original's, at most 2
          original cost-ratio: ok 1.0 pass, 1.00 times the original's, at most 2"#]]
    .assert_eq(&shown(&results(&world, &run)[0]));
    // Answered before this run: how long it took then says nothing now, and so nothing is said of the original.
    let again = world.start(&set, json!({}));
    world.drive();
    expect![[r#"
        pass 1.0, original 1.0, same
          new latency: skipped, the response was stored before: its latency says nothing
          new cost: skipped, the response was stored before: its cost says nothing
          new latency-ratio: skipped, the response was stored before: its latency says nothing
          new cost-ratio: skipped, the response was stored before: its cost says nothing
          original latency: skipped, it is skipped for the new response
          original cost: skipped, it is skipped for the new response
          original latency-ratio: skipped, it is skipped for the new response
          original cost-ratio: skipped, it is skipped for the new response"#]]
    .assert_eq(&shown(&results(&world, &again)[0]));
    let anew = id(&world.post(&format!("/api/runs/{again}/rejudge"), &json!({})));
    world.drive();
    assert_eq!(results(&world, &anew)[0]["scorers"], results(&world, &again)[0]["scorers"]);
}

#[test]
fn an_answer_that_outlives_a_slice_is_the_runs_own() {
    let world = World::new();
    world.connect();
    let set = world.set_with(8, json!({"scorers": measuring()}));
    let run = world.start(&set, json!({}));
    let mut drive = Drive::new(&world);
    assert!(drive.until(|world| world.count("completion") >= 2));
    drive.crash();
    drive.finish();
    let results = results(&world, &run);
    assert_eq!(results.len(), 8);
    for result in &results {
        assert_eq!(result["scorers"][0]["status"], "ok");
    }
    let calls = &world.run(&run)["calls"];
    assert_eq!((&calls["target"], &calls["memoised"]), (&json!(8), &json!(0)), "{calls}");
}

#[test]
fn calls_are_checked_against_the_tools_that_the_target_has() {
    let world = World::new();
    world.connect();
    world.provider.does(|asked| {
        if asked.is_judge() {
            return level(5);
        }
        let call = json!({"id": "1", "type": "function", "function": {"name": "track", "arguments": "{}"}});
        let message = json!({"role": "assistant", "content": null, "tool_calls": [call]});
        let body = json!({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]});
        crate::support::provider::body(200, &body)
    });
    let set = world.set_with(1, json!({"scorers": [{"type": "is-valid-tool-call"}]}));
    let tool = json!({"type": "function", "function": {"name": "track", "parameters": {"type": "object"}}});
    let target = |prompt: Value| json!({"target": {"provider": "mock", "model": "new", "prompt": prompt}});
    let mut says = Vec::new();
    for prompt in [json!({"tools": [tool]}), json!({})] {
        let run = world.start(&set, target(prompt));
        world.drive();
        says.push(results(&world, &run)[0]["scorers"][0]["reason"].to_string());
    }
    expect![[r#"
        "every call is valid"
        "the request has no tool track""#]]
    .assert_eq(&says.join("\n"));
}

#[test]
fn a_run_lists_its_scorers() {
    let (world, run) = run(
        "On its way.",
        5,
        json!([{"type": "rouge-1", "weight": 1}, {"type": "error"}, {"type": "latency-ratio", "max": 1}]),
    );
    expect![[r#"[{"name":"rouge-1","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0},{"name":"error","pass_rate":1.0,"average":1.0,"skipped":0,"errors":0},{"name":"latency-ratio","pass_rate":null,"average":null,"skipped":1,"errors":0}]"#]].assert_eq(&world.get(&format!("/api/runs/{run}/summary"))["scorers"].to_string());
    expect![[r#"[{"name":"rouge-1","weight":1.0,"marks":{"statuses":["ok"],"scores":[0.0],"passed":[false]},"baseline_marks":{"statuses":["ok"],"scores":[1.0],"passed":[true]}},{"name":"error","weight":null,"marks":{"statuses":["ok"],"scores":[1.0],"passed":[true]},"baseline_marks":{"statuses":["ok"],"scores":[1.0],"passed":[true]}},{"name":"latency-ratio","weight":null,"marks":{"statuses":["skipped"],"scores":[null],"passed":[null]},"baseline_marks":{"statuses":["skipped"],"scores":[null],"passed":[null]}}]"#]].assert_eq(&world.get(&format!("/api/runs/{run}/scores"))["scorers"].to_string());
    assert_eq!(
        world.run(&run)["summary"]["scorers"],
        world.get(&format!("/api/runs/{run}/summary"))["scorers"]
    );
}

#[test]
fn outcomes_older_than_scorers_read() {
    let (world, run) = run("On its way.", 5, json!([{"type": "error"}]));
    world.sql("UPDATE outcome SET scorers = NULL, baseline_scorers = NULL");
    world.sql("UPDATE run_event SET detail = json_remove(detail, '$.summary.scorers')");
    expect!["pass 1.0, original 1.0, same"].assert_eq(&shown(&results(&world, &run)[0]));
    assert_eq!(world.run(&run)["summary"]["scored"], 1);
    expect![[r#"[{"name":"error","pass_rate":null,"average":null,"skipped":1,"errors":0}]"#]]
        .assert_eq(&world.get(&format!("/api/runs/{run}/summary"))["scorers"].to_string());
}

#[test]
fn runs_with_other_weighted_scorers_do_not_compare() {
    let (world, base) = run("On its way.", 5, json!([{"type": "error", "weight": 1}]));
    let set = world.run(&base)["set_id"].as_str().unwrap().to_owned();
    let compare = |scorers: Value| {
        world.patch(&format!("/api/sets/{set}"), &json!({"scorers": scorers}));
        let candidate = world.start(&set, json!({}));
        world.drive();
        let comparison = world.get(&format!("/api/compare?base={base}&candidate={candidate}"));
        format!("{} {}", comparison["comparable"], comparison["incomparable"])
    };
    expect!["true []"].assert_eq(&compare(json!([{"type": "error", "weight": 1}, {"type": "rouge-l"}])));
    expect![[r#"false ["their weighted scorers differ in \"error\"; start one of them again with the other's version of the set"]"#]].assert_eq(&compare(json!([{"type": "error", "weight": 2}])));
}
