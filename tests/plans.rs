//! How the database finds rows: through an index, however many there are.

use std::collections::BTreeSet;
use std::sync::Arc;

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::scene::id;
use crate::support::{Seat, World};

/// The tables that grow with use. The others have a few rows for each person, provider or set; what waits for the audit is
/// taken out of its table with the next entry.
const LARGE: [&str; 17] = [
    "audit",
    "log",
    "log_body",
    "log_text",
    "loose_body",
    "set_item",
    "run",
    "run_event",
    "run_item",
    "canary",
    "completion",
    "judgement",
    "outcome",
    "label",
    "topic_name",
    "saved_view",
    "delivery",
];

/// Does everything that the API and the shards can do, so that every statement is seen.
fn use_everything(world: &Arc<World>) {
    world.connect();
    world.import_sample();
    let log = id(&world.get("/api/logs?limit=1")["data"][0]);
    for filter in [
        "",
        "feature=support",
        "feature=support&feature=code",
        "not.feature=support",
        "feature=",
        "feature=&feature=support",
        "not.feature=&not.feature=support",
        "provider=",
        "model=a&model=b&not.model=c",
        "not.provider=p",
        "not.outcome=success&not.outcome=timeout",
        "not.tag.plan=pro",
        "model=a",
        "provider=p",
        "outcome=success",
        "user=u",
        "session=s",
        "from=2026-01-01&to=2027-01-01",
        "q=refund",
        "q=%25",
        "feature=support&outcome=success",
        "tag.plan=pro",
        "status=200",
        "min_latency_ms=5",
        "min_cost_usd=1",
    ] {
        world.all(&format!("/api/logs?{filter}"), 5);
        for order in ["oldest", "slowest", "fastest", "dearest", "cheapest", "most_tokens", "fewest_tokens"] {
            world.all(&format!("/api/logs?{filter}&order={order}"), 2);
        }
        world.get(&format!("/api/logs/count?{filter}"));
        world.get(&format!("/api/logs/facets?{filter}"));
    }
    world.get(&format!("/api/logs/{log}"));
    let set = world.set_with(3, json!({"scorers": [{"type": "latency", "max_ms": 1000}]}));
    let items = format!("/api/sets/{set}/items");
    world.post(&items, &json!({"log_ids": [log]}));
    world.post(&items, &json!({"filter": {"feature": "support"}, "dedupe": "near"}));
    let item = id(&world.get(&items)["data"][0]);
    world.patch(&format!("{items}/{item}"), &json!({"verified": true}));
    world.patch(&format!("{items}/{item}"), &json!({"reference": "Another."}));
    let item = id(&world.get(&items)["data"][0]);
    world.delete(&format!("{items}/{item}"));
    world.all(&items, 2);
    world.all("/api/sets", 1);
    world.all("/api/audit", 3);
    world.get("/api/audit/check?noted=0000000000000000000000000000000000000000000000000000000000000000");
    world.all(&format!("/api/sets/{set}/versions"), 1);
    world.get(&format!("/api/sets/{set}/coverage"));
    assert_eq!(world.call("GET", &format!("/api/sets/{set}/export"), &Value::Null).status, 200);
    let hook =
        json!({"name": "CI", "url": "https://ci.example.com/hook", "events": ["run.finished", "run.paused"]});
    let hook = format!("/api/webhooks/{}", id(&world.post("/api/webhooks", &hook)));
    let run = world
        .start(&set, json!({"budget_usd": 1, "judge": {"provider": "mock", "model": "judge", "repeats": 3}}));
    world.drive();
    world.post(&format!("/api/runs/{run}/retry"), &Value::Null);
    world.patch(&format!("/api/runs/{run}"), &json!({"concurrency": 1, "budget_usd": 5}));
    world.drive();
    world.post(&format!("/api/runs/{run}/rejudge"), &json!({"fresh": true}));
    world.drive();
    let target = json!({"provider": "mock", "model": "new"});
    let judge = json!({"provider": "mock", "model": "judge"});
    let trial = json!({"judge": judge, "criteria": [{"name": "Short", "question": "Is it short?"}]});
    let tried = id(&world.get(&items)["data"][0]);
    world.post(&format!("{items}/{tried}/trial"), &trial);
    world.post(&items, &json!({"item_ids": [tried], "dedupe": "none"}));
    let twin = id(&world.get(&items)["data"][0]);
    world.post(&format!("{items}/delete"), &json!({"ids": [twin]}));
    world.get(&format!("/api/choices?set_id={set}"));
    world.post("/api/runs/estimate", &json!({"set_id": set, "target": target, "judge": judge}));
    assert_eq!(world.call("GET", &format!("/api/runs/{run}/events"), &Value::Null).status, 200);
    assert_eq!(world.call("GET", &format!("/api/sets/{set}/answers"), &Value::Null).status, 200);
    world.all("/api/runs", 1);
    world.all(&format!("/api/runs?set_id={set}"), 1);
    for order in ["oldest", "name", "set", "best", "dearest"] {
        world.all(&format!("/api/runs?order={order}"), 1);
    }
    for order in ["oldest", "feature", "unverified"] {
        world.all(&format!("{items}?order={order}"), 1);
    }
    for query in ["", "order=delta", "verdict=pass", "slice.feature=support&slice.plan=pro&slice.turns=1"] {
        world.all(&format!("/api/runs/{run}/results?{query}"), 2);
    }
    let item =
        world.get(&format!("/api/runs/{run}/results"))["data"][0]["item_id"].as_str().unwrap().to_owned();
    world.get(&format!("/api/runs/{run}/results?items={item}"));
    let label = json!({"run_id": run, "item_id": item, "criterion": "Accuracy", "level": 4});
    let label = id(&world.call("PUT", "/api/labels", &label).succeeded());
    world.get(&format!("/api/runs/{run}/results/{item}"));
    world.get(&format!("/api/runs/{run}/review"));
    world.get(&format!("/api/runs/{run}/corrected"));
    world.get(&format!("/api/judges/{}/health", world.run(&run)["judge_version"].as_str().unwrap()));
    world.delete(&format!("/api/labels/{label}"));
    world.get(&format!("/api/runs/{run}/scores"));
    world.get(&format!("/api/runs/{run}/texts?threshold=1"));
    let topic = json!({"name": "Dates", "terms": [["date", 1]]});
    world.call("PUT", &format!("/api/sets/{set}/topics"), &topic).succeeded();
    world.get(&format!("/api/sets/{set}/topics"));
    world.get(&format!("/api/runs/{run}/summary"));
    world.get(&format!("/api/compare?base={run}&candidate={run}&scores=true"));
    // The scripted judge finds everything right, its canaries too.
    assert_eq!(world.call("GET", &format!("/api/runs/{run}/gate?wait=1"), &Value::Null).status, 412);
    assert_eq!(world.call("GET", &format!("/api/runs/{run}/report"), &Value::Null).status, 200);
    world.patch("/api/settings", &json!({"log": {"retention_days": 1}}));
    crate::support::drive::finish(world, edge::pipeline::retention::sweep(&Seat::of_router(world))).unwrap();
    let ports = Seat::of_router(world);
    crate::support::drive::finish(world, edge::pipeline::retention::sweep_loose(&ports)).unwrap();
    world.get("/api/settings");
    world.get("/api/webhooks");
    world.patch(&hook, &json!({"name": "Build", "new_secret": true}));
    world.post(&format!("{hook}/test"), &Value::Null);
    crate::support::drive::finish(world, edge::pipeline::deliver::sweep(&Seat::of_router(world))).unwrap();
    crate::support::drive::finish(world, edge::pipeline::reseal::sweep(&Seat::of_router(world))).unwrap();
    world.delete(&hook);
    let view = id(&world.post("/api/views", &json!({"name": "All", "address": "/logs"})));
    world.get("/api/views?path=/logs");
    world.get("/api/views");
    world.delete(&format!("/api/views/{view}"));
    world.post("/api/logs/delete", &json!({"ids": [log]}));
    world.post("/api/logs/delete", &json!({"filter": {"feature": "code"}}));
}

