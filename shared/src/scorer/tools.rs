//! The calls that a response makes: which tools, with which arguments, and whether they may be made.
//!
//! Source of the measures: C.2 of the design; the pairing of calls is ours. Leaves out running tools.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::schema::Schema;
use super::{Arguments, Call, json};
use crate::chat::{Request, ToolCall};

/// F1 of two sets of names: 1 when both are empty, 0 when one is.
pub fn f1(expected: &BTreeSet<&str>, called: &BTreeSet<&str>) -> f64 {
    let both = expected.len() + called.len();
    if both == 0 { 1.0 } else { 2.0 * expected.intersection(called).count() as f64 / both as f64 }
}

/// Gives the share of the expected calls that were made, each call standing for one; none if none is expected.
///
/// A call whose arguments are no JSON object is like none.
pub fn matched(expected: &[Call], called: &[ToolCall], rules: &Arguments) -> Option<f64> {
    let mut left: Vec<Call> = called.iter().filter_map(read).collect();
    let found = expected.iter().filter(|wanted| {
        let place = left
            .iter()
            .position(|call| wanted.name == call.name && rules.fit(&wanted.arguments, &call.arguments));
        place.map(|place| left.swap_remove(place)).is_some()
    });
    let found = found.count();
    if expected.is_empty() { None } else { Some(found as f64 / expected.len() as f64) }
}

/// Reads the arguments of a call; none if they are no JSON object.
pub fn read(call: &ToolCall) -> Option<Call> {
    let arguments = serde_json::from_str(&call.arguments).ok()?;
    Some(Call { name: call.name.clone(), arguments })
}

impl Arguments {
    fn fit(&self, expected: &Map<String, Value>, found: &Map<String, Value>) -> bool {
        let (expected, found) = (self.bare(expected), self.bare(found));
        if self.exact { json::same(&expected, &found) } else { is_in(&expected, &found) }
    }

    /// Leaves out the arguments that are ignored or at their defaults.
    fn bare(&self, arguments: &Map<String, Value>) -> Value {
        let is_default =
            |name: &str, value: &Value| self.defaults.get(name).is_some_and(|usual| json::same(usual, value));
        let kept = arguments.iter().filter(|(name, value)| !is_default(name, value));
        self.without_ignored(kept, "")
    }

    fn without_ignored<'a>(
        &self,
        members: impl Iterator<Item = (&'a String, &'a Value)>,
        path: &str,
    ) -> Value {
        let mut kept = Map::new();
        for (name, value) in members {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if !self.ignore.iter().any(|glob| is_like(glob.as_bytes(), path.as_bytes())) {
                let value = match value {
                    Value::Object(members) => {
                        self.without_ignored(Box::new(members.iter()) as Box<dyn Iterator<Item = _>>, &path)
                    }
                    other => other.clone(),
                };
                kept.insert(name.clone(), value);
            }
        }
        Value::Object(kept)
    }
}

/// Tells whether everything expected is found: members of objects in any company, lists place by place.
fn is_in(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| is_in(value, found)))
        }
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(one, other)| is_in(one, other))
        }
        _ => json::same(expected, found),
    }
}

/// Tells whether a text is like a glob, where `*` stands for anything.
fn is_like(glob: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    // Where the last star stands, and how far the text was then: all that has to be tried again.
    let mut star = None;
    while read < text.len() {
        if glob.get(at) == Some(&b'*') {
            star = Some((at, read));
            at += 1;
        } else if glob.get(at) == text.get(read) {
            (at, read) = (at + 1, read + 1);
        } else if let Some((place, swallowed)) = star {
            star = Some((place, swallowed + 1));
            (at, read) = (place + 1, swallowed + 1);
        } else {
            return false;
        }
    }
    glob[at..].iter().all(|&rest| rest == b'*')
}

/// A call that the request does not allow, or that cannot be checked.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    Invalid(String),
    /// The schema of the tool is beyond what is known here.
    Unknown(String),
}

