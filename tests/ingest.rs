//! Request → log: files of logs taken in, found again, and deleted.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use edge::failure::Failure;
use edge::gateway::lots::Lots;
use edge::pipeline::{ingest, record};
use edge::store::log::{self, Draft};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use shared::id::LogId;
use shared::import::Reader;
use shared::log::{Exchange, Labels};
use shared::moment::Moment;

use crate::support::scene::{encoded, pair};
use crate::support::{Seat, Silence, Trouble, World, drive, shows};

/// Imports a file, and tells what became of it.
fn check_import(world: &Arc<World>, file: impl Into<Vec<u8>>, expected: Expect) {
    let reply = world.post_text("/api/logs/import", file.into());
    shows(&if reply.status == 200 { reply.text } else { reply.problem() }, &expected);
}

macro_rules! sample {
    ($name:literal) => {
        ($name, include_str!(concat!("fixtures/imports/", $name)))
    };
}

/// A file of each format, and of several.
const SAMPLES: [(&str, &str); 12] = [
    sample!("input_output.jsonl"),
    sample!("messages.jsonl"),
    sample!("batch.jsonl"),
    sample!("langfuse.jsonl"),
    sample!("helicone.jsonl"),
    sample!("litellm.jsonl"),
    sample!("cloudflare.jsonl"),
    sample!("braintrust.jsonl"),
    sample!("opentelemetry.jsonl"),
    sample!("mixed.jsonl"),
    sample!("list.json"),
    sample!("wrapped.json"),
];

