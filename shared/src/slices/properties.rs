//! Properties of items that slices are made of, worked out of what is stored of them.
//!
//! Those of the request and the responses are for one family of slices, those that the judge named for
//! another (see [`super::find`]). An item's own tag wins over one of ours of the same name.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::{Content, FinishReason, Message, Output, Part, Request, Role};
use crate::judge::Flag;
use crate::score::MeanLevel;
use crate::scorer::language;

/// Longer names of models, tools and features are cut, in characters.
const LONGEST: usize = 80;
/// The largest length that a name of a quarter stands for; exact in a double.
const LARGEST: u64 = (1 << 53) - 1;

/// What a property is of all items: by its key, the value on each; none where an item has none.
pub type Columns = BTreeMap<String, Vec<Option<String>>>;

/// What is known of an item in a run beside its feature and tags.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The request as it was logged.
    pub request: &'a Request,
    /// The original response.
    pub reference: Option<&'a Output>,
    /// The new response; none when there is no answer.
    pub response: Option<&'a Output>,
}

/// A value for each key.
pub type Values = BTreeMap<String, String>;

/// The properties of one item: a value for each key, and what other items must be known for to band.
///
/// Where there are many items, those with the same values may share them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Properties<V = Values> {
    pub values: V,
    /// The length of all messages together, in characters.
    pub input_length: u64,
    pub output_length: Option<u64>,
}

/// Works out the properties of an item.
///
/// The keys are `model` (of the logged request), `system_prompt`, `turns` (of the user), `tools`, `json`,
/// `image` and `streamed` (what the request has or wants), `language` (of what the user says last, where it is
/// certain), and of the new response `tool_called`, `finish_reason`, `refusal` and `length_ratio` (to the
/// original response).
pub fn of(facts: &Facts<'_>) -> Properties {
    let request = facts.request;
    let mut values = BTreeMap::new();
    let mut set = |key: &str, value: &str| {
        _ = values.insert(key.to_owned(), value.chars().take(LONGEST).collect::<String>());
    };
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
    if let Some(language) = request.last_user().and_then(|said| language::of(&said)) {
        set("language", language);
    }
    let output_length = facts.response.map(|response| length(&response.plain()));
    if let Some(response) = facts.response {
        set("tool_called", &tools_called(response));
        set("refusal", has(response.refused || response.finish_reason == Some(FinishReason::ContentFilter)));
        if let Some(reason) = response.finish_reason {
            set("finish_reason", &word(reason));
        }
    }
    let reference = facts.reference.map(|reference| length(&reference.plain()));
    if let Some(ratio) = output_length.zip(reference).and_then(|(new, original)| ratio(new, original)) {
        set("length_ratio", ratio);
    }
    Properties {
        values,
        input_length: request.messages.iter().map(|message| length(&message.content.text())).sum(),
        output_length,
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

/// Turns what the judge said of all items into columns: each criterion `met` or `failed` unless unscored, and
/// each flag that it raised.
///
/// The keys are `criterion.<name>` and `flag.<name>`. To fail the only criterion is to fail, which tells
/// nothing: with one criterion there is no column for it.
pub fn judged(criteria: &[(&str, &[Option<MeanLevel>])], flags: &[Vec<Flag>]) -> Columns {
    let told = if criteria.len() > 1 { criteria } else { &[] };
    let word_of = |level: &Option<MeanLevel>| {
        level.map(|level| if level.passes() { "met" } else { "failed" }.to_owned())
    };
    let levels =
        told.iter().map(|(name, levels)| (format!("criterion.{name}"), levels.iter().map(word_of).collect()));
    let raised: Vec<BTreeMap<String, String>> = flags
        .iter()
        .map(|flags| flags.iter().map(|flag| (format!("flag.{}", word(flag)), "yes".to_owned())).collect())
        .collect();
    levels.chain(owned(by_key(raised.iter().map(Some)))).collect()
}

/// Turns the properties of all items and their tags into columns, with the quarters that hang on all items.
///
/// The n-th of each belongs to the n-th item; an item whose properties are not known has its tags alone.
/// `input_length` and `output_length` are quarters of the items. A property that is the same of all items
/// where it is known makes no groups and is left out; a tag never is.
pub fn columns<V: Borrow<Values>>(items: &[Option<Properties<V>>], tags: &[V]) -> Columns {
    let lengths: Columns =
        numbers(items).into_iter().map(|(key, numbers)| (key, quarters(&numbers))).collect();
    let mut columns = by_key(items.iter().map(|item| item.as_ref().map(|item| item.values.borrow())));
    for (key, values) in &lengths {
        columns.insert(key, values.iter().map(Option::as_deref).collect());
    }
    let tags = by_key(tags.iter().map(|own| Some(own.borrow())));
    let differs = |values: &[Option<&str>]| {
        let mut known = values.iter().zip(items).filter(|(_, item)| item.is_some()).map(|(value, _)| value);
        known.next().is_some_and(|first| known.any(|value| value != first))
    };
    columns.retain(|key, values| tags.contains_key(key) || differs(values));
    for (key, values) in tags {
        let column = columns.entry(key).or_insert_with(|| vec![None; values.len()]);
        for (ours, own) in column.iter_mut().zip(values).filter(|(_, own)| own.is_some()) {
            *ours = own;
        }
    }
    owned(columns)
}

/// Gives the properties that are numbers, by their keys; none where an item's is not known.
pub fn numbers<V>(items: &[Option<Properties<V>>]) -> BTreeMap<String, Vec<Option<u64>>> {
    let of = |read: fn(&Properties<V>) -> Option<u64>| {
        items.iter().map(|item| item.as_ref().and_then(read)).collect::<Vec<_>>()
    };
    let numbers = [
        ("input_length", of(|item| Some(item.input_length))),
        ("output_length", of(|item| item.output_length)),
    ];
    numbers.map(|(key, numbers)| (key.to_owned(), numbers)).into()
}

/// Columns of values that are elsewhere.
type Borrowed<'a> = BTreeMap<&'a str, Vec<Option<&'a str>>>;

/// Turns values by key into columns by key.
fn by_key<'a>(items: impl ExactSizeIterator<Item = Option<&'a Values>>) -> Borrowed<'a> {
    let count = items.len();
    let mut columns = Borrowed::new();
    for (place, values) in items.enumerate() {
        for (key, value) in values.into_iter().flatten() {
            columns.entry(key).or_insert_with(|| vec![None; count])[place] = Some(value);
        }
    }
    columns
}

