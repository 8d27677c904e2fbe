//! Two runs over the same items, and a run beside the original responses.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::provider;
use crate::support::scene::{LevelledSet, id, pair};

/// Compares the run of the target `other` with that of the target `new`, which are given these levels.
fn compared(new: &str, other: &str, query: &str) -> Value {
    let set = LevelledSet::new(&"5".repeat(new.len()), new, other);
    let (base, candidate) = (set.run("new", json!({})), set.run("other", json!({})));
    set.world.get(&format!("/api/compare?base={base}&candidate={candidate}{query}"))
}

/// Writes levels: so many items that pass on both sides, broke, were fixed, fail on both.
fn table(both_pass: usize, broke: usize, fixed: usize, both_fail: usize) -> (String, String) {
    let line = |new: [&str; 4]| {
        let counts = [both_pass, broke, fixed, both_fail];
        new.iter().zip(counts).map(|(level, count)| level.repeat(count)).collect()
    };
    (line(["5", "5", "3", "3"]), line(["5", "3", "5", "3"]))
}

fn check(levels: &(String, String), query: &str, expected: Expect) {
    let comparison = compared(&levels.0, &levels.1, query);
    expected.assert_eq(&serde_json::to_string_pretty(&comparison).unwrap());
}

fn near(value: &Value, expected: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value - expected).abs() < 5e-10, "{value} is not {expected}");
}

#[test]
fn broken_and_fixed_items_make_the_interval_of_the_difference() {
    let (new, other) = table(36, 12, 2, 0);
    let rate = compared(&new, &other, "")["pass_rate"].clone();
    near(&rate["difference"], -0.2);
    near(&rate["interval_95"][0], -0.344_708_748_3);
    near(&rate["interval_95"][1], -0.061_112_406_2);
    near(&rate["interval_90"][0], -0.320_413_386_3);
    near(&rate["interval_90"][1], -0.085_474_382_5);
}

#[test]
fn broken_and_fixed_items_make_the_p() {
    let (new, other) = table(0, 5, 15, 0);
    near(&compared(&new, &other, "")["pass_rate"]["mcnemar_mid_p"], 0.026_603_698_730_468_75);
}

