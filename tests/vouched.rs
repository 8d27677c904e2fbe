//! Whom Cloudflare Access vouches for: its tokens, signed with keys made for these tests and never used elsewhere.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge::assertion::Team;
use expect_test::{Expect, expect};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use ring::{hmac, signature};
use serde_json::{Value, json};

use crate::support::{ADMIN, Page, Reply, World, request};

const TEAM: &str = "https://acme.cloudflareaccess.com";
const KEYS_URL: &str = "https://acme.cloudflareaccess.com/cdn-cgi/access/certs";
const AUDIENCE: &str = "32eafc7626e737969062f46d3e72e6a0f7df62c01a9d9e2ea3e1b6bd8ccd1f7f";

/// The team's key, and one that a stranger made.
static KEYS: LazyLock<[RsaKeyPair; 2]> = LazyLock::new(|| {
    let [team, stranger] = [
        include_bytes!("fixtures/access/team.der").as_slice(),
        include_bytes!("fixtures/access/stranger.der").as_slice(),
    ];
    [team, stranger].map(|der| RsaKeyPair::from_pkcs8(der).unwrap())
});

fn team_key() -> &'static RsaKeyPair {
    &KEYS[0]
}

fn public(key: &RsaKeyPair) -> RsaPublicKeyComponents<Vec<u8>> {
    RsaPublicKeyComponents::from(key.public())
}

/// Writes the team's keys as Access publishes them.
fn published(keys: &[(&str, &RsaKeyPair)]) -> String {
    let keys = keys.iter().map(|(kid, key)| {
        let RsaPublicKeyComponents { n, e } = public(key);
        let [n, e] = [n, e].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        json!({"kid": kid, "kty": "RSA", "alg": "RS256", "use": "sig", "n": n, "e": e})
    });
    json!({"keys": keys.collect::<Vec<_>>(), "public_certs": []}).to_string()
}

fn publish(world: &World, body: String) {
    world.pages.lock().unwrap().insert(KEYS_URL.to_owned(), Page { status: 200, body, reads: 0 });
}

fn reads(world: &World) -> usize {
    world.pages.lock().unwrap()[KEYS_URL].reads
}

/// A deployment behind Access, in which one person may do everything.
fn guarded() -> Arc<World> {
    let world = World::new();
    let given = |text: &str| Some(text.to_owned());
    world.configure(|settings| {
        settings.team =
            Team::of(given("acme.cloudflareaccess.com"), given(AUDIENCE), given("Owner@acme.example"));
    });
    publish(&world, published(&[("k1", team_key())]));
    world
}

/// What a token says, and how it is signed.
struct Token {
    head: Value,
    claims: Value,
}

