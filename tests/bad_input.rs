//! Requests that do not fit: which status they get, and which place is named.

use std::sync::Arc;

use axum::body::Body;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::scene::{id, with};
use crate::support::{ADMIN, World, as_operator, request};

/// Makes a call in a world with a provider and a set, and tells what was wrong with it.
fn check(method: &str, path: &str, body: &Value, expected: Expect) {
    let (world, set) = scene();
    let body =
        if body["set_id"] == "SET" { with(body.clone(), json!({"set_id": set})) } else { body.clone() };
    let reply = world.call(method, &path.replace("SET", &set), &body);
    expected.assert_eq(&reply.problem().replace(&set, "SET"));
}

fn scene() -> (Arc<World>, String) {
    let world = World::new();
    world.connect();
    let set = world.set_of(2);
    (world, set)
}

fn set(extra: Value) -> Value {
    with(json!({"name": "New", "criteria": [{"name": "Accuracy", "question": "Is it right?"}]}), extra)
}

fn criterion(extra: Value) -> Value {
    set(json!({"criteria": [with(json!({"name": "Accuracy", "question": "Is it right?"}), extra)]}))
}

fn run(extra: Value) -> Value {
    let new = json!({"set_id": "SET", "target": {"provider": "mock", "model": "new"}, "judge": {"provider": "mock", "model": "judge"}});
    with(new, extra)
}

fn target(extra: Value) -> Value {
    run(json!({"target": with(json!({"provider": "mock", "model": "new"}), extra)}))
}

