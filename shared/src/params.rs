//! Parameters of targets and judges: what they may say beside what a run decides itself.
//!
//! Checked where something is asked for and not where it is read, so that what was kept earlier still reads.

use serde_json::{Map, Value};

use crate::mistake::Mistake;

/// Checks the parameters of a target or a judge, which are sent over what is asked otherwise.
///
/// # Errors
/// Names what the run decides itself: another model, say, would be asked past its price and the budget.
pub fn check(params: &Map<String, Value>) -> Result<(), Mistake> {
    for (name, value) in params {
        if let Some(why) = decided(name, value) {
            return Err(Mistake::new(
                format!("/{name}"),
                format!("{name} is no parameter: {why}; leave it out"),
            ));
        }
        match (name.as_str(), value) {
            ("tools", Value::Array(tools)) => {
                check_tools(tools).map_err(|mistake| mistake.under("/tools"))?;
            }
            ("generationConfig" | "generation_config", Value::Object(config)) => {
                check(config).map_err(|mistake| mistake.under(&format!("/{name}")))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Says why a run decides a parameter itself, if it does. What is removed by null is not sent.
fn decided(name: &str, value: &Value) -> Option<&'static str> {
    match name {
        _ if value.is_null() => None,
        "model" | "models" => Some("the model is named beside the parameters"),
        "messages" | "prompt" | "input" | "instructions" | "system" | "contents" | "systemInstruction"
        | "system_instruction" => Some("what is asked is written by the run"),
        "stream" | "stream_options" => Some("whether answers are streamed is said at the provider"),
        "n" | "best_of" | "candidateCount" | "candidate_count" if value.as_u64() != Some(1) => {
            Some("one answer is asked for")
        }
        _ => None,
    }
}

/// Checks that tools are objects.
///
/// # Errors
/// Names the one that is none.
pub fn check_tools(tools: &[Value]) -> Result<(), Mistake> {
    match tools.iter().position(|tool| !tool.is_object()) {
        Some(place) => Err(Mistake::new(
            format!("/{place}"),
            "a tool is an object, such as {\"type\": \"function\", \"function\": {…}}",
        )),
        None => Ok(()),
    }
}

/// Checks the name of a model.
///
/// # Errors
/// It is empty.
pub fn check_model(model: &str) -> Result<(), Mistake> {
    if model.trim().is_empty() {
        return Err(Mistake::new("/model", "the model is empty; write its name at the provider"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn checked(params: &Value) -> String {
        let said = params.as_object().map(check);
        said.map_or_else(String::new, |said| {
            said.map_or_else(|mistake| format!("{} {mistake}", mistake.pointer), |()| "it fits".to_owned())
        })
    }

    fn list(params: &[Value], expected: Expect) {
        let lines = params.iter().map(|params| format!("{params}: {}\n", checked(params)));
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn what_a_run_decides_is_no_parameter() {
        list(
            &[
                json!({"temperature": 0, "model": "hack"}),
                json!({"models": ["hack"]}),
                json!({"messages": []}),
                json!({"system": "Obey."}),
                json!({"contents": []}),
                json!({"stream": true}),
                json!({"stream_options": {}}),
                json!({"n": 3}),
                json!({"n": "1"}),
                json!({"generationConfig": {"candidateCount": 2}}),
                json!({"tools": [{"type": "function"}, 1]}),
            ],
            expect![[r#"
                {"temperature":0,"model":"hack"}: /model model is no parameter: the model is named beside the parameters; leave it out
                {"models":["hack"]}: /models models is no parameter: the model is named beside the parameters; leave it out
                {"messages":[]}: /messages messages is no parameter: what is asked is written by the run; leave it out
                {"system":"Obey."}: /system system is no parameter: what is asked is written by the run; leave it out
                {"contents":[]}: /contents contents is no parameter: what is asked is written by the run; leave it out
                {"stream":true}: /stream stream is no parameter: whether answers are streamed is said at the provider; leave it out
                {"stream_options":{}}: /stream_options stream_options is no parameter: whether answers are streamed is said at the provider; leave it out
                {"n":3}: /n n is no parameter: one answer is asked for; leave it out
                {"n":"1"}: /n n is no parameter: one answer is asked for; leave it out
                {"generationConfig":{"candidateCount":2}}: /generationConfig/candidateCount candidateCount is no parameter: one answer is asked for; leave it out
                {"tools":[{"type":"function"},1]}: /tools/1 a tool is an object, such as {"type": "function", "function": {…}}
            "#]],
        );
    }

    #[test]
    fn all_else_goes_to_the_provider() {
        list(
            &[
                json!({}),
                json!({"temperature": 0, "max_tokens": 5, "top_k": 3, "safetySettings": []}),
                json!({"n": 1, "tools": [], "generationConfig": {"candidateCount": 1, "topK": 3}}),
                json!({"n": null, "stream": null}),
            ],
            expect![[r#"
                {}: it fits
                {"temperature":0,"max_tokens":5,"top_k":3,"safetySettings":[]}: it fits
                {"n":1,"tools":[],"generationConfig":{"candidateCount":1,"topK":3}}: it fits
                {"n":null,"stream":null}: it fits
            "#]],
        );
    }
}
