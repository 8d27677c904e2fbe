//! What is kept of requests: settings, what is never stored, and what is deleted when it has grown old.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use edge::gateway::capture::Captured;
use edge::gateway::exchange::Passage;
use edge::gateway::head::Head;
use edge::gateway::lots::Lots;
use edge::gateway::problem::Refusal;
use edge::gateway::route::Keep;
use edge::pipeline::{ingest, keep, record, retention};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use shared::chat::wire::Wire;
use shared::id::LogId;
use shared::log::{Exchange, Labels};
use shared::policy::Leave;

use crate::support::scene::id;
use crate::support::{Seat, Silence, World, drive, shows};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What must be nowhere, each in the form in which people paste it.
const SECRETS: [&str; 8] = [
    "sk-proj-Ab3dEfGhIjKlMnOpQrStUvWxYz012345",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "jane.doe@example.com",
    "+49 30 1234567",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "MIIEpAIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo",
];

/// Writes all secrets into a text, the last one in its block.
fn secrets() -> String {
    let [told @ .., block] = &SECRETS;
    format!("{} -----BEGIN PRIVATE KEY-----\n{block}\n-----END PRIVATE KEY-----", told.join(" , "))
}

/// Everything that a world has stored: each row of each table, and each large body.
fn everything(world: &Arc<World>) -> String {
    let tables = world.sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'log_text_%' AND name NOT LIKE 'sqlite_%'");
    let names = tables.iter().map(|table| table["name"].as_str().unwrap().to_owned());
    let rows = names.map(|name| json!(world.sql(&format!("SELECT * FROM \"{name}\""))).to_string());
    let bodies = world.blobs.lock().unwrap().values().cloned().collect::<Vec<_>>();
    rows.chain(bodies).collect::<Vec<_>>().join("\n")
}

/// Sees that no secret is stored, and that as much as expected is.
fn check_nowhere(world: &Arc<World>, least: usize) {
    let stored = everything(world);
    let found: Vec<_> = SECRETS.iter().filter(|secret| stored.contains(**secret)).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(stored.len() >= least, "{}", stored.len());
}

fn chat(content: &str) -> Value {
    json!({"model": "m", "messages": [{"role": "user", "content": content}]})
}

/// Describes what passed the gateway, with an answer that says nothing.
fn exchange(world: &Arc<World>, request: &Value) -> Exchange {
    passage(world, request, Labels::default()).exchange(Some(200), answered("Hello"), 5).unwrap()
}

fn passage(world: &Arc<World>, request: &Value, labels: Labels) -> Passage {
    let provider = json!({"id": "p", "name": "acme", "protocol": "openai", "base_url": null, "key_hint": null, "simulated": false, "models": []});
    Passage {
        wire: Wire::Chat,
        at: world.clock.now(),
        provider: serde_json::from_value(provider).unwrap(),
        request: request.to_string().into_bytes(),
        labels,
        paid_with: Vec::new(),
        keep: Keep::Everything,
    }
}

fn log_id(world: &Arc<World>) -> LogId {
    LogId::make(world.clock.now(), &rand(world))
}

/// Records what passed the gateway, as the platform does when the answer has ended.
fn pass(world: &Arc<World>, request: &Value, captured: Captured, labels: Labels) -> LogId {
    let log = log_id(world);
    let exchange = passage(world, request, labels).exchange(Some(200), captured, 5).unwrap();
    let ports = Seat::of_router(world);
    let draft = drive::finish(world, ingest::draft(&ports, log.clone(), exchange)).unwrap();
    assert_eq!(drive::finish(world, ingest::write(&ports, &[draft])), Ok(0), "none is dropped");
    log
}

fn rand(world: &Arc<World>) -> [u8; 10] {
    use edge::ports::Random;
    Seat::of_router(world).bytes()
}

fn answered(text: &str) -> Captured {
    let response = json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]});
    Captured { response, streamed: false, complete: true, ttft_ms: None, outcome: None }
}

#[test]
fn nothing_is_left_of_a_secret_that_a_label_is_too_long_for() {
    let world = World::new();
    let tags = BTreeMap::from([("note".to_owned(), format!("{} {}", "x".repeat(500), SECRETS[0]))]);
    pass(&world, &chat("Hello."), answered("Hello."), Labels { tags, ..Labels::default() });
    let begins = &SECRETS[0][..8];
    assert!(!everything(&world).contains(begins), "{begins}");
}

