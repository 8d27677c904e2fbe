//! Set → run → completion → judgement → outcome: how runs advance, whatever happens to them.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use edge::ports::{Answer, Unreached};
use edge::vault::Keyring;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use shared::chat::stream::Flaw;

use crate::support::drive::{Drive, Slice};
use crate::support::provider::{Asked, Reply, body, error, hangs, level, reset, says, usual, verdict};
use crate::support::scene::id;
use crate::support::{Seat, Trouble, World};

/// A world with the scripted provider and a set of `n` items in it.
fn scene(n: usize) -> (Arc<World>, String) {
    let world = World::new();
    world.connect();
    let set = world.set_of(n);
    (world, set)
}

/// Runs a set of `n` items to the end, and tells where it stands.
fn check(
    n: usize,
    extra: Value,
    script: impl FnMut(&Asked) -> Reply + Send + 'static,
    expected: Expect,
) -> Arc<World> {
    let (world, set) = scene(n);
    world.provider.does(script);
    let run = world.start(&set, extra);
    world.drive();
    expected.assert_eq(&world.standing(&run));
    assert_eq!(world.notes(), Vec::<String>::new());
    world
}

/// Does one thing about the first calls that fit, and the usual about every other.
fn first(times: usize, fits: fn(&Asked) -> bool, reply: Reply) -> impl FnMut(&Asked) -> Reply + Send {
    let mut left = times;
    move |asked| {
        if left == 0 || !fits(asked) {
            return usual(asked);
        }
        left -= 1;
        reply.clone()
    }
}

/// How many canaries are asked about: two of the eight need no judge.
const CANARY_CALLS: usize = 6;

/// How long the platform lets an alarm be at work, in milliseconds.
const LONGEST_ALARM_MS: u64 = 15 * 60 * 1000;

fn is_target(asked: &Asked) -> bool {
    !asked.is_judge()
}

