//! Properties of items that slices are made of, worked out of what is stored of them.
//!
//! Those of the request and the responses are for one family of slices, those that the judge named for
//! another (see [`super::find`]). Leaves out the language of a text: no rule short enough tells it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::{Content, FinishReason, Message, Output, Part, Request, Role};
use crate::judge::Flag;
use crate::outcome::CriterionOutcome;

/// Longer names of models, tools and features are cut, in characters.
const LONGEST: usize = 80;

/// What is known of an item in a run.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub feature: Option<&'a str>,
    pub tags: &'a BTreeMap<String, String>,
    /// The request as it was logged.
    pub request: &'a Request,
    /// The original response.
    pub reference: Option<&'a Output>,
    /// The new response; none when there is no answer.
    pub response: Option<&'a Output>,
}

/// The properties of one item: a value for each key, and what other items must be known for to band.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Properties {
    pub values: BTreeMap<String, String>,
    /// The length of all messages together, in characters.
    pub input_length: u64,
    pub reference_length: Option<u64>,
    pub output_length: Option<u64>,
}

/// Works out the properties of an item; its own tags win over ours of the same name.
///
/// The keys are `feature`, the tags, `model` (of the logged request), `system_prompt`, `turns` (of the
/// user), `tools`, `json`, `image` and `streamed` (what the request has or wants), and of the new response
/// `tool_called`, `finish_reason` and `refusal`.
pub fn of(facts: &Facts<'_>) -> Properties {
    let request = facts.request;
    let mut values = BTreeMap::new();
    let mut set = |key: &str, value: &str| {
        _ = values.insert(key.to_owned(), value.chars().take(LONGEST).collect::<String>());
    };
    if let Some(feature) = facts.feature {
        set("feature", feature);
    }
    if !request.model.is_empty() {
        set("model", &request.model);
    }
    let has = |what: bool| if what { "yes" } else { "no" };
    set("system_prompt", has(request.messages.iter().any(|message| message.role == Role::System)));
    set("turns", turns(&request.messages));
    set(
        "tools",
        has(setting(request, "tools").and_then(Value::as_array).is_some_and(|tools| !tools.is_empty())),
    );
    set("json", has(wants_json(request)));
    set("image", has(request.messages.iter().any(has_image)));
    set("streamed", has(setting(request, "stream") == Some(&Value::Bool(true))));
    if let Some(response) = facts.response {
        set("tool_called", &tools_called(response));
        set("refusal", has(response.refused || response.finish_reason == Some(FinishReason::ContentFilter)));
        if let Some(reason) = response.finish_reason {
            set("finish_reason", &word(reason));
        }
    }
    for (key, value) in facts.tags {
        set(key, value);
    }
    Properties {
        values,
        input_length: request.messages.iter().map(|message| length(&message.content.text())).sum(),
        reference_length: facts.reference.map(|reference| length(&reference.plain())),
        output_length: facts.response.map(|response| length(&response.plain())),
    }
}

fn length(text: &str) -> u64 {
    text.chars().count() as u64
}

fn setting<'a>(request: &'a Request, name: &str) -> Option<&'a Value> {
    request.settings.get(name)
}

fn turns(messages: &[Message]) -> &'static str {
    match messages.iter().filter(|message| message.role == Role::User).count() {
        0 => "0",
        1 => "1",
        2 => "2",
        3..=5 => "3 to 5",
        _ => "6 or more",
    }
}

/// Chat completions name it `response_format`, responses `text.format`.
fn wants_json(request: &Request) -> bool {
    let format = setting(request, "response_format")
        .or_else(|| setting(request, "text")?.get("format"))
        .and_then(|format| format.get("type")?.as_str());
    matches!(format, Some("json_object" | "json_schema"))
}

fn has_image(message: &Message) -> bool {
    match &message.content {
        Content::Text(_) => false,
        Content::Parts(parts) => parts.iter().any(|part| matches!(part, Part::Image { .. })),
    }
}

/// Gives the names of the tools that a response calls, each once, or "none".
fn tools_called(response: &Output) -> String {
    let names: BTreeSet<_> = response.tool_calls.iter().map(|call| call.name.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.into_iter().collect::<Vec<_>>().join(", ") }
}

