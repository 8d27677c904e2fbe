//! Lists of runs and of items in the orders that a reader can ask for.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::scene::id;

/// Reads a list in pages of every size, which must agree, and names its rows by a field.
fn check(world: &Arc<World>, list: &str, field: &str, expected: Expect) {
    let names = |limit: u32| {
        let rows = world.all(list, limit);
        rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let all = names(50);
    for limit in 1..=6 {
        assert_eq!(names(limit), all, "{limit}");
    }
    expected.assert_eq(&all);
}

fn new_set(world: &Arc<World>, name: &str) -> String {
    let criteria = json!([{"name": "Accuracy", "question": "Is it right?"}]);
    id(&world.post("/api/sets", &json!({"name": name, "criteria": criteria})))
}

/// Stores runs as they are after a while: their names, sets, how many passed and failed, and what they cost.
fn world_of_runs() -> (Arc<World>, String) {
    let world = World::new();
    let (support, code) = (new_set(&world, "support"), new_set(&world, "Code"));
    let config = json!({
        "set_id": support, "target": {"provider": "demo", "model": "echo"}, "judge": {"provider": "demo", "model": "judge"},
    });
    let runs = [
        ("a", &support, Some((3, 1)), Some((0.5, 0))),
        ("B", &code, Some((0, 4)), Some((0.25, 0))),
        ("c", &support, None, None),
        // It has a cost that nobody knows.
        ("D", &code, Some((3, 1)), Some((0.0, 2))),
        ("e", &support, Some((4, 0)), Some((0.5, 0))),
    ];
    for (place, (name, set, scored, cost)) in runs.into_iter().enumerate() {
        world.sql(&format!(
            "INSERT INTO run (id, name, set_id, set_version, config, judge_version, total, created_at, body_hash) \
             VALUES ('r{place}', '{name}', '{set}', 1, '{config}', '{}', 4, {place}, '')",
            "0".repeat(64)
        ));
        for (verdict, outcomes) in
            scored.into_iter().flat_map(|(pass, fail)| [("pass", pass), ("fail", fail)])
        {
            world.sql(&format!(
                "INSERT INTO run_tally (run_id, verdict, outcomes) VALUES ('r{place}', '{verdict}', {outcomes})"
            ));
        }
        if let Some((usd, unpriced)) = cost {
            world.sql(&format!(
                "INSERT INTO run_spend (run_id, shard, target_calls, judge_calls, memoised, retried, unpriced, cost_usd, window) \
                 VALUES ('r{place}', 0, 4, 4, 0, 0, {unpriced}, {usd}, 1)"
            ));
        }
    }
    (world, code)
}

#[test]
fn runs_stand_in_every_order_and_what_has_no_number_stands_last() {
    let (world, code) = world_of_runs();
    let check =
        |query: &str, expected: Expect| check(&world, &format!("/api/runs?{query}"), "name", expected);
    check("", expect!["e D c B a"]);
    check("order=newest", expect!["e D c B a"]);
    check("order=oldest", expect!["a B c D e"]);
    check("order=name", expect!["a B c D e"]);
    check("order=name_reversed", expect!["e D c B a"]);
    check("order=set", expect!["D B e c a"]);
    check("order=set_reversed", expect!["e c a D B"]);
    check("order=best", expect!["e D a B c"]);
    check("order=worst", expect!["B D a e c"]);
    // What has made no call costs nothing.
    check("order=dearest", expect!["e a B c D"]);
    check("order=cheapest", expect!["c B e a D"]);
    check(&format!("order=oldest&set_id={code}"), expect!["B D"]);
}

#[test]
fn items_stand_in_every_order_and_what_has_no_feature_stands_last() {
    let world = World::new();
    let set = new_set(&world, "Support");
    let items = [
        ("a", Some("search"), false),
        ("b", None, true),
        ("c", Some("Code"), false),
        ("d", Some("search"), true),
    ];
    for (text, feature, verified) in items {
        let messages = json!([{"role": "user", "content": text}]);
        let mut item = json!({"request": {"messages": messages}, "reference": "x", "verified": verified});
        if let Some(feature) = feature {
            item["feature"] = json!(feature);
        }
        world.post(&format!("/api/sets/{set}/items"), &json!({"items": [item]}));
    }
    let check = |query: &str, expected: Expect| {
        check(&world, &format!("/api/sets/{set}/items?{query}"), "request_preview", expected);
    };
    check("", expect!["d c b a"]);
    check("order=oldest", expect!["a b c d"]);
    check("order=feature", expect!["c d a b"]);
    check("order=feature_reversed", expect!["d a c b"]);
    check("order=verified", expect!["d b c a"]);
    check("order=unverified", expect!["c a d b"]);
    check("order=oldest&version=3", expect!["a b"]);
}

#[test]
fn a_page_goes_on_after_a_row_that_left_the_list_and_after_none_that_was_never_there() {
    let world = World::new();
    let set = new_set(&world, "Support");
    let item =
        |text: &str| json!({"request": {"messages": [{"role": "user", "content": text}]}, "reference": "x"});
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": [item("a"), item("b"), item("c")]}));
    let list = format!("/api/sets/{set}/items?order=oldest&limit=1");
    let first = world.get(&list);
    world.delete(&format!("/api/sets/{set}/items/{}", id(&first["data"][0])));
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = world.get(&format!("{list}&cursor={cursor}"));
    expect![[r#""b""#]].assert_eq(&next["data"][0]["request_preview"].to_string());
    let other = world.call("GET", &format!("/api/runs?order=oldest&cursor={cursor}"), &Value::Null);
    expect!["422 ?cursor the cursor is not one that this list gave; leave it out to begin"]
        .assert_eq(&other.problem());
}
