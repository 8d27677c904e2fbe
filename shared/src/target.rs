//! Targets: the model or prompt configuration that a run tries, and what it asks of the provider.
//!
//! Leaves out the call itself.

mod depth;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::chat::{Request, openai};
use crate::criteria::Name;
use crate::id::TargetId;
use crate::mistake::Mistake;
use crate::moment::Moment;
use crate::params;
use crate::provider::ProviderName;

/// What a run tries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub provider: ProviderName,
    /// The model, with or without the provider's prefix.
    pub model: String,
    /// Settings that override the logged request's; `null` removes one.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
}

impl Target {
    /// Checks what a run could not ask for, or asks for itself.
    ///
    /// # Errors
    /// Names the value.
    pub fn check(&self) -> Result<(), Mistake> {
        params::check_model(&self.model)?;
        params::check(&self.params).map_err(|mistake| mistake.under("/params"))?;
        let tools =
            self.prompt.iter().filter_map(|prompt| prompt.tools.as_deref()).next().unwrap_or_default();
        params::check_tools(tools).map_err(|mistake| mistake.under("/prompt/tools"))
    }
}

/// How a target changes what was asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    #[serde(default)]
    pub system_mode: SystemMode,
    /// A Jinja template that writes the last user message out of `request`, `tags` and `last_user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// Tools that replace the logged request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Value>>,
}

/// What becomes of the logged system messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SystemMode {
    /// The new text stands in their place.
    #[default]
    Replace,
    /// The new text follows them.
    Append,
}

/// A template that parses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Template(String);

/// The template cannot be read or filled in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template does not work: {0}")]
pub struct BadTemplate(String);

impl TryFrom<String> for Template {
    type Error = BadTemplate;

    fn try_from(text: String) -> Result<Self, BadTemplate> {
        depth::check(&text).map_err(|error| BadTemplate(error.to_string()))?;
        filling::check(&text)?;
        Ok(Self(text))
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.0
    }
}

/// Templates by Jinja's rules.
#[cfg(feature = "templates")]
mod filling {
    use std::collections::BTreeMap;

    use minijinja::value::{Serde, Value as Filled};
    use minijinja::{Environment, UndefinedBehavior, context};
    use serde_json::Value;

    use super::BadTemplate;

    /// The names that a template can use.
    const KNOWN: [&str; 3] = ["request", "tags", "last_user"];

    /// A value that is not known is an error, not an empty text: a typing mistake must not change a prompt.
    fn environment() -> Environment<'static> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment
    }

    pub fn check(text: &str) -> Result<(), BadTemplate> {
        let environment = environment();
        let template = environment.template_from_str(text).map_err(|error| BadTemplate(error.to_string()))?;
        let unknown =
            template.undeclared_variables(false).into_iter().find(|name| !KNOWN.contains(&name.as_str()));
        match unknown {
            Some(name) => {
                Err(BadTemplate(format!("\"{name}\" is not known; known are {}", KNOWN.join(", "))))
            }
            None => Ok(()),
        }
    }

    pub fn fill(
        text: &str,
        request: &Value,
        tags: &BTreeMap<String, String>,
        last_user: &str,
    ) -> Result<String, BadTemplate> {
        let request = Filled::from(Serde(request));
        let text = environment().render_str(text, context! { request, tags, last_user });
        text.map_err(|error| BadTemplate(error.to_string()))
    }
}

/// Without Jinja, as in the browser: templates are taken as they are, for the service to check and fill in.
#[cfg(not(feature = "templates"))]
mod filling {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::BadTemplate;

    pub fn check(_: &str) -> Result<(), BadTemplate> {
        Ok(())
    }

    pub fn fill(_: &str, _: &Value, _: &BTreeMap<String, String>, _: &str) -> Result<String, BadTemplate> {
        Err(BadTemplate("it is filled in by the service alone".to_owned()))
    }
}

/// Writes the body that a target sends for an item.
///
/// The logged conversation and settings stay as they were, each member of them, but for what the target changes. Two ways
/// of saying the same that not everybody knows are written in the usual one: a `developer` is `system`, and a list of one
/// text that is nothing but a text is that text.
///
/// # Errors
/// Says why the item's request cannot be read, or the template cannot be filled in.
pub fn apply(target: &Target, request: &Value, tags: &BTreeMap<String, String>) -> Result<Value, Mistake> {
    let mut logged = openai::read_request(request)?;
    let mut settings = std::mem::take(&mut logged.settings);
    let mut messages = request.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
    messages.iter_mut().for_each(make_usual);
    // An item has one answer.
    settings.retain(|name, _| name != "n" && !openai::NOT_ASKED.contains(&name.as_str()));
    if let Some(prompt) = &target.prompt {
        if let Some(system) = &prompt.system {
            set_system(&mut messages, system, prompt.system_mode);
        }
        if let Some(template) = &prompt.template {
            fill(template, &logged, request, tags, &mut messages)?;
        }
        set_tools(prompt.tools.as_deref(), &mut settings);
    }
    for (name, value) in &target.params {
        match value {
            Value::Null => _ = settings.shift_remove(name),
            value => _ = settings.insert(name.clone(), value.clone()),
        }
    }
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(target.provider.own_model(&target.model)));
    body.insert("messages".to_owned(), Value::Array(messages));
    body.extend(settings);
    Ok(Value::Object(body))
}

fn make_usual(message: &mut Value) {
    if message["role"] == "developer" {
        message["role"] = json!("system");
    }
    if let Some([part]) = message.get("content").and_then(Value::as_array).map(Vec::as_slice)
        && let Some(text) = part.get("text").filter(|text| text.is_string())
        && *part == json!({"type": "text", "text": text})
    {
        message["content"] = text.clone();
    }
}

