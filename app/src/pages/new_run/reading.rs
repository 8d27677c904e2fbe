//! Reading the form of a run: text in, a checked run or what does not fit out.

use std::fmt::Display;

use shared::criteria::Name;
use shared::decimal::Decimal;
use shared::id::SetId;
use shared::judge::Judge;
use shared::mistake::Mistake;
use shared::run::{Budget, Concurrency, NewRun, Sample};
use shared::score::Threshold;

use super::typed::TypedTarget;

/// What was typed and chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    pub set: String,
    pub name: String,
    pub target: TypedTarget,
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
    let target = typed.target.read().map_err(|wrong| found.extend(wrong)).ok();
    let judge = kept(typed.judge.clone(), found);
    let threshold: Result<Threshold, _> = typed.threshold.trim().parse();
    let threshold = kept(threshold.map_err(|error| at("/threshold", &error)), found);
    let concurrency = kept(number::<Concurrency>("/concurrency", &typed.concurrency), found);
    let budget = kept(budget(&typed.budget), found);
    let sample = kept(number::<u32>("/sample", &typed.sample), found);
    match (set, name, target, judge, threshold, concurrency, budget, sample) {
        (
            Some(set_id),
            Some(name),
            Some(target),
            Some(judge),
            Some(threshold),
            Some(concurrency),
            Some(budget_usd),
            Some(sample),
        ) => Ok(NewRun {
            set_id,
            set_version: None,
            name,
            target,
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

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(change: fn(&mut Typed), expected: Expect) {
        let judge = r#"{"provider": "demo", "model": "judge"}"#;
        let mut typed = Typed {
            set: "s1".to_owned(),
            name: String::new(),
            target: TypedTarget {
                provider: "demo".to_owned(),
                model: "echo".to_owned(),
                ..TypedTarget::default()
            },
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
    fn every_field_that_does_not_fit_is_named() {
        check(
            |typed| {
                typed.set.clear();
                typed.target.model.clear();
                typed.judge = Err(Mistake::new("/judge/model", "name a model"));
                typed.target.params = "[]".to_owned();
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
