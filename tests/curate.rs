//! Log → set: sets and their versions, items that come and go.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::provider;
use crate::support::scene::{id, pair};
use crate::support::{World, as_operator, shows};

const ACCURACY: &str = r#"[{"name":"Accuracy","question":"Is it right?"}]"#;

/// Makes an empty set.
fn empty(world: &Arc<World>) -> String {
    let criteria: Value = serde_json::from_str(ACCURACY).unwrap();
    id(&world.post("/api/sets", &json!({"name": "Support", "criteria": criteria})))
}

/// Gives the items of a version in one line each, the oldest first.
fn shown(world: &Arc<World>, set: &str, version: u32) -> String {
    let mut items = world.all(&format!("/api/sets/{set}/items?version={version}"), 3);
    items.reverse();
    let lines = items.iter().map(|item| {
        let whole = world.get(&format!("/api/sets/{set}/items/{}", item["id"].as_str().unwrap()));
        assert_eq!(whole["request_preview"], item["request_preview"]);
        format!(
            "{} -> {} (added in {}, verified {}, {})",
            item["request_preview"], whole["reference"], item["added_in"], item["verified"], item["tags"]
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Adds to a set, and tells what became of it.
fn check_added(world: &Arc<World>, set: &str, add: &Value, expected: Expect) {
    let reply = world.call("POST", &format!("/api/sets/{set}/items"), add);
    shows(&if reply.status == 200 { reply.text } else { reply.problem() }, &expected);
}

fn versions(world: &Arc<World>, set: &str) -> String {
    let versions = world.all(&format!("/api/sets/{set}/versions"), 2);
    let lines = versions.iter().map(|version| {
        format!("{} {} ({} items)", version["version"], version["change"], version["item_count"])
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_set_has_what_was_given_and_the_usual_for_the_rest() {
    let world = World::new();
    let set = empty(&world);
    let mut whole = world.get(&format!("/api/sets/{set}"));
    whole["id"] = json!("…");
    expect![[r#"{"id":"…","name":"Support","description":"","criteria":[{"name":"Accuracy","question":"Is it right?","weight":1.0,"required":false,"kind":"levels","use_reference":"context"}],"scorers":[],"threshold":0.8,"version":1,"item_count":0,"created_at":"2026-11-05T09:30:00.000Z","updated_at":"2026-11-05T09:30:00.000Z"}"#]].assert_eq(&whole.to_string());
}

#[test]
fn every_set_has_its_own_name() {
    let world = World::new();
    let set = empty(&world);
    let criteria: Value = serde_json::from_str(ACCURACY).unwrap();
    let named = |name: &str| world.call("POST", "/api/sets", &json!({"name": name, "criteria": criteria}));
    expect![[r#"409 the name "Support" is taken by another set"#]].assert_eq(&named("Support").problem());
    expect![[r#"409 the name "Support" is taken by another set"#]].assert_eq(&named(" Support ").problem());
    let other = id(&named("Code").succeeded());
    expect![[r#"409 the name "Support" is taken by another set"#]].assert_eq(
        &world.call("PATCH", &format!("/api/sets/{other}"), &json!({"name": "Support"})).problem(),
    );
    assert_eq!(world.patch(&format!("/api/sets/{other}"), &json!({"name": "Code"}))["version"], 1);
    world.delete(&format!("/api/sets/{set}"));
    assert_eq!(named("Support").status, 201);
    assert_eq!(world.call("DELETE", &format!("/api/sets/{set}"), &Value::Null).status, 404);
    assert_eq!(world.call("PATCH", &format!("/api/sets/{set}"), &json!({"name": "x"})).status, 404);
}

#[test]
fn sets_are_listed_the_last_changed_first() {
    let world = World::new();
    let sets: Vec<_> = (0..5)
        .map(|_| {
            world.clock.skip(1000);
            world.set_of(1)
        })
        .collect();
    world.clock.skip(1000);
    world.patch(&format!("/api/sets/{}", sets[1]), &json!({"description": "Changed."}));
    let listed: Vec<_> =
        world.all("/api/sets", 2).iter().map(|set| set["name"].as_str().unwrap().to_owned()).collect();
    expect!["Set 2, Set 5, Set 4, Set 3, Set 1"].assert_eq(&listed.join(", "));
}

#[test]
fn only_a_change_of_what_is_judged_makes_a_version() {
    let world = World::new();
    let set = empty(&world);
    let path = format!("/api/sets/{set}");
    let version = |change: Value| world.patch(&path, &change)["version"].as_u64().unwrap();
    assert_eq!(version(json!({"name": "Other", "description": "d", "threshold": 0.5})), 1);
    assert_eq!(version(json!({"criteria": [{"name": "Tone", "question": "Is it kind?", "weight": 2}]})), 2);
    assert_eq!(version(json!({"criteria": [{"name": "Tone", "question": "Is it kind?", "weight": 2}]})), 2);
    assert_eq!(version(json!({})), 2);
    assert_eq!(world.get(&format!("{path}?version=1"))["criteria"][0]["name"], "Accuracy");
    assert_eq!(world.get(&path)["criteria"][0]["name"], "Tone");
    assert_eq!(world.call("GET", &format!("{path}?version=3"), &Value::Null).status, 404);
    expect![[r#"
        2 "criteria changed" (0 items)
        1 "made" (0 items)"#]]
    .assert_eq(&versions(&world, &set));
}

#[test]
fn logs_become_items_with_their_answers_as_references() {
    let world = World::new();
    world.import([
        pair("One?", "1", json!({"feature": "support", "tags": {"plan": "pro"}})),
        pair("One?", "one", json!({"feature": "support", "created": 1_793_000_001})),
        pair("Two?", "", json!({"feature": "support"})),
        json!({"created": 1_793_000_002, "request": {"messages": [{"role": "user", "content": "Three?"}]}, "response": {"error": {"message": "no"}}}),
    ]);
    let logs: Vec<_> = world.all("/api/logs", 50).iter().map(|log| log["id"].clone()).collect();
    let set = empty(&world);
    check_added(
        &world,
        &set,
        &json!({"log_ids": logs}),
        expect![[r#"
            {"added":1,"duplicates":1,"skipped":2,"refused":[{"log_id":"01a17720-d1d0-79d0-80c3-fd76eaa59ed0","reason":"it has no answer to compare with"},{"log_id":"01a17720-ca00-74aa-9db7-827367e854b3","reason":"it has no answer to compare with"}],"version":2}
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"log_ids": logs}),
        expect![[r#"
            {"added":0,"duplicates":2,"skipped":2,"refused":[{"log_id":"01a17720-d1d0-79d0-80c3-fd76eaa59ed0","reason":"it has no answer to compare with"},{"log_id":"01a17720-ca00-74aa-9db7-827367e854b3","reason":"it has no answer to compare with"}],"version":2}
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"log_ids": [logs[0], logs[0], "nothing"]}),
        expect![[r#"
            422 /log_ids/2 there is no log "nothing"
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"log_ids": logs, "dedupe": "none"}),
        expect![[r#"
            {"added":2,"duplicates":0,"skipped":2,"refused":[{"log_id":"01a17720-d1d0-79d0-80c3-fd76eaa59ed0","reason":"it has no answer to compare with"},{"log_id":"01a17720-ca00-74aa-9db7-827367e854b3","reason":"it has no answer to compare with"}],"version":3}
        "#]],
    );
    expect![[r#"
        "One?" -> "one" (added in 2, verified false, {})
        "One?" -> "one" (added in 3, verified false, {})
        "One?" -> "1" (added in 3, verified false, {"plan":"pro"})"#]]
    .assert_eq(&shown(&world, &set, 3));
    expect![[r#"
        3 "2 items added" (3 items)
        2 "1 item added" (1 items)
        1 "made" (0 items)"#]]
    .assert_eq(&versions(&world, &set));
}

#[test]
fn a_filter_takes_all_that_match_or_a_random_part() {
    let world = World::new();
    world.import_sample();
    let set = empty(&world);
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "supprt"}}),
        expect![[r#"
            422 /filter/feature no log has the feature "supprt"; known are code, extraction, summarising, support
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "support"}, "sample": {"n": 5, "seed": 3}}),
        expect![[r#"
            {"added":5,"duplicates":0,"skipped":0,"version":2}
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "support"}, "sample": {"n": 5, "seed": 3}}),
        expect![[r#"
            {"added":0,"duplicates":5,"skipped":0,"version":2}
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "support"}}),
        expect![[r#"
            {"added":10,"duplicates":5,"skipped":1,"refused":[{"log_id":"01a1b205-0d70-78a9-8c9e-c4239c66cdea","reason":"it has no answer to compare with"}],"version":3}
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {}}),
        expect![[r#"
            {"added":44,"duplicates":15,"skipped":5,"refused":[{"log_id":"01a1a71e-7ea0-7db3-8127-c4dcf54d75f9","reason":"it has no answer to compare with"},{"log_id":"01a1b0e4-0540-7fa1-b734-d3740b52359f","reason":"it has no answer to compare with"},{"log_id":"01a1b205-0d70-78a9-8c9e-c4239c66cdea","reason":"it has no answer to compare with"},{"log_id":"01a1bb47-75a8-7f27-838a-f5f910f1eb67","reason":"it has no answer to compare with"},{"log_id":"01a1d8ec-b938-74bc-98a8-b598d6bfa45c","reason":"it has no answer to compare with"}],"version":4}
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "support", "q": "nothing of the kind"}}),
        expect![[r#"
            {"added":0,"duplicates":0,"skipped":0,"version":4}
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {}, "items": []}),
        expect![[r#"
            422  give one of log_ids, filter, items or item_ids
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"log_ids": [], "sample": {"n": 1}}),
        expect![[r#"
            422  sample goes with filter; log_ids, items and item_ids are taken whole
        "#]],
    );
}

/// Has so many logs of a feature, each with a question that is so many bytes long.
fn have_logs(world: &World, feature: &str, logs: usize, length: usize) {
    let numbers = format!(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {logs}), \
         made AS (SELECT printf('{feature}-%06d', n) AS id, n FROM number)"
    );
    world.sql(&format!(
        "{numbers} INSERT INTO log (id, created_at, feature, model, outcome, streamed, complete, tags, request_preview, \
         response_preview) SELECT id, n, '{feature}', 'm', 'success', 0, 1, '{{}}', '', '' FROM made"
    ));
    world.sql(&format!(
        "{numbers} INSERT INTO log_body (log_id, request, response) SELECT id, json_object('messages', json_array( \
         json_object('role', 'user', 'content', printf('%0*d', {length}, n)))), json_object('choices', json_array( \
         json_object('index', 0, 'message', json_object('role', 'assistant', 'content', 'Yes.')))) FROM made"
    ));
}

#[test]
fn logs_are_read_in_lots_that_memory_holds() {
    let world = World::new();
    let set = empty(&world);
    have_logs(&world, "large", 18, 850_000);
    world.largest_answer.store(0, Ordering::Relaxed);
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "large"}, "dedupe": "none"}),
        expect![[r#"
        {"added":18,"duplicates":0,"skipped":0,"version":2}
    "#]],
    );
    let largest = world.largest_answer.load(Ordering::Relaxed);
    assert!((7_000_000..8_100_000).contains(&largest), "{largest} bytes were read at once");
}

#[test]
fn bodies_out_of_the_blob_store_are_fetched_one_by_one() {
    let world = World::new();
    let set = empty(&world);
    have_logs(&world, "huge", 50, 10);
    world.sql("UPDATE log_body SET request = NULL, response = NULL, blob = 'huge'");
    let record = pair("Hi", &"x".repeat(5_000_000), json!({}));
    let body = json!([record["request"], {"choices": [{"message": {"content": record["response"]}}]}]);
    world.blobs.lock().unwrap().insert("huge".to_owned(), body.to_string());
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "huge"}}),
        expect![[r#"
        422 /filter the requests and answers of the 50 logs are more than 16 MB; one call adds at most that, so take fewer logs at a time
    "#]],
    );
    assert_eq!(world.fetched_blobs.load(Ordering::Relaxed), 4, "none after those that are too much together");
}

#[test]
fn one_call_adds_no_more_logs_than_memory_holds() {
    let world = World::new();
    let set = empty(&world);
    have_logs(&world, "many", 10_001, 8);
    have_logs(&world, "large", 20, 850_000);
    check_added(
        &world,
        &set,
        &json!({"filter": {}}),
        expect![[r#"
        422 /filter 10021 logs match, and one call adds at most 10000; add a sample of them, or narrow the filter
    "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "many"}}),
        expect![[r#"
        422 /filter 10001 logs match, and one call adds at most 10000; add a sample of them, or narrow the filter
    "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {}, "sample": {"n": 10_001, "seed": 1}}),
        expect![[r#"
        422 /sample/n a sample of 10001 logs is too many; one call adds at most 10000
    "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "large"}}),
        expect![[r#"
        422 /filter the requests and answers of the 20 logs are more than 16 MB; one call adds at most that, so take fewer logs at a time
    "#]],
    );
    let named: Vec<_> = (1..=10_001).map(|n| format!("many-{n:06}")).collect();
    check_added(
        &world,
        &set,
        &json!({"log_ids": named}),
        expect![[r#"
        422 /log_ids 10001 logs are named; name at most 10000 in one call
    "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"filter": {"feature": "large"}, "sample": {"n": 3, "seed": 1}}),
        expect![[r#"
            {"added":3,"duplicates":0,"skipped":0,"version":2}
        "#]],
    );
    // A sample is drawn from all that match, and the same one again.
    let sample = json!({"filter": {"feature": "many"}, "sample": {"n": 10_000, "seed": 1}});
    check_added(
        &world,
        &set,
        &sample,
        expect![[r#"
        {"added":10000,"duplicates":0,"skipped":0,"version":3}
    "#]],
    );
    check_added(
        &world,
        &set,
        &sample,
        expect![[r#"
        {"added":0,"duplicates":10000,"skipped":0,"version":3}
    "#]],
    );
}

#[test]
fn items_can_be_written_by_hand() {
    let world = World::new();
    let set = empty(&world);
    let items = json!([
        {"request": "One?", "reference": "1", "tags": {"hard": "yes"}, "verified": true},
        {"request": {"model": "m", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Two?"}], "tools": []}},
        {"request": "One?", "reference": "another"},
    ]);
    check_added(
        &world,
        &set,
        &json!({"items": items}),
        expect![[r#"
            {"added":2,"duplicates":1,"skipped":0,"version":2}
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"items": [{"request": "Three?"}, {"request": {"messages": []}}]}),
        expect![[r#"
            422 /items/1/request/messages messages must not be empty
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"items": [{"request": "Three?", "answer": "3"}]}),
        expect![[r#"
            422 /items/0/answer answer is not known here; known are request, reference, tags, feature, log_id, verified, lossy
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"items": []}),
        expect![[r#"
            {"added":0,"duplicates":0,"skipped":0,"version":2}
        "#]],
    );
    expect![[r#"
        "One?" -> "1" (added in 2, verified true, {"hard":"yes"})
        "Two?" -> null (added in 2, verified false, {})"#]]
    .assert_eq(&shown(&world, &set, 2));
}

#[test]
fn nearly_the_same_is_left_out_when_asked_for() {
    let world = World::new();
    let set = empty(&world);
    let long = |end: &str| {
        format!(
            "{} {end}",
            "please tell me where my order of the blue lamp is and when it will come to my house in the town"
                .repeat(2)
        )
    };
    let items =
        json!([{"request": long("today")}, {"request": long("tomorrow")}, {"request": "Something else?"}]);
    check_added(
        &world,
        &set,
        &json!({"items": items, "dedupe": "near"}),
        expect![[r#"
            {"added":2,"duplicates":1,"skipped":0,"version":2}
        "#]],
    );
    check_added(
        &world,
        &set,
        &json!({"items": items}),
        expect![[r#"
            {"added":1,"duplicates":2,"skipped":0,"version":3}
        "#]],
    );
}

#[test]
fn an_old_version_reads_the_same_whatever_comes_after() {
    let world = World::new();
    let set = world.set_of(4);
    let second = shown(&world, &set, 2);
    let run = world.start(&set, json!({"target": {"provider": "demo", "model": "echo"}, "judge": {"provider": "demo", "model": "judge"}}));
    let items = world.all(&format!("/api/sets/{set}/items"), 50);
    let item = |place: usize| format!("/api/sets/{set}/items/{}", items[place]["id"].as_str().unwrap());
    let changed = world.patch(&item(0), &json!({"reference": "A better answer."}));
    assert_ne!(changed["id"], items[0]["id"]);
    world.delete(&item(1));
    assert_eq!(
        world.patch(&item(2), &json!({"verified": true, "tags": {"checked": "yes"}}))["id"],
        items[2]["id"]
    );
    expect![[r#"
        "Question 1?" -> "The original answer to question 1." (added in 2, verified false, {})
        "Question 2?" -> "The original answer to question 2." (added in 2, verified true, {"checked":"yes"})
        "Question 4?" -> "A better answer." (added in 3, verified false, {})"#]]
    .assert_eq(&shown(&world, &set, 4));
    expect![[r#"
        4 "1 item removed" (3 items)
        3 "1 item changed" (4 items)
        2 "4 items added" (4 items)
        1 "made" (0 items)"#]]
    .assert_eq(&versions(&world, &set));
    // Marks are not part of what is judged: they show in every version.
    assert_eq!(
        shown(&world, &set, 2).replace("verified true, {\"checked\":\"yes\"}", "verified false, {}"),
        second
    );
    assert_eq!(world.get(&format!("/api/sets/{set}?version=2"))["item_count"], 4);
    assert_eq!(world.get(&format!("/api/sets/{set}"))["item_count"], 3);
    expect!["409 the item belongs to an older version only; change the one that replaced it"]
        .assert_eq(&world.call("PATCH", &item(0), &json!({"reference": "x"})).problem());
    expect!["404 there is no such item"].assert_eq(&world.call("DELETE", &item(1), &Value::Null).problem());
    // The run has the items that its version had.
    world.drive();
    assert_eq!(world.get(&format!("/api/runs/{run}/results"))["data"].as_array().unwrap().len(), 4);
}

#[test]
fn the_response_of_an_item_is_removed_and_what_needs_one_says_so() {
    let world = World::new();
    let set = world.set_of(1);
    let compare = json!({"name": "Better", "question": "Which is better?", "kind": "compare"});
    let overlap = json!({"type": "rouge-l"});
    world.patch(&format!("/api/sets/{set}"), &json!({"criteria": [compare], "scorers": [overlap]}));
    let items = world.all(&format!("/api/sets/{set}/items"), 50);
    let item = |id: &Value| format!("/api/sets/{set}/items/{}", id.as_str().unwrap());
    let first = item(&items[0]["id"]);
    world.patch(&first, &json!({"verified": true}));
    expect!["422 /remove_reference a reference is given as well; give one or remove the one that is there"]
        .assert_eq(
            &world.call("PATCH", &first, &json!({"reference": "x", "remove_reference": true})).problem(),
        );

    let before = world.get(&first);
    let kept = world.patch(&first, &json!({"reference": null, "remove_reference": false}));
    assert_eq!(kept, before, "null leaves it as it was");

    let removed = world.patch(&first, &json!({"remove_reference": true}));
    assert_ne!(removed["id"], before["id"]);
    expect![[r#"{"preview":null,"verified":false,"reference":null}"#]].assert_eq(
        &json!({"preview": removed["reference_preview"], "verified": removed["verified"], "reference": removed["reference"]})
            .to_string(),
    );
    assert_eq!(world.get(&first)["reference"], before["reference"], "older versions keep it");
    let same = world.patch(&item(&removed["id"]), &json!({"remove_reference": true}));
    assert_eq!(same["id"], removed["id"], "there is nothing more to remove");

    let run = world.start(&set, json!({"target": {"provider": "demo", "model": "echo"}, "judge": {"provider": "demo", "model": "judge"}}));
    world.drive();
    let result = world.get(&format!("/api/runs/{run}/results/{}", removed["id"].as_str().unwrap()));
    expect![[r#"
        score null, verdict "unscored"
        criterion {"kind":"no_reference"}
        scorer "there is no original response""#]]
    .assert_eq(&format!(
        "score {}, verdict {}\ncriterion {}\nscorer {}",
        result["score"],
        result["verdict"],
        result["judgements"][0]["candidate"]["unscored"],
        result["scorers"][0]["reason"],
    ));

    let again =
        world.patch(&item(&removed["id"]), &json!({"reference": before["reference"], "verified": true}));
    assert_eq!((&again["reference"], &again["verified"]), (&before["reference"], &json!(true)));
}

#[test]
fn items_are_found_by_words_in_what_lists_show() {
    let world = World::new();
    let set = empty(&world);
    let item = |question: &str, answer: &str, feature: &str, plan: &str| json!({"request": {"messages": [{"role": "user", "content": question}]}, "reference": answer, "feature": feature, "tags": {"plan": plan}});
    let items = [
        item("Where is my Order?", "On its way.", "support", "pro"),
        item("Cancel the order, 100% of it", "It is cancelled.", "support", "free"),
        item("Sum these up: ÄPFEL", "Apples_and 'pears'.", "summarising", "pro"),
    ];
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": items}));
    let found = |q: &str| {
        let rows = world.all(&format!("/api/sets/{set}/items?q={q}"), 1);
        let shown = rows.iter().map(|row| row["request_preview"].as_str().unwrap().chars().take(5).collect());
        format!("{q}: {}\n", shown.collect::<Vec<String>>().join(" | "))
    };
    let asked = [
        "order",
        "ORDER+cancel",
        "way+pro",
        "summ",
        "100%25",
        "%25",
        "_and",
        "%27pears%27",
        "%C3%84PFEL",
        "%22",
        "nothing",
        "",
        "+",
        "order+nothing",
    ];
    expect![[r#"
        order: Cance | Where
        ORDER+cancel: Cance
        way+pro: Where
        summ: Sum t
        100%25: Cance
        %25: Cance
        _and: Sum t
        %27pears%27: Sum t
        %C3%84PFEL: Sum t
        %22: 
        nothing: 
        : Sum t | Cance | Where
        +: Sum t | Cance | Where
        order+nothing: 
    "#]]
    .assert_eq(&asked.map(found).concat());
    let long = "x".repeat(60);
    assert_eq!(world.all(&format!("/api/sets/{set}/items?q={long}"), 50).len(), 0);
    assert_eq!(world.all(&format!("/api/sets/{set}/items?version=1&q=order"), 50).len(), 0);
}

#[test]
fn many_items_go_in_one_version_and_come_back_in_another() {
    let world = World::new();
    let (set, other) = (world.set_of(4), world.set_of(2));
    let ids = |set: &str| {
        let items = world.all(&format!("/api/sets/{set}/items"), 50);
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (mine, theirs) = (ids(&set), ids(&other));
    world.patch(
        &format!("/api/sets/{set}/items/{}", mine[2]),
        &json!({"verified": true, "tags": {"plan": "pro"}}),
    );
    let path = format!("/api/sets/{set}/items");
    let remove = |ids: &Value| world.post(&format!("{path}/delete"), &json!({"ids": ids}))["deleted"].clone();
    let before = shown(&world, &set, 2);

    // What stands twice goes once; what another set has, what nobody knows and what is gone stays as it is.
    assert_eq!(remove(&json!([mine[0], mine[2], mine[0], theirs[0], "nothing"])), 2);
    assert_eq!(remove(&json!([mine[0], theirs[1]])), 0);
    expect![[r#"
        "Question 1?" -> "The original answer to question 1." (added in 2, verified false, {})
        "Question 3?" -> "The original answer to question 3." (added in 2, verified false, {})"#]]
    .assert_eq(&shown(&world, &set, 3));
    assert_eq!(shown(&world, &set, 2), before);
    assert_eq!(ids(&other), theirs);

    // As they were, in the order in which they came; whatever order and how often they are named in.
    let again = json!({"item_ids": [mine[0], mine[2], mine[0]], "dedupe": "none"});
    check_added(
        &world,
        &set,
        &again,
        expect![[r#"
        {"added":2,"duplicates":0,"skipped":0,"version":4}
    "#]],
    );
    expect![[r#"
        "Question 1?" -> "The original answer to question 1." (added in 2, verified false, {})
        "Question 3?" -> "The original answer to question 3." (added in 2, verified false, {})
        "Question 2?" -> "The original answer to question 2." (added in 4, verified true, {"plan":"pro"})
        "Question 4?" -> "The original answer to question 4." (added in 4, verified false, {})"#]]
    .assert_eq(&shown(&world, &set, 4));
    check_added(
        &world,
        &set,
        &json!({"item_ids": [mine[0]]}),
        expect![[r#"
        {"added":0,"duplicates":1,"skipped":0,"version":4}
    "#]],
    );
    let reply = world.call("POST", &path, &json!({"item_ids": [mine[0], theirs[0]]}));
    expect![[r#"422 /item_ids/1 the set has no item "THEIRS", and had none before"#]]
        .assert_eq(&reply.problem().replace(&theirs[0], "THEIRS"));
    expect![[r#"
        4 "2 items added" (4 items)
        3 "2 items removed" (2 items)
        2 "4 items added" (4 items)
        1 "made" (0 items)"#]]
    .assert_eq(&versions(&world, &set));
}

#[test]
fn who_removes_items_at_once_removes_each_once() {
    let world = World::new();
    let set = world.set_of(3);
    let items = world.all(&format!("/api/sets/{set}/items"), 50);
    let remove = |places: &[usize]| {
        let ids: Vec<_> = places.iter().map(|place| &items[*place]["id"]).collect();
        as_operator("POST", &format!("/api/sets/{set}/items/delete"), &json!({"ids": ids}))
    };
    let replies = world.send_together(vec![remove(&[0, 1]), remove(&[1, 2]), remove(&[0])]);
    let deleted: u64 = replies.iter().map(|reply| reply.json()["deleted"].as_u64().unwrap()).sum();
    assert_eq!(deleted, 3);
    assert_eq!(world.get(&format!("/api/sets/{set}"))["item_count"], 0);
}

#[test]
fn what_the_newest_run_was_answered_is_a_line_an_item() {
    let world = World::new();
    world.connect();
    let set = world.set_of(3);
    let lines = |set: &str| {
        let reply = world.call("GET", &format!("/api/sets/{set}/answers"), &Value::Null);
        assert_eq!(reply.status, 200, "{}", reply.text);
        let lines = reply.text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(lines(&set), Vec::<Value>::new(), "there is no run yet");
    let tools = json!([{"type": "function", "function": {"name": "look_up"}}]);
    world.provider.does(|asked| match asked.last().as_str() {
        _ if asked.is_judge() => provider::level(5),
        "Question 2?" => provider::error(400, "no"),
        question => provider::says(&format!("Yes to {question}")),
    });
    let first = world.start(&set, json!({}));
    world.drive();
    let target = json!({"provider": "mock", "model": "new", "prompt": {"tools": tools}});
    let second = world.start(&set, json!({"target": target}));
    let answered = |run: &str| {
        let mut shown: Vec<_> = lines(&set)
            .iter()
            .map(|line| {
                assert_eq!(line["run_id"], run);
                let question = &line["request"]["messages"][0]["content"];
                format!(
                    "{question} {} {} {} {} ms, {}, stored: {}, tools: {}",
                    line["reference"],
                    line["response"]["text"],
                    line["error"],
                    line["latency_ms"],
                    line["cost_usd"],
                    line["cached"],
                    line["request"]["tools"]
                )
            })
            .collect();
        // A run draws the order of its items.
        shown.sort();
        shown.join("\n")
    };
    expect![[r#"
        "Question 1?" "The original answer to question 1." "Yes to Question 1?" null 100 ms, 0.0002, stored: false, tools: null
        "Question 2?" "The original answer to question 2." null "the provider answered 400: no" null ms, null, stored: false, tools: null
        "Question 3?" "The original answer to question 3." "Yes to Question 3?" null 100 ms, 0.0002, stored: false, tools: null"#]].assert_eq(&answered(&first));
    world.drive();
    expect![[r#"
        "Question 1?" "The original answer to question 1." "Yes to Question 1?" null 100 ms, 0.0002, stored: false, tools: [{"type":"function","function":{"name":"look_up"}}]
        "Question 2?" "The original answer to question 2." null "the provider answered 400: no" null ms, null, stored: false, tools: [{"type":"function","function":{"name":"look_up"}}]
        "Question 3?" "The original answer to question 3." "Yes to Question 3?" null 100 ms, 0.0002, stored: false, tools: [{"type":"function","function":{"name":"look_up"}}]"#]].assert_eq(&answered(&second));
    assert_eq!(world.call("GET", "/api/sets/nothing/answers", &Value::Null).status, 404);
}

#[test]
fn what_is_exported_comes_to_the_same_items_again() {
    let world = World::new();
    world.import_sample();
    let set = empty(&world);
    world.post(&format!("/api/sets/{set}/items"), &json!({"filter": {}}));
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": [{"request": "One?", "verified": true, "reference": {"text": "", "tool_calls": [{"name": "f", "arguments": "{}"}]}}, {"request": "x".repeat(1_000_000)}]}));
    let export = |set: &str| {
        let reply = world.call("GET", &format!("/api/sets/{set}/export"), &Value::Null);
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-disposition"), format!("attachment; filename=\"{set}.jsonl\""));
        reply.text
    };
    let lines = export(&set);
    let items: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(items.len() > 60);
    let criteria: Value = serde_json::from_str(ACCURACY).unwrap();
    let other = id(&world.post("/api/sets", &json!({"name": "Again", "criteria": criteria})));
    let added = world.post(&format!("/api/sets/{other}/items"), &json!({"items": items}));
    assert_eq!(added["added"], items.len());
    assert!(export(&other) == lines, "the same lines in the same order");
    assert_eq!(world.call("GET", "/api/sets/nothing/export", &Value::Null).status, 404);
}

#[test]
fn long_sets_are_exported_page_by_page() {
    let world = World::new();
    world.connect();
    let set = world.set_of(501);
    let large: Vec<_> =
        (0..6).map(|place| json!({"request": format!("{place}{}", "x".repeat(800_000))})).collect();
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": large}));
    let huge = json!({"request": "y".repeat(1_000_000)});
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": [huge, {"request": "Last?"}]}));
    world.start(&set, json!({"baseline": false, "concurrency": 60}));
    world.drive();
    for file in ["export", "answers"] {
        let mut begun = world.begin(&format!("/api/sets/{set}/{file}"));
        let pieces: Vec<_> = std::iter::from_fn(|| begun.piece()).map(|piece| piece.unwrap()).collect();
        assert_eq!(pieces.iter().map(|piece| piece.lines().count()).sum::<usize>(), 509);
        assert!(pieces.len() > 2, "{} pages", pieces.len());
        assert!(pieces.iter().all(|piece| piece.ends_with('\n') && piece.len() < 6_000_000));

        let mut begun = world.begin(&format!("/api/sets/{set}/{file}"));
        begun.piece().unwrap().unwrap();
        world.complaints.lock().unwrap().push_back("no such table: set_item".to_owned());
        expect![[r#"
            {"error":"the file breaks off here, and the rest of it is missing: save it again"}
        "#]]
        .assert_eq(&begun.piece().unwrap().unwrap());
        assert!(begun.piece().unwrap().is_err(), "it breaks off");
        assert_eq!(begun.piece(), None);
    }
    world.sql("UPDATE set_version SET item_count = 200001 WHERE version = 1");
    let problem = |version: &str| {
        world.call("GET", &format!("/api/sets/{set}/export?version={version}"), &Value::Null).problem()
    };
    expect!["422 ?version version 1 has 200001 items; one file has at most 200000: export a smaller version"]
        .assert_eq(&problem("1"));
}

#[test]
fn what_is_added_at_once_is_all_added_in_one_version_after_the_other() {
    let world = World::new();
    let set = empty(&world);
    let add = |request: &str| {
        as_operator("POST", &format!("/api/sets/{set}/items"), &json!({"items": [{"request": request}]}))
    };
    let calls = ["One?", "Two?", "Three?", "Two?", "Five?"].map(add).into();
    let mut shown: Vec<_> = world.send_together(calls).iter().map(|reply| reply.problem()).collect();
    shown.sort();
    expect![[r#"
        200 {"added":0,"duplicates":1,"skipped":0,"version":3}
        200 {"added":1,"duplicates":0,"skipped":0,"version":2}
        200 {"added":1,"duplicates":0,"skipped":0,"version":3}
        200 {"added":1,"duplicates":0,"skipped":0,"version":4}
        200 {"added":1,"duplicates":0,"skipped":0,"version":5}"#]]
    .assert_eq(&shown.join("\n"));
    assert_eq!(world.count("set_item"), 4);
}

#[test]
fn of_two_changes_of_what_is_judged_one_is_told_to_repeat() {
    let world = World::new();
    let set = empty(&world);
    let change = |question: &str| {
        let criteria = json!([{"name": "Right", "question": question}]);
        as_operator("PATCH", &format!("/api/sets/{set}"), &json!({"criteria": criteria}))
    };
    let mut shown: Vec<_> = world
        .send_together(vec![change("Is it right?"), change("Is it true?")])
        .iter()
        .map(|reply| reply.status)
        .collect();
    shown.sort_unstable();
    assert_eq!(shown, [200, 409]);
}

#[test]
fn a_log_of_any_format_becomes_a_chat_request_and_says_what_was_lost() {
    let world = World::new();
    let message =
        json!({"type": "message", "content": [{"type": "text", "text": "Rain"}], "stop_reason": "end_turn"});
    let embedded = json!({"object": "list", "data": [{"embedding": [0.5]}]});
    world.import([
        json!({"created": 1_793_000_001, "request": {"model": "claude", "max_tokens": 9, "top_k": 5, "system": "Be brief.", "messages": [{"role": "user", "content": "Weather?"}]}, "response": message}),
        json!({"created": 1_793_000_002, "request": {"model": "gpt", "input": "Wind?"}, "response": {"object": "response", "status": "completed", "output": [{"type": "function_call", "call_id": "c1", "name": "wind", "arguments": "{}"}]}}),
        json!({"created": 1_793_000_003, "request": {"model": "old", "prompt": "Once"}, "response": {"object": "text_completion", "choices": [{"text": " upon"}]}}),
        json!({"created": 1_793_000_004, "request": {"model": "e", "input": "Words"}, "response": embedded}),
        json!({"created": 1_793_000_005, "request": {"model": "old", "prompt": [1, 2]}, "response": {"object": "text_completion", "choices": [{"text": "x"}]}}),
    ]);
    let set = empty(&world);
    let mut added = world.post(&format!("/api/sets/{set}/items"), &json!({"filter": {}}));
    for refused in added["refused"].as_array_mut().unwrap() {
        refused["log_id"] = json!("…");
    }
    expect![[r#"{"added":3,"duplicates":0,"skipped":2,"refused":[{"log_id":"…","reason":"it asks for embeddings, which are no conversation"},{"log_id":"…","reason":"it says nothing in words"}],"version":2}"#]].assert_eq(&added.to_string());

    let mut items = world.all(&format!("/api/sets/{set}/items"), 2);
    items.reverse();
    let whole = |item: &Value| world.get(&format!("/api/sets/{set}/items/{}", item["id"].as_str().unwrap()));
    let lines: Vec<_> = items
        .iter()
        .map(whole)
        .map(|item| format!("{} -> {} lossy {}", item["request"], item["reference"], item["lossy"]))
        .collect();
    expect![[r#"
        {"model":"claude","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Weather?"}],"max_completion_tokens":9} -> "Rain" lossy ["top_k"]
        {"model":"gpt","messages":[{"role":"user","content":"Wind?"}]} -> {"text":"","tool_calls":[{"id":"c1","name":"wind","arguments":"{}"}],"finish_reason":"tool_calls"} lossy null
        {"model":"old","messages":[{"role":"user","content":"Once"}]} -> " upon" lossy null"#]].assert_eq(&lines.join("\n"));

    let exported = world.send(as_operator("GET", &format!("/api/sets/{set}/export"), &Value::Null)).text;
    assert!(exported.lines().next().unwrap().contains(r#""lossy":["top_k"]"#), "{exported}");
    let first = format!("/api/sets/{set}/items/{}", items[0]["id"].as_str().unwrap());
    let rewritten = world
        .patch(&first, &json!({"request": {"messages": [{"role": "user", "content": "Weather today?"}]}}));
    assert_eq!(rewritten["lossy"], Value::Null);
}

#[test]
fn a_set_stands_for_the_features_of_its_items() {
    let world = World::new();
    let log = |feature: Option<&str>, at: &str, said: &str| {
        json!({
            "created": at, "request": {"model": "m", "messages": [{"role": "user", "content": said}], "metadata": feature.map(|feature| json!({"feature": feature}))},
            "response": {"choices": [{"message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}]},
        })
    };
    world.import([
        log(Some("support"), "2026-11-04T00:00:00Z", "Where?"),
        log(Some("support"), "2026-11-03T00:00:00Z", "When?"),
        log(Some("code"), "2026-10-30T00:00:00Z", "Why?"),
        log(None, "2026-11-02T00:00:00Z", "Who?"),
        log(Some("code"), "2026-10-28T00:00:00Z", "How?"),
        log(Some("old"), "2026-10-01T00:00:00Z", "What?"),
    ]);
    let set = empty(&world);
    let coverage = || world.get(&format!("/api/sets/{set}/coverage"))["features"].to_string();
    expect![[r#"[{"feature":"support","logs":2,"items":0},{"feature":null,"logs":1,"items":0},{"feature":"code","logs":1,"items":0}]"#]].assert_eq(&coverage());
    for filter in [json!({"feature": ["support", "old"]}), json!({"not.feature": ["support", "code", "old"]})]
    {
        world.post(&format!("/api/sets/{set}/items"), &json!({"filter": filter}));
    }
    expect![[r#"[{"feature":"support","logs":2,"items":2},{"feature":null,"logs":1,"items":1},{"feature":"code","logs":1,"items":0},{"feature":"old","logs":0,"items":1}]"#]].assert_eq(&coverage());
    assert_eq!(world.call("GET", "/api/sets/none/coverage", &Value::Null).status, 404);
}