#[test]
fn a_comparison_has_every_number() {
    check(
        &table(20, 7, 2, 11),
        "",
        expect![[r#"
            {
              "items": 40,
              "dropped": 0,
              "unscored": 0,
              "both_pass": 20,
              "broke": 7,
              "fixed": 2,
              "both_fail": 11,
              "pass_rate": {
                "base": 0.675,
                "candidate": 0.55,
                "difference": -0.125,
                "interval_90": [
                  -0.2551925510221248,
                  -0.001853642418246271
                ],
                "interval_95": [
                  -0.28268811470749766,
                  0.025825231180107232
                ],
                "mcnemar_mid_p": 0.10937500000000011,
                "mcnemar_exact": 0.1796875000000003
              },
              "mean": {
                "base": 0.8699999999999999,
                "candidate": 0.82,
                "difference": -0.05,
                "interval_95": [
                  -0.1092815601746687,
                  0.00928156017466869
                ],
                "p": 0.1796875,
                "tests": {
                  "t": 0.09596045449533659,
                  "sign_flip": 0.1796875,
                  "wilcoxon": 0.0955807045456294
                }
              },
              "criteria": [
                {
                  "name": "Accuracy",
                  "n": 40,
                  "base": 0.8699999999999999,
                  "candidate": 0.82,
                  "difference": -0.05,
                  "interval_95": [
                    -0.1092815601746687,
                    0.00928156017466869
                  ],
                  "p": 0.1796875,
                  "p_holm": 0.1796875
                }
              ],
              "latency_ms": {
                "items": 40,
                "base_p50": 100.0,
                "candidate_p50": 100.0,
                "ratio": 1.0,
                "interval_95": null
              },
              "clusters": null,
              "margin": 0.05,
              "verdict": "fail_significantly_worse",
              "detectable_margin": 0.18648561453932902,
              "items_needed": 557,
              "comparable": true,
              "incomparable": []
            }"#]],
    );
}

#[test]
fn the_scores_of_both_runs_are_given_when_they_are_asked_for() {
    let compared = |query: &str| compared("5553?5", "5353!4", query);
    let scores = compared("&scores=true")["scores"].clone();
    let side = |side: &str| {
        let scores = scores[side]["score"].as_array().cloned().unwrap_or_default();
        let mut scores: Vec<_> = scores.iter().map(ToString::to_string).collect();
        // A run draws the order of its items.
        scores.sort();
        scores.join(" ")
    };
    expect!["0.8: 0.6 1.0 1.0 1.0 1.0 null, 0.6 0.6 0.8 1.0 1.0 null"].assert_eq(&format!(
        "{}: {}, {}",
        scores["threshold"],
        side("base"),
        side("candidate")
    ));
    assert_eq!(
        [compared(""), compared("&scores=false")].map(|plain| plain.get("scores").cloned()),
        [None, None]
    );
}

#[test]
fn the_margin_decides_what_the_numbers_mean() {
    let levels = table(90, 3, 3, 4);
    let verdict = |margin: &str| compared(&levels.0, &levels.1, margin)["verdict"].clone();
    assert_eq!(verdict(""), "non_inferior");
    assert_eq!(verdict("&margin=0.05"), "non_inferior");
    assert_eq!(verdict("&margin=0.01"), "inconclusive");
    assert_eq!(verdict("&margin=0"), "inconclusive");
}

#[test]
fn too_many_items_without_a_score_tell_nothing() {
    let new = "5".repeat(100);
    let five = compared(&new, &("5".repeat(95) + "?????"), "");
    assert_eq!(
        (&five["items"], &five["dropped"], &five["verdict"]),
        (&json!(95), &json!(5), &json!("non_inferior"))
    );
    let six = compared(&new, &("5".repeat(94) + "??????"), "");
    assert_eq!(
        (&six["items"], &six["dropped"], &six["verdict"]),
        (&json!(94), &json!(6), &json!("inconclusive"))
    );
}

#[test]
fn a_summary_compares_with_the_original_responses() {
    let (originals, new) = table(36, 12, 2, 0);
    let set = LevelledSet::new(&originals, &new, &new);
    let run = set.run("new", json!({}));
    let summary = set.world.get(&format!("/api/runs/{run}/summary"));
    let comparison = &summary["versus_baseline"];
    near(&comparison["pass_rate"]["interval_95"][0], -0.344_708_748_3);
    near(&comparison["pass_rate"]["interval_95"][1], -0.061_112_406_2);
    assert_eq!((&comparison["broke"], &comparison["fixed"]), (&json!(12), &json!(2)));
    assert_eq!(set.world.run(&run)["summary"], summary, "the one that was kept when it ended");
    let without = set.run("other", json!({"baseline": false}));
    let summary = set.world.get(&format!("/api/runs/{without}/summary"));
    assert_eq!((&summary["baseline"], &summary["versus_baseline"]), (&Value::Null, &Value::Null));
}

#[test]
fn criteria_that_are_the_same_by_name_and_question_are_compared_each() {
    let (new, other) = table(4, 8, 0, 0);
    let set = LevelledSet::new(&"5".repeat(12), &new, &other);
    let criterion = |name: &str| json!({"name": name, "question": format!("How is its {name}?")});
    let voice = json!({"name": "voice", "question": "How is its tone?"});
    let set_path = format!("/api/sets/{}", set.id);
    set.world.patch(&set_path, &json!({"criteria": [criterion("tone"), criterion("truth")]}));
    let (base, candidate) = (set.run("new", json!({})), set.run("other", json!({})));
    let gains = |comparison: &Value| {
        let gains = comparison["criteria"].as_array().cloned().unwrap_or_default();
        let gains = gains.iter().map(|gain| {
            format!(
                "{} of {}: {}, p {} then {}",
                gain["name"], gain["n"], gain["difference"], gain["p"], gain["p_holm"]
            )
        });
        gains.collect::<Vec<_>>().join("\n")
    };
    let compared = set.world.get(&format!("/api/compare?base={base}&candidate={candidate}"));
    let summary = set.world.get(&format!("/api/runs/{candidate}/summary"));
    expect![[r#"
        "tone" of 12: -0.26666666666666666, p 0.0078125 then 0.015625
        "truth" of 12: -0.26666666666666666, p 0.0078125 then 0.015625"#]]
    .assert_eq(&gains(&compared));
    expect![[r#"
        "tone" of 12: -0.26666666666666666, p 0.0078125 then 0.015625
        "truth" of 12: -0.26666666666666666, p 0.0078125 then 0.015625"#]]
    .assert_eq(&gains(&summary["versus_baseline"]));
    assert_eq!(summary["versus_baseline"]["mean"].get("tests"), None, "only of two runs");
    set.world.patch(&set_path, &json!({"criteria": [voice, criterion("truth")]}));
    let renamed = set.run("other", json!({}));
    let compared = set.world.get(&format!("/api/compare?base={base}&candidate={renamed}"));
    expect![[r#""truth" of 12: -0.26666666666666666, p 0.0078125 then 0.0078125"#]]
        .assert_eq(&gains(&compared));
}

#[test]
fn answers_are_compared_by_what_they_took() {
    let world = World::new();
    world.connect();
    world.provider.does(|asked| {
        if asked.is_judge() {
            return provider::level(5);
        }
        let brief = asked.body["messages"][0]["role"] == "system";
        let number =
            asked.last()["Question ".len()..].trim_end_matches('?').parse::<u64>().expect("a number");
        let (tokens, millis) = if brief { (5 + number, 1_000) } else { (20, 1_000 + 100 * number) };
        let mut answer = provider::completion("Yes.");
        answer["usage"]["completion_tokens"] = json!(tokens);
        match (brief, number) {
            (true, 4) => provider::error(400, "no"),
            _ => provider::body(200, &answer).after(millis),
        }
    });
    let set = world.set_of(6);
    let run = |prompt: Value| {
        let target = json!({"provider": "mock", "model": "new", "prompt": prompt});
        let run = world.start(&set, json!({"target": target}));
        world.drive();
        run
    };
    let (base, candidate) = (run(json!({})), run(json!({"system": "Be brief."})));
    let took = |base: &str, candidate: &str| {
        let compared = world.get(&format!("/api/compare?base={base}&candidate={candidate}"));
        format!("{} {}", compared["latency_ms"], compared["cost_usd"])
    };
    // Items are drawn by the ids of the runs.
    let without_ends = |took: &str| {
        let parts =
            took.split("\"interval_95\":[").map(|part| part.split_once(']').map_or(part, |(_, rest)| rest));
        parts.collect::<Vec<_>>().join("…")
    };
    let both = [took(&base, &candidate), took(&base, &base)];
    expect![[r#"
        {"items":5,"base_p50":1300.0,"candidate_p50":1000.0,"ratio":0.7692307692307693,…} {"items":5,"base":0.0015,"candidate":0.00092,"ratio":0.6133333333333333,…}
        {"items":6,"base_p50":1350.0,"candidate_p50":1350.0,"ratio":1.0,"interval_95":null} {"items":6,"base":0.0018000000000000002,"candidate":0.0018000000000000002,"ratio":1.0,"interval_95":null}"#]].assert_eq(&both.each_ref().map(|took| without_ends(took)).join("\n"));
    assert_eq!(both[0], took(&base, &candidate), "drawn the same every time");
}

/// Shows why two runs do not compare; they must have no numbers.
fn refused(world: &Arc<World>, base: &str, candidate: &str) -> String {
    let comparison = world.get(&format!("/api/compare?base={base}&candidate={candidate}"));
    assert_eq!(comparison["comparable"], false, "{comparison}");
    assert_eq!(comparison["verdict"], "inconclusive", "{comparison}");
    for number in
        ["/pass_rate/difference", "/pass_rate/interval_90", "/mean/difference", "/detectable_margin"]
    {
        assert_eq!(comparison.pointer(number), Some(&Value::Null), "{number}");
    }
    let reasons = comparison["incomparable"].as_array().unwrap().iter();
    reasons.map(|reason| reason.as_str().unwrap().to_owned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn runs_that_were_judged_differently_do_not_compare() {
    let set = LevelledSet::new("55", "53", "53");
    let base = set.run("new", json!({}));
    let warmer = json!({"provider": "mock", "model": "judge", "params": {"temperature": 0.7}});
    let warm = set.run("other", json!({"judge": warmer}));
    let strict = set.run("other", json!({"threshold": 0.9}));
    let criteria = json!([{"name": "Accuracy", "question": "Is it quite right?"}]);
    set.world.patch(&format!("/api/sets/{}", set.id), &json!({"criteria": criteria}));
    let reworded = set.run("other", json!({}));
    let elsewhere = LevelledSet::of(&set.world, "55").run("new", json!({}));
    let all = [&warm, &strict, &reworded, &elsewhere].map(|run| refused(&set.world, &base, run));
    expect![[r#"
        their judge, mock/judge, had different settings; re-judge one of them as the other was judged, which asks no target again
        their thresholds are 0.8 and 0.9; start one of them again with the other's, which asks nothing again
        they were judged by different criteria, which differ in "Accuracy"; re-judge one of them as the other was judged, which asks no target again
        they are runs of different sets; run both targets over one set"#]].assert_eq(&all.join("\n"));
}

#[test]
fn versions_of_a_set_compare_over_the_items_that_both_have() {
    let set = LevelledSet::new("5555", "5553", "5353");
    let base = set.run("new", json!({}));
    let items = format!("/api/sets/{}/items", set.id);
    let first = id(&set.world.get(&items)["data"][0]);
    set.world.delete(&format!("{items}/{first}"));
    set.world.post(&items, &json!({"items": [{"request": "Question 2 again?", "reference": "The original answer to question 2 again."}]}));
    let candidate = set.run("other", json!({}));
    let comparison = set.world.get(&format!("/api/compare?base={base}&candidate={candidate}"));
    assert_eq!((&comparison["items"], &comparison["dropped"]), (&json!(3), &json!(2)), "{comparison}");
    assert_eq!(comparison["comparable"], true);
}

#[test]
fn runs_that_are_not_over_or_not_there_do_not_compare() {
    let set = LevelledSet::new("55", "55", "55");
    let done = set.run("new", json!({}));
    let target = json!({"provider": "mock", "model": "other"});
    let queued = set.world.start(&set.id, json!({"target": target}));
    let problem = |query: &str| {
        let problem = set.world.call("GET", &format!("/api/compare?{query}"), &Value::Null).problem();
        problem.replace(&queued, "QUEUED")
    };
    let all = [
        problem(&format!("base={done}&candidate={queued}")),
        problem(&format!("base={queued}&candidate={done}")),
        problem(&format!("base={done}&candidate=nothing")),
        problem(&format!("candidate={done}")),
        problem(&format!("base={done}")),
        problem(&format!("base={done}&candidate={done}&margin=5")),
    ];
    expect![[r#"
        409 run QUEUED is not over, 0 of 2 items are done; compare it when it is done or cancelled
        409 run QUEUED is not over, 0 of 2 items are done; compare it when it is done or cancelled
        404 there is no such run
        422 ?base base is missing; name a run
        422 ?candidate candidate is missing; name a run
        422 ?margin margin: 5 is not a share; a share is from 0 to 1, such as 0.05 for five points"#]]
    .assert_eq(&all.join("\n"));
    set.world.post(&format!("/api/runs/{queued}/cancel"), &Value::Null);
    let cancelled = set.world.get(&format!("/api/compare?base={done}&candidate={queued}"));
    assert_eq!(
        (&cancelled["items"], &cancelled["dropped"], &cancelled["verdict"], &cancelled["detectable_margin"]),
        (&json!(0), &json!(2), &json!("inconclusive"), &Value::Null)
    );
}

/// Makes a set of logged questions, so many in each conversation, and the levels of its responses.
fn in_conversations(new: &str, each: usize) -> LevelledSet {
    let set = LevelledSet::new(&"5".repeat(new.len()), new, new);
    set.world.import((1..=new.len()).map(|n| {
        let session = json!({"session": format!("conversation {}", (n - 1) / each), "user": "one"});
        pair(&format!("Question {n}?"), &format!("The original answer to question {n}."), session)
    }));
    let criteria = json!([{"name": "Accuracy", "question": "Is it right?"}]);
    let id = id(&set.world.post("/api/sets", &json!({"name": "Logged", "criteria": criteria})));
    set.world.post(&format!("/api/sets/{id}/items"), &json!({"filter": {}}));
    LevelledSet { world: Arc::clone(&set.world), id }
}

#[test]
fn items_of_one_conversation_tell_less_than_as_many_of_many() {
    let new = "555".repeat(9) + &"333".repeat(3);
    let shown = |each: usize| {
        let set = in_conversations(&new, each);
        let run = set.run("new", json!({}));
        let summary = set.world.get(&format!("/api/runs/{run}/summary"));
        let versus = &summary["versus_baseline"];
        let interval = |interval: &Value| {
            let [low, high] = [0, 1].map(|end| interval[end].as_f64().expect("an end"));
            format!("{low:.3} to {high:.3}")
        };
        let line = format!(
            "{each} each: {} pass rate {}, average {}; {} difference {}",
            summary["clusters"],
            interval(&summary["pass_rate_interval"]),
            interval(&summary["average_interval"]),
            versus["clusters"],
            interval(&versus["pass_rate"]["interval_90"]),
        );
        (set, run, line)
    };
    let (set, run, together) = shown(3);
    let (_, _, alone) = shown(1);
    expect![[r#"
        3 each: {"count":12,"few":false,"design_effect":3.181818181818181} pass rate 0.460 to 0.914, average 0.719 to 0.969; {"count":12,"few":false,"design_effect":3.181818181818181} difference -0.494 to -0.009
        1 each: null pass rate 0.589 to 0.862, average 0.812 to 0.949; null difference -0.383 to -0.152"#]].assert_eq(&format!("{together}\n{alone}"));
    let of_run = |path: &str| set.world.get(&format!("/api/runs/{run}/{path}"));
    assert_eq!(of_run("scores")["clusters"].as_array().expect("a column").len(), new.len());
    set.world.post("/api/logs/delete", &json!({"filter": {}}));
    assert_eq!(of_run("summary")["clusters"], Value::Null, "nothing is known of deleted logs");
}
