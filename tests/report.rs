//! Outcome → summary → view: what came of a run, added up, listed and in full.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::provider::{error, level, says, verdict};
use crate::support::scene::id;

/// What the judge says of the new answer and of the original, by item; the target fails the seventh, the
/// judge says nothing of the eighth.
const LEVELS: [(u8, u8); 6] = [(5, 5), (4, 5), (3, 4), (5, 2), (0, 1), (3, 5)];

/// A run of eight items that ended in every way.
fn scene() -> (Arc<World>, String) {
    let world = World::new();
    world.connect();
    let set = id(&world.post(
        "/api/sets",
        &json!({"name": "Mixed", "criteria": [{"name": "Accuracy", "question": "Is it right?"}]}),
    ));
    let item = |n: usize| {
        let feature = if n.is_multiple_of(2) { "even" } else { "odd" };
        json!({"request": format!("Question {n}?"), "reference": format!("The original answer to {n}."), "feature": feature, "tags": {"third": (n % 3).to_string()}})
    };
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": (1..=8).map(item).collect::<Vec<_>>()}));
    world.provider.does(|asked| {
        let number =
            |text: &str| text.bytes().find(u8::is_ascii_digit).map_or(0, |digit| usize::from(digit - b'0'));
        if !asked.is_judge() {
            return if number(&asked.last()) == 7 {
                error(400, "no")
            } else {
                says(&format!("A new answer to {}.", number(&asked.last())))
            };
        }
        let candidate = asked.candidate();
        // What has no number is a canary.
        let Some(place) = number(&candidate).checked_sub(1) else { return level(0) };
        match (LEVELS.get(place), candidate.starts_with("A new")) {
            (Some((new, _)), true) => level(*new),
            (Some((_, original)), false) => level(*original),
            (None, true) => says("I do not know."),
            (None, false) => level(5),
        }
    });
    let run = world.start(&set, json!({}));
    world.drive();
    (world, run)
}