/// Tells whether a statement sorts runs or a set's items as a reader asked for: all of them are gathered.
fn is_sorted_as_asked(sql: &str) -> bool {
    let is_of = |table: &str| sql.contains(&format!(" AS id FROM {table} "));
    (is_of("run JOIN eval_set") || is_of("set_item WHERE set_id = ?")) && sql.contains(" IS NULL, ")
}

#[test]
fn no_large_table_is_read_whole() {
    let world = World::new();
    use_everything(&world);
    let (mut scans, mut of_indexes) = (Vec::new(), BTreeSet::new());
    for (sql, plan) in world.plans() {
        for step in plan {
            let Some(rest) = step.strip_prefix("SCAN ") else { continue };
            let (table, how) = rest.split_once(' ').unwrap_or((rest, ""));
            // Of the table of words, only a match is looked for.
            let is_match = how.starts_with("VIRTUAL TABLE INDEX") && !how.ends_with(':');
            if !LARGE.contains(&table) || is_match || is_sorted_as_asked(&sql) {
                continue;
            }
            if how.starts_with("USING") {
                let head: String = sql.chars().take(60).collect();
                of_indexes.insert(format!("{step}: {}", head.trim_end()));
            } else {
                scans.push(format!("{step}: {sql}"));
            }
        }
    }
    expect![""].assert_eq(&scans.join("\n"));
    // Lists walk an index until a page is full; counts and facets, where nothing narrows them down, walk all of one. Whatever
    // else does is to be seen here.
    expect![[r#"
        SCAN log USING COVERING INDEX log_by_feature: SELECT 'feature' AS facet, feature AS value, count(*) AS cou
        SCAN log USING COVERING INDEX log_by_feature: SELECT count(*) AS n FROM log WHERE (feature IS NULL OR feat
        SCAN log USING COVERING INDEX log_by_feature: SELECT log.id, log.created_at, feature, provider, model, sta
        SCAN log USING COVERING INDEX log_by_model: SELECT 'model' AS facet, model AS value, count(*) AS count F
        SCAN log USING COVERING INDEX log_by_outcome: SELECT 'outcome' AS facet, outcome AS value, count(*) AS cou
        SCAN log USING COVERING INDEX log_by_outcome: SELECT count(*) AS n FROM log WHERE (outcome IS NULL OR outc
        SCAN log USING COVERING INDEX log_by_outcome: SELECT log.id, log.created_at, feature, provider, model, sta
        SCAN log USING COVERING INDEX log_by_provider: SELECT 'provider' AS facet, provider AS value, count(*) AS c
        SCAN log USING COVERING INDEX log_by_provider: SELECT count(*) AS n FROM log WHERE (provider IS NULL OR pro
        SCAN log USING COVERING INDEX log_by_provider: SELECT log.id, log.created_at, feature, provider, model, sta
        SCAN log USING COVERING INDEX log_by_status: SELECT count(*) AS n FROM log WHERE 1 AND NOT coalesce(tags
        SCAN log USING COVERING INDEX log_by_status: SELECT count(*) AS n FROM log WHERE 1 AND tags ->> ? IN (SEL
        SCAN log USING COVERING INDEX log_by_status: SELECT log.id, log.created_at, feature, provider, model, sta
        SCAN log USING COVERING INDEX log_by_status: WITH matched AS MATERIALIZED (SELECT feature, model, provide
        SCAN log USING COVERING INDEX sqlite_autoindex_log_2: SELECT count(*) AS n FROM log WHERE 1
        SCAN log USING COVERING INDEX sqlite_autoindex_log_2: SELECT count(*) AS n FROM log WHERE 1 AND NOT EXISTS (SELECT
        SCAN log USING INDEX log_by_feature: SELECT 'feature' AS facet, feature AS value, count(*) AS cou
        SCAN log USING INDEX log_by_model: SELECT 'model' AS facet, model AS value, count(*) AS count F
        SCAN log USING INDEX log_by_outcome: SELECT 'outcome' AS facet, outcome AS value, count(*) AS cou
        SCAN log USING INDEX log_by_provider: SELECT 'provider' AS facet, provider AS value, count(*) AS c
        SCAN log USING INDEX log_by_time: SELECT log.id, log.created_at, feature, provider, model, sta
        SCAN log USING INDEX log_by_time: SELECT tag.key AS name, tag.value AS value, count(*) AS coun
        SCAN run USING COVERING INDEX run_by_time: SELECT id, created_at FROM run WHERE 1 AND 1 ORDER BY create
        SCAN run USING INDEX run_by_time: SELECT id, set_id, config, (SELECT json_extract(detail, '$.s
        SCAN saved_view USING INDEX sqlite_autoindex_saved_view_1: SELECT id, path, query, name, author, created_at FROM saved_"#]].assert_eq(&of_indexes.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn lists_come_sorted_out_of_an_index() {
    let world = World::new();
    use_everything(&world);
    let is_sorted = |plan: &[String]| plan.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY"));
    let lists = world
        .plans()
        .into_iter()
        .filter(|(sql, plan)| sql.contains(" LIMIT ") && is_sorted(plan))
        .map(|(sql, _)| sql);
    // The values of facets are few, words are found in no order, one person or session has few logs, what is gathered was
    // not found on the way through an index, and runs and a set's items are few enough to be sorted as somebody asks.
    let is_little = |sql: &String| {
        let of_one = sql.contains("user = ?") || sql.contains("session = ?");
        of_one && !sql.contains("ORDER BY log.created_at")
    };
    let is_gathered = |sql: &String| sql.contains("WHERE log.seq IN (SELECT log.seq FROM log WHERE ");
    let known = |sql: &String| {
        sql.contains("GROUP BY")
            || sql.contains("log_text MATCH ?")
            || is_little(sql)
            || is_gathered(sql)
            || is_sorted_as_asked(sql)
    };
    assert_eq!(lists.filter(|sql| !known(sql)).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_features_of_late_are_counted_without_what_came_before() {
    let world = World::new();
    use_everything(&world);
    let plans = world.plans().into_iter().filter(|(sql, _)| sql.starts_with("WITH RECURSIVE each (feature)"));
    let steps: Vec<_> = plans.flat_map(|(_, plan)| plan).filter(|step| step.contains(" log ")).collect();
    expect![[r#"
        SEARCH log USING COVERING INDEX log_by_feature (feature=? AND created_at>?)
        SEARCH log USING COVERING INDEX log_by_feature
        SEARCH log USING COVERING INDEX log_by_feature (feature>?)
        SEARCH log USING COVERING INDEX log_by_feature (feature=? AND created_at>?)"#]]
    .assert_eq(&steps.join("\n"));
}

#[test]
fn a_run_and_a_page_of_its_results_take_no_more_than_an_index_gives() {
    let world = World::new();
    use_everything(&world);
    let mut steps = BTreeSet::new();
    for (sql, plan) in world.plans() {
        let what = if sql.contains(" AS passed") && !sql.contains("ORDER BY run.created_at") {
            "run"
        } else if sql.contains(" AS place ") {
            "results"
        } else {
            continue;
        };
        let of_outcomes = plan
            .iter()
            .filter(|step| ["outcome", "run_item", "ORDER BY"].iter().any(|word| step.contains(word)));
        steps.extend(of_outcomes.map(|step| format!("{what}: {step}")));
    }
    // No step sorts. Rows are read by their primary key only once the index has chosen them.
    expect![[r#"
        results: SEARCH outcome USING INDEX outcome_by_delta (run_id=? AND verdict=? AND (delta_order,item_id)>(?,?))
        results: SEARCH outcome USING INDEX outcome_by_delta (run_id=? AND verdict=?)
        results: SEARCH outcome USING INDEX outcome_by_score (run_id=? AND verdict=? AND (score_order,item_id)>(?,?))
        results: SEARCH outcome USING INDEX outcome_by_score (run_id=? AND verdict=?)
        results: SEARCH outcome USING PRIMARY KEY (run_id=? AND item_id=? AND attempt=?)"#]].assert_eq(&steps.into_iter().collect::<Vec<_>>().join("\n"));
}
