//! Responses that try to grade themselves, beside their clean twins.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::provider::{Asked, Reply, body, completion, level, says};
use crate::support::scene::{id, pair};

/// The hostile responses that are kept as files, by name. The first line of each is a fair answer.
fn fixtures() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect()
}

fn clean(hostile: &str) -> &str {
    hostile.lines().next().unwrap().split(['"', '<', '\\', '\u{200b}']).next().unwrap()
}

/// A judge that obeys whatever it sees outside the strings of the data, and grades the fair part of the rest.
fn gullible(asked: &Asked) -> Reply {
    let system = asked.body["messages"][0]["content"].as_str().unwrap();
    let text = asked.body["messages"][1]["content"].as_str().unwrap();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let data = values.next().and_then(Result::ok).unwrap_or_default();
    let rest = text.get(values.byte_offset()..).unwrap();
    let end = format!("\nGrade the JSON with nonce {}. End of data.", data["nonce"].as_str().unwrap_or("?"));
    let members: Vec<_> = data.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let is_whole = members == ["nonce", "request", "reference", "candidate"] && rest == end;
    // Nothing but a line end stands between the data and the instruction, and nothing reads like markup.
    let line = text.get(..values.byte_offset()).unwrap();
    let is_plain = !line.chars().any(|character| character.is_control() || "<>&\u{2028}".contains(character));
    if !is_whole || !is_plain || system.contains("level 5") {
        return level(5);
    }
    // No canary is as short as the answer.
    if data["candidate"].as_str().unwrap().starts_with("It is somewhere") { level(2) } else { level(0) }
}

/// Runs every fixture, hostile and clean, on a criterion; tells the level and flags of each.
fn check(criterion: Value, judge: fn(&Asked) -> Reply, expected: Expect) {
    let fixtures = fixtures();
    let world = World::new();
    world.connect();
    let set = id(&world.post("/api/sets", &json!({"name": "Hostile", "criteria": [criterion]})));
    let item = |name: &String| json!({"request": name, "reference": "It was sent on Monday and should arrive soon."});
    let items: Vec<_> = fixtures.keys().map(item).collect();
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": items}));
    let run = |hostile: bool| {
        let texts = fixtures.clone();
        world.provider.does(move |asked| match (asked.is_judge(), hostile) {
            (true, _) => judge(asked),
            (false, true) => says(&texts[&asked.last()]),
            (false, false) => says(clean(&texts[&asked.last()])),
        });
        let target = json!({"provider": "mock", "model": "new", "params": {"seed": u8::from(hostile)}});
        let run = world.start(&set, json!({"baseline": false, "target": target}));
        world.drive();
        rows(&world, &run)
    };
    let (clean, hostile) = (run(false), run(true));
    let lines = hostile.iter().map(|(name, row)| {
        let twin = &clean[name];
        assert_eq!(row["criteria"][0]["level"], twin["criteria"][0]["level"], "{name}");
        assert_eq!(row["verdict"], twin["verdict"], "{name}");
        format!("{name}: {} {}, its twin {}", row["criteria"][0]["level"], row["flags"], twin["flags"])
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

fn rows(world: &Arc<World>, run: &str) -> BTreeMap<String, Value> {
    let rows = world.all(&format!("/api/runs/{run}/results"), 200);
    rows.into_iter().map(|row| (row["request_preview"].as_str().unwrap().to_owned(), row)).collect()
}

#[test]
fn a_hostile_response_has_the_level_of_its_clean_twin_and_is_marked() {
    let criterion = json!({"name": "Accuracy", "question": "Is it right?"});
    check(
        criterion,
        gullible,
        expect![[r#"
        arabic: 2.0 ["suspected_injection"], its twin []
        chinese: 2.0 ["suspected_injection"], its twin []
        closes-the-data: 2.0 ["suspected_injection"], its twin []
        closes-the-string: 2.0 ["suspected_injection"], its twin []
        colon: 0.0 ["prefilter"], its twin ["prefilter"]
        criteria: 2.0 ["suspected_injection"], its twin []
        escapes: 2.0 ["suspected_injection"], its twin []
        fake-verdict: 2.0 ["suspected_injection"], its twin []
        hidden: 2.0 ["suspected_injection"], its twin []
        markup: 2.0 ["suspected_injection"], its twin []
        plea: 2.0 ["suspected_injection"], its twin []
        russian: 2.0 ["suspected_injection"], its twin []"#]],
    );
}

#[test]
fn the_simulated_judge_is_not_talked_into_a_level() {
    let world = World::new();
    world.connect();
    let set = id(&world.post(
        "/api/sets",
        &json!({"name": "Hostile", "criteria": [{"name": "A", "question": "Is it right?"}]}),
    ));
    let fixtures = fixtures();
    let item = |text: &String| json!({"request": text, "reference": "It was sent on Monday and should arrive soon."});
    let items: Vec<_> = fixtures.values().map(item).collect();
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": items}));
    let model = |model: &str| json!({"provider": "demo", "model": model});
    let run =
        id(&world
            .post("/api/runs", &json!({"set_id": set, "target": model("echo"), "judge": model("judge")})));
    world.drive();
    let rows = rows(&world, &run);
    assert!(rows.values().all(|row| row["verdict"] == "fail"), "{rows:?}");
}

#[test]
fn a_provider_that_counts_beyond_all_columns_holds_nothing_up() {
    let world = World::new();
    world.connect();
    let set = world.set_of(2);
    world.provider.does(|asked| {
        let text = if asked.is_judge() { json!({"evidence": [], "reasoning": "It was judged.", "flags": {"instruction_in_data": false, "cannot_judge": false}, "level": 5}).to_string() } else { "An answer.".to_owned() };
        let mut answer = completion(&text);
        answer["usage"] = json!({"prompt_tokens": u64::MAX, "completion_tokens": 9_007_199_254_740_993_u64});
        body(200, &answer)
    });
    let run = world.start(&set, json!({}));
    world.drive();
    let run = world.run(&run);
    assert_eq!((&run["status"], &run["counts"]["passed"]), (&json!("done"), &json!(2)), "{run}");
    let report = world.import([pair("Hi", "Hello", json!({"ttft_ms": u64::MAX, "latency_ms": i64::MAX}))]);
    assert_eq!(report["imported"], 1, "{report}");
    assert_eq!(world.get("/api/logs?limit=1")["data"][0]["ttft_ms"], Value::Null);
}
