//! Requests that do not fit: which status they get, and which place is named.

use std::sync::Arc;

use axum::body::Body;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use shared::api::logs;
use shared::api::runs::RunBy;
use shared::api::sets::ItemBy;
use shared::order::Column;

use crate::support::scene::{id, with};
use crate::support::{ADMIN, World, as_operator, request};

/// A world with a provider and a set, which paths and bodies call `SET`.
fn scene() -> (Arc<World>, String) {
    let world = World::new();
    world.connect();
    let set = world.set_of(2);
    (world, set)
}

/// Sends a body that is right but for some members, one call for each, and tells what was wrong.
fn check(call: &str, right: &Value, odd: &[Value], expected: Expect) {
    let (world, set) = scene();
    let (method, path) = call.split_once(' ').expect("a method and a path");
    let lines = odd.iter().map(|odd| {
        let mut body = with(right.clone(), odd.clone());
        if body["set_id"] == "SET" {
            body["set_id"] = json!(set);
        }
        let problem = world.call(method, &path.replace("SET", &set), &body).problem().replace(&set, "SET");
        format!("{}\n    {problem}", odd.to_string().chars().take(100).collect::<String>())
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

/// Sends bodies as they are written, and tells what was wrong with each.
fn check_texts(texts: &[(&str, &str)], expected: Expect) {
    let (world, set) = scene();
    let lines = texts.iter().map(|(call, text)| {
        let (method, path) = call.split_once(' ').expect("a method and a path");
        let call =
            request(method, &path.replace("SET", &set)).header("authorization", format!("Bearer {ADMIN}"));
        let body = Body::from(text.replace("SET", &set));
        format!("{text}\n    {}", world.send(call.body(body).expect("a request")).problem())
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn members_that_stand_twice() {
    const RUN: &str = r#""set_id":"SET","judge":{"provider":"mock","model":"judge"}"#;
    let run =
        |target: &str| format!("{{{RUN},\"target\":{{\"provider\":\"mock\",\"model\":\"new\",{target}}}}}");
    let items = "POST /api/sets/SET/items";
    check_texts(
        &[
            ("POST /api/runs", &run(r#""params":{"seed":1,"seed":2}"#)),
            ("POST /api/runs", &run(r#""params":{"response_format":{"type":"a","type":"b"}}"#)),
            ("POST /api/runs", &run(r#""prompt":{"tools":[{"type":"function"},{"type":"a","type":"b"}]}"#)),
            ("POST /api/runs/estimate", &run(r#""model":"other""#)),
            (
                "POST /api/targets",
                r#"{"name":"t","target":{"provider":"mock","model":"new","params":{"n":1,"n":1}}}"#,
            ),
            (items, r#"{"items":[{"request":"One?","tags":{"plan":"pro","plan":"free"}}]}"#),
            (items, r#"{"items":[{"request":{"messages":[{"role":"user","content":"a","content":"b"}]}}]}"#),
            (items, r#"{"filter":{"tag.plan":"pro","tag.plan":"free"}}"#),
            (
                "POST /api/sets",
                r#"{"name":"New","criteria":[{"name":"a","question":"b","anchors":{"0":"no","0":"yes"}}]}"#,
            ),
            ("POST /api/sets", r#"{"name":"New","name":"Other"}"#),
            ("POST /api/sets", r#"{"name":"New","name":"Other""#),
        ],
        expect![[r#"
            {"set_id":"SET","judge":{"provider":"mock","model":"judge"},"target":{"provider":"mock","model":"new","params":{"seed":1,"seed":2}}}
                422 /target/params/seed seed stands twice; give it once
            {"set_id":"SET","judge":{"provider":"mock","model":"judge"},"target":{"provider":"mock","model":"new","params":{"response_format":{"type":"a","type":"b"}}}}
                422 /target/params/response_format/type type stands twice; give it once
            {"set_id":"SET","judge":{"provider":"mock","model":"judge"},"target":{"provider":"mock","model":"new","prompt":{"tools":[{"type":"function"},{"type":"a","type":"b"}]}}}
                422 /target/prompt/tools/1/type type stands twice; give it once
            {"set_id":"SET","judge":{"provider":"mock","model":"judge"},"target":{"provider":"mock","model":"new","model":"other"}}
                422 /target/model model stands twice; give it once
            {"name":"t","target":{"provider":"mock","model":"new","params":{"n":1,"n":1}}}
                422 /target/params/n n stands twice; give it once
            {"items":[{"request":"One?","tags":{"plan":"pro","plan":"free"}}]}
                422 /items/0/tags/plan plan stands twice; give it once
            {"items":[{"request":{"messages":[{"role":"user","content":"a","content":"b"}]}}]}
                422 /items/0/request/messages/0/content content stands twice; give it once
            {"filter":{"tag.plan":"pro","tag.plan":"free"}}
                422 /filter/tag.plan tag.plan stands twice; give it once
            {"name":"New","criteria":[{"name":"a","question":"b","anchors":{"0":"no","0":"yes"}}]}
                422 /criteria/0/anchors/0 0 stands twice; give it once
            {"name":"New","name":"Other"}
                422 /name name stands twice; give it once
            {"name":"New","name":"Other"
                400 the body is not JSON: EOF while parsing an object at line 1 column 28"#]],
    );
}

/// Reads some paths, and tells what was wrong with each.
fn check_paths(paths: &[&str], expected: Expect) {
    let (world, set) = scene();
    let run = world.start(&set, json!({}));
    let lines = paths.iter().map(|path| {
        let full = format!("/api/{}", path.replace("SET", &set).replace("RUN", &run));
        let problem =
            world.call("GET", &full, &Value::Null).problem().replace(&set, "SET").replace(&run, "RUN");
        format!("{}\n    {problem}", path.chars().take(100).collect::<String>())
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn sets() {
    check(
        "POST /api/sets",
        &json!({"name": "New", "criteria": [{"name": "Accuracy", "question": "Is it right?"}]}),
        &[
            json!({"colour": "red"}),
            json!({"name": " "}),
            json!({"name": "x".repeat(201)}),
            json!({"name": 3}),
            json!({"name": null}),
            json!({"threshold": 1.2}),
            json!({"threshold": "0.8"}),
            json!({"threshold": -0.1}),
            json!({"criteria": []}),
            json!({"criteria": [{"name": "a", "question": "b"}, {"name": "a", "question": "c"}]}),
            json!({"criteria": (0..21).map(|n| json!({"name": n.to_string(), "question": "b"})).collect::<Vec<_>>()}),
        ],
        expect![[r#"
            {"colour":"red"}
                422 /colour colour is not known here; known are name, description, criteria, scorers, threshold
            {"name":" "}
                422 /name a name has 1 to 200 characters, not 0
            {"name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                422 /name a name has 1 to 200 characters, not 201
            {"name":3}
                422 /name it is 3; it must be a text
            {"name":null}
                422 /name it is null; it must be a text
            {"threshold":1.2}
                422 /threshold 1.2 is not a threshold; a threshold is from 0 to 1
            {"threshold":"0.8"}
                422 /threshold it is the text "0.8"; it must be a number
            {"threshold":-0.1}
                422 /threshold -0.1 is not a threshold; a threshold is from 0 to 1
            {"criteria":[]}
                422 /criteria criteria must not be empty; write at least one question about what a good response is
            {"criteria":[{"name":"a","question":"b"},{"name":"a","question":"c"}]}
                422 /criteria two criteria are named "a"; give each its own name
            {"criteria":[{"name":"0","question":"b"},{"name":"1","question":"b"},{"name":"2","question":"b"},{"n
                422 /criteria a set has at most 20 criteria, not 21"#]],
    );
}

#[test]
fn criteria() {
    let odd = [
        json!({"weight": 0}),
        json!({"weight": 1001}),
        json!({"weigth": 1}),
        json!({"question": ""}),
        json!({"kind": "stars"}),
        json!({"use_reference": "always"}),
        json!({"anchors": {"6": "best"}}),
        json!({"anchors": {"5": " "}}),
        json!({"required": "yes"}),
        json!({"checks": ["a?", "b?", "c?", "d?"]}),
        json!({"checks": ["a?", " "]}),
        json!({"examples": [{"request": "a", "candidate": "b", "reasoning": "c", "level": 6}]}),
        json!({"examples": [{"request": "a", "candidate": "b", "level": 3}]}),
        json!({"kind": "compare", "examples": [{"request": "a", "candidate": "b", "reasoning": "c", "level": 3}]}),
        json!({"datamark": 1}),
    ];
    let one = |odd: Value| json!({"criteria": [with(json!({"name": "A", "question": "B?"}), odd)]});
    check(
        "POST /api/sets",
        &json!({"name": "New"}),
        &odd.map(one),
        expect![[r#"
            {"criteria":[{"name":"A","question":"B?","weight":0}]}
                422 /criteria/0/weight 0 is not a weight; a weight is above 0 and at most 1000
            {"criteria":[{"name":"A","question":"B?","weight":1001}]}
                422 /criteria/0/weight 1001 is not a weight; a weight is above 0 and at most 1000
            {"criteria":[{"name":"A","question":"B?","weigth":1}]}
                422 /criteria/0/weigth weigth is not known here; known are name, question, weight, required, kind, use_reference, anchors, checks, examples, datamark
            {"criteria":[{"name":"A","question":""}]}
                422 /criteria/0/question a question has 1 to 4000 characters, not 0
            {"criteria":[{"name":"A","question":"B?","kind":"stars"}]}
                422 /criteria/0/kind stars is not known; it is one of levels, binary, factuality, compare
            {"criteria":[{"name":"A","question":"B?","use_reference":"always"}]}
                422 /criteria/0/use_reference always is not known; it is one of context, gold, none
            {"criteria":[{"name":"A","question":"B?","anchors":{"6":"best"}}]}
                422 /criteria/0/anchors "6" is no level; anchors are named "0" to "5"
            {"criteria":[{"name":"A","question":"B?","anchors":{"5":" "}}]}
                422 /criteria/0/anchors the anchor of level 5 is empty; describe the level or leave it out
            {"criteria":[{"name":"A","question":"B?","required":"yes"}]}
                422 /criteria/0/required it is the text "yes"; it must be true or false
            {"criteria":[{"name":"A","question":"B?","checks":["a?","b?","c?","d?"]}]}
                422 /criteria/0/checks a criterion has at most 3 checks, not 4; ask more in criteria of their own
            {"criteria":[{"name":"A","question":"B?","checks":["a?"," "]}]}
                422 /criteria/0/checks/1 a check has 1 to 300 characters, not 0
            {"criteria":[{"name":"A","question":"B?","examples":[{"request":"a","candidate":"b","reasoning":"c",
                422 /criteria/0/examples/0/level level 6 does not exist; levels are 0 to 5
            {"criteria":[{"name":"A","question":"B?","examples":[{"request":"a","candidate":"b","level":3}]}]}
                422 /criteria/0/examples/0/reasoning reasoning is missing
            {"criteria":[{"name":"A","question":"B?","kind":"compare","examples":[{"request":"a","candidate":"b"
                422 /criteria the criterion "A": examples have levels, and the criterion is answered by a choice; leave them out
            {"criteria":[{"name":"A","question":"B?","datamark":1}]}
                422 /criteria/0/datamark it is 1; it must be true or false"#]],
    );
}

#[test]
fn scorers() {
    let odd = [
        json!({"type": "similar-to"}),
        json!({"value": null}),
        json!({"value": ""}),
        json!({"value": 3}),
        json!({"needle": "x"}),
        json!({"threshold": 0.5}),
        json!({"threshold": 2}),
        json!({"weight": -1}),
        json!({"not": "yes"}),
        json!({"name": ""}),
        json!({"type": "regex", "value": null}),
        json!({"type": "regex", "value": null, "pattern": "("}),
        json!({"type": "regex", "value": null, "pattern": "(?=x)"}),
        json!({"type": "regex", "value": null, "pattern": "x".repeat(1025)}),
        json!({"type": "is-json", "value": null, "schema": 3}),
        json!({"type": "is-json", "value": null, "schema": {"type": "text"}}),
        json!({"type": "is-json", "value": null, "schema": {"items": {"if": {}}}}),
        json!({"type": "contains-any", "value": []}),
        json!({"type": "word-count", "value": null}),
        json!({"type": "word-count", "value": null, "min": 2, "max": 1}),
        json!({"type": "latency", "value": null, "max_ms": -1}),
        json!({"type": "finish-reason", "value": "soon"}),
    ];
    let one = |odd: Value| json!({"scorers": [with(json!({"type": "contains", "value": "x"}), odd)]});
    let named = json!({"type": "error", "name": "Up"});
    let mut odd = odd.map(one).to_vec();
    odd.push(json!({"scorers": [named, named]}));
    odd.push(json!({"scorers": vec![json!({"type": "error"}); 21]}));
    check(
        "PATCH /api/sets/SET",
        &json!({}),
        &odd,
        expect![[r#"
            {"scorers":[{"type":"similar-to","value":"x"}]}
                422 /scorers/0/type similar-to is not known; it is one of equals, contains, icontains, contains-all, contains-any, icontains-all, icontains-any, starts-with, regex, is-json, contains-json, json-diff, same-json-shape, levenshtein, fuzzy-match, rouge-1, rouge-2, rouge-l, token-f1, chrf, gleu, bleu, bleu-simple, numeric-diff, list-contains, word-count, char-count, length-ratio, finish-reason, is-refusal, refusal-changed, language-same, tool-f1, tool-args-match, is-valid-tool-call, latency, cost, latency-ratio, cost-ratio, error
            {"scorers":[{"type":"contains","value":null}]}
                422 /scorers/0 a scorer of type contains needs "value"
            {"scorers":[{"type":"contains","value":""}]}
                422 /scorers/0/value the value is empty; write what is compared with or looked for
            {"scorers":[{"type":"contains","value":3}]}
                422 /scorers/0 the value of a scorer of type contains must be a text
            {"scorers":[{"type":"contains","value":"x","needle":"x"}]}
                422 /scorers/0/needle needle is not known here; known are type, name, not, weight, threshold, value, pattern, schema, ignore_case, allow_fence, min, max, max_ms, max_usd, exact, ignore, defaults
            {"scorers":[{"type":"contains","value":"x","threshold":0.5}]}
                422 /scorers/0 a scorer of type contains has no "threshold"; leave it out
            {"scorers":[{"type":"contains","value":"x","threshold":2}]}
                422 /scorers/0/threshold 2 is not a threshold; a threshold is from 0 to 1
            {"scorers":[{"type":"contains","value":"x","weight":-1}]}
                422 /scorers/0/weight -1 is not a weight; a weight is above 0 and at most 1000
            {"scorers":[{"type":"contains","value":"x","not":"yes"}]}
                422 /scorers/0/not it is the text "yes"; it must be true or false
            {"scorers":[{"type":"contains","value":"x","name":""}]}
                422 /scorers/0/name a name has 1 to 200 characters, not 0
            {"scorers":[{"type":"regex","value":null}]}
                422 /scorers/0 a scorer of type regex needs "pattern"
            {"scorers":[{"type":"regex","value":null,"pattern":"("}]}
                422 /scorers/0/pattern the pattern does not work: found open group without closing ')'; look-around and references back do not exist here
            {"scorers":[{"type":"regex","value":null,"pattern":"(?=x)"}]}
                422 /scorers/0/pattern the pattern does not work: look-around is not supported; look-around and references back do not exist here
            {"scorers":[{"type":"regex","value":null,"pattern":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                422 /scorers/0/pattern a pattern has at most 1024 bytes, not 1025
            {"scorers":[{"type":"is-json","value":null,"schema":3}]}
                422 /scorers/0/schema the schema: a schema is an object, true or false
            {"scorers":[{"type":"is-json","value":null,"schema":{"type":"text"}}]}
                422 /scorers/0/schema the schema: type must be null, boolean, object, array, number, string or integer, or a list of these
            {"scorers":[{"type":"is-json","value":null,"schema":{"items":{"if":{}}}}]}
                422 /scorers/0/schema the schema at /items: "if" is not known; known are type, enum, const, properties, required, additionalProperties, minProperties, maxProperties, items, minItems, maxItems, uniqueItems, minLength, maxLength, pattern, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, anyOf, oneOf, allOf, not, $ref and $defs
            {"scorers":[{"type":"contains-any","value":[]}]}
                422 /scorers/0 the value of a scorer of type contains-any must be a list of texts, at least one and none of them empty
            {"scorers":[{"type":"word-count","value":null}]}
                422 /scorers/0 give "min", "max" or both, neither below 0, and "min" not above "max"
            {"scorers":[{"type":"word-count","value":null,"min":2,"max":1}]}
                422 /scorers/0 give "min", "max" or both, neither below 0, and "min" not above "max"
            {"scorers":[{"type":"latency","value":null,"max_ms":-1}]}
                422 /scorers/0 -1 is not a limit; a limit is 0 or more
            {"scorers":[{"type":"finish-reason","value":"soon"}]}
                422 /scorers/0 "soon" is no finish reason; known are stop, length, content_filter, tool_calls
            {"scorers":[{"type":"error","name":"Up"},{"type":"error","name":"Up"}]}
                422 /scorers two scorers are named "Up"; give each its own name
            {"scorers":[{"type":"error"},{"type":"error"},{"type":"error"},{"type":"error"},{"type":"error"},{"t
                422 /scorers a set has at most 20 scorers, not 21"#]],
    );
}

#[test]
fn runs() {
    let judge = |odd: Value| json!({"judge": with(json!({"provider": "mock", "model": "judge"}), odd)});
    let target = |odd: Value| json!({"target": with(json!({"provider": "mock", "model": "new"}), odd)});
    check(
        "POST /api/runs",
        &json!({"set_id": "SET", "target": {"provider": "mock", "model": "new"}, "judge": {"provider": "mock", "model": "judge"}}),
        &[
            json!({"set_id": "nothing"}),
            json!({"set_id": "no/id"}),
            json!({"set_version": 9}),
            json!({"set_version": 1}),
            json!({"budget_usd": 1, "target": {"provider": "mock", "model": "unpriced"}}),
            json!({"budget_usd": 0}),
            json!({"concurrency": 0}),
            json!({"concurrency": 201}),
            json!({"concurrency": 1.5}),
            json!({"sample": {"n": 0}}),
            json!({"sample": {"n": -1}}),
            json!({"threshold": 2}),
            json!({"baseline": "yes"}),
            judge(json!({"provider": "nobody"})),
            judge(json!({"provider": "Mock"})),
            judge(json!({"repeats": 2})),
            judge(json!({"repeats": 11})),
            target(json!({"provider": "nobody"})),
            target(json!({"params": []})),
            target(json!({"prompt": {"template": "{{ last"}})),
            target(json!({"prompt": {"template": "{{ lost_user }}"}})),
            target(json!({"prompt": {"system_mode": "prepend"}})),
            target(json!({"modell": "m"})),
            target(json!({"model": " "})),
            target(json!({"params": {"model": "hack"}})),
            target(json!({"prompt": {"tools": [1]}})),
            judge(json!({"params": {"stream": true}})),
            judge(json!({"panel": [{"provider": "mock", "model": "other", "params": {"n": 3}}]})),
        ],
        expect![[r#"
            {"set_id":"nothing"}
                422 /set_id there is no set "nothing"
            {"set_id":"no/id"}
                422 /set_id "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'
            {"set_version":9}
                422 /set_version there is no set "SET" with a version 9
            {"set_version":1}
                422 /set_id the set "Set 1" has no items; add some before running it
            {"budget_usd":1,"target":{"provider":"mock","model":"unpriced"}}
                422 /budget_usd the price of "unpriced" of provider "mock" is not known; enter it there, or run without a budget
            {"budget_usd":0}
                422 /budget_usd 0 is not a budget; it is an amount in US dollars above 0
            {"concurrency":0}
                422 /concurrency a concurrency of 0 is not possible; it is from 1 to 200
            {"concurrency":201}
                422 /concurrency a concurrency of 201 is not possible; it is from 1 to 200
            {"concurrency":1.5}
                422 /concurrency it is 1.5; it must be a whole number from 0 to 4294967295
            {"sample":{"n":0}}
                422 /sample/n a sample of 0 items has nothing to run; take at least 1
            {"sample":{"n":-1}}
                422 /sample/n it is -1; it must be a whole number from 0 to 4294967295
            {"threshold":2}
                422 /threshold 2 is not a threshold; a threshold is from 0 to 1
            {"baseline":"yes"}
                422 /baseline it is the text "yes"; it must be true or false
            {"judge":{"provider":"nobody","model":"judge"}}
                422 /judge/provider there is no provider "nobody"; known are mock, demo
            {"judge":{"provider":"Mock","model":"judge"}}
                422 /judge/provider "Mock" cannot name it; a name has 1 to 32 lower-case letters, digits or '-', and starts with a letter or digit
            {"judge":{"provider":"mock","model":"judge","repeats":2}}
                422 /judge/repeats 2 repeats are not possible; repeats are 1, 3, 5, 7 or 9, so that a majority exists
            {"judge":{"provider":"mock","model":"judge","repeats":11}}
                422 /judge/repeats 11 repeats are not possible; repeats are 1, 3, 5, 7 or 9, so that a majority exists
            {"target":{"provider":"nobody","model":"new"}}
                422 /target/provider there is no provider "nobody"; known are mock, demo
            {"target":{"provider":"mock","model":"new","params":[]}}
                422 /target/params it is a list; it must be an object
            {"target":{"provider":"mock","model":"new","prompt":{"template":"{{ last"}}}
                422 /target/prompt/template the template does not work: a tag has no end; write two braces as {{ "{{" }} where they are meant as they stand
            {"target":{"provider":"mock","model":"new","prompt":{"template":"{{ lost_user }}"}}}
                422 /target/prompt/template the template does not work: "lost_user" is not known; known are request, tags, last_user
            {"target":{"provider":"mock","model":"new","prompt":{"system_mode":"prepend"}}}
                422 /target/prompt/system_mode prepend is not known; it is one of replace, append
            {"target":{"provider":"mock","model":"new","modell":"m"}}
                422 /target/modell modell is not known here; known are provider, model, params, prompt
            {"target":{"provider":"mock","model":" "}}
                422 /target/model the model is empty; write its name at the provider
            {"target":{"provider":"mock","model":"new","params":{"model":"hack"}}}
                422 /target/params/model model is no parameter: the model is named beside the parameters; leave it out
            {"target":{"provider":"mock","model":"new","prompt":{"tools":[1]}}}
                422 /target/prompt/tools/0 a tool is an object, such as {"type": "function", "function": {…}}
            {"judge":{"provider":"mock","model":"judge","params":{"stream":true}}}
                422 /judge/params/stream stream is no parameter: whether answers are streamed is said at the provider; leave it out
            {"judge":{"provider":"mock","model":"judge","panel":[{"provider":"mock","model":"other","params":{"n
                422 /judge/panel/0/params/n n is no parameter: one answer is asked for; leave it out"#]],
    );
}

#[test]
fn items() {
    check(
        "POST /api/sets/SET/items",
        &json!({}),
        &[
            json!({}),
            json!({"filter": {"featur": "x"}}),
            json!({"filter": {"outcome": "good"}}),
            json!({"filter": {"from": "yesterday"}}),
            json!({"filter": {"status": []}}),
            json!({"filter": {"limit": 3}}),
            json!({"filter": {}, "sample": {"n": 3, "sed": 1}}),
            json!({"items": [{"reference": "x"}]}),
            json!({"items": [{"request": 3}]}),
            json!({"items": [{"request": {"messages": [{"role": "robot", "content": "x"}]}}]}),
            json!({"items": [{"request": "x", "tags": {"n": 3}}]}),
            json!({"log_ids": ["no/id"]}),
            json!({"log_ids": ["nothing"], "dedupe": "maybe"}),
            json!({"item_ids": []}),
            json!({"item_ids": ["nothing"]}),
            json!({"item_ids": ["nothing"], "sample": {"n": 3, "seed": 1}}),
            json!({"item_ids": ["nothing"], "items": []}),
        ],
        expect![[r#"
            {}
                422  give one of log_ids, filter, items or item_ids
            {"filter":{"featur":"x"}}
                422 /filter/featur unknown parameter "featur"; known are feature, not.feature, model, not.model, provider, not.provider, outcome, not.outcome, status, user, session, tag., not.tag., from, to, q, min_latency_ms, min_cost_usd
            {"filter":{"outcome":"good"}}
                422 /filter/outcome outcome: "good" is no outcome; known are success, empty_output, invalid_request, unauthorized, rate_limited, provider_error, incomplete, timeout, parse_error, client_abort
            {"filter":{"from":"yesterday"}}
                422 /filter/from from: "yesterday" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or a date such as 2026-11-01
            {"filter":{"status":[]}}
                422 /filter/status a filter is a text, a number or a list of texts
            {"filter":{"limit":3}}
                422 /filter/limit unknown parameter "limit"; known are feature, not.feature, model, not.model, provider, not.provider, outcome, not.outcome, status, user, session, tag., not.tag., from, to, q, min_latency_ms, min_cost_usd
            {"filter":{},"sample":{"n":3,"sed":1}}
                422 /sample/sed sed is not known here; known are n, seed
            {"items":[{"reference":"x"}]}
                422 /items/0/request request is missing
            {"items":[{"request":3}]}
                422 /items/0/request the request must be a JSON object with "messages"
            {"items":[{"request":{"messages":[{"role":"robot","content":"x"}]}}]}
                422 /items/0/request/messages/0/role role must be one of system, developer, user, assistant, tool
            {"items":[{"request":"x","tags":{"n":3}}]}
                422 /items/0/tags/n it is 3; it must be a text
            {"log_ids":["no/id"]}
                422 /log_ids/0 "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'
            {"log_ids":["nothing"],"dedupe":"maybe"}
                422 /dedupe maybe is not known; it is one of exact, near, none
            {"item_ids":[]}
                422 /item_ids no item is named; name at least one
            {"item_ids":["nothing"]}
                422 /item_ids/0 the set has no item "nothing", and had none before
            {"item_ids":["nothing"],"sample":{"n":3,"seed":1}}
                422  sample goes with filter; log_ids, items and item_ids are taken whole
            {"item_ids":["nothing"],"items":[]}
                422  give one of log_ids, filter, items or item_ids"#]],
    );
}

#[test]
fn removed_items() {
    check(
        "POST /api/sets/SET/items/delete",
        &json!({}),
        &[
            json!({}),
            json!({"ids": []}),
            json!({"ids": ["nothing"], "filter": {}}),
            json!({"ids": ["no/id"]}),
            json!({"ids": "nothing"}),
            json!({"ids": vec!["i"; 1_001]}),
        ],
        expect![[r#"
            {}
                422 /ids ids is missing
            {"ids":[]}
                422 /ids no item is named; name at least one
            {"ids":["nothing"],"filter":{}}
                422 /filter filter is not known here; known are ids
            {"ids":["no/id"]}
                422 /ids/0 "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'
            {"ids":"nothing"}
                422 /ids it is the text "nothing"; it must be a list
            {"ids":["i","i","i","i","i","i","i","i","i","i","i","i","i","i","i","i","i","i","i","i","i","i","i",
                422 /ids 1001 items are named; name at most 1000 at once"#]],
    );
    check(
        "POST /api/sets/nothing/items/delete",
        &json!({}),
        &[json!({"ids": ["nothing"]})],
        expect![[r#"
        {"ids":["nothing"]}
            404 there is no such eval set"#]],
    );
}

#[test]
fn calls_that_take_no_body() {
    let (world, set) = scene();
    let run = world.start(&set, json!({}));
    let bodies = ["", "{}", " null\n", r#"{"zzz":1}"#, "[]", "{", "false"];
    let send = |method: &str, path: &str, body: &str| {
        let request = request(method, path)
            .header("authorization", format!("Bearer {ADMIN}"))
            .body(body.to_owned().into());
        world.send(request.expect("a request"))
    };
    let lines = bodies.map(|body| {
        let paused = send("POST", &format!("/api/runs/{run}/pause"), body);
        let said = if paused.status == 202 { "202".to_owned() } else { paused.problem() };
        format!("{body:?}\n    {said}\n")
    });
    expect![[r#"
        ""
            202
        "{}"
            202
        " null\n"
            202
        "{\"zzz\":1}"
            422 /zzz zzz is not known here
        "[]"
            422  the body must be a JSON object
        "{"
            400 the body is not JSON: EOF while parsing an object at line 1 column 1
        "false"
            422  the body must be a JSON object
    "#]]
    .assert_eq(&lines.concat());
    assert_eq!(send("DELETE", &format!("/api/sets/{set}"), r#"{"zzz":1}"#).status, 422);
    assert_eq!(send("GET", &format!("/api/sets/{set}"), r#"{"zzz":1}"#).status, 200, "no body is read of it");
}

#[test]
fn changes() {
    let odd = [json!({"items": []}), json!({"criteria": []}), json!({"name": ""})];
    check(
        "PATCH /api/sets/SET",
        &json!({}),
        &odd,
        expect![[r#"
            {"items":[]}
                422 /items items is not known here; known are name, description, criteria, scorers, threshold
            {"criteria":[]}
                422 /criteria criteria must not be empty; write at least one question about what a good response is
            {"name":""}
                422 /name a name has 1 to 200 characters, not 0"#]],
    );
    check(
        "PATCH /api/sets/nothing",
        &json!({}),
        &[json!({})],
        expect![[r#"
            {}
                404 there is no such eval set"#]],
    );
    check(
        "PATCH /api/sets/SET/items/nothing",
        &json!({}),
        &[json!({"verified": true})],
        expect![[r#"
            {"verified":true}
                404 there is no such item"#]],
    );
    check(
        "PATCH /api/runs/nothing",
        &json!({}),
        &[
            json!({"budget_usd": 1}),
            json!({"budget_usd": 0}),
            json!({"budget_usd": "much"}),
            json!({"concurrency": 201}),
            json!({"threshold": 0.5}),
        ],
        expect![[r#"
            {"budget_usd":1}
                404 there is no such run
            {"budget_usd":0}
                422 /budget_usd 0 is not a budget; it is an amount in US dollars above 0
            {"budget_usd":"much"}
                422 /budget_usd it is the text "much"; it must be a number
            {"concurrency":201}
                422 /concurrency a concurrency of 201 is not possible; it is from 1 to 200
            {"threshold":0.5}
                422 /threshold threshold is not known here; known are budget_usd, concurrency"#]],
    );
    check(
        "POST /api/runs/nothing/pause",
        &json!({}),
        &[json!({})],
        expect![[r#"
            {}
                404 there is no such run"#]],
    );
    check(
        "POST /api/runs/nothing/retry",
        &json!({}),
        &[json!({})],
        expect![[r#"
            {}
                404 there is no such run"#]],
    );
}

#[test]
fn webhooks() {
    check(
        "POST /api/webhooks",
        &json!({"name": "CI", "url": "https://ci.example.com/hook", "events": ["run.paused"]}),
        &[
            json!({"name": " "}),
            json!({"events": []}),
            json!({"events": ["run.started"]}),
            json!({"url": 3}),
            json!({"secret": "whsec_own"}),
        ],
        expect![[r#"
            {"name":" "}
                422 /name a name has 1 to 200 characters, not 0
            {"events":[]}
                422 /events a webhook needs at least one event: run.finished or run.paused
            {"events":["run.started"]}
                422 /events/0 run.started is not known; it is one of run.finished, run.paused
            {"url":3}
                422 /url it is 3; it must be a text
            {"secret":"whsec_own"}
                422 /secret secret is not known here; known are name, url, events"#]],
    );
}

#[test]
fn providers_targets_and_keys() {
    check(
        "POST /api/providers",
        &json!({"name": "own", "protocol": "openai"}),
        &[
            json!({"name": "My Own"}),
            json!({"name": "mock"}),
            json!({"protocol": "smtp"}),
            json!({"protocol": "demo", "base_url": "https://x.example"}),
            json!({"models": [{"id": "m", "input_usd_per_mtok": -1}]}),
            json!({"models": [{"id": " "}]}),
            json!({"models": [{"id": "m", "cached_input_usd_per_mtok": 1}]}),
            json!({"models": [{"id": "m"}, {"id": "n"}, {"id": "own/m"}]}),
        ],
        expect![[r#"
            {"name":"My Own"}
                422 /name "My Own" cannot name it; a name has 1 to 32 lower-case letters, digits or '-', and starts with a letter or digit
            {"name":"mock"}
                409 the name "mock" is taken by another provider
            {"protocol":"smtp"}
                422 /protocol smtp is not known; it is one of openai, anthropic, gemini, demo
            {"protocol":"demo","base_url":"https://x.example"}
                422 /base_url a simulated provider has no address; leave base_url out
            {"models":[{"id":"m","input_usd_per_mtok":-1}]}
                422 /models/0/input_usd_per_mtok a price is in US dollars and not negative
            {"models":[{"id":" "}]}
                422 /models/0/id a model needs its name
            {"models":[{"id":"m","cached_input_usd_per_mtok":1}]}
                422 /models/0/cached_input_usd_per_mtok it stands beside input_usd_per_mtok and output_usd_per_mtok; give those too
            {"models":[{"id":"m"},{"id":"n"},{"id":"own/m"}]}
                422 /models/2/id the model "m" stands twice; give it one line"#]],
    );
    let odd = [
        json!({"name": ""}),
        json!({"target": {"provider": "mock", "model": "m", "prompt": {"template": "{% for %}"}}}),
        json!({"target": {"provider": "nobody", "model": "m"}}),
        json!({"target": {"provider": "mock", "model": "m", "params": {"messages": []}}}),
    ];
    check(
        "POST /api/targets",
        &json!({"name": "t"}),
        &odd,
        expect![[r#"
            {"name":""}
                422 /name a name has 1 to 200 characters, not 0
            {"target":{"provider":"mock","model":"m","prompt":{"template":"{% for %}"}}}
                422 /target/prompt/template the template does not work: syntax error: unexpected end of block, expected in (in <string>:1)
            {"target":{"provider":"nobody","model":"m"}}
                422 /target/provider there is no provider "nobody"; known are mock, demo
            {"target":{"provider":"mock","model":"m","params":{"messages":[]}}}
                422 /target/params/messages messages is no parameter: what is asked is written by the run; leave it out"#]],
    );
    let odd = [
        json!({"scopes": []}),
        json!({"scopes": ["everything"]}),
        json!({"scopes": ["read"], "expires_at": "soon"}),
        json!({"scopes": ["read"], "expires_at": "2026-11-05T09:00:00Z"}),
    ];
    check(
        "POST /api/keys",
        &json!({"name": "k"}),
        &odd,
        expect![[r#"
            {"scopes":[]}
                422 /scopes a key needs at least one scope: ingest, read, run or admin
            {"scopes":["everything"]}
                422 /scopes/0 everything is not known; it is one of ingest, read, run, admin
            {"scopes":["read"],"expires_at":"soon"}
                422 /expires_at "soon" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or a date such as 2026-11-01
            {"scopes":["read"],"expires_at":"2026-11-05T09:00:00Z"}
                422 /expires_at 2026-11-05T09:00:00.000Z is past; name a time to come, or leave it out for a key without an end"#]],
    );
}

#[test]
fn labels() {
    let (world, set) = scene();
    let run = world.start(&set, json!({"baseline": false}));
    world.drive();
    let item = world.get(&format!("/api/runs/{run}/results"))["data"][0]["item_id"].clone();
    let right = json!({"run_id": run, "item_id": item});
    let odd = [
        json!({}),
        json!({"level": 4, "pass": true}),
        json!({"level": null, "pass": null}),
        json!({"level": 6}),
        json!({"level": 4.5}),
        json!({"level": -1}),
        json!({"pass": "yes"}),
        json!({"pass": true, "note": " "}),
        json!({"pass": true, "note": "x".repeat(2001)}),
        json!({"pass": true, "criterion": "Tone"}),
        json!({"pass": true, "criterion": ""}),
        json!({"pass": true, "colour": "red"}),
        json!({"pass": true, "run_id": "nothing"}),
        json!({"pass": true, "run_id": "no/id"}),
        json!({"pass": true, "item_id": "nothing"}),
        json!({"pass": true, "drawn": "lot"}),
        json!({"pass": true, "weight": 2}),
        json!({"pass": true, "drawn": "random", "weight": 0.5}),
    ];
    let lines = odd.iter().map(|odd| {
        let problem = world.call("PUT", "/api/labels", &with(right.clone(), odd.clone())).problem();
        format!("{}\n    {problem}", odd.to_string().chars().take(100).collect::<String>())
    });
    expect![[r#"
        {}
            422 /level give level, from 0 to 5, or pass, true or false
        {"level":4,"pass":true}
            422 /pass give level or pass, not both
        {"level":null,"pass":null}
            422 /level give level, from 0 to 5, or pass, true or false
        {"level":6}
            422 /level level 6 does not exist; levels are 0 to 5
        {"level":4.5}
            422 /level it is 4.5; it must be a whole number from 0 to 255
        {"level":-1}
            422 /level it is -1; it must be a whole number from 0 to 255
        {"pass":"yes"}
            422 /pass it is the text "yes"; it must be true or false
        {"pass":true,"note":" "}
            422 /note a note has 1 to 2000 characters, not 0; leave it out when there is nothing to say
        {"pass":true,"note":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            422 /note a note has 1 to 2000 characters, not 2001; leave it out when there is nothing to say
        {"pass":true,"criterion":"Tone"}
            422 /criterion there is no criterion "Tone"; known are Accuracy
        {"pass":true,"criterion":""}
            422 /criterion a name has 1 to 200 characters, not 0
        {"pass":true,"colour":"red"}
            422 /colour colour is not known here; known are run_id, item_id, criterion, level, pass, note, drawn, weight
        {"pass":true,"run_id":"nothing"}
            404 there is no such run
        {"pass":true,"run_id":"no/id"}
            422 /run_id "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'
        {"pass":true,"item_id":"nothing"}
            404 there is no such result
        {"pass":true,"drawn":"lot"}
            422 /drawn lot is not known; it is one of random, queue
        {"pass":true,"weight":2}
            422 /weight a weight needs drawn, "random" or "queue"; what is chosen by hand has none
        {"pass":true,"drawn":"random","weight":0.5}
            422 /weight 0.5 is not a weight; a label stands for 1 result or more"#]]
    .assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    assert_eq!(world.count("label"), 0);
}

#[test]
fn topics() {
    let terms = |count: usize| (0..count).map(|n| json!([format!("term{n}"), 0.1])).collect::<Vec<_>>();
    check(
        "PUT /api/sets/SET/topics",
        &json!({"name": "Dates", "terms": [["date", 1]]}),
        &[
            json!({"name": ""}),
            json!({"name": "x".repeat(81)}),
            json!({"name": 3}),
            json!({"terms": []}),
            json!({"terms": terms(21)}),
            json!({"terms": {"date": 1}}),
            json!({"terms": [["date"]]}),
            json!({"terms": [["", 1]]}),
            json!({"terms": [["date", "1"]]}),
            json!({"terms": [["date", 0]]}),
            json!({"terms": [["date", 1.5]]}),
            json!({"terms": [["date", 0.5], ["date", 0.5]]}),
            json!({"colour": "red"}),
        ],
        expect![[r#"
            {"name":""}
                422 /name a topic's name has 1 to 80 characters, not 0; null takes a name away
            {"name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}
                422 /name a topic's name has 1 to 80 characters, not 81; null takes a name away
            {"name":3}
                422 /name it is 3; it must be a text
            {"terms":[]}
                422 /terms a topic is known by 1 to 20 terms, not 0
            {"terms":[["term0",0.1],["term1",0.1],["term2",0.1],["term3",0.1],["term4",0.1],["term5",0.1],["term
                422 /terms a topic is known by 1 to 20 terms, not 21
            {"terms":{"date":1}}
                422 /terms it is an object; it must be a list
            {"terms":[["date"]]}
                422 /terms/0 invalid length 1, expected a tuple of size 2
            {"terms":[["",1]]}
                422 /terms a term has 1 to 2000 characters, not 0
            {"terms":[["date","1"]]}
                422 /terms/0/1 it is the text "1"; it must be a number
            {"terms":[["date",0]]}
                422 /terms the weight of "date" is 0; a weight is above 0 and at most 1
            {"terms":[["date",1.5]]}
                422 /terms the weight of "date" is 1.5; a weight is above 0 and at most 1
            {"terms":[["date",0.5],["date",0.5]]}
                422 /terms "date" is given twice; give each term once
            {"colour":"red"}
                422 /colour colour is not known here; known are name, terms"#]],
    );
    check(
        "PUT /api/sets/nothing/topics",
        &json!({"name": "a", "terms": [["a", 1]]}),
        &[json!({})],
        expect![[r#"
            {}
                404 there is no such eval set"#]],
    );
    check(
        "PUT /api/sets/SET/topics",
        &json!({"terms": [["a", 1]]}),
        &[json!({})],
        expect![[r#"
            {}
                422 /name name is missing"#]],
    );
}

#[test]
fn views() {
    check(
        "POST /api/views",
        &json!({"name": "Support", "address": "/logs?feature=support"}),
        &[
            json!({"name": " "}),
            json!({"name": 3}),
            json!({"address": "/nowhere"}),
            json!({"address": "https://evil.example/logs"}),
            json!({"address": "//evil.example"}),
            json!({"address": "javascript:alert(1)"}),
            json!({"address": "/logs?q=a b"}),
            json!({"address": null}),
            json!({"colour": "red"}),
        ],
        expect![[r#"
            {"name":" "}
                422 /name a name has 1 to 200 characters, not 0
            {"name":3}
                422 /name it is 3; it must be a text
            {"address":"/nowhere"}
                422 /address "/nowhere" is no page of this app; an address begins with the path of one, such as /logs or /runs
            {"address":"https://evil.example/logs"}
                422 /address "https://evil.example/logs" is no page of this app; an address begins with the path of one, such as /logs or /runs
            {"address":"//evil.example"}
                422 /address "//evil.example" is no page of this app; an address begins with the path of one, such as /logs or /runs
            {"address":"javascript:alert(1)"}
                422 /address "javascript:alert(1)" is no page of this app; an address begins with the path of one, such as /logs or /runs
            {"address":"/logs?q=a b"}
                422 /address an address is a path with its query, such as /logs?feature=support, without spaces and without #
            {"address":null}
                422 /address it is null; it must be a text
            {"colour":"red"}
                422 /colour colour is not known here; known are name, address"#]],
    );
}

#[test]
fn logs() {
    let odd = [
        json!({}),
        json!({"ids": [], "filter": {}}),
        json!({"filter": {"featur": "x"}}),
        json!({"filter": {"model": null}}),
        json!({"filter": {"user": ""}}),
        json!({"filter": null}),
    ];
    check(
        "POST /api/logs/delete",
        &json!({}),
        &odd,
        expect![[r#"
            {}
                422  give either filter or ids
            {"ids":[],"filter":{}}
                422  give either filter or ids
            {"filter":{"featur":"x"}}
                422 /filter/featur unknown parameter "featur"; known are feature, not.feature, model, not.model, provider, not.provider, outcome, not.outcome, status, user, session, tag., not.tag., from, to, q, min_latency_ms, min_cost_usd
            {"filter":{"model":null}}
                422 /filter/model null is no value here; write what is to match, or leave the member out to match all
            {"filter":{"user":""}}
                422 /filter/user an empty text is no value here; write what is to match, or leave the member out to match all
            {"filter":null}
                422  give either filter or ids"#]],
    );
    check(
        "POST /api/logs/import?format=csv",
        &json!({}),
        &[json!({})],
        expect![[r#"
            {}
                422 ?format unknown format "csv"; known are auto, chat_pairs, input_output, messages, batch, langfuse, helicone, litellm, cloudflare, braintrust, opentelemetry"#]],
    );
    check(
        "POST /api/logs/import?formt=auto",
        &json!({}),
        &[json!({})],
        expect![[r#"
            {}
                422 ?formt unknown parameter "formt"; known are format, feature"#]],
    );
}

#[test]
fn queries() {
    check_paths(
        &[
            "logs?featur=x",
            "logs?limit=201",
            "logs?limit=0",
            "logs?limit=many",
            "logs?limit=1&limit=2",
            "logs?cursor=garbage",
            "logs?cursor=00",
            "logs?from=yesterday",
            "logs?status=ok",
            "logs?min_cost_usd=NaN",
            "logs/count?limit=3",
            "health?x=1",
            "sets?cursor=7a7a",
            "sets/SET?version=first",
            "sets/SET?version=9",
            "sets/SET/items?version=-1",
            "runs?set_id=no/id",
            "runs?status=done",
            "runs?order=tallest",
            "sets/SET/items?order=best",
            "runs/RUN/results?order=best",
            "runs/RUN/results?verdict=good",
            "runs/RUN/results?slice=x",
            "runs/RUN/results?cursor=x",
            "runs/RUN/results?items=a,,b",
            "runs/RUN/results?items=a&order=score",
            "runs/RUN/summary?threshold=1.2",
            "runs/RUN/summary?threshold=high",
            "runs/RUN/gate?min_pass_rate=83",
            "runs/RUN/gate?margin=NaN",
            "runs/RUN/gate?baseline=no/id",
            "runs/RUN/gate?baseline=nothing",
            "runs/RUN/gate?wait=-1",
            "runs/RUN/gate?thresold=1",
            "runs/RUN/report?format=pdf",
            "runs/RUN/report?bom=true",
            "runs/RUN/report?format=jsonl&bom=true",
            "runs/RUN/report?format=csv&bom=yes",
            "runs/RUN/report?formt=csv",
            "compare?base=RUN",
            "compare?candidate=RUN",
            "compare?base=RUN&candidate=no/id",
            "compare?base=RUN&candidate=RUN",
            "compare?base=RUN&candidate=RUN&margin=5",
            "compare?base=RUN&candidate=RUN&threshold=0.8",
            "keys?limit=201",
            "keys?cursor=garbage",
            "providers?cursor=garbage",
            "targets?cursor=garbage",
        ],
        expect![[r#"
            logs?featur=x
                422 ?featur unknown parameter "featur"; known are feature, not.feature, model, not.model, provider, not.provider, outcome, not.outcome, status, user, session, tag., not.tag., from, to, q, min_latency_ms, min_cost_usd, order, limit, cursor
            logs?limit=201
                422 ?limit limit is from 1 to 200
            logs?limit=0
                422 ?limit limit is from 1 to 200
            logs?limit=many
                422 ?limit limit: it must be a whole number that is not negative
            logs?limit=1&limit=2
                422 ?limit limit stands twice; give it once
            logs?cursor=garbage
                422 ?cursor the cursor is not one that this list gave; leave it out to begin
            logs?cursor=00
                422 ?cursor the cursor is not one that this list gave; leave it out to begin
            logs?from=yesterday
                422 ?from from: "yesterday" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or a date such as 2026-11-01
            logs?status=ok
                422 ?status status: it must be a whole number that is not negative
            logs?min_cost_usd=NaN
                422 ?min_cost_usd min_cost_usd: "NaN" is not a number; write one such as 0.8
            logs/count?limit=3
                422 ?limit unknown parameter "limit"; known are feature, not.feature, model, not.model, provider, not.provider, outcome, not.outcome, status, user, session, tag., not.tag., from, to, q, min_latency_ms, min_cost_usd
            health?x=1
                422 ?x unknown parameter "x"; it takes none
            sets?cursor=7a7a
                422 ?cursor the cursor is not one that this list gave; leave it out to begin
            sets/SET?version=first
                422 ?version version: it must be a whole number that is not negative
            sets/SET?version=9
                404 there is no such eval set
            sets/SET/items?version=-1
                422 ?version version: it must be a whole number that is not negative
            runs?set_id=no/id
                422 ?set_id "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'
            runs?status=done
                422 ?status unknown parameter "status"; known are set_id, order, limit, cursor
            runs?order=tallest
                422 ?order order: "tallest" is no order; known are newest, oldest, name, name_reversed, set, set_reversed, worst, best, dearest, cheapest
            sets/SET/items?order=best
                422 ?order order: "best" is no order; known are newest, oldest, feature, feature_reversed, unverified, verified
            runs/RUN/results?order=best
                422 ?order order: "best" is no order; known are score, delta
            runs/RUN/results?verdict=good
                422 ?verdict verdict: "good" is no verdict; known are pass, fail, unscored, error
            runs/RUN/results?slice=x
                422 ?slice unknown parameter "slice"; known are order, verdict, slice., items, limit, cursor
            runs/RUN/results?cursor=x
                422 ?cursor the cursor is not one that this list gave; leave it out to begin
            runs/RUN/results?items=a,,b
                422 ?items items: "" is not an id; an id has 1 to 64 letters, digits, '-' or '_'
            runs/RUN/results?items=a&order=score
                422 ?items items names what is read, in its order; leave out the other parameters
            runs/RUN/summary?threshold=1.2
                422 ?threshold threshold: 1.2 is not a threshold; a threshold is from 0 to 1
            runs/RUN/summary?threshold=high
                422 ?threshold threshold: "high" is not a number from 0 to 1
            runs/RUN/gate?min_pass_rate=83
                422 ?min_pass_rate min_pass_rate: 83 is not a share; a share is from 0 to 1, such as 0.05 for five points
            runs/RUN/gate?margin=NaN
                422 ?margin margin: "NaN" is not a number from 0 to 1
            runs/RUN/gate?baseline=no/id
                422 ?baseline baseline: "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'
            runs/RUN/gate?baseline=nothing
                422 ?baseline there is no run "nothing" to compare with
            runs/RUN/gate?wait=-1
                422 ?wait wait: it must be a whole number that is not negative
            runs/RUN/gate?thresold=1
                422 ?thresold unknown parameter "thresold"; known are min_pass_rate, margin, baseline, wait
            runs/RUN/report?format=pdf
                422 ?format format: "pdf" is no format; known are markdown, junit, csv, jsonl
            runs/RUN/report?bom=true
                422 ?bom only a table has a byte order mark; leave bom out, or ask for format=csv
            runs/RUN/report?format=jsonl&bom=true
                422 ?bom only a table has a byte order mark; leave bom out, or ask for format=csv
            runs/RUN/report?format=csv&bom=yes
                422 ?bom bom: provided string was not `true` or `false`
            runs/RUN/report?formt=csv
                422 ?formt unknown parameter "formt"; known are format, bom
            compare?base=RUN
                422 ?candidate candidate is missing; name a run
            compare?candidate=RUN
                422 ?base base is missing; name a run
            compare?base=RUN&candidate=no/id
                422 ?candidate "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'
            compare?base=RUN&candidate=RUN
                409 run RUN is not over, 0 of 2 items are done; compare it when it is done or cancelled
            compare?base=RUN&candidate=RUN&margin=5
                422 ?margin margin: 5 is not a share; a share is from 0 to 1, such as 0.05 for five points
            compare?base=RUN&candidate=RUN&threshold=0.8
                422 ?threshold unknown parameter "threshold"; known are base, candidate, margin, scores
            keys?limit=201
                422 ?limit limit is from 1 to 200
            keys?cursor=garbage
                422 ?cursor the cursor is not one that this list gave; leave it out to begin
            providers?cursor=garbage
                422 ?cursor the cursor is not one that this list gave; leave it out to begin
            targets?cursor=garbage
                422 ?cursor the cursor is not one that this list gave; leave it out to begin"#]],
    );
}

#[test]
fn paths() {
    let long = format!("sets/{}", "x".repeat(65));
    let paths = [
        "sets/nothing",
        "sets/a%2Fb",
        "sets/%FF",
        "sets/",
        "logs/nothing",
        "runs/nothing",
        "runs/nothing/gate",
        "runs/nothing/report",
        "runs/a%2Fb/report",
        "compare?base=nothing&candidate=nothing",
        "targets/nothing",
        "providers/nothing",
        "judges/nothing/health",
        "runs/nothing/review",
        long.as_str(),
    ];
    check_paths(
        &paths,
        expect![[r#"
            sets/nothing
                404 there is no such eval set
            sets/a%2Fb
                404 there is no such page
            sets/%FF
                404 there is no such page
            sets/
                404 there is no such page
            logs/nothing
                404 there is no such log
            runs/nothing
                404 there is no such run
            runs/nothing/gate
                404 there is no such run
            runs/nothing/report
                404 there is no such run
            runs/a%2Fb/report
                404 there is no such run
            compare?base=nothing&candidate=nothing
                404 there is no such run
            targets/nothing
                404 there is no such target
            providers/nothing
                404 there is no such provider
            judges/nothing/health
                404 there is no such judge
            runs/nothing/review
                404 there is no such run
            sets/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                404 there is no such page"#]],
    );
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
    let nested = format!("{{\"name\":\"a\",\"criteria\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let bodies = [
        "",
        "{",
        "name=x",
        "[]",
        r#"["New",[{"name":"a","question":"b"}]]"#,
        r#""text""#,
        "3",
        "null",
        "{} {}",
        r#"{"criteria":[{"name":"a","question":"b"}]}"#,
        r#"{"name":"a","name":"b","criteria":[]}"#,
        r#"{"name":"a","criteria":[{"name":"a","question":"b","weight":1e999}]}"#,
        "{\"name\":\"\u{1}\"}",
        &nested,
        &" ".repeat(25 * 1024 * 1024 + 1),
    ];
    let lines = bodies.iter().map(|body| {
        let request = request("POST", "/api/sets").header("authorization", format!("Bearer {ADMIN}"));
        let reply = world.send(request.body(Body::from((*body).to_owned())).unwrap());
        format!("{:?}\n    {}", body.chars().take(70).collect::<String>(), reply.problem())
    });
    expect![[r#"
        ""
            400 the body is empty; a JSON object is expected
        "{"
            400 the body is not JSON: EOF while parsing an object at line 1 column 1
        "name=x"
            400 the body is not JSON: expected ident at line 1 column 2
        "[]"
            422  the body must be a JSON object
        "[\"New\",[{\"name\":\"a\",\"question\":\"b\"}]]"
            422  the body must be a JSON object
        "\"text\""
            422  the body must be a JSON object
        "3"
            422  the body must be a JSON object
        "null"
            422  it is null; it must be an object
        "{} {}"
            400 the body is not JSON: trailing characters at line 1 column 4
        "{\"criteria\":[{\"name\":\"a\",\"question\":\"b\"}]}"
            422 /name name is missing
        "{\"name\":\"a\",\"name\":\"b\",\"criteria\":[]}"
            422 /name name stands twice; give it once
        "{\"name\":\"a\",\"criteria\":[{\"name\":\"a\",\"question\":\"b\",\"weight\":1e999}]}"
            400 the body is not JSON: number out of range at line 1 column 65
        "{\"name\":\"\u{1}\"}"
            400 the body is not JSON: control character (\u0000-\u001F) found while parsing a string at line 1 column 10
        "{\"name\":\"a\",\"criteria\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
            422 /criteria/0/0 it is a list; it must be a text
        "                                                                      "
            413 the body is larger than 2 MB, the most that this call takes; send less at once"#]].assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_set_without_items_cannot_be_run() {
    let (world, _) = scene();
    let empty =
        id(&world.post("/api/sets", &json!({"name": "Empty", "criteria": [{"name": "a", "question": "b"}]})));
    expect![[r#"422 /set_id the set "Empty" has no items; add some before running it"#]]
        .assert_eq(&world.ask_run(&empty, json!({})).problem());
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
    let nobodys = json!({"name": "One", "target": {"provider": "nobody", "model": "m"}});
    expect![[r#"422 /target/provider there is no provider "nobody"; known are mock, own, demo"#]]
        .assert_eq(&world.call("PATCH", &format!("/api/targets/{}", id(&one)), &nobodys).problem());
    world.delete(&format!("/api/targets/{}", id(&one)));
    assert_eq!(world.call("POST", "/api/targets", &json!({"name": "One", "target": target})).status, 201);
}

#[test]
fn of_two_runs_with_one_key_at_once_there_is_one() {
    let (world, set) = scene();
    let body = json!({"set_id": set, "target": {"provider": "mock", "model": "new"}, "judge": {"provider": "mock", "model": "judge"}});
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

#[test]
fn a_cursor_is_good_for_the_list_that_gave_it_alone() {
    let (world, one) = scene();
    let other = world.set_of(2);
    let runs = [&one, &one, &other].map(|set| world.start(set, json!({"fresh": true})));
    world.drive();
    world.import_sample();
    for name in ["a", "b"] {
        world.post("/api/keys", &json!({"name": name, "scopes": ["read"]}));
        let target = json!({"name": name, "target": {"provider": "mock", "model": "new"}});
        world.post("/api/targets", &target);
    }
    let mut lists = ["audit", "keys", "providers", "runs", "sets", "targets"].map(str::to_owned).to_vec();
    lists.extend(logs::By::ORDERS.iter().map(|(word, _)| format!("logs?order={word}")));
    // Each has its usual order where it names none.
    lists.extend(RunBy::ORDERS[1..].iter().map(|(word, _)| format!("runs?order={word}")));
    lists.extend([format!("runs?set_id={one}")]);
    for set in [&one, &other] {
        lists.extend(["items", "versions"].map(|part| format!("sets/{set}/{part}")));
        lists.extend(ItemBy::ORDERS[1..].iter().map(|(word, _)| format!("sets/{set}/items?order={word}")));
    }
    for run in [&runs[0], &runs[2]] {
        lists.extend(["score", "delta"].map(|order| format!("runs/{run}/results?order={order}")));
    }
    let first = |list: &str| format!("/api/{list}{}limit=1", if list.contains('?') { '&' } else { '?' });
    let cursors: Vec<_> = lists
        .iter()
        .map(|list| world.get(&first(list))["next_cursor"].as_str().expect("a second page").to_owned())
        .collect();
    let refused = "422 ?cursor the cursor is not one that this list gave; leave it out to begin";
    for list in &lists {
        for (of, cursor) in lists.iter().zip(&cursors) {
            let read =
                |cursor: &str| world.call("GET", &format!("{}&cursor={cursor}", first(list)), &Value::Null);
            if list == of {
                read(cursor).succeeded();
                let (start, last) = cursor.split_at(cursor.len() - 1);
                let edited = format!("{start}{}", if last == "0" { "1" } else { "0" });
                assert_eq!(read(&edited).problem(), refused, "{list}, edited");
            } else {
                assert_eq!(read(cursor).problem(), refused, "{list} with the cursor of {of}");
            }
        }
    }
    for cursor in &cursors {
        let check = world.call("GET", &format!("/api/audit/check?cursor={cursor}"), &Value::Null);
        assert_eq!(check.problem(), refused);
    }
}
