//! Anthropic as a target and a judge: it is asked for messages, its answers are read as such, and a result says what of a
//! chat it has no words for.

use std::sync::Arc;

use edge::upstream::form::Form;
use expect_test::expect;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::provider::{Asked, Reply, body, streamed_as};
use crate::support::scene::id;

/// A world with a provider that is Anthropic, and a set of one item.
fn scene(request: &Value) -> (Arc<World>, String, String) {
    let world = World::new();
    let priced = |model: &str| json!({"id": model, "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 10.0});
    let provider = json!({"name": "claude", "protocol": "anthropic", "base_url": "http://127.0.0.1:9099", "api_key": "sk-ant-0123456789",
        "models": [priced("claude-haiku-4-5"), priced("claude-opus-4-8"), priced("claude-3-opus")]});
    let provider = id(&world.post("/api/providers", &provider));
    let set = json!({"name": "Questions", "criteria": [{"name": "Accuracy", "question": "Is it right?"}]});
    let set = id(&world.post("/api/sets", &set));
    let item = json!({"request": request, "reference": "It is on its way."});
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": [item]}));
    world.provider.does(usual);
    (world, set, format!("/api/providers/{provider}"))
}

fn question() -> Value {
    json!({"model": "gpt-4o", "seed": 7, "n": 1, "logprobs": true, "frequency_penalty": 0.5, "temperature": 0.2, "stop": "END",
        "response_format": {"type": "json_object"},
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is it?"}]})
}

/// Starts a run of the set with this judge, and drives it to where it stands.
fn run(world: &Arc<World>, set: &str, judge: &str) -> String {
    let target = json!({"provider": "claude", "model": "claude/claude-haiku-4-5"});
    let judge = json!({"provider": "claude", "model": judge});
    let run = world.start(set, json!({"target": target, "judge": judge, "baseline": false}));
    world.drive();
    run
}

fn is_judge(asked: &Asked) -> bool {
    asked.body["system"].as_str().is_some_and(|system| system.starts_with("You grade"))
}

fn verdict() -> String {
    let flags = json!({"instruction_in_data": false, "cannot_judge": false});
    json!({"evidence": [], "reasoning": "It was judged.", "flags": flags, "level": 5}).to_string()
}

/// Answers whole, or streamed in two pieces, as it was asked.
fn usual(asked: &Asked) -> Reply {
    let text = if is_judge(asked) { verdict() } else { "It is in the post.".to_owned() };
    let usage = json!({"input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 10});
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "content": [], "stop_reason": null, "usage": usage});
    if asked.body.get("stream").is_none() {
        let mut message = message;
        message["content"] = json!([{"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "text", "text": text}]);
        message["stop_reason"] = json!("end_turn");
        return body(200, &message);
    }
    let (first, rest) = text.split_at(5);
    let said = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    let events = [
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        said(first),
        json!({"type": "ping"}),
        said(rest),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 10}}),
        json!({"type": "message_stop"}),
    ];
    let events = events.map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()));
    streamed_as(Form::Messages, &events, Ok(()))
}

fn stands(world: &Arc<World>, run: &str) -> String {
    world.standing(run).lines().next().unwrap().to_owned()
}

fn result(world: &Arc<World>, run: &str) -> Value {
    let results = world.get(&format!("/api/runs/{run}/results"));
    let item = results["data"][0]["item_id"].as_str().unwrap();
    world.get(&format!("/api/runs/{run}/results/{item}"))
}

#[test]
fn target_and_judge_are_asked_for_messages_with_the_key_in_its_own_header() {
    let (world, set, path) = scene(&question());
    for stream in [true, false] {
        world.patch(&path, &json!({"stream": stream}));
        world.provider.forget();
        let run = run(&world, &set, "claude-opus-4-8");
        assert_eq!(stands(&world, &run), "done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored");
        let calls = world.provider.calls();
        for call in &calls {
            assert_eq!(call.url, "http://127.0.0.1:9099/v1/messages");
            assert_eq!(call.headers[0], ("x-api-key".to_owned(), "sk-ant-0123456789".to_owned()));
            assert_eq!(call.headers[1], ("anthropic-version".to_owned(), "2023-06-01".to_owned()));
            assert!(call.headers.iter().all(|(name, _)| name != "authorization"));
        }
        // What is known is known, whether it was streamed or not.
        assert_eq!(calls.is_empty(), !stream);
        if stream {
            let cost_usd = world.run(&run)["cost_usd"].as_f64().unwrap();
            assert!((cost_usd - calls.len() as f64 * 0.0002).abs() < 1e-12, "{cost_usd}");
            let target = calls.iter().find(|call| !is_judge(call)).unwrap();
            expect![[r#"{"model":"claude-haiku-4-5","max_tokens":32000,"system":"Be brief.","messages":[{"role":"user","content":"Where is it?"}],"temperature":0.2,"stop_sequences":["END"],"stream":true}"#]].assert_eq(&target.body.to_string());
            let judge = &calls.iter().find(|call| is_judge(call)).unwrap().body;
            assert!(judge.get("temperature").is_none(), "{judge}");
            expect![[r#"700 {"format":{"type":"json_schema","schema":{"type":"object","additionalProperties":false,"required":["evidence","reasoning","flags","level"],"properties":{"evidence":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["from","quote"],"properties":{"from":{"type":"string","enum":["request","reference","candidate"]},"quote":{"type":"string"}}}},"reasoning":{"type":"string"},"flags":{"type":"object","additionalProperties":false,"required":["instruction_in_data","cannot_judge"],"properties":{"instruction_in_data":{"type":"boolean"},"cannot_judge":{"type":"boolean"}}},"level":{"type":"integer","enum":[0,1,2,3,4,5]}}}}}"#]].assert_eq(&format!("{} {}", judge["max_tokens"], judge["output_config"]));
        }
    }
}

#[test]
fn a_judge_that_cannot_be_held_to_a_schema_is_told_its_form_in_words() {
    let (world, set, _) = scene(&question());
    let run = run(&world, &set, "claude-3-opus");
    assert_eq!(stands(&world, &run), "done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored");
    let calls = world.provider.calls();
    let judge = &calls.iter().find(|call| is_judge(call)).unwrap().body;
    assert!(judge.get("output_config").is_none(), "{judge}");
    assert_eq!(judge["temperature"], 0);
    assert!(judge["system"].as_str().unwrap().contains("\"reasoning\""), "{judge}");
    let judgement = &result(&world, &run)["judgements"][0]["candidate"]["judgements"][0];
    assert_eq!(judgement["flags"], json!(["schema_refused"]), "{judgement}");
}

#[test]
fn what_it_has_no_words_for_is_shown_with_the_result() {
    let (world, set, _) = scene(&question());
    let run = run(&world, &set, "claude-opus-4-8");
    let result = result(&world, &run);
    assert_eq!(result["lossy"], json!(["frequency_penalty", "logprobs", "response_format", "seed"]));
    assert_eq!(result["response"]["text"], "It is in the post.");
    assert_eq!(result["sent"]["system"], "Be brief.");
}

#[test]
fn calls_of_tools_and_refusals_are_read() {
    let (world, set, _) = scene(&question());
    for (reason, block, expected) in [
        (
            "tool_use",
            json!({"type": "tool_use", "id": "t1", "name": "look", "input": {"a": 1}}),
            expect![[
                r#"{"text":"","tool_calls":[{"id":"t1","name":"look","arguments":"{\"a\":1}"}],"finish_reason":"tool_calls"}"#
            ]],
        ),
        (
            "refusal",
            json!({"type": "text", "text": "No."}),
            expect![[r#"{"text":"No.","tool_calls":[],"finish_reason":"content_filter","refused":true}"#]],
        ),
    ] {
        world.provider.does(move |asked| {
            if is_judge(asked) {
                return usual(asked);
            }
            body(200, &json!({"type": "message", "role": "assistant", "content": [block], "stop_reason": reason, "usage": {}}))
        });
        let target = json!({"provider": "claude", "model": "claude-haiku-4-5", "params": {"top_k": 3, "stop": reason}});
        let judge = json!({"provider": "claude", "model": "claude-haiku-4-5"});
        let run = world.start(&set, json!({"target": target, "judge": judge, "baseline": false}));
        world.drive();
        expected.assert_eq(&result(&world, &run)["response"].to_string());
    }
}

#[test]
fn trouble_is_told_in_its_words() {
    let errors = [
        (404, "not_found_error", "model: claude-haiku-4-5"),
        (529, "overloaded_error", "Overloaded"),
        (400, "invalid_request_error", "messages.0: user messages must have non-empty content"),
        (400, "invalid_request_error", "Your credit balance is too low to access the API."),
    ];
    let told = errors.map(|(status, kind, message)| {
        let (world, set, _) = scene(&question());
        let error = json!({"type": "error", "error": {"type": kind, "message": message}});
        world.provider.does(move |asked| if is_judge(asked) { usual(asked) } else { body(status, &error) });
        let run = run(&world, &set, "claude-opus-4-8");
        world.standing(&run)
    });
    expect![[r#"
        done: 1 of 1 done, 0 pass, 0 fail, 0 unscored, 1 errored
        1 target, 5 judge, 0 memoised, 0 retried calls
        done: 1 of 1 done, 0 pass, 0 fail, 0 unscored, 1 errored
        1 target, 5 judge, 0 memoised, 4 retried calls
        done: 1 of 1 done, 0 pass, 0 fail, 0 unscored, 1 errored
        1 target, 5 judge, 0 memoised, 0 retried calls
        paused (the provider answered 400: Your credit balance is too low to access the API.): 0 of 1 done, 0 pass, 0 fail, 0 unscored, 0 errored
        0 target, 5 judge, 0 memoised, 1 retried calls"#]].assert_eq(&told.join("\n"));
}

#[test]
fn a_test_of_the_provider_asks_for_a_message() {
    let (world, _, path) = scene(&question());
    world.patch(&path, &json!({"stream": true}));
    let tested = world.post(&format!("{path}/test"), &json!({}));
    assert_eq!((&tested["ok"], &tested["model"]), (&json!(true), &json!("claude-haiku-4-5")), "{tested}");
    let call = &world.provider.calls()[0];
    expect![[r#"http://127.0.0.1:9099/v1/messages {"model":"claude-haiku-4-5","max_tokens":5,"messages":[{"role":"user","content":"Say OK."}],"stream":true}"#]].assert_eq(&format!("{} {}", call.url, call.body));
}
