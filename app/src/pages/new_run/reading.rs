//! Reading the form of a run: text in, a checked run or a sentence out.

use serde_json::{Map, Value};
use shared::criteria::Name;
use shared::decimal::Decimal;
use shared::id::SetId;
use shared::judge::Judge;
use shared::provider::ProviderName;
use shared::run::{Budget, Concurrency, NewRun, Sample};
use shared::score::Threshold;
use shared::target::{Prompt, SystemMode, Target, Template};

use crate::wording::fault::sentence;

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
    pub judge: Result<Judge, String>,
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
/// Says in a sentence which field does not fit and what would.
pub fn read(typed: &Typed) -> Result<NewRun, String> {
    let unfit = |field: &str, error: &dyn std::fmt::Display| sentence(&format!("{field}: {error}"));
    let provider = |field: &str, name: &str| {
        ProviderName::try_from(name.to_owned()).map_err(|error| unfit(field, &error))
    };
    let model = |field: &str, model: &str| match model.trim() {
        "" => Err(unfit(field, &"name a model")),
        model => Ok(model.to_owned()),
    };
    let params = params(&typed.params).map_err(|error| unfit("model settings", &error))?;
    let prompt = prompt(typed).map_err(|error| unfit("prompt", &error))?;
    Ok(NewRun {
        set_id: SetId::try_from(typed.set.clone()).map_err(|_| "Choose a set.".to_owned())?,
        set_version: None,
        name: optional(&typed.name)
            .map(|name| Name::try_from(name.to_owned()))
            .transpose()
            .map_err(|error| unfit("name", &error))?,
        target: Target {
            provider: provider("target", &typed.target.0)?,
            model: model("target", &typed.target.1)?,
            params,
            prompt,
        },
        judge: typed.judge.clone()?,
        threshold: number::<Threshold>(&typed.threshold, "threshold")?,
        concurrency: number(&typed.concurrency, "calls at once")?
            .map(|number: u32| Concurrency::try_from(number))
            .transpose()
            .map_err(|error| unfit("calls at once", &error))?
            .unwrap_or_default(),
        budget_usd: number(&typed.budget, "budget")?
            .map(|Decimal(usd)| Budget::try_from(usd))
            .transpose()
            .map_err(|error| unfit("budget", &error))?,
        baseline: typed.baseline,
        fresh: typed.fresh,
        sample: number(&typed.sample, "sample")?.map(|n: u32| Sample { n, seed: u64::from(typed.seed) }),
    })
}

fn optional(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// Reads a field that may be empty.
fn number<T: std::str::FromStr>(text: &str, field: &str) -> Result<Option<T>, String>
where
    T::Err: std::fmt::Display,
{
    let read = optional(text).map(str::parse::<T>).transpose();
    read.map_err(|error| sentence(&format!("{field}: {error}")))
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
        expected.assert_eq(&run.unwrap_or_else(|why| why));
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
    fn the_field_that_does_not_fit_is_named() {
        check(|typed| typed.target.1.clear(), expect!["Target: name a model."]);
        check(|typed| typed.judge = Err("Judge: name a model.".to_owned()), expect!["Judge: name a model."]);
        check(
            |typed| typed.params = "[]".to_owned(),
            expect![[r#"Model settings: write a JSON object such as {"temperature": 0}."#]],
        );
        check(
            |typed| typed.threshold = "2".to_owned(),
            expect!["Threshold: 2 is not a threshold; a threshold is from 0 to 1."],
        );
        check(
            |typed| typed.concurrency = "500".to_owned(),
            expect!["Calls at once: a concurrency of 500 is not possible; it is from 1 to 200."],
        );
        check(
            |typed| typed.budget = "cheap".to_owned(),
            expect![[r#"Budget: "cheap" is not a number; write one such as 0.8."#]],
        );
        check(|typed| typed.set.clear(), expect!["Choose a set."]);
    }
}