#[test]
fn sets() {
    let check = |body: Value, expected| check("POST", "/api/sets", &body, expected);
    check(
        set(json!({"colour": "red"})),
        expect![
            "422 /colour unknown field `colour`, expected one of `name`, `description`, `criteria`, `scorers`, `threshold`"
        ],
    );
    check(set(json!({"name": " "})), expect!["422 /name a name has 1 to 200 characters, not 0"]);
    check(
        set(json!({"name": "x".repeat(201)})),
        expect!["422 /name a name has 1 to 200 characters, not 201"],
    );
    check(set(json!({"name": 3})), expect!["422 /name invalid type: integer `3`, expected a string"]);
    check(
        set(json!({"threshold": 1.2})),
        expect!["422 /threshold 1.2 is not a threshold; a threshold is from 0 to 1"],
    );
    check(
        set(json!({"threshold": "0.8"})),
        expect![[r#"422 /threshold invalid type: string "0.8", expected f64"#]],
    );
    check(
        set(json!({"threshold": -0.1})),
        expect!["422 /threshold -0.1 is not a threshold; a threshold is from 0 to 1"],
    );
    check(
        set(json!({"criteria": []})),
        expect![
            "422 /criteria criteria must not be empty; write at least one question about what a good response is"
        ],
    );
    check(
        set(json!({"criteria": [{"name": "a", "question": "b"}, {"name": "a", "question": "c"}]})),
        expect![[r#"422 /criteria two criteria are named "a"; give each its own name"#]],
    );
    check(
        set(
            json!({"criteria": (0..21).map(|n| json!({"name": n.to_string(), "question": "b"})).collect::<Vec<_>>()}),
        ),
        expect!["422 /criteria a set has at most 20 criteria, not 21"],
    );
    check(
        set(json!({"scorers": [{"type": "regex"}]})),
        expect!["422 /scorers/0/type unknown variant `regex`, there are no variants"],
    );
    check(json!({"criteria": [{"name": "a", "question": "b"}]}), expect!["422 /name missing field `name`"]);
    check(json!([]), expect!["422  the body is a list; a JSON object is expected"]);
    check(json!("text"), expect![[r#"422  invalid type: string "text", expected struct NewSet"#]]);
}

#[test]
fn criteria() {
    let check = |body: Value, expected| check("POST", "/api/sets", &body, expected);
    check(
        criterion(json!({"weight": 0})),
        expect!["422 /criteria/0/weight 0 is not a weight; a weight is above 0 and at most 1000"],
    );
    check(
        criterion(json!({"weight": 1001})),
        expect!["422 /criteria/0/weight 1001 is not a weight; a weight is above 0 and at most 1000"],
    );
    check(
        criterion(json!({"weigth": 1})),
        expect![
            "422 /criteria/0/weigth unknown field `weigth`, expected one of `name`, `question`, `weight`, `required`, `kind`, `use_reference`, `anchors`"
        ],
    );
    check(
        criterion(json!({"question": ""})),
        expect!["422 /criteria/0/question a question has 1 to 4000 characters, not 0"],
    );
    check(
        criterion(json!({"kind": "stars"})),
        expect!["422 /criteria/0/kind unknown variant `stars`, expected `levels` or `binary`"],
    );
    check(
        criterion(json!({"use_reference": "always"})),
        expect![
            "422 /criteria/0/use_reference unknown variant `always`, expected one of `context`, `gold`, `none`"
        ],
    );
    check(
        criterion(json!({"anchors": {"6": "best"}})),
        expect![[r#"422 /criteria/0/anchors "6" is no level; anchors are named "0" to "5""#]],
    );
    check(
        criterion(json!({"anchors": {"5": " "}})),
        expect!["422 /criteria/0/anchors the anchor of level 5 is empty; describe the level or leave it out"],
    );
    check(
        criterion(json!({"required": "yes"})),
        expect![[r#"422 /criteria/0/required invalid type: string "yes", expected a boolean"#]],
    );
}

#[test]
fn runs() {
    let check = |body: Value, expected| check("POST", "/api/runs", &body, expected);
    check(run(json!({"set_id": "nothing"})), expect![[r#"422 /set_id there is no set "nothing""#]]);
    check(
        run(json!({"set_id": "no/id"})),
        expect![[r#"422 /set_id "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'"#]],
    );
    check(
        run(json!({"set_version": 9})),
        expect![[r#"422 /set_version there is no set "SET" with a version 9"#]],
    );
    check(
        run(json!({"set_version": 1})),
        expect![[r#"422 /set_id the set "Set 1" has no items; add some before running it"#]],
    );
    check(
        run(json!({"target": {"provider": "nobody", "model": "m"}})),
        expect![[r#"422 /target/provider there is no provider "nobody"; known are mock, demo"#]],
    );
    check(
        run(json!({"judge": {"provider": "nobody", "model": "m"}})),
        expect![[r#"422 /judge/provider there is no provider "nobody"; known are mock, demo"#]],
    );
    check(
        run(json!({"judge": {"provider": "Mock", "model": "m"}})),
        expect![[
            r#"422 /judge/provider "Mock" cannot name it; a name has 1 to 32 lower-case letters, digits or '-', and starts with a letter or digit"#
        ]],
    );
    check(
        run(json!({"judge": {"provider": "mock", "model": "judge", "repeats": 2}})),
        expect![
            "422 /judge/repeats 2 repeats are not possible; repeats are 1, 3, 5, 7 or 9, so that a majority exists"
        ],
    );
    check(
        run(json!({"judge": {"provider": "mock", "model": "judge", "repeats": 11}})),
        expect![
            "422 /judge/repeats 11 repeats are not possible; repeats are 1, 3, 5, 7 or 9, so that a majority exists"
        ],
    );
    check(
        run(json!({"budget_usd": 1, "target": {"provider": "mock", "model": "unpriced"}})),
        expect![[
            r#"422 /budget_usd the price of "unpriced" of provider "mock" is not known; enter it there, or run without a budget"#
        ]],
    );
    check(
        run(json!({"budget_usd": 0})),
        expect!["422 /budget_usd 0 is not a budget; it is an amount in US dollars above 0"],
    );
    check(
        run(json!({"concurrency": 0})),
        expect!["422 /concurrency a concurrency of 0 is not possible; it is from 1 to 200"],
    );
    check(
        run(json!({"concurrency": 201})),
        expect!["422 /concurrency a concurrency of 201 is not possible; it is from 1 to 200"],
    );
    check(
        run(json!({"concurrency": 1.5})),
        expect!["422 /concurrency invalid type: floating point `1.5`, expected u32"],
    );
    check(
        run(json!({"sample": {"n": 0}})),
        expect!["422 /sample/n a sample of 0 items has nothing to run; take at least 1"],
    );
    check(
        run(json!({"sample": {"n": -1}})),
        expect!["422 /sample/n invalid value: integer `-1`, expected u32"],
    );
    check(
        run(json!({"threshold": 2})),
        expect!["422 /threshold 2 is not a threshold; a threshold is from 0 to 1"],
    );
    check(
        run(json!({"baseline": "yes"})),
        expect![[r#"422 /baseline invalid type: string "yes", expected a boolean"#]],
    );
    check(
        target(json!({"params": []})),
        expect!["422 /target/params invalid type: sequence, expected a map"],
    );
    check(
        target(json!({"prompt": {"template": "{{ last"}})),
        expect![
            "422 /target/prompt/template the template does not work: syntax error: unexpected end of input, expected end of variable block (in <string>:1)"
        ],
    );
    check(
        target(json!({"prompt": {"template": "{{ lost_user }}"}})),
        expect![[
            r#"422 /target/prompt/template the template does not work: "lost_user" is not known; known are request, tags, last_user"#
        ]],
    );
    check(
        target(json!({"prompt": {"system_mode": "prepend"}})),
        expect!["422 /target/prompt/system_mode unknown variant `prepend`, expected `replace` or `append`"],
    );
    check(
        target(json!({"modell": "m"})),
        expect![
            "422 /target/modell unknown field `modell`, expected one of `provider`, `model`, `params`, `prompt`"
        ],
    );
}

#[test]
fn a_set_without_items_cannot_be_run() {
    let (world, _) = scene();
    let empty = id(&world.post("/api/sets", &set(json!({}))));
    expect![[r#"422 /set_id the set "New" has no items; add some before running it"#]]
        .assert_eq(&world.ask_run(&empty, json!({})).problem());
}

#[test]
fn items() {
    let check = |body: Value, expected| check("POST", "/api/sets/SET/items", &body, expected);
    check(json!({}), expect!["422  give one of log_ids, filter or items"]);
    check(
        json!({"filter": {"featur": "x"}}),
        expect![[r#"422 /filter/featur unknown parameter "featur"; known are feature, model, provider, outcome, status, user, session, tag., from, to, q, min_latency_ms, min_cost_usd"#]],
    );
    check(
        json!({"filter": {"outcome": "good"}}),
        expect![[
            r#"422 /filter/outcome outcome: "good" is no outcome; known are success, empty_output, invalid_request, unauthorized, rate_limited, provider_error, incomplete, timeout, parse_error, client_abort"#
        ]],
    );
    check(
        json!({"filter": {"from": "yesterday"}}),
        expect![[
            r#"422 /filter/from from: "yesterday" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or a date such as 2026-11-01"#
        ]],
    );
    check(json!({"filter": {"status": []}}), expect!["422 /filter/status a filter is a text or a number"]);
    check(
        json!({"filter": {"limit": 3}}),
        expect![[r#"422 /filter/limit unknown parameter "limit"; known are feature, model, provider, outcome, status, user, session, tag., from, to, q, min_latency_ms, min_cost_usd"#]],
    );
    check(
        json!({"filter": {}, "sample": {"n": 3, "sed": 1}}),
        expect!["422 /sample/sed unknown field `sed`, expected `n` or `seed`"],
    );
    check(json!({"items": [{"reference": "x"}]}), expect!["422 /items/0/request missing field `request`"]);
    check(
        json!({"items": [{"request": 3}]}),
        expect![[r#"422 /items/0/request the request must be a JSON object with "messages""#]],
    );
    check(
        json!({"items": [{"request": {"messages": [{"role": "robot", "content": "x"}]}}]}),
        expect![
            "422 /items/0/request/messages/0/role role must be one of system, developer, user, assistant, tool"
        ],
    );
    check(
        json!({"items": [{"request": "x", "tags": {"n": 3}}]}),
        expect!["422 /items/0/tags/n invalid type: integer `3`, expected a string"],
    );
    check(
        json!({"log_ids": ["no/id"]}),
        expect![[r#"422 /log_ids/0 "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'"#]],
    );
    check(
        json!({"log_ids": ["nothing"], "dedupe": "maybe"}),
        expect!["422 /dedupe unknown variant `maybe`, expected one of `exact`, `near`, `none`"],
    );
}

#[test]
fn queries() {
    let check = |path: &str, expected| check("GET", path, &Value::Null, expected);
    check(
        "/api/logs?featur=x",
        expect![[r#"422 ?featur unknown parameter "featur"; known are feature, model, provider, outcome, status, user, session, tag., from, to, q, min_latency_ms, min_cost_usd, limit, cursor"#]],
    );
    check("/api/logs?limit=201", expect!["422 ?limit limit is from 1 to 200"]);
    check("/api/logs?limit=0", expect!["422 ?limit limit is from 1 to 200"]);
    check("/api/logs?limit=many", expect!["422 ?limit limit: invalid digit found in string"]);
    check("/api/logs?limit=1&limit=2", expect!["422 ?limit limit stands twice; give it once"]);
    check(
        "/api/logs?cursor=garbage",
        expect!["422 ?cursor the cursor is not one that this list gave; leave it out to begin"],
    );
    check(
        "/api/logs?cursor=00",
        expect!["422 ?cursor the cursor is not one that this list gave; leave it out to begin"],
    );
    check(
        "/api/logs?from=yesterday",
        expect![[
            r#"422 ?from from: "yesterday" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or a date such as 2026-11-01"#
        ]],
    );
    check("/api/logs?status=ok", expect!["422 ?status status: invalid digit found in string"]);
    check("/api/logs?min_cost_usd=NaN", expect!["422 ?min_cost_usd min_cost_usd is an amount in US dollars"]);
    check(
        "/api/logs/count?limit=3",
        expect![[r#"422 ?limit unknown parameter "limit"; known are feature, model, provider, outcome, status, user, session, tag., from, to, q, min_latency_ms, min_cost_usd"#]],
    );
    check("/api/health?x=1", expect![[r#"422 ?x unknown parameter "x"; it takes none"#]]);
    check(
        "/api/sets?cursor=7a7a",
        expect!["422 ?cursor the cursor is not one that this list gave; leave it out to begin"],
    );
    check("/api/sets/SET?version=first", expect!["422 ?version version: invalid digit found in string"]);
    check("/api/sets/SET?version=9", expect!["404 there is no such eval set"]);
    check("/api/sets/SET/items?version=-1", expect!["422 ?version version: invalid digit found in string"]);
    check(
        "/api/runs?set_id=no/id",
        expect![[r#"422 ?set_id "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'"#]],
    );
    check(
        "/api/runs?status=done",
        expect![[r#"422 ?status unknown parameter "status"; known are set_id, limit, cursor"#]],
    );
    check("/api/keys?limit=201", expect!["422 ?limit limit is from 1 to 200"]);
}

#[test]
fn queries_about_a_run() {
    let (world, set) = scene();
    let run = world.start(&set, json!({}));
    let check = |query: &str, expected: Expect| {
        expected.assert_eq(&world.call("GET", &format!("/api/runs/{run}/{query}"), &Value::Null).problem())
    };
    check("results?order=best", expect![[r#"422 ?order order: "best" is no order; known are score, delta"#]]);
    check(
        "results?verdict=good",
        expect![[r#"422 ?verdict verdict: "good" is no verdict; known are pass, fail, unscored, error"#]],
    );
    check(
        "results?slice=x",
        expect![[r#"422 ?slice unknown parameter "slice"; known are order, verdict, slice., limit, cursor"#]],
    );
    check(
        "results?cursor=x",
        expect!["422 ?cursor the cursor is not one that this list gave; leave it out to begin"],
    );
    check(
        "summary?threshold=1.2",
        expect!["422 ?threshold threshold: 1.2 is not a threshold; a threshold is from 0 to 1"],
    );
    check(
        "summary?threshold=high",
        expect![[r#"422 ?threshold threshold: "high" is not a number from 0 to 1"#]],
    );
}

#[test]
fn paths() {
    let check = |path: &str, expected| check("GET", path, &Value::Null, expected);
    check("/api/sets/nothing", expect!["404 there is no such eval set"]);
    check("/api/sets/a%2Fb", expect!["404 there is no such page"]);
    check("/api/sets/%FF", expect!["404 there is no such page"]);
    check("/api/sets/", expect!["404 there is no such page"]);
    check("/api/logs/nothing", expect!["404 there is no such log"]);
    check("/api/runs/nothing", expect!["404 there is no such run"]);
    check("/api/targets/nothing", expect!["404 there is no such target"]);
    check("/api/providers/nothing", expect!["404 there is no such provider"]);
    check(&format!("/api/sets/{}", "x".repeat(65)), expect!["404 there is no such page"]);
}

#[test]
fn a_path_that_does_not_read_is_no_way_in() {
    let world = World::new();
    let reply = world.send(request("GET", "/api/sets/%FF").body(Body::empty()).unwrap());
    assert_eq!(reply.status, 401, "{}", reply.text);
}

#[test]
fn bodies() {
    let world = World::new();
    let send = |text: &str, expected: Expect| {
        let request = request("POST", "/api/sets").header("authorization", format!("Bearer {ADMIN}"));
        expected.assert_eq(&world.send(request.body(Body::from(text.to_owned())).unwrap()).problem());
    };
    send("", expect!["400 the body is empty; a JSON object is expected"]);
    send("{", expect!["400 the body is not JSON: EOF while parsing an object at line 1 column 1"]);
    send("name=x", expect!["400 the body is not JSON: expected ident at line 1 column 2"]);
    send("{} {}", expect!["422 /name missing field `name`"]);
    send(r#"{"name":"a","name":"b","criteria":[]}"#, expect!["422  duplicate field `name`"]);
    send(
        r#"{"name":"a","criteria":[{"name":"a","question":"b","weight":1e999}]}"#,
        expect!["400 the body is not JSON: number out of range at line 1 column 65"],
    );
    send(
        "{\"name\":\"\u{0}\"}",
        expect![[
            r#"400 the body is not JSON: control character (\u0000-\u001F) found while parsing a string at line 1 column 10"#
        ]],
    );
    send(
        &format!("{{\"name\":\"a\",\"criteria\":{}{}}}", "[".repeat(500), "]".repeat(500)),
        expect!["422 /criteria/0/0 invalid type: sequence, expected a string"],
    );
    send(&" ".repeat(25 * 1024 * 1024 + 1), expect!["413 the body is larger than 25 MB; send it in parts"]);
}

#[test]
fn other_things() {
    check("POST", "/api/logs/delete", &json!({}), expect!["422  give either filter or ids"]);
    check(
        "POST",
        "/api/logs/delete",
        &json!({"ids": [], "filter": {}}),
        expect!["422  give either filter or ids"],
    );
    check(
        "POST",
        "/api/logs/delete",
        &json!({"filter": {"featur": "x"}}),
        expect![[r#"422 /filter/featur unknown parameter "featur"; known are feature, model, provider, outcome, status, user, session, tag., from, to, q, min_latency_ms, min_cost_usd"#]],
    );
    check(
        "POST",
        "/api/logs/import?format=csv",
        &Value::Null,
        expect![[r#"422 ?format unknown format "csv"; known are auto, chat_pairs"#]],
    );
    check(
        "POST",
        "/api/logs/import?formt=auto",
        &Value::Null,
        expect![[r#"422 ?formt unknown parameter "formt"; known are format, feature"#]],
    );
    check(
        "PATCH",
        "/api/sets/SET",
        &json!({"items": []}),
        expect![
            "422 /items unknown field `items`, expected one of `name`, `description`, `criteria`, `scorers`, `threshold`"
        ],
    );
    check("PATCH", "/api/sets/nothing", &json!({}), expect!["404 there is no such eval set"]);
    check(
        "PATCH",
        "/api/sets/SET/items/nothing",
        &json!({"verified": true}),
        expect!["404 there is no such item"],
    );
    check(
        "POST",
        "/api/providers",
        &json!({"name": "My Own", "protocol": "openai"}),
        expect![[
            r#"422 /name "My Own" cannot name it; a name has 1 to 32 lower-case letters, digits or '-', and starts with a letter or digit"#
        ]],
    );
    check(
        "POST",
        "/api/providers",
        &json!({"name": "own", "protocol": "smtp"}),
        expect![
            "422 /protocol unknown variant `smtp`, expected one of `openai`, `anthropic`, `gemini`, `demo`"
        ],
    );
    check(
        "POST",
        "/api/providers",
        &json!({"name": "own", "protocol": "demo", "base_url": "https://x.example"}),
        expect!["422 /base_url a simulated provider has no address; leave base_url out"],
    );
    check(
        "POST",
        "/api/providers",
        &json!({"name": "mock", "protocol": "openai"}),
        expect![[r#"409 the name "mock" is taken by another provider"#]],
    );
    check(
        "POST",
        "/api/providers",
        &json!({"name": "own", "protocol": "openai", "models": [{"id": "m", "input_usd_per_mtok": -1}]}),
        expect!["422 /models/0/input_usd_per_mtok a price is in US dollars and not negative"],
    );
    check(
        "POST",
        "/api/providers",
        &json!({"name": "own", "protocol": "openai", "models": [{"id": " "}]}),
        expect!["422 /models/0/id a model needs its name"],
    );
    check(
        "POST",
        "/api/targets",
        &json!({"name": "t", "target": {"provider": "mock", "model": "m", "prompt": {"template": "{% for %}"}}}),
        expect![
            "422 /target/prompt/template the template does not work: syntax error: unexpected end of block, expected in (in <string>:1)"
        ],
    );
    check(
        "POST",
        "/api/keys",
        &json!({"name": "k", "scopes": ["read"], "expires_at": "soon"}),
        expect![[
            r#"422 /expires_at "soon" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or a date such as 2026-11-01"#
        ]],
    );
    check("POST", "/api/runs/nothing/pause", &Value::Null, expect!["404 there is no such run"]);
    check("POST", "/api/runs/nothing/retry", &Value::Null, expect!["404 there is no such run"]);
}

#[test]
fn names_are_taken_once() {
    let (world, _) = scene();
    let own = world.post(
        "/api/providers",
        &json!({"name": "own", "protocol": "openai", "base_url": "https://api.example.com/v1"}),
    );
    expect![[r#"409 the name "mock" is taken by another provider"#]].assert_eq(
        &world.call("PATCH", &format!("/api/providers/{}", id(&own)), &json!({"name": "mock"})).problem(),
    );
    let target = json!({"provider": "mock", "model": "new"});
    let one = world.post("/api/targets", &json!({"name": "One", "target": target}));
    world.post("/api/targets", &json!({"name": "Two", "target": target}));
    expect![[r#"409 the name "One" is taken by another target"#]]
        .assert_eq(&world.call("POST", "/api/targets", &json!({"name": "One", "target": target})).problem());
    expect![[r#"409 the name "Two" is taken by another target"#]].assert_eq(
        &world
            .call("PATCH", &format!("/api/targets/{}", id(&one)), &json!({"name": "Two", "target": target}))
            .problem(),
    );
    assert_eq!(
        world.patch(&format!("/api/targets/{}", id(&one)), &json!({"name": "One", "target": target}))["version"],
        2
    );
    world.delete(&format!("/api/targets/{}", id(&one)));
    assert_eq!(world.call("POST", "/api/targets", &json!({"name": "One", "target": target})).status, 201);
}

#[test]
fn of_two_runs_with_one_key_at_once_there_is_one() {
    let (world, set) = scene();
    let body = with(run(json!({})), json!({"set_id": set}));
    let send = || {
        let mut request = as_operator("POST", "/api/runs", &body);
        request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        request
    };
    let replies = world.send_together(vec![send(), send(), send()]);
    let ids: Vec<_> = replies.iter().map(|reply| id(&reply.succeeded())).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!((world.count("run"), world.count("run_item")), (1, 2));
}