/// Checks a call against the tools of its request: the name is one, and the arguments fit its schema.
///
/// # Errors
/// Says which call is wrong and how.
pub fn check(request: &Request, call: &ToolCall) -> Result<(), Problem> {
    let name = &call.name;
    let tools = request.settings.get("tools").and_then(Value::as_array).into_iter().flatten();
    // Tools stand in `function` or for themselves, by the format that the request was written in.
    let mut tools = tools.map(|tool| tool.get("function").unwrap_or(tool));
    let tool = tools.find(|tool| tool.get("name").and_then(Value::as_str) == Some(name));
    let tool = tool.ok_or_else(|| Problem::Invalid(format!("the request has no tool {name}")))?;
    let Ok(arguments) = serde_json::from_str::<Value>(&call.arguments) else {
        return Err(Problem::Invalid(format!("the arguments of {name} are no JSON")));
    };
    let Some(schema) = tool.get("parameters").or_else(|| tool.get("input_schema")) else { return Ok(()) };
    let unknown = |why: String| Problem::Unknown(format!("{name}: {why}"));
    let schema = Schema::try_from(schema.clone()).map_err(|error| unknown(error.to_string()))?;
    match schema.misfit(&arguments).map_err(|error| unknown(error.to_string()))? {
        Some(misfit) => Err(Problem::Invalid(format!("the arguments of {name}: {misfit}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn calls(calls: &Value) -> Vec<ToolCall> {
        let calls = calls.as_array().expect("a list").iter().map(|call| ToolCall {
            id: String::new(),
            name: call[0].as_str().expect("a name").to_owned(),
            arguments: call[1].as_str().map_or_else(|| call[1].to_string(), str::to_owned),
        });
        calls.collect()
    }

    fn check_match(rules: Value, expected: Value, called: Value, share: Expect) {
        let list = |name: &str| {
            rules[name]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|glob| glob.as_str().map(str::to_owned))
                .collect()
        };
        let rules = Arguments {
            exact: rules["exact"] == true,
            ignore: list("ignore"),
            defaults: rules["defaults"].as_object().cloned().unwrap_or_default(),
        };
        let expected: Vec<Call> = calls(&expected).iter().filter_map(read).collect();
        share.assert_eq(&format!("{:?}", matched(&expected, &calls(&called), &rules)));
    }

    #[test]
    fn expected_arguments_are_found_in_any_company() {
        let called = json!([["find", {"q": "x", "page": {"n": 1, "size": 10}}]]);
        check_match(
            json!({}),
            json!([["find", {"q": "x", "page": {"n": 1.0}}]]),
            called.clone(),
            expect!["Some(1.0)"],
        );
        check_match(
            json!({"exact": true}),
            json!([["find", {"q": "x"}]]),
            called.clone(),
            expect!["Some(0.0)"],
        );
        check_match(
            json!({"exact": true, "ignore": ["page.s*"], "defaults": {"lang": "en"}}),
            json!([["find", {"q": "x", "page": {"n": 1}, "lang": "en"}]]),
            called,
            expect!["Some(1.0)"],
        );
    }

    #[test]
    fn each_call_stands_for_one() {
        check_match(json!({}), json!([["a", {}], ["a", {}]]), json!([["a", {}]]), expect!["Some(0.5)"]);
        check_match(json!({}), json!([["a", {}]]), json!([["a", "{"], ["b", {}]]), expect!["Some(0.0)"]);
        check_match(json!({}), json!([]), json!([["a", {}]]), expect!["None"]);
    }

    /// Source of the values: C.2 of the design.
    #[test]
    fn names_are_compared_as_sets() {
        let set = |names: &'static [&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(f1(&set(&[]), &set(&[])), 1.0);
        assert_eq!(f1(&set(&["a"]), &set(&["a", "b"])), 2.0 / 3.0);
        assert_eq!(f1(&set(&["a", "b", "c"]), &set(&["a", "b"])), 0.8);
        assert_eq!(f1(&set(&["a"]), &set(&[])), 0.0);
    }

    #[test]
    fn a_call_has_to_be_one_that_the_request_allows() {
        let request: Request = serde_json::from_value(json!({
            "model": "m", "messages": [],
            "tools": [
                {"type": "function", "function": {"name": "find", "parameters": {"type": "object", "required": ["q"]}}},
                {"name": "odd", "input_schema": {"if": {}}},
                {"name": "free"},
            ],
        }))
        .expect("a request");
        let shown = calls(
            &json!([["find", {"q": 1}], ["find", {}], ["find", "{q}"], ["lose", {}], ["odd", {}], ["free", {}]]),
        );
        let shown = shown.iter().map(|call| match super::check(&request, call) {
            Ok(()) => "valid".to_owned(),
            Err(Problem::Invalid(why)) => why,
            Err(Problem::Unknown(why)) => format!("unknown: {}", why.split(';').next().unwrap_or_default()),
        });
        expect![[r#"
            valid
            the arguments of find: q is missing
            the arguments of find are no JSON
            the request has no tool lose
            unknown: odd: the schema: "if" is not known
            valid"#]]
        .assert_eq(&shown.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_star_stands_for_anything() {
        let like = |glob: &str, text: &str| is_like(glob.as_bytes(), text.as_bytes());
        assert!(like("*", "") && like("a*c", "abbc") && like("*_id", "user_id") && like("a*b*c", "a1b2b3c"));
        assert!(!like("", "a") && !like("*_id", "identity") && !like("a*c", "ab"));
    }
}
