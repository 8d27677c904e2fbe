//! Reading the form of a run: text in, a checked run or what does not fit out.

use std::fmt::Display;

use serde_json::{Map, Value};
use shared::criteria::Name;
use shared::decimal::Decimal;
use shared::id::SetId;
use shared::judge::Judge;
use shared::mistake::Mistake;
use shared::run::{Budget, Concurrency, NewRun, Sample};
use shared::score::Threshold;
use shared::target::{Prompt, SystemMode, Target, Template};

use crate::components::model;

/// What was typed and chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    pub set: String,
    pub name: String,
    pub target: (String, String),
    pub params: String,
    pub system: System,
    pub system_text: String,
    pub template: String,
    /// Who judges, or what does not fit of that.
    pub judge: Result<Judge, Mistake>,
    pub threshold: String,
    pub concurrency: String,
    pub budget: String,
    pub sample: String,
    pub baseline: bool,
    pub fresh: bool,
    pub seed: u32,
}

/// What becomes of the logged system prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum System {
    #[default]
    Keep,
    Replace,
    Append,
}

/// Reads the form.
///
/// # Errors
/// Says everything that does not fit, each by its place in what is sent.
pub fn read(typed: &Typed) -> Result<NewRun, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let found = &mut mistakes;
    let set = SetId::try_from(typed.set.clone()).map_err(|_| Mistake::new("/set_id", "choose a set"));
    let set = kept(set, found);
    let name = optional(&typed.name).map(|name| Name::try_from(name.to_owned())).transpose();
    let name = kept(name.map_err(|error| at("/name", &error)), found);
    let (provider, model) = typed.target.clone();
    let target = kept(model::read("/target", provider, &model), found);
    let params = kept(params(&typed.params).map_err(|error| at("/target/params", &error)), found);
    let prompt = kept(prompt(typed).map_err(|error| at("/target/prompt/template", &error)), found);
    let judge = kept(typed.judge.clone(), found);
    let threshold: Result<Threshold, _> = typed.threshold.trim().parse();
    let threshold = kept(threshold.map_err(|error| at("/threshold", &error)), found);
    let concurrency = kept(number::<Concurrency>("/concurrency", &typed.concurrency), found);
    let budget = kept(budget(&typed.budget), found);
    let sample = kept(number::<u32>("/sample", &typed.sample), found);
    match (set, name, target, params, prompt, judge, threshold, concurrency, budget, sample) {
        (
            Some(set_id),
            Some(name),
            Some((provider, model)),
            Some(params),
            Some(prompt),
            Some(judge),
            Some(threshold),
            Some(concurrency),
            Some(budget_usd),
            Some(sample),
        ) => Ok(NewRun {
            set_id,
            set_version: None,
            name,
            target: Target { provider, model, params, prompt },
            judge,
            threshold: Some(threshold),
            concurrency: concurrency.unwrap_or_default(),
            budget_usd,
            baseline: typed.baseline,
            fresh: typed.fresh,
            sample: sample.map(|n| Sample { n, seed: u64::from(typed.seed) }),
        }),
        _ => Err(mistakes),
    }
}

/// Gives what fits; what does not is noted.
fn kept<T>(read: Result<T, Mistake>, mistakes: &mut Vec<Mistake>) -> Option<T> {
    read.map_err(|mistake| mistakes.push(mistake)).ok()
}

fn at(pointer: &str, error: &dyn Display) -> Mistake {
    Mistake::new(pointer, error.to_string())
}

