//! Labels: what people say of responses, and what that says of the judge.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::provider::{Asked, error, level, says, usual};
use crate::support::scene::{id, with};
use crate::support::{Reply, World, request};

/// A run of three items, the last of which got no response; its items by number.
fn scene() -> (Arc<World>, String, Vec<String>) {
    let world = World::new();
    world.connect();
    let criteria = json!([{"name": "Accuracy", "question": "Is it right?"}, {"name": "Polite", "question": "Is it polite?", "kind": "binary"}]);
    let set = world.set_with(3, json!({"criteria": criteria}));
    world.provider.does(|asked| match asked.is_judge() {
        true => level(5),
        false if asked.last().contains('3') => error(400, "no"),
        false => says(&format!("An answer to: {}", asked.last())),
    });
    let run = world.start(&set, json!({"baseline": false}));
    world.drive();
    let mut rows = world.all(&format!("/api/runs/{run}/results"), 200);
    rows.sort_by_key(|row| row["request_preview"].to_string());
    let items = rows.iter().map(|row| row["item_id"].as_str().unwrap().to_owned());
    (world, run, items.collect())
}

/// Labels an item as somebody, the operator by no token.
fn put(world: &Arc<World>, token: Option<&str>, run: &str, item: &str, extra: Value) -> Reply {
    let body = with(json!({"run_id": run, "item_id": item}), extra);
    match token {
        None => world.call("PUT", "/api/labels", &body),
        Some(token) => world.send(
            request("PUT", "/api/labels")
                .header("authorization", format!("Bearer {token}"))
                .body(body.to_string().into())
                .unwrap(),
        ),
    }
}

/// Makes a key that may label, and gives its token.
fn key(world: &Arc<World>, name: &str) -> String {
    let made = world.post("/api/keys", &json!({"name": name, "scopes": ["run", "read"]}));
    made["token"].as_str().unwrap().to_owned()
}