#[test]
fn every_format_is_recognised_and_taken_once() {
    let world = World::new();
    let mut shown = Vec::new();
    for (name, file) in SAMPLES {
        let report = world.post_text("/api/logs/import", file).succeeded();
        let lines =
            report["rejected"].as_array().unwrap().iter().map(|rejected| rejected["line"].to_string());
        let lines = lines.collect::<Vec<_>>().join(" ");
        shown.push(format!(
            "{name}: {} {}, not {lines}",
            report["format"].as_str().unwrap(),
            report["imported"]
        ));
        let again = world.post_text("/api/logs/import", file).succeeded();
        assert_eq!((&again["imported"], &again["duplicates"]), (&json!(0), &report["imported"]), "{name}");
        assert_eq!(again["rejected"], report["rejected"], "{name}");
    }
    expect![[r#"
        input_output.jsonl: input_output 5, not 6 7 8
        messages.jsonl: messages 5, not 6 7 8
        batch.jsonl: batch 4, not 9 10 11 13 14
        langfuse.jsonl: langfuse 6, not 3 5 7 9
        helicone.jsonl: helicone 3, not 4 5
        litellm.jsonl: litellm 2, not 3 4
        cloudflare.jsonl: cloudflare 4, not 4 5
        braintrust.jsonl: braintrust 3, not 2
        opentelemetry.jsonl: opentelemetry 5, not 1 4 5
        mixed.jsonl: chat_pairs 4, not 2 5 6
        list.json: input_output 2, not 6
        wrapped.json: langfuse 1, not 1"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn what_was_imported_goes_into_sets_and_runs() {
    let world = World::new();
    world.connect();
    for (_, file) in SAMPLES {
        world.post_text("/api/logs/import", file).succeeded();
    }
    let succeeded = world.get("/api/logs/count?outcome=success")["count"].as_u64().unwrap();
    let set = world.set_of(0);
    let added = world.post(
        &format!("/api/sets/{set}/items"),
        &json!({"filter": {"outcome": "success"}, "dedupe": "none"}),
    );
    assert_eq!(added["added"], succeeded);
    let run = world.start(&set, json!({"baseline": false}));
    world.drive();
    shows(
        &world.standing(&run),
        &expect![[r#"
            done: 36 of 36 done, 36 pass, 0 fail, 0 unscored, 0 errored
            33 target, 39 judge, 3 memoised, 0 retried calls
        "#]],
    );
}

#[test]
fn a_named_format_is_taken_at_its_word() {
    let world = World::new();
    let pair = r#"{"input":"Two?","output":"2"}"#;
    for (format, expected) in [
        (
            "input_output",
            expect![[r#"
            {"format":"input_output","imported":1,"duplicates":0,"rejected":[]}
        "#]],
        ),
        (
            "langfuse",
            expect![[r#"
            {"format":"langfuse","imported":1,"duplicates":0,"rejected":[]}
        "#]],
        ),
        (
            "messages",
            expect![[r#"
            {"format":"messages","imported":0,"duplicates":0,"rejected":[{"line":1,"reason":"/messages: messages is missing; it is the conversation, the answer last"}]}
        "#]],
        ),
        (
            "opentelemetry",
            expect![[r#"
            {"format":"opentelemetry","imported":0,"duplicates":0,"rejected":[{"line":1,"reason":"/attributes: not a model call: gen_ai.operation.name is not chat, text_completion or generate_content; skipped"}]}
        "#]],
        ),
        (
            "batch",
            expect![[r#"
            {"format":"batch","imported":0,"duplicates":0,"rejected":[{"line":1,"reason":"/custom_id: custom_id is missing; it joins a request to its answer"}]}
        "#]],
        ),
    ] {
        shows(&world.post_text(&format!("/api/logs/import?format={format}"), pair).text, &expected);
    }
}

#[test]
fn a_file_is_stored_while_it_comes_in() {
    let world = World::new();
    let answer = "It is so. ".repeat(2_000);
    let lines = (0..400).map(|n| format!("{}\n", pair(&format!("Question {n}?"), &answer, json!({}))));
    let file = lines.collect::<String>();
    // So many logs are there when each piece of the file is asked for.
    let stored = std::cell::RefCell::new(Vec::new());
    let pieces = file.as_bytes().chunks(500_000).map(|piece| {
        stored.borrow_mut().push(world.count("log"));
        Ok::<_, Failure>(piece)
    });
    let reader = Reader::new(None, None, world.clock.now());
    let ports = Seat::of_router(&world);
    let report =
        drive::finish(&world, ingest::import(&ports, futures_util::stream::iter(pieces), reader)).unwrap();
    assert_eq!((report.imported, world.count("log")), (400, 400));
    let stored = stored.into_inner();
    assert!(stored.len() > 10, "{stored:?}");
    // What is not stored yet is one write and one piece.
    for (place, stored) in stored.iter().enumerate() {
        let seen = place * 500_000 / (file.len() / 400);
        assert!(seen.saturating_sub(*stored as usize) <= 60, "{stored} of {seen}");
    }
}

const THREE_BROKEN: &str = include_str!("fixtures/imports/chat_pairs_three_broken.jsonl");

#[test]
fn a_broken_line_loses_no_other() {
    check_import(
        &World::new(),
        THREE_BROKEN,
        expect![[r#"
            {"format":"chat_pairs","imported":7,"duplicates":0,"rejected":[{"line":4,"reason":"not JSON: EOF while parsing a string at line 1 column 141"},{"line":7,"reason":"/response: response is missing; it is the provider's answer"},{"line":9,"reason":"/request/messages: messages must be a list"}]}
        "#]],
    );
}

#[test]
fn the_same_file_twice_imports_nothing_twice() {
    let world = World::new();
    check_import(
        &world,
        THREE_BROKEN,
        expect![[r#"
            {"format":"chat_pairs","imported":7,"duplicates":0,"rejected":[{"line":4,"reason":"not JSON: EOF while parsing a string at line 1 column 141"},{"line":7,"reason":"/response: response is missing; it is the provider's answer"},{"line":9,"reason":"/request/messages: messages must be a list"}]}
        "#]],
    );
    check_import(
        &world,
        THREE_BROKEN,
        expect![[r#"
            {"format":"chat_pairs","imported":0,"duplicates":7,"rejected":[{"line":4,"reason":"not JSON: EOF while parsing a string at line 1 column 141"},{"line":7,"reason":"/response: response is missing; it is the provider's answer"},{"line":9,"reason":"/request/messages: messages must be a list"}]}
        "#]],
    );
    assert_eq!((world.count("log"), world.count("log_body"), world.count("log_text")), (7, 7, 7));
}

#[test]
fn the_same_record_without_a_time_is_a_duplicate_at_another_time() {
    let world = World::new();
    let line = r#"{"request":{"messages":[{"role":"user","content":"Hi"}]},"response":"Hello"}"#;
    check_import(
        &world,
        line,
        expect![[r#"
            {"format":"chat_pairs","imported":1,"duplicates":0,"rejected":[]}
        "#]],
    );
    world.clock.skip(1000);
    check_import(
        &world,
        format!("{line}\n{line}"),
        expect![[r#"
            {"format":"chat_pairs","imported":0,"duplicates":2,"rejected":[]}
        "#]],
    );
    assert_eq!((world.count("log"), world.count("log_body"), world.count("log_text")), (1, 1, 1));
}

#[test]
fn line_ends_blank_lines_and_marks_do_not_matter() {
    let world = World::new();
    let (one, two) = (pair("One?", "1", json!({})), pair("Two?", "2", json!({})));
    check_import(
        &world,
        format!("\u{feff}{one}\r\n\r\n  {two}  \r\n"),
        expect![[r#"
            {"format":"chat_pairs","imported":2,"duplicates":0,"rejected":[]}
        "#]],
    );
    check_import(
        &world,
        "",
        expect![[r#"
            {"format":"chat_pairs","imported":0,"duplicates":0,"rejected":[]}
        "#]],
    );
    let mut bytes = b"\xff\xfe\n".to_vec();
    bytes.extend(pair("Three?", "3", json!({})).to_string().bytes());
    check_import(
        &world,
        bytes,
        expect![[r#"
            {"format":"chat_pairs","imported":1,"duplicates":0,"rejected":[{"line":1,"reason":"not JSON: expected value at line 1 column 1"}]}
        "#]],
    );
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let world = World::new();
    check_import(
        &world,
        vec![b'x'; 25 * 1024 * 1024 + 1],
        expect![[r#"
            413 the body is larger than 25 MB, the most that this call takes; send less at once
        "#]],
    );
    let unsent = crate::support::request("POST", "/api/logs/import").header("content-length", "30000000");
    let unsent = unsent.header("authorization", format!("Bearer {}", crate::support::ADMIN));
    assert_eq!(world.send(unsent.body("".into()).unwrap()).status, 413);
}

#[test]
fn the_sample_is_taken_whole() {
    let world = World::new();
    let report = world.import_sample();
    expect![[r#"{"format":"chat_pairs","imported":64,"duplicates":0,"rejected":[]}"#]]
        .assert_eq(&report.to_string());
    expect![[r#"
        {
          "feature": [
            {
              "value": "code",
              "count": 16
            },
            {
              "value": "extraction",
              "count": 16
            },
            {
              "value": "summarising",
              "count": 16
            },
            {
              "value": "support",
              "count": 16
            }
          ],
          "model": [
            {
              "value": "gpt-4o-mini",
              "count": 17
            },
            {
              "value": "gpt-4.1",
              "count": 15
            },
            {
              "value": "claude-sonnet-4-5",
              "count": 11
            },
            {
              "value": "mistral-small",
              "count": 11
            },
            {
              "value": "llama-3.3-70b-instruct",
              "count": 9
            },
            {
              "value": "o4-mini",
              "count": 1
            }
          ],
          "provider": [
            {
              "value": null,
              "count": 64
            }
          ],
          "outcome": [
            {
              "value": "success",
              "count": 59
            },
            {
              "value": "invalid_request",
              "count": 2
            },
            {
              "value": "rate_limited",
              "count": 2
            },
            {
              "value": "provider_error",
              "count": 1
            }
          ],
          "tags": [
            {
              "name": "locale",
              "value": "en-GB",
              "count": 56
            },
            {
              "name": "plan",
              "value": "pro",
              "count": 26
            },
            {
              "name": "plan",
              "value": "team",
              "count": 15
            },
            {
              "name": "channel",
              "value": "chat",
              "count": 13
            },
            {
              "name": "surface",
              "value": "editor",
              "count": 10
            },
            {
              "name": "kind",
              "value": "article",
              "count": 8
            },
            {
              "name": "plan",
              "value": "guest",
              "count": 8
            },
            {
              "name": "plan",
              "value": "member",
              "count": 8
            },
            {
              "name": "document",
              "value": "invoice",
              "count": 6
            },
            {
              "name": "document",
              "value": "contract",
              "count": 5
            },
            {
              "name": "kind",
              "value": "meeting",
              "count": 5
            },
            {
              "name": "plan",
              "value": "enterprise",
              "count": 5
            },
            {
              "name": "channel",
              "value": "email",
              "count": 3
            },
            {
              "name": "document",
              "value": "email",
              "count": 3
            },
            {
              "name": "kind",
              "value": "thread",
              "count": 3
            },
            {
              "name": "surface",
              "value": "notebook",
              "count": 3
            },
            {
              "name": "surface",
              "value": "review",
              "count": 3
            },
            {
              "name": "document",
              "value": "delivery_note",
              "count": 2
            },
            {
              "name": "locale",
              "value": "de-DE",
              "count": 2
            },
            {
              "name": "locale",
              "value": "en-IE",
              "count": 2
            },
            {
              "name": "locale",
              "value": "ja-JP",
              "count": 2
            },
            {
              "name": "plan",
              "value": "free",
              "count": 2
            },
            {
              "name": "locale",
              "value": "nl-NL",
              "count": 1
            },
            {
              "name": "locale",
              "value": "pl-PL",
              "count": 1
            },
            {
              "name": "source",
              "value": "scan",
              "count": 1
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&world.get("/api/logs/facets")).unwrap());
    assert_eq!(world.get("/api/logs/count")["count"], 64);
    assert_eq!(world.all("/api/logs", 7).len(), 64);
}

#[test]
fn a_feature_is_given_to_records_that_name_none() {
    let world = World::new();
    let file = format!("{}\n{}", pair("One?", "1", json!({})), pair("Two?", "2", json!({"feature": "own"})));
    world.post_text("/api/logs/import?format=chat_pairs&feature=fallback", file).succeeded();
    let features: BTreeSet<_> =
        world.all("/api/logs", 50).iter().map(|log| log["feature"].to_string()).collect();
    expect![[r#"{"\"fallback\"", "\"own\""}"#]].assert_eq(&format!("{features:?}"));
}

/// Three logs that differ in everything that a filter can ask for.
fn three_logs() -> Arc<World> {
    let world = World::new();
    let request =
        |model: &str, text: &str| json!({"model": model, "messages": [{"role": "user", "content": text}]});
    world.import([
        json!({
            "created": "2026-11-01T00:00:00Z", "request": request("a", "Where is my refund? 100% sure"), "response": "On its \"way\".",
            "feature": "support", "user": "u1", "session": "s1", "tags": {"plan": "pro", "a.b": "x"}, "provider": "p1", "status": 200,
            "latency_ms": 900, "cost_usd": 0.5,
        }),
        json!({
            "created": "2026-11-02T00:00:00Z", "request": request("b", "Write some code: let my_value = 3;"), "response": "Voilà, le café 🙂 はい",
            "feature": "code", "user": "u2", "tags": {"plan": "free"}, "status": 200, "latency_ms": 100,
        }),
        json!({
            "created": "2026-11-03T00:00:00Z", "request": request("a", "Fail Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"), "feature": "code",
            "response": {"error": {"message": "slow down"}}, "status": 429,
        }),
    ]);
    world
}

/// Takes a parameter and its opposite out of a query.
fn without(query: &str, name: &str) -> String {
    let is_other = |pair: &&str| {
        let known = pair.split('=').next().unwrap_or_default();
        known.trim_start_matches("not.") != name
    };
    query.split('&').filter(is_other).collect::<Vec<_>>().join("&")
}

/// Finds logs by a query, and tells which, by their day; count and facets must agree.
fn check_found(world: &Arc<World>, query: &str, expected: Expect) {
    let found = world.all(&format!("/api/logs?{query}"), 2);
    let days: Vec<_> =
        found.iter().map(|log| log["created_at"].as_str().unwrap()[8..10].to_owned()).collect();
    let count = world.get(&format!("/api/logs/count?{query}"))["count"].clone();
    assert_eq!(count, days.len(), "{query}");
    let facets = world.get(&format!("/api/logs/facets?{query}"));
    let models = facets["model"].as_array().unwrap();
    // What is chosen by model does not count for that facet.
    let all = world.all(&format!("/api/logs?{}", without(query, "model")), 2).len();
    assert_eq!(
        models.iter().map(|facet| facet["count"].as_u64().unwrap()).sum::<u64>(),
        all as u64,
        "{query}"
    );
    expected.assert_eq(&days.join(" "));
}

#[test]
fn filters_find_what_they_say() {
    let world = three_logs();
    check_found(&world, "", expect!["03 02 01"]);
    check_found(&world, "feature=code", expect!["03 02"]);
    check_found(&world, "feature=code&model=a", expect!["03"]);
    check_found(&world, "model=b", expect!["02"]);
    check_found(&world, "provider=p1", expect!["01"]);
    check_found(&world, "outcome=rate_limited", expect!["03"]);
    check_found(&world, "outcome=success", expect!["02 01"]);
    check_found(&world, "status=200", expect!["02 01"]);
    check_found(&world, "user=u2", expect!["02"]);
    check_found(&world, "session=s1", expect!["01"]);
    check_found(&world, "tag.plan=pro", expect!["01"]);
    check_found(&world, "tag.a.b=x&tag.plan=pro", expect!["01"]);
    check_found(&world, "tag.plan=free", expect!["02"]);
    check_found(&world, "from=2026-11-02", expect!["03 02"]);
    check_found(&world, "to=2026-11-02", expect!["01"]);
    check_found(&world, "from=2026-11-02T00:00:00Z&to=2026-11-02T00:00:00.001Z", expect!["02"]);
    check_found(&world, "min_latency_ms=900", expect!["01"]);
    check_found(&world, "min_cost_usd=0.5", expect!["01"]);
    check_found(&world, "feature=nothing", expect![""]);
}

#[test]
fn several_values_are_one_of_them() {
    let world = three_logs();
    check_found(&world, "feature=code&feature=support", expect!["03 02 01"]);
    check_found(&world, "model=a&model=b", expect!["03 02 01"]);
    check_found(&world, "model=a&model=b&feature=code", expect!["03 02"]);
    check_found(&world, "outcome=success&outcome=rate_limited&outcome=timeout", expect!["03 02 01"]);
    check_found(&world, "tag.plan=pro&tag.plan=free", expect!["02 01"]);
    check_found(&world, "tag.plan=pro&tag.plan=free&tag.a.b=y", expect![""]);
}

#[test]
fn what_is_excluded_is_left_out_and_what_has_no_value_is_not() {
    let world = three_logs();
    check_found(&world, "not.feature=code", expect!["01"]);
    check_found(&world, "not.feature=code&not.feature=support", expect![""]);
    check_found(&world, "not.model=b", expect!["03 01"]);
    check_found(&world, "not.provider=p1", expect!["03 02"]);
    check_found(&world, "not.outcome=success", expect!["03"]);
    check_found(&world, "not.tag.plan=pro", expect!["03 02"]);
    check_found(&world, "not.tag.plan=free", expect!["03 01"]);
    check_found(&world, "feature=code&not.feature=code", expect![""]);
    check_found(&world, "model=&not.model=", expect!["03 02 01"]);
}

#[test]
fn a_tag_is_found_by_whatever_name_it_has() {
    let world = World::new();
    let names = ["plan", "a.b", "a b", "a\"b", "$", "$.plan", "[0]", "0", "größe", "a\\b", "'", "-"];
    world.import((1..).zip(names).map(|(day, name)| {
        json!({"created": format!("2026-11-{day:02}T00:00:00Z"), "feature": if day < 7 { "early" } else { "late" },
            "input": "Hi", "output": "x", "tags": {name: "v", "other": "o"}})
    }));
    for (day, name) in (1..).zip(names) {
        let name = encoded(name);
        let found = |query: &str| world.get(&format!("/api/logs/count?{query}"))["count"].clone();
        assert_eq!(found(&format!("tag.{name}=v")), 1, "{name}");
        assert_eq!(found(&format!("tag.{name}=v&tag.{name}=w&tag.other=o")), 1, "{name}");
        assert_eq!(found(&format!("tag.{name}=w")), 0, "{name}");
        assert_eq!(found(&format!("not.tag.{name}=v&not.tag.{name}=w")), names.len() - 1, "{name}");
        let log = &world.get(&format!("/api/logs?tag.{name}=v&order=slowest"))["data"][0];
        assert_eq!(log["created_at"], format!("2026-11-{day:02}T00:00:00.000Z"), "{name}");
    }
    let facets = world.get("/api/logs/facets?tag.other=o&feature=early&not.tag.plan=v");
    shows(
        &json!([facets["feature"], facets["outcome"]]).to_string(),
        &expect![[r#"
        [[{"value":"late","count":6},{"value":"early","count":5}],[{"value":"success","count":5}]]
    "#]],
    );
}

#[test]
fn an_empty_value_finds_what_has_none() {
    let world = three_logs();
    check_found(&world, "provider=", expect!["03 02"]);
    check_found(&world, "provider=&provider=p1", expect!["03 02 01"]);
    check_found(&world, "provider=&model=a", expect!["03"]);
    check_found(&world, "not.provider=", expect!["01"]);
    check_found(&world, "not.provider=&not.provider=p1", expect![""]);
    check_found(&world, "feature=", expect![""]);
}

#[test]
fn a_facet_counts_what_would_match_by_another_of_its_values() {
    let world = three_logs();
    let facets = world.get("/api/logs/facets?feature=code&model=a");
    expect![[r#"{"feature":[{"value":"code","count":1},{"value":"support","count":1}],"model":[{"value":"a","count":1},{"value":"b","count":1}],"provider":[{"value":null,"count":1}],"outcome":[{"value":"rate_limited","count":1}],"tags":[]}"#]].assert_eq(&facets.to_string());
}

#[test]
fn words_are_found_wherever_they_stand() {
    let world = three_logs();
    for (words, expected) in [
        ("refund", expect!["01"]),
        ("REFUND where", expect!["01"]),
        ("refund code", expect![""]),
        ("100%", expect!["01"]),
        ("%", expect!["01"]),
        ("my_value", expect!["02"]),
        ("_", expect!["02"]),
        ("\"way\"", expect!["01"]),
        ("\"", expect!["01"]),
        ("\"\"\"", expect![""]),
        ("voila cafe", expect!["02"]),
        ("🙂", expect!["02"]),
        ("🙁", expect![""]),
        ("はい", expect!["02"]),
        ("refund OR code", expect![""]),
        ("refund*", expect!["01"]),
        ("NEAR(refund sure)", expect![""]),
        ("text:refund", expect![""]),
        ("slow", expect!["03"]),
        ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", expect!["03"]),
        ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk", expect![""]),
        ("';DROP TABLE log;--", expect![""]),
        ("let my_value = 3;", expect!["02"]),
        ("= = = =", expect!["02"]),
    ] {
        check_found(&world, &format!("q={}", encoded(words)), expected);
    }
}

#[test]
fn a_query_of_many_parts_is_answered() {
    let world = three_logs();
    let signs = vec!["%"; 300].join(" ");
    assert_eq!(world.call("GET", &format!("/api/logs?q={}", encoded(&signs)), &Value::Null).status, 200);
    let different: Vec<_> = (0x2190..0x2290).filter_map(char::from_u32).map(String::from).collect();
    expect![[r#"200 {"data":[],"next_cursor":null}"#]].assert_eq(
        &world.call("GET", &format!("/api/logs?q={}", encoded(&different.join(" "))), &Value::Null).problem(),
    );
    let tags: Vec<_> = (0..60).map(|n| format!("tag.t{n}=x")).collect();
    expect![[r#"200 {"data":[],"next_cursor":null}"#]]
        .assert_eq(&world.call("GET", &format!("/api/logs?{}", tags.join("&")), &Value::Null).problem());
    let words = vec!["refund"; 500].join(" ");
    check_found(&world, &format!("q={}", encoded(&words)), expect!["01"]);
}

#[test]
fn pages_neither_skip_nor_repeat_while_rows_come_and_go() {
    let world = World::new();
    // Ten logs of the same moment, ten each a second apart.
    let logs = |from: u64, n: u64| {
        (from..from + n).map(|n| pair(&format!("{n}?"), "x", json!({"created": 1_793_000_000 + n.max(10)})))
    };
    world.import(logs(1, 20));
    let before: Vec<_> = world.all("/api/logs", 50).iter().map(|log| log["id"].clone()).collect();
    assert_eq!(before.len(), 20);
    for limit in [1, 3, 7, 19, 20, 21] {
        let ids: Vec<_> = world.all("/api/logs", limit).iter().map(|log| log["id"].clone()).collect();
        assert_eq!(ids, before, "{limit}");
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for round in 0.. {
        let page = world.get(&format!("/api/logs?limit=4&cursor={cursor}"));
        seen.extend(page["data"].as_array().unwrap().iter().map(|log| log["id"].clone()));
        // Newer ones come, and one that was shown goes.
        world.import(logs(100 + round, 1));
        world.post("/api/logs/delete", &json!({"ids": [seen[seen.len() - 1]]}));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, before);
}

/// Lists logs with all, some or none of the numbers that lists are sorted by; pages of any size must agree.
fn check_order(query: &str, expected: Expect) {
    let world = World::new();
    let logs = [
        ("a", json!({"latency_ms": 900, "cost_usd": 0.5, "usage": {"input_tokens": 10, "output_tokens": 5}})),
        ("b", json!({"latency_ms": 100, "cost_usd": 0.25})),
        ("c", json!({})),
        ("d", json!({"latency_ms": 900, "cost_usd": 0, "usage": {"input_tokens": 20, "output_tokens": 0}})),
        ("e", json!({"latency_ms": 0, "cost_usd": 0.5, "usage": {"input_tokens": 8}})),
        ("f", json!({})),
    ];
    let logs = (0_u64..).zip(logs).map(|(place, (name, mut more))| {
        more["created"] = json!(1_793_000_000 + place);
        more["feature"] = json!(if name < "d" { "early" } else { "late" });
        (more["input"], more["output"]) = (json!(name), json!("x"));
        more
    });
    world.import(logs);
    let names = |limit: u32| {
        let logs = world.all(&format!("/api/logs?{query}"), limit);
        logs.iter()
            .map(|log| log["request_preview"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let all = names(50);
    for limit in 1..=6 {
        assert_eq!(names(limit), all, "{limit}");
    }
    expected.assert_eq(&all);
}

#[test]
fn what_has_no_number_stands_last_whichever_way_logs_are_sorted() {
    check_order("", expect!["f e d c b a"]);
    check_order("order=newest", expect!["f e d c b a"]);
    check_order("order=oldest", expect!["a b c d e f"]);
    check_order("order=slowest", expect!["d a b e f c"]);
    check_order("order=fastest", expect!["e b a d f c"]);
    check_order("order=dearest", expect!["e a b d f c"]);
    check_order("order=cheapest", expect!["d b a e f c"]);
    check_order("order=most_tokens", expect!["d a e f c b"]);
    check_order("order=fewest_tokens", expect!["e a d f c b"]);
    check_order("order=slowest&feature=late", expect!["d e f"]);
    check_order("order=cheapest&feature=early&feature=late&q=x", expect!["d b a e f c"]);
    check_order("order=fastest&min_latency_ms=100", expect!["b a d"]);
}

/// Lists logs by a query, and looks whether they are those that the database gives when it sorts them all.
fn check_sorted(world: &Arc<World>, query: &str, which: &str, by: &str) {
    let listed = world.all(&format!("/api/logs?{query}"), 40);
    let sorted = world.sql(&format!("SELECT id FROM log WHERE {which} ORDER BY {by}"));
    let ids = |logs: Vec<Value>| logs.into_iter().map(|log| log["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(listed), ids(sorted.into_iter().map(Value::Object).collect()), "{query}");
}

#[test]
fn a_few_of_many_logs_are_found_in_every_order_wherever_they_stand() {
    let world = World::new();
    // Every third has no latency; those of `slow` are the slowest, those of `few` stand anywhere.
    world.sql(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 36000) \
         INSERT INTO log (id, created_at, feature, model, outcome, streamed, complete, latency_ms, cost_usd, input_tokens, \
         tags, request_preview, response_preview) SELECT printf('%06d', n), n, iif(n % 451 = 7, 'few', iif(n > 35950, 'slow', 'most')), \
         'm', 'success', 0, 1, iif(n % 3 = 0, NULL, iif(n > 35950, 900000, 0) + n * 7919 % 10007), n % 5 / 4.0, n % 1000, \
         iif(n % 451 = 7, '{\"plan\":\"rare\"}', '{}'), '', '' FROM number",
    );
    let orders = [
        ("slowest", "latency_ms IS NULL, latency_ms DESC, iif(latency_ms IS NULL, '', id) DESC, id DESC"),
        ("fastest", "latency_ms IS NULL, latency_ms, iif(latency_ms IS NULL, '', id), id DESC"),
        ("dearest", "cost_usd DESC, id DESC"),
        ("cheapest", "cost_usd, id"),
        ("most_tokens", "tokens DESC, id DESC"),
        ("fewest_tokens", "tokens, id"),
        ("oldest", "created_at, id"),
    ];
    for (order, by) in orders {
        for (filter, which) in [
            ("feature=few", "feature = 'few'"),
            ("feature=slow", "feature = 'slow'"),
            ("tag.plan=rare&min_latency_ms=5000", "tags <> '{}' AND latency_ms >= 5000"),
            ("min_latency_ms=900000&min_cost_usd=0.5", "latency_ms >= 900000 AND cost_usd >= 0.5"),
        ] {
            check_sorted(&world, &format!("{filter}&order={order}"), which, by);
        }
        // Most of them match, and the first steps of each walk bring a page.
        let all = world.get(&format!("/api/logs?feature=most&order={order}&limit=200"));
        let sorted = world.sql(&format!("SELECT id FROM log WHERE feature = 'most' ORDER BY {by} LIMIT 200"));
        let ids: Vec<_> = all["data"].as_array().unwrap().iter().map(|log| &log["id"]).collect();
        assert_eq!(ids, sorted.iter().map(|log| &log["id"]).collect::<Vec<_>>(), "{order}");
    }
}

#[test]
fn an_order_that_is_not_known_is_refused() {
    let world = World::new();
    let problem = world.call("GET", "/api/logs?order=latency", &Value::Null).problem();
    let expected = expect![[
        r#"422 ?order order: "latency" is no order; known are newest, oldest, slowest, fastest, dearest, cheapest, most_tokens, fewest_tokens"#
    ]];
    expected.assert_eq(&problem);
}

#[test]
fn lists_carry_previews_and_no_bodies() {
    let world = World::new();
    let long = "long ".repeat(50_000);
    let mut request = pair(&long, &long, json!({}));
    request["request"]["messages"][0]["content"] = json!([{"type": "text", "text": long}, {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{}", "A".repeat(500_000))}}]);
    world.import([request]);
    let reply = world.call("GET", "/api/logs", &Value::Null);
    assert!(reply.text.len() < 2_000, "{}", reply.text.len());
    let log = &reply.json()["data"][0].clone();
    for name in ["request_preview", "response_preview"] {
        let preview = log[name].as_str().unwrap();
        assert_eq!(preview.chars().count(), 200);
        assert!(preview.ends_with('…'));
    }
}

#[test]
fn a_large_body_is_stored_apart_and_reads_back() {
    let world = World::new();
    let large = "🙂\"\\\n".repeat(120_000);
    world.import([pair("Small?", "yes", json!({})), pair("Large?", &large, json!({}))]);
    assert_eq!(world.blobs.lock().unwrap().len(), 1);
    assert_eq!(world.count("log_body WHERE blob IS NOT NULL AND request IS NULL AND response IS NULL"), 1);
    let id = world.get("/api/logs?q=large")["data"][0]["id"].as_str().unwrap().to_owned();
    let log = world.get(&format!("/api/logs/{id}"));
    assert_eq!(log["output"]["text"], json!(large));
    assert_eq!(log["response"]["choices"][0]["message"]["content"], json!(large));
    assert_eq!(log["messages"][0]["content"], "Large?");
}

#[test]
fn bodies_that_grow_when_they_are_escaped_are_stored() {
    let world = World::new();
    let quotes = "\"".repeat(60_000);
    let report = world.import((0..8).map(|n| pair(&format!("{n}{quotes}"), &quotes, json!({}))));
    expect![[r#"{"format":"chat_pairs","imported":8,"duplicates":0,"rejected":[]}"#]]
        .assert_eq(&report.to_string());
    let signs = "\u{1}".repeat(140_000);
    let report = world.import([pair("Signs?", &signs, json!({}))]);
    expect![[r#"{"format":"chat_pairs","imported":1,"duplicates":0,"rejected":[]}"#]]
        .assert_eq(&report.to_string());
}

#[test]
fn what_is_deleted_is_gone_with_body_and_text() {
    let world = three_logs();
    let refund = world.get("/api/logs?q=refund")["data"][0]["id"].clone();
    assert_eq!(world.post("/api/logs/delete", &json!({"ids": [refund, "nothing"]})), json!({"deleted": 1}));
    assert_eq!(
        world.call("GET", &format!("/api/logs/{}", refund.as_str().unwrap()), &Value::Null).status,
        404
    );
    assert_eq!(world.get("/api/logs/count?q=refund")["count"], 0);
    assert_eq!(
        world.post("/api/logs/delete", &json!({"filter": {"feature": "code", "q": "slow"}})),
        json!({"deleted": 1})
    );
    assert_eq!((world.count("log"), world.count("log_body"), world.count("log_text")), (1, 1, 1));
    assert_eq!(world.post("/api/logs/delete", &json!({"filter": {}})), json!({"deleted": 1}));
    // What was deleted may come again.
    assert_eq!(world.import([pair("Where is my refund?", "x", json!({}))])["imported"], 1);
}

/// Deletes what matches of many logs while the reply to one touch of the database is lost. Gives how many touches there
/// were, and what came of it.
fn delete_many_under(delete: &Value, lost: Option<usize>) -> (usize, String) {
    let world = World::new();
    world.sql(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1600) \
         INSERT INTO log (id, created_at, feature, model, outcome, streamed, complete, tags, request_preview, response_preview) \
         SELECT printf('%06d', n), n / 10, iif(n % 4 = 0, 'few', 'most'), 'm', 'success', 0, 1, '{}', '', '' FROM number",
    );
    *world.trouble.lock().unwrap() = lost.map(|at| (at, Trouble::LosesTheReply));
    world.strikes_everybody.store(true, Ordering::Relaxed);
    let deleted = world.post("/api/logs/delete", delete);
    let touches = world.touches.load(Ordering::Relaxed);
    (touches, format!("{deleted}, {} left", world.count("log")))
}

#[test]
fn many_logs_are_deleted_some_at_a_time_and_each_is_counted_once() {
    let named: Vec<_> = (1..=700).chain(1..=700).map(|n| format!("{n:06}")).collect();
    for (delete, expected) in [
        (json!({"filter": {"feature": "most"}}), expect![[r#"{"deleted":1200}, 400 left"#]]),
        (json!({"filter": {}}), expect![[r#"{"deleted":1600}, 0 left"#]]),
        (json!({"ids": named}), expect![[r#"{"deleted":700}, 900 left"#]]),
    ] {
        let (touches, usual) = delete_many_under(&delete, None);
        expected.assert_eq(&usual);
        for at in 0..touches {
            assert_eq!(delete_many_under(&delete, Some(at)).1, usual, "{at}");
        }
    }
}

#[test]
fn a_log_tells_which_sets_it_is_in() {
    let world = World::new();
    world.import_sample();
    let set = world.set_of(1);
    let log = world.get("/api/logs?feature=support&limit=1")["data"][0]["id"].as_str().unwrap().to_owned();
    world.post(&format!("/api/sets/{set}/items"), &json!({"log_ids": [log]}));
    assert_eq!(world.get(&format!("/api/logs/{log}"))["sets"], json!([{"id": set, "name": "Set 1"}]));
    world.delete(&format!("/api/sets/{set}"));
    assert_eq!(world.get(&format!("/api/logs/{log}"))["sets"], json!([]));
}

/// What the gateway saw: a question with its answer.
fn exchange(now: Moment, question: &str) -> Exchange {
    Exchange {
        at: now,
        provider: Some("openai".to_owned()),
        request: json!({"model": "m", "messages": [{"role": "user", "content": question}], "user": "u1"}),
        response: crate::support::provider::completion("Hello"),
        status: Some(200),
        outcome: None,
        streamed: true,
        complete: true,
        latency_ms: Some(700),
        ttft_ms: Some(90),
        cost_usd: None,
        labels: Labels::default(),
    }
}

/// Writes a lot of logs as the gateway does, one for each question, and gives their ids and how many were lost.
fn write(world: &Arc<World>, questions: &[&str]) -> (Vec<LogId>, Result<u64, ingest::Busy>) {
    let drafts = drafts(world, questions);
    let written = drive::finish(world, ingest::write(&Seat::of_router(world), &drafts));
    (drafts.into_iter().map(|draft| draft.log.id).collect(), written)
}

/// Makes a log of each question.
fn drafts(world: &Arc<World>, questions: &[&str]) -> Vec<Draft> {
    let (ports, now) = (Seat::of_router(world), world.clock.now());
    // The same each time, so that the same lot can be written again.
    let made = Moment::from_millis(1_750_000_000_000);
    let ids: Vec<_> = (1..).zip(questions).map(|(place, _)| LogId::make(made, &[place; 10])).collect();
    let drafts = ids.iter().zip(questions).map(|(id, question)| {
        drive::finish(world, ingest::draft(&ports, id.clone(), exchange(now, question))).unwrap()
    });
    drafts.collect()
}

#[test]
fn what_the_gateway_saw_is_recorded_once() {
    let world = World::new();
    let mut logs = Vec::new();
    for _ in 0..2 {
        let (ids, lost) = write(&world, &["Hi there", "Hi again"]);
        assert_eq!(lost, Ok(0));
        logs = ids;
    }
    assert_eq!((world.count("log"), world.count("log_body"), world.count("log_text")), (2, 2, 2));
    assert_eq!(world.get(&format!("/api/logs/{}", logs[0]))["output"]["text"], "Hello");
    check_found(&world, "q=there", expect![["05"]]);
}

#[test]
fn a_log_that_cannot_be_written_takes_no_other_along() {
    let world = World::new();
    world.sql("CREATE TRIGGER odd BEFORE INSERT ON log_body WHEN NEW.request LIKE '%odd%' BEGIN SELECT RAISE(ABORT, 'odd'); END");
    let (_, lost) = write(&world, &["one", "two", "odd", "three", "four"]);
    assert_eq!(lost, Ok(1));
    assert_eq!((world.count("log"), world.count("log_body"), world.count("log_text")), (4, 4, 4));
    assert_eq!(world.notes().len(), 1);
}

#[test]
fn a_full_database_keeps_the_numbers_of_logs_without_their_words() {
    let world = World::new();
    world.sql("CREATE TRIGGER full BEFORE INSERT ON log_body WHEN length(NEW.request) > 100 BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
    let (ids, lost) = write(&world, &["one", &"many words ".repeat(100)]);
    assert_eq!(lost, Ok(0));
    expect![[r#"{"count":2,"lost":{"logs":0,"words":2,"last_at":"2026-11-05T09:30:00.012Z"}}"#]]
        .assert_eq(&world.get("/api/logs/count").to_string());
    let log = world.get(&format!("/api/logs/{}", ids[1]));
    let shown =
        ["request_preview", "request", "latency_ms", "user", "outcome", "usage"].map(|part| &log[part]);
    shows(
        &json!(shown).to_string(),
        &expect![[r#"
        ["",{"model":"m","messages":[{"role":"user","content":""}]},700,null,"success",{"input_tokens":100,"output_tokens":10}]
    "#]],
    );
}

#[test]
fn logs_that_a_full_database_does_not_take_at_all_are_told() {
    let world = World::new();
    world.sql(
        "CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    let (ids, lost) = write(&world, &["one", "two", "three"]);
    assert_eq!(lost, Ok(3));
    assert!(ids.iter().all(|id| world.notes().iter().any(|note| note.contains(id.as_str()))));
    let ports = Seat::of_router(&world);
    for more in [3, 2] {
        drive::finish(&world, log::tally(&ports, log::DROPPED, more, world.clock.now())).unwrap();
        world.clock.skip(1000);
    }
    assert_eq!(world.get("/api/health")["log_dropped"], 5);
    expect![[r#"{"count":0,"lost":{"logs":5,"words":0,"last_at":"2026-11-05T09:30:01.040Z"}}"#]]
        .assert_eq(&world.get("/api/logs/count?feature=any").to_string());
}

#[test]
fn a_busy_database_is_said_to_be_busy_and_takes_the_logs_later() {
    let world = World::new();
    let drafts = drafts(&world, &["one"]);
    *world.overloaded.lock().unwrap() = Some(world.clock.now().plus(60_000));
    assert!(drive::finish(&world, ingest::write(&Seat::of_router(&world), &drafts)).is_err());
    *world.overloaded.lock().unwrap() = None;
    let (_, lost) = write(&world, &["one"]);
    assert_eq!(lost, Ok(0));
    assert_eq!(world.count("log"), 1);
}

/// What the database may say once and not the next time, in its own words.
const PASSING: [&str; 3] = [
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
    "D1_ERROR: D1 DB reset because its code was updated.",
];

/// Writes a log as the gateway does while the database says this so many times. Tells what became of it, and when.
fn check_told(complaint: &str, times: usize, expected: Expect) {
    let world = World::new();
    check_written(
        &world,
        |world| world.complaints.lock().unwrap().extend(vec![complaint.to_owned(); times]),
        expected,
    );
}

/// As `check_told`, while it says nothing so many times.
fn check_untold(silence: Silence, times: usize, expected: Expect) {
    let world = World::new();
    check_written(
        &world,
        |world| world.silences.lock().unwrap().extend(vec![Some(silence); times]),
        expected,
    );
}

fn check_written(world: &Arc<World>, trouble: impl FnOnce(&World), expected: Expect) {
    let draft = drafts(world, &["one"]).remove(0);
    trouble(world);
    let began = world.clock.now();
    let lots = RefCell::<Lots>::default();
    drive::finish(world, record::write(&Seat::of_router(world), &lots, draft));
    let took = world.clock.now().since(began) / 1000;
    world.complaints.lock().unwrap().clear();
    world.silences.lock().unwrap().clear();
    // A count that could not be kept is kept after the next write.
    let later = drafts(world, &["one", "two"]).remove(1);
    drive::finish(world, record::write(&Seat::of_router(world), &lots, later));
    let dropped = world.get("/api/health")["log_dropped"].clone();
    expected.assert_eq(&format!(
        "after {took} s: {} logs, {dropped} dropped, {} notes",
        world.count("log") - 1,
        world.notes().len()
    ));
}

#[test]
fn what_the_database_says_once_costs_no_log() {
    for complaint in PASSING {
        check_told(complaint, 1, expect!["after 0 s: 1 logs, 0 dropped, 0 notes"]);
        check_told(complaint, 2, expect!["after 0 s: 1 logs, 0 dropped, 0 notes"]);
    }
}

#[test]
fn what_it_says_for_seconds_is_waited_out() {
    for complaint in PASSING {
        check_told(complaint, 3, expect!["after 1 s: 1 logs, 0 dropped, 1 notes"]);
        check_told(complaint, 30, expect!["after 14 s: 1 logs, 0 dropped, 10 notes"]);
    }
    check_told(
        "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
        10,
        expect!["after 10 s: 1 logs, 0 dropped, 10 notes"],
    );
}

#[test]
fn what_it_never_stops_saying_costs_the_log_which_is_counted() {
    for complaint in PASSING {
        check_told(complaint, 1000, expect!["after 26 s: 0 logs, 1 dropped, 19 notes"]);
    }
}

#[test]
fn a_database_that_does_not_answer_is_waited_out_like_one_that_is_busy() {
    check_untold(Silence::AtOnce, 1, expect!["after 9 s: 1 logs, 0 dropped, 1 notes"]);
    check_untold(Silence::WhenDone, 1, expect!["after 9 s: 1 logs, 0 dropped, 1 notes"]);
    check_untold(Silence::AtOnce, 1000, expect!["after 26 s: 0 logs, 1 dropped, 3 notes"]);
    check_untold(Silence::WhenDone, 1000, expect!["after 26 s: 1 logs, 1 dropped, 3 notes"]);
}

#[test]
fn a_count_that_is_not_kept_in_time_is_kept_later() {
    let world = World::new();
    let (ports, lots) = (Seat::of_router(&world), RefCell::<Lots>::default());
    world.silences.lock().unwrap().push_back(Some(Silence::AtOnce));
    drive::finish(&world, record::count_lost(&ports, &lots, 2));
    assert_eq!(world.get("/api/health")["log_dropped"], 0);
    drive::finish(&world, record::count_lost(&ports, &lots, 1));
    assert_eq!(world.get("/api/health")["log_dropped"], 3);
}

#[test]
fn a_full_database_is_told_to_whoever_would_add_to_it() {
    let world = World::new();
    world.sql("CREATE TRIGGER full BEFORE INSERT ON eval_set BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
    let set = json!({"name": "Set", "criteria": [{"name": "Right", "question": "Is it right?"}]});
    shows(
        &world.call("POST", "/api/sets", &set).problem(),
        &expect![[r#"
        503 the database is full; delete logs or sets that are no longer needed, or give it more room
    "#]],
    );
}

#[test]
fn a_record_twice_in_one_file_is_taken_once() {
    let world = World::new();
    let (one, other) = (pair("Hi", "Hello", json!({})), pair("Bye", "Goodbye", json!({})));
    let report = world.import([one.clone(), other.clone(), one.clone(), one, other]);
    assert_eq!((&report["imported"], &report["duplicates"]), (&json!(2), &json!(3)));
    assert_eq!(world.get("/api/logs/count?q=goodbye")["count"], 1);
}