#[test]
fn a_conversation_of_any_length_is_logged_and_no_item_unless_it_can_be_asked_again() {
    let world = World::new();
    let said = |n: usize| json!({"role": "user", "content": format!("Part {n}.")});
    let request = json!({"model": "m", "messages": (1..=12_001).map(said).collect::<Vec<_>>()});
    let log = pass(&world, &request, answered("Hello."), Labels::default());
    let shown = world.get(&format!("/api/logs/{log}"));
    assert_eq!(shown["request"], request);
    assert_eq!(shown["request_preview"], "Part 12001.");
    let messages = shown["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &messages[0]["content"]), (10_000, &json!("Part 2002.")));
    let set = world.set_of(1);
    let added = world.post(&format!("/api/sets/{set}/items"), &json!({"log_ids": [log]}));
    assert_eq!((&added["added"], &added["skipped"]), (&json!(0), &json!(1)));
    assert_eq!(
        added["refused"],
        json!([{"log_id": log, "reason": "it has 12,001 messages; an item may have at most 10,000"}])
    );
}

#[test]
fn what_is_pasted_into_a_prompt_is_nowhere() {
    let world = World::new();
    let tags = BTreeMap::from([("note".to_owned(), secrets())]);
    let labels = Labels { tags, session: Some(SECRETS[0].to_owned()), ..Labels::default() };
    let log = pass(&world, &chat(&format!("Find my refund: {}", secrets())), answered(&secrets()), labels);
    check_nowhere(&world, 500);
    let shown = world.get(&format!("/api/logs/{log}"));
    shows(
        &format!("{}\n{}", shown["messages"][0]["content"].as_str().unwrap(), shown["response_preview"]),
        &expect![[r#"
            Find my refund: [key] , [key] , [token] , [email] , [phone] , [card] , [iban] [key]
            "[key] , [key] , [token] , [email] , [phone] , [card] , [iban] [key]"
        "#]],
    );
    assert_eq!(world.get("/api/logs/count?q=refund")["count"], 1);
    assert_eq!(world.get("/api/logs/count?q=AKIAIOSFODNN7EXAMPLE")["count"], 0);
}

#[test]
fn a_key_pasted_into_a_short_field_is_nowhere() {
    let world = World::new();
    let names = ["model", "id", "object", "user", "service_tier", "provider"];
    let with_keys = |mut body: Value| {
        for (name, secret) in names.iter().zip(SECRETS.iter().take(3).cycle()) {
            body[name] = json!(secret);
        }
        body
    };
    let labels = Labels { user: Some(SECRETS[0].to_owned()), ..Labels::default() };
    let answer = with_keys(answered("Hello.").response);
    let log = pass(&world, &with_keys(chat("Hello.")), Captured { response: answer, ..answered("") }, labels);
    let shown = world.get(&format!("/api/logs/{log}"));
    let asked = &shown["request"];
    shows(
        &format!(
            "{} {} {} {} {}",
            shown["model"], shown["user"], asked["id"], asked["object"], asked["user"]
        ),
        &expect![[r#"
            "[key]" "[key]" "[key]" "[token]" "[key]"
        "#]],
    );
    let record = json!({"model": SECRETS[0], "provider": SECRETS[1], "user": SECRETS[0], "id": SECRETS[0],
        "request": with_keys(chat("Bye.")), "response": with_keys(answered("Bye.").response)});
    assert_eq!(world.post_text("/api/logs/import", record.to_string()).succeeded()["imported"], 1);
    check_nowhere(&world, 500);
}

#[test]
fn a_large_body_is_redacted_too() {
    let world = World::new();
    let long = long();
    let log = pass(
        &world,
        &chat(&format!("{}{long}{}", secrets(), secrets())),
        answered(&secrets()),
        Labels::default(),
    );
    check_nowhere(&world, 1_000_000);
    assert_eq!(
        (
            world.count("log_body WHERE blob IS NOT NULL AND request IS NULL"),
            world.blobs.lock().unwrap().len()
        ),
        (1, 1)
    );
    let shown = world.get(&format!("/api/logs/{log}"));
    assert!(shown["request"]["messages"][0]["content"].as_str().unwrap().len() > 900_000);
}

#[test]
fn what_a_provider_or_a_refusal_says_is_redacted() {
    let world = World::new();
    let words = format!("Incorrect API key provided: my-own-secret. {}", secrets());
    let refused = json!({"error": {"message": words, "code": "invalid_api_key"}});
    pass(&world, &chat("Hi"), Captured { response: refused, ..answered("") }, Labels::default());
    pass(
        &world,
        &chat("Hi"),
        Captured::refused(&Refusal::Unreached(secrets()), Wire::Chat),
        Labels::default(),
    );
    check_nowhere(&world, 500);
    assert!(!everything(&world).contains("my-own-secret"));
}

#[test]
fn imported_records_are_redacted_and_known_again() {
    let world = World::new();
    let record = json!({"request": chat(&secrets()), "response": secrets()}).to_string();
    let import = || world.post_text("/api/logs/import", record.clone()).succeeded();
    assert_eq!(import()["imported"], 1);
    check_nowhere(&world, 300);
    assert_eq!(import()["duplicates"], 1);
}

#[test]
fn redaction_can_be_turned_off_and_made_stricter() {
    let world = World::new();
    world.patch(
        "/api/settings",
        &json!({"redaction": {"kinds": ["email"], "patterns": [{"name": "case", "pattern": "CASE-[0-9]+"}]}}),
    );
    let words = "CASE-17 jane.doe@example.com AKIAIOSFODNN7EXAMPLE";
    let log = pass(&world, &chat(words), answered("Hello"), Labels::default());
    assert_eq!(
        world.get(&format!("/api/logs/{log}"))["request_preview"],
        "[case] [email] AKIAIOSFODNN7EXAMPLE"
    );
    world.patch("/api/settings", &json!({"redaction": {"enabled": false}}));
    let log = pass(&world, &chat(words), answered("Hello"), Labels::default());
    assert_eq!(world.get(&format!("/api/logs/{log}"))["request_preview"], words);
}

#[test]
fn a_change_leaves_the_rest_as_it_is() {
    let world = World::new();
    let expected = [
        expect![[r#"
            {"log":{"mode":"full","sample":1.0,"retention_days":null,"on_leave":"cancel"},"redaction":{"enabled":true,"kinds":["key","token","email","phone","card","iban"],"patterns":[]},"last_retention":null}
        "#]],
        expect![[r#"
            {"log":{"mode":"metadata","sample":1.0,"retention_days":30,"on_leave":"cancel"},"redaction":{"enabled":true,"kinds":["key","token","email","phone","card","iban"],"patterns":[]},"last_retention":null}
        "#]],
        expect![[r#"
            {"log":{"mode":"metadata","sample":0.25,"retention_days":null,"on_leave":"finish"},"redaction":{"enabled":true,"kinds":["key"],"patterns":[{"name":"case","pattern":"C-\\d+"}]},"last_retention":null}
        "#]],
    ];
    let changes = [
        json!({}),
        json!({"log": {"mode": "metadata", "retention_days": 30}}),
        json!({"log": {"sample": 0.25, "retention_days": null, "on_leave": "finish"}, "redaction": {"kinds": ["key"], "patterns": [{"name": "case", "pattern": r"C-\d+"}]}}),
    ];
    for (change, expected) in changes.iter().zip(&expected) {
        let changed = world.patch("/api/settings", change);
        shows(&changed.to_string(), expected);
        assert_eq!(changed, world.get("/api/settings"));
    }
}

#[test]
fn settings_that_do_not_fit_are_named_by_their_place() {
    let world = World::new();
    let lines = [
        json!({"log": {"mode": "some"}}),
        json!({"log": {"sample": 1.5}}),
        json!({"log": {"retention_days": 0}}),
        json!({"log": {"retention_days": "week"}}),
        json!({"log": {"on_leave": "wait"}}),
        json!({"logs": {}}),
        json!({"redaction": {"kinds": ["names"]}}),
        json!({"redaction": {"patterns": [{"name": "a", "pattern": "ok"}, {"name": "b", "pattern": "("}]}}),
        json!({"redaction": {"patterns": [{"name": "B!", "pattern": "b"}]}}),
        json!({"redaction": {"patterns": [{"name": "a", "pattern": "a*"}]}}),
        json!({"redaction": {"patterns": [{"name": "a", "pattern": "x".repeat(201)}]}}),
        json!({"redaction": {"patterns": vec![json!({"name": "a", "pattern": "x"}); 17]}}),
    ];
    let lines = lines.map(|change| world.call("PATCH", "/api/settings", &change).problem());
    shows(
        &lines.join("\n"),
        &expect![[r#"
            422 /log/mode some is not known; it is one of full, metadata, off
            422 /log/sample 1.5 is not a share; a share is from 0 to 1, such as 0.05 for five points
            422 /log/retention_days logs cannot be kept for 0 days; give 1 to 3650 days, or null to keep them for ever
            422 /log/retention_days it is the text "week"; it must be a whole number from 0 to 4294967295
            422 /log/on_leave wait is not known; it is one of cancel, finish
            422 /logs logs is not known here; known are log, redaction
            422 /redaction/kinds/0 names is not known; it is one of key, token, email, phone, card, iban
            422 /redaction/patterns/1/pattern the pattern does not work: found open group without closing ')'; look-around and references back do not exist here
            422 /redaction/patterns/0/name "B!" is no name of a pattern; it must be 1 to 32 of a-z, 0-9, - and _, such as order-number
            422 /redaction/patterns/0/pattern the pattern fits the empty text, and so everywhere; write one that needs at least one character
            422 /redaction/patterns/0/pattern a pattern has at most 200 bytes here, not 201
            422 /redaction/patterns there may be at most 16 patterns, not 17
        "#]],
    );
    assert_eq!(world.count("setting"), 0);
}

fn head_of(line: &str) -> Head {
    line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect()
}

/// Tells what is kept of requests with such a head, of ten of them.
fn check_keep(settings: &Value, head: &str, expected: Expect) {
    let world = World::new();
    world.patch("/api/settings", settings);
    let kept = (0..10).map(|_| {
        let log = LogId::make(world.clock.now(), &rand(&world));
        drive::finish(&world, keep::of(&Seat::of_router(&world), &head_of(head), &log))
    });
    let mut counts = BTreeMap::new();
    kept.for_each(|keep| *counts.entry(format!("{keep:?}")).or_insert(0) += 1);
    expected.assert_eq(&format!("{counts:?}"));
}

#[test]
fn the_mode_counts_where_the_caller_says_nothing() {
    check_keep(&json!({}), "", expect![[r#"{"Ok(Some(Everything))": 10}"#]]);
    check_keep(&json!({"log": {"mode": "metadata"}}), "", expect![[r#"{"Ok(Some(Metadata))": 10}"#]]);
    check_keep(&json!({"log": {"mode": "off"}}), "", expect![[r#"{"Ok(Some(Nothing))": 10}"#]]);
    check_keep(
        &json!({"log": {"mode": "off"}}),
        "x-assay-log: full",
        expect![[r#"{"Ok(Some(Everything))": 10}"#]],
    );
    check_keep(&json!({}), "x-assay-log: off", expect![[r#"{"Ok(Some(Nothing))": 10}"#]]);
}

#[test]
fn a_share_is_taken_of_those_who_say_nothing() {
    check_keep(&json!({"log": {"sample": 0.0}}), "", expect![[r#"{"Ok(Some(Nothing))": 10}"#]]);
    check_keep(
        &json!({"log": {"sample": 0.5}}),
        "",
        expect![[r#"{"Ok(Some(Everything))": 3, "Ok(Some(Nothing))": 7}"#]],
    );
    check_keep(
        &json!({"log": {"sample": 0.0}}),
        "x-assay-log: metadata",
        expect![[r#"{"Ok(Some(Metadata))": 10}"#]],
    );
}

#[test]
fn nothing_is_kept_when_nobody_knows_what_may_be() {
    let world = World::new();
    world.sql("DROP TABLE setting");
    let log = LogId::make(world.clock.now(), &[1; 10]);
    let kept = |head: &str| drive::finish(&world, keep::of(&Seat::of_router(&world), &head_of(head), &log));
    assert_eq!(kept(""), Ok(None));
    assert_eq!(kept("x-assay-log: full"), Ok(Some(Keep::Everything)));
    assert_eq!(world.notes().len(), 1);
}

#[test]
fn an_answer_that_nobody_waits_for_is_cut_off_unless_it_was_decided_otherwise() {
    let world = World::new();
    let decided = || drive::finish(&world, keep::on_leave(&Seat::of_router(&world)));
    assert_eq!(decided(), Leave::Cancel);
    world.patch("/api/settings", &json!({"log": {"on_leave": "finish"}}));
    assert_eq!(decided(), Leave::Finish);
    world.patch("/api/settings", &json!({"log": {"mode": "full"}}));
    assert_eq!(decided(), Leave::Finish);
    world.patch("/api/settings", &json!({"log": {"on_leave": "cancel"}}));
    assert_eq!(decided(), Leave::Cancel);
    // When nobody knows, nothing more is paid for.
    world.sql("DROP TABLE setting");
    assert_eq!(decided(), Leave::Cancel);
    assert_eq!(world.notes().len(), 1);
}

fn sweep(world: &Arc<World>) -> (u64, u64) {
    let deleted = drive::finish(world, retention::sweep(&Seat::of_router(world))).unwrap();
    (deleted.logs, deleted.bodies)
}

#[test]
fn logs_go_when_they_have_grown_old() {
    let world = World::new();
    for day in 0..10 {
        pass(&world, &chat(&format!("Day {day}")), answered("Hello"), Labels::default());
        world.clock.skip(DAY_MS);
    }
    assert_eq!(sweep(&world), (0, 0));
    assert_eq!(world.get("/api/settings")["last_retention"], Value::Null);
    world.patch("/api/settings", &json!({"log": {"retention_days": 4}}));
    assert_eq!(sweep(&world), (7, 0));
    assert_eq!((world.count("log"), world.count("log_body"), world.count("log_text")), (3, 3, 3));
    let days = world.get("/api/logs");
    let days: Vec<_> =
        days["data"].as_array().unwrap().iter().map(|log| log["request_preview"].clone()).collect();
    assert_eq!(days, ["Day 9", "Day 8", "Day 7"]);
    let first = world.get("/api/settings")["last_retention"].clone();
    world.clock.skip(DAY_MS / 2);
    assert_eq!(sweep(&world), (0, 0));
    let second = world.get("/api/settings")["last_retention"].clone();
    assert_eq!(first["deleted_at"], second["deleted_at"]);
    assert_ne!(first["checked_at"], second["checked_at"]);
    world.clock.skip(DAY_MS);
    assert_eq!(sweep(&world), (1, 0));
    let third = world.get("/api/settings")["last_retention"].clone();
    assert_eq!((third["logs"].clone(), third["logs_in_all"].clone()), (json!(1), json!(8)));
    assert_eq!(third["oldest"], world.get("/api/logs")["data"][1]["created_at"]);
    let proof = |told: &Value| {
        format!("{} too old, {} deleted, {} left", told["before"], told["logs"], told["after"])
    };
    expect![[r#"
        7 too old, 7 deleted, 0 left
        7 too old, 7 deleted, 0 left
        1 too old, 1 deleted, 0 left"#]]
    .assert_eq(&[first, second, third].iter().map(proof).collect::<Vec<_>>().join("\n"));
}

#[test]
fn many_old_logs_go_in_parts() {
    let world = World::new();
    let lines: Vec<_> = (0..1000)
        .map(|n| json!({"request": chat(&format!("Number {n}")), "response": "Hello"}).to_string())
        .collect();
    world.post_text("/api/logs/import", lines.join("\n")).succeeded();
    world.patch("/api/settings", &json!({"log": {"retention_days": 1}}));
    world.clock.skip(2 * DAY_MS);
    let seat = Seat::of_router(&world);
    drive::finish(&world, retention::sweep(&seat)).unwrap();
    assert!(seat.statements() < 50, "{}", seat.statements());
    assert_eq!(world.count("log"), 40);
    let told = world.get("/api/settings")["last_retention"].clone();
    assert_eq!(json!([told["before"], told["logs"], told["after"]]), json!([1000, 960, 40]));
    assert_eq!(sweep(&world), (40, 0));
}

#[test]
fn an_item_outlives_the_log_that_it_was_made_from() {
    let world = World::new();
    let long = "Lorem ipsum. ".repeat(80_000);
    let log = pass(&world, &chat(&long), answered("Hello"), Labels::default());
    let set = world.set_with(0, json!({}));
    let items = format!("/api/sets/{set}/items");
    world.post(&items, &json!({"log_ids": [log]}));
    let item = id(&world.get(&items)["data"][0]);
    let before = world.get(&format!("{items}/{item}"));
    world.patch("/api/settings", &json!({"log": {"retention_days": 1}}));
    world.clock.skip(2 * DAY_MS);
    assert_eq!(sweep(&world), (1, 1));
    assert_eq!(world.call("GET", &format!("/api/logs/{log}"), &Value::Null).status, 404);
    assert_eq!(world.get(&format!("{items}/{item}")), before);
    assert_eq!(world.blobs.lock().unwrap().len(), 1);
}

#[test]
fn a_large_body_goes_with_its_log() {
    let world = World::new();
    let logs: Vec<_> =
        (0..3).map(|_| pass(&world, &chat(&long()), answered("Hello"), Labels::default())).collect();
    let delete = |ids: &[LogId]| world.post("/api/logs/delete", &json!({"ids": ids}));
    let bodies = || world.blobs.lock().unwrap().len();
    assert_eq!(bodies(), 3);
    delete(&logs[..1]);
    assert_eq!(bodies(), 2);
    assert_eq!(world.get(&format!("/api/logs/{}", logs[1]))["output"]["text"], "Hello");
    delete(&logs[1..]);
    assert_eq!(bodies(), 0);
}

fn bodies(world: &Arc<World>) -> u64 {
    world.blobs.lock().unwrap().len() as u64
}

/// Sweeps what is loose, and gives how many bodies are left.
fn sweep_loose(world: &Arc<World>) -> u64 {
    drive::finish(world, retention::sweep_loose(&Seat::of_router(world))).unwrap();
    bodies(world)
}

#[test]
fn a_body_whose_log_never_came_is_deleted_after_a_day() {
    let world = World::new();
    let kept = pass(&world, &chat(&long()), answered("Hello"), Labels::default());
    // The lot is refused as a whole, and the log with it.
    world.sql("CREATE TRIGGER odd BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'odd'); END");
    let ports = Seat::of_router(&world);
    let draft =
        drive::finish(&world, ingest::draft(&ports, log_id(&world), exchange(&world, &chat(&long()))));
    assert_eq!(drive::finish(&world, ingest::write(&ports, &[draft.unwrap()])), Ok(1), "it is lost");
    world.sql("DROP TRIGGER odd");
    // Of a record that is there already, the body comes again only if it differs.
    let import = |answer: &str| {
        let record = json!({"id": "r1", "at": "2026-01-01T00:00:00Z", "request": chat(&long()), "response": answered(answer).response});
        world.post_text("/api/logs/import", record.to_string()).succeeded()["imported"].clone()
    };
    let imported = [import("One"), import("One"), import("Two")];
    let stored = bodies(&world);
    let item =
        world.post(&format!("/api/sets/{}/items", world.set_with(0, json!({}))), &json!({"log_ids": [kept]}));
    assert_eq!(item["added"], 1, "{item}");
    world.clock.skip(DAY_MS - 1_000);
    assert_eq!(sweep_loose(&world), stored + 1, "{imported:?}");
    world.clock.skip(60_000);
    let left = sweep_loose(&world);
    assert_eq!(
        left,
        world.count("log_body WHERE blob IS NOT NULL") + world.count("set_item WHERE blob IS NOT NULL")
    );
    assert!(left < stored + 1, "{left} of {stored}");
    assert_eq!(world.count("loose_body"), 0);
    assert_eq!(world.get(&format!("/api/logs/{kept}"))["output"]["text"], "Hello");
}

#[test]
fn a_large_body_that_is_refused_is_offered_again() {
    let world = World::new();
    world.refused_blobs.store(2, Ordering::Relaxed);
    let log = pass(&world, &chat(&long()), answered("Hello"), Labels::default());
    assert_eq!(world.get(&format!("/api/logs/{log}"))["output"]["text"], "Hello");
    assert_eq!(world.get("/api/logs/count")["lost"]["words"], 0);
}

#[test]
fn a_log_whose_body_finds_no_room_is_kept_without_its_words_and_says_so() {
    let world = World::new();
    world.refused_blobs.store(usize::MAX, Ordering::Relaxed);
    let log = pass(&world, &chat(&long()), answered("Hello"), Labels::default());
    assert_eq!(
        world.notes(),
        [format!("the log {log} loses its words: the database failed: BLOBS: 503 Service Unavailable")]
    );
    let shown = world.get(&format!("/api/logs/{log}"));
    let parts = ["outcome", "latency_ms", "request", "response", "response_preview"].map(|part| &shown[part]);
    shows(
        &json!(parts).to_string(),
        &expect![[r#"
        ["success",5,{"model":"m","messages":[{"role":"user","content":""}]},{"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":null}],"not_kept":"the words of this log found no room"},"the words of this log found no room"]
    "#]],
    );
    assert_eq!(world.get("/api/logs/count")["lost"]["words"], 1);
    assert!(world.blobs.lock().unwrap().is_empty());
}

/// Records a large log as the gateway does while the blob store says nothing to so many bodies, and the database to these
/// questions. Tells what became of it, and after how many seconds.
fn check_silent(bodies: usize, silences: &[Option<Silence>], expected: Expect) {
    let world = World::new();
    world.silent_blobs.store(bodies, Ordering::Relaxed);
    world.silences.lock().unwrap().extend(silences);
    let (began, log) = (world.clock.now(), log_id(&world));
    let lots = RefCell::<Lots>::default();
    let exchange = exchange(&world, &chat(&long()));
    drive::finish(&world, record::record(&Seat::of_router(&world), &lots, log.clone(), exchange));
    let took = world.clock.now().since(began) / 1000;
    assert_eq!(world.silences.lock().unwrap().len(), 0, "all was asked");
    let words = match world.count("log") {
        0 => "none".to_owned(),
        _ => world.get(&format!("/api/logs/{log}"))["response_preview"].to_string(),
    };
    let Value::Object(lost) = world.get("/api/logs/count")["lost"].take() else { panic!("an object") };
    let notes = world.notes().join("\n").replace(log.as_str(), "L");
    shows(
        &format!("after {took} s: {words}, {} logs and {} words lost\n{notes}", lost["logs"], lost["words"]),
        &expected,
    );
}

#[test]
fn a_blob_store_that_does_not_answer_is_asked_again_and_then_costs_the_words() {
    check_silent(
        2,
        &[],
        expect![[r#"
        after 12 s: "Hello", 0 logs and 0 words lost

    "#]],
    );
    check_silent(
        3,
        &[],
        expect![[r#"
        after 17 s: "the words of this log found no room", 0 logs and 1 words lost
        the log L loses its words: the database is busy: no answer came within 5000 ms
    "#]],
    );
}

#[test]
fn a_database_that_does_not_answer_is_asked_again_and_costs_no_more_than_a_failure() {
    use Silence::{AtOnce, WhenDone};
    // The rules, the large body, the write.
    check_silent(
        0,
        &[Some(AtOnce)],
        expect![[r#"
        after 3 s: none, 1 logs and 0 words lost
        the log L is lost: Busy
    "#]],
    );
    check_silent(
        0,
        &[None, Some(AtOnce)],
        expect![[r#"
        after 6 s: "Hello", 0 logs and 0 words lost

    "#]],
    );
    check_silent(
        0,
        &[None, Some(WhenDone), None, Some(AtOnce)],
        expect![[r#"
        after 15 s: "Hello", 0 logs and 0 words lost
        1 logs wait: the database is busy: no answer came within 8000 ms
    "#]],
    );
    check_silent(
        0,
        &[None, None, Some(WhenDone)],
        expect![[r#"
        after 9 s: "Hello", 0 logs and 0 words lost
        1 logs wait: the database is busy: no answer came within 8000 ms
    "#]],
    );
    // Words that found no room are counted once, however often the log is written.
    check_silent(
        3,
        &[None, None, None, None, Some(WhenDone)],
        expect![[r#"
        after 26 s: "the words of this log found no room", 0 logs and 1 words lost
        the log L loses its words: the database is busy: no answer came within 5000 ms
        1 logs wait: the database is busy: no answer came within 8000 ms
    "#]],
    );
}

#[test]
fn a_request_is_not_held_up_by_a_database_that_does_not_answer() {
    let world = World::new();
    let log = log_id(&world);
    let silence = || world.silences.lock().unwrap().push_back(Some(Silence::AtOnce));
    silence();
    let kept = drive::finish(&world, keep::of(&Seat::of_router(&world), &head_of(""), &log));
    assert_eq!(kept, Ok(None));
    silence();
    assert_eq!(drive::finish(&world, keep::on_leave(&Seat::of_router(&world))), Leave::Cancel);
    assert_eq!(world.notes().len(), 2);
}

fn long() -> String {
    "Lorem ipsum. ".repeat(80_000)
}
