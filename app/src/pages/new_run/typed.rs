//! A target as it is typed: out of one that there is, and into what is sent.

use serde_json::{Map, Value};
use shared::mistake::Mistake;
use shared::params::check_tools;
use shared::target::{Prompt, SystemMode, Target, Template};

use crate::components::model;

/// What of a target was typed and chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TypedTarget {
    pub provider: String,
    pub model: String,
    /// JSON, or nothing.
    pub params: String,
    pub system: System,
    pub system_text: String,
    pub template: String,
    /// JSON, or nothing to keep the logged ones.
    pub tools: String,
}

/// What becomes of the logged system prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum System {
    #[default]
    Keep,
    Replace,
    Append,
}

impl From<&Target> for TypedTarget {
    fn from(target: &Target) -> Self {
        let prompt = target.prompt.clone().unwrap_or_default();
        let system = match (&prompt.system, prompt.system_mode) {
            (None, _) => System::Keep,
            (Some(_), SystemMode::Replace) => System::Replace,
            (Some(_), SystemMode::Append) => System::Append,
        };
        let params = Value::Object(target.params.clone());
        Self {
            provider: target.provider.to_string(),
            model: target.provider.own_model(&target.model).to_owned(),
            params: if target.params.is_empty() { String::new() } else { format!("{params:#}") },
            system,
            system_text: prompt.system.unwrap_or_default(),
            template: prompt.template.map(String::from).unwrap_or_default(),
            tools: prompt.tools.map(|tools| format!("{:#}", Value::Array(tools))).unwrap_or_default(),
        }
    }
}

impl TypedTarget {
    /// Tells whether it changes more than the model and the system prompt.
    pub fn says_more(&self) -> bool {
        [&self.params, &self.template, &self.tools].iter().any(|typed| !typed.is_empty())
    }

    /// Reads it.
    ///
    /// # Errors
    /// Says everything that does not fit, each by its place in what is sent.
    pub fn read(&self) -> Result<Target, Vec<Mistake>> {
        let named = model::read("/target", self.provider.clone(), &self.model);
        match (named, params(&self.params), self.template(), tools(&self.tools)) {
            (Ok((provider, model)), Ok(params), Ok(template), Ok(tools)) => {
                Ok(Target { provider, model, params, prompt: self.prompt(template, tools) })
            }
            (named, params, template, tools) => {
                Err([named.err(), params.err(), template.err(), tools.err()].into_iter().flatten().collect())
            }
        }
    }

    fn template(&self) -> Result<Option<Template>, Mistake> {
        let template = written(&self.template).map(|text| Template::try_from(text.to_owned())).transpose();
        template.map_err(|error| Mistake::new("/target/prompt/template", error.to_string()))
    }

    /// Gives what changes of the prompt; none where nothing does.
    fn prompt(&self, template: Option<Template>, tools: Option<Vec<Value>>) -> Option<Prompt> {
        let (system, system_mode) = match self.system {
            System::Keep => (None, SystemMode::default()),
            System::Replace => (Some(self.system_text.clone()), SystemMode::Replace),
            System::Append => (written(&self.system_text).map(str::to_owned), SystemMode::Append),
        };
        let changes = system.is_some() || template.is_some() || tools.is_some();
        changes.then_some(Prompt { system, system_mode, template, tools })
    }
}

