//! Gemini as a target and a judge: how it is asked in its own words, what its answers come to, and what it refuses.

use std::sync::Arc;

use edge::upstream::form::Form;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use shared::canonical;

use crate::support::World;
use crate::support::provider::{Asked, Reply, body, streamed_as};
use crate::support::scene::id;

const BASE: &str = "http://127.0.0.1:9099/v1beta";

/// A world with a provider that is Gemini, and a set of one item.
fn scene(request: &Value) -> (Arc<World>, String, String) {
    let world = World::new();
    let priced = |model: &str| json!({"id": model, "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 10.0});
    let provider = json!({"name": "google", "protocol": "gemini", "base_url": BASE, "api_key": "AIza-0123456789",
        "models": [priced("gemini-2.5-flash"), priced("gemini-judge")]});
    let provider = id(&world.post("/api/providers", &provider));
    let set = json!({"name": "Questions", "criteria": [{"name": "Accuracy", "question": "Is it right?"}]});
    let set = id(&world.post("/api/sets", &set));
    let item = json!({"request": request, "reference": "It is on its way."});
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": [item]}));
    (world, set, format!("/api/providers/{provider}"))
}

fn question() -> Value {
    json!({"model": "gpt-4o", "temperature": 0.2, "logit_bias": {"5": 1}, "messages": [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is it?"}]})
}

/// Starts a run of the set, and drives it to where it stands.
fn run(world: &Arc<World>, set: &str) -> String {
    let target = json!({"provider": "google", "model": "google/gemini-2.5-flash"});
    let judge = json!({"provider": "google", "model": "gemini-judge"});
    let run = world.start(set, json!({"target": target, "judge": judge, "baseline": false}));
    world.drive();
    run
}

fn is_judge(asked: &Asked) -> bool {
    asked.url.contains("gemini-judge")
}

/// An answer of some text, as Gemini writes it.
fn answer(text: &str, reason: Option<&str>) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": [{"text": text}]}, "index": 0});
    if let Some(reason) = reason {
        candidate["finishReason"] = json!(reason);
    }
    let usage = json!({"promptTokenCount": 100, "candidatesTokenCount": 4, "thoughtsTokenCount": 6, "totalTokenCount": 110});
    json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-2.5-flash"})
}

fn verdict() -> String {
    let flags = json!({"instruction_in_data": false, "cannot_judge": false});
    json!({"evidence": [], "reasoning": "It was judged.", "flags": flags, "level": 5}).to_string()
}

/// Answers whole, or streamed in two pieces, as it was asked.
fn usual(asked: &Asked) -> Reply {
    let text = if is_judge(asked) { verdict() } else { "It is in the post.".to_owned() };
    if !asked.url.ends_with(":streamGenerateContent?alt=sse") {
        return body(200, &answer(&text, Some("STOP")));
    }
    let (first, rest) = text.split_at(5);
    let events = [answer(first, None), answer(rest, Some("STOP"))];
    let events = events.map(|event| format!("data: {event}\r\n\r\n"));
    streamed_as(Form::Gemini, &events, Ok(()))
}

fn stands(world: &Arc<World>, run: &str) -> String {
    world.standing(run).lines().next().unwrap().to_owned()
}

#[test]
fn target_and_judge_are_asked_in_its_own_words_with_the_key_in_its_own_header() {
    let (world, set, path) = scene(&question());
    for stream in [false, true] {
        world.patch(&path, &json!({"stream": stream}));
        world.provider.does(usual);
        world.provider.forget();
        let run = run(&world, &set);
        assert_eq!(stands(&world, &run), "done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored");
        let calls = world.provider.calls();
        for call in &calls {
            assert_eq!(call.headers[0], ("x-goog-api-key".to_owned(), "AIza-0123456789".to_owned()));
            assert!(call.headers.iter().all(|(name, _)| name != "authorization"));
            assert!(call.body.get("model").is_none() && call.body.get("stream").is_none());
            let method = if stream { ":streamGenerateContent?alt=sse" } else { ":generateContent" };
            assert!(call.url.ends_with(method), "{}", call.url);
        }
        // What is known is known, whether it was streamed or not.
        assert_eq!(calls.is_empty(), stream);
    }
}

#[test]
fn a_run_is_streamed_when_it_may_be_and_the_tokens_count_with_the_thoughts() {
    let (world, set, path) = scene(&question());
    world.patch(&path, &json!({"stream": true}));
    world.provider.does(usual);
    let run = run(&world, &set);
    assert_eq!(stands(&world, &run), "done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored");
    let calls = world.provider.calls();
    let target = calls.iter().find(|call| !is_judge(call)).unwrap();
    expect![[r#"
        http://127.0.0.1:9099/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse
        {"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"Where is it?"}]}],"generationConfig":{"temperature":0.2}}"#]].assert_eq(&format!("{}\n{}", target.url, target.body));
    let judge = &calls.iter().find(|call| is_judge(call)).unwrap().body;
    expect![[r#"{"temperature":0,"maxOutputTokens":8892,"responseJsonSchema":{"type":"object","additionalProperties":false,"required":["evidence","reasoning","flags","level"],"properties":{"evidence":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["from","quote"],"properties":{"from":{"type":"string","enum":["request","reference","candidate"]},"quote":{"type":"string"}}}},"reasoning":{"type":"string"},"flags":{"type":"object","additionalProperties":false,"required":["instruction_in_data","cannot_judge"],"properties":{"instruction_in_data":{"type":"boolean"},"cannot_judge":{"type":"boolean"}}},"level":{"type":"integer","enum":[0,1,2,3,4,5]}}},"responseMimeType":"application/json"}"#]].assert_eq(&judge["generationConfig"].to_string());
    assert!(judge["systemInstruction"]["parts"][0]["text"].as_str().unwrap().starts_with("You grade"));
    let cost_usd = world.run(&run)["cost_usd"].as_f64().unwrap();
    assert!((cost_usd - calls.len() as f64 * 0.0002).abs() < 1e-12, "{cost_usd}");
}

#[test]
fn a_judge_has_room_for_its_verdict_beside_its_thoughts() {
    let check = |model: &str, params: Value, expected: Expect| {
        let (world, set, _) = scene(&question());
        world.provider.does(|asked| match is_judge(asked) {
            true => body(200, &answer(&verdict()[..40], Some("MAX_TOKENS"))),
            false => usual(asked),
        });
        let target = json!({"provider": "google", "model": "gemini-2.5-flash"});
        let judge = json!({"provider": "google", "model": model, "params": params});
        let run = world.start(&set, json!({"target": target, "judge": judge, "baseline": false}));
        world.drive();
        let calls = world.provider.calls();
        let config = &calls.iter().find(|call| is_judge(call)).unwrap().body["generationConfig"];
        let row = world.get(&format!("/api/runs/{run}/results"))["data"][0].clone();
        let item = row["item_id"].as_str().unwrap();
        let detail = world.get(&format!("/api/runs/{run}/results/{item}"));
        let why = &detail["judgements"][0]["candidate"]["unscored"]["why"];
        expected.assert_eq(&format!(
            "{} {} {} {why}",
            row["verdict"], config["maxOutputTokens"], config["thinkingConfig"]
        ));
    };
    check(
        "gemini-judge",
        json!({}),
        expect![[
            r#""unscored" 8892 null "it was cut off at the bound of 8892 tokens; max_tokens among the judge's parameters sets another""#
        ]],
    );
    check(
        "gemini-judge",
        json!({"max_tokens": 900}),
        expect![[
            r#""unscored" 900 null "it was cut off at the bound of 900 tokens; max_tokens among the judge's parameters sets another""#
        ]],
    );
    check(
        "gemini-judge",
        json!({"max_tokens": null}),
        expect![[r#""unscored" null null "it was cut off by the provider""#]],
    );
}

#[test]
fn what_was_sent_is_shown_with_what_it_has_no_words_for_and_is_what_the_answer_is_known_by() {
    let (world, set, _) = scene(&question());
    world.provider.does(usual);
    let run = run(&world, &set);
    let item =
        world.get(&format!("/api/runs/{run}/results"))["data"][0]["item_id"].as_str().unwrap().to_owned();
    let result = world.get(&format!("/api/runs/{run}/results/{item}"));
    expect![[r#"
        {"model":"gemini-2.5-flash","systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"Where is it?"}]}],"generationConfig":{"temperature":0.2}}
        ["logit_bias"]
        {"text":"It is in the post.","tool_calls":[],"finish_reason":"stop"}"#]].assert_eq(&format!("{}\n{}\n{}", result["sent"], result["lossy"], result["response"]));
    let key = canonical::key(&("http://127.0.0.1:9099", "gemini", &result["sent"], 0));
    assert_eq!(world.sql("SELECT key FROM completion")[0]["key"], key.as_str());
}

/// Runs the set with a target that is answered like this. Tells where the run stands, how often the target was asked, and
/// what became of the item.
fn check(mut target: impl FnMut(usize) -> Reply + Send + 'static, expected: Expect) {
    let (world, set, _) = scene(&question());
    let mut times = 0;
    world.provider.does(move |asked| {
        if is_judge(asked) {
            return usual(asked);
        }
        times += 1;
        target(times)
    });
    let run = run(&world, &set);
    let asked = world.provider.calls().iter().filter(|asked| !is_judge(asked)).count();
    let stored = world.sql("SELECT output FROM completion");
    let outcome = world.get(&format!("/api/runs/{run}/results"))["data"][0].clone();
    expected.assert_eq(&format!(
        "{}\n{asked} target calls\n{}\n{} {}",
        world.standing(&run).trim(),
        stored.first().map_or("nothing is stored".to_owned(), |row| row["output"].to_string()),
        outcome["verdict"],
        outcome["response_preview"],
    ));
}

fn error(code: u16, status: &str, message: &str, details: Value) -> Reply {
    body(code, &json!({"error": {"code": code, "status": status, "message": message, "details": details}}))
}

#[test]
fn what_was_blocked_is_an_answer_that_declines() {
    check(
        |_| body(200, &json!({"promptFeedback": {"blockReason": "SAFETY"}})),
        expect![[r#"
        done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored
        1 target, 6 judge, 0 memoised, 0 retried calls
        1 target calls
        "{\"text\":\"The prompt was blocked: SAFETY\",\"tool_calls\":[],\"finish_reason\":\"content_filter\",\"refused\":true}"
        "pass" "The prompt was blocked: SAFETY""#]],
    );
    check(
        |_| body(200, &json!({"candidates": [{"finishReason": "PROHIBITED_CONTENT", "index": 0}]})),
        expect![[r#"
            done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored
            1 target, 6 judge, 0 memoised, 0 retried calls
            1 target calls
            "{\"text\":\"The answer was blocked: PROHIBITED_CONTENT\",\"tool_calls\":[],\"finish_reason\":\"content_filter\",\"refused\":true}"
            "pass" "The answer was blocked: PROHIBITED_CONTENT""#]],
    );
}

#[test]
fn a_quota_of_a_minute_is_waited_for_as_long_as_it_says() {
    check(
        |times| match times {
            1 => error(
                429,
                "RESOURCE_EXHAUSTED",
                "You exceeded your current quota.",
                json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38s"}]),
            ),
            _ => body(200, &answer("Here.", Some("STOP"))),
        },
        expect![[r#"
            done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored
            1 target, 6 judge, 0 memoised, 1 retried calls
            2 target calls
            "{\"text\":\"Here.\",\"tool_calls\":[],\"finish_reason\":\"stop\"}"
            "pass" "Here.""#]],
    );
}

#[test]
fn a_key_and_a_model_that_are_refused_are_not_asked_again() {
    let reason = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]);
    check(
        move |_| error(400, "INVALID_ARGUMENT", "API key not valid.", reason.clone()),
        expect![[r#"
        done: 1 of 1 done, 0 pass, 0 fail, 0 unscored, 1 errored
        1 target, 5 judge, 0 memoised, 0 retried calls
        1 target calls
        nothing is stored
        "error" "the provider answered 400: API key not valid.""#]],
    );
    check(
        |_| error(404, "NOT_FOUND", "models/gemini-2.5-flash is not found.", json!([])),
        expect![[r#"
        done: 1 of 1 done, 0 pass, 0 fail, 0 unscored, 1 errored
        1 target, 5 judge, 0 memoised, 0 retried calls
        1 target calls
        nothing is stored
        "error" "the provider answered 404: models/gemini-2.5-flash is not found.""#]],
    );
}

#[test]
fn what_it_does_not_take_is_not_asked_again_and_what_failed_is() {
    check(
        |_| error(400, "INVALID_ARGUMENT", "Unknown name \"x\".", json!([])),
        expect![[r#"
        done: 1 of 1 done, 0 pass, 0 fail, 0 unscored, 1 errored
        1 target, 5 judge, 0 memoised, 0 retried calls
        1 target calls
        nothing is stored
        "error" "the provider answered 400: Unknown name \"x\".""#]],
    );
    check(
        |times| match times {
            1 => error(503, "UNAVAILABLE", "The model is overloaded.", json!([])),
            2 => body(200, &json!({"error": {"code": 500, "status": "INTERNAL", "message": "Oops."}})),
            _ => body(200, &answer("Here.", Some("STOP"))),
        },
        expect![[r#"
            done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored
            1 target, 6 judge, 0 memoised, 2 retried calls
            3 target calls
            "{\"text\":\"Here.\",\"tool_calls\":[],\"finish_reason\":\"stop\"}"
            "pass" "Here.""#]],
    );
}

#[test]
fn a_part_of_a_stream_is_no_answer() {
    check(
        |times| match times {
            1 => streamed_as(Form::Gemini, &[format!("data: {}\n\n", answer("He", None))], Ok(())),
            _ => body(200, &answer("Here.", Some("STOP"))),
        },
        expect![[r#"
            done: 1 of 1 done, 1 pass, 0 fail, 0 unscored, 0 errored
            1 target, 6 judge, 0 memoised, 1 retried calls
            2 target calls
            "{\"text\":\"Here.\",\"tool_calls\":[],\"finish_reason\":\"stop\"}"
            "pass" "Here.""#]],
    );
}

#[test]
fn a_provider_is_tried_with_one_tiny_call_in_its_own_words() {
    let (world, _, path) = scene(&question());
    world.provider.does(usual);
    let tried = world.post(&format!("{path}/test"), &Value::Null);
    assert_eq!(tried["ok"], true, "{tried}");
    let calls = world.provider.calls();
    expect![[r#"
        http://127.0.0.1:9099/v1beta/models/gemini-2.5-flash:generateContent
        {"contents":[{"role":"user","parts":[{"text":"Say OK."}]}],"generationConfig":{"maxOutputTokens":5}}"#]].assert_eq(&format!("{}\n{}", calls[0].url, calls[0].body));
    world.provider.does(|_| error(403, "PERMISSION_DENIED", "No key AIza-0123456789 here.", json!([])));
    let tried = world.post(&format!("{path}/test"), &Value::Null);
    assert_eq!(tried["error"], "it answered 403: No key [key] here.");
}
