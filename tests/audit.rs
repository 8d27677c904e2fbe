//! Who changed what: each call with the rights of an operator is written down, once it has changed something.

use std::sync::Arc;

use axum::body::Body;
use edge::ports::{Sql, Statement};
use expect_test::expect;
use serde_json::{Value, json};

use crate::support::scene::id;
use crate::support::{ADMIN, Reply, Seat, World, drive, request};

/// Writes the entries, the oldest first, with names in place of ids.
fn shown(world: &Arc<World>, names: &[(&str, &str)]) -> String {
    let mut entries = world.all("/api/audit", 2);
    entries.reverse();
    let line = |entry: &Value| {
        let of = |name: &str| entry[name].to_string().replace('"', "");
        let by = if entry["session"] == true { "session" } else { "token" };
        let (subject, key) = (of("subject"), of("key_id"));
        format!(
            "{subject} ({key}) by {by}: {} {} {} {}",
            of("method"),
            of("route"),
            of("thing"),
            of("status")
        )
    };
    let lines = entries.iter().map(line).collect::<Vec<_>>().join("\n");
    names.iter().fold(lines, |lines, (name, id)| lines.replace(id, name))
}

/// Makes a call with a token, or with the cookie of a session.
fn call(world: &Arc<World>, method: &str, path: &str, header: (&str, &str), body: &Value) -> Reply {
    let request = request(method, path).header(header.0, header.1).header("origin", "https://assay.example");
    world.send(request.body(Body::from(body.to_string())).unwrap())
}

#[test]
fn what_an_operator_changes_is_written_down_without_what_was_sent() {
    let world = World::new();
    let made = world.post("/api/keys", &json!({"name": "ops", "scopes": ["admin"]}));
    assert_eq!(world.get("/api/audit")["data"][0]["thing"], made["id"]);
    let (key, token) = (id(&made), made["token"].as_str().unwrap().to_owned());
    let bearer = format!("Bearer {token}");
    let with_token = ("authorization", bearer.as_str());
    let signed_in = call(&world, "POST", "/api/session", ("x-none", ""), &json!({"token": token}));
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let with_cookie = ("cookie", cookie.as_str());

    let provider = json!({"name": "own", "protocol": "openai", "base_url": "https://api.example.com/v1", "api_key": "sk-0123456789abcd"});
    let provider = id(&call(&world, "POST", "/api/providers", with_token, &provider).succeeded());
    let path = format!("/api/providers/{provider}");
    call(&world, "PATCH", &path, with_cookie, &json!({"api_key": "sk-another-one-01234"})).succeeded();
    let set = json!({"name": "Secret plans", "criteria": [{"name": "a", "question": "b"}]});
    let set = id(&call(&world, "POST", "/api/sets", with_cookie, &set).succeeded());
    let items = format!("/api/sets/{set}/items");
    call(&world, "POST", &items, with_token, &json!({"items": [{"request": "Hi"}]})).succeeded();
    let item = id(&world.get(&items)["data"][0]);
    call(&world, "DELETE", &format!("{items}/{item}"), with_token, &Value::Null).succeeded();

    // What is refused, fails, reads or needs no operator is not there.
    call(&world, "DELETE", "/api/providers/nothing", with_token, &Value::Null);
    call(&world, "POST", "/api/sets", with_token, &json!({"name": ""}));
    call(&world, "POST", "/api/session", ("x-none", ""), &json!({"token": "wrong"}));
    call(&world, "DELETE", &path, ("authorization", "Bearer wrong"), &Value::Null);
    call(&world, "POST", "/api/logs/import", with_token, &Value::Null);
    call(&world, "DELETE", &path, with_cookie, &Value::Null).succeeded();
    call(&world, "DELETE", &format!("/api/keys/{key}"), with_token, &Value::Null).succeeded();

    expect![[r#"
        admin (null) by token: POST /api/keys KEY 201
        key:ops (KEY) by token: POST /api/session null 204
        key:ops (KEY) by token: POST /api/providers PROVIDER 201
        key:ops (KEY) by session: PATCH /api/providers/{provider} PROVIDER 200
        key:ops (KEY) by session: POST /api/sets SET 201
        key:ops (KEY) by token: POST /api/sets/{set}/items SET 200
        key:ops (KEY) by token: DELETE /api/sets/{set}/items/{item} SET/ITEM 204
        key:ops (KEY) by session: DELETE /api/providers/{provider} PROVIDER 204
        key:ops (null) by token: DELETE /api/keys/{key} KEY 204"#]]
    .assert_eq(&shown(&world, &[("KEY", &key), ("PROVIDER", &provider), ("SET", &set), ("ITEM", &item)]));
    let stored = serde_json::to_string(&world.sql("SELECT * FROM audit")).unwrap();
    for secret in [token.as_str(), ADMIN, "sk-", "Secret plans", cookie.split('=').nth(1).unwrap()] {
        assert!(!stored.contains(secret), "{secret}");
    }
}

#[test]
fn nobody_changes_what_is_written_down() {
    for sql in ["UPDATE audit SET subject = 'somebody'", "DELETE FROM audit"] {
        let world = World::new();
        world.post("/api/keys", &json!({"name": "ops", "scopes": ["admin"]}));
        assert_eq!(world.count("audit"), 1);
        let seat = Seat::of_router(&world);
        let done = drive::finish(&world, seat.query(Statement::new(sql, [])));
        let words = done.unwrap_err().to_string();
        assert!(words.contains("what was done stays written"), "{words}");
    }
}

#[test]
fn what_cannot_be_written_down_has_happened_and_is_noted() {
    let world = World::new();
    world.sql("DROP TABLE audit");
    let made = world.post("/api/keys", &json!({"name": "ops", "scopes": ["read"]}));
    assert!(made["token"].is_string());
    let notes = world.notes().join("\n");
    assert!(notes.starts_with("POST /api/keys by admin is not in the audit: "), "{notes}");
}
