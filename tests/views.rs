//! Saved views: kept under a name of their page, listed, taken away.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::scene::id;
use crate::support::{World, request};

/// The views that a query lists, in one line each.
fn check(world: &Arc<World>, query: &str, expected: Expect) {
    let list = world.get(&format!("/api/views{query}"));
    let lines = list["data"].as_array().unwrap().iter();
    let lines = lines.map(|view| format!("{} {} by {}", view["name"], view["address"], view["author"]));
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

fn save(world: &Arc<World>, name: &str, address: &str) -> Value {
    world.post("/api/views", &json!({"name": name, "address": address}))
}

#[test]
fn a_page_lists_its_views_by_name_and_all_of_them_are_listed_newest_first() {
    let world = World::new();
    save(&world, "Support", "/logs?feature=support&q=%C3%A9");
    save(&world, "All errors", "/logs?outcome=error");
    let broke = save(&world, "Broke", "/runs/r1?show=broke");
    save(&world, "Broke", "/runs/r2?show=broke");
    check(
        &world,
        "?path=/logs",
        expect![[r#"
            "All errors" "/logs?outcome=error" by "admin"
            "Support" "/logs?feature=support&q=%C3%A9" by "admin""#]],
    );
    check(&world, "?path=/runs/r1", expect![[r#""Broke" "/runs/r1?show=broke" by "admin""#]]);
    check(&world, "?path=/nowhere", expect![""]);
    world.delete(&format!("/api/views/{}", id(&broke)));
    check(
        &world,
        "",
        expect![[r#"
            "Broke" "/runs/r2?show=broke" by "admin"
            "All errors" "/logs?outcome=error" by "admin"
            "Support" "/logs?feature=support&q=%C3%A9" by "admin""#]],
    );
    let gone = world.call("DELETE", &format!("/api/views/{}", id(&broke)), &Value::Null);
    expect!["404 there is no such view"].assert_eq(&gone.problem());
}

#[test]
fn of_one_page_a_name_is_given_once() {
    let world = World::new();
    save(&world, "Broke", "/runs/r1?show=broke");
    let again = world.call("POST", "/api/views", &json!({"name": "broke", "address": "/runs/r1"}));
    expect![[r#"409 the name "broke" is taken by another view of this page"#]].assert_eq(&again.problem());
    check(&world, "", expect![[r#""Broke" "/runs/r1?show=broke" by "admin""#]]);
}

#[test]
fn a_page_has_only_so_many_views() {
    let world = World::new();
    for number in 0..200 {
        save(&world, &format!("View {number}"), "/logs");
    }
    let more = world.call("POST", "/api/views", &json!({"name": "More", "address": "/logs?q=x"}));
    expect!["422 /address /logs has 200 views, the most there are; delete one first"]
        .assert_eq(&more.problem());
    save(&world, "More", "/runs");
}

#[test]
fn who_may_run_may_save_views_for_everybody() {
    let world = World::new();
    let call = |scope: &str, method: &str, path: &str, body: &Value| {
        let made = world.post("/api/keys", &json!({"name": scope, "scopes": [scope]}));
        let request = request(method, path)
            .header("authorization", format!("Bearer {}", made["token"].as_str().unwrap()));
        world.send(request.body(body.to_string().into()).unwrap())
    };
    let new = json!({"name": "Mine", "address": "/logs"});
    assert_eq!(call("read", "POST", "/api/views", &new).status, 403);
    let made = call("run", "POST", "/api/views", &new);
    assert_eq!(made.status, 201);
    assert_eq!(call("read", "GET", "/api/views", &Value::Null).status, 200);
    check(&world, "", expect![[r#""Mine" "/logs" by "key:run""#]]);
    let path = format!("/api/views/{}", id(&made.json()));
    assert_eq!(call("read", "DELETE", &path, &Value::Null).status, 403);
    assert_eq!(call("run", "DELETE", &path, &Value::Null).status, 204);
}
