//! Labels: what people say of responses, and what that says of the judge.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::provider::{error, level, says};
use crate::support::scene::{id, with};
use crate::support::{Reply, World, request};

/// A run of three items, the last of which got no response; its items by number.
fn scene() -> (Arc<World>, String, Vec<String>) {
    let world = World::new();
    world.connect();
    let criteria = json!([{"name": "Accuracy", "question": "Is it right?"}, {"name": "Polite", "question": "Is it polite?", "kind": "binary"}]);
    let set = world.set_with(3, json!({"criteria": criteria}));
    world.provider.does(|asked| match asked.is_judge() {
        true => level(5),
        false if asked.last().contains('3') => error(400, "no"),
        false => says(&format!("An answer to: {}", asked.last())),
    });
    let run = world.start(&set, json!({"baseline": false}));
    world.drive();
    let mut rows = world.all(&format!("/api/runs/{run}/results"), 200);
    rows.sort_by_key(|row| row["request_preview"].to_string());
    let items = rows.iter().map(|row| row["item_id"].as_str().unwrap().to_owned());
    (world, run, items.collect())
}

/// Labels an item as somebody, the operator by no token.
fn put(world: &Arc<World>, token: Option<&str>, run: &str, item: &str, extra: Value) -> Reply {
    let body = with(json!({"run_id": run, "item_id": item}), extra);
    match token {
        None => world.call("PUT", "/api/labels", &body),
        Some(token) => world.send(
            request("PUT", "/api/labels")
                .header("authorization", format!("Bearer {token}"))
                .body(body.to_string().into())
                .unwrap(),
        ),
    }
}

/// Makes a key that may label, and gives its token.
fn key(world: &Arc<World>, name: &str) -> String {
    let made = world.post("/api/keys", &json!({"name": name, "scopes": ["run", "read"]}));
    made["token"].as_str().unwrap().to_owned()
}

