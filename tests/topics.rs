//! Names of topics: given by hand, replaced, taken away, and kept.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::{World, request};

/// The names of a set's topics in one line each, the newest first.
fn check(world: &Arc<World>, set: &str, expected: Expect) {
    let list = world.get(&format!("/api/sets/{set}/topics"));
    let lines = list["data"].as_array().unwrap().iter();
    let lines = lines.map(|topic| format!("{} {} by {}", topic["name"], topic["terms"], topic["author"]));
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

fn put(world: &Arc<World>, set: &str, name: Value, terms: Value) -> Value {
    let body = json!({"name": name, "terms": terms});
    world.call("PUT", &format!("/api/sets/{set}/topics"), &body).succeeded()
}

#[test]
fn of_the_same_terms_the_newest_name_counts_and_all_are_kept() {
    let world = World::new();
    world.connect();
    let (set, other) = (world.set_of(1), world.set_of(1));
    check(&world, &set, expect![""]);
    let first = put(&world, &set, json!("Dates"), json!([["format", 0.6], ["date", 0.8]]));
    put(&world, &set, json!("Sums"), json!([["totals", 1]]));
    let again = put(&world, &set, json!("Dates"), json!([["date", 0.8], ["format", 0.6]]));
    assert_eq!(again, first, "the same name again is the one that is there");
    check(
        &world,
        &set,
        expect![[r#"
        "Sums" [["totals",1.0]] by "admin"
        "Dates" [["date",0.8],["format",0.6]] by "admin""#]],
    );
    put(&world, &set, json!("Days"), json!([["date", 0.8], ["format", 0.6]]));
    put(&world, &set, Value::Null, json!([["totals", 1]]));
    check(
        &world,
        &set,
        expect![[r#"
        null [["totals",1.0]] by "admin"
        "Days" [["date",0.8],["format",0.6]] by "admin""#]],
    );
    check(&world, &other, expect![""]);
    assert_eq!(world.count("topic_name"), 4);
}

#[test]
fn who_may_label_may_name_topics_and_a_deleted_set_keeps_its_names() {
    let world = World::new();
    world.connect();
    let set = world.set_of(1);
    let path = format!("/api/sets/{set}/topics");
    let token = |scopes: &[&str]| {
        let made = world.post("/api/keys", &json!({"name": scopes[0], "scopes": scopes}));
        format!("Bearer {}", made["token"].as_str().unwrap())
    };
    let name = |token: String, name: &str| {
        let body = json!({"name": name, "terms": [["date", 1]]}).to_string();
        let request = request("PUT", &path).header("authorization", token);
        world.send(request.body(body.into()).unwrap()).status
    };
    assert_eq!(name(token(&["read"]), "Dates"), 403);
    assert_eq!(name(token(&["run"]), "Dates"), 200);
    world.delete(&format!("/api/sets/{set}"));
    check(&world, &set, expect![[r#""Dates" [["date",1.0]] by "key:run""#]]);
}