/// Gives the word that a case without fields has on the wire.
fn word(case: impl Serialize) -> String {
    match serde_json::to_value(case) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Works out what the judge said of an item: each criterion `met` or `failed` unless unscored, and each of
/// its flags ([`crate::outcome::flags`]).
///
/// The keys are `criterion.<name>` and `flag.<name>`.
pub fn judged(criteria: &[CriterionOutcome], flags: &[Flag]) -> BTreeMap<String, String> {
    let levels = criteria.iter().filter_map(|outcome| Some((&outcome.name, outcome.candidate.level()?)));
    let levels = levels.map(|(name, level)| {
        (format!("criterion.{name}"), if level.passes() { "met" } else { "failed" }.to_owned())
    });
    let flags = flags.iter().map(|flag| (format!("flag.{}", word(flag)), "yes".to_owned()));
    levels.chain(flags).collect()
}

/// Turns the properties of all items into columns by key, with those that hang on all items.
///
/// An item whose properties are not known has none. `input_length` and `output_length` are quarters of the
/// items, `length_ratio` is of the new response to the original.
pub fn columns(items: &[Option<Properties>]) -> BTreeMap<String, Vec<Option<String>>> {
    let mut columns = by_key(items.iter().map(|item| item.as_ref().map(|item| &item.values)));
    let numbers = |of: fn(&Properties) -> Option<u64>| {
        items.iter().map(|item| item.as_ref().and_then(of)).collect::<Vec<_>>()
    };
    let own = [
        ("input_length", quarters(&numbers(|item| Some(item.input_length)))),
        ("output_length", quarters(&numbers(|item| item.output_length))),
        ("length_ratio", items.iter().map(|item| ratio(item.as_ref()?).map(str::to_owned)).collect()),
    ];
    for (key, values) in own {
        columns.entry(key.to_owned()).or_insert(values);
    }
    columns
}

/// Turns values by key into columns by key.
pub fn by_key<'a>(
    items: impl ExactSizeIterator<Item = Option<&'a BTreeMap<String, String>>>,
) -> BTreeMap<String, Vec<Option<String>>> {
    let count = items.len();
    let mut columns: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for (place, values) in items.enumerate() {
        for (key, value) in values.into_iter().flatten() {
            let column = match columns.get_mut(key) {
                Some(column) => column,
                None => columns.entry(key.clone()).or_insert_with(|| vec![None; count]),
            };
            column[place] = Some(value.clone());
        }
    }
    columns
}

/// Names the quarter of all numbers that each is in; equal numbers are in the same.
fn quarters(numbers: &[Option<u64>]) -> Vec<Option<String>> {
    let mut sorted: Vec<u64> = numbers.iter().flatten().copied().collect();
    sorted.sort_unstable();
    let mut ends: Vec<u64> = (1..4)
        .filter_map(|quarter| sorted.get((sorted.len() * quarter).div_ceil(4).checked_sub(1)?).copied())
        .collect();
    ends.dedup();
    // A quarter that would hold nothing above it is the last.
    ends.retain(|end| sorted.last().is_some_and(|last| end < last));
    let name = |number: u64| {
        let above = ends.partition_point(|&end| end < number);
        match (above.checked_sub(1).map(|below| ends[below] + 1), ends.get(above)) {
            (None, Some(end)) => format!("up to {end}"),
            (Some(start), Some(end)) => format!("{start} to {end}"),
            (Some(start), None) => format!("from {start}"),
            (None, None) => "all".to_owned(),
        }
    };
    numbers.iter().map(|number| number.map(name)).collect()
}