fn written(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn params(text: &str) -> Result<Map<String, Value>, Mistake> {
    let wrong = |what: String| Mistake::new("/target/params", what);
    match written(text).map(serde_json::from_str) {
        None => Ok(Map::new()),
        Some(Ok(Value::Object(members))) => Ok(members),
        Some(Ok(_)) => Err(wrong("write a JSON object such as {\"temperature\": 0}".to_owned())),
        Some(Err(error)) => {
            Err(wrong(format!("this is not JSON ({error}); write an object such as {{\"temperature\": 0}}")))
        }
    }
}

fn tools(text: &str) -> Result<Option<Vec<Value>>, Mistake> {
    const AT: &str = "/target/prompt/tools";
    match written(text).map(serde_json::from_str) {
        None => Ok(None),
        Some(Ok(Value::Array(tools))) => {
            check_tools(&tools).map_err(|mistake| mistake.under(AT))?;
            Ok(Some(tools))
        }
        Some(Ok(_)) => Err(Mistake::new(AT, "write a JSON list of tools, or [] for none")),
        Some(Err(error)) => Err(Mistake::new(
            AT,
            format!("this is not JSON ({error}); write a list of tools, or [] for none"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn typed() -> TypedTarget {
        TypedTarget { provider: "demo".to_owned(), model: "echo".to_owned(), ..TypedTarget::default() }
    }

    fn check(change: fn(&mut TypedTarget), expected: Expect) {
        let mut typed = typed();
        change(&mut typed);
        let say = |mistake: &Mistake| format!("{}: {mistake}", mistake.pointer);
        expected.assert_eq(&match typed.read() {
            Ok(target) => serde_json::to_string(&target).expect("JSON"),
            Err(found) => found.iter().map(say).collect::<Vec<_>>().join("\n"),
        });
    }

    #[test]
    fn a_prompt_is_sent_when_it_changes_something() {
        check(|_| {}, expect![[r#"{"provider":"demo","model":"echo"}"#]]);
        check(
            |typed| {
                typed.system = System::Replace;
                typed.system_text = "Be brief.".to_owned();
                typed.params = r#"{"temperature": 0}"#.to_owned();
            },
            expect![[
                r#"{"provider":"demo","model":"echo","params":{"temperature":0},"prompt":{"system":"Be brief.","system_mode":"replace"}}"#
            ]],
        );
        check(|typed| typed.system = System::Append, expect![[r#"{"provider":"demo","model":"echo"}"#]]);
    }

    #[test]
    fn tools_stand_in_the_place_of_the_logged_and_an_empty_list_takes_them_away() {
        check(
            |typed| typed.tools = r#"[{"type": "function", "function": {"name": "find"}}]"#.to_owned(),
            expect![[
                r#"{"provider":"demo","model":"echo","prompt":{"system_mode":"replace","tools":[{"type":"function","function":{"name":"find"}}]}}"#
            ]],
        );
        check(
            |typed| typed.tools = " [] ".to_owned(),
            expect![[r#"{"provider":"demo","model":"echo","prompt":{"system_mode":"replace","tools":[]}}"#]],
        );
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        check(
            |typed| {
                typed.model.clear();
                typed.params = "[]".to_owned();
                typed.tools = "{}".to_owned();
            },
            expect![[r#"
                /target/model: name a model
                /target/params: write a JSON object such as {"temperature": 0}
                /target/prompt/tools: write a JSON list of tools, or [] for none"#]],
        );
        check(
            |typed| typed.tools = r#"[{}, "find"]"#.to_owned(),
            expect![[
                r#"/target/prompt/tools/1: a tool is an object, such as {"type": "function", "function": {…}}"#
            ]],
        );
        check(
            |typed| typed.tools = "find".to_owned(),
            expect![
                "/target/prompt/tools: this is not JSON (expected ident at line 1 column 2); write a list of tools, or [] for none"
            ],
        );
    }

    #[test]
    fn what_is_taken_again_is_sent_as_it_was() {
        let targets = json!([
            {"provider": "demo", "model": "echo"},
            {"provider": "demo", "model": "echo", "params": {"temperature": null, "response_format": {"type": "json_object"}}},
            {"provider": "demo", "model": "echo", "prompt": {"system": "", "system_mode": "replace", "tools": []}},
            {"provider": "demo", "model": "echo", "prompt": {
                "system": "Be kind.", "system_mode": "append", "template": "{{ last_user }}", "tools": [{"type": "function"}],
            }},
        ]);
        let targets: Vec<Target> = serde_json::from_value(targets).expect("targets");
        for target in targets {
            assert_eq!(TypedTarget::from(&target).read(), Ok(target));
        }
    }
}
