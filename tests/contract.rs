//! The JSON of every call, as programs outside rely on it. Ids, times, hashes and tokens are masked.

use std::collections::BTreeSet;
use std::sync::Arc;

use edge::routes;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::scene::id;
use crate::support::{Seat, World};

/// A walk past every route.
struct Walk {
    world: Arc<World>,
    /// The routes that were walked past, as the router names them.
    walked: BTreeSet<String>,
}

impl Walk {
    /// Makes a call by the name of its route with its parameters, and checks status and masked body.
    fn call(&mut self, route: &str, params: &[&str], body: &Value, expected: Expect) -> Value {
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let (pattern, query) = path.split_once('?').unwrap_or((path, ""));
        self.walked.insert(format!("{method} {pattern}"));
        let mut params = params.iter();
        let parts = pattern
            .split('/')
            .map(|part| if part.starts_with('{') { params.next().expect("a parameter") } else { part });
        let path = format!("{}?{query}", parts.collect::<Vec<_>>().join("/"));
        let reply = self.world.call(method, &path, body);
        let mut shown = if reply.header("content-type") == "application/json" {
            reply.json()
        } else {
            Value::String(reply.text.clone())
        };
        mask(&mut shown);
        expected.assert_eq(&format!("{} {shown}\n", reply.status));
        if reply.header("content-type") == "application/json" { reply.json() } else { Value::Null }
    }
}

