//! Facts → events: a run told as it happens.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use expect_test::expect;
use serde_json::{Value, json};

use crate::support::drive::Drive;
use crate::support::{ADMIN, Reply, World, provider, request, shows};

/// One event as a listener reads it.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

/// Listens to a run until the stream closes.
fn listen(world: &Arc<World>, run: &str, last: Option<&str>) -> Reply {
    let mut listening =
        request("GET", &format!("/api/runs/{run}/events")).header("authorization", format!("Bearer {ADMIN}"));
    if let Some(last) = last {
        listening = listening.header("last-event-id", last);
    }
    world.send(listening.body(Body::empty()).unwrap())
}

fn events(reply: &Reply) -> Vec<Event> {
    let blocks = reply.text.split("\n\n").filter(|block| block.starts_with("event: "));
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name} in {block}")).to_owned()
    };
    let read = blocks.map(|block| Event {
        name: field(block, "event"),
        id: field(block, "id"),
        data: serde_json::from_str(&field(block, "data")).unwrap(),
    });
    read.collect()
}

/// Gives the items of the outcomes that are told, in that order.
fn items(events: &[Event]) -> Vec<String> {
    let outcomes = events.iter().filter(|event| event.name == "outcome");
    outcomes.map(|event| event.data["item_id"].as_str().unwrap().to_owned()).collect()
}

/// Gives how a run stands by its last progress.
fn last_progress(events: &[Event]) -> Value {
    events.iter().rfind(|event| event.name == "progress").map(|event| event.data.clone()).unwrap()
}

fn world_with(n: usize) -> (Arc<World>, String) {
    let world = World::new();
    world.connect();
    let set = world.set_of(n);
    (world, set)
}

#[test]
fn a_run_that_is_over_is_told_whole_and_closed() {
    let (world, set) = world_with(3);
    let run = world.start(&set, json!({}));
    world.drive();
    let reply = listen(&world, &run, None);
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/event-stream"));
    assert_eq!(reply.header("cache-control"), "no-store");
    let told = events(&reply);
    assert_eq!(told.len(), 3 + 1);
    let page = world.get(&format!("/api/runs/{run}/results"));
    for event in &told[..told.len() - 1] {
        assert!(page["data"].as_array().unwrap().contains(&event.data), "a row of the results: {event:?}");
    }
    let (progress, whole) = (last_progress(&told), world.run(&run));
    for (name, value) in progress.as_object().unwrap() {
        assert_eq!(*value, whole[name], "{name} is as the run says");
    }
    let without_rows: Vec<_> = told.iter().map(|event| event.name.as_str()).collect();
    shows(
        &without_rows.join(" "),
        &expect![[r#"
        outcome outcome outcome progress
    "#]],
    );
}

#[test]
fn a_listener_who_comes_back_hears_the_rest_and_nothing_twice() {
    let (world, set) = world_with(7);
    let run = world.start(&set, json!({}));
    world.drive();
    let all = events(&listen(&world, &run, None));
    assert_eq!(all.iter().map(|event| &event.id).collect::<BTreeSet<_>>().len(), all.len(), "ids are unique");
    for heard in 1..all.len() {
        let rest = events(&listen(&world, &run, Some(&all[heard - 1].id)));
        assert_eq!(rest, all[heard..]);
    }
    let after_all = events(&listen(&world, &run, Some(&all[all.len() - 1].id)));
    assert_eq!(after_all, all[all.len() - 1..], "the last progress once more, and no outcome");
}

#[test]
fn outcomes_that_several_shards_store_in_between_are_each_told_once() {
    for seed in 0..4 {
        let world = World::seeded(seed);
        world.connect();
        let set = world.set_of(30);
        let run = world.start(&set, json!({"concurrency": 18}));
        let mut drive = Drive::new(&world);
        let (mut told, mut last) = (Vec::new(), None);
        loop {
            let before = world.count("outcome");
            let goes_on = drive.until(|world| world.count("outcome") > before);
            let heard = events(&listen(&world, &run, last.as_deref()));
            last = heard.last().map(|event| event.id.clone()).or(last);
            told.extend(heard);
            if !goes_on {
                break;
            }
        }
        let items = items(&told);
        let different: BTreeSet<_> = items.iter().collect();
        assert_eq!((items.len(), different.len()), (30, 30), "seed {seed}");
        assert_eq!(last_progress(&told)["status"], "done");
    }
}

#[test]
fn no_progress_counts_an_outcome_that_is_not_told_yet() {
    let (world, set) = world_with(250);
    let run = world.start(&set, json!({}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.count("outcome") > 130);
    let mut told = 0;
    for event in events(&listen(&world, &run, None)) {
        match event.name.as_str() {
            "outcome" => told += 1,
            _ => assert_eq!(event.data["counts"]["done"], told),
        }
    }
    assert!(told > 130);
}

#[test]
fn a_stream_without_news_says_that_it_is_there_and_closes_within_a_minute() {
    let (world, set) = world_with(2);
    let run = world.start(&set, json!({}));
    world.post(&format!("/api/runs/{run}/pause"), &Value::Null);
    world.configure(|settings| settings.slice_limit = 1_000);
    let began = world.clock.now();
    let reply = listen(&world, &run, None);
    assert!(world.clock.now().since(began) < 60_000);
    shows(
        &reply.text,
        &expect![[r#"
            retry: 1000

            event: progress
            id: 0..1.0
            data: {"status":"paused","reason":"paused by hand","resumes_at":null,"counts":{"total":2,"done":0,"passed":0,"failed":0,"unscored":0,"errored":0},"calls":{"target":0,"judge":0,"memoised":0,"retried":0},"duplicate_calls":0,"cost_usd":0.0,"concurrency":{"asked":6,"now":0},"eta_seconds":null,"finished_at":null}

            : still here

            : still here

            : still here

            : still here

            : still here


        "#]],
    );
}

#[test]
fn an_item_that_is_tried_again_is_told_again() {
    let (world, set) = world_with(2);
    world.provider.does(|asked| {
        if asked.is_judge() && asked.number < 40 { provider::says("No.") } else { provider::usual(asked) }
    });
    let run = world.start(&set, json!({}));
    world.drive();
    let first = events(&listen(&world, &run, None));
    world.provider.does(provider::usual);
    world.post(&format!("/api/runs/{run}/retry"), &Value::Null);
    world.drive();
    let last = first.last().map(|event| event.id.clone());
    let again = events(&listen(&world, &run, last.as_deref()));
    assert_eq!((items(&first).len(), items(&again).len()), (2, 2));
    assert!(
        again.iter().filter(|event| event.name == "outcome").all(|event| event.data["verdict"] == "pass")
    );
}

#[test]
fn nobody_listens_to_a_run_that_is_not_there() {
    let (world, _) = world_with(1);
    shows(
        &listen(&world, "nothing", None).problem(),
        &expect![[r#"
        404 there is no such run
    "#]],
    );
}