/// Reads the labels of a result in one line each.
fn labels(world: &Arc<World>, run: &str, item: &str) -> String {
    let detail = world.get(&format!("/api/runs/{run}/results/{item}"));
    let lines = detail["labels"].as_array().unwrap().iter().map(|label| {
        let mark = if label["level"].is_null() { &label["pass"] } else { &label["level"] };
        let drawn = label["drawn"].as_str().map(|drawn| format!(", {drawn} for {}", label["weight"]));
        format!(
            "{} {mark} on {} {}{}",
            label["author"].as_str().unwrap(),
            label["criterion"].as_str().unwrap_or("all of it"),
            label["note"],
            drawn.unwrap_or_default()
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn check(world: &Arc<World>, run: &str, item: &str, expected: Expect) {
    expected.assert_eq(&labels(world, run, item));
}

#[test]
fn people_label_a_response_as_a_whole_and_on_each_criterion() {
    let (world, run, items) = scene();
    let (anna, ben) = (key(&world, "anna"), key(&world, "ben"));
    put(&world, None, &run, &items[0], json!({"pass": true})).succeeded();
    put(
        &world,
        Some(&anna),
        &run,
        &items[0],
        json!({"criterion": "Accuracy", "level": 3, "note": "Too late."}),
    )
    .succeeded();
    put(&world, Some(&anna), &run, &items[0], json!({"criterion": "Polite", "pass": true})).succeeded();
    put(&world, Some(&ben), &run, &items[0], json!({"criterion": "Accuracy", "pass": true})).succeeded();
    check(
        &world,
        &run,
        &items[0],
        expect![[r#"
            admin true on all of it null
            key:anna 3 on Accuracy "Too late."
            key:anna true on Polite null
            key:ben true on Accuracy null"#]],
    );
    check(&world, &run, &items[1], expect![[""]]);
}

#[test]
fn a_newer_label_of_the_same_person_counts_instead_and_both_are_kept() {
    let (world, run, items) = scene();
    let anna = key(&world, "anna");
    put(&world, Some(&anna), &run, &items[0], json!({"criterion": "Accuracy", "level": 3})).succeeded();
    let first = put(&world, None, &run, &items[0], json!({"criterion": "Accuracy", "level": 2})).succeeded();
    let again = put(&world, None, &run, &items[0], json!({"criterion": "Accuracy", "level": 2})).succeeded();
    assert_eq!(again, first, "the same label again is the one that is there");
    put(&world, None, &run, &items[0], json!({"criterion": "Accuracy", "level": 5})).succeeded();
    check(
        &world,
        &run,
        &items[0],
        expect![[r#"
            key:anna 3 on Accuracy null
            admin 5 on Accuracy null"#]],
    );
    assert_eq!(world.count("label"), 3);
}

#[test]
fn a_label_knows_how_its_item_was_drawn_until_another_draw() {
    let (world, run, items) = scene();
    let drawn = json!({"pass": true, "drawn": "queue", "weight": 1.0});
    let first = put(&world, None, &run, &items[0], drawn.clone()).succeeded();
    assert_eq!(put(&world, None, &run, &items[0], drawn).succeeded(), first);
    // Whoever thinks better of it, on another page perhaps, does not draw the item anew.
    put(&world, None, &run, &items[0], json!({"pass": false})).succeeded();
    check(&world, &run, &items[0], expect!["admin false on all of it null, queue for 1.0"]);
    let again = json!({"pass": false, "drawn": "random", "weight": 2.5});
    put(&world, None, &run, &items[0], again).succeeded();
    check(&world, &run, &items[0], expect!["admin false on all of it null, random for 2.5"]);
    put(&world, None, &run, &items[1], json!({"pass": true, "drawn": "random"})).succeeded();
    check(&world, &run, &items[1], expect!["admin true on all of it null, random for null"]);
}

#[test]
fn a_withdrawn_label_no_longer_counts_and_stays_on_record() {
    let (world, run, items) = scene();
    let (anna, ben) = (key(&world, "anna"), key(&world, "ben"));
    let label = put(&world, Some(&anna), &run, &items[0], json!({"pass": false})).succeeded();
    let path = format!("/api/labels/{}", id(&label));
    let withdraw = |token: &str| {
        let request = request("DELETE", &path).header("authorization", format!("Bearer {token}"));
        world.send(request.body("".into()).unwrap()).problem()
    };
    expect![[r#"403 this needs the scope "admin", which the token does not have"#]]
        .assert_eq(&withdraw(&ben));
    expect!["204 "].assert_eq(&withdraw(&anna));
    expect!["404 there is no such label"].assert_eq(&withdraw(&anna));
    check(&world, &run, &items[0], expect![[""]]);
    assert_eq!(world.count("label"), 2);
    let label = put(&world, Some(&anna), &run, &items[0], json!({"pass": false})).succeeded();
    check(&world, &run, &items[0], expect!["key:anna false on all of it null"]);
    world.delete(&format!("/api/labels/{}", id(&label)));
    check(&world, &run, &items[0], expect![[""]]);
    let by: Vec<_> = world
        .sql("SELECT author, written_by FROM label ORDER BY seq")
        .iter()
        .map(|row| format!("{} {}", row["author"], row["written_by"]))
        .collect();
    expect![[r#"
        "key:anna" "key:anna"
        "key:anna" "key:anna"
        "key:anna" "key:anna"
        "key:anna" "admin""#]]
    .assert_eq(&by.join("\n"));
}

#[test]
fn a_label_that_was_replaced_cannot_be_withdrawn() {
    let (world, run, items) = scene();
    let old = put(&world, None, &run, &items[0], json!({"pass": false})).succeeded();
    put(&world, None, &run, &items[0], json!({"pass": true})).succeeded();
    let path = format!("/api/labels/{}", id(&old));
    expect!["404 there is no such label"].assert_eq(&world.call("DELETE", &path, &Value::Null).problem());
    check(&world, &run, &items[0], expect!["admin true on all of it null"]);
}

#[test]
fn what_cannot_be_labelled_is_said() {
    let (world, run, items) = scene();
    let check = |item: &str, extra: Value, expected: Expect| {
        expected.assert_eq(&put(&world, None, &run, item, extra).problem());
    };
    check(
        &items[2],
        json!({"pass": true}),
        expect!["422 /item_id the target gave no response to this item; there is nothing to label"],
    );
    check(
        &items[0],
        json!({"criterion": "Tone", "pass": true}),
        expect![[r#"422 /criterion there is no criterion "Tone"; known are Accuracy, Polite"#]],
    );
    check(
        &items[0],
        json!({"criterion": "Polite", "level": 3}),
        expect!["422 /level the criterion is binary, and level 3 is neither; give pass, or level 0 or 5"],
    );
    assert_eq!(world.count("label"), 0);
}

#[test]
fn a_label_belongs_to_the_response_whatever_run_it_was_given_in() {
    let (world, run, items) = scene();
    put(&world, None, &run, &items[0], json!({"criterion": "Accuracy", "level": 3})).succeeded();
    put(&world, None, &run, &items[0], json!({"criterion": "Polite", "pass": true})).succeeded();
    let set = world.run(&run)["set_id"].as_str().unwrap().to_owned();
    // Renamed, and asked otherwise.
    let criteria =
        json!([{"name": "Right", "question": "Is it right?"}, {"name": "Polite", "question": "Is it kind?"}]);
    world.patch(&format!("/api/sets/{set}"), &json!({"criteria": criteria}));
    world.provider.forget();
    let other = world.start(
        &set,
        json!({"baseline": false, "judge": {"provider": "mock", "model": "judge", "params": {"top_p": 0.5}}}),
    );
    world.drive();
    check(&world, &other, &items[0], expect!["admin 3 on Right null"]);
    let fresh = world.start(&set, json!({"baseline": false, "fresh": true}));
    world.drive();
    check(&world, &fresh, &items[0], expect![[""]]);
}

/// A run of as many items as there are levels, which the judge gives in the order of the items; the items by
/// number.
fn judged(levels: &[u8], extra: Value) -> (Arc<World>, String, Vec<String>) {
    let world = World::new();
    world.connect();
    let set = world.set_of(levels.len());
    let script = levels.to_vec();
    world.provider.does(move |asked| {
        match judged_item(asked) {
            _ if !asked.is_judge() => usual(asked),
            Some(number) => level(script[number - 1]),
            None => level(0), // A canary.
        }
    });
    let run = world.start(&set, with(json!({"baseline": false}), extra));
    world.drive();
    let mut rows = world.all(&format!("/api/runs/{run}/results"), 200);
    rows.sort_by_key(|row| number(row["request_preview"].as_str().unwrap()));
    let items = rows.iter().map(|row| row["item_id"].as_str().unwrap().to_owned());
    (world, run, items.collect())
}

/// Reads the number of an item out of a text.
fn number(text: &str) -> usize {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// Gives the number of the item whose new response is judged; none of anything else that is asked.
fn judged_item(asked: &Asked) -> Option<usize> {
    if asked.is_judge() { asked.candidate().strip_prefix("An answer to: ").map(number) } else { None }
}

fn health(world: &Arc<World>, run: &str) -> Value {
    world.get(&format!("/api/judges/{}/health", world.run(run)["judge_version"].as_str().unwrap()))
}

/// Tells what a card says in three lines.
fn card(card: &Value) -> String {
    let confusion = &card["confusion"];
    format!(
        "{} by {} and {} disputed: {} both, {} the judge alone, {} people alone, {} neither\n\
         sensitivity {} {}, specificity {} {}\nJ {}, kappa {} {}, AC1 {}",
        card["status"].as_str().unwrap(),
        card["n"],
        card["disputed"],
        confusion["both_pass"],
        confusion["judge_only"],
        confusion["human_only"],
        confusion["both_fail"],
        card["sensitivity"],
        card["sensitivity_interval"],
        card["specificity"],
        card["specificity_interval"],
        card["youden_j"],
        card["kappa"],
        card["kappa_interval"],
        card["gwet_ac1"],
    )
}

#[test]
fn a_judge_is_measured_by_what_people_say_of_the_same_responses() {
    // The vector agree.2x2: 40 that judge and people pass, 9 the judge alone, 6 people alone, 45 neither.
    let judge: Vec<_> = (1..=100).map(|number| if number <= 49 { 5 } else { 1 }).collect();
    let (world, run, items) = judged(&judge, json!({}));
    expect![[r#"
        unlabelled by 0 and 0 disputed: 0 both, 0 the judge alone, 0 people alone, 0 neither
        sensitivity null null, specificity null null
        J null, kappa null null, AC1 null
    "#]]
    .assert_eq(&format!("{}\n", card(&health(&world, &run))));
    for (item, number) in items.iter().zip(1..) {
        let pass = number <= 40 || (50..=55).contains(&number);
        put(&world, None, &run, item, json!({"pass": pass})).succeeded();
    }
    let measured = health(&world, &run);
    expect![[r#"
        validated by 100 and 0 disputed: 40 both, 9 the judge alone, 6 people alone, 45 neither
        sensitivity 0.8695652173913043 [0.74334142220927,0.9388215963796489], specificity 0.8333333333333334 [0.7126348577027084,0.9097560835700274]
        J 0.7028985507246377, kappa 0.6995192307692308 [0.5595903407506924,0.8394481207877693], AC1 0.7007481296758108
    "#]]
    .assert_eq(&format!("{}\n", card(&measured)));
    assert_eq!(card(&measured["items"]), card(&measured));
    assert_eq!(measured["criteria"][0]["status"], "unlabelled", "nothing was said of it");
}

#[test]
fn a_judge_is_not_measured_by_what_it_was_shown_graded() {
    let (world, run, items) = judged(&[5, 5], json!({}));
    for item in &items {
        put(&world, None, &run, item, json!({"pass": true})).succeeded();
    }
    let example = json!({
        "request": "Question 1?", "candidate": "An answer to: Question 1?", "reasoning": "It is right.", "level": 5,
    });
    let criteria = json!([{"name": "Accuracy", "question": "Is it right?", "examples": [example]}]);
    let again = id(&world.post(&format!("/api/runs/{run}/rejudge"), &json!({"criteria": criteria})));
    world.drive();
    assert_eq!(health(&world, &run)["n"], 2);
    assert_eq!(health(&world, &again)["n"], 1);
}

#[test]
fn levels_are_compared_on_each_criterion() {
    // The first ten of the vector agree.ordinal60.
    let people = [5, 3, 1, 4, 2, 4, 0, 2, 4, 2];
    let judge = [5, 4, 1, 4, 2, 5, 1, 3, 5, 2];
    let (world, run, items) = judged(&judge, json!({}));
    for (item, level) in items.iter().zip(people) {
        put(&world, None, &run, item, json!({"criterion": "Accuracy", "level": level})).succeeded();
    }
    let measured = health(&world, &run);
    expect![[r#"
        {"n":10,"kappa_quadratic":0.896265560165975,"alpha_ordinal":0.8971764705882352,"spearman":0.9523857515149966,"mean_error":0.5,"bias":0.5,"length_slope":-0.3333333333333333}
    "#]]
    .assert_eq(&format!("{}\n", measured["criteria"][0]["levels"]));
    assert_eq!(measured["levels"], measured["criteria"][0]["levels"]);
    assert_eq!(measured["items"]["levels"], measured["levels"], "one criterion is the whole");
}

#[test]
fn a_judge_that_likes_length_shows_it() {
    let (world, run, items) = judged(&[1, 2, 3, 4, 5], json!({}));
    world.provider.does(|asked| match judged_item(asked) {
        _ if !asked.is_judge() => {
            says(&format!("An answer to: {} {}", asked.last(), "x".repeat(10 * number(&asked.last()))))
        }
        Some(number) => level(u8::try_from(number).unwrap()),
        None => level(0), // A canary.
    });
    let set = world.run(&run)["set_id"].as_str().unwrap().to_owned();
    let run = world.start(&set, json!({"baseline": false, "fresh": true}));
    world.drive();
    for item in &items {
        put(&world, None, &run, item, json!({"criterion": "Accuracy", "level": 3})).succeeded();
    }
    assert_eq!(health(&world, &run)["levels"]["length_slope"], 1.0);
}

#[test]
fn a_label_measures_every_judge_of_the_response_once() {
    let (world, run, items) = judged(&[5, 5, 1, 1], json!({}));
    let set = world.run(&run)["set_id"].as_str().unwrap().to_owned();
    let again = world.start(&set, json!({"baseline": false}));
    world.drive();
    let strict = json!({"provider": "mock", "model": "judge", "params": {"top_p": 0.5}});
    world.provider.does(|asked| {
        assert!(asked.is_judge(), "the responses are known");
        level(1)
    });
    let strict = id(&world.post(&format!("/api/runs/{run}/rejudge"), &json!({"judge": strict})));
    world.drive();
    let anna = key(&world, "anna");
    put(&world, None, &run, &items[0], json!({"pass": true})).succeeded();
    put(&world, None, &again, &items[1], json!({"pass": false})).succeeded();
    put(&world, None, &strict, &items[2], json!({"pass": false})).succeeded();
    put(&world, Some(&anna), &run, &items[0], json!({"pass": true})).succeeded();
    put(&world, Some(&anna), &run, &items[1], json!({"pass": true})).succeeded();
    let withdrawn = put(&world, None, &run, &items[3], json!({"pass": true})).succeeded();
    world.delete(&format!("/api/labels/{}", id(&withdrawn)));
    expect![[r#"
        weak by 2 and 1 disputed: 1 both, 0 the judge alone, 0 people alone, 1 neither
        sensitivity 1.0 [0.20654931437723745,1.0], specificity 1.0 [0.20654931437723745,1.0]
        J 1.0, kappa 1.0 null, AC1 1.0
    "#]]
    .assert_eq(&format!("{}\n", card(&health(&world, &run))));
    assert_eq!(health(&world, &again), health(&world, &run));
    expect![[r#"
        not_usable by 2 and 1 disputed: 0 both, 0 the judge alone, 1 people alone, 1 neither
        sensitivity 0.0 [0.0,0.7934506856227626], specificity 1.0 [0.20654931437723745,1.0]
        J 0.0, kappa 0.0 null, AC1 0.2
    "#]]
    .assert_eq(&format!("{}\n", card(&health(&world, &strict))));
}

#[test]
fn what_the_queue_picked_does_not_say_how_often_the_judge_is_right() {
    let (world, run, items) = judged(&[5, 5, 5, 1], json!({}));
    let label = |item: usize, level: u8, drawn: Value| {
        let extra = with(json!({"criterion": "Accuracy", "level": level}), drawn);
        put(&world, None, &run, &items[item], extra).succeeded();
    };
    label(0, 5, json!({"drawn": "queue"}));
    label(1, 1, json!({"drawn": "queue"}));
    label(2, 5, json!({}));
    label(3, 1, json!({}));
    let measured = health(&world, &run);
    let counted = |card: &Value| (card["n"].clone(), card["queued"].clone(), card["levels"]["n"].clone());
    assert_eq!(counted(&measured), (json!(2), json!(2), json!(4)));
    assert_eq!(counted(&measured["items"]), (json!(2), json!(2), json!(4)));
    assert_eq!(
        measured["specificity"], 1.0,
        "where people fail it and the judge passes it, the queue picked it"
    );
}

#[test]
fn what_the_judge_could_not_judge_measures_nothing() {
    let (world, run, items) = judged(&[5, 9], json!({}));
    for item in &items {
        put(&world, None, &run, item, json!({"criterion": "Accuracy", "pass": true})).succeeded();
    }
    let measured = health(&world, &run);
    assert_eq!((&measured["n"], &measured["items"]["n"]), (&json!(1), &json!(1)));
}

#[test]
fn a_judge_that_contradicts_itself_flips() {
    let world = World::new();
    world.connect();
    let set = world.set_of(4);
    let mut levels = [5, 5, 3].into_iter().cycle();
    world.provider.does(move |asked| {
        if judged_item(asked).is_some() { level(levels.next().unwrap()) } else { usual(asked) }
    });
    let judge = json!({"provider": "mock", "model": "judge", "repeats": 3});
    let run = world.start(&set, json!({"baseline": false, "concurrency": 1, "judge": judge}));
    world.drive();
    expect![[r#"
        {"n":4,"rate":0.6666666666666666}
    "#]]
    .assert_eq(&format!("{}\n", health(&world, &run)["flips"]));
}

#[test]
fn a_judge_that_is_asked_anew_shows_its_noise_and_whether_it_drifted() {
    let levels: Vec<u8> = (1..=24).map(|number| if number % 2 == 0 { 5 } else { 1 }).collect();
    let models = json!({"judge": {"provider": "mock", "model": "gpt-judge"}, "target": {"provider": "mock", "model": "gpt-4o"}});
    let (world, run, items) = judged(&levels, models);
    let steadiness = |run: &str| {
        let health = health(&world, run);
        format!("again {}, drift {}, family {}\n", health["again"], health["drift"], health["family"])
    };
    for (item, level) in items.iter().zip(&levels) {
        put(&world, None, &run, item, json!({"pass": *level == 5})).succeeded();
    }
    expect![[r#"
        again null, drift null, family {"own":{"n":24,"mean":0.0},"others":null,"gap":null,"gap_interval":null}
    "#]].assert_eq(&steadiness(&run));
    // It fails now what it passed before, of every third item.
    world.provider.does(move |asked| match judged_item(asked) {
        Some(number) => level(if number % 3 == 0 { 1 } else { levels[number - 1] }),
        None => level(0), // A canary.
    });
    let anew = id(&world.post(&format!("/api/runs/{run}/rejudge"), &json!({"fresh": true})));
    world.drive();
    assert_eq!(world.run(&anew)["judge_version"], world.run(&run)["judge_version"]);
    expect![[r#"
        again {"n":24,"rate":0.16666666666666666,"interval":[0.06678676328632951,0.3585307064969906],"items_for_margin":413}, drift {"n":24,"kappa_before":1.0,"kappa_now":0.6666666666666667,"drifted":true}, family {"own":{"n":24,"mean":-0.16666666666666666},"others":null,"gap":null,"gap_interval":null}
    "#]].assert_eq(&steadiness(&run));
}

#[test]
fn a_judge_that_is_asked_several_times_shows_how_often_is_best() {
    let world = World::new();
    world.connect();
    let set = world.set_of(6);
    let mut turn = [0, 0, 1].into_iter().cycle();
    world.provider.does(move |asked| match judged_item(asked) {
        Some(number) => {
            level(u8::try_from(number).unwrap() - 1 - turn.next().unwrap().min(u8::from(number > 1)))
        }
        None => usual(asked),
    });
    let judge = json!({"provider": "mock", "model": "judge", "repeats": 3});
    let run = world.start(&set, json!({"baseline": false, "concurrency": 1, "judge": judge}));
    world.drive();
    expect![[r#"
        {"n":6,"repeats":3,"judge_variance":0.011111111111111112,"item_variance":0.1237037037037037,"icc":0.9175824175824177,"icc_of_means":0.9709302325581395,"best_repeats":1.0,"target_cost":1.0}
    "#]].assert_eq(&format!("{}\n", health(&world, &run)["noise"]));
}

fn corrected(world: &Arc<World>, run: &str) -> String {
    let mut corrected = world.get(&format!("/api/runs/{run}/corrected"));
    for source in corrected["sources"].as_array_mut().unwrap() {
        source.as_object_mut().unwrap().remove("run_id");
    }
    format!("{corrected}\n")
}

#[test]
fn a_pass_rate_is_corrected_by_labels_and_says_whose_they_are() {
    // Of forty the judge passes thirty, of which people pass twenty-five, and of the others none.
    let levels: Vec<u8> = (1..=40).map(|number| if number <= 30 { 5 } else { 1 }).collect();
    let (world, run, items) = judged(&levels, json!({}));
    expect![[r#"
        {"observed":{"passed":30,"scored":40,"rate":0.75,"interval":[0.5980603857923197,0.858128813609037]},"corrected":null,"why_not":"too_few_labels","people_pass":0,"people_fail":0,"sources":[]}
    "#]].assert_eq(&corrected(&world, &run));
    for (item, number) in items.iter().zip(1..) {
        put(&world, None, &run, item, json!({"pass": number <= 25})).succeeded();
    }
    expect![[r#"
        {"observed":{"passed":30,"scored":40,"rate":0.75,"interval":[0.5980603857923197,0.858128813609037]},"corrected":{"method":"judge_accuracy","rate":0.6249999999999999,"interval":[0.31254611593429055,0.850428322167726]},"why_not":null,"people_pass":25,"people_fail":15,"sources":[{"labels":40,"name":"mock/new","same_target":true}]}
    "#]].assert_eq(&corrected(&world, &run));
    // Another model has no labels of its own.
    let set = world.run(&run)["set_id"].as_str().unwrap().to_owned();
    let other = json!({"baseline": false, "target": {"provider": "mock", "model": "other"}, "name": "Other"});
    let other = world.start(&set, other);
    world.drive();
    expect![[r#"
        {"observed":{"passed":30,"scored":40,"rate":0.75,"interval":[0.5980603857923197,0.858128813609037]},"corrected":{"method":"judge_accuracy","rate":0.6249999999999999,"interval":[0.31254611593429055,0.850428322167726]},"why_not":null,"people_pass":25,"people_fail":15,"sources":[{"labels":40,"name":"mock/new","same_target":false}]}
    "#]].assert_eq(&corrected(&world, &other));
    // From another threshold on, or by another judge, it would be another pass rate.
    let strict =
        json!({"baseline": false, "target": {"provider": "mock", "model": "other"}, "threshold": 0.9});
    let strict = world.start(&set, strict);
    world.drive();
    assert!(corrected(&world, &strict).contains("too_few_labels"));
}

#[test]
fn labels_drawn_by_lot_from_the_run_itself_correct_it_best() {
    let levels: Vec<u8> = (1..=60).map(|number| if number <= 45 { 5 } else { 1 }).collect();
    let (world, run, _) = judged(&levels, json!({}));
    for _ in 0..2 {
        let picked = world.get(&format!("/api/runs/{run}/review"));
        for picked in picked["data"].as_array().unwrap() {
            let pass = number(picked["request_preview"].as_str().unwrap()) <= 40;
            let label = json!({"pass": pass, "drawn": picked["drawn"], "weight": picked["weight"]});
            put(&world, None, &run, picked["item_id"].as_str().unwrap(), label).succeeded();
        }
    }
    expect![[r#"
        {"observed":{"passed":45,"scored":60,"rate":0.75,"interval":[0.6276792992295218,0.8422347746994333]},"corrected":{"method":"random_labels","rate":0.6869777777777779,"interval":[0.5609516058051975,0.8130039497503583]},"why_not":null,"people_pass":29,"people_fail":11,"sources":[{"labels":40,"name":"mock/new","same_target":true}]}
    "#]].assert_eq(&corrected(&world, &run));
}

/// Reads what to label next, one line each: why, by lot or not, how many it stands for, and what is judged.
fn to_label(world: &Arc<World>, run: &str) -> Vec<String> {
    let list = world.get(&format!("/api/runs/{run}/review"));
    let lines = list["data"].as_array().unwrap().iter().map(|picked| {
        format!(
            "{}, {} for {}: {} {} {}",
            picked["why"].as_str().unwrap_or("nothing odd"),
            picked["drawn"].as_str().unwrap(),
            picked["weight"],
            picked["request_preview"].as_str().unwrap(),
            picked["verdict"].as_str().unwrap(),
            picked["flags"],
        )
    });
    lines.collect()
}

/// A run of eight items: the first broke, the second was fixed, the judge is torn about the third and saw
/// instructions to it in the fourth, did not judge the fifth, the sixth got no response.
fn odd() -> (Arc<World>, String) {
    let world = World::new();
    world.connect();
    let set = world.set_of(8);
    let mut torn = [4, 3, 1].into_iter().cycle();
    world.provider.does(move |asked| {
        if !asked.is_judge() {
            return if asked.last().contains('6') { error(400, "no") } else { usual(asked) };
        }
        match judged_item(asked) {
            Some(1) => level(1),
            Some(3) => level(torn.next().unwrap()),
            Some(4) => {
                let flags = json!({"instruction_in_data": true, "cannot_judge": false});
                says(&json!({"evidence": [], "reasoning": "r", "flags": flags, "level": 5}).to_string())
            }
            Some(5) => says("?"),
            None if asked.is_about("The original answer to question 2.") => level(1),
            _ => level(5),
        }
    });
    let judge = json!({"provider": "mock", "model": "judge", "repeats": 3});
    let run = world.start(&set, json!({"judge": judge}));
    world.drive();
    (world, run)
}

#[test]
fn what_is_odd_is_labelled_next_and_every_other_one_is_by_lot() {
    let (world, run) = odd();
    expect![[r#"
        flipped, random for 1.0: Question 2? pass []
        nothing odd, random for 1.0: Question 8? pass []
        doubtful, random for 1.0: Question 4? pass ["instruction_in_data"]
        flipped, random for 1.0: Question 1? fail []
        nothing odd, random for 1.0: Question 7? pass []
        torn, random for 1.0: Question 3? fail []"#]]
    .assert_eq(&to_label(&world, &run).join("\n"));
    assert_eq!(to_label(&world, &run), to_label(&world, &run), "nothing changed");
    let list = world.get(&format!("/api/runs/{run}/review"));
    assert!(list["data"].as_array().unwrap().iter().all(|picked| picked.get("request").is_none()));
}

#[test]
fn what_scorers_say_otherwise_is_labelled_next() {
    let world = World::new();
    world.connect();
    let scorers = json!([{"type": "contains", "value": "Question 1"}, {"type": "latency", "max_ms": 1}]);
    let set = world.set_with(2, json!({"scorers": scorers}));
    let run = world.start(&set, json!({"baseline": false}));
    world.drive();
    expect![[r#"
        nothing odd, random for 1.0: Question 1? pass []
        against_checks, random for 1.0: Question 2? pass []"#]]
    .assert_eq(&to_label(&world, &run).join("\n"));
}

#[test]
fn what_has_a_label_is_not_to_be_labelled_next() {
    let (world, run) = odd();
    let first =
        world.get(&format!("/api/runs/{run}/review"))["data"][0]["item_id"].as_str().unwrap().to_owned();
    let label = put(&world, None, &run, &first, json!({"pass": false})).succeeded();
    let open = || world.get(&format!("/api/runs/{run}/review"))["data"].to_string().contains(&first);
    assert!(!open());
    world.delete(&format!("/api/labels/{}", id(&label)));
    assert!(open());
}

#[test]
fn twenty_are_to_be_labelled_at_a_time() {
    let levels = [5; 50];
    let (world, run, items) = judged(&levels, json!({}));
    let picked = to_label(&world, &run);
    assert_eq!(picked.len(), 20);
    assert!(picked.iter().all(|line| line.starts_with("nothing odd, random for 2.5")), "{picked:?}");
    for item in &items {
        put(&world, None, &run, item, json!({"pass": true})).succeeded();
    }
    assert_eq!(to_label(&world, &run), Vec::<String>::new());
}