#[test]
fn a_run_asks_target_and_judge_and_ends() {
    let world = check(
        5,
        json!({}),
        usual,
        expect![[r#"
            done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
            5 target, 16 judge, 0 memoised, 0 retried calls"#]],
    );
    let run = &world.get("/api/runs")["data"][0].clone();
    assert!((run["cost_usd"].as_f64().unwrap() - 21.0 * 0.0002).abs() < 1e-12, "{}", run["cost_usd"]);
    assert_eq!(run["finished_at"].as_str().map(str::len), Some(24));
}

#[test]
fn without_a_baseline_the_original_is_not_judged() {
    check(
        5,
        json!({"baseline": false}),
        usual,
        expect![[r#"
            done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
            5 target, 11 judge, 0 memoised, 0 retried calls"#]],
    );
}

#[test]
fn a_judge_is_asked_as_often_as_it_is_to_repeat() {
    check(
        2,
        json!({"baseline": false, "judge": {"provider": "mock", "model": "judge", "repeats": 3}}),
        usual,
        expect![[r#"
            done: 2 of 2 done, 2 pass, 0 fail, 0 unscored, 0 errored
            2 target, 12 judge, 0 memoised, 0 retried calls"#]],
    );
}

#[test]
fn a_sample_takes_a_part() {
    check(
        9,
        json!({"sample": {"n": 4, "seed": 1}}),
        usual,
        expect![[r#"
            done: 4 of 4 done, 4 pass, 0 fail, 0 unscored, 0 errored
            4 target, 14 judge, 0 memoised, 0 retried calls"#]],
    );
}

#[test]
fn what_is_known_is_not_asked_again() {
    let (world, set) = scene(5);
    let mut shown = String::new();
    for extra in [
        json!({}),
        json!({}),
        json!({"baseline": false}),
        json!({"target": {"provider": "mock", "model": "new", "params": {"seed": 2}}}),
        json!({"fresh": true}),
    ] {
        world.provider.forget();
        let run = world.start(&set, extra.clone());
        world.drive();
        shown += &format!("{extra}: {} calls; {}\n", world.provider.calls().len(), world.standing(&run));
    }
    expect![[r#"
        {}: 21 calls; done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
        5 target, 16 judge, 0 memoised, 0 retried calls
        {}: 0 calls; done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
        0 target, 0 judge, 21 memoised, 0 retried calls
        {"baseline":false}: 0 calls; done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
        0 target, 0 judge, 16 memoised, 0 retried calls
        {"target":{"provider":"mock","model":"new","params":{"seed":2}}}: 5 calls; done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
        5 target, 0 judge, 16 memoised, 0 retried calls
        {"fresh":true}: 21 calls; done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
        5 target, 16 judge, 0 memoised, 0 retried calls
    "#]].assert_eq(&shown);
}

#[test]
fn the_baseline_of_another_target_is_known() {
    let (world, set) = scene(5);
    world.provider.does(|asked| {
        if asked.is_judge() {
            level(4)
        } else {
            says(&format!("{} says {}", asked.body["temperature"], asked.last()))
        }
    });
    world.start(&set, json!({}));
    world.drive();
    world.provider.forget();
    let run = world
        .start(&set, json!({"target": {"provider": "mock", "model": "new", "params": {"temperature": 1}}}));
    world.drive();
    expect![[r#"
        done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
        5 target, 5 judge, 11 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
}

#[test]
fn the_key_goes_to_the_provider_and_nowhere_else() {
    let world = check(
        1,
        json!({}),
        usual,
        expect![[r#"
            done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored
            1 target, 8 judge, 0 memoised, 0 retried calls"#]],
    );
    let calls = world.provider.calls();
    expect![[r#"http://127.0.0.1:9099/v1/chat/completions [("authorization", "Bearer sk-0123456789abcd"), ("content-type", "application/json"), ("x-assay-hop", "1")]"#]].assert_eq(&format!("{} {:?}", calls[0].url, calls[0].headers));
    assert_eq!(world.count("run WHERE config LIKE '%sk-0%'"), 0);
    assert_eq!(world.count("provider WHERE sealed_key LIKE '%sk-0%'"), 0);
}

/// Gives all that is in any table or blob, as text. Below what can be searched are tables of the database's own.
fn stored(world: &Arc<World>) -> String {
    let tables =
        world.sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'log_text_*'");
    let rows =
        tables.iter().map(|table| world.sql(&format!("SELECT * FROM {}", table["name"].as_str().unwrap())));
    let rows = serde_json::to_string(&rows.collect::<Vec<_>>()).unwrap();
    format!("{rows} {:?}", world.blobs.lock().unwrap())
}

#[test]
fn a_key_that_its_provider_repeats_is_kept_nowhere() {
    const KEY: &str = "sk-0123456789abcd";
    let world = check(
        7,
        json!({}),
        |asked| {
            let about = |n: usize| asked.body.to_string().contains(&format!("uestion {n}?"));
            let spelled = r#"{"error":{"message":"no \u0073k-0123456789abcd","sk-0123456789abcd":1}}"#;
            let call = json!({"id": KEY, "type": "function", "function": {"name": "pay", "arguments": format!("{{\"with\":\"{KEY}\"}}")}});
            let message = json!({"role": "assistant", "content": null, "tool_calls": [call]});
            match (asked.is_judge(), (1..=7).find(|n| about(*n))) {
                (false, Some(1)) => says(&format!("The key {KEY} pays for this.")),
                (false, Some(2)) => error(400, &format!("{}{KEY} is refused", "long ".repeat(37))),
                (false, Some(3)) => Reply {
                    result: Ok(Answer { status: 400, retry_after: None, body: spelled.to_owned() }),
                    after_ms: 1,
                },
                (false, Some(4)) => body(
                    200,
                    &json!({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}),
                ),
                (false, Some(5)) => body(200, &json!({"error": {"message": format!("{KEY} has no rights")}})),
                (true, Some(6)) => says(&format!("I was paid with {KEY}, and say no more.")),
                (true, Some(7)) => verdict(4, &format!("It was paid with {KEY}.")),
                _ => usual(asked),
            }
        },
        expect![[r#"
            done: 7 of 7 done, 3 pass, 0 fail, 1 unscored, 3 errored
            7 target, 17 judge, 0 memoised, 2 retried calls"#]],
    );
    let stored = stored(&world);
    for kept in [
        "The key [key] pays for this.",
        "long [key]",
        "no [key]",
        "with\\\\\\\":\\\\\\\"[key]",
        "[key] has no rights",
        "I was paid with [key], and say no more.",
        "It was paid with [key].",
    ] {
        assert!(stored.contains(kept), "{kept} is kept");
    }
    let at = stored.find("0123456789");
    assert_eq!(at.map(|at| &stored[at.saturating_sub(200)..at + 20]), None);
}

#[test]
fn a_word_in_place_of_a_key_may_be_said() {
    let world = World::new();
    let provider = id(&world.connect());
    world.patch(&format!("/api/providers/{provider}"), &json!({"api_key": "ollama"}));
    let set = world.set_of(1);
    world.provider.does(|asked| if asked.is_judge() { level(5) } else { says("Start ollama first.") });
    let run = world.start(&set, json!({}));
    world.drive();
    assert!(world.run(&run)["counts"]["passed"] == 1);
    assert!(stored(&world).contains("Start ollama first."));
}

#[test]
fn whatever_the_order_of_the_shards_every_item_has_one_outcome() {
    for seed in 1..6 {
        let world = World::seeded(seed);
        world.connect();
        let set = world.set_of(40);
        world.provider.does(move |asked| usual(asked).after((asked.number as u64 * (seed + 37)) % 900));
        let run = world.start(&set, json!({"concurrency": 20}));
        let mut drive = Drive::new(&world);
        for calls in [20, 50, 90] {
            drive.until(|world| world.provider.calls().len() >= calls);
            drive.crash();
        }
        drive.finish();
        assert!(world.standing(&run).starts_with("done: 40 of 40 done, 40 pass"), "{}", world.standing(&run));
        assert_eq!(world.count("outcome"), 40);
        assert!(world.widest.load(Ordering::Relaxed) <= 20);
    }
}

#[test]
fn a_paused_run_makes_no_calls_until_it_is_resumed() {
    let (world, set) = scene(30);
    let run = world.start(&set, json!({}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.provider.calls().len() >= 20);
    let mut shown = Vec::new();
    let paused = world.post(&format!("/api/runs/{run}/pause"), &Value::Null);
    shown.push(format!("{} {}", paused["status"], paused["reason"]));
    drive.finish();
    let calls = world.provider.calls().len();
    assert!(calls <= 50, "at most a batch's worth more: {calls}");
    shown.push(world.standing(&run));
    let resumed = world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    shown.push(format!("{}", resumed["status"]));
    world.drive();
    shown.push(world.standing(&run));
    assert_eq!(world.provider.calls().len(), 90 + CANARY_CALLS, "no call was made twice");
    expect![[r#"
        "paused" "paused by hand"
        paused (paused by hand): 4 of 30 done, 4 pass, 0 fail, 0 unscored, 0 errored
        12 target, 8 judge, 0 memoised, 0 retried calls
        "running"
        done: 30 of 30 done, 30 pass, 0 fail, 0 unscored, 0 errored
        30 target, 66 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn a_run_that_is_paused_while_its_last_calls_are_under_way_is_done_with_them() {
    let (world, set) = scene(4);
    let run = world.start(&set, json!({"concurrency": 36, "baseline": false}));
    let mut drive = Drive::new(&world);
    // The last question is under way, and nothing will be begun after it.
    drive.until(|world| world.provider.calls().len() >= 8 + CANARY_CALLS);
    assert_eq!(world.post(&format!("/api/runs/{run}/pause"), &Value::Null)["status"], "paused");
    drive.finish();
    expect![[r#"
        done: 4 of 4 done, 4 pass, 0 fail, 0 unscored, 0 errored
        4 target, 10 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
}

#[test]
fn the_time_in_which_a_run_stood_still_is_none_of_its_pace() {
    let (world, set) = scene(40);
    world.provider.does(|asked| usual(asked).after(2_000));
    let run = world.start(&set, json!({"concurrency": 6}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.count("outcome") >= 20);
    let before = world.run(&run)["eta_seconds"].as_u64().unwrap();
    world.post(&format!("/api/runs/{run}/pause"), &Value::Null);
    drive.finish();
    world.clock.skip(86_400_000);
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    let after = world.run(&run)["eta_seconds"].as_u64().unwrap();
    assert!(after <= before && after > 0, "{before} s before a day's pause, {after} s after it");
}

#[test]
fn a_cancelled_run_ends_where_it_stands() {
    let (world, set) = scene(30);
    let run = world.start(&set, json!({}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.provider.calls().len() >= 20);
    world.post(&format!("/api/runs/{run}/cancel"), &Value::Null);
    drive.finish();
    let mut shown = vec![world.standing(&run)];
    for verb in ["resume", "retry", "pause", "cancel"] {
        shown.push(format!(
            "{verb}: {}",
            world
                .call("POST", &format!("/api/runs/{run}/{verb}"), &Value::Null)
                .problem()
                .chars()
                .take(90)
                .collect::<String>()
        ));
    }
    world.drive();
    shown.push(world.standing(&run));
    expect![[r#"
        cancelled (cancelled by hand): 4 of 30 done, 4 pass, 0 fail, 0 unscored, 0 errored
        12 target, 8 judge, 0 memoised, 0 retried calls
        resume: 409 the run is over; start a new one
        retry: 409 the run was cancelled; start a new one
        pause: 202 {"id":"01a1ab0b-3204-7998-ba18-0a45e75ea62e","name":"mock/new","set_id":"01a1ab0b-31d4
        cancel: 202 {"id":"01a1ab0b-3204-7998-ba18-0a45e75ea62e","name":"mock/new","set_id":"01a1ab0b-31d4
        cancelled (cancelled by hand): 4 of 30 done, 4 pass, 0 fail, 0 unscored, 0 errored
        12 target, 8 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn a_run_that_is_cancelled_or_paused_begins_no_call_more() {
    for verb in ["cancel", "pause"] {
        let (world, set) = scene(60);
        let run = world.start(&set, json!({"concurrency": 18}));
        let mut drive = Drive::new(&world);
        drive.until(|world| world.provider.calls().len() >= 60);
        world.post(&format!("/api/runs/{run}/{verb}"), &Value::Null);
        let calls = world.provider.calls().len();
        drive.finish();
        assert_eq!(world.provider.calls().len(), calls, "{verb}");
        // What was under way is paid for, and kept.
        assert_eq!(world.run(&run)["calls"]["target"].as_u64(), Some(world.count("completion")));
    }
}

#[test]
fn the_concurrency_of_a_run_can_be_changed_while_it_goes_on() {
    let (world, set) = scene(90);
    let run = world.start(&set, json!({"concurrency": 6, "baseline": false}));
    let change = |concurrency: u32| {
        let changed = world.patch(&format!("/api/runs/{run}"), &json!({"concurrency": concurrency}));
        assert_eq!(changed["concurrency"]["asked"], concurrency);
    };
    let mut drive = Drive::new(&world);
    let mut widest = Vec::new();
    for (calls, concurrency) in [(20, 24), (80, 2), (130, 12)] {
        drive.until(|world| world.provider.calls().len() >= calls);
        widest.push(world.widest.swap(0, Ordering::Relaxed));
        change(concurrency);
        // What was begun before is let go on.
        let began = world.provider.calls().len();
        drive.until(|world| world.provider.calls().len() > began);
        world.widest.store(0, Ordering::Relaxed);
    }
    drive.finish();
    widest.push(world.widest.load(Ordering::Relaxed));
    expect!["[6, 24, 2, 12]"].assert_eq(&format!("{widest:?}"));
    expect![[r#"
        done: 90 of 90 done, 90 pass, 0 fail, 0 unscored, 0 errored
        90 target, 96 judge, 50 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
    assert_eq!(world.provider.calls().len(), 186, "no call was made twice");
    expect!["409 the run is over; start a new one"]
        .assert_eq(&world.call("PATCH", &format!("/api/runs/{run}"), &json!({"concurrency": 2})).problem());
}

#[test]
fn a_shard_that_is_no_longer_wanted_keeps_no_item_of_a_paused_run() {
    let (world, set) = scene(30);
    let run = world.start(&set, json!({"concurrency": 12, "baseline": false}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.provider.calls().len() >= 12);
    world.post(&format!("/api/runs/{run}/pause"), &Value::Null);
    while drive.turn() {}
    assert!(world.count("run_item WHERE shard = 1") > 0, "the second shard had begun some");
    world.patch(&format!("/api/runs/{run}"), &json!({"concurrency": 6}));
    while drive.turn() {}
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    drive.finish();
    expect![[r#"
        done: 30 of 30 done, 30 pass, 0 fail, 0 unscored, 0 errored
        30 target, 36 judge, 6 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
}

#[test]
fn a_shard_that_did_not_hear_that_it_is_no_longer_wanted_is_woken_by_the_others() {
    let (world, set) = scene(30);
    let run = world.start(&set, json!({"concurrency": 12, "baseline": false}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.provider.calls().len() >= 12);
    world.post(&format!("/api/runs/{run}/pause"), &Value::Null);
    while drive.turn() {}
    world.settings.lock().unwrap().asleep = true;
    world.patch(&format!("/api/runs/{run}"), &json!({"concurrency": 6}));
    world.settings.lock().unwrap().asleep = false;
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    drive.finish();
    expect![[r#"
        done: 30 of 30 done, 30 pass, 0 fail, 0 unscored, 0 errored
        30 target, 36 judge, 6 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
}

#[test]
fn a_budget_holds_although_nobody_says_what_calls_cost() {
    let (world, set) = scene(40);
    world.provider.does(|asked| {
        let Reply { result, after_ms } = usual(asked);
        let result = result.map(|mut answer| {
            let mut said: Value = serde_json::from_str(&answer.body).unwrap();
            said.as_object_mut().unwrap().remove("usage");
            answer.body = said.to_string();
            answer
        });
        Reply { result, after_ms }
    });
    let run = world.start(&set, json!({"budget_usd": 0.002}));
    world.drive();
    expect![[r#"
        paused (the budget is spent: stopped at 0.0065 of 0.002 USD after 0 of 40 items): 0 of 40 done, 0 pass, 0 fail, 0 unscored, 0 errored
        1 target, 0 judge, 0 memoised, 0 retried calls"#]].assert_eq(&world.standing(&run));
    assert_eq!(world.run(&run)["cost_usd"], Value::Null);
}

/// Runs 40 items with a budget while every answer of the target is worth nothing: it stops at the budget all the same. Gives
/// what was spent for how many calls.
fn check_in_vain(reply: Reply, expected: Expect) {
    let (world, set) = scene(40);
    world.provider.does(move |asked| if asked.is_judge() { usual(asked) } else { reply.clone() });
    let run = world.start(&set, json!({"budget_usd": 0.01, "baseline": false}));
    world.drive();
    let judged = world.provider.calls().iter().filter(|asked| asked.is_judge()).count();
    let run = world.run(&run);
    expected.assert_eq(&format!(
        "{} {} {} USD for {} calls and {judged} of canaries",
        run["status"],
        run["reason"],
        run["cost_usd"],
        world.provider.calls().len() - judged
    ));
}

#[test]
fn what_was_paid_for_in_vain_counts() {
    let usage = json!({"prompt_tokens": 100, "completion_tokens": 50});
    check_in_vain(
        body(200, &json!({"choices": [], "usage": usage})),
        expect![[
            r#""paused" "the budget is spent: stopped at 0.0102 of 0.01 USD after 5 of 40 items" 0.0102 USD for 15 calls and 6 of canaries"#
        ]],
    );
    check_in_vain(
        body(200, &json!({"choices": []})),
        expect![[
            r#""paused" "the budget is spent: stopped at 0.0390 of 0.01 USD after 2 of 40 items" 0.03900000000000001 USD for 6 calls and 0 of canaries"#
        ]],
    );
    check_in_vain(
        Reply { result: Err(Unreached::Flawed(Flaw::CutOff)), after_ms: 50 },
        expect![[
            r#""paused" "the budget is spent: stopped at 0.0390 of 0.01 USD after 2 of 40 items" 0.03900000000000001 USD for 6 calls and 0 of canaries"#
        ]],
    );
    check_in_vain(
        Reply { result: Err(Unreached::TooLarge(7)), after_ms: 50 },
        expect![[
            r#""paused" "the budget is spent: stopped at 0.0130 of 0.01 USD after 2 of 40 items" 0.013000000000000001 USD for 2 calls and 0 of canaries"#
        ]],
    );
    check_in_vain(
        body(200, &json!({"error": {"message": "overloaded"}})),
        expect![[r#""done" null 0.0012000000000000001 USD for 120 calls and 6 of canaries"#]],
    );
    check_in_vain(
        error(500, "oops"),
        expect![[r#""done" null 0.0012000000000000001 USD for 120 calls and 6 of canaries"#]],
    );
}

#[test]
fn a_budget_that_is_raised_lets_the_run_be_resumed() {
    let (world, set) = scene(10);
    let run = world.start(&set, json!({"budget_usd": 0.002}));
    world.drive();
    let mut shown = vec![world.standing(&run)];
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    world.drive();
    shown.push(world.standing(&run));
    let changed = world.patch(&format!("/api/runs/{run}"), &json!({"budget_usd": 1.0}));
    shown.push(format!("{} {}", changed["status"], changed["budget_usd"]));
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    world.drive();
    shown.push(world.standing(&run));
    expect![[r#"
        paused (the budget is spent: stopped at 0.0020 of 0.002 USD after 1 of 10 items): 1 of 10 done, 1 pass, 0 fail, 0 unscored, 0 errored
        2 target, 8 judge, 0 memoised, 0 retried calls
        paused (the budget is spent: stopped at 0.0020 of 0.002 USD after 1 of 10 items): 1 of 10 done, 1 pass, 0 fail, 0 unscored, 0 errored
        2 target, 8 judge, 0 memoised, 0 retried calls
        "paused" 1.0
        done: 10 of 10 done, 10 pass, 0 fail, 0 unscored, 0 errored
        10 target, 26 judge, 0 memoised, 0 retried calls"#]].assert_eq(&shown.join("\n"));
}

#[test]
fn calls_that_are_lost_in_a_crash_are_counted() {
    let (world, set) = scene(12);
    let run = world.start(&set, json!({"baseline": false, "concurrency": 4}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.provider.calls().len() >= 3);
    let lost = world.provider.calls().len();
    drive.crash();
    drive.until(|world| world.count("run_spend WHERE lost > 0") > 0);
    // There is no other call to tell what these cost.
    let known_at_first = world.run(&run)["cost_usd"].clone();
    drive.finish();
    assert_eq!(world.provider.calls().len(), 12 + 12 + CANARY_CALLS + lost);
    expect![[r#"
        done: 12 of 12 done, 12 pass, 0 fail, 0 unscored, 0 errored
        12 target, 18 judge, 0 memoised, 4 retried calls"#]]
    .assert_eq(&world.standing(&run));
    expect!["null, then 0.0068"]
        .assert_eq(&format!("{known_at_first}, then {:.4}", world.run(&run)["cost_usd"].as_f64().unwrap()));
}

#[test]
fn a_retry_repeats_only_what_is_unscored_or_errored() {
    let (world, set) = scene(6);
    world.provider.does(|asked| match asked.is_judge() {
        false if asked.last() == "Question 1?" => error(400, "no"),
        true if asked.candidate().contains("Question 2?") => says("I cannot say."),
        _ => usual(asked),
    });
    let run = world.start(&set, json!({}));
    world.drive();
    let mut shown = vec![world.standing(&run)];
    world.provider.does(usual);
    world.provider.forget();
    world.post(&format!("/api/runs/{run}/retry"), &Value::Null);
    shown.push(world.standing(&run));
    let results = || world.get(&format!("/api/runs/{run}/results"))["data"].as_array().unwrap().len();
    assert_eq!(results(), 4);
    world.drive();
    shown.push(world.standing(&run));
    shown.push(format!("{} calls", world.provider.calls().len()));
    expect![[r#"
        done: 6 of 6 done, 4 pass, 0 fail, 1 unscored, 1 errored
        6 target, 17 judge, 0 memoised, 0 retried calls
        running: 4 of 6 done, 4 pass, 0 fail, 0 unscored, 0 errored
        6 target, 17 judge, 0 memoised, 0 retried calls
        done: 6 of 6 done, 6 pass, 0 fail, 0 unscored, 0 errored
        7 target, 20 judge, 2 memoised, 0 retried calls
        4 calls"#]]
    .assert_eq(&shown.join("\n"));
    assert_eq!(results(), 6);
}

/// Runs one item whose first call to the target is answered so, and tells after how long it was asked again.
fn check_wait(reply: Reply, expected: Expect) {
    let world = check(
        1,
        json!({"baseline": false}),
        first(1, is_target, reply),
        expect![[r#"
            done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored
            1 target, 7 judge, 0 memoised, 1 retried calls"#]],
    );
    let calls = world.provider.calls();
    let calls: Vec<_> = calls.iter().filter(|asked| is_target(asked)).collect();
    expected.assert_eq(&format!("{} ms", calls[1].at.since(calls[0].at)));
}

#[test]
fn a_busy_provider_is_waited_for_as_long_as_it_says() {
    check_wait(error(429, "slow down").retry_after("2"), expect!["2580 ms"]);
    check_wait(error(429, "slow down").retry_after("Thu, 05 Nov 2026 09:31:00 GMT"), expect!["60384 ms"]);
    check_wait(error(503, "busy").retry_after("1"), expect!["1580 ms"]);
    check_wait(error(429, "slow down").retry_after("-1"), expect![["1060 ms"]]);
    check_wait(error(429, "slow down"), expect!["1060 ms"]);
}

#[test]
fn what_may_pass_next_time_is_tried_again() {
    check_wait(error(500, "oops"), expect!["1060 ms"]);
    check_wait(reset(), expect!["1010 ms"]);
    check_wait(hangs(), expect!["120960 ms"]);
}

#[test]
fn an_answer_that_is_none_is_tried_again() {
    let text = |text: &str| Reply {
        result: Ok(edge::ports::Answer { status: 200, retry_after: None, body: text.to_owned() }),
        after_ms: 100,
    };
    check_wait(text("<html>502</html>"), expect!["1060 ms"]);
    check_wait(text(r#"{"error":{"message":"overloaded"}}"#), expect!["1060 ms"]);
    check_wait(text(&format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000))), expect!["1060 ms"]);
}

#[test]
fn an_answer_without_a_choice_is_no_answer() {
    let none = body(200, &json!({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 0}}));
    check(
        1,
        json!({"baseline": false}),
        move |asked| if asked.is_judge() { level(5) } else { none.clone() },
        expect![[r#"
            done: 1 of 1 done, 0 pass, 0 fail, 0 unscored, 1 errored
            1 target, 6 judge, 0 memoised, 2 retried calls"#]],
    );
}

#[test]
fn an_empty_answer_fails_without_a_judge() {
    check(
        1,
        json!({"baseline": false}),
        |asked| if asked.is_judge() { level(0) } else { says(" ") },
        expect![[r#"
            done: 1 of 1 done, 0 pass, 1 fail, 0 unscored, 0 errored
            1 target, 6 judge, 0 memoised, 0 retried calls"#]],
    );
}

#[test]
fn large_answers_are_kept_and_huge_ones_are_errors() {
    let (world, set) = scene(4);
    world.provider.does(|asked| match (asked.is_judge(), asked.last().as_str()) {
        (false, "Question 1?") => says(&"\u{1}".repeat(400_000)),
        (false, _) => says(&format!("{}{}", asked.last(), "\"".repeat(440_000))),
        _ => usual(asked),
    });
    let run = world.start(&set, json!({}));
    world.drive();
    expect![[r#"
        done: 4 of 4 done, 3 pass, 0 fail, 0 unscored, 1 errored
        4 target, 12 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
    let results = world.get(&format!("/api/runs/{run}/results"));
    expect!["the answer has 2400050 bytes; at most 900000 are kept and judged"]
        .assert_eq(results["data"][0]["response_preview"].as_str().unwrap());
    let second =
        world.get(&format!("/api/runs/{run}/results/{}", results["data"][1]["item_id"].as_str().unwrap()));
    assert_eq!(second["response"]["text"].as_str().unwrap().len(), 440_011);
}

#[test]
fn what_cannot_pass_is_not_tried_again() {
    let tries = |reply: Reply, expected: Expect| {
        let world = check(
            2,
            json!({"baseline": false}),
            move |asked| if asked.last() == "Question 1?" { reply.clone() } else { usual(asked) },
            expected,
        );
        let run = id(&world.get("/api/runs")["data"][0]);
        let worst = &world.get(&format!("/api/runs/{run}/results"))["data"][0].clone();
        format!("{}: {}", worst["verdict"], worst["response_preview"])
    };
    expect![[r#""error": "the provider answered 400: no""#]].assert_eq(&tries(
        error(400, "no"),
        expect![[r#"
            done: 2 of 2 done, 1 pass, 0 fail, 0 unscored, 1 errored
            2 target, 7 judge, 0 memoised, 0 retried calls"#]],
    ));
    expect![[r#""error": "the provider redirects (302); redirects are not followed""#]].assert_eq(&tries(
        error(302, "elsewhere"),
        expect![[r#"
            done: 2 of 2 done, 1 pass, 0 fail, 0 unscored, 1 errored
            2 target, 7 judge, 0 memoised, 0 retried calls"#]],
    ));
    expect![[r#""error": "the provider answered 500: oops (tried 3 times)""#]].assert_eq(&tries(
        error(500, "oops"),
        expect![[r#"
            done: 2 of 2 done, 1 pass, 0 fail, 0 unscored, 1 errored
            2 target, 7 judge, 0 memoised, 2 retried calls"#]],
    ));
    expect![[r#""error": "the provider answered 401: the key [key] is wrong""#]].assert_eq(&tries(
        error(401, "the key sk-0123456789abcd is wrong"),
        expect![[r#"
            done: 2 of 2 done, 1 pass, 0 fail, 0 unscored, 1 errored
            2 target, 7 judge, 0 memoised, 0 retried calls"#]],
    ));
}

#[test]
fn a_long_wait_pauses_the_run_until_then() {
    let (world, set) = scene(30);
    world.provider.does(first(1, is_target, error(429, "come back tomorrow").retry_after("86400")));
    let run = world.start(&set, json!({"concurrency": 12}));
    let mut drive = Drive::new(&world);
    let day = world.clock.now().plus(86_000_000);
    drive.until_moment(day);
    let calls = world.provider.calls().len();
    let mut shown =
        vec![world.standing(&run), format!("resumes at {}, {calls} calls", world.run(&run)["resumes_at"])];
    assert_eq!(drive.resting().len(), 2, "both shards come back");
    drive.finish();
    shown.push(world.standing(&run));
    shown.push(format!("finished at {}", world.run(&run)["finished_at"]));
    expect![[r#"
        paused (the provider answered 429: come back tomorrow): 0 of 30 done, 0 pass, 0 fail, 0 unscored, 0 errored
        17 target, 0 judge, 0 memoised, 1 retried calls
        resumes at "2026-11-06T09:30:00.346Z", 18 calls
        done: 30 of 30 done, 30 pass, 0 fail, 0 unscored, 0 errored
        30 target, 66 judge, 0 memoised, 1 retried calls
        finished at "2026-11-06T09:30:01.086Z""#]].assert_eq(&shown.join("\n"));
}

#[test]
fn a_run_that_waits_can_be_paused_for_good() {
    let (world, set) = scene(10);
    world.provider.does(first(1, is_target, error(429, "later").retry_after("3600")));
    let run = world.start(&set, json!({}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.count("run_event WHERE kind = 'paused'") == 1);
    world.post(&format!("/api/runs/{run}/pause"), &Value::Null);
    drive.finish();
    assert!(world.standing(&run).starts_with("paused (paused by hand)"), "{}", world.standing(&run));
    assert_eq!(world.run(&run)["resumes_at"], Value::Null);
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    world.drive();
    assert!(world.standing(&run).starts_with("done: 10 of 10 done, 10 pass"), "{}", world.standing(&run));
}

#[test]
fn a_run_that_nobody_took_up_is_taken_up_when_it_is_asked_for_again() {
    let (world, set) = scene(2);
    let send = || {
        let models = json!({"provider": "mock", "model": "new"});
        let body = json!({"set_id": set, "target": models, "judge": {"provider": "mock", "model": "judge"}});
        let mut request = crate::support::as_operator("POST", "/api/runs", &body);
        request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        world.send(request)
    };
    world.configure(|settings| settings.asleep = true);
    assert_eq!(send().status, 201);
    world.configure(|settings| settings.asleep = false);
    let run = id(&send().succeeded());
    world.drive();
    assert!(world.standing(&run).starts_with("done: 2 of 2 done"), "{}", world.standing(&run));
    assert_eq!(world.count("run"), 1);
}

/// Starts a run of 20 items while something goes wrong once, as a client does that asks again under the same key when it
/// is told to. Gives how often the start touched the outside, and what came of it.
fn start_under(trouble: Option<(usize, Trouble)>) -> (usize, String) {
    let (world, set) = scene(20);
    let models = json!({"provider": "mock", "model": "new"});
    let judge = json!({"provider": "mock", "model": "judge"});
    let body = json!({"set_id": set, "target": models, "judge": judge, "concurrency": 24});
    let send = || {
        let mut request = crate::support::as_operator("POST", "/api/runs", &body);
        request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        world.send(request)
    };
    *world.trouble.lock().unwrap() = trouble;
    world.strikes_everybody.store(true, Ordering::Relaxed);
    let mut reply = send();
    let touches = world.touches.load(Ordering::Relaxed);
    if reply.status >= 500 {
        reply = send();
    }
    world.strikes_everybody.store(false, Ordering::Relaxed);
    let run = id(&reply.succeeded());
    world.drive();
    crate::support::drive::finish(&world, edge::pipeline::wake::sweep(&Seat::of_router(&world))).unwrap();
    world.drive();
    let standing = world.standing(&run).lines().next().unwrap_or_default().to_owned();
    (touches, format!("{} run, {standing}", world.count("run")))
}

#[test]
fn whatever_goes_wrong_once_while_a_run_is_started_there_is_one() {
    let (touches, usual) = start_under(None);
    expect!["1 run, done: 20 of 20 done, 20 pass, 0 fail, 0 unscored, 0 errored"].assert_eq(&usual);
    assert!(touches > 8, "{touches}");
    // Nobody asks again for what is broken; a request that is lost did all or nothing, as one that fails did.
    let kinds = [Trouble::Fails, Trouble::SeemsToFail, Trouble::IsFull, Trouble::LosesTheReply];
    for trouble in kinds {
        for at in 0..touches {
            assert_eq!(start_under(Some((at, trouble))).1, usual, "{trouble:?} at touch {at}");
        }
    }
}

#[test]
fn a_run_whose_shards_were_not_woken_is_found_by_the_sweep() {
    let (world, set) = scene(20);
    let run = world.start(&set, json!({}));
    world.drive();
    assert!(world.standing(&run).starts_with("done"), "{}", world.standing(&run));
    let models = json!({"provider": "mock", "model": "new"});
    let body = json!({"set_id": set, "target": models, "judge": {"provider": "mock", "model": "judge"}});
    world.configure(|settings| settings.asleep = true);
    let lost = id(&world.send(crate::support::as_operator("POST", "/api/runs", &body)).succeeded());
    world.configure(|settings| settings.asleep = false);
    world.drive();
    assert_eq!(world.run(&lost)["status"], "queued");
    let seat = Seat::of_router(&world);
    crate::support::drive::finish(&world, edge::pipeline::wake::sweep(&seat)).unwrap();
    world.drive();
    assert!(world.standing(&lost).starts_with("done: 20 of 20 done"), "{}", world.standing(&lost));
}

#[test]
fn the_sweep_leaves_a_run_alone_that_waits_for_somebody() {
    let (world, set) = scene(6);
    world.provider.does(first(1, is_target, error(429, "tomorrow").retry_after("86400")));
    let waits = world.start(&set, json!({}));
    Drive::new(&world).until(|world| world.count("run_event WHERE kind = 'paused'") == 1);
    world.configure(|settings| settings.asleep = true);
    let queued = world.start(&set, json!({}));
    let paused = world.start(&set, json!({}));
    world.post(&format!("/api/runs/{paused}/pause"), &Value::Null);
    let going = |hours: i64| {
        let (seat, now) = (Seat::of_router(&world), world.clock.now());
        let found = edge::store::run::going_since(&seat, now.plus(-60_000), now.plus(hours * 3_600_000));
        let found = crate::support::drive::finish(&world, found).unwrap();
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!((going(1), going(25)), (vec![queued.clone()], vec![queued, waits]));
}

#[test]
fn a_wish_that_never_ends_pauses_the_run() {
    for wish in ["inf", "1e300", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let (world, set) = scene(3);
        world.provider.does(first(1, is_target, error(429, "never").retry_after(wish)));
        let run = world.start(&set, json!({}));
        let mut drive = Drive::new(&world);
        drive.until_moment(world.clock.now().plus(86_400_000));
        assert!(
            world.standing(&run).starts_with("paused (the provider answered 429: never)"),
            "{wish}: {}",
            world.standing(&run)
        );
        assert!(world.run(&run)["resumes_at"].as_str().unwrap().starts_with("9999"));
    }
}

#[test]
fn an_item_that_is_slow_throughout_is_given_up() {
    let (world, set) = scene(1);
    // The target takes 170 s of two tries; then the judge never answers.
    let mut tries = 0;
    world.provider.does(move |asked| {
        tries += u64::from(is_target(asked));
        match (asked.is_judge(), tries) {
            (false, 1) | (true, 2) => hangs(),
            (false, _) => usual(asked).after(50_000),
            (true, _) => usual(asked),
        }
    });
    let run = world.start(&set, json!({"baseline": false}));
    world.drive();
    let item =
        world.get(&format!("/api/runs/{run}/results"))["data"][0]["item_id"].as_str().unwrap().to_owned();
    let result = world.get(&format!("/api/runs/{run}/results/{item}"));
    let shown = [world.standing(&run), result["criteria"].to_string()];
    expect![[r#"
        done: 1 of 1 done, 0 pass, 0 fail, 1 unscored, 0 errored
        1 target, 7 judge, 0 memoised, 3 retried calls
        [{"name":"Accuracy","level":null,"baseline_level":null,"score":null,"reasoning_preview":"the judge could not be reached: the calls of its item took 420000 ms, as long as they may (tried 3 times)"}]"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn a_key_that_is_refused_pauses_the_run_and_marks_no_item() {
    for (is_refused, who) in [(is_target as fn(&Asked) -> bool, "target"), (Asked::is_judge, "judge")] {
        for baseline in [true, false] {
            let (world, set) = scene(30);
            world
                .provider
                .does(move |asked| if is_refused(asked) { error(401, "wrong key") } else { usual(asked) });
            let run = world.start(&set, json!({"concurrency": 6, "baseline": baseline}));
            world.drive();
            let standing = world.standing(&run);
            assert!(
                standing.starts_with("paused (the provider answered 401: wrong key): 0 of 30 done"),
                "{who}: {standing}"
            );
            assert!(world.provider.calls().len() < 30, "{who}: {}", world.provider.calls().len());
            world.provider.does(usual);
            world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
            world.drive();
            assert!(
                world.standing(&run).starts_with("done: 30 of 30 done, 30 pass"),
                "{who}: {}",
                world.standing(&run)
            );
        }
    }
}

#[test]
fn a_key_that_is_refused_pauses_a_run_of_which_each_shard_has_an_item_or_two() {
    for (is_refused, who) in [(is_target as fn(&Asked) -> bool, "target"), (Asked::is_judge, "judge")] {
        let (world, set) = scene(30);
        world
            .provider
            .does(move |asked| if is_refused(asked) { error(401, "wrong key") } else { usual(asked) });
        let run = world.start(&set, json!({"concurrency": 100, "baseline": false}));
        world.drive();
        let standing = world.standing(&run);
        assert!(standing.starts_with("paused (the provider answered 401: wrong key): "), "{who}: {standing}");
        let given_up = world.run(&run)["counts"]["done"].as_u64().unwrap();
        assert!(given_up < 3, "{who}: {standing}");
        world.provider.does(usual);
        world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
        world.drive();
        let expected = format!("done: 30 of 30 done, {} pass", 30 - given_up);
        assert!(world.standing(&run).starts_with(&expected), "{who}: {}", world.standing(&run));
    }
}

#[test]
fn what_is_refused_for_its_own_sake_ends_as_an_error_however_many_shards_there_are() {
    for concurrency in [6, 100] {
        let (world, set) = scene(30);
        let is_unwelcome = |asked: &Asked| {
            is_target(asked)
                && [1, 12, 21, 29].iter().any(|n| asked.last().contains(&format!("Question {n}?")))
        };
        world
            .provider
            .does(move |asked| if is_unwelcome(asked) { error(403, "not this") } else { usual(asked) });
        let run = world.start(&set, json!({"concurrency": concurrency}));
        world.drive();
        let standing = world.standing(&run);
        expect!["done: 30 of 30 done, 26 pass, 0 fail, 0 unscored, 4 errored"]
            .assert_eq(standing.lines().next().unwrap_or_default());
    }
}

#[test]
fn what_is_refused_is_settled_although_an_item_takes_more_calls_than_a_slice() {
    let world = World::new();
    world.connect();
    let criteria: Vec<_> = (0..8).map(|n| json!({"name": format!("c{n}"), "question": "Is it?"})).collect();
    let set = world.set_with(4, json!({"criteria": criteria}));
    let extra = json!({"judge": {"provider": "mock", "model": "judge", "repeats": 3}, "concurrency": 1, "fresh": true});
    let mut shown = Vec::new();
    for unwelcome in ["Question", "Question 2?"] {
        world.provider.does(move |asked| {
            if is_target(asked) && asked.last().contains(unwelcome) {
                error(403, "not this")
            } else {
                usual(asked)
            }
        });
        let run = world.start(&set, extra.clone());
        world.drive();
        shown.push(world.standing(&run).lines().next().unwrap_or_default().to_owned());
    }
    expect![[r#"
        paused (the provider answered 403: not this): 0 of 4 done, 0 pass, 0 fail, 0 unscored, 0 errored
        done: 4 of 4 done, 3 pass, 0 fail, 0 unscored, 1 errored"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn who_lets_a_run_go_on_after_refusals_is_not_asked_for_ever() {
    let (world, set) = scene(10);
    let is_unwelcome = |asked: &Asked| {
        is_target(asked) && [1, 4, 7, 9].iter().any(|n| asked.last() == format!("Question {n}?"))
    };
    world.provider.does(move |asked| if is_unwelcome(asked) { error(403, "not this") } else { usual(asked) });
    let run = world.start(&set, json!({}));
    world.drive();
    let mut shown = vec![world.standing(&run)];
    for act in ["retry", "resume"] {
        world.post(&format!("/api/runs/{run}/{act}"), &Value::Null);
        world.drive();
        shown.push(world.standing(&run));
    }
    expect![[r#"
        done: 10 of 10 done, 6 pass, 0 fail, 0 unscored, 4 errored
        10 target, 18 judge, 0 memoised, 0 retried calls
        paused (the provider answered 403: not this): 6 of 10 done, 6 pass, 0 fail, 0 unscored, 0 errored
        14 target, 18 judge, 0 memoised, 0 retried calls
        done: 10 of 10 done, 6 pass, 0 fail, 0 unscored, 4 errored
        18 target, 18 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn a_quota_that_is_used_up_pauses_the_run_until_it_is_resumed() {
    let (world, set) = scene(10);
    let used_up = body(
        429,
        &json!({"error": {"message": "Pay.", "type": "insufficient_quota", "code": "insufficient_quota"}}),
    );
    world.provider.does(move |asked| if asked.number < 8 { usual(asked) } else { used_up.clone() });
    let run = world.start(&set, json!({}));
    world.drive();
    assert!(
        world.standing(&run).starts_with("paused (the provider answered 429: Pay.)"),
        "{}",
        world.standing(&run)
    );
    assert_eq!(world.run(&run)["resumes_at"], Value::Null);
    assert!(world.provider.calls().len() <= 8 + 6, "{}", world.provider.calls().len());
    world.provider.does(usual);
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    world.drive();
    assert!(world.standing(&run).starts_with("done: 10 of 10 done, 10 pass"), "{}", world.standing(&run));
}

#[test]
fn a_provider_that_is_gone_pauses_the_run() {
    let (world, set) = scene(3);
    let provider = id(&world.get("/api/providers")["data"][0]);
    let run = world.start(&set, json!({}));
    world.delete(&format!("/api/providers/{provider}"));
    world.drive();
    let mut shown = vec![world.standing(&run)];
    world.connect();
    world.configure(|settings| settings.keyring = None);
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    world.drive();
    shown.push(world.standing(&run));
    world.configure(|settings| settings.keyring = Some(Keyring { newest: [7; 32], older: None }));
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    world.drive();
    shown.push(world.standing(&run));
    expect![[r#"
        paused (the provider "mock" is gone): 0 of 3 done, 0 pass, 0 fail, 0 unscored, 0 errored
        0 target, 0 judge, 0 memoised, 0 retried calls
        paused (provider "mock" has a stored key, and the secret ENCRYPTION_KEY (32 bytes in base64) that seals it is not set): 0 of 3 done, 0 pass, 0 fail, 0 unscored, 0 errored
        0 target, 0 judge, 0 memoised, 0 retried calls
        done: 3 of 3 done, 3 pass, 0 fail, 0 unscored, 0 errored
        3 target, 12 judge, 0 memoised, 0 retried calls"#]].assert_eq(&shown.join("\n"));
}

#[test]
fn a_budget_is_kept_but_for_the_calls_under_way() {
    for (budget, n) in [(0.001, 5), (0.004, 30), (0.01, 30)] {
        let (world, set) = scene(n);
        let run = world.start(&set, json!({"budget_usd": budget}));
        world.drive();
        let spent = world.run(&run)["cost_usd"].as_f64().unwrap();
        assert!(
            world.standing(&run).starts_with("paused (the budget is spent: stopped at"),
            "{}",
            world.standing(&run)
        );
        assert!(spent > budget - 1e-9 && spent < budget + 6.5 * 0.0002, "{budget} {spent}");
        assert!((world.provider.calls().len() as f64 * 0.0002 - spent).abs() < 1e-9);
    }
}

#[test]
fn shards_keep_to_a_budget_together() {
    // Each of six shards may have one call under way when the budget is spent, whose cost nobody could know.
    for budget in [0.0004, 0.004, 0.02] {
        let (world, set) = scene(100);
        world.provider.does(|asked| usual(asked).after(100 + 37 * (asked.number as u64 % 11)));
        let run = world.start(&set, json!({"budget_usd": budget, "concurrency": 36}));
        world.drive();
        let spent = world.provider.calls().len() as f64 * 0.0002;
        let standing = world.standing(&run);
        assert!(standing.starts_with("paused (the budget is spent: stopped at"), "{standing}");
        assert!(spent >= budget - 1e-9 && spent < budget + 6.5 * 0.0002, "{budget} {spent}");
        assert_eq!(world.count("run_spend WHERE reserved_usd > 0"), 0);
    }
}

#[test]
fn a_budget_that_suffices_changes_nothing() {
    check(
        5,
        json!({"budget_usd": 0.0042}),
        usual,
        expect![[r#"
            done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
            5 target, 16 judge, 0 memoised, 0 retried calls"#]],
    );
    check(
        5,
        json!({"budget_usd": 0.0041}),
        usual,
        expect![[r#"
            done: 5 of 5 done, 5 pass, 0 fail, 0 unscored, 0 errored
            5 target, 16 judge, 0 memoised, 0 retried calls"#]],
    );
}

/// Runs a scene to its end, and checks that every slice of it kept to what the platform allows.
fn check_slices(
    n: usize,
    criteria: usize,
    extra: Value,
    script: impl FnMut(&Asked) -> Reply + Send + 'static,
) -> Vec<Slice> {
    let world = World::new();
    world.connect();
    let criteria: Vec<_> =
        (0..criteria).map(|n| json!({"name": format!("c{n}"), "question": format!("Is it {n}?")})).collect();
    let set = world.set_with(n, json!({"criteria": criteria}));
    world.provider.does(script);
    let run = world.start(&set, extra);
    world.drive();
    assert!(world.standing(&run).starts_with(&format!("done: {n} of {n} done")), "{}", world.standing(&run));
    let asked = world.run(&run)["concurrency"]["asked"].as_u64().unwrap();
    assert!(world.widest.load(Ordering::Relaxed) as u64 <= asked);
    for slice in world.slices() {
        assert!(slice.calls <= 50 && slice.statements <= 50 && slice.widest <= 6, "{slice:?}");
        assert!(slice.ended.since(slice.began) < LONGEST_ALARM_MS, "{slice:?}");
    }
    world.slices()
}

#[test]
fn a_slice_keeps_to_what_the_platform_allows() {
    let slices = check_slices(40, 1, json!({"concurrency": 16}), usual);
    assert!(slices.len() <= 12, "a slice is used up before the next is taken: {}", slices.len());
}

#[test]
fn a_slice_keeps_to_it_when_calls_are_slow() {
    check_slices(40, 1, json!({"concurrency": 6}), |asked| {
        usual(asked).after(1_000 + 700 * (asked.number as u64 % 7))
    });
    check_slices(10, 3, json!({"concurrency": 1}), |asked| usual(asked).after(3_000));
}

#[test]
fn a_slice_keeps_to_it_when_questions_wait_long_for_a_place() {
    // All are turned away at once, come back together, and then each try of one keeps the others waiting.
    check_slices(12, 1, json!({"concurrency": 1}), |asked| match asked.number {
        ..9 => error(503, "busy").retry_after("170"),
        _ => error(503, "busy").after(119_000),
    });
}

#[test]
fn a_slice_keeps_to_it_when_calls_fail() {
    check_slices(30, 2, json!({"concurrency": 6}), |asked| {
        if asked.number % 3 == 0 { usual(asked) } else { error(500, "oops") }
    });
    check_slices(10, 2, json!({"concurrency": 6}), |asked| {
        if asked.is_judge() { says("no verdict") } else { usual(asked) }
    });
}

#[test]
fn a_target_that_is_gone_costs_each_question_its_tries_and_hardly_more() {
    const ITEMS: usize = 60;
    for (reply, tries) in
        [(error(503, "down"), 5), (reset(), 5), (error(500, "oops"), 3), (error(429, "slow"), 5)]
    {
        let (world, set) = scene(ITEMS);
        world.provider.does(move |asked| if asked.is_judge() { usual(asked) } else { reply.clone() });
        let run = world.start(&set, json!({"concurrency": 12, "fresh": true}));
        world.drive();
        let standing = world.standing(&run);
        assert!(
            standing.starts_with(&format!(
                "done: {ITEMS} of {ITEMS} done, 0 pass, 0 fail, 0 unscored, {ITEMS} errored"
            )),
            "{standing}"
        );
        let calls = world.provider.calls().iter().filter(|asked| is_target(asked)).count();
        // Of what was begun with the last calls of a slice some is begun anew in the next.
        let most = ITEMS * tries * 6 / 5;
        assert!(
            (ITEMS * tries..most).contains(&calls),
            "{calls} calls for {ITEMS} questions of {tries} tries"
        );
    }
}

#[test]
fn a_slice_keeps_to_it_when_one_item_takes_more_than_a_slice() {
    let judge = json!({"provider": "mock", "model": "judge", "repeats": 3});
    check_slices(2, 20, json!({"concurrency": 6, "judge": judge}), usual);
    check_slices(2, 20, json!({"concurrency": 6, "judge": judge}), |asked| {
        if asked.is_judge() { says("no verdict") } else { usual(asked) }
    });
    check_slices(2, 20, json!({"concurrency": 6, "judge": judge}), |asked| {
        if asked.is_judge() { error(500, "oops") } else { usual(asked) }
    });
}

#[test]
fn a_template_that_does_not_fit_an_item_is_that_items_error() {
    let world = World::new();
    world.connect();
    let set = world.set_of(2);
    let tagged = json!({"items": [{"request": "Question 3?", "tags": {"plan": "pro"}}]});
    world.post(&format!("/api/sets/{set}/items"), &tagged);
    let prompt = json!({"template": "[{{ tags.plan }}] {{ last_user }}"});
    let run = world.start(&set, json!({"target": {"provider": "mock", "model": "new", "prompt": prompt}}));
    world.drive();
    expect![[r#"
        done: 3 of 3 done, 1 pass, 0 fail, 0 unscored, 2 errored
        1 target, 7 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
    assert_eq!(world.provider.calls()[0].last(), "[pro] Question 3?");
    let results = world.get(&format!("/api/runs/{run}/results"));
    expect![[r#""the template does not work: undefined value (in <string>:1)""#]]
        .assert_eq(&results["data"][0]["response_preview"].to_string());
}

#[test]
fn items_are_taken_by_their_bytes_too() {
    let world = World::new();
    world.connect();
    let set = world.set_of(0);
    let long = |n: usize| json!({"request": format!("Question {n}? {}", "x".repeat(850_000)), "reference": "Answer."});
    for lot in 0..3 {
        let items: Vec<_> = (0..5).map(|n| long(lot * 5 + n)).collect();
        world.post(&format!("/api/sets/{set}/items"), &json!({"items": items}));
    }
    // Nothing is answered: what is taken is in hand.
    world.provider.does(|_| hangs());
    let run = world.start(&set, json!({"concurrency": 6}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.provider.calls().len() >= 6);
    let taken = world.count("run_item WHERE shard IS NOT NULL");
    assert!((6..=9).contains(&taken), "{taken} of 15 items with 850 kB each");
    // The slice is lost: the next takes up what it had.
    world.provider.does(usual);
    drive.crash();
    drive.finish();
    assert!(world.standing(&run).starts_with("done: 15 of 15 done, 15 pass"), "{}", world.standing(&run));
}

#[test]
fn an_item_whose_stored_body_is_gone_is_an_error_and_the_others_go_on() {
    let world = World::new();
    world.connect();
    let set = world.set_of(2);
    let long = json!({"items": [{"request": format!("Question 3? {}", "x".repeat(1_000_000)), "reference": "Answer 3."}]});
    world.post(&format!("/api/sets/{set}/items"), &long);
    assert_eq!(world.blobs.lock().unwrap().len(), 1);
    world.blobs.lock().unwrap().clear();
    let run = world.start(&set, json!({}));
    world.drive();
    expect![[r#"
        done: 3 of 3 done, 2 pass, 0 fail, 0 unscored, 1 errored
        2 target, 7 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
    let error = world.get(&format!("/api/runs/{run}/results"))["data"][0]["response_preview"].to_string();
    assert!(error.contains("the stored body ") && error.contains(" is gone"), "{error}");
    assert_eq!(world.notes(), Vec::<String>::new());
}

/// Runs 60 items of which one has an answer that ends the instance that it comes to. Tells where the run stands, how often the
/// provider was asked for that item and in all, and what is said of it.
fn check_fatal(is_shared: bool, extra: Value, fatal: fn(&Asked) -> Option<Reply>, expected: Expect) {
    let (world, set) = scene(60);
    {
        let mut settings = world.settings.lock().unwrap();
        (settings.fatal, settings.is_shared) = (Some("takes all memory"), is_shared);
    }
    world.provider.does(move |asked| fatal(asked).unwrap_or_else(|| usual(asked)));
    let run = world.start(&set, extra);
    world.drive();
    let asked = world.provider.calls();
    let results = world.get(&format!("/api/runs/{run}/results?verdict=error"));
    let said = results["data"].as_array().unwrap().iter().map(|row| row["response_preview"].to_string());
    expected.assert_eq(&format!(
        "{}\nasked for it {} times, {} in all\n{}",
        world.standing(&run),
        asked.iter().filter_map(fatal).count(),
        asked.len(),
        said.collect::<Vec<_>>().join("\n"),
    ));
    assert_eq!(world.notes(), Vec::<String>::new());
}

#[test]
fn an_item_whose_answer_ends_every_instance_is_given_up() {
    let target = |asked: &Asked| {
        (is_target(asked) && asked.last().contains("Question 17?")).then(|| says("It takes all memory."))
    };
    check_fatal(
        false,
        json!({}),
        target,
        expect![[r#"
        done: 60 of 60 done, 59 pass, 0 fail, 0 unscored, 1 errored
        59 target, 124 judge, 0 memoised, 38 retried calls
        asked for it 8 times, 221 in all
        "the service broke down 8 times in a row while it worked on this; it may take more memory or time than there is""#]],
    );
    check_fatal(
        true,
        json!({}),
        target,
        expect![[r#"
        done: 60 of 60 done, 59 pass, 0 fail, 0 unscored, 1 errored
        59 target, 124 judge, 0 memoised, 38 retried calls
        asked for it 8 times, 221 in all
        "the service broke down 8 times in a row while it worked on this; it may take more memory or time than there is""#]],
    );
    check_fatal(
        true,
        json!({"concurrency": 24}),
        target,
        expect![[r#"
            done: 60 of 60 done, 59 pass, 0 fail, 0 unscored, 1 errored
            59 target, 124 judge, 0 memoised, 159 retried calls
            asked for it 8 times, 342 in all
            "the service broke down 8 times in a row while it worked on this; it may take more memory or time than there is""#]],
    );
}

#[test]
fn a_canary_whose_answer_ends_every_instance_is_given_up() {
    let canary = |asked: &Asked| {
        (asked.is_judge() && !asked.candidate().contains("nswer")).then(|| verdict(5, "It takes all memory."))
    };
    check_fatal(
        false,
        json!({"baseline": false}),
        canary,
        expect![[r#"
        done: 60 of 60 done, 60 pass, 0 fail, 0 unscored, 0 errored
        60 target, 60 judge, 0 memoised, 99 retried calls
        asked for it 8 times, 219 in all
    "#]],
    );
}

#[test]
fn a_clock_that_leaps_confuses_nothing() {
    let (world, set) = scene(40);
    let run = world.start(&set, json!({}));
    let mut drive = Drive::new(&world);
    for (done, leap_ms) in [(5, -600_000), (12, 600_000), (20, 86_400_000), (28, -86_400_000)] {
        drive.until(|world| world.count("outcome") > done);
        world.clock.skip(leap_ms);
        let now = world.run(&run);
        assert!(now["status"] == "done" || now["eta_seconds"].is_u64(), "{now}");
    }
    drive.finish();
    expect![[r#"
        done: 40 of 40 done, 40 pass, 0 fail, 0 unscored, 0 errored
        40 target, 86 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
    let latencies = world.get(&format!("/api/runs/{run}/scores"))["latency_ms"].clone();
    let slowest = latencies.as_array().unwrap().iter().filter_map(Value::as_u64).max();
    assert!(slowest.is_some_and(|slowest| slowest <= 120_000), "{latencies}");
}

#[test]
fn a_busy_provider_narrows_the_window() {
    let (world, set) = scene(60);
    let mut last = Vec::new();
    // It takes three calls in a second, and turns the others away.
    world.provider.does(move |asked| {
        last.retain(|at: &shared::moment::Moment| asked.at.since(*at) < 1000);
        if last.len() >= 3 {
            return error(429, "slow down");
        }
        last.push(asked.at);
        usual(asked)
    });
    let run = world.start(&set, json!({"concurrency": 6, "baseline": false}));
    let mut drive = Drive::new(&world);
    let mut seen: Vec<_> = (60..160)
        .step_by(5)
        .map(|calls| {
            drive.until(|world| world.provider.calls().len() >= calls);
            world.run(&run)["concurrency"]["now"].as_u64().unwrap()
        })
        .collect();
    seen.sort_unstable();
    // It feels its way up now and then.
    assert!(seen[seen.len() * 3 / 4] <= 3, "{seen:?}");
    drive.finish();
    assert!(world.standing(&run).starts_with("done: 60 of 60"), "{}", world.standing(&run));
}

#[test]
fn the_same_key_starts_one_run() {
    let (world, set) = scene(2);
    let body = json!({"set_id": set, "target": {"provider": "demo", "model": "echo"}, "judge": {"provider": "demo", "model": "judge"}});
    let send = |body: &Value| {
        let request = crate::support::request("POST", "/api/runs").header("idempotency-key", "k1");
        let request = request.header("authorization", format!("Bearer {}", crate::support::ADMIN));
        world.send(request.body(body.to_string().into()).unwrap())
    };
    let runs: Vec<_> = (0..3).map(|_| id(&send(&body).succeeded())).collect();
    assert!(runs.iter().all(|run| *run == runs[0]));
    assert_eq!(world.count("run"), 1);
    expect!["422 Idempotency-Key this Idempotency-Key was used for another body; draw a new key for a new run"].assert_eq(&send(&json!({"set_id": set, "target": {"provider": "demo", "model": "terse"}, "judge": {"provider": "demo", "model": "judge"}})).problem());
    world.drive();
    expect![[r#"
        done: 2 of 2 done, 0 pass, 2 fail, 0 unscored, 0 errored
        2 target, 10 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&runs[0]));
}

#[test]
fn a_run_has_so_many_items_at_most() {
    let (world, set) = scene(2);
    world.sql("UPDATE set_version SET item_count = 100001");
    let ask = |extra: Value| world.ask_run(&set, extra).problem();
    expect!["422 /sample/n the run would have 100001 items; one run has at most 100000: take a sample"]
        .assert_eq(&ask(json!({})));
    expect!["422 /sample/n the run would have 100001 items; one run has at most 100000: take a sample"]
        .assert_eq(&ask(json!({"sample": {"n": 100_001}})));
    let run = world.start(&set, json!({"sample": {"n": 100_000}}));
    assert_eq!(world.run(&run)["counts"]["total"], 2);
}

#[test]
fn a_start_sent_again_reads_as_it_did_however_far_the_run_is() {
    let (world, set) = scene(30);
    let models = json!({"provider": "mock", "model": "new"});
    let judge = json!({"provider": "mock", "model": "judge"});
    let body = json!({"set_id": set, "target": models, "judge": judge, "concurrency": 12});
    let send = || {
        let mut request = crate::support::as_operator("POST", "/api/runs", &body);
        request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        world.send(request)
    };
    let made = send();
    let run = id(&made.succeeded());
    let queued = "queued: 0 of 30 done, 0 pass, 0 fail, 0 unscored, 0 errored\n0 target, 0 judge, 0 memoised, 0 retried calls";
    assert_eq!(world.standing(&run), queued);
    assert_eq!(made.text, world.call("GET", &format!("/api/runs/{run}"), &Value::Null).text);
    let mut drive = Drive::new(&world);
    drive.until(|world| world.provider.calls().len() >= 20);
    assert_eq!(send().text, made.text, "while it goes on");
    world.patch(&format!("/api/runs/{run}"), &json!({"concurrency": 2}));
    world.post(&format!("/api/runs/{run}/pause"), &Value::Null);
    assert_eq!(send().text, made.text, "changed and paused");
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    drive.finish();
    assert!(world.standing(&run).starts_with("done: 30 of 30"), "{}", world.standing(&run));
    assert_eq!(send().text, made.text, "done");
}

#[test]
fn the_simulated_provider_needs_no_network() {
    let (world, set) = scene(8);
    let run = world.start(&set, json!({"target": {"provider": "demo", "model": "demo/terse"}, "judge": {"provider": "demo", "model": "demo/judge"}}));
    world.drive();
    expect![[r#"
        done: 8 of 8 done, 3 pass, 5 fail, 0 unscored, 0 errored
        8 target, 22 judge, 0 memoised, 0 retried calls"#]]
    .assert_eq(&world.standing(&run));
    assert_eq!(world.run(&run)["simulated"], true);
    assert_eq!(world.provider.calls().len(), 0);
}

#[test]
fn the_questions_about_an_item_are_asked_at_once() {
    let world = World::new();
    world.connect();
    let criteria: Vec<_> =
        (0..3).map(|n| json!({"name": format!("c{n}"), "question": format!("Is it {n}?")})).collect();
    let set = world.set_with(1, json!({"criteria": criteria}));
    world.provider.does(|asked| usual(asked).after(1000));
    let began = world.clock.now();
    world.start(&set, json!({"concurrency": 6}));
    world.drive();
    assert_eq!(world.provider.calls().len(), 1 + 6 + CANARY_CALLS);
    // The canaries beside the target, which gives way to one of them, then all six questions.
    let took = world.clock.now().since(began);
    assert!(took < 3_500, "{took} ms");
}

#[test]
fn calls_overlap_as_far_as_the_concurrency_allows() {
    let (world, set) = scene(48);
    let began = world.clock.now();
    let most = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&most);
    world.provider.does(move |asked| {
        *seen.lock().unwrap() += 1;
        usual(asked).after(1000)
    });
    let run = world.start(&set, json!({"concurrency": 24}));
    world.drive();
    assert_eq!(world.widest.load(Ordering::Relaxed), 24);
    // 150 calls of a second, 24 at once, take 7 seconds; the rest is reading and writing.
    let took = world.clock.now().since(began);
    assert!(took < 10_000, "{took} ms; {}", world.standing(&run));
}
