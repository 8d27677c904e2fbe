//! Who may do what: tokens, sessions, scopes; and the keys of providers, which never come out again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::request::Builder;
use edge::policy;
use edge::routes::{self, Route};
use edge::vault::Keyring;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use shared::api::Method;
use shared::auth::Scope;

use crate::support::scene::{id, with};
use crate::support::{ADMIN, Reply, Seat, Trouble, World, request, shows};

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// Knocks at a route with some credentials.
fn knock(world: &Arc<World>, route: &Route, credentials: impl Fn(Builder) -> Builder) -> Reply {
    let path: Vec<_> =
        route.path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
    world.send(credentials(request(method(route.method), &path.join("/"))).body(Body::from("{}")).unwrap())
}

fn all(world: &Arc<World>) -> Vec<Route> {
    let routes = routes::all(Arc::new(Seat::of_router(world)));
    assert!(routes.len() > 40, "{}", routes.len());
    routes
}

/// Makes an access key with these scopes, and gives its token.
fn token(world: &Arc<World>, scopes: &[Scope]) -> String {
    let made = world.post("/api/keys", &json!({"name": "test", "scopes": scopes}));
    made["token"].as_str().unwrap().to_owned()
}

fn with_token(world: &Arc<World>, method: &str, path: &str, token: &str) -> Reply {
    world.send(
        request(method, path).header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap(),
    )
}