fn optional(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// Reads a field that may be empty.
fn number<T: TryFrom<u32, Error: Display>>(pointer: &str, text: &str) -> Result<Option<T>, Mistake> {
    let Some(text) = optional(text) else { return Ok(None) };
    let number: u32 = text.parse().map_err(|_| {
        Mistake::new(pointer, format!("\"{text}\" does not fit; write a whole number such as 16"))
    })?;
    T::try_from(number).map(Some).map_err(|error| at(pointer, &error))
}

fn budget(text: &str) -> Result<Option<Budget>, Mistake> {
    let usd = optional(text).map(str::parse::<Decimal>).transpose();
    let usd = usd.map_err(|error| at("/budget_usd", &error))?;
    let budget = usd.map(|Decimal(usd)| Budget::try_from(usd)).transpose();
    budget.map_err(|error| at("/budget_usd", &error))
}

fn params(text: &str) -> Result<Map<String, Value>, String> {
    match optional(text).map(serde_json::from_str) {
        None => Ok(Map::new()),
        Some(Ok(Value::Object(members))) => Ok(members),
        Some(Ok(_)) => Err("write a JSON object such as {\"temperature\": 0}".to_owned()),
        Some(Err(error)) => {
            Err(format!("this is not JSON ({error}); write an object such as {{\"temperature\": 0}}"))
        }
    }
}

fn prompt(typed: &Typed) -> Result<Option<Prompt>, String> {
    let template = optional(&typed.template).map(|text| Template::try_from(text.to_owned())).transpose();
    let template = template.map_err(|error| error.to_string())?;
    let (system, system_mode) = match typed.system {
        System::Keep => (None, SystemMode::default()),
        System::Replace => (Some(typed.system_text.clone()), SystemMode::Replace),
        System::Append => (optional(&typed.system_text).map(str::to_owned), SystemMode::Append),
    };
    let changes = system.is_some() || template.is_some();
    Ok(changes.then_some(Prompt { system, system_mode, template, tools: None }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(change: fn(&mut Typed), expected: Expect) {
        let judge = r#"{"provider": "demo", "model": "judge"}"#;
        let mut typed = Typed {
            set: "s1".to_owned(),
            name: String::new(),
            target: ("demo".to_owned(), "echo".to_owned()),
            params: String::new(),
            system: System::Keep,
            system_text: String::new(),
            template: String::new(),
            judge: Ok(serde_json::from_str(judge).expect("a judge")),
            threshold: "0.8".to_owned(),
            concurrency: "16".to_owned(),
            budget: String::new(),
            sample: String::new(),
            baseline: true,
            fresh: false,
            seed: 0,
        };
        change(&mut typed);
        let run = read(&typed).map(|run| serde_json::to_string(&run).unwrap_or_default());
        let say = |mistake: &Mistake| format!("{}: {mistake}", mistake.pointer);
        let run = run.unwrap_or_else(|found| found.iter().map(say).collect::<Vec<_>>().join("\n"));
        expected.assert_eq(&run);
    }

    #[test]
    fn what_is_left_empty_is_left_out() {
        check(
            |_| {},
            expect![[
                r#"{"set_id":"s1","target":{"provider":"demo","model":"echo"},"judge":{"provider":"demo","model":"judge","repeats":1},"threshold":0.8,"concurrency":16,"baseline":true,"fresh":false}"#
            ]],
        );
    }

    #[test]
    fn a_prompt_is_sent_when_it_changes_something() {
        check(
            |typed| {
                typed.system = System::Replace;
                typed.system_text = "Be brief.".to_owned();
                typed.params = r#"{"temperature": 0}"#.to_owned();
            },
            expect![[
                r#"{"set_id":"s1","target":{"provider":"demo","model":"echo","params":{"temperature":0},"prompt":{"system":"Be brief.","system_mode":"replace"}},"judge":{"provider":"demo","model":"judge","repeats":1},"threshold":0.8,"concurrency":16,"baseline":true,"fresh":false}"#
            ]],
        );
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        check(
            |typed| {
                typed.set.clear();
                typed.target.1.clear();
                typed.judge = Err(Mistake::new("/judge/model", "name a model"));
                typed.params = "[]".to_owned();
                typed.threshold = "2".to_owned();
                typed.concurrency = "500".to_owned();
                typed.budget = "cheap".to_owned();
                typed.sample = "some".to_owned();
            },
            expect![[r#"
                /set_id: choose a set
                /target/model: name a model
                /target/params: write a JSON object such as {"temperature": 0}
                /judge/model: name a model
                /threshold: 2 is not a threshold; a threshold is from 0 to 1
                /concurrency: a concurrency of 500 is not possible; it is from 1 to 200
                /budget_usd: "cheap" is not a number; write one such as 0.8
                /sample: "some" does not fit; write a whole number such as 16"#]],
        );
        check(|typed| typed.threshold.clear(), expect![[r#"/threshold: "" is not a number from 0 to 1"#]]);
    }
}
