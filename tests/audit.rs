//! Who changed what: each call with the rights of an operator is written down, once it has changed something, and who was
//! refused. What is written down hangs together as a chain.

use std::sync::Arc;

use axum::body::Body;
use edge::ports::{Sql, Statement};
use expect_test::expect;
use serde_json::{Value, json};

use crate::support::scene::id;
use crate::support::{ADMIN, Reply, Seat, World, as_operator, drive, request};

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
    assert_eq!(
        call(&world, "GET", &format!("/api/sets/{set}/export"), with_cookie, &Value::Null).status,
        200
    );
    call(&world, "DELETE", &format!("{items}/{item}"), with_token, &Value::Null).succeeded();

    let view = json!({"address": "/logs?feature=support", "name": "Support"});
    let view = id(&call(&world, "POST", "/api/views", with_cookie, &view).succeeded());
    call(&world, "DELETE", &format!("/api/views/{view}"), with_cookie, &Value::Null).succeeded();

    // What fails, reads or needs no operator is not there.
    call(&world, "DELETE", "/api/providers/nothing", with_token, &Value::Null);
    call(&world, "POST", "/api/sets", with_token, &json!({"name": ""}));
    call(&world, "DELETE", &path, ("authorization", "Bearer wrong"), &Value::Null);
    call(&world, "POST", "/api/logs/import", with_token, &Value::Null);
    call(&world, "DELETE", &path, with_cookie, &Value::Null).succeeded();
    call(&world, "DELETE", "/api/session", with_cookie, &Value::Null).succeeded();
    call(&world, "DELETE", &format!("/api/keys/{key}"), with_token, &Value::Null).succeeded();

    expect![[r#"
        admin (null) by token: POST /api/keys KEY 201
        key:ops (KEY) by token: POST /api/session null 204
        key:ops (KEY) by token: POST /api/providers PROVIDER 201
        key:ops (KEY) by session: PATCH /api/providers/{provider} PROVIDER 200
        key:ops (KEY) by session: POST /api/sets SET 201
        key:ops (KEY) by token: POST /api/sets/{set}/items SET 200
        key:ops (KEY) by session: GET /api/sets/{set}/export SET 200
        key:ops (KEY) by token: DELETE /api/sets/{set}/items/{item} SET/ITEM 204
        key:ops (KEY) by session: DELETE /api/views/{view} VIEW 204
        key:ops (KEY) by session: DELETE /api/providers/{provider} PROVIDER 204
        key:ops (null) by session: DELETE /api/session null 204
        key:ops (null) by token: DELETE /api/keys/{key} KEY 204"#]]
    .assert_eq(&shown(
        &world,
        &[("KEY", &key), ("PROVIDER", &provider), ("SET", &set), ("ITEM", &item), ("VIEW", &view)],
    ));
    let stored = serde_json::to_string(&world.sql("SELECT * FROM audit")).unwrap();
    for secret in [token.as_str(), ADMIN, "sk-", "Secret plans", cookie.split('=').nth(1).unwrap()] {
        assert!(!stored.contains(secret), "{secret}");
    }
}

/// Makes a call from an address.
fn call_from(
    world: &Arc<World>,
    address: &str,
    token: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Reply {
    let request = request(method, path).header("cf-connecting-ip", address);
    let request =
        if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) };
    world.send(request.body(Body::from(body.to_string())).unwrap())
}

/// Signs in with a token that is none.
fn sign_in_wrongly(world: &Arc<World>, address: &str) {
    let reply = call_from(world, address, "", "POST", "/api/session", &json!({"token": "wrong"}));
    assert_eq!(reply.status, 401);
}