/// Lists results, two at a time, in one line each.
fn check_results(world: &Arc<World>, run: &str, query: &str, expected: Expect) {
    let rows = world.all(&format!("/api/runs/{run}/results?{query}"), 2);
    let whole = world.get(&format!("/api/runs/{run}/results?limit=200&{query}"));
    assert_eq!(whole["data"], json!(rows), "pages come to the whole list");
    let lines = rows.iter().map(|row| {
        format!(
            "{} {} {} (original {}) {}",
            row["request_preview"].as_str().unwrap(),
            row["verdict"].as_str().unwrap(),
            row["score"],
            row["baseline_score"],
            row["change"]
        )
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn results_are_listed_the_worst_first() {
    let (world, run) = scene();
    check_results(
        &world,
        &run,
        "",
        expect![[r#"
            Question 7? error null (original null) null
            Question 8? unscored null (original 1.0) null
            Question 5? fail 0.0 (original 0.2) "same"
            Question 3? fail 0.6 (original 0.8) "broke"
            Question 6? fail 0.6 (original 1.0) "broke"
            Question 2? pass 0.8 (original 1.0) "same"
            Question 1? pass 1.0 (original 1.0) "same"
            Question 4? pass 1.0 (original 0.4) "fixed""#]],
    );
    check_results(
        &world,
        &run,
        "order=score",
        expect![[r#"
            Question 7? error null (original null) null
            Question 8? unscored null (original 1.0) null
            Question 5? fail 0.0 (original 0.2) "same"
            Question 3? fail 0.6 (original 0.8) "broke"
            Question 6? fail 0.6 (original 1.0) "broke"
            Question 2? pass 0.8 (original 1.0) "same"
            Question 1? pass 1.0 (original 1.0) "same"
            Question 4? pass 1.0 (original 0.4) "fixed""#]],
    );
    check_results(
        &world,
        &run,
        "order=delta",
        expect![[r#"
            Question 7? error null (original null) null
            Question 8? unscored null (original 1.0) null
            Question 6? fail 0.6 (original 1.0) "broke"
            Question 3? fail 0.6 (original 0.8) "broke"
            Question 5? fail 0.0 (original 0.2) "same"
            Question 2? pass 0.8 (original 1.0) "same"
            Question 1? pass 1.0 (original 1.0) "same"
            Question 4? pass 1.0 (original 0.4) "fixed""#]],
    );
}

#[test]
fn results_are_narrowed_by_verdict_and_slice() {
    let (world, run) = scene();
    check_results(
        &world,
        &run,
        "verdict=pass",
        expect![[r#"
            Question 2? pass 0.8 (original 1.0) "same"
            Question 1? pass 1.0 (original 1.0) "same"
            Question 4? pass 1.0 (original 0.4) "fixed""#]],
    );
    check_results(
        &world,
        &run,
        "verdict=fail&order=delta",
        expect![[r#"
            Question 6? fail 0.6 (original 1.0) "broke"
            Question 3? fail 0.6 (original 0.8) "broke"
            Question 5? fail 0.0 (original 0.2) "same""#]],
    );
    check_results(&world, &run, "verdict=unscored", expect!["Question 8? unscored null (original 1.0) null"]);
    check_results(
        &world,
        &run,
        "slice.feature=even",
        expect![[r#"
            Question 8? unscored null (original 1.0) null
            Question 6? fail 0.6 (original 1.0) "broke"
            Question 2? pass 0.8 (original 1.0) "same"
            Question 4? pass 1.0 (original 0.4) "fixed""#]],
    );
    check_results(
        &world,
        &run,
        "slice.third=1&slice.feature=odd",
        expect![[r#"
            Question 7? error null (original null) null
            Question 1? pass 1.0 (original 1.0) "same""#]],
    );
    check_results(&world, &run, "slice.third=1&slice.third=2", expect![""]);
    check_results(&world, &run, "slice.feature=even&slice.feature=odd", expect![""]);
    let many: Vec<_> = (0..80).map(|n| format!("slice.t{n}=x")).collect();
    check_results(&world, &run, &many.join("&"), expect![""]);
}

#[test]
fn results_of_named_items_come_in_the_order_of_their_names() {
    let (world, run) = scene();
    let listed = world.get(&format!("/api/runs/{run}/results"))["data"].clone();
    let id = |place: usize| listed[place]["item_id"].as_str().unwrap();
    let named = world.get(&format!("/api/runs/{run}/results?items={},nothing,{},{0}", id(5), id(2)));
    assert_eq!(named, json!({"data": [listed[5], listed[2]], "next_cursor": null}));
    let many = vec!["a"; 101].join(",");
    let refused = world.call("GET", &format!("/api/runs/{run}/results?items={many}"), &Value::Null);
    expect!["items: 101 items are named; name at most 100"]
        .assert_eq(refused.json()["detail"].as_str().unwrap());
}

#[test]
fn rows_of_the_same_score_are_neither_skipped_nor_repeated() {
    let world = World::new();
    world.connect();
    let set = world.set_of(11);
    let run = world.start(&set, json!({}));
    world.drive();
    for limit in [1, 3, 10, 11] {
        let mut ids: Vec<_> = world
            .all(&format!("/api/runs/{run}/results"), limit)
            .iter()
            .map(|row| row["item_id"].to_string())
            .collect();
        ids.dedup();
        assert_eq!(ids.len(), 11, "{limit}");
    }
}

#[test]
fn a_summary_counts_what_is_unscored_and_averages_it_not() {
    let (world, run) = scene();
    let summary = world.get(&format!("/api/runs/{run}/summary"));
    expect![[r#"
        {
          "items": 8,
          "scored": 6,
          "unscored": 1,
          "errored": 1,
          "passed": 3,
          "pass_rate": 0.5,
          "pass_rate_interval": [
            0.18761630648265054,
            0.8123836935173494
          ],
          "pass_rate_bounds": [
            0.42857142857142855,
            0.5714285714285714
          ],
          "average": 0.6666666666666666,
          "average_interval": [
            0.33822434855131056,
            0.8867044200773653
          ],
          "clusters": null,
          "threshold": 0.8,
          "distribution": {
            "edges": [
              0.0,
              0.1,
              0.2,
              0.3,
              0.4,
              0.5,
              0.6,
              0.7,
              0.8,
              0.9,
              1.0
            ],
            "counts": [
              1,
              0,
              0,
              0,
              0,
              0,
              2,
              0,
              1,
              2
            ],
            "baseline_counts": [
              0,
              0,
              1,
              0,
              1,
              0,
              0,
              0,
              1,
              4
            ]
          },
          "baseline": {
            "scored": 7,
            "unscored": 1,
            "passed": 5,
            "pass_rate": 0.7142857142857143,
            "pass_rate_interval": [
              0.35893445183261935,
              0.9177810759959433
            ],
            "average": 0.7714285714285715,
            "average_interval": [
              0.4453740596717001,
              0.934144613922964
            ]
          },
          "versus_baseline": {
            "items": 6,
            "dropped": 2,
            "unscored": 2,
            "both_pass": 2,
            "broke": 2,
            "fixed": 1,
            "both_fail": 1,
            "pass_rate": {
              "base": 0.6666666666666666,
              "candidate": 0.5,
              "difference": -0.16666666666666666,
              "interval_90": [
                -0.5729581261219325,
                0.31505164438293376
              ],
              "interval_95": [
                -0.6301769752166217,
                0.3976202844038237
              ],
              "mcnemar_mid_p": 0.6249999999999996
            },
            "mean": {
              "base": 0.7333333333333334,
              "candidate": 0.6666666666666666,
              "difference": -0.06666666666666667,
              "interval_95": [
                -0.4342189213282649,
                0.3008855879949316
              ],
              "p": 0.8125
            },
            "criteria": [
              {
                "name": "Accuracy",
                "n": 6,
                "base": 0.7333333333333334,
                "candidate": 0.6666666666666666,
                "difference": -0.06666666666666667,
                "interval_95": [
                  -0.4342189213282649,
                  0.3008855879949316
                ],
                "p": 0.8125,
                "p_holm": 0.8125
              }
            ],
            "clusters": null,
            "margin": 0.05,
            "verdict": "inconclusive",
            "detectable_margin": 0.717783465028496,
            "items_needed": 1237,
            "comparable": true,
            "incomparable": []
          },
          "criteria": [
            {
              "name": "Accuracy",
              "pass_rate": 0.5,
              "pass_rate_interval": [
                0.18761630648265054,
                0.8123836935173494
              ],
              "average": 0.6666666666666666,
              "average_interval": [
                0.33822434855131056,
                0.8867044200773653
              ],
              "unscored": 1
            }
          ],
          "scorers": [],
          "slices": [],
          "canaries": {
            "run": 8,
            "missed": [
              "other_item (criterion \"Accuracy\"): level 2, at most 1 expected",
              "fake_approval (criterion \"Accuracy\"): level 5, at most 1 expected",
              "fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected"
            ]
          },
          "early": null,
          "cost_usd": 0.0014,
          "latency_ms": {
            "p50": 100,
            "p95": 100
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&summary).unwrap());
    assert_eq!(world.run(&run)["summary"], summary, "the one that was kept when it ended");
}

#[test]
fn a_summary_can_be_had_at_another_threshold() {
    let (world, run) = scene();
    let mut shown = Vec::new();
    for threshold in ["0", "0.6", "0.8", "0.800001", "1"] {
        let summary = world.get(&format!("/api/runs/{run}/summary?threshold={threshold}"));
        shown.push(format!(
            "{}: {} of {} pass, originals {}",
            summary["threshold"], summary["passed"], summary["scored"], summary["baseline"]["passed"]
        ));
    }
    expect![[r#"
        0.0: 6 of 6 pass, originals 7
        0.6: 5 of 6 pass, originals 5
        0.8: 3 of 6 pass, originals 5
        0.800001: 2 of 6 pass, originals 4
        1.0: 2 of 6 pass, originals 4"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn the_scores_of_a_large_run_are_read_in_pages_and_stay_in_its_order() {
    let (world, run) = scene();
    let small = world.get(&format!("/api/runs/{run}/scores"));
    // Later in the run are those that are earlier among the items.
    let items = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000), id AS (SELECT n, printf('0%05d', n) AS id FROM n) ";
    let copy = |into: &str, select: &str| {
        world.sql(&format!("{items} INSERT INTO {into} SELECT {select} FROM id"));
    };
    copy(
        "set_item (id, set_id, tags, verified, content_key, sketch, request_preview, added_version)",
        "id, 'other', '{\"third\":\"' || (n % 3) || '\"}', 0, 'k' || n, '', 'More', 1",
    );
    copy("run_item (run_id, position, item_id, attempt, shard)", &format!("'{run}', 20000 - n, id, 1, 0"));
    copy(
        "outcome (run_id, item_id, attempt, verdict, score, criteria, questions, response_preview, flags, created_at)",
        &format!("'{run}', id, 1, 'pass', n / 10000.0, '[{{\"level\":4.5}}]', '[]', '', '[]', 0"),
    );
    let large = world.get(&format!("/api/runs/{run}/scores"));
    let column =
        |scores: &Value, path: &str| scores.pointer(path).and_then(Value::as_array).cloned().unwrap();
    for path in ["/items", "/score", "/criteria/0/levels", "/slices/third", "/flags", "/errored"] {
        let (few, many) = (column(&small, path), column(&large, path));
        assert_eq!((&many[..few.len()], many.len()), (&few[..], few.len() + 10_000), "{path}");
    }
    let last = |path: &str| column(&large, path).pop().unwrap();
    expect![[r#""000001" 0.0001 4.5 "1""#]].assert_eq(&format!(
        "{} {} {} {}",
        last("/items"),
        last("/score"),
        last("/criteria/0/levels"),
        last("/slices/third")
    ));
}

#[test]
fn scores_are_columns_in_the_order_of_the_run() {
    let (world, run) = scene();
    let mut scores = world.get(&format!("/api/runs/{run}/scores"));
    let items: Vec<_> =
        scores["items"].as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect();
    let set = world.run(&run)["set_id"].as_str().unwrap().to_owned();
    let request =
        |item: &String| world.get(&format!("/api/sets/{set}/items/{item}"))["request_preview"].clone();
    scores["items"] = items.iter().map(request).collect();
    expect![[r#"{"items":["Question 2?","Question 4?","Question 8?","Question 6?","Question 7?","Question 5?","Question 1?","Question 3?"],"score":[0.8,1.0,null,0.6,null,0.0,1.0,0.6],"baseline":[1.0,0.4,1.0,1.0,null,0.2,1.0,0.8],"criteria":[{"name":"Accuracy","weight":1.0,"required":false,"levels":[4.0,5.0,null,3.0,null,0.0,5.0,3.0],"baseline_levels":[5.0,2.0,5.0,5.0,null,1.0,5.0,4.0]}],"scorers":[],"features":["even","even","even","even","odd","odd","odd","odd"],"slices":{"third":["2","1","2","0","1","2","1","0"]},"numbers":{"input_length":[11,11,11,11,null,11,11,11],"output_length":[18,18,18,18,null,18,18,18]},"flags":[[],[],[],[],[],[],[],[]],"clusters":[null,null,null,null,null,null,null,null],"errored":[false,false,false,false,true,false,false,false],"latency_ms":[100,100,100,100,null,100,100,100],"cost_usd":[0.0002,0.0002,0.0002,0.0002,null,0.0002,0.0002,0.0002]}"#]].assert_eq(&scores.to_string());
}

#[test]
fn a_result_has_everything() {
    let (world, run) = scene();
    for (place, expected) in [
        (
            0,
            expect![[r#"
                {
                  "request": {
                    "messages": [
                      {
                        "role": "user",
                        "content": "Question 7?"
                      }
                    ]
                  },
                  "sent": {
                    "model": "new",
                    "messages": [
                      {
                        "role": "user",
                        "content": "Question 7?"
                      }
                    ]
                  },
                  "reference": "The original answer to 7.",
                  "baseline_scorers": [],
                  "response": null,
                  "error": "the provider answered 400: no",
                  "judgements": [],
                  "labels": []
                }"#]],
        ),
        (
            1,
            expect![[r#"
                {
                  "request": {
                    "messages": [
                      {
                        "role": "user",
                        "content": "Question 8?"
                      }
                    ]
                  },
                  "sent": {
                    "model": "new",
                    "messages": [
                      {
                        "role": "user",
                        "content": "Question 8?"
                      }
                    ]
                  },
                  "reference": "The original answer to 8.",
                  "baseline_scorers": [],
                  "response": {
                    "text": "A new answer to 8.",
                    "tool_calls": [],
                    "finish_reason": "stop"
                  },
                  "error": null,
                  "judgements": [
                    {
                      "name": "Accuracy",
                      "kind": "levels",
                      "candidate": {
                        "judgements": [],
                        "unscored": {
                          "kind": "unreadable",
                          "why": "it ends with no JSON object that gives a level",
                          "reply": "I do not know."
                        }
                      },
                      "baseline": {
                        "judgements": [
                          {
                            "level": 5,
                            "reasoning": "It was judged.",
                            "evidence": [],
                            "flags": [],
                            "answered_by": {
                              "model": "m",
                              "system_fingerprint": "fp_1"
                            }
                          }
                        ]
                      }
                    }
                  ],
                  "labels": []
                }"#]],
        ),
        (
            7,
            expect![[r#"
                {
                  "request": {
                    "messages": [
                      {
                        "role": "user",
                        "content": "Question 4?"
                      }
                    ]
                  },
                  "sent": {
                    "model": "new",
                    "messages": [
                      {
                        "role": "user",
                        "content": "Question 4?"
                      }
                    ]
                  },
                  "reference": "The original answer to 4.",
                  "baseline_scorers": [],
                  "response": {
                    "text": "A new answer to 4.",
                    "tool_calls": [],
                    "finish_reason": "stop"
                  },
                  "error": null,
                  "judgements": [
                    {
                      "name": "Accuracy",
                      "kind": "levels",
                      "candidate": {
                        "judgements": [
                          {
                            "level": 5,
                            "reasoning": "It was judged.",
                            "evidence": [],
                            "flags": [],
                            "answered_by": {
                              "model": "m",
                              "system_fingerprint": "fp_1"
                            }
                          }
                        ]
                      },
                      "baseline": {
                        "judgements": [
                          {
                            "level": 2,
                            "reasoning": "It was judged.",
                            "evidence": [],
                            "flags": [],
                            "answered_by": {
                              "model": "m",
                              "system_fingerprint": "fp_1"
                            }
                          }
                        ]
                      }
                    }
                  ],
                  "labels": []
                }"#]],
        ),
    ] {
        let row = world.get(&format!("/api/runs/{run}/results"))["data"][place].clone();
        let mut detail = world.get(&format!("/api/runs/{run}/results/{}", row["item_id"].as_str().unwrap()));
        for (name, value) in row.as_object().unwrap() {
            assert_eq!(detail[name], *value, "the row is part of it");
            detail.as_object_mut().unwrap().shift_remove(name);
        }
        expected.assert_eq(&serde_json::to_string_pretty(&detail).unwrap());
    }
}

#[test]
fn what_has_no_outcome_is_not_found() {
    let world = World::new();
    world.connect();
    let set = world.set_of(1);
    let run = world.start(&set, json!({}));
    let item = world.get(&format!("/api/sets/{set}/items"))["data"][0]["id"].as_str().unwrap().to_owned();
    let problem = |path: &str| world.call("GET", path, &Value::Null).problem();
    expect!["404 there is no such result"].assert_eq(&problem(&format!("/api/runs/{run}/results/{item}")));
    expect!["404 there is no such run"].assert_eq(&problem("/api/runs/nothing/results"));
    expect!["404 there is no such run"].assert_eq(&problem("/api/runs/nothing/summary"));
    expect!["404 there is no such run"].assert_eq(&problem("/api/runs/nothing/scores"));
    assert_eq!(world.get(&format!("/api/runs/{run}/results")), json!({"data": [], "next_cursor": null}));
    expect![[r#"{"items":0,"scored":0,"unscored":0,"errored":0,"passed":0,"pass_rate":null,"pass_rate_interval":null,"pass_rate_bounds":null,"average":null,"average_interval":null,"clusters":null,"threshold":0.8,"distribution":{"edges":[0.0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1.0],"counts":[0,0,0,0,0,0,0,0,0,0],"baseline_counts":null},"baseline":null,"versus_baseline":null,"criteria":[{"name":"Accuracy","pass_rate":null,"pass_rate_interval":null,"average":null,"average_interval":null,"unscored":0}],"scorers":[],"slices":[],"canaries":{"run":0,"missed":[]},"early":{"ruled_out":null,"worse":false},"cost_usd":null,"latency_ms":{"p50":null,"p95":null}}"#]].assert_eq(&world.get(&format!("/api/runs/{run}/summary")).to_string());
}

#[test]
fn runs_are_listed_the_newest_first_and_by_set() {
    let world = World::new();
    world.connect();
    let (one, two) = (world.set_of(2), world.set_of(2));
    for (place, set) in [&one, &two, &one, &two, &one].into_iter().enumerate() {
        world.clock.skip(1000);
        world.start(set, json!({"name": format!("Run {}", place + 1)}));
    }
    world.drive();
    let names = |query: &str| {
        let runs = world.all(&format!("/api/runs?{query}"), 2);
        runs.iter().map(|run| run["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(", ")
    };
    expect!["Run 5, Run 4, Run 3, Run 2, Run 1"].assert_eq(&names(""));
    expect!["Run 5, Run 3, Run 1"].assert_eq(&names(&format!("set_id={one}")));
    expect![""].assert_eq(&names("set_id=nothing"));
    world.delete(&format!("/api/sets/{one}"));
    assert_eq!(world.all("/api/runs", 50).len(), 5, "runs of a set that was deleted still read");
}

/// Reads a report: the media type, the file's name and the text.
fn report(world: &Arc<World>, run: &str, format: &str) -> (String, String) {
    let reply = world.call("GET", &format!("/api/runs/{run}/report?format={format}"), &Value::Null);
    assert_eq!(reply.status, 200, "{}", reply.text);
    let (kind, name) = (reply.header("content-type"), reply.header("content-disposition"));
    (format!("{kind}; {}", name.replace(run, "RUN")), reply.text)
}

#[test]
fn a_report_is_a_file() {
    let (world, run) = scene();
    let heads = ["", "markdown", "junit", "csv", "jsonl"].map(|format| report(&world, &run, format).0);
    expect![[r#"
        text/markdown; charset=utf-8; attachment; filename="RUN.md"
        text/markdown; charset=utf-8; attachment; filename="RUN.md"
        application/xml; attachment; filename="RUN.xml"
        text/csv; charset=utf-8; attachment; filename="RUN.csv"
        application/jsonl; attachment; filename="RUN.jsonl""#]]
    .assert_eq(&heads.join("\n"));
}

#[test]
fn a_report_for_people_has_what_broke() {
    let (world, run) = scene();
    expect![[r##"
        # Eval run: mock/new

        New passes 50.0 % (18.8 to 81.2), old 71.4 %. Over the 6 items with a score on both sides: 2 broke, 1 fixed. Difference -16.7 points (90 % interval -57.3 to 31.5). Margin 5: **cannot tell**.

        - 8 items: 3 pass, 3 fail, 1 unscored, 1 without an answer
        - Whatever the unscored items are, the pass rate is within 42.9 to 57.1 %
        - Average score 0.667 (0.338 to 0.887), old 0.771
        - 6 items can tell a margin of 71.8 points; one of 5 points takes about 1237 items
        - **The judge is unreliable in this run**: it missed other_item (criterion "Accuracy"): level 2, at most 1 expected, fake_approval (criterion "Accuracy"): level 5, at most 1 expected, fake_verdict (criterion "Accuracy"): level 5, at most 1 expected
        - Answers cost 0.0014 USD
        - Set Mixed (version 2), target mock/new, judge mock/judge, threshold 0.8

        ## Criteria

        | Criterion | Pass rate | Average | Unscored |
        | --- | ---: | ---: | ---: |
        | Accuracy | 50.0 % | 0.667 | 1 |

        ## Against the original responses

        | Broke | Fixed | Both fail | Both pass | Dropped |
        | ---: | ---: | ---: | ---: | ---: |
        | 2 | 1 | 1 | 2 | 2 |

        ## Broke: the original passes, the new response does not (2)

        - **0.60, old 0.80** Question 3?
          - Response: A new answer to 3.
          - Accuracy: 3. It was judged.
        - **0.60, old 1.00** Question 6?
          - Response: A new answer to 6.
          - Accuracy: 3. It was judged.

        ## Other low-scoring items (2)

        - **no answer** Question 7?
          - Error: the provider answered 400: no
        - **0.00, old 0.20** Question 5?
          - Response: A new answer to 5.
          - Accuracy: 0. It was judged.

        ## Unscored (1)

        - **unscored** Question 8?
          - Response: A new answer to 8.
          - Accuracy: unscored. the judge's reply could not be read: it ends with no JSON object that gives a level
    "##]].assert_eq(&report(&world, &run, "markdown").1);
}

#[test]
fn a_report_for_programs_has_every_result() {
    let (world, run) = scene();
    let lines: Vec<Value> =
        report(&world, &run, "jsonl").1.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json!(lines), world.get(&format!("/api/runs/{run}/results"))["data"]);
    let table = report(&world, &run, "csv").1;
    assert_eq!(table.split("\r\n").count(), 8 + 2);
    assert_eq!(report(&world, &run, "csv&bom=false").1, table);
    assert_eq!(report(&world, &run, "csv&bom=true").1, format!("\u{feff}{table}"));
}

/// Reads a report for CI, and shows its cases with how they ended.
fn cases(xml: &str) -> String {
    let document = roxmltree::Document::parse(xml).expect("it parses");
    let suite = document.root_element().first_element_child().expect("a suite");
    let mut shown = String::new();
    for name in ["tests", "failures", "errors", "skipped"] {
        shown += &format!("{name} {} ", suite.attribute(name).expect("a count"));
    }
    for case in suite.children().filter(|node| node.has_tag_name("testcase")) {
        let end = case.first_element_child();
        let words = end
            .map(|end| format!("{} {:?} {:?}", end.tag_name().name(), end.attribute("message"), end.text()));
        let name = case.attribute("name").expect("a name");
        // The id of an item is another each time.
        let name = name.rsplit_once(" [").map_or(name, |(name, _)| name);
        shown +=
            &format!("\n{:?} {name:?} {}", case.attribute("classname"), words.unwrap_or("passed".to_owned()));
    }
    shown
}

#[test]
fn a_report_for_ci_has_a_case_for_each_item() {
    let (world, run) = scene();
    expect![[r#"
        tests 8 failures 3 errors 1 skipped 1 
        Some("odd") "Question 7?" error Some("the target gave no answer") Some("the provider answered 400: no")
        Some("even") "Question 8?" skipped Some("it could not be judged") Some("Accuracy: unscored. the judge's reply could not be read: it ends with no JSON object that gives a level\nResponse: A new answer to 8.")
        Some("odd") "Question 5?" failure Some("score 0.00 is below the threshold 0.8") Some("Accuracy: level 0. It was judged.\nResponse: A new answer to 5.")
        Some("odd") "Question 3?" failure Some("score 0.60 is below the threshold 0.8") Some("Accuracy: level 3. It was judged.\nResponse: A new answer to 3.")
        Some("even") "Question 6?" failure Some("score 0.60 is below the threshold 0.8") Some("Accuracy: level 3. It was judged.\nResponse: A new answer to 6.")
        Some("even") "Question 2?" passed
        Some("odd") "Question 1?" passed
        Some("even") "Question 4?" passed"#]].assert_eq(&cases(&report(&world, &run, "junit").1));
}

/// What a user or a model may write: the end of every kind of text, and what none can hold.
const HOSTILE: &str = "=1+1\"]]></failure></testcase><script>alert('x')</script>&\u{0}\u{8}\u{1b}[31m\u{fffe}\u{202e}\n|**bold**|";

#[test]
fn hostile_texts_stay_texts_in_every_report() {
    let world = World::new();
    world.connect();
    let set = id(&world.post(
        "/api/sets",
        &json!({"name": HOSTILE.replace('\0', ""), "criteria": [{"name": "=Tone <b>|", "question": "Is it right?"}]}),
    ));
    let item = json!({"request": HOSTILE, "reference": HOSTILE, "feature": HOSTILE, "tags": {"t": HOSTILE}});
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": [item]}));
    world.provider.does(|asked| if asked.is_judge() { verdict(2, HOSTILE) } else { says(HOSTILE) });
    let run = world.start(&set, json!({"name": HOSTILE.replace('\0', "")}));
    world.drive();
    expect![[r#"
        tests 1 failures 1 errors 0 skipped 0 
        Some("=1+1\"]]></failure></testcase><script>alert('x')</script>&[31m\u{202e}\n|**bold**|") "=1+1\"]]></failure></testcase><script>alert('x')</script>&[31m\u{202e} |**bold**|" failure Some("score 0.40 is below the threshold 0.8") Some("=Tone <b>|: level 2. =1+1\"]]></failure></testcase><script>alert('x')</script>&[31m\u{202e} |**bold**|\nResponse: =1+1\"]]></failure></testcase><script>alert('x')</script>&[31m\u{202e} |**bold**|")"#]].assert_eq(&cases(&report(&world, &run, "junit").1));
    let markdown = report(&world, &run, "markdown").1;
    for mark in ["<script", "**bold**", "</", "\u{202e}", "\u{1b}"] {
        assert!(!markdown.contains(mark), "{mark}: {markdown}");
    }
    let table = report(&world, &run, "csv").1;
    assert!(!table.contains("\"=") && table.contains("\"'=Tone") && table.contains("\"'=1+1"), "{table}");
    assert_eq!(report(&world, &run, "jsonl").1.lines().count(), 1);
}

#[test]
fn a_report_of_a_run_that_is_under_way_has_what_there_is() {
    let world = World::new();
    world.connect();
    let set = world.set_of(3);
    let run = world.start(&set, json!({}));
    for format in ["markdown", "junit", "csv", "jsonl"] {
        report(&world, &run, format);
    }
    assert!(report(&world, &run, "markdown").1.contains("**The run is not done (queued): 0 of 3 items.**"));
    expect![[r#"
        tests 1 failures 0 errors 1 skipped 0 
        Some("Set 1") "the whole run" error Some("3 of 3 items have no outcome: the run is not done") None"#]]
    .assert_eq(&cases(&report(&world, &run, "junit").1));
}

#[test]
fn a_long_run_is_reported_whole() {
    let world = World::new();
    world.connect();
    let set = world.set_of(1101);
    let run = world.start(&set, json!({"baseline": false, "concurrency": 60}));
    world.drive();
    assert_eq!(report(&world, &run, "jsonl").1.lines().count(), 1101);
    assert_eq!(report(&world, &run, "csv").1.split("\r\n").count(), 1101 + 2);
    assert_eq!(cases(&report(&world, &run, "junit").1).lines().count(), 1101 + 1);

    // What is not taken is not read, and what cannot be read ends no file.
    let broken_off = |format: &str| {
        let mut begun = world.begin(&format!("/api/runs/{run}/report?format={format}"));
        let first = begun.piece().unwrap().unwrap();
        assert!(first.lines().count() < 600, "a page, not all");
        world.complaints.lock().unwrap().push_back("no such column: score_order".to_owned());
        let last = begun.piece().unwrap().unwrap();
        assert!(begun.piece().unwrap().is_err());
        assert_eq!(begun.piece(), None);
        assert!(world.notes().last().unwrap().starts_with("a file breaks off: "), "{:?}", world.notes());
        last
    };
    expect![[r#"
        {"error":"the file breaks off here, and the rest of it is missing: save it again"}
        "the file breaks off here, and the rest of it is missing: save it again"\r\n
    "#]]
    .assert_eq(&["jsonl", "csv"].map(broken_off).concat().replace("\r\n", "\\r\\n\n"));
}

#[test]
fn a_document_is_refused_where_its_results_would_not_fit_in_memory() {
    let (world, run) = scene();
    world.sql("UPDATE run_tally SET outcomes = 10001 WHERE verdict = 'pass'");
    let problems = ["markdown", "junit"].map(|format| {
        world.call("GET", &format!("/api/runs/{run}/report?format={format}"), &Value::Null).problem()
    });
    expect![[r#"
        422 ?format the run has 10006 results; Markdown is written of at most 10000: use csv or jsonl
        422 ?format the run has 10006 results; JUnit is written of at most 10000: use csv or jsonl"#]]
    .assert_eq(&problems.join("\n"));
    assert_eq!(report(&world, &run, "jsonl").1.lines().count(), 8);
}
