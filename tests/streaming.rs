//! Streamed answers: how they are asked for, what they come to, and what of them is no answer.

use std::sync::Arc;

use edge::ports::Unreached;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use shared::canonical;

use crate::support::World;
use crate::support::provider::{Asked, Reply, error, events, says, streamed, usual};
use crate::support::scene::id;

/// A world whose provider streams, and a set of one item.
fn scene() -> (Arc<World>, String, String) {
    let world = World::new();
    let provider = id(&world.connect());
    let path = format!("/api/providers/{provider}");
    world.patch(&path, &json!({"stream": true}));
    let set = world.set_of(1);
    (world, set, path)
}

/// Answers as the usual provider, in a stream if it was asked for one.
fn as_asked(asked: &Asked) -> Reply {
    let whole = usual(asked);
    if asked.body.get("stream") != Some(&json!(true)) {
        return whole;
    }
    let answer: Value = serde_json::from_str(&whole.result.unwrap().body).unwrap();
    streamed(&events(answer["choices"][0]["message"]["content"].as_str().unwrap()), Ok(()))
}

/// Where a run stands and what became of its items.
fn stands(world: &Arc<World>, run: &str) -> String {
    world.standing(run).lines().next().unwrap().to_owned()
}

/// Runs the set with a target that does this to its first call, and as it is asked after that. Tells where the run
/// stands, how often the target was asked, and what was stored of what it said.
fn check(first: impl Fn(&Asked) -> Reply + Send + 'static, expected: Expect) -> Arc<World> {
    let (world, set, _) = scene();
    let mut left = 1;
    world.provider.does(move |asked| {
        if asked.is_judge() || left == 0 {
            return as_asked(asked);
        }
        left -= 1;
        first(asked)
    });
    let run = world.start(&set, json!({"baseline": false}));
    world.drive();
    let stored = world.sql("SELECT output FROM completion");
    let asked = world.provider.calls().iter().filter(|asked| !asked.is_judge()).count();
    expected.assert_eq(&format!("{}\n{asked} target calls\n{stored:?}", stands(&world, &run)));
    assert!(world.notes().is_empty());
    world
}

#[test]
fn target_and_judge_are_asked_to_stream_and_are_paid_for_what_they_say() {
    let (world, set, _) = scene();
    world.provider.does(as_asked);
    let run = world.start(&set, json!({}));
    world.drive();
    expect!["done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored"].assert_eq(&stands(&world, &run));
    let asked = world.provider.calls();
    let options = json!({"include_usage": true});
    assert!(asked.iter().all(|call| call.body["stream"] == true && call.body["stream_options"] == options));
    let cost_usd = world.run(&run)["cost_usd"].as_f64().unwrap();
    assert!((cost_usd - asked.len() as f64 * 0.0002).abs() < 1e-12, "{cost_usd}");
}