/// Names how long the new response is beside the original; none when either is missing or empty.
fn ratio(item: &Properties) -> Option<&'static str> {
    let (new, original) = (item.output_length?, item.reference_length.filter(|&length| length > 0)?);
    Some(match new as f64 / original as f64 {
        ratio if ratio < 0.5 => "below 0.5",
        ratio if ratio < 0.8 => "0.5 to 0.8",
        ratio if ratio <= 1.25 => "0.8 to 1.25",
        ratio if ratio <= 2.0 => "1.25 to 2",
        _ => "above 2",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::openai;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(request: &Value, response: &Value, expected: Expect) {
        let request = openai::read_request(request).expect("a request");
        let response: Option<Output> = serde_json::from_value(response.clone()).expect("a response");
        let tags = BTreeMap::from([("plan".to_owned(), "pro".to_owned())]);
        let reference = Output { text: "0123456789".to_owned(), ..Output::default() };
        let feature = Some("support");
        let found = of(&Facts {
            feature,
            tags: &tags,
            request: &request,
            reference: Some(&reference),
            response: response.as_ref(),
        });
        let mut shown: Vec<_> = found.values.iter().map(|(key, value)| format!("{key}={value}")).collect();
        shown.push(format!("{} {:?} {:?}", found.input_length, found.output_length, ratio(&found)));
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_plain_request_has_few() {
        check(
            &json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}),
            &json!({"text": "Hello"}),
            expect![[r#"
                feature=support
                image=no
                json=no
                model=m
                plan=pro
                refusal=no
                streamed=no
                system_prompt=no
                tool_called=none
                tools=no
                turns=1
                2 Some(5) Some("0.5 to 0.8")"#]],
        );
    }

    #[test]
    fn what_was_asked_for_and_done_is_seen() {
        check(
            &json!({"model": "m", "stream": true, "tools": [{}], "response_format": {"type": "json_object"}, "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "data:"}}]}]}),
            &json!({"text": "", "tool_calls": [{"name": "look", "arguments": "{}"}, {"name": "look", "arguments": "{}"}], "finish_reason": "tool_calls"}),
            expect![[r#"
                feature=support
                finish_reason=tool_calls
                image=yes
                json=yes
                model=m
                plan=pro
                refusal=no
                streamed=yes
                system_prompt=yes
                tool_called=look
                tools=yes
                turns=1
                11 Some(17) Some("1.25 to 2")"#]],
        );
    }

    #[test]
    fn an_item_without_an_answer_has_those_of_its_request() {
        check(
            &json!({"messages": [{"role": "user", "content": "Hi"}]}),
            &json!(null),
            expect![[r#"
            feature=support
            image=no
            json=no
            plan=pro
            streamed=no
            system_prompt=no
            tools=no
            turns=1
            2 None None"#]],
        );
    }

    #[test]
    fn lengths_are_named_by_quarters_of_the_items() {
        let check = |numbers: &[u64], expected: Expect| {
            let numbers: Vec<_> = numbers.iter().copied().map(Some).collect();
            let names: Vec<_> = quarters(&numbers).into_iter().map(Option::unwrap_or_default).collect();
            expected.assert_eq(&names.join(", "));
        };
        check(&[], expect![""]);
        check(&[7], expect!["all"]);
        check(&[7, 9], expect!["up to 7, from 8"]);
        check(&[7, 7, 7, 7], expect!["all, all, all, all"]);
        check(
            &[1, 2, 3, 4, 5, 6, 7, 8],
            expect!["up to 2, up to 2, 3 to 4, 3 to 4, 5 to 6, 5 to 6, from 7, from 7"],
        );
        check(&[1, 1, 1, 1, 1, 2], expect!["up to 1, up to 1, up to 1, up to 1, up to 1, from 2"]);
    }

    #[test]
    fn columns_have_an_entry_for_every_item() {
        let item = |key: &str, input_length| Properties {
            values: BTreeMap::from([(key.to_owned(), "x".to_owned())]),
            input_length,
            ..Properties::default()
        };
        let columns = columns(&[Some(item("a", 1)), None, Some(item("b", 9))]);
        expect![[r#"{"a":["x",null,null],"b":[null,null,"x"],"input_length":["up to 1",null,"from 2"],"length_ratio":[null,null,null],"output_length":[null,null,null]}"#]].assert_eq(&serde_json::to_string(&columns).expect("JSON"));
    }

    #[test]
    fn the_judge_names_criteria_and_flags() {
        let criteria: Vec<CriterionOutcome> = serde_json::from_value(json!([
            {"name": "a", "candidate": {"judgements": [{"level": 5, "reasoning": "", "evidence": [], "flags": []}]}},
            {"name": "b", "candidate": {"judgements": [{"level": 0, "reasoning": "", "evidence": [], "flags": []}]}},
            {"name": "c", "candidate": {"judgements": [], "unscored": {"kind": "refused", "words": "No."}}},
        ])).expect("outcomes");
        expect![[r#"{"criterion.a":"met","criterion.b":"failed","flag.prefilter":"yes"}"#]]
            .assert_eq(&serde_json::to_string(&judged(&criteria, &[Flag::Prefilter])).expect("JSON"));
    }
}