fn owned(columns: Borrowed<'_>) -> Columns {
    let own = |values: Vec<Option<&str>>| values.into_iter().map(|value| value.map(str::to_owned)).collect();
    columns.into_iter().map(|(key, values)| (key.to_owned(), own(values))).collect()
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

/// Gives the numbers that the name of a quarter stands for, the smallest and the largest; none of other names.
///
/// A name says all that is needed to find its items, whatever others there are by then.
pub fn quarter(name: &str) -> Option<(u64, u64)> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|&number| number <= LARGEST);
    if name == "all" {
        return Some((0, LARGEST));
    }
    if let Some(end) = name.strip_prefix("up to ") {
        return Some((0, number(end)?));
    }
    if let Some(start) = name.strip_prefix("from ") {
        return Some((number(start)?, LARGEST));
    }
    let (start, end) = name.split_once(" to ")?;
    Some((number(start)?, number(end)?))
}

/// Names how long the new response is beside the original; none when that is empty.
fn ratio(new: u64, original: u64) -> Option<&'static str> {
    if original == 0 {
        return None;
    }
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
        let reference = Output { text: "0123456789".to_owned(), ..Output::default() };
        let found =
            of(&Facts { request: &request, reference: Some(&reference), response: response.as_ref() });
        let mut shown: Vec<_> = found.values.iter().map(|(key, value)| format!("{key}={value}")).collect();
        shown.push(format!("{} {:?}", found.input_length, found.output_length));
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_plain_request_has_few() {
        check(
            &json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}),
            &json!({"text": "Hello"}),
            expect![[r#"
                image=no
                json=no
                length_ratio=0.5 to 0.8
                model=m
                refusal=no
                streamed=no
                system_prompt=no
                tool_called=none
                tools=no
                turns=1
                2 Some(5)"#]],
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
                finish_reason=tool_calls
                image=yes
                json=yes
                length_ratio=1.25 to 2
                model=m
                refusal=no
                streamed=yes
                system_prompt=yes
                tool_called=look
                tools=yes
                turns=1
                11 Some(17)"#]],
        );
    }

    #[test]
    fn an_item_without_an_answer_has_those_of_its_request() {
        check(
            &json!({"messages": [{"role": "user", "content": "Hi"}]}),
            &json!(null),
            expect![[r#"
                image=no
                json=no
                streamed=no
                system_prompt=no
                tools=no
                turns=1
                2 None"#]],
        );
    }

    #[test]
    fn the_language_is_that_of_what_the_user_says_last() {
        let (english, german) = (
            "Where is the parcel that I have been waiting for since last week?",
            "Wo bleibt das Paket, auf das ich nun schon seit einer Woche warte?",
        );
        let message = |role: &str, text: &str| json!({"role": role, "content": text});
        check(
            &json!({"messages": [message("user", english), message("assistant", english), message("user", german), message("system", english)]}),
            &json!(null),
            expect![[r#"
                image=no
                json=no
                language=German
                streamed=no
                system_prompt=yes
                tools=no
                turns=2
                261 None"#]],
        );
    }

    #[test]
    fn a_length_of_nothing_has_no_ratio() {
        let names = [(1, 0), (4, 10), (5, 10), (8, 10), (125, 100), (20, 10), (21, 10)];
        let names = names.map(|(new, original)| ratio(new, original).unwrap_or("none"));
        expect!["none, below 0.5, 0.5 to 0.8, 0.8 to 1.25, 0.8 to 1.25, 1.25 to 2, above 2"]
            .assert_eq(&names.join(", "));
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
    fn the_name_of_a_quarter_finds_its_items() {
        let lengths = [1, 1, 2, 3, 5, 8, 13, 21].map(Some);
        for (length, name) in lengths.iter().zip(quarters(&lengths)) {
            let (from, to) = name.as_deref().and_then(quarter).expect("a quarter");
            let held: Vec<_> =
                lengths.iter().flatten().filter(|&&length| (from..=to).contains(&length)).collect();
            let alike = quarters(&lengths).iter().filter(|other| **other == name).count();
            assert!(length.is_some_and(|length| held.contains(&&length)) && held.len() == alike, "{name:?}");
        }
        let none = ["", "yes", "up to", "up to x", "3 to", "from -1", "1 to 99999999999999999999"];
        assert_eq!(none.map(quarter), [None; 7]);
        assert_eq!(quarter("all"), Some((0, LARGEST)));
    }

    fn item(values: &[(&str, &str)], input_length: u64) -> Properties {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Properties { values: values.collect(), input_length, ..Properties::default() }
    }

    fn check_columns(items: &[Option<Properties>], tags: &[&[(&str, &str)]], expected: Expect) {
        let tags: Vec<_> = tags.iter().map(|tags| item(tags, 0).values).collect();
        expected.assert_eq(&serde_json::to_string(&columns(items, &tags)).expect("JSON"));
    }

    #[test]
    fn columns_have_an_entry_for_every_item() {
        check_columns(&[], &[], expect!["{}"]);
        check_columns(
            &[Some(item(&[("a", "x")], 1)), None, Some(item(&[("b", "x")], 9))],
            &[&[], &[("plan", "pro")], &[]],
            expect![[
                r#"{"a":["x",null,null],"b":[null,null,"x"],"input_length":["up to 1",null,"from 2"],"plan":[null,"pro",null]}"#
            ]],
        );
    }

    #[test]
    fn what_is_the_same_of_all_items_makes_no_groups_unless_it_is_a_tag() {
        check_columns(
            &[Some(item(&[("a", "x")], 1)), None, Some(item(&[("a", "x")], 1))],
            &[&[("plan", "pro")], &[("plan", "pro")], &[("plan", "pro")]],
            expect![[r#"{"plan":["pro","pro","pro"]}"#]],
        );
    }

    #[test]
    fn the_tag_of_an_item_wins_over_a_property_of_the_same_name() {
        check_columns(
            &[Some(item(&[("turns", "1")], 1)), Some(item(&[("turns", "2")], 1))],
            &[&[("turns", "left")], &[]],
            expect![[r#"{"turns":["left","2"]}"#]],
        );
    }

    #[test]
    fn the_judge_names_criteria_and_flags() {
        let level = |number: f64| MeanLevel::try_from(number).ok();
        let (first, second) = ([level(5.0), level(3.5), None], [level(4.0), None, level(0.0)]);
        let flags = [vec![], vec![Flag::Prefilter], vec![]];
        let check = |criteria: &[(&str, &[Option<MeanLevel>])], expected: Expect| {
            expected.assert_eq(&serde_json::to_string(&judged(criteria, &flags)).expect("JSON"));
        };
        check(
            &[("a", &first), ("b", &second)],
            expect![[
                r#"{"criterion.a":["met","failed",null],"criterion.b":["met",null,"failed"],"flag.prefilter":[null,"yes",null]}"#
            ]],
        );
        check(&[("a", &first)], expect![[r#"{"flag.prefilter":[null,"yes",null]}"#]]);
    }
}
