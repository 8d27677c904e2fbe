//! Slices by properties: what is stored of an item when it ends, read as columns, and filtered by.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::provider::{error, level, says};
use crate::support::scene::{encoded, id};

/// The number in a text, 0 when there is none.
fn number(text: &str) -> usize {
    let digits = text.split(|letter: char| !letter.is_ascii_digit()).find(|digits| !digits.is_empty());
    digits.map_or(0, |digits| digits.parse().expect("a number"))
}

/// A run of twelve items and two criteria: every third request has a system prompt, answers grow longer, the
/// last has a tag of the name of a property. Even ones fail, of them every other by the second criterion too.
fn scene() -> (Arc<World>, String) {
    let world = World::new();
    world.connect();
    let criteria = json!([{"name": "Accuracy", "question": "Is it right?"}, {"name": "Tone", "question": "Is it kind?"}]);
    let set = id(&world.post("/api/sets", &json!({"name": "Asked", "criteria": criteria})));
    let item = |n: usize| {
        let mut messages = vec![json!({"role": "user", "content": format!("Question {n:02}?")})];
        if n.is_multiple_of(3) {
            messages.insert(0, json!({"role": "system", "content": "Be brief."}));
        }
        let tags = if n == 12 { json!({"turns": "many"}) } else { json!({"third": (n % 3).to_string()}) };
        let feature = if n <= 6 { "early" } else { "late" };
        json!({"request": {"messages": messages}, "reference": "An answer of twenty.", "tags": tags, "feature": feature})
    };
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": (1..=12).map(item).collect::<Vec<_>>()}));
    world.provider.does(|asked| {
        if !asked.is_judge() {
            let n = number(&asked.last());
            return says(&format!("New {n:02}{}", ".".repeat(4 * n)));
        }
        let candidate = asked.candidate();
        let n = number(&candidate);
        if !candidate.starts_with("New") {
            return level(if candidate.starts_with("An answer") { 5 } else { 0 });
        }
        let is_of_tone = asked.body.to_string().contains("Is it kind?");
        let fails = n.is_multiple_of(if is_of_tone { 4 } else { 2 });
        let flags = json!({"instruction_in_data": n == 4, "cannot_judge": false});
        let level = if fails { 1 } else { 5 };
        let said = json!({"evidence": [], "reasoning": "It was judged.", "flags": flags, "level": level});
        says(&said.to_string())
    });
    let run = world.start(&set, json!({}));
    world.drive();
    (world, run)
}

/// Lists the items that are in all of these slices by their numbers, in pages of three.
fn listed(world: &Arc<World>, run: &str, slices: &[(&str, &str)]) -> Vec<usize> {
    let query: Vec<_> =
        slices.iter().map(|(key, value)| format!("slice.{}={}", encoded(key), encoded(value))).collect();
    let rows = world.all(&format!("/api/runs/{run}/results?{}", query.join("&")), 3);
    let mut numbers: Vec<_> =
        rows.iter().map(|row| number(row["request_preview"].as_str().expect("a preview"))).collect();
    numbers.sort_unstable();
    numbers
}

fn check(slices: &[(&str, &str)], expected: Expect) {
    let (world, run) = scene();
    expected.assert_eq(&format!("{:?}", listed(&world, &run, slices)));
}

/// Reads the scores with their items in the order of their numbers.
fn columns(world: &Arc<World>, run: &str, name: &str) -> Value {
    let rows = world.all(&format!("/api/runs/{run}/results"), 200);
    let scores = world.get(&format!("/api/runs/{run}/scores"));
    let number = |item: &Value| {
        let row = rows.iter().find(|row| row["item_id"] == *item).expect("a row");
        number(row["request_preview"].as_str().expect("a preview"))
    };
    let mut order: Vec<_> =
        scores["items"].as_array().expect("items").iter().map(number).enumerate().collect();
    order.sort_unstable_by_key(|(_, number)| *number);
    let sort = |column: &Value| order.iter().map(|(place, _)| column[place].clone()).collect::<Value>();
    match &scores[name] {
        Value::Object(columns) => columns.iter().map(|(key, column)| (key.clone(), sort(column))).collect(),
        column => sort(column),
    }
}

fn shown(columns: &Value) -> String {
    let columns = columns.as_object().expect("columns").iter();
    columns.map(|(key, column)| format!("{key} {column}")).collect::<Vec<_>>().join("\n")
}