#[test]
fn who_was_refused_is_written_down_where_it_matters() {
    let world = World::new();
    let made = world.post("/api/keys", &json!({"name": "reader", "scopes": ["read"]}));
    let token = made["token"].as_str().unwrap();
    sign_in_wrongly(&world, "192.0.2.1");
    let refused =
        |method: &str, path: &str| call_from(&world, "192.0.2.2", token, method, path, &json!({})).status;
    assert_eq!(refused("DELETE", "/api/sets/s1"), 403);
    assert_eq!(refused("POST", "/api/runs"), 403);
    let cookie = call(&world, "POST", "/api/session", ("x-none", ""), &json!({"token": ADMIN}));
    let cookie = cookie.header("set-cookie").split(';').next().unwrap().to_owned();
    let elsewhere =
        request("DELETE", "/api/sets/s2").header("cookie", cookie).header("origin", "https://evil.example");
    assert_eq!(world.send(elsewhere.body(Body::empty()).unwrap()).status, 403);
    // What only reads, and a token that is none, changes nothing.
    assert_eq!(refused("GET", "/api/keys"), 403);
    assert_eq!(call_from(&world, "192.0.2.2", "wrong", "DELETE", "/api/sets/s1", &json!({})).status, 401);
    expect![[r#"
        admin (null) by token: POST /api/keys KEY 201
        anybody (null) by token: POST /api/session null 401
        key:reader (KEY) by token: DELETE /api/sets/{set} s1 403
        key:reader (KEY) by token: POST /api/runs null 403
        admin (null) by token: POST /api/session null 204
        admin (null) by session: DELETE /api/sets/{set} s2 403"#]]
    .assert_eq(&shown(&world, &[("KEY", &id(&made))]));

    let entries = world.all("/api/audit", 50);
    let hashes: Vec<_> = entries.iter().rev().map(|entry| entry["address_hash"].as_str()).collect();
    assert!(hashes[1].is_some() && hashes[2] == hashes[3] && hashes[1] != hashes[2], "{hashes:?}");
    assert_eq!(hashes[0], None, "no address was told");
    let stored = serde_json::to_string(&world.sql("SELECT * FROM audit")).unwrap();
    assert!(!stored.contains("192.0.2") && !stored.contains("wrong"), "{stored}");
}

#[test]
fn whoever_is_refused_again_and_again_fills_nothing() {
    let world = World::new();
    for _ in 0..15 {
        sign_in_wrongly(&world, "192.0.2.1");
    }
    assert_eq!(world.count("audit"), 5, "five of one address at once");
    world.clock.skip(60 * 60 * 1000);
    for _ in 0..15 {
        sign_in_wrongly(&world, "192.0.2.1");
    }
    assert_eq!(world.count("audit"), 10, "and five an hour");
    for n in 0..300 {
        sign_in_wrongly(&world, &format!("2001:db8::{n}"));
    }
    assert_eq!(world.count("audit"), 200, "of all addresses together");
    world.post("/api/keys", &json!({"name": "ops", "scopes": ["read"]}));
    assert_eq!(world.count("audit"), 201, "what was done is written down all the same");
    world.clock.skip(24 * 60 * 60 * 1000);
    sign_in_wrongly(&world, "192.0.2.1");
    assert_eq!(world.count("audit"), 202, "and on the next day refusals are too");
    assert_eq!(check(&world), "holds to 202");
}

/// Follows the chain and tells how far it holds.
fn check(world: &Arc<World>) -> String {
    let mut cursor = String::new();
    loop {
        let checked = world.get(&format!("/api/audit/check?cursor={cursor}"));
        let last = checked["last"]["place"].to_string();
        if checked["holds"] == false {
            let broken = &checked["broken"];
            return format!("{} at {}, holds to {last}", broken["how"].as_str().unwrap(), broken["place"]);
        }
        match checked["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return format!("holds to {last}"),
        }
    }
}

/// Makes a world in which five things were done, and somebody then gets at the database past everything.
fn tampered(sql: &[&str]) -> (Arc<World>, String) {
    let world = World::new();
    for n in 0..5 {
        world.post("/api/keys", &json!({"name": format!("key {n}"), "scopes": ["read"]}));
    }
    assert_eq!(check(&world), "holds to 5");
    for trigger in ["audit_is_not_edited", "audit_is_not_deleted", "audit_head_goes_on", "audit_head_stays"] {
        world.sql(&format!("DROP TRIGGER {trigger}"));
    }
    for sql in sql {
        world.sql(sql);
    }
    let found = check(&world);
    (world, found)
}

#[test]
fn a_changed_entry_is_found() {
    let found = |sql| tampered(&[sql]).1;
    expect!["changed at 3, holds to 2"]
        .assert_eq(&found("UPDATE audit SET subject = 'somebody' WHERE place = 3"));
    expect!["changed at 5, holds to 4"]
        .assert_eq(&found("UPDATE audit SET created_at = created_at + 1 WHERE place = 5"));
    expect!["changed at 1, holds to null"].assert_eq(&found("UPDATE audit SET hash = 'x' WHERE place = 1"));
    expect!["changed at 2, holds to 1"]
        .assert_eq(&found("UPDATE audit SET address_hash = 'x' WHERE place = 2"));
}

#[test]
fn a_removed_entry_is_found() {
    let found = |sql: &[&str]| tampered(sql).1;
    expect!["missing at 1, holds to null"].assert_eq(&found(&["DELETE FROM audit WHERE place = 1"]));
    expect!["missing at 3, holds to 2"].assert_eq(&found(&["DELETE FROM audit WHERE place = 3"]));
    expect!["missing at 5, holds to 4"].assert_eq(&found(&["DELETE FROM audit WHERE place = 5"]));
    expect!["missing at 1, holds to null"].assert_eq(&found(&["DELETE FROM audit"]));
    expect!["missing at 6, holds to 5"].assert_eq(&found(&["DELETE FROM audit_head"]));
    // Those after it move up.
    let moved = ["DELETE FROM audit WHERE place = 3", "UPDATE audit SET place = place - 1 WHERE place > 3"];
    expect!["changed at 3, holds to 2"].assert_eq(&found(&moved));
}

#[test]
fn what_was_spoilt_stays_so_when_more_is_written() {
    let (world, _) = tampered(&["DELETE FROM audit WHERE place = 5"]);
    world.post("/api/keys", &json!({"name": "more", "scopes": ["read"]}));
    expect!["missing at 5, holds to 4"].assert_eq(&check(&world));
    let (world, _) = tampered(&["DELETE FROM audit_head"]);
    world.post("/api/keys", &json!({"name": "more", "scopes": ["read"]}));
    expect!["holds to 6"].assert_eq(&check(&world));
}

#[test]
fn a_hash_that_was_noted_elsewhere_is_found_until_all_is_written_anew() {
    let world = World::new();
    world.post("/api/keys", &json!({"name": "ops", "scopes": ["read"]}));
    let noted = world.get("/api/audit/check")["last"]["hash"].as_str().unwrap().to_owned();
    world.post("/api/keys", &json!({"name": "more", "scopes": ["read"]}));
    assert_eq!(world.get(&format!("/api/audit/check?noted={noted}"))["has_noted"], true);
    let other = "0".repeat(64);
    assert_eq!(world.get(&format!("/api/audit/check?noted={other}"))["has_noted"], false);
    expect!["422 ?noted noted: a hash is written as 64 of 0-9 and a-f"]
        .assert_eq(&world.call("GET", "/api/audit/check?noted=x", &Value::Null).problem());
    expect!["422 ?cursor the cursor is not one that this list gave; leave it out to begin"]
        .assert_eq(&world.call("GET", "/api/audit/check?cursor=x", &Value::Null).problem());
}

#[test]
fn writers_at_the_same_time_do_not_fork_the_chain() {
    let world = World::new();
    let key =
        |n: usize| as_operator("POST", "/api/keys", &json!({"name": format!("key {n}"), "scopes": ["read"]}));
    for reply in world.send_together((0..60).map(key).collect()) {
        assert_eq!(reply.status, 201);
    }
    assert_eq!((world.count("audit"), world.count("audit_waiting")), (60, 0));
    assert_eq!(check(&world), "holds to 60");
}

#[test]
fn what_was_left_waiting_is_chained_by_the_next() {
    let world = World::new();
    world.sql("CREATE TRIGGER no_room BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END");
    world.post("/api/keys", &json!({"name": "first", "scopes": ["read"]}));
    assert_eq!((world.count("audit"), world.count("audit_waiting")), (0, 1));
    let notes = world.notes().join("\n");
    assert!(notes.starts_with("POST /api/keys by admin waits to be chained: "), "{notes}");
    world.sql("DROP TRIGGER no_room");
    assert_eq!(world.all("/api/audit", 50).len(), 1, "reading chains it too");
    // As code of before this writes.
    world.sql(
        "INSERT INTO audit (id, created_at, subject, key_id, session, method, route, thing, status) \
         VALUES ('old', 1, 'admin', NULL, 0, 'POST', '/api/keys', NULL, 201)",
    );
    assert_eq!((world.count("audit"), world.count("audit_waiting")), (1, 1));
    world.post("/api/keys", &json!({"name": "second", "scopes": ["read"]}));
    assert_eq!((world.count("audit"), world.count("audit_waiting")), (3, 0));
    assert_eq!(check(&world), "holds to 3");
}

#[test]
fn many_entries_are_chained_and_followed_in_parts() {
    let world = World::new();
    world.sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2300) \
         INSERT INTO audit_waiting (id, created_at, subject, session, method, route, status) \
         SELECT 'old' || i, i, 'admin', 0, 'POST', '/api/keys', 201 FROM n",
    );
    assert_eq!(world.get("/api/audit?limit=1")["data"][0]["id"], "old2300", "in their old order");
    assert_eq!((world.count("audit"), world.count("audit_waiting")), (2300, 0));
    let first = world.get("/api/audit/check");
    assert_eq!((&first["last"]["place"], &first["holds"]), (&json!(1000), &json!(true)));
    assert_eq!(check(&world), "holds to 2300");
    world.sql("DROP TRIGGER audit_is_not_edited");
    world.sql("UPDATE audit SET thing = 'x' WHERE place = 1001");
    expect!["changed at 1001, holds to 1000"].assert_eq(&check(&world));
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
    world.sql("DROP TABLE audit_waiting");
    let made = world.post("/api/keys", &json!({"name": "ops", "scopes": ["read"]}));
    assert!(made["token"].is_string());
    let notes = world.notes().join("\n");
    assert!(notes.starts_with("POST /api/keys by admin is not in the audit: "), "{notes}");
}
