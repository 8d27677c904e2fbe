//! Scenes that many tests begin with.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Reply, World};

/// Puts the members of `extra` into an object.
pub fn with(mut object: Value, extra: Value) -> Value {
    let Value::Object(extra) = extra else { panic!("an object") };
    object.as_object_mut().expect("an object").extend(extra);
    object
}

/// Gives the id of what was made.
pub fn id(made: &Value) -> String {
    made["id"].as_str().expect("an id").to_owned()
}

/// Writes a value for a query string.
pub fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A record of a chat request and its answer, as files hold it.
pub fn pair(request: &str, response: &str, extra: Value) -> Value {
    let record = json!({
        "created": 1_793_000_000,
        "request": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": request}]},
        "response": response,
    });
    with(record, extra)
}

impl World {
    /// Imports records.
    pub fn import(self: &Arc<Self>, records: impl IntoIterator<Item = Value>) -> Value {
        let lines: Vec<_> = records.into_iter().map(|record| record.to_string()).collect();
        self.post_text("/api/logs/import", lines.join("\n")).succeeded()
    }

    /// Imports the sample that the app offers.
    pub fn import_sample(self: &Arc<Self>) -> Value {
        self.post_text("/api/logs/import", include_str!("../../shared/samples/sample_logs.jsonl")).succeeded()
    }

    /// Reads a list to its end, so many rows at a time.
    pub fn all(self: &Arc<Self>, path: &str, limit: u32) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{sign}limit={limit}&cursor={cursor}"));
            rows.extend(page["data"].as_array().expect("a list").iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { return rows };
            cursor = next.to_owned();
        }
    }

    /// Connects the scripted provider as `mock`, with prices.
    pub fn connect(self: &Arc<Self>) -> Value {
        let priced =
            |model: &str| json!({"id": model, "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 10.0});
        let provider = json!({
            "name": "mock", "protocol": "openai", "base_url": "http://127.0.0.1:9099/v1", "api_key": "sk-0123456789abcd",
            "models": [priced("new"), priced("judge")],
        });
        self.post("/api/providers", &provider)
    }

    /// Makes a set of `n` questions with their answers, judged by one criterion.
    pub fn set_of(self: &Arc<Self>, n: usize) -> String {
        self.set_with(n, json!({}))
    }

    /// Makes such a set with other criteria, or whatever else.
    pub fn set_with(self: &Arc<Self>, n: usize, extra: Value) -> String {
        let new = json!({"name": format!("Set {}", self.count("eval_set") + 1), "criteria": [{"name": "Accuracy", "question": "Is it right?"}]});
        let set = id(&self.post("/api/sets", &with(new, extra)));
        let item = |n: usize| json!({"request": format!("Question {n}?"), "reference": format!("The original answer to question {n}.")});
        let items: Vec<_> = (1..=n).map(item).collect();
        self.post(&format!("/api/sets/{set}/items"), &json!({"items": items}));
        set
    }

    /// Asks for a run of a set by the scripted provider.
    pub fn ask_run(self: &Arc<Self>, set: &str, extra: Value) -> Reply {
        let new = json!({
            "set_id": set, "target": {"provider": "mock", "model": "new"}, "judge": {"provider": "mock", "model": "judge"},
            "concurrency": 6,
        });
        self.call("POST", "/api/runs", &with(new, extra))
    }

    /// Starts such a run.
    pub fn start(self: &Arc<Self>, set: &str, extra: Value) -> String {
        id(&self.ask_run(set, extra).succeeded())
    }

    /// Reads a run.
    pub fn run(self: &Arc<Self>, run: &str) -> Value {
        self.get(&format!("/api/runs/{run}"))
    }

    /// Reads a run in two lines: where it stands and what became of its items; which calls it took.
    pub fn standing(self: &Arc<Self>, run: &str) -> String {
        let run = self.run(run);
        let (counts, calls) = (&run["counts"], &run["calls"]);
        let reason = run["reason"].as_str().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!(
            "{}{reason}: {} of {} done, {} pass, {} fail, {} unscored, {} errored\n{} target, {} judge, {} memoised, {} retried calls",
            run["status"].as_str().unwrap(),
            counts["done"],
            counts["total"],
            counts["passed"],
            counts["failed"],
            counts["unscored"],
            counts["errored"],
            calls["target"],
            calls["judge"],
            calls["memoised"],
            calls["retried"],
        )
    }
}

/// A set whose responses are given levels that a test writes down: an item a letter, 0 to 5, `?` for one that
/// the judge cannot grade, `!` for one that the target does not answer.
pub struct LevelledSet {
    pub world: Arc<World>,
    pub id: String,
}

impl LevelledSet {
    /// Makes a world with such a set: the levels of the originals, and of the targets `new` and `other`.
    pub fn new(originals: &str, new: &str, other: &str) -> Self {
        let world = World::new();
        world.connect();
        let lines = [originals, new, other].map(str::to_owned);
        world.provider.does(move |asked| {
            let level = |side: usize, number: usize| char::from(lines[side].as_bytes()[number - 1]);
            if !asked.is_judge() {
                let (model, question) =
                    (asked.body["model"].as_str().expect("a model").to_owned(), asked.last());
                let side = if model == "new" { 1 } else { 2 };
                return match level(side, number(&question)) {
                    '!' => super::provider::error(400, "no"),
                    _ => super::provider::says(&format!("{model} answers: {question}")),
                };
            }
            let number = number(&asked.case()["request"].to_string());
            let responses = [
                format!("The original answer to question {number}."),
                format!("new answers: Question {number}?"),
                format!("other answers: Question {number}?"),
            ];
            // What is none of these is a canary.
            let side = responses.iter().position(|response| *response == asked.candidate());
            match side.map_or(Some(0), |side| level(side, number).to_digit(6)) {
                Some(digit) => super::provider::level(u8::try_from(digit).expect("a digit")),
                None => super::provider::says("I do not know."),
            }
        });
        Self::of(&world, originals)
    }

    /// Makes another set of as many items in the same world.
    pub fn of(world: &Arc<World>, originals: &str) -> Self {
        Self { world: Arc::clone(world), id: world.set_of(originals.len()) }
    }

    /// Runs it by one of the targets, to the end.
    pub fn run(&self, model: &str, extra: Value) -> String {
        let target = json!({"target": {"provider": "mock", "model": model}});
        let run = self.world.start(&self.id, with(target, extra));
        self.world.drive();
        run
    }
}

/// Reads the first number in a text.
fn number(text: &str) -> usize {
    let digits = text.split(|letter: char| !letter.is_ascii_digit()).find(|digits| !digits.is_empty());
    digits.expect("a number").parse().expect("a number")
}