#[test]
fn properties_are_columns_beside_the_tags() {
    let (world, run) = scene();
    expect![[r#"
        input_length ["up to 12","up to 12","from 13","up to 12","up to 12","from 13","up to 12","up to 12","from 13","up to 12","up to 12","from 13"]
        length_ratio ["0.5 to 0.8","0.5 to 0.8","0.8 to 1.25","0.8 to 1.25","1.25 to 2","1.25 to 2","1.25 to 2","1.25 to 2","above 2","above 2","above 2","above 2"]
        output_length ["up to 18","up to 18","up to 18","19 to 30","19 to 30","19 to 30","31 to 42","31 to 42","31 to 42","from 43","from 43","from 43"]
        system_prompt ["no","no","yes","no","no","yes","no","no","yes","no","no","yes"]
        third ["1","2","0","1","2","0","1","2","0","1","2",null]
        turns ["1","1","1","1","1","1","1","1","1","1","1","many"]"#]].assert_eq(&shown(&columns(&world, &run, "slices")));
    expect![[r#"
        input_length [12,12,21,12,12,21,12,12,21,12,12,21]
        output_length [10,14,18,22,26,30,34,38,42,46,50,54]"#]]
    .assert_eq(&shown(&columns(&world, &run, "numbers")));
    expect![[r#"[[],[],[],["instruction_in_data"],[],[],[],[],[],[],[],[]]"#]]
        .assert_eq(&columns(&world, &run, "flags").to_string());
}

#[test]
fn an_older_run_has_its_features_and_tags() {
    let (world, run) = scene();
    world.sql("UPDATE outcome SET properties = NULL");
    expect![[r#"
        third ["1","2","0","1","2","0","1","2","0","1","2",null]
        turns [null,null,null,null,null,null,null,null,null,null,null,"many"]"#]]
    .assert_eq(&shown(&columns(&world, &run, "slices")));
    assert_eq!(listed(&world, &run, &[("system_prompt", "yes")]), Vec::<usize>::new());
    assert_eq!(listed(&world, &run, &[("feature", "early"), ("third", "0")]), [3, 6]);
    assert_eq!(world.call("GET", &format!("/api/runs/{run}/summary"), &Value::Null).status, 200);
}

#[test]
fn every_value_of_every_column_finds_its_items() {
    let (world, run) = scene();
    for (key, column) in columns(&world, &run, "slices").as_object().expect("columns") {
        let column = column.as_array().expect("a column");
        for value in column.iter().filter_map(Value::as_str) {
            let places = column.iter().enumerate().filter(|(_, own)| own.as_str() == Some(value));
            let expected: Vec<_> = places.map(|(place, _)| place + 1).collect();
            assert_eq!(listed(&world, &run, &[(key, value)]), expected, "{key}={value}");
        }
    }
}

#[test]
fn results_are_filtered_by_what_is_the_same_of_all_items_too() {
    check(&[("streamed", "no"), ("system_prompt", "yes")], expect!["[3, 6, 9, 12]"]);
    check(&[("streamed", "yes")], expect!["[]"]);
}

#[test]
fn the_tag_of_an_item_wins_over_a_property_of_the_same_name() {
    check(&[("turns", "many")], expect!["[12]"]);
    check(&[("turns", "1"), ("feature", "late")], expect!["[7, 8, 9, 10, 11]"]);
}

#[test]
fn a_quarter_is_found_by_its_name_however_it_is_cut() {
    check(&[("output_length", "up to 20")], expect!["[1, 2, 3]"]);
    check(&[("output_length", "all"), ("feature", "early")], expect!["[1, 2, 3, 4, 5, 6]"]);
    check(&[("output_length", "20")], expect!["[]"]);
    check(&[("output_length", "from 20"), ("output_length", "up to 30")], expect!["[4, 5, 6]"]);
}

#[test]
fn results_are_filtered_by_what_the_judge_said() {
    check(&[("criterion.Accuracy", "failed"), ("criterion.Tone", "met")], expect!["[2, 6, 10]"]);
    check(&[("criterion.Tone", "failed")], expect!["[4, 8, 12]"]);
    check(&[("flag.instruction_in_data", "yes")], expect!["[4]"]);
    check(&[("flag.instruction_in_data", "no")], expect!["[]"]);
}

#[test]
fn a_key_that_nothing_has_finds_nothing_whatever_it_is() {
    let (world, run) = scene();
    for key in ["nothing", "$", "[0]", "\"", "values", "a.b", "criterion.", "flag.", "input_length"] {
        assert_eq!(listed(&world, &run, &[(key, "yes")]), Vec::<usize>::new(), "{key}");
    }
}

/// Reads the texts of a run, a line an item, in the order of their requests.
fn check_texts(world: &Arc<World>, run: &str, query: &str, expected: Expect) {
    let texts = world.get(&format!("/api/runs/{run}/texts?{query}"));
    let column = |name: &str| texts[name].as_array().expect("a column").clone();
    let said = column("requests").into_iter().zip(column("said"));
    let mut lines: Vec<_> = said.map(|(request, said)| format!("{request} {said}")).collect();
    lines.sort();
    assert_eq!(column("items").len(), lines.len());
    expected.assert_eq(&format!("{}\nof {}", lines.join("\n"), texts["outcomes"]));
}

#[test]
fn texts_come_with_the_names_of_topics_and_the_scores_on_demand() {
    let (world, run) = scene();
    let set = world.run(&run)["set_id"].as_str().unwrap().to_owned();
    let named = json!({"name": "Wrong dates", "terms": [["date", 0.8]]});
    world.call("PUT", &format!("/api/sets/{set}/topics"), &named).succeeded();
    let texts = world.get(&format!("/api/runs/{run}/texts"));
    assert_eq!(texts["topics"], world.get(&format!("/api/sets/{set}/topics"))["data"]);
    assert_eq!(texts["topics"][0]["name"], "Wrong dates");
    assert_eq!(texts.get("scores"), None);
    let both = world.get(&format!("/api/runs/{run}/texts?scores=true"));
    assert_eq!(both["scores"], world.get(&format!("/api/runs/{run}/scores")));
    assert_eq!(both["said"], texts["said"]);
}

#[test]
fn texts_say_what_the_judge_says_against_responses() {
    let world = World::new();
    world.connect();
    let criteria =
        ["Accuracy", "Tone", "Form"].map(|name| json!({"name": name, "question": format!("{name}?")}));
    let set = world.set_with(4, json!({"criteria": criteria}));
    world.provider.does(|asked| {
        if !asked.is_judge() {
            return if asked.last().contains('4') { error(400, "no") } else { says(&asked.last()) };
        }
        let candidate = asked.candidate();
        let number = number(&candidate);
        let name = ["Accuracy", "Tone", "Form"].into_iter().find(|name| asked.body.to_string().contains(&format!("{name}?")));
        let name = name.expect("a criterion");
        let level = match (number, name) {
            (1, "Form") | (2, "Accuracy") => 4,
            (2, _) => 1,
            _ => 5,
        };
        let evidence = json!([{"from": "candidate", "quote": candidate}]);
        let flags = json!({"instruction_in_data": false, "cannot_judge": false});
        says(&json!({"evidence": evidence, "reasoning": format!("{name} is {level}."), "flags": flags, "level": level}).to_string())
    });
    let run = world.start(&set, json!({"baseline": false}));
    world.drive();
    check_texts(
        &world,
        &run,
        "",
        expect![[r#"
        "Question 1?" null
        "Question 2?" "Tone is 1. Question 2? Form is 1. Question 2?"
        "Question 3?" null
        "Question 4?" null
        of 4"#]],
    );
    check_texts(
        &world,
        &run,
        "threshold=0",
        expect![[r#"
        "Question 1?" null
        "Question 2?" null
        "Question 3?" null
        "Question 4?" null
        of 4"#]],
    );
    check_texts(
        &world,
        &run,
        "threshold=1",
        expect![[r#"
            "Question 1?" "Form is 4. Question 1?"
            "Question 2?" "Tone is 1. Question 2? Form is 1. Question 2?"
            "Question 3?" null
            "Question 4?" null
            of 4"#]],
    );
}

#[test]
fn of_a_large_run_the_texts_are_a_sample() {
    let (world, run) = scene();
    let items = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2500) ";
    let copy = |into: &str, select: &str, from: &str| {
        world.sql(&format!("{items} INSERT INTO {into} SELECT {select} FROM n, {from}"))
    };
    world.sql("CREATE TABLE one AS SELECT * FROM set_item LIMIT 1");
    copy(
        "set_item (id, set_id, tags, verified, content_key, sketch, request_preview, added_version)",
        "'i' || n, set_id, tags, 0, 'k' || n, '', 'More', 1",
        "one",
    );
    copy("run_item", &format!("'{run}', 1000 + n, 'i' || n, 1, 0, NULL"), "(SELECT 1)");
    copy(
        "outcome (run_id, item_id, attempt, verdict, score, criteria, questions, response_preview, flags, created_at)",
        &format!("'{run}', 'i' || n, 1, 'pass', 1, '[]', '[]', '', '[]', 0"),
        "(SELECT 1)",
    );
    let texts = world.get(&format!("/api/runs/{run}/texts"));
    assert_eq!(texts["items"].as_array().map(Vec::len), Some(2000));
    assert_eq!(texts["items"], world.get(&format!("/api/runs/{run}/texts"))["items"]);
    assert_eq!(texts["outcomes"], 2512);
}