/// Hides what another run of the same would have otherwise.
fn mask(value: &mut Value) {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match value {
        Value::Object(members) => members.values_mut().for_each(mask),
        Value::Array(values) => values.iter_mut().for_each(mask),
        Value::String(text) if text.len() == 36 && is_hex(&text.replace('-', "")) => "ID".clone_into(text),
        Value::String(text) if text.len() == 64 && is_hex(text) => "HASH".clone_into(text),
        Value::String(text) if text.len() == 24 && text.ends_with('Z') && text.as_bytes()[10] == b'T' => {
            "TIME".clone_into(text);
        }
        Value::String(text) if text.starts_with("asy_") => "TOKEN".clone_into(text),
        Value::String(text) if text.starts_with("whsec_") => "SECRET".clone_into(text),
        Value::String(text) => {
            for line in text.clone().lines() {
                // An event's data is an object, and its id begins with a number.
                let line = line.strip_prefix("data: ").unwrap_or(line);
                if line.starts_with("id: ") {
                    *text = text.replace(line, "id: ID");
                }
                if let Ok(mut inner @ Value::Object(_)) = serde_json::from_str::<Value>(line) {
                    mask(&mut inner);
                    *text = text.replace(line, &inner.to_string());
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn every_call_answers_as_it_is_written() {
    let mut walk = Walk { world: World::new(), walked: BTreeSet::new() };
    let none = Value::Null;

    walk.call(
        "GET /api/health",
        &[],
        &none,
        expect![[r#"
            200 {"status":"ok","version":"0.1.0","schema":"0027","log_dropped":0}
        "#]],
    );
    walk.call(
        "POST /api/session",
        &[],
        &json!({"token": crate::support::ADMIN}),
        expect![[r#"
            204 ""
        "#]],
    );
    walk.call(
        "GET /api/session",
        &[],
        &none,
        expect![[r#"
            200 {"subject":"admin","scopes":["admin"]}
        "#]],
    );
    walk.call(
        "DELETE /api/session",
        &[],
        &none,
        expect![[r#"
            204 ""
        "#]],
    );
    let key = walk.call(
        "POST /api/keys",
        &[],
        &json!({"name": "CI", "scopes": ["run", "read"]}),
        expect![[r#"
            201 {"id":"ID","name":"CI","scopes":["run","read"],"token":"TOKEN"}
        "#]],
    );
    walk.call("GET /api/keys", &[], &none, expect![[r#"
        200 {"data":[{"id":"ID","name":"CI","scopes":["run","read"],"created_at":"TIME","expires_at":null,"last_used_at":null}],"next_cursor":null}
    "#]]);
    walk.call(
        "GET /api/audit/check",
        &[],
        &none,
        expect![[r#"
            200 {"holds":true,"broken":null,"last":{"place":3,"hash":"HASH"},"has_noted":null,"next_cursor":null}
        "#]],
    );
    walk.call("GET /api/audit", &[], &none, expect![[r#"
        200 {"data":[{"place":3,"id":"ID","created_at":"TIME","subject":"admin","key_id":null,"session":false,"method":"POST","route":"/api/keys","thing":"ID","status":201,"address_hash":null,"previous":"HASH","hash":"HASH"},{"place":2,"id":"ID","created_at":"TIME","subject":"admin","key_id":null,"session":false,"method":"DELETE","route":"/api/session","thing":null,"status":204,"address_hash":null,"previous":"HASH","hash":"HASH"},{"place":1,"id":"ID","created_at":"TIME","subject":"admin","key_id":null,"session":false,"method":"POST","route":"/api/session","thing":null,"status":204,"address_hash":null,"previous":"HASH","hash":"HASH"}],"next_cursor":null}
    "#]]);
    walk.call(
        "DELETE /api/keys/{key}",
        &[&id(&key)],
        &none,
        expect![[r#"
            204 ""
        "#]],
    );

    let models = json!([{"id": "new", "input_usd_per_mtok": 1, "output_usd_per_mtok": 10}, {"id": "judge", "input_usd_per_mtok": 1, "output_usd_per_mtok": 10}]);
    let new = json!({"name": "mock", "protocol": "openai", "base_url": "http://127.0.0.1:9099/v1", "api_key": "sk-0123456789abcd"});
    let provider = id(&walk.call("POST /api/providers", &[], &new, expect![[r#"
        201 {"id":"ID","name":"mock","protocol":"openai","base_url":"http://127.0.0.1:9099/v1","key_hint":"…abcd","models":[],"simulated":false}
    "#]]));
    walk.call("PATCH /api/providers/{provider}", &[&provider], &json!({"models": models, "stream": false}), expect![[r#"
        200 {"id":"ID","name":"mock","protocol":"openai","base_url":"http://127.0.0.1:9099/v1","key_hint":"…abcd","models":[{"id":"new","input_usd_per_mtok":1.0,"output_usd_per_mtok":10.0},{"id":"judge","input_usd_per_mtok":1.0,"output_usd_per_mtok":10.0}],"stream":false,"simulated":false}
    "#]]);
    walk.call("GET /api/providers", &[], &none, expect![[r#"
        200 {"data":[{"id":"ID","name":"mock","protocol":"openai","base_url":"http://127.0.0.1:9099/v1","key_hint":"…abcd","models":[{"id":"new","input_usd_per_mtok":1.0,"output_usd_per_mtok":10.0},{"id":"judge","input_usd_per_mtok":1.0,"output_usd_per_mtok":10.0}],"stream":false,"simulated":false},{"id":"demo","name":"demo","protocol":"demo","base_url":null,"key_hint":null,"models":[{"id":"demo/echo","input_usd_per_mtok":0.0,"output_usd_per_mtok":0.0},{"id":"demo/terse","input_usd_per_mtok":0.0,"output_usd_per_mtok":0.0},{"id":"demo/judge","input_usd_per_mtok":0.0,"output_usd_per_mtok":0.0}],"simulated":true}],"next_cursor":null}
    "#]]);
    walk.call("GET /api/providers/{provider}", &[&provider], &none, expect![[r#"
        200 {"id":"ID","name":"mock","protocol":"openai","base_url":"http://127.0.0.1:9099/v1","key_hint":"…abcd","models":[{"id":"new","input_usd_per_mtok":1.0,"output_usd_per_mtok":10.0},{"id":"judge","input_usd_per_mtok":1.0,"output_usd_per_mtok":10.0}],"stream":false,"simulated":false}
    "#]]);
    walk.call(
        "POST /api/providers/{provider}/test",
        &[&provider],
        &none,
        expect![[r#"
            200 {"ok":true,"latency_ms":100,"model":"new"}
        "#]],
    );

    let record = json!({
        "id": "own", "created": 1_793_000_000, "status": 200, "latency_ms": 700, "ttft_ms": 90, "streamed": true, "user": "u1", "session": "s1",
        "tags": {"plan": "pro"}, "cost_usd": 0.25, "provider": "openai",
        "request": {"model": "gpt-4o-mini", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is it?"}], "metadata": {"feature": "support"}},
        "response": {"choices": [{"message": {"role": "assistant", "content": "On its way."}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 4}},
    });
    walk.call(
        "POST /api/logs/import",
        &[],
        &record,
        expect![[r#"
            200 {"format":"chat_pairs","imported":1,"duplicates":0,"rejected":[]}
        "#]],
    );
    let log = id(&walk.call("GET /api/logs?feature=support", &[], &none, expect![[r#"
        200 {"data":[{"id":"ID","created_at":"TIME","feature":"support","provider":"openai","model":"gpt-4o-mini","status":200,"outcome":"success","streamed":true,"complete":true,"latency_ms":700,"ttft_ms":90,"usage":{"input_tokens":9,"output_tokens":4},"cost_usd":0.25,"user":"u1","session":"s1","tags":{"plan":"pro"},"request_preview":"Where is it?","response_preview":"On its way."}],"next_cursor":null}
    "#]])["data"][0]);
    walk.call(
        "GET /api/logs/count",
        &[],
        &none,
        expect![[r#"
            200 {"count":1,"lost":{"logs":0,"words":0,"last_at":null}}
        "#]],
    );
    walk.call("GET /api/logs/facets", &[], &none, expect![[r#"
        200 {"feature":[{"value":"support","count":1}],"model":[{"value":"gpt-4o-mini","count":1}],"provider":[{"value":"openai","count":1}],"outcome":[{"value":"success","count":1}],"tags":[{"name":"plan","value":"pro","count":1}]}
    "#]]);

    let criteria = json!([{"name": "Accuracy", "question": "Is it right?", "weight": 2, "required": true, "kind": "levels", "use_reference": "gold", "anchors": {"5": "exactly"}}]);
    let set = id(&walk.call("POST /api/sets", &[], &json!({"name": "Support", "description": "d", "criteria": criteria, "scorers": [{"type": "contains", "value": "way", "weight": 0.5}, {"type": "rouge-l"}], "threshold": 0.8}), expect![[r#"
        201 {"id":"ID","name":"Support","description":"d","criteria":[{"name":"Accuracy","question":"Is it right?","weight":2.0,"required":true,"kind":"levels","use_reference":"gold","anchors":{"5":"exactly"}}],"scorers":[{"type":"contains","weight":0.5,"value":"way"},{"type":"rouge-l","threshold":0.75}],"threshold":0.8,"version":1,"item_count":0,"created_at":"TIME","updated_at":"TIME"}
    "#]]));
    walk.call("PATCH /api/sets/{set}", &[&set], &json!({"description": "Orders."}), expect![[r#"
        200 {"id":"ID","name":"Support","description":"Orders.","criteria":[{"name":"Accuracy","question":"Is it right?","weight":2.0,"required":true,"kind":"levels","use_reference":"gold","anchors":{"5":"exactly"}}],"scorers":[{"type":"contains","weight":0.5,"value":"way"},{"type":"rouge-l","threshold":0.75}],"threshold":0.8,"version":1,"item_count":0,"created_at":"TIME","updated_at":"TIME"}
    "#]]);
    walk.call(
        "POST /api/sets/{set}/items",
        &[&set],
        &json!({"log_ids": [log]}),
        expect![[r#"
            200 {"added":1,"duplicates":0,"skipped":0,"version":2}
        "#]],
    );
    walk.call("GET /api/sets", &[], &none, expect![[r#"
        200 {"data":[{"id":"ID","name":"Support","description":"Orders.","criteria":[{"name":"Accuracy","question":"Is it right?","weight":2.0,"required":true,"kind":"levels","use_reference":"gold","anchors":{"5":"exactly"}}],"scorers":[{"type":"contains","weight":0.5,"value":"way"},{"type":"rouge-l","threshold":0.75}],"threshold":0.8,"version":2,"item_count":1,"created_at":"TIME","updated_at":"TIME"}],"next_cursor":null}
    "#]]);
    walk.call("GET /api/sets/{set}", &[&set], &none, expect![[r#"
        200 {"id":"ID","name":"Support","description":"Orders.","criteria":[{"name":"Accuracy","question":"Is it right?","weight":2.0,"required":true,"kind":"levels","use_reference":"gold","anchors":{"5":"exactly"}}],"scorers":[{"type":"contains","weight":0.5,"value":"way"},{"type":"rouge-l","threshold":0.75}],"threshold":0.8,"version":2,"item_count":1,"created_at":"TIME","updated_at":"TIME"}
    "#]]);
    let item = id(&walk.call("GET /api/sets/{set}/items", &[&set], &none, expect![[r#"
        200 {"data":[{"id":"ID","log_id":"ID","feature":"support","tags":{"plan":"pro"},"verified":false,"request_preview":"Where is it?","reference_preview":"On its way.","added_in":2}],"next_cursor":null}
    "#]])["data"][0]);
    walk.call("GET /api/sets/{set}/items/{item}", &[&set, &item], &none, expect![[r#"
        200 {"id":"ID","log_id":"ID","feature":"support","tags":{"plan":"pro"},"verified":false,"request_preview":"Where is it?","reference_preview":"On its way.","added_in":2,"request":{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Where is it?"}],"metadata":{"feature":"support"}},"reference":"On its way."}
    "#]]);
    walk.call("PATCH /api/sets/{set}/items/{item}", &[&set, &item], &json!({"verified": true, "tags": {"checked": "yes"}}), expect![[r#"
        200 {"id":"ID","log_id":"ID","feature":"support","tags":{"checked":"yes"},"verified":true,"request_preview":"Where is it?","reference_preview":"On its way.","added_in":2,"request":{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Where is it?"}],"metadata":{"feature":"support"}},"reference":"On its way."}
    "#]]);
    walk.call("GET /api/sets/{set}/versions", &[&set], &none, expect![[r#"
        200 {"data":[{"version":2,"created_at":"TIME","change":"1 item added","item_count":1},{"version":1,"created_at":"TIME","change":"made","item_count":0}],"next_cursor":null}
    "#]]);
    walk.call("GET /api/sets/{set}/export", &[&set], &none, expect![[r#"
        200 "{\"request\":{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Where is it?\"}],\"metadata\":{\"feature\":\"support\"}},\"reference\":\"On its way.\",\"tags\":{\"checked\":\"yes\"},\"feature\":\"support\",\"log_id\":\"ID\",\"verified\":true}\n"
    "#]]);
    walk.call(
        "GET /api/sets/{set}/coverage",
        &[&set],
        &none,
        expect![[r#"
        200 {"from":"TIME","features":[{"feature":"support","logs":0,"items":1}]}
    "#]],
    );
    walk.call("GET /api/logs/{log}", &[&log], &none, expect![[r#"
        200 {"id":"ID","created_at":"TIME","feature":"support","provider":"openai","model":"gpt-4o-mini","status":200,"outcome":"success","streamed":true,"complete":true,"latency_ms":700,"ttft_ms":90,"usage":{"input_tokens":9,"output_tokens":4},"cost_usd":0.25,"user":"u1","session":"s1","tags":{"plan":"pro"},"request_preview":"Where is it?","response_preview":"On its way.","request":{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Where is it?"}],"metadata":{"feature":"support"}},"response":{"choices":[{"message":{"role":"assistant","content":"On its way."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":4}},"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Where is it?"}],"output":{"text":"On its way.","tool_calls":[],"finish_reason":"stop"},"sets":[{"id":"ID","name":"Support"}]}
    "#]]);

    let trial = json!({
        "judge": {"provider": "mock", "model": "judge"}, "criteria": [{"name": "Short", "question": "Is it short?"}],
        "threshold": 0.5, "response": "It is on its way, and will be there on Monday.",
    });
    walk.call("POST /api/sets/{set}/items/{item}/trial", &[&set, &item], &trial, expect![[r#"
        200 {"verdict":"pass","score":1.0,"criteria":[{"name":"Short","kind":"levels","candidate":{"judgements":[{"level":5,"reasoning":"It was judged.","evidence":[],"flags":[],"answered_by":{"model":"m","system_fingerprint":"fp_1"}}]}}],"flags":[],"calls":1,"memoised":0,"usage":{"input_tokens":100,"output_tokens":10},"cost_usd":0.0002}
    "#]]);

    let target = json!({"provider": "mock", "model": "new", "params": {"temperature": 0.5}, "prompt": {"system": "Be kind.", "system_mode": "append", "template": "{{ last_user }}", "tools": []}});
    let saved = id(&walk.call("POST /api/targets", &[], &json!({"name": "Kind", "target": target}), expect![[r#"
        201 {"id":"ID","name":"Kind","version":1,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"created_at":"TIME"}
    "#]]));
    walk.call("PATCH /api/targets/{target}", &[&saved], &json!({"name": "Kinder", "target": target}), expect![[r#"
        200 {"id":"ID","name":"Kinder","version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"created_at":"TIME"}
    "#]]);
    walk.call("GET /api/targets", &[], &none, expect![[r#"
        200 {"data":[{"id":"ID","name":"Kinder","version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"created_at":"TIME"}],"next_cursor":null}
    "#]]);
    walk.call("GET /api/targets/{target}", &[&saved], &none, expect![[r#"
        200 {"id":"ID","name":"Kinder","version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"created_at":"TIME"}
    "#]]);
    walk.call("GET /api/choices?set_id=", &[], &none, expect![[r#"
        200 {"sets":{"data":[{"id":"ID","name":"Support","description":"Orders.","criteria":[{"name":"Accuracy","question":"Is it right?","weight":2.0,"required":true,"kind":"levels","use_reference":"gold","anchors":{"5":"exactly"}}],"scorers":[{"type":"contains","weight":0.5,"value":"way"},{"type":"rouge-l","threshold":0.75}],"threshold":0.8,"version":2,"item_count":1,"created_at":"TIME","updated_at":"TIME"}],"next_cursor":null},"providers":{"data":[{"id":"ID","name":"mock","protocol":"openai","base_url":"http://127.0.0.1:9099/v1","key_hint":"…abcd","models":[{"id":"new","input_usd_per_mtok":1.0,"output_usd_per_mtok":10.0},{"id":"judge","input_usd_per_mtok":1.0,"output_usd_per_mtok":10.0}],"stream":false,"simulated":false},{"id":"demo","name":"demo","protocol":"demo","base_url":null,"key_hint":null,"models":[{"id":"demo/echo","input_usd_per_mtok":0.0,"output_usd_per_mtok":0.0},{"id":"demo/terse","input_usd_per_mtok":0.0,"output_usd_per_mtok":0.0},{"id":"demo/judge","input_usd_per_mtok":0.0,"output_usd_per_mtok":0.0}],"simulated":true}],"next_cursor":null},"targets":{"data":[{"id":"ID","name":"Kinder","version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"created_at":"TIME"}],"next_cursor":null},"runs":[]}
    "#]]);
    walk.call(
        "DELETE /api/targets/{target}",
        &[&saved],
        &none,
        expect![[r#"
            204 ""
        "#]],
    );

    let new = json!({"set_id": set, "target": target, "judge": {"provider": "mock", "model": "judge"}, "concurrency": 2, "budget_usd": 1});
    walk.call("POST /api/runs/estimate", &[], &new, expect![[r#"
        200 {"items":1,"target_calls":1,"judge_calls":8,"memoised_calls":0,"cost_usd":0.020906,"unpriced":[],"seconds":13,"detectable_margin":0.7862923904006557,"note":"With 1 item this run can tell a difference of 78.6 points; 5 points need about 248. The chance that it lets an equally good target ship at a margin of 5 points is below 1 %. 10.0 % of the items are taken to change, since no run of the set has told yet. No call to mock/judge has been seen yet: its time is a guess of 3 s a call."}
    "#]]);
    let wanted = json!({"name": "CI", "url": "https://ci.example.com/hook", "events": ["run.finished"]});
    let hook = id(&walk.call("POST /api/webhooks", &[], &wanted, expect![[r#"
        201 {"id":"ID","name":"CI","url":"https://ci.example.com/hook","events":["run.finished"],"created_at":"TIME","secret":"SECRET"}
    "#]]));
    let run = id(&walk.call("POST /api/runs", &[], &new, expect![[r#"
        201 {"id":"ID","name":"mock/new","set_id":"ID","set_name":"Support","set_version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"judge":{"provider":"mock","model":"judge","repeats":1},"judge_version":"HASH","threshold":0.8,"budget_usd":1.0,"baseline":true,"status":"queued","reason":null,"resumes_at":null,"counts":{"total":1,"done":0,"passed":0,"failed":0,"unscored":0,"errored":0},"calls":{"target":0,"judge":0,"memoised":0,"retried":0},"duplicate_calls":0,"cost_usd":0.0,"concurrency":{"asked":2,"now":0},"eta_seconds":null,"rejudges":null,"simulated":false,"created_at":"TIME","finished_at":null,"summary":null}
    "#]]));
    walk.call("POST /api/runs/{run}/pause", &[&run], &none, expect![[r#"
        202 {"id":"ID","name":"mock/new","set_id":"ID","set_name":"Support","set_version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"judge":{"provider":"mock","model":"judge","repeats":1},"judge_version":"HASH","threshold":0.8,"budget_usd":1.0,"baseline":true,"status":"paused","reason":"paused by hand","resumes_at":null,"counts":{"total":1,"done":0,"passed":0,"failed":0,"unscored":0,"errored":0},"calls":{"target":0,"judge":0,"memoised":0,"retried":0},"duplicate_calls":0,"cost_usd":0.0,"concurrency":{"asked":2,"now":0},"eta_seconds":null,"rejudges":null,"simulated":false,"created_at":"TIME","finished_at":null,"summary":null}
    "#]]);
    walk.call("PATCH /api/runs/{run}", &[&run], &json!({"budget_usd": 2, "concurrency": 2}), expect![[r#"
        200 {"id":"ID","name":"mock/new","set_id":"ID","set_name":"Support","set_version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"judge":{"provider":"mock","model":"judge","repeats":1},"judge_version":"HASH","threshold":0.8,"budget_usd":2.0,"baseline":true,"status":"paused","reason":"paused by hand","resumes_at":null,"counts":{"total":1,"done":0,"passed":0,"failed":0,"unscored":0,"errored":0},"calls":{"target":0,"judge":0,"memoised":0,"retried":0},"duplicate_calls":0,"cost_usd":0.0,"concurrency":{"asked":2,"now":0},"eta_seconds":null,"rejudges":null,"simulated":false,"created_at":"TIME","finished_at":null,"summary":null}
    "#]]);
    walk.call("POST /api/runs/{run}/resume", &[&run], &none, expect![[r#"
        202 {"id":"ID","name":"mock/new","set_id":"ID","set_name":"Support","set_version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"judge":{"provider":"mock","model":"judge","repeats":1},"judge_version":"HASH","threshold":0.8,"budget_usd":2.0,"baseline":true,"status":"running","reason":null,"resumes_at":null,"counts":{"total":1,"done":0,"passed":0,"failed":0,"unscored":0,"errored":0},"calls":{"target":0,"judge":0,"memoised":0,"retried":0},"duplicate_calls":0,"cost_usd":0.0,"concurrency":{"asked":2,"now":0},"eta_seconds":null,"rejudges":null,"simulated":false,"created_at":"TIME","finished_at":null,"summary":null}
    "#]]);
    walk.world.drive();
    walk.call("GET /api/runs/{run}", &[&run], &none, expect![[r#"
        200 {"id":"ID","name":"mock/new","set_id":"ID","set_name":"Support","set_version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"judge":{"provider":"mock","model":"judge","repeats":1},"judge_version":"HASH","threshold":0.8,"budget_usd":2.0,"baseline":true,"status":"done","reason":null,"resumes_at":null,"counts":{"total":1,"done":1,"passed":1,"failed":0,"unscored":0,"errored":0},"calls":{"target":1,"judge":6,"memoised":1,"retried":0},"duplicate_calls":0,"cost_usd":0.0014000000000000002,"concurrency":{"asked":2,"now":0},"eta_seconds":null,"rejudges":null,"simulated":false,"created_at":"TIME","finished_at":"TIME","summary":{"items":1,"scored":1,"unscored":0,"errored":0,"passed":1,"pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"pass_rate_bounds":[1.0,1.0],"average":0.8,"average_interval":[0.13346407220641338,0.990465516419929],"clusters":null,"threshold":0.8,"distribution":{"edges":[0.0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1.0],"counts":[0,0,0,0,0,0,0,0,1,0],"baseline_counts":[0,0,0,0,0,0,0,0,0,1]},"baseline":{"scored":1,"unscored":0,"passed":1,"pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"average":1.0,"average_interval":[0.20654931437723745,1.0]},"versus_baseline":{"items":1,"dropped":0,"unscored":0,"both_pass":1,"broke":0,"fixed":0,"both_fail":0,"pass_rate":{"base":1.0,"candidate":1.0,"difference":0.0,"interval_90":[-0.730134051215946,0.730134051215946],"interval_95":[-0.7934506856227628,0.7934506856227626],"mcnemar_mid_p":1.0},"mean":{"base":1.0,"candidate":0.8,"difference":-0.2,"interval_95":null,"p":1.0},"criteria":[{"name":"Accuracy","n":1,"base":1.0,"candidate":1.0,"difference":0.0,"interval_95":null,"p":1.0,"p_holm":1.0}],"clusters":null,"margin":0.05,"verdict":"inconclusive","detectable_margin":1.0,"items_needed":2474,"comparable":true,"incomparable":[]},"criteria":[{"name":"Accuracy","pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"average":1.0,"average_interval":[0.20654931437723745,1.0],"unscored":0}],"scorers":[{"name":"contains","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0},{"name":"rouge-l","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0}],"slices":[],"canaries":{"run":8,"missed":["other_item (criterion \"Accuracy\"): level 5, at most 1 expected","step_by_step (criterion \"Accuracy\"): level 5, at most 1 expected","fake_approval (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected"]},"early":null,"cost_usd":0.0002,"latency_ms":{"p50":100,"p95":100}}}
    "#]]);
    walk.call("GET /api/runs/{run}/events", &[&run], &none, expect![[r#"
        200 "retry: 1000\n\nevent: outcome\nid: ID\ndata: {\"item_id\":\"ID\",\"log_id\":\"ID\",\"feature\":\"support\",\"verdict\":\"pass\",\"score\":0.8,\"baseline_score\":1.0,\"change\":\"same\",\"criteria\":[{\"name\":\"Accuracy\",\"level\":5.0,\"baseline_level\":5.0,\"score\":1.0,\"reasoning_preview\":\"It was judged.\",\"answered_by\":[{\"model\":\"m\",\"system_fingerprint\":\"fp_1\"}]}],\"scorers\":[{\"name\":\"contains\",\"type\":\"contains\",\"status\":\"ok\",\"score\":0.0,\"passed\":false,\"reason\":\"it does not contain \\\"way\\\"\"},{\"name\":\"rouge-l\",\"type\":\"rouge-l\",\"status\":\"ok\",\"score\":0.0,\"passed\":false,\"reason\":\"0.000 is below 0.75\"}],\"request_preview\":\"Where is it?\",\"response_preview\":\"An answer to: Where is it?\",\"latency_ms\":100,\"cost_usd\":0.0002,\"flags\":[]}\n\nevent: progress\nid: ID.3.8\ndata: {\"status\":\"done\",\"reason\":null,\"resumes_at\":null,\"counts\":{\"total\":1,\"done\":1,\"passed\":1,\"failed\":0,\"unscored\":0,\"errored\":0},\"calls\":{\"target\":1,\"judge\":6,\"memoised\":1,\"retried\":0},\"duplicate_calls\":0,\"cost_usd\":0.0014000000000000002,\"concurrency\":{\"asked\":2,\"now\":0},\"eta_seconds\":null,\"finished_at\":\"TIME\"}\n\n"
    "#]]);
    walk.call("GET /api/runs", &[], &none, expect![[r#"
        200 {"data":[{"id":"ID","name":"mock/new","set_id":"ID","set_name":"Support","set_version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"judge":{"provider":"mock","model":"judge","repeats":1},"judge_version":"HASH","threshold":0.8,"budget_usd":2.0,"baseline":true,"status":"done","reason":null,"resumes_at":null,"counts":{"total":1,"done":1,"passed":1,"failed":0,"unscored":0,"errored":0},"calls":{"target":1,"judge":6,"memoised":1,"retried":0},"duplicate_calls":0,"cost_usd":0.0014000000000000002,"concurrency":{"asked":2,"now":0},"eta_seconds":null,"rejudges":null,"simulated":false,"created_at":"TIME","finished_at":"TIME","summary":{"items":1,"scored":1,"unscored":0,"errored":0,"passed":1,"pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"pass_rate_bounds":[1.0,1.0],"average":0.8,"average_interval":[0.13346407220641338,0.990465516419929],"clusters":null,"threshold":0.8,"distribution":{"edges":[0.0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1.0],"counts":[0,0,0,0,0,0,0,0,1,0],"baseline_counts":[0,0,0,0,0,0,0,0,0,1]},"baseline":{"scored":1,"unscored":0,"passed":1,"pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"average":1.0,"average_interval":[0.20654931437723745,1.0]},"versus_baseline":{"items":1,"dropped":0,"unscored":0,"both_pass":1,"broke":0,"fixed":0,"both_fail":0,"pass_rate":{"base":1.0,"candidate":1.0,"difference":0.0,"interval_90":[-0.730134051215946,0.730134051215946],"interval_95":[-0.7934506856227628,0.7934506856227626],"mcnemar_mid_p":1.0},"mean":{"base":1.0,"candidate":0.8,"difference":-0.2,"interval_95":null,"p":1.0},"criteria":[{"name":"Accuracy","n":1,"base":1.0,"candidate":1.0,"difference":0.0,"interval_95":null,"p":1.0,"p_holm":1.0}],"clusters":null,"margin":0.05,"verdict":"inconclusive","detectable_margin":1.0,"items_needed":2474,"comparable":true,"incomparable":[]},"criteria":[{"name":"Accuracy","pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"average":1.0,"average_interval":[0.20654931437723745,1.0],"unscored":0}],"scorers":[{"name":"contains","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0},{"name":"rouge-l","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0}],"slices":[],"canaries":{"run":8,"missed":["other_item (criterion \"Accuracy\"): level 5, at most 1 expected","step_by_step (criterion \"Accuracy\"): level 5, at most 1 expected","fake_approval (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected"]},"early":null,"cost_usd":0.0002,"latency_ms":{"p50":100,"p95":100}}}],"next_cursor":null}
    "#]]);
    walk.call("GET /api/runs/{run}/summary?threshold=0.9", &[&run], &none, expect![[r#"
        200 {"items":1,"scored":1,"unscored":0,"errored":0,"passed":0,"pass_rate":0.0,"pass_rate_interval":[0.0,0.7934506856227626],"pass_rate_bounds":[0.0,0.0],"average":0.8,"average_interval":[0.13346407220641338,0.990465516419929],"clusters":null,"threshold":0.9,"distribution":{"edges":[0.0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1.0],"counts":[0,0,0,0,0,0,0,0,1,0],"baseline_counts":[0,0,0,0,0,0,0,0,0,1]},"baseline":{"scored":1,"unscored":0,"passed":1,"pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"average":1.0,"average_interval":[0.20654931437723745,1.0]},"versus_baseline":{"items":1,"dropped":0,"unscored":0,"both_pass":0,"broke":1,"fixed":0,"both_fail":0,"pass_rate":{"base":1.0,"candidate":0.0,"difference":-1.0,"interval_90":[-1.0,0.46026810243189187],"interval_95":[-1.0,0.5869013712455251],"mcnemar_mid_p":0.5},"mean":{"base":1.0,"candidate":0.8,"difference":-0.2,"interval_95":null,"p":1.0},"criteria":[{"name":"Accuracy","n":1,"base":1.0,"candidate":1.0,"difference":0.0,"interval_95":null,"p":1.0,"p_holm":1.0}],"clusters":null,"margin":0.05,"verdict":"inconclusive","detectable_margin":1.0,"items_needed":2474,"comparable":true,"incomparable":[]},"criteria":[{"name":"Accuracy","pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"average":1.0,"average_interval":[0.20654931437723745,1.0],"unscored":0}],"scorers":[{"name":"contains","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0},{"name":"rouge-l","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0}],"slices":[],"canaries":{"run":8,"missed":["other_item (criterion \"Accuracy\"): level 5, at most 1 expected","step_by_step (criterion \"Accuracy\"): level 5, at most 1 expected","fake_approval (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected"]},"early":null,"cost_usd":0.0002,"latency_ms":{"p50":100,"p95":100}}
    "#]]);
    walk.call("GET /api/runs/{run}/results", &[&run], &none, expect![[r#"
        200 {"data":[{"item_id":"ID","log_id":"ID","feature":"support","verdict":"pass","score":0.8,"baseline_score":1.0,"change":"same","criteria":[{"name":"Accuracy","level":5.0,"baseline_level":5.0,"score":1.0,"reasoning_preview":"It was judged.","answered_by":[{"model":"m","system_fingerprint":"fp_1"}]}],"scorers":[{"name":"contains","type":"contains","status":"ok","score":0.0,"passed":false,"reason":"it does not contain \"way\""},{"name":"rouge-l","type":"rouge-l","status":"ok","score":0.0,"passed":false,"reason":"0.000 is below 0.75"}],"request_preview":"Where is it?","response_preview":"An answer to: Where is it?","latency_ms":100,"cost_usd":0.0002,"flags":[]}],"next_cursor":null}
    "#]]);
    walk.call(
        "GET /api/runs/{run}/review",
        &[&run],
        &none,
        expect![[r#"
            200 {"data":[{"why":"against_checks","drawn":"random","weight":1.0,"item_id":"ID","log_id":"ID","feature":"support","verdict":"pass","score":0.8,"baseline_score":1.0,"change":"same","criteria":[{"name":"Accuracy","level":5.0,"baseline_level":5.0,"score":1.0,"reasoning_preview":"It was judged.","answered_by":[{"model":"m","system_fingerprint":"fp_1"}]}],"scorers":[{"name":"contains","type":"contains","status":"ok","score":0.0,"passed":false,"reason":"it does not contain \"way\""},{"name":"rouge-l","type":"rouge-l","status":"ok","score":0.0,"passed":false,"reason":"0.000 is below 0.75"}],"request_preview":"Where is it?","response_preview":"An answer to: Where is it?","latency_ms":100,"cost_usd":0.0002,"flags":[]}],"next_cursor":null}
        "#]],
    );
    let label = json!({"run_id": run, "item_id": item, "criterion": "Accuracy", "level": 4, "note": "Brief, but right."});
    let label = id(&walk.call(
        "PUT /api/labels",
        &[],
        &label,
        expect![[r#"
            200 {"id":"ID","run_id":"ID","item_id":"ID","criterion":"Accuracy","level":4,"note":"Brief, but right.","drawn":null,"weight":null,"author":"admin","created_at":"TIME"}
        "#]],
    ));
    let version = walk.world.run(&run)["judge_version"].as_str().unwrap().to_owned();
    walk.call("GET /api/runs/{run}/corrected", &[&run], &none, expect![[r#"
        200 {"observed":{"passed":1,"scored":1,"rate":1.0,"interval":[0.20654931437723745,1.0]},"corrected":null,"why_not":"too_few_labels","people_pass":1,"people_fail":0,"sources":[{"run_id":"ID","name":"mock/new","same_target":true,"labels":1}]}
    "#]]);
    walk.call(
        "GET /api/judges/{judge_version}/health",
        &[&version],
        &none,
        expect![[r#"
            200 {"judge_version":"HASH","judge":{"provider":"mock","model":"judge","repeats":1},"status":"not_usable","n":1,"queued":0,"disputed":0,"confusion":{"both_pass":1,"judge_only":0,"human_only":0,"both_fail":0},"sensitivity":1.0,"sensitivity_interval":[0.20654931437723745,1.0],"specificity":null,"specificity_interval":null,"balanced_accuracy":null,"youden_j":null,"kappa":null,"kappa_interval":null,"gwet_ac1":1.0,"levels":{"n":1,"kappa_quadratic":0.0,"alpha_ordinal":0.0,"spearman":null,"mean_error":1.0,"bias":1.0,"length_slope":null},"items":{"status":"not_usable","n":1,"queued":0,"disputed":0,"confusion":{"both_pass":1,"judge_only":0,"human_only":0,"both_fail":0},"sensitivity":1.0,"sensitivity_interval":[0.20654931437723745,1.0],"specificity":null,"specificity_interval":null,"balanced_accuracy":null,"youden_j":null,"kappa":null,"kappa_interval":null,"gwet_ac1":1.0,"levels":{"n":1,"kappa_quadratic":0.0,"alpha_ordinal":0.0,"spearman":null,"mean_error":1.0,"bias":1.0,"length_slope":null}},"criteria":[{"name":"Accuracy","status":"not_usable","n":1,"queued":0,"disputed":0,"confusion":{"both_pass":1,"judge_only":0,"human_only":0,"both_fail":0},"sensitivity":1.0,"sensitivity_interval":[0.20654931437723745,1.0],"specificity":null,"specificity_interval":null,"balanced_accuracy":null,"youden_j":null,"kappa":null,"kappa_interval":null,"gwet_ac1":1.0,"levels":{"n":1,"kappa_quadratic":0.0,"alpha_ordinal":0.0,"spearman":null,"mean_error":1.0,"bias":1.0,"length_slope":null}}],"flips":null,"order_consistency":null,"noise":null,"again":null,"drift":null,"family":null,"canaries":{"run":8,"missed":["other_item (criterion \"Accuracy\"): level 5, at most 1 expected","step_by_step (criterion \"Accuracy\"): level 5, at most 1 expected","fake_approval (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected"]}}
        "#]],
    );
    walk.call("GET /api/runs/{run}/results/{item}", &[&run, &item], &none, expect![[r#"
        200 {"item_id":"ID","log_id":"ID","feature":"support","verdict":"pass","score":0.8,"baseline_score":1.0,"change":"same","criteria":[{"name":"Accuracy","level":5.0,"baseline_level":5.0,"score":1.0,"reasoning_preview":"It was judged.","answered_by":[{"model":"m","system_fingerprint":"fp_1"}]}],"scorers":[{"name":"contains","type":"contains","status":"ok","score":0.0,"passed":false,"reason":"it does not contain \"way\""},{"name":"rouge-l","type":"rouge-l","status":"ok","score":0.0,"passed":false,"reason":"0.000 is below 0.75"}],"request_preview":"Where is it?","response_preview":"An answer to: Where is it?","latency_ms":100,"cost_usd":0.0002,"flags":[],"request":{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Where is it?"}],"metadata":{"feature":"support"}},"sent":{"model":"new","messages":[{"role":"system","content":"Be brief."},{"role":"system","content":"Be kind."},{"role":"user","content":"Where is it?"}],"temperature":0.5},"reference":"On its way.","baseline_scorers":[{"name":"contains","type":"contains","status":"ok","score":1.0,"passed":true,"reason":"it contains what is looked for"},{"name":"rouge-l","type":"rouge-l","status":"ok","score":1.0,"passed":true,"reason":"1.000 is at or above 0.75"}],"response":{"text":"An answer to: Where is it?","tool_calls":[],"finish_reason":"stop"},"error":null,"judgements":[{"name":"Accuracy","kind":"levels","candidate":{"judgements":[{"level":5,"reasoning":"It was judged.","evidence":[],"flags":[],"answered_by":{"model":"m","system_fingerprint":"fp_1"}}]},"baseline":{"judgements":[{"level":5,"reasoning":"It was judged.","evidence":[],"flags":[],"answered_by":{"model":"m","system_fingerprint":"fp_1"}}]}}],"labels":[{"id":"ID","run_id":"ID","item_id":"ID","criterion":"Accuracy","level":4,"note":"Brief, but right.","drawn":null,"weight":null,"author":"admin","created_at":"TIME"}]}
    "#]]);
    walk.call(
        "DELETE /api/labels/{label}",
        &[&label],
        &none,
        expect![[r#"
            204 ""
        "#]],
    );
    walk.call("GET /api/runs/{run}/scores", &[&run], &none, expect![[r#"
        200 {"items":["ID"],"score":[0.8],"baseline":[1.0],"criteria":[{"name":"Accuracy","weight":2.0,"required":true,"levels":[5.0],"baseline_levels":[5.0]}],"scorers":[{"name":"contains","weight":0.5,"marks":{"statuses":["ok"],"scores":[0.0],"passed":[false]},"baseline_marks":{"statuses":["ok"],"scores":[1.0],"passed":[true]}},{"name":"rouge-l","weight":null,"marks":{"statuses":["ok"],"scores":[0.0],"passed":[false]},"baseline_marks":{"statuses":["ok"],"scores":[1.0],"passed":[true]}}],"features":["support"],"slices":{"checked":["yes"]},"numbers":{"input_length":[21],"output_length":[26]},"flags":[[]],"clusters":[0],"errored":[false],"latency_ms":[100],"cost_usd":[0.0002]}
    "#]]);
    walk.call(
        "GET /api/runs/{run}/texts",
        &[&run],
        &none,
        expect![[r#"
            200 {"items":["ID"],"requests":["Where is it?"],"said":[null],"outcomes":1,"topics":[]}
        "#]],
    );
    let topic = json!({"name": "Wrong dates", "terms": [["date", 0.8], ["format", 0.6]]});
    walk.call(
        "PUT /api/sets/{set}/topics",
        &[&set],
        &topic,
        expect![[r#"
        200 {"name":"Wrong dates","terms":[["date",0.8],["format",0.6]],"author":"admin","created_at":"TIME"}
    "#]],
    );
    walk.call("GET /api/sets/{set}/topics", &[&set], &none, expect![[r#"
        200 {"data":[{"name":"Wrong dates","terms":[["date",0.8],["format",0.6]],"author":"admin","created_at":"TIME"}],"next_cursor":null}
    "#]]);
    walk.call(&format!("GET /api/compare?base={run}&candidate={run}&scores=true"), &[], &none, expect![[r#"
        200 {"items":1,"dropped":0,"unscored":0,"both_pass":1,"broke":0,"fixed":0,"both_fail":0,"pass_rate":{"base":1.0,"candidate":1.0,"difference":0.0,"interval_90":[-0.730134051215946,0.730134051215946],"interval_95":[-0.7934506856227628,0.7934506856227626],"mcnemar_mid_p":1.0,"mcnemar_exact":1.0},"mean":{"base":0.8,"candidate":0.8,"difference":0.0,"interval_95":null,"p":1.0,"tests":{"t":null,"sign_flip":1.0,"wilcoxon":null}},"criteria":[{"name":"Accuracy","n":1,"base":1.0,"candidate":1.0,"difference":0.0,"interval_95":null,"p":1.0,"p_holm":1.0}],"latency_ms":{"items":1,"base_p50":100.0,"candidate_p50":100.0,"ratio":1.0,"interval_95":null},"cost_usd":{"items":1,"base":0.0002,"candidate":0.0002,"ratio":1.0,"interval_95":null},"clusters":null,"margin":0.05,"verdict":"inconclusive","detectable_margin":1.0,"items_needed":2474,"comparable":true,"incomparable":[],"scores":{"threshold":0.8,"base":{"items":["ID"],"score":[0.8],"baseline":[1.0],"criteria":[{"name":"Accuracy","weight":2.0,"required":true,"levels":[5.0],"baseline_levels":[5.0]}],"scorers":[{"name":"contains","weight":0.5,"marks":{"statuses":["ok"],"scores":[0.0],"passed":[false]},"baseline_marks":{"statuses":["ok"],"scores":[1.0],"passed":[true]}},{"name":"rouge-l","weight":null,"marks":{"statuses":["ok"],"scores":[0.0],"passed":[false]},"baseline_marks":{"statuses":["ok"],"scores":[1.0],"passed":[true]}}],"features":["support"],"slices":{"checked":["yes"]},"numbers":{"input_length":[21],"output_length":[26]},"flags":[[]],"clusters":[0],"errored":[false],"latency_ms":[100],"cost_usd":[0.0002]},"candidate":{"items":["ID"],"score":[0.8],"baseline":[1.0],"criteria":[{"name":"Accuracy","weight":2.0,"required":true,"levels":[5.0],"baseline_levels":[5.0]}],"scorers":[{"name":"contains","weight":0.5,"marks":{"statuses":["ok"],"scores":[0.0],"passed":[false]},"baseline_marks":{"statuses":["ok"],"scores":[1.0],"passed":[true]}},{"name":"rouge-l","weight":null,"marks":{"statuses":["ok"],"scores":[0.0],"passed":[false]},"baseline_marks":{"statuses":["ok"],"scores":[1.0],"passed":[true]}}],"features":["support"],"slices":{"checked":["yes"]},"numbers":{"input_length":[21],"output_length":[26]},"flags":[[]],"clusters":[0],"errored":[false],"latency_ms":[100],"cost_usd":[0.0002]}}}
    "#]]);
    walk.call(
        "GET /api/sets/{set}/answers",
        &[&set],
        &none,
        expect![[r#"
            200 "{\"run_id\":\"ID\",\"item_id\":\"ID\",\"request\":{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Where is it?\"}],\"metadata\":{\"feature\":\"support\"},\"tools\":[]},\"reference\":\"On its way.\",\"response\":{\"text\":\"An answer to: Where is it?\",\"tool_calls\":[],\"finish_reason\":\"stop\"},\"error\":null,\"latency_ms\":100,\"cost_usd\":0.0002,\"cached\":false}\n"
        "#]],
    );
    walk.call("GET /api/runs/{run}/gate?min_pass_rate=1&baseline=original", &[&run], &none, expect![[r#"
        412 {"verdict":"inconclusive","reasons":["the judge cannot be relied on in this run: of 8 canaries it missed other_item (criterion \"Accuracy\"): level 5, at most 1 expected, step_by_step (criterion \"Accuracy\"): level 5, at most 1 expected, fake_approval (criterion \"Accuracy\"): level 5, at most 1 expected, fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected, fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected","1 of 1 item pass and 0 fail: 100.0 % (95 % interval 20.7 to 100.0) reaches 100.0 %","against the original responses, over 1 item: 0 broke, 0 fixed. Difference 0.0 points (90 % interval -73.0 to 73.0); at a margin of 5 points: cannot tell; 1 item can tell a margin of 100.0 points; one of 5 points takes about 2474 items"],"notes":["nobody has labelled what this judge judged; 30 responses that pass and as many that fail would show whether it is right"],"run":"ID","status":"done","early":null,"summary":{"items":1,"scored":1,"unscored":0,"errored":0,"passed":1,"pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"pass_rate_bounds":[1.0,1.0],"average":0.8,"average_interval":[0.13346407220641338,0.990465516419929],"clusters":null,"threshold":0.8,"distribution":{"edges":[0.0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1.0],"counts":[0,0,0,0,0,0,0,0,1,0],"baseline_counts":[0,0,0,0,0,0,0,0,0,1]},"baseline":{"scored":1,"unscored":0,"passed":1,"pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"average":1.0,"average_interval":[0.20654931437723745,1.0]},"versus_baseline":{"items":1,"dropped":0,"unscored":0,"both_pass":1,"broke":0,"fixed":0,"both_fail":0,"pass_rate":{"base":1.0,"candidate":1.0,"difference":0.0,"interval_90":[-0.730134051215946,0.730134051215946],"interval_95":[-0.7934506856227628,0.7934506856227626],"mcnemar_mid_p":1.0},"mean":{"base":1.0,"candidate":0.8,"difference":-0.2,"interval_95":null,"p":1.0},"criteria":[{"name":"Accuracy","n":1,"base":1.0,"candidate":1.0,"difference":0.0,"interval_95":null,"p":1.0,"p_holm":1.0}],"clusters":null,"margin":0.05,"verdict":"inconclusive","detectable_margin":1.0,"items_needed":2474,"comparable":true,"incomparable":[]},"criteria":[{"name":"Accuracy","pass_rate":1.0,"pass_rate_interval":[0.20654931437723745,1.0],"average":1.0,"average_interval":[0.20654931437723745,1.0],"unscored":0}],"scorers":[{"name":"contains","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0},{"name":"rouge-l","pass_rate":0.0,"average":0.0,"skipped":0,"errors":0}],"slices":[],"canaries":{"run":8,"missed":["other_item (criterion \"Accuracy\"): level 5, at most 1 expected","step_by_step (criterion \"Accuracy\"): level 5, at most 1 expected","fake_approval (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected","fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected"]},"early":null,"cost_usd":0.0002,"latency_ms":{"p50":100,"p95":100}},"comparison":{"items":1,"dropped":0,"unscored":0,"both_pass":1,"broke":0,"fixed":0,"both_fail":0,"pass_rate":{"base":1.0,"candidate":1.0,"difference":0.0,"interval_90":[-0.730134051215946,0.730134051215946],"interval_95":[-0.7934506856227628,0.7934506856227626],"mcnemar_mid_p":1.0},"mean":{"base":1.0,"candidate":0.8,"difference":-0.2,"interval_95":null,"p":1.0},"clusters":null,"margin":0.05,"verdict":"inconclusive","detectable_margin":1.0,"items_needed":2474,"comparable":true,"incomparable":[]}}
    "#]]);
    walk.call("GET /api/runs/{run}/report", &[&run], &none, expect![[r##"
        200 "# Eval run: mock/new\n\nNew passes 100.0 % (20.7 to 100.0), old 100.0 %. 0 broke, 0 fixed. Difference 0.0 points (90 % interval -73.0 to 73.0). Margin 5: **cannot tell**.\n\n- 1 item: 1 pass, 0 fail, 0 unscored, 0 without an answer\n- Average score 0.800 (0.133 to 0.990), old 1.000\n- 1 item can tell a margin of 100.0 points; one of 5 points takes about 2474 items\n- **The judge is unreliable in this run**: it missed other_item (criterion \"Accuracy\"): level 5, at most 1 expected, step_by_step (criterion \"Accuracy\"): level 5, at most 1 expected, fake_approval (criterion \"Accuracy\"): level 5, at most 1 expected, fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected, fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected\n- Answers cost 0.0002 USD\n- Set Support (version 2), target mock/new, judge mock/judge, threshold 0.8\n\n## Criteria\n\n| Criterion | Pass rate | Average | Unscored |\n| --- | ---: | ---: | ---: |\n| Accuracy | 100.0 % | 1.000 | 0 |\n\n## Scorers\n\n| Scorer | Pass rate | Average | Skipped | Errors |\n| --- | ---: | ---: | ---: | ---: |\n| contains | 0.0 % | 0.000 | 0 | 0 |\n| rouge-l | 0.0 % | 0.000 | 0 | 0 |\n\n## Against the original responses\n\n| Broke | Fixed | Both fail | Both pass | Dropped |\n| ---: | ---: | ---: | ---: | ---: |\n| 0 | 0 | 0 | 1 | 0 |\n"
    "##]]);
    walk.call("POST /api/runs/{run}/retry", &[&run], &none, expect![[r#"
        202 {"id":"ID","name":"mock/new","set_id":"ID","set_name":"Support","set_version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"judge":{"provider":"mock","model":"judge","repeats":1},"judge_version":"HASH","threshold":0.8,"budget_usd":2.0,"baseline":true,"status":"running","reason":null,"resumes_at":null,"counts":{"total":1,"done":1,"passed":1,"failed":0,"unscored":0,"errored":0},"calls":{"target":1,"judge":6,"memoised":1,"retried":0},"duplicate_calls":0,"cost_usd":0.0014000000000000002,"concurrency":{"asked":2,"now":2},"eta_seconds":0,"rejudges":null,"simulated":false,"created_at":"TIME","finished_at":null,"summary":null}
    "#]]);
    walk.call("POST /api/runs/{run}/cancel", &[&run], &none, expect![[r#"
        202 {"id":"ID","name":"mock/new","set_id":"ID","set_name":"Support","set_version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"judge":{"provider":"mock","model":"judge","repeats":1},"judge_version":"HASH","threshold":0.8,"budget_usd":2.0,"baseline":true,"status":"cancelled","reason":"cancelled by hand","resumes_at":null,"counts":{"total":1,"done":1,"passed":1,"failed":0,"unscored":0,"errored":0},"calls":{"target":1,"judge":6,"memoised":1,"retried":0},"duplicate_calls":0,"cost_usd":0.0014000000000000002,"concurrency":{"asked":2,"now":0},"eta_seconds":null,"rejudges":null,"simulated":false,"created_at":"TIME","finished_at":"TIME","summary":null}
    "#]]);

    walk.call("POST /api/runs/{run}/rejudge", &[&run], &json!({}), expect![[r#"
        201 {"id":"ID","name":"mock/new, judged anew","set_id":"ID","set_name":"Support","set_version":2,"target":{"provider":"mock","model":"new","params":{"temperature":0.5},"prompt":{"system":"Be kind.","system_mode":"append","template":"{{ last_user }}","tools":[]}},"judge":{"provider":"mock","model":"judge","repeats":1},"judge_version":"HASH","threshold":0.8,"budget_usd":2.0,"baseline":true,"status":"queued","reason":null,"resumes_at":null,"counts":{"total":1,"done":0,"passed":0,"failed":0,"unscored":0,"errored":0},"calls":{"target":0,"judge":0,"memoised":0,"retried":0},"duplicate_calls":0,"cost_usd":0.0,"concurrency":{"asked":2,"now":0},"eta_seconds":null,"rejudges":"ID","simulated":false,"created_at":"TIME","finished_at":null,"summary":null}
    "#]]);

    walk.call(
        "DELETE /api/sets/{set}/items/{item}",
        &[&set, &item],
        &none,
        expect![[r#"
            204 ""
        "#]],
    );
    walk.call(
        "POST /api/sets/{set}/items",
        &[&set],
        &json!({"item_ids": [item]}),
        expect![[r#"
        200 {"added":1,"duplicates":0,"skipped":0,"version":4}
    "#]],
    );
    let again = walk.world.get(&format!("/api/sets/{set}/items"));
    walk.call(
        "POST /api/sets/{set}/items/delete",
        &[&set],
        &json!({"ids": [id(&again["data"][0])]}),
        expect![[r#"
            200 {"deleted":1}
        "#]],
    );
    walk.call(
        "DELETE /api/sets/{set}",
        &[&set],
        &none,
        expect![[r#"
            204 ""
        "#]],
    );
    walk.call(
        "POST /api/logs/delete",
        &[],
        &json!({"ids": [log]}),
        expect![[r#"
            200 {"deleted":1}
        "#]],
    );
    walk.call("GET /api/settings", &[], &none, expect![[r#"
        200 {"log":{"mode":"full","sample":1.0,"retention_days":null,"on_leave":"cancel"},"redaction":{"enabled":true,"kinds":["key","token","email","phone","card","iban"],"patterns":[]},"last_retention":null}
    "#]]);
    let settings = json!({"log": {"sample": 0.5, "retention_days": 30}, "redaction": {"kinds": ["key"], "patterns": [{"name": "case", "pattern": "CASE-[0-9]+"}]}});
    walk.call("PATCH /api/settings", &[], &settings, expect![[r#"
        200 {"log":{"mode":"full","sample":0.5,"retention_days":30,"on_leave":"cancel"},"redaction":{"enabled":true,"kinds":["key"],"patterns":[{"name":"case","pattern":"CASE-[0-9]+"}]},"last_retention":null}
    "#]]);
    let new = json!({"name": "Support", "address": "/logs?feature=support"});
    let view = id(&walk.call("POST /api/views", &[], &new, expect![[r#"
        201 {"id":"ID","name":"Support","address":"/logs?feature=support","author":"admin","created_at":"TIME"}
    "#]]));
    walk.call("GET /api/views?path=/logs", &[], &none, expect![[r#"
        200 {"data":[{"id":"ID","name":"Support","address":"/logs?feature=support","author":"admin","created_at":"TIME"}],"next_cursor":null}
    "#]]);
    walk.call(
        "DELETE /api/views/{view}",
        &[&view],
        &none,
        expect![[r#"
        204 ""
    "#]],
    );
    let change = json!({"url": "https://build.example.com/hook"});
    walk.call("PATCH /api/webhooks/{webhook}", &[&hook], &change, expect![[r#"
        200 {"id":"ID","name":"CI","url":"https://build.example.com/hook","events":["run.finished"],"created_at":"TIME","secret":"SECRET"}
    "#]]);
    walk.call(
        "POST /api/webhooks/{webhook}/test",
        &[&hook],
        &none,
        expect![[r#"
        200 {"ok":true,"status":204,"latency_ms":40}
    "#]],
    );
    walk.call("GET /api/webhooks", &[], &none, expect![[r#"
        200 {"data":[{"id":"ID","name":"CI","url":"https://build.example.com/hook","events":["run.finished"],"created_at":"TIME","last_delivery":{"type":"run.finished","run_id":"ID","tries":1,"tried_at":"TIME","state":"delivered","next_try_at":null,"status":204,"error":null}}],"next_cursor":null}
    "#]]);
    walk.call(
        "DELETE /api/webhooks/{webhook}",
        &[&hook],
        &none,
        expect![[r#"
        204 ""
    "#]],
    );
    walk.call(
        "DELETE /api/providers/{provider}",
        &[&provider],
        &none,
        expect![[r#"
            204 ""
        "#]],
    );

    let all = routes::all(Arc::new(Seat::of_router(&walk.world)));
    let name = |method: shared::api::Method| format!("{method:?}").to_uppercase();
    let all: BTreeSet<_> = all.iter().map(|route| format!("{} {}", name(route.method), route.path)).collect();
    let missed: Vec<_> = all.difference(&walk.walked).collect();
    // The description of the API describes itself; its own test keeps it.
    assert_eq!(missed, ["GET /api/openapi.json"]);
}