#[test]
fn nothing_but_health_and_signing_in_is_open() {
    let world = World::new();
    let mut open = Vec::new();
    for route in all(&world) {
        match route.scope {
            None => open.push(format!("{} {}", method(route.method), route.path)),
            Some(_) => {
                let strangers: [&dyn Fn(Builder) -> Builder; 7] = [
                    &|request| request,
                    &|request| request.header("authorization", "Bearer "),
                    &|request| request.header("authorization", "Bearer wrong"),
                    &|request| request.header("authorization", format!("Basic {ADMIN}")),
                    &|request| {
                        let unknown = shared::auth::token(&[0; 32]);
                        request.header("authorization", format!("Bearer {unknown}"))
                    },
                    &|request| {
                        request
                            .header("cookie", "__Host-assay=wrong; assay=wrong")
                            .header("sec-fetch-site", "same-origin")
                    },
                    &|request| request.header("x-assay-key", ADMIN),
                ];
                for stranger in strangers {
                    assert_eq!(knock(&world, &route, stranger).status, 401, "{route:?}");
                }
            }
        }
    }
    expect![[r#"
        GET /api/health
        POST /api/session"#]]
    .assert_eq(&open.join("\n"));
    assert_eq!(world.call("GET", "/api/nothing", &Value::Null).status, 404);
    assert_eq!(with_token(&world, "GET", "/api/nothing", "wrong").status, 401);
    assert_eq!(with_token(&world, "PUT", "/api/logs", "wrong").status, 401);
    expect!["405 /api/logs takes no PUT"].assert_eq(&world.call("PUT", "/api/logs", &Value::Null).problem());
}

#[test]
fn a_token_does_what_its_scopes_say_and_no_more() {
    let world = World::new();
    for held in [Scope::Ingest, Scope::Read, Scope::Run, Scope::Admin] {
        for route in all(&world) {
            let Some(needed) = route.scope else { continue };
            // Each knock may sign somebody out or delete something: a new key for each.
            let token = token(&world, &[held]);
            let reply =
                knock(&world, &route, |request| request.header("authorization", format!("bearer {token}")));
            let may = held == needed || held == Scope::Admin;
            assert_eq!(reply.status != 403, may, "{held:?} at {route:?}: {}", reply.text);
            assert_ne!(reply.status, 401);
            if !may {
                assert_eq!(
                    reply.problem(),
                    format!("403 this needs the scope \"{}\", which the token does not have", needed.word())
                );
            }
        }
    }
}

#[test]
fn without_an_admin_token_nobody_is_the_operator() {
    for configured in [None, Some(String::new())] {
        let world = World::new();
        world.configure(|settings| settings.admin_token = configured);
        for token in ["", ADMIN] {
            assert_eq!(with_token(&world, "GET", "/api/logs", token).status, 401);
        }
    }
}

#[test]
fn every_reply_is_marked_and_kept_by_nobody() {
    let world = World::new();
    for reply in [
        world.call("GET", "/api/logs", &Value::Null),
        world.call("GET", "/api/nothing", &Value::Null),
        with_token(&world, "GET", "/api/logs", "x"),
    ] {
        assert_eq!(reply.header("x-request-id").len(), 36);
        assert_eq!(reply.header("access-control-allow-origin"), "");
        for (name, value) in policy::HEADERS.into_iter().chain([policy::TLS_ALONE]) {
            assert_eq!(reply.header(name), value, "{name}");
        }
    }
    let plain = axum::http::Request::builder().uri("http://localhost:8787/api/health");
    let reply = world.send(plain.body(Body::empty()).unwrap());
    assert_eq!((reply.status, reply.header(policy::TLS_ALONE.0)), (200, ""));
}

#[test]
fn what_the_gateway_passes_is_of_no_origin_also_when_its_instance_is_lost() {
    let entry = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../edge/entry.js")).unwrap();
    for (name, value) in policy::OF_GATEWAY.into_iter().chain([policy::TLS_ALONE]) {
        let is_said =
            ['\'', '"'].iter().any(|quote| entry.contains(&format!("'{name}': {quote}{value}{quote}")));
        assert!(is_said, "entry.js does not say {name}: {value}");
    }
    let said: Vec<_> = policy::OF_GATEWAY.map(|(name, value)| format!("{name}: {value}")).into();
    expect![[r#"
        cache-control: no-store
        x-content-type-options: nosniff
        content-security-policy: default-src 'none'; sandbox; frame-ancestors 'none'
        referrer-policy: no-referrer
        cross-origin-resource-policy: same-origin"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn a_page_runs_the_apps_own_files_alone() {
    let written =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../public/_headers")).unwrap();
    let (everywhere, files) = written.split_once("/assets/*").unwrap();
    let of_all = |name: &str| {
        let mut lines = everywhere.lines().filter_map(|line| line.trim().split_once(": "));
        lines.find(|line| line.0 == name).unwrap_or_else(|| panic!("{name} is missing")).1
    };
    expect![[r#"
        default-src 'none'
        script-src 'self' 'wasm-unsafe-eval'
        style-src 'self'
        img-src 'self' data:
        font-src 'self'
        connect-src 'self'
        base-uri 'none'
        form-action 'self'
        frame-ancestors 'none'
        require-trusted-types-for 'script'
        trusted-types compiled-in"#]]
    .assert_eq(&of_all("Content-Security-Policy").replace("; ", "\n"));
    assert_eq!(of_all("Referrer-Policy"), "no-referrer");
    assert_eq!(of_all("X-Content-Type-Options"), "nosniff");
    assert_eq!(of_all("Strict-Transport-Security"), policy::TLS_ALONE.1);
    assert!(of_all("Permissions-Policy").split(", ").all(|feature| feature.ends_with("=()")));
    // What names a header again takes it away.
    let taken = files.lines().filter_map(|line| line.trim().strip_prefix("! ")).collect::<Vec<_>>();
    assert_eq!(taken, ["Cache-Control"]);
}

#[test]
fn keys_are_listed_without_tokens_and_revoked_at_once() {
    let world = World::new();
    let expires = "2026-12-01T00:00:00.000Z";
    let made = world
        .post("/api/keys", &json!({"name": "Ingest", "scopes": ["ingest", "read"], "expires_at": expires}));
    let token = made["token"].as_str().unwrap();
    assert_eq!((token.len(), token.starts_with("asy_")), (76, true));
    let listed = || world.call("GET", "/api/keys", &Value::Null);
    assert!(!listed().text.contains(token));
    assert_eq!(world.count(&format!("api_key WHERE token_hash = '{token}'")), 0);
    let mut key = listed().json()["data"][0].clone();
    key["id"] = json!("…");
    expect![[r#"{"id":"…","name":"Ingest","scopes":["ingest","read"],"created_at":"2026-11-05T09:30:00.000Z","expires_at":"2026-12-01T00:00:00.000Z","last_used_at":null}"#]].assert_eq(&key.to_string());

    assert_eq!(with_token(&world, "GET", "/api/logs", token).status, 200);
    let used = listed().json()["data"][0]["last_used_at"].as_str().unwrap().to_owned();
    assert_eq!(with_token(&world, "GET", "/api/logs", token).status, 200);
    assert_eq!(listed().json()["data"][0]["last_used_at"], used, "noted once a minute");
    world.clock.skip(61_000);
    assert_eq!(with_token(&world, "GET", "/api/logs", token).status, 200);
    assert_ne!(listed().json()["data"][0]["last_used_at"], used);

    world.delete(&format!("/api/keys/{}", id(&made)));
    assert_eq!(with_token(&world, "GET", "/api/logs", token).status, 401);
    assert_eq!(world.call("DELETE", &format!("/api/keys/{}", id(&made)), &Value::Null).status, 404);
    let twice = world.post("/api/keys", &json!({"name": "twice", "scopes": ["read", "run", "read"]}));
    assert_eq!(twice["scopes"], json!(["read", "run"]));
    expect!["422 /scopes a key needs at least one scope: ingest, read, run or admin"]
        .assert_eq(&world.call("POST", "/api/keys", &json!({"name": "none", "scopes": []})).problem());
    expect!["422 /scopes/0 everything is not known; it is one of ingest, read, run, admin"].assert_eq(
        &world.call("POST", "/api/keys", &json!({"name": "all", "scopes": ["everything"]})).problem(),
    );
}

/// Makes something, deletes it while the reply to one touch of the database is lost, and tells how it is answered, once and
/// again. Gives how many touches there were.
fn delete_under(path: &str, new: &Value, lost: Option<usize>) -> (usize, [u16; 2]) {
    let world = World::new();
    let made = format!("{path}/{}", id(&world.post(path, new)));
    *world.trouble.lock().unwrap() = lost.map(|at| (at, Trouble::LosesTheReply));
    world.strikes_everybody.store(true, Ordering::Relaxed);
    let first = world.call("DELETE", &made, &Value::Null).status;
    let touches = world.touches.load(Ordering::Relaxed);
    (touches, [first, world.call("DELETE", &made, &Value::Null).status])
}

#[test]
fn what_was_deleted_is_not_said_to_be_unknown_whichever_reply_was_lost() {
    let webhook = json!({"name": "CI", "url": "https://ci.example.com/done", "events": ["run.finished"]});
    for (path, new) in [
        ("/api/keys", json!({"name": "test", "scopes": ["read"]})),
        ("/api/providers", provider(json!({}))),
        ("/api/views", json!({"name": "Refunds", "address": "/logs?q=refund"})),
        ("/api/sets", json!({"name": "New", "criteria": [{"name": "Right", "question": "Is it right?"}]})),
        ("/api/targets", json!({"name": "new", "target": {"provider": "demo", "model": "echo"}})),
        ("/api/webhooks", webhook),
    ] {
        let (touches, usual) = delete_under(path, &new, None);
        assert_eq!(usual, [204, 404], "{path}");
        assert!(touches >= 2, "{path} {touches}");
        for at in 0..touches {
            assert_eq!(delete_under(path, &new, Some(at)).1, usual, "{path} at {at}");
        }
    }
}

#[test]
fn a_key_ends_when_it_is_to() {
    let world = World::new();
    let made = world.post(
        "/api/keys",
        &json!({"name": "short", "scopes": ["read"], "expires_at": "2026-11-05T10:00:00Z"}),
    );
    let token = made["token"].as_str().unwrap();
    assert_eq!(with_token(&world, "GET", "/api/logs", token).status, 200);
    world.clock.skip(30 * 60 * 1000);
    assert_eq!(with_token(&world, "GET", "/api/logs", token).status, 401);
}

#[test]
fn short_lists_come_in_pages_too() {
    let world = World::new();
    world.configure(|settings| {
        for name in ["openai", "anthropic", "gemini"] {
            settings.keys.insert(name.to_owned(), "sk-from-the-environment".to_owned());
        }
    });
    for name in ["b", "a", "c"] {
        world.post("/api/keys", &json!({"name": name, "scopes": ["read"]}));
        world.post("/api/providers", &provider(json!({"name": name})));
        world.post(
            "/api/targets",
            &json!({"name": format!("{name}|"), "target": {"provider": "demo", "model": "echo"}}),
        );
    }
    let shown = ["keys", "providers", "targets"].map(|list| {
        let path = format!("/api/{list}");
        let whole = world.get(&path);
        assert_eq!(whole["next_cursor"], Value::Null, "{list}");
        for limit in [1, 2, 3] {
            assert_eq!(Value::Array(world.all(&path, limit)), whole["data"], "{list} by {limit}");
        }
        assert_eq!(world.get(&format!("{path}?limit=2"))["data"].as_array().unwrap().len(), 2, "{list}");
        let names = whole["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap());
        format!("{list}: {}\n", names.collect::<Vec<_>>().join(", "))
    });
    expect![[r#"
        keys: c, a, b
        providers: a, b, c, openai, anthropic, gemini, demo
        targets: a|, b|, c|
    "#]]
    .assert_eq(&shown.concat());
}

#[test]
fn lists_go_on_for_as_long_as_the_key_that_signed_their_cursors() {
    let world = World::new();
    let made = ["a", "b", "c"].map(|name| {
        world.post("/api/targets", &json!({"name": name, "target": {"provider": "demo", "model": "echo"}}))
    });
    let token = token(&world, &[Scope::Read]);
    let read = |cursor: &Value| {
        let path = format!("/api/targets?limit=1&cursor={}", cursor.as_str().unwrap_or_default());
        with_token(&world, "GET", &path, &token)
    };
    let configure = |newest: u8, older: Option<u8>| {
        let keyring = Keyring { newest: [newest; 32], older: older.map(|older| [older; 32]) };
        world.configure(|settings| settings.keyring = Some(keyring));
    };
    let refused = "422 ?cursor the cursor is not one that this list gave; leave it out to begin";
    configure(1, None);
    let signed_by_first = read(&Value::Null).json()["next_cursor"].take();
    configure(2, Some(1));
    let second = read(&signed_by_first).json();
    assert_eq!(second["data"][0]["id"], made[1]["id"]);
    configure(2, None);
    assert_eq!(read(&signed_by_first).problem(), refused);
    assert_eq!(read(&second["next_cursor"]).json()["data"][0]["id"], made[2]["id"]);

    // Without a sealing key the operator's token signs, and without either there are pages all the same.
    world.configure(|settings| settings.keyring = None);
    assert_eq!(read(&second["next_cursor"]).problem(), refused);
    let signed_by_token = read(&Value::Null).json()["next_cursor"].take();
    assert_eq!(read(&signed_by_token).json()["data"][0]["id"], made[1]["id"]);
    world.configure(|settings| settings.admin_token = None);
    assert_eq!(read(&signed_by_token).problem(), refused);
    let signed_by_nobody = read(&Value::Null).json()["next_cursor"].take();
    assert_eq!(read(&signed_by_nobody).json()["data"][0]["id"], made[1]["id"]);
}

/// Signs in, and gives the cookie as a browser sends it back.
fn sign_in(world: &Arc<World>, token: &str) -> String {
    let reply =
        world.send(request("POST", "/api/session").body(json!({"token": token}).to_string().into()).unwrap());
    assert_eq!(reply.status, 204, "{}", reply.text);
    reply.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[test]
fn signing_in_gives_a_cookie_that_scripts_and_other_sites_do_not_get() {
    let world = World::new();
    let sign_in = |uri: &str, token: &str| {
        let request = axum::http::Request::builder().method("POST").uri(uri);
        world.send(request.body(json!({"token": token}).to_string().into()).unwrap())
    };
    let masked = |cookie: &str| cookie.replace(cookie.split(['=', ';']).nth(1).unwrap(), "…");
    expect!["__Host-assay=…; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure"]
        .assert_eq(&masked(sign_in("https://assay.example/api/session", ADMIN).header("set-cookie")));
    expect!["assay=…; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict"].assert_eq(&masked(
        sign_in("http://localhost:8787/api/session", &format!(" {ADMIN}\n")).header("set-cookie"),
    ));
    expect![[r#"401 sign in, or send a token as "Authorization: Bearer …""#]]
        .assert_eq(&sign_in("https://assay.example/api/session", "wrong").problem());
    expect![[r#"401 sign in, or send a token as "Authorization: Bearer …""#]]
        .assert_eq(&sign_in("https://assay.example/api/session", "").problem());
}

#[test]
fn a_session_changes_things_from_our_own_pages_alone() {
    let world = World::new();
    let cookie = sign_in(&world, ADMIN);
    let send = |method: &str, headers: &[(&str, &str)]| {
        let request = headers
            .iter()
            .fold(request(method, "/api/session"), |request, (name, value)| request.header(*name, *value));
        world
            .send(request.header("cookie", format!("theme=dark; {cookie}; x=y")).body(Body::empty()).unwrap())
            .status
    };
    assert_eq!(send("GET", &[]), 200);
    assert_eq!(send("GET", &[("sec-fetch-site", "cross-site")]), 200);
    for foreign in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://assay.example")],
        &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-origin"), ("origin", "null")],
        &[("origin", "http://assay.example")],
        &[("origin", "https://assay.example:8443")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://assay.example.evil.example")],
    ] {
        assert_eq!(send("DELETE", foreign), 403, "{foreign:?}");
    }
    assert_eq!(send("GET", &[]), 200, "still signed in");
    assert_eq!(send("DELETE", &[("sec-fetch-site", "same-origin")]), 204);
    assert_eq!(send("GET", &[]), 401, "signed out");
    assert_eq!(world.count("session"), 0);
}

#[test]
fn a_session_sends_no_form() {
    let world = World::new();
    let cookie = sign_in(&world, ADMIN);
    let send = |headers: &[(&str, &str)]| {
        let request = headers
            .iter()
            .fold(request("PATCH", "/api/settings"), |request, (name, value)| request.header(*name, *value));
        let request = request.header("cookie", &cookie).header("origin", "https://assay.example");
        world.send(request.body("{}".into()).unwrap())
    };
    for form in [
        ("content-type", "text/plain"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "multipart/form-data; boundary=x"),
        ("content-type", "text/plain; application/json"),
        ("content-type", ""),
        ("content-length", "2"),
    ] {
        assert_eq!(
            send(&[form]).problem(),
            "403 a session sends JSON alone: the header Content-Type must be application/json, or application/jsonl for a file",
            "{form:?}"
        );
    }
    for json in ["application/json", "Application/JSON; charset=utf-8", "application/jsonl"] {
        assert_eq!(send(&[("content-type", json), ("content-length", "2")]).status, 200, "{json}");
    }
}

#[test]
fn over_tls_a_session_has_the_name_that_is_bound_to_this_host() {
    let world = World::new();
    let cookie = sign_in(&world, ADMIN);
    let (name, secret) = cookie.split_once('=').unwrap();
    assert_eq!(name, "__Host-assay");
    let status = |scheme: &str, name: &str| {
        let request = axum::http::Request::builder().uri(format!("{scheme}://assay.example/api/session"));
        world.send(request.header("cookie", format!("{name}={secret}")).body(Body::empty()).unwrap()).status
    };
    assert_eq!([status("https", "__Host-assay"), status("https", "assay")], [200, 401]);
    assert_eq!([status("http", "__Host-assay"), status("http", "assay")], [401, 200]);
}

#[test]
fn no_call_that_changes_something_is_made_for_another_site() {
    let world = World::new();
    let token = token(&world, &[Scope::Admin]);
    let mut changing = 0;
    for route in all(&world).into_iter().filter(|route| route.method != Method::Get) {
        // Each knock may sign somebody out.
        let cookie = sign_in(&world, ADMIN);
        for foreign in [None, Some("https://evil.example"), Some("null")] {
            let from = |request: Builder| match foreign {
                Some(origin) => request.header("origin", origin),
                None => request,
            };
            if route.scope.is_some() {
                let reply = knock(&world, &route, |request| from(request.header("cookie", &cookie)));
                assert_eq!(
                    reply.problem(),
                    "403 a session changes things from this app's own pages alone: the header Origin must name this app, as a browser writes it; elsewhere send a token as \"Authorization: Bearer …\""
                );
                // Nobody's browser sends a token by itself.
                let bearer = format!("Bearer {token}");
                let reply = knock(&world, &route, |request| from(request.header("authorization", &bearer)));
                assert!(![401, 403].contains(&reply.status), "{route:?}: {}", reply.text);
                changing += 1;
            }
        }
        if route.scope.is_some() {
            let own = |request: Builder| {
                request.header("cookie", &cookie).header("origin", "https://assay.example")
            };
            let reply = knock(&world, &route, own);
            assert!(![401, 403].contains(&reply.status), "{route:?}: {}", reply.text);
        }
    }
    assert!(changing > 60, "{changing}");
}

#[test]
fn another_site_signs_nobody_in() {
    let world = World::new();
    let sign_in = |headers: &[(&str, &str)]| {
        let request = headers
            .iter()
            .fold(request("POST", "/api/session"), |request, (name, value)| request.header(*name, *value));
        world.send(request.body(json!({"token": ADMIN}).to_string().into()).unwrap())
    };
    for own in [&[][..], &[("sec-fetch-site", "none")], &[("origin", "https://assay.example")]] {
        assert_eq!(sign_in(own).status, 204, "{own:?}");
    }
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let reply = sign_in(&[foreign]);
        assert_eq!(
            reply.problem(),
            "403 sign in from this app's own page; another site cannot do it for you"
        );
        assert_eq!(reply.header("set-cookie"), "");
    }
}

#[test]
fn an_older_browser_is_known_by_its_origin() {
    let world = World::new();
    let cookie = sign_in(&world, ADMIN);
    let own =
        request("DELETE", "/api/session").header("cookie", cookie).header("origin", "https://assay.example");
    assert_eq!(world.send(own.body(Body::empty()).unwrap()).status, 204);
}

#[test]
fn a_token_wins_over_a_cookie() {
    let world = World::new();
    let cookie = sign_in(&world, ADMIN);
    let token = token(&world, &[Scope::Read]);
    let both = |method: &str, path: &str| {
        let request = request(method, path).header("cookie", &cookie).header("sec-fetch-site", "same-origin");
        world.send(request.header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap())
    };
    assert_eq!(both("GET", "/api/session").json(), json!({"subject": "key:test", "scopes": ["read"]}));
    assert_eq!(both("GET", "/api/keys").status, 403);
}

#[test]
fn a_session_is_over_after_seven_days() {
    let world = World::new();
    let cookie = sign_in(&world, ADMIN);
    let get = || {
        world
            .send(request("GET", "/api/session").header("cookie", &cookie).body(Body::empty()).unwrap())
            .status
    };
    world.clock.skip(7 * 24 * 60 * 60 * 1000 - 60_000);
    assert_eq!(get(), 200);
    world.clock.skip(60_000);
    assert_eq!(get(), 401);
}

#[test]
fn a_session_lasts_no_longer_than_its_token() {
    let world = World::new();
    let get = |cookie: &str| {
        world
            .send(request("GET", "/api/session").header("cookie", cookie).body(Body::empty()).unwrap())
            .status
    };
    let made = world.post("/api/keys", &json!({"name": "gone", "scopes": ["read"]}));
    let cookie = sign_in(&world, made["token"].as_str().unwrap());
    assert_eq!(get(&cookie), 200);
    world.delete(&format!("/api/keys/{}", id(&made)));
    assert_eq!(get(&cookie), 401);

    let made = world.post(
        "/api/keys",
        &json!({"name": "short", "scopes": ["read"], "expires_at": "2026-11-05T10:00:00Z"}),
    );
    let cookie = sign_in(&world, made["token"].as_str().unwrap());
    world.clock.skip(30 * 60 * 1000);
    assert_eq!(get(&cookie), 401);

    let cookie = sign_in(&world, ADMIN);
    world.configure(|settings| settings.admin_token = Some("another".to_owned()));
    assert_eq!(get(&cookie), 401);
}

#[test]
fn health_is_open_and_tells_of_missing_migrations() {
    let world = World::new();
    let health = || world.send(request("GET", "/api/health").body(Body::empty()).unwrap());
    expect![[r#"{"status":"ok","version":"0.1.0","schema":"0027","log_dropped":0}"#]]
        .assert_eq(&health().text);
    world.sql("DELETE FROM d1_migrations WHERE id = (SELECT max(id) FROM d1_migrations)");
    expect!["503 migration 0027 is missing, or applied in part; apply it"].assert_eq(&health().problem());
    world.sql("DELETE FROM d1_migrations WHERE id > 1");
    expect!["503 migrations 0002 to 0027 are missing, or applied in part; apply them"]
        .assert_eq(&health().problem());
    world.sql("DROP TABLE d1_migrations");
    let reply = health();
    assert_eq!((reply.status, reply.header("retry-after")), (503, "5"));
}

fn provider(extra: Value) -> Value {
    with(
        json!({"name": "own", "protocol": "openai", "base_url": "https://api.example.com/v1", "api_key": "sk-0123456789abcd"}),
        extra,
    )
}

#[test]
fn a_provider_key_goes_in_and_never_comes_out() {
    let world = World::new();
    let made = world.post("/api/providers", &provider(json!({})));
    let path = format!("/api/providers/{}", id(&made));
    assert_eq!(made["key_hint"], "…abcd");
    for reply in [
        world.call("GET", "/api/providers", &Value::Null),
        world.call("GET", &path, &Value::Null),
        world.call("PATCH", &path, &json!({"models": [{"id": "m"}]})),
        world.call("PATCH", &path, &json!({"api_key": "sk-another-one-0123456789"})),
        world.call("POST", &format!("{path}/test"), &Value::Null),
        world.call(
            "POST",
            "/api/providers",
            &provider(json!({"name": "own", "api_key": "sk-third-0123456789"})),
        ),
    ] {
        assert!(!reply.text.contains("sk-"), "{}", reply.text);
    }
    let stored = world.sql("SELECT sealed_key, key_hint FROM provider");
    assert!(stored[0]["sealed_key"].as_str().unwrap().starts_with("v3:"));
    assert_eq!(stored[0]["key_hint"], "…6789");
}

/// Changes a provider, and tells which key it is then called with.
fn check_change(change: Value, expected: Expect) {
    let world = World::new();
    let made = world.post("/api/providers", &provider(json!({})));
    let path = format!("/api/providers/{}", id(&made));
    let reply = world.call("PATCH", &path, &change);
    let shown = if reply.status == 200 {
        world.post(&format!("{path}/test"), &Value::Null);
        let call = world.provider.calls().remove(0);
        let key =
            call.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str());
        format!("{} with {:?}, hint {}", call.url, key, reply.json()["key_hint"])
    } else {
        reply.problem()
    };
    shows(&shown, &expected);
}

#[test]
fn a_key_stays_with_its_origin() {
    check_change(
        json!({"name": "other"}),
        expect![[r#"
            https://api.example.com/v1/chat/completions with Some("Bearer sk-0123456789abcd"), hint "…abcd"
        "#]],
    );
    check_change(
        json!({"base_url": "https://api.example.com/v2/"}),
        expect![[r#"
            https://api.example.com/v2/chat/completions with Some("Bearer sk-0123456789abcd"), hint "…abcd"
        "#]],
    );
    check_change(
        json!({"base_url": "https://API.EXAMPLE.COM/v1"}),
        expect![[r#"
            https://API.EXAMPLE.COM/v1/chat/completions with Some("Bearer sk-0123456789abcd"), hint "…abcd"
        "#]],
    );
    check_change(
        json!({"base_url": "https://evil.example.com/v1"}),
        expect![[r#"
            https://evil.example.com/v1/chat/completions with None, hint null
        "#]],
    );
    check_change(
        json!({"base_url": "https://api.example.com:8443/v1"}),
        expect![[r#"
            https://api.example.com:8443/v1/chat/completions with None, hint null
        "#]],
    );
    check_change(
        json!({"base_url": "https://other.example.com/v1", "api_key": "sk-for-the-other-one"}),
        expect![[r#"
            https://other.example.com/v1/chat/completions with Some("Bearer sk-for-the-other-one"), hint "…-one"
        "#]],
    );
    check_change(
        json!({"api_key": ""}),
        expect![[r#"
            https://api.example.com/v1/chat/completions with None, hint null
        "#]],
    );
}

#[test]
fn only_public_addresses_are_taken() {
    let world = World::new();
    world.configure(|settings| settings.allowed.loopback = false);
    let own = format!("/api/providers/{}", id(&world.post("/api/providers", &provider(json!({})))));
    let addresses = [
        "http://api.example.com/v1",
        "https://user:pass@api.example.com",
        "https://10.0.0.1/v1",
        "https://[::1]/v1",
        "https://localhost/v1",
        "http://127.0.0.1:9099",
        "https://metadata.google.internal",
        "https://api.example.com:22",
        "https://api.example.com/v1?x=1",
        "https://api.example.com./v1",
        "https://0x7f000001/",
        "https://models.acme.workers.dev/v1",
        "https://assay.example/v1",
        "https://Assay.example:8443",
        "not an address",
        "",
    ];
    let lines = addresses.iter().map(|base_url| {
        let change = json!({"base_url": base_url});
        let made =
            world.call("POST", "/api/providers", &provider(with(json!({"name": "new"}), change.clone())));
        let changed = world.call("PATCH", &own, &change);
        assert_eq!(made.problem(), changed.problem());
        made.problem()
    });
    expect![[r#"
        422 /base_url an address must begin with https://, so that nothing is sent in the clear
        422 /base_url an address must not hold a user name or password; the key goes into its own field
        422 /base_url the host "10.0.0.1" is not public; name a public host
        422 /base_url the host "::1" is not public; name a public host
        422 /base_url the host "localhost" is not public; name a public host
        422 /base_url an address must begin with https://, so that nothing is sent in the clear
        422 /base_url the host "metadata.google.internal" is not public; name a public host
        422 /base_url port 22 is not allowed; 443 and 8443 are
        422 /base_url "https://api.example.com/v1?x=1" is not an address; write one such as https://api.example.com/v1
        422 /base_url the host "api.example.com." is not public; name a public host
        422 /base_url the host "0x7f000001" is not public; name a public host
        422 /base_url the host "models.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
        422 /base_url the host "assay.example" is this service's own, and calls would come back to it; name another host
        422 /base_url the host "Assay.example" is this service's own, and calls would come back to it; name another host
        422 /base_url "not an address" is not an address; write one such as https://api.example.com/v1
        422 /base_url "" is not an address; write one such as https://api.example.com/v1"#]].assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    assert_eq!(world.get(&own)["base_url"], "https://api.example.com/v1");
    world.configure(|settings| settings.allowed.origins = "https://models.acme.workers.dev".into());
    let allowed = json!({"base_url": "https://models.acme.workers.dev/v1"});
    assert_eq!(world.patch(&own, &allowed)["base_url"], allowed["base_url"]);
}

#[test]
fn some_providers_exist_by_themselves() {
    let world = World::new();
    world.configure(|settings| {
        settings.keys.insert("openai".to_owned(), "sk-from-the-environment".to_owned());
    });
    let listed = || {
        let providers = world.get("/api/providers")["data"].clone();
        let shown = providers.as_array().unwrap().iter().map(|provider| {
            format!(
                "{} {} {} {}",
                provider["name"], provider["base_url"], provider["key_hint"], provider["simulated"]
            )
        });
        shown.collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        "openai" "https://api.openai.com/v1" "…ment" false
        "demo" null null true"#]]
    .assert_eq(&listed());
    expect!["409 this provider comes from the configuration: its models and prices can be changed, and whether it streams, unless it is simulated; make one of another name to change more"].assert_eq(
        &world.call("PATCH", "/api/providers/openai", &json!({"base_url": "https://x.example"})).problem(),
    );
    expect!["409 this provider comes from the configuration; remove its secret there"]
        .assert_eq(&world.call("DELETE", "/api/providers/demo", &Value::Null).problem());
    expect![[r#"409 the name "openai" is taken by another provider"#]]
        .assert_eq(&world.call("POST", "/api/providers", &provider(json!({"name": "openai"}))).problem());
    let made = format!("/api/providers/{}", id(&world.post("/api/providers", &provider(json!({})))));
    for name in ["openai", "demo"] {
        let renamed = world.call("PATCH", &made, &json!({"name": name})).problem();
        assert_eq!(renamed, format!("409 the name \"{name}\" is taken by another provider"));
    }
    assert_eq!(world.patch(&made, &json!({"name": "own"}))["name"], "own");
    world.delete(&made);
    expect!["true"].assert_eq(&world.post("/api/providers/demo/test", &Value::Null)["ok"].to_string());
    world.configure(|settings| settings.demo = false);
    assert!(!listed().contains("demo"));
    assert_eq!(world.call("GET", "/api/providers/demo", &Value::Null).status, 404);
}

#[test]
fn a_provider_that_exists_by_itself_has_the_prices_that_it_is_given() {
    let world = World::new();
    let key = |key: &str| {
        world.configure(|settings| _ = settings.keys.insert("openai".to_owned(), key.to_owned()));
    };
    key("sk-from-the-environment");
    let models = json!([{"id": "gpt-x", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0, "cached_input_usd_per_mtok": 0.25}]);
    let kept = world.patch("/api/providers/openai", &json!({"models": models}));
    assert_eq!((&kept["models"], &kept["key_hint"]), (&models, &json!("…ment")));
    assert_eq!(world.get("/api/providers/openai")["models"], models);
    expect!["409 this provider comes from the configuration: its models and prices can be changed, and whether it streams, unless it is simulated; make one of another name to change more"].assert_eq(
        &world
            .call("PATCH", "/api/providers/openai", &json!({"models": models, "api_key": "sk-x"}))
            .problem(),
    );
    expect!["409 this provider comes from the configuration: its models and prices can be changed, and whether it streams, unless it is simulated; make one of another name to change more"].assert_eq(&world.call("PATCH", "/api/providers/demo", &json!({"models": []})).problem());
    expect!["422 /models/0/input_usd_per_mtok a price is in US dollars and not negative"].assert_eq(
        &world
            .call(
                "PATCH",
                "/api/providers/openai",
                &json!({"models": [{"id": "m", "input_usd_per_mtok": -1}]}),
            )
            .problem(),
    );
    // A price is what makes a budget possible.
    let set = world.set_of(1);
    let priced = json!({
        "set_id": set, "budget_usd": 1, "target": {"provider": "openai", "model": "openai/gpt-x"},
        "judge": {"provider": "openai", "model": "gpt-x"},
    });
    assert!(world.post("/api/runs/estimate", &priced)["cost_usd"].as_f64().unwrap() > 0.0);
    // Prices alone are no provider, and take nobody's name.
    assert_eq!(world.call("DELETE", "/api/providers/openai", &Value::Null).status, 409);
    world.configure(|settings| settings.keys.clear());
    assert_eq!(world.call("GET", "/api/providers/openai", &Value::Null).status, 404);
    let made = world.post("/api/providers", &provider(json!({"name": "openai"})));
    assert_eq!(world.get(&format!("/api/providers/{}", id(&made)))["name"], "openai");
}

#[test]
fn whether_a_provider_streams_is_said_or_left_to_its_address() {
    let world = World::new();
    world.configure(|settings| {
        _ = settings.keys.insert("openai".to_owned(), "sk-from-the-environment".to_owned());
    });
    let own =
        format!("/api/providers/{}", id(&world.post("/api/providers", &provider(json!({"stream": true})))));
    let lines = [
        ("GET", own.as_str(), Value::Null),
        ("PATCH", &own, json!({"name": "mine"})),
        ("PATCH", &own, json!({"stream": false})),
        ("PATCH", &own, json!({"stream": null})),
        ("PATCH", "/api/providers/openai", json!({"stream": false})),
        ("PATCH", "/api/providers/openai", json!({"models": [{"id": "m"}]})),
        ("PATCH", "/api/providers/openai", json!({})),
        ("PATCH", "/api/providers/openai", json!({"stream": null})),
    ];
    let lines = lines.map(|(method, path, body)| {
        let streams = world.call(method, path, &body).succeeded()["stream"].clone();
        format!("{method} {}: {streams}", path.replace(&own, "own"))
    });
    expect![[r#"
        GET own: true
        PATCH own: true
        PATCH own: false
        PATCH own: null
        PATCH /api/providers/openai: false
        PATCH /api/providers/openai: false
        PATCH /api/providers/openai: false
        PATCH /api/providers/openai: null"#]]
    .assert_eq(&lines.join("\n"));
    let demo = json!({"name": "toy", "protocol": "demo", "stream": true});
    expect!["422 /stream a simulated provider sends nothing; leave stream out"]
        .assert_eq(&world.call("POST", "/api/providers", &demo).problem());
}

#[test]
fn a_test_tells_whether_a_provider_answers() {
    let world = World::new();
    let made = world.connect();
    let test = || world.post(&format!("/api/providers/{}/test", id(&made)), &Value::Null).to_string();
    expect![[r#"{"ok":true,"latency_ms":100,"model":"new"}"#]].assert_eq(&test());
    world.provider.does(|_| crate::support::provider::error(401, "wrong key"));
    expect![[r#"{"ok":false,"latency_ms":100,"model":"new","error":"it answered 401: wrong key"}"#]]
        .assert_eq(&test());
    world.provider.does(|_| crate::support::provider::hangs());
    expect![[r#"{"ok":false,"latency_ms":20000,"model":"new","error":"the provider did not answer within 20000 ms"}"#]].assert_eq(&test());
    world
        .provider
        .does(|_| crate::support::provider::body(200, &json!({"error": {"message": "no such model"}})));
    expect![[r#"{"ok":false,"latency_ms":100,"model":"new","error":"the provider answered with an error: no such model"}"#]].assert_eq(&test());
}

#[test]
fn without_a_sealing_key_no_provider_key_is_taken() {
    let world = World::new();
    world.configure(|settings| settings.keyring = None);
    expect![[r#"503 provider "own" has a stored key, and the secret ENCRYPTION_KEY (32 bytes in base64) that seals it is not set"#]].assert_eq(&world.call("POST", "/api/providers", &provider(json!({}))).problem());
    assert_eq!(
        world
            .call(
                "POST",
                "/api/providers",
                &json!({"name": "open", "protocol": "openai", "base_url": "https://api.example.com/v1"})
            )
            .status,
        201
    );
}