#[test]
fn what_is_known_stays_known_whether_it_was_streamed_or_not() {
    let (world, set, path) = scene();
    world.provider.does(as_asked);
    let mut shown = Vec::new();
    for stream in [Value::Null, json!(true), json!(false), Value::Null] {
        world.patch(&path, &json!({"stream": stream}));
        world.provider.forget();
        let run = world.start(&set, json!({}));
        world.drive();
        let calls = world.provider.calls().len();
        shown.push(format!("{stream}: {calls} calls, {}", world.run(&run)["status"]));
    }
    expect![[r#"
        null: 9 calls, "done"
        true: 0 calls, "done"
        false: 0 calls, "done"
        null: 0 calls, "done""#]]
    .assert_eq(&shown.join("\n"));
    // The key of a fact is over the question as it was before there were streams.
    let asked = json!({"model": "new", "messages": [{"role": "user", "content": "Question 1?"}]});
    let key = canonical::key(&("http://127.0.0.1:9099", "openai", &asked, 0));
    assert_eq!(world.sql("SELECT key FROM completion")[0]["key"], key.as_str());
}

#[test]
fn what_a_target_of_an_earlier_run_says_of_streams_is_sent_as_it_is() {
    for (params, sent) in [
        (json!({"stream": false}), [json!(false), Value::Null]),
        (json!({"stream": true}), [json!(true), Value::Null]),
        (json!({"stream_options": {"a": 1}}), [json!(true), json!({"a": 1})]),
    ] {
        let (world, set, _) = scene();
        world.provider.does(as_asked);
        let target = json!({"provider": "mock", "model": "new"});
        let run = world.start(&set, json!({"target": target, "baseline": false}));
        // Such a target is refused now. One that was kept still reads.
        world.sql(&format!("UPDATE run SET config = json_set(config, '$.target.params', json('{params}'))"));
        world.drive();
        assert_eq!(world.run(&run)["counts"]["passed"], 1, "{params}");
        let calls = world.provider.calls();
        let body = &calls.iter().find(|call| !call.is_judge()).unwrap().body;
        assert_eq!([&body["stream"], &body["stream_options"]], [&sent[0], &sent[1]], "{params}");
    }
}

/// The first events of an answer, without its end.
fn half() -> Vec<String> {
    let mut events = events("Half of this was never to be judged.");
    events.truncate(3);
    events
}

/// As the usual run goes when one call had to be repeated.
fn check_repeated(first: impl Fn(&Asked) -> Reply + Send + 'static) {
    let world = check(
        first,
        expect![[r#"
            done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored
            2 target calls
            [{"output": String("{\"text\":\"An answer to: Question 1?\",\"tool_calls\":[],\"finish_reason\":\"stop\"}")}]"#]],
    );
    let told = world
        .provider
        .calls()
        .iter()
        .any(|asked| asked.is_judge() && asked.body.to_string().contains("Half"));
    assert!(!told, "a judge was shown a part of an answer");
}

#[test]
fn what_breaks_off_is_asked_for_again() {
    check_repeated(|_| streamed(&half(), Err(Unreached::Reset("connection reset by peer".to_owned()))));
    check_repeated(|_| streamed(&half(), Err(Unreached::Stalled(60_000))));
    check_repeated(|_| streamed(&half(), Ok(())));
    check_repeated(|_| {
        streamed(&[&half()[..], &["data: {\"choices\":[{\"index\":0,\"del".to_owned()]].concat(), Ok(()))
    });
}

#[test]
fn what_does_not_read_is_asked_for_again() {
    let with = |event: &[u8]| {
        let mut all: Vec<_> = events("Half of it.").into_iter().map(String::into_bytes).collect();
        all.insert(2, event.to_vec());
        all
    };
    check_repeated(move |_| {
        streamed(&with(b"data: {\"choices\":[{\"delta\":{\"content\":\"half}}\n\n"), Ok(()))
    });
    check_repeated(move |_| {
        streamed(&with(b"data: {\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}\n\n"), Ok(()))
    });
    check_repeated(move |_| {
        streamed(
            &with(format!("data: {}{}\n\n", "[".repeat(100_000), "]".repeat(100_000)).as_bytes()),
            Ok(()),
        )
    });
    check_repeated(|_| streamed(&["data: {\"choices\":[]}\n\n", "data: [DONE]\n\n"], Ok(())));
}

/// Breaks off in the middle with an error.
fn fails_midway(error: &Value) -> impl Fn(&Asked) -> Reply + Send + 'static {
    let last = format!("data: {}\n\n", json!({"error": error}));
    move |_| streamed(&[&half()[..], std::slice::from_ref(&last)].concat(), Ok(()))
}

#[test]
fn an_error_in_the_middle_counts_as_the_status_that_it_carries() {
    check_repeated(fails_midway(&json!({"message": "Oops.", "type": "server_error", "code": null})));
    check_repeated(fails_midway(
        &json!({"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}),
    ));
    check_repeated(fails_midway(&json!("overloaded")));
    check(
        fails_midway(
            &json!({"message": "Nothing is left.", "type": "insufficient_quota", "code": "insufficient_quota"}),
        ),
        expect![[r#"
            paused (the provider answered 429: Nothing is left.): 0 of 1 done, 0 pass, 0 fail, 0 unscored, 0 errored
            1 target calls
            []"#]],
    );
    check(
        fails_midway(
            &json!({"message": "The prompt is too long.", "type": "invalid_request_error", "code": "context_length_exceeded"}),
        ),
        expect![[r#"
            done: 1 of 1 done, 0 pass, 0 fail, 0 unscored, 1 errored
            1 target calls
            []"#]],
    );
}

#[test]
fn no_words_of_an_error_in_the_middle_tell_the_key() {
    let world = check(
        fails_midway(&json!({"message": "No credit for sk-0123456789abcd.", "code": "invalid_argument"})),
        expect![[r#"
            done: 1 of 1 done, 0 pass, 0 fail, 0 unscored, 1 errored
            1 target calls
            []"#]],
    );
    let run = id(&world.get("/api/runs")["data"][0]);
    let row = world.get(&format!("/api/runs/{run}/results"))["data"][0].clone();
    expect![[r#""the provider answered 400: No credit for [key].""#]]
        .assert_eq(&row["response_preview"].to_string());
}

#[test]
fn what_is_not_streamed_is_asked_for_whole_and_then_the_next_too() {
    let (world, _, _) = scene();
    let set = world.set_of(3);
    world.provider.does(|asked| {
        if asked.is_judge() || asked.body.get("stream").is_none() {
            return as_asked(asked);
        }
        error(400, "Your organization must be verified to stream this model.")
    });
    let run = world.start(&set, json!({"baseline": false, "concurrency": 1}));
    world.drive();
    expect!["done: 3 of 3 done, 3 pass, 0 fail, 0 unscored, 0 errored"].assert_eq(&stands(&world, &run));
    let calls = world.provider.calls();
    let targets: Vec<_> = calls.iter().filter(|asked| !asked.is_judge()).collect();
    let (streamed, whole): (Vec<_>, Vec<_>) =
        targets.into_iter().partition(|asked| asked.body.get("stream").is_some());
    assert_eq!(whole.len(), 3);
    assert!((1..3).contains(&streamed.len()), "once a slice, not for every item: {}", streamed.len());
    // Another model of the same provider is still asked to.
    assert!(calls.iter().filter(|asked| asked.is_judge()).all(|asked| asked.body["stream"] == true));
}

/// What a test of a provider that streams says, and how it was asked.
fn check_test(script: impl Fn(&Asked) -> Reply + Send + 'static, expected: Expect) {
    let (world, _, path) = scene();
    world.provider.does(script);
    let said = world.post(&format!("{path}/test"), &Value::Null);
    let asked: Vec<_> = world.provider.calls().iter().map(|call| call.body["stream"].to_string()).collect();
    expected.assert_eq(&format!("{said}\nasked {}", asked.join(" ")));
}

#[test]
fn a_test_asks_as_a_run_does() {
    check_test(
        |_| streamed(&events("OK."), Ok(())),
        expect![[r#"
        {"ok":true,"latency_ms":100,"model":"new"}
        asked true"#]],
    );
    check_test(
        |_| streamed(&half(), Ok(())),
        expect![[r#"
        {"ok":false,"latency_ms":100,"model":"new","error":"the answer is not whole: its stream ended with neither a finish reason nor [DONE]; if all do, turn streaming off for the provider"}
        asked true"#]],
    );
    let unverified = |asked: &Asked| match asked.body.get("stream") {
        Some(_) => error(400, "Your organization must be verified to stream this model."),
        None => says("OK."),
    };
    check_test(
        unverified,
        expect![[r#"
        {"ok":true,"latency_ms":200,"model":"new"}
        asked true null"#]],
    );
    check_test(
        |_| error(401, "Incorrect key sk-0123456789abcd."),
        expect![[r#"
        {"ok":false,"latency_ms":100,"model":"new","error":"it answered 401: Incorrect key [key]."}
        asked true"#]],
    );
}