fn fill(
    template: &Template,
    logged: &Request,
    request: &Value,
    tags: &BTreeMap<String, String>,
    messages: &mut Vec<Value>,
) -> Result<(), Mistake> {
    let last_user = logged.last_user().unwrap_or_default();
    let text = filling::fill(&template.0, request, tags, &last_user)
        .map_err(|error| Mistake::new("/prompt/template", error.to_string()))?;
    match messages.iter_mut().rev().find(|message| message["role"] == "user") {
        Some(message) => message["content"] = json!(text),
        None => messages.push(json!({"role": "user", "content": text})),
    }
    Ok(())
}

fn set_tools(tools: Option<&[Value]>, settings: &mut Map<String, Value>) {
    match tools {
        // Providers refuse an empty list, and a choice among no tools.
        Some([]) => settings.retain(|name, _| !matches!(name.as_str(), "tools" | "tool_choice")),
        Some(tools) => _ = settings.insert("tools".to_owned(), json!(tools)),
        None => {}
    }
}

fn set_system(messages: &mut Vec<Value>, text: &str, mode: SystemMode) {
    let is_system = |message: &Value| message["role"] == "system";
    if mode == SystemMode::Replace {
        messages.retain(|message| !is_system(message));
    }
    if text.is_empty() {
        return;
    }
    let after_system = messages.iter().take_while(|message| is_system(message)).count();
    messages.insert(after_system, json!({"role": "system", "content": text}));
}

/// A target that people keep under a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SavedTarget {
    pub id: TargetId,
    pub name: Name,
    /// From 1; each change makes the next.
    pub version: u32,
    pub target: Target,
    pub created_at: Moment,
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(target: Value, expected: Expect) {
        let request = json!({
            "model": "old", "temperature": 0.2, "max_tokens": 50, "stream": true, "metadata": {"feature": "support"},
            "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where is it?"}],
        });
        let tags = BTreeMap::from([("plan".to_owned(), "pro".to_owned())]);
        let target = serde_json::from_value::<Target>(target).map_err(|error| error.to_string());
        let body =
            target.and_then(|target| apply(&target, &request, &tags).map_err(|mistake| mistake.to_string()));
        expected.assert_eq(&body.map_or_else(|error| error, |body| body.to_string()));
    }

    #[test]
    fn a_conversation_stays_as_it_was_in_each_member() {
        let target: Target = serde_json::from_value(
            json!({"provider": "p", "model": "m", "prompt": {"system": "Be kind.", "system_mode": "append"}}),
        )
        .unwrap();
        let request = json!({"model": "old", "prompt_cache_retention": "24h", "messages": [
            {"role": "developer", "content": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]},
            {"role": "user", "name": "ada", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
            {"role": "assistant", "content": null, "refusal": "No."},
            {"role": "user", "content": [{"type": "text", "text": "Why?"}]}]});
        expect![[r#"{"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}]},{"role":"system","content":"Be kind."},{"role":"user","name":"ada","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]},{"role":"assistant","content":null,"refusal":"No."},{"role":"user","content":"Why?"}]}"#]].assert_eq(&apply(&target, &request, &BTreeMap::new()).unwrap().to_string());
    }

    #[test]
    fn a_model_alone_changes_the_model_alone() {
        check(
            json!({"provider": "openai", "model": "openai/new"}),
            expect![[
                r#"{"model":"new","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Where is it?"}],"temperature":0.2,"max_tokens":50}"#
            ]],
        );
    }

    #[test]
    fn params_override_and_null_removes() {
        check(
            json!({"provider": "p", "model": "m", "params": {"temperature": null, "max_tokens": 9, "seed": 1}}),
            expect![[
                r#"{"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Where is it?"}],"max_tokens":9,"seed":1}"#
            ]],
        );
    }

    #[test]
    fn system_text_replaces_or_follows() {
        check(
            json!({"provider": "p", "model": "m", "prompt": {"system": "Be brief."}}),
            expect![[
                r#"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Where is it?"}],"temperature":0.2,"max_tokens":50}"#
            ]],
        );
        check(
            json!({"provider": "p", "model": "m", "prompt": {"system": "Be brief.", "system_mode": "append"}}),
            expect![[
                r#"{"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"system","content":"Be brief."},{"role":"user","content":"Where is it?"}],"temperature":0.2,"max_tokens":50}"#
            ]],
        );
    }

    #[test]
    fn a_template_writes_the_last_user_message() {
        check(
            json!({"provider": "p", "model": "m", "prompt": {"template": "[{{ tags.plan }}] {{ last_user|upper }} ({{ request.max_tokens }})"}}),
            expect![[
                r#"{"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"[pro] WHERE IS IT? (50)"}],"temperature":0.2,"max_tokens":50}"#
            ]],
        );
    }

    #[test]
    fn a_template_that_does_not_work_says_why() {
        let template = |text: &str| json!({"provider": "p", "model": "m", "prompt": {"template": text}});
        let unknown = expect![[
            r#"the template does not work: "last_usr" is not known; known are request, tags, last_user"#
        ]];
        check(template("{{ last_usr }}"), unknown);
        check(
            template("{{ tags.plam }}"),
            expect!["the template does not work: undefined value (in <string>:1)"],
        );
        check(
            template("{{ last"),
            expect![[
                r#"the template does not work: a tag has no end; write two braces as {{ "{{" }} where they are meant as they stand"#
            ]],
        );
    }
}