impl Token {
    fn of(world: &World, email: &str) -> Self {
        let now = world.clock.now().millis() / 1000;
        Self {
            head: json!({"alg": "RS256", "kid": "k1", "typ": "JWT"}),
            claims: json!({"aud": [AUDIENCE], "email": email, "exp": now + 86_400, "iat": now, "nbf": now, "iss": TEAM,
                "type": "app", "identity_nonce": "6ei69kawdKzMIAPF", "sub": "7335d417-61da-459d-899c-0a01c76a2f94", "country": "DE"}),
        }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    fn headed(mut self, name: &str, value: &str) -> Self {
        self.head[name] = json!(value);
        self
    }

    fn text(&self) -> String {
        let [head, claims] = [&self.head, &self.claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        format!("{head}.{claims}")
    }

    fn signed(&self, key: &RsaKeyPair) -> String {
        let text = self.text();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn good(world: &World, email: &str) -> String {
        Self::of(world, email).signed(team_key())
    }
}

fn asking(method: &str, path: &str, token: &str) -> Request<Body> {
    request(method, path).header("cf-access-jwt-assertion", token).body(Body::empty()).unwrap()
}

fn session(world: &Arc<World>, token: &str) -> Reply {
    world.send(asking("GET", "/api/session", token))
}

fn check(reply: &Reply, expected: Expect) {
    expected.assert_eq(&reply.problem());
}

#[test]
fn a_person_whom_access_names_is_signed_in() {
    let world = guarded();
    let person = Token::good(&world, "Jane@acme.example");
    check(
        &session(&world, &person),
        expect![[r#"200 {"subject":"jane@acme.example","scopes":["read","run"]}"#]],
    );
    let owner = Token::good(&world, "owner@acme.example");
    check(&session(&world, &owner), expect![[r#"200 {"subject":"owner@acme.example","scopes":["admin"]}"#]]);
    let service = Token::of(&world, "")
        .with("common_name", json!("e367826f93b8d71185e03fe518aff3b4.access"))
        .signed(team_key());
    check(
        &session(&world, &service),
        expect![[r#"200 {"subject":"e367826f93b8d71185e03fe518aff3b4.access","scopes":["read","run"]}"#]],
    );
    assert_eq!(reads(&world), 1, "the keys are asked for once");

    assert_eq!(world.send(asking("GET", "/api/keys", &person)).status, 403);
    assert_eq!(world.send(asking("GET", "/api/keys", &owner)).status, 200);
    assert_eq!(world.notes(), Vec::<String>::new());

    // Each is written down once a day.
    session(&world, &person);
    let arrived = |world: &Arc<World>| {
        let entries = world.all("/api/audit", 50);
        let line = |entry: &Value| format!("{} {} {}", entry["subject"], entry["method"], entry["route"]);
        entries.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        "e367826f93b8d71185e03fe518aff3b4.access" "GET" "/api/session"
        "owner@acme.example" "GET" "/api/session"
        "jane@acme.example" "GET" "/api/session""#]]
    .assert_eq(&arrived(&world));
}

#[test]
fn what_access_does_not_say_counts_for_nothing() {
    let world = guarded();
    let now = world.clock.now().millis() / 1000;
    let token = || Token::of(&world, "jane@acme.example");
    let refused = |token: &str, expected: Expect| check(&session(&world, token), expected);
    let with = |name: &str, value: Value| token().with(name, value).signed(team_key());

    refused(
        &with("exp", json!(now - 61)),
        expect!["401 the token of Cloudflare Access does not say who you are: it is over; sign in again"],
    );
    refused(
        &with("nbf", json!(now + 61)),
        expect![
            "401 the token of Cloudflare Access does not say who you are: it does not hold yet; one of the clocks must be wrong"
        ],
    );
    refused(
        &with("aud", json!(["another application"])),
        expect![
            "401 the token of Cloudflare Access does not say who you are: it is not for the application of ACCESS_AUD"
        ],
    );
    refused(
        &with("iss", json!("https://evil.cloudflareaccess.com")),
        expect![
            "401 the token of Cloudflare Access does not say who you are: its issuer is not the team of ACCESS_TEAM_DOMAIN"
        ],
    );
    refused(
        &token().signed(&KEYS[1]),
        expect!["401 the token of Cloudflare Access does not say who you are: its signature is wrong"],
    );
    refused(
        &token().headed("kid", "k2").signed(team_key()),
        expect![
            "401 the token of Cloudflare Access does not say who you are: the team has no key of that name"
        ],
    );
    refused(
        &"a".repeat(20_000),
        expect!["401 the token of Cloudflare Access does not say who you are: it is longer than 16384 bytes"],
    );
    refused(
        "a.b.c",
        expect![
            "401 the token of Cloudflare Access does not say who you are: it must be three parts in base64url with points between them: a head with alg and kid, claims with iss, aud and exp, and a signature"
        ],
    );
    refused(
        &format!("{}.", token().headed("alg", "none").text()),
        expect![
            "401 the token of Cloudflare Access does not say who you are: it is signed by an algorithm other than RS256, the only one that counts"
        ],
    );
    refused(
        &token().headed("alg", "none").signed(team_key()),
        expect![
            "401 the token of Cloudflare Access does not say who you are: it is signed by an algorithm other than RS256, the only one that counts"
        ],
    );
    // What anybody can read of the team, as the secret of an algorithm that has one.
    for secret in [
        published(&[("k1", team_key())]).into_bytes(),
        team_key().public().as_ref().to_vec(),
        public(team_key()).n,
    ] {
        let text = token().headed("alg", "HS256").text();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), text.as_bytes());
        let token = format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag));
        refused(
            &token,
            expect![
                "401 the token of Cloudflare Access does not say who you are: it is signed by an algorithm other than RS256, the only one that counts"
            ],
        );
    }
    // The words of one person under the signature of another's.
    let [good, owner] = ["jane@acme.example", "owner@acme.example"].map(|email| Token::of(&world, email));
    let signature = good.signed(team_key()).rsplit_once('.').unwrap().1.to_owned();
    refused(
        &format!("{}.{signature}", owner.text()),
        expect!["401 the token of Cloudflare Access does not say who you are: its signature is wrong"],
    );
    refused(
        &format!("{}.", good.text()),
        expect!["401 the token of Cloudflare Access does not say who you are: its signature is wrong"],
    );
    assert_eq!(session(&world, &good.signed(team_key())).status, 200, "the good one is good");
}

#[test]
fn signatures_are_checked_here_as_the_platform_does() {
    let (key, text) = (public(team_key()), b"text");
    let mut signed = vec![0; team_key().public().modulus_len()];
    team_key().sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signed).unwrap();
    assert!(key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, text, &signed).is_ok());
    signed[0] ^= 1;
    assert!(key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, text, &signed).is_err());
}

#[test]
fn without_a_team_nothing_is_asked_and_nobody_comes_in() {
    let world = guarded();
    let token = Token::good(&world, "owner@acme.example");
    world.configure(|settings| settings.team = None);
    check(
        &session(&world, &token),
        expect![[r#"401 sign in, or send a token as "Authorization: Bearer …""#]],
    );
    assert_eq!(reads(&world), 0);
}

#[test]
fn a_key_that_nobody_knows_is_asked_for_once_a_minute() {
    let world = guarded();
    assert_eq!(session(&world, &Token::good(&world, "jane@acme.example")).status, 200);
    world.clock.skip(60_000);
    let odd = |kid: &str| Token::of(&world, "jane@acme.example").headed("kid", kid).signed(team_key());
    for kid in ["k2", "k3", "k4"] {
        assert_eq!(session(&world, &odd(kid)).status, 401);
    }
    assert_eq!(reads(&world), 2);
    // The team has changed its keys meanwhile.
    publish(&world, published(&[("k2", team_key())]));
    assert_eq!(session(&world, &odd("k2")).status, 401);
    world.clock.skip(60_000);
    assert_eq!(session(&world, &odd("k2")).status, 200);
    assert_eq!(session(&world, &odd("k1")).status, 401, "a key that was taken back");
    assert_eq!(reads(&world), 1);
}

#[test]
fn requests_that_come_together_ask_once() {
    let world = guarded();
    let token = Token::good(&world, "jane@acme.example");
    let together = (0..20).map(|_| asking("GET", "/api/session", &token)).collect();
    let replies = world.send_together(together);
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert_eq!(reads(&world), 1);
}

#[test]
fn when_the_team_cannot_be_asked_it_is_said_and_tried_again() {
    let world = guarded();
    let token = Token::good(&world, "jane@acme.example");
    let unreachable = expect!["503 the keys of Cloudflare Access cannot be had now; try again in a moment"];
    let odd = [
        Page { status: 302, body: published(&[("k1", team_key())]), reads: 0 },
        Page { status: 200, body: "<html>".to_owned(), reads: 0 },
    ];
    for page in odd {
        world.pages.lock().unwrap().insert(KEYS_URL.to_owned(), page);
        unreachable.assert_eq(&session(&world, &token).problem());
        world.clock.skip(5_000);
    }
    world.pages.lock().unwrap().clear();
    unreachable.assert_eq(&session(&world, &token).problem());
    unreachable.assert_eq(&session(&world, &token).problem());
    assert_eq!(world.notes().len(), 3, "{:?}", world.notes());
    publish(&world, published(&[("k1", team_key())]));
    world.clock.skip(5_000);
    assert_eq!(session(&world, &token).status, 200);
}

#[test]
fn a_token_wins_over_a_session_and_a_session_over_access() {
    let world = guarded();
    let token = Token::good(&world, "jane@acme.example");
    let made = world.post("/api/keys", &json!({"name": "mine", "scopes": ["read"]}));
    let key = made["token"].as_str().unwrap();
    let signed_in =
        world.send(request("POST", "/api/session").body(json!({"token": key}).to_string().into()).unwrap());
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let who = |bearer: Option<&str>, cookie: &str| {
        let asked = request("GET", "/api/session").header("cookie", cookie);
        let asked = match bearer {
            Some(bearer) => asked.header("authorization", format!("Bearer {bearer}")),
            None => asked,
        };
        let reply = world.send(asked.body(Body::empty()).unwrap());
        reply.json()["subject"].as_str().map_or(reply.status.to_string(), str::to_owned)
    };
    let access = format!("CF_Authorization={token}");
    assert_eq!(who(None, &access), "jane@acme.example");
    assert_eq!(who(None, &format!("{cookie}; {access}")), "key:mine");
    assert_eq!(who(Some(ADMIN), &format!("{cookie}; {access}")), "admin");
    assert_eq!(who(Some("asy_wrong"), &access), "401", "a wrong token is not made good");
    assert_eq!(who(None, &format!("__Host-assay=over; {access}")), "jane@acme.example");
}

#[test]
fn access_changes_things_from_our_own_pages_alone() {
    let world = guarded();
    let token = Token::good(&world, "owner@acme.example");
    let carried =
        [("cf-access-jwt-assertion", token.clone()), ("cookie", format!("CF_Authorization={token}"))];
    let body = json!({"name": "made", "scopes": ["read"]}).to_string();
    let make = |(name, value): &(&str, String), from: Option<&str>| {
        let asked = request("POST", "/api/keys").header(*name, value);
        let asked = match from {
            Some(origin) => asked.header("origin", origin),
            None => asked,
        };
        world.send(asked.body(body.clone().into()).unwrap())
    };
    for carried in &carried {
        for foreign in [None, Some("https://evil.example"), Some("null"), Some(TEAM)] {
            let reply = make(carried, foreign);
            assert_eq!(reply.status, 403, "{foreign:?}: {}", reply.text);
        }
        assert_eq!(make(carried, Some("https://assay.example")).status, 201);
    }
    assert_eq!(world.count("api_key"), 2);
}

#[test]
fn who_changed_what_is_written_down_by_name() {
    let world = guarded();
    let token = Token::good(&world, "owner@acme.example");
    // A session of a key that is over, which the browser still sends.
    let made = world.post("/api/keys", &json!({"name": "old", "scopes": ["admin"]}));
    let sign_in = json!({"token": made["token"]}).to_string();
    let signed_in = world.send(request("POST", "/api/session").body(sign_in.into()).unwrap());
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    world.sql("UPDATE session SET expires_at = 0");
    let asked = request("PATCH", "/api/settings")
        .header("cf-access-jwt-assertion", &token)
        .header("cookie", cookie)
        .header("origin", "https://assay.example");
    let reply = world.send(asked.body(json!({"log": {"mode": "off"}}).to_string().into()).unwrap());
    assert_eq!(reply.status, 200, "{}", reply.text);
    let entry = &world.get("/api/audit")["data"][0];
    let told = ["subject", "key_id", "session", "route"].map(|name| &entry[name]);
    expect![[r#"["owner@acme.example",null,true,"/api/settings"]"#]].assert_eq(&json!(told).to_string());
}
