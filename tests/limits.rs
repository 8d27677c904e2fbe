//! How much of anything is taken: of bytes and of depth.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use edge::pace::{self, Limit, Rate};
use edge::routes::{self, Route};
use expect_test::{Expect, expect};
use futures_util::stream;
use serde_json::{Value, json};
use shared::api::Method;

use crate::support::scene::{id, pair};
use crate::support::{ADMIN, Counting, Reply, Seat, World, request};

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// Gives the routes that may take a body.
fn taking(world: &Arc<World>) -> Vec<Route> {
    let routes = routes::all(Arc::new(Seat::of_router(world)));
    let taking: Vec<_> = routes.into_iter().filter(|route| route.method != Method::Get).collect();
    assert!(taking.len() > 25, "{}", taking.len());
    taking
}

/// Sends a body to a route; one that is only said to be long when `length` is given.
fn send(world: &Arc<World>, route: &Route, body: String, length: Option<usize>) -> Reply {
    let path: Vec<_> =
        route.path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
    let request =
        request(method(route.method), &path.join("/")).header("authorization", format!("Bearer {ADMIN}"));
    let request = match length {
        Some(length) => request.header("content-length", length.to_string()),
        None => request,
    };
    world.send(request.body(Body::from(body)).unwrap())
}

#[test]
fn every_call_takes_so_many_bytes() {
    let world = World::new();
    let mut most: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for route in taking(&world) {
        let refused = |length: usize| {
            let reply = send(&world, &route, String::new(), Some(length));
            (reply.status == 413).then(|| reply.problem())
        };
        let limits = [16 * 1024, 2 * 1024 * 1024, 25 * 1024 * 1024];
        let limit = limits.into_iter().find(|limit| refused(limit + 1).is_some());
        let words = match limit {
            Some(limit) => {
                assert_eq!(refused(limit), None, "{route:?}");
                // A body that does not say how long it is comes to the same.
                let unsaid = send(&world, &route, " ".repeat(limit + 1), None).problem();
                assert_eq!(Some(&unsaid), refused(limit + 1).as_ref());
                unsaid
            }
            None => "reads no body".to_owned(),
        };
        most.entry(words).or_default().push(format!("{} {}", method(route.method), route.path));
    }
    let lines = most.into_iter().map(|(words, routes)| format!("{words}\n    {}", routes.join("\n    ")));
    expect![[r#"
        413 the body is larger than 16 kB, the most that this call takes; send less at once
            POST /api/session
        413 the body is larger than 2 MB, the most that this call takes; send less at once
            POST /api/keys
            DELETE /api/keys/{key}
            POST /api/providers
            PATCH /api/providers/{provider}
            DELETE /api/providers/{provider}
            POST /api/providers/{provider}/test
            POST /api/logs/delete
            POST /api/sets
            PATCH /api/sets/{set}
            DELETE /api/sets/{set}
            DELETE /api/sets/{set}/items/{item}
            POST /api/sets/{set}/items/delete
            POST /api/sets/{set}/items/{item}/trial
            PUT /api/sets/{set}/topics
            POST /api/targets
            PATCH /api/targets/{target}
            DELETE /api/targets/{target}
            POST /api/runs
            PATCH /api/runs/{run}
            POST /api/runs/{run}/pause
            POST /api/runs/{run}/resume
            POST /api/runs/{run}/cancel
            POST /api/runs/{run}/retry
            POST /api/runs/{run}/rejudge
            POST /api/runs/estimate
            PUT /api/labels
            DELETE /api/labels/{label}
            PATCH /api/settings
            POST /api/views
            DELETE /api/views/{view}
            POST /api/webhooks
            PATCH /api/webhooks/{webhook}
            DELETE /api/webhooks/{webhook}
            POST /api/webhooks/{webhook}/test
        413 the body is larger than 25 MB, the most that this call takes; send less at once
            POST /api/logs/import
            POST /api/sets/{set}/items
            PATCH /api/sets/{set}/items/{item}
        reads no body
            DELETE /api/session"#]]
    .assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

/// Runs something on as little stack as an instance of the Worker has, in a build whose frames are larger.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).unwrap().join().unwrap();
}

const DEPTH: usize = 100_000;

/// Nests something so deep.
fn nested(open: &str, inside: &str, close: &str) -> String {
    format!("{}{inside}{}", open.repeat(DEPTH), close.repeat(DEPTH))
}

#[test]
fn depth_ends_no_call() {
    on_a_small_stack(|| {
        let world = World::new();
        for route in taking(&world) {
            for body in [
                nested("[", "", "]"),
                nested(r#"{"a":"#, "1", "}"),
                "[".repeat(DEPTH),
                format!(r#"{{"name":{}}}"#, nested("[", "", "]")),
                format!(r#"{{"unknown":{}}}"#, nested(r#"{"a":"#, "1", "}")),
            ] {
                let reply = send(&world, &route, body, None);
                // A file is refused line by line. What reads no body has nothing against it.
                let is_said = matches!(reply.status, 400 | 422) || route.path == "/api/logs/import";
                let reads_none = matches!(reply.status, 204 | 404 | 409 | 413);
                assert!(is_said || reads_none, "{route:?}: {} {}", reply.status, reply.text);
            }
        }
    });
}

/// Sends bodies that are deep in a place that takes anything, and tells what was wrong with each.
fn check(call: &str, body: &str, deep: &[String]) {
    let (call, body, deep) = (call.to_owned(), body.to_owned(), deep.to_vec());
    on_a_small_stack(move || {
        let world = World::new();
        world.connect();
        let set = world.set_of(1);
        let (method, path) = call.split_once(' ').unwrap();
        for deep in deep {
            let body = body.replace("SET", &set).replace("\"DEEP\"", &deep);
            let request = request(method, &path.replace("SET", &set))
                .header("authorization", format!("Bearer {ADMIN}"));
            let reply = world.send(request.body(Body::from(body)).unwrap());
            assert!(matches!(reply.status, 400 | 422), "{call}: {} {}", reply.status, reply.text);
        }
    });
}

#[test]
fn depth_is_refused_where_anything_may_stand() {
    let json = [nested("[", "", "]"), nested(r#"{"a":"#, "1", "}")];
    check("POST /api/sets/SET/items", r#"{"items":[{"request":"DEEP"}]}"#, &json);
    check(
        "POST /api/sets/SET/items",
        r#"{"items":[{"request":{"messages":[{"role":"user","content":"DEEP"}]}}]}"#,
        &json,
    );
    let run = |target: &str| {
        format!(
            r#"{{"set_id":"SET","target":{{"provider":"mock","model":"new",{target}}},"judge":{{"provider":"mock","model":"judge"}}}}"#
        )
    };
    check("POST /api/runs", &run(r#""params":"DEEP""#), &json);
    check("POST /api/runs", &run(r#""params":{"x":"DEEP"}"#), &json);
    check("POST /api/runs", &run(r#""prompt":{"tools":["DEEP"]}"#), &json);
    let set = |scorer: &str| {
        format!(r#"{{"name":"n","criteria":[{{"name":"a","question":"b"}}],"scorers":[{scorer}]}}"#)
    };
    check("POST /api/sets", &set(r#"{"type":"json_schema","schema":"DEEP"}"#), &json);
    check("POST /api/sets", &set("\"DEEP\""), &json);
}

#[test]
fn depth_is_refused_where_something_is_written_in_a_language_of_its_own() {
    let text = |text: String| Value::String(text).to_string();
    let run = r#"{"set_id":"SET","target":{"provider":"mock","model":"new","prompt":{"template":"DEEP"}},"judge":{"provider":"mock","model":"judge"}}"#;
    let templates = [
        nested("{{ (", "1", ""),
        format!("{{{{ {} }}}}", nested("(", "1", ")")),
        format!("{{{{ {} }}}}", nested("[", "1", "]")),
        format!("{{{{ {} }}}}", nested("not ", "1", "")),
        format!("{{{{ {} }}}}", nested("-", "1", "")),
        nested("{% if 1 %}", "x", ""),
    ];
    check("POST /api/runs", run, &templates.map(text));
    let set = r#"{"name":"n","criteria":[{"name":"a","question":"b"}],"scorers":[{"type":"regex","pattern":"DEEP"}]}"#;
    let patterns = [
        nested("(", "a", ")"),
        nested("(?:", "a", ")*"),
        "a{1000}{1000}{1000}".to_owned(),
        "(".repeat(DEPTH),
    ];
    check("POST /api/sets", set, &patterns.map(text));
}

#[test]
fn a_deep_record_loses_no_other() {
    on_a_small_stack(|| {
        let world = World::new();
        let good = pair("Hi", "Hello", json!({})).to_string();
        let deep = nested("[", "", "]");
        let file = [
            good.clone(),
            deep.clone(),
            format!(r#"{{"request":{deep},"response":"x"}}"#),
            format!(r#"{{"request":{{"messages":[{{"role":"user","content":{deep}}}]}},"response":"x"}}"#),
            format!(r#"{{"request":"x","response":{deep}}}"#),
            format!(r#"{{"request":"x","response":"y","extra":{deep}}}"#),
        ];
        let report = world.post_text("/api/logs/import", file.join("\n")).succeeded();
        assert_eq!(report["imported"], 1, "{report}");
        assert_eq!(report["rejected"].as_array().unwrap().len(), 5, "{report}");
        let log = id(&world.get("/api/logs")["data"][0]);
        assert_eq!(world.get(&format!("/api/logs/{log}"))["output"]["text"], "Hello");
    });
}

/// A request of so many messages.
fn conversation(messages: usize) -> Value {
    json!({"model": "m", "messages": vec![json!({"role": "user", "content": "Hi"}); messages]})
}

#[test]
fn an_item_has_so_many_messages_at_most() {
    let world = World::new();
    let set = world.set_of(1);
    let items = format!("/api/sets/{set}/items");
    let new = |messages: usize| json!({"items": [{"request": "Hi"}, {"request": conversation(messages), "reference": "Hello"}]});
    let added = world.call("POST", &items, &new(12_001)).problem();
    let item = id(&world.get(&items)["data"][0]);
    let changed =
        world.call("PATCH", &format!("{items}/{item}"), &json!({"request": conversation(10_001)})).problem();
    expect![[r#"
        422 /items/1/request/messages it has 12,001 messages; an item may have at most 10,000
        422 /request/messages it has 10,001 messages; an item may have at most 10,000"#]]
    .assert_eq(&format!("{added}\n{changed}"));
    assert_eq!(world.post(&items, &new(10_000))["added"], 2);
}

#[test]
fn a_file_loses_the_lines_that_are_too_long_a_conversation() {
    let world = World::new();
    let line = |messages: usize| json!({"request": conversation(messages), "response": "Hello"}).to_string();
    let turns = vec![json!({"role": "user", "content": "Hi"}); 12_001];
    let response =
        json!({"request": {"model": "m", "input": turns}, "response": {"object": "response", "output": []}});
    let file = [line(1), line(10_001), line(10_000), response.to_string()];
    let report = world.post_text("/api/logs/import", file.join("\n")).succeeded();
    expect![[r#"{"format":"chat_pairs","imported":2,"duplicates":0,"rejected":[{"line":2,"reason":"/request/messages: it has 10,001 messages; an item may have at most 10,000"},{"line":4,"reason":"/request/input: it has 12,001 messages; an item may have at most 10,000"}]}"#]].assert_eq(&report.to_string());
}

#[test]
fn what_an_earlier_version_took_is_neither_run_nor_tried() {
    let world = World::new();
    world.connect();
    let set = world.set_of(1);
    world.sql(
        "UPDATE set_item SET request = (WITH RECURSIVE turn(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM turn WHERE n < 10001) \
         SELECT json_object('messages', json_group_array(json('{\"role\": \"user\", \"content\": \"Hi\"}'))) FROM turn)",
    );
    let item = id(&world.get(&format!("/api/sets/{set}/items"))["data"][0]);
    let criteria = json!([{"name": "Right", "question": "Is it right?"}]);
    let judge = json!({"provider": "mock", "model": "judge"});
    let tried = world.call(
        "POST",
        &format!("/api/sets/{set}/items/{item}/trial"),
        &json!({"judge": judge, "criteria": criteria}),
    );
    let run = world.start(&set, json!({}));
    world.drive();
    let error = &world.get(&format!("/api/runs/{run}/results"))["data"][0]["response_preview"];
    expect![[r#"
        422 /messages it has 10,001 messages; an item may have at most 10,000
        "it has 10,001 messages; an item may have at most 10,000""#]]
    .assert_eq(&format!("{}\n{error}", tried.problem()));
    assert_eq!(world.provider.calls().len(), 0);
}

/// Sends pieces of a body to a call, after a wait of so many milliseconds each. Gives the reply and after how many seconds it
/// came.
fn send_slowly(
    path: &str,
    pieces: impl IntoIterator<Item = String>,
    wait_ms: u64,
    length: Option<usize>,
) -> (Reply, u64) {
    let world = World::new();
    let began = world.clock.now();
    let (sending, pieces) = (Arc::clone(&world), VecDeque::from_iter(pieces));
    let body = stream::unfold((sending, pieces), move |(world, mut pieces)| async move {
        world.clock.sleep(wait_ms).await;
        let piece = pieces.pop_front()?;
        Some((Ok::<_, Infallible>(piece), (world, pieces)))
    });
    let request = request("POST", path).header("authorization", format!("Bearer {ADMIN}"));
    let request = match length {
        Some(length) => request.header("content-length", length),
        None => request,
    };
    let reply = world.send(request.body(Body::from_stream(body)).unwrap());
    (reply, world.clock.now().since(began) / 1000)
}

#[test]
fn a_body_that_comes_too_slowly_is_given_up_on() {
    let check = |path: &str, pieces: Vec<String>, wait_s: u64, length: Option<usize>, expected: Expect| {
        let (reply, seconds) = send_slowly(path, pieces, wait_s * 1000, length);
        let said = if reply.status < 400 { reply.status.to_string() } else { reply.problem() };
        expected.assert_eq(&format!("{said}, after {seconds} s"));
    };
    let set =
        json!({"name": "Slow", "criteria": [{"name": "Right", "question": "Is it right?"}]}).to_string();
    let bytes = || set.chars().map(String::from).collect::<Vec<_>>();
    let line = || format!("{}\n", pair("Hi", "Hello", json!({})));
    let lines = |count: usize| vec![line(); count];
    // Small, so that it is taken in before anything is known of the sender.
    check(
        "/api/sets",
        bytes(),
        1,
        Some(set.len()),
        expect!["408 the request did not arrive within the time for it, after 30 s"],
    );
    check(
        "/api/sets",
        vec![set.clone()],
        31,
        Some(set.len()),
        expect!["408 the request did not arrive within the time for it, after 30 s"],
    );
    check("/api/sets", vec![set.clone()], 14, Some(set.len()), expect!["201, after 28 s"]);
    check(
        "/api/sets",
        bytes(),
        1,
        None,
        expect!["408 the request did not arrive within the time for it, after 30 s"],
    );
    // Too large, and not sent.
    check(
        "/api/sets",
        bytes(),
        1,
        Some(3 * 1024 * 1024),
        expect!["408 the request did not arrive within the time for it, after 30 s"],
    );
    check(
        "/api/logs/import",
        lines(1),
        31,
        None,
        expect!["408 the request did not arrive within the time for it, after 30 s"],
    );
    check(
        "/api/logs/import",
        lines(60),
        1,
        None,
        expect!["408 the request did not arrive within the time for it, after 30 s"],
    );
    check("/api/logs/import", vec![line().repeat(1000); 20], 10, None, expect!["200, after 210 s"]);
}

/// Tries to sign in from an address.
fn sign_in(world: &Arc<World>, address: &str, token: &str) -> Reply {
    let request = request("POST", "/api/session").header("cf-connecting-ip", address);
    world.send(request.body(json!({"token": token}).to_string().into()).unwrap())
}

#[test]
fn a_token_is_guessed_slowly() {
    let world = World::new();
    for _ in 0..20 {
        assert_eq!(sign_in(&world, "192.0.2.1", ADMIN).status, 204, "what succeeds does not count");
    }
    for n in 0..20 {
        assert_eq!(sign_in(&world, "192.0.2.1", &format!("wrong {n}")).status, 401);
    }
    // The right one looks like any other now.
    for token in ["another", ADMIN] {
        let reply = sign_in(&world, "192.0.2.1", token);
        assert_eq!(reply.problem(), "429 too many calls; try again after 3 s");
        assert_eq!(reply.header("retry-after"), "3");
    }
    assert_eq!(sign_in(&world, "192.0.2.2", ADMIN).status, 204);
    world.clock.skip(3_000);
    assert_eq!(sign_in(&world, "192.0.2.1", ADMIN).status, 204);
}

#[test]
fn a_call_is_no_way_to_guess_faster() {
    let world = World::new();
    let ask = |address: &str, token: &str| {
        let request = request("GET", "/api/sets").header("authorization", format!("Bearer {token}"));
        world.send(request.header("cf-connecting-ip", address).body(Body::empty()).unwrap()).status
    };
    let revoked = shared::auth::token(&[0; 32]);
    for n in 0..600 {
        assert_eq!(ask("192.0.2.1", &format!("wrong-{n}")), 401);
    }
    assert_eq!([ask("192.0.2.1", "another"), ask("192.0.2.1", ADMIN)], [429, 429]);
    assert_eq!(ask("192.0.2.2", ADMIN), 200);
    // An access key is no guess.
    let key = world.post("/api/keys", &json!({"name": "k", "scopes": ["read"]}))["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!([ask("192.0.2.1", &revoked), ask("192.0.2.1", &key)], [401, 200]);
}

#[test]
fn an_old_token_shown_all_day_keeps_nobody_out() {
    let world = World::new();
    let ask = |token: &str| {
        let request = request("GET", "/api/sets").header("authorization", format!("Bearer {token}"));
        world.send(request.body(Body::empty()).unwrap()).status
    };
    for _ in 0..1_000 {
        assert_eq!(ask("an-old-one"), 401);
        assert_eq!(sign_in(&world, "", "an-old-one").status, 401);
    }
    assert_eq!([ask(ADMIN), sign_in(&world, "", ADMIN).status], [200, 204]);
    // What a busy database keeps from being found out is no refusal.
    *world.overloaded.lock().unwrap() = Some(world.clock.now().plus(1_000));
    let key = shared::auth::token(&[1; 32]);
    assert_eq!(sign_in(&world, "", &key).status, 503);
    assert!(!world.pace.lock().unwrap().is_refused(&shared::auth::token_hash(&key)));
}

#[test]
fn a_client_that_runs_wild_holds_nobody_else_up() {
    let world = World::new();
    let key = |name: &str| {
        let made = world.post("/api/keys", &json!({"name": name, "scopes": ["read"]}));
        made["token"].as_str().unwrap().to_owned()
    };
    let (wild, calm) = (key("wild"), key("calm"));
    let ask = |token: &str| {
        let request = request("GET", "/api/session").header("authorization", format!("Bearer {token}"));
        world.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(ask(&wild).status, 200);
    // A second ahead, so that nothing fills again while it is asked.
    let now = world.clock.now().plus(1_000);
    while world.pace.lock().unwrap().take("caller|key:wild", pace::CALLS, now).is_ok() {}
    let refused = ask(&wild);
    assert_eq!(refused.problem(), "429 too many calls; try again after 1 s");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(ask(&calm).status, 200);
    world.clock.skip(2_000);
    assert_eq!(ask(&wild).status, 200);
}

/// Makes a whole lot of calls with a key, and gives the answer to the last.
fn ask_a_lot(world: &Arc<World>, name: &str, token: &str) -> Reply {
    let now = world.clock.now();
    for _ in 1..pace::LOT {
        assert_eq!(world.pace.lock().unwrap().take(&format!("caller|key:{name}"), pace::CALLS, now), Ok(()));
    }
    let request = request("GET", "/api/session").header("authorization", format!("Bearer {token}"));
    world.send(request.body(Body::empty()).unwrap())
}

/// Makes a key with this name, and gives its token.
fn key(world: &Arc<World>, name: &str) -> String {
    let made = world.post("/api/keys", &json!({"name": name, "scopes": ["read"]}));
    made["token"].as_str().unwrap().to_owned()
}

#[test]
fn whoever_calls_many_instances_too_often_is_held_up_by_each() {
    let world = World::new();
    let (wild, calm) = (key(&world, "wild"), key(&world, "calm"));
    world.configure(|settings| settings.counting = Counting::Most(2));
    for _ in 0..2 {
        assert_eq!(ask_a_lot(&world, "wild", &wild).status, 200);
    }
    let refused = ask_a_lot(&world, "wild", &wild);
    assert_eq!(refused.problem(), "429 too many calls; try again after 10 s");
    assert_eq!(refused.header("retry-after"), "10");
    assert_eq!(ask_a_lot(&world, "calm", &calm).status, 200);
    let ask = || {
        let request = request("GET", "/api/session").header("authorization", format!("Bearer {wild}"));
        world.send(request.body(Body::empty()).unwrap()).status
    };
    world.clock.skip(9_000);
    assert_eq!(ask(), 429);
    world.clock.skip(1_000);
    assert_eq!(ask(), 200);
    expect![[r#"{"Calls of caller|key:calm": 1, "Calls of caller|key:wild": 3}"#]]
        .assert_eq(&format!("{:?}", world.counted.lock().unwrap()));
}

#[test]
fn whoever_guesses_at_many_instances_is_held_up_by_each() {
    let world = World::new();
    world.configure(|settings| settings.counting = Counting::Most(3));
    for n in 0..3 {
        assert_eq!(sign_in(&world, "192.0.2.1", &format!("wrong {n}")).status, 401);
        assert_eq!(sign_in(&world, "192.0.2.1", "wrong 0").status, 401, "the same counts once");
        assert_eq!(sign_in(&world, "192.0.2.1", ADMIN).status, 204, "what succeeds does not count");
    }
    for token in ["wrong 3", "wrong 4", ADMIN] {
        let reply = sign_in(&world, "192.0.2.1", token);
        assert_eq!(reply.problem(), "429 too many calls; try again after 60 s");
        assert_eq!(reply.header("retry-after"), "60");
    }
    assert_eq!(sign_in(&world, "192.0.2.2", ADMIN).status, 204);
    world.clock.skip(60_000);
    assert_eq!(sign_in(&world, "192.0.2.1", ADMIN).status, 204);
    expect![[r#"{"Guesses of sign-in|192.0.2.1": 4}"#]]
        .assert_eq(&format!("{:?}", world.counted.lock().unwrap()));
}

#[test]
fn where_the_platform_counts_nothing_nobody_is_refused_for_it() {
    for (counting, waited_ms) in [(Counting::Fails, 0), (Counting::Hangs, 250)] {
        let world = World::new();
        let token = key(&world, "any");
        world.configure(|settings| settings.counting = counting);
        for ask in [&|| ask_a_lot(&world, "any", &token).status == 200, &|| {
            sign_in(&world, "192.0.2.1", "wrong").status == 401
        }] as [&dyn Fn() -> bool; 2]
        {
            let before = world.clock.now();
            assert!(ask(), "{counting:?}");
            // The database takes its time, too.
            let took_ms = world.clock.now().since(before);
            assert!((waited_ms..waited_ms + 100).contains(&took_ms), "{counting:?}: {took_ms} ms");
        }
        assert_eq!(world.counted.lock().unwrap().len(), 2);
    }
}

#[test]
fn the_platform_lets_through_what_one_instance_does() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../edge/wrangler.jsonc");
    let text = std::fs::read_to_string(file).unwrap();
    // Comments stand on lines of their own.
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let configured: Value = serde_json::from_str(&lines.collect::<String>()).unwrap();
    let of = |name: &str| {
        let limits = configured["ratelimits"].as_array().unwrap();
        limits.iter().find(|limit| limit["name"] == name).unwrap()["simple"].clone()
    };
    let one_instance = |rate: Rate, limit: Limit, at_once: u64| {
        let calls = rate.at_once + rate.each_second * limit.period_s() as f64;
        json!({"limit": calls as u64 / at_once, "period": limit.period_s()})
    };
    assert_eq!(of("CALL_LOTS"), one_instance(pace::CALLS, Limit::Calls, pace::LOT));
    let passages = Rate::of_passages(pace::PASSAGES_EACH_SECOND);
    assert_eq!(of("CALL_LOTS"), one_instance(passages, Limit::Calls, pace::LOT));
    assert_eq!(of("GUESSES"), one_instance(pace::GUESSES, Limit::Guesses, 1));
}