/// Reads the labels of a result in one line each.
fn labels(world: &Arc<World>, run: &str, item: &str) -> String {
    let detail = world.get(&format!("/api/runs/{run}/results/{item}"));
    let lines = detail["labels"].as_array().unwrap().iter().map(|label| {
        let mark = if label["level"].is_null() { &label["pass"] } else { &label["level"] };
        format!(
            "{} {mark} on {} {}",
            label["author"].as_str().unwrap(),
            label["criterion"].as_str().unwrap_or("all of it"),
            label["note"]
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn check(world: &Arc<World>, run: &str, item: &str, expected: Expect) {
    expected.assert_eq(&labels(world, run, item));
}

#[test]
fn people_label_a_response_as_a_whole_and_on_each_criterion() {
    let (world, run, items) = scene();
    let (anna, ben) = (key(&world, "anna"), key(&world, "ben"));
    put(&world, None, &run, &items[0], json!({"pass": true})).succeeded();
    put(
        &world,
        Some(&anna),
        &run,
        &items[0],
        json!({"criterion": "Accuracy", "level": 3, "note": "Too late."}),
    )
    .succeeded();
    put(&world, Some(&anna), &run, &items[0], json!({"criterion": "Polite", "pass": true})).succeeded();
    put(&world, Some(&ben), &run, &items[0], json!({"criterion": "Accuracy", "pass": true})).succeeded();
    check(
        &world,
        &run,
        &items[0],
        expect![[r#"
            admin true on all of it null
            key:anna 3 on Accuracy "Too late."
            key:anna true on Polite null
            key:ben true on Accuracy null"#]],
    );
    check(&world, &run, &items[1], expect![[""]]);
}

#[test]
fn a_newer_label_of_the_same_person_counts_instead_and_both_are_kept() {
    let (world, run, items) = scene();
    let anna = key(&world, "anna");
    put(&world, Some(&anna), &run, &items[0], json!({"criterion": "Accuracy", "level": 3})).succeeded();
    let first = put(&world, None, &run, &items[0], json!({"criterion": "Accuracy", "level": 2})).succeeded();
    let again = put(&world, None, &run, &items[0], json!({"criterion": "Accuracy", "level": 2})).succeeded();
    assert_eq!(again, first, "the same label again is the one that is there");
    put(&world, None, &run, &items[0], json!({"criterion": "Accuracy", "level": 5})).succeeded();
    check(
        &world,
        &run,
        &items[0],
        expect![[r#"
            key:anna 3 on Accuracy null
            admin 5 on Accuracy null"#]],
    );
    assert_eq!(world.count("label"), 3);
}

#[test]
fn a_withdrawn_label_no_longer_counts_and_stays_on_record() {
    let (world, run, items) = scene();
    let (anna, ben) = (key(&world, "anna"), key(&world, "ben"));
    let label = put(&world, Some(&anna), &run, &items[0], json!({"pass": false})).succeeded();
    let path = format!("/api/labels/{}", id(&label));
    let withdraw = |token: &str| {
        let request = request("DELETE", &path).header("authorization", format!("Bearer {token}"));
        world.send(request.body("".into()).unwrap()).problem()
    };
    expect![[r#"403 this needs the scope "admin", which the token does not have"#]]
        .assert_eq(&withdraw(&ben));
    expect!["204 "].assert_eq(&withdraw(&anna));
    expect!["404 there is no such label"].assert_eq(&withdraw(&anna));
    check(&world, &run, &items[0], expect![[""]]);
    assert_eq!(world.count("label"), 2);
    let label = put(&world, Some(&anna), &run, &items[0], json!({"pass": false})).succeeded();
    check(&world, &run, &items[0], expect!["key:anna false on all of it null"]);
    world.delete(&format!("/api/labels/{}", id(&label)));
    check(&world, &run, &items[0], expect![[""]]);
    let by: Vec<_> = world
        .sql("SELECT author, written_by FROM label ORDER BY seq")
        .iter()
        .map(|row| format!("{} {}", row["author"], row["written_by"]))
        .collect();
    expect![[r#"
        "key:anna" "key:anna"
        "key:anna" "key:anna"
        "key:anna" "key:anna"
        "key:anna" "admin""#]]
    .assert_eq(&by.join("\n"));
}

#[test]
fn a_label_that_was_replaced_cannot_be_withdrawn() {
    let (world, run, items) = scene();
    let old = put(&world, None, &run, &items[0], json!({"pass": false})).succeeded();
    put(&world, None, &run, &items[0], json!({"pass": true})).succeeded();
    let path = format!("/api/labels/{}", id(&old));
    expect!["404 there is no such label"].assert_eq(&world.call("DELETE", &path, &Value::Null).problem());
    check(&world, &run, &items[0], expect!["admin true on all of it null"]);
}

#[test]
fn what_cannot_be_labelled_is_said() {
    let (world, run, items) = scene();
    let check = |item: &str, extra: Value, expected: Expect| {
        expected.assert_eq(&put(&world, None, &run, item, extra).problem());
    };
    check(
        &items[2],
        json!({"pass": true}),
        expect!["422 /item_id the target gave no response to this item; there is nothing to label"],
    );
    check(
        &items[0],
        json!({"criterion": "Tone", "pass": true}),
        expect![[r#"422 /criterion there is no criterion "Tone"; known are Accuracy, Polite"#]],
    );
    check(
        &items[0],
        json!({"criterion": "Polite", "level": 3}),
        expect!["422 /level the criterion is binary, and level 3 is neither; give pass, or level 0 or 5"],
    );
    assert_eq!(world.count("label"), 0);
}

#[test]
fn a_label_belongs_to_the_response_whatever_run_it_was_given_in() {
    let (world, run, items) = scene();
    put(&world, None, &run, &items[0], json!({"criterion": "Accuracy", "level": 3})).succeeded();
    put(&world, None, &run, &items[0], json!({"criterion": "Polite", "pass": true})).succeeded();
    let set = world.run(&run)["set_id"].as_str().unwrap().to_owned();
    // Renamed, and asked otherwise.
    let criteria =
        json!([{"name": "Right", "question": "Is it right?"}, {"name": "Polite", "question": "Is it kind?"}]);
    world.patch(&format!("/api/sets/{set}"), &json!({"criteria": criteria}));
    world.provider.forget();
    let other = world.start(
        &set,
        json!({"baseline": false, "judge": {"provider": "mock", "model": "judge", "params": {"top_p": 0.5}}}),
    );
    world.drive();
    check(&world, &other, &items[0], expect!["admin 3 on Right null"]);
    let fresh = world.start(&set, json!({"baseline": false, "fresh": true}));
    world.drive();
    check(&world, &fresh, &items[0], expect![[""]]);
}
