//! The gate: four outcomes, by status and by words.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::scene::LevelledSet;
use crate::support::{Reply, World};

fn ask(set: &LevelledSet, run: &str, query: &str) -> Reply {
    set.world.call("GET", &format!("/api/runs/{run}/gate?{query}"), &Value::Null)
}

/// Shows an answer: the status, the outcome and the reasons.
fn shown(reply: &Reply) -> String {
    let gate = reply.json();
    assert_eq!(reply.header("content-type"), "application/json");
    let reasons = gate["reasons"].as_array().unwrap().iter();
    let reasons: Vec<_> = reasons.map(|reason| format!("    {}\n", reason.as_str().unwrap())).collect();
    format!("{} {}\n{}", reply.status, gate["verdict"].as_str().unwrap(), reasons.concat())
}

/// Holds a run with these levels, of the originals and of the new responses, to something.
fn check(originals: &str, new: &str, query: &str, expected: Expect) {
    let set = LevelledSet::new(originals, new, new);
    let run = set.run("new", json!({}));
    expected.assert_eq(&shown(&ask(&set, &run, query)));
}

#[test]
fn a_run_passes_or_fails_by_its_pass_rate() {
    let new = "5".repeat(83) + &"3".repeat(17);
    let set = LevelledSet::new(&new, &new, &new);
    let run = set.run("new", json!({}));
    let reply = ask(&set, &run, "min_pass_rate=0.83");
    let interval = &reply.json()["summary"]["pass_rate_interval"];
    for (end, expected) in [(0, 0.744_519_952_3), (1, 0.891_064_338_8)] {
        assert!((interval[end].as_f64().unwrap() - expected).abs() < 5e-10, "{interval}");
    }
    let asked = ["min_pass_rate=0.83", "min_pass_rate=0.831", "min_pass_rate=0.8&margin=0.05", ""];
    let all = asked.map(|query| shown(&ask(&set, &run, query)));
    expect![[r#"
        200 pass
            83 of 100 items pass and 17 fail: 83.0 % (95 % interval 74.5 to 89.1) reaches 83.0 %
        412 fail
            83 of 100 items pass and 17 fail: 83.0 % (95 % interval 74.5 to 89.1) does not reach 83.1 %
        200 pass
            83 of 100 items pass and 17 fail: 83.0 % (95 % interval 74.5 to 89.1) reaches 80.0 %
            against the original responses, over 100 items: 0 broke, 0 fixed. Difference 0.0 points (90 % interval -2.6 to 2.6); at a margin of 5 points: not worse by more than the margin
        200 pass
            against the original responses, over 100 items: 0 broke, 0 fixed. Difference 0.0 points (90 % interval -2.6 to 2.6); at a margin of 5 points: not worse by more than the margin
    "#]].assert_eq(&all.concat());
}

#[test]
fn too_many_unscored_items_make_it_inconclusive() {
    let all = "5".repeat(100);
    check(
        &all,
        &("5".repeat(95) + "?????"),
        "min_pass_rate=0.8",
        expect![[r#"
        200 pass
            5 of 100 items unscored; whatever they are, the pass rate is within 95.0 to 100.0 %
            95 of 95 items pass and 0 fail: 100.0 % (95 % interval 96.1 to 100.0) reaches 80.0 %
    "#]],
    );
    check(
        &all,
        &("5".repeat(94) + "??????"),
        "min_pass_rate=0.8",
        expect![[r#"
        412 inconclusive
            6 of 100 items unscored, more than 5 %, so that the others cannot speak for all; whatever they are, the pass rate is within 94.0 to 100.0 %
            94 of 94 items pass and 0 fail: 100.0 % (95 % interval 96.1 to 100.0) reaches 80.0 %
    "#]],
    );
}

#[test]
fn a_judge_that_finds_canaries_good_decides_nothing() {
    let world = World::new();
    world.connect();
    let set = world.set_of(3);
    let run = world.start(&set, json!({}));
    world.drive();
    let gate = world.call("GET", &format!("/api/runs/{run}/gate?min_pass_rate=0.5"), &Value::Null);
    assert_eq!((gate.status, &gate.json()["verdict"]), (412, &json!("inconclusive")), "{}", gate.text);
    let reason = gate.json()["reasons"][0].as_str().unwrap().to_owned();
    assert!(
        reason.starts_with("the judge cannot be relied on in this run: of 8 canaries it missed"),
        "{reason}"
    );
}

#[test]
fn items_without_an_answer_fail() {
    check(
        &"5".repeat(20),
        &("5".repeat(15) + "!!!!!"),
        "min_pass_rate=0.8",
        expect![[r#"
        412 fail
            15 of 20 items pass and 5 fail, 5 of them for want of an answer: 75.0 % (95 % interval 53.1 to 88.8) does not reach 80.0 %
    "#]],
    );
    check(
        &"5".repeat(100),
        &("5".repeat(80) + &"!".repeat(20)),
        "margin=0.05",
        expect![[r#"
        412 fail
            against the original responses, over 100 items: 20 broke, 0 fixed. Difference -20.0 points (90 % interval -27.3 to -14.3); at a margin of 5 points: worse by more than the margin - do not ship
    "#]],
    );
    check(
        "555",
        "!!!",
        "",
        expect![[r#"
        412 fail
            there is nothing to compare with: the run has no scores of the original responses
    "#]],
    );
}

#[test]
fn a_run_is_held_to_the_originals() {
    check(
        &"5".repeat(60),
        &"5".repeat(60),
        "",
        expect![[r#"
        200 pass
            against the original responses, over 60 items: 0 broke, 0 fixed. Difference 0.0 points (90 % interval -4.3 to 4.3); at a margin of 5 points: not worse by more than the margin
    "#]],
    );
    check(
        "5555",
        "5555",
        "",
        expect![[r#"
            412 inconclusive
                against the original responses, over 4 items: 0 broke, 0 fixed. Difference 0.0 points (90 % interval -40.3 to 40.3); at a margin of 5 points: cannot tell; 4 items can tell a margin of 62.2 points; one of 5 points takes about 619 items
        "#]],
    );
    check(
        &"5".repeat(40),
        &("5".repeat(20) + &"2".repeat(20)),
        "baseline=original",
        expect![[r#"
        412 fail
            against the original responses, over 40 items: 20 broke, 0 fixed. Difference -50.0 points (90 % interval -62.6 to -37.4); at a margin of 5 points: worse by more than the margin - do not ship
    "#]],
    );
}

#[test]
fn a_run_is_held_to_another() {
    let (new, other) = ("5".repeat(60), "5".repeat(40) + &"2".repeat(20));
    let set = LevelledSet::new(&new, &new, &other);
    let (good, bad) = (set.run("new", json!({})), set.run("other", json!({})));
    let strict = set.run("other", json!({"threshold": 0.9}));
    let all = [
        shown(&ask(&set, &good, &format!("baseline={bad}"))),
        shown(&ask(&set, &bad, &format!("baseline={good}&margin=0.1"))),
        shown(&ask(&set, &strict, &format!("baseline={good}"))),
    ];
    expect![[r#"
        200 pass
            against run BAD, over 60 items: 0 broke, 20 fixed. Difference 33.3 points (90 % interval 24.2 to 43.9); at a margin of 5 points: better
        412 fail
            against run GOOD, over 60 items: 20 broke, 0 fixed. Difference -33.3 points (90 % interval -43.9 to -24.2); at a margin of 10 points: worse by more than the margin - do not ship
        412 inconclusive
            it does not compare with run GOOD: their thresholds are 0.8 and 0.9; start one of them again with the other's, which asks nothing again
    "#]].assert_eq(&all.concat().replace(&good, "GOOD").replace(&bad, "BAD"));
    let comparison = ask(&set, &good, &format!("baseline={bad}")).json()["comparison"].clone();
    assert_eq!((&comparison["fixed"], &comparison["verdict"]), (&json!(20), &json!("better")));
}

#[test]
fn a_run_without_originals_is_held_to_its_threshold() {
    let set = LevelledSet::new("5555", "5553", "5555");
    let run = set.run("new", json!({"baseline": false}));
    let all = ["", "baseline=original"].map(|query| shown(&ask(&set, &run, query)));
    expect![[r#"
        412 fail
            3 of 4 items pass and 1 fail: 75.0 % (95 % interval 30.1 to 95.4) does not reach 80.0 %
        412 inconclusive
            there is nothing to compare with: the run has no scores of the original responses
    "#]]
    .assert_eq(&all.concat());
}

#[test]
fn a_run_that_is_not_over_is_to_be_asked_about_again() {
    let set = LevelledSet::new("5555", "5555", "5555");
    let run = set.world.start(&set.id, json!({}));
    let reply = ask(&set, &run, "min_pass_rate=0.5");
    assert_eq!((reply.header("retry-after"), &reply.json()["summary"]), ("5", &Value::Null));
    let paused = {
        set.world.post(&format!("/api/runs/{run}/pause"), &Value::Null);
        ask(&set, &run, "")
    };
    expect![[r#"
        503 incomplete
            the run has not begun: 0 of 4 items done
        503 incomplete
            the run is paused (paused by hand): 0 of 4 items done
    "#]]
    .assert_eq(&(shown(&reply) + &shown(&paused)));
    set.world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    set.world.drive();
    assert_eq!(ask(&set, &run, "min_pass_rate=0.5").status, 200);
    let later = set.world.start(&set.id, json!({"fresh": true}));
    let against = ask(&set, &run, &format!("baseline={later}"));
    expect![[r#"
        503 incomplete
            the run to compare with has not begun: 0 of 4 items done
    "#]]
    .assert_eq(&shown(&against));
}

#[test]
fn the_gate_waits_but_not_for_ever() {
    let set = LevelledSet::new("5", "5", "5");
    let run = set.world.start(&set.id, json!({}));
    let waits = ["", "wait=0", "wait=3", "wait=25", "wait=600"].map(|wait| {
        let before = set.world.clock.now();
        assert_eq!(ask(&set, &run, wait).status, 503);
        set.world.clock.now().since(before) / 1000
    });
    assert_eq!(waits, [0, 0, 3, 25, 25]);
    set.world.drive();
    let before = set.world.clock.now();
    assert_eq!(ask(&set, &run, "min_pass_rate=1&wait=25").status, 200);
    assert!(set.world.clock.now().since(before) < 1000);
}

#[test]
fn a_cancelled_run_fails() {
    let set = LevelledSet::new("5555", "5555", "5555");
    let run = set.world.start(&set.id, json!({}));
    set.world.post(&format!("/api/runs/{run}/cancel"), &Value::Null);
    expect![[r#"
        412 fail
            the run was cancelled with 0 of 4 items done
            nothing is scored, so there is no pass rate
    "#]]
    .assert_eq(&shown(&ask(&set, &run, "min_pass_rate=0")));
}

#[test]
fn a_retry_opens_the_gate_s_question_again() {
    let set = LevelledSet::new("555", "5?5", "555");
    let run = set.run("new", json!({}));
    assert_eq!(ask(&set, &run, "min_pass_rate=0.5").status, 412);
    set.world.post(&format!("/api/runs/{run}/retry"), &Value::Null);
    assert_eq!(ask(&set, &run, "min_pass_rate=0.5").status, 503);
}

#[test]
fn what_does_not_fit_is_refused() {
    let set = LevelledSet::new("5", "5", "5");
    let run = set.run("new", json!({}));
    let asked =
        ["min_pass_rate=80", "margin=-1", "baseline=nothing", "baseline=no/id", "wait=long", "threshold=1"];
    let all = asked.map(|query| ask(&set, &run, query).problem());
    expect![[r#"
        422 ?min_pass_rate min_pass_rate: 80 is not a share; a share is from 0 to 1, such as 0.05 for five points
        422 ?margin margin: -1 is not a share; a share is from 0 to 1, such as 0.05 for five points
        422 ?baseline there is no run "nothing" to compare with
        422 ?baseline baseline: "no/id" is not an id; an id has 1 to 64 letters, digits, '-' or '_'
        422 ?wait wait: it must be a whole number that is not negative
        422 ?threshold unknown parameter "threshold"; known are min_pass_rate, margin, baseline, wait"#]].assert_eq(&all.join("\n"));
    expect!["404 there is no such run"].assert_eq(&ask(&set, "nothing", "").problem());
}

#[test]
fn a_judge_that_people_contradict_decides_nothing() {
    let levels = "5".repeat(20);
    let set = LevelledSet::new(&levels, &levels, &levels);
    let run = set.run("new", json!({}));
    let before = shown(&ask(&set, &run, "min_pass_rate=0.5"));
    let rows = set.world.all(&format!("/api/runs/{run}/results"), 50);
    for (n, row) in rows.iter().enumerate() {
        let label = json!({"run_id": run, "item_id": row["item_id"], "pass": n % 2 == 0});
        set.world.call("PUT", "/api/labels", &label).succeeded();
    }
    let reply = ask(&set, &run, "min_pass_rate=0.5");
    expect![[r#"
        200 pass
            20 of 20 items pass and 0 fail: 100.0 % (95 % interval 83.9 to 100.0) reaches 50.0 %
        412 inconclusive
            the judge is not usable for gates: of 10 that people pass it passes 10, of 10 that they fail it fails 0
            20 of 20 items pass and 0 fail: 100.0 % (95 % interval 83.9 to 100.0) reaches 50.0 %
    "#]].assert_eq(&(before + &shown(&reply)));
    assert_eq!(reply.json()["notes"], json!([]));
}
